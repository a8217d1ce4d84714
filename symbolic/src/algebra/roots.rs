//! Roots of polynomials: by radicals to degree 4, else isolated.
//!
//! Polynomials are factored first, so multiplicities are exact and no factor of degree 3 or 4 with numbers as coefficients
//! has a double root. Three real roots of a cubic (*casus irreducibilis*) are written by cosines, since radicals of real
//! numbers cannot.

use super::bridge::Generators;
use super::polynomial::variable;
use super::rational::ratio;
use super::{AlgebraError, all_of, nonzero};
use crate::number::Number;
use crate::poly::Poly;
use crate::symbol::Symbol;
use crate::term::walk;
use crate::term::{Head, Scalar};
use braid_ir::ScalarOp;

/// A root, or a pair of them.
///
/// ```
/// use braid_symbolic::{Expr, Symbol, algebra::{RootValue, solve_polynomial}, syntax::parse};
/// let value = |text: &str| {
///     let term: Expr = parse(text).unwrap();
///     solve_polynomial(&term, Symbol::real("x")).unwrap().roots[0].value.clone()
/// };
/// assert_eq!(value("x - 2"), RootValue::Real(Expr::int(2)));
/// assert_eq!(value("x^2 + 1"), RootValue::Pair { re: Expr::int(0), im: Expr::int(1) });
/// assert!(matches!(value("x^5 - x - 1"), RootValue::Isolated { .. }));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum RootValue<T> {
    /// A real root.
    Real(T),
    /// The pair `re ± im·i`.
    Pair {
        /// The real part.
        re: T,
        /// The imaginary part, above zero.
        im: T,
    },
    /// The only real root above `lower` and not above `upper`, of a factor without a formula.
    Isolated {
        /// Less than the root.
        lower: Number,
        /// The root or more.
        upper: Number,
    },
}

/// A root of a polynomial.
///
/// ```
/// use braid_symbolic::{Expr, Symbol, algebra::solve_polynomial, syntax::parse};
/// let roots = solve_polynomial(&parse::<Expr>("(x - 1)^3").unwrap(), Symbol::real("x")).unwrap().roots;
/// assert_eq!((roots.len(), roots[0].multiplicity), (1, 3));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Root<T> {
    /// What it is.
    pub value: RootValue<T>,
    /// How often it occurs.
    pub multiplicity: u32,
    /// When it is one.
    pub condition: T,
}

/// The roots of a polynomial.
///
/// ```
/// use braid_symbolic::{Expr, Symbol, algebra::solve_polynomial, syntax::parse};
/// let roots = solve_polynomial(&parse::<Expr>("x^5 - x - 1").unwrap(), Symbol::real("x")).unwrap();
/// assert_eq!((roots.roots.len(), roots.unlisted), (1, 4)); // one real root is isolated, the others are not listed
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Roots<T> {
    /// The roots; those of polynomials with numbers as coefficients are sorted, real ones first.
    pub roots: Vec<Root<T>>,
    /// When these are the roots: the part of the polynomial without the unknown is not zero, nor what the term divides by.
    pub condition: T,
    /// How many roots, real or not, of factors without a formula are not listed.
    pub unlisted: u32,
}

impl<T: Scalar> Roots<T> {
    /// The real roots that have a formula.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Symbol, algebra::solve_polynomial, syntax::parse};
    /// let roots = solve_polynomial(&parse::<Expr>("(x^2 - 4)*(x^2 + 1)").unwrap(), Symbol::real("x")).unwrap();
    /// assert_eq!(roots.real(), [-2, 2].map(Expr::int));
    /// ```
    pub fn real(&self) -> Vec<T> {
        let real = |root: &Root<T>| match &root.value {
            RootValue::Real(value) => Some(value.clone()),
            _ => None,
        };
        self.roots.iter().filter_map(real).collect()
    }
}

