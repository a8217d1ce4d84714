//! Algebra: expand, factor, collect, cancel, take apart, solve; matrices of terms; assumptions.
//!
//! Terms are taken for polynomials, or quotients of polynomials, in *generators*: unknowns and whatever is no sum, product
//! or whole power. A result is defined where the term was, unless it comes as [`Qualified`] with the condition under which
//! it is equal.

mod assume;
mod bridge;
mod isolate;
mod linear;
mod matrix;
mod polynomial;
mod rational;
mod roots;

pub use assume::{Given, piecewise, piecewise_partial};
pub use bridge::Generators;
pub use isolate::isolate;
pub use linear::{LinearSolution, solve_linear};
pub use matrix::{DeterminantMethod, Lu, Matrix};
pub use polynomial::{
    coefficients, collect, degree, divide_exact, expand, factor, factor_common, gcd, lcm, substitute,
};
pub use rational::{Fraction, apart, cancel, together};
pub use roots::{Root, RootValue, Roots, solve_polynomial};

use crate::poly::PolyError;
use crate::symbol::Symbol;
use crate::term::Scalar;
use braid_ir::ScalarOp;

/// Why there is no result.
///
/// ```
/// use braid_symbolic::{Expr, Symbol, algebra::degree, syntax::parse};
/// let error = degree(&parse::<Expr>("sin(x)").unwrap(), Symbol::real("x")).unwrap_err();
/// assert_eq!(error.to_string(), "the term is not a polynomial in x");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AlgebraError {
    /// The polynomials ran into a limit.
    #[error(transparent)]
    Poly(#[from] PolyError),
    /// The term is not a polynomial in this unknown.
    #[error("the term is not a polynomial in {0}")]
    NotPolynomial(Symbol),
    /// An equation is not linear in the unknowns.
    #[error("equation {equation} is not linear in the unknowns")]
    NotLinear {
        /// Its number, from 1.
        equation: usize,
    },
    /// The term is zero at every point, so every value solves the equation.
    #[error("every value of {0} solves the equation")]
    Identity(Symbol),
    /// The unknown occurs more than once, or below an operation that has no inverse.
    #[error("{unknown} cannot be isolated: {why}")]
    CannotIsolate {
        /// The unknown.
        unknown: Symbol,
        /// Why.
        why: String,
    },
    /// The shapes of matrices do not fit.
    #[error("{what}: {left_rows}x{left_cols} and {right_rows}x{right_cols} do not fit")]
    Shape {
        /// The operation.
        what: &'static str,
        /// Of the first matrix.
        left_rows: usize,
        /// Of the first matrix.
        left_cols: usize,
        /// Of the second matrix.
        right_rows: usize,
        /// Of the second matrix.
        right_cols: usize,
    },
    /// Assumptions cannot all hold.
    #[error("the assumptions contradict each other")]
    Contradiction,
    /// What is assumed is no condition.
    #[error("{0} is no condition that can be assumed: comparisons and truth values, joined by `and`, are")]
    NoCondition(String),
    /// The matrix has no inverse whatever the unknowns are.
    #[error("the matrix is singular")]
    Singular,
}

/// A term that is equal to what was asked for wherever a condition holds.
///
/// ```
/// use braid_symbolic::{Expr, algebra::cancel, syntax::parse};
/// let result = cancel(&parse::<Expr>("x^2/x").unwrap()).unwrap();
/// assert_eq!((result.term.to_string(), result.condition.to_string()), ("x".into(), "x != 0".into()));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Qualified<T> {
    /// The term.
    pub term: T,
    /// A truth value; the number 1 where nothing is asked.
    pub condition: T,
}

/// `a and b and …`; the number 1 of nothing.
pub(crate) fn all_of<T: Scalar>(conditions: impl IntoIterator<Item = T>) -> T {
    let mut kept: Vec<T> = Vec::new();
    for condition in conditions {
        let certain = condition.as_number().is_some_and(|n| !n.is_zero());
        if !certain && !kept.contains(&condition) {
            kept.push(condition);
        }
    }
    kept.into_iter().reduce(|a, b| a.binary(ScalarOp::And, &b)).unwrap_or_else(|| T::number(1))
}

/// `term != 0`; the number 1 where that is known.
pub(crate) fn nonzero<T: Scalar>(term: &T) -> T {
    if term.facts().is_nonzero() && term.facts().is_total() {
        return T::number(1);
    }
    term.binary(ScalarOp::Ne, &T::number(0))
}
