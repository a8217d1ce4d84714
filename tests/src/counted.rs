//! A device that makes graphs itself, with what it starts counted; it never goes back to the host's way.

use braid::runtime::device::graph::Graph;
use braid::runtime::device::{Address, Device, Extent, Takes};
use braid::runtime::manifest::Kernel;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The device.
pub struct Counted {
    device: Box<dyn Device>,
    started: Arc<AtomicUsize>,
}

impl Counted {
    /// Counts what this device starts.
    pub fn new(device: Box<dyn Device>) -> Counted {
        Counted { device, started: Arc::default() }
    }

    /// How many graphs have been started, for as long as the device runs.
    pub fn started(&self) -> Arc<AtomicUsize> {
        self.started.clone()
    }
}

impl Device for Counted {
    fn name(&self) -> String {
        self.device.name()
    }

    fn suits(&self, target: &str) -> Option<u32> {
        self.device.suits(target)
    }

    fn load(&mut self, kernels: &[Kernel], code: &[u8]) -> Result<(), String> {
        self.device.load(kernels, code)
    }

    fn alloc(&mut self, bytes: u64) -> Result<Address, String> {
        self.device.alloc(bytes)
    }

    fn free(&mut self, address: Address) {
        self.device.free(address);
    }

    fn upload(&mut self, to: Address, bytes: &[u8]) -> Result<(), String> {
        self.device.upload(to, bytes)
    }

    fn download(&mut self, from: Address, bytes: &mut [u8]) -> Result<(), String> {
        self.device.download(from, bytes)
    }

    fn copy(&mut self, from: Address, to: Address, bytes: u64) -> Result<(), String> {
        self.device.copy(from, to, bytes)
    }

    fn launch(
        &mut self,
        kernel: usize,
        buffers: &[Extent],
        ints: &[i64],
        grid: [u32; 3],
    ) -> Result<(), String> {
        self.device.launch(kernel, buffers, ints, grid)
    }

    fn wait(&mut self) -> Result<(), String> {
        self.device.wait()
    }

    fn takes_graphs(&self) -> Result<Takes, String> {
        self.device.takes_graphs().map(|takes| Takes { after: 0, trials: 0, ..takes })
    }

    fn make(&mut self, graph: &Graph, parts: &[u32]) -> Result<u64, String> {
        // An error here would only show as a program that the host decides.
        Ok(self.device.make(graph, parts).unwrap_or_else(|why| panic!("{why}")))
    }

    fn start(&mut self, number: u64) -> Result<(), String> {
        self.started.fetch_add(1, Ordering::Relaxed);
        self.device.start(number)
    }

    fn discard(&mut self, number: u64) {
        self.device.discard(number);
    }
}
