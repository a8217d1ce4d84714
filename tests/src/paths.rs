//! Every path through a program, as lists of sides to force: each gate both ways, loops to three trips.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How often one gate may be passed on a path before it is no longer turned.
pub const TRIPS_MAX: usize = 3;

/// A gate's passage: which gate of the program, and the side.
pub type Step = (u32, bool);

/// Explores paths breadth first. Ask [`Explorer::next`] for sides to force, run, and report the path with
/// [`Explorer::ran`].
pub struct Explorer {
    queue: VecDeque<Vec<bool>>,
    left: usize,
    sides: BTreeMap<u32, BTreeSet<bool>>,
    paths: BTreeSet<Vec<bool>>,
}

impl Explorer {
    /// Explores at most `limit` paths.
    pub fn new(limit: usize) -> Explorer {
        Explorer { queue: VecDeque::from([vec![]]), left: limit, sides: BTreeMap::new(), paths: BTreeSet::new() }
    }

    /// The sides to force in the next run.
    pub fn next(&mut self) -> Option<Vec<bool>> {
        self.left = self.left.checked_sub(1)?;
        self.queue.pop_front()
    }

    /// Reports the path that a run with these sides forced has taken. Gates behind the forced ones are turned, each in a
    /// run of its own, unless they have been passed [`TRIPS_MAX`] times.
    pub fn ran(&mut self, forced: &[bool], path: &[Step]) {
        let sides: Vec<bool> = path.iter().map(|&(_, side)| side).collect();
        let mut passed: BTreeMap<u32, usize> = BTreeMap::new();
        for (at, &(gate, side)) in path.iter().enumerate() {
            self.sides.entry(gate).or_default().insert(side);
            let times = passed.entry(gate).or_default();
            *times += 1;
            if at >= forced.len() && *times <= TRIPS_MAX {
                let mut turned = sides[..at].to_vec();
                turned.push(!side);
                // A side that no path has taken yet goes first.
                if self.sides[&gate].contains(&!side) {
                    self.queue.push_back(turned);
                } else {
                    self.queue.push_front(turned);
                }
            }
        }
        self.paths.insert(sides);
    }

    /// How many distinct paths have been run.
    pub fn paths(&self) -> usize {
        self.paths.len()
    }

    /// Gates of `0..gates` with a side that no run has taken.
    pub fn missed(&self, gates: usize) -> Vec<u32> {
        (0..gates as u32).filter(|gate| self.sides.get(gate).is_none_or(|sides| sides.len() < 2)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `if a: …; while b: …` explored: both sides of `a`, and up to three trips.
    #[test]
    fn both_sides_and_three_trips() {
        let mut explorer = Explorer::new(1000);
        while let Some(forced) = explorer.next() {
            let mut sides = forced.iter().copied();
            let mut path = vec![(0, sides.next().unwrap_or(false))];
            loop {
                let side = sides.next().unwrap_or(false);
                path.push((1, side));
                if !side {
                    break;
                }
            }
            explorer.ran(&forced, &path);
        }
        assert_eq!(explorer.missed(2), Vec::<u32>::new());
        // Two sides of the first gate, and 0 to 3 trips of the loop.
        assert_eq!(explorer.paths(), 8);
    }
}
