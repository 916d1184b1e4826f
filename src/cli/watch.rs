//! Signals and the time limit of a run, on a thread of their own: they work even while a script keeps the engine busy.
//!
//! Must not know: what stopping means.

use std::{io, thread, time::Duration};

use pino_model::ExitStatus;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::run_control::RunControl;

/// Exit code of a killed run.
const KILLED: i32 = 130;

/// Begins to watch. `tells` is for people: they learn that the run is being stopped.
pub(crate) fn start(control: RunControl, limit: Option<Duration>, tells: bool) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // registered here, before the run begins: no signal can be missed
    let (interrupt, terminate) = {
        let _entered = runtime.enter();
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
    };
    let watch = move || runtime.block_on(watch(control, limit, tells, interrupt, terminate));
    thread::Builder::new().name("watch".into()).spawn(watch)?;
    Ok(())
}

async fn watch(
    control: RunControl,
    limit: Option<Duration>,
    tells: bool,
    mut interrupt: Signal,
    mut terminate: Signal,
) {
    let timeout = async {
        match limit {
            Some(limit) => tokio::time::sleep(limit).await,
            None => std::future::pending().await,
        }
    };
    tokio::pin!(timeout);
    let mut stopping = false;
    loop {
        tokio::select! {
            () = &mut timeout, if !stopping => {
                say(tells, "the time is over: stopping everything the run has started …");
                control.stop(ExitStatus::Timeout);
            }
            _ = interrupt.recv() => stop_or_kill(&control, stopping, tells).await,
            _ = terminate.recv() => stop_or_kill(&control, stopping, tells).await,
        }
        stopping = true;
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the second Ctrl-C ends the process at once: everything has been killed"
)]
async fn stop_or_kill(control: &RunControl, again: bool, tells: bool) {
    if again {
        say(tells, "killing everything …");
        control.kill().await;
        std::process::exit(KILLED);
    }
    say(tells, "stopping everything the run has started … (Ctrl-C again kills it)");
    control.stop(ExitStatus::Stopped);
}

fn say(tells: bool, text: &str) {
    if tells {
        crate::report::notice(text);
    }
}
