//! Operators: known results, results that are an operand, and results computed before.

use super::fold::fold;
use super::identity::{Same, same};
use crate::analysis::Dominance;
use crate::editor::Editor;
use braid_ir::ops::{Effects, Infer, OpDef};
use braid_ir::{BlockId, DType, Facts, Net, Node, Op, OpId, Scalar, SymDef, Term, Terminator, Type, ValueId};
use std::collections::HashMap;

/// What makes two applications equal: name, operands, attributes.
type Key = (&'static str, Vec<ValueId>, String);

pub(super) fn values(editor: &mut Editor, dominance: &Dominance) {
    let facts = editor.net().facts();
    let mut computed: HashMap<Key, Vec<(BlockId, OpId)>> = HashMap::new();
    for &block in &dominance.order {
        for param in editor.net().block(block).params.clone() {
            editor.refresh_type(param);
        }
        for id in editor.take_ops(block) {
            editor.refresh(id);
            let op = editor.net().op(id).clone();
            if let Some(why) = impossible(editor.net(), &op) {
                // Nothing after it is reached.
                let message = format!("RuntimeError: {}: {why}", op.spec.name);
                editor.set_end("impossible", block, Terminator::Fail { message, operands: vec![] });
                editor.net_mut().block_mut(block).loc = op.loc;
                break;
            }
            if rewrite(editor, &facts, block, &op) {
                continue;
            }
            editor.push_op(block, id);
            if op.spec.effects != Effects::Pure {
                continue;
            }
            let key = (op.spec.name, op.operands.clone(), format!("{:?}", op.attrs));
            let same = computed.entry(key).or_default();
            match same.iter().find(|(home, _)| dominance.dominates(*home, block)) {
                Some(&(_, earlier)) => merge(editor, &op, earlier),
                None => same.push((block, id)),
            }
        }
    }
}

/// Why an application fails whenever it runs: dimensions that were symbols have become numbers that its row refuses.
fn impossible(net: &Net, op: &Op) -> Option<String> {
    let operands: Vec<Type> = op.operands.iter().map(|&v| net.ty(v).clone()).collect();
    let cx = Infer::new(&operands, &op.attrs);
    match &op.spec.def {
        OpDef::Loops(loops) => loops(&cx).err(),
        OpDef::Opaque { infer, .. } => infer(&cx).err(),
        // A composite's parts are seen when it is expanded.
        OpDef::Composite(_) | OpDef::Host { .. } => None,
    }
}

/// Uses the results of an equal application. The later one is left for `dead`.
fn merge(editor: &mut Editor, op: &Op, earlier: OpId) {
    let results = editor.net().op(earlier).results.clone();
    let mut pairs: Vec<(ValueId, ValueId)> = op.results.iter().copied().zip(results).collect();
    // Sizes first: the types of the other results mention them.
    pairs.sort_by_key(|(value, _)| editor.sym_of(*value).is_none());
    for (value, before) in pairs {
        if editor.can_replace(value, before) {
            editor.replace("computed-before", op.loc, value, before);
        }
    }
}

/// Replaces the results by something simpler; the application is then to be dropped.
fn rewrite(editor: &mut Editor, facts: &Facts, block: BlockId, op: &Op) -> bool {
    if let Some(term) = op.host_term() {
        return index(editor, facts, block, op, term);
    }
    if op.spec.effects != Effects::Pure {
        return false;
    }
    match same(editor, op) {
        Some(Same::Operand(operand)) => {
            editor.replace("same-as-operand", op.loc, op.results[0], operand);
            return true;
        }
        Some(Same::Fill(value)) => {
            let shape = editor.net().tensor_ty(op.results[0]).map(|ty| ty.shape.clone()).unwrap_or_default();
            let fill = editor
                .builder(block, op.loc)
                .full(value, shape)
                .expect("the shape of a value is well formed");
            editor.replace("fill", op.loc, op.results[0], fill);
            return true;
        }
        Some(Same::Term(term)) => {
            editor.replace_by_term("host-arithmetic", block, op.loc, op.results[0], term);
            return true;
        }
        None => {}
    }
    fold(editor, block, op)
}

/// Integer arithmetic of the host: what is decided becomes a constant, a mere symbol the value that it stands for, and a
/// symbol that stands for arithmetic the arithmetic.
fn index(editor: &mut Editor, facts: &Facts, block: BlockId, op: &Op, term: Term) -> bool {
    let result = op.results[0];
    let decided = facts.decide(term).filter(|_| term.dtype() == DType::Bool);
    let term = decided.map_or(term, |value| Term::constant(Scalar::Bool(value)));
    if let Node::Sym(sym) = term.node()
        && let Some(&SymDef::Value(value)) = editor.net().syms.get(&sym)
        && value != result
    {
        editor.replace("symbol", op.loc, result, value);
        return true;
    }
    if let Some(constant) = term.as_const() {
        let fill =
            editor.builder(block, op.loc).full(constant, vec![]).expect("a rank-0 fill is well formed");
        editor.replace("known-index", op.loc, result, fill);
        return true;
    }
    editor.expand_sym("symbol-of-term", op.loc, result, term);
    false
}
