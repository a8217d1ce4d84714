//! A loaded program: verified, mapped, ready to run from any number of threads.

use crate::artifact;
use crate::context::Status;
use crate::cpu;
use crate::device::{Device, Measured, Plan, Resident};
use crate::error::Error;
use crate::image::Image;
use crate::library::{self, Operand, Routine, Seq};
use crate::manifest::{Dim, Input, Loc, Manifest};
use crate::map::Map;
use crate::session::{Printer, State};
use crate::tensor::{DType, Tensor, Value};
use crate::trace::Trace;
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A compiled program. Cheap to share; every run takes memory of its own and gives it back for the next.
pub struct Program {
    manifest: Arc<Manifest>,
    routines: Arc<[Routine]>,
    image: Image,
    /// The whole artifact.
    file: Map,
    /// Where its sections lie.
    layout: artifact::Layout,
    /// Memory of earlier runs.
    idle: Mutex<Idle>,
    /// Memory of runs on a device, one at a time; without it runs are on the CPU.
    device: Option<Mutex<Box<State>>>,
}

/// States that no run uses; boxed, since a state holds its own address.
type Idle = Vec<Box<State>>;

/// What a run may be told.
#[derive(Default)]
pub struct RunOptions<'a> {
    /// Seed of the random generator.
    pub seed: u64,
    /// Where `print` goes; nowhere by default.
    pub print: Option<Printer<'a>>,
    /// Sides to take at the first gates whatever their conditions say, in order. Only [`Program::run_traced`] obeys; it
    /// is how tests reach every path.
    pub forced: &'a [bool],
    /// How often loops may begin anew, all together, before the run is stopped with [`Error::Limit`]; without end by
    /// default. A run with a limit is the traced program, without its trace.
    pub max_steps: Option<u64>,
}

/// What [`Program::measure`] has found.
#[derive(Clone, Debug, Default)]
pub struct Measurement {
    /// All launches, in order.
    pub launches: Vec<Measured>,
    /// What the device's memory can move, in bytes a second, if that is known.
    pub bandwidth: Option<f64>,
    /// Seconds on the device of one run as a graph, of many one after the other; `None` where runs of these sizes are no graph.
    pub graph: Option<f64>,
}

/// How often a graph is started to take its time.
const GRAPH_STARTS: u32 = 50;

impl Program {
    /// Maps an artifact and verifies it.
    ///
    /// # Errors
    /// If it cannot be read, is damaged, or is for another machine.
    pub fn load(path: &Path) -> Result<Program, Error> {
        let io = |source| Error::Io { path: path.to_path_buf(), source };
        let file = std::fs::File::open(path).map_err(io)?;
        let length = file.metadata().map_err(io)?.len() as usize;
        let name = path.display().to_string();
        let whole = Map::file(&file, 0, length).map_err(io)?;
        let layout = artifact::verify(whole.bytes())
            .map_err(|problem| Error::Artifact { name: name.clone(), problem })?;
        let image = Map::file(&file, layout.image.start, layout.image.len()).map_err(io)?;
        Program::new(&name, whole, &layout, image)
    }

