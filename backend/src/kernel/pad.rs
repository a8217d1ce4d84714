//! Padding: copies of what guarded windows see, so that the loops over windows have no guard, and reductions that write
//! their result into the middle of such a copy.

use super::fuse::{both, in_place, simplify, size, work};
use super::graph::{Graph, Input, NestNode, Place, Source, loads};
use super::index::{Facts, affine, summands};
use braid_ir::term::Node;
use braid_ir::{ScalarOp, Term};

/// Gives reductions over guarded windows a padded copy to read.
pub fn pad_windows(graph: &mut Graph) {
    let mut i = 0;
    while i < graph.nodes.len() {
        let node = &graph.nodes[i];
        let work = work(node);
        let padded = node.reduction.and_then(|_| {
            node.reads.iter().enumerate().find_map(|(k, read)| {
                let shape = graph.shape(read.source);
                let reread = work > 2.0 * size(shape);
                let pad = reread.then(|| padded_read(node, read, shape, &graph.facts)).flatten();
                pad.map(|(copy, index)| (k, copy, index))
            })
        });
        if let Some((k, copy, index)) = padded {
            insert_before(graph, i, copy);
            let read = &mut graph.nodes[i + 1].reads[k];
            read.source = Source::Node(i);
            read.index = index;
            read.guard = None;
        } else {
            i += 1;
        }
    }
}

/// Inserts a node at position `at`; everything from there on moves by one.
fn insert_before(graph: &mut Graph, at: usize, node: NestNode) {
    let moved = |source: &mut Source| {
        if let Source::Node(p) = source
            && *p >= at
        {
            *p += 1;
        }
    };
    for later in &mut graph.nodes[at..] {
        later.reads.iter_mut().for_each(|read| moved(&mut read.source));
    }
    graph.results.iter_mut().for_each(moved);
    graph.nodes.insert(at, node);
}

/// The padded copy of what a guarded read sees, and the read's index into it; `None` if the guard says more than that
/// the index is in bounds, or the index is not affine.
fn padded_read(
    node: &NestNode,
    read: &Input,
    shape: &[Term],
    facts: &Facts,
) -> Option<(NestNode, Vec<Term>)> {
    let guard = read.guard?;
    let extents: Vec<Term> = node.out.iter().chain(&node.reduce).copied().collect();
    let facts = facts.with_axes(extents.iter().copied());
    let mut conditions = vec![guard];
    let (mut in_bounds, mut multiples) = (Vec::new(), Vec::new());
    while let Some(condition) = conditions.pop() {
        match condition.node() {
            Node::Apply(ScalarOp::And, args) => conditions.extend(args.iter().copied()),
            Node::Apply(ScalarOp::Le, args) => in_bounds.push(args[1] - args[0]),
            Node::Apply(ScalarOp::Lt, args) => in_bounds.push(args[1] - args[0] - Term::int(1)),
            Node::Apply(ScalarOp::Eq, _) => multiples.push(condition),
            _ => return None,
        }
    }
    let (mut out, mut index, mut source, mut inside) = (vec![], vec![], vec![], None);
    for (d, (&plain, &dim)) in read.index.iter().zip(shape).enumerate() {
        // The index is a position in the operand with its elements spread by `dilation`, zeros between them.
        let (at, dilation) = dilated(plain);
        let last = (dim - Term::int(1)) * dilation;
        let conditions = in_bounds.len() + multiples.len();
        in_bounds.retain(|&margin| margin != at && margin != last - at);
        let on_element = |at: Term| at.modulo(dilation).equals(Term::int(0));
        multiples.retain(|&multiple| multiple != on_element(at));
        if in_bounds.len() + multiples.len() == conditions {
            out.push(dim);
            index.push(plain);
            source.push(Term::axis(d));
            continue;
        }
        // The least and the greatest index that occur.
        let (coefficients, base) = affine(at, extents.len())?;
        let (mut low, mut high) = (base, base);
        // What the two differ by at least: no extent is negative, whatever is known of its symbols.
        let mut least = 0i128;
        for (&c, &extent) in coefficients.iter().zip(&extents) {
            let farthest = (extent - Term::int(1)) * c;
            let c = i128::from(c.as_int()?);
            if c >= 0 {
                high = high + farthest;
            } else {
                low = low + farthest;
            }
            least += c.abs() * (facts.range(extent).0.unwrap_or(0).max(0) - 1);
        }
        if least < -1 && facts.decide(low.less_equal(high)) != Some(true) {
            return None;
        }
        let at_source = Term::axis(d) + low;
        out.push(high - low + Term::int(1));
        index.push(at - low);
        source.push(at_source.floor_div(dilation));
        let here =
            Term::int(0).less_equal(at_source).and(at_source.less_equal(last)).and(on_element(at_source));
        inside = both(inside, Some(here));
    }
    if !in_bounds.is_empty() || !multiples.is_empty() {
        return None;
    }
    let copy = NestNode {
        out,
        reduce: vec![],
        reads: vec![Input {
            source: read.source,
            dtype: read.dtype,
            index: source,
            guard: inside,
            otherwise: read.otherwise,
        }],
        body: Term::load(0, read.dtype),
        reduction: None,
        finish: None,
        dtype: read.dtype,
        place: None,
    };
    Some((copy, index))
}

