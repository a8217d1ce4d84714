//! Powers of sorted term lists.
//!
//! Where the exponent vectors of the base are affinely independent, as in `x + y + z + 1`, no two products of powers of
//! its terms meet: the multinomial theorem then writes each term of the result once. Where the result fills its box of
//! degrees, the recurrence of Euler (J. C. P. Miller) on the image under Kronecker's substitution writes each coefficient
//! in as many steps as the base has terms. Otherwise the power is multiplied up by squaring.

use super::int::Int;
use super::kernel::{Grid, Term, mul, normalize, terms_max};
use super::mono::{Mono, degrees};
use super::{COEFFICIENT_BITS_MAX, Exponents, PolyError};
use num_bigint::BigInt;

/// The power by an exponent of at least 2 of at least one term. The packing holds the exponents of the result.
pub(super) fn pow<M: Mono>(base: &[Term<M>], exponent: u32, nvars: usize) -> Result<Vec<Term<M>>, PolyError> {
    // |c| <= (sum of |c_i|)^n, and a sum up to 2^k has k bits after one is taken off.
    let sum = base.iter().fold(Int::ZERO, |sum, term| sum.add(&term.coeff.abs()));
    let bits = sum.sub(&Int::ONE).bits().saturating_mul(exponent as u64);
    if bits > COEFFICIENT_BITS_MAX {
        return Err(PolyError::CoefficientTooLarge { bits_max: COEFFICIENT_BITS_MAX });
    }
    if let [term] = base {
        let mut exponents = Exponents::from_elem(0, nvars);
        term.mono.unpack(&mut exponents);
        exponents.iter_mut().for_each(|e| *e *= exponent);
        return Ok(vec![Term { mono: M::pack(&exponents), coeff: term.coeff.pow(exponent) }]);
    }
    let products = multinomials(exponent, base.len());
    if independent(base, nvars) {
        if products > terms_max(bits) as u64 {
            return Err(PolyError::TooManyTerms { max: terms_max(bits) });
        }
        return Ok(multinomial(base, exponent, nvars, products as usize));
    }
    let bounds: Vec<u64> =
        degrees(base, nvars).iter().map(|&degree| degree as u64 * exponent as u64).collect();
    if let Some(grid) = Grid::new(&bounds).filter(|grid| grid.len <= products.min(terms_max(bits) as u64)) {
        let array = recurrence(base, exponent, &grid, &sum);
        return Ok(grid.terms(array, Int::is_zero, |coeff| coeff));
    }
    let half = if exponent / 2 == 1 { base.to_vec() } else { pow(base, exponent / 2, nvars)? };
    let square = mul(&half, &half, nvars)?;
    if exponent.is_multiple_of(2) { Ok(square) } else { mul(&square, base, nvars) }
}

/// The number of ways to write `n` as an ordered sum of `parts` numbers, `u64::MAX` where it is beyond that.
fn multinomials(n: u32, parts: usize) -> u64 {
    let mut count = 1u128;
    for i in 1..parts as u128 {
        count = count * (n as u128 + i) / i;
        if count > u64::MAX as u128 {
            return u64::MAX;
        }
    }
    count as u64
}

/// Longer bases are not tested for independence, which takes the square of their length.
const INDEPENDENT_TERMS_MAX: usize = 64;

/// Whether the exponent vectors are affinely independent. Found by elimination modulo a prime, which may miss it, so
/// only `true` is certain.
fn independent<M: Mono>(base: &[Term<M>], nvars: usize) -> bool {
    /// Larger than any exponent.
    const PRIME: u64 = (1 << 31) - 1;
    let Some((last, others)) = base.split_last() else { return true };
    if others.len() > nvars.min(INDEPENDENT_TERMS_MAX) {
        return false;
    }
    let unpacked = |term: &Term<M>| {
        let mut exponents = Exponents::from_elem(0, nvars);
        term.mono.unpack(&mut exponents);
        exponents
    };
    let origin = unpacked(last);
    let mut rows: Vec<Vec<u64>> = Vec::with_capacity(others.len());
    for term in others {
        let exponents = unpacked(term);
        let mut row: Vec<u64> =
            exponents.iter().zip(&origin).map(|(&e, &o)| (e as u64 + PRIME - o as u64) % PRIME).collect();
        for done in &rows {
            let Some(pivot) = done.iter().position(|&e| e != 0) else { continue };
            // Both rows are scaled, so that no inverse is needed.
            let (scale, factor) = (done[pivot], row[pivot]);
            for (e, &d) in row.iter_mut().zip(done) {
                *e = (*e * scale + (PRIME - factor) * d % PRIME) % PRIME;
            }
        }
        if row.iter().all(|&e| e == 0) {
            return false;
        }
        rows.push(row);
    }
    true
}

