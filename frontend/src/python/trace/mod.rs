//! Tracing: one run of the entry function over all paths that its tensors may choose.
//!
//! A branch on something known only at run time forks the evaluator's state (`schedule`); the state that is behind runs
//! first (`key`), and states that come to stand at the same place are merged (`join`, `walk`) where liveness and types
//! allow it. Loops are run once for an arbitrary iteration (`loops`). What comes out is a net: a control-flow graph whose
//! gates are the forks and whose block parameters are what merged states hold differently.

pub mod history;
mod join;
mod key;
mod leaf;
mod liveness;
mod loops;
mod schedule;
mod walk;

pub use leaf::list_value;
pub use schedule::{Tracer, trace};
