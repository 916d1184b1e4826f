//! Quoting for a POSIX shell.
//!
//! Must not know: Lua, parameters.

/// The text as one word the shell takes literally.
pub(super) fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r#"'"'"'"#))
}

/// All words, quoted and joined by blanks.
pub(super) fn quote_all<T: AsRef<str>>(words: &[T]) -> String {
    words.iter().map(|word| quote(word.as_ref())).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_inside_quotes_and_line_breaks() {
        assert_eq!(quote("it's $HOME\n`x`"), "'it'\"'\"'s $HOME\n`x`'");
        assert_eq!(quote_all(&["a b", ""]), "'a b' ''");
    }
}
