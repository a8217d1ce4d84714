//! What each buffer variable may point to, and which block parameters need a buffer of their own.

use super::live::{self, Live, Set};
use super::{byte_term, edges};
use braid_ir::Term;
use braid_ir::program::{Arg, Program, Var, VarId};
use std::collections::{BTreeSet, HashSet};

/// Index of a storage.
pub(super) type StorageId = u32;

/// Memory that the program does not own and never writes: inputs and weights.
pub(super) const FOREIGN: StorageId = StorageId::MAX;

/// Storages and who may point to them.
pub(super) struct Aliases {
    /// Size of each storage in bytes, over the symbols known where it is filled.
    pub(super) storages: Vec<Term>,
    /// The storage that a variable's definition fills: every instruction's result, and parameters that copy.
    pub(super) own: Vec<Option<StorageId>>,
    /// Parameters that are filled by a copy on each incoming edge.
    pub(super) copying: HashSet<VarId>,
    /// By variable, sorted.
    pub(super) points_to: Vec<Vec<StorageId>>,
}

impl Aliases {
    /// Every instruction's result has a storage, and so have the parameters that are to copy.
    pub(super) fn settled(program: &Program, copying: &HashSet<VarId>) -> Aliases {
        let mut aliases = Aliases {
            storages: vec![],
            own: vec![None; program.vars.len()],
            copying: copying.clone(),
            points_to: vec![vec![]; program.vars.len()],
        };
        for block in &program.blocks {
            for var in block.instrs.iter().flat_map(live::definitions) {
                aliases.give_storage(program, *var);
            }
        }
        let mut settled: Vec<VarId> = copying.iter().copied().collect();
        settled.sort_unstable();
        settled.into_iter().for_each(|var| aliases.give_storage(program, var));
        aliases.propagate(program);
        aliases
    }

    fn give_storage(&mut self, program: &Program, var: VarId) {
        if let Some(bytes) = byte_term(&program.vars[var.index()]) {
            self.own[var.index()] = Some(self.storages.len() as StorageId);
            self.storages.push(bytes);
        }
    }

    /// Follows handles along edges until nothing changes.
    fn propagate(&mut self, program: &Program) {
        for (var, own) in self.own.iter().enumerate() {
            self.points_to[var] = own.iter().copied().collect();
        }
        for (_, _, var) in &program.inputs {
            insert(&mut self.points_to[var.index()], FOREIGN);
        }
        let mut changed = true;
        while changed {
            changed = false;
            for block in 0..program.blocks.len() {
                for edge in edges(program, block) {
                    for (&arg, param) in edge.args.iter().zip(&program.blocks[edge.block].params) {
                        if self.copying.contains(param)
                            || !matches!(program.vars[param.index()], Var::Buffer(_))
                        {
                            continue;
                        }
                        let from = match arg {
                            Arg::Var(var) => self.points_to[var.index()].clone(),
                            Arg::Weight(_) => vec![FOREIGN],
                        };
                        for storage in from {
                            changed |= insert(&mut self.points_to[param.index()], storage);
                        }
                    }
                }
            }
        }
    }

    /// Gives parameters a buffer of their own until no storage is written while a variable that may point to it is
    /// still needed. Each round adds a copying parameter, so this ends.
    pub(super) fn make_safe(&mut self, program: &Program, live: &Live) {
        loop {
            let victims = self.conflicts(program, live);
            if victims.is_empty() {
                return;
            }
            for var in victims {
                self.give_storage(program, var);
                self.copying.insert(var);
            }
            self.propagate(program);
        }
    }

    /// Variables that are needed while something they may point to is written.
    fn conflicts(&self, program: &Program, live: &Live) -> BTreeSet<VarId> {
        let mut victims = BTreeSet::new();
        let mut check = |needed: &Set, written: StorageId, writer: VarId| {
            for var in needed.iter().filter(|&v| v != writer.index()) {
                if self.points_to[var].binary_search(&written).is_ok() {
                    victims.insert(VarId(var as u32));
                }
            }
        };
        for (b, block) in program.blocks.iter().enumerate() {
            let mut needed = live.before_end(program, b);
            for instr in block.instrs.iter().rev() {
                let mut during = needed.clone();
                live::uses(instr).iter().for_each(|v| during.insert(v.index()));
                for &result in live::definitions(instr) {
                    if let Some(storage) = self.own[result.index()] {
                        check(&during, storage, result);
                    }
                }
                live::step(&mut needed, instr);
            }
            // A copying parameter is written on the way in, when the other parameters already hold their values. Its
            // arguments are read before; the order of copies sees to that.
            for &param in &block.params {
                if let Some(storage) = self.own[param.index()] {
                    check(&live.on_entry[b], storage, param);
                }
            }
        }
        debug_assert!(
            victims.iter().all(|v| self.own[v.index()].is_none()),
            "only handles of parameters can go stale"
        );
        victims
    }
}

fn insert(set: &mut Vec<StorageId>, storage: StorageId) -> bool {
    match set.binary_search(&storage) {
        Ok(_) => false,
        Err(at) => {
            set.insert(at, storage);
            true
        }
    }
}
