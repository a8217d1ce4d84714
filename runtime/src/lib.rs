//! Loads a compiled artifact and runs it. Depends on no other crate of Braid and on no compiler.
//!
//! ```no_run
//! use braid_runtime::{Program, RunOptions, Tensor};
//! # fn main() -> Result<(), braid_runtime::Error> {
//! let program = Program::load("skipnet.braid".as_ref())?;
//! let image = Tensor::f32(&[1, 3, 32, 32], &[0.5; 3072]).expect("as many values as the shape asks for");
//! let outputs = program.run(&[("x", &image)], RunOptions::default())?;
//! # let _ = outputs; Ok(()) }
//! ```
//!
//! What is here: the artifact's format ([`artifact`], [`manifest`]), loading and running ([`Program`]), the routines
//! that compiled programs call (`library`), files of cases ([`cases`], [`verdict`]), the command line
//! `braid-run` (`cli`, a feature) and the C interface (`c_api`, with
//! `include/braid.h`). What is not: anything that knows an operator, a net or a pass.

pub mod artifact;
mod c_api;
pub mod cases;
#[cfg(feature = "cli")]
pub mod cli;
pub mod context;
pub mod cpu;
pub mod device;
mod error;
mod image;
pub mod imports;
pub mod library;
pub mod manifest;
mod map;
mod npy;
mod program;
mod random;
mod session;
mod tensor;
mod trace;
pub mod verdict;

pub use error::Error;
pub use image::Code;
pub use program::{Program, RunOptions};
pub use session::Printer;
pub use tensor::{ALIGN, DType, Tensor, Value};
pub use trace::{CallReport, Event, GateReport, Report, Trace};
