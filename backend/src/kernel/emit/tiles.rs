//! Sums of products on devices: squares of the output, pieces of both operands in workgroup memory.

use super::*;
use crate::kernel::form::{Tiles, up};
use crate::kernel::index::affine;

/// Products of a sum that pass through workgroup memory at a time.
const DEPTH: i64 = 16;
/// Threads along a side of a square.
const ACROSS: i64 = 16;
/// Elements between the rows of a piece beyond its side, so that columns of it lie in different banks.
const PAD: i64 = 4;

/// An operand on its way through workgroup memory.
struct Operand {
    read: usize,
    /// Where its piece starts in workgroup memory.
    start: i64,
    /// The elements of a piece that this thread brings.
    parts: Vec<Part>,
}

/// One element of every piece.
struct Part {
    /// Its address but for what the sum's axes add.
    address: Val,
    /// Whether there is such a row or column.
    there: Val,
    /// Its place along the sum, in a piece.
    depth: Val,
    /// Where it goes in workgroup memory.
    to: Val,
}

/// The square of a workgroup.
pub(super) struct Square {
    /// The thread's number in the workgroup.
    pub(super) thread: Val,
    /// Whether there is such a square.
    pub(super) there: Val,
    /// The first row, and how many there are in all.
    pub(super) rows: (Val, Val),
    /// The same of columns.
    pub(super) columns: (Val, Val),
    /// Products of each sum; none where there is no square.
    pub(super) length: Val,
}

impl<'a> Emitter<'a> {
    /// What one thread does for the nest of a form of tiles.
    pub(super) fn tiles_of(&mut self, tiles: &'a Tiles) {
        let side = i64::from(tiles.side);
        let each = side / ACROSS;
        let wide = self.nest.body.dtype();
        let pitch = side + PAD;
        let elements = (2 * DEPTH * pitch).max(side * side);
        self.array(1, elements, register(wide), wide.size());

        let square = self.square(tiles);
        let sum: Vec<usize> = (self.nest.rank()..self.nest.axes()).collect();
        let (zero, length) = (self.int(0), square.length.clone());
        let operands = [0, 1].map(|which| self.operand(tiles, which, &square));

        // Sums, and the elements of the next piece that are on their way.
        let none = self.constant(Scalar::from_f64(wide, 0.0), 1);
        let mut start = vec![none; (each * each) as usize];
        for operand in &operands {
            start.extend(self.bring(operand, &sum, &zero, &length));
        }
        let (depth, across) = (self.int(DEPTH), self.int(ACROSS));
        let own_row = self.same("arith.divui", &[&square.thread, &across]);
        let own_column = self.same("arith.remui", &[&square.thread, &across]);
        let per = self.int(each);
        let [own_row, own_column] = [own_row, own_column].map(|at| self.same("arith.muli", &[&at, &per]));
        let last = self.for_loop(&zero, &length, &depth, &start, |e, at, values| {
            let (sums, brought) = values.split_at((each * each) as usize);
            let mut brought = brought.iter();
            for part in operands.iter().flat_map(|operand| &operand.parts) {
                let value = brought.next().expect("a value for each part");
                e.leave(value, 0, &part.to);
            }
            e.line("gpu.barrier");
            let next_at = e.same("arith.addi", &[&at, &depth]);
            let mut next: Vec<Val> = Vec::new();
            for operand in &operands {
                next.extend(e.bring(operand, &sum, &next_at, &length));
            }
            let (sums, one) = (sums.to_vec(), e.int(1));
            let sums = e.for_loop(&zero, &depth, &one, &sums, |e, k, sums| {
                let pitch = e.int(pitch);
                let line = e.same("arith.muli", &[&k, &pitch]);
                let [left, right] =
                    [(&operands[0], &own_row), (&operands[1], &own_column)].map(|(operand, own)| {
                        let start = e.int(operand.start);
                        let line = e.same("arith.addi", &[&line, &start]);
                        let first = e.same("arith.addi", &[&line, own]);
                        (0..each).map(|i| e.in_piece(&first, i, wide)).collect::<Vec<_>>()
                    });
                let pairs = left.iter().flat_map(|x| right.iter().map(move |y| (x, y)));
                pairs.zip(&sums).map(|((x, y), sum)| e.same("math.fma", &[x, y, sum])).collect()
            });
            e.line("gpu.barrier");
            sums.into_iter().chain(next).collect()
        });

        // The square in workgroup memory, so that what follows runs in the order of the output's memory.
        for (number, value) in last[..(each * each) as usize].iter().enumerate() {
            let (i, j) = (number as i64 / each, number as i64 % each);
            let row = self.more(&own_row, i);
            let pitch = self.int(side);
            let line = self.same("arith.muli", &[&row, &pitch]);
            let column = self.more(&own_column, j);
            let at = self.same("arith.addi", &[&line, &column]);
            self.leave(value, 0, &at);
        }
        self.line("gpu.barrier");
        self.finish_square(tiles, &square, 0, (0, side));
    }

