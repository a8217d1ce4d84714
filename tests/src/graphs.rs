//! A device that takes graphs, over one that does not: graphs are made through the runtime's interface to CUDA's (`Nodes`),
//! written down, and executed node by node, those without a path between them in an order drawn from a seed. What a
//! driver would refuse is an error: a handle that two conditional nodes use, or one that nothing has set.

use braid::runtime::device::graph::Graph;
use braid::runtime::device::nodes::{Condition, Nodes, build};
use braid::runtime::device::{Address, Device, Extent, Takes};
use braid::runtime::manifest::Kernel;
use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Rounds of one loop after which something must be wrong.
const ROUNDS_MAX: usize = 100_000;

/// The device.
pub struct Graphs<D> {
    device: D,
    has_else: bool,
    made: Vec<Option<Recorded>>,
    started: Arc<AtomicUsize>,
    seed: u64,
    trials: u32,
    /// What a graph and a launch outside of one take at least.
    waits: [Duration; 2],
}

impl<D: Device> Graphs<D> {
    /// A device that runs what another does; with nodes that have an else, as a newer driver, or without.
    pub fn new(device: D, has_else: bool) -> Graphs<D> {
        Graphs {
            device,
            has_else,
            made: Vec::new(),
            started: Arc::default(),
            seed: 1,
            trials: 0,
            waits: [Duration::ZERO; 2],
        }
    }

    /// Lets the runtime choose after so many trials, where a graph and a launch outside of one take so long at least.
    pub fn choosing(self, trials: u32, waits: [Duration; 2]) -> Graphs<D> {
        Graphs { trials, waits, ..self }
    }

    /// How many graphs have been started, for as long as the device runs.
    pub fn started(&self) -> Arc<AtomicUsize> {
        self.started.clone()
    }
}

/// Graphs as a driver has been asked for them: the whole, and the bodies of conditional nodes.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    has_else: bool,
    graphs: Vec<Vec<Node>>,
    /// The graph that each handle is for, and whether a node uses it.
    handles: Vec<(usize, bool)>,
}

#[derive(Clone, Debug)]
struct Node {
    act: Act,
    after: Vec<usize>,
}

#[derive(Clone, Debug)]
enum Act {
    Launch { kernel: usize, buffers: Vec<Extent>, ints: Vec<i64>, grid: [u32; 3] },
    Copy { from: Address, to: Address, bytes: u64 },
    Set { to: Address, bytes: u64, value: u32 },
    Read { byte: Address, handle: usize, when: bool },
    Conditional { handle: usize, condition: Condition, bodies: Vec<usize> },
}

impl Recorded {
    /// A graph as a driver is asked for it.
    ///
    /// # Errors
    /// If it is asked for wrongly.
    pub fn of(graph: &Graph, has_else: bool) -> Result<Recorded, String> {
        let mut recorded = Recorded { has_else, graphs: vec![vec![]], handles: vec![] };
        build(&mut recorded, graph, 0)?;
        match recorded.handles.iter().position(|(_, used)| !used) {
            Some(handle) => Err(format!("no node uses handle {handle}")),
            None => Ok(recorded),
        }
    }

    /// All nodes, with their edges; addresses as `name` calls them.
    pub fn text(&self, name: &dyn Fn(Address) -> String) -> String {
        let mut text = String::new();
        for (graph, nodes) in self.graphs.iter().enumerate() {
            let _ = writeln!(text, "graph {graph}");
            for (number, Node { act, after }) in nodes.iter().enumerate() {
                let act = match act {
                    Act::Launch { kernel, grid, .. } => format!("kernel {kernel} on {grid:?}"),
                    Act::Copy { from, to, bytes } => {
                        format!("copy {bytes} from {} to {}", name(*from), name(*to))
                    }
                    Act::Set { to, bytes, value } => format!("set {bytes} at {} to {value}", name(*to)),
                    Act::Read { byte, handle, when } => {
                        format!("handle {handle} = {}{}", if *when { "" } else { "not " }, name(*byte))
                    }
                    Act::Conditional { handle, condition, bodies } => {
                        format!("{condition:?} handle {handle}: graphs {bodies:?}")
                    }
                };
                let _ = writeln!(text, "  {number} after {after:?}: {act}");
            }
        }
        text
    }

    fn node(&mut self, graph: usize, after: &[(usize, usize)], act: Act) -> Result<(usize, usize), String> {
        if after.iter().any(|(of, _)| *of != graph) {
            return Err("an edge between two graphs".to_string());
        }
        let after = after.iter().map(|(_, node)| *node).collect();
        self.graphs[graph].push(Node { act, after });
        Ok((graph, self.graphs[graph].len() - 1))
    }
}

impl Nodes for Recorded {
    type Graph = usize;
    type Node = (usize, usize);
    type Handle = usize;

    fn has_else(&self) -> bool {
        self.has_else
    }

    fn launch(
        &mut self,
        graph: usize,
        after: &[(usize, usize)],
        kernel: usize,
        buffers: &[Extent],
        ints: &[i64],
        grid: [u32; 3],
    ) -> Result<(usize, usize), String> {
        let (buffers, ints) = (buffers.to_vec(), ints.to_vec());
        self.node(graph, after, Act::Launch { kernel, buffers, ints, grid })
    }

