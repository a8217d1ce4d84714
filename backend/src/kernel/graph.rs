//! A subnet as a graph of loop nests, one per operator: the form that fusion works on.
//!
//! Composites are built out here, so that only index math is left. Nothing is named: a row gives its loops.

use super::KernelError;
use super::index::Facts;
use braid_ir::net::{Builder, Net, SymDef, Terminator, ValueId};
use braid_ir::ops::{Infer, Loops, OpDef, OpSpec, Reduction};
use braid_ir::term::Node;
use braid_ir::{Attrs, DType, Loc, Scalar, Sym, Term, Type, types::TensorType};
use std::collections::HashMap;

/// What a loop nest reads from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// A parameter of the subnet.
    Param(usize),
    /// A node of the graph.
    Node(usize),
}

/// One read of a loop nest; index terms are in range wherever the guard holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Whose element.
    pub source: Source,
    /// Its type.
    pub dtype: DType,
    /// One term per dimension.
    pub index: Vec<Term>,
    /// Where false, nothing is read.
    pub guard: Option<Term>,
    /// The element where the guard is false.
    pub otherwise: Scalar,
}

/// The reduced value, where the part of a nest that comes after its reduction speaks of it.
pub const REDUCED: usize = u32::MAX as usize;

/// A loop nest: `out[i…] = finish(reduce over r… of body)`.
#[derive(Clone, Debug)]
pub struct NestNode {
    /// Extents of the output axes.
    pub out: Vec<Term>,
    /// Extents of the reduction axes.
    pub reduce: Vec<Term>,
    /// The reads of `body` and `finish`.
    pub reads: Vec<Input>,
    /// The value at one point.
    pub body: Term,
    /// How points along the reduction axes combine.
    pub reduction: Option<Reduction>,
    /// What is stored, in terms of reads at output axes and the load [`REDUCED`]; that load alone if nothing comes after
    /// the reduction or there is none.
    pub finish: Option<Term>,
    /// The element type of the result.
    pub dtype: DType,
    /// Where the result goes, if it is a part of what is stored.
    pub place: Option<Place>,
}

/// A result as the middle of something larger.
#[derive(Clone, Debug)]
pub struct Place {
    /// Dimensions of the whole.
    pub shape: Vec<Term>,
    /// Where the result's first element lies in it.
    pub offset: Vec<Term>,
    /// What is around the result.
    pub fill: Scalar,
}

/// A subnet's nests in order, operands before users.
pub struct Graph {
    /// The nests.
    pub nodes: Vec<NestNode>,
    /// Types of the parameters.
    pub params: Vec<TensorType>,
    /// What the subnet returns.
    pub results: Vec<Source>,
    /// What is known about the symbols.
    pub facts: Facts,
}

impl Graph {
    /// Builds the graph of a branch-free net.
    ///
    /// # Errors
    /// If an operator of it is not index math or needs a tensor that is not a parameter.
    pub fn new(net: &Net, dims: &[Sym]) -> Result<Graph, KernelError> {
        let block = net.block(Net::ENTRY);
        let mut graph = Graph { nodes: vec![], params: vec![], results: vec![], facts: Facts::default() };
        let mut values: HashMap<ValueId, Source> = HashMap::new();
        for (i, &param) in block.params.iter().enumerate() {
            let ty = net
                .tensor_ty(param)
                .ok_or_else(|| KernelError::internal("a parameter of a subnet is a sequence"))?;
            graph.params.push(ty.clone());
            values.insert(param, Source::Param(i));
        }
        graph.facts = Facts::new(dims, &graph.params);
        graph.add_block(net, &mut values, None)?;
        for (&sym, def) in &net.syms {
            if let SymDef::Value(value) = def
                && let Some(&source @ Source::Param(_)) = values.get(value)
            {
                graph.read_sym(sym, source)?;
            }
        }
        let Terminator::Return(results) = &block.end else {
            return Err(KernelError::internal("a subnet does not end in a return"));
        };
        for value in results {
            graph.results.push(lookup(&values, *value)?);
        }
        Ok(graph)
    }

    /// The shape behind a source.
    pub fn shape(&self, source: Source) -> &[Term] {
        match source {
            Source::Param(i) => &self.params[i].shape,
            Source::Node(i) => &self.nodes[i].out,
        }
    }

    /// The element type behind a source.
    pub fn dtype(&self, source: Source) -> DType {
        match source {
            Source::Param(i) => self.params[i].dtype,
            Source::Node(i) => self.nodes[i].dtype,
        }
    }

    fn add_block(
        &mut self,
        net: &Net,
        values: &mut HashMap<ValueId, Source>,
        at: Option<Loc>,
    ) -> Result<(), KernelError> {
        for &id in &net.block(Net::ENTRY).ops {
            let op = net.op(id);
            let loc = at.unwrap_or(op.loc);
            let operands = op.operands.iter().map(|v| lookup(values, *v)).collect::<Result<Vec<_>, _>>()?;
            let results = self.apply(op.spec, &operands, &op.attrs, loc)?;
            values.extend(op.results.iter().copied().zip(results));
        }
        Ok(())
    }

