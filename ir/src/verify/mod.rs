//! What makes a net, and a split program, valid.
//!
//! A net:
//! - V1. Every reachable block ends in a terminator, and edges lead to blocks of the net; none leads to the entry.
//! - V2. A value is defined once: the parameters of a block and the results of an operator know where they are, and an
//!   operator is in one block.
//! - V3. A use is dominated by its definition. Weights are defined everywhere.
//! - V4. The attributes of an operator are those that its row declares, completed.
//! - V5. The results of an operator have the types that its row infers, up to equalities of dimensions that are guarded. A
//!   size that depends on the data is a symbol that stands for the result that holds it.
//! - V6. An edge passes one argument per parameter, of the parameter's type, with every symbol that one of the block's
//!   parameters defines replaced by the term that the edge passes for it.
//! - V7. The condition of a branch is `bool[]`.
//! - V8. A symbol stands for an `i64[]` value or a dimension of an input that is that symbol. Wherever a type or an
//!   attribute mentions it, its definition dominates the mention.
//! - V9. The inputs are tensors, or lists whose dimensions are numbers or open, and are the entry's parameters. Weights
//!   have different names.
//! - V10. A guard is a `bool` term over dimensions of inputs.
//!
//! A split program:
//! - P1. A subnet has one block that returns, and only index math in it: no control flow, no host operator, no library
//!   routine, no composite. Its symbols are its dims. Apart from that it is a valid net.
//! - P2. The host program runs subnets and library routines, and computes terms; there is no other instruction, so it does
//!   no tensor arithmetic. A library routine is an opaque or an observable row, a term is `i64` or `bool`.
//! - P3. A variable is assigned in one place, which dominates its uses; arguments, results and edges fit in number and kind:
//!   registers where registers are expected, memory where memory is.
//! - P4. A call passes what the subnet's parameters are, dims replaced by the terms that it passes.
//! - P5. Every symbol in a term, in an attribute or in the type of a variable has a source, and a variable that is a source
//!   is an `i64` register.
//!
//! Not checked: that the source of a symbol is assigned before the symbol is used in the type of a variable; that a subnet's
//! kernel can be built.

mod net;
mod program;

pub use net::verify;
pub use program::verify_program;

use crate::net::Loc;

/// A violated invariant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{rule}: {message}")]
pub struct VerifyError {
    /// The invariant's number (`V5`).
    pub rule: &'static str,
    /// What is wrong.
    pub message: String,
    /// The user's line, if the culprit has one.
    pub loc: Loc,
}
