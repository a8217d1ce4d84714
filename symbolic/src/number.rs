//! Exact rational numbers: small ones in two machine words, others on the heap; arithmetic never wraps.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// An exact rational number, always in lowest terms with a positive denominator.
///
/// ```
/// use braid_symbolic::Number;
/// let third = Number::ratio(1, 3).unwrap();
/// assert_eq!((&third + &third).to_string(), "2/3");
/// assert_eq!((Number::int(i64::MAX) + Number::ONE).to_string(), "9223372036854775808");
/// assert_eq!(Number::from_decimal("0.1"), Number::ratio(1, 10));
/// assert!(Number::ratio(1, 0).is_none());
/// ```
#[derive(Clone)]
pub struct Number(Repr);

#[derive(Clone)]
enum Repr {
    /// Numerator and denominator; what fits here is never held as `Big`.
    Small(i64, i64),
    Big(Arc<(BigInt, BigInt)>),
}

use Repr::{Big, Small};

impl Number {
    /// Zero.
    pub const ZERO: Number = Number(Small(0, 1));
    /// One.
    pub const ONE: Number = Number(Small(1, 1));
    /// Minus one.
    pub const MINUS_ONE: Number = Number(Small(-1, 1));
    /// Two.
    pub const TWO: Number = Number(Small(2, 1));
    /// One half.
    pub const HALF: Number = Number(Small(1, 2));

    /// A whole number.
    ///
    /// ```
    /// use braid_symbolic::Number;
    /// const SEVEN: Number = Number::int(7);
    /// assert_eq!(SEVEN.to_string(), "7");
    /// ```
    pub const fn int(value: i64) -> Number {
        Number(Small(value, 1))
    }

    /// The quotient of two whole numbers; `None` for a zero denominator.
    ///
    /// ```
    /// use braid_symbolic::Number;
    /// assert_eq!(Number::ratio(6, -4).unwrap().to_string(), "-3/2");
    /// ```
    pub fn ratio(numerator: i64, denominator: i64) -> Option<Number> {
        (denominator != 0).then(|| Number::reduce_i128(numerator as i128, denominator as i128))
    }

    /// A whole number of any size.
    ///
    /// ```
    /// use braid_symbolic::Number;
    /// assert_eq!(Number::from_bigint(7.into()), Number::int(7));
    /// ```
    pub fn from_bigint(value: BigInt) -> Number {
        Number::from_coprime(value, BigInt::one())
    }

    /// The quotient of two whole numbers of any size; `None` for a zero denominator.
    ///
    /// ```
    /// use braid_symbolic::Number;
    /// assert_eq!(Number::from_bigints(2.into(), 4.into()), Some(Number::HALF));
    /// assert_eq!(Number::from_bigints(2.into(), 0.into()), None);
    /// ```
    pub fn from_bigints(numerator: BigInt, denominator: BigInt) -> Option<Number> {
        if denominator.is_zero() {
            return None;
        }
        let gcd = numerator.gcd(&denominator);
        let sign = if denominator.is_negative() { -BigInt::one() } else { BigInt::one() };
        Some(Number::from_coprime(numerator / &gcd * &sign, denominator / gcd * sign))
    }

