//! Methods of `list`.
//!
//! A list that a rolled loop grows has an unknown length and is not a `Kind::List` any more; see [`grown`].

use super::grown;
use crate::items;
use crate::python::native::{Args, NativeResult, NativeRow, Ret, Unwind, row};
use crate::python::object::Kind;
use crate::python::value::Value;
use crate::python::vm::Vm;

/// The methods; `sort` with a key is in `prelude/builtins.py`.
pub const METHODS: &[NativeRow] = &[
    row("append", "self, item, /", append),
    row("clear", "self, /", clear),
    row("copy", "self, /", copy),
    row("count", "self, value, /", count),
    row("extend", "self, iterable, /", extend),
    row("index", "self, value, start=0, stop=9223372036854775807, /", index),
    row("insert", "self, index, item, /", insert),
    row("pop", "self, index=-1, /", pop),
    row("remove", "self, value, /", remove),
    row("reverse", "self, /", reverse),
];

fn elements(vm: &mut Vm, value: &Value) -> Result<Vec<Value>, Unwind> {
    match vm.as_list(value) {
        Some(items) => Ok(items.clone()),
        None => Err(wrong_receiver(vm, value)),
    }
}

fn wrong_receiver(vm: &mut Vm, value: &Value) -> Unwind {
    if grown::grown(vm, value).is_some() {
        return grown::refused(vm, "this method on");
    }
    let name = vm.type_name(value);
    vm.type_error(format!("descriptor requires a 'list' object but received a '{name}'"))
}

fn change<R>(vm: &mut Vm, value: &Value, f: impl FnOnce(&mut Vec<Value>) -> R) -> Result<R, Unwind> {
    match vm.as_list_mut(value) {
        Some(items) => Ok(f(items)),
        None => Err(wrong_receiver(vm, value)),
    }
}

fn append(vm: &mut Vm, args: &Args) -> NativeResult {
    if let Some(list) = grown::grown(vm, &args[0]) {
        return grown::push(vm, &args[0], list, &args.params[1..2]);
    }
    change(vm, &args[0], |items| items.push(args[1].clone()))?;
    Ret::NONE
}

fn clear(vm: &mut Vm, args: &Args) -> NativeResult {
    if let (Some(_), Some(id)) = (grown::grown(vm, &args[0]), args[0].as_obj()) {
        vm.obj_mut(id).kind = Kind::List(Vec::new());
    }
    change(vm, &args[0], Vec::clear)?;
    Ret::NONE
}

fn copy(vm: &mut Vm, args: &Args) -> NativeResult {
    if let Some(list) = grown::grown(vm, &args[0]) {
        return Ok(Ret::Value(vm.new_object(crate::python::classes::LIST, Kind::Seq(list))));
    }
    let items = elements(vm, &args[0])?;
    Ok(Ret::Value(vm.new_list(items)))
}

fn count(vm: &mut Vm, args: &Args) -> NativeResult {
    if grown::grown(vm, &args[0]).is_some() {
        return grown::call(vm, "_count", args.params[..2].to_vec());
    }
    let mut n = 0;
    for item in elements(vm, &args[0])? {
        n += vm.equal(&item, &args[1])? as i64;
    }
    Ok(Ret::Value(Value::Int(n)))
}

fn extend(vm: &mut Vm, args: &Args) -> NativeResult {
    if grown::grown(vm, &args[1]).is_some() {
        return grown::call(vm, "_extended", args.params[..2].to_vec());
    }
    let more = items!(vm, args, 1);
    if let Some(list) = grown::grown(vm, &args[0]) {
        return grown::push(vm, &args[0], list, &more);
    }
    change(vm, &args[0], |items| items.extend(more))?;
    Ret::NONE
}

/// A position as Python clamps it for slices.
pub(super) fn clamp(index: i64, length: usize) -> usize {
    let length = length as i64;
    let at = if index < 0 { index.saturating_add(length).max(0) } else { index.min(length) };
    at as usize
}

/// Where in a sequence the first equal element is.
///
/// # Errors
/// Of the comparison.
pub(super) fn position(
    vm: &mut Vm,
    items: &[Value],
    value: &Value,
    range: std::ops::Range<usize>,
) -> Result<Option<usize>, Unwind> {
    for at in range {
        if vm.equal(&items[at], value)? {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

fn index(vm: &mut Vm, args: &Args) -> NativeResult {
    if grown::grown(vm, &args[0]).is_some() {
        return grown::call(vm, "_index_in", args.params[..4].to_vec());
    }
    let items = elements(vm, &args[0])?;
    let start = clamp(vm.int_arg(&args[2], "start")?, items.len());
    let stop = clamp(vm.int_arg(&args[3], "stop")?, items.len());
    match position(vm, &items, &args[1], start..stop.max(start))? {
        Some(at) => Ok(Ret::Value(Value::Int(at as i64))),
        None => {
            let shown = vm.represent(&args[1])?.as_text().unwrap_or_else(|| "value".to_owned());
            Err(vm.value_error(format!("{shown} is not in list")))
        }
    }
}

fn insert(vm: &mut Vm, args: &Args) -> NativeResult {
    if let Some(list) = grown::grown(vm, &args[0]) {
        return grown::insert(vm, &args[0], list, &args[1], &args[2]);
    }
    let at = vm.int_arg(&args[1], "index")?;
    change(vm, &args[0], |items| items.insert(clamp(at, items.len()), args[2].clone()))?;
    Ret::NONE
}

fn pop(vm: &mut Vm, args: &Args) -> NativeResult {
    if let Some(list) = grown::grown(vm, &args[0]) {
        return grown::pop(vm, &args[0], list, &args[1]);
    }
    let index = vm.int_arg(&args[1], "index")?;
    let length = elements(vm, &args[0])?.len() as i64;
    if length == 0 {
        return Err(vm.index_error("pop from empty list"));
    }
    let at = if index < 0 { index + length } else { index };
    if !(0..length).contains(&at) {
        return Err(vm.index_error("pop index out of range"));
    }
    let item = change(vm, &args[0], |items| items.remove(at as usize))?;
    Ok(Ret::Value(item))
}

fn remove(vm: &mut Vm, args: &Args) -> NativeResult {
    if grown::grown(vm, &args[0]).is_some() {
        return grown::call(vm, "_remove", args.params[..2].to_vec());
    }
    let items = elements(vm, &args[0])?;
    match position(vm, &items, &args[1], 0..items.len())? {
        Some(at) => {
            change(vm, &args[0], |items| items.remove(at))?;
            Ret::NONE
        }
        None => Err(vm.value_error("list.remove(x): x not in list")),
    }
}

fn reverse(vm: &mut Vm, args: &Args) -> NativeResult {
    if grown::grown(vm, &args[0]).is_some() {
        return grown::call(vm, "_reverse", args.params[..1].to_vec());
    }
    change(vm, &args[0], |items| items.reverse())?;
    Ret::NONE
}
