//! Signed lists over loopback: taken when the signature fits, refused otherwise, with the bundled list as fallback.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    thread,
};

use minisign::KeyPair;
use pino_catalog::{Catalog, IndexSource, Origin, refresh};

/// Serves these paths, then ends after `requests` answers.
fn serve(files: Vec<(&'static str, Vec<u8>)>, requests: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().take(requests) {
            let mut stream = stream.unwrap();
            let mut head = [0; 4096];
            let length = stream.read(&mut head).unwrap();
            let head = String::from_utf8_lossy(&head[..length]).into_owned();
            let path = head.split(' ').nth(1).unwrap_or_default();
            let (status, body) = match files.iter().find(|(name, _)| *name == path) {
                Some((_, body)) => ("200 OK", body.as_slice()),
                None => ("404 Not Found", b"".as_slice()),
            };
            let start =
                format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            stream.write_all(start.as_bytes()).unwrap();
            stream.write_all(body).unwrap();
        }
    });
    format!("http://{address}")
}

fn sign(keys: &KeyPair, bytes: &[u8]) -> Vec<u8> {
    minisign::sign(None, &keys.sk, bytes, None, None).unwrap().into_string().into_bytes()
}

fn list() -> Vec<u8> {
    let mut app = serde_json::to_value(&Catalog::bundled().unwrap().apps()[0]).unwrap();
    app["id"] = "only-one".into();
    serde_json::to_vec(&[app]).unwrap()
}

#[tokio::test]
async fn a_signed_list_is_used_and_a_forged_one_is_not() {
    let keys = KeyPair::generate_unencrypted_keypair().unwrap();
    let index = list();
    let files = vec![("/index.json", index.clone()), ("/index.json.minisig", sign(&keys, &index))];
    let source = IndexSource { url: serve(files, 2) + "/index.json", public_key: keys.pk.to_base64() };
    let folder = tempfile::tempdir().unwrap();
    let client = reqwest::Client::new();
    assert_eq!(refresh(&client, &source, folder.path()).await.unwrap().apps, 1);
    let catalog = Catalog::open(folder.path(), Some(&source)).unwrap();
    assert_eq!((catalog.origin(), catalog.apps().len()), (&Origin::Fetched, 1));

    let forged = String::from_utf8(index).unwrap().replace("only-one", "other-one").into_bytes();
    let files = vec![("/index.json", forged.clone()), ("/index.json.minisig", sign(&keys, &list()))];
    let second = IndexSource { url: serve(files, 2) + "/index.json", ..source.clone() };
    let error = refresh(&client, &second, folder.path()).await.unwrap_err().to_string();
    assert!(error.contains("does not fit"), "{error}");
    assert_eq!(Catalog::open(folder.path(), Some(&source)).unwrap().apps()[0].id, "only-one");

    std::fs::write(folder.path().join("index.json"), forged).unwrap();
    let catalog = Catalog::open(folder.path(), Some(&source)).unwrap();
    assert!(matches!(catalog.origin(), Origin::BundledBecause(_)));
    assert!(catalog.apps().len() >= 120);
}

#[tokio::test]
async fn no_network_leaves_the_bundled_list() {
    let source = IndexSource { url: "http://127.0.0.1:9/index.json".to_owned(), public_key: "x".to_owned() };
    let folder = tempfile::tempdir().unwrap();
    let error = refresh(&reqwest::Client::new(), &source, folder.path()).await.unwrap_err().to_string();
    assert!(error.contains("stays as it is"), "{error}");
    assert!(Catalog::open(folder.path(), Some(&source)).unwrap().apps().len() >= 120);
}
