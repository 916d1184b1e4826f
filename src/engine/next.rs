//! Where a script goes after a step: the field `next`, `jump` and `goto` (spec 10 §6, E7, E11, E12).
//!
//! Must not know: how steps run.

/// A target as a script writes it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Target {
    /// `null`: the normal end.
    End,
    /// An index.
    Index(f64),
    /// The id of a step.
    Id(String),
    /// Something else, as text.
    Other(String),
}

/// A target that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Successor {
    /// The normal end.
    End,
    /// This index.
    Step(usize),
}

/// What a look-up gave.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) successor: Successor,
    /// Several steps carry the id; the first counts.
    pub(crate) duplicate: bool,
}

/// Finds a target among the steps. `Err` says what is wrong with it.
pub(crate) fn find(target: &Target, ids: &[Option<String>]) -> Result<Found, String> {
    let single = |successor| Ok(Found { successor, duplicate: false });
    match target {
        Target::End => single(Successor::End),
        Target::Index(index) if index.fract() == 0.0 && *index >= 0.0 && *index < ids.len() as f64 => {
            single(Successor::Step(*index as usize))
        }
        Target::Index(index) => Err(format!(
            "there is no step {index}: the script has the steps 0 to {}",
            ids.len().saturating_sub(1)
        )),
        Target::Id(id) => {
            let mut carriers = ids
                .iter()
                .enumerate()
                .filter(|(_, known)| known.as_deref() == Some(id))
                .map(|(index, _)| index);
            let first = carriers.next().ok_or_else(|| unknown_id(id, ids))?;
            Ok(Found { successor: Successor::Step(first), duplicate: carriers.next().is_some() })
        }
        Target::Other(text) => {
            Err(format!("{text} names no step: use an index, the id of a step, or null to end"))
        }
    }
}

fn unknown_id(id: &str, ids: &[Option<String>]) -> String {
    let known: Vec<&str> = ids.iter().flatten().map(String::as_str).collect();
    match known.as_slice() {
        [] => format!("no step has the id \"{id}\"; no step of this script has an id"),
        known => format!("no step has the id \"{id}\"; known ids: {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids() -> Vec<Option<String>> {
        vec![None, Some("a".into()), Some("b".into()), Some("a".into())]
    }

    #[test]
    fn the_first_of_two_equal_ids_counts() {
        let found = find(&Target::Id("a".into()), &ids());
        assert_eq!(found, Ok(Found { successor: Successor::Step(1), duplicate: true }));
    }

    #[test]
    fn bad_targets_are_explained() {
        for target in [
            Target::Index(4.0),
            Target::Index(-1.0),
            Target::Index(0.5),
            Target::Index(f64::NAN),
            Target::Id("z".into()),
        ] {
            assert!(find(&target, &ids()).is_err(), "{target:?}");
        }
        assert_eq!(
            find(&Target::Id("z".into()), &ids()),
            Err("no step has the id \"z\"; known ids: a, b, a".into())
        );
    }
}
