//! Tensors at run time: an element type, dimensions, and bytes aligned as the compiled kernels expect.

use crate::map;
use serde::{Deserialize, Serialize};
use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::fmt;

/// Alignment in bytes of every buffer that compiled code sees.
pub const ALIGN: usize = 64;

/// An element type, with the code that the C interface uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u32)]
pub enum DType {
    /// One byte, 0 or 1.
    Bool = 0,
    /// Unsigned 8-bit integer.
    U8 = 1,
    /// Unsigned 16-bit integer.
    U16 = 2,
    /// Unsigned 32-bit integer.
    U32 = 3,
    /// Unsigned 64-bit integer.
    U64 = 4,
    /// Signed 8-bit integer.
    I8 = 5,
    /// Signed 16-bit integer.
    I16 = 6,
    /// Signed 32-bit integer.
    I32 = 7,
    /// Signed 64-bit integer.
    I64 = 8,
    /// IEEE binary16.
    F16 = 9,
    /// bfloat16.
    BF16 = 10,
    /// IEEE binary32.
    F32 = 11,
    /// IEEE binary64.
    F64 = 12,
}

impl DType {
    /// Every element type; its position is its code.
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

    /// The name on the command line (`f32`).
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

    /// The type of this name.
    pub fn from_name(name: &str) -> Option<DType> {
        DType::ALL.into_iter().find(|d| d.name() == name)
    }

    /// The type of this code of the C interface.
    pub fn from_code(code: u32) -> Option<DType> {
        DType::ALL.get(code as usize).copied()
    }

    /// Whether this is one of the floating-point types.
    pub const fn is_float(self) -> bool {
        matches!(self, DType::F16 | DType::BF16 | DType::F32 | DType::F64)
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Zeroed bytes at an address that is a multiple of [`ALIGN`].
pub(crate) struct Bytes {
    ptr: *mut u8,
    len: usize,
}

// SAFETY: `Bytes` owns its memory like a `Vec<u8>`.
unsafe impl Send for Bytes {}
// SAFETY: as above; shared access is read-only.
unsafe impl Sync for Bytes {}

impl Bytes {
    /// `len` zero bytes, if they can be had.
    pub(crate) fn try_zeroed(len: usize) -> Option<Bytes> {
        if !map::can_be_had(len) {
            return None;
        }
        let layout = Layout::from_size_align(len.max(ALIGN), ALIGN).ok()?;
        // SAFETY: the layout's size is at least `ALIGN`, so not zero.
        let ptr = unsafe { alloc_zeroed(layout) };
        (!ptr.is_null()).then_some(Bytes { ptr, len })
    }

    /// `len` zero bytes.
    pub(crate) fn zeroed(len: usize) -> Bytes {
        Bytes::try_zeroed(len).unwrap_or_else(|| handle_alloc_error(Layout::new::<u8>()))
    }

    /// The address of the first byte.
    pub(crate) fn as_mut_ptr(&mut self) -> *mut u8 {
        self.ptr
    }
}

impl Drop for Bytes {
    fn drop(&mut self) {
        if let Ok(layout) = Layout::from_size_align(self.len.max(ALIGN), ALIGN) {
            // SAFETY: allocated in `try_zeroed` with this layout, which was valid then.
            unsafe { dealloc(self.ptr, layout) }
        }
    }
}

impl std::ops::Deref for Bytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        // SAFETY: `len` initialised bytes, owned by `self`.
        unsafe { std::slice::from_raw_parts(self.ptr, self.len) }
    }
}

impl std::ops::DerefMut for Bytes {
    fn deref_mut(&mut self) -> &mut [u8] {
        // SAFETY: `len` initialised bytes, owned by `self`, borrowed exclusively.
        unsafe { std::slice::from_raw_parts_mut(self.ptr, self.len) }
    }
}

/// A dense row-major tensor.
pub struct Tensor {
    dtype: DType,
    shape: Vec<usize>,
    bytes: Bytes,
}

/// The number of bytes of a tensor, if it fits an address space.
pub fn byte_count(dtype: DType, shape: &[usize]) -> Option<usize> {
    // A dimension 0 makes the product 0 however large the others are.
    if shape.contains(&0) {
        return Some(0);
    }
    shape
        .iter()
        .try_fold(dtype.size(), |n, &d| n.checked_mul(d))
        .filter(|&n| n <= isize::MAX as usize - ALIGN)
}

impl Tensor {
    /// A tensor over a copy of `bytes`, little-endian and row-major; `None` if there are too few or too many.
    pub fn new(dtype: DType, shape: &[usize], bytes: &[u8]) -> Option<Tensor> {
        if byte_count(dtype, shape)? != bytes.len() {
            return None;
        }
        let mut own = Bytes::zeroed(bytes.len());
        own.copy_from_slice(bytes);
        Some(Tensor { dtype, shape: shape.to_vec(), bytes: own })
    }

    /// An `f32` tensor; `None` if the number of values is not what the shape asks for.
    pub fn f32(shape: &[usize], values: &[f32]) -> Option<Tensor> {
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        Tensor::new(DType::F32, shape, &bytes)
    }

    /// An `i64` tensor; `None` if the number of values is not what the shape asks for.
    pub fn i64(shape: &[usize], values: &[i64]) -> Option<Tensor> {
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        Tensor::new(DType::I64, shape, &bytes)
    }

    /// Element type.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// Dimensions, outermost first.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The little-endian bytes, row-major, at an address that is a multiple of [`ALIGN`].
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Element number `i` in row-major order as a number; exact but for large 64-bit integers.
    ///
    /// # Panics
    /// If there is no such element.
    pub fn get_f64(&self, i: usize) -> f64 {
        crate::library::element::get_f64(self.dtype, &self.bytes, i)
    }

    /// The elements of an `f32` tensor; `None` for another type.
    pub fn to_f32(&self) -> Option<Vec<f32>> {
        (self.dtype == DType::F32).then(|| {
            self.bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
        })
    }

    /// The elements of an `i64` tensor; `None` for another type.
    pub fn to_i64(&self) -> Option<Vec<i64>> {
        (self.dtype == DType::I64).then(|| {
            self.bytes
                .chunks_exact(8)
                .map(|b| i64::from_le_bytes(b.try_into().expect("eight bytes")))
                .collect()
        })
    }
}

/// A result of a program.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A tensor.
    Tensor(Tensor),
    /// A list of tensors.
    List(Vec<Tensor>),
}

impl Value {
    /// The tensor, or the list's elements.
    pub fn into_tensors(self) -> Vec<Tensor> {
        match self {
            Value::Tensor(tensor) => vec![tensor],
            Value::List(items) => items,
        }
    }
}

impl Clone for Tensor {
    fn clone(&self) -> Tensor {
        let mut bytes = Bytes::zeroed(self.bytes.len());
        bytes.copy_from_slice(&self.bytes);
        Tensor { dtype: self.dtype, shape: self.shape.clone(), bytes }
    }
}

impl PartialEq for Tensor {
    fn eq(&self, other: &Tensor) -> bool {
        self.dtype == other.dtype && self.shape == other.shape && *self.bytes == *other.bytes
    }
}

impl fmt::Debug for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:?}", self.dtype, self.shape)?;
        let shown = self.len().min(16);
        f.debug_list().entries((0..shown).map(|i| self.get_f64(i))).finish()
    }
}
