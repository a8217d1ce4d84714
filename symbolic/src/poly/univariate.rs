//! Factorisation of squarefree polynomials in one variable over the whole numbers.
//!
//! Modulo a small prime by distinct degrees and then by chance (Cantor and Zassenhaus 1981; the chance is a fixed
//! sequence), lifted to a power of the prime that holds any factor's coefficients (Hensel, quadratically, in a tree:
//! von zur Gathen and Gerhard, "Modern Computer Algebra", chapter 15), and put together by trying products of modular
//! factors (Zassenhaus 1969), fewest first. Several primes are tried first: degrees that no two of them allow are none.

use super::field::{Dense, Field, is_prime};
use super::{Poly, PolyError};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive};

/// Coefficients from the lowest power up, the last not zero.
type Whole = Vec<BigInt>;

/// Higher degrees are not factored modulo primes, which takes about the cube of the degree.
const DEGREE_MAX: usize = 500;

/// Higher degrees are not looked at: the polynomials here are dense.
const DENSE_DEGREE_MAX: usize = 1 << 14;

/// This many primes are compared, and half as many for degrees from [`HIGH_DEGREE`] on, where each takes longer.
const PRIMES_TRIED: usize = 6;

/// See [`PRIMES_TRIED`].
const HIGH_DEGREE: usize = 100;

/// More products of modular factors than this are not tried.
const SUBSETS_MAX: u64 = 1 << 17;

/// Products of irreducible factors, with the degree of each of these.
type ByDegree = Vec<(Dense, usize)>;

/// A factor, and whether it is known to have none itself.
pub(super) struct Part {
    pub(super) poly: Poly,
    pub(super) irreducible: bool,
}

/// The factors of a squarefree primitive polynomial in which only `var` occurs.
pub(super) fn factor(poly: &Poly, var: usize) -> Result<Vec<Part>, PolyError> {
    let degree = poly.degree(var) as usize;
    if degree <= 1 {
        return Ok(vec![Part { poly: poly.clone(), irreducible: true }]);
    }
    if degree > DENSE_DEGREE_MAX {
        return Ok(vec![Part { poly: poly.clone(), irreducible: false }]);
    }
    let mut whole = vec![BigInt::ZERO; degree + 1];
    for (exponents, coefficient) in poly.terms() {
        whole[exponents[var] as usize] = coefficient.numerator();
    }
    let parts = factor_whole(whole);
    let part = |found: Found| {
        let terms = found.poly.into_iter().zip(0..).map(|(c, exponent)| {
            let mut exponents = vec![0; poly.nvars()];
            exponents[var] = exponent;
            (exponents, crate::Number::from_bigint(c))
        });
        Ok(Part { poly: Poly::from_terms(poly.nvars(), terms)?.primitive(), irreducible: found.irreducible })
    };
    parts.into_iter().map(part).collect()
}

/// A factor, whether it is known to have none itself, and where it is known to be a cyclotomic polynomial, which.
struct Found {
    poly: Whole,
    irreducible: bool,
    cyclotomic: Option<usize>,
}

/// In powers of a power of the variable where possible: the factors of `g(x^k)` are those of `h(x^k)` for the factors `h`
/// of `g`, and `k` is taken one prime at a time, so that no step has many factors to put together.
fn factor_whole(f: Whole) -> Vec<Found> {
    let exponents = f.iter().enumerate().filter(|(_, c)| **c != BigInt::ZERO);
    let common = exponents.fold(0, |common, (exponent, _)| common.gcd(&exponent));
    // The constant term is there, or 1 would be the only common divisor, as a squarefree polynomial has at most one x.
    let Some(prime) = (2..=common).find(|prime| common.is_multiple_of(*prime)) else {
        let found = |(poly, irreducible): (Whole, bool)| {
            let is =
                |coefficients: [i64; 2]| poly.len() == 2 && (0..2).all(|i| poly[i] == coefficients[i].into());
            let cyclotomic =
                [(1, [-1, 1]), (2, [1, 1])].into_iter().find(|&(_, c)| is(c)).map(|(index, _)| index);
            Found { poly, irreducible, cyclotomic }
        };
        return factor_dense(f).into_iter().map(found).collect();
    };
    let deflated: Whole = f.into_iter().step_by(prime).collect();
    factor_whole(deflated).into_iter().flat_map(|found| inflated(found, prime)).collect()
}

