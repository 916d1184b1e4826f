//! Archives made to do harm: each is refused and leaves nothing, in the destination and outside of it.

#![expect(clippy::unwrap_used, reason = "a failing fixture is a failing test")]

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
};

use proptest::prelude::*;
use tar::{Builder, EntryType, Header};
use tokio_util::sync::CancellationToken;
use zip::{ZipWriter, write::SimpleFileOptions};

use super::{ExtractError, ExtractLimits, ExtractOptions, Extracted, extract};
use crate::NO_PROGRESS;

/// An entry of a tar: kind, name, target of a link, content.
type Member<'a> = (EntryType, &'a str, &'a str, &'a [u8]);

fn tar_of(folder: &Path, members: &[Member<'_>]) -> PathBuf {
    let path = folder.join("a.tar");
    let mut builder = Builder::new(File::create(&path).unwrap());
    for (kind, name, target, content) in members {
        let mut header = Header::new_gnu();
        header.set_entry_type(*kind);
        header.set_mode(0o6755);
        header.set_size(content.len() as u64);
        // the library's own setters refuse what an attacker writes
        let fields = header.as_old_mut();
        fields.name[..name.len()].copy_from_slice(name.as_bytes());
        fields.linkname[..target.len()].copy_from_slice(target.as_bytes());
        header.set_cksum();
        builder.append(&header, *content).unwrap();
    }
    builder.finish().unwrap();
    path
}

fn unpack(archive: &Path, into: &Path) -> Result<Extracted, ExtractError> {
    extract(archive, into, &ExtractOptions::default(), &CancellationToken::new(), NO_PROGRESS)
}

/// Everything below a folder, sorted.
fn found(folder: &Path) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().unwrap().is_dir() {
            paths.extend(found(&entry.path()));
        }
        paths.push(entry.path());
    }
    paths.sort();
    paths
}

/// Refused; the destination is empty and nothing else has changed.
fn refused(members: &[Member<'_>]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let archive = tar_of(folder.path(), members);
    let into = folder.path().join("in/to");
    fs::create_dir_all(&into).unwrap();
    let before = found(folder.path());
    let error = unpack(&archive, &into).unwrap_err();
    assert_eq!(found(folder.path()), before, "{members:?}");
    error.to_string()
}

const FILE: EntryType = EntryType::Regular;
const LINK: EntryType = EntryType::Symlink;
const HARD: EntryType = EntryType::Link;

#[test]
fn names_that_leave_the_folder() {
    for name in
        ["../evil", "a/../../evil", "/evil", "a/b/../../../evil", "..\\evil", "C:\\evil", "\\\\host\\evil"]
    {
        let text = refused(&[(FILE, "good", "", b"x"), (FILE, name, "", b"x")]);
        assert!(text.contains("dangerous"), "{text}");
    }
}

#[test]
fn links_that_leave_the_folder() {
    for target in ["/etc/passwd", "..", "../x", "a/../../x", "../to/../../x"] {
        let text = refused(&[(LINK, "link", target, b"")]);
        assert!(text.contains("dangerous"), "{target}: {text}");
    }
}

#[test]
fn files_written_through_links() {
    refused(&[(LINK, "d", "/tmp", b""), (FILE, "d/evil", "", b"x")]);
    // a harmless link, then a file below it: the name is a folder and a link at once
    refused(&[(EntryType::Directory, "s", "", b""), (LINK, "d", "s", b""), (FILE, "d/x", "", b"x")]);
    // the deeper link climbs from where the first one points
    refused(&[(LINK, "p/q/a", "../..", b""), (LINK, "p/q/a/c", "../../../x", b"")]);
    refused(&[(LINK, "a/b/d", "../..", b""), (LINK, "a/b/e", "d/..", b"")]);
}

#[test]
fn hard_links_to_what_the_archive_does_not_hold() {
    for target in ["/etc/passwd", "../a.tar", "missing"] {
        refused(&[(HARD, "h", target, b"")]);
    }
    refused(&[(LINK, "l", "x", b""), (HARD, "h", "l", b"")]);
}

#[test]
fn devices_and_pipes() {
    for kind in [EntryType::Char, EntryType::Block, EntryType::Fifo] {
        assert!(refused(&[(FILE, "x", "", b"x"), (kind, "dev", "", b"")]).contains("device"));
    }
}

#[test]
fn links_that_are_there_already_are_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let (into, outside) = (folder.path().join("into"), folder.path().join("outside"));
    fs::create_dir_all(&into).unwrap();
    fs::create_dir_all(&outside).unwrap();
    fs::write(outside.join("kept"), "kept").unwrap();
    std::os::unix::fs::symlink(&outside, into.join("d")).unwrap();
    std::os::unix::fs::symlink(outside.join("kept"), into.join("f")).unwrap();
    let archive = tar_of(folder.path(), &[(FILE, "d/kept", "", b"evil")]);
    assert!(matches!(unpack(&archive, &into), Err(ExtractError::InTheWay { .. })));
    // a link where a file goes is replaced, not written through
    let archive = tar_of(folder.path(), &[(FILE, "f", "", b"new")]);
    unpack(&archive, &into).unwrap();
    assert_eq!(fs::read_to_string(outside.join("kept")).unwrap(), "kept");
    assert_eq!(fs::read_to_string(into.join("f")).unwrap(), "new");
}

