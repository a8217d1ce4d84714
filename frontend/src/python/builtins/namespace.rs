//! `__dict__`: a live view of an object's attributes, with the methods of a dict.
//!
//! Its `keys()`, `values()` and `items()` show what the attributes were when they were called, so that a loop over them
//! may change the object.

use super::dict::merge;
use crate::python::classes::{DICT_ITEMS, DICT_KEYS, DICT_VALUES};
use crate::python::dict::Dict;
use crate::python::names::Name;
use crate::python::native::{Args, NativeResult, NativeRow, Ret, Unwind, row};
use crate::python::object::{DictPart, Kind};
use crate::python::value::{ObjId, Value};
use crate::python::vm::Vm;

/// The methods.
pub const METHODS: &[NativeRow] = &[
    row("__getitem__", "self, key, /", getitem),
    row("__setitem__", "self, key, value, /", setitem),
    row("__delitem__", "self, key, /", delitem),
    row("__contains__", "self, key, /", contains),
    row("__len__", "self, /", len),
    row("__iter__", "self, /", iter),
    row("__repr__", "self, /", repr),
    row("__eq__", "self, other, /", eq),
    row("clear", "self, /", clear),
    row("copy", "self, /", copy),
    row("get", "self, key, default=None, /", get),
    row("items", "self, /", items),
    row("keys", "self, /", keys),
    row("pop", "self, key, default=<unset>, /", pop),
    row("setdefault", "self, key, default=None, /", setdefault),
    row("update", "self, other=<unset>, /, **kwargs", update),
    row("values", "self, /", values),
];

fn owner(vm: &mut Vm, args: &Args) -> Result<ObjId, Unwind> {
    match vm.attributes_of(&args[0]) {
        Some(id) => Ok(id),
        None => Err(vm.type_error("descriptor requires a 'mappingproxy' object")),
    }
}

/// An attribute of the owner.
fn find(vm: &mut Vm, args: &Args) -> Result<Option<Value>, Unwind> {
    let id = owner(vm, args)?;
    let name = vm.as_str(&args[1]).and_then(|name| Name::existing(name));
    Ok(name.and_then(|name| vm.obj(id).attr(name).cloned()))
}

/// Sets an attribute of the owner, whatever its class says about setting.
fn store(vm: &mut Vm, id: ObjId, key: &Value, value: Value) -> Result<(), Unwind> {
    let name = Name::new(&vm.str_arg(key, "an attribute's name")?);
    vm.obj_mut(id).set_attr(name, value);
    changed(vm, id);
    Ok(())
}

fn changed(vm: &mut Vm, id: ObjId) {
    if matches!(vm.obj(id).kind, Kind::Class(_)) {
        vm.touch_classes();
    }
}

fn remove(vm: &mut Vm, args: &Args) -> Result<Option<Value>, Unwind> {
    let id = owner(vm, args)?;
    let name = vm.as_str(&args[1]).and_then(|name| Name::existing(name));
    let removed = name.and_then(|name| vm.obj_mut(id).remove_attr(name));
    changed(vm, id);
    Ok(removed)
}

fn pairs(vm: &mut Vm, args: &Args) -> Result<Vec<(Value, Value)>, Unwind> {
    let id = owner(vm, args)?;
    Ok(vm.obj(id).attrs().map(|(name, value)| (Value::name(name), value.clone())).collect())
}

fn as_dict(vm: &mut Vm, args: &Args) -> Result<Value, Unwind> {
    let mut dict = Dict::new();
    for (key, value) in pairs(vm, args)? {
        dict.insert(vm.key(&key)?, key, value);
    }
    Ok(vm.new_dict(dict))
}

fn getitem(vm: &mut Vm, args: &Args) -> NativeResult {
    match find(vm, args)? {
        Some(value) => Ok(Ret::Value(value)),
        None => Err(vm.key_error(args[1].clone())),
    }
}

