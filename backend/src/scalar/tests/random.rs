//! Random tapes in every tier.

use super::functions::{Random, ulps};
use crate::host::tape::Features;
use crate::scalar::native::Native;
use crate::scalar::{Function, Options, Precision, ScalarError, Tier};
use braid_ir::{DType, ScalarOp};
use braid_symbolic::tape::{Callback, Instr, Reg, Tape};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

const TIERS: [Tier; 3] = [Tier::Interpreter, Tier::Cranelift, Tier::Llvm];
pub const INPUTS: usize = 5;

pub fn callback() -> Callback {
    Callback {
        name: "hypot3".into(),
        arity: 3,
        call: Arc::new(|x| (x[0] * x[0] + x[1] * x[1]).sqrt() + x[2]),
    }
}

/// Operations whose results are the same to the last bit everywhere.
pub fn exact_operations() -> Vec<ScalarOp> {
    use ScalarOp::*;
    vec![
        Add,
        Sub,
        Mul,
        Div,
        FloorDiv,
        Mod,
        Rem,
        Min,
        Max,
        Neg,
        Abs,
        Sign,
        Sqrt,
        Rsqrt,
        Floor,
        Ceil,
        Trunc,
        Round,
        IsNan,
        Not,
        And,
        Or,
        Xor,
        Eq,
        Ne,
        Lt,
        Le,
        Gt,
        Ge,
        Cast(DType::Bool),
        Cast(DType::F64),
        Cast(DType::F32),
    ]
}

/// A tape of so many instructions over these operations.
pub fn tape(random: &mut Random, instructions: usize, operations: &[ScalarOp]) -> Tape {
    let mut code: Vec<Instr> = (0..INPUTS as u32).map(Instr::Input).collect();
    code.extend([0.0, -0.0, 1.5, -3.0, 1e300, f64::INFINITY].map(Instr::Const));
    let callback = callback();
    while code.len() < instructions + 11 {
        let known = code.len();
        // Mostly recent values, so that tapes are deep.
        let mut reg = || {
            let back = if random.below(3) == 0 { known } else { known.min(12) };
            (known - 1 - random.below(back)) as Reg
        };
        let (a, b, c) = (reg(), reg(), reg());
        code.push(match random.below(10) {
            0 => Instr::MulAdd(a, b, c),
            1 => Instr::MulSub(a, b, c),
            2 => Instr::NegMulAdd(a, b, c),
            3 => Instr::Powi(a, random.below(12) as i32 - 5),
            4 => Instr::Select(a, b, c),
            5 if random.below(8) == 0 => Instr::Call(callback.clone(), Box::new([a, b, c])),
            _ => {
                let op = operations[random.below(operations.len())];
                if op.arity() == 1 { Instr::Unary(op, a) } else { Instr::Binary(op, a, b) }
            }
        });
    }
    let outputs = (0..random.below(20)).map(|_| random.below(code.len()) as Reg).collect();
    Tape { inputs: INPUTS, code, outputs }
}

pub fn points(random: &mut Random, points: usize) -> Vec<f64> {
    let special = [0.0, -0.0, 1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 5e-324, f64::MAX];
    (0..INPUTS * points)
        .map(|_| match random.below(12) {
            0 => special[random.below(special.len())],
            _ => (random.unit() - 0.5) * 8.0,
        })
        .collect()
}

