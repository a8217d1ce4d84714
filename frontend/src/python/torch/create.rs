//! Tensors of Python data, of one number, and of nothing known.

use super::apply::{apply, dtype_arg, terms_arg};
use super::contents::{SMALL, as_tensor, new_object, read, set_storage, storage, tensor_arg};
use super::object::StorageData;
use super::promote::{converted, number_dtype, promoted};
use crate::python::native::{Args, NativeResult, Ret, Unwind};
use crate::python::object::{Kind, SeqElement, SeqObject};
use crate::python::value::Value;
use crate::python::vm::{Mode, Vm};
use braid_ir::{Attr, Attrs, DType, Scalar, Tensor, TensorType, Term};
use std::sync::Arc;

/// What fills `torch.empty` while modules are built: a later write to a part of it makes the rest zero.
pub(super) const EMPTY: &str = "torch.empty";

/// A Python number as contents of rank 0 of a type.
///
/// # Errors
/// `TypeError` if the value is no number.
pub(super) fn number(vm: &mut Vm, value: &Value, dtype: DType) -> Result<StorageData, Unwind> {
    if let Some(element) = element(vm, value, dtype) {
        return Ok(StorageData::Const(Arc::new(Tensor::scalar(element))));
    }
    match vm.emit_number(value)? {
        Some(value) => converted(vm, StorageData::Value(value), dtype),
        None => {
            let name = vm.type_name(value);
            Err(vm.type_error(format!("expected a number or a tensor, not '{name}'")))
        }
    }
}

/// A known Python number as an element.
fn element(vm: &Vm, value: &Value, dtype: DType) -> Option<Scalar> {
    match vm.scalar(value) {
        Value::Bool(value) => Some(Scalar::from_int(dtype, i128::from(*value))),
        Value::Int(value) => Some(Scalar::from_int(dtype, i128::from(*value))),
        Value::Float(value) => Some(Scalar::from_f64(dtype, *value)),
        _ => None,
    }
}

/// `tensor(data, code)`: nested lists of numbers and tensors as one tensor; the type is told from them unless given.
pub(super) fn tensor(vm: &mut Vm, args: &Args) -> NativeResult {
    let dtype = if args[1].is_none() { None } else { Some(dtype_arg(vm, &args[1])?) };
    let data = from_data(vm, &args[0], dtype)?;
    Ok(Ret::Value(new_object(vm, data)))
}

/// Python data as contents.
///
/// # Errors
/// `ValueError` for ragged lists, `TypeError` for what is neither number, tensor nor sequence.
pub(super) fn from_data(vm: &mut Vm, data: &Value, dtype: Option<DType>) -> Result<StorageData, Unwind> {
    if let Some(Kind::Seq(list)) = vm.kind(data) {
        let list = *list;
        return stacked(vm, list, dtype);
    }
    let mut leaves = Vec::new();
    let mut shape = Vec::new();
    flatten(vm, data, 0, &mut shape, &mut leaves)?;
    let mut found: Option<DType> = None;
    for leaf in &leaves {
        let dtype = match as_tensor(vm, leaf) {
            Some(tensor) => storage(vm, tensor.storage).ty(vm).dtype,
            None => match number_dtype(vm, leaf) {
                Some(dtype) => dtype,
                None => {
                    let name = vm.type_name(leaf);
                    return Err(
                        vm.type_error(format!("could not determine the shape of object type '{name}'"))
                    );
                }
            },
        };
        found = Some(found.map_or(dtype, |before| promoted(before, dtype)));
    }
    let dtype = dtype.or(found).unwrap_or(DType::F32);
    let known: Option<Vec<Scalar>> = leaves.iter().map(|leaf| element(vm, leaf, dtype)).collect();
    if let Some(elements) = known {
        let mut tensor = Tensor::zeros(dtype, shape);
        elements.into_iter().enumerate().for_each(|(i, element)| tensor.set(i, element));
        return Ok(StorageData::Const(Arc::new(tensor)));
    }
    let mut parts = Vec::with_capacity(leaves.len());
    let rank_one = leaves.len() > 1 || !shape.is_empty();
    for leaf in &leaves {
        let part = match as_tensor(vm, leaf) {
            Some(tensor) => {
                let data = read(vm, &tensor)?;
                converted(vm, data, dtype)?
            }
            None => number(vm, leaf, dtype)?,
        };
        let target = if rank_one { vec![Term::int(1)] } else { vec![] };
        parts.push(reshaped(vm, part, target)?);
    }
    if !rank_one {
        return Ok(parts.remove(0));
    }
    let joined = if parts.len() == 1 {
        parts.remove(0)
    } else {
        apply(vm, "concat", parts, Attrs::from([("axis", Attr::Int(0))]))?.remove(0)
    };
    reshaped(vm, joined, shape.into_iter().map(Term::from).collect())
}

