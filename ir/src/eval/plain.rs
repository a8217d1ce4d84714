//! The definition: a loop nest evaluated point by point, term by term.

use crate::dtype::{DType, Scalar};
use crate::ops::{Loops, Read, Reduction};
use crate::tensor::Tensor;
use crate::term::{Node, ScalarOp, Term};

/// The tensor that a loop nest defines, computed as the nest reads. Slow.
///
/// # Errors
/// If a dimension is no number, or a read lies outside its operand.
pub fn eval_plain(loops: &Loops, operands: &[&Tensor]) -> Result<Tensor, String> {
    let (shape, reduce) = (extents(&loops.out)?, extents(&loops.reduce)?);
    let mut result = Tensor::zeros(loops.dtype(), shape.clone());
    for i in 0..result.len() {
        let mut point = coordinates(i, &shape);
        let value = match loops.reduction {
            None => element(loops, operands, &point)?,
            Some(reduction) => {
                let mut sum = Accumulator::new(reduction, loops.body.dtype());
                for r in 0..reduce.iter().product() {
                    point.truncate(shape.len());
                    point.extend(coordinates(r, &reduce));
                    sum.add(r, element(loops, operands, &point)?);
                }
                sum.result()?.cast(loops.dtype())
            }
        };
        result.set(i, value);
    }
    Ok(result)
}

/// Dimensions as numbers.
pub(super) fn extents(dims: &[Term]) -> Result<Vec<usize>, String> {
    dims.iter()
        .map(|d| {
            d.as_int()
                .and_then(|v| usize::try_from(v).ok())
                .ok_or_else(|| format!("the dimension {d} is no size"))
        })
        .collect()
}

/// Row-major position `i` as coordinates.
pub(super) fn coordinates(i: usize, shape: &[usize]) -> Vec<usize> {
    let mut rest = i;
    let mut result = vec![0; shape.len()];
    for (at, &extent) in result.iter_mut().zip(shape).rev() {
        *at = rest % extent;
        rest /= extent;
    }
    result
}

/// The body at one point.
fn element(loops: &Loops, operands: &[&Tensor], point: &[usize]) -> Result<Scalar, String> {
    let mut loads: Vec<Scalar> = Vec::with_capacity(loops.reads.len());
    for read in &loops.reads {
        let value = load(read, operands, point, &loads)?;
        loads.push(value);
    }
    value(loops.body, point, &loads)
}

fn value(term: Term, point: &[usize], loads: &[Scalar]) -> Result<Scalar, String> {
    let leaf = &mut |node: &Node| match node {
        Node::Axis(axis) => point.get(*axis as usize).map(|&v| Scalar::i64(v as i64)),
        Node::Load(read, _) => loads.get(*read as usize).copied(),
        _ => None,
    };
    term.eval(leaf).map_err(|unknown| format!("{unknown} has no value in {term}"))
}

fn load(read: &Read, operands: &[&Tensor], point: &[usize], loads: &[Scalar]) -> Result<Scalar, String> {
    if let Some(guard) = read.guard
        && !value(guard, point, loads)?.is_truthy()
    {
        return Ok(read.otherwise);
    }
    let operand = operands[read.operand];
    let mut at = 0;
    for (&index, &extent) in read.index.iter().zip(operand.shape()) {
        let mut i = value(index, point, loads)?.as_i128();
        if holds_load(index) {
            i = i.min(extent as i128 - 1).max(0);
        }
        if i < 0 || i >= extent as i128 {
            return Err(outside(read.operand));
        }
        at = at * extent + i as usize;
    }
    Ok(operand.get(at))
}

/// Whether an index comes from data, so that it is clamped.
pub(super) fn holds_load(term: Term) -> bool {
    term.postorder().iter().any(|t| matches!(t.node(), Node::Load(..)))
}

pub(super) fn outside(operand: usize) -> String {
    format!("a read lies outside operand {operand}")
}

/// A reduction in progress.
struct Accumulator {
    reduction: Reduction,
    dtype: DType,
    value: Option<Scalar>,
    index: usize,
}

impl Accumulator {
    fn new(reduction: Reduction, dtype: DType) -> Accumulator {
        let value = reduction.identity(dtype).map(|v| v.cast(accumulator(reduction, dtype)));
        Accumulator { reduction, dtype, value, index: 0 }
    }

    fn add(&mut self, position: usize, element: Scalar) {
        let Some(op) = self.reduction.combine() else {
            if self.value.is_none_or(|best| replaces(self.reduction, element, best)) {
                (self.value, self.index) = (Some(element), position);
            }
            return;
        };
        let element = element.cast(accumulator(self.reduction, self.dtype));
        self.value = self.value.map(|value| op.eval(&[value, element]));
    }

    fn result(self) -> Result<Scalar, String> {
        match (self.reduction, self.value) {
            (Reduction::ArgMax | Reduction::ArgMin, Some(_)) => Ok(Scalar::i64(self.index as i64)),
            (_, Some(value)) => Ok(value.cast(self.dtype)),
            (_, None) => Err(EMPTY.to_string()),
        }
    }
}

pub(super) const EMPTY: &str = "an empty dimension has no extreme element";

/// The type that a reduction accumulates in.
pub(super) fn accumulator(reduction: Reduction, dtype: DType) -> DType {
    match reduction {
        Reduction::Sum | Reduction::Product if dtype.is_float() => DType::F64,
        _ => dtype,
    }
}

/// Whether a later element is a better extreme than the best so far: the first NaN wins for good.
fn replaces(reduction: Reduction, element: Scalar, best: Scalar) -> bool {
    if best.as_f64().is_nan() {
        return false;
    }
    let better = if reduction == Reduction::ArgMax { ScalarOp::Gt } else { ScalarOp::Lt };
    element.as_f64().is_nan() || better.eval(&[element, best]).is_truthy()
}
