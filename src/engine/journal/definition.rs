//! Whether a script still means what it meant: a hash for every step as written, before any template.
//!
//! Must not know: what the steps do.

use std::path::Path;

use super::place::{hash_of, json};
use crate::program::{Entry, Field, Program};

/// Hashes of steps, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Definition(Vec<i64>);

/// The hashes of a script's steps. Functions have no text here; the file's own hash speaks for them.
pub(super) fn of(program: &Program) -> Definition {
    Definition(program.steps.iter().map(entry).collect())
}

/// Hash of a script's file.
pub(super) fn source_hash(path: &Path) -> Option<i64> {
    std::fs::read(path).ok().map(|bytes| hash_of(&bytes))
}

/// True when a step before this one has a function in it.
pub(super) fn has_function_before(program: &Program, position: usize) -> bool {
    program
        .steps
        .iter()
        .take(position)
        .any(|entry| matches!(entry, Entry::Step(step) if step.function.is_some()))
}

impl Definition {
    pub(super) fn to_json(&self) -> String {
        // whole numbers beyond 2^53 are text, so that every reader of JSON keeps them
        let numbers: Vec<_> = self.0.iter().map(i64::to_string).collect();
        serde_json::to_string(&numbers).unwrap_or_default()
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let numbers: Vec<String> = serde_json::from_str(text).ok()?;
        numbers.iter().map(|number| number.parse().ok()).collect::<Option<_>>().map(Self)
    }

    /// Index of the first step before `position` that differs.
    pub(super) fn first_change(&self, now: &Self, position: usize) -> Option<usize> {
        (0..position).find(|index| self.0.get(*index) != now.0.get(*index))
    }
}

fn entry(entry: &Entry) -> i64 {
    let Entry::Step(step) = entry else { return i64::from(matches!(entry, Entry::Empty)) };
    let fields: [(&str, &Field); 8] = [
        ("method", &step.method),
        ("uri", &step.uri),
        ("when", &step.when),
        ("id", &step.id),
        ("next", &step.next),
        ("params", &step.params),
        ("returns", &step.returns),
        ("notify", &step.notify),
    ];
    let mut text = String::new();
    for (name, field) in fields {
        if let Some(value) = field.raw() {
            text.push_str(name);
            text.push(' ');
            text.push_str(&json(value));
            text.push('\n');
        }
    }
    hash_of(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_from_the_position_on_do_not_count() {
        let was = Definition(vec![1, i64::MIN, 3]);
        assert_eq!(Definition::parse(&was.to_json()), Some(was.clone()));
        assert_eq!(was.first_change(&Definition(vec![1, i64::MIN, 9, 9]), 2), None);
        assert_eq!(was.first_change(&Definition(vec![1, 2, 3]), 2), Some(1));
        assert_eq!(was.first_change(&Definition(vec![1]), 2), Some(1));
    }
}
