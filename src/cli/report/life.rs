//! How far an installation or update is, for people: a bar at a terminal, lines without one.
//!
//! Must not know: how an app is installed.

use std::{
    io::IsTerminal as _,
    sync::{Arc, Mutex, PoisonError},
};

use indicatif::{HumanBytes, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use pino_engine::life::{
    Attendance, LifeEvent, Stage,
    preflight::{Finding, Preflight, Verdict},
};
use tokio_util::sync::CancellationToken;

use super::{Terminal, TerminalPrompter, style};

/// Who attends a command on the life of an app. As JSON every event is a line on stderr, so that stdout has one document.
pub(crate) fn attendance(as_json: bool, cancel: CancellationToken) -> Attendance {
    if as_json {
        let on_event = Arc::new(|event: LifeEvent| {
            if let Ok(line) = serde_json::to_string(&event) {
                super::line_on_stderr(&line);
            }
        });
        return Attendance { on_event, observer: None, prompter: None, cancel };
    }
    let screen = Arc::new(Screen::default());
    let asks = std::io::stdin().is_terminal();
    let prompter = asks.then(|| Arc::new(TerminalPrompter::new().0) as _);
    Attendance {
        on_event: Arc::new(move |event| screen.show(event)),
        observer: Some(Arc::new(Terminal::new())),
        prompter,
        cancel,
    }
}

#[derive(Default)]
struct Screen {
    bar: Mutex<Option<(String, ProgressBar)>>,
}

impl Screen {
    fn show(&self, event: LifeEvent) {
        match event {
            LifeEvent::Stage { stage, what } => {
                self.clear();
                super::line_on_stderr(&format!("{}{}{} {what}", style::STEP, words(stage), style::PLAIN));
            }
            LifeEvent::Progress { label, done, total, unit } => self.progress(label, done, total, unit),
            LifeEvent::Preflight(report) => {
                self.clear();
                super::line_on_stderr(preflight(&report).trim_end());
            }
            LifeEvent::Notice { text } => {
                self.clear();
                super::line_on_stderr(&format!("{}{text}{}", style::CARE, style::PLAIN));
            }
        }
    }

    fn clear(&self) {
        if let Some((_, bar)) = self.bar.lock().unwrap_or_else(PoisonError::into_inner).take() {
            bar.finish_and_clear();
        }
    }

    fn progress(&self, label: String, done: u64, total: Option<u64>, unit: &str) {
        if !std::io::stderr().is_terminal() {
            return;
        }
        let mut shown = self.bar.lock().unwrap_or_else(PoisonError::into_inner);
        if shown.as_ref().is_none_or(|(known, _)| *known != label) {
            if let Some((_, old)) = shown.take() {
                old.finish_and_clear();
            }
            *shown = Some((label.clone(), new_bar(&label, total, unit)));
        }
        if let Some((_, bar)) = shown.as_ref() {
            if let Some(total) = total {
                bar.set_length(total);
            }
            bar.set_position(done);
        }
    }
}

fn new_bar(label: &str, total: Option<u64>, unit: &str) -> ProgressBar {
    let counts = if unit == "bytes" { "{bytes}/{total_bytes} {eta}" } else { "{pos}/{len}" };
    let template = if total.is_some() {
        format!("  {{prefix}} [{{bar:30}}] {counts}")
    } else {
        "  {prefix} {pos}".to_owned()
    };
    let bar =
        ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr()).with_prefix(label.to_owned());
    // a template of ours is valid; the default one would do as well
    match ProgressStyle::with_template(&template) {
        Ok(style) => bar.with_style(style.progress_chars("=> ")),
        Err(_) => bar,
    }
}

fn words(stage: Stage) -> &'static str {
    match stage {
        Stage::Estimate => "asking how large it is:",
        Stage::Fetch => "fetching",
        Stage::Preflight => "looking at",
        Stage::Tools => "fetching the program",
        Stage::Snapshot => "keeping a snapshot of",
        Stage::Script => "running",
        Stage::RollBack => "going back to",
        Stage::Remove => "removing files of",
    }
}

/// What was found before the first step.
pub(crate) fn preflight(report: &Preflight) -> String {
    let mut lines: Vec<String> = report.findings.iter().map(finding).collect();
    let estimate = &report.estimate;
    let time = HumanDuration(std::time::Duration::from_secs(estimate.seconds));
    lines.push(format!(
        "    size      about {}, {time} on a middling line ({})",
        HumanBytes(estimate.bytes),
        estimate.reasons.join(", ")
    ));
    let does = &report.capabilities;
    lines.push(format!("    does      {} commands; talks to {}", does.commands, list(&does.hosts)));
    if !does.downloads.is_empty() {
        lines.push(format!("    loads     {}", list(&does.downloads)));
    }
    for suspicion in report.suspicions.iter().take(12) {
        lines.push(format!(
            "    {}:{} [{}] {}\n        {}",
            suspicion.file, suspicion.line, suspicion.rule, suspicion.why, suspicion.excerpt
        ));
    }
    lines.join("\n")
}

fn finding(finding: &Finding) -> String {
    let (mark, style) = match finding.verdict {
        Verdict::Fine => ("ok", style::GOOD),
        Verdict::Care => ("!!", style::CARE),
        Verdict::Refusal => ("NO", style::BAD),
    };
    format!(" {style}{mark}{} {:<9} {}", style::PLAIN, finding.name, finding.text)
}

fn list(items: &[String]) -> String {
    const MOST: usize = 8;
    let shown = items.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
    match items.len() {
        0 => "nobody".to_owned(),
        count if count > MOST => format!("{shown} and {} more", count - MOST),
        _ => shown,
    }
}
