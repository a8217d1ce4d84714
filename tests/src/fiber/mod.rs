//! A device without hardware: executes the LLVM IR that becomes PTX, every thread of a GPU a fiber.
//!
//! Barriers and what the threads of a warp do together are where fibers change, and the order of threads and workgroups is
//! drawn from a seed. Every access to memory is checked: against the launch's buffers and arrays of workgroup memory, for its
//! alignment, for races with other threads ([`shadow`]), for workgroup memory that nobody has written. Whatever a
//! kernel does wrong ends the launch with an error that names kernel, thread and place. Besides, the bytes that a launch moves are counted.
//!
//! What it does not do: workgroups that wait for each other, barriers of some of a workgroup's threads, whatever kernels write as
//! assembly text (mbarrier, TMA, wgmma), the rounding of the hardware's approximations, and the hardware's order of
//! summation within a matrix unit.

mod banks;
mod intrinsics;
mod launch;
mod shadow;
mod warp;

pub use banks::Passes;
pub use launch::Moved;

use braid::runtime::Code;
use braid::runtime::device::{Address, Device, Extent};
use braid::runtime::manifest::Kernel;
use braid_backend::kernel::{self, HOOKS, Target};
use braid_backend::link::{Linked, Objects};
use half::{bf16, f16};
use intrinsics::Intrinsic;
use launch::{Entry, FiberStack, Kind, Launch, Memory, RANGES_MAX};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// What memory holds before it is written.
const GARBAGE: u8 = 0xa5;
/// Alignment of memory.
const LINE: usize = 256;
/// The most workgroup memory that any GPU has.
const SHARED_MAX: u64 = 227 << 10;

/// What one launch has moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The kernel's name.
    pub kernel: String,
    /// Numbers of workgroups.
    pub grid: [u32; 3],
    /// Bytes of its buffers, each counted once.
    pub buffers: u64,
    /// What it has moved.
    pub moved: Moved,
}

/// The device.
pub struct Fiber {
    /// The chip whose code it takes: `cuda:sm_80:llvm`.
    target: String,
    seed: u64,
    memory: BTreeMap<Address, Lines>,
    next: Address,
    kernels: Vec<Loaded>,
    /// Stacks of fibers that have ended.
    stacks: Vec<FiberStack>,
    records: Arc<Mutex<Vec<Record>>>,
}

// SAFETY: nothing of it is bound to a thread; stacks are plain memory while nothing runs on them.
unsafe impl Send for Fiber {}

/// A kernel, compiled when it is first launched.
struct Loaded {
    kernel: Kernel,
    bitcode: Vec<u8>,
    ready: Option<Ready>,
}

/// A kernel's code in this device's memory.
struct Ready {
    compiled: Arc<Compiled>,
    code: Code,
    entry: Entry,
}

/// A kernel compiled for this machine.
struct Compiled {
    linked: Linked,
    intrinsics: Vec<(Intrinsic, String)>,
    shared: Vec<kernel::Shared>,
    granule: u64,
}

/// Memory of lines.
struct Lines {
    lines: Vec<Line>,
    bytes: u64,
}

#[derive(Clone, Copy)]
#[repr(align(256))]
#[allow(dead_code, reason = "it is there for its size and alignment")]
struct Line([u8; LINE]);

impl Lines {
    fn new(bytes: u64) -> Lines {
        Lines { lines: vec![Line([GARBAGE; LINE]); (bytes as usize).div_ceil(LINE)], bytes }
    }

    fn start(&mut self) -> *mut u8 {
        self.lines.as_mut_ptr().cast()
    }

    /// So many bytes at an offset, if they are inside.
    fn slice(&mut self, from: u64, bytes: u64) -> Option<&mut [u8]> {
        from.checked_add(bytes).filter(|&end| end <= self.bytes)?;
        // SAFETY: inside, and borrowed from this.
        Some(unsafe { std::slice::from_raw_parts_mut(self.start().add(from as usize), bytes as usize) })
    }
}

