//! Programs as graphs: every model and construct that a device can decide by itself, on its cases, and random nets against the
//! interpreter. The graphs are made through the runtime's interface to CUDA's, and executed (`braid_tests::graphs`) by the
//! device of plain memory and, for the models, by fibers; every graph is used again for what comes later.

use braid::runtime::cases::{Case, Tolerance};
use braid::runtime::device::graph::{Act, Graph, Step};
use braid::runtime::device::{Address, Device, Extent, open};
use braid::runtime::manifest::Kernel;
use braid::{Machine, Program, Quiet, RunOptions, verdict};
use braid_ir::{Net, eval};
use braid_passes::random::{Shape, random_inputs, random_net};
use braid_tests::counted::Counted;
use braid_tests::device::{Reference, compile};
use braid_tests::fiber::{self, Fiber};
use braid_tests::graphs::{Graphs, Recorded};
use braid_tests::sample;
use braid_tests::subject::{self, Subject};
use braid_tests::suite::{self, Named};
use braid_tests::treatment;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

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
    "act",
];

/// Models that fibers execute as graphs: small ones, with gates, loops and both.
const FIBERS: &[&str] = &["sdn_vgg", "ee_patience", "tree_lstm", "act", "moe", "deq"];

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Reference,
    /// Without nodes that have an else.
    Older,
    Fiber,
    Vulkan,
}

fn main() -> std::process::ExitCode {
    let mut trials: Vec<Named> = Vec::new();
    let constructs = subject::constructs().into_iter().filter(|c| c.error.is_none()).map(|c| c.subject);
    let vulkan = open("vulkan").inspect_err(|why| eprintln!("skipped: everything on Vulkan: {why}")).is_ok();
    for subject in subject::models() {
        for (place, name) in [(Place::Older, "older"), (Place::Fiber, "fiber")] {
            if place == Place::Fiber && !(sample::all() || FIBERS.contains(&subject.name.as_str())) {
                continue;
            }
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
        for (place, name) in [(Place::Reference, "reference"), (Place::Vulkan, "vulkan")] {
            let (subject, name) = (subject.clone(), format!("{name}/{}", subject.name));
            if vulkan || place != Place::Vulkan {
                trials.push((name, Box::new(move || check(&subject, place, decided))));
            }
        }
    }
    let further: [(&str, fn() -> Result<(), String>); 5] = [
        ("structure", structure),
        ("choice", choice),
        ("faults/no_code", no_code),
        ("faults/too_large", too_large),
        ("faults/lost", lost),
    ];
    for (name, work) in further {
        trials.push((name.to_string(), Box::new(work)));
    }
    for first in (0..NETS).step_by(50) {
        let work = move || (first..first + 50).try_for_each(|seed| random(seed, Place::Reference));
        trials.push((format!("random_{first}"), Box::new(work)));
        let work = move || (first..first + 50).try_for_each(|seed| random(seed, Place::Vulkan));
        if vulkan {
            trials.push((format!("vulkan/random_{first}"), Box::new(work)));
        }
    }
    suite::run("graphs", trials)
}

/// A net's program on a device that takes graphs, those of the cases that it is to run, and how many graphs have been started.
fn load(net: &Net, place: Place, cases: Vec<Case>) -> Result<(Program, Vec<Case>, Arc<AtomicUsize>), String> {
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
        Place::Vulkan => {
            let machine = Machine { devices: vec!["vulkan".to_string()], ..subject::machine() };
            let bytes = braid::build(net, &machine, &Quiet).map_err(|d| d.render())?;
            let counted = Counted::new(open("vulkan").map_err(|e| e.to_string())?);
            let started = counted.started();
            (bytes, Box::new(counted), started)
        }
    };
    let mut program = Program::from_bytes(&bytes).map_err(|e| e.to_string())?;
    let cases = if place == Place::Fiber { sample::covering(&program, cases) } else { cases };
    program.use_device(device).map_err(|e| e.to_string())?;
    Ok((program, cases, started))
}

/// Why the host runs a program step by step, if it does.
fn obstacle(program: &Program) -> Option<String> {
    let manifest = program.manifest();
    let obstacle = manifest.devices[0].graph.as_ref().err()?;
    Some(format!("{}: {}", manifest.place(obstacle.loc), obstacle.why))
}

fn check(subject: &Subject, place: Place, decided: bool) -> Result<(), String> {
    let net = braid::read(&subject.options.source).and_then(braid::optimise).map_err(|d| d.render())?;
    let (program, cases, started) = load(&net, place, subject.read_cases())?;
    let problems = treatment::check(&program, subject, &cases, &mut String::new());
    if !problems.is_empty() {
        return Err(problems.join("\n"));
    }
    let (obstacle, started) = (obstacle(&program), started.load(Ordering::Relaxed));
    match obstacle {
        Some(why) if decided => Err(format!("the host decides: {why}")),
        // The device of plain memory has no kernels for routines.
        None if matches!(place, Place::Reference | Place::Older)
            && !program.manifest().library.is_empty() =>
        {
            Ok(())
        }
        None if started == 0 && cases.iter().any(|case| case.error.is_none()) => {
            Err("no graph has been started".to_string())
        }
        _ => Ok(()),
    }
}

