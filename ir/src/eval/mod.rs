//! The reference interpreter.

mod format;

pub use format::{fill, text};
