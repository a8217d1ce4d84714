//! The memory of one run: arena, growing buffers, sequences, and what compiled code calls back for. Reused from run to
//! run; one run at a time uses it.

use crate::context::{Ctx, DeviceCalls, Part, Slot, Status};
use crate::device::graph::End;
use crate::device::{Address, Extent, Plan, Resident};
use crate::error::Error;
use crate::library::device::OnDevice;
use crate::library::{self, Call, Operand, Routine, Seq};
use crate::manifest::{Attr, Check, Manifest, Place, Size, Value};
use crate::map::Map;
use crate::program::RunOptions;
use crate::random::Random;
use crate::tensor::{ALIGN, Bytes, Tensor, byte_count};
use crate::trace::{Event, Trace};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Where the program's `print` goes.
pub type Printer<'a> = &'a mut dyn FnMut(&str);

/// One run's memory.
pub(crate) struct State {
    manifest: Arc<Manifest>,
    routines: Arc<[Routine]>,
    /// Where compiled code looks; boxed with the state, so that its address stays.
    pub(crate) ctx: Ctx,
    memory: Memory,
    slots: Vec<Slot>,
    values: Vec<*mut u8>,
    ints: Vec<i64>,
    /// Every sequence made in this run; compiled code holds pointers to them.
    #[expect(
        clippy::vec_box,
        reason = "a handle is the address of a list, which must stay when more are made"
    )]
    seqs: Vec<Box<Seq>>,
    random: Random,
    /// Valid during a run only.
    printer: Option<*mut (dyn FnMut(&str) + 'static)>,
    /// Why a library call or the device failed.
    error: Option<Error>,
    recording: Recording,
}

/// Where the pointers of compiled code lead.
pub(crate) enum Memory {
    /// Into this process.
    Host {
        /// Kept for its memory.
        arena: Map,
        /// Those of the slots.
        slots: Vec<Bytes>,
    },
    /// Into a device.
    Device(Box<Resident>),
}

// SAFETY: the pointers lead into memory that the state owns, or (inputs, weights, printer) are set anew for each run.
unsafe impl Send for State {}

/// What a traced run records, and the sides of gates that it is told to take.
#[derive(Default)]
struct Recording {
    trace: Trace,
    begun: Option<(u32, Instant)>,
    forced: Vec<bool>,
    gates: usize,
    on: bool,
    /// How often loops may still begin anew.
    steps: u64,
}

/// The most pointers and integers that the host program passes at once.
fn passed(manifest: &Manifest) -> (usize, usize) {
    let (mut values, mut sizes) = (0, Vec::new());
    let mut group = |operands: &[Value], results: usize| {
        values = values.max(operands.len() + results);
        for operand in operands {
            if let Value::Tensor { shape, .. } = operand {
                sizes.extend_from_slice(shape);
            }
        }
    };
    manifest.returns.iter().for_each(|r| group(&r.values, 0));
    manifest.fails.iter().for_each(|f| group(&f.operands, 0));
    manifest.library.iter().for_each(|call| group(&call.operands, call.results.len()));
    manifest.checks.iter().for_each(|check| sizes.extend_from_slice(&check.values));
    for (_, attr) in manifest.library.iter().flat_map(|call| &call.attrs) {
        if let Attr::Sizes(of_attr) = attr {
            sizes.extend_from_slice(of_attr);
        }
    }
    let ints = sizes.iter().map(|size| if let Size::Arg(at) = size { *at as usize + 1 } else { 0 }).max();
    (values, ints.unwrap_or(0))
}

impl State {
    /// Fresh memory for runs of a program on the CPU.
    pub(crate) fn new(
        manifest: Arc<Manifest>,
        routines: Arc<[Routine]>,
        weights: *const u8,
    ) -> Result<Box<State>, Error> {
        let bytes = manifest.arena_bytes as usize;
        let arena = Map::zeroed(bytes).map_err(|e| {
            Error::Limit(format!("the program's working memory of {bytes} bytes cannot be had: {e}"))
        })?;
        let mut bytes: Vec<Bytes> = (0..manifest.slots).map(|_| Bytes::zeroed(ALIGN)).collect();
        let slots = bytes.iter_mut().map(|b| Slot { ptr: b.as_mut_ptr(), bytes: ALIGN as i64 }).collect();
        let at = arena.as_ptr();
        Ok(State::over(manifest, routines, Memory::Host { arena, slots: bytes }, at, weights, slots))
    }

