//! Folds a factor per output channel into the weights of the sum of products before it: batch norm after a convolution.
//!
//! Seen from index math, so that no operator is named. A sum of products with a weight `w` that is read at output axis `a`
//! in its dimension `d`, times a constant that varies along `a` alone, is the same sum with `w` scaled along `d`. A constant
//! added in between is scaled, too, and constants added one after the other become one. Rounding differs; the sum was free in its order already.

use crate::analysis::replace_loads;
use crate::editor::Editor;
use crate::events::Events;
use braid_ir::ops::{Loops, Reduction};
use braid_ir::text::op_text;
use braid_ir::{BlockId, Net, Node, Op, Scalar, ScalarOp, Tensor, Term, ValueId};
use std::collections::HashMap;
use std::sync::Arc;

/// Folds wherever it applies.
pub fn fold_affine(net: &mut Net, events: &mut Events) {
    let mut editor = Editor::new(net, events);
    let mut uses = count_uses(editor.net());
    for block in editor.net().reverse_postorder() {
        for id in editor.take_ops(block) {
            editor.refresh(id);
            let op = editor.net().op(id).clone();
            if !scale(&mut editor, block, &op, &mut uses) && !merge_shifts(&mut editor, block, &op, &mut uses)
            {
                editor.push_op(block, id);
            }
        }
    }
}

fn count_uses(net: &Net) -> HashMap<ValueId, usize> {
    let mut uses = HashMap::new();
    for block in net.reverse_postorder() {
        let operands = net.block(block).ops.iter().flat_map(|&op| net.op(op).operands.iter().copied());
        for value in operands.chain(net.block(block).end.uses()) {
            *uses.entry(value).or_insert(0) += 1;
        }
    }
    uses
}

/// An elementwise operation on a value and a constant of the model.
struct WithConstant {
    op: ScalarOp,
    value: ValueId,
    /// The constant, and how it is read: its index map.
    constant: Arc<Tensor>,
    index: Vec<Term>,
    name: String,
}

/// `op` as one of `ops` of a value and a constant, either way round.
fn with_constant(net: &Net, op: &Op, ops: &[ScalarOp]) -> Option<WithConstant> {
    let loops = net.loops_of(op)?;
    let Node::Apply(scalar, args) = loops.body.node() else { return None };
    let (Some(Node::Load(a, _)), Some(Node::Load(b, _))) =
        (args.first().map(|t| t.node()), args.get(1).map(|t| t.node()))
    else {
        return None;
    };
    if loops.reduction.is_some() || loops.reads.len() != 2 || !ops.contains(&scalar) || a == b {
        return None;
    }
    let read = |k: u32| &loops.reads[k as usize];
    [(a, b), (b, a)].into_iter().find_map(|(value, constant)| {
        let weight = net.weight_of(op.operands[read(constant).operand])?;
        let value = op.operands[read(value).operand];
        // The value itself must not be stretched.
        let same = net.ty(value) == net.ty(op.results[0]);
        same.then(|| WithConstant {
            op: scalar,
            value,
            constant: weight.data.clone(),
            index: read(constant).index.clone(),
            name: weight.name.clone(),
        })
    })
}

/// The axis that a constant varies along, if it is one, with its number of elements.
fn channel_axis(net: &Net, constant: &WithConstant) -> Option<usize> {
    let long: Vec<usize> = (0..constant.index.len()).filter(|&i| constant.constant.shape()[i] != 1).collect();
    let rank = net.tensor_ty(constant.value)?.rank();
    match long[..] {
        [dim] => (0..rank).find(|&a| constant.index[dim] == Term::axis(a)),
        _ => None,
    }
}

/// A sum of products with a weight that is read at one output axis in one of its dimensions.
struct Product {
    op: Op,
    /// Operand number of the weight, and the dimension.
    operand: usize,
    dim: usize,
    data: Arc<Tensor>,
    name: String,
}

fn product(net: &Net, value: ValueId, axis: usize) -> Option<Product> {
    let (_, op) = net.producer(value)?;
    let loops = net.loops_of(op)?;
    if loops.reduction != Some(Reduction::Sum) || !is_product_of_loads(&loops) {
        return None;
    }
    loops.reads.iter().find_map(|read| {
        let weight = net.weight_of(op.operands[read.operand])?;
        let dims: Vec<usize> = (0..read.index.len()).filter(|&d| read.index[d] == Term::axis(axis)).collect();
        let once = op.operands.iter().filter(|&&v| v == op.operands[read.operand]).count() == 1;
        match dims[..] {
            [dim] if once && read.guard.is_none() && weight.data.dtype().is_float() => Some(Product {
                op: op.clone(),
                operand: read.operand,
                dim,
                data: weight.data.clone(),
                name: weight.name.clone(),
            }),
            _ => None,
        }
    })
}

