//! AMD adapters: memory, target and marketing name from sysfs and the driver's own name table.
//!
//! Must not know: other vendors.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{Gpu, names, pci, pci::Adapter};

/// Tables `DEVICE, REVISION, NAME` that come with the graphics library.
const NAME_TABLES: [&str; 2] = ["/usr/share/libdrm/amdgpu.ids", "/opt/amdgpu/share/libdrm/amdgpu.ids"];
const TOPOLOGY: &str = "/sys/class/kfd/kfd/topology/nodes";

/// Everything known about an adapter found on the bus.
pub(crate) fn describe(adapter: &Adapter) -> Gpu {
    let vram_mib = read_text(&adapter.folder.join("mem_info_vram_total"))
        .and_then(|text| text.parse::<u64>().ok())
        .unwrap_or(0)
        >> 20;
    let marketing_name = marketing_name(adapter).unwrap_or_else(|| "AMD Radeon Graphics".to_owned());
    Gpu {
        kind: "amd".into(),
        vendor: "Advanced Micro Devices, Inc.".into(),
        model: names::model("amd", &marketing_name),
        marketing_name,
        vram_mib,
        driver: read_text(Path::new("/sys/module/amdgpu/version")),
        target: target(Path::new(TOPOLOGY), adapter.device),
    }
}

fn marketing_name(adapter: &Adapter) -> Option<String> {
    let in_tables =
        || NAME_TABLES.iter().find_map(|table| name_in_table(&read_text(Path::new(table))?, adapter));
    let on_card = || read_text(&adapter.folder.join("product_name")).filter(|name| !name.is_empty());
    in_tables().or_else(on_card).or_else(|| pci::name_by_lspci(&adapter.folder))
}

/// A line `744C, C8, AMD Radeon RX 7900 XTX`.
fn name_in_table(table: &str, adapter: &Adapter) -> Option<String> {
    table.lines().find_map(|line| {
        let mut fields = line.splitn(3, ',').map(str::trim);
        let device = u32::from_str_radix(fields.next()?, 16).ok()?;
        let revision = u32::from_str_radix(fields.next()?, 16).ok()?;
        let name = fields.next()?;
        ((device, revision) == (adapter.device, adapter.revision)).then(|| name.to_owned())
    })
}

/// `gfx1100` of the compute node with this device number.
fn target(nodes: &Path, device: u32) -> Option<String> {
    let mut folders: Vec<PathBuf> = fs::read_dir(nodes).ok()?.flatten().map(|entry| entry.path()).collect();
    folders.sort();
    folders
        .iter()
        .find_map(|folder| {
            let properties = read_text(&folder.join("properties"))?;
            (property(&properties, "device_id")? == u64::from(device))
                .then(|| property(&properties, "gfx_target_version"))
                .flatten()
        })
        .and_then(target_name)
}

fn property(properties: &str, name: &str) -> Option<u64> {
    properties.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
}

/// 110000 → `gfx1100`, 90010 → `gfx90a`.
fn target_name(version: u64) -> Option<String> {
    let (major, minor, step) = (version / 10_000, version / 100 % 100, version % 100);
    (major > 0).then(|| format!("gfx{major}{minor:x}{step:x}"))
}

fn read_text(path: &Path) -> Option<String> {
    fs::read_to_string(path).ok().map(|text| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing fixture is a failing test")]
    use super::*;

    #[test]
    fn names_compute_targets() {
        assert_eq!(target_name(110_000).as_deref(), Some("gfx1100"));
        assert_eq!(target_name(90_010).as_deref(), Some("gfx90a"));
        assert_eq!(target_name(90_402).as_deref(), Some("gfx942"));
        assert_eq!(target_name(0), None);
    }

    #[test]
    fn finds_the_target_by_device_number() {
        let nodes = tempfile::tempdir().unwrap();
        for (name, text) in
            [("0", "device_id 0\n"), ("1", "simd_count 192\ngfx_target_version 110000\ndevice_id 29772\n")]
        {
            fs::create_dir_all(nodes.path().join(name)).unwrap();
            fs::write(nodes.path().join(name).join("properties"), text).unwrap();
        }
        assert_eq!(target(nodes.path(), 29_772).as_deref(), Some("gfx1100"));
        assert_eq!(target(nodes.path(), 1), None);
    }

    #[test]
    fn finds_the_name_by_device_and_revision() {
        let adapter = Adapter { folder: PathBuf::new(), vendor: 0x1002, device: 0x744c, revision: 0xc8 };
        let table =
            "# a comment\n1.0.0\n744C,\tCC,\tAMD Radeon RX 7900 XT\n744C,\tC8,\tAMD Radeon RX 7900 XTX\n";
        assert_eq!(name_in_table(table, &adapter).as_deref(), Some("AMD Radeon RX 7900 XTX"));
    }
}
