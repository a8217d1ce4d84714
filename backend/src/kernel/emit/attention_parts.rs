//! What kernels of attention have in common: which rows a workgroup has, how queries, keys and values come to workgroup memory, what
//! becomes of a sum of products, and what is stored in the end.

use super::*;
use crate::kernel::form::{Attention, up};
use crate::kernel::index::affine;

/// The rows and keys of a workgroup.
pub(super) struct Block {
    /// The thread's number, and how many threads there are.
    pub(super) thread: Val,
    threads: i64,
    /// The number of the first row that has the same keys and values.
    first: Val,
    /// The first row, and the end of those that there are.
    pub(super) row: Val,
    pub(super) end: Val,
    /// How many keys there are, and whether there is none, if that is not known.
    pub(super) keys: Val,
    nobody: Option<Val>,
}

/// Where and in which form elements lie in workgroup memory, line by line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stored {
    /// As `f32`, in an array.
    Single(usize),
    /// Half floats as they are, from an address on.
    Bits(Rc<str>),
}

/// An operand on its way to workgroup memory: some lines (queries, keys, values) of so many elements.
pub(super) struct Operand<'a> {
    nest: &'a Nest,
    read: usize,
    /// The axes that number the line.
    lines: Vec<usize>,
    stored: Stored,
    /// How many neighbours a thread brings at a time.
    each: i64,
    /// What this thread brings of each piece.
    pub(super) parts: Vec<Part>,
}

/// Neighbours in each piece.
pub(super) struct Part {
    /// The address of the first but for what its line adds.
    address: Val,
    /// Whether they are of the line; `None` if they always are.
    there: Option<Val>,
    /// Their line, in a piece.
    line: Val,
    /// Where the first goes in workgroup memory.
    to: Val,
}

/// Where an operand goes, with lines of a piece and elements between lines.
type Goes = (Stored, i64, i64);

impl<'a> Emitter<'a> {
    /// Which rows this workgroup has.
    pub(super) fn attention_block(&mut self, of: &Attention) -> Block {
        let (group, thread) = self.numbers();
        let blocks = self.term(up(of.group, of.tile.0));
        let block = self.same("arith.remui", &[&group, &blocks]);
        let batch = self.same("arith.divui", &[&group, &blocks]);
        let batches = self.term(of.groups);
        let there = self.compare("arith.cmpi slt", &batch, &batches);
        let zero = self.int(0);
        let members = self.term(of.group);
        let first = self.same("arith.muli", &[&batch, &members]);
        let end = self.same("arith.addi", &[&first, &members]);
        let end = self.select(&there, &end, &zero);
        let keys = self.term(of.keys);
        let keys = self.select(&there, &keys, &zero);
        let block = self.multiple(&block, of.tile.0.into());
        let row = self.same("arith.addi", &[&first, &block]);
        let keys = match of.reach {
            None => keys,
            // What no row of the tile sees need not pass by.
            Some(reach) => {
                let end = self.more(&block, i64::from(of.tile.0));
                let end = self.same("arith.minsi", &[&end, &members]);
                let seen = self.more(&end, reach);
                let seen = self.same("arith.maxsi", &[&seen, &zero]);
                self.same("arith.minsi", &[&keys, &seen])
            }
        };
        let known = of.keys.as_int().is_some_and(|keys| keys > 0);
        let nobody = (!known).then(|| self.compare("arith.cmpi sle", &keys, &zero));
        Block { thread, threads: of.threads().into(), first, row, end, keys, nobody }
    }