/// Writes one term for each way to distribute the exponent over the terms of the base.
fn multinomial<M: Mono>(base: &[Term<M>], exponent: u32, nvars: usize, count: usize) -> Vec<Term<M>> {
    let n = exponent as usize;
    // Row r of Pascal's triangle, as far as the recursion below divides r: all rows for three terms and more.
    let mut rows: Vec<Vec<Int>> = vec![Vec::new(); n + 1];
    let first = if base.len() > 2 { 0 } else { n };
    for (r, row) in rows.iter_mut().enumerate().skip(first) {
        let mut binomial = Int::ONE;
        for k in 0..=r {
            let next = binomial.mul(&Int::Small((r - k) as i64)).div_exact(&Int::Small(k as i64 + 1));
            row.push(std::mem::replace(&mut binomial, next.unwrap_or(Int::ZERO)));
        }
    }
    let mut powers: Vec<Vec<(M, Int)>> = Vec::with_capacity(base.len());
    for term in base {
        let mut power = (M::pack(&Exponents::from_elem(0, nvars)), Int::ONE);
        let mut of_term = Vec::with_capacity(n + 1);
        for _ in 0..n {
            let next = (power.0.times(&term.mono), power.1.mul(&term.coeff));
            of_term.push(std::mem::replace(&mut power, next));
        }
        of_term.push(power);
        powers.push(of_term);
    }
    let mut terms = Vec::with_capacity(count);
    distribute(&powers, &rows, n, None, &mut terms);
    normalize(&mut terms);
    terms
}

/// Distributes `rest` over the terms whose powers are given, after what the terms before took.
fn distribute<M: Mono>(
    powers: &[Vec<(M, Int)>],
    rows: &[Vec<Int>],
    rest: usize,
    taken: Option<(&M, &Int)>,
    terms: &mut Vec<Term<M>>,
) {
    let Some((first, others)) = powers.split_first() else { return };
    let times = |mono: &M, coeff: &Int| match taken {
        Some((taken_mono, taken_coeff)) => (mono.times(taken_mono), coeff.mul(taken_coeff)),
        None => (mono.clone(), coeff.clone()),
    };
    if others.is_empty() {
        let (mono, coeff) = times(&first[rest].0, &first[rest].1);
        terms.push(Term { mono, coeff });
        return;
    }
    for k in (0..=rest).rev() {
        let (mono, coeff) = times(&first[k].0, &first[k].1);
        let coeff = coeff.mul(&rows[rest][k]);
        distribute(others, rows, rest - k, Some((&mono, &coeff)), terms);
    }
}

/// The coefficients of the power under Kronecker's substitution. With `d` running over the distances from the lowest term
/// `f_0`, the powers `g` of `f` obey `k f_0 g_k = sum of ((n + 1) d - k) f_d g_(k - d)`, as `f g' = n f' g`.
fn recurrence<M: Mono>(base: &[Term<M>], exponent: u32, grid: &Grid, sum: &Int) -> Vec<Int> {
    let numbers = grid.numbers(base);
    let lowest = numbers[numbers.len() - 1];
    let start = lowest * exponent as usize;
    let top = (numbers[0] - lowest) * exponent as usize;
    let upper = &base[..base.len() - 1];
    let distances: Vec<usize> = numbers[..upper.len()].iter().map(|number| number - lowest).collect();
    let f_0 = &base[base.len() - 1].coeff;
    let weight = |distance: usize, k: usize| (exponent as i64 + 1) * distance as i64 - k as i64;

    let power_bits = sum.pow(exponent).bits();
    let weight_bits =
        64 - (exponent as u64 + 1).leading_zeros() as u64 + 64 - grid.len.leading_zeros() as u64;
    let mut array = vec![Int::ZERO; grid.len as usize];
    // No coefficient is larger than the sum to the power, and no sum of weighted ones than that times sum and weight.
    if power_bits < 64 && power_bits + weight_bits + sum.bits() < 127 {
        let f: Vec<i128> = upper.iter().map(|term| term.coeff.as_i64().unwrap_or(0) as i128).collect();
        let f_0 = f_0.as_i64().unwrap_or(1) as i128;
        let mut g = vec![0i128; top + 1];
        g[0] = f_0.pow(exponent);
        for k in 1..=top {
            let mut total = 0;
            for (&distance, &f) in distances.iter().zip(&f) {
                if distance <= k && g[k - distance] != 0 {
                    total += weight(distance, k) as i128 * f * g[k - distance];
                }
            }
            g[k] = total / (k as i128 * f_0);
        }
        for (to, coeff) in array[start..].iter_mut().zip(g) {
            *to = Int::from_i128(coeff);
        }
        return array;
    }
    let f: Vec<BigInt> = upper.iter().map(|term| term.coeff.to_big()).collect();
    let f_0 = f_0.to_big();
    let mut g: Vec<BigInt> = Vec::with_capacity(top + 1);
    g.push(num_traits::pow(f_0.clone(), exponent as usize));
    for k in 1..=top {
        let mut total = BigInt::ZERO;
        for (&distance, f) in distances.iter().zip(&f) {
            if distance <= k {
                total += f * weight(distance, k) * &g[k - distance];
            }
        }
        g.push(total / (&f_0 * k));
    }
    for (to, coeff) in array[start..].iter_mut().zip(g) {
        *to = Int::from_big(coeff);
    }
    array
}
