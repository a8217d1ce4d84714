//! The polynomial: construction, access to terms, and arithmetic.

use super::int::Int;
use super::kernel::{self, Term, normalize, scaled};
use super::mono::{Body, Mono, Unpacked, Width, degrees, repacked};
use super::{EXPONENT_MAX, Exponents, PolyError, power};
use crate::Number;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::One;
use std::fmt;

/// A polynomial in the variables `0..nvars` over the rationals.
///
/// Held as whole coefficients over one positive denominator, in lowest terms, sorted, in the narrowest packing: equal
/// polynomials in equally many variables have equal parts. Operands in different numbers of variables are taken as
/// polynomials in the larger number.
///
/// ```
/// use braid_symbolic::{Number, poly::Poly};
/// let x = Poly::variable(1, 0);
/// let square = (&x + &Poly::one(1)).pow(2).unwrap();
/// assert_eq!(square.terms().map(|(_, c)| c).collect::<Vec<_>>(), [1, 2, 1].map(Number::int));
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Poly {
    nvars: usize,
    den: Int,
    body: Body,
}

/// Runs an expression on the terms, in whichever packing they are.
macro_rules! with_terms {
    ($body:expr, $terms:ident => $result:expr) => {
        match $body {
            Body::Narrow($terms) => $result,
            Body::Double($terms) => $result,
            Body::Wide($terms) => $result,
        }
    };
}
pub(super) use with_terms;

/// Runs an expression on the terms of two polynomials in one packing.
macro_rules! with_both {
    ($a:expr, $b:expr, $nvars:expr, $width:expr, |$x:ident, $y:ident| $result:expr) => {
        match $width {
            Width::Narrow => with_both!(@ u64, $a, $b, $nvars, $x, $y, $result),
            Width::Double => with_both!(@ u128, $a, $b, $nvars, $x, $y, $result),
            Width::Wide => with_both!(@ Unpacked, $a, $b, $nvars, $x, $y, $result),
        }
    };
    (@ $mono:ty, $a:expr, $b:expr, $nvars:expr, $x:ident, $y:ident, $result:expr) => {{
        let $x = repacked::<$mono>(&$a.body, $a.nvars, $nvars);
        let $y = repacked::<$mono>(&$b.body, $b.nvars, $nvars);
        $result
    }};
}

impl Poly {
    /// Zero.
    ///
    /// ```
    /// assert!(braid_symbolic::poly::Poly::zero(2).is_zero());
    /// ```
    pub fn zero(nvars: usize) -> Poly {
        Poly { nvars, den: Int::ONE, body: Body::Narrow(Vec::new()) }
    }

    /// One.
    ///
    /// ```
    /// assert!(braid_symbolic::poly::Poly::one(2).is_one());
    /// ```
    pub fn one(nvars: usize) -> Poly {
        Poly::constant(nvars, &Number::ONE)
    }

    /// A number.
    ///
    /// ```
    /// use braid_symbolic::{Number, poly::Poly};
    /// assert_eq!(Poly::constant(2, &Number::HALF).as_constant(), Some(Number::HALF));
    /// ```
    pub fn constant(nvars: usize, value: &Number) -> Poly {
        Poly::term(&Exponents::from_elem(0, nvars), value)
    }

    /// A variable, in at least so many variables that it is one of them.
    ///
    /// ```
    /// use braid_symbolic::poly::Poly;
    /// assert_eq!(Poly::variable(2, 1).degrees()[..], [0, 1]);
    /// ```
    pub fn variable(nvars: usize, var: usize) -> Poly {
        Poly::power_of_variable(nvars, var, 1)
    }

    /// A power of a variable; an exponent beyond [`EXPONENT_MAX`] is capped to it.
    pub(super) fn power_of_variable(nvars: usize, var: usize, exponent: u32) -> Poly {
        let mut exponents = Exponents::from_elem(0, nvars.max(var + 1));
        exponents[var] = exponent.min(EXPONENT_MAX);
        Poly::term(&exponents, &Number::ONE)
    }

