//! Reads a command line as text: which tools it needs and which hosts it talks to. A guess for people, not a shell.
//!
//! Must not know: steps.

use std::collections::BTreeSet;

/// Words that are the shell's own.
const BUILTINS: &[&str] = &[
    "cd", "echo", "export", "set", "source", ".", "true", "false", "if", "then", "else", "fi", "for", "do",
    "done", "while", "test", "[", "[[", "exit", "mkdir", "rm", "cp", "mv", "ls", "cat", "eval", "unset",
    "exec", "call", "del", "copy", "xcopy", "rmdir", "",
];

/// Index a package installer asks when the command names no other.
const DEFAULT_HOSTS: &[(&[&str], &str)] = &[
    (&["pip install", "pip3 install", "uv pip install", "uv sync", "uv add", "uv tool", "uvx "], "pypi.org"),
    (&["npm install", "npm i ", "npm ci", "npx ", "yarn ", "pnpm "], "registry.npmjs.org"),
    (&["conda install", "conda create", "mamba install"], "conda.anaconda.org"),
    (&["cargo install"], "crates.io"),
    (&["hf download", "huggingface-cli download"], "huggingface.co"),
];

/// First words of the simple commands, without paths.
pub(super) fn tools(command: &str) -> BTreeSet<String> {
    let command = without_templates(command);
    let parts = command.split(['\n', ';', '|', '&', '(', ')']);
    parts.filter_map(program).filter(|word| !BUILTINS.contains(word)).map(str::to_owned).collect()
}

/// What only a run can fill in says nothing about tools.
fn without_templates(command: &str) -> String {
    let mut parts = command.split("{{");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once("}}").map_or(part, |(_, rest)| rest))
}

/// The program of one simple command: assignments in front are passed over.
fn program(part: &str) -> Option<&str> {
    let is_assignment = |word: &&str| {
        word.split_once('=').is_some_and(|(name, _)| !name.is_empty() && name.chars().all(is_name))
    };
    let word = part.split_whitespace().find(|word| !is_assignment(word))?;
    let word = word.trim_matches(['"', '\'', '`']);
    let base = word.rsplit(['/', '\\']).next()?;
    base.chars().all(|c| is_name(c) || "-.+".contains(c)).then_some(base)
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Hosts named by addresses in the text, and those its installers ask by default.
pub(super) fn hosts(command: &str) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = addresses(command).filter_map(host).collect();
    let names_index = command.contains("--index-url") || command.contains("-i http");
    for (openings, default) in DEFAULT_HOSTS {
        if openings.iter().any(|opening| command.contains(opening))
            && !(names_index && *default == "pypi.org")
        {
            found.insert((*default).to_owned());
        }
    }
    found
}

const ADDRESS_STARTS: [&str; 4] = ["https://", "http://", "git@", "ssh://"];

fn addresses(text: &str) -> impl Iterator<Item = &str> {
    let places =
        ADDRESS_STARTS.iter().flat_map(move |start| text.match_indices(start).map(|(at, _)| &text[at..]));
    places.map(|rest| rest.split([' ', '"', '\'', '\n', '`', ')', '<', '>']).next().unwrap_or_default())
}

/// The host of an address; none for this machine's own.
pub(super) fn host(address: &str) -> Option<String> {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let rest = rest.split(['/', '?', '#']).next()?;
    let rest = rest.rsplit('@').next()?;
    let name = rest.split(':').next()?.to_ascii_lowercase();
    let own = ["localhost", "127.0.0.1", "0.0.0.0", ""].contains(&name.as_str());
    (!own && name.contains('.') && !name.contains('{')).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(words: &[&str]) -> BTreeSet<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn finds_the_programs_of_a_line() {
        assert_eq!(
            tools("cd app && uv pip install x | tee log; FOO=1 /usr/bin/python3 a.py"),
            set(&["uv", "tee", "python3"])
        );
        assert_eq!(tools("{{which('x')}} && go build"), set(&["go"]));
    }

    #[test]
    fn finds_hosts_and_the_defaults_of_installers() {
        assert_eq!(hosts("git clone https://user@github.com/a/b app"), set(&["github.com"]));
        assert_eq!(hosts("pip install torch"), set(&["pypi.org"]));
        assert_eq!(
            hosts("pip install torch --index-url https://download.pytorch.org/whl/cu128"),
            set(&["download.pytorch.org"])
        );
        assert_eq!(hosts("curl http://127.0.0.1:80/ http://localhost/"), set(&[]));
        assert_eq!(hosts("git clone git@gitlab.com:a/b.git"), set(&["gitlab.com"]));
    }
}
