//! A person's model, made into a Braid net.
//!
//! [`python`] reads PyTorch source: a partial evaluator runs constructors concretely and the entry method symbolically,
//! with a prelude that says in Python what torch means. [`onnx`] turns ONNX models into such source. This crate does not optimise, compile or run programs, and it
//! knows no operator beyond the names that the prelude and the importers' rows spell.

pub mod diagnostic;
pub mod onnx;
pub mod options;
pub mod python;
pub mod weights;

pub use diagnostic::{Diagnostic, Span};
pub use options::{InputSpec, OnnxOptions, PythonOptions};
