//! Factoring: `a·x + a·y` becomes `a·(x + y)`, greedily by the factor that most terms of a sum share.
//!
//! On the monomials of a polynomial this is a multivariate Horner scheme (Ceberio and Kreinovich, "Greedy algorithms for
//! optimizing multivariate Horner schemes", 2004). Equal inner sums of different outputs become one node, up to sign and
//! scale.

use super::graph::{Graph, Id, Node};
use crate::number::Number;
use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;
use smallvec::SmallVec;
use std::collections::BinaryHeap;

/// A factor with the sign of its exponent: `x` and `1/x` are different factors.
type Key = (Id, bool);

#[derive(Clone)]
struct Monomial {
    coefficient: Number,
    factors: SmallVec<[(Id, i32); 4]>,
}

/// Factors every sum that the roots need.
pub(super) fn factor(graph: &mut Graph, roots: &[Id]) -> Vec<Id> {
    graph.rebuild(roots, |graph, _, node| match node {
        Node::Sum(constant, terms) if terms.len() > 1 => {
            let monomials = terms.iter().map(|(id, c)| monomial(graph, *id, c.clone())).collect();
            let terms = Factoring::run(graph, monomials);
            graph.sum(constant, terms)
        }
        Node::Sum(constant, terms) => graph.sum(constant, terms.into_vec()),
        Node::Product(factors) => graph.product(factors),
        other => graph.add(other),
    })
}

fn monomial(graph: &Graph, id: Id, coefficient: Number) -> Monomial {
    let factors = match graph.factors(id) {
        [] => SmallVec::from_slice(&[(id, 1)]),
        factors => SmallVec::from_slice(factors),
    };
    Monomial { coefficient, factors }
}

/// A sum being factored.
struct Frame {
    terms: Vec<Option<Monomial>>,
    /// The terms in which each factor occurs; those taken meanwhile are skipped when read.
    occurrences: HashMap<Key, (usize, Vec<u32>), FxBuildHasher>,
    /// Candidates by number of occurrences; counts may be out of date and are checked.
    queue: BinaryHeap<(usize, std::cmp::Reverse<Key>)>,
    /// Summands found so far.
    done: Vec<(Id, Number)>,
    /// What was taken out of all terms of this sum, to be multiplied to the finished sum.
    outside: (Id, i32),
}

impl Frame {
    fn new(terms: Vec<Monomial>, outside: (Id, i32)) -> Frame {
        let mut occurrences: HashMap<Key, (usize, Vec<u32>), FxBuildHasher> = HashMap::default();
        for (at, term) in terms.iter().enumerate() {
            for &(id, exponent) in &term.factors {
                let entry = occurrences.entry((id, exponent < 0)).or_default();
                entry.0 += 1;
                entry.1.push(at as u32);
            }
        }
        let queue =
            occurrences.iter().filter(|(_, o)| o.0 > 1).map(|(k, o)| (o.0, std::cmp::Reverse(*k))).collect();
        Frame { terms: terms.into_iter().map(Some).collect(), occurrences, queue, done: Vec::new(), outside }
    }

    /// The factor that most of the remaining terms share, if two do.
    fn best(&mut self) -> Option<Key> {
        while let Some((count, std::cmp::Reverse(key))) = self.queue.pop() {
            let now = self.occurrences.get(&key).map_or(0, |o| o.0);
            if now == count {
                return Some(key);
            }
            if now > 1 {
                self.queue.push((now, std::cmp::Reverse(key)));
            }
        }
        None
    }

    /// Takes the terms that hold the factor, divided by as much of it as all of them hold.
    fn take(&mut self, key: Key) -> (Vec<Monomial>, (Id, i32)) {
        let at = self.occurrences.remove(&key).map_or_else(Vec::new, |o| o.1);
        let mut group: Vec<Monomial> = Vec::with_capacity(at.len());
        for index in at {
            let Some(term) = self.terms[index as usize].take() else { continue };
            for &(id, exponent) in &term.factors {
                if let Some(entry) = self.occurrences.get_mut(&(id, exponent < 0)) {
                    entry.0 -= 1;
                }
            }
            group.push(term);
        }
        let of_key = |f: &(Id, i32)| (f.0, f.1 < 0) == key;
        let exponent = |m: &Monomial| m.factors.iter().find(|f| of_key(f)).map_or(0, |f| f.1);
        let least = group.iter().map(|m| exponent(m).abs()).min().unwrap_or(1);
        let common = if key.1 { -least } else { least };
        for term in &mut group {
            if let Some(place) = term.factors.iter().position(of_key) {
                term.factors[place].1 -= common;
                if term.factors[place].1 == 0 {
                    term.factors.remove(place);
                }
            }
        }
        (group, (key.0, common))
    }
}

struct Factoring;

impl Factoring {
    /// The summands of the factored sum. Sums within sums are kept on a stack of our own: they nest as deep as degrees are high.
    fn run(graph: &mut Graph, terms: Vec<Monomial>) -> Vec<(Id, Number)> {
        let mut stack = vec![Frame::new(terms, (0, 0))];
        loop {
            let top = stack.len() - 1;
            let frame = &mut stack[top];
            if let Some(key) = frame.best() {
                let (group, outside) = frame.take(key);
                stack.push(Frame::new(group, outside));
                continue;
            }
            let mut constant = Number::ZERO;
            for term in std::mem::take(&mut frame.terms).into_iter().flatten() {
                if term.factors.is_empty() {
                    constant += &term.coefficient;
                } else {
                    let id = graph.product(term.factors);
                    frame.done.push((id, term.coefficient));
                }
            }
            let Some(frame) = stack.pop() else { return Vec::new() };
            let Some(parent) = stack.last_mut() else {
                return frame.done;
            };
            let (scale, inner) = normalised_sum(graph, constant, frame.done);
            let product = graph.product([frame.outside, (inner, 1)]);
            parent.done.push((product, scale));
        }
    }
}

/// A sum as a scale times a sum whose first coefficient is positive, so that sums which differ by sign or scale are one.
fn normalised_sum(graph: &mut Graph, constant: Number, mut terms: Vec<(Id, Number)>) -> (Number, Id) {
    terms.sort_unstable_by_key(|t| t.0);
    let Some((_, first)) = terms.first() else {
        return (constant.clone(), graph.constant(Number::ONE));
    };
    let magnitude = first.abs();
    let like = terms.iter().all(|(_, c)| c.abs() == magnitude)
        && (constant.is_zero() || constant.abs() == magnitude);
    let sign = if first.is_negative() { Number::MINUS_ONE } else { Number::ONE };
    let scale = if like { &sign * &magnitude } else { sign };
    let Some(inverse) = scale.recip() else {
        return (Number::ONE, graph.sum(constant, terms));
    };
    let terms = terms.into_iter().map(|(id, c)| (id, &c * &inverse)).collect();
    (scale, graph.sum(&constant * &inverse, terms))
}
