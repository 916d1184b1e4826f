//! What a shell printed, cleaned, below `<home>/logs/shell/cleaned`: to look at when the terminal is gone.
//!
//! Must not know: events. Nothing fails because a log cannot be written.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    path::{Component, Path, PathBuf},
};

/// A file this large makes room for a new one; one before it is kept.
const FILE_BYTES: u64 = 8 * 1024 * 1024;

/// Appends the output of a shell that a step of this script has had.
pub(super) fn append(home: &Path, script: &Path, index: usize, text: &str) {
    if text.is_empty() || !home.join("logs").is_dir() {
        return;
    }
    let file = file_of(home, script, index);
    if let Err(error) = write(&file, text) {
        tracing::debug!(%error, file = %file.display(), "the output of a shell was not logged");
    }
}

/// `<home>/logs/shell/cleaned/<script>.<index>.txt`; the script below the home's apps by its path there.
fn file_of(home: &Path, script: &Path, index: usize) -> PathBuf {
    let inside = script.strip_prefix(home).unwrap_or(script);
    let plain: PathBuf = inside.components().filter(|part| matches!(part, Component::Normal(_))).collect();
    let name = format!("{}.{index}.txt", plain.display());
    home.join("logs/shell/cleaned").join(name)
}

fn write(file: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    if fs::metadata(file).is_ok_and(|data| data.len() > FILE_BYTES) {
        let mut old = file.as_os_str().to_owned();
        old.push(".old");
        fs::rename(file, old)?;
    }
    let mut open = OpenOptions::new().append(true).create(true).open(file)?;
    let end = if text.ends_with('\n') { "" } else { "\n" };
    open.write_all(format!("{text}{end}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_of_the_home_and_others_have_their_place() {
        let home = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
        let script = home.path().join("api/app/start.js");
        append(home.path(), &script, 3, "nothing is made in a home without logs");
        fs::create_dir(home.path().join("logs")).unwrap_or_else(|error| panic!("{error}"));
        for text in ["one", "two\n", ""] {
            append(home.path(), &script, 3, text);
        }
        let place = home.path().join("logs/shell/cleaned");
        let read = |path: PathBuf| fs::read_to_string(path).unwrap_or_default();
        assert_eq!(read(place.join("api/app/start.js.3.txt")), "one\ntwo\n");
        append(home.path(), Path::new("/else/../where/x.js"), 0, "x");
        assert_eq!(read(place.join("else/where/x.js.0.txt")), "x\n");
    }

    #[test]
    fn a_large_file_makes_room() {
        let home = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
        let file = home.path().join("f.txt");
        fs::write(&file, vec![b'x'; FILE_BYTES as usize + 1]).unwrap_or_else(|error| panic!("{error}"));
        write(&file, "new").unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(fs::read_to_string(&file).unwrap_or_default(), "new\n");
        assert!(home.path().join("f.txt.old").exists());
    }
}
