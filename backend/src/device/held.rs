//! Nests over the same rows that fit into registers: each element is read once, whatever number of nests needs it.
//!
//! All nests are written over two indices, the row and the place in the row. What one of them computes at a point is, for those after it,
//! a term; what it reduces, a number that all threads of the row have. So nothing passes through memory but what comes and goes.

use super::schedule::{AHEAD, Abilities, STAGES_MAX, THREADS, power, row_candidates, tiles, with_rows};
use crate::kernel::form::{Held, RESULTS, Step, WORKGROUP};
use crate::kernel::fuse::size;
use crate::kernel::graph::{REDUCED, loads};
use crate::kernel::index::{Facts, mentions};
use crate::kernel::nest::{Access, Nest, Slot};
use braid_ir::ops::Reduction;
use braid_ir::term::Node;
use braid_ir::{DType, Term};
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// The axes: the row, and the place in it.
const ROW: usize = 0;
const PLACE: usize = 1;
/// Words of 32 bits that a thread holds of a row, of all that is read along it.
const WORDS_MAX: i64 = 16;
/// Threads of a workgroup, where a thread can move several elements at a time, and elsewhere.
const THREADS_MAX: u32 = 1024;
const THREADS_MAX_NARROW: u32 = 256;
/// Most threads that share a row, if it fits into their registers.
const LANES_MAX: u32 = 256;
/// Bytes of workgroup memory for what all rows read.
const STAGED_BYTES_MAX: i64 = 16 * 1024;
/// Rows of a workgroup, if they share what they read: more make no difference to what is moved.
const SHARING_MAX: f64 = 32.0;
/// Workgroups that fill a device.
const WORKGROUPS: f64 = 128.0;

/// The longest run of nests at the start of a range whose rows are held in registers, and how many nests it has.
pub(super) fn held(
    nests: &[Nest],
    range: Range<usize>,
    shared: &HashSet<Slot>,
    abilities: Abilities,
) -> Option<(Held, usize)> {
    let at = range.start;
    let mut best: Option<(Builder, usize)> = None;
    for rows in row_candidates(&nests[at..range.end.min(at + AHEAD)]) {
        let mut builder = Builder::new(rows, shared);
        for nest in nests[range.clone()].iter().take(STAGES_MAX) {
            if tiles(nest, abilities).is_some() {
                break;
            }
            let mut next = builder.clone();
            let fits = with_rows(nest, rows).and_then(|(split, axes)| next.push(&split, axes));
            if fits.is_none() || next.layout(abilities).is_none() {
                break;
            }
            builder = next;
        }
        let count = builder.nests.len();
        let worth = count > 1 || builder.steps.iter().any(|step| matches!(step, Step::Reduce { .. }));
        let better = best.as_ref().is_none_or(|(other, most)| {
            count > *most || count == *most && size(&[rows]) > size(&[other.rows])
        });
        if worth && builder.each.is_some() && better {
            best = Some((builder, count));
        }
    }
    let (builder, count) = best?;
    let outside = nests[..at].iter().chain(&nests[at + count..]);
    let needed: HashSet<Slot> = outside.flat_map(|nest| &nest.reads).map(|read| read.slot).collect();
    Some((builder.finish(&needed, abilities)?, count))
}

/// A kernel under way.
#[derive(Clone)]
struct Builder<'a> {
    rows: Term,
    shared: &'a HashSet<Slot>,
    /// Places of a row, once known.
    each: Option<i64>,
    nests: Vec<Nest>,
    reads: Vec<Access>,
    steps: Vec<Step>,
    /// What the nests have computed: at which address, and the term.
    values: HashMap<Slot, (Term, Term)>,
    written: HashSet<Slot>,
    results: usize,
}

/// How the threads share the work.
#[derive(Clone, Copy)]
struct Layout {
    /// Neighbouring elements of a thread.
    width: u32,
    lanes: u32,
    threads: u32,
    turns: u32,
}

