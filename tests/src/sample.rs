//! Which of a subject's cases a slow place runs.

use braid::runtime::Event;
use braid::runtime::cases::Case;
use braid::{Program, RunOptions};
use std::collections::HashSet;

/// Asks for all cases where a sample is the rule.
const ALL: &str = "BRAID_ALL_CASES";

/// Something that a run does. Gates are told apart by their lines and calls by what they call, since a loop over a range that is known has a gate and
/// calls for each of its turns.
#[derive(PartialEq, Eq, Hash)]
enum Step {
    Gate(u64, bool),
    Subnet(u32),
    Routine(String),
    Raised,
}

/// Whether the environment asks for all cases and nets.
pub fn all() -> bool {
    std::env::var_os(ALL).is_some_and(|value| !value.is_empty())
}

/// Cases that together do all that the cases do: take both sides of a line's gate, call a subnet or a library routine, raise. They are found by running all
/// of them on the CPU, which is fast; short runs are preferred.
pub fn covering(program: &Program, cases: Vec<Case>) -> Vec<Case> {
    if all() {
        return cases;
    }
    let mut runs: Vec<_> = cases.into_iter().map(|case| (steps(program, &case), case)).collect();
    runs.sort_by_key(|(steps, _)| steps.len());
    let (mut seen, mut chosen) = (HashSet::new(), Vec::new());
    for (steps, case) in runs {
        let before = seen.len();
        seen.extend(steps);
        if seen.len() > before || chosen.is_empty() {
            chosen.push(case);
        }
    }
    chosen
}

fn steps(program: &Program, case: &Case) -> Vec<Step> {
    let (result, trace) = program.run_traced(&case.borrowed(), RunOptions::default());
    let manifest = program.manifest();
    let step = |event| match event {
        Event::Gate { gate, taken } => Step::Gate(manifest.gates[gate as usize].loc.code(), taken),
        Event::Call { call, .. } => Step::Subnet(manifest.calls[call as usize].subnet),
        Event::Library { call, .. } => Step::Routine(manifest.library[call as usize].kernel.clone()),
    };
    trace.events.into_iter().map(step).chain(result.is_err().then_some(Step::Raised)).collect()
}
