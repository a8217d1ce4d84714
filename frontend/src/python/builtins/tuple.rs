//! Methods of `tuple`.

use super::list::{clamp, position};
use crate::python::native::{Args, NativeResult, NativeRow, Ret, Unwind, row};
use crate::python::value::Value;
use crate::python::vm::Vm;
use std::sync::Arc;

/// The methods.
pub const METHODS: &[NativeRow] = &[
    row("count", "self, value, /", count),
    row("index", "self, value, start=0, stop=9223372036854775807, /", index),
];

fn elements(vm: &mut Vm, value: &Value) -> Result<Arc<[Value]>, Unwind> {
    vm.settle(value)?;
    match vm.as_tuple(value) {
        Some(items) => Ok(items.clone()),
        None => {
            let name = vm.type_name(value);
            Err(vm.type_error(format!("descriptor requires a 'tuple' object but received a '{name}'")))
        }
    }
}

fn count(vm: &mut Vm, args: &Args) -> NativeResult {
    let mut n = 0;
    for item in elements(vm, &args[0])?.iter() {
        n += vm.equal(item, &args[1])? as i64;
    }
    Ok(Ret::Value(Value::Int(n)))
}

fn index(vm: &mut Vm, args: &Args) -> NativeResult {
    let items = elements(vm, &args[0])?;
    let start = clamp(vm.int_arg(&args[2], "start")?, items.len());
    let stop = clamp(vm.int_arg(&args[3], "stop")?, items.len());
    match position(vm, &items, &args[1], start..stop.max(start))? {
        Some(at) => Ok(Ret::Value(Value::Int(at as i64))),
        None => Err(vm.value_error("tuple.index(x): x not in tuple")),
    }
}
