//! `pino logs APP`: what an app has printed.
//!
//! Must not know: where logs are kept.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use pino_engine::supervise::LogQuery;

use crate::client::Common;

/// Arguments of `pino logs`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The app
    app: String,
    /// Print what comes from now on too, until the app is down
    #[arg(short, long)]
    follow: bool,
    /// The last lines only
    #[arg(short = 'n', long, value_name = "COUNT")]
    lines: Option<u64>,
    /// Another run than the last one, by its id
    #[arg(long, value_name = "ID")]
    run: Option<String>,
    #[command(flatten)]
    common: Common,
}

/// Prints the log as it is; with `--json` one JSON string a piece.
pub(crate) fn execute(arguments: Arguments) -> ExitCode {
    let Arguments { app, follow, lines, run, common } = arguments;
    common.run(async {
        let control = common.control().await?;
        let mut pieces = control.logs(&app, LogQuery { lines, follow, run }).await?;
        while let Some(piece) = pieces.next().await? {
            let text = if common.json {
                let mut line = serde_json::json!({ "text": String::from_utf8_lossy(&piece) }).to_string();
                line.push('\n');
                line.into_bytes()
            } else {
                piece
            };
            let mut stdout = io::stdout().lock();
            if stdout.write_all(&text).and_then(|()| stdout.flush()).is_err() {
                break; // `| head`: nobody reads on
            }
        }
        Ok(0)
    })
}