    /// Which square this workgroup computes.
    pub(super) fn square(&mut self, tiles: &Tiles) -> Square {
        let [rows, columns, products] = tiles.counts();
        let (group, thread) = self.numbers();
        let (down, across) = (self.term(up(rows, tiles.side)), self.term(up(columns, tiles.side)));
        let side = self.int(tiles.side.into());
        let column = self.same("arith.remui", &[&group, &across]);
        let rest = self.same("arith.divui", &[&group, &across]);
        let row = self.same("arith.remui", &[&rest, &down]);
        let product = self.same("arith.divui", &[&rest, &down]);
        let [first_row, first_column] = [&row, &column].map(|at| self.same("arith.muli", &[at, &side]));
        let products = self.term(products);
        let there = self.compare("arith.cmpi slt", &product, &products);
        self.digits(product, tiles.batch.iter().copied());
        let [rows, columns] = [rows, columns].map(|count| self.term(count));
        let length = self.term(self.nest.reduce.iter().fold(Term::int(1), |n, &d| n * d));
        let zero = self.int(0);
        let length = self.select(&there, &length, &zero);
        Square { thread, there, rows: (first_row, rows), columns: (first_column, columns), length }
    }

    /// Does what follows the sums, and stores: so many rows of the square, from one on, that lie in an array of workgroup memory.
    pub(super) fn finish_square(
        &mut self,
        tiles: &Tiles,
        square: &Square,
        array: usize,
        (first, count): (i64, i64),
    ) {
        let side = i64::from(tiles.side);
        let (zero, all) = (self.int(0), self.int(count * side));
        let (step, side) = (self.int(Tiles::THREADS.into()), self.int(side));
        let all = self.select(&square.there, &all, &zero);
        let first_row = self.more(&square.rows.0, first);
        let like = Val { name: "".into(), dtype: self.nest.body.dtype(), lanes: 1 };
        self.for_loop(&square.thread, &all, &step, &[], |e, at, _| {
            let row = e.same("arith.divui", &[&at, &side]);
            let column = e.same("arith.remui", &[&at, &side]);
            let row = e.same("arith.addi", &[&first_row, &row]);
            let column = e.same("arith.addi", &[&square.columns.0, &column]);
            let inside = e.compare("arith.cmpi slt", &row, &square.rows.1);
            let also = e.compare("arith.cmpi slt", &column, &square.columns.1);
            let inside = e.same("arith.andi", &[&inside, &also]);
            e.if_then(&inside, |e| {
                e.digits(row, tiles.rows.iter().copied());
                e.digits(column, tiles.columns.iter().copied());
                let total = e.take(&like, array, &at);
                e.reduced = Some(total);
                let value = e.term(e.nest.stored());
                e.reduced = None;
                e.store(&value, e.nest.store, e.nest.dtype);
            });
            vec![]
        });
    }

