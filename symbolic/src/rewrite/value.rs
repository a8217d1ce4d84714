//! Values at a point, exact where possible: what rules are tested by.

use super::condition::{Truth, View};
use super::pattern::{Pattern, PatternNode};
use crate::facts::Facts;
use crate::interval::{Domain, Interval};
use crate::number::Number;
use crate::symbol::Symbol;
use crate::term::{Head, Scalar, walk};
use crate::{Expr, ops};
use braid_ir::ScalarOp;
use std::fmt;

/// The value of an expression at a point.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// It has none.
    Undefined,
    /// A rational number and a rational multiple of pi.
    Exact(Number, Number),
    /// It lies in the interval.
    Near(Interval),
    /// Nobody can say whether it has one.
    Unsure,
}

/// Whether two values are the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    Agree,
    Differ,
    Unclear,
}

/// Intervals wider than this, relative to their values, are no evidence that two values agree.
const AGREEMENT_WIDTH_MAX: f64 = 1e-6;

impl Value {
    /// A rational number.
    pub fn number(n: impl Into<Number>) -> Value {
        Value::Exact(n.into(), Number::ZERO)
    }

    fn truth(holds: Truth) -> Value {
        match holds {
            Truth::Yes => Value::number(1),
            Truth::No => Value::number(0),
            Truth::Unknown => Value::Near(Interval::new(0.0, 1.0)),
        }
    }

    fn of_interval(range: Interval) -> Value {
        match range.domain {
            Domain::Everywhere => Value::Near(range),
            Domain::Nowhere => Value::Undefined,
            Domain::Partly => Value::Unsure,
        }
    }

    /// An interval around the value; `None` of what has none.
    pub fn interval(&self) -> Option<Interval> {
        match self {
            Value::Exact(a, b) if b.is_zero() => Some(Interval::of_number(a)),
            Value::Exact(a, b) => {
                Some(Interval::of_number(a).plus(Interval::of_number(b).times(Interval::pi())))
            }
            Value::Near(range) => Some(*range),
            Value::Undefined | Value::Unsure => None,
        }
    }

    /// The rational number that it is.
    pub fn rational(&self) -> Option<&Number> {
        match self {
            Value::Exact(a, b) if b.is_zero() => Some(a),
            _ => None,
        }
    }

    /// Possible signs, as bits of [`Facts`]; none of what is undefined.
    pub fn signs(&self) -> u8 {
        match self {
            Value::Undefined => 0,
            Value::Unsure => 7,
            Value::Exact(a, b) if b.is_zero() => Facts::of_number(a).signs(),
            // A rational number is no multiple of pi.
            _ => {
                let signs = self.interval().map_or(7, Interval::signs);
                if matches!(self, Value::Exact(..)) { signs & 5 } else { signs }
            }
        }
    }

    /// Whether it is true.
    fn holds(&self) -> Truth {
        match self.signs() {
            2 => Truth::No,
            signs if signs & 2 == 0 => Truth::Yes,
            _ => Truth::Unknown,
        }
    }

    /// What a predicate may know of the value.
    pub fn view(&self) -> View {
        let number = self.rational().cloned();
        let facts = match self {
            // Whatever is said of values where they are defined holds.
            Value::Undefined => Facts::INTEGER.with(Facts::BOOL),
            Value::Unsure => Facts::REAL,
            _ => {
                let whole = number.as_ref().is_some_and(|n| n.is_integer());
                let truth = number.as_ref().is_some_and(|n| n.is_zero() || n.is_one());
                let signs = Facts::from_bits(self.signs());
                signs.with(Facts::TOTAL).with(Facts::INTEGER.when(whole)).with(Facts::BOOL.when(truth))
            }
        };
        View { facts, number, symbol: None }
    }

    /// Whether both are known and surely not the same: two values, or a value and none.
    pub fn differs(&self, other: &Value) -> bool {
        self.agrees(other) == Verdict::Differ
    }

