//! The checksum of a file on disk.
//!
//! Must not know: downloads.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use crate::{Algorithm, Checksum, DownloadError, request::Hasher};

const READ_BYTES: usize = 1 << 20;

/// The file's checksum in lower-case hexadecimal digits. Reads the whole file.
pub(crate) async fn digest(path: &Path, algorithm: Algorithm) -> Result<String, DownloadError> {
    let owned = path.to_owned();
    let read = move || {
        let mut file = File::open(owned)?;
        let mut hasher = Hasher::new(algorithm, file.metadata()?.len());
        let mut buffer = vec![0; READ_BYTES];
        loop {
            match file.read(&mut buffer)? {
                0 => return Ok(hasher.hex()),
                count => hasher.update(&buffer[..count]),
            }
        }
    };
    let result = tokio::task::spawn_blocking(read).await.unwrap_or_else(|error| Err(io::Error::other(error)));
    result.map_err(DownloadError::file("read", path))
}

/// The checksum of a file. Reads the whole file.
pub async fn digest_of(path: &Path, algorithm: Algorithm) -> Result<Checksum, DownloadError> {
    Ok(Checksum { algorithm, hex: digest(path, algorithm).await? })
}
