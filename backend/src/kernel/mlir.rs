//! MLIR text to LLVM IR, by way of melior: the only module that knows MLIR's API.
//!
//! It does not know what the text computes, and it does not optimise: text comes in already tiled and vectorised.

use super::llvm::{self, Code};
use super::worker::Worker;
use super::{KernelError, target::Target};
use melior::dialect::DialectRegistry;
use melior::ir::attribute::AttributeLike;
use melior::ir::operation::OperationLike;
use melior::ir::{BlockLike, Module};
use melior::pass::PassManager;
use melior::utility::{
    parse_pass_pipeline, register_all_dialects, register_all_llvm_translations, register_all_passes,
};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Once;

/// From loops and vectors down to the LLVM dialect, step by step.
const LOWERING: &str = "builtin.module(\
    convert-scf-to-cf,\
    convert-vector-to-llvm,\
    convert-math-to-llvm,\
    convert-arith-to-llvm,\
    convert-cf-to-llvm,\
    convert-func-to-llvm,\
    reconcile-unrealized-casts)";

/// Compiles on a thread of its own, with an MLIR context that is not shared. A `name` says what is compiled, should LLVM give up on it.
pub struct Compiler {
    worker: Worker<Session>,
}

impl Compiler {
    /// A compiler with a fresh context.
    pub fn new() -> Compiler {
        Compiler { worker: Worker::new(Session::new) }
    }

    /// The text as object or assembly code.
    ///
    /// # Errors
    /// If the text is not well-formed or LLVM refuses it; both are this backend's own mistakes.
    pub fn compile(
        &self,
        name: &str,
        text: &str,
        target: &Target,
        code: Code,
    ) -> Result<Vec<u8>, KernelError> {
        let (text, target) = (text.to_string(), target.clone());
        self.worker.run(name, move |session| session.compile(&text, &target, code))
    }

    /// The text that passes make of a text.
    ///
    /// # Errors
    /// As [`Compiler::compile`].
    pub fn transform(&self, name: &str, text: &str, pipeline: &str) -> Result<String, KernelError> {
        let (text, pipeline) = (text.to_string(), pipeline.to_string());
        self.worker.run(name, move |session| session.transform(&text, &pipeline))
    }

    /// The code of the first `gpu.binary` that passes make of a text, the last of them `gpu-module-to-binary`.
    ///
    /// # Errors
    /// As [`Compiler::compile`].
    pub fn binary(&self, name: &str, text: &str, pipeline: &str) -> Result<Vec<u8>, KernelError> {
        let (text, pipeline) = (text.to_string(), pipeline.to_string());
        self.worker.run(name, move |session| session.binary(&text, &pipeline))
    }

    /// The object that a chip of AMD's has of a text; passes make bitcode of it, the last of them `gpu-module-to-binary`.
    ///
    /// # Errors
    /// As [`Compiler::compile`].
    pub fn amd_object(
        &self,
        name: &str,
        text: &str,
        pipeline: &str,
        chip: &'static str,
    ) -> Result<Vec<u8>, KernelError> {
        let (text, pipeline) = (text.to_string(), pipeline.to_string());
        self.worker.run(name, move |session| llvm::amd_object(&session.binary(&text, &pipeline)?, chip))
    }
}

/// The context of one thread, and what it reports.
struct Session {
    context: melior::Context,
    diagnostics: Rc<RefCell<Vec<String>>>,
}

impl Session {
    /// A fresh context that knows every dialect; those a text uses are loaded when it is parsed.
    fn new() -> Session {
        static PASSES: Once = Once::new();
        PASSES.call_once(register_all_passes);
        let registry = DialectRegistry::new();
        register_all_dialects(&registry);
        let context = melior::Context::new_with_registry(&registry, false);
        register_all_llvm_translations(&context);
        let diagnostics = Rc::new(RefCell::new(Vec::new()));
        let sink = Rc::clone(&diagnostics);
        context.attach_diagnostic_handler(move |diagnostic| {
            sink.borrow_mut().push(format!("{diagnostic} at {}", diagnostic.location()));
            true
        });
        Session { context, diagnostics }
    }

    fn compile(&self, text: &str, target: &Target, code: Code) -> Result<Vec<u8>, KernelError> {
        let module = self.run(text, LOWERING)?;
        let operation = module.as_operation().to_raw();
        llvm::with_context(|context| {
            // SAFETY: the operation is a module of the LLVM dialect that outlives the call, and the context is live.
            // mlir-sys and llvm-sys bind the same C types under two names.
            let translated = unsafe { mlir_sys::mlirTranslateModuleToLLVMIR(operation, context.cast()) };
            if translated.is_null() {
                return Err(self.failed("MLIR does not translate", text));
            }
            // SAFETY: a module just made in this context, owned by nobody else.
            unsafe { llvm::generate(translated.cast(), target, code) }
        })
    }

    fn transform(&self, text: &str, pipeline: &str) -> Result<String, KernelError> {
        Ok(self.run(text, pipeline)?.as_operation().to_string())
    }

    fn binary(&self, text: &str, pipeline: &str) -> Result<Vec<u8>, KernelError> {
        let module = self.run(text, pipeline)?;
        let mut next = module.body().first_operation();
        while let Some(operation) = next {
            if operation.name().as_string_ref().as_str() == Ok("gpu.binary") {
                let objects = operation.attribute("objects");
                let objects = objects.map_err(|_| self.failed("a binary without objects", text))?;
                // SAFETY: `objects` is an array of object attributes with one element at least; the bytes live as long as
                // the context.
                let bytes = unsafe {
                    let object = mlir_sys::mlirArrayAttrGetElement(objects.to_raw(), 0);
                    let bytes = mlir_sys::mlirGPUObjectAttrGetObject(object);
                    std::slice::from_raw_parts(bytes.data.cast::<u8>(), bytes.length)
                };
                return Ok(bytes.to_vec());
            }
            next = operation.next_in_block();
        }
        Err(self.failed("MLIR makes no binary", text))
    }

    /// Parses a text and runs passes over it.
    fn run(&self, text: &str, pipeline: &str) -> Result<Module<'_>, KernelError> {
        self.diagnostics.borrow_mut().clear();
        let failed = |stage: &str| self.failed(stage, text);
        let mut module = Module::parse(&self.context, text).ok_or_else(|| failed("MLIR does not parse"))?;
        let passes = PassManager::new(&self.context);
        parse_pass_pipeline(passes.as_operation_pass_manager(), pipeline)
            .map_err(|_| failed("no such pipeline"))?;
        passes.run(&mut module).map_err(|_| failed("MLIR does not lower"))?;
        Ok(module)
    }

    fn failed(&self, stage: &str, text: &str) -> KernelError {
        KernelError::Internal(format!("{stage}: {}\n{text}", self.diagnostics.borrow().join("\n")))
    }
}