impl<'a> Builder<'a> {
    fn new(rows: Term, shared: &'a HashSet<Slot>) -> Builder<'a> {
        Builder {
            rows,
            shared,
            each: None,
            nests: vec![],
            reads: vec![],
            steps: vec![],
            values: HashMap::new(),
            written: HashSet::new(),
            results: 0,
        }
    }

    /// Takes a nest in, whose first axes number the row; `None` if it does not fit, and then the builder is good for nothing.
    fn push(&mut self, nest: &Nest, row_axes: usize) -> Option<()> {
        let (row, inner) = nest.out.split_at(row_axes);
        let points = int(inner)?;
        let along = match nest.reduction {
            None if points == 1 => None,
            None => Some(points),
            Some(Reduction::ArgMax | Reduction::ArgMin) if nest.reduce.len() != 1 => return None,
            Some(_) if points == 1 => Some(int(&nest.reduce)?),
            Some(_) => return None,
        };
        if let Some(along) = along {
            if along < 2 || self.each.is_some_and(|each| each != along) {
                return None;
            }
            self.each = Some(along);
        }
        if self.written.contains(&nest.target) {
            return None;
        }
        // The nest's axes as terms of the two indices.
        let mut axes = digits(Term::axis(ROW), row)?;
        let place = if nest.reduction.is_some() { &nest.reduce[..] } else { inner };
        // Axes of one point each may stand between.
        axes.extend(match nest.reduction {
            Some(_) => inner.iter().map(|_| Term::int(0)).collect(),
            None => digits(Term::axis(PLACE), inner)?,
        });
        if nest.reduction.is_some() {
            axes.extend(digits(Term::axis(PLACE), place)?);
        }
        let facts = self.facts();
        let result = Term::load(RESULTS + self.results, reduced(nest));
        let mut loaded: Vec<Term> = Vec::new();
        let translate = |term: Term, loaded: &[Term]| {
            let term = term.substitute(&mut |node| match node {
                Node::Axis(axis) => axes.get(*axis as usize).copied(),
                Node::Load(k, _) if *k as usize == REDUCED => Some(result),
                // Reads come after those that their addresses need.
                Node::Load(k, _) => loaded.get(*k as usize).copied(),
                _ => None,
            });
            facts.simplify(term)
        };
        for read in &nest.reads {
            let address = translate(read.address, &loaded);
            let guard =
                read.guard.map(|guard| translate(guard, &loaded)).filter(|g| g.as_bool() != Some(true));
            if let Some(&(at, value)) = self.values.get(&read.slot) {
                if guard.is_some() || at != address {
                    return None;
                }
                loaded.push(value);
                continue;
            }
            if self.written.contains(&read.slot) || matches!(read.slot, Slot::Kept(_)) {
                return None;
            }
            let access = Access { address, guard, ..read.clone() };
            if !self.regular(address) && (mentions(address, ROW) || loads(address)) {
                return None;
            }
            let number = self.reads.iter().position(|other| *other == access).unwrap_or_else(|| {
                self.reads.push(access);
                self.reads.len() - 1
            });
            loaded.push(Term::load(number, read.dtype));
        }
        let body = translate(nest.body, &loaded);
        let value = match nest.reduction {
            Some(reduction) => {
                self.steps.push(Step::Reduce { reduction, body, result });
                self.results += 1;
                translate(nest.stored(), &loaded)
            }
            None => body,
        };
        let address = translate(nest.store, &loaded);
        if !self.regular(address) {
            return None;
        }
        self.steps.push(Step::Store { slot: nest.target, dtype: nest.dtype, address, value });
        self.written.insert(nest.target);
        if !self.shared.contains(&nest.target) {
            self.values.insert(nest.target, (address, value));
        }
        self.nests.push(nest.clone());
        Some(())
    }

    fn facts(&self) -> Facts {
        Facts::default().with_axes([self.rows, Term::int(self.each.unwrap_or(1))])
    }

    /// What an address is but for the place, if neighbouring places are neighbouring elements.
    fn rest(&self, address: Term) -> Option<Term> {
        let rest = address.substitute(&mut |node| match node {
            Node::Axis(axis) if *axis as usize == PLACE => Some(Term::int(0)),
            _ => None,
        });
        (rest + Term::axis(PLACE) == address && !self.along(rest)).then_some(rest)
    }

    /// Whether neighbouring places of a row are neighbouring elements, or one.
    fn regular(&self, address: Term) -> bool {
        !self.along(address) || self.rest(address).is_some()
    }

    /// Whether a term differs from place to place.
    fn along(&self, term: Term) -> bool {
        let mut seen: HashSet<Term> = HashSet::new();
        let mut stack = vec![term];
        while let Some(term) = stack.pop() {
            for t in term.postorder() {
                match t.node() {
                    Node::Axis(axis) if axis as usize == PLACE => return true,
                    Node::Load(k, _) if seen.insert(t) => {
                        let read = self.reads.get(k as usize);
                        stack.extend(
                            read.iter().flat_map(|read| read.guard.into_iter().chain([read.address])),
                        );
                    }
                    _ => {}
                }
            }
        }
        false
    }

    /// Whether a read is the same for all rows.
    fn is_shared(&self, read: &Access) -> bool {
        let whole = |t: Term| mentions(t, ROW) || loads(t);
        self.along(read.address) && !whole(read.address) && !read.guard.is_some_and(whole)
    }

    /// Neighbouring elements that a thread moves at a time.
    fn width(&self, abilities: Abilities) -> u32 {
        let Some(each) = self.each.filter(|_| abilities.vectors) else { return 1 };
        let reads = self.reads.iter().filter(|read| self.along(read.address));
        let stores = self.steps.iter().filter_map(|step| match step {
            Step::Store { dtype, address, .. } if self.along(*address) => Some((*dtype, *address)),
            _ => None,
        });
        let moved: Vec<(DType, Term)> = reads.map(|read| (read.dtype, read.address)).chain(stores).collect();
        if self.reads.iter().any(|read| read.guard.is_some_and(|guard| self.along(guard))) {
            return 1;
        }
        let Some(rests) = moved.iter().map(|(_, at)| self.rest(*at)).collect::<Option<Vec<Term>>>() else {
            return 1;
        };
        let facts = self.facts();
        let most = moved.iter().map(|(dtype, _)| dtype.size()).max().unwrap_or(16).max(2);
        let mut width = (16 / most).max(1) as i64;
        let fits = |width: i64| {
            let multiple = |rest: Term| facts.simplify(rest.modulo(Term::int(width))).as_int() == Some(0);
            each % width == 0 && rests.iter().all(|&rest| multiple(rest))
        };
        while width > 1 && !fits(width) {
            width /= 2;
        }
        width as u32
    }

    /// How the threads share the work, if a row fits.
    fn layout(&self, abilities: Abilities) -> Option<Layout> {
        let Some(each) = self.each else {
            return Some(Layout { width: 1, lanes: 1, threads: WORKGROUP, turns: 1 });
        };
        let width = self.width(abilities);
        let words = |dtype: DType| if dtype.size() == 8 { 2 } else { 1 };
        let own = |read: &&Access| self.along(read.address) && !self.is_shared(read);
        let streams: i64 = self.reads.iter().filter(own).map(|read| words(read.dtype)).sum();
        let room = (WORDS_MAX / streams.max(1)).max(i64::from(width));
        let threads_max = if abilities.vectors { THREADS_MAX } else { THREADS_MAX_NARROW };
        let least = power(each as f64 / room as f64);
        if least > threads_max {
            return None;
        }
        let rows = size(&[self.rows]).max(1.0);
        let most = power(each as f64 / f64::from(width)).min(LANES_MAX).max(least);
        let lanes = power(THREADS / rows).clamp(least, most);
        // Rows that share what they read share a workgroup, as long as there are enough of these.
        let at_once = WORKGROUP.max(lanes) / lanes;
        if self.staged().is_empty() {
            return Some(Layout { width, lanes, threads: at_once * lanes, turns: 1 });
        }
        let wanted = (rows / WORKGROUPS).clamp(1.0, SHARING_MAX);
        let wanted = (power(wanted.floor() + 1.0) / 2).max(at_once);
        let at_once = wanted.min(threads_max / lanes);
        Some(Layout { width, lanes, threads: at_once * lanes, turns: wanted / at_once })
    }

    /// Numbers of the reads that are the same for all rows and lie in workgroup memory.
    fn staged(&self) -> Vec<usize> {
        let mut bytes = 0;
        let mut fits = |read: &Access| {
            let more = self.each.unwrap_or(0).saturating_mul(read.dtype.size() as i64);
            let fits = self.is_shared(read) && self.rest(read.address).is_some() && read.guard.is_none();
            let fits = fits && more <= STAGED_BYTES_MAX - bytes;
            bytes += if fits { more } else { 0 };
            fits
        };
        (0..self.reads.len()).filter(|&k| fits(&self.reads[k])).collect()
    }

    /// The kernel, if what others need is as given.
    fn finish(mut self, needed: &HashSet<Slot>, abilities: Abilities) -> Option<Held> {
        let Layout { width, lanes, threads, turns } = self.layout(abilities)?;
        let each = self.each?;
        self.steps.retain(|step| match step {
            Step::Store { slot, .. } => needed.contains(slot) || !matches!(slot, Slot::Temp(_)),
            Step::Reduce { .. } => true,
        });
        let several = threads / lanes * turns > 1;
        let numbers =
            if several && (abilities.narrow || !self.has_narrow()) { self.staged() } else { vec![] };
        let mut staged = Vec::new();
        for k in numbers {
            let kept = Slot::Kept(staged.len());
            staged.push(self.reads[k].clone());
            self.reads[k] = Access { slot: kept, address: Term::axis(PLACE), ..self.reads[k].clone() };
        }
        let nothing = Nest::fill(braid_ir::Scalar::Bool(false), Slot::Kept(0), self.rows);
        let whole = Nest { reduce: vec![Term::int(each)], reads: self.reads, ..nothing };
        Some(Held { nests: self.nests, whole, staged, steps: self.steps, width, lanes, threads, turns })
    }

    fn has_narrow(&self) -> bool {
        self.reads.iter().any(|read| read.dtype.size() < 4)
    }
}

/// The type of what a nest reduces.
fn reduced(nest: &Nest) -> DType {
    match nest.reduction {
        Some(Reduction::ArgMax | Reduction::ArgMin) => DType::I64,
        _ => nest.body.dtype(),
    }
}

/// The product of extents, if they are numbers.
fn int(extents: &[Term]) -> Option<i64> {
    extents.iter().try_fold(1i64, |n, extent| n.checked_mul(extent.as_int()?))
}

/// The indices of axes whose points, in order, have this number.
fn digits(number: Term, extents: &[Term]) -> Option<Vec<Term>> {
    let (mut rest, mut result) = (number, Vec::new());
    for (axis, &extent) in extents.iter().enumerate().rev() {
        if axis > 0 {
            extent.as_int()?;
            result.push(rest.modulo(extent));
            rest = rest.floor_div(extent);
        } else {
            result.push(rest);
        }
    }
    result.reverse();
    Some(result)
}
