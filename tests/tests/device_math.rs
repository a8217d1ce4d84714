//! The functions of floats that kernels compute in line, as fibers execute them: within [`ULPS_MAX`] of double precision, at points of every binade
//! and at zeros, infinities, NaN and the edges of subnormal numbers.

use braid::runtime::DType;
use braid::runtime::manifest::Manifest;
use braid::{Machine, Program, Quiet, RunOptions, Tensor};
use braid_tests::fiber::{self, Fiber};
use braid_tests::subject;
use braid_tests::suite::{self, Named};
use braid_tests::workload::Workload;

const CHIP: &str = "sm_80";
/// How far a result may be from the right one, in units of the last place of the right one.
const ULPS_MAX: f64 = 2.0;
/// Points of each binade and sign.
const POINTS: u32 = 8;
/// Points of the range where most arguments are, evenly.
const COMMON: u32 = 2048;
const COMMON_MAX: f32 = 12.0;

/// A function of one float: its name, how torch calls it, and what it is in double precision.
type Unary = (&'static str, &'static str, fn(f64) -> f64);
type Binary = (&'static str, &'static str, fn(f64, f64) -> f64);

const UNARY: &[Unary] = &[
    ("exp", "torch.exp(x)", f64::exp),
    ("expm1", "torch.expm1(x)", f64::exp_m1),
    ("log", "torch.log(x)", f64::ln),
    ("log1p", "torch.log1p(x)", f64::ln_1p),
    ("log2", "torch.log2(x)", f64::log2),
    ("log10", "torch.log10(x)", f64::log10),
    ("sqrt", "torch.sqrt(x)", f64::sqrt),
    ("rsqrt", "torch.rsqrt(x)", |x| 1.0 / x.sqrt()),
    ("sin", "torch.sin(x)", f64::sin),
    ("cos", "torch.cos(x)", f64::cos),
    ("tan", "torch.tan(x)", f64::tan),
    ("asin", "torch.asin(x)", f64::asin),
    ("acos", "torch.acos(x)", f64::acos),
    ("atan", "torch.atan(x)", f64::atan),
    ("sinh", "torch.sinh(x)", f64::sinh),
    ("cosh", "torch.cosh(x)", f64::cosh),
    ("tanh", "torch.tanh(x)", f64::tanh),
    ("asinh", "torch.asinh(x)", libm::asinh),
    ("acosh", "torch.acosh(x)", f64::acosh),
    ("atanh", "torch.atanh(x)", libm::atanh),
    ("erf", "torch.erf(x)", libm::erf),
    ("sigmoid", "torch.sigmoid(x)", sigmoid),
];

/// Those of doubles, against the machine's own, which are within a unit of the last place.
const DOUBLE: &[Unary] = &[
    ("sin", "torch.sin(x)", f64::sin),
    ("cos", "torch.cos(x)", f64::cos),
    ("tan", "torch.tan(x)", f64::tan),
];

/// As PyTorch has it: 0 where the exponential is beyond single precision, though the result is not.
fn sigmoid(x: f64) -> f64 {
    if -x > 128.0 * std::f64::consts::LN_2 { 0.0 } else { 1.0 / (1.0 + (-x).exp()) }
}

const BINARY: &[Binary] =
    &[("pow", "torch.pow(x, y)", f64::powf), ("atan2", "torch.atan2(x, y)", f64::atan2)];

fn main() -> std::process::ExitCode {
    let unary = UNARY
        .iter()
        .map(|&(name, call, exact)| -> Named { (name.to_string(), Box::new(move || of_one(call, exact))) });
    let binary = BINARY
        .iter()
        .map(|&(name, call, exact)| -> Named { (name.to_string(), Box::new(move || of_two(call, exact))) });
    let double = DOUBLE.iter().map(|&(name, call, exact)| -> Named {
        (format!("{name} f64"), Box::new(move || of_double(call, exact)))
    });
    suite::run("device_math", unary.chain(binary).chain(double).collect())
}

