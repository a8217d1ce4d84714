//! Blocks and edges: decided gates, parameters that are always the same, blocks that need not be.

use crate::analysis::{Dominance, uniform};
use crate::editor::Editor;
use braid_ir::{BlockId, Edge, Net, SymDef, Term, Terminator, ValueId};
use std::collections::{HashMap, HashSet};

pub(super) fn control(editor: &mut Editor) {
    gates(editor);
    params(editor);
    editor.flush();
    forward(editor);
    merge(editor);
}

/// The truth of a condition at the end of a block, if it is a constant or an earlier gate on the way decided it.
pub(super) fn known_condition(
    net: &Net,
    dominance: &Dominance,
    block: BlockId,
    condition: ValueId,
) -> Option<bool> {
    if let Some(constant) = uniform(net, condition) {
        return Some(constant.is_truthy());
    }
    let mut at = block;
    while let Some(up) = dominance.parent(at) {
        if let Terminator::Branch { condition: decided, yes, no } = &net.block(up).end
            && *decided == condition
            && dominance.predecessors(at) == [up]
            && yes.block != no.block
        {
            return Some(yes.block == at);
        }
        at = up;
    }
    None
}

/// Gates that are decided, or whose sides are the same.
fn gates(editor: &mut Editor) {
    let dominance = Dominance::new(editor.net());
    for &block in &dominance.order {
        let Terminator::Branch { condition, yes, no } = editor.net().block(block).end.clone() else {
            continue;
        };
        match known_condition(editor.net(), &dominance, block, condition) {
            Some(side) => {
                editor.set_end("decided-gate", block, Terminator::Jump(if side { yes } else { no }))
            }
            None if yes == no => editor.set_end("same-sides", block, Terminator::Jump(yes)),
            None => {}
        }
    }
}

/// Parameters for which every edge passes the same.
fn params(editor: &mut Editor) {
    let predecessors = editor.net().predecessors();
    for block in editor.net().reverse_postorder().into_iter().skip(1) {
        let from = predecessors.get(&block).cloned().unwrap_or_default();
        for index in (0..editor.net().block(block).params.len()).rev() {
            let param = editor.net().block(block).params[index];
            let loc = editor.net().block(block).loc;
            if let Some(value) = same_argument(editor, block, index, &from) {
                if !editor.can_replace(param, value) {
                    continue;
                }
                editor.replace("same-argument", loc, param, value);
            } else if let Some(term) = same_term(editor, block, index, &from) {
                let before = editor.net().block(block).ops.len();
                editor.replace_by_term("same-argument", block, loc, param, term);
                // What computes the term goes to the front, before every use.
                let ops = &mut editor.net_mut().block_mut(block).ops;
                let added = ops.len() - before;
                ops.rotate_right(added);
            } else if let Some(twin) = twin(editor, block, index, &from) {
                editor.replace("same-arguments", loc, param, twin);
            } else {
                continue;
            }
            editor.remove_param(block, index, &from);
        }
    }
}

/// What edges pass for a parameter, once per edge.
fn arguments(editor: &Editor, block: BlockId, index: usize, from: &[BlockId]) -> Vec<ValueId> {
    let sources: HashSet<BlockId> = from.iter().copied().collect();
    let edges = sources.into_iter().flat_map(|p| editor.net().block(p).end.edges());
    edges.filter(|e| e.block == block).map(|e| editor.find(e.args[index])).collect()
}

fn same_argument(editor: &Editor, block: BlockId, index: usize, from: &[BlockId]) -> Option<ValueId> {
    let param = editor.net().block(block).params[index];
    let others: HashSet<ValueId> =
        arguments(editor, block, index, from).into_iter().filter(|&v| v != param).collect();
    match others.into_iter().collect::<Vec<_>>()[..] {
        [value] => Some(value),
        _ => None,
    }
}

/// An integer or bool that is the same term on every edge, though computed in different places.
fn same_term(editor: &Editor, block: BlockId, index: usize, from: &[BlockId]) -> Option<Term> {
    let param = editor.net().block(block).params[index];
    let own: Vec<_> = editor.net().block(block).params.iter().filter_map(|&p| editor.sym_of(p)).collect();
    let args = arguments(editor, block, index, from).into_iter().filter(|&v| v != param);
    let terms: HashSet<Option<Term>> = args.map(|v| editor.term_of(v)).collect();
    match terms.into_iter().collect::<Vec<_>>()[..] {
        [Some(term)] => term.syms().iter().all(|s| !own.contains(s)).then_some(term),
        _ => None,
    }
}

