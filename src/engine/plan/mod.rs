//! `pino plan`: what a script would do on this machine or a simulated one, without running it.
//!
//! The script is evaluated and its steps are rendered in a world where nothing can be changed; what depends on the
//! run (output of programs, answers of people) stays as written and its step is marked `maybe`.
//! Must not know: how the plan is shown.

mod command;
mod effect;
mod stage;
mod walk;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use serde::Serialize;
use serde_json::Value as Json;

pub use effect::{Effect, EffectKind};

use crate::evaluate::{EvalError, EvalRequest};

/// What to plan.
#[derive(Clone, Debug, Default)]
pub struct PlanRequest {
    /// The script, or a launcher's folder: then its scripts are planned.
    pub target: PathBuf,
    /// The machine and world to plan for.
    pub world: EvalRequest,
    /// Start payload.
    pub input: Json,
}

/// Whether a step runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Chance {
    /// It runs.
    Yes,
    /// Its `when` is false here.
    No,
    /// It depends on what happens in the run.
    Maybe,
}

/// One step.
#[derive(Clone, Debug, Serialize)]
pub struct PlannedStep {
    /// Position as written.
    pub index: usize,
    /// Method as written.
    pub method: String,
    /// Whether it runs.
    pub runs: Chance,
    /// The condition as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// What it does.
    pub effects: Vec<Effect>,
}

/// One script and what it starts.
#[derive(Clone, Debug, Serialize)]
pub struct PlannedScript {
    /// Path relative to the app folder.
    pub script: String,
    /// It stays up after its last step.
    pub daemon: bool,
    /// Why it cannot be planned (broken, no steps).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// Its steps.
    pub steps: Vec<PlannedStep>,
}

/// The whole plan.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    /// `linux x64, gpu nvidia (nvidia geforce rtx 4090)`
    pub machine: String,
    /// The scripts in the order they were reached.
    pub scripts: Vec<PlannedScript>,
}

/// A plan cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Nothing there to plan.
    #[error("no script in `{0}`: name a .js, .json or .lua file, or a folder with `pinokio.js`")]
    NoScript(PathBuf),
    /// The file cannot be evaluated in this world.
    #[error(transparent)]
    World(#[from] EvalError),
}

/// Texts of all effects of one kind over all steps that run or may run, sorted, without repetition.
impl Plan {
    /// See the type.
    pub fn all(&self, kind: EffectKind) -> BTreeSet<&str> {
        let steps =
            self.scripts.iter().flat_map(|script| &script.steps).filter(|step| step.runs != Chance::No);
        let effects = steps.flat_map(|step| &step.effects).filter(|effect| effect.kind == kind);
        effects.map(|effect| effect.text.as_str()).collect()
    }
}

/// Makes the plan. Broken scripts are part of it; only a wrong request is an error.
pub async fn plan(request: &PlanRequest) -> Result<Plan, PlanError> {
    let targets = targets(&request.target)?;
    let mut walk = walk::Walk::new(request);
    for target in targets {
        walk.script(&target, &request.input, 0).await?;
    }
    Ok(walk.finish())
}

/// Scripts a launcher's folder offers, in the order people use them.
const USUAL_SCRIPTS: [&str; 6] = ["install", "start", "update", "reset", "link", "unlink"];

fn targets(target: &Path) -> Result<Vec<PathBuf>, PlanError> {
    if !target.is_dir() {
        return if target.is_file() {
            Ok(vec![target.to_owned()])
        } else {
            Err(PlanError::NoScript(target.to_owned()))
        };
    }
    let root = if target.join("pinokio").is_dir() && !target.join("pinokio.js").is_file() {
        target.join("pinokio")
    } else {
        target.to_owned()
    };
    let candidates = USUAL_SCRIPTS
        .iter()
        .flat_map(|name| ["js", "json", "lua"].map(|end| root.join(format!("{name}.{end}"))));
    let found: Vec<_> = candidates.filter(|path| path.is_file()).collect();
    if found.is_empty() { Err(PlanError::NoScript(target.to_owned())) } else { Ok(found) }
}
