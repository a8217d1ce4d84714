//! Devices: where a program can run besides the CPU.
//!
//! The host program does arithmetic on addresses and asks for copies and launches; a [`Device`] does them in order. How
//! it does them (queues, command buffers, graphs) is its own affair. Drivers are loaded when a device is opened, and their
//! absence is an error like any other.

mod cuda;
mod floats;
pub mod graph;
pub mod nodes;
mod replay;
mod resident;
mod vulkan;

pub(crate) use replay::Plan;
pub(crate) use resident::Resident;

use crate::error::Error;
use crate::manifest::Kernel;
use graph::Graph;

/// An address in a device's memory. The host program adds offsets to it; 0 is no address.
pub type Address = u64;

/// A buffer of a launch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Extent {
    /// Where it starts: a multiple of [`crate::ALIGN`].
    pub address: Address,
    /// Its length in bytes.
    pub bytes: u64,
}

/// A device. Everything that is asked of it takes effect in the order in which it is asked for; only [`Device::download`]
/// and [`Device::wait`] wait for it. Errors are one line for a person.
pub trait Device: Send {
    /// What it is called: `vulkan:0 (llvmpipe)`.
    fn name(&self) -> String;

    /// How well code for a target suits it, the more the better; `None` if it cannot run it.
    fn suits(&self, target: &str) -> Option<u32>;

    /// Loads a program's kernels; they are numbered in this order. Called once.
    ///
    /// # Errors
    /// If the driver refuses the code.
    fn load(&mut self, kernels: &[Kernel], code: &[u8]) -> Result<(), String>;

    /// Memory of so many bytes, at least one. Its contents are not defined.
    ///
    /// # Errors
    /// If there is no such amount of memory.
    fn alloc(&mut self, bytes: u64) -> Result<Address, String>;

    /// Gives memory back, once what has been asked for is done.
    fn free(&mut self, address: Address);

    /// Writes bytes to the device. They may change as soon as this returns.
    ///
    /// # Errors
    /// If the driver fails.
    fn upload(&mut self, to: Address, bytes: &[u8]) -> Result<(), String>;

    /// Waits for everything asked for before, and reads bytes from the device.
    ///
    /// # Errors
    /// If the driver fails, now or in what was asked for before.
    fn download(&mut self, from: Address, bytes: &mut [u8]) -> Result<(), String>;

    /// Copies bytes within the device. The two ranges may overlap only if they are the same.
    ///
    /// # Errors
    /// If the driver fails.
    fn copy(&mut self, from: Address, to: Address, bytes: u64) -> Result<(), String>;

    /// Runs a kernel on a grid of workgroups, none of the three numbers 0.
    ///
    /// # Errors
    /// If the driver fails, or the grid or an integer is larger than the device takes.
    fn launch(
        &mut self,
        kernel: usize,
        buffers: &[Extent],
        ints: &[i64],
        grid: [u32; 3],
    ) -> Result<(), String>;

    /// Waits for everything asked for before.
    ///
    /// # Errors
    /// If any of it failed.
    fn wait(&mut self) -> Result<(), String>;

    /// What graphs it takes.
    ///
    /// # Errors
    /// Why it takes none.
    fn takes_graphs(&self) -> Result<Takes, String> {
        Err(format!("{} takes no graphs", self.name()))
    }

    /// Makes a graph that can be started any number of times, and gives it a number; `parts` as in [`crate::manifest::Graph`].
    ///
    /// # Errors
    /// If the driver fails, or does not take it.
    fn make(&mut self, _: &Graph, _parts: &[u32]) -> Result<u64, String> {
        Err(format!("{} takes no graphs", self.name()))
    }

    /// Does what a graph says.
    ///
    /// # Errors
    /// If the driver fails.
    fn start(&mut self, _: u64) -> Result<(), String> {
        Err(format!("{} takes no graphs", self.name()))
    }

    /// Does what a graph says so many times, one after the other, and tells the seconds of one on the device.
    ///
    /// # Errors
    /// If the driver fails, or this device cannot take the time.
    fn time(&mut self, _: u64, _: u32) -> Result<f64, String> {
        Err(format!("{} does not take the time of graphs", self.name()))
    }

    /// Gives a graph back, once what has been asked for is done.
    fn discard(&mut self, _: u64) {}

    /// From now on takes the time of every launch.
    ///
    /// # Errors
    /// If this device cannot.
    fn measure(&mut self) -> Result<(), String> {
        Err(format!("{} does not take the time of its kernels", self.name()))
    }

    /// The launches since [`Device::measure`], in order; later ones are not timed.
    ///
    /// # Errors
    /// If the driver fails, now or in what was asked for before.
    fn measured(&mut self) -> Result<Vec<Measured>, String> {
        Ok(Vec::new())
    }

    /// What its memory can move, in bytes a second, if that is known.
    fn bandwidth(&self) -> Option<f64> {
        None
    }
}

/// What graphs a device takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Takes {
    /// Whether the device decides by itself what of them to run.
    pub decides: bool,
    /// Runs on inputs of the same sizes before making a graph is worth it.
    pub after: u32,
    /// Runs on inputs of the same sizes that are done both ways before the faster one is kept; with 0 of them it is the graph.
    pub trials: u32,
}

/// A launch whose time was taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// The kernel's number.
    pub kernel: usize,
    /// Seconds on the device, what it costs to start included.
    pub seconds: f64,
    /// Bytes of all its buffers: no kernel that reads and writes all of them moves less.
    pub bytes: u64,
}

/// Opens a device by its name: `cuda:0`, `vulkan:0`, or `cuda` and `vulkan` for the first or best one.
///
/// # Errors
/// If there is no such device, or no driver for it.
pub fn open(name: &str) -> Result<Box<dyn Device>, Error> {
    let (kind, number) = match name.split_once(':') {
        Some((kind, number)) => (kind, number.parse().map(Some).ok()),
        None => (name, Some(None)),
    };
    let device = match (kind, number) {
        ("cuda", Some(number)) => {
            cuda::Cuda::open(number.unwrap_or(0)).map(|device| Box::new(device) as Box<dyn Device>)
        }
        ("vulkan", Some(number)) => {
            vulkan::Vulkan::open(number).map(|device| Box::new(device) as Box<dyn Device>)
        }
        ("amdgpu", Some(_)) => Err("there is no driver for AMD's code objects in Braid yet".to_string()),
        _ => Err("devices are called cuda:0 or vulkan:0".to_string()),
    };
    device.map_err(|why| Error::Device(format!("device {name}: {why}")))
}

#[cfg(test)]
mod tests {
    use super::open;

    #[test]
    fn what_has_code_but_no_driver_says_so() {
        let error = open("amdgpu:0").err().expect("refused").to_string();
        assert_eq!(error, "device amdgpu:0: there is no driver for AMD's code objects in Braid yet");
    }

    #[test]
    fn what_is_no_device_is_refused() {
        for name in ["", "gpu", "cuda:", "vulkan:x", "cuda:-1"] {
            let error = open(name).err().expect("refused").to_string();
            assert_eq!(error, format!("device {name}: devices are called cuda:0 or vulkan:0"));
        }
    }
}
