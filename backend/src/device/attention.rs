//! Fused attention: the nests that together are a product, a softmax of its rows and a product with that, found by what they read and
//! compute.
//!
//! In order: a sum of products (the scores), any number of nests that change scores element by element (a scale, a mask), the rows'
//! maxima, `exp(score - maximum)`, its sums, the quotient, and a sum of products of that. Nothing else may read what they hand on. If
//! anything is different, nothing is found, and the nests are scheduled as all others.

use super::schedule::{Abilities, local, with_rows};
use crate::kernel::form::Attention;
use crate::kernel::fuse::size;
use crate::kernel::graph::loads;
use crate::kernel::index::affine;
use crate::kernel::nest::{Nest, Slot};
use braid_ir::ops::Reduction;
use braid_ir::term::Node;
use braid_ir::{DType, ScalarOp, Term};

/// Fewer products of scores than this are not worth a kernel of their own.
const PRODUCTS_MIN: f64 = 32768.0;
/// Fewer rows than this that share keys and values are no tile.
const ROWS_MIN: f64 = 8.0;
/// Elements of a query, a key or a value at most.
const WIDTH_MAX: i64 = 256;
/// Workgroups that keep a device busy.
const WORKGROUPS: f64 = 128.0;
/// Bytes of workgroup memory that every device has, and that those of NVIDIA have.
const BYTES_MAX: [i64; 2] = [16 * 1024, 48 * 1024];
/// Rows and keys of a tile, by preference.
const TILES: [(u32, u32); 5] = [(64, 32), (32, 32), (32, 16), (16, 32), (16, 16)];

/// The same on matrix units, up to this many elements of a query, a key or a value.
const UNITS_TILE: (u32, u32) = (64, 32);
/// More would not fit into registers.
const UNITS_WIDTH_MAX: u32 = 128;

/// Attention, and the numbers of its nests.
struct Found {
    attention: Attention,
    members: Vec<usize>,
}

/// Brings the nests of each attention together: what stands between them reads nothing of them, and goes before.
pub(super) fn gather(nests: &mut [Nest], abilities: Abilities) {
    let mut at = 0;
    while at < nests.len() {
        if let Some(Found { members, .. }) = find(nests, at, abilities) {
            let end = members.iter().fold(at, |end, &member| end.max(member + 1));
            // Members keep their order; false comes first.
            let mut order: Vec<usize> = (at..end).collect();
            order.sort_by_key(|number| members.contains(number));
            let ordered: Vec<Nest> = order.iter().map(|&number| nests[number].clone()).collect();
            nests[at..end].clone_from_slice(&ordered);
            at = end;
        } else {
            at += 1;
        }
    }
}

/// The attention whose nests are those from `at` on, and how many they are.
pub(super) fn starting(nests: &[Nest], at: usize, abilities: Abilities) -> Option<(Attention, usize)> {
    let Found { attention, members } = find(nests, at, abilities)?;
    let together = members.iter().all(|member| (at..at + members.len()).contains(member));
    together.then_some((attention, members.len()))
}

fn find(nests: &[Nest], at: usize, abilities: Abilities) -> Option<Found> {
    factors(&nests[at])?;
    let mut members = vec![at];
    let reduces = |nest: usize, by| nests[nest].reduction == Some(by);
    let pair = |of: usize, by| match readers(nests, of)?[..] {
        [a, b] if reduces(a, by) => Some((a, b)),
        [a, b] if reduces(b, by) => Some((b, a)),
        _ => None,
    };
    let (mut last, mut stages) = (at, vec![]);
    while let [next] = readers(nests, last)?[..] {
        stages.push((last, next));
        members.push(next);
        last = next;
    }
    let (maximum, exponential) = pair(last, Reduction::Max)?;
    let (sum, quotient) = pair(exponential, Reduction::Sum)?;
    let [product] = readers(nests, quotient)?[..] else { return None };
    let alone = |nest: usize, reader: usize| readers(nests, nest).is_some_and(|readers| readers == [reader]);
    if !alone(maximum, exponential) || !alone(sum, quotient) {
        return None;
    }
    members.extend([maximum, exponential, sum, quotient, product]);

    // Each speaks of the same row and key as what it reads.
    let count = |extents: &[Term]| extents.iter().fold(Term::int(1), |n, &d| n * d);
    let table = Table { rows: count(&nests[maximum].out), keys: count(&nests[maximum].reduce) };
    let target = |nest: usize| nests[nest].target;
    table.reduced(&nests[maximum], target(last))?;
    table.reduced(&nests[sum], target(exponential))?;
    let (nest, _) = table.elements(&nests[exponential], target(last), Some(target(maximum)))?;
    let difference = loaded(&nest, target(last))? - loaded(&nest, target(maximum))?;
    if nest.body != Term::apply(ScalarOp::Exp, &[difference]) {
        return None;
    }
    let (nest, _) = table.elements(&nests[quotient], target(exponential), Some(target(sum)))?;
    let parts = [loaded(&nest, target(exponential))?, loaded(&nest, target(sum))?];
    let divided = Term::apply(ScalarOp::Div, &parts);
    if !nest.dtype.is_float() || nest.body != divided.cast(nest.dtype) {
        return None;
    }
    let stages = stages
        .into_iter()
        .map(|(before, nest)| table.elements(&nests[nest], target(before), None))
        .collect::<Option<Vec<_>>>()?;
    let scores = table.scores(&nests[at])?;
    let output = table.output(&nests[product], target(quotient))?;
    let attention = assemble(&table, scores, stages, output, abilities)?;
    Some(Found { attention, members })
}

