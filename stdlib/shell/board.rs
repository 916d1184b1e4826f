//! Where a step listens to a shell that an earlier step left running.
//!
//! Must not know: Lua, events.

use std::sync::{Mutex, PoisonError};

use tokio::sync::{mpsc, watch};

/// What is heard.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// Output of the program.
    Text(String),
    /// The shell waits for the next line.
    Idle,
}

/// Pieces a listener may be behind; the program waits beyond that.
const BEHIND: usize = 16;

/// One listener at a time; a later one takes the place of an earlier.
#[derive(Debug, Default)]
pub(super) struct Board {
    listener: Mutex<Option<mpsc::Sender<Heard>>>,
    /// The shell waits for a line.
    idle: watch::Sender<bool>,
}

impl Board {
    /// Listens from now on; the end of the shell closes the channel.
    pub(super) fn listen(&self) -> mpsc::Receiver<Heard> {
        let (sender, receiver) = mpsc::channel(BEHIND);
        *self.listener.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
        receiver
    }

    /// The shell waits for a line, or has been given one.
    pub(super) fn set_idle(&self, idle: bool) {
        self.idle.send_replace(idle);
    }

    /// Waits until the shell waits for a line.
    pub(super) async fn until_idle(&self) {
        self.idle.subscribe().wait_for(|idle| *idle).await.ok();
    }

    /// Tells the listener, if there is one.
    pub(super) async fn tell(&self, heard: impl FnOnce() -> Heard) {
        let listener = self.listener.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(listener) = listener
            && listener.send(heard()).await.is_err()
        {
            self.close();
        }
    }

    /// Nothing more will be heard.
    pub(super) fn close(&self) {
        self.listener.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}
