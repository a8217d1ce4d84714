//! The record of one run: gates in order with the side taken, calls with their time.

use crate::manifest::Manifest;
use serde::Serialize;

/// Something that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A gate was passed.
    Gate {
        /// Index into [`Manifest::gates`].
        gate: u32,
        /// Whether its condition held.
        taken: bool,
    },
    /// A subnet ran.
    Call {
        /// Index into [`Manifest::calls`].
        call: u32,
        /// For how long.
        ns: u64,
    },
    /// A routine of the library ran.
    Library {
        /// Index into [`Manifest::library`].
        call: u32,
        /// For how long.
        ns: u64,
    },
}

/// What happened in a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// In order.
    pub events: Vec<Event>,
    /// The whole run.
    pub total_ns: u64,
}

/// A trace in the user's terms, as `--trace` writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Gates in order.
    pub gates: Vec<GateReport>,
    /// Calls of subnets and library routines in order.
    pub calls: Vec<CallReport>,
    /// The whole run in nanoseconds.
    pub total_ns: u64,
}

/// A gate passed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GateReport {
    /// Number of the gate in the program.
    pub gate: u32,
    /// `file:line:column`.
    pub at: String,
    /// Whether its condition held.
    pub taken: bool,
    /// How many calls came before it.
    pub after_calls: usize,
}

/// A call made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CallReport {
    /// `s3` for subnet number 3, or the library routine's name.
    pub name: String,
    /// `file:line:column`.
    pub at: String,
    /// Nanoseconds.
    pub ns: u64,
}

impl Trace {
    /// The sides taken, in order.
    pub fn path(&self) -> Vec<bool> {
        self.events
            .iter()
            .filter_map(|e| match e {
                Event::Gate { taken, .. } => Some(*taken),
                _ => None,
            })
            .collect()
    }

    /// The trace in the user's terms.
    pub fn report(&self, manifest: &Manifest) -> Report {
        let (mut gates, mut calls) = (Vec::new(), Vec::new());
        for event in &self.events {
            match *event {
                Event::Gate { gate, taken } => {
                    let at = manifest.place(manifest.gates[gate as usize].loc);
                    gates.push(GateReport { gate, at, taken, after_calls: calls.len() });
                }
                Event::Call { call, ns } => {
                    let call = manifest.calls[call as usize];
                    calls.push(CallReport {
                        name: format!("s{}", call.subnet),
                        at: manifest.place(call.loc),
                        ns,
                    });
                }
                Event::Library { call, ns } => {
                    let call = &manifest.library[call as usize];
                    calls.push(CallReport { name: call.kernel.clone(), at: manifest.place(call.loc), ns });
                }
            }
        }
        Report { gates, calls, total_ns: self.total_ns }
    }
}
