//! What an e-graph knows of real values: facts, an interval, the constant.

use super::language::{Language, Role, Shape};
use crate::facts::Facts;
use crate::number::Number;
use crate::symbol::Symbol;
use crate::term::{Expr, Head, Scalar, Term};
use braid_ir::ScalarOp;

/// What is known of a real value.
#[derive(Clone, PartialEq, Debug)]
pub struct Known {
    /// Possible signs, wholeness, definedness.
    pub facts: Facts,
    /// Bounds, with everything rounded outward.
    pub bounds: (f64, f64),
    /// The value, if it is a constant.
    pub constant: Option<Number>,
}

/// Bounds move at least by this part of their distance, or they stay: else a class that contains itself could move them
/// for ever.
const NARROWING_MIN: f64 = 1.0 / 16.0;

impl Known {
    /// Nothing but the facts.
    pub fn of_facts(facts: Facts) -> Known {
        Known { facts, bounds: bounds_of_signs(facts), constant: None }
    }

    fn of_number(n: &Number) -> Known {
        let value = n.to_f64();
        let exact = Number::from_f64(value).is_some_and(|v| v == *n);
        let bounds = if exact { (value, value) } else { outward((value, value)) };
        Known { facts: Facts::of_number(n), bounds, constant: Some(n.clone()) }
    }

    /// Facts that follow from bounds, and bounds that follow from facts.
    fn settled(mut self) -> Known {
        let (lo, hi) = self.bounds;
        let mut signs = self.facts.signs();
        if lo >= 0.0 {
            signs &= 6;
        }
        if lo > 0.0 {
            signs &= 4;
        }
        if hi <= 0.0 {
            signs &= 3;
        }
        if hi < 0.0 {
            signs &= 1;
        }
        self.facts = Facts::from_bits(self.facts.bits() & !7 | signs);
        let of_signs = bounds_of_signs(self.facts);
        self.bounds = (lo.max(of_signs.0), hi.min(of_signs.1));
        self
    }
}

fn bounds_of_signs(facts: Facts) -> (f64, f64) {
    let lo = if facts.is_nonnegative() { 0.0 } else { f64::NEG_INFINITY };
    let hi = if facts.signs() & 4 == 0 { 0.0 } else { f64::INFINITY };
    if facts.is_bool() { (0.0, 1.0) } else { (lo, hi) }
}

/// One step outward, for results of operations that round.
fn outward((lo, hi): (f64, f64)) -> (f64, f64) {
    (lo.next_down(), hi.next_up())
}

/// Several steps outward, for functions of the system's library.
fn widened((lo, hi): (f64, f64)) -> (f64, f64) {
    let slack = |v: f64| v.abs() * 1e-14 + f64::MIN_POSITIVE;
    (lo - slack(lo), hi + slack(hi))
}

fn add(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    outward((a.0 + b.0, a.1 + b.1))
}

fn mul(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    // An unbounded side times zero is zero here: bounds are of finite values.
    let product = |x: f64, y: f64| if x == 0.0 || y == 0.0 { 0.0 } else { x * y };
    let all = [product(a.0, b.0), product(a.0, b.1), product(a.1, b.0), product(a.1, b.1)];
    let lo = all.iter().copied().fold(f64::INFINITY, f64::min);
    let hi = all.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    // Zero as a bound is exact: a product that is rounded does not change its sign.
    (if lo == 0.0 { 0.0 } else { lo.next_down() }, if hi == 0.0 { 0.0 } else { hi.next_up() })
}

