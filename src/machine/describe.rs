//! What is known about a machine, in the words and units scripts use.
//!
//! Must not know: how any of it was found out.

use pino_model::Data;
use serde::Serialize;

/// One graphics adapter.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Gpu {
    /// Kind as scripts compare it: `nvidia`, `amd`, `apple`, else the vendor in lower case.
    pub kind: String,
    /// Vendor as the adapter reports it (`NVIDIA`, `Advanced Micro Devices, Inc.`).
    pub vendor: String,
    /// Marketing name as reported (`NVIDIA GeForce RTX 4090`).
    pub marketing_name: String,
    /// Marketing name in lower case with a space before the number (`nvidia geforce rtx 4090`).
    pub model: String,
    /// Memory in MiB; 0 when unknown or shared with the system.
    pub vram_mib: u64,
    /// Driver version.
    pub driver: Option<String>,
    /// Compilation target: `sm_89`, `gfx1100`.
    pub target: Option<String>,
}

/// The processor.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Cpu {
    /// Name of the first core.
    pub brand: String,
    /// Cores this process may use (affinity and cgroup quota counted in).
    pub cores: usize,
}

/// System memory; a cgroup limit counts as the total.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Memory {
    /// Bytes this process may use at most.
    pub total_bytes: u64,
    /// Bytes still free to use.
    pub available_bytes: u64,
}

/// The operating system.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Os {
    /// `linux`, `darwin`, `win32`.
    pub platform: String,
    /// Node's name of the architecture.
    pub arch: String,
    /// Kernel release.
    pub release: String,
    /// Distribution and version.
    pub distro: String,
    /// Name of the host.
    pub hostname: String,
}

/// Everything scripts can ask about the machine.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Machine {
    /// `linux`, `darwin`, `win32`.
    pub platform: String,
    /// Node's name of the architecture (`x64`, `arm64`).
    pub arch: String,
    /// Kind of the chosen adapter: `nvidia`, `amd`, `apple`, a vendor in lower case, or `none`.
    pub gpu: String,
    /// Its model; undefined for scripts when there is none.
    pub gpu_model: Option<String>,
    /// Its driver version.
    pub gpu_driver: Option<String>,
    /// Its compilation target.
    pub gpu_target: Option<String>,
    /// All adapters.
    pub gpus: Vec<Gpu>,
    /// Memory of the chosen adapter in GiB, rounded.
    pub vram: u64,
    /// System memory in GiB, rounded.
    pub ram: u64,
    /// The processor.
    pub cpu: Cpu,
    /// System memory.
    pub memory: Memory,
    /// The operating system.
    pub os: Os,
}

impl Machine {
    /// `gpus` as templates see it: `[{name, model, driver}]`.
    pub fn gpus_data(&self) -> Data {
        let one = |gpu: &Gpu| {
            object([
                ("name", text(&gpu.vendor.to_lowercase())),
                ("model", text(&gpu.model)),
                ("driver", optional(gpu.driver.as_deref())),
            ])
        };
        Data::Array(self.gpus.iter().map(one).collect())
    }

    /// `graphics`: `{controllers: [{vendor, model, vram, driverVersion}], displays: []}`.
    pub fn graphics_data(&self) -> Data {
        let one = |gpu: &Gpu| {
            object([
                ("vendor", text(&gpu.vendor)),
                ("model", text(&gpu.marketing_name)),
                ("vram", Data::Number(gpu.vram_mib as f64)),
                ("driverVersion", optional(gpu.driver.as_deref())),
            ])
        };
        let controllers = Data::Array(self.gpus.iter().map(one).collect());
        object([("controllers", controllers), ("displays", Data::Array(Vec::new()))])
    }

    /// `cpu`: `{brand, cores}`.
    pub fn cpu_data(&self) -> Data {
        object([("brand", text(&self.cpu.brand)), ("cores", Data::Number(self.cpu.cores as f64))])
    }

