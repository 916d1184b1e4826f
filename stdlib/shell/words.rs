//! Values as the text a command line or a variable gets.
//!
//! Must not know: Lua, shells.

use pino_model::Data;

/// `String(value)` for what can stand in a command.
pub(super) fn text_of(value: &Data) -> String {
    match value {
        Data::Undefined | Data::Function => String::new(),
        Data::Null => "null".to_owned(),
        Data::Bool(value) => value.to_string(),
        Data::Number(value) => number_text(*value),
        Data::String(text) => text.clone(),
        Data::Array(items) => items.iter().map(text_of).collect::<Vec<_>>().join(","),
        Data::Object(_) => "[object Object]".to_owned(),
        Data::Buffer(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Data::RegExp(pattern) => format!("/{}/{}", pattern.source, pattern.flags),
        Data::Date(_) => serde_json::to_value(value)
            .ok()
            .and_then(|value| value.as_str().map(str::to_owned))
            .unwrap_or_default(),
    }
}

fn number_text(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "Infinity".to_owned() } else { "-Infinity".to_owned() }
    } else {
        value.to_string() // whole numbers have no fraction, as in JavaScript
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_look_as_in_javascript() {
        let texts = [7860.0, 0.5, -0.0, f64::NAN].map(|number| text_of(&Data::Number(number)));
        assert_eq!(texts[..2], ["7860", "0.5"]);
        assert_eq!(texts[3], "NaN");
    }
}
