//! Looks after the health of an app that is up: its port, its answer over HTTP.
//!
//! Must not know: what happens to an unhealthy one beyond ending it; the restart rules decide.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use pino_model::{ExitStatus, Health as Told};
use pino_process::{Health, HealthCheck, HealthState, probe};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{
    settings::AppSettings,
    supervisor::Supervisor,
    unit::{Live, Unit},
};

/// Starts to check; ends when the guard is dropped.
pub(crate) fn watch(
    supervisor: &Supervisor,
    unit: &Arc<Unit>,
    settings: &AppSettings,
    began: Instant,
) -> Option<DropGuard> {
    let port = unit.state().record.url.as_deref().and_then(port_of);
    let check = settings.health_check(port)?;
    let token = supervisor.down_token().child_token();
    tokio::spawn(checks(supervisor.clone(), Arc::clone(unit), check, began, token.clone()));
    Some(token.drop_guard())
}

/// The port of an address such as `http://127.0.0.1:7860/x`.
pub(crate) fn port_of(url: &str) -> Option<u16> {
    let place = url.split_once("://")?.1.split(['/', '?', '#']).next()?;
    place.rsplit_once(':')?.1.parse().ok()
}

async fn checks(
    supervisor: Supervisor,
    unit: Arc<Unit>,
    check: HealthCheck,
    began: Instant,
    over: CancellationToken,
) {
    let mut health = Health::new(check.clone());
    // the first answer is wanted soon, whatever the interval
    let mut wait = check.interval.min(Duration::from_secs(2));
    loop {
        tokio::select! {
            () = over.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
        wait = check.interval;
        let Some(group) = unit.group() else { return };
        let result =
            probe(&check, &group.processes()).await.map(|_port| ()).map_err(|error| error.to_string());
        let (told, why) = match health.record(began.elapsed(), result) {
            HealthState::Starting | HealthState::Failing(_) => continue,
            HealthState::Healthy => (Told::Healthy, None),
            HealthState::Unhealthy(why) => (Told::Unhealthy, Some(why)),
        };
        let changed = unit.state().health.replace(told) != Some(told);
        if changed {
            supervisor.publish(&unit);
        }
        if let Some(why) = why {
            return give_up(&supervisor, &unit, &why).await;
        }
    }
}

/// An unhealthy app is ended; its restart rules say whether it begins again.
async fn give_up(supervisor: &Supervisor, unit: &Arc<Unit>, why: &str) {
    let settings = AppSettings::load(supervisor.home(), &unit.name).unwrap_or_default();
    if settings.restart.policy == pino_process::RestartPolicy::No {
        supervisor.bus().note(&unit.name, &format!("it is not healthy: {why}"));
        return;
    }
    let live = {
        let mut state = unit.state();
        state.forced = Some(format!("it was not healthy: {why}"));
        state.live.clone()
    };
    match live {
        Live::Run(running) => running.control.stop(ExitStatus::Error),
        Live::Adopted(group) => {
            if let Err(error) = group.stop_all(settings.grace()).await {
                supervisor.bus().note(&unit.name, &error.to_string());
            }
        }
        Live::None | Live::Waiting(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_of_addresses() {
        assert_eq!(port_of("http://127.0.0.1:7860/x?y=1:2"), Some(7860));
        assert_eq!(port_of("http://[::1]:80"), Some(80));
        assert_eq!(port_of("http://localhost/"), None);
        assert_eq!(port_of("localhost:1"), None);
    }
}
