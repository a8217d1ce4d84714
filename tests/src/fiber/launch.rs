//! One launch: threads as fibers, what they may access, and where they meet.

use super::banks::{Passes, Watch};
use super::intrinsics::{Intrinsic, Reduce, Register};
use super::shadow::{self, Cell, Clash, Stamp, Who};
use super::warp::{self, Collective, LANES, Part};
use braid_backend::kernel::Access;
use corosensei::stack::{DefaultStack, Stack, StackPointer};
use corosensei::{Coroutine, CoroutineResult, Yielder};
use std::ops::Range;

/// A kernel's entry: its arguments, each in 8 bytes.
pub type Entry = unsafe extern "C" fn(*const u64);

/// Bytes of a fiber's stack.
const STACK_BYTES: usize = 64 << 10;
/// By how much more than the one before it a stack begins below its top, at most by a page.
const SHIFT_BYTES: usize = 7 * 64;
const PAGE_BYTES: usize = 4096;
/// Addresses of what threads share have this bit, the number of their range above bit 48, and the offset around the middle of what
/// is below; so what lies before or behind a range is in no other.
const MARK: u64 = 1 << 62;
const NUMBER: u32 = 48;
const MIDDLE: u64 = 1 << 47;
/// Ranges at most.
pub const RANGES_MAX: usize = 1 << 14;

/// The offset of an address in its array of workgroup memory, each of which begins with the first bank.
fn shared_offset(memory: &[Memory], address: u64) -> Option<u64> {
    let number = (address >> NUMBER) as usize & (RANGES_MAX - 1);
    let shared = |memory: &&Memory| matches!(memory.kind, Kind::Shared(_));
    memory.get(number).filter(|memory| address >> 62 == MARK >> 62 && shared(memory))?;
    Some((address & (2 * MIDDLE - 1)).wrapping_sub(MIDDLE))
}

/// The address of an offset in a range of memory.
pub fn address(range: usize) -> u64 {
    MARK | (range as u64) << NUMBER | MIDDLE
}

/// What a range of memory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An array of workgroup memory, by number.
    Shared(usize),
    /// A buffer of the launch, by number.
    Buffer(usize),
}

/// Memory that threads share.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// What it is.
    pub kind: Kind,
    /// Its length in bytes.
    pub bytes: u64,
    /// Where it is.
    pub start: *mut u8,
    /// What is remembered of it, a cell a granule.
    pub cells: *mut Cell,
}

/// What an access is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To read.
    Read,
    /// To write.
    Write,
    /// To read and write as one.
    Atomic,
    /// To write when it is waited for.
    Later,
}

/// Bytes of global memory that a launch has moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// Different bytes that it has read.
    pub read: u64,
    /// Different bytes that it has written.
    pub written: u64,
    /// Bytes that its threads have asked for, together.
    pub reads_requested: u64,
    /// Bytes that its threads have written, together.
    pub writes_requested: u64,
    /// Passes through the workgroup memory of the first workgroup.
    pub passes: Passes,
}

/// Where a thread waits.
#[derive(Clone, Copy, Debug)]
struct Wait {
    intrinsic: Intrinsic,
    site: u32,
    part: Part,
}

/// An asynchronous copy that has not been waited for.
#[derive(Clone, Copy, Debug)]
struct Copy {
    group: u64,
    to: *mut u8,
    cells: *mut Cell,
    count: usize,
    bytes: [u8; 16],
    len: usize,
}

#[derive(Debug)]
struct Thread {
    yielder: *const Yielder<(), ()>,
    stack: Range<usize>,
    waiting: Option<Wait>,
    returned: bool,
    copies: Vec<Copy>,
    /// Groups of copies that it has closed.
    groups: u64,
}

/// A fiber's stack, which begins a little below its top. Where all begin at the same place of a page, they are at the same place of the
/// cache, and each switch of fibers misses it.
pub struct FiberStack {
    whole: DefaultStack,
    shift: usize,
}

// SAFETY: a part of a stack.
unsafe impl Stack for FiberStack {
    fn base(&self) -> StackPointer {
        let base = self.whole.base().get() - self.shift;
        StackPointer::new(base).unwrap_or_else(|| unreachable!("a stack is not at the address 0"))
    }

    fn limit(&self) -> StackPointer {
        self.whole.limit()
    }
}

