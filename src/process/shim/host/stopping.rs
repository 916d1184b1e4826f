//! Ends everything of a shim, in a thread beside the loop: the terminal has to be read meanwhile.
//!
//! Must not know: who asked.

use std::{
    collections::HashSet,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use rustix::pipe::{PipeFlags, pipe_with};

use crate::{
    ProcessError,
    cgroup::ControlGroup,
    members::{self, Selection},
    stop::stop_blocking,
};

const STACK_BYTES: usize = 512 * 1024;

/// What is to end.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) selection: Selection,
    /// Sessions that want a hang-up.
    pub(super) hang_up: HashSet<i32>,
    pub(super) group: Option<Arc<ControlGroup>>,
}

/// A stop on its way. Its descriptor becomes readable when it is over.
pub(super) struct Stopping {
    over: OwnedFd,
    result: Arc<Mutex<Option<Outcome>>>,
}

/// The processes there were, or why some are left.
pub(super) type Outcome = Result<Vec<i32>, String>;

impl Stopping {
    /// Begins. The error says why there is no thread.
    pub(super) fn begin(target: Target, grace: Duration) -> std::io::Result<Self> {
        let (over, held_open) = pipe_with(PipeFlags::CLOEXEC)?;
        let result = Arc::new(Mutex::new(None));
        let place = Arc::clone(&result);
        let body = move || {
            let outcome = end_all(&target, grace).map_err(|error| error.to_string());
            *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
            drop(held_open);
        };
        thread::Builder::new().name("stop".to_owned()).stack_size(STACK_BYTES).spawn(body)?;
        Ok(Self { over, result })
    }

    /// `None` while it is on its way.
    pub(super) fn result(&self) -> Option<Outcome> {
        self.result.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl AsFd for Stopping {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.over.as_fd()
    }
}

fn end_all(target: &Target, grace: Duration) -> Result<Vec<i32>, ProcessError> {
    let pids = members::pids_of(&target.selection);
    stop_blocking(&target.selection, &target.hang_up, grace)?;
    // the second proof: the control group is empty
    let left = target.group.as_ref().map(|group| group.end()).unwrap_or_default();
    if left.is_empty() {
        return Ok(pids);
    }
    Err(ProcessError::Survivors { survivors: left.iter().map(i32::to_string).collect() })
}
