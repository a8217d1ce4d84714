//! Changes of size.

use super::{Row, op, refused};

pub(super) static ROWS: &[Row] = &[
    op("CenterCropPad", 18, "resize.CenterCropPad"),
    op("Resize", 10, "resize.Resize_10"),
    op("Resize", 11, "resize.Resize"),
    op("TensorScatter", 24, "resize.TensorScatter"),
    op("Upsample", 7, "resize.Upsample_7"),
    op("Upsample", 9, "resize.Resize_10"),
    refused("Upsample", 10, "it is no operator from version 10 on; Resize is"),
];
