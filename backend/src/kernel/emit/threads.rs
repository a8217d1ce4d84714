//! Kernels for devices: the function around a form, and what a thread does that has an element for itself.
//!
//! What devices do not have are the few operations that call the runtime on a CPU.

use super::*;
use crate::kernel::form::{Form, Manner, up};

/// Workgroups along x; more than these go along y.
pub const ROW: i64 = 32768;

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
        let value = emitter.integer(i);
        emitter.set_sym(sym, value.name);
    }
    let threads = form.threads();
    let groups = form.groups(threads);
    emitter.threads = threads;
    emitter.form(form);
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
    let buffers: Vec<(Rc<str>, DType)> =
        emitter.places.iter().map(|(_, name)| name.clone()).zip(types).collect();
    let workgroup_bytes = emitter.arrays.iter().map(|array| array.bytes).sum();
    let row = Term::int(ROW);
    Ok(DeviceText {
        text: wrapped(&emitter, parameters, &buffers, dims.len(), threads),
        buffers: written.into_iter().chain(read).collect(),
        dims,
        grid: [groups.min(row), (groups + row - Term::int(1)).floor_div(row), Term::int(1)],
        threads,
        workgroup_bytes,
    })
}

/// The function around what an emitter has written: its buffers, with what they hold, and its number of integers.
pub(super) fn wrapped(
    emitter: &Emitter,
    parameters: Parameters,
    buffers: &[(Rc<str>, DType)],
    ints: usize,
    threads: u32,
) -> String {
    let buffer = |(name, dtype): &(Rc<str>, DType)| match parameters {
        Parameters::Pointers => format!("{name}: !llvm.ptr"),
        Parameters::Buffers => format!("{name}: memref<?x{}>", memory(*dtype)),
    };
    let mut list: Vec<String> = buffers.iter().map(buffer).collect();
    match parameters {
        Parameters::Pointers => list.extend((0..ints).map(|i| format!("%dim{i}: i64"))),
        Parameters::Buffers if ints == 0 => {}
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
        Parameters::Pointers => {
            let residents = emitter.residents.map(|count| format!(", nvvm.minctasm = {count} : i32"));
            format!("known_block_size = array<i32: {threads}, 1, 1>{}", residents.unwrap_or_default())
        }
        Parameters::Buffers => {
            format!("spirv.entry_point_abi = #spirv.entry_point_abi<workgroup_size = [{threads}, 1, 1]>")
        }
    };
    format!(
        "  gpu.func {NAME}({}){memory} kernel attributes {{{attributes}}} {{\n{allocations}{}{}    gpu.return\n  }}\n",
        list.join(", "),
        emitter.constants,
        emitter.body
    )
}

impl<'a> Emitter<'a> {
    /// What one thread does.
    fn form(&mut self, form: &'a Form) {
        match form {
            Form::Elements(nest, each) => {
                let total = nest.out.iter().fold(Term::int(1), |n, &d| n * d);
                self.enter(nest);
                self.thread(up(total, *each), *each);
            }
            Form::Rows(rows) => self.rows(rows),
            Form::Held(held) => self.held(held),
            Form::Columns(of) => self.columns(of),
            Form::Tiles(tiles) => {
                self.enter(&tiles.nest);
                match tiles.manner {
                    Manner::Registers => self.tiles_of(tiles),
                    Manner::Copies => self.blocks_of(tiles),
                    Manner::Units => self.units_of(tiles),
                    Manner::Groups => self.groups_of(tiles),
                }
            }
            Form::Attention(of) if of.units => self.attention_units(of),
            Form::Attention(of) => self.attention(of),
            Form::Joined(joined) => {
                let (group, _) = self.numbers();
                let mut first = Term::int(0);
                let mut arrays = Vec::new();
                for part in &joined.parts {
                    let count = part.groups(joined.threads);
                    let [start, count] = [first, count].map(|term| self.term(term));
                    first = first + part.groups(joined.threads);
                    // A workgroup of an earlier part comes out as a large number.
                    let own = self.same("arith.subi", &[&group, &start]);
                    let mine = self.compare("arith.cmpi ult", &own, &count);
                    self.group = Some(own);
                    self.if_then(&mine, |e| e.form(part));
                    self.row = None;
                    arrays.append(&mut self.arrays);
                }
                self.group = None;
                self.arrays = arrays;
            }
        }
    }

    /// Turns to a nest of the form.
    pub(super) fn enter<'n>(&mut self, nest: &'n Nest)
    where
        'n: 'a,
    {
        let pointers = nest.reads.iter().map(|read| self.place_of(read.slot)).collect();
        let out = self.place_of(nest.target);
        (self.out, self.pointers) = (out, pointers);
        self.nest = nest;
        self.index = vec![None; nest.axes()];
    }

    /// An integer of the kernel.
    pub(super) fn integer(&mut self, number: usize) -> Val {
        let name = match self.parameters {
            Some(Parameters::Buffers) => {
                let at = self.raw(&format!("arith.constant {number} : index"));
                self.raw(&format!("memref.load %ints[{at}] : memref<?xi64>"))
            }
            _ => format!("%dim{number}").into(),
        };
        Val { name, dtype: DType::I64, lanes: 1 }
    }

    /// The number of this thread among all.
    pub(super) fn thread_number(&mut self) -> Val {
        let (group, thread) = self.numbers();
        let width = self.int(self.threads.into());
        let first = self.same("arith.muli", &[&group, &width]);
        self.same("arith.addi", &[&first, &thread])
    }

    /// The name of a buffer; workgroup memory is none.
    pub(super) fn place_of(&self, slot: Slot) -> Rc<str> {
        self.places.iter().find(|(of, _)| *of == slot).map_or("".into(), |(_, name)| name.clone())
    }

    /// The numbers of the workgroup in its grid and of the thread in its workgroup.
    pub(super) fn numbers(&mut self) -> (Val, Val) {
        let [row, column, thread] = ["gpu.block_id y", "gpu.block_id x", "gpu.thread_id x"].map(|id| {
            let index = self.raw(id);
            self.define(DType::I64, 1, &format!("arith.index_cast {index} : index to i64"))
        });
        if let Some(group) = self.group.clone() {
            return (group, thread);
        }
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
        let number = self.thread_number();
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
        self.store_element_of(&self.out.clone(), raw, at, dtype);
    }

    /// Stores an element of a buffer in its form in memory.
    pub(super) fn store_element_of(&mut self, buffer: &str, raw: &str, at: &Val, dtype: DType) {
        let element = memory(dtype);
        if self.parameters == Some(Parameters::Buffers) {
            let index = self.raw(&format!("arith.index_cast {} : i64 to index", at.name));
            return self.line(&format!("memref.store {raw}, {buffer}[{index}] : memref<?x{element}>"));
        }
        let place = self.place(buffer, at, element);
        self.line(&format!(
            "llvm.store {raw}, {place} {{alignment = {} : i64}} : {element}, !llvm.ptr",
            dtype.size()
        ));
    }
}
