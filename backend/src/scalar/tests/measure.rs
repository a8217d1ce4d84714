//! Measurements, to be run by hand: `cargo test -p braid-backend --release measure -- --ignored --nocapture`.

use super::network::Network;
use crate::scalar::{Function, Options, Tier};
use braid_symbolic::tape::Tape;
use std::path::Path;
use std::time::Instant;

/// The shortest of many runs, in nanoseconds.
fn shortest(runs: usize, mut run: impl FnMut()) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..runs {
        let start = Instant::now();
        run();
        best = best.min(start.elapsed().as_nanos() as f64);
    }
    best
}

fn network(name: &str) -> Option<Network> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/reaction-networks");
    let text = std::fs::read_to_string(folder.join(name)).ok()?;
    Some(Network::parse(&text))
}

fn report(what: &str, tape: &Tape, inputs: &[f64], options: &Options) {
    let function = Function::compile(tape, options).expect("a valid tape");
    let mut outputs = vec![0.0; tape.outputs.len()];
    let runs = if options.tier == Tier::Interpreter { 20 } else { 3000 };
    let ns = shortest(runs, || function.call(inputs, &mut outputs));
    let mut expected = vec![0.0; tape.outputs.len()];
    tape.eval(inputs, &mut expected);
    let wrong = expected.iter().zip(&outputs).filter(|(a, b)| a != b).count();
    println!(
        "{what} {:?} chunk {:?}: {} operations, compiled in {:?} ({:.2} ms per 1,000), {} bytes, {:.2} us, {wrong} differ",
        options.tier,
        options.chunk,
        tape.operations(),
        function.compile_time(),
        function.compile_time().as_secs_f64() * 1e6 / tape.operations() as f64,
        function.code_size(),
        ns / 1000.0,
    );
}

#[test]
#[ignore = "a measurement"]
fn measure_bcr() {
    let Some(bcr) = network("bcr/bcr.net") else { return println!("skipped: ../shared is not there") };
    let mut inputs: Vec<f64> = (0..bcr.species).map(|i| 0.5 + (i as f64 * 0.618_033_988_75) % 1.0).collect();
    inputs.extend(&bcr.rates);
    let only = std::env::var("ONLY").unwrap_or_default();
    for (what, sums) in [("rhs", bcr.equations.clone()), ("jacobian", bcr.jacobian())] {
        if !only.is_empty() && only != what {
            continue;
        }
        let tape = bcr.tape(&sums);
        let products = tape.code.iter().filter(|i| matches!(i, braid_symbolic::tape::Instr::Binary(braid_ir::ScalarOp::Mul, ..))).count();
        println!("{what}: {} outputs, {products} products", sums.len());
        for chunk in [250, 500, 1000, 2000] {
            report(what, &tape, &inputs, &Options { chunk: Some(chunk), ..Options::default() });
        }
        report(what, &tape, &inputs, &Options { tier: Tier::Interpreter, ..Options::default() });
    }
}
