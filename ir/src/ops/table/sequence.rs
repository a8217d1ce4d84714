//! Growing lists of tensors ([`Type::Seq`]): values, so each change is a new list.
//!
//! An index counts from the end if negative; one out of range fails as Python does. Dimensions that differ from element
//! to element come out as sizes: an `i64[]` result each, in order, after the tensor.

use super::common::*;
use super::opaque::placeholder;
use crate::dtype::DType;
use crate::ops::attrs::{Attr, AttrKind};
use crate::ops::*;
use crate::tensor::Tensor;
use crate::term::{Sym, Term};
use std::sync::Arc;

impl Infer<'_> {
    fn seq(&self, i: usize) -> Result<(DType, Option<&[Option<Term>]>), String> {
        match self.operands.get(i) {
            Some(Type::Seq(dtype, dims)) => Ok((*dtype, dims.as_deref())),
            Some(other) => Err(format!("operand {i} must be a sequence, not {other}")),
            None => Err(format!("operand {i} is missing")),
        }
    }

    /// Element type and dimensions of a sequence whose elements have one rank.
    fn ranked(&self, i: usize) -> Result<(DType, &[Option<Term>]), String> {
        let (dtype, dims) = self.seq(i)?;
        let unlike =
            || format!("the elements of {} may differ in the number of dimensions", self.operands[i]);
        Ok((dtype, dims.ok_or_else(unlike)?))
    }

    /// The type of the sequence operand with the tensor operand as an element: dimensions in which that is of another size are left
    /// open, and all where it is of another rank.
    fn with_element(&self, seq: usize, element: usize) -> Result<Type, String> {
        let ((dtype, dims), x) = (self.seq(seq)?, self.tensor(element)?);
        if x.dtype != dtype {
            return Err(format!("{x} is no element of {}", self.operands[seq]));
        }
        let Some(dims) = dims.filter(|dims| dims.len() == x.rank()) else {
            return Ok(Type::Seq(dtype, None));
        };
        let mut joined = Vec::with_capacity(dims.len());
        for (dim, &found) in dims.iter().zip(&x.shape) {
            let differs = |dim: &Term| dim.as_int().zip(found.as_int()).is_some_and(|(a, b)| a != b);
            let dim = dim.filter(|dim| !differs(dim));
            if let Some(dim) = dim {
                self.equal(dim, found, "a dimension of the sequence and of its new element")?;
            }
            joined.push(dim);
        }
        Ok(Type::Seq(dtype, Some(joined)))
    }

    fn index_operand(&self, i: usize) -> Result<(), String> {
        let ty = self.tensor(i)?;
        if *ty == TensorType::scalar(DType::I64) {
            Ok(())
        } else {
            Err(format!("operand {i} must be an i64[] index, not {ty}"))
        }
    }
}

/// Collects results and the sizes that they depend on.
struct Sized {
    inferred: Inferred,
    syms: Vec<Sym>,
}

impl Sized {
    fn new() -> Sized {
        Sized { inferred: Inferred::default(), syms: vec![] }
    }

    /// A dimension: the known one, or a new size.
    fn dim(&mut self, known: Option<Term>) -> Term {
        known.unwrap_or_else(|| {
            let sym = placeholder(self.syms.len());
            self.syms.push(sym);
            Term::sym(sym)
        })
    }

    /// The results, followed by one `i64[]` per size.
    fn finish(mut self, results: Vec<Type>) -> Inferred {
        self.inferred.results = results;
        for sym in self.syms {
            self.inferred.sizes.push((self.inferred.results.len(), sym));
            self.inferred.results.push(TensorType::scalar(DType::I64).into());
        }
        self.inferred
    }
}

fn empty_infer(cx: &Infer) -> Result<Inferred, String> {
    let dims = cx.attrs.terms("dims");
    let unknown = axes(cx.attrs.ints("unknown"), dims.len())?;
    let dims = dims.iter().enumerate().map(|(i, &d)| (!unknown.contains(&i)).then_some(d)).collect();
    let dims = (!*cx.attrs.bool("ragged")).then_some(dims);
    Ok(Inferred { results: vec![Type::Seq(*cx.attrs.dtype("dtype"), dims)], sizes: vec![] })
}

