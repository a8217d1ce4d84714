//! Interval arithmetic over `f64` with outward rounding, for every operation of [`ops::TABLE`].
//!
//! The value of an expression at any point of a box lies in the interval that the expression gives for the box, and the
//! interval says whether the expression is defined everywhere in the box, nowhere, or possibly in a part. Sums and products
//! are rounded outward only where they are not exact. Functions of the system's mathematical library are assumed to err by
//! less than [`LIBRARY_ULPS`] units in the last place.

use crate::facts::Facts;
use crate::number::Number;
use crate::ops;
use crate::rewrite::{FactsOracle, Oracle, Truth, View};
use crate::symbol::Symbol;
use crate::term::{Head, Scalar, walk};
use braid_ir::ScalarOp;
use std::cmp::Ordering;
use std::collections::HashMap;

/// Where an expression is defined in the box that an interval is for.
///
/// ```
/// use braid_ir::ScalarOp;
/// use braid_symbolic::interval::{Domain, Interval};
/// let log = |lo, hi| Interval::apply(ScalarOp::Log, &[Interval::new(lo, hi)]).domain;
/// assert_eq!(log(1.0, 2.0), Domain::Everywhere);
/// assert_eq!(log(-1.0, 2.0), Domain::Partly);
/// assert_eq!(log(-2.0, -1.0), Domain::Nowhere);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Domain {
    /// At every point.
    Everywhere,
    /// Possibly at some points and not at others.
    Partly,
    /// At no point.
    Nowhere,
}

impl Domain {
    fn and(self, other: Domain) -> Domain {
        match (self, other) {
            (Domain::Nowhere, _) | (_, Domain::Nowhere) => Domain::Nowhere,
            (Domain::Everywhere, Domain::Everywhere) => Domain::Everywhere,
            _ => Domain::Partly,
        }
    }
}

/// All values from `lo` to `hi`, ends included; ends may be infinite, values are finite.
///
/// ```
/// use braid_symbolic::interval::{Domain, Interval};
/// use braid_ir::ScalarOp;
/// let x = Interval::new(-1.0, 2.0);
/// assert!(x.times(x).contains(4.0));
/// assert_eq!(Interval::apply(ScalarOp::Log, &[x]).domain, Domain::Partly);
/// ```
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Interval {
    /// The lower end.
    pub lo: f64,
    /// The upper end, not below the lower.
    pub hi: f64,
    /// Where the expression is defined.
    pub domain: Domain,
}

/// What functions of the system's mathematical library err by at most, in units in the last place.
pub const LIBRARY_ULPS: u32 = 8;

/// The same for those that are computed from others.
const COMPOSED_ULPS: u32 = 256;

fn down(x: f64, ulps: u32) -> f64 {
    (0..ulps).fold(x, |x, _| x.next_down())
}

fn up(x: f64, ulps: u32) -> f64 {
    (0..ulps).fold(x, |x, _| x.next_up())
}

/// An inverse hyperbolic function, far out by its logarithm: the library's own way overflows there.
fn far(x: f64, f: impl Fn(f64) -> f64) -> f64 {
    if x.abs() < 1e15 { f(x) } else { (x.abs().ln() + std::f64::consts::LN_2).copysign(x) }
}

/// The rounding error of a sum that did not overflow has the sign of this.
fn sum_error(a: f64, b: f64, sum: f64) -> f64 {
    let part = sum - a;
    (a - (sum - part)) + (b - part)
}

fn add_down(a: f64, b: f64) -> f64 {
    let sum = a + b;
    match sum {
        _ if sum.is_nan() => f64::NEG_INFINITY,
        _ if !sum.is_finite() => {
            if a.is_finite() && b.is_finite() && sum > 0.0 {
                f64::MAX
            } else {
                sum
            }
        }
        _ if sum_error(a, b, sum) < 0.0 => sum.next_down(),
        _ => sum,
    }
}

fn add_up(a: f64, b: f64) -> f64 {
    -add_down(-a, -b)
}

fn mul_down(a: f64, b: f64) -> f64 {
    if a == 0.0 || b == 0.0 {
        return 0.0;
    }
    let product = a * b;
    if !product.is_finite() {
        return if a.is_finite() && b.is_finite() && product > 0.0 { f64::MAX } else { product };
    }
    // Where the error might underflow, the product is taken to be rounded.
    let exact = product.abs() > 1e-280 && a.mul_add(b, -product) >= 0.0;
    if exact { product } else { product.next_down() }
}