/// The roots of a term, or of an equation `left == right`, in an unknown.
///
/// Factors are solved to degree 4, those with other unknowns with conditions that say which formula holds. Of longer factors
/// with numbers as coefficients the real roots are isolated.
///
/// ```
/// use braid_symbolic::{algebra::solve_polynomial, syntax::parse, Expr, Symbol};
/// let r = solve_polynomial(&parse::<Expr>("x^3 - 2*x^2 + x").unwrap(), Symbol::real("x")).unwrap();
/// assert_eq!(r.real(), [Expr::int(0), Expr::int(1)]);
/// assert_eq!(r.roots[1].multiplicity, 2);
/// ```
pub fn solve_polynomial<T: Scalar>(term: &T, unknown: Symbol) -> Result<Roots<T>, AlgebraError> {
    let term = match term.head() {
        Head::Op(ScalarOp::Eq) => term.args()[0].minus(&term.args()[1]),
        _ => term.clone(),
    };
    let mut generators = Generators::new();
    let mut divisors = Vec::new();
    let whole = ratio(&mut generators, &term, &mut divisors)?;
    let var = variable(&mut generators, unknown)?;
    if whole.num.is_zero() {
        return Err(AlgebraError::Identity(unknown));
    }
    let mut conditions: Vec<T> = Vec::new();
    for divisor in divisors.iter().filter(|d| d.as_constant().is_none() && d.degree(var) == 0) {
        conditions.push(nonzero(&generators.term(divisor)));
    }
    let excluded: Vec<Poly> = divisors.into_iter().filter(|d| d.degree(var) > 0).collect();
    let mut roots = Roots { roots: Vec::new(), condition: T::number(1), unlisted: 0 };
    for factor in whole.num.factor()?.factors {
        let degree = factor.poly.degree(var);
        if degree == 0 {
            conditions.push(nonzero(&generators.term(&factor.poly)));
            continue;
        }
        // Where the term divided by this factor before it was cancelled, it is undefined at the factor's roots.
        if excluded.iter().any(|d| d.div_exact(&factor.poly).is_ok_and(|q| q.is_some())) {
            continue;
        }
        let numeric = factor.poly.variables() == [var];
        let c: Vec<T> = (0..=degree).map(|n| generators.term(&factor.poly.coefficient(var, n))).collect();
        let found: Vec<(RootValue<T>, T)> = match degree {
            1 => vec![(RootValue::Real(c[0].negated().over(&c[1])), nonzero(&c[1]))],
            2 => quadratic(&c),
            3 => cubic(&c),
            4 if numeric => quartic(&factor.poly, var)?.unwrap_or_default(),
            4 => quartic_with_parameters(&c),
            _ => Vec::new(),
        };
        let mut listed: u32 = 0;
        for (value, condition) in found {
            // What is decided already.
            if condition.as_number().is_some_and(|n| n.is_zero()) {
                continue;
            }
            listed += if matches!(value, RootValue::Pair { .. }) { 2 } else { 1 };
            roots.roots.push(Root { value, multiplicity: factor.multiplicity, condition });
        }
        if listed == 0 && numeric {
            for root in factor.poly.real_roots(var)? {
                listed += 1;
                let value = RootValue::Isolated { lower: root.lower, upper: root.upper };
                roots.roots.push(Root { value, multiplicity: factor.multiplicity, condition: T::number(1) });
            }
        }
        roots.unlisted += degree.saturating_sub(listed) * factor.multiplicity;
    }
    let key = |root: &Root<T>| match &root.value {
        RootValue::Real(value) => (0, number_value(value)),
        RootValue::Isolated { lower, .. } => (0, lower.to_f64()),
        RootValue::Pair { re, .. } => (1, number_value(re)),
    };
    roots.roots.sort_by(|a, b| {
        let (a, b) = (key(a), key(b));
        a.0.cmp(&b.0).then(a.1.partial_cmp(&b.1).unwrap_or(std::cmp::Ordering::Equal))
    });
    roots.condition = all_of(conditions);
    Ok(roots)
}

/// The value of a term without unknowns, NaN for others.
fn number_value<T: Scalar>(term: &T) -> f64 {
    walk::eval(term, |_| None)
}

