//! How a subnet's nests run on a device: which of them make one kernel, and how its threads share the work.
//!
//! Neighbouring nests over the same rows become one kernel ([`Rows`]): a softmax (maximum, sum, quotient), a norm, a chain of nests so
//! small that one workgroup does them all. What one of them hands to the next stays in workgroup memory, if what a row reads of
//! it is what the same row has written. Large sums of products are cut into tiles. All else is a thread an element.

use super::attention;
use super::held::held;
use super::tiling;
use crate::kernel::form::{Attention, Columns, Form, Manner, Rows, Stage, Tiles, WORKGROUP};
use crate::kernel::fuse::size;
use crate::kernel::graph::loads;
use crate::kernel::index::{affine, mentions};
use crate::kernel::nest::{Nest, Slot};
use braid_ir::ops::Reduction;
use braid_ir::term::Node;
use braid_ir::{DType, ScalarOp, Term};
use std::collections::{HashMap, HashSet};

/// Most threads that share a row.
const LANES_MAX: u32 = 256;
/// Bytes of workgroup memory that every device has.
const KEPT_BYTES_MAX: u64 = 16 * 1024;
/// Elements that a thread may take one after the other, where the grid does not fill a device.
const STEPS_MAX: f64 = 64.0;
/// Threads that fill a device.
pub(super) const THREADS: f64 = 65536.0;
/// Reductions shorter than this are not shared among threads.
const LONG: f64 = 32.0;
/// Workgroups that keep a device busy.
const WORKGROUPS: f64 = 128.0;
/// Elements of an output that keep a device busy with a thread for each.
const MANY: f64 = 8192.0;
/// Rows that later nests of a kernel may suggest.
pub(super) const AHEAD: usize = 4;
/// Most nests of one kernel.
pub(super) const STAGES_MAX: usize = 24;

/// What is known of a subnet's nests.
struct Nests<'a> {
    nests: &'a [Nest],
    /// Slots that several nests write.
    shared: HashSet<Slot>,
    /// Nests with which attention begins, and how many belong to it.
    attention: HashMap<usize, (Attention, usize)>,
    abilities: Abilities,
}

/// Nests that make one kernel, from one on.
struct Group {
    /// The nests with their rows as leading axes, and how many these are.
    nests: Vec<(Nest, usize)>,
    rows: Term,
    lanes: u32,
}

/// What a kind of device can do besides what all can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Abilities {
    /// Elements of less than 32 bits may lie in workgroup memory.
    pub(super) narrow: bool,
    /// A thread can move several elements at a time.
    pub(super) vectors: bool,
    /// Matrix units multiply half floats.
    pub(super) units: bool,
    /// Those of four subgroups multiply what lies in workgroup memory.
    pub(super) groups: bool,
    /// Memory is copied to workgroup memory while threads compute.
    pub(super) copies: bool,
}

/// The forms of a subnet's nests, in order, and for each nest the number of its form.
pub(super) fn schedule(nests: &[Nest], abilities: Abilities) -> (Vec<Form>, Vec<usize>) {
    let mut writers: HashMap<Slot, usize> = HashMap::new();
    nests.iter().for_each(|nest| *writers.entry(nest.target).or_default() += 1);
    let shared = writers.into_iter().filter(|(_, count)| *count > 1).map(|(slot, _)| slot).collect();
    let begins = |at| Some((at, attention::starting(nests, at, abilities)?));
    let attention = (0..nests.len()).filter_map(begins).collect();
    let known = Nests { nests, shared, attention, abilities };
    let (mut forms, mut form_of) = (Vec::new(), Vec::new());
    while form_of.len() < nests.len() {
        let at = form_of.len();
        if let Some((attention, count)) = known.attention.get(&at) {
            form_of.resize(at + count, forms.len());
            forms.push(Form::Attention(attention.clone()));
            continue;
        }
        if let Some(tiles) = tiles(&nests[at], abilities) {
            form_of.push(forms.len());
            forms.push(Form::Tiles(tiles));
            continue;
        }
        let group = known.best_group(at);
        let count = group.as_ref().map_or(1, |group| group.nests.len());
        let next = known.attention.keys().filter(|&&begin| begin > at).min();
        let end = next.copied().unwrap_or(nests.len());
        let rows = held(nests, at..end, &known.shared, abilities);
        if let Some((held, count)) = rows.filter(|held| held.1 >= count) {
            form_of.resize(at + count, forms.len());
            forms.push(Form::Held(held));
            continue;
        }
        form_of.resize(at + count, forms.len());
        let columns = if count == 1 { columns(&nests[at], abilities) } else { None };
        forms.push(match group {
            _ if let Some(columns) = columns => Form::Columns(columns),
            Some(group) => Form::Rows(known.rows(at, group)),
            None => Form::Elements(nests[at].clone(), if abilities.vectors { wide(&nests[at]) } else { 1 }),
        });
    }
    (forms, form_of)
}

