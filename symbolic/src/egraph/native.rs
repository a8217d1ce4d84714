//! Steps that are not rules because they look at whole sums: taking out common factors, multiplying out.

use super::engine::{ClassId, EGraph, Node, NodeKind, Reason, adds};
use super::language::Language;
use super::normal::add_collected;
use crate::number::Number;
use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;
use smallvec::SmallVec;
use std::collections::BinaryHeap;

/// Sums of at most this many terms are factored in several ways, wider ones in one.
pub const FACTOR_WAYS_TERMS_MAX: usize = 4;

/// In how many ways a sum is factored.
pub const FACTOR_WAYS_MAX: usize = 3;

/// Products are multiplied out to at most this many terms.
pub const EXPAND_TERMS_MAX: usize = 16;

/// Sums to a power above this are not multiplied out.
pub const EXPAND_POWER_MAX: i64 = 4;

/// What factors of one base have in common: the base, and for exponents that are not whole, the exponent itself.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Kind {
    Positive,
    Negative,
    Exactly(Number),
}

type Key = (ClassId, Kind);

fn kind_of(exponent: &Number) -> Kind {
    match exponent.is_integer() {
        true if exponent.is_negative() => Kind::Negative,
        true => Kind::Positive,
        false => Kind::Exactly(exponent.clone()),
    }
}

/// A term of a sum as a product.
struct Term {
    coefficient: Number,
    factors: SmallVec<[(ClassId, Number); 4]>,
    /// The class of the term; with a journal, the node of it that was read.
    shown: ClassId,
}

/// The factors of a term: those of the product of its class with most of them, or the class itself.
fn factors_of<T: Language>(
    graph: &EGraph<T>,
    class: ClassId,
) -> (Option<&Node>, SmallVec<[(ClassId, Number); 4]>) {
    let widest = graph
        .nodes(class)
        .iter()
        .filter(|node| {
            let monic = matches!(node.kind(), NodeKind::Product(c, _) if c.is_one());
            monic && node.children().all(|c| graph.find(c) != class)
        })
        .max_by_key(|node| node.len());
    match widest {
        Some(node) => (Some(node), node.entries().map(|(c, n)| (graph.find(c), n.clone())).collect()),
        None => (None, [(class, Number::ONE)].into_iter().collect()),
    }
}

fn terms_of<T: Language>(graph: &mut EGraph<T>, sum: &Node) -> Vec<Term> {
    let mut terms = Vec::with_capacity(sum.len());
    for (class, n) in sum.entry_vec() {
        let class = graph.find(class);
        let (node, factors) = factors_of(graph, class);
        let shown = match (graph.has_journal(), node.cloned()) {
            (true, Some(node)) => graph.add(node),
            _ => class,
        };
        terms.push(Term { coefficient: n, factors, shown });
    }
    terms
}

/// Takes common factors out of a sum, in up to [`FACTOR_WAYS_MAX`] ways; whether anything new was learned.
pub(super) fn factor<T: Language>(graph: &mut EGraph<T>, class: ClassId, sum: &Node) -> bool {
    let NodeKind::Sum(constant, _) = sum.kind() else {
        return false;
    };
    let constant = constant.clone();
    let terms = terms_of(graph, sum);
    let mut changed = content(graph, class, &constant, sum);
    let mut uses: HashMap<Key, Vec<u32>, FxBuildHasher> = HashMap::default();
    for (at, term) in terms.iter().enumerate() {
        for (base, exponent) in &term.factors {
            let list = uses.entry((*base, kind_of(exponent))).or_default();
            if list.last() != Some(&(at as u32)) {
                list.push(at as u32);
            }
        }
    }
    uses.retain(|_, list| list.len() > 1);
    let mut first: Vec<(usize, &Key)> = uses.iter().map(|(key, list)| (list.len(), key)).collect();
    first.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    let ways = if terms.len() <= FACTOR_WAYS_TERMS_MAX { FACTOR_WAYS_MAX } else { 1 };
    let starts: Vec<Key> = first.into_iter().take(ways).map(|(_, key)| key.clone()).collect();
    for start in starts {
        let groups = grouped(&terms, &uses, &start);
        changed |= apply_groups(graph, class, &constant, &terms, &groups);
    }
    changed
}

