//! Points where tests end an operation as a kill would. Nothing outside of tests.
//!
//! Must not know: what the operation does.

use crate::DriveError;

/// Counts down the points an operation passes.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    #[cfg(test)]
    left: std::sync::Mutex<Option<usize>>,
}

impl Faults {
    /// Ends at the point after `passed` others.
    #[cfg(test)]
    pub(crate) fn end_after(passed: usize) -> Self {
        Self { left: std::sync::Mutex::new(Some(passed)) }
    }

    /// A point between two steps that a kill could separate.
    #[cfg(test)]
    pub(crate) fn point(&self, point: &'static str) -> Result<(), DriveError> {
        let mut left = self.left.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match *left {
            Some(0) => Err(DriveError::Ended { point }),
            Some(count) => {
                *left = Some(count - 1);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// A point between two steps that a kill could separate.
    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "tests count here")]
    pub(crate) fn point(&self, _point: &'static str) -> Result<(), DriveError> {
        Ok(())
    }
}
