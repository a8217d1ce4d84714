//! Sums of products of half floats on the matrix units of NVIDIA's devices (`mma.sync`, m16n8k16, sums in `f32`; PTX ISA, "Matrix
//! fragments for mma.m16n8k16").
//!
//! Eight subgroups share a square: two of them along its rows, four along its columns. Pieces of both operands lie in workgroup memory
//! with the sum's index innermost, as the fragments want them.

use super::*;
use crate::kernel::form::Tiles;
use crate::kernel::index::affine;

/// Products of a sum that pass through workgroup memory at a time.
const DEPTH: i64 = 32;
/// Elements from one row of a piece to the next: the eight rows of a fragment lie in different banks.
const PITCH: i64 = 40;
/// Rows of a square that pass through workgroup memory at a time on their way out.
const OUT_ROWS: i64 = 32;
/// Threads that run together.
const SUBGROUP: i64 = 32;

/// How a thread brings its elements of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Eight neighbours along the sum.
    Along,
    /// So many neighbours along the operand's own axis, for two places of the sum.
    Across(i64),
    /// One by one.
    Single,
}

/// An operand on its way through workgroup memory.
struct Operand {
    read: usize,
    way: Way,
    parts: Vec<Part>,
}

/// What a thread brings at a time.
struct Part {
    /// The address of its first element but for what the sum's axes add.
    address: Val,
    /// Whether there is such a row or column.
    there: Val,
    /// Its place along the sum, in a piece.
    depth: Val,
    /// Where it goes in workgroup memory.
    to: Val,
}

impl<'a> Emitter<'a> {
    /// What one thread does for the nest of a form of tiles on matrix units.
    pub(super) fn units_of(&mut self, tiles: &'a Tiles) {
        let side = i64::from(tiles.side);
        let half = self.nest.reads[tiles.operands[0]].dtype;
        self.array(1, 2 * side * PITCH, "i16", 2);
        self.array(1, OUT_ROWS * side, "f32", 4);
        let square = self.square(tiles);
        let sum: Vec<usize> = (self.nest.rank()..self.nest.axes()).collect();
        let operands = [0, 1].map(|which| self.unit_operand(tiles, which, &square));

        // Subgroups along rows and columns, and what each of them computes: fragments of 16 rows and of 8 columns.
        let (tall, wide) = (side / 2, side / 4);
        let (down, across) = ((tall / 16) as usize, (wide / 8) as usize);
        let [subgroup_size, four] = [SUBGROUP, 4].map(|n| self.int(n));
        let subgroup = self.same("arith.divui", &[&square.thread, &subgroup_size]);
        let lane = self.same("arith.remui", &[&square.thread, &subgroup_size]);
        let first_row = self.same("arith.divui", &[&subgroup, &four]);
        let first_column = self.same("arith.remui", &[&subgroup, &four]);
        let fragment_row = self.same("arith.divui", &[&lane, &four]);
        let fragment_pair = self.same("arith.remui", &[&lane, &four]);
        let fragment_pair = self.multiple(&fragment_pair, 2);
        // Where this thread's words of the fragments start in each piece.
        let starts =
            [(&first_row, tall, 0), (&first_column, wide, side * PITCH)].map(|(at, length, start)| {
                let first = self.multiple(at, length);
                let row = self.same("arith.addi", &[&first, &fragment_row]);
                let line = self.multiple(&row, PITCH);
                let at = self.same("arith.addi", &[&line, &fragment_pair]);
                self.more(&at, start)
            });

        let (zero, depth) = (self.int(0), self.int(DEPTH));
        let none = self.constant(Scalar::from_f64(DType::F32, 0.0), 1);
        let sums = 4 * down * across;
        let mut start = vec![none; sums];
        for operand in &operands {
            start.extend(self.bring_units(operand, &sum, &zero, &square.length));
        }
        let last = self.for_loop(&zero, &square.length, &depth, &start, |e, at, values| {
            let (totals, brought) = values.split_at(sums);
            let mut brought = brought.iter().cloned();
            for operand in &operands {
                e.leave_units(operand, &mut brought);
            }
            e.line("gpu.barrier");
            let next_at = e.same("arith.addi", &[&at, &depth]);
            let mut next: Vec<Val> = Vec::new();
            for operand in &operands {
                next.extend(e.bring_units(operand, &sum, &next_at, &square.length));
            }
            let mut totals = totals.to_vec();
            for step in 0..DEPTH / 16 {
                let rows: Vec<Vec<Rc<str>>> = (0..down as i64)
                    .map(|i| {
                        let places = [(0, 0), (8, 0), (0, 8), (8, 8)];
                        let word = |(row, k)| (16 * i + row) * PITCH + 16 * step + k;
                        places.map(|place| e.fragment_word(&starts[0], word(place), half)).to_vec()
                    })
                    .collect();
                let columns: Vec<Vec<Rc<str>>> = (0..across as i64)
                    .map(|j| {
                        [0, 8]
                            .map(|k| e.fragment_word(&starts[1], 8 * j * PITCH + 16 * step + k, half))
                            .to_vec()
                    })
                    .collect();
                for (i, row) in rows.iter().enumerate() {
                    for (j, column) in columns.iter().enumerate() {
                        let at = 4 * (i * across + j);
                        let new = e.multiply(row, column, &totals[at..at + 4], half);
                        totals.splice(at..at + 4, new);
                    }
                }
            }
            e.line("gpu.barrier");
            totals.into_iter().chain(next).collect()
        });

        // Out by way of workgroup memory, some rows at a time, so that what follows runs in the order of the output's memory.
        for pass in 0..side / OUT_ROWS {
            if pass > 0 {
                self.line("gpu.barrier");
            }
            let owner = self.int(pass * OUT_ROWS / tall);
            let owns = self.compare("arith.cmpi eq", &first_row, &owner);
            let first = (pass * OUT_ROWS % tall / 16) as usize;
            self.if_then(&owns, |e| {
                for i in first..first + (OUT_ROWS / 16) as usize {
                    for j in 0..across {
                        for part in 0..4 {
                            let row = 16 * (i - first) as i64 + if part < 2 { 0 } else { 8 };
                            let row = e.more(&fragment_row, row);
                            let line = e.multiple(&row, side);
                            let column = e.multiple(&first_column, wide);
                            let column = e.same("arith.addi", &[&column, &fragment_pair]);
                            let column = e.more(&column, 8 * j as i64 + part as i64 % 2);
                            let at = e.same("arith.addi", &[&line, &column]);
                            e.leave(&last[4 * (i * across + j) + part], 1, &at);
                        }
                    }
                }
            });
            self.line("gpu.barrier");
            self.finish_square(tiles, &square, 1, (pass * OUT_ROWS, OUT_ROWS));
        }
    }

