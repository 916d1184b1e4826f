//! `pino downloads`: the queue of downloads, and what runs now in any process of the home.
//!
//! Must not know: how files are fetched.

use std::{path::PathBuf, process::ExitCode};

use pino_engine::downloads::{
    self, Checksum, DownloadState, Entry, NewItem, Queue, QueueError, QueueRun, Target,
};
use pino_model::Problem;
use tokio_util::sync::CancellationToken;

use crate::{
    client::{CommandError, Common, NOT_THERE, print_json},
    report,
};

/// Arguments of `pino downloads`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    common: Common,
}

/// What to do with them.
#[derive(clap::Subcommand)]
enum Action {
    /// Show all downloads (the default)
    List,
    /// Fetch a file, going on where it stopped
    Add(New),
    /// Fetch what is queued
    Run {
        /// Downloads at once
        #[arg(long, value_name = "N", default_value_t = 3)]
        slots: usize,
    },
    /// Stop downloads for now; what has arrived is kept
    Pause(Names),
    /// Go on with paused, interrupted or failed downloads
    Resume(Names),
    /// Stop downloads for good and remove what has arrived of them
    Cancel(Names),
    /// Change what goes first
    Priority {
        /// Name of the download, or its beginning
        id: String,
        /// Higher ones go first
        #[arg(allow_negative_numbers = true)]
        priority: i32,
    },
    /// Forget finished and cancelled downloads; the files stay
    Clear,
}

#[derive(clap::Args)]
struct Names {
    /// Names of downloads, or their beginnings
    #[arg(required = true)]
    ids: Vec<String>,
    /// Only note it (`resume`); `pino downloads run` fetches it
    #[arg(long)]
    later: bool,
}

#[derive(clap::Args)]
struct New {
    /// Address of the file
    url: String,
    /// File, or existing folder (default: here)
    #[arg(long, value_name = "PATH", default_value = ".")]
    to: PathBuf,
    /// sha256:…, sha512:… or md5:…
    #[arg(long)]
    checksum: Option<String>,
    /// Address of a checksum file
    #[arg(long, value_name = "URL")]
    checksum_file: Option<String>,
    /// Another address of the same file (may be given several times)
    #[arg(long = "mirror", value_name = "URL")]
    mirrors: Vec<String>,
    /// Higher ones go first
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    priority: i32,
    /// Only note it; `pino downloads run` fetches it
    #[arg(long)]
    later: bool,
}

/// Runs the command.
pub(crate) fn execute(arguments: Arguments) -> ExitCode {
    let common = arguments.common.clone();
    common.run(act(arguments))
}

async fn act(arguments: Arguments) -> Result<u8, CommandError> {
    let common = &arguments.common;
    let home = common.home()?;
    let queue = downloads::queue(&home);
    match arguments.action.unwrap_or(Action::List) {
        Action::List => shown(common, &queue.list().map_err(refused)?),
        Action::Add(new) => {
            let later = new.later;
            let id = queue.add(item(new)?).map_err(refused)?;
            if later { shown(common, &only(&queue, &[id])?) } else { fetch(common, &queue, 3).await }
        }
        Action::Run { slots } => fetch(common, &queue, slots.max(1)).await,
        Action::Pause(names) => shown(common, &each(&names.ids, |id| queue.pause(id))?),
        Action::Cancel(names) => shown(common, &each(&names.ids, |id| queue.cancel(id))?),
        Action::Resume(names) => {
            let entries = each(&names.ids, |id| queue.resume(id))?;
            let is_waiting = entries.iter().any(|entry| entry.state == DownloadState::Queued);
            if names.later || !is_waiting { shown(common, &entries) } else { fetch(common, &queue, 3).await }
        }
        Action::Priority { id, priority } => {
            shown(common, &[queue.set_priority(&id, priority).map_err(refused)?])
        }
        Action::Clear => {
            let count = queue.clear().map_err(refused)?;
            if common.json {
                print_json(&serde_json::json!({ "cleared": count }));
            } else {
                report::downloads::line(&format!("{count} forgotten"));
            }
            Ok(0)
        }
    }
}

fn item(new: New) -> Result<NewItem, CommandError> {
    let checksum = new.checksum.as_deref().map(str::parse::<Checksum>).transpose();
    let checksum = checksum.map_err(|error| problem("bad-request", format!("{error}")))?;
    let to = std::path::absolute(&new.to).map_err(CommandError::io("cannot find the current folder"))?;
    let target = if to.is_dir() { Target::Directory(to) } else { Target::File(to) };
    let (url, checksum_file, mirrors, priority) = (new.url, new.checksum_file, new.mirrors, new.priority);
    Ok(NewItem { url, target, checksum, checksum_file, mirrors, priority })
}

fn each(ids: &[String], act: impl Fn(&str) -> Result<Entry, QueueError>) -> Result<Vec<Entry>, CommandError> {
    ids.iter().map(|id| act(id).map_err(refused)).collect()
}

fn only(queue: &Queue, ids: &[String]) -> Result<Vec<Entry>, CommandError> {
    let entries = queue.list().map_err(refused)?;
    Ok(entries.into_iter().filter(|entry| ids.contains(&entry.id)).collect())
}

fn shown(common: &Common, entries: &[Entry]) -> Result<u8, CommandError> {
    if common.json {
        print_json(&entries);
    } else {
        report::downloads::line(&report::downloads::table(entries));
    }
    Ok(0)
}

/// Fetches what is queued here and now; Ctrl-C keeps what has arrived.
async fn fetch(common: &Common, queue: &Queue, slots: usize) -> Result<u8, CommandError> {
    let home = common.home()?;
    let (manager, variables) = (downloads::of_home(&home), downloads::environment(&home));
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stop.cancel();
        }
    });
    let follow = report::downloads::Follow::new(common.json);
    let how = QueueRun {
        slots,
        is_endless: false,
        prepare: &|request| downloads::prepare(request, &variables),
        ended: &|id, result| follow.ended(id, result),
        progress: &|progress| follow.progress(progress),
    };
    let (good, bad) = queue.run(&manager, how, &cancel).await.map_err(refused)?;
    follow.summary(good, bad);
    Ok(if cancel.is_cancelled() { 130 } else { u8::from(bad > 0) })
}

fn refused(error: QueueError) -> CommandError {
    let code = match &error {
        QueueError::Unknown { .. } => "no-download",
        QueueError::BadUrl(_) => "bad-request",
        QueueError::Notes { .. } => "io",
    };
    const _: () = assert!(NOT_THERE == 4, "the documented code of `no-download`");
    problem(code, error.to_string())
}

fn problem(code: &str, message: String) -> CommandError {
    CommandError::Refused(Problem { code: code.to_owned(), message, next: None })
}
