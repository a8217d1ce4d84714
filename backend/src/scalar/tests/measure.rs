//! Measurements, to be run by hand: `cargo test -p braid-backend --release measure -- --ignored --nocapture`.

use super::csource::compiled;
use super::network::Network;
use crate::scalar::{Function, Options, Precision, Tier, c_source};
use braid_ir::ScalarOp;
use braid_symbolic::tape::{Instr, Tape};
use std::path::Path;
use std::time::Instant;

unsafe extern "C" {
    safe fn clock() -> i64;
}

/// A function, and the milliseconds that its compilation keeps processors busy per 1,000 operations: unlike the time on the
/// clock it hardly depends on what else the machine does.
fn compiled_in(tape: &Tape, options: &Options) -> (Function, f64) {
    let start = clock();
    let function = Function::compile(tape, options).expect("a valid tape");
    let busy = (clock() - start) as f64 / function.operations() as f64;
    (function, busy)
}

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
    let (function, busy) = compiled_in(tape, options);
    let mut outputs = vec![0.0; tape.outputs.len()];
    let runs = if options.tier == Tier::Interpreter { 20 } else { 3000 };
    let ns = shortest(runs, || function.call(inputs, &mut outputs));
    let mut expected = vec![0.0; tape.outputs.len()];
    tape.eval(inputs, &mut expected);
    let wrong = expected.iter().zip(&outputs).filter(|(a, b)| a != b).count();
    println!(
        "{what} {:?} chunk {:?}: {} operations, compiled in {:?} ({busy:.2} ms of processors per 1,000), {} bytes, {:.2} us, {wrong} differ",
        options.tier,
        options.chunk,
        tape.operations(),
        function.compile_time(),
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
        let products = tape
            .code
            .iter()
            .filter(|i| matches!(i, braid_symbolic::tape::Instr::Binary(braid_ir::ScalarOp::Mul, ..)))
            .count();
        println!("{what}: {} outputs, {products} products", sums.len());
        for chunk in [250, 500, 1000, 2000] {
            report(what, &tape, &inputs, &Options { chunk: Some(chunk), ..Options::default() });
        }
        report(what, &tape, &inputs, &Options { tier: Tier::Interpreter, ..Options::default() });
        for flags in [&["-O1", "-ffp-contract=off"][..], &["-O1", "-march=native"]] {
            let start = Instant::now();
            let options = Options { chunk: Some(500), ..Options::default() };
            let function = compiled(&c_source(&tape, "f", &options).expect("a valid tape"), flags);
            let compile_time = start.elapsed();
            let mut outputs = vec![0.0; tape.outputs.len()];
            // SAFETY: as many inputs and outputs as the tape has.
            let ns =
                shortest(3000, || unsafe { function(inputs.as_ptr().cast(), outputs.as_mut_ptr().cast()) });
            println!("{what} cc {flags:?}: compiled in {compile_time:?}, {:.2} us", ns / 1000.0);
        }
    }
}

/// `sin(x*y) + cos(y*z)*exp(-x^2) + log(1+z^2)*sqrt(1+x^2+y^2)`
fn trigonometric() -> Tape {
    use Instr::*;
    use ScalarOp::*;
    let code = vec![
        Input(0),
        Input(1),
        Input(2),
        Binary(Mul, 0, 1),
        Unary(Sin, 3),
        Binary(Mul, 1, 2),
        Unary(Cos, 5),
        Binary(Mul, 0, 0),
        Unary(Neg, 7),
        Unary(Exp, 8),
        MulAdd(6, 9, 4),
        Const(1.0),
        MulAdd(2, 2, 11),
        Unary(Log, 12),
        Binary(Add, 7, 11),
        MulAdd(1, 1, 14),
        Unary(Sqrt, 15),
        MulAdd(13, 16, 10),
    ];
    Tape { inputs: 3, code, outputs: vec![17] }
}

/// `(x+y+z+1)^10`, expanded, in Horner's form in x, y and z.
fn polynomial() -> Tape {
    let factorial = |n: u32| (1..=n).map(f64::from).product::<f64>();
    let mut code: Vec<Instr> = (0..3).map(Instr::Input).collect();
    fn level(code: &mut Vec<Instr>, axis: u32, used: Vec<u32>, factorial: &dyn Fn(u32) -> f64) -> u32 {
        let left = 10 - used.iter().sum::<u32>();
        if axis == 3 {
            let value =
                factorial(10) / (used.iter().map(|&n| factorial(n)).product::<f64>() * factorial(left));
            code.push(Instr::Const(value));
            return code.len() as u32 - 1;
        }
        let mut sum = None;
        for power in (0..=left).rev() {
            let inner = level(code, axis + 1, [used.clone(), vec![power]].concat(), factorial);
            sum = Some(match sum {
                None => inner,
                Some(sum) => {
                    code.push(Instr::MulAdd(sum, axis, inner));
                    code.len() as u32 - 1
                }
            });
        }
        sum.expect("at least one power")
    }
    let output = level(&mut code, 0, vec![], &factorial);
    Tape { inputs: 3, code, outputs: vec![output] }
}

