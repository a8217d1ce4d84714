//! Kernels of rows: threads that share a row compute its part of each nest, and reduce together.

use super::loops::Accumulator;
use super::*;
use crate::kernel::form::{Rows, Stage};
use braid_ir::ops::Reduction;

/// Threads that exchange values without workgroup memory, on CUDA.
pub(super) const SUBGROUP: u32 = 32;

/// Rounds of a loop over a row that are written out, so that what they load is on its way at the same time.
const ROUNDS: i64 = 8;

/// A thread of a workgroup of rows.
pub(super) struct Thread {
    /// Its number in the workgroup, and among those of its row.
    pub(super) number: Val,
    pub(super) lane: Val,
    /// How many there are.
    pub(super) count: u32,
    /// Which row, and whether there is one.
    pub(super) row: Val,
    pub(super) there: Val,
}

impl<'a> Emitter<'a> {
    /// What one thread does.
    pub(super) fn rows(&mut self, rows: &'a Rows) {
        for (dtype, each) in &rows.kept {
            self.array(rows.rows(), *each as i64, memory(*dtype), dtype.size());
        }
        let (group, number) = self.numbers();
        let [lanes, per_group] = [rows.lanes, rows.rows()].map(|n| self.int(n.into()));
        let own = self.same("arith.divui", &[&number, &lanes]);
        let lane = self.same("arith.remui", &[&number, &lanes]);
        let first = self.same("arith.muli", &[&group, &per_group]);
        let row = self.same("arith.addi", &[&first, &own]);
        let count = self.term(rows.count);
        let there = self.compare("arith.cmpi slt", &row, &count);
        self.row = Some(own);
        let thread = Thread { number, lane, count: rows.threads, row, there };
        for (at, stage) in rows.stages.iter().enumerate() {
            if at > 0 {
                self.line("gpu.barrier");
            }
            self.enter(&stage.nest);
            self.known.push(HashMap::new());
            self.digits(thread.row.clone(), 0..stage.row_axes);
            if stage.lanes == 1 {
                self.apart(rows, stage, &thread)
            } else {
                self.together(rows, stage, &thread)
            }
            self.known.pop();
        }
    }

    /// An array of so many elements for each row of the workgroup.
    pub(super) fn array(&mut self, rows: u32, each: i64, element: &str, size: usize) {
        let count = u64::from(rows) * each.unsigned_abs();
        let parameters = self.parameters.expect("on a device");
        let array = Array {
            name: self.array_name(),
            ty: parameters.workgroup(count, element),
            each,
            bytes: count * size as u64,
        };
        self.arrays.push(array);
    }

    fn array_name(&mut self) -> Rc<str> {
        self.next += 1;
        format!("%array{}", self.next).into()
    }

    /// Each thread computes points of its own.
    fn apart(&mut self, rows: &Rows, stage: &'a Stage, thread: &Thread) {
        let (inner, rank) = (stage.row_axes, self.nest.rank());
        let points = self.nest.out[inner..].iter().fold(Term::int(1), |n, &d| n * d);
        let (zero, step) = (self.int(0), self.int(rows.lanes.into()));
        let end = self.term(points);
        let end = self.select(&thread.there, &end, &zero);
        let point = |e: &mut Self, index: Val| {
            e.digits(index, inner..rank);
            if let Some(reduction) = e.nest.reduction {
                let reduced = e.reduce(reduction, None);
                e.reduced = Some(reduced);
            }
            e.finish_point(stage);
        };
        let lanes = i64::from(rows.lanes);
        if let Some(count) = points.as_int().filter(|&count| count <= ROUNDS * lanes) {
            if count >= lanes {
                self.if_then(&thread.there, |e| {
                    for round in 0..count / lanes {
                        e.known.push(HashMap::new());
                        let index = e.more(&thread.lane, round * lanes);
                        point(e, index);
                        e.known.pop();
                    }
                });
            }
            if count % lanes != 0 {
                let index = self.more(&thread.lane, count / lanes * lanes);
                let inside = self.compare("arith.cmpi slt", &index, &end);
                self.if_then(&inside, |e| point(e, index));
            }
            return;
        }
        self.for_loop(&thread.lane, &end, &step, &[], |e, index, _| {
            point(e, index);
            vec![]
        });
    }

