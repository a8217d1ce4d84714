//! Kernels: subnets to object code.
//!
//! The stations, in order: [`graph`] makes one loop nest per operator from the operator table, [`fuse`] joins them, [`nest`]
//! lowers them to buffers and addresses, [`plan`] orders them and lays out scratch memory, [`schedule`] decides what runs in
//! vectors, [`emit`] writes MLIR text, [`mlir`] and [`llvm`] make machine code of it. Nests of equal text are compiled once.
//!
//! Nothing here names a tensor operator, and nothing of MLIR or LLVM leaks out.

pub(crate) mod cache;
mod driver;
pub(crate) mod emit;
pub(crate) mod form;
pub(crate) mod fuse;
pub(crate) mod graph;
mod imports;
pub(crate) mod index;
mod llvm;
pub(crate) mod mlir;
pub(crate) mod nest;
mod pad;
pub(crate) mod plan;
mod product;
mod schedule;
mod target;
mod worker;

#[cfg(test)]
mod tests;

pub use emit::{Source, Strip};
pub use imports::{IMPORTS, import_of};
pub use llvm::{Access, HOOKS, Retargeted, Shared, entry, retarget};
pub use product::Packing;
pub use target::Target;

use braid_ir::program::{Arg, Instr, Program, Subnet};
use braid_ir::{DType, Loc, Net, Tensor, Term};
use driver::Call;
use graph::Graph;
use plan::Plan;
use rayon::prelude::*;
use schedule::Schedule;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Why kernels cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum KernelError {
    /// `--cpu` names no processor.
    #[error("there is no CPU named {cpu}; known are native, {known}")]
    UnknownCpu {
        /// What was asked for.
        cpu: String,
        /// What there is.
        known: String,
    },
    /// An operator that has no loop nest, or refuses its operands.
    #[error("{op}: {why}")]
    Operator {
        /// The operator.
        op: String,
        /// What is wrong.
        why: String,
        /// The user's line.
        loc: Loc,
    },
    /// An element type that the processor cannot compute with.
    #[error(
        "{cpu} has no instructions for f16; choose x86-64-v3 or newer with --cpu, or convert the model to f32"
    )]
    HalfFloats {
        /// The processor.
        cpu: String,
    },
    /// `--target` names no device.
    #[error("there is no target named {target}; known are {known}")]
    UnknownDevice {
        /// What was asked for.
        target: String,
        /// What there is.
        known: String,
    },
    /// A function that only the CPU's runtime has.
    #[error("a kernel needs {function}, which devices do not have")]
    Device {
        /// Its name.
        function: String,
    },
    /// LLVM has no way to report what is wrong; a mistake of this backend, or LLVM's.
    #[error("internal error: LLVM gives up on {name}: {why}")]
    GaveUp {
        /// What was being compiled.
        name: String,
        /// What LLVM says.
        why: String,
    },
    /// Code objects are made by LLVM's linker.
    #[error("{linker}, which makes code objects, fails: {why}")]
    Linker {
        /// The program.
        linker: String,
        /// What it says.
        why: String,
    },
    /// There is no linker.
    #[error("code for amdgpu needs LLVM's linker: install lld-22, or name an ld.lld in BRAID_LLD")]
    NoLinker,
    /// A mistake of this backend.
    #[error("internal error: {0}")]
    Internal(String),
}

impl KernelError {
    fn internal(why: &str) -> KernelError {
        KernelError::Internal(why.to_string())
    }
}

/// The code of a program's subnets.
#[derive(Clone, Debug, Default)]
pub struct Kernels {
    /// Relocatable x86-64 ELF objects, position independent. They refer to each other's functions and to [`IMPORTS`].
    pub objects: Vec<Vec<u8>>,
    /// One per subnet of the program.
    pub subnets: Vec<SubnetCode>,
}

/// The code of one subnet.
#[derive(Clone, Debug)]
pub struct SubnetCode {
    /// `extern "C" fn(args: *const *const u8, results: *const *mut u8, dims: *const i64, scratch: *mut u8)`. All pointers are
    /// 64-byte aligned.
    pub symbol: String,
    /// Bytes of scratch memory, over the subnet's symbols.
    pub scratch_bytes: Term,
    /// In which form each parameter is passed.
    pub args: Vec<ArgForm>,
    /// For each result the argument whose memory it may share.
    pub in_place: Vec<Option<usize>>,
}

/// The form in which a tensor is passed to a subnet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ArgForm {
    /// Dense and row-major.
    Plain,
    /// A weight of elements of so many bytes, packed for the loops that use it.
    Packed(Packing, usize),
}

/// The bytes of a weight in a form.
pub fn pack(form: &ArgForm, weight: &Tensor) -> Vec<u8> {
    match form {
        ArgForm::Plain => weight.bytes().to_vec(),
        ArgForm::Packed(packing, size) => packing.pack(weight.bytes(), *size),
    }
}

