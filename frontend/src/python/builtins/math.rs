//! The module `math`.
//!
//! On numbers known only at run time the functions with an operator of the same meaning become that operator.

use super::NativeModule;
use crate::items;
use crate::python::native::{Args, NativeResult, NativeRow, Ret, Unwind, row};
use crate::python::sym::Symbolic;
use crate::python::value::Value;
use crate::python::vm::Vm;
use braid_ir::{Attr, Attrs, DType, ScalarOp, Term};

/// The module.
pub const MODULE: NativeModule = NativeModule { name: "math", functions: FUNCTIONS, constants };

fn constants(_: &mut Vm) -> Vec<(&'static str, Value)> {
    use std::f64::consts;
    vec![
        ("pi", Value::Float(consts::PI)),
        ("e", Value::Float(consts::E)),
        ("tau", Value::Float(consts::TAU)),
        ("inf", Value::Float(f64::INFINITY)),
        ("nan", Value::Float(f64::NAN)),
    ]
}

/// A function of one float: its name, its value, where it is defined, and the operator for run-time numbers.
macro_rules! unary {
    ($($function:ident $name:literal $operator:literal $domain:expr, $value:expr;)*) => {$(
        fn $function(vm: &mut Vm, args: &Args) -> NativeResult {
            float_function(vm, args, $operator, $domain, $value)
        }
    )*};
}

type Float = fn(f64) -> f64;

fn float_function(
    vm: &mut Vm,
    args: &Args,
    operator: &str,
    domain: fn(f64) -> bool,
    value: Float,
) -> NativeResult {
    if let Value::Sym(_) = &args[0]
        && let Some(operand) = vm.emit_float(&args[0])?
    {
        let result = vm.emit1(operator, &[operand], Attrs::default())?;
        return Ok(Ret::Value(Value::Sym(Symbolic::Float(result))));
    }
    let x = vm.float_arg(&args[0], "argument")?;
    if !domain(x) && !x.is_nan() {
        return Err(vm.value_error("math domain error"));
    }
    let result = value(x);
    if result.is_infinite() && x.is_finite() {
        return Err(vm.raise(crate::python::classes::OVERFLOW_ERROR, "math range error"));
    }
    Ok(Ret::Value(Value::Float(result)))
}

unary! {
    sqrt "sqrt" "sqrt" |x| x >= 0.0, f64::sqrt;
    exp "exp" "exp" |_| true, f64::exp;
    expm1 "expm1" "expm1" |_| true, f64::exp_m1;
    log1p "log1p" "log1p" |x| x > -1.0, f64::ln_1p;
    log2 "log2" "log2" |x| x > 0.0, f64::log2;
    log10 "log10" "log10" |x| x > 0.0, f64::log10;
    sin "sin" "sin" f64::is_finite, f64::sin;
    cos "cos" "cos" f64::is_finite, f64::cos;
    tan "tan" "tan" f64::is_finite, f64::tan;
    asin "asin" "asin" |x| x.abs() <= 1.0, f64::asin;
    acos "acos" "acos" |x| x.abs() <= 1.0, f64::acos;
    atan "atan" "atan" |_| true, f64::atan;
    sinh "sinh" "sinh" |_| true, f64::sinh;
    cosh "cosh" "cosh" |_| true, f64::cosh;
    tanh "tanh" "tanh" |_| true, f64::tanh;
    asinh "asinh" "asinh" |_| true, f64::asinh;
    acosh "acosh" "acosh" |x| x >= 1.0, f64::acosh;
    atanh "atanh" "atanh" |x| x.abs() < 1.0, f64::atanh;
    erf "erf" "erf" |_| true, braid_ir::term::math::erf;
    fabs "fabs" "abs" |_| true, f64::abs;
}

const FUNCTIONS: &[NativeRow] = &[
    row("sqrt", "x, /", sqrt),
    row("exp", "x, /", exp),
    row("expm1", "x, /", expm1),
    row("log", "x, base=None, /", log),
    row("log1p", "x, /", log1p),
    row("log2", "x, /", log2),
    row("log10", "x, /", log10),
    row("sin", "x, /", sin),
    row("cos", "x, /", cos),
    row("tan", "x, /", tan),
    row("asin", "x, /", asin),
    row("acos", "x, /", acos),
    row("atan", "x, /", atan),
    row("atan2", "y, x, /", atan2),
    row("sinh", "x, /", sinh),
    row("cosh", "x, /", cosh),
    row("tanh", "x, /", tanh),
    row("asinh", "x, /", asinh),
    row("acosh", "x, /", acosh),
    row("atanh", "x, /", atanh),
    row("erf", "x, /", erf),
    row("fabs", "x, /", fabs),
    row("floor", "x, /", floor),
    row("ceil", "x, /", ceil),
    row("trunc", "x, /", trunc),
    row("pow", "x, y, /", pow),
    row("fmod", "x, y, /", fmod),
    row("hypot", "*coordinates", hypot),
    row("copysign", "x, y, /", copysign),
    row("degrees", "x, /", degrees),
    row("radians", "x, /", radians),
    row("isnan", "x, /", isnan),
    row("isinf", "x, /", isinf),
    row("isfinite", "x, /", isfinite),
    row("isclose", "a, b, *, rel_tol=1e-9, abs_tol=0.0", isclose),
    row("gcd", "*integers", gcd),
    row("lcm", "*integers", lcm),
    row("factorial", "n, /", factorial),
    row("comb", "n, k, /", comb),
    row("isqrt", "n, /", isqrt),
    row("prod", "iterable, /, *, start=1", prod),
    row("fsum", "iterable, /", fsum),
];

