//! Nets: programs over tensors, as one region in the MLIR sense, a control-flow graph of blocks with parameters.
//!
//! A block is a straight line of operators of the table, in SSA form, and ends in one terminator. An `if` is a branch
//! whose sides meet in a block with parameters; a loop is a jump back to its header; an early `return`, a `break` or an
//! exception that carries a result is an edge like any other, and each `return` may have its own number and types of
//! results. So branches of different shapes need no union type: they are paths that do not meet.
//!
//! Run-time integers (`.item()`, sizes of data-dependent results, loop counters) are `i64[]` values; a [`Sym`] names such a
//! value so that terms can speak of it. [`SymDef`] says where each symbol gets its value. An input dimension written as a
//! name is a symbol, too.

mod builder;
mod edit;
pub use edit::Check;

pub use builder::{BuildError, Builder};

use crate::dtype::DType;
use crate::ops::{OpSpec, attrs::Attrs};
use crate::tensor::Tensor;
use crate::term::{Facts, Sym, Term};
use crate::types::{TensorType, Type};
use std::collections::BTreeMap;
use std::sync::Arc;

macro_rules! id {
    ($($name:ident $prefix:literal $doc:literal;)*) => {$(
        #[doc = $doc]
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);
        impl $name {
            /// Position in the arena.
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
    )*};
}

id! {
    ValueId "%" "A value: an operator's result, a block parameter or a weight.";
    OpId "op" "An operator application.";
    BlockId "^" "A block.";
    WeightId "@" "A weight or a large constant.";
}

/// A place in the user's source. Line and column count from 1; line 0 means there is none, and column 0 that the file's
/// name says it all (an ONNX node).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Loc {
    /// Index into [`Net::files`].
    pub file: u32,
    /// Line.
    pub line: u32,
    /// Column.
    pub col: u32,
}

/// A program over tensors.
#[derive(Clone, Debug, Default)]
pub struct Net {
    /// Name of the entry, without `@`.
    pub name: String,
    /// Source files that locations refer to, as the user named them.
    pub files: Vec<String>,
    /// Names of the inputs; they are the parameters of the entry block, in order.
    pub inputs: Vec<String>,
    /// Weights and large constants.
    pub weights: Vec<Weight>,
    /// Every value. Values of removed operators stay, unreferenced.
    pub values: Vec<ValueData>,
    /// Every operator application. Removed ones stay, unreferenced.
    pub ops: Vec<Op>,
    /// Blocks; block 0 is the entry. Unreachable ones may remain until `simplify`.
    pub blocks: Vec<Block>,
    /// Where each symbol gets its value.
    pub syms: BTreeMap<Sym, SymDef>,
    /// Conditions on input dimensions that the artifact checks at its entry.
    pub guards: Vec<Guard>,
}

/// A named tensor whose contents are known when the program is compiled.
#[derive(Clone, Debug)]
pub struct Weight {
    /// The attribute path (`blocks.0.conv.weight`) or `const.N`.
    pub name: String,
    /// The contents.
    pub data: Arc<Tensor>,
}

/// Where a symbol gets its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SymDef {
    /// Dimension `axis` of input number `input`.
    Input {
        /// Which input.
        input: usize,
        /// Which of its dimensions.
        axis: usize,
    },
    /// An `i64[]` value: a block parameter or an operator's result.
    Value(ValueId),
}

/// A condition over input dimensions that must hold at run time, and why.
#[derive(Clone, Debug)]
pub struct Guard {
    /// A `bool` term over input dimensions.
    pub condition: Term,
    /// What relies on it, in the user's terms; the exception's type and text if it is an assertion of the source.
    pub reason: String,
    /// Whether the source itself asserts it: a run that it refuses raises `reason`.
    pub raises: bool,
    /// Where it comes from.
    pub loc: Loc,
}

