//! The life of an app: begin a run, follow it, decide what follows its end, stop it.
//!
//! Must not know: sockets, command lines, which apps there are.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use pino_model::{AppState, Data, ExitStatus, Health, Phase};
use pino_process::{Decision, Exit, ProcessIdentity, Restarts};
use tokio_util::sync::CancellationToken;

use super::{
    SuperviseError,
    bus::now_ms,
    entry, health,
    record::{Record, Wanted},
    run_log::RunLog,
    running::{Facts, Launch, Running},
    settings::AppSettings,
    supervisor::Supervisor,
    unit::{Live, Unit},
};
use crate::run::Supervision;

/// What a run is begun with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Start {
    pub(crate) script: Option<String>,
    pub(crate) input: Option<serde_json::Value>,
    /// Automatic restarts before this one.
    pub(crate) restarts: u32,
    /// Why it is started, when nobody asked for it.
    pub(crate) reason: Option<String>,
}

impl Supervisor {
    /// Begins a run of an app that is down. The caller holds its turn.
    pub(crate) async fn begin(&self, unit: &Arc<Unit>, start: Start) -> Result<(), SuperviseError> {
        let settings = AppSettings::load(self.home(), &unit.name)?;
        let asked = start.script.as_deref().or(settings.script.as_deref());
        let script = entry::choose(self.home(), &unit.name, &unit.folder, asked).await?;
        let run = uuid::Uuid::new_v4().simple().to_string();
        let inner = script.strip_prefix(&unit.folder).unwrap_or(&script).to_string_lossy().into_owned();
        let input = start.input.clone().or_else(|| settings.input.clone());
        let record = Record {
            wanted: Wanted::Up,
            state: AppState::Running,
            run: Some(run.clone()),
            owner: Some(ProcessIdentity::own()),
            script: Some(inner),
            input: start.input,
            started_at_ms: Some(now_ms()),
            restarts: start.restarts,
            reason: start.reason,
            ..Record::default()
        };
        record.save(self.home(), &unit.name)?;
        let group = self.new_group(&run, &settings);
        let launch = Launch {
            home: self.home().to_owned(),
            script,
            input: input.map_or_else(|| Data::Object(indexmap::IndexMap::new()), Data::from),
            log: RunLog::open(self.home(), &unit.name, &run, self.bus()),
            supervision: Supervision {
                id: Some(run),
                env: settings.env.clone(),
                grace: Some(settings.grace()),
                journal: self.journalling(),
                ..Supervision::default()
            },
            group,
            strict_exit_codes: settings.strict_exit_codes,
        };
        let running = match Running::launch(launch).await {
            Ok(running) => Arc::new(running),
            Err(error) => {
                self.note_failed_start(unit, record, &error.to_string());
                return Err(error.into());
            }
        };
        {
            let mut state = unit.state();
            (state.record, state.phase, state.asked) = (record, Phase::Starting, false);
            (state.health, state.forced) = (settings.health.is_some().then_some(Health::Unknown), None);
            state.live = Live::Run(Arc::clone(&running));
            state.restarts.get_or_insert_with(|| Restarts::new(settings.restart_rules()));
        }
        self.publish(unit);
        tokio::spawn(follow(self.clone(), Arc::clone(unit), running, settings));
        Ok(())
    }

    fn note_failed_start(&self, unit: &Unit, record: Record, why: &str) {
        {
            let mut state = unit.state();
            state.record = Record {
                wanted: Wanted::Down,
                state: AppState::Error,
                reason: Some(why.to_owned()),
                ended_at_ms: Some(now_ms()),
                ..record
            };
            (state.phase, state.live) = (Phase::Idle, Live::None);
        }
        self.keep(unit);
        self.publish(unit);
    }

    /// Ends an app. The caller holds its turn.
    pub(crate) async fn end(&self, unit: &Arc<Unit>, grace: Option<Duration>) -> Result<(), SuperviseError> {
        let live = {
            let mut state = unit.state();
            state.asked = true;
            state.record.wanted = Wanted::Down;
            if matches!(state.live, Live::Run(_) | Live::Adopted(_)) {
                state.phase = Phase::Stopping;
            }
            state.live.clone()
        };
        let failed = |why: String| SuperviseError::Stop { app: unit.name.clone(), why };
        match live {
            Live::None => Ok(()),
            Live::Waiting(start) => {
                start.cancel();
                unit.wait_for(|state| state.is_down().then_some(())).await;
                Ok(())
            }
            Live::Run(running) => {
                self.keep(unit);
                self.publish(unit);
                running.control.stop(ExitStatus::Stopped);
                if let Some(grace) = grace {
                    // a grace of its own: the run's is the one of the settings
                    let group = running.group.clone();
                    tokio::spawn(async move { group.stop_all(grace).await });
                }
                let facts = running.ended().await;
                unit.wait_for(|state| state.is_down().then_some(())).await;
                facts.survivors.map_or(Ok(()), |why| Err(failed(why)))
            }
            Live::Adopted(group) => {
                self.keep(unit);
                self.publish(unit);
                let settings = AppSettings::load(self.home(), &unit.name).unwrap_or_default();
                let stopped = group.stop_all(grace.unwrap_or_else(|| settings.grace())).await;
                self.over(unit, &settings, Exit { code: None }, ExitStatus::Stopped, None);
                stopped.map_err(|error| failed(error.to_string()))
            }
        }
    }

