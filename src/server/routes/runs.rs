//! `/runs`: one script run for a client who reads its events as they come. When the client goes, the run is stopped.
//!
//! Must not know: command lines.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    io::{self, Write},
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver as StdReceiver, SyncSender, sync_channel},
    },
    thread,
};

use axum::{
    Json,
    extract::{Path, State, rejection::JsonRejection},
    http::StatusCode,
    response::Response,
};
use pino_engine::{
    ClientMessage, Console, Control, LineWriter, OutputStream, Outputs, Run, RunOptions, StartError,
    Supervision,
};
use pino_model::{Data, ExitStatus, RunRequest};
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, mpsc, oneshot};

use super::{Api, streamed};
use crate::problem::Refusal;

/// Batches of lines that may wait for a slow client; beyond that the run waits.
const WAITING_BATCHES: usize = 16;

/// Event lines, whole ones.
type Batch = Vec<u8>;

/// Header that carries the id of a run.
pub(crate) const RUN_HEADER: &str = "x-pino-run";

/// Runs of clients that are under way.
#[derive(Default)]
pub(crate) struct Runs {
    running: Mutex<BTreeMap<String, (String, Control)>>,
    changed: Notify,
}

/// One of them.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RunInfo {
    run: String,
    script: String,
}

/// What a client may do to its run beyond the messages of the event contract.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "t", deny_unknown_fields)]
pub(crate) enum Order {
    /// Stop it for this reason.
    StopFor { reason: ExitStatus },
    /// Kill all its processes at once.
    Kill,
    /// Nobody can answer questions any more.
    ClientsGone,
}

impl Runs {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, (String, Control)>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, run: &str) -> Option<Control> {
        self.lock().get(run).map(|(_, control)| control.clone())
    }

    fn remove(&self, run: &str) {
        self.lock().remove(run);
        self.changed.notify_waiters();
    }

    /// Stops all of them and waits until they are over.
    pub(crate) async fn stop_all(&self) {
        loop {
            let over = self.changed.notified();
            let controls: Vec<Control> = self.lock().values().map(|(_, control)| control.clone()).collect();
            if controls.is_empty() {
                return;
            }
            for control in controls {
                control.stop(ExitStatus::Stopped);
            }
            over.await;
        }
    }
}

pub(super) async fn list(State(api): State<Api>) -> Json<Vec<RunInfo>> {
    let runs = api.runs().lock();
    Json(runs.iter().map(|(run, (script, _))| RunInfo { run: run.clone(), script: script.clone() }).collect())
}

pub(super) async fn message(
    State(api): State<Api>,
    Path(run): Path<String>,
    text: String,
) -> Result<StatusCode, Refusal> {
    let Some(control) = api.runs().get(&run) else {
        let message = format!("there is no run `{run}`; it may be over");
        return Err(Refusal::new(StatusCode::NOT_FOUND, "no-run", message, None));
    };
    if let Ok(order) = serde_json::from_str::<Order>(&text) {
        match order {
            Order::StopFor { reason } => control.stop(reason),
            Order::Kill => control.kill().await,
            Order::ClientsGone => control.clients_gone(),
        }
        return Ok(StatusCode::NO_CONTENT);
    }
    let message = ClientMessage::parse(&text).map_err(|error| {
        Refusal::new(StatusCode::BAD_REQUEST, "bad-message", format!("this is no message: {error}"), None)
    })?;
    control.message(message);
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn start(
    State(api): State<Api>,
    body: Result<Json<RunRequest>, JsonRejection>,
) -> Result<Response, Refusal> {
    let Json(request) = body?;
    if !request.script.starts_with('/') {
        let message = "the path of a script has to be absolute".to_owned();
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "bad-request", message, None));
    }
    let run = new_id();
    let (lines, body) = pipe().map_err(|error| internal(&error.to_string()))?;
    let (tell, told) = oneshot::channel();
    let (script, id) = (request.script.clone(), run.clone());
    let (home, owner) = (api.supervisor().home().to_owned(), api.clone());
    let work = move || carry_out(home, request, &id, lines, tell, &owner);
    thread::Builder::new().name("run".into()).spawn(work).map_err(|error| internal(&error.to_string()))?;
    let control = told.await.map_err(|_gone| internal("its thread ended before it began"))?;
    let control = control
        .map_err(|error| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "start", error.to_string(), None))?;
    api.runs().lock().entry(run.clone()).or_insert((script, control.clone()));
    if control.is_over() {
        api.runs().remove(&run); // it was quicker than we are
    }
    let guard = StopWithClient(control);
    let stream = futures::stream::unfold((body, guard), |(mut body, guard)| async move {
        let bytes = body.recv().await?;
        Some((Ok::<_, Infallible>(bytes), (body, guard)))
    });
    let mut response = streamed("application/x-ndjson", stream);
    if let Ok(value) = run.parse() {
        response.headers_mut().insert(RUN_HEADER, value);
    }
    Ok(response)
}

