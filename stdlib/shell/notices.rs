//! What handlers do besides ending a step: notifications and triggers; and matches as values of the VM.
//!
//! Must not know: output.

use mlua::Value;
use pino_model::Data;
use pino_vm::{get_property, new_array, new_object, set_property, to_data};

use super::watcher::{Aside, EventMatch};
use crate::{Call, MethodError, params::elements};

/// Does it.
pub(super) fn act(call: &Call, aside: Aside) -> Result<(), MethodError> {
    match aside {
        Aside::Notify(place, event) => {
            let Some(handler) = handler(call, place)? else { return Ok(()) };
            let template = match &handler {
                Value::Table(handler) => get_property(&call.lua, handler, "notify")?,
                _ => Value::Nil,
            };
            let event = event_value(call, &event)?;
            let rendered = call.host.render_event(&call.place, &template, event)?;
            call.packet("notify", to_data(&rendered)?);
        }
        Aside::Trigger(name, event) => {
            let input = new_object(&call.lua)?;
            set_property(&call.lua, &input, "event", event_value(call, &event)?)?;
            set_property(&call.lua, &input, "trigger", Value::String(call.lua.create_string(&name)?))?;
            call.host.trigger(&call.place, &name, Value::Table(input));
        }
    }
    Ok(())
}

/// The handler at this place of `on`, as written.
fn handler(call: &Call, place: usize) -> Result<Option<Value>, MethodError> {
    match call.param("on")? {
        Value::Table(list) if pino_vm::is_array(&list) => Ok(elements(&list)?.into_iter().nth(place)),
        single @ Value::Table(_) => Ok(Some(single)),
        _ => Ok(None),
    }
}

/// A match as JavaScript's match array: texts, `index`, `groups`.
pub(super) fn event_value(call: &Call, event: &EventMatch) -> Result<Value, MethodError> {
    let lua = &call.lua;
    let text = |text: &Option<String>| match text {
        Some(text) => Ok(Value::String(lua.create_string(text)?)),
        None => Ok::<_, mlua::Error>(Value::Nil),
    };
    let texts: Vec<Value> = event.texts.iter().map(text).collect::<Result<_, _>>()?;
    let array = new_array(lua, texts)?;
    set_property(lua, &array, "index", Value::Number(event.index as f64))?;
    if !event.names.is_empty() {
        let groups = new_object(lua)?;
        for (name, value) in &event.names {
            set_property(lua, &groups, name, text(value)?)?;
        }
        set_property(lua, &array, "groups", Value::Table(groups))?;
    }
    Ok(Value::Table(array))
}

/// A match as plain data: its texts.
pub(super) fn event_data(event: &EventMatch) -> Data {
    Data::Array(event.texts.iter().map(|text| text.clone().map_or(Data::Undefined, Data::String)).collect())
}
