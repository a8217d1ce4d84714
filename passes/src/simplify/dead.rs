//! Removes operators and parameters that nothing needs.
//!
//! What is needed is marked from the roots, which are what the program returns, decides by, fails with and does besides
//! computing; so a value that a loop only carries around for itself goes, too.

use crate::editor::Editor;
use braid_ir::ops::Effects;
use braid_ir::text::op_text;
use braid_ir::{BlockId, Def, Net, OpId, SymDef, Terminator, ValueId};
use std::collections::{HashMap, HashSet};

pub(super) fn dead(editor: &mut Editor) {
    let live = mark(editor.net());
    let predecessors = editor.net().predecessors();
    for block in editor.net().reverse_postorder() {
        for op in editor.take_ops(block) {
            if live.ops.contains(&op) {
                editor.push_op(block, op);
            } else {
                let loc = editor.net().op(op).loc;
                editor.record("dead", loc, |net| (op_text(net, net.op(op)), String::new()));
            }
        }
        if block == Net::ENTRY {
            continue;
        }
        for index in (0..editor.net().block(block).params.len()).rev() {
            let param = editor.net().block(block).params[index];
            if !live.values.contains(&param) {
                let loc = editor.net().block(block).loc;
                editor.record("dead-param", loc, |_| (param.to_string(), String::new()));
                editor.remove_param(block, index, predecessors.get(&block).map_or(&[], |p| p));
            }
        }
    }
}

struct Live {
    ops: HashSet<OpId>,
    values: HashSet<ValueId>,
}

fn mark(net: &Net) -> Live {
    let predecessors = net.predecessors();
    let mut live = Live { ops: HashSet::new(), values: HashSet::new() };
    let mut stack: Vec<ValueId> = Vec::new();
    for block in net.reverse_postorder() {
        for &op in &net.block(block).ops {
            if net.op(op).spec.effects != Effects::Pure {
                mark_op(net, op, &mut live, &mut stack);
            }
        }
        match &net.block(block).end {
            Terminator::Branch { condition, .. } => stack.push(*condition),
            Terminator::Return(values) | Terminator::Fail { operands: values, .. } => stack.extend(values),
            Terminator::Jump(_) | Terminator::Open => {}
        }
    }
    while let Some(value) = stack.pop() {
        if !live.values.insert(value) {
            continue;
        }
        stack.extend(net.ty(value).syms().into_iter().filter_map(|sym| definer(net, sym)));
        match net.value(value).def {
            Def::Result(op, _) => mark_op(net, op, &mut live, &mut stack),
            Def::Param(block, index) => stack.extend(passed(net, &predecessors, block, index)),
            Def::Weight(_) => {}
        }
    }
    live
}

fn definer(net: &Net, sym: braid_ir::Sym) -> Option<ValueId> {
    match net.syms.get(&sym) {
        Some(SymDef::Value(value)) => Some(*value),
        _ => None,
    }
}

fn mark_op(net: &Net, op: OpId, live: &mut Live, stack: &mut Vec<ValueId>) {
    if live.ops.insert(op) {
        let op = net.op(op);
        stack.extend(&op.operands);
        stack.extend(op.syms().into_iter().filter_map(|sym| definer(net, sym)));
        // Every result counts: the types of all of them are inferred together.
        stack.extend(&op.results);
    }
}

/// What edges pass for a parameter.
fn passed(
    net: &Net,
    predecessors: &HashMap<BlockId, Vec<BlockId>>,
    block: BlockId,
    index: usize,
) -> Vec<ValueId> {
    let sources: HashSet<BlockId> = predecessors.get(&block).into_iter().flatten().copied().collect();
    let edges = sources.into_iter().flat_map(|from| net.block(from).end.edges());
    edges.filter(|edge| edge.block == block).map(|edge| edge.args[index]).collect()
}
