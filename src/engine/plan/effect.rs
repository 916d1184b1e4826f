//! What a rendered step would do: commands, downloads, hosts, paths, tools. One reading for each method.
//!
//! Must not know: how the step was rendered.

use serde::Serialize;
use serde_json::Value as Json;

use super::command;

/// Kind of an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EffectKind {
    /// Runs this command.
    Command,
    /// Downloads this address.
    Download,
    /// Talks to this host.
    Host,
    /// Writes or removes this path.
    Write,
    /// Needs this tool.
    Tool,
    /// Starts this script.
    Script,
    /// Asks somebody.
    Ask,
    /// Opens this address.
    Open,
}

/// One thing a step does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Effect {
    /// What kind of thing.
    pub kind: EffectKind,
    /// The command, address, host, path or tool.
    pub text: String,
}

/// Effects of a step, without repetition, in order of kind.
pub(super) fn effects(method: &str, params: &Json) -> Vec<Effect> {
    let mut found = Found::default();
    match method {
        "shell.run" | "shell.start" => found.shell(params),
        "shell.enter" | "shell.write" | "exec" | "kernel.exec" => found.messages(&params["message"]),
        "fs.download" => found.download(params),
        "hf.download" => found.hub(),
        "script.start" | "script.run" | "script.download" => found.script(params),
        "net" => found.address(&params["url"], EffectKind::Open),
        "web.open" | "browser.open" => found.address(&params["uri"], EffectKind::Open),
        "input" | "modal" | "htmlmodal" | "filepicker.open" => found.add(EffectKind::Ask, method),
        "json.set" | "json.rm" => found.keys(params),
        "env.set" => found.add(EffectKind::Write, "ENVIRONMENT"),
        _ if method.starts_with("fs.") => found.files(params),
        _ => {}
    }
    found.0.sort();
    found.0.dedup();
    found.0
}

#[derive(Default)]
struct Found(Vec<Effect>);

impl Found {
    fn add(&mut self, kind: EffectKind, text: impl Into<String>) {
        self.0.push(Effect { kind, text: text.into() });
    }

    fn shell(&mut self, params: &Json) {
        self.messages(&params["message"]);
        let folder = params["path"].as_str().unwrap_or(".");
        let environment = params["venv"].as_str().or_else(|| params["venv"]["path"].as_str());
        if let Some(name) = environment {
            self.add(EffectKind::Write, join(folder, name));
            let uv = !params["venv_python"].is_null() || !params["venv"]["python"].is_null();
            self.add(EffectKind::Tool, if uv { "uv" } else { "python3" });
        }
        let conda = params["conda"].as_str().or_else(|| params["conda"]["path"].as_str());
        if let Some(name) = conda {
            self.add(EffectKind::Write, join(folder, name));
            self.add(EffectKind::Tool, "conda");
        }
    }

    fn messages(&mut self, message: &Json) {
        match message {
            Json::Array(items) => items.iter().for_each(|item| self.messages(item)),
            Json::String(text) if !text.trim().is_empty() => self.command(text),
            Json::Object(_) => self.command(&structured(message)),
            _ => {}
        }
    }

    fn command(&mut self, text: &str) {
        self.add(EffectKind::Command, text.trim());
        for tool in command::tools(text) {
            self.add(EffectKind::Tool, tool);
        }
        for host in command::hosts(text) {
            self.add(EffectKind::Host, host);
        }
    }

    fn address(&mut self, value: &Json, kind: EffectKind) {
        if let Some(text) = value.as_str() {
            self.add(kind, text);
            if let Some(host) = command::host(text).filter(|_| text.contains("://")) {
                self.add(EffectKind::Host, host);
            }
        }
    }

    fn download(&mut self, params: &Json) {
        for key in ["uri", "url"] {
            match &params[key] {
                Json::Array(items) => items.iter().for_each(|item| self.address(item, EffectKind::Download)),
                one => self.address(one, EffectKind::Download),
            }
        }
        let place = ["path", "dir"].iter().find_map(|key| params[*key].as_str());
        self.add(EffectKind::Write, place.unwrap_or("."));
    }

