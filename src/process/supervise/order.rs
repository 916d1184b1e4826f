//! Who has to start before whom.
//!
//! Must not know: what a start is.

use std::collections::{BTreeMap, BTreeSet};

/// Why there is no order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// They wait for each other.
    #[error("apps wait for each other: {}; take one of these dependencies away", .0.join(" → "))]
    Cycle(Vec<String>),
    /// A dependency that is not there.
    #[error("{app} needs {needs}, which is not there; install it or take the dependency away")]
    Unknown {
        /// Who needs it.
        app: String,
        /// What is needed.
        needs: String,
    },
}

/// Waves of starts: what is in one wave needs only what is in waves before it. Names within a wave keep the order they were given in.
pub fn start_order(apps: &[(String, Vec<String>)]) -> Result<Vec<Vec<String>>, OrderError> {
    let mut waiting: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (app, needs) in apps {
        waiting.entry(app).or_default().extend(needs.iter().map(String::as_str));
    }
    for (app, needs) in apps {
        if let Some(missing) = needs.iter().find(|name| !waiting.contains_key(name.as_str())) {
            return Err(OrderError::Unknown { app: app.clone(), needs: missing.clone() });
        }
    }
    let mut waves = Vec::new();
    while !waiting.is_empty() {
        let ready: BTreeSet<&str> =
            waiting.iter().filter(|(_, needs)| needs.is_empty()).map(|(app, _)| *app).collect();
        if ready.is_empty() {
            return Err(OrderError::Cycle(cycle(&waiting)));
        }
        waiting.retain(|app, _| !ready.contains(app));
        for needs in waiting.values_mut() {
            needs.retain(|name| !ready.contains(name));
        }
        let mut wave: Vec<String> = Vec::new();
        for (app, _) in apps {
            if ready.contains(app.as_str()) && !wave.contains(app) {
                wave.push(app.clone());
            }
        }
        waves.push(wave);
    }
    Ok(waves)
}

/// Follows the first dependency of each until one comes again.
fn cycle(waiting: &BTreeMap<&str, BTreeSet<&str>>) -> Vec<String> {
    let mut path: Vec<&str> = waiting.keys().take(1).copied().collect();
    while let Some(next) = path.last().and_then(|last| waiting.get(last)?.first().copied()) {
        if let Some(start) = path.iter().position(|seen| *seen == next) {
            path.drain(..start);
            path.push(next);
            break;
        }
        path.push(next);
    }
    path.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(apps: &[(&str, &[&str])]) -> Result<Vec<Vec<String>>, OrderError> {
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        start_order(&apps.iter().map(|(app, needs)| ((*app).to_owned(), own(needs))).collect::<Vec<_>>())
    }

    #[test]
    fn needed_ones_come_first() {
        let waves = order(&[("ui", &["api", "db"]), ("api", &["db"]), ("db", &[]), ("log", &[])]);
        assert_eq!(
            waves.map(|waves| waves.iter().map(|wave| wave.join(" ")).collect::<Vec<_>>()),
            Ok(vec!["db log".to_owned(), "api".to_owned(), "ui".to_owned()])
        );
        assert_eq!(order(&[]), Ok(vec![]));
    }

    #[test]
    fn a_circle_and_a_stranger_are_named() {
        let circle = order(&[("x", &["a"]), ("a", &["b"]), ("b", &["c"]), ("c", &["a"]), ("d", &[])]);
        assert_eq!(circle, Err(OrderError::Cycle(["a", "b", "c", "a"].map(str::to_owned).to_vec())));
        assert_eq!(order(&[("a", &["a"])]), Err(OrderError::Cycle(vec!["a".to_owned(), "a".to_owned()])));
        let unknown = OrderError::Unknown { app: "a".to_owned(), needs: "z".to_owned() };
        assert_eq!(order(&[("a", &["z"])]), Err(unknown));
    }
}
