//! Questions about and changes to a whole net that every pass needs.

use super::*;
use std::collections::{HashMap, HashSet};

impl Net {
    /// Blocks reachable from the entry, in reverse postorder (a block before its successors, but for back edges).
    pub fn reverse_postorder(&self) -> Vec<BlockId> {
        let mut seen = HashSet::from([Net::ENTRY]);
        let mut order = Vec::new();
        let mut stack = vec![(Net::ENTRY, 0)];
        while let Some((block, next)) = stack.pop() {
            let edges = self.block(block).end.edges();
            if next < edges.len() {
                stack.push((block, next + 1));
                let to = edges[next].block;
                if seen.insert(to) {
                    stack.push((to, 0));
                }
            } else {
                order.push(block);
            }
        }
        order.reverse();
        order
    }

    /// The predecessors of every block, a block once per edge.
    pub fn predecessors(&self) -> HashMap<BlockId, Vec<BlockId>> {
        let mut result: HashMap<BlockId, Vec<BlockId>> = HashMap::new();
        for block in self.reverse_postorder() {
            for edge in self.block(block).end.edges() {
                result.entry(edge.block).or_default().push(block);
            }
        }
        result
    }

    /// Rewrites every use of a value in operators and terminators.
    pub fn map_uses(&mut self, mut f: impl FnMut(ValueId) -> ValueId) {
        for op in &mut self.ops {
            for operand in &mut op.operands {
                *operand = f(*operand);
            }
        }
        for block in &mut self.blocks {
            match &mut block.end {
                Terminator::Branch { condition, .. } => *condition = f(*condition),
                Terminator::Return(values) => values.iter_mut().for_each(|v| *v = f(*v)),
                Terminator::Fail { operands, .. } => operands.iter_mut().for_each(|v| *v = f(*v)),
                _ => {}
            }
            for edge in block.end.edges_mut() {
                edge.args.iter_mut().for_each(|v| *v = f(*v));
            }
        }
    }

    /// Forgets everything added after the net had these lengths; `block` keeps its first `ops` operators and is open
    /// again. Used to take back an attempt.
    pub fn truncate(&mut self, mark: &Mark) {
        self.values.truncate(mark.values);
        self.ops.truncate(mark.ops);
        self.blocks.truncate(mark.blocks);
        self.guards.truncate(mark.guards);
        let values = mark.values;
        self.syms.retain(|_, def| match def {
            SymDef::Value(v) => v.index() < values,
            SymDef::Input { .. } => true,
        });
        let block = self.block_mut(mark.block);
        block.ops.truncate(mark.block_ops);
        block.end = Terminator::Open;
    }

    /// A point to [`Net::truncate`] to, with `block` the open block being filled. Weights are kept on truncation, so their
    /// values must exist before the mark or be added again.
    pub fn mark(&self, block: BlockId) -> Mark {
        Mark {
            values: self.values.len(),
            ops: self.ops.len(),
            blocks: self.blocks.len(),
            guards: self.guards.len(),
            block,
            block_ops: self.block(block).ops.len(),
        }
    }
}

/// A point in a net's construction.
#[derive(Clone, Debug)]
pub struct Mark {
    values: usize,
    ops: usize,
    blocks: usize,
    guards: usize,
    block: BlockId,
    block_ops: usize,
}
