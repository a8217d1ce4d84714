//! Scalar operations on whole registers.
//!
//! What programs do most (arithmetic on `f32`, `f64`, `i64` and `bool`) has loops of its own; every other case asks
//! [`ScalarOp::eval`] lane by lane, which is what all of them mean.

use super::kernel::Reg;
use crate::dtype::{DType, Scalar};
use crate::term::ScalarOp;

/// The register file: register `r` is lanes `r * width..r * width + n` of its kind.
pub(super) struct File<'a> {
    pub floats: &'a mut [f64],
    pub ints: &'a mut [i64],
    pub width: usize,
    pub n: usize,
}

/// Lane lists of a kind split into those before a result and the result; operands have lower numbers than results.
fn split<T>(all: &mut [T], result: usize, width: usize, n: usize) -> (&[T], &mut [T]) {
    let (before, after) = all.split_at_mut(result * width);
    (before, &mut after[..n])
}

fn unary<T: Copy, U>(to: &mut [U], a: &[T], f: impl Fn(T) -> U) {
    to.iter_mut().zip(a).for_each(|(slot, &x)| *slot = f(x));
}

fn binary<T: Copy, U>(to: &mut [U], a: &[T], b: &[T], f: impl Fn(T, T) -> U) {
    to.iter_mut().zip(a).zip(b).for_each(|((slot, &x), &y)| *slot = f(x, y));
}

/// `result = op(args…)` on every lane; `from` is the type of the last operand, `to` of the result.
pub(super) fn apply(mut file: File, op: ScalarOp, from: DType, to: DType, result: Reg, args: [Reg; 3]) {
    let done = match (from, to) {
        (DType::F32, DType::F32) => floats::<true>(&mut file, op, result, args),
        (DType::F64, DType::F64) => floats::<false>(&mut file, op, result, args),
        (DType::F32 | DType::F64, DType::Bool) => compare_floats(&mut file, op, result, args),
        (DType::I64, DType::I64 | DType::Bool) | (DType::Bool, DType::Bool) => {
            ints(&mut file, op, from, result, args)
        }
        _ => convert(&mut file, op, from, to, result, args),
    };
    if !done {
        each(&mut file, op, from, to, result, args);
    }
}

/// Arithmetic on `f32` (`SINGLE`) or `f64`. Answers whether it knew the operation. One operation in `f64` rounded to `f32`
/// is the operation in `f32`, for those that are correctly rounded.
fn floats<const SINGLE: bool>(file: &mut File, op: ScalarOp, result: Reg, args: [Reg; 3]) -> bool {
    use ScalarOp::*;
    let round = |v: f64| if SINGLE { v as f32 as f64 } else { v };
    let (width, n) = (file.width, file.n);
    let Reg::Float(r) = result else { return false };
    let (before, to) = split(file.floats, r, width, n);
    let lanes = |reg: usize| &before[reg * width..reg * width + n];
    if let (Select, [Reg::Int(c), Reg::Float(a), Reg::Float(b)]) = (op, args) {
        let conditions = &file.ints[c * width..c * width + n];
        for (((slot, &c), &x), &y) in to.iter_mut().zip(conditions).zip(lanes(a)).zip(lanes(b)) {
            *slot = if c != 0 { x } else { y };
        }
        return true;
    }
    let [Reg::Float(a), second, _] = args else { return false };
    let x = lanes(a);
    // One operand.
    match op {
        Neg => unary(to, x, |x| -x),
        Abs => unary(to, x, f64::abs),
        Floor => unary(to, x, f64::floor),
        Ceil => unary(to, x, f64::ceil),
        Sqrt => unary(to, x, |x| round(x.sqrt())),
        Tanh => unary(to, x, |x| round(x.tanh())),
        Log => unary(to, x, |x| round(x.ln())),
        // The library's `f32` exponential is what `ScalarOp::eval` takes.
        Exp => unary(to, x, |x| if SINGLE { f64::from((x as f32).exp()) } else { x.exp() }),
        Cast(_) => unary(to, x, round),
        Add | Sub | Mul | Div | Min | Max => {
            let Reg::Float(b) = second else { return false };
            let y = lanes(b);
            match op {
                Add => binary(to, x, y, |x, y| round(x + y)),
                Sub => binary(to, x, y, |x, y| round(x - y)),
                Mul => binary(to, x, y, |x, y| round(x * y)),
                Div => binary(to, x, y, |x, y| round(x / y)),
                Min => binary(to, x, y, minimum),
                _ => binary(to, x, y, maximum),
            }
        }
        _ => return false,
    }
    true
}

/// The smaller, NaN if either is.
pub(super) fn minimum(x: f64, y: f64) -> f64 {
    if x.is_nan() || y.is_nan() { f64::NAN } else { x.min(y) }
}

/// The larger, NaN if either is.
pub(super) fn maximum(x: f64, y: f64) -> f64 {
    if x.is_nan() || y.is_nan() { f64::NAN } else { x.max(y) }
}

fn compare_floats(file: &mut File, op: ScalarOp, result: Reg, args: [Reg; 3]) -> bool {
    use ScalarOp::*;
    let (width, n) = (file.width, file.n);
    let (Reg::Int(r), [Reg::Float(a), Reg::Float(b), _]) = (result, args) else { return false };
    let (x, y) = (&file.floats[a * width..a * width + n], &file.floats[b * width..b * width + n]);
    let to = &mut file.ints[r * width..r * width + n];
    let mut with = |f: fn(&f64, &f64) -> bool| binary(to, x, y, |x, y| i64::from(f(&x, &y)));
    match op {
        Eq => with(f64::eq),
        Ne => with(f64::ne),
        Lt => with(f64::lt),
        Le => with(f64::le),
        Gt => with(f64::gt),
        Ge => with(f64::ge),
        _ => return false,
    }
    true
}

