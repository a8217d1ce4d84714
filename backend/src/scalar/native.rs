//! Functions that Cranelift has compiled: made for one evaluation of a large tape at a time.

use super::columns::Columns;
use super::float::Float;
use super::plan::{self, Limits, Plan};
use super::scratch::Scratch;
use super::table::Table;
use super::{Options, ScalarError, callback};
use crate::host::tape::{self as host, Features};
use braid_runtime::Code;
use braid_symbolic::tape::Tape;
use rayon::prelude::*;
use std::ops::Range;

/// Instructions per generated function unless the options say otherwise.
const CHUNK: usize = 500;
/// A value in memory is brought into a register if it is used again within so many instructions.
const REUSE: u32 = 12;
/// Points of a batch whose inputs are gathered at a time: a cache line of doubles of each.
const ROWS: usize = 8;
/// Tapes of fewer instructions are not worth the start of a thread.
const GROUPED_MIN: usize = 10_000;
/// Groups of outputs may compute so much more than all of them together.
const GROUPED_COST_MAX: f64 = 1.25;

/// `chunk(inputs, outputs, scratch, table)`.
type Entry = unsafe extern "C" fn(*const u8, *mut u8, *mut u8, *const u64);

/// Compiled chunks.
pub struct Native {
    /// Chunks of independent groups of outputs, and how much scratch memory each group takes.
    groups: Vec<(Vec<Entry>, usize)>,
    table: Table,
    inputs: usize,
    outputs: usize,
    bytes: usize,
    /// What the entries point into.
    _code: Code,
}

impl Native {
    /// Compiles a tape.
    ///
    /// # Errors
    /// If the code cannot be generated or mapped.
    pub fn new(tape: &Tape, options: &Options) -> Result<Native, ScalarError> {
        Native::with(tape, options, Features::native())
    }

    /// Compiles a tape with no more than these instructions.
    pub(super) fn with(tape: &Tape, options: &Options, features: Features) -> Result<Native, ScalarError> {
        let limits = Limits {
            chunk: options.chunk.unwrap_or(CHUNK),
            call: 1,
            registers: Some(host::REGISTERS),
            reuse: REUSE,
        };
        let single = options.precision.is_single();
        let table = Table::new(tape, single)?;
        let plans = plans(tape, options.threads, limits);
        let bools = plan::bools(tape);
        let input = host::Input { tape, bools: &bools, table: &table, single, features };
        let linked = host::compile(&input, &plans)?.link(&|_| false)?;
        let code = Code::new(&linked.bytes, &linked.layout).map_err(ScalarError::Memory)?;
        let entry = |p: usize, c: usize| {
            let symbol = format!("chunk_{p}_{c}");
            let at = linked.symbols.get(&symbol).and_then(|&at| code.at(at));
            let at = at.ok_or_else(|| ScalarError::Internal(format!("{symbol} is missing")))?;
            // SAFETY: the symbol is a function of this type in executable memory that lives as long as the entry.
            Ok(unsafe { std::mem::transmute::<*const u8, Entry>(at) })
        };
        let groups = plans.iter().enumerate().map(|(p, plan)| {
            let entries =
                (0..plan.chunks.len()).map(|c| entry(p, c)).collect::<Result<Vec<_>, ScalarError>>()?;
            Ok((entries, plan.slots_used as usize))
        });
        Ok(Native {
            groups: groups.collect::<Result<_, ScalarError>>()?,
            table,
            inputs: tape.inputs,
            outputs: tape.outputs.len(),
            bytes: linked.layout.text_bytes as usize,
            _code: code,
        })
    }

    /// Bytes of machine code.
    pub fn code_size(&self) -> usize {
        self.bytes
    }

    /// Evaluates one point.
    pub fn point<T: Float>(&self, inputs: &[T], outputs: &mut [T]) {
        let outputs = Outputs(checked(self, inputs, outputs));
        for group in 0..self.groups.len() {
            self.group(group, inputs.as_ptr(), &outputs);
        }
    }

    /// Evaluates one point, groups of outputs at the same time.
    pub fn point_parallel<T: Float>(&self, inputs: &[T], outputs: &mut [T]) {
        let outputs = Outputs(checked(self, inputs, outputs));
        (0..self.groups.len()).into_par_iter().for_each(|group| self.group(group, inputs.as_ptr(), &outputs));
    }

    fn group<T: Float>(&self, group: usize, inputs: *const T, outputs: &Outputs<T>) {
        let (entries, slots) = &self.groups[group];
        let mut scratch = Scratch::of(8 * slots);
        let table = self.table.words().as_ptr();
        let memory = scratch.as_mut_ptr();
        let run = || {
            for entry in entries {
                // SAFETY: the code reads as many inputs and writes as many outputs as `checked` has found there to be,
                // and as many slots as there are.
                unsafe { entry(inputs.cast(), outputs.0.cast(), memory, table) }
            }
        };
        if self.table.has_callbacks() { callback::entered(run) } else { run() }
    }

    /// Evaluates some points of a batch, one after the other.
    pub fn batch<T: Float>(&self, batch: &Columns<T>, points: Range<usize>) {
        let mut inputs = vec![T::default(); self.inputs * ROWS];
        let mut outputs = vec![T::default(); self.outputs * ROWS];
        let mut column = [T::default(); ROWS];
        for from in points.clone().step_by(ROWS) {
            let count = ROWS.min(points.end - from);
            for input in 0..self.inputs {
                batch.read(input, from, &mut column[..count]);
                for (point, value) in column[..count].iter().enumerate() {
                    inputs[point * self.inputs + input] = *value;
                }
            }
            for point in 0..count {
                let inputs = &inputs[point * self.inputs..][..self.inputs];
                self.point(inputs, &mut outputs[point * self.outputs..][..self.outputs]);
            }
            for output in 0..self.outputs {
                for (point, value) in column[..count].iter_mut().enumerate() {
                    *value = outputs[point * self.outputs + output];
                }
                batch.write(output, from, &column[..count]);
            }
        }
    }
}

/// The outputs of one point; groups write different ones.
struct Outputs<T>(*mut T);

// SAFETY: each output is written by one group, and read only after all are done.
unsafe impl<T> Sync for Outputs<T> {}

fn checked<T>(native: &Native, inputs: &[T], outputs: &mut [T]) -> *mut T {
    assert!(inputs.len() >= native.inputs && outputs.len() >= native.outputs, "too few inputs or outputs");
    outputs.as_mut_ptr()
}

/// One plan of all outputs, or one for each thread if they have little in common.
fn plans(tape: &Tape, threads: usize, limits: Limits) -> Vec<Plan> {
    let all: Vec<u32> = (0..tape.outputs.len() as u32).collect();
    let whole = Plan::new(tape, &all, limits);
    let groups = threads.min(tape.outputs.len());
    if groups < 2 || whole.operations < GROUPED_MIN {
        return vec![whole];
    }
    let size = tape.outputs.len().div_ceil(groups);
    let parts: Vec<Plan> = all.chunks(size).map(|outputs| Plan::new(tape, outputs, limits)).collect();
    let cost: usize = parts.iter().map(|plan| plan.operations).sum();
    if cost as f64 > whole.operations as f64 * GROUPED_COST_MAX { vec![whole] } else { parts }
}
