//! Tensor terms: applications of rows of the operator table, as the symbolic engine sees them.
//!
//! The head is the row. Arguments are its operands and, last, its attributes as a leaf of their own, so that a rule binds
//! attributes to a slot like anything else. What is known of a class is the type of its tensor: terms of different types are
//! never made equal, and terms that may fail are never made at all.

use braid_ir::ops::{Effects, Infer, OpDef, OpSpec};
use braid_ir::{Attrs, Type, TensorType, ValueId};
use braid_symbolic::facts::Facts;
use braid_symbolic::egraph::{Computed, Language, Role, Shape};
use braid_symbolic::term::{Args, Term};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// What stands at the root of a tensor term.
#[derive(Clone)]
pub enum Head {
    /// An application of a row.
    Op(&'static OpSpec),
    /// The attributes of an application.
    Fixed(Arc<Fixed>),
    /// A value from outside: a weight, a parameter, or the result of what is no term.
    Leaf(Arc<Leaf>),
    /// A function of what is known of its arguments. In rules only.
    Compute(&'static Function),
}

/// Attributes, compared by their text.
pub struct Fixed {
    /// The attributes.
    pub attrs: Attrs,
    text: String,
}

/// A value from outside.
#[derive(Debug)]
pub struct Leaf {
    /// The value.
    pub value: ValueId,
    /// Its type.
    pub ty: TensorType,
    /// Whether its elements are known when the program is compiled.
    pub constant: bool,
}

/// A function of types and attributes.
pub struct Function {
    /// The name in rules.
    pub name: &'static str,
    /// What it makes; `None` where the rule that calls it does not apply.
    pub run: fn(&[&Data]) -> Option<Data>,
}

/// What is known of a class.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// A tensor of a type.
    Tensor {
        /// Its type.
        ty: TensorType,
        /// Whether its elements are known when the program is compiled.
        constant: bool,
    },
    /// Attributes.
    Fixed(Arc<Fixed>),
    /// The answer to a condition.
    Truth(bool),
    /// Which match of a group.
    Place(usize),
    /// No tensor, or one that is not certain to have a value.
    Wrong,
}

impl Data {
    /// The type of a tensor.
    pub fn ty(&self) -> Option<&TensorType> {
        match self {
            Data::Tensor { ty, .. } => Some(ty),
            _ => None,
        }
    }

    /// The attributes.
    pub fn attrs(&self) -> Option<&Attrs> {
        match self {
            Data::Fixed(fixed) => Some(&fixed.attrs),
            _ => None,
        }
    }

    /// Whether a tensor is known when the program is compiled.
    pub fn is_constant(&self) -> bool {
        matches!(self, Data::Tensor { constant: true, .. })
    }
}

impl Fixed {
    /// Attributes, completed.
    pub fn new(attrs: Attrs) -> Fixed {
        let text = format!("{attrs:?}");
        Fixed { attrs, text }
    }
}

impl fmt::Debug for Fixed {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("{")?;
        for (at, (name, value)) in self.attrs.iter().enumerate() {
            write!(f, "{}{name} = {value:?}", if at > 0 { ", " } else { "" })?;
        }
        f.write_str("}")
    }
}

impl PartialEq for Fixed {
    fn eq(&self, other: &Fixed) -> bool {
        self.text == other.text
    }
}

impl Eq for Fixed {}

impl PartialEq for Head {
    fn eq(&self, other: &Head) -> bool {
        match (self, other) {
            (Head::Op(a), Head::Op(b)) => a.name == b.name,
            (Head::Fixed(a), Head::Fixed(b)) => a == b,
            (Head::Leaf(a), Head::Leaf(b)) => a.value == b.value,
            (Head::Compute(a), Head::Compute(b)) => a.name == b.name,
            _ => false,
        }
    }
}

impl Eq for Head {}

impl Hash for Head {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Head::Op(spec) => spec.name.hash(state),
            Head::Fixed(fixed) => fixed.text.hash(state),
            Head::Leaf(leaf) => leaf.value.hash(state),
            Head::Compute(function) => (1, function.name).hash(state),
        }
    }
}

impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Head::Op(spec) => f.write_str(spec.name),
            Head::Fixed(fixed) => write!(f, "{fixed:?}"),
            Head::Leaf(leaf) => write!(f, "{}", leaf.value),
            Head::Compute(function) => f.write_str(function.name),
        }
    }
}

/// A tensor term. Its depth is that of the piece of a block that it comes from.
#[derive(Clone)]
pub struct TensorTerm(Arc<Node>);

struct Node {
    hash: u64,
    head: Head,
    args: Args<TensorTerm>,
}

impl PartialEq for TensorTerm {
    fn eq(&self, other: &TensorTerm) -> bool {
        let (a, b) = (&self.0, &other.0);
        Arc::ptr_eq(a, b) || a.hash == b.hash && a.head == b.head && a.args == b.args
    }
}

