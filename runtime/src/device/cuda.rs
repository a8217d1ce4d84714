//! CUDA: kernels as PTX, by way of the driver's interface alone; the driver is found at run time.
//!
//! Everything goes through one stream, which keeps it in order. A kernel's parameters are its buffers' addresses, then its
//! integers as `i64`.

mod graphs;

use super::graph::Graph;
use super::{Address, Device, Extent, Measured, Takes};
use crate::manifest::Kernel;
use cudarc::driver::result::{self, DriverError};
use cudarc::driver::sys;
use std::collections::HashMap;
use std::ffi::{CString, c_void};
use std::fmt::Display;

struct Function {
    name: String,
    function: sys::CUfunction,
    workgroup: [u32; 3],
}

/// A CUDA device.
pub(super) struct Cuda {
    name: String,
    /// Compute capability, 90 for 9.0.
    capability: u32,
    /// The version of CUDA that the driver is for, 12080 for 12.8.
    version: i32,
    device: sys::CUdevice,
    context: sys::CUcontext,
    stream: sys::CUstream,
    modules: Vec<sys::CUmodule>,
    functions: Vec<Function>,
    /// Memory of the CPU that the device writes itself: what is read back goes through it, piece by piece.
    window: *mut u8,
    /// What its memory can move, in bytes a second.
    bandwidth: f64,
    /// Launches whose time is taken, with the events around each; `None` where none is.
    timed: Option<Vec<Timed>>,
    /// Graphs by their numbers, and the kernel that reads their conditions.
    graphs: Vec<Option<graphs::Made>>,
    read: Option<sys::CUfunction>,
}

struct Timed {
    kernel: usize,
    bytes: u64,
    events: [sys::CUevent; 2],
}

/// Bytes of the window.
const WINDOW: usize = 1 << 16;

// SAFETY: the handles belong to this value alone, and the driver allows their use from any thread that has made the context
// current, which every method does.
unsafe impl Send for Cuda {}

/// What failed, for a person.
fn failed(what: impl Display) -> impl Fn(DriverError) -> String {
    move |error| {
        let text = error.error_string().map_or_else(|_| error.to_string(), |t| t.to_string_lossy().into());
        format!("CUDA: {what}: {text}")
    }
}

impl Cuda {
    /// Opens device number `number`.
    pub(super) fn open(number: usize) -> Result<Cuda, String> {
        // SAFETY: looking for a library runs at most its initialisers.
        if !unsafe { sys::is_culib_present() } {
            return Err("there is no CUDA driver on this machine (libcuda.so.1)".to_string());
        }
        result::init().map_err(failed("the driver does not start"))?;
        let count = result::device::get_count().map_err(failed("no devices can be listed"))?;
        let number = i32::try_from(number).unwrap_or(i32::MAX);
        if number >= count {
            return Err(format!("there is no CUDA device {number}; there are {count}"));
        }
        let version = driver_version()?;
        let device = result::device::get(number).map_err(failed("the device cannot be opened"))?;
        let model = result::device::get_name(device).map_err(failed("the device has no name"))?;
        use sys::CUdevice_attribute::{
            CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR as MAJOR,
            CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR as MINOR,
            CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH as BUS_BITS,
            CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE as CLOCK_KHZ,
        };
        // SAFETY: the device was just given by the driver.
        let attribute = |which| {
            unsafe { result::device::get_attribute(device, which) }
                .map_err(failed("the device does not tell its kind"))
        };
        let capability = (10 * attribute(MAJOR)? + attribute(MINOR)?) as u32;
        // Two words each clock.
        let bandwidth = 2.0 * f64::from(attribute(CLOCK_KHZ)?) * 1e3 * f64::from(attribute(BUS_BITS)?) / 8.0;
        // SAFETY: as above; the context is released again on failure.
        unsafe {
            let context =
                result::primary_ctx::retain(device).map_err(failed("the device cannot be opened"))?;
            let made = result::ctx::set_current(context).and_then(|()| {
                let stream = result::stream::create(result::stream::StreamKind::NonBlocking)?;
                Ok((stream, result::malloc_host(WINDOW, 0)?))
            });
            match made {
                Ok((stream, window)) => Ok(Cuda {
                    name: format!("cuda:{number} ({model}, sm_{capability})"),
                    capability,
                    version,
                    device,
                    context,
                    stream,
                    modules: Vec::new(),
                    functions: Vec::new(),
                    window: window.cast(),
                    bandwidth,
                    timed: None,
                    graphs: Vec::new(),
                    read: None,
                }),
                Err(error) => {
                    // The first error is the one to report.
                    let _ = result::primary_ctx::release(device);
                    Err(failed("no stream")(error))
                }
            }
        }
    }

