//! Tests of the operator table by way of the interpreter, and of the interpreter's two evaluators against each other.

mod instances;
mod laws;
mod literal;
mod nets;
mod rows;

use crate::dtype::{DType, Scalar};
use crate::ops::random::philox;
use crate::tensor::Tensor;

/// Pseudo-random numbers for tests.
struct Source(u32);

impl Source {
    fn next(&mut self) -> u32 {
        self.0 += 1;
        philox([self.0, 0, 0, 0], [1, 2])[0]
    }

    /// An element: mostly small, sometimes a special value of the type.
    fn scalar(&mut self, dtype: DType) -> Scalar {
        let special = self.next().is_multiple_of(8);
        let pick = self.next();
        if dtype.is_float() {
            let extremes = [f64::NAN, f64::INFINITY, -f64::INFINITY, -0.0, 0.0, 1.0, -1.0, 0.5];
            let value = (pick % 4001) as f64 / 500.0 - 4.0;
            return Scalar::from_f64(dtype, if special { extremes[pick as usize % 8] } else { value });
        }
        let extremes = [i128::from(i64::MAX), i128::from(i64::MIN), 0, -1, 127, 1 << 31];
        Scalar::from_int(dtype, if special { extremes[pick as usize % 6] } else { i128::from(pick % 11) - 5 })
    }

    fn tensor(&mut self, dtype: DType, shape: &[usize]) -> Tensor {
        Tensor::from_fn(dtype, shape.to_vec(), |_| self.scalar(dtype))
    }
}

/// Equal by representation, any NaN like any other.
fn same(a: &Tensor, b: &Tensor) -> bool {
    let equal = |(x, y): (Scalar, Scalar)| x == y || x.as_f64().is_nan() && y.as_f64().is_nan();
    a.dtype() == b.dtype() && a.shape() == b.shape() && a.scalars().zip(b.scalars()).all(equal)
}

/// Equal up to a tolerance, relative above 1 and absolute below.
fn close(a: &Tensor, b: &Tensor, tolerance: f64) -> bool {
    let near = |(x, y): (Scalar, Scalar)| {
        let (x, y) = (x.as_f64(), y.as_f64());
        x == y || x.is_nan() && y.is_nan() || (x - y).abs() <= tolerance * y.abs().max(1.0)
    };
    a.dtype() == b.dtype() && a.shape() == b.shape() && a.scalars().zip(b.scalars()).all(near)
}