impl Fiber {
    /// A device for the code of a chip, `sm_80`, that draws its order from a seed.
    pub fn new(chip: &str, seed: u64) -> Fiber {
        Fiber {
            target: target(chip),
            seed,
            memory: BTreeMap::new(),
            next: 1 << 56,
            kernels: Vec::new(),
            stacks: Vec::new(),
            records: Arc::default(),
        }
    }

    /// What launches move, in order, for as long as the device runs.
    pub fn records(&self) -> Arc<Mutex<Vec<Record>>> {
        self.records.clone()
    }

    /// So many bytes at an address, all of one allocation.
    fn at(&mut self, address: Address, bytes: u64) -> Result<&mut [u8], String> {
        let outside = || format!("{bytes} bytes at {address:#x} are not allocated");
        let (start, memory) = self.memory.range_mut(..=address).next_back().ok_or_else(outside)?;
        memory.slice(address - start, bytes).ok_or_else(outside)
    }
}

/// The target whose code the device takes, for a chip: `sm_80`.
pub fn target(chip: &str) -> String {
    format!("cuda:{chip}:llvm")
}

/// Compiles a kernel for this machine; equal ones once for all devices.
fn compiled(kernel: &Kernel, bitcode: &[u8]) -> Result<Arc<Compiled>, String> {
    static KNOWN: LazyLock<Mutex<HashMap<Vec<u8>, Arc<Compiled>>>> = LazyLock::new(Mutex::default);
    let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = known().get(bitcode) {
        return Ok(found.clone());
    }
    let native = Target::native().map_err(|e| e.to_string())?;
    let made = kernel::retarget(bitcode, &native).map_err(|e| format!("kernel {}: {e}", kernel.name))?;
    let intrinsics = made.intrinsics.into_iter().map(|name| match intrinsics::named(&name) {
        Some(intrinsic) => Ok((intrinsic, name)),
        None => Err(format!("kernel {}: {name} cannot be executed here", kernel.name)),
    });
    let intrinsics = intrinsics.collect::<Result<_, _>>()?;
    let mut objects = Objects::default();
    objects.add_elf(&made.object).map_err(|e| e.to_string())?;
    let shared = |name: &str| made.shared.iter().any(|array| array.name == name);
    let provided = |name: &str| shared(name) || HOOKS.contains(&name) || helper(name).is_some();
    let linked = objects.link(&provided).map_err(|e| format!("kernel {}: {e}", kernel.name))?;
    let made = Arc::new(Compiled { linked, intrinsics, shared: made.shared, granule: made.granule });
    known().insert(bitcode.to_vec(), made.clone());
    Ok(made)
}

impl Ready {
    fn new(kernel: &Kernel, bitcode: &[u8]) -> Result<Ready, String> {
        let compiled = compiled(kernel, bitcode)?;
        let find = |name: &str| {
            let array = compiled.shared.iter().position(|array| array.name == name);
            array.map(|number| launch::address(number) as usize).or(launch::hook(name)).or(helper(name))
        };
        let code = Code::with(&compiled.linked.bytes, &compiled.linked.layout, find)?;
        let symbol = kernel::entry(&kernel.name);
        let at = compiled.linked.symbols.get(&symbol).and_then(|&at| code.at(at));
        let at = at.ok_or_else(|| format!("there is no kernel {} in its code", kernel.name))?;
        // SAFETY: the symbol is a function of this type in executable memory that lives as long as the entry.
        let entry = unsafe { std::mem::transmute::<*const u8, Entry>(at) };
        Ok(Ready { compiled, code, entry })
    }
}

