//! Kernels of what the library does on a CPU: running sums along lines, lines in order, and the places of what is not zero.
//!
//! One kernel serves all shapes: sizes are integers of the launch. Who launches them is the runtime (`library/device.rs`); it knows
//! the buffers and integers of each, in the order that is told here.

use super::rows::exchanged;
use super::threads::{Parameters, wrapped};
use super::*;

/// Threads of a workgroup.
const THREADS: i64 = 256;
/// Neighbouring elements that a thread combines by itself.
const EACH: i64 = 4;
/// Elements that a workgroup sorts, or counts in, at a time.
const BLOCK: i64 = THREADS * EACH;

/// What a kernel of a library routine does, for elements of one type. `lines` are the lines along an axis of a tensor, `extent` their
/// length, `inner` the distance between neighbours of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Routine {
    /// Running sums, or products; a workgroup for each line. Buffers: result, operand. Integers: lines, extent, inner, whether an element
    /// itself does not count, whether lines run from their end.
    Scan(DType, ScalarOp),
    /// Blocks of lines in order; a workgroup for each. Buffers: values, positions, operand. Integers: lines, extent, inner, blocks of a line,
    /// the logarithm of a block's length (10 at most), how many elements of a block to keep, how many of a line, `inner` of the result,
    /// whether the greatest come first.
    Blocks(DType),
    /// Pairs of neighbouring runs of each line as one; a thread for each element. Buffers: values and positions, those of the runs. Integers:
    /// lines, extent, length of a run, its logarithm and one, then as for blocks from how many of a line to keep on.
    Merge(DType),
    /// How many elements are not zero in each 1024. Buffers: counts, operand. Integers: elements.
    Count(DType),
    /// Words of grids, or zeros; a thread for each. Buffers: result, a byte, what is not 0 if anything is to run, the words. Integers: words, those
    /// that are for a byte that is not 0 (the others are for 0), where the byte is, and where the other number.
    Gate,
    /// A copy. Buffers: result, operand. Integers: elements, and from which on in both.
    Copy(DType),
    /// Coordinates of what is not zero, of a tensor of so many dimensions. Buffers: coordinates, running counts, operand. Integers:
    /// elements, then the dimensions.
    Places(DType, usize),
}

/// A routine's kernel as text.
#[derive(Clone, Debug)]
pub struct RoutineText {
    /// The function [`super::NAME`], to stand in a `gpu.module`.
    pub text: String,
    /// How many buffers it takes.
    pub buffers: usize,
    /// How many integers.
    pub ints: usize,
    /// Threads of a workgroup.
    pub threads: u32,
    /// Bytes of workgroup memory.
    pub workgroup_bytes: u64,
}

/// Writes the kernel of a routine.
pub fn emit_routine(routine: Routine, target: &Target, parameters: Parameters) -> RoutineText {
    use DType::{I32, I64};
    let (written, read, ints) = match routine {
        Routine::Scan(dtype, _) => (vec![dtype], vec![dtype], 5),
        Routine::Blocks(dtype) => (vec![dtype, I64], vec![dtype], 9),
        Routine::Merge(dtype) => (vec![dtype, I64], vec![dtype, I64], 7),
        Routine::Count(dtype) => (vec![I64], vec![dtype], 1),
        Routine::Gate => (vec![I32], vec![DType::Bool, I32, I32], 4),
        Routine::Copy(dtype) => (vec![dtype], vec![dtype], 3),
        Routine::Places(dtype, rank) => (vec![I64], vec![I64, dtype], 1 + rank),
    };
    let mut emitter = Emitter::of_terms(target);
    emitter.parameters = Some(parameters);
    let given: Vec<Val> = (0..ints).map(|i| emitter.integer(i)).collect();
    match (routine, &given[..]) {
        (Routine::Scan(dtype, op), [lines, extent, inner, exclusive, reverse]) => {
            emitter.scan(dtype, op, [lines, extent, inner], [exclusive, reverse]);
        }
        (Routine::Blocks(dtype), [lines, extent, inner, blocks, log, rest @ ..]) => {
            emitter.sort_blocks(dtype, [lines, extent, inner], [blocks, log], rest);
        }
        (Routine::Merge(dtype), [lines, extent, run, steps, rest @ ..]) => {
            emitter.merge_runs(dtype, [lines, extent], [run, steps], rest);
        }
        (Routine::Count(dtype), [count]) => emitter.count(dtype, count),
        (Routine::Gate, [count, split, byte, parent]) => emitter.gate(count, split, byte, parent),
        (Routine::Copy(dtype), [count, from, to]) => emitter.copy(dtype, count, from, to),
        (Routine::Places(dtype, _), [count, dims @ ..]) => emitter.places_of(dtype, count, dims),
        _ => unreachable!("a routine has its integers"),
    }
    let named = |kind: &'static str, types: &[DType]| {
        types.iter().enumerate().map(move |(i, &ty)| (format!("%{kind}{i}").into(), ty)).collect::<Vec<_>>()
    };
    let buffers = [named("out", &written), named("in", &read)].concat();
    RoutineText {
        text: wrapped(&emitter, parameters, &buffers, ints, THREADS as u32),
        buffers: buffers.len(),
        ints,
        threads: THREADS as u32,
        workgroup_bytes: emitter.arrays.iter().map(|array| array.bytes).sum(),
    }
}