fn log(vm: &mut Vm, args: &Args) -> NativeResult {
    if args[1].is_none() {
        return float_function(vm, args, "log", |x| x > 0.0, f64::ln);
    }
    let x = vm.float_arg(&args[0], "argument")?;
    let base = vm.float_arg(&args[1], "base")?;
    if x <= 0.0 || base <= 0.0 {
        return Err(vm.value_error("math domain error"));
    }
    if base == 1.0 {
        return Err(vm.raise(crate::python::classes::ZERO_DIVISION_ERROR, "float division by zero"));
    }
    Ok(Ret::Value(Value::Float(x.ln() / base.ln())))
}

/// Rounding to an integer: integers stay, symbolic floats become run-time integers.
fn to_integer(vm: &mut Vm, args: &Args, operator: &str, method: &str, value: Float) -> NativeResult {
    match &args[0] {
        Value::Int(_) | Value::Bool(_) | Value::Sym(Symbolic::Int(_)) => Ok(Ret::Value(match &args[0] {
            Value::Bool(b) => Value::Int(*b as i64),
            other => other.clone(),
        })),
        Value::Sym(Symbolic::Float(operand)) => {
            let rounded = vm.emit1(operator, &[*operand], Attrs::default())?;
            let integer = vm.emit1("convert", &[rounded], Attrs::from([("to", Attr::DType(DType::I64))]))?;
            let sym = vm.net.define_sym("i", integer);
            Ok(Ret::Value(vm.new_int(Term::sym(sym))))
        }
        Value::Obj(_) if vm.as_str(&args[0]).is_none() && vm.kind(&args[0]).is_some() => {
            // A user's class, a tensor among them, decides by its own method.
            let function = vm.get_attr(&args[0], crate::python::names::Name::new(method))?;
            Ret::call(function, vec![])
        }
        _ => {
            let x = value(vm.float_arg(&args[0], "argument")?);
            if !x.is_finite() {
                return Err(vm.raise(
                    crate::python::classes::OVERFLOW_ERROR,
                    "cannot convert float infinity or NaN to integer",
                ));
            }
            if x.abs() >= 9.2e18 {
                return Err(vm.overflow());
            }
            Ok(Ret::Value(Value::Int(x as i64)))
        }
    }
}

fn floor(vm: &mut Vm, args: &Args) -> NativeResult {
    to_integer(vm, args, "floor", "__floor__", f64::floor)
}

fn ceil(vm: &mut Vm, args: &Args) -> NativeResult {
    to_integer(vm, args, "ceil", "__ceil__", f64::ceil)
}

fn trunc(vm: &mut Vm, args: &Args) -> NativeResult {
    to_integer(vm, args, "trunc", "__trunc__", f64::trunc)
}

fn two(vm: &mut Vm, args: &Args, value: fn(f64, f64) -> f64) -> NativeResult {
    let a = vm.float_arg(&args[0], "argument")?;
    let b = vm.float_arg(&args[1], "argument")?;
    Ok(Ret::Value(Value::Float(value(a, b))))
}

fn atan2(vm: &mut Vm, args: &Args) -> NativeResult {
    two(vm, args, f64::atan2)
}

fn pow(vm: &mut Vm, args: &Args) -> NativeResult {
    two(vm, args, f64::powf)
}

fn fmod(vm: &mut Vm, args: &Args) -> NativeResult {
    let divisor = vm.float_arg(&args[1], "divisor")?;
    if divisor == 0.0 {
        return Err(vm.value_error("math domain error"));
    }
    two(vm, args, |a, b| a % b)
}

fn copysign(vm: &mut Vm, args: &Args) -> NativeResult {
    two(vm, args, f64::copysign)
}

fn hypot(vm: &mut Vm, args: &Args) -> NativeResult {
    let mut total = 0.0f64;
    for value in &args.star {
        total = total.hypot(vm.float_arg(value, "coordinate")?);
    }
    Ok(Ret::Value(Value::Float(total)))
}

fn degrees(vm: &mut Vm, args: &Args) -> NativeResult {
    let x = vm.float_arg(&args[0], "argument")?;
    Ok(Ret::Value(Value::Float(x.to_degrees())))
}

fn radians(vm: &mut Vm, args: &Args) -> NativeResult {
    let x = vm.float_arg(&args[0], "argument")?;
    Ok(Ret::Value(Value::Float(x.to_radians())))
}

fn test(vm: &mut Vm, args: &Args, value: fn(f64) -> bool) -> NativeResult {
    let x = vm.float_arg(&args[0], "argument")?;
    Ok(Ret::Value(Value::Bool(value(x))))
}