fn mul_up(a: f64, b: f64) -> f64 {
    -mul_down(-a, b)
}

impl Interval {
    /// All numbers.
    pub const REAL: Interval =
        Interval { lo: f64::NEG_INFINITY, hi: f64::INFINITY, domain: Domain::Everywhere };

    /// From one end to the other.
    ///
    /// ```
    /// use braid_symbolic::interval::Interval;
    /// assert!(Interval::new(0.0, 1.0).contains(0.5));
    /// ```
    pub fn new(lo: f64, hi: f64) -> Interval {
        let (lo, hi) =
            (if lo.is_nan() { f64::NEG_INFINITY } else { lo }, if hi.is_nan() { f64::INFINITY } else { hi });
        Interval { lo: lo.min(hi), hi: lo.max(hi), domain: Domain::Everywhere }
    }

    /// One value.
    ///
    /// ```
    /// assert_eq!(braid_symbolic::interval::Interval::point(2.0).width(), 0.0);
    /// ```
    pub fn point(value: f64) -> Interval {
        Interval::new(value, value)
    }

    /// The smallest interval around a rational number.
    ///
    /// ```
    /// use braid_symbolic::{Number, interval::Interval};
    /// let third = Interval::of_number(&Number::ratio(1, 3).unwrap());
    /// assert!(third.contains(1.0 / 3.0) && third.width() < 1e-15);
    /// ```
    pub fn of_number(n: &Number) -> Interval {
        let near = n.to_f64();
        if !near.is_finite() {
            let end = if near > 0.0 { (f64::MAX, f64::INFINITY) } else { (f64::NEG_INFINITY, f64::MIN) };
            return Interval::new(end.0, end.1);
        }
        match Number::from_f64(near).map(|exact| exact.cmp(n)) {
            Some(Ordering::Equal) => Interval::point(near),
            Some(Ordering::Less) => Interval::new(near, near.next_up()),
            _ => Interval::new(near.next_down(), near),
        }
    }

    /// The circle constant.
    ///
    /// ```
    /// assert!(braid_symbolic::interval::Interval::pi().contains(std::f64::consts::PI));
    /// ```
    pub fn pi() -> Interval {
        Interval::new(std::f64::consts::PI, std::f64::consts::PI.next_up())
    }

    /// A truth value, which may be either.
    ///
    /// ```
    /// use braid_symbolic::{interval::Interval, rewrite::Truth};
    /// assert_eq!(Interval::of_truth(Truth::Yes).truth(), Truth::Yes);
    /// ```
    pub fn of_truth(truth: Truth) -> Interval {
        match truth {
            Truth::Yes => Interval::point(1.0),
            Truth::No => Interval::point(0.0),
            Truth::Unknown => Interval::new(0.0, 1.0),
        }
    }

    /// The possible signs, as bits of [`Facts`].
    ///
    /// ```
    /// use braid_symbolic::{facts::Facts, interval::Interval};
    /// assert_eq!(Interval::new(1.0, 2.0).signs(), Facts::POS.bits());
    /// ```
    pub fn signs(self) -> u8 {
        (self.lo < 0.0) as u8 | ((self.lo <= 0.0 && self.hi >= 0.0) as u8) << 1 | ((self.hi > 0.0) as u8) << 2
    }

    /// Whether a value is among those of the interval.
    ///
    /// ```
    /// use braid_symbolic::interval::Interval;
    /// assert!(!Interval::new(0.0, 1.0).contains(2.0));
    /// ```
    pub fn contains(self, value: f64) -> bool {
        self.lo <= value && value <= self.hi
    }

    /// How far the ends are apart.
    ///
    /// ```
    /// assert_eq!(braid_symbolic::interval::Interval::new(1.0, 3.0).width(), 2.0);
    /// ```
    pub fn width(self) -> f64 {
        if self.lo == self.hi { 0.0 } else { self.hi - self.lo }
    }

    /// Defined where this and another are.
    fn within(self, domain: Domain) -> Interval {
        Interval { domain: self.domain.and(domain), ..self }
    }

    /// Around both.
    fn hull(self, other: Interval) -> Interval {
        let domain = if self.domain == other.domain { self.domain } else { Domain::Partly };
        Interval { lo: self.lo.min(other.lo), hi: self.hi.max(other.hi), domain }
    }

