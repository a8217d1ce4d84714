//! A program on a device: its weights and kernels, the arena, growing buffers and inputs, and what library routines read
//! and write on the CPU.

use super::graph::{Act, End};
use super::replay::Replay;
use super::{Address, Device, Extent, Plan};
use crate::context::Part;
use crate::manifest::{Device as Code, Manifest};
use crate::tensor::{ALIGN, Bytes};
use std::time::Duration;

/// Device memory that grows.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Room {
    pub(crate) address: Address,
    pub(crate) bytes: u64,
}

/// A program on a device.
pub(crate) struct Resident {
    device: Box<dyn Device>,
    code: Code,
    pub(crate) weights: Address,
    pub(crate) arena: Address,
    arena_bytes: u64,
    slots: Vec<Room>,
    inputs: Vec<Room>,
    /// What library routines need within a call.
    scratch: Room,
    /// Operands of the library call or the end that is being served.
    fetched: Vec<Bytes>,
    /// Results of the library call that is being served.
    results: Vec<(Address, Bytes)>,
    replay: Replay,
    /// Whether runs may be graphs: not where the time of each launch is taken.
    graphs: bool,
}

impl Resident {
    /// Uploads a program's weights and kernels and allocates its arena. The device must suit one of the program's targets.
    ///
    /// # Errors
    /// If none does, or the driver fails.
    pub(crate) fn new(
        mut device: Box<dyn Device>,
        manifest: &Manifest,
        weights: &[u8],
        kernels: &[u8],
    ) -> Result<Resident, String> {
        let suiting = manifest.devices.iter().filter_map(|code| Some((device.suits(&code.target)?, code)));
        let Some((_, code)) = suiting.max_by_key(|(how_well, _)| *how_well) else {
            let targets: Vec<&str> = manifest.devices.iter().map(|code| code.target.as_str()).collect();
            let has = if targets.is_empty() { "the CPU alone".to_string() } else { targets.join(", ") };
            return Err(format!(
                "the program has no code for {}, it is compiled for {has}; compile it with --target for this device",
                device.name()
            ));
        };
        device.load(&code.kernels, kernels)?;
        // What is packed is for the CPU; it comes last.
        let plain = manifest.weights.iter().filter(|w| !w.packed).map(|w| w.offset + w.bytes).max();
        let plain = weights.get(..plain.unwrap_or(0) as usize).ok_or("the weights end too early")?;
        let arena_bytes = manifest.arena_bytes.max(1);
        let weight_bytes = (plain.len() as u64).max(1);
        let too_large = |device: &dyn Device, why: String| {
            let name = device.name();
            format!(
                "the program does not fit on {name}: it needs {weight_bytes} bytes for its weights and {arena_bytes} to work in; {why}"
            )
        };
        let arena = device.alloc(arena_bytes).map_err(|why| too_large(&*device, why))?;
        let at = device.alloc(weight_bytes).map_err(|why| too_large(&*device, why))?;
        device.upload(at, plain)?;
        let mut slots = vec![Room::default(); manifest.slots as usize];
        for slot in &mut slots {
            make_room(&mut *device, slot, 0)?;
        }
        Ok(Resident {
            device,
            code: code.clone(),
            weights: at,
            arena,
            arena_bytes,
            slots,
            inputs: vec![Room::default(); manifest.inputs.len()],
            scratch: Room::default(),
            fetched: Vec::new(),
            results: Vec::new(),
            replay: Replay::default(),
            graphs: true,
        })
    }

    /// Growing buffer number `slot`.
    pub(crate) fn slot(&self, slot: usize) -> Room {
        self.slots[slot]
    }

    /// Copies within the device.
    pub(crate) fn copy(&mut self, from: Address, to: Address, bytes: u64) -> Result<(), String> {
        if from == to || bytes == 0 {
            return Ok(());
        }
        match self.replay.recorder() {
            Some(recorder) => recorder.step(Act::Copy { from, to, bytes }),
            None => self.device.copy(from, to, bytes),
        }
    }

    /// Writes the lowest bytes of a number.
    pub(crate) fn put(&mut self, to: Address, bytes: usize, value: i64) -> Result<(), String> {
        match self.replay.recorder() {
            Some(recorder) => {
                let mut lowest = [0; 8];
                lowest[..bytes].copy_from_slice(&value.to_le_bytes()[..bytes]);
                recorder.step(Act::Set { to, bytes: bytes as u64, value: u64::from_le_bytes(lowest) })
            }
            None => self.device.upload(to, &value.to_le_bytes()[..bytes]),
        }
    }

