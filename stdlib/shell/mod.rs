//! `shell.run`, `shell.start`, `shell.enter`, `shell.write`, `shell.stop`: commands on terminals of their own.
//!
//! Must not know: the engine. What knows no Lua (params, message, argv, quote, environment, text, errors, watcher) is pure and
//! tested alone; `session` ties a process to its events.

mod activation;
mod argv;
mod board;
mod enter;
mod environment;
mod errors;
mod extras;
mod follow;
mod handlers;
mod journal;
mod message;
mod notices;
mod params;
mod quote;
mod retry;
mod run;
mod session;
mod setup;
mod start;
mod stop;
mod sudo;
mod text;
mod tools;
mod uv;
mod watcher;
mod words;

pub(crate) use argv::words as words_of;

use crate::Method;

/// The methods of this namespace.
pub(crate) const TABLE: &[(&str, Method)] = &[
    ("shell.run", |call| Box::pin(run::run(call))),
    ("shell.start", |call| Box::pin(start::start(call))),
    ("shell.enter", |call| Box::pin(enter::enter(call))),
    ("shell.write", |call| Box::pin(enter::write(call))),
    ("shell.stop", |call| Box::pin(stop::stop(call))),
];
