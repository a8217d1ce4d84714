//! Split programs to native code and artifacts. LLVM, MLIR and Cranelift live only here.
//!
//! [`compile_program`] is the whole way: kernels for the subnets ([`kernel`]), a place for every buffer ([`memory`]), code
//! for the control flow ([`host`]), one image of both ([`link`]), and the file ([`artifact`]). Straight-line
//! programs that formulas are lowered to become functions of the running process ([`scalar`]). What this crate does not do
//! is decide what belongs to a subnet or change a program: passes have done that before.

pub mod artifact;
pub mod device;
pub mod host;
pub mod kernel;
pub mod link;
pub mod memory;
pub mod scalar;

pub use artifact::{CompileError, Options, compile_program};

#[cfg(test)]
mod tests;
