//! `pino plan`: what a script would do here, without running it.
//!
//! Must not know: how the plan is made.

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use pino_engine::{
    evaluate::EvalRequest,
    plan::{Chance, EffectKind, Plan, PlanRequest, PlannedScript, plan},
};

use crate::args::USAGE;

/// Arguments of `pino plan`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A script, or a launcher's folder
    target: PathBuf,
    /// Plan for this platform instead of this machine
    #[arg(long, value_parser = ["linux", "darwin", "win32"])]
    platform: Option<String>,
    /// Plan for this architecture
    #[arg(long, value_parser = ["x64", "arm64"])]
    arch: Option<String>,
    /// Plan for this graphics adapter
    #[arg(long, value_parser = ["nvidia", "amd", "apple", "none"])]
    gpu: Option<String>,
    /// Start payload of the script
    #[arg(long, value_name = "JSON", default_value = "{}")]
    input: String,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
}

/// Runs the command: 0, 1 when a script cannot be planned.
pub(crate) fn execute(arguments: Arguments) -> ExitCode {
    let input = match serde_json::from_str(&arguments.input) {
        Ok(input) => input,
        Err(error) => {
            crate::report::failure(&format!("`--input` is not JSON: {error}"), None);
            return ExitCode::from(USAGE);
        }
    };
    let request = PlanRequest { target: arguments.target.clone(), world: world(&arguments), input };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let outcome = runtime.map(|runtime| runtime.block_on(plan(&request)));
    let plan = match outcome {
        Ok(Ok(plan)) => plan,
        Ok(Err(error)) => {
            crate::report::failure(&error.to_string(), None);
            return ExitCode::FAILURE;
        }
        Err(error) => {
            crate::report::failure(&format!("cannot start the event loop: {error}"), None);
            return ExitCode::FAILURE;
        }
    };
    let written = if arguments.json { write_json(&plan) } else { write_text(&plan) };
    written.ok(); // a closed stdout is no failure of ours
    let broken = plan.scripts.iter().any(|script| script.problem.is_some());
    if broken { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Without options this machine; with any of them a simulated one.
fn world(arguments: &Arguments) -> EvalRequest {
    let simulated = arguments.platform.is_some() || arguments.arch.is_some() || arguments.gpu.is_some();
    let root = if arguments.target.is_dir() { Some(arguments.target.clone()) } else { None };
    EvalRequest {
        platform: arguments.platform.clone(),
        arch: arguments.arch.clone(),
        gpu: arguments.gpu.clone(),
        root,
        machine: (!simulated).then(|| pino_engine::machine().clone()),
        ..EvalRequest::default()
    }
}

fn write_json(plan: &Plan) -> io::Result<()> {
    serde_json::to_writer_pretty(io::stdout(), plan)?;
    writeln!(io::stdout())
}

fn write_text(plan: &Plan) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "Plan for {}", plan.machine)?;
    for script in &plan.scripts {
        write_script(&mut out, script)?;
    }
    let summary = [
        ("hosts", EffectKind::Host),
        ("downloads", EffectKind::Download),
        ("paths written", EffectKind::Write),
        ("tools needed", EffectKind::Tool),
    ];
    writeln!(out)?;
    for (title, kind) in summary {
        let all: Vec<_> = plan.all(kind).into_iter().collect();
        let all = if all.is_empty() { "none".to_owned() } else { all.join(", ") };
        writeln!(out, "{title:<14} {all}")?;
    }
    Ok(())
}

fn write_script(out: &mut impl io::Write, script: &PlannedScript) -> io::Result<()> {
    let daemon = if script.daemon { " (stays up)" } else { "" };
    writeln!(out, "\n{}{daemon}", Path::new(&script.script).display())?;
    if let Some(problem) = &script.problem {
        writeln!(out, "  cannot be planned: {problem}")?;
    }
    for step in &script.steps {
        let mark = match step.runs {
            Chance::Yes => "runs ",
            Chance::No => "skips",
            Chance::Maybe => "maybe",
        };
        let when = step.when.as_deref().map(|when| format!("   when {when}")).unwrap_or_default();
        writeln!(out, "  {:>3} {mark} {}{when}", step.index + 1, step.method)?;
        for effect in step.effects.iter().filter(|_| step.runs != Chance::No) {
            let text = effect.text.replace('\n', "\n                     ");
            writeln!(out, "            {:<9} {text}", format!("{:?}", effect.kind).to_lowercase())?;
        }
    }
    Ok(())
}
