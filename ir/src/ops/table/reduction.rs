//! Reductions over axes, and scans.

use super::common::*;
use crate::dtype::{DType, Scalar};
use crate::ops::attrs::{Attr, AttrKind};
use crate::ops::*;
use crate::tensor::Tensor;
use crate::term::{ScalarOp, Term};
use std::sync::Arc;

/// The nest of a reduction over `reduced` axes of operand 0.
fn reduce(cx: &Infer, reduced: &[usize], keepdims: bool, reduction: Reduction) -> Result<Loops, String> {
    let x = cx.tensor(0)?;
    let kept: Vec<usize> = (0..x.rank()).filter(|i| keepdims || !reduced.contains(i)).collect();
    let out: Vec<Term> =
        kept.iter().map(|i| if reduced.contains(i) { Term::int(1) } else { x.shape[*i] }).collect();
    let mut index = vec![Term::int(0); x.rank()];
    for (axis, &i) in kept.iter().enumerate().filter(|(_, i)| !reduced.contains(i)) {
        index[i] = Term::axis(axis);
    }
    for (k, &i) in reduced.iter().enumerate() {
        index[i] = Term::axis(out.len() + k);
    }
    Ok(Loops {
        out,
        reduce: reduced.iter().map(|&i| x.shape[i]).collect(),
        reads: vec![Read::new(0, x.dtype, index)],
        body: Term::load(0, x.dtype),
        reduction: (!reduced.is_empty()).then_some(reduction),
        narrow: None,
    })
}

fn reduce_axes(cx: &Infer, reduction: Reduction) -> Result<Loops, String> {
    let x = cx.tensor(0)?;
    if matches!(reduction, Reduction::And | Reduction::Or) && x.dtype != DType::Bool {
        return Err(format!("the operand must be bool, not {}", x.dtype));
    }
    let mut reduced = axes(cx.attrs.ints("axes"), x.rank())?;
    reduced.sort_unstable();
    reduce(cx, &reduced, *cx.attrs.bool("keepdims"), reduction)
}

fn reduce_to_index(cx: &Infer, reduction: Reduction) -> Result<Loops, String> {
    let x = cx.tensor(0)?;
    let at = axis(*cx.attrs.int("axis"), x.rank())?;
    let what = format!("dimension {at} is empty: it has no extreme element");
    cx.require(Term::int(0).less(x.shape[at]), &what, &[])?;
    reduce(cx, &[at], *cx.attrs.bool("keepdims"), reduction)
}

const AXES: AttrSpec = attr("axes", AttrKind::Ints, "the axes to reduce; none: nothing changes");

macro_rules! reductions {
    ($($name:literal $doc:literal [$($attr:expr),*] $function:ident $reduction:ident $numerics:ident $gradient:expr,
        $operand:literal $attributes:literal => $result:literal;)*) => {
        pub(super) static ROWS: &[OpSpec] = &[$(OpSpec {
            name: $name,
            doc: $doc,
            operands: Arity::Exactly(1),
            attributes: &[$($attr),*, KEEPDIMS],
            def: OpDef::Loops(|cx| $function(cx, Reduction::$reduction)),
            laws: &[],
            numerics: Numerics::$numerics,
            effects: Effects::Pure,
            gradient: $gradient,
            examples: &[Example { operands: &[$operand], attributes: $attributes, result: $result }],
        }),*];
    };
}

const NONE: Gradient = Gradient::NotSupported("piecewise constant");

reductions! {
    "reduce_sum" "Sum; 0 of nothing." [AXES] reduce_axes Sum Reassociating Gradient::FromBody,
        "f32[2,2] [1, 2, 3, 4]" "axes = [1]" => "f32[2] [3, 7]";
    "reduce_prod" "Product; 1 of nothing." [AXES] reduce_axes Product Reassociating Gradient::FromBody,
        "f32[2,2] [1, 2, 3, 4]" "axes = [0], keepdims = true" => "f32[1,2] [3, 8]";
    "reduce_max" "Maximum; NaN wins; the least value of nothing." [AXES] reduce_axes Max Exact Gradient::FromBody,
        "f32[2,2] [1, 2, nan, 4]" "axes = [1]" => "f32[2] [2, nan]";
    "reduce_min" "Minimum; NaN wins; the greatest value of nothing." [AXES] reduce_axes Min Exact Gradient::FromBody,
        "i64[2,2] [1, 2, 3, 4]" "axes = [0, 1]" => "i64[] 1";
    "reduce_and" "Whether all are true." [AXES] reduce_axes And Exact NONE,
        "bool[2,2] [true, true, true, false]" "axes = [1]" => "bool[2] [true, false]";
    "reduce_or" "Whether any is true." [AXES] reduce_axes Or Exact NONE,
        "bool[2,2] [true, true, false, false]" "axes = [1]" => "bool[2] [true, false]";
    "argmax" "Index (i64) of the first maximum along `axis`; NaN counts as largest." [AXIS] reduce_to_index ArgMax Exact NONE,
        "f32[2,3] [1, 3, 3, 1, nan, 7]" "axis = 1" => "i64[2] [1, 1]";
    "argmin" "Index (i64) of the first minimum along `axis`; NaN counts as smallest." [AXIS] reduce_to_index ArgMin Exact NONE,
        "f32[2,3] [3, 1, 1, 1, nan, 7]" "axis = 1" => "i64[2] [1, 1]";
}

const SCAN: &str = "each element depends on the one before it: a scan, which independent points express only in quadratic time";
const EXCLUSIVE: AttrSpec =
    attr_or("exclusive", AttrKind::Bool, || Attr::Bool(false), "whether an element leaves itself out");