    /// A single term, of exponents within [`EXPONENT_MAX`].
    fn term(exponents: &[u32], coefficient: &Number) -> Poly {
        if coefficient.is_zero() {
            return Poly::zero(exponents.len());
        }
        let (coeff, den) = parts(coefficient);
        Poly::from_sorted(exponents.len(), den, vec![Term { mono: Unpacked::pack(exponents), coeff }])
    }

    /// The sum of terms in any order; several may have the same exponents. Exponents left off at the end are zero.
    ///
    /// `O(t log t)` for `t` terms, however large the sum. Fails where an exponent is beyond [`EXPONENT_MAX`], also one of
    /// a variable beyond `nvars`, which is taken as one more variable.
    ///
    /// ```
    /// use braid_symbolic::{Number, poly::Poly};
    /// let poly = Poly::from_terms(2, [([2, 0], Number::ONE), ([2, 0], Number::ONE), ([0, 1], Number::ZERO)]).unwrap();
    /// assert_eq!((poly.len(), poly.leading_coefficient()), (1, Number::TWO)); // 2*x^2
    /// ```
    pub fn from_terms<E: AsRef<[u32]>>(
        nvars: usize,
        terms: impl IntoIterator<Item = (E, Number)>,
    ) -> Result<Poly, PolyError> {
        let terms: Vec<(E, Number)> = terms.into_iter().collect();
        let nvars = terms.iter().map(|(exponents, _)| exponents.as_ref().len()).fold(nvars, usize::max);
        let largest =
            terms.iter().flat_map(|(exponents, _)| exponents.as_ref()).fold(0, |max, &e| max.max(e));
        if largest > EXPONENT_MAX {
            return Err(PolyError::ExponentTooLarge);
        }
        let mut den = BigInt::one();
        for (_, coefficient) in terms.iter().filter(|(_, coefficient)| !coefficient.is_integer()) {
            den = den.lcm(&coefficient.denominator());
        }
        fn build<M: Mono, E: AsRef<[u32]>>(nvars: usize, den: BigInt, terms: Vec<(E, Number)>) -> Poly {
            let mut exponents = Exponents::from_elem(0, nvars);
            let mut packed = Vec::with_capacity(terms.len());
            for (of_term, coefficient) in &terms {
                let of_term = of_term.as_ref();
                exponents[..of_term.len()].copy_from_slice(of_term);
                exponents[of_term.len()..].fill(0);
                let coeff = match coefficient.as_i64().filter(|_| den.is_one()) {
                    Some(word) => Int::Small(word),
                    None => Int::from_big(coefficient.numerator() * (&den / coefficient.denominator())),
                };
                packed.push(Term { mono: M::pack(&exponents), coeff });
            }
            normalize(&mut packed);
            Poly::from_sorted(nvars, Int::from_big(den), packed)
        }
        Ok(match Width::holding(nvars, largest) {
            Width::Narrow => build::<u64, E>(nvars, den, terms),
            Width::Double => build::<u128, E>(nvars, den, terms),
            Width::Wide => build::<Unpacked, E>(nvars, den, terms),
        })
    }

    /// The polynomial of sorted terms over a positive denominator, brought to lowest terms and the narrowest packing.
    pub(super) fn from_sorted<M: Mono>(nvars: usize, den: Int, mut terms: Vec<Term<M>>) -> Poly {
        if terms.is_empty() {
            return Poly::zero(nvars);
        }
        let mut common = den.clone();
        for term in &terms {
            if common.is_one() {
                break;
            }
            common = common.gcd(&term.coeff);
        }
        let mut lowest = den;
        if !common.is_one() {
            // The divisions leave no remainder, as `common` divides each.
            for coeff in terms.iter_mut().map(|term| &mut term.coeff).chain([&mut lowest]) {
                if let Some(quotient) = coeff.div_exact(&common) {
                    *coeff = quotient;
                }
            }
        }
        let body = M::into_body(terms);
        let body = match Poly::width_needed(&body, nvars) {
            Some(Width::Narrow) => Body::Narrow(repacked::<u64>(&body, nvars, nvars).into_owned()),
            Some(Width::Double) => Body::Double(repacked::<u128>(&body, nvars, nvars).into_owned()),
            _ => body,
        };
        Poly { nvars, den: lowest, body }
    }

