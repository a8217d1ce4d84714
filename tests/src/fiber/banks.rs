//! Banks of workgroup memory: how often it is passed through for what a warp asks for at a time. In one pass each of the 32 banks gives or
//! takes one word; so many lanes as 128 bytes have share a pass if no bank is asked for two different words.

use super::warp::LANES;
use std::collections::HashMap;

/// Words of 4 bytes that workgroup memory gives or takes at a time.
const BANKS: u64 = 32;

/// Passes through workgroup memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Passes {
    /// As many as there are.
    pub made: u64,
    /// As many as there would be without conflicts.
    pub needed: u64,
}

/// What the threads of a workgroup ask for: the accesses of a warp's lanes from one site, each lane's `n`-th together.
#[derive(Debug, Default)]
pub struct Watch {
    seen: HashMap<(usize, u32, u32), Vec<(usize, u64, u64)>>,
    counts: HashMap<(usize, u32), u32>,
    whole: Passes,
}

impl Watch {
    /// An access of a thread to so many bytes at an offset.
    pub fn note(&mut self, thread: usize, site: u32, offset: u64, bytes: u64) {
        let count = self.counts.entry((thread, site)).or_default();
        let lanes = self.seen.entry((thread / LANES, site, *count)).or_default();
        lanes.push((thread % LANES, offset, bytes));
        *count += 1;
    }

    /// Eight rows of 16 bytes that a warp accesses as a matrix.
    pub fn matrix(&mut self, rows: &[u64]) {
        let lanes: Vec<_> = rows.iter().enumerate().map(|(lane, &offset)| (lane, offset, 16)).collect();
        self.whole.add(passes(&lanes));
    }

    /// All passes.
    pub fn passes(&self) -> Passes {
        let mut sum = self.whole;
        self.seen.values().for_each(|lanes| sum.add(passes(lanes)));
        sum
    }
}

impl Passes {
    fn add(&mut self, other: Passes) {
        self.made += other.made;
        self.needed += other.needed;
    }
}

/// The passes for one access of a warp: lanes, offsets and lengths.
fn passes(lanes: &[(usize, u64, u64)]) -> Passes {
    let bytes = lanes.iter().map(|lane| lane.2).max().unwrap_or(4);
    let each = (4 * BANKS / bytes.max(4)).max(1) as usize;
    let mut sum = Passes::default();
    for first in (0..LANES).step_by(each) {
        let mut words: Vec<u64> = lanes
            .iter()
            .filter(|(lane, ..)| (first..first + each).contains(lane))
            .flat_map(|&(_, offset, bytes)| offset / 4..(offset + bytes).div_ceil(4))
            .collect();
        words.sort_unstable();
        words.dedup();
        let mut banks = [0; BANKS as usize];
        words.iter().for_each(|word| banks[(word % BANKS) as usize] += 1);
        sum.made += banks.into_iter().max().unwrap_or(0);
        sum.needed += (words.len() as u64).div_ceil(BANKS);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: u64, offset: impl Fn(u64) -> u64) -> (u64, u64) {
        let mut watch = Watch::default();
        (0..32).for_each(|lane| watch.note(lane, 1, offset(lane as u64), bytes));
        let Passes { made, needed } = watch.passes();
        (made, needed)
    }

    #[test]
    fn neighbours_share_a_pass() {
        assert_eq!(of(4, |lane| 4 * lane), (1, 1));
        assert_eq!(of(16, |lane| 16 * lane), (4, 4));
        assert_eq!(of(4, |_| 64), (1, 1));
    }

    #[test]
    fn words_of_one_bank_do_not() {
        assert_eq!(of(4, |lane| 128 * lane), (32, 1));
        assert_eq!(of(4, |lane| 8 * lane), (2, 1));
        assert_eq!(of(16, |lane| 64 * lane), (16, 4));
    }
}
