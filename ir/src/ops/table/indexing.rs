//! Gathers as index math, and scatters.

use super::common::*;
use crate::dtype::Scalar;
use crate::ops::attrs::{Attr, AttrKind};
use crate::ops::*;
use crate::tensor::Tensor;
use crate::term::{ScalarOp, Term};
use std::sync::Arc;

/// A read at places that are data: zero where a dimension that they index is known to have no element, so that there is
/// no place. (A guard on a size that is only known at run time would cost every element a comparison; whoever indexes
/// such a dimension checks the indices, which refuses all of them.)
fn read_of_data(x: &TensorType, index: Vec<Term>, indexed: &[Term]) -> Read {
    if indexed.iter().all(|dim| dim.as_int() != Some(0)) {
        return Read::new(0, x.dtype, index);
    }
    let never = Term::constant(Scalar::Bool(false));
    Read::guarded(0, x.dtype, index, never, Scalar::from_int(x.dtype, 0))
}

fn gather(cx: &Infer) -> Result<Loops, String> {
    let (x, indices) = (cx.tensor(0)?, cx.tensor(1)?);
    let dtype = index_dtype(cx, 1)?;
    let at = axis(*cx.attrs.int("axis"), x.rank())?;
    let n = indices.rank();
    let out = [&x.shape[..at], &indices.shape, &x.shape[at + 1..]].concat();
    let mut index = loop_axes(0, at);
    index.push(wrap_index(0, dtype, x.shape[at]));
    index.extend(loop_axes(at + n, x.rank() - at - 1));
    let reads = vec![Read::new(1, dtype, loop_axes(at, n)), read_of_data(x, index, &[x.shape[at]])];
    Ok(Loops { out, reduce: vec![], reads, body: Term::load(1, x.dtype), reduction: None, narrow: None })
}

fn gather_elements(cx: &Infer) -> Result<Loops, String> {
    let (x, indices) = (cx.tensor(0)?, cx.tensor(1)?);
    let dtype = index_dtype(cx, 1)?;
    if indices.rank() != x.rank() {
        return Err(format!(
            "the indices have rank {}, but the tensor has rank {}",
            indices.rank(),
            x.rank()
        ));
    }
    let at = axis(*cx.attrs.int("axis"), x.rank())?;
    for i in (0..x.rank()).filter(|&i| i != at) {
        let (a, b) = (indices.shape[i], x.shape[i]);
        cx.require(
            a.less_equal(b),
            &format!("dimension {i} of the indices is {{0}}, more than {{1}}"),
            &[a, b],
        )?;
    }
    let mut index = loop_axes(0, x.rank());
    index[at] = wrap_index(0, dtype, x.shape[at]);
    let reads = vec![Read::new(1, dtype, loop_axes(0, x.rank())), read_of_data(x, index, &[x.shape[at]])];
    Ok(Loops {
        out: indices.shape.clone(),
        reduce: vec![],
        reads,
        body: Term::load(1, x.dtype),
        reduction: None,
        narrow: None,
    })
}

/// Length of the index vectors of `gather_nd` and `scatter_nd`.
fn depth(indices: &TensorType, rank: usize) -> Result<usize, String> {
    let last = indices.shape.last().ok_or("the indices need a last dimension that holds the coordinates")?;
    last.as_int()
        .and_then(|k| usize::try_from(k).ok())
        .filter(|&k| k <= rank)
        .ok_or_else(|| format!("the last dimension of the indices must be a number up to {rank}, not {last}"))
}

fn gather_nd(cx: &Infer) -> Result<Loops, String> {
    let (x, indices) = (cx.tensor(0)?, cx.tensor(1)?);
    let dtype = index_dtype(cx, 1)?;
    let k = depth(indices, x.rank())?;
    let n = indices.rank() - 1;
    let out = [&indices.shape[..n], &x.shape[k..]].concat();
    let mut reads: Vec<Read> = (0..k)
        .map(|j| {
            let mut index = loop_axes(0, n);
            index.push(Term::from(j));
            Read::new(1, dtype, index)
        })
        .collect();
    let mut index: Vec<Term> = (0..k).map(|j| wrap_index(j, dtype, x.shape[j])).collect();
    index.extend(loop_axes(n, x.rank() - k));
    reads.push(read_of_data(x, index, &x.shape[..k]));
    Ok(Loops { out, reduce: vec![], reads, body: Term::load(k, x.dtype), reduction: None, narrow: None })
}