    /// For runs of a program on a device.
    pub(crate) fn on_device(
        manifest: Arc<Manifest>,
        routines: Arc<[Routine]>,
        resident: Resident,
    ) -> Box<State> {
        let (arena, weights) = (as_pointer(resident.arena), as_pointer(resident.weights).cast_const());
        let slots = (0..manifest.slots as usize).map(|slot| device_slot(&resident, slot)).collect();
        State::over(manifest, routines, Memory::Device(Box::new(resident)), arena, weights, slots)
    }

    fn over(
        manifest: Arc<Manifest>,
        routines: Arc<[Routine]>,
        memory: Memory,
        arena: *mut u8,
        weights: *const u8,
        slots: Vec<Slot>,
    ) -> Box<State> {
        let (values, ints) = passed(&manifest);
        let mut state = Box::new(State {
            ctx: Ctx {
                arena,
                weights,
                inputs: std::ptr::null(),
                dims: std::ptr::null(),
                slots: std::ptr::null_mut(),
                values: std::ptr::null_mut(),
                ints: std::ptr::null_mut(),
                site: 0,
                grow,
                library: call_library,
                gate,
                begin,
                end,
                device: DeviceCalls { fetch, put, copy, launch, part },
                word: 0,
                step,
                state: std::ptr::null_mut(),
            },
            memory,
            slots,
            values: vec![std::ptr::null_mut(); values],
            ints: vec![0; ints],
            seqs: Vec::new(),
            random: Random::new(0),
            printer: None,
            error: None,
            recording: Recording::default(),
            manifest,
            routines,
        });
        state.ctx.slots = state.slots.as_mut_ptr();
        state.ctx.values = state.values.as_mut_ptr();
        state.ctx.ints = state.ints.as_mut_ptr();
        state.ctx.state = &raw mut *state;
        state
    }

    /// The pointer to an input as compiled code sees it: to a device it is uploaded first.
    pub(crate) fn input(&mut self, number: usize, tensor: &Tensor) -> Result<*const u8, Error> {
        match &mut self.memory {
            Memory::Host { .. } => Ok(tensor.bytes().as_ptr()),
            Memory::Device(resident) => resident
                .input(number, tensor.bytes())
                .map(|at| as_pointer(at).cast_const())
                .map_err(Error::Device),
        }
    }

    /// The program on its device, if it is on one.
    pub(crate) fn resident(&mut self) -> Option<&mut Resident> {
        match &mut self.memory {
            Memory::Device(resident) => Some(resident),
            Memory::Host { .. } => None,
        }
    }

    /// The offset in the image of the host program for the device, if it is one.
    pub(crate) fn device_entry(&self) -> Option<u64> {
        match &self.memory {
            Memory::Host { .. } => None,
            Memory::Device(resident) => Some(resident.entry()),
        }
    }

    /// What to do with a run on inputs of these sizes; recording begins at once.
    pub(crate) fn plan(&mut self, dims: &[i64]) -> Plan {
        self.resident().map_or(Plan::Host, |resident| resident.plan(dims))
    }

    /// Ends a recording, of which the host program for graphs has returned a code.
    pub(crate) fn made(&mut self, dims: &[i64], code: i32) {
        // What went wrong will do so again when the host runs the program; that tells it.
        self.error = None;
        if let Some(resident) = self.resident() {
            resident.made(dims, code == Status::Returned as i32);
        }
    }

    /// Runs the graph for these sizes: the program's code, with site, values and integers as compiled code passes them.
    pub(crate) fn start(&mut self, dims: &[i64]) -> i32 {
        let Memory::Device(resident) = &mut self.memory else { return Status::Redo as i32 };
        match resident.start(dims) {
            Ok(end) => {
                self.ctx.site = end.site;
                for (to, &from) in self.values.iter_mut().zip(&end.values) {
                    *to = as_pointer(from);
                }
                for (to, &from) in self.ints.iter_mut().zip(&end.ints) {
                    *to = from;
                }
                end.status
            }
            Err(why) => {
                self.error = Some(Error::Device(why));
                Status::Device as i32
            }
        }
    }

