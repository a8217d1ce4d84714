//! Symbolic expressions: terms behind one interface, rewriting, e-graphs, calculus, and straight-line code.
//!
//! This crate turns formulas into simpler, differentiated, factored formulas and these into [`tape::Tape`]s. It generates
//! no machine code: `braid-backend` does, from tapes.

pub mod algebra;
pub mod array;
pub mod calculus;
pub mod cost;
pub mod egraph;
pub mod facts;
pub mod function;
pub mod interval;
pub mod lower;
pub mod models;
pub mod number;
pub mod ops;
pub mod poly;
pub mod precise;
pub mod rewrite;
pub mod symbol;
pub mod syntax;
pub mod tape;
pub mod term;
pub mod trace;

pub use function::{Function, FunctionSpec};
pub use number::Number;
pub use symbol::{Assumptions, Symbol, Unknown};
pub use term::{Dag, Expr, Head, Poly, Scalar, Term, Tree, walk};
