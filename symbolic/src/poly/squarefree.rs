//! Squarefree factorisation.

use super::{Poly, PolyError};

impl Poly {
    /// Polynomials without repeated factors, pairwise coprime and primitive, with their multiplicities; their powers'
    /// product is the primitive part of this. None for a number.
    ///
    /// By content and primitive part in one variable after another, each primitive part by Yun's algorithm ("On
    /// square-free decomposition algorithms", 1976).
    ///
    /// ```
    /// use braid_symbolic::poly::Poly;
    /// let (x, y) = (Poly::variable(2, 0), Poly::variable(2, 1));
    /// let parts = x.pow(2).unwrap().mul(&y).unwrap().squarefree().unwrap();
    /// assert!(parts.contains(&(x, 2)) && parts.contains(&(y, 1)));
    /// ```
    pub fn squarefree(&self) -> Result<Vec<(Poly, u32)>, PolyError> {
        let mut factors = Vec::new();
        let monomial = self.common_monomial();
        let mut rest = self.over_monomial(&monomial)?.primitive();
        for (var, &exponent) in monomial.iter().enumerate().filter(|&(_, &exponent)| exponent > 0) {
            factors.push((Poly::variable(self.nvars(), var), exponent));
        }
        while rest.as_constant().is_none() {
            let degrees = rest.degrees();
            let used = (0..rest.nvars()).filter(|&var| degrees[var] > 0);
            let Some(var) = used.min_by_key(|&var| degrees[var]) else { break };
            let content = rest.content_in(var)?;
            let primitive = quotient(&rest, &content)?.primitive();
            yun(&primitive, var, &mut factors)?;
            rest = content;
        }
        Ok(factors)
    }
}

/// The quotient by a divisor that is known to divide.
pub(super) fn quotient(a: &Poly, divisor: &Poly) -> Result<Poly, PolyError> {
    Ok(a.div_exact(divisor)?.unwrap_or_else(|| a.clone()))
}

/// Of a polynomial that is primitive in the variable and not free of it.
fn yun(poly: &Poly, var: usize, factors: &mut Vec<(Poly, u32)>) -> Result<(), PolyError> {
    let derivative = poly.derivative(var);
    let repeated = poly.gcd(&derivative)?;
    if repeated.is_one() {
        factors.push((poly.clone(), 1));
        return Ok(());
    }
    let mut rest = quotient(poly, &repeated)?;
    let mut slope = &quotient(&derivative, &repeated)? - &rest.derivative(var);
    let mut multiplicity = 1;
    while rest.degree(var) > 0 {
        let factor = rest.gcd(&slope)?;
        rest = quotient(&rest, &factor)?;
        slope = &quotient(&slope, &factor)? - &rest.derivative(var);
        if factor.degree(var) > 0 {
            factors.push((factor, multiplicity));
        }
        multiplicity += 1;
    }
    Ok(())
}
