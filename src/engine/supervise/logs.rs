//! What an app has printed: the logs of its shims, with the course of its run between them.
//!
//! Must not know: who reads. Nothing is copied: a shim's log is complete however often the server was killed.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{BufRead as _, BufReader},
    sync::Arc,
};

use pino_process::shim::{self, Attachment, LogPlace, Piece, ShimError, ShimStatus};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::{broadcast::error::RecvError, mpsc};

use super::{
    SuperviseError, run_log,
    supervisor::Supervisor,
    unit::{Live, Unit},
};

/// Pieces that may wait for a slow reader; the rest waits in the log.
const WAITING_PIECES: usize = 8;

/// What of a log is wanted.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogQuery {
    /// The last lines only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<u64>,
    /// What comes from now on too, until the app is down.
    pub follow: bool,
    /// Another run than the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
}

/// Pieces of a log, in order.
enum Part {
    /// A line about the run.
    Line(String),
    /// A shell from some place on.
    Shell(Box<ShimStatus>, LogPlace),
}

type Sender = mpsc::Sender<Vec<u8>>;

impl Supervisor {
    pub(crate) fn shim_failure(&self, error: ShimError) -> SuperviseError {
        SuperviseError::Io {
            action: "read the shims in",
            path: self.shims_folder(),
            cause: std::io::Error::other(error),
        }
    }

    /// The shims of a run, oldest first.
    pub(crate) async fn shims_of(&self, run: Option<&str>) -> Result<Vec<ShimStatus>, SuperviseError> {
        let Some(run) = run.map(str::to_owned) else { return Ok(Vec::new()) };
        let folder = self.shims_folder();
        if !folder.is_dir() {
            return Ok(Vec::new());
        }
        let listed = tokio::task::spawn_blocking(move || shim::list(&folder)).await;
        let mut shims = listed
            .map_err(|error| SuperviseError::io("read the shims in", &self.shims_folder())(error.into()))?
            .map_err(|error| self.shim_failure(error))?;
        shims.retain(|shim| shim.group == run);
        shims.sort_by_key(|shim| shim.started_at_ms);
        Ok(shims)
    }

    /// Pieces of an app's log; the channel ends with the log.
    pub async fn logs(&self, app: &str, query: LogQuery) -> Result<mpsc::Receiver<Vec<u8>>, SuperviseError> {
        let unit = self.unit(app)?;
        let run = query.run.clone().or_else(|| unit.state().record.run.clone());
        let run = run.filter(|run| run.chars().all(|c| c.is_ascii_alphanumeric()));
        let (sender, receiver) = mpsc::channel(WAITING_PIECES);
        // before the past is read: nothing that happens meanwhile is missed
        let news = query.follow.then(|| self.bus().subscribe());
        let shims = self.shims_of(run.as_deref()).await?;
        let parts = parts(shims, run_lines(self, app, run.as_deref()), query.lines);
        let this = self.clone();
        tokio::spawn(async move {
            let mut told = BTreeSet::new();
            for part in parts {
                let done = match part {
                    Part::Line(line) => sender.send(line.into_bytes()).await.is_ok(),
                    Part::Shell(shim, place) => {
                        told.insert(shim.id.clone());
                        let lives = query.follow && shim.exit.is_none();
                        this.send_shell(&shim.id, place, lives, &sender).await
                    }
                };
                if !done {
                    return;
                }
            }
            if let Some(news) = news {
                this.follow_log(&unit, news, told, &sender).await;
            }
        });
        Ok(receiver)
    }

    /// Sends the log of one shell. A live one is followed by a task of its own. False when the reader has gone.
    async fn send_shell(&self, id: &str, place: LogPlace, lives: bool, sender: &Sender) -> bool {
        let folder = self.shims_folder();
        let opened = Attachment::open(&folder, id, place, lives).await;
        let attachment = match opened {
            Ok(attachment) => attachment,
            Err(error) => {
                let line = format!("(the log of a shell cannot be read: {error})\n");
                return sender.send(line.into_bytes()).await.is_ok();
            }
        };
        if lives {
            tokio::spawn(pass_on(attachment, sender.clone()));
            return true;
        }
        pass_on(attachment, sender.clone()).await
    }