    /// Queries or keys.
    pub(super) fn score_operand(
        &mut self,
        of: &'a Attention,
        read: usize,
        block: &Block,
        goes: Goes,
    ) -> Operand<'a> {
        let (nest, leading) = (&of.scores.0, of.scores.1);
        let rows: Vec<usize> = (0..leading).collect();
        // A query's line is the row; for keys the row chooses what they are keys of.
        let (lines, fixed) = match read == of.query {
            true => (rows, vec![]),
            false => ((leading..nest.rank()).collect(), rows),
        };
        let elements = (nest.rank()..nest.axes()).collect();
        self.operand_of(nest, read, (lines, elements, fixed), (of.depth.into(), of.padded()[0]), block, goes)
    }

    /// Values.
    pub(super) fn value_operand(&mut self, of: &'a Attention, block: &Block, goes: Goes) -> Operand<'a> {
        let nest = &of.output;
        let axes = ((nest.rank()..nest.axes()).collect(), of.columns.clone(), of.rows.clone());
        self.operand_of(nest, of.value, axes, (of.width.into(), of.padded()[1]), block, goes)
    }

    /// An operand with axes that number lines, axes that number elements, and axes whose indices are the workgroup's; of so many elements
    /// a line, and with those that are padded with.
    fn operand_of(
        &mut self,
        nest: &'a Nest,
        read: usize,
        (lines, elements, fixed): (Vec<usize>, Vec<usize>, Vec<usize>),
        (width, padded): (i64, i64),
        block: &Block,
        (stored, count, pitch): Goes,
    ) -> Operand<'a> {
        let access = &nest.reads[read];
        let (coefficients, base) = affine(access.address, nest.axes()).expect("an operand of a product");
        let over = |axes: &[usize]| {
            axes.iter().fold(Term::int(0), |sum, &axis| sum + coefficients[axis] * Term::axis(axis))
        };
        let next =
            |axes: &[usize]| axes.last().filter(|&&axis| coefficients[axis].as_int() == Some(1)).copied();
        // As many parts as there are threads, or a multiple.
        let shared = |each: &i64| width % each == 0 && count * padded % (each * block.threads) == 0;
        let most = self.neighbours(nest, read, next(&elements));
        let each = [8, 4, 2].into_iter().find(|each| *each <= most && shared(each)).unwrap_or(1);
        // Neighbouring threads bring neighbouring elements.
        let down = next(&lines).is_some() && next(&elements).is_none();
        let parts = self.at_nest(nest, |e| {
            e.digits(block.first.clone(), fixed.iter().copied());
            let common = e.term(base + over(&fixed));
            let pieces = padded / each;
            let part = |number| {
                e.known.push(HashMap::new());
                let inner = if down { count } else { pieces };
                // Where threads are whole lines, parts differ by a constant, which costs no register.
                let whole = block.threads % inner == 0;
                let at =
                    if whole { block.thread.clone() } else { e.more(&block.thread, number * block.threads) };
                let of_one = e.int(inner);
                let slow = e.same("arith.divui", &[&at, &of_one]);
                let fast = e.same("arith.remui", &[&at, &of_one]);
                let slow = if whole { e.more(&slow, number * block.threads / inner) } else { slow };
                let (line, piece) = if down { (fast, slow) } else { (slow, fast) };
                let element = e.multiple(&piece, each);
                let there = (width != padded).then(|| {
                    let width = e.int(width);
                    e.compare("arith.cmpi slt", &element, &width)
                });
                let start = e.multiple(&line, pitch);
                let to = e.same("arith.addi", &[&start, &element]);
                e.digits(element, elements.iter().copied());
                let more = e.term(over(&elements));
                let address = e.same("arith.addi", &[&common, &more]);
                e.known.pop();
                Part { address, there, line, to }
            };
            (0..count * pieces / block.threads).map(part).collect()
        });
        Operand { nest, read, lines, stored, each, parts }
    }

    /// How many neighbours along an axis can be loaded at once: they start at multiples of that many.
    fn neighbours(&self, nest: &Nest, read: usize, axis: Option<usize>) -> i64 {
        let access = &nest.reads[read];
        let (Some(axis), Some(Parameters::Pointers)) = (axis, self.parameters) else { return 1 };
        let Some((coefficients, base)) = affine(access.address, nest.axes()) else { return 1 };
        let fits = |each: &i64| {
            let multiple = |term: Term| term.modulo(Term::int(*each)).as_int() == Some(0);
            each * access.dtype.size() as i64 <= 16
                && multiple(nest.extent(axis))
                && multiple(base)
                && (0..nest.axes()).all(|other| other == axis || multiple(coefficients[other]))
        };
        [8, 4, 2].into_iter().find(fits).unwrap_or(1)
    }

    /// Loads what this thread brings of the piece whose first line has this number; zeros from line `end` on.
    pub(super) fn bring_piece(&mut self, operand: &Operand<'a>, first: &Val, end: &Val) -> Vec<Val> {
        let Operand { nest, read, ref lines, ref stored, each, .. } = *operand;
        let single = matches!(stored, Stored::Single(_));
        let access = &nest.reads[read];
        let (coefficients, _) = affine(access.address, nest.axes()).expect("an operand of a product");
        let over = lines.iter().fold(Term::int(0), |sum, &axis| sum + coefficients[axis] * Term::axis(axis));
        let wide = each as usize;
        let dtype = if single { DType::F32 } else { DType::I16 };
        self.at_nest(nest, |e| {
            let pointer = e.pointers[read].clone();
            let none = e.constant(Scalar::from_int(dtype, 0), wide);
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
                    if single && wide == 1 {
                        let raw = e.load_element(&pointer, &address, access.dtype);
                        let value = e.loaded(&raw, access.dtype, 1);
                        return e.cast(&value, DType::F32);
                    }
                    let element = if single { memory(access.dtype) } else { "i16" };
                    let place = e.place(&pointer, &address, element);
                    let raw = e.raw(&format!(
                        "llvm.load {place} {{alignment = {} : i64}} : !llvm.ptr -> {}",
                        each * access.dtype.size() as i64,
                        shaped(element, wide)
                    ));
                    if !single {
                        return Val { name: raw, dtype, lanes: wide };
                    }
                    let value = e.loaded(&raw, access.dtype, wide);
                    e.cast(&value, DType::F32)
                };
                let value = e.if_else(&inside, (dtype, wide), load, |_| none.clone());
                e.known.pop();
                value
            };
            operand.parts.iter().map(bring).collect()
        })
    }

    /// Leaves what was brought in workgroup memory.
    pub(super) fn leave_piece(&mut self, operand: &Operand<'a>, values: &[Val]) {
        for (part, value) in operand.parts.iter().zip(values) {
            let array = match &operand.stored {
                Stored::Single(array) => *array,
                Stored::Bits(start) => {
                    let bytes = self.multiple(&part.to, 2);
                    let to = self.behind(start, &bytes);
                    let (size, ty) = (2 * value.lanes, value.ty());
                    self.line(&format!(
                        "llvm.store {}, {to} {{alignment = {size} : i64}} : {ty}, !llvm.ptr<3>",
                        value.name
                    ));
                    continue;
                }
            };
            for lane in 0..value.lanes as i64 {
                let to = self.more(&part.to, lane);
                let element = match value.lanes {
                    1 => value.clone(),
                    _ => {
                        let (element, ty) = (register(value.dtype), value.ty());
                        self.define(
                            value.dtype,
                            1,
                            &format!("vector.extract {}[{lane}] : {element} from {ty}", value.name),
                        )
                    }
                };
                self.leave(&element, array, &to);
            }
        }
    }

    /// The score that a sum of products becomes; the least where there is no such row or key.
    pub(super) fn score(
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
            let mut at = |(nest, leading): &'a (Nest, usize), reduced: Option<&Val>, before: Option<&Val>| {
                e.at_nest(nest, |e| {
                    e.digits(row.0.clone(), 0..*leading);
                    e.digits(key.0.clone(), *leading..nest.rank());
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
            let first = at(&of.scores, Some(sum), None);
            let last = of.stages.iter().fold(first, |before, stage| at(stage, None, Some(&before)));
            e.cast(&last, DType::F32)
        };
        self.if_else(&inside, (DType::F32, 1), all, |_| least.clone())
    }

    /// What scores are counted from where the maximum grows from one value to another, and by how much what has been summed gets smaller.
    pub(super) fn shrunk(
        &mut self,
        before: &Val,
        now: &Val,
        (none, least): (&Val, &Val),
        exp: impl FnOnce(&mut Self, &Val, &Val) -> Val,
    ) -> (Val, Val) {
        // Where nothing counts yet, there is no difference to take.
        let nothing = self.compare("arith.cmpf oeq", now, least);
        let from = self.select(&nothing, none, now);
        let shrunk = exp(self, before, &from);
        (from, shrunk)
    }

    pub(super) fn shifted_exp(&mut self, x: &Val, from: &Val) -> Val {
        let difference = self.same("arith.subf", &[x, from]);
        self.apply(ScalarOp::Exp, &[difference])
    }

    /// The same as exact as half floats need it, by the device's instruction: `x` and `from` are multiplied by the logarithm of e to the base of 2 already. The
    /// relative error is about 2^-22, and 2^-24 more for each unit of the difference.
    pub(super) fn approximate_exp(&mut self, x: &Val, from: &Val) -> Val {
        let difference = self.same("arith.subf", &[x, from]);
        let power =
            format!("llvm.call_intrinsic \"llvm.nvvm.ex2.approx.ftz\"({}) : (f32) -> f32", difference.name);
        self.define(DType::F32, 1, &power)
    }

    /// Divides a sum of values by the sum of weights, does what follows the second product, and stores, if there is such a column, which
    /// may be known.
    pub(super) fn finish_mean(
        &mut self,
        of: &'a Attention,
        row: &Val,
        (column, within): (Val, bool),
        (total, part): (&Val, &Val),
        block: &Block,
    ) {
        let mut mean = self.same("arith.divf", &[total, part]);
        if let Some(nobody) = &block.nobody {
            // A row without keys is a sum of nothing.
            let none = self.float(0.0, &mean);
            mean = self.select(nobody, &none, &mean);
        }
        let store = |e: &mut Self| {
            e.at_nest(&of.output, |e| {
                e.digits(row.clone(), of.rows.iter().copied());
                e.digits(column.clone(), of.columns.iter().copied());
                e.reduced = Some(mean);
                let value = e.term(e.nest.stored());
                e.reduced = None;
                e.store(&value, e.nest.store, e.nest.dtype);
            });
        };
        if within {
            return store(self);
        }
        let width = self.int(of.width.into());
        let inside = self.compare("arith.cmpi slt", &column, &width);
        self.if_then(&inside, store);
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
}
