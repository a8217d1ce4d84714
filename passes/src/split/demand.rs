//! What must exist in memory or in a register, found backwards from what the program returns, decides by and prints.
//!
//! Only what is demanded is computed, so dead results, dead parameters and dead calls never appear. A value that a call
//! needs from another call crosses, unless it is cheaper computed again: a fill, or a mere rearrangement of something no
//! larger than itself.

use super::schedule::{CallId, Schedule, is_tensor};
use braid_ir::ops::Effects;
use braid_ir::{
    BlockId, DType, Def, Net, OpId, Scalar, Sym, SymDef, Tensor, TensorType, Terminator, ValueId,
};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// A fill of at most this many elements is stored as a constant instead of being computed by a call.
const CONSTANT_ELEMENTS_MAX: usize = 1024;

/// What is demanded.
#[derive(Debug, Default)]
pub(super) struct Demand {
    /// Values that must exist in memory.
    pub buffers: BTreeSet<ValueId>,
    /// Rank-0 integers and bools that must exist in a register.
    pub registers: BTreeSet<ValueId>,
    /// Operators that the host runs.
    pub hosts: HashSet<OpId>,
    /// Operators of every call, recomputed ones included.
    pub calls: BTreeMap<CallId, HashSet<OpId>>,
    /// Symbols whose values are needed.
    pub syms: BTreeSet<Sym>,
    /// Values that are computed in registers and needed in memory by ends of the program alone.
    pub late: HashSet<ValueId>,
}

/// Whether a block parameter is passed in a register.
pub(super) fn in_register(net: &Net, param: ValueId) -> bool {
    let Def::Param(block, _) = net.value(param).def else { return false };
    let scalar = |ty: &TensorType| ty.rank() == 0 && matches!(ty.dtype, DType::I64 | DType::Bool);
    block != Net::ENTRY && net.tensor_ty(param).is_some_and(scalar)
}

/// The constant that a value is known to be, if a register can hold it.
pub(super) fn register_constant(net: &Net, value: ValueId) -> Option<Scalar> {
    let constant = match net.weight_of(value) {
        Some(weight) if weight.data.rank() == 0 => weight.data.get(0),
        Some(_) => return None,
        None if net.tensor_ty(value)?.rank() == 0 => net.fill_of(value)?,
        None => return None,
    };
    matches!(constant.dtype(), DType::I64 | DType::Bool).then_some(constant)
}

/// The contents of a value that is better stored than computed.
pub(super) fn stored_constant(net: &Net, value: ValueId) -> Option<Tensor> {
    let shape = net.tensor_ty(value)?.fixed_shape()?;
    let fill = net.fill_of(value)?;
    let small = shape.iter().product::<usize>() <= CONSTANT_ELEMENTS_MAX;
    small.then(|| Tensor::from_fn(fill.dtype(), shape, |_| fill))
}

#[derive(Clone, Copy)]
enum Need {
    Buffer(ValueId),
    Register(ValueId),
    Sym(Sym),
    Host(OpId),
    /// The operator is computed inside the call.
    Op(CallId, OpId),
}

pub(super) fn demand(net: &Net, schedule: &Schedule) -> Demand {
    let mut finder = Finder {
        net,
        schedule,
        predecessors: net.predecessors(),
        demand: Demand::default(),
        stack: Vec::new(),
        crossing: Vec::new(),
    };
    finder.roots();
    // Operands from other calls come last: by then it is known what is in memory anyway.
    loop {
        while let Some(need) = finder.stack.pop() {
            finder.meet(need);
        }
        let Some((call, value)) = finder.crossing.pop() else { break };
        finder.cross(call, value);
    }
    finder.find_late();
    finder.demand
}

struct Finder<'a> {
    net: &'a Net,
    schedule: &'a Schedule,
    predecessors: HashMap<BlockId, Vec<BlockId>>,
    demand: Demand,
    stack: Vec<Need>,
    crossing: Vec<(CallId, ValueId)>,
}

