//! The host program to native code, by way of Cranelift, which is named in this module alone.
//!
//! `entry(ctx)` runs the whole control flow: it computes integer terms in registers, fills small arrays of pointers, calls
//! subnets directly and branches on bytes that they wrote. It is compiled once as it is and once with reports to the
//! runtime, so that nothing is asked on the fast path; and once more for each kind of device ([`launch`]), where pointers are
//! the device's addresses, a call of a subnet is launches of kernels, and what it decides by is read back.
//!
//! [`tape`] compiles straight-line programs over floats.
//!
//! Invariant: a gate costs a load and a branch; no call and no flag is on the way.

mod graph;
mod launch;
mod lower;
mod sites;
pub mod tape;
mod terms;

pub use sites::{Sites, loc};

use crate::device::DeviceCode;
use crate::device::decide::Decided;
use crate::link::{self, LinkError, Objects, Reference, Section, Target};
use crate::memory::Plan;
use braid_ir::program::{Arg, Program};
use braid_ir::{Loc, WeightId};
use cranelift_codegen::binemit::Reloc;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::{ExternalName, Function, Signature, UserExternalName, UserFuncName};
use cranelift_codegen::isa::{CallConv, OwnedTargetIsa};
use cranelift_codegen::settings::{self, Configurable};
use cranelift_codegen::{Context, FinalizedRelocTarget, ir};
use std::collections::HashMap;

/// Why a host program cannot be compiled.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// A term with an operation that the host program does not compute.
    #[error("{term}: {op} of {dtype} is not supported in arithmetic on sizes and conditions")]
    Term {
        /// The term.
        term: String,
        /// The operation.
        op: String,
        /// The type that it is applied to.
        dtype: String,
        /// The user's line.
        loc: Loc,
    },
    /// A library call that the runtime does not have.
    #[error("{op} cannot be compiled: the runtime has no routine {kernel}")]
    Routine {
        /// The operator.
        op: String,
        /// The routine.
        kernel: String,
        /// The user's line.
        loc: Loc,
    },
    /// A mistake of this compiler.
    #[error("internal error: {0}")]
    Internal(String),
}

/// Where the host program is found in the linked image.
pub const ENTRY: &str = "host";
/// The same with reports.
pub const ENTRY_TRACED: &str = "host_traced";

/// The host program for device number `device`.
pub fn device_entry(device: usize) -> String {
    format!("host_device_{device}")
}

/// The host program that records graphs for device number `device`.
pub fn graph_entry(device: usize) -> String {
    format!("host_graph_{device}")
}

/// What the host program is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// The CPU.
    Plain,
    /// The CPU, with reports.
    Traced,
    /// Device number so-and-so, with reports.
    Device(usize),
    /// Graphs for device number so-and-so.
    Graph(usize),
}

impl Form {
    /// The function that stands for a subnet.
    fn symbol(self, input: &Input, subnet: usize) -> String {
        match self {
            Form::Plain | Form::Traced => input.symbols[subnet].clone(),
            Form::Device(device) | Form::Graph(device) => launch::symbol(device, subnet),
        }
    }
}

/// Everything that the host program is compiled from.
pub struct Input<'a> {
    /// The program.
    pub program: &'a Program,
    /// Where its buffers live.
    pub plan: &'a Plan,
    /// What it hands to the runtime.
    pub sites: &'a Sites,
    /// Symbols of the subnets' code.
    pub symbols: &'a [String],
    /// Devices that it is compiled for besides the CPU.
    pub devices: &'a [DeviceCode],
    /// Offset in the weights section of argument number `.1` of a call of subnet `.0`.
    pub packed: &'a dyn Fn(usize, usize, WeightId) -> u64,
    /// Offset in the weights section of a weight as everything but subnets reads it.
    pub plain: &'a dyn Fn(WeightId) -> u64,
}

/// A program that devices decide, and where its buffers live.
pub struct Graphed<'a> {
    /// The program.
    pub(crate) decided: &'a Decided,
    /// Its own memory plan.
    pub(crate) plan: &'a Plan,
}

/// Compiles the host program and adds it to the objects; the number of flags that graphs need.
///
/// # Errors
/// If it computes something that is not supported.
pub fn compile(input: &Input, graphed: Option<&Graphed>, objects: &mut Objects) -> Result<u32, HostError> {
    check(input.program)?;
    let isa = isa()?;
    let mut entries = vec![(Form::Plain, ENTRY.to_string()), (Form::Traced, ENTRY_TRACED.to_string())];
    entries.extend((0..input.devices.len()).map(|device| (Form::Device(device), device_entry(device))));
    for (form, name) in entries {
        let mut function = empty();
        let (names, _) = lower::lower(input, form, None, &mut function, isa.frontend_config())?;
        add(&isa, function, &names, &name, objects)?;
    }
    let mut flags = 0;
    let mut subnets = &input.program.subnets;
    if let Some(Graphed { decided, plan }) = graphed {
        check(&decided.program)?;
        subnets = &decided.program.subnets;
        let input = Input { program: &decided.program, plan, ..*input };
        for device in 0..input.devices.len() {
            let mut function = empty();
            let form = Form::Graph(device);
            let config = isa.frontend_config();
            let (names, count) = lower::lower(&input, form, Some(decided), &mut function, config)?;
            add(&isa, function, &names, &graph_entry(device), objects)?;
            flags = flags.max(count);
        }
    }
    for (device, code) in input.devices.iter().enumerate() {
        for (number, (subnet, launched)) in subnets.iter().zip(&code.subnets).enumerate() {
            let mut function = empty();
            launch::lower(&subnet.dims, launched, &mut function, isa.frontend_config())?;
            add(&isa, function, &HashMap::new(), &launch::symbol(device, number), objects)?;
        }
    }
    Ok(flags)
}

