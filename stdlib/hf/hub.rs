//! The hub with the settings of a step, and its failures as those of a method.
//!
//! Must not know: the hub's protocol.

use std::collections::BTreeMap;

use pino_download::{Hub, HubConfig, HubError, Proxies};
use pino_model::Data;

use crate::{Call, MethodError};

/// The variables of the step: the app's, then those of its parameter `env`.
pub(super) fn variables(call: &Call) -> Result<BTreeMap<String, String>, MethodError> {
    let mut variables = call.host.shell_environment(&call.place.script);
    if let Data::Object(given) = call.data()?.get("env") {
        let plain = given.iter().filter_map(|(name, value)| Some((name.clone(), text_of(value)?)));
        variables.extend(plain);
    }
    Ok(variables)
}

fn text_of(value: &Data) -> Option<String> {
    match value {
        Data::String(text) => Some(text.clone()),
        Data::Number(number) => Some(number.to_string()),
        Data::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

/// Settings of the hub for these variables. Where they say nothing, the token is kept in the home.
pub(super) fn config(call: &Call, variables: &BTreeMap<String, String>) -> HubConfig {
    let path = call.host.home().join("cache/HF_AUTH/token").to_string_lossy().into_owned();
    let mut variables = variables.clone();
    variables.entry("HF_TOKEN_PATH".to_owned()).or_insert(path);
    HubConfig::from_variables(&variables)
}

/// The hub.
pub(super) fn open(call: &Call, variables: &BTreeMap<String, String>, config: HubConfig) -> Hub {
    Hub::new(call.host.downloads().clone(), config, Proxies::from_variables(variables))
}

/// A failure in the words of the method.
pub(super) fn failure(method: &str, error: HubError) -> MethodError {
    match error {
        error if error.is_cancelled() => MethodError::Stopped,
        HubError::BadName { .. } => MethodError::BadParams(format!("{method}: {error}")),
        error => MethodError::Failed(format!("{method}: {error}")),
    }
}
