//! JavaScript expressions as functions, compiled once and cached by text.
//!
//! Must not know: templates.

use std::{
    collections::HashMap,
    hash::{BuildHasher as _, RandomState},
    sync::{Mutex, PoisonError},
};

use mlua::Function;

use crate::{FailureKind, JsError, Vm};

/// So many expressions are kept; a script that makes more of them starts over.
const MOST_CACHED: usize = 4096;

/// Name of expression chunks in tracebacks.
const CHUNK: &str = "template";

#[derive(Default)]
pub(crate) struct Expressions {
    cache: Mutex<HashMap<(u64, String), Function>>,
    hasher: RandomState,
}

impl Expressions {
    pub(crate) fn compile(&self, vm: &Vm, text: &str, names: &[&str]) -> Result<Function, JsError> {
        let key = (self.hasher.hash_one(names), text.to_owned());
        if let Some(function) = self.cache.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(function.clone());
        }
        let function = compile(vm, text, names)?;
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if cache.len() >= MOST_CACHED {
            cache.clear();
        }
        cache.insert(key, function.clone());
        Ok(function)
    }
}

fn compile(vm: &Vm, text: &str, names: &[&str]) -> Result<Function, JsError> {
    let converter = &vm.inner.options.converter;
    // what follows `return ` in a function may be more than an expression: `a; b`, a trailing `;`, nothing at all
    let converted = converter.convert_expression(text, names).or_else(|failure| {
        let body = format!("(() => {{ return {text}\n}})()");
        converter.convert_expression(&body, names).map_err(|_same| failure)
    });
    let converted = converted.map_err(|failure| {
        let mut error = JsError::new(FailureKind::Syntax, "SyntaxError", failure.message);
        error.stack = failure.report;
        error
    })?;
    crate::loader::load_chunk(vm, &converted.lua, CHUNK).map_err(|error| vm.failure(&error))
}
