//! A safe file name for what a server sends.
//!
//! Must not know: requests or files. Names come from strangers: they never leave the folder, never hide a file, never are too long.

use reqwest::Url;

/// Room for `.part.json` below the usual limit of 255 bytes.
const MAX_BYTES: usize = 240;
const FALLBACK: &str = "download";

/// The name of the header, else of the address asked for, else of the address that answered.
pub(crate) fn choose(disposition: Option<&str>, asked: &Url, answered: &Url) -> String {
    let offered = disposition.and_then(from_disposition).and_then(|name| clean(name.trim_start_matches('.')));
    offered.or_else(|| from_url(asked)).or_else(|| from_url(answered)).unwrap_or_else(|| FALLBACK.to_owned())
}

/// `filename*=UTF-8''…` before `filename=…` (RFC 6266).
fn from_disposition(header: &str) -> Option<String> {
    let parameters = split_parameters(header);
    let find =
        |wanted: &str| parameters.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
    let extended = find("filename*").and_then(|value| {
        let encoded = value.splitn(3, '\'').nth(2)?.to_owned();
        Some(percent_decode(&encoded))
    });
    extended.or_else(|| find("filename"))
}

/// `attachment; a=b; c="d; e"` → `[(a, b), (c, d; e)]`, names in lower case.
fn split_parameters(header: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = header;
    while let Some(start) = rest.find(';') {
        rest = rest[start + 1..].trim_start();
        let Some((name, value)) = rest.split_once('=') else { break };
        let (value, after) = read_value(value.trim_start());
        found.push((name.trim().to_lowercase(), value));
        rest = after;
    }
    found
}

/// A token or a quoted text, and what follows it.
fn read_value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(';').unwrap_or(text.len());
        return (text[..end].trim().to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut escaped = false;
    for (at, c) in quoted.char_indices() {
        match c {
            '"' if !escaped => return (value, &quoted[at + 1..]),
            '\\' if !escaped => escaped = true,
            _ => {
                value.push(c);
                escaped = false;
            }
        }
    }
    (value, "")
}

fn from_url(url: &Url) -> Option<String> {
    let last = url.path_segments()?.rfind(|segment| !segment.is_empty())?;
    clean(&percent_decode(last))
}

fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        if let Some(byte) = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            decoded.push(byte);
            at += 3;
        } else {
            decoded.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// The last component without control characters, shortened in front of its extension; nothing when nothing is left.
fn clean(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let visible: String = last.chars().filter(|c| !c.is_control()).map(harmless).collect();
    let trimmed = visible.trim().trim_end_matches(['.', ' ']);
    if trimmed.is_empty() { None } else { Some(shorten(trimmed)) }
}

/// What Windows refuses in names, and text direction marks that hide an extension, become `_`.
fn harmless(c: char) -> char {
    match c {
        '<'
        | '>'
        | ':'
        | '"'
        | '|'
        | '?'
        | '*'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{200e}'
        | '\u{200f}' => '_',
        _ => c,
    }
}

fn shorten(name: &str) -> String {
    if name.len() <= MAX_BYTES {
        return name.to_owned();
    }
    let extension = name.rfind('.').map_or("", |at| &name[at..]);
    let extension = if extension.len() <= 16 { extension } else { "" };
    let mut end = MAX_BYTES - extension.len();
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{extension}", &name[..end])
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a bad address in a test is a failing test")]
    use super::*;

    fn named(disposition: Option<&str>, url: &str) -> String {
        let url = Url::parse(url).unwrap();
        choose(disposition, &url, &url)
    }

    #[test]
    fn takes_the_header_then_the_address() {
        let url = "https://h/x/model%20a.safetensors?download=true";
        assert_eq!(named(None, url), "model a.safetensors");
        assert_eq!(named(Some("attachment; filename=\"a; b.bin\"; size=3"), url), "a; b.bin");
        assert_eq!(
            named(Some("inline; filename=old.bin; filename*=UTF-8''n%C3%BC%20x.bin"), url),
            "nü x.bin"
        );
        assert_eq!(named(Some("attachment; FileName = \"say \\\"hi\\\".txt\""), url), "say _hi_.txt");
        assert_eq!(named(Some("attachment"), url), "model a.safetensors");
        assert_eq!(named(None, "https://h/"), "download");
    }

    #[test]
    fn never_leaves_the_folder_or_hides() {
        for evil in ["../../etc/passwd", "..\\..\\etc\\passwd", "/etc/passwd", "C:\\etc\\passwd"] {
            assert_eq!(
                named(
                    Some(&format!("attachment; filename=\"{}\"", evil.replace('\\', "\\\\"))),
                    "https://h/x"
                ),
                "passwd"
            );
        }
        assert_eq!(named(Some("attachment; filename=\"..\""), "https://h/x"), "x");
        assert_eq!(named(Some("attachment; filename=\".bashrc\""), "https://h/x"), "bashrc");
        assert_eq!(named(None, "https://h/a/%2e%2e%2fpasswd"), "passwd");
        assert_eq!(
            named(Some("attachment; filename=\"a\u{0}\nb\u{202e}txt.exe\""), "https://h/x"),
            "ab_txt.exe"
        );
    }

    #[test]
    fn shortens_in_front_of_the_extension() {
        let long = format!("{}.safetensors", "ü".repeat(300));
        let short = named(Some(&format!("attachment; filename=\"{long}\"")), "https://h/x");
        assert!(short.len() <= MAX_BYTES && short.ends_with("ü.safetensors"));
        assert_eq!(percent_decode("100%"), "100%");
        assert_eq!(percent_decode("%e2%82"), "\u{fffd}");
    }
}