fn setitem(vm: &mut Vm, args: &Args) -> NativeResult {
    let id = owner(vm, args)?;
    store(vm, id, &args[1], args[2].clone())?;
    Ret::NONE
}

fn delitem(vm: &mut Vm, args: &Args) -> NativeResult {
    match remove(vm, args)? {
        Some(_) => Ret::NONE,
        None => Err(vm.key_error(args[1].clone())),
    }
}

fn contains(vm: &mut Vm, args: &Args) -> NativeResult {
    let found = find(vm, args)?.is_some();
    Ok(Ret::Value(Value::Bool(found)))
}

fn len(vm: &mut Vm, args: &Args) -> NativeResult {
    let count = pairs(vm, args)?.len();
    Ok(Ret::Value(Value::Int(count as i64)))
}

fn iter(vm: &mut Vm, args: &Args) -> NativeResult {
    let names: Vec<Value> = pairs(vm, args)?.into_iter().map(|(name, _)| name).collect();
    Ok(Ret::Value(vm.new_iter(crate::python::object::Iter::Items(names.into(), 0))))
}

fn repr(vm: &mut Vm, args: &Args) -> NativeResult {
    let dict = as_dict(vm, args)?;
    Ok(Ret::Value(vm.repr(&dict)?))
}

fn eq(vm: &mut Vm, args: &Args) -> NativeResult {
    let dict = as_dict(vm, args)?;
    let other = match vm.attributes_of(&args[1]) {
        Some(_) => as_dict(vm, &Args { params: vec![args[1].clone()], ..Args::default() })?,
        None => args[1].clone(),
    };
    let equal = vm.equal(&dict, &other)?;
    Ok(Ret::Value(Value::Bool(equal)))
}

fn clear(vm: &mut Vm, args: &Args) -> NativeResult {
    let id = owner(vm, args)?;
    vm.obj_mut(id).attrs_mut().clear();
    changed(vm, id);
    Ret::NONE
}

fn copy(vm: &mut Vm, args: &Args) -> NativeResult {
    Ok(Ret::Value(as_dict(vm, args)?))
}

fn get(vm: &mut Vm, args: &Args) -> NativeResult {
    let found = find(vm, args)?;
    Ok(Ret::Value(found.unwrap_or_else(|| args[2].clone())))
}

/// A view of what the attributes are now.
fn view(vm: &mut Vm, args: &Args, class: ObjId, part: DictPart) -> NativeResult {
    let dict = as_dict(vm, args)?.as_obj().expect("a dict lives in the heap");
    Ok(Ret::Value(vm.new_object(class, Kind::DictView(dict, part))))
}

fn items(vm: &mut Vm, args: &Args) -> NativeResult {
    view(vm, args, DICT_ITEMS, DictPart::Items)
}

fn keys(vm: &mut Vm, args: &Args) -> NativeResult {
    view(vm, args, DICT_KEYS, DictPart::Keys)
}

fn values(vm: &mut Vm, args: &Args) -> NativeResult {
    view(vm, args, DICT_VALUES, DictPart::Values)
}

fn pop(vm: &mut Vm, args: &Args) -> NativeResult {
    match remove(vm, args)? {
        Some(value) => Ok(Ret::Value(value)),
        None if args.has(2) => Ok(Ret::Value(args[2].clone())),
        None => Err(vm.key_error(args[1].clone())),
    }
}

fn setdefault(vm: &mut Vm, args: &Args) -> NativeResult {
    if let Some(value) = find(vm, args)? {
        return Ok(Ret::Value(value));
    }
    let id = owner(vm, args)?;
    store(vm, id, &args[1], args[2].clone())?;
    Ok(Ret::Value(args[2].clone()))
}

fn update(vm: &mut Vm, args: &Args) -> NativeResult {
    let id = owner(vm, args)?;
    let mut added = Dict::new();
    if let Some(early) = merge(vm, &mut added, args, 1)? {
        return Ok(early);
    }
    for (_, (key, value)) in added.entries {
        store(vm, id, &key, value)?;
    }
    Ret::NONE
}
