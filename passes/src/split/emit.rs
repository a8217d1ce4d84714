//! The split program, written down: variables for what is demanded, steps in their order, control flow as it was.

use super::demand::{Demand, in_register, register_constant, stored_constant};
use super::schedule::{CallId, Schedule, Step};
use super::subnet::Subnets;
use braid_ir::program::{Arg, HostBlock, HostEdge, HostEnd, Instr, Program, SymSource, Var, VarId};
use braid_ir::{
    BlockId, DType, Def, Edge, Net, OpId, Scalar, SymDef, Term, Terminator, ValueId, Weight, WeightId,
};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

pub(super) fn emit(net: &Net, schedule: &Schedule, demand: &Demand) -> Program {
    let order = net.reverse_postorder();
    let mut emitter = Emitter {
        net,
        schedule,
        demand,
        program: Program {
            name: net.name.clone(),
            files: net.files.clone(),
            weights: net.weights.clone(),
            guards: net.guards.clone(),
            ..Program::default()
        },
        subnets: Subnets::default(),
        buffers: HashMap::new(),
        registers: HashMap::new(),
        constants: HashMap::new(),
        numbers: order.iter().enumerate().map(|(i, &b)| (b, i)).collect(),
    };
    emitter.variables(&order);
    for &block in &order {
        let host = emitter.block(block);
        emitter.program.blocks.push(host);
    }
    emitter.finish()
}

struct Emitter<'a> {
    net: &'a Net,
    schedule: &'a Schedule,
    demand: &'a Demand,
    program: Program,
    subnets: Subnets,
    /// Where a value is in memory.
    buffers: HashMap<ValueId, Arg>,
    /// The register of a rank-0 value.
    registers: HashMap<ValueId, VarId>,
    /// Registers of constants, computed at the entry.
    constants: HashMap<Scalar, VarId>,
    numbers: HashMap<BlockId, usize>,
}

