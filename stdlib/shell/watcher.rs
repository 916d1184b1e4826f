//! Follows the output of one shell: which handler fires when, and what the step is to do.
//!
//! Must not know: Lua, processes, events. What counts is the place of a match in the stream, not how the output came in chunks:
//! a match at the very end of what has come may still grow, so it is decided only when more has come or nothing follows for a moment.

use std::ops::Range;

use pino_vm::{PatternError, PatternMatch};

use super::{
    errors::{ErrorRules, line_around, next_boundary},
    handlers::Handler,
    text::{Cleaner, Transcript},
};

/// A pattern sees at least this much of the text before a new chunk.
const WINDOW_BYTES: usize = 8 * 1024;

/// A match as a handler's `event`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct EventMatch {
    /// The match and its groups; `None` for a group that took no part.
    pub(super) texts: Vec<Option<String>>,
    /// Where it begins in the text the pattern saw.
    pub(super) index: usize,
    /// Named groups.
    pub(super) names: Vec<(String, Option<String>)>,
}

/// What the step does now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Go on with the script, the program stays.
    Done,
    /// End the program, then go on.
    Kill,
    /// Error text: the step has failed.
    Break,
}

/// Something to do beside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Aside {
    /// Send the notification of the handler at this place of `on`.
    Notify(usize, EventMatch),
    /// Start the step array of this name.
    Trigger(String, EventMatch),
}

/// What a chunk led to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Reaction {
    pub(super) asides: Vec<Aside>,
    pub(super) verdict: Option<Verdict>,
    /// A match at the end may still grow: decide when nothing follows.
    pub(super) undecided: bool,
}

struct Watched {
    handler: Handler,
    /// Matches up to here have been handled.
    handled: usize,
    spent: bool,
}

/// The text of a shell and the handlers that look at it.
pub(super) struct Watcher {
    watched: Vec<Watched>,
    rules: ErrorRules,
    /// A person answers: error text does not end the step while it runs.
    input: bool,
    cleaner: Cleaner,
    transcript: Transcript,
    captured: Option<EventMatch>,
    /// End of the text that counts for the last error check.
    verdict_at: Option<usize>,
}

struct Candidate {
    handler: usize,
    found: PatternMatch,
}

impl Watcher {
    /// A watcher for a fresh shell.
    pub(super) fn new(handlers: &[Handler], input: bool) -> Self {
        let patterns = |breaks| {
            handlers
                .iter()
                .filter(move |handler| handler.breaks == Some(breaks))
                .map(|handler| handler.pattern.clone())
        };
        Self {
            rules: ErrorRules { breaks: patterns(true).collect(), disarms: patterns(false).collect() },
            watched: handlers
                .iter()
                .map(|handler| Watched { handler: handler.clone(), handled: 0, spent: false })
                .collect(),
            input,
            cleaner: Cleaner::default(),
            transcript: Transcript::default(),
            captured: None,
            verdict_at: None,
        }
    }

    /// Takes a chunk of output. With `settle` nothing is left undecided.
    pub(super) fn feed(&mut self, chunk: &str, settle: bool) -> Result<Reaction, PatternError> {
        let before = self.transcript.text().len();
        self.cleaner.clean_into(chunk, self.transcript.text_mut());
        let mut reaction = Reaction::default();
        if self.verdict_at.is_none() && (settle || self.transcript.text().len() > before) {
            let from = self.transcript.text().floor_char_boundary(before.saturating_sub(WINDOW_BYTES));
            self.look(from, settle, &mut reaction)?;
        }
        self.transcript.trim();
        Ok(reaction)
    }

    /// Fires handlers in the order in which their matches end.
    fn look(&mut self, from: usize, settle: bool, reaction: &mut Reaction) -> Result<(), PatternError> {
        let mut candidates = Vec::new();
        for handler in 0..self.watched.len() {
            if let Some(found) = self.next_match(handler, from)? {
                if settle || self.is_whole(handler, &found.range) {
                    candidates.push(Candidate { handler, found });
                } else {
                    reaction.undecided = true;
                }
            }
        }
        candidates.sort_by_key(|candidate| (candidate.found.range.end, candidate.handler));
        for candidate in candidates {
            self.fire(&candidate, from, reaction)?;
            if reaction.verdict.is_some() {
                break;
            }
        }
        Ok(())
    }

