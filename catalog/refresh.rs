//! Fetching a signed list: verified and read before it replaces the one in use.
//!
//! Must not know: where the home is, proxies (the client knows).

use std::{fs, path::Path};

use crate::{
    Catalog, CatalogError, IndexSource, Origin,
    signed::{INDEX_FILE, INDEX_LIMIT_BYTES, SIGNATURE_SUFFIX, verify},
};

/// What a refresh brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refreshed {
    /// Apps in the list now in use.
    pub apps: usize,
}

/// Fetches list and signature, checks both, then puts them into `folder`. Nothing changes when anything is wrong.
pub async fn refresh(
    client: &reqwest::Client,
    source: &IndexSource,
    folder: &Path,
) -> Result<Refreshed, CatalogError> {
    let index = fetch(client, &source.url).await?;
    let signature = fetch(client, &format!("{}{SIGNATURE_SUFFIX}", source.url)).await?;
    verify(&index, &signature, source)?;
    let catalog = Catalog::parse(&index, Origin::Fetched)?;
    // signature last: between the two the old signature does not fit, and the bundled list stands in
    write(folder, INDEX_FILE, &index)?;
    write(folder, &format!("{INDEX_FILE}{SIGNATURE_SUFFIX}"), &signature)?;
    Ok(Refreshed { apps: catalog.apps().len() })
}

async fn fetch(client: &reqwest::Client, url: &str) -> Result<Vec<u8>, CatalogError> {
    let failed = |source| CatalogError::Fetch { url: url.to_owned(), source };
    let answer = client.get(url).send().await.and_then(reqwest::Response::error_for_status);
    let mut answer = answer.map_err(failed)?;
    let mut bytes = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(failed)? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > INDEX_LIMIT_BYTES {
            return Err(CatalogError::TooLarge { url: url.to_owned(), limit_bytes: INDEX_LIMIT_BYTES });
        }
    }
    Ok(bytes)
}

/// Writes beside the place, then renames.
fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), CatalogError> {
    let path = folder.join(name);
    let failed = |source| CatalogError::File { action: "write", path: path.clone(), source };
    fs::create_dir_all(folder).map_err(failed)?;
    let fresh = folder.join(format!(".{name}.new"));
    fs::write(&fresh, bytes).map_err(failed)?;
    fs::rename(&fresh, &path).map_err(failed)
}