    /// Threads reduce points together.
    fn together(&mut self, rows: &Rows, stage: &'a Stage, thread: &Thread) {
        let inner = stage.row_axes;
        let points = self.nest.out[inner..].iter().fold(Term::int(1), |n, &d| n * d);
        let each = self.int(stage.lanes.into());
        let own = self.same("arith.divui", &[&thread.lane, &each]);
        let at_once = rows.lanes / stage.lanes;
        let (zero, step) = (self.int(0), self.int(at_once.into()));
        let end = self.term(points);
        if points.as_int().is_some_and(|n| n <= at_once.into()) {
            return self.together_point(stage, thread, own, &end);
        }
        // All threads make the same number of steps: there are barriers in them.
        self.for_loop(&zero, &end, &step, &[], |e, first, _| {
            let point = e.same("arith.addi", &[&first, &own]);
            e.together_point(stage, thread, point, &end);
            e.line("gpu.barrier");
            vec![]
        });
    }

    /// One point, if there is one of this number.
    fn together_point(&mut self, stage: &'a Stage, thread: &Thread, point: Val, end: &Val) {
        let reduction = self.nest.reduction.expect("a stage of several lanes reduces");
        let (rank, axes) = (self.nest.rank(), self.nest.axes());
        let element = self.nest.body.dtype();
        let (zero, each) = (self.int(0), self.int(stage.lanes.into()));
        let inside = self.compare("arith.cmpi slt", &point, end);
        let there = self.same("arith.andi", &[&thread.there, &inside]);
        self.digits(point, stage.row_axes..rank);
        let length = self.nest.reduce.iter().fold(Term::int(1), |n, &d| n * d);
        let lane = self.same("arith.remui", &[&thread.lane, &each]);
        let values = self.initial(reduction, element, 1);
        let accumulator = Accumulator { reduction, element, values: values.clone() };
        let combine = |e: &mut Self, number: Val, values: Vec<Val>| {
            e.known.push(HashMap::new());
            e.digits(number, rank..axes);
            let values = e.combine(&accumulator, values);
            (rank..axes).for_each(|axis| e.index[axis] = None);
            e.known.pop();
            values
        };
        let lanes = i64::from(stage.lanes);
        let values = match length.as_int().filter(|&length| length <= ROUNDS * lanes) {
            Some(length) => {
                let all = |e: &mut Self| {
                    (0..length / lanes).fold(values.clone(), |values, round| {
                        let number = e.more(&lane, round * lanes);
                        combine(e, number, values)
                    })
                };
                let mut sums = self.if_values(&there, all, &values);
                if length % lanes != 0 {
                    let number = self.more(&lane, length / lanes * lanes);
                    let end = self.int(length);
                    let inside = self.compare("arith.cmpi slt", &number, &end);
                    let inside = self.same("arith.andi", &[&there, &inside]);
                    let before = sums.clone();
                    sums = self.if_values(&inside, |e| combine(e, number, before.clone()), &sums);
                }
                sums
            }
            None => {
                let length = self.term(length);
                let length = self.select(&there, &length, &zero);
                self.for_loop(&lane, &length, &each, &values, |e, number, values| combine(e, number, values))
            }
        };
        let total = self.across(reduction, values, stage.lanes, thread);
        let first = self.compare("arith.cmpi eq", &lane, &zero);
        let first = self.same("arith.andi", &[&first, &there]);
        self.if_then(&first, |e| {
            let total = match reduction {
                Reduction::ArgMax | Reduction::ArgMin => total[1].clone(),
                _ => e.cast(&total[0], element),
            };
            e.reduced = Some(total);
            e.finish_point(stage);
        });
    }