    /// Where the host program for graphs starts in the image, if there is one.
    pub(crate) fn graph_entry(&self) -> Option<u64> {
        self.code.graph.as_ref().ok().map(|graph| graph.entry)
    }

    /// Whether runs may be graphs.
    pub(crate) fn allow_graphs(&mut self, allowed: bool) {
        self.graphs = allowed;
    }

    /// What to do with a run on inputs of these sizes.
    pub(crate) fn plan(&mut self, dims: &[i64]) -> Plan {
        let Ok(graph) = &self.code.graph else { return Plan::Host };
        let takes = self.device.takes_graphs().ok().filter(|_| self.graphs);
        let plan = self.replay.plan(takes, dims);
        // Without memory for flags there will be none for the run.
        if plan == Plan::Record && self.replay.begin(&mut *self.device, graph.flags).is_err() {
            return Plan::Host;
        }
        plan
    }

    /// Ends the recording that [`Resident::plan`] has begun.
    pub(crate) fn made(&mut self, dims: &[i64], well: bool) {
        let parts = self.code.graph.as_ref().map_or(&[][..], |graph| &graph.parts);
        self.replay.made(&mut *self.device, dims, parts, well);
    }

    /// Starts the graph for these sizes and tells its end.
    pub(crate) fn start(&mut self, dims: &[i64]) -> Result<&End, String> {
        self.replay.start(&mut *self.device, dims)
    }

    /// Whether there is a graph for these sizes.
    pub(crate) fn has_graph(&self, dims: &[i64]) -> bool {
        self.replay.number(dims).is_some()
    }

    /// Takes down how long a run took as a graph and how long the host's way.
    pub(crate) fn tried(&mut self, dims: &[i64], graph: Duration, host: Duration) {
        self.replay.tried(&mut *self.device, dims, graph, host);
    }

    /// Seconds on the device of a run as a graph on what was uploaded last, if there is a graph for these sizes.
    pub(crate) fn time(&mut self, dims: &[i64], times: u32) -> Option<f64> {
        let number = self.replay.number(dims)?;
        self.device.time(number, times).ok()
    }

    /// Takes down a part of the graph that is being recorded; `end` tells how the program ends.
    pub(crate) fn part(&mut self, part: Part, at: u64, end: impl FnOnce() -> End) -> Result<(), String> {
        let recorder = self.replay.recorder().ok_or("internal error: a graph that nobody records")?;
        match part {
            Part::If => recorder.branch(at),
            Part::IfFlag => recorder.branch(recorder.flag_at(at)?),
            Part::Else => return recorder.otherwise(),
            Part::While => recorder.repeat(recorder.flag_at(at)?),
            Part::Close => return recorder.close(),
            Part::Raise => return recorder.flag(at, 1),
            Part::Lower => return recorder.flag(at, 0),
            Part::End => return recorder.end(end()),
        }
        Ok(())
    }

    /// Where the host program for this device starts in the image.
    pub(crate) fn entry(&self) -> u64 {
        self.code.entry
    }

    /// The device.
    pub(crate) fn device(&mut self) -> &mut dyn Device {
        &mut *self.device
    }

    /// Uploads input number `number` of a run and tells its address.
    pub(crate) fn input(&mut self, number: usize, bytes: &[u8]) -> Result<Address, String> {
        let room = &mut self.inputs[number];
        let before = room.address;
        make_room(&mut *self.device, room, bytes.len() as u64)?;
        let address = room.address;
        if before != 0 && address != before {
            self.replay.moved(&mut *self.device);
        }
        self.device.upload(address, bytes)?;
        Ok(address)
    }

    /// Makes growing buffer number `slot` at least so large. What it held is gone if it was smaller.
    pub(crate) fn grow(&mut self, slot: usize, bytes: u64) -> Result<Room, String> {
        let before = self.slots[slot].address;
        let grown = make_room(&mut *self.device, &mut self.slots[slot], bytes);
        if self.slots[slot].address != before {
            self.replay.moved(&mut *self.device);
        }
        grown.map(|()| self.slots[slot])
    }

