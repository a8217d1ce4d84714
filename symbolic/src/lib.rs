//! Symbolic expressions: terms behind one interface, rewriting, e-graphs, calculus, and straight-line code.
//!
//! This crate turns formulas into simpler, differentiated, factored formulas and these into [`tape::Tape`]s. It generates
//! no machine code: `braid-backend` does, from tapes.

pub mod number;
pub mod poly;
pub mod tape;

pub use number::Number;
