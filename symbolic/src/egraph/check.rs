//! An independent check of proofs: every step is done again, without an e-graph.
//!
//! A rule's step is made again from the rule's own patterns and what its slots stood for; a native step is checked by
//! multiplying both sides out; and both sides of every step are evaluated at points.

use super::domain::{domain, holds};
use super::proof::{Enclosing, Explanation, Instance, ProofStep};
use super::saturate::PreparedRules;
use crate::algebra::{expand, together};
use crate::number::Number;
use crate::rewrite::{FactsOracle, Truth};
use crate::symbol::Symbol;
use crate::term::walk::{self, TermSet};
use crate::term::{Expr, Kind, Scalar};
use std::collections::BTreeMap;

/// What is wrong with a proof. Steps are counted from 0.
///
/// ```
/// use braid_symbolic::egraph::{Flaw, explain};
/// use braid_symbolic::{Expr, syntax::parse};
/// let mut proof = explain::<Expr>(&parse("exp(a)*exp(b)").unwrap(), &parse("exp(a + b)").unwrap()).unwrap();
/// assert_eq!(proof.check(), Ok(()));
/// proof.from = Expr::var("a");
/// assert_eq!(proof.check(), Err(Flaw::Gap(0)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// A step does not begin where the one before ended, or the last does not end at the goal.
    #[error("step {0} does not follow the one before")]
    Gap(usize),
    /// A step's part is not where it is said to be.
    #[error("step {0} does not fit into its surroundings")]
    Context(usize),
    /// A rule does not make the step.
    #[error("step {0} is no application of its rule")]
    Rule(usize),
    /// A rule's condition does not hold.
    #[error("the condition of the rule of step {0} does not hold")]
    Condition(usize),
    /// The two sides of a native step are not equal when multiplied out.
    #[error("the sides of step {0} differ")]
    Native(usize),
    /// The two sides have different values somewhere, or only one of them is defined.
    #[error("the sides of step {0} have different values")]
    Value(usize),
}

/// Points at which both sides of a step are evaluated.
const POINTS: usize = 12;

/// Sums of more terms are not multiplied out by the check.
const TERMS_MAX: usize = 20_000;

/// Relative difference of floats that rounding explains.
const ROUNDING: f64 = 1e-6;

impl<T: Scalar> Explanation<T> {
    /// Checks every step.
    ///
    /// ```
    /// use braid_symbolic::{Expr, egraph::explain, syntax::parse};
    /// let proof = explain::<Expr>(&parse("sqrt(x^2)").unwrap(), &parse("abs(x)").unwrap()).unwrap();
    /// assert_eq!(proof.check(), Ok(()));
    /// ```
    ///
    /// # Errors
    /// The first flaw.
    pub fn check(&self) -> Result<(), Flaw> {
        let expr = |term: &T| term.convert::<Expr>();
        let mut at = expr(&self.from);
        for (number, step) in self.steps.iter().enumerate() {
            let whole = (expr(&step.whole.0), expr(&step.whole.1));
            if at != whole.0 {
                return Err(Flaw::Gap(number));
            }
            let rebuilt =
                |part: &T| expr(&step.context.iter().fold(part.clone(), |t, e: &Enclosing<T>| e.around(t)));
            if rebuilt(&step.part.0) != whole.0 || rebuilt(&step.part.1) != whole.1 {
                return Err(Flaw::Context(number));
            }
            self.check_step(number, step)?;
            at = whole.1;
        }
        if at == expr(&self.to) { Ok(()) } else { Err(Flaw::Gap(self.steps.len())) }
    }

    fn check_step(&self, number: usize, step: &ProofStep<T>) -> Result<(), Flaw> {
        let sides = if step.backward { (&step.part.1, &step.part.0) } else { (&step.part.0, &step.part.1) };
        let sides = (sides.0.convert::<Expr>(), sides.1.convert::<Expr>());
        match &step.instance {
            Some(instance) => check_rule(number, &self.rules, instance, sides)?,
            None => {
                // First with sums that something is divided by left whole, since those cancel; then with all written out.
                let equal =
                    |whole: &TermSet<Expr>| match (polynomial(sides.0, whole), polynomial(sides.1, whole)) {
                        (Some(a), Some(b)) => a == b,
                        _ => true,
                    };
                if !equal(&divisors(&[sides.0, sides.1]))
                    && !equal(&TermSet::default())
                    && !same_quotient(&sides.0, &sides.1)
                {
                    return Err(Flaw::Native(number));
                }
            }
        }
        if same_values(sides.0, sides.1, &self.assumed.convert::<Expr>()) {
            Ok(())
        } else {
            Err(Flaw::Value(number))
        }
    }
}