/// Square factors up to this are taken out of roots.
const SQUARES_MAX: i64 = 1000;

/// The square root, squares of numbers taken out.
fn root<T: Scalar>(term: &T) -> T {
    let Some(n) = term.as_number() else { return term.sqrt() };
    if let Some(root) = n.exact_root(2) {
        return T::number(root);
    }
    // p/q = p·q/q².
    let product = Number::from_bigint(n.numerator() * n.denominator());
    let den = Number::from_bigint(n.denominator());
    let (Some(mut left), Some(outside)) = (product.as_i64(), den.recip()) else { return term.sqrt() };
    let (mut factor, mut p) = (1i64, 2i64);
    while p <= SQUARES_MAX && p * p <= left {
        while left % (p * p) == 0 {
            left /= p * p;
            factor *= p;
        }
        p += 1;
    }
    let outside = &outside * &Number::int(factor);
    T::number(outside).times(&T::number(left).sqrt())
}

fn number<T: Scalar>(numerator: i64, denominator: i64) -> T {
    T::number(Number::ratio(numerator, denominator).unwrap_or(Number::ZERO))
}

/// `left < right`, decided where both are numbers.
fn less<T: Scalar>(left: &T, right: &T) -> T {
    match (left.as_number(), right.as_number()) {
        (Some(a), Some(b)) => T::number((a < b) as i64),
        _ => left.binary(ScalarOp::Lt, right),
    }
}

/// In the smallest form, the generators known to be polynomials of numbers become numbers.
fn folded<T: Scalar>(term: T) -> T {
    let mut generators = Generators::new();
    match generators.poly(&term) {
        Ok(poly) => generators.term_in_domain(&poly),
        Err(_) => term,
    }
}

fn quadratic<T: Scalar>(c: &[T]) -> Vec<(RootValue<T>, T)> {
    let discriminant = folded(c[1].times(&c[1]).minus(&T::number(4).times(&c[2]).times(&c[0])));
    let lead = nonzero(&c[2]);
    let twice = folded(T::number(2).times(&c[2]));
    let middle = folded(c[1].negated()).over(&twice);
    let half = |root: T| root.over(&twice);
    let zero = T::number(0);
    let negative = less(&discriminant, &zero);
    let not_negative = match negative.as_number() {
        Some(n) => T::number(n.is_zero() as i64),
        None => zero.binary(ScalarOp::Le, &discriminant),
    };
    let root_of = half(root(&discriminant));
    let size = half(root(&folded(discriminant.negated())));
    let (real, pair) = (all_of([lead.clone(), not_negative]), all_of([lead, negative]));
    vec![
        (RootValue::Real(middle.minus(&root_of)), real.clone()),
        (RootValue::Real(middle.plus(&root_of)), real),
        (RootValue::Pair { re: middle, im: size.abs() }, pair),
    ]
}

/// The real cube root, of a term of any sign.
fn cube_root<T: Scalar>(term: &T) -> T {
    match term.as_number() {
        Some(n) if n.is_negative() => T::number(n.abs()).pow(third()).negated(),
        Some(n) => T::number(n).pow(third()),
        None if term.facts().is_nonnegative() => term.pow(third()),
        None => term.sign().times(&term.abs().pow(third())),
    }
}

fn third() -> Number {
    Number::ratio(1, 3).unwrap_or(Number::ONE)
}

