//! Sums of products on any device: squares of the output, pieces of both operands by way of registers to workgroup memory.

use super::rectangles::{Rectangle, Spot, Staged};
use super::*;
use crate::kernel::form::{Lie, Tiles};

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
    /// The elements of a piece that this thread brings, and where they go in workgroup memory.
    parts: Vec<(Spot, Val)>,
}

impl<'a> Emitter<'a> {
    /// What one thread does for the nest of a form of tiles.
    pub(super) fn tiles_of(&mut self, tiles: &'a Tiles) {
        let side = i64::from(tiles.shape[0]);
        let each = side / ACROSS;
        let wide = self.nest.body.dtype();
        let pitch = side + PAD;
        let elements = (2 * DEPTH * pitch).max(side * side);
        self.array(1, elements, register(wide), wide.size());

        let square = self.rectangle(tiles);
        let (zero, length) = (self.int(0), square.length.clone());
        let operands = [0, 1].map(|which| self.operand(tiles, which, &square));

        // Sums, and the elements of the next piece that are on their way.
        let none = self.constant(Scalar::from_f64(wide, 0.0), 1);
        let mut start = vec![none; (each * each) as usize];
        for operand in &operands {
            start.extend(self.bring(operand, &zero, &length));
        }
        let (depth, across) = (self.int(DEPTH), self.int(ACROSS));
        let own_row = self.same("arith.divui", &[&square.thread, &across]);
        let own_column = self.same("arith.remui", &[&square.thread, &across]);
        let [own_row, own_column] = [own_row, own_column].map(|at| self.multiple(&at, each));
        let last = self.for_loop(&zero, &length, &depth, &start, |e, at, values| {
            let (sums, brought) = values.split_at((each * each) as usize);
            let mut brought = brought.iter();
            for (_, to) in operands.iter().flat_map(|operand| &operand.parts) {
                let value = brought.next().expect("a value for each part");
                e.leave(value, 0, to);
            }
            e.line("gpu.barrier");
            let next_at = e.same("arith.addi", &[&at, &depth]);
            let mut next: Vec<Val> = Vec::new();
            for operand in &operands {
                next.extend(e.bring(operand, &next_at, &length));
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
            let line = self.multiple(&row, side);
            let column = self.more(&own_column, j);
            let at = self.same("arith.addi", &[&line, &column]);
            self.leave(value, 0, &at);
        }
        self.line("gpu.barrier");
        let load = |e: &mut Emitter<'_>, at: &Val, run: usize| {
            let like = Val { name: "".into(), dtype: wide, lanes: 1 };
            if run == 1 {
                return e.take(&like, 0, at);
            }
            let index = e.raw(&format!("arith.index_cast {} : i64 to index", at.name));
            let (name, ty) = (e.arrays[0].name.clone(), e.arrays[0].ty.clone());
            let vector = shaped(register(wide), run);
            e.define(wide, run, &format!("vector.load {name}[{index}] : {ty}, {vector}"))
        };
        let staged = Staged { rows: side, pitch: side, first: 0, group: side, stride: 0, load: &load };
        self.finish_sums(tiles, &square, &staged);
    }

    /// The elements of operand number `which` that this thread brings.
    fn operand(&mut self, tiles: &Tiles, which: usize, square: &Rectangle) -> Operand {
        let pitch = i64::from(tiles.shape[which]) + PAD;
        let start = if which == 0 { 0 } else { DEPTH * pitch };
        let lie = Lie { run: 1, ..tiles.lie(which) };
        let spots = self.spots(tiles, which, square, DEPTH, lie);
        let parts = spots.into_iter().map(|spot| {
            let line = self.multiple(&spot.depth, pitch);
            let to = self.same("arith.addi", &[&line, &spot.place]);
            let to = self.more(&to, start);
            (spot, to)
        });
        Operand { read: tiles.operands[which], start, parts: parts.collect() }
    }

    /// Loads this thread's elements of the piece that starts at a place of the sum; zeros beyond the operand's ends.
    fn bring(&mut self, operand: &Operand, at: &Val, length: &Val) -> Vec<Val> {
        let access = self.nest.reads[operand.read].clone();
        let pointer = self.pointers[operand.read].clone();
        let wide = self.nest.body.dtype();
        let none = self.constant(Scalar::from_f64(wide, 0.0), 1);
        let values = operand.parts.iter().map(|(spot, _)| {
            let place = self.same("arith.addi", &[at, &spot.depth]);
            let (address, inside) = self.spot_at(operand.read, spot, place, Some(length));
            let load = |e: &mut Self| {
                let raw = e.load_element(&pointer, &address, access.dtype);
                let value = e.loaded(&raw, access.dtype, 1);
                e.cast(&value, wide)
            };
            match inside {
                Some(inside) => self.if_else(&inside, (wide, 1), load, |_| none.clone()),
                None => load(self),
            }
        });
        values.collect()
    }

    /// Element `i` behind `first` of a piece.
    fn in_piece(&mut self, first: &Val, i: i64, dtype: DType) -> Val {
        let at = self.more(first, i);
        self.take(&Val { name: "".into(), dtype, lanes: 1 }, 0, &at)
    }
}
