//! Methods of exceptions.

use crate::python::classes;
use crate::python::names::Name;
use crate::python::native::{Args, NativeResult, NativeRow, Ret, Unwind, row};
use crate::python::object::{ExceptionData, Kind};
use crate::python::value::{ObjId, Value};
use crate::python::vm::Vm;

/// The methods, by class.
pub const CLASSES: &[(ObjId, &[NativeRow])] = &[
    (
        classes::BASE_EXCEPTION,
        &[
            row("__init__", "self, /, *args, **kwargs", init),
            row("__repr__", "self, /", repr),
            row("__str__", "self, /", str),
            row("with_traceback", "self, tb, /", with_traceback),
            row("add_note", "self, note, /", add_note),
        ],
    ),
    (classes::KEY_ERROR, &[row("__str__", "self, /", key_error_str)]),
];

fn data<'a>(vm: &'a mut Vm, value: &Value) -> Result<&'a mut ExceptionData, Unwind> {
    let is_exception = matches!(vm.kind(value), Some(Kind::Exception(_)));
    match value {
        Value::Obj(id) if is_exception => match &mut vm.obj_mut(*id).kind {
            Kind::Exception(data) => Ok(data),
            _ => unreachable!("the kind was just looked at"),
        },
        _ => {
            let name = vm.type_name(value);
            Err(vm
                .type_error(format!("descriptor requires a 'BaseException' object but received a '{name}'")))
        }
    }
}

fn init(vm: &mut Vm, args: &Args) -> NativeResult {
    data(vm, &args[0])?.args = args.star.clone();
    Ret::NONE
}

/// `ValueError('text', 3)`
fn repr(vm: &mut Vm, args: &Args) -> NativeResult {
    let items = data(vm, &args[0])?.args.clone();
    let name = vm.type_name(&args[0]);
    let mut text = super::format::Text::default();
    text.push_str(name);
    text.push_str("(");
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            text.push_str(", ");
        }
        let shown = vm.repr(item)?;
        text.push_value(vm, &shown)?;
    }
    text.push_str(")");
    Ok(Ret::Value(text.into_value()))
}

/// The message of an exception, as `str()` gives it where the class has no `__str__` of its own.
///
/// # Errors
/// What the arguments' own `__str__` raises.
pub fn message(vm: &mut Vm, exception: &Value) -> Result<Value, Unwind> {
    let items = data(vm, exception)?.args.clone();
    match items.as_slice() {
        [] => Ok(Value::str("")),
        [only] if vm.is_instance(exception, classes::KEY_ERROR) => vm.repr(only),
        [only] => vm.str_of(only),
        _ => {
            let tuple = vm.new_tuple(items);
            vm.repr(&tuple)
        }
    }
}

fn str(vm: &mut Vm, args: &Args) -> NativeResult {
    Ok(Ret::Value(message(vm, &args[0])?))
}

fn key_error_str(vm: &mut Vm, args: &Args) -> NativeResult {
    str(vm, args)
}

fn with_traceback(vm: &mut Vm, args: &Args) -> NativeResult {
    data(vm, &args[0])?;
    Ok(Ret::Value(args[0].clone()))
}

fn add_note(vm: &mut Vm, args: &Args) -> NativeResult {
    data(vm, &args[0])?;
    vm.str_arg(&args[1], "note")?;
    let id = args[0].as_obj().expect("an exception lives in the heap");
    let name = Name::new("__notes__");
    let known = vm.obj(id).attr(name).cloned();
    match known.and_then(|notes| vm.as_list_mut(&notes).map(|list| list.push(args[1].clone()))) {
        Some(()) => {}
        None => {
            let notes = vm.new_list(vec![args[1].clone()]);
            vm.obj_mut(id).set_attr(name, notes);
        }
    }
    Ret::NONE
}