fn cubic<T: Scalar>(c: &[T]) -> Vec<(RootValue<T>, T)> {
    // x = t - b/(3a) gives t³ + p·t + q.
    let a = &c[3];
    let shift = c[2].over(&T::number(3).times(a));
    let p = folded(c[1].over(a).minus(&T::number(3).times(&shift).times(&shift)));
    let q = folded(T::number(2).times(&shift.pow(3)).minus(&shift.times(&c[1]).over(a)).plus(&c[0].over(a)));
    let quarter = folded(q.times(&q).times(&number(1, 4)).plus(&p.pow(3).times(&number(1, 27))));
    let lead = nonzero(a);
    let zero = T::number(0);
    let (three, one) = (less(&quarter, &zero), less(&zero, &quarter));
    let back = |t: T| t.minus(&shift);
    let mut found = Vec::new();
    // Three real roots: p is negative.
    if three.as_number().is_none_or(|n| !n.is_zero()) {
        let size = T::number(2).times(&root(&folded(p.times(&number(-1, 3)))));
        let cosine =
            T::number(3).times(&q).over(&T::number(2).times(&p)).times(&root(&T::number(-3).over(&p)));
        let angle = cosine.acos().times(&number(1, 3));
        for k in 0..3 {
            let turned = angle.minus(&T::pi().times(&number(2 * k, 3)));
            found.push((
                RootValue::Real(back(size.times(&turned.cos()))),
                all_of([lead.clone(), three.clone()]),
            ));
        }
    }
    if one.as_number().is_none_or(|n| !n.is_zero()) {
        let (u, v) = if p.as_number().is_some_and(|n| n.is_zero()) {
            (cube_root(&folded(q.negated())), T::number(0))
        } else {
            // Of the two cube roots the one without cancellation; the other is -p/(3u).
            let half = folded(q.times(&number(-1, 2)));
            let root = root(&quarter);
            let u = match half.as_number() {
                Some(n) if n.is_negative() => root.minus(&half).pow(third()).negated(),
                Some(_) => half.plus(&root).pow(third()),
                None => {
                    let sign = less(&half, &T::number(0)).select(&T::number(-1), &T::number(1));
                    sign.times(&half.abs().plus(&root).pow(third()))
                }
            };
            let v = p.negated().over(&T::number(3).times(&u));
            (u, v)
        };
        let condition = all_of([lead.clone(), one]);
        let sum = u.plus(&v);
        found.push((RootValue::Real(back(sum.clone())), condition.clone()));
        let re = back(sum.times(&number(-1, 2)));
        let im = T::number(3).sqrt().times(&number(1, 2)).times(&u.minus(&v).abs());
        found.push((RootValue::Pair { re, im }, condition));
    }
    // Both formulas exclude double roots, which factors with numbers as coefficients do not have.
    if quarter.as_number().is_none() {
        let double = quarter.binary(ScalarOp::Eq, &zero);
        let simple = T::number(-2).times(&cube_root(&folded(q.times(&number(1, 2)))));
        let twice = cube_root(&folded(q.times(&number(1, 2))));
        found.push((RootValue::Real(back(simple)), all_of([lead.clone(), double.clone()])));
        found.push((RootValue::Real(back(twice)), all_of([lead, double])));
    }
    found
}

/// The largest real root of a cubic with parameters.
fn largest_root<T: Scalar>(c: &[T]) -> Option<T> {
    let real = |(value, condition): (RootValue<T>, T)| match value {
        RootValue::Real(value) => Some((value, condition)),
        _ => None,
    };
    let real: Vec<(T, T)> = cubic(c).into_iter().filter_map(real).collect();
    let mut largest: Option<T> = None;
    // Roots of one formula stand together, and the conditions of the formulas exclude each other.
    for formula in real.chunk_by(|a, b| a.1 == b.1).rev() {
        let value = match formula {
            // Of three the first is the largest: its cosine is that of an angle below 60°.
            [first, _, _] => first.0.clone(),
            [first, rest @ ..] => rest.iter().fold(first.0.clone(), |m, (v, _)| m.binary(ScalarOp::Max, v)),
            [] => continue,
        };
        largest = Some(largest.map_or(value.clone(), |others| formula[0].1.select(&value, &others)));
    }
    largest
}

/// `middle ± √inner`, where a condition holds: two real roots, or a pair.
fn around<T: Scalar>(middle: T, inner: T, condition: T) -> [(RootValue<T>, T); 3] {
    let zero = T::number(0);
    let (root, im) = (inner.sqrt(), inner.negated().sqrt());
    let real = all_of([condition.clone(), zero.binary(ScalarOp::Le, &inner)]);
    [
        (RootValue::Real(middle.minus(&root)), real.clone()),
        (RootValue::Real(middle.plus(&root)), real),
        (RootValue::Pair { re: middle, im }, all_of([condition, less(&inner, &zero)])),
    ]
}

