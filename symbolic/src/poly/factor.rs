//! Factorisation over the rationals.
//!
//! One variable: [`univariate`]. More: squarefree parts, homogeneous polynomials with one variable less, polynomials of
//! degree 1 in a variable (irreducible), and otherwise lifting: at a point for all variables but one the polynomial is
//! factored in that one, and each way to split these factors in two is lifted in the other variables together, degree by
//! degree (a simple form of Wang, "An improved multivariate polynomial factoring algorithm", 1978, which needs no
//! factored leading coefficient: both factors are given that of the whole, and lose what is too much of it at the end).

use super::squarefree::quotient;
use super::univariate::{self, Part, next_subset};
use super::{Poly, PolyError};
use crate::Number;

/// A factor with its multiplicity.
///
/// ```
/// use braid_symbolic::poly::Poly;
/// let x = Poly::variable(1, 0);
/// let factors = x.pow(3).unwrap().factor().unwrap().factors;
/// assert!(factors[0].poly == x && factors[0].multiplicity == 3 && factors[0].irreducible);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Factor {
    /// Primitive: whole coefficients without common divisor, the leading one positive.
    pub poly: Poly,
    /// How often it occurs, at least once.
    pub multiplicity: u32,
    /// Whether it is proven to have no factors over the rationals. Otherwise it is squarefree, and the search for factors
    /// ended at a limit.
    pub irreducible: bool,
}

/// A number times powers of pairwise coprime factors.
///
/// ```
/// use braid_symbolic::{Number, poly::Poly};
/// let x = Poly::variable(1, 0).scale(&Number::TWO);
/// let factorization = x.factor().unwrap();
/// assert_eq!((factorization.unit.clone(), factorization.factors.len()), (Number::TWO, 1));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Factorization {
    /// The number.
    pub unit: Number,
    /// The factors; by degree, those of one degree in an order that depends on nothing but the polynomial.
    pub factors: Vec<Factor>,
}

impl Factorization {
    /// Whether every factor is proven irreducible.
    ///
    /// ```
    /// use braid_symbolic::poly::Poly;
    /// assert!(Poly::variable(1, 0).factor().unwrap().is_complete());
    /// ```
    pub fn is_complete(&self) -> bool {
        self.factors.iter().all(|factor| factor.irreducible)
    }

    /// The product of all.
    ///
    /// ```
    /// use braid_symbolic::poly::Poly;
    /// let poly = &Poly::variable(1, 0).pow(2).unwrap() - &Poly::one(1);
    /// assert_eq!(poly.factor().unwrap().expand(1).unwrap(), poly);
    /// ```
    pub fn expand(&self, nvars: usize) -> Result<Poly, PolyError> {
        let mut product = Poly::constant(nvars, &self.unit);
        for factor in &self.factors {
            product = product.mul(&factor.poly.pow(factor.multiplicity)?)?;
        }
        Ok(product)
    }
}

/// Points tried for the other variables.
const POINTS_TRIED: usize = 8;

/// Ways to split the factors at the point in two that are lifted.
const SPLITS_MAX: usize = 256;

/// Lifting gives up beyond this total degree in the lifted variables.
const LIFTED_DEGREE_MAX: u64 = 200;

/// Lifting gives up when a polynomial in it has more terms: it multiplies polynomials of this size.
const LIFTED_TERMS_MAX: usize = 20_000;

