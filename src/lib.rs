//! Braid compiles neural networks whose path depends on their input (early exits, skipped layers, gates, experts,
//! decoding loops) from their PyTorch source into native programs that need no Python and no framework.
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
//!     },
//!     ..CompileOptions::default()
//! };
//! let program = Program::from_bytes(&braid::compile(&options, &Quiet)?)?;
//! let image = Tensor::f32(&[1, 3, 32, 32], &[0.5; 3072]).expect("as many values as the shape asks for");
//! let outputs = program.run(&[("x", &image)], RunOptions::default())?;
//! # let _ = outputs; Ok(()) }
//! ```

pub mod verdict;

pub use braid_backend as backend;
pub use braid_frontend as frontend;
pub use braid_ir as ir;
pub use braid_passes as passes;
pub use braid_runtime as runtime;

pub use braid_frontend::{Diagnostic, InputSpec, PythonOptions};
pub use braid_runtime::{Program, RunOptions, Tensor};

/// What is compiled, and for which machine.
#[derive(Clone, Debug, Default)]
pub struct CompileOptions {
    /// The model.
    pub source: PythonOptions,
    /// The CPU by LLVM's name; this machine's when `None`.
    pub cpu: Option<String>,
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
    build(&net, options.cpu.as_deref(), progress)
}

/// A model's source as a net.
///
/// # Errors
/// As [`compile`].
pub fn read(options: &PythonOptions) -> Result<ir::Net, Diagnostic> {
    braid_frontend::python::compile(options)
}

/// A net that computes the same with less work.
///
/// # Errors
/// If a pass reaches one of its limits.
pub fn optimise(mut net: ir::Net) -> Result<ir::Net, Diagnostic> {
    braid_passes::optimise(&mut net);
    Ok(net)
}

/// An artifact from a net.
///
/// # Errors
/// If the CPU is not known, or the net needs what the backend does not have.
pub fn build(net: &ir::Net, cpu: Option<&str>, progress: &dyn Progress) -> Result<Vec<u8>, Diagnostic> {
    progress.phase("splitting");
    let program = braid_passes::split(net);
    progress.phase("compiling");
    let options = braid_backend::Options { cpu: cpu.map(str::to_string), ..Default::default() };
    braid_backend::compile(&program, &options, &|done, total| progress.kernel(done, total))
        .map_err(|error| Diagnostic::new(error.to_string()))
}
