//! The operator table: one row per tensor operator, and everything that follows from a row.
//!
//! A row says what an operator *is*; shape inference, verification, reference evaluation, printing and parsing,
//! documentation and the loop nests of every backend are derived from it. No other file names an operator, importers'
//! rows apart. Names and meanings follow StableHLO and ONNX.
//!
//! Four kinds of definition ([`OpDef`]): index math ([`Loops`]), a composition of other rows, a library routine for what
//! depends on data (`Opaque`), and integer arithmetic of the host program (`Host`).

pub mod attrs;
mod loops;
mod table;

pub use loops::{Loops, Read, Reduction, broadcast_index};
pub use table::{TABLE, index_of_code, order, random};

use crate::dtype::DType;
use crate::net::{BuildError, Builder, ValueId};
use crate::tensor::Tensor;
use crate::term::{Sym, Term};
use crate::types::{TensorType, Type};
use attrs::{Attr, AttrKind, Attrs};

/// A row of the operator table. Every field is mandatory.
#[derive(Debug)]
pub struct OpSpec {
    /// Name in the text form and in importers.
    pub name: &'static str,
    /// What it computes, with shapes and the definition it follows.
    pub doc: &'static str,
    /// How many operands.
    pub operands: Arity,
    /// The attributes.
    pub attributes: &'static [AttrSpec],
    /// What it is.
    pub def: OpDef,
    /// Algebraic laws that rewriting may use.
    pub laws: &'static [Law],
    /// How results may differ between correct implementations.
    pub numerics: Numerics,
    /// What it does besides computing its results.
    pub effects: Effects,
    /// How it is differentiated.
    pub gradient: Gradient,
    /// Small cases with known results, in the text form: operands, attributes, result.
    pub examples: &'static [Example],
}

/// Number of operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arity {
    /// Exactly this many.
    Exactly(usize),
    /// This many or more.
    AtLeast(usize),
    /// Between the two, inclusive: trailing operands are optional.
    Between(usize, usize),
}

impl Arity {
    pub(crate) fn accepts(self, n: usize) -> bool {
        match self {
            Arity::Exactly(k) => n == k,
            Arity::AtLeast(k) => n >= k,
            Arity::Between(low, high) => (low..=high).contains(&n),
        }
    }
}

/// A declared attribute.
#[derive(Debug)]
pub struct AttrSpec {
    /// Its name.
    pub name: &'static str,
    /// Its kind.
    pub kind: AttrKind,
    /// Its value when not given; `None` makes it mandatory.
    pub default: Option<fn() -> Attr>,
    /// What it means.
    pub doc: &'static str,
}

/// Appends what a composite is made of and answers its results.
pub type Build = fn(&mut Builder, &[ValueId], &Attrs) -> Result<Vec<ValueId>, BuildError>;

/// What an operator is.
#[derive(Debug)]
pub enum OpDef {
    /// One result, whose every element is given by index math.
    Loops(fn(&Infer) -> Result<Loops, String>),
    /// Built from other rows.
    Composite(Build),
    /// A library routine, because size or order of the result depends on the data.
    Opaque {
        /// Why it is not index math.
        why: &'static str,
        /// Result types.
        infer: fn(&Infer) -> Result<Inferred, String>,
        /// Reference evaluation.
        eval: fn(&mut EvalContext) -> Result<Vec<Value>, String>,
        /// The runtime routine that computes it.
        kernel: &'static str,
    },
    /// Arithmetic over symbols, or an effect, that the host program performs itself.
    Host {
        /// Result types.
        infer: fn(&Infer) -> Result<Inferred, String>,
        /// Reference evaluation.
        eval: fn(&mut EvalContext) -> Result<Vec<Value>, String>,
    },
}

/// A value of the interpreter.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A tensor.
    Tensor(std::sync::Arc<Tensor>),
    /// A sequence of tensors.
    Seq(Vec<std::sync::Arc<Tensor>>),
}

impl From<std::sync::Arc<Tensor>> for Value {
    fn from(tensor: std::sync::Arc<Tensor>) -> Value {
        Value::Tensor(tensor)
    }
}