    /// Stores the result at the present point.
    fn finish_point(&mut self, stage: &Stage) {
        let value = self.term(self.nest.stored());
        self.reduced = None;
        if stage.stored {
            self.store(&value, self.nest.store, self.nest.dtype);
        }
        if let Some((array, address)) = stage.keep {
            let raw = self.storable(&value, self.nest.dtype);
            let at = self.term(address);
            self.store_kept(array, &raw, &at, self.nest.dtype, 1);
        }
    }

    /// Loads an element of the row from an array of workgroup memory, in its form in memory.
    pub(super) fn load_kept(&mut self, array: usize, at: &Val) -> Rc<str> {
        let index = self.in_array(array, at);
        let Array { name, ty, .. } = &self.arrays[array];
        let text = format!("memref.load {name}[{index}] : {ty}");
        self.raw(&text)
    }

    /// Loads neighbouring elements of the row from an array of workgroup memory, where they start at a multiple of so many.
    pub(super) fn load_kept_lanes(&mut self, array: usize, at: &Val, dtype: DType) -> Rc<str> {
        let index = self.in_array(array, at);
        let (align, lanes) = (self.lanes * dtype.size(), shaped(memory(dtype), self.lanes));
        let Array { name, ty, .. } = &self.arrays[array];
        let text = format!("vector.load {name}[{index}] {{alignment = {align} : i64}} : {ty}, {lanes}");
        self.raw(&text)
    }

    /// Stores elements, in their form in memory, in an array of workgroup memory.
    pub(super) fn store_kept(&mut self, array: usize, raw: &str, at: &Val, dtype: DType, lanes: usize) {
        let index = self.in_array(array, at);
        let Array { name, ty, .. } = &self.arrays[array];
        let line = match lanes {
            1 => format!("memref.store {raw}, {name}[{index}] : {ty}"),
            _ => {
                let (align, lanes) = (lanes * dtype.size(), shaped(memory(dtype), lanes));
                format!("vector.store {raw}, {name}[{index}] {{alignment = {align} : i64}} : {ty}, {lanes}")
            }
        };
        self.line(&line);
    }

    /// The index of element `at` of this thread's row.
    fn in_array(&mut self, array: usize, at: &Val) -> Rc<str> {
        let each = self.int(self.arrays[array].each);
        let row = self.row.clone().expect("a thread of a row");
        let first = self.same("arith.muli", &[&row, &each]);
        let index = self.same("arith.addi", &[&first, at]);
        self.raw(&format!("arith.index_cast {} : i64 to index", index.name))
    }

    /// What `lanes` neighbouring threads have reduced, all together; the first of them has it.
    pub(super) fn across(
        &mut self,
        reduction: Reduction,
        values: Vec<Val>,
        lanes: u32,
        thread: &Thread,
    ) -> Vec<Val> {
        if self.parameters == Some(Parameters::Buffers) {
            return self.tree(reduction, values, lanes, thread);
        }
        let mut values = values;
        let mut distance = lanes.min(SUBGROUP) / 2;
        while distance > 0 {
            let others = values.iter().map(|value| self.shuffle(value, distance)).collect();
            values = self.merge(reduction, values, others);
            distance /= 2;
        }
        if lanes <= SUBGROUP {
            return values;
        }
        // The first thread of each subgroup leaves its value, and all threads take those of all subgroups.
        let subgroup = self.int(SUBGROUP.into());
        let number = self.same("arith.divui", &[&thread.number, &subgroup]);
        let within = self.same("arith.remui", &[&thread.number, &subgroup]);
        let leads = self.is_zero(&within);
        let parts = self.part_arrays(&values, thread.count / SUBGROUP);
        self.if_then(&leads, |e| {
            values.iter().zip(&parts).for_each(|(value, &part)| e.leave(value, part, &number));
        });
        self.line("gpu.barrier");
        let step = lanes / SUBGROUP;
        let subgroups = self.int(step.into());
        let group = self.same("arith.divui", &[&number, &subgroups]);
        let first = self.same("arith.muli", &[&group, &subgroups]);
        let mut values: Vec<Val> =
            values.iter().zip(&parts).map(|(like, &part)| self.take(like, part, &first)).collect();
        for other in 1..step {
            let distance = self.int(other.into());
            let at = self.same("arith.addi", &[&first, &distance]);
            let others = values.iter().zip(&parts).map(|(like, &part)| self.take(like, part, &at)).collect();
            values = self.merge(reduction, values, others);
        }
        values
    }

