//! Terms as polynomials in generators: expand, collect, factor, common divisors, substitution.

use super::bridge::{Generators, Shape, shape};
use super::{AlgebraError, Qualified, all_of, nonzero};
use crate::number::Number;
use crate::poly::Poly;
use crate::symbol::Symbol;
use crate::term::walk::{self, TermMap};
use crate::term::{Args, Head, Scalar};
use braid_ir::ScalarOp;

/// With more generators than this, a sum is expanded summand by summand, since a polynomial holds an exponent for each
/// generator in each term.
const GENERATORS_MAX: usize = 48;

/// A sum that is expanded summand by summand has at most so many.
const SUMMANDS_MAX: u64 = 1 << 22;

/// Multiplies out products and whole powers of sums, also within the operands of functions.
///
/// ```
/// use braid_symbolic::{algebra::expand, syntax::parse, Expr};
/// let e: Expr = parse("(x + 1)^2*sin((x + 1)*y)").unwrap();
/// let expected: Expr = parse("x^2*sin(x*y + y) + 2*x*sin(x*y + y) + sin(x*y + y)").unwrap();
/// assert_eq!(expand(&e).unwrap(), expected);
/// ```
pub fn expand<T: Scalar>(term: &T) -> Result<T, AlgebraError> {
    let rebuilt = rebuild(term, |inner| expand_flat(inner))?;
    expand_flat(&rebuilt)
}

/// Does something to the operands of everything that is no sum, product or whole power, innermost first.
fn rebuild<T: Scalar>(term: &T, f: impl Fn(&T) -> Result<T, AlgebraError>) -> Result<T, AlgebraError> {
    let mut failed = None;
    let result = walk::fold(term, |t, args: &[T]| {
        let head = t.head();
        let is_poly = match &head {
            Head::Op(ScalarOp::Add | ScalarOp::Mul) => true,
            Head::Op(ScalarOp::Pow) => matches!(shape(t, &t.args()), Shape::Power(..)),
            _ => args.is_empty(),
        };
        if is_poly {
            return if *t.args() == *args { t.clone() } else { T::make(&head, args) };
        }
        let mut new = Args::new();
        for arg in args {
            match f(arg) {
                Ok(arg) => new.push(arg),
                Err(error) => {
                    failed.get_or_insert(error);
                    new.push(arg.clone());
                }
            }
        }
        if new == t.args() { t.clone() } else { T::make(&head, &new) }
    });
    failed.map_or(Ok(result), Err)
}

fn expand_flat<T: Scalar>(term: &T) -> Result<T, AlgebraError> {
    let args = term.args();
    let polynomial = matches!(shape(term, &args), Shape::Sum | Shape::Product | Shape::Power(..));
    if !polynomial {
        return Ok(term.clone());
    }
    let mut generators = Generators::new();
    generators.gather(term);
    if generators.len() > GENERATORS_MAX {
        let terms = summands(term).into_iter().map(|summand| expand_product(&summand));
        return Ok(T::sum(&terms.collect::<Result<Vec<T>, _>>()?));
    }
    let poly = generators.poly(term)?;
    Ok(generators.term_in_domain(&poly))
}

/// The summands of a sum, also of sums in it, unless they are too many because a sum occurs in many.
fn summands<T: Scalar>(term: &T) -> Vec<T> {
    let is_sum = |t: &T| matches!(t.head(), Head::Op(ScalarOp::Add));
    let count =
        walk::fold(
            term,
            |t, args: &[u64]| {
                if is_sum(t) { args.iter().fold(0u64, |sum, &n| sum.saturating_add(n)) } else { 1 }
            },
        );
    if count > SUMMANDS_MAX {
        return vec![term.clone()];
    }
    let (mut found, mut stack) = (Vec::new(), vec![term.clone()]);
    while let Some(term) = stack.pop() {
        if is_sum(&term) {
            stack.extend(term.args().into_iter().rev());
        } else {
            found.push(term);
        }
    }
    found
}

/// Expands a summand, if there is anything to expand.
fn expand_product<T: Scalar>(term: &T) -> Result<T, AlgebraError> {
    let (mut seen, mut stack) = (walk::TermSet::default(), vec![term.clone()]);
    while let Some(part) = stack.pop() {
        if !seen.insert(part.clone()) {
            continue;
        }
        let args = part.args();
        match shape(&part, &args) {
            Shape::Sum => {
                let mut generators = Generators::new();
                let poly = generators.poly(term)?;
                return Ok(generators.term_in_domain(&poly));
            }
            Shape::Product => stack.extend(args),
            Shape::Power(base, _) => stack.push(base),
            _ => {}
        }
    }
    Ok(term.clone())
}

