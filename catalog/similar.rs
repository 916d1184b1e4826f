//! Apps like a given one, by shared tags and needs.
//!
//! Must not know: what people have installed.

use std::collections::HashMap;

use crate::{App, Catalog};

/// The most similar apps, best first; those that share nothing are left out.
///
/// A shared tag counts the more the rarer it is (logarithm of its share, as in text search); the shelf, the hardware and
/// nearness of known memory needs add a little.
pub fn similar<'a>(catalog: &'a Catalog, app: &App, at_most: usize) -> Vec<&'a App> {
    let weights = tag_weights(catalog.apps());
    let mut scored: Vec<(f64, &App)> = catalog
        .apps()
        .iter()
        .filter(|other| other.id != app.id)
        .map(|other| (likeness(app, other, &weights), other))
        .filter(|(score, _)| *score > 0.5)
        .collect();
    scored.sort_by(|left, right| right.0.total_cmp(&left.0).then_with(|| left.1.id.cmp(&right.1.id)));
    scored.into_iter().take(at_most).map(|(_, other)| other).collect()
}

fn tag_weights(apps: &[App]) -> HashMap<&str, f64> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for tag in apps.iter().flat_map(|app| &app.tags) {
        *counts.entry(tag).or_default() += 1;
    }
    counts.into_iter().map(|(tag, count)| (tag, (apps.len() as f64 / count as f64).ln())).collect()
}

fn likeness(app: &App, other: &App, weights: &HashMap<&str, f64>) -> f64 {
    let shared = app.tags.iter().filter(|tag| other.tags.contains(tag));
    let tags: f64 = shared.map(|tag| weights.get(tag.as_str()).copied().unwrap_or_default()).sum();
    let same_shelf = if app.category == other.category { 0.6 } else { 0.0 };
    let hardware = app.accelerators.iter().filter(|kind| other.accelerators.contains(kind)).count();
    let memory = match (app.needs.vram.gib(), other.needs.vram.gib()) {
        (Some(left), Some(right)) => 0.4 * (1.0 - (left - right).abs() / left.max(right).max(1.0)),
        _ => 0.0,
    };
    let same_project = if app.upstream.is_some() && app.upstream == other.upstream { 3.0 } else { 0.0 };
    let hint = if hardware > 0 { 0.1 } else { 0.0 };
    if tags == 0.0 && same_shelf == 0.0 && same_project == 0.0 {
        return 0.0;
    }
    tags + same_shelf + memory + same_project + hint
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn launchers_of_one_project_come_first_then_rare_tags() {
        let catalog = Catalog::bundled().unwrap();
        let like = similar(&catalog, catalog.get("open-webui").unwrap(), 5);
        assert_eq!(like[0].id, "open-webui-labs");
        assert!(
            like[1..].iter().any(|app| app.id == "chatbot-ollama"),
            "{:?}",
            like.iter().map(|app| &app.id).collect::<Vec<_>>()
        );
        assert!(like.iter().all(|app| app.id != "open-webui"));
    }
}