    /// The sum.
    ///
    /// ```
    /// use braid_symbolic::interval::Interval;
    /// assert!(Interval::new(0.0, 1.0).plus(Interval::point(2.0)).contains(3.0));
    /// ```
    pub fn plus(self, other: Interval) -> Interval {
        Interval::new(add_down(self.lo, other.lo), add_up(self.hi, other.hi))
            .within(self.domain.and(other.domain))
    }

    /// The product.
    ///
    /// ```
    /// use braid_symbolic::interval::Interval;
    /// assert!(Interval::new(-1.0, 2.0).times(Interval::point(3.0)).contains(-3.0));
    /// ```
    pub fn times(self, other: Interval) -> Interval {
        let ends = [(self.lo, other.lo), (self.lo, other.hi), (self.hi, other.lo), (self.hi, other.hi)];
        let lo = ends.iter().map(|&(a, b)| mul_down(a, b)).fold(f64::INFINITY, f64::min);
        let hi = ends.iter().map(|&(a, b)| mul_up(a, b)).fold(f64::NEG_INFINITY, f64::max);
        Interval::new(lo, hi).within(self.domain.and(other.domain))
    }

    /// One over this.
    fn recip(self) -> Interval {
        let (a, b) = (self.lo, self.hi);
        let quotient = |x: f64| if x == 0.0 { f64::INFINITY } else { 1.0 / x };
        if a == 0.0 && b == 0.0 {
            return Interval::REAL.within(Domain::Nowhere);
        }
        if a < 0.0 && b > 0.0 {
            return Interval::REAL.within(Domain::Partly).within(self.domain);
        }
        if b <= 0.0 {
            return self.negated().recip().negated();
        }
        let domain = if a == 0.0 { Domain::Partly } else { Domain::Everywhere };
        let range = Interval::new(quotient(b).next_down().max(0.0), quotient(a).next_up());
        range.within(domain).within(self.domain)
    }

    /// A function that rises with its argument, defined between two ends.
    fn rising(self, from: f64, to: f64, open: bool, ulps: u32, f: impl Fn(f64) -> f64) -> Interval {
        let outside = if open { self.hi <= from || self.lo >= to } else { self.hi < from || self.lo > to };
        let inside = if open { self.lo > from && self.hi < to } else { self.lo >= from && self.hi <= to };
        if outside {
            return Interval::REAL.within(Domain::Nowhere);
        }
        let domain = if inside { Domain::Everywhere } else { Domain::Partly };
        let (a, b) = (self.lo.max(from), self.hi.min(to));
        let range = Interval::new(down(f(a), ulps), up(f(b), ulps));
        range.within(domain).within(self.domain)
    }

    fn negated(self) -> Interval {
        Interval { lo: -self.hi, hi: -self.lo, domain: self.domain }
    }

    fn abs(self) -> Interval {
        let range = if self.lo >= 0.0 {
            self
        } else if self.hi <= 0.0 {
            self.negated()
        } else {
            Interval::new(0.0, self.hi.max(-self.lo))
        };
        range.within(self.domain)
    }

    /// No more than these values.
    fn clamped(self, lo: f64, hi: f64) -> Interval {
        Interval { lo: self.lo.clamp(lo, hi), hi: self.hi.clamp(lo, hi), domain: self.domain }
    }

    fn sin(self) -> Interval {
        use std::f64::consts::{FRAC_PI_2, TAU};
        // The argument's place in the period is known to this many radians.
        let slack = (self.lo.abs().max(self.hi.abs()) * 4.0 * f64::EPSILON).max(1e-15);
        if slack.is_nan() || slack > 0.5 || self.width() >= TAU {
            return Interval::new(-1.0, 1.0).within(self.domain);
        }
        let holds = |peak: f64| {
            let turn = ((self.lo - slack - peak) / TAU).ceil();
            turn * TAU + peak <= self.hi + slack || ((self.hi + slack - peak) / TAU).floor() >= turn
        };
        let (a, b) = (self.lo.sin(), self.hi.sin());
        let lo = if holds(-FRAC_PI_2) { -1.0 } else { down(a.min(b), LIBRARY_ULPS) };
        let hi = if holds(FRAC_PI_2) { 1.0 } else { up(a.max(b), LIBRARY_ULPS) };
        Interval::new(lo, hi).clamped(-1.0, 1.0).within(self.domain)
    }

