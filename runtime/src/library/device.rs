//! Routines on a device: which kernels of the program do them, and how these are launched. What they read and write stays there; the one
//! thing that is read back is how many elements are not zero, since sizes are the host program's.

use super::{Call, MALFORMED};
use crate::device::{Address, Extent};
use crate::tensor::{ALIGN, byte_count};

/// Elements that a workgroup sorts, or counts in, at a time.
const BLOCK: usize = 1024;
/// Threads of a workgroup.
const THREADS: usize = 256;
/// Workgroups along x; more than these go along y.
const ROW: u64 = 32768;

/// The kernels of a routine, in the order in which the manifest names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernels {
    /// Running sums along lines.
    Sums,
    /// Running products along lines.
    Products,
    /// Blocks of lines in order; pairs of such as one.
    Ranks,
    /// How many elements of each block are not zero; running sums of these; their coordinates.
    Places,
}

/// A routine on a device.
type Routine = fn(&mut OnDevice) -> Result<(), String>;

const ROUTINES: &[(&str, Kernels, Routine)] = &[
    ("cumsum", Kernels::Sums, scan),
    ("cumprod", Kernels::Products, scan),
    ("sort", Kernels::Ranks, sort),
    ("topk", Kernels::Ranks, topk),
    ("nonzero", Kernels::Places, nonzero),
];

/// What the routine of this name needs on a device; `None` if the CPU does it.
pub fn kernels(name: &str) -> Option<Kernels> {
    ROUTINES.iter().find(|(known, ..)| *known == name).map(|(_, kernels, _)| *kernels)
}

/// A call whose operands lie on the device.
pub(crate) struct OnDevice<'c, 'a> {
    /// Its operands have a type and a shape; their elements are not here.
    pub(crate) call: &'c mut Call<'a>,
    /// Where they are.
    pub(crate) addresses: Vec<Address>,
    /// Numbers of the routine's kernels.
    pub(crate) kernels: Vec<u32>,
}

/// Runs the routine of this name.
pub(crate) fn run(name: &str, mut on: OnDevice) -> Result<(), String> {
    let (.., routine) = ROUTINES.iter().find(|(known, ..)| *known == name).ok_or(MALFORMED)?;
    routine(&mut on)
}

impl OnDevice<'_, '_> {
    /// Tensor operand number `i`.
    fn operand(&self, i: usize) -> Result<Extent, String> {
        let view = self.call.tensor(i)?;
        let bytes = byte_count(view.dtype, &view.shape).ok_or(MALFORMED)?;
        Ok(Extent { address: *self.addresses.get(i).ok_or(MALFORMED)?, bytes: bytes as u64 })
    }

    /// Room for result number `i`.
    fn result(&mut self, i: usize, shape: &[usize]) -> Result<Extent, String> {
        let output = self.call.results.get(i).ok_or(MALFORMED)?;
        let bytes = byte_count(output.dtype, shape).ok_or("a result is larger than memory")?;
        let address = self.call.state.room(self.call.operands.len(), i, &output.place, bytes)?;
        Ok(Extent { address: address.addr() as Address, bytes: bytes as u64 })
    }

    /// Memory for so many bytes each, until the next call of this.
    fn scratch<const N: usize>(&mut self, bytes: [usize; N]) -> Result<[Extent; N], String> {
        let sizes = bytes.map(|bytes| bytes.next_multiple_of(ALIGN) as u64);
        let resident = self.call.state.resident().ok_or(MALFORMED)?;
        let mut address = resident.scratch(sizes.iter().sum())?;
        Ok(sizes.map(|bytes| {
            let extent = Extent { address, bytes };
            address += bytes;
            extent
        }))
    }

    /// Launches kernel number `which` of the routine's on so many workgroups, if there are any.
    fn launch(
        &mut self,
        which: usize,
        buffers: &[Extent],
        ints: &[usize],
        groups: usize,
    ) -> Result<(), String> {
        if groups == 0 {
            return Ok(());
        }
        let kernel = *self.kernels.get(which).ok_or(MALFORMED)? as usize;
        let groups = groups as u64;
        let rows = u32::try_from(groups.div_ceil(ROW)).map_err(|_| "a grid beyond what devices take")?;
        let ints: Vec<i64> = ints.iter().map(|&n| n as i64).collect();
        let resident = self.call.state.resident().ok_or(MALFORMED)?;
        resident.run(kernel, buffers, &ints, [groups.min(ROW) as u32, rows, 1])
    }
}

