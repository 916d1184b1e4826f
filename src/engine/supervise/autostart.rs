//! What starts by itself: apps with autolaunch when the server begins, schedules at their times.
//!
//! Must not know: how an app starts.

use std::{path::Path, time::Duration};

use croner::Cron;
use jiff::Zoned;
use pino_model::{StartRequest, StopRequest};

use super::{
    SuperviseError, apps, schedule,
    settings::{AppSettings, Schedule, ScheduledAction},
    supervisor::Supervisor,
};
use crate::environment;

/// The wall clock is looked at so often, in case somebody sets it.
const LOOK_AGAIN: Duration = Duration::from_mins(1);
/// Variable of an app's ENVIRONMENT that names the script to start with the server.
const AUTOLAUNCH: &str = "PINOKIO_SCRIPT_AUTOLAUNCH";

/// Whether an app starts with the server.
#[derive(Debug, PartialEq, Eq)]
enum Launch {
    No,
    /// With the script its launcher chooses.
    Usual,
    Script(String),
}

/// A schedule and when it fires next.
struct Due {
    app: String,
    entry: Schedule,
    cron: Cron,
    next: Option<Zoned>,
}

impl Supervisor {
    /// Starts every app that wants to start with the server.
    pub async fn autolaunch(&self) {
        for app in apps::all(self.home()) {
            if self.down_token().is_cancelled() {
                return;
            }
            let script = match autolaunch(self.home(), &app) {
                Ok(Launch::Script(script)) => Some(script),
                Ok(Launch::Usual) => None,
                Ok(Launch::No) => continue,
                Err(error) => {
                    self.bus().note(&app, &error.to_string());
                    continue;
                }
            };
            self.bus().note(&app, "it starts with the server");
            let request = StartRequest { script, no_wait: true, ..StartRequest::default() };
            if let Err(error) = self.start(&app, request).await {
                tracing::warn!(app, %error, "an app does not start with the server");
                self.bus().note(&app, &format!("it does not start with the server: {error}"));
            }
        }
    }

    /// Carries out schedules until the supervisor ends. Sleeps until somebody sets one when there are none.
    pub async fn run_schedules(&self) {
        let mut all = self.schedules();
        loop {
            let now = Zoned::now();
            let soonest =
                all.iter().filter_map(|due| due.next.as_ref()).map(|then| schedule::until(&now, then)).min();
            let sleep = async {
                match soonest {
                    Some(wait) => tokio::time::sleep(wait.min(LOOK_AGAIN)).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = self.down_token().cancelled() => return,
                () = sleep => {}
                () = self.schedules_changed().notified() => {
                    all = self.schedules();
                    continue;
                }
            }
            let now = Zoned::now();
            for due in &mut all {
                if due.next.as_ref().is_some_and(|then| *then <= now) {
                    due.next = schedule::next(&due.cron, &now);
                    self.carry_out(&due.app, &due.entry).await;
                }
            }
        }
    }

    fn schedules(&self) -> Vec<Due> {
        let now = Zoned::now();
        let settings = apps::all(self.home()).into_iter().filter_map(|app| {
            let settings = AppSettings::load(self.home(), &app).ok()?;
            Some((app, settings))
        });
        let entries = settings.flat_map(|(app, settings)| {
            settings.schedules.into_iter().map(move |entry| (app.clone(), entry))
        });
        let due = entries.filter_map(|(app, entry)| {
            let cron = schedule::parse(&entry.cron).ok()?;
            let next = schedule::next(&cron, &now);
            Some(Due { app, entry, cron, next })
        });
        due.collect()
    }

    async fn carry_out(&self, app: &str, entry: &Schedule) {
        self.bus().note(app, &format!("its schedule `{}` says {:?}", entry.cron, entry.action));
        let request = StartRequest { script: entry.script.clone(), no_wait: true, ..StartRequest::default() };
        let done = match entry.action {
            ScheduledAction::Start => self.start(app, request).await,
            ScheduledAction::Stop => self.stop(app, StopRequest::default()).await,
            ScheduledAction::Restart => self.restart(app, request).await,
        };
        if let Err(error) = done {
            tracing::warn!(app, %error, "a schedule could not be carried out");
            self.bus().note(app, &format!("its schedule could not be carried out: {error}"));
        }
    }
}

/// What the owner or the app's ENVIRONMENT says.
fn autolaunch(home: &Path, app: &str) -> Result<Launch, SuperviseError> {
    let settings = AppSettings::load(home, app)?;
    match settings.autolaunch {
        Some(true) => return Ok(settings.script.map_or(Launch::Usual, Launch::Script)),
        Some(false) => return Ok(Launch::No),
        None => {}
    }
    let root = apps::launcher_root(&home.join("api").join(app));
    let bytes = std::fs::read(root.join("ENVIRONMENT")).unwrap_or_default();
    let variables = environment::parse(&environment::decode(&bytes));
    let value = |name: &str| {
        variables.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.trim().to_owned())
    };
    let off = value("PINOKIO_SCRIPT_AUTOLAUNCH_ENABLED").is_some_and(|on| on.eq_ignore_ascii_case("false"));
    let script = value(AUTOLAUNCH).filter(|script| !script.is_empty() && !off);
    Ok(script.map_or(Launch::No, Launch::Script))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed set-up shall end the test")]
mod tests {
    use super::*;

    #[test]
    fn autolaunch_comes_from_the_settings_or_the_environment() {
        let scratch = tempfile::tempdir().unwrap();
        let home = scratch.path();
        let app = home.join("api/demo");
        std::fs::create_dir_all(&app).unwrap();
        assert_eq!(autolaunch(home, "demo").unwrap(), Launch::No);
        std::fs::write(app.join("ENVIRONMENT"), "PINOKIO_SCRIPT_AUTOLAUNCH=run.js\n").unwrap();
        assert_eq!(autolaunch(home, "demo").unwrap(), Launch::Script("run.js".to_owned()));
        AppSettings::parse(r#"{"autolaunch":false}"#, "demo").unwrap().save(home, "demo").unwrap();
        assert_eq!(autolaunch(home, "demo").unwrap(), Launch::No);
        AppSettings::parse(r#"{"autolaunch":true}"#, "demo").unwrap().save(home, "demo").unwrap();
        assert_eq!(autolaunch(home, "demo").unwrap(), Launch::Usual);
    }
}
