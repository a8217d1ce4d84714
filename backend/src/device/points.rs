//! Tapes as kernels of devices: a thread for each point of a batch.

use super::lower::{Kind, assemble_all};
use crate::kernel::emit::emit_points;
use crate::kernel::form::WORKGROUP;
use crate::kernel::{KernelError, Source, Target, cache};
use braid_runtime::manifest;
use rayon::prelude::*;

/// The kernels of a tape, to be launched in order: buffers of inputs, outputs and what crosses from kernel to kernel, a column for
/// each and an element for each point, and the number of points.
#[derive(Clone, Debug)]
pub struct TapeCode {
    /// One for each chunk; their offsets are into `code`.
    pub kernels: Vec<manifest::Kernel>,
    /// The device's own form of code.
    pub code: Vec<u8>,
}

impl TapeCode {
    /// The grid for so many points.
    pub fn grid(points: u64) -> [u32; 3] {
        /// As the kernels count their workgroups.
        const ROW: u64 = crate::kernel::emit::ROW as u64;
        let groups = points.div_ceil(WORKGROUP.into());
        [groups.min(ROW) as u32, groups.div_ceil(ROW) as u32, 1]
    }
}

/// Compiles the chunks of a tape for a device: `cuda:sm_90`, `vulkan`.
///
/// # Errors
/// If there is no such device, or it lacks a function.
pub fn compile_tape(source: Source, target: &str) -> Result<TapeCode, KernelError> {
    let kind = Kind::named(target)?;
    let device = Target::device();
    let emit = |chunk| {
        let text = emit_points(source, chunk, &device, kind.parameters())
            .map_err(|function| KernelError::Device { function: function.to_string() })?;
        let name = format!("points_{:032x}", cache::hash(&[text.as_bytes()]));
        let text = text.replace(crate::kernel::emit::NAME, &format!("@{name}"));
        let kernel = manifest::Kernel {
            name,
            workgroup: [WORKGROUP, 1, 1],
            buffers: 3,
            ints: 1,
            ..manifest::Kernel::default()
        };
        Ok((kernel, text))
    };
    let found = source.plan.chunks.par_iter().map(emit).collect::<Result<Vec<_>, KernelError>>()?;
    let (kernels, code, _) = assemble_all(found, kind)?;
    Ok(TapeCode { kernels, code })
}
