//! Applying rows of the operator table: at once where everything is known, else by appending to the net.

use super::contents::{SMALL, materialise, new_object, new_tensor, read, tensor_arg};
use super::create::count_at_once;
use super::object::StorageData;
use crate::python::native::{Args, NativeResult, Ret, Unwind};
use crate::python::object::Kind;
use crate::python::value::Value;
use crate::python::vm::{Mode, Vm};
use braid_ir::eval::eval_op;
use braid_ir::ops::{self, AttrSpec, Effects, Infer, OpSpec};
use braid_ir::{Attr, AttrKind, Attrs, DType, TensorType, Term, Type};

/// Applies a row to contents.
///
/// # Errors
/// `RuntimeError` if the row refuses the operands; a diagnostic if it needs contents that are not known.
pub(super) fn apply(
    vm: &mut Vm,
    name: &str,
    operands: Vec<StorageData>,
    attrs: Attrs,
) -> Result<Vec<StorageData>, Unwind> {
    let Some(spec) = ops::find(name) else {
        return Err(vm.unsupported(
            format!("there is no operator {name}"),
            "this is a mistake in Braid's prelude; please report it",
        ));
    };
    let attrs = attrs_normalised(vm, attrs);
    let random = operands.iter().find_map(|data| match data {
        StorageData::Poison { why, .. } => Some(why.clone()),
        _ => None,
    });
    if let Some(why) = random
        && vm.mode == Mode::Eager
    {
        return infer(vm, spec, &operands, &attrs)?
            .into_iter()
            .map(|ty| Ok(StorageData::Poison { dtype: ty.dtype, shape: ty.shape, why: why.clone() }))
            .collect();
    }
    if let Some(constants) = constants(&operands)
        && spec.effects != Effects::Random
        && attrs.iter().all(|(_, attr)| is_constant(attr))
        && at_once(vm, spec, &operands, &attrs)?
    {
        let results = eval_op(spec, &constants, attrs).map_err(|message| refused(vm, spec, &message))?;
        return results
            .into_iter()
            .map(|result| match result {
                ops::Value::Tensor(tensor) => Ok(StorageData::Const(tensor)),
                ops::Value::Seq(_) => Err(vm.unsupported(
                    format!("{} gives a list", spec.name),
                    "this is a mistake in Braid's prelude",
                )),
            })
            .collect();
    }
    let mut values = Vec::with_capacity(operands.len());
    for data in &operands {
        values.push(materialise(vm, data)?);
    }
    let known = vm.net.syms.len();
    let results = vm.emit(spec.name, &values, attrs)?;
    // Symbols that the operator itself brought are sizes, which are never negative. A result that was there already may
    // have got a symbol otherwise, as any integer.
    if vm.net.syms.len() > known {
        for &result in &results {
            if let Some(sym) = vm.net.sym_of(result) {
                vm.state.facts.bound(sym, Some(0), None);
            }
        }
    }
    Ok(results.into_iter().map(StorageData::Value).collect())
}

fn constants(operands: &[StorageData]) -> Option<Vec<ops::Value>> {
    operands
        .iter()
        .map(|data| match data {
            StorageData::Const(tensor) => Some(ops::Value::Tensor(tensor.clone())),
            _ => None,
        })
        .collect()
}

/// Attributes with what this path knows of their symbols.
fn attrs_normalised(vm: &Vm, attrs: Attrs) -> Attrs {
    let mut result = Attrs::default();
    for (name, attr) in attrs.iter() {
        let known = match attr {
            Attr::Term(term) => Attr::Term(vm.state.facts.normalise(*term)),
            Attr::Terms(terms) => {
                Attr::Terms(terms.iter().map(|&term| vm.state.facts.normalise(term)).collect())
            }
            other => other.clone(),
        };
        result.set(name, known);
    }
    result
}

fn is_constant(attr: &Attr) -> bool {
    match attr {
        Attr::Term(term) => term.as_const().is_some(),
        Attr::Terms(terms) => terms.iter().all(|term| term.as_const().is_some()),
        _ => true,
    }
}

