//! A hash-consed graph: a head and arguments, each distinct term held once; equality is equality of addresses.

use super::intern::{Interner, mix, mix_str};
use super::{Args, Head, Scalar, Term};
use crate::facts::Facts;
use crate::ops;
use braid_ir::ScalarOp;
use std::fmt;
use std::hash::{Hash, Hasher};

/// A handle to a hash-consed term. Terms live as long as the process.
///
/// ```
/// use braid_symbolic::{Dag, syntax::parse, walk};
/// let dag: Dag = parse("(x + 1)*(x + 1)").unwrap();
/// assert_eq!((walk::dag_size(&dag), walk::tree_size(&dag)), (4, 7));
/// ```
#[derive(Clone, Copy)]
pub struct Dag(&'static Node);

struct Node {
    hash: u64,
    head: Head,
    facts: Facts,
    args: Box<[Dag]>,
}

static TABLE: Interner<Node> = Interner::new();

impl PartialEq for Dag {
    fn eq(&self, other: &Dag) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}
impl Eq for Dag {}

impl Hash for Dag {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.hash);
    }
}

fn hash_of(head: &Head, args: &[Dag]) -> u64 {
    let start = match head {
        Head::Number(n) => {
            n.as_i64().map_or_else(|| mix_str(1, &n.to_string()), |value| mix(1, value as u64))
        }
        Head::Symbol(symbol) => mix(mix_str(2, symbol.name()), symbol.facts().bits() as u64),
        Head::Pi => mix(3, 3),
        Head::Op(op) => mix_str(4, ops::spec(*op).map_or("", |row| row.name)),
        Head::Function(function) => mix_str(5, &function.spec().name),
    };
    args.iter().fold(start, |h, a| mix(h, a.0.hash))
}

impl Term for Dag {
    type Head = Head;

    fn head(&self) -> Head {
        self.0.head.clone()
    }

    fn args(&self) -> Args<Dag> {
        self.0.args.iter().copied().collect()
    }

    fn make(head: &Head, args: &[Dag]) -> Dag {
        let hash = hash_of(head, args);
        let same = |node: &Node, _: &()| node.hash == hash && node.head == *head && *node.args == *args;
        let make = |()| {
            let of_args: Args<Facts> = args.iter().map(|a| a.0.facts).collect();
            let exponent = args.get(1).and_then(|a| a.as_number());
            Node {
                hash,
                facts: head.facts(&of_args, exponent.as_ref()),
                head: head.clone(),
                args: args.into(),
            }
        };
        Dag(TABLE.intern(hash, (), |node| node.hash, same, make))
    }

    fn is_ac(head: &Head) -> bool {
        matches!(head, Head::Op(ScalarOp::Add | ScalarOp::Mul))
    }
}

impl Scalar for Dag {
    fn facts(&self) -> Facts {
        self.0.facts
    }
}

impl fmt::Display for Dag {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        crate::syntax::print(self, f)
    }
}
impl fmt::Debug for Dag {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