/// How a scatter combines what is there with what is written; `None` overwrites.
fn combination(name: &str) -> Result<Option<ScalarOp>, String> {
    Ok(match name {
        "none" => None,
        "add" => Some(ScalarOp::Add),
        "mul" => Some(ScalarOp::Mul),
        "max" => Some(ScalarOp::Max),
        "min" => Some(ScalarOp::Min),
        other => return Err(format!("reduction must be none, add, mul, max or min, not {other}")),
    })
}

fn write(base: &mut Tensor, at: usize, value: Scalar, combine: Option<ScalarOp>) {
    let value = combine.map_or(value, |op| op.eval(&[base.get(at), value]));
    base.set(at, value);
}

/// The position that an index value names; negative values count from the end.
fn position(index: Scalar, extent: usize) -> Result<usize, String> {
    let wrapped = if index.as_i128() < 0 { index.as_i128() + extent as i128 } else { index.as_i128() };
    usize::try_from(wrapped)
        .ok()
        .filter(|&p| p < extent)
        .ok_or_else(|| format!("IndexError: index {index} is out of bounds for dimension with size {extent}"))
}

/// Row-major strides in elements.
fn strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for i in (1..shape.len()).rev() {
        strides[i - 1] = strides[i] * shape[i];
    }
    strides
}

fn scatter_elements_infer(cx: &Infer) -> Result<Inferred, String> {
    combination(cx.attrs.str("reduction"))?;
    same_dtype(cx, &[0, 2])?;
    index_dtype(cx, 1)?;
    let (base, indices, updates) = (cx.tensor(0)?, cx.tensor(1)?, cx.tensor(2)?);
    axis(*cx.attrs.int("axis"), base.rank())?;
    if indices.rank() != base.rank() || updates.rank() != base.rank() {
        return Err(format!(
            "ranks {}, {} and {} must be equal",
            base.rank(),
            indices.rank(),
            updates.rank()
        ));
    }
    for i in 0..base.rank() {
        let (a, b) = (indices.shape[i], updates.shape[i]);
        let what = format!("dimension {i} of the indices is {{0}}, more than the updates' {{1}}");
        cx.require(a.less_equal(b), &what, &[a, b])?;
    }
    Ok(Inferred { results: vec![base.clone().into()], sizes: vec![] })
}

fn scatter_elements_eval(cx: &mut EvalContext) -> Result<Vec<Value>, String> {
    let combine = combination(cx.attrs.str("reduction"))?;
    let (base, indices, updates) = (cx.tensor(0)?, cx.tensor(1)?, cx.tensor(2)?);
    let at = axis(*cx.attrs.int("axis"), base.rank())?;
    let (to, from, walk) = (strides(base.shape()), strides(updates.shape()), strides(indices.shape()));
    let mut result = base.clone();
    for i in 0..indices.len() {
        let (mut target, mut source) = (0, 0);
        for d in 0..base.rank() {
            let p = i / walk[d] % indices.shape()[d];
            source += p * from[d];
            let p = if d == at { position(indices.get(i), base.shape()[d])? } else { p };
            if p >= base.shape()[d] {
                return Err(format!(
                    "dimension {d} of the indices is longer than the tensor's {}",
                    base.shape()[d]
                ));
            }
            target += p * to[d];
        }
        write(&mut result, target, updates.get(source), combine);
    }
    Ok(vec![Value::Tensor(Arc::new(result))])
}