/// A graph with everything in it, as both kinds of driver are asked for it.
fn structure() -> Result<(), String> {
    let step = |after: &[usize], act| Step { act, after: after.to_vec() };
    let set = |to, value| Act::Set { to, bytes: 4, value };
    let launch = |kernel| Act::Launch { kernel, buffers: vec![], ints: vec![], grid: [1, 2, 3] };
    let graph = |acts: Vec<Act>| Graph { steps: acts.into_iter().map(|act| step(&[], act)).collect() };
    let round = Act::If { condition: 2, yes: graph(vec![launch(1)]), no: graph(vec![set(1, 0)]) };
    let whole = Graph {
        steps: vec![
            step(&[], launch(0)),
            step(&[], Act::Set { to: 8, bytes: 8, value: (7 << 32) | 5 }),
            step(&[0, 1], Act::While { condition: 1, body: graph(vec![launch(2), round]) }),
            step(&[2], Act::If { condition: 3, yes: Graph::default(), no: graph(vec![set(4, 1)]) }),
            step(&[0], Act::Copy { from: 5, to: 6, bytes: 64 }),
        ],
    };
    let name = |address| format!("@{address}");
    let newer = "\
graph 0
  0 after []: kernel 0 on [1, 2, 3]
  1 after []: set 4 at @8 to 5
  2 after [1]: set 4 at @12 to 7
  3 after [0, 2]: handle 0 = @1
  4 after [3]: While handle 0: graphs [1]
  5 after [4]: handle 2 = not @3
  6 after [5]: If handle 2: graphs [4]
  7 after [0]: copy 64 from @5 to @6
graph 1
  0 after []: kernel 2 on [1, 2, 3]
  1 after []: handle 1 = @2
  2 after [1]: IfElse handle 1: graphs [2, 3]
  3 after [0, 2]: handle 0 = @1
graph 2
  0 after []: kernel 1 on [1, 2, 3]
graph 3
  0 after []: set 4 at @1 to 0
graph 4
  0 after []: set 4 at @4 to 1
";
    let text = Recorded::of(&whole, true)?.text(&name);
    if text != newer {
        return Err(format!("the newer driver's graph:\n{text}"));
    }
    let older = "\
graph 1
  0 after []: kernel 2 on [1, 2, 3]
  1 after []: handle 1 = @2
  2 after [1]: handle 2 = not @2
  3 after [2]: If handle 1: graphs [2]
  4 after [3]: If handle 2: graphs [3]
  5 after [0, 4]: handle 0 = @1
";
    let text = Recorded::of(&whole, false)?.text(&name);
    if text.contains(older) { Ok(()) } else { Err(format!("the older driver's graph:\n{text}")) }
}

/// Runs that are done both ways at first go on as the faster one; all of them give the same.
fn choice() -> Result<(), String> {
    const TRIALS: u32 = 2;
    const RUNS: usize = 10;
    let models = subject::models();
    let subject = models.iter().find(|model| model.name == "tree_lstm").ok_or("there is no such model")?;
    let net = braid::read(&subject.options.source).and_then(braid::optimise).map_err(|d| d.render())?;
    let split = Arc::new(braid::split(&net).map_err(|d| d.render())?);
    let bytes = compile(&split)?;
    let case = subject.read_cases().into_iter().next().ok_or("it has no cases")?;
    let (long, none) = (Duration::from_millis(30), Duration::ZERO);
    // The first of the runs that are done both ways is not counted.
    for (waits, expected) in [([none, long], RUNS), ([long, none], TRIALS as usize + 1)] {
        let graphs = Graphs::new(Reference::new(split.clone()), true).choosing(TRIALS, waits);
        let started = graphs.started();
        let mut program = Program::from_bytes(&bytes).map_err(|e| e.to_string())?;
        program.use_device(Box::new(graphs)).map_err(|e| e.to_string())?;
        for run in 0..RUNS {
            let result = program.run(&case.borrowed(), RunOptions::default());
            if let Some(problem) = verdict::judge(result, &case, TOLERANCE).problem {
                return Err(format!("run {run}: {problem}"));
            }
        }
        let started = started.load(Ordering::Relaxed);
        if started != expected {
            return Err(format!("{started} graphs have been started, not {expected}"));
        }
    }
    Ok(())
}

