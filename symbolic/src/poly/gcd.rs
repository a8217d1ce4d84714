//! Greatest common divisors and contents.
//!
//! Small problems go to the heuristic of Char, Geddes and Gonnet ("GCDHEU", 1989): evaluate at a large whole number, take
//! the divisor of the values, read a polynomial from its digits, check it by division. Larger ones go to images modulo
//! primes (`modular`), likewise checked by division. What neither settles goes to the subresultant remainder sequence
//! (Brown and Traub 1971), which needs neither luck nor a check.

use super::int::Int;
use super::squarefree::quotient;
use super::{Poly, PolyError, modular};
use crate::Number;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed};

/// Values in the heuristic have at most this many bits.
const HEURISTIC_BITS_MAX: u64 = 1 << 14;

/// A remainder sequence multiplies at most so many words of coefficients, some seconds of work.
const REMAINDER_WORK_MAX: u64 = 1 << 28;

/// The heuristic evaluates at this many points before it gives up.
const HEURISTIC_TRIES: usize = 4;

impl Poly {
    /// The greatest common divisor: whole coefficients without common divisor, leading coefficient positive. One where
    /// either is a number other than zero; the primitive part of the other where one is zero, and zero of two zeros.
    ///
    /// ```
    /// use braid_symbolic::poly::Poly;
    /// let (x, y) = (Poly::variable(2, 0), Poly::variable(2, 1));
    /// assert_eq!(x.mul(&y).unwrap().gcd(&x.pow(2).unwrap()).unwrap(), x);
    /// ```
    pub fn gcd(&self, other: &Poly) -> Result<Poly, PolyError> {
        let nvars = self.nvars().max(other.nvars());
        let (mut a, mut b) = (self.extended(nvars).primitive(), other.extended(nvars).primitive());
        if a.is_zero() {
            return Ok(b);
        }
        if b.is_zero() || a == b {
            return Ok(a);
        }
        let (a_monomial, b_monomial) = (a.common_monomial(), b.common_monomial());
        let common: Vec<u32> = a_monomial.iter().zip(&b_monomial).map(|(&x, &y)| x.min(y)).collect();
        a = a.over_monomial(&a_monomial)?;
        b = b.over_monomial(&b_monomial)?;
        let monomial = Poly::from_terms(nvars, [(common, Number::ONE)])?;

        // The divisor has no variable that either lacks: it divides every coefficient of powers of such a variable.
        loop {
            let (x, y) = (a.degrees(), b.degrees());
            if a.as_constant().is_some() || b.as_constant().is_some() {
                return Ok(monomial);
            }
            let Some(var) = (0..nvars).find(|&var| (x[var] == 0) != (y[var] == 0)) else { break };
            if x[var] > 0 {
                a = a.coefficients_gcd(var, &b)?;
            } else {
                b = b.coefficients_gcd(var, &a)?;
            }
        }

        // In the variables that occur, the one of least degree first: it is the main variable of remainder sequences.
        let degrees: Vec<u32> = a.degrees().iter().zip(&b.degrees()).map(|(&x, &y)| x.min(y)).collect();
        let mut used: Vec<usize> = (0..nvars).filter(|&var| degrees[var] > 0).collect();
        used.sort_by_key(|&var| degrees[var]);
        let mut to = vec![0; nvars];
        for (place, &var) in used.iter().enumerate() {
            to[var] = place;
        }
        let renamed = a.rename(used.len(), &to).zip(b.rename(used.len(), &to));
        let Some((x, y)) = renamed else { return Err(PolyError::ExponentTooLarge) };
        let gcd = connected_gcd(&x.primitive(), &y.primitive())?;
        let gcd = gcd.rename(nvars, &used).ok_or(PolyError::ExponentTooLarge)?;
        Ok(gcd.mul(&monomial)?.primitive())
    }

    /// The least common multiple, primitive; zero where either is zero.
    ///
    /// ```
    /// use braid_symbolic::poly::Poly;
    /// let (x, y) = (Poly::variable(2, 0), Poly::variable(2, 1));
    /// assert_eq!(x.lcm(&y).unwrap(), x.mul(&y).unwrap());
    /// ```
    pub fn lcm(&self, other: &Poly) -> Result<Poly, PolyError> {
        if self.is_zero() || other.is_zero() {
            return Ok(Poly::zero(self.nvars().max(other.nvars())));
        }
        Ok(self.mul(&quotient(other, &self.gcd(other)?)?)?.primitive())
    }

    /// The fraction `self / denominator` in lowest terms: numerator and denominator without common factor, the denominator
    /// primitive.
    ///
    /// ```
    /// use braid_symbolic::poly::Poly;
    /// let (x, y) = (Poly::variable(2, 0), Poly::variable(2, 1));
    /// assert_eq!(x.mul(&y).unwrap().cancel(&x.pow(2).unwrap()).unwrap(), (y, x));
    /// ```
    pub fn cancel(&self, denominator: &Poly) -> Result<(Poly, Poly), PolyError> {
        let Some(unit) = denominator.content().recip() else { return Err(PolyError::DivisionByZero) };
        let gcd = self.gcd(denominator)?;
        Ok((quotient(self, &gcd)?.scale(&unit), quotient(denominator, &gcd)?.scale(&unit)))
    }