    fn cos(self) -> Interval {
        use std::f64::consts::{PI, TAU};
        let slack = (self.lo.abs().max(self.hi.abs()) * 4.0 * f64::EPSILON).max(1e-15);
        if slack.is_nan() || slack > 0.5 || self.width() >= TAU {
            return Interval::new(-1.0, 1.0).within(self.domain);
        }
        let holds = |peak: f64| {
            let turn = ((self.lo - slack - peak) / TAU).ceil();
            turn * TAU + peak <= self.hi + slack || ((self.hi + slack - peak) / TAU).floor() >= turn
        };
        let (a, b) = (self.lo.cos(), self.hi.cos());
        let lo = if holds(PI) { -1.0 } else { down(a.min(b), LIBRARY_ULPS) };
        let hi = if holds(0.0) { 1.0 } else { up(a.max(b), LIBRARY_ULPS) };
        Interval::new(lo, hi).clamped(-1.0, 1.0).within(self.domain)
    }

    fn tan(self) -> Interval {
        let cosine = self.cos();
        if cosine.signs() & Facts::ZERO.bits() != 0 {
            return Interval::REAL.within(Domain::Partly).within(self.domain);
        }
        // Between two poles it rises.
        Interval::new(down(self.lo.tan(), LIBRARY_ULPS), up(self.hi.tan(), LIBRARY_ULPS)).within(self.domain)
    }

    fn floor(self) -> Interval {
        Interval::new(self.lo.floor(), self.hi.floor()).within(self.domain)
    }

    /// The power; `constant` is the exponent where it is known exactly.
    ///
    /// ```
    /// use braid_symbolic::{Number, interval::Interval};
    /// let square = Interval::new(-1.0, 2.0).pow(Interval::point(2.0), Some(&Number::TWO));
    /// assert!(square.contains(0.0) && square.contains(4.0) && !square.contains(-0.5));
    /// ```
    pub fn pow(self, exponent: Interval, constant: Option<&Number>) -> Interval {
        let domain = self.domain.and(exponent.domain);
        let Some(n) = constant else {
            return self.general_power(exponent).within(domain);
        };
        if n.is_zero() {
            return Interval::point(1.0).within(domain);
        }
        let allowed = Facts::power_domain(n);
        let mine = self.signs();
        if mine & allowed == 0 {
            return Interval::REAL.within(Domain::Nowhere);
        }
        let defined = if mine & !allowed == 0 { Domain::Everywhere } else { Domain::Partly };
        let base = if n.is_integer() { self } else { Interval::new(self.lo.max(0.0), self.hi.max(0.0)) };
        let magnitude = n.abs();
        let power = if n.is_integer() && n.is_even() {
            base.abs().power_of_nonnegative(&magnitude)
        } else if base.lo >= 0.0 {
            base.power_of_nonnegative(&magnitude)
        } else {
            // Odd and whole: it rises.
            let of = |end: f64| {
                let power = Interval::point(end.abs()).power_of_nonnegative(&magnitude);
                if end < 0.0 { power.negated() } else { power }
            };
            Interval::new(of(base.lo).lo, of(base.hi).hi)
        };
        let power = if n.is_negative() { power.recip() } else { power };
        Interval { domain: defined, ..power }.within(domain)
    }

    /// To a positive exponent.
    fn power_of_nonnegative(self, n: &Number) -> Interval {
        if n.is_one() {
            return self;
        }
        if *n == Number::TWO {
            return Interval::new(mul_down(self.lo, self.lo).max(0.0), mul_up(self.hi, self.hi));
        }
        let e = Interval::of_number(n);
        let of = |x: f64, e: f64| match x {
            _ if *n == Number::HALF => x.sqrt(),
            _ => x.powf(e),
        };
        let ends = [of(self.lo, e.lo), of(self.lo, e.hi), of(self.hi, e.lo), of(self.hi, e.hi)];
        let lo = ends.iter().copied().fold(f64::INFINITY, f64::min);
        let hi = ends.iter().copied().fold(0.0, f64::max);
        // What is exactly 0 or 1 needs no rounding.
        let exact = |x: f64| x == 0.0 && self.lo == 0.0 || x == 1.0 && self.lo == 1.0 && self.hi == 1.0;
        let lo = if exact(lo) { lo } else { down(lo, LIBRARY_ULPS).max(0.0) };
        let hi = if exact(hi) && self.hi == self.lo { hi } else { up(hi, LIBRARY_ULPS) };
        Interval::new(lo, hi)
    }

