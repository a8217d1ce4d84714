//! Operators whose operands are all known are evaluated by the reference interpreter.

use crate::editor::Editor;
use braid_ir::eval::eval_op;
use braid_ir::ops::{Effects, Value};
use braid_ir::{BlockId, Op, Tensor, TensorType, ValueId};
use std::sync::Arc;

/// A result that is not computed from weights is kept as a constant up to this many elements.
const ELEMENTS_MAX: usize = 1024;
/// Scalar operations spent on one operator.
const WORK_MAX: usize = 1 << 20;

/// What is known of an operand.
struct Known {
    data: Arc<Tensor>,
    /// The weight of the model behind it, if any.
    weight: Option<String>,
}

fn known(editor: &Editor, value: ValueId) -> Option<Known> {
    let net = editor.net();
    if let Some(weight) = net.weight_of(value) {
        let name = (!weight.is_literal()).then(|| weight.name.clone());
        return Some(Known { data: weight.data.clone(), weight: name });
    }
    let shape = net.tensor_ty(value)?.fixed_shape()?;
    if shape.iter().product::<usize>() > WORK_MAX {
        return None;
    }
    let fill = net.fill_of(value)?;
    Some(Known { data: Arc::new(Tensor::from_fn(fill.dtype(), shape, |_| fill)), weight: None })
}

/// Replaces the results of an application by constants, if all operands are. Its operator is then to be dropped.
pub(super) fn fold(editor: &mut Editor, block: BlockId, op: &Op) -> bool {
    if op.spec.effects != Effects::Pure || op.operands.is_empty() || !op.syms().is_empty() {
        return false;
    }
    let Some(operands) = op.operands.iter().map(|&v| known(editor, v)).collect::<Option<Vec<Known>>>() else {
        return false;
    };
    let weights: usize = operands.iter().filter(|k| k.weight.is_some()).map(|k| k.data.len()).sum();
    let Some((size, work)) = cost(editor, op, &operands) else { return false };
    if work > WORK_MAX || size > ELEMENTS_MAX.max(weights) {
        return false;
    }
    let values: Vec<Value> = operands.iter().map(|k| Value::Tensor(k.data.clone())).collect();
    // An operator that fails on this data fails when the program runs, if that path is taken.
    let Ok(results) = eval_op(op.spec, &values, op.attrs.clone()) else { return false };
    if results.iter().any(|r| matches!(r, Value::Seq(_))) {
        return false;
    }
    let weight = operands.into_iter().find_map(|k| k.weight);
    let mut pairs: Vec<(ValueId, Value)> = op.results.iter().copied().zip(results).collect();
    // Sizes come first: the types of the other results mention them.
    pairs.sort_by_key(|(value, _)| editor.sym_of(*value).is_none());
    for (value, result) in pairs {
        let Value::Tensor(data) = result else { continue };
        let constant = constant(editor, block, op, data, weight.as_deref());
        debug_assert!(editor.can_replace(value, constant) || editor.sym_of(value).is_some());
        editor.replace("fold", op.loc, value, constant);
    }
    true
}

/// A value for known contents: a fill where they are uniform and come from the source alone, else a weight.
fn constant(
    editor: &mut Editor,
    block: BlockId,
    op: &Op,
    data: Arc<Tensor>,
    weight: Option<&str>,
) -> ValueId {
    let first = (!data.is_empty()).then(|| data.get(0));
    if let Some(first) = first.filter(|f| weight.is_none() && data.scalars().all(|v| v == *f)) {
        let shape = data.shape().iter().map(|&d| d.into()).collect();
        return editor.builder(block, op.loc).full(first, shape).expect("a fixed shape is well formed");
    }
    editor.add_weight(weight.unwrap_or("const"), data)
}

/// Elements of the results, and scalar operations to compute them; `None` if that depends on data.
fn cost(editor: &Editor, op: &Op, operands: &[Known]) -> Option<(usize, usize)> {
    let net = editor.net();
    let total: usize = operands.iter().map(|k| k.data.len()).sum();
    let Some(loops) = net.loops_of(op) else {
        // A routine or a composite: about as much work as its operands are large.
        return Some((total, total.saturating_mul(8)));
    };
    let size = |dims: &[braid_ir::Term]| -> Option<usize> {
        TensorType::new(loops.dtype(), dims.to_vec())
            .fixed_shape()?
            .into_iter()
            .try_fold(1usize, |n, d| n.checked_mul(d))
    };
    let out = size(&loops.out)?;
    Some((out, out.checked_mul(size(&loops.reduce)?)?))
}
