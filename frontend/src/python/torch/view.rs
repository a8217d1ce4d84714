//! Views: tensors that show the elements of another, and writes through them.
//!
//! A view is a chain of `reshape`, `transpose`, `broadcast_to` and `slice` steps from its storage's base value. A write
//! through a view works backward along the chain: each step's source is rebuilt with the new elements in their places,
//! and what comes out is the storage's new base value, which all views see.

use super::apply::{apply, attribute, list_arg, term_arg, terms_arg};
use super::contents::{apply_step, as_tensor, read, set_storage, storage, tensor_arg, tensor_type};
use super::create::{EMPTY, number, zeros};
use super::object::{StorageData, TensorObject, ViewStep};
use super::promote::converted;
use crate::python::native::{Args, NativeResult, Ret, Unwind};
use crate::python::object::Kind;
use crate::python::value::Value;
use crate::python::vm::Vm;
use braid_ir::ops;
use braid_ir::{Attr, Attrs, Term};

/// The shape that a step makes of a shape.
pub(super) fn step_shape(shape: &[Term], step: &ViewStep) -> Vec<Term> {
    match step.op {
        "transpose" => step.attrs.ints("permutation").iter().map(|&i| shape[i as usize]).collect(),
        "slice" => {
            let (start, limit) = (step.attrs.terms("start"), step.attrs.terms("limit"));
            let strides = step.attrs.ints("stride").iter();
            let lengths = start.iter().zip(limit).zip(strides).map(|((&start, &limit), &stride)| {
                let length = limit - start;
                if stride == 1 {
                    length
                } else {
                    (length + Term::int(stride - 1)).floor_div(Term::int(stride))
                }
            });
            lengths.collect()
        }
        _ => step.attrs.terms("shape").to_vec(),
    }
}

/// A tensor's view with one more step, without steps that do nothing.
pub(super) fn viewed(vm: &Vm, tensor: &TensorObject, step: ViewStep) -> TensorObject {
    let shape = tensor_type(vm, tensor).shape;
    let mut steps = tensor.view.to_vec();
    let step = match (steps.last(), step.op) {
        (Some(last), "reshape") if last.op == "reshape" => {
            steps.pop();
            step
        }
        (Some(last), "transpose") if last.op == "transpose" => {
            let inner = last.attrs.ints("permutation");
            let order = step.attrs.ints("permutation").iter().map(|&i| inner[i as usize]).collect();
            steps.pop();
            ViewStep { op: "transpose", attrs: Attrs::from([("permutation", Attr::Ints(order))]) }
        }
        _ => step,
    };
    let before = TensorObject { storage: tensor.storage, view: steps.clone().into() };
    let source = tensor_type(vm, &before).shape;
    let nothing = match step.op {
        "transpose" => step.attrs.ints("permutation").iter().enumerate().all(|(i, &from)| i as i64 == from),
        "slice" => {
            step.attrs.ints("stride").iter().all(|&stride| stride == 1)
                && step.attrs.terms("start").iter().all(|start| start.as_int() == Some(0))
                && step.attrs.terms("limit") == shape
        }
        _ => step.attrs.terms("shape") == source,
    };
    if !nothing {
        steps.push(step);
    }
    TensorObject { storage: tensor.storage, view: steps.into() }
}

/// A new tensor object that shows the same storage.
pub(super) fn shown(vm: &mut Vm, tensor: TensorObject) -> Value {
    let class = vm.tensor_class;
    vm.new_object(class, Kind::Tensor(tensor))
}

pub(super) fn view(vm: &mut Vm, args: &Args) -> NativeResult {
    let tensor = tensor_arg(vm, &args[0])?;
    let name = vm.str_arg(&args[1], "name")?;
    let Some(spec) = ops::find(&name) else { return Err(vm.type_error(format!("{name} is not a view"))) };
    let mut attrs = Attrs::default();
    for (key, value) in &args.kwargs {
        match spec.attributes.iter().find(|attr| attr.name == key.as_str()) {
            Some(attr) => attrs.set(attr.name, attribute(vm, attr, value)?),
            None => return Err(vm.type_error(format!("operator {name} has no attribute {key}"))),
        }
    }
    let ty = tensor_type(vm, &tensor);
    let types = [ty.into()];
    let completed =
        spec.complete(attrs).and_then(|attrs| spec.infer(&ops::Infer::new(&types, &attrs)).map(|_| attrs));
    let attrs = completed.map_err(|message| vm.runtime_error(format!("{name}: {message}")))?;
    let tensor = viewed(vm, &tensor, ViewStep { op: spec.name, attrs });
    Ok(Ret::Value(shown(vm, tensor)))
}

