//! How many apps there are of each kind, for the lists beside a search.
//!
//! Must not know: who shows them.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::App;

/// Counts by kind; tags with the commonest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Facets {
    /// Apps a shelf.
    pub categories: BTreeMap<&'static str, usize>,
    /// Apps a tag, commonest first.
    pub tags: Vec<(String, usize)>,
    /// Apps a system.
    pub platforms: BTreeMap<&'static str, usize>,
    /// Apps a kind of hardware.
    pub accelerators: BTreeMap<&'static str, usize>,
}

/// Counts these apps.
pub fn facets<'a>(apps: impl IntoIterator<Item = &'a App>) -> Facets {
    let mut facets = Facets::default();
    let mut tags: BTreeMap<&str, usize> = BTreeMap::new();
    for app in apps {
        *facets.categories.entry(app.category.word()).or_default() += 1;
        for platform in &app.platforms {
            *facets.platforms.entry(platform.word()).or_default() += 1;
        }
        for accelerator in &app.accelerators {
            *facets.accelerators.entry(accelerator.word()).or_default() += 1;
        }
        for tag in &app.tags {
            *tags.entry(tag).or_default() += 1;
        }
    }
    facets.tags = tags.into_iter().map(|(tag, count)| (tag.to_owned(), count)).collect();
    facets.tags.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
    facets
}
