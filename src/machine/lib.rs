//! Where am I: platform, GPUs, memory and processor, as scripts see them.
//!
//! Must not know: scripts, the VM, the engine. Nothing here runs at start-up: [`platform`] and [`arch`] are constants,
//! everything else is looked up once, when somebody asks ([`Machine::detect`]).

mod amd;
mod apple;
mod describe;
mod detect;
mod disk;
mod limits;
mod names;
mod nvidia;
mod pci;
mod simulated;

pub use describe::{Cpu, Gpu, Machine, Memory, Os};
pub use disk::free_disk_bytes;
pub use simulated::{Simulated, SimulatedGpu, UnknownGpu};

/// Processes that hold memory of a GPU now; `None` where nobody can tell. Asked anew each time.
pub fn gpu_holders() -> Option<Vec<i32>> {
    nvidia::holders()
}

/// `process.platform` of Node: `linux`, `darwin` or `win32`.
pub const fn platform() -> &'static str {
    if cfg!(target_os = "macos") {
        "darwin"
    } else if cfg!(windows) {
        "win32"
    } else {
        "linux"
    }
}

/// `process.arch` of Node: `x64`, `arm64`, `arm`, `ia32`, …
pub const fn arch() -> &'static str {
    if cfg!(target_arch = "x86_64") {
        "x64"
    } else if cfg!(target_arch = "aarch64") {
        "arm64"
    } else if cfg!(target_arch = "x86") {
        "ia32"
    } else if cfg!(target_arch = "arm") {
        "arm"
    } else if cfg!(target_arch = "riscv64") {
        "riscv64"
    } else {
        "unknown"
    }
}
