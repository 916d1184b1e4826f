//! The house rules as a test: arrows between crates, sharp edges, file sizes, opening words, namespaces, README paths.
//!
//! The table is DESIGN §2 of the project; change both together, by argument.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

const LINES_AT_MOST: usize = 600;

/// crate folder → crates it may use.
const ARROWS: &[(&str, &[&str])] = &[
    ("src/model", &[]),
    ("lua/convert", &[]),
    ("lua/template", &["convert"]),
    ("lua/vm", &["model"]),
    ("src/process", &["model"]),
    ("src/download", &["model"]),
    ("src/drive", &["model"]),
    ("src/machine", &["model"]),
    ("src/state", &["model"]),
    ("src/source", &["model"]),
    ("catalog", &["model"]),
    ("stdlib", &["vm", "process", "download", "source", "drive", "model"]),
    (
        "src/engine",
        &[
            "model", "convert", "template", "vm", "process", "download", "source", "drive", "state",
            "machine", "stdlib",
        ],
    ),
    ("src/server", &["engine", "catalog", "model"]),
    ("src/cli", &["server", "engine", "convert", "model"]),
    ("src/xtask", &[]),
];

/// dependency → the only crates that may name it.
const SHARP_EDGES: &[(&str, &[&str])] = &[
    ("mlua", &["lua/vm", "stdlib"]),
    ("portable-pty", &["src/process"]),
    ("rusqlite", &["src/state"]),
    ("axum", &["src/server"]),
    ("egui", &["ui"]),
    ("eframe", &["ui"]),
    ("oxc_parser", &["lua/convert"]),
    ("regress", &["lua/vm"]),
];

/// Data tables: long because the data is long.
const LONG_BY_NATURE: &[&str] = &[];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_path_buf()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every file under version control or about to be: folders of builds and tools are left out.
fn files(extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !name.starts_with('.') && !["target", "node_modules"].contains(&name.as_str()) {
                    folders.push(path);
                }
            } else if extensions.iter().any(|extension| name.ends_with(extension)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_string_lossy().into_owned()
}

fn manifest(folder: &str) -> toml::Table {
    read(&root().join(folder).join("Cargo.toml")).parse().unwrap()
}

fn dependencies(manifest: &toml::Table, section: &str) -> BTreeSet<String> {
    let table = manifest.get(section).and_then(toml::Value::as_table);
    table.map(|table| table.keys().cloned().collect()).unwrap_or_default()
}

#[test]
fn every_crate_of_the_workspace_is_in_the_table() {
    let members = manifest(".")["workspace"]["members"].as_array().unwrap().clone();
    let members: BTreeSet<_> = members.iter().map(|member| member.as_str().unwrap().to_owned()).collect();
    let known: BTreeSet<_> = ARROWS.iter().map(|(folder, _)| (*folder).to_owned()).collect();
    assert_eq!(members, known);
}

#[test]
fn arrows_point_down_only() {
    for (folder, allowed) in ARROWS {
        for dependency in dependencies(&manifest(folder), "dependencies") {
            if let Some(name) = dependency.strip_prefix("pino-") {
                assert!(allowed.contains(&name), "{folder} must not use {dependency}");
            }
        }
    }
}

#[test]
fn sharp_edges_stay_sharp() {
    for (folder, _) in ARROWS {
        let used = dependencies(&manifest(folder), "dependencies");
        for (dependency, owners) in SHARP_EDGES {
            assert!(
                !used.contains(*dependency) || owners.contains(folder),
                "{folder} must not name {dependency}"
            );
        }
    }
}

#[test]
fn every_crate_inherits_the_lints() {
    for (folder, _) in ARROWS {
        let inherits = manifest(folder).get("lints").and_then(|lints| lints.get("workspace")).cloned();
        assert_eq!(inherits, Some(toml::Value::Boolean(true)), "{folder}: [lints] workspace = true");
    }
}

