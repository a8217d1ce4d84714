//! Operators over tensors, by module of the prelude.

use super::{Row, op};

pub(super) static ROWS: &[Row] = &[
    op("Add", 7, "elementwise.Add"),
    op("Relu", 1, "elementwise.Relu"),
    op("Identity", 1, "shape.Identity"),
    op("Reshape", 5, "shape.Reshape"),
    op("Shape", 1, "shape.Shape"),
];
