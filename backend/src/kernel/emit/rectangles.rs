//! What all kernels of sums of products do alike: which rectangle of the output a workgroup computes, which elements of the operands
//! a thread brings, and what becomes of the sums.

use super::*;
use crate::kernel::form::{Lie, Tiles, up};
use crate::kernel::index::affine;

/// The rectangle of a workgroup.
pub(super) struct Rectangle {
    /// The thread's number in the workgroup.
    pub(super) thread: Val,
    /// Whether there is such a rectangle.
    pub(super) there: Val,
    /// The first row and the first column, and how many there are in all.
    pub(super) ends: [(Val, Val); 2],
    /// Whether all of its rows, and all of its columns, are there in any case.
    pub(super) whole: [bool; 2],
    /// Products of each sum; none where there is no rectangle.
    pub(super) length: Val,
}

/// What a thread brings of an operand at a time: a run of neighbours.
pub(super) struct Spot {
    /// The address of the first, but for what the sum's axes add.
    pub(super) address: Val,
    /// Whether there is such a row or column; `None` if in any case.
    pub(super) there: Option<Val>,
    /// The first one's place along the sum, in a piece.
    pub(super) depth: Val,
    /// Its row or column in the rectangle.
    pub(super) place: Val,
}

/// Sums that lie in workgroup memory, for what follows them.
pub(super) struct Staged<'s> {
    /// How many rows, and the elements from one to the next.
    pub(super) rows: i64,
    pub(super) pitch: i64,
    /// Row `r` is row `first + r / group * stride + r % group` of the rectangle.
    pub(super) first: i64,
    pub(super) group: i64,
    pub(super) stride: i64,
    /// Loads so many neighbours.
    pub(super) load: &'s dyn Fn(&mut Emitter<'_>, &Val, usize) -> Val,
}

impl<'a> Emitter<'a> {
    /// Which rectangle this workgroup computes.
    pub(super) fn rectangle(&mut self, tiles: &Tiles) -> Rectangle {
        let [rows, columns, products] = tiles.counts();
        let (group, thread) = self.numbers();
        let [tall, wide] = tiles.shape;
        let (down, across) = (self.term(up(rows, tall)), self.term(up(columns, wide)));
        let column = self.same("arith.remui", &[&group, &across]);
        let rest = self.same("arith.divui", &[&group, &across]);
        let row = self.same("arith.remui", &[&rest, &down]);
        let product = self.same("arith.divui", &[&rest, &down]);
        let first_row = self.multiple(&row, tall.into());
        let first_column = self.multiple(&column, wide.into());
        let products = self.term(products);
        let there = self.compare("arith.cmpi slt", &product, &products);
        self.digits(product, tiles.batch.iter().copied());
        let whole = [(rows, tall), (columns, wide)]
            .map(|(count, side)| count.as_int().is_some_and(|count| count % i64::from(side) == 0));
        let [rows, columns] = [rows, columns].map(|count| self.term(count));
        let length = self.term(self.nest.reduce.iter().fold(Term::int(1), |n, &d| n * d));
        let zero = self.int(0);
        let length = self.select(&there, &length, &zero);
        Rectangle { thread, there, ends: [(first_row, rows), (first_column, columns)], whole, length }
    }

