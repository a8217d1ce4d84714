//! Devices: kernels for them, and the launches that stand for a subnet.
//!
//! The host program stays what it is. Where it would call a subnet's code, it calls a function that launches the subnet's
//! kernels in order ([`crate::host`]); addresses are the device's.

pub mod amd;
mod attention;
pub(crate) mod decide;
pub(crate) mod flow;
mod held;
mod join;
mod lower;
mod nvidia;
mod points;
pub mod ptxas;
mod routines;
mod scalar;
mod schedule;
mod spirv;
#[cfg(test)]
mod tests;
mod tiling;

pub use lower::compile;
pub use points::{TapeCode, compile_tape};

use crate::kernel::KernelError;
use crate::kernel::mlir::Compiler;
use braid_ir::Term;
use braid_ir::program::{Program, Subnet};
use braid_runtime::manifest;
use std::time::Duration;

/// The code of a kernel written by hand, the body of a `gpu.module`, for an NVIDIA chip: `sm_80` for PTX, `sm_80:llvm` for the
/// bitcode that the PTX is made from, which [`crate::kernel::retarget`] makes executable where no GPU is.
///
/// # Errors
/// If there is no such chip, or MLIR refuses the text.
pub fn assemble(body: &str, chip: &str) -> Result<Vec<u8>, KernelError> {
    let known = || nvidia::CHIPS.iter().map(|chip| chip.name).collect::<Vec<_>>().join(", ");
    let chip = nvidia::chip(chip)
        .ok_or_else(|| KernelError::UnknownDevice { target: chip.to_string(), known: known() })?;
    Ok(nvidia::assemble(&Compiler::new(), "a kernel written by hand", body, chip)?.code)
}

/// The code of one kernel.
#[derive(Clone, Debug, Default)]
struct Assembled {
    code: Vec<u8>,
    /// Registers of a thread and bytes that it keeps in memory for want of more, where an assembler tells.
    registers: Option<(u32, u32)>,
}

/// What code can be generated for.
pub fn targets() -> Vec<String> {
    let nvidia = nvidia::CHIPS.iter().map(|chip| format!("cuda:{}", chip.name));
    let amd = amd::CHIPS.iter().map(|chip| format!("amdgpu:{}", chip.name));
    nvidia.chain(["vulkan".to_string()]).chain(amd).collect()
}

/// The subnets that devices run for a program: its own, and those that compute integers where the device decides.
pub fn subnets(program: &Program) -> Vec<Subnet> {
    decide::decide(program).map_or_else(|_| program.subnets.clone(), |decided| decided.program.subnets)
}

/// The code of a program for one kind of device.
#[derive(Clone, Debug, Default)]
pub struct DeviceCode {
    /// `cuda:sm_90`, `vulkan` or `amdgpu:gfx942`; `cuda:sm_90:llvm` where the code is bitcode.
    pub target: String,
    /// The kernels; their offsets are into `code`.
    pub kernels: Vec<manifest::Kernel>,
    /// The device's own form of code: PTX, SPIR-V, a code object.
    pub code: Vec<u8>,
    /// What a thread took to generate the code of each kernel.
    pub times: Vec<Duration>,
    /// One for each of [`subnets`], or for each subnet of the program; then there are no graphs.
    pub subnets: Vec<DeviceSubnet>,
    /// Kernels for parts of graphs, as in [`manifest::Graph::parts`].
    pub parts: Vec<u32>,
    /// For each library call of the program, block by block, numbers of the kernels that do it; none where the CPU does it.
    pub library: Vec<Vec<u32>>,
}

/// What is launched for one subnet.
#[derive(Clone, Debug)]
pub struct DeviceSubnet {
    /// In order; each sees what those before it have written.
    pub launches: Vec<Launch>,
    /// Bytes of scratch memory, over the subnet's symbols.
    pub scratch_bytes: Term,
}

/// One launch of a kernel. Terms are over the subnet's symbols.
#[derive(Clone, Debug)]
pub struct Launch {
    /// Index into [`DeviceCode::kernels`].
    pub kernel: usize,
    /// Buffers, in the order of the kernel's parameters.
    pub buffers: Vec<Buffer>,
    /// Integers, behind the buffers.
    pub ints: Vec<Term>,
    /// Numbers of workgroups; nothing is launched if one of them is 0.
    pub grid: [Term; 3],
    /// Floating-point operations.
    pub flops: Term,
}

/// A buffer of a launch.
#[derive(Clone, Copy, Debug)]
pub struct Buffer {
    /// Where it is.
    pub place: Place,
    /// How large it is.
    pub bytes: Term,
}

/// Where a buffer of a launch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// A parameter of the subnet.
    Param(usize),
    /// A result of the subnet.
    Result(usize),
    /// In scratch memory, at this offset in bytes, a multiple of 64.
    Scratch(Term),
}
