//! Kernels for devices, between fused loop nests and the text of one device: the grid, the threads of a workgroup, what they
//! keep in workgroup memory, and the stages that barriers separate.

use super::nest::{Nest, Slot};
use braid_ir::{DType, Sym, Term};

/// Threads of a workgroup where a form does not ask for more.
pub const WORKGROUP: u32 = 128;

/// What one kernel does.
#[derive(Clone, Debug)]
pub enum Form {
    /// A thread for so many neighbouring elements of one nest's output, 16 bytes at most; it does a reduction as loops of its own.
    /// With one element, this takes every nest there is.
    Elements(Nest, u32),
    /// Threads that share rows.
    Rows(Rows),
    /// A matrix product or convolution, in tiles.
    Tiles(Tiles),
}

/// A sum of products whose output is cut into rectangles, one for each workgroup. Pieces of both operands pass through workgroup
/// memory; while one is multiplied, the next are on their way. What follows the sum is done on the rectangle, in the order of memory.
#[derive(Clone, Debug)]
pub struct Tiles {
    /// The nest.
    pub nest: Nest,
    /// The operand that varies along `rows`, and the one that varies along `columns`: numbers of reads.
    pub operands: [usize; 2],
    /// Output axes along which the first operand varies alone.
    pub rows: Vec<usize>,
    /// Output axes along which the second operand varies alone.
    pub columns: Vec<usize>,
    /// All other output axes.
    pub batch: Vec<usize>,
    /// Rows and columns of a rectangle.
    pub shape: [u32; 2],
    /// How a workgroup computes it.
    pub manner: Manner,
}

/// How the threads of a workgroup compute a rectangle of [`Tiles`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Pieces come by way of registers; any floats on any device. The rectangle is a square of 32 or 64.
    Registers,
    /// Pieces of `f32` are copied asynchronously, several ahead, and a thread computes up to 8 by 8 elements. Sides are 64 or 128.
    Copies,
    /// Half floats on matrix units, their pieces copied asynchronously where they lie so. Sides are 64 or 128.
    Units,
    /// The same on the matrix units of four subgroups together, which read workgroup memory by themselves.
    Groups,
}

/// How an operand's elements lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lie {
    /// Whether neighbours in memory are neighbours along the sum, and not along the operand's own axes.
    pub along: bool,
    /// How many neighbours can be taken at a time, from a multiple of as many on: 16 bytes at most.
    pub run: i64,
}

impl Tiles {
    /// Threads of a workgroup.
    pub fn threads(&self) -> u32 {
        match (self.manner, self.shape) {
            (Manner::Registers, _) | (Manner::Copies, [128, 128]) => 256,
            (Manner::Copies | Manner::Units, _) => 128,
            (Manner::Groups, [tall, _]) => 2 * tall,
        }
    }

    /// The number of rows, of columns and of products.
    pub fn counts(&self) -> [Term; 3] {
        [&self.rows, &self.columns, &self.batch]
            .map(|axes| axes.iter().fold(Term::int(1), |n, &axis| n * self.nest.extent(axis)))
    }

    /// The number of rectangles.
    pub fn rectangles(&self) -> Term {
        let [rows, columns, products] = self.counts();
        up(rows, self.shape[0]) * up(columns, self.shape[1]) * products
    }

    /// The output axes along which an operand varies alone.
    pub fn own(&self, which: usize) -> &[usize] {
        if which == 0 { &self.rows } else { &self.columns }
    }

    /// How an operand lies in memory.
    pub fn lie(&self, which: usize) -> Lie {
        let read = &self.nest.reads[self.operands[which]];
        let run = |axis: Option<usize>| {
            let mut widths = [16, 8, 4, 2, 1].into_iter().filter(|w| w * read.dtype.size() as i64 <= 16);
            let fits = |&width: &i64| axis.is_some_and(|axis| self.nest.runs(read.address, axis, width));
            widths.find(fits).unwrap_or(0)
        };
        let (sum, own) = (run(self.nest.axes().checked_sub(1)), run(self.own(which).last().copied()));
        Lie { along: sum > own, run: sum.max(own).max(1) }
    }
}

