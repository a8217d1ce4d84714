//! Attributes: what an operator application fixes when the program is compiled.

use crate::dtype::{DType, Scalar};
use crate::tensor::Tensor;
use crate::term::{Sym, Term};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum Attr {
    /// A truth value.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A list of integers.
    Ints(Vec<i64>),
    /// A float.
    Float(f64),
    /// A list of floats.
    Floats(Vec<f64>),
    /// A name or a message.
    Str(String),
    /// An element type.
    DType(DType),
    /// A constant element.
    Scalar(Scalar),
    /// An integer or `bool` term over symbols.
    Term(Term),
    /// A list of integer terms: a shape, offsets.
    Terms(Vec<Term>),
    /// A small constant tensor.
    Tensor(Arc<Tensor>),
}

/// The kind of an attribute, as the operator table declares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttrKind {
    /// [`Attr::Bool`].
    Bool,
    /// [`Attr::Int`].
    Int,
    /// [`Attr::Ints`].
    Ints,
    /// [`Attr::Float`].
    Float,
    /// [`Attr::Floats`].
    Floats,
    /// [`Attr::Str`].
    Str,
    /// [`Attr::DType`].
    DType,
    /// [`Attr::Scalar`].
    Scalar,
    /// [`Attr::Term`].
    Term,
    /// [`Attr::Terms`].
    Terms,
    /// [`Attr::Tensor`].
    Tensor,
}

impl Attr {
    /// The kind.
    pub const fn kind(&self) -> AttrKind {
        match self {
            Attr::Bool(_) => AttrKind::Bool,
            Attr::Int(_) => AttrKind::Int,
            Attr::Ints(_) => AttrKind::Ints,
            Attr::Float(_) => AttrKind::Float,
            Attr::Floats(_) => AttrKind::Floats,
            Attr::Str(_) => AttrKind::Str,
            Attr::DType(_) => AttrKind::DType,
            Attr::Scalar(_) => AttrKind::Scalar,
            Attr::Term(_) => AttrKind::Term,
            Attr::Terms(_) => AttrKind::Terms,
            Attr::Tensor(_) => AttrKind::Tensor,
        }
    }

    /// The value as another kind where that loses nothing: an integer as a term, integers as terms, an integer as a float.
    pub fn coerce(self, kind: AttrKind) -> Result<Attr, Attr> {
        Ok(match (self, kind) {
            (attr, kind) if attr.kind() == kind => attr,
            (Attr::Int(v), AttrKind::Term) => Attr::Term(Term::int(v)),
            (Attr::Int(v), AttrKind::Float) => Attr::Float(v as f64),
            (Attr::Ints(v), AttrKind::Terms) => Attr::Terms(v.into_iter().map(Term::int).collect()),
            (Attr::Ints(v), AttrKind::Floats) => Attr::Floats(v.into_iter().map(|v| v as f64).collect()),
            (Attr::Floats(v), AttrKind::Ints) if v.is_empty() => Attr::Ints(vec![]),
            (Attr::Terms(v), AttrKind::Ints) if v.iter().all(|t| t.as_int().is_some()) => {
                Attr::Ints(v.into_iter().filter_map(|t| t.as_int()).collect())
            }
            (Attr::Term(t), AttrKind::Int) if t.as_int().is_some() => {
                Attr::Int(t.as_int().unwrap_or_default())
            }
            (attr, _) => return Err(attr),
        })
    }

    /// The symbols that the attribute mentions.
    pub fn syms(&self) -> Vec<Sym> {
        match self {
            Attr::Term(t) => t.syms(),
            Attr::Terms(ts) => ts.iter().flat_map(|t| t.syms()).collect(),
            _ => vec![],
        }
    }

    /// The attribute with symbols replaced.
    ///
    /// # Errors
    /// If index arithmetic overflows.
    pub fn try_subst(&self, map: &HashMap<Sym, Term>) -> Result<Attr, String> {
        Ok(match self {
            Attr::Term(t) => Attr::Term(t.try_subst_syms(map)?),
            Attr::Terms(ts) => {
                Attr::Terms(ts.iter().map(|t| t.try_subst_syms(map)).collect::<Result<_, _>>()?)
            }
            other => other.clone(),
        })
    }
}

/// Attributes by name. After [`super::OpSpec::complete`] every declared one is there with its declared kind, so the
/// accessors assert.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attrs(BTreeMap<&'static str, Attr>);

impl<const N: usize> From<[(&'static str, Attr); N]> for Attrs {
    fn from(pairs: [(&'static str, Attr); N]) -> Attrs {
        Attrs(BTreeMap::from(pairs))
    }
}

macro_rules! accessor {
    ($($method:ident $variant:ident $ty:ty;)*) => {$(
        /// The attribute of this kind and name.
        ///
        /// # Panics
        /// If the row does not declare it.
        pub fn $method(&self, name: &str) -> &$ty {
            match self.0.get(name) {
                Some(Attr::$variant(value)) => value,
                other => panic!("attribute {name} is {other:?}: the row does not declare it so"),
            }
        }
    )*};
}

impl Attrs {
    accessor! {
        bool Bool bool;
        int Int i64;
        ints Ints [i64];
        float Float f64;
        floats Floats [f64];
        str Str str;
        dtype DType DType;
        scalar Scalar Scalar;
        term Term Term;
        terms Terms [Term];
        tensor Tensor Arc<Tensor>;
    }

    /// The attribute, if it is there.
    pub fn get(&self, name: &str) -> Option<&Attr> {
        self.0.get(name)
    }

    /// Sets an attribute.
    pub fn set(&mut self, name: &'static str, value: Attr) {
        self.0.insert(name, value);
    }

    /// All attributes, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Attr)> {
        self.0.iter().map(|(name, value)| (*name, value))
    }

    /// All attributes with symbols replaced.
    ///
    /// # Panics
    /// If index arithmetic overflows (see [`Attrs::try_subst`]).
    pub fn subst(&self, map: &HashMap<Sym, Term>) -> Attrs {
        match self.try_subst(map) {
            Ok(attrs) => attrs,
            Err(why) => panic!("{why}"),
        }
    }

    /// [`Attrs::subst`] by values that come from outside.
    ///
    /// # Errors
    /// If index arithmetic overflows.
    pub fn try_subst(&self, map: &HashMap<Sym, Term>) -> Result<Attrs, String> {
        let pairs = self.0.iter().map(|(name, value)| Ok((*name, value.try_subst(map)?)));
        Ok(Attrs(pairs.collect::<Result<_, String>>()?))
    }
}
