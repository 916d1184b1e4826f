//! One line that says what a step does, from its method and rendered parameters.
//!
//! Must not know: terminals.

use pino_model::Data;

/// Longest description in characters.
const LONGEST: usize = 100;

/// Members that say most about a step, in order of preference.
const TELLING: &[&str] = &["message", "uri", "url", "path", "src", "id", "title", "html", "text", "raw"];

/// What the step is about; empty when its parameters do not say.
pub(super) fn step(params: &Data) -> String {
    let found = TELLING.iter().map(|name| text(params.get(name))).find(|text| !text.is_empty());
    shorten(&found.unwrap_or_else(|| keys(params)))
}

/// The first line of a text, cut to a length that fits.
pub(super) fn shorten(text: &str) -> String {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    let cut: String = first.chars().take(LONGEST).collect();
    if cut.len() < first.len() || lines.next().is_some() { format!("{cut} …") } else { cut }
}

fn text(value: &Data) -> String {
    match value {
        Data::String(text) => text.clone(),
        Data::Array(items) => {
            items.iter().map(text).filter(|text| !text.trim().is_empty()).collect::<Vec<_>>().join(" ⏎ ")
        }
        Data::Object(_) => text(value.get("_")).replace(" ⏎ ", " "),
        _ => String::new(),
    }
}

fn keys(params: &Data) -> String {
    match params {
        Data::Object(members) => members.keys().map(String::as_str).collect::<Vec<_>>().join(", "),
        _ => String::new(),
    }
}

/// A time for people.
pub(super) fn duration(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        60_000..3_600_000 => format!("{} min {:02} s", ms / 60_000, ms / 1000 % 60),
        _ => format!("{} h {:02} min", ms / 3_600_000, ms / 60_000 % 60),
    }
}

/// HTML of a notification as plain text.
pub(super) fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut in_tag = false;
    for c in html.chars() {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                text.push(' ');
            }
            _ if !in_tag => text.push(c),
            _ => {}
        }
    }
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", " ").replace("&amp;", "&");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(text: &str) -> Data {
        serde_json::from_str::<serde_json::Value>(text).unwrap_or_default().into()
    }

    #[test]
    fn steps_are_described_by_what_they_do() {
        assert_eq!(
            step(&params(r#"{"venv":"env","message":["pip install a","","pip install b"]}"#)),
            "pip install a ⏎ pip install b"
        );
        assert_eq!(step(&params(r#"{"message":{"_":["python","app.py"],"port":1}}"#)), "python app.py");
        assert_eq!(step(&params(r#"{"url":"{{x}}","a.b":1}"#)), "{{x}}");
        assert_eq!(step(&params(r#"{"a.b":1,"c":2}"#)), "a.b, c");
        assert_eq!(step(&params(r#"{"message":"one\ntwo"}"#)), "one …");
    }

    #[test]
    fn times_and_notes_read_well() {
        assert_eq!(
            [duration(12), duration(1_250), duration(184_000), duration(3_720_000)],
            ["12 ms", "1.2 s", "3 min 04 s", "1 h 02 min"]
        );
        assert_eq!(plain("<b>Done</b><br>a &amp; b"), "Done a & b");
    }
}