    /// Waits for the device; the code of the end if it fails.
    pub(crate) fn settle(&mut self) -> Result<(), i32> {
        let settled = self.resident().map_or(Ok(()), |resident| resident.device().wait());
        settled.map_err(|why| {
            self.error = Some(Error::Device(why));
            Status::Device as i32
        })
    }

    /// Whether there is a graph for these sizes.
    pub(crate) fn has_graph(&mut self, dims: &[i64]) -> bool {
        self.resident().is_some_and(|resident| resident.has_graph(dims))
    }

    /// Takes down how long a run took as a graph and how long the host's way.
    pub(crate) fn tried(&mut self, dims: &[i64], graph: Duration, host: Duration) {
        if let Some(resident) = self.resident() {
            resident.tried(dims, graph, host);
        }
    }

    /// Prepares for a run. The printer must stay valid until [`State::finish`].
    pub(crate) fn begin(&mut self, options: RunOptions, traced: bool) {
        self.random = Random::new(options.seed);
        // SAFETY: only the lifetime changes; `finish` forgets the printer before it may end.
        self.printer = options
            .print
            .map(|p| unsafe { std::mem::transmute::<Printer<'_>, Printer<'static>>(p) as *mut _ });
        self.error = None;
        self.recording = Recording {
            on: traced,
            forced: options.forced.to_vec(),
            steps: options.max_steps.unwrap_or(u64::MAX),
            ..Recording::default()
        };
    }

    /// Ends a run: forgets what belonged to it and hands out its trace and why a library call failed.
    pub(crate) fn finish(&mut self) -> (Trace, Option<Error>) {
        self.seqs.clear();
        self.printer = None;
        (std::mem::take(&mut self.recording.trace), self.error.take())
    }

    /// Number of bytes of the arena and the growing buffers.
    pub(crate) fn bytes(&self) -> usize {
        match &self.memory {
            Memory::Host { arena, slots } => {
                arena.bytes().len() + slots.iter().map(|b| b.len()).sum::<usize>()
            }
            Memory::Device(resident) => resident.bytes(),
        }
    }

    /// The integer that the host program passed or that is known.
    fn size(&self, size: Size) -> i64 {
        match size {
            Size::Fixed(n) => n,
            Size::Arg(at) => self.ints[at as usize],
        }
    }

    fn shape(&self, sizes: &[Size]) -> Result<Vec<usize>, String> {
        let dim = |&size| usize::try_from(self.size(size)).map_err(|_| "a dimension is negative".to_string());
        sizes.iter().map(dim).collect()
    }

    /// Tensors that the host program passed, without their elements, and where these are on the device.
    fn addressed(&self, values: &[Value]) -> Result<(Vec<Operand<'static>>, Vec<Address>), String> {
        let operand = |(value, &at): (&Value, &*mut u8)| match value {
            Value::Tensor { dtype, shape, .. } => {
                let view = library::View { dtype: *dtype, shape: self.shape(shape)?, bytes: &[] };
                Ok((Operand::Tensor(view), as_address(at)))
            }
            Value::Seq { .. } => Err("internal error: a sequence is on the CPU".to_string()),
        };
        let both = values.iter().zip(&self.values).map(operand).collect::<Result<Vec<_>, String>>()?;
        Ok(both.into_iter().unzip())
    }

