//! Sums, products and exact quotients of sorted term lists with whole coefficients, for every packing of monomials.
//!
//! Products choose among three methods by an estimate: merging rows where one factor is short; an array indexed by the
//! exponents (Kronecker's substitution) where the result fills a good part of the box of its degrees; and hashing
//! otherwise. The array and the hash table accumulate in one word, in two, or in numbers of any size, whichever a bound
//! of the result's coefficients shows to be enough: an accumulation cannot wrap. Quotients use the array likewise, and
//! otherwise a heap of pending products (Johnson 1974; Monagan and Pearce, "Polynomial division using dynamic arrays,
//! heaps, and packed exponent vectors", 2007).

use super::int::Int;
use super::mono::{Mono, degrees};
use super::{Exponents, PolyError, RESULT_BITS_MAX, STEPS_MAX, TERMS_MAX};
use hashbrown::HashMap;
use num_bigint::BigInt;
use num_traits::Zero;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::hash::{BuildHasherDefault, Hasher};

/// A monomial with its coefficient, which is not zero in a stored term.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Term<M> {
    pub(super) mono: M,
    pub(super) coeff: Int,
}

/// Arrays of products have at most this many entries, and as many as products to add up times [`ARRAY_SPARSITY_MAX`].
const ARRAY_LEN_MAX: u64 = 1 << 22;

/// Clearing and scanning an entry of an array costs about an eighth of what hashing a product costs.
const ARRAY_SPARSITY_MAX: u64 = 8;

/// Up to this many rows are merged rather than hashed.
const MERGED_ROWS_MAX: usize = 4;

/// How many terms a result may have whose coefficients may have this many bits.
pub(super) fn terms_max(bits: u64) -> usize {
    TERMS_MAX.min((RESULT_BITS_MAX / bits.max(64)) as usize)
}

/// Sorts terms by falling monomial and adds up those of equal monomial.
pub(super) fn normalize<M: Mono>(terms: &mut Vec<Term<M>>) {
    if !terms.is_sorted_by(|a, b| a.mono > b.mono) {
        terms.sort_by(|a, b| b.mono.cmp(&a.mono));
        terms.dedup_by(|next, kept| {
            let equal = next.mono == kept.mono;
            if equal {
                kept.coeff = kept.coeff.add(&next.coeff);
            }
            equal
        });
    }
    terms.retain(|term| !term.coeff.is_zero());
}

/// The terms with all coefficients multiplied by a number that is not zero.
pub(super) fn scaled<'a, M: Mono>(terms: &'a [Term<M>], factor: &Int) -> Cow<'a, [Term<M>]> {
    if factor.is_one() {
        return Cow::Borrowed(terms);
    }
    let scale = |term: &Term<M>| Term { mono: term.mono.clone(), coeff: term.coeff.mul(factor) };
    Cow::Owned(terms.iter().map(scale).collect())
}

/// The sum, in linear time.
pub(super) fn add<M: Mono>(a: &[Term<M>], b: &[Term<M>]) -> Vec<Term<M>> {
    let mut sum = Vec::with_capacity(a.len() + b.len());
    let (mut i, mut j) = (0, 0);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        match x.mono.cmp(&y.mono) {
            Ordering::Greater => {
                sum.push(x.clone());
                i += 1;
            }
            Ordering::Less => {
                sum.push(y.clone());
                j += 1;
            }
            Ordering::Equal => {
                let coeff = x.coeff.add(&y.coeff);
                if !coeff.is_zero() {
                    sum.push(Term { mono: x.mono.clone(), coeff });
                }
                (i, j) = (i + 1, j + 1);
            }
        }
    }
    sum.extend_from_slice(&a[i..]);
    sum.extend_from_slice(&b[j..]);
    sum
}

/// The product with one term, in linear time: the order of monomials is kept by multiplication.
fn shifted<M: Mono>(terms: &[Term<M>], by: &Term<M>) -> Vec<Term<M>> {
    let shift = |term: &Term<M>| Term { mono: term.mono.times(&by.mono), coeff: term.coeff.mul(&by.coeff) };
    terms.iter().map(shift).collect()
}

