//! Hand-made programs, compiled and run.

mod artifacts;
mod library;
mod linking;
mod maker;
mod programs;