/// The factors of a factor with the power by a prime for its variable.
fn inflated(found: Found, prime: usize) -> Vec<Found> {
    let mut poly = vec![BigInt::ZERO; (found.poly.len() - 1) * prime + 1];
    for (exponent, c) in found.poly.iter().enumerate() {
        poly[exponent * prime] = c.clone();
    }
    // Cyclotomic polynomials have many factors modulo every prime, but what comes of them is known.
    let Some(index) = found.cyclotomic else {
        let found = |(poly, irreducible)| Found { poly, irreducible, cyclotomic: None };
        return factor_dense(poly).into_iter().map(found).collect();
    };
    let next = |poly| Found { poly, irreducible: true, cyclotomic: Some(index * prime) };
    if index.is_multiple_of(prime) {
        return vec![next(poly)];
    }
    match div_exact(&poly, &found.poly) {
        Some(quotient) => vec![found, next(quotient)],
        None => vec![Found { poly, irreducible: false, cyclotomic: None }],
    }
}

fn factor_dense(f: Whole) -> Vec<(Whole, bool)> {
    if f.len() <= 2 {
        return vec![(f, true)];
    }
    if f.len() > DEGREE_MAX + 1 {
        return vec![(f, false)];
    }
    let Some((field, factors, degrees)) = modular_factors(&f) else { return vec![(f, false)] };
    if factors.len() == 1 || degrees.iter().filter(|&&possible| possible).count() <= 2 {
        return vec![(f, true)];
    }
    // |c| <= 2^n |f| for a coefficient of a factor (Mignotte); candidates have the leading coefficient of f, and a sign.
    let lead = f[f.len() - 1].abs();
    let norm = f.iter().map(|c| c * c).sum::<BigInt>().sqrt() + 1;
    let bound: BigInt = ((norm * lead) << f.len()) * 2;
    let (lifted, modulus) = lift(&f, &factors, field, &bound);
    recombine(f, lifted, &modulus, &degrees)
}

/// The monic factors modulo the prime that gives fewest, and which degrees of a factor all primes tried allow. `None`
/// where no small prime keeps the polynomial squarefree.
fn modular_factors(f: &Whole) -> Option<(Field, Vec<Dense>, Vec<bool>)> {
    let degree = f.len() - 1;
    let primes = if degree < HIGH_DEGREE { PRIMES_TRIED } else { PRIMES_TRIED / 2 };
    let mut possible = vec![true; degree + 1];
    let mut best: Option<(Field, ByDegree, usize)> = None;
    let (mut tried, mut failed) = (0, 0);
    for p in (13..).filter(|&p| is_prime(p)) {
        let field = Field { p };
        let image: Dense = f.iter().map(|c| c.mod_floor(&BigInt::from(p)).to_u64().unwrap_or(0)).collect();
        let squarefree = image.last() != Some(&0) && field.gcd(&image, &field.derivative(&image)).len() == 1;
        if !squarefree {
            failed += 1;
            // A discriminant with so many small primes would have more digits than any input.
            if failed > 10_000 {
                return None;
            }
            continue;
        }
        let by_degree = distinct_degrees(field, field.monic(&image));
        let mut sums = vec![false; degree + 1];
        sums[0] = true;
        let mut count = 0;
        for (product, d) in &by_degree {
            for _ in 0..(product.len() - 1) / d {
                count += 1;
                for sum in (*d..=degree).rev() {
                    sums[sum] |= sums[sum - d];
                }
            }
        }
        possible.iter_mut().zip(&sums).for_each(|(possible, &sum)| *possible &= sum);
        if best.as_ref().is_none_or(|best| count < best.2) {
            best = Some((field, by_degree, count));
        }
        tried += 1;
        if tried >= primes || count == 1 {
            break;
        }
    }
    let (field, by_degree, _) = best?;
    let mut factors = Vec::new();
    for (product, d) in by_degree {
        equal_degrees(field, product, d, &mut factors);
    }
    Some((field, factors, possible))
}

