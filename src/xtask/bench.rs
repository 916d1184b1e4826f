//! Benchmarks of the whole program and of the crates, each against a reference in the same run.
//!
//! Must not know: the bars (tests/bench/run.py and the crates' own benches hold them).

use anyhow::Result;

use crate::command::{command, run as start};

/// Crates with `cargo bench` targets of their own.
const CRATES: &[&str] = &["pino-convert", "pino-vm", "pino-process"];

/// Builds the release binary, runs the whole-program bars, then (without arguments) the crates' benches.
pub(crate) fn run(arguments: Vec<String>) -> Result<()> {
    start(&mut command("cargo", &["build", "--release", "--locked", "--package", "pino-cli"]))?;
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    start(&mut command("python3", &[&["tests/bench/run.py"], &arguments[..]].concat()))?;
    if arguments.is_empty() {
        for package in CRATES {
            start(&mut command("cargo", &["bench", "--locked", "--package", package]))?;
        }
    }
    Ok(())
}
