//! Hand-made programs, compiled and run.

mod artifacts;
mod maker;
mod programs;
