//! Sequences and optionals.

use super::{Row, op};

pub(super) static ROWS: &[Row] = &[
    op("ConcatFromSequence", 11, "sequence.ConcatFromSequence"),
    op("Optional", 15, "sequence.Optional"),
    op("OptionalGetElement", 15, "sequence.OptionalGetElement"),
    op("OptionalHasElement", 15, "sequence.OptionalHasElement"),
    op("SequenceAt", 11, "sequence.SequenceAt"),
    op("SequenceConstruct", 11, "sequence.SequenceConstruct"),
    op("SequenceEmpty", 11, "sequence.SequenceEmpty"),
    op("SequenceErase", 11, "sequence.SequenceErase"),
    op("SequenceInsert", 11, "sequence.SequenceInsert"),
    op("SequenceLength", 11, "sequence.SequenceLength"),
    op("SplitToSequence", 11, "sequence.SplitToSequence"),
];
