//! Time budget, cancellation and memory limit of a VM.
//!
//! Must not know: what is evaluated. The errors raised here are never caught by the prelude (it asks [`of_error`]); and a
//! script that catches them all the same is interrupted again, because the limit stays exceeded until the outermost call is left.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use mlua::{Lua, VmState};

use crate::{FailureKind, JsError};

/// Clock readings are spared: one in so many interrupts looks at it.
const INTERRUPTS_PER_CLOCK: u32 = 64;

/// A limit that ended the evaluation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LimitError {
    #[error("time limit of {} s reached; look for an endless loop, or do the work in a step", seconds(.0))]
    Time(Duration),
    #[error("stopped")]
    Stopped,
}

/// The limit behind an error, if there is one.
pub(crate) fn of_error(error: &mlua::Error) -> Option<Reached> {
    match error {
        mlua::Error::CallbackError { cause, .. } | mlua::Error::WithContext { cause, .. } => of_error(cause),
        mlua::Error::MemoryError(_) => Some(Reached::Memory),
        mlua::Error::RuntimeError(text) if text.contains("not enough memory") => Some(Reached::Memory),
        mlua::Error::ExternalError(inner) => {
            if let Some(limit) = inner.downcast_ref::<LimitError>() {
                return Some(Reached::Limit(limit.clone()));
            }
            let known = inner.downcast_ref::<JsError>()?;
            matches!(known.kind, FailureKind::Limit | FailureKind::Stopped).then(|| Reached::Told(known.clone()))
        }
        _ => None,
    }
}

/// Which limit ended an evaluation.
pub(crate) enum Reached {
    /// Too much memory.
    Memory,
    /// Time, or stopped.
    Limit(LimitError),
    /// Reported before by an inner call.
    Told(JsError),
}

fn seconds(budget: &Duration) -> f64 {
    budget.as_secs_f64()
}

/// Shared between the VM, its interrupt and whoever may stop it.
pub(crate) struct Limits {
    started: Instant,
    /// Nanoseconds since `started` at which the time is over; 0: no limit.
    deadline: AtomicU64,
    budget: AtomicU64,
    depth: AtomicU32,
    calls: AtomicU32,
    stopped: AtomicBool,
}

impl Limits {
    pub(crate) fn new(budget: Duration) -> Arc<Self> {
        Arc::new(Limits {
            started: Instant::now(),
            deadline: AtomicU64::new(0),
            budget: AtomicU64::new(nanoseconds(budget)),
            depth: AtomicU32::new(0),
            calls: AtomicU32::new(0),
            stopped: AtomicBool::new(false),
        })
    }

    /// Installs the interrupt.
    pub(crate) fn watch(self: &Arc<Self>, lua: &Lua) {
        let limits = self.clone();
        lua.set_interrupt(move |_| limits.check().map_err(mlua::Error::external));
    }

    pub(crate) fn set_budget(&self, budget: Duration) {
        self.budget.store(nanoseconds(budget), Ordering::Relaxed);
    }

    /// Enters an evaluation: the outermost one starts the clock.
    pub(crate) fn enter(self: &Arc<Self>) -> Entered {
        if self.depth.fetch_add(1, Ordering::Relaxed) == 0 {
            let budget = self.budget.load(Ordering::Relaxed);
            let deadline = if budget == 0 { 0 } else { self.now() + budget };
            self.deadline.store(deadline, Ordering::Relaxed);
        }
        Entered(self.clone())
    }

    fn check(&self) -> Result<VmState, LimitError> {
        if self.stopped.load(Ordering::Relaxed) {
            return Err(LimitError::Stopped);
        }
        if self.calls.fetch_add(1, Ordering::Relaxed) % INTERRUPTS_PER_CLOCK == 0 {
            let deadline = self.deadline.load(Ordering::Relaxed);
            if deadline != 0 && self.now() > deadline {
                // look at the clock at every further interrupt, so that catching the error gains nothing
                self.calls.store(0, Ordering::Relaxed);
                return Err(LimitError::Time(Duration::from_nanos(self.budget.load(Ordering::Relaxed))));
            }
        }
        Ok(VmState::Continue)
    }

    fn now(&self) -> u64 {
        nanoseconds(self.started.elapsed())
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX / 2)
}

/// An evaluation in progress.
pub(crate) struct Entered(Arc<Limits>);

impl Drop for Entered {
    fn drop(&mut self) {
        if self.0.depth.fetch_sub(1, Ordering::Relaxed) == 1 {
            // between calls no clock runs: Lua that Rust touches after a long wait is not late
            self.0.deadline.store(0, Ordering::Relaxed);
        }
    }
}

/// Ends whatever the VM evaluates, from any thread; final.
#[derive(Clone)]
pub struct Stopper(pub(crate) Arc<Limits>);

impl Stopper {
    /// Stops the VM: every evaluation, now and later, ends with "stopped".
    pub fn stop(&self) {
        self.0.stopped.store(true, Ordering::Relaxed);
    }
}
