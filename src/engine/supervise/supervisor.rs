//! The apps of one home as one thing: list, start, stop, restart, what happens to them.
//!
//! Must not know: HTTP, command lines. One supervisor at a time acts for a home; whoever makes it holds the home's lock.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use pino_model::{AppState, AppStatus, Phase, StartRequest, StopRequest};
use pino_process::{GpuProbe, ProcessGroup, ProcessIdentity, ShimHome, start_order};
use pino_state::State;
use tokio_util::sync::CancellationToken;

use super::{
    SuperviseError, apps,
    bus::Bus,
    ledger::Ledger,
    life::Start,
    record::Record,
    settings::AppSettings,
    unit::{Live, Unit, resting_status},
};
use crate::journal::Journalling;

/// Where a supervisor acts, and with what.
#[derive(Clone)]
pub struct SupervisorOptions {
    /// The home, as [`crate::home::prepare`] gives it.
    pub home: PathBuf,
    /// The program that is `pino shim`; without one shells die with this process.
    pub shim_program: Option<PathBuf>,
    /// The home's database; without one there is no history.
    pub state: Option<State>,
}

/// Supervises the apps of one home. Clones are the same supervisor.
#[derive(Clone)]
pub struct Supervisor {
    inner: Arc<Inner>,
}

struct Inner {
    options: SupervisorOptions,
    units: Mutex<BTreeMap<String, Arc<Unit>>>,
    bus: Bus,
    /// Cancelled when this supervisor ends; its apps need not.
    down: CancellationToken,
    schedules_changed: tokio::sync::Notify,
    ledger: Option<Ledger>,
}

impl Supervisor {
    /// A supervisor that knows nothing yet; [`Supervisor::adopt`] takes over what runs.
    pub fn new(options: SupervisorOptions) -> Self {
        let ledger = options.state.clone().and_then(Ledger::new);
        let inner = Inner {
            options,
            units: Mutex::default(),
            bus: Bus::default(),
            down: CancellationToken::new(),
            schedules_changed: tokio::sync::Notify::new(),
            ledger,
        };
        Self { inner: Arc::new(inner) }
    }

    /// The home.
    pub fn home(&self) -> &Path {
        &self.inner.options.home
    }

    /// What happens to the apps.
    pub fn bus(&self) -> &Bus {
        &self.inner.bus
    }

    pub(crate) fn ledger(&self) -> Option<&Ledger> {
        self.inner.ledger.as_ref()
    }

    pub(crate) fn down_token(&self) -> &CancellationToken {
        &self.inner.down
    }

