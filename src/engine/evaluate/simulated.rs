//! The world of `pino eval` and `pino plan`: a fixed clock, a machine as asked for, files of the app folder seen at
//! `<home>/api/<app>`, nothing that can be changed.
//!
//! Must not know: what is evaluated in it.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::{Path, PathBuf},
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use pino_machine::Machine;
use pino_model::Data;
use pino_vm::{
    FailureKind, FileError, FileKind, FileStat, Files, HostAccess, JsError, LuaError, OutputStream,
    SystemFacts, Table, Value, Vm,
};

use super::state::State;
use crate::{
    files::normalise,
    world::{World, WorldFuture},
};

/// 2026-01-01T00:00:00Z
const NOW_MS: f64 = 1_767_225_600_000.0;
const FIRST_PORT: u16 = 42_003;
const GIB: f64 = 1024.0 * 1024.0 * 1024.0;

/// Where the evaluated app lies.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The launcher home as scripts see it.
    pub(super) home: PathBuf,
    /// `<home>/api/<app>`
    pub(super) app_root: PathBuf,
    /// The folder that holds the app's files in truth, without links.
    pub(super) real_root: PathBuf,
    /// Folder of the evaluated script as scripts see it.
    pub(super) folder: PathBuf,
}

impl Place {
    /// The true path of a path in the app folder.
    fn real(&self, path: &Path) -> Option<PathBuf> {
        path.strip_prefix(&self.app_root).ok().map(|inner| self.real_root.join(inner))
    }
}

/// Files as an evaluation sees them.
pub(super) struct SimulatedFiles {
    place: Place,
    state: State,
}

impl SimulatedFiles {
    fn absolute(&self, path: &str) -> PathBuf {
        normalise(&self.place.app_root.join(path))
    }

    fn exists_at(&self, path: &Path) -> bool {
        let state = &self.state;
        if state.missing.iter().any(|gone| path.starts_with(gone)) {
            return false;
        }
        if state.files.contains_key(path) || self.real(path).is_some() {
            return true;
        }
        if path == self.place.home || path == self.place.home.join("api") {
            return true;
        }
        if state.all_exists {
            return path.starts_with(&self.place.app_root);
        }
        state.listed.iter().any(|listed| path.starts_with(listed))
    }

    /// The true path, if something is there that lies inside the app folder with all links followed.
    fn real(&self, path: &Path) -> Option<PathBuf> {
        let real = fs::canonicalize(self.place.real(path)?).ok()?;
        real.starts_with(&self.place.real_root).then_some(real)
    }

    fn denied<T>() -> Result<T, FileError> {
        Err(FileError::new("EORACLE", "not available while evaluating: changing files"))
    }
}

impl Files for SimulatedFiles {
    fn stat(&self, path: &str, _follow: bool) -> Result<FileStat, FileError> {
        let path = self.absolute(path);
        let meta = self.real(&path).and_then(|real| fs::metadata(real).ok());
        if meta.is_none() && !self.exists_at(&path) {
            return Err(FileError::not_found());
        }
        let text = self.state.files.get(&path);
        let folder = meta.as_ref().map_or(text.is_none(), fs::Metadata::is_dir);
        let size = match meta {
            Some(meta) if !folder => meta.len(),
            _ => text.map_or(0, String::len) as u64,
        };
        let kind = if folder { FileKind::Folder } else { FileKind::File };
        Ok(FileStat { kind, size, modified_ms: 0.0, mode: 0 })
    }

    fn exists(&self, path: &str) -> bool {
        self.exists_at(&self.absolute(path))
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        let path = self.absolute(path);
        if let Some(text) = self.state.files.get(&path) {
            return Ok(text.clone().into_bytes());
        }
        Ok(fs::read(self.real(&path).ok_or_else(FileError::not_found)?)?)
    }

    fn list(&self, path: &str) -> Result<Vec<String>, FileError> {
        let real = self.real(&self.absolute(path)).ok_or_else(FileError::not_found)?;
        let mut names = Vec::new();
        for entry in fs::read_dir(real)? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }

    fn real_path(&self, path: &str) -> Result<String, FileError> {
        let path = self.absolute(path);
        if self.exists_at(&path) || self.real(&path).is_some() {
            return Ok(path.to_string_lossy().into_owned());
        }
        Err(FileError::not_found())
    }

