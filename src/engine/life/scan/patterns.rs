//! The patterns, as data.
//!
//! Must not know: files.

use std::sync::OnceLock;

use regex::Regex;

use super::{Suspicion, Weight};

/// Which files a pattern is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    Everything,
    Requirements,
    Code,
}

/// One pattern of the list.
pub(super) struct Pattern {
    name: &'static str,
    weight: Weight,
    files: For,
    why: &'static str,
    expression: Option<Regex>,
    /// A line with this is innocent.
    unless: Option<Regex>,
}

/// Code nobody can read; found by its look, not by words.
pub(super) static OBFUSCATED: Pattern = Pattern {
    name: "obfuscated",
    weight: Weight::Danger,
    files: For::Everything,
    why: "the code is written so that nobody can read it",
    expression: None,
    unless: None,
};

impl Pattern {
    pub(super) fn is_for(&self, name: &str) -> bool {
        let base = name.rsplit('/').next().unwrap_or(name);
        let ending = base.rsplit_once('.').map_or("", |(_, ending)| ending);
        let is_requirements =
            matches!(ending, "txt" | "in") || matches!(base, "pyproject.toml" | "environment.yml");
        match self.files {
            For::Everything => true,
            For::Requirements => is_requirements,
            For::Code => !is_requirements && ending != "json",
        }
    }

    pub(super) fn matches(&self, line: &str) -> bool {
        let finds =
            |expression: &Option<Regex>| expression.as_ref().is_some_and(|regex| regex.is_match(line));
        finds(&self.expression) && !finds(&self.unless)
    }

    pub(super) fn suspicion(&self, file: &str, line: usize, excerpt: String) -> Suspicion {
        Suspicion {
            rule: self.name,
            weight: self.weight,
            file: file.to_owned(),
            line,
            excerpt,
            why: self.why,
        }
    }
}

type Row = (&'static str, Weight, For, &'static str, &'static str, &'static str);

