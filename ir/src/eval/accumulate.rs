//! Reductions in progress over many lanes, and the bytes of a result.

use super::arithmetic::{int_scalar, maximum, minimum};
use crate::dtype::{DType, Scalar};
use crate::ops::Reduction;
use crate::tensor::Tensor;

/// Values of one register.
#[derive(Clone, Copy)]
pub(super) enum Lanes<'a> {
    Float(&'a [f64]),
    Int(&'a [i64]),
}

/// One accumulator per output element.
pub(super) struct Accumulators {
    reduction: Reduction,
    /// The elements' type.
    dtype: DType,
    floats: Vec<f64>,
    ints: Vec<i64>,
    /// Positions of the extremes so far; `i64::MAX` before the first.
    places: Vec<i64>,
}

impl Accumulators {
    pub(super) fn new(reduction: Reduction, dtype: DType, n: usize) -> Accumulators {
        let mut result = Accumulators {
            reduction,
            dtype,
            floats: vec![0.0; if dtype.is_float() { n } else { 0 }],
            ints: vec![0; if dtype.is_float() { 0 } else { n }],
            places: vec![i64::MAX; if reduction.combine().is_none() { n } else { 0 }],
        };
        result.reset();
        result
    }

    /// Starts anew.
    pub(super) fn reset(&mut self) {
        let identity = self.reduction.identity(self.dtype).unwrap_or(Scalar::from_int(self.dtype, 0));
        self.floats.fill(identity.as_f64());
        self.ints.fill(identity.as_i128() as i64);
        self.places.fill(i64::MAX);
    }

    /// Adds lane `i` to accumulator `i`; the lanes are element `position` of each reduction.
    pub(super) fn add_each(&mut self, lanes: Lanes, position: usize) {
        match (lanes, self.reduction) {
            (Lanes::Float(values), Reduction::Sum) => {
                self.floats.iter_mut().zip(values).for_each(|(sum, v)| *sum += v)
            }
            (Lanes::Float(values), _) => {
                values.iter().enumerate().for_each(|(i, &value)| self.add_float(i, value, position));
            }
            (Lanes::Int(values), _) => {
                values.iter().enumerate().for_each(|(i, &value)| self.add_int(i, value, position))
            }
        }
    }

    /// Adds all lanes to accumulator `i`; the lanes are elements `first..` of its reduction.
    pub(super) fn add_all(&mut self, lanes: Lanes, i: usize, first: usize) {
        match lanes {
            Lanes::Float(values) => {
                values.iter().enumerate().for_each(|(lane, &value)| self.add_float(i, value, first + lane));
            }
            Lanes::Int(values) => {
                values.iter().enumerate().for_each(|(lane, &value)| self.add_int(i, value, first + lane))
            }
        }
    }

    fn add_float(&mut self, i: usize, value: f64, position: usize) {
        let sum = &mut self.floats[i];
        match self.reduction {
            Reduction::Sum => *sum += value,
            Reduction::Product => *sum *= value,
            Reduction::Max => *sum = maximum(*sum, value),
            Reduction::Min => *sum = minimum(*sum, value),
            Reduction::ArgMax | Reduction::ArgMin => {
                let better = if self.reduction == Reduction::ArgMax { value > *sum } else { value < *sum };
                // The first NaN wins for good.
                if self.places[i] == i64::MAX || !sum.is_nan() && (value.is_nan() || better) {
                    (*sum, self.places[i]) = (value, position as i64);
                }
            }
            Reduction::And | Reduction::Or => unreachable!("logical reductions are not over floats"),
        }
    }

    fn add_int(&mut self, i: usize, value: i64, position: usize) {
        let sum = &mut self.ints[i];
        let greater = if self.dtype == DType::U64 { value as u64 > *sum as u64 } else { value > *sum };
        match self.reduction {
            // Wrapping at 64 bits and then at the element's width is wrapping at the element's width.
            Reduction::Sum => *sum = sum.wrapping_add(value),
            Reduction::Product => *sum = sum.wrapping_mul(value),
            Reduction::Max if greater => *sum = value,
            Reduction::Min if !greater => *sum = value,
            Reduction::Max | Reduction::Min => {}
            Reduction::And => *sum &= value,
            Reduction::Or => *sum |= value,
            Reduction::ArgMax | Reduction::ArgMin => {
                let better =
                    if self.reduction == Reduction::ArgMax { greater } else { !greater && value != *sum };
                if self.places[i] == i64::MAX || better {
                    (*sum, self.places[i]) = (value, position as i64);
                }
            }
        }
    }

    /// Writes the first `n` accumulators to elements `first..` of the result, rounded to the elements' type.
    pub(super) fn store(&self, result: &mut Output, first: usize, n: usize) {
        if self.reduction.combine().is_none() {
            result.store(first, Lanes::Int(&self.places[..n]));
        } else if self.dtype.is_float() {
            result.store(first, Lanes::Float(&self.floats[..n]));
        } else {
            result.store(first, Lanes::Int(&self.ints[..n]));
        }
    }
}

/// A result being written.
pub(super) struct Output(Tensor);

impl Output {
    pub(super) fn new(dtype: DType, shape: &[usize]) -> Output {
        Output(Tensor::zeros(dtype, shape.to_vec()))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes lanes to elements `first..`, rounded or wrapped to the type.
    pub(super) fn store(&mut self, first: usize, lanes: Lanes) {
        let dtype = self.0.dtype();
        match lanes {
            Lanes::Float(values) => {
                values
                    .iter()
                    .enumerate()
                    .for_each(|(i, &v)| self.0.set(first + i, Scalar::from_f64(dtype, v)));
            }
            Lanes::Int(values) => {
                values.iter().enumerate().for_each(|(i, &v)| self.0.set(first + i, int_scalar(DType::I64, v)))
            }
        }
    }

    pub(super) fn finish(self) -> Tensor {
        self.0
    }
}
