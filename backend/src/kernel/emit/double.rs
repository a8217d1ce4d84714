//! Transcendental functions of doubles in vectors.
//!
//! Each is a range reduction and a polynomial, and within two units in the last place of the exact value over the whole
//! range; zeros, infinities, NaN and subnormal numbers are as IEEE has them. The reductions rely on the fused multiply-add,
//! and what is so rare that it would slow down all else goes to the runtime's function, whole vectors at a time.

use super::*;

/// π/2 in three parts of 53 bits.
pub(super) const HALF_PI: [f64; 3] =
    [std::f64::consts::FRAC_PI_2, 6.123_233_995_736_766e-17, -1.497_384_904_859_169_8e-33];
/// ln 2 in two parts of 53 bits.
const LN_2: [f64; 2] = [std::f64::consts::LN_2, 2.319_046_813_846_299_6e-17];
/// ln 2 in two parts, the first of which has so few bits that its product with an exponent is exact.
const LN_2_SHORT: [f64; 2] = [0.693_147_180_559_890_3, 5.497_923_018_708_371e-14];
/// The logarithm of 2 to base 10, likewise.
const LOG10_2_SHORT: [f64; 2] = [0.301_029_995_663_839_14, 1.420_502_322_726_61e-13];
/// The logarithms of e to base 2 and to base 10, in two parts.
const LOG2_E: [f64; 2] = [std::f64::consts::LOG2_E, 2.035_527_374_093_103_3e-17];
const LOG10_E: [f64; 2] = [std::f64::consts::LOG10_E, 1.098_319_650_216_765e-17];
/// 1.5 * 2^52: the last bits of the sum with a whole number are the number.
const MAGIC: f64 = 6_755_399_441_055_744.0;

