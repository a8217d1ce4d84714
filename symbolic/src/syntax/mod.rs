//! Expressions as text: an infix reader that says where it stumbled, and writers of text and LaTeX.

mod parse;
mod print;

pub use parse::{Item, ItemKind, Names, SyntaxError, build, parse, parse_defined, parse_with, postfix};
pub use print::{latex, print};
