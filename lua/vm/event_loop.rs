//! Drives promises: microtasks, timers, host futures, until a promise settles or nothing is left.
//!
//! Must not know: what a future does. Several tasks may wait in one VM at once; whoever is awake serves for all.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::future::BoxFuture;
use mlua::{Function, Table, Value, Variadic};
use tokio::{sync::Notify, task::AbortHandle, time::Instant};

use crate::{FailureKind, HostAccess, JsError, Vm};

/// What settles a host promise: the value, or the value it is rejected with.
pub type HostFuture = BoxFuture<'static, Result<Value, Value>>;

/// With a clock that skips waiting, timers may move it on by no more than this.
const LONGEST_SKIP: Duration = Duration::from_secs(5);

/// Timers, running futures and their results.
pub(crate) struct EventLoop {
    state: Mutex<State>,
    changed: Notify,
    host: Arc<dyn HostAccess>,
    born: Instant,
}

#[derive(Default)]
struct State {
    next_id: u64,
    timers: BTreeMap<u64, Timer>,
    /// Due time and order of creation → timer.
    queue: BTreeMap<(Duration, u64), u64>,
    running: BTreeMap<u64, Running>,
    finished: VecDeque<(u64, Result<Value, Value>)>,
    /// How far a clock that skips waiting has come.
    skipped: Duration,
}

struct Timer {
    callback: Function,
    repeat: Option<Duration>,
    key: (Duration, u64),
}

struct Running {
    resolve: Function,
    reject: Function,
    task: Option<AbortHandle>,
}