    pub(super) fn agrees(&self, other: &Value) -> Verdict {
        match (self, other) {
            (Value::Unsure, _) | (_, Value::Unsure) => Verdict::Unclear,
            (Value::Undefined, Value::Undefined) => Verdict::Agree,
            (Value::Undefined, _) | (_, Value::Undefined) => Verdict::Differ,
            (Value::Exact(a, b), Value::Exact(c, d)) => {
                if a == c && b == d {
                    Verdict::Agree
                } else {
                    Verdict::Differ
                }
            }
            _ => {
                let (Some(a), Some(b)) = (self.interval(), other.interval()) else {
                    return Verdict::Unclear;
                };
                let size = 1.0 + a.lo.abs().min(a.hi.abs());
                let narrow = |i: Interval| i.width() <= AGREEMENT_WIDTH_MAX * size;
                if a.hi < b.lo || b.hi < a.lo {
                    Verdict::Differ
                } else if narrow(a) && narrow(b) {
                    Verdict::Agree
                } else {
                    Verdict::Unclear
                }
            }
        }
    }

    fn plus(&self, other: &Value) -> Value {
        match (self, other) {
            (Value::Exact(a, b), Value::Exact(c, d)) => Value::Exact(a + c, b + d),
            _ => self.by_interval(other, Interval::plus),
        }
    }

    fn times(&self, other: &Value) -> Value {
        match (self, other) {
            (Value::Exact(a, b), Value::Exact(c, d)) if b.is_zero() || d.is_zero() => {
                Value::Exact(a * c, &(a * d) + &(b * c))
            }
            _ => self.by_interval(other, Interval::times),
        }
    }

    fn by_interval(&self, other: &Value, f: impl Fn(Interval, Interval) -> Interval) -> Value {
        match (self.interval(), other.interval()) {
            (Some(a), Some(b)) => Value::of_interval(f(a, b)),
            _ => Value::Unsure,
        }
    }

    fn power(&self, exponent: &Value) -> Value {
        let Some(n) = exponent.rational() else {
            // A base that surely is 0 or negative, to what surely is no whole number.
            let irrational = matches!(exponent, Value::Exact(..));
            match (self.signs(), exponent.signs()) {
                (1, _) if irrational => return Value::Undefined,
                (2, 1) => return Value::Undefined,
                (2, 4) => return Value::number(0),
                _ => {}
            }
            if self.rational().is_some_and(Number::is_one) {
                return Value::number(1);
            }
            return self.by_interval(exponent, |a, b| a.pow(b, None));
        };
        if n.is_zero() {
            return Value::number(1);
        }
        if n.is_one() {
            return self.clone();
        }
        let signs = self.signs();
        if signs & Facts::power_domain(n) == 0 {
            return Value::Undefined;
        }
        if let Some(base) = self.rational() {
            let power = Expr::number(base.clone()).power(&Expr::number(n.clone()));
            if let Some(value) = power.as_number() {
                return Value::number(value);
            }
        }
        if signs & !Facts::power_domain(n) != 0 {
            return Value::Unsure;
        }
        // Where it is defined is known better than the interval may show.
        self.by_interval(exponent, |a, b| Interval { domain: Domain::Everywhere, ..a.pow(b, Some(n)) })
    }

    /// The sine of `turns` times pi, where it is rational.
    fn sine_of_pi(turns: &Number) -> Option<Number> {
        let sixths = (turns * &Number::int(6)).as_i64()?.rem_euclid(12);
        match sixths {
            0 | 6 => Some(Number::ZERO),
            1 | 5 => Some(Number::HALF),
            3 => Some(Number::ONE),
            7 | 11 => Some(-Number::HALF),
            9 => Some(Number::MINUS_ONE),
            _ => None,
        }
    }

