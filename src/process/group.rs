//! Everything one run has started, and the one place that stops it.
//!
//! Must not know: what a run is.

use std::{
    collections::HashSet,
    io,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use rustix::process::{Signal, kill_process_group, test_kill_process_group};
use tokio::sync::{mpsc, watch};

use crate::{
    Exit, GpuProbe, MARK_VARIABLE, Output, ProcessError, ResourceLimits, ShellHandle, ShellMode, ShellOutput,
    ShellSpec, ShimHome,
    launch::{Launched, launch},
    members::{Selection, now_ticks, pids_of},
    platform,
    reader::{Reader, read_all},
    shell::{Shell, Terminal},
    shimmed::InShim,
    stop::stop_blocking,
    sweep,
    tree::process_tree,
};

/// Pieces of output that may wait for their reader; with 64 KiB each this bounds the memory of a shell.
pub(crate) const WAITING_PIECES: usize = 4;
/// How long the takers of output may need for the last pieces after a stop.
const OUTPUT_LIMIT: Duration = Duration::from_secs(5);
/// A reader needs little stack.
const READER_STACK_BYTES: usize = 128 * 1024;

/// Groups of this process that have started something.
static GROUPS_IN_USE: AtomicUsize = AtomicUsize::new(0);

/// Everything one run has started. Clones are the same group; dropping the last one kills what is left.
#[derive(Clone, Default)]
pub struct ProcessGroup {
    pub(crate) inner: Arc<Inner>,
}

impl std::fmt::Debug for ProcessGroup {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("ProcessGroup")
            .field("live", &self.inner.state().live.len())
            .finish_non_exhaustive()
    }
}

impl ProcessGroup {
    /// An empty group.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty group whose shells live in shims, which outlive us: dropping the group leaves them, stopping it ends them.
    pub fn with_shims(home: ShimHome) -> Self {
        Self { inner: Arc::new(Inner { name: OnceLock::new(), shims: Some(home), state: Mutex::default() }) }
    }

    /// What shells started from now on may use, where they do not say it themselves.
    pub fn set_limits(&self, limits: ResourceLimits) {
        self.inner.state().limits = limits;
    }

    /// How to find out, after a stop, that memory of GPUs was given back.
    pub fn set_gpu_probe(&self, probe: GpuProbe) {
        self.inner.state().gpu_probe = Some(probe);
    }

    /// Starts a shell.
    pub fn spawn(&self, spec: ShellSpec) -> Result<(ShellHandle, ShellOutput), ProcessError> {
        self.inner.spawn(spec)
    }

    /// The running shell of this name; of several the newest.
    pub fn shell(&self, id: &str) -> Option<ShellHandle> {
        let shell = self.inner.state().live.iter().rev().find(|shell| shell.id == id).cloned()?;
        Some(ShellHandle { shell, group: Arc::downgrade(&self.inner) })
    }

    /// All running shells, oldest first.
    pub fn shells(&self) -> Vec<ShellHandle> {
        let live = self.inner.state().live.clone();
        live.into_iter().map(|shell| ShellHandle { shell, group: Arc::downgrade(&self.inner) }).collect()
    }

    /// Running shells with this label, oldest first.
    pub fn labelled(&self, label: &str) -> Vec<ShellHandle> {
        let number = self.inner.state().labels.iter().position(|known| known == label);
        self.shells().into_iter().filter(|handle| Some(handle.shell.label as usize) == number).collect()
    }

    /// All living processes of its running shells, as far as they descend from them; the shells first.
    pub fn processes(&self) -> Vec<i32> {
        let live = self.inner.state().live.clone();
        let mut seen = HashSet::new();
        let mut pids: Vec<i32> = live.iter().map(|shell| shell.pid.as_raw_nonzero().get()).collect();
        let shims = live.iter().filter(|shell| matches!(shell.terminal, Terminal::Shim(_)));
        seen.extend(pids.iter().copied().chain(shims.map(|shell| shell.root)));
        let trees = live.iter().flat_map(|shell| process_tree(shell.root));
        pids.extend(trees.filter(|pid| seen.insert(*pid)));
        pids
    }

    /// Stops everything started under this label, and waits until all output is delivered.
    pub async fn stop_label(&self, label: &str, grace: Duration) -> Result<(), ProcessError> {
        let number = self.inner.state().labels.iter().position(|known| known == label);
        match number {
            Some(number) => self.inner.stop(Part::Label(number as u32), grace).await,
            None => Ok(()),
        }
    }

    /// Stops everything, and waits until all output is delivered.
    pub async fn stop_all(&self, grace: Duration) -> Result<(), ProcessError> {
        self.inner.stop(Part::Everything, grace).await
    }

    /// The variable that marks a process started elsewhere as a member of this group, for use as its environment.
    pub fn mark(&self, label: &str) -> (&'static str, String) {
        let (label, number) = self.inner.register(label);
        self.inner.state().has_own = true;
        (MARK_VARIABLE, self.inner.mark_value(label, number))
    }
}