    /// The first match that has not been handled; of a handler that only looks for errors the first real error.
    fn next_match(&self, handler: usize, from: usize) -> Result<Option<PatternMatch>, PatternError> {
        let watched = &self.watched[handler];
        let Handler { pattern, breaks, done, kill, .. } = &watched.handler;
        if watched.spent || (*breaks == Some(false) && !done && !kill && watched.handler.is_silent()) {
            return Ok(None);
        }
        let (text, start) = (self.transcript.text(), self.transcript.start());
        let only_errors = *breaks == Some(true) && !done && !kill;
        let mut at = from.max(watched.handled.saturating_sub(start).min(text.len()));
        at = text.floor_char_boundary(at);
        while at <= text.len() {
            let Some(found) = pattern.find_at(text, at)? else { return Ok(None) };
            let is_new = start + found.range.end > watched.handled;
            if is_new && (!only_errors || self.rules.is_real(pattern, text, &found.range)?) {
                return Ok(Some(found));
            }
            at = if found.range.is_empty() { next_boundary(text, found.range.end) } else { found.range.end };
            if is_new {
                at = at.max(line_around(text, &found.range).end); // the whole line is disarmed
            }
        }
        Ok(None)
    }

    /// More output cannot change this match: it does not touch the end, and an error's line is complete.
    fn is_whole(&self, handler: usize, range: &Range<usize>) -> bool {
        let text = self.transcript.text();
        if self.watched[handler].handler.breaks == Some(true) {
            return memchr::memchr(b'\n', &text.as_bytes()[range.end..]).is_some();
        }
        range.end < text.len()
    }

    fn fire(
        &mut self,
        candidate: &Candidate,
        from: usize,
        reaction: &mut Reaction,
    ) -> Result<(), PatternError> {
        let text = self.transcript.text();
        let range = &candidate.found.range;
        let event = event_match(&text[from..], &candidate.found, from);
        let line_end = self.transcript.start() + line_around(text, range).end;
        let handler = self.watched[candidate.handler].handler.clone();
        let real = handler.breaks == Some(true) && self.rules.is_real(&handler.pattern, text, range)?;
        let watched = &mut self.watched[candidate.handler];
        watched.handled = self.transcript.end();
        watched.spent = handler.once;
        if let (true, Some(place)) = (handler.notify, handler.place) {
            reaction.asides.push(Aside::Notify(place, event));
            return Ok(());
        }
        let captures = handler.breaks.is_none() || real;
        if let Some(name) = handler.trigger {
            reaction.asides.push(Aside::Trigger(name, event.clone()));
        }
        if captures {
            self.captured = Some(event);
        }
        reaction.verdict = if handler.kill {
            Some(Verdict::Kill)
        } else if real && !self.input {
            Some(Verdict::Break)
        } else {
            handler.done.then_some(Verdict::Done)
        };
        if reaction.verdict.is_some() {
            self.verdict_at = Some(line_end);
        }
        Ok(())
    }

    /// The error texts in all that counts, however the shell ended.
    pub(super) fn errors(&self) -> Result<Vec<String>, PatternError> {
        let text = self.transcript.text();
        let end = self
            .verdict_at
            .map_or(text.len(), |at| at.saturating_sub(self.transcript.start()).min(text.len()));
        self.rules.find(&text[..text.floor_char_boundary(end)])
    }

    /// The captured match, the text of the result, and whether its beginning is missing.
    pub(super) fn into_result(self) -> (Option<EventMatch>, String, bool) {
        let (text, truncated) = self.transcript.into_result();
        (self.captured, text, truncated)
    }
}

impl Handler {
    /// It does nothing when it matches but disarm.
    fn is_silent(&self) -> bool {
        !self.notify && self.trigger.is_none()
    }
}

