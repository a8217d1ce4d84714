//! The normal form of sums and products in an e-graph: numbers folded, multiples of one class told as such, like terms
//! collected, sums in sums and products in products opened. Runs between rounds of rules.

use super::engine::{ClassId, EGraph, Node, NodeIndex, NodeKind, Reason, adds, collect};
use super::language::{Language, Role};
use super::scalar::constant_power;
use crate::facts::Facts;
use crate::number::Number;
use std::time::Instant;

/// Sums and products that would have more children than this are not opened into their surroundings.
const FLAT_CHILDREN_MAX: usize = 4096;

/// Puts sums and products into normal form, as far as it comes by some time; whether anything changed. Leaves the e-graph
/// rebuilt.
pub(super) fn normalise<T: Language>(graph: &mut EGraph<T>, until: Option<Instant>) -> bool {
    let before = graph.original_nodes().len();
    let mut changed = fold_constants(graph);
    for index in [NodeIndex::Product, NodeIndex::Sum] {
        for class in graph.classes_with(index) {
            if until.is_some_and(|until| Instant::now() > until) {
                break;
            }
            let class = graph.find(class);
            let nodes: Vec<Node> = graph.nodes(class).to_vec();
            let mut superfluous = Vec::new();
            for node in nodes {
                let collected = match node.kind() {
                    NodeKind::Plain(_) => continue,
                    NodeKind::Sum(constant, _) => collected_sum(graph, constant, &node),
                    NodeKind::Product(coefficient, _) => collected_product(graph, coefficient, &node),
                };
                let normal = match collected {
                    Some(normal) => {
                        superfluous.push(node.clone());
                        let from = shown(graph, class, &node, collecting);
                        changed |= join(graph, from, &normal, Reason::Collect);
                        normal
                    }
                    None => node,
                };
                tell_multiple(graph, class, &normal);
                if let Some(flat) = flattened(graph, class, &normal) {
                    let from = shown(graph, class, &normal, opening);
                    changed |= join(graph, from, &flat, Reason::Flatten);
                }
            }
            if !superfluous.is_empty() {
                graph.forget(class, &superfluous);
            }
        }
    }
    graph.rebuild();
    // What was added has not been looked at yet.
    changed || graph.original_nodes().len() > before
}

/// Classes that are constants hold the constant.
fn fold_constants<T: Language>(graph: &mut EGraph<T>) -> bool {
    let mut changed = false;
    for class in graph.classes() {
        let Some(value) = graph.constant(class).cloned() else {
            continue;
        };
        let constant = |node: &Node| match node.kind() {
            NodeKind::Plain(head) => T::role(graph.head(*head)) == Role::Number(value.clone()),
            _ => false,
        };
        if graph.nodes(class).iter().any(constant) {
            continue;
        }
        if let Some(number) = graph.add_number(&value) {
            changed |= graph.union(class, number, Reason::Collect);
        }
    }
    if changed {
        graph.rebuild();
    }
    changed
}

/// Adds the class of a sum or product, which is a class by itself or a constant where little is left of it.
pub(super) fn add_normal<T: Language>(graph: &mut EGraph<T>, node: Node) -> ClassId {
    match node.kind() {
        NodeKind::Sum(constant, numbers) => {
            if numbers.is_empty()
                && let Some(class) = graph.add_number(constant)
            {
                return class;
            }
            if numbers.len() == 1 && constant.is_zero() {
                if numbers[0].is_one() {
                    return node.child(0);
                }
                return add_scaled(graph, numbers[0].clone(), node.child(0));
            }
        }
        NodeKind::Product(coefficient, numbers) => {
            if numbers.is_empty()
                && let Some(class) = graph.add_number(coefficient)
            {
                return class;
            }
            if numbers.len() == 1 && coefficient.is_one() && numbers[0].is_one() {
                return node.child(0);
            }
        }
        NodeKind::Plain(_) => {}
    }
    graph.add(node)
}

/// Adds the class of a sum or product with its numbers and multiples collected. In an e-graph with a journal the node is
/// added as it is, since the journal tells of the collecting.
pub(super) fn add_collected<T: Language>(graph: &mut EGraph<T>, node: Node) -> ClassId {
    if graph.has_journal() {
        return add_normal(graph, node);
    }
    let collected = match node.kind() {
        NodeKind::Plain(_) => None,
        NodeKind::Sum(constant, _) => collected_sum(graph, constant, &node),
        NodeKind::Product(coefficient, _) => collected_product(graph, coefficient, &node),
    };
    add_normal(graph, collected.unwrap_or(node))
}

/// The class of a number times a class.
pub(super) fn add_scaled<T: Language>(graph: &mut EGraph<T>, scale: Number, class: ClassId) -> ClassId {
    if scale.is_one() {
        return class;
    }
    graph.add(Node::product(scale, vec![(class, Number::ONE)]))
}

fn join<T: Language>(graph: &mut EGraph<T>, from: ClassId, to: &Node, reason: Reason) -> bool {
    let to = add_normal(graph, to.clone());
    graph.union(from, to, reason)
}

