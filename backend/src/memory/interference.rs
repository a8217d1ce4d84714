//! Which storages are in use at the same time, and the copies that edges make.

use super::alias::{Aliases, FOREIGN};
use super::graph::Graph;
use super::live::{self, Live};
use super::{Copy, Home, Needs, Place, Source, arg_bytes, edges, storages_of};
use braid_ir::Term;
use braid_ir::program::{Arg, Instr, Program, VarId};
use std::collections::{BTreeMap, HashMap};

/// One edge's copies into parameters that have a buffer of their own.
pub(super) struct Moves {
    /// By block and number of the outgoing edge.
    edges: BTreeMap<(usize, usize), Vec<Move>>,
    /// Buffers for what must be set aside first, where copies read what others write.
    pub(super) temporaries: Vec<Temporary>,
}

/// A copy into a parameter.
struct Move {
    from: Arg,
    to: VarId,
    /// Set aside here first.
    temporary: Option<usize>,
}

/// A buffer that is in use on one edge only.
pub(super) struct Temporary {
    /// Its size.
    pub(super) bytes: Term,
}

impl Moves {
    /// The copies of every edge, each edge's in an order in which none overwrites what a later one reads; what no order
    /// can save is set aside first.
    pub(super) fn of(program: &Program, live: &Live, aliases: &Aliases) -> Moves {
        let mut moves = Moves { edges: BTreeMap::new(), temporaries: vec![] };
        for block in 0..program.blocks.len() {
            for (number, edge) in edges(program, block).into_iter().enumerate() {
                let mut waiting: Vec<Move> = edge
                    .args
                    .iter()
                    .zip(&program.blocks[edge.block].params)
                    .filter(|(_, param)| {
                        aliases.copying.contains(param) && live.on_entry[edge.block].contains(param.index())
                    })
                    .map(|(&from, &to)| Move { from, to, temporary: None })
                    .collect();
                let mut ordered = Vec::new();
                while !waiting.is_empty() {
                    let reads = |m: &Move, storage| {
                        m.temporary.is_none() && storages_of(aliases, m.from).binary_search(&storage).is_ok()
                    };
                    let free = (0..waiting.len()).find(|&i| {
                        let written =
                            aliases.own[waiting[i].to.index()].expect("a copying parameter has a storage");
                        waiting.iter().enumerate().all(|(j, other)| j == i || !reads(other, written))
                    });
                    match free {
                        Some(i) => ordered.push(waiting.remove(i)),
                        None => {
                            // A cycle: set an argument aside, and the copy that overwrites it is free.
                            let next = waiting.iter_mut().find(|m| m.temporary.is_none());
                            let next = next.expect("copies whose arguments are set aside hold up no other");
                            let bytes = arg_bytes(program, next.from).unwrap_or(Term::int(0));
                            next.temporary = Some(moves.temporaries.len());
                            moves.temporaries.push(Temporary { bytes });
                        }
                    }
                }
                if !ordered.is_empty() {
                    moves.edges.insert((block, number), ordered);
                }
            }
        }
        moves
    }

    /// The copies that remain when storages have their places.
    pub(super) fn copies(
        &self,
        program: &Program,
        aliases: &Aliases,
        place: &dyn Fn(usize) -> Place,
        first_temporary: usize,
        homes: &[Option<Home>],
    ) -> HashMap<(usize, usize), Vec<Copy>> {
        let mut result = HashMap::new();
        for (&at, moves) in &self.edges {
            let mut copies = Vec::new();
            let bytes = |m: &Move| arg_bytes(program, m.from).unwrap_or(Term::int(0));
            for m in moves {
                if let Some(t) = m.temporary {
                    copies.push(Copy {
                        from: Source::Arg(m.from),
                        to: place(first_temporary + t),
                        bytes: bytes(m),
                    });
                }
            }
            for m in moves {
                let storage = aliases.own[m.to.index()].expect("a copying parameter has a storage");
                let to = place(storage as usize);
                let from = match m.temporary {
                    Some(t) => Source::Place(place(first_temporary + t)),
                    None => Source::Arg(m.from),
                };
                let already_there = match from {
                    Source::Arg(Arg::Var(var)) => homes[var.index()] == Some(Home::Place(to)),
                    Source::Arg(Arg::Weight(_)) => false,
                    Source::Place(place) => place == to,
                };
                if !already_there {
                    copies.push(Copy { from, to, bytes: bytes(m) });
                }
            }
            if !copies.is_empty() {
                result.insert(at, copies);
            }
        }
        result
    }
}

/// What is known about a program when its storages are compared.
pub(super) struct Analysis<'a> {
    pub(super) program: &'a Program,
    pub(super) needs: &'a [Needs],
    pub(super) live: Live,
    pub(super) aliases: Aliases,
    pub(super) moves: Moves,
    /// Storage of each call's scratch memory, by block and instruction.
    pub(super) scratch_at: HashMap<(usize, usize), usize>,
    /// The storages from here on are [`Moves::temporaries`].
    pub(super) first_temporary: usize,
}

