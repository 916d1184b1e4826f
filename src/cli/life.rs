//! What the commands on the life of an app share: opening the home, Ctrl-C, failures, the catalogue.
//!
//! Must not know: any single command.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use pino_engine::life::{Attendance, CatalogEntry, Life, LifeError, Needs};
use pino_model::Problem;
use pino_server::catalog::data::Accelerator;
use tokio_util::sync::CancellationToken;

use crate::{
    client::{CommandError, Common},
    report,
};

/// The life of the apps of the home.
pub(crate) fn open(common: &Common) -> Result<Life, CommandError> {
    let life = Life::open(&common.home()?).map_err(problem)?;
    life.settle_interrupted().map_err(problem)?;
    Ok(life)
}

/// Shows what is told; Ctrl-C and SIGTERM end the work, a second Ctrl-C ends the process.
pub(crate) fn attendance(common: &Common) -> Result<Attendance, CommandError> {
    use tokio::signal::unix::{SignalKind, signal};
    let failed = || CommandError::io("cannot listen for signals");
    let (mut interrupt, mut terminate) = (
        signal(SignalKind::interrupt()).map_err(failed())?,
        signal(SignalKind::terminate()).map_err(failed())?,
    );
    let cancel = CancellationToken::new();
    let token = cancel.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        token.cancel();
    });
    Ok(report::life::attendance(common.json, cancel))
}

/// A failure as it is told.
pub(crate) fn problem(error: LifeError) -> CommandError {
    CommandError::Refused(Problem { code: error.code().to_owned(), message: error.to_string(), next: None })
}

/// Asks for a yes at the terminal; without one the answer is no.
pub(crate) fn confirmed(question: &str, yes: bool) -> Result<bool, CommandError> {
    if yes {
        return Ok(true);
    }
    if !std::io::stdin().is_terminal() {
        return Err(CommandError::Refused(Problem {
            code: "not-confirmed".to_owned(),
            message: question.to_owned(),
            next: Some("nobody is at a terminal to answer; repeat it with --yes".to_owned()),
        }));
    }
    let mut stderr = std::io::stderr().lock();
    write!(stderr, "{question} [y/N] ")
        .and_then(|()| stderr.flush())
        .map_err(CommandError::io("cannot ask"))?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).map_err(CommandError::io("cannot read the answer"))?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Finds apps of the home's catalogue by name.
pub(crate) fn catalog(
    common: &Common,
) -> Result<impl Fn(&str) -> Option<CatalogEntry> + Send + Sync, CommandError> {
    let home = pino_engine::home::planned(common.home.as_deref())?;
    Ok(move |name: &str| {
        let list = pino_server::catalog::list(&home).ok()?;
        let app = list.get(name).ok()?;
        Some(CatalogEntry {
            repository: app.repository.clone(),
            title: Some(app.title.clone()),
            needs: Needs {
                disk_gib: app.needs.disk.gib(),
                ram_gib: app.needs.ram.gib(),
                vram_gib: app.needs.vram.gib(),
                platforms: app.platforms.iter().map(|platform| platform.word().to_owned()).collect(),
                gpus: gpus(&app.accelerators),
            },
        })
    })
}

/// Adapters without which an app does not run; none when it runs on the processor too.
fn gpus(accelerators: &[Accelerator]) -> Vec<String> {
    if accelerators.contains(&Accelerator::Cpu) {
        return Vec::new();
    }
    accelerators.iter().map(|kind| kind.word().to_owned()).collect()
}