fn scatter_nd_infer(cx: &Infer) -> Result<Inferred, String> {
    combination(cx.attrs.str("reduction"))?;
    same_dtype(cx, &[0, 2])?;
    index_dtype(cx, 1)?;
    let (base, indices, updates) = (cx.tensor(0)?, cx.tensor(1)?, cx.tensor(2)?);
    let k = depth(indices, base.rank())?;
    let expected = [&indices.shape[..indices.rank() - 1], &base.shape[k..]].concat();
    if expected.len() != updates.rank() {
        return Err(format!("the updates must have rank {}, not {}", expected.len(), updates.rank()));
    }
    for (&a, &b) in expected.iter().zip(&updates.shape) {
        cx.equal(a, b, "a dimension of the updates and where they go")?;
    }
    Ok(Inferred { results: vec![base.clone().into()], sizes: vec![] })
}

fn scatter_nd_eval(cx: &mut EvalContext) -> Result<Vec<Value>, String> {
    let combine = combination(cx.attrs.str("reduction"))?;
    let (base, indices, updates) = (cx.tensor(0)?, cx.tensor(1)?, cx.tensor(2)?);
    let k = *indices.shape().last().ok_or("the indices need a last dimension")?;
    let (to, block) = (strides(base.shape()), base.shape()[k..].iter().product::<usize>());
    let mut result = base.clone();
    let count = indices.shape()[..indices.rank() - 1].iter().product::<usize>();
    for i in 0..count {
        let mut target = 0;
        for (j, (&extent, &stride)) in base.shape().iter().zip(&to).take(k).enumerate() {
            target += position(indices.get(i * k + j), extent)? * stride;
        }
        for b in 0..block {
            write(&mut result, target + b, updates.get(i * block + b), combine);
        }
    }
    Ok(vec![Value::Tensor(Arc::new(result))])
}

/// What lies beyond any tensor is all the same, and must not overflow when it is coded.
const BEYOND: i64 = 1 << 60;
/// Added to the code of a negative index that counts from nowhere. Twice `BEYOND` is less.
const NOWHERE: i64 = 1 << 62;

/// The index behind a code of the row for the farthest index.
pub fn index_of_code(code: Term) -> Term {
    let (code, two) = (code.modulo(Term::int(NOWHERE)), Term::int(2));
    let half = code.floor_div(two);
    code.modulo(two).equals(Term::int(0)).select(half, Term::int(-1) - half)
}

/// Index `i` from the front has code `2i`, `-1 - i` from the end `2i + 1`, so that all indices lie in `-n..n` if and only if
/// the largest code is below `2n`.
fn farthest_index(cx: &Infer) -> Result<Loops, String> {
    let x = cx.tensor(0)?;
    let dtype = index_dtype(cx, 0)?;
    let index = Term::load(0, dtype).cast(DType::I64).max(Term::int(-BEYOND)).min(Term::int(BEYOND));
    let twice = index * Term::int(2);
    let negative = Term::int(if *cx.attrs.bool("from_end") { -1 } else { NOWHERE - 1 }) - twice;
    let code = index.less(Term::int(0)).select(negative, twice);
    Ok(Loops {
        out: vec![],
        reduce: x.shape.clone(),
        reads: vec![Read::new(0, dtype, loop_axes(0, x.rank()))],
        body: code,
        reduction: (x.rank() > 0).then_some(Reduction::Max),
        narrow: None,
    })
}

const REDUCTION: AttrSpec = attr_or(
    "reduction",
    AttrKind::Str,
    || Attr::Str("none".into()),
    "`none` overwrites (the last write in row-major order stays); `add`, `mul`, `max`, `min` combine",
);
const SCATTER_ORDER: &str = "where writes meet, their order decides, and where they go depends on the data";