    /// The elements of operand number `which` that this thread brings.
    fn unit_operand(&mut self, tiles: &Tiles, which: usize, square: &super::tiles::Square) -> Operand {
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
        let neighbours = |axis: Option<usize>, width: i64| {
            let multiple = |term: Term| term.modulo(Term::int(width)).as_int() == Some(0);
            axis.is_some_and(|axis| {
                coefficients[axis].as_int() == Some(1)
                    && multiple(self.nest.extent(axis))
                    && multiple(base)
                    && (0..axes).all(|other| other == axis || multiple(coefficients[other]))
            })
        };
        let way = if neighbours(axes.checked_sub(1), 8) {
            Way::Along
        } else if neighbours(own.last().copied(), side / 16) {
            Way::Across(side / 16)
        } else {
            Way::Single
        };
        let common = base + over(&mut tiles.batch.iter().copied());
        let common = self.term(common);
        let along = over(&mut own.iter().copied());
        let next = |axis: Option<usize>| axis.is_some_and(|axis| coefficients[axis].as_int() == Some(1));
        let deep_first = next(axes.checked_sub(1)) && !next(own.last().copied());
        // In units of a part: how many along the sum and along the operand, and which of them neighbouring threads take.
        let (deep, long, deep_first) = match way {
            Way::Along => (DEPTH / 8, side, true),
            Way::Across(width) => (DEPTH / 2, side / width, false),
            Way::Single => (DEPTH, side, deep_first),
        };
        let threads = i64::from(Tiles::THREADS);
        let parts = (0..deep * long / threads).map(|number| {
            self.known.push(HashMap::new());
            let at = self.more(&square.thread, number * threads);
            let inner = self.int(if deep_first { deep } else { long });
            let slow = self.same("arith.divui", &[&at, &inner]);
            let fast = self.same("arith.remui", &[&at, &inner]);
            let (depth, place) = if deep_first { (fast, slow) } else { (slow, fast) };
            let depth = self.multiple(&depth, DEPTH / deep);
            let place = self.multiple(&place, side / long);
            let number = self.same("arith.addi", &[first, &place]);
            let there = self.compare("arith.cmpi slt", &number, count);
            self.digits(number, own.iter().copied());
            let along = self.term(along);
            let address = self.same("arith.addi", &[&common, &along]);
            let line = self.multiple(&place, PITCH);
            let to = self.same("arith.addi", &[&line, &depth]);
            let to = self.more(&to, if which == 0 { 0 } else { side * PITCH });
            self.known.pop();
            Part { address, there, depth, to }
        });
        let parts = parts.collect();
        own.iter().for_each(|&axis| self.index[axis] = None);
        Operand { read, way, parts }
    }