/// Whether a view's elements follow each other in its storage as they do in the view, so that it can be reshaped
/// without a copy.
pub(super) fn is_viewable(vm: &mut Vm, args: &Args) -> NativeResult {
    let tensor = tensor_arg(vm, &args[0])?;
    let mut shape = storage(vm, tensor.storage).ty(vm).shape;
    for step in tensor.view.iter() {
        if !keeps_order(&shape, step) {
            return Ok(Ret::Value(Value::Bool(false)));
        }
        shape = step_shape(&shape, step);
    }
    Ok(Ret::Value(Value::Bool(true)))
}

fn is_one(dim: &Term) -> bool {
    dim.as_int() == Some(1)
}

fn keeps_order(shape: &[Term], step: &ViewStep) -> bool {
    match step.op {
        "transpose" => {
            let order = step.attrs.ints("permutation");
            let wide: Vec<i64> = order.iter().copied().filter(|&i| !is_one(&shape[i as usize])).collect();
            wide.is_sorted()
        }
        "broadcast_to" => {
            let stretched = step_shape(shape, step);
            let lead = stretched.len() - shape.len();
            stretched[..lead].iter().all(is_one) && stretched[lead..] == *shape
        }
        "slice" => {
            let result = step_shape(shape, step);
            let cut = (0..shape.len()).rfind(|&i| result[i] != shape[i]);
            cut.is_none_or(|last| {
                let stride = step.attrs.ints("stride")[last];
                (stride == 1 || is_one(&result[last])) && result[..last].iter().all(is_one)
            })
        }
        _ => true,
    }
}

/// `write(target, value)`: changes what a tensor holds, as `target[...] = value` does.
pub(super) fn write(vm: &mut Vm, args: &Args) -> NativeResult {
    let target = tensor_arg(vm, &args[0])?;
    let ty = tensor_type(vm, &target);
    let data = match as_tensor(vm, &args[1]) {
        Some(value) if value.storage == target.storage && value.view == target.view => return Ret::NONE,
        Some(value) => {
            let data = read(vm, &value)?;
            converted(vm, data, ty.dtype)?
        }
        None => number(vm, &args[1], ty.dtype)?,
    };
    let data = broadcast(vm, data, &ty.shape)?;
    write_contents(vm, &target, data)?;
    Ret::NONE
}

/// Contents stretched to a shape; leading dimensions of 1 that the shape has not are dropped.
fn broadcast(vm: &mut Vm, data: StorageData, shape: &[Term]) -> Result<StorageData, Unwind> {
    let have = data.ty(vm).shape;
    if have == shape {
        return Ok(data);
    }
    let extra = have.len().saturating_sub(shape.len());
    let data = if extra > 0 && have[..extra].iter().all(is_one) {
        one(apply(vm, "reshape", vec![data], Attrs::from([("shape", Attr::Terms(have[extra..].to_vec()))]))?)
    } else {
        data
    };
    if data.ty(vm).shape == shape {
        return Ok(data);
    }
    Ok(one(apply(vm, "broadcast_to", vec![data], Attrs::from([("shape", Attr::Terms(shape.to_vec()))]))?))
}

fn one(mut results: Vec<StorageData>) -> StorageData {
    results.pop().expect("movement has one result")
}

