//! What is known about symbols: bounds and equalities, and questions answered from them.

use super::{Node, ScalarOp, Sym, Term};
use std::collections::HashMap;

/// Bounds of symbols and equalities between them. A question that the facts do not decide is answered `None`.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    bounds: HashMap<Sym, (Option<i64>, Option<i64>)>,
    equal: HashMap<Sym, Term>,
    known: HashMap<Term, bool>,
    /// What a difference of symbols, without its constant, is at most.
    gaps: HashMap<Term, i64>,
}

impl Facts {
    /// Records `low <= sym <= high` (each side optional), keeping tighter bounds known before.
    pub fn bound(&mut self, sym: Sym, low: Option<i64>, high: Option<i64>) {
        let entry = self.bounds.entry(sym).or_insert((None, None));
        entry.0 = entry.0.max(low);
        entry.1 = match (entry.1, high) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }

    /// Records that `sym` equals `term` from here on.
    pub fn equate(&mut self, sym: Sym, term: Term) {
        let map = HashMap::from([(sym, term)]);
        for value in self.equal.values_mut() {
            *value = value.subst_syms(&map);
        }
        self.equal.insert(sym, term);
    }

    /// Records that a `bool` term holds or does not, and what follows for single symbols: bounds, and equalities where
    /// bounds meet or an equation can be solved for a symbol.
    pub fn assume(&mut self, condition: Term, holds: bool) {
        let condition = self.normalise(condition);
        self.known.insert(condition, holds);
        let Node::Apply(op, args) = condition.node() else { return };
        match (op, holds) {
            (ScalarOp::Not, _) => self.assume(args[0], !holds),
            (ScalarOp::And, true) | (ScalarOp::Or, false) => args.iter().for_each(|&a| self.assume(a, holds)),
            _ if args.len() != 2 || args[0].dtype() != crate::DType::I64 => {}
            (ScalarOp::Lt, true) => self.assume_at_most(args[0], args[1], -1),
            (ScalarOp::Lt, false) => self.assume_at_most(args[1], args[0], 0),
            (ScalarOp::Le, true) => self.assume_at_most(args[0], args[1], 0),
            (ScalarOp::Le, false) => self.assume_at_most(args[1], args[0], -1),
            (ScalarOp::Eq, true) | (ScalarOp::Ne, false) => self.assume_equal(args[0], args[1]),
            (ScalarOp::Eq, false) | (ScalarOp::Ne, true) => {
                // What is not below and not equal is above: a length that is not 0 is at least 1.
                for (small, large) in [(args[0], args[1]), (args[1], args[0])] {
                    if self.decide(small.less_equal(large)) == Some(true) {
                        self.assume_at_most(small, large, -1);
                    }
                }
            }
            _ => {}
        }
    }

    /// `small <= large + slack`, where the difference is one symbol times a constant plus a constant.
    fn assume_at_most(&mut self, small: Term, large: Term, slack: i64) {
        let Some(difference) = difference(small, large) else { return };
        let Some((sym, factor, rest)) = single_symbol(difference) else {
            if let Some((base, rest)) = without_constant(difference)
                && let Some(limit) = slack.checked_sub(rest)
            {
                let gap = self.gaps.entry(base).or_insert(limit);
                *gap = limit.min(*gap);
            }
            return;
        };
        let Some(limit) = slack.checked_sub(rest) else { return };
        // factor * sym <= limit
        if factor > 0 {
            self.bound(sym, None, Some(limit.div_euclid(factor)));
        } else {
            self.bound(sym, Some(-limit.div_euclid(-factor)), None);
        }
        // Bounds that leave one value decide conditions, but no more: were the symbol replaced by the value, a tensor made
        // here would have another type than one made where the paths have met.
    }

    fn assume_equal(&mut self, a: Term, b: Term) {
        for (from, to) in [(a, b), (b, a)] {
            if let Node::Sym(sym) = from.node()
                && !to.syms().contains(&sym)
            {
                return self.equate(sym, to);
            }
        }
        if let Some((sym, factor, rest)) = difference(a, b).and_then(single_symbol)
            && rest % factor == 0
        {
            self.equate(sym, Term::int(-rest / factor));
        }
    }

