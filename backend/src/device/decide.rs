//! What a device can decide for itself: a program whose gates read bytes of the device's memory, and whose integers that
//! depend on data are computed there.
//!
//! The program that comes out means the same. Registers that depend on what is read from memory have become tensors of rank 0:
//! reading them is gone, storing them is gone, and what was computed from them is a subnet of scalar operators. What
//! remains in registers depends on the sizes of the inputs alone, so a walk over the program that knows these
//! knows everything but the sides of the gates ([`Decided::gates`]). The host's form of the program stays as it is; it serves where this one
//! ends with [`braid_runtime::context::Status::Redo`]: whatever the program raises, and what is rare.

use super::flow::Flow;
use super::scalar::{Operand, Size, scalar};
use crate::kernel::graph::Graph;
use braid_ir::net::SymDef;
use braid_ir::ops::{OpDef, OpSpec};
use braid_ir::program::{Arg, HostBlock, HostEdge, HostEnd, Instr, Program, Subnet, SymSource, Var, VarId};
use braid_ir::{DType, Loc, Net, Node, Sym, TensorType, Term};
use braid_runtime::library::{self, Kernels};
use std::collections::{HashMap, HashSet};

/// A program that a device decides.
pub(crate) struct Decided {
    /// The program; its first subnets are those of the program it was made from.
    pub(crate) program: Program,
    /// Its control flow.
    pub(crate) flow: Flow,
    /// By block that ends in a gate of the device's: where the byte is.
    pub(crate) gates: HashMap<usize, Arg>,
    /// Parameters that are filled by copies, since the device decides what they would point to.
    pub(crate) settled: HashSet<VarId>,
    /// By block: the block of the program it was made from.
    pub(crate) origin: Vec<usize>,
    /// By block and instruction of a library call: those of the program it was made from.
    pub(crate) library: HashMap<(usize, usize), (usize, usize)>,
    /// By block of that program: the block that ends as it did.
    ends: Vec<usize>,
}

impl Decided {
    /// Of each gate of the program it was made from, in the order of their numbers, whether the device decides it.
    pub(crate) fn gates(&self, from: &Program) -> Vec<bool> {
        let gates = (0..from.blocks.len()).filter(|&b| matches!(from.blocks[b].end, HostEnd::Branch { .. }));
        // The end of a block is that of the last block it has become.
        gates.map(|b| self.gates.contains_key(&self.ends[b])).collect()
    }
}

/// Why the device does not decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) why: String,
    pub(crate) loc: Loc,
}

fn refuse<T>(why: impl Into<String>, loc: Loc) -> Result<T, Refusal> {
    Err(Refusal { why: why.into(), loc })
}

/// The program with everything that depends on data on the device.
///
/// # Errors
/// If it holds what only the host can do.
pub(crate) fn decide(program: &Program) -> Result<Decided, Refusal> {
    let mut program = program.clone();
    let mut origin: Vec<usize> = (0..program.blocks.len()).collect();
    let mut first = vec![0; program.blocks.len()];
    loop {
        let flow = Flow::of(&program);
        if !flow.reducible {
            return refuse("a loop is entered in several places", program.blocks[0].loc);
        }
        let known = Known::of(&program, &flow);
        let Some((block, index)) = known.check(&program, &flow) else {
            return Rewriting::new(program, flow, known, origin, first)?.finish();
        };
        // The check itself is gone.
        first.extend([first[block] + index + 1, 0]);
        split_check(&mut program, &mut origin, block, index);
    }
}

/// Makes a gate of a check: where it does not hold, the host runs the program anew and raises.
fn split_check(program: &mut Program, origin: &mut Vec<usize>, block: usize, index: usize) {
    let loc = program.blocks[block].loc;
    let rest = program.blocks[block].instrs.split_off(index);
    let mut rest = rest.into_iter();
    let Some(Instr::Check { condition, loc: at, .. }) = rest.next() else { return };
    let result = VarId(program.vars.len() as u32);
    program.vars.push(Var::Bool);
    program.blocks[block].instrs.push(Instr::Compute { result, term: condition });
    let (holds, broken) = (program.blocks.len(), program.blocks.len() + 1);
    let edge = |block| HostEdge { block, args: vec![] };
    let gate = HostEnd::Branch { condition: result, yes: edge(holds), no: edge(broken) };
    let end = std::mem::replace(&mut program.blocks[block].end, gate);
    program.blocks[block].loc = at;
    program.blocks.push(HostBlock { params: vec![], instrs: rest.collect(), end, loc });
    let end = HostEnd::Fail { message: String::new(), operands: vec![] };
    program.blocks.push(HostBlock { params: vec![], instrs: vec![], end, loc: at });
    origin.extend([origin[block]; 2]);
}

