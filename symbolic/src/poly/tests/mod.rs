//! Laws on random polynomials, and cases whose results are known.

mod applied;
mod arithmetic;
mod factor;
mod gcd;

use super::{Exponents, Poly};
use crate::Number;

/// A generator of numbers for tests (xorshift), the same in every run.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 8) % bound
    }

    /// A whole number of absolute value up to `bound`.
    pub(super) fn int(&mut self, bound: u64) -> Number {
        Number::int(self.below(2 * bound + 1) as i64 - bound as i64)
    }

    /// Up to `terms` terms of degree at most `degree` in each variable, whole coefficients up to `height`.
    pub(super) fn poly(&mut self, nvars: usize, terms: usize, degree: u64, height: u64) -> Poly {
        let term = |_| {
            let exponents: Exponents = (0..nvars).map(|_| self.below(degree + 1) as u32).collect();
            (exponents, self.int(height))
        };
        let terms: Vec<_> = (0..terms).map(term).collect();
        Poly::from_terms(nvars, terms).unwrap()
    }

    /// The same with rational coefficients.
    pub(super) fn rational_poly(&mut self, nvars: usize, terms: usize, degree: u64) -> Poly {
        let parts: Vec<Poly> = (0..terms)
            .map(|_| {
                let denominator = self.below(12) as i64 + 1;
                self.poly(nvars, 1, degree, 20).scale(&Number::ratio(1, denominator).unwrap())
            })
            .collect();
        Poly::sum(nvars, parts)
    }

    /// One that is not a number.
    pub(super) fn proper_poly(&mut self, nvars: usize, terms: usize, degree: u64, height: u64) -> Poly {
        loop {
            let poly = self.poly(nvars, terms, degree, height);
            if poly.as_constant().is_none() {
                return poly;
            }
        }
    }
}

/// The polynomial in one variable of these coefficients, the highest power first.
pub(super) fn univariate(coefficients: &[i64]) -> Poly {
    let top = coefficients.len() as u32;
    Poly::from_terms(1, coefficients.iter().zip(1..).map(|(&c, at)| ([top - at], Number::int(c)))).unwrap()
}

/// The variables of a ring.
pub(super) fn variables<const N: usize>() -> [Poly; N] {
    std::array::from_fn(|var| Poly::variable(N, var))
}

pub(super) fn product<'a>(nvars: usize, factors: impl IntoIterator<Item = &'a Poly>) -> Poly {
    factors.into_iter().fold(Poly::one(nvars), |product, factor| product.mul(factor).unwrap())
}
