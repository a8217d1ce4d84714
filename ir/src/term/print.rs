//! Terms as text: infix for integer arithmetic, function calls for the rest. `crate::text` parses it back.

use super::{Node, ScalarOp, Term};
use std::fmt;

fn infix(op: ScalarOp) -> Option<(&'static str, u8)> {
    use ScalarOp::*;
    Some(match op {
        Or => ("|", 1),
        And => ("&", 2),
        Eq => ("==", 3),
        Ne => ("!=", 3),
        Lt => ("<", 3),
        Le => ("<=", 3),
        Gt => (">", 3),
        Ge => (">=", 3),
        Add => ("+", 4),
        Sub => ("-", 4),
        Mul => ("*", 5),
        FloorDiv => ("//", 5),
        Mod => ("%", 5),
        _ => return None,
    })
}

fn write_term(f: &mut fmt::Formatter<'_>, term: Term, outer: u8) -> fmt::Result {
    match term.node() {
        Node::Const(value) => match value.dtype() {
            crate::DType::I64 | crate::DType::Bool => write!(f, "{value}"),
            dtype => write!(f, "{value}:{dtype}"),
        },
        Node::Sym(sym) => f.write_str(&sym.name()),
        Node::Axis(axis) => write!(f, "#{axis}"),
        Node::Load(read, _) => write!(f, "${read}"),
        Node::Apply(op, args) => match infix(op) {
            Some((symbol, level)) => {
                if level <= outer {
                    f.write_str("(")?;
                }
                // Left associative: the left side may stand at the same level.
                write_term(f, args[0], level - 1)?;
                write!(
                    f,
                    "{}{symbol}{}",
                    if level < 5 { " " } else { "" },
                    if level < 5 { " " } else { "" }
                )?;
                write_term(f, args[1], level)?;
                if level <= outer {
                    f.write_str(")")?;
                }
                Ok(())
            }
            None => {
                write!(f, "{}(", op.name())?;
                for (i, &arg) in args.iter().enumerate() {
                    if i > 0 {
                        f.write_str(", ")?;
                    }
                    write_term(f, arg, 0)?;
                }
                f.write_str(")")
            }
        },
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_term(f, *self, 0)
    }
}

impl fmt::Debug for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_term(f, *self, 0)
    }
}