/// What depends on data.
struct Known {
    /// By variable: whether it is a register that does.
    data: Vec<bool>,
    /// By variable: what is known of its magnitude, if it is an integer.
    sizes: Vec<Size>,
    /// Parameters of blocks that one of several values arrives in, and the device decides which.
    chosen: HashSet<VarId>,
}

fn is_register(program: &Program, var: VarId) -> bool {
    matches!(program.vars[var.index()], Var::Int | Var::Bool)
}

/// The variable behind a symbol, if it is no dimension of an input.
fn variable(program: &Program, sym: Sym) -> Option<VarId> {
    match program.syms.get(&sym) {
        Some(&SymSource::Var(var)) => Some(var),
        _ => None,
    }
}

impl Known {
    fn of(program: &Program, flow: &Flow) -> Known {
        let count = program.vars.len();
        let mut known =
            Known { data: vec![false; count], sizes: vec![Size::NONE; count], chosen: HashSet::new() };
        while known.round(program, flow) {}
        known
    }

    fn on_data(&self, program: &Program, term: Term) -> bool {
        term.syms().into_iter().any(|sym| variable(program, sym).is_some_and(|var| self.data[var.index()]))
    }

    fn size(&self, program: &Program, term: Term) -> Size {
        Size::of(term, &|sym| match variable(program, sym) {
            Some(var) => self.sizes[var.index()],
            None => Size::DIMENSION,
        })
    }

    /// Follows everything once; whether something was learnt.
    fn round(&mut self, program: &Program, flow: &Flow) -> bool {
        let before = (self.data.clone(), self.sizes.clone(), self.chosen.len());
        for &block in &flow.order {
            for instr in &program.blocks[block].instrs {
                match *instr {
                    Instr::Load { result, .. } => {
                        self.data[result.index()] = true;
                        self.sizes[result.index()] = Size::Any;
                    }
                    Instr::Compute { result, term } => {
                        self.data[result.index()] |= self.on_data(program, term);
                        let size = self.size(program, term);
                        self.sizes[result.index()] = self.sizes[result.index()].join(size);
                    }
                    _ => {}
                }
            }
            self.arrive(program, flow, block);
        }
        before != (self.data.clone(), self.sizes.clone(), self.chosen.len())
    }

    /// Follows what arrives in a block.
    fn arrive(&mut self, program: &Program, flow: &Flow, block: usize) {
        let mut arriving: Vec<(usize, &[Arg])> = Vec::new();
        for &from in &flow.predecessors[block] {
            for edge in program.blocks[from].end.edges().into_iter().filter(|edge| edge.block == block) {
                if !arriving.iter().any(|(of, args)| *of == from && *args == edge.args.as_slice()) {
                    arriving.push((from, &edge.args));
                }
            }
        }
        let chosen = self.chooses(program, flow, block);
        for (position, &param) in program.blocks[block].params.iter().enumerate() {
            // A value that a loop hands on to itself is none of its own.
            let own = Arg::Var(param);
            let args: HashSet<Arg> =
                arriving.iter().map(|(_, args)| args[position]).filter(|&arg| arg != own).collect();
            if chosen && args.len() > 1 {
                self.chosen.insert(param);
            }
            if !is_register(program, param) {
                continue;
            }
            let on_data = |arg: &Arg| matches!(arg, Arg::Var(var) if self.data[var.index()]);
            if args.iter().any(on_data) || self.chosen.contains(&param) {
                self.data[param.index()] = true;
            }
            let several = args.len() > 1;
            for arg in args {
                if let Arg::Var(var) = arg {
                    let size = self.sizes[var.index()];
                    let size = if several { size.counting() } else { size };
                    self.sizes[param.index()] = self.sizes[param.index()].join(size);
                }
            }
        }
    }