#[test]
fn every_file_opens_by_saying_what_it_is_for() {
    let silent: Vec<_> = files(&[".rs"])
        .iter()
        .filter(|path| !read(path).starts_with("//!"))
        .chain(files(&[".lua"]).iter().filter(|path| in_prelude(path) && !read(path).starts_with("--")))
        .map(|path| relative(path))
        .collect();
    assert!(silent.is_empty(), "no opening words: {silent:#?}");
}

fn in_prelude(path: &Path) -> bool {
    relative(path).starts_with("lua/prelude")
}

#[test]
fn no_file_is_longer_than_the_cap() {
    let long: BTreeMap<_, _> = files(&[".rs", ".lua", ".py", ".mjs"])
        .iter()
        .map(|path| (relative(path), read(path).lines().count()))
        .filter(|(path, lines)| *lines > LINES_AT_MOST && !LONG_BY_NATURE.contains(&path.as_str()))
        .collect();
    assert!(long.is_empty(), "longer than {LINES_AT_MOST} lines: {long:#?}");
}

/// `("fs.write", …)` rows of a namespace's table.
fn registered(text: &str) -> Vec<String> {
    let pattern = regex::Regex::new(r#"\(\s*"([a-z0-9_]+(?:\.[a-z0-9_]+)?)"\s*,"#).unwrap();
    let table = text.split("TABLE").nth(1).unwrap_or_default();
    let table = table.split("];").next().unwrap_or_default();
    pattern.captures_iter(table).map(|found| found[1].to_owned()).collect()
}

#[test]
fn every_namespace_has_types_for_every_method() {
    let mut missing = Vec::new();
    for entry in fs::read_dir(root().join("stdlib")).unwrap() {
        let folder = entry.unwrap().path();
        if !folder.join("mod.rs").is_file() {
            continue;
        }
        let types = fs::read_to_string(folder.join("types.lua")).unwrap_or_default();
        for method in registered(&read(&folder.join("mod.rs"))) {
            if !types.contains(&format!("function {}", lua_name(&method))) {
                missing.push(format!("{}: {method}", relative(&folder)));
            }
        }
    }
    assert!(missing.is_empty(), "no entry in types.lua: {missing:#?}");
}

/// `local` is a keyword of Lua: the namespace is `locals` there.
fn lua_name(method: &str) -> String {
    method.strip_prefix("local.").map_or_else(|| method.to_owned(), |rest| format!("locals.{rest}"))
}

#[test]
fn links_in_the_map_lead_somewhere() {
    let link = regex::Regex::new(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)").unwrap();
    let mut broken = Vec::new();
    for page in files(&[".md"]) {
        let text = read(&page);
        for found in link.captures_iter(&text) {
            if !page.parent().unwrap().join(&found[1]).exists() {
                broken.push(format!("{}: {}", relative(&page), &found[1]));
            }
        }
    }
    assert!(broken.is_empty(), "links to nowhere: {broken:#?}");
}

/// Every helper the converter may emit exists in the prelude.
#[test]
fn the_prelude_has_every_helper_the_converter_emits() {
    let emitted = regex::Regex::new(r"\bjs\.([a-z_]+)").unwrap();
    let mut wanted = BTreeSet::new();
    for path in files(&[".rs"]).iter().filter(|path| relative(path).starts_with("lua/convert/")) {
        let code: String = read(path)
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect::<Vec<_>>()
            .join("\n");
        wanted.extend(emitted.captures_iter(&code).map(|found| found[1].to_owned()));
    }
    let prelude: String =
        files(&[".lua"]).iter().filter(|path| in_prelude(path)).map(|path| read(path)).collect();
    let missing: Vec<_> = wanted.iter().filter(|name| !defines(&prelude, name)).collect();
    assert!(missing.is_empty(), "emitted by convert, absent from the prelude: {missing:?}");
}

fn defines(prelude: &str, name: &str) -> bool {
    let forms = [
        format!("function js.{name}("),
        format!("js.{name} ="),
        format!("js[\"{name}\"] ="),
        format!("js.{name}, js."),
    ];
    forms.iter().any(|form| prelude.contains(form.as_str())) || prelude.contains(&format!(", js.{name} ="))
}
