//! A process that starts shells in shims and is killed for it: the server of the tests.

use std::{path::Path, process::ExitCode};

use pino_process::ProcessGroup;

use crate::{
    rig::{block_on, home},
    support::spec,
};

/// `starter DIR CWD COMMAND…`: one shell each; says "up" and waits for its end.
pub(crate) fn main(words: &[&str]) -> ExitCode {
    let [dir, cwd, commands @ ..] = words else { return ExitCode::FAILURE };
    block_on(async {
        let group = ProcessGroup::with_shims(home(Path::new(dir), "killed"));
        let mut shells = Vec::new();
        for (number, command) in commands.iter().enumerate() {
            let mut shell = spec(command);
            shell.cwd = cwd.into();
            shell.id = format!("shell {number}");
            shells.push(group.spawn(shell).unwrap_or_else(|error| panic!("{error}")));
        }
        std::io::Write::write_all(&mut std::io::stdout(), b"up\n").unwrap_or_else(|error| panic!("{error}"));
        for (shell, _output) in &shells {
            shell.wait().await;
        }
    });
    ExitCode::SUCCESS
}
