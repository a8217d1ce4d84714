//! What an e-graph knows of real values: facts, an interval, the constant.

use super::language::{Language, Role, Shape};
use crate::facts::Facts;
use crate::interval::{Domain, Interval};
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
        let range = Interval::of_number(n);
        Known { facts: Facts::of_number(n), bounds: (range.lo, range.hi), constant: Some(n.clone()) }
    }

    fn interval(&self) -> Interval {
        let domain = if self.facts.is_total() { Domain::Everywhere } else { Domain::Partly };
        // What is known of both ends may cross where something contradictory was assumed.
        Interval { lo: self.bounds.0.min(self.bounds.1), hi: self.bounds.1.max(self.bounds.0), domain }
    }

    /// With what follows from an interval.
    fn within(mut self, range: Interval) -> Known {
        self.bounds = (range.lo, range.hi);
        self.facts = self.facts.with(Facts::TOTAL.when(range.domain == Domain::Everywhere));
        self
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
                let ranges: Vec<Interval> = args.iter().map(|a| a.interval()).collect();
                let known = Known::of_facts(facts);
                match head {
                    Head::Op(ScalarOp::Pow) => {
                        known.within(ranges[0].pow(ranges[1], args[1].constant.as_ref()))
                    }
                    Head::Op(op) => known.within(Interval::apply(*op, &ranges)),
                    Head::Pi => known.within(Interval::pi()),
                    _ => known,
                }
            }
            Shape::Sum(constant, terms) => {
                let mut sum = Known::of_number(constant);
                let mut range = sum.interval();
                for (term, n) in terms {
                    let scale = Known::of_number(n);
                    sum.facts = sum.facts.add(scale.facts.mul(term.facts));
                    range = range.plus(scale.interval().times(term.interval()));
                    sum.constant = match (sum.constant, &term.constant) {
                        (Some(sum), Some(c)) => Some(&sum + &(n * c)),
                        _ => None,
                    };
                }
                sum.within(range)
            }
            Shape::Product(coefficient, factors) => {
                let mut product = Known::of_number(coefficient);
                let mut range = product.interval();
                for (base, n) in factors {
                    product.facts = product.facts.mul(base.facts.pow(Facts::of_number(n), Some(n)));
                    range = range.times(base.interval().pow(Known::of_number(n).interval(), Some(n)));
                    product.constant = match (product.constant, &base.constant) {
                        (Some(product), Some(c)) => constant_power(c, n).map(|v| &product * &v),
                        _ => None,
                    };
                }
                product.within(range)
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
        let mut merged =
            Known { facts: Facts::from_bits(signs | flags), bounds: (lo, hi), constant }.settled();
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

    fn is_choice(head: &Head) -> bool {
        *head == Head::Op(ScalarOp::Select)
    }

    fn is_contradictory(data: &Known) -> bool {
        data.facts.is_total() && (data.facts.signs() == 0 || data.bounds.0 > data.bounds.1)
    }
}
