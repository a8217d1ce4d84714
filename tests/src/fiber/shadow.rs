//! What is remembered of a few bytes of memory: who wrote them last and who has read them since, and when.
//!
//! Two accesses of different threads are ordered if both threads are of one workgroup and all of it has met at a barrier
//! between them, or if they are of one warp that has met between them. Nothing orders two workgroups of one launch.

/// A moment in the life of a thread. 0 is none.
///
/// From the lowest bit: flags (2), thread (11), meetings of the warp (8), barriers (15), workgroup and 1 (28). The two counts
/// wrap around, so a race across a multiple of as many barriers would be missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp(u64);

const THREAD: u32 = 2;
const WARP_EPOCH: u32 = 13;
const EPOCH: u32 = 21;
const BLOCK: u32 = 36;

/// An atomic write.
const ATOMIC: u64 = 1;
/// An asynchronous copy that nobody has waited for.
const IN_FLIGHT: u64 = 2;

/// Threads of a workgroup at most.
pub const THREADS_MAX: u32 = 1024;
/// In place of a thread: several of warp number `WARP + w`.
const WARP: u64 = THREADS_MAX as u64;
/// In place of a thread: several of a workgroup.
const MANY: u64 = (1 << 11) - 1;
/// In place of a workgroup: several.
const MANY_BLOCKS: u64 = (1 << 28) - 1;
/// Workgroups of a launch at most.
pub const BLOCKS_MAX: u64 = MANY_BLOCKS - 1;

/// Whoever else has made an access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// A thread of the same workgroup.
    Thread(u32),
    /// Several threads of the same workgroup.
    Threads,
    /// A thread of another workgroup, by their numbers.
    Other(u64, u32),
    /// Several workgroups.
    Workgroups,
}

/// What is wrong with an access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clash {
    /// Somebody else has written with nothing between to order the two.
    Written(Who),
    /// Somebody else has read with nothing between to order the two.
    Read(Who),
    /// An asynchronous copy to there has not been waited for.
    InFlight(Who),
}

impl Stamp {
    /// The present of a thread of a workgroup.
    pub fn new(block: u64, epoch: u32, warp_epoch: u32, thread: u32) -> Stamp {
        Stamp(
            (block + 1) << BLOCK
                | u64::from(epoch & 0x7fff) << EPOCH
                | u64::from(warp_epoch & 0xff) << WARP_EPOCH
                | u64::from(thread) << THREAD,
        )
    }

    fn block(self) -> u64 {
        self.0 >> BLOCK
    }

    fn epoch(self) -> u64 {
        self.0 >> EPOCH & 0x7fff
    }

    fn warp_epoch(self) -> u64 {
        self.0 >> WARP_EPOCH & 0xff
    }

    fn thread(self) -> u64 {
        self.0 >> THREAD & MANY
    }

    /// The warp, unless there are several.
    fn warp(self) -> u64 {
        match self.thread() {
            MANY => MANY,
            thread if thread >= WARP => thread - WARP,
            thread => thread / 32,
        }
    }

    fn with_thread(self, thread: u64) -> Stamp {
        Stamp(self.0 & !(MANY << THREAD) | thread << THREAD)
    }

    /// Whether what happened then happened before `now`, which is the present of one thread.
    fn before(self, now: Stamp) -> bool {
        self.block() == now.block()
            && (self.epoch() != now.epoch()
                || self.thread() == now.thread()
                || self.warp() == now.warp() && self.warp_epoch() != now.warp_epoch())
    }

    /// Both, as far as what comes later must be ordered after both.
    fn and(self, now: Stamp) -> Stamp {
        if self.0 == 0 || self.before(now) {
            now
        } else if self.block() != now.block() {
            Stamp(now.0 | MANY_BLOCKS << BLOCK)
        } else if self.warp() != now.warp() {
            now.with_thread(MANY)
        } else {
            now.with_thread(WARP + now.warp())
        }
    }

    fn who(self, now: Stamp) -> Who {
        match (self.block(), self.thread()) {
            (MANY_BLOCKS, _) => Who::Workgroups,
            (block, thread) if block != now.block() => {
                // The first of several stands for all of them.
                let thread = if thread == MANY { 0 } else { thread % WARP };
                Who::Other(block - 1, thread as u32)
            }
            (_, thread) if thread >= WARP => Who::Threads,
            (_, thread) => Who::Thread(thread as u32),
        }
    }
}

/// The last write and the reads of a few bytes, as stamps. Plain words, so that memory that is known to be zero serves.
pub type Cell = [u64; 2];

const WRITE: usize = 0;
const READ: usize = 1;

/// Whether anything has written there.
pub fn is_written(cell: &Cell) -> bool {
    cell[WRITE] != 0
}

/// Notes a read; answers whether it is the first one.
pub fn read(cell: &mut Cell, now: Stamp) -> Result<bool, Clash> {
    let (written, before) = (Stamp(cell[WRITE]), Stamp(cell[READ]));
    if written.0 != 0 {
        if written.0 & IN_FLIGHT != 0 {
            return Err(Clash::InFlight(written.who(now)));
        }
        if !written.before(now) {
            return Err(Clash::Written(written.who(now)));
        }
    }
    if before != now {
        cell[READ] = before.and(now).0;
    }
    Ok(before.0 == 0)
}

