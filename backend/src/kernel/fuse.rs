//! Fusion: which nests are computed where they are read, and which are stored.
//!
//! Three moves, in this order. A nest without a reduction is *inlined* into its readers when that repeats no work worth
//! speaking of. A reduction that reads a guarded window many times over reads a *padded copy* instead, so that its inner
//! loop has no guard. What follows a reduction element by element is *absorbed* into it, before its result is stored; where
//! that is a padded copy, the reduction writes into the copy.

use super::graph::{Graph, Input, NestNode, Place, REDUCED, Source, loads};
use super::index::{Facts, affine, mentions};
use super::nest::{Nest, Slot};
use super::{pad, product};
use braid_ir::ops::Reduction;
use braid_ir::term::Node;
use braid_ir::{ScalarOp, Term};
use std::collections::HashMap;

/// Repeating up to this many simple scalar operations per element is cheaper than a pass over memory.
const CHEAP_OPERATIONS: usize = 2;

/// The same where nothing is read at all, as in a mask that only depends on places.
const CHEAP_INDEX_OPERATIONS: usize = 6;

/// A value inlined into a reader may be computed at most this many times as often as it has elements.
const REPEATS: f64 = 2.0;

/// A body of more terms than this is stored, not inlined: its reader would be simplified with all of it once more.
const INLINED_MAX: usize = 128;

/// What a symbol counts as where extents are compared. Only speed depends on it.
const TYPICAL_SIZE: i64 = 64;

/// The nests of a graph that are stored, each with everything inlined and absorbed that belongs to it; `None` for the
/// others. Sources in them are parameters and stored nodes only.
pub fn fuse(graph: &mut Graph) -> Vec<Option<NestNode>> {
    pad::pad_windows(graph);
    let users = users(graph);
    let mut inlined: Vec<bool> = Vec::with_capacity(graph.nodes.len());
    let mut fused: Vec<NestNode> = Vec::with_capacity(graph.nodes.len());
    for (i, node) in graph.nodes.iter().enumerate() {
        let mut nest = node.clone();
        while let Some((k, p)) = nest.reads.iter().enumerate().find_map(|(k, read)| match read.source {
            Source::Node(p) if inlined[p] => Some((k, p)),
            _ => None,
        }) {
            inline(&mut nest, k, &fused[p]);
        }
        simplify(&mut nest, &graph.facts);
        let returned = graph.results.contains(&Source::Node(i));
        inlined.push(!returned && should_inline(graph, i, &nest, &users[i]));
        fused.push(nest);
    }
    let mut stored: Vec<Option<NestNode>> =
        fused.into_iter().zip(&inlined).map(|(nest, inlined)| (!inlined).then_some(nest)).collect();
    remove_unused(graph, &mut stored);
    absorb_all(graph, &mut stored);
    stored
}

/// Readers of every node: which node, and how often.
fn users(graph: &Graph) -> Vec<Vec<usize>> {
    let mut users = vec![Vec::new(); graph.nodes.len()];
    for (i, node) in graph.nodes.iter().enumerate() {
        for read in &node.reads {
            if let Source::Node(p) = read.source {
                users[p].push(i);
            }
        }
    }
    users
}

/// A term's value with every symbol at a typical size; at least 1, as what is left of a typical size by windows of unusual
/// length may be nothing, and all nests would look alike.
fn typical(term: Term) -> f64 {
    if let Some(value) = term.as_int() {
        return value as f64;
    }
    let syms = term.syms().into_iter().map(|s| (s, TYPICAL_SIZE)).collect();
    term.eval_int(&syms).map_or(TYPICAL_SIZE as f64, |v| v.max(1) as f64)
}

/// The product of extents, with symbols at a typical size.
pub fn size(extents: &[Term]) -> f64 {
    extents.iter().map(|&e| typical(e)).product()
}

/// The number of points of a nest.
pub fn work(nest: &NestNode) -> f64 {
    size(&nest.out) * size(&nest.reduce)
}

/// The number of scalar operations of a term; transcendental ones count as many.
fn cost(term: Term) -> usize {
    term.postorder()
        .iter()
        .map(|t| match t.node() {
            Node::Apply(op, _) if t.dtype() != braid_ir::DType::I64 => {
                use ScalarOp::*;
                match op {
                    Add | Sub | Mul | Min | Max | Neg | Abs | Select | Cast(_) | And | Or | Not | Lt | Le
                    | Eq | Ne => 1,
                    _ => 10,
                }
            }
            Node::Apply(ScalarOp::FloorDiv | ScalarOp::Mod, _) => 2,
            _ => 0,
        })
        .sum()
}

