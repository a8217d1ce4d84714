//! Operators over tensors, by module of the prelude.

use super::{Row, op};

pub(super) static ROWS: &[Row] = &[
    op("Identity", 1, "shape.Identity"),
    op("Reshape", 5, "shape.Reshape"),
    op("Shape", 1, "shape.Shape"),
];
