//! Losses.

use super::{Row, op};

pub(super) static ROWS: &[Row] = &[
    op("NegativeLogLikelihoodLoss", 12, "loss.NegativeLogLikelihoodLoss"),
    op("SoftmaxCrossEntropyLoss", 12, "loss.SoftmaxCrossEntropyLoss"),
];