fn push_infer(cx: &Infer) -> Result<Inferred, String> {
    Ok(Inferred { results: vec![cx.with_element(0, 1)?], sizes: vec![] })
}

fn set_infer(cx: &Infer) -> Result<Inferred, String> {
    cx.index_operand(1)?;
    Ok(Inferred { results: vec![cx.with_element(0, 2)?], sizes: vec![] })
}

fn len_infer(cx: &Infer) -> Result<Inferred, String> {
    cx.seq(0)?;
    Ok(Inferred { results: vec![TensorType::scalar(DType::I64).into()], sizes: vec![] })
}

fn get_infer(cx: &Infer) -> Result<Inferred, String> {
    let (dtype, dims) = cx.ranked(0)?;
    cx.index_operand(1)?;
    let mut sized = Sized::new();
    let shape = dims.iter().map(|d| sized.dim(*d)).collect();
    Ok(sized.finish(vec![TensorType::new(dtype, shape).into()]))
}

fn pop_infer(cx: &Infer) -> Result<Inferred, String> {
    let (dtype, dims) = cx.ranked(0)?;
    cx.index_operand(1)?;
    let mut sized = Sized::new();
    let shape = dims.iter().map(|d| sized.dim(*d)).collect();
    Ok(sized.finish(vec![cx.operands[0].clone(), TensorType::new(dtype, shape).into()]))
}

fn stack_infer(cx: &Infer) -> Result<Inferred, String> {
    let (dtype, dims) = cx.ranked(0)?;
    let at = axis(*cx.attrs.int("axis"), dims.len() + 1)?;
    let mut sized = Sized::new();
    let length = sized.dim(None);
    let mut shape: Vec<Term> = dims.iter().map(|d| sized.dim(*d)).collect();
    shape.insert(at, length);
    Ok(sized.finish(vec![TensorType::new(dtype, shape).into()]))
}

fn concat_infer(cx: &Infer) -> Result<Inferred, String> {
    let (dtype, dims) = cx.ranked(0)?;
    let at = axis(*cx.attrs.int("axis"), dims.len())?;
    let mut sized = Sized::new();
    let total = sized.dim(None);
    let shape = dims.iter().enumerate().map(|(i, d)| if i == at { total } else { sized.dim(*d) }).collect();
    Ok(sized.finish(vec![TensorType::new(dtype, shape).into()]))
}

fn number(value: usize) -> Value {
    Value::Tensor(Arc::new(Tensor::i64(&[], &[value as i64])))
}

/// The position that index operand `i` names in a list of `length`.
fn position(cx: &EvalContext, i: usize, length: usize) -> Result<usize, String> {
    let index = cx.tensor(i)?.get(0).as_i128();
    let wrapped = if index < 0 { index + length as i128 } else { index };
    usize::try_from(wrapped)
        .ok()
        .filter(|&p| p < length)
        .ok_or_else(|| "IndexError: list index out of range".to_string())
}

/// The sizes of `tensor` along these dimensions.
fn sizes(tensor: &Tensor, dims: impl IntoIterator<Item = usize>) -> Vec<Value> {
    dims.into_iter().map(|i| number(tensor.shape()[i])).collect()
}

/// The dimensions that the type of the sequence operand leaves open.
fn open_dims(cx: &EvalContext) -> Result<Vec<usize>, String> {
    match cx.types.first() {
        Some(Type::Seq(_, Some(dims))) => Ok((0..dims.len()).filter(|&i| dims[i].is_none()).collect()),
        _ => Err("operand 0 must be a sequence of elements of one rank".to_string()),
    }
}

/// Rank of the elements of the sequence operand.
fn element_rank(cx: &EvalContext) -> usize {
    match cx.types.first() {
        Some(Type::Seq(_, Some(dims))) => dims.len(),
        _ => 0,
    }
}

fn empty_eval(_: &mut EvalContext) -> Result<Vec<Value>, String> {
    Ok(vec![Value::Seq(vec![])])
}