    /// [`Emitter::across`] without subgroups: half of the threads take what the other half has left, and so on.
    fn tree(&mut self, reduction: Reduction, mut values: Vec<Val>, lanes: u32, thread: &Thread) -> Vec<Val> {
        let parts = self.part_arrays(&values, thread.count);
        let each = self.int(lanes.into());
        let lane = self.same("arith.remui", &[&thread.number, &each]);
        values.iter().zip(&parts).for_each(|(value, &part)| self.leave(value, part, &thread.number));
        let mut distance = lanes / 2;
        while distance > 0 {
            self.line("gpu.barrier");
            let far = self.int(distance.into());
            let takes = self.compare("arith.cmpi slt", &lane, &far);
            // What the others read is undisturbed: they read beyond what is left here.
            let zero = self.int(0);
            let far = self.select(&takes, &far, &zero);
            let at = self.same("arith.addi", &[&thread.number, &far]);
            let others = values.iter().zip(&parts).map(|(like, &part)| self.take(like, part, &at)).collect();
            let merged = self.merge(reduction, values.clone(), others);
            values = merged.iter().zip(&values).map(|(new, old)| self.select(&takes, new, old)).collect();
            self.if_then(&takes, |e| {
                values.iter().zip(&parts).for_each(|(value, &part)| e.leave(value, part, &thread.number));
            });
            distance /= 2;
        }
        values
    }

    /// Two results of a reduction as one.
    pub(super) fn merge(&mut self, reduction: Reduction, a: Vec<Val>, b: Vec<Val>) -> Vec<Val> {
        let Some(op) = reduction.combine() else {
            let ([best, at], [other, other_at]) = ([&a[0], &a[1]], [&b[0], &b[1]]);
            let better = if reduction == Reduction::ArgMax { ScalarOp::Gt } else { ScalarOp::Lt };
            let mut better = self.apply(better, &[other.clone(), best.clone()]);
            let mut equal = self.apply(ScalarOp::Eq, &[other.clone(), best.clone()]);
            if best.dtype.is_float() {
                let [nan, other_nan] =
                    [best, other].map(|v| self.apply(ScalarOp::IsNan, std::slice::from_ref(v)));
                let fine = self.apply(ScalarOp::Not, std::slice::from_ref(&nan));
                let wins = self.apply(ScalarOp::And, &[other_nan.clone(), fine]);
                better = self.apply(ScalarOp::Or, &[better, wins]);
                let both = self.apply(ScalarOp::And, &[nan, other_nan]);
                equal = self.apply(ScalarOp::Or, &[equal, both]);
            }
            // The first of equals; a negative index is none.
            let before = self.compare("arith.cmpi slt", other_at, at);
            let first = self.apply(ScalarOp::And, &[equal, before]);
            let take = self.apply(ScalarOp::Or, &[better, first]);
            let zero = self.int(0);
            let none = self.compare("arith.cmpi slt", at, &zero);
            let take = self.apply(ScalarOp::Or, &[take, none]);
            let some = self.compare("arith.cmpi sge", other_at, &zero);
            let take = self.apply(ScalarOp::And, &[take, some]);
            return vec![self.select(&take, other, best), self.select(&take, other_at, at)];
        };
        vec![self.apply(op, &[a[0].clone(), b[0].clone()])]
    }

    fn is_zero(&mut self, value: &Val) -> Val {
        let zero = self.int(0);
        self.compare("arith.cmpi eq", value, &zero)
    }

