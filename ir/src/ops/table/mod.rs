//! The rows, by family.

mod elementwise;
mod host;

use super::OpSpec;

/// Every row, family by family.
pub static TABLE: &[&[OpSpec]] = &[elementwise::ROWS, host::ROWS];
