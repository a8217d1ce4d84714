//! Elements of untyped bytes as numbers.

use crate::tensor::DType;
use half::{bf16, f16};

macro_rules! read {
    ($bytes:expr, $i:expr, $t:ty) => {{
        const SIZE: usize = std::mem::size_of::<$t>();
        let mut raw = [0u8; SIZE];
        raw.copy_from_slice(&$bytes[$i * SIZE..($i + 1) * SIZE]);
        <$t>::from_le_bytes(raw)
    }};
}

/// Element number `i` as an `f64`; exact but for large 64-bit integers.
pub(crate) fn get_f64(dtype: DType, bytes: &[u8], i: usize) -> f64 {
    match dtype {
        DType::F64 => read!(bytes, i, f64),
        DType::F32 => read!(bytes, i, f32).into(),
        DType::F16 => f16::from_bits(read!(bytes, i, u16)).into(),
        DType::BF16 => bf16::from_bits(read!(bytes, i, u16)).into(),
        DType::U64 => read!(bytes, i, u64) as f64,
        _ => get_i64(dtype, bytes, i) as f64,
    }
}

/// Element number `i` as an `i64`: floats truncate, `u64` wraps.
pub(crate) fn get_i64(dtype: DType, bytes: &[u8], i: usize) -> i64 {
    match dtype {
        DType::Bool => (bytes[i] != 0).into(),
        DType::U8 => bytes[i].into(),
        DType::I8 => (bytes[i] as i8).into(),
        DType::U16 => read!(bytes, i, u16).into(),
        DType::I16 => read!(bytes, i, i16).into(),
        DType::U32 => read!(bytes, i, u32).into(),
        DType::I32 => read!(bytes, i, i32).into(),
        DType::U64 => read!(bytes, i, u64) as i64,
        DType::I64 => read!(bytes, i, i64),
        _ => get_f64(dtype, bytes, i) as i64,
    }
}

/// Stores a number rounded to the type as element number `i`.
pub(crate) fn set_f64(dtype: DType, bytes: &mut [u8], i: usize, value: f64) {
    let size = dtype.size();
    let at = &mut bytes[i * size..(i + 1) * size];
    match dtype {
        DType::F64 => at.copy_from_slice(&value.to_le_bytes()),
        DType::F32 => at.copy_from_slice(&(value as f32).to_le_bytes()),
        DType::F16 => at.copy_from_slice(&f16::from_f64(value).to_le_bytes()),
        DType::BF16 => at.copy_from_slice(&bf16::from_f64(value).to_le_bytes()),
        DType::Bool => at[0] = (value != 0.0).into(),
        _ => at.copy_from_slice(&(value as i64).to_le_bytes()[..size]),
    }
}
