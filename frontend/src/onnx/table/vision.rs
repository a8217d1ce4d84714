//! Images sampled at computed places, and boxes.

use super::{Row, op, refused};

pub(super) static ROWS: &[Row] = &[
    op("AffineGrid", 20, "vision.AffineGrid"),
    op("GridSample", 16, "vision.GridSample"),
    refused("MaxRoiPool", 1, "bins of boxes that the program computes; RoiAlign with mode max is"),
    op("NonMaxSuppression", 10, "vision.NonMaxSuppression"),
    op("RoiAlign", 10, "vision.RoiAlign_10"),
    op("RoiAlign", 16, "vision.RoiAlign"),
];