    /// Values that the host program passed. From a device they are fetched; they stay until the next call of this.
    pub(crate) fn operands(&mut self, values: &[Value]) -> Result<Vec<Operand<'_>>, String> {
        if let Memory::Device(resident) = &mut self.memory {
            resident.forget();
        }
        let mut operands = Vec::new();
        for (at, value) in values.iter().enumerate() {
            let ptr = self.values[at].cast_const();
            operands.push(match value {
                Value::Tensor { dtype, shape, .. } => {
                    let shape = self.shape(shape)?;
                    let bytes = byte_count(*dtype, &shape).ok_or("a tensor is larger than memory")?;
                    let ptr = match &mut self.memory {
                        Memory::Host { .. } => ptr,
                        Memory::Device(resident) => resident.fetch(as_address(ptr), bytes)?,
                    };
                    // SAFETY: compiled code passes pointers to tensors of the type that the manifest states; they are
                    // not written before the call returns. What was fetched stays where it is.
                    let bytes = unsafe { std::slice::from_raw_parts(ptr, bytes) };
                    Operand::Tensor(library::View { dtype: *dtype, shape, bytes })
                }
                // SAFETY: a handle is a pointer to one of `self.seqs`, which live until the run ends.
                Value::Seq { .. } => Operand::Seq(unsafe { &*ptr.cast::<Seq>() }),
            });
        }
        Ok(operands)
    }

    /// The message of a check whose condition does not hold.
    pub(crate) fn filled(&self, check: &Check) -> String {
        let fill = |text: String, (k, &value): (usize, &Size)| {
            text.replace(&format!("{{{k}}}"), &self.size(value).to_string())
        };
        check.values.iter().enumerate().fold(check.message.clone(), fill)
    }

    /// Makes a buffer at least `bytes` large.
    fn grow(&mut self, slot: usize, bytes: i64) -> Option<*mut u8> {
        let wanted = usize::try_from(bytes).ok().filter(|&n| n <= isize::MAX as usize / 2)?;
        if wanted > self.slots[slot].bytes as usize {
            self.slots[slot] = match &mut self.memory {
                Memory::Host { slots, .. } => {
                    // Half as much again, so that a size that creeps up does not reallocate every time.
                    let ample = Bytes::try_zeroed(wanted + wanted / 2);
                    slots[slot] = ample.or_else(|| Bytes::try_zeroed(wanted))?;
                    Slot { ptr: slots[slot].as_mut_ptr(), bytes: slots[slot].len() as i64 }
                }
                Memory::Device(resident) => {
                    let grown = resident.grow(slot, wanted as u64);
                    let now = device_slot(resident, slot);
                    self.error = grown.err().map(Error::Device);
                    now
                }
            };
        }
        (wanted <= self.slots[slot].bytes as usize).then_some(self.slots[slot].ptr)
    }

    fn library(&mut self, index: usize) -> Result<(), String> {
        let (manifest, routines) = (self.manifest.clone(), self.routines.clone());
        let call = &manifest.library[index];
        let ints = call
            .attrs
            .iter()
            .map(|(_, attr)| match attr {
                Attr::Sizes(sizes) => sizes.iter().map(|&s| self.size(s)).collect(),
                _ => vec![],
            })
            .collect();
        if let Some(kernels) = self.resident().map(|resident| resident.routine(index).to_vec())
            && !kernels.is_empty()
        {
            let (operands, addresses) = self.addressed(&call.operands)?;
            let (attrs, types, results) = (&call.attrs, &call.operands, &call.results);
            let mut cx = Call { attrs, sizes: ints, types, operands, results, state: self };
            return library::device::run(&call.kernel, OnDevice { call: &mut cx, addresses, kernels });
        }
        if self.resident().is_some_and(Resident::records) {
            return Err(format!("{} runs on the CPU", call.kernel));
        }
        // SAFETY: operands are read through pointers into buffers that no result of this call shares (the compiler's
        // memory plan keeps operands and results apart), so they may be read while results are written. The borrow of
        // `self` is cut for that reason alone.
        let operands: Vec<Operand<'static>> = unsafe { std::mem::transmute(self.operands(&call.operands)?) };
        let mut cx = Call {
            attrs: &call.attrs,
            sizes: ints,
            types: &call.operands,
            operands,
            results: &call.results,
            state: self,
        };
        routines[index](&mut cx)?;
        match &mut self.memory {
            Memory::Host { .. } => Ok(()),
            Memory::Device(resident) => resident.deliver(),
        }
    }

    /// Memory of the CPU for result number `result` of a library call, and its handle for compiled code.
    pub(crate) fn place(
        &mut self,
        operands: usize,
        result: usize,
        place: &Place,
        bytes: usize,
    ) -> Result<*mut u8, String> {
        let ptr = self.room(operands, result, place, bytes)?;
        match &mut self.memory {
            Memory::Host { .. } => Ok(ptr),
            Memory::Device(resident) => resident.stage(as_address(ptr), bytes),
        }
    }

    /// Room for result number `result` of a library call where the program is, and its handle for compiled code.
    pub(crate) fn room(
        &mut self,
        operands: usize,
        result: usize,
        place: &Place,
        bytes: usize,
    ) -> Result<*mut u8, String> {
        let ptr = match place {
            Place::Arena { offset, bytes: room } => {
                if bytes as u64 > *room {
                    return Err(format!("a result needs {bytes} bytes, the compiler has planned {room}"));
                }
                self.ctx.arena.wrapping_add(*offset as usize)
            }
            Place::Slot(slot) => self
                .grow(*slot as usize, i64::try_from(bytes).map_err(|_| "a result is larger than memory")?)
                .ok_or_else(|| format!("a result of {bytes} bytes does not fit in memory"))?,
            Place::Handle => return Err("a sequence is not a tensor".to_string()),
        };
        self.values[operands + result] = ptr;
        Ok(ptr)
    }

    /// Keeps a sequence until the run ends and passes its handle.
    pub(crate) fn place_seq(&mut self, operands: usize, result: usize, seq: Seq) {
        self.seqs.push(Box::new(seq));
        let handle = self.seqs.last().map_or(std::ptr::null(), |s| &raw const **s);
        self.values[operands + result] = handle.cast_mut().cast();
    }

    /// The generator of this run.
    pub(crate) fn random(&mut self) -> &mut Random {
        &mut self.random
    }

    /// Prints a text, if anyone listens.
    pub(crate) fn print(&mut self, text: &dyn Fn() -> Result<String, String>) -> Result<(), String> {
        if let Some(printer) = self.printer {
            let text = text()?;
            // SAFETY: set in `begin` for the duration of the run.
            unsafe { (*printer)(&text) };
        }
        Ok(())
    }
}