/// An earlier parameter of the same block that every edge passes the same for.
fn twin(editor: &Editor, block: BlockId, index: usize, from: &[BlockId]) -> Option<ValueId> {
    let params = &editor.net().block(block).params;
    let param = params[index];
    let edges: Vec<&Edge> = {
        let sources: HashSet<BlockId> = from.iter().copied().collect();
        let edges = sources.into_iter().flat_map(|p| editor.net().block(p).end.edges());
        edges.filter(|e| e.block == block).collect()
    };
    (0..index).map(|i| (i, params[i])).find_map(|(i, other)| {
        let same = |e: &&Edge| {
            let (a, b) = (editor.find(e.args[i]), editor.find(e.args[index]));
            a == b || (a == other && b == param)
        };
        (editor.can_replace(param, other) && edges.iter().all(same)).then_some(other)
    })
}

/// Edges to a block that does nothing but go on go there directly; a jump to a block that only returns returns.
fn forward(editor: &mut Editor) {
    let used = used_elsewhere(editor.net());
    let predecessors = editor.net().predecessors();
    for block in editor.net().reverse_postorder().into_iter().skip(1) {
        let data = editor.net().block(block).clone();
        let empty = data.ops.is_empty() && data.params.iter().all(|p| !used.contains(p));
        if !empty {
            continue;
        }
        let sources: HashSet<BlockId> = predecessors.get(&block).into_iter().flatten().copied().collect();
        let mut sources: Vec<BlockId> = sources.into_iter().collect();
        sources.sort_unstable();
        for from in sources {
            let through = |edge: &Edge, v: &ValueId| match data.params.iter().position(|p| p == v) {
                Some(i) => edge.args[i],
                None => *v,
            };
            let edges: Vec<Edge> = editor.net().block(from).end.edges().into_iter().cloned().collect();
            match &data.end {
                Terminator::Jump(next) if next.block != block => {
                    for (i, edge) in edges.iter().enumerate().filter(|(_, e)| e.block == block) {
                        let args = next.args.iter().map(|v| through(edge, v)).collect();
                        editor.set_edge("empty-block", from, i, Edge { block: next.block, args });
                    }
                }
                Terminator::Return(values) => {
                    if let Terminator::Jump(edge) = &editor.net().block(from).end
                        && edge.block == block
                    {
                        let end = Terminator::Return(values.iter().map(|v| through(edge, v)).collect());
                        editor.set_end("empty-return", from, end);
                        editor.net_mut().block_mut(from).loc = data.loc;
                    }
                }
                _ => {}
            }
        }
    }
}

/// Values that are used, or whose symbol is mentioned, other than at the end of their own block or by its parameters.
fn used_elsewhere(net: &Net) -> HashSet<ValueId> {
    let mut used = HashSet::new();
    let definer = |sym| match net.syms.get(&sym) {
        Some(SymDef::Value(v)) => Some(*v),
        _ => None,
    };
    for block in net.reverse_postorder() {
        let data = net.block(block);
        for &op in &data.ops {
            let op = net.op(op);
            used.extend(&op.operands);
            let types = op.results.iter().flat_map(|&v| net.ty(v).syms());
            used.extend(op.syms().into_iter().chain(types).filter_map(definer));
        }
        let foreign = |v: &ValueId| !data.params.contains(v);
        used.extend(data.end.uses().into_iter().filter(foreign));
        used.extend(data.params.iter().flat_map(|&p| net.ty(p).syms()).filter_map(definer).filter(foreign));
        if let Terminator::Branch { condition, .. } = &data.end {
            used.insert(*condition);
        }
    }
    used
}

/// A block with one predecessor that always goes there becomes part of it.
fn merge(editor: &mut Editor) {
    let mut count: HashMap<BlockId, usize> = HashMap::new();
    for (block, from) in editor.net().predecessors() {
        count.insert(block, from.len());
    }
    for block in editor.net().reverse_postorder() {
        while let Terminator::Jump(edge) = &editor.net().block(block).end
            && count.get(&edge.block) == Some(&1)
            && edge.block != block
            && edge.block != Net::ENTRY
        {
            let next = edge.block;
            editor.merge("straight-line", block, next);
        }
    }
}
