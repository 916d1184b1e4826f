//! What the VM asks of the world around it: files, clock, randomness, the console's output.
//!
//! Must not know: which world it is (a real machine, a simulated one).

use std::{
    collections::BTreeMap,
    fs, io,
    io::Write as _,
    path::{Component, Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

/// Where console output goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputStream {
    /// `console.log`, `console.info`, …
    Out,
    /// `console.error`, `console.warn`.
    Error,
}

/// What a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link (only when links are not followed).
    Link,
    /// Anything else.
    Other,
}

/// What `stat` tells.
#[derive(Clone, Copy, Debug)]
pub struct FileStat {
    /// Kind of the file.
    pub kind: FileKind,
    /// Size in bytes.
    pub size: u64,
    /// Time of last change in milliseconds since 1970.
    pub modified_ms: f64,
    /// Permission bits (0 where there are none).
    pub mode: u32,
}

/// Why a file operation failed, in the terms of Node.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{code}: {message}")]
pub struct FileError {
    /// `ENOENT`, `EACCES`, …
    pub code: String,
    /// What the code means.
    pub message: String,
}

impl FileError {
    /// An error with this code and text.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        FileError { code: code.to_owned(), message: message.into() }
    }

    /// "no such file or directory"
    pub fn not_found() -> Self {
        FileError::new("ENOENT", "no such file or directory")
    }
}

impl From<io::Error> for FileError {
    fn from(error: io::Error) -> Self {
        let (code, message) = match error.kind() {
            io::ErrorKind::NotFound => ("ENOENT", "no such file or directory"),
            io::ErrorKind::PermissionDenied => ("EACCES", "permission denied"),
            io::ErrorKind::AlreadyExists => ("EEXIST", "file already exists"),
            io::ErrorKind::NotADirectory => ("ENOTDIR", "not a directory"),
            io::ErrorKind::IsADirectory => ("EISDIR", "illegal operation on a directory"),
            io::ErrorKind::DirectoryNotEmpty => ("ENOTEMPTY", "directory not empty"),
            io::ErrorKind::StorageFull => ("ENOSPC", "no space left on device"),
            io::ErrorKind::ReadOnlyFilesystem => ("EROFS", "read-only file system"),
            io::ErrorKind::CrossesDevices => ("EXDEV", "cross-device link not permitted"),
            io::ErrorKind::InvalidInput => ("EINVAL", "invalid argument"),
            _ => return FileError::new("EIO", error.to_string()),
        };
        FileError::new(code, message)
    }
}

/// File system as scripts see it. Paths are absolute, with `/`.
pub trait Files: Send + Sync {
    /// What a path is; links are followed if `follow`.
    fn stat(&self, path: &str, follow: bool) -> Result<FileStat, FileError>;
    /// Something is there.
    fn exists(&self, path: &str) -> bool {
        self.stat(path, true).is_ok()
    }
    /// The bytes of a file.
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError>;
    /// Names in a folder, sorted.
    fn list(&self, path: &str) -> Result<Vec<String>, FileError>;
    /// The path without links.
    fn real_path(&self, path: &str) -> Result<String, FileError>;
    /// Target of a link.
    fn read_link(&self, path: &str) -> Result<String, FileError>;
    /// Replaces a file, or appends to it.
    fn write(&self, path: &str, bytes: &[u8], append: bool) -> Result<(), FileError>;
    /// Makes a folder (with its parents if `recursive`).
    fn make_folder(&self, path: &str, recursive: bool) -> Result<(), FileError>;
    /// Removes a file, or a folder (with all in it if `recursive`).
    fn remove(&self, path: &str, recursive: bool) -> Result<(), FileError>;
    /// Copies a file, or a folder if `recursive`.
    fn copy(&self, from: &str, to: &str, recursive: bool) -> Result<(), FileError>;
    /// Renames.
    fn rename(&self, from: &str, to: &str) -> Result<(), FileError>;
    /// Makes a symbolic link at `path` that points to `target`.
    fn link(&self, target: &str, path: &str) -> Result<(), FileError>;
    /// Sets permission bits.
    fn set_mode(&self, path: &str, mode: u32) -> Result<(), FileError>;
}

/// The world around a VM.
pub trait HostAccess: Send + Sync {
    /// Milliseconds since 1970.
    fn now_ms(&self) -> f64;
    /// A number from 0 to below 1.
    fn random(&self) -> f64;
    /// Output of the console.
    fn print(&self, stream: OutputStream, text: &str);
    /// Files as scripts see them.
    fn files(&self) -> &dyn Files;
    /// Timers fire at once, in order, when nothing else is left to do.
    fn skips_waiting(&self) -> bool {
        false
    }
    /// Environment of scripts (`process.env`).
    fn environment(&self) -> BTreeMap<String, String> {
        std::env::vars_os()
            .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
            .collect()
    }
    /// Current directory of scripts.
    fn cwd(&self) -> String {
        std::env::current_dir()
            .map_or_else(|_gone| "/".to_owned(), |path| path.to_string_lossy().into_owned())
    }
    /// What the `os` module tells.
    fn system(&self) -> SystemFacts {
        SystemFacts::of_this_machine()
    }
}

