//! The memory of one conversion: an arena kept by each thread, so that converting many files asks the system once.
//! Knows nothing of what lies in it.

use std::cell::Cell;

use oxc_allocator::Allocator;

/// An arena that grew beyond this is given back: one huge source must not hold its memory for ever.
const LARGEST_KEPT_BYTES: usize = 1024 * 1024;

thread_local! {
    static KEPT: Cell<Option<Allocator>> = const { Cell::new(None) };
}

/// Runs `work` with an empty arena.
pub(crate) fn with_arena<T>(work: impl FnOnce(&Allocator) -> T) -> T {
    let mut arena = KEPT.take().unwrap_or_default();
    let result = work(&arena);
    if arena.capacity() <= LARGEST_KEPT_BYTES {
        arena.reset();
        KEPT.set(Some(arena));
    }
    result
}
