//! Partial fractions.

use super::squarefree::quotient;
use super::{Poly, PolyError};
use crate::Number;

/// What a denominator is split into.
///
/// ```
/// use braid_symbolic::poly::{Poly, SplitInto};
/// let (x, one) = (Poly::variable(1, 0), Poly::one(1));
/// let denominator = &x.pow(2).unwrap() - &one;
/// let parts = |into| one.partial_fractions(&denominator, 0, into).unwrap().fractions.len();
/// assert_eq!((parts(SplitInto::Squarefree), parts(SplitInto::Irreducible)), (1, 2));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SplitInto {
    /// Its squarefree parts: no factorisation is needed.
    Squarefree,
    /// Its irreducible factors over the rationals, as far as they are found.
    Irreducible,
}

/// `numerator / base^exponent`, the numerator of lower degree than the base.
///
/// ```
/// use braid_symbolic::poly::{Poly, SplitInto};
/// let (x, one) = (Poly::variable(1, 0), Poly::one(1));
/// let parts = one.partial_fractions(&x.pow(2).unwrap(), 0, SplitInto::Irreducible).unwrap();
/// assert!(parts.fractions.iter().any(|part| part.base == x && part.exponent == 2));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartialFraction {
    /// Not zero.
    pub numerator: Poly,
    /// Primitive.
    pub base: Poly,
    /// At least one.
    pub exponent: u32,
}

/// A polynomial and fractions; their sum is the fraction that was taken apart.
///
/// ```
/// use braid_symbolic::poly::{Poly, SplitInto};
/// let (x, one) = (Poly::variable(1, 0), Poly::one(1));
/// let parts = (&x + &one).partial_fractions(&x, 0, SplitInto::Irreducible).unwrap(); // 1 + 1/x
/// assert_eq!((parts.polynomial.clone(), parts.fractions.len()), (one, 1));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartialFractions {
    /// The part that is no fraction.
    pub polynomial: Poly,
    /// The fractions, by base and rising exponent.
    pub fractions: Vec<PartialFraction>,
}

impl Poly {
    /// The partial fractions of `self / denominator` in a variable, the only one in the denominator. Other variables may
    /// occur in the numerators.
    ///
    /// ```
    /// use braid_symbolic::poly::{Poly, SplitInto};
    /// let (x, one) = (Poly::variable(1, 0), Poly::one(1));
    /// let denominator = x.mul(&(&x + &one)).unwrap();
    /// let parts = one.partial_fractions(&denominator, 0, SplitInto::Irreducible).unwrap(); // 1/x - 1/(x + 1)
    /// assert_eq!((parts.polynomial.is_zero(), parts.fractions.len()), (true, 2));
    /// ```
    pub fn partial_fractions(
        &self,
        denominator: &Poly,
        var: usize,
        into: SplitInto,
    ) -> Result<PartialFractions, PolyError> {
        if denominator.is_zero() {
            return Err(PolyError::DivisionByZero);
        }
        if denominator.variables().iter().any(|&v| v != var) {
            return Err(PolyError::NotUnivariate);
        }
        let powers: Vec<(Poly, u32)> = match into {
            SplitInto::Squarefree => denominator.squarefree()?,
            SplitInto::Irreducible => {
                let factors = denominator.factor()?.factors;
                factors.into_iter().map(|factor| (factor.poly, factor.multiplicity)).collect()
            }
        };
        let unit = denominator.content().recip().unwrap_or(Number::ONE);
        let denominator = denominator.primitive();
        let (polynomial, rest) = div_rem(&self.scale(&unit), &denominator, var)?;
        let mut fractions = Vec::new();
        for (base, exponent) in powers {
            let power = base.pow(exponent)?;
            let others = quotient(&denominator, &power)?;
            // With s others + t power = 1, the fraction over this power is s rest / power.
            let Some((s, _)) = others.bezout(&power, var)? else { continue };
            let mut numerator = div_rem(&s.mul(&rest)?, &power, var)?.1;
            let first = fractions.len();
            // The digits of the numerator to the base.
            for exponent in (1..=exponent).rev() {
                let (upper, digit) = div_rem(&numerator, &base, var)?;
                if !digit.is_zero() {
                    fractions.push(PartialFraction { numerator: digit, base: base.clone(), exponent });
                }
                numerator = upper;
            }
            fractions[first..].reverse();
        }
        Ok(PartialFractions { polynomial, fractions })
    }
}

/// By a divisor whose leading coefficient is a number, as that of any polynomial in one variable is.
fn div_rem(a: &Poly, b: &Poly, var: usize) -> Result<(Poly, Poly), PolyError> {
    a.div_rem(b, var)?.ok_or(PolyError::NotUnivariate)
}
