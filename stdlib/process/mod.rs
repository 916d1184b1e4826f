//! `process.wait`: for some time, for an address, for files and ports, or until somebody stops the script.
//!
//! Must not know: how a script is stopped; the engine drops the wait.

mod resource;

use std::{future::pending, time::Duration};

use mlua::Value;
use pino_model::Data;
use tokio::time::sleep;

use crate::{
    Call, Method, MethodError,
    params::{is_nullish, truthy},
};
use resource::Resource;

pub(crate) const TABLE: &[(&str, Method)] = &[("process.wait", |call| Box::pin(wait(call)))];

/// Longest sleep that is a number of seconds at all.
const LONGEST: Duration = Duration::from_hours(100 * 365 * 24);

/// The first parameter that is there decides.
async fn wait(call: &Call) -> Result<Value, MethodError> {
    for name in ["app", "id", "name"] {
        if !is_nullish(&call.param(name)?) {
            let text = format!(
                "process.wait: waiting for a desktop application (`{name}`) is not possible here; remove the step"
            );
            return Err(MethodError::Failed(text));
        }
    }
    let (sec, min) = (call.param("sec")?, call.param("min")?);
    let (uri, url) = (call.text("uri")?, call.text("url")?);
    let on = call.param("on")?;
    call.packet("process.wait.start", notice(call)?);
    if !is_nullish(&sec) {
        sleep(duration(call, "sec", 1.0)?).await;
    } else if !is_nullish(&min) {
        sleep(duration(call, "min", 60.0)?).await;
    } else if let Some(address) = uri.or(url) {
        wait_for_address(call, &address).await?;
    } else if truthy(&on) {
        wait_for_resources(call, &on).await?;
    } else {
        pending::<()>().await;
    }
    call.packet("process.wait.end", notice(call)?);
    Ok(Value::Nil)
}

/// What a footer shows while it waits.
fn notice(call: &Call) -> Result<Data, MethodError> {
    let mut members = indexmap::IndexMap::new();
    for name in ["title", "description", "message"] {
        if let Some(text) = call.text(name)? {
            members.insert(name.to_owned(), Data::String(text));
        }
    }
    if members.is_empty() {
        members.insert("title".to_owned(), Data::String("Waiting".to_owned()));
    }
    Ok(Data::Object(members))
}

fn duration(call: &Call, name: &str, unit_seconds: f64) -> Result<Duration, MethodError> {
    let text = call.text(name)?.unwrap_or_default();
    let seconds = text.trim().parse::<f64>().ok().map(|number| number * unit_seconds);
    let valid = seconds.filter(|seconds| *seconds >= 0.0 && *seconds <= LONGEST.as_secs_f64());
    valid.map(Duration::from_secs_f64).ok_or_else(|| {
        MethodError::BadParams(format!(
            "process.wait: `{name}` is \"{text}\"; it has to be a number that is not negative"
        ))
    })
}

/// Asks with GET until the answer is a success.
async fn wait_for_address(call: &Call, address: &str) -> Result<(), MethodError> {
    let given = call.param("interval")?;
    let interval = if truthy(&given) { duration(call, "interval", 1.0)? } else { Duration::from_secs(1) };
    let resource = Resource::get(address)?;
    call.packet("loading.start", notice(call)?);
    resource.wait(interval, interval).await?;
    call.packet("loading.end", Data::Object(indexmap::IndexMap::new()));
    Ok(())
}

/// `on`: options of the npm package wait-on.
async fn wait_for_resources(call: &Call, on: &Value) -> Result<(), MethodError> {
    let options = pino_vm::to_data(on)?;
    let number = |name: &str, default: u64| match options.get(name) {
        Data::Number(value) if *value >= 0.0 => Duration::from_millis(*value as u64),
        _ => Duration::from_millis(default),
    };
    let Data::Array(list) = options.get("resources") else {
        return Err(MethodError::BadParams(
            "process.wait: `on.resources` has to be a list of addresses or files".to_owned(),
        ));
    };
    let resources: Vec<Resource> = list
        .iter()
        .map(|item| Resource::parse(item.as_str().unwrap_or_default(), &call.place.cwd))
        .collect::<Result<_, _>>()?;
    let has_message = call.text("message")?.is_some();
    if has_message {
        call.packet("wait", notice(call)?);
    }
    let (interval, request) = (number("interval", 250), number("httpTimeout", 10_000));
    let all = async {
        sleep(number("delay", 0)).await;
        for resource in &resources {
            resource.wait(interval, request).await?;
        }
        Ok::<(), MethodError>(())
    };
    match options.get("timeout") {
        Data::Number(limit) if *limit >= 0.0 => {
            let limit = Duration::from_millis(*limit as u64);
            let late = |_| {
                MethodError::Failed(format!(
                    "process.wait: not everything was there within {} s",
                    limit.as_secs_f64()
                ))
            };
            tokio::time::timeout(limit, all).await.map_err(late)??;
        }
        _ => all.await?,
    }
    if has_message {
        call.packet("wait.end", Data::Object(indexmap::IndexMap::new()));
    }
    Ok(())
}
