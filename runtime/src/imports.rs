//! The functions that compiled code may call: memory and the C library's mathematics. Nothing else is linked.

use half::{bf16, f16};
use std::ffi::{c_int, c_void};

// Conversions of half floats, where the processor has none. The platform passes a half float in the low 16 bits of a
// vector register, which is where an `f32` with these low bits travels, too.
extern "C" fn f32_to_f16(x: f32) -> f32 {
    f32::from_bits(f16::from_f32(x).to_bits().into())
}
extern "C" fn f64_to_f16(x: f64) -> f32 {
    f32::from_bits(f16::from_f64(x).to_bits().into())
}
extern "C" fn f16_to_f32(x: f32) -> f32 {
    f16::from_bits(x.to_bits() as u16).to_f32()
}
extern "C" fn f32_to_bf16(x: f32) -> f32 {
    f32::from_bits(bf16::from_f32(x).to_bits().into())
}
extern "C" fn f64_to_bf16(x: f64) -> f32 {
    f32::from_bits(bf16::from_f64(x).to_bits().into())
}

/// The compilers' names of the conversions.
const HALF: &[(&str, *const ())] = &[
    ("__truncsfhf2", f32_to_f16 as *const ()),
    ("__truncdfhf2", f64_to_f16 as *const ()),
    ("__extendhfsf2", f16_to_f32 as *const ()),
    ("__truncsfbf2", f32_to_bf16 as *const ()),
    ("__truncdfbf2", f64_to_bf16 as *const ()),
];

fn half_function(name: &str) -> Option<usize> {
    HALF.iter().find(|(known, _)| *known == name).map(|(_, address)| *address as usize)
}

macro_rules! imports {
    ($(fn $name:ident($($ty:ty),*) -> $result:ty;)*) => {
        #[link(name = "m")]
        unsafe extern "C" {
            $(fn $name($(_: $ty),*) -> $result;)*
        }

        /// Names of every function that compiled code may call.
        pub fn names() -> impl Iterator<Item = &'static str> {
            [$(stringify!($name)),*].into_iter().chain(HALF.iter().map(|(name, _)| *name))
        }

        /// The address of the function of this name.
        pub(crate) fn find(name: &str) -> Option<usize> {
            match name {
                $(stringify!($name) => Some($name as *const () as usize),)*
                _ => half_function(name),
            }
        }
    };
}

imports! {
    fn memcpy(*mut c_void, *const c_void, usize) -> *mut c_void;
    fn memmove(*mut c_void, *const c_void, usize) -> *mut c_void;
    fn memset(*mut c_void, c_int, usize) -> *mut c_void;
    fn memcmp(*const c_void, *const c_void, usize) -> c_int;
    fn exp(f64) -> f64;
    fn exp2(f64) -> f64;
    fn expm1(f64) -> f64;
    fn log(f64) -> f64;
    fn log1p(f64) -> f64;
    fn log2(f64) -> f64;
    fn log10(f64) -> f64;
    fn pow(f64, f64) -> f64;
    fn sqrt(f64) -> f64;
    fn cbrt(f64) -> f64;
    fn hypot(f64, f64) -> f64;
    fn fmod(f64, f64) -> f64;
    fn fma(f64, f64, f64) -> f64;
    fn sin(f64) -> f64;
    fn cos(f64) -> f64;
    fn tan(f64) -> f64;
    fn asin(f64) -> f64;
    fn acos(f64) -> f64;
    fn atan(f64) -> f64;
    fn atan2(f64, f64) -> f64;
    fn sinh(f64) -> f64;
    fn cosh(f64) -> f64;
    fn tanh(f64) -> f64;
    fn asinh(f64) -> f64;
    fn acosh(f64) -> f64;
    fn atanh(f64) -> f64;
    fn erf(f64) -> f64;
    fn erfc(f64) -> f64;
    fn floor(f64) -> f64;
    fn ceil(f64) -> f64;
    fn trunc(f64) -> f64;
    fn round(f64) -> f64;
    fn rint(f64) -> f64;
    fn nearbyint(f64) -> f64;
    fn roundeven(f64) -> f64;
    fn fmin(f64, f64) -> f64;
    fn fmax(f64, f64) -> f64;
    fn ldexp(f64, c_int) -> f64;
    fn expf(f32) -> f32;
    fn exp2f(f32) -> f32;
    fn expm1f(f32) -> f32;
    fn logf(f32) -> f32;
    fn log1pf(f32) -> f32;
    fn log2f(f32) -> f32;
    fn log10f(f32) -> f32;
    fn powf(f32, f32) -> f32;
    fn sqrtf(f32) -> f32;
    fn cbrtf(f32) -> f32;
    fn hypotf(f32, f32) -> f32;
    fn fmodf(f32, f32) -> f32;
    fn fmaf(f32, f32, f32) -> f32;
    fn sinf(f32) -> f32;
    fn cosf(f32) -> f32;
    fn tanf(f32) -> f32;
    fn asinf(f32) -> f32;
    fn acosf(f32) -> f32;
    fn atanf(f32) -> f32;
    fn atan2f(f32, f32) -> f32;
    fn sinhf(f32) -> f32;
    fn coshf(f32) -> f32;
    fn tanhf(f32) -> f32;
    fn asinhf(f32) -> f32;
    fn acoshf(f32) -> f32;
    fn atanhf(f32) -> f32;
    fn erff(f32) -> f32;
    fn erfcf(f32) -> f32;
    fn floorf(f32) -> f32;
    fn ceilf(f32) -> f32;
    fn truncf(f32) -> f32;
    fn roundf(f32) -> f32;
    fn rintf(f32) -> f32;
    fn nearbyintf(f32) -> f32;
    fn roundevenf(f32) -> f32;
    fn fminf(f32, f32) -> f32;
    fn fmaxf(f32, f32) -> f32;
    fn ldexpf(f32, c_int) -> f32;
}