impl Emitter<'_> {
    /// A workgroup for each line.
    fn scan(&mut self, dtype: DType, op: ScalarOp, [lines, extent, inner]: [&Val; 3], flags: [&Val; 2]) {
        let wide = dtype.accumulator();
        let none = self.constant(Scalar::from_int(wide, i128::from(op == ScalarOp::Mul)), 1);
        let (group, thread) = self.own_numbers();
        let zero = self.int(0);
        let there = self.compare("arith.cmpi slt", &group, lines);
        let end = self.select(&there, extent, &zero);
        let first = self.first_of_line(&group, extent, inner);
        let [exclusive, reverse] = flags.map(|flag| self.compare("arith.cmpi ne", flag, &zero));
        let own = self.multiple(&thread, EACH);
        let step = self.int(BLOCK);
        self.scan_arrays(wide);
        self.for_loop(&zero, &end, &step, std::slice::from_ref(&none), |e, base, before| {
            let first_own = e.same("arith.addi", &[&base, &own]);
            let places: Vec<(Val, Val)> = (0..EACH)
                .map(|i| {
                    let k = e.more(&first_own, i);
                    let inside = e.compare("arith.cmpi slt", &k, &end);
                    let from_end = e.more(&k, 1);
                    let from_end = e.same("arith.subi", &[&end, &from_end]);
                    let k = e.select(&reverse, &from_end, &k);
                    let at = e.same("arith.muli", &[&k, inner]);
                    (inside, e.same("arith.addi", &[&first, &at]))
                })
                .collect();
            let mut running: Vec<Val> = Vec::new();
            for (inside, at) in &places {
                let element = |e: &mut Self| {
                    let value = e.element("%in0", at, dtype);
                    e.cast(&value, wide)
                };
                let value = e.if_else(inside, (wide, 1), element, |_| none.clone());
                let value = match running.last() {
                    Some(last) => e.apply(op, &[last.clone(), value]),
                    None => value,
                };
                running.push(value);
            }
            let (prior, all) = e.scan_threads(&running[EACH as usize - 1], op, &none, &thread);
            let prior = e.apply(op, &[before[0].clone(), prior]);
            for (i, (inside, at)) in places.iter().enumerate() {
                let upto = e.apply(op, &[prior.clone(), running[i].clone()]);
                let without = match i.checked_sub(1) {
                    Some(i) => e.apply(op, &[prior.clone(), running[i].clone()]),
                    None => prior.clone(),
                };
                let value = e.select(&exclusive, &without, &upto);
                e.if_then(inside, |e| {
                    let value = e.cast(&value, dtype);
                    e.put("%out0", &value, at);
                });
            }
            // The next elements come through the same arrays.
            e.line("gpu.barrier");
            vec![e.apply(op, &[before[0].clone(), all])]
        });
    }

    /// Arrays for [`Emitter::scan_threads`] of values of a type; the kernel has no others.
    fn scan_arrays(&mut self, dtype: DType) {
        for _ in 0..2 {
            self.array(1, THREADS, exchanged(dtype), dtype.size().max(4));
        }
    }

    /// What the values of all threads before this one are together, and those of all threads.
    fn scan_threads(&mut self, own: &Val, op: ScalarOp, none: &Val, thread: &Val) -> (Val, Val) {
        let (zero, last) = (self.int(0), self.int(THREADS - 1));
        let mut value = own.clone();
        let (mut distance, mut array) = (1, 0);
        while distance < THREADS {
            self.leave(&value, array, thread);
            self.line("gpu.barrier");
            let far = self.int(distance);
            let takes = self.compare("arith.cmpi sge", thread, &far);
            let from = self.same("arith.subi", &[thread, &far]);
            let from = self.select(&takes, &from, &zero);
            let other = self.take(own, array, &from);
            let both = self.apply(op, &[other, value.clone()]);
            value = self.select(&takes, &both, &value);
            // What is left next lies in the other array: this one is still being read.
            (distance, array) = (2 * distance, 1 - array);
        }
        self.leave(&value, array, thread);
        self.line("gpu.barrier");
        let takes = self.compare("arith.cmpi sgt", thread, &zero);
        let before = self.more(thread, -1);
        let before = self.select(&takes, &before, &zero);
        let prior = self.take(own, array, &before);
        (self.select(&takes, &prior, none), self.take(own, array, &last))
    }

    /// A workgroup for each block: a bitonic network in workgroup memory (Batcher 1968). Positions make all elements different, so that
    /// equal ones keep their order. Elements of up to 32 bits are one word with their positions, so that one comparison tells all.
    fn sort_blocks(
        &mut self,
        dtype: DType,
        [lines, extent, inner]: [&Val; 3],
        [blocks, log]: [&Val; 2],
        rest: &[Val],
    ) {
        let [each, keep, inner_out, descending] = rest else { unreachable!("four integers more") };
        let word = |dtype| Val { name: "".into(), dtype, lanes: 1 };
        let packed = dtype.size() <= 4;
        let sorted = if packed { vec![word(DType::I64)] } else { vec![word(dtype), word(DType::I32)] };
        for like in &sorted {
            self.array(1, BLOCK, exchanged(like.dtype), like.dtype.size().max(4));
        }
        let (group, thread) = self.own_numbers();
        let (zero, one, threads) = (self.int(0), self.int(1), self.int(THREADS));
        let descending = self.compare("arith.cmpi ne", descending, &zero);
        let line = self.same("arith.divui", &[&group, blocks]);
        let block = self.same("arith.remui", &[&group, blocks]);
        let there = self.compare("arith.cmpi slt", &line, lines);
        let end = self.select(&there, extent, &zero);
        let size = self.same("arith.shli", &[&one, log]);
        let start = self.same("arith.muli", &[&block, &size]);
        let left = self.same("arith.subi", &[&end, &start]);
        let first = self.first_of_line(&line, extent, inner);
        let element = |e: &mut Self, place: &Val| {
            let at = e.same("arith.addi", &[&start, place]);
            let at = e.same("arith.muli", &[&at, inner]);
            let at = e.same("arith.addi", &[&first, &at]);
            e.element("%in0", &at, dtype)
        };
        self.for_loop(&thread, &size, &threads, &[], |e, t, _| {
            let inside = e.compare("arith.cmpi slt", &t, &left);
            let brought = |e: &mut Self| {
                let value = element(e, &t);
                if packed { e.ranked_word(&value, &t, &descending) } else { value }
            };
            let like = sorted[0].dtype;
            let nothing = |e: &mut Self| e.constant(Scalar::from_int(like, if packed { -1 } else { 0 }), 1);
            let value = e.if_else(&inside, (like, 1), brought, nothing);
            e.leave(&value, 0, &t);
            if !packed {
                let position = e.cast(&t, DType::I32);
                e.leave(&position, 1, &t);
            }
            vec![]
        });
        self.line("gpu.barrier");
        let real_ones = self.cast(&left, DType::I32);
        let pairs = self.same("arith.shrui", &[&size, &one]);
        let after_log = self.more(log, 1);
        self.for_loop(&one, &after_log, &one, &[], |e, p, _| {
            e.for_loop(&zero, &p, &one, &[], |e, q, _| {
                let shift = e.same("arith.subi", &[&p, &q]);
                let shift = e.more(&shift, -1);
                let distance = e.same("arith.shli", &[&one, &shift]);
                let low = e.more(&distance, -1);
                e.for_loop(&thread, &pairs, &threads, &[], |e, t, _| {
                    let fine = e.same("arith.andi", &[&t, &low]);
                    let coarse = e.same("arith.subi", &[&t, &fine]);
                    let coarse = e.same("arith.shli", &[&coarse, &one]);
                    let here = e.same("arith.addi", &[&coarse, &fine]);
                    let far = e.same("arith.addi", &[&here, &distance]);
                    let [a, b] = [&here, &far].map(|at| {
                        let words = sorted.iter().enumerate();
                        words.map(|(array, like)| e.take(like, array, at)).collect::<Vec<Val>>()
                    });
                    let up = e.same("arith.shrui", &[&here, &p]);
                    let up = e.same("arith.andi", &[&up, &one]);
                    let up = e.compare("arith.cmpi eq", &up, &zero);
                    let second_first = match (&a[..], &b[..]) {
                        ([a], [b]) => e.compare("arith.cmpi ult", b, a),
                        (a, b) => e.second_first(a, b, &real_ones, &descending),
                    };
                    let swap = e.apply(ScalarOp::Eq, &[second_first, up]);
                    for (array, (a, b)) in a.iter().zip(&b).enumerate() {
                        let [low, high] = [(b, a), (a, b)].map(|(yes, no)| e.select(&swap, yes, no));
                        e.leave(&low, array, &here);
                        e.leave(&high, array, &far);
                    }
                    vec![]
                });
                e.line("gpu.barrier");
                vec![]
            });
            vec![]
        });
        let end = self.same("arith.minsi", &[&left, &size]);
        let end = self.same("arith.minsi", &[&end, each]);
        let first_rank = self.same("arith.muli", &[&block, each]);
        self.for_loop(&thread, &end, &threads, &[], |e, t, _| {
            let rank = e.same("arith.addi", &[&first_rank, &t]);
            let (value, position) = if packed {
                let word = e.take(&sorted[0], 0, &t);
                let low = e.int(i64::from(u32::MAX));
                let position = e.same("arith.andi", &[&word, &low]);
                (element(e, &position), position)
            } else {
                let position = e.take(&sorted[1], 1, &t);
                (e.take(&sorted[0], 0, &t), e.cast(&position, DType::I64))
            };
            let position = e.same("arith.addi", &[&start, &position]);
            e.put_ranked(&value, &position, &line, &rank, (keep, inner_out));
            vec![]
        });
    }

    /// Whether the second of two elements with their positions comes first. All that is beyond the line comes last.
    fn second_first(&mut self, a: &[Val], b: &[Val], real_ones: &Val, descending: &Val) -> Val {
        let real = self.compare("arith.cmpi slt", &b[1], real_ones);
        let beyond = self.compare("arith.cmpi sge", &a[1], real_ones);
        let less = self.earlier(&b[0], &a[0], descending);
        let more = self.earlier(&a[0], &b[0], descending);
        let before = self.compare("arith.cmpi slt", &b[1], &a[1]);
        let not_more = self.apply(ScalarOp::Not, &[more]);
        let tie = self.apply(ScalarOp::And, &[not_more, before]);
        let less = self.apply(ScalarOp::Or, &[less, tie]);
        let less = self.apply(ScalarOp::Or, &[less, beyond]);
        self.apply(ScalarOp::And, &[real, less])
    }

    /// A value of up to 32 bits and its position as one word, which without its sign is the greater the later it comes: ascending with
    /// NaN after everything, or the other way around; of equals the one of the smaller position comes first.
    fn ranked_word(&mut self, value: &Val, position: &Val, descending: &Val) -> Val {
        let most = self.int(i64::from(u32::MAX));
        let rank = if value.dtype.is_float() {
            let single = self.cast(value, DType::F32);
            let bits = self.define(DType::I32, 1, &format!("arith.bitcast {} : f32 to i32", single.name));
            let [none, all, sign] =
                [0, -1, i32::MIN].map(|n| self.constant(Scalar::from_int(DType::I32, n.into()), 1));
            let negative = self.compare("arith.cmpi slt", &bits, &none);
            let flipped = self.same("arith.xori", &[&bits, &all]);
            let raised = self.same("arith.ori", &[&bits, &sign]);
            let rank = self.select(&negative, &flipped, &raised);
            // Both zeros are the same, and so is every NaN.
            let zero = self.float(0.0, &single);
            let is_zero = self.apply(ScalarOp::Eq, &[single.clone(), zero]);
            let rank = self.select(&is_zero, &sign, &rank);
            let nan = self.apply(ScalarOp::IsNan, &[single]);
            let rank = self.select(&nan, &all, &rank);
            let wide = self.cast(&rank, DType::I64);
            self.same("arith.andi", &[&wide, &most])
        } else {
            let wide = self.cast(value, DType::I64);
            self.more(
                &wide,
                if value.dtype.is_unsigned() || value.dtype == DType::Bool { 0 } else { 1 << 31 },
            )
        };
        let opposite = self.same("arith.subi", &[&most, &rank]);
        let rank = self.select(descending, &opposite, &rank);
        let shift = self.int(32);
        let high = self.same("arith.shli", &[&rank, &shift]);
        self.same("arith.ori", &[&high, position])
    }

    /// A thread for each element: its place is its own in its run, and how many of the other run come before it.
    fn merge_runs(
        &mut self,
        dtype: DType,
        [lines, extent]: [&Val; 2],
        [run, steps]: [&Val; 2],
        rest: &[Val],
    ) {
        let [keep, inner_out, descending] = rest else { unreachable!("three integers more") };
        let (zero, one) = (self.int(0), self.int(1));
        let descending = self.compare("arith.cmpi ne", descending, &zero);
        let count = self.same("arith.muli", &[lines, extent]);
        self.each(&count, |e, number| {
            let line = e.same("arith.divui", &[number, extent]);
            let place = e.same("arith.remui", &[number, extent]);
            let first = e.same("arith.subi", &[number, &place]);
            let pair = e.same("arith.shli", &[run, &one]);
            let own = e.same("arith.remui", &[&place, &pair]);
            let base = e.same("arith.subi", &[&place, &own]);
            let in_first = e.compare("arith.cmpi slt", &own, run);
            let second = e.same("arith.addi", &[&base, run]);
            let second = e.same("arith.minsi", &[&second, extent]);
            let other = e.select(&in_first, &second, &base);
            let left = e.same("arith.subi", &[extent, &second]);
            let left = e.same("arith.minsi", &[&left, run]);
            let length = e.select(&in_first, &left, run);
            let other = e.same("arith.addi", &[&first, &other]);
            let value = e.element("%in0", number, dtype);
            let bounds = e.for_loop(&zero, steps, &one, &[zero.clone(), length], |e, _, bounds| {
                let [low, high] = &bounds[..] else { unreachable!("two bounds") };
                let open = e.compare("arith.cmpi slt", low, high);
                let middle = e.same("arith.addi", &[low, high]);
                let middle = e.same("arith.shrui", &[&middle, &one]);
                let compared = |e: &mut Self| {
                    let at = e.same("arith.addi", &[&other, &middle]);
                    let found = e.element("%in0", &at, dtype);
                    // Of equals, those of the first run come first.
                    let less = e.earlier(&found, &value, &descending);
                    let more = e.earlier(&value, &found, &descending);
                    let not_more = e.apply(ScalarOp::Not, &[more]);
                    let before = e.select(&in_first, &less, &not_more);
                    let after = e.more(&middle, 1);
                    vec![e.select(&before, &after, low), e.select(&before, high, &middle)]
                };
                e.if_values(&open, compared, &bounds)
            });
            let position = e.element("%in1", number, DType::I64);
            let own = e.same("arith.remui", &[&own, run]);
            let rank = e.same("arith.addi", &[&base, &own]);
            let rank = e.same("arith.addi", &[&rank, &bounds[0]]);
            e.put_ranked(&value, &position, &line, &rank, (keep, inner_out));
        });
    }

    /// Stores a value and its position in the line where its rank is, if so many are kept.
    fn put_ranked(
        &mut self,
        value: &Val,
        position: &Val,
        line: &Val,
        rank: &Val,
        (keep, inner): (&Val, &Val),
    ) {
        let kept = self.compare("arith.cmpi slt", rank, keep);
        self.if_then(&kept, |e| {
            let first = e.first_of_line(line, keep, inner);
            let at = e.same("arith.muli", &[rank, inner]);
            let at = e.same("arith.addi", &[&first, &at]);
            e.put("%out0", value, &at);
            e.put("%out1", position, &at);
        });
    }

    fn gate(&mut self, count: &Val, split: &Val, byte: &Val, parent: &Val) {
        self.each(count, |e, number| {
            let none = e.constant(Scalar::from_int(DType::I32, 0), 1);
            let holds = e.element("%in0", byte, DType::Bool);
            let around = e.element("%in1", parent, DType::I32);
            let runs = e.compare("arith.cmpi ne", &around, &none);
            let first = e.compare("arith.cmpi slt", number, split);
            let chosen = e.apply(ScalarOp::Eq, &[holds, first]);
            let kept = e.apply(ScalarOp::And, &[chosen, runs]);
            let word = e.element("%in2", number, DType::I32);
            let word = e.select(&kept, &word, &none);
            e.put("%out0", &word, number);
        });
    }

    fn copy(&mut self, dtype: DType, count: &Val, from: &Val, to: &Val) {
        self.each(count, |e, number| {
            let from = e.same("arith.addi", &[from, number]);
            let value = e.element("%in0", &from, dtype);
            let to = e.same("arith.addi", &[to, number]);
            e.put("%out0", &value, &to);
        });
    }

    /// A thread for each of so many.
    fn each(&mut self, count: &Val, work: impl FnOnce(&mut Self, &Val)) {
        let (group, thread) = self.own_numbers();
        let first = self.multiple(&group, THREADS);
        let number = self.same("arith.addi", &[&first, &thread]);
        let there = self.compare("arith.cmpi slt", &number, count);
        self.if_then(&there, |e| work(e, &number));
    }

    /// A workgroup for each 1024 elements.
    fn count(&mut self, dtype: DType, count: &Val) {
        self.scan_arrays(DType::I64);
        let (group, thread) = self.own_numbers();
        let (zero, one) = (self.int(0), self.int(1));
        let (flags, _) = self.not_zero("%in0", dtype, count, &group, &thread);
        let own = flags.iter().fold(zero.clone(), |sum, flag| {
            let bit = self.select(flag, &one, &zero);
            self.same("arith.addi", &[&sum, &bit])
        });
        let (_, all) = self.scan_threads(&own, ScalarOp::Add, &zero, &thread);
        let first = self.multiple(&group, BLOCK);
        let there = self.compare("arith.cmpi slt", &first, count);
        let leads = self.compare("arith.cmpi eq", &thread, &zero);
        let leads = self.same("arith.andi", &[&leads, &there]);
        self.if_then(&leads, |e| e.put("%out0", &all, &group));
    }

    /// A workgroup for each 1024 elements.
    fn places_of(&mut self, dtype: DType, count: &Val, dims: &[Val]) {
        self.scan_arrays(DType::I64);
        let (group, thread) = self.own_numbers();
        let (zero, one) = (self.int(0), self.int(1));
        let (flags, numbers) = self.not_zero("%in1", dtype, count, &group, &thread);
        let mut before = Vec::new();
        let own = flags.iter().fold(zero.clone(), |sum, flag| {
            before.push(sum.clone());
            let bit = self.select(flag, &one, &zero);
            self.same("arith.addi", &[&sum, &bit])
        });
        let (prior, _) = self.scan_threads(&own, ScalarOp::Add, &zero, &thread);
        let later = self.compare("arith.cmpi sgt", &group, &zero);
        let block = self.more(&group, -1);
        let first = self.multiple(&group, BLOCK);
        let there = self.compare("arith.cmpi slt", &first, count);
        let later = self.same("arith.andi", &[&later, &there]);
        let start = self.if_else(
            &later,
            (DType::I64, 1),
            |e| e.element("%in0", &block, DType::I64),
            |_| zero.clone(),
        );
        let start = self.same("arith.addi", &[&start, &prior]);
        for ((flag, number), before) in flags.iter().zip(&numbers).zip(&before) {
            self.if_then(flag, |e| {
                let row = e.same("arith.addi", &[&start, before]);
                let row = e.multiple(&row, dims.len() as i64);
                let mut rest = number.clone();
                for (axis, dim) in dims.iter().enumerate().rev() {
                    let coordinate = e.same("arith.remui", &[&rest, dim]);
                    rest = e.same("arith.divui", &[&rest, dim]);
                    let at = e.more(&row, axis as i64);
                    e.put("%out0", &coordinate, &at);
                }
            });
        }
    }

    /// Which of this thread's elements are there and not zero, and their numbers.
    fn not_zero(
        &mut self,
        pointer: &str,
        dtype: DType,
        count: &Val,
        group: &Val,
        thread: &Val,
    ) -> (Vec<Val>, Vec<Val>) {
        let first = self.multiple(group, BLOCK);
        let own = self.multiple(thread, EACH);
        let first = self.same("arith.addi", &[&first, &own]);
        let numbers: Vec<Val> = (0..EACH).map(|i| self.more(&first, i)).collect();
        let no = self.constant(Scalar::Bool(false), 1);
        let flags = numbers.iter().map(|number| {
            let inside = self.compare("arith.cmpi slt", number, count);
            let flag = |e: &mut Self| {
                let value = e.element(pointer, number, dtype);
                e.cast(&value, DType::Bool)
            };
            self.if_else(&inside, (DType::Bool, 1), flag, |_| no.clone())
        });
        (flags.collect(), numbers)
    }

    /// Whether `a` comes before `b`: ascending, NaN after everything, or the other way around.
    fn earlier(&mut self, a: &Val, b: &Val, descending: &Val) -> Val {
        let less = |e: &mut Self, a: &Val, b: &Val| {
            let less = e.apply(ScalarOp::Lt, &[a.clone(), b.clone()]);
            if !a.dtype.is_float() {
                return less;
            }
            let [nan, other] = [a, b].map(|v| e.apply(ScalarOp::IsNan, std::slice::from_ref(v)));
            let fine = e.apply(ScalarOp::Not, &[nan]);
            let last = e.apply(ScalarOp::And, &[fine, other]);
            e.apply(ScalarOp::Or, &[less, last])
        };
        let (up, down) = (less(self, a, b), less(self, b, a));
        self.select(descending, &down, &up)
    }

    /// The numbers of the workgroup and of the thread in it. (Mesa of Debian 12 is wrong in comparing what was just sign-extended, as the
    /// thread's number is; the remainder is not.)
    fn own_numbers(&mut self) -> (Val, Val) {
        let (group, thread) = self.numbers();
        let threads = self.int(THREADS);
        (group, self.same("arith.remui", &[&thread, &threads]))
    }

    /// The address of a line's first element.
    fn first_of_line(&mut self, line: &Val, extent: &Val, inner: &Val) -> Val {
        let outer = self.same("arith.divui", &[line, inner]);
        let fine = self.same("arith.remui", &[line, inner]);
        let outer = self.same("arith.muli", &[&outer, extent]);
        let outer = self.same("arith.muli", &[&outer, inner]);
        self.same("arith.addi", &[&outer, &fine])
    }

    fn element(&mut self, pointer: &str, at: &Val, dtype: DType) -> Val {
        let raw = self.load_element(pointer, at, dtype);
        self.loaded(&raw, dtype, 1)
    }

    fn put(&mut self, pointer: &str, value: &Val, at: &Val) {
        self.out = pointer.into();
        let raw = self.storable(value, value.dtype);
        self.store_element(&raw, at, value.dtype);
    }
}
