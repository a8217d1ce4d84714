//! What is assumed of terms, and what follows from it: signs, comparisons, branches.
//!
//! An assumption `a < b` is a bound on `b - a` without its constant, divided by its first coefficient: so `x >= 2` answers
//! `x > 1` and `2*x - 2 > 0`. Bounds of sums come from bounds of the summands. Everything refined is equal to what it was
//! wherever the assumptions hold; elsewhere nothing is said.

use super::AlgebraError;
use crate::facts::Facts;
use crate::number::Number;
use crate::symbol::{Assumptions, Symbol};
use crate::term::walk::{self, TermMap};
use crate::term::{Args, Expr, Head, Kind, Scalar, Term};
use braid_ir::ScalarOp;

/// One end of the values that a term may have.
#[derive(Clone, Debug, PartialEq)]
struct End {
    at: Number,
    /// Whether the end itself is not a value.
    open: bool,
}

/// Between which numbers a term is, where it is defined.
#[derive(Clone, Debug, Default, PartialEq)]
struct Bounds {
    low: Option<End>,
    high: Option<End>,
    /// Whether it is not zero.
    nonzero: bool,
}

impl Bounds {
    fn of_facts(facts: Facts) -> Bounds {
        let zero = || Some(End { at: Number::ZERO, open: facts.is_nonzero() });
        Bounds {
            low: facts.is_nonnegative().then(zero).flatten(),
            high: (facts.signs() & Facts::POS.bits() == 0).then(zero).flatten(),
            nonzero: facts.is_nonzero(),
        }
    }

    fn point(at: &Number) -> Bounds {
        let end = Some(End { at: at.clone(), open: false });
        Bounds { low: end.clone(), high: end, nonzero: !at.is_zero() }
    }

    /// What both say.
    fn and(self, other: &Bounds) -> Bounds {
        let tighter = |a: Option<End>, b: &Option<End>, lower: bool| match (a, b) {
            (Some(a), Some(b)) => {
                let keep_a = if a.at == b.at { a.open || !b.open } else { (a.at > b.at) == lower };
                Some(if keep_a { a } else { b.clone() })
            }
            (a, b) => a.or_else(|| b.clone()),
        };
        Bounds {
            low: tighter(self.low, &other.low, true),
            high: tighter(self.high, &other.high, false),
            nonzero: self.nonzero || other.nonzero,
        }
    }

    fn scaled(self, factor: &Number) -> Bounds {
        let end = |e: Option<End>| e.map(|e| End { at: &e.at * factor, open: e.open });
        let (low, high) = (end(self.low), end(self.high));
        let (low, high) = if factor.is_negative() { (high, low) } else { (low, high) };
        Bounds { low, high, nonzero: self.nonzero && !factor.is_zero() }
    }

    fn plus(self, other: Bounds) -> Bounds {
        let end = |a: Option<End>, b: Option<End>| {
            let (a, b) = (a?, b?);
            Some(End { at: &a.at + &b.at, open: a.open || b.open })
        };
        Bounds { low: end(self.low, other.low), high: end(self.high, other.high), nonzero: false }
    }

    fn is_empty(&self) -> bool {
        match (&self.low, &self.high) {
            (Some(low), Some(high)) => {
                let open = low.open || high.open || low.at.is_zero() && self.nonzero;
                low.at > high.at || low.at == high.at && open
            }
            _ => false,
        }
    }

    /// The signs that are possible.
    fn signs(&self) -> Facts {
        let above = |end: &Option<End>, strict: bool| {
            end.as_ref().is_some_and(|e| e.at.signum() > 0 || e.at.is_zero() && (e.open || !strict))
        };
        let below = |end: &Option<End>, strict: bool| {
            end.as_ref().is_some_and(|e| e.at.signum() < 0 || e.at.is_zero() && (e.open || !strict))
        };
        let zero = !self.nonzero && !above(&self.low, true) && !below(&self.high, true);
        let neg = Facts::NEG.when(!above(&self.low, false));
        neg.with(Facts::POS.when(!below(&self.high, false))).with(Facts::ZERO.when(zero))
    }
}

/// A set of assumptions.
///
/// ```
/// use braid_symbolic::{algebra::Given, syntax::parse, Expr};
/// let e = |text| parse::<Expr>(text).unwrap();
/// let given = Given::new().assume(e("x > 2 and y <= 0")).unwrap();
/// assert_eq!(given.refine(e("sqrt(x^2) + abs(y)")), e("x - y"));
/// assert_eq!(given.refine(e("select(x + 1 > 3, a, b)")), e("a"));
/// assert_eq!(given.decide(e("x < y")), Some(false));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Given {
    bounds: TermMap<Expr, Bounds>,
    /// Truth values that are no comparisons.
    truths: TermMap<Expr, bool>,
}