/// Whether two terms are one quotient of polynomials, of whatever their parts are.
fn same_quotient(a: &Expr, b: &Expr) -> bool {
    let crossed = || {
        let (a, b) = (together(a).ok()?, together(b).ok()?);
        let (left, right) = (a.numerator * b.denominator, b.numerator * a.denominator);
        Some(expand(&left).ok()? == expand(&right).ok()?)
    };
    crossed().unwrap_or(false)
}

fn check_rule<T: Scalar>(
    number: usize,
    rules: &PreparedRules<T>,
    instance: &Instance<T>,
    sides: (Expr, Expr),
) -> Result<(), Flaw> {
    let Some(prepared) = rules.rules.get(instance.rule) else {
        return Err(Flaw::Rule(number));
    };
    let rule = &prepared.rule;
    let left = rule.left().instantiate(&instance.bindings);
    let right = match (&instance.made, rule.right_pattern()) {
        (Some(made), _) => made.instantiate(&instance.bindings),
        (None, Some(pattern)) => pattern.instantiate(&instance.bindings),
        (None, None) => None,
    };
    let (Some(left), Some(right)) = (left, right) else {
        return Err(Flaw::Rule(number));
    };
    let made = |side: T| instance.frame.around(side).convert::<Expr>();
    if made(left) != sides.0 || made(right) != sides.1 {
        return Err(Flaw::Rule(number));
    }
    // What the e-graph knew in addition shows in the values.
    match rule.condition().truth(&instance.bindings, &FactsOracle) {
        Truth::No => Err(Flaw::Condition(number)),
        Truth::Yes | Truth::Unknown => Ok(()),
    }
}

/// A product of powers: bases that are no sums or products, with their exponents.
type Monomial = Vec<(Expr, Number)>;

/// Bases of powers that are not multiplied out.
fn divisors(terms: &[Expr]) -> TermSet<Expr> {
    let mut found = TermSet::default();
    for term in terms {
        walk::postorder(term, |t| {
            if let Kind::Product(_, factors) = t.kind() {
                let divides = |e: &Expr| e.number_ref().is_none_or(|n| !n.is_integer() || n.is_negative());
                found.extend(factors.iter().filter(|(_, e)| divides(e)).map(|(b, _)| *b));
            }
        });
    }
    found
}

/// The term multiplied out, but for these sums; `None` where that has too many terms.
fn polynomial(term: Expr, whole: &TermSet<Expr>) -> Option<BTreeMap<Monomial, Number>> {
    walk::fold(&term, |term, args: &[Option<BTreeMap<Monomial, Number>>]| {
        let atom = |base: Expr, n: Number| BTreeMap::from([(vec![(base, n)], Number::ONE)]);
        match term.kind() {
            Kind::Sum(..) if whole.contains(term) => Some(atom(*term, Number::ONE)),
            Kind::Number(n) if n.is_zero() => Some(BTreeMap::new()),
            Kind::Number(n) => Some(BTreeMap::from([(Vec::new(), n.clone())])),
            Kind::Sum(..) => {
                let mut sum = BTreeMap::new();
                for arg in args {
                    for (monomial, c) in arg.as_ref()? {
                        let entry = sum.entry(monomial.clone()).or_insert(Number::ZERO);
                        *entry += c;
                    }
                }
                sum.retain(|_, c: &mut Number| !c.is_zero());
                Some(sum)
            }
            Kind::Product(c, factors) if c.is_one() && factors.len() == 1 => {
                let (base, exponent) = &factors[0];
                let n = exponent.number_ref();
                match (n, n.and_then(Number::as_i64)) {
                    (Some(_), Some(n)) if n > 0 && n <= 64 => {
                        let base = args[0].as_ref()?;
                        let mut power = BTreeMap::from([(Vec::new(), Number::ONE)]);
                        for _ in 0..n {
                            power = times(&power, base)?;
                        }
                        Some(power)
                    }
                    (Some(n), _) => match args[0].as_ref()?.iter().collect::<Vec<_>>()[..] {
                        // The power of a single monomial by a whole number.
                        [(monomial, c)] if n.is_integer() => {
                            let c = c.checked_pow(n.as_i64()?)?;
                            let monomial = monomial.iter().map(|(b, e)| (*b, e * n)).collect();
                            Some(BTreeMap::from([(monomial, c)]))
                        }
                        _ => Some(atom(*base, n.clone())),
                    },
                    _ => Some(atom(*term, Number::ONE)),
                }
            }
            Kind::Product(..) => {
                let mut product = BTreeMap::from([(Vec::new(), Number::ONE)]);
                for arg in args {
                    product = times(&product, arg.as_ref()?)?;
                }
                Some(product)
            }
            _ => Some(atom(*term, Number::ONE)),
        }
    })
}

