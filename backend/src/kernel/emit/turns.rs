//! Sine, cosine and tangent of doubles so large that their quarter turns are no double's to count, on devices.

use super::double::HALF_PI;
use super::*;

/// The bits of 2/π, a word of 32 of them each.
const TWO_OVER_PI: [i64; 37] = [
    0xA2F9836E, 0x4E441529, 0xFC2757D1, 0xF534DDC0, 0xDB629599, 0x3C439041, 0xFE5163AB, 0xDEBBC561,
    0xB7246E3A, 0x424DD2E0, 0x06492EEA, 0x09D1921C, 0xFE1DEB1C, 0xB129A73E, 0xE88235F5, 0x2EBB4484,
    0xE99C7026, 0xB45F7E41, 0x3991D639, 0x835339F4, 0x9C845F8B, 0xBDF9283B, 0x1FF897FF, 0xDE05980F,
    0xEF2F118B, 0x5A0A6D1F, 0x6D367ECF, 0x27CB09B7, 0x4F463F66, 0x9E5FEA2D, 0x7527BAC7, 0xEBE5F17B,
    0x3D0739F7, 0x8A5292EA, 0x6BFB5FB1, 0x1F8D5D08, 0x56033046,
];
/// Words of the product that count: two bits of whole quarter turns, 62 that may cancel, and what is left of a double.
const WORDS: usize = 6;

