//! Types of values: tensors with symbolic dimensions, and sequences of tensors.

use crate::dtype::DType;
use crate::term::{Sym, Term};
use std::collections::HashMap;
use std::fmt;

/// An element type and a shape; a dimension is an `i64` term over symbols.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TensorType {
    /// Element type.
    pub dtype: DType,
    /// Dimensions, outermost first.
    pub shape: Vec<Term>,
}

impl TensorType {
    /// A tensor type with these dimensions.
    pub fn new(dtype: DType, shape: Vec<Term>) -> TensorType {
        TensorType { dtype, shape }
    }

    /// A tensor type whose dimensions are all numbers.
    pub fn fixed(dtype: DType, shape: &[usize]) -> TensorType {
        TensorType { dtype, shape: shape.iter().map(|&d| Term::from(d)).collect() }
    }

    /// The rank-0 type.
    pub fn scalar(dtype: DType) -> TensorType {
        TensorType { dtype, shape: vec![] }
    }

    /// Number of dimensions.
    pub fn rank(&self) -> usize {
        self.shape.len()
    }

    /// Number of elements.
    pub fn numel(&self) -> Term {
        self.shape.iter().fold(Term::int(1), |n, &d| n * d)
    }

    /// The dimensions as numbers, if all are, and if their product is one, too.
    pub fn fixed_shape(&self) -> Option<Vec<usize>> {
        let shape: Option<Vec<usize>> =
            self.shape.iter().map(|d| d.as_int().and_then(|v| usize::try_from(v).ok())).collect();
        shape.filter(|shape| shape.iter().try_fold(1usize, |n, &dim| n.checked_mul(dim)).is_some())
    }

    /// The type with symbols replaced.
    pub fn subst(&self, map: &HashMap<Sym, Term>) -> TensorType {
        TensorType { dtype: self.dtype, shape: self.shape.iter().map(|d| d.subst_syms(map)).collect() }
    }
}

impl fmt::Display for TensorType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[", self.dtype)?;
        for (i, dim) in self.shape.iter().enumerate() {
            write!(f, "{}{dim}", if i > 0 { ", " } else { "" })?;
        }
        f.write_str("]")
    }
}

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// A tensor.
    Tensor(TensorType),
    /// A list of tensors of one element type, of a length known at run time, and the dimensions of its elements: those that
    /// may differ from element to element are `None`, and so are all of them where even their number may.
    Seq(DType, Option<Vec<Option<Term>>>),
}

impl Type {
    /// The tensor type, if this is one.
    pub fn as_tensor(&self) -> Option<&TensorType> {
        match self {
            Type::Tensor(t) => Some(t),
            Type::Seq(..) => None,
        }
    }

    /// The symbols that its dimensions mention.
    pub fn syms(&self) -> Vec<Sym> {
        match self {
            Type::Tensor(t) => t.shape.iter().flat_map(|d| d.syms()).collect(),
            Type::Seq(_, dims) => dims.iter().flatten().flatten().flat_map(|d| d.syms()).collect(),
        }
    }

    /// The type with symbols replaced.
    pub fn subst(&self, map: &HashMap<Sym, Term>) -> Type {
        match self {
            Type::Tensor(t) => Type::Tensor(t.subst(map)),
            Type::Seq(dtype, dims) => {
                let subst = |dim: &Option<Term>| dim.map(|d| d.subst_syms(map));
                Type::Seq(*dtype, dims.as_ref().map(|dims| dims.iter().map(subst).collect()))
            }
        }
    }
}

impl From<TensorType> for Type {
    fn from(t: TensorType) -> Type {
        Type::Tensor(t)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Tensor(t) => write!(f, "{t}"),
            Type::Seq(dtype, None) => write!(f, "seq<{dtype}[*]>"),
            Type::Seq(dtype, Some(dims)) => {
                write!(f, "seq<{dtype}[")?;
                for (i, dim) in dims.iter().enumerate() {
                    f.write_str(if i > 0 { ", " } else { "" })?;
                    match dim {
                        Some(dim) => write!(f, "{dim}")?,
                        None => f.write_str("?")?,
                    }
                }
                f.write_str("]>")
            }
        }
    }
}
