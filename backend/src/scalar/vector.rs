//! Functions that LLVM has compiled: made for batches, whose points are computed in vectors.
//!
//! Points are copied into blocks of short columns, so that inputs, outputs and what crosses from chunk to chunk stay in the
//! cache while all chunks run over them.

use super::columns::Columns;
use super::float::Float;
use super::plan::{self, Limits, Plan};
use super::scratch::Scratch;
use super::table::Table;
use super::{Options, ScalarError, callback};
use crate::kernel::{self, Source, Strip, Target};
use crate::link::Objects;
use braid_ir::DType;
use braid_runtime::Code;
use braid_symbolic::tape::{Instr, Tape};
use std::ops::Range;

/// Instructions per generated function unless the options say otherwise.
const CHUNK: usize = 400;
/// So many transcendental functions of a tape are written out where they are needed; of more, each is a function.
const IN_LINE_MAX: usize = 24;
/// For how many instructions one counts that is written out.
const IN_LINE: usize = 20;
/// Columns are as long as fits into so many bytes together, within limits.
const BLOCK_BYTES: usize = 512 << 10;
const COLUMN_MAX: usize = 256;

/// `chunk(inputs, outputs, scratch, table, points)`.
type Entry = unsafe extern "C" fn(*const u8, *mut u8, *mut u8, *const u64, usize);

/// Compiled chunks.
pub struct Vector {
    entries: Vec<Entry>,
    table: Table,
    inputs: usize,
    outputs: usize,
    lanes: usize,
    /// Points per column.
    column: usize,
    /// Bytes of scratch memory.
    scratch: usize,
    bytes: usize,
    /// What the entries point into.
    _code: Code,
}

impl Vector {
    /// Compiles a tape.
    ///
    /// # Errors
    /// If the code cannot be generated or mapped.
    pub fn new(tape: &Tape, options: &Options) -> Result<Vector, ScalarError> {
        let outlined = tape.code.iter().filter(|instr| plan::calls(instr)).count() > IN_LINE_MAX;
        let limits = Limits {
            chunk: options.chunk.unwrap_or(CHUNK),
            call: if outlined { 1 } else { IN_LINE },
            registers: None,
            reuse: 0,
        };
        let all: Vec<u32> = (0..tape.outputs.len() as u32).collect();
        let plan = Plan::new(tape, &all, limits);
        let target = Target::native()?;
        let single = options.precision.is_single();
        let (dtype, lanes) = match single {
            true => (DType::F32, target.lanes()),
            false => (DType::F64, target.lanes() / 2),
        };
        let columns = tape.inputs + tape.outputs.len() + plan.slots_used as usize;
        let fits = BLOCK_BYTES / dtype.size() / columns.max(1);
        let column = fits.clamp(lanes, COLUMN_MAX).next_power_of_two().min(COLUMN_MAX);
        let bytes = columns.max(1) * column * dtype.size();
        if bytes > i32::MAX as usize {
            let limit = i32::MAX as usize / column / dtype.size();
            return Err(ScalarError::TooLarge {
                what: "inputs, outputs and intermediate values",
                count: columns,
                limit,
            });
        }
        let table = Table::new(tape, single)?;
        let bools = plan::bools(tape);
        let source = Source { tape, bools: &bools, plan: &plan, dtype };
        let strip = Strip { source, table: &table, lanes, column, outlined };
        let mut objects = Objects::default();
        for object in kernel::compile_strip(&strip, &target)? {
            objects.add_elf(&object)?;
        }
        let linked = objects.link(&|name| braid_runtime::imports::find(name).is_some())?;
        let code = Code::new(&linked.bytes, &linked.layout).map_err(ScalarError::Memory)?;
        let entry = |c: usize| {
            let symbol = format!("chunk_{c}");
            let at = linked.symbols.get(&symbol).and_then(|&at| code.at(at));
            let at = at.ok_or_else(|| ScalarError::Internal(format!("{symbol} is missing")))?;
            // SAFETY: the symbol is a function of this type in executable memory that lives as long as the entry.
            Ok(unsafe { std::mem::transmute::<*const u8, Entry>(at) })
        };
        let arguments = tape.code.iter().map(|i| if let Instr::Call(_, args) = i { args.len() } else { 0 });
        Ok(Vector {
            entries: (0..plan.chunks.len()).map(entry).collect::<Result<_, ScalarError>>()?,
            table,
            inputs: tape.inputs,
            outputs: tape.outputs.len(),
            lanes,
            column,
            scratch: plan.slots_used as usize * column * dtype.size() + 8 * arguments.max().unwrap_or(0),
            bytes: linked.layout.text_bytes as usize,
            _code: code,
        })
    }

    /// Bytes of machine code.
    pub fn code_size(&self) -> usize {
        self.bytes
    }

    /// Evaluates some points of a batch.
    pub fn batch<T: Float>(&self, batch: &Columns<T>, points: Range<usize>) {
        let column = self.column;
        let size = column * size_of::<T>();
        let mut memory = Scratch::of((self.inputs + self.outputs) * size + self.scratch);
        let inputs: *mut T = memory.as_mut_ptr().cast();
        // SAFETY: the three areas follow each other within the block; each begins at a multiple of a column, and columns
        // are whole vectors.
        let (outputs, scratch) =
            unsafe { (inputs.add(self.inputs * column), inputs.add((self.inputs + self.outputs) * column)) };
        for from in points.clone().step_by(column) {
            let count = column.min(points.end - from);
            let whole = count.next_multiple_of(self.lanes);
            for input in 0..self.inputs {
                // SAFETY: a column of the inputs, of which nothing else refers to now.
                let to = unsafe { std::slice::from_raw_parts_mut(inputs.add(input * column), whole) };
                batch.read(input, from, &mut to[..count]);
                // Lanes without a point compute the last one again, which can raise nothing new.
                let last = to[count - 1];
                to[count..].fill(last);
            }
            let run = || {
                for entry in &self.entries {
                    // SAFETY: the code works on `whole` points of columns of this length.
                    unsafe {
                        entry(
                            inputs.cast(),
                            outputs.cast(),
                            scratch.cast(),
                            self.table.words().as_ptr(),
                            whole,
                        );
                    }
                }
            };
            if self.table.has_callbacks() {
                callback::entered(run)
            } else {
                run()
            }
            for output in 0..self.outputs {
                // SAFETY: a column of the outputs, which the code has written.
                let from_column = unsafe { std::slice::from_raw_parts(outputs.add(output * column), count) };
                batch.write(output, from, from_column);
            }
        }
    }
}