/// A place where products of coefficients are added up.
trait Accumulator: Clone {
    /// The coefficient as this reads it.
    type Coeff;
    const ZERO: Self;
    /// The coefficients; all are words where `Coeff` is one.
    fn coefficients<M>(terms: &[Term<M>]) -> Vec<Self::Coeff>;
    fn add_product(&mut self, a: &Self::Coeff, b: &Self::Coeff);
    fn is_zero(&self) -> bool;
    fn into_int(self) -> Int;
}

macro_rules! word_accumulator {
    ($word:ty, $into_int:expr) => {
        impl Accumulator for $word {
            type Coeff = i64;
            const ZERO: $word = 0;

            fn coefficients<M>(terms: &[Term<M>]) -> Vec<i64> {
                terms.iter().map(|term| term.coeff.as_i64().unwrap_or(0)).collect()
            }

            fn add_product(&mut self, a: &i64, b: &i64) {
                *self += *a as $word * *b as $word;
            }

            fn is_zero(&self) -> bool {
                *self == 0
            }

            fn into_int(self) -> Int {
                $into_int(self)
            }
        }
    };
}
word_accumulator!(i64, Int::Small);
word_accumulator!(i128, Int::from_i128);

impl Accumulator for BigInt {
    type Coeff = BigInt;
    const ZERO: BigInt = BigInt::ZERO;

    fn coefficients<M>(terms: &[Term<M>]) -> Vec<BigInt> {
        terms.iter().map(|term| term.coeff.to_big()).collect()
    }

    fn add_product(&mut self, a: &BigInt, b: &BigInt) {
        *self += a * b;
    }

    fn is_zero(&self) -> bool {
        Zero::is_zero(self)
    }

    fn into_int(self) -> Int {
        Int::from_big(self)
    }
}

/// The number of bits of the largest coefficient.
pub(super) fn coefficient_bits<M>(terms: &[Term<M>]) -> u64 {
    terms.iter().map(|term| term.coeff.bits()).max().unwrap_or(0)
}

/// The product. The packing holds the exponents of the result.
pub(super) fn mul<M: Mono>(a: &[Term<M>], b: &[Term<M>], nvars: usize) -> Result<Vec<Term<M>>, PolyError> {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let products = short.len() as u64 * long.len() as u64;
    if products > STEPS_MAX {
        return Err(PolyError::TooManySteps { what: "a product", max: STEPS_MAX });
    }
    match short {
        [] => return Ok(Vec::new()),
        [by] => return Ok(shifted(long, by)),
        _ if short.len() <= MERGED_ROWS_MAX => {
            let mut sum = shifted(long, &short[0]);
            for by in &short[1..] {
                sum = add(&sum, &shifted(long, by));
            }
            return within_limit(sum, TERMS_MAX);
        }
        _ => {}
    }
    // |c| < 2^(bits a + bits b) * (number of products that can meet in one term).
    let meeting_bits = 64 - (short.len() as u64).leading_zeros() as u64;
    let bits = coefficient_bits(short) + coefficient_bits(long) + meeting_bits;
    let words = coefficient_bits(short) < 64 && coefficient_bits(long) < 64;
    let max = terms_max(bits);
    let grid = Grid::of_product(short, long, nvars);
    let fills = |grid: &Grid| grid.len / ARRAY_SPARSITY_MAX <= products && grid.len <= max as u64;
    if let Some(grid) = grid.filter(fills) {
        return Ok(match () {
            _ if words && bits < 63 => mul_array::<M, i64>(short, long, &grid),
            _ if words && bits < 127 => mul_array::<M, i128>(short, long, &grid),
            _ => mul_array::<M, BigInt>(short, long, &grid),
        });
    }
    match () {
        _ if words && bits < 63 => mul_hash::<M, i64>(short, long, max),
        _ if words && bits < 127 => mul_hash::<M, i128>(short, long, max),
        _ => mul_hash::<M, BigInt>(short, long, max),
    }
}

fn within_limit<M>(terms: Vec<Term<M>>, max: usize) -> Result<Vec<Term<M>>, PolyError> {
    if terms.len() > max {
        return Err(PolyError::TooManyTerms { max });
    }
    Ok(terms)
}

