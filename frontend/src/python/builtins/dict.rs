//! Methods of `dict`.

use crate::python::classes::{DICT_ITEMS, DICT_KEYS, DICT_VALUES};
use crate::python::dict::Dict;
use crate::python::native::{Args, NativeResult, NativeRow, Ret, Unwind, row};
use crate::python::object::{DictPart, Kind};
use crate::python::value::{ObjId, Value};
use crate::python::vm::Vm;

/// The methods. `update` from something with `keys()` that is no dict is in `prelude/builtins.py`.
pub const METHODS: &[NativeRow] = &[
    row("clear", "self, /", clear),
    row("copy", "self, /", copy),
    row("get", "self, key, default=None, /", get),
    row("items", "self, /", items_view),
    row("keys", "self, /", keys),
    row("pop", "self, key, default=<unset>, /", pop),
    row("popitem", "self, /", popitem),
    row("setdefault", "self, key, default=None, /", setdefault),
    row("update", "self, other=<unset>, /, **kwargs", update),
    row("values", "self, /", values),
];

fn entries<'a>(vm: &'a mut Vm, value: &Value) -> Result<&'a Dict, Unwind> {
    if vm.as_dict(value).is_none() {
        let name = vm.type_name(value);
        return Err(vm.type_error(format!("descriptor requires a 'dict' object but received a '{name}'")));
    }
    Ok(vm.as_dict(value).expect("just checked"))
}

fn change<R>(vm: &mut Vm, value: &Value, f: impl FnOnce(&mut Dict) -> R) -> Result<R, Unwind> {
    entries(vm, value)?;
    Ok(f(vm.as_dict_mut(value).expect("just checked")))
}

fn clear(vm: &mut Vm, args: &Args) -> NativeResult {
    change(vm, &args[0], |dict| dict.entries.clear())?;
    Ret::NONE
}

fn copy(vm: &mut Vm, args: &Args) -> NativeResult {
    let dict = entries(vm, &args[0])?.clone();
    Ok(Ret::Value(vm.new_dict(dict)))
}

fn get(vm: &mut Vm, args: &Args) -> NativeResult {
    let key = vm.key(&args[1])?;
    let found = entries(vm, &args[0])?.get(&key).cloned();
    Ok(Ret::Value(found.unwrap_or_else(|| args[2].clone())))
}

fn view(vm: &mut Vm, args: &Args, class: ObjId, part: DictPart) -> NativeResult {
    entries(vm, &args[0])?;
    let id = args[0].as_obj().expect("a dict lives in the heap");
    Ok(Ret::Value(vm.new_object(class, Kind::DictView(id, part))))
}

fn items_view(vm: &mut Vm, args: &Args) -> NativeResult {
    view(vm, args, DICT_ITEMS, DictPart::Items)
}

fn keys(vm: &mut Vm, args: &Args) -> NativeResult {
    view(vm, args, DICT_KEYS, DictPart::Keys)
}

fn values(vm: &mut Vm, args: &Args) -> NativeResult {
    view(vm, args, DICT_VALUES, DictPart::Values)
}

fn pop(vm: &mut Vm, args: &Args) -> NativeResult {
    let key = vm.key(&args[1])?;
    match change(vm, &args[0], |dict| dict.remove(&key))? {
        Some((_, value)) => Ok(Ret::Value(value)),
        None if args.has(2) => Ok(Ret::Value(args[2].clone())),
        None => Err(vm.key_error(args[1].clone())),
    }
}

fn popitem(vm: &mut Vm, args: &Args) -> NativeResult {
    match change(vm, &args[0], |dict| dict.entries.pop())? {
        Some((_, (key, value))) => Ok(Ret::Value(vm.new_tuple(vec![key, value]))),
        None => {
            let message = Value::str("popitem(): dictionary is empty");
            Err(vm.key_error(message))
        }
    }
}

fn setdefault(vm: &mut Vm, args: &Args) -> NativeResult {
    let key = vm.key(&args[1])?;
    let value = change(vm, &args[0], |dict| {
        dict.entries.entry(key).or_insert_with(|| (args[1].clone(), args[2].clone())).1.clone()
    })?;
    Ok(Ret::Value(value))
}

fn update(vm: &mut Vm, args: &Args) -> NativeResult {
    entries(vm, &args[0])?;
    let mut added: Vec<(Value, Value)> = Vec::new();
    if args.has(1) {
        if let Some(other) = vm.as_dict(&args[1]) {
            added.extend(other.iter().map(|(key, value)| (key.clone(), value.clone())));
        } else {
            let pairs = crate::items!(vm, args, 1);
            for (i, pair) in pairs.iter().enumerate() {
                let parts = vm.as_tuple(pair).map(|t| t.to_vec()).or_else(|| vm.as_list(pair).cloned());
                match parts.as_deref() {
                    Some([key, value]) => added.push((key.clone(), value.clone())),
                    _ => {
                        let message = format!("cannot convert dictionary update sequence element #{i} to a sequence of length 2");
                        return Err(vm.type_error(message));
                    }
                }
            }
        }
    }
    added.extend(args.kwargs.iter().map(|(name, value)| (Value::name(*name), value.clone())));
    for (shown, value) in added {
        let key = vm.key(&shown)?;
        change(vm, &args[0], |dict| dict.insert(key, shown, value))?;
    }
    Ret::NONE
}
