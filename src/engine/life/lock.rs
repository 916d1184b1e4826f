//! One process at a time works on an app. The lock ends with its process, however that ends.
//!
//! Must not know: what the work is.

use std::{
    fs::{self, File, TryLockError},
    io::{Read as _, Seek as _, Write as _},
    path::{Path, PathBuf},
};

use super::LifeError;

/// Held while an app is being worked on.
#[derive(Debug)]
pub(crate) struct AppLock {
    _held: File,
}

fn file(home: &Path, app: &str) -> PathBuf {
    home.join("pino/locks").join(format!("{app}.lock"))
}

/// Takes the lock, or says who has it.
pub(crate) fn take(home: &Path, app: &str) -> Result<AppLock, LifeError> {
    let path = file(home, app);
    let folder = path.parent().unwrap_or(home);
    fs::create_dir_all(folder).map_err(LifeError::file("create", folder))?;
    let options = || File::options().read(true).write(true).create(true).truncate(false).open(&path);
    let mut held = options().map_err(LifeError::file("open", &path))?;
    match held.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(LifeError::Busy { app: app.to_owned(), holder: holder(&mut held) });
        }
        Err(TryLockError::Error(error)) => return Err(LifeError::file("lock", &path)(error)),
    }
    let note = |held: &mut File| {
        held.set_len(0)?;
        held.rewind()?;
        write!(held, "{}", std::process::id())
    };
    note(&mut held).map_err(LifeError::file("write", &path))?;
    Ok(AppLock { _held: held })
}

/// Nobody works on the app.
pub(crate) fn is_free(home: &Path, app: &str) -> bool {
    match File::open(file(home, app)) {
        // shared: the look itself must not look like work
        Ok(held) => !matches!(held.try_lock_shared(), Err(TryLockError::WouldBlock)),
        Err(_) => true,
    }
}

fn holder(held: &mut File) -> String {
    let mut text = String::new();
    match std::io::Read::by_ref(held).take(32).read_to_string(&mut text) {
        Ok(_) if !text.trim().is_empty() => text.trim().to_owned(),
        _ => "unknown".to_owned(),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed set-up shall end the test")]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_is_at_work() {
        let home = tempfile::tempdir().unwrap();
        assert!(is_free(home.path(), "a"));
        let first = take(home.path(), "a").unwrap();
        let error = take(home.path(), "a").unwrap_err().to_string();
        assert!(error.contains(&std::process::id().to_string()), "{error}");
        assert!(!is_free(home.path(), "a") && is_free(home.path(), "b"));
        drop(first);
        assert!(is_free(home.path(), "a"));
        take(home.path(), "a").unwrap();
    }
}
