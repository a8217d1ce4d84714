//! Methods of `int` and `float`.

use crate::python::native::{Args, NativeResult, NativeRow, Ret, row};
use crate::python::value::Value;
use crate::python::vm::Vm;

/// Methods of `int` (and `bool`).
pub const INT: &[NativeRow] = &[
    row("bit_length", "self, /", bit_length),
    row("bit_count", "self, /", bit_count),
    row("conjugate", "self, /", itself),
    row("is_integer", "self, /", always),
    row("item", "self, /", itself),
];

/// Methods of `float`.
pub const FLOAT: &[NativeRow] = &[
    row("is_integer", "self, /", is_integer),
    row("conjugate", "self, /", itself),
    row("as_integer_ratio", "self, /", as_integer_ratio),
    row("item", "self, /", itself),
];

fn bit_length(vm: &mut Vm, args: &Args) -> NativeResult {
    let v = vm.int_arg(&args[0], "self")?;
    Ok(Ret::Value(Value::Int(64 - v.unsigned_abs().leading_zeros() as i64)))
}

fn bit_count(vm: &mut Vm, args: &Args) -> NativeResult {
    let v = vm.int_arg(&args[0], "self")?;
    Ok(Ret::Value(Value::Int(v.unsigned_abs().count_ones() as i64)))
}

fn itself(_: &mut Vm, args: &Args) -> NativeResult {
    Ok(Ret::Value(args[0].clone()))
}

fn always(_: &mut Vm, _: &Args) -> NativeResult {
    Ok(Ret::Value(Value::Bool(true)))
}

fn is_integer(vm: &mut Vm, args: &Args) -> NativeResult {
    let x = vm.float_arg(&args[0], "self")?;
    Ok(Ret::Value(Value::Bool(x.is_finite() && x.fract() == 0.0)))
}

fn as_integer_ratio(vm: &mut Vm, args: &Args) -> NativeResult {
    let x = vm.float_arg(&args[0], "self")?;
    if !x.is_finite() {
        return Err(vm.value_error("cannot convert NaN or infinity to integer ratio"));
    }
    let (mut numerator, mut denominator) = (x, 1i64);
    while numerator.fract() != 0.0 && denominator < 1 << 61 {
        numerator *= 2.0;
        denominator *= 2;
    }
    if numerator.fract() != 0.0 || numerator.abs() >= 9.2e18 {
        return Err(vm.overflow());
    }
    Ok(Ret::Value(vm.new_tuple(vec![Value::Int(numerator as i64), Value::Int(denominator)])))
}
