//! A tensor as PyTorch stores it, an offset and strides into a storage, copied out row-major.

use super::Refused;
use braid_ir::{DType, Tensor};

/// An offset, sizes and strides in elements, as read from a file and not yet trusted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Layout {
    pub offset: usize,
    pub sizes: Vec<usize>,
    pub strides: Vec<usize>,
}

impl Layout {
    /// The number of elements, if it fits.
    pub fn count(&self) -> Option<usize> {
        self.sizes.iter().try_fold(1usize, |n, &size| n.checked_mul(size))
    }

    /// The position after the last element touched, if it fits; 0 for a tensor without elements.
    fn end(&self) -> Option<usize> {
        if self.sizes.contains(&0) {
            return Some(0);
        }
        self.sizes
            .iter()
            .zip(&self.strides)
            .try_fold(self.offset, |end, (&size, &stride)| end.checked_add((size - 1).checked_mul(stride)?))?
            .checked_add(1)
    }

    /// Whether the elements lie one after the other in row-major order.
    fn is_contiguous(&self) -> bool {
        let mut expected = 1usize;
        for (&size, &stride) in self.sizes.iter().zip(&self.strides).rev() {
            if size != 1 && stride != expected {
                return false;
            }
            expected = expected.saturating_mul(size);
        }
        true
    }

    /// Copies the elements out of `storage`.
    pub fn read(&self, dtype: DType, storage: &[u8]) -> Result<Tensor, Refused> {
        let size = dtype.size();
        let (count, end) =
            self.count().zip(self.end()).ok_or_else(|| Refused::damaged("a tensor's size overflows"))?;
        if end > storage.len() / size {
            let found = storage.len() / size;
            return Err(Refused::damaged(format!("a tensor reaches element {end} of a storage of {found}")));
        }
        let bytes = if count == 0 {
            vec![]
        } else if self.is_contiguous() {
            storage[self.offset * size..end * size].to_vec()
        } else {
            self.gather(size, count, storage)
        };
        Ok(tensor(dtype, self.sizes.clone(), bytes))
    }

    /// The strided walk; `end` has been checked, so every index is inside the storage.
    fn gather(&self, size: usize, count: usize, storage: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(count * size);
        let mut index = vec![0usize; self.sizes.len()];
        let mut at = self.offset;
        for _ in 0..count {
            bytes.extend_from_slice(&storage[at * size..(at + 1) * size]);
            for axis in (0..index.len()).rev() {
                index[axis] += 1;
                at += self.strides[axis];
                if index[axis] < self.sizes[axis] {
                    break;
                }
                at -= self.strides[axis] * self.sizes[axis];
                index[axis] = 0;
            }
        }
        bytes
    }
}

/// A tensor over bytes from a file. Bools become 0 or 1, which compiled code relies on.
pub(super) fn tensor(dtype: DType, shape: Vec<usize>, mut bytes: Vec<u8>) -> Tensor {
    if dtype == DType::Bool {
        bytes.iter_mut().for_each(|byte| *byte = u8::from(*byte != 0));
    }
    Tensor::new(dtype, shape, bytes)
}