    /// What this thread brings of operand number `which`, of pieces of such a depth.
    pub(super) fn spots(
        &mut self,
        tiles: &Tiles,
        which: usize,
        rectangle: &Rectangle,
        depth: i64,
        lie: Lie,
    ) -> Vec<Spot> {
        let side = i64::from(tiles.shape[which]);
        let own = tiles.own(which);
        let (first, count) = &rectangle.ends[which];
        let axes = self.nest.axes();
        let read = &self.nest.reads[tiles.operands[which]];
        let (coefficients, base) = affine(read.address, axes).expect("an operand of a product");
        let over = |axes: &[usize]| {
            axes.iter().fold(Term::int(0), |sum, &axis| sum + coefficients[axis] * Term::axis(axis))
        };
        let common = self.term(base + over(&tiles.batch));
        let along = over(own);
        // Neighbouring threads bring neighbouring runs.
        let (deep, long) = if lie.along { (depth / lie.run, side) } else { (depth, side / lie.run) };
        let threads = i64::from(tiles.threads());
        let spots = (0..deep * long / threads).map(|number| {
            self.known.push(HashMap::new());
            let at = self.more(&rectangle.thread, number * threads);
            let inner = self.int(if lie.along { deep } else { long });
            let slow = self.same("arith.divui", &[&at, &inner]);
            let fast = self.same("arith.remui", &[&at, &inner]);
            let (deep_at, long_at) = if lie.along { (fast, slow) } else { (slow, fast) };
            let depth = self.multiple(&deep_at, depth / deep);
            let place = self.multiple(&long_at, side / long);
            let number = self.same("arith.addi", &[first, &place]);
            let there = (!rectangle.whole[which]).then(|| self.compare("arith.cmpi slt", &number, count));
            self.digits(number, own.iter().copied());
            let along = self.term(along);
            let address = self.same("arith.addi", &[&common, &along]);
            self.known.pop();
            Spot { address, there, depth, place }
        });
        let spots = spots.collect();
        own.iter().for_each(|&axis| self.index[axis] = None);
        spots
    }

    /// The address of a spot's element at a place of the sum, and whether it is there; `None` if in any case.
    pub(super) fn spot_at(
        &mut self,
        read: usize,
        spot: &Spot,
        place: Val,
        length: Option<&Val>,
    ) -> (Val, Option<Val>) {
        let (rank, axes) = (self.nest.rank(), self.nest.axes());
        let (coefficients, _) = affine(self.nest.reads[read].address, axes).expect("an operand of a product");
        let over = (rank..axes).fold(Term::int(0), |n, axis| n + coefficients[axis] * Term::axis(axis));
        self.known.push(HashMap::new());
        let before = length.map(|length| self.compare("arith.cmpi slt", &place, length));
        let inside = match (before, spot.there.clone()) {
            (Some(one), Some(other)) => Some(self.same("arith.andi", &[&one, &other])),
            (one, other) => one.or(other),
        };
        self.sum_digits(place);
        let over = self.term(over);
        let address = self.same("arith.addi", &[&spot.address, &over]);
        self.known.pop();
        (rank..axes).for_each(|axis| self.index[axis] = None);
        (address, inside)
    }

    /// Gives the sum's axes the digits of a number, in 32 bits where it has so few: divisions are long on a device.
    fn sum_digits(&mut self, number: Val) {
        let (rank, axes) = (self.nest.rank(), self.nest.axes());
        let extents: Option<Vec<i64>> = (rank..axes).map(|axis| self.nest.extent(axis).as_int()).collect();
        let small = |extents: &Vec<i64>| {
            let count = extents.iter().try_fold(1i64, |n, &d| n.checked_mul(d));
            count.is_some_and(|count| count < 1 << 30)
        };
        let Some(extents) = extents.filter(|extents| extents.len() > 1 && small(extents)) else {
            return self.digits(number, rank..axes);
        };
        let narrow = format!("arith.trunci {} : i64 to i32", number.name);
        let mut rest = self.define(DType::I32, 1, &narrow);
        for (at, &extent) in extents.iter().enumerate().rev() {
            let digit = if at == 0 {
                rest.clone()
            } else {
                let extent = self.constant(Scalar::from_int(DType::I32, extent.into()), 1);
                let digit = self.same("arith.remui", &[&rest, &extent]);
                rest = self.same("arith.divui", &[&rest, &extent]);
                digit
            };
            let wide = self.define(DType::I64, 1, &format!("arith.extui {} : i32 to i64", digit.name));
            self.index[rank + at] = Some(Index::Uniform(wide));
        }
    }