impl Finder<'_> {
    fn roots(&mut self) {
        let net = self.net;
        for block in net.reverse_postorder() {
            for &op in &net.block(block).ops {
                if !is_tensor(net.op(op)) && net.op(op).spec.effects != Effects::Pure {
                    self.stack.push(Need::Host(op));
                }
            }
            match &net.block(block).end {
                Terminator::Branch { condition, .. } => self.stack.push(Need::Register(*condition)),
                Terminator::Return(values) | Terminator::Fail { operands: values, .. } => {
                    self.stack.extend(values.iter().map(|&v| Need::Buffer(v)));
                }
                Terminator::Jump(_) | Terminator::Open => {}
            }
        }
        for guard in &net.guards {
            self.stack.extend(guard.condition.syms().into_iter().map(Need::Sym));
        }
    }

    fn meet(&mut self, need: Need) {
        match need {
            Need::Buffer(value) => {
                if self.demand.buffers.insert(value) {
                    self.buffer(value);
                }
            }
            Need::Register(value) => {
                if register_constant(self.net, value).is_none() && self.demand.registers.insert(value) {
                    self.register(value);
                }
            }
            Need::Sym(sym) => {
                if self.demand.syms.insert(sym)
                    && let Some(SymDef::Value(value)) = self.net.syms.get(&sym)
                {
                    // A constant is loaded all the same: a symbol's source is a variable.
                    if self.demand.registers.insert(*value) {
                        self.register(*value);
                    }
                }
            }
            Need::Host(op) => {
                if self.demand.hosts.insert(op) {
                    let op = self.net.op(op);
                    self.stack.extend(op.syms().into_iter().map(Need::Sym));
                    if op.host_term().is_none() {
                        self.stack.extend(op.operands.iter().chain(&op.results).map(|&v| Need::Buffer(v)));
                    }
                }
            }
            Need::Op(call, op) => {
                if self.demand.calls.entry(call).or_default().insert(op) {
                    self.member(call, op);
                }
            }
        }
    }

    fn buffer(&mut self, value: ValueId) {
        self.stack.extend(self.net.ty(value).syms().into_iter().map(Need::Sym));
        match self.net.value(value).def {
            Def::Weight(_) => {}
            Def::Param(block, _) if block == Net::ENTRY => {}
            Def::Param(..) if in_register(self.net, value) => self.stack.push(Need::Register(value)),
            Def::Param(block, index) => self.argument(block, index, Need::Buffer),
            Def::Result(op, _) => match self.schedule.call_of.get(&op) {
                Some(_) if stored_constant(self.net, value).is_some() => {}
                Some(&call) => self.stack.push(Need::Op(call, op)),
                None if self.net.op(op).host_term().is_some() => self.stack.push(Need::Register(value)),
                None => self.stack.push(Need::Host(op)),
            },
        }
    }

    fn register(&mut self, value: ValueId) {
        match self.net.value(value).def {
            Def::Param(block, index) if in_register(self.net, value) => {
                self.argument(block, index, Need::Register)
            }
            Def::Result(op, _) if self.net.op(op).host_term().is_some() => self.stack.push(Need::Host(op)),
            _ => self.stack.push(Need::Buffer(value)),
        }
    }

    /// A parameter is demanded: so is what every edge passes for it.
    fn argument(&mut self, block: BlockId, index: usize, need: fn(ValueId) -> Need) {
        for &from in self.predecessors.get(&block).into_iter().flatten() {
            for edge in self.net.block(from).end.edges() {
                if edge.block == block {
                    self.stack.push(need(edge.args[index]));
                }
            }
        }
    }

    fn member(&mut self, call: CallId, op: OpId) {
        let op = self.net.op(op);
        let types = op.operands.iter().chain(&op.results).flat_map(|&v| self.net.ty(v).syms());
        self.stack.extend(op.syms().into_iter().chain(types).map(Need::Sym));
        for &operand in &op.operands {
            match self
                .net
                .producer(operand)
                .map(|(producer, _)| (producer, self.schedule.call_of.get(&producer)))
            {
                Some((producer, Some(home))) if *home == call => self.stack.push(Need::Op(call, producer)),
                Some((_, Some(_))) => self.crossing.push((call, operand)),
                _ if is_inlined(self.net, operand) => {}
                _ => self.stack.push(Need::Buffer(operand)),
            }
        }
    }

    fn find_late(&mut self) {
        let net = self.net;
        let native = |v: &ValueId| {
            in_register(net, *v) || net.producer(*v).is_some_and(|(_, op)| op.host_term().is_some())
        };
        let mut early: HashSet<ValueId> = HashSet::new();
        for op in self.demand.calls.values().flatten().chain(&self.demand.hosts) {
            early.extend(&net.op(*op).operands);
        }
        for block in net.reverse_postorder() {
            early.extend(net.block(block).end.edges().into_iter().flat_map(|edge| {
                let params = net.block(edge.block).params.iter();
                params.zip(&edge.args).filter(|(p, _)| !in_register(net, **p)).map(|(_, arg)| *arg)
            }));
        }
        self.demand.late =
            self.demand.buffers.iter().copied().filter(|v| native(v) && !early.contains(v)).collect();
    }

    /// A call uses a value that another call computes.
    fn cross(&mut self, call: CallId, value: ValueId) {
        let Some((producer, _)) = self.net.producer(value) else { return };
        let need = if self.is_cheaper_again(value) { Need::Op(call, producer) } else { Need::Buffer(value) };
        self.stack.push(need);
    }

    /// Whether to compute a value again where it is used instead of keeping it: a fill always; a rearrangement if its
    /// operand is in memory anyway or no larger than its result, and the result is not in memory.
    fn is_cheaper_again(&self, value: ValueId) -> bool {
        let Some((_, op)) = self.net.producer(value) else { return false };
        let Some(loops) = self.net.loops_of(op) else { return false };
        if op.operands.is_empty() {
            return loops.reduction.is_none();
        }
        if !crate::analysis::is_movement(&loops) || self.demand.buffers.contains(&value) {
            return false;
        }
        let [source] = op.operands[..] else { return false };
        let size = |v: ValueId| {
            self.net.tensor_ty(v).and_then(TensorType::fixed_shape).map(|s| s.iter().product::<usize>())
        };
        let no_larger = match (size(source), size(value)) {
            (Some(from), Some(to)) => from <= to,
            _ => {
                self.net.tensor_ty(source).map(TensorType::numel)
                    == self.net.tensor_ty(value).map(TensorType::numel)
            }
        };
        no_larger
            || self.demand.buffers.contains(&source)
            || matches!(self.net.value(source).def, Def::Weight(_))
    }
}

/// Whether a constant is written into the subnets that use it: a literal of the source, as opposed to a weight, which is
/// an argument so that layers that differ in their weights alone share a body.
pub(super) fn is_inlined(net: &Net, value: ValueId) -> bool {
    net.weight_of(value).is_some_and(|weight| weight.data.rank() == 0 && weight.is_literal())
}
