//! Hand-made programs, compiled and run.

mod artifacts;
mod library;
mod maker;
mod programs;