/// The variable of an unknown among generators, none of the others of which may depend on it.
pub(super) fn variable<T: Scalar>(
    generators: &mut Generators<T>,
    unknown: Symbol,
) -> Result<usize, AlgebraError> {
    let at = generators.place(&T::symbol(unknown));
    let mut depends: TermMap<T, bool> = TermMap::default();
    for (other, generator) in generators.terms().iter().enumerate() {
        let inside = walk::fold_in(generator, &mut depends, |t, args: &[bool]| {
            args.contains(&true) || t.as_symbol() == Some(unknown)
        });
        if inside && other != at {
            return Err(AlgebraError::NotPolynomial(unknown));
        }
    }
    Ok(at)
}

/// The coefficients of the powers of an unknown that occur, lowest power first.
///
/// ```
/// use braid_symbolic::{algebra::coefficients, syntax::parse, vars, Expr, Symbol};
/// let e: Expr = parse("(x + a)^2").unwrap();
/// let a = Expr::var("a");
/// let c = coefficients(&e, Symbol::real("x")).unwrap();
/// assert_eq!(c, [(0, a * a), (1, 2 * a), (2, Expr::int(1))]);
/// ```
pub fn coefficients<T: Scalar>(term: &T, unknown: Symbol) -> Result<Vec<(u32, T)>, AlgebraError> {
    let mut generators = Generators::new();
    let poly = generators.poly(term)?;
    let var = variable(&mut generators, unknown)?;
    let parts = poly.coefficients(var);
    let mut list: Vec<(u32, T)> = parts.into_iter().map(|(n, c)| (n, generators.term(&c))).collect();
    list.sort_by_key(|(n, _)| *n);
    Ok(list)
}

/// The highest power of an unknown; 0 where it does not occur.
///
/// ```
/// use braid_symbolic::{Expr, Symbol, algebra::degree, syntax::parse};
/// let e: Expr = parse("(x + y)^3*x").unwrap();
/// assert_eq!(degree(&e, Symbol::real("x")), Ok(4));
/// ```
pub fn degree<T: Scalar>(term: &T, unknown: Symbol) -> Result<u32, AlgebraError> {
    let mut generators = Generators::new();
    let poly = generators.poly(term)?;
    let var = variable(&mut generators, unknown)?;
    Ok(poly.degree(var))
}

/// A sum of powers of an unknown, each with one coefficient.
///
/// ```
/// use braid_symbolic::{Expr, Symbol, algebra::collect, syntax::parse};
/// let e: Expr = parse("a*x + b*x + x^2").unwrap();
/// assert_eq!(collect(&e, Symbol::real("x")).unwrap(), parse("x*(a + b) + x^2").unwrap());
/// ```
pub fn collect<T: Scalar>(term: &T, unknown: Symbol) -> Result<T, AlgebraError> {
    let mut generators = Generators::new();
    let poly = generators.poly(term)?;
    let var = variable(&mut generators, unknown)?;
    let x = T::symbol(unknown);
    let mut parts: Vec<(u32, Poly)> = poly.coefficients(var);
    parts.sort_by_key(|(n, _)| *n);
    let mut terms: Vec<T> = Vec::new();
    for (exponent, coefficient) in parts {
        let coefficient = generators.term(&coefficient);
        terms.push(match exponent {
            0 => coefficient,
            1 => coefficient.times(&x),
            _ => coefficient.times(&x.pow(exponent as i64)),
        });
    }
    let lost = T::sum(&terms);
    Ok(keep_domain(&generators, &poly, lost))
}

/// Adds `0*g` for the generators that a polynomial has lost and that are not defined everywhere.
fn keep_domain<T: Scalar>(generators: &Generators<T>, poly: &Poly, term: T) -> T {
    let used = poly.variables();
    let lost =
        generators.terms().iter().enumerate().filter(|(at, g)| !g.facts().is_total() && !used.contains(at));
    let parts: Vec<T> = std::iter::once(term).chain(lost.map(|(_, g)| T::number(0).times(g))).collect();
    T::sum(&parts)
}

/// The product of the irreducible factors over the rationals.
///
/// ```
/// use braid_symbolic::{algebra::factor, syntax::parse, Expr};
/// let e: Expr = parse("x^2 - y^2").unwrap();
/// assert_eq!(factor(&e).unwrap(), parse("(x - y)*(x + y)").unwrap());
/// ```
pub fn factor<T: Scalar>(term: &T) -> Result<T, AlgebraError> {
    let mut generators = Generators::new();
    let poly = generators.poly(term)?;
    let product = factored(&generators, &poly)?;
    Ok(keep_domain(&generators, &poly, product))
}

