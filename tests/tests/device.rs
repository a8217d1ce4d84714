//! Programs on a device of plain memory (`braid_tests::device`): every model and construct on its cases, and random nets
//! against the interpreter.

use braid::Program;
use braid_ir::eval;
use braid_passes::random::{Shape, random_inputs, random_net};
use braid_tests::device::{Reference, compile};
use braid_tests::subject::{self, Subject};
use braid_tests::suite::{self, Named};
use braid_tests::treatment;
use std::sync::Arc;

/// Random nets that are tried.
const NETS: u64 = 300;

fn main() -> std::process::ExitCode {
    let constructs = subject::constructs().into_iter().filter(|c| c.error.is_none()).map(|c| c.subject);
    let mut trials: Vec<Named> = subject::models()
        .into_iter()
        .chain(constructs)
        .map(|subject| (subject.name.clone(), Box::new(move || check(&subject)) as _))
        .collect();
    for first in (0..NETS).step_by(50) {
        let work = move || (first..first + 50).try_for_each(random);
        trials.push((format!("random_{first}"), Box::new(work)));
    }
    suite::run("device", trials)
}

/// A net's program on the device.
fn load(net: &braid_ir::Net) -> Result<Program, String> {
    let split = Arc::new(braid::split(net).map_err(|d| d.render())?);
    let mut program = Program::from_bytes(&compile(&split)?).map_err(|e| e.to_string())?;
    program.use_device(Box::new(Reference::new(split))).map_err(|e| e.to_string())?;
    Ok(program)
}

fn check(subject: &Subject) -> Result<(), String> {
    let net = braid::read(&subject.options.source).and_then(braid::optimise).map_err(|d| d.render())?;
    let problems = treatment::check(&load(&net)?, subject, &subject.read_cases(), &mut String::new());
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

fn random(seed: u64) -> Result<(), String> {
    let shape = Shape { statements: 4 + (seed % 5) as usize * 3, depth: 1 + (seed % 3) as usize };
    let net = braid::optimise(random_net(seed, shape)).map_err(|d| d.render())?;
    let program = load(&net)?;
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