    /// The greatest common divisor of the coefficients of the powers of a variable.
    ///
    /// ```
    /// use braid_symbolic::poly::Poly;
    /// let (x, y) = (Poly::variable(2, 0), Poly::variable(2, 1));
    /// assert_eq!(x.mul(&y).unwrap().content_in(0).unwrap(), y);
    /// ```
    pub fn content_in(&self, var: usize) -> Result<Poly, PolyError> {
        self.coefficients_gcd(var, &Poly::zero(self.nvars()))
    }

    /// The polynomial over its [`content_in`](Poly::content_in) a variable, and over its content.
    ///
    /// ```
    /// use braid_symbolic::poly::Poly;
    /// let (x, y) = (Poly::variable(2, 0), Poly::variable(2, 1));
    /// assert_eq!(x.mul(&y).unwrap().primitive_in(0).unwrap(), x);
    /// ```
    pub fn primitive_in(&self, var: usize) -> Result<Poly, PolyError> {
        let content = self.content_in(var)?;
        if self.is_zero() || content.is_one() {
            return Ok(self.primitive());
        }
        Ok(self.div_exact(&content)?.unwrap_or(Poly::zero(self.nvars())).primitive())
    }

    /// The greatest common divisor of `start` and the coefficients of the powers of a variable, short ones first.
    fn coefficients_gcd(&self, var: usize, start: &Poly) -> Result<Poly, PolyError> {
        let mut coefficients = self.coefficients(var);
        coefficients.sort_by_key(|(_, coefficient)| coefficient.len());
        let mut gcd = start.clone();
        for (_, coefficient) in coefficients {
            gcd = gcd.gcd(&coefficient)?;
            if gcd.is_one() {
                break;
            }
        }
        Ok(gcd)
    }

    /// The same polynomial in at least so many variables.
    ///
    /// ```
    /// use braid_symbolic::poly::Poly;
    /// assert_eq!(Poly::variable(1, 0).extended(3), Poly::variable(3, 0));
    /// ```
    pub fn extended(&self, nvars: usize) -> Poly {
        if self.nvars() >= nvars { self.clone() } else { self + &Poly::zero(nvars) }
    }

    /// The largest exponents by which all terms are divisible.
    pub(super) fn common_monomial(&self) -> Vec<u32> {
        let mut terms = self.terms();
        let mut common = terms.next().map_or(vec![0; self.nvars()], |term| term.0.to_vec());
        for (exponents, _) in terms {
            for (least, exponent) in common.iter_mut().zip(exponents) {
                *least = exponent.min(*least);
            }
        }
        common
    }

    /// The quotient by a monomial that divides all terms.
    pub(super) fn over_monomial(&self, exponents: &[u32]) -> Result<Poly, PolyError> {
        if exponents.iter().all(|&e| e == 0) {
            return Ok(self.clone());
        }
        let divisor = Poly::from_terms(self.nvars(), [(exponents, Number::ONE)])?;
        Ok(self.div_exact(&divisor)?.unwrap_or_else(|| self.clone()))
    }
}

/// The divisor of primitive polynomials in which the same variables occur, all of them.
fn connected_gcd(a: &Poly, b: &Poly) -> Result<Poly, PolyError> {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let within = short.degrees().iter().zip(&long.degrees()).all(|(s, l)| s <= l);
    if within && long.div_exact(short)?.is_some() {
        return Ok(short.clone());
    }
    if let Some(gcd) = heuristic_gcd(a, b, 0)? {
        return Ok(gcd.primitive());
    }
    match modular::gcd(a, b)? {
        Some(gcd) => Ok(gcd),
        None => subresultant_gcd(a, b),
    }
}

/// The divisor over the whole numbers, with the common divisor of the contents, of polynomials in the variables from
/// `var` on. `None` where values are too long or no candidate divides both.
pub(super) fn heuristic_gcd(a: &Poly, b: &Poly, var: usize) -> Result<Option<Poly>, PolyError> {
    let nvars = a.nvars();
    let content = a.content().gcd(&b.content());
    if let (Some(x), Some(y)) = (a.as_constant(), b.as_constant()) {
        return Ok(Some(Poly::constant(nvars, &x.gcd(&y))));
    }
    let (a, b) = (a.primitive(), b.primitive());
    let height = a.height().min(b.height());
    let mut point = Number::from_bigint(BigInt::from(2) * height + 29);
    for _ in 0..HEURISTIC_TRIES {
        let bits = point.numerator().bits() * a.degree(var).max(b.degree(var)) as u64;
        let extents = (var + 1..nvars).map(|v| a.degree(v).max(b.degree(v)) as u64 + 1);
        if extents.fold(bits, u64::saturating_mul) > HEURISTIC_BITS_MAX {
            return Ok(None);
        }
        let (x, y) = (a.evaluate(var, &point)?, b.evaluate(var, &point)?);
        if !x.is_zero()
            && !y.is_zero()
            && let Some(value) = heuristic_gcd(&x, &y, var + 1)?
        {
            let candidate = from_digits(&value, var, &point.numerator())?.primitive();
            if a.div_exact(&candidate)?.is_some() && b.div_exact(&candidate)?.is_some() {
                return Ok(Some(candidate.scale(&content)));
            }
        }
        // An irregular factor, so that the points are in no relation.
        point = Number::from_bigint(point.numerator() * 73794 / 27011);
    }
    Ok(None)
}

