//! Runs nets: blocks, gates, symbols, and operators by their rows.

use super::fill;
use super::kernel::Kernel;
use crate::dtype::{DType, Scalar};
use crate::net::{BlockId, Builder, Def, Edge, Loc, Net, OpId, SymDef, Terminator, ValueId};
use crate::ops::attrs::{Attr, Attrs};
use crate::ops::{Effects, EvalContext, Infer, OpDef, OpSpec, Value};
use crate::tensor::Tensor;
use crate::term::{Node, Sym, Term};
use crate::types::{TensorType, Type};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

/// How to run a net.
#[derive(Clone, Debug)]
pub struct Options {
    /// Seed of the program's random generator.
    pub seed: u64,
    /// Limit on operators and block ends executed, so that an endless loop ends.
    pub max_steps: u64,
    /// Sides that gates are made to take, by the block that ends in the gate: entry `k` on the k-th visit, whatever the
    /// condition. Visits beyond the list follow the condition.
    pub forced: HashMap<BlockId, Vec<bool>>,
}

impl Default for Options {
    fn default() -> Options {
        Options { seed: 0, max_steps: 50_000_000, forced: HashMap::new() }
    }
}

/// What a run gave.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The results; a sequence stands for all its elements.
    pub outputs: Vec<Arc<Tensor>>,
    /// Gates in order, with the side taken (forced or not).
    pub path: Vec<(BlockId, bool)>,
    /// What the program printed, in the pieces in which it did; line ends are part of them.
    pub printed: Vec<String>,
}

/// Why a run gave no result.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EvalError {
    /// The program raises, or an operator fails on this data.
    #[error("{message}")]
    Raised {
        /// The exception, such as `ValueError: …`.
        message: String,
        /// The user's line.
        loc: Loc,
    },
    /// A condition on input dimensions does not hold.
    #[error("the program needs {condition}: {reason}")]
    GuardFailed {
        /// The condition.
        condition: Term,
        /// What relies on it.
        reason: String,
        /// Where it comes from.
        loc: Loc,
    },
    /// The inputs are not what the net takes.
    #[error("{0}")]
    BadInput(String),
    /// The limit on steps is reached.
    #[error("no result after {limit} steps")]
    StepLimit {
        /// The limit.
        limit: u64,
        /// The user's line it had come to.
        loc: Loc,
    },
}

/// Runs a net on inputs.
///
/// # Errors
/// See [`EvalError`].
pub fn run<I: Clone + Into<Value>>(net: &Net, inputs: &[I], options: &Options) -> Result<Outcome, EvalError> {
    run_observed(net, inputs, options, &mut |_, _| {})
}

/// Runs a net and shows `observe` each operator with its results, in order.
///
/// # Errors
/// See [`EvalError`].
pub fn run_observed<I: Clone + Into<Value>>(
    net: &Net,
    inputs: &[I],
    options: &Options,
    observe: &mut dyn FnMut(OpId, &[Value]),
) -> Result<Outcome, EvalError> {
    let mut frame = Frame::new(net);
    frame.take_inputs(inputs.iter().cloned().map(Into::into).collect())?;
    for guard in &net.guards {
        if guard.condition.subst_syms(&frame.syms).as_bool() != Some(true) {
            let (condition, reason, loc) = (guard.condition, guard.reason.clone(), guard.loc);
            if guard.raises {
                return Err(EvalError::Raised { message: reason, loc });
            }
            return Err(EvalError::GuardFailed { condition, reason, loc });
        }
    }
    let mut world = World { seed: options.seed, ..World::default() };
    let mut sites = Sites::default();
    let mut path = vec![];
    let mut visits: HashMap<BlockId, usize> = HashMap::new();
    let (mut block, mut steps) = (Net::ENTRY, 0);
    loop {
        let data = net.block(block);
        for &id in &data.ops {
            steps += 1;
            let results = frame.op(id, &mut sites, &mut world)?;
            observe(id, &results);
            frame.assign(&net.op(id).results, results);
        }
        steps += 1;
        if steps > options.max_steps {
            return Err(EvalError::StepLimit { limit: options.max_steps, loc: data.loc });
        }
        block = match &data.end {
            Terminator::Jump(edge) => frame.follow(edge)?,
            Terminator::Branch { condition, yes, no } => {
                let visit = visits.entry(block).or_insert(0);
                let forced = options.forced.get(&block).and_then(|sides| sides.get(*visit)).copied();
                *visit += 1;
                let side = match forced {
                    Some(side) => side,
                    None => frame.condition(*condition, data.loc)?,
                };
                path.push((block, side));
                frame.follow(if side { yes } else { no })?
            }
            Terminator::Return(values) => {
                let mut outputs = vec![];
                for &value in values {
                    match frame.get(value)? {
                        Value::Tensor(tensor) => outputs.push(tensor),
                        Value::Seq(tensors) => outputs.extend(tensors),
                    }
                }
                return Ok(Outcome { outputs, path, printed: world.printed });
            }
            Terminator::Fail { message, operands } => {
                let operands = operands.iter().map(|&v| frame.get(v)).collect::<Result<Vec<_>, _>>()?;
                let message = fill(message, &operands).unwrap_or_else(|why| why);
                return Err(EvalError::Raised { message, loc: data.loc });
            }
            Terminator::Open => return Err(raised("the program ends in an open block", data.loc)),
        };
    }
}