pub(super) static ROWS: &[OpSpec] = &[
    OpSpec {
        name: "gather",
        doc: "Slices of operand 0 along `axis` at the indices of operand 1 (ONNX Gather): shape before the axis, shape of the \
              indices, shape after it. Negative indices count from the end.",
        operands: Arity::Exactly(2),
        attributes: &[AXIS],
        def: OpDef::Loops(gather),
        laws: &[],
        numerics: Numerics::Exact,
        effects: Effects::Pure,
        gradient: Gradient::FromBody,
        examples: &[Example {
            operands: &["f32[3,2] [1, 2, 3, 4, 5, 6]", "i64[2] [-1, 0]"],
            attributes: "axis = 0",
            result: "f32[2,2] [5, 6, 1, 2]",
        }],
    },
    OpSpec {
        name: "gather_elements",
        doc: "One element of operand 0 per index of operand 1, at the same place but along `axis` (ONNX GatherElements).",
        operands: Arity::Exactly(2),
        attributes: &[AXIS],
        def: OpDef::Loops(gather_elements),
        laws: &[],
        numerics: Numerics::Exact,
        effects: Effects::Pure,
        gradient: Gradient::FromBody,
        examples: &[Example {
            operands: &["f32[2,2] [1, 2, 3, 4]", "i64[2,1] [1, -2]"],
            attributes: "axis = 1",
            result: "f32[2,1] [2, 3]",
        }],
    },
    OpSpec {
        name: "gather_nd",
        doc: "For each vector of `k` coordinates along the last dimension of operand 1, the slice of operand 0 there \
              (ONNX GatherND without batch dimensions).",
        operands: Arity::Exactly(2),
        attributes: &[],
        def: OpDef::Loops(gather_nd),
        laws: &[],
        numerics: Numerics::Exact,
        effects: Effects::Pure,
        gradient: Gradient::FromBody,
        examples: &[Example {
            operands: &["f32[2,2] [1, 2, 3, 4]", "i64[2,2] [0, 1, 1, 0]"],
            attributes: "",
            result: "f32[2] [2, 3]",
        }],
    },
    OpSpec {
        name: "scatter_elements",
        doc: "Operand 0 with operand 2 written at the places that operand 1 names along `axis` (ONNX ScatterElements).",
        operands: Arity::Exactly(3),
        attributes: &[AXIS, REDUCTION],
        def: OpDef::Opaque {
            why: SCATTER_ORDER,
            infer: scatter_elements_infer,
            eval: scatter_elements_eval,
            kernel: "scatter_elements",
        },
        laws: &[],
        numerics: Numerics::Reassociating,
        effects: Effects::Pure,
        gradient: Gradient::NotSupported("not needed for inference"),
        examples: &[Example {
            operands: &["f32[3] [1, 2, 3]", "i64[2] [2, 2]", "f32[2] [10, 20]"],
            attributes: "axis = 0, reduction = \"add\"",
            result: "f32[3] [1, 2, 33]",
        }],
    },
    OpSpec {
        name: "scatter_nd",
        doc: "Operand 0 with slices of operand 2 written at the coordinates of operand 1 (ONNX ScatterND).",
        operands: Arity::Exactly(3),
        attributes: &[REDUCTION],
        def: OpDef::Opaque {
            why: SCATTER_ORDER,
            infer: scatter_nd_infer,
            eval: scatter_nd_eval,
            kernel: "scatter_nd",
        },
        laws: &[],
        numerics: Numerics::Reassociating,
        effects: Effects::Pure,
        gradient: Gradient::NotSupported("not needed for inference"),
        examples: &[Example {
            operands: &["f32[3] [1, 2, 3]", "i64[2,1] [0, 0]", "f32[2] [8, 9]"],
            attributes: "",
            result: "f32[3] [9, 2, 3]",
        }],
    },
    OpSpec {
        name: "farthest_index",
        doc: "The index that reaches farthest, as a code: 2i for index i counted from the front, 2i + 1 for -1 - i counted from \
              the end; the least integer of nothing. All lie in -n..n if it is below 2n.",
        operands: Arity::Exactly(1),
        attributes: &[attr_or(
            "from_end",
            AttrKind::Bool,
            || Attr::Bool(true),
            "whether negative indices count from the end; if not, they are farther than any other",
        )],
        def: OpDef::Loops(farthest_index),
        laws: &[],
        numerics: Numerics::Exact,
        effects: Effects::Pure,
        gradient: Gradient::NotSupported("integers have no gradient"),
        examples: &[Example { operands: &["i64[3] [0, -2, 1]"], attributes: "", result: "i64[] 3" }],
    },
];