/// A device's address as compiled code holds it.
fn as_pointer(address: Address) -> *mut u8 {
    std::ptr::without_provenance_mut(address as usize)
}

/// What compiled code holds, as a device's address.
fn as_address(pointer: *const u8) -> Address {
    pointer.addr() as Address
}

/// A growing buffer of a device as compiled code sees it.
fn device_slot(resident: &Resident, slot: usize) -> Slot {
    let room = resident.slot(slot);
    Slot { ptr: as_pointer(room.address), bytes: room.bytes as i64 }
}

/// The state behind a context.
///
/// # Safety
/// `ctx` must be the context of a live state that nobody else borrows.
unsafe fn state<'a>(ctx: *mut Ctx) -> &'a mut State {
    // SAFETY: as above; `state` is set when the state is made.
    unsafe { &mut *(*ctx).state }
}

unsafe extern "C" fn grow(ctx: *mut Ctx, slot: u64, bytes: i64) -> *mut u8 {
    // SAFETY: called by compiled code on the context it was given.
    let state = unsafe { state(ctx) };
    state.grow(slot as usize, bytes).unwrap_or(std::ptr::null_mut())
}

unsafe extern "C" fn call_library(ctx: *mut Ctx, call: u64) -> i32 {
    // SAFETY: called by compiled code on the context it was given.
    let state = unsafe { state(ctx) };
    let start = state.recording.on.then(Instant::now);
    // A panic must not unwind into compiled code.
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| state.library(call as usize)))
        .unwrap_or_else(|_| {
            Err("internal error: a routine of the library panicked; please report it".to_string())
        });
    if let Some(start) = start {
        let ns = start.elapsed().as_nanos() as u64;
        state.recording.trace.events.push(Event::Library { call: call as u32, ns });
    }
    match result {
        Ok(()) => 0,
        Err(message) => {
            let place = state.manifest.place(state.manifest.library[call as usize].loc);
            state.error = Some(Error::Raised { place, message });
            1
        }
    }
}

unsafe extern "C" fn gate(ctx: *mut Ctx, gate: u64, taken: u64) -> u64 {
    // SAFETY: called by compiled code on the context it was given.
    let recording = unsafe { &mut state(ctx).recording };
    if !recording.on {
        return taken;
    }
    let taken = recording.forced.get(recording.gates).copied().unwrap_or(taken != 0);
    recording.gates += 1;
    if recording.on {
        recording.trace.events.push(Event::Gate { gate: gate as u32, taken });
    }
    taken.into()
}