/// The roots of a quartic with parameters (Ferrari), by conditions.
fn quartic_with_parameters<T: Scalar>(c: &[T]) -> Vec<(RootValue<T>, T)> {
    let (lead, zero) = (nonzero(&c[4]), T::number(0));
    let [d, c, b, a] = [0, 1, 2, 3].map(|n| c[n].over(&c[4]));
    // x = y - a/4 gives y⁴ + p·y² + q·y + r.
    let a2 = a.times(&a);
    let p = folded(b.minus(&a2.times(&number(3, 8))));
    let q = folded(c.minus(&a.times(&b).times(&number(1, 2))).plus(&a2.times(&a).times(&number(1, 8))));
    let r = d.minus(&a.times(&c).times(&number(1, 4))).plus(&a2.times(&b).times(&number(1, 16)));
    let r = folded(r.minus(&a2.times(&a2).times(&number(3, 256))));
    let shift = a.times(&number(1, 4));
    let mut found: Vec<(RootValue<T>, T)> = Vec::new();
    let (even, odd) = match q.as_number() {
        Some(n) => (T::number(n.is_zero() as i64), T::number(!n.is_zero() as i64)),
        None => (q.binary(ScalarOp::Eq, &zero), q.binary(ScalarOp::Ne, &zero)),
    };
    let never = |condition: &T| condition.as_number().is_some_and(|n| n.is_zero());
    if !never(&even) {
        // y² = (-p ± √(p² - 4r))/2; where that is no real number, y⁴ + p·y² + r is (y² + √r)² - (2√r - p)·y².
        let discriminant = folded(p.times(&p).minus(&T::number(4).times(&r)));
        let condition = all_of([lead.clone(), even.clone(), zero.binary(ScalarOp::Le, &discriminant)]);
        let spread = root(&discriminant);
        for sign in [-1, 1] {
            let square = T::number(sign).times(&spread).minus(&p).times(&number(1, 2));
            found.extend(around(shift.negated(), square, condition.clone()));
        }
        let twice = T::number(2).times(&root(&r));
        let (re, im) =
            (twice.minus(&p).sqrt().times(&number(1, 2)), twice.plus(&p).sqrt().times(&number(1, 2)));
        let condition = all_of([lead.clone(), even, less(&discriminant, &zero)]);
        for sign in [-1, 1] {
            let re = T::number(sign).times(&re).minus(&shift);
            found.push((RootValue::Pair { re, im: im.clone() }, condition.clone()));
        }
    }
    if never(&odd) {
        return found;
    }
    // 8m³ + 8p·m² + (2p² - 8r)·m - q² is below zero at 0: its largest root is above.
    let resolvent = [
        folded(q.times(&q).negated()),
        folded(T::number(2).times(&p).times(&p).minus(&T::number(8).times(&r))),
        T::number(8).times(&p),
        T::number(8),
    ];
    let Some(m) = largest_root(&resolvent) else { return Vec::new() };
    let step = T::number(2).times(&m).sqrt();
    for sign in [-1, 1] {
        let tilt = T::number(2 * sign).times(&q).over(&step);
        let inner = T::number(2).times(&p.plus(&m)).plus(&tilt).times(&number(-1, 4));
        let middle = T::number(sign).times(&step).times(&number(1, 2)).minus(&shift);
        found.extend(around(middle, inner, all_of([lead.clone(), odd.clone()])));
    }
    found
}

/// Below this, relative to its parts, the sign of a computed number is not trusted.
const SIGN_TRUSTED: f64 = 1e-9;

