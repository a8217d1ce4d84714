//! Element types of tensors, and single elements of them.

use half::{bf16, f16};
use std::fmt;

/// The element type of a tensor. Names are those of the text form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DType {
    /// One byte, 0 or 1.
    Bool,
    /// Unsigned 8-bit integer.
    U8,
    /// Unsigned 16-bit integer.
    U16,
    /// Unsigned 32-bit integer.
    U32,
    /// Unsigned 64-bit integer.
    U64,
    /// Signed 8-bit integer.
    I8,
    /// Signed 16-bit integer.
    I16,
    /// Signed 32-bit integer.
    I32,
    /// Signed 64-bit integer; also the type of every index term.
    I64,
    /// IEEE binary16.
    F16,
    /// bfloat16.
    BF16,
    /// IEEE binary32.
    F32,
    /// IEEE binary64.
    F64,
}

impl DType {
    /// Every element type, in promotion order within its family.
    pub const ALL: [DType; 13] = [
        DType::Bool,
        DType::U8,
        DType::U16,
        DType::U32,
        DType::U64,
        DType::I8,
        DType::I16,
        DType::I32,
        DType::I64,
        DType::F16,
        DType::BF16,
        DType::F32,
        DType::F64,
    ];

    /// Size of one element in bytes.
    pub const fn size(self) -> usize {
        match self {
            DType::Bool | DType::U8 | DType::I8 => 1,
            DType::U16 | DType::I16 | DType::F16 | DType::BF16 => 2,
            DType::U32 | DType::I32 | DType::F32 => 4,
            DType::U64 | DType::I64 | DType::F64 => 8,
        }
    }

    /// The name in the text form and on the command line (`f32`).
    pub const fn name(self) -> &'static str {
        match self {
            DType::Bool => "bool",
            DType::U8 => "u8",
            DType::U16 => "u16",
            DType::U32 => "u32",
            DType::U64 => "u64",
            DType::I8 => "i8",
            DType::I16 => "i16",
            DType::I32 => "i32",
            DType::I64 => "i64",
            DType::F16 => "f16",
            DType::BF16 => "bf16",
            DType::F32 => "f32",
            DType::F64 => "f64",
        }
    }

    /// The type with this text-form name.
    pub fn from_name(name: &str) -> Option<DType> {
        DType::ALL.into_iter().find(|d| d.name() == name)
    }

    /// Whether this is one of the floating-point types.
    pub const fn is_float(self) -> bool {
        matches!(self, DType::F16 | DType::BF16 | DType::F32 | DType::F64)
    }

    /// Whether this is a signed or unsigned integer type (`bool` is not).
    pub const fn is_int(self) -> bool {
        !self.is_float() && !matches!(self, DType::Bool)
    }

    /// Whether this is an unsigned integer type.
    pub const fn is_unsigned(self) -> bool {
        matches!(self, DType::U8 | DType::U16 | DType::U32 | DType::U64)
    }

    /// The type in which sums of this type are accumulated: half floats in `f32`, everything else in itself.
    pub const fn accumulator(self) -> DType {
        match self {
            DType::F16 | DType::BF16 => DType::F32,
            other => other,
        }
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One element of a tensor. Integers are held as their mathematical value, floats as `f64`
/// (every narrower float is exact in `f64`); [`Scalar::cast`] and the constructors round to the type.
#[derive(Clone, Copy, Debug)]
pub enum Scalar {
    /// A `bool`.
    Bool(bool),
    /// An integer of any integer type, wrapped to its range.
    Int(DType, i128),
    /// A float of any float type, rounded to it.
    Float(DType, f64),
}

impl Scalar {
    /// An `i64`.
    pub const fn i64(v: i64) -> Scalar {
        Scalar::Int(DType::I64, v as i128)
    }

    /// An `f32`.
    pub const fn f32(v: f32) -> Scalar {
        Scalar::Float(DType::F32, v as f64)
    }

    /// The element of type `dtype` nearest to `v`: floats round, integers truncate toward zero and wrap.
    pub fn from_f64(dtype: DType, v: f64) -> Scalar {
        match dtype {
            DType::Bool => Scalar::Bool(v != 0.0),
            DType::F64 => Scalar::Float(dtype, v),
            DType::F32 => Scalar::Float(dtype, v as f32 as f64),
            DType::F16 => Scalar::Float(dtype, f16::from_f64(v).to_f64()),
            DType::BF16 => Scalar::Float(dtype, bf16::from_f64(v).to_f64()),
            int => Scalar::from_int(int, v as i128),
        }
    }

    /// The element of type `dtype` for the integer `v`: integers wrap to the type's width, floats round.
    pub fn from_int(dtype: DType, v: i128) -> Scalar {
        match dtype {
            DType::Bool => Scalar::Bool(v != 0),
            DType::U8 => Scalar::Int(dtype, v as u8 as i128),
            DType::U16 => Scalar::Int(dtype, v as u16 as i128),
            DType::U32 => Scalar::Int(dtype, v as u32 as i128),
            DType::U64 => Scalar::Int(dtype, v as u64 as i128),
            DType::I8 => Scalar::Int(dtype, v as i8 as i128),
            DType::I16 => Scalar::Int(dtype, v as i16 as i128),
            DType::I32 => Scalar::Int(dtype, v as i32 as i128),
            DType::I64 => Scalar::Int(dtype, v as i64 as i128),
            float => Scalar::from_f64(float, v as f64),
        }
    }

    /// The element type.
    pub const fn dtype(self) -> DType {
        match self {
            Scalar::Bool(_) => DType::Bool,
            Scalar::Int(d, _) | Scalar::Float(d, _) => d,
        }
    }

    /// Conversion as PyTorch's `to` and ONNX `Cast` have it.
    pub fn cast(self, to: DType) -> Scalar {
        match self {
            Scalar::Bool(b) => Scalar::from_int(to, b as i128),
            Scalar::Int(_, v) => Scalar::from_int(to, v),
            Scalar::Float(_, v) => Scalar::from_f64(to, v),
        }
    }

    /// The value as `f64` (`true` is 1).
    pub fn as_f64(self) -> f64 {
        match self {
            Scalar::Bool(b) => b as u8 as f64,
            Scalar::Int(_, v) => v as f64,
            Scalar::Float(_, v) => v,
        }
    }

    /// The value as an integer; floats truncate toward zero.
    pub fn as_i128(self) -> i128 {
        match self {
            Scalar::Bool(b) => b as i128,
            Scalar::Int(_, v) => v,
            Scalar::Float(_, v) => v as i128,
        }
    }

    /// Whether the value is not zero (NaN counts as true, as in Python).
    pub fn is_truthy(self) -> bool {
        match self {
            Scalar::Bool(b) => b,
            Scalar::Int(_, v) => v != 0,
            Scalar::Float(_, v) => v != 0.0,
        }
    }

    /// A key for hashing and equality by representation: `-0.0` differs from `0.0`, NaN equals itself.
    fn key(self) -> (DType, u128) {
        match self {
            Scalar::Bool(b) => (DType::Bool, b as u128),
            Scalar::Int(d, v) => (d, v as u128),
            Scalar::Float(d, v) => (d, v.to_bits() as u128),
        }
    }
}

impl PartialEq for Scalar {
    fn eq(&self, other: &Scalar) -> bool {
        self.key() == other.key()
    }
}
impl Eq for Scalar {}
impl std::hash::Hash for Scalar {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scalar::Bool(b) => write!(f, "{b}"),
            Scalar::Int(_, v) => write!(f, "{v}"),
            Scalar::Float(_, v) => write!(f, "{v:?}"),
        }
    }
}
