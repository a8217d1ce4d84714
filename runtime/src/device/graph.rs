//! Graphs: all that a program asks of a device for inputs of certain sizes, both sides of every decision, written down once
//! and then started as a whole.
//!
//! The host program for graphs walks the program's paths (each once) and asks for the same launches and copies as always; a
//! [`Recorder`] takes them down. What depends on sizes alone is settled then. Where the device decides, the recorder opens
//! a part that runs if, or as long as, a byte in the device's memory is not 0. Addresses do not change from run to run, so
//! the graph holds until a buffer is moved.

use super::{Address, Extent};

/// Most steps of a graph; a program with more of them is decided by the host.
const STEPS_MAX: usize = 20_000;

/// What to do, in an order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    /// Each after those before it that it names.
    pub steps: Vec<Step>,
}

/// Something to do, once others are done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What.
    pub act: Act,
    /// Numbers of steps of the same graph, all smaller than its own.
    pub after: Vec<usize>,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Runs a kernel; nothing of its grid is 0.
    Launch {
        /// The kernel's number.
        kernel: usize,
        /// Its buffers.
        buffers: Vec<Extent>,
        /// Its integers.
        ints: Vec<i64>,
        /// Numbers of workgroups.
        grid: [u32; 3],
    },
    /// Copies bytes.
    Copy {
        /// From here.
        from: Address,
        /// To here.
        to: Address,
        /// At least one.
        bytes: u64,
    },
    /// Writes a number.
    Set {
        /// Where.
        to: Address,
        /// 1, 4 or 8.
        bytes: u64,
        /// What.
        value: u64,
    },
    /// Does one of two graphs.
    If {
        /// A byte, read when the step is reached.
        condition: Address,
        /// What is done if it is not 0.
        yes: Graph,
        /// What is done if it is.
        no: Graph,
    },
    /// Does a graph again and again.
    While {
        /// A byte; before each round it is read, and 0 ends the loop.
        condition: Address,
        /// The round.
        body: Graph,
    },
}

impl Graph {
    /// Number of steps, those of all parts included.
    pub fn len(&self) -> usize {
        let inner = |step: &Step| match &step.act {
            Act::If { yes, no, .. } => yes.len() + no.len(),
            Act::While { body, .. } => body.len(),
            Act::Launch { .. } | Act::Copy { .. } | Act::Set { .. } => 0,
        };
        self.steps.iter().map(|step| 1 + inner(step)).sum()
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Whether the device decides anything in it.
    pub fn decides(&self) -> bool {
        self.steps.iter().any(|step| matches!(step.act, Act::If { .. } | Act::While { .. }))
    }
}

/// How a program ends, with what it passes to the runtime there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct End {
    /// A [`crate::context::Status`].
    pub(crate) status: i32,
    pub(crate) site: u64,
    pub(crate) values: Vec<Address>,
    pub(crate) ints: Vec<i64>,
}

/// A graph with the ends of its program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Recorded {
    pub(crate) graph: Graph,
    pub(crate) ends: Vec<End>,
    /// Whether the device writes which end it has come to: its number and 1 more, as 4 bytes at the start of the control
    /// memory. Without that there is one end only.
    pub(crate) asks: bool,
}

/// Takes down a graph.
pub(crate) struct Recorder {
    /// Control memory: the number of the end, then flags of 4 bytes each.
    control: Address,
    flags: u32,
    scopes: Vec<Scope>,
    steps: usize,
    ends: Vec<End>,
    asks: bool,
}

/// A part of the graph that is not finished.
struct Scope {
    part: Part,
    graph: Graph,
}

/// What it will be.
enum Part {
    Whole,
    Yes(Address),
    No(Address, Graph),
    Body(Address),
}

/// Bytes of control memory for so many flags.
pub(crate) fn control_bytes(flags: u32) -> u64 {
    4 * (1 + u64::from(flags))
}

impl Recorder {
    pub(crate) fn new(control: Address, flags: u32) -> Recorder {
        let scopes = vec![Scope { part: Part::Whole, graph: Graph::default() }];
        Recorder { control, flags, scopes, steps: 0, ends: Vec::new(), asks: false }
    }