fn isnan(vm: &mut Vm, args: &Args) -> NativeResult {
    if let Value::Sym(Symbolic::Float(operand)) = args[0] {
        let result = vm.emit1("is_nan", &[operand], Attrs::default())?;
        return Ok(Ret::Value(Value::Sym(Symbolic::Bool(crate::python::sym::SymBool::Value(result)))));
    }
    test(vm, args, f64::is_nan)
}

fn isinf(vm: &mut Vm, args: &Args) -> NativeResult {
    test(vm, args, f64::is_infinite)
}

fn isfinite(vm: &mut Vm, args: &Args) -> NativeResult {
    test(vm, args, f64::is_finite)
}

fn isclose(vm: &mut Vm, args: &Args) -> NativeResult {
    let a = vm.float_arg(&args[0], "a")?;
    let b = vm.float_arg(&args[1], "b")?;
    let relative = vm.float_arg(&args[2], "rel_tol")?;
    let absolute = vm.float_arg(&args[3], "abs_tol")?;
    let close =
        a == b || (a - b).abs() <= (relative * a.abs().max(b.abs())).max(absolute) && (a - b).is_finite();
    Ok(Ret::Value(Value::Bool(close)))
}

fn greatest(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn magnitudes(vm: &mut Vm, args: &Args) -> Result<Vec<u64>, Unwind> {
    args.star.iter().map(|value| Ok(vm.int_arg(value, "argument")?.unsigned_abs())).collect()
}

fn whole(vm: &mut Vm, value: u64) -> NativeResult {
    match i64::try_from(value) {
        Ok(value) => Ok(Ret::Value(Value::Int(value))),
        Err(_) => Err(vm.overflow()),
    }
}

fn gcd(vm: &mut Vm, args: &Args) -> NativeResult {
    let result = magnitudes(vm, args)?.into_iter().fold(0, greatest);
    whole(vm, result)
}

fn lcm(vm: &mut Vm, args: &Args) -> NativeResult {
    let mut result = 1u64;
    for value in magnitudes(vm, args)? {
        if value == 0 {
            return whole(vm, 0);
        }
        match (result / greatest(result, value)).checked_mul(value) {
            Some(product) => result = product,
            None => return Err(vm.overflow()),
        }
    }
    whole(vm, result)
}

fn factorial(vm: &mut Vm, args: &Args) -> NativeResult {
    let n = vm.int_arg(&args[0], "argument")?;
    if n < 0 {
        return Err(vm.value_error("factorial() not defined for negative values"));
    }
    match (1..=n).try_fold(1i64, i64::checked_mul) {
        Some(result) => Ok(Ret::Value(Value::Int(result))),
        None => Err(vm.overflow()),
    }
}

fn comb(vm: &mut Vm, args: &Args) -> NativeResult {
    let n = vm.int_arg(&args[0], "n")?;
    let k = vm.int_arg(&args[1], "k")?;
    if n < 0 || k < 0 {
        return Err(vm.value_error("n and k must be non-negative integers"));
    }
    let mut result = 1i128;
    for i in 0..k.min(n - k).max(0) {
        result = result * (n - i) as i128 / (i + 1) as i128;
        if result > i64::MAX as i128 {
            return Err(vm.overflow());
        }
    }
    Ok(Ret::Value(Value::Int(if k > n { 0 } else { result as i64 })))
}

fn isqrt(vm: &mut Vm, args: &Args) -> NativeResult {
    let n = vm.int_arg(&args[0], "n")?;
    if n < 0 {
        return Err(vm.value_error("isqrt() argument must be nonnegative"));
    }
    Ok(Ret::Value(Value::Int(n.isqrt())))
}

fn prod(vm: &mut Vm, args: &Args) -> NativeResult {
    let items = items!(vm, args, 0);
    let mut product = args[1].clone();
    for item in items {
        product = match (&product, &item) {
            (Value::Int(a), Value::Int(b)) => match a.checked_mul(*b) {
                Some(value) => Value::Int(value),
                None => return Err(vm.overflow()),
            },
            (a, b) => match (vm.as_term(a), vm.as_term(b)) {
                (Some(a), Some(b)) => {
                    let term = Term::try_apply(ScalarOp::Mul, &[a, b]).map_err(|_| vm.overflow())?;
                    vm.new_int(term)
                }
                _ => Value::Float(vm.float_arg(a, "element")? * vm.float_arg(b, "element")?),
            },
        };
    }
    Ok(Ret::Value(product))
}

fn fsum(vm: &mut Vm, args: &Args) -> NativeResult {
    let items = items!(vm, args, 0);
    // Neumaier's compensated sum: exact enough that the rounding of CPython's fsum is met on sane input.
    let (mut sum, mut lost) = (0.0f64, 0.0f64);
    for item in items {
        let x = vm.float_arg(&item, "element")?;
        let next = sum + x;
        lost += if sum.abs() >= x.abs() { (sum - next) + x } else { (x - next) + sum };
        sum = next;
    }
    Ok(Ret::Value(Value::Float(sum + lost)))
}
