//! Intervals against values of 160 bits.

use astro_float::{BigFloat, Consts, RoundingMode};
use braid_ir::ScalarOp;
use braid_symbolic::Number;
use braid_symbolic::interval::{Domain, Interval};
use std::cmp::Ordering;

const BITS: usize = 160;
const NEAREST: RoundingMode = RoundingMode::ToEven;

struct Random(u64);

impl Random {
    /// From -1 to 1.
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

fn within(range: Interval, value: &BigFloat) -> bool {
    let end = |x: f64| BigFloat::from_f64(x, BITS);
    let below = range.lo == f64::NEG_INFINITY || end(range.lo).cmp(value).is_some_and(|o| o <= 0);
    let above = range.hi == f64::INFINITY || end(range.hi).cmp(value).is_some_and(|o| o >= 0);
    below && above
}

/// The true value lies in the interval, which is narrow: at points of every size, near zero and near the ends of domains.
#[test]
fn functions_are_enclosed() {
    let mut consts = Consts::new().unwrap();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    type Function = fn(&BigFloat, &mut Consts) -> BigFloat;
    let functions: &[(ScalarOp, Function)] = &[
        (ScalarOp::Exp, |x, c| x.exp(BITS, NEAREST, c)),
        (ScalarOp::Log, |x, c| x.ln(BITS, NEAREST, c)),
        (ScalarOp::Log2, |x, c| x.log2(BITS, NEAREST, c)),
        (ScalarOp::Log10, |x, c| x.log10(BITS, NEAREST, c)),
        (ScalarOp::Sin, |x, c| x.sin(BITS, NEAREST, c)),
        (ScalarOp::Cos, |x, c| x.cos(BITS, NEAREST, c)),
        (ScalarOp::Tan, |x, c| x.tan(BITS, NEAREST, c)),
        (ScalarOp::Asin, |x, c| x.asin(BITS, NEAREST, c)),
        (ScalarOp::Acos, |x, c| x.acos(BITS, NEAREST, c)),
        (ScalarOp::Atan, |x, c| x.atan(BITS, NEAREST, c)),
        (ScalarOp::Sinh, |x, c| x.sinh(BITS, NEAREST, c)),
        (ScalarOp::Cosh, |x, c| x.cosh(BITS, NEAREST, c)),
        (ScalarOp::Tanh, |x, c| x.tanh(BITS, NEAREST, c)),
        (ScalarOp::Asinh, |x, c| x.asinh(BITS, NEAREST, c)),
        (ScalarOp::Acosh, |x, c| x.acosh(BITS, NEAREST, c)),
        (ScalarOp::Atanh, |x, c| x.atanh(BITS, NEAREST, c)),
    ];
    for &(op, exact) in functions {
        let mut compared = 0;
        for trial in 0..1_500 {
            let size = [1e-12, 0.1, 1.0, 3.0, 30.0, 600.0][trial % 6];
            let around = [0.0, 1.0, -1.0, std::f64::consts::FRAC_PI_2][trial / 6 % 4];
            let point = around + size * random.next();
            let range = Interval::apply(op, &[Interval::point(point)]);
            let value = exact(&BigFloat::from_f64(point, BITS), &mut consts);
            if range.domain != Domain::Everywhere || value.is_nan() || value.is_inf() {
                assert!(
                    value.is_nan() || value.is_inf() || range.domain == Domain::Partly,
                    "{op:?}({point})"
                );
                continue;
            }
            compared += 1;
            assert!(within(range, &value), "{op:?}({point}) is {value}, not in {range:?}");
            let size = range.lo.abs().min(range.hi.abs());
            assert!(range.width() <= 1e-12 * (size + 1e-2), "{op:?}({point}): {range:?} is too wide");
        }
        assert!(compared > 100, "{op:?} was compared {compared} times");
    }
}

/// Sums, products and powers of rational numbers, exactly.
#[test]
fn arithmetic_is_enclosed() {
    let mut random = Random(0x1234_5678_9abc_def1);
    let holds = |range: Interval, n: &Number| {
        let end =
            |x: f64, allowed: Ordering| Number::from_f64(x).is_none_or(|x| x.cmp(n) == allowed || x == *n);
        end(range.lo, Ordering::Less) && end(range.hi, Ordering::Greater)
    };
    for _ in 0..20_000 {
        let mut one =
            || Number::ratio((random.next() * 1e6) as i64, 1 + (random.next().abs() * 1e4) as i64).unwrap();
        let (a, b) = (one(), one());
        let (x, y) = (Interval::of_number(&a), Interval::of_number(&b));
        assert!(holds(x, &a));
        assert!(holds(x.plus(y), &(&a + &b)), "{a} + {b}");
        assert!(holds(x.times(y), &(&a * &b)), "{a} * {b}");
        for n in [2, 3, -1, -2, 7] {
            if let Some(power) = a.checked_pow(n) {
                assert!(holds(x.pow(Interval::point(n as f64), Some(&Number::int(n))), &power), "{a}^{n}");
            }
        }
    }
}
