//! Split programs by hand.

use braid_ir::net::{Builder, Loc, Net, Terminator, ValueId};
use braid_ir::program::{Arg, HostBlock, HostEdge, HostEnd, Instr, Program, Subnet, SymSource, Var, VarId};
use braid_ir::{Attrs, DType, Sym, Tensor, TensorType, Term, Type, Weight, WeightId};
use std::sync::Arc;

/// A location on line `line` of the only file.
pub fn line(line: u32) -> Loc {
    Loc { file: 0, line, col: 5 }
}

/// A program under construction.
pub struct Maker {
    pub program: Program,
}

impl Maker {
    pub fn new() -> Maker {
        let files = vec!["model.py".to_string()];
        Maker { program: Program { name: "forward".to_string(), files, ..Program::default() } }
    }

    pub fn var(&mut self, var: Var) -> VarId {
        self.program.vars.push(var);
        VarId(self.program.vars.len() as u32 - 1)
    }

    pub fn buffer(&mut self, ty: &TensorType) -> VarId {
        self.var(Var::Buffer(ty.clone()))
    }

    /// An input; names in its shape are defined by it unless they are already.
    pub fn input(&mut self, name: &str, ty: &TensorType) -> VarId {
        let var = self.buffer(ty);
        let input = self.program.inputs.len();
        for (axis, dim) in ty.shape.iter().enumerate() {
            if let braid_ir::Node::Sym(sym) = dim.node() {
                self.program.syms.entry(sym).or_insert(SymSource::Input { input, axis });
            }
        }
        self.program.inputs.push((name.to_string(), ty.clone().into(), var));
        var
    }

    pub fn weight(&mut self, tensor: Tensor) -> WeightId {
        let name = format!("w{}", self.program.weights.len());
        self.program.weights.push(Weight { name, data: Arc::new(tensor) });
        WeightId(self.program.weights.len() as u32 - 1)
    }

    /// A block that ends nowhere yet.
    pub fn block(&mut self, params: &[VarId]) -> usize {
        let loc = line(100 + self.program.blocks.len() as u32);
        self.program.blocks.push(HostBlock {
            params: params.to_vec(),
            instrs: vec![],
            end: HostEnd::Return(vec![]),
            loc,
        });
        self.program.blocks.len() - 1
    }

    pub fn push(&mut self, block: usize, instr: Instr) {
        self.program.blocks[block].instrs.push(instr);
    }

    /// A subnet with inputs of these types.
    pub fn subnet(
        &mut self,
        types: &[&TensorType],
        build: impl FnOnce(&mut Builder, &[ValueId]) -> Vec<ValueId>,
    ) -> usize {
        let mut net = Net::new("subnet");
        let params: Vec<ValueId> =
            types.iter().enumerate().map(|(i, ty)| net.add_input(&format!("x{i}"), (*ty).clone())).collect();
        let dims: Vec<Sym> = types.iter().flat_map(|ty| ty.shape.iter().flat_map(|d| d.syms())).collect();
        let mut unique: Vec<Sym> = Vec::new();
        dims.into_iter().for_each(|d| {
            if !unique.contains(&d) {
                unique.push(d);
            }
        });
        let mut builder = Builder::new(&mut net, Net::ENTRY, Loc::default());
        let results = build(&mut builder, &params);
        builder.end(Terminator::Return(results));
        self.program.subnets.push(Subnet { net, dims: unique });
        self.program.subnets.len() - 1
    }

    /// Calls a subnet; its symbols are the program's of the same name.
    pub fn call(&mut self, block: usize, subnet: usize, args: &[Arg]) -> Vec<VarId> {
        let net = &self.program.subnets[subnet].net;
        let Terminator::Return(values) = &net.block(Net::ENTRY).end else { panic!("a subnet returns") };
        let types: Vec<Type> = values.iter().map(|&v| net.ty(v).clone()).collect();
        let dims = self.program.subnets[subnet].dims.iter().map(|&s| Term::sym(s)).collect();
        let results: Vec<VarId> =
            types.iter().map(|ty| self.buffer(ty.as_tensor().expect("a tensor"))).collect();
        self.push(
            block,
            Instr::Call {
                subnet,
                args: args.to_vec(),
                dims,
                results: results.clone(),
                loc: line(block as u32 + 1),
            },
        );
        results
    }

    /// Calls the runtime's library.
    pub fn library(&mut self, block: usize, op: &str, args: &[Arg], attrs: Attrs, results: &[VarId]) {
        let spec = braid_ir::ops::find(op).expect("an operator");
        let attrs = spec.complete(attrs).expect("attributes");
        let (args, results) = (args.to_vec(), results.to_vec());
        self.push(block, Instr::Library { spec, attrs, args, results, loc: line(block as u32 + 1) });
    }

    pub fn compute(&mut self, block: usize, term: Term) -> VarId {
        let result = self.var(if term.dtype() == DType::Bool { Var::Bool } else { Var::Int });
        self.push(block, Instr::Compute { result, term });
        result
    }

    pub fn load(&mut self, block: usize, from: Arg) -> VarId {
        let dtype = match from {
            Arg::Var(v) => match &self.program.vars[v.index()] {
                Var::Buffer(ty) => ty.dtype,
                other => panic!("{other:?} is loaded"),
            },
            Arg::Weight(w) => self.program.weights[w.index()].data.dtype(),
        };
        let result = self.var(if dtype == DType::Bool { Var::Bool } else { Var::Int });
        self.push(block, Instr::Load { result, from });
        result
    }

    /// A new `Int` variable and the symbol that stands for it.
    pub fn counter(&mut self, name: &str) -> (VarId, Sym) {
        let (var, sym) = (self.var(Var::Int), Sym::named(name));
        self.program.syms.insert(sym, SymSource::Var(var));
        (var, sym)
    }

    pub fn jump(&mut self, from: usize, to: usize, args: &[Arg]) {
        self.program.blocks[from].end = HostEnd::Jump(edge(to, args));
    }

    pub fn branch(&mut self, from: usize, condition: VarId, yes: HostEdge, no: HostEdge) {
        self.program.blocks[from].end = HostEnd::Branch { condition, yes, no };
    }

    pub fn returns(&mut self, block: usize, args: &[Arg]) {
        self.program.blocks[block].end = HostEnd::Return(args.to_vec());
    }
}

pub fn edge(block: usize, args: &[Arg]) -> HostEdge {
    HostEdge { block, args: args.to_vec() }
}

pub fn var(var: VarId) -> Arg {
    Arg::Var(var)
}
