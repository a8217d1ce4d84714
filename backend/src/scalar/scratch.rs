//! Scratch memory of generated code, one block per thread, kept from call to call.

use std::cell::RefCell;

/// As much as the widest vector needs to be aligned.
const ALIGN: usize = 64;

thread_local! {
    static KEPT: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

/// A block of memory that begins at a multiple of 64 bytes. It is taken from the thread and given back when dropped: a
/// function of the host language that evaluates another tape meanwhile gets one of its own.
pub(super) struct Scratch(Vec<u64>);

impl Scratch {
    /// At least so many bytes, with anything in them.
    pub(super) fn of(bytes: usize) -> Scratch {
        let mut words = KEPT.with(RefCell::take);
        let needed = (bytes + ALIGN).div_ceil(8);
        if words.len() < needed {
            words.resize(needed, 0);
        }
        Scratch(words)
    }

    /// The first byte.
    pub(super) fn as_mut_ptr(&mut self) -> *mut u8 {
        let start = self.0.as_mut_ptr().cast::<u8>();
        // Within the block, which is longer than asked for by this much.
        start.wrapping_add(start.align_offset(ALIGN))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        KEPT.set(std::mem::take(&mut self.0));
    }
}
