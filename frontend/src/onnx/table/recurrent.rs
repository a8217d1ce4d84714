//! Recurrences.

use super::{Row, op};

pub(super) static ROWS: &[Row] =
    &[op("GRU", 1, "recurrent.GRU"), op("LSTM", 1, "recurrent.LSTM"), op("RNN", 1, "recurrent.RNN")];
