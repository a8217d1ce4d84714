//! Which operators of a block run together: the fewest calls, given what the host program must do in between.
//!
//! A block's tensor operators form *calls*, numbered phases of the block. A phase ends where the host program needs a
//! value: a library routine takes it, or a register is loaded from it that a shape speaks of. Everything runs in the
//! earliest phase possible, which makes the number of phases the least possible, and is then moved to a later one where
//! that keeps its result from crossing between calls.

use braid_ir::ops::{Effects, OpDef};
use braid_ir::{BlockId, Net, Op, OpId, SymDef};
use std::collections::{HashMap, HashSet};

/// A call: phase number `phase` of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct CallId {
    pub block: BlockId,
    pub phase: usize,
}

/// Something that a host block does, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Run the tensor operators of a phase.
    Call(CallId),
    /// Run one operator on the host: integer arithmetic or a library routine.
    Host(OpId),
}

/// The steps of every block, and the call of every tensor operator.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    pub steps: HashMap<BlockId, Vec<Step>>,
    pub call_of: HashMap<OpId, CallId>,
    /// Position of an operator in the whole net, to keep program order.
    pub position: HashMap<OpId, (usize, usize)>,
}

/// Whether an operator is tensor arithmetic, so that it runs inside a subnet.
pub(super) fn is_tensor(op: &Op) -> bool {
    matches!(op.spec.def, OpDef::Loops(_) | OpDef::Composite(_))
}

/// When something is done: a host step of slot `k` runs after the call of phase `k - 1` and before that of phase `k`.
/// A call of phase `k` may use host steps of slots up to `k`.
type Slot = usize;

pub(super) fn schedule(net: &Net) -> Schedule {
    let mut schedule = Schedule::default();
    let order = net.reverse_postorder();
    let mut scheduler = Scheduler { net, home: HashMap::new(), escaping: HashSet::new() };
    for (number, &block) in order.iter().enumerate() {
        for (i, &op) in net.block(block).ops.iter().enumerate() {
            schedule.position.insert(op, (number, i));
            scheduler.home.insert(op, block);
        }
    }
    for &block in &order {
        for &op in &net.block(block).ops {
            let operands = scheduler.producers(net.op(op));
            scheduler
                .escaping
                .extend(operands.into_iter().filter(|producer| scheduler.home[producer] != block));
        }
        let ends = net.block(block).end.uses();
        scheduler.escaping.extend(ends.into_iter().filter_map(|v| Some(net.producer(v)?.0)));
    }
    for def in net.syms.values() {
        if let SymDef::Value(v) = def {
            scheduler.escaping.extend(net.producer(*v).map(|(op, _)| op));
        }
    }
    for &block in &order {
        scheduler.block(block, &mut schedule);
    }
    schedule
}

struct Scheduler<'a> {
    net: &'a Net,
    /// The block of every operator.
    home: HashMap<OpId, BlockId>,
    /// Operators whose results are used outside their block, at its end, or as a symbol.
    escaping: HashSet<OpId>,
}

impl Scheduler<'_> {
    fn block(&self, block: BlockId, schedule: &mut Schedule) {
        let ops = &self.net.block(block).ops;
        let mut phase: HashMap<OpId, usize> = HashMap::new();
        let mut slot: HashMap<OpId, Slot> = HashMap::new();
        let mut effects: Slot = 0;
        // From which slot on what comes after a check that had to wait may rely on it.
        let mut checked: Slot = 0;
        for &id in ops {
            let op = self.net.op(id);
            // The slot from which on everything is there that the host must have done or loaded, and the phase in which
            // the tensor operands are computed.
            let (mut host, mut tensor) = (checked, None);
            for producer in self.local(block, self.producers(op)) {
                match phase.get(&producer) {
                    Some(&p) => tensor = tensor.max(Some(p)),
                    None => host = host.max(slot[&producer]),
                }
            }
            for producer in self.local(block, self.sym_producers(op)) {
                host = host.max(match phase.get(&producer) {
                    Some(&p) => p + 1,
                    None => slot[&producer],
                });
            }
            if is_tensor(op) {
                phase.insert(id, host.max(tensor.unwrap_or(0)));
            } else {
                let ready = host.max(tensor.map_or(0, |p| p + 1));
                let mut at = ready;
                if op.spec.effects != Effects::Pure {
                    at = at.max(effects);
                    effects = at;
                }
                // What relies on a check may run as soon as its symbols are known, unless an earlier effect delays the check.
                if op.host_check().is_some() && at > ready {
                    checked = at;
                }
                slot.insert(id, at);
            }
        }
        self.sink(block, &mut phase, &slot);
        let last = phase.values().chain(slot.values()).copied().max().unwrap_or(0);
        let mut steps = Vec::new();
        for k in 0..=last {
            steps.extend(ops.iter().filter(|op| slot.get(op) == Some(&k)).map(|&op| Step::Host(op)));
            if phase.values().any(|&p| p == k) {
                steps.push(Step::Call(CallId { block, phase: k }));
            }
        }
        schedule.steps.insert(block, steps);
        schedule.call_of.extend(phase.into_iter().map(|(op, phase)| (op, CallId { block, phase })));
    }

    /// Moves an operator to the first phase that uses it, if all its users are tensor operators of later phases and every
    /// operand is there anyway or can follow: then its result does not cross.
    fn sink(&self, block: BlockId, phase: &mut HashMap<OpId, usize>, slot: &HashMap<OpId, Slot>) {
        let ops = &self.net.block(block).ops;
        let mut users: HashMap<OpId, Vec<OpId>> = HashMap::new();
        let mut pinned: HashSet<OpId> = HashSet::new();
        for &id in ops {
            for producer in self.local(block, self.producers(self.net.op(id))) {
                if slot.contains_key(&id) {
                    pinned.insert(producer);
                } else {
                    users.entry(producer).or_default().push(id);
                }
            }
        }
        let pinned = |op: &OpId| pinned.contains(op) || self.escaping.contains(op);
        for &id in ops.iter().rev() {
            let (Some(&now), Some(used_by)) = (phase.get(&id), users.get(&id)) else { continue };
            let first_use = used_by.iter().map(|user| phase[user]).min().unwrap_or(now);
            if first_use <= now || pinned(&id) {
                continue;
            }
            let follows = |operand: &OpId| {
                let last_user_moves = || users[operand].iter().all(|u| *u == id || phase[u] >= first_use);
                phase.get(operand).is_none_or(|&p| p >= first_use || pinned(operand) || last_user_moves())
            };
            if self.local(block, self.producers(self.net.op(id))).iter().all(follows) {
                phase.insert(id, first_use);
            }
        }
    }

    /// Operators that compute the operands.
    fn producers(&self, op: &Op) -> Vec<OpId> {
        op.operands.iter().filter_map(|&v| Some(self.net.producer(v)?.0)).collect()
    }

    /// Operators that compute the values of the symbols that an application speaks of.
    fn sym_producers(&self, op: &Op) -> Vec<OpId> {
        let mut syms = op.syms();
        if is_tensor(op) {
            syms.extend(op.operands.iter().chain(&op.results).flat_map(|&v| self.net.ty(v).syms()));
        }
        let of = |sym| match self.net.syms.get(&sym)? {
            SymDef::Value(v) => Some(self.net.producer(*v)?.0),
            SymDef::Input { .. } => None,
        };
        syms.into_iter().filter_map(of).collect()
    }

    fn local(&self, block: BlockId, ops: Vec<OpId>) -> Vec<OpId> {
        ops.into_iter().filter(|op| self.home.get(op) == Some(&block)).collect()
    }
}