    /// An operation on values, none of which is undefined.
    fn apply(op: ScalarOp, args: &[Value]) -> Value {
        use ScalarOp::*;
        // What the table gives exactly of rational numbers.
        let rational: Option<Vec<Expr>> =
            args.iter().map(|a| a.rational().map(|n| Expr::number(n.clone()))).collect();
        if let Some(numbers) = rational
            && let Some(value) = Expr::apply(op, &numbers).as_number()
        {
            return Value::number(value);
        }
        match (op, args) {
            (Sin | Cos | Tan, [Value::Exact(zero, turns)]) if zero.is_zero() => {
                let (sine, cosine) = (Value::sine_of_pi(turns), Value::sine_of_pi(&(turns + &Number::HALF)));
                let eighths = (turns * &Number::int(4)).as_i64().map(|n| n.rem_euclid(4));
                match (op, sine, cosine, eighths) {
                    (Sin, Some(value), ..) | (Cos, _, Some(value), _) => return Value::number(value),
                    (Tan, _, Some(cosine), _) if cosine.is_zero() => return Value::Undefined,
                    (Tan, Some(sine), ..) if sine.is_zero() => return Value::number(0),
                    (Tan, .., Some(1)) => return Value::number(1),
                    (Tan, .., Some(3)) => return Value::number(-1),
                    _ => {}
                }
            }
            (Asin | Acos | Atan, [a]) if a.rational().is_some() => {
                let a = a.rational().cloned().unwrap_or(Number::ZERO);
                let part =
                    |n: i64, d: i64| Number::ratio(n, d).map(|turns| Value::Exact(Number::ZERO, turns));
                let (half, sign) = (a.abs() == Number::HALF, a.signum() as i64);
                let value = match op {
                    Asin if a.abs().is_one() => part(sign, 2),
                    Asin if half => part(sign, 6),
                    Acos if a.is_zero() => part(1, 2),
                    Acos if a.is_minus_one() => part(1, 1),
                    Acos if half => part(if sign > 0 { 1 } else { 2 }, 3),
                    Atan if a.abs().is_one() => part(sign, 4),
                    _ => None,
                };
                if let Some(value) = value {
                    return value;
                }
            }
            (Abs, [a]) if a.signs() & 1 == 0 => return a.clone(),
            (Abs, [a]) if a.signs() & 4 == 0 => return a.times(&Value::number(-1)),
            (Sign, [a]) if a.signs().count_ones() == 1 => {
                return Value::number([0, -1, 0, 0, 1][a.signs() as usize]);
            }
            (Lt | Le | Eq | Ne, [a, b]) => {
                let signs = a.plus(&b.times(&Value::number(-1))).signs();
                let holds = |allowed: u8| match (signs & !allowed, signs & allowed) {
                    (0, _) => Truth::Yes,
                    (_, 0) => Truth::No,
                    _ => Truth::Unknown,
                };
                return Value::truth(match op {
                    Lt => holds(1),
                    Le => holds(3),
                    Eq => holds(2),
                    _ => holds(5),
                });
            }
            (Min | Max, [a, b]) => match a.plus(&b.times(&Value::number(-1))).signs() {
                1..=3 => return if op == Min { a.clone() } else { b.clone() },
                4 | 6 => return if op == Min { b.clone() } else { a.clone() },
                _ => {}
            },
            (And, [a, b]) => return Value::truth(a.holds().and(b.holds())),
            (Or, [a, b]) => return Value::truth(a.holds().or(b.holds())),
            (Not, [a]) => return Value::truth(a.holds().negated()),
            (Mod, [_, b]) if b.signs() == 2 => return Value::Undefined,
            _ => {}
        }
        let ranges: Option<Vec<Interval>> = args.iter().map(Value::interval).collect();
        match ranges {
            Some(ranges) => Value::of_interval(Interval::apply(op, &ranges)),
            None => Value::Unsure,
        }
    }

