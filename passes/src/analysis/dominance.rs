//! Dominators and natural loops.

use braid_ir::{BlockId, Def, Net, OpId, ValueId};
use std::collections::{BTreeSet, HashMap};

/// The dominator tree of the reachable blocks (Cooper, Harvey and Kennedy: iterate over reverse postorder).
#[derive(Debug)]
pub struct Dominance {
    /// Reachable blocks in reverse postorder.
    pub order: Vec<BlockId>,
    number: HashMap<BlockId, usize>,
    /// Immediate dominator of every block but the entry, by number in the order.
    parent: Vec<usize>,
    /// When a walk of the tree enters and leaves a block: a dominator's interval holds those of what it dominates.
    interval: Vec<(usize, usize)>,
    predecessors: HashMap<BlockId, Vec<BlockId>>,
}

impl Dominance {
    /// Computes the tree.
    pub fn new(net: &Net) -> Dominance {
        let order = net.reverse_postorder();
        let predecessors = net.predecessors();
        let number: HashMap<BlockId, usize> = order.iter().enumerate().map(|(i, &b)| (b, i)).collect();
        let mut parent: Vec<Option<usize>> = vec![None; order.len()];
        parent[0] = Some(0);
        let mut changed = true;
        while changed {
            changed = false;
            for (i, block) in order.iter().enumerate().skip(1) {
                let known = predecessors[block].iter().map(|p| number[p]).filter(|&p| parent[p].is_some());
                let meet = known.reduce(|mut a, mut b| {
                    while a != b {
                        let deeper = if a > b { &mut a } else { &mut b };
                        *deeper = parent[*deeper].expect("a numbered block has a parent");
                    }
                    a
                });
                if parent[i] != meet {
                    parent[i] = meet;
                    changed = true;
                }
            }
        }
        let parent: Vec<usize> =
            parent.into_iter().map(|p| p.expect("every block in the order is reachable")).collect();
        let interval = intervals(&parent);
        Dominance { order, number, parent, interval, predecessors }
    }

    /// Whether every path to `b` passes `a`. A block dominates itself; an unreachable one is dominated by nothing.
    pub fn dominates(&self, a: BlockId, b: BlockId) -> bool {
        let (Some(&a), Some(&b)) = (self.number.get(&a), self.number.get(&b)) else { return false };
        self.interval[a].0 <= self.interval[b].0 && self.interval[b].1 <= self.interval[a].1
    }

    /// The nearest other dominator.
    pub fn parent(&self, block: BlockId) -> Option<BlockId> {
        let &number = self.number.get(&block)?;
        (number > 0).then(|| self.order[self.parent[number]])
    }

    /// Blocks with an edge to `block`, once per edge.
    pub fn predecessors(&self, block: BlockId) -> &[BlockId] {
        self.predecessors.get(&block).map_or(&[], |p| p)
    }

    /// Natural loops: header and body, the header included, inner loops before outer ones.
    pub fn loops(&self) -> Vec<(BlockId, BTreeSet<BlockId>)> {
        let mut loops = Vec::new();
        for &header in self.order.iter().rev() {
            let latches: Vec<BlockId> =
                self.predecessors(header).iter().copied().filter(|&p| self.dominates(header, p)).collect();
            if latches.is_empty() {
                continue;
            }
            let mut body = BTreeSet::from([header]);
            let mut stack = latches;
            while let Some(block) = stack.pop() {
                if body.insert(block) {
                    stack.extend(self.predecessors(block));
                }
            }
            loops.push((header, body));
        }
        loops
    }
}

fn intervals(parent: &[usize]) -> Vec<(usize, usize)> {
    let mut children: Vec<Vec<usize>> = vec![vec![]; parent.len()];
    for (i, &up) in parent.iter().enumerate().skip(1) {
        children[up].push(i);
    }
    let mut interval = vec![(0, 0); parent.len()];
    let (mut time, mut stack) = (0, vec![(0, false)]);
    while let Some((block, done)) = stack.pop() {
        time += 1;
        if done {
            interval[block].1 = time;
        } else {
            interval[block].0 = time;
            stack.push((block, true));
            stack.extend(children[block].iter().map(|&child| (child, false)));
        }
    }
    interval
}

/// The block of every operator that is in one.
pub fn homes(net: &Net) -> HashMap<OpId, BlockId> {
    net.block_ids().flat_map(|b| net.block(b).ops.iter().map(move |&op| (op, b))).collect()
}

/// The block that defines a value; weights are defined everywhere.
pub fn home_of(net: &Net, homes: &HashMap<OpId, BlockId>, value: ValueId) -> Option<BlockId> {
    match net.value(value).def {
        Def::Param(block, _) => Some(block),
        Def::Result(op, _) => homes.get(&op).copied(),
        Def::Weight(_) => None,
    }
}