/// name, weight, files, expression, what makes it innocent, meaning
const ROWS: &[Row] = &[
    (
        "decoded-shell",
        Weight::Danger,
        For::Everything,
        r"base64\s+(-d|-D|--decode)[^\n]{0,200}\|\s*(sudo\s+)?(ba|z|da)?sh\b|xxd\s+-r[^\n]{0,200}\|\s*(ba|z|da)?sh\b",
        "",
        "hidden commands are decoded and run",
    ),
    (
        "decoded-code",
        Weight::Danger,
        For::Everything,
        r"\b(exec|eval)\s*\(\s*(compile\s*\(\s*)?(__import__\(|base64\.|zlib\.|marshal\.|codecs\.|bytes\.fromhex|atob\s*\(|Buffer\.from\s*\(|unescape\s*\()",
        "",
        "hidden code is decoded and run",
    ),
    (
        "miner",
        Weight::Danger,
        For::Everything,
        r"(?i)\b(xmrig|minerd|cgminer|ethminer|nbminer|lolminer|phoenixminer|coinhive|cryptonight|nicehash)\b|stratum\+(tcp|ssl)://",
        "",
        "looks like a miner of crypto money",
    ),
    (
        "credentials",
        Weight::Danger,
        For::Everything,
        r"\.ssh/(id_|authorized_keys)|\.aws/credentials|/etc/shadow|\.config/gh/hosts|\.gnupg/|wallet\.dat|\.netrc\b|Login Data\b",
        "",
        "reads or writes keys and passwords",
    ),
    (
        "reverse-shell",
        Weight::Danger,
        For::Everything,
        r"/dev/tcp/[0-9a-zA-Z]|bash\s+-i\s*>&|\bnc(at)?\s+(-\w*\s+)*-[ec]\b|socket\.socket\([^)]*\).{0,200}(dup2|/bin/sh)",
        "",
        "gives a shell to somebody else",
    ),
    (
        "reports-home",
        Weight::Danger,
        For::Everything,
        r"discord(app)?\.com/api/webhooks/|api\.telegram\.org/bot[0-9{$]",
        "",
        "sends something to a chat",
    ),
    (
        "removes-home",
        Weight::Danger,
        For::Everything,
        r#"\brm\s+(-\w+\s+)*-\w*[rR]\w*\s+(-\w+\s+)*["']?(/|~|\$HOME|\$\{HOME\})["']?/?\*?\s*($|["';&|,\]])"#,
        "",
        "removes a person's files",
    ),
    (
        "network-to-shell",
        Weight::Care,
        For::Everything,
        r"\b(curl|wget)\b[^\n|]{0,400}\|\s*(sudo\s+(-\w+\s+)*)?((ba|z|da|fi)?sh|python3?|node|perl)\b|\b(iwr|irm|Invoke-WebRequest|Invoke-RestMethod)\b[^\n|]{0,400}\|\s*(iex|Invoke-Expression)\b|(ba|z)?sh\s+-c\s+.?\$\((curl|wget)\b|(ba|z)?sh\s+<\((curl|wget)\b",
        "",
        "runs whatever a server sends",
    ),
    (
        "tls-off",
        Weight::Care,
        For::Everything,
        r"\bcurl\b[^\n]*\s(-k|--insecure)\b|--no-check-certificate|--trusted-host|\bverify\s*=\s*False\b|NODE_TLS_REJECT_UNAUTHORIZED|GIT_SSL_NO_VERIFY|http\.sslVerify[ =]+false|_create_unverified_context|strict-ssl[ =]+false|PYTHONHTTPSVERIFY\W+0|CURL_SSL_BACKEND\W+none",
        "",
        "does not check who the server is",
    ),
    (
        "pickle",
        Weight::Care,
        For::Code,
        r"\b(c?pickle|dill|cloudpickle|joblib)\.loads?\s*\(|\btorch\.load\s*\(|\b(numpy|np)\.load\s*\([^)]*allow_pickle\s*=\s*True",
        r"weights_only\s*=\s*True",
        "loads a format that can run code",
    ),
    (
        "eval",
        Weight::Care,
        For::Code,
        r"(^|[^.\w])(eval|execfile)\s*\(|(^|[^.\w])exec\s*\(\s*[a-z_]|\bnew\s+Function\s*\(",
        r"^\s*(#|//)|\bdef\s+(eval|exec)\b|RegExp|\.exec\(",
        "runs text as code",
    ),
    (
        "sudo",
        Weight::Care,
        For::Everything,
        r#"(^|[\s"'`;&|(])sudo\s+[a-z/-]"#,
        "",
        "wants the rights of the administrator",
    ),
    (
        "writes-outside",
        Weight::Care,
        For::Everything,
        r#">>?\s*["']?(~|\$HOME|\$\{HOME\})/\.(bashrc|profile|zshrc|bash_profile|config)|>>?\s*["']?/(etc|usr|bin|opt)/|\bcrontab\s+-|/etc/cron|systemctl\s+(--user\s+)?enable"#,
        "",
        "writes outside the launcher's folder",
    ),
    (
        "unpinned",
        Weight::Care,
        For::Requirements,
        r"git\+(https?|ssh)://",
        r"git\+\S+@[0-9a-f]{7,40}\b|git\+\S+@v?\d",
        "whatever that repository holds on the day is installed",
    ),
    (
        "index",
        Weight::Care,
        For::Everything,
        r"--(extra-)?index-url[ =]+http://|--extra-index-url",
        r"download\.pytorch\.org|pypi\.nvidia\.com|--extra-index-url[ =]+https://(pypi\.org|pypi\.ngc\.nvidia\.com)",
        "packages come from another index as well: one of the same name may win",
    ),
    (
        "open-download",
        Weight::Care,
        For::Everything,
        r#"\b(curl|wget)\b[^\n]*\shttp://[^\s"'/]+\.[a-z]{2,}|"?(uri|url)"?\s*:\s*["']http://[^"'/]+\.[a-z]{2,}"#,
        r"http://(localhost|127\.|0\.0\.0\.0|\{\{)",
        "a download anybody on the way can change",
    ),
];

/// The patterns, compiled once.
pub(super) fn list() -> &'static [Pattern] {
    static LIST: OnceLock<Vec<Pattern>> = OnceLock::new();
    LIST.get_or_init(|| ROWS.iter().map(pattern).collect())
}

fn pattern((name, weight, files, expression, unless, why): &Row) -> Pattern {
    // the rows are checked by a test: each of them compiles
    let compile = |text: &str| (!text.is_empty()).then(|| Regex::new(text).ok()).flatten();
    Pattern {
        name,
        weight: *weight,
        files: *files,
        why,
        expression: compile(expression),
        unless: compile(unless),
    }
}

/// Mostly escapes, or names of machines: nobody writes that by hand.
pub(super) fn is_obfuscated(line: &str) -> bool {
    const ESCAPES: usize = 60;
    const NAMES: usize = 20;
    line.len() > 200 && (line.matches(r"\x").count() >= ESCAPES || line.matches("_0x").count() >= NAMES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_compiles() {
        for row in ROWS {
            let made = pattern(row);
            assert!(made.expression.is_some(), "{}", row.0);
            assert_eq!(made.unless.is_some(), !row.4.is_empty(), "{}", row.0);
        }
    }
}
