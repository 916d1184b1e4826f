//! The environment of one shell, in the order of spec 30-api-shell §5.
//!
//! Must not know: Lua, files of variables (the base comes merged). Later entries override.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::params::{Conda, Setting};

/// What the environment of a shell is made of.
pub(super) struct Parts<'a> {
    /// Inherited variables, the home's ENVIRONMENT, the app's.
    pub(super) base: BTreeMap<String, String>,
    /// The launcher home.
    pub(super) home: &'a Path,
    /// The step's `env`.
    pub(super) settings: &'a [(String, Setting)],
    /// The step's `-env`.
    pub(super) unset: &'a [String],
    /// What the step says about conda.
    pub(super) conda: &'a Conda,
}

/// Set when nothing else set them: Hugging Face's token lies in the home, and is not asked for updates.
const DEFAULTS: &[(&str, &str)] =
    &[("HF_HUB_DISABLE_UPDATE_CHECK", "1"), ("UV_PYTHON_DOWNLOADS", "automatic")];
const TOKEN_PATH: &str = "cache/HF_AUTH/token";

/// Folders of managed tools below the home, in the order they are looked at; only the ones that exist count.
const TOOL_FOLDERS: &[&str] = &["bin/npm/bin", "bin/miniforge/bin", "bin/miniforge/condabin"];

/// The finished environment.
pub(super) fn build(parts: Parts<'_>) -> BTreeMap<String, String> {
    let mut env = parts.base;
    place_tools(&mut env, parts.home);
    let explicit_pip = env.contains_key(REQUIRE_VENV);
    for (name, setting) in parts.settings {
        apply(&mut env, name, setting);
    }
    for (name, value) in DEFAULTS {
        env.entry((*name).to_owned()).or_insert_with(|| (*value).to_owned());
    }
    env.entry("HF_TOKEN_PATH".to_owned())
        .or_insert_with(|| parts.home.join(TOKEN_PATH).display().to_string());
    guard_python(
        &mut env,
        parts.conda,
        explicit_pip || parts.settings.iter().any(|(name, _)| name == REQUIRE_VENV),
    );
    env.retain(|name, _| is_name(name));
    for value in env.values_mut() {
        *value = on_one_line(value);
    }
    for name in parts.unset {
        env.remove(name);
    }
    env
}

const REQUIRE_VENV: &str = "PIP_REQUIRE_VIRTUALENV";

/// Outside of any environment a bare `pip install` would change the machine's own Python: pip refuses, unless told otherwise.
fn guard_python(env: &mut BTreeMap<String, String>, conda: &Conda, explicit: bool) {
    if *conda == Conda::Skip {
        return;
    }
    env.insert("PYTHONNOUSERSITE".to_owned(), "1".to_owned());
    env.insert("CONDA_AUTO_ACTIVATE_BASE".to_owned(), "false".to_owned());
    if *conda == Conda::Default && !explicit {
        env.insert(REQUIRE_VENV.to_owned(), "true".to_owned());
    }
}

/// Managed tools first, the home's `bin` last.
fn place_tools(env: &mut BTreeMap<String, String>, home: &Path) {
    let old: Vec<PathBuf> =
        env.get("PATH").map(|path| std::env::split_paths(path).collect()).unwrap_or_default();
    let tools = TOOL_FOLDERS.iter().map(|folder| home.join(folder)).filter(|folder| folder.is_dir());
    let bin = home.join("bin");
    let mut new: Vec<PathBuf> = tools.filter(|folder| !old.contains(folder)).collect();
    new.extend(old.iter().cloned());
    if !new.contains(&bin) {
        new.push(bin);
    }
    let text: Vec<String> = new.iter().map(|folder| folder.display().to_string()).collect();
    env.insert("PATH".to_owned(), text.join(":"));
}

fn apply(env: &mut BTreeMap<String, String>, name: &str, setting: &Setting) {
    let name = if name.eq_ignore_ascii_case("path") { "PATH" } else { name };
    let value = match setting {
        Setting::Value(value) => value.clone(),
        Setting::Parts(parts) => {
            let before = env.get(name).filter(|value| !value.is_empty());
            parts.iter().cloned().chain(before.cloned()).collect::<Vec<_>>().join(":")
        }
    };
    env.insert(name.to_owned(), value);
}

fn is_name(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

/// Line breaks become one blank each run.
fn on_one_line(value: &str) -> String {
    if !value.contains(['\r', '\n']) {
        return value.to_owned();
    }
    let mut line = String::with_capacity(value.len());
    for letter in value.chars() {
        match letter {
            '\r' | '\n' if line.ends_with(' ') => {}
            '\r' | '\n' => line.push(' '),
            other => line.push(other),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(
        base: &[(&str, &str)],
        settings: &[(&str, Setting)],
        unset: &[&str],
        conda: Conda,
    ) -> BTreeMap<String, String> {
        let settings: Vec<_> =
            settings.iter().map(|(name, setting)| ((*name).to_owned(), setting.clone())).collect();
        build(Parts {
            base: base.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            home: Path::new("/h"),
            settings: &settings,
            unset: &unset.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>(),
            conda: &conda,
        })
    }

    fn parts(list: &[&str]) -> Setting {
        Setting::Parts(list.iter().map(|part| (*part).to_owned()).collect())
    }

    #[test]
    fn path_is_prepended_and_the_home_comes_last() {
        let env = built(&[("PATH", "/usr/bin")], &[("Path", parts(&["/a", "/b"]))], &[], Conda::Default);
        assert_eq!(env["PATH"], "/a:/b:/usr/bin:/h/bin");
    }

    #[test]
    fn lists_join_what_was_there_and_scalars_replace_it() {
        let env = built(
            &[("L", "old"), ("S", "old")],
            &[("L", parts(&["x"])), ("S", Setting::Value("new".into()))],
            &[],
            Conda::Default,
        );
        assert_eq!((env["L"].as_str(), env["S"].as_str()), ("x:old", "new"));
        assert_eq!(built(&[], &[("L", parts(&["a", "b", "c"]))], &[], Conda::Default)["L"], "a:b:c");
    }

    #[test]
    fn bad_names_and_line_breaks_go_and_unset_is_last() {
        let env = built(
            &[("A-B", "1"), ("X", "a\r\nb")],
            &[("GONE", Setting::Value("1".into()))],
            &["GONE"],
            Conda::Default,
        );
        assert!(!env.contains_key("A-B") && !env.contains_key("GONE"));
        assert_eq!(env["X"], "a b");
    }

    #[test]
    fn pip_is_guarded_unless_told_otherwise() {
        assert_eq!(built(&[], &[], &[], Conda::Default)[REQUIRE_VENV], "true");
        assert_eq!(
            built(&[], &[(REQUIRE_VENV, Setting::Value("false".into()))], &[], Conda::Default)[REQUIRE_VENV],
            "false"
        );
        assert!(!built(&[], &[], &[], Conda::Skip).contains_key(REQUIRE_VENV));
    }
}