    /// Whether the device decides by which of several edges a block is entered.
    fn chooses(&self, program: &Program, flow: &Flow, block: usize) -> bool {
        let gate = |&gate: &usize| match program.blocks[gate].end {
            HostEnd::Branch { condition, .. } => self.data[condition.index()],
            _ => false,
        };
        let (back, forth): (Vec<usize>, Vec<usize>) =
            flow.predecessors[block].iter().copied().partition(|&from| flow.goes_back(from, block));
        let rounds = back.iter().flat_map(|&from| flow.deciding(from));
        if rounds.filter(|&gate| flow.in_loop(block, gate)).any(|at| gate(&at)) {
            return true;
        }
        let Some(parent) = flow.parent(block).filter(|_| forth.len() > 1) else { return false };
        let sides = forth.iter().flat_map(|&from| flow.deciding(from));
        sides.filter(|&at| flow.dominates(parent, at)).any(|at| gate(&at))
    }

    /// A check that depends on data.
    fn check(&self, program: &Program, flow: &Flow) -> Option<(usize, usize)> {
        flow.order.iter().find_map(|&block| {
            let on_data = |instr: &Instr| {
                matches!(instr, Instr::Check { condition, .. } if self.on_data(program, *condition))
            };
            Some((block, program.blocks[block].instrs.iter().position(on_data)?))
        })
    }
}

/// Whether devices have kernels for a routine, and these give sizes that are known before.
fn on_device(spec: &OpSpec) -> bool {
    let OpDef::Opaque { kernel, .. } = spec.def else { return false };
    match library::kernels(kernel) {
        Some(Kernels::Sums | Kernels::Products | Kernels::Ranks) => true,
        Some(Kernels::Places) | None => false,
    }
}

/// A subnet that reads some integers from memory.
struct Reading {
    /// The subnet; the integers are its last parameters.
    subnet: Subnet,
    /// The integers.
    dims: Vec<Term>,
}

/// The program being rewritten.
struct Rewriting {
    program: Program,
    flow: Flow,
    known: Known,
    origin: Vec<usize>,
    /// By block: the number of its first instruction in the program it was made from.
    first: Vec<usize>,
    library: HashMap<(usize, usize), (usize, usize)>,
    /// Where the value of a variable is found instead.
    instead: HashMap<VarId, Arg>,
    gates: HashMap<usize, Arg>,
}

impl Rewriting {
    fn new(
        program: Program,
        flow: Flow,
        known: Known,
        origin: Vec<usize>,
        first: Vec<usize>,
    ) -> Result<Rewriting, Refusal> {
        let (instead, gates, library) = (HashMap::new(), HashMap::new(), HashMap::new());
        let rewriting = Rewriting { program, flow, known, origin, first, library, instead, gates };
        rewriting.check()?;
        Ok(rewriting)
    }

    fn on_data(&self, var: VarId) -> bool {
        self.known.data[var.index()]
    }

    /// Whether everything is of a kind that a device can do.
    fn check(&self) -> Result<(), Refusal> {
        let (program, known) = (&self.program, &self.known);
        let shape = |ty: &TensorType| ty.shape.iter().any(|&dim| known.on_data(program, dim));
        let sized = |var: VarId| matches!(&program.vars[var.index()], Var::Buffer(ty) if shape(ty));
        for &block in &self.flow.order {
            let HostBlock { params, instrs, end, loc } = &program.blocks[block];
            for var in params {
                match &program.vars[var.index()] {
                    Var::Seq(..) => return refuse("a list that grows is the host's", *loc),
                    Var::Buffer(ty) if shape(ty) => return refuse("a tensor's size depends on data", *loc),
                    _ => {}
                }
            }
            for instr in instrs {
                match instr {
                    Instr::Library { spec, attrs, results, loc, .. } => {
                        if !on_device(spec) {
                            return refuse(format!("{} is a routine of the host", spec.name), *loc);
                        }
                        let syms = attrs.iter().flat_map(|(_, attr)| attr.syms());
                        if syms.into_iter().any(|sym| known.on_data(program, Term::sym(sym)))
                            || results.iter().any(|var| sized(*var))
                        {
                            return refuse("a tensor's size depends on data", *loc);
                        }
                    }
                    Instr::Call { subnet, dims, results, loc, .. } => {
                        if results.iter().any(|var| sized(*var)) {
                            return refuse("a tensor's size depends on data", *loc);
                        }
                        if dims.iter().any(|&dim| known.on_data(program, dim))
                            && let Err(why) = self.reading(*subnet, dims)
                        {
                            return refuse(why, *loc);
                        }
                    }
                    Instr::Compute { result, term } if self.on_data(*result) => {
                        let size = known.size(program, *term);
                        let on_data = |sym| variable(program, sym).is_some_and(|var| self.on_data(var));
                        if let Err(why) = scalar(*term, &on_data).map(|_| ()).and(size.check()) {
                            return refuse(why, *loc);
                        }
                    }
                    _ => {}
                }
            }
            if let HostEnd::Return(values) = end {
                for value in values {
                    if matches!(value, Arg::Var(var) if sized(*var)) {
                        return refuse("a result's size depends on data", *loc);
                    }
                }
            }
        }
        Ok(())
    }

