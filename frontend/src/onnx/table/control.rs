//! Control flow.

use super::{Control, Row, control};

pub(super) static ROWS: &[Row] = &[
    control("Constant", 1, Control::Constant),
    control("If", 1, Control::If),
    control("Loop", 1, Control::Loop),
    control("Scan", 8, Control::BatchScan),
    control("Scan", 9, Control::Scan),
    control("SequenceMap", 17, Control::SequenceMap),
];