/// The roots of an irreducible quartic with numbers as coefficients (Ferrari); `None` where a sign could not be told.
fn quartic<T: Scalar>(poly: &Poly, var: usize) -> Result<Option<Vec<(RootValue<T>, T)>>, AlgebraError> {
    let coefficient = |n: u32| poly.coefficient(var, n).as_constant().unwrap_or(Number::ZERO);
    let Some(unit) = coefficient(4).recip() else { return Ok(None) };
    let [d, c, b, a] = [0, 1, 2, 3].map(|n| &coefficient(n) * &unit);
    let int = Number::int;
    let ratio = |n, d| Number::ratio(n, d).unwrap_or(Number::ZERO);
    let a2 = &a * &a;
    // x = y - a/4 gives y⁴ + p·y² + q·y + r.
    let p = &b - &(&a2 * &ratio(3, 8));
    let q = &(&c - &(&(&a * &b) * &Number::HALF)) + &(&(&a2 * &a) * &ratio(1, 8));
    let r = &(&(&d - &(&(&a * &c) * &ratio(1, 4))) + &(&(&a2 * &b) * &ratio(1, 16)))
        - &(&(&a2 * &a2) * &ratio(3, 256));
    let shift = T::number(&a * &ratio(1, 4));
    let certain = T::number(1);
    let mut found: Vec<(RootValue<T>, T)> = Vec::new();
    let real_count = poly.real_roots(var)?.len();
    // ±√inner around a middle, by the sign of what is below the root.
    let mut both = |middle: T, inner: T, scale: f64| -> bool {
        let value = number_value(&inner);
        if value.is_nan() || value.abs() <= SIGN_TRUSTED * scale {
            return false;
        }
        if value > 0.0 {
            let root = inner.sqrt();
            found.push((RootValue::Real(middle.minus(&root)), certain.clone()));
            found.push((RootValue::Real(middle.plus(&root)), certain.clone()));
        } else {
            let im = inner.negated().sqrt();
            found.push((RootValue::Pair { re: middle, im }, certain.clone()));
        }
        true
    };
    let discriminant = &(&p * &p) - &(&int(4) * &r);
    if q.is_zero() && !discriminant.is_negative() {
        // y² = (-p ± √(p² - 4r))/2
        let spread = root(&T::number(discriminant));
        let scale = p.to_f64().abs() + number_value(&spread).abs();
        for sign in [-1, 1] {
            let square =
                T::number(-p.clone()).plus(&T::number(sign).times(&spread)).times(&T::number(Number::HALF));
            if !both(shift.negated(), square, scale) {
                return Ok(None);
            }
        }
    } else {
        // 8m³ + 8p·m² + (2p² - 8r)·m - q² has a root above zero.
        let m = Poly::from_terms(
            1,
            [
                ([3u32], int(8)),
                ([2], &int(8) * &p),
                ([1], &(&int(2) * &(&p * &p)) - &(&int(8) * &r)),
                ([0], -(&q * &q)),
            ],
        )?;
        let symbol = T::symbol(Symbol::real("m"));
        let resolvent = T::polynomial(&[symbol], m.terms());
        let candidates = solve_polynomial(&resolvent, Symbol::real("m"))?.real();
        let best = candidates.into_iter().map(|m| (number_value(&m), m));
        let Some((value, m)) = best.filter(|(v, _)| *v > 0.0).max_by(|a, b| a.0.total_cmp(&b.0)) else {
            return Ok(None);
        };
        let step = root(&T::number(2).times(&m));
        let scale = 2.0 * p.to_f64().abs() + 2.0 * value + 2.0 * q.to_f64().abs() / (2.0 * value).sqrt();
        for sign in [-1, 1] {
            let tilt = T::number(&int(2 * sign) * &q).over(&step);
            let inner = T::number(2).times(&T::number(p.clone()).plus(&m)).plus(&tilt).negated();
            let middle = T::number(sign).times(&step).times(&T::number(Number::HALF)).minus(&shift);
            if !both(middle, inner.times(&number(1, 4)), scale) {
                return Ok(None);
            }
        }
    }
    let real = found.iter().filter(|(value, _)| matches!(value, RootValue::Real(_))).count();
    Ok((real == real_count).then_some(found))
}
