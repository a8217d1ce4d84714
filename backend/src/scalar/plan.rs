//! What every code generator of tapes needs to know first: in which order to compute, in which pieces, and which values
//! live in memory.
//!
//! A tape is ordered depth first from its outputs, so that a value is computed shortly before it is used, and cut into
//! chunks, each of which becomes one function: code generators take more than linear time on long functions. Within a
//! chunk a small number of registers is managed by Belady's rule, the value whose next use is farthest goes first. Values
//! that leave the registers before their last use, or are used in a later chunk, have a slot of scratch memory; constants
//! and inputs have a place in memory anyway and are read again. So a code generator never has to spill on its own.

use crate::kernel::import_of;
use braid_ir::ScalarOp;
use braid_symbolic::tape::{Instr, Reg, Tape};
use smallvec::SmallVec;
use std::ops::Range;

/// No use, no slot.
pub const NONE: u32 = u32::MAX;

/// What is to be done, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Reads a value from its place in memory into a register.
    Load(Reg),
    /// Computes a value from operands in registers, but for those that `memory` names.
    Compute {
        /// The value.
        reg: Reg,
        /// The operand (by position) that is read from memory by the instruction itself.
        memory: Option<u8>,
    },
}

/// A run of instructions that becomes one function.
#[derive(Clone, Debug, Default)]
pub struct Chunk {
    /// Its steps.
    pub steps: Vec<Step>,
    /// Outputs that are inputs or constants, which no step computes; those that are the same stand together.
    pub copies: Vec<u32>,
}

/// A tape, ordered, cut and placed.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The pieces in order.
    pub chunks: Vec<Chunk>,
    /// The slot of each register of the tape, [`NONE`] for none.
    pub slots: Vec<u32>,
    /// Number of slots.
    pub slots_used: u32,
    /// For each register the outputs that it is, as a range of `outputs`.
    output_ranges: Vec<u32>,
    outputs: Vec<u32>,
    /// Number of instructions that compute.
    pub operations: usize,
}

/// How a plan is made.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Instructions of a chunk.
    pub chunk: usize,
    /// For how many instructions a call counts.
    pub call: usize,
    /// Registers for values; `None` if the code generator is to manage them.
    pub registers: Option<usize>,
    /// A value in memory is brought into a register if it is used again within so many instructions.
    pub reuse: u32,
}

impl Plan {
    /// Plans the outputs of these numbers.
    pub fn new(tape: &Tape, outputs: &[u32], limits: Limits) -> Plan {
        let order = order(tape, outputs);
        let (output_ranges, by_register) = outputs_by_register(tape, outputs);
        let runs = cut(tape, &order, limits);
        let mut spilled = vec![false; tape.code.len()];
        let mut chunks: Vec<Chunk> = match limits.registers {
            Some(registers) => {
                let mut allocator = Registers::new(tape, registers, limits.reuse, &mut spilled);
                runs.iter().map(|run| allocator.chunk(&order[run.clone()])).collect()
            }
            None => {
                let compute = |&reg| Step::Compute { reg, memory: None };
                let steps = |run: &Range<usize>| order[run.clone()].iter().map(compute).collect();
                runs.iter().map(|run| Chunk { steps: steps(run), copies: Vec::new() }).collect()
            }
        };
        let mut copies: Vec<u32> = outputs.to_vec();
        copies.retain(|&output| is_leaf(tape, tape.outputs[output as usize]));
        copies.sort_by_key(|&output| tape.outputs[output as usize]);
        let chunk_of_copies = |copies: &[u32]| Chunk { steps: Vec::new(), copies: copies.to_vec() };
        chunks.extend(copies.chunks(limits.chunk.max(1)).map(chunk_of_copies));
        let (slots, slots_used) = place(tape, &order, &runs, spilled);
        Plan { chunks, slots, slots_used, output_ranges, outputs: by_register, operations: order.len() }
    }

    /// The outputs that a register is.
    pub fn outputs_of(&self, reg: Reg) -> &[u32] {
        let range = self.output_ranges[reg as usize] as usize..self.output_ranges[reg as usize + 1] as usize;
        &self.outputs[range]
    }
}

/// Whether a register is a constant or an input.
pub fn is_leaf(tape: &Tape, reg: Reg) -> bool {
    matches!(tape.code[reg as usize], Instr::Const(_) | Instr::Input(_))
}

/// Which registers hold a `bool`.
pub fn bools(tape: &Tape) -> Vec<bool> {
    use braid_ir::DType;
    let mut result: Vec<bool> = Vec::with_capacity(tape.code.len());
    for instr in &tape.code {
        let holds = match instr {
            Instr::Unary(op, _) | Instr::Binary(op, ..) => {
                op.is_predicate()
                    || matches!(op, ScalarOp::And | ScalarOp::Or | ScalarOp::Xor | ScalarOp::Not)
                    || *op == ScalarOp::Cast(DType::Bool)
            }
            Instr::Select(_, a, b) => result[*a as usize] && result[*b as usize],
            _ => false,
        };
        result.push(holds);
    }
    result
}

