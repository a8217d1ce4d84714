//! Index math: the loop nest that defines one tensor result.

use crate::dtype::{DType, Scalar};
use crate::term::{Sym, Term};
use crate::types::TensorType;
use std::collections::HashMap;

/// `out[i…] = reduce over r… of body(reads at (i…, r…))`, then `epilogue`-free: composites build what comes after.
///
/// Loop indices are [`Term::axis`] terms, output axes first, then reduction axes. Without reduction axes there is no
/// reduction and the body is the element. This is all that a backend ever sees of an operator.
#[derive(Clone, Debug, PartialEq)]
pub struct Loops {
    /// The result's dimensions: extents of axes `0..out.len()`.
    pub out: Vec<Term>,
    /// Extents of the reduction axes `out.len()..`.
    pub reduce: Vec<Term>,
    /// What is read at each point; [`Term::load`] number `k` in the body (and in later reads' index maps, for gathers)
    /// is the element of read `k`.
    pub reads: Vec<Read>,
    /// The value at one point.
    pub body: Term,
    /// How points along the reduction axes are combined; present exactly if there are such axes.
    pub reduction: Option<Reduction>,
    /// The type that the reduced value is rounded to, where it is not the body's: products of half floats are summed
    /// before they are rounded.
    pub narrow: Option<DType>,
}

/// One operand read at each point of a loop nest. One operand may be read several times.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// Which operand.
    pub operand: usize,
    /// Its element type.
    pub dtype: DType,
    /// One `i64` term per dimension of the operand. May hold loads of earlier reads (a gather); such indices are
    /// clamped into the operand by the reader.
    pub index: Vec<Term>,
    /// If given, a `bool` term: where false nothing is read and `otherwise` is the element.
    pub guard: Option<Term>,
    /// The element where the guard is false.
    pub otherwise: Scalar,
}

impl Read {
    /// An unguarded read.
    pub fn new(operand: usize, dtype: DType, index: Vec<Term>) -> Read {
        Read { operand, dtype, index, guard: None, otherwise: Scalar::from_int(dtype, 0) }
    }

    /// A read where `guard` holds, and `otherwise` elsewhere.
    pub fn guarded(operand: usize, dtype: DType, index: Vec<Term>, guard: Term, otherwise: Scalar) -> Read {
        Read { operand, dtype, index, guard: Some(guard), otherwise }
    }
}

/// How a reduction combines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reduction {
    /// Sum, accumulated in [`DType::accumulator`].
    Sum,
    /// Product.
    Product,
    /// Maximum; NaN wins.
    Max,
    /// Minimum; NaN wins.
    Min,
    /// Logical and.
    And,
    /// Logical or.
    Or,
    /// Index (`i64`, along the single reduction axis) of the first maximum; NaN counts as largest.
    ArgMax,
    /// Index (`i64`, along the single reduction axis) of the first minimum; NaN counts as smallest.
    ArgMin,
}

impl Reduction {
    /// The value of an empty reduction over elements of this type; `None` for the index reductions.
    pub fn identity(self, dtype: DType) -> Option<Scalar> {
        let extreme = |sign: f64, int: i128| {
            if dtype.is_float() {
                Scalar::from_f64(dtype, sign * f64::INFINITY)
            } else {
                Scalar::from_int(dtype, int)
            }
        };
        let bits = dtype.size() as u32 * 8;
        let (low, high) = match dtype {
            DType::Bool => (0, 1),
            d if d.is_unsigned() => (0, (1i128 << bits) - 1),
            _ => (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1),
        };
        Some(match self {
            Reduction::Sum | Reduction::Or => Scalar::from_int(dtype, 0),
            Reduction::Product | Reduction::And => Scalar::from_int(dtype, 1),
            Reduction::Max => extreme(-1.0, low),
            Reduction::Min => extreme(1.0, high),
            Reduction::ArgMax | Reduction::ArgMin => return None,
        })
    }

    /// The scalar operation that combines two elements; `None` for the index reductions.
    pub fn combine(self) -> Option<crate::term::ScalarOp> {
        use crate::term::ScalarOp;
        Some(match self {
            Reduction::Sum => ScalarOp::Add,
            Reduction::Product => ScalarOp::Mul,
            Reduction::Max => ScalarOp::Max,
            Reduction::Min => ScalarOp::Min,
            Reduction::And => ScalarOp::And,
            Reduction::Or => ScalarOp::Or,
            Reduction::ArgMax | Reduction::ArgMin => return None,
        })
    }
}

impl Loops {
    /// An elementwise nest: `body` over reads of every operand at the broadcast index.
    pub fn elementwise(out: Vec<Term>, operands: &[&TensorType], body: Term) -> Loops {
        let reads = operands
            .iter()
            .enumerate()
            .map(|(k, ty)| Read::new(k, ty.dtype, broadcast_index(&out, ty)))
            .collect();
        Loops { out, reduce: vec![], reads, body, reduction: None, narrow: None }
    }

    /// A nest that only moves elements of operand 0.
    pub fn movement(out: Vec<Term>, dtype: DType, index: Vec<Term>) -> Loops {
        Loops {
            out,
            reduce: vec![],
            reads: vec![Read::new(0, dtype, index)],
            body: Term::load(0, dtype),
            reduction: None,
            narrow: None,
        }
    }

    /// The nest with symbols replaced.
    pub fn subst(&self, map: &HashMap<Sym, Term>) -> Loops {
        let all = |terms: &[Term]| terms.iter().map(|t| t.subst_syms(map)).collect();
        let reads = self.reads.iter().map(|read| Read {
            index: all(&read.index),
            guard: read.guard.map(|guard| guard.subst_syms(map)),
            ..read.clone()
        });
        Loops {
            out: all(&self.out),
            reduce: all(&self.reduce),
            reads: reads.collect(),
            body: self.body.subst_syms(map),
            reduction: self.reduction,
            narrow: self.narrow,
        }
    }

    /// The element type of the result.
    pub fn dtype(&self) -> DType {
        match self.reduction {
            Some(Reduction::ArgMax | Reduction::ArgMin) => DType::I64,
            _ => self.narrow.unwrap_or(self.body.dtype()),
        }
    }

    /// The type of the result.
    pub fn result_type(&self) -> TensorType {
        TensorType::new(self.dtype(), self.out.clone())
    }
}

/// The index at which an operand that broadcasts to `out` is read.
pub fn broadcast_index(out: &[Term], ty: &TensorType) -> Vec<Term> {
    let skip = out.len() - ty.rank();
    ty.shape
        .iter()
        .enumerate()
        .map(|(i, dim)| if dim.as_int() == Some(1) { Term::int(0) } else { Term::axis(skip + i) })
        .collect()
}
