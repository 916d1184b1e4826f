//! A process that starts shells in shims and is killed for it: the server of the tests.

use std::{path::Path, process::ExitCode};

use pino_process::{
    Exit, ProcessGroup,
    shim::{ShimState, list},
};

use crate::{
    rig::{block_on, home, wait_for},
    support::{gather, spawn, spec},
};

/// `full DIR`: a shell that prints more than fits into DIR; fails unless everything was heard, and the exit is known.
pub(crate) fn full(dir: &str) -> ExitCode {
    const BYTES: usize = 5_000_000;
    let command = format!("stty -opost; head -c {BYTES} /dev/zero | tr '\\0' x; exit 9");
    let exit = block_on(async {
        let group = ProcessGroup::with_shims(home(Path::new(dir), "full"));
        let (_handle, output) = spawn(&group, spec(&command));
        let all = gather(output).await;
        assert_eq!(all.text.len(), BYTES);
        all.exit
    });
    assert_eq!(exit, Some(Exit { code: Some(9) }));
    let status = wait_for("it ends", || {
        list(Path::new(dir)).ok()?.pop().filter(|status| status.state == ShimState::Ended)
    });
    assert_eq!(status.exit, exit);
    let told = format!("{} of {BYTES} bytes did not fit on the disk\n", status.log_lost_bytes);
    std::io::Write::write_all(&mut std::io::stdout(), told.as_bytes())
        .unwrap_or_else(|error| panic!("{error}"));
    ExitCode::SUCCESS
}

/// `starter DIR CWD [plain] COMMAND…`: one shell each, with `plain` without shims; says "up" and waits for its end.
pub(crate) fn main(words: &[&str]) -> ExitCode {
    let [dir, cwd, commands @ ..] = words else { return ExitCode::FAILURE };
    let (group, commands) = match commands {
        ["plain", commands @ ..] => (ProcessGroup::new(), commands),
        commands => (ProcessGroup::with_shims(home(Path::new(dir), "killed")), commands),
    };
    block_on(async {
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
