//! One file per command: its arguments and what it does. `execute` is the only way in.
//!
//! Must not know: each other.

pub(crate) mod completions;
pub(crate) mod convert;
pub(crate) mod doctor;
pub(crate) mod eval;
pub(crate) mod eval_expr;
pub(crate) mod js;
pub(crate) mod jsonpath;
pub(crate) mod plan;
pub(crate) mod run;
pub(crate) mod types;

use std::process::ExitCode;

use crate::args::Command;

/// Runs the command and gives the exit code of the process.
pub(crate) fn execute(command: Command) -> ExitCode {
    match command {
        Command::Run(arguments) => run::execute(arguments),
        Command::Convert(arguments) => convert::execute(arguments),
        Command::Eval(arguments) => eval::execute(arguments),
        Command::EvalExpr(arguments) => eval_expr::execute(arguments),
        Command::Js(arguments) => js::execute(arguments),
        Command::Plan(arguments) => plan::execute(arguments),
        Command::Jsonpath(arguments) => jsonpath::execute(arguments),
        Command::Types(arguments) => types::execute(arguments),
        Command::Doctor(arguments) => doctor::execute(arguments),
        Command::Completions(arguments) => completions::execute(arguments),
    }
}
