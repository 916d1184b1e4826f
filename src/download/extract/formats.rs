//! Every format with the same content, and what comes out of it.

#![expect(clippy::unwrap_used, reason = "a failing fixture is a failing test")]

use std::{
    fs,
    io::{Cursor, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::Path,
};

use tar::{Builder, Header};
use tokio_util::sync::CancellationToken;
use zip::{ZipWriter, write::SimpleFileOptions};

use super::{ExtractError, ExtractOptions, Extracted, extract};
use crate::NO_PROGRESS;

/// Made by another program; the library here only reads.
const SEVEN_ZIP: &str = "377abcaf271c00041c299f6cb9000000000000001600000000000000a8edee00e0002b00225d00170b82444d77ce6539a5726e7645dda1eeaeba906b53855d0b6636b5a2674585000000e000e400875d0000813307ae0fd0a606bc9f3f474104043237e70bbc4b0ce83127d5c587cf32c5b39066dc4a1501e6e3960a6b9c5a51bc5ef325f47748322472367a7ae5536a38413bf752c7195047fcad50e467f494500103a031648f2695fe3f8815cf1d8b644cdc3a2f250a95729d92aee1ad68cb27e263112ab1790762ff67629a2bb8b7e4ca6a56904300000017062a0109808f00070b010001212101180c80e50000";

fn tar() -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    let mut add = |name: &str, mode: u32, content: &[u8]| {
        let mut header = Header::new_gnu();
        header.set_mode(mode);
        header.set_mtime(1_600_000_000);
        header.set_size(content.len() as u64);
        builder.append_data(&mut header, name, content).unwrap();
    };
    add("t/bin/run", 0o755, b"#!/bin/sh\n");
    add("t/lib/text", 0o644, b"hello hello hello hello");
    let mut header = Header::new_gnu();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    builder.append_link(&mut header, "t/bin/link", "../lib/text").unwrap();
    builder.into_inner().unwrap()
}

fn zip() -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    writer.add_directory("t/bin/", options).unwrap();
    writer.start_file("t/bin/run", options.unix_permissions(0o755)).unwrap();
    writer.write_all(b"#!/bin/sh\n").unwrap();
    writer.start_file("t/lib/text", options.unix_permissions(0o644)).unwrap();
    writer.write_all(b"hello hello hello hello").unwrap();
    writer.add_symlink("t/bin/link", "../lib/text", options).unwrap();
    writer.finish().unwrap().into_inner()
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// One archive of each kind.
pub(super) fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let tar = tar();
    let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 1);
    xz.write_all(&tar).unwrap();
    let mut bz2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bz2.write_all(&tar).unwrap();
    let seven =
        (0..SEVEN_ZIP.len() / 2).map(|at| u8::from_str_radix(&SEVEN_ZIP[2 * at..2 * at + 2], 16).unwrap());
    vec![
        ("a.zip", zip()),
        ("a.tar.gz", gz(&tar)),
        ("a.tar.xz", xz.finish().unwrap()),
        ("a.tar.zst", zstd::encode_all(&*tar, 1).unwrap()),
        ("a.tar.bz2", bz2.finish().unwrap()),
        ("a.7z", seven.collect()),
        ("a.tar", tar),
    ]
}

fn unpack(name: &str, bytes: &[u8], into: &Path, strip: usize) -> Result<Extracted, ExtractError> {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join(name);
    fs::write(&archive, bytes).unwrap();
    let options = ExtractOptions { strip, ..ExtractOptions::default() };
    extract(&archive, into, &options, &CancellationToken::new(), NO_PROGRESS)
}

#[test]
fn every_format_gives_the_same_files() {
    for (name, bytes) in samples() {
        let folder = tempfile::tempdir().unwrap();
        let into = folder.path().join("into");
        fs::create_dir_all(into.join("bin")).unwrap();
        fs::write(into.join("bin/kept"), "kept").unwrap();
        fs::write(into.join("bin/run"), "old").unwrap();
        let extracted = unpack(name, &bytes, &into, 1).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(extracted, Extracted { files: 3, bytes: 33 }, "{name}");
        let read = |path: &str| fs::read_to_string(into.join(path)).unwrap();
        assert_eq!((read("bin/run").as_str(), read("bin/kept").as_str()), ("#!/bin/sh\n", "kept"), "{name}");
        assert_eq!(read("bin/link"), "hello hello hello hello", "{name}");
        assert!(into.join("bin/link").symlink_metadata().unwrap().is_symlink(), "{name}");
        let mode = fs::metadata(into.join("bin/run")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o755, "{name}");
        let mut entries: Vec<_> =
            fs::read_dir(&into).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        entries.sort();
        assert_eq!(entries, ["bin", "lib"], "{name}: nothing is left behind");
    }
}

#[test]
fn a_single_compressed_file_loses_its_ending() {
    let folder = tempfile::tempdir().unwrap();
    unpack("model.bin.gz", &gz(b"weights"), folder.path(), 0).unwrap();
    assert_eq!(fs::read_to_string(folder.path().join("model.bin")).unwrap(), "weights");
}

#[test]
fn what_is_no_archive_is_said_to_be_none() {
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join("into");
    for bytes in [&b""[..], b"<html>", &[7; 600]] {
        assert!(matches!(unpack("a.zip", bytes, &into, 0), Err(ExtractError::Unknown { .. })));
    }
    for (name, bytes) in samples() {
        let result = unpack(name, &bytes[..bytes.len() / 2], &into, 0);
        assert!(matches!(result, Err(ExtractError::Broken { .. })), "{name}: {result:?}");
    }
}

#[test]
fn it_can_be_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("a.tar");
    fs::write(&archive, tar()).unwrap();
    let cancel = CancellationToken::new();
    cancel.cancel();
    let into = folder.path().join("into");
    let result = extract(&archive, &into, &ExtractOptions::default(), &cancel, NO_PROGRESS);
    assert!(matches!(result, Err(ExtractError::Cancelled)));
    assert_eq!(fs::read_dir(&into).unwrap().count(), 0);
}
