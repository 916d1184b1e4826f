//! NVIDIA adapters: by the driver's own library, loaded when it is there, else by `nvidia-smi`.
//!
//! Must not know: other vendors. Containers often have no `lspci`; the driver's library is what CUDA itself will find.

use std::{ffi::OsStr, path::Path, process::Command, sync::OnceLock};

use nvml_wrapper::{Nvml, error::NvmlError};

use crate::{Gpu, names};

/// Where the library lies beside the loader's own places: notebooks, WSL, Kubernetes device plugins, Windows.
const LIBRARY_NAMES: [&str; 5] = [
    "libnvidia-ml.so.1",
    "/usr/lib64-nvidia/libnvidia-ml.so.1",
    "/usr/local/nvidia/lib64/libnvidia-ml.so.1",
    "/usr/lib/wsl/lib/libnvidia-ml.so.1",
    "nvml.dll",
];

/// Device files a usable NVIDIA driver makes (`dxg`: WSL).
const DEVICE_FILES: [&str; 3] = ["/dev/nvidiactl", "/dev/dxg", "/dev/nvidia0"];

/// All usable NVIDIA adapters; none without a driver.
pub(crate) fn find() -> Vec<Gpu> {
    if cfg!(target_os = "linux") && !DEVICE_FILES.iter().any(|path| Path::new(path).exists()) {
        return Vec::new();
    }
    match by_library() {
        Ok(gpus) if !gpus.is_empty() => gpus,
        Ok(_) => by_program(),
        Err(error) => {
            tracing::debug!(%error, "the driver's library gave no adapters, asking nvidia-smi");
            by_program()
        }
    }
}

/// Processes that hold memory of an adapter; `None` when the driver's library is not there or does not say.
pub(crate) fn holders() -> Option<Vec<i32>> {
    static LIBRARY: OnceLock<Option<Nvml>> = OnceLock::new();
    if cfg!(target_os = "linux") && !DEVICE_FILES.iter().any(|path| Path::new(path).exists()) {
        return None;
    }
    let nvml = LIBRARY.get_or_init(|| open_library().ok()).as_ref()?;
    let mut pids = Vec::new();
    for index in 0..nvml.device_count().ok()? {
        let device = nvml.device_by_index(index).ok()?;
        pids.extend(device.running_compute_processes().ok()?.iter().map(|process| process.pid as i32));
        // not every adapter draws
        let drawing = device.running_graphics_processes().unwrap_or_default();
        pids.extend(drawing.iter().map(|process| process.pid as i32));
    }
    pids.sort_unstable();
    pids.dedup();
    Some(pids)
}

fn by_library() -> Result<Vec<Gpu>, NvmlError> {
    let nvml = open_library()?;
    let driver = nvml.sys_driver_version().ok();
    let count = nvml.device_count()?;
    Ok((0..count).filter_map(|index| adapter(&nvml, index, driver.clone()).ok()).collect())
}

fn open_library() -> Result<Nvml, NvmlError> {
    let mut last = Nvml::init();
    for name in LIBRARY_NAMES {
        if last.is_ok() {
            break;
        }
        last = Nvml::builder().lib_path(OsStr::new(name)).init();
    }
    last
}

fn adapter(nvml: &Nvml, index: u32, driver: Option<String>) -> Result<Gpu, NvmlError> {
    let device = nvml.device_by_index(index)?;
    let target = device.cuda_compute_capability().ok().map(|c| format!("sm_{}{}", c.major, c.minor));
    let vram_mib = device.memory_info().map_or(0, |memory| memory.total >> 20);
    Ok(described(device.name()?, vram_mib, driver, target))
}

fn described(name: String, vram_mib: u64, driver: Option<String>, target: Option<String>) -> Gpu {
    let model = names::model("nvidia", &name);
    Gpu {
        kind: "nvidia".into(),
        vendor: "NVIDIA".into(),
        marketing_name: name,
        model,
        vram_mib,
        driver,
        target,
    }
}

fn by_program() -> Vec<Gpu> {
    let Ok(program) = which::which("nvidia-smi") else { return Vec::new() };
    let query = ["--query-gpu=name,memory.total,driver_version,compute_cap", "--format=csv,noheader,nounits"];
    match Command::new(program).args(query).output() {
        Ok(output) if output.status.success() => parse_table(&String::from_utf8_lossy(&output.stdout)),
        Ok(_) | Err(_) => Vec::new(),
    }
}

/// Lines `name, MiB, driver, major.minor`.
fn parse_table(text: &str) -> Vec<Gpu> {
    text.lines().filter_map(parse_line).collect()
}

fn parse_line(line: &str) -> Option<Gpu> {
    let mut fields = line.split(',').map(str::trim);
    let name = fields.next().filter(|name| !name.is_empty())?.to_owned();
    let vram_mib = fields.next()?.parse().unwrap_or(0);
    let driver = fields.next().filter(|text| !text.is_empty()).map(str::to_owned);
    let target =
        fields.next().filter(|text| text.contains('.')).map(|text| format!("sm_{}", text.replace('.', "")));
    Some(described(name, vram_mib, driver, target))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_table_of_nvidia_smi() {
        let gpus =
            parse_table("NVIDIA GeForce RTX 4090, 24564, 560.94, 8.9\nTesla T4, 15360, 550.54.15, [N/A]\n\n");
        assert_eq!(gpus.len(), 2);
        assert_eq!(gpus[0].model, "nvidia geforce rtx 4090");
        assert_eq!((gpus[0].vram_mib, gpus[0].target.as_deref()), (24_564, Some("sm_89")));
        assert_eq!((gpus[1].driver.as_deref(), gpus[1].target.as_deref()), (Some("550.54.15"), None));
    }

    #[test]
    fn text_that_is_no_table_gives_nothing() {
        assert!(
            parse_table("NVIDIA-SMI has failed because it couldn't communicate with the driver\n").is_empty()
        );
    }
}
