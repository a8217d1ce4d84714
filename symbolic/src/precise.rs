//! Values of expressions at points, far more precise than floats: what the error of floats is measured against.
//!
//! Every operation is computed with [`BITS`] bits. Floats have exponents down to -1074 and up to 1023, so where every part of
//! an expression has a value that floats can hold, no difference of two of them loses all of these bits.

use crate::number::Number;
use crate::symbol::Symbol;
use crate::term::{Head, Scalar, walk};
use astro_float::{BigFloat, Consts, Radix, RoundingMode};
use braid_ir::ScalarOp;

/// Bits of a value.
pub const BITS: usize = 1216;

const NEAREST: RoundingMode = RoundingMode::ToEven;

/// Whole exponents up to this are computed by multiplications.
const MULTIPLIED_MAX: i64 = 1 << 20;

/// The float nearest to the value of a term at a point; `None` where the term is undefined there, its value is beyond all
/// floats, or an operation is not among those that are computed precisely: `erf` and registered functions.
///
/// ```
/// use braid_symbolic::{Expr, precise, syntax::parse};
/// let e: Expr = parse("sqrt(x + 1) - sqrt(x)").unwrap();
/// assert_eq!(precise::eval(&e, |_| Some(1e300)), Some(5e-151));
/// assert_eq!(precise::eval(&e, |_| Some(-1.0)), None);
/// ```
pub fn eval<T: Scalar>(term: &T, value_of: impl Fn(Symbol) -> Option<f64>) -> Option<f64> {
    let mut evaluator = Evaluator::new()?;
    let value = walk::fold(term, |term, args: &[BigFloat]| match term.head() {
        Head::Symbol(symbol) => value_of(symbol).map_or(BigFloat::nan(None), Evaluator::float),
        head => evaluator.apply(&head, args),
    });
    to_f64(&value)
}

/// Computes operations.
pub(crate) struct Evaluator {
    consts: Consts,
}

impl Evaluator {
    /// `None` where memory is short.
    pub(crate) fn new() -> Option<Evaluator> {
        Some(Evaluator { consts: Consts::new().ok()? })
    }

    /// A float, which is exact.
    pub(crate) fn float(value: f64) -> BigFloat {
        BigFloat::from_f64(value, BITS)
    }

    fn number(&mut self, n: &Number) -> BigFloat {
        let mut whole = |n: num_bigint::BigInt| match i64::try_from(&n) {
            Ok(n) => BigFloat::from_i64(n, BITS),
            Err(_) => BigFloat::parse(&n.to_string(), Radix::Dec, BITS, NEAREST, &mut self.consts),
        };
        let numerator = whole(n.numerator());
        if n.is_integer() { numerator } else { numerator.div(&whole(n.denominator()), BITS, NEAREST) }
    }

    /// The value of a head other than an unknown; not a number where it has none, or none that can be computed.
    pub(crate) fn apply(&mut self, head: &Head, args: &[BigFloat]) -> BigFloat {
        let none = BigFloat::nan(None);
        if let Head::Op(ScalarOp::Select) = head {
            return match truth(&args[0]) {
                Some(chosen) => args[2 - chosen as usize].clone(),
                None => none,
            };
        }
        if args.iter().any(|a| a.is_nan() || a.is_inf()) {
            return none;
        }
        match head {
            Head::Number(n) => self.number(n),
            Head::Pi => self.consts.pi(BITS, NEAREST),
            Head::Op(op) => self.operation(*op, args).unwrap_or(none),
            // Of a registered function no more is known than its values in floats: they are taken for exact.
            Head::Function(function) => {
                let floats: Option<Vec<f64>> = args.iter().map(to_f64).collect();
                let spec = function.spec();
                let value = spec.value.as_ref().zip(floats).map(|(value, floats)| (value.call)(&floats));
                value.filter(|value| value.is_finite()).map_or(none, Evaluator::float)
            }
            Head::Symbol(_) => none,
        }
    }