/// Arithmetic on `i64`, which wraps, and on `bool`.
fn ints(file: &mut File, op: ScalarOp, from: DType, result: Reg, args: [Reg; 3]) -> bool {
    use ScalarOp::*;
    let (width, n) = (file.width, file.n);
    let (Reg::Int(r), [Reg::Int(a), second, third]) = (result, args) else { return false };
    let (before, to) = split(file.ints, r, width, n);
    let lanes = |reg: usize| &before[reg * width..reg * width + n];
    let x = lanes(a);
    let Reg::Int(b) = second else { return false };
    let y = lanes(b);
    let wide = from == DType::I64;
    match op {
        Select => {
            let Reg::Int(c) = third else { return false };
            for (((slot, &c), &x), &y) in to.iter_mut().zip(x).zip(y).zip(lanes(c)) {
                *slot = if c != 0 { x } else { y };
            }
        }
        And => binary(to, x, y, |x, y| x & y),
        Or => binary(to, x, y, |x, y| x | y),
        Xor => binary(to, x, y, |x, y| x ^ y),
        Not if !wide => unary(to, x, |x| i64::from(x == 0)),
        Eq => binary(to, x, y, |x, y| i64::from(x == y)),
        Ne => binary(to, x, y, |x, y| i64::from(x != y)),
        Lt => binary(to, x, y, |x, y| i64::from(x < y)),
        Le => binary(to, x, y, |x, y| i64::from(x <= y)),
        Gt => binary(to, x, y, |x, y| i64::from(x > y)),
        Ge => binary(to, x, y, |x, y| i64::from(x >= y)),
        Min => binary(to, x, y, |x: i64, y| x.min(y)),
        Max => binary(to, x, y, |x: i64, y| x.max(y)),
        Add if wide => binary(to, x, y, i64::wrapping_add),
        Sub if wide => binary(to, x, y, i64::wrapping_sub),
        Mul if wide => binary(to, x, y, i64::wrapping_mul),
        FloorDiv if wide => binary(to, x, y, floor_div),
        Mod if wide => {
            binary(to, x, y, |x, y| if y == 0 { 0 } else { x.wrapping_sub(floor_div(x, y).wrapping_mul(y)) })
        }
        _ => return false,
    }
    true
}

fn floor_div(x: i64, y: i64) -> i64 {
    if y == 0 {
        return 0;
    }
    let quotient = x.wrapping_div(y);
    if x.wrapping_rem(y) != 0 && (x < 0) != (y < 0) { quotient - 1 } else { quotient }
}

/// Conversions between the common types.
fn convert(file: &mut File, op: ScalarOp, from: DType, to: DType, result: Reg, args: [Reg; 3]) -> bool {
    if !matches!(op, ScalarOp::Cast(_)) {
        return false;
    }
    let (width, n) = (file.width, file.n);
    match (from, to, args[0], result) {
        (DType::F32, DType::F64, Reg::Float(a), Reg::Float(r)) => {
            file.floats.copy_within(a * width..a * width + n, r * width);
        }
        (DType::F64, DType::F32, Reg::Float(a), Reg::Float(r)) => {
            let (before, lanes) = split(file.floats, r, width, n);
            unary(lanes, &before[a * width..a * width + n], |x| x as f32 as f64);
        }
        (DType::Bool, DType::I64, Reg::Int(a), Reg::Int(r)) => {
            file.ints.copy_within(a * width..a * width + n, r * width);
        }
        (DType::Bool | DType::I64, DType::F64, Reg::Int(a), Reg::Float(r)) => {
            unary(&mut file.floats[r * width..r * width + n], &file.ints[a * width..a * width + n], |x| {
                x as f64
            });
        }
        (DType::Bool | DType::I64, DType::F32, Reg::Int(a), Reg::Float(r)) => {
            unary(&mut file.floats[r * width..r * width + n], &file.ints[a * width..a * width + n], |x| {
                x as f64 as f32 as f64
            });
        }
        _ => return false,
    }
    true
}

/// A lane of an integer register as an element.
pub(super) fn int_scalar(dtype: DType, lane: i64) -> Scalar {
    match dtype {
        DType::Bool => Scalar::Bool(lane != 0),
        DType::U64 => Scalar::Int(dtype, i128::from(lane as u64)),
        _ => Scalar::Int(dtype, i128::from(lane)),
    }
}

/// Any operation, lane by lane.
fn each(file: &mut File, op: ScalarOp, from: DType, to: DType, result: Reg, args: [Reg; 3]) {
    for lane in 0..file.n {
        let read = |reg: Reg, dtype: DType| match reg {
            Reg::Float(r) => Scalar::Float(dtype, file.floats[r * file.width + lane]),
            Reg::Int(r) => int_scalar(dtype, file.ints[r * file.width + lane]),
        };
        let operands: [Scalar; 3] = std::array::from_fn(|i| {
            let condition = op == ScalarOp::Select && i == 0;
            // Operands beyond the operation's number are not looked at.
            if i < op.arity() {
                read(args[i], if condition { DType::Bool } else { from })
            } else {
                Scalar::Bool(false)
            }
        });
        let value = op.eval(&operands[..op.arity()]);
        debug_assert_eq!(value.dtype(), to);
        match result {
            Reg::Float(r) => file.floats[r * file.width + lane] = value.as_f64(),
            Reg::Int(r) => file.ints[r * file.width + lane] = value.as_i128() as i64,
        }
    }
}