    /// To an exponent that is only known to lie in an interval.
    fn general_power(self, exponent: Interval) -> Interval {
        if self.lo < 0.0 || self.lo == 0.0 && exponent.lo < 0.0 {
            let range = if self.lo >= 0.0 { Interval::new(0.0, f64::INFINITY) } else { Interval::REAL };
            return range.within(Domain::Partly);
        }
        // It rises or falls in each, so the extremes are at the corners.
        let corners =
            [(self.lo, exponent.lo), (self.lo, exponent.hi), (self.hi, exponent.lo), (self.hi, exponent.hi)];
        let of = |&(a, b): &(f64, f64)| a.powf(b);
        let lo = corners.iter().map(of).fold(f64::INFINITY, f64::min);
        let hi = corners.iter().map(of).fold(0.0, f64::max);
        // From a base of 0 the power jumps from 0 to 1 at the exponent 0.
        let lo = if self.lo == 0.0 { 0.0 } else { down(lo, LIBRARY_ULPS).max(0.0) };
        let hi = if self.lo == 0.0 && exponent.lo <= 0.0 { hi.max(1.0) } else { hi };
        Interval::new(lo, up(hi, LIBRARY_ULPS))
    }

    /// The remainder with the sign of the divisor.
    fn modulo(self, other: Interval) -> Interval {
        let domain = match other.signs() & Facts::ZERO.bits() != 0 {
            true if other.lo == other.hi => Domain::Nowhere,
            true => Domain::Partly,
            false => Domain::Everywhere,
        };
        let quotient = self.times(other.recip()).floor();
        let range = Interval::new(other.lo.min(0.0), other.hi.max(0.0));
        let range = if quotient.lo == quotient.hi && quotient.lo.is_finite() {
            let exact = self.plus(quotient.times(other).negated());
            exact.clamped(range.lo, range.hi)
        } else {
            range
        };
        Interval { domain: Domain::Everywhere, ..range }.within(domain).within(self.domain.and(other.domain))
    }

    fn atan2(self, x: Interval) -> Interval {
        use std::f64::consts::PI;
        let domain = self.domain.and(x.domain);
        let cut = x.lo <= 0.0 && self.lo <= 0.0 && self.hi >= 0.0;
        if cut && !(self.lo == 0.0 && self.hi == 0.0 && x.hi < 0.0) {
            return Interval::new(-PI.next_up(), PI.next_up()).within(domain);
        }
        let corners = [(self.lo, x.lo), (self.lo, x.hi), (self.hi, x.lo), (self.hi, x.hi)];
        // Zero has one sign here.
        let of = |&(y, x): &(f64, f64)| (y + 0.0).atan2(x + 0.0);
        let lo = corners.iter().map(of).fold(f64::INFINITY, f64::min);
        let hi = corners.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
        Interval::new(down(lo, LIBRARY_ULPS), up(hi, LIBRARY_ULPS)).within(domain)
    }

    /// Whether one is below the other, and whether they are equal.
    fn compare(op: ScalarOp, a: Interval, b: Interval) -> Truth {
        let point = a.lo == a.hi && b.lo == b.hi;
        match op {
            ScalarOp::Lt if a.hi < b.lo => Truth::Yes,
            ScalarOp::Lt if a.lo >= b.hi => Truth::No,
            ScalarOp::Le if a.hi <= b.lo => Truth::Yes,
            ScalarOp::Le if a.lo > b.hi => Truth::No,
            ScalarOp::Eq if a.hi < b.lo || b.hi < a.lo => Truth::No,
            ScalarOp::Eq if point && a.lo == b.lo => Truth::Yes,
            ScalarOp::Ne => Interval::compare(ScalarOp::Eq, a, b).negated(),
            _ => Truth::Unknown,
        }
    }

