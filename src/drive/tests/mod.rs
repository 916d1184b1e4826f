//! Tests of the crate as a whole.

mod faults;
mod killing;
mod kit;
mod linking;
mod sharing;