    /// Two events for the time between them.
    fn events(&self) -> Result<[sys::CUevent; 2], DriverError> {
        let flags = sys::CUevent_flags::CU_EVENT_DEFAULT;
        Ok([result::event::create(flags)?, result::event::create(flags)?])
    }

    /// Makes the context the thread's own.
    fn enter(&self) -> Result<(), String> {
        // SAFETY: the context is live.
        unsafe { result::ctx::set_current(self.context) }.map_err(failed("the context is lost"))
    }
}

/// The most workgroups in each direction.
const GRID_MAX: [u32; 3] = [i32::MAX as u32, 65535, 65535];

/// Whether a grid is within the limits of every CUDA device.
fn fits(grid: [u32; 3]) -> Result<(), String> {
    match grid.iter().zip(GRID_MAX).any(|(&n, most)| n > most) {
        true => Err(format!("a grid of {grid:?} is more than the {GRID_MAX:?} of")),
        false => Ok(()),
    }
}

/// The version of CUDA that the driver is for.
fn driver_version() -> Result<i32, String> {
    let mut version = 0;
    // SAFETY: the driver fills the number.
    unsafe { sys::cuDriverGetVersion(&mut version) }
        .result()
        .map_err(failed("the driver does not tell its version"))?;
    Ok(version)
}

/// How well PTX for a target suits a device of this capability. PTX runs on every later device, unless it is for one kind
/// alone (`sm_90a`).
fn suits(target: &str, capability: u32) -> Option<u32> {
    let arch = target.strip_prefix("cuda:sm_")?;
    let number = arch.trim_end_matches('a');
    let version: u32 = number.parse().ok()?;
    match arch.len() - number.len() {
        0 if version <= capability => Some(2 * version),
        1 if version == capability => Some(2 * version + 1),
        _ => None,
    }
}

impl Device for Cuda {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn suits(&self, target: &str) -> Option<u32> {
        suits(target, self.capability)
    }

    fn load(&mut self, kernels: &[Kernel], code: &[u8]) -> Result<(), String> {
        self.enter()?;
        let mut loaded: HashMap<u64, sys::CUmodule> = HashMap::new();
        for kernel in kernels {
            let why = failed(format!("kernel {}", kernel.name));
            let module = match loaded.get(&kernel.offset) {
                Some(module) => *module,
                None => {
                    let range = kernel.offset as usize..(kernel.offset + kernel.bytes) as usize;
                    let text = code.get(range).and_then(|text| CString::new(text).ok());
                    let text = text.ok_or_else(|| format!("kernel {} has no code", kernel.name))?;
                    // SAFETY: a text that ends in zero.
                    let module = unsafe { result::module::load_data(text.as_ptr().cast()) }.map_err(&why)?;
                    self.modules.push(module);
                    loaded.insert(kernel.offset, module);
                    module
                }
            };
            let entry = CString::new(kernel.name.as_str()).map_err(|_| "a kernel's name has a zero")?;
            // SAFETY: a module just loaded.
            let function = unsafe { result::module::get_function(module, entry) }.map_err(&why)?;
            self.functions.push(Function {
                name: kernel.name.clone(),
                function,
                workgroup: kernel.workgroup,
            });
        }
        Ok(())
    }

