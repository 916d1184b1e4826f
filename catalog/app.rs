//! One app of the catalogue: the shape of a file under `apps/`.
//!
//! Must not know: where the file came from. `schema.json` says the same to editors; a test keeps the two together.

use serde::{Deserialize, Serialize};

/// An app as its file tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct App {
    /// For editors.
    #[serde(rename = "$schema", default, skip_serializing)]
    schema: Option<String>,
    /// Name on the command line: `[a-z0-9-]`, the file's name without `.json`.
    pub id: String,
    /// Name for people.
    pub title: String,
    /// One line, in our own words.
    pub description: String,
    /// Git URL of the launcher, `https` only.
    pub repository: String,
    /// Project page of what the launcher installs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<String>,
    /// The one shelf it stands on.
    pub category: Category,
    /// Words to find it by, `[a-z0-9-]`.
    pub tags: Vec<String>,
    /// Operating systems the launcher supports.
    pub platforms: Vec<Platform>,
    /// Hardware it runs on.
    pub accelerators: Vec<Accelerator>,
    /// What it needs, as far as somebody has said so.
    pub needs: Needs,
    /// How its page talks to its server; decides which tunnels can carry it.
    pub transport: Transport,
    /// Ports it listens on.
    pub ports: Ports,
    /// SPDX name of what it installs, `other` for a licence without one, or `unknown`.
    pub licence: String,
    /// What to know before sharing or using it, as keywords.
    pub policy: Vec<String>,
}

/// Memory and disk an app asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Needs {
    /// Memory of the graphics card.
    pub vram: Need,
    /// Main memory.
    pub ram: Need,
    /// Free disk space.
    pub disk: Need,
}

/// An amount with the page that says so, or `unknown`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Need {
    /// At least this much.
    AtLeast {
        /// Gibibytes.
        gib: f64,
        /// Where it is stated.
        source: String,
    },
    /// Nobody has said.
    Unknown(Unknown),
}

/// The word `unknown`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unknown {
    /// As it is written.
    Unknown,
}

impl Need {
    /// Gibibytes, when known.
    pub fn gib(&self) -> Option<f64> {
        match self {
            Self::AtLeast { gib, .. } => Some(*gib),
            Self::Unknown(_) => None,
        }
    }
}

/// Ports an app listens on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Ports {
    /// These.
    Fixed(Vec<u16>),
    /// Given by the launcher at each start (`chosen`), or not known.
    Word(PortsWord),
}

/// The words that may stand for ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PortsWord {
    /// A free one at each start.
    Chosen,
    /// Nobody has looked.
    Unknown,
}

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$about:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$about])* #[serde(rename = $word)] $variant),+
        }

        impl $name {
            /// All of them, in the order of their definition.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// As written in files and on the command line.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::CatalogError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|value| value.word() == text).ok_or_else(|| {
                    let known = Self::ALL.iter().map(|value| value.word()).collect::<Vec<_>>().join(", ");
                    crate::CatalogError::UnknownWord { word: text.to_owned(), known }
                })
            }
        }
    };
}

words! {
    /// Shelves of the catalogue.
    Category {
        /// Agents and automation.
        Agents = "agents",
        /// Playable worlds.
        Games = "games",
        /// Still pictures.
        Image = "image",
        /// Music and sound effects.
        Music = "music",
        /// Tools around the work.
        Productivity = "productivity",
        /// Language models.
        Text = "text",
        /// Shapes, scenes and motion.
        ThreeD = "3d",
        /// Training and data sets.
        Training = "training",
        /// Moving pictures.
        Video = "video",
        /// Understanding pictures.
        Vision = "vision",
        /// Speech.
        Voice = "voice",
    }
}

words! {
    /// Operating systems, by Node's names as launchers use them.
    Platform {
        /// Linux.
        Linux = "linux",
        /// Apple's.
        Darwin = "darwin",
        /// Windows.
        Win32 = "win32",
    }
}

words! {
    /// Hardware models run on.
    Accelerator {
        /// The cards of NVIDIA.
        Nvidia = "nvidia",
        /// AMD's cards.
        Amd = "amd",
        /// Apple silicon.
        Apple = "apple",
        /// No card needed.
        Cpu = "cpu",
    }
}

words! {
    /// How a page talks to its server.
    Transport {
        /// Web sockets.
        Websocket = "websocket",
        /// Server-sent events by GET.
        SseGet = "sse-get",
        /// Requests and answers only.
        Plain = "plain",
    }
}