fn power(base: (f64, f64), n: &Number) -> (f64, f64) {
    const ANY: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);
    let Some(n) = n.as_i64().and_then(|n| i32::try_from(n).ok()).filter(|n| n.abs() <= 64) else {
        let at = |v: f64| v.max(0.0).powf(n.to_f64());
        return match n.is_negative() {
            false => {
                let (lo, hi) = widened((at(base.0), at(base.1)));
                (lo.max(0.0), hi)
            }
            true => (0.0, f64::INFINITY),
        };
    };
    if n < 0 {
        return if base.0 > 0.0 || base.1 < 0.0 {
            let inverse = outward((1.0 / base.1, 1.0 / base.0));
            power(inverse, &Number::int(-(n as i64)))
        } else {
            ANY
        };
    }
    let (a, b) = (base.0.powi(n), base.1.powi(n));
    match n {
        0 => (1.0, 1.0),
        1 => base,
        _ if n % 2 == 1 => widened((a, b)),
        _ if base.0 >= 0.0 => {
            let (lo, hi) = widened((a, b));
            (lo.max(0.0), hi)
        }
        _ if base.1 <= 0.0 => {
            let (lo, hi) = widened((b, a));
            (lo.max(0.0), hi)
        }
        _ => (0.0, widened((0.0, a.max(b))).1),
    }
}

/// Bounds of functions that are bounded or monotone.
fn call(op: ScalarOp, args: &[(f64, f64)]) -> (f64, f64) {
    use std::f64::consts::{FRAC_PI_2, PI};
    const ANY: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);
    let Some(&(lo, hi)) = args.first() else {
        return ANY;
    };
    let monotone = |f: fn(f64) -> f64| widened((f(lo), f(hi)));
    match op {
        ScalarOp::Sin | ScalarOp::Cos => (-1.0, 1.0),
        ScalarOp::Tanh | ScalarOp::Erf => (-1.0, 1.0),
        ScalarOp::Asin => widened((-FRAC_PI_2, FRAC_PI_2)),
        ScalarOp::Acos => (0.0, widened((0.0, PI)).1),
        ScalarOp::Atan => widened((-FRAC_PI_2, FRAC_PI_2)),
        ScalarOp::Atan2 => widened((-PI, PI)),
        ScalarOp::Exp => {
            let (lo, hi) = monotone(f64::exp);
            (lo.max(0.0), hi)
        }
        ScalarOp::Expm1 => {
            let (lo, hi) = monotone(f64::exp_m1);
            (lo.max(-1.0), hi)
        }
        ScalarOp::Cosh => (1.0, f64::INFINITY),
        ScalarOp::Log if lo > 0.0 => monotone(f64::ln),
        ScalarOp::Sinh => monotone(f64::sinh),
        ScalarOp::Abs if lo >= 0.0 => (lo, hi),
        ScalarOp::Abs if hi <= 0.0 => (-hi, -lo),
        ScalarOp::Abs => (0.0, hi.max(-lo)),
        ScalarOp::Sign => (-1.0, 1.0),
        ScalarOp::Floor => (lo.floor(), hi.floor()),
        ScalarOp::Ceil => (lo.ceil(), hi.ceil()),
        ScalarOp::Min if args.len() == 2 => (lo.min(args[1].0), hi.min(args[1].1)),
        ScalarOp::Max if args.len() == 2 => (lo.max(args[1].0), hi.max(args[1].1)),
        ScalarOp::Select if args.len() == 3 => (args[1].0.min(args[2].0), args[1].1.max(args[2].1)),
        _ => ANY,
    }
}

/// The constant that a head makes of constants.
fn fold(head: &Head, args: &[&Known]) -> Option<Number> {
    if let Head::Number(n) = head {
        return Some(n.clone());
    }
    if args.is_empty() || matches!(head, Head::Function(_)) {
        return None;
    }
    let args: Option<Vec<Expr>> = args.iter().map(|a| Some(Expr::number(a.constant.clone()?))).collect();
    Expr::make(head, &args?).as_number()
}

/// A power of constants where it is rational.
pub(super) fn constant_power(base: &Number, exponent: &Number) -> Option<Number> {
    Expr::number(base.clone()).pow(exponent.clone()).as_number()
}

impl<T: Scalar> Language for T {
    type Data = Known;

    fn role(head: &Head) -> Role {
        match head {
            Head::Number(n) => Role::Number(n.clone()),
            Head::Op(ScalarOp::Add) => Role::Sum,
            Head::Op(ScalarOp::Mul) => Role::Product,
            Head::Op(ScalarOp::Pow) => Role::Power,
            _ => Role::Plain,
        }
    }