unsafe extern "C" fn begin(ctx: *mut Ctx, call: u64) {
    // SAFETY: called by compiled code on the context it was given.
    let recording = unsafe { &mut state(ctx).recording };
    recording.begun = recording.on.then(|| (call as u32, Instant::now()));
}

unsafe extern "C" fn end(ctx: *mut Ctx) {
    // SAFETY: called by compiled code on the context it was given.
    let state = unsafe { state(ctx) };
    if let Some((call, start)) = state.recording.begun.take() {
        if let Memory::Device(resident) = &mut state.memory {
            // A time is only known once the device is done. That it failed shows at the next read, too.
            let _ = resident.device().wait();
        }
        let ns = start.elapsed().as_nanos() as u64;
        state.recording.trace.events.push(Event::Call { call, ns });
    }
}

unsafe extern "C" fn step(ctx: *mut Ctx) -> i32 {
    // SAFETY: called by compiled code on the context it was given.
    let recording = unsafe { &mut state(ctx).recording };
    match recording.steps.checked_sub(1) {
        Some(left) => recording.steps = left,
        None => return 1,
    }
    0
}

/// Does something on the state's device; the code that compiled code expects.
///
/// # Safety
/// As [`state`].
unsafe fn on_device(ctx: *mut Ctx, act: impl FnOnce(&mut Resident) -> Result<(), String>) -> i32 {
    // SAFETY: the caller's promise.
    let state = unsafe { state(ctx) };
    let Memory::Device(resident) = &mut state.memory else { return 1 };
    // A panic must not unwind into compiled code.
    let result =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| act(resident))).unwrap_or_else(|_| {
            Err("internal error: the device's driver panicked; please report it".to_string())
        });
    match result {
        Ok(()) => 0,
        Err(why) => {
            state.error = Some(Error::Device(why));
            Status::Device as i32
        }
    }
}

unsafe extern "C" fn fetch(ctx: *mut Ctx, from: Address, bytes: u64) -> i32 {
    let mut word = [0; 8];
    // SAFETY: called by compiled code on the context it was given.
    let code = unsafe { on_device(ctx, |r| r.device().download(from, &mut word[..bytes as usize])) };
    // SAFETY: as above; the state is no longer borrowed.
    unsafe { (*ctx).word = i64::from_le_bytes(word) };
    code
}

unsafe extern "C" fn put(ctx: *mut Ctx, to: Address, bytes: u64, value: i64) -> i32 {
    // SAFETY: called by compiled code on the context it was given.
    unsafe { on_device(ctx, |r| r.put(to, bytes as usize, value)) }
}

unsafe extern "C" fn copy(ctx: *mut Ctx, from: Address, to: Address, bytes: u64) -> i32 {
    // SAFETY: called by compiled code on the context it was given.
    unsafe { on_device(ctx, |r| r.copy(from, to, bytes)) }
}

unsafe extern "C" fn launch(
    ctx: *mut Ctx,
    kernel: u64,
    buffers: *const Extent,
    ints: *const i64,
    grid: *const i64,
) -> i32 {
    // SAFETY: called by compiled code on the context it was given, with arrays as long as the manifest says.
    unsafe { on_device(ctx, |r| r.launch(kernel as usize, buffers, ints, grid)) }
}

unsafe extern "C" fn part(ctx: *mut Ctx, part: u64, at: u64) -> i32 {
    // SAFETY: called by compiled code on the context it was given; what it has passed is copied before the device is asked.
    let (site, values, ints) = unsafe {
        let state = state(ctx);
        let values = state.values.iter().map(|value| as_address(value.cast_const())).collect();
        ((*ctx).site, values, state.ints.clone())
    };
    let end = || End { status: at as i32, site, values, ints };
    let part = Part::from_code(part).ok_or_else(|| "internal error: an unknown part of a graph".to_string());
    // SAFETY: as above.
    unsafe { on_device(ctx, |r| r.part(part?, at, end)) }
}