impl Nests<'_> {
    /// The largest group of nests from `at` on; of equally large ones, that of most rows.
    fn best_group(&self, at: usize) -> Option<Group> {
        let candidates = row_candidates(&self.nests[at..self.nests.len().min(at + AHEAD)]);
        let groups = candidates.into_iter().filter_map(|rows| self.group(at, rows));
        groups.max_by(|a, b| {
            let rows = |group: &Group| size(&[group.rows]);
            a.nests.len().cmp(&b.nests.len()).then(rows(a).total_cmp(&rows(b)))
        })
    }

    /// The nests from `at` on that make a kernel over these rows; `None` if a thread an element is better.
    fn group(&self, at: usize, rows: Term) -> Option<Group> {
        let mut group = Group { nests: vec![], rows, lanes: 1 };
        for (number, nest) in self.nests.iter().enumerate().skip(at).take(STAGES_MAX) {
            if self.attention.contains_key(&number) {
                break;
            }
            let Some(split) = with_rows(nest, rows).filter(|_| tiles(nest, self.abilities).is_none()) else {
                break;
            };
            group.nests.push(split);
            if !self.fits(&group) {
                group.nests.pop();
                break;
            }
        }
        group.lanes = lanes(&group);
        let alone = group.nests.len() == 1 && {
            let (nest, row_axes) = &group.nests[0];
            reducing_lanes(nest, *row_axes, group.lanes) == 1
        };
        (!group.nests.is_empty() && !alone).then_some(group)
    }

    /// Whether the last nest of a group may stand in one kernel with those before it, and whether that is worth it.
    fn fits(&self, group: &Group) -> bool {
        let Some(((nest, row_axes), before)) = group.nests.split_last() else { return false };
        let twice = |slot: Slot| before.iter().any(|(other, _)| other.target == slot);
        if twice(nest.target) {
            return false;
        }
        for read in nest.reads.iter().filter(|read| twice(read.slot)) {
            let writer = before.iter().find(|(other, _)| other.target == read.slot);
            let Some((writer, writer_axes)) = writer else { return false };
            let Some(each) = row_size(writer, *writer_axes) else { return false };
            let within = local(read.address, nest, *row_axes).is_some_and(|(_, size)| size == each);
            if self.shared.contains(&read.slot) || !(within || *row_axes == 0) {
                return false;
            }
        }
        let lanes = lanes(group);
        let per_group = i64::from(WORKGROUP.max(lanes) / lanes);
        let mut kept = 0;
        for (writer, axes) in self.kept(group) {
            let Some(each) = row_size(writer, axes).and_then(|each| each.as_int()) else { return false };
            if each <= 0 || !self.abilities.narrow && writer.dtype.size() < 4 {
                return false;
            }
            kept = each.saturating_mul(per_group * writer.dtype.size() as i64).saturating_add(kept);
        }
        let quick = |(nest, row_axes): &(Nest, usize)| steps(nest, *row_axes, lanes) <= STEPS_MAX;
        let full = size(&[group.rows]) * f64::from(lanes) >= THREADS;
        kept as u64 <= KEPT_BYTES_MAX && (before.is_empty() || full || group.nests.iter().all(quick))
    }

    /// The nests of a group whose results later ones of it read.
    fn kept<'g>(&self, group: &'g Group) -> impl Iterator<Item = (&'g Nest, usize)> {
        group.nests.iter().enumerate().filter_map(|(at, (nest, axes))| {
            let read = |other: &Nest| other.reads.iter().any(|read| read.slot == nest.target);
            group.nests[at + 1..].iter().any(|(other, _)| read(other)).then_some((nest, *axes))
        })
    }

    /// The kernel of a group that starts at a nest.
    fn rows(&self, at: usize, group: Group) -> Rows {
        let end = at + group.nests.len();
        let arrays: Vec<(Slot, DType, usize)> = self
            .kept(&group)
            .map(|(nest, axes)| {
                let each = row_size(nest, axes).and_then(|each| each.as_int());
                (nest.target, nest.dtype, each.map_or(0, |each| each as usize))
            })
            .collect();
        let array = |slot: Slot| arrays.iter().position(|(of, ..)| *of == slot);
        let stages = group.nests.iter().map(|(nest, row_axes)| {
            let within = |nest: &Nest, address| {
                if *row_axes == 0 {
                    address
                } else {
                    local(address, nest, *row_axes).map_or(address, |(at, _)| at)
                }
            };
            let mut stage = nest.clone();
            for read in &mut stage.reads {
                if let Some(array) = array(read.slot) {
                    read.address = within(nest, read.address);
                    read.slot = Slot::Kept(array);
                }
            }
            let outside = self.nests[..at].iter().chain(&self.nests[end..]);
            let needed = outside.flat_map(|nest| &nest.reads).any(|read| read.slot == nest.target);
            Stage {
                row_axes: *row_axes,
                lanes: reducing_lanes(nest, *row_axes, group.lanes),
                keep: array(nest.target).map(|array| (array, within(nest, nest.store))),
                stored: needed || !matches!(nest.target, Slot::Temp(_)),
                nest: stage,
            }
        });
        let stages = stages.collect();
        let kept = arrays.iter().map(|&(_, dtype, each)| (dtype, each)).collect();
        Rows { count: group.rows, lanes: group.lanes, threads: WORKGROUP.max(group.lanes), kept, stages }
    }
}