/// `factor * term`, each summand of a sum multiplied.
fn spread(factor: Number, term: Expr) -> Expr {
    Expr::make(&Head::Op(ScalarOp::Add), &[Expr::int(0), term.times(&Expr::number(factor))])
}

/// `scale * (rest + constant)`, the rest without a constant and with 1 as its first coefficient; `None` of a number.
fn split(term: Expr) -> Option<(Number, Expr, Number)> {
    let (constant, rest) = match term.kind() {
        Kind::Number(_) => return None,
        Kind::Sum(constant, _) => (constant.clone(), term.plus(&Expr::number(-constant))),
        _ => (Number::ZERO, term),
    };
    let scale = match rest.kind() {
        Kind::Sum(_, terms) => terms.first().map(|(_, c)| c.clone()),
        Kind::Product(c, _) => Some(c.clone()),
        _ => None,
    };
    let scale = scale.filter(|c| !c.is_zero()).unwrap_or(Number::ONE);
    let inverse = scale.recip()?;
    Some((scale, spread(inverse.clone(), rest), &constant * &inverse))
}

impl Given {
    /// Nothing.
    ///
    /// ```
    /// use braid_symbolic::Scalar;
    /// use braid_symbolic::{Expr, algebra::Given};
    /// assert_eq!(Given::new().refine(Expr::var("x").abs()).to_string(), "abs(x)");
    /// ```
    pub fn new() -> Given {
        Given::default()
    }

    /// Assumes a condition besides those there are: comparisons, truth values and their negations, joined by `and`. What
    /// contradicts the others, as far as is seen, is an error.
    ///
    /// ```
    /// use braid_symbolic::{Expr, algebra::{AlgebraError, Given}, syntax::parse};
    /// let given = Given::new().assume(parse("x > 1").unwrap()).unwrap();
    /// assert_eq!(given.decide(parse::<Expr>("2*x > 2").unwrap()), Some(true));
    /// assert_eq!(given.assume(parse("x < 0").unwrap()).err(), Some(AlgebraError::Contradiction));
    /// ```
    pub fn assume(mut self, condition: Expr) -> Result<Given, AlgebraError> {
        let mut left = vec![(condition, true)];
        while let Some((condition, holds)) = left.pop() {
            let head = condition.head();
            let args = condition.args();
            match (&head, holds) {
                (Head::Number(n), _) if n.is_zero() == holds => return Err(AlgebraError::Contradiction),
                (Head::Number(_), _) => {}
                (Head::Op(ScalarOp::Not), _) => left.push((args[0], !holds)),
                (Head::Op(ScalarOp::And), true) | (Head::Op(ScalarOp::Or), false) => {
                    left.extend([(args[0], holds), (args[1], holds)]);
                }
                (Head::Op(op), _) if comparison(*op) => self.compare(*op, args[0], args[1], holds)?,
                _ if condition.facts().is_bool() => {
                    if self.truths.insert(condition, holds).is_some_and(|before| before != holds) {
                        return Err(AlgebraError::Contradiction);
                    }
                }
                _ => return Err(AlgebraError::NoCondition(condition.to_string())),
            }
        }
        Ok(self)
    }

    /// Takes `a op b`, or its negation.
    fn compare(&mut self, op: ScalarOp, a: Expr, b: Expr, holds: bool) -> Result<(), AlgebraError> {
        let (op, a, b) = match (op, holds) {
            (_, true) => (op, a, b),
            (ScalarOp::Lt, false) => (ScalarOp::Le, b, a),
            (ScalarOp::Le, false) => (ScalarOp::Lt, b, a),
            (ScalarOp::Eq, false) => (ScalarOp::Ne, a, b),
            (_, false) => (ScalarOp::Eq, a, b),
        };
        let difference = b.minus(&a);
        let Some((scale, rest, constant)) = split(difference) else {
            return match self.decide(a.binary(op, &b)) {
                Some(false) => Err(AlgebraError::Contradiction),
                _ => Ok(()),
            };
        };
        // scale·(rest + constant) is above 0, at least 0, 0, or not 0.
        let end = |open: bool| Some(End { at: -&constant, open });
        let bound = match op {
            ScalarOp::Eq => Bounds::point(&-&constant),
            ScalarOp::Ne if constant.is_zero() => Bounds { nonzero: true, ..Bounds::default() },
            ScalarOp::Ne => {
                self.truths.insert(a.binary(op, &b), true);
                Bounds::default()
            }
            _ if scale.is_negative() => Bounds { high: end(op == ScalarOp::Lt), ..Bounds::default() },
            _ => Bounds { low: end(op == ScalarOp::Lt), ..Bounds::default() },
        };
        let together = self.bounds_of(rest).and(&bound);
        if together.is_empty() {
            return Err(AlgebraError::Contradiction);
        }
        self.bounds.insert(rest, together);
        Ok(())
    }