    fn operation(&mut self, op: ScalarOp, args: &[BigFloat]) -> Option<BigFloat> {
        use ScalarOp::*;
        let (bits, rounding, consts) = (BITS, NEAREST, &mut self.consts);
        let one = || BigFloat::from_i64(1, BITS);
        let of_truth = |truth: bool| BigFloat::from_i64(truth as i64, BITS);
        let a = args.first()?;
        let order = |b: &BigFloat| a.cmp(b);
        let within = |lo: i64, hi: i64| {
            order(&BigFloat::from_i64(lo, BITS)).is_some_and(|o| o >= 0)
                && order(&BigFloat::from_i64(hi, BITS)).is_some_and(|o| o <= 0)
        };
        let above_zero = a.is_positive() && !a.is_zero();
        Some(match (op, args) {
            (Add, all) => all[1..].iter().fold(a.clone(), |sum, b| sum.add(b, bits, rounding)),
            (Mul, all) => all[1..].iter().fold(a.clone(), |product, b| product.mul(b, bits, rounding)),
            (Pow, [_, b]) => return self.power(a, b),
            (Abs, _) => a.abs(),
            (Sign, _) if a.is_zero() => a.clone(),
            (Sign, _) => a.signum(),
            (Floor, _) => a.floor(),
            (Ceil, _) => a.ceil(),
            (Mod, [_, b]) if !b.is_zero() => {
                let quotient = a.div(b, bits, rounding).floor();
                a.sub(&b.mul(&quotient, bits, rounding), bits, rounding)
            }
            (Min, [_, b]) => a.min(b),
            (Max, [_, b]) => a.max(b),
            (Exp, _) => a.exp(bits, rounding, consts),
            // The bits that the difference loses are made up for before.
            (Expm1, _) => a.exp(2 * bits, rounding, consts).sub(&one(), bits, rounding),
            (Log, _) if above_zero => a.ln(bits, rounding, consts),
            (Log1p, _) => {
                let more = a.add(&one(), 2 * bits, rounding);
                if more.is_zero() || more.is_negative() {
                    return None;
                }
                more.ln(2 * bits, rounding, consts)
            }
            (Log2, _) if above_zero => a.log2(bits, rounding, consts),
            (Log10, _) if above_zero => a.log10(bits, rounding, consts),
            (Sin, _) => a.sin(bits, rounding, consts),
            (Cos, _) => a.cos(bits, rounding, consts),
            (Tan, _) => a.tan(bits, rounding, consts),
            (Asin, _) if within(-1, 1) => a.asin(bits, rounding, consts),
            (Acos, _) if within(-1, 1) => a.acos(bits, rounding, consts),
            (Atan, _) => a.atan(bits, rounding, consts),
            (Atan2, [_, b]) => return self.angle(a, b),
            (Sinh, _) => a.sinh(bits, rounding, consts),
            (Cosh, _) => a.cosh(bits, rounding, consts),
            (Tanh, _) => a.tanh(bits, rounding, consts),
            (Asinh, _) => a.asinh(bits, rounding, consts),
            (Acosh, _) => a.acosh(bits, rounding, consts),
            (Atanh, _) => a.atanh(bits, rounding, consts),
            (Eq, [_, b]) => of_truth(order(b)? == 0),
            (Ne, [_, b]) => of_truth(order(b)? != 0),
            (Lt, [_, b]) => of_truth(order(b)? < 0),
            (Le, [_, b]) => of_truth(order(b)? <= 0),
            (And, [_, b]) => of_truth(truth(a)? && truth(b)?),
            (Or, [_, b]) => of_truth(truth(a)? || truth(b)?),
            (Not, _) => of_truth(!truth(a)?),
            _ => return None,
        })
    }

    fn power(&mut self, base: &BigFloat, exponent: &BigFloat) -> Option<BigFloat> {
        let magnitude = exponent.abs();
        if exponent.is_zero() {
            return Some(BigFloat::from_i64(1, BITS));
        }
        if base.is_zero() {
            return exponent.is_positive().then(|| base.clone());
        }
        let multiplied = magnitude.cmp(&BigFloat::from_i64(MULTIPLIED_MAX, BITS)).is_some_and(|o| o <= 0);
        let power = if exponent.is_int() && multiplied {
            base.powi(to_f64(&magnitude)? as usize, BITS, NEAREST)
        } else if base.is_negative() {
            return None;
        } else if to_f64(&magnitude) == Some(0.5) {
            base.sqrt(BITS, NEAREST)
        } else {
            return Some(base.pow(exponent, BITS, NEAREST, &mut self.consts));
        };
        Some(if exponent.is_negative() { power.reciprocal(BITS, NEAREST) } else { power })
    }

    /// The angle of a point at this height `a` and breadth `b`; that of the origin is 0, as with floats.
    fn angle(&mut self, a: &BigFloat, b: &BigFloat) -> Option<BigFloat> {
        let pi = self.consts.pi(BITS, NEAREST);
        if b.is_zero() {
            let half = pi.div(&BigFloat::from_i64(2, BITS), BITS, NEAREST);
            return Some(if a.is_zero() {
                a.clone()
            } else if a.is_negative() {
                half.neg()
            } else {
                half
            });
        }
        let angle = a.div(b, BITS, NEAREST).atan(BITS, NEAREST, &mut self.consts);
        Some(match (b.is_negative(), a.is_negative()) {
            (false, _) => angle,
            (true, false) => angle.add(&pi, BITS, NEAREST),
            (true, true) => angle.sub(&pi, BITS, NEAREST),
        })
    }
}

fn truth(value: &BigFloat) -> Option<bool> {
    (!value.is_nan()).then(|| !value.is_zero())
}

/// The nearest float; `None` of what is no number or beyond all floats.
pub(crate) fn to_f64(value: &BigFloat) -> Option<f64> {
    let (words, _, sign, exponent, _) = value.as_raw_parts()?;
    // The value is 0.m times two to the exponent, words of m from the least on. What the first 64 bits leave out only
    // matters as being there: 64 bits are rounded to 53.
    let Some((&first, rest)) = words.split_last() else { return Some(0.0) };
    let sticky = rest.iter().any(|&word| word != 0) as u64;
    let mantissa = (first | sticky) as f64;
    // In two steps: either factor is a float although the product may be close to zero.
    let shift = i64::from(exponent) - 64;
    let half = (shift / 2).clamp(-1000, 1000) as i32;
    let rest = (shift - i64::from(half)).clamp(-1000, 1000) as i32;
    let value = mantissa * 2f64.powi(half) * 2f64.powi(rest);
    let value = if sign.is_negative() { -value } else { value };
    value.is_finite().then_some(value)
}
