//! Walks through the scripts: evaluates each, renders its steps in order, follows the scripts they start.
//!
//! Must not know: what a method does (`effect` does).

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use serde_json::{Value as Json, json};

use super::{
    Chance, Plan, PlanError, PlanRequest, PlannedScript, PlannedStep,
    effect::effects,
    stage::{Stage, StageError},
};
use crate::{
    evaluate::{EvalRequest, evaluate},
    load::script_file,
    render::Condition,
};

/// Called scripts are followed this deep.
const DEEPEST: usize = 8;
/// Variables that only a run can know.
const OF_THE_RUN: &[&str] = &["input", "local", "global", "event", "running", "ready"];

/// The walk so far.
pub(super) struct Walk<'a> {
    request: &'a PlanRequest,
    seen: HashSet<(PathBuf, String)>,
    scripts: Vec<PlannedScript>,
    machine: String,
}

impl<'a> Walk<'a> {
    pub(super) fn new(request: &'a PlanRequest) -> Self {
        let machine = crate::evaluate::describe_machine(&request.world).unwrap_or_default();
        Self { request, seen: HashSet::new(), scripts: Vec::new(), machine }
    }

    pub(super) fn finish(self) -> Plan {
        Plan { machine: self.machine, scripts: self.scripts }
    }

    /// Plans a script and, after it, those it starts.
    pub(super) async fn script(&mut self, path: &Path, input: &Json, depth: usize) -> Result<(), PlanError> {
        let path = std::path::absolute(script_file(path)).unwrap_or_else(|_unchanged| path.to_owned());
        if depth > DEEPEST || !self.seen.insert((path.clone(), input.to_string())) {
            return Ok(());
        }
        let world = EvalRequest { script: path.clone(), ..self.request.world.clone() };
        let script = match evaluate(&world).await? {
            Ok(text) => serde_json::from_str(&text).unwrap_or(Json::Null),
            Err(error) => {
                self.scripts.push(broken(&path, error.to_string()));
                return Ok(());
            }
        };
        let (planned, calls) = match steps(&world, &path, &script, input) {
            Ok(found) => found,
            Err(StageError::World(error)) => return Err(error.into()),
            Err(StageError::Script(error)) => (broken(&path, error.to_string()), Vec::new()),
        };
        self.scripts.push(planned);
        for (uri, params) in calls {
            let target = path.parent().unwrap_or(Path::new("/")).join(uri);
            if script_file(&target).is_file() {
                Box::pin(self.script(&target, &params, depth + 1)).await?;
            }
        }
        Ok(())
    }
}

fn broken(path: &Path, problem: String) -> PlannedScript {
    PlannedScript { script: name(path), daemon: false, problem: Some(problem), steps: Vec::new() }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

type Calls = Vec<(String, Json)>;

fn steps(
    world: &EvalRequest,
    path: &Path,
    script: &Json,
    input: &Json,
) -> Result<(PlannedScript, Calls), StageError> {
    let Some(run) = script["run"].as_array() else {
        let problem = "no steps: `run` is missing, a function or not a list";
        return Ok((broken(path, problem.to_owned()), Calls::new()));
    };
    let stage = Stage::set(world, script, input)?;
    let (mut planned, mut calls) = (Vec::new(), Calls::new());
    for (index, step) in run.iter().enumerate().filter(|(_, step)| step.is_object()) {
        let first = if index == 0 { input.clone() } else { json!({}) };
        stage.begin_step(index, run.len(), &first)?;
        let (step, call) = plan_step(&stage, index, step)?;
        calls.extend(call.filter(|_| step.runs != Chance::No));
        planned.push(step);
    }
    let daemon = !matches!(script["daemon"], Json::Null | Json::Bool(false));
    Ok((PlannedScript { script: name(path), daemon, problem: None, steps: planned }, calls))
}

fn plan_step(
    stage: &Stage,
    index: usize,
    step: &Json,
) -> Result<(PlannedStep, Option<(String, Json)>), StageError> {
    let method = step["method"].as_str().unwrap_or("function").to_owned();
    let runs = chance(stage, step.get("when"))?;
    let params = stage.render(&step["params"])?;
    let call =
        ["script.start", "script.run"].contains(&method.as_str()).then(|| params["uri"].as_str()).flatten();
    let call = call.filter(|uri| !uri.contains("://")).map(|uri| (uri.to_owned(), params["params"].clone()));
    let call = call.map(|(uri, params)| (uri, if params.is_null() { json!({}) } else { params }));
    let when = step.get("when").map(|when| when.as_str().map_or_else(|| when.to_string(), str::to_owned));
    let effects = effects(&method, &params);
    Ok((PlannedStep { index, method, runs, when, effects }, call))
}

fn chance(stage: &Stage, when: Option<&Json>) -> Result<Chance, StageError> {
    let Some(when) = when else { return Ok(Chance::Yes) };
    let asks_the_run = when.as_str().is_some_and(|text| words(text).any(|word| OF_THE_RUN.contains(&word)));
    if asks_the_run {
        return Ok(Chance::Maybe);
    }
    Ok(match stage.condition(when)? {
        Condition::Run => Chance::Yes,
        Condition::Skip => Chance::No,
        Condition::Threw { .. } => Chance::Maybe,
    })
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.')
        .map(|word| word.split('.').next().unwrap_or_default())
}