    /// A narrower packing that would do.
    fn width_needed(body: &Body, nvars: usize) -> Option<Width> {
        let (now, largest) = match body {
            Body::Narrow(_) => return None,
            Body::Double(terms) => (Width::Double, degrees(terms, nvars)),
            Body::Wide(terms) => (Width::Wide, degrees(terms, nvars)),
        };
        let needed = Width::holding(nvars, largest.iter().fold(0, |max, &e| max.max(e)));
        (needed < now).then_some(needed)
    }

    fn width(&self) -> Width {
        match self.body {
            Body::Narrow(_) => Width::Narrow,
            Body::Double(_) => Width::Double,
            Body::Wide(_) => Width::Wide,
        }
    }

    /// The packing that holds both in this many variables.
    fn common_width(&self, other: &Poly, nvars: usize) -> Width {
        if self.nvars == nvars && other.nvars == nvars {
            return self.width().max(other.width());
        }
        let largest = self.degrees().iter().chain(&other.degrees()).fold(0, |max, &e| max.max(e));
        Width::holding(nvars, largest)
    }

    pub(super) fn body(&self) -> &Body {
        &self.body
    }

    /// The positive denominator of all coefficients.
    pub(super) fn den(&self) -> &Int {
        &self.den
    }

    /// The number of variables, used or not.
    ///
    /// ```
    /// assert_eq!(braid_symbolic::poly::Poly::one(3).nvars(), 3);
    /// ```
    pub fn nvars(&self) -> usize {
        self.nvars
    }

    /// The number of terms.
    ///
    /// ```
    /// use braid_symbolic::poly::Poly;
    /// assert_eq!((&Poly::variable(1, 0) + &Poly::one(1)).len(), 2);
    /// ```
    pub fn len(&self) -> usize {
        with_terms!(&self.body, terms => terms.len())
    }

    /// Whether zero, the polynomial without terms.
    ///
    /// ```
    /// assert!(braid_symbolic::poly::Poly::zero(1).is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether zero.
    ///
    /// ```
    /// use braid_symbolic::poly::Poly;
    /// let x = Poly::variable(1, 0);
    /// assert!((&x - &x).is_zero());
    /// ```
    pub fn is_zero(&self) -> bool {
        self.is_empty()
    }

    /// Whether one.
    ///
    /// ```
    /// use braid_symbolic::poly::Poly;
    /// assert!(Poly::variable(1, 0).pow(0).unwrap().is_one());
    /// ```
    pub fn is_one(&self) -> bool {
        self.as_constant().is_some_and(|value| value.is_one())
    }

    /// The value, where no variable occurs.
    ///
    /// ```
    /// use braid_symbolic::poly::Poly;
    /// assert_eq!(Poly::variable(1, 0).as_constant(), None);
    /// ```
    pub fn as_constant(&self) -> Option<Number> {
        match self.len() {
            0 => Some(Number::ZERO),
            1 => self
                .terms()
                .next()
                .filter(|(exponents, _)| exponents.iter().all(|&e| e == 0))
                .map(|term| term.1),
            _ => None,
        }
    }

    /// The number of words in all coefficients, a measure of the work to multiply by this.
    pub(super) fn words(&self) -> u64 {
        with_terms!(&self.body, terms => terms.iter().map(|term| term.coeff.bits() / 64 + 1).sum())
    }

