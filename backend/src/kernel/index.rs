//! Index terms made simple: quotients and remainders of loop indices resolved by what is known about their ranges.
//!
//! Row-major addresses of reshaped, sliced and transposed reads come out of composition as sums of quotients and
//! remainders. Most are plain affine terms in disguise; a schedule can only use them once they look it.

use braid_ir::term::Node;
use braid_ir::{DType, ScalarOp, Sym, TensorType, Term};
use std::collections::HashMap;

/// What is known about the symbols of a subnet and the loop indices of one nest.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    facts: braid_ir::Facts,
    axes: Vec<Sym>,
}

impl Facts {
    /// Symbols of a subnet are sizes and other integers from the host program. Those that are a dimension of a parameter
    /// are not negative; of the others nothing is known.
    pub fn new(dims: &[Sym], params: &[TensorType]) -> Facts {
        let mut result = Facts::default();
        for &sym in dims {
            if params.iter().any(|ty| ty.shape.contains(&Term::sym(sym))) {
                result.facts.bound(sym, Some(0), None);
            }
        }
        result
    }

    /// With loop indices `0..extents.len()` in their ranges.
    pub fn with_axes(&self, extents: impl IntoIterator<Item = Term>) -> Facts {
        let mut result = self.clone();
        result.axes.clear();
        for (axis, extent) in extents.into_iter().enumerate() {
            // A symbol stands for the index, so that the interval arithmetic of symbols serves indices, too.
            let sym = Sym::named(&format!("#axis {axis}#{extent}"));
            result.facts.bound(sym, Some(0), extent.as_int().map(|e| (e - 1).max(0)));
            result.axes.push(sym);
        }
        result
    }

    /// Bounds of an integer term without loads.
    pub fn range(&self, term: Term) -> (Option<i128>, Option<i128>) {
        self.facts.range(self.named(term))
    }

    /// Whether the integer term lies in `0..limit` whatever the indices are.
    fn within(&self, term: Term, limit: i64) -> bool {
        let (low, high) = self.range(term);
        low.is_some_and(|l| l >= 0) && high.is_some_and(|h| h < i128::from(limit))
    }

    /// Whether a condition holds for all indices: yes, no, or not known.
    pub fn decide(&self, condition: Term) -> Option<bool> {
        self.facts.decide(self.named(condition))
    }

    fn named(&self, term: Term) -> Term {
        term.substitute(&mut |node| match node {
            Node::Axis(axis) => self.axes.get(*axis as usize).map(|&sym| Term::sym(sym)),
            _ => None,
        })
    }

    /// The term with quotients, remainders and conditions resolved as far as the ranges allow. Only integer and `bool`
    /// parts change.
    pub fn simplify(&self, term: Term) -> Term {
        let mut done: HashMap<Term, Term> = HashMap::new();
        for t in term.postorder() {
            let new = match t.node() {
                Node::Apply(op, args) => {
                    let args: Vec<Term> = args.iter().map(|a| done[a]).collect();
                    self.apply(op, &args)
                }
                _ => t,
            };
            done.insert(t, new);
        }
        done[&term]
    }

    fn apply(&self, op: ScalarOp, args: &[Term]) -> Term {
        let integers = args.first().is_some_and(|a| a.dtype() == DType::I64);
        match (op, args.get(1).and_then(|d| d.as_int())) {
            (ScalarOp::FloorDiv, Some(d)) if d > 0 && integers => self.floor_div(args[0], d),
            (ScalarOp::Mod, Some(d)) if d > 0 && integers => self.modulo(args[0], d),
            (ScalarOp::Add, _) if integers => recombine(Term::apply(op, args)),
            (ScalarOp::Min | ScalarOp::Max, _) if integers => {
                let first_is_less = self.decide(args[0].less_equal(args[1]));
                match first_is_less {
                    Some(less) => args[usize::from(less != (op == ScalarOp::Min))],
                    None => Term::apply(op, args),
                }
            }
            _ => {
                let term = Term::apply(op, args);
                if term.dtype() == DType::Bool
                    && integers
                    && op.is_predicate()
                    && let Some(known) = self.decide(term)
                {
                    return Term::constant(braid_ir::Scalar::Bool(known));
                }
                term
            }
        }
    }

    /// `x // d` for a positive number `d`.
    fn floor_div(&self, x: Term, d: i64) -> Term {
        if d == 1 {
            return x;
        }
        if let Node::Apply(ScalarOp::FloorDiv, args) = x.node()
            && let Some(inner) = args[1].as_int()
            && inner > 0
            && let Some(both) = inner.checked_mul(d)
        {
            return self.floor_div(args[0], both);
        }
        let (quotient, rest) = split(x, d);
        if self.within(rest, d) {
            return quotient;
        }
        for step in steps(rest, d) {
            // rest = step*coarse + fine with 0 <= fine < step, so rest // d = coarse // (d / step).
            let (coarse, fine) = split(rest, step);
            if self.within(fine, step) {
                return recombine(quotient + self.floor_div(coarse, d / step));
            }
        }
        recombine(quotient + rest.floor_div(Term::int(d)))
    }

