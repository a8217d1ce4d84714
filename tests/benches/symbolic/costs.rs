//! What operations cost in generated code, beside what the tables of costs say.

use super::{Row, best};
use braid::backend::scalar::{Function, Options, Tier};
use braid::ir::ScalarOp;
use braid::term::tape::{Instr, Tape};
use braid::term::{cost, ops};
use std::time::Instant;

/// Points of a batch: inputs and outputs stay in the first-level cache.
const POINTS: usize = 512;

/// Applications of the operation at a point.
const APPLICATIONS: u32 = 8;

/// Values that the tables' cycles are for.
const VALUES: f64 = 8.0;

/// Cycles for eight values of every operation that expressions hold, of division and of the square root: the time of a batch whose
/// points apply it eight times, less that of the batch without.
pub fn measure() -> Vec<Row> {
    let cycle = nanoseconds_per_cycle();
    let mut rows: Vec<(ScalarOp, f64)> = ops::TABLE.iter().map(|row| (row.op, row.cycles)).collect();
    rows.extend([(ScalarOp::Div, cost::DIVISION_CYCLES), (ScalarOp::Sqrt, cost::ROOT_CYCLES)]);
    rows.into_iter()
        .map(|(op, table)| {
            let time = nanoseconds(&tape(op, true)) - nanoseconds(&tape(op, false));
            let cycles = VALUES * time / cycle / f64::from(APPLICATIONS);
            Row::new(format!("{op:?}, {VALUES} values"), cycles, "cy")
                .beside(vec![("in the table".into(), table)])
        })
        .collect()
}

/// A sum of values that differ, with the operation applied to each or not.
fn tape(op: ScalarOp, applied: bool) -> Tape {
    let mut code = vec![Instr::Input(0), Instr::Input(1), Instr::Const(0.0)];
    let truths = ops::takes_bools(op);
    let compares = matches!(op, ScalarOp::Eq | ScalarOp::Ne | ScalarOp::Lt | ScalarOp::Le);
    let push = |code: &mut Vec<Instr>, instr: Instr| {
        code.push(instr);
        code.len() as u32 - 1
    };
    let mut sum = 2;
    for step in 0..APPLICATIONS {
        // Within the domain of all of them: from 1 for the one that begins there, and below 1 for those that end there.
        let from = if op == ScalarOp::Acosh { 1.0 } else { 0.0 };
        let shift = push(&mut code, Instr::Const(from + f64::from(step) / 64.0));
        let value = push(&mut code, Instr::Binary(ScalarOp::Add, 0, shift));
        // Truth values are made by a comparison and used by a choice, with and without the operation.
        let truth = |code: &mut Vec<Instr>, other: u32| push(code, Instr::Binary(ScalarOp::Lt, value, other));
        let result = if truths || compares || op == ScalarOp::Select {
            let (first, second) = (truth(&mut code, 1), truth(&mut code, shift));
            let chosen = match op {
                ScalarOp::Not if applied => push(&mut code, Instr::Unary(op, first)),
                _ if truths && applied => push(&mut code, Instr::Binary(op, first, second)),
                _ if compares && applied => {
                    let compared = push(&mut code, Instr::Binary(op, value, 1));
                    push(&mut code, Instr::Binary(ScalarOp::And, compared, second))
                }
                _ if compares => push(&mut code, Instr::Binary(ScalarOp::And, first, second)),
                _ => first,
            };
            let kept = push(&mut code, Instr::Select(chosen, value, 1));
            match op {
                ScalarOp::Select if applied => push(&mut code, Instr::Select(second, kept, shift)),
                _ => kept,
            }
        } else if !applied {
            value
        } else if ops::spec(op).is_some_and(|row| row.arity != Some(1)) || op == ScalarOp::Div {
            push(&mut code, Instr::Binary(op, value, 1))
        } else {
            push(&mut code, Instr::Unary(op, value))
        };
        sum = push(&mut code, Instr::Binary(ScalarOp::Add, sum, result));
    }
    Tape { inputs: 2, code, outputs: vec![sum] }
}

fn nanoseconds(tape: &Tape) -> f64 {
    let options = Options { tier: Tier::Llvm, ..Options::default() };
    let function = Function::compile(tape, &options).expect("operations that LLVM's tier takes");
    let inputs: Vec<f64> =
        (0..2 * POINTS).map(|i| 0.1 + 0.7 * (i as f64 * 0.618_033_988_7).fract()).collect();
    let mut outputs = vec![0.0; POINTS];
    1e9 * best(0.05, || function.call_batch(&inputs, &mut outputs, POINTS)) / POINTS as f64
}

/// By a chain of operations on whole numbers, each of which waits for the one before: one cycle for the first of a link, three
/// for the second. Multiplications alone would be regrouped by the compiler.
fn nanoseconds_per_cycle() -> f64 {
    const CHAIN: u64 = 10_000;
    const LATENCY: u64 = 4;
    const REPETITIONS: usize = 400;
    let mut best = f64::INFINITY;
    for _ in 0..REPETITIONS {
        let start = Instant::now();
        let mut value = std::hint::black_box(3u64);
        let factor = std::hint::black_box(0x9e37_79b9_7f4a_7c15u64);
        for link in 0..CHAIN {
            value = (value ^ link).wrapping_mul(factor);
        }
        std::hint::black_box(value);
        best = best.min(start.elapsed().as_nanos() as f64 / (CHAIN * LATENCY) as f64);
    }
    best.max(f64::MIN_POSITIVE)
}