    /// Whether a truth value is true.
    ///
    /// ```
    /// use braid_symbolic::{interval::Interval, rewrite::Truth};
    /// assert_eq!(Interval::point(0.0).truth(), Truth::No);
    /// assert_eq!(Interval::new(0.0, 1.0).truth(), Truth::Unknown);
    /// ```
    pub fn truth(self) -> Truth {
        match (self.lo == 0.0 && self.hi == 0.0, self.contains(0.0)) {
            (true, _) => Truth::No,
            (_, false) => Truth::Yes,
            _ => Truth::Unknown,
        }
    }

    /// An operation other than a power with a constant exponent.
    ///
    /// ```
    /// use braid_ir::ScalarOp;
    /// use braid_symbolic::interval::{Domain, Interval};
    /// let log = Interval::apply(ScalarOp::Log, &[Interval::new(0.0, 1.0)]);
    /// assert_eq!(log.domain, Domain::Partly);
    /// assert!(log.contains(-100.0) && !log.contains(0.1));
    /// ```
    pub fn apply(op: ScalarOp, args: &[Interval]) -> Interval {
        use std::f64::consts::{FRAC_PI_2, PI};
        let all = args.iter().fold(Domain::Everywhere, |d, a| d.and(a.domain));
        let inf = f64::INFINITY;
        let lib = LIBRARY_ULPS;
        let bounded = |i: Interval, lo: f64, hi: f64| i.clamped(lo, hi);
        match (op, args) {
            (ScalarOp::Add, _) => args.iter().fold(Interval::point(0.0), |s, &a| s.plus(a)),
            (ScalarOp::Mul, _) => args.iter().fold(Interval::point(1.0), |p, &a| p.times(a)),
            (ScalarOp::Select, &[condition, yes, no]) => match condition.truth() {
                Truth::Yes => yes.within(condition.domain),
                Truth::No => no.within(condition.domain),
                Truth::Unknown => yes.hull(no).within(condition.domain),
            },
            (ScalarOp::Pow, &[a, b]) => a.general_power(b).within(all),
            (ScalarOp::Mod, &[a, b]) => a.modulo(b),
            (ScalarOp::Min, &[a, b]) => Interval::new(a.lo.min(b.lo), a.hi.min(b.hi)).within(all),
            (ScalarOp::Max, &[a, b]) => Interval::new(a.lo.max(b.lo), a.hi.max(b.hi)).within(all),
            (ScalarOp::Atan2, &[y, x]) => y.atan2(x),
            (ScalarOp::Eq | ScalarOp::Ne | ScalarOp::Lt | ScalarOp::Le, &[a, b]) => {
                Interval::of_truth(Interval::compare(op, a, b)).within(all)
            }
            (ScalarOp::And, &[a, b]) => Interval::of_truth(a.truth().and(b.truth())).within(all),
            (ScalarOp::Or, &[a, b]) => Interval::of_truth(a.truth().or(b.truth())).within(all),
            (ScalarOp::Not, &[a]) => Interval::of_truth(a.truth().negated()).within(all),
            (ScalarOp::Abs, &[a]) => a.abs(),
            (ScalarOp::Sign, &[a]) => {
                let sign = |x: f64| if x == 0.0 { 0.0 } else { x.signum() };
                Interval::new(sign(a.lo), sign(a.hi)).within(all)
            }
            (ScalarOp::Floor, &[a]) => a.floor(),
            (ScalarOp::Ceil, &[a]) => a.negated().floor().negated(),
            (ScalarOp::Exp, &[a]) => bounded(a.rising(-inf, inf, false, lib, f64::exp), 0.0, inf),
            (ScalarOp::Expm1, &[a]) => bounded(a.rising(-inf, inf, false, lib, f64::exp_m1), -1.0, inf),
            (ScalarOp::Log, &[a]) => a.rising(0.0, inf, true, lib, f64::ln),
            (ScalarOp::Log1p, &[a]) => a.rising(-1.0, inf, true, lib, f64::ln_1p),
            (ScalarOp::Log2, &[a]) => a.rising(0.0, inf, true, lib, f64::log2),
            (ScalarOp::Log10, &[a]) => a.rising(0.0, inf, true, lib, f64::log10),
            (ScalarOp::Sin, &[a]) => a.sin(),
            (ScalarOp::Cos, &[a]) => a.cos(),
            (ScalarOp::Tan, &[a]) => a.tan(),
            (ScalarOp::Asin, &[a]) => {
                bounded(a.rising(-1.0, 1.0, false, lib, f64::asin), -FRAC_PI_2.next_up(), FRAC_PI_2.next_up())
            }
            (ScalarOp::Acos, &[a]) => {
                let fallen = a.rising(-1.0, 1.0, false, lib, |x| -x.acos()).negated();
                bounded(fallen, 0.0, PI.next_up())
            }
            (ScalarOp::Atan, &[a]) => a.rising(-inf, inf, false, lib, f64::atan),
            (ScalarOp::Sinh, &[a]) => a.rising(-inf, inf, false, lib, f64::sinh),
            (ScalarOp::Cosh, &[a]) => bounded(a.abs().rising(0.0, inf, false, lib, f64::cosh), 1.0, inf),
            (ScalarOp::Tanh, &[a]) => bounded(a.rising(-inf, inf, false, lib, f64::tanh), -1.0, 1.0),
            (ScalarOp::Asinh, &[a]) => {
                // Computed from a logarithm: near zero that errs by an absolute amount.
                let i = a.rising(-inf, inf, false, COMPOSED_ULPS, |x| far(x, f64::asinh));
                Interval { lo: i.lo - 1e-15, hi: i.hi + 1e-15, ..i }
            }
            (ScalarOp::Acosh, &[a]) => {
                let i = a.rising(1.0, inf, false, COMPOSED_ULPS, |x| far(x, f64::acosh));
                // At its end it rises steeply.
                bounded(Interval { lo: i.lo - 1e-15, hi: i.hi + 1e-15, ..i }, 0.0, inf)
            }
            (ScalarOp::Atanh, &[a]) => {
                // Near -1 the library's own way loses what it keeps near 1.
                let i = a.rising(-1.0, 1.0, true, COMPOSED_ULPS, |x| x.abs().atanh().copysign(x));
                Interval { lo: i.lo - 1e-15, hi: i.hi + 1e-15, ..i }
            }
            (ScalarOp::Erf, &[a]) => {
                let i = a.rising(-inf, inf, false, COMPOSED_ULPS, |x| crate::tape::unary(ScalarOp::Erf, x));
                bounded(Interval { lo: i.lo - 1e-14, hi: i.hi + 1e-14, ..i }, -1.0, 1.0)
            }
            // Whatever the table gains: its range.
            _ => of_facts(ops::spec(op).map_or(Facts::REAL, |row| row.range)).within(Domain::Partly),
        }
    }
}

