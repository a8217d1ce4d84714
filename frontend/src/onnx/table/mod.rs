//! The table of ONNX operators: a row for each operator and each version of it that means something else.
//!
//! A row says which function of `frontend/prelude/onnx` the operator is, that the importer writes it out as control
//! flow, or why it is refused. Nothing else names an ONNX operator.

mod control;
mod elementwise;
mod linear;
mod loss;
mod quantize;
mod recurrent;
mod reduce;
mod refused;
mod resize;
mod sequence;
mod shape;
mod signal;
mod vision;
mod window;

/// An operator from an opset version on, until the next row of the same name.
pub struct Row {
    /// Its name.
    pub name: &'static str,
    /// The first opset version of its domain for which this row is meant.
    pub since: i64,
    /// What it is.
    pub to: To,
}

/// What an operator is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// A function of the prelude, `module.function`: inputs by position, attributes by name.
    Prelude(&'static str),
    /// The same, told besides how many results the node has (`outputs=`).
    Counted(&'static str),
    /// Control flow, which the importer writes out.
    Control(Control),
    /// Not supported, for this reason.
    Refused(&'static str),
}

/// Operators that the importer writes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// A constant tensor in an attribute.
    Constant,
    /// Two branches.
    If,
    /// A loop with a trip count, a condition, or both.
    Loop,
    /// A loop over slices.
    Scan,
    /// The same over rows of a batch, each a sequence (opset 8).
    BatchScan,
    /// A loop over the elements of a sequence.
    SequenceMap,
}

/// A function of the prelude.
const fn op(name: &'static str, since: i64, function: &'static str) -> Row {
    Row { name, since, to: To::Prelude(function) }
}

/// A function of the prelude that is told the number of results.
const fn counted(name: &'static str, since: i64, function: &'static str) -> Row {
    Row { name, since, to: To::Counted(function) }
}

const fn control(name: &'static str, since: i64, control: Control) -> Row {
    Row { name, since, to: To::Control(control) }
}

/// An operator that is not supported.
const fn refused(name: &'static str, since: i64, why: &'static str) -> Row {
    Row { name, since, to: To::Refused(why) }
}

/// The newest version of the default operator set that the table knows.
pub const NEWEST: i64 = 28;

/// The oldest one.
pub const OLDEST: i64 = 1;

/// Rows by domain.
static TABLE: &[(&str, &[&[Row]])] = &[(
    "",
    &[
        control::ROWS,
        elementwise::ROWS,
        linear::ROWS,
        loss::ROWS,
        quantize::ROWS,
        recurrent::ROWS,
        reduce::ROWS,
        refused::ROWS,
        resize::ROWS,
        sequence::ROWS,
        shape::ROWS,
        signal::ROWS,
        vision::ROWS,
        window::ROWS,
    ],
)];

/// What an operator of a version of its domain is; `None` if there is no such operator.
pub fn find(domain: &str, name: &str, version: i64) -> Option<To> {
    let rows =
        TABLE.iter().filter(|(known, _)| *known == domain).flat_map(|(_, parts)| parts.iter().copied());
    let rows = rows.flatten().filter(|row| row.name == name && row.since <= version);
    rows.max_by_key(|row| row.since).map(|row| row.to)
}

/// Whether there are operators of this domain.
pub fn has_domain(domain: &str) -> bool {
    TABLE.iter().any(|(known, _)| *known == domain)
}
