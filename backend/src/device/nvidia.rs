//! Kernels for NVIDIA: MLIR text of the `gpu` dialect to PTX, without a file of NVIDIA's.

use super::{Assembled, ptxas};
use crate::kernel::KernelError;
use crate::kernel::mlir::Compiler;
use std::fmt::Write;
use std::sync::LazyLock;

/// A chip, and the version of PTX that its code is written in. The two must fit: LLVM ends the process otherwise.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Chip {
    pub(super) name: &'static str,
    ptx: &'static str,
    form: Form,
}

/// In which form code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// What the driver takes.
    Ptx,
    /// Bitcode: the optimised LLVM IR that the PTX is made from, for whoever executes kernels on a machine without a GPU.
    Llvm,
}

/// The chips that code is generated for.
pub(super) const CHIPS: &[Chip] = &[
    Chip { name: "sm_80", ptx: "+ptx80", form: Form::Ptx },
    Chip { name: "sm_90", ptx: "+ptx80", form: Form::Ptx },
    Chip { name: "sm_90a", ptx: "+ptx80", form: Form::Ptx },
    Chip { name: "sm_100", ptx: "+ptx86", form: Form::Ptx },
];

/// The chips, with code as bitcode.
static BITCODE: LazyLock<Vec<Chip>> =
    LazyLock::new(|| CHIPS.iter().map(|chip| Chip { form: Form::Llvm, ..*chip }).collect());

/// The chip of this name; with `:llvm` behind it, its code is bitcode.
pub(super) fn chip(name: &str) -> Option<&'static Chip> {
    let (name, chips) = name.strip_suffix(":llvm").map_or((name, CHIPS), |name| (name, &BITCODE[..]));
    chips.iter().find(|chip| chip.name == name)
}

/// The functions of NVIDIA's device library that MLIR calls, each an instruction here: its name there, LLVM's, and the number of
/// operands. Those of `f32` end in `f` there.
const LIBRARY: &[(&str, &str, usize)] = &[
    ("fabs", "fabs", 1),
    ("ceil", "ceil", 1),
    ("copysign", "copysign", 2),
    ("floor", "floor", 1),
    ("fma", "fma", 3),
    ("rint", "roundeven", 1),
    ("sqrt", "sqrt", 1),
];

/// The library as functions of a `gpu.module`, to be inlined.
fn library() -> String {
    let mut text = String::new();
    for (name, intrinsic, operands) in LIBRARY {
        for (ty, suffix) in [("f32", "f"), ("f64", "")] {
            let list = |of: &dyn Fn(usize) -> String| (0..*operands).map(of).collect::<Vec<_>>().join(", ");
            let (parameters, values) = (list(&|i| format!("%{i}: {ty}")), list(&|i| format!("%{i}")));
            let types = list(&|_| ty.to_string());
            writeln!(
                text,
                "  llvm.func internal @__nv_{name}{suffix}({parameters}) -> {ty} attributes {{passthrough = [\"alwaysinline\"]}} {{\n    \
                 %r = llvm.call_intrinsic \"llvm.{intrinsic}.{ty}\"({values}) : ({types}) -> {ty}\n    llvm.return %r : {ty}\n  }}"
            )
            .expect("writing to a string");
        }
    }
    text
}

/// The code of the kernel `name` of this text: the body of a `gpu.module`.
///
/// # Errors
/// If MLIR refuses it, which is a mistake of this backend's.
pub(super) fn assemble(
    compiler: &Compiler,
    name: &str,
    body: &str,
    chip: &Chip,
) -> Result<Assembled, KernelError> {
    let text = format!("module {{\ngpu.module @kernels {{\n{}{body}\n}}\n}}", library());
    let Chip { name: chip, ptx, form } = chip;
    let format = match form {
        Form::Ptx => "isa",
        Form::Llvm => "llvm",
    };
    // LLVM cleans up, once. What its third level adds is unrolling, which doubles its time on products, and the assembler unrolls, too.
    let pipeline = format!(
        "builtin.module(\
         nvvm-attach-target{{chip={chip} features={ptx} O=2}},\
         gpu.module(convert-scf-to-cf,convert-vector-to-llvm,convert-gpu-to-nvvm{{use-bare-ptr-memref-call-conv=true}},convert-math-to-llvm,\
         reconcile-unrealized-casts),\
         gpu-module-to-binary{{format={format}}})"
    );
    let code = compiler.binary(name, &text, &pipeline)?;
    // NVIDIA's assembler, where there is one, tells what only it knows; that there is none, or an older one, does no harm.
    let told = match (form, ptxas::find()) {
        (Form::Ptx, Some(assembler)) => ptxas::usage(&assembler, &code, chip).ok(),
        _ => None,
    };
    Ok(Assembled { code, registers: told.map(|told| (told.registers, told.stack)) })
}
