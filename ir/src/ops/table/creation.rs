//! Tensors from nothing: constants, counting, random numbers.

use super::common::*;
use super::random;
use crate::dtype::{DType, Scalar};
use crate::ops::attrs::AttrKind;
use crate::ops::*;
use crate::tensor::Tensor;
use crate::term::Term;
use std::sync::Arc;

const SHAPE: AttrSpec = attr("shape", AttrKind::Terms, "the dimensions");
const DTYPE: AttrSpec = attr("dtype", AttrKind::DType, "the element type");
const NO_GRADIENT: Gradient = Gradient::NotSupported("it has no operands");

fn nest(cx: &Infer, body: Term) -> Result<Loops, String> {
    let out = checked_shape(cx, cx.attrs.terms("shape"))?;
    Ok(Loops { out, reduce: vec![], reads: vec![], body, reduction: None, narrow: None })
}

/// The shape, whose dimensions must not be negative.
pub(super) fn checked_shape(cx: &Infer, shape: &[Term]) -> Result<Vec<Term>, String> {
    for &dim in shape {
        cx.require(Term::int(0).less_equal(dim), "a dimension is {0}; it must not be negative", &[dim])?;
    }
    Ok(shape.to_vec())
}

fn iota(cx: &Infer) -> Result<Loops, String> {
    let position = axis(*cx.attrs.int("axis"), cx.attrs.terms("shape").len())?;
    nest(cx, Term::axis(position).cast(*cx.attrs.dtype("dtype")))
}

fn random_infer(cx: &Infer) -> Result<Inferred, String> {
    let dtype = *cx.attrs.dtype("dtype");
    if !dtype.is_float() {
        return Err(format!("random numbers are floats, not {dtype}"));
    }
    let ty = TensorType::new(dtype, checked_shape(cx, cx.attrs.terms("shape"))?);
    Ok(Inferred { results: vec![ty.into()], sizes: vec![] })
}

fn random_eval(
    cx: &mut EvalContext,
    element: fn(u64, u64, u64, DType) -> Scalar,
) -> Result<Vec<Value>, String> {
    let dtype = *cx.attrs.dtype("dtype");
    let shape = TensorType::new(dtype, cx.attrs.terms("shape").to_vec())
        .fixed_shape()
        .ok_or("a symbol has no value")?;
    let draw = *cx.draws;
    *cx.draws += 1;
    let tensor = Tensor::from_fn(dtype, shape, |i| element(cx.seed, draw, i as u64, dtype));
    Ok(vec![Value::Tensor(Arc::new(tensor))])
}

pub(super) static ROWS: &[OpSpec] = &[
    OpSpec {
        name: "full",
        doc: "A tensor filled with one constant.",
        operands: Arity::Exactly(0),
        attributes: &[attr("value", AttrKind::Scalar, "the element"), SHAPE],
        def: OpDef::Loops(|cx| nest(cx, Term::constant(*cx.attrs.scalar("value")))),
        laws: &[],
        numerics: Numerics::Exact,
        effects: Effects::Pure,
        gradient: NO_GRADIENT,
        examples: &[Example {
            operands: &[],
            attributes: "value = 2.5:f32, shape = [2]",
            result: "f32[2] [2.5, 2.5]",
        }],
    },
    OpSpec {
        name: "iota",
        doc: "Each element is its position along `axis` (StableHLO `iota`).",
        operands: Arity::Exactly(0),
        attributes: &[DTYPE, SHAPE, AXIS],
        def: OpDef::Loops(iota),
        laws: &[],
        numerics: Numerics::Exact,
        effects: Effects::Pure,
        gradient: NO_GRADIENT,
        examples: &[Example {
            operands: &[],
            attributes: "dtype = i64, shape = [2, 3], axis = 1",
            result: "i64[2,3] [0, 1, 2, 0, 1, 2]",
        }],
    },
    OpSpec {
        name: "random_uniform",
        doc: "Uniform in [0, 1): `random::uniform` of (seed, number of this draw, position).",
        operands: Arity::Exactly(0),
        attributes: &[DTYPE, SHAPE],
        def: OpDef::Opaque {
            why: "it draws from the program's generator",
            infer: random_infer,
            eval: |cx| random_eval(cx, random::uniform),
            kernel: "random_uniform",
        },
        laws: &[],
        numerics: Numerics::Exact,
        effects: Effects::Random,
        gradient: NO_GRADIENT,
        examples: &[Example { operands: &[], attributes: "dtype = f32, shape = [0]", result: "f32[0] []" }],
    },
    OpSpec {
        name: "random_normal",
        doc: "Standard normal: `random::normal` of (seed, number of this draw, position).",
        operands: Arity::Exactly(0),
        attributes: &[DTYPE, SHAPE],
        def: OpDef::Opaque {
            why: "it draws from the program's generator",
            infer: random_infer,
            eval: |cx| random_eval(cx, random::normal),
            kernel: "random_normal",
        },
        laws: &[],
        numerics: Numerics::Rounding,
        effects: Effects::Random,
        gradient: NO_GRADIENT,
        examples: &[Example { operands: &[], attributes: "dtype = f32, shape = [0]", result: "f32[0] []" }],
    },
];