/// Whether the nest only moves elements of one operand, or has none.
fn only_moves(nest: &NestNode) -> bool {
    nest.reads.len() <= 1 && cost(nest.body) == 0
}

/// Whether node `i`, which is `nest` with its operands inlined, is computed where it is read.
fn should_inline(graph: &Graph, i: usize, nest: &NestNode, users: &[usize]) -> bool {
    if nest.reduction.is_some() || users.is_empty() || nest.body.postorder().len() > INLINED_MAX {
        return false;
    }
    let windowed =
        |u: usize| graph.nodes[u].reduction.is_some() && work(&graph.nodes[u]) > 2.0 * size(&nest.out);
    if only_moves(nest) {
        // A padded copy stays one: its guard must not come back into the loop that it was made for. Nor may a sum of
        // products lose its form for an address that it computes over and over.
        return !users.iter().any(|&u| {
            windowed(u) && (nest.reads.iter().any(|r| r.guard.is_some()) || spoils_product(graph, i, nest, u))
        });
    }
    let repeats = users.iter().map(|&u| work(&graph.nodes[u]) / size(&nest.out).max(1.0)).fold(0.0, f64::max);
    // A sum of products wants bare elements: its inner loop has no room for anything else.
    let contracted = users.iter().any(|&u| is_product(&graph.nodes[u]));
    let few_reads = nest.reads.len() <= 1 && !nest.reads.iter().any(|r| r.index.iter().any(|&t| loads(t)));
    let most = if nest.reads.is_empty() { CHEAP_INDEX_OPERATIONS } else { CHEAP_OPERATIONS };
    let cheap = cost(nest.body) <= most && few_reads;
    match users.len() {
        1 => !contracted && (cheap || repeats <= REPEATS),
        _ => cheap && !contracted && size(&nest.out) < 64.0,
    }
}

/// Whether node `u` is a sum of products in form, and no more so with `nest` in place of what it reads of node `i`.
fn spoils_product(graph: &Graph, i: usize, nest: &NestNode, u: usize) -> bool {
    let in_form = |node: &NestNode| {
        let anywhere = Slot::Temp(0);
        product::is_in_form(&Nest::new(graph, node, |_| anywhere, anywhere))
    };
    let user = &graph.nodes[u];
    if !is_product(user) || !in_form(user) {
        return false;
    }
    let mut spoilt = user.clone();
    while let Some(k) = spoilt.reads.iter().position(|read| read.source == Source::Node(i)) {
        inline(&mut spoilt, k, nest);
    }
    simplify(&mut spoilt, &graph.facts);
    !in_form(&spoilt)
}

fn is_product(node: &NestNode) -> bool {
    node.reduction == Some(Reduction::Sum)
        && matches!(node.body.node(), Node::Apply(ScalarOp::Mul, args)
            if args.iter().all(|a| matches!(a.node(), Node::Load(..))))
}

/// Replaces read `k` by the computation of its element.
fn inline(nest: &mut NestNode, k: usize, producer: &NestNode) {
    let read = nest.reads[k].clone();
    let count = producer.reads.len();
    let place = |term: Term| {
        term.substitute(&mut |node| match node {
            Node::Axis(axis) => Some(read.index[*axis as usize]),
            Node::Load(j, dtype) => Some(Term::load(k + *j as usize, *dtype)),
            _ => None,
        })
    };
    let mut moved: Vec<Input> = producer
        .reads
        .iter()
        .map(|input| Input {
            index: input.index.iter().map(|&t| place(t)).collect(),
            guard: both(read.guard, input.guard.map(place)),
            ..input.clone()
        })
        .collect();
    let mut value = place(producer.body);
    if let Some(guard) = read.guard {
        // A bare move keeps a bare read, with the guard in it, if what it gives outside is the same on both levels.
        let bare = count == 1
            && matches!(producer.body.node(), Node::Load(0, _))
            && (producer.reads[0].guard.is_none() || producer.reads[0].otherwise == read.otherwise);
        if bare {
            moved[0].otherwise = read.otherwise;
        } else {
            value = guard.select(value, Term::constant(read.otherwise));
        }
    }
    // Reads after the replaced one move to make room for the producer's.
    let renumber = |term: Term| {
        term.substitute(&mut |node| match node {
            Node::Load(j, dtype) if *j as usize != REDUCED && *j as usize > k => {
                Some(Term::load(*j as usize - 1 + count, *dtype))
            }
            Node::Load(j, _) if *j as usize == k => Some(value),
            _ => None,
        })
    };
    let after: Vec<Input> = nest.reads[k + 1..]
        .iter()
        .map(|input| Input {
            index: input.index.iter().map(|&t| renumber(t)).collect(),
            guard: input.guard.map(renumber),
            ..input.clone()
        })
        .collect();
    nest.body = renumber(nest.body);
    nest.reads.truncate(k);
    nest.reads.extend(moved);
    nest.reads.extend(after);
}

