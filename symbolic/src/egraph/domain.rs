//! Where a term is defined, as conditions; and what a condition tells an e-graph.

use super::engine::{ClassId, EGraph};
use super::scalar::Known;
use crate::facts::Facts;
use crate::number::Number;
use crate::ops;
use crate::symbol::Symbol;
use crate::syntax::parse;
use crate::term::walk::{self, TermMap, TermSet};
use crate::term::{Expr, Head, Scalar};
use braid_ir::ScalarOp;

/// Conditions that together hold exactly where a term is defined. One that is itself undefined somewhere does not hold
/// there. Registered functions that are not total are taken to be defined wherever their arguments are.
///
/// ```
/// use braid_symbolic::{Expr, egraph::domain, syntax::parse};
/// let e: Expr = parse("log(x)/y + sqrt(x^2 + 1)").unwrap();
/// let conditions: Vec<String> = domain(&e).iter().map(|c| c.to_string()).collect();
/// assert_eq!(conditions, ["0 < x", "y != 0"]);
/// ```
pub fn domain<T: Scalar>(term: &T) -> Vec<T> {
    // Each subterm's own conditions, without those of its arguments.
    let mut order: Vec<T> = Vec::new();
    let mut seen: TermSet<T> = TermSet::default();
    let mut stack = vec![term.clone()];
    while let Some(term) = stack.pop() {
        if term.facts().is_total() || !seen.insert(term.clone()) {
            continue;
        }
        let args = term.args();
        let strict = if term.head() == Head::Op(ScalarOp::Select) { 1 } else { args.len() };
        stack.extend(args.into_iter().take(strict));
        order.push(term);
    }
    let mut found: Vec<T> = Vec::new();
    let mut distinct: TermSet<T> = TermSet::default();
    for term in order {
        for condition in own_condition(&term) {
            if distinct.insert(condition.clone()) {
                found.push(condition);
            }
        }
    }
    found.sort_by_cached_key(|condition| condition.to_string());
    found
}

/// All conditions as one truth value.
///
/// ```
/// use braid_symbolic::{Expr, egraph::all_of, syntax::parse};
/// let e = |text: &str| parse::<Expr>(text).unwrap();
/// assert_eq!(all_of(&[e("x > 0"), e("y > 0")]), e("x > 0 and y > 0"));
/// assert_eq!(all_of::<Expr>(&[]), e("1"));
/// ```
pub fn all_of<T: Scalar>(conditions: &[T]) -> T {
    match conditions {
        [] => T::number(1),
        [first, rest @ ..] => rest.iter().fold(first.clone(), |all, c| all.binary(ScalarOp::And, c)),
    }
}

/// What an operation itself asks of its arguments, of which some may follow from facts.
fn own_condition<T: Scalar>(term: &T) -> Vec<T> {
    let args = term.args();
    let zero = T::number(0);
    let Head::Op(op) = term.head() else {
        return Vec::new();
    };
    match op {
        ScalarOp::Pow if args[1].as_number().is_some() => {
            let exponent = args[1].as_number().unwrap_or(Number::ONE);
            let (domain, possible) = (Facts::power_domain(&exponent), args[0].facts().signs());
            if possible & !domain == 0 {
                return Vec::new();
            }
            vec![match domain {
                5 => args[0].binary(ScalarOp::Ne, &zero),
                4 => zero.binary(ScalarOp::Lt, &args[0]),
                _ => zero.binary(ScalarOp::Le, &args[0]),
            }]
        }
        ScalarOp::Select => {
            // A branch matters only where it is chosen.
            let branch = |arg: &T| all_of(&domain(arg));
            let (yes, no) = (branch(&args[1]), branch(&args[2]));
            let always = yes.as_number().is_some() && no.as_number().is_some();
            if always { Vec::new() } else { vec![args[0].select(&yes, &no)] }
        }
        _ => {
            let text = ops::spec(op).map_or("", |row| row.domain);
            if text.is_empty() {
                return Vec::new();
            }
            // The table's own text; that it is well formed is tested.
            let Ok(condition) = parse::<T>(text) else {
                return Vec::new();
            };
            let mut values = hashbrown::HashMap::default();
            for (name, arg) in ["a", "b"].into_iter().zip(&args) {
                values.insert(Symbol::real(name), arg.clone());
            }
            let condition = walk::substitute(&condition, &values);
            conjuncts(&condition).into_iter().filter(|c| c.as_number().is_none_or(|n| n.is_zero())).collect()
        }
    }
}