/// Checks single points, columns and rows against what `expected` says of a point.
fn agree(tape: &Tape, options: &Options, count: usize, inputs: &[f64], distance: u64, expected: &[f64]) {
    let function = Function::compile(tape, options).unwrap_or_else(|e| panic!("{e}"));
    let outputs = tape.outputs.len();
    let mut columns = vec![7.0; outputs * count];
    function.call_batch(inputs, &mut columns, count);
    let rows: Vec<f64> = (0..count).flat_map(|p| (0..INPUTS).map(move |i| inputs[i * count + p])).collect();
    let mut by_row = vec![7.0; outputs * count];
    function.call_rows(&rows, &mut by_row, count);
    let mut single = vec![7.0; outputs];
    for p in 0..count {
        function.call(&rows[p * INPUTS..(p + 1) * INPUTS], &mut single);
        for o in 0..outputs {
            let wanted = expected[p * outputs + o];
            for (how, got) in [
                ("single", single[o]),
                ("columns", columns[o * count + p]),
                ("rows", by_row[p * outputs + o]),
            ] {
                assert!(
                    ulps(got, wanted) <= distance,
                    "{options:?} {how}: output {o} of point {p} is {got:e}, not {wanted:e}\n{:?} of\n{tape:?}",
                    &rows[p * INPUTS..(p + 1) * INPUTS]
                );
            }
        }
    }
}

pub fn evaluated(tape: &Tape, inputs: &[f64], count: usize) -> Vec<f64> {
    let mut all = Vec::new();
    let mut outputs = vec![0.0; tape.outputs.len()];
    for p in 0..count {
        let at: Vec<f64> = (0..INPUTS).map(|i| inputs[i * count + p]).collect();
        tape.eval(&at, &mut outputs);
        all.extend_from_slice(&outputs);
    }
    all
}

#[test]
fn random_tapes_agree_in_every_tier() {
    let mut random = Random(3);
    let operations = exact_operations();
    for round in 0..40 {
        let count = 1 + random.below(70);
        let tape = tape(&mut random, 1 + round * 6, &operations);
        let inputs = points(&mut random, count);
        let expected = evaluated(&tape, &inputs, count);
        for tier in TIERS {
            let chunk = [Some(1), Some(7), Some(1000), None][round % 4];
            // A function for each instruction takes LLVM long.
            let chunk = if tier == Tier::Llvm && chunk == Some(1) && round > 4 { Some(7) } else { chunk };
            agree(&tape, &Options { tier, chunk, ..Options::default() }, count, &inputs, 0, &expected);
        }
    }
}

#[test]
fn random_tapes_agree_in_single_precision() {
    let mut random = Random(4);
    let operations = exact_operations();
    for round in 0..20 {
        let count = 1 + random.below(70);
        let tape = tape(&mut random, 1 + round * 6, &operations);
        let inputs: Vec<f64> = points(&mut random, count).iter().map(|x| f64::from(*x as f32)).collect();
        let options = Options { tier: Tier::Interpreter, precision: Precision::F32, ..Options::default() };
        let function = Function::compile(&tape, &options).expect("compiles");
        let outputs = tape.outputs.len();
        let mut expected = vec![0.0; outputs * count];
        let rows: Vec<f64> = (0..count)
            .flat_map(|p| (0..INPUTS).map(move |i| (i, p)))
            .map(|(i, p)| inputs[i * count + p])
            .collect();
        function.call_rows(&rows, &mut expected, count);
        let narrow: Vec<f32> = inputs.iter().map(|x| *x as f32).collect();
        for tier in TIERS {
            let chunk = [Some(7), Some(1000), None][round % 3];
            let options = Options { tier, chunk, ..options };
            agree(&tape, &options, count, &inputs, 0, &expected);
            // Without conversion.
            let function = Function::compile(&tape, &options).expect("compiles");
            let mut columns = vec![0f32; outputs * count];
            function.call_batch(&narrow, &mut columns, count);
            for (p, o) in (0..count).flat_map(|p| (0..outputs).map(move |o| (p, o))) {
                let (got, wanted) = (f64::from(columns[o * count + p]), expected[p * outputs + o]);
                assert!(
                    ulps(got, wanted) == 0,
                    "{tier:?}: output {o} of point {p} is {got:e}, not {wanted:e}"
                );
            }
        }
    }
}

