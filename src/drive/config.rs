//! The index of a drive, `drives.json`: which repository's route lives in which folder.
//!
//! Must not know: what is in the folders. The shape is the reference's, so an existing drive goes on working:
//! `{ "<git address>": { "<route>": "<absolute folder>" } }`.

use std::{
    collections::HashSet,
    fs, io,
    path::{Component, Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::{Map, Value};

use crate::{DriveError, disk, remote::same_repository};

/// The index and where it lies.
#[derive(Debug)]
pub(crate) struct DriveIndex {
    drive_home: PathBuf,
    owners: Map<String, Value>,
}

impl DriveIndex {
    /// Reads the index; a missing one is empty.
    pub(crate) fn load(drive_home: &Path) -> Result<Self, DriveError> {
        let path = index_path(drive_home);
        let owners = match fs::read(&path) {
            Ok(text) => parse(&path, &text)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Map::new(),
            Err(error) => return Err(DriveError::file("read", path)(error)),
        };
        Ok(Self { drive_home: drive_home.to_owned(), owners })
    }

    /// Writes it so that there is always a complete one.
    pub(crate) fn save(&self) -> Result<(), DriveError> {
        let path = index_path(&self.drive_home);
        let text = serde_json::to_vec_pretty(&self.owners).map_err(io::Error::from);
        text.and_then(|text| disk::write_atomically(&path, &text)).map_err(DriveError::file("write", path))
    }

    /// The folder of a route: what one of the candidates has already, else a new one on a candidate's drive, else on a new drive.
    pub(crate) fn folder_for(&self, route: &str, candidates: &[&str]) -> Result<PathBuf, DriveError> {
        check_route(route)?;
        let known = candidates.iter().flat_map(|candidate| self.routes_of(candidate));
        let exact = known.clone().find(|(name, _)| *name == route);
        if let Some((_, folder)) = exact {
            return Ok(self.anchored(folder));
        }
        let on_known_drive = known.clone().find_map(|(_, folder)| self.drive_of(&self.anchored(folder)));
        Ok(on_known_drive.unwrap_or_else(|| self.new_drive()).join(route))
    }

    /// Notes the folder of a route for these owners.
    pub(crate) fn record(&mut self, owners: &[&str], route: &str, folder: &Path) {
        for owner in owners {
            let known = self.owners.keys().find(|key| same_repository(key, owner)).cloned();
            let routes = self
                .owners
                .entry(known.unwrap_or_else(|| (*owner).to_owned()))
                .or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(routes) = routes {
                routes.insert(route.to_owned(), Value::String(folder.to_string_lossy().into_owned()));
            }
        }
    }

    /// Every route with its folder, whoever owns it.
    pub(crate) fn all(&self) -> Vec<(String, String, PathBuf)> {
        let owners = self.owners.keys();
        let routes = owners.flat_map(|owner| {
            let of_owner = self.owners.get(owner).and_then(Value::as_object).into_iter().flatten();
            of_owner.filter_map(move |(route, folder)| Some((owner.clone(), route.clone(), folder.as_str()?)))
        });
        routes.map(|(owner, route, folder)| (owner, route, self.anchored(Path::new(folder)))).collect()
    }

    fn routes_of<'s>(&'s self, owner: &str) -> Vec<(&'s str, &'s Path)> {
        let of_owner = self.owners.iter().filter(|(key, _)| same_repository(key, owner));
        let routes = of_owner.filter_map(|(_, routes)| routes.as_object()).flatten();
        routes.filter_map(|(name, folder)| Some((name.as_str(), Path::new(folder.as_str()?)))).collect()
    }

    /// Folders are noted absolutely; when the home has moved, the same folder is looked for below its new place.
    fn anchored(&self, folder: &Path) -> PathBuf {
        let peers = self.peers();
        if folder.starts_with(&peers) {
            return folder.to_owned();
        }
        let components: Vec<_> = folder.components().collect();
        let tail = components.windows(2).rposition(|pair| {
            pair[0] == Component::Normal("drives".as_ref()) && pair[1] == Component::Normal("peers".as_ref())
        });
        let moved = tail.map(|at| components[at + 2..].iter().fold(peers, |path, part| path.join(part)));
        moved.filter(|moved| moved.is_dir() || !folder.is_dir()).unwrap_or_else(|| folder.to_owned())
    }

    /// `…/drives/peers/d123/models/x` → `…/drives/peers/d123`.
    fn drive_of(&self, folder: &Path) -> Option<PathBuf> {
        let peers = self.peers();
        let name = folder.strip_prefix(&peers).ok()?.components().next()?;
        Some(peers.join(name))
    }

    fn new_drive(&self) -> PathBuf {
        let peers = self.peers();
        let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64);
        let promised: HashSet<_> = self
            .owners
            .keys()
            .flat_map(|owner| self.routes_of(owner))
            .filter_map(|(_, folder)| self.drive_of(folder))
            .collect();
        let is_free = |path: &PathBuf| !path.exists() && !promised.contains(path);
        let free = (now_ms..u64::MAX).map(|ms| peers.join(format!("d{ms}"))).find(is_free);
        free.unwrap_or(peers)
    }

    fn peers(&self) -> PathBuf {
        self.drive_home.join("drives").join("peers")
    }
}

