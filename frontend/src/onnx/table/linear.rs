//! Matrix products, attention and normalisations.

use super::{Row, counted, op};

pub(super) static ROWS: &[Row] = &[
    counted("Attention", 23, "attention.Attention"),
    counted("BatchNormalization", 1, "norm.BatchNormalization_1"),
    counted("BatchNormalization", 7, "norm.BatchNormalization"),
    op("Det", 11, "linear.Det"),
    op("Einsum", 12, "linear.Einsum"),
    op("Gemm", 1, "linear.Gemm"),
    op("GroupNormalization", 18, "norm.GroupNormalization_18"),
    op("GroupNormalization", 21, "norm.GroupNormalization"),
    op("InstanceNormalization", 1, "norm.InstanceNormalization"),
    op("LRN", 1, "norm.LRN"),
    counted("LayerNormalization", 17, "norm.LayerNormalization"),
    op("LinearAttention", 27, "attention.LinearAttention"),
    op("LpNormalization", 1, "norm.LpNormalization"),
    op("MatMul", 1, "linear.MatMul"),
    op("MeanVarianceNormalization", 9, "norm.MeanVarianceNormalization"),
    op("RMSNormalization", 23, "norm.RMSNormalization"),
    op("RotaryEmbedding", 23, "attention.RotaryEmbedding"),
];
