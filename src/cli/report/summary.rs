//! What a run leaves in the reader's mind: steps, time, exit codes that were not zero, warnings, the app's address.
//!
//! Must not know: terminals.

use std::fmt::Write as _;

use pino_model::{Data, ExitStatus};

use super::{describe::duration, style};

/// Warnings shown one by one; the rest is counted.
const SHOWN: usize = 10;

/// Collected while the run goes on.
#[derive(Debug, Default)]
pub(super) struct Summary {
    steps: usize,
    skipped: usize,
    exit_codes: Vec<String>,
    warnings: Vec<String>,
    address: Option<String>,
}

impl Summary {
    pub(super) fn step(&mut self) {
        self.steps += 1;
    }

    pub(super) fn skip(&mut self) {
        self.skipped += 1;
    }

    pub(super) fn exit_code(&mut self, place: &str, code: i64) {
        self.exit_codes.push(format!("{place} ended with exit code {code}"));
    }

    /// The same warning of the same place counts once.
    pub(super) fn warning(&mut self, place: &str, message: &str) {
        let text = format!("{place}: {message}");
        if !self.warnings.contains(&text) {
            self.warnings.push(text);
        }
    }

    /// An app shows itself by `local.url`.
    pub(super) fn variables(&mut self, local: &Data) {
        if let Some(url) = local.get("url").as_str().filter(|url| !url.is_empty()) {
            self.address = Some(url.to_owned());
        }
    }

    pub(super) fn address(&self) -> Option<&str> {
        self.address.as_deref()
    }

    /// The text at the end of the run.
    pub(super) fn text(&self, status: ExitStatus, wall_ms: u64) -> String {
        let (word, look) = match status {
            ExitStatus::Done => ("done", style::GOOD),
            ExitStatus::Daemon => ("ready, then stopped", style::GOOD),
            ExitStatus::Error => ("failed", style::BAD),
            ExitStatus::Stopped => ("stopped", style::CARE),
            ExitStatus::Timeout => ("stopped: the time was over", style::CARE),
        };
        let skipped = if self.skipped > 0 { format!(" ({} skipped)", self.skipped) } else { String::new() };
        let steps = plural(self.steps, "step");
        let mut text = format!("\n{look}{word}{} · {steps}{skipped} · {}\n", style::PLAIN, duration(wall_ms));
        for line in &self.exit_codes {
            line_of(&mut text, line);
        }
        if !self.warnings.is_empty() {
            line_of(&mut text, &plural(self.warnings.len(), "warning"));
            for warning in self.warnings.iter().take(SHOWN) {
                line_of(&mut text, &format!("  {warning}"));
            }
            if self.warnings.len() > SHOWN {
                line_of(&mut text, &format!("  … and {} more", self.warnings.len() - SHOWN));
            }
        }
        if let Some(address) = &self.address
            && status != ExitStatus::Error
        {
            line_of(&mut text, &format!("the app was at {address}"));
        }
        text
    }
}

fn line_of(text: &mut String, line: &str) {
    // writing into memory cannot fail
    let _ = writeln!(text, "  {line}");
}

fn plural(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_says_what_matters() {
        let mut summary = Summary::default();
        summary.step();
        summary.skip();
        summary.exit_code("step 1", 2);
        summary.warning("step 1", "odd");
        summary.warning("step 1", "odd");
        let text = anstream::adapter::strip_str(&summary.text(ExitStatus::Done, 1_500)).to_string();
        assert_eq!(
            text,
            "\ndone · 1 step (1 skipped) · 1.5 s\n  step 1 ended with exit code 2\n  1 warning\n    step 1: odd\n"
        );
    }
}