/// The box of all exponents up to some degrees, numbered so that the order of numbers is that of monomials, and the
/// number of a product the sum of numbers.
pub(super) struct Grid {
    /// The extent of each variable: its degree and one.
    extents: Exponents,
    strides: Vec<u64>,
    /// The number of monomials, at most [`ARRAY_LEN_MAX`].
    pub(super) len: u64,
}

impl Grid {
    /// `None` where the box is too large.
    pub(super) fn new(degrees: &[u64]) -> Option<Grid> {
        let mut len = 1u64;
        let mut strides = vec![0; degrees.len()];
        let mut extents = Exponents::from_elem(0, degrees.len());
        for var in (0..degrees.len()).rev() {
            strides[var] = len;
            extents[var] = u32::try_from(degrees[var] + 1).ok()?;
            len = len.checked_mul(degrees[var] + 1).filter(|&len| len <= ARRAY_LEN_MAX)?;
        }
        Some(Grid { extents, strides, len })
    }

    fn of_product<M: Mono>(a: &[Term<M>], b: &[Term<M>], nvars: usize) -> Option<Grid> {
        let (a, b) = (degrees(a, nvars), degrees(b, nvars));
        let sums: Vec<u64> = a.iter().zip(&b).map(|(&a, &b)| a as u64 + b as u64).collect();
        Grid::new(&sums)
    }

    /// The number of each monomial, all of which are in the box.
    pub(super) fn numbers<M: Mono>(&self, terms: &[Term<M>]) -> Vec<usize> {
        let mut exponents = Exponents::from_elem(0, self.extents.len());
        let number = |term: &Term<M>| {
            term.mono.unpack(&mut exponents);
            exponents.iter().zip(&self.strides).map(|(&e, &stride)| e as u64 * stride).sum::<u64>() as usize
        };
        terms.iter().map(number).collect()
    }

    /// The terms of an array of coefficients.
    pub(super) fn terms<M: Mono, C>(
        &self,
        array: Vec<C>,
        is_zero: impl Fn(&C) -> bool,
        into_int: impl Fn(C) -> Int,
    ) -> Vec<Term<M>> {
        let count = array.iter().filter(|coeff| !is_zero(coeff)).count();
        let mut terms = Vec::with_capacity(count);
        let mut exponents = self.extents.clone();
        for (number, coeff) in array.into_iter().enumerate().rev() {
            if is_zero(&coeff) {
                continue;
            }
            let mut rest = number as u64;
            for (exponent, &stride) in exponents.iter_mut().zip(&self.strides) {
                *exponent = (rest / stride) as u32;
                rest %= stride;
            }
            terms.push(Term { mono: M::pack(&exponents), coeff: into_int(coeff) });
        }
        terms
    }
}

fn mul_array<M: Mono, A: Accumulator>(a: &[Term<M>], b: &[Term<M>], grid: &Grid) -> Vec<Term<M>> {
    let mut array = vec![A::ZERO; grid.len as usize];
    let (a_numbers, b_numbers) = (grid.numbers(a), grid.numbers(b));
    let (a, b) = (A::coefficients(a), A::coefficients(b));
    for (x, &at) in a.iter().zip(&a_numbers) {
        let row = &mut array[at..];
        for (y, &to) in b.iter().zip(&b_numbers) {
            row[to].add_product(x, y);
        }
    }
    grid.terms(array, A::is_zero, A::into_int)
}

/// Hashes packed monomials by multiplication and folding: one word in, a few cycles.
#[derive(Default)]
struct MonoHasher(u64);

impl Hasher for MonoHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(byte as u64);
        }
    }

    fn write_u32(&mut self, word: u32) {
        self.write_u64(word as u64);
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }

    fn write_u64(&mut self, word: u64) {
        let product = (self.0 ^ word) as u128 * 0x9e37_79b9_7f4a_7c15_u128;
        self.0 = (product >> 64) as u64 ^ product as u64;
    }

    fn write_u128(&mut self, word: u128) {
        self.write_u64(word as u64);
        self.write_u64((word >> 64) as u64);
    }
}

