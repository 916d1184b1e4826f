//! One program out of a wheel (a zip archive), written so that there is always a complete one.
//!
//! Must not know: where the wheel came from. Names in the archive are only compared, never used as paths.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

use zip::ZipArchive;

use super::WheelError;
use crate::DownloadError;

/// Larger than any program we fetch; an archive that unpacks to more is refused.
const MAX_BYTES: u64 = 1 << 30;

/// Writes the program to `target`.
pub(super) fn program(wheel: &Path, program: &str, target: &Path) -> Result<(), WheelError> {
    let file = wheel.file_name().unwrap_or_default().to_string_lossy().trim_start_matches('.').to_owned();
    let broken = |cause: String| WheelError::Broken { file: file.clone(), cause };
    let opened = File::open(wheel).map_err(DownloadError::file("read", wheel))?;
    let mut archive = ZipArchive::new(opened).map_err(|error| broken(error.to_string()))?;
    let position = archive.file_names().position(|name| name.is_ok_and(|name| is_program(&name, program)));
    let Some(position) = position else {
        return Err(WheelError::NoProgram { file, program: program.to_owned() });
    };
    let mut content = archive.by_index(position).map_err(|error| broken(error.to_string()))?;
    if content.size() > MAX_BYTES {
        return Err(broken(format!("{program} is too large")));
    }
    write(&mut content, target).map_err(DownloadError::file("write", target))?;
    Ok(())
}

/// `NAME.data/scripts/PROGRAM` or `…/bin/PROGRAM`.
fn is_program(name: &str, program: &str) -> bool {
    let Some((folder, file)) = name.rsplit_once('/') else { return false };
    let is_named = file == program || file.strip_suffix(".exe") == Some(program);
    is_named && (folder.ends_with(".data/scripts") || folder == "bin" || folder.ends_with("/bin"))
}

fn write(content: &mut impl Read, target: &Path) -> io::Result<()> {
    let folder = target.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let temporary = tempfile::Builder::new().prefix(".pino-").tempfile_in(folder)?;
    let size = io::copy(&mut content.take(MAX_BYTES + 1), &mut temporary.as_file())?;
    if size > MAX_BYTES {
        return Err(io::Error::other("the archive unpacks to more than it may"));
    }
    make_executable(temporary.as_file())?;
    temporary.as_file().sync_all()?;
    temporary.persist(target).map(|_| ()).map_err(|error| error.error)
}

#[cfg(unix)]
fn make_executable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_file: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing fixture is a failing test")]
    use std::io::Write as _;

    use zip::{ZipWriter, write::SimpleFileOptions};

    use super::*;

    fn wheel(folder: &Path, members: &[(&str, &str)]) -> std::path::PathBuf {
        let path = folder.join("uv-1-py3-none-any.whl");
        let mut writer = ZipWriter::new(File::create(&path).unwrap());
        for (name, text) in members {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(text.as_bytes()).unwrap();
        }
        writer.finish().unwrap();
        path
    }

    #[test]
    fn takes_the_program_and_makes_it_executable() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let wheel = wheel(
            folder.path(),
            &[("uv/uv", "no"), ("../bin/uvx", "no"), ("uv-1.data/scripts/uv", "#!program")],
        );
        let target = folder.path().join("bin/uv");
        program(&wheel, "uv", &target).unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "#!program");
        assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o755);
        assert!(matches!(program(&wheel, "other", &target), Err(WheelError::NoProgram { .. })));
    }

    #[test]
    fn a_file_that_is_no_archive_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("uv.whl");
        fs::write(&path, "<html>").unwrap();
        assert!(matches!(program(&path, "uv", &folder.path().join("uv")), Err(WheelError::Broken { .. })));
    }
}