/// Functions that LLVM calls where this machine lacks an instruction: conversions of narrow floats, which it passes in the lowest
/// bits of a vector register.
fn helper(name: &str) -> Option<usize> {
    fn narrow(bits: u16) -> f32 {
        f32::from_bits(u32::from(bits))
    }
    extern "C" fn single_to_half(x: f32) -> f32 {
        narrow(f16::from_f32(x).to_bits())
    }
    extern "C" fn double_to_half(x: f64) -> f32 {
        narrow(f16::from_f64(x).to_bits())
    }
    extern "C" fn single_to_bf16(x: f32) -> f32 {
        narrow(bf16::from_f32(x).to_bits())
    }
    extern "C" fn double_to_bf16(x: f64) -> f32 {
        narrow(bf16::from_f64(x).to_bits())
    }
    extern "C" fn half_to_single(x: f32) -> f32 {
        f16::from_bits(x.to_bits() as u16).to_f32()
    }
    extern "C" fn fma_single(x: f32, y: f32, z: f32) -> f32 {
        x.mul_add(y, z)
    }
    extern "C" fn fma_double(x: f64, y: f64, z: f64) -> f64 {
        x.mul_add(y, z)
    }
    let functions: [(&str, *const ()); 7] = [
        ("__truncsfhf2", single_to_half as *const ()),
        ("__truncdfhf2", double_to_half as *const ()),
        ("__truncsfbf2", single_to_bf16 as *const ()),
        ("__truncdfbf2", double_to_bf16 as *const ()),
        ("__extendhfsf2", half_to_single as *const ()),
        ("fmaf", fma_single as *const ()),
        ("fma", fma_double as *const ()),
    ];
    functions.iter().find(|(known, _)| *known == name).map(|(_, address)| *address as usize)
}

impl Device for Fiber {
    fn name(&self) -> String {
        format!("fibers ({})", self.target)
    }

    fn suits(&self, target: &str) -> Option<u32> {
        (target == self.target).then_some(0)
    }

    fn load(&mut self, kernels: &[Kernel], code: &[u8]) -> Result<(), String> {
        for kernel in kernels {
            let range = kernel.offset as usize..(kernel.offset + kernel.bytes) as usize;
            let bitcode = code.get(range).ok_or_else(|| format!("kernel {} has no code", kernel.name))?;
            self.kernels.push(Loaded { kernel: kernel.clone(), bitcode: bitcode.to_vec(), ready: None });
        }
        Ok(())
    }

    fn alloc(&mut self, bytes: u64) -> Result<Address, String> {
        let address = self.next;
        self.next = (self.next + bytes + 1).next_multiple_of(1 << 12);
        self.memory.insert(address, Lines::new(bytes));
        Ok(address)
    }

    fn free(&mut self, address: Address) {
        assert!(self.memory.remove(&address).is_some(), "{address:#x} is not allocated");
    }

    fn upload(&mut self, to: Address, bytes: &[u8]) -> Result<(), String> {
        self.at(to, bytes.len() as u64)?.copy_from_slice(bytes);
        Ok(())
    }

    fn download(&mut self, from: Address, bytes: &mut [u8]) -> Result<(), String> {
        bytes.copy_from_slice(self.at(from, bytes.len() as u64)?);
        Ok(())
    }

    fn copy(&mut self, from: Address, to: Address, bytes: u64) -> Result<(), String> {
        let source = self.at(from, bytes)?.to_vec();
        self.upload(to, &source)
    }