fn index_path(drive_home: &Path) -> PathBuf {
    drive_home.join("drives.json")
}

fn parse(path: &Path, text: &[u8]) -> Result<Map<String, Value>, DriveError> {
    let broken = |cause: String| DriveError::BrokenIndex { path: path.to_owned(), cause };
    match serde_json::from_slice(text) {
        Ok(Value::Object(owners)) => Ok(owners),
        Ok(_) => Err(broken("it is not an object".to_owned())),
        Err(error) => Err(broken(error.to_string())),
    }
}

pub(crate) fn check_route(route: &str) -> Result<(), DriveError> {
    let path = Path::new(route);
    let is_plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    let is_good = is_plain && !route.is_empty() && !route.starts_with('.') && !route.contains(['\\', '\0']);
    if is_good { Ok(()) } else { Err(DriveError::BadRoute { route: route.to_owned() }) }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing fixture is a failing test")]
    use super::*;

    const OWNER: &str = "https://h/a/b.git";

    #[test]
    fn known_route_then_known_drive_then_new_drive() {
        let home = tempfile::tempdir().unwrap();
        let mut index = DriveIndex::load(home.path()).unwrap();
        let first = index.folder_for("models", &[OWNER]).unwrap();
        index.record(&[OWNER, "https://h/peer.git"], "models", &first);
        index.save().unwrap();
        let index = DriveIndex::load(home.path()).unwrap();
        assert_eq!(index.folder_for("models", &["git@h:a/b.git"]).unwrap(), first);
        assert_eq!(index.folder_for("models", &["https://h/peer"]).unwrap(), first);
        assert_eq!(index.folder_for("loras/x", &[OWNER]).unwrap(), first.parent().unwrap().join("loras/x"));
        assert_ne!(index.folder_for("models", &["https://h/other.git"]).unwrap(), first);
    }

    #[test]
    fn a_moved_home_keeps_its_folders() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir_all(home.path().join("drives/peers/d7/models")).unwrap();
        fs::write(
            home.path().join("drives.json"),
            r#"{"https://h/a/b.git":{"models":"/gone/drive/drives/peers/d7/models"}}"#,
        )
        .unwrap();
        let index = DriveIndex::load(home.path()).unwrap();
        assert_eq!(index.folder_for("models", &[OWNER]).unwrap(), home.path().join("drives/peers/d7/models"));
    }

    #[test]
    fn refuses_routes_that_leave_the_drive_and_broken_indexes() {
        let home = tempfile::tempdir().unwrap();
        let index = DriveIndex::load(home.path()).unwrap();
        for bad in ["", "/x", "../x", "a/../../x", ".hidden", "./x"] {
            assert!(matches!(index.folder_for(bad, &[OWNER]), Err(DriveError::BadRoute { .. })), "{bad}");
        }
        fs::write(home.path().join("drives.json"), "{").unwrap();
        assert!(matches!(DriveIndex::load(home.path()), Err(DriveError::BrokenIndex { .. })));
    }
}