/// Numbers of rows that nests suggest.
pub(super) fn row_candidates(nests: &[Nest]) -> Vec<Term> {
    let mut candidates = vec![Term::int(1)];
    for nest in nests {
        let mut rows = Term::int(1);
        for &extent in &nest.out {
            rows = rows * extent;
            if !candidates.contains(&rows) {
                candidates.push(rows);
            }
        }
    }
    candidates
}

/// The nest with leading output axes whose extents' product is the number of rows, and how many these are; an axis that holds rows
/// and more is split.
pub(super) fn with_rows(nest: &Nest, rows: Term) -> Option<(Nest, usize)> {
    let one = Term::int(1);
    let mut product = one;
    if product == rows {
        return Some((nest.clone(), 0));
    }
    for (axis, &extent) in nest.out.iter().enumerate() {
        if product * extent == rows {
            return Some((nest.clone(), axis + 1));
        }
        let ratio = size(&[product, extent]) / size(&[rows]);
        if ratio > 1.0 && ratio.fract() == 0.0 && ratio < 1e9 {
            // The axis counts `outer * inner`, where `product * outer` are the rows.
            let inner = Term::int(ratio as i64);
            let outer =
                if product == one { rows } else { Term::int(rows.as_int()?.checked_div(product.as_int()?)?) };
            if product * outer != rows || outer * inner != extent {
                return None;
            }
            let mut nest = nest.clone();
            nest.split(axis, outer, inner);
            return Some((nest, axis + 1));
        }
        product = product * extent;
    }
    None
}

/// An address as one within the row, and how many elements a row has: the address crosses the rows in strides of that many, and its
/// other indices stay within them.
pub(super) fn local(address: Term, nest: &Nest, row_axes: usize) -> Option<(Term, Term)> {
    let (coefficients, base) = affine(address, nest.axes())?;
    let last = row_axes.checked_sub(1)?;
    let each = coefficients[last];
    let mut stride = each;
    for axis in (0..row_axes).rev() {
        if coefficients[axis] != stride {
            return None;
        }
        stride = stride * nest.extent(axis);
    }
    let zero = Term::int(0);
    let (mut within, mut most) = (base, base);
    for (axis, &coefficient) in coefficients.iter().enumerate().skip(row_axes) {
        within = within + coefficient * Term::axis(axis);
        if coefficient == zero {
            continue;
        }
        // Symbols are sizes: their products do not fall below zero.
        if coefficient.as_int().is_some_and(|c| c < 0) {
            return None;
        }
        most = most + coefficient * (nest.extent(axis) - Term::int(1));
    }
    let low = base.as_int().is_some_and(|base| base >= 0);
    let high = (each - Term::int(1) - most).as_int().is_some_and(|rest| rest >= 0);
    (low && high).then_some((within, each))
}

