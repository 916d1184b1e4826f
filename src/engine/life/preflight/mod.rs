//! Can this launcher work here? Looked at before its first step; refusals have reasons.
//!
//! Must not know: how an installation goes on.

mod checks;
mod estimate;
mod licence;

use std::path::Path;

use serde::Serialize;

use super::{LifeError, Needs, scan, tools};
use crate::{
    evaluate::EvalRequest,
    plan::{Chance, EffectKind, Plan, PlanRequest, plan},
};
pub use estimate::SizeEstimate;

/// How a look went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// In order.
    Fine,
    /// Works, perhaps; people should know.
    Care,
    /// It makes no sense to begin.
    Refusal,
}

/// One look.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// What was looked at: `platform`, `disk`, `memory`, `gpu`, `tools`, `licence`, `launcher`, `scan`.
    pub name: &'static str,
    /// How it went.
    pub verdict: Verdict,
    /// What was found, with the next step where there is one.
    pub text: String,
}

/// What the launcher's installation will do.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Capabilities {
    /// Number of commands it runs.
    pub commands: usize,
    /// Hosts it talks to.
    pub hosts: Vec<String>,
    /// Addresses it downloads.
    pub downloads: Vec<String>,
    /// Paths it writes.
    pub writes: Vec<String>,
    /// Programs it uses.
    pub tools: Vec<String>,
}

/// Everything found before the first step.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Preflight {
    /// The looks.
    pub findings: Vec<Finding>,
    /// What it will do.
    pub capabilities: Capabilities,
    /// Lines a person should read.
    pub suspicions: Vec<scan::Suspicion>,
    /// How large and how long.
    pub estimate: SizeEstimate,
    /// Programs that are missing and will be fetched.
    pub to_fetch: Vec<String>,
}

impl Preflight {
    /// Reasons not to begin.
    pub fn reasons(&self) -> Vec<String> {
        let refusals = self.findings.iter().filter(|finding| finding.verdict == Verdict::Refusal);
        refusals.map(|finding| finding.text.clone()).collect()
    }
}

/// What is known besides the files.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    pub(crate) needs: Needs,
    pub(crate) repository_bytes: Option<u64>,
    /// The script that will run; none when the launcher has no installation.
    pub(crate) script: Option<std::path::PathBuf>,
}

/// Looks at everything. Blocks.
pub(crate) fn examine(home: &Path, folder: &Path, known: &Known) -> Result<Preflight, LifeError> {
    let plan = known.script.as_deref().map(|script| make_plan(folder, script)).transpose()?;
    let machine = crate::machine();
    let suspicions = scan::scan(folder);
    let capabilities = plan.as_ref().map(capabilities).unwrap_or_default();
    let estimate = estimate::estimate(folder, &capabilities, known, machine);
    let offer = tools::look(home, &capabilities.tools);
    let mut findings =
        vec![checks::platform(machine, &known.needs), checks::launcher(plan.as_ref(), machine)];
    findings.push(checks::disk(home, &estimate));
    findings.push(checks::memory(machine, &known.needs));
    findings.push(checks::gpu(machine, &known.needs));
    findings.extend(checks::tools(&offer));
    findings.push(licence::find(folder));
    findings.push(checks::suspicions(&suspicions));
    Ok(Preflight { findings, capabilities, suspicions, estimate, to_fetch: offer.to_fetch })
}

fn make_plan(folder: &Path, script: &Path) -> Result<Plan, LifeError> {
    let world = EvalRequest {
        root: Some(folder.to_owned()),
        machine: Some(crate::machine().clone()),
        ..EvalRequest::default()
    };
    let request = PlanRequest { target: script.to_owned(), world, input: serde_json::json!({}) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| LifeError::Thread(error.to_string()))?;
    Ok(runtime.block_on(plan(&request))?)
}

fn capabilities(plan: &Plan) -> Capabilities {
    let all = |kind| plan.all(kind).into_iter().map(str::to_owned).collect::<Vec<_>>();
    Capabilities {
        commands: plan.all(EffectKind::Command).len(),
        hosts: all(EffectKind::Host),
        downloads: all(EffectKind::Download),
        writes: all(EffectKind::Write),
        tools: all(EffectKind::Tool),
    }
}

/// Some step of the script runs here, or may.
fn does_something(plan: &Plan) -> bool {
    let mut steps = plan.scripts.iter().flat_map(|script| &script.steps);
    steps.any(|step| step.runs != Chance::No) || plan.scripts.iter().any(|script| script.problem.is_some())
}
