//! The host program for graphs: a walk over every path, each once, that asks for the launches and copies and says which of them
//! depend on what.
//!
//! Control flow becomes a tree. A block is followed by what it dominates: a block that one edge enters stands in that
//! edge's place; one where paths meet comes after the block that they have parted from, and a flag that the edges set says
//! whether it is reached, unless every path reaches it. What a loop leaves to comes after the loop; its edges back set a flag by which
//! the loop goes on. Where sizes decide, this code branches and loops, and flags are its registers. Where the device decides,
//! both sides are walked, and flags are in the device's memory.
//!
//! Every edge of a loop backwards leads to its header ([`Flow::reducible`]), so this takes every program that [`decide`] takes.
//!
//! [`decide`]: crate::device::decide

use super::lower::Lowering;
use super::{HostError, sites::Passed};
use crate::device::decide::Decided;
use braid_ir::program::{HostEdge, HostEnd, Instr};
use braid_runtime::context::{Part, Status, layout};
use cranelift_codegen::ir::{InstBuilder, types};
use cranelift_frontend::Variable;
use std::collections::HashMap;

/// How a place of the tree is known to be reached.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Reached {
    /// Always.
    Always,
    /// By a register of this code.
    Register(Variable),
    /// By a flag of the device's.
    Flag(u64),
}

/// The tree.
#[derive(Default)]
pub(super) struct Tree {
    /// By block: what comes after it, in order.
    meets: HashMap<usize, Vec<usize>>,
    /// By header: what comes after its loop, in order.
    exits: HashMap<usize, Vec<usize>>,
    /// By block that does not stand in the place of an edge.
    reached: HashMap<usize, Reached>,
    /// By header: how its loop is known to go on.
    again: HashMap<usize, Reached>,
    /// Number of flags of the device's.
    flags: u32,
}

impl Tree {
    /// Finds it; registers are declared as they are needed.
    fn of(decided: &Decided, register: &mut dyn FnMut() -> Variable) -> Tree {
        let flow = &decided.flow;
        let mut tree = Tree::default();
        for &block in &flow.order {
            if let Some(kind) = goes_on(decided, block) {
                let again = tree.reached_by(kind, register);
                tree.again.insert(block, again);
            }
            let Some(owner) = flow.parent(block) else { continue };
            let left = flow.around(owner).into_iter().rfind(|&header| !flow.in_loop(header, block));
            let list = match left {
                Some(header) => tree.exits.entry(header).or_default(),
                None if flow.predecessors[block].len() == 1 => continue,
                None => tree.meets.entry(owner).or_default(),
            };
            list.push(block);
            let from = left.unwrap_or(owner);
            let reached = if flow.must_reach(from, block) {
                Reached::Always
            } else {
                let on_device = flow.predecessors[block].iter().any(|&p| asks_device(decided, from, p));
                tree.reached_by(on_device, register)
            };
            tree.reached.insert(block, reached);
        }
        tree
    }

    fn reached_by(&mut self, on_device: bool, register: &mut dyn FnMut() -> Variable) -> Reached {
        if !on_device {
            return Reached::Register(register());
        }
        self.flags += 1;
        Reached::Flag(u64::from(self.flags) - 1)
    }
}

/// Whether the device decides, between a block and another, if an edge from there is taken.
fn asks_device(decided: &Decided, from: usize, edge: usize) -> bool {
    let gates = decided.flow.deciding(edge);
    gates.iter().any(|gate| decided.gates.contains_key(gate) && decided.flow.dominates(from, *gate))
}

/// Whether the device decides if a loop goes on; `None` for what is no header.
fn goes_on(decided: &Decided, header: usize) -> Option<bool> {
    let flow = &decided.flow;
    let mut back = flow.predecessors[header].iter().filter(|&&from| flow.goes_back(from, header)).peekable();
    back.peek()?;
    Some(back.any(|&from| {
        let deciding = flow.deciding(from);
        deciding.iter().any(|gate| decided.gates.contains_key(gate) && flow.in_loop(header, *gate))
    }))
}

impl Lowering<'_, '_> {
    /// Emits the walk; the number of flags that it needs.
    pub(super) fn walk(&mut self, decided: &Decided) -> Result<u32, HostError> {
        let builder = &mut self.builder;
        let tree = Tree::of(decided, &mut || builder.declare_var(types::I8));
        self.tree_block(decided, &tree, 0)?;
        self.finish(Status::Returned, 0);
        Ok(tree.flags)
    }

    /// Tells the recorder about a part of the graph.
    fn part(&mut self, part: Part, at: u64) {
        let at = self.builder.ins().iconst(types::I64, at as i64);
        self.part_at(part, at);
    }

    fn part_at(&mut self, part: Part, at: cranelift_codegen::ir::Value) {
        let part = self.builder.ins().iconst(types::I64, part as i64);
        self.ask_device(layout::PART, &[part, at]);
    }

    fn set(&mut self, reached: Reached, to: bool) {
        match reached {
            Reached::Always => {}
            Reached::Register(variable) => {
                let value = self.builder.ins().iconst(types::I8, i64::from(to));
                self.builder.def_var(variable, value);
            }
            Reached::Flag(flag) => self.part(if to { Part::Raise } else { Part::Lower }, flag),
        }
    }