/// A model for faults, compiled for the device of plain memory.
fn faulty(fault: Fault) -> Result<(Program, Case, Result<(), String>), String> {
    let models = subject::models();
    let subject = models.iter().find(|model| model.name == "tree_lstm").ok_or("there is no such model")?;
    let net = braid::read(&subject.options.source).and_then(braid::optimise).map_err(|d| d.render())?;
    let split = Arc::new(braid::split(&net).map_err(|d| d.render())?);
    let mut program = Program::from_bytes(&compile(&split)?).map_err(|e| e.to_string())?;
    let case = subject.read_cases().into_iter().next().ok_or("it has no cases")?;
    let device = Faulty { device: Reference::new(split), fault };
    let used = program.use_device(Box::new(device)).map_err(|e| e.to_string());
    Ok((program, case, used))
}

/// Asks for one line that says so.
fn says(result: Result<(), String>, part: &str) -> Result<(), String> {
    match result {
        Err(line) if line.contains(part) && line.lines().count() == 1 => Ok(()),
        other => Err(format!("{other:?} does not say: {part}")),
    }
}

fn no_code() -> Result<(), String> {
    let (program, case, used) = faulty(Fault::Foreign)?;
    says(
        used,
        "the program has no code for a faulty device, it is compiled for reference; compile it with --target",
    )?;
    // The CPU still serves.
    program.run(&case.borrowed(), RunOptions::default()).map(|_| ()).map_err(|e| e.to_string())
}

fn too_large() -> Result<(), String> {
    let (program, case, used) = faulty(Fault::Small)?;
    says(used, "the program does not fit on a faulty device: it needs ")?;
    program.run(&case.borrowed(), RunOptions::default()).map(|_| ()).map_err(|e| e.to_string())
}

fn lost() -> Result<(), String> {
    let (program, case, used) = faulty(Fault::Lost)?;
    used?;
    let ran = program.run(&case.borrowed(), RunOptions::default());
    says(ran.map(|_| ()).map_err(|e| e.to_string()), "the device is lost")
}

/// What is wrong with a device.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    /// It is of another kind.
    Foreign,
    /// It has no memory.
    Small,
    /// It is lost at the first launch.
    Lost,
}

struct Faulty {
    device: Reference,
    fault: Fault,
}

impl Device for Faulty {
    fn name(&self) -> String {
        "a faulty device".to_string()
    }

    fn suits(&self, target: &str) -> Option<u32> {
        self.device.suits(target).filter(|_| self.fault != Fault::Foreign)
    }

    fn load(&mut self, kernels: &[Kernel], code: &[u8]) -> Result<(), String> {
        self.device.load(kernels, code)
    }

    fn alloc(&mut self, bytes: u64) -> Result<Address, String> {
        match self.fault {
            Fault::Small => Err(format!("{bytes} bytes cannot be had")),
            Fault::Foreign | Fault::Lost => self.device.alloc(bytes),
        }
    }

    fn free(&mut self, address: Address) {
        self.device.free(address);
    }

    fn upload(&mut self, to: Address, bytes: &[u8]) -> Result<(), String> {
        self.device.upload(to, bytes)
    }

    fn download(&mut self, from: Address, bytes: &mut [u8]) -> Result<(), String> {
        self.device.download(from, bytes)
    }

    fn copy(&mut self, from: Address, to: Address, bytes: u64) -> Result<(), String> {
        self.device.copy(from, to, bytes)
    }

    fn launch(&mut self, _: usize, _: &[Extent], _: &[i64], _: [u32; 3]) -> Result<(), String> {
        Err("the device is lost".to_string())
    }

    fn wait(&mut self) -> Result<(), String> {
        self.device.wait()
    }
}

fn random(seed: u64, place: Place) -> Result<(), String> {
    let shape = Shape { statements: 4 + (seed % 5) as usize * 3, depth: 1 + (seed % 3) as usize };
    let net = braid::optimise(random_net(seed, shape)).map_err(|d| d.render())?;
    let place = if place == Place::Reference && seed % 2 == 1 { Place::Older } else { place };
    let (program, ..) = load(&net, place, Vec::new())?;
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
        // What Vulkan makes of NaN and roundings is another test's; here its graphs must do what the host's way does there.
        let (expected, tolerance) = match place {
            Place::Vulkan => {
                let options = RunOptions { seed, max_steps: Some(u64::MAX), ..RunOptions::default() };
                (program.run(&named, options).map_err(|e| e.to_string()), Tolerance { rtol: 0.0, atol: 0.0 })
            }
            _ => (treatment::as_run(&net, outcome).map_err(|e| format!("{e:?}")), TOLERANCE),
        };
        match (actual, expected) {
            (Ok(actual), Ok(expected)) => {
                let problem = verdict::judge_outputs(&actual, &expected, tolerance).problem;
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