#[test]
#[ignore = "a measurement"]
fn measure_batches() {
    let points = 10_000;
    for (what, tape) in [("poly286", polynomial()), ("trig", trigonometric())] {
        let inputs: Vec<f64> = (0..3 * points).map(|i| (i as f64 * 0.618_033_988_75) % 2.0 - 1.0).collect();
        let narrow: Vec<f32> = inputs.iter().map(|x| *x as f32).collect();
        for precision in [Precision::F64, Precision::F32] {
            for tier in [Tier::Interpreter, Tier::Cranelift, Tier::Llvm] {
                let options = Options { tier, precision, ..Options::default() };
                let function = Function::compile(&tape, &options).expect("compiles");
                let mut outputs = vec![0.0f64; points];
                let mut narrow_outputs = vec![0.0f32; points];
                let ns = match precision {
                    Precision::F64 => shortest(100, || function.call_batch(&inputs, &mut outputs, points)),
                    Precision::F32 => {
                        shortest(100, || function.call_batch(&narrow, &mut narrow_outputs, points))
                    }
                };
                println!(
                    "{what} {tier:?} {precision:?}: {} operations, compiled in {:?}, {} bytes, {:.2} ns a point",
                    function.operations(),
                    function.compile_time(),
                    function.code_size(),
                    ns / points as f64
                );
            }
        }
    }
}

/// A reaction and a diffusion of two species on a square of points: the largest system of equations of those that are
/// evaluated one point at a time.
fn brusselator(side: u32) -> Tape {
    let mut code: Vec<Instr> = (0..2 * side * side).map(Instr::Input).collect();
    let mut push = |instr| {
        code.push(instr);
        code.len() as u32 - 1
    };
    let [one, four, rate, spread] = [1.0, 4.0, 4.4, 10.0].map(Instr::Const).map(&mut push);
    let mut outputs = Vec::new();
    for species in 0..2 {
        for point in 0..side * side {
            let (row, column) = (point / side, point % side);
            let at = |row: u32, column: u32| species * side * side + (row % side) * side + column % side;
            let (u, v) = (point, side * side + point);
            let mut sum = at(row + 1, column);
            for neighbour in [at(row + side - 1, column), at(row, column + 1), at(row, column + side - 1)] {
                sum = push(Instr::Binary(ScalarOp::Add, sum, neighbour));
            }
            let sum = push(Instr::NegMulAdd(four, at(row, column), sum));
            let square = push(Instr::Binary(ScalarOp::Mul, u, u));
            let square = push(Instr::Binary(ScalarOp::Mul, square, v));
            let reaction = match species {
                0 => {
                    let less = push(Instr::NegMulAdd(rate, u, square));
                    push(Instr::Binary(ScalarOp::Add, less, one))
                }
                _ => push(Instr::MulSub(rate, u, square)),
            };
            let tanh = push(Instr::Unary(ScalarOp::Tanh, reaction));
            let reaction = push(Instr::Binary(ScalarOp::Add, reaction, tanh));
            outputs.push(push(Instr::MulAdd(spread, sum, reaction)));
        }
    }
    Tape { inputs: 2 * (side * side) as usize, code, outputs }
}

#[test]
#[ignore = "a measurement"]
fn measure_large() {
    let tape = brusselator(39);
    let inputs: Vec<f64> = (0..tape.inputs).map(|i| (i as f64 * 0.618_033_988_75) % 2.0).collect();
    let mut outputs = vec![0.0; tape.outputs.len()];
    for threads in [1, 2] {
        let function =
            Function::compile(&tape, &Options { threads, ..Options::default() }).expect("compiles");
        let alone = shortest(2000, || function.call(&inputs, &mut outputs));
        let parallel = shortest(2000, || function.call_parallel(&inputs, &mut outputs));
        println!(
            "{} operations, {threads} threads: compiled in {:?}, {:.2} us, in parallel {:.2} us",
            function.operations(),
            function.compile_time(),
            alone / 1e3,
            parallel / 1e3
        );
    }
    let mut tapes = vec![("brusselator", tape)];
    tapes.extend(network("bcr/bcr.net").map(|bcr| ("bcr", bcr.tape(&bcr.equations))));
    for (what, tape) in tapes {
        for chunk in [100, 200, 400, 800] {
            let options = Options { tier: Tier::Llvm, chunk: Some(chunk), ..Options::default() };
            let (function, busy) = compiled_in(&tape, &options);
            let points = 1024;
            let inputs: Vec<f64> =
                (0..tape.inputs * points).map(|i| (i as f64 * 0.618_033_988_75) % 2.0).collect();
            let mut outputs = vec![0.0; tape.outputs.len() * points];
            let ns = shortest(10, || function.call_batch(&inputs, &mut outputs, points));
            println!(
                "{what} {:?} chunk {chunk}: {} operations, compiled in {:?} ({busy:.1} ms of processors per 1,000), {} bytes, {:.2} us a point",
                options.tier,
                function.operations(),
                function.compile_time(),
                function.code_size(),
                ns / points as f64 / 1000.0
            );
        }
    }
}