    /// Verifies an artifact that is in memory, and copies it.
    ///
    /// # Errors
    /// If it is damaged or for another machine.
    pub fn from_bytes(bytes: &[u8]) -> Result<Program, Error> {
        let name = "<memory>";
        let layout =
            artifact::verify(bytes).map_err(|problem| Error::Artifact { name: name.to_string(), problem })?;
        let copy = |bytes: &[u8]| {
            let map = Map::zeroed(bytes.len()).map_err(|source| Error::Io { path: name.into(), source })?;
            // SAFETY: a fresh writable mapping of this length.
            unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), map.as_ptr(), bytes.len()) };
            Ok::<Map, Error>(map)
        };
        Program::new(name, copy(bytes)?, &layout, copy(&bytes[layout.image.clone()])?)
    }

    fn new(name: &str, whole: Map, layout: &artifact::Layout, image: Map) -> Result<Program, Error> {
        let refuse = |problem: String| Error::Artifact { name: name.to_string(), problem };
        let manifest = artifact::decode_manifest(whole.bytes(), layout).map_err(refuse)?;
        if let Some(missing) = cpu::missing(&manifest.target.features) {
            let cpu = &manifest.target.cpu;
            return Err(refuse(format!(
                "the artifact is for the CPU {cpu}, this one lacks {missing}; compile the program for this machine (--cpu)"
            )));
        }
        let image = Image::new(image, &manifest.image).map_err(refuse)?;
        let routines = manifest
            .library
            .iter()
            .map(|call| {
                library::find(&call.kernel).ok_or_else(|| {
                    refuse(format!("the program calls {}, which this runtime lacks", call.kernel))
                })
            })
            .collect::<Result<Vec<Routine>, Error>>()?;
        Ok(Program {
            manifest: Arc::new(manifest),
            routines: routines.into(),
            image,
            layout: layout.clone(),
            file: whole,
            idle: Mutex::new(Vec::new()),
            device: None,
        })
    }

    /// From now on runs are on a device. Weights and kernels are uploaded once, here.
    ///
    /// # Errors
    /// If the program has no code for this device, or the driver fails.
    pub fn use_device(&mut self, device: Box<dyn Device>) -> Result<(), Error> {
        let bytes = self.file.bytes();
        let (weights, kernels) = (&bytes[self.layout.weights.clone()], &bytes[self.layout.kernels.clone()]);
        let resident = Resident::new(device, &self.manifest, weights, kernels).map_err(Error::Device)?;
        if self.image.device_entry(resident.entry()).is_none() {
            return Err(Error::Device("the code for the device starts outside of itself".to_string()));
        }
        let state = State::on_device(self.manifest.clone(), self.routines.clone(), resident);
        self.device = Some(Mutex::new(state));
        Ok(())
    }

    /// What the artifact says about itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Runs the program on named inputs and returns its results, lists element by element. The elements of an input `x`
    /// that is a list are named `x.0`, `x.1`, …; without any of them the list is empty.
    ///
    /// # Errors
    /// If the inputs are not what the program takes, or the program raises.
    pub fn run(&self, inputs: &[(&str, &Tensor)], options: RunOptions) -> Result<Vec<Tensor>, Error> {
        Ok(self.run_values(inputs, options)?.into_iter().flat_map(Value::into_tensors).collect())
    }

    /// Runs the program as [`Program::run`] does, and returns its results, lists as such.
    ///
    /// # Errors
    /// As [`Program::run`].
    pub fn run_values(&self, inputs: &[(&str, &Tensor)], options: RunOptions) -> Result<Vec<Value>, Error> {
        self.run_as(inputs, options, false).0
    }

    /// Runs the program and reports gates, subnets and times, also of a run that fails.
    pub fn run_traced(
        &self,
        inputs: &[(&str, &Tensor)],
        options: RunOptions,
    ) -> (Result<Vec<Tensor>, Error>, Trace) {
        let (result, trace) = self.run_as(inputs, options, true);
        (result.map(|values| values.into_iter().flat_map(Value::into_tensors).collect()), trace)
    }

    /// Runs the program on its device and tells what each launch took.
    ///
    /// # Errors
    /// As [`Program::run`]; and if there is no device, or it does not take the time of kernels.
    pub fn measure(&self, inputs: &[(&str, &Tensor)], options: RunOptions) -> Result<Measurement, Error> {
        let no_device =
            || Error::Device("the program runs on the CPU, without kernels to measure".to_string());
        let on_device = |act: &mut dyn FnMut(&mut dyn Device) -> Result<(), String>| {
            let done = self.with_resident(|resident| act(resident.device()));
            done.ok_or_else(no_device)?.map_err(Error::Device)
        };
        on_device(&mut |device| device.measure())?;
        self.allow_graphs(false);
        let ran = self.run(inputs, options);
        self.allow_graphs(true);
        let mut measurement = Measurement::default();
        on_device(&mut |device| {
            (measurement.launches, measurement.bandwidth) = (device.measured()?, device.bandwidth());
            Ok(())
        })?;
        ran?;
        let dims = dims(&self.order_inputs(inputs)?);
        measurement.graph = self.with_resident(|resident| resident.time(&dims, GRAPH_STARTS)).flatten();
        Ok(measurement)
    }

    /// Whether runs on a device may be graphs.
    fn allow_graphs(&self, allowed: bool) {
        self.with_resident(|resident| resident.allow_graphs(allowed));
    }

    /// Does something with the program on its device, if it is on one.
    fn with_resident<T>(&self, act: impl FnOnce(&mut Resident) -> T) -> Option<T> {
        let mut state = self.device.as_ref()?.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        state.resident().map(act)
    }

    /// Runs the program as a graph, if there is one for inputs of these sizes or one is worth making: its code. The inputs are
    /// in place.
    fn run_graph(
        &self,
        state: &mut State,
        dims: &[i64],
        host: &mut dyn FnMut(&mut State) -> i32,
    ) -> Option<i32> {
        let entry = state.resident()?.graph_entry()?;
        let record = self.image.device_entry(entry)?;
        loop {
            match state.plan(dims) {
                Plan::Host => return None,
                Plan::Record => {
                    let ctx = &raw mut state.ctx;
                    // SAFETY: as for the host program; this one asks for the same things, which are taken down.
                    let code = unsafe { record(ctx) };
                    state.made(dims, code);
                }
                Plan::Start => return Some(state.start(dims)).filter(|&code| code != Status::Redo as i32),
                Plan::Try { host_first } => return run_both(state, dims, host, host_first),
            }
        }
    }

    fn run_as(
        &self,
        inputs: &[(&str, &Tensor)],
        options: RunOptions,
        traced: bool,
    ) -> (Result<Vec<Value>, Error>, Trace) {
        let ordered = match self.order_inputs(inputs) {
            Ok(ordered) => ordered,
            Err(error) => return (Err(error), Trace::default()),
        };
        if let Some(device) = &self.device {
            // Every run begins anew, so a panic in an earlier one does not matter.
            let mut state = device.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            return self.run_in(&mut state, &ordered, options, traced);
        }
        let idle = self.lock_idle().pop();
        let state = idle.map_or_else(
            || {
                // SAFETY: the section lies within the mapping, as `verify` has checked.
                let weights = unsafe { self.file.as_ptr().add(self.layout.weights.start) };
                State::new(self.manifest.clone(), self.routines.clone(), weights)
            },
            Ok,
        );
        match state {
            Ok(mut state) => {
                let outcome = self.run_in(&mut state, &ordered, options, traced);
                self.lock_idle().push(state);
                outcome
            }
            Err(error) => (Err(error), Trace::default()),
        }
    }

    fn run_in(
        &self,
        state: &mut State,
        inputs: &[Given],
        options: RunOptions,
        traced: bool,
    ) -> (Result<Vec<Value>, Error>, Trace) {
        let start = traced.then(Instant::now);
        let pointer = |(number, given): (usize, &Given)| match given {
            Given::Tensor(tensor) => state.input(number, tensor),
            // A handle, as the session gives them.
            Given::List(list) => Ok((&raw const *list).cast()),
        };
        let pointers = match inputs.iter().enumerate().map(pointer).collect::<Result<Vec<_>, _>>() {
            Ok(pointers) => pointers,
            Err(error) => return (Err(error), Trace::default()),
        };
        let dims = dims(inputs);
        state.ctx.inputs = pointers.as_ptr();
        state.ctx.dims = dims.as_ptr();
        let device = state.device_entry().and_then(|offset| self.image.device_entry(offset));
        let entry = device.unwrap_or_else(|| self.image.entry(traced || options.max_steps.is_some()));
        // A graph reports nothing on its way.
        let whole = !traced && options.max_steps.is_none();
        state.begin(options, traced);
        let mut host = |state: &mut State| {
            // From here on compiled code reaches the state through the context.
            let ctx = &raw mut state.ctx;
            // SAFETY: the code was compiled for this context and these types of inputs, which have been checked.
            unsafe { entry(ctx) }
        };
        let graph = whole.then(|| self.run_graph(state, &dims, &mut host)).flatten();
        let code = graph.unwrap_or_else(|| host(state));
        let total_ns = start.map_or(0, |s| s.elapsed().as_nanos() as u64);
        let result = self.result(state, code);
        let (mut trace, error) = state.finish();
        trace.total_ns = total_ns;
        (result.map_err(|own| error.unwrap_or(own)), trace)
    }

    fn lock_idle(&self) -> std::sync::MutexGuard<'_, Idle> {
        // The list is whole at any time, so a panic elsewhere does not spoil it.
        self.idle.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// The bytes that idle memory of earlier runs takes: arena and growing buffers.
    pub fn idle_bytes(&self) -> usize {
        self.lock_idle().iter().map(|s| s.bytes()).sum()
    }

    fn result(&self, state: &mut State, code: i32) -> Result<Vec<Value>, Error> {
        let site = state.ctx.site as usize;
        let limit_at = |loc: Loc, what: &str| Error::Limit(format!("{}: {what}", self.manifest.place(loc)));
        let limit = |what: &str| limit_at(Loc::default(), what);
        let here = Loc::from_code(state.ctx.site);
        match Status::from_code(code) {
            Some(Status::Returned) => {
                let operands = state.operands(&self.manifest.returns[site].values).map_err(|e| limit(&e))?;
                let values: Option<Vec<Value>> = operands.iter().map(Operand::to_value).collect();
                values.ok_or_else(|| limit("a result does not fit in memory"))
            }
            Some(Status::Raised) => {
                let fail = &self.manifest.fails[site];
                let operands = state.operands(&fail.operands).map_err(|e| limit(&e))?;
                let message = library::format::fill(&fail.message, &operands)
                    .unwrap_or_else(|why| format!("{} (its values cannot be shown: {why})", fail.message));
                Err(Error::Raised { place: self.manifest.place(fail.loc), message })
            }
            Some(Status::Guard) => {
                let guard = &self.manifest.guards[site];
                let place = self.manifest.place(guard.loc);
                if guard.raises {
                    return Err(Error::Raised { place, message: guard.reason.clone() });
                }
                Err(Error::Guard { place, condition: guard.condition.clone(), reason: guard.reason.clone() })
            }
            Some(Status::Check) => {
                let check = &self.manifest.checks[site];
                let message = state.filled(check);
                Err(Error::Raised { place: self.manifest.place(check.loc), message })
            }
            Some(Status::Memory) => Err(limit_at(here, "a tensor of the size needed does not fit in memory")),
            Some(Status::Steps) => {
                Err(limit_at(here, "the run has made as many steps of its loops as it was allowed"))
            }
            Some(Status::Overflow) => Err(limit_at(here, "an integer leaves the 64-bit range")),
            // The session knows why; this stands in should it not.
            Some(Status::Library | Status::Device | Status::Redo) | None => {
                Err(limit("the compiled program ended in an unknown way"))
            }
        }
    }

    /// Inputs in the program's order, checked against their declared types.
    fn order_inputs<'a>(&self, inputs: &[(&str, &'a Tensor)]) -> Result<Vec<Given<'a>>, Error> {
        let declared = &self.manifest.inputs;
        let list = || declared.iter().map(|i| i.to_string()).collect::<Vec<_>>().join(" ");
        let known = |name: &str| {
            declared.iter().any(|d| if d.list { element_of(&d.name, name).is_some() } else { d.name == name })
        };
        if let Some((name, _)) = inputs.iter().find(|(name, _)| !known(name)) {
            return Err(Error::Input(format!("there is no input {name}; the program takes: {}", list())));
        }
        let mut ordered = Vec::new();
        let mut named: HashMap<&str, (usize, &str)> = HashMap::new();
        for input in declared {
            let fail = |what: String| {
                Error::Input(format!("input {}: {what}; the program takes {input}", input.name))
            };
            if input.list {
                ordered.push(Given::List(list_of(input, inputs).map_err(fail)?));
                continue;
            }
            let mut given = inputs.iter().filter(|(name, _)| *name == input.name);
            let Some((_, tensor)) = given.next() else {
                return Err(Error::Input(format!(
                    "input {} is missing; the program takes: {}",
                    input.name,
                    list()
                )));
            };
            if given.next().is_some() {
                return Err(fail("given twice".to_string()));
            }
            if tensor.dtype() != input.dtype {
                return Err(fail(format!("its type is {}", tensor.dtype())));
            }
            if tensor.shape().len() != input.dims.len() {
                return Err(fail(format!(
                    "it has {} dimensions, {:?}",
                    tensor.shape().len(),
                    tensor.shape()
                )));
            }
            for (axis, (&size, dim)) in tensor.shape().iter().zip(&input.dims).enumerate() {
                match dim {
                    Dim::Fixed(n) if *n != size as u64 => {
                        return Err(fail(format!("dimension {axis} is {size}, not {n}")));
                    }
                    Dim::Named(name) if size == 0 => {
                        return Err(fail(format!("dimension {axis} ({name}) is 0, it must be at least 1")));
                    }
                    Dim::Named(name) => {
                        let (known, owner) = *named.entry(name).or_insert((size, &input.name));
                        if known != size {
                            return Err(fail(format!(
                                "dimension {axis} is {size}, but {name} is {known} in input {owner}"
                            )));
                        }
                    }
                    Dim::Fixed(_) | Dim::Computed(_) | Dim::Open => {}
                }
            }
            // Compiled code relies on it, and bytes from elsewhere may be anything.
            if tensor.dtype() == DType::Bool && tensor.bytes().iter().any(|b| *b > 1) {
                return Err(fail("a bool is neither 0 nor 1".to_string()));
            }
            ordered.push(Given::Tensor(tensor));
        }
        Ok(ordered)
    }
}