/// Points of every binade, the common range, and special values.
fn points() -> Vec<f32> {
    let mut points = Vec::new();
    for exponent in 0..255 {
        for k in 0..POINTS {
            // The ends of the binade and, between them, fractions without a pattern.
            let fraction = match k {
                0 => 0,
                1 => 0x7f_ffff,
                _ => (exponent * POINTS + k).wrapping_mul(0x9e37_79b1) >> 9,
            };
            points.push(f32::from_bits(exponent << 23 | fraction));
        }
    }
    points.extend((0..COMMON).map(|k| k as f32 * (COMMON_MAX / COMMON as f32)));
    // Around where exponentials leave the range, and quarter turns.
    points.extend([87.336_55, 88.722_84, 88.722_83, 89.415_99, 103.278_93, 103.972_08, 104.0, 110.0]);
    points.extend((1..32).map(|k| (f64::from(k) * std::f64::consts::FRAC_PI_2) as f32));
    points.push(f32::INFINITY);
    let negative: Vec<f32> = points.iter().map(|x| -x).collect();
    points.extend(negative);
    // So many that threads take several at a time.
    points.resize(points.len().next_multiple_of(8), f32::NAN);
    points
}

/// Points of every binade, quarter turns, and special values.
fn doubles() -> Vec<f64> {
    let mut points = Vec::new();
    for exponent in 0..2047u64 {
        let fraction = exponent.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 12;
        points.extend([0, fraction].map(|fraction| f64::from_bits(exponent << 52 | fraction)));
    }
    points.extend((1..64).map(|k| f64::from(k) * std::f64::consts::FRAC_PI_2));
    // Where the reduction changes. (At the double nearest to a multiple of a quarter turn the machine's own is wrong by 8 units.)
    points.extend([1e9, 1.000_000_000_1e9, f64::INFINITY]);
    let negative: Vec<f64> = points.iter().map(|x| -x).collect();
    points.extend(negative);
    points.resize(points.len().next_multiple_of(8), f64::NAN);
    points
}

/// Runs what is called on the points.
fn run(call: &str, names: &[&str], values: &[Vec<f32>]) -> Result<Vec<f32>, String> {
    let tensors: Vec<Tensor> = values
        .iter()
        .map(|v| Tensor::f32(&[v.len()], v).expect("as many values as the shape asks for"))
        .collect();
    let bytes = run_tensors(call, names, "f32", &tensors)?;
    Ok(bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
}

fn run_tensors(call: &str, names: &[&str], dtype: &str, tensors: &[Tensor]) -> Result<Vec<u8>, String> {
    let count = tensors[0].shape()[0];
    let code = format!("def f({}):\n    return {call}\n", names.join(", "));
    let inputs: Vec<String> = names.iter().map(|name| format!("{name}={dtype}[{count}]")).collect();
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    let net = Workload { name: call, code: &code, build: "f", inputs: &inputs }.net()?;
    let machine = Machine { devices: vec![fiber::target(CHIP)], ..subject::machine() };
    let bytes = braid::build(&net, &machine, &Quiet).map_err(|d| d.render())?;
    let mut program = Program::from_bytes(&bytes).map_err(|e| e.to_string())?;
    on_device_alone(program.manifest())?;
    program.use_device(Box::new(Fiber::new(CHIP, 1))).map_err(|e| e.to_string())?;
    let named: Vec<(&str, &Tensor)> = names.iter().copied().zip(tensors).collect();
    let results = program.run(&named, RunOptions::default()).map_err(|e| e.to_string())?;
    let [result] = &results[..] else { return Err("not one result".to_string()) };
    Ok(result.bytes().to_vec())
}

/// Routines of the library run on the CPU, whose functions are others.
fn on_device_alone(manifest: &Manifest) -> Result<(), String> {
    let kernels: usize = manifest.devices.iter().map(|device| device.kernels.len()).sum();
    if manifest.library.is_empty() && kernels > 0 { Ok(()) } else { Err("it is no kernel".to_string()) }
}

fn of_one(call: &str, exact: fn(f64) -> f64) -> Result<(), String> {
    let points = points();
    let actual = run(call, &["x"], std::slice::from_ref(&points))?;
    let errors =
        points.iter().zip(&actual).map(|(&x, &y)| (ulps(y, exact(f64::from(x))), format!("{x:e}: {y:e}")));
    judge(call, errors)
}

fn of_double(call: &str, exact: fn(f64) -> f64) -> Result<(), String> {
    let points = doubles();
    let bytes: Vec<u8> = points.iter().flat_map(|x| x.to_le_bytes()).collect();
    let tensor =
        Tensor::new(DType::F64, &[points.len()], &bytes).expect("as many values as the shape asks for");
    let actual = run_tensors(call, &["x"], "f64", &[tensor])?;
    let actual = actual.chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().expect("eight bytes")));
    let errors = points.iter().zip(actual).map(|(&x, y)| {
        let exact = exact(x);
        let error = match (y.is_nan(), exact.is_nan()) {
            (false, false) if exact == 0.0 => {
                if y.to_bits() == exact.to_bits() {
                    0.0
                } else {
                    f64::INFINITY
                }
            }
            (false, false) => {
                let next = f64::from_bits(exact.abs().to_bits() + 1) - exact.abs();
                (y - exact).abs() / next
            }
            (a, b) => {
                if a == b {
                    0.0
                } else {
                    f64::INFINITY
                }
            }
        };
        (error, format!("{x:e}: {y:e}"))
    });
    judge(call, errors)
}