    /// The exact value of a float; `None` unless finite.
    ///
    /// ```
    /// use braid_symbolic::Number;
    /// assert_eq!(Number::from_f64(0.25), Number::ratio(1, 4));
    /// assert_ne!(Number::from_f64(0.1), Number::ratio(1, 10)); // the float is not a tenth
    /// assert_eq!(Number::from_f64(f64::NAN), None);
    /// ```
    pub fn from_f64(value: f64) -> Option<Number> {
        if !value.is_finite() {
            return None;
        }
        if value.fract() == 0.0 && value.abs() < 9.0e15 {
            return Some(Number::int(value as i64));
        }
        let bits = value.to_bits();
        let exponent = ((bits >> 52) & 0x7ff) as i64;
        let fraction = bits & ((1 << 52) - 1);
        let (mantissa, exponent) =
            if exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, exponent - 1075) };
        let mantissa = BigInt::from(mantissa) * if value < 0.0 { -1 } else { 1 };
        if exponent >= 0 {
            Some(Number::from_bigint(mantissa << exponent as u64))
        } else {
            Number::from_bigints(mantissa, BigInt::one() << (-exponent) as u64)
        }
    }

    /// The value of a decimal literal such as `12`, `0.1` or `3.0e-7`, exactly; `None` if it is not one, or its exponent is
    /// beyond `±9999`.
    ///
    /// ```
    /// use braid_symbolic::Number;
    /// assert_eq!(Number::from_decimal("2.5e-1"), Number::ratio(1, 4));
    /// assert_eq!(Number::from_decimal("1.2.3"), None);
    /// ```
    pub fn from_decimal(text: &str) -> Option<Number> {
        let (mantissa, exponent) = match text.find(['e', 'E']) {
            Some(at) => (&text[..at], text[at + 1..].parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let exponent = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?;
        if exponent.abs() > 9_999 {
            return None;
        }
        let scale = num_traits::pow(BigInt::from(10), exponent.unsigned_abs() as usize);
        let digits: BigInt = digits.parse().ok()?;
        if exponent >= 0 {
            Some(Number::from_bigint(digits * scale))
        } else {
            Number::from_bigints(digits, scale)
        }
    }

    fn from_coprime(numerator: BigInt, denominator: BigInt) -> Number {
        match (numerator.to_i64(), denominator.to_i64()) {
            (Some(n), Some(d)) => Number(Small(n, d)),
            _ => Number(Big(Arc::new((numerator, denominator)))),
        }
    }

    /// Of a denominator that is not zero.
    fn reduce_i128(mut n: i128, mut d: i128) -> Number {
        if d != 1 {
            let gcd = gcd_u128(n.unsigned_abs(), d.unsigned_abs()) as i128;
            (n, d) = (n / gcd, d / gcd);
            if d < 0 {
                (n, d) = (-n, -d);
            }
        }
        match (i64::try_from(n), i64::try_from(d)) {
            (Ok(n), Ok(d)) => Number(Small(n, d)),
            _ => Number(Big(Arc::new((BigInt::from(n), BigInt::from(d))))),
        }
    }

    /// The numerator.
    ///
    /// ```
    /// use braid_symbolic::Number;
    /// assert_eq!(Number::ratio(-2, 3).unwrap().numerator(), (-2).into());
    /// ```
    pub fn numerator(&self) -> BigInt {
        match &self.0 {
            Small(n, _) => BigInt::from(*n),
            Big(parts) => parts.0.clone(),
        }
    }

    /// The denominator, positive.
    ///
    /// ```
    /// use braid_symbolic::Number;
    /// assert_eq!(Number::ratio(-2, 3).unwrap().denominator(), 3.into());
    /// ```
    pub fn denominator(&self) -> BigInt {
        match &self.0 {
            Small(_, d) => BigInt::from(*d),
            Big(parts) => parts.1.clone(),
        }
    }

    /// Whether zero.
    ///
    /// ```
    /// assert!(braid_symbolic::Number::ZERO.is_zero());
    /// ```
    pub fn is_zero(&self) -> bool {
        matches!(self.0, Small(0, _))
    }

    /// Whether one.
    ///
    /// ```
    /// assert!(braid_symbolic::Number::int(1).is_one());
    /// ```
    pub fn is_one(&self) -> bool {
        matches!(self.0, Small(1, 1))
    }

    /// Whether minus one.
    ///
    /// ```
    /// assert!(braid_symbolic::Number::int(-1).is_minus_one());
    /// ```
    pub fn is_minus_one(&self) -> bool {
        matches!(self.0, Small(-1, 1))
    }

    /// Whether whole.
    ///
    /// ```
    /// use braid_symbolic::Number;
    /// assert!(Number::TWO.is_integer() && !Number::HALF.is_integer());
    /// ```
    pub fn is_integer(&self) -> bool {
        match &self.0 {
            Small(_, d) => *d == 1,
            Big(parts) => parts.1.is_one(),
        }
    }

    /// -1, 0 or 1.
    ///
    /// ```
    /// use braid_symbolic::Number;
    /// assert_eq!([Number::int(-5), Number::ZERO, Number::HALF].map(|n| n.signum()), [-1, 0, 1]);
    /// ```
    pub fn signum(&self) -> i32 {
        match &self.0 {
            Small(n, _) => n.signum() as i32,
            Big(parts) => {
                if parts.0.is_negative() {
                    -1
                } else {
                    1
                }
            }
        }
    }

    /// Whether below zero.
    ///
    /// ```
    /// assert!(braid_symbolic::Number::MINUS_ONE.is_negative());
    /// ```
    pub fn is_negative(&self) -> bool {
        self.signum() < 0
    }

    /// The value as a whole number, where it is one and fits.
    ///
    /// ```
    /// use braid_symbolic::Number;
    /// assert_eq!((Number::int(3).as_i64(), Number::HALF.as_i64()), (Some(3), None));
    /// ```
    pub fn as_i64(&self) -> Option<i64> {
        match self.0 {
            Small(n, 1) => Some(n),
            _ => None,
        }
    }

    /// Whether whole and even.
    ///
    /// ```
    /// use braid_symbolic::Number;
    /// assert!(Number::int(4).is_even() && !Number::HALF.is_even());
    /// ```
    pub fn is_even(&self) -> bool {
        self.is_integer() && self.numerator().is_even()
    }

    /// The nearest float.
    ///
    /// ```
    /// assert_eq!(braid_symbolic::Number::HALF.to_f64(), 0.5);
    /// ```
    pub fn to_f64(&self) -> f64 {
        match &self.0 {
            Small(n, 1) => *n as f64,
            Small(n, d) if n.unsigned_abs() < 1 << 53 && *d < 1 << 53 => *n as f64 / *d as f64,
            _ => big_ratio_to_f64(&self.numerator(), &self.denominator()),
        }
    }

    /// The absolute value.
    ///
    /// ```
    /// use braid_symbolic::Number;
    /// assert_eq!(Number::int(-3).abs(), Number::int(3));
    /// ```
    pub fn abs(&self) -> Number {
        if self.is_negative() { -self } else { self.clone() }
    }

    /// One over this; `None` of zero.
    ///
    /// ```
    /// use braid_symbolic::Number;
    /// assert_eq!((Number::TWO.recip(), Number::ZERO.recip()), (Some(Number::HALF), None));
    /// ```
    pub fn recip(&self) -> Option<Number> {
        match &self.0 {
            Small(0, _) => None,
            Small(n, d) => Some(Number::reduce_i128(*d as i128, *n as i128)),
            Big(parts) => Number::from_bigints(parts.1.clone(), parts.0.clone()),
        }
    }

    /// The quotient; `None` for a zero divisor.
    ///
    /// ```
    /// use braid_symbolic::Number;
    /// assert_eq!(Number::ONE.checked_div(&Number::TWO), Some(Number::HALF));
    /// assert_eq!(Number::ONE.checked_div(&Number::ZERO), None);
    /// ```
    pub fn checked_div(&self, other: &Number) -> Option<Number> {
        Some(self * &other.recip()?)
    }

    /// The power by a whole exponent. `None` for zero to a negative power, and where the result would have more than
    /// about a million bits.
    ///
    /// ```
    /// use braid_symbolic::Number;
    /// assert_eq!(Number::HALF.checked_pow(-3), Some(Number::int(8)));
    /// assert_eq!(Number::TWO.checked_pow(1 << 40), None); // too long
    /// ```
    pub fn checked_pow(&self, exponent: i64) -> Option<Number> {
        if exponent == 0 || self.is_one() {
            return Some(Number::ONE);
        }
        if self.is_zero() {
            return (exponent > 0).then_some(Number::ZERO);
        }
        let base = if exponent < 0 { self.recip()? } else { self.clone() };
        if base.is_minus_one() {
            return Some(if exponent % 2 == 0 { Number::ONE } else { base });
        }
        let n = exponent.unsigned_abs();
        let bits = base.numerator().bits().max(base.denominator().bits());
        if bits.checked_mul(n).is_none_or(|bits| bits > Self::POWER_BITS_MAX) {
            return None;
        }
        let n = usize::try_from(n).ok()?;
        Some(Number::from_coprime(
            num_traits::pow(base.numerator(), n),
            num_traits::pow(base.denominator(), n),
        ))
    }

    /// More bits than this no power may have: a formula of a few characters must not fill the memory.
    pub const POWER_BITS_MAX: u64 = 1 << 20;

    /// The `n`-th root where it is rational, of a number that is not negative.
    ///
    /// ```
    /// use braid_symbolic::Number;
    /// assert_eq!(Number::ratio(8, 27).unwrap().exact_root(3), Number::ratio(2, 3));
    /// assert_eq!(Number::TWO.exact_root(2), None);
    /// ```
    pub fn exact_root(&self, n: u32) -> Option<Number> {
        if self.is_negative() || n == 0 {
            return None;
        }
        let (top, bottom) = (self.numerator(), self.denominator());
        let (a, b) = (top.nth_root(n), bottom.nth_root(n));
        (num_traits::pow(a.clone(), n as usize) == top && num_traits::pow(b.clone(), n as usize) == bottom)
            .then(|| Number::from_coprime(a, b))
    }

    /// The largest whole number not above.
    ///
    /// ```
    /// use braid_symbolic::Number;
    /// assert_eq!(Number::ratio(-3, 2).unwrap().floor(), Number::int(-2));
    /// ```
    pub fn floor(&self) -> Number {
        Number::from_bigint(self.numerator().div_floor(&self.denominator()))
    }

    /// The largest positive rational by which both divide to whole numbers, zero if both are zero.
    ///
    /// ```
    /// use braid_symbolic::Number;
    /// assert_eq!(Number::int(12).gcd(&Number::int(18)), Number::int(6));
    /// ```
    pub fn gcd(&self, other: &Number) -> Number {
        if self.is_integer() && other.is_integer() {
            if let (Some(a), Some(b)) = (self.as_i64(), other.as_i64()) {
                let g = gcd_u128(a.unsigned_abs() as u128, b.unsigned_abs() as u128);
                return Number::reduce_i128(g as i128, 1);
            }
            return Number::from_bigint(self.numerator().gcd(&other.numerator()));
        }
        let numerator = self.numerator().gcd(&other.numerator());
        let denominator = self.denominator().lcm(&other.denominator());
        Number::from_bigints(numerator, denominator).unwrap_or(Number::ZERO)
    }
}

fn gcd_u128(a: u128, b: u128) -> u128 {
    if let (Ok(mut a), Ok(mut b)) = (u64::try_from(a), u64::try_from(b)) {
        while b != 0 {
            (a, b) = (b, a % b);
        }
        return a.max(1) as u128;
    }
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

/// The nearest float of a quotient whose parts may be beyond the range of floats.
fn big_ratio_to_f64(n: &BigInt, d: &BigInt) -> f64 {
    // 66 bits of quotient and a sticky bit are enough for one correct rounding of a normal result.
    let shift = 66 - (n.bits() as i64 - d.bits() as i64);
    let magnitude = n.magnitude();
    let (q, r) = if shift >= 0 {
        (magnitude << shift as u64).div_rem(d.magnitude())
    } else {
        magnitude.div_rem(&(d.magnitude() << (-shift) as u64))
    };
    let q = if r.is_zero() { q } else { q | num_bigint::BigUint::one() };
    let q = q.to_u128().unwrap_or(u128::MAX) as f64;
    let half = (-shift / 2) as i32;
    let value = q * 2f64.powi(half) * 2f64.powi((-shift) as i32 - half);
    if n.is_negative() { -value } else { value }
}

impl std::ops::Neg for &Number {
    type Output = Number;
    fn neg(self) -> Number {
        match &self.0 {
            Small(n, d) => Number::reduce_neg(*n, *d),
            Big(parts) => Number::from_coprime(-&parts.0, parts.1.clone()),
        }
    }
}

impl Number {
    fn reduce_neg(n: i64, d: i64) -> Number {
        match n.checked_neg() {
            Some(n) => Number(Small(n, d)),
            None => Number(Big(Arc::new((-BigInt::from(n), BigInt::from(d))))),
        }
    }
}

impl std::ops::Neg for Number {
    type Output = Number;
    fn neg(self) -> Number {
        -&self
    }
}

impl std::ops::Add for &Number {
    type Output = Number;
    fn add(self, other: &Number) -> Number {
        if let (Small(a, b), Small(c, d)) = (&self.0, &other.0) {
            if b == d {
                return Number::reduce_i128(*a as i128 + *c as i128, *b as i128);
            }
            let left = *a as i128 * *d as i128;
            if let Some(n) = left.checked_add(*c as i128 * *b as i128) {
                return Number::reduce_i128(n, *b as i128 * *d as i128);
            }
        }
        let (a, b, c, d) = (self.numerator(), self.denominator(), other.numerator(), other.denominator());
        Number::from_bigints(a * &d + c * &b, b * d).unwrap_or(Number::ZERO)
    }
}

impl std::ops::Sub for &Number {
    type Output = Number;
    fn sub(self, other: &Number) -> Number {
        self + &-other
    }
}

impl std::ops::Mul for &Number {
    type Output = Number;
    fn mul(self, other: &Number) -> Number {
        if let (Small(a, b), Small(c, d)) = (&self.0, &other.0) {
            return Number::reduce_i128(*a as i128 * *c as i128, *b as i128 * *d as i128);
        }
        let (a, b, c, d) = (self.numerator(), self.denominator(), other.numerator(), other.denominator());
        Number::from_bigints(a * c, b * d).unwrap_or(Number::ZERO)
    }
}

macro_rules! by_value {
    ($($op:ident $method:ident;)*) => { $(
        impl std::ops::$op for Number {
            type Output = Number;
            fn $method(self, other: Number) -> Number {
                std::ops::$op::$method(&self, &other)
            }
        }
    )* };
}
by_value! { Add add; Sub sub; Mul mul; }

impl std::ops::AddAssign<&Number> for Number {
    fn add_assign(&mut self, other: &Number) {
        *self = &*self + other;
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Number) -> bool {
        match (&self.0, &other.0) {
            (Small(a, b), Small(c, d)) => a == c && b == d,
            (Big(a), Big(b)) => a == b,
            _ => false,
        }
    }
}
impl Eq for Number {}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            Small(n, d) => {
                state.write_u64(*n as u64);
                if *d != 1 {
                    state.write_u64(*d as u64);
                }
            }
            Big(parts) => parts.hash(state),
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Number {
    fn cmp(&self, other: &Number) -> Ordering {
        if let (Small(a, b), Small(c, d)) = (&self.0, &other.0) {
            return (*a as i128 * *d as i128).cmp(&(*c as i128 * *b as i128));
        }
        (self.numerator() * other.denominator()).cmp(&(other.numerator() * self.denominator()))
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Number {
        Number::int(value)
    }
}
impl From<i32> for Number {
    fn from(value: i32) -> Number {
        Number::int(value as i64)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match &self.0 {
            Small(n, 1) => write!(f, "{n}"),
            Small(n, d) => write!(f, "{n}/{d}"),
            Big(parts) if parts.1.is_one() => write!(f, "{}", parts.0),
            Big(parts) => write!(f, "{}/{}", parts.0, parts.1),
        }
    }
}
impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_leaves_the_machine_words_and_comes_back() {
        let big = Number::int(i64::MAX);
        let more = &big + &Number::ONE;
        assert_eq!(more.to_string(), "9223372036854775808");
        assert_eq!(&more - &Number::ONE, big);
        assert_eq!(&(&more * &more) * &more.recip().unwrap(), more);
        assert_eq!(-&Number::int(i64::MIN), more);
        assert_eq!(Number::ratio(i64::MIN, -1).unwrap(), more);
        assert_eq!(Number::ratio(6, -4).unwrap().to_string(), "-3/2");
        assert!(Number::ratio(1, 0).is_none());
    }

    #[test]
    fn literals_and_floats_are_exact() {
        assert_eq!(Number::from_decimal("0.1").unwrap().to_string(), "1/10");
        assert_eq!(Number::from_decimal("3.0e-7").unwrap().to_string(), "3/10000000");
        assert_eq!(Number::from_decimal("1e3").unwrap().to_string(), "1000");
        assert!(Number::from_decimal("1e99999").is_none() && Number::from_decimal("1.2.3").is_none());
        for value in [0.1, -3.5, 1e300, 5e-324, -1e-300, 123456789.0, 1.0 / 3.0, f64::MIN_POSITIVE] {
            assert_eq!(Number::from_f64(value).unwrap().to_f64(), value);
        }
        assert!(Number::from_f64(f64::NAN).is_none());
        assert_eq!(Number::from_decimal("0.1").unwrap().to_f64(), 0.1);
    }

    #[test]
    fn powers_and_roots() {
        assert_eq!(Number::TWO.checked_pow(100).unwrap().to_string(), "1267650600228229401496703205376");
        assert_eq!(Number::TWO.checked_pow(-2).unwrap().to_string(), "1/4");
        assert!(Number::ZERO.checked_pow(-1).is_none());
        assert!(Number::int(10).checked_pow(1 << 40).is_none());
        assert_eq!(Number::ratio(4, 9).unwrap().exact_root(2).unwrap().to_string(), "2/3");
        assert!(Number::TWO.exact_root(2).is_none());
        assert_eq!(Number::ratio(1, 2).unwrap().gcd(&Number::ratio(1, 3).unwrap()).to_string(), "1/6");
    }
}