    /// What holds on two paths that meet: the facts that both know.
    pub fn common(&self, other: &Facts) -> Facts {
        let hull = |sym: &Sym, (low, high): (Option<i64>, Option<i64>)| {
            let (other_low, other_high) = other.bounds.get(sym).copied().unwrap_or((None, None));
            let low = low.zip(other_low).map(|(a, b)| a.min(b));
            let high = high.zip(other_high).map(|(a, b)| a.max(b));
            (low, high)
        };
        Facts {
            bounds: self.bounds.iter().map(|(sym, &range)| (*sym, hull(sym, range))).collect(),
            equal: self
                .equal
                .iter()
                .filter(|(k, v)| other.equal.get(k) == Some(v))
                .map(|(k, v)| (*k, *v))
                .collect(),
            gaps: self.gaps.iter().filter_map(|(k, v)| Some((*k, *other.gaps.get(k)?.max(v)))).collect(),
            known: self
                .known
                .iter()
                .filter(|(k, v)| other.known.get(k) == Some(v))
                .map(|(k, v)| (*k, *v))
                .collect(),
        }
    }

    /// `term` with every known equality applied.
    pub fn normalise(&self, term: Term) -> Term {
        term.subst_syms(&self.equal)
    }

    /// Whether a `bool` term holds: yes, no, or not known.
    pub fn decide(&self, condition: Term) -> Option<bool> {
        let condition = self.normalise(condition);
        if let Some(value) = condition.as_bool() {
            return Some(value);
        }
        if let Some(&holds) = self.known.get(&condition) {
            return Some(holds);
        }
        let Node::Apply(op, args) = condition.node() else { return None };
        match op {
            ScalarOp::Not => self.decide(args[0]).map(|v| !v),
            ScalarOp::And => match (self.decide(args[0]), self.decide(args[1])) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            ScalarOp::Or => match (self.decide(args[0]), self.decide(args[1])) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            _ if args.len() == 2 && args[0].dtype() == crate::DType::I64 => {
                let difference = Term::try_apply(ScalarOp::Sub, &[args[0], args[1]]).ok()?;
                let (mut low, mut high) = self.range(difference);
                if let Some((base, rest)) = without_constant(difference) {
                    let at_most = |base| self.gaps.get(&base).map(|&gap| i128::from(gap));
                    let least = Term::try_apply(ScalarOp::Sub, &[Term::int(0), base]).ok().and_then(at_most);
                    high = high.into_iter().chain(at_most(base).map(|gap| gap + i128::from(rest))).min();
                    low = low.into_iter().chain(least.map(|gap| i128::from(rest) - gap)).max();
                }
                let below = |limit: i128| high.is_some_and(|h| h <= limit);
                let above = |limit: i128| low.is_some_and(|l| l >= limit);
                let known = |yes: bool, no: bool| {
                    if yes {
                        Some(true)
                    } else if no {
                        Some(false)
                    } else {
                        None
                    }
                };
                match op {
                    ScalarOp::Lt => known(below(-1), above(0)),
                    ScalarOp::Le => known(below(0), above(1)),
                    ScalarOp::Gt => known(above(1), below(0)),
                    ScalarOp::Ge => known(above(0), below(-1)),
                    ScalarOp::Eq => known(below(0) && above(0), below(-1) || above(1)),
                    ScalarOp::Ne => known(below(-1) || above(1), below(0) && above(0)),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Whether two integer terms are equal: yes, no, or not known.
    pub fn equal(&self, a: Term, b: Term) -> Option<bool> {
        self.decide(a.equals(b))
    }

    /// Bounds of an integer term by interval arithmetic.
    pub fn range(&self, term: Term) -> (Option<i128>, Option<i128>) {
        let mut ranges: HashMap<Term, (Option<i128>, Option<i128>)> = HashMap::new();
        for t in term.postorder() {
            let range = match t.node() {
                Node::Const(value) => (Some(value.as_i128()), Some(value.as_i128())),
                Node::Sym(sym) => {
                    let (low, high) = self.bounds.get(&sym).copied().unwrap_or((None, None));
                    (low.map(i128::from), high.map(i128::from))
                }
                Node::Apply(op, args) if args.len() == 2 => {
                    let none = (None, None);
                    let a = ranges.get(&args[0]).copied().unwrap_or(none);
                    let b = ranges.get(&args[1]).copied().unwrap_or(none);
                    interval(op, a, b)
                }
                _ => (None, None),
            };
            ranges.insert(t, range);
        }
        ranges[&term]
    }
}

fn difference(a: Term, b: Term) -> Option<Term> {
    Term::try_apply(ScalarOp::Sub, &[a, b]).ok()
}

/// A term without its constant, and the constant: its value where all symbols are zero.
fn without_constant(term: Term) -> Option<(Term, i64)> {
    let zero: HashMap<Sym, i64> = term.syms().into_iter().map(|sym| (sym, 0)).collect();
    let rest = term.eval_int(&zero).filter(|_| zero.len() > 1)?;
    Some((difference(term, Term::int(rest))?, rest))
}

/// `(sym, factor, rest)` of a term `factor * sym + rest`.
fn single_symbol(term: Term) -> Option<(Sym, i64, i64)> {
    let syms = term.syms();
    let [sym] = syms[..] else { return None };
    let at = |value: i64| term.eval_int(&HashMap::from([(sym, value)]));
    let (rest, one) = (at(0)?, at(1)?);
    let factor = one.checked_sub(rest)?;
    let rebuilt =
        Term::try_apply(ScalarOp::Mul, &[Term::sym(sym), Term::int(factor)]).ok()? + Term::int(rest);
    (factor != 0 && rebuilt == term).then_some((sym, factor, rest))
}

type Interval = (Option<i128>, Option<i128>);

fn interval(op: ScalarOp, a: Interval, b: Interval) -> Interval {
    let both = |x: Option<i128>, y: Option<i128>, f: fn(i128, i128) -> i128| Some(f(x?, y?));
    match op {
        ScalarOp::Add => (both(a.0, b.0, |x, y| x + y), both(a.1, b.1, |x, y| x + y)),
        ScalarOp::Sub => (both(a.0, b.1, |x, y| x - y), both(a.1, b.0, |x, y| x - y)),
        ScalarOp::Min => (
            both(a.0, b.0, i128::min),
            match (a.1, b.1) {
                (Some(x), Some(y)) => Some(x.min(y)),
                (x, y) => x.or(y),
            },
        ),
        ScalarOp::Max => (a.0.max(b.0), both(a.1, b.1, i128::max)),
        ScalarOp::Mul => match (b.0, b.1) {
            // By a constant, or of two nonnegative ranges; anything else is not needed for dimensions.
            (Some(l), Some(h)) if l == h && l >= 0 => (a.0.map(|x| x * l), a.1.map(|x| x * l)),
            (Some(l), Some(h)) if l == h => (a.1.map(|x| x * l), a.0.map(|x| x * l)),
            (Some(l), h) if l >= 0 && a.0.is_some_and(|x| x >= 0) => {
                (a.0.map(|x| x * l), both(a.1, h, |x, y| x * y))
            }
            _ => (None, None),
        },
        ScalarOp::FloorDiv => match (b.0, b.1) {
            (Some(d), Some(h)) if d == h && d > 0 => {
                (a.0.map(|x| super::floor_div(x, d)), a.1.map(|x| super::floor_div(x, d)))
            }
            _ => (None, None),
        },
        ScalarOp::Mod => match (b.0, b.1) {
            (Some(d), Some(h)) if d == h && d > 0 => (Some(0), Some(d - 1)),
            _ => (None, None),
        },
        _ => (None, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_zero_and_not_negative_is_positive() {
        let sym = Sym::named("facts_test_n");
        let n = Term::sym(sym);
        let mut facts = Facts::default();
        facts.assume(n.equals(Term::int(0)), false);
        assert_eq!(facts.decide(Term::int(1).less_equal(n)), None, "it may be negative");
        let mut facts = Facts::default();
        facts.bound(sym, Some(0), None);
        facts.assume(n.equals(Term::int(0)), false);
        assert_eq!(facts.decide(Term::int(1).less_equal(n)), Some(true));
    }
}