fn new_id() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

fn internal(why: &str) -> Refusal {
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", format!("the run cannot begin: {why}"), None)
}

/// Stops the run when the answer's body is dropped: the client has gone. A run that is over does not mind.
struct StopWithClient(Control);

impl Drop for StopWithClient {
    fn drop(&mut self) {
        self.0.stop(ExitStatus::Stopped);
    }
}

/// From the threads of a run to the answer's body: when the client is slow, the run waits.
fn pipe() -> io::Result<(SyncSender<Batch>, mpsc::Receiver<Batch>)> {
    let (lines, from_run): (_, StdReceiver<Batch>) = sync_channel(WAITING_BATCHES);
    let (to_body, body) = mpsc::channel(WAITING_BATCHES);
    let pass_on = move || {
        for bytes in from_run {
            if to_body.blocking_send(bytes).is_err() {
                return;
            }
        }
    };
    thread::Builder::new().name("run body".into()).spawn(pass_on)?;
    Ok((lines, body))
}

struct Lines(SyncSender<Vec<u8>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send(bytes.to_vec()).map_err(|_gone| io::Error::from(io::ErrorKind::BrokenPipe))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What scripts write to their console travels beside the events and is no event.
fn console_line(stream: OutputStream, text: &str) -> Vec<u8> {
    let stream = if matches!(stream, OutputStream::Error) { "stderr" } else { "stdout" };
    let mut line =
        serde_json::json!({ "t": "console", "stream": stream, "text": text }).to_string().into_bytes();
    line.push(b'\n');
    line
}

fn carry_out(
    home: PathBuf,
    request: RunRequest,
    id: &str,
    lines: SyncSender<Vec<u8>>,
    tell: oneshot::Sender<Result<Control, StartError>>,
    api: &Api,
) {
    let console = lines.clone();
    let sink: pino_engine::ConsoleSink = Arc::new(move |stream, text: &str| {
        // a client that has gone reads nothing; its run is being stopped
        let _ = console.send(console_line(stream, text));
    });
    let answers = request.respond.into_iter().map(Data::from).collect();
    let options = RunOptions {
        script: request.script.into(),
        home,
        input: request.input.into(),
        respond: answers,
        clients: request.clients,
        exit_when_ready: request.exit_when_ready,
        allowed_paths: request.allowed_paths.into_iter().map(PathBuf::from).collect(),
        console: Console::Sink(sink),
        supervision: Supervision {
            id: Some(id.to_owned()),
            journal: api.supervisor().journalling(),
            caller_env: (!request.env.is_empty()).then_some(request.env),
            ..Supervision::default()
        },
    };
    let prepared = LineWriter::new(Lines(lines), || {}).map_err(StartError::Thread).and_then(|lines| {
        let run = Run::prepare(options, Outputs { lines: Some(lines), observer: None }, None)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Ok((run, runtime.map_err(StartError::Thread)?))
    });
    match prepared {
        Ok((run, runtime)) => {
            let control = run.control();
            if tell.send(Ok(control)).is_ok() {
                runtime.block_on(run.execute());
            }
            runtime.shutdown_background();
            api.runs().remove(id);
        }
        Err(error) => {
            // the client has gone meanwhile; nothing has begun
            let _ = tell.send(Err(error));
        }
    }
}
