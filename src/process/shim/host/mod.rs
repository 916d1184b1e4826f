//! The body of `pino shim FOLDER`: takes its orders from standard input, starts the shell, and stays until nothing of it is left.
//!
//! Must not know: groups, scripts.

mod client;
mod clock;
mod meter;
mod program;
mod stopping;
mod work;

use std::{
    collections::HashSet,
    fs, io,
    io::{Read as _, Write as _},
    os::{
        fd::AsFd as _,
        unix::net::{UnixListener, UnixStream},
    },
    path::Path,
    sync::Arc,
    time::Duration,
};

use self::{clock::Clock, program::Program, stopping::Target, work::Work};
use super::{
    ShimError,
    paths::{COMPLAINTS, SOCKET, is_id, mark_of},
    status::{self, ShimStatus},
    wire::{Answer, BRIEF_LIMIT, Brief, FrameBuffer, encode},
};
use crate::{
    MARK_VARIABLE, ProcessError, ProcessIdentity, ShellMode,
    cgroup::ControlGroup,
    launch::{Launched, launch},
    members::{Selection, now_ticks},
    platform, socket,
};

/// Whoever starts a shim sends its orders at once.
const BRIEF_TIME: Duration = Duration::from_secs(30);

/// Runs a shim in this folder until its program and all its descendants have ended. Standard input is a socket to whoever starts it.
pub fn serve(folder: &Path) -> Result<(), ShimError> {
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if !is_id(name) {
        return Err(ShimError::Refused(format!("{} is no folder of a shim", folder.display())));
    }
    // alone in a session: no terminal's hang-up and no Ctrl-C reaches us
    rustix::process::setsid().ok();
    let failed = |action| move |source| ShimError::Io { action, source };
    let signals = platform::signals_as_descriptor().map_err(failed("take over signals"))?;
    platform::adopt_orphans();
    let stdin = io::stdin().as_fd().try_clone_to_owned().map_err(failed("open the socket of the starter"))?;
    let mut starter = UnixStream::from(stdin);
    let brief = read_brief(&mut starter).inspect_err(|_| clear(folder))?;
    let clock = Clock::start();
    match start(folder, brief, clock) {
        Ok(started) => {
            // a starter that is gone already is no reason to end: its program runs
            Work::new(folder, signals, starter, started, clock).run();
            Ok(())
        }
        Err(error) => {
            let errno = match &error {
                ShimError::Start(ProcessError::Spawn { source, .. }) => source.raw_os_error(),
                _ => None,
            };
            let answer = Answer::NotStarted { errno, message: error.to_string() };
            starter.write_all(&encode(&answer, &[])).ok();
            clear(folder);
            Err(error)
        }
    }
}

/// Takes away what we put into the folder and nothing else: it may be any folder.
fn clear(folder: &Path) {
    for name in [SOCKET, COMPLAINTS].iter().chain(&status::FILES) {
        fs::remove_file(folder.join(name)).ok();
    }
    fs::remove_dir(folder).ok();
}

fn read_brief(starter: &mut UnixStream) -> Result<Brief, ShimError> {
    let failed = |source| ShimError::Io { action: "read the orders", source };
    starter.set_read_timeout(Some(BRIEF_TIME)).map_err(failed)?;
    let (mut frames, mut buffer) = (FrameBuffer::new(BRIEF_LIMIT), vec![0; 64 * 1024]);
    loop {
        if let Some((brief, _)) = frames.next().map_err(|error| ShimError::Wire(error.to_string()))? {
            return Ok(brief);
        }
        match starter.read(&mut buffer) {
            Ok(0) => return Err(failed(io::ErrorKind::UnexpectedEof.into())),
            Ok(count) => frames.push(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error)),
        }
    }
}

/// A shell with all that belongs to it.
struct Started {
    brief_log: super::LogLimits,
    program: Program,
    listener: UnixListener,
    status: ShimStatus,
    target: Target,
}

fn start(folder: &Path, brief: Brief, clock: Clock) -> Result<Started, ShimError> {
    let Brief { id, group, log, mut spec } = brief;
    let failed = |action| move |source| ShimError::Io { action, source };
    status::reserve_exit(folder).map_err(failed("write to the folder of the shim"))?;
    let listener = socket::bind(&folder.join(SOCKET)).map_err(failed("listen on the socket of the shim"))?;
    listener.set_nonblocking(true).map_err(failed("listen on the socket of the shim"))?;
    let outer = spec.env.get(MARK_VARIABLE).cloned().unwrap_or_default();
    spec.env.insert(MARK_VARIABLE.to_owned(), format!("{outer}{}0:1.", mark_of(&id)));
    let since_ticks = now_ticks();
    let control = ControlGroup::create(&id, &spec.limits).map(Arc::new);
    let launched = launch_inside(&mut spec, control.as_deref())?;
    let pid = launched.pid.as_raw_nonzero().get();
    let mut status = ShimStatus {
        group,
        label: spec.label,
        shell_id: spec.id,
        mode: spec.mode,
        shim: ProcessIdentity::own(),
        program: ProcessIdentity::of(pid).unwrap_or_default(),
        started_at_ms: clock.now_ms(),
        command: beginning(&spec.command),
        cwd: spec.cwd.display().to_string(),
        processes: vec![pid],
        ..ShimStatus::default()
    };
    status.id.clone_from(&id);
    let selection = Selection {
        mark: mark_of(&id),
        sessions: HashSet::from([pid]),
        strays: true,
        since_ticks,
        lost_session: None,
    };
    let hang_up = if spec.mode == ShellMode::Command { HashSet::new() } else { HashSet::from([pid]) };
    Ok(Started {
        brief_log: log,
        program: Program::new(launched),
        listener,
        status,
        target: Target { selection, hang_up, group: control },
    })
}

/// An answer has to fit into a header.
fn beginning(command: &str) -> String {
    const TOLD_BYTES: usize = 8 * 1024;
    command[..command.floor_char_boundary(TOLD_BYTES)].to_owned()
}

/// Starts the shell as a member of the control group, and limits it.
fn launch_inside(spec: &mut crate::ShellSpec, control: Option<&ControlGroup>) -> Result<Launched, ShimError> {
    let inside = control.is_some_and(|control| control.enter().is_ok());
    if let Some(control) = control.filter(|_| inside) {
        spec.limits = spec.limits.without(control.held);
    }
    let launched = launch(spec);
    if let Some(control) = control.filter(|_| inside) {
        control.leave().ok();
    }
    launched.map_err(ShimError::Start)
}