/// The nests that read what this one stores, if it is for them alone.
fn readers(nests: &[Nest], nest: usize) -> Option<Vec<usize>> {
    let slot = nests[nest].target;
    let written = nests.iter().filter(|other| other.target == slot).count();
    let reads = |number: &usize| nests[*number].reads.iter().any(|read| read.slot == slot);
    (matches!(slot, Slot::Temp(_)) && written == 1).then(|| (0..nests.len()).filter(reads).collect())
}

/// The two operands of a sum of products of floats, numbers of reads: they are read without a condition, and where does not depend on data.
fn factors(nest: &Nest) -> Option<[usize; 2]> {
    if nest.reduction != Some(Reduction::Sum) || nest.body.dtype() != DType::F32 {
        return None;
    }
    let Node::Apply(ScalarOp::Mul, factors) = nest.body.node() else { return None };
    let read = |term: Term| match term.node() {
        Node::Load(read, _) => Some(read as usize),
        // Half floats are multiplied as wider ones.
        Node::Apply(ScalarOp::Cast(_), of) => match of[0].node() {
            Node::Load(read, dtype) if dtype.is_float() => Some(read as usize),
            _ => None,
        },
        _ => None,
    };
    let operands = [read(factors[0])?, read(factors[1])?];
    let bare = |&k: &usize| nest.reads[k].guard.is_none() && !loads(nest.reads[k].address);
    (operands[0] != operands[1] && operands.iter().all(bare)).then_some(operands)
}

/// What the nest reads from the slot, if that is one element of `f32`.
fn loaded(nest: &Nest, slot: Slot) -> Option<Term> {
    let mut reads = nest.reads.iter().enumerate().filter(|(_, read)| read.slot == slot);
    let (number, read) = reads.next()?;
    (reads.next().is_none() && read.dtype == DType::F32).then(|| Term::load(number, DType::F32))
}

/// The number of a point along these axes, the last fastest.
fn number(nest: &Nest, axes: impl Iterator<Item = usize>) -> Term {
    axes.fold(Term::int(0), |number, axis| number * nest.extent(axis) + Term::axis(axis))
}

fn points(nest: &Nest, axes: impl Iterator<Item = usize>) -> Term {
    axes.fold(Term::int(1), |n, axis| n * nest.extent(axis))
}

/// Scores: how many rows of how many keys.
struct Table {
    rows: Term,
    keys: Term,
}

/// A sum of products of the table's rows.
struct Product {
    nest: Nest,
    /// The operand that varies with the row alone: queries, or weights.
    own: usize,
    /// The operand that rows share: keys, or values.
    shared: usize,
    /// Output axes that number the row, the last fastest, and those left.
    rows: Vec<usize>,
    others: Vec<usize>,
}

impl Table {
    /// The nest with leading output axes that number the row, and how many these are.
    fn split(&self, nest: &Nest) -> Option<(Nest, usize)> {
        with_rows(nest, self.rows).or_else(|| {
            // An axis that counts rows and all their keys, behind axes of rows.
            let last = nest.rank().checked_sub(1)?;
            let before = points(nest, 0..last);
            let outer = if before == Term::int(1) { self.rows } else { self.rows.floor_div(before) };
            let mut nest = nest.clone();
            (before * outer == self.rows && outer * self.keys == nest.out[last])
                .then(|| nest.split(last, outer, self.keys))?;
            Some((nest, last + 1))
        })
    }

