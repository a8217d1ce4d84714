//! Models of science as expressions: what examples, benchmarks and tests work on.

pub mod network;
