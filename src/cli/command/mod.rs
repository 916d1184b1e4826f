//! One file per command: its arguments and what it does. `execute` is the only way in.
//!
//! Must not know: each other.

pub(crate) mod attach;
pub(crate) mod backup;
pub(crate) mod catalog;
pub(crate) mod completions;
pub(crate) mod convert;
pub(crate) mod doctor;
pub(crate) mod down;
pub(crate) mod downloads;
pub(crate) mod drive;
pub(crate) mod eval;
pub(crate) mod eval_expr;
pub(crate) mod exec;
pub(crate) mod hub_proxy;
pub(crate) mod install;
pub(crate) mod js;
pub(crate) mod jsonpath;
pub(crate) mod logs;
pub(crate) mod man;
pub(crate) mod pin;
pub(crate) mod plan;
pub(crate) mod ps;
pub(crate) mod repair;
pub(crate) mod reset;
pub(crate) mod restore;
pub(crate) mod resume;
pub(crate) mod rm;
pub(crate) mod rollback;
pub(crate) mod run;
pub(crate) mod runs;
pub(crate) mod settings;
pub(crate) mod shim;
pub(crate) mod start;
pub(crate) mod status;
pub(crate) mod stop;
pub(crate) mod types;
pub(crate) mod up;
pub(crate) mod update;

use std::process::ExitCode;

use crate::args::Command;

/// Runs the command and gives the exit code of the process.
pub(crate) fn execute(command: Command) -> ExitCode {
    match command {
        Command::Run(arguments) => run::execute(arguments),
        Command::Up(arguments) => up::execute(arguments),
        Command::Down(arguments) => down::execute(arguments),
        Command::Catalog(arguments) => catalog::execute(arguments),
        Command::Drive(arguments) => drive::execute(arguments),
        Command::Ps(arguments) => ps::execute(arguments),
        Command::Start(arguments) => start::start(arguments),
        Command::Stop(arguments) => stop::execute(arguments),
        Command::Restart(arguments) => start::restart(arguments),
        Command::Status(arguments) => status::execute(arguments),
        Command::Logs(arguments) => logs::execute(arguments),
        Command::Attach(arguments) => attach::execute(arguments),
        Command::Exec(arguments) => exec::execute(arguments),
        Command::Settings(arguments) => settings::execute(arguments),
        Command::Resume(arguments) => resume::execute(arguments),
        Command::Runs(arguments) => runs::execute(arguments),
        Command::Backup(arguments) => backup::execute(&arguments),
        Command::Restore(arguments) => restore::execute(&arguments),
        Command::Downloads(arguments) => downloads::execute(arguments),
        Command::HubProxy(arguments) => hub_proxy::execute(arguments),
        Command::Install(arguments) => install::execute(arguments),
        Command::Update(arguments) => update::execute(arguments),
        Command::Rollback(arguments) => rollback::execute(arguments),
        Command::Pin(arguments) => pin::pin(arguments),
        Command::Unpin(arguments) => pin::unpin(arguments),
        Command::Rm(arguments) => rm::execute(arguments),
        Command::Reset(arguments) => reset::execute(arguments),
        Command::Repair(arguments) => repair::execute(arguments),
        Command::Convert(arguments) => convert::execute(arguments),
        Command::Eval(arguments) => eval::execute(arguments),
        Command::EvalExpr(arguments) => eval_expr::execute(arguments),
        Command::Js(arguments) => js::execute(arguments),
        Command::Plan(arguments) => plan::execute(arguments),
        Command::Jsonpath(arguments) => jsonpath::execute(arguments),
        Command::Types(arguments) => types::execute(arguments),
        Command::Doctor(arguments) => doctor::execute(arguments),
        Command::Man(arguments) => man::execute(arguments),
        Command::Completions(arguments) => completions::execute(arguments),
    }
}
