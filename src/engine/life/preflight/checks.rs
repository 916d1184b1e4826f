//! The single looks. Each looks at one thing and changes nothing.
//!
//! Must not know: each other.

use std::path::Path;

use pino_machine::Machine;

use super::{Finding, SizeEstimate, Verdict, does_something};
use crate::{
    life::{
        Needs,
        scan::{Suspicion, Weight},
        tools::Offer,
    },
    plan::Plan,
};

const GIB: f64 = (1_u64 << 30) as f64;
/// Below this nothing sensible can be installed.
const LEAST_FREE_GIB: f64 = 0.5;

fn finding(name: &'static str, verdict: Verdict, text: impl Into<String>) -> Finding {
    Finding { name, verdict, text: text.into() }
}

pub(super) fn platform(machine: &Machine, needs: &Needs) -> Finding {
    let here = format!("{} {}", machine.platform, machine.arch);
    if needs.platforms.is_empty() || needs.platforms.contains(&machine.platform) {
        return finding("platform", Verdict::Fine, here);
    }
    let text = format!("it is for {}, and this is {here}", needs.platforms.join(" and "));
    finding("platform", Verdict::Refusal, text)
}

pub(super) fn launcher(plan: Option<&Plan>, machine: &Machine) -> Finding {
    let Some(plan) = plan else {
        return finding("launcher", Verdict::Care, "it has no install script; nothing is run");
    };
    if let Some(problem) = plan.scripts.first().and_then(|script| script.problem.as_ref()) {
        let verdict = if problem.starts_with("no steps") { Verdict::Care } else { Verdict::Refusal };
        return finding(
            "launcher",
            verdict,
            format!("its install script cannot be read beforehand: {problem}"),
        );
    }
    if does_something(plan) {
        return finding("launcher", Verdict::Fine, format!("its scripts work on {}", plan.machine));
    }
    let text = format!(
        "none of its steps is meant for this machine ({} {}, gpu {})",
        machine.platform, machine.arch, machine.gpu
    );
    finding("launcher", Verdict::Refusal, text)
}

pub(super) fn disk(home: &Path, estimate: &SizeEstimate) -> Finding {
    let existing = home.ancestors().find(|folder| folder.is_dir()).unwrap_or(home);
    let Some(free) = pino_machine::free_disk_bytes(existing).map(|free| free as f64 / GIB) else {
        return finding("disk", Verdict::Care, "free space is unknown; look with `df -h`");
    };
    let needed = estimate.bytes as f64 / GIB;
    let words = format!("{free:.1} GiB free, about {needed:.1} GiB needed");
    if free < LEAST_FREE_GIB || estimate.is_stated && free < needed {
        return finding(
            "disk",
            Verdict::Refusal,
            format!("the disk is too full: {words}; make room or choose another --home"),
        );
    }
    let verdict = if free < needed { Verdict::Care } else { Verdict::Fine };
    finding("disk", verdict, words)
}

pub(super) fn memory(machine: &Machine, needs: &Needs) -> Finding {
    let total = machine.memory.total_bytes as f64 / GIB;
    match needs.ram_gib {
        // what is called 16 GB is a little less in GiB
        Some(needed) if total < needed * 0.9 => {
            let text = format!("it needs {needed} GiB of memory, and there are {total:.1}");
            finding("memory", Verdict::Refusal, text)
        }
        _ => finding("memory", Verdict::Fine, format!("{total:.1} GiB")),
    }
}

pub(super) fn gpu(machine: &Machine, needs: &Needs) -> Finding {
    let here = machine.gpu_model.clone().unwrap_or_else(|| "no graphics adapter".to_owned());
    if !needs.gpus.is_empty() && !needs.gpus.contains(&machine.gpu) {
        let text = format!("it needs a graphics adapter of {}, and there is {here}", needs.gpus.join(" or "));
        return finding("gpu", Verdict::Refusal, text);
    }
    match needs.vram_gib {
        Some(needed) if needed > 0.0 && (machine.vram as f64) < needed * 0.9 => {
            let text = format!(
                "it needs {needed} GiB of graphics memory, and there is {here} with {} GiB",
                machine.vram
            );
            finding("gpu", Verdict::Refusal, text)
        }
        _ => finding("gpu", Verdict::Fine, here),
    }
}

pub(super) fn tools(offer: &Offer) -> Vec<Finding> {
    let mut found = Vec::new();
    if !offer.to_fetch.is_empty() {
        found.push(finding(
            "tools",
            Verdict::Fine,
            format!("will be fetched: {}", offer.to_fetch.join(", ")),
        ));
    }
    for missing in &offer.missing {
        let verdict = if missing.is_vital { Verdict::Refusal } else { Verdict::Care };
        let text = format!("{} is not on PATH; {}", missing.name, missing.next_step);
        found.push(finding("tools", verdict, text));
    }
    if found.is_empty() {
        found.push(finding("tools", Verdict::Fine, "everything it uses is there"));
    }
    found
}

pub(super) fn suspicions(found: &[Suspicion]) -> Finding {
    let dangers: Vec<_> = found.iter().filter(|suspicion| suspicion.weight == Weight::Danger).collect();
    let Some(first) = dangers.first() else {
        return match found.len() {
            0 => finding("scan", Verdict::Fine, "nothing suspicious"),
            count => finding("scan", Verdict::Care, format!("{count} lines are worth a look")),
        };
    };
    let text = format!(
        "{} dangerous looking lines, first {}:{}: {} ({})",
        dangers.len(),
        first.file,
        first.line,
        first.excerpt,
        first.why
    );
    finding("scan", Verdict::Refusal, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needs_that_are_not_met_are_refusals() {
        let machine = Machine { platform: "linux".into(), ..Machine::default() };
        let needs = Needs {
            platforms: vec!["darwin".into()],
            ram_gib: Some(16.0),
            vram_gib: Some(8.0),
            gpus: vec!["nvidia".into()],
            ..Needs::default()
        };
        for finding in [platform(&machine, &needs), memory(&machine, &needs), gpu(&machine, &needs)] {
            assert_eq!(finding.verdict, Verdict::Refusal, "{finding:?}");
        }
        let none = Needs::default();
        for finding in [platform(&machine, &none), memory(&machine, &none), gpu(&machine, &none)] {
            assert_eq!(finding.verdict, Verdict::Fine, "{finding:?}");
        }
    }

    #[test]
    fn a_stated_need_beyond_the_disk_is_a_refusal_and_a_guess_is_not() {
        let scratch = std::env::temp_dir();
        let stated = SizeEstimate { bytes: u64::MAX, is_stated: true, ..SizeEstimate::default() };
        assert_eq!(disk(&scratch, &stated).verdict, Verdict::Refusal);
        let guessed = SizeEstimate { is_stated: false, ..stated };
        assert_eq!(disk(&scratch, &guessed).verdict, Verdict::Care);
    }
}
