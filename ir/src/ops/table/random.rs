//! The program's random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011),
//! a counter-based generator. The runtime implements the same; this is the specification.
//!
//! A program numbers its draws: the k-th random operator that runs (from 0) is draw k. Element `i` (row-major position) of
//! draw `k` under `seed` depends on nothing else:
//!
//! - counter = (low 32 bits of `i`, high 32 bits of `i`, low 32 bits of `k`, high 32 bits of `k`);
//! - key = (low 32 bits of `seed`, high 32 bits of `seed`);
//! - ten rounds of Philox4x32 give the words `w0 w1 w2 w3`.
//!
//! Uniform: `u = ((w1 << 32 | w0) >> 11) * 2^-53` in `f64`; for `f32` `(w0 >> 8) * 2^-24`, for `f16` and `bf16` `(w0 >> 24) * 2^-8`,
//! so that rounding never yields 1. Normal (Box and Muller, in `f64`, rounded once):
//! `u1 = (((w1 << 32 | w0) >> 11) + 1) * 2^-53` in (0, 1], `u2 = ((w3 << 32 | w2) >> 11) * 2^-53`,
//! `sqrt(-2 ln u1) * cos(2 pi u2)`.

use crate::dtype::{DType, Scalar};

/// The four words of Philox4x32-10 for a counter and a key.
pub fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for round in 0..10 {
        if round > 0 {
            key[0] = key[0].wrapping_add(0x9E37_79B9);
            key[1] = key[1].wrapping_add(0xBB67_AE85);
        }
        let product0 = u64::from(counter[0]) * 0xD251_1F53;
        let product1 = u64::from(counter[2]) * 0xCD9E_8D57;
        counter = [
            (product1 >> 32) as u32 ^ counter[1] ^ key[0],
            product1 as u32,
            (product0 >> 32) as u32 ^ counter[3] ^ key[1],
            product0 as u32,
        ];
    }
    counter
}

fn words(seed: u64, draw: u64, element: u64) -> [u32; 4] {
    philox(
        [element as u32, (element >> 32) as u32, draw as u32, (draw >> 32) as u32],
        [seed as u32, (seed >> 32) as u32],
    )
}

const TWO_TO_MINUS_53: f64 = 1.0 / (1u64 << 53) as f64;

/// The top 53 bits of two words.
fn bits53(low: u32, high: u32) -> u64 {
    (u64::from(high) << 32 | u64::from(low)) >> 11
}

/// Element `element` of draw `draw`: uniform in [0, 1).
pub fn uniform(seed: u64, draw: u64, element: u64, dtype: DType) -> Scalar {
    let w = words(seed, draw, element);
    let value = match dtype {
        DType::F64 => bits53(w[0], w[1]) as f64 * TWO_TO_MINUS_53,
        DType::F32 => f64::from(w[0] >> 8) / (1u64 << 24) as f64,
        _ => f64::from(w[0] >> 24) / 256.0,
    };
    Scalar::from_f64(dtype, value)
}

/// Element `element` of draw `draw`: standard normal.
pub fn normal(seed: u64, draw: u64, element: u64, dtype: DType) -> Scalar {
    let w = words(seed, draw, element);
    let u1 = (bits53(w[0], w[1]) + 1) as f64 * TWO_TO_MINUS_53;
    let u2 = bits53(w[2], w[3]) as f64 * TWO_TO_MINUS_53;
    Scalar::from_f64(dtype, (-2.0 * u1.ln()).sqrt() * (2.0 * std::f64::consts::PI * u2).cos())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known answers of the Random123 distribution (`kat_vectors`, philox4x32 10).
    #[test]
    fn philox_gives_the_published_words() {
        assert_eq!(philox([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(
            philox([u32::MAX; 4], [u32::MAX; 2]),
            [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
        );
        assert_eq!(
            philox([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }

    #[test]
    fn moments_are_those_of_the_distributions() {
        let n = 20_000;
        let mean = |f: &dyn Fn(u64) -> f64| (0..n).map(f).sum::<f64>() / n as f64;
        let u = |i| uniform(7, 3, i, DType::F32).as_f64();
        let z = |i| normal(7, 3, i, DType::F64).as_f64();
        assert!((mean(&u) - 0.5).abs() < 0.01 && (mean(&|i| u(i) * u(i)) - 1.0 / 3.0).abs() < 0.01);
        assert!(mean(&z).abs() < 0.03 && (mean(&|i| z(i) * z(i)) - 1.0).abs() < 0.05);
    }
}