/// Compiles every subnet of a program. Objects are looked for and kept in the folder `cache`, if one is given; `progress` is
/// told how many of how many kernels are done.
///
/// # Errors
/// If a subnet holds an operator that is not index math.
pub fn compile(
    program: &Program,
    target: &Target,
    cache: Option<&Path>,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Kernels, KernelError> {
    // Text of every function by its symbol: nests of equal text are one kernel.
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    let mut subnets = Vec::new();
    for (i, subnet) in program.subnets.iter().enumerate() {
        let constant = constant_params(program, i);
        subnets.push(lower(&format!("subnet_{i}"), subnet, &constant, target, &mut texts)?);
    }
    let texts: Vec<(String, String)> = texts.into_iter().collect();
    let done = AtomicUsize::new(0);
    let objects = texts
        .par_iter()
        .map_init(
            || None,
            |compiler, (name, text)| {
                let object = match cache.and_then(|folder| cache::load(folder, text, target)) {
                    Some(object) => object,
                    None => {
                        let compiler = compiler.get_or_insert_with(mlir::Compiler::new);
                        let object = compiler.compile(name, text, target, llvm::Code::Object)?;
                        if let Some(folder) = cache {
                            cache::store(folder, text, target, &object);
                        }
                        object
                    }
                };
                progress(done.fetch_add(1, Ordering::Relaxed) + 1, texts.len());
                Ok(object)
            },
        )
        .collect::<Result<Vec<_>, KernelError>>()?;
    Ok(Kernels { objects, subnets })
}

/// Compiles the chunks of a tape, on all cores; the code of chunk `c` is called `chunk_c`.
///
/// # Errors
/// If MLIR or LLVM fail, which is a mistake of this compiler.
pub fn compile_strip(strip: &Strip, target: &Target) -> Result<Vec<Vec<u8>>, KernelError> {
    let compile = |compiler: &mut mlir::Compiler, (number, chunk)| {
        let name = format!("chunk_{number}");
        let text = emit::emit_chunk(&name, strip, chunk, target);
        compiler.compile(&name, &text, target, llvm::Code::Object)
    };
    strip.source.plan.chunks.par_iter().enumerate().map_init(mlir::Compiler::new, compile).collect()
}

/// Writes the text of a subnet's kernels and of its entry.
fn lower(
    symbol: &str,
    subnet: &Subnet,
    constant: &[bool],
    target: &Target,
    texts: &mut BTreeMap<String, String>,
) -> Result<SubnetCode, KernelError> {
    let mut graph = Graph::new(&subnet.net, &subnet.dims)?;
    let mut plan = Plan::new(&mut graph);
    let mut forms: Vec<Option<Packing>> = vec![None; graph.params.len()];
    let mut schedules: Vec<Schedule> = Vec::new();
    while schedules.len() < plan.nests.len() {
        let i = schedules.len();
        match product::arrange(&mut plan, i, target, constant, &mut forms) {
            Some((at, product)) => {
                // Nests that pack have come before it.
                schedules.extend(plan.nests[i..at].iter().map(|packer| Schedule::of(packer, target)));
                schedules.push(Schedule::Product(product));
            }
            None => schedules.push(Schedule::of(&plan.nests[i], target)),
        }
    }
    plan.place();
    let sizes = plan.temps.iter().map(|temp| temp.offset).chain([plan.scratch]);
    let mentioned = plan.nests.iter().flat_map(|nest| nest.terms()).chain(sizes).flat_map(|t| t.syms());
    if let Some(unknown) = mentioned.into_iter().find(|sym| !subnet.dims.contains(sym)) {
        return Err(KernelError::Internal(format!(
            "{symbol} uses the symbol {}, which no call passes",
            unknown.name()
        )));
    }
    let mut calls = Vec::new();
    for (nest, schedule) in plan.nests.iter().zip(&schedules) {
        if !target.half() && nest.terms().any(|t| t.postorder().iter().any(|t| t.dtype() == DType::F16)) {
            return Err(KernelError::HalfFloats { cpu: target.cpu.clone() });
        }
        let kernel = emit::emit(nest, schedule, target);
        let name = format!("kernel_{:032x}", cache::hash(&[kernel.text.as_bytes()]));
        texts.entry(name.clone()).or_insert_with(|| kernel.text.replace(emit::NAME, &format!("@{name}")));
        calls.push(Call { kernel: name, target: nest.target, pointers: kernel.pointers, dims: kernel.dims });
    }
    texts.insert(symbol.to_string(), driver::emit(symbol, &plan, &calls, &subnet.dims, target));
    Ok(SubnetCode {
        symbol: symbol.to_string(),
        scratch_bytes: plan.scratch,
        args: forms
            .into_iter()
            .zip(&graph.params)
            .map(|(form, ty)| {
                form.map_or(ArgForm::Plain, |packing| ArgForm::Packed(packing, ty.dtype.size()))
            })
            .collect(),
        in_place: vec![None; graph.results.len()],
    })
}

/// Which parameters of a subnet are weights in every call of it.
fn constant_params(program: &Program, subnet: usize) -> Vec<bool> {
    let calls: Vec<&[Arg]> = program
        .blocks
        .iter()
        .flat_map(|block| &block.instrs)
        .filter_map(|instr| match instr {
            Instr::Call { subnet: called, args, .. } if *called == subnet => Some(args.as_slice()),
            _ => None,
        })
        .collect();
    let params = program.subnets[subnet].net.block(Net::ENTRY).params.len();
    (0..params)
        .map(|p| !calls.is_empty() && calls.iter().all(|args| matches!(args[p], Arg::Weight(_))))
        .collect()
}