/// How many elements of its target a nest writes for each row, in one piece.
fn row_size(nest: &Nest, row_axes: usize) -> Option<Term> {
    let written = nest.out[row_axes..].iter().fold(Term::int(1), |n, &d| n * d);
    if row_axes == 0 {
        let (coefficients, base) = affine(nest.store, nest.axes())?;
        let last = base
            + (0..nest.rank())
                .fold(Term::int(0), |n, axis| n + coefficients[axis] * (nest.extent(axis) - Term::int(1)));
        return (last + Term::int(1) == written).then_some(written);
    }
    let (_, each) = local(nest.store, nest, row_axes)?;
    (each == written).then_some(each)
}

/// How many threads share a row of a group.
fn lanes(group: &Group) -> u32 {
    let work = |(nest, row_axes): &(Nest, usize)| size(&nest.out[*row_axes..]) * size(&nest.reduce);
    let most = group.nests.iter().map(work).fold(1.0, f64::max);
    let rows = size(&[group.rows]).max(1.0);
    // Four elements a thread, or one if that fills the device no better.
    let wanted = if rows * most / 4.0 >= THREADS { most / 4.0 } else { most };
    power(wanted).clamp(1, LANES_MAX)
}

/// The least power of two that is no less.
pub(super) fn power(value: f64) -> u32 {
    (value.ceil().clamp(1.0, 65536.0) as u32).next_power_of_two()
}

/// How many of a row's threads reduce one point of a nest together.
fn reducing_lanes(nest: &Nest, row_axes: usize, lanes: u32) -> u32 {
    let length = size(&nest.reduce);
    if nest.reduction.is_none() || length < LONG {
        return 1;
    }
    let points = power(size(&nest.out[row_axes..]));
    let spare = (lanes / points.min(lanes)).max(1);
    // Neighbours should read neighbours: along the reduction, if that is how memory lies.
    let inner = nest.axes() - 1;
    let next = |axis: usize| {
        nest.reads.iter().any(|read| {
            mentions(read.address, axis)
                && affine(read.address, nest.axes()).is_some_and(|(c, _)| c[axis].as_int() == Some(1))
        })
    };
    let along = next(inner) && !(nest.rank() > row_axes && next(nest.rank() - 1));
    let wanted = match along {
        true => spare.max(32),
        false if size(&nest.out) >= MANY => 1,
        false => spare,
    };
    wanted.min(lanes).min(power(length))
}

/// About how many steps a thread makes for a row of a nest.
fn steps(nest: &Nest, row_axes: usize, lanes: u32) -> f64 {
    let each = reducing_lanes(nest, row_axes, lanes);
    let at_once = f64::from(lanes / each);
    let rounds = (size(&nest.out[row_axes..]) / at_once).ceil();
    rounds * ((size(&nest.reduce) / f64::from(each)).ceil() + if each > 1 { 4.0 } else { 0.0 })
}

