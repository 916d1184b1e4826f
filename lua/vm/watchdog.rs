//! One thread per process that looks whether a VM has used up its time.
//!
//! Must not know: what happens then. It sleeps while no evaluation is timed.

use std::{
    sync::{
        Arc, Mutex, OnceLock, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, Thread},
    time::Duration,
};

use crate::limits::Limits;

/// A limit is noticed this late at most.
const TICK: Duration = Duration::from_millis(10);

/// Rounds without a timed evaluation before it sleeps.
const IDLE_ROUNDS: u32 = 50;

static WATCHED: Mutex<Vec<Weak<Limits>>> = Mutex::new(Vec::new());
static ASLEEP: AtomicBool = AtomicBool::new(false);
static THREAD: OnceLock<Option<Thread>> = OnceLock::new();

/// Adds a VM.
pub(crate) fn watch(limits: &Arc<Limits>) {
    WATCHED.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::downgrade(limits));
}

/// An evaluation is timed from now on.
pub(crate) fn wake() {
    let thread = THREAD.get_or_init(|| {
        let started = thread::Builder::new().name("vm-watchdog".into()).stack_size(64 * 1024).spawn(run);
        started.ok().map(|handle| handle.thread().clone())
    });
    if ASLEEP.load(Ordering::Relaxed)
        && let Some(thread) = thread
    {
        ASLEEP.store(false, Ordering::Relaxed);
        thread.unpark();
    }
}

fn run() {
    let mut idle = 0;
    loop {
        let timed = look();
        idle = if timed { 0 } else { idle + 1 };
        if idle >= IDLE_ROUNDS {
            ASLEEP.store(true, Ordering::SeqCst);
            // whoever began in between saw us awake
            if !look() {
                thread::park_timeout(Duration::from_secs(1));
            }
            ASLEEP.store(false, Ordering::Relaxed);
            idle = 0;
        } else {
            thread::sleep(TICK);
        }
    }
}

/// True while an evaluation is timed.
fn look() -> bool {
    let mut watched = WATCHED.lock().unwrap_or_else(PoisonError::into_inner);
    let mut timed = false;
    watched.retain(|limits| match limits.upgrade() {
        Some(limits) => {
            timed |= limits.look();
            true
        }
        None => false,
    });
    timed
}
