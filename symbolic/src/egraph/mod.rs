//! Rewriting by e-graphs: all equal terms at once, rules that fire only where they are proved to hold, and extraction of
//! the cheapest term.

mod engine;
pub mod extract;
pub mod ilp;
mod language;
mod normal;
mod scalar;

pub use engine::{ClassId, EGraph, HeadId, Node, NodeIndex, NodeKind, Reason};
pub use language::{Language, Role, Shape};
pub use scalar::Known;