/// The class of a node. With a journal, the node over those nodes of its children that a step looks at.
fn shown<T: Language>(
    graph: &mut EGraph<T>,
    class: ClassId,
    node: &Node,
    look: impl Fn(&EGraph<T>, ClassId, ClassId, &Number, bool) -> Option<Node>,
) -> ClassId {
    if !graph.has_journal() {
        return class;
    }
    let is_sum = matches!(node.kind(), NodeKind::Sum(..));
    let mut entries = node.entry_vec();
    for (child, n) in &mut entries {
        if let Some(seen) = look(graph, class, *child, n, is_sum) {
            *child = graph.add(seen);
        }
    }
    graph.add(match node.kind() {
        NodeKind::Sum(constant, _) => Node::sum(constant.clone(), entries),
        NodeKind::Product(coefficient, _) => Node::product(coefficient.clone(), entries),
        NodeKind::Plain(_) => return class,
    })
}

/// What collecting looks at: numbers and multiples.
fn collecting<T: Language>(
    graph: &EGraph<T>,
    _: ClassId,
    child: ClassId,
    _: &Number,
    _: bool,
) -> Option<Node> {
    let child = graph.find(child);
    if let Some(value) = graph.constant(child) {
        let head = T::head_of(Role::Number(value.clone()))?;
        return Some(Node::plain(graph.head_id(&head)?, []));
    }
    let (factor, of) = graph.scale(child)?;
    Some(Node::product(factor.clone(), vec![(of, Number::ONE)]))
}

/// What flattening looks at: the sum in the sum, the product in the product.
fn opening<T: Language>(
    graph: &EGraph<T>,
    class: ClassId,
    child: ClassId,
    n: &Number,
    is_sum: bool,
) -> Option<Node> {
    opened(graph, class, child, n, is_sum).cloned()
}

/// The sum with its numbers and multiples collected; `None` where it is so already.
fn collected_sum<T: Language>(graph: &mut EGraph<T>, constant: &Number, node: &Node) -> Option<Node> {
    let mut constant = constant.clone();
    let mut terms: Vec<(ClassId, Number)> = Vec::with_capacity(node.len());
    let mut changed = false;
    for (class, n) in node.entries() {
        let class = graph.find(class);
        if let Some(value) = graph.constant(class) {
            constant += &(n * value);
            changed = true;
        } else if n.is_zero() && graph.is_total(class) {
            changed = true;
        } else if let Some((factor, of)) = graph.scale(class) {
            terms.push((of, n * factor));
            changed = true;
        } else {
            terms.push((class, n.clone()));
        }
    }
    if changed {
        collect(&mut terms, |_, _| true);
    }
    let degenerate = terms.len() == 1 && constant.is_zero() || terms.is_empty();
    (changed || degenerate).then(|| Node::sum(constant, terms))
}

/// The product with its numbers, multiples and like factors collected; `None` where it is so already.
fn collected_product<T: Language>(graph: &mut EGraph<T>, coefficient: &Number, node: &Node) -> Option<Node> {
    let mut coefficient = coefficient.clone();
    let mut factors: Vec<(ClassId, Number)> = Vec::with_capacity(node.len());
    let mut changed = false;
    for (class, n) in node.entries() {
        let class = graph.find(class);
        let constant = graph.constant(class).and_then(|value| constant_power(value, n));
        if let Some(value) = constant {
            coefficient = &coefficient * &value;
            changed = true;
        } else if n.is_zero() && graph.is_total(class) {
            changed = true;
        } else if let Some((factor, of)) = graph.scale(class)
            && (n.is_integer() || !factor.is_negative())
            && let Some(value) = constant_power(factor, n)
        {
            coefficient = &coefficient * &value;
            factors.push((of, n.clone()));
            changed = true;
        } else {
            factors.push((class, n.clone()));
        }
    }
    factors.sort_unstable();
    let mut at = 1;
    while at < factors.len() {
        let (class, earlier, later) = (factors[at].0, &factors[at - 1], &factors[at]);
        if earlier.0 == class && adds(graph.signs(class), &earlier.1, &later.1) {
            factors[at - 1].1 = &earlier.1 + &later.1;
            factors.remove(at);
            changed = true;
        } else {
            at += 1;
        }
    }
    if coefficient.is_zero()
        && factors.iter().all(|(c, n)| power_is_total(graph, *c, n))
        && !factors.is_empty()
    {
        factors.clear();
        changed = true;
    }
    let degenerate =
        factors.is_empty() || factors.len() == 1 && coefficient.is_one() && factors[0].1.is_one();
    (changed || degenerate).then(|| Node::product(coefficient, factors))
}

fn power_is_total<T: Language>(graph: &EGraph<T>, base: ClassId, n: &Number) -> bool {
    graph.is_total(base) && graph.signs(base) & !Facts::power_domain(n) == 0
}

