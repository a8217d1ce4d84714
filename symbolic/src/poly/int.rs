//! Whole coefficients: one machine word, or a number of any size where that overflows.

use crate::Number;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::cmp::Ordering;

/// A whole number; what fits a word is never held as `Big`, so equality is of the representation.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Int {
    Small(i64),
    Big(Box<BigInt>),
}

use Int::{Big, Small};

impl Int {
    pub(super) const ZERO: Int = Small(0);
    pub(super) const ONE: Int = Small(1);

    pub(super) fn from_big(value: BigInt) -> Int {
        match value.to_i64() {
            Some(small) => Small(small),
            None => Big(Box::new(value)),
        }
    }

    pub(super) fn from_i128(value: i128) -> Int {
        match i64::try_from(value) {
            Ok(small) => Small(small),
            Err(_) => Big(Box::new(BigInt::from(value))),
        }
    }

    pub(super) fn to_big(&self) -> BigInt {
        match self {
            Small(value) => BigInt::from(*value),
            Big(value) => (**value).clone(),
        }
    }

    pub(super) fn as_i64(&self) -> Option<i64> {
        match self {
            Small(value) => Some(*value),
            Big(_) => None,
        }
    }

    pub(super) fn to_number(&self) -> Number {
        match self {
            Small(value) => Number::int(*value),
            Big(value) => Number::from_bigint((**value).clone()),
        }
    }

    /// This over `denominator`, which is not zero.
    pub(super) fn over(&self, denominator: &Int) -> Number {
        let ratio = match (self, denominator) {
            (_, Small(1)) => return self.to_number(),
            (Small(a), Small(b)) => Number::ratio(*a, *b),
            _ => Number::from_bigints(self.to_big(), denominator.to_big()),
        };
        ratio.unwrap_or(Number::ZERO)
    }

    pub(super) fn is_zero(&self) -> bool {
        matches!(self, Small(0))
    }

    pub(super) fn is_one(&self) -> bool {
        matches!(self, Small(1))
    }

    pub(super) fn is_negative(&self) -> bool {
        match self {
            Small(value) => *value < 0,
            Big(value) => value.is_negative(),
        }
    }

    /// The number of bits of the absolute value.
    pub(super) fn bits(&self) -> u64 {
        match self {
            Small(value) => 64 - value.unsigned_abs().leading_zeros() as u64,
            Big(value) => value.bits(),
        }
    }

    pub(super) fn neg(&self) -> Int {
        match self {
            Small(value) => match value.checked_neg() {
                Some(value) => Small(value),
                None => Int::from_i128(-(*value as i128)),
            },
            Big(value) => Int::from_big(-&**value),
        }
    }

    pub(super) fn abs(&self) -> Int {
        if self.is_negative() { self.neg() } else { self.clone() }
    }

    pub(super) fn add(&self, other: &Int) -> Int {
        match (self, other) {
            (Small(a), Small(b)) => match a.checked_add(*b) {
                Some(sum) => Small(sum),
                None => Int::from_i128(*a as i128 + *b as i128),
            },
            (Big(a), Big(b)) => Int::from_big(&**a + &**b),
            (Big(a), Small(b)) | (Small(b), Big(a)) => Int::from_big(&**a + *b),
        }
    }

    pub(super) fn sub(&self, other: &Int) -> Int {
        match (self, other) {
            (Small(a), Small(b)) => match a.checked_sub(*b) {
                Some(difference) => Small(difference),
                None => Int::from_i128(*a as i128 - *b as i128),
            },
            _ => self.add(&other.neg()),
        }
    }

    pub(super) fn mul(&self, other: &Int) -> Int {
        match (self, other) {
            (Small(a), Small(b)) => match a.checked_mul(*b) {
                Some(product) => Small(product),
                None => Int::from_i128(*a as i128 * *b as i128),
            },
            (Big(a), Big(b)) => Big(Box::new(&**a * &**b)),
            (Big(a), Small(b)) | (Small(b), Big(a)) => Int::from_big(&**a * *b),
        }
    }

    /// The quotient where it is whole; `None` otherwise and for a zero divisor.
    pub(super) fn div_exact(&self, other: &Int) -> Option<Int> {
        match (self, other) {
            (_, Small(0)) => None,
            (_, Small(1)) => Some(self.clone()),
            (Small(a), Small(b)) => {
                let (a, b) = (*a as i128, *b as i128);
                (a % b == 0).then(|| Int::from_i128(a / b))
            }
            (Small(a), Big(b)) => {
                // i64::MIN over its negation is the one whole quotient of a word by what is wider.
                (*a == 0 || (*a == i64::MIN && (-&**b).to_i64() == Some(i64::MIN)))
                    .then_some(Small(if *a == 0 { 0 } else { -1 }))
            }
            _ => {
                let (q, r) = self.to_big().div_rem(&other.to_big());
                r.is_zero().then(|| Int::from_big(q))
            }
        }
    }

    /// The greatest common divisor, not negative.
    pub(super) fn gcd(&self, other: &Int) -> Int {
        match (self, other) {
            (Small(1), _) | (_, Small(1)) => Int::ONE,
            (Small(a), Small(b)) => Int::from_i128(gcd_u64(a.unsigned_abs(), b.unsigned_abs()) as i128),
            _ => Int::from_big(self.to_big().gcd(&other.to_big())),
        }
    }

    pub(super) fn pow(&self, exponent: u32) -> Int {
        match self {
            Small(0) if exponent > 0 => Int::ZERO,
            Small(1) => Int::ONE,
            Small(-1) => Small(if exponent.is_multiple_of(2) { 1 } else { -1 }),
            Small(value) => match value.checked_pow(exponent) {
                Some(power) => Small(power),
                None => Int::from_big(num_traits::pow(BigInt::from(*value), exponent as usize)),
            },
            Big(value) if exponent == 0 => {
                debug_assert!(!value.is_zero());
                Int::from_big(BigInt::one())
            }
            Big(value) => Int::from_big(num_traits::pow((**value).clone(), exponent as usize)),
        }
    }
}

impl PartialOrd for Int {
    fn partial_cmp(&self, other: &Int) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Int {
    fn cmp(&self, other: &Int) -> Ordering {
        match (self, other) {
            (Small(a), Small(b)) => a.cmp(b),
            _ => self.to_big().cmp(&other.to_big()),
        }
    }
}

fn gcd_u64(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
