//! `fs.rm`, also called `fs.remove`.
//!
//! Must not know: other verbs. Links are removed, not followed; what a slip would lose for good is refused.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use mlua::Value;

use crate::{
    Call, MethodError,
    params::{blocking, file_error},
};

/// Removes a file or folder with everything in it; a missing one is fine.
pub(super) async fn remove(call: &Call) -> Result<Value, MethodError> {
    let given = call.required("fs.rm", "path")?;
    let path = call.writable(&given)?;
    refuse_precious(call, &path)?;
    call.print_lines(&format!("rm {}\n", path.display()));
    let host = std::sync::Arc::clone(&call.host);
    blocking(move || {
        // other apps may see this folder of the drive through links
        let is_free = host.drive().store().check_removable(&path);
        is_free.map_err(|error| MethodError::Failed(format!("fs.rm: {error}")))?;
        remove_all(&path).map_err(file_error("remove", &path))
    })
    .await?;
    Ok(Value::Nil)
}

/// The home, the folder of all apps, the user's own folder, and whatever contains them.
fn refuse_precious(call: &Call, path: &Path) -> Result<(), MethodError> {
    let home = call.host.home();
    let user = std::env::var_os("HOME").map(PathBuf::from);
    let kept = [Some(home.join("api")), Some(home.to_owned()), user];
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let is_precious = |kept: &PathBuf| {
        let kept = kept.canonicalize().unwrap_or_else(|_| kept.clone());
        kept.starts_with(&real)
    };
    // a link to such a folder is only a link
    let is_link = path.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink());
    if !is_link && kept.iter().flatten().any(is_precious) {
        let text = format!(
            "fs.rm: {} holds other apps or the user's own files and is not removed; give the path of what should go",
            path.display()
        );
        return Err(MethodError::Failed(text));
    }
    Ok(())
}

fn remove_all(path: &Path) -> io::Result<()> {
    let removed = match path.symlink_metadata() {
        Ok(metadata) if metadata.is_dir() => remove_folder(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(())
        }
        other => other,
    }
}

/// Folders without write permission (caches of package managers) are opened first.
fn remove_folder(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            open_folders(path)?;
            fs::remove_dir_all(path)
        }
        other => other,
    }
}

#[cfg(unix)]
fn open_folders(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut permissions = path.symlink_metadata()?.permissions();
    permissions.set_mode(permissions.mode() | 0o700);
    fs::set_permissions(path, permissions)?;
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            open_folders(&entry.path())?;
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn open_folders(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing fixture is a failing test")]
    use super::*;

    #[test]
    fn removes_trees_and_links_but_not_what_links_point_at() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        fs::create_dir_all(at("tree/deep")).unwrap();
        fs::create_dir_all(at("kept")).unwrap();
        fs::write(at("kept/file"), "x").unwrap();
        std::os::unix::fs::symlink(at("kept"), at("tree/link")).unwrap();
        remove_all(&at("tree")).unwrap();
        assert!(!at("tree").exists() && at("kept/file").exists());
        std::os::unix::fs::symlink(at("kept"), at("link")).unwrap();
        remove_all(&at("link")).unwrap();
        assert!(at("kept/file").exists());
        remove_all(&at("missing")).unwrap();
        remove_all(&at("kept/file/below a file")).unwrap();
    }
}