/// A launch of a kernel.
pub struct Launch<'a> {
    /// The kernel's name.
    pub kernel: &'a str,
    /// Size of a workgroup.
    pub workgroup: [u32; 3],
    /// Number of workgroups.
    pub grid: [u32; 3],
    /// The intrinsics by number, and their names.
    pub intrinsics: &'a [(Intrinsic, String)],
    /// Memory, by number of the range.
    pub memory: &'a [Memory],
    /// The code and its constants.
    pub image: Range<usize>,
    /// Bytes that a cell stands for.
    pub granule: u64,
    /// What the order of threads is drawn from.
    pub random: Random,
    run: Run,
}

/// What changes while a launch runs.
struct Run {
    block: [u32; 3],
    number: u64,
    /// Barriers of the workgroup, and meetings of its warps.
    epoch: u32,
    warp_epochs: [u32; 32],
    threads: Vec<Thread>,
    current: usize,
    fault: Option<String>,
    moved: Moved,
    /// Whether a workgroup has begun.
    started: bool,
    /// The passes of the first workgroup, while it runs.
    watch: Option<Watch>,
}

/// Numbers at random, by splitmix64.
#[derive(Clone, Debug)]
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    fn shuffle<T>(&mut self, values: &mut [T]) {
        for i in (1..values.len()).rev() {
            values.swap(i, (self.next() % (i as u64 + 1)) as usize);
        }
    }
}

thread_local! {
    /// The launch that this thread runs; null outside of one.
    static CURRENT: std::cell::Cell<*mut Launch<'static>> = const { std::cell::Cell::new(std::ptr::null_mut()) };
}

/// The address of a function that compiled kernels call.
pub fn hook(name: &str) -> Option<usize> {
    let hooks: [(&str, *const ()); 4] = [
        ("braid_fiber_access", access as *const ()),
        ("braid_fiber_call", call as *const ()),
        ("braid_fiber_copy", copy as *const ()),
        ("braid_fiber_fill", fill as *const ()),
    ];
    hooks.iter().find(|(known, _)| *known == name).map(|(_, address)| *address as usize)
}

extern "C" fn access(address: u64, site: u32, access: u32) -> *mut u8 {
    let access = Access::unpack(access);
    let purpose = match (access.atomic, access.write) {
        (true, _) => Purpose::Atomic,
        (false, true) => Purpose::Write,
        (false, false) => Purpose::Read,
    };
    let launch = CURRENT.get();
    // SAFETY: compiled kernels run while their launch does, on its thread; the reference ends with the statement.
    let place = unsafe {
        let launch = &mut *launch;
        launch.note(launch.run.current, site, address, u64::from(access.bytes));
        launch.access(launch.run.current, address, u64::from(access.bytes), u64::from(access.align), purpose)
    };
    // SAFETY: as above.
    place.unwrap_or_else(|fault| unsafe { give_up(launch, fault) })
}

extern "C" fn call(intrinsic: u32, site: u32, arguments: *const u8, result: *mut u8) {
    let launch = CURRENT.get();
    // SAFETY: as in `access`; the arguments are of the intrinsic's types.
    unsafe {
        match (*launch).call(intrinsic as usize, site, arguments, result) {
            Ok(true) => suspend(launch),
            Ok(false) => {}
            Err(fault) => give_up(launch, fault),
        }
    }
}

extern "C" fn copy(to: u64, from: u64, bytes: u64, _site: u32) {
    let launch = CURRENT.get();
    // SAFETY: as in `access`; both places have been found to be so large.
    unsafe {
        let thread = (*launch).run.current;
        let source = (*launch).access(thread, from, bytes, 1, Purpose::Read);
        let target = (*launch).access(thread, to, bytes, 1, Purpose::Write);
        match source.and_then(|source| Ok((source, target?))) {
            Ok((source, target)) => std::ptr::copy(source, target, bytes as usize),
            Err(fault) => give_up(launch, fault),
        }
    }
}

extern "C" fn fill(to: u64, byte: u8, bytes: u64, _site: u32) {
    let launch = CURRENT.get();
    // SAFETY: as in `copy`.
    unsafe {
        match (*launch).access((*launch).run.current, to, bytes, 1, Purpose::Write) {
            Ok(target) => std::ptr::write_bytes(target, byte, bytes as usize),
            Err(fault) => give_up(launch, fault),
        }
    }
}

