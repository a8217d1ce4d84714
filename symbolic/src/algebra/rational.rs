//! Quotients of polynomials in generators: together, cancel, partial fractions.

use super::bridge::{Generators, Shape, power_of, product, shape};
use super::polynomial::variable;
use super::{AlgebraError, Qualified, all_of, nonzero};
use crate::number::Number;
use crate::poly::{Poly, PolyError, SplitInto};
use crate::symbol::Symbol;
use crate::term::walk::TermMap;
use crate::term::{Args, Scalar};

/// A quotient of polynomials.
#[derive(Clone, Debug)]
pub(super) struct Ratio {
    pub(super) num: Poly,
    pub(super) den: Poly,
}

impl Ratio {
    pub(super) fn of(num: Poly) -> Ratio {
        Ratio { den: Poly::one(num.nvars()), num }
    }

    /// In lowest terms; the denominator has whole coefficients and a positive leading one.
    fn reduced(num: Poly, den: Poly) -> Result<Ratio, PolyError> {
        if num.is_zero() {
            return Ok(Ratio::of(num));
        }
        let (num, den) = match den.as_constant() {
            Some(_) => (num, den),
            None => {
                let common = num.gcd(&den)?;
                if common.as_constant().is_some() {
                    (num, den)
                } else {
                    let quotient = |p: &Poly| p.div_exact(&common).map(|q| q.unwrap_or_else(|| p.clone()));
                    (quotient(&num)?, quotient(&den)?)
                }
            }
        };
        let unit = den.content().recip().unwrap_or(Number::ONE);
        Ok(Ratio { num: num.scale(&unit), den: den.scale(&unit) })
    }

    pub(super) fn plus(&self, other: &Ratio) -> Result<Ratio, PolyError> {
        if self.den == other.den {
            return Ratio::reduced(&self.num + &other.num, self.den.clone());
        }
        let common = self.den.gcd(&other.den)?;
        let of = |p: &Poly| p.div_exact(&common).map(|q| q.unwrap_or_else(|| p.clone()));
        let (left, right) = (of(&other.den)?, of(&self.den)?);
        Ratio::reduced(&self.num.mul(&left)? + &other.num.mul(&right)?, self.den.mul(&left)?)
    }

    pub(super) fn times(&self, other: &Ratio) -> Result<Ratio, PolyError> {
        Ratio::reduced(self.num.mul(&other.num)?, self.den.mul(&other.den)?)
    }

    pub(super) fn negated(&self) -> Ratio {
        Ratio { num: -&self.num, den: self.den.clone() }
    }

    /// `None` for the reciprocal of zero.
    pub(super) fn recip(&self) -> Result<Option<Ratio>, PolyError> {
        if self.num.is_zero() {
            return Ok(None);
        }
        Ratio::reduced(self.den.clone(), self.num.clone()).map(Some)
    }

    pub(super) fn pow(&self, exponent: u32) -> Result<Ratio, PolyError> {
        Ok(Ratio { num: self.num.pow(exponent)?, den: self.den.pow(exponent)? })
    }

    pub(super) fn is_zero(&self) -> bool {
        self.num.is_zero()
    }
}

/// A term as a quotient, and the terms by which it divides, which so are not zero wherever it is defined. Reciprocals of
/// what is zero stay generators.
pub(super) fn ratio<T: Scalar>(
    generators: &mut Generators<T>,
    term: &T,
    divisors: &mut Vec<Poly>,
) -> Result<Ratio, AlgebraError> {
    let mut done: TermMap<T, Ratio> = TermMap::default();
    let mut stack: Vec<(T, Option<Args<T>>)> = vec![(term.clone(), None)];
    while let Some((term, visited)) = stack.pop() {
        if done.contains_key(&term) {
            continue;
        }
        let args = visited.clone().unwrap_or_else(|| term.args());
        let shape = shape(&term, &args);
        if visited.is_none() {
            let inner: Args<T> = match &shape {
                Shape::Sum | Shape::Product => args.clone(),
                Shape::Power(base, _) | Shape::Inverse(base, _) => [base.clone()].into_iter().collect(),
                _ => Args::new(),
            };
            if !inner.is_empty() {
                stack.push((term, Some(args)));
                stack.extend(inner.into_iter().map(|a| (a, None)));
                continue;
            }
        }
        let nvars = generators.len();
        let value = match shape {
            Shape::Number(n) => Ratio::of(Poly::constant(nvars, &n)),
            Shape::Sum => {
                // Polynomials are added up first: they are most of any sum.
                let whole = args.iter().map(|a| &done[a]).filter(|r| r.den.is_one()).map(|r| r.num.clone());
                let mut sum = Ratio::of(Poly::sum(nvars, whole));
                for part in args.iter().map(|a| &done[a]).filter(|r| !r.den.is_one()) {
                    sum = sum.plus(part)?;
                }
                sum
            }
            Shape::Product => {
                let num = product(nvars, args.iter().map(|a| &done[a].num))?;
                let den = product(nvars, args.iter().map(|a| &done[a].den))?;
                Ratio::reduced(num, den)?
            }
            Shape::Power(base, exponent) => done[&base].pow(exponent)?,
            Shape::Inverse(base, exponent) => match done[&base].recip()? {
                Some(recip) => {
                    divisors.push(recip.den.clone());
                    recip.pow(exponent)?
                }
                None => {
                    let at = generators.place(&base.pow(-1));
                    Ratio::of(power_of(generators.len(), at, exponent)?)
                }
            },
            Shape::Generator(generator, exponent) => {
                let at = generators.place(&generator);
                Ratio::of(power_of(generators.len(), at, exponent)?)
            }
        };
        done.insert(term, value);
    }
    Ok(done.remove(term).unwrap_or_else(|| Ratio::of(Poly::zero(0))))
}

