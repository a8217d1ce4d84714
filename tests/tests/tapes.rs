//! Formulas as kernels of devices, a thread for each point: on fibers, and on Vulkan where there is a driver, against the tape's own
//! evaluation.

use braid::runtime::device::{Device, open};
use braid::term::models::arm::{SEVEN_JOINTS, mass_matrix};
use braid::term::tape::{Callback, Instr, Tape};
use braid::term::{Expr, NativeFunction, Precision, Symbol, lower, syntax, walk::symbols};
use braid_tests::fiber::Fiber;
use std::sync::Arc;

/// What a result may differ by, over the larger of it and 1.
const TOLERANCE_F64: f64 = 1e-13;
const TOLERANCE_F32: f64 = 2e-5;

fn devices() -> Vec<Box<dyn Device>> {
    let mut devices: Vec<Box<dyn Device>> = vec![Box::new(Fiber::new("sm_80", 7))];
    match open("vulkan") {
        Ok(device) => devices.push(device),
        Err(why) => eprintln!("without Vulkan: {why}"),
    }
    devices
}

/// Compares batches of all sizes about a workgroup's with single evaluations.
fn check(outputs: &[Expr], unknowns: &[Symbol], precision: Precision) {
    let tape = lower::lower(outputs, unknowns, &lower::Options::default()).expect("straight-line code");
    let tolerance = if precision == Precision::F32 { TOLERANCE_F32 } else { TOLERANCE_F64 };
    for device in devices() {
        let name = device.name();
        let function = NativeFunction::on_device(&tape, precision, device).expect("a function");
        for points in [1, 127, 300] {
            let at = |input: usize, point: usize| 0.25 + ((input * 37 + point * 11) % 101) as f64 / 64.0;
            let inputs: Vec<f64> =
                (0..unknowns.len()).flat_map(|i| (0..points).map(move |p| at(i, p))).collect();
            let mut results = vec![f64::NAN; outputs.len() * points];
            function.try_call_batch(&inputs, &mut results, points).expect("results");
            let mut expected = vec![0.0; outputs.len()];
            for point in 0..points {
                let inputs: Vec<f64> = (0..unknowns.len()).map(|i| at(i, point)).collect();
                tape.eval(&inputs, &mut expected);
                for (output, &expected) in expected.iter().enumerate() {
                    let found = results[output * points + point];
                    let error = (found - expected).abs() / expected.abs().max(1.0);
                    assert!(
                        error <= tolerance,
                        "{name}: output {output} of point {point} of {points} is {found}, not {expected}"
                    );
                }
            }
        }
    }
}

fn of_text(texts: &[&str], precision: Precision) {
    let outputs: Vec<Expr> = texts.iter().map(|text| syntax::parse(text).expect("an expression")).collect();
    let mut unknowns: Vec<Symbol> = outputs.iter().flat_map(symbols).collect();
    unknowns.sort_by_key(|symbol| symbol.name().to_string());
    unknowns.dedup();
    check(&outputs, &unknowns, precision);
}

#[test]
fn functions() {
    let texts = [
        "sin(x)*exp(-y^2) + cos(x)/(1 + y)",
        "log(x + 1)*sqrt(y) + atan2(x, y)",
        "tanh(x - y)^3 + x^-2",
        "x*y - 3*x + 1/7",
    ];
    of_text(&texts, Precision::F32);
    of_text(&["sin(100*x) + cos(y)*tan(x/3)"], Precision::F64);
}

#[test]
fn choices() {
    of_text(&["select(x < y, x^2, y)", "max(x, y)*min(x, 1)", "abs(x - y)"], Precision::F64);
}

#[test]
fn inputs_and_constants_as_outputs() {
    of_text(&["x", "2", "x + y", "x"], Precision::F64);
}

/// Longer than one kernel: values cross from chunk to chunk.
#[test]
fn long_tapes() {
    let names: Vec<String> = (0..60).map(|i| format!("v{i:02}")).collect();
    let unknowns: Vec<Symbol> = names.iter().map(|name| Symbol::real(name)).collect();
    let var = |i: usize| Expr::var(&names[i % names.len()]);
    let outputs: Vec<Expr> = (0..60)
        .map(|i| {
            (0..30).fold(var(i), |sum, k| {
                sum * (var(i + k) * var(7 * k + i) + Expr::int(k as i64)) / (var(k) + 2)
            })
        })
        .collect();
    check(&outputs, &unknowns, Precision::F64);
}

#[test]
fn an_arm() {
    let names: Vec<String> = (0..7).map(|i| format!("q{i}")).collect();
    let angles: Vec<Expr> = names.iter().map(|name| Expr::var(name)).collect();
    let unknowns: Vec<Symbol> = names.iter().map(|name| Symbol::real(name)).collect();
    check(&mass_matrix(&SEVEN_JOINTS, &angles), &unknowns, Precision::F32);
}

#[test]
fn what_devices_do_not_have_is_refused() {
    let callback = Callback { name: "bessel".into(), arity: 1, call: Arc::new(|x| x[0]) };
    let code = vec![Instr::Input(0), Instr::Call(callback, [0].into())];
    let tape = Tape { inputs: 1, code, outputs: vec![1] };
    let why = NativeFunction::on_device(&tape, Precision::F64, Box::new(Fiber::new("sm_80", 7)));
    assert!(why.expect_err("refused").to_string().contains("bessel, a function of the host language"));
}