impl Eq for TensorTerm {}

impl Hash for TensorTerm {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.hash);
    }
}

impl fmt::Debug for TensorTerm {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{:?}", self.0.head)?;
        if !self.0.args.is_empty() {
            f.debug_list().entries(&self.0.args).finish()?;
        }
        Ok(())
    }
}

impl Term for TensorTerm {
    type Head = Head;

    fn head(&self) -> Head {
        self.0.head.clone()
    }

    fn args(&self) -> Args<TensorTerm> {
        self.0.args.clone()
    }

    fn make(head: &Head, args: &[TensorTerm]) -> TensorTerm {
        let mut state = std::hash::DefaultHasher::new();
        head.hash(&mut state);
        args.iter().for_each(|arg| arg.hash(&mut state));
        TensorTerm(Arc::new(Node { hash: state.finish(), head: head.clone(), args: args.into() }))
    }

    fn is_ac(_: &Head) -> bool {
        false
    }
}

/// Whether applications of a row are terms: pure index math with one result.
pub fn is_term(spec: &OpSpec) -> bool {
    spec.effects == Effects::Pure && matches!(spec.def, OpDef::Loops(_))
}

/// The type of an application that is certain to have a value.
pub fn type_of(spec: &'static OpSpec, operands: &[Type], attrs: &Attrs) -> Option<TensorType> {
    let infer = Infer::new(operands, attrs);
    let inferred = spec.infer(&infer).ok()?;
    let open = !infer.assumed.borrow().is_empty() || !infer.required.borrow().is_empty();
    match inferred.results.into_iter().next() {
        Some(Type::Tensor(ty)) if !open => Some(ty),
        _ => None,
    }
}

/// The attributes of an application among the data of its arguments, and how many of these are operands.
pub fn attrs_among(spec: &OpSpec, args: &[&Data]) -> Option<(Attrs, usize)> {
    if spec.attributes.is_empty() {
        return Some((Attrs::default(), args.len()));
    }
    let (last, operands) = args.split_last()?;
    Some((last.attrs()?.clone(), operands.len()))
}

fn application(spec: &'static OpSpec, args: &[&Data]) -> Option<Data> {
    let (attrs, count) = attrs_among(spec, args)?;
    let types: Option<Vec<Type>> = args[..count].iter().map(|d| d.ty().cloned().map(Type::Tensor)).collect();
    let ty = type_of(spec, &types?, &attrs)?;
    let symbolic = attrs.iter().any(|(_, attr)| !attr.syms().is_empty());
    let constant = !symbolic && ty.fixed_shape().is_some() && args[..count].iter().all(|d| d.is_constant());
    Some(Data::Tensor { ty, constant })
}

impl Language for TensorTerm {
    type Data = Data;

    fn role(_: &Head) -> Role {
        Role::Plain
    }

    fn head_of(_: Role) -> Option<Head> {
        None
    }

    fn data(shape: &Shape<&Head, &Data>) -> Data {
        let Shape::Plain(head, args) = shape else { return Data::Wrong };
        match head {
            Head::Leaf(leaf) => Data::Tensor { ty: leaf.ty.clone(), constant: leaf.constant },
            Head::Fixed(fixed) => Data::Fixed(fixed.clone()),
            Head::Op(spec) => application(spec, args).unwrap_or(Data::Wrong),
            Head::Compute(function) => (function.run)(args).unwrap_or(Data::Wrong),
        }
    }

    fn merge(data: &mut Data, other: Data) -> (bool, bool) {
        match (data, other) {
            (Data::Tensor { constant, .. }, Data::Tensor { constant: other, .. }) => {
                let before = *constant;
                *constant |= other;
                (*constant != before, *constant != other)
            }
            (data, other) if *data == other => (false, false),
            (data, _) => {
                *data = Data::Wrong;
                (true, true)
            }
        }
    }

    fn is_total(data: &Data) -> bool {
        *data != Data::Wrong
    }

    fn facts(data: &Data) -> Facts {
        match data {
            Data::Truth(true) => Facts::POS.with(Facts::TOTAL),
            Data::Truth(false) => Facts::ZERO.with(Facts::TOTAL),
            _ => Facts::REAL,
        }
    }

    fn computed(head: &Head, args: &[&Data]) -> Computed<Head> {
        let Head::Compute(function) = head else { return Computed::Itself };
        match (function.run)(args) {
            Some(Data::Fixed(fixed)) => Computed::Head(Head::Fixed(fixed)),
            _ => Computed::Nothing,
        }
    }

    fn may_join(a: &Data, b: &Data) -> bool {
        matches!((a.ty(), b.ty()), (Some(a), Some(b)) if a == b)
    }
}