fn empty() -> Function {
    Function::with_name_signature(UserFuncName::default(), Signature::new(CallConv::SystemV))
}

/// Checks what the lowering takes for granted.
fn check(program: &Program) -> Result<(), HostError> {
    let internal = |what: &str| Err(HostError::Internal(what.to_string()));
    if program.blocks.is_empty() {
        return internal("a program without blocks");
    }
    for block in 0..program.blocks.len() {
        for edge in crate::memory::edges(program, block) {
            let Some(target) = program.blocks.get(edge.block) else { return internal("a jump to nowhere") };
            if edge.block == 0 {
                return internal("a jump to the entry");
            }
            if target.params.len() != edge.args.len() {
                return internal("a jump with another number of arguments than the block has parameters");
            }
            for (arg, param) in edge.args.iter().zip(&target.params) {
                let weight = matches!(arg, Arg::Weight(_));
                if weight && !matches!(program.vars[param.index()], braid_ir::program::Var::Buffer(_)) {
                    return internal("a weight passed for a register");
                }
            }
        }
    }
    Ok(())
}

fn isa() -> Result<OwnedTargetIsa, HostError> {
    let internal = |e: String| HostError::Internal(format!("Cranelift: {e}"));
    let mut flags = settings::builder();
    for (name, value) in [
        ("opt_level", "speed"),
        ("is_pic", "true"),
        ("unwind_info", "false"),
        ("enable_probestack", "false"),
        ("enable_verifier", if cfg!(debug_assertions) { "true" } else { "false" }),
    ] {
        flags.set(name, value).map_err(|e| internal(e.to_string()))?;
    }
    let mut builder = cranelift_codegen::isa::lookup_by_name("x86_64-unknown-linux-gnu")
        .map_err(|e| internal(e.to_string()))?;
    // Every processor that `--cpu` names has these; without them rounding would be a call.
    for feature in ["has_sse3", "has_ssse3", "has_sse41", "has_sse42"] {
        builder.enable(feature).map_err(|e| internal(e.to_string()))?;
    }
    builder.finish(settings::Flags::new(flags)).map_err(|e| internal(e.to_string()))
}

/// Generates code for a function and adds it as a section.
fn add(
    isa: &OwnedTargetIsa,
    function: Function,
    names: &HashMap<UserExternalName, String>,
    name: &str,
    objects: &mut Objects,
) -> Result<(), HostError> {
    let internal = |e: String| HostError::Internal(format!("Cranelift: {e}"));
    let mut context = Context::for_function(function);
    let code = context
        .compile(&**isa, &mut ControlPlane::default())
        .map_err(|e| internal(format!("{:?}", e.inner)))?;
    let mut section = Section {
        bytes: code.code_buffer().to_vec(),
        align: u64::from(code.buffer.alignment.max(16)),
        code: true,
        references: vec![],
    };
    let relocs: Vec<_> = code.buffer.relocs().to_vec();
    for reloc in relocs {
        let form = match reloc.kind {
            Reloc::X86CallPCRel4 | Reloc::X86CallPLTRel4 | Reloc::X86PCRel4 => link::Form::Relative32,
            other => return Err(internal(format!("a relocation of kind {other:?}"))),
        };
        let to = match &reloc.target {
            FinalizedRelocTarget::ExternalName(ExternalName::User(reference)) => {
                let user = &context.func.params.user_named_funcs()[*reference];
                names.get(user).cloned().ok_or_else(|| internal(format!("unknown function {user}")))?
            }
            other => return Err(internal(format!("a reference to {other:?}"))),
        };
        section.references.push(Reference {
            at: u64::from(reloc.offset),
            form,
            to: Target::Symbol(to),
            addend: reloc.addend,
        });
    }
    objects
        .define(name, objects.sections.len(), 0)
        .map_err(|e: LinkError| HostError::Internal(e.to_string()))?;
    objects.sections.push(section);
    Ok(())
}

/// The signature of a function of pointers and integers.
fn signature(params: &[ir::Type], result: Option<ir::Type>) -> Signature {
    let mut signature = Signature::new(CallConv::SystemV);
    signature.params.extend(params.iter().map(|&t| ir::AbiParam::new(t)));
    signature.returns.extend(result.map(ir::AbiParam::new));
    signature
}