impl Poly {
    /// The factors over the rationals; no factors and the unit zero for zero.
    ///
    /// Univariate polynomials are factored completely up to degree 500, or that of the same in a power of the variable, save
    /// those with very many factors modulo every prime. What is left unproven is told by [`Factor::irreducible`].
    ///
    /// ```
    /// use braid_symbolic::poly::Poly;
    /// let poly = &Poly::variable(1, 0).pow(4).unwrap() - &Poly::one(1);
    /// assert_eq!(poly.factor().unwrap().factors.len(), 3); // (x - 1)(x + 1)(x^2 + 1)
    /// ```
    pub fn factor(&self) -> Result<Factorization, PolyError> {
        let mut factors = Vec::new();
        for (poly, multiplicity) in self.squarefree()? {
            for part in squarefree_factors(&poly)? {
                factors.push(Factor { poly: part.poly, multiplicity, irreducible: part.irreducible });
            }
        }
        factors.sort_by_cached_key(|factor| {
            let terms: Vec<_> = factor.poly.terms().collect();
            (factor.poly.total_degree(), factor.multiplicity, terms)
        });
        Ok(Factorization { unit: self.content(), factors })
    }
}

/// The factors of a squarefree polynomial that is not a number, primitive in each variable or a power of one.
fn squarefree_factors(poly: &Poly) -> Result<Vec<Part>, PolyError> {
    let used = poly.variables();
    if let [var] = used[..] {
        return univariate::factor(poly, var);
    }
    let mut to = vec![0; poly.nvars()];
    for (place, &var) in used.iter().enumerate() {
        to[var] = place;
    }
    let renamed = poly.rename(used.len(), &to).ok_or(PolyError::ExponentTooLarge)?;
    let mut parts = Vec::new();
    for part in primitive_factors(&renamed.primitive())? {
        let poly = part.poly.rename(poly.nvars(), &used).ok_or(PolyError::ExponentTooLarge)?;
        parts.push(Part { poly: poly.primitive(), irreducible: part.irreducible });
    }
    Ok(parts)
}

/// The same where all variables occur, at least two. A factor free of a variable is split off first, so that a factor
/// has positive degree in the main variable.
fn primitive_factors(poly: &Poly) -> Result<Vec<Part>, PolyError> {
    for var in 0..poly.nvars() {
        let content = poly.content_in(var)?;
        if !content.is_one() {
            let mut parts = squarefree_factors(&content)?;
            parts.extend(squarefree_factors(&quotient(poly, &content)?.primitive())?);
            return Ok(parts);
        }
    }
    let degrees = poly.degrees();
    if degrees.contains(&1) {
        return Ok(vec![Part { poly: poly.clone(), irreducible: true }]);
    }
    if let Some(parts) = homogeneous_factors(poly)? {
        return Ok(parts);
    }
    // Short leading coefficients are most of what makes lifting cheap, as the polynomial is multiplied by them.
    let cost = |&var: &usize| (poly.leading_coefficient_in(var).len(), degrees[var]);
    let main = (0..poly.nvars()).min_by_key(cost).unwrap_or(0);
    lifted_factors(poly, main)
}

/// Where all terms have one total degree, the factors are those of the polynomial with 1 for the last variable.
fn homogeneous_factors(poly: &Poly) -> Result<Option<Vec<Part>>, PolyError> {
    let total = |poly: &Poly| poly.total_degree();
    let degree = total(poly);
    if poly.terms().any(|(exponents, _)| exponents.iter().map(|&e| e as u64).sum::<u64>() != degree) {
        return Ok(None);
    }
    let last = poly.nvars() - 1;
    let mut parts = Vec::new();
    for part in squarefree_factors(&poly.evaluate(last, &Number::ONE)?.primitive())? {
        let degree = total(&part.poly);
        let terms = part.poly.terms().map(|(mut exponents, coefficient)| {
            let sum: u64 = exponents.iter().map(|&e| e as u64).sum();
            exponents[last] = (degree - sum) as u32;
            (exponents, coefficient)
        });
        let poly = Poly::from_terms(poly.nvars(), terms)?.primitive();
        parts.push(Part { poly, irreducible: part.irreducible });
    }
    Ok(Some(parts))
}

/// The polynomial at a point for all variables but the main one.
fn at_point(poly: &Poly, main: usize, point: &[Number]) -> Result<Poly, PolyError> {
    let mut image = poly.clone();
    for var in (0..poly.nvars()).filter(|&var| var != main) {
        image = image.evaluate(var, &point[var])?;
    }
    Ok(image)
}

