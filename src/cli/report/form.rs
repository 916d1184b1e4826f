//! Fields of a question (`input`, 30-api-input): how each is put to a person, and what a typed line means.
//!
//! Must not know: terminals.

use std::fmt::Write as _;

use indexmap::IndexMap;
use pino_model::Data;

use super::describe::plain;

/// One field of a form.
pub(super) struct Field<'a> {
    key: &'a str,
    data: &'a Data,
}

/// Fields of a form in order; fields without a key cannot be answered.
pub(super) fn fields(data: &Data) -> Vec<Field<'_>> {
    match data.get("form") {
        Data::Array(fields) => {
            fields.iter().filter_map(|data| data.get("key").as_str().map(|key| Field { key, data })).collect()
        }
        _ => Vec::new(),
    }
}

/// Title and description as plain text.
pub(super) fn heading(data: &Data) -> String {
    let parts =
        ["title", "description", "html"].map(|name| plain(data.get(name).as_str().unwrap_or_default()));
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

impl Field<'_> {
    pub(super) fn key(&self) -> &str {
        self.key
    }

    fn kind(&self) -> &str {
        self.data.get("type").as_str().unwrap_or("text")
    }

    /// What is typed is not shown.
    pub(super) fn is_secret(&self) -> bool {
        self.kind() == "password"
    }

    /// The question.
    pub(super) fn question(&self) -> String {
        let title = self.data.get("title").as_str().map(plain).filter(|title| !title.is_empty());
        let mut text = title.unwrap_or_else(|| self.key.to_owned());
        for (name, before) in [("description", " – "), ("placeholder", ", e.g. ")] {
            let more = plain(self.data.get(name).as_str().unwrap_or_default());
            if !more.is_empty() {
                text.push_str(before);
                text.push_str(&more);
            }
        }
        let choices = self.choices();
        for (number, (_, label)) in choices.iter().enumerate() {
            // writing into memory cannot fail
            let _ = write!(text, "\n  {}) {label}", number + 1);
        }
        if self.kind() == "checkbox" {
            text.push_str(if self.data.get("default").is_truthy() { " [Y/n]" } else { " [y/N]" });
        } else if let Some(default) = self.default() {
            let _ = write!(text, " [{default}]");
        }
        text
    }

    /// Value and label of each choice of a `select`.
    fn choices(&self) -> Vec<(String, String)> {
        let Data::Array(items) = self.data.get("items") else { return Vec::new() };
        let choice = |item: &Data| {
            let value = item.as_str().or_else(|| item.get("value").as_str())?.to_owned();
            let label = item.get("text").as_str().map_or_else(|| value.clone(), plain);
            Some((value, label))
        };
        items.iter().filter_map(choice).collect()
    }

    fn default(&self) -> Option<String> {
        match self.data.get("default") {
            Data::String(text) if !text.is_empty() => Some(text.clone()),
            Data::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// What a typed line means. `Err` says what is wrong with it.
    pub(super) fn read(&self, line: &str) -> Result<Data, String> {
        if self.kind() == "checkbox" {
            return match line.trim().to_ascii_lowercase().as_str() {
                "" => Ok(Data::Bool(self.data.get("default").is_truthy())),
                "y" | "yes" | "true" | "1" => Ok(Data::Bool(true)),
                "n" | "no" | "false" | "0" => Ok(Data::Bool(false)),
                _ => Err("answer y or n".to_owned()),
            };
        }
        let value = if line.is_empty() { self.default().unwrap_or_default() } else { line.to_owned() };
        let choices = self.choices();
        if !choices.is_empty() && !value.is_empty() {
            return choose(&choices, &value);
        }
        if value.is_empty() && self.data.get("required").is_truthy() {
            return Err("this value is required".to_owned());
        }
        Ok(Data::String(value))
    }
}

/// By number, value or label.
fn choose(choices: &[(String, String)], typed: &str) -> Result<Data, String> {
    let by_number = typed.trim().parse::<usize>().ok().and_then(|number| choices.get(number.checked_sub(1)?));
    let exact = choices.iter().find(|(value, label)| value == typed || label == typed);
    let found = exact.or(by_number).ok_or_else(|| format!("choose a number from 1 to {}", choices.len()))?;
    Ok(Data::String(found.0.clone()))
}

/// The answer of a form.
pub(super) fn answer(values: Vec<(String, Data)>) -> Data {
    Data::Object(values.into_iter().collect::<IndexMap<_, _>>())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed set-up shall end the test")]
mod tests {
    use super::*;

    fn form(text: &str) -> Data {
        serde_json::from_str::<serde_json::Value>(text).unwrap().into()
    }

    #[test]
    fn each_kind_of_field_reads_what_people_type() {
        let data = form(
            r#"{"form":[{"key":"t","required":true},{"key":"m","type":"select","items":["small",{"value":"large","text":"Large"}],"default":"small"},{"key":"c","type":"checkbox"}]}"#,
        );
        let fields = fields(&data);
        assert!(fields[0].read("").is_err());
        assert_eq!(fields[0].read("x"), Ok(Data::String("x".into())));
        for typed in ["2", "large", "Large"] {
            assert_eq!(fields[1].read(typed), Ok(Data::String("large".into())));
        }
        assert_eq!(fields[1].read(""), Ok(Data::String("small".into())));
        assert!(fields[1].read("3").is_err());
        assert_eq!(fields[2].read("y"), Ok(Data::Bool(true)));
        assert_eq!(fields[2].read(""), Ok(Data::Bool(false)));
    }
}
