//! Functions that run on a device: a thread for each point of a batch.

use super::columns::Columns;
use super::float::Float;
use super::plan::{self, Limits, Plan};
use super::{Precision, ScalarError};
use crate::device::{self, TapeCode};
use crate::kernel::Source;
use braid_ir::DType;
use braid_runtime::device::{Address, Device, Extent};
use braid_symbolic::tape::{Instr, Tape};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// Instructions of a kernel: compilers of kernels take more than linear time on long ones.
const CHUNK: usize = 1000;
/// For how many instructions a transcendental function counts, all of which are written out.
const IN_LINE: usize = 20;
/// Bytes of the largest buffer, which every device takes; of more, a batch is computed in pieces.
const BYTES_MAX: usize = 64 << 20;

/// Compiled chunks, on a device.
pub struct OnDevice {
    held: Mutex<Held>,
    kernels: usize,
    /// Columns of inputs, of outputs and of what crosses from chunk to chunk.
    columns: [usize; 3],
    bytes: usize,
}

/// The device, and its three buffers.
struct Held {
    device: Box<dyn Device>,
    buffers: [Extent; 3],
}

impl Drop for Held {
    fn drop(&mut self) {
        self.release();
    }
}

impl Held {
    fn release(&mut self) {
        for buffer in std::mem::replace(&mut self.buffers, NONE) {
            if buffer.address != 0 {
                self.device.free(buffer.address);
            }
        }
    }

    /// Makes the buffers at least this large.
    fn reserve(&mut self, bytes: [u64; 3]) -> Result<(), String> {
        if self.buffers.iter().zip(bytes).all(|(buffer, bytes)| buffer.bytes >= bytes) {
            return Ok(());
        }
        self.release();
        for (buffer, bytes) in self.buffers.iter_mut().zip(bytes) {
            let address: Address = self.device.alloc(bytes)?;
            *buffer = Extent { address, bytes };
        }
        Ok(())
    }
}

const NONE: [Extent; 3] = [Extent { address: 0, bytes: 0 }; 3];

impl OnDevice {
    /// Compiles a tape for a device.
    ///
    /// # Errors
    /// If the tape calls the host language or a function that devices do not have, or the device's driver refuses the code.
    pub fn new(tape: &Tape, precision: Precision, mut on: Box<dyn Device>) -> Result<OnDevice, ScalarError> {
        if let Some(Instr::Call(callback, _)) = tape.code.iter().find(|i| matches!(i, Instr::Call(..))) {
            let what = format!("{}, a function of the host language, cannot be called there", callback.name);
            return Err(ScalarError::Device(format!("{}: {what}", on.name())));
        }
        let targets = device::targets().into_iter().flat_map(|target| [format!("{target}:llvm"), target]);
        let best = targets.filter_map(|target| Some((on.suits(&target)?, target))).max();
        let (_, target) =
            best.ok_or_else(|| ScalarError::Device(format!("{}: no code can be made for it", on.name())))?;
        let limits = Limits { chunk: CHUNK, call: IN_LINE, registers: None, reuse: 0 };
        let all: Vec<u32> = (0..tape.outputs.len() as u32).collect();
        let plan = Plan::new(tape, &all, limits);
        let dtype = if precision.is_single() { DType::F32 } else { DType::F64 };
        let columns = [tape.inputs, tape.outputs.len(), plan.slots_used as usize];
        let most = BYTES_MAX / dtype.size();
        if let Some(&count) = columns.iter().find(|&&count| count > most) {
            let what = "inputs, outputs or intermediate values";
            return Err(ScalarError::TooLarge { what, count, limit: most });
        }
        let source = Source { tape, bools: &plan::bools(tape), plan: &plan, dtype };
        let code = device::compile_tape(source, &target)?;
        on.load(&code.kernels, &code.code).map_err(ScalarError::Device)?;
        let held = Mutex::new(Held { device: on, buffers: NONE });
        Ok(OnDevice { held, kernels: code.kernels.len(), columns, bytes: code.code.len() })
    }

    /// Bytes of the device's code.
    pub fn code_size(&self) -> usize {
        self.bytes
    }

    /// Evaluates some points of a batch.
    ///
    /// # Errors
    /// If the device fails.
    pub fn batch<T: Float>(&self, batch: &Columns<T>, points: Range<usize>) -> Result<(), ScalarError> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let widest = self.columns.into_iter().max().unwrap_or(0).max(1);
        let piece = (BYTES_MAX / size_of::<T>() / widest).max(1);
        for from in points.clone().step_by(piece) {
            let count = piece.min(points.end - from);
            self.piece(&mut held, batch, from, count).map_err(ScalarError::Device)?;
        }
        Ok(())
    }

    fn piece<T: Float>(
        &self,
        held: &mut Held,
        batch: &Columns<T>,
        from: usize,
        count: usize,
    ) -> Result<(), String> {
        held.reserve(self.columns.map(|columns| (columns * count * size_of::<T>()).max(1) as u64))?;
        let [inputs, outputs, _] = self.columns;
        let mut values = vec![T::default(); inputs.max(outputs) * count];
        for (input, column) in values.chunks_exact_mut(count).take(inputs).enumerate() {
            batch.read(input, from, column);
        }
        let device = &mut held.device;
        device.upload(held.buffers[0].address, T::bytes(&mut values[..inputs * count]))?;
        for kernel in 0..self.kernels {
            device.launch(kernel, &held.buffers, &[count as i64], TapeCode::grid(count as u64))?;
        }
        device.download(held.buffers[1].address, T::bytes(&mut values[..outputs * count]))?;
        for (output, column) in values.chunks_exact(count).take(outputs).enumerate() {
            batch.write(output, from, column);
        }
        Ok(())
    }
}