/// Whether a row over constants is evaluated now: always while modules are built; while tracing only if it is small and
/// involves no float weight, so that weights stay weights.
fn at_once(
    vm: &mut Vm,
    spec: &'static OpSpec,
    operands: &[StorageData],
    attrs: &Attrs,
) -> Result<bool, Unwind> {
    if vm.mode == Mode::Eager {
        for ty in infer(vm, spec, operands, attrs)? {
            if let Some(shape) = ty.fixed_shape() {
                count_at_once(vm, ty.dtype, &shape)?;
            }
        }
        return Ok(true);
    }
    let weights = operands.iter().any(|data| match data {
        StorageData::Const(tensor) => vm.weights.name_of(tensor).is_some() && tensor.dtype().is_float(),
        _ => false,
    });
    if weights {
        return Ok(false);
    }
    let small =
        |ty: &TensorType| ty.fixed_shape().is_none_or(|shape| shape.iter().product::<usize>() <= SMALL);
    if !operands.iter().all(|data| small(&data.ty(vm))) {
        return Ok(false);
    }
    Ok(infer(vm, spec, operands, attrs)?.iter().all(small))
}

/// Result types of a row; a size that depends on data stays a placeholder.
fn infer(
    vm: &mut Vm,
    spec: &'static OpSpec,
    operands: &[StorageData],
    attrs: &Attrs,
) -> Result<Vec<TensorType>, Unwind> {
    let types: Vec<Type> = operands.iter().map(|data| data.ty(vm).into()).collect();
    let attrs = spec.complete(attrs.clone()).map_err(|message| refused(vm, spec, &message))?;
    let inferred = spec.infer(&Infer::new(&types, &attrs)).map_err(|message| refused(vm, spec, &message))?;
    Ok(inferred.results.iter().filter_map(|ty| ty.as_tensor().cloned()).collect())
}

fn refused(vm: &mut Vm, spec: &OpSpec, message: &str) -> Unwind {
    vm.runtime_error(format!("{}: {message}", spec.name))
}

/// A Python value as the attribute that a row declares.
pub(super) fn attribute(vm: &mut Vm, spec: &AttrSpec, value: &Value) -> Result<Attr, Unwind> {
    Ok(match spec.kind {
        AttrKind::Bool => Attr::Bool(vm.truth(value)?),
        AttrKind::Int => Attr::Int(vm.int_arg(value, spec.name)?),
        AttrKind::Float => Attr::Float(vm.float_arg(value, spec.name)?),
        AttrKind::Str => Attr::Str(vm.str_arg(value, spec.name)?.to_string()),
        AttrKind::DType => Attr::DType(dtype_arg(vm, value)?),
        AttrKind::Term => Attr::Term(term_arg(vm, value, spec.name)?),
        AttrKind::Terms => Attr::Terms(terms_arg(vm, value, spec.name)?),
        AttrKind::Ints => {
            let items = list_arg(vm, value, spec.name)?;
            Attr::Ints(items.iter().map(|item| vm.int_arg(item, spec.name)).collect::<Result<_, _>>()?)
        }
        AttrKind::Floats => {
            let items = list_arg(vm, value, spec.name)?;
            Attr::Floats(items.iter().map(|item| vm.float_arg(item, spec.name)).collect::<Result<_, _>>()?)
        }
        AttrKind::Scalar | AttrKind::Tensor => {
            return Err(vm.type_error(format!("attribute {} cannot be given from Python", spec.name)));
        }
    })
}

/// An element type given by its name.
pub(super) fn dtype_arg(vm: &mut Vm, value: &Value) -> Result<DType, Unwind> {
    let name = vm.str_arg(value, "dtype")?;
    DType::from_name(&name).ok_or_else(|| vm.type_error(format!("{name} is not an element type")))
}

/// An integer, known or not, as a term.
pub(super) fn term_arg(vm: &mut Vm, value: &Value, what: &str) -> Result<Term, Unwind> {
    if let Some(term) = vm.as_term(value) {
        return Ok(vm.state.facts.normalise(term));
    }
    if super::contents::as_tensor(vm, value).is_some() {
        let item = super::scalar::item_of(vm, value)?;
        if let Some(term) = vm.as_term(&item) {
            return Ok(term);
        }
    }
    Ok(Term::int(vm.int_arg(value, what)?))
}