fn mul_hash<M: Mono, A: Accumulator>(
    a: &[Term<M>],
    b: &[Term<M>],
    max: usize,
) -> Result<Vec<Term<M>>, PolyError> {
    let mut sums: HashMap<M, A, BuildHasherDefault<MonoHasher>> =
        HashMap::with_capacity_and_hasher(2 * b.len(), BuildHasherDefault::default());
    let (a_coeffs, b_coeffs) = (A::coefficients(a), A::coefficients(b));
    for (x, x_coeff) in a.iter().zip(&a_coeffs) {
        for (y, y_coeff) in b.iter().zip(&b_coeffs) {
            sums.entry(x.mono.times(&y.mono)).or_insert(A::ZERO).add_product(x_coeff, y_coeff);
        }
        if sums.len() > max {
            return Err(PolyError::TooManyTerms { max });
        }
    }
    let mut terms: Vec<Term<M>> = sums
        .into_iter()
        .filter(|(_, sum)| !sum.is_zero())
        .map(|(mono, sum)| Term { mono, coeff: sum.into_int() })
        .collect();
    terms.sort_unstable_by(|a, b| b.mono.cmp(&a.mono));
    Ok(terms)
}

/// A sum of products of words that leaves two words only where it must.
#[derive(Default)]
struct Remainder {
    low: i128,
    high: BigInt,
}

impl Remainder {
    fn subtract(&mut self, a: &Int, b: &Int) {
        if let (Int::Small(a), Int::Small(b)) = (a, b) {
            let product = *a as i128 * *b as i128;
            match self.low.checked_sub(product) {
                Some(low) => self.low = low,
                None => self.high -= product,
            }
        } else {
            self.high -= a.to_big() * b.to_big();
        }
    }

    fn add(&mut self, a: &Int) {
        self.subtract(a, &Int::Small(-1));
    }

    /// The value; zero is left.
    fn take(&mut self) -> Int {
        let low = std::mem::take(&mut self.low);
        if self.high == BigInt::ZERO {
            return Int::from_i128(low);
        }
        Int::from_big(std::mem::take(&mut self.high) + low)
    }
}

/// The quotient of whole coefficients, `None` where there is none. Of a divisor that is not zero.
///
/// At most `|q| |b|` products, on a heap of at most `|q|` entries, or the volume of the dividend's degrees times `|b|`.
pub(super) fn div_exact<M: Mono>(
    a: &[Term<M>],
    b: &[Term<M>],
    nvars: usize,
) -> Result<Option<Vec<Term<M>>>, PolyError> {
    let guard = M::guard(nvars);
    let (Some(lead), Some(last)) = (b.first(), b.last()) else { return Err(PolyError::DivisionByZero) };
    let (Some(a_lead), Some(a_last)) = (a.first(), a.last()) else { return Ok(Some(Vec::new())) };
    if a_lead.mono.over(&lead.mono, &guard).is_none() || a_last.mono.over(&last.mono, &guard).is_none() {
        return Ok(None);
    }
    if b.len() == 1 {
        let quotient = |term: &Term<M>| {
            let mono = term.mono.over(&lead.mono, &guard)?;
            Some(Term { mono, coeff: term.coeff.div_exact(&lead.coeff)? })
        };
        return Ok(a.iter().map(quotient).collect());
    }
    let (a_degrees, b_degrees) = (degrees(a, nvars), degrees(b, nvars));
    let Some(slack) = a_degrees
        .iter()
        .zip(&b_degrees)
        .map(|(a, b)| a.checked_sub(*b).map(u64::from))
        .collect::<Option<Vec<u64>>>()
    else {
        return Ok(None);
    };
    let room = slack.iter().fold(1u64, |room, &slack| room.saturating_mul(slack + 1));
    let a_extents: Vec<u64> = a_degrees.iter().map(|&degree| degree as u64).collect();
    // The quotient has at most `room` terms, and about as many as the dividend has for each of the divisor.
    let filled = (a.len() as u64).saturating_mul(ARRAY_SPARSITY_MAX);
    if let Some(grid) = Grid::new(&a_extents).filter(|grid| grid.len <= filled) {
        return Ok(div_array(a, b, &grid, &slack));
    }
    div_heap(a, b, &guard, &slack, room)
}

