//! Path-complete runs: each gate of each model forced both ways and loops to three trips, compiled program against
//! interpreter. Prints the coverage.

use braid::runtime::cases::{Case, Tolerance};
use braid::{Program, Quiet, RunOptions, verdict};
use braid_ir::{Net, eval};
use braid_tests::paths::{Explorer, Step, by_gate};
use braid_tests::subject::{self, Subject};
use braid_tests::suite::{self, Named};
use braid_tests::treatment;

/// The interpreter is slow, and paths are many: so many per model.
const PATHS_MAX: usize = 40;
/// No path of a model takes as many steps; a loop whose gates were forced may never end by itself.
const STEPS_MAX: u64 = 200_000;
/// Paths that no input takes run on values that training never saw: sums of large numbers differ more.
const TOLERANCE: Tolerance = Tolerance { rtol: 5e-3, atol: 5e-3 };

fn main() -> std::process::ExitCode {
    let constructs = subject::constructs().into_iter().filter(|c| c.error.is_none()).map(|c| c.subject);
    let trials: Vec<Named> = subject::models()
        .into_iter()
        .chain(constructs)
        .map(|subject| (subject.name.clone(), Box::new(move || explore(&subject)) as _))
        .collect();
    suite::run("paths", trials)
}

fn explore(subject: &Subject) -> Result<(), String> {
    let net = braid::read(&subject.options.source).map_err(|d| d.render())?;
    let net = braid::optimise(net).map_err(|d| d.render())?;
    let artifact = braid::build(&net, &subject::machine(), &Quiet).map_err(|d| d.render())?;
    let program = Program::from_bytes(&artifact).map_err(|e| e.to_string())?;
    let cases = subject.read_cases();
    let mut explorer = Explorer::new(PATHS_MAX);
    let mut runs = 0;
    while let Some(forced) = explorer.next_path() {
        let case = &cases[runs % cases.len()];
        runs += 1;
        explorer.ran(&forced, &run_both(&net, &program, case, &forced)?);
    }
    let (taken, sides) = explorer.coverage(&net);
    println!("{}: {} paths, {taken} of {sides} sides of gates", subject.name, explorer.paths());
    Ok(())
}

/// Runs interpreter and program with these gates forced, compares, and returns the path.
fn run_both(net: &Net, program: &Program, case: &Case, forced: &[Step]) -> Result<Vec<Step>, String> {
    let options = eval::Options { seed: 0, max_steps: STEPS_MAX, forced: by_gate(forced) };
    let mut path = Vec::new();
    let expected = match eval::run(net, &treatment::inputs(net, case), &options) {
        Ok(outcome) => {
            path.clone_from(&outcome.path);
            treatment::as_run(net, Ok(outcome))
        }
        Err(eval::EvalError::StepLimit { .. }) => return Ok(forced.to_vec()),
        error => treatment::as_run(net, error),
    };
    // Behind the forced gates both follow their conditions; a run that raises tells no path, so only these are forced.
    let sides: Vec<bool> =
        if path.is_empty() { forced } else { &path }.iter().map(|&(_, side)| side).collect();
    let (actual, _) =
        program.run_traced(&case.borrowed(), RunOptions { forced: &sides, ..RunOptions::default() });
    let problem = match (actual, expected) {
        (Ok(actual), Ok(expected)) => verdict::judge_outputs(&actual, &expected, TOLERANCE).problem,
        (Err(_), Err(_)) => None,
        (Ok(_), Err(error)) => Some(format!("the program returned, the interpreter failed: {error}")),
        (Err(error), Ok(_)) => Some(format!("the interpreter returned, the program failed: {error}")),
    };
    match problem {
        Some(problem) => Err(format!("on the path {}: {problem}", show(&sides))),
        None => Ok(if path.is_empty() { forced.to_vec() } else { path }),
    }
}

fn show(sides: &[bool]) -> String {
    sides.iter().map(|&side| if side { 'T' } else { 'F' }).collect()
}
