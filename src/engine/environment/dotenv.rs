//! The dotenv syntax as Node's `dotenv` package reads it: `NAME=value`, `NAME: value`, `export`, quotes, comments.
//!
//! Must not know: which file it is.

/// Text of an ENVIRONMENT file; UTF-16 with a byte order mark is tolerated (Windows editors).
pub(crate) fn decode(bytes: &[u8]) -> String {
    let utf16 = |unit: fn([u8; 2]) -> u16, bytes: &[u8]| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xFF, 0xFE, rest @ ..] => utf16(u16::from_le_bytes, rest),
        [0xFE, 0xFF, rest @ ..] => utf16(u16::from_be_bytes, rest),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Names and values in the order of the file; the last of two equal names wins.
pub(crate) fn parse(text: &str) -> Vec<(String, String)> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut variables: Vec<(String, String)> = Vec::new();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (found, after) = entry(rest);
        if let Some((name, value)) = found {
            variables.retain(|(known, _)| *known != name);
            variables.push((name, value));
        }
        rest = after;
    }
    variables
}

type Found = Option<(String, String)>;

/// One line, or several when a quoted value spans them. Gives the text after it.
fn entry(text: &str) -> (Found, &str) {
    let (line, after) = text.split_once('\n').unwrap_or((text, ""));
    let Some((name, value_start)) = name_part(line) else { return (None, after) };
    let offset = line.len() - value_start.len();
    let value = value_start.trim_start();
    let quoted = value.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
    if let Some(quote) = quoted {
        let from = offset + (value_start.len() - value.len()) + 1;
        if let Some(end) = closing_quote(&text[from..], quote) {
            let inner = &text[from..from + end];
            let after = text[from + end + 1..].split_once('\n').map_or("", |(_, after)| after);
            let inner =
                if quote == '"' { inner.replace("\\n", "\n").replace("\\r", "\r") } else { inner.to_owned() };
            return (Some((name.to_owned(), inner)), after);
        }
    }
    let plain = value.split('#').next().unwrap_or_default().trim();
    (Some((name.to_owned(), plain.to_owned())), after)
}

/// `export NAME=` or `NAME: `; gives the name and the rest of the line.
fn name_part(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start();
    let line = line
        .strip_prefix("export")
        .filter(|rest| rest.starts_with(char::is_whitespace))
        .map_or(line, str::trim_start);
    let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')))?;
    let (name, rest) = line.split_at(end);
    let after_equals = rest.trim_start().strip_prefix('=');
    let after_colon = || rest.strip_prefix(':').filter(|value| value.starts_with(char::is_whitespace));
    let value = after_equals.or_else(after_colon)?;
    (!name.is_empty()).then_some((name, value))
}

/// Position of the quote that closes a value; a backslash before it hides it.
fn closing_quote(text: &str, quote: char) -> Option<usize> {
    let mut hidden = false;
    for (at, c) in text.char_indices() {
        if c == quote && !hidden {
            return Some(at);
        }
        hidden = c == '\\' && !hidden;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Option<String> {
        parse(text).into_iter().next_back().map(|(_, value)| value)
    }

    #[test]
    fn reads_every_form_of_a_line() {
        let cases = [
            ("A=1", Some("1")),
            ("A = two words # comment", Some("two words")),
            ("A=x#y", Some("x")),
            ("export A=1", Some("1")),
            ("A: yes", Some("yes")),
            ("A=\"x # y\\nz\" # c", Some("x # y\nz")),
            ("A='x # \\n'", Some("x # \\n")),
            ("A=\"one\ntwo\"", Some("one\ntwo")),
            ("A=", Some("")),
            ("A=\"open", Some("\"open")),
            ("# A=1", None),
            ("just text", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(value(text).as_deref(), wanted, "{text:?}");
        }
    }

    #[test]
    fn the_last_of_two_equal_names_wins() {
        assert_eq!(parse("A=1\r\nB=2\nA=3"), [("B".into(), "2".into()), ("A".into(), "3".into())]);
    }

    #[test]
    fn utf16_is_tolerated() {
        let bytes: Vec<u8> =
            [0xFF, 0xFE].into_iter().chain("A=ü".encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert_eq!(value(&decode(&bytes)).as_deref(), Some("ü"));
    }
}
