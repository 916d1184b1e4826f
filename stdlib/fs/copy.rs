//! `fs.copy`: files and folders, as Node's `fs.cp` with `recursive` on.
//!
//! Must not know: the drive.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use mlua::Value;
use pino_vm::get_property;

use crate::{
    Call, MethodError,
    params::{blocking, file_error, truthy},
};

/// What of Node's options scripts use.
#[expect(clippy::struct_excessive_bools, reason = "the options of Node are switches")]
#[derive(Clone, Copy, Debug)]
struct Options {
    recursive: bool,
    overwrite: bool,
    error_on_exist: bool,
    dereference: bool,
}

/// Copies `src` to `dest`; folders are merged, existing files overwritten.
pub(super) async fn copy(call: &Call) -> Result<Value, MethodError> {
    let source = call.readable(&call.required("fs.copy", "src")?)?;
    let target = call.writable(&call.required("fs.copy", "dest")?)?;
    let options = options(call)?;
    blocking(move || {
        check(&source, &target, options)?;
        entry(&source, &target, options)
    })
    .await?;
    Ok(Value::Nil)
}

fn options(call: &Call) -> Result<Options, MethodError> {
    let given = call.param("options")?;
    let option = |name: &str, default: bool| match &given {
        Value::Table(table) => {
            let value = get_property(&call.lua, table, name)?;
            Ok::<_, MethodError>(if value.is_nil() { default } else { truthy(&value) })
        }
        _ => Ok(default),
    };
    Ok(Options {
        recursive: option("recursive", true)?,
        overwrite: option("force", true)? && option("overwrite", true)?,
        error_on_exist: option("errorOnExist", false)?,
        dereference: option("dereference", false)?,
    })
}

fn check(source: &Path, target: &Path, options: Options) -> Result<(), MethodError> {
    let metadata = fs::symlink_metadata(source).map_err(file_error("copy", source))?;
    let shown = (source.display(), target.display());
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if real(source) == real(target) {
        return Err(MethodError::Failed(format!(
            "fs.copy: {} and {} are the same; give another destination",
            shown.0, shown.1
        )));
    }
    if metadata.is_dir() && !options.recursive {
        let text = format!(
            "fs.copy: {} is a folder and options.recursive is false; leave the option out to copy folders",
            shown.0
        );
        return Err(MethodError::Failed(text));
    }
    if metadata.is_dir() && real_of_missing(target).starts_with(real(source)) {
        return Err(MethodError::Failed(format!(
            "fs.copy: {} lies inside {}; copy to a place outside of it",
            shown.1, shown.0
        )));
    }
    Ok(())
}

/// The path with its existing part resolved.
fn real_of_missing(path: &Path) -> PathBuf {
    let existing = path.ancestors().find(|above| above.exists()).unwrap_or(path);
    let rest = path.strip_prefix(existing).unwrap_or(Path::new(""));
    existing.canonicalize().unwrap_or_else(|_| existing.to_owned()).join(rest)
}

fn entry(source: &Path, target: &Path, options: Options) -> Result<(), MethodError> {
    let metadata = if options.dereference { fs::metadata(source) } else { fs::symlink_metadata(source) };
    let kind = metadata.map_err(file_error("copy", source))?.file_type();
    if kind.is_dir() {
        folder(source, target, options)
    } else if kind.is_symlink() {
        link(source, target, options)
    } else {
        file(source, target, options)
    }
}

fn folder(source: &Path, target: &Path, options: Options) -> Result<(), MethodError> {
    if target.exists() && !target.is_dir() {
        let text =
            format!("fs.copy: the folder {} cannot replace the file {}", source.display(), target.display());
        return Err(MethodError::Failed(text));
    }
    fs::create_dir_all(target).map_err(file_error("create the folder", target))?;
    for found in fs::read_dir(source).map_err(file_error("read the folder", source))? {
        let name = found.map_err(file_error("read the folder", source))?.file_name();
        entry(&source.join(&name), &target.join(&name), options)?;
    }
    Ok(())
}

