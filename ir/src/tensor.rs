//! Concrete tensors: dense, row-major, little-endian. What weights, constants and the interpreter's values are made of.

use crate::dtype::{DType, Scalar};
use half::{bf16, f16};

/// A dense row-major tensor. `bytes.len() == shape.product() * dtype.size()`.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    dtype: DType,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Tensor {
    /// A tensor over `bytes`.
    ///
    /// # Panics
    /// If the length of `bytes` is not what `dtype` and `shape` ask for.
    pub fn new(dtype: DType, shape: Vec<usize>, bytes: Vec<u8>) -> Tensor {
        let count: usize = shape.iter().product();
        assert_eq!(bytes.len(), count * dtype.size(), "tensor bytes do not match {dtype}{shape:?}");
        Tensor { dtype, shape, bytes }
    }

    /// A tensor of zeros (`false` for `bool`).
    pub fn zeros(dtype: DType, shape: Vec<usize>) -> Tensor {
        let count: usize = shape.iter().product();
        Tensor { dtype, shape, bytes: vec![0; count * dtype.size()] }
    }

    /// A rank-0 tensor.
    pub fn scalar(value: Scalar) -> Tensor {
        let mut tensor = Tensor::zeros(value.dtype(), vec![]);
        tensor.set(0, value);
        tensor
    }

    /// A tensor whose element at each flat row-major position is `f(position)`.
    ///
    /// # Panics
    /// If `f` returns an element of another type.
    pub fn from_fn(dtype: DType, shape: Vec<usize>, mut f: impl FnMut(usize) -> Scalar) -> Tensor {
        let mut tensor = Tensor::zeros(dtype, shape);
        for i in 0..tensor.len() {
            let value = f(i);
            assert_eq!(value.dtype(), dtype, "element of another type");
            tensor.set(i, value);
        }
        tensor
    }

    /// An `f32` tensor.
    pub fn f32(shape: &[usize], values: &[f32]) -> Tensor {
        Tensor::new(DType::F32, shape.to_vec(), values.iter().flat_map(|v| v.to_le_bytes()).collect())
    }

    /// An `i64` tensor.
    pub fn i64(shape: &[usize], values: &[i64]) -> Tensor {
        Tensor::new(DType::I64, shape.to_vec(), values.iter().flat_map(|v| v.to_le_bytes()).collect())
    }

    /// A `bool` tensor.
    pub fn bool(shape: &[usize], values: &[bool]) -> Tensor {
        Tensor::new(DType::Bool, shape.to_vec(), values.iter().map(|&v| v as u8).collect())
    }

    /// Element type.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// Dimensions, outermost first.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Number of dimensions.
    pub fn rank(&self) -> usize {
        self.shape.len()
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The raw little-endian bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The same elements under another shape of the same size.
    ///
    /// # Panics
    /// If the number of elements differs.
    pub fn reshaped(mut self, shape: Vec<usize>) -> Tensor {
        assert_eq!(self.len(), shape.iter().product::<usize>(), "reshape changes the number of elements");
        self.shape = shape;
        self
    }

    /// The element at flat row-major position `i`.
    pub fn get(&self, i: usize) -> Scalar {
        macro_rules! read {
            ($t:ty, $n:literal) => {{
                let mut raw = [0u8; $n];
                raw.copy_from_slice(&self.bytes[i * $n..(i + 1) * $n]);
                <$t>::from_le_bytes(raw)
            }};
        }
        match self.dtype {
            DType::Bool => Scalar::Bool(self.bytes[i] != 0),
            DType::U8 => Scalar::Int(self.dtype, self.bytes[i] as i128),
            DType::I8 => Scalar::Int(self.dtype, self.bytes[i] as i8 as i128),
            DType::U16 => Scalar::Int(self.dtype, read!(u16, 2) as i128),
            DType::I16 => Scalar::Int(self.dtype, read!(i16, 2) as i128),
            DType::U32 => Scalar::Int(self.dtype, read!(u32, 4) as i128),
            DType::I32 => Scalar::Int(self.dtype, read!(i32, 4) as i128),
            DType::U64 => Scalar::Int(self.dtype, read!(u64, 8) as i128),
            DType::I64 => Scalar::Int(self.dtype, read!(i64, 8) as i128),
            DType::F16 => Scalar::Float(self.dtype, f16::from_bits(read!(u16, 2)).to_f64()),
            DType::BF16 => Scalar::Float(self.dtype, bf16::from_bits(read!(u16, 2)).to_f64()),
            DType::F32 => Scalar::Float(self.dtype, read!(f32, 4) as f64),
            DType::F64 => Scalar::Float(self.dtype, read!(f64, 8)),
        }
    }

    /// Stores `value`, cast to the tensor's type, at flat row-major position `i`.
    pub fn set(&mut self, i: usize, value: Scalar) {
        let value = value.cast(self.dtype);
        let size = self.dtype.size();
        let at = &mut self.bytes[i * size..(i + 1) * size];
        match (self.dtype, value) {
            (DType::F64, v) => at.copy_from_slice(&v.as_f64().to_le_bytes()),
            (DType::F32, v) => at.copy_from_slice(&(v.as_f64() as f32).to_le_bytes()),
            (DType::F16, v) => at.copy_from_slice(&f16::from_f64(v.as_f64()).to_le_bytes()),
            (DType::BF16, v) => at.copy_from_slice(&bf16::from_f64(v.as_f64()).to_le_bytes()),
            (_, v) => at.copy_from_slice(&v.as_i128().to_le_bytes()[..size]),
        }
    }

    /// All elements in row-major order.
    pub fn scalars(&self) -> impl Iterator<Item = Scalar> + '_ {
        (0..self.len()).map(|i| self.get(i))
    }
}
