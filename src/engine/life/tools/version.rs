//! Is the program on PATH new enough? Asked once with `--version`, under a time limit.
//!
//! Must not know: which programs there are.

use std::{
    io::Read as _,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

const PATIENCE: Duration = Duration::from_secs(5);
const OUTPUT_BYTES: u64 = 4096;

/// True without a least version; a program that does not say its version is trusted.
pub(super) fn will_do(program: &Path, least: Option<(u32, u32)>) -> bool {
    let Some(least) = least else { return true };
    ask(program).and_then(|text| number(&text)).is_none_or(|version| version >= least)
}

/// What `--version` prints.
pub(super) fn ask(program: &Path) -> Option<String> {
    let mut child = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let output = child.stdout.take()?;
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        output.take(OUTPUT_BYTES).read_to_string(&mut text).ok().map(|_| text)
    });
    let began = Instant::now();
    while child.try_wait().ok()?.is_none() {
        if began.elapsed() > PATIENCE {
            // it is ours and does not answer
            child.kill().ok()?;
            child.wait().ok()?;
            return None;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    reader.join().ok()?
}

/// The first `MAJOR.MINOR` in a text.
fn number(text: &str) -> Option<(u32, u32)> {
    let words = text.split(|letter: char| !letter.is_ascii_digit() && letter != '.');
    let version = |word: &str| {
        let mut parts = word.split('.').map(str::parse::<u32>);
        match (parts.next(), parts.next()) {
            (Some(Ok(major)), Some(Ok(minor))) => Some((major, minor)),
            _ => None,
        }
    };
    words.into_iter().find_map(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_programs_say() {
        assert_eq!(number("git version 2.47.3"), Some((2, 47)));
        assert_eq!(number("v18.19.1"), Some((18, 19)));
        assert_eq!(number("ffmpeg version n7.1-static Copyright"), Some((7, 1)));
        assert_eq!(number("no number"), None);
    }
}