/// A polynomial as a product of powers of factors.
pub(super) fn factored<T: Scalar>(generators: &Generators<T>, poly: &Poly) -> Result<T, AlgebraError> {
    let factors = poly.factor()?;
    let mut product: Vec<T> = Vec::new();
    if !factors.unit.is_one() || factors.factors.is_empty() {
        product.push(T::number(factors.unit));
    }
    for factor in factors.factors {
        let base = generators.term(&factor.poly);
        let exponent = factor.multiplicity as i64;
        product.push(if exponent == 1 { base } else { base.pow(exponent) });
    }
    Ok(T::product(&product))
}

/// Takes out what all summands have in common: numbers, generators and their powers.
///
/// ```
/// use braid_symbolic::{Expr, algebra::factor_common, syntax::parse};
/// let e: Expr = parse("2*a*x + 4*a*y").unwrap();
/// assert_eq!(factor_common(&e).unwrap(), parse("2*a*(x + 2*y)").unwrap());
/// ```
pub fn factor_common<T: Scalar>(term: &T) -> Result<T, AlgebraError> {
    let mut generators = Generators::new();
    let poly = generators.poly(term)?;
    if poly.len() < 2 {
        return Ok(generators.term_in_domain(&poly));
    }
    let mut least = poly.degrees();
    for (exponents, _) in poly.terms() {
        least.iter_mut().zip(&exponents).for_each(|(least, e)| *least = (*least).min(*e));
    }
    let content = poly.content();
    let unit = content.recip().unwrap_or(Number::ONE);
    let rest: Result<Poly, _> = Poly::from_terms(
        poly.nvars(),
        poly.terms().map(|(mut exponents, coefficient)| {
            exponents.iter_mut().zip(&least).for_each(|(e, least)| *e -= least);
            (exponents, &coefficient * &unit)
        }),
    );
    let common = T::polynomial(generators.terms(), std::iter::once((least, content)));
    let product = common.times(&generators.term(&rest?));
    Ok(keep_domain(&generators, &poly, product))
}

/// The greatest common divisor of two terms as polynomials in their generators, with whole coefficients where it can.
///
/// ```
/// use braid_symbolic::{Expr, algebra::gcd, syntax::parse};
/// let e = |text: &str| parse::<Expr>(text).unwrap();
/// assert_eq!(gcd(&e("x^2 - 1"), &e("x^2 + 2*x + 1")), Ok(e("x + 1")));
/// ```
pub fn gcd<T: Scalar>(a: &T, b: &T) -> Result<T, AlgebraError> {
    let mut generators = Generators::new();
    let (a, b) = (generators.poly(a)?, generators.poly(b)?);
    Ok(generators.term(&a.gcd(&b)?))
}

/// The least common multiple of two terms as polynomials in their generators.
///
/// ```
/// use braid_symbolic::{Expr, algebra::lcm, syntax::parse};
/// let e = |text: &str| parse::<Expr>(text).unwrap();
/// assert_eq!(lcm(&e("x*y"), &e("x*z")), Ok(e("x*y*z")));
/// ```
pub fn lcm<T: Scalar>(a: &T, b: &T) -> Result<T, AlgebraError> {
    let mut generators = Generators::new();
    let (a, b) = (generators.poly(a)?, generators.poly(b)?);
    Ok(generators.term(&a.lcm(&b)?))
}

/// Replaces subterms by terms, all at once: what is put in is not looked at again. A subterm is replaced where it occurs
/// as an operand; part of a wider sum or product is not.
///
/// ```
/// use braid_symbolic::{algebra::substitute, vars};
/// let (x, y) = vars!("x", "y");
/// assert_eq!(substitute(&(x - 2 * y), &[(x, y), (y, x)]), y - 2 * x);
/// ```
pub fn substitute<T: Scalar>(term: &T, pairs: &[(T, T)]) -> T {
    let map: TermMap<T, T> = pairs.iter().rev().cloned().collect();
    walk::replace(term, |t| map.get(t).cloned())
}

/// A quotient of exact division, where `a` is a multiple of `b` as polynomials in generators.
///
/// ```
/// use braid_symbolic::{Expr, algebra::divide_exact, syntax::parse};
/// let e = |text: &str| parse::<Expr>(text).unwrap();
/// let quotient = divide_exact(&e("x^2 - 1"), &e("x - 1")).unwrap().unwrap();
/// assert_eq!((quotient.term, quotient.condition), (e("x + 1"), e("x - 1 != 0")));
/// assert_eq!(divide_exact(&e("x^2 + 1"), &e("x - 1")), Ok(None));
/// ```
pub fn divide_exact<T: Scalar>(a: &T, b: &T) -> Result<Option<Qualified<T>>, AlgebraError> {
    let mut generators = Generators::new();
    let (pa, pb) = (generators.poly(a)?, generators.poly(b)?);
    let quotient = pa.div_exact(&pb)?;
    Ok(quotient.map(|q| Qualified { term: generators.term_in_domain(&q), condition: all_of([nonzero(b)]) }))
}