fn push_eval(cx: &mut EvalContext) -> Result<Vec<Value>, String> {
    let mut seq = cx.seq(0)?.to_vec();
    seq.push(cx.shared(1)?);
    Ok(vec![Value::Seq(seq)])
}

fn set_eval(cx: &mut EvalContext) -> Result<Vec<Value>, String> {
    let mut seq = cx.seq(0)?.to_vec();
    let at = position(cx, 1, seq.len())?;
    seq[at] = cx.shared(2)?;
    Ok(vec![Value::Seq(seq)])
}

fn insert_eval(cx: &mut EvalContext) -> Result<Vec<Value>, String> {
    let mut seq = cx.seq(0)?.to_vec();
    // As Python's `insert`, for which no index is out of range.
    let index = cx.tensor(1)?.get(0).as_i128();
    let wrapped = if index < 0 { index + seq.len() as i128 } else { index };
    seq.insert(wrapped.clamp(0, seq.len() as i128) as usize, cx.shared(2)?);
    Ok(vec![Value::Seq(seq)])
}

fn len_eval(cx: &mut EvalContext) -> Result<Vec<Value>, String> {
    Ok(vec![number(cx.seq(0)?.len())])
}

fn get_eval(cx: &mut EvalContext) -> Result<Vec<Value>, String> {
    let seq = cx.seq(0)?;
    let element = seq[position(cx, 1, seq.len())?].clone();
    let sizes = sizes(&element, open_dims(cx)?);
    Ok([vec![Value::Tensor(element)], sizes].concat())
}

fn pop_eval(cx: &mut EvalContext) -> Result<Vec<Value>, String> {
    let mut seq = cx.seq(0)?.to_vec();
    let element = seq.remove(position(cx, 1, seq.len())?);
    let sizes = sizes(&element, open_dims(cx)?);
    Ok([vec![Value::Seq(seq), Value::Tensor(element)], sizes].concat())
}

/// The elements one after another along an axis that they all have.
fn joined(parts: &[Arc<Tensor>], at: usize) -> Result<Tensor, String> {
    let first = parts.first().ok_or("RuntimeError: expected a non-empty list of tensors")?;
    let mut shape = first.shape().to_vec();
    shape[at] = 0;
    for part in parts {
        let differs = |i: &usize| *i != at && part.shape()[*i] != first.shape()[*i];
        if let Some(i) = (0..first.rank()).find(differs) {
            return Err(format!(
                "RuntimeError: sizes of tensors must match, but got {} and {} in dimension {i}",
                first.shape()[i],
                part.shape()[i]
            ));
        }
        shape[at] += part.shape()[at];
    }
    let outer: usize = shape[..at].iter().product();
    let mut bytes = vec![];
    for o in 0..outer {
        for part in parts {
            let block = part.bytes().len() / outer;
            bytes.extend_from_slice(&part.bytes()[o * block..(o + 1) * block]);
        }
    }
    Ok(Tensor::new(first.dtype(), shape, bytes))
}

fn stack_eval(cx: &mut EvalContext) -> Result<Vec<Value>, String> {
    let seq = cx.seq(0)?;
    let open = open_dims(cx)?;
    let rank = element_rank(cx);
    let at = axis(*cx.attrs.int("axis"), rank + 1)?;
    let expanded = seq.iter().map(|part| {
        let mut shape = part.shape().to_vec();
        shape.insert(at, 1);
        Arc::new(part.as_ref().clone().reshaped(shape))
    });
    let result = joined(&expanded.collect::<Vec<_>>(), at)?;
    let open = open.into_iter().map(|i| if i < at { i } else { i + 1 });
    let sizes = sizes(&result, std::iter::once(at).chain(open));
    Ok([vec![Value::Tensor(Arc::new(result))], sizes].concat())
}

