//! What an earlier server left running is taken over; what it left undone is done.
//!
//! Must not know: how that server ended.

use std::{sync::Arc, time::Duration};

use pino_model::{AppState, ExitStatus, Phase};
use pino_process::{
    Exit, ProcessGroup,
    shim::{self, LogPlace},
};

use super::{
    SuperviseError, apps, health, late,
    record::{Record, Wanted},
    settings::{self, AppSettings},
    supervisor::Supervisor,
    unit::{Live, Unit},
};

/// Logs of ended shells are kept for so long.
const KEPT: Duration = Duration::from_hours(168);
const ONE_DAY: Duration = Duration::from_hours(24);

/// In which role somebody looks at what runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The server: what is half done is cleaned up.
    Server,
    /// A command without a server: others may be at work, so what is half done is left alone.
    Visitor,
}

/// What taking over has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Adopted {
    /// Apps that run on.
    pub running: Vec<String>,
    /// Apps that shall run and do not, to be started again.
    pub missing: Vec<String>,
}

impl Supervisor {
    /// Takes over the apps an earlier server has left running.
    pub async fn adopt(&self, role: Role) -> Adopted {
        late::wait_for_shims(&self.shims_folder()).await;
        let mut found = Adopted::default();
        for app in Record::known(self.home()) {
            let Some(record) = Record::load(self.home(), &app).filter(|_| apps::is_app_name(&app)) else {
                continue;
            };
            if record.state == AppState::Running || record.wanted == Wanted::Up {
                self.adopt_one(&app, record, role, &mut found).await;
            }
        }
        found
    }

    async fn adopt_one(&self, app: &str, record: Record, role: Role, found: &mut Adopted) {
        let folder = self.home().join("api").join(app);
        let unit = Arc::new(Unit::new(app, folder, Some(record.clone())));
        self.units().insert(app.to_owned(), Arc::clone(&unit));
        let group = match self.live_group(&record) {
            Ok(group) => group,
            Err(error) => {
                tracing::error!(app, %error, "its shims cannot be looked at");
                self.bus().note(app, &error.to_string());
                None
            }
        };
        match group {
            Some(group)
                if !group.shells().is_empty()
                    && (role == Role::Visitor || (record.ready && record.wanted == Wanted::Up)) =>
            {
                {
                    let mut state = unit.state();
                    state.live = Live::Adopted(group.clone());
                    state.phase = match (record.wanted, record.ready) {
                        (Wanted::Down, _) => Phase::Stopping,
                        (Wanted::Up, true) => Phase::Ready,
                        (Wanted::Up, false) => Phase::Starting,
                    };
                }
                found.running.push(app.to_owned());
                self.publish(&unit);
                tokio::spawn(follow(self.clone(), unit, group));
            }
            leftover => {
                // even without a shell something it started may live on
                if let Some(group) = leftover.filter(|_| role == Role::Server) {
                    let grace = AppSettings::load(self.home(), app).unwrap_or_default().grace();
                    if let Err(error) = group.stop_all(grace).await {
                        self.bus().note(app, &error.to_string());
                    }
                }
                self.settle(&unit, &record, role);
                if role == Role::Server {
                    self.keep(&unit);
                }
                if record.wanted == Wanted::Up {
                    found.missing.push(app.to_owned());
                }
            }
        }
    }

    /// It ran when the earlier server ended and does not run now.
    fn settle(&self, unit: &Arc<Unit>, record: &Record, role: Role) {
        let is_at_work = record.owner.as_ref().is_some_and(pino_process::ProcessIdentity::is_alive);
        if role == Role::Visitor && !record.ready && is_at_work {
            // somebody starts it right now and has not come to its first shell
            unit.state().phase = Phase::Starting;
            return;
        }
        let reason = match (record.wanted, record.ready) {
            (Wanted::Down, _) => "it was being stopped when the server ended",
            (Wanted::Up, true) => "it ended while no server was there",
            (Wanted::Up, false) => "the server ended while it was starting",
        };
        {
            let mut state = unit.state();
            state.record.state =
                if record.wanted == Wanted::Up && record.ready { AppState::Error } else { AppState::Stopped };
            state.record.reason = Some(reason.to_owned());
            state.record.ready = false;
            state.record.ended_at_ms.get_or_insert_with(super::bus::now_ms);
        }
        self.publish(unit);
    }

    /// What is left of a run.
    fn live_group(&self, record: &Record) -> Result<Option<ProcessGroup>, SuperviseError> {
        let Some(home) = record.run.as_deref().and_then(|run| self.shim_home(run)) else { return Ok(None) };
        let folder = home.dir.clone();
        if !folder.is_dir() {
            return Ok(None);
        }
        let adopted = ProcessGroup::adopted(home, LogPlace::End);
        let (group, _outputs) = adopted.map_err(|error| SuperviseError::Io {
            action: "look at the shims in",
            path: folder,
            cause: std::io::Error::other(error),
        })?;
        Ok(Some(group))
    }

    /// Removes what is left of shells that ended long ago, now and once a day.
    pub async fn tidy(&self) {
        loop {
            let folder = self.shims_folder();
            let removed = tokio::task::spawn_blocking(move || shim::remove_ended(&folder, KEPT)).await;
            if let Ok(Err(error)) = removed {
                tracing::warn!(%error, "logs of old shells stay");
            }
            tokio::select! {
                () = self.down_token().cancelled() => return,
                () = tokio::time::sleep(ONE_DAY) => {}
            }
        }
    }

    /// Starts what shall run and does not: apps that were up or starting when an earlier server ended.
    pub fn revive(&self, missing: &[String]) {
        for app in missing {
            let Ok(unit) = self.unit(app) else { continue };
            let settings = AppSettings::load(self.home(), app).unwrap_or_default();
            let was_up = unit.state().record.ready_at_ms.is_some();
            if was_up && settings.restart.policy == pino_process::RestartPolicy::No {
                unit.state().record.wanted = Wanted::Down;
                self.keep(&unit);
                continue;
            }
            self.restart_later(&unit, Duration::ZERO);
            self.publish(&unit);
        }
    }
}

/// Follows processes that are not ours to their end.
async fn follow(supervisor: Supervisor, unit: Arc<Unit>, group: ProcessGroup) {
    let settings = AppSettings::load(supervisor.home(), &unit.name).unwrap_or_default();
    let checks = health::watch(&supervisor, &unit, &settings, std::time::Instant::now());
    let mut last = Exit { code: None };
    for shell in group.shells() {
        tokio::select! {
            exit = shell.wait() => last = exit,
            () = supervisor.down_token().cancelled() => return,
        }
    }
    drop(checks);
    if unit.state().phase == Phase::Stopping {
        return; // whoever stops it tells its end, after the proof that nothing is left
    }
    if let Err(error) = group.stop_all(settings.grace()).await {
        supervisor.bus().note(&unit.name, &error.to_string());
    }
    let status = if last.code == Some(0) { ExitStatus::Done } else { ExitStatus::Error };
    supervisor.over(&unit, &settings, last, status, None);
}

/// The file that holds what is known of an app's run; for those who explain a failure.
pub fn state_folder(home: &std::path::Path, app: &str) -> std::path::PathBuf {
    settings::app_state_folder(home, app)
}
