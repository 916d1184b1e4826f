//! Which script starts an app: the one asked for, the one of its settings, its launcher's default, `start.*`.
//!
//! Must not know: how scripts run.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{SuperviseError, apps};
use crate::{
    evaluate::{EvalRequest, evaluate},
    files::normalise,
};

/// Endings of scripts, the usual one first.
const ENDINGS: [&str; 3] = ["js", "json", "lua"];

/// The script of an app's start, absolute.
pub(crate) async fn choose(
    home: &Path,
    app: &str,
    folder: &Path,
    asked: Option<&str>,
) -> Result<PathBuf, SuperviseError> {
    if let Some(asked) = asked {
        return given(app, folder, asked);
    }
    let root = apps::launcher_root(folder);
    if let Some(script) = from_menu(home, folder, &root).await {
        let installs = script.file_stem().is_some_and(|stem| stem.to_string_lossy().starts_with("install"));
        if installs {
            let script = script.strip_prefix(&root).unwrap_or(&script).display().to_string();
            return Err(SuperviseError::NotInstalled { app: app.to_owned(), script });
        }
        return Ok(script);
    }
    let usual = ENDINGS.iter().map(|ending| root.join(format!("start.{ending}")));
    usual.into_iter().find(|file| file.is_file()).ok_or_else(|| no_script(app, folder, "start.js"))
}

/// A script by its name; it has to lie in the app's folder.
fn given(app: &str, folder: &Path, asked: &str) -> Result<PathBuf, SuperviseError> {
    let (name, _query) = asked.split_once('?').unwrap_or((asked, ""));
    let roots = [folder.to_owned(), apps::launcher_root(folder)];
    let found = roots
        .iter()
        .map(|root| normalise(&root.join(name)))
        .find(|path| path.starts_with(folder) && crate::load::script_file(path).is_file());
    found.ok_or_else(|| no_script(app, folder, asked))
}

fn no_script(app: &str, folder: &Path, script: &str) -> SuperviseError {
    let root = apps::launcher_root(folder);
    let entries = std::fs::read_dir(root).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let is_script = |name: &String| {
        let ending = Path::new(name).extension().and_then(|ending| ending.to_str());
        ending.is_some_and(|ending| ENDINGS.contains(&ending)) && !name.starts_with("pinokio")
    };
    let mut there: Vec<String> = names.filter(is_script).collect();
    there.sort_unstable();
    SuperviseError::NoScript { app: app.to_owned(), script: script.to_owned(), there }
}

/// The first default item of the launcher's menu that is a script of the app.
async fn from_menu(home: &Path, folder: &Path, root: &Path) -> Option<PathBuf> {
    let script =
        ["pinokio.js", "pinokio.json"].map(|name| root.join(name)).into_iter().find(|file| file.is_file())?;
    let request = EvalRequest {
        script,
        root: Some(folder.to_owned()),
        home: Some(home.to_owned()),
        machine: Some(crate::machine().clone()),
        ..EvalRequest::default()
    };
    let text = evaluate(&request)
        .await
        .inspect_err(|error| tracing::debug!(%error, "a launcher's menu cannot be evaluated"))
        .ok()?
        .inspect_err(|error| tracing::debug!(%error, "a launcher's menu fails"))
        .ok()?;
    let launcher: Value = serde_json::from_str(&text).ok()?;
    let path = default_item(&launcher)?;
    let file = crate::load::script_file(&normalise(&root.join(path)));
    (file.starts_with(folder) && file.is_file()).then_some(file)
}

/// Address of the first top-level item with `default` that names a script.
fn default_item(launcher: &Value) -> Option<String> {
    let value = launcher.get("value").unwrap_or(launcher);
    let items = value.get("menu")?.as_array()?;
    let is_default = |item: &&Value| {
        item.get("default").is_some_and(|default| !matches!(default, Value::Null | Value::Bool(false)))
    };
    let addresses = items.iter().filter(is_default).filter_map(|item| item.get("href")?.as_str());
    let scripts = addresses.filter_map(|address| {
        let path = address.split(['?', '#']).next().unwrap_or(address);
        let ending = Path::new(path).extension()?.to_str()?;
        (ENDINGS.contains(&ending) && !address.contains("://")).then(|| path.to_owned())
    });
    scripts.into_iter().next()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed set-up shall end the test")]
mod tests {
    use super::*;

    async fn chosen(files: &[(&str, &str)], asked: Option<&str>) -> Result<String, SuperviseError> {
        let scratch = tempfile::tempdir().unwrap();
        let home = scratch.path().canonicalize().unwrap();
        let folder = home.join("api/demo");
        for (name, text) in files {
            let file = folder.join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        }
        let script = choose(&home, "demo", &folder, asked).await?;
        Ok(script.strip_prefix(&folder).unwrap().display().to_string())
    }

    #[tokio::test]
    async fn the_menu_decides_then_the_usual_names() {
        let menu = "module.exports = { menu: async (kernel, info) => [{ text: 'x', href: 'update.js' }, \
                    { default: true, text: 'Start', href: info.exists('env') ? 'run.js' : 'install.js' }] }";
        let files = [("pinokio.js", menu), ("run.js", ""), ("install.js", ""), ("start.js", "")];
        let error = chosen(&files, None).await.unwrap_err();
        assert!(matches!(error, SuperviseError::NotInstalled { .. }), "{error}");
        let installed = [files[0], files[1], files[2], ("env/x", "")];
        assert_eq!(chosen(&installed, None).await.unwrap(), "run.js");
        assert_eq!(chosen(&[("start.json", "")], None).await.unwrap(), "start.json");
        assert_eq!(chosen(&files, Some("install.js")).await.unwrap(), "install.js");
    }

    #[tokio::test]
    async fn a_script_outside_the_app_is_refused_and_the_others_are_named() {
        let error = chosen(&[("a.js", ""), ("readme.md", "")], Some("../../x.js")).await.unwrap_err();
        let SuperviseError::NoScript { there, .. } = error else { panic!("{error}") };
        assert_eq!(there, ["a.js"]);
    }
}
