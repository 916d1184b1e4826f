//! `pino settings APP [MEMBER=VALUE…]`: what you want of an app: restart rules, health check, schedules, limits.
//!
//! Must not know: what a setting does.

use std::process::ExitCode;

use pino_engine::supervise::AppSettings;
use pino_model::Problem;
use serde_json::Value;

use crate::client::{CommandError, Common, print_json};

/// Arguments of `pino settings`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The app
    app: String,
    /// Changes such as `restart.policy=always`, `health.http_path=/`, `env.NAME=value`; JSON or text; empty to take away
    #[arg(value_name = "MEMBER=VALUE")]
    changes: Vec<String>,
    #[command(flatten)]
    common: Common,
}

/// Prints the settings after the changes. They count from the app's next start on.
pub(crate) fn execute(arguments: Arguments) -> ExitCode {
    let Arguments { app, changes, common } = arguments;
    common.run(async {
        let control = common.control().await?;
        let mut settings = control.settings(&app).await?;
        if !changes.is_empty() {
            let mut value = serde_json::to_value(&settings).unwrap_or_default();
            for change in &changes {
                apply(&mut value, change).map_err(refused)?;
            }
            settings = AppSettings::parse(&value.to_string(), &app).map_err(refused)?;
            control.save_settings(&app, settings.clone()).await?;
        }
        print_json(&settings);
        Ok(0)
    })
}

fn refused(why: String) -> CommandError {
    CommandError::Refused(Problem {
        code: "bad-request".to_owned(),
        message: why,
        next: Some("docs/supervision.md lists the settings".to_owned()),
    })
}

/// One `a.b=value`.
fn apply(settings: &mut Value, change: &str) -> Result<(), String> {
    let (path, text) = change.split_once('=').ok_or_else(|| format!("`{change}` is no MEMBER=VALUE"))?;
    let parts: Vec<&str> = path.split('.').collect();
    let (last, folders) = parts.split_last().ok_or_else(|| format!("`{change}` names no member"))?;
    let mut place = settings;
    for name in folders {
        let inner = place.as_object_mut().ok_or_else(|| format!("`{path}` is no setting"))?;
        place = inner.entry(*name).or_insert_with(|| Value::Object(serde_json::Map::new()));
        if place.is_null() {
            *place = Value::Object(serde_json::Map::new());
        }
    }
    let object = place.as_object_mut().ok_or_else(|| format!("`{path}` is no setting"))?;
    if text.is_empty() {
        object.remove(*last);
    } else {
        // text of variables stays text, whatever it looks like
        let as_text = folders.first() == Some(&"env");
        let value = serde_json::from_str(text).ok().filter(|_| !as_text);
        object.insert((*last).to_owned(), value.unwrap_or_else(|| Value::from(text)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_reach_into_the_settings() {
        let mut value = serde_json::json!({"restart": {"limit": 5}, "script": "a.js"});
        for change in ["restart.policy=always", "restart.limit=3", "env.N=1", "script=", "health.port=80"] {
            assert_eq!(apply(&mut value, change), Ok(()), "{change}");
        }
        let wanted = serde_json::json!({"restart": {"limit": 3, "policy": "always"}, "env": {"N": "1"}, "health": {"port": 80}});
        assert_eq!(value, wanted);
        assert!(apply(&mut value, "nothing").is_err());
    }
}