    /// A run is over: what is told, and whether it begins again.
    pub(crate) fn over(
        &self,
        unit: &Arc<Unit>,
        settings: &AppSettings,
        exit: Exit,
        status: ExitStatus,
        error: Option<String>,
    ) {
        let decision = {
            let mut state = unit.state();
            if state.is_down() {
                return; // told already: the processes ended while they were being stopped
            }
            let asked = state.asked && state.forced.is_none();
            let up_for =
                Duration::from_millis(now_ms().saturating_sub(state.record.started_at_ms.unwrap_or(0)));
            let rules = settings.restart_rules();
            let restarts = state.restarts.get_or_insert_with(|| Restarts::new(rules));
            let decision = restarts.ended(exit, asked, up_for, rand::random());
            let failure = state.forced.take().or(error);
            state.record.ended_at_ms = Some(now_ms());
            state.record.exit = Some(status);
            state.record.ready = false;
            state.health = None;
            let is_failure = !asked && exit.code != Some(0);
            state.record.state = if is_failure { AppState::Error } else { AppState::Stopped };
            let told = |reason: &str| match &failure {
                Some(failure) => format!("{failure}; {reason}"),
                None => reason.to_owned(),
            };
            match &decision {
                Decision::Restart { reason, attempt, after } => {
                    state.record.reason =
                        Some(told(&format!("{reason}: restart {attempt} in {:.1} s", after.as_secs_f64())));
                    state.phase = Phase::Waiting;
                }
                Decision::Stay { reason, gave_up } => {
                    let given_up = if *gave_up { "; given up" } else { "" };
                    if let Some(ledger) = self.ledger().filter(|_| *gave_up) {
                        ledger.given_up(&unit.name, reason);
                    }
                    state.record.reason = Some(told(&format!("{reason}{given_up}")));
                    state.record.wanted = Wanted::Down;
                    (state.phase, state.live) = (Phase::Idle, Live::None);
                }
            }
            decision
        };
        if let Decision::Restart { after, .. } = decision {
            self.restart_later(unit, after);
        }
        self.keep(unit);
        self.publish(unit);
    }

    /// Begins it again after a while, unless somebody stops it or the server goes down meanwhile.
    pub(crate) fn restart_later(&self, unit: &Arc<Unit>, after: Duration) {
        let cancel = self.down_token().child_token();
        let start = {
            let mut state = unit.state();
            state.live = Live::Waiting(cancel.clone());
            state.phase = Phase::Waiting;
            let record = &state.record;
            Start {
                script: record.script.clone(),
                input: record.input.clone(),
                restarts: record.restarts + 1,
                reason: record.reason.clone(),
            }
        };
        tokio::spawn(wait_and_begin(self.clone(), Arc::clone(unit), after, cancel, start));
    }
}

async fn wait_and_begin(
    supervisor: Supervisor,
    unit: Arc<Unit>,
    after: Duration,
    cancel: CancellationToken,
    start: Start,
) {
    tokio::select! {
        () = cancel.cancelled() => {
            if supervisor.down_token().is_cancelled() {
                return; // the record says that it shall be up: the next server starts it
            }
            {
                let mut state = unit.state();
                (state.live, state.phase) = (Live::None, Phase::Idle);
                state.record.wanted = Wanted::Down;
            }
            supervisor.keep(&unit);
            supervisor.publish(&unit);
        }
        () = tokio::time::sleep(after) => {
            let _turn = unit.turn.lock().await;
            if cancel.is_cancelled() {
                unit.state().live = Live::None;
                unit.tell();
                return;
            }
            if let Err(error) = supervisor.begin(&unit, start).await {
                let record = unit.state().record.clone();
                supervisor.note_failed_start(&unit, record, &error.to_string());
            }
        }
    }
}

/// Follows a run to its end.
async fn follow(supervisor: Supervisor, unit: Arc<Unit>, running: Arc<Running>, settings: AppSettings) {
    let began = Instant::now();
    let mut facts = running.facts.clone();
    let mut checks = None;
    let last = loop {
        let now: Facts = facts.borrow_and_update().clone();
        if now.ended.is_some() {
            break now;
        }
        take_over(&supervisor, &unit, &now);
        if now.ready && checks.is_none() {
            checks = Some(health::watch(&supervisor, &unit, &settings, began));
        }
        tokio::select! {
            changed = facts.changed() => if changed.is_err() {
                // abandoned: its processes go on without us
                return;
            },
            () = supervisor.down_token().cancelled() => return,
        }
    };
    let status = last.ended.unwrap_or(ExitStatus::Error);
    let code = match (status, last.last_exit) {
        (ExitStatus::Done | ExitStatus::Daemon, _) => Some(0),
        (_, Some(exit)) if exit.code != Some(0) => exit.code,
        _ => Some(1),
    };
    drop(checks);
    supervisor.over(&unit, &settings, Exit { code }, status, last.error);
}

/// Facts that others can see: the address, and that it is up.
fn take_over(supervisor: &Supervisor, unit: &Unit, facts: &Facts) {
    let (changed, came_up) = {
        let mut state = unit.state();
        let came_up = facts.ready && !state.record.ready;
        let changed = came_up || state.record.url != facts.url;
        state.record.url.clone_from(&facts.url);
        if came_up {
            state.record.ready = true;
            state.record.local.clone_from(&facts.local);
            state.record.ready_at_ms = Some(now_ms());
            if state.phase == Phase::Starting {
                state.phase = Phase::Ready;
            }
        }
        (changed, came_up)
    };
    if came_up {
        supervisor.keep(unit);
    }
    if changed {
        supervisor.publish(unit);
    }
}
