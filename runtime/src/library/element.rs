//! Elements of untyped bytes: one trait over the types that they may have, and a way from the type's name to the type.

use crate::tensor::DType;
use half::{bf16, f16};
use std::cmp::Ordering;

/// How two elements are combined. Integers wrap; of floats NaN wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Combine {
    /// Sum; of `bool` or.
    Add,
    /// Product; of `bool` and.
    Mul,
    /// Larger.
    Max,
    /// Smaller.
    Min,
}

/// A type of elements.
pub(crate) trait Element: Copy + 'static {
    /// In which sums run: `f64` for floats, the type itself for integers.
    type Wide: Element;

    fn to_f64(self) -> f64;
    /// Floats truncate, `u64` wraps.
    fn to_i64(self) -> i64;
    fn widen(self) -> Self::Wide;
    fn narrow(wide: Self::Wide) -> Self;
    /// Floats round, integers truncate.
    fn from_f64(value: f64) -> Self;
    fn combine(self, other: Self, how: Combine) -> Self;
    /// Ascending, NaN after everything.
    fn order(self, other: Self) -> Ordering;

    fn is_nan(self) -> bool {
        self.to_f64().is_nan()
    }
    /// NaN counts as true, as in Python.
    fn is_truthy(self) -> bool {
        self.to_f64() != 0.0
    }
}

/// A `bool` as it is in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(transparent)]
pub(crate) struct Flag(u8);

macro_rules! integers {
    ($($t:ty)*) => {$(
        impl Element for $t {
            type Wide = $t;
            fn to_f64(self) -> f64 {
                self as f64
            }
            fn to_i64(self) -> i64 {
                self as i64
            }
            fn widen(self) -> $t {
                self
            }
            fn narrow(wide: $t) -> $t {
                wide
            }
            fn from_f64(value: f64) -> $t {
                value as $t
            }
            fn combine(self, other: $t, how: Combine) -> $t {
                match how {
                    Combine::Add => self.wrapping_add(other),
                    Combine::Mul => self.wrapping_mul(other),
                    Combine::Max => self.max(other),
                    Combine::Min => self.min(other),
                }
            }
            fn order(self, other: $t) -> Ordering {
                self.cmp(&other)
            }
        }
    )*};
}

macro_rules! floats {
    ($($t:ty, $to:expr, $from:expr, $sum:ty;)*) => {$(
        impl Element for $t {
            type Wide = f64;
            fn to_f64(self) -> f64 {
                $to(self)
            }
            fn to_i64(self) -> i64 {
                self.to_f64() as i64
            }
            fn widen(self) -> f64 {
                $to(self)
            }
            fn narrow(wide: f64) -> $t {
                $from(wide)
            }
            fn from_f64(value: f64) -> $t {
                $from(value)
            }
            fn combine(self, other: $t, how: Combine) -> $t {
                let (x, y) = ($to(self), $to(other));
                match how {
                    // Half floats are added in `f32` and rounded once.
                    Combine::Add => $from(f64::from(x as $sum + y as $sum)),
                    Combine::Mul => $from(f64::from(x as $sum * y as $sum)),
                    _ if x.is_nan() => self,
                    _ if y.is_nan() => other,
                    Combine::Max => if x > y { self } else { other },
                    Combine::Min => if x < y { self } else { other },
                }
            }
            fn order(self, other: $t) -> Ordering {
                let (x, y) = ($to(self), $to(other));
                x.partial_cmp(&y).unwrap_or_else(|| x.is_nan().cmp(&y.is_nan()))
            }
        }
    )*};
}

integers! { u8 u16 u32 u64 i8 i16 i32 i64 }
floats! {
    f16, f16::to_f64, f16::from_f64, f32;
    bf16, bf16::to_f64, bf16::from_f64, f32;
    f32, f64::from, |v| v as f32, f32;
    f64, |v| v, |v| v, f64;
}

impl Element for Flag {
    type Wide = Flag;
    fn to_f64(self) -> f64 {
        self.to_i64() as f64
    }
    fn to_i64(self) -> i64 {
        (self.0 != 0).into()
    }
    fn widen(self) -> Flag {
        self
    }
    fn narrow(wide: Flag) -> Flag {
        wide
    }
    fn from_f64(value: f64) -> Flag {
        Flag((value != 0.0).into())
    }
    fn combine(self, other: Flag, how: Combine) -> Flag {
        match how {
            Combine::Add | Combine::Max => self.max(other),
            Combine::Mul | Combine::Min => self.min(other),
        }
    }
    fn order(self, other: Flag) -> Ordering {
        self.cmp(&other)
    }
}

/// Evaluates an expression with `$T` standing for the type of this name.
macro_rules! with_type {
    ($dtype:expr, $T:ident => $value:expr) => {
        match $dtype {
            $crate::tensor::DType::Bool => {
                type $T = $crate::library::element::Flag;
                $value
            }
            $crate::tensor::DType::U8 => {
                type $T = u8;
                $value
            }
            $crate::tensor::DType::U16 => {
                type $T = u16;
                $value
            }
            $crate::tensor::DType::U32 => {
                type $T = u32;
                $value
            }
            $crate::tensor::DType::U64 => {
                type $T = u64;
                $value
            }
            $crate::tensor::DType::I8 => {
                type $T = i8;
                $value
            }
            $crate::tensor::DType::I16 => {
                type $T = i16;
                $value
            }
            $crate::tensor::DType::I32 => {
                type $T = i32;
                $value
            }
            $crate::tensor::DType::I64 => {
                type $T = i64;
                $value
            }
            $crate::tensor::DType::F16 => {
                type $T = half::f16;
                $value
            }
            $crate::tensor::DType::BF16 => {
                type $T = half::bf16;
                $value
            }
            $crate::tensor::DType::F32 => {
                type $T = f32;
                $value
            }
            $crate::tensor::DType::F64 => {
                type $T = f64;
                $value
            }
        }
    };
}
pub(crate) use with_type;

/// Bytes of a buffer as elements.
///
/// # Panics
/// If they are not aligned; every buffer of the runtime is.
pub(crate) fn elements<T: Element>(bytes: &[u8]) -> &[T] {
    // SAFETY: every implementor of `Element` is a number for which any bytes are a value.
    let (before, elements, after) = unsafe { bytes.align_to::<T>() };
    assert!(before.is_empty() && after.is_empty(), "a buffer of whole, aligned elements");
    elements
}

/// Bytes of a buffer as elements, to change them.
///
/// # Panics
/// If they are not aligned; every buffer of the runtime is.
pub(crate) fn elements_mut<T: Element>(bytes: &mut [u8]) -> &mut [T] {
    // SAFETY: every implementor of `Element` is a number for which any bytes are a value, and the other way round.
    let (before, elements, after) = unsafe { bytes.align_to_mut::<T>() };
    assert!(before.is_empty() && after.is_empty(), "a buffer of whole, aligned elements");
    elements
}

/// Element number `i` as an `f64`; exact but for large 64-bit integers.
pub(crate) fn get_f64(dtype: DType, bytes: &[u8], i: usize) -> f64 {
    with_type!(dtype, T => elements::<T>(bytes)[i].to_f64())
}

/// Element number `i` as an `i64`: floats truncate, `u64` wraps.
pub(crate) fn get_i64(dtype: DType, bytes: &[u8], i: usize) -> i64 {
    with_type!(dtype, T => elements::<T>(bytes)[i].to_i64())
}
