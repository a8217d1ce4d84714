//! Programs: what the splitter makes of a net. Branch-free subnets hold all tensor arithmetic, one host program holds all
//! control flow (after DyCL, ISSTA 2023).
//!
//! Invariant: a subnet has one block and no host operator. Invariant: the host program computes integer and bool terms,
//! moves handles and decides; it touches no tensor element but the rank-0 integers and bools that it decides by.

use crate::dtype::DType;
use crate::net::{Guard, Loc, Net, Weight, WeightId};
use crate::ops::{OpSpec, attrs::Attrs};
use crate::term::{Sym, Term};
use crate::types::{TensorType, Type};
use std::collections::BTreeMap;

/// A split program.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// Name of the entry.
    pub name: String,
    /// Source files that locations refer to.
    pub files: Vec<String>,
    /// Inputs: name, type, and the variable that holds it on entry.
    pub inputs: Vec<(String, Type, VarId)>,
    /// Weights and large constants.
    pub weights: Vec<Weight>,
    /// Distinct branch-free bodies.
    pub subnets: Vec<Subnet>,
    /// Blocks of the host program; block 0 is the entry.
    pub blocks: Vec<HostBlock>,
    /// The host program's variables.
    pub vars: Vec<Var>,
    /// Where each symbol gets its value.
    pub syms: BTreeMap<Sym, SymSource>,
    /// Conditions on input dimensions, checked at entry.
    pub guards: Vec<Guard>,
}

/// A variable of the host program (SSA: assigned in one place).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VarId(pub u32);

impl VarId {
    /// Position in [`Program::vars`].
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a host variable holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Var {
    /// A handle to a tensor in memory.
    Buffer(TensorType),
    /// A handle to a growing list of tensors ([`Type::Seq`]).
    Seq(DType, Option<Vec<Option<Term>>>),
    /// An `i64` in a register.
    Int,
    /// A `bool` in a register.
    Bool,
}

impl Var {
    /// The variable in memory that holds a value of a type.
    pub fn of(ty: Type) -> Var {
        match ty {
            Type::Tensor(ty) => Var::Buffer(ty),
            Type::Seq(dtype, dims) => Var::Seq(dtype, dims),
        }
    }

    /// The net type of the variable.
    pub fn ty(&self) -> Type {
        match self {
            Var::Buffer(t) => Type::Tensor(t.clone()),
            Var::Seq(dtype, dims) => Type::Seq(*dtype, dims.clone()),
            Var::Int => TensorType::scalar(DType::I64).into(),
            Var::Bool => TensorType::scalar(DType::Bool).into(),
        }
    }
}

/// Where the host program finds a symbol's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SymSource {
    /// A dimension of an input.
    Input {
        /// Which input.
        input: usize,
        /// Which of its dimensions.
        axis: usize,
    },
    /// An [`Var::Int`] variable.
    Var(VarId),
}

/// A branch-free body, compiled once however often it is called.
#[derive(Clone, Debug)]
pub struct Subnet {
    /// Its parameters are the net's inputs (tensors that differ from call to call, weights among them); its symbols are
    /// [`Subnet::dims`], passed as integers. One block that ends in `return`; only index math and composites inside.
    pub net: Net,
    /// Symbols that occur in it, in the order in which a call passes them.
    pub dims: Vec<Sym>,
}

/// A block of the host program.
#[derive(Clone, Debug)]
pub struct HostBlock {
    /// Parameters.
    pub params: Vec<VarId>,
    /// Instructions in order.
    pub instrs: Vec<Instr>,
    /// How it ends.
    pub end: HostEnd,
    /// The user's line of the end: of the gate, if it is one.
    pub loc: Loc,
}

/// A tensor argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arg {
    /// A variable (buffer or sequence).
    Var(VarId),
    /// A weight.
    Weight(WeightId),
}