/// The map `h -> h^p` of polynomials modulo a monic one, which is linear: row `i` is `x^(i p)`.
struct Frobenius {
    field: Field,
    rows: Vec<Dense>,
}

impl Frobenius {
    fn new(field: Field, modulus: &[u64]) -> Frobenius {
        let degree = modulus.len() - 1;
        let mut rows = vec![vec![1]];
        let mut power: Dense = vec![0; degree];
        power[0] = 1;
        for _ in 1..degree {
            for _ in 0..field.p {
                let top = power[degree - 1];
                power.rotate_right(1);
                power[0] = 0;
                if top != 0 {
                    for (to, &c) in power.iter_mut().zip(modulus) {
                        *to = field.sub(*to, field.mul(top, c));
                    }
                }
            }
            rows.push(Field::trim(power.clone()));
        }
        Frobenius { field, rows }
    }

    fn apply(&self, h: &[u64]) -> Dense {
        let mut image = vec![0; self.rows.len()];
        for (&c, row) in h.iter().zip(&self.rows).filter(|(c, _)| **c != 0) {
            self.field.accumulate(&mut image, c, row);
        }
        image.iter_mut().for_each(|c| *c %= self.field.p);
        Field::trim(image)
    }
}

/// The products of the irreducible factors of each degree of a monic squarefree polynomial of positive degree.
fn distinct_degrees(field: Field, mut f: Dense) -> ByDegree {
    let mut products = Vec::new();
    let frobenius = Frobenius::new(field, &f);
    let mut power: Dense = field.rem(&[0, 1], &f);
    let mut degree = 1;
    while f.len() > 2 * degree {
        power = frobenius.apply(&power);
        let common = field.gcd(&f, &field.poly_sub(&power, &[0, 1]));
        if common.len() > 1 {
            f = field.div_rem(&f, &common).0;
            products.push((common, degree));
        }
        degree += 1;
    }
    if f.len() > 1 {
        let degree = f.len() - 1;
        products.push((f, degree));
    }
    products
}

/// Splits a product of irreducible factors of one degree, modulo an odd prime.
fn equal_degrees(field: Field, product: Dense, degree: usize, factors: &mut Vec<Dense>) {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let frobenius = (degree > 1).then(|| Frobenius::new(field, &product));
    let mut pending = vec![product];
    while let Some(product) = pending.pop() {
        if product.len() - 1 == degree {
            factors.push(product);
            continue;
        }
        // The power by (p^d - 1) / 2 is 1 or -1 modulo each factor, for half of all polynomials each: first the norm,
        // which is the power by 1 + p + ... + p^(d-1), then the power by (p - 1) / 2.
        let chosen: Dense = (0..product.len() - 1)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                (state >> 8) % field.p
            })
            .collect();
        let chosen = Field::trim(chosen);
        let (mut norm, mut conjugate) = (chosen.clone(), chosen);
        for _ in 1..degree {
            conjugate = frobenius.as_ref().map_or_else(Vec::new, |frobenius| frobenius.apply(&conjugate));
            norm = field.rem(&field.poly_mul(&norm, &conjugate), &product);
        }
        let sign = field.pow_mod(&norm, (field.p - 1) / 2, &product);
        let common = field.gcd(&product, &field.poly_sub(&sign, &[1]));
        if common.len() > 1 && common.len() < product.len() {
            pending.push(field.div_rem(&product, &common).0);
            pending.push(common);
        } else {
            pending.push(product);
        }
    }
}

/// Polynomials modulo a whole number, all coefficients in `0..modulus`.
struct Ring {
    modulus: BigInt,
}

