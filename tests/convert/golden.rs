//! Golden files: every `cases/*.js` converts to the `.lua` beside it, every `cases/err_*.js` gives the messages in the
//! `.txt` beside it. `PINO_UPDATE_GOLDEN=1` writes what is missing or different.
#![expect(clippy::expect_used, reason = "tests")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use pino_convert::{Form, Names, Options, convert};

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/convert/cases");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder of cases")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| matches!(path.extension().and_then(|found| found.to_str()), Some("js" | "mjs")))
        .collect();
    files.sort();
    files
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Names ending in `.full.js` are converted with names recorded.
fn options_of(path: &Path) -> Options {
    let name = name_of(path);
    let form = if path.extension().is_some_and(|extension| extension == "mjs") {
        Form::EsModule
    } else if name.contains("script") {
        Form::Script
    } else {
        Form::CommonJs
    };
    Options { form, names: if name.contains("full") { Names::Full } else { Names::Readable } }
}

/// What the converter says about a case: text, or messages.
fn outcome(path: &Path) -> (String, &'static str) {
    let source = fs::read_to_string(path).expect("a case");
    let result = convert(&source, &name_of(path), &options_of(path));
    if let Some(lua) = result.lua {
        return (lua, "lua");
    }
    let mut text = String::new();
    for message in &result.diagnostics {
        let _ = writeln!(text, "{}", message.render(false).trim_end());
    }
    (text, "txt")
}

#[test]
fn conversions_are_as_recorded() {
    let update = std::env::var_os("PINO_UPDATE_GOLDEN").is_some();
    let mut wrong = Vec::new();
    for path in cases() {
        let (found, extension) = outcome(&path);
        let expects_error = name_of(&path).starts_with("err_");
        assert_eq!(expects_error, extension == "txt", "{}: {found}", name_of(&path));
        let golden = path.with_extension(extension);
        if fs::read_to_string(&golden).unwrap_or_default() == found {
            continue;
        }
        if update {
            fs::write(&golden, &found).expect("a golden file");
        } else {
            wrong.push(format!("--- {}\n{found}", name_of(&path)));
        }
    }
    assert!(wrong.is_empty(), "PINO_UPDATE_GOLDEN=1 records these:\n{}", wrong.join("\n"));
}

#[test]
fn every_line_of_code_has_an_origin() {
    for path in cases().iter().filter(|path| !name_of(path).starts_with("err_")) {
        let source = fs::read_to_string(path).expect("a case");
        let result = convert(&source, &name_of(path), &options_of(path));
        let lines = source.lines().count() as u32;
        for (_, line, _) in result.map.entries() {
            assert!((1..=lines.max(1)).contains(&line), "{}: line {line}", name_of(path));
        }
    }
}

/// Every `js.name` in the output is named by the page that is the contract with the prelude.
#[test]
fn helpers_are_in_the_contract() {
    let contract =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md")).expect("the contract");
    let mut unknown = Vec::new();
    for path in cases().iter().filter(|path| !name_of(path).starts_with("err_")) {
        for part in outcome(path).0.split("js.").skip(1) {
            let name: String = part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            if !contract.contains(&name) && !unknown.contains(&name) {
                unknown.push(name);
            }
        }
    }
    assert!(unknown.is_empty(), "not in lua/README.md: {unknown:?}");
}
