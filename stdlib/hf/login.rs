//! `hf.login`, `hf.logout`: a code that a person confirms in a browser.
//!
//! Must not know: the hub's protocol. The token itself is never shown or returned.

use std::time::Duration;

use mlua::Value;
use pino_download::{Hub, LoginCode, LoginState};
use serde_json::json;

use super::hub;
use crate::{
    Call, MethodError,
    params::{is_nullish, number, truthy},
};

const TIMEOUT_MS: f64 = 120_000.0;
const INTERVAL_MS: f64 = 2000.0;

pub(super) async fn login(call: &Call) -> Result<Value, MethodError> {
    let hub = of_step(call)?;
    let token_path = hub.config().token_path.to_string_lossy().into_owned();
    let cancel = call.host.cancellation(&call.place);
    if !switch(call, "force", false)? && hub.is_logged_in().await {
        let done = json!({ "status": "success", "already_logged_in": true, "token_path": token_path });
        return call.value(&done.into());
    }
    let code = tokio::select! {
        () = cancel.cancelled() => return Err(MethodError::Stopped),
        code = hub.start_login() => code.map_err(|error| hub::failure("hf.login", error))?,
    };
    show(call, &code)?;
    let status = if switch(call, "wait", true)? { wait(call, &hub, &code).await? } else { "started" };
    close(call)?;
    let done = json!({ "status": status, "login": described(&code), "token_path": token_path });
    call.value(&done.into())
}

pub(super) fn logout(call: &Call) -> Result<Value, MethodError> {
    let hub = of_step(call)?;
    hub.log_out().map_err(|error| hub::failure("hf.logout", error))?;
    let token_path = hub.config().token_path.to_string_lossy().into_owned();
    call.value(&json!({ "status": "success", "token_path": token_path }).into())
}

fn of_step(call: &Call) -> Result<Hub, MethodError> {
    let variables = hub::variables(call)?;
    Ok(hub::open(call, &variables, hub::config(call, &variables)))
}

async fn wait(call: &Call, hub: &Hub, code: &LoginCode) -> Result<&'static str, MethodError> {
    let millis = |name: &str, default: f64| {
        let given = number(&call.param(name)?).filter(|ms| *ms > 0.0);
        Ok::<_, MethodError>(Duration::from_millis(given.unwrap_or(default) as u64))
    };
    let (timeout, interval) = (millis("timeout", TIMEOUT_MS)?, millis("interval", INTERVAL_MS)?);
    let cancel = call.host.cancellation(&call.place);
    match hub.finish_login(code, timeout, interval, &cancel).await {
        Ok(LoginState::Success) => Ok("success"),
        Ok(LoginState::Timeout) => Ok("timeout"),
        Err(error) => {
            close(call)?;
            Err(hub::failure("hf.login", error))
        }
    }
}

fn show(call: &Call, code: &LoginCode) -> Result<(), MethodError> {
    let page = page(code);
    call.print_lines(&format!("Open {page} and confirm the code {}\n", code.user_code));
    if switch(call, "modal", true)? {
        let html = format!(
            "<p>Open <a href=\"{0}\">{0}</a> and confirm the code <b>{1}</b>.</p>",
            escaped(page),
            escaped(&code.user_code)
        );
        let shown =
            json!({ "action": "open", "id": dialog(call), "title": "Log in to Hugging Face", "html": html });
        call.packet("htmlmodal", shown.into());
    } else if switch(call, "open", true)? {
        call.packet("browser.open", json!({ "uri": page }).into());
    }
    Ok(())
}

fn close(call: &Call) -> Result<(), MethodError> {
    if switch(call, "modal", true)? {
        call.packet("htmlmodal", json!({ "action": "close", "id": dialog(call) }).into());
    }
    Ok(())
}

fn dialog(call: &Call) -> String {
    format!("htmlmodal:{}", call.place.script.display())
}

fn page(code: &LoginCode) -> &str {
    code.verification_uri_complete.as_deref().unwrap_or(&code.verification_uri)
}

fn described(code: &LoginCode) -> serde_json::Value {
    json!({
        "user_code": code.user_code,
        "verification_uri_complete": page(code),
        "expires_in": code.expires_in,
    })
}

fn switch(call: &Call, name: &str, default: bool) -> Result<bool, MethodError> {
    let value = call.param(name)?;
    Ok(if is_nullish(&value) { default } else { truthy(&value) })
}

/// Text of the hub inside HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