/// The mark we carry ourselves, when we run inside a shell of another group.
pub(crate) fn outer_mark() -> String {
    std::env::var(MARK_VARIABLE).unwrap_or_default()
}

/// What of a group is meant.
pub(crate) enum Part {
    Everything,
    Label(u32),
    Shell(Arc<Shell>),
}

/// The shared part of a group.
#[derive(Default)]
pub(crate) struct Inner {
    name: OnceLock<String>,
    pub(crate) shims: Option<ShimHome>,
    state: Mutex<State>,
}

#[derive(Default)]
pub(crate) struct State {
    limits: ResourceLimits,
    pub(crate) gpu_probe: Option<GpuProbe>,
    /// Something was started that is not in a shim.
    has_own: bool,
    /// Shims that may have something to stop.
    pub(crate) in_shims: Vec<InShim>,
    /// Start of the first process (clock ticks since boot).
    since_ticks: Option<u64>,
    labels: Vec<String>,
    next_number: u32,
    pub(crate) live: Vec<Arc<Shell>>,
    /// Sessions of ended shells in which something lives on, with their labels.
    left_behind: Vec<(i32, u32)>,
    outputs: Vec<(u32, u32, mpsc::Sender<Output>)>,
}

impl Inner {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn name(&self) -> &str {
        self.name.get_or_init(|| {
            platform::adopt_orphans();
            GROUPS_IN_USE.fetch_add(1, Ordering::Relaxed);
            sweep::sweep_once_beside();
            sweep::run_name()
        })
    }

    /// Index of the label and a fresh number.
    pub(crate) fn register(&self, label: &str) -> (u32, u32) {
        let mut state = self.state();
        state.since_ticks.get_or_insert_with(now_ticks);
        let known = state.labels.iter().position(|known| known == label);
        let index = known.unwrap_or_else(|| {
            state.labels.push(label.to_owned());
            state.labels.len() - 1
        });
        state.next_number += 1;
        (index as u32, state.next_number)
    }

    /// Our own mark (we may run inside a shell of another group) and that of the new process.
    fn mark_value(&self, label: u32, number: u32) -> String {
        let outer = outer_mark();
        format!("{outer}{}:{label}:{number}.", self.name())
    }

    fn spawn(self: &Arc<Self>, mut spec: ShellSpec) -> Result<(ShellHandle, ShellOutput), ProcessError> {
        let (label, number) = self.register(&spec.label);
        if spec.env.get("TERM").is_none_or(|kind| kind.is_empty() || kind == "dumb") {
            spec.env.insert("TERM".to_owned(), "xterm-256color".to_owned());
        }
        if spec.id.is_empty() {
            spec.id = uuid::Uuid::new_v4().to_string();
        }
        spec.limits = spec.limits.or(&self.state().limits);
        if let Some(home) = &self.shims {
            return self.spawn_in_shim(home, spec, label, number);
        }
        self.state().has_own = true;
        spec.env.insert(MARK_VARIABLE.to_owned(), self.mark_value(label, number));
        let child = launch(&spec)?;
        let (out, receiver) = mpsc::channel(WAITING_PIECES);
        let (tell_exit, exit) = watch::channel(None);
        let terminal = Terminal::Own(Mutex::new(Some(Arc::clone(&child.master))));
        let shell = Arc::new(Shell {
            id: spec.id,
            label,
            number,
            pid: child.pid,
            root: child.pid.as_raw_nonzero().get(),
            mode: spec.mode,
            terminal,
            exit,
            annex: OnceLock::new(),
        });
        self.remember(&shell, &out);
        self.read(&shell, child, out, tell_exit)?;
        Ok((ShellHandle { shell, group: Arc::downgrade(self) }, ShellOutput { receiver }))
    }

    pub(crate) fn remember(&self, shell: &Arc<Shell>, out: &mpsc::Sender<Output>) {
        let mut state = self.state();
        state.live.push(Arc::clone(shell));
        state.outputs.retain(|(_, _, sender)| !sender.is_closed());
        state.outputs.push((shell.label, shell.number, out.clone()));
    }

    /// Reads the shell in a thread of its own, until it ends.
    fn read(
        self: &Arc<Self>,
        shell: &Arc<Shell>,
        child: Launched,
        out: mpsc::Sender<Output>,
        tell_exit: watch::Sender<Option<Exit>>,
    ) -> Result<(), ProcessError> {
        let Launched { pid, master, slave, status, watch } = child;
        let reader = Reader { pid, master, slave, status, watch, out };
        let (group, ended) = (Arc::downgrade(self), Arc::clone(shell));
        let body = move || {
            let exit = read_all(reader);
            ended.close();
            let tell = || tell_exit.send_replace(Some(exit));
            match group.upgrade() {
                Some(group) => group.forget(&ended, tell),
                None => tell(),
            };
        };
        let thread = thread::Builder::new()
            .name(format!("shell {}", shell.number))
            .stack_size(READER_STACK_BYTES)
            .spawn(body);
        thread.map(|_| ()).map_err(|source| {
            kill_process_group(shell.pid, Signal::KILL).ok();
            self.forget(shell, || None);
            ProcessError::Io { action: "start a thread for a shell", source }
        })
    }

