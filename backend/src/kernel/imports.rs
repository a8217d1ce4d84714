//! Functions that kernels call and the runtime provides: rare mathematics, in double precision.
//!
//! Everything common is computed in line. All of these are `extern "C"`, take and return `f64` (`braid_ipow`: `i64`), and
//! mean what the scalar operation of the same name means. Besides them code may call `memcpy`, `memmove` and `memset`.

use braid_ir::ScalarOp;

/// The names, each with its number of arguments.
pub const IMPORTS: &[(&str, usize)] = &[
    ("braid_exp", 1),
    ("braid_expm1", 1),
    ("braid_log", 1),
    ("braid_log1p", 1),
    ("braid_log2", 1),
    ("braid_log10", 1),
    ("braid_sin", 1),
    ("braid_cos", 1),
    ("braid_tan", 1),
    ("braid_asin", 1),
    ("braid_acos", 1),
    ("braid_atan", 1),
    ("braid_sinh", 1),
    ("braid_cosh", 1),
    ("braid_tanh", 1),
    ("braid_asinh", 1),
    ("braid_acosh", 1),
    ("braid_atanh", 1),
    ("braid_erf", 1),
    ("braid_pow", 2),
    ("braid_atan2", 2),
    ("braid_fmod", 2),
    ("braid_ipow", 2),
];

/// The function that computes an operation on floats, if no instruction does.
pub fn import_of(op: ScalarOp) -> Option<&'static str> {
    use ScalarOp::*;
    Some(match op {
        Exp => "braid_exp",
        Expm1 => "braid_expm1",
        Log => "braid_log",
        Log1p => "braid_log1p",
        Log2 => "braid_log2",
        Log10 => "braid_log10",
        Sin => "braid_sin",
        Cos => "braid_cos",
        Tan => "braid_tan",
        Asin => "braid_asin",
        Acos => "braid_acos",
        Atan => "braid_atan",
        Sinh => "braid_sinh",
        Cosh => "braid_cosh",
        Tanh => "braid_tanh",
        Asinh => "braid_asinh",
        Acosh => "braid_acosh",
        Atanh => "braid_atanh",
        Erf => "braid_erf",
        Pow => "braid_pow",
        Atan2 => "braid_atan2",
        Mod | Rem => "braid_fmod",
        _ => return None,
    })
}
