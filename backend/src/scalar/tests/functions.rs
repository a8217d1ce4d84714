//! Functions of doubles in vectors against the system's mathematics, whose own error is below one unit in the last place.

use crate::scalar::{Function, Options, Tier};
use braid_ir::ScalarOp;
use braid_symbolic::tape::{self, Instr, Tape};

/// Units in the last place between two doubles; 0 for two NaN and for equal infinities.
pub fn ulps(a: f64, b: f64) -> u64 {
    if a == b || (a.is_nan() && b.is_nan()) {
        return 0;
    }
    if a.is_nan() || b.is_nan() {
        return u64::MAX;
    }
    let ordered = |x: f64| {
        let bits = x.to_bits() as i64;
        if bits < 0 { i64::MIN.wrapping_sub(bits) } else { bits }
    };
    ordered(a).abs_diff(ordered(b))
}

/// A sequence of evenly spread words (Steele, Lea and Flood's splitmix).
pub struct Random(pub u64);

impl Random {
    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.word() % limit as u64) as usize
    }

    /// Between 0 and 1.
    pub fn unit(&mut self) -> f64 {
        (self.word() >> 11) as f64 / (1u64 << 53) as f64
    }
}

const SPECIAL: [f64; 36] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -0.5,
    2.0,
    8.0,
    10.0,
    1000.0,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
    f64::MAX,
    f64::MIN,
    f64::MIN_POSITIVE,
    -f64::MIN_POSITIVE,
    5e-324,
    -5e-324,
    1e-310,
    f64::EPSILON,
    -f64::EPSILON,
    1e-8,
    -1e-8,
    709.782_712_893_384,
    709.8,
    710.4,
    -708.4,
    -745.1,
    -745.2,
    -746.0,
    std::f64::consts::PI,
    std::f64::consts::FRAC_PI_2,
    1e9,
    1e22,
    -37.5,
];

/// Numbers of every size, and more of those where functions are interesting.
fn samples() -> Vec<f64> {
    let mut random = Random(1);
    let mut values = SPECIAL.to_vec();
    for _ in 0..30_000 {
        let sign = if random.word() & 1 == 0 { 1.0 } else { -1.0 };
        values.push(f64::from_bits(random.word()));
        values.push(sign * random.unit());
        values.push(sign * random.unit() * 8.0);
        values.push(sign * random.unit() * 745.0);
        values.push(sign * (random.unit() * 40.0 - 40.0).exp2());
        values.push(1.0 + sign * (random.unit() * -40.0).exp2());
        values.push(sign * random.unit() * 1e6);
        let quarter = (random.below(1 << 20) as f64) * std::f64::consts::FRAC_PI_2;
        values.push(sign * quarter);
    }
    values
}

/// The system's error function: that of tapes is exact to 1e-15 only.
fn erf(x: f64) -> f64 {
    let address = braid_runtime::imports::find("braid_erf").expect("the runtime has it") as *const ();
    // SAFETY: what the runtime calls so is a function of this type.
    unsafe { std::mem::transmute::<*const (), extern "C" fn(f64) -> f64>(address)(x) }
}

fn worst(op: ScalarOp, inputs: &[Vec<f64>]) -> (u64, Vec<f64>) {
    let points = inputs[0].len();
    let args = (0..inputs.len() as u32).map(Instr::Input);
    let mut code: Vec<Instr> = args.collect();
    code.push(if inputs.len() == 1 { Instr::Unary(op, 0) } else { Instr::Binary(op, 0, 1) });
    let tape = Tape { inputs: inputs.len(), outputs: vec![code.len() as u32 - 1], code };
    let function =
        Function::compile(&tape, &Options { tier: Tier::Llvm, ..Options::default() }).expect("compiles");
    let mut outputs = vec![0.0; points];
    function.call_batch(&inputs.concat(), &mut outputs, points);
    let mut worst = (0, vec![]);
    for p in 0..points {
        let at: Vec<f64> = inputs.iter().map(|column| column[p]).collect();
        let expected = match at[..] {
            [x] if op == ScalarOp::Erf => erf(x),
            [x] => tape::unary(op, x),
            _ => tape::binary(op, at[0], at[1]),
        };
        let mut distance = ulps(outputs[p], expected);
        if expected == 0.0
            && outputs[p] == 0.0
            && expected.is_sign_negative() != outputs[p].is_sign_negative()
        {
            distance = u64::MAX;
        }
        if distance > worst.0 {
            worst = (distance, [at, vec![outputs[p], expected]].concat());
        }
    }
    worst
}

#[test]
fn functions_of_one_double_are_exact_to_two_units() {
    use ScalarOp::*;
    let samples = samples();
    let mut wrong = Vec::new();
    for op in [Exp, Expm1, Log, Log1p, Log2, Log10, Sin, Cos, Tan, Atan, Sinh, Cosh, Tanh, Erf, Sqrt, Rsqrt] {
        let (distance, at) = worst(op, std::slice::from_ref(&samples));
        println!("{}: {distance} units at {at:?}", op.name());
        if distance > 2 {
            wrong.push(format!("{}: {distance} units at {at:?}", op.name()));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn powers_are_exact_to_two_units() {
    let mut random = Random(2);
    let mut pairs: Vec<(f64, f64)> = Vec::new();
    for x in SPECIAL {
        pairs.extend(SPECIAL.iter().map(|&y| (x, y)));
    }
    for _ in 0..100_000 {
        let base = (random.unit() * 2000.0 - 1000.0).exp2();
        pairs.push((base, (random.unit() * 2.0 - 1.0) * 1080.0 / base.log2().abs()));
        pairs.push((random.unit() * 4.0, random.unit() * 20.0 - 10.0));
        pairs.push((1.0 + (random.unit() - 0.5) * 1e-3, (random.unit() - 0.5) * 1e6));
    }
    let (x, y): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
    let (distance, at) = worst(ScalarOp::Pow, &[x, y]);
    println!("pow: {distance} units at {at:?}");
    assert!(distance <= 2, "{distance} units at {at:?}");
}