/// What reference evaluation of an opaque or host operator sees. Attributes have their symbols replaced by numbers.
pub struct EvalContext<'a> {
    /// Operands.
    pub operands: &'a [Value],
    /// Types of the operands, as the program declares them.
    pub types: &'a [Type],
    /// Attributes; every term in them is a constant.
    pub attrs: &'a Attrs,
    /// Number of random draws before this one; the operator adds its own.
    pub draws: &'a mut u64,
    /// Seed of the generator.
    pub seed: u64,
    /// Where `print` writes, if anywhere.
    pub printed: &'a mut Vec<String>,
}

impl<'a> EvalContext<'a> {
    /// Tensor operand number `i`.
    ///
    /// # Errors
    /// If there is none or it is a sequence.
    pub fn tensor(&self, i: usize) -> Result<&'a Tensor, String> {
        match self.operands.get(i) {
            Some(Value::Tensor(tensor)) => Ok(tensor),
            _ => Err(format!("operand {i} must be a tensor")),
        }
    }

    /// Tensor operand number `i`, to keep.
    ///
    /// # Errors
    /// As [`EvalContext::tensor`].
    pub fn shared(&self, i: usize) -> Result<std::sync::Arc<Tensor>, String> {
        match self.operands.get(i) {
            Some(Value::Tensor(tensor)) => Ok(tensor.clone()),
            _ => Err(format!("operand {i} must be a tensor")),
        }
    }

    /// Sequence operand number `i`.
    ///
    /// # Errors
    /// If there is none or it is a tensor.
    pub fn seq(&self, i: usize) -> Result<&'a [std::sync::Arc<Tensor>], String> {
        match self.operands.get(i) {
            Some(Value::Seq(tensors)) => Ok(tensors),
            _ => Err(format!("operand {i} must be a sequence")),
        }
    }
}

/// What shape inference sees.
pub struct Infer<'a> {
    /// Operand types.
    pub operands: &'a [Type],
    /// Attributes, completed.
    pub attrs: &'a Attrs,
    /// Dimensions that must be equal for the result to be right and that are not the same term: the caller decides
    /// whether they may be assumed equal (and guards it) or not.
    pub assumed: std::cell::RefCell<Vec<(Term, Term)>>,
    /// Further conditions that the result relies on and that are not decided here: they hold or the program raises.
    pub required: std::cell::RefCell<Vec<Requirement>>,
}

/// A condition over symbols that an operator relies on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The condition.
    pub condition: Term,
    /// What is wrong where it does not hold; `{0}` stands for value 0.
    pub message: String,
    /// Integers that the message shows.
    pub values: Vec<Term>,
}

impl<'a> Infer<'a> {
    /// Nothing assumed yet.
    pub fn new(operands: &'a [Type], attrs: &'a Attrs) -> Infer<'a> {
        Infer { operands, attrs, assumed: Default::default(), required: Default::default() }
    }

    /// Requires two dimensions to be equal. If they differ by more than a constant, that is not decided here and is
    /// recorded in [`Infer::assumed`].
    ///
    /// # Errors
    /// If they cannot be equal; `what` says what they are.
    pub fn equal(&self, a: Term, b: Term, what: &str) -> Result<(), String> {
        match a.equals(b).as_bool() {
            Some(true) => {}
            Some(false) => return Err(format!("{what} must be equal, but one is {a} and the other {b}")),
            None => self.assumed.borrow_mut().push((a, b)),
        }
        Ok(())
    }

    /// Requires a condition. If it is not decided here, it is recorded in [`Infer::required`].
    ///
    /// # Errors
    /// The message, filled in, if the condition does not hold.
    pub fn require(&self, condition: Term, message: &str, values: &[Term]) -> Result<(), String> {
        match condition.as_bool() {
            Some(true) => Ok(()),
            Some(false) => {
                let fill = |text: String, (k, value): (usize, &Term)| {
                    text.replace(&format!("{{{k}}}"), &value.to_string())
                };
                Err(values.iter().enumerate().fold(message.to_string(), fill))
            }
            None => {
                let (message, values) = (message.to_string(), values.to_vec());
                self.required.borrow_mut().push(Requirement { condition, message, values });
                Ok(())
            }
        }
    }

    /// The broadcast of shapes as [`broadcast`] has it; two different symbolic dimensions are required to be equal.
    ///
    /// # Errors
    /// The dimensions that do not fit.
    pub fn broadcast(&self, shapes: &[&[Term]]) -> Result<Vec<Term>, String> {
        broadcast_with(shapes, &mut |a, b| {
            if a.equals(b).as_bool() == Some(false) {
                return Err(misfit(a, b));
            }
            self.equal(a, b, "dimensions")
        })
    }

    /// The type of tensor operand number `i`.
    ///
    /// # Errors
    /// If there is none or it is a sequence.
    pub fn tensor(&self, i: usize) -> Result<&TensorType, String> {
        match self.operands.get(i) {
            Some(Type::Tensor(t)) => Ok(t),
            Some(other) => Err(format!("operand {i} must be a tensor, not {other}")),
            None => Err(format!("operand {i} is missing")),
        }
    }

    /// The element type of tensor operand number `i`.
    ///
    /// # Errors
    /// As [`Infer::tensor`].
    pub fn dtype(&self, i: usize) -> Result<DType, String> {
        Ok(self.tensor(i)?.dtype)
    }
}

