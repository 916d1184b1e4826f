//! Display adapters of the PCI bus, read from sysfs, named by `lspci` where it is installed.
//!
//! Must not know: drivers' libraries. An adapter without a device file is not listed: a container sees the bus of its
//! host but cannot use what was not handed in.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{Gpu, amd, names};

/// One display adapter on the bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Adapter {
    /// Its folder below `devices`.
    pub folder: PathBuf,
    /// PCI vendor number.
    pub vendor: u32,
    /// PCI device number.
    pub device: u32,
    /// Revision.
    pub revision: u32,
}

/// Usable adapters that are not NVIDIA's (those come from their driver).
pub(crate) fn find() -> Vec<Gpu> {
    let adapters = scan(Path::new("/sys/bus/pci/devices"));
    let usable = adapters.into_iter().filter(|adapter| is_usable(&adapter.folder));
    usable
        .filter(|adapter| names::vendor_of_pci(adapter.vendor).0 != "nvidia")
        .map(|adapter| describe(&adapter))
        .collect()
}

/// Display controllers (class 03) and processing accelerators (class 12) below a `devices` folder, in bus order.
pub(crate) fn scan(devices: &Path) -> Vec<Adapter> {
    let Ok(entries) = fs::read_dir(devices) else { return Vec::new() };
    let mut folders: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    folders.sort();
    folders.into_iter().filter_map(read_adapter).collect()
}

fn read_adapter(folder: PathBuf) -> Option<Adapter> {
    let class = read_hex(&folder.join("class"))?;
    if !matches!(class >> 16, 0x03 | 0x12) {
        return None;
    }
    let vendor = read_hex(&folder.join("vendor"))?;
    let device = read_hex(&folder.join("device"))?;
    let revision = read_hex(&folder.join("revision")).unwrap_or(0);
    Some(Adapter { folder, vendor, device, revision })
}

fn read_hex(path: &Path) -> Option<u32> {
    let text = fs::read_to_string(path).ok()?;
    u32::from_str_radix(text.trim().trim_start_matches("0x"), 16).ok()
}

/// The kernel's driver made a card for it, and the card's device file is here.
fn is_usable(folder: &Path) -> bool {
    let Ok(cards) = fs::read_dir(folder.join("drm")) else { return false };
    cards.flatten().any(|card| Path::new("/dev/dri").join(card.file_name()).exists())
}

fn describe(adapter: &Adapter) -> Gpu {
    let (kind, vendor) = names::vendor_of_pci(adapter.vendor);
    if kind == "amd" {
        return amd::describe(adapter);
    }
    let marketing_name = name_by_lspci(&adapter.folder).unwrap_or_else(|| vendor.to_owned());
    let model = names::model("", &marketing_name);
    Gpu { kind: kind.into(), vendor: vendor.into(), marketing_name, model, ..Gpu::default() }
}

/// The device's name in `lspci -mm`; the text in brackets when there is one.
pub(crate) fn name_by_lspci(folder: &Path) -> Option<String> {
    let slot = folder.file_name()?.to_str()?;
    let program = which::which("lspci").ok()?;
    let output = Command::new(program).args(["-mm", "-s", slot]).output().ok()?;
    parse_lspci(&String::from_utf8_lossy(&output.stdout))
}

/// `01:00.0 "VGA compatible controller" "Vendor" "Navi 31 [Radeon RX 7900 XTX]" …` → `Radeon RX 7900 XTX`.
fn parse_lspci(line: &str) -> Option<String> {
    let name = line.split('"').nth(5)?;
    let inside = name.rsplit_once('[').and_then(|(_, rest)| rest.split_once(']')).map(|(inside, _)| inside);
    Some(inside.unwrap_or(name).to_owned()).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing fixture is a failing test")]
    use super::*;

    fn device(bus: &Path, slot: &str, class: &str, vendor: &str) {
        let folder = bus.join(slot);
        fs::create_dir_all(&folder).unwrap();
        for (name, text) in [("class", class), ("vendor", vendor), ("device", "0x744c"), ("revision", "0xc8")]
        {
            fs::write(folder.join(name), format!("{text}\n")).unwrap();
        }
    }

    #[test]
    fn lists_display_adapters_in_bus_order() {
        let bus = tempfile::tempdir().unwrap();
        device(bus.path(), "0000:02:00.0", "0x030000", "0x1002");
        device(bus.path(), "0000:00:02.0", "0x038000", "0x8086");
        device(bus.path(), "0000:00:1f.0", "0x060100", "0x8086");
        let found: Vec<_> = scan(bus.path()).iter().map(|a| (a.vendor, a.device, a.revision)).collect();
        assert_eq!(found, [(0x8086, 0x744c, 0xc8), (0x1002, 0x744c, 0xc8)]);
    }

    #[test]
    fn takes_the_name_in_brackets() {
        let line = r#"03:00.0 "VGA compatible controller" "AMD/ATI" "Navi 31 [Radeon RX 7900 XT/7900 XTX]" -rc8 "x" "y""#;
        assert_eq!(parse_lspci(line).as_deref(), Some("Radeon RX 7900 XT/7900 XTX"));
        assert_eq!(parse_lspci("").as_deref(), None);
    }
}
