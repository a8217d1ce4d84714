//! The Python evaluator.
//!
//! Source text becomes an AST (a published parser), the AST becomes bytecode (`compile/`), and a machine without Rust
//! recursion runs it (`vm/`), so that its whole state can be cloned where a branch depends on a tensor (`trace/`).
//! `builtins/` and the files of `prelude/` are Python's own library; `torch/` is the bridge from tensors to the net.

pub mod builtins;
pub mod classes;
pub mod code;
pub mod compile;
pub mod dict;
pub mod entry;
pub mod heap;
pub mod import;
pub mod names;
pub mod native;
pub mod object;
pub mod prelude;
pub mod session;
pub mod source;
pub mod sym;
pub mod torch;
pub mod trace;
pub mod value;
pub mod vm;

pub use entry::compile;
