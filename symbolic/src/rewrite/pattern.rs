//! Patterns: terms with slots, flat, over any type of head.

use crate::term::{Args, Head, Scalar, Term};
use crate::{Assumptions, Expr, Symbol};
use smallvec::SmallVec;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use super::condition::Predicate;
use super::operands::{Operands, combined};

/// The number of a slot within its rule.
pub type SlotId = u16;

/// What is known of a slot of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotSpec {
    /// The name without question marks.
    pub name: Arc<str>,
    /// Whether it stands for any number of operands (none included) of the sum or product that it stands in.
    pub segment: bool,
    /// What its value must satisfy, as `?n::integer` says.
    pub predicate: Option<Predicate>,
    /// Whether it may be missing, and is the identity of the operation then: 1 in a product or as an exponent, 0 in a sum.
    pub optional: bool,
}

/// A node of a pattern.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PatternNode<H> {
    /// Any term; the same wherever the slot occurs.
    Slot(SlotId),
    /// Any number of operands of the sum or product around it.
    Segment(SlotId),
    /// A head and arguments, which are nodes before this one.
    Apply(H, SmallVec<[u32; 4]>),
}

/// A term with slots: nodes, arguments before their users, the root last.
///
/// ```
/// use braid_symbolic::rewrite::{Bindings, Rule};
/// use braid_symbolic::{Expr, syntax::parse};
/// let rule = Rule::parse("r: sin(?a)^2 + cos(?b) => ?a*?b").unwrap();
/// let mut bindings = Bindings::new();
/// for (slot, text) in [("a", "x + 1"), ("b", "2*y")] {
///     bindings.bind(rule.slot(slot).unwrap(), parse::<Expr>(text).unwrap());
/// }
/// let instance = rule.left().instantiate(&bindings).unwrap();
/// assert_eq!(instance, parse("sin(x + 1)^2 + cos(2*y)").unwrap());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pattern<H> {
    nodes: Vec<PatternNode<H>>,
    /// Of each node, which slots occur below it, as bits.
    slots: Vec<u64>,
}

/// A rule may have this many slots.
pub const SLOTS_MAX: usize = 64;

impl<H: Clone + Eq + Hash> Pattern<H> {
    /// From nodes: arguments before users, the root last.
    ///
    /// # Panics
    /// Of no nodes.
    pub fn new(nodes: Vec<PatternNode<H>>) -> Pattern<H> {
        assert!(!nodes.is_empty(), "a pattern has a root");
        let mut slots: Vec<u64> = Vec::with_capacity(nodes.len());
        for node in &nodes {
            slots.push(match node {
                PatternNode::Slot(slot) | PatternNode::Segment(slot) => 1u64 << (*slot as u32 % u64::BITS),
                PatternNode::Apply(_, args) => args.iter().fold(0, |all, &a| all | slots[a as usize]),
            });
        }
        Pattern { nodes, slots }
    }

    /// From a term; `slot_of` says which of its subterms are slots, and whether a slot is a segment.
    pub fn from_term<T: Term<Head = H>>(
        term: &T,
        slot_of: impl Fn(&T) -> Option<(SlotId, bool)>,
    ) -> Pattern<H> {
        let mut nodes = Vec::new();
        crate::term::walk::fold(term, |t, args: &[u32]| {
            nodes.push(match slot_of(t) {
                Some((slot, false)) => PatternNode::Slot(slot),
                Some((slot, true)) => PatternNode::Segment(slot),
                None => PatternNode::Apply(t.head(), args.into()),
            });
            (nodes.len() - 1) as u32
        });
        Pattern::new(nodes)
    }

    /// The nodes.
    pub fn nodes(&self) -> &[PatternNode<H>] {
        &self.nodes
    }

    /// The number of the root.
    pub fn root(&self) -> u32 {
        (self.nodes.len() - 1) as u32
    }

    /// A node.
    pub fn node(&self, at: u32) -> &PatternNode<H> {
        &self.nodes[at as usize]
    }

    /// The slots that occur at or below a node, as bits.
    pub fn slots_below(&self, at: u32) -> u64 {
        self.slots[at as usize]
    }

    /// The slots of the whole pattern, as bits.
    pub fn slots(&self) -> u64 {
        self.slots_below(self.root())
    }

    /// The term of this pattern, with the slots filled. `None` where a slot has no value.
    pub fn instantiate<T: Operands<Head = H>>(&self, bindings: &Bindings<T>) -> Option<T> {
        self.instantiate_at(self.root(), bindings)
    }

