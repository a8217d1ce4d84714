//! A plain tree: a head and a vector of arguments, compared node by node. The baseline of the data structures.

use super::intern::mix;
use super::{Args, Head, Scalar, Term};
use crate::facts::Facts;
use braid_ir::ScalarOp;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A term held as a tree. Equality takes time linear in the size of the tree.
///
/// ```
/// use braid_symbolic::{Tree, syntax::parse};
/// let tree: Tree = parse("x + x").unwrap();
/// assert_eq!(tree.to_string(), "x + x");
/// ```
#[derive(Clone)]
pub struct Tree(Arc<Node>);

struct Node {
    /// Kept, so that a table of a tree's subtrees does not hash each of them from its leaves.
    hash: u64,
    head: Head,
    facts: Facts,
    args: Vec<Tree>,
}

impl PartialEq for Tree {
    fn eq(&self, other: &Tree) -> bool {
        let mut stack = vec![(self, other)];
        while let Some((a, b)) = stack.pop() {
            if Arc::ptr_eq(&a.0, &b.0) {
                continue;
            }
            if a.0.hash != b.0.hash || a.0.head != b.0.head || a.0.args.len() != b.0.args.len() {
                return false;
            }
            stack.extend(a.0.args.iter().zip(&b.0.args));
        }
        true
    }
}
impl Eq for Tree {}

impl Hash for Tree {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.hash);
    }
}

impl Drop for Node {
    /// A tree may be deeper than the stack.
    fn drop(&mut self) {
        let mut rest = std::mem::take(&mut self.args);
        while let Some(tree) = rest.pop() {
            if let Some(mut node) = Arc::into_inner(tree.0) {
                rest.append(&mut node.args);
            }
        }
    }
}

fn hash_of(head: &Head) -> u64 {
    let mut hasher = rustc_hash::FxHasher::default();
    head.hash(&mut hasher);
    hasher.finish()
}

impl Term for Tree {
    type Head = Head;

    const SHARED: bool = false;

    fn head(&self) -> Head {
        self.0.head.clone()
    }

    fn args(&self) -> Args<Tree> {
        self.0.args.iter().cloned().collect()
    }

    fn make(head: &Head, args: &[Tree]) -> Tree {
        let of_args: Args<Facts> = args.iter().map(|a| a.0.facts).collect();
        let exponent = args.get(1).and_then(|a| a.as_number());
        let facts = head.facts(&of_args, exponent.as_ref());
        let hash = args.iter().fold(hash_of(head), |h, a| mix(h, a.0.hash));
        Tree(Arc::new(Node { hash, head: head.clone(), facts, args: args.to_vec() }))
    }

    fn is_ac(head: &Head) -> bool {
        matches!(head, Head::Op(ScalarOp::Add | ScalarOp::Mul))
    }
}

impl Scalar for Tree {
    fn facts(&self) -> Facts {
        self.0.facts
    }
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        crate::syntax::print(self, f)
    }
}
impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