    /// `x % d` for a positive number `d`.
    fn modulo(&self, x: Term, d: i64) -> Term {
        if d == 1 {
            return Term::int(0);
        }
        if let Node::Apply(ScalarOp::Mod, args) = x.node()
            && args[1].as_int().is_some_and(|inner| inner > 0 && inner % d == 0)
        {
            return self.modulo(args[0], d);
        }
        let (_, rest) = split(x, d);
        if self.within(rest, d) {
            return rest;
        }
        for step in steps(rest, d) {
            let (coarse, fine) = split(rest, step);
            if self.within(fine, step) {
                return recombine(Term::int(step) * self.modulo(coarse, d / step) + fine);
            }
        }
        rest.modulo(Term::int(d))
    }
}

/// The summands of a canonical integer term: coefficient and product, the constant as a product of nothing (`None`).
pub fn summands(term: Term) -> Vec<(i64, Option<Term>)> {
    let mut result = Vec::new();
    let mut stack = vec![term];
    while let Some(t) = stack.pop() {
        match t.node() {
            Node::Apply(ScalarOp::Add, args) => stack.extend(args.iter().copied()),
            Node::Apply(ScalarOp::Mul, args) if args[1].as_int().is_some() => {
                result.push((args[1].as_int().unwrap_or(1), Some(args[0])));
            }
            _ => match t.as_int() {
                Some(value) => result.push((value, None)),
                None => result.push((1, Some(t))),
            },
        }
    }
    result
}

fn sum(parts: impl IntoIterator<Item = (i64, Option<Term>)>) -> Term {
    parts.into_iter().fold(Term::int(0), |total, (coefficient, product)| {
        total + product.unwrap_or(Term::int(1)) * Term::int(coefficient)
    })
}

/// `(q, r)` with `x = d*q + r`, where `r` keeps what `d` does not divide.
fn split(x: Term, d: i64) -> (Term, Term) {
    let (mut quotient, mut rest) = (vec![], vec![]);
    for (coefficient, product) in summands(x) {
        let part = if product.is_none() { coefficient.div_euclid(d) } else { coefficient / d };
        if product.is_none() || coefficient % d == 0 {
            quotient.push((part, product));
            rest.push((coefficient - part * d, product));
        } else {
            rest.push((coefficient, product));
        }
    }
    (sum(quotient), sum(rest))
}

/// Numbers that divide `d` and occur as coefficients of the term, largest first.
fn steps(term: Term, d: i64) -> Vec<i64> {
    let mut steps: Vec<i64> = summands(term)
        .into_iter()
        .filter(|(_, product)| product.is_some())
        .map(|(coefficient, _)| coefficient.abs())
        .filter(|&c| c > 1 && c < d && d % c == 0)
        .collect();
    steps.sort_unstable_by(|a, b| b.cmp(a));
    steps.dedup();
    steps
}

/// Joins quotients and remainders of one term that together are the term again.
fn recombine(term: Term) -> Term {
    let mut parts = summands(term);
    'again: loop {
        for i in 0..parts.len() {
            // The fine part `b*(x % m)`; x may itself be a quotient.
            let Some((x, m)) = parts[i].1.and_then(remainder) else { continue };
            for j in 0..parts.len() {
                if i == j || Some(parts[j].0) != parts[i].0.checked_mul(m) {
                    continue;
                }
                let Some(coarse) = parts[j].1 else { continue };
                let joined = if coarse == floor_div_form(x, m) {
                    Some(x)
                } else if let Some((y, n)) = remainder(coarse)
                    && y == floor_div_form(x, m)
                    && let Some(both) = n.checked_mul(m)
                {
                    Some(x.modulo(Term::int(both)))
                } else {
                    None
                };
                if let Some(joined) = joined {
                    let scaled = joined * Term::int(parts[i].0);
                    let rest = parts.iter().enumerate().filter(|(k, _)| *k != i && *k != j).map(|(_, p)| *p);
                    parts = summands(sum(rest) + scaled);
                    continue 'again;
                }
            }
        }
        return sum(parts);
    }
}

/// `x // d` as it stands in simplified terms.
fn floor_div_form(x: Term, d: i64) -> Term {
    match x.node() {
        Node::Apply(ScalarOp::FloorDiv, args) => {
            match args[1].as_int().and_then(|inner| inner.checked_mul(d)) {
                Some(both) => args[0].floor_div(Term::int(both)),
                None => x.floor_div(Term::int(d)),
            }
        }
        _ => x.floor_div(Term::int(d)),
    }
}