/// What the `os` module tells.
#[derive(Clone, Debug)]
pub struct SystemFacts {
    /// `linux`, `darwin`, `win32`
    pub platform: String,
    /// Node's name of the architecture.
    pub arch: String,
    /// The user's home folder.
    pub home: String,
    /// Folder for temporary files.
    pub temporary: String,
    /// Name of the machine.
    pub hostname: String,
    /// `Linux`, `Darwin`, `Windows_NT`
    pub kind: String,
    /// Release of the system.
    pub release: String,
    /// Version text of the system.
    pub version: String,
    /// Number of processors.
    pub processors: usize,
    /// Memory in bytes.
    pub total_bytes: f64,
    /// Free memory in bytes.
    pub free_bytes: f64,
    /// Name of the user.
    pub user: String,
    /// Id of the user.
    pub uid: f64,
    /// Id of the user's group.
    pub gid: f64,
    /// The user's shell.
    pub shell: String,
    /// Seconds since the machine started.
    pub uptime: f64,
}

impl SystemFacts {
    fn of_this_machine() -> Self {
        let variable = |name: &str| std::env::var(name).unwrap_or_default();
        let line = |path: &str| fs::read_to_string(path).unwrap_or_default().trim().to_owned();
        let memory = line("/proc/meminfo");
        let (platform, kind) = match std::env::consts::OS {
            "macos" => ("darwin", "Darwin"),
            "windows" => ("win32", "Windows_NT"),
            _ => ("linux", "Linux"),
        };
        let arch = match std::env::consts::ARCH {
            "x86_64" => "x64",
            "aarch64" => "arm64",
            "x86" => "ia32",
            other => other,
        };
        let (uid, gid) = owner();
        SystemFacts {
            platform: platform.to_owned(),
            arch: arch.to_owned(),
            home: variable("HOME"),
            temporary: std::env::temp_dir().to_string_lossy().into_owned(),
            hostname: line("/proc/sys/kernel/hostname"),
            kind: kind.to_owned(),
            release: line("/proc/sys/kernel/osrelease"),
            version: line("/proc/sys/kernel/version"),
            processors: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            total_bytes: kibibytes(&memory, "MemTotal:") * 1024.0,
            free_bytes: kibibytes(&memory, "MemAvailable:") * 1024.0,
            user: variable("USER"),
            uid,
            gid,
            shell: variable("SHELL"),
            uptime: line("/proc/uptime")
                .split(' ')
                .next()
                .and_then(|text| text.parse().ok())
                .unwrap_or_default(),
        }
    }
}

fn kibibytes(memory: &str, name: &str) -> f64 {
    let line = memory.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.trim().trim_end_matches("kB").trim().parse().ok()).unwrap_or_default()
}

/// User and group of this process.
fn owner() -> (f64, f64) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        fs::metadata("/proc/self").map_or((0.0, 0.0), |meta| (f64::from(meta.uid()), f64::from(meta.gid())))
    }
    #[cfg(not(unix))]
    (0.0, 0.0)
}

/// Decides whether a script may read or write a path; the error text says why not.
pub(crate) type PathCheck = dyn Fn(&Path) -> Result<(), String> + Send + Sync;

/// The machine's own files; reading asks `check_read` first, writing `check_write`.
pub struct RealFiles {
    check_read: Box<PathCheck>,
    check_write: Box<PathCheck>,
}

impl RealFiles {
    /// Writing is refused where `check_write` refuses it.
    pub fn new(check_write: impl Fn(&Path) -> Result<(), String> + Send + Sync + 'static) -> Self {
        RealFiles { check_read: Box::new(|_| Ok(())), check_write: Box::new(check_write) }
    }

    fn readable(&self, path: &str) -> Result<PathBuf, FileError> {
        let path = PathBuf::from(path);
        (self.check_read)(&path).map_err(|reason| FileError::new("EACCES", reason))?;
        Ok(path)
    }

    fn writable(&self, path: &str) -> Result<PathBuf, FileError> {
        let path = PathBuf::from(path);
        (self.check_write)(&path).map_err(|reason| FileError::new("EACCES", reason))?;
        Ok(path)
    }
}

impl Files for RealFiles {
    fn stat(&self, path: &str, follow: bool) -> Result<FileStat, FileError> {
        let meta = if follow { fs::metadata(path)? } else { fs::symlink_metadata(path)? };
        let kind = match meta.file_type() {
            kind if kind.is_file() => FileKind::File,
            kind if kind.is_dir() => FileKind::Folder,
            kind if kind.is_symlink() => FileKind::Link,
            _ => FileKind::Other,
        };
        let modified = meta.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let modified_ms = modified.map_or(0.0, |since| since.as_secs_f64() * 1000.0);
        Ok(FileStat { kind, size: meta.len(), modified_ms, mode: mode_of(&meta) })
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        Ok(fs::read(self.readable(path)?)?)
    }