    /// Between which numbers a term is: as assumed, as its facts say, and as the bounds of its summands say.
    fn bounds_of(&self, term: Expr) -> Bounds {
        let Some((scale, rest, constant)) = split(term) else {
            return term.number_ref().map_or_else(Bounds::default, Bounds::point);
        };
        let single = |term: Expr| {
            let facts = Bounds::of_facts(term.facts());
            self.bounds.get(&term).map_or(facts.clone(), |known| facts.and(known))
        };
        let mut bounds = single(rest);
        if let Kind::Sum(_, terms) = rest.kind() {
            let parts = terms.iter().map(|(t, c)| single(*t).scaled(c));
            bounds = bounds.and(&parts.fold(Bounds::point(&Number::ZERO), Bounds::plus));
        }
        let moved = bounds.plus(Bounds::point(&constant)).scaled(&scale);
        // The constant hides what is known of zero; facts and bounds of the whole do not.
        if constant.is_zero() {
            return Bounds { nonzero: single(rest).nonzero, ..moved };
        }
        moved.and(&Bounds::of_facts(term.facts()))
    }

    /// The signs that a term may have where the assumptions hold.
    ///
    /// ```
    /// use braid_symbolic::{algebra::Given, syntax::parse};
    /// let given = Given::new().assume(parse("x > y").unwrap()).unwrap();
    /// assert!(given.signs(parse("x - y").unwrap()).is_positive());
    /// ```
    pub fn signs(&self, term: Expr) -> Facts {
        Facts::from_bits(self.bounds_of(term).signs().signs() & term.facts().signs())
    }

    /// Whether a condition holds wherever the assumptions do and it is defined; `None` where that does not follow.
    ///
    /// ```
    /// use braid_symbolic::{algebra::Given, syntax::parse};
    /// let given = Given::new().assume(parse("x > 1 and y > 2").unwrap()).unwrap();
    /// assert_eq!(given.decide(parse("x + y > 3").unwrap()), Some(true));
    /// assert_eq!(given.decide(parse("x > y").unwrap()), None);
    /// ```
    pub fn decide(&self, condition: Expr) -> Option<bool> {
        if let Some(n) = condition.number_ref() {
            return Some(!n.is_zero());
        }
        if let Some(&known) = self.truths.get(&condition) {
            return Some(known);
        }
        let args = condition.args();
        let Head::Op(op) = condition.head() else { return None };
        match op {
            ScalarOp::Not => self.decide(args[0]).map(|holds| !holds),
            ScalarOp::And | ScalarOp::Or => {
                let decisive = op == ScalarOp::Or;
                match (self.decide(args[0]), self.decide(args[1])) {
                    (Some(a), _) | (_, Some(a)) if a == decisive => Some(decisive),
                    (Some(_), Some(_)) => Some(!decisive),
                    _ => None,
                }
            }
            _ if comparison(op) => {
                let signs = self.signs(args[1].minus(&args[0]));
                let (never, always) = match op {
                    ScalarOp::Lt => (signs.signs() & 4 == 0, signs.is_positive()),
                    ScalarOp::Le => (signs.is_negative(), signs.is_nonnegative()),
                    ScalarOp::Eq => (signs.is_nonzero(), signs.signs() == 2),
                    _ => (signs.signs() == 2, signs.is_nonzero()),
                };
                if always { Some(true) } else { never.then_some(false) }
            }
            _ => None,
        }
    }

