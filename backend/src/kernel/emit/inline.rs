//! What the runtime computes on a CPU, in line for devices: rare functions of doubles, and rare arguments of common ones.
//!
//! Subnormal doubles as bases of powers count as zero, as devices have it.

use super::*;
use std::f64::consts::{FRAC_PI_2, PI};

/// The bits of 2/π, the first word behind the point.
const TWO_OVER_PI: [i64; 7] =
    [0xA2F9836E, 0x4E441529, 0xFC2757D1, 0xF534DDC0, 0xDB629599, 0x3C439041, 0xFE5163AB];

impl Emitter<'_> {
    /// A function of the runtime in line; `None` if there is no such form of it.
    pub(super) fn in_line(&mut self, function: &str, args: &[Val]) -> Option<Val> {
        let x = &args[0];
        let y = args.get(1).unwrap_or(x);
        Some(match function {
            "braid_sin" => self.large_circular_double(ScalarOp::Sin, x),
            "braid_cos" => self.large_circular_double(ScalarOp::Cos, x),
            "braid_tan" => self.large_circular_double(ScalarOp::Tan, x),
            "braid_sinh" | "braid_cosh" => self.large_hyperbolic(x, function == "braid_sinh"),
            "braid_asin" | "braid_acos" => self.inverse_circular(x, function == "braid_acos"),
            "braid_asinh" => self.asinh(x),
            "braid_acosh" => self.acosh(x),
            "braid_atanh" => self.atanh(x),
            "braid_atan2" => self.angle(x, y),
            "braid_pow" => self.rare_pow(x, y),
            "braid_fmod" => self.remainder(x, y),
            "braid_ipow" => self.integer_power(x, y),
            _ => return None,
        })
    }

    fn function(&mut self, op: ScalarOp, x: &Val) -> Val {
        self.double(op, x).expect("one of those that are in line")
    }

    fn either(&mut self, a: &Val, b: &Val) -> Val {
        self.same("arith.ori", &[a, b])
    }

    fn both(&mut self, a: &Val, b: &Val) -> Val {
        self.same("arith.andi", &[a, b])
    }

    /// `e^|x| / 2`, by way of its root, which overflows later.
    fn large_hyperbolic(&mut self, x: &Val, odd: bool) -> Val {
        let half = self.float(0.5, x);
        let size = self.same("math.absf", &[x]);
        let halved = self.mul(&size, &half);
        let root = self.function(ScalarOp::Exp, &halved);
        let first = self.mul(&root, &half);
        let value = self.mul(&first, &root);
        if odd { self.same("math.copysign", &[&value, x]) } else { value }
    }

    /// The angle whose sine or cosine is `x`, by the other side of the triangle.
    fn inverse_circular(&mut self, x: &Val, cosine: bool) -> Val {
        let one = self.float(1.0, x);
        let (less, more) = (self.sub(&one, x), self.add(&one, x));
        let square = self.mul(&less, &more);
        let side = self.same("math.sqrt", &[&square]);
        if cosine { self.angle(&side, x) } else { self.angle(x, &side) }
    }

    /// `ln(|x| + sqrt(x^2 + 1))` with the sign of `x`; for large `x`, `ln(2|x|)`.
    fn asinh(&mut self, x: &Val) -> Val {
        let (one, limit) = (self.float(1.0, x), self.float(1e150, x));
        let size = self.same("math.absf", &[x]);
        let bounded = self.at_most(&size, 1e150);
        let square = self.mul(&bounded, &bounded);
        let more = self.add(&square, &one);
        let root = self.same("math.sqrt", &[&more]);
        let below = self.add(&one, &root);
        let part = self.div(&square, &below);
        let sum = self.add(&bounded, &part);
        let value = self.function(ScalarOp::Log1p, &sum);
        let far = self.log_of_twice(&size);
        let large = self.compare("arith.cmpf ogt", &size, &limit);
        let value = self.select(&large, &far, &value);
        self.same("math.copysign", &[&value, x])
    }

    fn log_of_twice(&mut self, x: &Val) -> Val {
        let two = self.float(std::f64::consts::LN_2, x);
        let log = self.function(ScalarOp::Log, x);
        self.add(&log, &two)
    }

    /// `ln(x + sqrt(x^2 - 1))` by way of `t = x - 1`.
    fn acosh(&mut self, x: &Val) -> Val {
        let (one, two, limit) = (self.float(1.0, x), self.float(2.0, x), self.float(1e150, x));
        let bounded = self.at_most(x, 1e150);
        let t = self.sub(&bounded, &one);
        let more = self.add(&t, &two);
        let square = self.mul(&t, &more);
        let root = self.same("math.sqrt", &[&square]);
        let sum = self.add(&t, &root);
        let value = self.function(ScalarOp::Log1p, &sum);
        let far = self.log_of_twice(x);
        let large = self.compare("arith.cmpf ogt", x, &limit);
        let value = self.select(&large, &far, &value);
        // The square is positive again far below.
        let nan = self.float(f64::NAN, x);
        let undefined = self.compare("arith.cmpf olt", x, &one);
        self.select(&undefined, &nan, &value)
    }

    /// `ln(1 + 2|x| / (1 - |x|)) / 2` with the sign of `x`.
    fn atanh(&mut self, x: &Val) -> Val {
        let (half, one) = (self.float(0.5, x), self.float(1.0, x));
        let size = self.same("math.absf", &[x]);
        let twice = self.add(&size, &size);
        let below = self.sub(&one, &size);
        let ratio = self.div(&twice, &below);
        let log = self.function(ScalarOp::Log1p, &ratio);
        let value = self.mul(&log, &half);
        self.same("math.copysign", &[&value, x])
    }

    /// The angle of the point `(x, y)`.
    fn angle(&mut self, y: &Val, x: &Val) -> Val {
        let (zero, one, pi) = (self.float(0.0, x), self.float(1.0, x), self.float(PI, x));
        let infinity = self.float(f64::INFINITY, x);
        let (width, height) = (self.same("math.absf", &[x]), self.same("math.absf", &[y]));
        let ratio = self.div(&height, &width);
        // Zero over zero counts as a right angle's other leg, infinity over infinity as a diagonal.
        let wide_zero = self.compare("arith.cmpf oeq", &width, &zero);
        let high_zero = self.compare("arith.cmpf oeq", &height, &zero);
        let nothing = self.both(&wide_zero, &high_zero);
        let ratio = self.select(&nothing, &zero, &ratio);
        let wide = self.compare("arith.cmpf oeq", &width, &infinity);
        let high = self.compare("arith.cmpf oeq", &height, &infinity);
        let diagonal = self.both(&wide, &high);
        let ratio = self.select(&diagonal, &one, &ratio);
        let first = self.function(ScalarOp::Atan, &ratio);
        let opposite = self.sub(&pi, &first);
        // The sign bit counts, also of a zero.
        let direction = self.same("math.copysign", &[&one, x]);
        let left = self.compare("arith.cmpf olt", &direction, &zero);
        let value = self.select(&left, &opposite, &first);
        let value = self.same("math.copysign", &[&value, y]);
        let sum = self.add(x, y);
        let nan = self.compare("arith.cmpf uno", x, y);
        self.select(&nan, &sum, &value)
    }

    /// A power of any base and exponent.
    fn rare_pow(&mut self, x: &Val, y: &Val) -> Val {
        let (zero, one, two) = (self.float(0.0, x), self.float(1.0, x), self.float(2.0, x));
        let (infinity, nan) = (self.float(f64::INFINITY, x), self.float(f64::NAN, x));
        let size = self.same("math.absf", &[x]);
        let bounded = self.at_most(&size, f64::MAX);
        let bounded = self.at_least(&bounded, f64::MIN_POSITIVE);
        let exponent = self.at_most(y, 1e19);
        let exponent = self.at_least(&exponent, -1e19);
        let value = self.pow_of_positive(&bounded, &exponent);
        // Zero and infinity have no logarithm.
        let least = self.float(f64::MIN_POSITIVE, x);
        let none = self.compare("arith.cmpf olt", &size, &least);
        let endless = self.compare("arith.cmpf oeq", &size, &infinity);
        let up = self.compare("arith.cmpf ogt", y, &zero);
        let shrunk = self.select(&up, &zero, &infinity);
        let grown = self.select(&up, &infinity, &zero);
        let value = self.select(&none, &shrunk, &value);
        let value = self.select(&endless, &grown, &value);
        // Negative bases: only whole exponents, and odd ones keep the sign.
        let whole = self.same("math.floor", &[y]);
        let is_whole = self.compare("arith.cmpf oeq", &whole, y);
        let half = self.div(y, &two);
        let whole_half = self.same("math.floor", &[&half]);
        let uneven = self.compare("arith.cmpf one", &whole_half, &half);
        let odd = self.both(&is_whole, &uneven);
        let signed = self.same("math.copysign", &[&value, x]);
        let value = self.select(&odd, &signed, &value);
        let negative = self.compare("arith.cmpf olt", x, &zero);
        let finite = self.compare("arith.cmpf one", &size, &infinity);
        let broken = self.compare("arith.cmpf une", &whole, y);
        let undefined = self.both(&negative, &broken);
        let undefined = self.both(&undefined, &finite);
        let value = self.select(&undefined, &nan, &value);
        let unknown = self.compare("arith.cmpf uno", x, y);
        let value = self.select(&unknown, &nan, &value);
        let (flat, unit) =
            (self.compare("arith.cmpf oeq", y, &zero), self.compare("arith.cmpf oeq", x, &one));
        let constant = self.either(&flat, &unit);
        self.select(&constant, &one, &value)
    }

    /// The remainder of a division toward zero: long division, bit by bit, which is exact.
    fn remainder(&mut self, x: &Val, y: &Val) -> Val {
        let (size, by) = (self.same("math.absf", &[x]), self.same("math.absf", &[y]));
        let (infinity, nan) = (self.float(f64::INFINITY, x), self.float(f64::NAN, x));
        let zero = self.float(0.0, x);
        let (mantissa, exponent) = self.parts(&size);
        let (divisor, least) = self.parts(&by);
        let (none, one) = (self.int(0), self.int(1));
        let steps = self.same("arith.subi", &[&exponent, &least]);
        let steps = self.same("arith.maxsi", &[&steps, &none]);
        let rest = self.for_loop(&none, &steps, &one, &[mantissa], |e, _, values| {
            let rest = e.less(&values[0], &divisor);
            vec![e.same("arith.addi", &[&rest, &rest])]
        });
        let rest = self.less(&rest[0], &divisor);
        let value = self.define(DType::F64, 1, &format!("arith.sitofp {} : i64 to f64", rest.name));
        // Times 2^(least - 1075), in two steps, since that may be no normal number.
        let (bias, shift) = (self.int(1023), self.int(52));
        let scale = self.int(1075);
        let power = self.same("arith.subi", &[&least, &scale]);
        let first = self.same("arith.shrsi", &[&power, &one]);
        let second = self.same("arith.subi", &[&power, &first]);
        let mut scaled = value;
        for part in [first, second] {
            let biased = self.same("arith.addi", &[&part, &bias]);
            let bits = self.same("arith.shli", &[&biased, &shift]);
            let factor = self.define(DType::F64, 1, &format!("arith.bitcast {} : i64 to f64", bits.name));
            scaled = self.mul(&scaled, &factor);
        }
        let smaller = self.compare("arith.cmpf olt", &size, &by);
        let value = self.select(&smaller, &size, &scaled);
        let value = self.same("math.copysign", &[&value, x]);
        let endless = self.compare("arith.cmpf oeq", &size, &infinity);
        let by_zero = self.compare("arith.cmpf oeq", &by, &zero);
        let unknown = self.compare("arith.cmpf uno", x, y);
        let bad = self.either(&endless, &by_zero);
        let bad = self.either(&bad, &unknown);
        self.select(&bad, &nan, &value)
    }

    /// `x` less `y` where that is not negative.
    fn less(&mut self, x: &Val, y: &Val) -> Val {
        let difference = self.same("arith.subi", &[x, y]);
        let fits = self.compare("arith.cmpi uge", x, y);
        self.select(&fits, &difference, x)
    }

    /// The mantissa of a positive double as an integer, and its exponent, at least 1, above that of the last bit of the least.
    fn parts(&mut self, x: &Val) -> (Val, Val) {
        let bits = self.define(DType::I64, 1, &format!("arith.bitcast {} : f64 to i64", x.name));
        let (shift, mask, hidden) = (self.int(52), self.int((1 << 52) - 1), self.int(1 << 52));
        let (zero, one) = (self.int(0), self.int(1));
        let exponent = self.same("arith.shrui", &[&bits, &shift]);
        let mantissa = self.same("arith.andi", &[&bits, &mask]);
        let full = self.same("arith.ori", &[&mantissa, &hidden]);
        let subnormal = self.compare("arith.cmpi eq", &exponent, &zero);
        let mantissa = self.select(&subnormal, &mantissa, &full);
        (mantissa, self.same("arith.maxsi", &[&exponent, &one]))
    }

    /// A power of integers, which wraps; a negative power is 0 unless the base is 1 or -1.
    fn integer_power(&mut self, x: &Val, y: &Val) -> Val {
        let (zero, one, minus, bits) = (self.int(0), self.int(1), self.int(-1), self.int(64));
        let start = [one.clone(), x.clone(), y.clone()];
        let values = self.for_loop(&zero, &bits, &one, &start, |e, _, values| {
            let (result, square, rest) = (&values[0], &values[1], &values[2]);
            let bit = e.same("arith.andi", &[rest, &one]);
            let set = e.compare("arith.cmpi ne", &bit, &zero);
            let product = e.same("arith.muli", &[result, square]);
            let result = e.select(&set, &product, result);
            let square = e.same("arith.muli", &[square, square]);
            vec![result, square, e.same("arith.shrui", &[rest, &one])]
        });
        let bit = self.same("arith.andi", &[y, &one]);
        let odd = self.compare("arith.cmpi ne", &bit, &zero);
        let alternating = self.select(&odd, &minus, &one);
        let is_minus = self.compare("arith.cmpi eq", x, &minus);
        let is_one = self.compare("arith.cmpi eq", x, &one);
        let inverse = self.select(&is_minus, &alternating, &zero);
        let inverse = self.select(&is_one, &one, &inverse);
        let negative = self.compare("arith.cmpi slt", y, &zero);
        self.select(&negative, &inverse, &values[0])
    }

    /// What `f` makes of scalars, lane by lane.
    pub(super) fn by_lane(
        &mut self,
        args: &[Val],
        f: &mut dyn FnMut(&mut Self, &[Val]) -> Option<Val>,
    ) -> Option<Val> {
        let lanes = args[0].lanes;
        if lanes == 1 {
            return f(self, args);
        }
        let mut all: Option<Val> = None;
        for lane in 0..lanes {
            let part = |e: &mut Self, a: &Val| {
                let element = register(a.dtype);
                e.define(
                    a.dtype,
                    1,
                    &format!("vector.extract {}[{lane}] : {element} from {}", a.name, a.ty()),
                )
            };
            let parts: Vec<Val> = args.iter().map(|a| part(self, a)).collect();
            let value = f(self, &parts)?;
            let before = all.unwrap_or_else(|| self.spread(&value, lanes));
            let (element, ty) = (register(value.dtype), before.ty());
            let text =
                format!("vector.insert {}, {} [{lane}] : {element} into {ty}", value.name, before.name);
            all = Some(self.define(value.dtype, lanes, &text));
        }
        all
    }

    /// Sine, cosine or tangent of an `f32` of at least 2^25: the fraction of `|x| * 2/π` by as many bits of 2/π as matter (Payne and
    /// Hanek 1983).
    pub(super) fn large_circular(&mut self, op: ScalarOp, x: &Val) -> Val {
        let size = self.same("math.absf", &[x]);
        let bits = self.define(DType::I32, 1, &format!("arith.bitcast {} : f32 to i32", size.name));
        let bits = self.cast(&bits, DType::I64);
        let (low, hidden) = (self.int((1 << 23) - 1), self.int(1 << 23));
        let mantissa = self.same("arith.andi", &[&bits, &low]);
        let mantissa = self.same("arith.ori", &[&mantissa, &hidden]);
        // |x| is mantissa * 2^(skipped + 2); that many bits of 2/π make whole turns.
        let (shift, bias) = (self.int(23), self.int(152));
        let exponent = self.same("arith.shrui", &[&bits, &shift]);
        let skipped = self.same("arith.subi", &[&exponent, &bias]);
        let (five, within, word_bits) = (self.int(5), self.int(31), self.int(32));
        let first = self.same("arith.shrui", &[&skipped, &five]);
        let within = self.same("arith.andi", &[&skipped, &within]);
        let words: Vec<Val> = (0..4).map(|k| self.word(&first, k)).collect();
        let window: Vec<Val> = words
            .windows(2)
            .map(|pair| {
                let high = self.same("arith.shli", &[&pair[0], &word_bits]);
                let both = self.same("arith.ori", &[&high, &pair[1]]);
                let moved = self.same("arith.shli", &[&both, &within]);
                self.same("arith.shrui", &[&moved, &word_bits])
            })
            .collect();
        let products: Vec<Val> = window.iter().map(|w| self.same("arith.muli", &[&mantissa, w])).collect();
        let high = self.same("arith.shli", &[&products[0], &word_bits]);
        let last = self.same("arith.shrui", &[&products[2], &word_bits]);
        let sum = self.same("arith.addi", &[&high, &products[1]]);
        let turns = self.same("arith.addi", &[&sum, &last]);
        // The two bits at the top are the quadrant; the rest is rounded to the nearest one.
        let (half, top) = (self.int(1 << 61), self.int(62));
        let rounded = self.same("arith.addi", &[&turns, &half]);
        let quadrant = self.same("arith.shrui", &[&rounded, &top]);
        let whole = self.same("arith.shli", &[&quadrant, &top]);
        let rest = self.same("arith.subi", &[&turns, &whole]);
        let rest = self.define(DType::F64, 1, &format!("arith.sitofp {} : i64 to f64", rest.name));
        let unit = self.float(FRAC_PI_2 / (1u64 << 62) as f64, &rest);
        let r = self.mul(&rest, &unit);
        let r = if op == ScalarOp::Tan { r } else { self.cast(&r, DType::F32) };
        let quadrant = self.cast(&quadrant, DType::I32);
        let value = self.circular_of_quadrant(op, &r, quadrant);
        let value = self.cast(&value, DType::F32);
        let value = match op {
            ScalarOp::Sin | ScalarOp::Tan => {
                let minus = self.same("arith.negf", &[&value]);
                let zero = self.float(0.0, x);
                let negative = self.compare("arith.cmpf olt", x, &zero);
                self.select(&negative, &minus, &value)
            }
            _ => value,
        };
        // NaN for infinity.
        let nothing = self.sub(x, x);
        self.add(&value, &nothing)
    }

    /// Word `first + k` of 2/π, `first` at most 3.
    fn word(&mut self, first: &Val, k: usize) -> Val {
        let mut word = self.int(TWO_OVER_PI[k + 3]);
        for at in (0..3).rev() {
            let (number, value) = (self.int(at as i64), self.int(TWO_OVER_PI[k + at]));
            let here = self.compare("arith.cmpi eq", first, &number);
            word = self.select(&here, &value, &word);
        }
        word
    }
}