/// Division of the images under Kronecker's substitution, lead first. The image of the quotient is that of a polynomial
/// whose degrees are within `slack`, or it is no quotient: then no exponent of `q b` leaves its range, and equality of
/// images is equality.
fn div_array<M: Mono>(a: &[Term<M>], b: &[Term<M>], grid: &Grid, slack: &[u64]) -> Option<Vec<Term<M>>> {
    let (a_numbers, b_numbers) = (grid.numbers(a), grid.numbers(b));
    let mut rest: Vec<Remainder> = Vec::new();
    rest.resize_with(grid.len as usize, Remainder::default);
    for (term, &at) in a.iter().zip(&a_numbers) {
        rest[at].add(&term.coeff);
    }
    let (lead, lead_number) = (&b[0].coeff, b_numbers[0]);
    let mut quotient: Vec<Term<M>> = Vec::new();
    let mut exponents = grid.extents.clone();
    for at in (0..rest.len()).rev() {
        let coeff = rest[at].take();
        if coeff.is_zero() {
            continue;
        }
        let coeff = coeff.div_exact(lead)?;
        let shift = at.checked_sub(lead_number)?;
        let mut number = shift as u64;
        for ((exponent, &stride), &slack) in exponents.iter_mut().zip(&grid.strides).zip(slack) {
            *exponent = (number / stride) as u32;
            number %= stride;
            if *exponent as u64 > slack {
                return None;
            }
        }
        for (term, &number) in b.iter().zip(&b_numbers).skip(1) {
            rest[shift + number].subtract(&coeff, &term.coeff);
        }
        quotient.push(Term { mono: M::pack(&exponents), coeff });
    }
    Some(quotient)
}

/// The next product `quotient[q] * divisor[b]` that is to be subtracted.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Pending<M> {
    mono: M,
    q: usize,
    b: usize,
}

fn div_heap<M: Mono>(
    a: &[Term<M>],
    b: &[Term<M>],
    guard: &M,
    slack: &[u64],
    room: u64,
) -> Result<Option<Vec<Term<M>>>, PolyError> {
    let mut quotient: Vec<Term<M>> = Vec::new();
    let mut heap: BinaryHeap<Pending<M>> = BinaryHeap::new();
    let mut exponents = Exponents::from_elem(0, slack.len());
    let (mut next, mut steps) = (0, 0u64);
    loop {
        let mono = match (a.get(next), heap.peek()) {
            (Some(term), Some(top)) => (&term.mono).max(&top.mono).clone(),
            (Some(term), None) => term.mono.clone(),
            (None, Some(top)) => top.mono.clone(),
            (None, None) => return Ok(Some(quotient)),
        };
        let mut rest = Remainder::default();
        if let Some(term) = a.get(next).filter(|term| term.mono == mono) {
            rest.add(&term.coeff);
            next += 1;
        }
        while heap.peek().is_some_and(|top| top.mono == mono) {
            let Some(Pending { q, b: at, .. }) = heap.pop() else { break };
            rest.subtract(&quotient[q].coeff, &b[at].coeff);
            if at + 1 < b.len() {
                heap.push(Pending { mono: quotient[q].mono.times(&b[at + 1].mono), q, b: at + 1 });
            }
            steps += 1;
        }
        if steps > STEPS_MAX {
            return Err(PolyError::TooManySteps { what: "a division", max: STEPS_MAX });
        }
        let rest = rest.take();
        if rest.is_zero() {
            continue;
        }
        let lead = &b[0];
        let (Some(mono), Some(coeff)) = (mono.over(&lead.mono, guard), rest.div_exact(&lead.coeff)) else {
            return Ok(None);
        };
        mono.unpack(&mut exponents);
        let outside = exponents.iter().zip(slack).any(|(&exponent, &slack)| exponent as u64 > slack);
        if outside || quotient.len() as u64 >= room {
            return Ok(None);
        }
        if quotient.len() >= TERMS_MAX {
            return Err(PolyError::TooManyTerms { max: TERMS_MAX });
        }
        heap.push(Pending { mono: mono.times(&b[1].mono), q: quotient.len(), b: 1 });
        quotient.push(Term { mono, coeff });
    }
}