    fn var(&mut self, var: Var) -> VarId {
        self.program.vars.push(var);
        self.known.data.push(false);
        VarId(self.program.vars.len() as u32 - 1)
    }

    fn resolve(&self, arg: Arg) -> Arg {
        match arg {
            Arg::Var(var) => self.instead.get(&var).copied().unwrap_or(arg),
            Arg::Weight(_) => arg,
        }
    }

    /// A tensor of a register that the host knows.
    fn stored(&mut self, from: VarId, instrs: &mut Vec<Instr>) -> Arg {
        let dtype = if self.program.vars[from.index()] == Var::Bool { DType::Bool } else { DType::I64 };
        let result = self.var(Var::Buffer(TensorType::scalar(dtype)));
        instrs.push(Instr::Store { result, from });
        Arg::Var(result)
    }

    fn finish(mut self) -> Result<Decided, Refusal> {
        for block in self.flow.order.clone() {
            let mut instrs = Vec::new();
            for (index, instr) in
                std::mem::take(&mut self.program.blocks[block].instrs).into_iter().enumerate()
            {
                if matches!(instr, Instr::Library { .. }) {
                    let from = (self.origin[block], self.first[block] + index);
                    self.library.insert((block, instrs.len()), from);
                }
                self.instr(instr, &mut instrs)?;
            }
            let end = std::mem::replace(&mut self.program.blocks[block].end, HostEnd::Return(vec![]));
            let end = self.end(block, end, &mut instrs);
            self.program.blocks[block].instrs = instrs;
            self.program.blocks[block].end = end;
        }
        for var in 0..self.program.vars.len() {
            if self.known.data[var] {
                let dtype = if self.program.vars[var] == Var::Bool { DType::Bool } else { DType::I64 };
                self.program.vars[var] = Var::Buffer(TensorType::scalar(dtype));
            }
        }
        let data = &self.known.data;
        self.program.syms.retain(|_, source| !matches!(source, SymSource::Var(var) if data[var.index()]));
        let buffer = |var: &VarId| matches!(self.program.vars[var.index()], Var::Buffer(_));
        let settled = self.known.chosen.iter().copied().filter(buffer).collect();
        let Rewriting { program, flow, origin, gates, library, .. } = self;
        let mut ends: Vec<usize> = Vec::new();
        for (block, &of) in origin.iter().enumerate() {
            if of == ends.len() && block == of {
                ends.push(block);
            } else if !matches!(program.blocks[block].end, HostEnd::Fail { .. }) {
                ends[of] = block;
            }
        }
        Ok(Decided { program, flow, gates, settled, origin, library, ends })
    }

    fn instr(&mut self, mut instr: Instr, instrs: &mut Vec<Instr>) -> Result<(), Refusal> {
        match &mut instr {
            Instr::Load { result, from } => {
                let from = self.resolve(*from);
                self.instead.insert(*result, from);
                return Ok(());
            }
            Instr::Store { result, from } if self.on_data(*from) => {
                let from = self.resolve(Arg::Var(*from));
                self.instead.insert(*result, from);
                return Ok(());
            }
            &mut Instr::Compute { result, term } if self.on_data(result) => {
                return self.compute(result, term, instrs);
            }
            Instr::Call { subnet, args, dims, .. } => {
                args.iter_mut().for_each(|arg| *arg = self.resolve(*arg));
                if dims.iter().any(|&dim| self.known.on_data(&self.program, dim)) {
                    let reading = self.reading(*subnet, dims).or_else(|why| refuse(why, Loc::default()))?;
                    for dim in reading.dims {
                        let arg = self.value(dim, instrs)?;
                        args.push(arg);
                    }
                    dims.retain(|&dim| !self.known.on_data(&self.program, dim));
                    *subnet = self.program.subnets.len();
                    self.program.subnets.push(reading.subnet);
                }
            }
            Instr::Library { args, .. } => args.iter_mut().for_each(|arg| *arg = self.resolve(*arg)),
            _ => {}
        }
        instrs.push(instr);
        Ok(())
    }