/// Terms that a factor is taken out of, first the given one, then the most frequent of what is left, and so on.
fn grouped(
    terms: &[Term],
    uses: &HashMap<Key, Vec<u32>, FxBuildHasher>,
    start: &Key,
) -> Vec<(Key, Vec<u32>)> {
    let mut free = vec![true; terms.len()];
    let mut counts: HashMap<&Key, usize, FxBuildHasher> =
        uses.iter().map(|(key, list)| (key, list.len())).collect();
    // Frequent keys first; among equals, the one with the smallest base.
    let mut heap: BinaryHeap<(usize, std::cmp::Reverse<&Key>)> =
        counts.iter().map(|(key, count)| (*count, std::cmp::Reverse(*key))).collect();
    heap.push((usize::MAX, std::cmp::Reverse(start)));
    let mut groups = Vec::new();
    while let Some((count, std::cmp::Reverse(key))) = heap.pop() {
        let current = counts.get(key).copied().unwrap_or(0);
        if current < 2 {
            continue;
        }
        if count != usize::MAX && current < count {
            heap.push((current, std::cmp::Reverse(key)));
            continue;
        }
        let group: Vec<u32> = uses[key].iter().copied().filter(|&at| free[at as usize]).collect();
        for &at in &group {
            free[at as usize] = false;
            for (base, exponent) in &terms[at as usize].factors {
                if let Some(count) = counts.get_mut(&(*base, kind_of(exponent))) {
                    *count = count.saturating_sub(1);
                }
            }
        }
        groups.push((key.clone(), group));
    }
    groups
}

/// Replaces each group of terms by its common factor times the sum of what is left of them.
fn apply_groups<T: Language>(
    graph: &mut EGraph<T>,
    class: ClassId,
    constant: &Number,
    terms: &[Term],
    groups: &[(Key, Vec<u32>)],
) -> bool {
    let mut taken = vec![false; terms.len()];
    let mut entries: Vec<(ClassId, Number)> = Vec::new();
    for (_, group) in groups {
        let Some((common, inner)) = take_out(graph, terms, group) else {
            continue;
        };
        group.iter().for_each(|&at| taken[at as usize] = true);
        let inner_class = add_collected(graph, inner);
        let mut factors = common;
        factors.push((inner_class, Number::ONE));
        let product = add_collected(graph, Node::product(Number::ONE, factors));
        entries.push((product, Number::ONE));
    }
    if entries.is_empty() {
        return false;
    }
    let rest = terms.iter().enumerate().filter(|(at, _)| !taken[*at]);
    entries.extend(rest.map(|(_, term)| (term.shown, term.coefficient.clone())));
    let to = add_collected(graph, Node::sum(constant.clone(), entries));
    let from = if graph.has_journal() {
        let shown = terms.iter().map(|term| (term.shown, term.coefficient.clone())).collect();
        graph.add(Node::sum(constant.clone(), shown))
    } else {
        class
    };
    graph.union(from, to, Reason::Factor)
}

/// The factors that all terms of a group share, and the sum of what is left of the terms.
fn take_out<T: Language>(
    graph: &mut EGraph<T>,
    terms: &[Term],
    group: &[u32],
) -> Option<(Vec<(ClassId, Number)>, Node)> {
    let first = &terms[*group.first()? as usize];
    let mut common: Vec<(ClassId, Number)> = Vec::new();
    for (base, exponent) in &first.factors {
        let kind = kind_of(exponent);
        let mut least = exponent.clone();
        let shared = group.iter().all(|&at| {
            let found = terms[at as usize].factors.iter().find(|(b, e)| b == base && kind_of(e) == kind);
            if let Some((_, e)) = found
                && *e < least
            {
                least = e.clone();
            }
            found.is_some()
        });
        let signs = graph.signs(*base);
        let safe = shared
            && group.iter().all(|&at| {
                let found = terms[at as usize].factors.iter().find(|(b, e)| b == base && kind_of(e) == kind);
                found.is_some_and(|(_, e)| adds(signs, &least, &(e - &least)))
            });
        if safe && !common.iter().any(|(b, _)| b == base) {
            common.push((*base, least));
        }
    }
    if common.is_empty() {
        return None;
    }
    let mut constant = Number::ZERO;
    let mut inner: Vec<(Vec<(ClassId, Number)>, Number)> = Vec::with_capacity(group.len());
    for &at in group {
        let term = &terms[at as usize];
        let mut left: Vec<(ClassId, Number)> = Vec::with_capacity(term.factors.len());
        let mut out = common.clone();
        for (base, exponent) in &term.factors {
            let kind = kind_of(exponent);
            match out.iter().position(|(b, least)| b == base && kind_of(least) == kind) {
                Some(at) => {
                    let rest = exponent - &out.swap_remove(at).1;
                    if !rest.is_zero() {
                        left.push((*base, rest));
                    }
                }
                None => left.push((*base, exponent.clone())),
            }
        }
        if left.is_empty() {
            constant += &term.coefficient;
        } else {
            inner.push((left, term.coefficient.clone()));
        }
    }
    let mut entries = Vec::with_capacity(inner.len());
    for (left, coefficient) in inner {
        entries.push((add_collected(graph, Node::product(Number::ONE, left)), coefficient));
    }
    Some((common, Node::sum(constant, entries)))
}

