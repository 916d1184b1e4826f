//! The checks themselves: each looks at one thing and never changes anything.
//!
//! Must not know: each other.

use std::{
    fs,
    path::{Path, PathBuf},
};

use pino_machine::Machine;

use super::Check;

const GIB: u64 = 1 << 30;
/// An app with an environment and one model seldom takes less.
const DISK_LOW_GIB: u64 = 20;

pub(super) fn platform() -> Check {
    let found = format!("{} {}", pino_machine::platform(), pino_machine::arch());
    if pino_machine::platform() == "linux" {
        Check::ok("platform", found)
    } else {
        Check::warning(
            "platform",
            found,
            "shell steps are tried on Linux only; use a Linux box or a container",
        )
    }
}

/// Writable by us, or creatable: the nearest existing folder above decides.
pub(super) fn home(home: &Path) -> Check {
    let Some(existing) = nearest_existing(home) else {
        return Check::failure("home", format!("`{}` cannot be reached", home.display()), HOME_STEP);
    };
    let probe = existing.join(format!(".pino-probe-{}", std::process::id()));
    match fs::write(&probe, b"").and_then(|()| fs::remove_file(&probe)) {
        Ok(()) if existing == home => Check::ok("home", format!("`{}` is writable", home.display())),
        Ok(()) => Check::ok("home", format!("`{}` will be created", home.display())),
        Err(error) => {
            Check::failure("home", format!("`{}` is not writable: {error}", existing.display()), HOME_STEP)
        }
    }
}

const HOME_STEP: &str = "give a writable folder with `--home DIR` or PINOKIO_HOME";

fn nearest_existing(path: &Path) -> Option<PathBuf> {
    path.ancestors().find(|folder| folder.is_dir()).map(Path::to_path_buf)
}

pub(super) fn disk(home: &Path) -> Check {
    let free = nearest_existing(home).and_then(|folder| pino_machine::free_disk_bytes(&folder));
    match free {
        Some(bytes) if bytes < DISK_LOW_GIB * GIB => Check::warning(
            "disk",
            format!("{} GiB free", bytes / GIB),
            "apps with models take tens of GiB: choose a larger disk with `--home DIR`",
        ),
        Some(bytes) => Check::ok("disk", format!("{} GiB free", bytes / GIB)),
        None => Check::warning("disk", "free space unknown", "look with `df -h`"),
    }
}

pub(super) fn bash() -> Check {
    tool("bash", || {
        Check::failure("bash", "not found", "install it: shell steps run in bash (`apt-get install bash`)")
    })
}

pub(super) fn git() -> Check {
    tool("git", || {
        Check::failure(
            "git",
            "not found",
            "install it: nearly every launcher clones its app (`apt-get install git`)",
        )
    })
}

pub(super) fn python() -> Check {
    tool("python3", || {
        Check::warning(
            "python3",
            "not found",
            "uv fetches a Python where scripts name a version; else `apt-get install python3-venv`",
        )
    })
}

pub(super) fn uv(home: &Path) -> Check {
    let own = home.join("bin/uv");
    if own.is_file() {
        return Check::ok("uv", own.display().to_string());
    }
    tool("uv", || {
        Check::ok("uv", "not there yet: it is fetched from the package index when a script needs it")
    })
}

fn tool(name: &'static str, missing: impl FnOnce() -> Check) -> Check {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file());
    found.map_or_else(missing, |file| Check::ok(name, file.display().to_string()))
}

pub(super) fn pseudo_terminal() -> Check {
    if cfg!(unix) && !Path::new("/dev/ptmx").exists() {
        let step = "mount devpts in the container (`mount -t devpts devpts /dev/pts`)";
        return Check::failure("terminal", "no /dev/ptmx: shells cannot start", step);
    }
    Check::ok("terminal", "pseudo terminals are there")
}

pub(super) fn memory() -> Check {
    let ram = Machine::detect().ram;
    if ram < 8 {
        return Check::warning(
            "memory",
            format!("{ram} GiB"),
            "many apps load models into memory first and need 16 GiB",
        );
    }
    Check::ok("memory", format!("{ram} GiB"))
}

/// One line a GPU, or one that there is none.
pub(super) fn gpus() -> Vec<Check> {
    let machine = Machine::detect();
    if machine.gpus.is_empty() {
        let step =
            "scripts take their CPU branches; on a GPU box install the driver (`nvidia-smi` must work)";
        return vec![Check::warning("gpu", "none found", step)];
    }
    let describe = |gpu: &pino_machine::Gpu| {
        let driver = gpu.driver.as_deref().unwrap_or("unknown");
        Check::ok("gpu", format!("{}, {} MiB, driver {driver}", gpu.marketing_name, gpu.vram_mib))
    };
    machine.gpus.iter().map(describe).collect()
}
