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
    /// Attention in tiles.
    Attention(Attention),
}

/// A sum of products whose output is cut into squares, one for each workgroup. Pieces of both operands pass through workgroup memory;
/// while one is multiplied, the next is on its way. What follows the sum is done on the square, in the order of memory.
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
    /// Side of a square, a multiple of 16; a thread computes as many elements as fit 256 times.
    pub side: u32,
    /// Whether half floats are multiplied on matrix units; the side is then 64 or 128.
    pub units: bool,
}

impl Tiles {
    /// Threads of a workgroup.
    pub const THREADS: u32 = 256;

    /// The number of rows, of columns and of products.
    pub fn counts(&self) -> [Term; 3] {
        [&self.rows, &self.columns, &self.batch]
            .map(|axes| axes.iter().fold(Term::int(1), |n, &axis| n * self.nest.extent(axis)))
    }

    /// The number of squares.
    pub fn squares(&self) -> Term {
        let [rows, columns, products] = self.counts();
        up(rows, self.side) * up(columns, self.side) * products
    }
}

/// Attention: scores of queries and keys, and the values' mean by the softmax of a row's scores. A workgroup has some rows; keys and values
/// pass through workgroup memory a tile at a time, with each row's running maximum and sum.
#[derive(Clone, Debug)]
pub struct Attention {
    /// The product that gives scores, and how many of its output axes, from the first on, number the row; the others number the key.
    pub scores: (Nest, usize),
    /// What the scores are products of: numbers of reads.
    pub query: usize,
    /// The same of keys.
    pub key: usize,
    /// Nests that change each score, in order, with axes as those of the scores; what they read of it is a [`Slot::Kept`].
    pub stages: Vec<(Nest, usize)>,
    /// The product of weights, a [`Slot::Kept`], and values.
    pub output: Nest,
    /// The read of values.
    pub value: usize,
    /// Output axes of the product that number the row, the last fastest.
    pub rows: Vec<usize>,
    /// Its other output axes.
    pub columns: Vec<usize>,
    /// How many rows, one after the other, share keys and values.
    pub group: Term,
    /// How many such groups there are.
    pub groups: Term,
    /// The number of keys.
    pub keys: Term,
    /// Elements of a query or key.
    pub depth: u32,
    /// Elements of a value.
    pub width: u32,
    /// Rows of a workgroup, and keys that pass through workgroup memory at a time; multiples of 16.
    pub tile: (u32, u32),
    /// Whether half floats are multiplied on matrix units; a subgroup then has 16 rows.
    pub units: bool,
}

impl Attention {
    /// Threads of a workgroup, where there are no matrix units.
    pub const THREADS: u32 = 256;
    /// Threads that then share rows.
    pub const ACROSS: u32 = 16;

    /// Whether queries, keys and values are half floats of one type.
    pub fn halves(&self) -> bool {
        let reads = &self.scores.0.reads;
        let types = [reads[self.query].dtype, reads[self.key].dtype, self.output.reads[self.value].dtype];
        matches!(types[0], DType::F16 | DType::BF16) && types.iter().all(|&ty| ty == types[0])
    }

    /// Threads of a workgroup.
    pub fn threads(&self) -> u32 {
        if self.units { 2 * self.tile.0 } else { Attention::THREADS }
    }

    /// The number of workgroups.
    pub fn workgroups(&self) -> Term {
        up(self.group, self.tile.0) * self.groups
    }

    /// [`Attention::depth`] and [`Attention::width`] as they are in workgroup memory, rounded up.
    pub fn padded(&self) -> [i64; 2] {
        [self.depth, self.width].map(|n| n.next_multiple_of(16).into())
    }

    /// The arrays in workgroup memory, queries, keys, values, and without matrix units weights: how many lines of how many elements.
    pub fn arrays(&self) -> Vec<(i64, i64)> {
        let [depth, width] = self.padded();
        let (rows, keys) = (self.tile.0.into(), self.tile.1.into());
        // Some elements more, so that those below each other lie in different banks. On matrix units, the lines of values are columns.
        match self.units {
            true => vec![(rows, depth + 8), (keys, depth + 8), (width, keys + 8)],
            false => vec![(rows, depth + 1), (keys, depth + 1), (keys, width), (rows, keys + 1)],
        }
    }

    /// Bytes of workgroup memory at most.
    pub fn bytes(&self) -> i64 {
        let elements: i64 = self.arrays().iter().map(|(lines, each)| lines * each).sum();
        let exchanged = i64::from(self.tile.0 / Attention::ACROSS * Attention::THREADS);
        if self.units { 2 * elements } else { 4 * (elements + exchanged) }
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
            Form::Attention(of) => {
                let stages = of.stages.iter().map(|(nest, _)| nest);
                [&of.scores.0].into_iter().chain(stages).chain([&of.output]).collect()
            }
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
            Form::Attention(of) => vec![of.output.target],
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
            Form::Attention(of) => vec![of.group, of.groups, of.keys],
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