    /// The terms, leading term first, each of a coefficient that is not zero.
    ///
    /// ```
    /// use braid_symbolic::{Number, poly::Poly};
    /// let (exponents, coefficient) = Poly::variable(2, 1).terms().next().unwrap();
    /// assert_eq!((&exponents[..], coefficient), (&[0, 1][..], Number::ONE));
    /// ```
    pub fn terms(&self) -> Terms<'_> {
        Terms { poly: self, next: 0 }
    }

    fn get(&self, at: usize) -> Option<(Exponents, Number)> {
        with_terms!(&self.body, terms => {
            let term = terms.get(at)?;
            let mut exponents = Exponents::from_elem(0, self.nvars);
            term.mono.unpack(&mut exponents);
            Some((exponents, term.coeff.over(&self.den)))
        })
    }

    /// The coefficient of the leading term, zero of zero.
    ///
    /// ```
    /// use braid_symbolic::{Number, poly::Poly};
    /// let poly = &Poly::variable(1, 0).scale(&Number::TWO) + &Poly::one(1);
    /// assert_eq!(poly.leading_coefficient(), Number::TWO);
    /// ```
    pub fn leading_coefficient(&self) -> Number {
        self.get(0).map_or(Number::ZERO, |term| term.1)
    }

    /// The degree in each variable.
    ///
    /// ```
    /// use braid_symbolic::poly::Poly;
    /// let poly = &Poly::variable(2, 0).pow(3).unwrap() + &Poly::variable(2, 1);
    /// assert_eq!(poly.degrees()[..], [3, 1]);
    /// ```
    pub fn degrees(&self) -> Exponents {
        with_terms!(&self.body, terms => degrees(terms, self.nvars))
    }

    /// The degree in one variable; zero where it does not occur.
    ///
    /// ```
    /// use braid_symbolic::poly::Poly;
    /// assert_eq!(Poly::variable(1, 0).pow(3).unwrap().degree(0), 3);
    /// ```
    pub fn degree(&self, var: usize) -> u32 {
        if var >= self.nvars {
            return 0;
        }
        with_terms!(&self.body, terms => {
            terms.iter().fold(0, |max, term| max.max(term.mono.exponent(self.nvars, var)))
        })
    }

    /// The largest sum of the exponents of a term.
    ///
    /// ```
    /// use braid_symbolic::poly::Poly;
    /// let product = Poly::variable(2, 0).mul(&Poly::variable(2, 1)).unwrap();
    /// assert_eq!(product.total_degree(), 2);
    /// ```
    pub fn total_degree(&self) -> u64 {
        self.terms().map(|(exponents, _)| exponents.iter().map(|&e| e as u64).sum()).max().unwrap_or(0)
    }

    /// The variables that occur.
    ///
    /// ```
    /// use braid_symbolic::poly::Poly;
    /// assert_eq!(Poly::variable(3, 1).variables(), [1]);
    /// ```
    pub fn variables(&self) -> Vec<usize> {
        self.degrees().iter().enumerate().filter(|&(_, &degree)| degree > 0).map(|(var, _)| var).collect()
    }

    /// The product with a number.
    ///
    /// ```
    /// use braid_symbolic::{Number, poly::Poly};
    /// let x = Poly::variable(1, 0);
    /// assert_eq!(x.scale(&Number::TWO), &x + &x);
    /// ```
    pub fn scale(&self, factor: &Number) -> Poly {
        if factor.is_zero() {
            return Poly::zero(self.nvars);
        }
        let (numerator, denominator) = parts(factor);
        let den = self.den.mul(&denominator);
        with_terms!(&self.body, terms => {
            Poly::from_sorted(self.nvars, den, scaled(terms, &numerator).into_owned())
        })
    }

    /// The product.
    ///
    /// `O(|a| |b|)` coefficient products; where the result is dense these go to an array, else to a hash table.
    ///
    /// ```
    /// use braid_symbolic::poly::Poly;
    /// let (x, one) = (Poly::variable(1, 0), Poly::one(1));
    /// assert_eq!((&x + &one).mul(&(&x - &one)).unwrap(), &x.pow(2).unwrap() - &one);
    /// ```
    pub fn mul(&self, other: &Poly) -> Result<Poly, PolyError> {
        let nvars = self.nvars.max(other.nvars);
        let largest = |poly: &Poly| poly.degrees();
        let (mut a, mut b) = (largest(self), largest(other));
        a.resize(nvars, 0);
        b.resize(nvars, 0);
        let degree = a.iter().zip(&b).map(|(a, b)| a + b).max().unwrap_or(0);
        if degree > EXPONENT_MAX {
            return Err(PolyError::ExponentTooLarge);
        }
        let den = self.den.mul(&other.den);
        with_both!(self, other, nvars, Width::holding(nvars, degree), |x, y| {
            Ok(Poly::from_sorted(nvars, den, kernel::mul(&x, &y, nvars)?))
        })
    }

    /// The power; zero to the zeroth is one.
    ///
    /// Linear in the size of the result where the terms of the base are algebraically independent or the result dense.
    ///
    /// ```
    /// use braid_symbolic::poly::{Poly, PolyError};
    /// let x = Poly::variable(1, 0);
    /// assert_eq!((&x + &Poly::one(1)).pow(20).unwrap().len(), 21);
    /// assert_eq!(x.pow(u32::MAX), Err(PolyError::ExponentTooLarge));
    /// ```
    pub fn pow(&self, exponent: u32) -> Result<Poly, PolyError> {
        match exponent {
            0 => return Ok(Poly::one(self.nvars)),
            1 => return Ok(self.clone()),
            _ if self.is_zero() => return Ok(self.clone()),
            _ => {}
        }
        let degree = self.degrees().iter().fold(0, |max, &e| max.max(e)) as u64 * exponent as u64;
        let degree = u32::try_from(degree).ok().filter(|&degree| degree <= EXPONENT_MAX);
        let degree = degree.ok_or(PolyError::ExponentTooLarge)?;
        if self.den.bits().saturating_mul(exponent as u64) > super::COEFFICIENT_BITS_MAX && !self.den.is_one()
        {
            return Err(PolyError::CoefficientTooLarge { bits_max: super::COEFFICIENT_BITS_MAX });
        }
        let den = self.den.pow(exponent);
        with_both!(self, self, self.nvars, Width::holding(self.nvars, degree), |x, _y| {
            Ok(Poly::from_sorted(self.nvars, den, power::pow(&x, exponent, self.nvars)?))
        })
    }

    /// The quotient where this is a multiple of the divisor, else `None`.
    ///
    /// ```
    /// use braid_symbolic::poly::Poly;
    /// let (x, one) = (Poly::variable(1, 0), Poly::one(1));
    /// let square = &x.pow(2).unwrap() - &one;
    /// assert_eq!(square.div_exact(&(&x - &one)).unwrap(), Some(&x + &one));
    /// assert_eq!(square.div_exact(&x).unwrap(), None);
    /// ```
    pub fn div_exact(&self, divisor: &Poly) -> Result<Option<Poly>, PolyError> {
        let nvars = self.nvars.max(divisor.nvars);
        if divisor.is_zero() {
            return Err(PolyError::DivisionByZero);
        }
        // By Gauss's lemma the quotient by a primitive divisor is whole.
        let content = divisor.whole_content();
        let (numerator, denominator) = (content.over(&divisor.den), self.den.clone());
        with_both!(self, divisor, nvars, self.common_width(divisor, nvars), |x, y| {
            let mut y = y.into_owned();
            for coeff in y.iter_mut().map(|term| &mut term.coeff).filter(|_| !content.is_one()) {
                if let Some(quotient) = coeff.div_exact(&content) {
                    *coeff = quotient;
                }
            }
            let quotient = kernel::div_exact(&x, &y, nvars)?;
            let quotient = quotient.map(|terms| Poly::from_sorted(nvars, denominator, terms));
            Ok(quotient.zip(numerator.recip()).map(|(quotient, factor)| quotient.scale(&factor)))
        })
    }

    /// The greatest common divisor of the numerators, with the sign of the leading one; zero of zero.
    fn whole_content(&self) -> Int {
        with_terms!(&self.body, terms => {
            let mut content = Int::ZERO;
            for term in terms {
                content = content.gcd(&term.coeff);
                if content.is_one() {
                    break;
                }
            }
            if terms.first().is_some_and(|term| term.coeff.is_negative()) { content.neg() } else { content }
        })
    }

    /// The number that leaves whole coefficients without common divisor and a positive leading one, zero of zero.
    ///
    /// ```
    /// use braid_symbolic::{Number, poly::Poly};
    /// let poly = (&Poly::variable(1, 0) + &Poly::one(1)).scale(&Number::int(6));
    /// assert_eq!(poly.content(), Number::int(6));
    /// ```
    pub fn content(&self) -> Number {
        self.whole_content().over(&self.den)
    }

    /// The polynomial over its [`content`](Poly::content).
    ///
    /// ```
    /// use braid_symbolic::{Number, poly::Poly};
    /// let sum = &Poly::variable(1, 0) + &Poly::one(1);
    /// assert_eq!(sum.scale(&Number::int(6)).primitive(), sum);
    /// ```
    pub fn primitive(&self) -> Poly {
        let content = self.whole_content();
        if content.is_one() && self.den.is_one() {
            return self.clone();
        }
        match content.over(&self.den).recip() {
            Some(factor) => self.scale(&factor),
            None => self.clone(),
        }
    }

    /// The polynomial over its leading coefficient.
    ///
    /// ```
    /// use braid_symbolic::{Number, poly::Poly};
    /// let x = Poly::variable(1, 0);
    /// assert_eq!(x.scale(&Number::int(-3)).monic(), x);
    /// ```
    pub fn monic(&self) -> Poly {
        match self.leading_coefficient().recip() {
            Some(factor) => self.scale(&factor),
            None => self.clone(),
        }
    }

    /// The sum of many, `O(t log k)` for `t` terms in `k` polynomials.
    ///
    /// ```
    /// use braid_symbolic::poly::Poly;
    /// let all = (0..3).map(|var| Poly::variable(3, var));
    /// assert_eq!(Poly::sum(3, all).len(), 3);
    /// ```
    pub fn sum(nvars: usize, polys: impl IntoIterator<Item = Poly>) -> Poly {
        // Like a binary counter: each sum on the stack is more than twice as long as the one above it.
        let mut stack: Vec<Poly> = vec![Poly::zero(nvars)];
        for poly in polys {
            let mut sum = poly;
            while let Some(below) = stack.pop_if(|below| below.len() <= 2 * sum.len()) {
                sum = &below + &sum;
            }
            stack.push(sum);
        }
        stack.into_iter().rev().reduce(|sum, below| &below + &sum).unwrap_or(Poly::zero(nvars))
    }

    /// The polynomial with each variable `i` called `to[i]`, one of `nvars`. Two of one name become one variable. Where a
    /// variable occurs for which `to` has no place, or one beyond `nvars`, there is no result.
    ///
    /// ```
    /// use braid_symbolic::poly::Poly;
    /// assert_eq!(Poly::variable(2, 0).rename(3, &[2, 0]), Some(Poly::variable(3, 2)));
    /// ```
    pub fn rename(&self, nvars: usize, to: &[usize]) -> Option<Poly> {
        let mut renamed: Vec<(Exponents, Number)> = Vec::with_capacity(self.len());
        for (exponents, coefficient) in self.terms() {
            let mut places = Exponents::from_elem(0, nvars);
            for (var, &exponent) in exponents.iter().enumerate().filter(|&(_, &exponent)| exponent > 0) {
                let place = places.get_mut(*to.get(var)?)?;
                *place = place.checked_add(exponent)?;
            }
            renamed.push((places, coefficient));
        }
        Poly::from_terms(nvars, renamed).ok()
    }

    fn combine(&self, other: &Poly, negate: bool) -> Poly {
        let nvars = self.nvars.max(other.nvars);
        let (mut self_factor, mut other_factor, mut den) = (Int::ONE, Int::ONE, self.den.clone());
        if self.den != other.den {
            let common = self.den.gcd(&other.den);
            // Both are divisible by their common divisor.
            self_factor = other.den.div_exact(&common).unwrap_or(Int::ONE);
            other_factor = self.den.div_exact(&common).unwrap_or(Int::ONE);
            den = den.mul(&self_factor);
        }
        if negate {
            other_factor = other_factor.neg();
        }
        with_both!(self, other, nvars, self.common_width(other, nvars), |x, y| {
            Poly::from_sorted(nvars, den, kernel::add(&scaled(&x, &self_factor), &scaled(&y, &other_factor)))
        })
    }
}