fn times(
    a: &BTreeMap<Monomial, Number>,
    b: &BTreeMap<Monomial, Number>,
) -> Option<BTreeMap<Monomial, Number>> {
    if a.len().saturating_mul(b.len()) > TERMS_MAX {
        return None;
    }
    let mut product: BTreeMap<Monomial, Number> = BTreeMap::new();
    for (x, c) in a {
        for (y, d) in b {
            let mut monomial: Monomial = x.clone();
            for (base, n) in y {
                match monomial.binary_search_by(|entry| entry.0.cmp(base)) {
                    Ok(at) => {
                        monomial[at].1 += n;
                        if monomial[at].1.is_zero() {
                            monomial.remove(at);
                        }
                    }
                    Err(at) => monomial.insert(at, (*base, n.clone())),
                }
            }
            let entry = product.entry(monomial).or_insert(Number::ZERO);
            *entry += &(c * d);
        }
    }
    product.retain(|_, c| !c.is_zero());
    Some(product)
}

/// Whether two terms have the same value, or none, at points where a condition holds.
fn same_values(a: Expr, b: Expr, assumed: &Expr) -> bool {
    let mut symbols = walk::symbols(&a);
    symbols.extend(walk::symbols(&b));
    symbols.sort_unstable();
    symbols.dedup();
    let (in_a, in_b) = (domain(&a), domain(&b));
    let mut state = 0x9e37_79b9_7f4a_7c15u64 ^ a.stable_hash();
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    for _ in 0..POINTS {
        let point: Vec<f64> = symbols.iter().map(|s| sample(*s, &mut random)).collect();
        let at = |s: Symbol| symbols.binary_search(&s).ok().map(|i| point[i]);
        if !holds(assumed, at) && assumed.number_ref().is_none() {
            continue;
        }
        let defined = |conditions: &[Expr]| conditions.iter().all(|c| holds(c, at));
        let (x, y) = (walk::eval(&a, at), walk::eval(&b, at));
        if !x.is_finite() || !y.is_finite() || !defined(&in_a) || !defined(&in_b) {
            // Edges of domains are not hit by random points; overflow says nothing.
            if defined(&in_a) != defined(&in_b) && assumed.number_ref().is_some() {
                return false;
            }
            continue;
        }
        let scale = 1.0f64.max(x.abs()).max(y.abs());
        if (x - y).abs() > ROUNDING * scale {
            return false;
        }
    }
    true
}

/// A value that the assumptions of a symbol allow.
fn sample(symbol: Symbol, random: &mut impl FnMut() -> f64) -> f64 {
    let facts = symbol.facts();
    let mut value = 0.25 + 2.0 * random();
    if facts.is_integer() {
        value = value.ceil();
    }
    if facts.is_bool() {
        return (random() < 0.5) as u8 as f64;
    }
    match (facts.signs() & 1 != 0, facts.signs() & 4 != 0) {
        (true, true) if random() < 0.5 => -value,
        (true, false) => -value,
        (false, false) => 0.0,
        _ => value,
    }
}
