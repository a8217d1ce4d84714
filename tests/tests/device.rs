//! Programs on devices: every model and construct on its cases, and random nets against the interpreter. Once on a device of
//! plain memory (`braid_tests::device`), once on a GPU whose threads are fibers (`braid_tests::fiber`), and once on the
//! machine's Vulkan device, for which a software device serves. Fibers are slow: they run those cases that cover what all of
//! them do, and a part of the nets; all of them where the environment has `BRAID_ALL_CASES`.

use braid::runtime::cases::{Case, Tolerance};
use braid::runtime::device::{Device, open};
use braid::{Machine, Program, Quiet, verdict};
use braid_ir::{Net, eval};
use braid_passes::random::{Shape, random_inputs, random_net};
use braid_tests::device::{Reference, compile};
use braid_tests::fiber::{self, Fiber};
use braid_tests::sample;
use braid_tests::subject::{self, Subject};
use braid_tests::suite::{self, Named};
use braid_tests::treatment;
use std::sync::Arc;

/// Random nets that are tried; each seventh of them on fibers, where launches are slow. (Seven divides no period of their shapes.)
const NETS: u64 = 300;
const FIBER_STEP: usize = 7;
/// Sums of values of any size, reassociated.
const TOLERANCE: Tolerance = Tolerance { rtol: 1e-3, atol: 1e-3 };

/// The chip whose kernels fibers execute.
const CHIP: &str = "sm_80";
/// The order in which they do.
const SEED: u64 = 4;

/// Where programs run.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Reference,
    Fiber,
    Vulkan,
}

fn main() -> std::process::ExitCode {
    let mut places = vec![(Place::Reference, "reference"), (Place::Fiber, "fiber")];
    match open("vulkan") {
        Ok(device) => {
            eprintln!("Vulkan: {}", device.name());
            places.push((Place::Vulkan, "vulkan"));
        }
        Err(why) => eprintln!("skipped: everything on Vulkan: {why}"),
    }
    let mut trials: Vec<Named> = Vec::new();
    for (place, name) in places {
        let constructs = subject::constructs().into_iter().filter(|c| c.error.is_none()).map(|c| c.subject);
        for subject in subject::models().into_iter().chain(constructs) {
            trials.push((format!("{name}/{}", subject.name), Box::new(move || check(&subject, place))));
        }
        for first in (0..NETS).step_by(50) {
            let step = if place == Place::Fiber && !sample::all() { FIBER_STEP } else { 1 };
            let work = move || (first..first + 50).step_by(step).try_for_each(|seed| random(seed, place));
            trials.push((format!("{name}/random_{first}"), Box::new(work)));
        }
    }
    suite::run("device", trials)
}

/// A net's program on a device, and those of the cases that it is to run.
fn load(net: &Net, place: Place, cases: Vec<Case>) -> Result<(Program, Vec<Case>), String> {
    let (bytes, device): (_, Box<dyn Device>) = match place {
        Place::Reference => {
            let split = Arc::new(braid::split(net).map_err(|d| d.render())?);
            (compile(&split)?, Box::new(Reference::new(split)))
        }
        Place::Fiber => (build(net, &fiber::target(CHIP))?, Box::new(Fiber::new(CHIP, SEED))),
        Place::Vulkan => (build(net, "vulkan")?, open("vulkan").map_err(|e| e.to_string())?),
    };
    let mut program = Program::from_bytes(&bytes).map_err(|e| e.to_string())?;
    let cases = if place == Place::Fiber { sample::covering(&program, cases) } else { cases };
    program.use_device(device).map_err(|e| e.to_string())?;
    Ok((program, cases))
}

/// A net compiled for a device.
fn build(net: &Net, target: &str) -> Result<Vec<u8>, String> {
    let machine = Machine { devices: vec![target.to_string()], ..subject::machine() };
    braid::build(net, &machine, &Quiet).map_err(|d| d.render())
}

fn check(subject: &Subject, place: Place) -> Result<(), String> {
    let net = braid::read(&subject.options.source).and_then(braid::optimise).map_err(|d| d.render())?;
    let (program, cases) = load(&net, place, subject.read_cases())?;
    let problems = treatment::check(&program, subject, &cases, &mut String::new());
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

fn random(seed: u64, place: Place) -> Result<(), String> {
    let shape = Shape { statements: 4 + (seed % 5) as usize * 3, depth: 1 + (seed % 3) as usize };
    let net = braid::optimise(random_net(seed, shape)).map_err(|d| d.render())?;
    let (program, _) = load(&net, place, Vec::new())?;
    let inputs = random_inputs(&net, seed);
    let options = eval::Options { seed, max_steps: 20_000, ..eval::Options::default() };
    let outcome = eval::run(&net, &inputs, &options);
    if matches!(outcome, Err(eval::EvalError::StepLimit { .. })) {
        return Ok(());
    }
    let tensors: Vec<_> = inputs.iter().map(|tensor| treatment::to_runtime(tensor)).collect();
    let named: Vec<_> = net.inputs.iter().map(String::as_str).zip(&tensors).collect();
    let actual = program.run(&named, braid::RunOptions { seed, ..braid::RunOptions::default() });
    match (actual, treatment::as_run(&net, outcome)) {
        (Ok(actual), Ok(expected)) if place != Place::Reference => {
            let problem = verdict::judge_outputs(&actual, &expected, TOLERANCE).problem;
            problem.map_or(Ok(()), |problem| Err(format!("seed {seed}: {problem}")))
        }
        // The same interpreter has computed both, so they are the same to the last bit.
        (Ok(actual), Ok(expected)) => {
            let same = actual.len() == expected.len()
                && actual
                    .iter()
                    .zip(&expected)
                    .all(|(a, e)| a.shape() == e.shape() && a.bytes() == e.bytes());
            if same { Ok(()) } else { Err(format!("seed {seed}: other results")) }
        }
        (Err(_), Err(_)) => Ok(()),
        (actual, expected) => Err(format!("seed {seed}: {:?}, expected {:?}", actual.err(), expected.err())),
    }
}
