//! The random generator of compiled programs.

/// Philox 4x32-10 (Salmon et al., SC 2011): a counter, encrypted. Draw number `n` of a seed is always the same, whatever
/// was drawn between.
#[derive(Clone, Debug)]
pub(crate) struct Random {
    key: [u32; 2],
    /// Number of draws made.
    drawn: u64,
}

impl Random {
    /// The generator of a seed.
    pub(crate) fn new(seed: u64) -> Random {
        Random { key: [seed as u32, (seed >> 32) as u32], drawn: 0 }
    }

    /// The next 32 bits.
    pub(crate) fn next(&mut self) -> u32 {
        let block = philox([(self.drawn >> 2) as u32, (self.drawn >> 34) as u32, 0, 0], self.key);
        let word = block[(self.drawn & 3) as usize];
        self.drawn += 1;
        word
    }
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