/// The product that [`braid_symbolic::tape::powi`] multiplies out, in its order, before the reciprocal is taken; `None` is
/// the empty product, 1.
pub fn power<V: Clone>(base: V, exponent: i32, mut multiply: impl FnMut(&V, &V) -> V) -> Option<V> {
    let (mut result, mut square, mut rest) = (None, base, exponent.unsigned_abs());
    while rest > 0 {
        if rest & 1 == 1 {
            result = Some(match result {
                Some(product) => multiply(&product, &square),
                None => square.clone(),
            });
        }
        rest >>= 1;
        if rest > 0 {
            square = multiply(&square, &square);
        }
    }
    result
}

/// Whether an instruction is a call, which keeps no register.
pub fn calls(instr: &Instr) -> bool {
    match instr {
        Instr::Unary(op, _) | Instr::Binary(op, ..) => import_of(*op).is_some(),
        Instr::Call(..) => true,
        _ => false,
    }
}

/// Whether an instruction can read its operand at this position from memory.
fn reads_memory(instr: &Instr, position: usize) -> bool {
    match instr {
        Instr::Unary(op, _) => *op == ScalarOp::Sqrt,
        Instr::Binary(ScalarOp::Add | ScalarOp::Mul, ..) => true,
        Instr::Binary(ScalarOp::Sub | ScalarOp::Div, ..) => position == 1,
        Instr::MulAdd(..) | Instr::MulSub(..) | Instr::NegMulAdd(..) => true,
        _ => false,
    }
}

type Operands = SmallVec<[Reg; 4]>;

fn operands(instr: &Instr) -> Operands {
    let mut result = Operands::new();
    instr.each_operand(|reg| result.push(reg));
    result
}

/// The computing instructions that the outputs need, depth first; of two operands the one that takes more registers comes
/// first (Sethi and Ullman).
pub fn order(tape: &Tape, outputs: &[u32]) -> Vec<Reg> {
    let mut needs: Vec<u16> = Vec::with_capacity(tape.code.len());
    for instr in &tape.code {
        let mut below: SmallVec<[u16; 4]> = SmallVec::new();
        instr.each_operand(|reg| below.push(needs[reg as usize]));
        below.sort_unstable_by(|a, b| b.cmp(a));
        let most = below.iter().enumerate().map(|(i, need)| need.saturating_add(i as u16)).max();
        needs.push(most.unwrap_or(0).max(u16::from(!below.is_empty())));
    }
    let mut seen = vec![false; tape.code.len()];
    let mut order = Vec::new();
    // A register on the stack is entered when met first and computed when met again.
    let mut stack: Vec<(Reg, bool)> = Vec::new();
    for &output in outputs {
        stack.push((tape.outputs[output as usize], false));
        while let Some((reg, entered)) = stack.pop() {
            if entered {
                order.push(reg);
                continue;
            }
            if seen[reg as usize] || is_leaf(tape, reg) {
                continue;
            }
            seen[reg as usize] = true;
            stack.push((reg, true));
            let mut below = operands(&tape.code[reg as usize]);
            below.sort_by_key(|&r| needs[r as usize]);
            stack.extend(below.iter().map(|&r| (r, false)));
        }
    }
    order
}

/// For each register the range of its outputs, and the outputs.
fn outputs_by_register(tape: &Tape, outputs: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let mut ranges = vec![0u32; tape.code.len() + 1];
    for &output in outputs {
        ranges[tape.outputs[output as usize] as usize + 1] += 1;
    }
    for i in 1..ranges.len() {
        ranges[i] += ranges[i - 1];
    }
    let mut sorted = outputs.to_vec();
    sorted.sort_by_key(|&output| tape.outputs[output as usize]);
    (ranges, sorted)
}

/// Cuts an order into chunks.
fn cut(tape: &Tape, order: &[Reg], limits: Limits) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    let mut weight = limits.chunk;
    for (at, &reg) in order.iter().enumerate() {
        if weight >= limits.chunk {
            runs.push(at..at);
            weight = 0;
        }
        weight += if calls(&tape.code[reg as usize]) { limits.call } else { 1 };
        if let Some(run) = runs.last_mut() {
            run.end = at + 1;
        }
    }
    runs
}

/// Gives slots to the values that need one, which are those of `wanted` and those that are used in another chunk; a slot is
/// free again after the last use of its value.
fn place(tape: &Tape, order: &[Reg], runs: &[Range<usize>], wanted: Vec<bool>) -> (Vec<u32>, u32) {
    let mut defined = vec![NONE; tape.code.len()];
    let mut last = vec![0u32; tape.code.len()];
    let mut crosses = wanted;
    for (number, run) in runs.iter().enumerate() {
        for at in run.clone() {
            let reg = order[at];
            defined[reg as usize] = number as u32;
            tape.code[reg as usize].each_operand(|operand| {
                let definition = defined[operand as usize];
                if definition != NONE {
                    last[operand as usize] = at as u32;
                    crosses[operand as usize] |= definition != number as u32;
                }
            });
        }
    }
    let mut slots = vec![NONE; tape.code.len()];
    let (mut free, mut used) = (Vec::new(), 0u32);
    for (at, &reg) in order.iter().enumerate() {
        for operand in operands(&tape.code[reg as usize]) {
            if last[operand as usize] == at as u32 && slots[operand as usize] != NONE {
                // Once, should it be an operand twice.
                last[operand as usize] = NONE;
                free.push(slots[operand as usize]);
            }
        }
        if crosses[reg as usize] {
            slots[reg as usize] = free.pop().unwrap_or_else(|| {
                used += 1;
                used - 1
            });
        }
    }
    (slots, used)
}