/// Evaluates one operator on known operands, for constant folding. Attributes are completed; every term in them must be
/// a constant. Types of sequence operands are read off their elements; use [`eval_op_typed`] where they matter.
///
/// # Errors
/// What is wrong with operands or attributes, what the operator raises on this data, or that it draws random numbers.
pub fn eval_op(spec: &'static OpSpec, operands: &[Value], attrs: Attrs) -> Result<Vec<Value>, String> {
    let types = operands.iter().map(type_of).collect::<Result<Vec<_>, _>>()?;
    eval_op_typed(spec, operands, &types, attrs)
}

/// As [`eval_op`], with the declared types of the operands.
///
/// # Errors
/// As [`eval_op`].
pub fn eval_op_typed(
    spec: &'static OpSpec,
    operands: &[Value],
    types: &[Type],
    attrs: Attrs,
) -> Result<Vec<Value>, String> {
    if spec.effects == Effects::Random {
        return Err(format!("{} draws random numbers, so it has no constant value", spec.name));
    }
    eval_op_any(spec, operands, types, attrs)
}

/// As [`eval_op_typed`], and random operators draw as the first of a program with seed 0.
pub(super) fn eval_op_any(
    spec: &'static OpSpec,
    operands: &[Value],
    types: &[Type],
    attrs: Attrs,
) -> Result<Vec<Value>, String> {
    if !spec.operands.accepts(operands.len()) {
        return Err(format!("takes {:?} operands, not {}", spec.operands, operands.len()));
    }
    let attrs = spec.complete(attrs)?;
    let prepared = prepare(spec, types, &attrs)?;
    execute(spec, &prepared, operands, types, &attrs, &mut Sites::default(), &mut World::default())
}

/// What operators see besides their operands.
#[derive(Default)]
struct World {
    seed: u64,
    draws: u64,
    printed: Vec<String>,
}

/// What an operator needs to run on operands of given types, computed once.
#[derive(Clone)]
enum Prepared {
    Loops(Rc<Kernel>),
    Parts(Rc<(Net, Vec<ValueId>)>),
    Routine,
}

/// What one operator application did last: repeated runs on the same shapes prepare nothing again.
struct Site {
    types: Vec<Type>,
    attrs: Attrs,
    prepared: Prepared,
    inner: Sites,
}

#[derive(Default)]
struct Sites(HashMap<OpId, Box<Site>>);

fn type_of(value: &Value) -> Result<Type, String> {
    match value {
        Value::Tensor(t) => Ok(TensorType::fixed(t.dtype(), t.shape()).into()),
        Value::Seq(tensors) => {
            let first = tensors.first().ok_or("an empty sequence does not tell its type")?;
            if tensors.iter().any(|t| t.rank() != first.rank()) {
                return Ok(Type::Seq(first.dtype(), None));
            }
            let same = |i: usize| tensors.iter().all(|t| t.shape().get(i) == first.shape().get(i));
            let dims = first.shape().iter().enumerate().map(|(i, &d)| same(i).then_some(Term::from(d)));
            Ok(Type::Seq(first.dtype(), Some(dims.collect())))
        }
    }
}

fn prepare(spec: &'static OpSpec, types: &[Type], attrs: &Attrs) -> Result<Prepared, String> {
    match &spec.def {
        OpDef::Loops(loops) => {
            let infer = Infer::new(types, attrs);
            let loops = loops(&infer)?;
            let shapes: Vec<Vec<usize>> = types
                .iter()
                .map(|ty| ty.as_tensor().and_then(|t| t.fixed_shape()).ok_or("an operand has no fixed shape"))
                .collect::<Result<_, _>>()?;
            let shapes: Vec<&[usize]> = shapes.iter().map(|s| s.as_slice()).collect();
            Ok(Prepared::Loops(Rc::new(Kernel::new(&loops, &shapes)?)))
        }
        OpDef::Composite(build) => {
            let mut net = Net::new(spec.name);
            let operands: Vec<ValueId> =
                types.iter().map(|ty| net.add_param(Net::ENTRY, ty.clone())).collect();
            let results = build(&mut Builder::new(&mut net, Net::ENTRY, Loc::default()), &operands, attrs);
            let results = results.map_err(|e| e.to_string())?;
            Ok(Prepared::Parts(Rc::new((net, results))))
        }
        OpDef::Opaque { infer, .. } | OpDef::Host { infer, .. } => {
            infer(&Infer::new(types, attrs))?;
            Ok(Prepared::Routine)
        }
    }
}

