//! The table in docs/methods.md names every method, and no other.

#![expect(clippy::unwrap_used, reason = "a failing read is a failing test")]

use std::{collections::BTreeSet, fs, path::Path};

#[test]
fn the_table_in_the_docs_is_complete() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/methods.md");
    let text = fs::read_to_string(path).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let told: BTreeSet<&str> = rows.map(|(name, _)| name).filter(|name| *name != "kernel.*").collect();
    let there: BTreeSet<&str> = pino_stdlib::methods().collect();
    assert_eq!(there.difference(&told).collect::<Vec<_>>(), Vec::<&&str>::new(), "not in the table");
    assert_eq!(told.difference(&there).collect::<Vec<_>>(), Vec::<&&str>::new(), "gone, but in the table");
}
