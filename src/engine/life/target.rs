//! What `install` is asked for: an address, a folder, a name of the catalogue.
//!
//! Must not know: what is done with it.

use std::path::{Path, PathBuf};

use pino_source::Address;

use super::LifeError;
use crate::supervise::is_app_name;

/// What an app needs, as far as somebody (the catalogue) knows.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Needs {
    /// GiB on the disk.
    pub disk_gib: Option<f64>,
    /// GiB of memory.
    pub ram_gib: Option<f64>,
    /// GiB of graphics memory.
    pub vram_gib: Option<f64>,
    /// `linux`, `darwin`, `win32`; empty means all.
    pub platforms: Vec<String>,
    /// `nvidia`, `amd`, `apple`, when only such adapters work.
    pub gpus: Vec<String>,
}

/// An entry of a catalogue.
#[derive(Clone, Debug, Default)]
pub struct CatalogEntry {
    /// Address of the launcher.
    pub repository: String,
    /// Title for people.
    pub title: Option<String>,
    /// What it needs.
    pub needs: Needs,
}

/// Finds an entry by name.
pub type CatalogLookup<'a> = &'a (dyn Fn(&str) -> Option<CatalogEntry> + Send + Sync);

/// Where an app comes from.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    /// Cloned.
    Repository(Address),
    /// Copied from a folder that is no repository.
    Folder(PathBuf),
    /// In the home already.
    Here,
}

/// A target that is understood.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// Name of the app's folder.
    pub(crate) name: String,
    pub(crate) origin: Origin,
    pub(crate) title: Option<String>,
    pub(crate) needs: Needs,
}

/// Understands a text. A name of an app of the home comes first, then addresses and folders, then the catalogue.
pub(crate) fn understand(
    home: &Path,
    text: &str,
    name: Option<&str>,
    catalog: Option<CatalogLookup<'_>>,
) -> Result<Target, LifeError> {
    let text = text.trim();
    let plain = |name: String, origin| Target { name, origin, title: None, needs: Needs::default() };
    let target = if is_app_name(text) && home.join("api").join(text).is_dir() && name.is_none() {
        plain(text.to_owned(), Origin::Here)
    } else if looks_like_an_address(text) {
        let address = Address::parse(text)?;
        plain(address.folder_name(), Origin::Repository(address))
    } else if Path::new(text).is_dir() {
        folder(Path::new(text))?
    } else {
        let entry = catalog.and_then(|lookup| lookup(text));
        let entry = entry.ok_or_else(|| LifeError::UnknownTarget(text.to_owned()))?;
        let address = Address::parse(&entry.repository)?;
        Target {
            name: address.folder_name(),
            origin: Origin::Repository(address),
            title: entry.title,
            needs: entry.needs,
        }
    };
    let name = name.map_or(target.name, str::to_owned);
    if !is_app_name(&name) {
        return Err(LifeError::BadName(name));
    }
    Ok(Target { name, ..target })
}

fn looks_like_an_address(text: &str) -> bool {
    text.contains("://")
        || text
            .split_once(':')
            .is_some_and(|(host, _)| !host.is_empty() && !host.contains('/') && !Path::new(text).exists())
}

/// A folder that is a repository is cloned, any other is copied.
fn folder(path: &Path) -> Result<Target, LifeError> {
    let path = path.canonicalize().map_err(LifeError::file("read", path))?;
    let is_bare = path.join("HEAD").is_file() && path.join("objects").is_dir();
    let address = Address::parse(&path.to_string_lossy())?;
    let name = address.folder_name();
    let origin = if path.join(".git").exists() || is_bare {
        Origin::Repository(address)
    } else {
        Origin::Folder(path)
    };
    Ok(Target { name, origin, title: None, needs: Needs::default() })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed set-up shall end the test")]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_target_is_understood() {
        let scratch = tempfile::tempdir().unwrap();
        let home = scratch.path();
        std::fs::create_dir_all(home.join("api/mine")).unwrap();
        std::fs::create_dir_all(home.join("src/plain")).unwrap();
        std::fs::create_dir_all(home.join("src/repo/.git")).unwrap();
        let lookup = |name: &str| {
            (name == "known").then(|| CatalogEntry {
                repository: "https://github.com/o/known.pinokio.git".into(),
                ..CatalogEntry::default()
            })
        };
        let at = |text: &str, name: Option<&str>| understand(home, text, name, Some(&lookup));
        let named = |text: &str| at(text, None).unwrap().name;
        assert_eq!(named("https://github.com/o/n.git"), "n");
        assert_eq!(named("git@github.com:o/n"), "n");
        assert_eq!(named("known"), "known.pinokio");
        assert!(matches!(at("mine", None).unwrap().origin, Origin::Here));
        let folder = |name: &str| home.join("src").join(name).display().to_string();
        assert!(matches!(at(&folder("plain"), None).unwrap().origin, Origin::Folder(_)));
        assert!(matches!(at(&folder("repo"), Some("x")).unwrap().origin, Origin::Repository(_)));
        assert!(matches!(at("unknown", None), Err(LifeError::UnknownTarget(_))));
        assert!(matches!(at("known", Some("../x")), Err(LifeError::BadName(_))));
    }
}
