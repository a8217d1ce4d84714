//! Passes: nets to nets, and nets to split programs.
//!
//! [`pipeline`] lists every pass and runs them; each change to a net goes through [`editor`] and leaves an event. This crate
//! knows no source language and no machine, and names no operator: what it needs to know of one it reads off its row.

pub mod analysis;
pub mod decompose;
pub mod editor;
pub mod events;
pub mod fold_affine;
pub mod hoist;
pub mod pipeline;
pub mod random;
mod repair;
pub mod rewrite;
pub mod simplify;
pub mod sink;
mod split;

pub use events::{Event, Events};
pub use pipeline::{
    PASSES, Pass, PipelineError, PipelineOptions, default_pipeline, find_pass, optimise, run_pipeline,
};
pub use split::split;