    /// A block and all that it dominates.
    fn tree_block(&mut self, decided: &Decided, tree: &Tree, block: usize) -> Result<(), HostError> {
        let list = |of: &HashMap<usize, Vec<usize>>| of.get(&block).cloned().unwrap_or_default();
        let (meets, exits) = (list(&tree.meets), list(&tree.exits));
        exits.iter().for_each(|exit| self.set(tree.reached[exit], false));
        let again = tree.again.get(&block).copied();
        let head = match again {
            Some(Reached::Flag(flag)) => {
                self.set(Reached::Flag(flag), true);
                self.part(Part::While, flag);
                None
            }
            Some(_) => {
                let head = self.builder.create_block();
                self.builder.ins().jump(head, &[]);
                self.builder.switch_to_block(head);
                Some(head)
            }
            None => None,
        };
        if let Some(again) = again {
            self.set(again, false);
        }
        meets.iter().for_each(|meet| self.set(tree.reached[meet], false));
        self.loc = decided.program.blocks[block].loc;
        for (index, instr) in decided.program.blocks[block].instrs.iter().enumerate() {
            // What the device decides by stays where it is.
            if !matches!(instr, Instr::Load { .. }) {
                self.instr(block, index, instr)?;
            }
        }
        self.loc = decided.program.blocks[block].loc;
        self.tree_end(decided, tree, block)?;
        for meet in meets {
            self.if_reached(decided, tree, meet)?;
        }
        match (again, head) {
            (Some(Reached::Register(variable)), Some(head)) => {
                let goes_on = self.builder.use_var(variable);
                let next = self.builder.create_block();
                self.builder.ins().brif(goes_on, head, &[], next, &[]);
                self.builder.switch_to_block(next);
            }
            (Some(_), _) => self.part(Part::Close, 0),
            (None, _) => {}
        }
        for exit in exits {
            self.if_reached(decided, tree, exit)?;
        }
        Ok(())
    }

    fn if_reached(&mut self, decided: &Decided, tree: &Tree, block: usize) -> Result<(), HostError> {
        match tree.reached[&block] {
            Reached::Always => self.tree_block(decided, tree, block),
            Reached::Register(variable) => {
                let reached = self.builder.use_var(variable);
                let (then, next) = (self.builder.create_block(), self.builder.create_block());
                self.builder.ins().brif(reached, then, &[], next, &[]);
                self.builder.switch_to_block(then);
                self.tree_block(decided, tree, block)?;
                self.builder.ins().jump(next, &[]);
                self.builder.switch_to_block(next);
                Ok(())
            }
            Reached::Flag(flag) => {
                self.part(Part::IfFlag, flag);
                self.tree_block(decided, tree, block)?;
                self.part(Part::Close, 0);
                Ok(())
            }
        }
    }

    fn tree_end(&mut self, decided: &Decided, tree: &Tree, block: usize) -> Result<(), HostError> {
        match &decided.program.blocks[block].end {
            HostEnd::Jump(edge) => self.tree_edge(decided, tree, block, 0, edge),
            HostEnd::Branch { yes, no, .. } if let Some(&gate) = decided.gates.get(&block) => {
                let at = self.address(gate)?;
                self.part_at(Part::If, at);
                self.tree_edge(decided, tree, block, 0, yes)?;
                self.part(Part::Else, 0);
                self.tree_edge(decided, tree, block, 1, no)?;
                self.part(Part::Close, 0);
                Ok(())
            }
            HostEnd::Branch { condition, yes, no } => {
                let condition = self.register(*condition)?;
                let (sides, next) =
                    ([self.builder.create_block(), self.builder.create_block()], self.builder.create_block());
                self.builder.ins().brif(condition, sides[0], &[], sides[1], &[]);
                for (number, edge) in [yes, no].into_iter().enumerate() {
                    self.builder.switch_to_block(sides[number]);
                    self.tree_edge(decided, tree, block, number, edge)?;
                    self.builder.ins().jump(next, &[]);
                }
                self.builder.switch_to_block(next);
                Ok(())
            }
            HostEnd::Return(values) => {
                let (number, passed) = &self.input.sites.ends[&decided.origin[block]];
                let (number, passed) =
                    (*number, Passed { values: values.clone(), ints: passed.ints.clone() });
                self.pass(&passed)?;
                self.tell_site(number);
                self.part(Part::End, Status::Returned as u64);
                Ok(())
            }
            HostEnd::Fail { .. } => {
                self.part(Part::End, Status::Redo as u64);
                Ok(())
            }
        }
    }

    /// What happens on an edge, and what stands in its place.
    fn tree_edge(
        &mut self,
        decided: &Decided,
        tree: &Tree,
        block: usize,
        number: usize,
        edge: &HostEdge,
    ) -> Result<(), HostError> {
        self.transfer(block, number, edge)?;
        let to = edge.block;
        if decided.flow.goes_back(block, to) {
            self.set(tree.again[&to], true);
            return Ok(());
        }
        match tree.reached.get(&to) {
            Some(&reached) => {
                self.set(reached, true);
                Ok(())
            }
            None => self.tree_block(decided, tree, to),
        }
    }
}
