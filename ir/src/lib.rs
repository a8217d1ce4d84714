//! What a Braid program is: scalar terms, the operator table, nets, and the interpreter that says what they mean.
//!
//! This crate knows no source language, no pass and no machine. It depends on nothing else of Braid.

pub mod dtype;
pub mod tensor;
pub mod term;

pub use dtype::{DType, Scalar};
pub use tensor::Tensor;
pub use term::{Facts, Node, ScalarOp, Sym, Term};
pub mod eval;
pub mod net;
pub mod ops;
pub mod program;
pub mod text;
pub mod types;
pub mod verify;

pub use net::{
    Block, BlockId, BuildError, Builder, Check, Def, Edge, Guard, Loc, Net, Op, OpId, SymDef, Terminator,
    ValueId, Weight, WeightId,
};
pub use ops::attrs::{Attr, AttrKind, Attrs};
pub use types::{TensorType, Type};
