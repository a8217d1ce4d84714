//! Attention on devices: tiles of keys pass by, and each row keeps the maximum of the scores it has seen, the sum of their exponentials
//! and the values' sum by these. Where the maximum grows, what has been summed is made smaller.
//! (Milakov and Gimelshein 2018, "Online normalizer calculation for softmax"; Dao et al. 2022, "FlashAttention".)
//!
//! Sixteen threads share rows: of a tile of scores, and of the result, each has every sixteenth column of them.

use super::*;
use crate::kernel::form::{Attention, up};
use crate::kernel::index::affine;

const ACROSS: i64 = Attention::ACROSS as i64;
const THREADS: i64 = Attention::THREADS as i64;
/// Products that are written out in a loop over products.
const UNROLLED: i64 = 4;

/// The arrays in workgroup memory.
const QUERIES: usize = 0;
const KEYS: usize = 1;
const VALUES: usize = 2;
const WEIGHTS: usize = 3;

/// An operand on its way to workgroup memory: some lines (queries, keys, values) of so many elements.
struct Operand<'a> {
    nest: &'a Nest,
    read: usize,
    /// The axes that number the line, and those that number the element in it.
    lines: Vec<usize>,
    elements: Vec<usize>,
    /// Axes whose indices are the same for the workgroup, and the number that they are the digits of.
    fixed: (Vec<usize>, Val),
    /// How many elements a line has, and with those that are padded with.
    width: (i64, i64),
    array: usize,
    /// Lines of a piece, and elements from one to the next in workgroup memory.
    count: i64,
    pitch: i64,
    parts: Vec<Part>,
}

/// An element of each piece.
struct Part {
    /// Its address but for what its line adds.
    address: Val,
    /// Whether it is one of the line; `None` if it always is.
    there: Option<Val>,
    /// Its line, in a piece.
    line: Val,
    /// Where it goes in workgroup memory.
    to: Val,
}

