//! Structured commands: `{"_": ["python", "app.py"], "port": 7860, "share": false}` to words.
//!
//! The rules are those of yargs-unparser as the reference uses it. Must not know: Lua, quoting.

use indexmap::IndexMap;
use pino_model::Data;

use super::words::text_of;

/// The words of a structured command, unquoted.
pub(crate) fn words(command: &IndexMap<String, Data>) -> Vec<String> {
    let mut words = Vec::new();
    push_positional(&mut words, command.get("_"));
    for (key, value) in command {
        if key != "_" && key != "--" && !is_camel_twin(key, command) {
            push_option(&mut words, &flag(key), value);
        }
    }
    if let Some(rest) = command.get("--") {
        words.push("--".to_owned());
        push_positional(&mut words, Some(rest));
    }
    words
}

fn push_positional(words: &mut Vec<String>, value: Option<&Data>) {
    match value {
        Some(Data::Array(items)) => items.iter().for_each(|item| push_positional(words, Some(item))),
        Some(value) if !is_absent(value) => words.push(text_of(value)),
        _ => {}
    }
}

fn push_option(words: &mut Vec<String>, flag: &str, value: &Data) {
    match value {
        value if is_absent(value) => {}
        Data::Bool(true) => words.push(flag.to_owned()),
        Data::Bool(false) => words.push(negated(flag)),
        Data::Array(items) => items.iter().for_each(|item| push_option(words, flag, item)),
        Data::Object(members) => {
            let long = format!("--{}", flag.trim_start_matches('-'));
            members.iter().for_each(|(key, value)| push_option(words, &format!("{long}.{key}"), value));
        }
        value => words.extend([flag.to_owned(), text_of(value)]),
    }
}

fn flag(key: &str) -> String {
    if key.starts_with('-') {
        key.to_owned()
    } else if key.chars().count() == 1 {
        format!("-{key}")
    } else {
        format!("--{key}")
    }
}

fn negated(flag: &str) -> String {
    format!("--no-{}", flag.trim_start_matches('-'))
}

/// Left out: nothing there, or an expression that gave nothing and so stayed as written.
fn is_absent(value: &Data) -> bool {
    match value {
        Data::Undefined | Data::Null | Data::Function => true,
        Data::String(text) => is_unresolved(text),
        _ => false,
    }
}

fn is_unresolved(text: &str) -> bool {
    let text = text.trim();
    text.len() > 4 && text.starts_with("{{") && text.ends_with("}}")
}

/// A camelCase key whose kebab-case twin is there too says the same twice.
fn is_camel_twin(key: &str, command: &IndexMap<String, Data>) -> bool {
    let mut kebab = String::new();
    for letter in key.chars() {
        if letter.is_ascii_uppercase() {
            kebab.push('-');
        }
        kebab.push(letter.to_ascii_lowercase());
    }
    kebab != key && command.contains_key(&kebab)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn words_of(command: serde_json::Value) -> Vec<String> {
        match Data::from(command) {
            Data::Object(members) => words(&members),
            _ => Vec::new(),
        }
    }

    #[test]
    fn flags_follow_their_kind() {
        let command = json!({ "_": ["python", "a b", 3], "port": 7860, "listen": true, "share": false, "v": true, "lora": ["x", "y z"],
            "none": null, "--raw": "r", "-q": 1, "a": { "b": { "c": 0.5 }, "d": false }, "prompt": "{{args.prompt || undefined}}" });
        let expected = [
            "python",
            "a b",
            "3",
            "--port",
            "7860",
            "--listen",
            "--no-share",
            "-v",
            "--lora",
            "x",
            "--lora",
            "y z",
            "--raw",
            "r",
            "-q",
            "1",
            "--a.b.c",
            "0.5",
            "--no-a.d",
        ];
        assert_eq!(words_of(command), expected);
    }

    #[test]
    fn a_twin_in_kebab_case_wins_and_dashes_end_the_options() {
        assert_eq!(
            words_of(json!({ "fooBar": 1, "foo-bar": 1, "--": ["x"] })),
            ["--foo-bar", "1", "--", "x"]
        );
        assert_eq!(words_of(json!({ "fooBar": 1 })), ["--fooBar", "1"]);
        assert!(words_of(json!({})).is_empty());
    }
}
