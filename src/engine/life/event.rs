//! What is told while an app is installed, updated or removed, and who listens.
//!
//! Must not know: how it is shown.

use std::sync::Arc;

use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::preflight::Preflight;
use crate::{Observer, Prompter};

/// A stage of the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Asking how large it is.
    Estimate,
    /// The repository arrives.
    Fetch,
    /// Looking whether it can work here.
    Preflight,
    /// Programs that are missing arrive.
    Tools,
    /// Keeping what a roll-back needs.
    Snapshot,
    /// The launcher's own script runs.
    Script,
    /// Going back after a failure.
    RollBack,
    /// Files are removed.
    Remove,
}

/// One thing that is told.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum LifeEvent {
    /// A stage begins.
    Stage {
        /// Which.
        stage: Stage,
        /// Of what: an address, a script, a program.
        what: String,
    },
    /// How far it is.
    Progress {
        /// Of what.
        label: String,
        /// Done so far.
        done: u64,
        /// Of so many, when known.
        #[serde(skip_serializing_if = "Option::is_none")]
        total: Option<u64>,
        /// `bytes`, `objects`, `files`.
        unit: &'static str,
    },
    /// What was found before the first step.
    Preflight(Box<Preflight>),
    /// Something people should know.
    Notice {
        /// The words.
        text: String,
    },
}

/// Gets what is told; called from any thread.
pub type OnLifeEvent = Arc<dyn Fn(LifeEvent) + Send + Sync>;

/// Who listens, who answers questions of scripts, and what ends the work early.
#[derive(Clone)]
pub struct Attendance {
    /// Gets what is told.
    pub on_event: OnLifeEvent,
    /// Gets the events of scripts.
    pub observer: Option<Arc<dyn Observer>>,
    /// Answers questions of scripts.
    pub prompter: Option<Arc<dyn Prompter>>,
    /// Ends the work.
    pub cancel: CancellationToken,
}

impl Attendance {
    /// Nobody listens.
    pub fn none() -> Self {
        Self { on_event: Arc::new(|_| {}), observer: None, prompter: None, cancel: CancellationToken::new() }
    }

    pub(crate) fn tell(&self, event: LifeEvent) {
        (self.on_event)(event);
    }

    pub(crate) fn stage(&self, stage: Stage, what: impl Into<String>) {
        self.tell(LifeEvent::Stage { stage, what: what.into() });
    }

    pub(crate) fn notice(&self, text: impl Into<String>) {
        self.tell(LifeEvent::Notice { text: text.into() });
    }
}
