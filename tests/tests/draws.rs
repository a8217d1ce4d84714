//! Random draws: interpreter and compiled program number them alike, on every path and in loops, for every seed.

use braid::runtime::cases::Tolerance;
use braid::{Machine, Program, PythonOptions, Quiet, RunOptions, verdict};
use braid_ir::eval;
use braid_tests::treatment;
use std::sync::Arc;

/// Draws in a gate, in a loop that data ends, in a helper that runs twice, and of every kind; one is never used.
const SOURCE: &str = "
import torch
import torch.nn.functional as F


def noisy(x):
    return x + torch.randn_like(x)


def f(x, n):
    torch.rand(3)
    if x.sum() > 0:
        x = noisy(x) * torch.rand(4)
    else:
        x = F.dropout(x, 0.5, training=True)
    i = torch.zeros((), dtype=torch.int64)
    while i < n:
        x = noisy(x)
        if x[0] > 0.5:
            x = x + torch.bernoulli(torch.full((4,), 0.5))
        i = i + 1
    picks = torch.multinomial(torch.softmax(x, 0), 2)
    return noisy(x), picks, torch.randint(0, 10, (3,)), torch.randperm(5), torch.normal(0.0, 1.0, (2,))
";

#[test]
fn draws_are_numbered_alike() {
    let source = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("draws.py");
    std::fs::write(&source, SOURCE).expect("a file");
    let input = |text| braid::InputSpec::parse(text).expect("an input");
    let options = PythonOptions {
        source,
        build: "f".to_string(),
        inputs: vec![input("x=f32[4]"), input("n=i64[]")],
        ..PythonOptions::default()
    };
    let net = braid::read(&options.into()).unwrap_or_else(|d| panic!("{}", d.render()));
    let optimised = braid::optimise(net.clone()).unwrap_or_else(|d| panic!("{}", d.render()));
    let artifact =
        braid::build(&optimised, &Machine::default(), &Quiet).unwrap_or_else(|d| panic!("{}", d.render()));
    let program = Program::from_bytes(&artifact).expect("a fresh artifact loads");
    let mut seen = Vec::new();
    for (seed, sign) in [(0, 1.0), (0, -1.0), (1, 1.0), (7, -1.0), (u64::MAX, 1.0)] {
        for trips in [0, 3] {
            let inputs = [
                Arc::new(braid_ir::Tensor::f32(&[4], &[sign, 0.5, sign, 0.25])),
                Arc::new(braid_ir::Tensor::i64(&[], &[trips])),
            ];
            let options = eval::Options { seed, ..eval::Options::default() };
            let expected = eval::run(&net, &inputs, &options).expect("a result");
            let expected = treatment::as_run(&net, Ok(expected)).expect("a result");
            let tensors: Vec<_> = inputs.iter().map(|tensor| treatment::to_runtime(tensor)).collect();
            let named = [("x", &tensors[0]), ("n", &tensors[1])];
            let actual = program.run(&named, RunOptions { seed, ..RunOptions::default() }).expect("a result");
            let problem = verdict::judge_outputs(&actual, &expected, Tolerance::default()).problem;
            assert_eq!(problem, None, "seed {seed}, {trips} trips");
            seen.push(actual[0].bytes().to_vec());
        }
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 10, "other seeds and paths draw other numbers");
}
