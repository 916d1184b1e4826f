//! Looks the machine up, once per process and only when asked.
//!
//! Must not know: who asks.

use std::{sync::OnceLock, thread};

use sysinfo::{CpuRefreshKind, MemoryRefreshKind, RefreshKind, System};

use crate::{Cpu, Gpu, Machine, Memory, Os, apple, describe::rounded_gib, limits, nvidia, pci};

static DETECTED: OnceLock<Machine> = OnceLock::new();

impl Machine {
    /// This machine. The first call looks everything up, later ones are free.
    pub fn detect() -> &'static Machine {
        DETECTED.get_or_init(look_up)
    }
}

fn look_up() -> Machine {
    let gpus = thread::spawn(find_gpus);
    let what = RefreshKind::nothing()
        .with_cpu(CpuRefreshKind::nothing())
        .with_memory(MemoryRefreshKind::nothing().with_ram());
    let system = System::new_with_specifics(what)
        .inspect_err(|error| tracing::warn!(%error, "cannot read memory and processor"))
        .ok();
    let memory = memory_within(physical_memory(system.as_ref()), limits::memory());
    let machine = Machine {
        platform: crate::platform().to_owned(),
        arch: crate::arch().to_owned(),
        ram: rounded_gib(memory.total_bytes),
        cpu: processor(system.as_ref()),
        memory,
        os: operating_system(),
        ..Machine::default()
    };
    machine.with_gpus(gpus.join().unwrap_or_default())
}

fn find_gpus() -> Vec<Gpu> {
    let mut gpus = nvidia::find();
    gpus.extend(pci::find());
    gpus.extend(apple::find());
    gpus
}

fn physical_memory(system: Option<&System>) -> Memory {
    system.map_or_else(Memory::default, |system| Memory {
        total_bytes: system.total_memory(),
        available_bytes: system.available_memory(),
    })
}

fn memory_within(machine: Memory, limit: Option<limits::MemoryLimit>) -> Memory {
    match limit {
        Some(limit) if limit.limit_bytes < machine.total_bytes => Memory {
            total_bytes: limit.limit_bytes,
            available_bytes: machine.available_bytes.min(limit.limit_bytes.saturating_sub(limit.used_bytes)),
        },
        _ => machine,
    }
}

fn processor(system: Option<&System>) -> Cpu {
    let brand = system
        .and_then(|system| system.cpus().first())
        .map(|cpu| cpu.brand().trim().to_owned())
        .unwrap_or_default();
    Cpu { brand, cores: thread::available_parallelism().map_or(1, usize::from) }
}

fn operating_system() -> Os {
    Os {
        platform: crate::platform().to_owned(),
        arch: crate::arch().to_owned(),
        release: System::kernel_version().unwrap_or_default(),
        distro: System::long_os_version().unwrap_or_default(),
        hostname: System::host_name().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_this_machine_and_keeps_the_answer() {
        let machine = Machine::detect();
        assert!(machine.memory.total_bytes > 0);
        assert!(machine.cpu.cores > 0);
        assert_eq!(machine.platform, crate::platform());
        assert!(std::ptr::eq(machine, Machine::detect()));
    }

    #[test]
    fn a_limit_above_the_machine_does_not_count() {
        let machine = Memory { total_bytes: 1000, available_bytes: 500 };
        let wide = limits::MemoryLimit { limit_bytes: 4000, used_bytes: 0 };
        assert_eq!(memory_within(machine, Some(wide)), machine);
        assert_eq!(memory_within(machine, None), machine);
        let tight = limits::MemoryLimit { limit_bytes: 100, used_bytes: 40 };
        assert_eq!(memory_within(machine, Some(tight)), Memory { total_bytes: 100, available_bytes: 60 });
    }
}
