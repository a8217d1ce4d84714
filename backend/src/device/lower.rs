//! Subnets to launches: each nest of a subnet's plan one kernel, equal kernels once.

use super::schedule::{Abilities, schedule};
use super::{Buffer, DeviceCode, DeviceSubnet, Launch, Place, nvidia, spirv};
use crate::kernel::emit::{self, Parameters};
use crate::kernel::graph::Graph;
use crate::kernel::mlir::Compiler;
use crate::kernel::nest::{Nest, Slot};
use crate::kernel::plan::Plan;
use crate::kernel::{KernelError, Target, cache};
use braid_ir::program::{Program, Subnet};
use braid_ir::term::Node;
use braid_ir::{DType, ScalarOp, Term};
use braid_runtime::manifest;
use rayon::prelude::*;
use std::collections::HashMap;

/// A kind of device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Vulkan,
    Nvidia(&'static nvidia::Chip),
}

impl Kind {
    fn named(target: &str) -> Result<Kind, KernelError> {
        let chip = target.strip_prefix("cuda:").and_then(nvidia::chip);
        match (target, chip) {
            ("vulkan", _) => Ok(Kind::Vulkan),
            (_, Some(chip)) => Ok(Kind::Nvidia(chip)),
            _ => {
                let known = nvidia::CHIPS.iter().map(|chip| format!("cuda:{}", chip.name));
                let known = known.chain(["vulkan".to_string()]).collect::<Vec<_>>().join(", ");
                Err(KernelError::UnknownDevice { target: target.to_string(), known })
            }
        }
    }

    fn parameters(self) -> Parameters {
        match self {
            Kind::Vulkan => Parameters::Buffers,
            Kind::Nvidia(_) => Parameters::Pointers,
        }
    }

    fn abilities(self) -> Abilities {
        let nvidia = matches!(self, Kind::Nvidia(_));
        Abilities { narrow: nvidia, vectors: nvidia, units: nvidia }
    }

    fn assemble(self, compiler: &Compiler, text: &str) -> Result<Vec<u8>, KernelError> {
        match self {
            Kind::Vulkan => spirv::assemble(compiler, text),
            Kind::Nvidia(chip) => nvidia::assemble(compiler, text, chip),
        }
    }
}

/// Kernels in order of their numbers, and the numbers by text.
#[derive(Default)]
struct Kernels {
    found: Vec<(manifest::Kernel, String)>,
    numbers: HashMap<String, usize>,
}

/// Compiles a program's subnets for a device: `cuda:sm_90`, `vulkan`.
///
/// # Errors
/// If there is no such device, or a subnet holds an operator that it does not have.
pub fn compile(program: &Program, target: &str) -> Result<DeviceCode, KernelError> {
    let kind = Kind::named(target)?;
    let mut kernels = Kernels::default();
    let subnets = super::subnets(program);
    let subnets =
        subnets.iter().map(|subnet| lower(subnet, kind, &mut kernels)).collect::<Result<Vec<_>, _>>()?;
    let codes: Vec<Vec<u8>> = kernels
        .found
        .par_iter()
        .map_init(Compiler::new, |compiler, (_, text)| kind.assemble(compiler, text))
        .collect::<Result<_, _>>()?;
    let mut code = Vec::new();
    let place = |((mut kernel, _), bytes): ((manifest::Kernel, String), Vec<u8>)| {
        kernel.offset = code.len() as u64;
        kernel.bytes = bytes.len() as u64;
        code.extend(bytes);
        code.resize(code.len().next_multiple_of(16), 0);
        kernel
    };
    let kernels = kernels.found.into_iter().zip(codes).map(place).collect();
    Ok(DeviceCode { target: target.to_string(), kernels, code, subnets })
}

fn lower(subnet: &Subnet, kind: Kind, kernels: &mut Kernels) -> Result<DeviceSubnet, KernelError> {
    let mut graph = Graph::new(&subnet.net, &subnet.dims)?;
    let mut plan = Plan::new(&mut graph);
    let (forms, form_of) = schedule(&plan.nests, kind.abilities());
    // What one kernel writes lies apart from all that it reads, whichever of its workgroups is ahead.
    plan.place_by(|nest| form_of[nest]);
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
    let device = Target::device();
    let mut launches = Vec::new();
    for form in &forms {
        let kernel = emit::emit_form(form, &device, kind.parameters())
            .map_err(|function| KernelError::Device { function: function.to_string() })?;
        let number = kernels.numbers.get(&kernel.text).copied().unwrap_or_else(|| {
            let name = format!("kernel_{:032x}", cache::hash(&[kernel.text.as_bytes()]));
            let text = kernel.text.replace(emit::NAME, &format!("@{name}"));
            let described = manifest::Kernel {
                name,
                workgroup: [kernel.threads, 1, 1],
                shared_bytes: kernel.workgroup_bytes as u32,
                buffers: kernel.buffers.len() as u32,
                ints: kernel.dims.len() as u32,
                ..manifest::Kernel::default()
            };
            kernels.found.push((described, text));
            kernels.numbers.insert(kernel.text.clone(), kernels.found.len() - 1);
            kernels.found.len() - 1
        });
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
