//! Kernels for NVIDIA: MLIR text of the `gpu` dialect to PTX, without a file of NVIDIA's.

use crate::kernel::KernelError;
use crate::kernel::mlir::Compiler;

/// A chip, and the version of PTX that its code is written in. The two must fit: LLVM ends the process otherwise.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Chip {
    pub(super) name: &'static str,
    ptx: &'static str,
}

/// The chips that code is generated for.
pub(super) const CHIPS: &[Chip] = &[
    Chip { name: "sm_80", ptx: "+ptx80" },
    Chip { name: "sm_90", ptx: "+ptx80" },
    Chip { name: "sm_90a", ptx: "+ptx80" },
    Chip { name: "sm_100", ptx: "+ptx86" },
];

/// The chip of this name.
pub(super) fn chip(name: &str) -> Option<&'static Chip> {
    CHIPS.iter().find(|chip| chip.name == name)
}

/// The PTX of the kernel of this text: the body of a `gpu.module`.
///
/// # Errors
/// If MLIR refuses it, which is a mistake of this backend's.
pub(super) fn assemble(compiler: &Compiler, body: &str, chip: &Chip) -> Result<Vec<u8>, KernelError> {
    let text = format!("module {{\ngpu.module @kernels {{\n{body}\n}}\n}}");
    let Chip { name, ptx } = chip;
    let pipeline = format!(
        "builtin.module(\
         nvvm-attach-target{{chip={name} features={ptx} O=3}},\
         gpu.module(convert-scf-to-cf,convert-gpu-to-nvvm{{use-bare-ptr-memref-call-conv=true}},\
         canonicalize,cse,reconcile-unrealized-casts),\
         gpu-module-to-binary{{format=isa}})"
    );
    compiler.binary(&text, &pipeline)
}