impl EventLoop {
    pub(crate) fn new(host: Arc<dyn HostAccess>) -> Self {
        EventLoop { state: Mutex::default(), changed: Notify::new(), host, born: Instant::now() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self, state: &State) -> Duration {
        if self.host.skips_waiting() { state.skipped } else { self.born.elapsed() }
    }

    /// Calls `callback` after the delay; again and again if `repeat`.
    pub(crate) fn start_timer(&self, callback: Function, delay_ms: f64, repeat: bool) -> u64 {
        const LONGEST_MS: f64 = 2_147_483_647.0;
        let delay_ms = if (1.0..=LONGEST_MS).contains(&delay_ms) { delay_ms } else { 1.0 };
        let delay = Duration::from_secs_f64(delay_ms.floor() / 1000.0);
        let mut state = self.lock();
        state.next_id += 1;
        let id = state.next_id;
        let key = (self.now(&state) + delay, id);
        state.queue.insert(key, id);
        state.timers.insert(id, Timer { callback, repeat: repeat.then_some(delay), key });
        drop(state);
        self.changed.notify_waiters();
        id
    }

    pub(crate) fn stop_timer(&self, id: u64) {
        let mut state = self.lock();
        if let Some(timer) = state.timers.remove(&id) {
            state.queue.remove(&timer.key);
        }
    }

    /// Takes the next due timer's callback out of the queue (repeating ones are queued again).
    fn due_timer(&self) -> Option<Function> {
        let mut state = self.lock();
        let now = self.now(&state);
        let (&key, &id) = state.queue.first_key_value().filter(|((due, _), _)| *due <= now)?;
        state.queue.remove(&key);
        state.next_id += 1;
        let order = state.next_id;
        let timer = state.timers.get_mut(&id)?;
        let callback = timer.callback.clone();
        match timer.repeat {
            Some(period) => {
                timer.key = (now + period, order);
                let key = timer.key;
                state.queue.insert(key, id);
            }
            None => {
                state.timers.remove(&id);
            }
        }
        Some(callback)
    }

    fn next_finished(&self) -> Option<(Running, Result<Value, Value>)> {
        let mut state = self.lock();
        let (id, outcome) = state.finished.pop_front()?;
        state.running.remove(&id).map(|running| (running, outcome))
    }

    /// What there is to wait for now.
    fn outlook(&self) -> Outlook {
        let mut state = self.lock();
        if !state.finished.is_empty() {
            return Outlook::Ready;
        }
        let due = state.queue.first_key_value().map(|((due, _), _)| *due);
        let busy = !state.running.is_empty();
        match due {
            Some(due) if self.host.skips_waiting() && !busy => {
                if due > LONGEST_SKIP {
                    return Outlook::Nothing;
                }
                state.skipped = state.skipped.max(due);
                Outlook::Ready
            }
            Some(due) if self.host.skips_waiting() => Outlook::Until(self.born.elapsed() + due),
            Some(due) => Outlook::Until(due),
            None if busy => Outlook::Completion,
            None => Outlook::Nothing,
        }
    }
}

impl Drop for EventLoop {
    fn drop(&mut self) {
        for running in self.lock().running.values() {
            if let Some(task) = &running.task {
                task.abort();
            }
        }
    }
}

enum Outlook {
    /// Something can be done at once.
    Ready,
    /// A timer is due at this time since the loop was made.
    Until(Duration),
    /// Only host futures are at work.
    Completion,
    /// Nothing will ever happen.
    Nothing,
}

/// A promise settled by `future`, which runs as a task of its own.
pub(crate) fn promise(
    event_loop: &Arc<EventLoop>,
    new_host_promise: &Function,
    future: HostFuture,
) -> mlua::Result<Value> {
    let (promise, resolve, reject): (Value, Function, Function) = new_host_promise.call(())?;
    let id = {
        let mut state = event_loop.lock();
        state.next_id += 1;
        let id = state.next_id;
        state.running.insert(id, Running { resolve, reject, task: None });
        id
    };
    let weak = Arc::downgrade(event_loop);
    let task = tokio::spawn(async move {
        let outcome = future.await;
        if let Some(event_loop) = weak.upgrade() {
            event_loop.lock().finished.push_back((id, outcome));
            event_loop.changed.notify_waiters();
        }
    });
    if let Some(running) = event_loop.lock().running.get_mut(&id) {
        running.task = Some(task.abort_handle());
    }
    Ok(promise)
}

/// Does everything that can be done without waiting.
fn serve(vm: &Vm) -> Result<(), JsError> {
    let _entered = vm.inner.limits.enter();
    let drain = || vm.inner.functions.drain_microtasks.call::<()>(()).map_err(|error| vm.failure(&error));
    drain()?;
    while let Some((running, outcome)) = vm.inner.event_loop.next_finished() {
        let (settle, value) = match outcome {
            Ok(value) => (running.resolve, value),
            Err(value) => (running.reject, value),
        };
        settle.call::<Variadic<Value>>(value).map_err(|error| vm.failure(&error))?;
        drain()?;
    }
    while let Some(callback) = vm.inner.event_loop.due_timer() {
        vm.call_sync(&callback, Value::Nil, ())?;
        drain()?;
    }
    Ok(())
}

fn state_of(vm: &Vm, promise: &Value) -> Result<Option<Result<Value, JsError>>, JsError> {
    let (state, value): (String, Value) =
        vm.inner.functions.promise_state.call(promise).map_err(|error| vm.failure(&error))?;
    Ok(match state.as_str() {
        "fulfilled" => Some(Ok(value)),
        "rejected" => Some(Err(vm.thrown(value))),
        _ => None,
    })
}

/// Waits until `value`, if it is a promise, is settled.
pub(crate) async fn settle(vm: &Vm, value: Value) -> Result<Value, JsError> {
    if !is_promise(vm, &value)? {
        return Ok(value);
    }
    vm.function("observe_promise")?.call::<()>(&value).map_err(|error| vm.failure(&error))?;
    loop {
        let changed = vm.inner.event_loop.changed.notified();
        tokio::pin!(changed);
        changed.as_mut().enable();
        serve(vm)?;
        if let Some(outcome) = state_of(vm, &value)? {
            // others may wait for what was served here
            vm.inner.event_loop.changed.notify_waiters();
            return outcome;
        }
        if !wait(vm, changed).await {
            let text = "the promise can never settle: nothing is left to wait for";
            return Err(JsError::new(FailureKind::Thrown, "Error", text));
        }
    }
}

/// Serves until nothing is left to wait for.
pub(crate) async fn run_until_idle(vm: &Vm) -> Result<(), JsError> {
    loop {
        let changed = vm.inner.event_loop.changed.notified();
        tokio::pin!(changed);
        changed.as_mut().enable();
        serve(vm)?;
        if !wait(vm, changed).await {
            return Ok(());
        }
    }
}

/// False when nothing will ever happen.
async fn wait(vm: &Vm, changed: std::pin::Pin<&mut tokio::sync::futures::Notified<'_>>) -> bool {
    let event_loop = &vm.inner.event_loop;
    match event_loop.outlook() {
        Outlook::Ready => {}
        Outlook::Nothing => return false,
        Outlook::Completion => changed.await,
        Outlook::Until(due) => {
            tokio::select! {
                () = changed => {}
                () = tokio::time::sleep_until(event_loop.born + due) => {}
            }
        }
    }
    true
}

fn is_promise(vm: &Vm, value: &Value) -> Result<bool, JsError> {
    let Value::Table(table) = value else { return Ok(false) };
    let test: Function = vm.function("is_promise")?;
    test.call::<bool>(table).map_err(|error| vm.failure(&error))
}

/// Adds `timer_start` and `timer_stop` to the natives.
pub(crate) fn install(event_loop: &Arc<EventLoop>, lua: &mlua::Lua, native: &Table) -> mlua::Result<()> {
    let shared = Arc::downgrade(event_loop);
    native.raw_set(
        "timer_start",
        lua.create_function(move |_, (callback, delay_ms, repeat): (Function, f64, Option<bool>)| {
            let id = shared.upgrade().map(|it| it.start_timer(callback, delay_ms, repeat.unwrap_or(false)));
            Ok(id.unwrap_or_default() as f64)
        })?,
    )?;
    let shared = Arc::downgrade(event_loop);
    native.raw_set(
        "timer_stop",
        lua.create_function(move |_, id: f64| {
            if let Some(event_loop) = shared.upgrade() {
                event_loop.stop_timer(id as u64);
            }
            Ok(())
        })?,
    )
}
