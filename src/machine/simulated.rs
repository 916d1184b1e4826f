//! Made-up machines for planning and evaluating scripts for somewhere else; fixed figures, so results compare.
//!
//! Must not know: the machine it runs on.

use std::str::FromStr;

use crate::{Cpu, Gpu, Machine, Memory, Os};

/// Which adapter a simulated machine has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SimulatedGpu {
    /// An NVIDIA card, `GeForce RTX 4090`
    Nvidia,
    /// AMD Radeon RX 7900 XTX
    Amd,
    /// Apple M2 Max
    Apple,
    /// None
    #[default]
    None,
}

/// The name is none of the simulated adapters'.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("no simulated adapter is called {name:?}; use nvidia, amd, apple or none")]
pub struct UnknownGpu {
    /// The name as given.
    pub name: String,
}

impl FromStr for SimulatedGpu {
    type Err = UnknownGpu;

    fn from_str(name: &str) -> Result<Self, UnknownGpu> {
        match name {
            "nvidia" => Ok(Self::Nvidia),
            "amd" => Ok(Self::Amd),
            "apple" => Ok(Self::Apple),
            "none" => Ok(Self::None),
            _ => Err(UnknownGpu { name: name.to_owned() }),
        }
    }
}

/// A machine to simulate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simulated {
    /// `linux`, `darwin`, `win32`.
    pub platform: String,
    /// `x64`, `arm64`.
    pub arch: String,
    /// Its adapter.
    pub gpu: SimulatedGpu,
}

const RAM_GIB: u64 = 64;

impl Machine {
    /// A made-up machine: 64 GiB of memory, 8 cores, the given adapter.
    pub fn simulated(what: &Simulated) -> Machine {
        let machine = Machine {
            platform: what.platform.clone(),
            arch: what.arch.clone(),
            ram: RAM_GIB,
            cpu: Cpu { brand: "cpu".into(), cores: 8 },
            memory: Memory { total_bytes: RAM_GIB << 30, available_bytes: RAM_GIB << 29 },
            os: operating_system(what),
            ..Machine::default()
        };
        machine.with_gpus(adapter(what.gpu).into_iter().collect())
    }
}

fn operating_system(what: &Simulated) -> Os {
    let release = match what.platform.as_str() {
        "darwin" => "23.4.0",
        "win32" => "10.0.22631",
        _ => "6.8.0",
    };
    Os {
        platform: what.platform.clone(),
        arch: what.arch.clone(),
        release: release.into(),
        distro: String::new(),
        hostname: "host".into(),
    }
}

fn adapter(which: SimulatedGpu) -> Option<Gpu> {
    let made = |kind: &str, vendor: &str, name: &str, vram_mib: u64| Gpu {
        kind: kind.into(),
        vendor: vendor.into(),
        marketing_name: name.into(),
        model: name.to_lowercase(),
        vram_mib,
        driver: None,
        target: None,
    };
    match which {
        SimulatedGpu::Nvidia => {
            let gpu = made("nvidia", "NVIDIA", "NVIDIA GeForce RTX 4090", 24_564);
            Some(Gpu { driver: Some("560.94".into()), target: Some("sm_89".into()), ..gpu })
        }
        SimulatedGpu::Amd => {
            let gpu = made("amd", "Advanced Micro Devices, Inc.", "AMD Radeon RX 7900 XTX", 24_560);
            Some(Gpu { driver: Some("32.0.11024".into()), target: Some("gfx1100".into()), ..gpu })
        }
        SimulatedGpu::Apple => Some(made("apple", "Apple", "Apple M2 Max", 0)),
        SimulatedGpu::None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn simulated(gpu: SimulatedGpu) -> Machine {
        Machine::simulated(&Simulated { platform: "linux".into(), arch: "x64".into(), gpu })
    }

    #[test]
    fn has_the_agreed_figures() {
        let machine = simulated(SimulatedGpu::Nvidia);
        assert_eq!(machine.gpu_model.as_deref(), Some("nvidia geforce rtx 4090"));
        assert_eq!((machine.vram, machine.ram, machine.gpu_target.as_deref()), (24, 64, Some("sm_89")));
        let gpus = serde_json::to_string(&machine.gpus_data()).unwrap_or_default();
        assert_eq!(gpus, r#"[{"name":"nvidia","model":"nvidia geforce rtx 4090","driver":"560.94"}]"#);
        assert_eq!(simulated(SimulatedGpu::Apple).vram, 0);
        assert_eq!(simulated(SimulatedGpu::None).gpu, "none");
        assert_eq!(simulated(SimulatedGpu::None).gpu_model, None);
    }

    #[test]
    fn names_what_it_does_not_know() {
        assert_eq!("amd".parse(), Ok(SimulatedGpu::Amd));
        assert!("voodoo".parse::<SimulatedGpu>().is_err_and(|error| error.to_string().contains("voodoo")));
    }
}
