//! Apple's own adapters: part of the chip, their memory is the system's.
//!
//! Must not know: other vendors.

use std::process::Command;

use crate::{Gpu, names};

/// The adapter of an Apple chip; nothing elsewhere.
pub(crate) fn find() -> Vec<Gpu> {
    if crate::platform() != "darwin" {
        return Vec::new();
    }
    chip_name().filter(|name| name.starts_with("Apple")).map(described).into_iter().collect()
}

fn chip_name() -> Option<String> {
    let output = Command::new("/usr/sbin/sysctl").args(["-n", "machdep.cpu.brand_string"]).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn described(name: String) -> Gpu {
    let model = names::model("apple", &name);
    Gpu { kind: "apple".into(), vendor: "Apple".into(), marketing_name: name, model, ..Gpu::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn describes_the_chip() {
        let gpu = described("Apple M2 Max".into());
        assert_eq!((gpu.kind.as_str(), gpu.model.as_str(), gpu.vram_mib), ("apple", "apple m2 max", 0));
    }
}
