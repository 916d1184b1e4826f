//! The ratchet of our own JavaScript cases: every file of `tests/js` runs through `pino js --batch`, and what passes is compared
//! with `tests/js/ratchet.toml`. Fewer passes are a regression; more have to be written down, so that they stay.
//! Must not know: what the cases say. They are checked against another engine by hand (see `tests/js/README.md`).
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test says what is wrong by failing")]

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Passing cases, failing cases, passing assertions of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    passed: u64,
    failed: u64,
    assertions: u64,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().join("tests/js")
}

fn files() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| {
        let extension = path.extension().and_then(|extension| extension.to_str());
        matches!(extension, Some("js" | "mjs")) && path.file_stem().is_none_or(|stem| stem != "check")
    });
    files.sort();
    files
}

/// The answers of `pino js --batch`, one JSON line a file.
fn answers(files: &[PathBuf]) -> Vec<serde_json::Value> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_pino"))
        .args(["js", "--batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let list: Vec<String> = files.iter().map(|path| path.display().to_string()).collect();
    let list = list.join("\n") + "\n";
    // fewer bytes than a pipe holds: it cannot block
    child.stdin.take().unwrap().write_all(list.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Counts the lines of `check.js`; failing ones are told in `failures`.
fn count(name: &str, answer: &serde_json::Value, failures: &mut String) -> Count {
    let mut count = Count::default();
    for line in answer["stdout"].as_str().unwrap_or_default().lines() {
        if let Some(rest) = line.strip_prefix("ok ") {
            count.passed += 1;
            count.assertions += rest.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0);
        } else if line.starts_with("not ok ") {
            count.failed += 1;
            writeln!(failures, "{name}: {line}").unwrap();
        }
    }
    if answer["ok"] != true {
        writeln!(failures, "{name}: {}", answer["error"]).unwrap();
    }
    count
}

fn written_down() -> BTreeMap<String, Count> {
    let text = fs::read_to_string(folder().join("ratchet.toml")).expect("tests/js/ratchet.toml is missing");
    let table: toml::Table = text.parse().unwrap();
    let read = |entry: &toml::Value, name: &str| {
        entry.get(name).and_then(toml::Value::as_integer).unwrap_or(0).unsigned_abs()
    };
    let counts = table.iter().map(|(name, entry)| {
        let count = Count {
            passed: read(entry, "passed"),
            failed: read(entry, "failed"),
            assertions: read(entry, "assertions"),
        };
        (name.clone(), count)
    });
    counts.collect()
}

#[test]
fn our_own_javascript_cases_pass_as_often_as_written_down() {
    let files = files();
    let answers = answers(&files);
    assert_eq!(answers.len(), files.len(), "each file has one answer");
    let (mut now, mut failures) = (BTreeMap::new(), String::new());
    for (file, answer) in files.iter().zip(&answers) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        now.insert(name.clone(), count(&name, answer, &mut failures));
    }
    let mut correct = String::new();
    for (name, Count { passed, failed, assertions }) in &now {
        writeln!(
            correct,
            "\"{name}\" = {{ passed = {passed}, failed = {failed}, assertions = {assertions} }}"
        )
        .unwrap();
    }
    assert!(
        now == written_down(),
        "tests/js/ratchet.toml differs from what passes now. If nothing got worse, write down:\n\n{correct}\nFailing cases:\n{failures}"
    );
}
