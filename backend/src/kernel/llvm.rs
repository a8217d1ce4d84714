//! LLVM IR to machine code, by way of inkwell: the only module that knows LLVM's API.

mod retarget;

pub use retarget::{Access, HOOKS, Retargeted, Shared, entry, retarget};

use super::{KernelError, target::Target};
use inkwell::OptimizationLevel;
use inkwell::attributes::AttributeLoc;
use inkwell::context::{AsContextRef, Context};
use inkwell::llvm_sys;
use inkwell::memory_buffer::MemoryBuffer;
use inkwell::module::Module;
use inkwell::passes::PassBuilderOptions;
use inkwell::targets::{
    CodeModel, FileType, InitializationConfig, RelocMode, TargetMachine, TargetMachineOptions,
};
use std::ffi::{CStr, c_char, c_void};
use std::sync::Once;

/// What to generate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// A relocatable object.
    Object,
    /// Assembly text, to look at.
    Assembly,
}

/// The triple of every artifact, and of AMD's GPUs.
const TRIPLE: &str = "x86_64-unknown-linux-gnu";
const AMD_TRIPLE: &str = "amdgcn-amd-amdhsa";

/// The optimiser's pipeline. Loops come vectorised and unrolled, so it is left to simplify and hoist.
const PIPELINE: &str = "function(sroa,early-cse<memssa>,instcombine<no-verify-fixpoint>,simplifycfg,\
    loop-mssa(loop-rotate,licm<allowspeculation>),instcombine<no-verify-fixpoint>,gvn,\
    loop(indvars,loop-deletion),loop-mssa(licm<allowspeculation>),early-cse<memssa>,instcombine<no-verify-fixpoint>,simplifycfg)";

/// Runs `f` with the raw handle of a fresh LLVM context.
///
/// # Errors
/// Those of `f`, or what LLVM reports meanwhile.
pub fn with_context<T>(f: impl FnOnce(*mut c_void) -> Result<T, KernelError>) -> Result<T, KernelError> {
    let context = Context::create();
    reporting(&context, || f((&context).as_ctx_ref().cast()))
}

/// Runs `f`, which fails if LLVM reports a mistake in this context. Left alone, LLVM would end the process.
fn reporting<T>(context: &Context, f: impl FnOnce() -> Result<T, KernelError>) -> Result<T, KernelError> {
    extern "C" fn report(info: llvm_sys::prelude::LLVMDiagnosticInfoRef, told: *mut c_void) {
        use llvm_sys::LLVMDiagnosticSeverity::LLVMDSError;
        use llvm_sys::core::{LLVMDisposeMessage, LLVMGetDiagInfoDescription, LLVMGetDiagInfoSeverity};
        // SAFETY: LLVM passes a diagnostic, and what it was given for the list; the text is ours to free.
        unsafe {
            if LLVMGetDiagInfoSeverity(info) == LLVMDSError {
                let text = LLVMGetDiagInfoDescription(info);
                (*told.cast::<Vec<String>>()).push(CStr::from_ptr(text).to_string_lossy().into_owned());
                LLVMDisposeMessage(text);
            }
        }
    }
    let mut told: Vec<String> = Vec::new();
    let raw = context.as_ctx_ref();
    // SAFETY: a live context; it forgets the list before the list ends.
    let result = unsafe {
        llvm_sys::core::LLVMContextSetDiagnosticHandler(raw, Some(report), (&raw mut told).cast());
        let result = f();
        llvm_sys::core::LLVMContextSetDiagnosticHandler(raw, None, std::ptr::null_mut());
        result
    };
    if told.is_empty() { result } else { Err(KernelError::Internal(format!("LLVM: {}", told.join("; ")))) }
}

/// Has LLVM call a function where it has no way to go on. If it returns, LLVM ends the process.
pub fn on_fatal_error(handler: extern "C" fn(*const c_char)) {
    // SAFETY: the function may be called at any time, on any thread.
    unsafe { inkwell::support::error_handling::install_fatal_error_handler(handler) }
}

