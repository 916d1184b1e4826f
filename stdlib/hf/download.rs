//! `hf.download`: files of a repository, by our own downloader; by the program `hf` where only that understands what is asked.
//!
//! Must not know: the hub's protocol.

use indexmap::IndexMap;
use mlua::Value;
use pino_download::HubOutcome;
use pino_model::Data;

use super::{hub, upload, words};
use crate::{Call, MethodError, progress::progress_data, shell::words_of};

/// Parameters of the step itself; all others are arguments.
const OWN: &[&str] = &["path", "env"];
/// Parameters that mean something to a shell only.
const OF_SHELLS: &[&str] =
    &["venv", "conda", "on", "id", "shell", "sudo", "input", "chain", "persistent", "venv_python"];

pub(super) async fn download(call: &Call) -> Result<Value, MethodError> {
    let Data::Object(params) = call.data()? else {
        return Err(MethodError::BadParams(
            "hf.download: params must be an object with \"_\": [repository, files…]".into(),
        ));
    };
    let cwd = match call.text("path")? {
        Some(path) => call.path(&path)?,
        None => call.place.cwd.clone(),
    };
    let needs_shell = OF_SHELLS.iter().any(|name| params.get(*name).is_some_and(Data::is_truthy));
    let words = arguments(&params);
    let wanted = words::parse(&words, &cwd).map_err(|error| hub::failure("hf.download", error))?;
    let Some(wanted) = wanted.filter(|_| !needs_shell) else {
        return upload::by_program(call, "download", &params).await;
    };
    for folder in wanted.request.local_dir.iter().chain(&wanted.cache) {
        call.host.check_write(&call.place, folder)?;
    }
    let variables = hub::variables(call)?;
    let mut config = hub::config(call, &variables);
    config.token = wanted.token.or(config.token);
    config.cache = wanted.cache.unwrap_or(config.cache);
    let hub = hub::open(call, &variables, config);
    let cancel = call.host.cancellation(&call.place);
    let report = |progress: &pino_download::Progress| call.packet("progress", progress_data(progress));
    let outcome = hub.fetch(&wanted.request, &cancel, &report).await;
    let outcome = outcome.map_err(|error| hub::failure("hf.download", error))?;
    let text = told(&outcome, wanted.request.files.len() == 1);
    call.print_lines(&text);
    call.value(&result(&outcome, text))
}

/// The words of the command, split as the reference's unquoted command line was.
fn arguments(params: &IndexMap<String, Data>) -> Vec<String> {
    let mut rest = params.clone();
    rest.retain(|name, _| !OWN.contains(&name.as_str()) && !OF_SHELLS.contains(&name.as_str()));
    let options =
        rest.iter().filter(|(name, _)| *name != "_").map(|(name, value)| (name.clone(), value.clone()));
    let options = words_of(&options.collect());
    let places = rest.get("_").map(|places| words_of(&IndexMap::from([("_".to_owned(), places.clone())])));
    let places = places.unwrap_or_default();
    let split = places.iter().flat_map(|text| text.split_whitespace()).map(str::to_owned);
    split.chain(options).collect()
}

/// As `hf download` prints it: the file where one was asked for, else the folder.
fn told(outcome: &HubOutcome, is_one: bool) -> String {
    let shown = outcome.files.first().filter(|_| is_one).unwrap_or(&outcome.folder);
    format!("{}\n", shown.display())
}

fn result(outcome: &HubOutcome, text: String) -> Data {
    let shown = |path: &std::path::Path| Data::String(path.to_string_lossy().into_owned());
    let files = outcome.files.iter().map(|file| shown(file)).collect();
    let members = [
        ("id", Data::String("hf.download".to_owned())),
        ("response", Data::String(text.clone())),
        ("stdout", Data::String(text)),
        ("path", shown(&outcome.folder)),
        ("files", Data::Array(files)),
        ("commit", Data::String(outcome.commit.clone())),
        ("exit_code", Data::Number(0.0)),
    ];
    Data::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn arguments_are_those_of_the_program() {
        let Data::Object(params) = Data::from(json!({
            "path": "app", "_": ["org/model config.json", "b.bin"], "local-dir": "x", "include": ["*.a", "*.b"], "quiet": true
        })) else {
            return;
        };
        let words = arguments(&params);
        let expected = "org/model config.json b.bin --local-dir x --include *.a --include *.b --quiet";
        assert_eq!(words.join(" "), expected);
    }
}