    pub(crate) fn units(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Unit>>> {
        self.inner.units.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The place of the shims of a run; `None` when shells die with this process.
    pub(crate) fn shim_home(&self, run: &str) -> Option<ShimHome> {
        let program = self.inner.options.shim_program.clone()?;
        Some(ShimHome { dir: self.shims_folder(), program, group: run.to_owned() })
    }

    pub(crate) fn shims_folder(&self) -> PathBuf {
        self.home().join("pino/shims")
    }

    /// The group a run starts its processes in.
    pub(crate) fn new_group(&self, run: &str, settings: &AppSettings) -> ProcessGroup {
        let group = self.shim_home(run).map_or_else(ProcessGroup::new, ProcessGroup::with_shims);
        group.set_limits(settings.limits.clone());
        group.set_gpu_probe(GpuProbe(Arc::new(pino_machine::gpu_holders)));
        group
    }

    /// The app of this name, put under supervision when it is not.
    pub(crate) fn unit(&self, app: &str) -> Result<Arc<Unit>, SuperviseError> {
        let folder = apps::folder(self.home(), app)?;
        let mut units = self.units();
        let unit = units
            .entry(app.to_owned())
            .or_insert_with(|| Arc::new(Unit::new(app, folder, Record::load(self.home(), app))));
        Ok(Arc::clone(unit))
    }

    /// Every app of the home, sorted by name.
    pub fn list(&self) -> Vec<AppStatus> {
        let known = self.units().clone();
        let mut names = apps::all(self.home());
        // an app whose folder has gone while it runs is still there to be stopped
        names.extend(known.iter().filter(|(_, unit)| !unit.state().is_down()).map(|(name, _)| name.clone()));
        names.sort_unstable();
        names.dedup();
        let installing = self.installing();
        let status = |name: &String| {
            let mut status = match known.get(name) {
                Some(unit) => unit.status(),
                None => resting_status(name, Record::load(self.home(), name)),
            };
            if status.state != AppState::Running
                && let Some(state) = installing.get(name)
            {
                status.state = *state;
            }
            status
        };
        names.iter().map(status).collect()
    }

    /// Apps whose installation is under way or has not come to its end, as those who install have written.
    fn installing(&self) -> BTreeMap<String, AppState> {
        let Some(state) =
            self.inner.options.state.as_ref().filter(|_| pino_state::database_path(self.home()).is_file())
        else {
            return BTreeMap::new();
        };
        let rows = state.apps().list().unwrap_or_else(|error| {
            tracing::warn!(%error, "the database does not tell which apps are being installed");
            Vec::new()
        });
        let is_open = |state: AppState| matches!(state, AppState::Installing | AppState::NotInstalled);
        rows.into_iter().filter(|row| is_open(row.state)).map(|row| (row.name, row.state)).collect()
    }

    /// Where runs are written down.
    pub fn journalling(&self) -> Journalling {
        self.ledger().map_or(Journalling::Home, |ledger| Journalling::Shared(ledger.database().clone()))
    }

    /// One app.
    pub fn status(&self, app: &str) -> Result<AppStatus, SuperviseError> {
        let known = self.units().get(app).cloned();
        match known {
            Some(unit) if !unit.state().is_down() => Ok(unit.status()),
            _ => self.unit(app).map(|unit| unit.status()),
        }
    }

    /// Starts an app and what it depends on; an app that runs already stays as it is.
    pub async fn start(&self, app: &str, request: StartRequest) -> Result<AppStatus, SuperviseError> {
        let this = self.clone();
        let (app, own) = (app.to_owned(), app.to_owned());
        // a task of its own: whoever asked may go away meanwhile
        let work = tokio::spawn(async move { this.start_all(&app, request).await });
        work.await.unwrap_or_else(|error| Err(SuperviseError::Failed { app: own, why: error.to_string() }))
    }

    async fn start_all(&self, app: &str, request: StartRequest) -> Result<AppStatus, SuperviseError> {
        if self.down_token().is_cancelled() {
            return Err(SuperviseError::GoingDown);
        }
        if self.installing().get(app) == Some(&AppState::Installing) {
            return Err(SuperviseError::Installing(app.to_owned()));
        }
        let unit = self.unit(app)?;
        for wave in self.needed(app)? {
            let starts = wave.iter().filter(|name| *name != app).map(|name| self.start_needed(app, name));
            futures::future::try_join_all(starts).await?;
        }
        let wait = !request.no_wait;
        let start = Start { script: request.script, input: request.input, ..Start::default() };
        self.start_one(&unit, start, wait).await
    }

    async fn start_needed(&self, app: &str, needed: &str) -> Result<(), SuperviseError> {
        let unit = self.unit(needed)?;
        let started = self.start_one(&unit, Start::default(), true).await;
        started.map(|_| ()).map_err(|error| SuperviseError::Dependency {
            app: app.to_owned(),
            why: format!("it needs `{needed}`, and {error}"),
        })
    }

    async fn start_one(
        &self,
        unit: &Arc<Unit>,
        start: Start,
        wait: bool,
    ) -> Result<AppStatus, SuperviseError> {
        {
            let _turn = unit.turn.lock().await;
            self.clear_half_done(unit).await?;
            let live = unit.state().live.clone();
            if let Live::Waiting(restart) = &live {
                // it is wanted now, not after the pause
                restart.cancel();
                unit.wait_for(|state| state.is_down().then_some(())).await;
            }
            if matches!(live, Live::None | Live::Waiting(_)) {
                unit.state().restarts = None;
                self.begin(unit, start).await?;
            }
        }
        if wait {
            self.wait_up(unit).await?;
        }
        Ok(unit.status())
    }

    /// What another process began and did not finish is ended first; while that process lives it is left to it.
    async fn clear_half_done(&self, unit: &Arc<Unit>) -> Result<(), SuperviseError> {
        let owner = {
            let state = unit.state();
            let is_begun =
                matches!(state.live, Live::Adopted(_)) || state.is_down() && state.phase == Phase::Starting;
            if !is_begun || state.phase == Phase::Ready {
                return Ok(());
            }
            state.record.owner.clone()
        };
        match owner {
            Some(owner) if owner.is_alive() && owner != ProcessIdentity::own() => {
                let why = format!("process {} is starting or stopping it already", owner.pid);
                Err(SuperviseError::Failed { app: unit.name.clone(), why })
            }
            _ => {
                unit.state().phase = Phase::Stopping;
                self.end(unit, None).await?;
                unit.state().phase = Phase::Idle;
                Ok(())
            }
        }
    }

    /// Waits until its service is up, or its script has ended well.
    async fn wait_up(&self, unit: &Arc<Unit>) -> Result<(), SuperviseError> {
        let outcome = unit.wait_for(|state| match (&state.live, state.phase) {
            (Live::Run(_) | Live::Adopted(_), Phase::Ready) => Some(Ok(())),
            (Live::Run(_) | Live::Adopted(_), _) => None,
            (Live::None, _) if state.record.state != AppState::Error => Some(Ok(())),
            (Live::None | Live::Waiting(_), _) => Some(Err(state.record.reason.clone().unwrap_or_default())),
        });
        outcome.await.map_err(|why| SuperviseError::Failed { app: unit.name.clone(), why })
    }

    /// The app and everything it depends on, in the order of their starts.
    fn needed(&self, app: &str) -> Result<Vec<Vec<String>>, SuperviseError> {
        let mut found: Vec<(String, Vec<String>)> = Vec::new();
        let mut open = vec![app.to_owned()];
        while let Some(name) = open.pop() {
            if found.iter().any(|(known, _)| *known == name) {
                continue;
            }
            let needs = AppSettings::load(self.home(), &name)?.depends_on;
            for needed in &needs {
                apps::folder(self.home(), needed).map_err(|error| SuperviseError::Dependency {
                    app: name.clone(),
                    why: error.to_string(),
                })?;
            }
            open.extend(needs.iter().cloned());
            found.push((name, needs));
        }
        start_order(&found)
            .map_err(|error| SuperviseError::Dependency { app: app.to_owned(), why: error.to_string() })
    }

    /// Stops an app; one that does not run stays as it is.
    pub async fn stop(&self, app: &str, request: StopRequest) -> Result<AppStatus, SuperviseError> {
        let known = self.units().get(app).cloned();
        let unit = match known {
            Some(unit) if !unit.state().is_down() => unit,
            _ => self.unit(app)?,
        };
        let (this, own) = (self.clone(), app.to_owned());
        let work = tokio::spawn(async move {
            let grace = request.grace_secs.map(Duration::from_secs);
            let _turn = unit.turn.lock().await;
            this.end(&unit, grace).await.map(|()| unit.status())
        });
        work.await.unwrap_or_else(|error| Err(SuperviseError::Stop { app: own, why: error.to_string() }))
    }

    /// Stops and starts an app; without another script in the request with the one it ran.
    pub async fn restart(&self, app: &str, mut request: StartRequest) -> Result<AppStatus, SuperviseError> {
        let before = self.status(app)?;
        self.stop(app, StopRequest::default()).await?;
        if request.script.is_none() {
            request.script = before.script;
        }
        if request.input.is_none() {
            request.input.clone_from(&self.unit(app)?.state().record.input);
        }
        self.start(app, request).await
    }

    /// Stops every app that runs, those that others need last.
    pub async fn stop_all(&self) -> Vec<SuperviseError> {
        let running: Vec<String> = self
            .units()
            .iter()
            .filter(|(_, unit)| !unit.state().is_down())
            .map(|(name, _)| name.clone())
            .collect();
        let needs = |name: &String| {
            let settings = AppSettings::load(self.home(), name).unwrap_or_default();
            let alive = settings.depends_on.into_iter().filter(|needed| running.contains(needed)).collect();
            (name.clone(), alive)
        };
        let list: Vec<(String, Vec<String>)> = running.iter().map(needs).collect();
        let mut waves = start_order(&list).unwrap_or_else(|_circle| vec![running.clone()]);
        waves.reverse();
        let mut failed = Vec::new();
        for wave in waves {
            let stops = wave.iter().map(|name| self.stop(name, StopRequest::default()));
            failed.extend(futures::future::join_all(stops).await.into_iter().filter_map(Result::err));
        }
        failed
    }

    /// Replaces the settings of an app; they count from its next start on.
    pub fn save_settings(&self, app: &str, settings: &AppSettings) -> Result<(), SuperviseError> {
        settings.save(self.home(), app)?;
        self.schedules_changed().notify_one();
        Ok(())
    }

    pub(crate) fn schedules_changed(&self) -> &tokio::sync::Notify {
        &self.inner.schedules_changed
    }

    /// Lets go of everything: apps whose shells live in shims run on, their records say that they shall.
    pub fn let_go(&self) {
        self.inner.down.cancel();
        for unit in self.units().values() {
            if let Live::Run(running) = &unit.state().live {
                running.abandon();
            }
        }
        if let Some(ledger) = self.ledger() {
            ledger.close();
        }
    }

    /// Writes an app's record. A disk that is full costs us the record, never the app.
    pub(crate) fn keep(&self, unit: &Unit) {
        let record = unit.state().record.clone();
        if let Err(error) = record.save(self.home(), &unit.name) {
            tracing::error!(app = unit.name, %error, "the record of an app is not up to date");
            self.bus().note(&unit.name, &format!("its record is not up to date: {error}"));
        }
    }

    /// Tells everybody how an app stands.
    pub(crate) fn publish(&self, unit: &Unit) {
        unit.tell();
        let status = unit.status();
        let is_new = unit.state().told.replace(status.state) != Some(status.state);
        if let Some(ledger) = self.ledger().filter(|_| is_new) {
            ledger.state(&unit.name, status.state, status.reason.as_deref());
        }
        self.bus().status(&status);
    }
}
