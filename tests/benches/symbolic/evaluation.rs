//! Evaluation of compiled formulas over a batch of points, and how long compiling them takes.

use super::{Row, best, peers};
use braid::term::algebra::expand;
use braid::term::syntax::parse;
use braid::term::{Expr, Scalar, Target, compile, vars};

const TRIG: &str = "sin(x*y)+cos(y*z)*exp(-x^2)+log(1+z^2)*sqrt(1+x^2+y^2)";
const POINTS: usize = 10_000;

pub fn measure() -> Vec<Row> {
    let (x, y, z) = vars!(x, y, z);
    let polynomial = expand(&(x + y + z + 1).pow(10)).expect("286 terms");
    let trig: Expr = parse(TRIG).expect("a formula");
    let columns: Vec<f64> =
        (0..3 * POINTS).map(|i| 0.1 + 0.9 * (i as f64 * 0.618_033_988_7).fract()).collect();
    [("polynomial of 286 terms", polynomial, 20.0), ("trig", trig, 25.0)]
        .into_iter()
        .map(|(what, e, goal)| {
            let f = compile(&e, &[x, y, z], Target::cpu()).expect("a formula LLVM takes");
            let mut out = vec![0.0; POINTS];
            let time = best(0.5, || f.call_batch(&columns, &mut out, POINTS));
            let told = peers::run(&["evaluate", &e.to_string()]);
            Row::new(format!("{what}, a point of {POINTS}"), 1e9 * time / POINTS as f64, "ns")
                .at_most(goal)
                .beside(peers::figure(&told, "ns"))
        })
        .collect()
}

/// Time to make machine code, per 1,000 operations.
pub fn lowering() -> Vec<Row> {
    let (x, y, z) = vars!(x, y, z);
    let e: Vec<Expr> =
        (8..14i64).map(|n| expand(&(x.sin() + y * n + z.exp() + 1).pow(n)).expect("few terms")).collect();
    [("Cranelift", Target::jit_fast(), 5.0), ("LLVM", Target::cpu(), 100.0)]
        .into_iter()
        .map(|(what, target, goal)| {
            let mut per_thousand = f64::INFINITY;
            for _ in 0..3 {
                let f = compile(&e, &[x, y, z], target).expect("small enough");
                let time = f.compile_time().as_secs_f64();
                per_thousand = per_thousand.min(1e3 * time / (f.operations() as f64 / 1e3));
            }
            Row::new(format!("{what}: machine code for 1,000 operations"), per_thousand, "ms").at_most(goal)
        })
        .collect()
}