    /// The term of the part of the pattern at a node.
    pub fn instantiate_at<T: Operands<Head = H>>(&self, root: u32, bindings: &Bindings<T>) -> Option<T> {
        // The usual pattern has few nodes, and all of them before the root are below it.
        if let PatternNode::Slot(slot) = self.node(root) {
            return bindings.get(*slot).cloned();
        }
        let mut values: Vec<Option<T>> = vec![None; root as usize + 1];
        let mut needed = vec![false; root as usize + 1];
        needed[root as usize] = true;
        for at in (0..=root as usize).rev() {
            if needed[at]
                && let PatternNode::Apply(_, args) = &self.nodes[at]
            {
                args.iter().for_each(|&a| needed[a as usize] = true);
            }
        }
        for at in 0..=root as usize {
            if !needed[at] {
                continue;
            }
            values[at] = match &self.nodes[at] {
                PatternNode::Slot(slot) => Some(bindings.get(*slot)?.clone()),
                // A segment is spliced into the operands around it.
                PatternNode::Segment(_) => None,
                PatternNode::Apply(head, args) => {
                    let mut operands: Args<T> = Args::new();
                    let mut spliced = false;
                    for &a in args {
                        match &self.nodes[a as usize] {
                            PatternNode::Segment(slot) => {
                                spliced = true;
                                operands.extend(bindings.segment(*slot)?.iter().cloned());
                            }
                            _ => operands.push(values[a as usize].clone()?),
                        }
                    }
                    if spliced { combined(head, &operands) } else { Some(T::make(head, &operands)) }
                }
            };
        }
        values[root as usize].take()
    }
}

/// The unknown that stands for a slot while a pattern is a term: nothing is known of its value, not even that it has one.
pub(super) fn slot_symbol(name: &str, segment: bool) -> Symbol {
    Symbol::new(&format!("{}{name}", if segment { "??" } else { "?" }), Assumptions::PARTIAL)
}

impl Pattern<Head> {
    /// A term without slots, as a pattern.
    pub fn ground<T: Scalar>(term: &T) -> Pattern<Head> {
        Pattern::from_term(term, |_| None)
    }

    /// The pattern as an expression, in which slots are unknowns of which nothing is assumed, such as `?x`.
    pub fn to_expr(&self, slots: &[SlotSpec]) -> Expr {
        let mut values: Vec<Expr> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let value = match node {
                PatternNode::Slot(slot) | PatternNode::Segment(slot) => {
                    let spec = &slots[*slot as usize];
                    Expr::symbol(slot_symbol(&spec.name, spec.segment))
                }
                PatternNode::Apply(head, args) => {
                    let args: Args<Expr> = args.iter().map(|&a| values[a as usize]).collect();
                    Expr::make(head, &args)
                }
            };
            values.push(value);
        }
        values[self.root() as usize]
    }
}

/// What slots stand for.
#[derive(Clone, PartialEq, Eq)]
pub struct Bindings<T> {
    terms: SmallVec<[Option<T>; 6]>,
    segments: Vec<(SlotId, Vec<T>)>,
}

impl<T: Clone> Bindings<T> {
    /// Nothing bound.
    pub fn new() -> Bindings<T> {
        Bindings { terms: SmallVec::new(), segments: Vec::new() }
    }

    /// The term that a slot stands for.
    pub fn get(&self, slot: SlotId) -> Option<&T> {
        self.terms.get(slot as usize)?.as_ref()
    }

    /// The operands that a segment stands for.
    pub fn segment(&self, slot: SlotId) -> Option<&[T]> {
        self.segments.iter().find(|(s, _)| *s == slot).map(|(_, terms)| &terms[..])
    }

    /// Lets a slot stand for a term.
    pub fn bind(&mut self, slot: SlotId, term: T) {
        let at = slot as usize;
        if self.terms.len() <= at {
            self.terms.resize(at + 1, None);
        }
        self.terms[at] = Some(term);
    }

    /// Lets a slot stand for nothing.
    pub fn unbind(&mut self, slot: SlotId) {
        if let Some(place) = self.terms.get_mut(slot as usize) {
            *place = None;
        }
    }

    /// Lets a segment stand for operands.
    pub fn bind_segment(&mut self, slot: SlotId, terms: Vec<T>) {
        self.unbind_segment(slot);
        self.segments.push((slot, terms));
    }

    /// Lets a segment stand for nothing.
    pub fn unbind_segment(&mut self, slot: SlotId) {
        self.segments.retain(|(s, _)| *s != slot);
    }
}

impl<T: Clone> Default for Bindings<T> {
    fn default() -> Bindings<T> {
        Bindings::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for Bindings<T> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let terms = self.terms.iter().enumerate().filter_map(|(slot, t)| Some((slot, t.as_ref()?)));
        f.debug_map().entries(terms).entries(self.segments.iter().map(|(s, t)| (s, t))).finish()
    }
}
