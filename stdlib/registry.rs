//! The table of methods: `namespace.name` → function. One line per namespace; each namespace lists its own methods.
//!
//! Must not know: how a step reaches a method (that is the engine's dispatcher).

use std::{future::Future, pin::Pin};

use mlua::Value;

use crate::{Call, MethodError};

/// The result of a method: a VM value (`Value::Nil` is `undefined`).
pub type MethodFuture<'a> = Pin<Box<dyn Future<Output = Result<Value, MethodError>> + Send + 'a>>;

/// A method of the standard library. Built by `|call| Box::pin(verb(call))`.
pub type Method = for<'a> fn(&'a Call) -> MethodFuture<'a>;

/// Tables of all namespaces; a namespace is added by one line here.
const TABLES: &[&[(&str, Method)]] = &[
    crate::app::TABLE,
    crate::browser::TABLE,
    crate::clipboard::TABLE,
    crate::env::TABLE,
    crate::exec::TABLE,
    crate::filepicker::TABLE,
    crate::fs::TABLE,
    crate::github::TABLE,
    crate::global::TABLE,
    crate::gradio::TABLE,
    crate::hf::TABLE,
    crate::htmlmodal::TABLE,
    crate::import::TABLE,
    crate::input::TABLE,
    crate::json::TABLE,
    crate::jump::TABLE,
    crate::key::TABLE,
    crate::load::TABLE,
    crate::local::TABLE,
    crate::log::TABLE,
    crate::net::TABLE,
    crate::notify::TABLE,
    crate::own::TABLE,
    crate::process::TABLE,
    crate::proxy::TABLE,
    crate::push::TABLE,
    crate::rm::TABLE,
    crate::script::TABLE,
    crate::shell::TABLE,
    crate::set::TABLE,
    crate::tab::TABLE,
    crate::terminal::TABLE,
    crate::uri::TABLE,
    crate::web::TABLE,
];

/// The method of this full name (`fs.write`, `log`).
pub fn find(name: &str) -> Option<Method> {
    TABLES.iter().flat_map(|table| table.iter()).find(|(known, _)| *known == name).map(|(_, method)| *method)
}

/// Every full name, in the order of the tables: for "did you mean", `pino types` and `pino plan`.
pub fn methods() -> impl Iterator<Item = &'static str> {
    TABLES.iter().flat_map(|table| table.iter().map(|(name, _)| *name))
}