#[test]
fn old_processors_compute_the_same() {
    let mut random = Random(8);
    let operations = exact_operations();
    for round in 0..20 {
        let mut tape = tape(&mut random, 1 + round * 12, &operations);
        for instr in &mut tape.code {
            // Without the instruction these are rounded twice.
            if let Instr::MulAdd(a, b, _) | Instr::MulSub(a, b, _) | Instr::NegMulAdd(a, b, _) = *instr {
                *instr = Instr::Binary(ScalarOp::Mul, a, b);
            }
        }
        let inputs = points(&mut random, 1);
        let expected = evaluated(&tape, &inputs, 1);
        let features = Features { avx: false, fma: false };
        let native = Native::with(&tape, &Options::default(), features).expect("compiles");
        let mut outputs = vec![7.0; tape.outputs.len()];
        native.point(&inputs, &mut outputs);
        assert!(
            outputs.iter().zip(&expected).all(|(a, b)| ulps(*a, *b) == 0),
            "{outputs:?}, not {expected:?}\n{inputs:?} of\n{tape:?}"
        );
    }
    let tape = Tape {
        inputs: 3,
        code: (0..3).map(Instr::Input).chain([Instr::NegMulAdd(0, 1, 2)]).collect(),
        outputs: vec![3],
    };
    let native =
        Native::with(&tape, &Options::default(), Features { avx: true, fma: false }).expect("compiles");
    let mut output = [0.0];
    native.point(&[0.1, 0.3, 0.7], &mut output);
    assert_eq!(output, [0.7 - 0.1 * 0.3]);
}

#[test]
fn edges() {
    let tapes = [
        // No outputs, no inputs, nothing.
        Tape::default(),
        Tape { inputs: INPUTS, code: vec![], outputs: vec![] },
        // Constants only, an output twice, an output that is an input.
        Tape { inputs: INPUTS, code: vec![Instr::Const(2.5), Instr::Const(-0.0)], outputs: vec![0, 1, 0] },
        Tape { inputs: INPUTS, code: vec![Instr::Input(3), Instr::Input(0)], outputs: vec![1, 0, 0, 1] },
        Tape {
            inputs: INPUTS,
            code: vec![
                Instr::Input(1),
                Instr::Binary(ScalarOp::Mul, 0, 0),
                Instr::Binary(ScalarOp::Lt, 0, 1),
                Instr::Binary(ScalarOp::Add, 2, 1),
            ],
            outputs: vec![1, 0, 1, 2, 2, 3],
        },
        // The base to no power, and to the largest.
        Tape {
            inputs: INPUTS,
            code: vec![
                Instr::Input(0),
                Instr::Powi(0, 0),
                Instr::Powi(0, i32::MIN),
                Instr::Powi(0, i32::MAX),
            ],
            outputs: vec![1, 2, 3],
        },
    ];
    let mut random = Random(5);
    let count = 67;
    let inputs = points(&mut random, count);
    for tape in tapes {
        let expected = evaluated(&tape, &inputs, count);
        for tier in TIERS {
            for threads in [1, 3] {
                let options = Options { tier, threads, ..Options::default() };
                if tape.inputs == INPUTS {
                    agree(&tape, &options, count, &inputs, 0, &expected);
                } else {
                    Function::compile(&tape, &options).expect("compiles").call::<f64>(&[], &mut []);
                }
            }
        }
    }
}

