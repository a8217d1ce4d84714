//! Kernels for devices: the function around a form, and what a thread does that has an element for itself.
//!
//! What devices do not have are the few operations that call the runtime on a CPU.

use super::*;
use crate::kernel::form::{Form, Manner, WORKGROUP, up};

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

impl Parameters {
    /// A type of workgroup memory.
    pub(super) fn workgroup(self, count: u64, element: &str) -> String {
        match self {
            Parameters::Pointers => format!("memref<{count}x{element}, #gpu.address_space<workgroup>>"),
            Parameters::Buffers => format!("memref<{count}x{element}, 3>"),
        }
    }
}

/// A device's kernel as text.
#[derive(Clone, Debug)]
pub struct DeviceText {
    /// The function [`super::NAME`], to stand in a `gpu.module`.
    pub text: String,
    /// Buffers: those written, then those read.
    pub buffers: Vec<Slot>,
    /// Integers.
    pub dims: Vec<Sym>,
    /// Numbers of workgroups.
    pub grid: [Term; 3],
    /// Threads of a workgroup.
    pub threads: u32,
    /// Bytes of workgroup memory.
    pub workgroup_bytes: u64,
}

/// Writes the kernel of a form.
///
/// # Errors
/// The name of a function that devices do not have.
pub fn emit_form(form: &Form, target: &Target, parameters: Parameters) -> Result<DeviceText, &'static str> {
    let nests = form.nests();
    let (written, read) = form.slots();
    let dims = form.symbols();
    let mut emitter = Emitter::new(nests[0], target);
    emitter.parameters = Some(parameters);
    let names =
        (0..written.len()).map(|i| format!("%out{i}")).chain((0..read.len()).map(|i| format!("%in{i}")));
    emitter.places = written.iter().chain(&read).copied().zip(names.map(Rc::from)).collect();
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
    let (threads, groups) = match form {
        Form::Elements(nest, each) => {
            let total = nest.out.iter().fold(Term::int(1), |n, &d| n * d);
            let total = up(total, *each);
            emitter.enter(nest);
            emitter.thread(total, *each);
            (WORKGROUP, up(total, WORKGROUP))
        }
        Form::Rows(rows) => {
            emitter.rows(rows);
            (rows.threads, up(rows.count, rows.rows()))
        }
        Form::Tiles(tiles) => {
            emitter.enter(&tiles.nest);
            match tiles.manner {
                Manner::Registers => emitter.tiles_of(tiles),
                Manner::Copies => emitter.blocks_of(tiles),
                Manner::Units => emitter.units_of(tiles),
                Manner::Groups => emitter.groups_of(tiles),
            }
            (tiles.threads(), tiles.rectangles())
        }
    };
    if let Some(missing) = emitter.imports.first() {
        return Err(missing);
    }

    let types =
        written
            .iter()
            .map(|slot| nests.iter().find(|nest| nest.target == *slot).map(|nest| nest.dtype))
            .chain(read.iter().map(|slot| {
                nests.iter().flat_map(|nest| &nest.reads).find(|r| r.slot == *slot).map(|r| r.dtype)
            }))
            .map(|dtype| dtype.expect("a slot of a form is read or written"));
    let mut list: Vec<String> = emitter
        .places
        .iter()
        .zip(types)
        .map(|((_, name), dtype)| match parameters {
            Parameters::Pointers => format!("{name}: !llvm.ptr"),
            Parameters::Buffers => format!("{name}: memref<?x{}>", memory(dtype)),
        })
        .collect();
    match parameters {
        Parameters::Pointers => list.extend((0..dims.len()).map(|i| format!("%dim{i}: i64"))),
        Parameters::Buffers if dims.is_empty() => {}
        Parameters::Buffers => list.push("%ints: memref<?xi64>".to_string()),
    }
    let arrays = |separator: &str, array: &dyn Fn(&Array) -> String| {
        emitter.arrays.iter().map(array).collect::<Vec<_>>().join(separator)
    };
    let (memory, allocations) = match parameters {
        _ if emitter.arrays.is_empty() => Default::default(),
        Parameters::Pointers => {
            // LLVM joins loads of neighbours as if arrays were aligned so, and says nothing to whoever places them.
            let array = |a: &Array| format!("{} : {} {{llvm.align = {} : i64}}", a.name, a.ty, a.align);
            (format!(" workgroup({})", arrays(", ", &array)), String::new())
        }
        Parameters::Buffers => {
            (String::new(), arrays("", &|a| format!("    {} = memref.alloc() : {}\n", a.name, a.ty)))
        }
    };
    let attributes = match parameters {
        Parameters::Pointers => format!("known_block_size = array<i32: {threads}, 1, 1>"),
        Parameters::Buffers => {
            format!("spirv.entry_point_abi = #spirv.entry_point_abi<workgroup_size = [{threads}, 1, 1]>")
        }
    };
    let text = format!(
        "  gpu.func {NAME}({}){memory} kernel attributes {{{attributes}}} {{\n{allocations}{}{}    gpu.return\n  }}\n",
        list.join(", "),
        emitter.constants,
        emitter.body
    );
    let row = Term::int(ROW);
    Ok(DeviceText {
        text,
        buffers: written.into_iter().chain(read).collect(),
        dims,
        grid: [groups.min(row), (groups + row - Term::int(1)).floor_div(row), Term::int(1)],
        threads,
        workgroup_bytes: emitter.arrays.iter().map(|array| array.bytes).sum(),
    })
}