fn is_product_of_loads(loops: &Loops) -> bool {
    let one = |read: u32| Some(Term::constant(Scalar::from_int(loops.reads[read as usize].dtype, 1)));
    let only_products = loops.body.postorder().into_iter().all(|t| match t.node() {
        Node::Apply(op, _) => op == ScalarOp::Mul,
        Node::Load(..) => true,
        _ => false,
    });
    only_products && replace_loads(loops.body, &one).is_some()
}

/// `(value + constant) + constant` becomes `value + sum of the constants`, where both vary along one axis.
fn merge_shifts(editor: &mut Editor, block: BlockId, op: &Op, uses: &mut HashMap<ValueId, usize>) -> bool {
    let net = editor.net();
    let Some(outer) = with_constant(net, op, &[ScalarOp::Add]) else { return false };
    let inner = net.producer(outer.value).and_then(|(_, add)| with_constant(net, add, &[ScalarOp::Add]));
    let Some(inner) = inner else { return false };
    let float = outer.constant.dtype().is_float();
    if !float || inner.constant.shape() != outer.constant.shape() || uses.get(&outer.value) != Some(&1) {
        return false;
    }
    let data = Tensor::from_fn(outer.constant.dtype(), outer.constant.shape().to_vec(), |i| {
        ScalarOp::Add.eval(&[inner.constant.get(i), outer.constant.get(i)])
    });
    let shift = editor.add_weight(&inner.name, Arc::new(data));
    let mut builder = editor.builder(block, op.loc);
    let result = builder
        .op1(&inner.op.name(), &[inner.value, shift], Default::default())
        .expect("the shapes are the same");
    uses.insert(result, uses.get(&op.results[0]).copied().unwrap_or(0));
    editor.replace("merge-shifts", op.loc, op.results[0], result);
    true
}

/// `(sum [+ constant]) * factor` becomes `scaled sum [+ scaled constant]`. The new operators go to the end of `block`.
fn scale(editor: &mut Editor, block: BlockId, op: &Op, uses: &mut HashMap<ValueId, usize>) -> bool {
    let net = editor.net();
    let Some(factor) = with_constant(net, op, &[ScalarOp::Mul]) else { return false };
    let Some(axis) = channel_axis(net, &factor) else { return false };
    let alone = |v: ValueId| uses.get(&v) == Some(&1);
    let bias = net.producer(factor.value).and_then(|(_, add)| with_constant(net, add, &[ScalarOp::Add]));
    let bias = bias.filter(|bias| bias.constant.len() == 1 || channel_axis(net, bias) == Some(axis));
    let sum = bias.as_ref().map_or(factor.value, |bias| bias.value);
    if !alone(factor.value) || !alone(sum) {
        return false;
    }
    let Some(product) = product(net, sum, axis) else { return false };
    let count = product.data.shape()[product.dim];
    if factor.constant.len() != count {
        return false;
    }
    editor.record("fold-batch-norm", op.loc, |net| {
        (op_text(net, op), format!("{} with scaled weights", op_text(net, &product.op)))
    });
    let inner: usize = product.data.shape()[product.dim + 1..].iter().product();
    let scaled = times(&product.data, |i| factor.constant.get(i / inner % count));
    let weight = editor.add_weight(&product.name, Arc::new(scaled));
    let mut operands = product.op.operands.clone();
    operands[product.operand] = weight;
    let ty = editor.net().ty(sum).clone();
    let new = editor.append(block, Op { operands, ..product.op.clone() }, vec![ty])[0];
    let result = match bias {
        None => new,
        Some(bias) => {
            // The factor's shape is that of a constant that broadcasts along the axis; so is the scaled bias's.
            let one = bias.constant.len() == 1;
            let shape = factor.constant.shape().to_vec();
            let data = Tensor::from_fn(bias.constant.dtype(), shape, |i| {
                ScalarOp::Mul.eval(&[bias.constant.get(if one { 0 } else { i }), factor.constant.get(i)])
            });
            let shift = editor.add_weight(&bias.name, Arc::new(data));
            let mut builder = editor.builder(block, op.loc);
            builder
                .op1(&bias.op.name(), &[new, shift], Default::default())
                .expect("the shapes are those of the factor")
        }
    };
    uses.insert(new, 1);
    uses.insert(result, uses.get(&op.results[0]).copied().unwrap_or(0));
    editor.replace("fold-batch-norm", op.loc, op.results[0], result);
    true
}

fn times(data: &Tensor, factor: impl Fn(usize) -> Scalar) -> Tensor {
    Tensor::from_fn(data.dtype(), data.shape().to_vec(), |i| ScalarOp::Mul.eval(&[data.get(i), factor(i)]))
}