/// Runs a program as a graph and as the host decides it, and keeps how long each took: the code of the way done last, of which
/// the results are; `None` if the host has to run it again.
fn run_both(
    state: &mut State,
    dims: &[i64],
    host: &mut dyn FnMut(&mut State) -> i32,
    host_first: bool,
) -> Option<i32> {
    let (mut code, mut spent) = (0, [Duration::ZERO; 2]);
    for is_host in [host_first, !host_first] {
        // The host may have taken a way that moved a buffer, and then there is no graph any more.
        if !is_host && !state.has_graph(dims) {
            return Some(code);
        }
        let start = Instant::now();
        code = if is_host { host(state) } else { state.start(dims) };
        // Ends that are no result say nothing of time, and a graph leaves most of them to the host.
        if code != Status::Returned as i32 {
            return Some(code).filter(|&code| code != Status::Redo as i32);
        }
        if let Err(failed) = state.settle() {
            return Some(failed);
        }
        spent[usize::from(is_host)] = start.elapsed();
    }
    let [graph, host] = spent;
    state.tried(dims, graph, host);
    Some(code)
}

/// The dimensions of all tensors.
fn dims(inputs: &[Given]) -> Vec<i64> {
    let tensors = inputs.iter().filter_map(|given| match given {
        Given::Tensor(tensor) => Some(tensor),
        Given::List(_) => None,
    });
    tensors.flat_map(|tensor| tensor.shape()).map(|&d| d as i64).collect()
}