/// The name and the features of the machine's own CPU, in LLVM's words.
pub fn host() -> (String, String) {
    (TargetMachine::get_host_cpu_name().to_string(), TargetMachine::get_host_cpu_features().to_string())
}

fn machine(target: &Target) -> Result<TargetMachine, KernelError> {
    let options = TargetMachineOptions::new()
        .set_cpu(&target.cpu)
        .set_features(&target.features)
        .set_level(OptimizationLevel::Default)
        .set_code_model(CodeModel::Small);
    machine_of(TRIPLE, options)
}

fn machine_of(triple: &str, options: TargetMachineOptions) -> Result<TargetMachine, KernelError> {
    use inkwell::targets::{Target, TargetTriple};
    static TARGETS: Once = Once::new();
    TARGETS.call_once(|| {
        Target::initialize_x86(&InitializationConfig::default());
        Target::initialize_amd_gpu(&InitializationConfig::default());
    });
    let name = TargetTriple::create(triple);
    let backend = Target::from_triple(&name).map_err(|e| KernelError::Internal(e.to_string()))?;
    backend
        .create_target_machine_from_options(&name, options.set_reloc_mode(RelocMode::PIC))
        .ok_or_else(|| KernelError::Internal(format!("LLVM has no code generator for {triple}")))
}

/// The object of a kernel's bitcode, optimised as it is, for a chip of AMD's.
///
/// # Errors
/// If it is no bitcode, or code generation fails.
pub fn amd_object(bitcode: &[u8], chip: &str) -> Result<Vec<u8>, KernelError> {
    let failed = |why: String| KernelError::Internal(format!("code generation for {chip} fails: {why}"));
    let context = Context::create();
    let buffer = MemoryBuffer::create_from_memory_range_copy(bitcode, "kernel");
    let module = Module::parse_bitcode_from_buffer(&buffer, &context).map_err(|e| failed(e.to_string()))?;
    let options = TargetMachineOptions::new().set_cpu(chip).set_level(OptimizationLevel::Aggressive);
    let machine = machine_of(AMD_TRIPLE, options)?;
    reporting(&context, || {
        let buffer = machine.write_to_memory_buffer(&module, FileType::Object);
        Ok(buffer.map_err(|e| failed(e.to_string()))?.as_slice().to_vec())
    })
}

/// Optimises a module and generates its code.
///
/// # Errors
/// If the module is not valid or code generation fails.
///
/// # Safety
/// `module` must be a live module of a live context, owned by nobody else.
pub unsafe fn generate(module: *mut c_void, target: &Target, code: Code) -> Result<Vec<u8>, KernelError> {
    // SAFETY: the caller's promise.
    let module = unsafe { Module::new(module.cast()) };
    let internal = |what: &str, why: String| KernelError::Internal(format!("{what}: {why}"));
    let machine = machine(target)?;
    module.set_triple(&machine.get_triple());
    module.set_data_layout(&machine.get_target_data().get_data_layout());
    // Widths are chosen by the schedules; without these LLVM would split what it thinks slow on some CPUs.
    let context = module.get_context();
    let width = (target.lanes() * 32).to_string();
    for function in module.get_functions() {
        for key in ["prefer-vector-width", "min-legal-vector-width"] {
            function.add_attribute(AttributeLoc::Function, context.create_string_attribute(key, &width));
        }
        function.add_attribute(
            AttributeLoc::Function,
            context
                .create_enum_attribute(inkwell::attributes::Attribute::get_named_enum_kind_id("nounwind"), 0),
        );
    }
    let options = PassBuilderOptions::create();
    options.set_verify_each(false);
    module
        .run_passes(PIPELINE, &machine, options)
        .map_err(|e| internal("the optimiser fails", e.to_string()))?;
    let kind = match code {
        Code::Object => FileType::Object,
        Code::Assembly => FileType::Assembly,
    };
    let buffer = machine
        .write_to_memory_buffer(&module, kind)
        .map_err(|e| internal("code generation fails", e.to_string()))?;
    Ok(buffer.as_slice().to_vec())
}
