//! The life of one step, in the order of spec 10 §4: `at`, `when`, method, rendering, `step`, the call, `result`, successor.
//!
//! Must not know: which method it is; `dispatch` finds and calls it.

use std::sync::Arc;

use pino_model::{Data, Event};
use pino_vm::{JsError, LuaError, Table, Value};

use crate::{
    core::Core,
    dispatch::{self, Invocation, Target as MethodTarget},
    events::{Step as StepEvent, Variables},
    failure::{Failure, Halt},
    host_impl::duplicate_id,
    next::{self, Successor, Target},
    program::{Entry, Field, Program, Step},
    render::{Condition, Unresolved},
    scope,
    script::Script,
    values,
};

/// A step that has been passed.
pub(crate) struct Done {
    /// It was executed, not skipped.
    pub(crate) ran: bool,
    /// Input of the next step.
    pub(crate) result: Value,
    /// Where the script goes.
    pub(crate) next: Next,
}

/// Where a script goes after a step.
pub(crate) enum Next {
    /// To the following step.
    Following,
    /// As `next`, `jump` or `goto` say.
    To(Successor),
    /// To its beginning, with this start payload.
    Restart(Value),
}

/// Which list of steps is at work.
#[derive(Clone, Copy)]
pub(crate) enum Track<'a> {
    /// The script's own.
    Main,
    /// An action beside it (`on[].trigger`): it has a scope of its own, and since events pair by script and index, its steps
    /// are not told; what they print belongs to the step at this index.
    Action(&'a Table, usize),
}

/// One step of one script, while it is looked at.
struct At<'a> {
    is_told: bool,
    core: &'a Arc<Core>,
    script: &'a Arc<Script>,
    scope: &'a Table,
    step: &'a Step,
    index: usize,
    input: &'a Value,
}

/// What rendering gave.
struct Rendered {
    params: Value,
    uri: Option<String>,
    id: Option<Value>,
    next: Option<Value>,
    returns: Option<Value>,
    notify: Option<Value>,
    unresolved: Vec<Unresolved>,
}

/// Runs the step at `index`, which is not empty.
pub(crate) async fn run(
    core: &Arc<Core>,
    script: &Arc<Script>,
    program: &Program,
    index: usize,
    input: &Value,
    track: Track<'_>,
) -> Result<Done, Halt> {
    let is_told = matches!(track, Track::Main);
    let step = match program.steps.get(index) {
        Some(Entry::Step(step)) => Some(step),
        _ => None,
    };
    if is_told {
        core.events.at(&script.name, index, step.and_then(|step| written_method(step)));
    }
    let Some(step) = step else { return Err(no_method("this entry is no step").into()) };
    if step.method.raw().is_none_or(Value::is_null) {
        return Err(no_method("the step has no method").into());
    }
    let (scope, told_index) = match track {
        Track::Main => {
            let mut state = script.state();
            (state.index, state.port, state.jump) = (index, None, None);
            (script.scope.get().ok_or(Halt::Stopped)?, index)
        }
        Track::Action(scope, index) => (scope, index),
    };
    scope::begin_step(scope, input, index, program.steps.len()).map_err(|error| lua(core, &error))?;
    At { is_told, core, script, scope, step, index: told_index, input }.run().await
}

