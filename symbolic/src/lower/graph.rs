//! The graph that lowering works on: hash-consed nodes with n-ary sums and products, children before their users.

use super::LowerError;
use crate::function::Function;
use crate::number::Number;
use crate::symbol::Symbol;
use crate::term::walk::{TermMap, fold_in};
use crate::term::{Head, Scalar};
use braid_ir::ScalarOp;
use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

/// A node, by its place in the graph.
pub(super) type Id = u32;

/// What a node computes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Node {
    Const(Number),
    Pi,
    Input(u32),
    /// `constant + Σ coefficient·node`; sorted by node, no coefficient is zero.
    Sum(Number, Box<[(Id, Number)]>),
    /// `Π node^exponent`; sorted by node, no exponent is zero. Never a single first power.
    Product(Box<[(Id, i32)]>),
    /// A power by anything but a whole number that fits `i32`.
    Power(Id, Id),
    Apply(ScalarOp, Box<[Id]>),
    Call(Function, Box<[Id]>),
}

/// Hash-consed nodes.
#[derive(Default)]
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
    ids: HashMap<Node, Id, FxBuildHasher>,
}

impl Graph {
    /// The node of this content.
    pub(super) fn add(&mut self, node: Node) -> Id {
        if let Some(&id) = self.ids.get(&node) {
            return id;
        }
        let id = self.nodes.len() as Id;
        self.nodes.push(node.clone());
        self.ids.insert(node, id);
        id
    }

    pub(super) fn constant(&mut self, value: Number) -> Id {
        self.add(Node::Const(value))
    }