    /// An integer on the device.
    fn value(&mut self, term: Term, instrs: &mut Vec<Instr>) -> Result<Arg, Refusal> {
        if let Node::Sym(sym) = term.node()
            && let Some(var) = variable(&self.program, sym)
        {
            return Ok(self.resolve(Arg::Var(var)));
        }
        let result = self.var(Var::Buffer(TensorType::scalar(term.dtype())));
        self.compute(result, term, instrs)?;
        Ok(Arg::Var(result))
    }

    /// A subnet that reads those of its integers that depend on data.
    fn reading(&self, subnet: usize, dims: &[Term]) -> Result<Reading, String> {
        let of = &self.program.subnets[subnet];
        let mut reading = Reading { subnet: Subnet { net: of.net.clone(), dims: vec![] }, dims: vec![] };
        for (&sym, &dim) in of.dims.iter().zip(dims) {
            if !self.known.on_data(&self.program, dim) {
                reading.subnet.dims.push(sym);
                continue;
            }
            self.known.size(&self.program, dim).check()?;
            let param = reading.subnet.net.add_param(Net::ENTRY, TensorType::scalar(DType::I64).into());
            reading.subnet.net.syms.insert(sym, SymDef::Value(param));
            reading.dims.push(dim);
        }
        let Subnet { net, dims } = &reading.subnet;
        // Their operators are the program's, whose code has been generated; only a size may stand in the way.
        Graph::new(net, dims).map_err(|_| "a tensor's size depends on data".to_string())?;
        Ok(reading)
    }

    /// A call of a subnet for a term.
    fn compute(&mut self, result: VarId, term: Term, instrs: &mut Vec<Instr>) -> Result<(), Refusal> {
        let on_data = |sym| variable(&self.program, sym).is_some_and(|var| self.on_data(var));
        let (net, operands) = scalar(term, &on_data).or_else(|why| refuse(why, Loc::default()))?;
        let mut args = Vec::new();
        for operand in operands {
            args.push(match operand {
                Operand::Data(sym) => {
                    let var = variable(&self.program, sym);
                    match var {
                        Some(var) => self.resolve(Arg::Var(var)),
                        None => return refuse("a dimension depends on data", Loc::default()),
                    }
                }
                Operand::Known(term) => {
                    let register = self.var(if term.dtype() == DType::Bool { Var::Bool } else { Var::Int });
                    instrs.push(Instr::Compute { result: register, term });
                    self.stored(register, instrs)
                }
            });
        }
        let subnet = self.program.subnets.len();
        self.program.subnets.push(Subnet { net, dims: vec![] });
        instrs.push(Instr::Call { subnet, args, dims: vec![], results: vec![result], loc: Loc::default() });
        Ok(())
    }

    fn end(&mut self, block: usize, mut end: HostEnd, instrs: &mut Vec<Instr>) -> HostEnd {
        match &mut end {
            HostEnd::Jump(edge) => self.edge(edge, instrs),
            HostEnd::Branch { condition, yes, no } => {
                self.edge(yes, instrs);
                self.edge(no, instrs);
                if self.on_data(*condition) {
                    let from = self.resolve(Arg::Var(*condition));
                    *condition = self.var(Var::Bool);
                    instrs.push(Instr::Load { result: *condition, from });
                    self.gates.insert(block, from);
                }
            }
            HostEnd::Return(values) => values.iter_mut().for_each(|value| *value = self.resolve(*value)),
            // The host shows what is wrong.
            HostEnd::Fail { operands, .. } => operands.clear(),
        }
        end
    }

    fn edge(&mut self, edge: &mut HostEdge, instrs: &mut Vec<Instr>) {
        let params = self.program.blocks[edge.block].params.clone();
        for (arg, param) in edge.args.iter_mut().zip(params) {
            *arg = match *arg {
                Arg::Var(var) if self.on_data(param) && !self.on_data(var) => self.stored(var, instrs),
                arg => self.resolve(arg),
            };
        }
    }
}