    /// A nest that makes an element of each score, as [`Table::split`] has it. Of `scores` it reads the same place, of `rows` the element of the row.
    fn elements(&self, nest: &Nest, scores: Slot, rows: Option<Slot>) -> Option<(Nest, usize)> {
        let (nest, leading) = self.split(nest)?;
        if nest.reduction.is_some() || nest.finish.is_some() {
            return None;
        }
        let here = Some((number(&nest, leading..nest.rank()), self.keys));
        let row = Some((Term::int(0), Term::int(1)));
        let place = |address| local(address, &nest, leading);
        let fits = nest.reads.iter().all(|read| {
            let other = read.slot != scores && Some(read.slot) != rows;
            let wanted = if read.slot == scores { here } else { row };
            other || read.guard.is_none() && place(read.address) == wanted
        });
        (fits && place(nest.store) == here && points(&nest, leading..nest.rank()) == self.keys)
            .then_some((nest, leading))
    }

    /// A reduction of each row, bare.
    fn reduced(&self, nest: &Nest, scores: Slot) -> Option<()> {
        let (nest, leading) = self.split(nest)?;
        let [read] = &nest.reads[..] else { return None };
        let all = (number(&nest, nest.rank()..nest.axes()), self.keys);
        let fits = leading == nest.rank()
            && nest.body == Term::load(0, DType::F32)
            && nest.finish.is_none()
            && read.slot == scores
            && read.guard.is_none()
            && local(read.address, &nest, leading) == Some(all)
            && local(nest.store, &nest, leading) == Some((Term::int(0), Term::int(1)));
        fits.then_some(())
    }

    /// The product that gives scores.
    fn scores(&self, nest: &Nest) -> Option<Product> {
        let (nest, leading) = self.split(nest)?;
        let operands = factors(&nest)?;
        let (rows, others) = ((0..leading).collect(), (leading..nest.rank()).collect::<Vec<_>>());
        let here = (number(&nest, leading..nest.rank()), self.keys);
        if local(nest.store, &nest, leading) != Some(here) || points(&nest, leading..nest.rank()) != self.keys
        {
            return None;
        }
        let still = |operand: usize| {
            let coefficients = affine(nest.reads[operand].address, nest.axes())?.0;
            Some(others.iter().all(|&axis| coefficients[axis] == Term::int(0)))
        };
        let (own, shared) = match operands {
            [a, b] if still(a)? && !still(b)? => (a, b),
            [a, b] if still(b)? && !still(a)? => (b, a),
            _ => return None,
        };
        Some(Product { nest, own, shared, rows, others })
    }

    /// The product of weights and values.
    fn output(&self, nest: &Nest, weights: Slot) -> Option<Product> {
        let operands = factors(nest)?;
        let own = *operands.iter().find(|&&operand| nest.reads[operand].slot == weights)?;
        let shared = operands[usize::from(operands[0] == own)];
        let (coefficients, base) = affine(nest.reads[own].address, nest.axes())?;
        let moves = |axis: &usize| coefficients[*axis] != Term::int(0);
        let (mut left, others): (Vec<usize>, Vec<usize>) = (0..nest.rank()).partition(moves);
        // Rows follow each other in memory; from the fastest axis of theirs on.
        let (mut rows, mut stride) = (Vec::new(), self.keys);
        while let Some(at) = left.iter().position(|&axis| coefficients[axis] == stride) {
            let axis = left.remove(at);
            rows.insert(0, axis);
            stride = stride * nest.extent(axis);
        }
        let along = nest.rank()..nest.axes();
        let key = number(nest, along.clone());
        let read = nest.reads.iter().filter(|read| read.slot == weights).count();
        let fits = left.is_empty()
            && stride == self.keys * self.rows
            && points(nest, along.clone()) == self.keys
            && base + along.fold(Term::int(0), |sum, axis| sum + coefficients[axis] * Term::axis(axis))
                == key
            && read == 1;
        fits.then(|| Product { nest: nest.clone(), own, shared, rows, others })
    }
}

impl Product {
    /// How many rows share what they share, in each way that the axes offer, and how many such groups there are.
    fn groups(&self) -> Option<Vec<(Term, Term)>> {
        let coefficients = affine(self.nest.reads[self.shared].address, self.nest.axes())?.0;
        let still = self.rows.iter().rev().take_while(|&&axis| coefficients[axis] == Term::int(0)).count();
        let groups = (0..=still).map(|count| {
            let (others, own) = self.rows.split_at(self.rows.len() - count);
            (points(&self.nest, own.iter().copied()), points(&self.nest, others.iter().copied()))
        });
        Some(groups.collect())
    }
}

/// Numbers of reads, which then are of no buffer.
fn keep(nest: &mut Nest, slot: Slot) {
    nest.reads.iter_mut().filter(|read| read.slot == slot).for_each(|read| read.slot = Slot::Kept(0));
}

