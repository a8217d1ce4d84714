//! Convolutions and pools.

use super::{Row, counted, op};

pub(super) static ROWS: &[Row] = &[
    op("AveragePool", 1, "pool.AveragePool"),
    op("CausalConvWithState", 27, "conv.CausalConvWithState"),
    op("Col2Im", 18, "conv.Col2Im"),
    op("Conv", 1, "conv.Conv"),
    op("ConvTranspose", 1, "conv.ConvTranspose"),
    op("DeformConv", 19, "conv.DeformConv"),
    op("GlobalAveragePool", 1, "pool.GlobalAveragePool"),
    op("GlobalLpPool", 2, "pool.GlobalLpPool"),
    op("GlobalMaxPool", 1, "pool.GlobalMaxPool"),
    op("LpPool", 2, "pool.LpPool"),
    counted("MaxPool", 1, "pool.MaxPool"),
    op("MaxUnpool", 9, "pool.MaxUnpool"),
];
