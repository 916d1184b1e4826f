//! Starting one shell: terminal, status pipe, command line, environment.
//!
//! Must not know: groups, what is done with the output.

use std::{
    collections::BTreeMap,
    ffi::CString,
    io,
    os::{
        fd::{AsFd as _, OwnedFd},
        unix::ffi::OsStrExt as _,
    },
    path::{Path, PathBuf},
    sync::Arc,
};

use rustix::{
    fs::{MemfdFlags, OFlags, fcntl_setfl, memfd_create},
    io::fcntl_dupfd_cloexec,
    pipe::{PipeFlags, pipe_with},
    process::Pid,
};

use crate::{
    ProcessError, ShellMode, ShellSpec,
    bash::{self, Invocation, STARTUP_FD, STATUS_FD},
    platform::{self, ChildPlan, ExitWatch, Pty},
};

/// Descriptors below this number are for the program.
const FIRST_FREE_DESCRIPTOR: i32 = 16;

/// A child that was just started.
pub(crate) struct Launched {
    pub(crate) pid: Pid,
    pub(crate) master: Arc<OwnedFd>,
    pub(crate) slave: OwnedFd,
    pub(crate) status: Option<OwnedFd>,
    pub(crate) watch: ExitWatch,
}

/// Our ends and the program's ends of what it tells us and reads from us besides the terminal.
struct Channels {
    status: Option<OwnedFd>,
    report: Option<OwnedFd>,
    startup: Option<OwnedFd>,
}

impl Channels {
    fn open(call: &Invocation) -> io::Result<Self> {
        // numbers the program's own descriptors cannot collide with
        let high = |descriptor: &OwnedFd| fcntl_dupfd_cloexec(descriptor, FIRST_FREE_DESCRIPTOR);
        let (mut status, mut report) = (None, None);
        if call.reports {
            let (read, write) = pipe_with(PipeFlags::CLOEXEC)?;
            fcntl_setfl(&read, OFlags::NONBLOCK)?;
            (status, report) = (Some(read), Some(high(&write)?));
        }
        let startup = call.startup.as_deref().map(startup_file).transpose()?;
        let startup = startup.as_ref().map(high).transpose()?;
        Ok(Self { status, report, startup })
    }
}

/// Starts the shell.
pub(crate) fn launch(spec: &ShellSpec) -> Result<Launched, ProcessError> {
    let pty = Pty::open(spec.cols, spec.rows, spec.mode != ShellMode::Persistent)
        .map_err(ProcessError::Terminal)?;
    let failed = |source: io::Error| ProcessError::Spawn {
        program: spec.program.clone(),
        cwd: spec.cwd.clone(),
        source,
    };
    let call = bash::invocation(spec);
    let channels = Channels::open(&call).map_err(failed)?;
    let report = channels.report.as_ref().map(|descriptor| (descriptor.as_fd(), STATUS_FD));
    let startup = channels.startup.as_ref().map(|descriptor| (descriptor.as_fd(), STARTUP_FD));
    let program = find_program(&spec.program, &spec.env);
    let (program, args) = match spec.limits.prelude() {
        Some(prelude) if program.is_file() => limited(&prelude, &program, call.args),
        _ => (program, call.args), // starting what is not there says so
    };
    let plan = ChildPlan {
        program: text(program.as_os_str().as_bytes(), "the name of the shell")?,
        args: args.iter().map(|arg| text(arg.as_bytes(), "the command")).collect::<Result<_, _>>()?,
        env: spec.env.iter().map(|(name, value)| variable(name, value)).collect::<Result<_, _>>()?,
        cwd: text(spec.cwd.as_os_str().as_bytes(), "the path of the working directory")?,
        terminal: &pty.path,
        extra: report.into_iter().chain(startup).collect(),
    };
    let pid = platform::spawn(&plan).map_err(failed)?;
    let watch = ExitWatch::of(pid).map_err(failed)?;
    Ok(Launched { pid, master: Arc::new(pty.master), slave: pty.slave, status: channels.status, watch })
}

/// The program under limits: a plain shell sets them and becomes it.
fn limited(prelude: &str, program: &Path, args: Vec<String>) -> (PathBuf, Vec<String>) {
    let script = format!("{prelude}exec \"$0\" \"$@\"");
    let program = program.to_string_lossy().into_owned();
    let words = ["sh".to_owned(), "-c".to_owned(), script, program];
    (PathBuf::from("/bin/sh"), words.into_iter().chain(args.into_iter().skip(1)).collect())
}

/// The start-up commands as a file without a name.
fn startup_file(commands: &str) -> io::Result<OwnedFd> {
    use std::io::{Seek as _, Write as _};
    let mut file = std::fs::File::from(memfd_create("startup", MemfdFlags::CLOEXEC)?);
    file.write_all(commands.as_bytes())?;
    file.rewind()?;
    Ok(file.into())
}

fn text(bytes: &[u8], what: &str) -> Result<CString, ProcessError> {
    CString::new(bytes).map_err(|_position| ProcessError::Nul(what.to_owned()))
}

fn variable(name: &str, value: &str) -> Result<CString, ProcessError> {
    text(format!("{name}={value}").as_bytes(), &format!("the variable {}", name.escape_default()))
}

/// The program on the PATH it will itself see; unchanged when there is none, so that starting it says so.
fn find_program(program: &Path, env: &BTreeMap<String, String>) -> PathBuf {
    if program.components().count() > 1 {
        return program.to_owned();
    }
    let path = env.get("PATH").map_or("", String::as_str);
    let places = std::env::split_paths(path).chain(["/bin".into(), "/usr/bin".into()]);
    places.map(|place| place.join(program)).find(|file| file.is_file()).unwrap_or_else(|| program.to_owned())
}
