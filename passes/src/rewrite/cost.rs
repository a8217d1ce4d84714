//! Modelled time of an application: a sum of products is a kernel, bound by arithmetic or by memory; what works element by
//! element or moves elements is fused into its neighbours and pays for part of its memory traffic.
//!
//! Nanoseconds of one core. Only ratios matter: a form is taken where the model says that it is faster.

use super::term::{Data, attrs_among};
use braid_ir::TensorType;
use braid_ir::ops::{Infer, OpDef, OpSpec, Reduction};
use braid_ir::{Node, Type};

/// Starting a kernel.
const KERNEL: f64 = 150.0;
/// Floating-point operations in a nanosecond, in a sum of products.
const FLOPS: f64 = 40.0;
/// Scalar operations in a nanosecond elsewhere.
const SCALAR_OPS: f64 = 4.0;
/// Bytes in a nanosecond.
const BYTES: f64 = 12.0;
/// The part of the memory traffic that is left where a movement is fused.
const MOVED: f64 = 0.5;
/// The part of the memory traffic that is left where an element-wise application is fused.
const FUSED: f64 = 0.25;
/// What any application costs, so that of two forms the shorter is taken.
const APPLICATION: f64 = 1.0;
/// A dimension that is only known when the program runs.
const UNKNOWN_DIMENSION: f64 = 32.0;
/// Constants up to this many elements are computed when the program is compiled.
pub const CONSTANT_ELEMENTS_MAX: usize = 1 << 23;
/// Scalar operations that are spent on one constant when the program is compiled.
pub const CONSTANT_WORK_MAX: f64 = (1u64 << 26) as f64;

fn elements(dims: &[braid_ir::Term]) -> f64 {
    dims.iter().map(|d| d.as_int().map_or(UNKNOWN_DIMENSION, |n| n.max(0) as f64)).product()
}

fn bytes(ty: &TensorType) -> f64 {
    elements(&ty.shape) * ty.dtype.size() as f64
}

/// The modelled time of an application of a row to arguments, which gives a result. Constants cost nothing, if they are
/// small enough to be computed beforehand.
pub fn price(spec: &OpSpec, args: &[&Data], result: &Data) -> f64 {
    let Some(ty) = result.ty() else { return f64::INFINITY };
    let Some((time, work)) = time(spec, args, ty) else { return f64::INFINITY };
    let small = ty.fixed_shape().is_some_and(|s| s.iter().product::<usize>() <= CONSTANT_ELEMENTS_MAX);
    if result.is_constant() && small && work <= CONSTANT_WORK_MAX { 0.0 } else { time }
}

/// Time, and scalar operations.
fn time(spec: &OpSpec, args: &[&Data], ty: &TensorType) -> Option<(f64, f64)> {
    let (attrs, count) = attrs_among(spec, args)?;
    let operands: Vec<&TensorType> = args[..count].iter().filter_map(|d| d.ty()).collect();
    let types: Vec<Type> = operands.iter().map(|&ty| Type::from(ty.clone())).collect();
    let OpDef::Loops(loops) = spec.def else { return None };
    let loops = loops(&Infer::new(&types, &attrs)).ok()?;
    let points = elements(&loops.out) * elements(&loops.reduce);
    let traffic = bytes(ty) + operands.iter().map(|ty| bytes(ty)).sum::<f64>();
    let body = loops.body.postorder().into_iter().filter(|t| matches!(t.node(), Node::Apply(..))).count() as f64;
    let work = points * body.max(1.0);
    let time = match loops.reduction {
        Some(Reduction::Sum) if loops.reads.len() > 1 => KERNEL + (2.0 * points / FLOPS).max(traffic / BYTES),
        Some(_) => KERNEL + (points / SCALAR_OPS).max(traffic / BYTES),
        None if body == 0.0 => MOVED * 2.0 * bytes(ty) / BYTES,
        None => FUSED * 2.0 * bytes(ty) / BYTES + elements(&loops.out) * body / (SCALAR_OPS * 4.0),
    };
    Some((APPLICATION + time, work))
}