/// Both conditions, where there are any.
pub fn both(a: Option<Term>, b: Option<Term>) -> Option<Term> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.and(b)),
        (a, b) => a.or(b),
    }
}

/// Resolves index arithmetic by ranges, then merges equal reads and drops unused ones.
pub fn simplify(nest: &mut NestNode, facts: &Facts) {
    let facts = facts.with_axes(nest.out.iter().chain(&nest.reduce).copied());
    for read in &mut nest.reads {
        read.guard = read.guard.map(|g| facts.simplify(g)).filter(|g| g.as_bool() != Some(true));
        read.index.iter_mut().for_each(|t| *t = facts.simplify(*t));
    }
    nest.body = facts.simplify(nest.body);
    merge_reads(nest);
}

/// Merges equal reads and drops those that nothing uses.
fn merge_reads(nest: &mut NestNode) {
    let mut used = vec![false; nest.reads.len()];
    let mark = |term: Term, used: &mut Vec<bool>| {
        for t in term.postorder() {
            if let Node::Load(k, _) = t.node()
                && (k as usize) < used.len()
            {
                used[k as usize] = true;
            }
        }
    };
    mark(nest.body, &mut used);
    nest.finish.iter().for_each(|&t| mark(t, &mut used));
    for k in (0..nest.reads.len()).rev() {
        if used[k] {
            nest.reads[k].index.iter().chain(&nest.reads[k].guard).for_each(|&t| mark(t, &mut used));
        }
    }
    let mut kept: Vec<Input> = Vec::new();
    let mut number: HashMap<u32, usize> = HashMap::new();
    for (k, read) in std::mem::take(&mut nest.reads).into_iter().enumerate() {
        if !used[k] {
            continue;
        }
        let read = Input {
            index: read.index.iter().map(|&t| renumbered(t, &number)).collect(),
            guard: read.guard.map(|t| renumbered(t, &number)),
            ..read
        };
        let at = kept.iter().position(|other| *other == read).unwrap_or_else(|| {
            kept.push(read);
            kept.len() - 1
        });
        number.insert(k as u32, at);
    }
    nest.reads = kept;
    nest.body = renumbered(nest.body, &number);
    nest.finish = nest.finish.map(|t| renumbered(t, &number));
}

fn renumbered(term: Term, number: &HashMap<u32, usize>) -> Term {
    term.substitute(&mut |node| match node {
        Node::Load(k, dtype) => number.get(k).map(|&at| Term::load(at, *dtype)),
        _ => None,
    })
}

/// How often stored nests read each node.
struct Uses(Vec<usize>);

impl Uses {
    fn of(stored: &[Option<NestNode>]) -> Uses {
        let mut uses = Uses(vec![0; stored.len()]);
        stored.iter().flatten().for_each(|nest| uses.count(nest, 1));
        uses
    }

    /// Counts the reads of a nest in, or out again.
    fn count(&mut self, nest: &NestNode, by: isize) {
        for read in &nest.reads {
            if let Source::Node(p) = read.source {
                self.0[p] = self.0[p].wrapping_add_signed(by);
            }
        }
    }
}

fn remove_unused(graph: &Graph, stored: &mut [Option<NestNode>]) {
    let mut uses = Uses::of(stored);
    for i in (0..stored.len()).rev() {
        let returned = graph.results.contains(&Source::Node(i));
        if !returned && uses.0[i] == 0 {
            stored[i].take().iter().for_each(|nest| uses.count(nest, -1));
        }
    }
}

