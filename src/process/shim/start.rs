//! Starts a shim: a folder, a process, its orders over a socket, and its word that the shell runs.
//!
//! Must not know: what comes of the shell. Blocking, for a few milliseconds.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::{
        fd::OwnedFd,
        unix::{
            fs::{DirBuilderExt as _, OpenOptionsExt as _},
            net::UnixStream,
        },
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use super::{
    error::ShimError,
    log::LogLimits,
    lost,
    paths::{COMPLAINTS, folder_of, new_id},
    wire::{Answer, Brief, FrameBuffer, HEADER_LIMIT, encode},
};
use crate::{MARK_VARIABLE, ProcessError, ProcessIdentity, ShellSpec};

/// A busy machine needs a while; a shim that says nothing for so long is none.
const READY_LIMIT: Duration = Duration::from_secs(20);

/// Where shims live and what starts them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShimHome {
    /// The folder of all shims of a home.
    pub dir: PathBuf,
    /// The program that has the command `shim`.
    pub program: PathBuf,
    /// The name of the group they are started for, by which they are found again.
    pub group: String,
}

/// A shim that was just started.
#[derive(Debug)]
pub(crate) struct Begun {
    pub(crate) id: String,
    pub(crate) program: ProcessIdentity,
    /// Connected to it; nothing was asked yet.
    pub(crate) stream: UnixStream,
    pub(crate) child: Child,
}

/// Starts one for this shell.
pub(crate) fn begin(home: &ShimHome, spec: ShellSpec) -> Result<Begun, ShimError> {
    let id = new_id();
    let folder = folder_of(&home.dir, &id);
    let failed = |source| ShimError::Io { action: "make a folder for the shell", source };
    DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(failed)?;
    begin_in(home, &id, &folder, spec).inspect_err(|_| {
        std::fs::remove_dir_all(&folder).ok();
    })
}

fn begin_in(home: &ShimHome, id: &str, folder: &Path, spec: ShellSpec) -> Result<Begun, ShimError> {
    let (program, cwd) = (spec.program.clone(), spec.cwd.clone());
    let failed = |source| {
        ShimError::Start(ProcessError::Spawn {
            program: home.program.clone(),
            cwd: folder.to_owned(),
            source,
        })
    };
    let (mut ours, theirs) = UnixStream::pair().map_err(failed)?;
    let mut child = start_process(home, id, folder, theirs).map_err(failed)?;
    let brief = Brief { id: id.to_owned(), group: home.group.clone(), log: LogLimits::default(), spec };
    let untold =
        |source| ShimError::Io { action: "give orders to the process that is to hold the shell", source };
    let told = ours.write_all(&encode(&brief, &[])).map_err(untold);
    let answer = told.and_then(|()| first_answer(&mut ours));
    match answer {
        Ok(Answer::Ready { program }) => Ok(Begun { id: id.to_owned(), program, stream: ours, child }),
        other => {
            // it has ended or will not do us any good
            child.kill().ok();
            child.wait().ok();
            lost::end_marked(id);
            Err(match other {
                Ok(Answer::NotStarted { errno: Some(errno), .. }) => {
                    let source = io::Error::from_raw_os_error(errno);
                    ShimError::Start(ProcessError::Spawn { program, cwd, source })
                }
                Ok(Answer::NotStarted { message, .. }) => ShimError::Refused(message),
                Ok(answer) => ShimError::Wire(format!("{answer:?}")),
                Err(error) => with_complaints(error, folder),
            })
        }
    }
}

fn start_process(home: &ShimHome, id: &str, folder: &Path, socket: UnixStream) -> io::Result<Child> {
    let outer = std::env::var(MARK_VARIABLE).unwrap_or_default();
    Command::new(&home.program)
        .arg("shim")
        .arg(folder)
        .current_dir("/")
        .env_clear()
        // marked, so that no group takes it for a stray; not as the shell is, so that a stop of the shell leaves it
        .env(MARK_VARIABLE, format!("{outer}shim-{id}."))
        .stdin(Stdio::from(OwnedFd::from(socket)))
        .stdout(Stdio::null())
        .stderr(Stdio::from(complaints(folder)?))
        .spawn()
}

fn complaints(folder: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(folder.join(COMPLAINTS))
}

fn first_answer(stream: &mut UnixStream) -> Result<Answer, ShimError> {
    let failed = |source| ShimError::Io { action: "hear from the process that is to hold the shell", source };
    stream.set_read_timeout(Some(READY_LIMIT)).map_err(failed)?;
    let (mut frames, mut buffer) = (FrameBuffer::new(HEADER_LIMIT), [0; 4096]);
    loop {
        if let Some((answer, _)) = frames.next().map_err(|error| ShimError::Wire(error.to_string()))? {
            return Ok(answer);
        }
        match stream.read(&mut buffer) {
            Ok(0) => return Err(failed(io::ErrorKind::UnexpectedEof.into())),
            Ok(count) => frames.push(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error)),
        }
    }
}

/// What the shim said before it went.
fn with_complaints(error: ShimError, folder: &Path) -> ShimError {
    const TOLD_BYTES: usize = 2000;
    let text = std::fs::read_to_string(folder.join(COMPLAINTS)).unwrap_or_default();
    match text.trim() {
        "" => error,
        text => ShimError::Refused(format!("{error}: {}", &text[..text.floor_char_boundary(TOLD_BYTES)])),
    }
}