impl<'a> Emitter<'a> {
    /// What one thread does.
    pub(super) fn attention(&mut self, of: &'a Attention) {
        for (lines, each) in of.arrays() {
            self.array(1, lines * each, "f32", 4);
        }
        let (rows, step) = (i64::from(of.tile.0), i64::from(of.tile.1));
        let [depth, width] = of.padded();
        let (group, thread) = self.numbers();
        let blocks = self.term(up(of.group, of.tile.0));
        let block = self.same("arith.remui", &[&group, &blocks]);
        let batch = self.same("arith.divui", &[&group, &blocks]);
        let batches = self.term(of.groups);
        let there = self.compare("arith.cmpi slt", &batch, &batches);
        let (zero, across) = (self.int(0), self.int(ACROSS));
        let members = self.term(of.group);
        let first = self.same("arith.muli", &[&batch, &members]);
        let end = self.same("arith.addi", &[&first, &members]);
        let end = self.select(&there, &end, &zero);
        let keys = self.term(of.keys);
        let keys = self.select(&there, &keys, &zero);
        let own = self.same("arith.divui", &[&thread, &across]);
        let lane = self.same("arith.remui", &[&thread, &across]);
        // This thread's rows: in the tile, and of all.
        let each = rows * ACROSS / THREADS;
        let first_own = self.multiple(&own, each);
        let block = self.multiple(&block, rows);
        let first_row = self.same("arith.addi", &[&first, &block]);
        let row = self.same("arith.addi", &[&first_row, &first_own]);
        let own_rows: Vec<Val> = (0..each).map(|i| self.more(&row, i)).collect();

        let (scores, leading) = (&of.scores.0, of.scores.1);
        let score_operand = |read, lines: Vec<usize>, fixed: Vec<usize>, array, count| Operand {
            nest: scores,
            read,
            lines,
            elements: (scores.rank()..scores.axes()).collect(),
            fixed: (fixed, first.clone()),
            width: (of.depth.into(), depth),
            array,
            count,
            pitch: depth + 1,
            parts: vec![],
        };
        let row_axes: Vec<usize> = (0..leading).collect();
        let mut queries = score_operand(of.query, row_axes.clone(), vec![], QUERIES, rows);
        let mut moving = [
            score_operand(of.key, (leading..scores.rank()).collect(), row_axes, KEYS, step),
            Operand {
                nest: &of.output,
                read: of.value,
                lines: (of.output.rank()..of.output.axes()).collect(),
                elements: of.columns.clone(),
                fixed: (of.rows.clone(), first.clone()),
                width: (of.width.into(), width),
                array: VALUES,
                count: step,
                pitch: width,
                parts: vec![],
            },
        ];
        self.divide_piece(&mut queries, &thread);
        moving.iter_mut().for_each(|operand| self.divide_piece(operand, &thread));
        let brought = self.bring_piece(&queries, &first_row, &end);
        self.leave_piece(&queries, &brought);

        // Sums of values, row by row; maxima; sums of exponentials, of this thread's keys alone; the next tile on its way.
        let like = Val { name: "".into(), dtype: DType::F32, lanes: 1 };
        let (none, least) = (self.float(0.0, &like), self.float(f64::NEG_INFINITY, &like));
        let columns = width / ACROSS;
        let (sums, each) = ((each * columns) as usize, each as usize);
        let mut start = vec![none.clone(); sums];
        start.extend(vec![least.clone(); each]);
        start.extend(vec![none.clone(); each]);
        for operand in &moving {
            start.extend(self.bring_piece(operand, &zero, &keys));
        }
        let by = self.int(step);
        let last = self.for_loop(&zero, &keys, &by, &start, |e, at, values| {
            let (totals, rest) = values.split_at(sums);
            let (maxima, rest) = rest.split_at(each);
            let (parts, mut brought) = rest.split_at(each);
            for operand in &moving {
                let (now, later) = brought.split_at(operand.parts.len());
                e.leave_piece(operand, now);
                brought = later;
            }
            e.line("gpu.barrier");
            let next_at = e.same("arith.addi", &[&at, &by]);
            let mut next: Vec<Val> = Vec::new();
            for operand in &moving {
                next.extend(e.bring_piece(operand, &next_at, &keys));
            }

            let products = e.multiply_pieces(
                vec![none.clone(); each * (step / ACROSS) as usize],
                depth,
                |e, k| (0..each as i64).map(|i| e.entry(QUERIES, &first_own, i, depth + 1, k)).collect(),
                |e, k| (0..step / ACROSS).map(|j| e.entry(KEYS, &lane, ACROSS * j, depth + 1, k)).collect(),
            );
            let own_keys: Vec<Val> = (0..step / ACROSS)
                .map(|j| {
                    let key = e.same("arith.addi", &[&at, &lane]);
                    e.more(&key, ACROSS * j)
                })
                .collect();
            let scores: Vec<Vec<Val>> = products
                .chunks(own_keys.len())
                .zip(&own_rows)
                .map(|(products, row)| {
                    let pairs = products.iter().zip(&own_keys);
                    pairs
                        .map(|(product, key)| e.score(of, product, (row, &end), (key, &keys), &least))
                        .collect()
                })
                .collect();
            let own_maxima = scores
                .iter()
                .zip(maxima)
                .map(|(scores, &ref before)| {
                    scores.iter().fold(before.clone(), |a, b| e.apply(ScalarOp::Max, &[a, b.clone()]))
                })
                .collect();
            let maxima_now = e.among(own_maxima, ScalarOp::Max, &thread);
            let (mut totals, mut parts) = (totals.to_vec(), parts.to_vec());
            for (i, scores) in scores.iter().enumerate() {
                // Where nothing counts yet, there is no difference to take.
                let nothing = e.compare("arith.cmpf oeq", &maxima_now[i], &least);
                let from = e.select(&nothing, &none, &maxima_now[i]);
                let shrunk = e.shifted_exp(&maxima[i], &from);
                let columns = columns as usize;
                for total in &mut totals[i * columns..(i + 1) * columns] {
                    *total = e.same("arith.mulf", &[total, &shrunk]);
                }
                parts[i] = e.same("arith.mulf", &[&parts[i], &shrunk]);
                for (j, score) in scores.iter().enumerate() {
                    let weight = e.shifted_exp(score, &from);
                    parts[i] = e.same("arith.addf", &[&parts[i], &weight]);
                    let line = e.more(&first_own, i as i64);
                    let line = e.multiple(&line, step + 1);
                    let to = e.same("arith.addi", &[&line, &lane]);
                    let to = e.more(&to, ACROSS * j as i64);
                    e.leave(&weight, WEIGHTS, &to);
                }
            }
            e.line("gpu.barrier");
            let totals = e.multiply_pieces(
                totals,
                step,
                |e, k| (0..each as i64).map(|i| e.entry(WEIGHTS, &first_own, i, step + 1, k)).collect(),
                |e, k| {
                    let line = e.multiple(k, width);
                    let first = e.same("arith.addi", &[&line, &lane]);
                    let places = (0..columns).map(|x| e.more(&first, ACROSS * x)).collect::<Vec<_>>();
                    places.iter().map(|at| e.take(&like, VALUES, at)).collect()
                },
            );
            e.line("gpu.barrier");
            totals.into_iter().chain(maxima_now).chain(parts).chain(next).collect()
        });

        let parts = last[sums + each..sums + 2 * each].to_vec();
        let parts = self.among(parts, ScalarOp::Add, &thread);
        let nobody = self.compare("arith.cmpi sle", &keys, &zero);
        for (i, row) in own_rows.iter().enumerate() {
            let inside = self.compare("arith.cmpi slt", row, &end);
            self.if_then(&inside, |e| {
                for x in 0..columns {
                    let column = e.more(&lane, ACROSS * x);
                    let mean = e.same("arith.divf", &[&last[i * columns as usize + x as usize], &parts[i]]);
                    // A row without keys is a sum of nothing.
                    let mean = e.select(&nobody, &none, &mean);
                    if ACROSS * (x + 1) <= of.width.into() {
                        e.finish_column(of, row, column, mean);
                    } else {
                        let width = e.int(of.width.into());
                        let inside = e.compare("arith.cmpi slt", &column, &width);
                        e.if_then(&inside, |e| e.finish_column(of, row, column, mean));
                    }
                }
            });
        }
    }