    /// The term made again with what is assumed: comparisons that follow are decided, branches that are not taken go, and
    /// signs simplify what they simplify on construction, as `sqrt(x^2)` to `x`. The result is equal to the term wherever
    /// the assumptions hold.
    ///
    /// ```
    /// use braid_symbolic::{Expr, algebra::Given, syntax::parse};
    /// let given = Given::new().assume(parse("x < 0").unwrap()).unwrap();
    /// assert_eq!(given.refine(parse("abs(x)").unwrap()), parse::<Expr>("-x").unwrap());
    /// ```
    pub fn refine(&self, term: Expr) -> Expr {
        // Terms of known sign are made again with unknowns of that sign in their places.
        let mut places: Vec<(Expr, Symbol)> = Vec::new();
        for (known, bounds) in &self.bounds {
            let signs = bounds.signs().signs() & known.facts().signs();
            if signs == 0 || signs == known.facts().signs() {
                continue;
            }
            let integer = known.facts().bits() & Facts::INTEGER.bits();
            // No text has a name with a NUL, so it is no other unknown of the term.
            let name = format!("\0{}", places.len());
            let bits = |signs: u8| Facts::from_bits(signs | integer | Facts::TOTAL.bits());
            places.push((*known, Symbol::new(&name, Assumptions::of_facts(bits(signs)))));
        }
        let decided = self.decided(term);
        let with: TermMap<Expr, Expr> = places
            .iter()
            .flat_map(|&(known, symbol)| {
                let symbol = Expr::symbol(symbol);
                [(known, symbol), (spread(Number::MINUS_ONE, known), symbol.negated())]
            })
            .collect();
        let signed = walk::replace(&decided, |t| with.get(t).copied());
        let back: TermMap<Expr, Expr> =
            places.iter().map(|&(known, symbol)| (Expr::symbol(symbol), known)).collect();
        walk::fold(&signed, |t, args: &[Expr]| {
            if let Some(&known) = back.get(t) {
                return known;
            }
            if *t.args() == *args {
                return *t;
            }
            // A number times what has become a sum is multiplied in, as it is where sums are added.
            let made = Expr::make(&t.head(), args);
            match made.kind() {
                Kind::Product(c, factors) if factors.len() == 1 && !c.is_one() => match factors[0].0.kind() {
                    Kind::Sum(..) if factors[0].1.number_ref().is_some_and(|n| n.is_one()) => {
                        spread(c.clone(), factors[0].0)
                    }
                    _ => made,
                },
                _ => made,
            }
        })
    }

    /// Comparisons and selections that follow, decided where their operands are defined.
    fn decided(&self, term: Expr) -> Expr {
        walk::fold(&term, |t, args: &[Expr]| {
            let made = if *t.args() == *args { *t } else { Expr::make(&t.head(), args) };
            let Head::Op(op) = made.head() else { return made };
            let args: Args<Expr> = made.args();
            let defined = args.iter().all(|a| a.facts().is_total() || self.bounds.contains_key(a));
            match op {
                _ if comparison(op) && defined => {
                    self.decide(made).map_or(made, |holds| Expr::int(holds as i64))
                }
                ScalarOp::Min | ScalarOp::Max if defined => {
                    let least = if op == ScalarOp::Min { args[0] } else { args[1] };
                    let most = if op == ScalarOp::Min { args[1] } else { args[0] };
                    match self.decide(least.binary(ScalarOp::Le, &most)) {
                        Some(true) => args[0],
                        Some(false) => args[1],
                        None => made,
                    }
                }
                _ => self.truths.get(&made).map_or(made, |&holds| Expr::int(holds as i64)),
            }
        })
    }
}

fn comparison(op: ScalarOp) -> bool {
    matches!(op, ScalarOp::Lt | ScalarOp::Le | ScalarOp::Eq | ScalarOp::Ne)
}

/// The value of the first condition that holds, else the last: nested selections.
///
/// ```
/// use braid_symbolic::{algebra::piecewise, syntax::parse, Expr};
/// let e = |text| parse::<Expr>(text).unwrap();
/// let ramp = piecewise(&[(e("x < 0"), e("0")), (e("x < 1"), e("x"))], &e("1"));
/// assert_eq!(ramp, e("select(x < 0, 0, select(x < 1, x, 1))"));
/// ```
pub fn piecewise<T: Scalar>(cases: &[(T, T)], otherwise: &T) -> T {
    cases.iter().rev().fold(otherwise.clone(), |rest, (condition, value)| condition.select(value, &rest))
}

/// Like [`piecewise`], defined nowhere but where a condition holds.
///
/// ```
/// use braid_symbolic::{Expr, algebra::piecewise_partial, precise, syntax::parse};
/// let e = |text: &str| parse::<Expr>(text).unwrap();
/// let f = piecewise_partial(&[(e("x < 0"), e("-1")), (e("x > 0"), e("1"))]);
/// assert_eq!(precise::eval(&f, |_| Some(3.0)), Some(1.0));
/// assert_eq!(precise::eval(&f, |_| Some(0.0)), None);
/// ```
pub fn piecewise_partial<T: Scalar>(cases: &[(T, T)]) -> T {
    piecewise(cases, &T::number(0).pow(Number::MINUS_ONE))
}