impl Ring {
    fn reduce(&self, mut a: Whole) -> Whole {
        a.iter_mut().for_each(|c| *c = c.mod_floor(&self.modulus));
        while a.last() == Some(&BigInt::ZERO) {
            a.pop();
        }
        a
    }

    fn add(&self, a: &[BigInt], b: &[BigInt], sign: i32) -> Whole {
        let at = |poly: &[BigInt], i: usize| poly.get(i).cloned().unwrap_or(BigInt::ZERO);
        self.reduce((0..a.len().max(b.len())).map(|i| at(a, i) + at(b, i) * sign).collect())
    }

    fn mul(&self, a: &[BigInt], b: &[BigInt]) -> Whole {
        if a.is_empty() || b.is_empty() {
            return Vec::new();
        }
        let mut product = vec![BigInt::ZERO; a.len() + b.len() - 1];
        for (i, x) in a.iter().enumerate() {
            for (to, y) in product[i..].iter_mut().zip(b) {
                *to += x * y;
            }
        }
        self.reduce(product)
    }

    /// By a monic divisor.
    fn div_rem(&self, a: &[BigInt], b: &[BigInt]) -> (Whole, Whole) {
        let Some(length) = (a.len() + 1).checked_sub(b.len()) else { return (Vec::new(), a.to_vec()) };
        let mut rest = a.to_vec();
        let mut quotient = vec![BigInt::ZERO; length];
        for i in (0..length).rev() {
            let step = rest[i + b.len() - 1].mod_floor(&self.modulus);
            for (to, c) in rest[i..].iter_mut().zip(b) {
                *to -= &step * c;
            }
            quotient[i] = step;
        }
        rest.truncate(b.len() - 1);
        (self.reduce(quotient), self.reduce(rest))
    }
}

fn widened(a: &[u64]) -> Whole {
    a.iter().map(|&c| BigInt::from(c)).collect()
}

/// The monic factors modulo a power of the prime beyond the bound, and that power.
fn lift(f: &Whole, factors: &[Dense], field: Field, bound: &BigInt) -> (Vec<Whole>, BigInt) {
    let mut steps = 0;
    let mut modulus = BigInt::from(field.p);
    while modulus <= *bound {
        modulus = &modulus * &modulus;
        steps += 1;
    }
    let mut lifted = Vec::with_capacity(factors.len());
    let f = Ring { modulus: modulus.clone() }.reduce(f.clone());
    lift_tree(f, factors, field, steps, &modulus, &mut lifted);
    (lifted, modulus)
}

fn lift_tree(
    f: Whole,
    factors: &[Dense],
    field: Field,
    steps: u32,
    modulus: &BigInt,
    lifted: &mut Vec<Whole>,
) {
    let ring = Ring { modulus: modulus.clone() };
    if factors.len() < 2 {
        // The leading coefficient is no multiple of the prime, so it has an inverse.
        let inverse = f.last().and_then(|lead| lead.modinv(modulus)).unwrap_or(BigInt::one());
        lifted.push(ring.mul(&f, &[inverse]));
        return;
    }
    let (left, right) = factors.split_at(factors.len() / 2);
    let product = |factors: &[Dense]| factors.iter().fold(vec![1], |product, f| field.poly_mul(&product, f));
    let lead = f.last().map_or(1, |lead| lead.mod_floor(&BigInt::from(field.p)).to_u64().unwrap_or(1));
    let (g, h) = (field.scale(&product(left), lead), product(right));
    let (s, t) = field.bezout(&g, &h);
    let (mut g, mut h, mut s, mut t) = (widened(&g), widened(&h), widened(&s), widened(&t));
    let mut ring = Ring { modulus: BigInt::from(field.p) };
    for _ in 0..steps {
        ring = Ring { modulus: &ring.modulus * &ring.modulus };
        let error = ring.add(&ring.reduce(f.clone()), &ring.mul(&g, &h), -1);
        let (q, r) = ring.div_rem(&ring.mul(&s, &error), &h);
        g = ring.add(&ring.add(&g, &ring.mul(&t, &error), 1), &ring.mul(&q, &g), 1);
        h = ring.add(&h, &r, 1);
        let error = ring.add(&ring.add(&ring.mul(&s, &g), &ring.mul(&t, &h), 1), &[BigInt::one()], -1);
        let (q, r) = ring.div_rem(&ring.mul(&s, &error), &h);
        s = ring.add(&s, &r, -1);
        t = ring.add(&ring.add(&t, &ring.mul(&t, &error), -1), &ring.mul(&q, &g), -1);
    }
    lift_tree(g, left, field, steps, modulus, lifted);
    lift_tree(h, right, field, steps, modulus, lifted);
}

