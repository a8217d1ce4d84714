//! The reference interpreter: what a net means. It is the oracle of every test and folds constants; it is not how programs
//! run.
//!
//! Elements of loop nests are evaluated one scalar operation at a time, each rounded to its type. Float sums and products
//! over reduction axes are accumulated in `f64`, in order, and rounded once, so that a compiled kernel's error is its
//! own and not the oracle's.
//!
//! [`plain`] is the definition of a loop nest's result; [`kernel`] and [`lanes`] compute the same bit for bit, faster.

mod accumulate;
mod arithmetic;
mod format;
mod kernel;
mod lanes;
mod machine;
mod plain;
#[cfg(test)]
mod tests;

pub use format::{fill, tensor_repr, text};
pub use machine::{EvalError, Options, Outcome, eval_op, eval_op_typed, run, run_observed};
pub use plain::eval_plain;

use crate::ops::Loops;
use crate::tensor::Tensor;

/// The tensor that a loop nest defines. Every dimension must be a number.
///
/// # Errors
/// If a dimension is not, or a read lies outside its operand.
pub fn eval_loops(loops: &Loops, operands: &[&Tensor]) -> Result<Tensor, String> {
    let shapes: Vec<&[usize]> = operands.iter().map(|t| t.shape()).collect();
    kernel::Kernel::new(loops, &shapes)?.run(operands)
}
