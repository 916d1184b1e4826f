//! `jump` and `goto`: where the script goes after this step.
//!
//! Must not know: how the engine finds the target.

use mlua::Value;
use pino_vm::{own_keys, to_js_string};

use crate::{
    Call, Jump, Method, MethodError,
    params::{is_null, truthy},
};

pub(crate) const TABLE: &[(&str, Method)] = &[
    ("jump", |call| Box::pin(async move { jump(call) })),
    ("goto", |call| Box::pin(async move { jump(call) })),
];

/// The key `index` wins over `id`; the value for the target step is `params`, else `input`.
fn jump(call: &Call) -> Result<Value, MethodError> {
    let has_index = match &call.params {
        Value::Table(params) => own_keys(&call.lua, params)?.iter().any(|key| key == "index"),
        _ => false,
    };
    let target =
        if has_index { by_index(call, &call.param("index")?)? } else { by_id(call, &call.param("id")?)? };
    call.host.jump(&call.place, target)?;
    let params = call.param("params")?;
    if truthy(&params) { Ok(params) } else { call.param("input") }
}

fn by_index(call: &Call, index: &Value) -> Result<Jump, MethodError> {
    match index {
        value if is_null(value) => Ok(Jump::End),
        Value::Number(index) => Ok(Jump::Index(*index)),
        Value::Integer(index) => Ok(Jump::Index(*index as f64)),
        other => {
            let text = to_js_string(&call.lua, other)?;
            let index = text.trim().parse().ok().filter(|_| !text.trim().is_empty());
            index
                .map(Jump::Index)
                .ok_or_else(|| MethodError::BadTarget(format!("jump: \"{text}\" is no index of a step")))
        }
    }
}

fn by_id(call: &Call, id: &Value) -> Result<Jump, MethodError> {
    match id {
        Value::String(id) => Ok(Jump::Id(id.to_string_lossy())),
        Value::Nil => Err(MethodError::BadTarget("jump: give it an `id` or an `index`".to_owned())),
        other => Err(MethodError::BadTarget(format!(
            "jump: \"{}\" is no id of a step",
            to_js_string(&call.lua, other)?
        ))),
    }
}
