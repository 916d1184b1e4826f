//! The parameters of a shell step, checked and typed.
//!
//! Must not know: Lua, processes. Templates that gave null mean "not set".

use pino_model::Data;

use super::{
    extras::{self, Extras},
    words::text_of,
};

/// A Python environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Venv {
    /// As written; relative to the shell's folder.
    pub(super) path: String,
    /// Wanted Python version.
    pub(super) python: Option<String>,
}

/// What is wanted of conda.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Conda {
    /// Nothing said: run in the default environment.
    Default,
    /// Explicitly nothing.
    Skip,
    /// An environment.
    Env {
        /// `-p PATH` or `-n NAME`.
        place: CondaPlace,
        /// What `conda create` gets as its Python.
        python: String,
        /// Extra arguments of `conda create`.
        args: String,
    },
    /// These commands and no others.
    Commands(Vec<String>),
}

/// Where a conda environment lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CondaPlace {
    /// In a folder, relative to the shell's.
    Path(String),
    /// Among the named ones.
    Name(String),
}

/// A variable of the step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Setting {
    /// Takes the place of what was there.
    Value(String),
    /// Comes before what was there, joined by `:`.
    Parts(Vec<String>),
}

/// Everything a shell step says besides its handlers.
#[derive(Clone, Debug)]
pub(super) struct Params {
    pub(super) path: Option<String>,
    pub(super) message: Data,
    pub(super) chain: Data,
    pub(super) env: Vec<(String, Setting)>,
    pub(super) unset: Vec<String>,
    pub(super) venv: Option<Venv>,
    pub(super) conda: Conda,
    pub(super) on: Data,
    pub(super) input: bool,
    /// The shell stays for lines of later steps.
    pub(super) persistent: bool,
    pub(super) sudo: bool,
    pub(super) id: Option<String>,
    pub(super) shell: Option<String>,
    pub(super) cols: u16,
    pub(super) rows: u16,
    /// Extensions of ours.
    pub(super) extras: Extras,
}

/// Python of a new conda environment when the step names none.
const CONDA_PYTHON: &str = "python=3.10";

/// Reads the parameters; the error says which one is wrong.
pub(super) fn parse(params: &Data) -> Result<Params, String> {
    Ok(Params {
        path: text(params.get("path")),
        message: params.get("message").clone(),
        chain: params.get("chain").clone(),
        env: settings(params.get("env"))?,
        unset: names(params.get("-env")),
        venv: venv(params)?,
        conda: conda(params)?,
        on: params.get("on").clone(),
        input: params.get("input").is_truthy(),
        persistent: params.get("persistent").is_truthy(),
        sudo: params.get("sudo").is_truthy(),
        id: text(params.get("id")),
        shell: text(params.get("shell")),
        cols: size(params.get("cols"), 100),
        rows: size(params.get("rows"), 30),
        extras: extras::parse(params)?,
    })
}

/// Text that says something.
fn text(value: &Data) -> Option<String> {
    match value {
        Data::String(text) if !text.is_empty() => Some(text.clone()),
        Data::Number(_) => Some(text_of(value)),
        _ => None,
    }
}

fn size(value: &Data, default: u16) -> u16 {
    match value {
        Data::Number(number) if (1.0..=1000.0).contains(number) => *number as u16,
        _ => default,
    }
}

fn names(value: &Data) -> Vec<String> {
    match value {
        Data::Array(items) => items.iter().filter_map(text).collect(),
        other => text(other).into_iter().collect(),
    }
}

fn settings(env: &Data) -> Result<Vec<(String, Setting)>, String> {
    match env {
        Data::Object(members) => Ok(members
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), setting(name, value)?)))
            .collect()),
        other if !other.is_truthy() => Ok(Vec::new()),
        _ => Err("`env` must be an object of names and values, like { \"PORT\": 7860 }".to_owned()),
    }
}

fn setting(name: &str, value: &Data) -> Option<Setting> {
    match value {
        Data::Undefined | Data::Null | Data::Function => None,
        Data::Array(items) => {
            Some(Setting::Parts(items.iter().filter(|item| !item.is_nullish()).map(text_of).collect()))
        }
        value if name.eq_ignore_ascii_case("path") => Some(Setting::Parts(vec![text_of(value)])),
        value => Some(Setting::Value(text_of(value))),
    }
}