    /// New shells and what happens to the run, until the app is down.
    async fn follow_log(
        &self,
        unit: &Arc<Unit>,
        mut news: tokio::sync::broadcast::Receiver<Arc<super::BusLine>>,
        mut told: BTreeSet<String>,
        sender: &Sender,
    ) {
        loop {
            if matches!(unit.state().live, Live::None) {
                return;
            }
            let line = tokio::select! {
                line = news.recv() => line,
                () = sender.closed() => return,
            };
            let line = match line {
                Ok(line) if *line.app == *unit.name && !line.is_stream => line,
                Ok(_) | Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return,
            };
            let Ok(value) = serde_json::from_str::<Value>(&line.json) else { continue };
            let event = &value["event"];
            if let Some(text) = describe(event)
                && sender.send(text.into_bytes()).await.is_err()
            {
                return;
            }
            if event["t"] == "shell" && event["state"] == "start" {
                let run = unit.state().record.run.clone();
                for shim in self.shims_of(run.as_deref()).await.unwrap_or_default() {
                    if told.insert(shim.id.clone()) {
                        self.send_shell(&shim.id, LogPlace::Start, true, sender).await;
                    }
                }
            }
        }
    }
}

async fn pass_on(mut attachment: Attachment, sender: Sender) -> bool {
    loop {
        let piece = tokio::select! {
            piece = attachment.next() => piece,
            () = sender.closed() => return false,
        };
        let bytes = match piece {
            Ok(Some(Piece::Bytes { bytes, .. })) => bytes,
            Ok(Some(Piece::Gap { from, to })) => {
                format!("\n({} bytes were dropped here)\n", to - from).into_bytes()
            }
            Ok(Some(Piece::Started { .. } | Piece::Idle { .. })) => continue,
            Ok(Some(Piece::Ended(_)) | None) => return true,
            Err(error) => format!("\n(the log of a shell ends here: {error})\n").into_bytes(),
        };
        if sender.send(bytes).await.is_err() {
            return false;
        }
    }
}

/// Lines about a run with their times.
fn run_lines(supervisor: &Supervisor, app: &str, run: Option<&str>) -> Vec<(u64, String)> {
    let Some(run) = run else { return Vec::new() };
    let Ok(file) = File::open(run_log::file(supervisor.home(), app, run)) else { return Vec::new() };
    let lines = BufReader::new(file).lines().map_while(Result::ok);
    let values = lines.filter_map(|line| serde_json::from_str::<Value>(&line).ok());
    values.filter_map(|value| Some((value["at"].as_u64()?, describe(&value)?))).collect()
}

/// Shells and lines in the order of time; with a limit the last lines of all.
fn parts(shims: Vec<ShimStatus>, lines: Vec<(u64, String)>, limit: Option<u64>) -> Vec<Part> {
    let shells =
        shims.into_iter().map(|shim| (shim.started_at_ms, Part::Shell(Box::new(shim), LogPlace::Start)));
    let mut all: Vec<(u64, Part)> =
        lines.into_iter().map(|(at, line)| (at, Part::Line(line))).chain(shells).collect();
    all.sort_by_key(|(at, _)| *at);
    let mut parts: Vec<Part> = all.into_iter().map(|(_, part)| part).collect();
    let Some(mut left) = limit else { return parts };
    let mut kept = Vec::new();
    while let Some(part) = parts.pop() {
        match part {
            Part::Shell(shim, _) => {
                let take = left.min(shim.log_lines.max(1));
                left -= take.min(left);
                kept.push(Part::Shell(shim, LogPlace::LastLines(take)));
            }
            Part::Line(line) if left > 0 => {
                left -= 1;
                kept.push(Part::Line(line));
            }
            Part::Line(_) => {}
        }
        if left == 0 {
            break;
        }
    }
    kept.reverse();
    kept
}

/// An event of a run as a line for people; `None` for those the output itself tells.
fn describe(event: &Value) -> Option<String> {
    let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
    let step = event["index"].as_u64().map(|index| format!("step {}", index + 1)).unwrap_or_default();
    let line = match event["t"].as_str()? {
        "step" => format!("[{} {step}] {}", text("script"), text("method")),
        "error" => format!("error in {} {step}: {}", text("script"), text("message")),
        "warning" => format!("warning in {} {step}: {}", text("script"), text("message")),
        "ready" => format!("[{}] ready", text("script")),
        "exit" => format!("[{}] {}", text("script"), text("status")),
        "stream" if event.get("shell").is_none() => return Some(text("raw")),
        _ => return None,
    };
    Some(format!("{line}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_of_a_run_are_told() {
        let lines = (0..5).map(|n| (n, format!("{n}\n"))).collect();
        let told: Vec<String> = parts(Vec::new(), lines, Some(2))
            .into_iter()
            .filter_map(|part| match part {
                Part::Line(line) => Some(line),
                Part::Shell(..) => None,
            })
            .collect();
        assert_eq!(told, ["3\n", "4\n"]);
    }

    #[test]
    fn events_read_well() {
        let event = serde_json::json!({"t":"error","script":"start.js","index":0,"message":"it broke"});
        assert_eq!(describe(&event).as_deref(), Some("error in start.js step 1: it broke\n"));
        assert_eq!(describe(&serde_json::json!({"t":"at","index":0})), None);
    }
}
