//! A list of apps with a minisign signature beside it.
//!
//! Must not know: the network.

use std::{fs, io, path::Path};

use minisign_verify::{PublicKey, Signature};

use crate::CatalogError;

/// File of the fetched list in its folder.
pub(crate) const INDEX_FILE: &str = "index.json";
/// Its signature: the same address or path with this appended, as minisign writes it.
pub(crate) const SIGNATURE_SUFFIX: &str = ".minisig";
/// A list of 10,000 apps is about 8 MB.
pub(crate) const INDEX_LIMIT_BYTES: usize = 64 << 20;

/// Who publishes the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexSource {
    /// Address of the JSON array; the signature lies at the same address with `.minisig` appended.
    pub url: String,
    /// The publisher's minisign public key (base64, the second line of the `.pub` file).
    pub public_key: String,
}

/// The list fetched earlier, verified again; `None` when there is none.
pub fn read_verified(folder: &Path, source: &IndexSource) -> Result<Option<Vec<u8>>, CatalogError> {
    let path = folder.join(INDEX_FILE);
    let Some(index) = read(&path)? else { return Ok(None) };
    let Some(signature) = read(&folder.join(format!("{INDEX_FILE}{SIGNATURE_SUFFIX}")))? else {
        return Err(CatalogError::Signature("the signature file is missing".to_owned()));
    };
    verify(&index, &signature, source)?;
    Ok(Some(index))
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, CatalogError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(CatalogError::File { action: "read", path: path.to_owned(), source }),
    }
}

/// The bytes are what the publisher signed.
pub(crate) fn verify(index: &[u8], signature: &[u8], source: &IndexSource) -> Result<(), CatalogError> {
    let key = PublicKey::from_base64(source.public_key.trim())
        .map_err(|error| CatalogError::Key(error.to_string()))?;
    let text = std::str::from_utf8(signature).map_err(|error| CatalogError::Signature(error.to_string()))?;
    let signature = Signature::decode(text).map_err(|error| CatalogError::Signature(error.to_string()))?;
    key.verify(index, &signature, false).map_err(|error| CatalogError::Signature(error.to_string()))
}