/// `(e^r - 1 - r) / r^2` for `|r| <= ln(2)/2`.
const EXP: [f64; 11] = [
    2.091_475_532_589_32e-9,
    2.510_531_272_962_210_3e-8,
    2.755_727_347_871_858e-7,
    2.755_725_517_000_089e-6,
    2.480_158_732_567_746e-5,
    0.000_198_412_698_750_022_8,
    0.001_388_888_888_888_371_1,
    0.008_333_333_333_326_084,
    0.041_666_666_666_666_67,
    0.166_666_666_666_666_7,
    0.5,
];
/// `(ln((1 + s) / (1 - s)) / s - 2) / s^2` of `s^2`, for `s <= (sqrt(2) - 1) / (sqrt(2) + 1)`.
const LOG: [f64; 7] = [
    0.146_191_661_348_879_7,
    0.153_315_016_111_453_3,
    0.181_828_957_501_191_93,
    0.222_222_110_437_768_57,
    0.285_714_286_265_336_2,
    0.399_999_999_998_982_7,
    0.666_666_666_666_667,
];
/// What is left of the same series without its first term, 2/3.
const LOG_TAIL: [f64; 8] = [
    0.117_256_045_364_754_13,
    0.117_060_041_280_168_17,
    0.133_348_133_736_870_13,
    0.153_845_948_027_72,
    0.181_818_183_368_893_22,
    0.222_222_222_216_492_77,
    0.285_714_285_714_293_75,
    0.4,
];
/// `(sin(r) / r - 1) / r^2` of `r^2`, for `|r| <= pi/4`.
const SIN: [f64; 7] = [
    -7.586_685_070_091_267e-13,
    1.605_853_141_458_901e-10,
    -2.505_210_623_115_790_4e-8,
    2.755_731_921_933_545_3e-6,
    -0.000_198_412_698_412_650_6,
    0.008_333_333_333_333_331,
    -0.166_666_666_666_666_66,
];
/// `(cos(r) - 1 + r^2/2) / r^4` of `r^2`, for `|r| <= pi/4`.
const COS: [f64; 6] = [
    -1.138_261_486_855_632_5e-11,
    2.087_614_602_468_974_7e-9,
    -2.755_731_727_056_032_6e-7,
    2.480_158_729_876_343_3e-5,
    -0.001_388_888_888_888_739_5,
    0.041_666_666_666_666_664,
];
/// `(tanh(x) / x - 1) / x^2` of `x^2`, for `|x| <= 0.625`.
const TANH: [f64; 12] = [
    6.467_533_020_977_372e-6,
    -3.116_482_391_288_970_4e-5,
    9.253_899_476_295_944e-5,
    -0.000_237_574_569_188_287,
    0.000_589_655_678_986_869_5,
    -0.001_455_774_424_617_797_7,
    0.003_592_121_625_788_060_5,
    -0.008_863_235_093_353_298,
    0.021_869_488_518_555_2,
    -0.053_968_253_967_886_39,
    0.133_333_333_333_330_3,
    -0.333_333_333_333_333_3,
];
/// `(atan(x) / x - 1) / x^2` of `x^2`, for `|x| <= sqrt(2) - 1`.
const ATAN: [f64; 12] = [
    0.016_279_990_057_820_57,
    -0.034_565_357_291_900_67,
    0.045_513_908_032_899_016,
    -0.052_304_098_866_177_415,
    0.058_789_229_703_096_68,
    -0.066_664_243_614_049_27,
    0.076_922_963_458_330_15,
    -0.090_909_087_524_907_8,
    0.111_111_111_051_351_44,
    -0.142_857_142_856_596_2,
    0.199_999_999_999_998_04,
    -0.333_333_333_333_333_3,
];
/// `erf(x) / x - 1` of `x^2`, for `|x| <= 0.9`.
const ERF: [f64; 12] = [
    -8.424_761_346_911_613e-10,
    1.402_169_039_753_117_4e-8,
    -1.627_100_299_746_569_7e-7,
    1.645_475_138_647_374e-6,
    -1.492_527_016_321_366_6e-5,
    0.000_120_553_198_331_328_43,
    -0.000_854_832_672_335_455_5,
    0.005_223_977_621_092_847,
    -0.026_866_170_644_758_873,
    0.112_837_916_709_534_77,
    -0.376_126_389_031_837_26,
    0.128_379_167_095_512_6,
];
/// `erfc(x) * e^(x^2)` of `(x - 2) / (x + 2)`, for `x` from 0.87 to 6.
const ERFC: [f64; 16] = [
    2.228_945_483_483_736e-7,
    3.599_805_715_118_652e-6,
    1.875_560_648_417_663_1e-6,
    -1.396_106_792_935_135_7e-5,
    -2.769_002_621_966_131_4e-5,
    2.753_072_008_843_762_8e-5,
    0.000_174_374_547_882_956_46,
    4.355_470_844_833_165e-5,
    -0.000_981_977_922_059_706_3,
    -0.000_847_143_192_872_133_9,
    0.006_997_461_770_658_517,
    0.003_732_892_402_724_442_6,
    -0.078_978_581_016_228_8,
    0.241_658_194_242_481_86,
    -0.427_185_847_413_956_1,
    0.255_395_676_310_505_75,
];