/// A list in the net as a tensor; Python floats become `float32` unless a type is given.
fn stacked(vm: &mut Vm, list: SeqObject, dtype: Option<DType>) -> Result<StorageData, Unwind> {
    let results = vm.emit("seq_stack", &[list.value], Attrs::from([("axis", Attr::Int(0))]))?;
    let data = StorageData::Value(results[0]);
    let natural = match list.element {
        SeqElement::Float => DType::F32,
        _ => data.ty(vm).dtype,
    };
    converted(vm, data, dtype.unwrap_or(natural))
}

fn reshaped(vm: &mut Vm, data: StorageData, shape: Vec<Term>) -> Result<StorageData, Unwind> {
    if data.ty(vm).shape == shape {
        return Ok(data);
    }
    Ok(apply(vm, "reshape", vec![data], Attrs::from([("shape", Attr::Terms(shape))]))?.remove(0))
}

/// More nesting than any tensor has.
const DEPTH_MAX: usize = 64;

/// Collects the leaves of nested sequences and the shape that they have.
fn flatten(
    vm: &mut Vm,
    data: &Value,
    depth: usize,
    shape: &mut Vec<usize>,
    leaves: &mut Vec<Value>,
) -> Result<(), Unwind> {
    if depth > DEPTH_MAX {
        return Err(
            vm.value_error(format!("too many dimensions: lists are nested more than {DEPTH_MAX} deep"))
        );
    }
    if let Some(tensor) = as_tensor(vm, data) {
        let ty = super::contents::tensor_type(vm, &tensor);
        return flatten_tensor(vm, data, &ty, depth, shape, leaves);
    }
    vm.settle(data)?;
    let items = match vm.as_list(data) {
        Some(items) => items.clone(),
        None if vm.as_tuple(data).is_some() || matches!(vm.kind(data), Some(Kind::Range(_))) => {
            vm.items(data)?.unwrap_or_default()
        }
        None => {
            if depth < shape.len() {
                return Err(ragged(vm, depth));
            }
            leaves.push(data.clone());
            return Ok(());
        }
    };
    extent(vm, depth, items.len(), leaves.is_empty(), shape)?;
    for item in &items {
        flatten(vm, item, depth + 1, shape, leaves)?;
    }
    Ok(())
}

/// A dimension of the shape, which the first element at its depth decides.
fn extent(
    vm: &mut Vm,
    depth: usize,
    length: usize,
    first: bool,
    shape: &mut Vec<usize>,
) -> Result<(), Unwind> {
    if depth == shape.len() && first {
        shape.push(length);
    } else if shape.get(depth) != Some(&length) {
        return Err(ragged(vm, depth));
    }
    Ok(())
}

fn ragged(vm: &mut Vm, depth: usize) -> Unwind {
    vm.value_error(format!("expected sequences of equal length at dim {depth}"))
}

/// A tensor inside a list counts by its elements; one of a single element as a number.
fn flatten_tensor(
    vm: &mut Vm,
    data: &Value,
    ty: &TensorType,
    depth: usize,
    shape: &mut Vec<usize>,
    leaves: &mut Vec<Value>,
) -> Result<(), Unwind> {
    let Some(dims) = ty.fixed_shape() else {
        return Err(vm.unsupported(
            "a tensor of symbolic shape inside a list cannot become part of a tensor",
            "use torch.stack or torch.cat",
        ));
    };
    if depth > 0 && dims.iter().product::<usize>() == 1 && depth >= shape.len() {
        leaves.push(data.clone());
        return Ok(());
    }
    for (i, &n) in dims.iter().enumerate() {
        extent(vm, depth + i, n, leaves.is_empty(), shape)?;
    }
    let tensor = tensor_arg(vm, data)?;
    let contents = read(vm, &tensor)?;
    let count: usize = dims.iter().product();
    let flat = reshaped(vm, contents, vec![count.into()])?;
    for i in 0..count {
        let attrs = Attrs::from([
            ("start", Attr::Terms(vec![i.into()])),
            ("limit", Attr::Terms(vec![(i + 1).into()])),
        ]);
        let one = apply(vm, "slice", vec![flat.clone()], attrs)?.remove(0);
        let one = reshaped(vm, one, vec![])?;
        leaves.push(match &one {
            StorageData::Const(element) => super::scalar::python_scalar(element.get(0)),
            _ => new_object(vm, one),
        });
    }
    Ok(())
}

/// A tensor of zeros.
pub(super) fn zeros(vm: &mut Vm, dtype: DType, shape: &[Term]) -> Result<StorageData, Unwind> {
    filled(vm, Scalar::from_int(dtype, 0), shape.to_vec())
}

