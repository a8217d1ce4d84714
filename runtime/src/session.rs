//! The memory of one run: arena, growing buffers, sequences, and what compiled code calls back for. Reused from run to
//! run; one run at a time uses it.

use crate::context::{Ctx, Slot};
use crate::error::Error;
use crate::library::{self, Call, Operand, Routine, Seq};
use crate::manifest::{Attr, Check, Manifest, Place, Size, Value};
use crate::map::Map;
use crate::random::Random;
use crate::tensor::{ALIGN, Bytes, byte_count};
use crate::trace::{Event, Trace};
use std::sync::Arc;
use std::time::Instant;

/// Where the program's `print` goes.
pub type Printer<'a> = &'a mut dyn FnMut(&str);

/// One run's memory.
pub(crate) struct State {
    manifest: Arc<Manifest>,
    routines: Arc<[Routine]>,
    /// Where compiled code looks; boxed with the state, so that its address stays.
    pub(crate) ctx: Ctx,
    /// Kept for its memory.
    arena: Map,
    slots: Vec<Slot>,
    slot_bytes: Vec<Bytes>,
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
    /// Why a library call failed.
    error: Option<Error>,
    recording: Recording,
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
    /// Fresh memory for runs of a program.
    pub(crate) fn new(
        manifest: Arc<Manifest>,
        routines: Arc<[Routine]>,
        weights: *const u8,
    ) -> Result<Box<State>, Error> {
        let bytes = manifest.arena_bytes as usize;
        let arena = Map::zeroed(bytes).map_err(|e| {
            Error::Limit(format!("the program's working memory of {bytes} bytes cannot be had: {e}"))
        })?;
        let count = manifest.slots as usize;
        let (values, ints) = passed(&manifest);
        let mut state = Box::new(State {
            ctx: Ctx {
                arena: arena.as_ptr(),
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
                state: std::ptr::null_mut(),
            },
            arena,
            slots: (0..count).map(|_| Slot { ptr: std::ptr::null_mut(), bytes: 0 }).collect(),
            slot_bytes: Vec::new(),
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
        state.slot_bytes = (0..count).map(|_| Bytes::zeroed(ALIGN)).collect();
        for (slot, bytes) in state.slots.iter_mut().zip(&mut state.slot_bytes) {
            *slot = Slot { ptr: bytes.as_mut_ptr(), bytes: ALIGN as i64 };
        }
        state.ctx.slots = state.slots.as_mut_ptr();
        state.ctx.values = state.values.as_mut_ptr();
        state.ctx.ints = state.ints.as_mut_ptr();
        state.ctx.state = &raw mut *state;
        Ok(state)
    }

    /// Prepares for a run. The printer must stay valid until [`State::finish`].
    pub(crate) fn begin(&mut self, seed: u64, printer: Option<Printer>, traced: bool, forced: &[bool]) {
        self.random = Random::new(seed);
        // SAFETY: only the lifetime changes; `finish` forgets the printer before it may end.
        self.printer =
            printer.map(|p| unsafe { std::mem::transmute::<Printer<'_>, Printer<'static>>(p) as *mut _ });
        self.error = None;
        self.recording = Recording { on: traced, forced: forced.to_vec(), ..Recording::default() };
    }

    /// Ends a run: forgets what belonged to it and hands out its trace and why a library call failed.
    pub(crate) fn finish(&mut self) -> (Trace, Option<Error>) {
        self.seqs.clear();
        self.printer = None;
        (std::mem::take(&mut self.recording.trace), self.error.take())
    }

    /// Number of bytes of the arena and the growing buffers.
    pub(crate) fn bytes(&self) -> usize {
        self.arena.bytes().len() + self.slot_bytes.iter().map(|b| b.len()).sum::<usize>()
    }

    /// The integer that the host program passed or that is known.
    fn size(&self, size: Size) -> i64 {
        match size {
            Size::Fixed(n) => n,
            Size::Arg(at) => self.ints[at as usize],
        }
    }

    /// Values that the host program passed.
    pub(crate) fn operands(&self, values: &[Value]) -> Result<Vec<Operand<'_>>, String> {
        values
            .iter()
            .zip(&self.values)
            .map(|(value, &ptr)| match value {
                Value::Tensor { dtype, shape, .. } => {
                    let shape = shape
                        .iter()
                        .map(|&d| {
                            usize::try_from(self.size(d)).map_err(|_| "a dimension is negative".to_string())
                        })
                        .collect::<Result<Vec<usize>, String>>()?;
                    let bytes = byte_count(*dtype, &shape).ok_or("a tensor is larger than memory")?;
                    // SAFETY: compiled code passes pointers to tensors of the type that the manifest states; they are
                    // not written before the call returns.
                    let bytes = unsafe { std::slice::from_raw_parts(ptr.cast_const(), bytes) };
                    Ok(Operand::Tensor(library::View { dtype: *dtype, shape, bytes }))
                }
                // SAFETY: a handle is a pointer to one of `self.seqs`, which live until the run ends.
                Value::Seq { .. } => Ok(Operand::Seq(unsafe { &*ptr.cast::<Seq>() })),
            })
            .collect()
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
        if wanted > self.slot_bytes[slot].len() {
            // Half as much again, so that a size that creeps up does not reallocate every time.
            self.slot_bytes[slot] = Bytes::try_zeroed(wanted + wanted / 2)?;
            let room = self.slot_bytes[slot].len() as i64;
            self.slots[slot] = Slot { ptr: self.slot_bytes[slot].as_mut_ptr(), bytes: room };
        }
        Some(self.slots[slot].ptr)
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
        routines[index](&mut cx)
    }

    /// Room for result number `result` of a library call, and its handle for compiled code.
    pub(crate) fn place(
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
    let taken = recording.forced.get(recording.gates).copied().unwrap_or(taken != 0);
    recording.gates += 1;
    recording.trace.events.push(Event::Gate { gate: gate as u32, taken });
    taken.into()
}

unsafe extern "C" fn begin(ctx: *mut Ctx, call: u64) {
    // SAFETY: called by compiled code on the context it was given.
    unsafe { state(ctx).recording.begun = Some((call as u32, Instant::now())) };
}

unsafe extern "C" fn end(ctx: *mut Ctx) {
    let now = Instant::now();
    // SAFETY: called by compiled code on the context it was given.
    let recording = unsafe { &mut state(ctx).recording };
    if let Some((call, start)) = recording.begun.take() {
        let ns = (now - start).as_nanos() as u64;
        recording.trace.events.push(Event::Call { call, ns });
    }
}