/// A sum of products that is worth tiles.
pub(super) fn tiles(nest: &Nest, abilities: Abilities) -> Option<Tiles> {
    if nest.reduction != Some(Reduction::Sum) || !matches!(nest.body.dtype(), DType::F32 | DType::F64) {
        return None;
    }
    let Node::Apply(ScalarOp::Mul, factors) = nest.body.node() else { return None };
    let read = |term: Term| match term.node() {
        Node::Load(k, _) => Some(k as usize),
        // Half floats are multiplied as wider ones.
        Node::Apply(ScalarOp::Cast(_), of) => match of[0].node() {
            Node::Load(k, dtype) if dtype.is_float() => Some(k as usize),
            _ => None,
        },
        _ => None,
    };
    let mut operands = [read(factors[0])?, read(factors[1])?];
    // An address that is read from memory may vary along any axis; it does not look it.
    let bare = |k: usize| nest.reads[k].guard.is_none() && !loads(nest.reads[k].address);
    if operands[0] == operands[1] || !operands.iter().all(|&k| bare(k)) {
        return None;
    }
    let coefficients = |k: usize| Some(affine(nest.reads[k].address, nest.axes())?.0);
    let mut varies = [coefficients(operands[0])?, coefficients(operands[1])?]
        .map(|of| of.iter().map(|c| c.as_int() != Some(0)).collect::<Vec<bool>>());
    // What follows a sum may read anything but what the sum's own indices choose.
    if (nest.rank()..nest.axes()).any(|axis| !varies[0][axis] || !varies[1][axis]) {
        return None;
    }
    // Columns are next to each other in the output.
    let last = nest.rank().checked_sub(1)?;
    if varies[0][last] && !varies[1][last] {
        operands.swap(0, 1);
        varies.swap(0, 1);
    }
    let alone = |which: usize| {
        let (own, other) = (&varies[which], &varies[1 - which]);
        (0..nest.rank()).filter(|&axis| own[axis] && !other[axis]).collect::<Vec<_>>()
    };
    let (rows, columns) = (alone(0), alone(1));
    let batch = (0..nest.rank()).filter(|axis| !rows.contains(axis) && !columns.contains(axis)).collect();
    let extents = |axes: &[usize]| size(&axes.iter().map(|&axis| nest.extent(axis)).collect::<Vec<_>>());
    let (height, width, depth) = (extents(&rows), extents(&columns), size(&nest.reduce));
    if height < 16.0 || width < 16.0 || depth < 8.0 {
        return None;
    }
    let half = |k: usize| nest.reads[k].dtype;
    let units = abilities.units
        && depth >= 16.0
        && nest.body.dtype() == DType::F32
        && matches!(half(operands[0]), DType::F16 | DType::BF16)
        && half(operands[0]) == half(operands[1]);
    let manner = if units { Manner::Units } else { Manner::Registers };
    let tiles = Tiles { nest: nest.clone(), operands, rows, columns, batch, shape: [32; 2], manner };
    tiling::choose(tiles, abilities)
}

/// A reduction across memory with too few points for a thread each: what is read along the last axis of the output is next to each other, and
/// nothing is so along the reduction that the points do not share.
fn columns(nest: &Nest, abilities: Abilities) -> Option<Columns> {
    let last = nest.rank().checked_sub(1)?;
    let (points, length) = (size(&nest.out), size(&nest.reduce));
    let index = matches!(nest.reduction?, Reduction::ArgMax | Reduction::ArgMin);
    if length < 2.0 * LONG || points < LONG || points * 2.0 > THREADS || index && nest.reduce.len() != 1 {
        return None;
    }
    let step = |address: Term, axis: usize| Some(affine(address, nest.axes())?.0[axis].as_int());
    let across = |address: Term| step(address, last) == Some(Some(1));
    let along = |address: Term| step(address, nest.axes() - 1) == Some(Some(1)) && mentions(address, last);
    let addresses = || nest.reads.iter().map(|read| read.address);
    if !addresses().any(across) || addresses().any(along) {
        return None;
    }
    let wide = [32, 16].into_iter().find(|&wide| points / f64::from(wide) >= WORKGROUPS).unwrap_or(8);
    let most = if abilities.vectors { 1024 } else { 256 };
    let parts = power(2.0 * THREADS / points).min(power(length / 8.0)).min(most / wide);
    Some(Columns { nest: nest.clone(), wide, parts })
}

/// How many neighbouring elements a thread may compute at a time: in each operand and in the output they are either one element or as
/// many neighbours that start at a multiple of that many.
fn wide(nest: &Nest) -> u32 {
    let Some(last) = nest.rank().checked_sub(1).filter(|_| nest.reduction.is_none()) else { return 1 };
    let size = nest.reads.iter().map(|read| read.dtype.size()).chain([nest.dtype.size()]).max().unwrap_or(1);
    let Some(extent) = nest.extent(last).as_int() else { return 1 };
    let mut each = (16 / size.max(2)) as i64;
    let fits = |each: i64| {
        let neighbours = |address: Term, only: bool| {
            let Some((coefficients, base)) = affine(address, nest.axes()).filter(|_| !loads(address)) else {
                return false;
            };
            let multiple = |term: Term| term.modulo(Term::int(each)).as_int() == Some(0);
            let others = || coefficients.iter().enumerate().filter(|(axis, _)| *axis != last);
            match coefficients[last].as_int() {
                Some(0) => !only,
                Some(1) => multiple(base) && others().all(|(_, &c)| multiple(c)),
                _ => false,
            }
        };
        extent % each == 0
            && neighbours(nest.store, true)
            && nest.reads.iter().all(|read| neighbours(read.address, false) && read.guard.is_none())
    };
    while each > 1 && !fits(each) {
        each /= 2;
    }
    each.max(1) as u32
}
