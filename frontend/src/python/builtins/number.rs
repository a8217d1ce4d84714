//! Methods of `int` and `float`.

use crate::python::native::{Args, NativeResult, NativeRow, Ret, Unwind, row};
use crate::python::sym::{SymBool, Symbolic};
use crate::python::value::Value;
use crate::python::vm::Vm;
use braid_ir::{Attrs, DType, Scalar, Term, ValueId};

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

/// The integer that an `i64[]` value of the net is.
pub fn symbolic_int(vm: &mut Vm, value: ValueId) -> Value {
    let sym = match vm.net.sym_of(value) {
        Some(sym) => sym,
        None => vm.net.define_sym("i", value),
    };
    vm.new_int(Term::sym(sym))
}

/// Removes the underscores between digits; `None` if one is elsewhere.
fn without_underscores(text: &str) -> Option<String> {
    let misplaced = text.starts_with('_') || text.ends_with('_') || text.contains("__");
    (!misplaced).then(|| text.replace('_', ""))
}

/// `int(text, base)`.
///
/// # Errors
/// `ValueError` if the text is no number of that base; a diagnostic if it does not fit.
pub fn parse_int(vm: &mut Vm, text: &str, base: i64) -> Result<Value, Unwind> {
    if base != 0 && !(2..=36).contains(&base) {
        return Err(vm.value_error("int() base must be >= 2 and <= 36, or 0"));
    }
    let trimmed = text.trim();
    let (negative, digits) = match trimmed.strip_prefix(['+', '-']) {
        Some(digits) => (trimmed.starts_with('-'), digits),
        None => (false, trimmed),
    };
    let prefixed = digits.get(..2).and_then(|prefix| match prefix.to_ascii_lowercase().as_str() {
        "0x" => Some(16),
        "0o" => Some(8),
        "0b" => Some(2),
        _ => None,
    });
    let (base_used, digits) = match (base, prefixed) {
        (0, Some(found)) => (found, &digits[2..]),
        (0, None) => (10, digits),
        (base, Some(found)) if base == found => (base, digits[2..].trim_start_matches('_')),
        _ => (base, digits),
    };
    let plain = without_underscores(digits)
        .filter(|plain| !plain.is_empty() && plain.chars().all(|c| c.is_digit(base_used as u32)));
    let Some(plain) = plain else {
        let shown = super::format::repr_str(text);
        return Err(vm.value_error(format!("invalid literal for int() with base {base}: {shown}")));
    };
    let sign = if negative { "-" } else { "" };
    match i64::from_str_radix(&format!("{sign}{plain}"), base_used as u32) {
        Ok(value) => Ok(Value::Int(value)),
        Err(_) => Err(vm.overflow()),
    }
}

/// `float(text)`; `None` if the text is no number.
pub fn parse_float(text: &str) -> Option<f64> {
    without_underscores(text.trim())?.parse().ok()
}

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
    if let Value::Sym(Symbolic::Float(x)) = *vm.scalar(&args[0]) {
        // Of an infinity the difference is not a number.
        let whole = vm.emit1("trunc", &[x], Attrs::default())?;
        let rest = vm.emit1("sub", &[x, whole], Attrs::default())?;
        let zero = vm.emit_scalar(Scalar::from_f64(DType::F64, 0.0))?;
        let truth = vm.emit1("equal", &[rest, zero], Attrs::default())?;
        return Ok(Ret::Value(Value::Sym(Symbolic::Bool(SymBool::Value(truth)))));
    }
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