fn of_two(call: &str, exact: fn(f64, f64) -> f64) -> Result<(), String> {
    let points = points();
    // Each point with others far and near, and powers whose results are in range.
    let (mut xs, mut ys) = (Vec::new(), Vec::new());
    for (k, &x) in points.iter().enumerate() {
        let other = points[(k * 7919 + 13) % points.len()];
        let within = (f64::from(k as u32 % 177) - 88.0) / f64::from(x).abs().ln();
        for y in [
            other,
            within as f32,
            2.5,
            -1.0 / 3.0,
            3.0,
            x,
            0.0,
            -0.0,
            f32::INFINITY,
            f32::NEG_INFINITY,
            f32::NAN,
        ] {
            xs.push(x);
            ys.push(y);
        }
    }
    let actual = run(call, &["x", "y"], &[xs.clone(), ys.clone()])?;
    let errors =
        xs.iter().zip(&ys).zip(&actual).map(|((&x, &y), &z)| {
            (ulps(z, exact(f64::from(x), f64::from(y))), format!("{x:e}, {y:e}: {z:e}"))
        });
    judge(call, errors)
}

/// The worst of the errors is told, and must be small.
fn judge(call: &str, errors: impl Iterator<Item = (f64, String)>) -> Result<(), String> {
    let mut all: Vec<(f64, String)> = errors.collect();
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    println!("{call}: {:.2} ulp at {}", all[0].0, all[0].1);
    let bad: Vec<String> = all
        .iter()
        .filter(|e| e.0.is_nan() || e.0 > ULPS_MAX)
        .map(|(e, at)| format!("{e:.2} ulp at {at}"))
        .collect();
    let shown = bad.iter().take(8).cloned().collect::<Vec<_>>().join("\n");
    if bad.is_empty() { Ok(()) } else { Err(format!("{} of {} points:\n{shown}", bad.len(), all.len())) }
}

/// How far a result is from the right one, in units of the last place of the right one; infinite where they differ in kind.
fn ulps(actual: f32, exact: f64) -> f64 {
    if actual.is_nan() || exact.is_nan() {
        return if actual.is_nan() == exact.is_nan() { 0.0 } else { f64::INFINITY };
    }
    if exact == 0.0 {
        let same = actual == 0.0 && actual.is_sign_negative() == exact.is_sign_negative();
        return if same { 0.0 } else { f64::INFINITY };
    }
    // What is beyond the range counts as the first number beyond it.
    let beyond = 2f64.powi(128);
    let exact = exact.clamp(-beyond, beyond);
    let actual = f64::from(actual).clamp(-beyond, beyond);
    let exponent = exact.abs().log2().floor().clamp(-126.0, 127.0) as i32;
    (actual - exact).abs() / 2f64.powi(exponent - 23)
}