    fn launch(
        &mut self,
        kernel: usize,
        buffers: &[Extent],
        ints: &[i64],
        grid: [u32; 3],
    ) -> Result<(), String> {
        let loaded = self.kernels.get_mut(kernel).ok_or("no such kernel")?;
        let name = loaded.kernel.name.clone();
        if loaded.ready.is_none() {
            loaded.ready = Some(Ready::new(&loaded.kernel, &loaded.bitcode)?);
        }
        let threads = loaded.kernel.workgroup.iter().map(|&n| u64::from(n)).product::<u64>();
        let blocks = grid.iter().try_fold(1u64, |n, &of| n.checked_mul(u64::from(of)));
        if threads == 0 || threads > u64::from(shadow::THREADS_MAX) {
            return Err(format!("kernel {name}: a workgroup of {threads} threads"));
        }
        if blocks.is_none_or(|blocks| blocks > shadow::BLOCKS_MAX) {
            return Err(format!("kernel {name}: a grid of {grid:?}"));
        }
        let mut starts = Vec::new();
        for extent in buffers {
            if extent.address % braid::runtime::ALIGN as u64 != 0 {
                return Err(format!("kernel {name}: a buffer at {:#x}", extent.address));
            }
            starts.push(self.at(extent.address, extent.bytes)?.as_mut_ptr());
        }
        let Loaded { kernel, ready: Some(ready), .. } = &self.kernels[kernel] else {
            return Err(format!("kernel {name} is not ready"));
        };
        let Compiled { linked, intrinsics, shared, granule } = &*ready.compiled;
        let sizes: Vec<u64> = shared
            .iter()
            .map(|array| if array.bytes == 0 { u64::from(kernel.shared_bytes) } else { array.bytes })
            .collect();
        if sizes.iter().sum::<u64>() > SHARED_MAX {
            return Err(format!("kernel {name}: {} bytes of workgroup memory", sizes.iter().sum::<u64>()));
        }
        if sizes.len() + buffers.len() > RANGES_MAX {
            return Err(format!("kernel {name}: {} buffers", buffers.len()));
        }
        let cells = |bytes: u64| vec![[0; 2]; bytes.div_ceil(*granule) as usize];
        let mut arrays: Vec<_> = sizes.iter().map(|&bytes| (Lines::new(bytes), cells(bytes))).collect();
        // Buffers may be the same memory, whose cells are then the same.
        let mut areas: Vec<(usize, usize)> = Vec::new();
        let mut ordered: Vec<(usize, usize)> =
            starts.iter().zip(buffers).map(|(&s, b)| (s as usize, s as usize + b.bytes as usize)).collect();
        ordered.sort_unstable();
        for (start, end) in ordered {
            match areas.last_mut() {
                Some(last) if start < last.1 => last.1 = last.1.max(end),
                _ => areas.push((start, end)),
            }
        }
        let mut remembered: Vec<_> = areas.iter().map(|(start, end)| cells((end - start) as u64)).collect();
        let mut memory: Vec<Memory> = Vec::new();
        for (number, (lines, cells)) in arrays.iter_mut().enumerate() {
            memory.push(Memory {
                kind: Kind::Shared(number),
                bytes: lines.bytes,
                start: lines.start(),
                cells: cells.as_mut_ptr(),
            });
        }
        for (number, (&start, buffer)) in starts.iter().zip(buffers).enumerate() {
            let area = areas.partition_point(|area| area.0 <= start as usize) - 1;
            let offset = (start as usize - areas[area].0) / *granule as usize;
            memory.push(Memory {
                kind: Kind::Buffer(number),
                bytes: buffer.bytes,
                start,
                cells: remembered[area][offset..].as_mut_ptr(),
            });
        }
        let addresses = (0..buffers.len()).map(|number| launch::address(shared.len() + number));
        let arguments: Vec<u64> = addresses.chain(ints.iter().map(|&n| n as u64)).collect();
        let begin = ready.code.at(0).map_or(0, |at| at as usize);
        let image = begin..begin + linked.bytes.len();
        let (workgroup, entry) = (kernel.workgroup, ready.entry);
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let launch = Launch::new(&name, workgroup, grid, intrinsics, &memory, image, *granule, self.seed);
        // SAFETY: the entry is the kernel's, whose parameters are its buffers and integers; memory has just been found.
        let moved = unsafe { launch.run(entry, &arguments, &mut self.stacks)? };
        let buffers = areas.iter().map(|(start, end)| (end - start) as u64).sum();
        let record = Record { kernel: name, grid, buffers, moved };
        self.records.lock().unwrap_or_else(PoisonError::into_inner).push(record);
        Ok(())
    }

    fn wait(&mut self) -> Result<(), String> {
        Ok(())
    }
}