#[test]
fn transcendental_tapes_agree() {
    use ScalarOp::*;
    let functions = [
        Exp, Expm1, Log, Log1p, Log2, Log10, Sin, Cos, Tan, Asin, Acos, Atan, Sinh, Cosh, Tanh, Asinh, Acosh,
        Atanh, Pow, Atan2,
    ];
    let mut code: Vec<Instr> = (0..INPUTS as u32).map(Instr::Input).collect();
    // So many that LLVM's tier makes functions of them.
    for op in functions.iter().chain(&functions[..12]) {
        code.push(if op.arity() == 1 { Instr::Unary(*op, 0) } else { Instr::Binary(*op, 0, 1) });
    }
    let outputs = (INPUTS as u32..code.len() as u32).collect();
    let tape = Tape { inputs: INPUTS, code, outputs };
    let mut random = Random(6);
    let count = 100;
    let inputs = points(&mut random, count);
    let expected = evaluated(&tape, &inputs, count);
    for tier in TIERS {
        let distance = if tier == Tier::Llvm { 2 } else { 0 };
        agree(&tape, &Options { tier, ..Options::default() }, count, &inputs, distance, &expected);
    }
}

#[test]
fn large_tapes_are_computed_in_groups() {
    let mut random = Random(7);
    let mut code: Vec<Instr> = (0..INPUTS as u32).map(Instr::Input).collect();
    let mut outputs = Vec::new();
    // Chains that have nothing in common.
    for _ in 0..100 {
        let mut last = random.below(INPUTS) as Reg;
        for _ in 0..300 {
            code.push(Instr::MulSub(last, random.below(INPUTS) as Reg, random.below(INPUTS) as Reg));
            last = code.len() as Reg - 1;
        }
        outputs.push(last);
    }
    let tape = Tape { inputs: INPUTS, code, outputs };
    let inputs = [0.3, -0.2, 0.9, 0.5, -0.7];
    let mut expected = vec![0.0; 100];
    tape.eval(&inputs, &mut expected);
    let function = Function::compile(&tape, &Options { threads: 4, ..Options::default() }).expect("compiles");
    let mut outputs = vec![0.0; 100];
    function.call_parallel(&inputs, &mut outputs);
    assert_eq!(outputs, expected);
    outputs.fill(0.0);
    function.call(&inputs, &mut outputs);
    assert_eq!(outputs, expected);
}

#[test]
fn a_panic_of_a_callback_reaches_the_caller() {
    let fails = Callback {
        name: "fails".into(),
        arity: 1,
        call: Arc::new(|x| if x[0] > 1.0 { panic!("too much") } else { x[0] }),
    };
    let tape =
        Tape { inputs: 1, code: vec![Instr::Input(0), Instr::Call(fails, Box::new([0]))], outputs: vec![1] };
    for tier in TIERS {
        let function = Function::compile(&tape, &Options { tier, ..Options::default() }).expect("compiles");
        let mut output = [0.0];
        function.call(&[0.5], &mut output);
        assert_eq!(output, [0.5]);
        let result = std::panic::catch_unwind(AssertUnwindSafe(|| function.call(&[2.0], &mut [0.0])));
        assert_eq!(result.expect_err("panics").downcast_ref(), Some(&"too much"));
        function.call(&[0.25], &mut output);
        assert_eq!(output, [0.25]);
    }
}

#[test]
fn invalid_tapes_are_refused() {
    let compile = |inputs, code, outputs| {
        Function::compile(&Tape { inputs, code, outputs }, &Options::default()).map(|_| ())
    };
    let invalid = |result| matches!(result, Err(ScalarError::Invalid(_)));
    assert!(invalid(compile(1, vec![Instr::Input(1)], vec![0])));
    assert!(invalid(compile(1, vec![Instr::Unary(ScalarOp::Neg, 0)], vec![0])));
    assert!(invalid(compile(1, vec![Instr::Input(0)], vec![1])));
    assert!(invalid(compile(1, vec![Instr::Input(0), Instr::Call(callback(), Box::new([0]))], vec![1])));
    let unsupported = |result| matches!(result, Err(ScalarError::Unsupported { at: 1, .. }));
    assert!(unsupported(compile(1, vec![Instr::Input(0), Instr::Binary(ScalarOp::Shl, 0, 0)], vec![1])));
    assert!(unsupported(compile(1, vec![Instr::Input(0), Instr::Unary(ScalarOp::Add, 0)], vec![1])));
}
