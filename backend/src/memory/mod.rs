//! The memory plan: where every buffer of a program lives.
//!
//! Buffers of a size known at compile time share one static arena; those whose size depends on symbols share a few
//! growing slots. Handles are passed across edges, not contents: where two branches meet, the parameter simply holds one
//! pointer or the other. Only where a handle would still point at a buffer that is being written again (a loop that
//! carries a tensor) does the parameter get a buffer of its own, filled by a copy on the edge.
//!
//! The plan is made in five steps:
//!
//! 1. [`live`]: which variables are needed at each point of the host program's control-flow graph;
//! 2. [`alias`]: which storages each variable may point to, and which parameters must copy for that to be safe;
//! 3. [`interference`]: which storages are in use at the same time. Branches that exclude each other never are;
//! 4. coalescing: results that a subnet can write over an operand, and copies whose two ends need not be apart;
//! 5. [`layout`]: offsets in the arena by first fit, largest first; slots by greedy colouring.
//!
//! Invariant: at no point do two storages that are needed overlap. `tests` checks it on random programs by executing them.

mod alias;
mod graph;
mod interference;
mod layout;
mod live;
#[cfg(test)]
mod tests;

use alias::{Aliases, FOREIGN, StorageId};
use braid_ir::Term;
use braid_ir::program::{Arg, HostEdge, Instr, Program, Var, VarId};
use graph::Graph;
use interference::Analysis;
use std::collections::{HashMap, HashSet};

/// Alignment of every buffer, in bytes.
const ALIGN: u64 = 64;

/// What the plan must know of a subnet's code.
#[derive(Clone, Debug)]
pub struct Needs {
    /// Scratch memory in bytes, over the subnet's dims.
    pub scratch_bytes: Term,
    /// For each result the argument that it may be written over.
    pub in_place: Vec<Option<usize>>,
}

/// A place in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// Bytes of the arena.
    Arena {
        /// Where they start.
        offset: u64,
        /// How many there are.
        bytes: u64,
    },
    /// A growing buffer.
    Slot(u32),
}

/// Where the host program finds the contents of a buffer variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// Always here.
    Place(Place),
    /// In the caller's memory: input number so-and-so.
    Input(usize),
    /// Wherever the handle points that the program passes along.
    Passed,
}

/// A copy on an edge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// What is copied.
    pub from: Source,
    /// Where to.
    pub to: Place,
    /// How many bytes, over the symbols known before the edge.
    pub bytes: Term,
}

/// What a copy reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A buffer or a weight.
    Arg(Arg),
    /// What an earlier copy of the edge has put here.
    Place(Place),
}

/// The plan.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Size of the arena.
    pub arena_bytes: u64,
    /// Number of slots.
    pub slots: u32,
    /// By variable; `None` for what is not a buffer.
    pub homes: Vec<Option<Home>>,
    /// Scratch memory by block and instruction, with its size over the program's symbols.
    pub scratch: HashMap<(usize, usize), (Place, Term)>,
    /// Copies by block and number of the outgoing edge, in the order in which they must be made.
    pub copies: HashMap<(usize, usize), Vec<Copy>>,
}

/// The outgoing edges of a block, the true side first.
pub fn edges(program: &Program, block: usize) -> Vec<&HostEdge> {
    use braid_ir::program::HostEnd;
    match &program.blocks[block].end {
        HostEnd::Jump(edge) => vec![edge],
        HostEnd::Branch { yes, no, .. } => vec![yes, no],
        HostEnd::Return(_) | HostEnd::Fail { .. } => vec![],
    }
}

/// The number of bytes of a buffer variable; `None` for what is not a buffer.
pub fn byte_term(var: &Var) -> Option<Term> {
    match var {
        Var::Buffer(ty) => Some(ty.numel() * Term::from(ty.dtype.size())),
        Var::Seq(..) | Var::Int | Var::Bool => None,
    }
}