    fn scope(&mut self) -> Result<&mut Graph, String> {
        self.scopes.last_mut().map(|scope| &mut scope.graph).ok_or_else(unbalanced)
    }

    /// Adds a step after all before it.
    pub(crate) fn step(&mut self, act: Act) -> Result<(), String> {
        self.steps += 1;
        if self.steps > STEPS_MAX {
            return Err(format!("a graph of more than {STEPS_MAX} steps"));
        }
        let steps = &mut self.scope()?.steps;
        let after = steps.len().checked_sub(1).into_iter().collect();
        steps.push(Step { act, after });
        Ok(())
    }

    /// Writes a flag.
    pub(crate) fn flag(&mut self, flag: u64, value: u64) -> Result<(), String> {
        let to = self.flag_at(flag)?;
        self.step(Act::Set { to, bytes: 4, value })
    }

    /// Where a flag is.
    pub(crate) fn flag_at(&self, flag: u64) -> Result<Address, String> {
        if flag >= u64::from(self.flags) {
            return Err(unbalanced());
        }
        Ok(self.control + 4 * (1 + flag))
    }

    /// Begins what is done if a byte is not 0.
    pub(crate) fn branch(&mut self, condition: Address) {
        self.scopes.push(Scope { part: Part::Yes(condition), graph: Graph::default() });
    }

    /// Ends that, and begins what is done if it is.
    pub(crate) fn otherwise(&mut self) -> Result<(), String> {
        match self.scopes.pop() {
            Some(Scope { part: Part::Yes(condition), graph }) => {
                self.scopes.push(Scope { part: Part::No(condition, graph), graph: Graph::default() });
                Ok(())
            }
            _ => Err(unbalanced()),
        }
    }

    /// Begins what is done as long as a byte is not 0.
    pub(crate) fn repeat(&mut self, condition: Address) {
        self.scopes.push(Scope { part: Part::Body(condition), graph: Graph::default() });
    }

    /// Ends what was begun last.
    pub(crate) fn close(&mut self) -> Result<(), String> {
        let Some(Scope { part, graph }) = self.scopes.pop() else { return Err(unbalanced()) };
        let act = match part {
            Part::Yes(condition) => Act::If { condition, yes: graph, no: Graph::default() },
            Part::No(condition, yes) => Act::If { condition, yes, no: graph },
            Part::Body(condition) => Act::While { condition, body: graph },
            Part::Whole => return Err(unbalanced()),
        };
        match &act {
            Act::If { yes, no, .. } if yes.is_empty() && no.is_empty() => Ok(()),
            _ => self.step(act),
        }
    }

    /// Comes to an end of the program. What all paths come to needs no word of the device's.
    pub(crate) fn end(&mut self, end: End) -> Result<(), String> {
        self.ends.push(end);
        if self.scopes.len() == 1 && !self.asks {
            return Ok(());
        }
        self.asks = true;
        let (to, value) = (self.control, self.ends.len() as u64);
        self.step(Act::Set { to, bytes: 4, value })
    }

    /// The graph.
    pub(crate) fn finish(mut self) -> Result<Recorded, String> {
        let (Some(Scope { part: Part::Whole, mut graph }), true) =
            (self.scopes.pop(), self.scopes.is_empty())
        else {
            return Err(unbalanced());
        };
        if self.ends.is_empty() || !self.asks && self.ends.len() > 1 {
            return Err(unbalanced());
        }
        if self.asks {
            // A path without an end would show.
            for step in &mut graph.steps {
                step.after = if step.after.is_empty() {
                    vec![0]
                } else {
                    step.after.iter().map(|at| at + 1).collect()
                };
            }
            let act = Act::Set { to: self.control, bytes: 4, value: 0 };
            graph.steps.insert(0, Step { act, after: vec![] });
        }
        Ok(Recorded { graph, ends: self.ends, asks: self.asks })
    }
}

/// A mistake of the compiler.
fn unbalanced() -> String {
    "internal error: the host program for graphs is not well formed".to_string()
}