    /// Arrays of `count` elements, one for each of these values; they serve every reduction of the kernel.
    pub(super) fn part_arrays(&mut self, values: &[Val], count: u32) -> Vec<usize> {
        let mut chosen: Vec<usize> = Vec::new();
        for value in values {
            let ty = self.parameters.expect("on a device").workgroup(count.into(), exchanged(value.dtype));
            let free =
                |at: &usize| self.arrays[*at].each == 0 && *self.arrays[*at].ty == ty && !chosen.contains(at);
            let at = (0..self.arrays.len()).find(free).unwrap_or_else(|| {
                let bytes = u64::from(count) * value.dtype.size().max(4) as u64;
                let name = self.array_name();
                self.arrays.push(Array { name, ty, each: 0, bytes });
                self.arrays.len() - 1
            });
            chosen.push(at);
        }
        chosen
    }

    /// Leaves a value in workgroup memory.
    pub(super) fn leave(&mut self, value: &Val, array: usize, at: &Val) {
        let wide = self.exchangeable(value);
        let index = self.raw(&format!("arith.index_cast {} : i64 to index", at.name));
        let Array { name, ty, .. } = &self.arrays[array];
        let line = format!("memref.store {wide}, {name}[{index}] : {ty}");
        self.line(&line);
    }

    /// Takes a value from workgroup memory, of the type of `like`.
    pub(super) fn take(&mut self, like: &Val, array: usize, at: &Val) -> Val {
        let index = self.raw(&format!("arith.index_cast {} : i64 to index", at.name));
        let Array { name, ty, .. } = &self.arrays[array];
        let text = format!("memref.load {name}[{index}] : {ty}");
        let wide = self.raw(&text);
        self.exchanged(wide, like)
    }

    /// The value of the thread of the subgroup whose number differs in this bit.
    pub(super) fn shuffle(&mut self, value: &Val, distance: u32) -> Val {
        let wide = self.exchangeable(value);
        let ty = exchanged(value.dtype);
        if value.dtype.size() < 8 {
            let other = self.shuffle_word(&wide, ty, distance);
            return self.exchanged(other, value);
        }
        // Words are exchanged one by one.
        let bits = if ty == "f64" { self.raw(&format!("arith.bitcast {wide} : f64 to i64")) } else { wide };
        let half = self.raw_constant("32", "i64");
        let high = self.raw(&format!("arith.shrui {bits}, {half} : i64"));
        let [low, high] = [bits, high].map(|part| {
            let word = self.raw(&format!("arith.trunci {part} : i64 to i32"));
            let word = self.shuffle_word(&word, "i32", distance);
            self.raw(&format!("arith.extui {word} : i32 to i64"))
        });
        let high = self.raw(&format!("arith.shli {high}, {half} : i64"));
        let bits = self.raw(&format!("arith.ori {high}, {low} : i64"));
        let name = if ty == "f64" { self.raw(&format!("arith.bitcast {bits} : i64 to f64")) } else { bits };
        Val { name, ..value.clone() }
    }

    fn shuffle_word(&mut self, word: &str, ty: &str, distance: u32) -> Rc<str> {
        let distance = self.raw_constant(&distance.to_string(), "i32");
        let width = self.raw_constant(&SUBGROUP.to_string(), "i32");
        let (result, valid) = (self.fresh(), self.fresh());
        self.line(&format!("{result}, {valid} = gpu.shuffle xor {word}, {distance}, {width} : {ty}"));
        result
    }

    /// A value in a type that threads exchange: small integers in 32 bits.
    fn exchangeable(&mut self, value: &Val) -> Rc<str> {
        let (from, to) = (register(value.dtype), exchanged(value.dtype));
        if from == to {
            value.name.clone()
        } else {
            self.raw(&format!("arith.extui {} : {from} to {to}", value.name))
        }
    }

    /// The value that was made exchangeable.
    fn exchanged(&mut self, wide: Rc<str>, like: &Val) -> Val {
        let (from, to) = (exchanged(like.dtype), register(like.dtype));
        let name = if from == to { wide } else { self.raw(&format!("arith.trunci {wide} : {from} to {to}")) };
        Val { name, ..like.clone() }
    }
}

/// The type in which threads exchange values of a type.
pub(super) fn exchanged(dtype: DType) -> &'static str {
    match register(dtype) {
        "i1" | "i8" | "i16" => "i32",
        other => other,
    }
}