    fn read_link(&self, _path: &str) -> Result<String, FileError> {
        Err(FileError::new("EINVAL", "invalid argument"))
    }

    fn write(&self, _path: &str, _bytes: &[u8], _append: bool) -> Result<(), FileError> {
        Self::denied()
    }

    fn make_folder(&self, _path: &str, _recursive: bool) -> Result<(), FileError> {
        Self::denied()
    }

    fn remove(&self, _path: &str, _recursive: bool) -> Result<(), FileError> {
        Self::denied()
    }

    fn copy(&self, _from: &str, _to: &str, _recursive: bool) -> Result<(), FileError> {
        Self::denied()
    }

    fn rename(&self, _from: &str, _to: &str) -> Result<(), FileError> {
        Self::denied()
    }

    fn link(&self, _target: &str, _path: &str) -> Result<(), FileError> {
        Self::denied()
    }

    fn set_mode(&self, _path: &str, _mode: u32) -> Result<(), FileError> {
        Self::denied()
    }
}

/// The whole world of an evaluation.
pub(crate) struct SimulatedWorld {
    files: SimulatedFiles,
    machine: Machine,
    env: BTreeMap<String, String>,
    random: AtomicU64,
    variables: OnceLock<[HashMap<PathBuf, Table>; 2]>,
}

impl SimulatedWorld {
    pub(super) fn new(machine: Machine, place: Place, state: State) -> Self {
        let mut env = usual_environment(&machine.platform);
        env.extend(state.env.clone());
        let files = SimulatedFiles { place, state };
        SimulatedWorld { files, machine, env, random: AtomicU64::new(42), variables: OnceLock::new() }
    }

    /// Makes the objects that hold the scripts' variables.
    pub(crate) fn fill_variables(&self, vm: &Vm) -> Result<(), JsError> {
        let make = |all: &BTreeMap<PathBuf, Data>| -> Result<HashMap<PathBuf, Table>, LuaError> {
            let mut tables = HashMap::new();
            for (path, data) in all {
                if let Value::Table(table) = pino_vm::from_data(vm.lua(), data)? {
                    tables.insert(path.clone(), table);
                }
            }
            Ok(tables)
        };
        let state = &self.files.state;
        let made = make(&state.local).and_then(|local| Ok([local, make(&state.global)?]));
        let made = made.map_err(|error| vm.failure(&error))?;
        // filled once, right after the VM was made
        let _ = self.variables.set(made);
        Ok(())
    }

    fn variables(&self, which: usize, script: &Path) -> Option<Table> {
        self.variables.get()?[which].get(script).cloned()
    }

    /// Scripts that have local (or global) variables.
    pub(super) fn scripts_with_variables(&self) -> [Vec<String>; 2] {
        let names = |all: &BTreeMap<PathBuf, Data>| {
            all.keys().map(|path| path.to_string_lossy().into_owned()).collect()
        };
        [names(&self.files.state.local), names(&self.files.state.global)]
    }

    pub(super) fn place(&self) -> &Place {
        &self.files.place
    }

    /// `<home>/api/<app>` as scripts see it.
    pub(crate) fn app_root(&self) -> &Path {
        &self.place().app_root
    }

    /// Folder of the evaluated script as scripts see it.
    pub(crate) fn script_folder(&self) -> &Path {
        &self.place().folder
    }

    fn user_home(&self) -> &'static str {
        user_home(&self.machine.platform)
    }
}

fn user_home(platform: &str) -> &'static str {
    if platform == "linux" { "/home/user" } else { "/Users/user" }
}

fn usual_environment(platform: &str) -> BTreeMap<String, String> {
    let home = user_home(platform);
    let mut env = BTreeMap::from([
        ("HOME".to_owned(), home.to_owned()),
        ("USER".to_owned(), "user".to_owned()),
        ("PATH".to_owned(), "/usr/local/bin:/usr/bin:/bin".to_owned()),
    ]);
    if platform == "win32" {
        env.insert("APPDATA".to_owned(), format!("{home}/AppData/Roaming"));
        env.insert("LOCALAPPDATA".to_owned(), format!("{home}/AppData/Local"));
        env.insert("USERPROFILE".to_owned(), home.to_owned());
    }
    env
}