    fn alloc(&mut self, bytes: u64) -> Result<Address, String> {
        self.enter()?;
        // SAFETY: nothing is assumed of the contents. The driver aligns at 256 bytes.
        unsafe { result::malloc_sync(bytes as usize) }.map_err(failed(format!("{bytes} bytes cannot be had")))
    }

    fn free(&mut self, address: Address) {
        if self.enter().is_ok() {
            // SAFETY: memory of `alloc`; the call waits for what uses it. A device that is lost has nothing to free.
            let _ = unsafe { result::free_sync(address) };
        }
    }

    fn upload(&mut self, to: Address, bytes: &[u8]) -> Result<(), String> {
        self.enter()?;
        // SAFETY: the memory plan keeps the range within its allocation. The driver has copied pageable memory before it
        // returns.
        unsafe { result::memcpy_htod_async(to, bytes, self.stream) }.map_err(failed("an upload failed"))
    }

    fn download(&mut self, from: Address, bytes: &mut [u8]) -> Result<(), String> {
        self.enter()?;
        for (number, piece) in bytes.chunks_mut(WINDOW).enumerate() {
            let from = from + (number * WINDOW) as u64;
            // SAFETY: as above; the window is this value's alone, and the stream is waited for before it is read.
            unsafe {
                let window = std::slice::from_raw_parts_mut(self.window, piece.len());
                result::memcpy_dtoh_async(window, from, self.stream)
                    .and_then(|()| result::stream::synchronize(self.stream))
                    .map_err(failed("a download failed"))?;
                piece.copy_from_slice(window);
            }
        }
        Ok(())
    }

    fn copy(&mut self, from: Address, to: Address, bytes: u64) -> Result<(), String> {
        self.enter()?;
        // SAFETY: the memory plan keeps both ranges within their allocations and apart.
        unsafe { result::memcpy_dtod_async(to, from, bytes as usize, self.stream) }
            .map_err(failed("a copy failed"))
    }

    fn launch(
        &mut self,
        kernel: usize,
        buffers: &[Extent],
        ints: &[i64],
        grid: [u32; 3],
    ) -> Result<(), String> {
        self.enter()?;
        let Function { name, function, workgroup: [x, y, z] } = &self.functions[kernel];
        let mut words: Vec<u64> = buffers.iter().map(|b| b.address).collect();
        words.extend(ints.iter().map(|&n| n as u64));
        let mut params: Vec<*mut c_void> = words.iter_mut().map(|word| (&raw mut *word).cast()).collect();
        fits(grid).map_err(|why| format!("kernel {name}: {why} {}", self.name))?;
        let grid = (grid[0], grid[1], grid[2]);
        let why = failed(format!("kernel {name}"));
        let events = self.timed.as_ref().map(|_| self.events()).transpose().map_err(&why)?;
        // SAFETY: the kernel takes these parameters, as the manifest says; the driver has copied them when it returns. Events
        // are live.
        unsafe {
            if let Some([before, _]) = events {
                result::event::record(before, self.stream).map_err(&why)?;
            }
            result::launch_kernel(*function, grid, (*x, *y, *z), 0, self.stream, &mut params)
                .map_err(&why)?;
            if let Some([_, after]) = events {
                result::event::record(after, self.stream).map_err(&why)?;
            }
        }
        if let (Some(timed), Some(events)) = (&mut self.timed, events) {
            timed.push(Timed { kernel, bytes: buffers.iter().map(|b| b.bytes).sum(), events });
        }
        Ok(())
    }

    fn wait(&mut self) -> Result<(), String> {
        self.enter()?;
        // SAFETY: the stream is live.
        unsafe { result::stream::synchronize(self.stream) }.map_err(failed("the device failed"))
    }

    fn takes_graphs(&self) -> Result<Takes, String> {
        graphs::takes(self.version)
    }

    fn make(&mut self, graph: &Graph, _: &[u32]) -> Result<u64, String> {
        self.enter()?;
        let made = self.build(graph)?;
        self.graphs.push(Some(made));
        Ok(self.graphs.len() as u64 - 1)
    }