fn remainder(term: Term) -> Option<(Term, i64)> {
    match term.node() {
        Node::Apply(ScalarOp::Mod, args) => args[1].as_int().filter(|&m| m > 0).map(|m| (args[0], m)),
        _ => None,
    }
}

/// The row-major address of an element.
pub fn address(index: &[Term], shape: &[Term]) -> Term {
    index.iter().zip(shape).fold(Term::int(0), |at, (&i, &dim)| at * dim + i)
}

/// `term = base + sum of coefficient[axis] * axis`, none of them depending on any of the axes; `None` if it is not so.
pub fn affine(term: Term, axes: usize) -> Option<(Vec<Term>, Term)> {
    let at = |which: Option<usize>| {
        term.substitute(&mut |node| match node {
            Node::Axis(axis) => Some(Term::int(i64::from(Some(*axis as usize) == which))),
            _ => None,
        })
    };
    let base = at(None);
    let coefficients: Vec<Term> = (0..axes).map(|axis| at(Some(axis)) - base).collect();
    let whole = coefficients.iter().enumerate().fold(base, |sum, (axis, &c)| sum + c * Term::axis(axis));
    (whole == term).then_some((coefficients, base))
}

/// Whether the term mentions the loop index.
pub fn mentions(term: Term, axis: usize) -> bool {
    term.postorder().iter().any(|t| matches!(t.node(), Node::Axis(a) if a as usize == axis))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(extents: &[i64]) -> Facts {
        Facts::default().with_axes(extents.iter().map(|&e| Term::int(e)))
    }

    #[test]
    fn a_reshaped_address_is_its_own_address() {
        // x[8, 4, 4] read as [128].
        let i = Term::axis(0);
        let index = [
            i.floor_div(Term::int(16)),
            i.floor_div(Term::int(4)).modulo(Term::int(4)),
            i.modulo(Term::int(4)),
        ];
        let shape = [8, 4, 4].map(|d: i64| Term::int(d));
        assert_eq!(facts(&[128]).simplify(address(&index, &shape)), i);
    }

    #[test]
    fn a_group_of_channels_is_found() {
        // Channel o of 8 in groups of 4, from two axes.
        let (g, o) = (Term::axis(0), Term::axis(1));
        let channel = g * Term::int(4) + o;
        let facts = facts(&[2, 4]);
        assert_eq!(facts.simplify(channel.floor_div(Term::int(4))), g);
        assert_eq!(facts.simplify(channel.modulo(Term::int(4))), o);
    }

    #[test]
    fn every_simplification_keeps_the_value() {
        let extents = [6i64, 4, 5];
        let facts = facts(&extents);
        let [a, b, c] = [0, 1, 2].map(Term::axis);
        let flat = (a * Term::int(4) + b) * Term::int(5) + c;
        for (d, e) in [(2, 3), (5, 4), (20, 6), (10, 2), (4, 5), (3, 7), (15, 8)] {
            let terms = [
                flat.floor_div(Term::int(d)).modulo(Term::int(e)),
                flat.floor_div(Term::int(d)).floor_div(Term::int(e)),
                flat.modulo(Term::int(d * e)).floor_div(Term::int(d)),
                flat.floor_div(Term::int(d)) * Term::int(d) + flat.modulo(Term::int(d)),
                (flat - Term::int(7)).modulo(Term::int(d))
                    + flat.floor_div(Term::int(d)).modulo(Term::int(e)) * Term::int(d),
                (flat - Term::int(7)).floor_div(Term::int(d)).max(Term::int(0)).min(Term::int(e)),
            ];
            for term in terms {
                let simple = facts.simplify(term);
                for point in 0..120i64 {
                    let at = |t: Term| {
                        t.eval(&mut |node| match node {
                            Node::Axis(k) => {
                                let at = [point / 20, point / 5 % 4, point % 5];
                                Some(braid_ir::Scalar::i64(at[*k as usize]))
                            }
                            _ => None,
                        })
                    };
                    assert_eq!(at(term), at(simple), "{term} became {simple}");
                }
            }
        }
    }

    #[test]
    fn affine_terms_have_coefficients() {
        let [a, b] = [0, 1].map(Term::axis);
        let n = Term::sym(Sym::named("n"));
        let (coefficients, base) = affine(a * n + b * Term::int(2) + n - Term::int(1), 2).expect("affine");
        assert_eq!(coefficients, [n, Term::int(2)]);
        assert_eq!(base, n - Term::int(1));
        assert!(affine(a * b, 2).is_none());
        assert!(affine(a.floor_div(Term::int(2)), 2).is_none());
    }
}
