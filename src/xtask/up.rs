//! Builds the release binary and takes a sample launcher from nothing to a running web page, then stops it.
//!
//! Must not know: how pino does it.

use std::{fs, path::Path};

use anyhow::{Context as _, Result};

use crate::command::{command, root, run as start};

/// The sample: a launcher in JavaScript with an environment by uv and a page by Flask.
const SAMPLE: &str = "tests/launchers/hello-flask";

/// `cargo build --release`, then install and start of the sample in a home below `target/`.
pub(crate) fn run() -> Result<()> {
    start(&mut command("cargo", &["build", "--release", "--locked", "--package", "pino-cli"]))?;
    let home = root().join("target/sample-home");
    let app = home.join("api/hello-flask");
    copy(&root().join(SAMPLE), &app)?;
    let pino = root().join("target/release/pino");
    let pino = pino.to_string_lossy();
    let (home, app) = (home.to_string_lossy(), app.to_string_lossy());
    let script = |name: &str| format!("{app}/{name}");
    start(&mut command(&pino, &["run", &script("install.js"), "--home", &home]))?;
    start(&mut command(&pino, &["run", &script("start.js"), "--home", &home, "--exit-when-ready"]))?;
    println!("\nThe sample ran: installed, started, answered, stopped. To keep it running:");
    println!(
        "  target/release/pino run target/sample-home/api/hello-flask/start.js --home target/sample-home"
    );
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("could not create `{}`", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("could not read `{}`", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        fs::copy(entry.path(), &target)
            .with_context(|| format!("could not copy to `{}`", target.display()))?;
    }
    Ok(())
}
