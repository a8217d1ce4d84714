//! Straight-line programs over floats to functions of the running process.
//!
//! A [`Function`] is made of a [`Tape`] in one of three tiers: interpreted, compiled by Cranelift for single evaluations of
//! large tapes, compiled by LLVM for batches of points in vectors, or compiled for a device. What this module does not do is change what a tape
//! computes: sums stay in the order that they have.

mod callback;
mod columns;
mod csource;
mod device;
mod float;
mod interpret;
mod native;
pub(crate) mod plan;
mod scratch;
pub(crate) mod table;
mod vector;

#[cfg(test)]
mod tests;

pub use csource::c_source;
pub use float::Float;

use braid_ir::{DType, ScalarOp};
use braid_runtime::device::Device;
use braid_symbolic::tape::{Instr, Tape};
use columns::Columns;
use rayon::prelude::*;
use std::ops::Range;
use std::time::{Duration, Instant};

/// How a tape is evaluated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tier {
    /// Nothing is compiled; batches are evaluated column by column.
    Interpreter,
    /// Cranelift: compiled within milliseconds, fast for single points.
    #[default]
    Cranelift,
    /// LLVM by way of MLIR: compiled in more time, batches are evaluated in vectors.
    Llvm,
}

/// The floats that are computed with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// `f64`.
    #[default]
    F64,
    /// `f32`; constants are rounded once, functions of the host language still get and give `f64`.
    F32,
}

impl Precision {
    fn is_single(self) -> bool {
        self == Precision::F32
    }
}

/// What to make of a tape.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How it is evaluated.
    pub tier: Tier,
    /// What it is computed with.
    pub precision: Precision,
    /// Threads for batches, and for [`Function::call_parallel`], for which Cranelift's code of a large tape is made in as
    /// many groups of outputs.
    pub threads: usize,
    /// Instructions per generated function; `None` is what is best for the tier.
    pub chunk: Option<usize>,
}

impl Default for Options {
    fn default() -> Options {
        Options { tier: Tier::default(), precision: Precision::default(), threads: 1, chunk: None }
    }
}

