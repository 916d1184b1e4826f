//! Broken on purpose, with counts: killed starters and shims, full disks, floods, garbage.

pub(crate) const TESTS: &[(&str, fn())] = &[];
