//! Whether an app's needs fit a machine.
//!
//! Must not know: how a machine is measured.

use crate::{Accelerator, App, Need, Platform};

/// A machine as far as apps care.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Its system.
    pub platform: Platform,
    /// Its cards; `Cpu` is always there.
    pub accelerators: Vec<Accelerator>,
    /// Memory of the largest card.
    pub vram_gib: Option<f64>,
    /// Main memory.
    pub ram_gib: Option<f64>,
    /// Free space where apps are installed.
    pub disk_gib: Option<f64>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fit {
    /// Nothing known speaks against it, and every need is known.
    Fits,
    /// Nothing known speaks against it, but these needs are unknown.
    Unknown(Vec<&'static str>),
    /// It will not run, for these reasons.
    TooSmall(Vec<String>),
}

/// Compares an app's needs with a machine. Cards report a little less than their nominal memory: 5 % are forgiven.
pub fn fit(app: &App, machine: &Machine) -> Fit {
    let mut reasons = Vec::new();
    if !app.platforms.contains(&machine.platform) {
        reasons.push(format!("does not support {}", machine.platform.word()));
    }
    if !app.accelerators.iter().any(|kind| machine.accelerators.contains(kind)) {
        let wanted: Vec<&str> = app.accelerators.iter().map(|kind| kind.word()).collect();
        reasons.push(format!("needs {}", wanted.join(" or ")));
    }
    let mut unknown = Vec::new();
    let amounts = [
        ("GPU memory", &app.needs.vram, machine.vram_gib),
        ("memory", &app.needs.ram, machine.ram_gib),
        ("disk space", &app.needs.disk, machine.disk_gib),
    ];
    for (name, need, there) in amounts {
        match (need, there) {
            (Need::AtLeast { gib, .. }, Some(there)) if there < gib * 0.95 => {
                reasons.push(format!("needs {gib} GiB of {name}, {there:.1} GiB are there"));
            }
            (Need::AtLeast { .. }, Some(_)) => {}
            (Need::Unknown(_), _) | (_, None) => unknown.push(name),
        }
    }
    match (reasons.is_empty(), unknown.is_empty()) {
        (false, _) => Fit::TooSmall(reasons),
        (true, true) => Fit::Fits,
        (true, false) => Fit::Unknown(unknown),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::Catalog;

    fn machine(vram_gib: f64) -> Machine {
        Machine {
            platform: Platform::Linux,
            accelerators: vec![Accelerator::Nvidia, Accelerator::Cpu],
            vram_gib: Some(vram_gib),
            ram_gib: Some(64.0),
            disk_gib: Some(100.0),
        }
    }

    #[test]
    fn memory_decides_with_a_little_grace() {
        let catalog = Catalog::bundled().unwrap();
        let app = catalog.get("wan2gp").unwrap(); // says 6 GiB
        assert_eq!(fit(app, &machine(5.8)), Fit::Unknown(vec!["memory", "disk space"]));
        let Fit::TooSmall(reasons) = fit(app, &machine(4.0)) else { panic!("4 GiB are too few") };
        assert_eq!(reasons, ["needs 6 GiB of GPU memory, 4.0 GiB are there"]);
    }

    #[test]
    fn other_hardware_is_told_apart() {
        let catalog = Catalog::bundled().unwrap();
        let Fit::TooSmall(reasons) = fit(catalog.get("moshi").unwrap(), &machine(80.0)) else {
            panic!("a Mac only")
        };
        assert_eq!(reasons, ["does not support linux", "needs apple"]);
    }
}
