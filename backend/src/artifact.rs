//! From a split program to the bytes of an artifact.

use crate::device::decide::{Decided, Refusal, decide};
use crate::device::{self, DeviceCode, Launch};
use crate::host::{self, HostError, Sites};
use crate::kernel::{self, ArgForm, KernelError, Kernels, Target};
use crate::link::{LinkError, Linked, Objects};
use crate::memory::{self, Needs, Plan};
use braid_ir::program::{Arg, HostEnd, Instr, Program};
use braid_ir::{Loc, OpId, TensorType, Term, WeightId};
use braid_runtime::{artifact, cpu, imports, manifest};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

/// Alignment of every weight, in bytes.
const ALIGN: usize = 64;

/// What a compilation is told.
pub struct Options<'a> {
    /// The processor to compile for.
    pub target: Target,
    /// Devices to compile for besides: `cuda:sm_90`, `vulkan`.
    pub devices: &'a [String],
    /// Folder of kernels compiled before, if any is to be used.
    pub cache: Option<&'a Path>,
    /// Told how many of how many kernels are done.
    pub progress: &'a (dyn Fn(usize, usize) + Sync),
}

impl Options<'static> {
    /// For this machine, without a cache, silently.
    ///
    /// # Errors
    /// If LLVM cannot generate code for this machine.
    pub fn native() -> Result<Options<'static>, CompileError> {
        Ok(Options { target: Target::native()?, devices: &[], cache: None, progress: &|_, _| {} })
    }
}

