//! A program out of a wheel, from an index on the loopback.

#![expect(clippy::unwrap_used, reason = "a failing fixture is a failing test")]

mod support;

use std::{collections::BTreeMap, fs, io::Write as _};

use pino_download::{Downloads, NO_PROGRESS, WheelError, WheelProgram};
use sha2::{Digest as _, Sha256};
use support::{Reply, Request, Server, serve_file};
use tokio_util::sync::CancellationToken;
use zip::{ZipWriter, write::SimpleFileOptions};

const FILE: &str = "uv-1.2.3-py3-none-any.whl";

fn wheel() -> Vec<u8> {
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.start_file("uv-1.2.3.data/scripts/uv", SimpleFileOptions::default()).unwrap();
    writer.write_all(b"#!/bin/sh\necho uv 1.2.3\n").unwrap();
    writer.finish().unwrap().into_inner()
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

/// An index that gives this checksum for the wheel.
async fn index(sha256: String) -> Server {
    let wheel = wheel();
    Server::start(move |request: &Request, _| match request.path.as_str() {
        "/simple/uv/" => {
            let hash = if sha256.is_empty() { String::new() } else { format!("#sha256={sha256}") };
            Reply::new(200, format!("<a href=\"../../files/{FILE}{hash}\">{FILE}</a>"))
                .with("content-type", "text/html")
        }
        path if path.ends_with(FILE) => serve_file(request, &wheel, "\"1\""),
        _ => Reply::new(404, ""),
    })
    .await
}

async fn install(server: &Server, into: &std::path::Path, package: &str) -> Result<(), WheelError> {
    let env: BTreeMap<_, _> =
        [("PIP_CONFIG_FILE", "/dev/null".to_owned()), ("PIP_INDEX_URL", server.url("/simple"))]
            .map(|(k, v)| (k.to_owned(), v))
            .into();
    let wanted = WheelProgram { package, program: "uv", version: None, into, env: &env };
    let installed =
        Downloads::new().install_wheel_program(&wanted, &CancellationToken::new(), NO_PROGRESS).await?;
    assert_eq!((installed.version.as_str(), installed.path), ("1.2.3", into.join("uv")));
    Ok(())
}

#[tokio::test]
async fn the_program_of_a_verified_wheel_is_installed_and_the_wheel_removed() {
    let folder = tempfile::tempdir().unwrap();
    install(&index(digest(&wheel())).await, folder.path(), "uv").await.unwrap();
    let output = std::process::Command::new(folder.path().join("uv")).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "uv 1.2.3\n");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn what_cannot_be_verified_is_not_installed() {
    let folder = tempfile::tempdir().unwrap();
    let unverified = install(&index(String::new()).await, folder.path(), "uv").await;
    assert!(matches!(unverified, Err(WheelError::NoChecksum { .. })), "{unverified:?}");
    let wrong = install(&index("0".repeat(64)).await, folder.path(), "uv").await;
    assert!(matches!(wrong, Err(WheelError::Download(_))), "{wrong:?}");
    let server = index(digest(&wheel())).await;
    let absent = install(&server, folder.path(), "other").await.unwrap_err();
    assert!(
        matches!(absent, WheelError::NotOffered { .. }) && absent.to_string().contains("404"),
        "{absent}"
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
