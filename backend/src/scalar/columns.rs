//! Batches of points as columns: one array per input and per output.

use super::float::Float;
use std::marker::PhantomData;
use std::ops::Range;

/// Inputs and outputs of a batch, as columns of equal length. Threads may work on it at the same time, each on points of
/// its own.
pub struct Columns<'a, T> {
    inputs: &'a [T],
    outputs: *mut T,
    columns: usize,
    points: usize,
    lifetime: PhantomData<&'a mut [T]>,
}

// SAFETY: outputs are written through `write`, whose users keep to points of their own.
unsafe impl<T: Float> Sync for Columns<'_, T> {}

impl<'a, T: Float> Columns<'a, T> {
    /// A batch of `points` points with `columns` outputs.
    ///
    /// # Panics
    /// If there is not room for every output.
    pub fn new(inputs: &'a [T], outputs: &'a mut [T], columns: usize, points: usize) -> Columns<'a, T> {
        assert!(outputs.len() >= columns * points, "too few outputs");
        Columns { inputs, outputs: outputs.as_mut_ptr(), columns, points, lifetime: PhantomData }
    }

    /// Some points of an input.
    pub fn input(&self, input: usize, points: Range<usize>) -> &[T] {
        let start = input * self.points;
        &self.inputs[start + points.start..start + points.end]
    }

    /// Copies points of an input.
    pub fn read(&self, input: usize, from: usize, to: &mut [T]) {
        to.copy_from_slice(self.input(input, from..from + to.len()));
    }

    /// Sets points of an output.
    pub fn write(&self, output: usize, from: usize, values: &[T]) {
        assert!(output < self.columns && from + values.len() <= self.points, "within the batch");
        // SAFETY: within the outputs, as just checked; no other thread works on these points.
        unsafe {
            let to = self.outputs.add(output * self.points + from);
            std::ptr::copy_nonoverlapping(values.as_ptr(), to, values.len());
        }
    }
}
