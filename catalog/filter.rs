//! Which apps are meant.
//!
//! Must not know: texts that people search by.

use crate::{Accelerator, App, Category, Fit, Machine, Platform, fit};

/// Conditions; an app has to meet all that are given.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Stands on this shelf.
    pub category: Option<Category>,
    /// Carries all these tags.
    pub tags: Vec<String>,
    /// Supports this system.
    pub platform: Option<Platform>,
    /// Runs on this hardware.
    pub accelerator: Option<Accelerator>,
    /// Is not known to need more than this machine has.
    pub machine: Option<Machine>,
}

impl Filter {
    /// The app meets all conditions.
    pub fn accepts(&self, app: &App) -> bool {
        self.category.is_none_or(|category| app.category == category)
            && self.tags.iter().all(|tag| app.tags.contains(tag))
            && self.platform.is_none_or(|platform| app.platforms.contains(&platform))
            && self.accelerator.is_none_or(|accelerator| app.accelerators.contains(&accelerator))
            && self.machine.as_ref().is_none_or(|machine| !matches!(fit(app, machine), Fit::TooSmall(_)))
    }
}
