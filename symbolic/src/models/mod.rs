//! Models of science as expressions: what examples, benchmarks and tests work on.

pub mod arm;
pub mod network;
pub mod reaction_diffusion;
