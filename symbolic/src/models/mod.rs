//! Models as ordinary generic functions: the same code gives numbers and expressions.

pub mod arm;
pub mod reaction_diffusion;