/// Result types of an operator.
#[derive(Debug, Default)]
pub struct Inferred {
    /// The results' types. Sizes that depend on the data are placeholder symbols.
    pub results: Vec<Type>,
    /// `(i, placeholder)`: result `i`, an `i64[]`, is the size that `placeholder` stands for in the other results.
    pub sizes: Vec<(usize, Sym)>,
}

/// An algebraic law.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// f(a, b) = f(b, a).
    Commutative,
    /// f(f(a, b), c) = f(a, f(b, c)), up to rounding for floats.
    Associative,
    /// f(f(a)) = f(a).
    Idempotent,
    /// f(f(a)) = a.
    Involution,
    /// a <= b implies f(a) <= f(b).
    Monotone,
}

/// How results may differ between correct implementations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numerics {
    /// Bit for bit.
    Exact,
    /// A few units in the last place per element.
    Rounding,
    /// A sum whose order is free: the error grows with the number of terms.
    Reassociating,
}

/// What an operator does besides computing its results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effects {
    /// Nothing: it may be merged, moved and removed.
    Pure,
    /// Draws from the program's generator: order matters and it is not merged.
    Random,
    /// Writes output or may fail: it is kept, in order.
    Observable,
}

/// How an operator is differentiated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gradient {
    /// By differentiating its scalar body.
    FromBody,
    /// By differentiating what it is composed of.
    FromParts,
    /// Not, and why.
    NotSupported(&'static str),
}

/// A small case in the text form.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// Operands, such as `f32[3] [1, 2, 3]`.
    pub operands: &'static [&'static str],
    /// Attributes, such as `axes = [0]`.
    pub attributes: &'static str,
    /// The result.
    pub result: &'static str,
}

/// The row of this name.
pub fn find(name: &str) -> Option<&'static OpSpec> {
    use std::collections::HashMap;
    use std::sync::LazyLock;
    static INDEX: LazyLock<HashMap<&'static str, &'static OpSpec>> =
        LazyLock::new(|| TABLE.iter().flat_map(|rows| rows.iter()).map(|spec| (spec.name, spec)).collect());
    INDEX.get(name).copied()
}

impl OpSpec {
    /// Checks attributes against the declaration, coerces kinds and fills in defaults.
    ///
    /// # Errors
    /// If one is missing, unknown or of another kind.
    pub fn complete(&self, given: Attrs) -> Result<Attrs, String> {
        let mut result = Attrs::default();
        for spec in self.attributes {
            let value = match (given.get(spec.name), spec.default) {
                (Some(value), _) => value.clone().coerce(spec.kind).map_err(|found| {
                    format!("attribute {} must be {:?}, not {found:?}", spec.name, spec.kind)
                })?,
                (None, Some(default)) => default(),
                (None, None) => return Err(format!("attribute {} is missing", spec.name)),
            };
            result.set(spec.name, value);
        }
        if let Some((name, _)) =
            given.iter().find(|(name, _)| self.attributes.iter().all(|s| s.name != *name))
        {
            return Err(format!("there is no attribute {name}"));
        }
        Ok(result)
    }

