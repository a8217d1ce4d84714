//! The random generator of compiled programs: Philox4x32-10 (Salmon et al., SC 2011), a counter that is encrypted.
//!
//! A program numbers its draws: the k-th random routine that runs (from 0) is draw k. Element `i` (row-major position) of
//! draw `k` under a seed depends on nothing else:
//!
//! - counter = (low half of `i`, high half of `i`, low half of `k`, high half of `k`), key = (low half of the seed, high half);
//! - ten rounds give the words `w0 w1 w2 w3`.
//!
//! The table of operators specifies the same; that programs and the reference interpreter draw alike is tested.

use crate::tensor::DType;

/// A seed, and how many draws have been made.
#[derive(Clone, Debug)]
pub(crate) struct Random {
    seed: u64,
    draws: u64,
}

const TWO_TO_MINUS_53: f64 = 1.0 / (1u64 << 53) as f64;

impl Random {
    /// The generator of a seed.
    pub(crate) fn new(seed: u64) -> Random {
        Random { seed, draws: 0 }
    }

    /// Begins the next draw.
    pub(crate) fn draw(&mut self) -> Draw {
        self.draws += 1;
        Draw { seed: self.seed, number: self.draws - 1 }
    }
}

/// One draw.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draw {
    seed: u64,
    number: u64,
}

impl Draw {
    fn words(self, element: u64) -> [u32; 4] {
        philox(
            [element as u32, (element >> 32) as u32, self.number as u32, (self.number >> 32) as u32],
            [self.seed as u32, (self.seed >> 32) as u32],
        )
    }

    /// An element uniform in [0, 1), with as many bits as the type holds, so that rounding never yields 1.
    pub(crate) fn uniform(self, element: u64, dtype: DType) -> f64 {
        let w = self.words(element);
        match dtype {
            DType::F64 => bits53(w[0], w[1]) as f64 * TWO_TO_MINUS_53,
            DType::F32 => f64::from(w[0] >> 8) / (1u64 << 24) as f64,
            _ => f64::from(w[0] >> 24) / 256.0,
        }
    }

    /// An element of the standard normal distribution (Box and Muller).
    pub(crate) fn normal(self, element: u64, _: DType) -> f64 {
        let w = self.words(element);
        let u1 = (bits53(w[0], w[1]) + 1) as f64 * TWO_TO_MINUS_53;
        let u2 = bits53(w[2], w[3]) as f64 * TWO_TO_MINUS_53;
        (-2.0 * u1.ln()).sqrt() * (2.0 * std::f64::consts::PI * u2).cos()
    }
}

/// The top 53 bits of two words.
fn bits53(low: u32, high: u32) -> u64 {
    (u64::from(high) << 32 | u64::from(low)) >> 11
}

fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for round in 0..10 {
        if round > 0 {
            key = [key[0].wrapping_add(0x9E37_79B9), key[1].wrapping_add(0xBB67_AE85)];
        }
        let low = u64::from(counter[0]) * 0xD251_1F53;
        let high = u64::from(counter[2]) * 0xCD9E_8D57;
        counter = [
            (high >> 32) as u32 ^ counter[1] ^ key[0],
            high as u32,
            (low >> 32) as u32 ^ counter[3] ^ key[1],
            low as u32,
        ];
    }
    counter
}

#[cfg(test)]
mod tests {
    use super::philox;

    /// Known answers of the authors' Random123 distribution.
    #[test]
    fn philox_gives_the_known_answers() {
        assert_eq!(philox([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(
            philox([u32::MAX; 4], [u32::MAX; 2]),
            [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
        );
    }
}