/// `index = position // dilation`; the dilation is 1 where there is no quotient.
fn dilated(index: Term) -> (Term, Term) {
    let quotient = summands(index).into_iter().find_map(|(coefficient, product)| match product?.node() {
        Node::Apply(ScalarOp::FloorDiv, args) if coefficient == 1 => Some((product?, args[0], args[1])),
        _ => None,
    });
    match quotient {
        // Whole multiples of the divisor have been taken out of the quotient.
        Some((quotient, dividend, divisor)) => (dividend + (index - quotient) * divisor, divisor),
        None => (index, Term::int(1)),
    }
}

/// What a padded copy computes of the result of a reduction that it reads as number `k`, as a nest over that result's own
/// extents, and where that lies in the copy; `None` if `nest` is no such copy.
pub fn interior(nest: &NestNode, k: usize, result: &[Term], facts: &Facts) -> Option<(NestNode, Place)> {
    let read = &nest.reads[k];
    let guard = read.guard?;
    if nest.out.len() != result.len() {
        return None;
    }
    let (value, fill) = match nest.body.node() {
        Node::Apply(ScalarOp::Select, args) if args[0] == guard => (args[1], args[2].as_const()?),
        Node::Load(load, _) if load as usize == k => (nest.body, read.otherwise),
        _ => return None,
    };
    let own = in_place(&read.index, &nest.out);
    let shifts: Vec<Term> = own.iter().enumerate().map(|(d, &at)| at - Term::axis(d)).collect();
    let moves = |t: Term| t.postorder().iter().any(|t| matches!(t.node(), Node::Axis(_)));
    if shifts.iter().any(|&shift| moves(shift) || loads(shift)) {
        return None;
    }
    // Inside is exactly where the read is in bounds.
    let mut conditions = vec![guard];
    while let Some(condition) = conditions.pop() {
        let margin = match condition.node() {
            Node::Apply(ScalarOp::And, args) => {
                conditions.extend(args.iter().copied());
                continue;
            }
            Node::Apply(ScalarOp::Le, args) => args[1] - args[0],
            Node::Apply(ScalarOp::Lt, args) => args[1] - args[0] - Term::int(1),
            _ => return None,
        };
        // Sizes may be said in several ways.
        let margin = facts.simplify(margin);
        let bound = |(&at, &dim): (&Term, &Term)| {
            margin == facts.simplify(at) || margin == facts.simplify(dim - Term::int(1) - at)
        };
        if !read.index.iter().zip(result).any(bound) {
            return None;
        }
    }
    let moved = |term: Term| {
        term.substitute(&mut |node| match node {
            Node::Axis(axis) => Some(Term::axis(*axis as usize) - shifts[*axis as usize]),
            _ => None,
        })
    };
    let reads = nest
        .reads
        .iter()
        .map(|input| Input {
            index: input.index.iter().map(|&t| moved(t)).collect(),
            // Inside, the guard holds.
            guard: input.guard.filter(|&other| other != guard).map(moved),
            ..input.clone()
        })
        .collect();
    let mut after = NestNode { out: result.to_vec(), reads, body: moved(value), ..nest.clone() };
    simplify(&mut after, facts);
    // The read must have come out as the result itself.
    let same_place = (0..result.len()).map(Term::axis).collect::<Vec<_>>();
    let whole = after
        .reads
        .iter()
        .filter(|r| r.source == read.source)
        .all(|r| r.guard.is_none() && in_place(&r.index, result) == same_place);
    let offset = shifts.iter().map(|&shift| Term::int(0) - shift).collect();
    whole.then(|| (after, Place { shape: nest.out.clone(), offset, fill }))
}