fn concat_eval(cx: &mut EvalContext) -> Result<Vec<Value>, String> {
    let open = open_dims(cx)?;
    let at = axis(*cx.attrs.int("axis"), element_rank(cx))?;
    let result = joined(cx.seq(0)?, at)?;
    let sizes = sizes(&result, std::iter::once(at).chain(open.into_iter().filter(|&i| i != at)));
    Ok([vec![Value::Tensor(Arc::new(result))], sizes].concat())
}

const WHY: &str = "lists grow at run time";

macro_rules! rows {
    ($($name:literal $arity:literal $doc:literal [$($attr:expr),*] $infer:ident $eval:ident $effects:ident, $operands:expr, $attributes:literal => $result:literal;)*) => {
        pub(super) static ROWS: &[OpSpec] = &[$(OpSpec {
            name: $name,
            doc: $doc,
            operands: Arity::Exactly($arity),
            attributes: &[$($attr),*],
            def: OpDef::Opaque { why: WHY, infer: $infer, eval: $eval, kernel: $name },
            laws: &[],
            numerics: Numerics::Exact,
            effects: Effects::$effects,
            gradient: Gradient::NotSupported("not needed for inference"),
            examples: &[Example { operands: &$operands, attributes: $attributes, result: $result }],
        }),*];
    };
}

rows! {
    "seq_empty" 0 "The empty list of tensors with these dimensions; those in `unknown` may differ from element to element."
        [attr("dtype", AttrKind::DType, "the element type"), attr("dims", AttrKind::Terms, "dimensions of the elements; any number where unknown"),
         attr_or("unknown", AttrKind::Ints, || Attr::Ints(vec![]), "which dimensions are left open"),
         attr_or("ragged", AttrKind::Bool, || Attr::Bool(false), "whether the elements may differ in the number of dimensions, too")]
        empty_infer empty_eval Pure, [], "dtype = f32, dims = [2]" => "seq<f32[2]> []";
    "seq_push" 2 "The list with operand 1 appended; its type holds both, dimensions that differ left open." [] push_infer push_eval Pure,
        ["seq<f32[1]> [f32[1] [1]]", "f32[] 2"], "" => "seq<f32[*]> [f32[1] [1], f32[] 2]";
    "seq_insert" 3 "The list with operand 2 inserted before index operand 1, as Python's `insert`." [] set_infer insert_eval Pure,
        ["seq<f32[]> [f32[] 1]", "i64[] 0", "f32[] 2"], "" => "seq<f32[]> [f32[] 2, f32[] 1]";
    "seq_set" 3 "The list with its element at index operand 1 replaced by operand 2." [] set_infer set_eval Observable,
        ["seq<f32[]> [f32[] 1, f32[] 2]", "i64[] -1", "f32[] 3"], "" => "seq<f32[]> [f32[] 1, f32[] 3]";
    "seq_len" 1 "How many elements." [] len_infer len_eval Pure,
        ["seq<f32[]> [f32[] 1, f32[] 2]"], "" => "i64[] 2";
    "seq_get" 2 "The element at index operand 1; then a size per open dimension." [] get_infer get_eval Observable,
        ["seq<f32[?]> [f32[2] [1, 2], f32[1] [3]]", "i64[] 0"], "" => "f32[2] [1, 2]; i64[] 2";
    "seq_pop" 2 "The list without its element at index operand 1, and that element; then a size per open dimension." [] pop_infer pop_eval Observable,
        ["seq<f32[]> [f32[] 1, f32[] 2]", "i64[] -1"], "" => "seq<f32[]> [f32[] 1]; f32[] 2";
    "seq_stack" 1 "All elements along a new `axis`; then its size, and one per open dimension. They must have one shape."
        [AXIS] stack_infer stack_eval Observable,
        ["seq<f32[2]> [f32[2] [1, 2], f32[2] [3, 4]]"], "axis = 1" => "f32[2,2] [1, 3, 2, 4]; i64[] 2";
    "seq_concat" 1 "All elements one after another along `axis`; then its size, and one per other open dimension, in which they must agree."
        [AXIS] concat_infer concat_eval Observable,
        ["seq<f32[?]> [f32[2] [1, 2], f32[1] [3]]"], "axis = 0" => "f32[3] [1, 2, 3]; i64[] 3";
}