fn assemble(
    table: &Table,
    scores: Product,
    mut stages: Vec<(Nest, usize)>,
    mut output: Product,
    abilities: Abilities,
) -> Option<Attention> {
    let (known, mut own) = (output.groups()?, scores.groups()?);
    own.retain(|(rows, _)| known.iter().any(|(other, _)| other == rows));
    let (group, groups) = own.pop()?;
    let width = |nest: &Nest, axes: &mut dyn Iterator<Item = usize>| {
        let width = points(nest, axes).as_int()?;
        (1..=WIDTH_MAX).contains(&width).then_some(width as u32)
    };
    let depth = width(&scores.nest, &mut (scores.nest.rank()..scores.nest.axes()))?;
    let columns = width(&output.nest, &mut output.others.iter().copied())?;
    let products = size(&[table.rows, table.keys]) * f64::from(depth);
    if size(&[group]) < ROWS_MIN || products < PRODUCTS_MIN {
        return None;
    }
    let mut before = scores.nest.target;
    for (nest, _) in &mut stages {
        keep(nest, before);
        before = nest.target;
    }
    let weights = output.nest.reads[output.own].slot;
    keep(&mut output.nest, weights);
    // What stands behind a mask could make something else of what it hides.
    let reach = stages.last().and_then(|(nest, leading)| reach(nest, *leading, group));
    let attention = Attention {
        query: scores.own,
        key: scores.shared,
        scores: (scores.nest, scores.rows.len()),
        stages,
        value: output.shared,
        output: output.nest,
        rows: output.rows,
        columns: output.others,
        group,
        groups,
        keys: table.keys,
        reach,
        depth,
        width: columns,
        tile: (0, 0),
        units: false,
    };
    let most = BYTES_MAX[usize::from(abilities.vectors)];
    if abilities.units && depth.max(columns) <= UNITS_WIDTH_MAX && attention.halves() {
        return Some(Attention { tile: UNITS_TILE, units: true, ..attention });
    }
    TILES.into_iter().map(|tile| Attention { tile, ..attention.clone() }).find(|attention| {
        let workgroups = size(&[attention.workgroups()]);
        attention.bytes() <= most && (attention.tile.0 <= 32 || workgroups >= WORKGROUPS)
    })
}

/// How far behind its own place a row sees keys, if this nest makes all others minus infinity. The row's place in its group is the last of
/// the leading axes, the key is the one after these.
fn reach(nest: &Nest, leading: usize, group: Term) -> Option<i64> {
    let row = leading.checked_sub(1)?;
    if nest.rank() != leading + 1 || nest.out[row] != group {
        return None;
    }
    let mut value = nest.stored();
    while let Node::Apply(ScalarOp::Cast(to), of) = value.node() {
        value = of.first().copied().filter(|_| to.is_float())?;
    }
    let Node::Apply(ScalarOp::Select, of) = value.node() else { return None };
    let [mut seen, yes, no] = of[..] else { return None };
    let hidden = |term: Term| term.as_const().is_some_and(|value| value.as_f64() == f64::NEG_INFINITY);
    let mut holds = match (hidden(yes), hidden(no)) {
        (false, true) => true,
        (true, false) => false,
        _ => return None,
    };
    loop {
        let (condition, same) = match seen.node() {
            Node::Apply(ScalarOp::Not, of) => (of[0], false),
            Node::Apply(ScalarOp::Select, of) => match (of[1].as_bool(), of[2].as_bool()) {
                (Some(yes), Some(no)) if yes != no => (of[0], yes),
                _ => return None,
            },
            _ => break,
        };
        (seen, holds) = (condition, holds == same);
    }
    // A sum that is not positive where the row sees the key.
    let Node::Apply(op, of) = seen.node() else { return None };
    let [a, b] = of[..] else { return None };
    let sum = match (op, holds) {
        _ if a.dtype() != DType::I64 => return None,
        (ScalarOp::Le, true) => a - b,
        (ScalarOp::Lt, true) => a - b + Term::int(1),
        (ScalarOp::Le, false) => b - a + Term::int(1),
        (ScalarOp::Lt, false) => b - a,
        _ => return None,
    };
    let (coefficients, base) = affine(sum, nest.axes())?;
    let wanted = |(axis, &coefficient): (usize, &Term)| {
        let wanted = if axis == leading { 1 } else { -i64::from(axis == row) };
        coefficient.as_int() == Some(wanted)
    };
    let fits = coefficients.iter().enumerate().all(wanted);
    base.as_int().filter(|_| fits).map(|base| -base)
}
