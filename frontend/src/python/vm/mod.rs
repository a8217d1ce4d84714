//! The machine that runs bytecode.
//!
//! Calling a Python function pushes a [`Frame`]; there is no Rust recursion, so the whole state is in [`State`] and can
//! be cloned. `api.rs` is what natives use; `objects.rs` makes and looks into objects; the other files are the machine
//! itself.

pub mod api;
pub mod attributes;
mod call;
mod compare;
pub mod frame;
pub mod items;
pub mod iterate;
mod keys;
pub mod location;
pub mod objects;
mod operators;
mod step;
pub mod symbolic;
mod text;
mod types;
mod unwind;

use super::heap::Heap;
use super::native::Natives;
use super::value::{ObjId, Value};
use braid_ir::{BlockId, Facts, Net};
use frame::Frame;
use rustc_hash::FxHashMap;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// Named limits of an evaluation; each is reported by its name.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Nested Python calls.
    pub frames_max: usize,
    /// Nested Python calls on a path that depends on data: a recursion that data ends would never be compiled.
    pub traced_frames_max: usize,
    /// Instructions of one evaluation.
    pub steps_max: u64,
    /// Times that loops are begun or come back to their heads in the entry call, where each costs more than elsewhere.
    pub turns_max: u64,
    /// Blocks of the net: paths that data-dependent branches may make.
    pub blocks_max: usize,
    /// States that may wait at one place without having been merged.
    pub states_max: usize,
    /// Rounds of generalising a loop's state.
    pub widenings_max: usize,
    /// How often two paths may be found too different to be merged.
    pub partings_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            frames_max: 1_000,
            traced_frames_max: 250,
            steps_max: 200_000_000,
            turns_max: 200_000,
            blocks_max: 50_000,
            states_max: 1_024,
            widenings_max: 8,
            partings_max: 60_000,
        }
    }
}

/// Whether tensors are values or symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Imports and constructors: everything is known, tensor operators are evaluated at once.
    Eager,
    /// The entry call: tensors are values of the net and branches may depend on them.
    Tracing,
}

/// Everything that a fork clones: one path of the evaluated program.
#[derive(Clone)]
pub struct State {
    /// Objects.
    pub heap: Heap,
    /// Activations, outermost first.
    pub frames: Vec<Frame>,
    /// The net's block that this path appends to.
    pub block: BlockId,
    /// Where a function of the person's own returned last: of the whole path once it has ended.
    pub left_at: braid_ir::Loc,
    /// What is known about run-time integers on this path.
    pub facts: Facts,
    /// Truth values of the net decided on this path.
    pub decided: FxHashMap<braid_ir::ValueId, bool>,
    /// Changes whenever a class changes; lookups are cached under it.
    pub class_epoch: u64,
    /// Pure operators already applied on this path, by name, operands and attributes: an instruction that is repeated
    /// after a fork finds the values it computed.
    pub available: FxHashMap<(&'static str, Vec<braid_ir::ValueId>, String), Vec<braid_ir::ValueId>>,
    /// Where this path parted from others.
    pub trace: super::trace::history::History,
    /// Objects used as keys whose class defines `__hash__`, by their hash.
    pub hashed: Arc<FxHashMap<i64, Vec<Value>>>,
    /// Imported modules by dotted name.
    pub modules: FxHashMap<super::names::Name, ObjId>,
}

impl Default for State {
    /// Nothing to run: what the machine holds while its state is elsewhere.
    fn default() -> State {
        State {
            heap: Heap::default(),
            frames: Vec::new(),
            block: Net::ENTRY,
            left_at: braid_ir::Loc::default(),
            facts: Facts::default(),
            decided: FxHashMap::default(),
            class_epoch: 0,
            available: FxHashMap::default(),
            trace: Default::default(),
            hashed: Arc::default(),
            modules: FxHashMap::default(),
        }
    }
}

/// Why the machine stopped.
#[derive(Debug)]
pub enum Stop {
    /// The outermost frame returned.
    Done(Value),
    /// An exception left the outermost frame.
    Raised(Value),
    /// While tracing: at a place where paths meet (just after [`Op::Join`](super::code::Op::Join), a call's return, or the
    /// entry of an exception handler).
    Join,
    /// While tracing: at the head of a loop, before it is passed.
    LoopHead {
        /// Where the loop is left.
        exit: super::code::Pc,
    },
    /// The truth of something symbolic is needed; the instruction is to be repeated.
    Decide(super::sym::SymBool),
    /// The value of a symbolic integer is needed; the instruction is to be repeated.
    Concretise(braid_ir::Term, String),
    /// The compilation ends.
    Failed(super::native::Unwind),
}

/// The machine: the current state, and what all states share.
pub struct Vm {
    /// The current state. `vm.heap`, `vm.frames` and so on are its fields.
    pub state: State,
    /// Native functions.
    pub natives: Arc<Natives>,
    /// The net under construction.
    pub net: Net,
    /// Limits.
    pub limits: Limits,
    /// Whether tensors are values or symbols.
    pub mode: Mode,
    /// Instructions run so far.
    pub steps: u64,
    /// Operators appended to the net so far; the tracer sees by it whether a stretch of code computed anything.
    pub emitted: u64,
    /// The `builtins` module.
    pub builtins: ObjId,
    /// The class `torch.Tensor`, once the prelude has registered it; `TENSOR_BASE` before.
    pub tensor_class: ObjId,
    /// Names of weights, and where they are in the net.
    pub weights: super::torch::WeightTable,
    /// Values that a run-time integer may have, where paths with known values met.
    pub candidates: FxHashMap<braid_ir::Sym, Vec<i64>>,
    /// What `print` wrote while everything was concrete.
    pub printed: String,
    /// Folders that modules are searched in.
    pub search_paths: Vec<std::path::PathBuf>,
    /// Position of the running instruction in the innermost frame.
    pub(super) at: super::code::Pc,
    /// Set by an instruction that concerns the outside.
    pub(in crate::python) stop: Option<Stop>,
    /// The operands of the running instruction, should it have to be repeated.
    pub(in crate::python) saved: Vec<Value>,
    /// Nested synchronous calls.
    pub(in crate::python) sync_depth: usize,
    /// Nested comparisons of containers.
    pub(in crate::python) comparing: usize,
    /// Whether any class defines `__getattribute__`.
    pub(in crate::python) has_getattribute: bool,
    /// Containers whose text is being made, so that one that holds itself ends.
    pub(in crate::python) showing: Vec<ObjId>,
    /// The code that collects an iterable for a native, by parameter.
    pub(in crate::python) collect_codes: FxHashMap<usize, Arc<super::code::Code>>,
    /// Method lookups already made, valid while `cache_epoch` is the state's `class_epoch`.
    pub(super) cache: FxHashMap<(ObjId, super::names::Name), Option<Value>>,
    pub(super) cache_epoch: u64,
}

impl Deref for Vm {
    type Target = State;
    fn deref(&self) -> &State {
        &self.state
    }
}

impl DerefMut for Vm {
    fn deref_mut(&mut self) -> &mut State {
        &mut self.state
    }
}
