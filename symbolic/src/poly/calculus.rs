//! Polynomials as functions of one of their variables: coefficients, values, substitution, derivatives.

use super::kernel::Term;
use super::mono::{Body, Mono};
use super::polynomial::with_terms;
use super::{COEFFICIENT_BITS_MAX, Poly, PolyError};
use crate::Number;
use std::collections::BTreeMap;

impl Poly {
    /// The coefficients of the powers of a variable that are not zero, highest power first: polynomials without it.
    ///
    /// ```
    /// use braid_symbolic::{poly::Poly};
    /// let x_plus_y = &Poly::variable(2, 0) + &Poly::variable(2, 1);
    /// let square = x_plus_y.pow(2).unwrap();
    /// assert_eq!(square.coefficients(0).len(), 3); // of x^0, x^1 and x^2
    /// ```
    pub fn coefficients(&self, var: usize) -> Vec<(u32, Poly)> {
        if var >= self.nvars() {
            return if self.is_zero() { Vec::new() } else { vec![(0, self.clone())] };
        }
        fn group<M: Mono>(poly: &Poly, terms: &[Term<M>], var: usize) -> Vec<(u32, Poly)> {
            let mut groups: BTreeMap<u32, Vec<Term<M>>> = BTreeMap::new();
            for term in terms {
                let mono = term.mono.with_exponent(poly.nvars(), var, 0);
                let group = groups.entry(term.mono.exponent(poly.nvars(), var)).or_default();
                group.push(Term { mono, coeff: term.coeff.clone() });
            }
            let poly = |group| Poly::from_sorted(poly.nvars(), poly.den().clone(), group);
            groups.into_iter().rev().map(|(exponent, group)| (exponent, poly(group))).collect()
        }
        with_terms!(self.body(), terms => group(self, terms, var))
    }

    /// The sum of coefficients times powers of a variable, which may occur in the coefficients.
    ///
    /// ```
    /// use braid_symbolic::poly::Poly;
    /// let x = Poly::variable(1, 0);
    /// let again = Poly::from_coefficients(1, 0, x.pow(3).unwrap().coefficients(0)).unwrap();
    /// assert_eq!(again, x.pow(3).unwrap());
    /// ```
    pub fn from_coefficients(
        nvars: usize,
        var: usize,
        coefficients: impl IntoIterator<Item = (u32, Poly)>,
    ) -> Result<Poly, PolyError> {
        let mut products = Vec::new();
        for (exponent, coefficient) in coefficients {
            products.push(coefficient.mul(&Poly::power_of_variable(nvars, var, exponent))?);
        }
        Ok(Poly::sum(nvars, products))
    }

    /// The coefficient of the highest power of a variable; zero of zero.
    ///
    /// ```
    /// use braid_symbolic::poly::Poly;
    /// let (x, y) = (Poly::variable(2, 0), Poly::variable(2, 1));
    /// assert_eq!(x.mul(&y).unwrap().leading_coefficient_in(0), y);
    /// ```
    pub fn leading_coefficient_in(&self, var: usize) -> Poly {
        let degree = self.degree(var);
        self.coefficient(var, degree)
    }

    /// The coefficient of a power of a variable.
    ///
    /// ```
    /// use braid_symbolic::poly::Poly;
    /// let (x, y) = (Poly::variable(2, 0), Poly::variable(2, 1));
    /// assert_eq!(x.mul(&y).unwrap().coefficient(0, 1), y);
    /// ```
    pub fn coefficient(&self, var: usize, exponent: u32) -> Poly {
        if var >= self.nvars() {
            return if exponent == 0 { self.clone() } else { Poly::zero(self.nvars()) };
        }
        let nvars = self.nvars();
        with_terms!(self.body(), terms => {
            let of_power = terms
                .iter()
                .filter(|term| term.mono.exponent(nvars, var) == exponent)
                .map(|term| Term { mono: term.mono.with_exponent(nvars, var, 0), coeff: term.coeff.clone() })
                .collect();
            Poly::from_sorted(nvars, self.den().clone(), of_power)
        })
    }

    /// The derivative by a variable.
    ///
    /// ```
    /// use braid_symbolic::{Number, poly::Poly};
    /// let x = Poly::variable(1, 0);
    /// assert_eq!(x.pow(2).unwrap().derivative(0), x.scale(&Number::TWO));
    /// ```
    pub fn derivative(&self, var: usize) -> Poly {
        let nvars = self.nvars();
        if var >= nvars {
            return Poly::zero(nvars);
        }
        with_terms!(self.body(), terms => {
            let derived = terms
                .iter()
                .filter_map(|term| {
                    let exponent = term.mono.exponent(nvars, var);
                    let mono = term.mono.with_exponent(nvars, var, exponent.checked_sub(1)?);
                    Some(Term { mono, coeff: term.coeff.mul(&super::int::Int::Small(exponent as i64)) })
                })
                .collect();
            Poly::from_sorted(nvars, self.den().clone(), derived)
        })
    }

    /// The polynomial with a number for a variable.
    ///
    /// ```
    /// use braid_symbolic::{Number, poly::Poly};
    /// let (x, y) = (Poly::variable(2, 0), Poly::variable(2, 1));
    /// assert_eq!(x.mul(&y).unwrap().evaluate(0, &Number::TWO).unwrap(), y.scale(&Number::TWO));
    /// ```
    pub fn evaluate(&self, var: usize, value: &Number) -> Result<Poly, PolyError> {
        let coefficients = self.coefficients(var);
        let mut products = Vec::with_capacity(coefficients.len());
        for (exponent, coefficient) in coefficients {
            let power = value.checked_pow(exponent as i64);
            let power = power.ok_or(PolyError::CoefficientTooLarge { bits_max: COEFFICIENT_BITS_MAX })?;
            products.push(coefficient.scale(&power));
        }
        Ok(Poly::sum(self.nvars(), products))
    }

    /// The value where each variable has a value; those left off at the end are zero.
    ///
    /// ```
    /// use braid_symbolic::{Number, poly::Poly};
    /// let x = Poly::variable(1, 0);
    /// assert_eq!(x.pow(3).unwrap().value(&[Number::TWO]), Ok(Number::int(8)));
    /// ```
    pub fn value(&self, values: &[Number]) -> Result<Number, PolyError> {
        let mut rest = self.clone();
        for var in (0..self.nvars()).rev() {
            rest = rest.evaluate(var, values.get(var).unwrap_or(&Number::ZERO))?;
        }
        Ok(rest.leading_coefficient())
    }

    /// The polynomial with a polynomial for a variable, by Horner's rule over the powers that occur.
    ///
    /// ```
    /// use braid_symbolic::poly::Poly;
    /// let (x, y) = (Poly::variable(2, 0), Poly::variable(2, 1));
    /// assert_eq!(x.pow(2).unwrap().substitute(0, &y).unwrap(), y.pow(2).unwrap());
    /// ```
    pub fn substitute(&self, var: usize, by: &Poly) -> Result<Poly, PolyError> {
        if let Some(value) = by.as_constant() {
            return self.evaluate(var, &value);
        }
        let coefficients = self.coefficients(var);
        let mut result = Poly::zero(self.nvars().max(by.nvars()));
        for (at, (exponent, coefficient)) in coefficients.iter().enumerate() {
            let below = coefficients.get(at + 1).map_or(0, |next| next.0);
            result = (&result + coefficient).mul(&by.pow(exponent - below)?)?;
        }
        Ok(result)
    }
}