/// Notes a write; answers whether it is the first one.
pub fn write(cell: &mut Cell, now: Stamp, atomic: bool) -> Result<bool, Clash> {
    let (written, read) = (Stamp(cell[WRITE]), Stamp(cell[READ]));
    let both_atomic = atomic && written.0 & ATOMIC != 0;
    if written.0 != 0 {
        if written.0 & IN_FLIGHT != 0 {
            return Err(Clash::InFlight(written.who(now)));
        }
        if !both_atomic && !written.before(now) {
            return Err(Clash::Written(written.who(now)));
        }
    }
    if read.0 != 0 && !read.before(now) {
        return Err(Clash::Read(read.who(now)));
    }
    cell[WRITE] = match (both_atomic, atomic) {
        (true, _) => written.and(now).0 | ATOMIC,
        (false, true) => now.0 | ATOMIC,
        (false, false) => now.0,
    };
    Ok(written.0 == 0)
}

/// Notes a write by an asynchronous copy, which [`landed`] ends.
pub fn write_later(cell: &mut Cell, now: Stamp) -> Result<bool, Clash> {
    let first = write(cell, now, false)?;
    cell[WRITE] |= IN_FLIGHT;
    Ok(first)
}

/// An asynchronous copy has been waited for.
pub fn landed(cell: &mut Cell, now: Stamp) {
    cell[WRITE] = now.0;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A thread of workgroup 0 after so many barriers and meetings of its warp.
    fn at(thread: u32, epoch: u32, warp_epoch: u32) -> Stamp {
        Stamp::new(0, epoch, warp_epoch, thread)
    }

    #[test]
    fn a_barrier_orders_a_workgroup() {
        let mut cell = [0; 2];
        assert_eq!(write(&mut cell, at(3, 0, 0), false), Ok(true));
        assert_eq!(read(&mut cell, at(3, 0, 0)), Ok(true));
        assert_eq!(read(&mut cell, at(4, 0, 0)), Err(Clash::Written(Who::Thread(3))));
        assert_eq!(read(&mut cell, at(4, 1, 0)), Ok(false));
        assert_eq!(write(&mut cell, at(5, 1, 0), false), Err(Clash::Read(Who::Thread(4))));
        assert_eq!(read(&mut cell, at(40, 1, 0)), Ok(false));
        // Whoever of the readers writes, another has read.
        assert_eq!(write(&mut cell, at(4, 1, 0), false), Err(Clash::Read(Who::Threads)));
        assert_eq!(write(&mut cell, at(40, 1, 0), false), Err(Clash::Read(Who::Threads)));
        assert_eq!(write(&mut cell, at(40, 2, 0), false), Ok(false));
    }

    #[test]
    fn a_meeting_orders_a_warp_and_no_other() {
        let mut cell = [0; 2];
        assert_eq!(write(&mut cell, at(3, 0, 0), false), Ok(true));
        assert_eq!(read(&mut cell, at(4, 0, 1)), Ok(true));
        assert_eq!(read(&mut cell, at(5, 0, 1)), Ok(false));
        assert_eq!(write(&mut cell, at(5, 0, 1), false), Err(Clash::Read(Who::Threads)));
        assert_eq!(write(&mut cell, at(5, 0, 2), false), Ok(false));
        assert_eq!(read(&mut cell, at(33, 0, 3)), Err(Clash::Written(Who::Thread(5))));
    }

    #[test]
    fn nothing_orders_workgroups() {
        let (mut cell, other) = ([0; 2], Stamp::new(7, 9, 0, 1));
        assert_eq!(read(&mut cell, at(0, 0, 0)), Ok(true));
        assert_eq!(write(&mut cell, other, false), Err(Clash::Read(Who::Other(0, 0))));
        assert_eq!(read(&mut cell, other), Ok(false));
        assert_eq!(write(&mut cell, other, false), Err(Clash::Read(Who::Workgroups)));
        assert_eq!(write(&mut cell, Stamp::new(7, 10, 0, 1), false), Err(Clash::Read(Who::Workgroups)));
        let mut cell = [0; 2];
        assert_eq!(write(&mut cell, other, false), Ok(true));
        assert_eq!(read(&mut cell, at(0, 20, 0)), Err(Clash::Written(Who::Other(7, 1))));
    }

    #[test]
    fn atomic_writes_do_not_clash_with_each_other() {
        let mut cell = [0; 2];
        assert_eq!(write(&mut cell, at(1, 0, 0), true), Ok(true));
        assert_eq!(write(&mut cell, at(2, 0, 0), true), Ok(false));
        // Not even the last one to write may read what others may be writing.
        assert_eq!(read(&mut cell, at(2, 0, 0)), Err(Clash::Written(Who::Threads)));
        assert_eq!(write(&mut cell, at(2, 0, 0), false), Err(Clash::Written(Who::Threads)));
        assert_eq!(read(&mut cell, at(2, 1, 0)), Ok(true));
        assert_eq!(write(&mut cell, at(3, 1, 0), true), Err(Clash::Read(Who::Thread(2))));
    }

    #[test]
    fn a_copy_must_be_waited_for() {
        let mut cell = [0; 2];
        assert_eq!(write_later(&mut cell, at(1, 0, 0)), Ok(true));
        assert_eq!(read(&mut cell, at(1, 0, 0)), Err(Clash::InFlight(Who::Thread(1))));
        assert_eq!(read(&mut cell, at(2, 1, 0)), Err(Clash::InFlight(Who::Thread(1))));
        landed(&mut cell, at(1, 1, 0));
        assert_eq!(read(&mut cell, at(1, 1, 0)), Ok(true));
        assert_eq!(read(&mut cell, at(2, 1, 0)), Err(Clash::Written(Who::Thread(1))));
        assert_eq!(read(&mut cell, at(2, 2, 0)), Ok(false));
    }
}