    /// Runs `f` at a nest; what is computed there is forgotten after it.
    fn at_nest<'n, T>(&mut self, nest: &'n Nest, f: impl FnOnce(&mut Self) -> T) -> T
    where
        'n: 'a,
    {
        self.enter(nest);
        self.known.push(HashMap::new());
        let result = f(self);
        self.known.pop();
        result
    }

    /// Which elements of a piece this thread brings.
    fn divide_piece(&mut self, operand: &mut Operand<'a>, thread: &Val) {
        let Operand { nest, read, ref lines, ref elements, ref fixed, width, count, pitch, .. } = *operand;
        let (coefficients, base) =
            affine(nest.reads[read].address, nest.axes()).expect("an operand of a product");
        let over = |axes: &[usize]| {
            axes.iter().fold(Term::int(0), |sum, &axis| sum + coefficients[axis] * Term::axis(axis))
        };
        // Neighbouring threads bring neighbouring elements.
        let next = |axes: &[usize]| axes.last().is_some_and(|&axis| coefficients[axis].as_int() == Some(1));
        let down = next(lines) && !next(elements);
        let parts = self.at_nest(nest, |e| {
            e.digits(fixed.1.clone(), fixed.0.iter().copied());
            let common = e.term(base + over(&fixed.0));
            let part = |number| {
                e.known.push(HashMap::new());
                let inner = if down { count } else { width.1 };
                // Where threads are whole lines, parts differ by a constant, which costs no register.
                let whole = THREADS % inner == 0;
                let at = if whole { thread.clone() } else { e.more(thread, number * THREADS) };
                let of_one = e.int(inner);
                let slow = e.same("arith.divui", &[&at, &of_one]);
                let fast = e.same("arith.remui", &[&at, &of_one]);
                let slow = if whole { e.more(&slow, number * THREADS / inner) } else { slow };
                let (line, element) = if down { (fast, slow) } else { (slow, fast) };
                let there = (width.0 != width.1).then(|| {
                    let width = e.int(width.0);
                    e.compare("arith.cmpi slt", &element, &width)
                });
                let start = e.multiple(&line, pitch);
                let to = e.same("arith.addi", &[&start, &element]);
                e.digits(element, elements.iter().copied());
                let more = e.term(over(elements));
                let address = e.same("arith.addi", &[&common, &more]);
                e.known.pop();
                Part { address, there, line, to }
            };
            (0..count * width.1 / THREADS).map(part).collect()
        });
        operand.parts = parts;
    }

    /// Loads this thread's elements of the piece whose first line has this number; zeros from line `end` on.
    fn bring_piece(&mut self, operand: &Operand<'a>, first: &Val, end: &Val) -> Vec<Val> {
        let access = &operand.nest.reads[operand.read];
        let (coefficients, _) = affine(access.address, operand.nest.axes()).expect("an operand of a product");
        let lines = &operand.lines;
        let over = lines.iter().fold(Term::int(0), |sum, &axis| sum + coefficients[axis] * Term::axis(axis));
        self.at_nest(operand.nest, |e| {
            let pointer = e.pointers[operand.read].clone();
            let bring = |part: &Part| {
                e.known.push(HashMap::new());
                let line = e.same("arith.addi", &[first, &part.line]);
                let mut inside = e.compare("arith.cmpi slt", &line, end);
                if let Some(there) = &part.there {
                    inside = e.same("arith.andi", &[&inside, there]);
                }
                e.digits(line, lines.iter().copied());
                let over = e.term(over);
                let address = e.same("arith.addi", &[&part.address, &over]);
                let load = |e: &mut Self| {
                    let raw = e.load_element(&pointer, &address, access.dtype);
                    let value = e.loaded(&raw, access.dtype, 1);
                    e.cast(&value, DType::F32)
                };
                let none = e.constant(Scalar::from_f64(DType::F32, 0.0), 1);
                let value = e.if_else(&inside, (DType::F32, 1), load, |_| none);
                e.known.pop();
                value
            };
            operand.parts.iter().map(bring).collect()
        })
    }

    fn leave_piece(&mut self, operand: &Operand<'a>, values: &[Val]) {
        operand.parts.iter().zip(values).for_each(|(part, value)| self.leave(value, operand.array, &part.to));
    }

    /// Adds the products of what `left` and `right` have at each place of so many; every one of the left with every one of the right.
    fn multiply_pieces(
        &mut self,
        sums: Vec<Val>,
        length: i64,
        left: impl Fn(&mut Self, &Val) -> Vec<Val>,
        right: impl Fn(&mut Self, &Val) -> Vec<Val>,
    ) -> Vec<Val> {
        let (zero, length, step) = (self.int(0), self.int(length), self.int(UNROLLED));
        self.for_loop(&zero, &length, &step, &sums, |e, first, mut sums| {
            for k in 0..UNROLLED {
                let k = e.more(&first, k);
                let (left, right) = (left(e, &k), right(e, &k));
                let pairs = left.iter().flat_map(|x| right.iter().map(move |y| (x, y)));
                sums = pairs.zip(&sums).map(|((x, y), sum)| e.same("math.fma", &[x, y, sum])).collect();
            }
            sums
        })
    }

    /// Element `k` of line `first + more`.
    fn entry(&mut self, array: usize, first: &Val, more: i64, pitch: i64, k: &Val) -> Val {
        let line = self.more(first, more);
        let line = self.multiple(&line, pitch);
        let at = self.same("arith.addi", &[&line, k]);
        self.take(&Val { name: "".into(), dtype: DType::F32, lanes: 1 }, array, &at)
    }

    /// The score that a sum of products becomes; the least where there is no such row or key.
    fn score(
        &mut self,
        of: &'a Attention,
        sum: &Val,
        row: (&Val, &Val),
        key: (&Val, &Val),
        least: &Val,
    ) -> Val {
        let inside = self.compare("arith.cmpi slt", row.0, row.1);
        let also = self.compare("arith.cmpi slt", key.0, key.1);
        let inside = self.same("arith.andi", &[&inside, &also]);
        let all = |e: &mut Self| {
            let at = |e: &mut Self,
                      nest: &'a Nest,
                      leading: usize,
                      reduced: Option<&Val>,
                      before: Option<&Val>| {
                e.at_nest(nest, |e| {
                    e.digits(row.0.clone(), 0..leading);
                    e.digits(key.0.clone(), leading..nest.rank());
                    e.reduced = reduced.cloned();
                    for (number, read) in nest.reads.iter().enumerate() {
                        if let (Slot::Kept(_), Some(before)) = (read.slot, before) {
                            e.remember(Term::load(number, read.dtype), before.clone());
                        }
                    }
                    let value = e.term(nest.stored());
                    e.reduced = None;
                    value
                })
            };
            let first = at(e, &of.scores.0, of.scores.1, Some(sum), None);
            let last = of
                .stages
                .iter()
                .fold(first, |before, (nest, leading)| at(e, nest, *leading, None, Some(&before)));
            e.cast(&last, DType::F32)
        };
        self.if_else(&inside, (DType::F32, 1), all, |_| least.clone())
    }

    fn shifted_exp(&mut self, x: &Val, from: &Val) -> Val {
        let difference = self.same("arith.subf", &[x, from]);
        self.apply(ScalarOp::Exp, &[difference])
    }

    /// Combines values among the threads that share rows; all of them have the result.
    fn among(&mut self, mut values: Vec<Val>, op: ScalarOp, thread: &Val) -> Vec<Val> {
        if self.parameters != Some(Parameters::Buffers) {
            for distance in [8, 4, 2, 1] {
                for value in &mut values {
                    let other = self.shuffle(value, distance);
                    *value = self.apply(op, &[value.clone(), other]);
                }
            }
            return values;
        }
        let array = self.exchange_array(values.len() as i64 * THREADS);
        for (i, value) in values.iter().enumerate() {
            let at = self.more(thread, i as i64 * THREADS);
            self.leave(value, array, &at);
        }
        self.line("gpu.barrier");
        let across = self.int(ACROSS);
        let first = self.same("arith.divui", &[thread, &across]);
        let first = self.multiple(&first, ACROSS);
        for (i, value) in values.iter_mut().enumerate() {
            let first = self.more(&first, i as i64 * THREADS);
            let mut parts = Vec::new();
            for k in 0..ACROSS {
                let at = self.more(&first, k);
                parts.push(self.take(value, array, &at));
            }
            let all = parts.into_iter().reduce(|a, b| self.apply(op, &[a, b]));
            *value = all.expect("threads share rows");
        }
        values
    }

    /// The array through which threads exchange values, made at its first use.
    fn exchange_array(&mut self, count: i64) -> usize {
        if self.arrays.len() == WEIGHTS + 1 {
            self.array(1, count, "f32", 4);
        }
        WEIGHTS + 1
    }

    /// Does what follows the second product, and stores.
    fn finish_column(&mut self, of: &'a Attention, row: &Val, column: Val, mean: Val) {
        self.at_nest(&of.output, |e| {
            e.digits(row.clone(), of.rows.iter().copied());
            e.digits(column, of.columns.iter().copied());
            e.reduced = Some(mean);
            let value = e.term(e.nest.stored());
            e.reduced = None;
            e.store(&value, e.nest.store, e.nest.dtype);
        });
    }
}