/// Computes what follows a reduction where its result is still in registers.
fn absorb_all(graph: &Graph, stored: &mut [Option<NestNode>]) {
    let mut uses = Uses::of(stored);
    for i in 0..stored.len() {
        let Some(nest) = stored[i].clone() else { continue };
        if nest.reduction.is_some() {
            continue;
        }
        let same_place: Vec<Term> = (0..nest.rank()).map(Term::axis).collect();
        let candidate = nest
            .reads
            .iter()
            .enumerate()
            .filter_map(|(k, read)| match read.source {
                Source::Node(p) if uses.0[p] == 1 && !graph.results.contains(&read.source) => {
                    let reduction =
                        stored[p].as_ref().filter(|r| r.reduction.is_some() && r.finish.is_none())?;
                    let length = size(&reduction.reduce);
                    let same = in_place(&read.index, &nest.out) == same_place
                        && read.guard.is_none()
                        && reduction.out == nest.out;
                    if same {
                        return Some((k, p, length, After::InPlace));
                    }
                    let inside = pad::interior(&nest, k, &reduction.out, &graph.facts);
                    let inside = inside.map(|(after, place)| After::Inside(after, place));
                    let after =
                        inside.or_else(|| elsewhere(graph, reduction, &nest, read).map(After::Elsewhere));
                    after.map(|after| (k, p, length, after))
                }
                _ => None,
            })
            .max_by(|a, b| a.2.total_cmp(&b.2));
        if let Some((k, p, _, after)) = candidate {
            let reduction = stored[p].take().expect("a stored node");
            uses.count(&nest, -1);
            uses.count(&reduction, -1);
            let absorbed = match after {
                After::Inside(after, place) => {
                    let k = after
                        .reads
                        .iter()
                        .position(|r| r.source == Source::Node(p))
                        .expect("it reads the reduction");
                    NestNode { place: Some(place), ..absorb(reduction, &after, k) }
                }
                After::Elsewhere(reduction) => absorb(reduction, &nest, k),
                After::InPlace => absorb(reduction, &nest, k),
            };
            uses.count(&absorbed, 1);
            stored[i] = Some(absorbed);
        }
    }
}

/// Where what follows a reduction puts its results.
enum After {
    /// Each where the reduction's is.
    InPlace,
    /// In the middle of a padded copy: what follows, and its place.
    Inside(NestNode, Place),
    /// In another order: the reduction in this order.
    Elsewhere(NestNode),
}

/// The reduction in the order of `nest`, which reads it at `read`: its axes are the nest's. The two must have as many points, one the
/// neighbours of the other, and a sum of products stays one in form.
fn elsewhere(graph: &Graph, reduction: &NestNode, nest: &NestNode, read: &Input) -> Option<NestNode> {
    let points = |extents: &[Term]| extents.iter().fold(Term::int(1), |n, &d| n * d);
    let last = nest.rank().checked_sub(1)?;
    let (inner, outer) = read.index.split_last()?;
    let next = affine(*inner, nest.rank())?.0[last].as_int() == Some(1);
    if read.guard.is_some()
        || !next
        || read.index.iter().any(|&at| loads(at))
        || outer.iter().any(|&at| mentions(at, last))
        || points(&nest.out) != points(&reduction.out)
    {
        return None;
    }
    let renamed = |term: Term| {
        term.substitute(&mut |node| match node {
            Node::Axis(axis) => Some(match (*axis as usize).checked_sub(reduction.rank()) {
                Some(summed) => Term::axis(nest.rank() + summed),
                None => read.index[*axis as usize],
            }),
            _ => None,
        })
    };
    let mut result = NestNode { out: nest.out.clone(), body: renamed(reduction.body), ..reduction.clone() };
    for read in &mut result.reads {
        read.index.iter_mut().for_each(|at| *at = renamed(*at));
        read.guard = read.guard.map(renamed);
    }
    simplify(&mut result, &graph.facts);
    let in_form = |node: &NestNode| {
        let anywhere = Slot::Temp(0);
        product::is_in_form(&Nest::new(graph, node, |_| anywhere, anywhere))
    };
    (!in_form(reduction) || in_form(&result)).then_some(result)
}

/// An index with the loop's own axis where the extent is 1: there the row may say 0 as well.
pub fn in_place(index: &[Term], extents: &[Term]) -> Vec<Term> {
    let one = |d: usize| extents.get(d).and_then(|e| e.as_int()) == Some(1);
    index
        .iter()
        .enumerate()
        .map(|(d, &at)| if one(d) && at == Term::int(0) { Term::axis(d) } else { at })
        .collect()
}

/// The reduction with `after` computed from its result, which `after` reads as number `k`.
fn absorb(mut reduction: NestNode, after: &NestNode, k: usize) -> NestNode {
    let offset = reduction.reads.len();
    let shifted = |term: Term| {
        term.substitute(&mut |node| match node {
            Node::Load(j, dtype) if *j as usize == k => Some(Term::load(REDUCED, *dtype)),
            Node::Load(j, dtype) => Some(Term::load(offset + *j as usize, *dtype)),
            _ => None,
        })
    };
    for read in &after.reads {
        reduction.reads.push(Input {
            index: read.index.iter().map(|&t| shifted(t)).collect(),
            guard: read.guard.map(shifted),
            ..read.clone()
        });
    }
    reduction.finish = Some(shifted(after.body));
    reduction.dtype = after.dtype;
    merge_reads(&mut reduction);
    reduction
}
