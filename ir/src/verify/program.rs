//! Verification of split programs: the invariants P1 to P5 of [`super`].

use super::VerifyError;
use super::net::verify_with;
use crate::dtype::DType;
use crate::net::{Loc, Net, Terminator};
use crate::ops::{Effects, OpDef};
use crate::program::*;
use crate::term::{Sym, Term};
use crate::types::{TensorType, Type};
use std::collections::{BTreeSet, HashMap};

/// Checks every invariant and reports all violations.
///
/// # Errors
/// The violations: subnets first, then the host program in order.
pub fn verify_program(program: &Program) -> Result<(), Vec<VerifyError>> {
    let mut verifier = Verifier { program, assigned: vec![false; program.vars.len()], errors: vec![] };
    for subnet in &program.subnets {
        verifier.subnet(subnet);
    }
    verifier.sources();
    verifier.host();
    if verifier.errors.is_empty() { Ok(()) } else { Err(verifier.errors) }
}

struct Verifier<'a> {
    program: &'a Program,
    assigned: Vec<bool>,
    errors: Vec<VerifyError>,
}

impl Verifier<'_> {
    fn fail(&mut self, rule: &'static str, loc: Loc, message: String) {
        self.errors.push(VerifyError { rule, message, loc });
    }

    /// P1.
    fn subnet(&mut self, subnet: &Subnet) {
        let net = &subnet.net;
        let name = &net.name;
        if net.blocks.len() != 1 || !matches!(net.blocks[0].end, Terminator::Return(_)) {
            self.fail("P1", Loc::default(), format!("{name} is not one block that returns"));
            return;
        }
        for &op in &net.block(Net::ENTRY).ops {
            let op = net.op(op);
            if !matches!(op.spec.def, OpDef::Loops(_)) {
                self.fail("P1", op.loc, format!("{name} holds {}, which is not index math", op.spec.name));
            }
        }
        if let Err(errors) = verify_with(net, &subnet.dims) {
            for error in errors {
                self.fail("P1", error.loc, format!("in {name}: {error}"));
            }
        }
    }

    /// P5.
    fn sources(&mut self) {
        let program = self.program;
        for (sym, source) in &program.syms {
            let fits = match *source {
                SymSource::Input { input, axis } => program
                    .inputs
                    .get(input)
                    .and_then(|(_, ty, _)| ty.as_tensor())
                    .is_some_and(|ty| ty.shape.get(axis) == Some(&Term::sym(*sym))),
                SymSource::Var(var) => matches!(program.vars.get(var.index()), Some(Var::Int)),
            };
            if !fits {
                self.fail("P5", Loc::default(), format!("{} has no such source", sym.name()));
            }
        }
        for (index, var) in program.vars.iter().enumerate() {
            self.syms(&var.ty().syms(), Loc::default(), &format!("the type of v{index}"));
        }
    }

    fn syms(&mut self, syms: &[Sym], loc: Loc, what: &str) {
        if let Some(sym) = syms.iter().find(|sym| !self.program.syms.contains_key(sym)) {
            self.fail("P5", loc, format!("{what} mentions {}, which has no source", sym.name()));
        }
    }

    /// The symbols of a term have a source and a value.
    fn known(&mut self, term: Term, here: &BTreeSet<u32>, loc: Loc, what: &str) {
        self.syms(&term.syms(), loc, what);
        for sym in term.syms() {
            if let Some(SymSource::Var(var)) = self.program.syms.get(&sym) {
                self.defined(*var, here, loc);
            }
        }
    }

    fn host(&mut self) {
        let program = self.program;
        if program.blocks.is_empty() {
            return self.fail("P2", Loc::default(), "the host program has no block".to_string());
        }
        let inputs: Vec<VarId> = program.inputs.iter().map(|(_, _, var)| *var).collect();
        if program.blocks[0].params != inputs {
            self.fail("P3", Loc::default(), "the parameters of block 0 are not the inputs".to_string());
        }
        let available = self.available();
        for (index, block) in program.blocks.iter().enumerate() {
            let mut here = available[index].clone();
            here.extend(block.params.iter().map(|v| v.0));
            for &param in &block.params {
                self.assign(param, block.loc);
            }
            for instr in &block.instrs {
                self.instr(instr, &here, block.loc);
                here.extend(results(instr).iter().map(|v| v.0));
            }
            self.end(block, &here);
        }
    }

    /// What is assigned on every path to each block: the greatest solution of the usual equations.
    fn available(&self) -> Vec<BTreeSet<u32>> {
        let blocks = &self.program.blocks;
        let own = |block: &HostBlock| -> BTreeSet<u32> {
            block.params.iter().copied().chain(block.instrs.iter().flat_map(results)).map(|v| v.0).collect()
        };
        let mut known: Vec<Option<BTreeSet<u32>>> = vec![None; blocks.len()];
        known[0] = Some(BTreeSet::new());
        let mut work = vec![0];
        while let Some(index) = work.pop() {
            let mut out = known[index].clone().unwrap_or_default();
            out.extend(own(&blocks[index]));
            for edge in blocks[index].end.edges() {
                let Some(slot) = known.get_mut(edge.block) else { continue };
                let meet = match slot {
                    None => out.clone(),
                    Some(before) => before.intersection(&out).copied().collect(),
                };
                if slot.as_ref() != Some(&meet) {
                    *slot = Some(meet);
                    work.push(edge.block);
                }
            }
        }
        known.into_iter().map(Option::unwrap_or_default).collect()
    }

    fn assign(&mut self, var: VarId, loc: Loc) {
        match self.assigned.get(var.index()) {
            Some(false) => self.assigned[var.index()] = true,
            Some(true) => self.fail("P3", loc, format!("v{} is assigned twice", var.0)),
            None => self.fail("P3", loc, format!("v{} does not exist", var.0)),
        }
    }

    fn defined(&mut self, var: VarId, here: &BTreeSet<u32>, loc: Loc) {
        if !here.contains(&var.0) {
            self.fail("P3", loc, format!("v{} is used where it may not be assigned", var.0));
        }
    }

    /// The type of an argument in memory; a register is refused.
    fn memory(&mut self, arg: &Arg, here: &BTreeSet<u32>, loc: Loc) -> Option<Type> {
        match *arg {
            Arg::Weight(id) => {
                let Some(weight) = self.program.weights.get(id.index()) else {
                    self.fail("P3", loc, format!("{id} does not exist"));
                    return None;
                };
                Some(TensorType::fixed(weight.data.dtype(), weight.data.shape()).into())
            }
            Arg::Var(var) => {
                self.defined(var, here, loc);
                match self.program.vars.get(var.index())? {
                    Var::Int | Var::Bool => {
                        self.fail("P3", loc, format!("v{} is a register where memory is expected", var.0));
                        None
                    }
                    memory => Some(memory.ty()),
                }
            }
        }
    }

    fn register(&mut self, var: VarId, dtype: DType, loc: Loc) {
        let expected = if dtype == DType::Bool { Var::Bool } else { Var::Int };
        if self.program.vars.get(var.index()) != Some(&expected) {
            self.fail("P3", loc, format!("v{} is not a register for {dtype}", var.0));
        }
    }

    fn instr(&mut self, instr: &Instr, here: &BTreeSet<u32>, block_loc: Loc) {
        match instr {
            Instr::Call { subnet, args, dims, results, loc } => {
                let Some(subnet) = self.program.subnets.get(*subnet) else {
                    return self.fail("P4", *loc, "the subnet does not exist".to_string());
                };
                self.call(subnet, args, dims, results, here, *loc);
            }
            Instr::Library { spec, attrs, args, loc, .. } => {
                let routine = matches!(spec.def, OpDef::Opaque { .. }) || spec.effects != Effects::Pure;
                if !routine || matches!(spec.def, OpDef::Loops(_) | OpDef::Composite(_)) {
                    self.fail("P2", *loc, format!("{} is not a library routine", spec.name));
                }
                let syms: Vec<Sym> = attrs.iter().flat_map(|(_, attr)| attr.syms()).collect();
                self.syms(&syms, *loc, spec.name);
                for arg in args {
                    self.memory(arg, here, *loc);
                }
            }
            Instr::Compute { result, term } => {
                if !matches!(term.dtype(), DType::I64 | DType::Bool) {
                    self.fail("P2", block_loc, format!("{term} is neither i64 nor bool"));
                }
                self.register(*result, term.dtype(), block_loc);
                self.known(*term, here, block_loc, "a term");
            }
            Instr::Check { condition, values, loc, .. } => {
                if condition.dtype() != DType::Bool {
                    self.fail("P2", *loc, format!("{condition} is no condition"));
                }
                for &term in std::iter::once(condition).chain(values) {
                    self.known(term, here, *loc, "a check");
                }
            }
            Instr::Load { result, from } => {
                if let Some(Type::Tensor(ty)) = self.memory(from, here, block_loc) {
                    if ty.rank() != 0 {
                        self.fail("P2", block_loc, format!("a register is loaded from {ty}"));
                    }
                    self.register(*result, ty.dtype, block_loc);
                }
            }
            Instr::Store { result, from } => {
                self.defined(*from, here, block_loc);
                let ty = self.program.vars.get(result.index()).map(Var::ty);
                match ty {
                    Some(Type::Tensor(ty)) if ty.rank() == 0 => self.register(*from, ty.dtype, block_loc),
                    _ => self.fail("P3", block_loc, format!("v{} is not a rank-0 tensor", result.0)),
                }
            }
        }
        for &result in &results(instr) {
            self.assign(result, block_loc);
        }
    }

    /// P4.
    fn call(
        &mut self,
        subnet: &Subnet,
        args: &[Arg],
        dims: &[Term],
        results: &[VarId],
        here: &BTreeSet<u32>,
        loc: Loc,
    ) {
        let net = &subnet.net;
        let returned = match &net.block(Net::ENTRY).end {
            Terminator::Return(values) => values.as_slice(),
            _ => &[],
        };
        let params = &net.block(Net::ENTRY).params;
        if args.len() != params.len() || dims.len() != subnet.dims.len() || results.len() != returned.len() {
            return self.fail(
                "P4",
                loc,
                format!("the call of {} has other arguments, dims or results", net.name),
            );
        }
        let syms: Vec<Sym> = dims.iter().flat_map(|d| d.syms()).collect();
        self.syms(&syms, loc, "a call");
        for sym in syms {
            if let Some(SymSource::Var(var)) = self.program.syms.get(&sym) {
                self.defined(*var, here, loc);
            }
        }
        let passed: HashMap<Sym, Term> = subnet.dims.iter().copied().zip(dims.iter().copied()).collect();
        for (arg, &param) in args.iter().zip(params) {
            let expected = net.ty(param).subst(&passed);
            if let Some(found) = self.memory(arg, here, loc)
                && found != expected
            {
                self.fail("P4", loc, format!("{} takes {expected}, not {found}", net.name));
            }
        }
        for (var, &value) in results.iter().zip(returned) {
            let expected = net.ty(value).subst(&passed);
            if self.program.vars.get(var.index()).is_none_or(|v| v.ty() != expected) {
                self.fail(
                    "P4",
                    loc,
                    format!("{} yields {expected}, which is not the type of v{}", net.name, var.0),
                );
            }
        }
    }

    fn end(&mut self, block: &HostBlock, here: &BTreeSet<u32>) {
        let loc = block.loc;
        match &block.end {
            HostEnd::Branch { condition, .. } => {
                self.defined(*condition, here, loc);
                self.register(*condition, DType::Bool, loc);
            }
            HostEnd::Return(values) | HostEnd::Fail { operands: values, .. } => {
                for value in values {
                    self.memory(value, here, loc);
                }
            }
            HostEnd::Jump(_) => {}
        }
        for edge in block.end.edges() {
            let Some(target) = self.program.blocks.get(edge.block) else {
                self.fail("P3", loc, format!("block {} does not exist", edge.block));
                continue;
            };
            if target.params.len() != edge.args.len() || edge.block == 0 {
                self.fail("P3", loc, format!("block {} takes other arguments", edge.block));
                continue;
            }
            for (param, arg) in target.params.iter().zip(&edge.args) {
                match (&self.program.vars[param.index()], arg) {
                    (Var::Int | Var::Bool, Arg::Var(var)) => {
                        let dtype = self.program.vars[param.index()].ty();
                        let dtype = dtype.as_tensor().map_or(DType::I64, |t| t.dtype);
                        self.defined(*var, here, loc);
                        self.register(*var, dtype, loc);
                    }
                    (Var::Int | Var::Bool, Arg::Weight(_)) => {
                        self.fail("P3", loc, format!("a weight is passed for the register v{}", param.0));
                    }
                    _ => _ = self.memory(arg, here, loc),
                }
            }
        }
    }
}

fn results(instr: &Instr) -> Vec<VarId> {
    match instr {
        Instr::Call { results, .. } | Instr::Library { results, .. } => results.clone(),
        Instr::Compute { result, .. } | Instr::Load { result, .. } | Instr::Store { result, .. } => {
            vec![*result]
        }
        Instr::Check { .. } => vec![],
    }
}