impl<'a> Emitter<'a> {
    /// Turns to a nest of the form.
    pub(super) fn enter<'n>(&mut self, nest: &'n Nest)
    where
        'n: 'a,
    {
        let place = |slot: Slot| match slot {
            Slot::Kept(_) => "".into(),
            _ => self.places.iter().find(|(of, _)| *of == slot).map_or("".into(), |(_, name)| name.clone()),
        };
        let (out, pointers) = (place(nest.target), nest.reads.iter().map(|read| place(read.slot)).collect());
        (self.out, self.pointers) = (out, pointers);
        self.nest = nest;
        self.index = vec![None; nest.axes()];
    }

    /// The numbers of the workgroup in its grid and of the thread in its workgroup.
    pub(super) fn numbers(&mut self) -> (Val, Val) {
        let [row, column, thread] = ["gpu.block_id y", "gpu.block_id x", "gpu.thread_id x"].map(|id| {
            let index = self.raw(id);
            self.define(DType::I64, 1, &format!("arith.index_cast {index} : index to i64"))
        });
        let per_row = self.int(ROW);
        let groups = self.same("arith.muli", &[&row, &per_row]);
        (self.same("arith.addi", &[&groups, &column]), thread)
    }

    /// Gives axes the digits of a number, the last fastest. The first is not cut off: numbers beyond the axes' end do not occur, or
    /// do not matter.
    pub(super) fn digits(&mut self, number: Val, axes: impl DoubleEndedIterator<Item = usize>) {
        let mut rest = number;
        let mut axes = axes.rev().peekable();
        while let Some(axis) = axes.next() {
            let index = if axes.peek().is_none() {
                rest.clone()
            } else {
                let extent = self.term(self.nest.extent(axis));
                let index = self.same("arith.remui", &[&rest, &extent]);
                rest = self.same("arith.divui", &[&rest, &extent]);
                index
            };
            self.index[axis] = Some(Index::Uniform(index));
        }
    }

    /// What one thread does: its elements, if there are any for it.
    fn thread(&mut self, total: Term, each: u32) {
        let (group, thread) = self.numbers();
        let width = self.int(WORKGROUP.into());
        let first = self.same("arith.muli", &[&group, &width]);
        let number = self.same("arith.addi", &[&first, &thread]);
        let total = self.term(total);
        let there = self.compare("arith.cmpi slt", &number, &total);
        self.if_then(&there, |e| {
            if each == 1 {
                e.digits(number, 0..e.nest.rank());
                return e.point(None);
            }
            // Counted in pieces, the last axis is the shorter by so much.
            let last = e.nest.rank() - 1;
            let pieces = e.term(up(e.nest.extent(last), each));
            let width = e.int(each.into());
            let piece = e.same("arith.remui", &[&number, &pieces]);
            let rest = e.same("arith.divui", &[&number, &pieces]);
            e.digits(rest, 0..last);
            let first = e.same("arith.muli", &[&piece, &width]);
            e.aligned = true;
            e.in_lanes(last, each as usize, first, None, &mut |e| e.point(None));
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
            return self.line(&format!("memref.store {raw}, {}[{index}] : memref<?x{element}>", self.out));
        }
        let place = self.place(&self.out.clone(), at, element);
        self.line(&format!(
            "llvm.store {raw}, {place} {{alignment = {} : i64}} : {element}, !llvm.ptr",
            dtype.size()
        ));
    }
}
