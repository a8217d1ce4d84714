//! What rows share: declaring attributes, reading axes, building scalar bodies.

use crate::dtype::{DType, Scalar};
use crate::ops::attrs::{Attr, AttrKind};
use crate::ops::*;
use crate::term::{ScalarOp, Term};

/// A mandatory attribute.
pub(super) const fn attr(name: &'static str, kind: AttrKind, doc: &'static str) -> AttrSpec {
    AttrSpec { name, kind, default: None, doc }
}

/// An attribute with a default.
pub(super) const fn attr_or(
    name: &'static str,
    kind: AttrKind,
    default: fn() -> Attr,
    doc: &'static str,
) -> AttrSpec {
    AttrSpec { name, kind, default: Some(default), doc }
}

/// The attribute `keepdims` of reductions.
pub(super) const KEEPDIMS: AttrSpec =
    attr_or("keepdims", AttrKind::Bool, || Attr::Bool(false), "whether a reduced axis stays, with extent 1");

/// The attribute `axis`.
pub(super) const AXIS: AttrSpec = attr("axis", AttrKind::Int, "the axis; a negative one counts from the end");

/// `axis` as a position in a shape of this rank; a negative one counts from the end.
pub(super) fn axis(axis: i64, rank: usize) -> Result<usize, String> {
    let from_start = if axis < 0 { axis + rank as i64 } else { axis };
    usize::try_from(from_start)
        .ok()
        .filter(|&a| a < rank)
        .ok_or_else(|| format!("there is no axis {axis} in a tensor of rank {rank}"))
}

/// `axes` as distinct positions in a shape of this rank.
pub(super) fn axes(axes: &[i64], rank: usize) -> Result<Vec<usize>, String> {
    let mut result = Vec::with_capacity(axes.len());
    for &a in axes {
        let a = axis(a, rank)?;
        if result.contains(&a) {
            return Err(format!("axis {a} is given twice"));
        }
        result.push(a);
    }
    Ok(result)
}

/// Loop axes `from..from + n`.
pub(super) fn loop_axes(from: usize, n: usize) -> Vec<Term> {
    (from..from + n).map(Term::axis).collect()
}

/// A list with one entry per item; an empty one stands for `default` everywhere.
pub(super) fn per_item(list: &[i64], n: usize, default: i64, name: &str) -> Result<Vec<i64>, String> {
    match list.len() {
        0 => Ok(vec![default; n]),
        k if k == n => Ok(list.to_vec()),
        k => Err(format!("{name} has {k} entries, not {n}")),
    }
}

/// The operand must have an integer type that indexes.
pub(super) fn index_dtype(cx: &Infer, i: usize) -> Result<DType, String> {
    match cx.dtype(i)? {
        d @ (DType::I64 | DType::I32) => Ok(d),
        d => Err(format!("operand {i} holds indices and must be i64 or i32, not {d}")),
    }
}

/// The operand must be a float tensor.
pub(super) fn float_dtype(cx: &Infer, i: usize) -> Result<DType, String> {
    let dtype = cx.dtype(i)?;
    if dtype.is_float() { Ok(dtype) } else { Err(format!("operand {i} must be a float tensor, not {dtype}")) }
}

/// All operands must have one element type.
pub(super) fn same_dtype(cx: &Infer, operands: &[usize]) -> Result<DType, String> {
    let first = cx.dtype(operands[0])?;
    for &i in &operands[1..] {
        let other = cx.dtype(i)?;
        if other != first {
            return Err(format!("operand {i} is {other}, but operand {} is {first}", operands[0]));
        }
    }
    Ok(first)
}

/// A loaded index as an `i64` term that counts negative values from the end of a dimension.
pub(super) fn wrap_index(read: usize, dtype: DType, dim: Term) -> Term {
    let index = Term::load(read, dtype).cast(DType::I64);
    index.less(Term::int(0)).select(index + dim, index)
}

/// Checked application, for bodies over types that the user chose.
pub(super) fn apply(op: ScalarOp, args: &[Term]) -> Result<Term, String> {
    Term::try_apply(op, args)
}

/// A constant of an element type.
pub(super) fn constant(dtype: DType, value: f64) -> Term {
    Term::constant(Scalar::from_f64(dtype, value))
}