impl Emitter<'_> {
    /// Whether a function of doubles is computed in line: not on a CPU's scalars, where the runtime's is as fast.
    pub(super) fn doubles_in_line(&self, x: &Val) -> bool {
        (x.lanes > 1 || self.parameters.is_some()) && self.target.fma()
    }

    /// A function of doubles in line; `None` if it is not one of those that are.
    pub(super) fn double(&mut self, op: ScalarOp, x: &Val) -> Option<Val> {
        use ScalarOp::*;
        Some(match op {
            Exp => self.double_exp(x),
            Expm1 => self.double_expm1(x),
            Log => self.double_log(x),
            Log1p => self.double_log1p(x),
            Log2 => self.double_log_to_base(x, [1.0, 0.0], LOG2_E),
            Log10 => self.double_log_to_base(x, LOG10_2_SHORT, LOG10_E),
            Sin => self.double_circular(x, "braid_sin", |e, x| e.sine(x, false)),
            Cos => self.double_circular(x, "braid_cos", |e, x| e.sine(x, true)),
            Tan => self.double_circular(x, "braid_tan", Self::tangent),
            Atan => self.double_atan(x),
            Sinh => self.double_hyperbolic(x, "braid_sinh", Self::double_sinh),
            Cosh => self.double_hyperbolic(x, "braid_cosh", Self::double_cosh),
            Tanh => self.double_tanh(x),
            Erf => self.double_erf(x),
            _ => return None,
        })
    }

    fn fma(&mut self, a: &Val, b: &Val, c: &Val) -> Val {
        self.same("math.fma", &[a, b, c])
    }

    fn neg(&mut self, x: &Val) -> Val {
        self.same("arith.negf", &[x])
    }

    fn magnitude(&mut self, x: &Val) -> Val {
        self.same("math.absf", &[x])
    }

    /// `a * b` for a constant `b`.
    fn times(&mut self, a: &Val, b: f64) -> Val {
        let b = self.float(b, a);
        self.mul(a, &b)
    }

    /// `a * b + c` for a constant `b`.
    fn times_plus(&mut self, a: &Val, b: f64, c: &Val) -> Val {
        let b = self.float(b, a);
        self.fma(a, &b, c)
    }

    /// `x` where it is so small that a function equals it, else `value`; so -0 stays -0.
    fn tiny_or(&mut self, x: &Val, value: &Val) -> Val {
        let size = self.magnitude(x);
        let limit = self.float(2f64.powi(-54), x);
        let tiny = self.compare("arith.cmpf olt", &size, &limit);
        self.select(&tiny, x, value)
    }

    fn double_bits(&mut self, x: &Val) -> Val {
        let to = shaped("i64", x.lanes);
        self.define(DType::I64, x.lanes, &format!("arith.bitcast {} : {} to {to}", x.name, x.ty()))
    }

    fn double_of_bits(&mut self, x: &Val) -> Val {
        let to = shaped("f64", x.lanes);
        self.define(DType::F64, x.lanes, &format!("arith.bitcast {} : {} to {to}", x.name, x.ty()))
    }

    fn i64(&mut self, value: i64, like: &Val) -> Val {
        self.constant(Scalar::i64(value), like.lanes)
    }

    /// `2^n` for a whole number of the exponent's range: its last bits, moved to where the exponent is.
    fn double_power_of_two(&mut self, n: &Val) -> Val {
        let offset = self.float(MAGIC + 1023.0, n);
        let sum = self.add(n, &offset);
        let bits = self.double_bits(&sum);
        let shift = self.i64(52, n);
        let bits = self.same("arith.shli", &[&bits, &shift]);
        self.double_of_bits(&bits)
    }

    /// `value * 2^n`, in two steps, because `2^n` itself may leave the range where the product does not.
    fn scaled(&mut self, value: &Val, n: &Val) -> Val {
        let half = self.times(n, 0.5);
        let first = self.same("math.roundeven", &[&half]);
        let second = self.sub(n, &first);
        let (first, second) = (self.double_power_of_two(&first), self.double_power_of_two(&second));
        let value = self.mul(value, &first);
        self.mul(&value, &second)
    }

    /// `n` and `e^r - 1` such that `e^(x + low) = 2^n * e^r`.
    fn exp_parts(&mut self, x: &Val, low: Option<&Val>) -> (Val, Val) {
        let turns = self.times(x, LOG2_E[0]);
        let n = self.same("math.roundeven", &[&turns]);
        let r = self.times_plus(&n, -LN_2[0], x);
        let mut r = self.times_plus(&n, -LN_2[1], &r);
        if let Some(low) = low {
            r = self.add(&r, low);
        }
        let series = self.polynomial(&r, &EXP);
        let square = self.mul(&r, &r);
        let less_one = self.fma(&series, &square, &r);
        (n, less_one)
    }

    fn double_exp(&mut self, x: &Val) -> Val {
        let x = self.at_most(x, 710.0);
        let x = self.at_least(&x, -746.0);
        self.exp_in_range(&x, None)
    }

    fn exp_in_range(&mut self, x: &Val, low: Option<&Val>) -> Val {
        let (n, less_one) = self.exp_parts(x, low);
        let one = self.float(1.0, x);
        let value = self.add(&less_one, &one);
        self.scaled(&value, &n)
    }

    /// `2^n * ((e^r - 1) + (1 - 2^-n))`, where nothing cancels.
    fn double_expm1(&mut self, x: &Val) -> Val {
        let bounded = self.at_most(x, 710.0);
        let bounded = self.at_least(&bounded, -40.0);
        let (n, less_one) = self.exp_parts(&bounded, None);
        let few = self.at_most(&n, 60.0);
        let minus = self.neg(&few);
        let inverse = self.double_power_of_two(&minus);
        let one = self.float(1.0, x);
        let rest = self.sub(&one, &inverse);
        let sum = self.add(&less_one, &rest);
        let value = self.scaled(&sum, &n);
        self.tiny_or(x, &value)
    }

    /// `k` and `m` such that `x = 2^k * m` with `m` between `sqrt(1/2)` and `sqrt(2)`, for a positive normal `x`.
    fn split_exponent(&mut self, x: &Val) -> (Val, Val) {
        // With the exponent's bias at 1024, and a rounding that carries at sqrt(2), all numbers here are positive.
        let bits = self.double_bits(x);
        let offset = self.i64(0x4000_0000_0000_0000 - 0x3FE6_A09E_667F_3BCD, x);
        let shift = self.i64(52, x);
        let moved = self.same("arith.addi", &[&bits, &offset]);
        let biased = self.same("arith.shrui", &[&moved, &shift]);
        let in_place = self.same("arith.shli", &[&biased, &shift]);
        let mantissa = self.same("arith.subi", &[&bits, &in_place]);
        let bias = self.i64(1024 << 52, x);
        let mantissa = self.same("arith.addi", &[&mantissa, &bias]);
        let mantissa = self.double_of_bits(&mantissa);
        let magic = self.i64(MAGIC.to_bits() as i64, x);
        let number = self.same("arith.addi", &[&biased, &magic]);
        let number = self.double_of_bits(&number);
        let base = self.float(MAGIC + 1024.0, x);
        (self.sub(&number, &base), mantissa)
    }

    /// As [`Emitter::split_exponent`], for subnormal numbers too.
    fn split_positive(&mut self, x: &Val) -> (Val, Val) {
        let least = self.float(f64::MIN_POSITIVE, x);
        let small = self.compare("arith.cmpf olt", x, &least);
        let scaled = self.times(x, 2f64.powi(54));
        let normal = self.select(&small, &scaled, x);
        let (k, m) = self.split_exponent(&normal);
        let lower = self.float(54.0, x);
        let less = self.sub(&k, &lower);
        (self.select(&small, &less, &k), m)
    }

    /// `ln(1 + f)` without `f`: `s*(f^2/2 + R) - f^2/2 + extra`, where `s = f/(2 + f)`.
    fn log_rest(&mut self, f: &Val, extra: Option<&Val>) -> Val {
        let two = self.float(2.0, f);
        let below = self.add(f, &two);
        let s = self.div(f, &below);
        let z = self.mul(&s, &s);
        let series = self.polynomial(&z, &LOG);
        let half = self.times(f, 0.5);
        let half_square = self.mul(&half, f);
        let inner = self.fma(&z, &series, &half_square);
        let product = match extra {
            Some(extra) => self.fma(&s, &inner, extra),
            None => self.mul(&s, &inner),
        };
        self.sub(&product, &half_square)
    }

    /// The edges of a logarithm: infinity and NaN stay, `zero` gives minus infinity, less gives NaN.
    fn log_edges(&mut self, x: &Val, zero: f64, value: &Val) -> Val {
        let infinity = self.float(f64::INFINITY, x);
        let finite = self.compare("arith.cmpf olt", x, &infinity);
        let value = self.select(&finite, value, x);
        let zero = self.float(zero, x);
        let minus_infinity = self.float(f64::NEG_INFINITY, x);
        let is_zero = self.compare("arith.cmpf oeq", x, &zero);
        let value = self.select(&is_zero, &minus_infinity, &value);
        let nan = self.float(f64::NAN, x);
        let negative = self.compare("arith.cmpf olt", x, &zero);
        self.select(&negative, &nan, &value)
    }

    fn double_log(&mut self, x: &Val) -> Val {
        let (k, m) = self.split_positive(x);
        let one = self.float(1.0, x);
        let f = self.sub(&m, &one);
        let low = self.times(&k, LN_2_SHORT[1]);
        let rest = self.log_rest(&f, Some(&low));
        let sum = self.add(&rest, &f);
        let value = self.times_plus(&k, LN_2_SHORT[0], &sum);
        self.log_edges(x, 0.0, &value)
    }

    /// `k * log(2) + log(1 + f)` to another base; the powers of the base 2 come out whole.
    fn double_log_to_base(&mut self, x: &Val, of_two: [f64; 2], of_e: [f64; 2]) -> Val {
        let (k, m) = self.split_positive(x);
        let one = self.float(1.0, x);
        let f = self.sub(&m, &one);
        let rest = self.log_rest(&f, None);
        // The natural logarithm as a sum of two, so that the factor's rounding is the only one that counts.
        let high = self.add(&f, &rest);
        let lost = self.sub(&f, &high);
        let low = self.add(&lost, &rest);
        let tail = self.times(&k, of_two[1]);
        let tail = self.times_plus(&low, of_e[0], &tail);
        let tail = self.times_plus(&high, of_e[1], &tail);
        let factor = self.float(of_e[0], x);
        let product = self.mul(&high, &factor);
        let minus = self.neg(&product);
        let error = self.fma(&high, &factor, &minus);
        let tail = self.add(&tail, &error);
        let whole = self.times(&k, of_two[0]);
        let sum = self.add(&whole, &product);
        let lost = self.sub(&whole, &sum);
        let lost = self.add(&lost, &product);
        let tail = self.add(&tail, &lost);
        let value = self.add(&sum, &tail);
        self.log_edges(x, 0.0, &value)
    }

    /// The logarithm of `u = 1 + x`, with what the rounding of `u` lost.
    fn double_log1p(&mut self, x: &Val) -> Val {
        let one = self.float(1.0, x);
        let u = self.add(x, &one);
        let (k, m) = self.split_exponent(&u);
        // u - x is exact for large x, u - 1 for small.
        let from_large = self.sub(&u, x);
        let from_large = self.sub(&one, &from_large);
        let from_small = self.sub(&u, &one);
        let from_small = self.sub(x, &from_small);
        let two = self.float(2.0, x);
        let large = self.compare("arith.cmpf oge", &u, &two);
        let lost = self.select(&large, &from_large, &from_small);
        let correction = self.div(&lost, &u);
        let zero = self.float(0.0, x);
        let near = self.compare("arith.cmpf oeq", &k, &zero);
        let correction = self.select(&near, &zero, &correction);
        let f = self.sub(&m, &one);
        let f = self.select(&near, x, &f);
        let low = self.times_plus(&k, LN_2_SHORT[1], &correction);
        let rest = self.log_rest(&f, Some(&low));
        let sum = self.add(&rest, &f);
        let value = self.times_plus(&k, LN_2_SHORT[0], &sum);
        let value = self.log_edges(x, -1.0, &value);
        self.tiny_or(x, &value)
    }

    /// The sum of two numbers and what its rounding lost.
    fn two_sum(&mut self, a: &Val, b: &Val) -> (Val, Val) {
        let sum = self.add(a, b);
        let b_part = self.sub(&sum, a);
        let a_part = self.sub(&sum, &b_part);
        let (a_lost, b_lost) = (self.sub(a, &a_part), self.sub(b, &b_part));
        (sum, self.add(&a_lost, &b_lost))
    }

    /// The number of quarter turns nearest to an angle, and the rest in two parts.
    fn quarter_turns(&mut self, x: &Val) -> (Val, Val, Val) {
        let turns = self.times(x, std::f64::consts::FRAC_2_PI);
        let n = self.same("math.roundeven", &[&turns]);
        // The first difference is exact: both sides are multiples of 2^-54, and it is less than 1.
        let r = self.times_plus(&n, -HALF_PI[0], x);
        let part = self.float(-HALF_PI[1], x);
        let product = self.mul(&n, &part);
        let minus = self.neg(&product);
        let product_low = self.fma(&n, &part, &minus);
        let (high, low) = self.two_sum(&r, &product);
        let low = self.add(&low, &product_low);
        let low = self.times_plus(&n, -HALF_PI[2], &low);
        (n, high, low)
    }

    /// Sine and cosine of an angle in two parts, at most an eighth of a turn.
    pub(super) fn sine_and_cosine(&mut self, r: &Val, low: &Val) -> (Val, Val) {
        let z = self.mul(r, r);
        let half = self.times(&z, 0.5);
        let one = self.float(1.0, r);
        let start = self.sub(&one, &half);
        let series = self.polynomial(&z, &SIN);
        let cube = self.mul(&z, r);
        let tail = self.mul(low, &start);
        let tail = self.fma(&series, &cube, &tail);
        let sine = self.add(r, &tail);
        let series = self.polynomial(&z, &COS);
        let fourth = self.mul(&z, &z);
        let lost = self.sub(&one, &start);
        let lost = self.sub(&lost, &half);
        let minus = self.neg(r);
        let tail = self.fma(&minus, low, &lost);
        let tail = self.fma(&series, &fourth, &tail);
        (sine, self.add(&start, &tail))
    }

    /// Bit number `bit` of a whole number, as a condition.
    fn has_bit(&mut self, n: &Val, bit: i64) -> Val {
        let magic = self.float(MAGIC, n);
        let sum = self.add(n, &magic);
        let bits = self.double_bits(&sum);
        let mask = self.i64(bit, n);
        let bits = self.same("arith.andi", &[&bits, &mask]);
        let zero = self.i64(0, n);
        self.compare("arith.cmpi ne", &bits, &zero)
    }

    fn sine(&mut self, x: &Val, cosine: bool) -> Val {
        let (n, r, low) = self.quarter_turns(x);
        let (sin, cos) = self.sine_and_cosine(&r, &low);
        let n = if cosine {
            let one = self.float(1.0, x);
            self.add(&n, &one)
        } else {
            n
        };
        let swap = self.has_bit(&n, 1);
        let value = self.select(&swap, &cos, &sin);
        let flip = self.has_bit(&n, 2);
        let minus = self.neg(&value);
        let value = self.select(&flip, &minus, &value);
        if cosine { value } else { self.tiny_or(x, &value) }
    }

    fn tangent(&mut self, x: &Val) -> Val {
        let (n, r, low) = self.quarter_turns(x);
        let (sin, cos) = self.sine_and_cosine(&r, &low);
        let swap = self.has_bit(&n, 1);
        let minus = self.neg(&cos);
        let above = self.select(&swap, &minus, &sin);
        let below = self.select(&swap, &sin, &cos);
        let value = self.div(&above, &below);
        self.tiny_or(x, &value)
    }

    /// The runtime's function if the condition holds in any lane, else `common`.
    fn rare(
        &mut self,
        condition: &Val,
        function: &'static str,
        args: &[Val],
        common: impl FnOnce(&mut Self) -> Val,
    ) -> Val {
        let any = self.any(condition);
        self.if_else(&any, (DType::F64, condition.lanes), |e| e.import(function, args), common)
    }

    /// A function of an angle. The reduction holds for `n` up to 2^30 or so; infinity is as large as any.
    fn double_circular(
        &mut self,
        x: &Val,
        function: &'static str,
        common: impl FnOnce(&mut Self, &Val) -> Val,
    ) -> Val {
        let size = self.magnitude(x);
        let limit = self.float(1e9, x);
        let large = self.compare("arith.cmpf ogt", &size, &limit);
        self.rare(&large, function, std::slice::from_ref(x), |e| common(e, x))
    }

    fn double_atan(&mut self, x: &Val) -> Val {
        let size = self.magnitude(x);
        let one = self.float(1.0, x);
        let (root_less, root_more) = (self.float(0.414_213_562_373, x), self.float(2.414_213_562_373, x));
        let far = self.compare("arith.cmpf ogt", &size, &root_more);
        let middle = self.compare("arith.cmpf ogt", &size, &root_less);
        // atan(x) = pi/2 + atan(-1/x) = pi/4 + atan((x - 1) / (x + 1))
        let (less, more, minus) = (self.sub(&size, &one), self.add(&size, &one), self.float(-1.0, x));
        let above = self.select(&middle, &less, &size);
        let above = self.select(&far, &minus, &above);
        let below = self.select(&middle, &more, &one);
        let below = self.select(&far, &size, &below);
        let t = self.div(&above, &below);
        let mut choose = |values: [f64; 2]| {
            let [far_value, middle_value, none] = [values[0], values[1], 0.0].map(|v| self.float(v, x));
            let value = self.select(&middle, &middle_value, &none);
            self.select(&far, &far_value, &value)
        };
        let high = choose([HALF_PI[0], HALF_PI[0] / 2.0]);
        let low = choose([HALF_PI[1], HALF_PI[1] / 2.0]);
        let z = self.mul(&t, &t);
        let series = self.polynomial(&z, &ATAN);
        let cube = self.mul(&z, &t);
        let tail = self.fma(&series, &cube, &low);
        let sum = self.add(&t, &tail);
        let value = self.add(&high, &sum);
        self.same("math.copysign", &[&value, x])
    }

    /// A function that overflows later than the exponential it is made of.
    fn double_hyperbolic(
        &mut self,
        x: &Val,
        function: &'static str,
        common: impl FnOnce(&mut Self, &Val) -> Val,
    ) -> Val {
        let size = self.magnitude(x);
        let limit = self.float(709.0, x);
        let large = self.compare("arith.cmpf ogt", &size, &limit);
        self.rare(&large, function, std::slice::from_ref(x), |e| common(e, x))
    }

    /// `(u + u / (u + 1)) / 2` with `u = e^|x| - 1`.
    fn double_sinh(&mut self, x: &Val) -> Val {
        let size = self.magnitude(x);
        let u = self.double_expm1(&size);
        let one = self.float(1.0, x);
        let below = self.add(&u, &one);
        let part = self.div(&u, &below);
        let sum = self.add(&u, &part);
        let value = self.times(&sum, 0.5);
        self.same("math.copysign", &[&value, x])
    }

    fn double_cosh(&mut self, x: &Val) -> Val {
        let size = self.magnitude(x);
        let e = self.double_exp(&size);
        let half = self.float(0.5, x);
        let part = self.div(&half, &e);
        self.fma(&half, &e, &part)
    }

    /// `1 - 2 / (e^2|x| + 1)` away from zero, an odd polynomial near it.
    fn double_tanh(&mut self, x: &Val) -> Val {
        let size = self.magnitude(x);
        let (one, two) = (self.float(1.0, x), self.float(2.0, x));
        let twice = self.mul(&size, &two);
        let e = self.double_exp(&twice);
        let below = self.add(&e, &one);
        let part = self.div(&two, &below);
        let far = self.sub(&one, &part);
        let far = self.same("math.copysign", &[&far, x]);
        let z = self.mul(x, x);
        let series = self.polynomial(&z, &TANH);
        let cube = self.mul(&z, x);
        let near = self.fma(&series, &cube, x);
        self.nearer_than(0.625, x, &near, &far)
    }

    /// `1 - erfc(|x|)` away from zero, an odd polynomial near it.
    fn double_erf(&mut self, x: &Val) -> Val {
        let size = self.magnitude(x);
        let t = self.at_most(&size, 6.0);
        let (one, two) = (self.float(1.0, x), self.float(2.0, x));
        let (less, more) = (self.sub(&t, &two), self.add(&t, &two));
        let ratio = self.div(&less, &more);
        let series = self.polynomial(&ratio, &ERFC);
        let minus = self.neg(&t);
        let exponent = self.mul(&minus, &t);
        let e = self.double_exp(&exponent);
        let minus = self.neg(&series);
        let far = self.fma(&minus, &e, &one);
        let far = self.same("math.copysign", &[&far, x]);
        let z = self.mul(x, x);
        let series = self.polynomial(&z, &ERF);
        let near = self.fma(&series, x, x);
        self.nearer_than(0.875, x, &near, &far)
    }

    /// `near` where `|x|` is below a limit, -0 as itself, else `far`.
    fn nearer_than(&mut self, limit: f64, x: &Val, near: &Val, far: &Val) -> Val {
        let zero = self.float(0.0, x);
        let is_zero = self.compare("arith.cmpf oeq", x, &zero);
        let near = self.select(&is_zero, x, near);
        let size = self.magnitude(x);
        let limit = self.float(limit, x);
        let is_near = self.compare("arith.cmpf olt", &size, &limit);
        self.select(&is_near, &near, far)
    }

    /// `x^y = e^(y ln(x))` with the logarithm in two parts. Bases that are not positive normal numbers, and exponents that
    /// are not numbers, go to the runtime.
    pub(super) fn double_pow(&mut self, x: &Val, y: &Val) -> Val {
        let (least, most) = (self.float(f64::MIN_POSITIVE, x), self.float(f64::MAX, x));
        let below = self.compare("arith.cmpf ult", x, &least);
        let above = self.compare("arith.cmpf ugt", x, &most);
        let size = self.magnitude(y);
        let limit = self.float(1e19, x);
        let huge = self.compare("arith.cmpf ugt", &size, &limit);
        let rare = self.same("arith.ori", &[&below, &above]);
        let rare = self.same("arith.ori", &[&rare, &huge]);
        self.rare(&rare, "braid_pow", &[x.clone(), y.clone()], |e| e.pow_of_positive(x, y))
    }

    pub(super) fn pow_of_positive(&mut self, x: &Val, y: &Val) -> Val {
        let (high, low) = self.log_in_two_parts(x);
        let product = self.mul(y, &high);
        let minus = self.neg(&product);
        let error = self.fma(y, &high, &minus);
        let error = self.fma(y, &low, &error);
        let bounded = self.at_most(&product, 710.0);
        let bounded = self.at_least(&bounded, -746.0);
        let zero = self.float(0.0, x);
        let kept = self.compare("arith.cmpf oeq", &bounded, &product);
        let error = self.select(&kept, &error, &zero);
        self.exp_in_range(&bounded, Some(&error))
    }

    /// A product of two numbers in two parts each.
    fn product_in_two_parts(&mut self, (a, a_low): (&Val, &Val), (b, b_low): (&Val, &Val)) -> (Val, Val) {
        let high = self.mul(a, b);
        let minus = self.neg(&high);
        let low = self.fma(a, b, &minus);
        let low = self.fma(a, b_low, &low);
        let low = self.fma(a_low, b, &low);
        (high, low)
    }

    /// The sum of two numbers in two parts each, the first of which is 0 or the larger.
    fn sum_in_two_parts(&mut self, (a, a_low): (&Val, &Val), (b, b_low): (&Val, &Val)) -> (Val, Val) {
        let high = self.add(a, b);
        let lost = self.sub(a, &high);
        let lost = self.add(&lost, b);
        let low = self.add(a_low, b_low);
        (high, self.add(&lost, &low))
    }

    /// The natural logarithm of a positive normal number to about 68 bits.
    fn log_in_two_parts(&mut self, x: &Val) -> (Val, Val) {
        let (k, m) = self.split_exponent(x);
        let (one, two) = (self.float(1.0, x), self.float(2.0, x));
        let f = self.sub(&m, &one);
        // s = f / (2 + f)
        let below = self.add(&f, &two);
        let below_low = self.sub(&below, &two);
        let below_low = self.sub(&f, &below_low);
        let s = self.div(&f, &below);
        let minus = self.neg(&s);
        let rest = self.fma(&minus, &below, &f);
        let rest = self.fma(&minus, &below_low, &rest);
        let s_low = self.div(&rest, &below);
        // ln(m) = 2s + s * z * (2/3 + z * …) with z = s^2
        let (z, z_low) = self.product_in_two_parts((&s, &s_low), (&s, &s_low));
        let series = self.polynomial(&z, &LOG_TAIL);
        let tail = self.mul(&series, &z);
        let (third, third_low) = (self.float(2.0 / 3.0, x), self.float(3.700_743_415_417_188e-17, x));
        let zero = self.float(0.0, x);
        let (u, u_low) = self.sum_in_two_parts((&third, &third_low), (&tail, &zero));
        let (w, w_low) = self.product_in_two_parts((&z, &z_low), (&u, &u_low));
        let (v, v_low) = self.product_in_two_parts((&s, &s_low), (&w, &w_low));
        let (s, s_low) = (self.mul(&s, &two), self.mul(&s_low, &two));
        let (t, t_low) = self.sum_in_two_parts((&s, &s_low), (&v, &v_low));
        let (whole, whole_low) = (self.times(&k, LN_2_SHORT[0]), self.times(&k, LN_2_SHORT[1]));
        self.sum_in_two_parts((&whole, &whole_low), (&t, &t_low))
    }
}
