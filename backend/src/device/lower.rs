//! Subnets to launches: each nest of a subnet's plan one kernel, equal kernels once.

use super::attention;
use super::decide::decide;
use super::join::join;
use super::schedule::{Abilities, schedule};
use super::{Assembled, Buffer, DeviceCode, DeviceSubnet, Launch, Place, amd, nvidia, routines, spirv};
use crate::kernel::emit::{self, Parameters, Routine};
use crate::kernel::form::Form;
use crate::kernel::graph::Graph;
use crate::kernel::mlir::Compiler;
use crate::kernel::nest::{Nest, Slot};
use crate::kernel::plan::Plan;
use crate::kernel::{KernelError, Target, cache};
use braid_ir::program::{Instr, Program, Subnet};
use braid_ir::term::Node;
use braid_ir::{DType, ScalarOp, Term};
use braid_runtime::manifest;
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

/// A kind of device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Vulkan,
    Nvidia(&'static nvidia::Chip),
    Amd(&'static amd::Chip),
}

impl Kind {
    pub(super) fn named(target: &str) -> Result<Kind, KernelError> {
        let (vendor, chip) = target.split_once(':').unwrap_or((target, ""));
        let kind = match vendor {
            "vulkan" if vendor == target => Some(Kind::Vulkan),
            "cuda" => nvidia::chip(chip).map(Kind::Nvidia),
            "amdgpu" => amd::chip(chip).map(Kind::Amd),
            _ => None,
        };
        kind.ok_or_else(|| {
            let known = super::targets().join(", ");
            KernelError::UnknownDevice { target: target.to_string(), known }
        })
    }

    pub(super) fn parameters(self) -> Parameters {
        match self {
            Kind::Vulkan => Parameters::Buffers,
            Kind::Nvidia(_) | Kind::Amd(_) => Parameters::Pointers,
        }
    }

    fn abilities(self) -> Abilities {
        let (nvidia, amd) = (matches!(self, Kind::Nvidia(_)), matches!(self, Kind::Amd(_)));
        let groups = matches!(self, Kind::Nvidia(chip) if chip.name == "sm_90a");
        Abilities { narrow: nvidia || amd, vectors: nvidia || amd, units: nvidia, groups, copies: nvidia }
    }

    fn assemble(
        self,
        compiler: &Compiler,
        kernel: &manifest::Kernel,
        text: &str,
    ) -> Result<Assembled, KernelError> {
        match self {
            Kind::Vulkan => spirv::assemble(compiler, &kernel.name, text),
            Kind::Nvidia(chip) => nvidia::assemble(compiler, &kernel.name, text, chip),
            Kind::Amd(chip) => amd::assemble(compiler, kernel, text, chip),
        }
    }
}

/// Kernels in order of their numbers, and the numbers by text.
#[derive(Default)]
struct Kernels {
    found: Vec<(manifest::Kernel, String)>,
    numbers: HashMap<String, usize>,
}

impl Kernels {
    /// The number of the kernel of this text, which is described so but for its name and place.
    fn number(&mut self, text: &str, described: manifest::Kernel) -> usize {
        if let Some(&number) = self.numbers.get(text) {
            return number;
        }
        let name = format!("kernel_{:032x}", cache::hash(&[text.as_bytes()]));
        let named = text.replace(emit::NAME, &format!("@{name}"));
        self.found.push((manifest::Kernel { name, ..described }, named));
        self.numbers.insert(text.to_string(), self.found.len() - 1);
        self.found.len() - 1
    }

    /// The number of a routine's kernel.
    fn routine(&mut self, routine: Routine, kind: Kind) -> u32 {
        let kernel = emit::emit_routine(routine, &Target::device(), kind.parameters());
        let described = manifest::Kernel {
            workgroup: [kernel.threads, 1, 1],
            shared_bytes: kernel.workgroup_bytes as u32,
            buffers: kernel.buffers as u32,
            ints: kernel.ints as u32,
            ..manifest::Kernel::default()
        };
        self.number(&kernel.text, described) as u32
    }
}

/// Compiles a program's subnets for a device: `cuda:sm_90`, `vulkan`, `amdgpu:gfx942`.
///
/// # Errors
/// If there is no such device, or a subnet holds an operator that it does not have.
pub fn compile(program: &Program, target: &str) -> Result<DeviceCode, KernelError> {
    let kind = Kind::named(target)?;
    let mut kernels = Kernels::default();
    let subnets = super::subnets(program);
    let subnets =
        subnets.iter().map(|subnet| lower(subnet, kind, &mut kernels)).collect::<Result<Vec<_>, _>>()?;
    let mut routine = |routine| kernels.routine(routine, kind);
    let library = library(program, &mut routine);
    // Nodes that run on a condition are NVIDIA's.
    let parts = match kind {
        Kind::Vulkan if decide(program).is_ok() => routines::PARTS.map(routine).to_vec(),
        _ => vec![],
    };
    let (kernels, code, times) = assemble_all(kernels.found, kind)?;
    Ok(DeviceCode { target: target.to_string(), kernels, code, times, subnets, parts, library })
}

/// The code of kernels, each with its text, and the kernels with their places in it; and what each took.
///
/// # Errors
/// As the code generator.
pub(super) fn assemble_all(
    found: Vec<(manifest::Kernel, String)>,
    kind: Kind,
) -> Result<(Vec<manifest::Kernel>, Vec<u8>, Vec<Duration>), KernelError> {
    let assemble = |compiler: &mut Compiler, (kernel, text): &(manifest::Kernel, String)| {
        let start = Instant::now();
        Ok((kind.assemble(compiler, kernel, text)?, start.elapsed()))
    };
    let made = found.par_iter().map_init(Compiler::new, assemble).collect::<Result<Vec<_>, KernelError>>()?;
    let (codes, times): (Vec<Assembled>, Vec<Duration>) = made.into_iter().unzip();
    let mut code = Vec::new();
    let place = |((mut kernel, _), made): ((manifest::Kernel, String), Assembled)| {
        kernel.offset = code.len() as u64;
        kernel.bytes = made.code.len() as u64;
        kernel.registers = made.registers;
        code.extend(made.code);
        code.resize(code.len().next_multiple_of(16), 0);
        kernel
    };
    let kernels = found.into_iter().zip(codes).map(place).collect();
    Ok((kernels, code, times))
}

/// For each library call the numbers of its kernels.
fn library(program: &Program, routine: &mut dyn FnMut(Routine) -> u32) -> Vec<Vec<u32>> {
    let calls = program.blocks.iter().flat_map(|block| &block.instrs);
    let calls = calls.filter(|instr| matches!(instr, Instr::Library { .. }));
    calls.map(|call| routines::of(program, call).into_iter().map(&mut *routine).collect()).collect()
}

fn lower(subnet: &Subnet, kind: Kind, kernels: &mut Kernels) -> Result<DeviceSubnet, KernelError> {
    let mut graph = Graph::new(&subnet.net, &subnet.dims)?;
    let mut plan = Plan::new(&mut graph);
    let device = Target::device();
    attention::gather(&mut plan.nests, kind.abilities());
    let (forms, mut form_of) = schedule(&plan.nests, kind.abilities());
    let forms = join(forms, &mut form_of, &device, kind.parameters());
    // What one kernel writes lies apart from all that it reads, whichever of its workgroups is ahead. What stays within it needs no place.
    let buffers = |form: &Form| <[Vec<Slot>; 2]>::from(form.slots()).concat();
    let used: HashSet<Slot> = forms.iter().flat_map(buffers).collect();
    plan.place_by(|nest| form_of[nest], |slot| used.contains(&slot));
    let bytes = |shape: &[Term], dtype: DType| {
        shape.iter().fold(Term::int(1), |n, &d| n * d) * Term::from(dtype.size())
    };
    let buffer = |slot: Slot| match slot {
        Slot::Param(p) => {
            let ty = &graph.params[p];
            Buffer { place: Place::Param(p), bytes: bytes(&ty.shape, ty.dtype) }
        }
        Slot::Result(r) => {
            let result = graph.results[r];
            Buffer { place: Place::Result(r), bytes: bytes(graph.shape(result), graph.dtype(result)) }
        }
        Slot::Temp(t) => {
            let temp = &plan.temps[t];
            let bytes = temp.numel * Term::from(temp.dtype.size());
            Buffer { place: Place::Scratch(temp.offset), bytes }
        }
        Slot::Kept(_) => unreachable!("workgroup memory is no buffer"),
    };
    let mut launches = Vec::new();
    for form in &forms {
        let kernel = emit::emit_form(form, &device, kind.parameters())
            .map_err(|function| KernelError::Device { function: function.to_string() })?;
        let number = kernels.number(
            &kernel.text,
            manifest::Kernel {
                workgroup: [kernel.threads, 1, 1],
                shared_bytes: kernel.workgroup_bytes as u32,
                buffers: kernel.buffers.len() as u32,
                ints: kernel.dims.len() as u32,
                ..manifest::Kernel::default()
            },
        );
        launches.push(Launch {
            kernel: number,
            buffers: kernel.buffers.iter().map(|&slot| buffer(slot)).collect(),
            ints: kernel.dims.iter().map(|&sym| Term::sym(sym)).collect(),
            grid: kernel.grid,
            flops: form.nests().into_iter().map(flops).fold(Term::int(0), |sum, flops| sum + flops),
        });
    }
    Ok(DeviceSubnet { launches, scratch_bytes: plan.scratch })
}

/// The floating-point operations of a nest; conversions, selections and comparisons do not count.
fn flops(nest: &Nest) -> Term {
    let count = |term: Term| {
        let moved = |op: ScalarOp| matches!(op, ScalarOp::Cast(_) | ScalarOp::Select);
        let computes =
            |t: &&Term| t.dtype().is_float() && matches!(t.node(), Node::Apply(op, _) if !moved(op));
        Term::from(term.postorder().iter().filter(computes).count())
    };
    let points = |extents: &[Term]| extents.iter().fold(Term::int(1), |n, &d| n * d);
    let combine = Term::int(i64::from(nest.reduction.is_some() && nest.body.dtype().is_float()));
    let finish = nest.finish.map_or(Term::int(0), count);
    points(&nest.out) * ((count(nest.body) + combine) * points(&nest.reduce) + finish)
}
