//! Random nets with nested control flow: interpreter against compiled program, at least 2,000 a run. `./x fuzz` goes on
//! for `BRAID_FUZZ_SECONDS` from the seed `BRAID_FUZZ_FIRST`; `BRAID_FUZZ_SEED` runs one net alone.

use braid::runtime::Error;
use braid::runtime::cases::Tolerance;
use braid::{Machine, Program, Quiet, RunOptions, verdict};
use braid_ir::text::print_net;
use braid_ir::{Net, Tensor, eval};
use braid_passes::random::{Shape, random_inputs, random_net};
use braid_tests::treatment;
use rayon::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const NETS: u64 = 2000;
/// Runs of each net, on different inputs.
const RUNS: u64 = 3;
const STEPS_MAX: u64 = 20_000;
/// Sums of values of any size, reassociated.
const TOLERANCE: Tolerance = Tolerance { rtol: 1e-3, atol: 1e-3 };

#[test]
fn interpreter_against_compiled() {
    if let Ok(seed) = std::env::var("BRAID_FUZZ_SEED") {
        let seed = seed.parse().expect("a number");
        let net = random_net(seed, shape(seed));
        println!("{}", print_net(&net));
        let returned = check(seed).unwrap_or_else(|problem| panic!("{problem}"));
        return println!("{returned} of {RUNS} runs returned");
    }
    let setting = |name: &str| std::env::var(name).ok().and_then(|s| s.parse().ok()).unwrap_or(0);
    let end = Instant::now() + Duration::from_secs(setting("BRAID_FUZZ_SECONDS"));
    let start = setting("BRAID_FUZZ_FIRST");
    let mut first = start;
    let returned = AtomicU64::new(0);
    loop {
        let judged = |seed| check(seed).map(|count| returned.fetch_add(count, Ordering::Relaxed)).err();
        let failures: Vec<String> = (first..first + NETS).into_par_iter().filter_map(judged).collect();
        first += NETS;
        if !failures.is_empty() {
            panic!(
                "{} of {} nets failed\n{}",
                failures.len(),
                first - start,
                failures[..failures.len().min(5)].join("\n\n")
            );
        }
        if Instant::now() >= end {
            let (nets, returned) = (first - start, returned.into_inner());
            println!("{nets} nets agree; {returned} of {} runs returned, the others raised", nets * RUNS);
            return;
        }
    }
}

/// Small nets mostly, some deep.
fn shape(seed: u64) -> Shape {
    Shape { statements: 4 + (seed % 5) as usize * 3, depth: 1 + (seed % 3) as usize }
}

/// How many runs returned instead of raising.
fn check(seed: u64) -> Result<u64, String> {
    let net = random_net(seed, shape(seed));
    let fail = |what: String| format!("BRAID_FUZZ_SEED={seed}: {what}");
    let optimised = braid::optimise(net.clone()).map_err(|d| fail(d.render()))?;
    let artifact = braid::build(&optimised, &Machine::default(), &Quiet).map_err(|d| fail(d.render()))?;
    let program = Program::from_bytes(&artifact).map_err(|e| fail(e.to_string()))?;
    let runs = (0..RUNS).map(|run| compare(&net, &optimised, &program, seed * RUNS + run).map_err(fail));
    Ok(runs.collect::<Result<Vec<bool>, String>>()?.into_iter().map(u64::from).sum())
}

/// What the net gives. An operator that fails on its data and whose result nobody needs may be dropped by passes: then what
/// counts is the net that was compiled.
fn expectation(
    net: &Net,
    optimised: &Net,
    inputs: &[Arc<Tensor>],
    options: &eval::Options,
) -> Result<eval::Outcome, eval::EvalError> {
    match eval::run(net, inputs, options) {
        Err(eval::EvalError::Raised { .. }) => eval::run(optimised, inputs, options),
        outcome => outcome,
    }
}

/// Whether the run returned.
fn compare(net: &Net, optimised: &Net, program: &Program, seed: u64) -> Result<bool, String> {
    let inputs = random_inputs(net, seed);
    let options = eval::Options { seed, max_steps: STEPS_MAX, ..eval::Options::default() };
    let outcome = expectation(net, optimised, &inputs, &options);
    if matches!(outcome, Err(eval::EvalError::StepLimit { .. })) {
        return Ok(false);
    }
    let expected = treatment::as_run(net, outcome);
    let tensors: Vec<_> = inputs.iter().map(|tensor| treatment::to_runtime(tensor)).collect();
    let named: Vec<_> = net.inputs.iter().map(String::as_str).zip(&tensors).collect();
    let actual = program.run(&named, RunOptions { seed, ..RunOptions::default() });
    match (actual, expected) {
        (Ok(actual), Ok(expected)) => {
            verdict::judge_outputs(&actual, &expected, TOLERANCE).problem.map_or(Ok(true), Err)
        }
        (Err(Error::Raised { message: a, place: p }), Err(Error::Raised { message: b, place: q }))
            if [&a, &b].iter().all(|text| text.starts_with("ValueError: random")) && (&a, &p) != (&b, &q) =>
        {
            Err(format!("{p}: {a} was raised where {q}: {b} was expected"))
        }
        (Err(_), Err(_)) => Ok(false),
        (Ok(_), Err(error)) => Err(format!("the program returned, the interpreter failed: {error}")),
        (Err(error), Ok(_)) => Err(format!("the interpreter returned, the program failed: {error}")),
    }
}
