//! Kernels for Vulkan: MLIR text of the `gpu` dialect to SPIR-V.
//!
//! A kernel reads and writes memrefs of storage buffers, its integers are one more of them, and its workgroup memory is
//! `memref.alloc` in memory space 3. It uses no subgroup operation, so it runs on devices of any subgroup size.

use super::Assembled;
use crate::kernel::KernelError;
use crate::kernel::mlir::Compiler;

/// What kernels may use of a device. What they do use is what their code declares.
const ENVIRONMENT: &str = "#spirv.target_env<#spirv.vce<v1.3, [Shader, Int8, Int16, Int64, Float16, Float64, \
    StorageBuffer8BitAccess, StorageBuffer16BitAccess], \
    [SPV_KHR_storage_buffer_storage_class, SPV_KHR_8bit_storage, SPV_KHR_16bit_storage]>, api=Vulkan, \
    #spirv.resource_limits<>>";

/// To the SPIR-V dialect.
const LOWERING: &str = "builtin.module(\
    gpu.module(map-memref-spirv-storage-class{client-api=vulkan},convert-math-to-spirv),\
    convert-gpu-to-spirv{use-64bit-index=false},\
    spirv.module(spirv-lower-abi-attrs,spirv-update-vce),\
    canonicalize,cse)";

/// The words of a module with the kernel `name` of this text: the body of a `gpu.module`.
///
/// # Errors
/// If MLIR refuses it, which is a mistake of this backend's.
pub fn assemble(compiler: &Compiler, name: &str, body: &str) -> Result<Assembled, KernelError> {
    let text = format!(
        "module attributes {{gpu.container_module}} {{\n\
         gpu.module @kernels attributes {{spirv.target_env = {ENVIRONMENT}}} {{\n{body}\n}}\n}}"
    );
    let lowered = compiler.transform(name, &text, LOWERING)?;
    // The dialect's module stands beside what it was made from; alone in a module of its own it can be serialised.
    let module = lowered
        .split_once("  spirv.module")
        .and_then(|(_, rest)| Some(rest.split_once("\n  }\n")?.0))
        .ok_or_else(|| KernelError::Internal(format!("MLIR makes no SPIR-V module\n{lowered}")))?;
    let module = exact(module)
        .ok_or_else(|| KernelError::Internal(format!("MLIR makes another SPIR-V module\n{lowered}")))?;
    let alone =
        format!("module {{\ngpu.module @kernels [{ENVIRONMENT}] {{\n  spirv.module{module}\n  }}\n}}\n}}");
    let code = compiler.binary(name, &alone, "builtin.module(gpu-module-to-binary)")?;
    Ok(Assembled { code, registers: None })
}

/// The module, asking that NaN, infinities and the signs of zeros be what IEEE 754 makes them: a driver may simplify `x / x` otherwise.
/// The runtime takes back what a device does not promise.
fn exact(module: &str) -> Option<String> {
    // The first list of capabilities and the first of extensions are what the module requires.
    let (capabilities, rest) = module.split_once("], [")?;
    let (before, modes) = rest.split_once("spirv.ExecutionMode @")?;
    let (kernel, _) = modes.split_once(' ')?;
    // Names hold the same letters, but not behind these.
    let mentions = |width: &u32| [' ', '<', 'x'].iter().any(|c| module.contains(&format!("{c}f{width}")));
    let widths = [16, 32, 64].into_iter().filter(mentions);
    let ask = |width| format!("spirv.ExecutionMode @{kernel} \"SignedZeroInfNanPreserve\", {width}\n    ");
    let asked: String = widths.map(ask).collect();
    if asked.is_empty() {
        return Some(module.to_string());
    }
    Some(format!(
        "{capabilities}, SignedZeroInfNanPreserve], [SPV_KHR_float_controls, {before}{asked}spirv.ExecutionMode @{modes}"
    ))
}