/// The values that facts allow.
fn of_facts(facts: Facts) -> Interval {
    let inf = f64::INFINITY;
    let range = match facts.signs() {
        0 => Interval::REAL.within(Domain::Nowhere),
        1 | 3 => Interval::new(-inf, 0.0),
        2 => Interval::point(0.0),
        4 | 6 => Interval::new(0.0, inf),
        _ => Interval::REAL,
    };
    let range = if facts.is_bool() { Interval::new(0.0, 1.0) } else { range };
    range.within(if facts.is_total() { Domain::Everywhere } else { Domain::Partly })
}

/// An interval around all values of a term where its unknowns lie in intervals.
///
/// ```
/// use braid_symbolic::interval::{Interval, enclose};
/// use braid_symbolic::{Expr, syntax::parse};
/// let e: Expr = parse("x^2 - 2*x").unwrap();
/// let range = enclose(&e, |_| Interval::new(1.0, 2.0));
/// assert!(range.contains(-1.0) && range.lo >= -3.0 && range.hi <= 2.0);
/// ```
pub fn enclose<T: Scalar>(term: &T, bounds: impl Fn(Symbol) -> Interval) -> Interval {
    walk::fold(term, |term, args: &[Interval]| match term.head() {
        Head::Number(n) => Interval::of_number(&n),
        Head::Symbol(symbol) => bounds(symbol),
        Head::Pi => Interval::pi(),
        Head::Op(ScalarOp::Pow) => {
            let exponent = term.args().get(1).and_then(|e| e.as_number());
            args[0].pow(args[1], exponent.as_ref())
        }
        Head::Op(op) => Interval::apply(op, args),
        head @ Head::Function(_) => {
            let facts: Vec<Facts> = args
                .iter()
                .map(|a| Facts::REAL.with(Facts::TOTAL.when(a.domain == Domain::Everywhere)))
                .collect();
            of_facts(head.facts(&facts, None))
        }
    })
}