    /// `mem`: `{total, available, free, used}` in bytes.
    pub fn mem_data(&self) -> Data {
        let used = self.memory.total_bytes.saturating_sub(self.memory.available_bytes);
        object([
            ("total", Data::Number(self.memory.total_bytes as f64)),
            ("available", Data::Number(self.memory.available_bytes as f64)),
            ("free", Data::Number(self.memory.available_bytes as f64)),
            ("used", Data::Number(used as f64)),
        ])
    }

    /// `osInfo`: `{platform, arch, release, distro, hostname}`.
    pub fn os_data(&self) -> Data {
        object([
            ("platform", text(&self.os.platform)),
            ("arch", text(&self.os.arch)),
            ("release", text(&self.os.release)),
            ("distro", text(&self.os.distro)),
            ("hostname", text(&self.os.hostname)),
        ])
    }

    /// The same machine with these adapters; the chosen one decides `gpu`, `gpu_model`, `vram` and so on.
    #[must_use]
    pub fn with_gpus(mut self, gpus: Vec<Gpu>) -> Self {
        let chosen = choose(&gpus);
        self.gpu = chosen.map_or_else(|| "none".to_owned(), |gpu| gpu.kind.clone());
        self.gpu_model = chosen.map(|gpu| gpu.model.clone());
        self.gpu_driver = chosen.and_then(|gpu| gpu.driver.clone());
        self.gpu_target = chosen.and_then(|gpu| gpu.target.clone());
        self.vram = chosen.map_or(0, |gpu| rounded_gib_of_mib(gpu.vram_mib));
        self.gpus = gpus;
        self
    }
}

/// NVIDIA wins over the AMD adapter with most memory, that over Apple, that over whatever comes first.
fn choose(gpus: &[Gpu]) -> Option<&Gpu> {
    let of = |kind: &'static str| gpus.iter().filter(move |gpu| gpu.kind == kind);
    let biggest_amd = of("amd").rev().max_by_key(|gpu| gpu.vram_mib);
    of("nvidia").next().or(biggest_amd).or_else(|| of("apple").next()).or_else(|| gpus.first())
}

fn rounded_gib_of_mib(mib: u64) -> u64 {
    (mib + 512) / 1024
}

/// Bytes as whole GiB, rounded to the nearest.
pub(crate) fn rounded_gib(bytes: u64) -> u64 {
    (bytes + (1 << 29)) >> 30
}

fn text(value: &str) -> Data {
    Data::String(value.to_owned())
}

fn optional(value: Option<&str>) -> Data {
    value.map_or(Data::Null, text)
}

fn object<const N: usize>(members: [(&str, Data); N]) -> Data {
    Data::Object(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gpu(kind: &str, vram_mib: u64) -> Gpu {
        Gpu { kind: kind.into(), model: format!("{kind} {vram_mib}"), vram_mib, ..Gpu::default() }
    }

    #[test]
    fn nvidia_wins_then_the_biggest_amd_then_apple_then_the_first() {
        let model = |gpus: Vec<Gpu>| Machine::default().with_gpus(gpus).gpu_model;
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(model(vec![gpu("amd", 9), gpu("nvidia", 1)]), some("nvidia 1"));
        assert_eq!(model(vec![gpu("intel", 1), gpu("amd", 2), gpu("amd", 9)]), some("amd 9"));
        assert_eq!(model(vec![gpu("amd", 7), gpu("amd", 7)]), some("amd 7"));
        assert_eq!(model(vec![gpu("intel", 1), gpu("apple", 0)]), some("apple 0"));
        assert_eq!(model(vec![gpu("intel", 1)]), some("intel 1"));
        assert_eq!(model(vec![]), None);
        assert_eq!(Machine::default().with_gpus(vec![]).gpu, "none");
    }

    #[test]
    fn memory_is_rounded_to_whole_gib() {
        assert_eq!(rounded_gib_of_mib(24_564), 24);
        assert_eq!(rounded_gib_of_mib(15_360), 15);
        assert_eq!(rounded_gib(67_400_000_000), 63);
        assert_eq!(rounded_gib(1 << 29), 1);
    }
}