/// Numerator and denominator.
fn parts(number: &Number) -> (Int, Int) {
    match number.as_i64() {
        Some(word) => (Int::Small(word), Int::ONE),
        None => (Int::from_big(number.numerator()), Int::from_big(number.denominator())),
    }
}

/// The sum, in linear time.
impl std::ops::Add for &Poly {
    type Output = Poly;
    fn add(self, other: &Poly) -> Poly {
        self.combine(other, false)
    }
}

/// The difference, in linear time.
impl std::ops::Sub for &Poly {
    type Output = Poly;
    fn sub(self, other: &Poly) -> Poly {
        self.combine(other, true)
    }
}

impl std::ops::Neg for &Poly {
    type Output = Poly;
    fn neg(self) -> Poly {
        self.scale(&Number::MINUS_ONE)
    }
}

/// The terms of a polynomial, leading term first.
///
/// ```
/// use braid_symbolic::poly::Poly;
/// let poly = &Poly::variable(1, 0).pow(2).unwrap() + &Poly::one(1);
/// let exponents: Vec<u32> = poly.terms().map(|(exponents, _)| exponents[0]).collect();
/// assert_eq!(exponents, [2, 0]);
/// ```
#[derive(Clone, Debug)]
pub struct Terms<'a> {
    poly: &'a Poly,
    next: usize,
}

impl Iterator for Terms<'_> {
    type Item = (Exponents, Number);

    fn next(&mut self) -> Option<(Exponents, Number)> {
        let term = self.poly.get(self.next)?;
        self.next += 1;
        Some(term)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.poly.len() - self.next;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Terms<'_> {}

/// As a sum of terms such as `3/2*x0^2*x1`.
impl fmt::Display for Poly {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if self.is_zero() {
            return write!(f, "0");
        }
        for (at, (exponents, coefficient)) in self.terms().enumerate() {
            let sign = match (at, coefficient.is_negative()) {
                (0, true) => "-",
                (0, false) => "",
                (_, true) => " - ",
                (_, false) => " + ",
            };
            write!(f, "{sign}")?;
            let magnitude = coefficient.abs();
            let constant = exponents.iter().all(|&e| e == 0);
            if constant || !magnitude.is_one() {
                write!(f, "{magnitude}{}", if constant { "" } else { "*" })?;
            }
            let mut separator = "";
            for (var, &exponent) in exponents.iter().enumerate().filter(|&(_, &exponent)| exponent > 0) {
                write!(f, "{separator}x{var}")?;
                if exponent > 1 {
                    write!(f, "^{exponent}")?;
                }
                separator = "*";
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Poly {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