/// The oracle that also knows between which bounds unknowns lie.
///
/// ```
/// use braid_symbolic::interval::{Interval, IntervalOracle};
/// use braid_symbolic::rewrite::{Context, Matcher, Rule};
/// use braid_symbolic::{Expr, Symbol, syntax::parse};
/// use std::sync::Arc;
/// let matcher = Matcher::new(&Rule::parse("r: abs(?a) => ?a if ?a >= 0").unwrap());
/// let oracle = IntervalOracle { bounds: [(Symbol::real("x"), Interval::new(1.0, 2.0))].into() };
/// let term: Expr = parse("abs(x - 1/2)").unwrap();
/// let outcome = Context::new(Arc::new(oracle)).run(&matcher, &term).unwrap();
/// assert_eq!(outcome.term.to_string(), "x - 1/2");
/// ```
#[derive(Clone, Debug, Default)]
pub struct IntervalOracle {
    /// The bounds; an unknown that is not among them has only its assumptions.
    pub bounds: HashMap<Symbol, Interval>,
}

impl<T: Scalar> Oracle<T> for IntervalOracle {
    fn view(&self, term: &T) -> View {
        let mut view = FactsOracle.view(term);
        let of_symbol = |s: Symbol| self.bounds.get(&s).copied().unwrap_or_else(|| of_facts(s.facts()));
        let range = enclose(term, of_symbol);
        let others = view.facts.bits() & !Facts::REAL.bits();
        let total = Facts::TOTAL.when(range.domain == Domain::Everywhere);
        view.facts = Facts::from_bits(view.facts.signs() & range.signs() | others).with(total);
        view
    }

    fn constant(&self, term: &T) -> Truth {
        FactsOracle.constant(term)
    }

    fn free_of(&self, term: &T, part: &T) -> Truth {
        FactsOracle.free_of(term, part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Expr;
    use crate::syntax::parse;

    /// Every operation of the table, on boxes of every size: values at points of the box lie in the interval.
    #[test]
    fn values_lie_within() {
        let mut state = 0x1234_5678_9abc_def1_u64;
        let mut random = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64 / (1u64 << 53) as f64
        };
        for row in ops::TABLE {
            let arity = row.arity.unwrap_or(2);
            for trial in 0..3_000 {
                let size = [0.0, 1e-9, 0.5, 3.0, 50.0][trial % 5];
                let scale = [1.0, 2.0, 10.0, 1000.0][trial / 5 % 4];
                let boxes: Vec<Interval> = (0..arity)
                    .map(|_| {
                        let at = (random() - 0.5) * scale;
                        Interval::new(at, at + size * random())
                    })
                    .collect();
                let range = Interval::apply(row.op, &boxes);
                for _ in 0..8 {
                    let point: Vec<f64> =
                        boxes.iter().map(|b| (b.lo + random() * b.width()).min(b.hi)).collect();
                    let names = ["a", "b", "c"];
                    let term: Expr = match (row.op, arity) {
                        (ScalarOp::Add, _) => parse("a + b"),
                        (ScalarOp::Mul, _) => parse("a*b"),
                        (ScalarOp::Pow, _) => parse("a^b"),
                        _ => parse(&format!("{}({})", row.name, names[..arity].join(", "))),
                    }
                    .unwrap();
                    let at = |s: Symbol| names.iter().position(|n| *n == s.name()).map(|i| point[i]);
                    let value = walk::eval(&term, at);
                    if value.is_finite() {
                        assert!(range.domain != Domain::Nowhere, "{}{point:?} = {value}", row.name);
                        assert!(range.contains(value), "{}{point:?} = {value}, not in {range:?}", row.name);
                    } else if value.is_nan() {
                        assert!(range.domain != Domain::Everywhere, "{}{point:?}: {range:?}", row.name);
                    }
                }
            }
        }
    }

    #[test]
    fn bounds_answer_conditions() {
        let x = Symbol::real("x");
        let oracle = IntervalOracle { bounds: [(x, Interval::new(0.5, 0.75))].into_iter().collect() };
        let sign = |text: &str| oracle.view(&parse::<Expr>(text).unwrap()).facts;
        assert!(sign("1 - x^2").is_positive());
        assert!(sign("log(x)").is_negative() && sign("log(x)").is_total());
        assert!(!sign("log(x - 0.6)").is_total());
        assert!(sign("sin(x)").is_positive());
    }
}