/// An instruction of the host program.
#[derive(Clone, Debug)]
pub enum Instr {
    /// Runs a subnet.
    Call {
        /// Index into [`Program::subnets`].
        subnet: usize,
        /// One per parameter of the subnet.
        args: Vec<Arg>,
        /// Values of [`Subnet::dims`], as terms over the program's symbols.
        dims: Vec<Term>,
        /// Buffers that it fills.
        results: Vec<VarId>,
        /// The user's line of its first operator.
        loc: Loc,
    },
    /// Runs an opaque or observable operator of the runtime's library (`nonzero`, `sort`, sequences, `print`).
    Library {
        /// The operator's row; [`crate::ops::OpDef::Opaque`] or an observable host row.
        spec: &'static OpSpec,
        /// Attributes; terms are over the program's symbols.
        attrs: Attrs,
        /// Operands.
        args: Vec<Arg>,
        /// Results; sizes that depend on the data are among them as rank-0 buffers.
        results: Vec<VarId>,
        /// The user's line.
        loc: Loc,
    },
    /// Computes an integer or bool term over symbols into an [`Var::Int`] or [`Var::Bool`].
    Compute {
        /// The variable.
        result: VarId,
        /// The term.
        term: Term,
    },
    /// Reads a rank-0 `i64` or `bool` tensor into a register.
    Load {
        /// An [`Var::Int`] or [`Var::Bool`].
        result: VarId,
        /// A buffer variable or a weight.
        from: Arg,
    },
    /// Raises unless a condition holds.
    Check {
        /// A `bool` term over symbols.
        condition: Term,
        /// The exception; `{0}` stands for value 0.
        message: String,
        /// Integers that the message shows.
        values: Vec<Term>,
        /// The user's line.
        loc: Loc,
    },
    /// Writes a register into a fresh rank-0 tensor.
    Store {
        /// A buffer variable.
        result: VarId,
        /// An [`Var::Int`] or [`Var::Bool`].
        from: VarId,
    },
}

/// A jump with arguments: handles are passed, nothing is copied by meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostEdge {
    /// Index of the block.
    pub block: usize,
    /// One argument per parameter; weights may be passed where a buffer is expected.
    pub args: Vec<Arg>,
}

/// How a host block ends.
#[derive(Clone, Debug)]
pub enum HostEnd {
    /// Go on elsewhere.
    Jump(HostEdge),
    /// A gate.
    Branch {
        /// A [`Var::Bool`].
        condition: VarId,
        /// Taken when true.
        yes: HostEdge,
        /// Taken when false.
        no: HostEdge,
    },
    /// The results on this path.
    Return(Vec<Arg>),
    /// The source raises here.
    Fail {
        /// `ValueError: …`; `{0}` stands for operand 0.
        message: String,
        /// Values that the message shows.
        operands: Vec<Arg>,
    },
}

impl Program {
    /// Visits every tensor argument of instructions, edges and ends.
    pub fn for_each_arg(&mut self, mut f: impl FnMut(&mut Arg)) {
        for block in &mut self.blocks {
            for instr in &mut block.instrs {
                match instr {
                    Instr::Call { args, .. } | Instr::Library { args, .. } => {
                        args.iter_mut().for_each(&mut f)
                    }
                    Instr::Load { from, .. } => f(from),
                    Instr::Compute { .. } | Instr::Store { .. } | Instr::Check { .. } => {}
                }
            }
            match &mut block.end {
                HostEnd::Jump(edge) => edge.args.iter_mut().for_each(&mut f),
                HostEnd::Branch { yes, no, .. } => {
                    yes.args.iter_mut().chain(&mut no.args).for_each(&mut f);
                }
                HostEnd::Return(args) | HostEnd::Fail { operands: args, .. } => {
                    args.iter_mut().for_each(&mut f)
                }
            }
        }
    }
}

impl HostEnd {
    /// The outgoing edges, the true side first.
    pub fn edges(&self) -> Vec<&HostEdge> {
        match self {
            HostEnd::Jump(edge) => vec![edge],
            HostEnd::Branch { yes, no, .. } => vec![yes, no],
            HostEnd::Return(_) | HostEnd::Fail { .. } => vec![],
        }
    }
}
