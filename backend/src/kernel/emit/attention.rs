//! Attention on devices: tiles of keys pass by, and each row keeps the maximum of the scores it has seen, the sum of their exponentials
//! and the values' sum by these. Where the maximum grows, what has been summed is made smaller.
//! (Milakov and Gimelshein 2018, "Online normalizer calculation for softmax"; Dao et al. 2022, "FlashAttention".)
//!
//! Sixteen threads share rows: of a tile of scores, and of the result, each has every sixteenth column of them.

use super::attention_parts::Stored;
use super::*;
use crate::kernel::form::Attention;

const ACROSS: i64 = Attention::ACROSS as i64;
const THREADS: i64 = Attention::THREADS as i64;
/// Products that are written out in a loop over products.
const UNROLLED: i64 = 4;

/// The arrays in workgroup memory.
const QUERIES: usize = 0;
const KEYS: usize = 1;
const VALUES: usize = 2;
const WEIGHTS: usize = 3;

impl<'a> Emitter<'a> {
    /// What one thread does.
    pub(super) fn attention(&mut self, of: &'a Attention) {
        for (lines, each) in of.arrays() {
            self.array(1, lines * each, "f32", 4);
        }
        self.residents = Some(if of.tile.0 > 32 { 1 } else { 2 });
        let (rows, step) = (i64::from(of.tile.0), i64::from(of.tile.1));
        let [depth, width] = of.padded();
        let block = self.attention_block(of);
        let (zero, keys, across) = (self.int(0), block.keys.clone(), self.int(ACROSS));
        let own = self.same("arith.divui", &[&block.thread, &across]);
        let lane = self.same("arith.remui", &[&block.thread, &across]);
        // This thread's rows: in the tile, and of all.
        let each = rows * ACROSS / THREADS;
        let first_own = self.multiple(&own, each);
        let row = self.same("arith.addi", &[&block.row, &first_own]);
        let own_rows: Vec<Val> = (0..each).map(|i| self.more(&row, i)).collect();
        let queries = self.score_operand(of, of.query, &block, (Stored::Single(QUERIES), rows, depth + 1));
        let moving = [
            self.score_operand(of, of.key, &block, (Stored::Single(KEYS), step, depth + 1)),
            self.value_operand(of, &block, (Stored::Single(VALUES), step, width)),
        ];
        let brought = self.bring_piece(&queries, &block.row, &block.end);
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
                        .map(|(product, key)| e.score(of, product, (row, &block.end), (key, &keys), &least))
                        .collect()
                })
                .collect();
            let own_maxima = scores
                .iter()
                .zip(maxima)
                .map(|(scores, before)| {
                    scores.iter().fold(before.clone(), |a, b| e.apply(ScalarOp::Max, &[a, b.clone()]))
                })
                .collect();
            let maxima_now = e.among(own_maxima, ScalarOp::Max, &block.thread);
            let (mut totals, mut parts) = (totals.to_vec(), parts.to_vec());
            for (i, scores) in scores.iter().enumerate() {
                let (from, shrunk) = e.shrunk(&maxima[i], &maxima_now[i], (&none, &least), Self::shifted_exp);
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
        let parts = self.among(parts, ScalarOp::Add, &block.thread);
        for (i, row) in own_rows.iter().enumerate() {
            let inside = self.compare("arith.cmpi slt", row, &block.end);
            self.if_then(&inside, |e| {
                for x in 0..columns {
                    let column = e.more(&lane, ACROSS * x);
                    let within = ACROSS * (x + 1) <= of.width.into();
                    let total = &last[i * columns as usize + x as usize];
                    e.finish_mean(of, row, (column, within), (total, &parts[i]), &block);
                }
            });
        }
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
}
