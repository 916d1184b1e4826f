//! Trying a command again that has failed (`retry`), and what is said of one that took too long (`timeout`).
//!
//! Must not know: how a command is run.

use std::{future::Future, time::Duration};

use pino_process::DEFAULT_GRACE;

use super::{
    extras::Extras,
    session::{Ending, Outcome, first_line, last_lines},
};
use crate::{Call, MethodError};

/// Runs attempts until one is well or none is left; gives the last.
pub(super) async fn run<F: Future<Output = Result<Outcome, MethodError>>>(
    call: &Call,
    extras: &Extras,
    mut attempt: impl FnMut() -> Result<F, MethodError>,
) -> Result<Outcome, MethodError> {
    let mut again = 0;
    loop {
        let outcome = attempt()?.await?;
        let Some(why) = failure(&outcome).filter(|_| again < extras.retry.times) else { return Ok(outcome) };
        again += 1;
        end_rest(call, &outcome).await?;
        let message = format!("the command failed ({why}); trying again, {again} of {}", extras.retry.times);
        call.warn("retry", message, &[("attempt", f64::from(again).into())]);
        let token = call.host.cancellation(&call.place);
        tokio::select! {
            () = token.cancelled() => return Err(MethodError::Stopped),
            () = tokio::time::sleep(extras.retry.delay) => {}
        }
    }
}

/// Why the outcome is no success; `None` when it is one.
fn failure(outcome: &Outcome) -> Option<String> {
    match outcome.ending {
        Ending::TimedOut => Some("it took too long".to_owned()),
        _ if !outcome.errors.is_empty() => Some(outcome.errors.join(", ")),
        Ending::Ended(Some(0)) | Ending::Left | Ending::Killed | Ending::Broke => None,
        Ending::Ended(Some(code)) => Some(format!("exit code {code}")),
        Ending::Ended(None) => Some("it was killed".to_owned()),
    }
}

/// A command that printed error text runs on: two of it at a time would be in each other's way.
async fn end_rest(call: &Call, outcome: &Outcome) -> Result<(), MethodError> {
    match call.host.processes().shell(&outcome.id) {
        Some(shell) => {
            shell.stop(DEFAULT_GRACE).await.map_err(|error| MethodError::Failed(error.to_string()))
        }
        None => Ok(()),
    }
}

/// What is said of a command that was ended for its time.
pub(super) fn too_long(command: &str, limit: Duration, text: &str) -> String {
    format!(
        "the command took longer than {} s and was ended (`timeout`): {}{}\nnext: give it more time, or find out what it waits for",
        limit.as_secs_f64(),
        first_line(command),
        last_lines(text, 12),
    )
}
