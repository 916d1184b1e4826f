//! Apps that stay: start, stop, restart rules, health, order, autolaunch, schedules, and taking over what runs.
//!
//! Must not know: HTTP, command lines. Shells of apps live in shims, so a supervisor may be killed at any time; the next
//! one finds records and shims and goes on.

mod adopt;
mod apps;
mod attach;
mod autostart;
mod bus;
mod entry;
mod error;
mod exec;
mod health;
mod late;
mod ledger;
mod life;
mod logs;
mod record;
mod run_log;
mod running;
mod schedule;
mod settings;
mod supervisor;
mod unit;

pub use adopt::{Adopted, Role, state_folder};
pub use apps::is_app_name;
pub use attach::{AttachQuery, Session, Shown, Typed};
pub use bus::{Bus, BusLine};
pub use error::SuperviseError;
pub use exec::exec_environment;
pub use logs::LogQuery;
pub use settings::{AppSettings, HealthSettings, RestartSettings, Schedule, ScheduledAction, settings_file};
pub use supervisor::{Supervisor, SupervisorOptions};