    fn copy(
        &mut self,
        graph: usize,
        after: &[(usize, usize)],
        from: Address,
        to: Address,
        bytes: u64,
    ) -> Result<(usize, usize), String> {
        self.node(graph, after, Act::Copy { from, to, bytes })
    }

    fn set(
        &mut self,
        graph: usize,
        after: &[(usize, usize)],
        to: Address,
        bytes: u64,
        value: u32,
    ) -> Result<(usize, usize), String> {
        self.node(graph, after, Act::Set { to, bytes, value })
    }

    fn handle(&mut self, graph: usize) -> Result<usize, String> {
        self.handles.push((graph, false));
        Ok(self.handles.len() - 1)
    }

    fn read(
        &mut self,
        graph: usize,
        after: &[(usize, usize)],
        byte: Address,
        handle: usize,
        when: bool,
    ) -> Result<(usize, usize), String> {
        self.node(graph, after, Act::Read { byte, handle, when })
    }

    fn conditional(
        &mut self,
        graph: usize,
        after: &[(usize, usize)],
        handle: usize,
        condition: Condition,
    ) -> Result<((usize, usize), Vec<usize>), String> {
        if self.handles[handle] != (graph, false) {
            return Err(format!("handle {handle} is not for this graph, or another node uses it"));
        }
        self.handles[handle].1 = true;
        let count = if condition == Condition::IfElse { 2 } else { 1 };
        if count == 2 && !self.has_else {
            return Err("a node with an else".to_string());
        }
        let bodies: Vec<usize> = (self.graphs.len()..).take(count).collect();
        self.graphs.resize(self.graphs.len() + count, Vec::new());
        let node = self.node(graph, after, Act::Conditional { handle, condition, bodies: bodies.clone() })?;
        Ok((node, bodies))
    }
}

/// A run of a graph.
struct Run<'a, D> {
    recorded: &'a Recorded,
    device: &'a mut D,
    values: HashMap<usize, bool>,
    seed: &'a mut u64,
}

impl<D: Device> Run<'_, D> {
    fn graph(&mut self, graph: usize) -> Result<(), String> {
        let recorded = self.recorded;
        let nodes = &recorded.graphs[graph];
        let mut done = vec![false; nodes.len()];
        for _ in 0..nodes.len() {
            let ready: Vec<usize> = (0..nodes.len())
                .filter(|&at| !done[at] && nodes[at].after.iter().all(|&before| done[before]))
                .collect();
            *self.seed =
                self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let next = ready[(*self.seed >> 33) as usize % ready.len()];
            done[next] = true;
            self.act(&nodes[next].act)?;
        }
        Ok(())
    }

    fn act(&mut self, act: &Act) -> Result<(), String> {
        match act {
            Act::Launch { kernel, buffers, ints, grid } => self.device.launch(*kernel, buffers, ints, *grid),
            Act::Copy { from, to, bytes } => self.device.copy(*from, *to, *bytes),
            Act::Set { to, bytes, value } => self.device.upload(*to, &value.to_le_bytes()[..*bytes as usize]),
            Act::Read { byte, handle, when } => {
                let mut read = [0];
                self.device.download(*byte, &mut read)?;
                self.values.insert(*handle, (read[0] != 0) == *when);
                Ok(())
            }
            Act::Conditional { handle, condition, bodies } => self.conditional(*handle, *condition, bodies),
        }
    }

    fn conditional(&mut self, handle: usize, condition: Condition, bodies: &[usize]) -> Result<(), String> {
        let unset = || format!("nothing has set handle {handle}");
        let holds = |run: &Self| run.values.get(&handle).copied().ok_or_else(unset);
        if condition == Condition::While {
            for _ in 0..ROUNDS_MAX {
                if !holds(self)? {
                    return Ok(());
                }
                self.graph(bodies[0])?;
            }
            return Err(format!("a loop of more than {ROUNDS_MAX} rounds"));
        }
        match (holds(self)?, bodies) {
            (true, [yes, ..]) => self.graph(*yes),
            (false, [_, no]) => self.graph(*no),
            _ => Ok(()),
        }
    }
}

impl<D: Device> Device for Graphs<D> {
    fn name(&self) -> String {
        format!("{}, as graphs", self.device.name())
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
        std::thread::sleep(self.waits[1]);
        self.device.launch(kernel, buffers, ints, grid)
    }

    fn wait(&mut self) -> Result<(), String> {
        self.device.wait()
    }

    fn takes_graphs(&self) -> Result<Takes, String> {
        Ok(Takes { decides: true, after: 0, trials: self.trials })
    }

    fn make(&mut self, graph: &Graph, _: &[u32]) -> Result<u64, String> {
        // An error here would only show as a program that the host decides.
        let recorded = Recorded::of(graph, self.has_else).unwrap_or_else(|why| panic!("{why}"));
        self.made.push(Some(recorded));
        Ok(self.made.len() as u64 - 1)
    }

    fn start(&mut self, number: u64) -> Result<(), String> {
        self.started.fetch_add(1, Ordering::Relaxed);
        std::thread::sleep(self.waits[0]);
        let recorded = self.made.get(number as usize).and_then(Option::as_ref).ok_or("no such graph")?;
        let (device, seed) = (&mut self.device, &mut self.seed);
        Run { recorded, device, values: HashMap::new(), seed }.graph(0)
    }

    fn discard(&mut self, number: u64) {
        assert!(self.made[number as usize].take().is_some(), "graph {number} is given back twice");
    }
}