    /// `constant + Σ coefficient·node`; like nodes are collected.
    pub(super) fn sum(&mut self, constant: Number, mut terms: Vec<(Id, Number)>) -> Id {
        terms.sort_unstable_by_key(|t| t.0);
        terms.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                earlier.1 += &later.1;
            }
            same
        });
        terms.retain(|(_, c)| !c.is_zero());
        match &terms[..] {
            [] => self.constant(constant),
            [(id, c)] if c.is_one() && constant.is_zero() => *id,
            _ => self.add(Node::Sum(constant, terms.into())),
        }
    }

    /// `Π node^exponent`; like nodes are collected, products among the factors are multiplied in.
    pub(super) fn product(&mut self, factors: impl IntoIterator<Item = (Id, i32)>) -> Id {
        let mut all: Vec<(Id, i32)> = Vec::new();
        for (id, exponent) in factors {
            match &self.nodes[id as usize] {
                Node::Product(inner) if exponent == 1 => all.extend(inner.iter().copied()),
                _ => all.push((id, exponent)),
            }
        }
        all.sort_unstable_by_key(|f| f.0);
        // Powers of one base are kept apart where their signs differ: x/x is not 1 at zero.
        all.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0
                && (later.1 > 0) == (earlier.1 > 0)
                && earlier.1.checked_add(later.1).is_some();
            if same {
                earlier.1 += later.1;
            }
            same
        });
        match all[..] {
            [] => self.constant(Number::ONE),
            [(id, 1)] => id,
            _ => self.add(Node::Product(all.into())),
        }
    }

    /// The factors of a node, read as a product.
    pub(super) fn factors(&self, id: Id) -> &[(Id, i32)] {
        match &self.nodes[id as usize] {
            Node::Product(factors) => factors,
            _ => &[],
        }
    }

    /// Calls `f` with each child.
    pub(super) fn each_child(&self, id: Id, mut f: impl FnMut(Id)) {
        match &self.nodes[id as usize] {
            Node::Const(_) | Node::Pi | Node::Input(_) => {}
            Node::Sum(_, terms) => terms.iter().for_each(|t| f(t.0)),
            Node::Product(factors) => factors.iter().for_each(|t| f(t.0)),
            Node::Power(a, b) => [*a, *b].into_iter().for_each(f),
            Node::Apply(_, args) | Node::Call(_, args) => args.iter().copied().for_each(f),
        }
    }

    /// The nodes that the roots need, children before their users, each where a depth-first walk needs it first.
    pub(super) fn order(&self, roots: &[Id]) -> Vec<Id> {
        let mut seen = vec![false; self.nodes.len()];
        let mut order = Vec::new();
        let mut stack: Vec<(Id, bool)> = Vec::new();
        for &root in roots {
            stack.push((root, false));
            while let Some((id, expanded)) = stack.pop() {
                if expanded {
                    order.push(id);
                } else if !std::mem::replace(&mut seen[id as usize], true) {
                    stack.push((id, true));
                    let from = stack.len();
                    self.each_child(id, |child| {
                        if !seen[child as usize] {
                            stack.push((child, false));
                        }
                    });
                    stack[from..].reverse();
                }
            }
        }
        order
    }

    /// Rebuilds what the roots need, bottom up; `f` makes a node from its content with the children's new ids.
    pub(super) fn rebuild(&mut self, roots: &[Id], mut f: impl FnMut(&mut Graph, Id, Node) -> Id) -> Vec<Id> {
        let order = self.order(roots);
        let mut new: Vec<Id> = vec![Id::MAX; self.nodes.len()];
        for id in order {
            let at = |id: &Id| new[*id as usize];
            let node = match self.nodes[id as usize].clone() {
                Node::Sum(c, terms) => Node::Sum(c, terms.iter().map(|(t, c)| (at(t), c.clone())).collect()),
                Node::Product(factors) => Node::Product(factors.iter().map(|(b, e)| (at(b), *e)).collect()),
                Node::Power(a, b) => Node::Power(at(&a), at(&b)),
                Node::Apply(op, args) => Node::Apply(op, args.iter().map(at).collect()),
                Node::Call(function, args) => Node::Call(function, args.iter().map(at).collect()),
                leaf => leaf,
            };
            new[id as usize] = f(self, id, node);
        }
        roots.iter().map(|root| new[*root as usize]).collect()
    }

    /// The nodes of terms, each distinct subterm once.
    pub(super) fn import<T: Scalar>(
        &mut self,
        outputs: &[T],
        inputs: &HashMap<Symbol, u32>,
    ) -> Result<Vec<Id>, LowerError> {
        let mut done: TermMap<T, Id> = TermMap::default();
        let mut failed = None;
        let mut roots = Vec::with_capacity(outputs.len());
        for output in outputs {
            roots.push(fold_in(output, &mut done, |term, args: &[Id]| {
                match self.import_one(term, args, inputs) {
                    Ok(id) => id,
                    Err(error) => {
                        failed.get_or_insert(error);
                        0
                    }
                }
            }));
        }
        match failed {
            Some(error) => Err(error),
            None => Ok(roots),
        }
    }

    fn import_one<T: Scalar>(
        &mut self,
        term: &T,
        args: &[Id],
        inputs: &HashMap<Symbol, u32>,
    ) -> Result<Id, LowerError> {
        Ok(match term.head() {
            Head::Number(n) => self.constant(n),
            Head::Pi => self.add(Node::Pi),
            Head::Symbol(symbol) => {
                let input = *inputs.get(&symbol).ok_or(LowerError::Unknown(symbol))?;
                self.add(Node::Input(input))
            }
            Head::Op(ScalarOp::Add) => {
                let mut constant = Number::ZERO;
                let mut terms = Vec::with_capacity(args.len());
                for &arg in args {
                    self.gather(arg, &mut constant, &mut terms);
                }
                self.sum(constant, terms)
            }
            Head::Op(ScalarOp::Mul) => {
                let mut coefficient = Number::ONE;
                let mut factors = Vec::with_capacity(args.len());
                for &arg in args {
                    match &self.nodes[arg as usize] {
                        Node::Const(n) => coefficient = &coefficient * n,
                        Node::Sum(c, terms) if c.is_zero() && terms.len() == 1 => {
                            coefficient = &coefficient * &terms[0].1;
                            factors.push((terms[0].0, 1));
                        }
                        _ => factors.push((arg, 1)),
                    }
                }
                self.scaled_product(coefficient, factors)
            }
            Head::Op(ScalarOp::Pow) => self.power(args[0], args[1]),
            Head::Op(op) => self.add(Node::Apply(op, args.into())),
            Head::Function(function) => {
                if function.spec().value.is_none() {
                    return Err(LowerError::NoValue(function.spec().name.clone()));
                }
                self.add(Node::Call(function, args.into()))
            }
        })
    }

    fn scaled_product(&mut self, coefficient: Number, factors: Vec<(Id, i32)>) -> Id {
        // A zero coefficient stays: what it multiplies may be undefined.
        if coefficient.is_zero() {
            let zero = self.constant(coefficient);
            let rest = self.product(factors);
            return self.add(Node::Product([(zero, 1), (rest, 1)].into()));
        }
        let product = self.product(factors);
        match &self.nodes[product as usize] {
            Node::Const(n) => {
                let value = n * &coefficient;
                self.constant(value)
            }
            _ => self.sum(Number::ZERO, vec![(product, coefficient)]),
        }
    }

    /// A summand: sums are flattened, constants and coefficients taken out.
    fn gather(&self, id: Id, constant: &mut Number, terms: &mut Vec<(Id, Number)>) {
        match &self.nodes[id as usize] {
            Node::Const(n) => *constant += n,
            Node::Sum(c, inner) if c.is_zero() && inner.len() == 1 => terms.push(inner[0].clone()),
            _ => terms.push((id, Number::ONE)),
        }
    }

    fn power(&mut self, base: Id, exponent: Id) -> Id {
        let Node::Const(n) = self.nodes[exponent as usize].clone() else {
            return self.add(Node::Power(base, exponent));
        };
        if let Some(whole) = n.as_i64().and_then(|n| i32::try_from(n).ok())
            && whole != i32::MIN
        {
            // (c·x)^n and (x^k)^n keep their inner structure; only a plain first power is opened.
            return if whole == 0 { self.constant(Number::ONE) } else { self.product([(base, whole)]) };
        }
        // x^(n/2) by a square root, which is NaN below zero as the power is.
        let doubled = &n * &Number::TWO;
        if let Some(halves) = doubled.as_i64().and_then(|h| i32::try_from(h).ok()) {
            let root = self.add(Node::Apply(ScalarOp::Sqrt, [base].into()));
            return self.product([(root, halves)]);
        }
        self.add(Node::Power(base, exponent))
    }
}