/// Lets the others go on.
unsafe fn suspend(launch: *mut Launch) {
    // SAFETY: the caller runs on the fiber of the current thread, whose yielder lives as long.
    unsafe {
        let yielder = (&(*launch).run.threads)[(*launch).run.current].yielder;
        (*yielder).suspend(());
    }
}

/// Ends the launch. Compiled code cannot be unwound, so its fibers are never resumed.
unsafe fn give_up(launch: *mut Launch, fault: String) -> ! {
    // SAFETY: as in `suspend`.
    unsafe {
        (*launch).run.fault = Some(fault);
        loop {
            suspend(launch);
        }
    }
}

impl<'a> Launch<'a> {
    /// A launch that has not begun.
    #[allow(clippy::too_many_arguments)]
    pub fn new(
        kernel: &'a str,
        workgroup: [u32; 3],
        grid: [u32; 3],
        intrinsics: &'a [(Intrinsic, String)],
        memory: &'a [Memory],
        image: Range<usize>,
        granule: u64,
        seed: u64,
    ) -> Launch<'a> {
        let run = Run {
            block: [0; 3],
            number: 0,
            epoch: 0,
            warp_epochs: [0; 32],
            threads: Vec::new(),
            current: 0,
            fault: None,
            moved: Moved::default(),
            started: false,
            watch: Some(Watch::default()),
        };
        Launch { kernel, workgroup, grid, intrinsics, memory, image, granule, random: Random(seed), run }
    }

    /// Runs the kernel.
    ///
    /// # Errors
    /// What one of its threads does wrong.
    ///
    /// # Safety
    /// The entry must be that of the kernel, and take such arguments; memory must be as large as it says.
    pub unsafe fn run(
        mut self,
        entry: Entry,
        arguments: &[u64],
        stacks: &mut Vec<FiberStack>,
    ) -> Result<Moved, String> {
        let meets =
            self.intrinsics.iter().any(|(i, _)| matches!(i, Intrinsic::Barrier { .. } | Intrinsic::Warp(_)));
        let launch: *mut Launch = &raw mut self;
        // The lifetime is that of this call, after which nobody finds the launch any more.
        CURRENT.set(launch.cast());
        // SAFETY: the caller's promise; the launch outlives both.
        let result = unsafe {
            match meets {
                true => fibers(launch, entry, arguments, stacks),
                false => threads(launch, entry, arguments, stacks),
            }
        };
        CURRENT.set(std::ptr::null_mut());
        self.watched();
        result.map(|()| self.run.moved)
    }

    fn threads_of_workgroup(&self) -> usize {
        self.workgroup.iter().product::<u32>() as usize
    }

    /// The workgroups in an order drawn at random.
    fn blocks(&mut self) -> Vec<u64> {
        let mut blocks: Vec<u64> = (0..self.grid.iter().map(|&n| u64::from(n)).product()).collect();
        self.random.shuffle(&mut blocks);
        blocks
    }

    /// Ends the watch over the first workgroup.
    fn watched(&mut self) {
        if let Some(watch) = self.run.watch.take() {
            self.run.moved.passes = watch.passes();
        }
    }

    /// Notes an access to workgroup memory, if the first workgroup runs.
    fn note(&mut self, thread: usize, site: u32, address: u64, bytes: u64) {
        if let (Some(watch), Some(offset)) = (&mut self.run.watch, shared_offset(self.memory, address)) {
            watch.note(thread, site, offset, bytes);
        }
    }

    /// Notes a warp's access to eight rows of a matrix.
    pub fn note_matrix(&mut self, addresses: &[u64]) {
        let rows: Option<Vec<u64>> =
            addresses.iter().map(|&address| shared_offset(self.memory, address)).collect();
        if let (Some(watch), Some(rows)) = (&mut self.run.watch, rows) {
            watch.matrix(&rows);
        }
    }

    /// Begins a workgroup.
    fn enter(&mut self, block: u64) {
        if self.run.started {
            self.watched();
        }
        self.run.started = true;
        let [x, y, _] = self.grid.map(u64::from);
        self.run.block = [block % x, block / x % y, block / x / y].map(|n| n as u32);
        self.run.number = block;
        self.run.epoch = 0;
        self.run.warp_epochs = [0; 32];
        for memory in self.memory.iter().filter(|memory| matches!(memory.kind, Kind::Shared(_))) {
            let count = memory.bytes.div_ceil(self.granule) as usize;
            // SAFETY: there are so many cells, which nobody else refers to now.
            unsafe { std::slice::from_raw_parts_mut(memory.cells, count) }.fill([0; 2]);
        }
    }

    fn position(&self, thread: usize) -> [u32; 3] {
        let [x, y, _] = self.workgroup;
        let thread = thread as u32;
        [thread % x, thread / x % y, thread / x / y]
    }

    /// A sentence about a thread.
    pub fn told(&self, thread: usize, what: &str) -> String {
        let ([x, y, z], [bx, by, bz]) = (self.position(thread), self.run.block);
        format!("kernel {}: thread ({x}, {y}, {z}) of workgroup ({bx}, {by}, {bz}) {what}", self.kernel)
    }

    fn stamp(&self, thread: usize) -> Stamp {
        Stamp::new(self.run.number, self.run.epoch, self.run.warp_epochs[thread / LANES], thread as u32)
    }

    /// Where the memory at an address is, if the thread may access it.
    ///
    /// # Errors
    /// Why it may not.
    pub fn access(
        &mut self,
        thread: usize,
        address: u64,
        bytes: u64,
        align: u64,
        purpose: Purpose,
    ) -> Result<*mut u8, String> {
        let number = (address >> NUMBER) & (RANGES_MAX as u64 - 1);
        let memory = match self.memory.get(number as usize) {
            Some(memory) if address >> 62 == MARK >> 62 => *memory,
            _ => return self.local(thread, address, bytes, purpose),
        };
        let offset = (address & (2 * MIDDLE - 1)) as i64 - MIDDLE as i64;
        let end = offset.checked_add_unsigned(bytes);
        if offset < 0 || end.is_none_or(|end| end as u64 > memory.bytes) {
            return Err(self.at_fault(thread, &memory, offset, bytes, purpose, "out of bounds"));
        }
        if address & (align - 1) != 0 {
            let why = format!("not aligned to {align}");
            return Err(self.at_fault(thread, &memory, offset, bytes, purpose, &why));
        }
        let (now, shift) = (self.stamp(thread), self.granule.trailing_zeros());
        let (first, count) = ((offset as u64) >> shift, bytes.div_ceil(self.granule));
        // SAFETY: the offset is inside, where there is a cell for each granule; nobody else refers to them now.
        let cells =
            unsafe { std::slice::from_raw_parts_mut(memory.cells.add(first as usize), count as usize) };
        let shared = matches!(memory.kind, Kind::Shared(_));
        let mut fresh = 0;
        for cell in cells {
            let first = match purpose {
                Purpose::Read if shared && !shadow::is_written(cell) => {
                    let why = "which nobody has written";
                    return Err(self.at_fault(thread, &memory, offset, bytes, purpose, why));
                }
                Purpose::Read => shadow::read(cell, now),
                Purpose::Write => shadow::write(cell, now, false),
                Purpose::Atomic => shadow::write(cell, now, true),
                Purpose::Later => shadow::write_later(cell, now),
            };
            match first {
                Ok(first) => fresh += u64::from(first),
                Err(clash) => {
                    let why = self.clash(clash);
                    return Err(self.at_fault(thread, &memory, offset, bytes, purpose, &why));
                }
            }
        }
        if !shared {
            let moved = &mut self.run.moved;
            let fresh = fresh * self.granule;
            match purpose {
                Purpose::Read => {
                    moved.read += fresh;
                    moved.reads_requested += bytes;
                }
                Purpose::Write | Purpose::Later => {
                    moved.written += fresh;
                    moved.writes_requested += bytes;
                }
                Purpose::Atomic => {
                    moved.read += fresh;
                    moved.written += fresh;
                    moved.reads_requested += bytes;
                    moved.writes_requested += bytes;
                }
            }
        }
        // SAFETY: inside.
        Ok(unsafe { memory.start.add(offset as usize) })
    }

    /// Memory that is the thread's own or constant.
    fn local(&self, thread: usize, address: u64, bytes: u64, purpose: Purpose) -> Result<*mut u8, String> {
        let inside = |range: &Range<usize>| {
            let end = (address as usize).checked_add(bytes as usize);
            address as usize >= range.start && end.is_some_and(|end| end <= range.end)
        };
        let constant = purpose == Purpose::Read && inside(&self.image);
        if constant || inside(&self.run.threads[thread].stack) {
            return Ok(address as *mut u8);
        }
        let verb = verb(purpose);
        Err(self
            .told(thread, &format!("{verb} {bytes} bytes at {address:#x}, which is no memory of the launch")))
    }

    fn at_fault(
        &self,
        thread: usize,
        memory: &Memory,
        offset: i64,
        bytes: u64,
        purpose: Purpose,
        why: &str,
    ) -> String {
        let place = match memory.kind {
            Kind::Shared(number) => format!("array {number} of workgroup memory"),
            Kind::Buffer(number) => format!("buffer {number}"),
        };
        let (verb, has) = (verb(purpose), memory.bytes);
        self.told(thread, &format!("{verb} {bytes} bytes at {offset} of {place} ({has} bytes): {why}"))
    }

    fn clash(&self, clash: Clash) -> String {
        let (who, done) = match clash {
            Clash::Written(who) => (who, "written with nothing between that orders the two"),
            Clash::Read(who) => (who, "read with nothing between that orders the two"),
            Clash::InFlight(who) => (who, "copied to asynchronously and not waited for"),
        };
        let who = match who {
            Who::Thread(thread) => {
                let [x, y, z] = self.position(thread as usize);
                format!("thread ({x}, {y}, {z}) has")
            }
            Who::Threads => "other threads of the workgroup have".to_string(),
            Who::Other(block, thread) => {
                let ([x, y, z], [w, h, _]) = (self.position(thread as usize), self.grid.map(u64::from));
                let (bx, by, bz) = (block % w, block / w % h, block / w / h);
                format!("thread ({x}, {y}, {z}) of workgroup ({bx}, {by}, {bz}) has")
            }
            Who::Workgroups => "several workgroups have".to_string(),
        };
        format!("a race: {who} {done}")
    }

    /// Does what an intrinsic does; answers whether the thread must wait for others.
    unsafe fn call(
        &mut self,
        number: usize,
        site: u32,
        arguments: *const u8,
        result: *mut u8,
    ) -> Result<bool, String> {
        let thread = self.run.current;
        let (intrinsic, _) = self.intrinsics[number];
        // SAFETY: the arguments and the result are of the intrinsic's types, as each arm knows them.
        unsafe {
            match intrinsic {
                Intrinsic::Register(register) => {
                    let value = match register {
                        Register::Thread(axis) => self.position(thread)[axis],
                        Register::Threads(axis) => self.workgroup[axis],
                        Register::Block(axis) => self.run.block[axis],
                        Register::Blocks(axis) => self.grid[axis],
                        Register::Lane => (thread % LANES) as u32,
                        Register::Warp => (thread / LANES) as u32,
                        Register::WarpSize => LANES as u32,
                    };
                    result.cast::<u32>().write(value);
                }
                Intrinsic::Math(math) => math.run(arguments, result),
                Intrinsic::Fence => {}
                Intrinsic::CopyAsync { bytes, sized } => {
                    let [to, from] = [0, 1].map(|i| arguments.cast::<u64>().add(i).read());
                    let read = if sized { arguments.cast::<u32>().add(4).read().min(bytes) } else { bytes };
                    self.note(thread, site, to, u64::from(bytes));
                    self.copy_later(thread, to, from, u64::from(bytes), u64::from(read))?;
                }
                Intrinsic::CommitGroup => self.run.threads[thread].groups += 1,
                Intrinsic::WaitGroup => {
                    let but = u64::from(arguments.cast::<u32>().read());
                    let done = self.run.threads[thread].groups.saturating_sub(but);
                    self.land(thread, done);
                }
                Intrinsic::WaitAll => self.land(thread, u64::MAX),
                Intrinsic::Barrier { .. } | Intrinsic::Warp(_) => {
                    let part = Part { thread, arguments, result };
                    self.run.threads[thread].waiting = Some(Wait { intrinsic, site, part });
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Begins an asynchronous copy of `bytes` bytes, of which `read` are read and the rest is 0.
    unsafe fn copy_later(
        &mut self,
        thread: usize,
        to: u64,
        from: u64,
        bytes: u64,
        read: u64,
    ) -> Result<(), String> {
        let mut copied = [0; 16];
        if read > 0 {
            let source = self.access(thread, from, read, bytes, Purpose::Read)?;
            // SAFETY: the source has so many bytes, and no copy has more than 16.
            unsafe { std::ptr::copy_nonoverlapping(source, copied.as_mut_ptr(), read as usize) };
        }
        let target = self.access(thread, to, bytes, bytes, Purpose::Later)?;
        let memory = self.memory[(to >> NUMBER) as usize & (RANGES_MAX - 1)];
        let offset = (to & (2 * MIDDLE - 1)) - MIDDLE;
        let thread = &mut self.run.threads[thread];
        thread.copies.push(Copy {
            group: thread.groups,
            to: target,
            // SAFETY: the offset is inside.
            cells: unsafe { memory.cells.add((offset / self.granule) as usize) },
            count: bytes.div_ceil(self.granule) as usize,
            bytes: copied,
            len: bytes as usize,
        });
        Ok(())
    }

    /// Ends the asynchronous copies of a thread's groups below this number.
    fn land(&mut self, thread: usize, groups: u64) {
        let now = self.stamp(thread);
        self.run.threads[thread].copies.retain(|copy| {
            let lands = copy.group < groups;
            if lands {
                // SAFETY: memory and cells have been found when the copy began, and outlive the launch.
                unsafe {
                    std::ptr::copy_nonoverlapping(copy.bytes.as_ptr(), copy.to, copy.len);
                    let cells = std::slice::from_raw_parts_mut(copy.cells, copy.count);
                    cells.iter_mut().for_each(|cell| shadow::landed(cell, now));
                }
            }
            !lands
        });
    }

    /// Lets those go on that have met. Answers who may go on.
    ///
    /// # Errors
    /// If nobody can.
    fn meet(&mut self) -> Result<Vec<usize>, String> {
        let count = self.run.threads.len();
        let mut free = Vec::new();
        for first in (0..count).step_by(LANES) {
            self.meet_warp(first, count.min(first + LANES), &mut free)?;
        }
        if free.is_empty() {
            self.meet_workgroup()?;
            free.extend(0..count);
        }
        for &thread in &free {
            self.run.threads[thread].waiting = None;
        }
        Ok(free)
    }

    /// Those of a warp who wait for nobody else any more go on.
    fn meet_warp(&mut self, first: usize, end: usize, free: &mut Vec<usize>) -> Result<(), String> {
        let lanes = end - first;
        let all = u32::MAX >> (LANES - lanes);
        let mut done = 0u32;
        for lane in 0..lanes {
            let Some(wait) = self.run.threads[first + lane].waiting else { continue };
            let Intrinsic::Warp(collective) = wait.intrinsic else { continue };
            if done >> lane & 1 != 0 {
                continue;
            }
            // SAFETY: the arguments are on the stack of a fiber that waits.
            let mask = match unsafe { collective.mask(wait.part.arguments) } {
                Some(mask) => mask & all,
                None if lanes == LANES => all,
                None => {
                    let what = "takes part in what needs a whole warp, and its warp is not whole";
                    return Err(self.told(first + lane, what));
                }
            };
            if mask >> lane & 1 == 0 {
                return Err(self.told(first + lane, "waits for lanes of which it is none"));
            }
            let mut parts = [None; LANES];
            let mut met = true;
            for other in (0..lanes).filter(|other| mask >> other & 1 != 0) {
                let thread = &self.run.threads[first + other];
                match thread.waiting {
                    Some(theirs) if theirs.site == wait.site => parts[other] = Some(theirs.part),
                    _ => met = false,
                }
            }
            if !met {
                continue;
            }
            for part in parts.iter().flatten() {
                // SAFETY: as above.
                if unsafe { collective.mask(part.arguments) }.is_some_and(|theirs| theirs & all != mask) {
                    return Err(self.told(part.thread, "waits for other lanes than those that wait for it"));
                }
            }
            if collective == Collective::Sync && mask == all {
                self.run.warp_epochs[first / LANES] += 1;
            }
            // SAFETY: as above, and results are there too.
            unsafe { warp::run(collective, &parts, self)? };
            done |= mask;
            free.extend((0..lanes).filter(|lane| mask >> lane & 1 != 0).map(|lane| first + lane));
        }
        Ok(())
    }

    /// All threads meet at a barrier, since nothing else is left.
    fn meet_workgroup(&mut self) -> Result<(), String> {
        let waits: Vec<Option<Wait>> = self.run.threads.iter().map(|thread| thread.waiting).collect();
        // SAFETY: the arguments of a barrier begin with its number, and are on the stack of a fiber that waits.
        let id = |wait: &Wait| unsafe { wait.part.arguments.cast::<u32>().read() };
        let found = waits.iter().flatten().find(|w| matches!(w.intrinsic, Intrinsic::Barrier { .. }));
        let Some(first) = found.or(waits.iter().flatten().next()) else {
            return Err(format!("kernel {}: internal: nobody waits", self.kernel));
        };
        let Intrinsic::Barrier { counted, reduce } = first.intrinsic else {
            return Err(self.apart(first));
        };
        for (thread, wait) in waits.iter().enumerate() {
            match wait {
                Some(wait) if wait.site == first.site && id(wait) == id(first) => {}
                _ => return Err(self.divergent(first, thread)),
            }
        }
        for wait in waits.iter().flatten().filter(|_| counted) {
            // SAFETY: as above; the count is the second argument.
            let count = unsafe { wait.part.arguments.cast::<u32>().add(1).read() };
            if count as usize != waits.len() {
                let what = format!("waits for {count} threads of a workgroup of {}", waits.len());
                return Err(self.told(wait.part.thread, &format!("{what}, which the executor cannot")));
            }
        }
        if let Some(reduce) = reduce {
            let at = if counted { 8 } else { 4 };
            // SAFETY: as above; the predicate is the last argument.
            let holds = |wait: &Wait| unsafe { wait.part.arguments.add(at).read() & 1 != 0 };
            let count = waits.iter().flatten().filter(|wait| holds(wait)).count();
            for wait in waits.iter().flatten() {
                // SAFETY: as above; the result is of the reduction's type.
                unsafe {
                    match reduce {
                        Reduce::And => wait.part.result.write(u8::from(count == waits.len())),
                        Reduce::Or => wait.part.result.write(u8::from(count > 0)),
                        Reduce::Count => wait.part.result.cast::<u32>().write(count as u32),
                    }
                }
            }
        }
        self.run.epoch += 1;
        Ok(())
    }

    /// Why lanes that wait for each other do not meet.
    fn apart(&self, wait: &Wait) -> String {
        let first = wait.part.thread / LANES * LANES;
        let Intrinsic::Warp(collective) = wait.intrinsic else {
            return self.told(wait.part.thread, "internal: waits for nothing");
        };
        // SAFETY: the arguments are on the stack of a fiber that waits.
        let mask = unsafe { collective.mask(wait.part.arguments) }.unwrap_or(u32::MAX);
        let missing = (first..self.run.threads.len().min(first + LANES))
            .filter(|thread| mask >> (thread - first) & 1 != 0)
            .find(|&thread| self.run.threads[thread].waiting.is_none_or(|other| other.site != wait.site));
        self.divergent(wait, missing.unwrap_or(wait.part.thread))
    }

    fn divergent(&self, wait: &Wait, other: usize) -> String {
        let [x, y, z] = self.position(other);
        let at = match wait.intrinsic {
            Intrinsic::Barrier { .. } => "a barrier",
            _ => "an operation of its warp",
        };
        let why = match self.run.threads[other].returned {
            true => "has returned",
            false => "waits elsewhere",
        };
        self.told(
            wait.part.thread,
            &format!("waits at {at} for thread ({x}, {y}, {z}), which {why}: divergence"),
        )
    }
}

fn verb(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Read => "reads",
        Purpose::Write => "writes",
        Purpose::Atomic => "changes",
        Purpose::Later => "copies",
    }
}

fn stack(stacks: &mut Vec<FiberStack>, number: usize) -> Result<FiberStack, String> {
    let whole = stacks.pop().map_or_else(|| DefaultStack::new(STACK_BYTES), |stack| Ok(stack.whole));
    let whole = whole.map_err(|e| format!("no stack for a thread: {e}"))?;
    Ok(FiberStack { whole, shift: number * SHIFT_BYTES % PAGE_BYTES })
}

fn thread(stack: &FiberStack) -> Thread {
    Thread {
        yielder: std::ptr::null(),
        stack: stack.limit().get()..stack.base().get(),
        waiting: None,
        returned: false,
        copies: Vec::new(),
        groups: 0,
    }
}

/// Runs threads that do not meet, one after the other.
unsafe fn threads(
    launch: *mut Launch,
    entry: Entry,
    arguments: &[u64],
    stacks: &mut Vec<FiberStack>,
) -> Result<(), String> {
    // SAFETY: the launch outlives the fiber, which nothing else runs beside; references end with their statements.
    unsafe {
        let stack = stack(stacks, 0)?;
        let count = (*launch).threads_of_workgroup();
        (*launch).run.threads = (0..count).map(|_| thread(&stack)).collect();
        let (arguments, launch) = (arguments.as_ptr(), launch.cast::<Launch<'static>>());
        let mut fiber = Coroutine::with_stack(stack, move |yielder: &Yielder<(), ()>, ()| {
            for thread in &mut (*launch).run.threads {
                thread.yielder = yielder;
            }
            let mut order: Vec<usize> = (0..count).collect();
            for block in (*launch).blocks() {
                (*launch).enter(block);
                (*launch).random.shuffle(&mut order);
                for &thread in &order {
                    (*launch).run.current = thread;
                    entry(arguments);
                    (&mut (*launch).run.threads)[thread].copies.clear();
                }
            }
        });
        let result = match fiber.resume(()) {
            CoroutineResult::Return(()) => Ok(()),
            CoroutineResult::Yield(()) => {
                // What the fiber holds besides compiled frames is lost: a few lists.
                fiber.force_reset();
                Err((*launch).run.fault.take().unwrap_or_else(|| "internal: a thread waits".to_string()))
            }
        };
        stacks.push(fiber.into_stack());
        result
    }
}

/// Runs threads that meet, each a fiber.
unsafe fn fibers(
    launch: *mut Launch,
    entry: Entry,
    arguments: &[u64],
    stacks: &mut Vec<FiberStack>,
) -> Result<(), String> {
    // SAFETY: the caller's promise; references end with their statements.
    unsafe {
        for block in (*launch).blocks() {
            (*launch).enter(block);
            workgroup(launch, entry, arguments, stacks)?;
        }
    }
    Ok(())
}

unsafe fn workgroup(
    launch: *mut Launch,
    entry: Entry,
    arguments: &[u64],
    stacks: &mut Vec<FiberStack>,
) -> Result<(), String> {
    // SAFETY: the launch outlives the fibers, which run one at a time; references end with their statements.
    unsafe {
        let count = (*launch).threads_of_workgroup();
        let own = (0..count).map(|number| stack(stacks, number)).collect::<Result<Vec<_>, _>>()?;
        (*launch).run.threads = own.iter().map(thread).collect();
        let (arguments, state) = (arguments.as_ptr(), launch.cast::<Launch<'static>>());
        let fiber = |(number, stack): (usize, FiberStack)| {
            Coroutine::with_stack(stack, move |yielder: &Yielder<(), ()>, ()| {
                (&mut (*state).run.threads)[number].yielder = yielder;
                entry(arguments);
            })
        };
        let mut fibers: Vec<_> = own.into_iter().enumerate().map(fiber).collect();
        let mut free: Vec<usize> = (0..count).collect();
        let mut left = count;
        let result = loop {
            (*launch).random.shuffle(&mut free);
            for &number in &free {
                (*launch).run.current = number;
                if let CoroutineResult::Return(()) = fibers[number].resume(()) {
                    (&mut (*launch).run.threads)[number].returned = true;
                    left -= 1;
                }
                if (*launch).run.fault.is_some() {
                    break;
                }
            }
            if let Some(fault) = (*launch).run.fault.take() {
                break Err(fault);
            }
            if left == 0 {
                break Ok(());
            }
            match (*launch).meet() {
                Ok(met) => free = met,
                Err(fault) => break Err(fault),
            }
        };
        for mut fiber in fibers {
            if fiber.started() && !fiber.done() {
                // Compiled frames hold nothing that must be dropped.
                fiber.force_reset();
            }
            if fiber.done() {
                stacks.push(fiber.into_stack());
            }
        }
        result
    }
}
