//! Simplification by e-graphs: what is found, and that it is equal to the input in value and domain.

use braid_symbolic::egraph::{Conditions, Extractor, Limits, Simplify, Stop, domain, holds, simplify, simplify_all};
use braid_symbolic::syntax::{Names, parse, parse_with};
use braid_symbolic::term::walk;
use braid_symbolic::{Assumptions, Dag, Expr, Function, FunctionSpec, Head, Number, Scalar, Symbol, Term, Tree, cost};
use std::time::{Duration, Instant};

fn e(text: &str) -> Expr {
    parse(text).unwrap_or_else(|error| panic!("{}", error.render("test", text)))
}

/// Pseudo-random numbers (xorshift).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// A value of an unknown that its assumptions allow; special values among them.
fn value(symbol: Symbol, random: &mut Random) -> f64 {
    let special = [0.0, 1.0, -1.0, 0.5, 2.0, -3.0];
    let facts = symbol.facts();
    loop {
        let mut v = match random.below(3) {
            0 => special[random.below(6) as usize],
            _ => random.unit() * 6.0 - 3.0,
        };
        if facts.is_integer() {
            v = v.round();
        }
        let sign = if v < 0.0 { 1 } else if v == 0.0 { 2 } else { 4 };
        if facts.signs() & sign != 0 {
            return v;
        }
    }
}

/// Compares two terms at random points where the condition holds: both undefined, or both close.
fn compare(before: &Expr, after: &Expr, condition: &Expr, seed: u64, what: &str) {
    let mut random = Random(seed | 1);
    let mut symbols = walk::symbols(before);
    symbols.extend(walk::symbols(after));
    symbols.sort();
    symbols.dedup();
    for _ in 0..60 {
        let point: Vec<f64> = symbols.iter().map(|&s| value(s, &mut random)).collect();
        let at = |s: Symbol| symbols.iter().position(|t| *t == s).map(|i| point[i]);
        if !holds(condition, at) {
            continue;
        }
        let (a, b) = (walk::eval(before, at), walk::eval(after, at));
        // Where floats overflow, or a domain's edge is rounded, nothing is compared.
        let (a_defined, b_defined) = (domain(before).iter().all(|c| holds(c, at)), domain(after).iter().all(|c| holds(c, at)));
        assert_eq!(a_defined, b_defined, "{what}: {before} and {after} at {point:?}");
        if !a_defined || !a.is_finite() || !b.is_finite() {
            continue;
        }
        let scale = magnitude(before, &at).max(magnitude(after, &at)).max(1e-300);
        assert!((a - b).abs() <= 1e-9 * scale, "{what}: {before} is {a} and {after} is {b} at {point:?}");
    }
}

/// The largest value of any subterm: rounding errors are measured against it.
fn magnitude(term: &Expr, at: &impl Fn(Symbol) -> Option<f64>) -> f64 {
    let mut largest = 1.0f64;
    walk::postorder(term, |t| {
        let v = walk::eval(t, at).abs();
        if v.is_finite() {
            largest = largest.max(v);
        }
    });
    largest
}

fn check(text: &str) -> Expr {
    let before = e(text);
    let result = Simplify::new(&before).run();
    assert!(result.cycles.1 <= result.cycles.0);
    compare(&before, result.term(), &result.condition, 7, text);
    *result.term()
}

#[test]
fn identities_are_found() {
    for (text, expected) in [
        ("sin(x)^2 + cos(x)^2", "1"),
        ("3*sin(x)^2 + y + 3*cos(x)^2", "y + 3"),
        ("a*x + a*y", "a*(x + y)"),
        ("a*b*x + a*b*y + a*c", "a*(c + b*(x + y))"),
        ("x^3 + x^2", "x^2*(1 + x)"),
        ("(x + 1)^2 - x^2 - 2*x - 1", "0"),
        ("sin(2*x) - 2*sin(x)*cos(x)", "0"),
        ("(x + y)*(x - y) - x^2 + y^2", "0"),
        ("cosh(x)^2 - sinh(x)^2", "1"),
        ("exp(log(x^2 + 1))", "x^2 + 1"),
        ("(x^2)^(1/2)", "abs(x)"),
        ("x/(x^2 + 1) + 1/(x^2 + 1)", "(x + 1)/(x^2 + 1)"),
    ] {
        let found = check(text);
        assert_eq!(found, e(expected), "{text} became {found}");
    }
}
