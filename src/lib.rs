//! Braid compiles neural networks whose path depends on their input (early exits, skipped layers, gates, experts,
//! decoding loops) from their PyTorch source or ONNX into native programs that need no Python and no framework.
//!
//! The whole way is [`compile`]: source → net → simpler net → branch-free subnets and one host program → machine code →
//! one artifact. [`Program`] loads and runs an artifact, and needs none of the rest.
//!
//! ```no_run
//! use braid::{CompileOptions, InputSpec, Program, PythonOptions, Quiet, RunOptions, Tensor};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let options = CompileOptions {
//!     source: PythonOptions {
//!         source: "skipnet.py".into(),
//!         build: "SkipNet(BasicBlock, [6, 6, 6], num_classes=10)".into(),
//!         weights: vec![(None, "skipnet.safetensors".into())],
//!         inputs: vec![InputSpec::parse("x=f32[1,3,32,32]")?],
//!         ..PythonOptions::default()
//!     }
//!     .into(),
//!     ..CompileOptions::default()
//! };
//! let program = Program::from_bytes(&braid::compile(&options, &Quiet)?)?;
//! let image = Tensor::f32(&[1, 3, 32, 32], &[0.5; 3072]).expect("as many values as the shape asks for");
//! let outputs = program.run(&[("x", &image)], RunOptions::default())?;
//! # let _ = outputs; Ok(()) }
//! ```

pub mod onnx_suite;
mod place;
pub mod term;

pub use braid_backend as backend;
pub use braid_frontend as frontend;
pub use braid_ir as ir;
pub use braid_macros as macros;
pub use braid_passes as passes;
pub use braid_runtime as runtime;
pub use braid_symbolic as symbolic;

pub use braid_frontend::{Diagnostic, InputSpec, OnnxOptions, PythonOptions};
pub use braid_runtime::{Program, RunOptions, Tensor, verdict};

use braid_backend::{Options, compile_program, kernel::Target};
use braid_ir::Net;
use braid_passes::{PipelineOptions, default_pipeline, run_pipeline};
use std::path::PathBuf;

/// A rewrite rule of symbolic expressions that is checked when it is compiled, as a `&'static` reference.
///
/// ```
/// let pythagoras = braid::rule!("pythagoras": sin(?a)^2 + cos(?a)^2 => 1);
/// assert_eq!(pythagoras.name(), "pythagoras");
/// ```
#[macro_export]
macro_rules! rule {
    ($($token:tt)*) => { $crate::macros::rule_in!(($crate::symbolic) $($token)*) };
}

/// A person's model.
#[derive(Clone, Debug)]
pub enum Source {
    /// PyTorch source.
    Python(PythonOptions),
    /// An ONNX model.
    Onnx(OnnxOptions),
}

impl Default for Source {
    fn default() -> Source {
        Source::Python(PythonOptions::default())
    }
}

impl From<PythonOptions> for Source {
    fn from(options: PythonOptions) -> Source {
        Source::Python(options)
    }
}

impl From<OnnxOptions> for Source {
    fn from(options: OnnxOptions) -> Source {
        Source::Onnx(options)
    }
}

/// What is compiled, and how.
#[derive(Clone, Debug, Default)]
pub struct CompileOptions {
    /// The model.
    pub source: Source,
    /// The machine.
    pub machine: Machine,
}

/// What code is generated for, and with what help.
#[derive(Clone, Debug, Default)]
pub struct Machine {
    /// The CPU by LLVM's name; this machine's when `None`.
    pub cpu: Option<String>,
    /// Devices to generate code for besides: `cuda:sm_90`, `vulkan`.
    pub devices: Vec<String>,
    /// Folder in which compiled kernels are looked for and kept; none are when `None`.
    pub cache: Option<PathBuf>,
}

/// Told what a compilation is doing. Kernels are compiled on several threads.
pub trait Progress: Sync {
    /// A phase begins.
    fn phase(&self, name: &str);
    /// So many kernels are done.
    fn kernel(&self, done: usize, total: usize);
}

/// Nobody is told.
pub struct Quiet;

impl Progress for Quiet {
    fn phase(&self, _: &str) {}
    fn kernel(&self, _: usize, _: usize) {}
}

/// Compiles a model to an artifact.
///
/// # Errors
/// What is wrong with the model, its weights or its inputs, at the person's own line where there is one.
pub fn compile(options: &CompileOptions, progress: &dyn Progress) -> Result<Vec<u8>, Diagnostic> {
    progress.phase("reading the source");
    let net = read(&options.source)?;
    progress.phase("simplifying");
    let net = optimise(net)?;
    build(&net, &options.machine, progress)
}

/// A model as a net.
///
/// # Errors
/// As [`compile`].
pub fn read(source: &Source) -> Result<Net, Diagnostic> {
    in_range(|| match source {
        Source::Python(options) => braid_frontend::python::compile(options),
        Source::Onnx(options) => braid_frontend::onnx::compile(options),
    })
}

/// A net that computes the same with less work. The net is verified before and after.
///
/// # Errors
/// If the net is not valid, or a pass leaves an invalid one: mistakes of Braid's, told as a diagnostic so that no wrong
/// program comes of them.
pub fn optimise(mut net: Net) -> Result<Net, Diagnostic> {
    let options = PipelineOptions { verify_each: true, ..PipelineOptions::default() };
    in_range(|| match run_pipeline(&mut net, &default_pipeline(), options) {
        Ok(_) => Ok(net),
        Err(error) => Err(internal(&error.to_string())),
    })
}

/// An artifact from a net.
///
/// # Errors
/// If the CPU is not known, or the net needs what the backend does not have.
pub fn build(net: &Net, machine: &Machine, progress: &dyn Progress) -> Result<Vec<u8>, Diagnostic> {
    progress.phase("splitting");
    let program = split(net)?;
    progress.phase("compiling");
    let named = |cpu: &str| Target::named(cpu);
    let target = machine.cpu.as_deref().map_or_else(Target::native, named);
    let target = target.map_err(|error| Diagnostic::new(error.to_string()))?;
    let report = |done, total| progress.kernel(done, total);
    let (devices, cache) = (&machine.devices, machine.cache.as_deref());
    let options = Options { target, devices, cache, progress: &report };
    in_range(|| {
        compile_program(&program, &options).map_err(|error| {
            let diagnostic = Diagnostic::new(error.to_string());
            match error.loc().and_then(|loc| place::span(&net.files, loc)) {
                Some(span) => diagnostic.at(span),
                None => diagnostic,
            }
        })
    })
}

/// A part of a compilation, with sizes of the model that leave 64 bits as a diagnostic.
fn in_range<T>(part: impl FnOnce() -> Result<T, Diagnostic>) -> Result<T, Diagnostic> {
    ir::term::within_range(part).unwrap_or_else(|why| {
        Err(Diagnostic::new(why)
            .with_help("a tensor of this model would have more elements than there are addresses for"))
    })
}

/// A net as branch-free subnets and one host program, verified.
///
/// # Errors
/// If the split is not valid, which is a mistake of Braid's.
pub fn split(net: &Net) -> Result<ir::program::Program, Diagnostic> {
    let program = in_range(|| Ok(braid_passes::split(net)))?;
    match ir::verify::verify_program(&program) {
        Ok(()) => Ok(program),
        Err(errors) => Err(internal(&errors.iter().map(|e| format!("{e}\n")).collect::<String>())),
    }
}

/// A broken invariant that was noticed before it could do harm.
fn internal(what: &str) -> Diagnostic {
    Diagnostic::new(format!("internal error: {}", what.trim_end()))
        .with_help("this is a bug in Braid, not in your model; please report it")
}
