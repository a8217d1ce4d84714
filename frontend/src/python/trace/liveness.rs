//! Which local variables a frame may still read: two paths need not agree on the others to meet.

use crate::python::code::{Code, Op, Pc};
use crate::python::names::Name;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Live local slots per instruction, per code object.
#[derive(Default)]
pub struct Liveness {
    known: FxHashMap<usize, (Arc<Code>, Vec<Vec<u64>>)>,
}

impl Liveness {
    /// Whether `slot` may be read at or after `pc` before it is written.
    pub fn is_live(&mut self, code: &Arc<Code>, pc: Pc, slot: usize) -> bool {
        let address = Arc::as_ptr(code) as usize;
        let (_, table) = self.known.entry(address).or_insert_with(|| (code.clone(), analyse(code)));
        match table.get(pc as usize) {
            Some(bits) => bits.get(slot / 64).is_some_and(|word| word >> (slot % 64) & 1 == 1),
            None => true,
        }
    }
}

/// Where control may go after an instruction, exceptions aside.
fn successors(op: Op, pc: usize) -> Vec<usize> {
    match op {
        Op::Jump(to) | Op::JumpBack(to) => vec![to as usize],
        Op::JumpIfFalse(to) | Op::JumpIfTrue(to) | Op::ForIter(to) | Op::WhileHead(to) => {
            vec![pc + 1, to as usize]
        }
        Op::Return | Op::Reraise | Op::Raise(_) | Op::AssertFail(_) | Op::Unsupported(_) => vec![],
        _ => vec![pc + 1],
    }
}

/// The slot that an instruction reads, and the one that it overwrites.
fn effect(op: Op) -> (Option<usize>, Option<usize>) {
    match op {
        Op::LoadFast(slot) | Op::DeleteFast(slot) | Op::MakeCell(slot) => (Some(slot as usize), None),
        Op::StoreFast(slot) | Op::ClearFast(slot) => (None, Some(slot as usize)),
        // Slots that hold cells are read through; the cell itself is never replaced.
        Op::LoadCell(slot) | Op::StoreCell(slot) | Op::DeleteCell(slot) | Op::ClearCell(slot) => {
            (Some(slot as usize), None)
        }
        _ => (None, None),
    }
}

/// Backward data flow over the instructions, to the fixed point. An instruction that may raise also flows to the
/// handlers that cover it.
fn analyse(code: &Code) -> Vec<Vec<u64>> {
    let words = code.slots.len().div_ceil(64);
    let mut live = vec![vec![0u64; words]; code.ops.len() + 1];
    let captured: Vec<usize> =
        code.functions.iter().flat_map(|f| f.captures.iter().map(|&slot| slot as usize)).collect();
    // What calls read without an instruction for it: `super()` the first argument and the class's cell, the frame that
    // collects for a native the native's arguments.
    let mut implicit: Vec<usize> = Vec::new();
    if let Some(class) = code.slots.iter().position(|&name| name == Name::CLASS) {
        implicit.extend([0, class]);
    }
    if code.ops.iter().any(|op| matches!(op, Op::CallCollected(_))) {
        implicit.extend(0..4);
    }
    let mut changed = true;
    while changed {
        changed = false;
        for pc in (0..code.ops.len()).rev() {
            let op = code.ops[pc];
            let mut bits = vec![0u64; words];
            let flow = |bits: &mut Vec<u64>, next: usize| {
                if let Some(row) = live.get(next) {
                    bits.iter_mut().zip(row).for_each(|(b, r)| *b |= r);
                }
            };
            successors(op, pc).into_iter().for_each(|next| flow(&mut bits, next));
            let (reads, writes) = effect(op);
            if let Some(slot) = writes {
                bits[slot / 64] &= !(1 << (slot % 64));
            }
            // A handler sees the slots as they were before the instruction.
            let covering = code.handlers.iter().filter(|h| (h.start..h.end).contains(&(pc as Pc)));
            covering.for_each(|h| flow(&mut bits, h.target as usize));
            if matches!(op, Op::MakeFunction(_) | Op::BuildClass(_)) {
                captured.iter().for_each(|&slot| bits[slot / 64] |= 1 << (slot % 64));
            }
            if matches!(op, Op::Call(_) | Op::CallCollected(_)) {
                implicit.iter().for_each(|&slot| bits[slot / 64] |= 1 << (slot % 64));
            }
            if let Some(slot) = reads {
                bits[slot / 64] |= 1 << (slot % 64);
            }
            if live[pc] != bits {
                live[pc] = bits;
                changed = true;
            }
        }
    }
    live
}
