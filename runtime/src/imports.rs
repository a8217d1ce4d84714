//! The functions that compiled code may call: memory, and mathematics that is too rare to compute in line. Nothing else
//! is linked.
//!
//! Mathematics is in double precision and means what the scalar operation of the same name means.

use std::ffi::{c_int, c_void};

unsafe extern "C" {
    fn memcpy(to: *mut c_void, from: *const c_void, bytes: usize) -> *mut c_void;
    fn memmove(to: *mut c_void, from: *const c_void, bytes: usize) -> *mut c_void;
    fn memset(to: *mut c_void, byte: c_int, bytes: usize) -> *mut c_void;
}

#[link(name = "m")]
unsafe extern "C" {
    safe fn erf(x: f64) -> f64;
}

macro_rules! functions {
    ($($name:ident($($x:ident: $t:ty),*) -> $result:ty = $value:expr;)*) => {
        $(extern "C" fn $name($($x: $t),*) -> $result {
            $value
        })*

        /// The functions by name.
        const TABLE: &[(&str, *const ())] = &[
            ("memcpy", memcpy as *const ()),
            ("memmove", memmove as *const ()),
            ("memset", memset as *const ()),
            $((stringify!($name), $name as *const ()),)*
        ];
    };
}

functions! {
    braid_exp(x: f64) -> f64 = x.exp();
    braid_expm1(x: f64) -> f64 = x.exp_m1();
    braid_log(x: f64) -> f64 = x.ln();
    braid_log1p(x: f64) -> f64 = x.ln_1p();
    braid_log2(x: f64) -> f64 = x.log2();
    braid_log10(x: f64) -> f64 = x.log10();
    braid_sin(x: f64) -> f64 = x.sin();
    braid_cos(x: f64) -> f64 = x.cos();
    braid_tan(x: f64) -> f64 = x.tan();
    braid_asin(x: f64) -> f64 = x.asin();
    braid_acos(x: f64) -> f64 = x.acos();
    braid_atan(x: f64) -> f64 = x.atan();
    braid_sinh(x: f64) -> f64 = x.sinh();
    braid_cosh(x: f64) -> f64 = x.cosh();
    braid_tanh(x: f64) -> f64 = x.tanh();
    braid_asinh(x: f64) -> f64 = x.asinh();
    braid_acosh(x: f64) -> f64 = x.acosh();
    braid_atanh(x: f64) -> f64 = x.atanh();
    braid_erf(x: f64) -> f64 = erf(x);
    braid_pow(x: f64, y: f64) -> f64 = x.powf(y);
    braid_atan2(y: f64, x: f64) -> f64 = y.atan2(x);
    braid_fmod(x: f64, y: f64) -> f64 = x % y;
    braid_ipow(x: i64, y: i64) -> i64 = integer_power(x, y);
}

/// Wraps; a negative power is 0 unless the base is 1 or -1.
fn integer_power(base: i64, exponent: i64) -> i64 {
    if exponent < 0 {
        return match base {
            1 => 1,
            -1 => 1 - 2 * (exponent & 1),
            _ => 0,
        };
    }
    let (mut result, mut square, mut rest) = (1i64, base, exponent);
    while rest > 0 {
        if rest & 1 == 1 {
            result = result.wrapping_mul(square);
        }
        square = square.wrapping_mul(square);
        rest >>= 1;
    }
    result
}

/// Names of every function that compiled code may call.
pub fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|(name, _)| *name)
}

/// The address of the function of this name.
pub fn find(name: &str) -> Option<usize> {
    TABLE.iter().find(|(known, _)| *known == name).map(|(_, address)| *address as usize)
}

#[cfg(test)]
mod tests {
    use super::integer_power;

    #[test]
    fn integers_have_powers() {
        assert_eq!(integer_power(3, 4), 81);
        assert_eq!(integer_power(2, 64), 0);
        assert_eq!((integer_power(-1, -3), integer_power(1, -3), integer_power(2, -1)), (-1, 1, 0));
    }
}