impl Emitter<'_> {
    /// Of a double of at least 2^24: the fraction of `|x| * 2/π` by as many bits of 2/π as matter (Payne and Hanek 1983).
    pub(super) fn large_circular_double(&mut self, op: ScalarOp, x: &Val) -> Val {
        let size = self.same("math.absf", &[x]);
        let bits = self.define(DType::I64, 1, &format!("arith.bitcast {} : f64 to i64", size.name));
        let (low, hidden) = (self.int((1 << 52) - 1), self.int(1 << 52));
        let mantissa = self.same("arith.andi", &[&bits, &low]);
        let mantissa = self.same("arith.ori", &[&mantissa, &hidden]);
        // |x| is mantissa * 2^(skipped - 30); with a word of zeros before them, so many bits of 2/π make whole turns.
        let exponent = self.shifted("arith.shrui", &bits, 52);
        let skipped = self.more(&exponent, 30 - 1075);
        let window = self.window(&skipped);
        let digits = self.digits_of_product(&mantissa, &window);
        let [high, rest] = [(5, 4), (3, 2)].map(|(upper, lower)| {
            let upper = self.shifted("arith.shli", &digits[upper], 32);
            self.same("arith.ori", &[&upper, &digits[lower]])
        });
        // The two bits at the top are the quadrant; the rest is rounded to the nearest one.
        let half = self.int(1 << 61);
        let rounded = self.same("arith.addi", &[&high, &half]);
        let quadrant = self.shifted("arith.shrui", &rounded, 62);
        let whole = self.shifted("arith.shli", &quadrant, 62);
        let high = self.same("arith.subi", &[&high, &whole]);
        let (r, low) = self.angle_of(&high, &rest);
        let (sin, cos) = self.sine_and_cosine(&r, &low);
        let quadrant = if op == ScalarOp::Cos { self.more(&quadrant, 1) } else { quadrant };
        let [swap, flip] = [1, 2].map(|bit| {
            let (bit, zero) = (self.int(bit), self.int(0));
            let bits = self.same("arith.andi", &[&quadrant, &bit]);
            self.compare("arith.cmpi ne", &bits, &zero)
        });
        let zero = self.float(0.0, x);
        let negative = self.compare("arith.cmpf olt", x, &zero);
        let value = self.select(&swap, &cos, &sin);
        let minus = self.same("arith.negf", &[&value]);
        let value = match op {
            ScalarOp::Tan => {
                let minus = self.same("arith.negf", &[&cos]);
                let (above, below) = (self.select(&swap, &minus, &sin), self.select(&swap, &sin, &cos));
                self.div(&above, &below)
            }
            _ => self.select(&flip, &minus, &value),
        };
        let minus = self.same("arith.negf", &[&value]);
        let value = if op == ScalarOp::Cos { value } else { self.select(&negative, &minus, &value) };
        // NaN for infinity.
        let nothing = self.sub(x, x);
        self.add(&value, &nothing)
    }

    fn shifted(&mut self, op: &str, x: &Val, by: i64) -> Val {
        let by = self.int(by);
        self.same(op, &[x, &by])
    }

    /// Words of 2/π behind so many bits, the last first.
    fn window(&mut self, skipped: &Val) -> Vec<Val> {
        let mut words: Vec<Val> = [0].iter().chain(&TWO_OVER_PI).map(|&word| self.int(word)).collect();
        for distance in [16, 8, 4, 2, 1] {
            let (bit, zero) = (self.int(32 * distance as i64), self.int(0));
            let set = self.same("arith.andi", &[skipped, &bit]);
            let moves = self.compare("arith.cmpi ne", &set, &zero);
            let kept = WORDS + distance;
            words = (0..kept.min(words.len() - distance))
                .map(|at| self.select(&moves, &words[at + distance], &words[at]))
                .collect();
        }
        let thirty_one = self.int(31);
        let within = self.same("arith.andi", &[skipped, &thirty_one]);
        let mut window = Vec::new();
        for pair in words.windows(2) {
            let high = self.shifted("arith.shli", &pair[0], 32);
            let both = self.same("arith.ori", &[&high, &pair[1]]);
            let moved = self.same("arith.shli", &[&both, &within]);
            window.push(self.shifted("arith.shrui", &moved, 32));
        }
        window.reverse();
        window
    }

    /// A number of 53 bits times one of [`WORDS`] words, the last first; as many words of the product.
    fn digits_of_product(&mut self, mantissa: &Val, words: &[Val]) -> Vec<Val> {
        let mask = self.int(0xffff_ffff);
        let (low, high) =
            (self.same("arith.andi", &[mantissa, &mask]), self.shifted("arith.shrui", mantissa, 32));
        let mut carry = self.int(0);
        let mut digits = Vec::new();
        for at in 0..words.len() {
            let mut sum = carry.clone();
            let mut above = self.int(0);
            let before = at.checked_sub(1).map(|before| (&words[before], &high));
            for (word, part) in [(&words[at], &low)].into_iter().chain(before) {
                let product = self.same("arith.muli", &[word, part]);
                let lower = self.same("arith.andi", &[&product, &mask]);
                let upper = self.shifted("arith.shrui", &product, 32);
                sum = self.same("arith.addi", &[&sum, &lower]);
                above = self.same("arith.addi", &[&above, &upper]);
            }
            digits.push(self.same("arith.andi", &[&sum, &mask]));
            let upper = self.shifted("arith.shrui", &sum, 32);
            carry = self.same("arith.addi", &[&above, &upper]);
        }
        digits
    }

    /// The angle of a signed number of 128 bits in units of 2^-126 quarter turns, in two parts.
    fn angle_of(&mut self, high: &Val, low: &Val) -> (Val, Val) {
        let (zero, ones) = (self.int(0), self.int(-1));
        let negative = self.compare("arith.cmpi slt", high, &zero);
        let minus_low = self.same("arith.subi", &[&zero, low]);
        let none = self.compare("arith.cmpi eq", low, &zero);
        let inverted = self.same("arith.xori", &[high, &ones]);
        let minus_high = self.same("arith.subi", &[&zero, high]);
        let minus_high = self.select(&none, &minus_high, &inverted);
        let high = self.select(&negative, &minus_high, high);
        let low = self.select(&negative, &minus_low, low);
        let double = |e: &mut Self, op: &str, n: &Val| {
            e.define(DType::F64, 1, &format!("arith.{op} {} : i64 to f64", n.name))
        };
        let first = double(self, "sitofp", &high);
        let back = self.define(DType::I64, 1, &format!("arith.fptosi {} : f64 to i64", first.name));
        let lost = self.same("arith.subi", &[&high, &back]);
        let (lost, behind) = (double(self, "sitofp", &lost), double(self, "uitofp", &low));
        let unit = self.float(2f64.powi(-64), &first);
        let second = self.same("math.fma", &[&behind, &unit, &lost]);
        // Where little is left of the first, the second says as much.
        let sum = self.add(&first, &second);
        let part = self.sub(&sum, &first);
        let second = self.sub(&second, &part);
        let turn = HALF_PI.map(|part| self.float(part * 2f64.powi(-62), &sum));
        let r = self.mul(&sum, &turn[0]);
        let minus = self.same("arith.negf", &[&r]);
        let rest = self.same("math.fma", &[&sum, &turn[0], &minus]);
        let rest = self.same("math.fma", &[&sum, &turn[1], &rest]);
        let rest = self.same("math.fma", &[&second, &turn[0], &rest]);
        let [minus_r, minus_rest] = [&r, &rest].map(|part| self.same("arith.negf", &[part]));
        (self.select(&negative, &minus_r, &r), self.select(&negative, &minus_rest, &rest))
    }
}
