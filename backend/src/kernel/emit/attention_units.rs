//! Attention of half floats on the matrix units of NVIDIA's devices (`mma.sync`, m16n8k16, sums in `f32`): what [`super::attention`]
//! does, where a subgroup has sixteen rows of a tile to itself. Of the fragments of scores and of the result (PTX ISA, "Matrix fragments
//! for mma.m16n8k16") a thread has two rows, and four threads that follow each other have the same ones; fragments of scores are, rounded, those
//! of weights for the second product.

use super::attention_parts::{Operand, Stored};
use super::*;
use crate::kernel::form::Attention;

/// Rows of a fragment.
const TALL: i64 = 16;
/// Columns of a fragment of results.
const WIDE: i64 = 8;
/// Products of a fragment.
const STEP: i64 = 16;
/// Threads that run together.
const SUBGROUP: i64 = 32;

/// The arrays in workgroup memory.
const QUERIES: usize = 0;
const KEYS: usize = 1;
const VALUES: usize = 2;

impl<'a> Emitter<'a> {
    /// What one thread does.
    pub(super) fn attention_units(&mut self, of: &'a Attention) {
        let arrays = of.arrays();
        let [query_array, key_array, value_array] =
            [QUERIES, KEYS, VALUES].map(|array| self.workgroup_bytes(2 * arrays[array].0 * arrays[array].1));
        self.residents = Some(2);
        let half = of.scores.0.reads[of.query].dtype;
        let (rows, step) = (i64::from(of.tile.0), i64::from(of.tile.1));
        let [depth, width] = of.padded();
        let [line, value_line] = [arrays[KEYS].1, arrays[VALUES].1];
        let block = self.attention_block(of);
        let (zero, keys) = (self.int(0), block.keys.clone());
        let [subgroup_size, four] = [SUBGROUP, 4].map(|n| self.int(n));
        let subgroup = self.same("arith.divui", &[&block.thread, &subgroup_size]);
        let lane = self.same("arith.remui", &[&block.thread, &subgroup_size]);
        let fragment_row = self.same("arith.divui", &[&lane, &four]);
        let pair = self.same("arith.remui", &[&lane, &four]);
        let pair = self.multiple(&pair, 2);
        let own = self.multiple(&subgroup, TALL);
        let own = self.same("arith.addi", &[&own, &fragment_row]);
        let row = self.same("arith.addi", &[&block.row, &own]);
        let own_rows = [row.clone(), self.more(&row, TALL / 2)];

        let queries =
            self.score_operand(of, of.query, &block, (Stored::Bits(query_array.clone()), rows, line));
        let moving: [Operand; 2] = [
            self.score_operand(of, of.key, &block, (Stored::Bits(key_array.clone()), step, line)),
            self.value_operand(of, &block, (Stored::Bits(value_array.clone()), step, value_line)),
        ];
        let brought = self.bring_piece(&queries, &block.row, &block.end);
        self.leave_piece(&queries, &brought);
        self.line("gpu.barrier");
        // Of the four matrices that a subgroup loads at a time, lane `8 m + r` names line `r` of matrix `m`. A fragment of queries: the
        // second matrix is 8 rows further, the third one 8 further along the sum. Two fragments of keys: the second matrix is 8 further
        // along the sum, the third one 8 keys further; two of values, transposed: 8 keys further, 8 columns further.
        let [eight, two] = [WIDE, 2].map(|n| self.int(n));
        let matrix = self.same("arith.divui", &[&lane, &eight]);
        let within = self.same("arith.remui", &[&lane, &eight]);
        let [low, high] = ["arith.remui", "arith.divui"].map(|op| {
            let half = self.same(op, &[&matrix, &two]);
            self.multiple(&half, WIDE)
        });
        let first_own = self.multiple(&subgroup, TALL);
        let first_own = self.same("arith.addi", &[&first_own, &low]);
        let [query_start, key_start, value_start] = [
            (&query_array, &first_own, &high, line),
            (&key_array, &high, &low, line),
            (&value_array, &low, &high, value_line),
        ]
        .map(|(start, down, along, pitch)| {
            let down = self.same("arith.addi", &[&within, down]);
            let down = self.multiple(&down, pitch);
            let at = self.same("arith.addi", &[&down, along]);
            let at = self.multiple(&at, 2);
            self.behind(start, &at)
        });
        // Queries stay in registers.
        let query: Vec<Vec<Rc<str>>> =
            (0..depth / STEP).map(|k| self.load_matrices(&query_start, 2 * STEP * k, false, half)).collect();

        let like = Val { name: "".into(), dtype: DType::F32, lanes: 1 };
        let (none, least) = (self.float(0.0, &like), self.float(f64::NEG_INFINITY, &like));
        let log2_e = self.float(std::f64::consts::LOG2_E, &like);
        let (fragments, columns) = ((step / WIDE) as usize, (width / WIDE) as usize);
        let sums = 4 * columns;
        let mut start = vec![none.clone(); sums];
        start.extend([least.clone(), least.clone(), none.clone(), none.clone()]);
        for operand in &moving {
            start.extend(self.bring_piece(operand, &zero, &keys));
        }
        let by = self.int(step);
        let last = self.for_loop(&zero, &keys, &by, &start, |e, at, values| {
            let (totals, rest) = values.split_at(sums);
            let (running, mut brought) = rest.split_at(4);
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
            // Scores: of each fragment two neighbouring keys in both rows.
            let first_key = e.same("arith.addi", &[&at, &pair]);
            let mut scores: [Vec<Val>; 2] = Default::default();
            let mut sums_of = vec![vec![none.clone(); 4]; fragments];
            for (j, pair) in sums_of.chunks_exact_mut(2).enumerate() {
                for (k, query) in query.iter().enumerate() {
                    let place = 2 * (WIDE * 2 * j as i64 * line + STEP * k as i64);
                    let keys = e.load_matrices(&key_start, place, false, half);
                    for (products, key) in pair.iter_mut().zip(keys.chunks_exact(2)) {
                        *products = e.multiply(query, key, products, half);
                    }
                }
            }
            for (j, products) in (0..).zip(&sums_of) {
                for (number, product) in products.iter().enumerate() {
                    let key = e.more(&first_key, WIDE * j + number as i64 % 2);
                    let row = (&own_rows[number / 2], &block.end);
                    let score = e.score(of, product, row, (&key, &keys), &least);
                    // Exponentials are powers of two here.
                    scores[number / 2].push(e.same("arith.mulf", &[&score, &log2_e]));
                }
            }
            let mut now = Vec::new();
            let mut totals = totals.to_vec();
            let mut parts = Vec::new();
            let mut weights: [Vec<Val>; 2] = Default::default();
            for (i, scores) in scores.iter().enumerate() {
                let own =
                    scores.iter().fold(running[i].clone(), |a, b| e.apply(ScalarOp::Max, &[a, b.clone()]));
                let maximum = e.among_four(own, ScalarOp::Max);
                let (from, shrunk) = e.shrunk(&running[i], &maximum, (&none, &least), Self::approximate_exp);
                for column in 0..columns {
                    for total in &mut totals[4 * column + 2 * i..][..2] {
                        *total = e.same("arith.mulf", &[total, &shrunk]);
                    }
                }
                let mut part = e.same("arith.mulf", &[&running[2 + i], &shrunk]);
                for score in scores {
                    let weight = e.approximate_exp(score, &from);
                    part = e.same("arith.addf", &[&part, &weight]);
                    weights[i].push(weight);
                }
                now.push(maximum);
                parts.push(part);
            }
            for t in 0..fragments / 2 {
                let row: Vec<Rc<str>> = [(0, 0), (1, 0), (0, 1), (1, 1)]
                    .map(|(row, later)| {
                        let at = 2 * (2 * t + later);
                        e.packed(&weights[row][at], &weights[row][at + 1], half)
                    })
                    .to_vec();
                for pair in 0..columns / 2 {
                    let place = 2 * (STEP * t as i64 * value_line + 2 * WIDE * pair as i64);
                    let values = e.load_matrices(&value_start, place, true, half);
                    for (column, value) in (2 * pair..).zip(values.chunks_exact(2)) {
                        let new = e.multiply(&row, value, &totals[4 * column..4 * column + 4], half);
                        totals.splice(4 * column..4 * column + 4, new);
                    }
                }
            }
            e.line("gpu.barrier");
            totals.into_iter().chain(now).chain(parts).chain(next).collect()
        });

        for (i, row) in own_rows.iter().enumerate() {
            let part = self.among_four(last[sums + 2 + i].clone(), ScalarOp::Add);
            let inside = self.compare("arith.cmpi slt", row, &block.end);
            self.if_then(&inside, |e| {
                for column in 0..columns {
                    for next in 0..2 {
                        let total = &last[4 * column + 2 * i + next];
                        let number = e.more(&pair, WIDE * column as i64 + next as i64);
                        let within = WIDE * (column as i64 + 1) <= of.width.into();
                        e.finish_mean(of, row, (number, within), (total, &part), &block);
                    }
                }
            });
        }
    }

    /// Two values, rounded, as an operand of the matrix unit.
    fn packed(&mut self, first: &Val, second: &Val, half: DType) -> Rc<str> {
        let [low, high] = [first, second].map(|value| {
            let value = self.cast(value, half);
            let raw = self.storable(&value, half);
            let bits =
                if half == DType::F16 { self.raw(&format!("arith.bitcast {raw} : f16 to i16")) } else { raw };
            self.raw(&format!("arith.extui {bits} : i16 to i32"))
        });
        let sixteen = self.raw_constant("16", "i32");
        let high = self.raw(&format!("arith.shli {high}, {sixteen} : i32"));
        let word = self.raw(&format!("arith.ori {low}, {high} : i32"));
        match half {
            DType::F16 => self.raw(&format!("llvm.bitcast {word} : i32 to vector<2xf16>")),
            _ => word,
        }
    }

    /// Combines a value of the four threads that have the same rows.
    fn among_four(&mut self, value: Val, op: ScalarOp) -> Val {
        [2, 1].into_iter().fold(value, |value, distance| {
            let other = self.shuffle(&value, distance);
            self.apply(op, &[value, other])
        })
    }
}
