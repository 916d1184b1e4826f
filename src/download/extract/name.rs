//! Names in archives as paths below the destination, or the reason why not.
//!
//! Must not know: files.

use std::path::{Component, Path, PathBuf};

const MAX_NAME_BYTES: usize = 255;
const MAX_PATH_BYTES: usize = 4000;
const MAX_DEPTH: usize = 128;

/// The path of a name, without its first `strip` folders; nothing when nothing of it is left.
pub(super) fn relative(name: &[u8], strip: usize) -> Result<Option<PathBuf>, String> {
    let text = to_path(name)?;
    let mut parts = Vec::new();
    for component in text.components() {
        match component {
            Component::Normal(part) => {
                if part.len() > MAX_NAME_BYTES {
                    return Err("has a name that is too long".to_owned());
                }
                parts.push(part);
            }
            Component::CurDir => {}
            Component::ParentDir => return Err("leaves the folder with `..`".to_owned()),
            Component::RootDir | Component::Prefix(_) => return Err("is an absolute path".to_owned()),
        }
    }
    if parts.len() > MAX_DEPTH || name.len() > MAX_PATH_BYTES {
        return Err("lies too deep".to_owned());
    }
    let path: PathBuf = parts.iter().skip(strip).collect();
    Ok(Some(path).filter(|path| !path.as_os_str().is_empty()))
}

/// A link may point to what lies below the destination: first upwards (not above it), then down, never up again, because
/// on the way down it may meet another link.
pub(super) fn link_target(link: &Path, target: &[u8]) -> Result<PathBuf, String> {
    let path = to_path(target)?;
    let mut height = link.components().count() - 1;
    let mut goes_down = false;
    for component in path.components() {
        match component {
            Component::Normal(_) => goes_down = true,
            Component::CurDir => {}
            Component::ParentDir if goes_down => {
                return Err(format!(
                    "is a link with `..` inside its target {:?}",
                    path.display().to_string()
                ));
            }
            Component::ParentDir => {
                height = height.checked_sub(1).ok_or_else(|| {
                    format!("is a link out of the folder, to {:?}", path.display().to_string())
                })?;
            }
            Component::RootDir | Component::Prefix(_) => {
                return Err(format!("is a link to the absolute path {:?}", path.display().to_string()));
            }
        }
    }
    if path.as_os_str().is_empty() { Err("is a link to nothing".to_owned()) } else { Ok(path) }
}

#[cfg(unix)]
fn to_path(name: &[u8]) -> Result<PathBuf, String> {
    use std::os::unix::ffi::OsStrExt as _;
    refuse_odd(name)?;
    Ok(PathBuf::from(std::ffi::OsStr::from_bytes(name)))
}

#[cfg(not(unix))]
fn to_path(name: &[u8]) -> Result<PathBuf, String> {
    refuse_odd(name)?;
    Ok(PathBuf::from(String::from_utf8_lossy(name).into_owned()))
}

/// What some system would take for an absolute path, and names that cannot be.
fn refuse_odd(name: &[u8]) -> Result<(), String> {
    if name.contains(&0) {
        return Err("has a NUL in its name".to_owned());
    }
    let is_drive = name.len() >= 2 && name[0].is_ascii_alphabetic() && name[1] == b':';
    if is_drive || name.starts_with(b"\\") {
        return Err("is an absolute path of Windows".to_owned());
    }
    // on Windows this would leave the folder; nobody means it elsewhere
    let text = String::from_utf8_lossy(name);
    if text.split(['/', '\\']).any(|part| part == "..") && text.contains("..\\") {
        return Err("leaves the folder with `..`".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Follows a path through folders without links.
    fn stays_below(start: &Path, path: &Path) -> bool {
        let mut depth = start.components().count() as i64;
        path.components().all(|component| {
            match component {
                Component::Normal(_) => depth += 1,
                Component::ParentDir => depth -= 1,
                Component::CurDir => {}
                Component::RootDir | Component::Prefix(_) => return false,
            }
            depth >= 0
        })
    }

    proptest! {
        #[test]
        fn no_name_leaves_the_folder(name in "[a-c./\\\\:\u{0}]{0,24}", strip in 0_usize..4) {
            if let Ok(Some(path)) = relative(name.as_bytes(), strip) {
                prop_assert!(path.components().all(|part| matches!(part, Component::Normal(_))), "{path:?}");
            }
        }

        #[test]
        fn no_link_leaves_the_folder(link in "[a-c]{1,2}(/[a-c]{1,2}){0,3}", target in "(\\.\\./|\\./|[a-c]/|/){0,6}[a-c.]{0,2}") {
            let link = PathBuf::from(link);
            if let Ok(path) = link_target(&link, target.as_bytes()) {
                prop_assert!(stays_below(link.parent().unwrap_or(Path::new("")), &path), "{link:?} -> {path:?}");
            }
        }

        #[test]
        fn any_bytes_are_fine(name in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = (relative(&name, 0), link_target(Path::new("a/b"), &name));
        }
    }

    #[test]
    fn strips_folders() {
        assert_eq!(relative(b"node-v1/bin/node", 1), Ok(Some("bin/node".into())));
        assert_eq!(relative(b"./node-v1/", 1), Ok(None));
        assert_eq!(link_target(Path::new("bin/npm"), b"../lib/cli.js"), Ok("../lib/cli.js".into()));
        assert!(link_target(Path::new("bin/npm"), b"../../lib").is_err());
        assert!(link_target(Path::new("a/b/c"), b"x/../../y").is_err());
    }
}