#[test]
fn no_file_gets_the_rights_of_another_user() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let archive = tar_of(folder.path(), &[(FILE, "x", "", b"x")]);
    let into = folder.path().join("into");
    unpack(&archive, &into).unwrap();
    assert_eq!(fs::metadata(into.join("x")).unwrap().permissions().mode() & 0o7777, 0o755);
}

fn limits(max_bytes: u64, max_files: u64, max_ratio: u64) -> ExtractOptions {
    ExtractOptions { strip: 0, limits: ExtractLimits { max_bytes, max_files, max_ratio } }
}

#[test]
fn bombs_are_stopped_early() {
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join("into");
    let path = folder.path().join("bomb.zip");
    let mut writer = ZipWriter::new(File::create(&path).unwrap());
    for index in 0..6 {
        writer.start_file(format!("{index}"), SimpleFileOptions::default()).unwrap();
        let zeros = vec![0; 1 << 20];
        (0..20).for_each(|_| writer.write_all(&zeros).unwrap());
    }
    writer.finish().unwrap();
    let default = ExtractOptions::default();
    for options in [default, limits(1 << 20, 100, 1 << 40), limits(1 << 40, 5, 1 << 40)] {
        let result = extract(&path, &into, &options, &CancellationToken::new(), NO_PROGRESS);
        assert!(matches!(result, Err(ExtractError::TooLarge { .. })), "{result:?}");
        assert_eq!(found(&into), Vec::<PathBuf>::new());
    }
    let all = limits(1 << 40, 100, 1 << 20);
    assert_eq!(extract(&path, &into, &all, &CancellationToken::new(), NO_PROGRESS).unwrap().bytes, 120 << 20);
}

#[test]
fn endless_names_do_not_fill_the_memory() {
    let folder = tempfile::tempdir().unwrap();
    let name = vec![b'a'; 16 << 20];
    let archive =
        tar_of(folder.path(), &[(EntryType::GNULongName, "././@LongLink", "", &name), (FILE, "x", "", b"x")]);
    assert!(matches!(unpack(&archive, &folder.path().join("into")), Err(ExtractError::Broken { .. })));
}

#[test]
fn what_a_killed_extraction_left_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join("into");
    fs::create_dir_all(into.join(".pino-extract-dead/sub")).unwrap();
    let archive = tar_of(folder.path(), &[(FILE, "x", "", b"x")]);
    unpack(&archive, &into).unwrap();
    assert_eq!(found(&into), [into.join("x")]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Any damage to a good archive ends in an error or in files below the destination, never in a panic.
    #[test]
    fn damaged_archives_do_no_harm(
        which in 0_usize..6,
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (name, mut bytes) = super::formats::samples().swap_remove(which);
        for (index, value) in &damage {
            let at = index.index(bytes.len());
            bytes[at] = *value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let archive = folder.path().join(name);
        fs::write(&archive, bytes).unwrap();
        let into = folder.path().join("in/to");
        let _ = unpack(&archive, &into);
        prop_assert_eq!(found(folder.path()).iter().filter(|path| !path.starts_with(folder.path().join("in"))).count(), 1);
        prop_assert!(fs::read_dir(folder.path().join("in")).map_or(0, Iterator::count) <= 1);
        for path in found(&into) {
            let real = path.canonicalize().unwrap_or_else(|_| path.clone());
            prop_assert!(real.starts_with(into.canonicalize().unwrap()) || real == path, "{path:?} leads to {real:?}");
        }
    }

    /// Whatever links and files an archive holds in whatever order, nothing appears outside.
    #[test]
    fn random_trees_stay_inside(members in proptest::collection::vec(
        (0_usize..4, "[ab](/[ab]){0,3}", "(\\.\\./){0,3}(/?)[ab]?(/[ab.]{1,2}){0,2}"), 1..12)
    ) {
        let folder = tempfile::tempdir().unwrap();
        let kinds = [FILE, LINK, HARD, EntryType::Directory];
        let members: Vec<Member<'_>> = members
            .iter()
            .map(|(kind, name, target)| (kinds[*kind], name.as_str(), if *kind == 0 || *kind == 3 { "" } else { target.as_str() }, &b"x"[..]))
            .map(|member| if member.0 == FILE { member } else { (member.0, member.1, member.2, &b""[..]) })
            .collect();
        let archive = tar_of(folder.path(), &members);
        let into = folder.path().join("in/to");
        let _ = unpack(&archive, &into);
        let _ = unpack(&archive, &into);
        let outside: Vec<_> = found(folder.path()).into_iter().filter(|path| !path.starts_with(&into)).collect();
        prop_assert_eq!(outside, [archive, folder.path().join("in")]);
        for path in found(&into) {
            // dangling links may be: then where they would lead counts
            if let Ok(real) = path.canonicalize() {
                prop_assert!(real.starts_with(into.canonicalize().unwrap()), "{path:?} leads to {real:?}");
            }
        }
    }
}
