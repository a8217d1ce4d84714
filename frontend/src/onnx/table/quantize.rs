//! Quantised operators.

use super::{Row, op};

pub(super) static ROWS: &[Row] = &[
    op("ConvInteger", 10, "quantize.ConvInteger"),
    op("DequantizeLinear", 10, "quantize.DequantizeLinear"),
    op("DynamicQuantizeLinear", 11, "quantize.DynamicQuantizeLinear"),
    op("MatMulInteger", 10, "quantize.MatMulInteger"),
    op("QLinearConv", 10, "quantize.QLinearConv"),
    op("QLinearMatMul", 10, "quantize.QLinearMatMul"),
    op("QuantizeLinear", 10, "quantize.QuantizeLinear"),
];
