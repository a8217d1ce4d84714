//! Loop nests for devices: a thread for each element of the output, which does a reduction as loops of its own.
//!
//! This takes every nest there is. What it cannot take are the few operations that call the runtime on a CPU.

use super::*;

/// Threads of a workgroup.
pub const WORKGROUP: u32 = 128;
/// Workgroups along x; more than these go along y.
const ROW: i64 = 32768;

/// How a device's kernel gets at memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameters {
    /// Bare pointers, then integers: CUDA.
    Pointers,
    /// Storage buffers, and one more with the integers: Vulkan.
    Buffers,
}

/// A device's kernel as text.
#[derive(Clone, Debug)]
pub struct ThreadsText {
    /// The function [`super::NAME`], to stand in a `gpu.module`.
    pub text: String,
    /// Buffers, the output first.
    pub buffers: Vec<Slot>,
    /// Integers.
    pub dims: Vec<Sym>,
    /// Numbers of workgroups.
    pub grid: [Term; 3],
}

/// Writes the kernel of a nest.
///
/// # Errors
/// The name of a function that devices do not have.
pub fn emit_threads(
    nest: &Nest,
    target: &Target,
    parameters: Parameters,
) -> Result<ThreadsText, &'static str> {
    let (slots, pointers) = reads(nest);
    let dims = symbols(nest);
    let mut emitter = Emitter::new(nest, target);
    emitter.pointers = pointers;
    emitter.parameters = Some(parameters);
    for (i, &sym) in dims.iter().enumerate() {
        let name = match parameters {
            Parameters::Pointers => format!("%dim{i}").into(),
            Parameters::Buffers => {
                let at = emitter.raw(&format!("arith.constant {i} : index"));
                emitter.raw(&format!("memref.load %ints[{at}] : memref<?xi64>"))
            }
        };
        emitter.set_sym(sym, name);
    }
    let total = nest.out.iter().fold(Term::int(1), |n, &d| n * d);
    emitter.thread(total);
    if let Some(missing) = emitter.imports.first() {
        return Err(missing);
    }

    let reads: Vec<DType> = slots
        .iter()
        .map(|slot| nest.reads.iter().find(|r| r.slot == *slot).expect("a slot is read").dtype)
        .collect();
    let types = [nest.dtype].into_iter().chain(reads);
    let names = ["%out".to_string()].into_iter().chain((0..slots.len()).map(|i| format!("%in{i}")));
    let mut list: Vec<String> = names
        .zip(types)
        .map(|(name, dtype)| match parameters {
            Parameters::Pointers => format!("{name}: !llvm.ptr"),
            Parameters::Buffers => format!("{name}: memref<?x{}>", memory(dtype)),
        })
        .collect();
    match parameters {
        Parameters::Pointers => list.extend((0..dims.len()).map(|i| format!("%dim{i}: i64"))),
        Parameters::Buffers if dims.is_empty() => {}
        Parameters::Buffers => list.push("%ints: memref<?xi64>".to_string()),
    }
    let attributes = match parameters {
        Parameters::Pointers => format!("known_block_size = array<i32: {WORKGROUP}, 1, 1>"),
        Parameters::Buffers => {
            format!("spirv.entry_point_abi = #spirv.entry_point_abi<workgroup_size = [{WORKGROUP}, 1, 1]>")
        }
    };
    let text = format!(
        "  gpu.func {NAME}({}) kernel attributes {{{attributes}}} {{\n{}{}    gpu.return\n  }}\n",
        list.join(", "),
        emitter.constants,
        emitter.body
    );
    let width = Term::int(i64::from(WORKGROUP));
    let groups = (total + width - Term::int(1)).floor_div(width);
    let row = Term::int(ROW);
    let grid = [groups.min(row), (groups + row - Term::int(1)).floor_div(row), Term::int(1)];
    Ok(ThreadsText { text, buffers: [nest.target].into_iter().chain(slots).collect(), dims, grid })
}

impl Emitter<'_> {
    /// What one thread does: its element, if there is one for it.
    fn thread(&mut self, total: Term) {
        let [row, column, thread] = ["gpu.block_id y", "gpu.block_id x", "gpu.thread_id x"].map(|id| {
            let index = self.raw(id);
            self.define(DType::I64, 1, &format!("arith.index_cast {index} : index to i64"))
        });
        let (per_row, width) = (self.int(ROW), self.int(WORKGROUP.into()));
        let groups = self.same("arith.muli", &[&row, &per_row]);
        let group = self.same("arith.addi", &[&groups, &column]);
        let first = self.same("arith.muli", &[&group, &width]);
        let number = self.same("arith.addi", &[&first, &thread]);
        let total = self.term(total);
        let there = self.compare("arith.cmpi slt", &number, &total);
        self.if_then(&there, |e| {
            let mut rest = number;
            for axis in (0..e.nest.rank()).rev() {
                let index = if axis == 0 {
                    rest.clone()
                } else {
                    let extent = e.term(e.nest.extent(axis));
                    let index = e.same("arith.remui", &[&rest, &extent]);
                    rest = e.same("arith.divui", &[&rest, &extent]);
                    index
                };
                e.index[axis] = Some(Index::Uniform(index));
            }
            e.point(None);
            (0..e.nest.rank()).for_each(|axis| e.index[axis] = None);
        });
    }

    /// Loads an element in its form in memory.
    pub(super) fn load_element(&mut self, pointer: &str, at: &Val, dtype: DType) -> Rc<str> {
        let element = memory(dtype);
        if self.parameters == Some(Parameters::Buffers) {
            let index = self.raw(&format!("arith.index_cast {} : i64 to index", at.name));
            return self.raw(&format!("memref.load {pointer}[{index}] : memref<?x{element}>"));
        }
        let place = self.place(pointer, at, element);
        self.raw(&format!(
            "llvm.load {place} {{alignment = {} : i64}} : !llvm.ptr -> {element}",
            dtype.size()
        ))
    }

    /// Stores an element of the output in its form in memory.
    pub(super) fn store_element(&mut self, raw: &str, at: &Val, dtype: DType) {
        let element = memory(dtype);
        if self.parameters == Some(Parameters::Buffers) {
            let index = self.raw(&format!("arith.index_cast {} : i64 to index", at.name));
            return self.line(&format!("memref.store {raw}, %out[{index}] : memref<?x{element}>"));
        }
        let place = self.place("%out", at, element);
        self.line(&format!(
            "llvm.store {raw}, {place} {{alignment = {} : i64}} : {element}, !llvm.ptr",
            dtype.size()
        ));
    }
}