/// Takes the numbers out that all coefficients of a sum share, and a minus that all of them have.
fn content<T: Language>(graph: &mut EGraph<T>, class: ClassId, constant: &Number, sum: &Node) -> bool {
    let mut numbers = sum.entries().map(|(_, n)| n).chain((!constant.is_zero()).then_some(constant));
    let Some(first) = numbers.next() else {
        return false;
    };
    let (mut gcd, mut negative) = (first.abs(), first.is_negative());
    for n in numbers {
        gcd = gcd.gcd(n);
        negative &= n.is_negative();
    }
    let content = if negative { -&gcd } else { gcd };
    let Some(inverse) = content.recip().filter(|_| !content.is_one()) else {
        return false;
    };
    let inner = sum.entries().map(|(c, n)| (c, n * &inverse)).collect();
    let inner = add_collected(graph, Node::sum(constant * &inverse, inner));
    let to = add_collected(graph, Node::product(content, vec![(inner, Number::ONE)]));
    let from = if graph.has_journal() { graph.add(sum.clone()) } else { class };
    graph.union(from, to, Reason::Factor)
}

/// A product of classes.
type Factors = Vec<(ClassId, Number)>;

/// The terms of a product that is multiplied out: coefficients and sorted factors, not collected.
struct Expanded {
    terms: Vec<(Number, Factors)>,
    /// The product over those nodes of its children that were read.
    shown: (Number, Factors),
}

/// Multiplies a product out; `None` where no factor is a sum or there would be too many terms.
fn multiplied<T: Language>(graph: &EGraph<T>, product: &Node) -> Option<(Expanded, Vec<Option<Node>>)> {
    let NodeKind::Product(coefficient, _) = product.kind() else {
        return None;
    };
    let mut terms: Vec<(Number, Factors)> = vec![(coefficient.clone(), Vec::new())];
    let mut seen: Vec<Option<Node>> = Vec::with_capacity(product.len());
    let mut shown = Vec::with_capacity(product.len());
    for (base, n) in product.entries() {
        let base = graph.find(base);
        shown.push((base, n.clone()));
        let power = n.as_i64().filter(|n| (1..=EXPAND_POWER_MAX).contains(n));
        let widest = |nodes: &'_ [Node]| -> Option<Node> {
            let sums = nodes.iter().filter(|node| matches!(node.kind(), NodeKind::Sum(..)));
            sums.max_by_key(|node| node.len()).cloned()
        };
        let (Some(power), Some(sum)) = (power, widest(graph.nodes(base))) else {
            terms.iter_mut().for_each(|(_, factors)| factors.push((base, n.clone())));
            seen.push(None);
            continue;
        };
        let NodeKind::Sum(constant, _) = sum.kind() else {
            return None;
        };
        if (sum.len() + 1).saturating_mul(terms.len()) > EXPAND_TERMS_MAX * 2 {
            return None;
        }
        let parts: Vec<(Number, Factors)> = sum
            .entries()
            .map(|(class, k)| (k.clone(), factors_of(graph, graph.find(class)).1.into_vec()))
            .chain((!constant.is_zero()).then(|| (constant.clone(), Vec::new())))
            .collect();
        for _ in 0..power {
            let mut next = Vec::with_capacity(terms.len() * parts.len());
            for (c, factors) in &terms {
                for (k, part) in &parts {
                    next.push((c * k, [&factors[..], &part[..]].concat()));
                }
            }
            if next.len() > EXPAND_TERMS_MAX {
                return None;
            }
            terms = next;
        }
        seen.push(Some(sum));
    }
    if seen.iter().all(Option::is_none) {
        return None;
    }
    for (_, factors) in &mut terms {
        factors.sort_unstable();
        let signs = |c: ClassId| graph.signs(c);
        let mut at = 1;
        while at < factors.len() {
            let (before, this) = (&factors[at - 1], &factors[at]);
            if before.0 == this.0 && adds(signs(this.0), &before.1, &this.1) {
                factors[at - 1].1 = &before.1 + &this.1;
                factors.remove(at);
            } else {
                at += 1;
            }
        }
    }
    Some((Expanded { terms, shown: (coefficient.clone(), shown) }, seen))
}

