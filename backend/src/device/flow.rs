//! The control-flow graph of a host program: dominators both ways, loops, and which gates an edge depends on.

use crate::memory::edges;
use braid_ir::program::Program;
use std::collections::BTreeSet;

/// What is known of a program's control flow. Blocks that nothing reaches are in none of it.
pub(crate) struct Flow {
    /// Reachable blocks, each before those that follow it, loops apart.
    pub(crate) order: Vec<usize>,
    /// By block: its place in the order.
    position: Vec<Option<usize>>,
    pub(crate) successors: Vec<Vec<usize>>,
    pub(crate) predecessors: Vec<Vec<usize>>,
    /// By block: its nearest dominator but itself.
    parent: Vec<Option<usize>>,
    /// By block: the nearest block but itself that every way to an end passes.
    after: Vec<Option<usize>>,
    /// By block: the header of the innermost loop around it, itself if it is one.
    pub(crate) header: Vec<Option<usize>>,
    /// By header: the blocks of its loop.
    loops: Vec<BTreeSet<usize>>,
    /// By block: the gates that decide whether it is reached, one after the other.
    depends: Vec<BTreeSet<usize>>,
    /// Whether every loop has one header.
    pub(crate) reducible: bool,
}

/// Nearest dominators over a numbering in which only edges of loops go backwards (Cooper, Harvey and Kennedy).
fn dominators(count: usize, predecessors: &dyn Fn(usize) -> Vec<usize>) -> Vec<Option<usize>> {
    let mut parent: Vec<Option<usize>> = vec![None; count];
    if count > 0 {
        parent[0] = Some(0);
    }
    let mut changed = true;
    while changed {
        changed = false;
        for block in 1..count {
            let known = predecessors(block).into_iter().filter(|&p| parent[p].is_some());
            let meet = known.reduce(|mut a, mut b| {
                while a != b {
                    let deeper = if a > b { &mut a } else { &mut b };
                    *deeper = parent[*deeper].unwrap_or(0);
                }
                a
            });
            if parent[block] != meet {
                parent[block] = meet;
                changed = true;
            }
        }
    }
    parent
}

/// Nodes from 0 on in reverse postorder.
fn reverse_postorder(count: usize, successors: &dyn Fn(usize) -> Vec<usize>) -> Vec<usize> {
    let mut seen = vec![false; count];
    let (mut order, mut stack) = (Vec::new(), Vec::new());
    if count > 0 {
        seen[0] = true;
        stack.push((0, 0));
    }
    while let Some((node, next)) = stack.pop() {
        match successors(node).get(next) {
            Some(&to) => {
                stack.push((node, next + 1));
                if !std::mem::replace(&mut seen[to], true) {
                    stack.push((to, 0));
                }
            }
            None => order.push(node),
        }
    }
    order.reverse();
    order
}

/// Positions in an order of nodes.
fn positions(count: usize, order: &[usize]) -> Vec<Option<usize>> {
    let mut position = vec![None; count];
    for (at, &node) in order.iter().enumerate() {
        position[node] = Some(at);
    }
    position
}

impl Flow {
    pub(crate) fn of(program: &Program) -> Flow {
        let count = program.blocks.len();
        let successors: Vec<Vec<usize>> =
            (0..count).map(|b| edges(program, b).iter().map(|edge| edge.block).collect()).collect();
        let order = reverse_postorder(count, &|b| successors[b].clone());
        let position = positions(count, &order);
        let mut predecessors = vec![vec![]; count];
        for &block in &order {
            for &to in &successors[block] {
                predecessors[to].push(block);
            }
        }
        let number = |block: &usize| position[*block].unwrap_or(0);
        let dominate = dominators(order.len(), &|at| predecessors[order[at]].iter().map(number).collect());
        let mut parent = vec![None; count];
        for (at, &block) in order.iter().enumerate().skip(1) {
            parent[block] = dominate[at].map(|up| order[up]);
        }
        let after = ends(&order, &successors, &predecessors);
        let mut flow = Flow {
            header: vec![None; count],
            loops: vec![BTreeSet::new(); count],
            depends: vec![BTreeSet::new(); count],
            reducible: true,
            order,
            position,
            successors,
            predecessors,
            parent,
            after,
        };
        flow.find_loops();
        flow.find_dependences();
        flow
    }

    /// Whether every way to `b` passes `a`.
    pub(crate) fn dominates(&self, a: usize, b: usize) -> bool {
        let mut at = Some(b);
        while let Some(block) = at {
            if block == a {
                return true;
            }
            at = self.parent[block];
        }
        false
    }

