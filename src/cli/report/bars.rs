//! Progress of downloads: bars at a terminal, a line now and then without one.
//!
//! Must not know: what is downloaded.

use std::collections::BTreeMap;

use indicatif::{HumanBytes, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use pino_model::Data;

/// Without a terminal a line is printed for so many steps of the way.
const STEPS: f64 = 10.0;

/// All bars that are shown.
pub(super) struct Bars {
    screen: MultiProgress,
    live: bool,
    shown: BTreeMap<String, Shown>,
}

struct Shown {
    bar: ProgressBar,
    told: f64,
}

impl Bars {
    pub(super) fn new(live: bool) -> Self {
        let target = if live { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self { screen: MultiProgress::with_draw_target(target), live, shown: BTreeMap::new() }
    }

    /// Takes a `progress` packet; gives a line when one is due and there is no terminal.
    pub(super) fn update(&mut self, data: &Data) -> Option<String> {
        let label = data.get("label").as_str().unwrap_or("download").to_owned();
        let number = |name: &str| match data.get(name) {
            Data::Number(value) if *value >= 0.0 => Some(*value as u64),
            _ => None,
        };
        let (done, total) = (number("done").unwrap_or(0), number("total"));
        let screen = &self.screen;
        let shown = self
            .shown
            .entry(label.clone())
            .or_insert_with(|| Shown { bar: screen.add(bar(&label, total)), told: -1.0 });
        shown.bar.set_position(done);
        let finished = total.is_some_and(|total| done >= total);
        if finished {
            shown.bar.finish_and_clear();
        }
        let share = total
            .filter(|total| *total > 0)
            .map_or(0.0, |total| (done as f64 / total as f64 * STEPS).floor());
        let due = !self.live && share > shown.told;
        shown.told = shown.told.max(share);
        if finished {
            self.shown.remove(&label);
        }
        due.then(|| match total {
            Some(total) => format!("{label}: {} of {}", HumanBytes(done), HumanBytes(total)),
            None => format!("{label}: {}", HumanBytes(done)),
        })
    }

    /// Prints without tearing the bars.
    pub(super) fn suspend(&self, print: impl FnOnce()) {
        if self.live && !self.shown.is_empty() { self.screen.suspend(print) } else { print() }
    }

    /// A step is over: so are its bars.
    pub(super) fn clear(&mut self) {
        for (_, shown) in std::mem::take(&mut self.shown) {
            shown.bar.finish_and_clear();
        }
    }
}

fn bar(label: &str, total: Option<u64>) -> ProgressBar {
    let (bar, template) = match total {
        Some(total) => {
            (ProgressBar::new(total), "{prefix} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec} {eta}")
        }
        None => (ProgressBar::new_spinner(), "{prefix} {bytes} {bytes_per_sec}"),
    };
    // a template of ours is valid; the default one would do as well
    let bar = bar.with_prefix(label.to_owned());
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style.progress_chars("=> ")),
        Err(_) => bar,
    }
}