fn execute(
    spec: &'static OpSpec,
    prepared: &Prepared,
    operands: &[Value],
    types: &[Type],
    attrs: &Attrs,
    inner: &mut Sites,
    world: &mut World,
) -> Result<Vec<Value>, String> {
    match (prepared, &spec.def) {
        (Prepared::Loops(kernel), _) => {
            let tensors = operands
                .iter()
                .map(|v| match v {
                    Value::Tensor(t) => Ok(t.as_ref()),
                    Value::Seq(_) => Err("a sequence is no operand of index math".to_string()),
                })
                .collect::<Result<Vec<&Tensor>, _>>()?;
            Ok(vec![Value::Tensor(Arc::new(kernel.run(&tensors)?))])
        }
        (Prepared::Parts(parts), _) => {
            let (net, results) = &**parts;
            let mut frame = Frame::new(net);
            frame.assign(&net.block(Net::ENTRY).params, operands.to_vec());
            for &id in &net.block(Net::ENTRY).ops {
                let values = frame.op(id, inner, world).map_err(|e| e.to_string())?;
                frame.assign(&net.op(id).results, values);
            }
            results.iter().map(|&v| frame.get(v).map_err(|e| e.to_string())).collect()
        }
        (Prepared::Routine, OpDef::Opaque { eval, .. } | OpDef::Host { eval, .. }) => {
            eval(&mut EvalContext {
                operands,
                types,
                attrs,
                draws: &mut world.draws,
                seed: world.seed,
                printed: &mut world.printed,
            })
        }
        (Prepared::Routine, _) => Err(format!("{} is no routine", spec.name)),
    }
}

fn raised(message: impl Into<String>, loc: Loc) -> EvalError {
    EvalError::Raised { message: message.into(), loc }
}

/// The values of a net while it runs.
struct Frame<'a> {
    net: &'a Net,
    values: Vec<Option<Value>>,
    /// Values of symbols, as constants.
    syms: HashMap<Sym, Term>,
    /// The symbols that each value defines.
    defines: HashMap<ValueId, Vec<Sym>>,
}