    /// The value of a head on arguments.
    pub fn of_head(head: &Head, args: &[Value], value_of: &dyn Fn(Symbol) -> Value) -> Value {
        if *head == Head::Op(ScalarOp::Select) {
            return match (&args[0], args[0].holds()) {
                (Value::Undefined, _) => Value::Undefined,
                (Value::Unsure, _) => Value::Unsure,
                (_, Truth::Yes) => args[1].clone(),
                (_, Truth::No) => args[2].clone(),
                _ => Value::Unsure,
            };
        }
        if args.contains(&Value::Undefined) {
            return Value::Undefined;
        }
        if args.contains(&Value::Unsure) {
            return Value::Unsure;
        }
        match head {
            Head::Number(n) => Value::number(n.clone()),
            Head::Symbol(symbol) => value_of(*symbol),
            Head::Pi => Value::Exact(Number::ZERO, Number::ONE),
            Head::Op(ScalarOp::Add) => args.iter().fold(Value::number(0), |sum, a| sum.plus(a)),
            Head::Op(ScalarOp::Mul) => args.iter().fold(Value::number(1), |product, a| product.times(a)),
            Head::Op(ScalarOp::Pow) => args[0].power(&args[1]),
            Head::Op(op) => Value::apply(*op, args),
            Head::Function(_) => Value::Unsure,
        }
    }

    /// The value of a term at a point.
    pub fn of_term<T: Scalar>(term: &T, value_of: impl Fn(Symbol) -> Value) -> Value {
        walk::fold(term, |term, args: &[Value]| Value::of_head(&term.head(), args, &value_of))
    }

    /// The value of a pattern whose slots have values; a segment has several.
    pub fn of_pattern(
        pattern: &Pattern<Head>,
        slots: &[Vec<Value>],
        value_of: &dyn Fn(Symbol) -> Value,
    ) -> Value {
        let mut values: Vec<Value> = Vec::with_capacity(pattern.nodes().len());
        for node in pattern.nodes() {
            values.push(match node {
                PatternNode::Slot(slot) => slots[*slot as usize].first().cloned().unwrap_or(Value::Unsure),
                PatternNode::Segment(_) => Value::number(0),
                PatternNode::Apply(head, args) => {
                    let mut operands = Vec::with_capacity(args.len());
                    for &a in args {
                        match pattern.node(a) {
                            PatternNode::Segment(slot) => {
                                operands.extend(slots[*slot as usize].iter().cloned())
                            }
                            _ => operands.push(values[a as usize].clone()),
                        }
                    }
                    Value::of_head(head, &operands, value_of)
                }
            });
        }
        values.pop().unwrap_or(Value::Unsure)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Value::Undefined => f.write_str("undefined"),
            Value::Unsure => f.write_str("unknown"),
            Value::Exact(a, b) if b.is_zero() => write!(f, "{a}"),
            Value::Exact(a, b) => {
                let pi = Expr::pi().times(&Expr::number(b.clone()));
                write!(f, "{}", pi.plus(&Expr::number(a.clone())))
            }
            Value::Near(range) => write!(f, "{}", range.lo / 2.0 + range.hi / 2.0),
        }
    }
}

/// What an expression costs in straight-line code, in CPU cycles, each slot and unknown being free.
pub(super) fn cost(pattern: &Pattern<Head>) -> f64 {
    let cycles = |op: ScalarOp| ops::spec(op).map_or(1.0, |row| row.cycles);
    let mut total = 0.0;
    for node in pattern.nodes() {
        let PatternNode::Apply(Head::Op(op), args) = node else {
            if let PatternNode::Apply(Head::Function(f), _) = node {
                total += f.spec().cycles;
            }
            continue;
        };
        total += match op {
            ScalarOp::Add | ScalarOp::Mul => cycles(*op) * args.len().saturating_sub(1) as f64,
            ScalarOp::Pow => match pattern.node(args[1]) {
                PatternNode::Apply(Head::Number(n), _) => crate::cost::power(n),
                _ => cycles(*op),
            },
            op => cycles(*op),
        };
    }
    total
}
