//! Symbolic work: expansion, derivatives of high order, simplification.
//!
//! Terms are hash-consed for the life of the process, so a second run on the same unknowns would find its results made
//! already. Every run here is on unknowns of its own.

use super::{Row, peers};
use braid::term::egraph::{Proof, Simplify};
use braid::term::{Expr, Scalar, Symbol, algebra, calculus, syntax::parse, walk};
use std::time::Instant;

/// The least time of work on inputs that are new for every run.
fn best_of_fresh<I, V>(input: impl Fn(usize) -> I, work: impl Fn(&I) -> V) -> f64 {
    let start = Instant::now();
    let (mut least, mut run) = (f64::INFINITY, 0);
    while run < 5 || start.elapsed().as_secs_f64() < 0.5 && run < 200 {
        let input = input(run);
        let begin = Instant::now();
        std::hint::black_box(work(&input));
        least = least.min(begin.elapsed().as_secs_f64());
        run += 1;
    }
    least
}

/// The unknown `name` of one run of a case.
fn unknown(name: &str, case: &str, run: usize) -> Symbol {
    Symbol::real(&format!("{name}_{}_{run}", case.replace(' ', "_")))
}

/// The formula with the unknowns of one run.
fn fresh(text: &str, case: &str, run: usize) -> Expr {
    let e: Expr = parse(text).expect("a formula");
    let values =
        walk::symbols(&e).into_iter().map(|s| (s, Expr::symbol(unknown(s.name(), case, run)))).collect();
    walk::substitute(&e, &values)
}

pub fn expand() -> Vec<Row> {
    [(10, None), (20, Some(1.0)), (30, None)]
        .into_iter()
        .map(|(power, goal)| {
            let input = |run| fresh(&format!("(x+y+z+1)^{power}"), &format!("expand{power}"), run);
            let time = best_of_fresh(input, |e| algebra::expand(e).expect("few enough terms"));
            let told = peers::run(&["expand", &power.to_string()]);
            let row = Row::new(format!("expand((x+y+z+1)^{power})"), 1e3 * time, "ms");
            with_goal(row.beside(peers::figure(&told, "ms")), goal)
        })
        .collect()
}

fn with_goal(row: Row, goal: Option<f64>) -> Row {
    match goal {
        Some(goal) => row.at_most(goal),
        None => row,
    }
}

/// `sin(x·(…) + x²)`, so many levels deep.
fn nest(depth: usize) -> String {
    (0..depth).fold("x".to_string(), |inner, _| format!("sin(x*({inner})+x^2)"))
}

/// A product of many factors.
fn product(factors: usize) -> String {
    let factors: Vec<String> = (1..=factors).map(|i| format!("(x^{i}+sin({i}*x)+y)")).collect();
    factors.join("*")
}

fn ratio(n: usize) -> String {
    let terms: Vec<String> = (0..=n).map(|i| format!("x^{i}*y^{}", n - i)).collect();
    format!("({})/(x^{n}+y^{n}+1)", terms.join("+"))
}

const PYTHAGORAS: &str = "(sin(x)^2+cos(x)^2)*(x*y+x*z)+(sin(2*x)-2*sin(x)*cos(x))*y";

/// How often is differentiated.
const ORDER: usize = 4;

pub fn derivative() -> Vec<Row> {
    let cases = [
        ("nest10", nest(10), Some(0.7)),
        ("nest5", nest(5), None),
        ("prod8", product(8), None),
        ("ratio6", ratio(6), None),
    ];
    cases
        .into_iter()
        .map(|(name, text, goal)| {
            let time = best_of_fresh(
                |run| (fresh(&text, name, run), unknown("x", name, run)),
                |(e, x)| calculus::derivative_n(e, *x, ORDER).expect("known functions"),
            );
            let told = peers::run(&["derivative", &ORDER.to_string(), &text]);
            let row = Row::new(format!("derivative of order {ORDER}: {name}"), 1e3 * time, "ms");
            with_goal(row.beside(peers::figure(&told, "ms")), goal)
        })
        .collect()
}

pub fn simplify() -> Vec<Row> {
    let x = Symbol::real("x");
    let derivative = |text: String| {
        let e: Expr = parse(&text).expect("a formula");
        calculus::derivative(&e, x).expect("known functions").to_string()
    };
    let cases = [
        ("pyth", PYTHAGORAS.to_string()),
        ("derivative of nest5", derivative(nest(5))),
        ("derivative of nest10", derivative(nest(10))),
        ("derivative of prod8", derivative(product(8))),
        ("derivative of ratio6", derivative(ratio(6))),
        ("derivative of pyth", derivative(PYTHAGORAS.to_string())),
    ];
    cases
        .into_iter()
        .map(|(name, text)| {
            let time = best_of_fresh(
                |run| fresh(&text, name, run),
                |e| {
                    let result = Simplify::new(e).with(Proof::Give).run();
                    assert!(matches!(result.proofs[..], [Some(_)]), "{name} is proved");
                    result
                },
            );
            let told = peers::run(&["simplify", &text]);
            Row::new(format!("simplify, with proof: {name}"), 1e3 * time, "ms")
                .at_most(10.0)
                .beside(peers::figure(&told, "ms"))
        })
        .collect()
}