impl<'a> Frame<'a> {
    fn new(net: &'a Net) -> Frame<'a> {
        let mut defines: HashMap<ValueId, Vec<Sym>> = HashMap::new();
        for (&sym, def) in &net.syms {
            if let SymDef::Value(value) = def {
                defines.entry(*value).or_default().push(sym);
            }
        }
        Frame { net, values: vec![None; net.values.len()], syms: HashMap::new(), defines }
    }

    /// Checks the inputs against the entry's parameters and binds their symbolic dimensions.
    fn take_inputs(&mut self, inputs: Vec<Value>) -> Result<(), EvalError> {
        let params = &self.net.block(Net::ENTRY).params;
        if inputs.len() != params.len() {
            return Err(EvalError::BadInput(format!(
                "the program takes {} inputs, not {}",
                params.len(),
                inputs.len()
            )));
        }
        let name = |i: usize| self.net.inputs.get(i).cloned().unwrap_or_else(|| i.to_string());
        for (i, (input, &param)) in inputs.iter().zip(params).enumerate() {
            let misfit = |found: String| {
                EvalError::BadInput(format!("input {} must be {}, not {found}", name(i), self.net.ty(param)))
            };
            let input = match (input, self.net.ty(param)) {
                (Value::Tensor(input), Type::Tensor(_)) => input,
                (Value::Seq(elements), Type::Seq(dtype, dims)) => {
                    let fits = |element: &&Arc<Tensor>| {
                        element.dtype() == *dtype
                            && dims.as_ref().is_none_or(|dims| {
                                let mut known = dims.iter().zip(element.shape());
                                element.rank() == dims.len()
                                    && known.all(|(dim, &size)| dim.is_none_or(|dim| dim == Term::from(size)))
                            })
                    };
                    match elements.iter().find(|element| !fits(element)) {
                        Some(other) => {
                            let found = TensorType::fixed(other.dtype(), other.shape());
                            return Err(misfit(format!("a list with {found}")));
                        }
                        None => continue,
                    }
                }
                (Value::Seq(_), _) => return Err(misfit("a list".to_string())),
                (Value::Tensor(_), _) => return Err(misfit("a tensor".to_string())),
            };
            let found = TensorType::fixed(input.dtype(), input.shape());
            let fits =
                self.net.tensor_ty(param).filter(|ty| ty.dtype == input.dtype() && ty.rank() == input.rank());
            let Some(expected) = fits else { return Err(misfit(found.to_string())) };
            for (dim, &size) in expected.shape.iter().zip(&found.shape) {
                if let Node::Sym(sym) = dim.node() {
                    if size.as_int() == Some(0) {
                        return Err(EvalError::BadInput(format!(
                            "input {}: dimension {dim} must be at least 1",
                            name(i)
                        )));
                    }
                    self.syms.entry(sym).or_insert(size);
                }
            }
        }
        for (i, (input, &param)) in inputs.iter().zip(params).enumerate() {
            let Value::Tensor(input) = input else { continue };
            let expected = self.net.ty(param).subst(&self.syms);
            let found = Type::from(TensorType::fixed(input.dtype(), input.shape()));
            if expected != found {
                let declared = self.net.ty(param);
                let bound = if *declared == expected { String::new() } else { format!(" (here {expected})") };
                return Err(EvalError::BadInput(format!(
                    "input {} must be {declared}{bound}, not {found}",
                    name(i)
                )));
            }
        }
        self.assign(params, inputs);
        Ok(())
    }

    fn assign(&mut self, values: &[ValueId], contents: Vec<Value>) {
        for (&value, content) in values.iter().zip(contents) {
            if let (Some(syms), Value::Tensor(t)) = (self.defines.get(&value), &content)
                && t.len() == 1
            {
                for &sym in syms {
                    self.syms.insert(sym, Term::constant(t.get(0)));
                }
            }
            self.values[value.index()] = Some(content);
        }
    }

    fn get(&self, value: ValueId) -> Result<Value, EvalError> {
        match (&self.values[value.index()], self.net.value(value).def) {
            (Some(content), _) => Ok(content.clone()),
            (None, Def::Weight(weight)) => Ok(Value::Tensor(self.net.weights[weight.index()].data.clone())),
            (None, _) => Err(raised(format!("{value} is used before it is computed"), Loc::default())),
        }
    }

    fn condition(&self, value: ValueId, loc: Loc) -> Result<bool, EvalError> {
        match self.get(value)? {
            Value::Tensor(t) if t.dtype() == DType::Bool && t.len() == 1 => {
                Ok(t.get(0) == Scalar::Bool(true))
            }
            _ => Err(raised(format!("the condition {value} is no bool[]"), loc)),
        }
    }

    /// Passes the arguments of an edge, all at once; answers the block it leads to.
    fn follow(&mut self, edge: &Edge) -> Result<BlockId, EvalError> {
        let args = edge.args.iter().map(|&v| self.get(v)).collect::<Result<Vec<_>, _>>()?;
        let net = self.net;
        self.assign(&net.block(edge.block).params, args);
        Ok(edge.block)
    }

    /// The results of one operator.
    fn op(&self, id: OpId, sites: &mut Sites, world: &mut World) -> Result<Vec<Value>, EvalError> {
        let op = self.net.op(id);
        let failed = |message: String| raised(message, op.loc);
        let operands = op.operands.iter().map(|&v| self.get(v)).collect::<Result<Vec<_>, _>>()?;
        let types: Vec<Type> = operands
            .iter()
            .zip(&op.operands)
            .map(|(content, &v)| match content {
                Value::Tensor(t) => TensorType::fixed(t.dtype(), t.shape()).into(),
                Value::Seq(_) => self.net.ty(v).subst(&self.syms),
            })
            .collect();
        let symbolic = op.attrs.iter().any(|(_, attr)| matches!(attr, Attr::Term(_) | Attr::Terms(_)));
        let bound = symbolic.then(|| op.attrs.try_subst(&self.syms)).transpose().map_err(failed)?;
        let attrs = bound.as_ref().unwrap_or(&op.attrs);
        let site = match sites.0.entry(id) {
            std::collections::hash_map::Entry::Occupied(entry)
                if entry.get().types == types && entry.get().attrs == *attrs =>
            {
                entry.into_mut()
            }
            entry => {
                let named = |message: String| failed(format!("{}: {message}", op.spec.name));
                let prepared = prepare(op.spec, &types, attrs).map_err(named)?;
                let site =
                    Site { types: types.clone(), attrs: attrs.clone(), prepared, inner: Sites::default() };
                entry.insert_entry(Box::new(site)).into_mut()
            }
        };
        let prepared = site.prepared.clone();
        execute(op.spec, &prepared, &operands, &types, attrs, &mut site.inner, world).map_err(failed)
    }
}