fn scan(on: &mut OnDevice) -> Result<(), String> {
    let x = on.call.tensor(0)?;
    let (outer, extent, inner) = x.split_at(on.call.axis("axis", x.shape.len())?);
    let flags = [on.call.bool("exclusive")?, on.call.bool("reverse")?].map(usize::from);
    let buffers = [on.result(0, &x.shape)?, on.operand(0)?];
    let lines = if extent == 0 { 0 } else { outer * inner };
    on.launch(0, &buffers, &[lines, extent, inner, flags[0], flags[1]], lines)
}

fn sort(on: &mut OnDevice) -> Result<(), String> {
    let x = on.call.tensor(0)?;
    let axis = on.call.axis("axis", x.shape.len())?;
    let descending = on.call.bool("descending")?;
    ranked(on, axis, x.shape[axis], descending)
}

fn topk(on: &mut OnDevice) -> Result<(), String> {
    let x = on.call.tensor(0)?;
    let axis = on.call.axis("axis", x.shape.len())?;
    let k = super::order::wanted(on.call, x.shape[axis])?;
    let largest = on.call.bool("largest")?;
    ranked(on, axis, k, largest)
}

/// Blocks of each line in order, then by twos, until a line is one. Of a block no more than `k` elements can be among the first `k`.
fn ranked(on: &mut OnDevice, axis: usize, k: usize, descending: bool) -> Result<(), String> {
    let x = on.call.tensor(0)?;
    let (outer, extent, inner) = x.split_at(axis);
    let mut shape = x.shape.clone();
    shape[axis] = k;
    let results = [on.result(0, &shape)?, on.result(1, &shape)?];
    let operand = on.operand(0)?;
    let (lines, blocks, descending) = (outer * inner, extent.div_ceil(BLOCK), usize::from(descending));
    if lines == 0 || k == 0 {
        return Ok(());
    }
    let log = |n: usize| n.next_power_of_two().trailing_zeros() as usize;
    if blocks == 1 {
        let ints = [lines, extent, inner, 1, log(extent), k, k, inner, descending];
        return on.launch(0, &[results[0], results[1], operand], &ints, lines);
    }
    let each = k.min(BLOCK);
    let kept = (blocks - 1) * each + (extent - (blocks - 1) * BLOCK).min(each);
    let count = lines * kept;
    let sizes = [count * x.dtype.size(), count * 8];
    let [values, positions, other_values, other_positions] =
        on.scratch([sizes[0], sizes[1], sizes[0], sizes[1]])?;
    let (mut from, mut to) = ([values, positions], [other_values, other_positions]);
    let ints = [lines, extent, inner, blocks, log(BLOCK), each, kept, 1, descending];
    on.launch(0, &[from[0], from[1], operand], &ints, lines * blocks)?;
    let mut run = each;
    while run < kept {
        let last = 2 * run >= kept;
        let (keep, stride) = if last { (k, inner) } else { (kept, 1) };
        let into = if last { results } else { to };
        let ints = [lines, kept, run, log(run) + 1, keep, stride, descending];
        on.launch(1, &[into[0], into[1], from[0], from[1]], &ints, count.div_ceil(THREADS))?;
        (from, to, run) = (to, from, 2 * run);
    }
    Ok(())
}

fn nonzero(on: &mut OnDevice) -> Result<(), String> {
    let x = on.call.tensor(0)?;
    let operand = on.operand(0)?;
    let (count, rank) = (x.len(), x.shape.len());
    let blocks = count.div_ceil(BLOCK);
    let mut found = [0; 8];
    let [counts, running] = on.scratch([8 * blocks, 8 * blocks])?;
    if blocks > 0 {
        on.launch(0, &[counts, operand], &[count], blocks)?;
        on.launch(1, &[running, counts], &[1, blocks, 1, 0, 0], 1)?;
        let last = running.address + 8 * (blocks as u64 - 1);
        on.call.state.resident().ok_or(MALFORMED)?.device().download(last, &mut found)?;
    }
    let total = usize::try_from(i64::from_le_bytes(found)).map_err(|_| MALFORMED)?;
    let places = on.result(0, &[total, rank])?;
    let number = on.result(1, &[])?;
    on.call.state.resident().ok_or(MALFORMED)?.device().upload(number.address, &found)?;
    let ints: Vec<usize> = std::iter::once(count).chain(x.shape.iter().copied()).collect();
    on.launch(2, &[places, running, operand], &ints, if total == 0 { 0 } else { blocks })
}
