//! At the terminal of an app: what it shows and what is typed, for one person.
//!
//! Must not know: where the person sits.

use pino_process::shim::{Attachment, Controls, LogPlace, Piece, ShimStatus};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use super::{SuperviseError, supervisor::Supervisor};

/// Lines shown before new ones when nothing else is asked for.
const DEFAULT_LINES: u64 = 50;
/// Pieces that may wait for a slow person; the rest waits in the log.
const WAITING_PIECES: usize = 8;

/// Which terminal, and how much of its past.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AttachQuery {
    /// The shell; without it the one that was started last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shell: Option<String>,
    /// Lines of the past.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<u64>,
}

/// What a terminal shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Output.
    Bytes(Vec<u8>),
    /// The program has ended.
    Ended(Option<i32>),
}

/// What a person does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed {
    /// Typed bytes.
    Bytes(Vec<u8>),
    /// The window has another size.
    Resize {
        /// Width in characters.
        cols: u16,
        /// Height in lines.
        rows: u16,
    },
}

/// A person at a terminal. It ends when either channel does.
pub struct Session {
    /// What is shown.
    pub shown: mpsc::Receiver<Shown>,
    /// What is typed.
    pub typed: mpsc::Sender<Typed>,
}

impl Supervisor {
    /// Sits down at a terminal of an app.
    pub async fn attach(&self, app: &str, query: AttachQuery) -> Result<Session, SuperviseError> {
        let unit = self.unit(app)?;
        let run = unit.state().record.run.clone();
        let shims = self.shims_of(run.as_deref()).await?;
        let wanted = |shim: &&ShimStatus| query.shell.as_deref().is_none_or(|id| shim.shell_id == id);
        let shim = shims
            .iter()
            .rev()
            .find(|shim| shim.exit.is_none() && wanted(shim))
            .ok_or_else(|| SuperviseError::NotRunning(app.to_owned()))?;
        let place = LogPlace::LastLines(query.lines.unwrap_or(DEFAULT_LINES));
        let attachment = Attachment::open(&self.shims_folder(), &shim.id, place, true)
            .await
            .map_err(|error| self.shim_failure(error))?;
        let (to_person, shown) = mpsc::channel(WAITING_PIECES);
        let (typed, from_person) = mpsc::channel(WAITING_PIECES);
        tokio::spawn(type_in(attachment.controls(), from_person));
        tokio::spawn(show(attachment, to_person));
        Ok(Session { shown, typed })
    }
}

async fn show(mut attachment: Attachment, to_person: mpsc::Sender<Shown>) {
    loop {
        let shown = tokio::select! {
            piece = attachment.next() => match piece {
                Ok(Some(Piece::Bytes { bytes, .. })) => Shown::Bytes(bytes),
                Ok(Some(Piece::Ended(exit))) => Shown::Ended(exit.code),
                Ok(Some(Piece::Started { .. } | Piece::Idle { .. } | Piece::Gap { .. })) => continue,
                Ok(None) | Err(_) => Shown::Ended(None),
            },
            () = to_person.closed() => return,
        };
        let is_end = matches!(shown, Shown::Ended(_));
        if to_person.send(shown).await.is_err() || is_end {
            return;
        }
    }
}

async fn type_in(controls: Controls, mut from_person: mpsc::Receiver<Typed>) {
    while let Some(typed) = from_person.recv().await {
        let done = match typed {
            Typed::Bytes(bytes) => controls.input(&bytes).await,
            Typed::Resize { cols, rows } => controls.resize(cols, rows).await,
        };
        if let Err(error) = done {
            tracing::debug!(%error, "what was typed had no reader");
            return;
        }
    }
}
