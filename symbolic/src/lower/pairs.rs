//! Common pairs: two operands that several products, or several sums, have in common are computed once.
//!
//! The most frequent pair is extracted first, over and over (greedy common subexpression elimination on sum-of-products
//! form: Hosangadi, Fallah and Kastner, "Optimizing polynomial expressions by algebraic factorization and common
//! subexpression elimination", 2006).

use super::graph::{Graph, Id, Node};
use crate::number::Number;
use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;
use std::collections::BinaryHeap;

/// Sums and products of more operands than this are left alone: their pairs would outnumber the program.
const OPERANDS_MAX: usize = 128;

/// Extracts common pairs of products, then of sums.
pub(super) fn extract(graph: &mut Graph, roots: &[Id]) -> Vec<Id> {
    let roots = run::<Products>(graph, roots);
    run::<Sums>(graph, &roots)
}

/// One of the two kinds of n-ary node.
trait Kind {
    /// What comes with an operand: an exponent or a coefficient.
    type Weight: Clone + PartialEq;
    /// The operands of a node of this kind.
    fn operands(node: &Node) -> Option<Vec<(Id, Self::Weight)>>;
    /// The key of an unordered pair with weights, up to what can be taken out of the pair, and that.
    fn key(a: &(Id, Self::Weight), b: &(Id, Self::Weight)) -> (PairKey, Self::Weight);
    /// The node of a pair.
    fn pair(graph: &mut Graph, key: &PairKey) -> Id;
    /// The node of these operands, in place of one of the same kind.
    fn make(graph: &mut Graph, like: &Node, operands: Vec<(Id, Self::Weight)>) -> Id;
}

/// Two operands with relative weights.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct PairKey {
    a: Id,
    b: Id,
    /// Of a product: the two exponents. Of a sum: 1 and the second coefficient divided by the first.
    exponents: (i32, i32),
    ratio: Number,
}

struct Products;

impl Kind for Products {
    type Weight = i32;

    fn operands(node: &Node) -> Option<Vec<(Id, i32)>> {
        match node {
            Node::Product(factors) => Some(factors.to_vec()),
            _ => None,
        }
    }

    fn key(a: &(Id, i32), b: &(Id, i32)) -> (PairKey, i32) {
        (PairKey { a: a.0, b: b.0, exponents: (a.1, b.1), ratio: Number::ONE }, 1)
    }

    fn pair(graph: &mut Graph, key: &PairKey) -> Id {
        graph.add(Node::Product([(key.a, key.exponents.0), (key.b, key.exponents.1)].into()))
    }

    fn make(graph: &mut Graph, _: &Node, mut operands: Vec<(Id, i32)>) -> Id {
        operands.sort_unstable();
        match operands[..] {
            [(id, 1)] => id,
            _ => graph.add(Node::Product(operands.into())),
        }
    }
}

struct Sums;

impl Kind for Sums {
    type Weight = Number;

    fn operands(node: &Node) -> Option<Vec<(Id, Number)>> {
        match node {
            Node::Sum(_, terms) => Some(terms.to_vec()),
            _ => None,
        }
    }

    fn key(a: &(Id, Number), b: &(Id, Number)) -> (PairKey, Number) {
        let ratio = b.1.checked_div(&a.1).unwrap_or(Number::ONE);
        (PairKey { a: a.0, b: b.0, exponents: (1, 1), ratio }, a.1.clone())
    }

    fn pair(graph: &mut Graph, key: &PairKey) -> Id {
        graph.add(Node::Sum(Number::ZERO, [(key.a, Number::ONE), (key.b, key.ratio.clone())].into()))
    }

    fn make(graph: &mut Graph, like: &Node, operands: Vec<(Id, Number)>) -> Id {
        let Node::Sum(constant, _) = like else { unreachable!("a sum") };
        graph.sum(constant.clone(), operands)
    }
}

/// Where a pair occurs, and the operands of everything, as they change.
struct State<K: Kind> {
    /// The nodes worked on, with their operands now.
    work: Vec<(Id, Vec<(Id, K::Weight)>)>,
    occurrences: HashMap<PairKey, Vec<u32>, FxBuildHasher>,
    queue: BinaryHeap<(usize, std::cmp::Reverse<PairKey>)>,
}

impl<K: Kind> State<K> {
    fn count(&mut self, index: u32, at: usize, others: std::ops::Range<usize>) {
        let operands = &self.work[index as usize].1;
        for other in others {
            let (first, second) = if operands[at].0 <= operands[other].0 { (at, other) } else { (other, at) };
            let (key, _) = K::key(&operands[first], &operands[second]);
            let places = self.occurrences.entry(key.clone()).or_default();
            places.push(index);
            if places.len() > 1 {
                self.queue.push((places.len(), std::cmp::Reverse(key)));
            }
        }
    }

