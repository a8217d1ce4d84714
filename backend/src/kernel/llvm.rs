//! LLVM IR to machine code, by way of inkwell: the only module that knows LLVM's API.

mod retarget;

pub use retarget::{Access, HOOKS, Retargeted, Shared, entry, retarget};

use super::{KernelError, target::Target};
use inkwell::OptimizationLevel;
use inkwell::attributes::AttributeLoc;
use inkwell::context::{AsContextRef, Context};
use inkwell::module::Module;
use inkwell::passes::PassBuilderOptions;
use inkwell::targets::{
    CodeModel, FileType, InitializationConfig, RelocMode, TargetMachine, TargetMachineOptions,
};
use std::ffi::c_void;
use std::sync::Once;

/// What to generate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// A relocatable object.
    Object,
    /// Assembly text, to look at.
    Assembly,
}

/// The triple of every artifact.
const TRIPLE: &str = "x86_64-unknown-linux-gnu";

/// The optimiser's pipeline. Loops come vectorised and unrolled, so it is left to simplify and hoist.
const PIPELINE: &str = "function(sroa,early-cse<memssa>,instcombine<no-verify-fixpoint>,simplifycfg,\
    loop-mssa(loop-rotate,licm<allowspeculation>),instcombine<no-verify-fixpoint>,gvn,\
    loop(indvars,loop-deletion),loop-mssa(licm<allowspeculation>),early-cse<memssa>,instcombine<no-verify-fixpoint>,simplifycfg)";

/// Runs `f` with the raw handle of a fresh LLVM context.
pub fn with_context<T>(f: impl FnOnce(*mut c_void) -> T) -> T {
    let context = Context::create();
    f((&context).as_ctx_ref().cast())
}

/// The name and the features of the machine's own CPU, in LLVM's words.
pub fn host() -> (String, String) {
    (TargetMachine::get_host_cpu_name().to_string(), TargetMachine::get_host_cpu_features().to_string())
}

fn machine(target: &Target) -> Result<TargetMachine, KernelError> {
    static TARGETS: Once = Once::new();
    TARGETS.call_once(|| inkwell::targets::Target::initialize_x86(&InitializationConfig::default()));
    let triple = inkwell::targets::TargetTriple::create(TRIPLE);
    let backend =
        inkwell::targets::Target::from_triple(&triple).map_err(|e| KernelError::Internal(e.to_string()))?;
    let options = TargetMachineOptions::new()
        .set_cpu(&target.cpu)
        .set_features(&target.features)
        .set_level(OptimizationLevel::Default)
        .set_reloc_mode(RelocMode::PIC)
        .set_code_model(CodeModel::Small);
    backend
        .create_target_machine_from_options(&triple, options)
        .ok_or_else(|| KernelError::Internal(format!("LLVM has no code generator for {TRIPLE}")))
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