/// Notes that a product with a coefficient is a multiple of the product without.
fn tell_multiple<T: Language>(graph: &mut EGraph<T>, class: ClassId, node: &Node) {
    let NodeKind::Product(coefficient, _) = node.kind() else {
        return;
    };
    if coefficient.is_one() || coefficient.is_zero() || node.is_empty() || graph.scale(class).is_some() {
        return;
    }
    let monic = Node::product(Number::ONE, node.entries().map(|(c, n)| (c, n.clone())).collect());
    let very = add_normal(graph, monic);
    let of = graph.find(very);
    // A multiple of itself is zero, or undefined everywhere; nothing is gained by saying so here.
    if of == graph.find(class) || graph.scale(of).is_some() {
        return;
    }
    // Of two classes that are multiples of each other, the older one is told apart.
    let back = |inner: &Node| {
        matches!(inner.kind(), NodeKind::Product(..))
            && inner.len() == 1
            && graph.find(inner.child(0)) == graph.find(class)
    };
    if of > graph.find(class) && graph.nodes(of).iter().any(back) {
        return;
    }
    graph.set_scale(class, coefficient.clone(), of);
    // Extraction writes the multiple in this way, so a proof has to know the very node.
    if graph.has_journal() {
        let (from, to) = (node.clone(), Node::product(coefficient.clone(), vec![(very, Number::ONE)]));
        let (from, to) = (graph.add(from), graph.add(to));
        graph.union(from, to, Reason::Flatten);
    }
}

/// The node with sums in a sum, or products in a product, opened; `None` where there are none.
fn flattened<T: Language>(graph: &EGraph<T>, class: ClassId, node: &Node) -> Option<Node> {
    let is_sum = matches!(node.kind(), NodeKind::Sum(..));
    let mut number = match node.kind() {
        NodeKind::Sum(n, _) | NodeKind::Product(n, _) => n.clone(),
        NodeKind::Plain(_) => return None,
    };
    let mut entries = Vec::with_capacity(node.len());
    let mut any = false;
    for (child, n) in node.entries() {
        let Some(inner) = opened(graph, class, child, n, is_sum) else {
            entries.push((child, n.clone()));
            continue;
        };
        any = true;
        match inner.kind() {
            NodeKind::Sum(constant, _) => {
                number += &(n * constant);
                entries.extend(inner.entries().map(|(c, m)| (c, n * m)));
            }
            NodeKind::Product(coefficient, _) => {
                number = &number * &constant_power(coefficient, n)?;
                entries.extend(inner.entries().map(|(c, m)| (c, n * m)));
            }
            NodeKind::Plain(_) => {}
        }
        if entries.len() > FLAT_CHILDREN_MAX {
            return None;
        }
    }
    any.then(|| if is_sum { Node::sum(number, entries) } else { Node::product(number, entries) })
}

/// The node of a child that is opened into the sum or product around it.
fn opened<'g, T: Language>(
    graph: &'g EGraph<T>,
    class: ClassId,
    child: ClassId,
    n: &Number,
    is_sum: bool,
) -> Option<&'g Node> {
    if graph.find(child) == graph.find(class) {
        return None;
    }
    // A class with a term that is no sum or product stands for that: else `exp(y)` would be opened as `exp(x)*exp(y - x)`,
    // and that again.
    if graph.nodes(child).iter().any(|inner| matches!(inner.kind(), NodeKind::Plain(_))) {
        return None;
    }
    let outside = |inner: &&Node| {
        inner.children().all(|c| graph.find(c) != graph.find(class) && graph.find(c) != graph.find(child))
    };
    let fits = |inner: &&Node| match (inner.kind(), is_sum) {
        (NodeKind::Sum(..), true) => true,
        (NodeKind::Product(c, _), false) => c.is_one() && !inner.is_empty() && spreads(graph, inner, n),
        _ => false,
    };
    graph.nodes(child).iter().filter(fits).filter(outside).max_by_key(|inner| inner.len())
}

/// Whether `(c·Π bᵐ)ⁿ` is `cⁿ·Π bᵐⁿ`, everywhere and with the same domain.
fn spreads<T: Language>(graph: &EGraph<T>, inner: &Node, n: &Number) -> bool {
    if n.is_one() {
        return true;
    }
    if n.is_zero() || matches!(inner.kind(), NodeKind::Product(c, _) if !n.is_integer() && c.is_negative()) {
        return false;
    }
    if let NodeKind::Product(c, _) = inner.kind()
        && constant_power(c, n).is_none()
    {
        return false;
    }
    let many = inner.len() > 1;
    inner.entries().all(|(base, m)| {
        let signs = graph.signs(base);
        let power_signs = if m.is_even() { 6 } else { signs };
        let fits = n.is_integer() || !many || power_signs & Facts::NEG.bits() == 0;
        fits && powers_multiply(signs, m, n)
    })
}

/// Whether `(base^inner)^outer` is `base^(inner*outer)`, everywhere and with the same domain.
fn powers_multiply(signs: u8, inner: &Number, outer: &Number) -> bool {
    if !outer.is_integer() && signs & Facts::NEG.bits() & Facts::power_domain(inner) != 0 {
        return false;
    }
    let mut before = Facts::power_domain(inner);
    if outer.is_negative() {
        before &= !Facts::ZERO.bits();
    }
    before & signs == Facts::power_domain(&(inner * outer)) & signs
}
