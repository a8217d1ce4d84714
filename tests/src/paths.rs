//! Every path through a net, as gates to force: each gate both ways, loops to three trips.

use braid_ir::{BlockId, Net, Terminator};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

/// How often one gate may be passed on a path before it is no longer turned.
pub const TRIPS_MAX: usize = 3;

/// A gate's passage: the block that ends in it, and the side.
pub type Step = (BlockId, bool);

/// Explores paths breadth first. Ask [`Explorer::next`] for steps to force, run, and report the path with
/// [`Explorer::ran`].
pub struct Explorer {
    queue: VecDeque<Vec<Step>>,
    left: usize,
    sides: BTreeMap<BlockId, BTreeSet<bool>>,
    paths: BTreeSet<Vec<Step>>,
}

impl Explorer {
    /// Explores at most `limit` paths.
    pub fn new(limit: usize) -> Explorer {
        Explorer {
            queue: VecDeque::from([vec![]]),
            left: limit,
            sides: BTreeMap::new(),
            paths: BTreeSet::new(),
        }
    }

    /// The steps to force in the next run.
    pub fn next_path(&mut self) -> Option<Vec<Step>> {
        self.left = self.left.checked_sub(1)?;
        self.queue.pop_front()
    }

    /// Reports the path that a run with these steps forced has taken. Gates behind the forced ones are turned, each in a
    /// run of its own, unless they have been passed [`TRIPS_MAX`] times.
    pub fn ran(&mut self, forced: &[Step], path: &[Step]) {
        let mut passed: BTreeMap<BlockId, usize> = BTreeMap::new();
        for (at, &(gate, side)) in path.iter().enumerate() {
            self.sides.entry(gate).or_default().insert(side);
            let times = passed.entry(gate).or_default();
            *times += 1;
            if at >= forced.len() && *times <= TRIPS_MAX {
                let mut turned = path[..at].to_vec();
                turned.push((gate, !side));
                // A side that no path has taken yet goes first.
                if self.sides[&gate].contains(&!side) {
                    self.queue.push_back(turned);
                } else {
                    self.queue.push_front(turned);
                }
            }
        }
        self.paths.insert(path.to_vec());
    }

    /// How many distinct paths have been run.
    pub fn paths(&self) -> usize {
        self.paths.len()
    }

    /// How many sides of this net's gates have been taken, and how many there are.
    pub fn coverage(&self, net: &Net) -> (usize, usize) {
        let gates = gates(net);
        let taken = gates.iter().filter_map(|gate| self.sides.get(gate)).map(BTreeSet::len).sum();
        (taken, 2 * gates.len())
    }
}

/// Blocks that can be reached and end in a gate.
fn gates(net: &Net) -> Vec<BlockId> {
    let mut seen = BTreeSet::from([Net::ENTRY]);
    let mut open = vec![Net::ENTRY];
    while let Some(block) = open.pop() {
        open.extend(
            net.block(block).end.edges().iter().map(|edge| edge.block).filter(|&next| seen.insert(next)),
        );
    }
    seen.into_iter().filter(|&block| matches!(net.block(block).end, Terminator::Branch { .. })).collect()
}

/// The steps as the interpreter takes them: per gate, the sides of its visits.
pub fn by_gate(steps: &[Step]) -> HashMap<BlockId, Vec<bool>> {
    let mut forced: HashMap<BlockId, Vec<bool>> = HashMap::new();
    for &(gate, side) in steps {
        forced.entry(gate).or_default().push(side);
    }
    forced
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `if a: …; while b: …` explored: both sides of `a`, and up to three trips.
    #[test]
    fn both_sides_and_three_trips() {
        let mut explorer = Explorer::new(1000);
        while let Some(forced) = explorer.next_path() {
            let mut sides = forced.iter().map(|&(_, side)| side);
            let mut path = vec![(BlockId(0), sides.next().unwrap_or(false))];
            loop {
                let side = sides.next().unwrap_or(false);
                path.push((BlockId(1), side));
                if !side {
                    break;
                }
            }
            explorer.ran(&forced, &path);
        }
        // Two sides of the first gate, and 0 to 3 trips of the loop.
        assert_eq!(explorer.paths(), 8);
    }
}
