//! `cargo xtask`: set-up, checks and the sample run, each one command.
//!
//! Must not know: anything of the product's crates; it only starts programs.
#![expect(clippy::print_stdout, reason = "a build tool talks to the terminal")]

mod bench;
mod command;
mod setup;
mod test;
mod up;

use anyhow::{Result, bail};

const USAGE: &str = "usage: cargo xtask <command>

  up      build pino and run a sample launcher end to end
  test    install what the checks need, run all of them, print the count
  bench   build the release binary and measure it against references in the same run
  setup   only install what the checks need
";

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        Some("up") => up::run(),
        Some("test") => test::run(),
        Some("bench") => bench::run(arguments.collect()),
        Some("setup") => setup::run(),
        Some("help" | "--help" | "-h") => {
            print!("{USAGE}");
            Ok(())
        }
        Some(other) => bail!("unknown command `{other}`\n\n{USAGE}"),
        None => bail!("no command given\n\n{USAGE}"),
    }
}
