//! Programs as graphs: every model and construct that a device can decide by itself, on its cases, and random nets against the
//! interpreter. The graphs are made through the runtime's interface to CUDA's, and executed (`braid_tests::graphs`) by the
//! device of plain memory and, for the models, by fibers; every graph is used again for what comes later.

use braid::runtime::cases::{Case, Tolerance};
use braid::runtime::device::Device;
use braid::{Machine, Program, Quiet, RunOptions, verdict};
use braid_ir::{Net, eval};
use braid_passes::random::{Shape, random_inputs, random_net};
use braid_tests::device::{Reference, compile};
use braid_tests::fiber::{self, Fiber};
use braid_tests::graphs::Graphs;
use braid_tests::sample;
use braid_tests::subject::{self, Subject};
use braid_tests::suite::{self, Named};
use braid_tests::treatment;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const NETS: u64 = 300;
/// Sums of values of any size, reassociated.
const TOLERANCE: Tolerance = Tolerance { rtol: 1e-3, atol: 1e-3 };
/// The chip whose kernels fibers execute.
const CHIP: &str = "sm_80";

/// Models that a device decides from beginning to end.
const DECIDED: &[&str] = &[
    "skipnet",
    "sdn_resnet",
    "deq",
    "sdn_mobilenet",
    "sdn_vgg",
    "sdn_wideresnet",
    "skipnet_rnn",
    "blockdrop",
    "msdnet",
    "ee_exception",
    "ee_confidence",
    "ee_patience",
    "tree_lstm",
    "tree_lstm_chain",
];

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Reference,
    /// Without nodes that have an else.
    Older,
    Fiber,
}

fn main() -> std::process::ExitCode {
    let mut trials: Vec<Named> = Vec::new();
    let constructs = subject::constructs().into_iter().filter(|c| c.error.is_none()).map(|c| c.subject);
    for subject in subject::models() {
        for (place, name) in [(Place::Older, "older"), (Place::Fiber, "fiber")] {
            let subject = subject.clone();
            let decided = DECIDED.contains(&subject.name.as_str());
            trials.push((
                format!("{name}/{}", subject.name),
                Box::new(move || check(&subject, place, decided)),
            ));
        }
    }
    for subject in subject::models().into_iter().chain(constructs) {
        let decided = DECIDED.contains(&subject.name.as_str());
        let name = format!("reference/{}", subject.name);
        trials.push((name, Box::new(move || check(&subject, Place::Reference, decided))));
    }
    for first in (0..NETS).step_by(50) {
        let work = move || (first..first + 50).try_for_each(random);
        trials.push((format!("random_{first}"), Box::new(work)));
    }
    suite::run("graphs", trials)
}

/// A net's program on a device that takes graphs, and how many it has started.
fn load(net: &Net, place: Place) -> Result<(Program, Arc<AtomicUsize>), String> {
    let (bytes, device, started): (_, Box<dyn Device>, _) = match place {
        Place::Reference | Place::Older => {
            let split = Arc::new(braid::split(net).map_err(|d| d.render())?);
            let graphs = Graphs::new(Reference::new(split.clone()), place == Place::Reference);
            let started = graphs.started();
            (compile(&split)?, Box::new(graphs), started)
        }
        Place::Fiber => {
            let machine = Machine { devices: vec![fiber::target(CHIP)], ..subject::machine() };
            let bytes = braid::build(net, &machine, &Quiet).map_err(|d| d.render())?;
            let graphs = Graphs::new(Fiber::new(CHIP, 4), true);
            let started = graphs.started();
            (bytes, Box::new(graphs), started)
        }
    };
    let mut program = Program::from_bytes(&bytes).map_err(|e| e.to_string())?;
    program.use_device(device).map_err(|e| e.to_string())?;
    Ok((program, started))
}

/// Why the host runs a program step by step, if it does.
fn obstacle(program: &Program) -> Option<String> {
    let manifest = program.manifest();
    let obstacle = manifest.devices[0].graph.as_ref().err()?;
    Some(format!("{}: {}", manifest.place(obstacle.loc), obstacle.why))
}

fn check(subject: &Subject, place: Place, decided: bool) -> Result<(), String> {
    let net = braid::read(&subject.options.source).and_then(braid::optimise).map_err(|d| d.render())?;
    let (program, started) = load(&net, place)?;
    let cases: Vec<Case> = match place {
        Place::Fiber => sample::covering(&program, subject.read_cases()),
        Place::Reference | Place::Older => subject.read_cases(),
    };
    let problems = treatment::check(&program, subject, &cases, &mut String::new());
    if !problems.is_empty() {
        return Err(problems.join("\n"));
    }
    let (obstacle, started) = (obstacle(&program), started.load(Ordering::Relaxed));
    match obstacle {
        Some(why) if decided => Err(format!("the host decides: {why}")),
        None if started == 0 && cases.iter().any(|case| case.error.is_none()) => {
            Err("no graph has been started".to_string())
        }
        _ => Ok(()),
    }
}

fn random(seed: u64) -> Result<(), String> {
    let shape = Shape { statements: 4 + (seed % 5) as usize * 3, depth: 1 + (seed % 3) as usize };
    let net = braid::optimise(random_net(seed, shape)).map_err(|d| d.render())?;
    let (program, _) = load(&net, if seed % 2 == 0 { Place::Reference } else { Place::Older })?;
    // The second run finds the graph of the first, and may take other ways.
    for values in [seed, seed + 1_000_000] {
        let inputs = random_inputs(&net, values);
        let options = eval::Options { seed, max_steps: 20_000, ..eval::Options::default() };
        let outcome = eval::run(&net, &inputs, &options);
        if matches!(outcome, Err(eval::EvalError::StepLimit { .. })) {
            continue;
        }
        let tensors: Vec<_> = inputs.iter().map(|tensor| treatment::to_runtime(tensor)).collect();
        let named: Vec<_> = net.inputs.iter().map(String::as_str).zip(&tensors).collect();
        let actual = program.run(&named, RunOptions { seed, ..RunOptions::default() });
        match (actual, treatment::as_run(&net, outcome)) {
            (Ok(actual), Ok(expected)) => {
                let problem = verdict::judge_outputs(&actual, &expected, TOLERANCE).problem;
                problem.map_or(Ok(()), |problem| Err(format!("seed {seed}: {problem}")))?;
            }
            (Err(_), Err(_)) => {}
            (actual, expected) => {
                return Err(format!("seed {seed}: {:?}, expected {:?}", actual.err(), expected.err()));
            }
        }
    }
    Ok(())
}