/// `count / width`, rounded up.
pub fn up(count: Term, width: u32) -> Term {
    let width = Term::int(width.into());
    (count + width - Term::int(1)).floor_div(width)
}

/// Nests over the same rows, one after the other. A row's threads compute its part of each nest together; what they have computed
/// stays in workgroup memory for the nests after it, so that a softmax or a norm is one kernel.
#[derive(Clone, Debug)]
pub struct Rows {
    /// Number of rows.
    pub count: Term,
    /// Threads that share a row, a power of two.
    pub lanes: u32,
    /// Threads of a workgroup, a multiple of `lanes`.
    pub threads: u32,
    /// Arrays in workgroup memory: their element type and number of elements for each row.
    pub kept: Vec<(DType, usize)>,
    /// In order, a barrier between each two.
    pub stages: Vec<Stage>,
}

/// One nest of [`Rows`].
#[derive(Clone, Debug)]
pub struct Stage {
    /// The nest. What it reads from workgroup memory is a [`Slot::Kept`], at addresses within the row.
    pub nest: Nest,
    /// How many of its output axes, from the first on, number the row.
    pub row_axes: usize,
    /// Threads that reduce one point of the row together, a power of two and at most the row's; 1 where each does its own.
    pub lanes: u32,
    /// The array that takes the result, and the address of an element within the row.
    pub keep: Option<(usize, Term)>,
    /// Whether the result goes to the nest's target, too.
    pub stored: bool,
}

impl Rows {
    /// Rows of a workgroup.
    pub fn rows(&self) -> u32 {
        self.threads / self.lanes
    }
}

impl Form {
    /// The nests, in order.
    pub fn nests(&self) -> Vec<&Nest> {
        match self {
            Form::Elements(nest, _) => vec![nest],
            Form::Rows(rows) => rows.stages.iter().map(|stage| &stage.nest).collect(),
            Form::Tiles(tiles) => vec![&tiles.nest],
        }
    }

    /// The distinct slots that the kernel writes, then those that it reads, in the order of its parameters.
    pub fn slots(&self) -> (Vec<Slot>, Vec<Slot>) {
        let distinct = |slots: &mut dyn Iterator<Item = Slot>| {
            let mut result: Vec<Slot> = Vec::new();
            slots.for_each(|slot| {
                if !result.contains(&slot) {
                    result.push(slot);
                }
            });
            result
        };
        let written = match self {
            Form::Elements(nest, _) | Form::Tiles(Tiles { nest, .. }) => vec![nest.target],
            Form::Rows(rows) => {
                let stored = rows.stages.iter().filter(|stage| stage.stored);
                distinct(&mut stored.map(|stage| stage.nest.target))
            }
        };
        let nests = self.nests();
        let mut reads = nests.iter().flat_map(|nest| &nest.reads).map(|read| read.slot);
        let read = distinct(&mut reads);
        (written, read.into_iter().filter(|slot| !matches!(slot, Slot::Kept(_))).collect())
    }

    /// The symbols that the kernel mentions: its integers, in the order of its parameters.
    pub fn symbols(&self) -> Vec<Sym> {
        let mut result: Vec<Sym> = Vec::new();
        let kept: Vec<Term> = match self {
            Form::Elements(..) | Form::Tiles(_) => vec![],
            Form::Rows(rows) => {
                let addresses = rows.stages.iter().filter_map(|stage| Some(stage.keep?.1));
                addresses.chain([rows.count]).collect()
            }
        };
        let nests = self.nests();
        for sym in nests.iter().flat_map(|nest| nest.terms()).chain(kept).flat_map(|t| t.syms()) {
            if !result.contains(&sym) {
                result.push(sym);
            }
        }
        result
    }
}
