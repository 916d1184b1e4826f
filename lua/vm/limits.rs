//! Time budget, cancellation and memory limit of a VM.
//!
//! Must not know: what is evaluated. The errors raised here are never caught by the prelude (it asks [`of_error`]); and a
//! script that catches them all the same is interrupted again, because the limit stays exceeded until the outermost call is left.
//! An interrupt that is installed costs at every call and loop, so none is until a limit is reached: the watchdog installs it.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use mlua::{Lua, VmState};

use crate::{
    FailureKind, JsError,
    interrupt::Interrupt,
    trace::{self, Sources},
    watchdog,
};

/// A limit that ended the evaluation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LimitError {
    #[error(
        "time limit of {} s reached; look for an endless loop, or do the work in a step",
        seconds(budget)
    )]
    Time {
        /// What was allowed.
        budget: Duration,
        /// Where the script was when the time was over, frame by frame.
        stack: String,
    },
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
            matches!(known.kind, FailureKind::Limit | FailureKind::Stopped)
                .then(|| Reached::Told(known.clone()))
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

/// Shared between the VM, its interrupt, the watchdog and whoever may stop it.
pub(crate) struct Limits {
    started: Instant,
    /// Nanoseconds since `started` at which the time is over; 0: no limit.
    deadline: AtomicU64,
    budget: AtomicU64,
    depth: AtomicU32,
    stopped: AtomicBool,
    armed: AtomicBool,
    /// Where the evaluation in progress met its limit.
    place: Mutex<Option<String>>,
    /// The way into the running VM; empty when there is none (any more).
    interrupt: Mutex<Option<Interrupt>>,
}

impl Limits {
    pub(crate) fn new(budget: Duration) -> Arc<Self> {
        Arc::new(Limits {
            started: Instant::now(),
            deadline: AtomicU64::new(0),
            budget: AtomicU64::new(nanoseconds(budget)),
            depth: AtomicU32::new(0),
            stopped: AtomicBool::new(false),
            armed: AtomicBool::new(false),
            place: Mutex::new(None),
            interrupt: Mutex::new(None),
        })
    }

    /// Takes charge of a VM.
    pub(crate) fn watch(self: &Arc<Self>, lua: &Lua, sources: &Arc<Sources>) {
        let (limits, sources) = (self.clone(), sources.clone());
        lua.set_interrupt(move |lua| {
            limits.check().map_err(|limit| mlua::Error::external(limits.told(limit, lua, &sources)))
        });
        *self.interrupt.lock().unwrap_or_else(PoisonError::into_inner) = Some(Interrupt::take_from(lua));
        watchdog::watch(self);
    }

    /// The error with the place where the limit was met first: a script that goes on after it is stopped elsewhere.
    fn told(&self, limit: LimitError, lua: &Lua, sources: &Sources) -> LimitError {
        match limit {
            LimitError::Time { budget, .. } => {
                let mut place = self.place.lock().unwrap_or_else(PoisonError::into_inner);
                let stack = place.get_or_insert_with(|| trace::text(lua, sources)).clone();
                LimitError::Time { budget, stack }
            }
            LimitError::Stopped => LimitError::Stopped,
        }
    }

    /// The VM is about to end.
    pub(crate) fn release(&self) {
        *self.interrupt.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub(crate) fn set_budget(&self, budget: Duration) {
        self.budget.store(nanoseconds(budget), Ordering::Relaxed);
    }

    /// Enters an evaluation: the outermost one starts the clock.
    pub(crate) fn enter(self: &Arc<Self>) -> Entered {
        if self.depth.fetch_add(1, Ordering::Relaxed) == 0 {
            let budget = self.budget.load(Ordering::Relaxed);
            if budget != 0 {
                self.deadline.store(self.now() + budget, Ordering::Relaxed);
                watchdog::wake();
            }
        }
        Entered(self.clone())
    }

    /// Installs the interrupt if a limit is reached. Called by the watchdog. True while an evaluation is timed.
    pub(crate) fn look(&self) -> bool {
        let timed = self.deadline.load(Ordering::Relaxed) != 0;
        if timed && self.check().is_err() {
            self.arm(true);
        }
        timed
    }

    fn arm(&self, on: bool) {
        if self.armed.swap(on, Ordering::Relaxed) != on
            && let Some(interrupt) = self.interrupt.lock().unwrap_or_else(PoisonError::into_inner).as_ref()
        {
            interrupt.set(on);
        }
    }

    fn check(&self) -> Result<VmState, LimitError> {
        if self.stopped.load(Ordering::Relaxed) {
            return Err(LimitError::Stopped);
        }
        let deadline = self.deadline.load(Ordering::Relaxed);
        if deadline != 0 && self.now() > deadline {
            let budget = Duration::from_nanos(self.budget.load(Ordering::Relaxed));
            return Err(LimitError::Time { budget, stack: String::new() });
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
            if self.0.armed.load(Ordering::Relaxed) {
                *self.0.place.lock().unwrap_or_else(PoisonError::into_inner) = None;
            }
            if !self.0.stopped.load(Ordering::Relaxed) && self.0.armed.load(Ordering::Relaxed) {
                self.0.arm(false);
            }
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
        self.0.arm(true);
    }
}
