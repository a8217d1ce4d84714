//! Division with remainder in one variable.

use super::{Poly, PolyError, STEPS_MAX};

/// What a pseudo-division gives: `factor * dividend = quotient * divisor + remainder`.
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
