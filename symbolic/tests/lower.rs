//! Lowering: straight-line code computes what the expression does, with few operations.

use braid_symbolic::lower::{Options, lower};
use braid_symbolic::models::network::Network;
use braid_symbolic::syntax::parse;
use braid_symbolic::tape::Instr;
use braid_symbolic::term::walk;
use braid_symbolic::{Expr, Scalar, Symbol};

fn network(name: &str) -> Option<Network> {
    let path = format!("{}/../../shared/data/reaction-networks/{name}", env!("CARGO_MANIFEST_DIR"));
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("skipped {name}: {path} is absent");
        return None;
    };
    Some(Network::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}")))
}

fn counts(code: &[Instr]) -> (usize, usize) {
    let count = |f: &dyn Fn(&Instr) -> bool| code.iter().filter(|i| f(i)).count();
    let fused = count(&|i| matches!(i, Instr::MulAdd(..) | Instr::MulSub(..) | Instr::NegMulAdd(..)));
    (count(&|i| !matches!(i, Instr::Const(_) | Instr::Input(_))), fused)
}

#[test]
fn networks_compute_the_same() {
    for name in [
        "bcr/bcr.net",
        "egfr_net.net",
        "multisite2.net",
        "toy-jim/toy-jim.net",
        "motor/motor.net",
        "michment/michment.net",
        "higherorder/higherorder.net",
        "CaOscillate_Func/CaOscillate_Func.net",
        "CaOscillate_Sat/CaOscillate_Sat.net",
        "repressilator/Repressilator.net",
        "blbr/blbr.net",
        "tlbr/tlbr.net",
        "Haugh2b/Haugh2b.net",
        "multistate.net",
    ] {
        let Some(net) = network(name) else { return };
        let point: Vec<f64> = (0..net.states.len())
            .map(|i| 0.5 + (i as f64 * 0.37).fract())
            .chain(net.values.iter().copied())
            .collect();
        let inputs = net.inputs();
        let at: std::collections::HashMap<Symbol, f64> =
            inputs.iter().copied().zip(point.iter().copied()).collect();
        let expected: Vec<f64> = net.rhs.iter().map(|e| walk::eval(e, |s| at.get(&s).copied())).collect();
        let scale = expected.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        for (factor, pairs, fuse) in [
            (false, false, false),
            (true, false, false),
            (true, false, true),
            (true, true, false),
            (true, true, true),
            (false, true, true),
        ] {
            let t = std::time::Instant::now();
            let tape = lower(&net.rhs, &inputs, &Options { factor, pairs, fuse }).unwrap();
            let time = t.elapsed();
            let mut out = vec![0.0; net.rhs.len()];
            tape.eval(&point, &mut out);
            for (a, b) in out.iter().zip(&expected) {
                assert!((a - b).abs() <= 1e-9 * (b.abs() + 1e-6 * scale), "{name}: {a} {b}");
            }
            eprintln!(
                "{name} factor {factor} pairs {pairs} fuse {fuse}: {:?} in {time:?}",
                counts(&tape.code)
            );
        }
    }
}

#[test]
fn horner_of_an_expanded_power() {
    let x: Vec<Symbol> = ["x", "y", "z"].map(Symbol::real).to_vec();
    // (x + y + z + 1)^10 term by term.
    let mut terms = Vec::new();
    let factorial = |n: i64| (1..=n).product::<i64>();
    for i in 0..=10i64 {
        for j in 0..=10 - i {
            for k in 0..=10 - i - j {
                let c =
                    factorial(10) / (factorial(i) * factorial(j) * factorial(k) * factorial(10 - i - j - k));
                terms.push(Expr::var("x").pow(i) * Expr::var("y").pow(j) * Expr::var("z").pow(k) * c);
            }
        }
    }
    let e: Expr = terms.into_iter().sum();
    let tape = lower(&[e], &x, &Options::default()).unwrap();
    let mut out = [0.0];
    tape.eval(&[0.1, 0.2, 0.3], &mut out);
    assert!((out[0] / 1.6f64.powi(10) - 1.0).abs() < 1e-13);
    let (operations, fused) = counts(&tape.code);
    assert!(operations <= 300, "{operations} operations, {fused} fused");
}

#[test]
fn shared_and_special() {
    let inputs: Vec<Symbol> = ["x", "y"].map(Symbol::real).to_vec();
    for text in [
        "x/y + 1/y + sin(x)/y^2",
        "sqrt(x) + 1/sqrt(x) + x^(3/2)",
        "x^y",
        "select(x < y, x^2, -y)",
        "min(x, y)*max(x, 1)",
        "0*x",
        "x^7 - y^-3",
        "mod(x, y)",
        "abs(-x)*sign(y)",
        "exp(-x^2/2)/sqrt(2*pi)",
        "floor(x*10) + ceil(y)",
        "3",
        "-x - y",
        "(x + y)^5*(x + y)",
        "not x < y and y < 3 or x == y",
    ] {
        let e: Expr = parse(text).unwrap();
        let tape = lower(&[e, e], &inputs, &Options::default()).unwrap();
        for point in [[0.3, 0.7], [2.5, 1.5], [1.0, 1.0]] {
            let mut out = [0.0; 2];
            tape.eval(&point, &mut out);
            let expected = walk::eval(&e, |s| Some(point[(s.name() == "y") as usize]));
            assert!(
                (out[0] - expected).abs() <= 1e-13 * expected.abs(),
                "{text} at {point:?}: {} not {expected}",
                out[0]
            );
            assert_eq!(out[0], out[1]);
        }
    }
}