/// With a journal, the class of a product over the sums that were read.
fn shown_class<T: Language>(graph: &mut EGraph<T>, expanded: &Expanded, seen: Vec<Option<Node>>) -> ClassId {
    let mut entries = expanded.shown.1.clone();
    for ((class, _), sum) in entries.iter_mut().zip(seen) {
        if let Some(sum) = sum {
            *class = graph.add(sum);
        }
    }
    graph.add(Node::product(expanded.shown.0.clone(), entries))
}

/// Adds multiplied terms to the entries of a sum.
fn push_terms<T: Language>(
    graph: &mut EGraph<T>,
    scale: &Number,
    terms: Vec<(Number, Factors)>,
    constant: &mut Number,
    entries: &mut Vec<(ClassId, Number)>,
) {
    for (c, factors) in terms {
        if factors.is_empty() {
            *constant += &(scale * &c);
        } else {
            entries.push((add_collected(graph, Node::product(Number::ONE, factors)), scale * &c));
        }
    }
}

/// Multiplies a product of sums out where like terms come of it; whether anything new was learned.
pub(super) fn expand<T: Language>(graph: &mut EGraph<T>, class: ClassId, product: &Node) -> bool {
    let Some((expanded, seen)) = multiplied(graph, product) else {
        return false;
    };
    let mut keys: Vec<&Factors> = expanded.terms.iter().map(|(_, factors)| factors).collect();
    keys.sort_unstable();
    if keys.windows(2).all(|pair| pair[0] != pair[1]) {
        return false;
    }
    let from = if graph.has_journal() { shown_class(graph, &expanded, seen) } else { class };
    let (mut constant, mut entries) = (Number::ZERO, Vec::with_capacity(expanded.terms.len()));
    push_terms(graph, &Number::ONE, expanded.terms, &mut constant, &mut entries);
    let to = add_collected(graph, Node::sum(constant, entries));
    graph.union(from, to, Reason::Expand)
}

/// Multiplies those terms of a sum out of which terms come that others are like; whether anything new was learned.
pub(super) fn distribute<T: Language>(graph: &mut EGraph<T>, class: ClassId, sum: &Node) -> bool {
    let NodeKind::Sum(constant, _) = sum.kind() else {
        return false;
    };
    let mut owners: HashMap<Factors, (u32, bool), FxBuildHasher> = HashMap::default();
    let mut expansions: Vec<Option<(Expanded, Vec<Option<Node>>)>> = Vec::with_capacity(sum.len());
    let mut note = |key: Factors, owner: u32| {
        owners.entry(key).and_modify(|(first, shared)| *shared |= *first != owner).or_insert((owner, false));
    };
    for (at, (term, _)) in sum.entries().enumerate() {
        let term = graph.find(term);
        let expansion = graph
            .nodes(term)
            .iter()
            .filter(|node| matches!(node.kind(), NodeKind::Product(..)))
            .find_map(|node| multiplied(graph, node));
        match &expansion {
            Some((expanded, _)) => {
                expanded.terms.iter().for_each(|(_, factors)| note(factors.clone(), at as u32))
            }
            None => note(factors_of(graph, term).1.into_vec(), at as u32),
        }
        expansions.push(expansion);
    }
    if expansions.iter().all(Option::is_none) {
        return false;
    }
    if !constant.is_zero() {
        note(Vec::new(), u32::MAX);
    }
    let wanted = |expanded: &Expanded| expanded.terms.iter().any(|(_, f)| owners.get(f).is_some_and(|o| o.1));
    if !expansions.iter().flatten().any(|(expanded, _)| wanted(expanded)) {
        return false;
    }
    let (mut left, mut total, mut entries) = (Vec::new(), constant.clone(), Vec::new());
    for ((term, n), expansion) in sum.entry_vec().into_iter().zip(expansions) {
        match expansion.filter(|(expanded, _)| wanted(expanded)) {
            Some((expanded, seen)) => {
                if graph.has_journal() {
                    left.push((shown_class(graph, &expanded, seen), n.clone()));
                }
                push_terms(graph, &n, expanded.terms, &mut total, &mut entries);
            }
            None => {
                left.push((term, n.clone()));
                entries.push((term, n));
            }
        }
    }
    let from = if graph.has_journal() { graph.add(Node::sum(constant.clone(), left)) } else { class };
    let to = add_collected(graph, Node::sum(total, entries));
    graph.union(from, to, Reason::Expand)
}
