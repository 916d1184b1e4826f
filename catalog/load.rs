//! The catalogue in memory: the bundled list, or a signed one beside it.
//!
//! Must not know: how lists are fetched.

use std::{collections::HashSet, path::Path};

use crate::{App, CatalogError, IndexSource, read_verified};

const BUNDLED: &str = include_str!(concat!(env!("OUT_DIR"), "/apps.json"));

/// Where a catalogue came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Built into the program.
    Bundled,
    /// Fetched and verified earlier.
    Fetched,
    /// The fetched one could not be used, for this reason; the bundled one stands in.
    BundledBecause(String),
}

/// All apps, sorted by id.
#[derive(Clone, Debug)]
pub struct Catalog {
    apps: Vec<App>,
    origin: Origin,
}

impl Catalog {
    /// The list built into the program.
    pub fn bundled() -> Result<Self, CatalogError> {
        Self::parse(BUNDLED.as_bytes(), Origin::Bundled)
    }

    /// The list fetched into `folder` when it verifies against the source's key, the bundled one otherwise: the list is
    /// never empty.
    pub fn open(folder: &Path, source: Option<&IndexSource>) -> Result<Self, CatalogError> {
        let Some(source) = source else { return Self::bundled() };
        let fetched = read_verified(folder, source)
            .and_then(|found| found.map(|bytes| Self::parse(&bytes, Origin::Fetched)).transpose());
        match fetched {
            Ok(Some(catalog)) => Ok(catalog),
            Ok(None) => Self::bundled(),
            Err(error) => Self::parse(BUNDLED.as_bytes(), Origin::BundledBecause(error.to_string())),
        }
    }

    /// Reads a JSON array of apps and checks every entry.
    pub fn parse(bytes: &[u8], origin: Origin) -> Result<Self, CatalogError> {
        let mut apps: Vec<App> = serde_json::from_slice(bytes)?;
        apps.sort_by(|left, right| left.id.cmp(&right.id));
        let mut known = HashSet::new();
        for app in &apps {
            check(app)?;
            if !known.insert(app.id.clone()) {
                return Err(entry(app, "stands in the list twice"));
            }
        }
        Ok(Self { apps, origin })
    }

    /// All apps, sorted by id.
    pub fn apps(&self) -> &[App] {
        &self.apps
    }

    /// Where the list came from.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The app of this id.
    pub fn get(&self, id: &str) -> Result<&App, CatalogError> {
        let found = self.apps.binary_search_by(|app| app.id.as_str().cmp(id)).ok();
        found
            .map(|index| &self.apps[index])
            .ok_or_else(|| CatalogError::NoSuchApp { id: id.to_owned(), near: self.nearest(id) })
    }

    /// The id that differs least, when it differs little.
    fn nearest(&self, id: &str) -> Option<String> {
        let best = self.apps.iter().map(|app| (strsim::jaro_winkler(&app.id, id), &app.id));
        let (score, near) = best.max_by(|left, right| left.0.total_cmp(&right.0))?;
        (score > 0.8).then(|| near.clone())
    }
}

/// Rules that the shape alone does not hold.
fn check(app: &App) -> Result<(), CatalogError> {
    let is_word = |text: &str| {
        !text.is_empty()
            && text.len() <= 64
            && !text.starts_with('-')
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    if !is_word(&app.id) {
        return Err(entry(app, "an id is made of a-z, 0-9 and -"));
    }
    if let Some(tag) = app.tags.iter().chain(&app.policy).find(|tag| !is_word(tag)) {
        return Err(entry(app, &format!("`{tag}` is no keyword: a-z, 0-9 and - only")));
    }
    let links = [Some(&app.repository), app.upstream.as_ref()];
    if let Some(link) = links.into_iter().flatten().find(|link| !is_link(link)) {
        return Err(entry(app, &format!("`{link}` is no https address without a password")));
    }
    let texts = [&app.title, &app.description];
    if texts
        .iter()
        .any(|text| text.trim().is_empty() || text.len() > 300 || text.chars().any(char::is_control))
    {
        return Err(entry(app, "title and description are one line of at most 300 bytes"));
    }
    Ok(())
}

fn is_link(text: &str) -> bool {
    text.strip_prefix("https://").is_some_and(|rest| {
        rest.contains('/')
            && !rest.contains(|sign: char| sign.is_whitespace() || sign == '@' || sign.is_control())
    })
}

fn entry(app: &App, reason: &str) -> CatalogError {
    CatalogError::Entry { id: app.id.clone(), reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn the_bundled_list_is_whole() {
        let catalog = Catalog::bundled().unwrap();
        assert!(catalog.apps().len() >= 120, "{}", catalog.apps().len());
        assert_eq!(catalog.get("wan2gp").unwrap().title, "Wan2GP");
    }

    #[test]
    fn every_file_is_named_after_its_app_and_fits_the_schema() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let schema = std::fs::read_to_string(folder.join("schema.json")).unwrap();
        let schema = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
        for file in std::fs::read_dir(folder.join("apps")).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let app: serde_json::Value =
                serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            assert_eq!(app["id"], path.file_stem().unwrap().to_str().unwrap());
            let faults: Vec<String> = schema.iter_errors(&app).map(|fault| fault.to_string()).collect();
            assert!(faults.is_empty(), "{}: {faults:?}", path.display());
        }
    }

    #[test]
    fn a_near_miss_is_named() {
        let error = Catalog::bundled().unwrap().get("wan2pg").unwrap_err().to_string();
        assert!(error.contains("did you mean `wan2gp`"), "{error}");
    }

    #[test]
    fn bad_entries_are_refused() {
        let good = serde_json::to_value(&Catalog::bundled().unwrap().apps()[0]).unwrap();
        let refused = |member: &str, value: serde_json::Value| {
            let mut bad = good.clone();
            bad[member] = value;
            Catalog::parse(serde_json::json!([bad]).to_string().as_bytes(), Origin::Bundled)
                .unwrap_err()
                .to_string()
        };
        assert!(refused("repository", "file:///etc/passwd".into()).contains("https"));
        assert!(refused("repository", "https://me:secret@example.org/a".into()).contains("https"));
        assert!(refused("id", "../up".into()).contains("an id is made of"));
        assert!(refused("description", "a\u{1b}[2Jb".into()).contains("one line"));
        assert!(refused("surprise", 1.into()).contains("unknown field"));
        let twice = serde_json::json!([good, good]).to_string();
        assert!(Catalog::parse(twice.as_bytes(), Origin::Bundled).unwrap_err().to_string().contains("twice"));
    }
}