/// The parts of a conjunction.
pub(super) fn conjuncts<T: Scalar>(condition: &T) -> Vec<T> {
    let mut parts = Vec::new();
    let mut stack = vec![condition.clone()];
    while let Some(term) = stack.pop() {
        if term.head() == Head::Op(ScalarOp::And) {
            stack.extend(term.args().into_iter().rev());
        } else {
            parts.push(term);
        }
    }
    parts
}

/// Tells an e-graph that a condition holds, for everything in it.
pub(super) fn assume<T: Scalar>(graph: &mut EGraph<T>, condition: &T, done: &mut TermMap<T, ClassId>) {
    for part in conjuncts(condition) {
        let Head::Op(op) = part.head() else {
            continue;
        };
        let args = part.args();
        let [a, b] = &args[..] else {
            continue;
        };
        // What is compared with a number learns a bound; a difference learns a sign.
        let signs = match op {
            ScalarOp::Lt => Facts::POS,
            ScalarOp::Le => Facts::POS.with(Facts::ZERO),
            ScalarOp::Ne => Facts::POS.with(Facts::NEG),
            ScalarOp::Eq => Facts::ZERO,
            _ => continue,
        };
        learn_sign(graph, &b.minus(a), signs, done);
        learn_sign(graph, &a.minus(b), mirrored(signs), done);
        let bounds = |lo: f64, hi: f64| Known { bounds: (lo, hi), ..Known::of_facts(Facts::REAL) };
        let ordered = matches!(op, ScalarOp::Lt | ScalarOp::Le);
        if ordered && let Some(n) = a.as_number() {
            let class = graph.add_term_in(b, done);
            graph.learn(class, bounds(n.to_f64().next_down(), f64::INFINITY));
        }
        if ordered && let Some(n) = b.as_number() {
            let class = graph.add_term_in(a, done);
            graph.learn(class, bounds(f64::NEG_INFINITY, n.to_f64().next_up()));
        }
    }
}

/// Whether a comparison follows from conditions, as far as signs show it.
pub(super) fn follows<T: Scalar>(condition: &T, from: &[T]) -> bool {
    if from.contains(condition) {
        return true;
    }
    let (Head::Op(op), [a, b]) = (condition.head(), &condition.args()[..]) else {
        return false;
    };
    let allowed = match op {
        ScalarOp::Lt => Facts::POS,
        ScalarOp::Le => Facts::POS.with(Facts::ZERO),
        ScalarOp::Ne => Facts::POS.with(Facts::NEG),
        _ => return false,
    };
    let (mut graph, mut done) = (EGraph::<T>::new(), TermMap::default());
    let difference = graph.add_term_in(&b.minus(a), &mut done);
    graph.rebuild();
    for known in from {
        assume(&mut graph, known, &mut done);
    }
    graph.rebuild();
    graph.signs(graph.find(difference)) & !allowed.signs() == 0
}

fn mirrored(signs: Facts) -> Facts {
    let bits = signs.signs();
    Facts::from_bits(bits & 2 | (bits & 1) << 2 | (bits & 4) >> 2)
}

fn learn_sign<T: Scalar>(graph: &mut EGraph<T>, term: &T, signs: Facts, done: &mut TermMap<T, ClassId>) {
    let class = graph.add_term_in(term, done);
    graph.learn(class, Known::of_facts(signs));
}

/// Whether a condition holds at a point; undefined counts as not.
///
/// ```
/// use braid_symbolic::{Expr, egraph::holds, syntax::parse};
/// let condition: Expr = parse("log(x) < 1").unwrap();
/// assert!(holds(&condition, |_| Some(2.0)));
/// assert!(!holds(&condition, |_| Some(-2.0)));
/// ```
pub fn holds(condition: &Expr, value_of: impl Fn(Symbol) -> Option<f64>) -> bool {
    let value = walk::eval(condition, value_of);
    value != 0.0 && !value.is_nan()
}