/// Why a tape cannot be compiled.
#[derive(Debug, thiserror::Error)]
pub enum ScalarError {
    /// An instruction that is not an operation on floats.
    #[error("instruction {at}: {op} is not an operation on floats")]
    Unsupported {
        /// Which instruction.
        at: usize,
        /// The operation.
        op: String,
    },
    /// A tape that refers to what it does not have.
    #[error("the tape is not valid: {0}")]
    Invalid(String),
    /// More than a tier can address.
    #[error("the tape has {count} {what}, more than {limit}")]
    TooLarge {
        /// Of what there are too many.
        what: &'static str,
        /// How many.
        count: usize,
        /// How many there may be.
        limit: usize,
    },
    /// A device lacks something, or has failed.
    #[error("{0}")]
    Device(String),
    /// The operating system gives no memory for code.
    #[error("{0}")]
    Memory(String),
    /// Cranelift has failed.
    #[error(transparent)]
    Host(#[from] crate::host::HostError),
    /// LLVM has failed.
    #[error(transparent)]
    Kernel(#[from] crate::kernel::KernelError),
    /// The code cannot be linked.
    #[error(transparent)]
    Link(#[from] crate::link::LinkError),
    /// A mistake of this compiler.
    #[error("internal error: {0}")]
    Internal(String),
}

/// Instructions, inputs and outputs that a tape may have: offsets of eight-byte elements fit into 31 bits.
pub const ELEMENTS_MAX: usize = (1 << 28) - 1;

/// Rows that are transposed at a time.
const ROWS: usize = 256;

enum Body {
    Interpreted(interpret::Program),
    Native(native::Native),
    Vector(vector::Vector),
    Device(device::OnDevice),
}

/// A tape as a function. It can be called from many threads at the same time.
///
/// Functions of the host language should be pure: in batches they are called in any order, and by LLVM's code once more for
/// each lane of the last vector that has no point. A panic in one reaches the caller as it is, once the generated code has
/// returned; until then its result is NaN.
pub struct Function {
    body: Body,
    inputs: usize,
    outputs: usize,
    operations: usize,
    single: bool,
    threads: usize,
    compile_time: Duration,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let Function { inputs, outputs, operations, .. } = self;
        write!(f, "a function of {inputs} inputs, {outputs} outputs and {operations} operations")
    }
}

impl Function {
    /// Makes a function of a tape.
    ///
    /// # Errors
    /// If the tape is not valid, too large, or has an instruction that is not an operation on floats.
    pub fn compile(tape: &Tape, options: &Options) -> Result<Function, ScalarError> {
        let start = Instant::now();
        check(tape)?;
        let body = match options.tier {
            Tier::Interpreter => Body::Interpreted(interpret::Program::new(tape)),
            Tier::Cranelift => Body::Native(native::Native::new(tape, options)?),
            Tier::Llvm => Body::Vector(vector::Vector::new(tape, options)?),
        };
        Ok(Function {
            body,
            inputs: tape.inputs,
            outputs: tape.outputs.len(),
            operations: tape.operations(),
            single: options.precision.is_single(),
            threads: options.threads.max(1),
            compile_time: start.elapsed(),
        })
    }

    /// Makes a function of a tape that runs on a device, a thread for each point of a batch.
    ///
    /// # Errors
    /// As [`Function::compile`]; if the device lacks a function that the tape calls, or refuses the code.
    pub fn on_device(
        tape: &Tape,
        precision: Precision,
        device: Box<dyn Device>,
    ) -> Result<Function, ScalarError> {
        let start = Instant::now();
        check(tape)?;
        Ok(Function {
            body: Body::Device(device::OnDevice::new(tape, precision, device)?),
            inputs: tape.inputs,
            outputs: tape.outputs.len(),
            operations: tape.operations(),
            single: precision.is_single(),
            threads: 1,
            compile_time: start.elapsed(),
        })
    }

    /// Number of inputs.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Number of outputs.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Number of instructions that compute.
    pub fn operations(&self) -> usize {
        self.operations
    }

    /// Bytes of machine code, or of the device's form of it; 0 if there is none.
    pub fn code_size(&self) -> usize {
        match &self.body {
            Body::Interpreted(_) => 0,
            Body::Native(native) => native.code_size(),
            Body::Vector(vector) => vector.code_size(),
            Body::Device(device) => device.code_size(),
        }
    }

    /// How long it took to compile.
    pub fn compile_time(&self) -> Duration {
        self.compile_time
    }

    /// Evaluates one point. Floats of the other precision are converted.
    ///
    /// # Panics
    /// If there are fewer inputs or outputs than the tape has, if a function of the host language panics, and if a device
    /// fails, of which [`Function::try_call_batch`] tells.
    pub fn call<T: Float>(&self, inputs: &[T], outputs: &mut [T]) {
        self.point(inputs, outputs, false);
    }

    /// Like [`Function::call`], but independent groups of outputs of a large tape are computed at the same time.
    ///
    /// # Panics
    /// As [`Function::call`].
    pub fn call_parallel<T: Float>(&self, inputs: &[T], outputs: &mut [T]) {
        self.point(inputs, outputs, true);
    }

    fn point<T: Float>(&self, inputs: &[T], outputs: &mut [T], parallel: bool) {
        assert!(inputs.len() >= self.inputs && outputs.len() >= self.outputs, "too few inputs or outputs");
        if T::SINGLE == self.single {
            return self.point_as(inputs, outputs, parallel);
        }
        self.converted(inputs, outputs, |inputs, outputs| self.point_as(inputs, outputs, parallel));
    }

    /// One point in the precision of the code.
    fn point_as<T: Float>(&self, inputs: &[T], outputs: &mut [T], parallel: bool) {
        match &self.body {
            Body::Interpreted(program) => program.run(&Columns::new(inputs, outputs, self.outputs, 1), 0..1),
            Body::Vector(vector) => vector.batch(&Columns::new(inputs, outputs, self.outputs, 1), 0..1),
            Body::Device(_) => self.strip(&Columns::new(inputs, outputs, self.outputs, 1), 0..1),
            Body::Native(native) if parallel => native.point_parallel(inputs, outputs),
            Body::Native(native) => native.point(inputs, outputs),
        }
    }

    /// Evaluates a batch of points: `inputs[i * points + p]` is input `i` of point `p`, and likewise of the outputs.
    ///
    /// # Panics
    /// As [`Function::call`].
    pub fn call_batch<T: Float>(&self, inputs: &[T], outputs: &mut [T], points: usize) {
        self.check_room(inputs.len(), outputs.len(), points);
        if T::SINGLE == self.single {
            return self.batch_as(inputs, outputs, points);
        }
        self.converted(inputs, outputs, |inputs, outputs| self.batch_as(inputs, outputs, points));
    }

    /// Like [`Function::call_batch`], for a device that may fail.
    ///
    /// # Errors
    /// If the device fails; there is then nothing of use in the outputs.
    ///
    /// # Panics
    /// As [`Function::call`] otherwise.
    pub fn try_call_batch<T: Float>(
        &self,
        inputs: &[T],
        outputs: &mut [T],
        points: usize,
    ) -> Result<(), ScalarError> {
        let Body::Device(device) = &self.body else {
            self.call_batch(inputs, outputs, points);
            return Ok(());
        };
        self.check_room(inputs.len(), outputs.len(), points);
        if T::SINGLE == self.single {
            return device.batch(&Columns::new(inputs, outputs, self.outputs, points), 0..points);
        }
        let mut result = Ok(());
        self.converted(inputs, outputs, |inputs, outputs| {
            result = device.batch(&Columns::new(inputs, outputs, self.outputs, points), 0..points);
        });
        result
    }

    /// A batch in the precision of the code.
    fn batch_as<T: Float>(&self, inputs: &[T], outputs: &mut [T], points: usize) {
        let batch = Columns::new(inputs, outputs, self.outputs, points);
        // As many runs as threads, so that no more than these are busy.
        let run = points.div_ceil(self.threads).next_multiple_of(interpret::COLUMN);
        if run >= points {
            return self.strip(&batch, 0..points);
        }
        let starts = (0..points).step_by(run).collect::<Vec<_>>();
        starts.into_par_iter().for_each(|from| self.strip(&batch, from..(from + run).min(points)));
    }

    fn strip<T: Float>(&self, batch: &Columns<T>, points: Range<usize>) {
        match &self.body {
            Body::Interpreted(program) => program.run(batch, points),
            Body::Native(native) => native.batch(batch, points),
            Body::Vector(vector) => vector.batch(batch, points),
            Body::Device(device) => device.batch(batch, points).unwrap_or_else(|why| panic!("{why}")),
        }
    }

    /// Evaluates a batch of points: `inputs[p * self.inputs() + i]` is input `i` of point `p`, and likewise of the
    /// outputs.
    ///
    /// # Panics
    /// As [`Function::call`].
    pub fn call_rows<T: Float>(&self, inputs: &[T], outputs: &mut [T], points: usize) {
        self.check_room(inputs.len(), outputs.len(), points);
        if T::SINGLE == self.single {
            return self.rows_as(inputs, outputs, points);
        }
        self.converted(inputs, outputs, |inputs, outputs| self.rows_as(inputs, outputs, points));
    }

    /// Rows in the precision of the code.
    fn rows_as<T: Float>(&self, inputs: &[T], outputs: &mut [T], points: usize) {
        let (width, height) = (self.inputs, self.outputs);
        // Nothing is wanted, and there is nothing to cut into rows.
        if height == 0 || points == 0 {
            return;
        }
        let run = points.div_ceil(self.threads);
        let rows = |(number, outputs): (usize, &mut [T])| {
            let count = outputs.len() / height;
            let inputs = &inputs[number * run * width..][..count * width];
            match &self.body {
                Body::Native(native) => {
                    for (point, outputs) in outputs.chunks_mut(height).enumerate() {
                        native.point(&inputs[point * width..][..width], outputs);
                    }
                }
                Body::Interpreted(_) | Body::Vector(_) | Body::Device(_) => {
                    self.transposed(inputs, outputs, count)
                }
            }
        };
        let runs = outputs[..points * height].par_chunks_mut(run * height).enumerate();
        if self.threads == 1 { rows((0, &mut outputs[..points * height])) } else { runs.for_each(rows) }
    }

    /// Rows by way of columns, a block at a time.
    fn transposed<T: Float>(&self, inputs: &[T], outputs: &mut [T], points: usize) {
        let (width, height) = (self.inputs, self.outputs);
        let block = ROWS.min(points);
        let mut columns = vec![T::default(); width * block];
        let mut results = vec![T::default(); height * block];
        for from in (0..points).step_by(block) {
            let count = block.min(points - from);
            transpose(&inputs[from * width..][..count * width], &mut columns, count, width);
            let batch = Columns::new(&columns[..width * count], &mut results, height, count);
            self.strip(&batch, 0..count);
            transpose(
                &results[..height * count],
                &mut outputs[from * height..][..count * height],
                height,
                count,
            );
        }
    }

    fn check_room(&self, inputs: usize, outputs: usize, points: usize) {
        let room = |have: usize, columns: usize| columns.checked_mul(points).is_some_and(|need| have >= need);
        assert!(room(inputs, self.inputs) && room(outputs, self.outputs), "too few inputs or outputs");
    }

    /// Runs `f` on floats of the other precision.
    fn converted<T: Float>(
        &self,
        inputs: &[T],
        outputs: &mut [T],
        f: impl FnOnce(&[T::Other], &mut [T::Other]),
    ) {
        let inputs: Vec<T::Other> = inputs.iter().map(|x| T::Other::from_f64(x.to_f64())).collect();
        let mut results = vec![T::Other::default(); outputs.len()];
        f(&inputs, &mut results);
        for (output, result) in outputs.iter_mut().zip(&results) {
            *output = T::from_f64(result.to_f64());
        }
    }
}

/// A matrix of `columns` columns and `rows` rows, row by row, to one column by column.
fn transpose<T: Float>(from: &[T], to: &mut [T], rows: usize, columns: usize) {
    // Squares that fit into the first cache together.
    const SIDE: usize = 16;
    for row in (0..rows).step_by(SIDE) {
        for column in (0..columns).step_by(SIDE) {
            for r in row..(row + SIDE).min(rows) {
                for c in column..(column + SIDE).min(columns) {
                    to[c * rows + r] = from[r * columns + c];
                }
            }
        }
    }
}

/// Refuses what no code generator can make sense of.
fn check(tape: &Tape) -> Result<(), ScalarError> {
    let counts =
        [("instructions", tape.code.len()), ("inputs", tape.inputs), ("outputs", tape.outputs.len())];
    for (what, count) in counts {
        if count > ELEMENTS_MAX {
            return Err(ScalarError::TooLarge { what, count, limit: ELEMENTS_MAX });
        }
    }
    for (at, instr) in tape.code.iter().enumerate() {
        let mut early = true;
        instr.each_operand(|operand| early &= (operand as usize) < at);
        if !early {
            return Err(ScalarError::Invalid(format!(
                "instruction {at} uses a register before it is defined"
            )));
        }
        match instr {
            Instr::Input(input) if *input as usize >= tape.inputs => {
                return Err(ScalarError::Invalid(format!(
                    "instruction {at} reads input {input} of {}",
                    tape.inputs
                )));
            }
            Instr::Unary(op, _) | Instr::Binary(op, ..) => {
                let arity = if matches!(instr, Instr::Unary(..)) { 1 } else { 2 };
                if op.arity() != arity || !on_floats(*op) {
                    return Err(ScalarError::Unsupported { at, op: op.name() });
                }
            }
            Instr::Call(callback, args) if callback.arity != args.len() => {
                return Err(ScalarError::Invalid(format!(
                    "instruction {at} calls {} with {} arguments, not {}",
                    callback.name,
                    args.len(),
                    callback.arity
                )));
            }
            _ => {}
        }
    }
    match tape.outputs.iter().find(|&&reg| reg as usize >= tape.code.len()) {
        Some(reg) => {
            Err(ScalarError::Invalid(format!("an output is register {reg}, which is never defined")))
        }
        None => Ok(()),
    }
}

/// Whether an operation is defined on floats, or on the `bool`s that comparisons make of them.
fn on_floats(op: ScalarOp) -> bool {
    match op {
        ScalarOp::Cast(to) => matches!(to, DType::F64 | DType::F32 | DType::Bool),
        ScalarOp::Shl | ScalarOp::Shr => false,
        _ => true,
    }
}