impl At<'_> {
    async fn run(&self) -> Result<Done, Halt> {
        let mut threw = None;
        match self.condition()? {
            Condition::Run => {}
            Condition::Skip => {
                if self.is_told {
                    self.core.events.skip(&self.script.name, self.index);
                    self.core.journal.step_is_skipped(self.script, self.index);
                }
                return Ok(Done { ran: false, result: Value::NULL, next: Next::Following });
            }
            Condition::Threw { expr, reason } => threw = Some((expr, reason)),
        }
        let mut unresolved = Vec::new();
        let method = dispatch::find(self.core, self.script, self.step, self.scope, &mut unresolved).await?;
        let rendered = self.render(unresolved)?;
        if self.is_told {
            self.tell(&method, &rendered);
        }
        self.warn(threw, &rendered.unresolved, &method);
        let result = self.call(&method, &rendered.params).await?;
        self.check_result(&result)?;
        self.keep(&result, &rendered, &method)?;
        if self.is_told {
            self.core.journal.step_ends(self.script, &result);
        }
        let jumped = self.script.state().jump.take();
        let variables = Variables {
            local: &Value::Table(self.script.local.clone()),
            global: &Value::Table(self.script.global.clone()),
        };
        if self.is_told {
            self.core.events.result(&self.script.name, self.index, &result, &variables);
        }
        let next = match jumped {
            Some(jumped) => jumped.into(),
            None => self.following(rendered.next.as_ref())?,
        };
        Ok(Done { ran: true, result, next })
    }

    fn condition(&self) -> Result<Condition, Halt> {
        match self.step.when.template(&self.core.renderer)? {
            None => Ok(Condition::Run),
            Some(template) => Ok(template.condition(self.scope)?),
        }
    }

    fn render(&self, mut unresolved: Vec<Unresolved>) -> Result<Rendered, Halt> {
        let mut field = |field: &Field| -> Result<Option<Value>, JsError> {
            match field.template(&self.core.renderer)? {
                None => Ok(None),
                Some(template) => template.render(self.scope, &mut unresolved).map(Some),
            }
        };
        let params = field(&self.step.params)?.unwrap_or(Value::Nil);
        let uri = field(&self.step.uri)?.filter(|uri| !uri.is_null());
        let id = field(&self.step.id)?;
        let next = field(&self.step.next)?;
        let returns = field(&self.step.returns)?;
        let notify = field(&self.step.notify)?;
        let uri = uri.as_ref().and_then(values::text);
        Ok(Rendered { params, uri, id, next, returns, notify, unresolved })
    }

    /// The `step` event.
    fn tell(&self, method: &MethodTarget, rendered: &Rendered) {
        let port = {
            let mut state = self.script.state();
            state.steps += 1;
            state.port
        };
        let step = StepEvent {
            index: self.index,
            method: method.name(),
            params: &rendered.params,
            input: self.input,
            uri: rendered.uri.as_deref(),
            id: rendered.id.as_ref(),
            port,
        };
        self.core.events.step(&self.script.name, &step);
        self.core.journal.step_begins(self.script, self.index, method.name(), &rendered.params, self.input);
    }

    fn warn(&self, threw: Option<(String, String)>, unresolved: &[Unresolved], method: &MethodTarget) {
        if let Some((expr, reason)) = threw {
            let message = format!("the condition {expr} failed ({reason}); the step runs all the same");
            self.emit_expression("when-threw", message, expr);
        }
        // handlers of shells are rendered again when their event is there
        let is_shell = method.name().is_some_and(|name| name.starts_with("shell."));
        for Unresolved { expr, reason } in
            unresolved.iter().filter(|left| !(is_shell && names_event(&left.expr)))
        {
            let message = format!("{expr} stays as written: {reason}");
            self.emit_expression("unresolved", message, expr.clone());
        }
    }

    fn emit_expression(&self, code: &'static str, message: String, expr: String) {
        let bare = expr.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")).unwrap_or(&expr);
        let extra = [("expr".to_owned(), bare.trim().into())].into_iter().collect();
        self.core
            .events
            .inner(Some(&self.script.name), Event::Warning { index: Some(self.index), code, message, extra });
    }

    /// Calls the method; a stop ends the wait at once.
    async fn call(&self, method: &MethodTarget, params: &Value) -> Result<Value, Halt> {
        let invocation = Invocation { index: self.index, params: params.clone(), input: self.input.clone() };
        let call = dispatch::call(self.core, self.script, method, invocation);
        tokio::select! {
            biased;
            result = call => result,
            () = self.script.token.cancelled() => Err(Halt::Stopped),
        }
    }

    /// Any method may report a failure by a result with a true `error` (spec 10 §8).
    fn check_result(&self, result: &Value) -> Result<(), Halt> {
        let Value::Table(table) = result else { return Ok(()) };
        let lua_state = self.core.vm.lua();
        let read = |name: &str| {
            pino_vm::get_property(lua_state, table, name).and_then(|value| pino_vm::to_data(&value))
        };
        if pino_vm::is_array(table) {
            return Ok(());
        }
        let error =
            pino_vm::get_property(lua_state, table, "error").map_err(|error| lua(self.core, &error))?;
        if error.is_nil() || matches!(error, Value::Boolean(false)) || error.is_null() {
            return Ok(());
        }
        let error = pino_vm::to_data(&error).map_err(|error| lua(self.core, &error))?;
        if !error.is_truthy() {
            return Ok(());
        }
        let told = [
            error,
            read("message").unwrap_or_default(),
            read("stderr").unwrap_or_default(),
            read("response").unwrap_or_default(),
        ];
        let text =
            told.iter().find_map(error_text).unwrap_or_else(|| "the method reported an error".to_owned());
        Err(Failure::new("failed", text).into())
    }

    /// `returns` and `notify`.
    fn keep(&self, result: &Value, rendered: &Rendered, method: &MethodTarget) -> Result<(), Halt> {
        if let Some(path) = rendered.returns.as_ref().and_then(values::text) {
            let target = match path.split('.').collect::<Vec<_>>().as_slice() {
                ["local", name] => Some((&self.script.local, (*name).to_owned())),
                ["global", name] => Some((&self.script.global, (*name).to_owned())),
                _ => None,
            };
            if let Some((table, name)) = target {
                pino_vm::set_property(self.core.vm.lua(), table, &name, result.clone())
                    .map_err(|error| lua(self.core, &error))?;
            }
        }
        if let Some(notify) = &rendered.notify {
            let notify = pino_vm::to_data(notify).map_err(|error| lua(self.core, &error))?;
            if let Some(data) = notification(&notify, method.name().unwrap_or("function"), self.index) {
                let id = uuid::Uuid::new_v4().simple().to_string();
                let packet =
                    Event::Packet { index: self.index, kind: "notify".to_owned(), id, data, wait: false };
                self.core.events.inner(Some(&self.script.name), packet);
            }
        }
        Ok(())
    }

    /// The successor by the field `next`, looked up after the result.
    fn following(&self, next: Option<&Value>) -> Result<Next, Halt> {
        let target = match next {
            None | Some(Value::Nil) => return Ok(Next::Following),
            Some(value) if value.is_null() => Target::End,
            Some(Value::Number(index)) => Target::Index(*index),
            Some(Value::Integer(index)) => Target::Index(*index as f64),
            Some(Value::String(text)) => Target::Id(text.to_string_lossy()),
            Some(other) => Target::Other(other.type_name().to_owned()),
        };
        let ids = self.script.state().ids.clone();
        let found =
            next::find(&target, &ids).map_err(|why| Failure::new("bad-target", format!("`next`: {why}")))?;
        if let (true, Target::Id(id)) = (found.duplicate, &target) {
            self.core.events.inner(Some(&self.script.name), duplicate_id(self.index, id));
        }
        Ok(Next::To(found.successor))
    }
}