/// A value's type and origin.
#[derive(Clone, Debug)]
pub struct ValueData {
    /// Its type.
    pub ty: Type,
    /// Its origin.
    pub def: Def,
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Def {
    /// Parameter number `.1` of a block.
    Param(BlockId, usize),
    /// Result number `.1` of an operator.
    Result(OpId, usize),
    /// A weight.
    Weight(WeightId),
}

/// One application of an operator of the table.
#[derive(Clone, Debug)]
pub struct Op {
    /// The operator's row.
    pub spec: &'static OpSpec,
    /// Operands.
    pub operands: Vec<ValueId>,
    /// Attributes.
    pub attrs: Attrs,
    /// Results.
    pub results: Vec<ValueId>,
    /// The user's line.
    pub loc: Loc,
}

/// A straight line of operators.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// Parameters.
    pub params: Vec<ValueId>,
    /// Operators in order.
    pub ops: Vec<OpId>,
    /// How it ends.
    pub end: Terminator,
    /// The user's line of the terminator.
    pub loc: Loc,
}

/// A jump to a block with arguments for its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Where to.
    pub block: BlockId,
    /// One argument per parameter.
    pub args: Vec<ValueId>,
}

/// How a block ends.
#[derive(Clone, Debug, Default)]
pub enum Terminator {
    /// Not yet set; the verifier refuses it.
    #[default]
    Open,
    /// Go on elsewhere.
    Jump(Edge),
    /// A gate: `condition` is a `bool[]` value.
    Branch {
        /// The predicate.
        condition: ValueId,
        /// Taken when true.
        yes: Edge,
        /// Taken when false.
        no: Edge,
    },
    /// The program's result on this path; a sequence stands for all its elements.
    Return(Vec<ValueId>),
    /// The source raises an exception here.
    Fail {
        /// `ValueError: …`; `{0}` stands for operand 0.
        message: String,
        /// Values that the message shows.
        operands: Vec<ValueId>,
    },
}

impl Terminator {
    /// The outgoing edges, the true side first.
    pub fn edges(&self) -> Vec<&Edge> {
        match self {
            Terminator::Jump(edge) => vec![edge],
            Terminator::Branch { yes, no, .. } => vec![yes, no],
            _ => vec![],
        }
    }

    /// The outgoing edges, to change them.
    pub fn edges_mut(&mut self) -> Vec<&mut Edge> {
        match self {
            Terminator::Jump(edge) => vec![edge],
            Terminator::Branch { yes, no, .. } => vec![yes, no],
            _ => vec![],
        }
    }

    /// Every value used, edges' arguments included.
    pub fn uses(&self) -> Vec<ValueId> {
        let mut uses: Vec<ValueId> = match self {
            Terminator::Branch { condition, .. } => vec![*condition],
            Terminator::Return(values) => values.clone(),
            Terminator::Fail { operands, .. } => operands.clone(),
            _ => vec![],
        };
        uses.extend(self.edges().iter().flat_map(|e| e.args.iter().copied()));
        uses
    }
}

impl Net {
    /// The entry block.
    pub const ENTRY: BlockId = BlockId(0);

    /// A net with an empty, open entry block.
    pub fn new(name: &str) -> Net {
        let mut net = Net { name: name.to_string(), ..Net::default() };
        net.add_block(Loc::default());
        net
    }

    /// A value's data.
    pub fn value(&self, value: ValueId) -> &ValueData {
        &self.values[value.index()]
    }

    /// A value's type.
    pub fn ty(&self, value: ValueId) -> &Type {
        &self.values[value.index()].ty
    }

    /// A value's tensor type, if it is a tensor.
    pub fn tensor_ty(&self, value: ValueId) -> Option<&TensorType> {
        self.ty(value).as_tensor()
    }

    /// An operator application.
    pub fn op(&self, op: OpId) -> &Op {
        &self.ops[op.index()]
    }

    /// A block.
    pub fn block(&self, block: BlockId) -> &Block {
        &self.blocks[block.index()]
    }

    /// A block, to change it.
    pub fn block_mut(&mut self, block: BlockId) -> &mut Block {
        &mut self.blocks[block.index()]
    }

    /// Every block id.
    pub fn block_ids(&self) -> impl Iterator<Item = BlockId> + use<> {
        (0..self.blocks.len() as u32).map(BlockId)
    }