/// Writes contents of a tensor's own shape and type through its view.
pub(super) fn write_contents(vm: &mut Vm, target: &TensorObject, data: StorageData) -> Result<(), Unwind> {
    let mut base = storage(vm, target.storage).clone();
    let partial = target.view.iter().any(|step| matches!(step.op, "slice" | "broadcast_to"));
    if partial && let StorageData::Poison { dtype, shape, why } = &base {
        if why != EMPTY {
            // Random but for this part: what a checkpoint is expected to give is still not known.
            return Ok(());
        }
        base = zeros(vm, *dtype, shape)?;
    }
    let mut sources = vec![base];
    for step in target.view.iter() {
        let source = sources.last().cloned().expect("the base is the first");
        sources.push(if partial { apply_step(vm, step, source)? } else { source });
    }
    let mut shapes = vec![storage(vm, target.storage).ty(vm).shape];
    for step in target.view.iter() {
        let shape = step_shape(shapes.last().expect("the base is the first"), step);
        shapes.push(shape);
    }
    let mut data = data;
    for (i, step) in target.view.iter().enumerate().rev() {
        let source = &shapes[i];
        data = match step.op {
            "reshape" => {
                one(apply(vm, "reshape", vec![data], Attrs::from([("shape", Attr::Terms(source.clone()))]))?)
            }
            "transpose" => {
                let order = step.attrs.ints("permutation");
                let mut back = vec![0; order.len()];
                order.iter().enumerate().for_each(|(to, &from)| back[from as usize] = to as i64);
                one(apply(vm, "transpose", vec![data], Attrs::from([("permutation", Attr::Ints(back))]))?)
            }
            "slice" => {
                let attrs = Attrs::from([
                    ("start", Attr::Terms(step.attrs.terms("start").to_vec())),
                    ("stride", Attr::Ints(step.attrs.ints("stride").to_vec())),
                ]);
                one(apply(vm, "update_slice", vec![sources[i].clone(), data], attrs)?)
            }
            _ => {
                return Err(vm.runtime_error(
                    "unsupported operation: more than one element of the written-to tensor refers to a single memory location. Please clone() the tensor before performing the operation.",
                ));
            }
        };
    }
    set_storage(vm, target.storage, data);
    Ok(())
}

pub(super) fn broadcast_shapes(vm: &mut Vm, args: &Args) -> NativeResult {
    let mut shapes = Vec::new();
    for shape in list_arg(vm, &args[0], "shapes")? {
        shapes.push(terms_arg(vm, &shape, "shape")?);
    }
    let rank = shapes.iter().map(Vec::len).max().unwrap_or(0);
    let mut result = vec![Term::int(1); rank];
    for shape in &shapes {
        let lead = rank - shape.len();
        for (at, &dim) in result[lead..].iter_mut().zip(shape) {
            if is_one(at) {
                *at = dim;
            } else if !is_one(&dim) && dim != *at {
                if vm.state.facts.equal(dim, *at) == Some(false) {
                    return Err(vm.runtime_error(format!(
                        "Shape mismatch: objects cannot be broadcast to a single shape ({at} against {dim})"
                    )));
                }
                // Of two that have to be equal, a number says more.
                if dim.as_int().is_some() {
                    *at = dim;
                }
            }
        }
    }
    let dims = result.into_iter().map(|dim| vm.new_int(dim)).collect();
    Ok(Ret::Value(vm.new_list(dims)))
}

/// Bounds of a slice of a dimension as Python clamps them: start and limit, with start <= limit.
pub(super) fn slice_bounds(
    vm: &mut Vm,
    start: &Value,
    stop: &Value,
    size: Term,
) -> Result<(Term, Term), Unwind> {
    let zero = Term::int(0);
    let start = if start.is_none() { zero } else { clamped(vm, start, size)? };
    let stop = if stop.is_none() { size } else { clamped(vm, stop, size)? };
    Ok((start, maximum(vm, start, stop)))
}

fn clamped(vm: &mut Vm, bound: &Value, size: Term) -> Result<Term, Unwind> {
    let bound = term_arg(vm, bound, "slice bound")?;
    let bound = wrapped_index(vm, bound, size);
    let bound = maximum(vm, bound, Term::int(0));
    Ok(minimum(vm, bound, size))
}

/// A position counted from the front.
pub(super) fn wrapped_index(vm: &Vm, index: Term, size: Term) -> Term {
    let negative = index.less(Term::int(0));
    match vm.state.facts.decide(negative) {
        Some(true) => index + size,
        Some(false) => index,
        None => negative.select(index + size, index),
    }
}

/// The smaller, simplified by what this path knows.
pub(super) fn minimum(vm: &Vm, a: Term, b: Term) -> Term {
    match vm.state.facts.decide(a.less_equal(b)) {
        Some(true) => a,
        Some(false) => b,
        None if vm.state.facts.decide(b.less_equal(a)) == Some(true) => b,
        None => a.min(b),
    }
}

/// The larger, simplified by what this path knows.
pub(super) fn maximum(vm: &Vm, a: Term, b: Term) -> Term {
    match vm.state.facts.decide(a.less_equal(b)) {
        Some(true) => b,
        Some(false) => a,
        None if vm.state.facts.decide(b.less_equal(a)) == Some(true) => a,
        None => a.max(b),
    }
}