    fn head_of(role: Role) -> Option<Head> {
        match role {
            Role::Number(n) => Some(Head::Number(n)),
            Role::Sum => Some(Head::Op(ScalarOp::Add)),
            Role::Product => Some(Head::Op(ScalarOp::Mul)),
            Role::Power => Some(Head::Op(ScalarOp::Pow)),
            Role::Plain => None,
        }
    }

    fn data(shape: &Shape<&Head, &Known>) -> Known {
        let known = match shape {
            Shape::Plain(head, args) => {
                if let Some(n) = fold(head, args) {
                    return Known::of_number(&n);
                }
                let facts: Vec<Facts> = args.iter().map(|a| a.facts).collect();
                let facts = head.facts(&facts, args.get(1).and_then(|a| a.constant.as_ref()));
                let bounds = match head {
                    Head::Op(op) => {
                        call(*op, &args.iter().map(|a| a.bounds).collect::<Vec<_>>())
                    }
                    Head::Pi => widened((std::f64::consts::PI, std::f64::consts::PI)),
                    _ => (f64::NEG_INFINITY, f64::INFINITY),
                };
                Known { facts, bounds, constant: None }
            }
            Shape::Sum(constant, terms) => {
                let mut sum = Known::of_number(constant);
                for (term, n) in terms {
                    let scale = Known::of_number(n);
                    sum.facts = sum.facts.add(scale.facts.mul(term.facts));
                    sum.bounds = add(sum.bounds, mul(scale.bounds, term.bounds));
                    sum.constant = match (sum.constant, &term.constant) {
                        (Some(sum), Some(c)) => Some(&sum + &(n * c)),
                        _ => None,
                    };
                }
                sum
            }
            Shape::Product(coefficient, factors) => {
                let mut product = Known::of_number(coefficient);
                for (base, n) in factors {
                    product.facts = product.facts.mul(base.facts.pow(Facts::of_number(n), Some(n)));
                    product.bounds = mul(product.bounds, power(base.bounds, n));
                    product.constant = match (product.constant, &base.constant) {
                        (Some(product), Some(c)) => constant_power(c, n).map(|v| &product * &v),
                        _ => None,
                    };
                }
                product
            }
        };
        match &known.constant {
            Some(n) => Known::of_number(n),
            None => known.settled(),
        }
    }

    fn merge(data: &mut Known, other: Known) -> (bool, bool) {
        let signs = data.facts.signs() & other.facts.signs();
        let flags = (data.facts.bits() | other.facts.bits()) & !7;
        let (a, b) = (data.bounds, other.bounds);
        let width = a.1 - a.0;
        let moved = |from: f64, to: f64| {
            from != to && (from.is_infinite() || (from - to).abs() >= NARROWING_MIN * width)
        };
        let lo = if b.0 > a.0 && moved(a.0, b.0) { b.0 } else { a.0 };
        let hi = if b.1 < a.1 && moved(a.1, b.1) { b.1 } else { a.1 };
        let constant = data.constant.clone().or(other.constant.clone());
        let clash = matches!((&data.constant, &other.constant), (Some(a), Some(b)) if a != b);
        let mut merged = Known { facts: Facts::from_bits(signs | flags), bounds: (lo, hi), constant }.settled();
        if clash {
            // Two constants are one: what is_contradictory looks for.
            merged.facts = Facts::from_bits(merged.facts.bits() & !7);
        }
        let changed = (merged != *data, merged != other);
        *data = merged;
        changed
    }

    fn constant(data: &Known) -> Option<&Number> {
        data.constant.as_ref()
    }

    fn is_total(data: &Known) -> bool {
        data.facts.is_total()
    }

    fn facts(data: &Known) -> Facts {
        data.facts
    }

    fn symbol(head: &Head) -> Option<Symbol> {
        match head {
            Head::Symbol(symbol) => Some(*symbol),
            _ => None,
        }
    }

    fn is_strict(head: &Head, argument: usize) -> bool {
        *head != Head::Op(ScalarOp::Select) || argument == 0
    }

    fn is_contradictory(data: &Known) -> bool {
        data.facts.is_total() && (data.facts.signs() == 0 || data.bounds.0 > data.bounds.1)
    }
}
