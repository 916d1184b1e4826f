//! `input` and `modal`: questions to a person; `loading.*`: a notice that something takes a while.
//!
//! Must not know: who answers (a prepared answer, the terminal, a client).

use mlua::Value;

use crate::{AskOutcome, Call, Method, MethodError};

pub(crate) const TABLE: &[(&str, Method)] = &[
    ("input", |call| Box::pin(ask(call, "input"))),
    ("modal", |call| Box::pin(ask(call, "modal"))),
    ("loading.start", |call| Box::pin(async move { tell(call, "loading.start") })),
    ("loading.end", |call| Box::pin(async move { tell(call, "loading.end") })),
];

/// Sends the question and waits for the answer, which is the result.
async fn ask(call: &Call, kind: &str) -> Result<Value, MethodError> {
    match call.host.ask(&call.place, kind, call.data()?).await? {
        AskOutcome::Answer(answer) => call.value(&answer),
        AskOutcome::Nobody => Err(MethodError::NoAnswer(format!(
            "{kind}: nobody is there to answer{}; run it in a terminal, or give the answer with --respond '[{}]'",
            title(call),
            example(call)
        ))),
    }
}

/// The page would have to acknowledge; a run without one does not wait (E26).
fn tell(call: &Call, kind: &str) -> Result<Value, MethodError> {
    call.packet(kind, call.data()?);
    Ok(Value::Nil)
}

fn title(call: &Call) -> String {
    match call.text("title") {
        Ok(Some(title)) => format!(" \"{title}\""),
        _ => String::new(),
    }
}

/// What an answer looks like, by the keys of the form.
fn example(call: &Call) -> String {
    let data = call.data().unwrap_or_default();
    let fields = match data.get("form") {
        pino_model::Data::Array(fields) => {
            fields.iter().filter_map(|field| field.get("key").as_str()).collect()
        }
        _ => Vec::new(),
    };
    let members: Vec<String> = fields.iter().map(|key| format!("\"{key}\": \"…\"")).collect();
    if members.is_empty() { "{}".to_owned() } else { format!("{{{}}}", members.join(", ")) }
}
