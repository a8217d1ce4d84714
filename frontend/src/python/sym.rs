//! Scalars that are known only when the compiled program runs.
//!
//! Integers are terms, so that arithmetic on dimensions and loop counters needs no operator of the net and equal
//! expressions are equal values. Floats are rank-0 `f64` values of the net. Truth values are either. Strings exist only
//! to be printed or to become the message of an exception.

use braid_ir::{Term, ValueId};
use std::sync::Arc;

/// A Python scalar known only at run time.
#[derive(Clone, Debug, PartialEq)]
pub enum Symbolic {
    /// An integer: an `i64` term that is not a constant.
    Int(Term),
    /// A float: an `f64[]` value of the net.
    Float(ValueId),
    /// A truth value.
    Bool(SymBool),
    /// A string with run-time values in it.
    Str(Arc<Template>),
}

/// A truth value known only at run time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SymBool {
    /// A condition over run-time integers.
    Term(Term),
    /// A `bool[]` value of the net.
    Value(ValueId),
}

/// A string with run-time values in it: literal text and holes in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Template {
    /// The parts, in order.
    pub parts: Vec<Part>,
}

/// A piece of a [`Template`].
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Literal text.
    Text(String),
    /// A run-time integer with its format specification.
    Int(Term, String),
    /// A value of the net (any tensor) with its format specification.
    Value(ValueId, String),
}

impl Template {
    /// Appends literal text.
    pub fn push_str(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        match self.parts.last_mut() {
            Some(Part::Text(last)) => last.push_str(text),
            _ => self.parts.push(Part::Text(text.to_owned())),
        }
    }

    /// Appends another template.
    pub fn append(&mut self, other: &Template) {
        for part in &other.parts {
            match part {
                Part::Text(text) => self.push_str(text),
                part => self.parts.push(part.clone()),
            }
        }
    }

    /// The text, if no part of it waits for the run.
    pub fn as_text(&self) -> Option<String> {
        match self.parts.as_slice() {
            [] => Some(String::new()),
            [Part::Text(text)] => Some(text.clone()),
            _ => None,
        }
    }
}