impl HostAccess for SimulatedWorld {
    fn now_ms(&self) -> f64 {
        NOW_MS
    }

    /// The sequence of a linear congruential generator: the same in every evaluation.
    fn random(&self) -> f64 {
        const MODULUS: u64 = 2_147_483_648;
        let next = |seed: u64| (seed * 1_103_515_245 + 12_345) % MODULUS;
        let before = self.random.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |seed| Some(next(seed)));
        next(before.unwrap_or(42)) as f64 / MODULUS as f64
    }

    fn print(&self, _stream: OutputStream, _text: &str) {}

    fn files(&self) -> &dyn Files {
        &self.files
    }

    fn skips_waiting(&self) -> bool {
        true
    }

    fn environment(&self) -> BTreeMap<String, String> {
        self.env.clone()
    }

    fn cwd(&self) -> String {
        self.files.place.app_root.to_string_lossy().into_owned()
    }

    fn system(&self) -> SystemFacts {
        let (kind, release) = match self.machine.platform.as_str() {
            "darwin" => ("Darwin", "23.4.0"),
            "win32" => ("Windows_NT", "10.0.22631"),
            _ => ("Linux", "6.8.0"),
        };
        SystemFacts {
            platform: self.machine.platform.clone(),
            arch: self.machine.arch.clone(),
            home: self.user_home().to_owned(),
            temporary: "/tmp".to_owned(),
            hostname: "host".to_owned(),
            kind: kind.to_owned(),
            release: release.to_owned(),
            version: "oracle".to_owned(),
            processors: 8,
            total_bytes: 64.0 * GIB,
            free_bytes: 32.0 * GIB,
            user: "user".to_owned(),
            uid: 1000.0,
            gid: 1000.0,
            shell: "/bin/sh".to_owned(),
            uptime: 1000.0,
        }
    }
}

impl World for SimulatedWorld {
    fn machine(&self) -> &Machine {
        &self.machine
    }

    fn platform(&self) -> &str {
        &self.machine.platform
    }

    fn arch(&self) -> &str {
        &self.machine.arch
    }

    fn home(&self) -> &Path {
        &self.files.place.home
    }

    fn files(&self) -> &dyn Files {
        &self.files
    }

    fn running(&self, script: &Path) -> bool {
        self.files.state.running.contains(script)
    }

    fn ready(&self, script: &Path) -> bool {
        self.files.state.ready.contains(script)
    }

    fn local(&self, script: &Path) -> Option<Table> {
        self.variables(0, script)
    }

    fn global(&self, script: &Path) -> Option<Table> {
        self.variables(1, script)
    }

    fn running_scripts(&self) -> Vec<PathBuf> {
        self.files.state.running.iter().cloned().collect()
    }

    fn port(&self) -> Result<u16, String> {
        Ok(FIRST_PORT)
    }

    fn port_is_free(&self, _port: u16) -> bool {
        true
    }

    fn which(&self, name: &str) -> Option<PathBuf> {
        self.files.state.which.get(name).map(PathBuf::from)
    }

    fn env(&self, _folder: &Path) -> BTreeMap<String, String> {
        self.env.clone()
    }

    fn resolve(&self, cwd: &Path, uri: &str) -> Option<PathBuf> {
        let home = &self.files.place.home;
        if !uri.starts_with("http") {
            return Some(normalise(&match uri.strip_prefix("~/") {
                Some(rest) => home.join(rest),
                None => cwd.join(uri),
            }));
        }
        let (remote, folder) =
            self.files.state.git.iter().find(|(remote, _)| uri.contains(remote.as_str()))?;
        let rest = uri.replacen(remote.as_str(), "", 1);
        Some(normalise(&home.join("api").join(folder).join(rest.trim_start_matches('/'))))
    }

    fn git_folder(&self, uri: &str) -> Option<PathBuf> {
        self.resolve(self.home(), uri)
    }

    fn key(&self, _host: &str) -> Data {
        Data::Undefined
    }

    fn operation(&self, name: &'static str, _params: Value) -> WorldFuture {
        let message = format!("not available while evaluating: kernel.{name}");
        Box::pin(async move { Err(JsError::new(FailureKind::Thrown, "Error", message)) })
    }
}
