//! Jump threading: where one predecessor of a block decides its gate, that predecessor gets a copy of the block and goes
//! on directly. A mask that is set on both sides of an `if` and tested afterwards becomes the `if` itself.
//!
//! A copy duplicates what the block computes (never what runs: each path still runs it once), so blocks with much in them
//! are left alone, and so are loop headers, whose copies would peel the loop.

use super::control::known_condition;
use crate::analysis::{Dominance, uniform};
use crate::editor::Editor;
use crate::repair::{BlockCopy, repair};
use braid_ir::eval::eval_op;
use braid_ir::ops::{Effects, Value};
use braid_ir::{BlockId, Edge, Net, Node, OpId, Scalar, SymDef, Tensor, Term, Terminator, ValueId};
use std::collections::HashMap;
use std::sync::Arc;

/// Operators in a block that may be copied.
const OPS_MAX: usize = 24;
/// Copies per net.
const COPIES_MAX: usize = 256;
/// Operators looked through to decide a gate.
const DEPTH_MAX: usize = 8;

/// How many copies were made.
#[derive(Default)]
pub(super) struct Budget {
    copies: usize,
}

pub(super) fn threading(editor: &mut Editor, budget: &mut Budget) {
    // One copy at a time: each changes what dominates what.
    while budget.copies < COPIES_MAX {
        let dominance = Dominance::new(editor.net());
        let Some((from, index, side)) = find(editor.net(), &dominance) else { break };
        budget.copies += 1;
        copy(editor, from, index, side);
    }
}

/// An edge (by its block and number) whose passing decides the gate of the block it leads to, and the side taken.
fn find(net: &Net, dominance: &Dominance) -> Option<(BlockId, usize, bool)> {
    for &block in &dominance.order {
        let Terminator::Branch { condition, .. } = net.block(block).end else { continue };
        let from = dominance.predecessors(block);
        let header = from.iter().any(|&p| dominance.dominates(block, p));
        if from.len() < 2 || header || net.block(block).ops.len() > OPS_MAX {
            continue;
        }
        for &pred in from {
            for (index, edge) in net.block(pred).end.edges().into_iter().enumerate() {
                let site = Site { net, dominance, block, pred, index, edge };
                if edge.block == block
                    && let Some(value) = site.value(condition, 0)
                {
                    return Some((pred, index, value.get(0).is_truthy()));
                }
            }
        }
    }
    None
}

/// An edge that a block is looked at from.
struct Site<'a> {
    net: &'a Net,
    dominance: &'a Dominance,
    block: BlockId,
    pred: BlockId,
    index: usize,
    edge: &'a Edge,
}

impl Site<'_> {
    /// The value when the block is entered by this edge, if it is then known.
    fn value(&self, value: ValueId, depth: usize) -> Option<Arc<Tensor>> {
        let net = self.net;
        if let Some(position) = net.block(self.block).params.iter().position(|&p| p == value) {
            return self.argument(self.edge.args[position]);
        }
        let Some((id, op)) = net.producer(value) else { return self.argument(value) };
        if !net.block(self.block).ops.contains(&id) {
            return self.argument(value);
        }
        if let Some(constant) =
            uniform(net, value).filter(|_| net.tensor_ty(value).is_some_and(|t| t.rank() == 0))
        {
            return Some(Arc::new(Tensor::scalar(constant)));
        }
        if let Some(term) = op.host_term() {
            return self.term(term).map(|constant| Arc::new(Tensor::scalar(constant)));
        }
        if depth == DEPTH_MAX
            || op.spec.effects != Effects::Pure
            || op.results.len() != 1
            || !op.syms().is_empty()
        {
            return None;
        }
        // Small things only: this is asked again and again.
        let small = |v: ValueId| {
            net.tensor_ty(v).and_then(|t| t.fixed_shape()).is_some_and(|s| s.iter().product::<usize>() <= 64)
        };
        if !op.operands.iter().chain(&op.results).all(|&v| small(v)) {
            return None;
        }
        let operands = op.operands.iter().map(|&v| self.value(v, depth + 1).map(Value::Tensor));
        let operands = operands.collect::<Option<Vec<Value>>>()?;
        match eval_op(op.spec, &operands, op.attrs.clone()).ok()?.pop()? {
            Value::Tensor(tensor) => Some(tensor),
            Value::Seq(_) => None,
        }
    }

    /// A value that is there at the end of the predecessor.
    fn argument(&self, value: ValueId) -> Option<Arc<Tensor>> {
        let net = self.net;
        if let Some(weight) = net.weight_of(value) {
            return Some(weight.data.clone());
        }
        if let Some(fill) = net.fill_of(value) {
            let shape = net.tensor_ty(value)?.fixed_shape()?;
            return (shape.iter().product::<usize>() <= 64)
                .then(|| Arc::new(Tensor::from_fn(fill.dtype(), shape, |_| fill)));
        }
        // The gate just passed, or one before it.
        let side = match &net.block(self.pred).end {
            Terminator::Branch { condition, yes, no } if *condition == value && yes != no => {
                Some(self.index == 0)
            }
            _ => known_condition(net, self.dominance, self.pred, value),
        };
        side.map(|side| Arc::new(Tensor::scalar(Scalar::Bool(side))))
    }

    /// A term with the symbols of the block's parameters replaced by what this edge passes.
    fn term(&self, term: Term) -> Option<Scalar> {
        let net = self.net;
        let syms = net.value_syms();
        let known = |sym| match net.syms.get(&sym)? {
            SymDef::Value(v) => {
                let position = net.block(self.block).params.iter().position(|p| p == v)?;
                net.term_of(self.edge.args[position], &syms)
            }
            SymDef::Input { .. } => None,
        };
        let map = term.syms().into_iter().filter_map(|s| Some((s, known(s)?))).collect::<HashMap<_, _>>();
        match term.subst_syms(&map).node() {
            Node::Const(constant) => Some(constant),
            _ => None,
        }
    }
}

/// Gives edge number `index` of `from` its own copy of the block it leads to, which goes on to one side.
fn copy(editor: &mut Editor, from: BlockId, index: usize, side: bool) {
    let edge = editor.net().block(from).end.edges()[index].clone();
    let block = edge.block;
    let loc = editor.net().block(block).loc;
    editor.record("thread", loc, |net| {
        (
            format!("{:?}", net.block(from).end),
            format!("a copy of {block} that goes {}", if side { "yes" } else { "no" }),
        )
    });
    let net = editor.net_mut();
    let copy = net.add_block(loc);
    let mut clone = BlockCopy::new(net, &edge);
    let ops: Vec<OpId> = net.block(block).ops.clone();
    for op in ops {
        clone.op(net, copy, op);
    }
    if let Terminator::Branch { yes, no, .. } = net.block(block).end.clone() {
        let target = if side { yes } else { no };
        let args = target.args.iter().map(|&v| clone.value(v)).collect();
        net.block_mut(copy).end = Terminator::Jump(Edge { block: target.block, args });
    }
    *net.block_mut(from).end.edges_mut()[index] = Edge { block: copy, args: vec![] };
    repair(net, block, copy, &clone);
}