impl Emitter<'_> {
    fn var(&mut self, var: Var) -> VarId {
        self.program.vars.push(var);
        VarId(self.program.vars.len() as u32 - 1)
    }

    fn register_of_type(&mut self, dtype: DType) -> VarId {
        self.var(if dtype == DType::Bool { Var::Bool } else { Var::Int })
    }

    /// Gives every demanded value its variables.
    fn variables(&mut self, order: &[BlockId]) {
        let net = self.net;
        for (name, &param) in net.inputs.iter().zip(&net.block(Net::ENTRY).params) {
            let ty = net.ty(param).clone();
            let var = self.var(Var::of(ty.clone()));
            self.buffers.insert(param, Arg::Var(var));
            self.program.inputs.push((name.clone(), ty, var));
        }
        for &value in &self.demand.buffers {
            if self.buffers.contains_key(&value) || self.demand.late.contains(&value) {
                continue;
            }
            let arg = match net.value(value).def {
                Def::Weight(weight) => Arg::Weight(weight),
                _ => match stored_constant(net, value) {
                    Some(data) => self.constant_weight(data),
                    None => Arg::Var(self.var(Var::of(net.ty(value).clone()))),
                },
            };
            self.buffers.insert(value, arg);
        }
        for &value in &self.demand.registers {
            let dtype = net.tensor_ty(value).map_or(DType::I64, |t| t.dtype);
            let var = self.register_of_type(dtype);
            self.registers.insert(value, var);
        }
        for (&sym, def) in &net.syms {
            let source = match *def {
                SymDef::Input { input, axis } => Some(SymSource::Input { input, axis }),
                SymDef::Value(value) => self.registers.get(&value).map(|&var| SymSource::Var(var)),
            };
            if let Some(source) = source {
                self.program.syms.insert(sym, source);
            }
        }
        // A gate or an edge may ask for a constant in any block.
        for &block in order {
            let mut asked: Vec<ValueId> = Vec::new();
            if let Terminator::Branch { condition, .. } = &net.block(block).end {
                asked.push(*condition);
            }
            for edge in net.block(block).end.edges() {
                let params = &net.block(edge.block).params;
                asked.extend(
                    edge.args
                        .iter()
                        .zip(params)
                        .filter(|(_, p)| self.registers.contains_key(p))
                        .map(|(&a, _)| a),
                );
            }
            for value in asked {
                if let Some(constant) = register_constant(net, value)
                    && !self.constants.contains_key(&constant)
                {
                    let var = self.register_of_type(constant.dtype());
                    self.constants.insert(constant, var);
                }
            }
        }
    }

    fn constant_weight(&mut self, data: braid_ir::Tensor) -> Arg {
        let weights = &mut self.program.weights;
        let at = weights.iter().position(|w| w.is_literal() && *w.data == data).unwrap_or_else(|| {
            let taken = |name: &String| weights.iter().any(|weight| weight.name == *name);
            let mut names = (weights.len()..).map(|number| format!("const.{number}"));
            let name = names.find(|name| !taken(name)).expect("there are more numbers than weights");
            weights.push(Weight { name, data: Arc::new(data) });
            weights.len() - 1
        });
        Arg::Weight(WeightId(at as u32))
    }

    fn block(&mut self, id: BlockId) -> HostBlock {
        let net = self.net;
        let block = net.block(id);
        let mut instrs = Vec::new();
        let mut params = Vec::new();
        if id == Net::ENTRY {
            params.extend(self.program.inputs.iter().map(|(_, _, var)| *var));
            let mut constants: Vec<(Scalar, VarId)> = self.constants.iter().map(|(&c, &v)| (c, v)).collect();
            constants.sort_by_key(|(_, var)| *var);
            for (constant, result) in constants {
                instrs.push(Instr::Compute { result, term: Term::constant(constant) });
            }
            // Symbols may be tied to constants, too.
            for &value in &self.demand.registers {
                if let Some(constant) = register_constant(net, value) {
                    let result = self.registers[&value];
                    instrs.push(Instr::Compute { result, term: Term::constant(constant) });
                }
            }
        }
        for &param in &block.params {
            if id != Net::ENTRY {
                params.extend(self.param(param));
            }
            self.settle(param, &mut instrs);
        }
        for step in &self.schedule.steps[&id] {
            match *step {
                Step::Call(call) => self.call(call, &mut instrs),
                Step::Host(op) if self.demand.hosts.contains(&op) => self.host(op, &mut instrs),
                Step::Host(_) => {}
            }
        }
        self.store_late(&block.end, &mut instrs);
        let end = self.end(&block.end);
        HostBlock { params, instrs, end, loc: block.loc }
    }

    /// The variable in which a parameter arrives, if it is demanded.
    fn param(&self, param: ValueId) -> Option<VarId> {
        if in_register(self.net, param) {
            return self.registers.get(&param).copied();
        }
        match self.buffers.get(&param)? {
            Arg::Var(var) => Some(*var),
            Arg::Weight(_) => None,
        }
    }

    /// A value has just been defined in one place, register or memory: brings it to the other if that is demanded.
    fn settle(&mut self, value: ValueId, instrs: &mut Vec<Instr>) {
        let computed = self.net.producer(value).is_some_and(|(_, op)| op.host_term().is_some());
        if !(computed || in_register(self.net, value)) {
            self.load(value, instrs);
        } else if self.demand.late.contains(&value) {
            // Stored where it is returned.
        } else if let (Some(&from), Some(&Arg::Var(result))) =
            (self.registers.get(&value), self.buffers.get(&value))
        {
            instrs.push(Instr::Store { result, from });
        }
    }

    /// Stores what is in a register and only needed in memory by this end of the program. Every end has its own variable.
    fn store_late(&mut self, end: &Terminator, instrs: &mut Vec<Instr>) {
        let (Terminator::Return(values) | Terminator::Fail { operands: values, .. }) = end else { return };
        let mut done = HashSet::new();
        for &value in values {
            if self.demand.late.contains(&value) && done.insert(value) {
                let ty = self.net.tensor_ty(value).expect("a register holds a tensor of rank 0").clone();
                let result = self.var(Var::Buffer(ty));
                self.buffers.insert(value, Arg::Var(result));
                instrs.push(Instr::Store { result, from: self.registers[&value] });
            }
        }
    }

    /// Loads what is in memory into its register; constants are in theirs from the entry on.
    fn load(&mut self, value: ValueId, instrs: &mut Vec<Instr>) {
        if let Some(&result) = self.registers.get(&value)
            && register_constant(self.net, value).is_none()
        {
            instrs.push(Instr::Load { result, from: self.buffers[&value] });
        }
    }

    fn call(&mut self, call: CallId, instrs: &mut Vec<Instr>) {
        let net = self.net;
        let Some(members) = self.demand.calls.get(&call) else { return };
        let mut ops: Vec<OpId> = members.iter().copied().collect();
        ops.sort_by_key(|op| self.schedule.position[op]);
        let stored = |v: &ValueId| matches!(self.buffers.get(v), Some(Arg::Var(_)));
        let own = ops.iter().filter(|op| self.schedule.call_of[op] == call);
        let results: Vec<ValueId> =
            own.flat_map(|&op| net.op(op).results.iter().copied()).filter(stored).collect();
        let cut = self.subnets.cut(net, &ops, &results);
        instrs.push(Instr::Call {
            subnet: cut.subnet,
            args: cut.args.iter().map(|v| self.buffers[v]).collect(),
            dims: cut.dims.iter().map(|&sym| Term::sym(sym)).collect(),
            results: results.iter().filter_map(|v| self.variable(*v)).collect(),
            loc: net.op(ops[0]).loc,
        });
        for value in results {
            self.settle(value, instrs);
        }
    }

    fn variable(&self, value: ValueId) -> Option<VarId> {
        match self.buffers.get(&value) {
            Some(Arg::Var(var)) => Some(*var),
            _ => None,
        }
    }

    fn host(&mut self, id: OpId, instrs: &mut Vec<Instr>) {
        let op = self.net.op(id);
        match op.host_term() {
            Some(term) => {
                if let Some(&result) = self.registers.get(&op.results[0]) {
                    instrs.push(Instr::Compute { result, term });
                }
            }
            None if let Some(check) = op.host_check() => instrs.push(Instr::Check {
                condition: check.condition,
                message: check.message.to_string(),
                values: check.values.to_vec(),
                loc: op.loc,
            }),
            None => instrs.push(Instr::Library {
                spec: op.spec,
                attrs: op.attrs.clone(),
                args: op.operands.iter().map(|v| self.buffers[v]).collect(),
                results: op.results.iter().filter_map(|&v| self.variable(v)).collect(),
                loc: op.loc,
            }),
        }
        for &result in &op.results {
            self.settle(result, instrs);
        }
    }

    fn register(&self, value: ValueId) -> VarId {
        match register_constant(self.net, value) {
            Some(constant) => self.constants[&constant],
            None => self.registers[&value],
        }
    }

    fn edge(&self, edge: &Edge) -> HostEdge {
        let params = &self.net.block(edge.block).params;
        let live = params.iter().zip(&edge.args).filter(|(p, _)| self.param(**p).is_some());
        let pass = |(param, arg): (&ValueId, &ValueId)| {
            if in_register(self.net, *param) { Arg::Var(self.register(*arg)) } else { self.buffers[arg] }
        };
        HostEdge { block: self.numbers[&edge.block], args: live.map(pass).collect() }
    }

    fn end(&self, end: &Terminator) -> HostEnd {
        let places = |values: &[ValueId]| values.iter().map(|v| self.buffers[v]).collect();
        match end {
            Terminator::Jump(edge) => HostEnd::Jump(self.edge(edge)),
            Terminator::Branch { condition, yes, no } => HostEnd::Branch {
                condition: self.register(*condition),
                yes: self.edge(yes),
                no: self.edge(no),
            },
            Terminator::Return(values) => HostEnd::Return(places(values)),
            Terminator::Fail { message, operands } => {
                HostEnd::Fail { message: message.clone(), operands: places(operands) }
            }
            Terminator::Open => unreachable!("a verified net has no open block"),
        }
    }

    /// Drops the weights that nothing uses.
    fn finish(mut self) -> Program {
        let mut program = self.program;
        program.subnets = std::mem::take(&mut self.subnets.list);
        let mut used: Vec<Option<WeightId>> = vec![None; program.weights.len()];
        let mut kept = Vec::new();
        let weights = std::mem::take(&mut program.weights);
        program.for_each_arg(|arg| {
            if let Arg::Weight(id) = arg {
                let new = *used[id.index()].get_or_insert_with(|| {
                    kept.push(weights[id.index()].clone());
                    WeightId(kept.len() as u32 - 1)
                });
                *id = new;
            }
        });
        program.weights = kept;
        program
    }
}
