//! Methods of `dict`.

use crate::python::classes::{DICT, DICT_ITEMS, DICT_KEYS, DICT_VALUES, ROWS};
use crate::python::dict::Dict;
use crate::python::names::Name;
use crate::python::native::{Args, NativeResult, NativeRow, Ret, Unwind, row};
use crate::python::object::{DictPart, Kind};
use crate::python::value::{ObjId, Value};
use crate::python::vm::Vm;

/// The methods.
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

/// The methods that belong to the class.
pub const CLASS_METHODS: &[NativeRow] = &[row("fromkeys", "cls, iterable, value=None, /", fromkeys)];

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
    let key = vm.lookup_key(&args[0], &args[1])?;
    let dict = entries(vm, &args[0])?;
    let found = key.and_then(|key| dict.get(&key).cloned());
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

/// The entries of a dict or of a live `__dict__`; `None` for anything else.
pub fn mapping_entries(vm: &Vm, value: &Value) -> Option<Vec<(Value, Value)>> {
    if let Some(dict) = vm.as_dict(value) {
        return Some(dict.iter().map(|(key, value)| (key.clone(), value.clone())).collect());
    }
    let id = vm.attributes_of(value)?;
    Some(vm.obj(id).attrs().map(|(name, value)| (Value::name(name), value.clone())).collect())
}

/// Adds parameter `at` (a mapping or pairs) and the keyword arguments to a table. `Some` if Python code has to run
/// first.
///
/// # Errors
/// `TypeError` for what is neither a mapping nor pairs.
pub fn merge(vm: &mut Vm, dict: &mut Dict, args: &Args, at: usize) -> Result<Option<Ret>, Unwind> {
    if args.has(at) {
        if let Some(entries) = mapping_entries(vm, &args[at]) {
            for (shown, value) in entries {
                let key = vm.key(&shown)?;
                dict.insert(key, shown, value);
            }
        } else {
            let Some(pairs) = pairs(vm, &args[at])? else { return Ok(Some(Ret::Collect(at))) };
            for (i, pair) in pairs.iter().enumerate() {
                match vm.items(pair)?.as_deref() {
                    Some([shown, value]) => {
                        let key = vm.key(shown)?;
                        dict.insert(key, shown.clone(), value.clone());
                    }
                    parts => {
                        let message = match parts {
                            Some(parts) => format!(
                                "dictionary update sequence element #{i} has length {}; 2 is required",
                                parts.len()
                            ),
                            None => format!(
                                "cannot convert dictionary update sequence element #{i} to a sequence"
                            ),
                        };
                        return Err(vm.value_error(message));
                    }
                }
            }
        }
    }
    for (name, value) in &args.kwargs {
        dict.insert_str(name.as_str(), value.clone());
    }
    Ok(None)
}

/// The pairs that a table is filled from: those of a mapping of the person's own, or the elements of an iterable;
/// `None` if it has to be iterated first.
fn pairs(vm: &mut Vm, source: &Value) -> Result<Option<Vec<Value>>, Unwind> {
    let class = vm.class_of(source);
    if class.0 as usize >= ROWS.len() && vm.lookup(class, Name::new("keys")).is_some() {
        let function = vm.prelude_function("_pairs")?;
        let pairs = vm.call_sync(function, vec![source.clone()], Vec::new())?;
        return Ok(vm.as_list(&pairs).cloned());
    }
    vm.items(source)
}

/// `dict.update`
pub(super) fn update(vm: &mut Vm, args: &Args) -> NativeResult {
    let mut added = Dict::new();
    entries(vm, &args[0])?;
    if let Some(early) = merge(vm, &mut added, args, 1)? {
        return Ok(early);
    }
    change(vm, &args[0], |dict| {
        for (key, (shown, value)) in added.entries {
            dict.insert(key, shown, value);
        }
    })?;
    Ret::NONE
}

fn fromkeys(vm: &mut Vm, args: &Args) -> NativeResult {
    let items = crate::items!(vm, args, 1);
    let mut dict = Dict::new();
    for item in items {
        let key = vm.key(&item)?;
        dict.insert(key, item, args[2].clone());
    }
    let class = vm.as_class(&args[0]).unwrap_or(DICT);
    Ok(Ret::Value(vm.new_object(class, Kind::Dict(dict))))
}