/// The number of bytes of an argument that is a buffer or a weight.
fn arg_bytes(program: &Program, arg: Arg) -> Option<Term> {
    match arg {
        Arg::Var(var) => byte_term(&program.vars[var.index()]),
        Arg::Weight(weight) => Some(Term::from(program.weights[weight.index()].data.bytes().len())),
    }
}

/// The variable of an argument, if it is one.
fn arg_var(arg: Arg) -> Option<VarId> {
    match arg {
        Arg::Var(var) => Some(var),
        Arg::Weight(_) => None,
    }
}

/// Plans the memory of a program; `needs` is by subnet.
pub fn plan(program: &Program, needs: &[Needs]) -> Plan {
    plan_settled(program, needs, &HashSet::new())
}

/// Plans the memory of a program in which some parameters are to be at one place each, filled by copies.
pub fn plan_settled(program: &Program, needs: &[Needs], settled: &HashSet<VarId>) -> Plan {
    let live = live::Live::of(program);
    let mut aliases = Aliases::settled(program, settled);
    aliases.make_safe(program, &live);
    let mut sizes: Vec<Term> = aliases.storages.clone();
    let mut scratch_at = HashMap::new();
    for (b, block) in program.blocks.iter().enumerate() {
        for (i, instr) in block.instrs.iter().enumerate() {
            let Instr::Call { subnet, dims, .. } = instr else { continue };
            let map = program.subnets[*subnet].dims.iter().copied().zip(dims.iter().copied()).collect();
            let bytes = needs[*subnet].scratch_bytes.subst_syms(&map);
            if bytes.as_int() != Some(0) {
                scratch_at.insert((b, i), sizes.len());
                sizes.push(bytes);
            }
        }
    }
    let moves = interference::Moves::of(program, &live, &aliases);
    let first_temporary = sizes.len();
    sizes.extend(moves.temporaries.iter().map(|t| t.bytes));
    let analysis = Analysis { program, needs, live, aliases, moves, scratch_at, first_temporary };
    let mut graph = Graph::new(sizes.len());
    let wishes = analysis.build(&mut graph);
    for (a, b) in wishes {
        let (a, b) = (graph.find(a), graph.find(b));
        if a != b && sizes[a] == sizes[b] && !graph.interferes(a, b) {
            graph.merge(a, b);
        }
    }
    analysis.keep_apart(&mut graph);

    let layout = layout::lay_out(&sizes, &graph);
    let place = |storage: usize| layout.places[graph.find(storage)];
    let mut homes = vec![None; program.vars.len()];
    let mut inputs = HashMap::new();
    for (i, (_, _, var)) in program.inputs.iter().enumerate() {
        inputs.insert(*var, i);
    }
    for (v, var) in program.vars.iter().enumerate() {
        if !matches!(var, Var::Buffer(_)) {
            continue;
        }
        let storages = &analysis.aliases.points_to[v];
        let mut places: Vec<Option<Place>> =
            storages.iter().map(|&s| (s != FOREIGN).then(|| place(s as usize))).collect();
        places.dedup();
        homes[v] = Some(match (inputs.get(&VarId(v as u32)), places.as_slice()) {
            (Some(&input), [None]) => Home::Input(input),
            (None, [Some(place)]) => Home::Place(*place),
            // A variable that nothing reaches has no contents either.
            _ => Home::Passed,
        });
    }
    let scratch = analysis.scratch_at.iter().map(|(&at, &s)| (at, (place(s), sizes[s]))).collect();
    let copies = analysis.moves.copies(program, &analysis.aliases, &|s| place(s), first_temporary, &homes);
    Plan { arena_bytes: layout.arena_bytes, slots: layout.slots, homes, scratch, copies }
}

/// The storages behind an argument; a weight is foreign.
fn storages_of(aliases: &Aliases, arg: Arg) -> &[StorageId] {
    match arg {
        Arg::Var(var) => &aliases.points_to[var.index()],
        Arg::Weight(_) => &[FOREIGN],
    }
}
