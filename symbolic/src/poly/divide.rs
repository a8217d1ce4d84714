//! Division with remainder in one variable.

use super::{Poly, PolyError, STEPS_MAX};

/// What a pseudo-division gives: `factor * dividend = quotient * divisor + remainder`.
///
/// ```
/// use braid_symbolic::poly::{Poly, PseudoQuotient};
/// let x = Poly::variable(1, 0);
/// let PseudoQuotient { quotient, remainder, factor } = x.pow(2).unwrap().pseudo_div_rem(&x, 0).unwrap();
/// assert!(quotient == x && remainder.is_zero() && factor.is_one());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PseudoQuotient {
    /// The quotient.
    pub quotient: Poly,
    /// The remainder, of lower degree than the divisor in the variable.
    pub remainder: Poly,
    /// A power of the divisor's leading coefficient in the variable, of as many factors as the division had steps. So
    /// `quotient / factor` is the quotient over the field of fractions of the coefficients.
    pub factor: Poly,
}

impl Poly {
    /// Quotient and remainder in a variable over the field of fractions of the coefficients, without fractions.
    ///
    /// Knuth, TAOCP 4.6.1, algorithm R, without the steps that would multiply by the leading coefficient only.
    ///
    /// ```
    /// use braid_symbolic::poly::Poly;
    /// let (x, y) = (Poly::variable(2, 0), Poly::variable(2, 1));
    /// let result = x.pow(2).unwrap().pseudo_div_rem(&x.mul(&y).unwrap(), 0).unwrap();
    /// assert!(result.remainder.is_zero() && !result.factor.is_one()); // y^k*x^2 is a multiple of x*y, x^2 is not
    /// ```
    pub fn pseudo_div_rem(&self, divisor: &Poly, var: usize) -> Result<PseudoQuotient, PolyError> {
        if divisor.is_zero() {
            return Err(PolyError::DivisionByZero);
        }
        let nvars = self.nvars().max(divisor.nvars());
        let degree = divisor.degree(var);
        let lead = divisor.leading_coefficient_in(var);
        let (mut quotient, mut remainder, mut factor) = (Poly::zero(nvars), self.clone(), Poly::one(nvars));
        let mut work = 0;
        while !remainder.is_zero() && remainder.degree(var) >= degree {
            let shift = Poly::power_of_variable(nvars, var, remainder.degree(var) - degree);
            let step = remainder.leading_coefficient_in(var).mul(&shift)?;
            quotient = &quotient.mul(&lead)? + &step;
            remainder = &remainder.mul(&lead)? - &divisor.mul(&step)?;
            factor = factor.mul(&lead)?;
            count(&mut work, quotient.len() + remainder.len() + divisor.len())?;
        }
        Ok(PseudoQuotient { quotient, remainder, factor })
    }

    /// Quotient and remainder in a variable, where the quotient is a polynomial: always where the divisor's leading
    /// coefficient in the variable is a number. `None` where a coefficient of the quotient would be a proper fraction.
    ///
    /// ```
    /// use braid_symbolic::poly::Poly;
    /// let (x, one) = (Poly::variable(1, 0), Poly::one(1));
    /// let (quotient, remainder) = x.pow(2).unwrap().div_rem(&(&x + &one), 0).unwrap().unwrap();
    /// assert_eq!((quotient, remainder), (&x - &one, one));
    /// ```
    pub fn div_rem(&self, divisor: &Poly, var: usize) -> Result<Option<(Poly, Poly)>, PolyError> {
        if divisor.is_zero() {
            return Err(PolyError::DivisionByZero);
        }
        let nvars = self.nvars().max(divisor.nvars());
        let degree = divisor.degree(var);
        let lead = divisor.leading_coefficient_in(var);
        let mut remainder = &Poly::zero(nvars) + self;
        let (mut steps, mut work) = (Vec::new(), 0);
        while !remainder.is_zero() && remainder.degree(var) >= degree {
            let top = remainder.degree(var);
            let Some(step) = remainder.coefficient(var, top).div_exact(&lead)? else { return Ok(None) };
            let step = step.mul(&Poly::power_of_variable(nvars, var, top - degree))?;
            remainder = &remainder - &divisor.mul(&step)?;
            steps.push(step);
            count(&mut work, remainder.len() + divisor.len())?;
        }
        Ok(Some((Poly::sum(nvars, steps), remainder)))
    }
}

fn count(work: &mut u64, terms: usize) -> Result<(), PolyError> {
    *work += terms as u64;
    if *work > STEPS_MAX {
        return Err(PolyError::TooManySteps { what: "a division", max: STEPS_MAX });
    }
    Ok(())
}
