//! Methods of `set` and `frozenset`. Sets iterate in insertion order, so that compilation is reproducible.

use crate::python::classes::{FROZENSET, SET};
use crate::python::dict::Dict;
use crate::python::native::{Args, NativeResult, NativeRow, Ret, Unwind, row};
use crate::python::object::Kind;
use crate::python::value::Value;
use crate::python::vm::Vm;

/// Methods of both classes.
pub const SHARED: &[NativeRow] = &[
    row("copy", "self, /", copy),
    row("difference", "self, /, *others", difference),
    row("intersection", "self, /, *others", intersection),
    row("isdisjoint", "self, other, /", isdisjoint),
    row("issubset", "self, other, /", issubset),
    row("issuperset", "self, other, /", issuperset),
    row("symmetric_difference", "self, other, /", symmetric_difference),
    row("union", "self, /, *others", union),
];

/// Methods of `set` alone.
pub const METHODS: &[NativeRow] = &[
    row("add", "self, item, /", add),
    row("clear", "self, /", clear),
    row("difference_update", "self, /, *others", difference_update),
    row("discard", "self, item, /", discard),
    row("intersection_update", "self, /, *others", intersection_update),
    row("pop", "self, /", pop),
    row("remove", "self, item, /", remove),
    row("update", "self, /, *others", update),
];

fn elements(vm: &mut Vm, value: &Value) -> Result<Dict, Unwind> {
    match vm.as_set(value) {
        Some(set) => Ok(set.clone()),
        None => {
            let name = vm.type_name(value);
            Err(vm.type_error(format!("descriptor requires a 'set' object but received a '{name}'")))
        }
    }
}

fn change<R>(vm: &mut Vm, value: &Value, f: impl FnOnce(&mut Dict) -> R) -> Result<R, Unwind> {
    elements(vm, value)?;
    Ok(f(vm.as_set_mut(value).expect("just checked")))
}

/// The elements of another iterable as a set.
fn other(vm: &mut Vm, value: &Value) -> Result<Dict, Unwind> {
    if let Some(set) = vm.as_set(value) {
        return Ok(set.clone());
    }
    let items = match vm.items(value)? {
        Some(items) => items,
        None => {
            let function = vm.prelude_function("_collect")?;
            let list = vm.call_sync(function, vec![value.clone()], Vec::new())?;
            vm.as_list(&list).cloned().unwrap_or_default()
        }
    };
    collected(vm, items)
}

/// A set of these elements.
///
/// # Errors
/// `TypeError` if one cannot be hashed.
pub(super) fn collected(vm: &mut Vm, items: Vec<Value>) -> Result<Dict, Unwind> {
    let mut set = Dict::new();
    for item in items {
        let key = vm.key(&item)?;
        set.insert(key, item, Value::None);
    }
    Ok(set)
}

/// A new set of the receiver's class.
fn same_class(vm: &mut Vm, receiver: &Value, set: Dict) -> NativeResult {
    let class = if vm.is_instance(receiver, FROZENSET) { FROZENSET } else { SET };
    Ok(Ret::Value(vm.new_object(class, Kind::Set(set))))
}

fn copy(vm: &mut Vm, args: &Args) -> NativeResult {
    let set = elements(vm, &args[0])?;
    same_class(vm, &args[0], set)
}

/// `self` combined with each other set in turn.
fn combined(vm: &mut Vm, args: &Args, f: fn(&mut Dict, &Dict)) -> Result<Dict, Unwind> {
    let mut set = elements(vm, &args[0])?;
    for value in &args.star {
        let other = other(vm, value)?;
        f(&mut set, &other);
    }
    Ok(set)
}

fn subtract(set: &mut Dict, other: &Dict) {
    set.entries.retain(|key, _| !other.contains(key));
}

fn intersect(set: &mut Dict, other: &Dict) {
    set.entries.retain(|key, _| other.contains(key));
}

fn unite(set: &mut Dict, other: &Dict) {
    for (key, entry) in &other.entries {
        set.entries.entry(key.clone()).or_insert_with(|| entry.clone());
    }
}

fn difference(vm: &mut Vm, args: &Args) -> NativeResult {
    let set = combined(vm, args, subtract)?;
    same_class(vm, &args[0], set)
}

fn intersection(vm: &mut Vm, args: &Args) -> NativeResult {
    let set = combined(vm, args, intersect)?;
    same_class(vm, &args[0], set)
}

fn union(vm: &mut Vm, args: &Args) -> NativeResult {
    let set = combined(vm, args, unite)?;
    same_class(vm, &args[0], set)
}

fn symmetric_difference(vm: &mut Vm, args: &Args) -> NativeResult {
    let mut set = elements(vm, &args[0])?;
    let mut other = other(vm, &args[1])?;
    let both = set.clone();
    subtract(&mut set, &other);
    subtract(&mut other, &both);
    unite(&mut set, &other);
    same_class(vm, &args[0], set)
}

fn isdisjoint(vm: &mut Vm, args: &Args) -> NativeResult {
    let set = elements(vm, &args[0])?;
    let other = other(vm, &args[1])?;
    let apart = !set.entries.keys().any(|key| other.contains(key));
    Ok(Ret::Value(Value::Bool(apart)))
}

fn issubset(vm: &mut Vm, args: &Args) -> NativeResult {
    let set = elements(vm, &args[0])?;
    let other = other(vm, &args[1])?;
    let inside = set.entries.keys().all(|key| other.contains(key));
    Ok(Ret::Value(Value::Bool(inside)))
}

fn issuperset(vm: &mut Vm, args: &Args) -> NativeResult {
    let set = elements(vm, &args[0])?;
    let other = other(vm, &args[1])?;
    let around = other.entries.keys().all(|key| set.contains(key));
    Ok(Ret::Value(Value::Bool(around)))
}

fn add(vm: &mut Vm, args: &Args) -> NativeResult {
    let key = vm.key(&args[1])?;
    change(vm, &args[0], |set| set.insert(key, args[1].clone(), Value::None))?;
    Ret::NONE
}

fn clear(vm: &mut Vm, args: &Args) -> NativeResult {
    change(vm, &args[0], |set| set.entries.clear())?;
    Ret::NONE
}

fn replace(vm: &mut Vm, args: &Args, set: Dict) -> NativeResult {
    change(vm, &args[0], |old| *old = set)?;
    Ret::NONE
}

fn difference_update(vm: &mut Vm, args: &Args) -> NativeResult {
    let set = combined(vm, args, subtract)?;
    replace(vm, args, set)
}

fn intersection_update(vm: &mut Vm, args: &Args) -> NativeResult {
    let set = combined(vm, args, intersect)?;
    replace(vm, args, set)
}

fn update(vm: &mut Vm, args: &Args) -> NativeResult {
    let set = combined(vm, args, unite)?;
    replace(vm, args, set)
}

fn discard(vm: &mut Vm, args: &Args) -> NativeResult {
    let key = vm.key(&args[1])?;
    change(vm, &args[0], |set| set.remove(&key))?;
    Ret::NONE
}

fn pop(vm: &mut Vm, args: &Args) -> NativeResult {
    match change(vm, &args[0], |set| set.entries.shift_remove_index(0))? {
        Some((_, (item, _))) => Ok(Ret::Value(item)),
        None => {
            let message = Value::str("pop from an empty set");
            Err(vm.key_error(message))
        }
    }
}

fn remove(vm: &mut Vm, args: &Args) -> NativeResult {
    let key = vm.key(&args[1])?;
    match change(vm, &args[0], |set| set.remove(&key))? {
        Some(_) => Ret::NONE,
        None => Err(vm.key_error(args[1].clone())),
    }
}
