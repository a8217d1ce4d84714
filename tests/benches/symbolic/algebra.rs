//! Symbolic work: expansion, derivatives of high order, simplification.

use super::{Row, best, peers};
use braid::term::{Expr, Scalar, Symbol, algebra, calculus, egraph, syntax::parse, vars};

pub fn expand() -> Vec<Row> {
    let (x, y, z) = vars!(x, y, z);
    let sum = x + y + z + 1;
    [(10, None), (20, Some(1.0)), (30, None)]
        .into_iter()
        .map(|(power, goal)| {
            let time = best(0.5, || algebra::expand(&sum.pow(power)).expect("few enough terms"));
            let told = peers::run(&["expand", &power.to_string()]);
            let row = Row::new(format!("expand((x+y+z+1)^{power})"), 1e3 * time, "ms")
                .beside(peers::figure(&told, "ms"));
            match goal {
                Some(goal) => row.at_most(goal),
                None => row,
            }
        })
        .collect()
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

pub fn derivative() -> Vec<Row> {
    let x = Symbol::real("x");
    [
        ("nest10", nest(10), 4, Some(0.7)),
        ("nest5", nest(5), 4, None),
        ("prod8", product(8), 4, None),
        ("ratio6", ratio(6), 4, None),
    ]
    .into_iter()
    .map(|(name, text, order, goal)| {
        let e: Expr = parse(&text).expect("a formula");
        let time = best(0.5, || calculus::derivative_n(&e, x, order).expect("known functions"));
        let told = peers::run(&["derivative", &order.to_string(), &text]);
        let row = Row::new(format!("derivative of order {order}: {name}"), 1e3 * time, "ms")
            .beside(peers::figure(&told, "ms"));
        match goal {
            Some(goal) => row.at_most(goal),
            None => row,
        }
    })
    .collect()
}

pub fn simplify() -> Vec<Row> {
    let x = Symbol::real("x");
    let derivative = |text: String| {
        let e: Expr = parse(&text).expect("a formula");
        calculus::derivative(&e, x).expect("known functions")
    };
    let cases = [
        ("pyth", parse(PYTHAGORAS).expect("a formula")),
        ("first derivative of nest5", derivative(nest(5))),
        ("first derivative of nest10", derivative(nest(10))),
        ("first derivative of prod8", derivative(product(8))),
        ("first derivative of ratio6", derivative(ratio(6))),
        ("first derivative of pyth", derivative(PYTHAGORAS.to_string())),
    ];
    cases
        .into_iter()
        .map(|(name, e)| {
            let time = best(0.5, || egraph::simplify(&e));
            let told = peers::run(&["simplify", &e.to_string()]);
            Row::new(format!("simplify: {name}"), 1e3 * time, "ms")
                .at_most(10.0)
                .beside(peers::figure(&told, "ms"))
        })
        .collect()
}