/// The point for the other variables, and the factors there.
struct Image {
    point: Vec<Number>,
    factors: Vec<Poly>,
}

fn lifted_factors(poly: &Poly, main: usize) -> Result<Vec<Part>, PolyError> {
    let Some(image) = best_image(poly, main)? else {
        return Ok(vec![Part { poly: poly.clone(), irreducible: false }]);
    };
    if image.factors.len() < 2 {
        // A factor of the polynomial is a factor of the image of the same degree, as the leading coefficient survives.
        return Ok(vec![Part { poly: poly.clone(), irreducible: true }]);
    }
    // The point moves to the origin, where lifting degree by degree is a matter of dropping terms.
    let others = (0..poly.nvars()).filter(|&var| var != main);
    let moved = |poly: &Poly, sign: &Number| {
        others.clone().try_fold(poly.clone(), |moved, var| {
            let offset = Poly::constant(poly.nvars(), &(&image.point[var] * sign));
            moved.substitute(var, &(&Poly::variable(poly.nvars(), var) + &offset))
        })
    };
    let mut rest = moved(poly, &Number::ONE)?;
    let mut factors = image.factors.clone();
    let mut parts = Vec::new();
    let (mut size, mut splits, mut complete) = (1, 0, true);
    'sizes: while 2 * size <= factors.len() {
        let mut subset: Vec<usize> = (0..size).collect();
        loop {
            splits += 1;
            if splits > SPLITS_MAX {
                complete = false;
                break 'sizes;
            }
            match split(&rest, main, &factors, &subset)? {
                Split::Found(factor, cofactor) => {
                    // Splits into fewer factors did not succeed, if none of them was given up.
                    parts.push(Part { poly: factor, irreducible: complete });
                    rest = cofactor;
                    for &i in subset.iter().rev() {
                        factors.remove(i);
                    }
                    continue 'sizes;
                }
                Split::TooLarge => complete = false,
                Split::None => {}
            }
            if !next_subset(&mut subset, factors.len()) {
                break;
            }
        }
        size += 1;
    }
    parts.push(Part { poly: rest, irreducible: complete });
    for part in &mut parts {
        part.poly = moved(&part.poly, &Number::MINUS_ONE)?.primitive();
    }
    Ok(parts)
}

/// Of several points the one at which there are fewest factors. `None` where the polynomial has no squarefree image of
/// its degree at any of them.
fn best_image(poly: &Poly, main: usize) -> Result<Option<Image>, PolyError> {
    let mut best: Option<Image> = None;
    let mut found = 0;
    for attempt in 0..4 * POINTS_TRIED as i64 {
        // Small numbers of both signs, mixed so that no two variables are in step; the first point is the origin.
        let coordinate = |var: usize| {
            let mixed = (attempt as u64 * 31 + var as u64 * 17 + 7).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33;
            Number::int((mixed % (2 * attempt as u64 + 1)) as i64 - attempt)
        };
        let point: Vec<Number> = (0..poly.nvars()).map(coordinate).collect();
        let image = at_point(poly, main, &point)?;
        if image.degree(main) < poly.degree(main) || !image.gcd(&image.derivative(main))?.is_one() {
            continue;
        }
        let parts = univariate::factor(&image.primitive(), main)?;
        if parts.iter().any(|part| !part.irreducible) {
            continue;
        }
        let factors: Vec<Poly> = parts.into_iter().map(|part| part.poly).collect();
        let count = factors.len();
        if best.as_ref().is_none_or(|best| count < best.factors.len()) {
            best = Some(Image { point, factors });
        }
        found += 1;
        if count == 1 || found == POINTS_TRIED {
            break;
        }
    }
    Ok(best)
}