/// One quotient, in lowest terms.
///
/// ```
/// use braid_symbolic::{Expr, algebra::together, syntax::parse};
/// let f = together(&parse::<Expr>("1/x + 1/y").unwrap()).unwrap();
/// assert_eq!((f.numerator, f.denominator), (parse("x + y").unwrap(), parse("x*y").unwrap()));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Fraction<T> {
    /// The numerator, expanded.
    pub numerator: T,
    /// The denominator, expanded, with whole coefficients.
    pub denominator: T,
    /// Where the quotient is equal to the term: where the term divides by nothing that is zero.
    pub condition: T,
}

/// What has to hold for a quotient to stand for the term: what the term divides by and the quotient does not is not zero,
/// and the generators that are gone are defined.
fn condition<T: Scalar>(
    generators: &Generators<T>,
    ratio: &Ratio,
    divisors: &[Poly],
) -> Result<T, PolyError> {
    let mut conditions = Vec::new();
    for divisor in divisors {
        // Where it divides the denominator that is left, the quotient is undefined in the same places.
        if divisor.as_constant().is_none() && ratio.den.div_exact(divisor)?.is_none() {
            conditions.push(nonzero(&generators.term(divisor)));
        }
    }
    let (num, den) = (ratio.num.variables(), ratio.den.variables());
    for (at, generator) in generators.terms().iter().enumerate() {
        if !generator.facts().is_total() && !num.contains(&at) && !den.contains(&at) {
            // `g = g` holds where `g` is defined.
            conditions.push(generator.binary(braid_ir::ScalarOp::Eq, generator));
        }
    }
    Ok(all_of(conditions))
}

/// Brings a term over one denominator and cancels what numerator and denominator have in common.
///
/// ```
/// use braid_symbolic::{algebra::together, syntax::parse, Expr};
/// let f = together(&parse::<Expr>("1/x + 1/y").unwrap()).unwrap();
/// assert_eq!(f.numerator, parse("x + y").unwrap());
/// assert_eq!(f.denominator, parse("x*y").unwrap());
/// ```
pub fn together<T: Scalar>(term: &T) -> Result<Fraction<T>, AlgebraError> {
    let mut generators = Generators::new();
    let mut divisors = Vec::new();
    let ratio = ratio(&mut generators, term, &mut divisors)?;
    Ok(Fraction {
        numerator: generators.term(&ratio.num),
        denominator: generators.term(&ratio.den),
        condition: condition(&generators, &ratio, &divisors)?,
    })
}

/// The term as one quotient in lowest terms, and where it is equal.
///
/// ```
/// use braid_symbolic::{algebra::cancel, syntax::parse, Expr};
/// let c = cancel(&parse::<Expr>("(x^2 - 1)/(x - 1)").unwrap()).unwrap();
/// assert_eq!(c.term, parse("x + 1").unwrap());
/// assert_eq!(c.condition, parse("x - 1 != 0").unwrap());
/// ```
pub fn cancel<T: Scalar>(term: &T) -> Result<Qualified<T>, AlgebraError> {
    let fraction = together(term)?;
    let one = fraction.denominator.as_number().is_some_and(|n| n.is_one());
    let term = if one { fraction.numerator } else { fraction.numerator.over(&fraction.denominator) };
    Ok(Qualified { term, condition: fraction.condition })
}

/// Partial fractions in an unknown: a polynomial and quotients by powers of irreducible factors of the denominator, which
/// depends on no other unknown.
///
/// ```
/// use braid_symbolic::{algebra::apart, syntax::parse, Expr, Symbol};
/// let a = apart(&parse::<Expr>("1/(x^2 - 1)").unwrap(), Symbol::real("x")).unwrap();
/// assert_eq!(a.term, parse("1/(2*(x - 1)) - 1/(2*(x + 1))").unwrap());
/// ```
pub fn apart<T: Scalar>(term: &T, unknown: Symbol) -> Result<Qualified<T>, AlgebraError> {
    let mut generators = Generators::new();
    let mut divisors = Vec::new();
    let ratio = ratio(&mut generators, term, &mut divisors)?;
    let var = variable(&mut generators, unknown)?;
    let parts = ratio.num.partial_fractions(&ratio.den, var, SplitInto::Irreducible)?;
    let mut terms = vec![generators.term(&parts.polynomial)];
    for part in &parts.fractions {
        let base = generators.term(&part.base).pow(-(part.exponent as i64));
        terms.push(generators.term(&part.numerator).times(&base));
    }
    terms.retain(|t| !t.as_number().is_some_and(|n| n.is_zero()));
    Ok(Qualified { term: T::sum(&terms), condition: condition(&generators, &ratio, &divisors)? })
}
