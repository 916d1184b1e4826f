//! Names of wheels (PEP 427), platform tags (PEP 600, 656) and versions (PEP 440, as far as programs need it).
//!
//! Must not know: indexes.

use std::{cmp::Ordering, path::Path, process::Command, sync::OnceLock};

/// The C library programs link against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Libc {
    /// glibc of this version.
    Gnu(u32, u32),
    /// Another one, or a system where it does not matter.
    Other,
}

/// What wheels can run here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Platform {
    /// `linux`, `macos`, `windows`.
    pub system: &'static str,
    /// `x86_64`, `aarch64`, …
    pub arch: &'static str,
    /// The C library.
    pub libc: Libc,
}

impl Platform {
    /// This machine.
    pub(super) fn current() -> Self {
        static LIBC: OnceLock<Libc> = OnceLock::new();
        Self {
            system: std::env::consts::OS,
            arch: std::env::consts::ARCH,
            libc: *LIBC.get_or_init(find_libc),
        }
    }

    fn arch_names(&self) -> &'static [&'static str] {
        match (self.system, self.arch) {
            ("macos", "aarch64") => &["arm64", "universal2"],
            ("macos", _) => &["x86_64", "universal2"],
            ("windows", "aarch64") => &["arm64"],
            ("windows", _) => &["amd64"],
            (_, "x86_64") => &["x86_64"],
            (_, "aarch64") => &["aarch64"],
            (_, "arm") => &["armv7l"],
            (_, "riscv64") => &["riscv64"],
            (_, "powerpc64") => &["ppc64le"],
            (_, "s390x") => &["s390x"],
            _ => &[],
        }
    }

    /// How well a tag fits; nothing when it does not.
    fn score_of_tag(&self, tag: &str) -> Option<u32> {
        if tag == "any" {
            return Some(1);
        }
        let arch = self.arch_names().iter().find(|arch| tag.ends_with(*arch))?;
        let family = tag.strip_suffix(arch)?.strip_suffix('_')?;
        match (self.system, family) {
            ("linux", "linux") => Some(10),
            ("linux", family) if family.starts_with("musllinux") => {
                Some(if self.libc == Libc::Other { 1000 } else { 20 })
            }
            ("linux", family) => self.score_of_manylinux(family),
            ("macos", family) if family.starts_with("macosx") => Some(100),
            ("windows", "win") => Some(100),
            _ => None,
        }
    }

    fn score_of_manylinux(&self, family: &str) -> Option<u32> {
        let (major, minor) = match family {
            "manylinux1" => (2, 5),
            "manylinux2010" => (2, 12),
            "manylinux2014" => (2, 17),
            _ => {
                let (major, minor) = family.strip_prefix("manylinux_")?.split_once('_')?;
                (major.parse().ok()?, minor.parse().ok()?)
            }
        };
        match self.libc {
            Libc::Gnu(here_major, here_minor) if (major, minor) <= (here_major, here_minor) => {
                Some(100 + minor)
            }
            _ => None,
        }
    }
}

/// glibc's own word for its version, else the oldest one wheels are made for.
fn find_libc() -> Libc {
    let said = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok();
    let text = said
        .filter(|output| output.status.success())
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    if let Some(libc) = text.as_deref().and_then(parse_libc) {
        return libc;
    }
    let loaders = ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"];
    if loaders.iter().any(|loader| Path::new(loader).exists()) { Libc::Gnu(2, 17) } else { Libc::Other }
}

/// `glibc 2.36`
fn parse_libc(text: &str) -> Option<Libc> {
    let (major, minor) = text.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some(Libc::Gnu(major.parse().ok()?, minor.split('.').next()?.parse().ok()?))
}

/// The parts of `NAME-VERSION(-BUILD)-PYTHON-ABI-PLATFORM.whl`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WheelName<'a> {
    /// Name as written in the file name.
    pub package: &'a str,
    /// Version.
    pub version: &'a str,
    platforms: &'a str,
}

impl<'a> WheelName<'a> {
    pub(super) fn parse(file: &'a str) -> Option<Self> {
        if file.contains(['/', '\\']) {
            return None;
        }
        let parts: Vec<_> = file.strip_suffix(".whl")?.split('-').collect();
        let (5 | 6) = parts.len() else { return None };
        Some(Self { package: parts[0], version: parts[1], platforms: parts[parts.len() - 1] })
    }

    /// How well it fits; nothing when it does not.
    pub(super) fn score(&self, platform: &Platform) -> Option<u32> {
        self.platforms.split('.').filter_map(|tag| platform.score_of_tag(tag)).max()
    }
}

/// A version that can be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Version {
    numbers: Vec<u64>,
    /// `a`, `b`, `rc`, `dev`.
    pub is_preliminary: bool,
}

impl Version {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let public = text.split('+').next()?;
        let is_preliminary =
            ["a", "b", "rc", "dev", "c"].iter().any(|mark| public.replace("post", "").contains(mark));
        let release = public.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
        let numbers: Vec<u64> = release.map(|part| part.parse().ok()).collect::<Option<_>>()?;
        (!numbers.is_empty()).then_some(Self { numbers, is_preliminary })
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let length = self.numbers.len().max(other.numbers.len());
        let at = |version: &Self, index: usize| version.numbers.get(index).copied().unwrap_or(0);
        let numbers = (0..length).map(|index| at(self, index).cmp(&at(other, index)));
        numbers.fold(Ordering::Equal, Ordering::then).then(other.is_preliminary.cmp(&self.is_preliminary))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(tags: &str, platform: &Platform) -> Option<u32> {
        let file = format!("uv-1-py3-none-{tags}.whl");
        WheelName::parse(&file).and_then(|name| name.score(platform))
    }

    #[test]
    fn tags_fit_by_system_processor_and_libc() {
        let gnu = Platform { system: "linux", arch: "x86_64", libc: Libc::Gnu(2, 28) };
        let musl = Platform { libc: Libc::Other, ..gnu.clone() };
        assert!(
            score("manylinux_2_17_x86_64.manylinux2014_x86_64", &gnu) > score("musllinux_1_1_x86_64", &gnu)
        );
        assert_eq!(score("manylinux_2_31_x86_64", &gnu), None);
        assert_eq!(score("manylinux2014_aarch64", &gnu), None);
        assert_eq!(score("manylinux2014_x86_64", &musl), None);
        assert!(score("musllinux_1_1_x86_64", &musl).is_some());
        assert!(score("any", &gnu).is_some());
        let mac = Platform { system: "macos", arch: "aarch64", libc: Libc::Other };
        assert!(score("macosx_11_0_arm64", &mac).is_some() && score("macosx_10_12_x86_64", &mac).is_none());
    }

    #[test]
    fn versions_compare_by_number() {
        let version = |text: &str| Version::parse(text);
        assert!(version("0.10.0") > version("0.9.30"));
        assert!(version("1.0") == version("1.0") && version("1.0.1") > version("1.0"));
        assert!(version("1.0.post1") > version("1.0"));
        assert!(version("1.0rc1").is_some_and(|version| version.is_preliminary));
        assert_eq!(version("x"), None);
        assert_eq!(parse_libc("glibc 2.36\n"), Some(Libc::Gnu(2, 36)));
    }

    #[test]
    fn other_files_are_no_wheels() {
        assert_eq!(WheelName::parse("uv-0.9.0.tar.gz"), None);
        assert_eq!(WheelName::parse("../uv-1-py3-none-any.whl"), None);
    }
}
