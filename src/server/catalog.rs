//! The catalogue of a home: the list in use, full-text search over it, its refresh; joins the catalogue's data with the
//! state's search index.
//!
//! Must not know: the command line.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use pino_catalog::{
    Accelerator, App, Catalog, CatalogError, Filter, IndexSource, Machine, Platform, Refreshed,
};
use pino_engine::state::{Document, SearchError, SearchIndex};
use serde::{Deserialize, Serialize};

/// The catalogue's own types, for those who show them.
pub mod data {
    pub use pino_catalog::*;
}

/// How much a hit counts by field: id, title, tags, category, description, upstream.
const WEIGHTS: &[f64] = &[6.0, 8.0, 4.0, 2.0, 1.0, 1.0];

/// Why there is no catalogue, or no fresh one.
#[derive(Debug, thiserror::Error)]
pub enum AppCatalogError {
    /// The list.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The index.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// Nobody has said where a list is published.
    #[error("no published list is known in this home; name one with --url and --key")]
    NoSource,
    /// The file that remembers the source.
    #[error("could not {action} {}: {source}", path.display())]
    File {
        /// Read or write.
        action: &'static str,
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// As the source is written down.
#[derive(Serialize, Deserialize)]
struct SourceFile {
    url: String,
    public_key: String,
}

/// The list of a home, ready for questions.
pub struct AppCatalog {
    catalog: Catalog,
    index: SearchIndex,
}

impl AppCatalog {
    /// The list fetched into the home when there is a good one, the bundled one otherwise.
    pub fn open(home: &Path) -> Result<Self, AppCatalogError> {
        let catalog = list(home)?;
        let index = SearchIndex::new(WEIGHTS)?;
        index.replace(catalog.apps().iter().map(document))?;
        Ok(Self { catalog, index })
    }

    /// The list itself.
    pub fn list(&self) -> &Catalog {
        &self.catalog
    }

    /// Apps that meet the filter: for a text the best first, without one all by id.
    pub fn search(&self, query: &str, filter: &Filter, limit: usize) -> Result<Vec<&App>, AppCatalogError> {
        let apps = self.catalog.apps();
        if query.trim().is_empty() {
            return Ok(apps.iter().filter(|app| filter.accepts(app)).take(limit).collect());
        }
        let hits = self.index.search(query, apps.len())?;
        let found = hits.iter().filter_map(|hit| self.catalog.get(&hit.id).ok());
        Ok(found.filter(|app| filter.accepts(app)).take(limit).collect())
    }
}

fn document(app: &App) -> Document {
    let upstream = app.upstream.clone().unwrap_or_default();
    let category = app.category.word().to_owned();
    let fields = vec![
        app.id.clone(),
        app.title.clone(),
        app.tags.join(" "),
        category,
        app.description.clone(),
        upstream,
    ];
    Document { id: app.id.clone(), fields }
}

/// The list alone, without an index: for a look-up by name.
pub fn list(home: &Path) -> Result<Catalog, AppCatalogError> {
    Ok(Catalog::open(&folder(home), source(home)?.as_ref())?)
}

/// Fetches the published list, from `fresh` (remembered from then on) or from where it came last.
pub async fn refresh(home: &Path, fresh: Option<IndexSource>) -> Result<Refreshed, AppCatalogError> {
    let source = fresh.clone().map_or_else(|| source(home), |fresh| Ok(Some(fresh)))?;
    let source = source.ok_or(AppCatalogError::NoSource)?;
    let client = reqwest::Client::builder().user_agent("pino").build();
    let client = client.map_err(|error| CatalogError::Fetch { url: source.url.clone(), source: error })?;
    let refreshed = pino_catalog::refresh(&client, &source, &folder(home)).await?;
    if let Some(fresh) = fresh {
        remember(home, &fresh)?;
    }
    Ok(refreshed)
}

fn folder(home: &Path) -> PathBuf {
    home.join("pino/catalog")
}

fn source(home: &Path) -> Result<Option<IndexSource>, AppCatalogError> {
    let path = folder(home).join("source.json");
    let failed = |source| AppCatalogError::File { action: "read", path: path.clone(), source };
    match fs::read(&path) {
        Ok(bytes) => {
            let file: SourceFile =
                serde_json::from_slice(&bytes).map_err(io::Error::other).map_err(failed)?;
            Ok(Some(IndexSource { url: file.url, public_key: file.public_key }))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

fn remember(home: &Path, source: &IndexSource) -> Result<(), AppCatalogError> {
    let path = folder(home).join("source.json");
    let failed = |source| AppCatalogError::File { action: "write", path: path.clone(), source };
    let file = SourceFile { url: source.url.clone(), public_key: source.public_key.clone() };
    let text = serde_json::to_string_pretty(&file).map_err(io::Error::other).map_err(failed)?;
    fs::write(&path, text).map_err(failed)
}

/// This machine, as far as the catalogue compares it.
pub fn this_machine(home: &Path) -> Machine {
    const GIB: f64 = 1_073_741_824.0;
    let machine = pino_engine::machine();
    let platform = machine.platform.parse().unwrap_or(Platform::Linux);
    let mut accelerators = vec![Accelerator::Cpu];
    accelerators.extend(machine.gpu.parse::<Accelerator>().ok());
    let largest = machine.gpus.iter().map(|gpu| gpu.vram_mib).max();
    Machine {
        platform,
        accelerators,
        vram_gib: Some(largest.unwrap_or_default() as f64 / 1024.0),
        ram_gib: Some(machine.memory.total_bytes as f64 / GIB),
        disk_gib: pino_engine::free_disk_bytes(home).map(|bytes| bytes as f64 / GIB),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn ids(catalog: &AppCatalog, query: &str, filter: &Filter) -> Vec<String> {
        catalog.search(query, filter, 10).unwrap().iter().map(|app| app.id.clone()).collect()
    }

    #[test]
    fn the_best_hit_comes_first_and_errors_of_typing_are_forgiven() {
        let home = tempfile::tempdir().unwrap();
        let catalog = AppCatalog::open(home.path()).unwrap();
        assert_eq!(ids(&catalog, "fooocus", &Filter::default())[0], "fooocus");
        assert_eq!(ids(&catalog, "wan2", &Filter::default())[0], "wan2gp");
        assert!(ids(&catalog, "comfiui", &Filter::default())[0].contains("comfy"));
        assert!(ids(&catalog, "zzqqxx", &Filter::default()).is_empty());
        let hostile = ids(&catalog, "\") OR 1=1 -- *", &Filter::default());
        assert!(hostile.len() <= 10);
    }

    #[test]
    fn a_filter_narrows_what_was_found() {
        let home = tempfile::tempdir().unwrap();
        let catalog = AppCatalog::open(home.path()).unwrap();
        let filter = Filter { category: Some(pino_catalog::Category::Music), ..Filter::default() };
        assert!(ids(&catalog, "text-to-music", &filter).len() >= 5);
        assert!(ids(&catalog, "comfyui", &filter).is_empty());
        assert_eq!(ids(&catalog, "", &filter).len(), 10);
    }

    #[tokio::test]
    async fn without_a_published_list_the_next_step_is_named() {
        let home = tempfile::tempdir().unwrap();
        let error = refresh(home.path(), None).await.unwrap_err().to_string();
        assert!(error.contains("--url"), "{error}");
    }
}
