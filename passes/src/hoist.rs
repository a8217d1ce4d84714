//! Moves out of a loop what is the same in every iteration.
//!
//! Only what every iteration computes is moved (its block dominates every way back to the header), so nothing is computed
//! that was not before, but where a loop leaves before it in the first round; what could fail then does not move. Fills and rearrangements move, too, so that
//! what uses them can; the splitter computes them again where that is cheaper than keeping them.

use crate::analysis::{Dominance, home_of, homes};
use crate::editor::Editor;
use braid_ir::ops::{Effects, Loops, OpDef};
use braid_ir::text::op_text;
use braid_ir::{BlockId, Edge, Net, Node, Op, OpId, SymDef, Term, Terminator};
use std::collections::{BTreeSet, HashMap};

/// Hoists out of every loop, inner ones first.
pub fn hoist(net: &mut Net, events: &mut crate::Events) {
    let headers: Vec<BlockId> = Dominance::new(net).loops().into_iter().map(|(header, _)| header).collect();
    for header in headers {
        // A block put before an earlier header changes what this loop consists of.
        let dominance = Dominance::new(net);
        let Some((_, body)) = dominance.loops().into_iter().find(|(h, _)| *h == header) else { continue };
        let mut editor = Editor::new(net, events);
        hoist_loop(&mut editor, &dominance, header, &body);
    }
}

fn hoist_loop(editor: &mut Editor, dominance: &Dominance, header: BlockId, body: &BTreeSet<BlockId>) {
    let latches: Vec<BlockId> =
        dominance.predecessors(header).iter().copied().filter(|p| body.contains(p)).collect();
    let always = |block: BlockId| latches.iter().all(|&latch| dominance.dominates(block, latch));
    let mut homes = homes(editor.net());
    let mut before = None;
    let order: Vec<BlockId> =
        dominance.order.iter().copied().filter(|b| body.contains(b) && always(*b)).collect();
    for block in order {
        // Only the header runs in every loop that is reached at all, up to where it may raise.
        let mut surely_runs = block == header;
        for id in editor.net().block(block).ops.clone() {
            let op = editor.net().op(id).clone();
            surely_runs &= op.spec.effects != Effects::Observable;
            if !(surely_runs || is_fixed(editor.net(), &op))
                || !may_move(editor.net(), &op)
                || !is_invariant(editor.net(), &homes, &op, body)
            {
                continue;
            }
            let target = *before.get_or_insert_with(|| preheader(editor, dominance, header, body));
            editor.record("loop-invariant", op.loc, |net| {
                (op_text(net, &op), format!("the same, before {header}"))
            });
            let net = editor.net_mut();
            net.block_mut(block).ops.retain(|&o| o != id);
            net.block_mut(target).ops.push(id);
            homes.insert(id, target);
        }
    }
}

fn may_move(net: &Net, op: &Op) -> bool {
    match &op.spec.def {
        // A gather by an index that the loop checks first must not be read before that.
        OpDef::Loops(_) => net.loops_of(op).is_some_and(|loops| !is_gather(&loops)),
        OpDef::Composite(_) => op.spec.effects == Effects::Pure,
        OpDef::Host { .. } => op.host_term().is_some(),
        // A routine may fail on its data, which must not happen earlier than it did.
        OpDef::Opaque { .. } => false,
    }
}

/// Whether the sizes that an application depends on are numbers, so that its row has found them to fit. One that depends
/// on symbols may be refused when it runs, and a gate before it may be there to prevent that.
fn is_fixed(net: &Net, op: &Op) -> bool {
    let types = op.operands.iter().chain(&op.results);
    op.syms().is_empty() && types.into_iter().all(|&v| net.ty(v).syms().is_empty())
}

fn is_gather(loops: &Loops) -> bool {
    let loaded = |t: Term| matches!(t.node(), Node::Load(..));
    loops.reads.iter().flat_map(|read| &read.index).any(|index| index.postorder().into_iter().any(loaded))
}

fn is_invariant(net: &Net, homes: &HashMap<OpId, BlockId>, op: &Op, body: &BTreeSet<BlockId>) -> bool {
    let outside = |v| home_of(net, homes, v).is_none_or(|home| !body.contains(&home));
    let mut syms = op.syms();
    syms.extend(op.results.iter().flat_map(|&v| net.ty(v).syms()));
    let definers = syms.into_iter().filter_map(|sym| match net.syms.get(&sym) {
        Some(SymDef::Value(v)) => Some(*v),
        _ => None,
    });
    op.operands.iter().copied().chain(definers).all(outside)
}

/// The block that is left for the header alone, from outside the loop; a new one where there is none.
fn preheader(
    editor: &mut Editor,
    dominance: &Dominance,
    header: BlockId,
    body: &BTreeSet<BlockId>,
) -> BlockId {
    let outside: BTreeSet<BlockId> =
        dominance.predecessors(header).iter().copied().filter(|p| !body.contains(p)).collect();
    if let Some(&only) = outside.first()
        && outside.len() == 1
        && matches!(editor.net().block(only).end, Terminator::Jump(_))
    {
        return only;
    }
    let net = editor.net_mut();
    let loc = net.block(header).loc;
    let new = net.add_block(loc);
    // The new block takes what the header takes, and passes it on; symbols of the header's parameters get twins.
    let params = net.block(header).params.clone();
    let mut renamed = HashMap::new();
    let syms = net.value_syms();
    let args: Vec<_> = params
        .iter()
        .map(|&param| {
            let value = net.add_param(new, net.ty(param).clone());
            if let Some(sym) = syms.get(&param) {
                renamed.insert(*sym, Term::sym(net.define_sym("s", value)));
            }
            value
        })
        .collect();
    for &value in &args {
        let ty = net.ty(value).subst(&renamed);
        net.values[value.index()].ty = ty;
    }
    net.block_mut(new).end = Terminator::Jump(Edge { block: header, args });
    for from in outside {
        for edge in net.block_mut(from).end.edges_mut() {
            if edge.block == header {
                edge.block = new;
            }
        }
    }
    new
}