    fn apply(
        &mut self,
        spec: &'static OpSpec,
        operands: &[Source],
        attrs: &Attrs,
        loc: Loc,
    ) -> Result<Vec<Source>, KernelError> {
        let types: Vec<Type> =
            operands.iter().map(|&s| TensorType::new(self.dtype(s), self.shape(s).to_vec()).into()).collect();
        let refused = |why: String| KernelError::Operator { op: spec.name.to_string(), why, loc };
        match &spec.def {
            OpDef::Loops(loops) => {
                let loops = loops(&Infer::new(&types, attrs)).map_err(refused)?;
                Ok(vec![self.push(loops, operands)])
            }
            OpDef::Composite(build) => {
                let mut net = Net::new(spec.name);
                let params: Vec<ValueId> =
                    types.iter().map(|ty| net.add_param(Net::ENTRY, ty.clone())).collect();
                let mut builder = Builder::new(&mut net, Net::ENTRY, loc);
                let results = build(&mut builder, &params, attrs).map_err(|e| refused(e.to_string()))?;
                let mut values: HashMap<ValueId, Source> =
                    params.into_iter().zip(operands.iter().copied()).collect();
                self.add_block(&net, &mut values, Some(loc))?;
                results.iter().map(|v| lookup(&values, *v)).collect()
            }
            OpDef::Opaque { why, .. } => {
                Err(refused(format!("a library routine cannot be part of a subnet: {why}")))
            }
            OpDef::Host { .. } => {
                Err(refused("the host program's own operators cannot be part of a subnet".into()))
            }
        }
    }

    /// Makes every nest that speaks of a symbol read it from a rank-0 parameter.
    fn read_sym(&mut self, sym: Sym, source: Source) -> Result<(), KernelError> {
        for node in &mut self.nodes {
            if node.out.iter().chain(&node.reduce).any(|extent| extent.syms().contains(&sym)) {
                return Err(KernelError::internal("a kernel's extent depends on data"));
            }
            let places = node.reads.iter().flat_map(|read| read.index.iter().chain(&read.guard));
            let speaks = |term: &Term| term.syms().contains(&sym);
            if !places.chain([&node.body]).chain(&node.finish).any(speaks) {
                continue;
            }
            // Reads come after those that their places need.
            let count = node.reads.len();
            let replace = |term: &mut Term| {
                *term = term.substitute(&mut |node| match node {
                    Node::Load(k, dtype) if (*k as usize) < count => {
                        Some(Term::load(*k as usize + 1, *dtype))
                    }
                    Node::Sym(of) if *of == sym => Some(Term::load(0, DType::I64)),
                    _ => None,
                });
            };
            for read in &mut node.reads {
                read.index.iter_mut().chain(&mut read.guard).for_each(replace);
            }
            std::iter::once(&mut node.body).chain(&mut node.finish).for_each(replace);
            let otherwise = Scalar::i64(0);
            node.reads.insert(0, Input { source, dtype: DType::I64, index: vec![], guard: None, otherwise });
        }
        Ok(())
    }

    /// Appends one operator's nest.
    fn push(&mut self, loops: Loops, operands: &[Source]) -> Source {
        let dtype = loops.dtype();
        let reads = loops
            .reads
            .into_iter()
            .map(|read| {
                let source = operands[read.operand];
                let shape = self.shape(source).to_vec();
                // Indices that come from data are clamped into the operand; the row relies on it.
                let index = read
                    .index
                    .into_iter()
                    .zip(shape)
                    .map(|(at, dim)| if loads(at) { clamp(at, dim) } else { at });
                Input {
                    source,
                    dtype: read.dtype,
                    index: index.collect(),
                    guard: read.guard.filter(|g| g.as_bool() != Some(true)),
                    otherwise: read.otherwise,
                }
            })
            .collect();
        let finish = loops.narrow.map(|narrow| Term::load(REDUCED, loops.body.dtype()).cast(narrow));
        self.nodes.push(NestNode {
            out: loops.out,
            reduce: loops.reduce,
            reads,
            body: loops.body,
            reduction: loops.reduction,
            finish,
            dtype,
            place: None,
        });
        Source::Node(self.nodes.len() - 1)
    }
}

fn lookup(values: &HashMap<ValueId, Source>, value: ValueId) -> Result<Source, KernelError> {
    values.get(&value).copied().ok_or_else(|| {
        KernelError::internal(
            "a value of a subnet is neither a parameter nor computed in it; weights must be parameters",
        )
    })
}

/// Whether the term depends on an element that was read.
pub fn loads(term: Term) -> bool {
    term.postorder().iter().any(|t| matches!(t.node(), Node::Load(..)))
}

fn clamp(at: Term, dim: Term) -> Term {
    at.min(dim - Term::int(1)).max(Term::int(0))
}

impl NestNode {
    /// Number of output axes.
    pub fn rank(&self) -> usize {
        self.out.len()
    }
}
