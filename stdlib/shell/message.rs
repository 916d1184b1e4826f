//! The `message` of a shell step: which commands run, each in a shell of its own.
//!
//! Must not know: Lua, processes.

use pino_model::Data;

use super::{argv, quote::quote_all, words::text_of};

/// The commands of a message. An empty list means that there is nothing to do; an absent message is one empty command, so that
/// the activation runs.
pub(super) fn commands(message: &Data, chain: &Data) -> Vec<String> {
    match message {
        Data::Array(elements) => {
            let all: Vec<String> =
                elements.iter().filter(|element| element.is_truthy()).map(command).collect();
            let all: Vec<String> = all.into_iter().filter(|text| !text.trim().is_empty()).collect();
            if chain.is_truthy() && !all.is_empty() { vec![all.join(delimiter(chain))] } else { all }
        }
        other => vec![command(other)],
    }
}

/// One element: text as it is, an object as quoted words.
pub(super) fn command(element: &Data) -> String {
    match element {
        Data::Object(members) => quote_all(&argv::words(members)),
        element if element.is_truthy() => text_of(element),
        _ => String::new(),
    }
}

/// What stands between the elements of a chain.
fn delimiter(chain: &Data) -> &'static str {
    match chain.as_str() {
        Some("|") => " || ",
        Some("*") => " ; ",
        _ => " && ",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn commands_of(message: serde_json::Value, chain: serde_json::Value) -> Vec<String> {
        commands(&message.into(), &chain.into())
    }

    #[test]
    fn elements_run_separately_and_blank_ones_fall_away() {
        assert_eq!(commands_of(json!(["a", "", null, " ", "b"]), json!(null)), ["a", "b"]);
        assert!(commands_of(json!([""]), json!(null)).is_empty());
        assert_eq!(commands_of(json!(null), json!(null)), [""]);
    }

    #[test]
    fn a_chain_is_one_command() {
        let list = json!(["a", "", { "_": ["b", "c d"] }]);
        assert_eq!(commands_of(list.clone(), json!("&")), ["a && 'b' 'c d'"]);
        assert_eq!(commands_of(list.clone(), json!("|")), ["a || 'b' 'c d'"]);
        assert_eq!(commands_of(list.clone(), json!("*")), ["a ; 'b' 'c d'"]);
        assert_eq!(commands_of(list, json!(true)), ["a && 'b' 'c d'"]);
    }

    #[test]
    fn lines_of_an_argument_stay_one_argument() {
        assert_eq!(commands_of(json!({ "_": ["echo", "a\nb"] }), json!(null)), ["'echo' 'a\nb'"]);
    }
}
