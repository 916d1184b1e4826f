//! Installs what building, running and checking need and what is missing: Debian packages and cargo-nextest.
//!
//! Must not know: how the checks use it.

use anyhow::{Result, bail};

use crate::command::{command, exists, run as start};

/// Program that shows the package is there → Debian package.
const PACKAGES: &[(&str, &str)] = &[
    ("python3", "python3"),
    ("git", "git"),
    ("curl", "curl"),
    ("node", "nodejs"), // compares our JavaScript with Node's in tests
];

/// Installs every missing package with one call of apt-get.
fn install_packages() -> Result<()> {
    let mut missing: Vec<&str> =
        PACKAGES.iter().filter(|(program, _)| !exists(program)).map(|(_, package)| *package).collect();
    if !has_venv() {
        missing.push("python3-venv");
    }
    if missing.is_empty() {
        return Ok(());
    }
    if !exists("apt-get") {
        bail!(
            "missing programs: {}; install them with your package manager and try again",
            missing.join(", ")
        );
    }
    let (program, prefix): (&str, &[&str]) =
        if is_root() { ("apt-get", &[]) } else { ("sudo", &["apt-get"]) };
    start(&mut command(program, &[prefix, &["update", "-qq"]].concat()))?;
    start(&mut command(
        program,
        &[prefix, &["install", "-y", "-qq", "--no-install-recommends"], &missing[..]].concat(),
    ))
}

/// Everything.
pub(crate) fn run() -> Result<()> {
    install_packages()?;
    if command("cargo", &["nextest", "--version"]).output()?.status.success() {
        return Ok(());
    }
    start(&mut command("cargo", &["install", "--locked", "cargo-nextest"]))
}

/// Debian's python3 comes without `ensurepip`, which `python -m venv` needs.
fn has_venv() -> bool {
    command("python3", &["-c", "import ensurepip, venv"]).output().is_ok_and(|output| output.status.success())
}

fn is_root() -> bool {
    command("id", &["-u"]).output().is_ok_and(|output| output.stdout.starts_with(b"0\n"))
}
