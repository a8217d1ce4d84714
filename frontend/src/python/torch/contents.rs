//! Tensors and what they hold: reading through views, making new ones, and the natives about their identity.

use super::apply::apply;
use super::object::{StorageData, StorageObject, TensorObject, ViewStep};
use super::view::step_shape;
use crate::python::classes;
use crate::python::native::{Args, NativeResult, Ret, Unwind};
use crate::python::object::Kind;
use crate::python::value::{ObjId, Value};
use crate::python::vm::Vm;
use braid_ir::{Attr, Attrs, Tensor, TensorType, ValueId};
use std::sync::Arc;

/// Constants of this many elements or fewer are computed while the network is traced; larger ones are left to the net.
pub(super) const SMALL: usize = 4096;

impl StorageData {
    /// The type of the contents.
    pub fn ty(&self, vm: &Vm) -> TensorType {
        match self {
            StorageData::Const(tensor) => TensorType::fixed(tensor.dtype(), tensor.shape()),
            StorageData::Value(value) => vm
                .net
                .tensor_ty(*value)
                .cloned()
                .expect("storages hold tensors; lists in the net are objects of their own"),
            StorageData::Poison { dtype, shape, .. } => TensorType::new(*dtype, shape.clone()),
        }
    }
}

/// The tensor behind a value: a tensor object, or a NumPy array's tensor.
pub(super) fn as_tensor(vm: &Vm, value: &Value) -> Option<TensorObject> {
    match vm.kind(value) {
        Some(Kind::Tensor(tensor)) => Some(tensor.clone()),
        Some(Kind::Plain) => {
            let inner = vm.own_attr(value, crate::python::names::Name::new("_tensor"))?;
            match vm.kind(&inner) {
                Some(Kind::Tensor(tensor)) => Some(tensor.clone()),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The tensor behind an argument.
///
/// # Errors
/// `TypeError` for anything else.
pub(super) fn tensor_arg(vm: &mut Vm, value: &Value) -> Result<TensorObject, Unwind> {
    match as_tensor(vm, value) {
        Some(tensor) => Ok(tensor),
        None => {
            let name = vm.type_name(value);
            Err(vm.type_error(format!("expected a tensor, not '{name}'")))
        }
    }
}

/// The contents of a storage.
pub(super) fn storage(vm: &Vm, id: ObjId) -> &StorageData {
    match &vm.obj(id).kind {
        Kind::Storage(storage) => &storage.data,
        _ => unreachable!("a tensor's storage is a storage object"),
    }
}

/// Replaces the contents of a storage.
pub(super) fn set_storage(vm: &mut Vm, id: ObjId, data: StorageData) {
    if let Kind::Storage(storage) = &mut vm.obj_mut(id).kind {
        storage.data = data;
        storage.version += 1;
    }
}

/// The type of a tensor, without reading it.
pub fn tensor_type(vm: &Vm, tensor: &TensorObject) -> TensorType {
    let mut ty = storage(vm, tensor.storage).ty(vm);
    for step in tensor.view.iter() {
        ty.shape = step_shape(&ty.shape, step);
    }
    ty
}

/// The contents of a tensor, its views applied.
///
/// # Errors
/// As appending an operator.
pub(super) fn read(vm: &mut Vm, tensor: &TensorObject) -> Result<StorageData, Unwind> {
    let mut data = storage(vm, tensor.storage).clone();
    for step in tensor.view.iter() {
        data = apply_step(vm, step, data)?;
    }
    Ok(data)
}

/// One view step applied to contents.
pub(super) fn apply_step(vm: &mut Vm, step: &ViewStep, data: StorageData) -> Result<StorageData, Unwind> {
    let mut results = apply(vm, step.op, vec![data], step.attrs.clone())?;
    Ok(results.pop().expect("movement has one result"))
}

/// The value of the net that a tensor object is, its views applied.
///
/// # Errors
/// A diagnostic for a tensor whose contents are not known; as appending an operator.
pub fn tensor_value(vm: &mut Vm, value: &Value) -> Result<ValueId, Unwind> {
    let tensor = tensor_arg(vm, value)?;
    let data = read(vm, &tensor)?;
    materialise(vm, &data)
}

/// Contents as a value of the net.
///
/// # Errors
/// A diagnostic for contents that are not known.
pub(super) fn materialise(vm: &mut Vm, data: &StorageData) -> Result<ValueId, Unwind> {
    match data {
        StorageData::Value(value) => Ok(*value),
        StorageData::Const(tensor) => {
            if vm.weights.name_of(tensor).is_none()
                && let Some(element) = splat(tensor)
            {
                let shape = tensor.shape().iter().map(|&n| n.into()).collect();
                return vm.emit1(
                    "full",
                    &[],
                    Attrs::from([("value", Attr::Scalar(element)), ("shape", Attr::Terms(shape))]),
                );
            }
            Ok(vm.weights.place(&mut vm.net, tensor))
        }
        StorageData::Poison { why, .. } => Err(vm.unsupported(
            format!("this needs the contents of a tensor that {why} filled with random numbers"),
            "give its contents with --weights, or make it from constants",
        )),
    }
}

/// The element that all elements are, if they are the same.
fn splat(tensor: &Tensor) -> Option<braid_ir::Scalar> {
    let size = tensor.dtype().size();
    let first = tensor.bytes().get(..size)?;
    tensor.bytes().chunks_exact(size).all(|element| element == first).then(|| tensor.get(0))
}

/// A new tensor object of the class `torch.Tensor`.
pub(super) fn new_object(vm: &mut Vm, data: StorageData) -> Value {
    let storage = vm.new_object(classes::STORAGE, Kind::Storage(StorageObject { data, version: 0 }));
    let Value::Obj(storage) = storage else { unreachable!("an object was just made") };
    let class = vm.tensor_class;
    vm.new_object(class, Kind::Tensor(TensorObject { storage, view: Arc::new([]) }))
}

/// A new tensor object for a value of the net.
pub fn new_tensor(vm: &mut Vm, value: ValueId) -> Value {
    new_object(vm, StorageData::Value(value))
}

/// A new tensor object for a constant; one that has a name is a weight.
pub fn constant_tensor(vm: &mut Vm, tensor: Arc<Tensor>, name: Option<&str>) -> Value {
    if let Some(name) = name {
        vm.weights.name(&tensor, name);
    }
    new_object(vm, StorageData::Const(tensor))
}

pub(super) fn set_tensor_class(vm: &mut Vm, args: &Args) -> NativeResult {
    match vm.as_class(&args[0]) {
        Some(class) => vm.tensor_class = class,
        None => return Err(vm.type_error("expected a class")),
    }
    Ret::NONE
}

pub(super) fn alias(vm: &mut Vm, args: &Args) -> NativeResult {
    let tensor = tensor_arg(vm, &args[0])?;
    match vm.as_class(&args[1]) {
        Some(class) => Ok(Ret::Value(vm.new_object(class, Kind::Tensor(tensor)))),
        None => Err(vm.type_error("expected a class")),
    }
}

pub(super) fn assign(vm: &mut Vm, args: &Args) -> NativeResult {
    let source = tensor_arg(vm, &args[1])?;
    tensor_arg(vm, &args[0])?;
    if let Value::Obj(id) = args[0] {
        vm.obj_mut(id).kind = Kind::Tensor(source);
    }
    Ret::NONE
}

pub(super) fn clone(vm: &mut Vm, args: &Args) -> NativeResult {
    let tensor = tensor_arg(vm, &args[0])?;
    let data = read(vm, &tensor)?;
    Ok(Ret::Value(new_object(vm, data)))
}

pub(super) fn shape_of(vm: &mut Vm, args: &Args) -> NativeResult {
    let tensor = tensor_arg(vm, &args[0])?;
    let dims = tensor_type(vm, &tensor).shape.iter().map(|&dim| vm.new_int(dim)).collect();
    Ok(Ret::Value(vm.new_tuple(dims)))
}

pub(super) fn code(vm: &mut Vm, args: &Args) -> NativeResult {
    let tensor = tensor_arg(vm, &args[0])?;
    let dtype = storage(vm, tensor.storage).ty(vm).dtype;
    Ok(Ret::Value(Value::str(dtype.name())))
}
