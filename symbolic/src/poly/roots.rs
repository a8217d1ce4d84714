//! Isolation of the real roots of polynomials in one variable.

use super::{Poly, PolyError};
use crate::Number;
use num_bigint::BigInt;
use num_traits::{One, Signed};

/// A real root, by the interval `lower < x <= upper` in which it is the only one, or exactly where both ends are equal.
///
/// ```
/// use braid_symbolic::{Number, poly::Poly};
/// let poly = &Poly::variable(1, 0).pow(2).unwrap() - &Poly::constant(1, &Number::TWO);
/// let roots = poly.real_roots(0).unwrap();
/// assert!(roots.len() == 2 && roots[1].lower < roots[1].upper && roots[1].multiplicity == 1);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RealRoot {
    /// Less than the root, or the root.
    pub lower: Number,
    /// The root or more.
    pub upper: Number,
    /// How often the root occurs.
    pub multiplicity: u32,
}

impl RealRoot {
    /// The middle of the interval.
    ///
    /// ```
    /// use braid_symbolic::{poly::Poly};
    /// let poly = &Poly::variable(1, 0) - &Poly::one(1);
    /// let root = &poly.real_roots(0).unwrap()[0];
    /// assert!(root.lower <= root.middle() && root.middle() <= root.upper);
    /// ```
    pub fn middle(&self) -> Number {
        &(&self.lower + &self.upper) * &Number::HALF
    }
}

/// Polynomials of higher degree are refused: a Sturm sequence takes about the fourth power of the degree.
const DEGREE_MAX: u32 = 1 << 9;

/// Intervals are halved at most so many times in one call.
const HALVINGS_MAX: u64 = 1 << 16;

/// Whole coefficients from the lowest power up, positive multiples of those of a polynomial.
struct Sign(Vec<BigInt>);

impl Sign {
    fn of(poly: &Poly, var: usize) -> Sign {
        let mut coefficients = vec![BigInt::ZERO; poly.degree(var) as usize + 1];
        let primitive = poly.scale(&poly.content().abs().recip().unwrap_or(Number::ONE));
        for (exponents, coefficient) in primitive.terms() {
            let exponent = exponents.get(var).map_or(0, |&e| e as usize);
            coefficients[exponent] = coefficient.numerator();
        }
        Sign(coefficients)
    }

    /// -1, 0 or 1, as the value is.
    fn at(&self, point: &Number) -> i32 {
        let (p, q) = (point.numerator(), point.denominator());
        let (mut value, mut scale) = (BigInt::ZERO, BigInt::one());
        for coefficient in self.0.iter().rev() {
            value = value * &p + coefficient * &scale;
            scale *= &q;
        }
        value.signum().try_into().unwrap_or(0)
    }
}

/// The sequence of a squarefree polynomial: as many sign changes as it loses from one point to another, so many roots are
/// above the first and not above the second (Sturm 1829).
struct Sturm(Vec<Sign>);

impl Sturm {
    fn new(poly: &Poly, var: usize) -> Result<Sturm, PolyError> {
        let mut sequence = vec![Sign::of(poly, var)];
        let (mut a, mut b) = (poly.clone(), poly.derivative(var));
        while !b.is_zero() {
            sequence.push(Sign::of(&b, var));
            let Some((_, rest)) = a.div_rem(&b, var)? else { return Err(PolyError::NotUnivariate) };
            let scale = rest.content().abs().recip().unwrap_or(Number::ONE);
            a = std::mem::replace(&mut b, -&rest.scale(&scale));
        }
        Ok(Sturm(sequence))
    }

    fn changes(&self, point: &Number) -> usize {
        let signs: Vec<i32> = self.0.iter().map(|sign| sign.at(point)).filter(|&sign| sign != 0).collect();
        signs.windows(2).filter(|pair| pair[0] != pair[1]).count()
    }
}

