//! One server a home: the lock file, held as long as the process lives, and who holds it.
//!
//! Must not know: what the server does. The kernel gives the lock back however the process ends.

use std::{
    fs::{self, DirBuilder, File, TryLockError},
    io::{self, Read as _, Seek as _, Write as _},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

/// Why a home cannot be locked.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// A server is there already.
    #[error("a server for {home} is running already: process {pid}, reachable at {socket}")]
    Taken {
        /// The home.
        home: PathBuf,
        /// Its process number; 0 when it has not written it yet.
        pid: u32,
        /// Its control socket.
        socket: PathBuf,
    },
    /// Commands without a server are at work.
    #[error("another pino command is at work in {home}")]
    Busy {
        /// The home.
        home: PathBuf,
    },
    /// The file cannot be made or locked.
    #[error("cannot lock {path}: {cause}")]
    Io {
        /// The lock file.
        path: PathBuf,
        /// The operating system's answer.
        cause: io::Error,
    },
}

impl LockError {
    /// What to do about it.
    pub fn next_step(&self) -> &'static str {
        match self {
            Self::Taken { .. } => "use it (`pino ps` talks to it), or end it with `pino down`",
            Self::Busy { .. } => "wait until it has ended and try again",
            Self::Io { .. } => "check the rights of that folder; file locks have to work there",
        }
    }
}

/// The lock of a home, for as long as this lives.
#[derive(Debug)]
pub struct HomeLock {
    file: File,
}

/// Where our own files of a home lie.
pub fn own_folder(home: &Path) -> PathBuf {
    home.join("pino")
}

/// The control socket of a home.
pub fn socket_path(home: &Path) -> PathBuf {
    own_folder(home).join("server.sock")
}

fn lock_path(home: &Path) -> PathBuf {
    own_folder(home).join("lock")
}

/// Makes the folder of our own files, for the owner alone.
pub fn make_own_folder(home: &Path) -> io::Result<()> {
    let folder = own_folder(home);
    match DirBuilder::new().mode(0o700).create(&folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

fn open(home: &Path) -> Result<File, LockError> {
    let path = lock_path(home);
    let opened = make_own_folder(home)
        .and_then(|()| File::options().read(true).write(true).create(true).truncate(false).open(&path));
    opened.map_err(|cause| LockError::Io { path, cause })
}

impl HomeLock {
    /// For the server: nobody else may act in the home.
    pub fn take(home: &Path) -> Result<Self, LockError> {
        let mut file = open(home)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                // commands without a server share the lock; a server does not
                return Err(match file.try_lock_shared() {
                    Ok(()) => LockError::Busy { home: home.to_owned() },
                    Err(_) => taken(home, &mut file),
                });
            }
            Err(TryLockError::Error(cause)) => return Err(LockError::Io { path: lock_path(home), cause }),
        }
        let written = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
        written.map_err(|cause| LockError::Io { path: lock_path(home), cause })?;
        Ok(Self { file })
    }

    /// For commands that act without a server: several may, none beside a server.
    pub fn share(home: &Path) -> Result<Self, LockError> {
        let mut file = open(home)?;
        match file.try_lock_shared() {
            Ok(()) => Ok(Self { file }),
            Err(TryLockError::WouldBlock) => Err(taken(home, &mut file)),
            Err(TryLockError::Error(cause)) => Err(LockError::Io { path: lock_path(home), cause }),
        }
    }

    /// Who serves this home; `None` when nobody does.
    pub fn holder(home: &Path) -> Option<u32> {
        let mut file = File::options().read(true).open(lock_path(home)).ok()?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => Some(pid_in(&mut file)),
            _ => None,
        }
    }

    /// Waits until no server holds the home any more. Blocks.
    pub fn wait_released(home: &Path) -> io::Result<()> {
        match File::options().read(true).open(lock_path(home)) {
            Ok(file) => file.lock_shared(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Gives it back; the file no longer names a process.
    pub fn release(self) {
        // the lock itself goes with the file, whatever happens here
        let _ = self.file.set_len(0);
    }
}

fn taken(home: &Path, file: &mut File) -> LockError {
    LockError::Taken { home: home.to_owned(), pid: pid_in(file), socket: socket_path(home) }
}

fn pid_in(file: &mut File) -> u32 {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.take(32).read_to_string(&mut text));
    read.ok().and_then(|_| text.trim().parse().ok()).unwrap_or(0)
}

/// Removes a socket nobody listens on; called by whoever holds the lock.
pub(crate) fn remove_stale_socket(socket: &Path) -> io::Result<()> {
    match fs::remove_file(socket) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed set-up shall end the test")]
mod tests {
    use super::*;

    #[test]
    fn a_second_server_learns_who_is_there() {
        let scratch = tempfile::tempdir().unwrap();
        let first = HomeLock::take(scratch.path()).unwrap();
        let error = HomeLock::take(scratch.path()).unwrap_err();
        let LockError::Taken { pid, .. } = error else { panic!("{error}") };
        assert_eq!(pid, std::process::id());
        assert!(matches!(HomeLock::share(scratch.path()), Err(LockError::Taken { .. })));
        assert_eq!(HomeLock::holder(scratch.path()), Some(pid));
        first.release();
        assert_eq!(HomeLock::holder(scratch.path()), None);
    }

    #[test]
    fn commands_share_and_keep_a_server_out() {
        let scratch = tempfile::tempdir().unwrap();
        let (one, two) = (HomeLock::share(scratch.path()).unwrap(), HomeLock::share(scratch.path()).unwrap());
        assert!(matches!(HomeLock::take(scratch.path()), Err(LockError::Busy { .. })));
        assert_eq!(HomeLock::holder(scratch.path()), None);
        drop((one, two));
        assert!(HomeLock::take(scratch.path()).is_ok());
    }
}
