//! Transcendental functions: in line, so that they vectorise, where there is something to vectorise; else the runtime's.
//!
//! Those of single precision are here, those of double precision in `double`. They are the usual range reductions and minimax polynomials, within a few units in the last place over the
//! whole range, and right at zeros, infinities and NaN. Half floats are computed in single precision.

use super::*;

impl Emitter<'_> {
    /// A function of one float.
    pub(super) fn transcendental(&mut self, op: ScalarOp, x: &Val) -> Val {
        use ScalarOp::*;
        let name = match op {
            Exp | Expm1 | Log | Log1p | Sin | Cos | Tanh | Erf if x.dtype != DType::F64 => {
                let single = Val { dtype: DType::F32, ..x.clone() };
                let result = match op {
                    Exp => self.exp(&single),
                    Expm1 => self.expm1(&single),
                    Log => self.log(&single),
                    Log1p => self.log1p(&single),
                    Sin | Cos => self.circular_of_any(op, &single),
                    Tanh => self.tanh(&single),
                    _ => self.erf(&single),
                };
                return Val { dtype: x.dtype, ..result };
            }
            Tan if x.dtype != DType::F64 && self.parameters.is_some() => {
                let single = Val { dtype: DType::F32, ..x.clone() };
                return Val { dtype: x.dtype, ..self.circular_of_any(op, &single) };
            }
            _ if self.doubles_in_line(x) => {
                let wide = self.cast(x, DType::F64);
                match self.double(op, &wide) {
                    Some(value) => return self.narrowed(value, x.dtype),
                    None => runtime_function(op),
                }
            }
            _ => runtime_function(op),
        };
        self.import(name, std::slice::from_ref(x))
    }

    /// A power of any exponent.
    pub(super) fn any_power(&mut self, x: &Val, y: &Val) -> Val {
        if !self.doubles_in_line(x) {
            return self.import("braid_pow", &[x.clone(), y.clone()]);
        }
        let (wide_x, wide_y) = (self.cast(x, DType::F64), self.cast(y, DType::F64));
        let value = self.double_pow(&wide_x, &wide_y);
        self.narrowed(value, x.dtype)
    }

    /// A double in the register of another float; rounded to a half float by whoever asked for the operation.
    fn narrowed(&mut self, value: Val, dtype: DType) -> Val {
        match dtype {
            DType::F64 => value,
            _ => Val { dtype, ..self.cast(&value, DType::F32) },
        }
    }

    /// The power by a constant exponent for which a few operations do; `None` for any other.
    pub(super) fn power(&mut self, x: &Val, exponent: f64) -> Option<Val> {
        let square = |e: &mut Self, x: &Val| e.apply(ScalarOp::Mul, &[x.clone(), x.clone()]);
        Some(match exponent {
            1.0 => x.clone(),
            2.0 => square(self, x),
            3.0 => {
                let two = square(self, x);
                self.apply(ScalarOp::Mul, &[two, x.clone()])
            }
            4.0 => {
                let two = square(self, x);
                square(self, &two)
            }
            0.5 => self.apply(ScalarOp::Sqrt, std::slice::from_ref(x)),
            -0.5 => self.apply(ScalarOp::Rsqrt, std::slice::from_ref(x)),
            -1.0 => {
                let one = self.float(1.0, x);
                self.apply(ScalarOp::Div, &[one, x.clone()])
            }
            _ => return None,
        })
    }

    pub(super) fn add(&mut self, a: &Val, b: &Val) -> Val {
        self.same("arith.addf", &[a, b])
    }

    pub(super) fn sub(&mut self, a: &Val, b: &Val) -> Val {
        self.same("arith.subf", &[a, b])
    }

    pub(super) fn mul(&mut self, a: &Val, b: &Val) -> Val {
        self.same("arith.mulf", &[a, b])
    }

    pub(super) fn div(&mut self, a: &Val, b: &Val) -> Val {
        self.same("arith.divf", &[a, b])
    }

    /// `c[0]*x^n + c[1]*x^(n-1) + … + c[n]`.
    pub(super) fn polynomial(&mut self, x: &Val, coefficients: &[f64]) -> Val {
        let mut sum = self.float(coefficients[0], x);
        for &c in &coefficients[1..] {
            let c = self.float(c, x);
            sum = self.fused_multiply_add(&sum, x, &c);
        }
        sum
    }

    /// `x` where it is not above `limit` (or NaN), else `limit`.
    pub(super) fn at_most(&mut self, x: &Val, limit: f64) -> Val {
        let limit = self.float(limit, x);
        let above = self.compare("arith.cmpf ogt", x, &limit);
        self.select(&above, &limit, x)
    }

    pub(super) fn at_least(&mut self, x: &Val, limit: f64) -> Val {
        let limit = self.float(limit, x);
        let below = self.compare("arith.cmpf olt", x, &limit);
        self.select(&below, &limit, x)
    }

    fn bits(&mut self, x: &Val) -> Val {
        let to = shaped("i32", x.lanes);
        self.define(DType::I32, x.lanes, &format!("arith.bitcast {} : {} to {to}", x.name, x.ty()))
    }

    fn float_of_bits(&mut self, x: &Val) -> Val {
        let to = shaped("f32", x.lanes);
        self.define(DType::F32, x.lanes, &format!("arith.bitcast {} : {} to {to}", x.name, x.ty()))
    }

    fn i32(&mut self, value: i32, like: &Val) -> Val {
        self.constant(Scalar::from_int(DType::I32, value.into()), like.lanes)
    }

    /// `2^n` for an integer of the exponent's range.
    fn power_of_two(&mut self, n: &Val) -> Val {
        let (bias, shift) = (self.i32(127, n), self.i32(23, n));
        let biased = self.same("arith.addi", &[n, &bias]);
        let bits = self.same("arith.shli", &[&biased, &shift]);
        self.float_of_bits(&bits)
    }

    /// `e^x = 2^n * e^r` with `|r| <= ln(2)/2`.
    fn exp(&mut self, x: &Val) -> Val {
        let x = self.at_most(x, 89.0);
        let x = self.at_least(&x, -104.5);
        let log2e = self.float(std::f64::consts::LOG2_E, &x);
        let scaled = self.mul(&x, &log2e);
        let n = self.same("math.roundeven", &[&scaled]);
        // ln(2) in two parts, the first with trailing zeros, so that the difference loses nothing.
        let (high, low) = (self.float(-0.693359375, &x), self.float(2.121_944_400_546_905_8e-4, &x));
        let r = self.fused_multiply_add(&n, &high, &x);
        let r = self.fused_multiply_add(&n, &low, &r);
        let series = self.polynomial(
            &r,
            &[
                1.987_569_15e-4,
                1.398_199_95e-3,
                8.333_451_9e-3,
                4.166_579_59e-2,
                1.666_666_55e-1,
                5.000_000_12e-1,
            ],
        );
        let square = self.mul(&r, &r);
        let one = self.float(1.0, &x);
        let rest = self.add(&r, &one);
        let value = self.fused_multiply_add(&series, &square, &rest);
        // In two steps, because 2^n itself may leave the range where the result does not.
        let n = self.define(
            DType::I32,
            x.lanes,
            &format!("arith.fptosi {} : {} to {}", n.name, n.ty(), shaped("i32", x.lanes)),
        );
        let half = self.i32(1, &x);
        let first = self.same("arith.shrsi", &[&n, &half]);
        let second = self.same("arith.subi", &[&n, &first]);
        let (first, second) = (self.power_of_two(&first), self.power_of_two(&second));
        let value = self.mul(&value, &first);
        self.mul(&value, &second)
    }

    /// By way of `u = e^x`: `(u - 1) * x / ln(u)` cancels the error that `u - 1` has for small `x`.
    fn expm1(&mut self, x: &Val) -> Val {
        let one = self.float(1.0, x);
        let u = self.exp(x);
        let minus = self.sub(&u, &one);
        let log = self.log(&u);
        let ratio = self.div(x, &log);
        let corrected = self.mul(&minus, &ratio);
        // Far from zero nothing cancels, and the ratio may be infinite over infinite.
        let magnitude = self.same("math.absf", &[x]);
        let half = self.float(0.5, x);
        let far = self.compare("arith.cmpf ugt", &magnitude, &half);
        let value = self.select(&far, &minus, &corrected);
        let tiny = self.compare("arith.cmpf oeq", &u, &one);
        self.select(&tiny, x, &value)
    }

    /// `ln(m * 2^e) = ln(m) + e*ln(2)` with `m` around 1.
    fn log(&mut self, x: &Val) -> Val {
        let zero = self.float(0.0, x);
        let one = self.float(1.0, x);
        // Subnormal numbers are scaled into the normal range.
        let least = self.float(f64::from(f32::MIN_POSITIVE), x);
        let small = self.compare("arith.cmpf olt", x, &least);
        let scale = self.float(33_554_432.0, x);
        let scaled = self.mul(x, &scale);
        let normal = self.select(&small, &scaled, x);
        let (none, twenty_five) = (self.i32(0, x), self.i32(-25, x));
        let adjust = self.select(&small, &twenty_five, &none);
        // The exponent such that the mantissa lies between sqrt(1/2) and sqrt(2).
        let bits = self.bits(&normal);
        let offset = self.i32(0x3F35_04F3, x);
        let shifted = self.same("arith.subi", &[&bits, &offset]);
        let shift = self.i32(23, x);
        let exponent = self.same("arith.shrsi", &[&shifted, &shift]);
        let in_place = self.same("arith.shli", &[&exponent, &shift]);
        let mantissa = self.same("arith.subi", &[&bits, &in_place]);
        let mantissa = self.float_of_bits(&mantissa);
        let exponent = self.same("arith.addi", &[&exponent, &adjust]);
        let exponent = self.define(
            DType::F32,
            x.lanes,
            &format!("arith.sitofp {} : {} to {}", exponent.name, exponent.ty(), shaped("f32", x.lanes)),
        );
        let f = self.sub(&mantissa, &one);
        let square = self.mul(&f, &f);
        let series = self.polynomial(
            &f,
            &[
                7.037_683_63e-2,
                -1.151_461_03e-1,
                1.167_699_87e-1,
                -1.242_014_08e-1,
                1.424_932_28e-1,
                -1.666_805_77e-1,
                2.000_071_48e-1,
                -2.499_999_4e-1,
                3.333_333_12e-1,
            ],
        );
        let cube = self.mul(&square, &f);
        let y = self.mul(&series, &cube);
        let (high, low) = (self.float(0.693359375, x), self.float(-2.121_944_400_546_905_8e-4, x));
        let y = self.fused_multiply_add(&exponent, &low, &y);
        let half = self.float(-0.5, x);
        let y = self.fused_multiply_add(&square, &half, &y);
        let y = self.add(&f, &y);
        let value = self.fused_multiply_add(&exponent, &high, &y);
        // The edges: infinity and NaN stay, 0 gives minus infinity, less gives NaN.
        let infinity = self.float(f64::INFINITY, x);
        let finite = self.compare("arith.cmpf olt", x, &infinity);
        let value = self.select(&finite, &value, x);
        let minus_infinity = self.float(f64::NEG_INFINITY, x);
        let is_zero = self.compare("arith.cmpf oeq", x, &zero);
        let value = self.select(&is_zero, &minus_infinity, &value);
        let nan = self.float(f64::NAN, x);
        let negative = self.compare("arith.cmpf olt", x, &zero);
        self.select(&negative, &nan, &value)
    }

    /// By way of `u = 1 + x`: `ln(u) + (x - (u - 1)) / u` adds what `u` has lost.
    fn log1p(&mut self, x: &Val) -> Val {
        let one = self.float(1.0, x);
        let u = self.add(x, &one);
        let back = self.sub(&u, &one);
        let log = self.log(&u);
        let lost = self.sub(x, &back);
        let part = self.div(&lost, &u);
        let corrected = self.add(&log, &part);
        // At minus one and at infinity nothing is lost, and the part would be no number.
        let exact = self.compare("arith.cmpf oeq", &back, x);
        let value = self.select(&exact, &log, &corrected);
        let tiny = self.compare("arith.cmpf oeq", &u, &one);
        self.select(&tiny, x, &value)
    }

    fn tanh(&mut self, x: &Val) -> Val {
        let one = self.float(1.0, x);
        let two = self.float(2.0, x);
        let magnitude = self.same("math.absf", &[x]);
        // 1 - 2/(e^2|x| + 1) away from zero, an odd polynomial near it.
        let twice = self.mul(&magnitude, &two);
        let e = self.exp(&twice);
        let below = self.add(&e, &one);
        let part = self.div(&two, &below);
        let far = self.sub(&one, &part);
        let square = self.mul(x, x);
        let series = self.polynomial(
            &square,
            &[-5.704_988_73e-3, 2.063_908_88e-2, -5.373_971_56e-2, 1.333_144_22e-1, -3.333_328_2e-1],
        );
        let odd = self.mul(&series, &square);
        let near = self.fused_multiply_add(&odd, &magnitude, &magnitude);
        let limit = self.float(0.625, x);
        let is_near = self.compare("arith.cmpf olt", &magnitude, &limit);
        let value = self.select(&is_near, &near, &far);
        self.same("math.copysign", &[&value, x])
    }

    fn erf(&mut self, x: &Val) -> Val {
        let one = self.float(1.0, x);
        let magnitude = self.same("math.absf", &[x]);
        // 1 - e^p(|x|) away from zero, an odd polynomial near it.
        let t = self.at_most(&magnitude, 4.0);
        let p = self.polynomial(
            &t,
            &[
                -1.728_534_7e-5,
                3.831_971_26e-4,
                -3.883_964_38e-3,
                2.425_462_19e-2,
                -1.067_778_77e-1,
                -6.348_466_87e-1,
                -1.287_175_12e-1,
            ],
        );
        let minus = self.same("arith.negf", &[&t]);
        let p = self.fused_multiply_add(&p, &t, &minus);
        let e = self.exp(&p);
        let far = self.sub(&one, &e);
        let far = self.same("math.copysign", &[&far, x]);
        let square = self.mul(x, x);
        let series = self.polynomial(
            &square,
            &[
                -5.967_617_03e-4,
                4.991_194_23e-3,
                -2.676_813_49e-2,
                1.128_199_25e-1,
                -3.761_253_36e-1,
                1.283_791_66e-1,
            ],
        );
        let near = self.fused_multiply_add(&series, x, x);
        let limit = self.float(0.927_734_375, x);
        let is_far = self.compare("arith.cmpf ogt", &magnitude, &limit);
        self.select(&is_far, &far, &near)
    }

    /// Whether a condition holds in any lane.
    pub(super) fn any(&mut self, condition: &Val) -> Val {
        if condition.lanes == 1 {
            return condition.clone();
        }
        let text = format!("vector.reduction <or>, {} : {} into i1", condition.name, condition.ty());
        self.define(DType::Bool, 1, &text)
    }

    /// Sine, cosine or, on devices, tangent. Arguments so large that reducing them takes more than double precision go to the runtime.
    fn circular_of_any(&mut self, op: ScalarOp, x: &Val) -> Val {
        let magnitude = self.same("math.absf", &[x]);
        let limit = self.float(1e8, x);
        let large = self.compare("arith.cmpf ogt", &magnitude, &limit);
        let any = self.any(&large);
        let function = if op == ScalarOp::Sin { "braid_sin" } else { "braid_cos" };
        self.if_else(
            &any,
            (DType::F32, x.lanes),
            |e| match e.parameters {
                Some(_) => {
                    let far = e
                        .by_lane(std::slice::from_ref(x), &mut |e, x| Some(e.large_circular(op, &x[0])))
                        .expect("there is such a function");
                    if x.lanes == 1 {
                        return far;
                    }
                    // What is good for large arguments is wrong for their small neighbours.
                    let near = e.circular(op, x);
                    e.select(&large, &far, &near)
                }
                None => e.import(function, std::slice::from_ref(x)),
            },
            |e| e.circular(op, x),
        )
    }

    /// Sine, cosine or tangent: the quadrant and the rest in double precision, the series in single but for the tangent, whose
    /// quotient would add up three errors.
    fn circular(&mut self, op: ScalarOp, x: &Val) -> Val {
        let wide = self.cast(x, DType::F64);
        let per_quadrant = self.float(std::f64::consts::FRAC_2_PI, &wide);
        let turns = self.mul(&wide, &per_quadrant);
        let n = self.same("math.roundeven", &[&turns]);
        let (high, low) =
            (self.float(-std::f64::consts::FRAC_PI_2, &wide), self.float(-6.123_233_995_736_766e-17, &wide));
        let rest = self.fused_multiply_add(&n, &high, &wide);
        let rest = self.fused_multiply_add(&n, &low, &rest);
        let r = if op == ScalarOp::Tan { rest } else { self.cast(&rest, DType::F32) };
        // The quadrant is in the low bits of n, which a large addend brings into place.
        let magic = self.float(6_755_399_441_055_744.0, &wide);
        let sum = self.add(&n, &magic);
        let bits = self.define(
            DType::I64,
            x.lanes,
            &format!("arith.bitcast {} : {} to {}", sum.name, sum.ty(), shaped("i64", x.lanes)),
        );
        let quadrant = self.cast(&bits, DType::I32);
        let value = self.circular_of_quadrant(op, &r, quadrant);
        let value = self.cast(&value, DType::F32);
        if op == ScalarOp::Cos {
            return value;
        }
        // The reduction loses the sign of zero.
        let zero = self.float(0.0, x);
        let nothing = self.compare("arith.cmpf oeq", x, &zero);
        self.select(&nothing, x, &value)
    }

    /// Sine, cosine or tangent, in the precision of `r`, of `r` and so many quarter turns, of which the lowest two bits count.
    pub(super) fn circular_of_quadrant(&mut self, op: ScalarOp, r: &Val, quadrant: Val) -> Val {
        let x = r;
        let one_more = self.i32(1, x);
        let quadrant = match op {
            ScalarOp::Cos => self.same("arith.addi", &[&quadrant, &one_more]),
            _ => quadrant,
        };
        let square = self.mul(r, r);
        let series = self.polynomial(&square, &[-1.951_529_59e-4, 8.332_160_87e-3, -1.666_665_46e-1]);
        let odd = self.mul(&series, &square);
        let sine = self.fused_multiply_add(&odd, r, r);
        let series = self.polynomial(&square, &[2.443_315_71e-5, -1.388_731_63e-3, 4.166_664_57e-2]);
        let fourth = self.mul(&square, &square);
        let (half, one) = (self.float(-0.5, x), self.float(1.0, x));
        let start = self.fused_multiply_add(&square, &half, &one);
        let cosine = self.fused_multiply_add(&series, &fourth, &start);
        let zero = self.i32(0, x);
        let odd_quadrant = self.same("arith.andi", &[&quadrant, &one_more]);
        let swap = self.compare("arith.cmpi ne", &odd_quadrant, &zero);
        if op == ScalarOp::Tan {
            let (above, below) = (self.select(&swap, &cosine, &sine), self.select(&swap, &sine, &cosine));
            let ratio = self.div(&above, &below);
            let negative = self.same("arith.negf", &[&ratio]);
            return self.select(&swap, &negative, &ratio);
        }
        let value = self.select(&swap, &cosine, &sine);
        let two = self.i32(2, x);
        let lower = self.same("arith.andi", &[&quadrant, &two]);
        let flip = self.compare("arith.cmpi ne", &lower, &zero);
        let negative = self.same("arith.negf", &[&value]);
        self.select(&flip, &negative, &value)
    }
}

/// The runtime's function that computes an operation.
fn runtime_function(op: ScalarOp) -> &'static str {
    crate::kernel::import_of(op)
        .unwrap_or_else(|| unreachable!("{} is no function of the runtime", op.name()))
}
