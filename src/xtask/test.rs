//! All checks in the order of cost; the first that fails ends the run. The last line is the tests' own count.
//!
//! Must not know: what is inside the tests.

use anyhow::{Context as _, Result, bail};

use crate::{
    command::{command, root, run as start, run_captured},
    setup,
};

/// Format, clippy, tests (unit, integration, architecture, Lua, conformance, real run), docs.
fn run_all() -> Result<Count> {
    start(&mut command("cargo", &["fmt", "--all", "--check"]))?;
    start(&mut command(
        "cargo",
        &["clippy", "--workspace", "--all-targets", "--locked", "--quiet", "--", "-D", "warnings"],
    ))?;
    let count = nextest()?;
    start(
        command("cargo", &["doc", "--workspace", "--no-deps", "--locked", "--quiet"])
            .env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    Ok(count)
}

/// Sets the machine up, runs everything, prints the count.
pub(crate) fn run() -> Result<()> {
    setup::run()?;
    let count = run_all()?;
    println!("\n{} passed, {} failed, {} skipped", count.passed, count.failed, count.skipped);
    Ok(())
}

/// What nextest counted.
pub(crate) struct Count {
    passed: usize,
    failed: usize,
    skipped: usize,
}

fn nextest() -> Result<Count> {
    let arguments = ["nextest", "run", "--workspace", "--locked", "--no-fail-fast", "--hide-progress-bar"];
    let (success, text) = run_captured(command("cargo", &arguments).env("PINO_REPOSITORY", root()))?;
    let count = count(&text).context("nextest printed no summary: no test was executed")?;
    if !success || count.failed > 0 {
        println!("\n{} passed, {} failed, {} skipped", count.passed, count.failed, count.skipped);
        bail!("tests failed");
    }
    if count.passed == 0 {
        bail!("no test was executed");
    }
    Ok(count)
}

/// Reads `Summary [ 1.2s] 34 tests run: 33 passed (1 slow), 1 failed, 2 skipped`.
fn count(text: &str) -> Option<Count> {
    let line = text.lines().rev().find(|line| line.trim_start().starts_with("Summary ["))?;
    let tail = line.split_once("tests run:").or_else(|| line.split_once("test run:"))?.1;
    let number = |what: &str| {
        let part = tail.split(',').find(|part| part.split_whitespace().nth(1) == Some(what))?;
        part.split_whitespace().next()?.parse::<usize>().ok()
    };
    let failed = ["failed", "timed", "exec"].iter().filter_map(|what| number(what)).sum();
    Some(Count { passed: number("passed").unwrap_or(0), failed, skipped: number("skipped").unwrap_or(0) })
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn reads_the_summary_of_nextest() {
        let text =
            "     Summary [   1.250s] 34 tests run: 31 passed (1 slow), 2 failed, 1 timed out, 5 skipped\n";
        let counted = count(text).map(|c| (c.passed, c.failed, c.skipped));
        assert_eq!(counted, Some((31, 3, 5)));
    }

    #[test]
    fn no_summary_is_no_count() {
        assert!(count("error: could not compile").is_none());
    }
}
