//! The text form of nets, split programs and terms, printed and parsed.
//!
//! ```text
//! net @forward(%x: f32[n, 3]) {
//!   weight @fc.weight : f32[3] = dense [1.0, 2.0, 3.0]
//!   guard n <= 64 : "the mask has 64 rows"  // model.py:4:9
//! ^0:
//!   %0 = mul(%x, @fc.weight) : f32[n, 3]  // model.py:5:9
//!   %1, %2 as s0 = nonzero(%0) : i64[s0, 2], i64[]
//!   %3 = index {value = s0 < n} : bool[]
//!   br %3, ^1(%2), ^2
//! ^1(%4 as k: i64[]):
//!   return(%4)
//! ^2:
//!   fail "ValueError: all of {0} differ"(%2)
//! }
//! ```
//!
//! - Inputs keep their names, other values are numbered in order; blocks are printed in reverse postorder. A name that is
//!   not letters, digits, `_` and `.` is quoted: `@"a b"`.
//! - `%v as s`: the symbol `s` stands for the `i64[]` value `%v`. A symbol that is itself a dimension of an input is defined
//!   by the first such dimension.
//! - Attributes that have their default value are not printed.
//! - `// file:line:col` behind an operator, a terminator or a guard is its place in the user's source and is read back; any
//!   other comment is skipped. A comment follows whitespace; `//` that does not is floor division.
//! - A weight is `dense [elements…]` in row-major order, `splat element`, or, when it has more elements than the printer was
//!   asked to show, `elided`. Reading `elided` or `random(SEED)` makes small pseudo-random contents, so that the structure
//!   of a big net can be read back; its contents cannot.
//! - A result type may be left out where the operator's row says what it is.

mod lex;
mod parse;
mod print;
mod program;
mod program_parse;
mod term;

pub use parse::parse_net;
pub use print::{Printer, op_text, print_net};
pub use program::print_program;
pub use program_parse::parse_program;
pub use term::parse_term;

/// Why text could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{col}: {message}")]
pub struct ParseError {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub col: usize,
    /// What was expected and what was found.
    pub message: String,
}
