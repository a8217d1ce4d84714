//! Methods of `bytes`.

use crate::python::native::{Args, NativeResult, NativeRow, Ret, Unwind, row};
use crate::python::object::Kind;
use crate::python::value::Value;
use crate::python::vm::Vm;
use std::sync::Arc;

/// The methods.
pub const METHODS: &[NativeRow] = &[
    row("decode", "self, encoding='utf-8', errors='strict'", decode),
    row("hex", "self, /", hex),
    row("startswith", "self, prefix, /", startswith),
    row("endswith", "self, suffix, /", endswith),
];

fn contents(vm: &mut Vm, value: &Value) -> Result<Arc<[u8]>, Unwind> {
    match vm.kind(value) {
        Some(Kind::Bytes(bytes)) => Ok(bytes.clone()),
        _ => {
            let name = vm.type_name(value);
            Err(vm.type_error(format!("a bytes-like object is required, not '{name}'")))
        }
    }
}

/// The text that UTF-8 bytes are.
///
/// # Errors
/// `UnicodeError`
pub(super) fn decoded(vm: &mut Vm, bytes: &[u8]) -> Result<Value, Unwind> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Value::str(text)),
        Err(error) => {
            let message = format!("'utf-8' codec can't decode bytes at position {}", error.valid_up_to());
            Err(vm.raise(crate::python::classes::UNICODE_ERROR, message))
        }
    }
}

fn decode(vm: &mut Vm, args: &Args) -> NativeResult {
    let bytes = contents(vm, &args[0])?;
    Ok(Ret::Value(decoded(vm, &bytes)?))
}

fn hex(vm: &mut Vm, args: &Args) -> NativeResult {
    let bytes = contents(vm, &args[0])?;
    Ok(Ret::Value(Value::str(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())))
}

fn startswith(vm: &mut Vm, args: &Args) -> NativeResult {
    let (bytes, prefix) = (contents(vm, &args[0])?, contents(vm, &args[1])?);
    Ok(Ret::Value(Value::Bool(bytes.starts_with(&prefix))))
}

fn endswith(vm: &mut Vm, args: &Args) -> NativeResult {
    let (bytes, suffix) = (contents(vm, &args[0])?, contents(vm, &args[1])?);
    Ok(Ret::Value(Value::Bool(bytes.ends_with(&suffix))))
}
