//! Git over ssh for libgit2: the system's `ssh` is started, its stdin and stdout are the connection.
//!
//! Must not know: keys. What `GIT_SSH_COMMAND` or `GIT_SSH` name is used, as git does.

use std::{
    io::{self, Read, Write},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

use git2::transport::{Service, SmartSubtransport, SmartSubtransportStream};

use crate::{Address, SourceError, session::Session};

const PIECE_BYTES: usize = 64 * 1024;
const PIECES_WAITING: usize = 16;
/// ssh's complaints that are kept.
const KEPT_BYTES: usize = 4096;

/// The transport of one connection.
pub(super) struct SshTransport {
    session: Arc<Session>,
}

impl SshTransport {
    pub(super) fn new(session: Arc<Session>) -> Self {
        Self { session }
    }
}

impl SmartSubtransport for SshTransport {
    fn action(&self, url: &str, service: Service) -> Result<Box<dyn SmartSubtransportStream>, git2::Error> {
        if !matches!(service, Service::UploadPackLs | Service::UploadPack) {
            return Err(git2::Error::from_str("pushing is not supported"));
        }
        let stream = Stream::open(&self.session, url);
        stream.map(|stream| Box::new(stream) as _).map_err(|error| {
            let error = self.session.fail(error);
            git2::Error::from_str(&error.to_string())
        })
    }

    fn close(&self) -> Result<(), git2::Error> {
        Ok(())
    }
}

struct Stream {
    session: Arc<Session>,
    child: Child,
    input: Option<ChildStdin>,
    pieces: Receiver<io::Result<Vec<u8>>>,
    piece: io::Cursor<Vec<u8>>,
    complaints: Arc<Mutex<Vec<u8>>>,
    host: String,
    arrived: u64,
}

impl Stream {
    fn open(session: &Arc<Session>, url: &str) -> Result<Self, SourceError> {
        let address = Address::parse(url)?;
        let Some((host, port, path)) = address.ssh() else {
            return Err(SourceError::BadAddress { text: address.shown(), reason: "it is no ssh address" });
        };
        let failed =
            |cause: String| SourceError::Ssh { address: address.shown(), host: host.to_owned(), cause };
        let mut command = command(session, host, port, path);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| failed(format!("ssh cannot be started: {error}")))?;
        let complaints = Arc::<Mutex<Vec<u8>>>::default();
        if let Some(errors) = child.stderr.take() {
            let kept = Arc::clone(&complaints);
            spawn(move || keep(errors, &kept)).map_err(|error| failed(error.to_string()))?;
        }
        let (sender, pieces) = sync_channel(PIECES_WAITING);
        if let Some(output) = child.stdout.take() {
            spawn(move || pump(output, &sender)).map_err(|error| failed(error.to_string()))?;
        }
        let input = child.stdin.take();
        Ok(Self {
            session: Arc::clone(session),
            input,
            child,
            pieces,
            piece: io::Cursor::new(Vec::new()),
            complaints,
            host: host.to_owned(),
            arrived: 0,
        })
    }

    /// The next piece; empty at the end.
    fn next_piece(&mut self) -> Result<Vec<u8>, SourceError> {
        const LOOK: Duration = Duration::from_millis(100);
        let since = Instant::now();
        loop {
            if self.session.cancel.is_cancelled() {
                return Err(SourceError::Cancelled);
            }
            match self.pieces.recv_timeout(LOOK) {
                Ok(Ok(piece)) => return Ok(piece),
                Ok(Err(error)) => return Err(self.broken(&error.to_string())),
                Err(RecvTimeoutError::Disconnected) => return self.end(),
                Err(RecvTimeoutError::Timeout) if since.elapsed() >= self.session.limits.stall => {
                    let seconds = self.session.limits.stall.as_secs();
                    return Err(SourceError::Stalled { address: self.session.shown(), seconds });
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// The end of the output is a failure when nothing has come at all, or ssh says so.
    fn end(&mut self) -> Result<Vec<u8>, SourceError> {
        match self.child.wait() {
            Ok(status) if status.success() => Ok(Vec::new()),
            _ if self.arrived == 0 => Err(self.broken("")),
            Ok(status) => Err(SourceError::Interrupted {
                address: self.session.shown(),
                cause: format!("ssh ended with {status}: {}", self.complaint()),
            }),
            Err(error) => Err(self.broken(&error.to_string())),
        }
    }

    fn broken(&self, cause: &str) -> SourceError {
        let cause = format!("{cause} {}", self.complaint()).trim().to_owned();
        SourceError::Ssh { address: self.session.shown(), host: self.host.clone(), cause }
    }

    fn complaint(&self) -> String {
        let kept = self.complaints.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&kept).into_owned();
        let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let last = &lines[lines.len().saturating_sub(3)..];
        last.join("; ").chars().filter(|letter| !letter.is_control()).collect()
    }
}

impl Read for Stream {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.piece.read(out)?;
            if count > 0 || out.is_empty() {
                return Ok(count);
            }
            let piece = self.next_piece().map_err(|error| self.session.fail(error))?;
            if piece.is_empty() {
                return Ok(0);
            }
            self.arrived += piece.len() as u64;
            self.piece = io::Cursor::new(piece);
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.input {
            Some(input) => input.write(bytes),
            None => Err(io::Error::from(io::ErrorKind::BrokenPipe)),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.input.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        drop(self.input.take());
        // it has usually ended by itself
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name("ssh".into()).spawn(work).map(|_| ())
}

fn pump(mut output: impl Read, sender: &SyncSender<io::Result<Vec<u8>>>) {
    let mut buffer = vec![0; PIECE_BYTES];
    loop {
        let piece = match output.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) => Ok(buffer[..count].to_vec()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        let is_last = piece.is_err();
        if sender.send(piece).is_err() || is_last {
            return;
        }
    }
}

/// Keeps the last words.
fn keep(mut errors: impl Read, kept: &Mutex<Vec<u8>>) {
    let mut buffer = [0; 1024];
    while let Ok(count) = errors.read(&mut buffer) {
        if count == 0 {
            return;
        }
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(&buffer[..count]);
        let over = kept.len().saturating_sub(KEPT_BYTES);
        kept.drain(..over);
    }
}

/// `ssh [-p PORT] HOST "git-upload-pack 'PATH'"`; never asks anybody anything.
fn command(session: &Session, host: &str, port: Option<u16>, path: &str) -> Command {
    let own = |name: &str| session.variables.get(name).filter(|value| !value.trim().is_empty());
    let mut command = match (own("GIT_SSH_COMMAND"), own("GIT_SSH")) {
        (Some(line), _) => {
            // the variable is a line for the shell, by git's own definition
            let mut shell = Command::new("sh");
            shell.args(["-c", &format!("{line} \"$@\""), "ssh"]);
            shell
        }
        (None, Some(program)) => Command::new(program),
        (None, None) => {
            let mut ssh = Command::new("ssh");
            ssh.args(["-o", "BatchMode=yes"]);
            ssh
        }
    };
    if let Some(port) = port {
        command.arg("-p").arg(port.to_string());
    }
    command.arg(host).arg(format!("git-upload-pack '{}'", path.replace('\'', r"'\''")));
    command
}
