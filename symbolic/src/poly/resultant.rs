//! Resultants, discriminants, and the extended Euclidean algorithm.

use super::gcd::{full_pseudo_remainder, next_h};
use super::squarefree::quotient;
use super::{Poly, PolyError};
use crate::Number;

impl Poly {
    /// The resultant in a variable: zero where the two have a factor with it in common, or either is zero.
    ///
    /// By subresultants (Cohen, "A Course in Computational Algebraic Number Theory", algorithm 3.3.7).
    ///
    /// ```
    /// use braid_symbolic::poly::Poly;
    /// let (x, one) = (Poly::variable(1, 0), Poly::one(1));
    /// let square = &x.pow(2).unwrap() - &one;
    /// assert!(square.resultant(&(&x - &one), 0).unwrap().is_zero()); // a common root
    /// ```
    pub fn resultant(&self, other: &Poly, var: usize) -> Result<Poly, PolyError> {
        let nvars = self.nvars().max(other.nvars()).max(var + 1);
        if self.is_zero() || other.is_zero() {
            return Ok(Poly::zero(nvars));
        }
        // The remainder sequence is in the first variable; exchanging twice leaves all others where they were.
        let exchange = |poly: &Poly| {
            let mut to: Vec<usize> = (0..nvars).collect();
            to.swap(0, var);
            poly.extended(nvars).rename(nvars, &to).ok_or(PolyError::ExponentTooLarge)
        };
        let (mut a, mut b) = (exchange(self)?, exchange(other)?);
        let mut negative = false;
        if a.degree(0) < b.degree(0) {
            negative = odd(a.degree(0)) && odd(b.degree(0));
            std::mem::swap(&mut a, &mut b);
        }
        let (a_content, b_content) = (a.content(), b.content());
        let scale = a_content.checked_pow(b.degree(0) as i64).zip(b_content.checked_pow(a.degree(0) as i64));
        let (x, y) = scale.ok_or(PolyError::CoefficientTooLarge { bits_max: Number::POWER_BITS_MAX })?;
        let scale = &x * &y;
        (a, b) = (a.primitive(), b.primitive());
        let (mut g, mut h, mut work) = (Poly::one(nvars), Poly::one(nvars), 0);
        while b.degree(0) > 0 {
            let delta = a.degree(0) - b.degree(0);
            negative ^= odd(a.degree(0)) && odd(b.degree(0));
            let remainder = full_pseudo_remainder(&a, &b, &mut work)?;
            a = b;
            if remainder.is_zero() {
                return Ok(Poly::zero(nvars));
            }
            b = quotient(&remainder, &g.mul(&h.pow(delta)?)?)?;
            g = a.leading_coefficient_in(0);
            h = next_h(&g, &h, delta)?;
        }
        // h^(1 - deg a) b^(deg a)
        let result = next_h(&b, &h, a.degree(0))?;
        let result = if a.degree(0) == 0 { Poly::one(nvars) } else { result };
        exchange(&result.scale(&if negative { -scale } else { scale }))
    }

    /// The discriminant in a variable, of positive degree in it; one for degree 1 and zero for what is free of it.
    ///
    /// ```
    /// use braid_symbolic::{Number, poly::Poly};
    /// let poly = &Poly::variable(1, 0).pow(2).unwrap() - &Poly::one(1);
    /// assert_eq!(poly.discriminant(0).unwrap().as_constant(), Some(Number::int(4)));
    /// ```
    pub fn discriminant(&self, var: usize) -> Result<Poly, PolyError> {
        let degree = self.degree(var) as u64;
        if degree == 0 {
            return Ok(Poly::zero(self.nvars()));
        }
        let resultant = self.resultant(&self.derivative(var), var)?;
        let discriminant = quotient(&resultant, &self.leading_coefficient_in(var))?;
        Ok(if degree * (degree - 1) / 2 % 2 == 1 { -&discriminant } else { discriminant })
    }

    /// The monic greatest common divisor `g` and `s`, `t` of least degree with `s a + t b = g`, of polynomials in which at
    /// most one variable, `var`, occurs. `g` is zero where both are.
    ///
    /// ```
    /// use braid_symbolic::poly::Poly;
    /// let (x, one) = (Poly::variable(1, 0), Poly::one(1));
    /// let (g, s, t) = x.extended_gcd(&(&x + &one), 0).unwrap();
    /// assert_eq!(&s.mul(&x).unwrap() + &t.mul(&(&x + &one)).unwrap(), g);
    /// ```
    pub fn extended_gcd(&self, other: &Poly, var: usize) -> Result<(Poly, Poly, Poly), PolyError> {
        let nvars = self.nvars().max(other.nvars());
        if [self, other].iter().any(|poly| poly.variables().iter().any(|&v| v != var)) {
            return Err(PolyError::NotUnivariate);
        }
        let (mut r, mut next_r) = (self.extended(nvars), other.extended(nvars));
        let (mut s, mut next_s) = (Poly::one(nvars), Poly::zero(nvars));
        let (mut t, mut next_t) = (Poly::zero(nvars), Poly::one(nvars));
        while !next_r.is_zero() {
            // Coefficients of one variable are numbers: there is always a quotient.
            let Some((q, rest)) = r.div_rem(&next_r, var)? else { return Err(PolyError::NotUnivariate) };
            let (after_s, after_t) = (&s - &q.mul(&next_s)?, &t - &q.mul(&next_t)?);
            // Monic remainders keep the rationals short.
            let scale = rest.leading_coefficient().recip().unwrap_or(Number::ONE);
            r = std::mem::replace(&mut next_r, rest.scale(&scale));
            s = std::mem::replace(&mut next_s, after_s.scale(&scale));
            t = std::mem::replace(&mut next_t, after_t.scale(&scale));
        }
        let scale = r.leading_coefficient().recip().unwrap_or(Number::ONE);
        Ok((r.scale(&scale), s.scale(&scale), t.scale(&scale)))
    }

    /// `s` and `t` with `s a + t b = 1` of polynomials in one variable; `None` where they have a common factor.
    pub(super) fn bezout(&self, other: &Poly, var: usize) -> Result<Option<(Poly, Poly)>, PolyError> {
        let (gcd, s, t) = self.extended_gcd(other, var)?;
        Ok(gcd.is_one().then_some((s, t)))
    }
}

fn odd(n: u32) -> bool {
    n % 2 == 1
}
