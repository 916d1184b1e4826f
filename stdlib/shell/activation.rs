//! The environment a command runs in: conda, then the Python environment of the step; missing ones are created first.
//!
//! Must not know: the command. What it prints belongs to the step.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::{
    params::{Conda, CondaPlace, Params, Venv},
    quote::quote,
    setup, tools,
};
use crate::{Call, MethodError};

/// The commands that activate what the step asks for, after creating what is missing.
pub(super) async fn prepare(
    call: &Call,
    params: &Params,
    cwd: &Path,
    env: &BTreeMap<String, String>,
) -> Result<Vec<String>, MethodError> {
    let mut lines = conda(call, &params.conda, cwd, env)?;
    if let Some(venv) = &params.venv {
        let folder = call.host.resolve(cwd, &venv.path)?;
        if !tools::is_executable(&folder.join("bin/python")) || !folder.join("bin/activate").is_file() {
            call.host.check_write(&call.place, &folder)?;
            create(call, venv, &folder, cwd, env).await?;
        }
        let text = folder.display().to_string();
        lines.push(format!("source {} {}", quote(&format!("{text}/bin/activate")), quote(&text)));
    }
    Ok(lines)
}

/// Makes the environment, or repairs one whose creation was broken off. Files that are there stay.
async fn create(
    call: &Call,
    venv: &Venv,
    folder: &Path,
    cwd: &Path,
    env: &BTreeMap<String, String>,
) -> Result<(), MethodError> {
    let place = folder.display().to_string();
    if let Some(version) = &venv.python {
        let uv = tools::uv(call, env).await?.display().to_string();
        let words = [uv, "venv".into(), place, "--allow-existing".into(), "--python".into(), version.clone()];
        let advice =
            "check that this Python version exists and that the machine can reach the download server of uv";
        return setup::run(call, &words, cwd, env)
            .await?
            .map_err(|failure| not_created(folder, &failure.message, advice));
    }
    let mut reason = "there is neither `python` nor `python3` on PATH".to_owned();
    if let Some(python) = tools::find(env, "python").or_else(|| tools::find(env, "python3")) {
        let words = [python.display().to_string(), "-m".into(), "venv".into(), place.clone()];
        match setup::run(call, &words, cwd, env).await? {
            Ok(()) => return Ok(()),
            Err(failure) => reason = failure.message,
        }
    }
    let uv = tools::uv(call, env)
        .await
        .map_err(|error| with_reason(folder, &reason, error))?
        .display()
        .to_string();
    let words = [uv, "venv".into(), place, "--allow-existing".into(), "--seed".into()];
    let advice = "install Python with its venv module (Debian and Ubuntu: apt install python3-venv)";
    setup::run(call, &words, cwd, env)
        .await?
        .map_err(|failure| not_created(folder, &format!("{reason}\n{}", failure.message), advice))
}

fn with_reason(folder: &Path, reason: &str, error: MethodError) -> MethodError {
    match error {
        MethodError::Failed(text) => {
            not_created(folder, reason, &format!("install python3-venv, or uv ({text})"))
        }
        other => other,
    }
}

fn not_created(folder: &Path, reason: &str, advice: &str) -> MethodError {
    MethodError::Failed(format!(
        "could not create the Python environment {}: {reason}\nnext: {advice}",
        folder.display()
    ))
}

/// Commands for conda. Without an environment asked for there are none: the machine's own tools are the default environment.
fn conda(
    call: &Call,
    wanted: &Conda,
    cwd: &Path,
    env: &BTreeMap<String, String>,
) -> Result<Vec<String>, MethodError> {
    let (place, python, args) = match wanted {
        Conda::Default | Conda::Skip => return Ok(Vec::new()),
        Conda::Commands(commands) => return Ok(commands.clone()),
        Conda::Env { place, python, args } => (place, python, args),
    };
    let program = find_conda(call.host.home(), env).ok_or_else(|| no_conda(place))?;
    let hook = format!("eval \"$({} shell.bash hook)\"", quote(&program.display().to_string()));
    let (option, target, exists) = locate(call, place, &program, cwd)?;
    let mut lines = vec![hook.clone()];
    if !exists {
        lines.push(format!(
            "{} create -y {option} {} {} {args} || exit",
            quote(&program.display().to_string()),
            quote(&target),
            quote(python)
        ));
    }
    lines.push(format!("conda activate {}", quote(&target)));
    Ok(lines)
}

/// `-p` or `-n`, what follows it, and whether it is there.
fn locate(
    call: &Call,
    place: &CondaPlace,
    program: &Path,
    cwd: &Path,
) -> Result<(&'static str, String, bool), MethodError> {
    match place {
        CondaPlace::Path(path) => {
            let folder = call.host.resolve(cwd, path)?;
            let exists = tools::is_executable(&folder.join("bin/python"));
            if !exists {
                call.host.check_write(&call.place, &folder)?;
            }
            Ok(("-p", folder.display().to_string(), exists))
        }
        CondaPlace::Name(name) => {
            let root = program.ancestors().nth(2).unwrap_or(program);
            Ok(("-n", name.clone(), root.join("envs").join(name).is_dir()))
        }
    }
}

fn find_conda(home: &Path, env: &BTreeMap<String, String>) -> Option<PathBuf> {
    let own = home.join("bin/miniforge/bin/conda");
    if tools::is_executable(&own) { Some(own) } else { tools::find(env, "conda") }
}

fn no_conda(place: &CondaPlace) -> MethodError {
    let name = match place {
        CondaPlace::Path(text) | CondaPlace::Name(text) => text,
    };
    MethodError::Failed(format!(
        "the step asks for the conda environment {name}, but there is no conda on this machine\n\
         next: install Miniforge into <home>/bin/miniforge, or change the step to `venv`"
    ))
}