/// Integers of a list or tuple as terms.
pub(super) fn terms_arg(vm: &mut Vm, value: &Value, what: &str) -> Result<Vec<Term>, Unwind> {
    let items = list_arg(vm, value, what)?;
    items.iter().map(|item| term_arg(vm, item, what)).collect()
}

/// The elements of a list or tuple.
pub(super) fn list_arg(vm: &mut Vm, value: &Value, what: &str) -> Result<Vec<Value>, Unwind> {
    vm.settle(value)?;
    if let Some(items) = vm.as_list(value) {
        return Ok(items.clone());
    }
    if let Some(items) = vm.as_tuple(value) {
        return Ok(items.to_vec());
    }
    let name = vm.type_name(value);
    Err(vm.type_error(format!("{what}: expected a list or tuple, not '{name}'")))
}

/// Results as Python sees them: a tensor, or a tuple of tensors.
pub(super) fn wrapped(vm: &mut Vm, results: Vec<StorageData>) -> Value {
    let mut tensors: Vec<Value> = results.into_iter().map(|data| new_object(vm, data)).collect();
    if tensors.len() == 1 { tensors.remove(0) } else { vm.new_tuple(tensors) }
}

pub(super) fn op(vm: &mut Vm, args: &Args) -> NativeResult {
    let name = vm.str_arg(&args[0], "name")?;
    let Some(spec) = ops::find(&name) else {
        return Err(vm.unsupported(
            format!("there is no operator {name}"),
            "this is a mistake in Braid's prelude; please report it",
        ));
    };
    let mut attrs = Attrs::default();
    for (key, value) in &args.kwargs {
        match spec.attributes.iter().find(|attr| attr.name == key.as_str()) {
            Some(attr) => attrs.set(attr.name, attribute(vm, attr, value)?),
            None => return Err(vm.type_error(format!("operator {name} has no attribute {key}"))),
        }
    }
    let mut operands = Vec::new();
    for operand in list_arg(vm, &args[1], "operands")? {
        let tensor = tensor_arg(vm, &operand)?;
        operands.push(read(vm, &tensor)?);
    }
    let results = apply(vm, spec.name, operands, attrs)?;
    Ok(Ret::Value(wrapped(vm, results)))
}

/// `torch.stack` and `torch.cat` of a list whose length is known only at run time; `None` for any other list.
pub(super) fn joined(vm: &mut Vm, args: &Args) -> NativeResult {
    let Some(Kind::Seq(list)) = vm.kind(&args[0]) else { return Ret::NONE };
    let list = *list;
    let stacks = &*vm.str_arg(&args[1], "kind")? == "stack";
    vm.check_ranked(list)?;
    let rank = match vm.net.ty(list.value) {
        Type::Seq(_, Some(dims)) => dims.len() as i64,
        _ => unreachable!("a list in the net is a sequence, and its elements have a rank"),
    };
    let dims = rank + i64::from(stacks);
    let dim = vm.int_arg(&args[2], "dim")?;
    if !(-dims..dims).contains(&dim) {
        return Err(vm.index_error(format!(
            "Dimension out of range (expected to be in range of [{}, {}], but got {dim})",
            -dims,
            dims - 1
        )));
    }
    let attrs = Attrs::from([("axis", Attr::Int(dim.rem_euclid(dims)))]);
    let results = vm.emit(if stacks { "seq_stack" } else { "seq_concat" }, &[list.value], attrs)?;
    // What this path knows of the length the result's type says.
    let axis = dim.rem_euclid(dims) as usize;
    let extent = match (vm.sequence_len(list), vm.net.ty(list.value)) {
        (length, _) if length.as_int().is_none() => None,
        (length, _) if stacks => Some(length),
        (length, Type::Seq(_, Some(dims))) => dims[axis].map(|each| each * length),
        _ => None,
    };
    let shape = vm.net.tensor_ty(results[0]).map(|ty| ty.shape.clone());
    if let (Some(extent), Some(mut limit)) = (extent, shape) {
        limit[axis] = extent;
        let whole = vm.emit_whole(results[0], limit)?;
        return Ok(Ret::Value(new_tensor(vm, whole)));
    }
    Ok(Ret::Value(new_tensor(vm, results[0])))
}
