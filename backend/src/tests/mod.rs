//! Hand-made programs, compiled and run.

mod artifacts;
mod c_api;
mod library;
mod linking;
mod maker;
mod programs;
