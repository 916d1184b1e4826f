//! The health of links: which lead nowhere, in circles, or out of the home.
//!
//! Must not know: who made them.

use std::path::Path;

use serde::Serialize;

use crate::{
    DriveError, Scope, Store,
    scan::{FoundLink, Problem},
    text_path::TextPath,
    watch::Watch,
};

/// How a link is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    /// It leads to something in the home.
    Fine,
    /// It leads to something outside the home.
    Outside,
    /// It leads nowhere.
    Broken,
    /// It leads to itself, or to a folder it lies in.
    Circular,
}

/// A link and how it is.
#[derive(Clone, Debug, Serialize)]
pub struct LinkHealth {
    /// Where it lies.
    pub path: TextPath,
    /// What it says.
    pub target: TextPath,
    /// How it is.
    pub health: Health,
}

/// All links of a home.
#[derive(Clone, Debug, Serialize)]
pub struct LinksReport {
    /// Links, those of package managers left out unless they were asked for.
    pub links: Vec<LinkHealth>,
    /// How many lead somewhere in the home.
    pub fine: usize,
    /// How many lead out of the home.
    pub outside: usize,
    /// How many lead nowhere.
    pub broken: usize,
    /// How many lead in circles.
    pub circular: usize,
    /// Links of package managers that were left out.
    pub left_out: usize,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

impl Store {
    /// Looks at every link. `all`: also those inside environments.
    pub fn links(&self, all: bool, watch: &Watch<'_>) -> Result<LinksReport, DriveError> {
        let scan = self.scan(&Scope::default(), watch)?;
        let shown = scan.links.iter().filter(|link| all || !link.is_in_environment);
        let mut links: Vec<_> = shown.map(|link| self.look(link)).collect();
        links.sort_by(|a, b| a.path.cmp(&b.path));
        let count = |health| links.iter().filter(|link| link.health == health).count();
        Ok(LinksReport {
            fine: count(Health::Fine),
            outside: count(Health::Outside),
            broken: count(Health::Broken),
            circular: count(Health::Circular),
            left_out: scan.links.len() - links.len(),
            problems: scan.problems,
            links,
        })
    }

    fn look(&self, link: &FoundLink) -> LinkHealth {
        let path = link.path.as_path().into();
        LinkHealth { path, target: link.target.as_path().into(), health: health(&link.path, &self.home) }
    }
}

/// How the link at `path` is.
fn health(path: &Path, home: &Path) -> Health {
    match path.canonicalize() {
        Ok(real) if path.parent().is_some_and(|parent| parent.starts_with(&real)) => Health::Circular,
        Ok(real) if real.starts_with(home) => Health::Fine,
        Ok(_) => Health::Outside,
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => {
            Health::Circular
        }
        Err(_) => Health::Broken,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing fixture is a failing test")]
    use std::{fs, os::unix::fs::symlink};

    use super::*;

    #[test]
    fn tells_links_apart() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path().canonicalize().unwrap();
        let at = |path: &str| home.join("api/a").join(path);
        fs::create_dir_all(at("deep")).unwrap();
        fs::write(at("file"), "x").unwrap();
        for (target, name, expected) in [
            ("file", "fine", Health::Fine),
            ("/", "outside", Health::Circular),
            ("/usr", "usr", Health::Outside),
            ("nowhere", "broken", Health::Broken),
            ("self", "self", Health::Circular),
            ("..", "deep/up", Health::Circular),
        ] {
            symlink(target, at(name)).unwrap();
            assert_eq!(health(&at(name), &home), expected, "{name}");
        }
        let report = Store::new(&home).links(false, &Watch::nobody()).unwrap();
        assert_eq!((report.fine, report.outside, report.broken, report.circular), (1, 1, 1, 3));
    }
}