    /// Result types for these operands.
    ///
    /// # Errors
    /// What is wrong with the operands, in the operator's terms.
    pub fn infer(&self, cx: &Infer) -> Result<Inferred, String> {
        crate::term::within_range(|| self.inferred(cx)).unwrap_or_else(Err)
    }

    fn inferred(&self, cx: &Infer) -> Result<Inferred, String> {
        if !self.operands.accepts(cx.operands.len()) {
            return Err(format!("takes {:?} operands, not {}", self.operands, cx.operands.len()));
        }
        let arithmetic = matches!(self.def, OpDef::Loops(_) | OpDef::Composite(_));
        if let Some(at) = cx.operands.iter().position(|ty| arithmetic && ty.as_tensor().is_none()) {
            return Err(format!("operand {at} is {}, not a tensor", cx.operands[at]));
        }
        // Terms are sizes and positions everywhere but in rows of the host.
        let host = matches!(self.def, OpDef::Host { .. });
        for (name, attr) in cx.attrs.iter() {
            let terms = match attr {
                Attr::Term(term) if !host => std::slice::from_ref(term),
                Attr::Terms(terms) => terms,
                _ => continue,
            };
            if let Some(term) = terms.iter().find(|term| term.dtype() != DType::I64) {
                return Err(format!("attribute {name} must be made of integers, and {term} is none"));
            }
        }
        match &self.def {
            OpDef::Loops(loops) => {
                let loops = loops(cx)?;
                Ok(Inferred { results: vec![loops.result_type().into()], sizes: vec![] })
            }
            OpDef::Opaque { infer, .. } | OpDef::Host { infer, .. } => infer(cx),
            OpDef::Composite(build) => {
                // The parts' inference is the composite's: build it aside and look at what comes out.
                let mut net = crate::net::Net::new("infer");
                let operands: Vec<ValueId> =
                    cx.operands.iter().map(|ty| net.add_param(crate::net::Net::ENTRY, ty.clone())).collect();
                let mut builder = Builder::new(&mut net, crate::net::Net::ENTRY, Default::default());
                let results = build(&mut builder, &operands, cx.attrs).map_err(|e| e.to_string())?;
                for guard in &net.guards {
                    if let [a, b] = guard.condition.args()[..] {
                        cx.equal(a, b, "dimensions")?;
                    }
                }
                let results = results.iter().map(|&v| net.ty(v).clone()).collect();
                Ok(Inferred { results, sizes: vec![] })
            }
        }
    }
}

/// The broadcast of shapes, aligned at their last dimension, as NumPy has it: a dimension 1 stretches. Two symbolic
/// dimensions must be the same term.
///
/// # Errors
/// The dimensions that do not fit.
pub fn broadcast(shapes: &[&[Term]]) -> Result<Vec<Term>, String> {
    broadcast_with(shapes, &mut |a, b| Err(misfit(a, b)))
}

fn misfit(a: Term, b: Term) -> String {
    format!("dimensions {a} and {b} do not broadcast")
}

type Equal<'a> = &'a mut dyn FnMut(Term, Term) -> Result<(), String>;

fn broadcast_with(shapes: &[&[Term]], equal: Equal) -> Result<Vec<Term>, String> {
    let rank = shapes.iter().map(|s| s.len()).max().unwrap_or(0);
    let mut result = vec![Term::int(1); rank];
    for shape in shapes {
        for (i, &dim) in shape.iter().enumerate() {
            let at = &mut result[rank - shape.len() + i];
            if *at == dim || dim.as_int() == Some(1) {
                continue;
            }
            if at.as_int() == Some(1) {
                *at = dim;
                continue;
            }
            equal(*at, dim)?;
            // Of two that are taken to be equal, a number says more than a symbol.
            if dim.as_int().is_some() {
                *at = dim;
            }
        }
    }
    Ok(result)
}
