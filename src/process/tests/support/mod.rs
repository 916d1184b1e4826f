//! Helpers of the process tests: start a shell, gather what comes out.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use pino_process::{Exit, Output, ProcessGroup, ShellHandle, ShellMode, ShellOutput, ShellSpec};

/// A plain command in the temporary folder.
pub(crate) fn spec(command: &str) -> ShellSpec {
    ShellSpec {
        id: String::new(),
        label: "test".to_owned(),
        program: PathBuf::from("bash"),
        mode: ShellMode::Command,
        command: command.to_owned(),
        activation: Vec::new(),
        cwd: std::env::temp_dir(),
        env: BTreeMap::from([("PATH".to_owned(), std::env::var("PATH").unwrap_or_default())]),
        cols: 100,
        rows: 30,
        limits: pino_process::ResourceLimits::default(),
    }
}

/// Starts it or fails the test.
pub(crate) fn spawn(group: &ProcessGroup, spec: ShellSpec) -> (ShellHandle, ShellOutput) {
    group.spawn(spec).unwrap_or_else(|error| panic!("{error}"))
}

/// Everything a shell gave.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pub(crate) setup: String,
    pub(crate) text: String,
    pub(crate) started: bool,
    pub(crate) exit: Option<Exit>,
}

/// Reads to the end.
pub(crate) async fn gather(mut output: ShellOutput) -> Gathered {
    let mut all = Gathered::default();
    while let Some(piece) = next(&mut output).await {
        match piece {
            Output::Setup(text) => all.setup.push_str(&text),
            Output::Started => all.started = true,
            Output::Text(text) => all.text.push_str(&text),
            Output::Idle => {}
            Output::Ended(exit) => {
                all.exit = Some(exit);
                break;
            }
        }
    }
    all
}

/// The next piece; fails the test when nothing comes.
pub(crate) async fn next(output: &mut ShellOutput) -> Option<Output> {
    let limit = Duration::from_secs(30);
    tokio::time::timeout(limit, output.next()).await.unwrap_or_else(|_| panic!("no output within {limit:?}"))
}

/// Reads until this text has come; gives everything read.
pub(crate) async fn until(output: &mut ShellOutput, wanted: &str) -> String {
    let mut seen = String::new();
    while !seen.contains(wanted) {
        match next(output).await {
            Some(Output::Text(text)) => seen.push_str(&text),
            Some(Output::Ended(exit)) => panic!("ended with {exit:?} before {wanted:?}; had {seen:?}"),
            Some(_) => {}
            None => panic!("closed before {wanted:?}"),
        }
    }
    seen
}
