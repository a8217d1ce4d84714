//! Liveness of variables over the host program's control-flow graph.

use super::edges;
use braid_ir::program::{Arg, HostEnd, Instr, Program, VarId};

/// A set of variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Set(Vec<u64>);

impl Set {
    pub(super) fn new(count: usize) -> Set {
        Set(vec![0; count.div_ceil(64)])
    }

    pub(super) fn insert(&mut self, i: usize) {
        self.0[i / 64] |= 1 << (i % 64);
    }

    pub(super) fn remove(&mut self, i: usize) {
        self.0[i / 64] &= !(1 << (i % 64));
    }

    pub(super) fn contains(&self, i: usize) -> bool {
        self.0[i / 64] >> (i % 64) & 1 == 1
    }

    /// Adds all of `other`.
    pub(super) fn extend(&mut self, other: &Set) {
        for (a, b) in self.0.iter_mut().zip(&other.0) {
            *a |= b;
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(w, &word)| {
            let mut rest = word;
            std::iter::from_fn(move || {
                (rest != 0).then(|| {
                    let bit = rest.trailing_zeros() as usize;
                    rest &= rest - 1;
                    w * 64 + bit
                })
            })
        })
    }
}

/// Which variables are live where.
pub(super) struct Live {
    /// On entry to each block, parameters included.
    pub(super) on_entry: Vec<Set>,
}

/// The variables that an instruction reads.
pub(super) fn uses(instr: &Instr) -> Vec<VarId> {
    let vars = |args: &[Arg]| args.iter().filter_map(|&a| super::arg_var(a)).collect();
    match instr {
        Instr::Call { args, .. } | Instr::Library { args, .. } => vars(args),
        Instr::Compute { .. } | Instr::Check { .. } => vec![],
        Instr::Load { from, .. } => vars(&[*from]),
        Instr::Store { from, .. } => vec![*from],
    }
}

/// The variables that an instruction defines.
pub(super) fn definitions(instr: &Instr) -> &[VarId] {
    match instr {
        Instr::Call { results, .. } | Instr::Library { results, .. } => results,
        Instr::Compute { result, .. } | Instr::Load { result, .. } | Instr::Store { result, .. } => {
            std::slice::from_ref(result)
        }
        Instr::Check { .. } => &[],
    }
}

impl Live {
    /// Solves the dataflow equations. Registers are not tracked apart from buffers: it does no harm.
    pub(super) fn of(program: &Program) -> Live {
        let mut live = Live { on_entry: vec![Set::new(program.vars.len()); program.blocks.len()] };
        let mut changed = true;
        while changed {
            changed = false;
            for block in (0..program.blocks.len()).rev() {
                let mut set = live.before_end(program, block);
                for instr in program.blocks[block].instrs.iter().rev() {
                    step(&mut set, instr);
                }
                if set != live.on_entry[block] {
                    live.on_entry[block] = set;
                    changed = true;
                }
            }
        }
        live
    }

    /// What is live just before the end of a block, the end's own reads included.
    pub(super) fn before_end(&self, program: &Program, block: usize) -> Set {
        let mut set = Set::new(program.vars.len());
        for edge in edges(program, block) {
            let mut inside = self.on_entry[edge.block].clone();
            for param in &program.blocks[edge.block].params {
                inside.remove(param.index());
            }
            set.extend(&inside);
            for (arg, param) in edge.args.iter().zip(&program.blocks[edge.block].params) {
                // What is passed for a parameter that nobody reads is not needed.
                if let (Arg::Var(var), true) = (arg, self.on_entry[edge.block].contains(param.index())) {
                    set.insert(var.index());
                }
            }
        }
        match &program.blocks[block].end {
            HostEnd::Branch { condition, .. } => set.insert(condition.index()),
            HostEnd::Return(args) | HostEnd::Fail { operands: args, .. } => {
                args.iter().filter_map(|&a| super::arg_var(a)).for_each(|v| set.insert(v.index()));
            }
            HostEnd::Jump(_) => {}
        }
        set
    }
}

/// From after an instruction to before it.
pub(super) fn step(set: &mut Set, instr: &Instr) {
    for var in definitions(instr) {
        set.remove(var.index());
    }
    for var in uses(instr) {
        set.insert(var.index());
    }
}