fn file(source: &Path, target: &Path, options: Options) -> Result<(), MethodError> {
    if target.is_dir() {
        let text =
            format!("fs.copy: the file {} cannot replace the folder {}", source.display(), target.display());
        return Err(MethodError::Failed(text));
    }
    if !may_write(target, options)? {
        return Ok(());
    }
    let copy = || {
        make_parent(target)?;
        // the copy must not write through a link
        remove_link(target)?;
        fs::copy(source, target)
    };
    copy().map(|_| ()).map_err(file_error("copy", source))
}

/// Links stay links; a relative one that would point elsewhere from its new place becomes absolute, as in Node.
fn link(source: &Path, target: &Path, options: Options) -> Result<(), MethodError> {
    if !may_write(target, options)? {
        return Ok(());
    }
    let copy = || {
        let written = fs::read_link(source)?;
        let absolute = source.parent().unwrap_or(source).join(&written);
        let is_plain_sibling = written.is_relative() && !written.starts_with("..");
        make_parent(target)?;
        if target.symlink_metadata().is_ok() {
            fs::remove_file(target)?;
        }
        make_link(if is_plain_sibling || written.is_absolute() { &written } else { &absolute }, target)
    };
    copy().map_err(file_error("copy", source))
}

fn may_write(target: &Path, options: Options) -> Result<bool, MethodError> {
    if target.symlink_metadata().is_err() || options.overwrite {
        return Ok(true);
    }
    if options.error_on_exist {
        return Err(MethodError::Failed(format!(
            "fs.copy: {} exists and options.errorOnExist is set",
            target.display()
        )));
    }
    Ok(false)
}

fn make_parent(target: &Path) -> io::Result<()> {
    target.parent().map_or(Ok(()), fs::create_dir_all)
}

fn remove_link(target: &Path) -> io::Result<()> {
    if target.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink()) {
        fs::remove_file(target)
    } else {
        Ok(())
    }
}

#[cfg(unix)]
fn make_link(target: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

#[cfg(windows)]
fn make_link(target: &Path, link: &Path) -> io::Result<()> {
    if target.is_dir() {
        std::os::windows::fs::symlink_dir(target, link)
    } else {
        std::os::windows::fs::symlink_file(target, link)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing fixture is a failing test")]
    use super::*;

    const PLAIN: Options =
        Options { recursive: true, overwrite: true, error_on_exist: false, dereference: false };

    fn copied(source: &Path, target: &Path, options: Options) -> Result<(), MethodError> {
        check(source, target, options)?;
        entry(source, target, options)
    }

    #[test]
    fn merges_folders_and_keeps_links() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        fs::create_dir_all(at("a/sub")).unwrap();
        fs::write(at("a/sub/x"), "new").unwrap();
        std::os::unix::fs::symlink("sub/x", at("a/link")).unwrap();
        fs::create_dir_all(at("b/sub")).unwrap();
        fs::write(at("b/sub/x"), "old").unwrap();
        fs::write(at("b/kept"), "kept").unwrap();
        copied(&at("a"), &at("b"), PLAIN).unwrap();
        assert_eq!(fs::read_to_string(at("b/sub/x")).unwrap(), "new");
        assert_eq!(fs::read_to_string(at("b/link")).unwrap(), "new");
        assert!(at("b/kept").exists() && at("b/link").symlink_metadata().unwrap().is_symlink());
        let shy = Options { overwrite: false, ..PLAIN };
        fs::write(at("a/sub/x"), "newer").unwrap();
        copied(&at("a"), &at("b"), shy).unwrap();
        assert_eq!(fs::read_to_string(at("b/sub/x")).unwrap(), "new");
        assert!(copied(&at("a"), &at("b"), Options { error_on_exist: true, ..shy }).is_err());
    }

    #[test]
    fn refuses_itself_its_inside_and_folders_when_told() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        fs::create_dir_all(at("a/sub")).unwrap();
        assert!(copied(&at("a"), &at("a"), PLAIN).is_err());
        assert!(copied(&at("a"), &at("a/sub/deep"), PLAIN).is_err());
        assert!(copied(&at("a"), &at("b"), Options { recursive: false, ..PLAIN }).is_err());
        assert!(copied(&at("missing"), &at("b"), PLAIN).is_err());
    }
}