    fn list(&self, path: &str) -> Result<Vec<String>, FileError> {
        let mut names = Vec::new();
        for entry in fs::read_dir(path)? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }

    fn real_path(&self, path: &str) -> Result<String, FileError> {
        Ok(fs::canonicalize(path)?.to_string_lossy().into_owned())
    }

    fn read_link(&self, path: &str) -> Result<String, FileError> {
        Ok(fs::read_link(path)?.to_string_lossy().into_owned())
    }

    fn write(&self, path: &str, bytes: &[u8], append: bool) -> Result<(), FileError> {
        let path = self.writable(path)?;
        if append {
            fs::OpenOptions::new().append(true).create(true).open(path)?.write_all(bytes)?;
        } else {
            fs::write(path, bytes)?;
        }
        Ok(())
    }

    fn make_folder(&self, path: &str, recursive: bool) -> Result<(), FileError> {
        let path = self.writable(path)?;
        if recursive {
            fs::create_dir_all(path)?;
        } else {
            fs::create_dir(path)?;
        }
        Ok(())
    }

    fn remove(&self, path: &str, recursive: bool) -> Result<(), FileError> {
        let path = self.writable(path)?;
        let meta = fs::symlink_metadata(&path)?;
        match (meta.is_dir(), recursive) {
            (false, _) => fs::remove_file(path)?,
            (true, true) => fs::remove_dir_all(path)?,
            (true, false) => fs::remove_dir(path)?,
        }
        Ok(())
    }

    fn copy(&self, from: &str, to: &str, recursive: bool) -> Result<(), FileError> {
        let (from, to) = (self.readable(from)?, self.writable(to)?);
        copy_tree(&from, &to, recursive)
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), FileError> {
        Ok(fs::rename(self.writable(from)?, self.writable(to)?)?)
    }

    fn link(&self, target: &str, path: &str) -> Result<(), FileError> {
        let path = self.writable(path)?;
        link_at(target, &path)
    }

    fn set_mode(&self, path: &str, mode: u32) -> Result<(), FileError> {
        let path = self.writable(path)?;
        set_mode_of(&path, mode)
    }
}

fn copy_tree(from: &Path, to: &Path, recursive: bool) -> Result<(), FileError> {
    if !from.is_dir() {
        fs::copy(from, to)?;
        return Ok(());
    }
    if !recursive {
        return Err(FileError::new("EISDIR", "illegal operation on a directory"));
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy_tree(&entry.path(), &to.join(entry.file_name()), true)?;
    }
    Ok(())
}

#[cfg(unix)]
fn mode_of(meta: &fs::Metadata) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&meta.permissions())
}

#[cfg(not(unix))]
fn mode_of(_meta: &fs::Metadata) -> u32 {
    0
}

#[cfg(unix)]
fn link_at(target: &str, path: &Path) -> Result<(), FileError> {
    Ok(std::os::unix::fs::symlink(target, path)?)
}

#[cfg(not(unix))]
fn link_at(_target: &str, _path: &Path) -> Result<(), FileError> {
    Err(FileError::new("ENOSYS", "symbolic links are not supported here"))
}

#[cfg(unix)]
fn set_mode_of(path: &Path, mode: u32) -> Result<(), FileError> {
    Ok(fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode))?)
}

#[cfg(not(unix))]
fn set_mode_of(_path: &Path, _mode: u32) -> Result<(), FileError> {
    Ok(())
}

/// The machine itself: real clock, real files, console on stdout and stderr.
pub struct RealHost {
    files: RealFiles,
}

impl RealHost {
    /// Writing is refused where `check_write` refuses it.
    pub fn new(check_write: impl Fn(&Path) -> Result<(), String> + Send + Sync + 'static) -> Self {
        RealHost { files: RealFiles::new(check_write) }
    }

    /// Reading is refused where `check_read` refuses it: files that hold secrets.
    #[must_use]
    pub fn refusing_reads(
        mut self,
        check_read: impl Fn(&Path) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        self.files.check_read = Box::new(check_read);
        self
    }
}

impl HostAccess for RealHost {
    fn now_ms(&self) -> f64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_millis() as f64)
    }

    fn random(&self) -> f64 {
        random_unit()
    }

    fn print(&self, stream: OutputStream, text: &str) {
        // a reader that has gone away is no reason to fail
        let _ = match stream {
            OutputStream::Out => io::stdout().lock().write_all(text.as_bytes()),
            OutputStream::Error => io::stderr().lock().write_all(text.as_bytes()),
        };
    }

    fn files(&self) -> &dyn Files {
        &self.files
    }
}

/// A random number from 0 to below 1, from the hasher's per-process secret and a counter.
pub(crate) fn random_unit() -> f64 {
    use std::hash::{BuildHasher as _, RandomState};
    let bits = RandomState::new().hash_one(0u8);
    (bits >> 11) as f64 / (1u64 << 53) as f64
}

/// `a/./b/../c` → `a/c`, by text alone.
pub(crate) fn normalize(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                if !out.pop() {
                    out.push("..");
                }
            }
            other => out.push(other),
        }
    }
    out
}