/// Why a program cannot be compiled.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// In a subnet.
    #[error(transparent)]
    Kernel(#[from] KernelError),
    /// In the host program.
    #[error(transparent)]
    Host(#[from] HostError),
    /// When joining the two.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// When writing it down.
    #[error("{0}")]
    Encode(String),
}

impl CompileError {
    /// The user's line, if the error has one.
    pub fn loc(&self) -> Option<Loc> {
        match self {
            CompileError::Kernel(KernelError::Operator { loc, .. }) => Some(*loc),
            CompileError::Host(HostError::Term { loc, .. } | HostError::Routine { loc, .. }) => Some(*loc),
            _ => None,
        }
    }
}

/// Compiles a split program to the bytes of an artifact.
///
/// # Errors
/// If it holds something that cannot be compiled.
pub fn compile_program(program: &Program, options: &Options) -> Result<Vec<u8>, CompileError> {
    let kernels = kernel::compile(program, &options.target, options.cache, options.progress)?;
    let target = manifest::Target { cpu: options.target.cpu.clone(), features: features(&options.target) };
    let devices = options.devices.iter().map(|name| device::compile(program, name));
    assemble(program, &kernels, target, &devices.collect::<Result<Vec<_>, _>>()?)
}

/// Joins compiled kernels, the host program, the weights and the code for devices.
///
/// # Errors
/// If the host program holds something that cannot be compiled.
pub fn assemble(
    program: &Program,
    kernels: &Kernels,
    target: manifest::Target,
    devices: &[DeviceCode],
) -> Result<Vec<u8>, CompileError> {
    // One plan serves the CPU and every device.
    let needs: Vec<Needs> = kernels
        .subnets
        .iter()
        .enumerate()
        .map(|(subnet, code)| Needs {
            scratch_bytes: devices
                .iter()
                .fold(code.scratch_bytes, |most, device| most.max(device.subnets[subnet].scratch_bytes)),
            in_place: code.in_place.clone(),
        })
        .collect();
    let plan = memory::plan(program, &needs);
    let sites = Sites::of(program, &plan)?;
    let weights = Weights::collect(program, kernels, !devices.is_empty())?;
    let decided = decided(program, devices);
    let own = decided.as_ref().map(|decided| {
        memory::plan_settled(&decided.program, &graph_needs(decided, &needs, devices), &decided.settled)
    });
    let graphed = decided.as_ref().ok().zip(own.as_ref().ok());
    let graphed = graphed.map(|(decided, plan)| host::Graphed { decided, plan });
    let (linked, flags) = link(program, kernels, &plan, graphed.as_ref(), &sites, &weights, devices)?;
    let mut manifest = sites.manifest;
    manifest.name = program.name.clone();
    manifest.files = program.files.clone();
    manifest.subnets = subnets(program, kernels);
    // The same memory serves both forms of the host program; they do not run at the same time.
    manifest.arena_bytes = own.as_ref().map_or(0, |own| own.arena_bytes).max(plan.arena_bytes);
    manifest.slots = own.as_ref().map_or(0, |own| own.slots).max(plan.slots);
    manifest.weights = weights.entries;
    manifest.image = linked.layout;
    manifest.image.entry = linked.symbols[host::ENTRY];
    manifest.image.entry_traced = linked.symbols[host::ENTRY_TRACED];
    manifest.target = target;
    let mut code = Vec::new();
    for (number, device) in devices.iter().enumerate() {
        code.resize(code.len().next_multiple_of(ALIGN), 0);
        let entry = linked.symbols[&host::device_entry(number)];
        let graph = match &decided {
            Ok(decided) => Ok(manifest::Graph {
                entry: linked.symbols[&host::graph_entry(number)],
                flags,
                parts: device.parts.clone(),
                decided: decided.gates(program),
            }),
            Err(Refusal { why, loc }) => Err(manifest::Obstacle { why: why.clone(), loc: host::loc(*loc) }),
        };
        manifest.devices.push(describe_device(device, entry, graph, code.len() as u64));
        code.extend_from_slice(&device.code);
    }
    artifact::encode(&manifest, &linked.bytes, &weights.bytes, &code).map_err(CompileError::Encode)
}

/// What the manifest says of a device; its code starts at `offset` of the section.
fn describe_device(
    device: &DeviceCode,
    entry: u64,
    graph: Result<manifest::Graph, manifest::Obstacle>,
    offset: u64,
) -> manifest::Device {
    let kernels =
        device.kernels.iter().map(|k| manifest::Kernel { offset: offset + k.offset, ..k.clone() }).collect();
    let launch = |launch: &Launch| manifest::Launch {
        kernel: launch.kernel as u32,
        grid: launch.grid.map(|count| count.to_string()),
        floor_bytes: launch.buffers.iter().fold(Term::int(0), |sum, b| sum + b.bytes).to_string(),
        floor_flops: launch.flops.to_string(),
    };
    let subnets = device.subnets.iter().map(|s| s.launches.iter().map(launch).collect()).collect();
    manifest::Device {
        target: device.target.clone(),
        entry,
        kernels,
        subnets,
        library: device.library.clone(),
        graph,
    }
}

/// The program as devices decide it, if there are devices that have all its subnets.
fn decided(program: &Program, devices: &[DeviceCode]) -> Result<Decided, Refusal> {
    let refuse = |why: &str| Err(Refusal { why: why.to_string(), loc: Loc::default() });
    if devices.is_empty() {
        return refuse("there is no device");
    }
    let decided = decide(program)?;
    if devices.iter().any(|device| device.subnets.len() < decided.program.subnets.len()) {
        return refuse("the device does not compute integers");
    }
    Ok(decided)
}

/// What the memory plan of a decided program must know of its subnets.
fn graph_needs(decided: &Decided, needs: &[Needs], devices: &[DeviceCode]) -> Vec<Needs> {
    let scratch = |subnet: usize| devices.iter().map(move |device| device.subnets[subnet].scratch_bytes);
    let further = (needs.len()..decided.program.subnets.len()).map(|subnet| Needs {
        scratch_bytes: scratch(subnet).fold(Term::int(0), |most, bytes| most.max(bytes)),
        in_place: vec![None],
    });
    needs.iter().cloned().chain(further).collect()
}

fn link(
    program: &Program,
    kernels: &Kernels,
    plan: &Plan,
    graphed: Option<&host::Graphed>,
    sites: &Sites,
    weights: &Weights,
    devices: &[DeviceCode],
) -> Result<(Linked, u32), CompileError> {
    let mut objects = Objects::default();
    for object in &kernels.objects {
        objects.add_elf(object)?;
    }
    let symbols: Vec<String> = kernels.subnets.iter().map(|code| code.symbol.clone()).collect();
    let packed = |subnet: usize, position: usize, weight: WeightId| {
        weights.offsets[&(weight, kernels.subnets[subnet].args[position].clone())]
    };
    let plain = |weight: WeightId| weights.offsets[&(weight, ArgForm::Plain)];
    let (symbols, packed, plain) = (&symbols, &packed, &plain);
    let input = host::Input { program, plan, sites, symbols, devices, packed, plain };
    let flags = host::compile(&input, graphed, &mut objects)?;
    Ok((objects.link(&|name| imports::names().any(|known| known == name))?, flags))
}

/// The weights section.
#[derive(Default)]
struct Weights {
    bytes: Vec<u8>,
    entries: Vec<manifest::Weight>,
    offsets: HashMap<(WeightId, ArgForm), u64>,
    /// The same tensor under two names is stored once.
    known: HashMap<(usize, ArgForm), u64>,
}

impl Weights {
    /// Packs every weight in every form in which it is read; those that are read as they are come first. A device reads all as
    /// they are.
    fn collect(program: &Program, kernels: &Kernels, device: bool) -> Result<Weights, CompileError> {
        let mut weights = Weights::default();
        let mut packed = Vec::new();
        for block in &program.blocks {
            for instr in &block.instrs {
                match instr {
                    Instr::Call { subnet, args, .. } => {
                        for (&arg, form) in args.iter().zip(&kernels.subnets[*subnet].args) {
                            match (arg, form) {
                                (Arg::Weight(weight), ArgForm::Packed(..)) => packed.push((weight, form)),
                                (Arg::Var(_), ArgForm::Packed(..)) => {
                                    let why =
                                        "a subnet wants a packed operand that is not a weight".to_string();
                                    return Err(HostError::Internal(why).into());
                                }
                                (_, ArgForm::Plain) => weights.add_plain(program, &[arg]),
                            }
                        }
                        if device {
                            weights.add_plain(program, args);
                        }
                    }
                    Instr::Library { args, .. } => weights.add_plain(program, args),
                    Instr::Load { from, .. } => weights.add_plain(program, &[*from]),
                    Instr::Compute { .. } | Instr::Store { .. } | Instr::Check { .. } => {}
                }
            }
            match &block.end {
                HostEnd::Jump(edge) => weights.add_plain(program, &edge.args),
                HostEnd::Branch { yes, no, .. } => {
                    weights.add_plain(program, &yes.args);
                    weights.add_plain(program, &no.args);
                }
                HostEnd::Return(args) | HostEnd::Fail { operands: args, .. } => {
                    weights.add_plain(program, args)
                }
            }
        }
        for (weight, form) in packed {
            weights.add(program, weight, form);
        }
        Ok(weights)
    }

    fn add_plain(&mut self, program: &Program, args: &[Arg]) {
        for &arg in args {
            if let Arg::Weight(weight) = arg {
                self.add(program, weight, &ArgForm::Plain);
            }
        }
    }

    fn add(&mut self, program: &Program, id: WeightId, form: &ArgForm) {
        if self.offsets.contains_key(&(id, form.clone())) {
            return;
        }
        let weight = &program.weights[id.index()];
        let tensor = Arc::as_ptr(&weight.data) as usize;
        let offset = match self.known.get(&(tensor, form.clone())) {
            Some(&offset) => offset,
            None => {
                let bytes = kernel::pack(form, &weight.data);
                self.bytes.resize(self.bytes.len().next_multiple_of(ALIGN), 0);
                let offset = self.bytes.len() as u64;
                self.bytes.extend_from_slice(&bytes);
                self.known.insert((tensor, form.clone()), offset);
                self.entries.push(manifest::Weight {
                    name: weight.name.clone(),
                    ty: TensorType::fixed(weight.data.dtype(), weight.data.shape()).to_string(),
                    packed: *form != ArgForm::Plain,
                    offset,
                    bytes: bytes.len() as u64,
                });
                offset
            }
        };
        self.offsets.insert((id, form.clone()), offset);
    }
}

/// Every subnet in a few words.
fn subnets(program: &Program, kernels: &Kernels) -> Vec<manifest::Subnet> {
    let describe = |(subnet, code): (&braid_ir::program::Subnet, &kernel::SubnetCode)| {
        let net = &subnet.net;
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let ops: Vec<OpId> = net.block(braid_ir::Net::ENTRY).ops.clone();
        for op in ops {
            *counts.entry(net.op(op).spec.name).or_default() += 1;
        }
        let words: Vec<String> = counts
            .iter()
            .map(|(name, n)| if *n == 1 { name.to_string() } else { format!("{n} {name}") })
            .collect();
        manifest::Subnet { summary: words.join(", "), scratch: code.scratch_bytes.to_string() }
    };
    program.subnets.iter().zip(&kernels.subnets).map(describe).collect()
}

/// What a processor must have to run the code, as far as the runtime can test for it. What it cannot test for, vector
/// code does not use.
fn features(target: &Target) -> Vec<String> {
    let explicit: Vec<String> = target
        .features
        .split(',')
        .filter_map(|f| f.strip_prefix('+'))
        .filter(|f| cpu::KNOWN.contains(f))
        .map(str::to_string)
        .collect();
    if !explicit.is_empty() {
        return explicit;
    }
    level(&target.cpu).iter().flat_map(|group| group.iter()).map(|f| f.to_string()).collect()
}

const V2: &[&str] = &["sse3", "ssse3", "sse4.1", "sse4.2", "popcnt"];
const AVX: &[&str] = &["avx"];
const V3: &[&str] = &["avx", "avx2", "bmi", "bmi2", "f16c", "fma", "lzcnt", "movbe"];
const V4: &[&str] = &["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"];
const ICE: &[&str] =
    &["avx512ifma", "avx512vbmi", "avx512vbmi2", "avx512vnni", "avx512bitalg", "avx512vpopcntdq"];
const BF16: &[&str] = &["avx512bf16"];

/// The features that vector code for a processor of this name may use.
fn level(cpu: &str) -> &'static [&'static [&'static str]] {
    match cpu {
        "x86-64-v2" | "nehalem" | "westmere" => &[V2],
        "sandybridge" => &[V2, AVX],
        "ivybridge" => &[V2, AVX, &["f16c"]],
        "btver2" => &[V2, AVX, &["f16c", "bmi", "lzcnt", "movbe", "sse4a"]],
        "znver1" | "znver2" | "znver3" => &[V2, V3, &["sse4a"]],
        "x86-64-v4" | "skylake-avx512" => &[V2, V3, V4],
        "cascadelake" => &[V2, V3, V4, &["avx512vnni"]],
        "cooperlake" => &[V2, V3, V4, &["avx512vnni"], BF16],
        "cannonlake" => &[V2, V3, V4, &["avx512ifma", "avx512vbmi"]],
        "icelake-client" | "icelake-server" | "tigerlake" | "rocketlake" => &[V2, V3, V4, ICE],
        "sapphirerapids" | "emeraldrapids" | "graniterapids" => {
            &[V2, V3, V4, ICE, BF16, &["avx512fp16", "avxvnni"]]
        }
        "znver4" | "znver5" => &[V2, V3, V4, ICE, BF16, &["sse4a"]],
        "alderlake" | "raptorlake" | "meteorlake" => &[V2, V3, &["avxvnni"]],
        _ => &[V2, V3],
    }
}
