//! Runs a split program in the reference interpreter: subnets as nets, the host program step by step.

use braid_ir::eval::{Options, eval_op_typed, fill, run};
use braid_ir::ops::Value;
use braid_ir::program::*;
use braid_ir::{Scalar, Sym, Tensor, TensorType, Term, Type};
use std::collections::HashMap;
use std::sync::Arc;

/// The results, or the exception's message; and how many subnets were called.
pub type Ran = (Result<Vec<Arc<Tensor>>, String>, usize);

struct Machine<'a> {
    program: &'a Program,
    memory: HashMap<VarId, Value>,
    registers: HashMap<VarId, Scalar>,
    inputs: &'a [Arc<Tensor>],
    calls: usize,
}

/// Runs the program; also answers how many subnets were called.
pub fn run_program(program: &Program, inputs: &[Arc<Tensor>]) -> Ran {
    let mut machine =
        Machine { program, memory: HashMap::new(), registers: HashMap::new(), inputs, calls: 0 };
    for ((_, _, var), tensor) in program.inputs.iter().zip(inputs) {
        machine.memory.insert(*var, Value::Tensor(tensor.clone()));
    }
    let result = machine.run();
    (result, machine.calls)
}

impl Machine<'_> {
    fn syms(&self) -> HashMap<Sym, Term> {
        let value = |source: &SymSource| match source {
            SymSource::Input { input, axis } => Some(Term::from(self.inputs[*input].shape()[*axis])),
            SymSource::Var(var) => self.registers.get(var).map(|v| Term::constant(*v)),
        };
        self.program.syms.iter().filter_map(|(sym, source)| Some((*sym, value(source)?))).collect()
    }

    fn arg(&self, arg: &Arg) -> Value {
        match arg {
            Arg::Var(var) => self.memory[var].clone(),
            Arg::Weight(id) => Value::Tensor(self.program.weights[id.index()].data.clone()),
        }
    }

    fn ty(&self, arg: &Arg) -> Type {
        match self.arg(arg) {
            Value::Tensor(tensor) => TensorType::fixed(tensor.dtype(), tensor.shape()).into(),
            Value::Seq(_) => match arg {
                Arg::Var(var) => self.program.vars[var.index()].ty().subst(&self.syms()),
                Arg::Weight(_) => panic!("a weight is no sequence"),
            },
        }
    }

    fn tensor(&self, arg: &Arg) -> Arc<Tensor> {
        match self.arg(arg) {
            Value::Tensor(tensor) => tensor,
            Value::Seq(_) => panic!("a sequence is no tensor"),
        }
    }

    fn run(&mut self) -> Result<Vec<Arc<Tensor>>, String> {
        let mut at = 0;
        let mut steps = 0;
        loop {
            steps += 1;
            assert!(steps < 100_000, "endless");
            let block = &self.program.blocks[at];
            for instr in &block.instrs {
                self.instr(instr)?;
            }
            let edge = match &block.end {
                HostEnd::Jump(edge) => edge,
                HostEnd::Branch { condition, yes, no } => {
                    if self.registers[condition].is_truthy() {
                        yes
                    } else {
                        no
                    }
                }
                HostEnd::Return(values) => {
                    let flat = values.iter().flat_map(|v| match self.arg(v) {
                        Value::Tensor(t) => vec![t],
                        Value::Seq(ts) => ts,
                    });
                    return Ok(flat.collect());
                }
                HostEnd::Fail { message, operands } => {
                    let operands: Vec<Value> = operands.iter().map(|v| self.arg(v)).collect();
                    return Err(fill(message, &operands).unwrap_or_else(|e| e));
                }
            };
            let params = &self.program.blocks[edge.block].params;
            let mut moves = Vec::new();
            for (param, arg) in params.iter().zip(&edge.args) {
                match (&self.program.vars[param.index()], arg) {
                    (Var::Int | Var::Bool, Arg::Var(var)) => moves.push((*param, Err(self.registers[var]))),
                    _ => moves.push((*param, Ok(self.arg(arg)))),
                }
            }
            for (param, value) in moves {
                match value {
                    Ok(value) => _ = self.memory.insert(param, value),
                    Err(scalar) => _ = self.registers.insert(param, scalar),
                }
            }
            at = edge.block;
        }
    }

    fn instr(&mut self, instr: &Instr) -> Result<(), String> {
        match instr {
            Instr::Call { subnet, args, dims, results, .. } => {
                self.calls += 1;
                let subnet = &self.program.subnets[*subnet];
                let syms = self.syms();
                let dims: Vec<Term> = dims.iter().map(|d| d.subst_syms(&syms)).collect();
                let mut net = subnet.net.clone();
                net.subst_syms(&subnet.dims.iter().copied().zip(dims).collect());
                let inputs: Vec<Arc<Tensor>> = args.iter().map(|a| self.tensor(a)).collect();
                let outcome = run(&net, &inputs, &Options::default()).map_err(|e| format!("subnet: {e}"))?;
                for (var, tensor) in results.iter().zip(outcome.outputs) {
                    self.memory.insert(*var, Value::Tensor(tensor));
                }
            }
            Instr::Library { spec, attrs, args, results, .. } => {
                let attrs = attrs.subst(&self.syms());
                let operands: Vec<Value> = args.iter().map(|a| self.arg(a)).collect();
                let types: Vec<Type> = args.iter().map(|a| self.ty(a)).collect();
                let values = eval_op_typed(spec, &operands, &types, attrs)?;
                for (var, value) in results.iter().zip(values) {
                    self.memory.insert(*var, value);
                }
            }
            Instr::Compute { result, term } => {
                let value = term.subst_syms(&self.syms()).as_const().expect("a term has a value");
                self.registers.insert(*result, value);
            }
            Instr::Check { condition, message, values, .. } => {
                let syms = self.syms();
                if condition.subst_syms(&syms).as_bool() != Some(true) {
                    let values = values.iter().filter_map(|v| v.subst_syms(&syms).as_const());
                    let values: Vec<Value> =
                        values.map(|v| Value::Tensor(Arc::new(Tensor::scalar(v)))).collect();
                    return Err(fill(message, &values).unwrap_or_else(|e| e));
                }
            }
            Instr::Load { result, from } => {
                let value = self.tensor(from).get(0);
                self.registers.insert(*result, value);
            }
            Instr::Store { result, from } => {
                let value = Value::Tensor(Arc::new(Tensor::scalar(self.registers[from])));
                self.memory.insert(*result, value);
            }
        }
        Ok(())
    }
}
