//! Time budget, cancellation and memory limit of a VM.
//!
//! Must not know: what is evaluated. The errors raised here carry [`LIMIT_MARK`], which the prelude never catches; and a
//! script that catches them all the same is interrupted again, because the limit stays exceeded until the outermost call is left.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use mlua::{Lua, VmState};

/// Part of the text of every limit error.
pub(crate) const LIMIT_MARK: &str = "pino:limit";

/// Clock readings are spared: one in so many interrupts looks at it.
const INTERRUPTS_PER_CLOCK: u32 = 64;

/// A limit that ended the evaluation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LimitError {
    #[error("{LIMIT_MARK} time limit of {} s reached; look for an endless loop, or do the work in a step", seconds(.0))]
    Time(Duration),
    #[error("{LIMIT_MARK} stopped")]
    Stopped,
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

    /// Time that is left for the call at work.
    pub(crate) fn remaining(&self) -> Option<Duration> {
        let deadline = self.deadline.load(Ordering::Relaxed);
        (deadline != 0).then(|| Duration::from_nanos(deadline.saturating_sub(self.now())))
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
