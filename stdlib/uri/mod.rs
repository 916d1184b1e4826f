//! `uri.open`: an address of any kind, with a query made of parameters.
//!
//! Must not know: who opens it.

use indexmap::IndexMap;
use mlua::{Table, Value};
use pino_model::Data;
use pino_vm::{for_each_property, is_array, stringify_json, to_js_string};
use reqwest::Url;

use crate::{
    Call, Method, MethodError, browser,
    params::{elements, is_nullish},
};

pub(crate) const TABLE: &[(&str, Method)] = &[("uri.open", |call| Box::pin(async move { open(call) }))];

fn open(call: &Call) -> Result<Value, MethodError> {
    let given = call.required("uri.open", "uri")?;
    let parsed = Url::parse(&given);
    let mut url = parsed
        .map_err(|error| MethodError::BadParams(format!("uri.open: {given:?} is no address ({error})")))?;
    if let Value::Table(query) = call.param("params")? {
        add_query(call, &mut url, &query)?;
    }
    let uri = Data::String(url.to_string());
    call.packet("web.open", browser::with_blank_target(object([("uri", uri.clone())])));
    call.value(&object([("uri", uri), ("result", object([("ok", Data::Bool(true))]))]))
}

/// Lists repeat, objects are JSON, null is left out; a fragment stays at the end.
fn add_query(call: &Call, url: &mut Url, query: &Table) -> Result<(), MethodError> {
    let mut members = Vec::new();
    for_each_property(&call.lua, query, |name, value| members.push((name.to_owned(), value)))?;
    for (name, value) in members {
        let values = match &value {
            Value::Table(list) if is_array(list) => elements(list)?,
            _ => vec![value],
        };
        for value in values.iter().filter(|value| !is_nullish(value)) {
            let text = match value {
                Value::Table(_) => stringify_json(&call.lua, value, 0)?.unwrap_or_default(),
                other => to_js_string(&call.lua, other)?,
            };
            url.query_pairs_mut().append_pair(&name, &text);
        }
    }
    Ok(())
}

fn object<const N: usize>(members: [(&str, Data); N]) -> Data {
    Data::Object(
        members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<IndexMap<_, _>>(),
    )
}