    /// Does what follows the sums, and stores: in the order of the output's memory, 16 bytes at a time if it lies so.
    pub(super) fn finish_sums(&mut self, tiles: &Tiles, rectangle: &Rectangle, staged: &Staged) {
        let wide = i64::from(tiles.shape[1]);
        let run = self.stored_run(tiles);
        let (zero, all) = (self.int(0), self.int(staged.rows * wide / run));
        let all = self.select(&rectangle.there, &all, &zero);
        let step = self.int(tiles.threads().into());
        let [(first_row, rows), (first_column, columns)] = &rectangle.ends;
        self.for_loop(&rectangle.thread, &all, &step, &[], |e, at, _| {
            let pieces = e.int(wide / run);
            let row = e.same("arith.divui", &[&at, &pieces]);
            let column = e.same("arith.remui", &[&at, &pieces]);
            let column = e.multiple(&column, run);
            let from = e.multiple(&row, staged.pitch);
            let from = e.same("arith.addi", &[&from, &column]);
            let group = e.int(staged.group);
            let high = e.same("arith.divui", &[&row, &group]);
            let low = e.same("arith.remui", &[&row, &group]);
            let high = e.multiple(&high, staged.stride);
            let row = e.same("arith.addi", &[&high, &low]);
            let row = e.more(&row, staged.first);
            let row = e.same("arith.addi", &[first_row, &row]);
            let column = e.same("arith.addi", &[first_column, &column]);
            let store = |e: &mut Self| {
                e.digits(row.clone(), tiles.rows.iter().copied());
                e.digits(column.clone(), tiles.columns.iter().copied());
                let total = (staged.load)(e, &from, run as usize);
                e.reduced = Some(total);
                let mut store = |e: &mut Self| {
                    let value = e.term(e.nest.stored());
                    e.store(&value, e.nest.store, e.nest.dtype);
                };
                let last = e.nest.rank() - 1;
                match e.index[last].clone() {
                    Some(Index::Uniform(base)) if run > 1 => {
                        e.aligned = true;
                        e.in_lanes(last, run as usize, base, None, &mut store);
                        e.aligned = false;
                    }
                    _ => store(e),
                }
                e.reduced = None;
            };
            let mut inside: Option<Val> = None;
            for (which, (at, count)) in [(&row, rows), (&column, columns)].into_iter().enumerate() {
                if !rectangle.whole[which] {
                    let here = e.compare("arith.cmpi slt", at, count);
                    inside = Some(match inside {
                        Some(other) => e.same("arith.andi", &[&other, &here]),
                        None => here,
                    });
                }
            }
            match inside {
                Some(inside) => e.if_then(&inside, store),
                None => store(e),
            }
            vec![]
        });
    }

    /// How many neighbours along the columns can be stored at a time, with all that is read for them.
    fn stored_run(&self, tiles: &Tiles) -> i64 {
        let nest = self.nest;
        let last = nest.rank() - 1;
        if self.parameters != Some(Parameters::Pointers) || tiles.columns.last() != Some(&last) {
            return 1;
        }
        let reads: Vec<usize> = nest
            .stored()
            .postorder()
            .iter()
            .filter_map(|term| match term.node() {
                Node::Load(k, _) if k as usize != REDUCED => Some(k as usize),
                _ => None,
            })
            .collect();
        let fits = |width: i64| {
            nest.runs(nest.store, last, width)
                && reads.iter().map(|&k| &nest.reads[k]).all(|read| {
                    let address = read.address;
                    let either = nest.stays(address, last) || nest.runs(address, last, width);
                    either && read.guard.is_none()
                })
        };
        let most = 16 / nest.dtype.size().max(2) as i64;
        [8, 4, 2].into_iter().find(|&width| width <= most && fits(width)).unwrap_or(1)
    }

    pub(super) fn more(&mut self, value: &Val, more: i64) -> Val {
        if more == 0 {
            return value.clone();
        }
        let more = self.int(more);
        self.same("arith.addi", &[value, &more])
    }

    pub(super) fn multiple(&mut self, value: &Val, factor: i64) -> Val {
        if factor == 1 {
            return value.clone();
        }
        let factor = self.int(factor);
        self.same("arith.muli", &[value, &factor])
    }
}
