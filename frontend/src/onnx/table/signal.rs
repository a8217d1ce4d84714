//! Fourier transforms, windows and mel weights.

use super::{Row, op};

pub(super) static ROWS: &[Row] = &[
    op("BlackmanWindow", 17, "signal.BlackmanWindow"),
    op("DFT", 17, "signal.DFT_17"),
    op("DFT", 20, "signal.DFT"),
    op("HammingWindow", 17, "signal.HammingWindow"),
    op("HannWindow", 17, "signal.HannWindow"),
    op("MelWeightMatrix", 17, "signal.MelWeightMatrix"),
    op("STFT", 17, "signal.STFT"),
];
