//! Moves what only one side of a gate needs onto that side.
//!
//! Networks often compute a block first and ask afterwards whether to use it. What is moved runs once each time its side is
//! taken, and not at all on the other: never more often than before. Random draws, routines, and what may be refused when
//! it runs stay, since the other side would notice. (Partial dead code elimination after Knoop, Rüthing and Steffen, PLDI
//! 1994, for one gate at a time.)

use crate::analysis::{Dominance, homes, requirements};
use crate::editor::Editor;
use braid_ir::ops::{Effects, OpDef};
use braid_ir::text::op_text;
use braid_ir::{BlockId, Edge, Net, OpId, Terminator, ValueId};
use std::collections::{HashMap, HashSet};

/// Sinks below every gate, outer ones first, so that what is moved may be moved on.
pub fn sink(net: &mut Net, events: &mut crate::Events) {
    let dominance = Dominance::new(net);
    let order = dominance.order.clone();
    let uses = Uses::of(net);
    let named: HashSet<ValueId> = net.value_syms().into_keys().collect();
    let mut sinking =
        Sinking { editor: Editor::new(net, events), dominance, uses, named, before: HashMap::new() };
    for block in order {
        if matches!(sinking.editor.net().block(block).end, Terminator::Branch { .. }) {
            sinking.gate(block);
        }
    }
}

/// Who uses a value.
struct Uses {
    by_ops: HashMap<ValueId, Vec<OpId>>,
    by_ends: HashMap<ValueId, Vec<BlockId>>,
    /// The block that an operator is in.
    homes: HashMap<OpId, BlockId>,
}

impl Uses {
    fn of(net: &Net) -> Uses {
        let mut uses = Uses { by_ops: HashMap::new(), by_ends: HashMap::new(), homes: homes(net) };
        for block in net.block_ids() {
            for &id in &net.block(block).ops {
                for &operand in &net.op(id).operands {
                    uses.by_ops.entry(operand).or_default().push(id);
                }
            }
            for value in net.block(block).end.uses() {
                uses.by_ends.entry(value).or_default().push(block);
            }
        }
        uses
    }
}

/// A side of a gate.
struct Side {
    /// Which edge of the gate: 0 where the condition holds.
    index: usize,
    /// The block that the edge leads to, if nothing else does.
    own: Option<BlockId>,
    /// The block that was put into the edge, if one was.
    between: Option<BlockId>,
}

struct Sinking<'a> {
    editor: Editor<'a>,
    /// Of the net as it was: blocks put into edges are not in it.
    dominance: Dominance,
    uses: Uses,
    /// Values that a symbol stands for: types and attributes may mention them anywhere.
    named: HashSet<ValueId>,
    /// The one predecessor of each block that was put into an edge.
    before: HashMap<BlockId, BlockId>,
}

impl Sinking<'_> {
    fn gate(&mut self, block: BlockId) {
        let net = self.editor.net();
        let targets: Vec<BlockId> = net.block(block).end.edges().iter().map(|edge| edge.block).collect();
        let own = |target: BlockId| (self.dominance.predecessors(target).len() == 1).then_some(target);
        let mut sides: Vec<Side> = targets
            .iter()
            .enumerate()
            .map(|(index, &target)| Side { index, own: own(target), between: None })
            .collect();
        for id in net.block(block).ops.clone().into_iter().rev() {
            if !self.may_move(id) {
                continue;
            }
            let used = |side: &Side| self.used_within(id, block, side);
            let Some(which) = sides.iter().position(used) else { continue };
            let target = self.target(id, block, &mut sides[which]);
            let op = self.editor.net().op(id).clone();
            self.editor
                .record("one-sided", op.loc, |net| (op_text(net, &op), format!("the same, in {target}")));
            let net = self.editor.net_mut();
            net.block_mut(block).ops.retain(|&other| other != id);
            net.block_mut(target).ops.insert(0, id);
            self.uses.homes.insert(id, target);
        }
    }

    fn may_move(&self, id: OpId) -> bool {
        let net = self.editor.net();
        let op = net.op(id);
        let pure = match op.spec.def {
            OpDef::Loops(_) | OpDef::Composite(_) => op.spec.effects == Effects::Pure,
            OpDef::Host { .. } => op.host_term().is_some(),
            OpDef::Opaque { .. } => false,
        };
        if !pure || op.results.iter().any(|result| self.named.contains(result)) {
            return false;
        }
        // What inference leaves open is checked before the operator, on either side of the gate.
        requirements(net, id).is_some_and(|open| open.is_empty())
    }

    /// Whether an operator of the gate's block is used at all, and on this side alone.
    fn used_within(&self, id: OpId, gate: BlockId, side: &Side) -> bool {
        let net = self.editor.net();
        let mut used = false;
        for result in &net.op(id).results {
            for user in self.uses.by_ops.get(result).into_iter().flatten() {
                // An operator that was in no block then is in none now.
                let Some(&home) = self.uses.homes.get(user) else { continue };
                if !self.is_within(home, side) {
                    return false;
                }
                used = true;
            }
            for &end in self.uses.by_ends.get(result).into_iter().flatten() {
                if end == gate {
                    let Terminator::Branch { condition, .. } = &net.block(gate).end else { return false };
                    let passed = |edge: &Edge| edge.args.contains(result);
                    let edges = net.block(gate).end.edges();
                    if condition == result || passed(edges[1 - side.index]) {
                        return false;
                    }
                } else if !self.is_within(end, side) {
                    return false;
                }
                used = true;
            }
        }
        used
    }

    /// Whether the side was taken wherever this block runs.
    fn is_within(&self, block: BlockId, side: &Side) -> bool {
        if side.between == Some(block) {
            return true;
        }
        let block = self.before.get(&block).copied().unwrap_or(block);
        side.own.is_some_and(|own| self.dominance.dominates(own, block))
    }

    /// The block of the side that an operator moves to: the one that the edge leads to, unless the edge itself passes what
    /// the operator computes, or the block is reached on other ways too.
    fn target(&mut self, id: OpId, gate: BlockId, side: &mut Side) -> BlockId {
        let net = self.editor.net();
        let users = |result: &ValueId| self.uses.by_ops.get(result).into_iter().flatten();
        let on_edge = net.op(id).results.iter().any(|result| {
            net.block(gate).end.edges()[side.index].args.contains(result)
                || side.between.is_some_and(|between| {
                    net.block(between).end.uses().contains(result)
                        || users(result).any(|user| self.uses.homes.get(user) == Some(&between))
                })
        });
        if let Some(own) = side.own.filter(|_| !on_edge) {
            return own;
        }
        if let Some(between) = side.between {
            return between;
        }
        let net = self.editor.net_mut();
        let loc = net.block(gate).loc;
        let between = net.add_block(loc);
        let empty = Edge { block: between, args: vec![] };
        let edge = std::mem::replace(net.block_mut(gate).end.edges_mut()[side.index], empty);
        for &value in &edge.args {
            self.uses.by_ends.entry(value).or_default().push(between);
        }
        net.block_mut(between).end = Terminator::Jump(edge);
        self.before.insert(between, gate);
        side.between = Some(between);
        between
    }
}
