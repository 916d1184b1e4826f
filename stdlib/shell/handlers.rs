//! The `on` list: patterns and what they do.
//!
//! Must not know: Lua, output.

use std::sync::LazyLock;

use pino_model::Data;
use pino_vm::{Pattern, PatternError};

use super::words::text_of;

/// One handler.
#[expect(clippy::struct_excessive_bools, reason = "independent switches of the script format")]
#[derive(Clone, Debug)]
pub(super) struct Handler {
    pub(super) pattern: Pattern,
    /// Position in `on`; `None` for the ones added by us.
    pub(super) place: Option<usize>,
    pub(super) once: bool,
    /// `break`: true ends the step with an error, false disarms.
    pub(super) breaks: Option<bool>,
    pub(super) done: bool,
    pub(super) kill: bool,
    /// Name of a step array to start.
    pub(super) trigger: Option<String>,
    /// Sends a notification and does nothing else.
    pub(super) notify: bool,
}

/// What `event` was written as.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// `/pattern/flags`
    Pattern,
    /// Plain text, taken as a pattern.
    Plain(String),
}

/// A pattern of an `event`; `None` when it is null.
pub(super) fn pattern(event: &Data) -> Result<Option<(Pattern, Written)>, String> {
    let text = match event {
        Data::Undefined | Data::Null => return Ok(None),
        Data::RegExp(regexp) => {
            let pattern = Pattern::compile(&regexp.source, &regexp.flags)
                .map_err(|error| wrong(&text_of(event), &error))?;
            return Ok(Some((pattern, Written::Pattern)));
        }
        Data::String(text) => text,
        other => return Err(format!("`event` must be a pattern like \"/ready/\", not {}", text_of(other))),
    };
    match Pattern::parse_slashed(text) {
        Ok(pattern) => Ok(Some((pattern, Written::Pattern))),
        Err(PatternError::NotSlashed { .. }) => {
            let pattern = Pattern::compile(text, "").map_err(|error| wrong(text, &error))?;
            Ok(Some((pattern, Written::Plain(text.clone()))))
        }
        Err(error) => Err(wrong(text, &error)),
    }
}

fn wrong(text: &str, error: &PatternError) -> String {
    format!("the `event` {text} is no pattern: {error}; write it like \"/listening on (\\\\S+)/i\"")
}

/// The handlers of a step, the automatic error checks last, and the plain texts among the events.
pub(super) fn compile(on: &Data) -> Result<(Vec<Handler>, Vec<String>), String> {
    let (mut handlers, mut plain) = (Vec::new(), Vec::new());
    let items = match on {
        Data::Array(items) => items.as_slice(),
        Data::Undefined | Data::Null | Data::Bool(false) => &[],
        single @ Data::Object(_) => std::slice::from_ref(single),
        _ => {
            return Err("`on` must be a list of handlers like [{ \"event\": \"/ready/\", \"done\": true }]"
                .to_owned());
        }
    };
    for (place, item) in items.iter().enumerate() {
        let Some((pattern, written)) = pattern(item.get("event"))? else { continue };
        if let Written::Plain(text) = written {
            plain.push(text);
        }
        handlers.push(handler(pattern, place, item));
    }
    handlers.extend(automatic().map_err(|error| error.to_string())?);
    Ok((handlers, plain))
}

fn handler(pattern: Pattern, place: usize, item: &Data) -> Handler {
    let breaks = match item.get("break") {
        Data::Undefined | Data::Null => None,
        value => Some(value.is_truthy()),
    };
    Handler {
        pattern,
        place: Some(place),
        once: item.get("once").is_truthy(),
        breaks,
        done: item.get("done").is_truthy(),
        kill: item.get("kill").is_truthy(),
        trigger: item.get("trigger").as_str().map(str::to_owned),
        notify: item.get("notify").is_truthy(),
    }
}

/// Error text ends a step, except what is known to be harmless. Compiled once in a process.
fn automatic() -> Result<Vec<Handler>, PatternError> {
    static RULES: LazyLock<Result<Vec<Handler>, PatternError>> = LazyLock::new(|| {
        let rules = [("error:", true), ("errno ", true), ("error:.*triton", false)];
        let make = |(source, breaks)| {
            let pattern = Pattern::compile(source, "i")?;
            Ok(Handler {
                pattern,
                place: None,
                once: false,
                breaks: Some(breaks),
                done: false,
                kill: false,
                trigger: None,
                notify: false,
            })
        };
        rules.into_iter().map(make).collect()
    });
    RULES.clone()
}

#[cfg(test)]
mod tests {
    use pino_model::RegExpText;
    use serde_json::json;

    use super::*;

    #[test]
    fn forms_of_an_event() {
        let written = |event: Data| pattern(&event).map(|found| found.map(|(_, written)| written));
        assert_eq!(written(json!("/http:\\/\\/\\S+/").into()), Ok(Some(Written::Pattern)));
        assert_eq!(
            written(Data::RegExp(RegExpText { source: "a/b".into(), flags: "i".into() })),
            Ok(Some(Written::Pattern))
        );
        assert_eq!(written(json!("ready").into()), Ok(Some(Written::Plain("ready".into()))));
        assert_eq!(written(Data::Null), Ok(None));
        assert!(written(json!("/(/").into()).is_err_and(|error| error.contains("/(/")));
        assert!(written(json!("/a/zz").into()).is_err());
        assert!(written(json!(7).into()).is_err());
    }

    #[test]
    fn the_automatic_checks_come_last() {
        let on =
            json!([{ "event": "/x/", "done": true }, { "event": null }, { "event": "y", "break": false }]);
        let (handlers, plain) = compile(&on.into()).unwrap_or_else(|error| panic!("{error}"));
        let places: Vec<_> = handlers.iter().map(|handler| handler.place).collect();
        assert_eq!(places, [Some(0), Some(2), None, None, None]);
        assert_eq!(plain, ["y"]);
        assert!(handlers[0].done && handlers[1].breaks == Some(false));
    }
}