    /// Launches a kernel with arrays of compiled code.
    ///
    /// # Safety
    /// The pointers must lead to as many buffers and integers as the kernel takes, and to three numbers.
    pub(crate) unsafe fn launch(
        &mut self,
        kernel: usize,
        buffers: *const Extent,
        ints: *const i64,
        grid: *const i64,
    ) -> Result<(), String> {
        let of = &self.code.kernels[kernel];
        // SAFETY: the caller's promise; the arrays are on the stack of compiled code that waits for this call.
        let (buffers, ints, grid) = unsafe {
            (
                std::slice::from_raw_parts(buffers, of.buffers as usize),
                std::slice::from_raw_parts(ints, of.ints as usize),
                std::slice::from_raw_parts(grid, 3),
            )
        };
        if grid.contains(&0) {
            return Ok(());
        }
        let mut groups = [0; 3];
        for (to, &from) in groups.iter_mut().zip(grid) {
            *to = u32::try_from(from).map_err(|_| format!("kernel {}: a grid of {grid:?}", of.name))?;
        }
        self.run(kernel, buffers, ints, groups)
    }

    /// Launches a kernel.
    pub(crate) fn run(
        &mut self,
        kernel: usize,
        buffers: &[Extent],
        ints: &[i64],
        grid: [u32; 3],
    ) -> Result<(), String> {
        match self.replay.recorder() {
            Some(recorder) => {
                let (buffers, ints) = (buffers.to_vec(), ints.to_vec());
                recorder.step(Act::Launch { kernel, buffers, ints, grid })
            }
            None => self.device.launch(kernel, buffers, ints, grid),
        }
    }

    /// Whether a graph is being recorded.
    pub(crate) fn records(&mut self) -> bool {
        self.replay.recorder().is_some()
    }

    /// Numbers of the kernels that do a library call; none if the CPU does it.
    pub(crate) fn routine(&self, call: usize) -> &[u32] {
        self.code.library.get(call).map_or(&[], Vec::as_slice)
    }

    /// Memory of so many bytes at least, for library routines; its contents are gone with the next call of this.
    pub(crate) fn scratch(&mut self, bytes: u64) -> Result<Address, String> {
        let before = self.scratch.address;
        let made = make_room(&mut *self.device, &mut self.scratch, bytes);
        if before != 0 && self.scratch.address != before {
            self.replay.moved(&mut *self.device);
        }
        made.map(|()| self.scratch.address)
    }

    /// Forgets what was fetched for earlier calls.
    pub(crate) fn forget(&mut self) {
        self.fetched.clear();
        self.results.clear();
    }

    /// A copy of device memory that stays until [`Resident::forget`].
    pub(crate) fn fetch(&mut self, from: Address, bytes: usize) -> Result<*const u8, String> {
        let mut copy = Bytes::try_zeroed(bytes).ok_or("a tensor is larger than memory")?;
        if bytes > 0 {
            self.device.download(from, &mut copy)?;
        }
        let ptr = copy.as_mut_ptr();
        self.fetched.push(copy);
        Ok(ptr)
    }

    /// Memory of the CPU for what [`Resident::deliver`] will bring to an address.
    pub(crate) fn stage(&mut self, to: Address, bytes: usize) -> Result<*mut u8, String> {
        let mut stage = Bytes::try_zeroed(bytes).ok_or("a result is larger than memory")?;
        let ptr = stage.as_mut_ptr();
        self.results.push((to, stage));
        Ok(ptr)
    }

    /// Uploads what has been staged.
    pub(crate) fn deliver(&mut self) -> Result<(), String> {
        for (to, bytes) in self.results.drain(..) {
            self.device.upload(to, &bytes)?;
        }
        Ok(())
    }

    /// Number of bytes of the arena and the growing buffers.
    pub(crate) fn bytes(&self) -> usize {
        (self.arena_bytes + self.slots.iter().map(|slot| slot.bytes).sum::<u64>()) as usize
    }
}

impl Drop for Resident {
    fn drop(&mut self) {
        // A device that fails now has failed before; there is nobody left to tell.
        let _ = self.device.wait();
        self.replay.drop_on(&mut *self.device);
        let rooms = self.slots.iter().chain(&self.inputs).chain([&self.scratch]).map(|room| room.address);
        for address in [self.arena, self.weights].into_iter().chain(rooms).filter(|&address| address != 0) {
            self.device.free(address);
        }
    }
}

/// Makes room for so many bytes; from the second time on half as much again, so that a size that creeps up does not reallocate
/// every time.
fn make_room(device: &mut dyn Device, room: &mut Room, bytes: u64) -> Result<(), String> {
    if room.address == 0 || bytes > room.bytes {
        let wanted = if room.address == 0 { bytes } else { bytes + bytes / 2 }.max(ALIGN as u64);
        if room.address != 0 {
            device.free(std::mem::take(&mut room.address));
            room.bytes = 0;
        }
        *room = Room { address: device.alloc(wanted)?, bytes: wanted };
    }
    Ok(())
}