    /// Where both operands of a pair stand in a node, and what can be taken out, if they still do.
    fn find(&self, index: u32, key: &PairKey) -> Option<(usize, usize, K::Weight)> {
        let operands = &self.work[index as usize].1;
        let mut places = operands.iter().enumerate();
        let i = places.by_ref().find(|(_, o)| o.0 == key.a)?.0;
        let j = operands.iter().enumerate().position(|(at, o)| at != i && o.0 == key.b)?;
        let (now, weight) = K::key(&operands[i], &operands[j]);
        (now == *key).then_some((i, j, weight))
    }
}

fn run<K: Kind>(graph: &mut Graph, roots: &[Id]) -> Vec<Id> {
    let order = graph.order(roots);
    let mut state: State<K> =
        State { work: Vec::new(), occurrences: HashMap::default(), queue: BinaryHeap::new() };
    for &id in &order {
        if let Some(operands) = K::operands(&graph.nodes[id as usize]) {
            state.work.push((id, operands));
        }
    }
    for index in 0..state.work.len() {
        let length = state.work[index].1.len();
        if length <= OPERANDS_MAX {
            for at in 1..length {
                state.count(index as u32, at, 0..at);
            }
        }
    }
    while let Some((count, std::cmp::Reverse(key))) = state.queue.pop() {
        let Some(places) = state.occurrences.get(&key) else { continue };
        let mut live: Vec<u32> =
            places.iter().copied().filter(|&index| state.find(index, &key).is_some()).collect();
        live.sort_unstable();
        live.dedup();
        if live.len() < 2 {
            state.occurrences.remove(&key);
            continue;
        }
        if live.len() < count {
            let now = live.len();
            state.occurrences.insert(key.clone(), live);
            state.queue.push((now, std::cmp::Reverse(key)));
            continue;
        }
        state.occurrences.remove(&key);
        let pair = K::pair(graph, &key);
        for index in live {
            let Some((i, j, weight)) = state.find(index, &key) else { continue };
            if state.work[index as usize].0 == pair {
                continue;
            }
            let operands = &mut state.work[index as usize].1;
            operands.remove(i.max(j));
            operands.remove(i.min(j));
            // A second occurrence of the pair in the same product raises no power here; it stays a factor of its own.
            operands.push((pair, weight));
            let last = operands.len() - 1;
            state.count(index, last, 0..last);
        }
    }
    let new: HashMap<Id, Vec<(Id, K::Weight)>, FxBuildHasher> = state.work.into_iter().collect();
    rewrite::<K>(graph, roots, &new)
}

/// The roots with every node's operands as they are now. Pairs are new nodes over old ones, so they are walked, too.
fn rewrite<K: Kind>(
    graph: &mut Graph,
    roots: &[Id],
    new: &HashMap<Id, Vec<(Id, K::Weight)>, FxBuildHasher>,
) -> Vec<Id> {
    let mut done: HashMap<Id, Id, FxBuildHasher> = HashMap::default();
    let mut stack: Vec<(Id, bool)> = roots.iter().rev().map(|&r| (r, false)).collect();
    while let Some((id, expanded)) = stack.pop() {
        if done.contains_key(&id) {
            continue;
        }
        let children: Vec<Id> = match new.get(&id) {
            Some(operands) => operands.iter().map(|o| o.0).collect(),
            None => {
                let mut children = Vec::new();
                graph.each_child(id, |child| children.push(child));
                children
            }
        };
        if !expanded {
            stack.push((id, true));
            stack.extend(children.iter().rev().filter(|c| !done.contains_key(*c)).map(|&c| (c, false)));
            continue;
        }
        let node = graph.nodes[id as usize].clone();
        let result = match new.get(&id) {
            Some(operands) => {
                let operands = operands.iter().map(|(o, w)| (done[o], w.clone())).collect();
                K::make(graph, &node, operands)
            }
            None => {
                let at = |id: &Id| done[id];
                let node = match node {
                    Node::Sum(c, terms) => {
                        let mut terms: Vec<_> = terms.iter().map(|(t, c)| (at(t), c.clone())).collect();
                        terms.sort_unstable_by_key(|t| t.0);
                        Node::Sum(c, terms.into())
                    }
                    Node::Product(factors) => {
                        let mut factors: Vec<_> = factors.iter().map(|(b, e)| (at(b), *e)).collect();
                        factors.sort_unstable();
                        Node::Product(factors.into())
                    }
                    Node::Power(a, b) => Node::Power(at(&a), at(&b)),
                    Node::Apply(op, args) => Node::Apply(op, args.iter().map(at).collect()),
                    Node::Call(function, args) => Node::Call(function, args.iter().map(at).collect()),
                    leaf => leaf,
                };
                graph.add(node)
            }
        };
        done.insert(id, result);
    }
    roots.iter().map(|root| done[root]).collect()
}
