//! The text of an ENVIRONMENT file with one value changed and everything else as it was.
//!
//! Must not know: files.

/// A name that dotenv files allow.
pub(super) fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    let starts_well = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    starts_well && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
}

/// Replaces the value of the line that sets `name`, or adds a line after a blank one. Commented-out lines do not count.
pub(super) fn with_value(text: &str, name: &str, value: &str) -> String {
    let value = written(value);
    let mut is_replaced = false;
    let lines: Vec<String> = text
        .split('\n')
        .map(|line| match prefix_of(line, name) {
            Some(prefix) => {
                is_replaced = true;
                let line_end = if line.ends_with('\r') { "\r" } else { "" };
                format!("{prefix}{value}{line_end}")
            }
            None => line.to_owned(),
        })
        .collect();
    if is_replaced {
        return lines.join("\n");
    }
    let kept = text.trim_end_matches(['\n', '\r']);
    if kept.is_empty() { format!("{name}={value}") } else { format!("{kept}\n\n{name}={value}") }
}

/// Everything up to the value, when the line sets this name: `  export NAME = `.
fn prefix_of<'l>(line: &'l str, name: &str) -> Option<&'l str> {
    let (left, right) = line.split_once('=')?;
    let found = left.trim().trim_start_matches("export ").trim();
    let blanks = right.len() - right.trim_start_matches([' ', '\t']).len();
    (found == name).then(|| &line[..=left.len() + blanks])
}

/// Line breaks become `\n` and `\r`; a value that a reader would cut at `#` is quoted.
fn written(value: &str) -> String {
    let flat = value.replace('\r', "\\r").replace('\n', "\\n");
    let flat = flat.trim();
    let is_quoted = flat.len() > 1 && flat.starts_with(['"', '\'']) && flat.ends_with(['"', '\'']);
    match flat.contains('#') && !is_quoted {
        true if flat.contains('"') => format!("'{flat}'"),
        true => format!("\"{flat}\""),
        false => flat.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_one_line_and_keeps_the_rest() {
        let text = "A=1\n# B=comment\nB = old\r\nexport C=x\n";
        assert_eq!(with_value(text, "B", "two words"), "A=1\n# B=comment\nB = two words\r\nexport C=x\n");
        assert_eq!(with_value(text, "C", "y"), "A=1\n# B=comment\nB = old\r\nexport C=y\n");
        assert_eq!(with_value("A=\nB=2\n", "A", "1"), "A=1\nB=2\n");
    }

    #[test]
    fn adds_after_a_blank_line() {
        assert_eq!(with_value("A=2\n", "B", " x y "), "A=2\n\nB=x y");
        assert_eq!(with_value("A=2\n\nB=x y", "C", "1"), "A=2\n\nB=x y\n\nC=1");
        assert_eq!(with_value("", "A", "1"), "A=1");
    }

    #[test]
    fn a_value_never_becomes_a_second_line() {
        assert_eq!(with_value("", "A", "1\nB=2\r"), "A=1\\nB=2\\r");
        assert_eq!(with_value("", "A", "a #b"), "A=\"a #b\"");
        assert!(is_name("HF_TOKEN") && !is_name("A=B") && !is_name("A\nB") && !is_name("") && !is_name("1A"));
    }
}