/// The outcome of lifting one split.
enum Split {
    Found(Poly, Poly),
    None,
    TooLarge,
}

/// The parts of one total degree in all variables but the main one, from degree 0 to the given one.
fn layers(poly: &Poly, main: usize, degree: u64) -> Result<Vec<Poly>, PolyError> {
    let mut layers = vec![Vec::new(); degree as usize + 1];
    for (exponents, coefficient) in poly.terms() {
        let others = exponents.iter().enumerate().filter(|&(var, _)| var != main);
        if let Some(layer) = layers.get_mut(others.map(|(_, &e)| e as usize).sum::<usize>()) {
            layer.push((exponents, coefficient));
        }
    }
    layers.into_iter().map(|layer| Poly::from_terms(poly.nvars(), layer)).collect()
}

/// Lifts the split of the factors at the origin into those of a subset and the others, of a primitive polynomial.
fn split(poly: &Poly, main: usize, factors: &[Poly], subset: &[usize]) -> Result<Split, PolyError> {
    let nvars = poly.nvars();
    // Both factors get the whole leading coefficient, so that all other coefficients are determined.
    let lead = poly.leading_coefficient_in(main);
    let target = poly.mul(&lead)?;
    let others = (0..nvars).filter(|&var| var != main).map(|var| target.degree(var) as u64);
    let degree = others.sum::<u64>().min(target.total_degree());
    if degree > LIFTED_DEGREE_MAX || target.len() > LIFTED_TERMS_MAX {
        return Ok(Split::TooLarge);
    }
    let lead_value = at_point(&lead, main, &vec![Number::ZERO; nvars])?;
    let product = |chosen: bool| {
        let of_side = factors.iter().enumerate().filter(|(i, _)| subset.contains(i) == chosen);
        let product = of_side.map(|(_, factor)| factor).try_fold(Poly::one(nvars), |p, f| p.mul(f))?;
        product.monic().mul(&lead_value)
    };
    let (u, v) = (product(true)?, product(false)?);
    // s u + t v = 1, so an error e is met by adding e s to v and e t to u, up to multiples.
    let Some((s, _)) = u.bezout(&v, main)? else { return Ok(Split::None) };
    let with_lead = |image: &Poly| {
        let top = Poly::power_of_variable(nvars, main, image.degree(main));
        let low = image - &top.mul(&image.leading_coefficient_in(main))?;
        layers(&(&low + &top.mul(&lead)?), main, degree)
    };
    let (mut g, mut h) = (with_lead(&u)?, with_lead(&v)?);
    let mut terms = 0;
    for (k, target) in layers(&target, main, degree)?.iter().enumerate().skip(1) {
        let mut error = target.clone();
        for i in 0..=k {
            error = &error - &g[i].mul(&h[k - i])?;
        }
        if error.is_zero() {
            continue;
        }
        // The error is a sum of monomials in the lifted variables times polynomials in the main one: dividing by `v`,
        // in which only the main one occurs, does all of them at once.
        let Some((_, to_h)) = error.mul(&s)?.div_rem(&v, main)? else { return Ok(Split::None) };
        let Some(to_g) = (&error - &to_h.mul(&u)?).div_exact(&v)? else { return Ok(Split::None) };
        // A factor times what its leading coefficient lacks of the whole one has whole coefficients, by Gauss's lemma.
        if !to_g.den().is_one() || !to_h.den().is_one() {
            return Ok(Split::None);
        }
        g[k] = &g[k] + &to_g;
        h[k] = &h[k] + &to_h;
        terms += g[k].len() + h[k].len();
        if terms > LIFTED_TERMS_MAX {
            return Ok(Split::TooLarge);
        }
    }
    let factor = Poly::sum(nvars, g).primitive_in(main)?;
    match poly.div_exact(&factor)? {
        Some(cofactor) => Ok(Split::Found(factor, cofactor)),
        None => Ok(Split::None),
    }
}