/// The registers of a machine, as they are filled and emptied.
struct Registers<'a> {
    tape: &'a Tape,
    registers: usize,
    reuse: u32,
    /// Values in registers, and the position of their next use.
    resident: Vec<(Reg, u32)>,
    /// Values that left the registers before their last use.
    spilled: &'a mut [bool],
    /// The position at which a value is used next, while walking backwards.
    next: Vec<u32>,
}

impl<'a> Registers<'a> {
    fn new(tape: &'a Tape, registers: usize, reuse: u32, spilled: &'a mut [bool]) -> Registers<'a> {
        let next = vec![NONE; tape.code.len()];
        Registers { tape, registers, reuse, resident: Vec::new(), spilled, next }
    }

    /// The steps of a chunk.
    fn chunk(&mut self, order: &[Reg]) -> Chunk {
        // Walking backwards shows for each operand where it is used next, and for each value where it is used first.
        let mut uses: Vec<SmallVec<[u32; 4]>> = vec![SmallVec::new(); order.len()];
        let mut first = vec![NONE; order.len()];
        for (at, &reg) in order.iter().enumerate().rev() {
            first[at] = std::mem::replace(&mut self.next[reg as usize], NONE);
            let operands = operands(&self.tape.code[reg as usize]);
            uses[at] = operands.iter().map(|&r| self.next[r as usize]).collect();
            for operand in operands {
                self.next[operand as usize] = at as u32;
            }
        }
        for &reg in order {
            self.tape.code[reg as usize].each_operand(|operand| self.next[operand as usize] = NONE);
        }
        let mut steps = Vec::with_capacity(order.len() * 2);
        self.resident.clear();
        for (at, &reg) in order.iter().enumerate() {
            self.compute(at as u32, reg, &uses[at], first[at], &mut steps);
        }
        Chunk { steps, copies: Vec::new() }
    }

    fn compute(&mut self, at: u32, reg: Reg, uses: &[u32], first: u32, steps: &mut Vec<Step>) {
        let instr = &self.tape.code[reg as usize];
        let operands = operands(instr);
        let memory = self.memory_operand(at, instr, &operands, uses);
        for (position, &operand) in operands.iter().enumerate() {
            if memory == Some(position as u8) || self.is_resident(operand) {
                continue;
            }
            self.make_room(&operands);
            self.resident.push((operand, at));
            steps.push(Step::Load(operand));
        }
        for (&operand, &next) in operands.iter().zip(uses) {
            if let Some(entry) = self.resident.iter_mut().find(|(r, _)| *r == operand) {
                entry.1 = next;
            }
        }
        self.resident.retain(|(_, next)| *next != NONE);
        if calls(instr) {
            while let Some((value, _)) = self.resident.pop() {
                self.evicted(value);
            }
        }
        steps.push(Step::Compute { reg, memory });
        if first != NONE {
            self.make_room(&[]);
            self.resident.push((reg, first));
        }
    }

    fn is_resident(&self, reg: Reg) -> bool {
        self.resident.iter().any(|(r, _)| *r == reg)
    }

    /// The operand that the instruction itself reads from memory: of those that can be, the one used again last.
    fn memory_operand(&self, at: u32, instr: &Instr, operands: &[Reg], uses: &[u32]) -> Option<u8> {
        let once = |reg: Reg| operands.iter().filter(|&&r| r == reg).count() == 1;
        let soon = |next: u32| next != NONE && next - at <= self.reuse;
        (0..operands.len())
            .filter(|&p| {
                reads_memory(instr, p)
                    && once(operands[p])
                    && !soon(uses[p])
                    && !self.is_resident(operands[p])
            })
            .max_by_key(|&p| uses[p])
            .map(|p| p as u8)
    }

    /// Evicts a value if all registers are taken, but none of `kept`.
    fn make_room(&mut self, kept: &[Reg]) {
        if self.resident.len() < self.registers {
            return;
        }
        let candidates = self.resident.iter().enumerate().filter(|(_, (reg, _))| !kept.contains(reg));
        if let Some((at, _)) = candidates.max_by_key(|(_, (_, next))| *next) {
            let (value, _) = self.resident.swap_remove(at);
            self.evicted(value);
        }
    }

    fn evicted(&mut self, value: Reg) {
        if !is_leaf(self.tape, value) {
            self.spilled[value as usize] = true;
        }
    }
}