    /// The elements of operand number `which` that this thread brings: those of `first..count` along its rows or columns.
    fn operand(&mut self, tiles: &Tiles, which: usize, square: &Square) -> Operand {
        let side = i64::from(tiles.side);
        let read = tiles.operands[which];
        let own = if which == 0 { &tiles.rows } else { &tiles.columns };
        let (first, count) = if which == 0 { &square.rows } else { &square.columns };
        let axes = self.nest.axes();
        let (coefficients, base) =
            affine(self.nest.reads[read].address, axes).expect("an operand of a product");
        let over = |axes: &mut dyn Iterator<Item = usize>| {
            axes.fold(Term::int(0), |sum, axis| sum + coefficients[axis] * Term::axis(axis))
        };
        let common = base + over(&mut tiles.batch.iter().copied());
        let along = over(&mut own.iter().copied());
        let common = self.term(common);
        // Neighbouring threads bring neighbouring elements.
        let next = |axis: Option<usize>| axis.is_some_and(|axis| coefficients[axis].as_int() == Some(1));
        let deep_first = next(axes.checked_sub(1)) && !next(own.last().copied());
        let start = if which == 0 { 0 } else { DEPTH * (side + PAD) };
        let parts = (0..side * DEPTH / i64::from(Tiles::THREADS)).map(|number| {
            self.known.push(HashMap::new());
            let at = self.more(&square.thread, number * i64::from(Tiles::THREADS));
            let inner = self.int(if deep_first { DEPTH } else { side });
            let slow = self.same("arith.divui", &[&at, &inner]);
            let fast = self.same("arith.remui", &[&at, &inner]);
            let (depth, place) = if deep_first { (fast, slow) } else { (slow, fast) };
            let number = self.same("arith.addi", &[first, &place]);
            let there = self.compare("arith.cmpi slt", &number, count);
            self.digits(number, own.iter().copied());
            let along = self.term(along);
            let address = self.same("arith.addi", &[&common, &along]);
            let pitch = self.int(side + PAD);
            let line = self.same("arith.muli", &[&depth, &pitch]);
            let to = self.same("arith.addi", &[&line, &place]);
            let to = self.more(&to, start);
            self.known.pop();
            Part { address, there, depth, to }
        });
        let parts = parts.collect();
        own.iter().for_each(|&axis| self.index[axis] = None);
        Operand { read, start, parts }
    }

    /// Loads this thread's elements of the piece that starts at a place of the sum; zeros beyond the operand's ends.
    fn bring(&mut self, operand: &Operand, sum: &[usize], at: &Val, length: &Val) -> Vec<Val> {
        let access = self.nest.reads[operand.read].clone();
        let pointer = self.pointers[operand.read].clone();
        let (coefficients, _) = affine(access.address, self.nest.axes()).expect("an operand of a product");
        let over = sum.iter().fold(Term::int(0), |n, &axis| n + coefficients[axis] * Term::axis(axis));
        let wide = self.nest.body.dtype();
        let none = self.constant(Scalar::from_f64(wide, 0.0), 1);
        let values = operand.parts.iter().map(|part| {
            self.known.push(HashMap::new());
            let place = self.same("arith.addi", &[at, &part.depth]);
            let inside = self.compare("arith.cmpi slt", &place, length);
            let inside = self.same("arith.andi", &[&inside, &part.there]);
            self.digits(place, sum.iter().copied());
            let over = self.term(over);
            let address = self.same("arith.addi", &[&part.address, &over]);
            let value = self.if_else(
                &inside,
                (wide, 1),
                |e| {
                    let raw = e.load_element(&pointer, &address, access.dtype);
                    let value = e.loaded(&raw, access.dtype, 1);
                    e.cast(&value, wide)
                },
                |_| none.clone(),
            );
            self.known.pop();
            value
        });
        let values = values.collect();
        sum.iter().for_each(|&axis| self.index[axis] = None);
        values
    }

    /// Element `i` behind `first` of a piece.
    fn in_piece(&mut self, first: &Val, i: i64, dtype: DType) -> Val {
        let at = self.more(first, i);
        self.take(&Val { name: "".into(), dtype, lanes: 1 }, 0, &at)
    }

    pub(super) fn more(&mut self, value: &Val, more: i64) -> Val {
        let more = self.int(more);
        self.same("arith.addi", &[value, &more])
    }
}
