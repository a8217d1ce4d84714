//! The module `_sys`: what `prelude/sys.py` does not say in Python.

use super::NativeModule;
use crate::python::names::Name;
use crate::python::native::{Args, NativeResult, NativeRow, Ret, row};
use crate::python::value::Value;
use crate::python::vm::Vm;

/// The module.
pub const MODULE: NativeModule =
    NativeModule { name: "_sys", functions: FUNCTIONS, constants: |_| Vec::new() };

const FUNCTIONS: &[NativeRow] = &[
    row("module", "name, /", module),
    row("modules", "", modules),
    row("handled", "", handled),
    row("load", "name, /", load),
];

/// An imported module by its dotted name, or `None`.
fn module(vm: &mut Vm, args: &Args) -> NativeResult {
    let name = vm.str_arg(&args[0], "a module's name")?;
    let found = Name::existing(&name).and_then(|name| vm.modules.get(&name).copied());
    Ok(Ret::Value(found.map_or(Value::None, Value::Obj)))
}

/// The names of the imported modules, sorted.
fn modules(vm: &mut Vm, _: &Args) -> NativeResult {
    let mut names: Vec<&'static str> = vm.modules.keys().map(|name| name.as_str()).collect();
    names.sort_unstable();
    let names = names.into_iter().map(Value::str).collect();
    Ok(Ret::Value(vm.new_list(names)))
}

/// Imports a module by its dotted name.
fn load(vm: &mut Vm, args: &Args) -> NativeResult {
    let name = vm.str_arg(&args[0], "a module's name")?;
    Ok(Ret::Value(vm.import_now(Name::new(&name))?))
}

/// The exception being handled, or `None`.
fn handled(vm: &mut Vm, _: &Args) -> NativeResult {
    Ok(Ret::Value(vm.handled_exception().unwrap_or(Value::None)))
}