const REVERSE: AttrSpec =
    attr_or("reverse", AttrKind::Bool, || Attr::Bool(false), "whether it runs from the end");

fn scan_infer(cx: &Infer) -> Result<Inferred, String> {
    let x = cx.tensor(0)?;
    axis(*cx.attrs.int("axis"), x.rank())?;
    if x.dtype == DType::Bool {
        return Err("the operand must be a number, not bool".to_string());
    }
    Ok(Inferred { results: vec![x.clone().into()], sizes: vec![] })
}

/// Every line of `x` along an axis: the flat positions of its elements, first to last.
pub(super) fn lines(shape: &[usize], at: usize) -> impl Iterator<Item = Vec<usize>> {
    let (extent, inner) = (shape[at], shape[at + 1..].iter().product::<usize>());
    let outer: usize = shape[..at].iter().product();
    (0..outer * inner).map(move |line| {
        let first = line / inner * extent * inner + line % inner;
        (0..extent).map(|i| first + i * inner).collect()
    })
}

/// Sums and products in `f64` for floats, rounded per element.
fn scan_eval(cx: &mut EvalContext, op: ScalarOp, identity: i128) -> Result<Vec<Value>, String> {
    let x = cx.tensor(0)?;
    let at = axis(*cx.attrs.int("axis"), x.rank())?;
    let dtype = x.dtype();
    let wide = if dtype.is_float() { DType::F64 } else { dtype };
    let mut result = Tensor::zeros(dtype, x.shape().to_vec());
    for mut line in lines(x.shape(), at) {
        if *cx.attrs.bool("reverse") {
            line.reverse();
        }
        let mut sum = Scalar::from_int(wide, identity);
        for i in line {
            let next = op.eval(&[sum, x.get(i).cast(wide)]);
            result.set(i, if *cx.attrs.bool("exclusive") { sum } else { next });
            sum = next;
        }
    }
    Ok(vec![Value::Tensor(Arc::new(result))])
}

fn extreme_scan_infer(cx: &Infer) -> Result<Inferred, String> {
    let x = cx.tensor(0)?;
    axis(*cx.attrs.int("axis"), x.rank())?;
    let indices = TensorType::new(DType::I64, x.shape.clone());
    Ok(Inferred { results: vec![x.clone().into(), indices.into()], sizes: vec![] })
}

/// The running extreme and where it was last reached, as PyTorch's `cummax` has it; NaN, once seen, stays.
fn extreme_scan_eval(cx: &mut EvalContext, at_least: ScalarOp) -> Result<Vec<Value>, String> {
    let x = cx.tensor(0)?;
    let at = axis(*cx.attrs.int("axis"), x.rank())?;
    let mut values = Tensor::zeros(x.dtype(), x.shape().to_vec());
    let mut indices = Tensor::zeros(DType::I64, x.shape().to_vec());
    for line in lines(x.shape(), at) {
        let mut best: Option<(Scalar, usize)> = None;
        for (k, &i) in line.iter().enumerate() {
            let value = x.get(i);
            let is_nan = |v: Scalar| v.as_f64().is_nan();
            let replaces = best.is_none_or(|(old, _)| {
                is_nan(value) || !is_nan(old) && at_least.eval(&[value, old]).is_truthy()
            });
            let now = if replaces { (value, k) } else { best.unwrap_or((value, k)) };
            values.set(i, now.0);
            indices.set(i, Scalar::i64(now.1 as i64));
            best = Some(now);
        }
    }
    Ok(vec![Value::Tensor(Arc::new(values)), Value::Tensor(Arc::new(indices))])
}

macro_rules! scans {
    ($($name:literal $doc:literal [$($attr:expr),*] $infer:ident $eval:expr, $numerics:ident, $operand:literal $attributes:literal => $result:literal;)*) => {
        /// Scans.
        pub(super) static SCANS: &[OpSpec] = &[$(OpSpec {
            name: $name,
            doc: $doc,
            operands: Arity::Exactly(1),
            attributes: &[AXIS, $($attr),*],
            def: OpDef::Opaque { why: SCAN, infer: $infer, eval: $eval, kernel: $name },
            laws: &[],
            numerics: Numerics::$numerics,
            effects: Effects::Pure,
            gradient: Gradient::NotSupported("not needed for inference"),
            examples: &[Example { operands: &[$operand], attributes: $attributes, result: $result }],
        }),*];
    };
}

scans! {
    "cumsum" "Running sum along `axis`." [EXCLUSIVE, REVERSE] scan_infer |cx| scan_eval(cx, ScalarOp::Add, 0), Reassociating,
        "f32[3] [1, 2, 3]" "axis = 0, exclusive = true" => "f32[3] [0, 1, 3]";
    "cumprod" "Running product along `axis`." [EXCLUSIVE, REVERSE] scan_infer |cx| scan_eval(cx, ScalarOp::Mul, 1), Reassociating,
        "i64[3] [1, 2, 3]" "axis = 0, reverse = true" => "i64[3] [6, 6, 3]";
    "cummax" "Running maximum along `axis`, and the index where it was last reached." [] extreme_scan_infer
        |cx| extreme_scan_eval(cx, ScalarOp::Ge), Exact, "f32[4] [1, 3, 3, 2]" "axis = 0" => "f32[4] [1, 3, 3, 3]; i64[4] [0, 1, 2, 2]";
    "cummin" "Running minimum along `axis`, and the index where it was last reached." [] extreme_scan_infer
        |cx| extreme_scan_eval(cx, ScalarOp::Le), Exact, "f32[3] [2, 3, 1]" "axis = 0" => "f32[3] [2, 2, 1]; i64[3] [0, 0, 2]";
}