impl Analysis<'_> {
    /// Adds to the graph what is in use together, and returns pairs that would better be one storage.
    pub(super) fn build(&self, graph: &mut Graph) -> Vec<(usize, usize)> {
        let Analysis { program, live, aliases, moves, .. } = self;
        let mut wishes = Vec::new();
        let owned =
            |var: usize| aliases.points_to[var].iter().filter(|&&s| s != FOREIGN).map(|&s| s as usize);
        for (b, block) in program.blocks.iter().enumerate() {
            let mut needed = live.before_end(program, b);
            for (i, instr) in block.instrs.iter().enumerate().rev() {
                let results: Vec<(usize, usize)> = live::definitions(instr)
                    .iter()
                    .enumerate()
                    .filter_map(|(k, r)| aliases.own[r.index()].map(|s| (k, s as usize)))
                    .collect();
                let mut together: Vec<usize> = needed.iter().flat_map(owned).collect();
                together.extend(results.iter().map(|(_, s)| *s));
                for &(_, storage) in &results {
                    together.iter().for_each(|&other| graph.add(storage, other));
                }
                let args = args_of(instr);
                for (position, &arg) in args.iter().enumerate() {
                    for &(k, storage) in &results {
                        if in_place(instr, self.needs, k) == Some(position) {
                            continue;
                        }
                        storages_of(aliases, arg)
                            .iter()
                            .filter(|&&s| s != FOREIGN)
                            .for_each(|&s| graph.add(storage, s as usize));
                    }
                }
                if let Some(&scratch) = self.scratch_at.get(&(b, i)) {
                    together.iter().for_each(|&other| graph.add(scratch, other));
                    for &arg in args {
                        storages_of(aliases, arg)
                            .iter()
                            .filter(|&&s| s != FOREIGN)
                            .for_each(|&s| graph.add(scratch, s as usize));
                    }
                }
                for &(k, storage) in &results {
                    if let Some(other) =
                        in_place(instr, self.needs, k).and_then(|p| only_storage(aliases, args[p]))
                    {
                        wishes.push((storage, other));
                    }
                }
                live::step(&mut needed, instr);
            }
            // Parameters with a buffer of their own are written on every edge in.
            let entered: Vec<usize> = live.on_entry[b].iter().flat_map(owned).collect();
            for param in &block.params {
                if let Some(storage) = aliases.own[param.index()] {
                    entered.iter().for_each(|&other| graph.add(storage as usize, other));
                }
            }
        }
        for (&(block, number), edge_moves) in &moves.edges {
            // A copy is made while arguments of the copies after it are still to be read.
            let target = edges(program, block)[number].block;
            let around: Vec<usize> = live.on_entry[target]
                .iter()
                .flat_map(owned)
                .chain(
                    edge_moves
                        .iter()
                        .flat_map(|m| storages_of(aliases, m.from))
                        .filter(|&&s| s != FOREIGN)
                        .map(|&s| s as usize),
                )
                .collect();
            for (j, m) in edge_moves.iter().enumerate() {
                if let Some(t) = m.temporary {
                    around.iter().for_each(|&other| graph.add(self.first_temporary + t, other));
                    for other in edge_moves.iter().filter_map(|other| other.temporary).filter(|&o| o != t) {
                        graph.add(self.first_temporary + t, self.first_temporary + other);
                    }
                }
                let storage = aliases.own[m.to.index()].expect("a copying parameter has a storage") as usize;
                for later in &edge_moves[j + 1..] {
                    if later.temporary.is_none() {
                        let read = storages_of(aliases, later.from).iter().filter(|&&s| s != FOREIGN);
                        read.for_each(|&s| graph.add(storage, s as usize));
                    }
                }
                // What else the argument may be stays where it is, so the parameter's buffer must not overlap it in part.
                if m.temporary.is_none() {
                    match only_storage(aliases, m.from) {
                        Some(other) => wishes.push((storage, other)),
                        None => {
                            let read = storages_of(aliases, m.from).iter().filter(|&&s| s != FOREIGN);
                            read.for_each(|&s| graph.add(storage, s as usize));
                        }
                    }
                }
            }
        }
        wishes
    }

    /// Separates results from the operands that they could have been written over but were not, and copies' two ends:
    /// all or nothing, never an overlap in part.
    pub(super) fn keep_apart(&self, graph: &mut Graph) {
        let Analysis { program, aliases, .. } = self;
        for (b, block) in program.blocks.iter().enumerate() {
            for instr in &block.instrs {
                let args = args_of(instr);
                for (k, result) in live::definitions(instr).iter().enumerate() {
                    let (Some(own), Some(position)) =
                        (aliases.own[result.index()], in_place(instr, self.needs, k))
                    else {
                        continue;
                    };
                    for &s in storages_of(aliases, args[position]).iter().filter(|&&s| s != FOREIGN) {
                        graph.add(own as usize, s as usize);
                    }
                }
            }
            for edge in edges(program, b) {
                for (&arg, param) in edge.args.iter().zip(&program.blocks[edge.block].params) {
                    let Some(own) = aliases.own[param.index()] else { continue };
                    storages_of(aliases, arg)
                        .iter()
                        .filter(|&&s| s != FOREIGN)
                        .for_each(|&s| graph.add(own as usize, s as usize));
                }
            }
        }
    }
}

fn args_of(instr: &Instr) -> &[Arg] {
    match instr {
        Instr::Call { args, .. } | Instr::Library { args, .. } => args,
        Instr::Load { from, .. } => std::slice::from_ref(from),
        Instr::Compute { .. } | Instr::Store { .. } | Instr::Check { .. } => &[],
    }
}

/// The operand over which result `k` may be written.
fn in_place(instr: &Instr, needs: &[Needs], k: usize) -> Option<usize> {
    match instr {
        Instr::Call { subnet, .. } => needs[*subnet].in_place.get(k).copied().flatten(),
        _ => None,
    }
}

/// The storage behind an argument, if there is exactly one and it is the program's own.
fn only_storage(aliases: &Aliases, arg: Arg) -> Option<usize> {
    match storages_of(aliases, arg) {
        [only] if *only != FOREIGN => Some(*only as usize),
        _ => None,
    }
}
