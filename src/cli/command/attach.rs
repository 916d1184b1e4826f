//! `pino attach APP`: this terminal becomes the one of an app.
//!
//! Must not know: who holds the app's terminal.

use std::{
    io::{self, IsTerminal as _, Read as _, Write as _},
    process::ExitCode,
    thread,
};

use pino_engine::supervise::{AttachQuery, Session, Shown, Typed};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};

use crate::{
    client::{CommandError, Common},
    report,
};

/// Ctrl-] leaves, as in telnet.
const LEAVE: u8 = 0x1d;
/// Bytes typed at once.
const TYPED_BYTES: usize = 4096;

/// Arguments of `pino attach`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The app
    app: String,
    /// One of its shells, by its id (default: the one started last)
    #[arg(long, value_name = "ID")]
    shell: Option<String>,
    /// Lines of the past to show first
    #[arg(short = 'n', long, value_name = "COUNT")]
    lines: Option<u64>,
    #[command(flatten)]
    common: Common,
}

/// Attaches until the program ends or Ctrl-] is typed.
pub(crate) fn execute(arguments: Arguments) -> ExitCode {
    let Arguments { app, shell, lines, common } = arguments;
    common.run(async {
        let control = common.control().await?;
        let session = control.attach(&app, AttachQuery { shell, lines }).await?;
        let is_person = io::stdin().is_terminal();
        let raw = is_person.then(Raw::new);
        if is_person {
            report::notice("Ctrl-] leaves; the app runs on\r");
        }
        let code = converse(session, is_person).await?;
        drop(raw);
        Ok(code)
    })
}

async fn converse(session: Session, is_person: bool) -> Result<u8, CommandError> {
    let Session { mut shown, typed } = session;
    let (leave, mut left) = mpsc::channel::<()>(1);
    let mut resized =
        signal(SignalKind::window_change()).map_err(CommandError::io("cannot watch signals"))?;
    let keys = typed.clone();
    thread::Builder::new()
        .name("keys".into())
        .spawn(move || read_keys(&keys, &leave, is_person))
        .map_err(CommandError::io("cannot start a thread"))?;
    send_size(&typed).await;
    let mut listens = true;
    loop {
        tokio::select! {
            piece = shown.recv() => match piece {
                Some(Shown::Bytes(bytes)) => if !print(&bytes)? {
                    return Ok(0); // `| head`: nobody reads on
                },
                Some(Shown::Ended(code)) => return Ok(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)),
                None => return Ok(0),
            },
            _ = resized.recv() => send_size(&typed).await,
            asked = left.recv(), if listens => {
                if asked.is_some() {
                    return Ok(0);
                }
                // stdin has ended without Ctrl-]: what the program prints is still wanted
                listens = false;
            }
        }
    }
}

/// False when the reader has gone.
fn print(bytes: &[u8]) -> Result<bool, CommandError> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        other => other.map(|()| true).map_err(CommandError::io("cannot write to the terminal")),
    }
}

async fn send_size(typed: &mpsc::Sender<Typed>) {
    let Ok(size) = tcgetwinsize(io::stdout()) else { return };
    if size.ws_col > 0 && size.ws_row > 0 {
        // the program may have ended; then nobody cares about the size
        let _ = typed.send(Typed::Resize { cols: size.ws_col, rows: size.ws_row }).await;
    }
}

/// On a thread of its own: a read cannot be cut short.
fn read_keys(typed: &mpsc::Sender<Typed>, leave: &mpsc::Sender<()>, is_person: bool) {
    let mut buffer = [0; TYPED_BYTES];
    while let Ok(count @ 1..) = io::stdin().lock().read(&mut buffer) {
        let mut bytes = buffer[..count].to_vec();
        let leaves = is_person.then(|| bytes.iter().position(|byte| *byte == LEAVE)).flatten();
        if let Some(at) = leaves {
            bytes.truncate(at);
        }
        let sent = bytes.is_empty() || typed.blocking_send(Typed::Bytes(bytes)).is_ok();
        if leaves.is_some() {
            // whoever waits for it may be gone already
            let _ = leave.blocking_send(());
        }
        if !sent || leaves.is_some() {
            return;
        }
    }
}

/// Keys go to the program untouched while this lives.
struct Raw {
    before: Option<Termios>,
}

impl Raw {
    fn new() -> Self {
        let before = tcgetattr(io::stdin()).ok();
        if let Some(mut settings) = before.clone() {
            settings.make_raw();
            // a terminal that refuses still carries whole lines
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &settings);
        }
        Self { before }
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
        }
    }
}