    fn start(&mut self, number: u64) -> Result<(), String> {
        self.enter()?;
        match self.graphs.get(number as usize) {
            Some(Some(made)) => self.start_made(made),
            _ => Err(format!("internal error: there is no graph {number}")),
        }
    }

    fn time(&mut self, number: u64, times: u32) -> Result<f64, String> {
        self.start(number)?;
        let why = failed("no time can be taken");
        let [before, after] = self.events().map_err(&why)?;
        // SAFETY: both events were just made, and are destroyed once.
        unsafe {
            let mut timed = result::event::record(before, self.stream).map_err(&why);
            for _ in 0..times {
                timed = timed.and_then(|()| self.start(number));
            }
            let timed = timed
                .and_then(|()| result::event::record(after, self.stream).map_err(&why))
                .and_then(|()| self.wait())
                .and_then(|()| result::event::elapsed(before, after).map_err(&why));
            let _ = (result::event::destroy(before), result::event::destroy(after));
            timed.map(|milliseconds| f64::from(milliseconds) / 1e3 / f64::from(times))
        }
    }

    fn discard(&mut self, number: u64) {
        let made = self.graphs.get_mut(number as usize).and_then(Option::take);
        if let (Some(made), Ok(())) = (made, self.enter()) {
            // SAFETY: the context is current, and the graph has no number any more.
            unsafe { made.destroy() };
        }
    }

    fn measure(&mut self) -> Result<(), String> {
        self.timed = Some(Vec::new());
        Ok(())
    }

    fn measured(&mut self) -> Result<Vec<Measured>, String> {
        self.wait()?;
        let timed = self.timed.take().unwrap_or_default();
        let measured = timed.into_iter().map(|Timed { kernel, bytes, events: [before, after] }| {
            // SAFETY: both events have been recorded, waited for, and are nobody else's.
            let milliseconds = unsafe {
                let time = result::event::elapsed(before, after);
                let _ = (result::event::destroy(before), result::event::destroy(after));
                time.map_err(failed("a time cannot be read"))?
            };
            Ok(Measured { kernel, seconds: f64::from(milliseconds) / 1e3, bytes })
        });
        measured.collect()
    }

    fn bandwidth(&self) -> Option<f64> {
        Some(self.bandwidth)
    }
}

impl Drop for Cuda {
    fn drop(&mut self) {
        if self.enter().is_err() {
            return;
        }
        // SAFETY: everything was made by this value and is used by nobody else. A device that is lost refuses; there is
        // nothing to be done about it.
        unsafe {
            let _ = result::stream::synchronize(self.stream);
            let _ = result::free_host(self.window.cast());
            for made in self.graphs.drain(..).flatten() {
                made.destroy();
            }
            for &module in &self.modules {
                let _ = result::module::unload(module);
            }
            let _ = result::stream::destroy(self.stream);
            let _ = result::primary_ctx::release(self.device);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{fits, suits};

    #[test]
    fn a_grid_has_limits() {
        assert_eq!(fits([i32::MAX as u32, 65535, 65535]), Ok(()));
        let why = fits([1, 65536, 1]).expect_err("too many rows");
        assert_eq!(why, "a grid of [1, 65536, 1] is more than the [2147483647, 65535, 65535] of");
    }

    #[test]
    fn ptx_runs_on_later_devices() {
        let best = |capability, targets: &[&str]| {
            let suiting = targets.iter().filter_map(|t| Some((suits(t, capability)?, t.to_string())));
            suiting.max().map(|(_, target)| target)
        };
        let all = ["cuda:sm_80", "cuda:sm_90", "cuda:sm_90a", "cuda:sm_100", "vulkan"];
        assert_eq!(best(86, &all).as_deref(), Some("cuda:sm_80"));
        assert_eq!(best(90, &all).as_deref(), Some("cuda:sm_90a"));
        assert_eq!(best(120, &all).as_deref(), Some("cuda:sm_100"));
        assert_eq!(best(75, &all), None);
    }
}