    /// A shell has ended: it is no longer addressed, but its session may live on. The end is told under the lock, so
    /// whoever hears of it finds the shell gone.
    pub(crate) fn forget(&self, shell: &Shell, tell: impl FnOnce() -> Option<Exit>) -> Option<Exit> {
        let mut state = self.state();
        let told_before = tell();
        state.live.retain(|live| live.number != shell.number);
        let is_own = matches!(shell.terminal, Terminal::Own(_));
        if is_own && (shell.mode != ShellMode::Command || test_kill_process_group(shell.pid).is_ok()) {
            state.left_behind.push((shell.pid.as_raw_nonzero().get(), shell.label));
        }
        told_before
    }

    /// Stops a part of the group, then waits until its output is delivered.
    pub(crate) async fn stop(self: &Arc<Self>, part: Part, grace: Duration) -> Result<(), ProcessError> {
        let Some((selection, hang_up)) = self.select(&part) else { return Ok(()) };
        let (probe, mut pids) = (self.state().gpu_probe.clone(), Vec::new());
        let in_shims = self.stop_shims(&part, grace, &mut pids).await;
        if self.state().has_own && !platform::no_child_left() {
            let wants_pids = probe.is_some();
            let work = move || {
                let pids = if wants_pids { pids_of(&selection) } else { Vec::new() };
                stop_blocking(&selection, &hang_up, grace).map(|()| pids)
            };
            let done = tokio::task::spawn_blocking(work).await;
            pids.extend(done.map_err(|error| ProcessError::Io {
                action: "stop processes",
                source: io::Error::other(error),
            })??);
        }
        in_shims?;
        if let Some(probe) = probe {
            probe.until_released(&pids).await;
        }
        self.output_delivered(&part).await;
        Ok(())
    }

    /// What to stop, and the sessions that need a hang-up. `None` when nothing was ever started.
    fn select(&self, part: &Part) -> Option<(Selection, HashSet<i32>)> {
        let state = self.state();
        let since_ticks = state.since_ticks?;
        let name = self.name();
        let (mark, strays) = match part {
            Part::Everything => (format!("{name}:"), GROUPS_IN_USE.load(Ordering::Relaxed) == 1),
            Part::Label(label) => (format!("{name}:{label}:"), false),
            Part::Shell(shell) => (format!("{name}:{}:{}.", shell.label, shell.number), false),
        };
        let own = state.live.iter().filter(|shell| matches!(shell.terminal, Terminal::Own(_)));
        let live: Vec<_> = own.filter(|shell| part.includes(shell.label, Some(shell.number))).collect();
        let mut sessions: HashSet<i32> = live.iter().map(|shell| shell.pid.as_raw_nonzero().get()).collect();
        sessions.extend(
            state
                .left_behind
                .iter()
                .filter(|(_, label)| part.includes(*label, None))
                .map(|(session, _)| session),
        );
        let interactive = live.iter().filter(|shell| shell.mode != ShellMode::Command);
        let hang_up = interactive.map(|shell| shell.pid.as_raw_nonzero().get()).collect();
        Some((Selection { mark, sessions, strays, since_ticks, lost_session: None }, hang_up))
    }

    async fn output_delivered(&self, part: &Part) {
        let (senders, exits): (Vec<_>, Vec<_>) = {
            let mut state = self.state();
            state.left_behind.retain(|(_, label)| !part.includes(*label, None));
            let meant =
                state.outputs.iter().filter(|(label, number, _)| part.includes(*label, Some(*number)));
            let senders = meant.map(|(_, _, sender)| sender.clone()).collect();
            let live = state.live.iter().filter(|shell| part.includes(shell.label, Some(shell.number)));
            (senders, live.map(|shell| shell.exit.clone()).collect())
        };
        let all = async {
            for sender in &senders {
                sender.closed().await;
            }
            for mut exit in exits {
                exit.wait_for(Option::is_some).await.ok();
            }
        };
        if tokio::time::timeout(OUTPUT_LIMIT, all).await.is_err() {
            tracing::warn!("output of a stopped shell was not taken");
        }
        self.state().outputs.retain(|(_, _, sender)| !sender.is_closed());
    }
}

impl Part {
    /// A process under this label, and of this shell when known, is meant.
    pub(crate) fn includes(&self, label: u32, number: Option<u32>) -> bool {
        match self {
            Part::Everything => true,
            Part::Label(wanted) => *wanted == label,
            Part::Shell(shell) => number == Some(shell.number),
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        for shell in state.live.iter().filter(|shell| matches!(shell.terminal, Terminal::Own(_))) {
            kill_process_group(shell.pid, Signal::KILL).ok();
        }
        if self.name.get().is_some() {
            GROUPS_IN_USE.fetch_sub(1, Ordering::Relaxed);
        }
    }
}