/// An input as compiled code takes it.
enum Given<'a> {
    Tensor(&'a Tensor),
    List(Seq),
}

/// The number of the element that a name is of a list.
fn element_of(list: &str, name: &str) -> Option<usize> {
    name.strip_prefix(list)?.strip_prefix('.')?.parse().ok()
}

/// The list whose elements are given by name.
///
/// # Errors
/// An element that is missing, given twice, or not what the list holds.
fn list_of(input: &Input, inputs: &[(&str, &Tensor)]) -> Result<Seq, String> {
    let mut items: Vec<(usize, &Tensor)> =
        inputs.iter().filter_map(|(name, tensor)| Some((element_of(&input.name, name)?, *tensor))).collect();
    items.sort_by_key(|(number, _)| *number);
    for (place, (number, tensor)) in items.iter().enumerate() {
        if place != *number {
            return Err(format!("it has an element {number}, but not just one element {place}"));
        }
        let fits = |(dim, &size): (&Dim, &usize)| !matches!(dim, Dim::Fixed(n) if *n != size as u64);
        let ranked = tensor.shape().len() == input.dims.len() || input.ragged;
        if tensor.dtype() != input.dtype || !ranked || !input.dims.iter().zip(tensor.shape()).all(fits) {
            return Err(format!("its element {number} is {}{:?}", tensor.dtype(), tensor.shape()));
        }
        if tensor.dtype() == DType::Bool && tensor.bytes().iter().any(|b| *b > 1) {
            return Err(format!("a bool of its element {number} is neither 0 nor 1"));
        }
    }
    Ok(Seq::new(items.into_iter().map(|(_, tensor)| Arc::new(tensor.clone())).collect()))
}