    fn hub(&mut self) {
        self.add(EffectKind::Host, "huggingface.co");
        self.add(EffectKind::Tool, "hf");
    }

    fn script(&mut self, params: &Json) {
        let Some(uri) = params["uri"].as_str() else { return };
        self.add(EffectKind::Script, uri);
        if let Some(host) = command::host(uri).filter(|_| uri.starts_with("http")) {
            self.add(EffectKind::Host, host);
            self.add(EffectKind::Tool, "git");
        }
    }

    fn keys(&mut self, params: &Json) {
        for key in params.as_object().into_iter().flat_map(serde_json::Map::keys) {
            self.add(EffectKind::Write, key);
        }
    }

    /// `path`, `to`, `dest` and the apps' side of links.
    fn files(&mut self, params: &Json) {
        for key in ["path", "to", "dest", "venv"] {
            if let Some(text) = params[key].as_str() {
                self.add(EffectKind::Write, text);
            }
        }
        for value in params["drive"].as_object().into_iter().flat_map(serde_json::Map::values) {
            match value {
                Json::Array(items) => {
                    items.iter().filter_map(Json::as_str).for_each(|text| self.add(EffectKind::Write, text));
                }
                one => one.as_str().into_iter().for_each(|text| self.add(EffectKind::Write, text)),
            }
        }
    }
}

fn join(folder: &str, name: &str) -> String {
    if folder == "." || name.starts_with('/') { name.to_owned() } else { format!("{folder}/{name}") }
}

/// A structured message as a line people can read; the shell gets it quoted (spec 30-api-shell §3.3).
fn structured(message: &Json) -> String {
    let words = message["_"].as_array().into_iter().flatten().map(plain);
    let flags =
        message.as_object().into_iter().flatten().filter(|(name, value)| *name != "_" && !value.is_null());
    let flags = flags.map(|(name, value)| flag(name, value));
    words.chain(flags).collect::<Vec<_>>().join(" ")
}

fn flag(name: &str, value: &Json) -> String {
    let dashed = if name.starts_with('-') {
        name.to_owned()
    } else if name.len() == 1 {
        format!("-{name}")
    } else {
        format!("--{name}")
    };
    match value {
        Json::Bool(true) => dashed,
        Json::Bool(false) => format!("--no-{name}"),
        other => format!("{dashed} {}", plain(other)),
    }
}

fn plain(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn texts(effects: &[Effect], kind: EffectKind) -> Vec<&str> {
        effects.iter().filter(|effect| effect.kind == kind).map(|effect| effect.text.as_str()).collect()
    }

    #[test]
    fn a_shell_step_names_commands_tools_hosts_and_its_environment() {
        let params = json!({ "path": "app", "venv": "env", "venv_python": "3.11",
            "message": ["uv pip install x", "", { "_": ["python", "app.py"], "port": 1, "share": false }] });
        let found = effects("shell.run", &params);
        assert_eq!(
            texts(&found, EffectKind::Command),
            ["python app.py --port 1 --no-share", "uv pip install x"]
        );
        assert_eq!(texts(&found, EffectKind::Tool), ["python", "uv"]);
        assert_eq!(texts(&found, EffectKind::Host), ["pypi.org"]);
        assert_eq!(texts(&found, EffectKind::Write), ["app/env"]);
    }

    #[test]
    fn downloads_and_links_name_their_places() {
        let found = effects("fs.download", &json!({ "uri": ["https://example.org/a.bin"], "dir": "models" }));
        assert_eq!(texts(&found, EffectKind::Host), ["example.org"]);
        assert_eq!(texts(&found, EffectKind::Write), ["models"]);
        let found =
            effects("fs.link", &json!({ "drive": { "checkpoints": "app/models", "loras": ["a", "b"] } }));
        assert_eq!(texts(&found, EffectKind::Write), ["a", "app/models", "b"]);
    }
}