fn venv(params: &Data) -> Result<Option<Venv>, String> {
    match params.get("venv") {
        Data::Object(members) => {
            let object = Data::Object(members.clone());
            let path = text(object.get("path"))
                .ok_or("`venv` is an object without `path`: name the folder, like { \"path\": \"env\" }")?;
            Ok(Some(Venv { path, python: version(object.get("python")) }))
        }
        value => Ok(text(value).map(|path| Venv { path, python: version(params.get("venv_python")) })),
    }
}

/// `3.11`, `"3.11"` or `"python=3.11"`.
fn version(value: &Data) -> Option<String> {
    let text = text(value)?;
    Some(text.trim_start_matches("python").trim_start_matches('=').to_owned()).filter(|text| !text.is_empty())
}

fn conda(params: &Data) -> Result<Conda, String> {
    let value = params.get("conda");
    let Data::Object(_) = value else {
        let place = text(value).map(CondaPlace::Path);
        return Ok(place.map_or(Conda::Default, |place| conda_env(place, &Data::Undefined, params)));
    };
    if value.get("skip").is_truthy() {
        return Ok(Conda::Skip);
    }
    if let Data::Array(commands) = value.get("activate") {
        return Ok(Conda::Commands(commands.iter().filter_map(text).collect()));
    }
    match (text(value.get("path")), text(value.get("name"))) {
        (Some(path), _) => Ok(conda_env(CondaPlace::Path(path), value, params)),
        (None, Some(name)) if name == "base" => Ok(Conda::Default),
        (None, Some(name)) => Ok(conda_env(CondaPlace::Name(name), value, params)),
        (None, None) => Err("`conda` is an object without `path`, `name` or `skip`: say which environment, or { \"skip\": true }".to_owned()),
    }
}

fn conda_env(place: CondaPlace, own: &Data, params: &Data) -> Conda {
    let python = [own.get("python"), params.get("conda_python")].into_iter().find_map(conda_python);
    let args = text(own.get("args")).unwrap_or_default();
    Conda::Env { place, python: python.unwrap_or_else(|| CONDA_PYTHON.to_owned()), args }
}

/// `3.11` → `python=3.11`; other text as it is.
fn conda_python(value: &Data) -> Option<String> {
    let text = text(value)?;
    let numeric = text.chars().all(|letter| letter.is_ascii_digit() || letter == '.');
    Some(if numeric { format!("python={text}") } else { text })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parsed(params: serde_json::Value) -> Params {
        parse(&params.into()).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn null_means_not_set() {
        let params = parsed(json!({ "venv": null, "path": null, "conda": null, "env": null, "id": "" }));
        assert_eq!((params.venv, params.path, params.conda, params.id), (None, None, Conda::Default, None));
        assert_eq!((params.cols, params.rows), (100, 30));
    }

    #[test]
    fn an_object_venv_ignores_venv_python() {
        let params = parsed(json!({ "venv": { "path": "env" }, "venv_python": "3.11" }));
        assert_eq!(params.venv, Some(Venv { path: "env".into(), python: None }));
        let params = parsed(json!({ "venv": "env", "venv_python": 3.11 }));
        assert_eq!(params.venv, Some(Venv { path: "env".into(), python: Some("3.11".into()) }));
    }

    #[test]
    fn values_of_env() {
        let params =
            parsed(json!({ "env": { "PORT": 1, "PATH": "/x", "L": ["a", "b"], "N": null, "B": true } }));
        let expected = [
            ("PORT".to_owned(), Setting::Value("1".into())),
            ("PATH".to_owned(), Setting::Parts(vec!["/x".into()])),
            ("L".to_owned(), Setting::Parts(vec!["a".into(), "b".into()])),
            ("B".to_owned(), Setting::Value("true".into())),
        ];
        assert_eq!(params.env, expected);
    }

    #[test]
    fn forms_of_conda() {
        assert_eq!(parsed(json!({ "conda": { "skip": true } })).conda, Conda::Skip);
        assert_eq!(parsed(json!({ "conda": { "name": "base" } })).conda, Conda::Default);
        let expected = Conda::Env {
            place: CondaPlace::Path("e".into()),
            python: "python=3.11".into(),
            args: String::new(),
        };
        assert_eq!(parsed(json!({ "conda": { "path": "e", "python": "python=3.11" } })).conda, expected);
        assert_eq!(parsed(json!({ "conda": "e", "conda_python": 3.11 })).conda, expected);
        assert!(parse(&json!({ "conda": {} }).into()).is_err());
    }
}
