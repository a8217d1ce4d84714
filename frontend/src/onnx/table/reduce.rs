//! Reductions. Their axes were attributes before opset 13 (ReduceSum) or 18 (the others).

use super::{Row, op};

pub(super) static ROWS: &[Row] = &[
    op("ArgMax", 1, "reduce.ArgMax"),
    op("ArgMin", 1, "reduce.ArgMin"),
    op("CumProd", 26, "reduce.CumProd"),
    op("CumSum", 11, "reduce.CumSum"),
    op("ReduceL1", 1, "reduce.ReduceL1_1"),
    op("ReduceL1", 18, "reduce.ReduceL1"),
    op("ReduceL2", 1, "reduce.ReduceL2_1"),
    op("ReduceL2", 18, "reduce.ReduceL2"),
    op("ReduceLogSum", 1, "reduce.ReduceLogSum_1"),
    op("ReduceLogSum", 18, "reduce.ReduceLogSum"),
    op("ReduceLogSumExp", 1, "reduce.ReduceLogSumExp_1"),
    op("ReduceLogSumExp", 18, "reduce.ReduceLogSumExp"),
    op("ReduceMax", 1, "reduce.ReduceMax_1"),
    op("ReduceMax", 18, "reduce.ReduceMax"),
    op("ReduceMean", 1, "reduce.ReduceMean_1"),
    op("ReduceMean", 18, "reduce.ReduceMean"),
    op("ReduceMin", 1, "reduce.ReduceMin_1"),
    op("ReduceMin", 18, "reduce.ReduceMin"),
    op("ReduceProd", 1, "reduce.ReduceProd_1"),
    op("ReduceProd", 18, "reduce.ReduceProd"),
    op("ReduceSum", 1, "reduce.ReduceSum_1"),
    op("ReduceSum", 13, "reduce.ReduceSum"),
    op("ReduceSumSquare", 1, "reduce.ReduceSumSquare_1"),
    op("ReduceSumSquare", 18, "reduce.ReduceSumSquare"),
];