    /// The nearest dominator of a block but itself.
    pub(crate) fn parent(&self, block: usize) -> Option<usize> {
        self.parent[block]
    }

    /// Whether every way from `a` to an end passes `b`.
    pub(crate) fn must_reach(&self, a: usize, b: usize) -> bool {
        let mut at = Some(a);
        while let Some(block) = at {
            if block == b {
                return true;
            }
            at = self.after[block];
        }
        false
    }

    /// Whether an edge begins a loop anew.
    pub(crate) fn goes_back(&self, from: usize, to: usize) -> bool {
        self.dominates(to, from)
    }

    /// Whether a block is in the loop of a header.
    pub(crate) fn in_loop(&self, header: usize, block: usize) -> bool {
        self.loops[header].contains(&block)
    }

    /// Headers of the loops around a block, the innermost first.
    pub(crate) fn around(&self, block: usize) -> Vec<usize> {
        let mut headers: Vec<usize> =
            (0..self.loops.len()).filter(|&header| self.loops[header].contains(&block)).collect();
        headers.sort_by_key(|&header| self.loops[header].len());
        headers
    }

    /// The gates that decide whether an edge is taken, its own among them.
    pub(crate) fn deciding(&self, from: usize) -> BTreeSet<usize> {
        let mut gates = self.depends[from].clone();
        if self.successors[from].len() > 1 {
            gates.insert(from);
        }
        gates
    }

    fn find_loops(&mut self) {
        for &header in &self.order {
            let latches: Vec<usize> =
                self.predecessors[header].iter().copied().filter(|&p| self.dominates(header, p)).collect();
            let mut body = BTreeSet::new();
            if !latches.is_empty() {
                body.insert(header);
            }
            let mut stack = latches;
            while let Some(block) = stack.pop() {
                if body.insert(block) {
                    stack.extend(&self.predecessors[block]);
                }
            }
            self.loops[header] = body;
        }
        for &block in &self.order {
            let innermost = self.around(block).first().copied();
            self.header[block] = innermost;
            for &to in &self.successors[block] {
                // An edge backwards that does not lead to a dominator enters a loop elsewhere.
                self.reducible &= self.position[to] > self.position[block] || self.dominates(to, block);
            }
        }
    }

    /// Control dependence, and what that depends on in turn.
    fn find_dependences(&mut self) {
        for &gate in self.order.iter().filter(|&&b| self.successors[b].len() > 1) {
            for &side in &self.successors[gate] {
                // All that must follow the side, up to what must follow the gate.
                let mut at = Some(side);
                while let Some(block) = at.filter(|&block| Some(block) != self.after[gate]) {
                    self.depends[block].insert(gate);
                    at = self.after[block];
                }
            }
        }
        let mut changed = true;
        while changed {
            changed = false;
            for &block in &self.order {
                let more: BTreeSet<usize> =
                    self.depends[block].iter().flat_map(|&gate| self.depends[gate].iter().copied()).collect();
                let before = self.depends[block].len();
                self.depends[block].extend(more);
                changed |= self.depends[block].len() > before;
            }
        }
    }
}

/// By block: the nearest other block that every way to an end passes. Blocks without a way to an end have none.
fn ends(order: &[usize], successors: &[Vec<usize>], predecessors: &[Vec<usize>]) -> Vec<Option<usize>> {
    let count = successors.len();
    // Node 0 is where all ends lead to; block `b` is node `b + 1`.
    let leaves: Vec<usize> = order.iter().copied().filter(|&b| successors[b].is_empty()).collect();
    let backwards = |node: usize| -> Vec<usize> {
        match node.checked_sub(1) {
            None => leaves.iter().map(|b| b + 1).collect(),
            Some(block) => predecessors[block].iter().map(|b| b + 1).collect(),
        }
    };
    let reversed = reverse_postorder(count + 1, &backwards);
    let position = positions(count + 1, &reversed);
    let forwards = |at: usize| -> Vec<usize> {
        let Some(block) = reversed[at].checked_sub(1) else { return vec![] };
        if successors[block].is_empty() {
            return vec![0];
        }
        successors[block].iter().filter_map(|b| position[b + 1]).collect()
    };
    let parents = dominators(reversed.len(), &forwards);
    let mut after = vec![None; count];
    for (at, &node) in reversed.iter().enumerate().skip(1) {
        after[node - 1] = parents[at].and_then(|up| reversed[up].checked_sub(1));
    }
    after
}