    /// The weight behind a value, if it is one.
    pub fn weight_of(&self, value: ValueId) -> Option<&Weight> {
        match self.value(value).def {
            Def::Weight(weight) => Some(&self.weights[weight.index()]),
            _ => None,
        }
    }

    /// The operator that computes a value, if one does.
    pub fn producer(&self, value: ValueId) -> Option<(OpId, &Op)> {
        match self.value(value).def {
            Def::Result(op, _) => Some((op, self.op(op))),
            _ => None,
        }
    }

    /// Adds a value.
    pub fn add_value(&mut self, ty: Type, def: Def) -> ValueId {
        self.values.push(ValueData { ty, def });
        ValueId(self.values.len() as u32 - 1)
    }

    /// Adds an empty block with an open end.
    pub fn add_block(&mut self, loc: Loc) -> BlockId {
        self.blocks.push(Block { params: vec![], ops: vec![], end: Terminator::Open, loc });
        BlockId(self.blocks.len() as u32 - 1)
    }

    /// Adds a parameter to a block.
    pub fn add_param(&mut self, block: BlockId, ty: Type) -> ValueId {
        let index = self.block(block).params.len();
        let value = self.add_value(ty, Def::Param(block, index));
        self.block_mut(block).params.push(value);
        value
    }

    /// Adds an input: a parameter of the entry block. Symbols of its shape that have no definition yet are defined by it.
    pub fn add_input(&mut self, name: &str, ty: impl Into<Type>) -> ValueId {
        let (input, ty) = (self.inputs.len(), ty.into());
        self.inputs.push(name.to_string());
        for (axis, dim) in ty.as_tensor().iter().flat_map(|ty| &ty.shape).enumerate() {
            if let crate::term::Node::Sym(sym) = dim.node() {
                self.syms.entry(sym).or_insert(SymDef::Input { input, axis });
            }
        }
        self.add_param(Net::ENTRY, ty)
    }

    /// Adds a weight and the value that stands for it.
    pub fn add_weight(&mut self, name: &str, data: Arc<Tensor>) -> ValueId {
        let ty = TensorType::fixed(data.dtype(), data.shape());
        self.weights.push(Weight { name: name.to_string(), data });
        let id = WeightId(self.weights.len() as u32 - 1);
        self.add_value(ty.into(), Def::Weight(id))
    }

    /// A fresh symbol (named `hint` and a number not in use in this net) that stands for the `i64[]` value.
    ///
    /// # Panics
    /// If the value is not `i64[]`.
    pub fn define_sym(&mut self, hint: &str, value: ValueId) -> Sym {
        assert_eq!(
            self.tensor_ty(value),
            Some(&TensorType::scalar(DType::I64)),
            "a symbol stands for an i64[] value"
        );
        let mut number = self.syms.len();
        loop {
            let sym = Sym::named(&format!("{hint}{number}"));
            if let std::collections::btree_map::Entry::Vacant(entry) = self.syms.entry(sym) {
                entry.insert(SymDef::Value(value));
                return sym;
            }
            number += 1;
        }
    }

    /// The symbol that stands for this `i64[]` value, if there is one.
    pub fn sym_of(&self, value: ValueId) -> Option<Sym> {
        self.syms.iter().find(|(_, def)| **def == SymDef::Value(value)).map(|(sym, _)| *sym)
    }

    /// What the guards and the nature of dimensions say about symbols: input dimensions are at least 1.
    pub fn facts(&self) -> Facts {
        let mut facts = Facts::default();
        let none = std::collections::HashMap::new();
        for (sym, def) in &self.syms {
            match def {
                SymDef::Input { .. } => facts.bound(*sym, Some(1), None),
                SymDef::Value(value) => {
                    if let Some(term) = self.term_of(*value, &none).map(|term| facts.normalise(term))
                        && !term.syms().contains(sym)
                    {
                        facts.equate(*sym, term);
                    }
                }
            }
        }
        facts
    }
}