/// The polynomial whose value at `point` of a variable is given, by digits in the symmetric range.
fn from_digits(value: &Poly, var: usize, point: &BigInt) -> Result<Poly, PolyError> {
    let half = point >> 1;
    let mut terms = Vec::new();
    for (mut exponents, coefficient) in value.terms() {
        let mut rest = coefficient.numerator();
        exponents[var] = 0;
        while rest != BigInt::ZERO {
            let mut digit = rest.mod_floor(point);
            if digit > half {
                digit -= point;
            }
            rest = (rest - &digit) / point;
            terms.push((exponents.clone(), Number::from_bigint(digit)));
            exponents[var] += 1;
        }
    }
    Poly::from_terms(value.nvars(), terms)
}

impl Poly {
    /// The largest absolute value of a numerator.
    pub(super) fn height(&self) -> BigInt {
        self.whole_coefficients().map(|c| c.to_big().abs()).max().unwrap_or(BigInt::one())
    }

    /// The numerators over the common denominator.
    pub(super) fn whole_coefficients(&self) -> impl Iterator<Item = Int> + '_ {
        let den = self.den().to_number();
        self.terms().map(move |(_, c)| Int::from_big((&c * &den).numerator()))
    }
}

/// The divisor by the subresultant remainder sequence in the first variable.
pub(super) fn subresultant_gcd(a: &Poly, b: &Poly) -> Result<Poly, PolyError> {
    let content = a.content_in(0)?.gcd(&b.content_in(0)?)?;
    let (mut a, mut b) = (a.primitive_in(0)?, b.primitive_in(0)?);
    if a.degree(0) < b.degree(0) {
        std::mem::swap(&mut a, &mut b);
    }
    let (mut g, mut h, mut work) = (Poly::one(a.nvars()), Poly::one(a.nvars()), 0);
    loop {
        let delta = a.degree(0) - b.degree(0);
        let remainder = full_pseudo_remainder(&a, &b, &mut work)?;
        if remainder.is_zero() {
            return Ok(b.primitive_in(0)?.mul(&content)?.primitive());
        }
        if remainder.degree(0) == 0 {
            return Ok(content);
        }
        let divisor = g.mul(&h.pow(delta)?)?;
        a = b;
        b = remainder.div_exact(&divisor)?.unwrap_or(remainder);
        g = a.leading_coefficient_in(0);
        h = next_h(&g, &h, delta)?;
    }
}

/// The pseudo-remainder with the full power of the leading coefficient, which the subresultants' divisions count on. The
/// products of words of coefficients are added to `work`, which has a limit.
pub(super) fn full_pseudo_remainder(a: &Poly, b: &Poly, work: &mut u64) -> Result<Poly, PolyError> {
    let mut count = |x: &Poly, y: &Poly| {
        *work = work.saturating_add(x.words().saturating_mul(y.words()));
        if *work > REMAINDER_WORK_MAX {
            return Err(PolyError::TooManySteps { what: "a remainder sequence", max: REMAINDER_WORK_MAX });
        }
        Ok(())
    };
    let lead = b.leading_coefficient_in(0);
    let mut steps_left = a.degree(0) - b.degree(0) + 1;
    let mut remainder = a.clone();
    while !remainder.is_zero() && remainder.degree(0) >= b.degree(0) {
        let shift = Poly::power_of_variable(a.nvars(), 0, remainder.degree(0) - b.degree(0));
        let step = remainder.leading_coefficient_in(0).mul(&shift)?;
        count(&remainder, &lead)?;
        count(b, &step)?;
        remainder = &remainder.mul(&lead)? - &b.mul(&step)?;
        steps_left -= 1;
    }
    let power = lead.pow(steps_left)?;
    count(&remainder, &power)?;
    remainder.mul(&power)
}

/// `h^(1 - delta) g^delta`, which is a polynomial.
pub(super) fn next_h(g: &Poly, h: &Poly, delta: u32) -> Result<Poly, PolyError> {
    if delta == 0 {
        return Ok(h.clone());
    }
    let power = g.pow(delta)?;
    Ok(power.div_exact(&h.pow(delta - 1)?)?.unwrap_or(power))
}