/// A match as its texts; `text` begins at `from` of the text the ranges are about.
pub(super) fn event_match(text: &str, found: &PatternMatch, from: usize) -> EventMatch {
    let cut = |range: &Range<usize>| {
        text.get(range.start.checked_sub(from)?..range.end.checked_sub(from)?).map(str::to_owned)
    };
    let group = |group: &Option<Range<usize>>| group.as_ref().and_then(cut);
    let mut texts = vec![cut(&found.range)];
    texts.extend(found.groups.iter().map(group));
    let named = found
        .names
        .iter()
        .map(|(name, number)| (name.clone(), found.groups.get(number.wrapping_sub(1)).and_then(group)));
    let before = text.get(..found.range.start.saturating_sub(from)).unwrap_or_default();
    EventMatch { index: before.encode_utf16().count(), names: named.collect(), texts }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::shell::handlers::compile;

    fn watcher(on: serde_json::Value) -> Watcher {
        let (handlers, _) = compile(&on.into()).unwrap_or_else(|error| panic!("{error}"));
        Watcher::new(&handlers, false)
    }

    fn feed(watcher: &mut Watcher, chunk: &str, settle: bool) -> Reaction {
        watcher.feed(chunk, settle).unwrap_or_else(|error| panic!("{error}"))
    }

    fn captured(watcher: Watcher) -> Vec<Option<String>> {
        watcher.into_result().0.map(|event| event.texts).unwrap_or_default()
    }

    fn texts(list: &[&str]) -> Vec<Option<String>> {
        list.iter().map(|text| Some((*text).to_owned())).collect()
    }

    #[test]
    fn an_address_split_over_chunks_is_taken_whole() {
        let mut watcher = watcher(json!([{ "event": "/(http:\\/\\/\\S+)/", "done": true }]));
        let first = feed(&mut watcher, "on http://127.0", false);
        assert_eq!((first.verdict, first.undecided), (None, true));
        assert_eq!(feed(&mut watcher, ".0.1:80\n", false).verdict, Some(Verdict::Done));
        assert_eq!(captured(watcher), texts(&["http://127.0.0.1:80", "http://127.0.0.1:80"]));
    }

    #[test]
    fn a_match_at_the_end_counts_when_nothing_follows() {
        let mut watcher = watcher(json!([{ "event": "/ready/", "done": true }]));
        assert!(feed(&mut watcher, "ready", false).undecided);
        assert_eq!(feed(&mut watcher, "", true).verdict, Some(Verdict::Done));
    }

    #[test]
    fn what_comes_first_in_the_stream_wins() {
        let on = json!([{ "event": "/b/", "done": true }, { "event": "/a/", "kill": true }]);
        let mut both = watcher(on.clone());
        assert_eq!(feed(&mut both, "a b\n", false).verdict, Some(Verdict::Kill));
        let mut late_error = watcher(on);
        assert_eq!(feed(&mut late_error, "b up\nerror: later\n", false).verdict, Some(Verdict::Done));
        assert_eq!(late_error.errors(), Ok(vec![]));
    }

    #[test]
    fn errors_break_unless_disarmed() {
        let mut plain = watcher(json!([]));
        assert_eq!(feed(&mut plain, "ValueError: x\n", false).verdict, Some(Verdict::Break));
        assert_eq!(plain.errors(), Ok(vec!["Error:".to_owned()]));
        let mut disarmed = watcher(
            json!([{ "event": "/error: optional/i", "break": false }, { "event": "/up/", "done": true }]),
        );
        assert_eq!(feed(&mut disarmed, "Error: optional\n", false).verdict, None);
        assert_eq!(
            feed(&mut disarmed, "Error: optional\nError: real\nup\n", false).verdict,
            Some(Verdict::Break)
        );
    }

    #[test]
    fn an_error_line_is_judged_when_it_is_complete() {
        let mut watcher = watcher(json!([]));
        assert!(feed(&mut watcher, "Error: no", false).undecided);
        let rest = feed(&mut watcher, " triton\n", false);
        assert_eq!((rest.verdict, rest.undecided), (None, false));
    }

    #[test]
    fn without_done_the_last_capture_stays() {
        let mut watcher = watcher(json!([{ "event": "/n(\\d)(x)?/" }]));
        assert_eq!(feed(&mut watcher, "n1 n2\n", false).verdict, None);
        feed(&mut watcher, "n3\n", false);
        assert_eq!(captured(watcher), [Some("n3".to_owned()), Some("3".to_owned()), None]);
    }

    #[test]
    fn once_fires_once_and_notices_do_nothing_else() {
        let on = json!([{ "event": "/tick/", "notify": { "title": "t" }, "done": true }, { "event": "/tock/", "once": true, "trigger": "go" }]);
        let mut watcher = watcher(on);
        let first = feed(&mut watcher, "tick tock\n", false);
        assert!(
            matches!(first.asides.as_slice(), [Aside::Notify(0, _), Aside::Trigger(name, _)] if name == "go")
        );
        assert_eq!(first.verdict, None);
        assert!(feed(&mut watcher, "tock\n", false).asides.is_empty());
    }

    #[test]
    fn colours_do_not_hide_a_match() {
        let mut watcher = watcher(json!([{ "event": "/running on (?<url>\\S+)/", "done": true }]));
        assert_eq!(
            feed(&mut watcher, "running \x1b[1mon\x1b[0m http://x\r\n", false).verdict,
            Some(Verdict::Done)
        );
        let event = watcher.into_result().0.unwrap_or_default();
        assert_eq!((event.index, event.names), (0, vec![("url".to_owned(), Some("http://x".to_owned()))]));
    }

    #[test]
    fn a_long_match_over_small_chunks_is_found() {
        let mut watcher = watcher(json!([{ "event": "/start[\\s\\S]*end/", "done": true }]));
        feed(&mut watcher, "start\n", false);
        for _ in 0..40 {
            feed(&mut watcher, &format!("{}\n", "x".repeat(100)), false);
        }
        assert_eq!(feed(&mut watcher, "end\n", false).verdict, Some(Verdict::Done));
    }
}