impl Poly {
    /// The real roots, rising, of a polynomial in which only this variable occurs, each by an interval with no other root
    /// in it. None for a number, zero included.
    ///
    /// By Sturm sequences and halving, starting from Cauchy's bound.
    ///
    /// ```
    /// use braid_symbolic::poly::Poly;
    /// let poly = &Poly::variable(1, 0).pow(3).unwrap() - &Poly::variable(1, 0);
    /// assert_eq!(poly.real_roots(0).unwrap().len(), 3);
    /// ```
    pub fn real_roots(&self, var: usize) -> Result<Vec<RealRoot>, PolyError> {
        if self.variables().iter().any(|&v| v != var) {
            return Err(PolyError::NotUnivariate);
        }
        if self.as_constant().is_some() {
            return Ok(Vec::new());
        }
        if self.degree(var) > DEGREE_MAX {
            return Err(PolyError::TooManySteps { what: "isolating roots", max: DEGREE_MAX as u64 });
        }
        let parts = self.squarefree()?;
        let product = parts.iter().try_fold(Poly::one(self.nvars()), |product, part| product.mul(&part.0))?;
        let sturm = Sturm::new(&product, var)?;
        let of_parts: Vec<(Sturm, u32)> = parts
            .iter()
            .map(|(part, multiplicity)| Ok((Sturm::new(part, var)?, *multiplicity)))
            .collect::<Result<_, PolyError>>()?;

        let lead = product.leading_coefficient().abs();
        let largest = product.terms().map(|(_, c)| c.abs()).max().unwrap_or(Number::ONE);
        // 1 + max |c| / |lead| is beyond all roots; a power of two makes all ends short.
        let ratio = largest.checked_div(&lead).unwrap_or(Number::ONE).floor().numerator();
        let bound = Number::from_bigint(BigInt::one() << (ratio.bits() + 1));
        let mut pending = vec![(-&bound, bound.clone(), sturm.changes(&-&bound), sturm.changes(&bound))];
        let mut roots = Vec::new();
        let mut halvings = 0;
        // The left half is on top, so that roots are found in order.
        while let Some((lower, upper, changes_lower, changes_upper)) = pending.pop() {
            match changes_lower.saturating_sub(changes_upper) {
                0 => continue,
                1 => {
                    let within = |part: &Sturm| part.changes(&lower) > part.changes(&upper);
                    let multiplicity =
                        of_parts.iter().find(|(part, _)| within(part)).map_or(1, |part| part.1);
                    let exact = sturm.0[0].at(&upper) == 0;
                    let lower = if exact { upper.clone() } else { lower };
                    roots.push(RealRoot { lower, upper, multiplicity });
                }
                _ => {
                    count(&mut halvings)?;
                    let middle = &(&lower + &upper) * &Number::HALF;
                    let changes = sturm.changes(&middle);
                    pending.push((middle.clone(), upper, changes, changes_upper));
                    pending.push((lower, middle, changes_lower, changes));
                }
            }
        }
        Ok(roots)
    }

    /// The interval of a root of this polynomial, as [`real_roots`](Poly::real_roots) gave it, halved until it is not wider
    /// than `width`, a positive number.
    ///
    /// ```
    /// use braid_symbolic::{Number, poly::Poly};
    /// let poly = &Poly::variable(1, 0).pow(2).unwrap() - &Poly::constant(1, &Number::TWO);
    /// let root = &poly.real_roots(0).unwrap()[1];
    /// let near = poly.refine_root(0, root, &Number::from_decimal("1e-12").unwrap()).unwrap();
    /// assert!((near.middle().to_f64() - 2f64.sqrt()).abs() < 1e-12);
    /// ```
    pub fn refine_root(&self, var: usize, root: &RealRoot, width: &Number) -> Result<RealRoot, PolyError> {
        let mut root = root.clone();
        let parts = self.squarefree()?;
        let product = parts.iter().try_fold(Poly::one(self.nvars()), |product, part| product.mul(&part.0))?;
        let sign = Sign::of(&product, var);
        let at_upper = sign.at(&root.upper);
        if at_upper == 0 {
            root.lower = root.upper.clone();
        }
        let mut halvings = 0;
        // There is one simple root between the ends and none at the upper, so the sign at the middle tells the side; the
        // lower end may be another root, and is not asked.
        while &(&root.upper - &root.lower) > width {
            count(&mut halvings)?;
            let middle = root.middle();
            match sign.at(&middle) {
                0 => (root.lower, root.upper) = (middle.clone(), middle),
                at_middle if at_middle == at_upper => root.upper = middle,
                _ => root.lower = middle,
            }
        }
        Ok(root)
    }
}

fn count(halvings: &mut u64) -> Result<(), PolyError> {
    *halvings += 1;
    if *halvings > HALVINGS_MAX {
        return Err(PolyError::TooManySteps { what: "isolating roots", max: HALVINGS_MAX });
    }
    Ok(())
}
