//! The one dispatcher: from a step's method to what is called (spec 10 §3), whether the call comes from a declarative step or
//! from hand-written Lua.
//!
//! Must not know: what methods do.

use std::sync::Arc;

use pino_stdlib::{Call, Method, StepPlace};
use pino_vm::{Function, Table, Value};

use crate::{
    core::Core,
    failure::{Failure, Halt},
    functions,
    program::Step,
    render::Unresolved,
    script::Script,
    values,
};

/// What a method's name leads to.
pub(crate) enum Target {
    /// A method of the standard library.
    BuiltIn { name: String, method: Method },
    /// A function of the script itself.
    Function(Function),
    /// A member of a custom module, or of `kernel`, bound to its owner.
    Member { name: String, owner: Value, function: Function, folder: std::path::PathBuf },
}

impl Target {
    /// The method as events tell it; functions have no name.
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Target::BuiltIn { name, .. } | Target::Member { name, .. } => Some(name),
            Target::Function(_) => None,
        }
    }
}

/// One call.
pub(crate) struct Invocation {
    pub(crate) index: usize,
    pub(crate) params: Value,
    pub(crate) input: Value,
}

/// Finds the method of a step.
pub(crate) async fn find(
    core: &Arc<Core>,
    script: &Arc<Script>,
    step: &Step,
    scope: &Table,
    unresolved: &mut Vec<Unresolved>,
) -> Result<Target, Halt> {
    if let (Some(method), Some(name)) = (step.built_in, &step.plain_method) {
        return Ok(Target::BuiltIn { name: name.clone(), method });
    }
    if let Some(function) = &step.function {
        return Ok(Target::Function(function.clone()));
    }
    let name = match step.method.template(&core.renderer)? {
        Some(template) => template.render(scope, unresolved)?,
        None => Value::Nil,
    };
    let Some(name) = values::text(&name) else {
        let kind = name.type_name();
        return Err(Failure::new(
            "no-method",
            format!("the method is a {kind}; it has to be a name such as \"shell.run\""),
        )
        .into());
    };
    let uri = match step.uri.template(&core.renderer)? {
        Some(template) => template.render(scope, &mut Vec::new())?,
        None => Value::Nil,
    };
    if let Some(uri) = values::text(&uri) {
        return functions::module_member(core, script, &uri, &name).await;
    }
    by_name(core, &name)
}

/// A method by its full name.
pub(crate) fn by_name(core: &Core, name: &str) -> Result<Target, Halt> {
    if let Some(method) = pino_stdlib::find(name) {
        return Ok(Target::BuiltIn { name: name.to_owned(), method });
    }
    if let Some(path) = name.strip_prefix("kernel.") {
        return functions::kernel_member(core, name, path);
    }
    Err(unknown(name).into())
}

/// Calls a method and waits for its result.
pub(crate) async fn call(
    core: &Arc<Core>,
    script: &Arc<Script>,
    target: &Target,
    invocation: Invocation,
) -> Result<Value, Halt> {
    match target {
        Target::BuiltIn { method, .. } => {
            let call = Call {
                host: core.host().ok_or(Halt::Stopped)?,
                lua: core.vm.lua().clone(),
                place: StepPlace {
                    script: script.path.clone(),
                    index: invocation.index,
                    cwd: script.folder.clone(),
                },
                params: invocation.params,
                input: invocation.input,
                args: script.args(),
            };
            Ok(method(&call).await?)
        }
        Target::Function(function) => {
            functions::call(core, script, function, Value::Nil, &script.folder, &invocation).await
        }
        Target::Member { owner, function, folder, .. } => {
            functions::call(core, script, function, owner.clone(), folder, &invocation).await
        }
    }
}

/// The failure for a name nobody knows, with the nearest known one.
pub(crate) fn unknown(name: &str) -> Failure {
    let nearest = pino_stdlib::methods().map(|known| (edit_distance(name, known), known)).min();
    let close_enough = name.len().max(6) / 3;
    let hint = match nearest {
        Some((distance, known)) if distance <= close_enough => format!("did you mean {known}?"),
        _ => match name.split_once('.').filter(|(space, _)| !members_of(space).is_empty()) {
            Some((space, _)) => format!("{space} has {}", members_of(space).join(", ")),
            None => "`pino types` lists every method".to_owned(),
        },
    };
    Failure::new("unknown-method", format!("there is no method \"{name}\"; {hint}"))
}

fn members_of(space: &str) -> Vec<&'static str> {
    pino_stdlib::methods()
        .filter(|known| known.split_once('.').is_some_and(|(own, _)| own == space))
        .collect()
}

/// Levenshtein distance: names are short, so the quadratic form is the right one.
fn edit_distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_single_edits() {
        assert_eq!(edit_distance("shell.rum", "shell.run"), 1);
        assert_eq!(edit_distance("fs.copy", "fs.copy"), 0);
        assert_eq!(edit_distance("", "abc"), 3);
    }
}