    /// Loads this thread's elements of the piece that starts at a place of the sum, as they lie in memory; zeros beyond the operand's
    /// ends.
    fn bring_units(&mut self, operand: &Operand, sum: &[usize], at: &Val, length: &Val) -> Vec<Val> {
        let access = self.nest.reads[operand.read].clone();
        let pointer = self.pointers[operand.read].clone();
        let (coefficients, _) = affine(access.address, self.nest.axes()).expect("an operand of a product");
        let over = sum.iter().fold(Term::int(0), |n, &axis| n + coefficients[axis] * Term::axis(axis));
        let (width, places) = match operand.way {
            Way::Along => (8, 1),
            Way::Across(width) => (width, 2),
            Way::Single => (1, 1),
        };
        let none = self.constant(Scalar::from_int(DType::I16, 0), width as usize);
        let mut values = Vec::new();
        for part in &operand.parts {
            for place in 0..places {
                self.known.push(HashMap::new());
                let place = self.more(&part.depth, place);
                let place = self.same("arith.addi", &[at, &place]);
                let inside = self.compare("arith.cmpi slt", &place, length);
                let inside = self.same("arith.andi", &[&inside, &part.there]);
                self.digits(place, sum.iter().copied());
                let over = self.term(over);
                let address = self.same("arith.addi", &[&part.address, &over]);
                let bits = |e: &mut Self| {
                    let place = e.place(&pointer, &address, "i16");
                    let ty = shaped("i16", width as usize);
                    let text =
                        format!("llvm.load {place} {{alignment = {} : i64}} : !llvm.ptr -> {ty}", 2 * width);
                    e.define(DType::I16, width as usize, &text)
                };
                values.push(self.if_else(&inside, (DType::I16, width as usize), bits, |_| none.clone()));
                self.known.pop();
            }
        }
        sum.iter().for_each(|&axis| self.index[axis] = None);
        values
    }

    /// Leaves what has been brought in workgroup memory, the sum's index innermost.
    fn leave_units(&mut self, operand: &Operand, brought: &mut impl Iterator<Item = Val>) {
        let mut next = || brought.next().expect("what was brought");
        for part in &operand.parts {
            match operand.way {
                Way::Along | Way::Single => self.store_bits(&next(), &part.to),
                Way::Across(width) => {
                    let (even, odd) = (next(), next());
                    for i in 0..width {
                        let text = format!(
                            "vector.shuffle {}, {} [{i}, {}] : {}, {}",
                            even.name,
                            odd.name,
                            width + i,
                            even.ty(),
                            odd.ty()
                        );
                        let pair = self.define(DType::I16, 2, &text);
                        let to = self.more(&part.to, i * PITCH);
                        self.store_bits(&pair, &to);
                    }
                }
            }
        }
    }

    fn store_bits(&mut self, value: &Val, at: &Val) {
        let index = self.raw(&format!("arith.index_cast {} : i64 to index", at.name));
        let Array { name, ty, .. } = &self.arrays[0];
        let line = match value.lanes {
            1 => format!("memref.store {}, {name}[{index}] : {ty}", value.name),
            lanes => format!(
                "vector.store {}, {name}[{index}] {{alignment = {} : i64}} : {ty}, {}",
                value.name,
                2 * lanes,
                value.ty()
            ),
        };
        self.line(&line);
    }

    /// Two neighbouring elements of a piece, as an operand of the matrix unit.
    fn fragment_word(&mut self, start: &Val, at: i64, half: DType) -> Rc<str> {
        let at = self.more(start, at);
        let index = self.raw(&format!("arith.index_cast {} : i64 to index", at.name));
        let Array { name, ty, .. } = &self.arrays[0];
        let text = format!("vector.load {name}[{index}] {{alignment = 4 : i64}} : {ty}, vector<2xi16>");
        let bits = self.raw(&text);
        match half {
            DType::F16 => self.raw(&format!("vector.bitcast {bits} : vector<2xi16> to vector<2xf16>")),
            _ => self.raw(&format!("llvm.bitcast {bits} : vector<2xi16> to i32")),
        }
    }

    /// A fragment of 16 by 16 times one of 16 by 8, added to one of 16 by 8.
    pub(super) fn multiply(
        &mut self,
        row: &[Rc<str>],
        column: &[Rc<str>],
        total: &[Val],
        half: DType,
    ) -> Vec<Val> {
        let list = |names: &[Rc<str>]| names.join(", ");
        let total: Vec<Rc<str>> = total.iter().map(|value| value.name.clone()).collect();
        let (kind, word) = match half {
            DType::F16 => ("", "vector<2xf16>"),
            _ => (
                ", multiplicandAPtxType = #nvvm.mma_type<bf16>, multiplicandBPtxType = #nvvm.mma_type<bf16>",
                "i32",
            ),
        };
        let fragment = "!llvm.struct<(f32, f32, f32, f32)>";
        let result = self.raw(&format!(
            "nvvm.mma.sync A[{}] B[{}] C[{}] {{layoutA = #nvvm.mma_layout<row>, layoutB = #nvvm.mma_layout<col>, \
             shape = #nvvm.shape<m = 16, n = 8, k = 16>{kind}}} : ({word}, {word}, f32) -> {fragment}",
            list(row),
            list(column),
            list(&total)
        ));
        let part = |e: &mut Self, i| {
            e.define(DType::F32, 1, &format!("llvm.extractvalue {result}[{i}] : {fragment}"))
        };
        (0..4).map(|i| part(self, i)).collect()
    }

    pub(super) fn multiple(&mut self, value: &Val, factor: i64) -> Val {
        let factor = self.int(factor);
        self.same("arith.muli", &[value, &factor])
    }
}