/// Tries products of modular factors, fewest first.
fn recombine(mut f: Whole, mut lifted: Vec<Whole>, modulus: &BigInt, degrees: &[bool]) -> Vec<(Whole, bool)> {
    let ring = Ring { modulus: modulus.clone() };
    let half: BigInt = modulus >> 1;
    let symmetric = |c: BigInt| if c > half { c - modulus } else { c };
    let mut found = Vec::new();
    let (mut size, mut tries) = (1, 0u64);
    'sizes: while 2 * size <= lifted.len() {
        let mut subset: Vec<usize> = (0..size).collect();
        loop {
            tries += 1;
            if tries > SUBSETS_MAX {
                found.push((f, false));
                return found;
            }
            let degree: usize = subset.iter().map(|&i| lifted[i].len() - 1).sum();
            let lead = &f[f.len() - 1];
            // The lowest coefficient of a factor divides that of the product: most subsets fail by this.
            let lowest = subset.iter().fold(lead.clone(), |c, &i| (c * &lifted[i][0]).mod_floor(modulus));
            let lowest = symmetric(lowest);
            let target = &f[0] * lead;
            let plausible = degrees[degree]
                && (target == BigInt::ZERO || (lowest != BigInt::ZERO && target.is_multiple_of(&lowest)));
            if plausible {
                let product =
                    subset.iter().fold(vec![lead.clone()], |product, &i| ring.mul(&product, &lifted[i]));
                let candidate = primitive(product.into_iter().map(symmetric).collect());
                if let Some(quotient) = div_exact(&f, &candidate) {
                    found.push((candidate, true));
                    f = quotient;
                    for &i in subset.iter().rev() {
                        lifted.remove(i);
                    }
                    continue 'sizes;
                }
            }
            if !next_subset(&mut subset, lifted.len()) {
                break;
            }
        }
        size += 1;
    }
    found.push((f, true));
    found
}

/// The next subset of `0..len` of the same size in lexicographic order, if there is one.
pub(super) fn next_subset(subset: &mut [usize], len: usize) -> bool {
    let size = subset.len();
    let Some(at) = (0..size).rev().find(|&i| subset[i] < len - size + i) else { return false };
    subset[at] += 1;
    for i in at + 1..size {
        subset[i] = subset[i - 1] + 1;
    }
    true
}

fn primitive(f: Whole) -> Whole {
    let content = f.iter().fold(BigInt::ZERO, |content, c| content.gcd(c));
    if content.is_one() || content == BigInt::ZERO {
        return f;
    }
    f.into_iter().map(|c| c / &content).collect()
}

fn div_exact(a: &Whole, b: &Whole) -> Option<Whole> {
    let length = (a.len() + 1).checked_sub(b.len())?;
    let lead = b.last()?;
    let mut rest = a.clone();
    let mut quotient = vec![BigInt::ZERO; length];
    for i in (0..length).rev() {
        let (step, remainder) = rest[i + b.len() - 1].div_rem(lead);
        if remainder != BigInt::ZERO {
            return None;
        }
        for (to, c) in rest[i..].iter_mut().zip(b) {
            *to -= &step * c;
        }
        quotient[i] = step;
    }
    rest[..b.len() - 1].iter().all(|c| *c == BigInt::ZERO).then_some(quotient)
}
