//! Kernels for devices, between fused loop nests and the text of one device: the grid, the threads of a workgroup, what they
//! keep in workgroup memory, and the stages that barriers separate.

use super::nest::{Access, Nest, Slot};
use braid_ir::ops::Reduction;
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
    /// Threads that share rows and hold them in registers.
    Held(Held),
    /// A reduction across memory.
    Columns(Columns),
    /// A matrix product or convolution, in tiles.
    Tiles(Tiles),
    /// Attention in tiles.
    Attention(Attention),
    /// Several of the above that do not need each other, each on workgroups of its own.
    Joined(Joined),
}

/// A reduction of which neighbouring points read neighbours, and of which there are too few points for a thread each. A workgroup has some
/// neighbouring points; several threads share a point's reduction, each taking every so manyth element.
#[derive(Clone, Debug)]
pub struct Columns {
    /// The nest.
    pub nest: Nest,
    /// Points of a workgroup.
    pub wide: u32,
    /// Threads of a point, a power of two.
    pub parts: u32,
}

impl Columns {
    /// How many points there are.
    pub fn points(&self) -> Term {
        self.nest.out.iter().fold(Term::int(1), |n, &d| n * d)
    }
}

/// Forms of one launch: the first workgroups are those of the first, and so on.
#[derive(Clone, Debug)]
pub struct Joined {
    /// The forms, none of them joined ones.
    pub parts: Vec<Form>,
    /// Threads of a workgroup.
    pub threads: u32,
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
    /// Where a mask hides later keys: row number `i` of a group sees none behind key `i` and so many.
    pub reach: Option<i64>,
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
        // Some elements more, so that those below each other lie in different banks.
        match self.units {
            true => vec![(rows, depth + 8), (keys, depth + 8), (keys, width + 8)],
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

/// Nests over the same rows, the elements of a row in the registers of the threads that share it: each thread has some places of the
/// row, keeps what is loaded and computed of them, and reduces with the others. All is said over two indices: axis 0 is the row, axis 1
/// the place.
#[derive(Clone, Debug)]
pub struct Held {
    /// The nests, in order, as they were.
    pub nests: Vec<Nest>,
    /// All that is read. Its output axis counts the rows, its reduction axis the places; it has no body.
    pub whole: Nest,
    /// What is the same for all rows and is read from workgroup memory: each an array, the [`Slot::Kept`] of that number.
    pub staged: Vec<Access>,
    /// What is done, in order.
    pub steps: Vec<Step>,
    /// Neighbouring places that a thread has together, 16 bytes at most.
    pub width: u32,
    /// Threads that share a row, a power of two.
    pub lanes: u32,
    /// Threads of a workgroup, a multiple of `lanes`.
    pub threads: u32,
    /// How often a workgroup does so, with other rows.
    pub turns: u32,
}

/// Loads of this number and above stand for what has been reduced.
pub const RESULTS: usize = 1 << 16;

/// A step of [`Held`]. Its terms' loads are reads of the whole or results.
#[derive(Clone, Debug)]
pub enum Step {
    /// Reduces a term over the places of the row.
    Reduce {
        /// How.
        reduction: Reduction,
        /// What.
        body: Term,
        /// The load that stands for what comes out.
        result: Term,
    },
    /// Stores a value for each place, or one for the row if the address says so.
    Store {
        /// Where to.
        slot: Slot,
        /// As what.
        dtype: DType,
        /// The element's address.
        address: Term,
        /// What.
        value: Term,
    },
}

impl Step {
    /// What it computes.
    pub fn terms(&self) -> impl Iterator<Item = Term> + use<> {
        match self {
            Step::Reduce { body, .. } => [Some(*body), None],
            Step::Store { address, value, .. } => [Some(*value), Some(*address)],
        }
        .into_iter()
        .flatten()
    }
}

impl Held {
    /// Number of rows.
    pub fn count(&self) -> Term {
        self.whole.out[0]
    }

    /// Places of a row.
    pub fn each(&self) -> i64 {
        self.whole.reduce[0].as_int().unwrap_or(0)
    }

    /// Rows of a workgroup.
    pub fn rows(&self) -> u32 {
        self.threads / self.lanes * self.turns
    }
}

impl Form {
    /// The nests, in order.
    pub fn nests(&self) -> Vec<&Nest> {
        match self {
            Form::Elements(nest, _) | Form::Columns(Columns { nest, .. }) => vec![nest],
            Form::Rows(rows) => rows.stages.iter().map(|stage| &stage.nest).collect(),
            Form::Held(held) => held.nests.iter().collect(),
            Form::Tiles(tiles) => vec![&tiles.nest],
            Form::Attention(of) => {
                let stages = of.stages.iter().map(|(nest, _)| nest);
                [&of.scores.0].into_iter().chain(stages).chain([&of.output]).collect()
            }
            Form::Joined(joined) => joined.parts.iter().flat_map(Form::nests).collect(),
        }
    }

    /// Threads of a workgroup.
    pub fn threads(&self) -> u32 {
        match self {
            Form::Elements(..) => WORKGROUP,
            Form::Rows(rows) => rows.threads,
            Form::Held(held) => held.threads,
            Form::Columns(of) => of.wide * of.parts,
            Form::Tiles(tiles) => tiles.threads(),
            Form::Attention(of) => of.threads(),
            Form::Joined(joined) => joined.threads,
        }
    }

    /// Number of workgroups of so many threads.
    pub fn groups(&self, threads: u32) -> Term {
        match self {
            Form::Elements(nest, each) => {
                up(up(nest.out.iter().fold(Term::int(1), |n, &d| n * d), *each), threads)
            }
            Form::Rows(rows) => up(rows.count, rows.rows()),
            Form::Held(held) => up(held.count(), held.rows()),
            Form::Columns(of) => up(of.points(), of.wide),
            Form::Tiles(tiles) => tiles.rectangles(),
            Form::Attention(of) => of.workgroups(),
            Form::Joined(joined) => {
                joined.parts.iter().fold(Term::int(0), |sum, part| sum + part.groups(threads))
            }
        }
    }

    /// This form on workgroups of so many threads, which are no fewer than its own.
    fn on(&self, threads: u32) -> Option<Form> {
        match self {
            Form::Elements(..) => Some(self.clone()),
            Form::Rows(rows) if threads.is_multiple_of(rows.lanes) => {
                Some(Form::Rows(Rows { threads, ..rows.clone() }))
            }
            Form::Held(held) if threads.is_multiple_of(held.lanes) => {
                Some(Form::Held(Held { threads, ..held.clone() }))
            }
            Form::Columns(_) if threads == self.threads() => Some(self.clone()),
            Form::Tiles(tiles) if threads == tiles.threads() => Some(self.clone()),
            Form::Attention(of) if threads == of.threads() => Some(self.clone()),
            _ => None,
        }
    }

    /// This form and another one in one launch, if their workgroups can be alike.
    pub fn joined(&self, other: &Form) -> Option<Form> {
        let threads = self.threads().max(other.threads());
        let parts = match self {
            Form::Joined(joined) => &joined.parts[..],
            _ => std::slice::from_ref(self),
        };
        let parts = parts.iter().chain([other]).map(|part| part.on(threads)).collect::<Option<_>>()?;
        Some(Form::Joined(Joined { parts, threads }))
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
            Form::Elements(nest, _)
            | Form::Columns(Columns { nest, .. })
            | Form::Tiles(Tiles { nest, .. }) => {
                vec![nest.target]
            }
            Form::Attention(of) => vec![of.output.target],
            Form::Rows(rows) => {
                let stored = rows.stages.iter().filter(|stage| stage.stored);
                distinct(&mut stored.map(|stage| stage.nest.target))
            }
            Form::Held(held) => distinct(&mut held.steps.iter().filter_map(|step| match step {
                Step::Store { slot, .. } => Some(*slot),
                Step::Reduce { .. } => None,
            })),
            Form::Joined(joined) => distinct(&mut joined.parts.iter().flat_map(|part| part.slots().0)),
        };
        let read = match self {
            Form::Held(held) => {
                distinct(&mut held.staged.iter().chain(&held.whole.reads).map(|read| read.slot))
            }
            Form::Joined(joined) => distinct(&mut joined.parts.iter().flat_map(|part| part.slots().1)),
            _ => distinct(&mut self.nests().iter().flat_map(|nest| &nest.reads).map(|read| read.slot)),
        };
        (written, read.into_iter().filter(|slot| !matches!(slot, Slot::Kept(_))).collect())
    }

    /// The symbols that the kernel mentions: its integers, in the order of its parameters.
    pub fn symbols(&self) -> Vec<Sym> {
        let mut result: Vec<Sym> = Vec::new();
        let kept: Vec<Term> = match self {
            Form::Elements(..) | Form::Columns(_) | Form::Tiles(_) => vec![],
            Form::Attention(of) => vec![of.group, of.groups, of.keys],
            Form::Rows(rows) => {
                let addresses = rows.stages.iter().filter_map(|stage| Some(stage.keep?.1));
                addresses.chain([rows.count]).collect()
            }
            Form::Held(held) => vec![held.count()],
            Form::Joined(joined) => joined.parts.iter().flat_map(Form::symbols).map(Term::sym).collect(),
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
