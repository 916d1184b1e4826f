//! From the parameters (as axios takes them) to a request, and through it.
//!
//! Must not know: what an answer becomes.

use std::time::Duration;

use mlua::{Table, Value};
use pino_download::Proxies;
use pino_vm::{buffer_bytes, for_each_property, get_property, is_array, stringify_json, to_js_string};
use reqwest::{
    Client, Method as Verb, RequestBuilder, Url,
    header::{CONTENT_TYPE, HeaderName, HeaderValue},
};

use super::response;
use crate::{
    Call, MethodError,
    params::{elements, is_nullish, number, truthy},
};

/// Time for a request that names none.
const DEFAULT_TIMEOUT: Duration = Duration::from_mins(5);

/// Sends the request; the result is the body of the answer.
pub(super) async fn net(call: &Call) -> Result<Value, MethodError> {
    let proxies = Proxies::from_variables(&call.host.environment(&call.place.script));
    let client = call.host.downloads().clients().pages(&proxies);
    let client = client.map_err(|error| MethodError::Failed(format!("net: {error}")))?;
    let url = address(call)?;
    let shown = pino_download::visible_url(&url);
    let timeout = timeout(call)?;
    let builder = build(call, &client, url)?.timeout(timeout);
    let wants = call.text("responseType")?.unwrap_or_else(|| "json".to_owned());
    let cancel = call.host.cancellation(&call.place);
    let answer = tokio::select! {
        () = cancel.cancelled() => return Err(MethodError::Stopped),
        answer = response::receive(builder, &shown, timeout) => answer?,
    };
    response::value(call, &answer, &wants)
}

fn address(call: &Call) -> Result<Url, MethodError> {
    let given = call.required("net", "url")?;
    let bad = |error: &dyn std::fmt::Display| {
        MethodError::BadParams(format!(
            "net: {given:?} is no address ({error}); it must begin with http:// or https://"
        ))
    };
    let mut url = match call.text("baseURL")? {
        Some(base) => Url::parse(&base).and_then(|base| base.join(&given)),
        None => Url::parse(&given),
    }
    .map_err(|error| bad(&error))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(bad(&"another protocol"));
    }
    if let Value::Table(query) = call.param("params")? {
        add_query(call, &mut url, &query)?;
    }
    Ok(url)
}

/// Lists repeat as `name[]`, objects are JSON, null and undefined are left out.
fn add_query(call: &Call, url: &mut Url, query: &Table) -> Result<(), MethodError> {
    let mut members = Vec::new();
    for_each_property(&call.lua, query, |name, value| members.push((name.to_owned(), value)))?;
    for (name, value) in members {
        match &value {
            value if is_nullish(value) => {}
            Value::Table(list) if is_array(list) => {
                for item in elements(list)? {
                    url.query_pairs_mut().append_pair(&format!("{name}[]"), &to_js_string(&call.lua, &item)?);
                }
            }
            Value::Table(_) => {
                let text = stringify_json(&call.lua, &value, 0)?.unwrap_or_default();
                url.query_pairs_mut().append_pair(&name, &text);
            }
            value => {
                url.query_pairs_mut().append_pair(&name, &to_js_string(&call.lua, value)?);
            }
        }
    }
    Ok(())
}

fn timeout(call: &Call) -> Result<Duration, MethodError> {
    let given = number(&call.param("timeout")?).filter(|ms| ms.is_finite() && *ms > 0.0);
    Ok(given.map_or(DEFAULT_TIMEOUT, |ms| Duration::from_millis(ms as u64)))
}

fn build(call: &Call, client: &Client, url: Url) -> Result<RequestBuilder, MethodError> {
    let verb = call.text("method")?.unwrap_or_else(|| "get".to_owned()).to_uppercase();
    let verb: Verb = verb
        .parse()
        .map_err(|_invalid| MethodError::BadParams(format!("net: {verb:?} is no request method")))?;
    let mut builder = client.request(verb, url);
    if let Value::Table(auth) = call.param("auth")? {
        let part =
            |name| Ok::<_, MethodError>(to_js_string(&call.lua, &get_property(&call.lua, &auth, name)?)?);
        builder = builder.basic_auth(part("username")?, Some(part("password")?));
    }
    builder = with_body(call, builder)?;
    with_headers(call, builder)
}

/// Objects are sent as JSON, bytes and texts as they are.
fn with_body(call: &Call, builder: RequestBuilder) -> Result<RequestBuilder, MethodError> {
    let data = call.param("data")?;
    if is_nullish(&data) {
        return Ok(builder);
    }
    if let Some(bytes) = buffer_bytes(&data) {
        return Ok(builder.header(CONTENT_TYPE, "application/octet-stream").body(bytes));
    }
    match &data {
        Value::Table(_) => {
            let text = stringify_json(&call.lua, &data, 0)?.unwrap_or_default();
            Ok(builder.header(CONTENT_TYPE, "application/json").body(text))
        }
        value => {
            let text = to_js_string(&call.lua, value)?;
            Ok(builder.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(text))
        }
    }
}

/// Headers of the parameters take the place of ours; those that are null, undefined or false are left out.
fn with_headers(call: &Call, builder: RequestBuilder) -> Result<RequestBuilder, MethodError> {
    let Value::Table(headers) = call.param("headers")? else { return Ok(builder) };
    let mut given = Vec::new();
    for_each_property(&call.lua, &headers, |name, value| given.push((name.to_owned(), value)))?;
    let mut replaced = reqwest::header::HeaderMap::new();
    for (name, value) in given.into_iter().filter(|(_, value)| truthy(value) || value.as_string().is_some()) {
        let text = to_js_string(&call.lua, &value)?;
        let bad = || {
            MethodError::BadParams(format!(
                "net: the header {name:?} cannot be sent; it has characters headers must not have"
            ))
        };
        let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_invalid| bad())?;
        replaced.insert(header, HeaderValue::from_str(&text).map_err(|_invalid| bad())?);
    }
    Ok(builder.headers(replaced))
}