/// A tensor of one known element.
fn filled(vm: &mut Vm, element: Scalar, shape: Vec<Term>) -> Result<StorageData, Unwind> {
    let shape: Vec<Term> = shape.iter().map(|&dim| vm.state.facts.normalise(dim)).collect();
    if let Some(negative) = shape.iter().find(|dim| dim.as_int().is_some_and(|n| n < 0)) {
        return Err(vm.runtime_error(format!("Trying to create tensor with negative dimension {negative}")));
    }
    let ty = TensorType::new(element.dtype(), shape);
    if let Some(fixed) = ty.fixed_shape()
        && (vm.mode == Mode::Eager || count(&fixed).is_some_and(|count| count <= SMALL))
    {
        return Ok(StorageData::Const(Arc::new(constant(vm, element, fixed)?)));
    }
    let attrs = Attrs::from([("value", Attr::Scalar(element)), ("shape", Attr::Terms(ty.shape))]);
    Ok(StorageData::Value(vm.emit1("full", &[], attrs)?))
}

/// Tensors of the constructor have at most this many bytes each: the compiler holds them, and more than one copy.
const BYTES_MAX: usize = 16 << 30;

/// How many elements a shape has, if that many can be counted.
fn count(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1usize, |n, &dim| n.checked_mul(dim))
}

fn constant(vm: &Vm, element: Scalar, shape: Vec<usize>) -> Result<Tensor, Unwind> {
    let count = count_at_once(vm, element.dtype(), &shape)?;
    Ok(Tensor::new(element.dtype(), shape, Tensor::scalar(element).bytes().repeat(count)))
}

/// How many elements a tensor has that the compiler makes.
///
/// # Errors
/// If it is too large for that.
pub(super) fn count_at_once(vm: &Vm, dtype: DType, shape: &[usize]) -> Result<usize, Unwind> {
    let fits = |count: &usize| count.checked_mul(dtype.size()).is_some_and(|bytes| bytes <= BYTES_MAX);
    count(shape).filter(fits).ok_or_else(|| {
        vm.unsupported(
            format!("a tensor of shape {shape:?} is too large to be made by the compiler (limit {BYTES_MAX} bytes)"),
            "make it in the entry method, where it takes memory only when the program runs",
        )
    })
}

/// `full(size, value, code)`
pub(super) fn full(vm: &mut Vm, args: &Args) -> NativeResult {
    let shape = terms_arg(vm, &args[0], "size")?;
    let dtype = dtype_arg(vm, &args[2])?;
    if let Some(element) = element(vm, &args[1], dtype) {
        let data = filled(vm, element, shape)?;
        return Ok(Ret::Value(new_object(vm, data)));
    }
    let value = number(vm, &args[1], dtype)?;
    let data =
        apply(vm, "broadcast_to", vec![value], Attrs::from([("shape", Attr::Terms(shape))]))?.remove(0);
    Ok(Ret::Value(new_object(vm, data)))
}

/// `uninitialised(size, code)`: `torch.empty`.
pub(super) fn uninitialised(vm: &mut Vm, args: &Args) -> NativeResult {
    let shape = terms_arg(vm, &args[0], "size")?;
    let dtype = dtype_arg(vm, &args[1])?;
    let data = match vm.mode {
        Mode::Eager => StorageData::Poison { dtype, shape, why: EMPTY.to_owned() },
        Mode::Tracing => zeros(vm, dtype, &shape)?,
    };
    Ok(Ret::Value(new_object(vm, data)))
}

/// `poison(size, code, why)`: random contents that nobody knows.
pub(super) fn poison(vm: &mut Vm, args: &Args) -> NativeResult {
    let shape = terms_arg(vm, &args[0], "size")?;
    let dtype = dtype_arg(vm, &args[1])?;
    let why = vm.str_arg(&args[2], "why")?.to_string();
    if let Some(negative) = shape.iter().find(|dim| dim.as_int().is_some_and(|n| n < 0)) {
        return Err(vm.runtime_error(format!("Trying to create tensor with negative dimension {negative}")));
    }
    Ok(Ret::Value(new_object(vm, StorageData::Poison { dtype, shape, why })))
}

/// `forget(tensor, why)`: the tensor's storage is filled with random contents.
pub(super) fn forget(vm: &mut Vm, args: &Args) -> NativeResult {
    let tensor = tensor_arg(vm, &args[0])?;
    let why = vm.str_arg(&args[1], "why")?.to_string();
    let ty = storage(vm, tensor.storage).ty(vm);
    set_storage(vm, tensor.storage, StorageData::Poison { dtype: ty.dtype, shape: ty.shape, why });
    Ret::NONE
}
