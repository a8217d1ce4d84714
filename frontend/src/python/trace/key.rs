//! The order of paths: which of several live states is behind and must run first, so that others can be met again.

use crate::python::vm::State;
use crate::python::vm::frame::LoopMark;

/// A state's position: for every frame from the outermost the loops it is in (head and iteration), then its place.
/// Lexicographic order is the order of execution. A frame that waits for a call stands just before the place where it
/// goes on, so that a state inside the call is behind one that has returned from it.
pub type Key = Vec<u64>;

/// The position of a state. Marks of loops that were left are dropped on the way.
pub fn key(state: &mut State) -> Key {
    let mut key = Vec::new();
    let top = state.frames.len().saturating_sub(1);
    for (depth, frame) in state.frames.iter_mut().enumerate() {
        let pc = frame.pc;
        frame.loops.retain(|mark| mark.holds(pc));
        for mark in &frame.loops {
            key.extend([2 * u64::from(mark.head), mark.iteration]);
        }
        key.push(2 * u64::from(pc) - u64::from(depth < top && pc > 0));
    }
    key
}

impl LoopMark {
    /// Whether a position is inside the loop.
    pub fn holds(&self, pc: u32) -> bool {
        self.head <= pc && pc < self.exit
    }
}

/// Whether two states stand at the same place of the same code, with operand stacks of the same height.
pub fn same_place(a: &State, b: &State) -> bool {
    a.frames.len() == b.frames.len()
        && a.frames.iter().zip(&b.frames).all(|(x, y)| {
            std::sync::Arc::ptr_eq(&x.code, &y.code)
                && x.pc == y.pc
                && x.stack.len() == y.stack.len()
                && x.handled.len() == y.handled.len()
                && x.globals == y.globals
        })
}