/// The expression uses the variable `event` (not a member of that name).
fn names_event(expr: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '.');
    expr.match_indices("event").any(|(at, found)| {
        !expr[..at].ends_with(is_part)
            && !expr[at + found.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_')
    })
}

fn written_method(step: &Step) -> Option<&Value> {
    step.method.raw().filter(|method| !method.is_null())
}

fn no_method(what: &str) -> Failure {
    Failure::new("no-method", format!("{what}: give it a `method` such as \"shell.run\", or remove it"))
}

fn error_text(data: &Data) -> Option<String> {
    let text = match data {
        Data::String(text) => text.clone(),
        Data::Array(items) => items.iter().filter_map(Data::as_str).collect::<Vec<_>>().join(", "),
        Data::Object(_) => ["message", "code"]
            .iter()
            .filter_map(|name| data.get(name).as_str())
            .collect::<Vec<_>>()
            .join(", "),
        _ => String::new(),
    };
    Some(text).filter(|text| !text.trim().is_empty())
}

/// The packet of the step field `notify` (spec 10 §10).
fn notification(notify: &Data, method: &str, index: usize) -> Option<Data> {
    const MEMBERS: &[&str] = &["html", "href", "target", "features", "type"];
    match notify {
        Data::Bool(true) => {
            let html = format!("<b>Step {} finished</b><br><div>{method}</div>", index + 1);
            Some(Data::Object([("html".to_owned(), Data::String(html))].into_iter().collect()))
        }
        Data::Object(_) => {
            let members = MEMBERS.iter().map(|name| ((*name).to_owned(), notify.get(name).clone()));
            Some(Data::Object(members.filter(|(_, value)| *value != Data::Undefined).collect()))
        }
        _ => None,
    }
}

fn lua(core: &Core, error: &LuaError) -> Halt {
    core.vm.failure(error).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_called_event_is_not_the_variable() {
        assert!(names_event("{{event.matches[0][1]}}") && names_event("{{ x + event }}"));
        assert!(!names_event("{{input.event[0]}}") && !names_event("{{events}}"));
    }
}
