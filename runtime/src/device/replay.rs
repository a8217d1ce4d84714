//! Runs as graphs: which sizes of inputs have one, when it is worth making, and what it is made from.

use super::graph::{End, Recorder, control_bytes};
use super::{Address, Device, Takes};
use std::collections::HashMap;
use std::time::Duration;

/// Graphs that are kept; when there are more, all are made anew.
const KEPT_MAX: usize = 64;
/// Sizes of inputs that are remembered without a graph; when there are more, they are counted anew.
const SIZES_MAX: usize = 4096;
/// How often a recording is begun anew since it has moved buffers itself.
const TRIES_MAX: u32 = 4;

/// The graphs of a program on a device.
#[derive(Default)]
pub(crate) struct Replay {
    /// By the dimensions of all inputs.
    known: HashMap<Vec<i64>, Known>,
    /// The number of the end, and flags; 0 before the first recording.
    control: Address,
    /// Takes down the graph that is being made.
    recorder: Option<Recorder>,
    /// Recordings of one graph so far.
    tries: u32,
    /// Whether a buffer has moved since the recording began.
    moved: bool,
}

/// What is known of inputs of certain sizes.
enum Known {
    /// So many runs have been without a graph.
    Runs(u32),
    /// The host decides.
    Host,
    /// The device does.
    Graph { number: u64, ends: Vec<End>, asks: bool, tried: Tried },
}

/// How long runs took that were done both ways.
#[derive(Clone, Copy, Default)]
pub(crate) struct Tried {
    /// Runs so far. The first one is not counted: it uploads the graph.
    runs: u32,
    graph: Duration,
    host: Duration,
}

/// What to do with a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// Let the host decide.
    Host,
    /// Record a graph, then ask again.
    Record,
    /// Start the graph.
    Start,
    /// Do both, the host's way first or last, and tell how long each took.
    Try {
        /// Whether the host's way is first.
        host_first: bool,
    },
}

impl Replay {
    /// What to do with a run on inputs of these sizes.
    pub(crate) fn plan(&mut self, takes: Option<Takes>, dims: &[i64]) -> Plan {
        let Some(takes) = takes else { return Plan::Host };
        if self.known.len() >= SIZES_MAX && !self.known.contains_key(dims) {
            self.known.retain(|_, known| matches!(known, Known::Graph { .. }));
        }
        let known = self.known.entry(dims.to_vec()).or_insert(Known::Runs(0));
        match known {
            Known::Graph { tried, .. } if tried.runs <= takes.trials && takes.trials > 0 => {
                Plan::Try { host_first: tried.runs % 2 == 1 }
            }
            Known::Graph { .. } => Plan::Start,
            Known::Host => Plan::Host,
            Known::Runs(runs) if *runs < takes.after => {
                *runs += 1;
                Plan::Host
            }
            Known::Runs(_) => Plan::Record,
        }
    }

    /// What takes down launches and copies, while a graph is recorded.
    pub(super) fn recorder(&mut self) -> Option<&mut Recorder> {
        self.recorder.as_mut()
    }

    /// Begins to record.
    pub(super) fn begin(&mut self, device: &mut dyn Device, flags: u32) -> Result<(), String> {
        if self.control == 0 {
            self.control = device.alloc(control_bytes(flags))?;
        }
        self.recorder = Some(Recorder::new(self.control, flags));
        self.moved = false;
        Ok(())
    }

    /// Ends the recording of a graph for these sizes, which has gone well or not.
    pub(super) fn made(&mut self, device: &mut dyn Device, dims: &[i64], parts: &[u32], well: bool) {
        let recorder = self.recorder.take();
        let again = well && self.moved && self.tries < TRIES_MAX;
        self.tries = if again { self.tries + 1 } else { 0 };
        if again {
            return;
        }
        let recorded = recorder.filter(|_| well && !self.moved).and_then(|recorder| recorder.finish().ok());
        let decides = device.takes_graphs().is_ok_and(|takes| takes.decides);
        let recorded = recorded.filter(|recorded| decides || !recorded.graph.decides());
        // What a driver does not take the host runs step by step.
        let made = recorded.and_then(|recorded| Some((device.make(&recorded.graph, parts).ok()?, recorded)));
        let graphs = self.known.values().filter(|known| matches!(known, Known::Graph { .. })).count();
        if graphs >= KEPT_MAX {
            self.forget(device);
        }
        let known = match made {
            Some((number, recorded)) => {
                Known::Graph { number, ends: recorded.ends, asks: recorded.asks, tried: Tried::default() }
            }
            None => Known::Host,
        };
        self.known.insert(dims.to_vec(), known);
    }

    /// Starts the graph for these sizes and tells its end.
    pub(super) fn start(&mut self, device: &mut dyn Device, dims: &[i64]) -> Result<&End, String> {
        let internal = |what: &str| format!("internal error: a graph {what}");
        let Some(Known::Graph { number, ends, asks, .. }) = self.known.get(dims) else {
            return Err(internal("that is not there"));
        };
        device.start(*number)?;
        let mut end = [1, 0, 0, 0];
        if *asks {
            device.download(self.control, &mut end)?;
        }
        let end = (u32::from_le_bytes(end) as usize).checked_sub(1).and_then(|end| ends.get(end));
        end.ok_or_else(|| internal("has not come to an end"))
    }

    /// Takes down how long a run took as a graph and how long the host's way; after the last trial the slower way is given up.
    pub(super) fn tried(&mut self, device: &mut dyn Device, dims: &[i64], graph: Duration, host: Duration) {
        let trials = device.takes_graphs().map_or(0, |takes| takes.trials);
        let Some(Known::Graph { number, tried, .. }) = self.known.get_mut(dims) else { return };
        if tried.runs > 0 {
            tried.graph += graph;
            tried.host += host;
        }
        tried.runs += 1;
        if tried.runs > trials && tried.host < tried.graph {
            device.discard(*number);
            self.known.insert(dims.to_vec(), Known::Host);
        }
    }

    /// The number of the graph for these sizes, if there is one.
    pub(super) fn number(&self, dims: &[i64]) -> Option<u64> {
        match self.known.get(dims) {
            Some(Known::Graph { number, .. }) => Some(*number),
            _ => None,
        }
    }

    /// Forgets all graphs, since a buffer has moved.
    pub(super) fn moved(&mut self, device: &mut dyn Device) {
        self.moved = true;
        self.forget(device);
    }

    fn forget(&mut self, device: &mut dyn Device) {
        self.known.retain(|_, known| match known {
            Known::Graph { number, .. } => {
                device.discard(*number);
                false
            }
            Known::Runs(_) | Known::Host => true,
        });
    }

    /// Gives back everything.
    pub(super) fn drop_on(&mut self, device: &mut dyn Device) {
        self.forget(device);
        if self.control != 0 {
            device.free(std::mem::take(&mut self.control));
        }
    }
}
