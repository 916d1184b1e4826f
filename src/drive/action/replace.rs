//! A file gives up its own bytes and shares those of an equal one.
//!
//! Must not know: how equal files are found. Contents are compared here once more, byte for byte, before anything changes;
//! the old file keeps a name until the new one is in place and nobody wrote to the old one meanwhile.

use std::{
    fs::{File, FileTimes, Permissions},
    io,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    time::{Duration, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

use super::{NO_WAY, Outcome, Restore, Site, Way, site::swap_in};
use crate::{DriveError, copy, disk, hash, stat::Stat, swap::relative_target, text_path::TextPath};

/// Write permission of anybody.
const WRITABLE: u32 = 0o222;

/// `path` will share the bytes of `keeper`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Replace {
    pub path: TextPath,
    pub keeper: TextPath,
    /// Hash of both, in hexadecimal.
    pub hash: String,
    /// The file as it was when the plan was made.
    pub before: Stat,
    pub keeper_before: Stat,
    /// True: a symbolic link to the keeper, which lies in the store. False: shared blocks, else a hard link.
    pub by_symlink: bool,
}

impl Replace {
    pub(super) fn run(&self, site: &Site) -> Result<Outcome, DriveError> {
        if let Some(why) = self.obstacle(site) {
            return Ok(Outcome::skipped(why));
        }
        let temporary = site.temporary(&self.path);
        copy::remove_if_there(&temporary)?;
        if !self.is_equal(site)? {
            return Ok(Outcome::skipped("its content differs from that of the other file"));
        }
        let Some(way) = self.prepare(&temporary)? else { return Ok(Outcome::skipped(NO_WAY)) };
        if !Stat::of_plain(&self.path).is_some_and(|now| now.same_content_marks(&self.before)) {
            copy::remove_if_there(&temporary)?;
            return Ok(Outcome::skipped("it was written to meanwhile"));
        }
        if swap_in(&temporary, &self.path)? {
            let is_late = !Stat::of_plain(&temporary).is_some_and(|old| old.same_content_marks(&self.before));
            if is_late {
                swap_in(&temporary, &self.path)?;
            }
            copy::remove_if_there(&temporary)?;
            if is_late {
                return Ok(Outcome::skipped("it was written to meanwhile"));
            }
        }
        Ok(self.done(way))
    }

    fn done(&self, way: Way) -> Outcome {
        Outcome::Done { way: Some(way), ino: Stat::of_plain(&self.path).map(|stat| stat.ino) }
    }

    /// Why it is better to leave it alone.
    fn obstacle(&self, site: &Site) -> Option<&'static str> {
        let (Some(now), Some(keeper)) = (Stat::of_plain(&self.path), Stat::of_plain(&self.keeper)) else {
            return Some("it or the other file is gone");
        };
        if now.is_same_file(&keeper) {
            return Some("it shares its bytes already");
        }
        // an entry of the store is known by its hash
        let is_keeper_the_same = self.by_symlink || keeper.same_content_marks(&self.keeper_before);
        if !now.same_content_marks(&self.before) || !is_keeper_the_same {
            return Some("it has changed since it was looked at");
        }
        if site.is_open_for_writing(&now) || site.is_open_for_writing(&keeper) {
            return Some("a program has it open for writing");
        }
        None
    }

    fn is_equal(&self, site: &Site) -> Result<bool, DriveError> {
        let open = |path: &Path| File::open(path).map_err(DriveError::file("read", path));
        let (file, keeper) = (open(&self.path)?, open(&self.keeper)?);
        match hash::same_bytes(&file, &keeper, site.stop) {
            // what is about to be the only copy has to be on the disk first
            Ok(true) => disk::sync(&keeper).map(|()| true).map_err(DriveError::file("sync", &self.keeper.0)),
            Ok(false) => Ok(false),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(DriveError::Stopped),
            Err(error) => Err(DriveError::file("compare", &self.path.0)(error)),
        }
    }

    /// Makes what will take the place of the file. `None`: the file system has no way.
    fn prepare(&self, temporary: &Path) -> Result<Option<Way>, DriveError> {
        if self.by_symlink {
            let parent = self.path.parent().unwrap_or(&self.path);
            let target = relative_target(parent, &self.keeper);
            disk::symlink(&target, temporary).map_err(DriveError::file("create the link", temporary))?;
            return Ok(Some(Way::Symlink));
        }
        if copy::share_blocks(&self.keeper, temporary) {
            give_marks(temporary, &self.before)
                .map_err(DriveError::file("set time and permissions of", temporary))?;
            return Ok(Some(Way::Reflink));
        }
        if self.before.uid != self.keeper_before.uid {
            return Ok(None);
        }
        self.protect()?;
        match disk::hard_link(&self.keeper, temporary) {
            Ok(()) => Ok(Some(Way::HardLink)),
            Err(error) if error.kind() == io::ErrorKind::StorageFull => {
                Err(DriveError::file("create the link", temporary)(error))
            }
            Err(_) => Ok(None),
        }
    }

    /// A write through one name would change every other: nobody writes by mistake any more.
    fn protect(&self) -> Result<(), DriveError> {
        if self.keeper_before.mode & WRITABLE == 0 {
            return Ok(());
        }
        let permissions = Permissions::from_mode(self.keeper_before.mode & !WRITABLE);
        disk::set_permissions(&self.keeper, permissions).map_err(DriveError::file("protect", &self.keeper.0))
    }

    /// The temporary name has either what was going to take the place (removed), or the old file (removed only when equal).
    pub(super) fn recover(&self, site: &Site) -> Result<Outcome, DriveError> {
        let temporary = site.temporary(&self.path);
        let is_old = Stat::of_plain(&temporary)
            .is_some_and(|stat| stat.is_same_file(&self.before) && !stat.is_same_file(&self.keeper_before));
        if is_old {
            if self.path.symlink_metadata().is_err() {
                disk::rename_new(&temporary, &self.path)
                    .map_err(DriveError::file("restore", &self.path.0))?;
            } else if !copy::same_content(&temporary, &self.path).unwrap_or(false) {
                swap_in(&temporary, &self.path)?;
            }
        }
        copy::remove_if_there(&temporary)?;
        Ok(self.way_now().map_or_else(|| Outcome::Interrupted, |way| self.done(way)))
    }

    fn way_now(&self) -> Option<Way> {
        if self.path.symlink_metadata().ok()?.is_symlink() {
            return Some(Way::Symlink);
        }
        let now = Stat::of_plain(&self.path)?;
        if Stat::of_plain(&self.keeper).is_some_and(|keeper| keeper.is_same_file(&now)) {
            return Some(Way::HardLink);
        }
        let is_new_file = !now.is_same_file(&self.before);
        (is_new_file && (now.size, now.mtime_ns) == (self.before.size, self.before.mtime_ns))
            .then_some(Way::Reflink)
    }

    pub(super) fn inverse(&self, way: Way) -> Restore {
        Restore {
            path: self.path.clone(),
            keeper: self.keeper.clone(),
            was: self.before,
            keeper_mode: self.keeper_before.mode,
            way,
        }
    }
}

/// Time and permissions a file had.
pub(super) fn give_marks(path: &Path, marks: &Stat) -> io::Result<()> {
    let age = Duration::from_nanos(marks.mtime_ns.unsigned_abs());
    let modified = if marks.mtime_ns < 0 { UNIX_EPOCH - age } else { UNIX_EPOCH + age };
    disk::set_times(&File::open(path)?, FileTimes::new().set_modified(modified))?;
    disk::set_permissions(path, Permissions::from_mode(marks.mode))
}
