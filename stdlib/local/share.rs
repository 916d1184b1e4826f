//! The sharing hook of `local.set`: an app's own settings may ask for a public or local-network address.
//!
//! Must not know: tunnels. This version opens none, and says so once the app has an address that was to be shared.

use mlua::{Table, Value};
use pino_vm::{get_property, to_js_string};

use crate::{Call, MethodError};

/// Settings that ask for sharing, and what they ask for.
const WISHES: [(&str, &str); 2] = [
    ("PINOKIO_SHARE_CLOUDFLARE", "a public address"),
    ("PINOKIO_SHARE_LOCAL", "an address in the local network"),
];

/// Warns when the address that was set is one the settings want shared.
pub(super) fn warn_if_asked(call: &Call, params: &Table) -> Result<(), MethodError> {
    let environment = call.host.environment(&call.place.script);
    let variable = environment.get("PINOKIO_SHARE_VAR").map_or("url", String::as_str);
    let value = get_property(&call.lua, params, variable)?;
    if value.is_nil() {
        return Ok(());
    }
    let address = to_js_string(&call.lua, &value)?;
    let wished = WISHES.iter().filter(|(name, _)| environment.get(*name).is_some_and(|value| is_on(value)));
    for (name, what) in wished {
        let text = format!(
            "{name} asks for {what}, but this version shares nothing: {address} can be reached from this machine only"
        );
        call.warn("share-unavailable", text, &[("variable", (*name).into())]);
    }
    Ok(())
}

/// Only addresses can be shared; reading the environment for anything else would cost more than the whole method.
pub(super) fn is_address(value: &Value) -> bool {
    matches!(value, Value::String(text) if text.as_bytes().starts_with(b"http"))
}

fn is_on(value: &str) -> bool {
    matches!(value.trim().to_lowercase().as_str(), "true" | "1")
}
