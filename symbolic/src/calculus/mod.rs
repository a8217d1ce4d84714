//! Calculus: derivatives of any order, gradients, sparse Jacobians and Hessians, Taylor series, limits.
//!
//! A derivative is meant where the term **and** the derivative are defined; at other points it says nothing. So the
//! derivative of `log(y)` by `x` is 0, that of `abs(x)` is `sign(x)` (0 at 0, where `abs` has none), and those of `sign`,
//! `floor`, `ceil`, comparisons and logical operations are 0 (they are constant but for jumps). `min`, `max`, `select`
//! and so piecewise terms take the derivative of the chosen branch; where branches meet that is one of the one-sided
//! derivatives.

mod derivative;
mod jacobian;
mod limit;
mod rules;
mod series;

pub use derivative::{Differentiator, derivative, derivative_n, directional};
pub use jacobian::{
    SparseMatrix, Sparsity, gradient, hessian, hessian_sparse, jacobian, jacobian_sparse, jacobian_sparsity,
};
pub use limit::{Approach, Limit, limit};
pub use series::{ORDER_MAX, Series, laurent, taylor, taylor_polynomial};

/// Why there is no derivative.
///
/// ```
/// use braid_symbolic::{Expr, Symbol, calculus::taylor, syntax::parse};
/// let e: Expr = parse("log(x)").unwrap();
/// let error = taylor(&e, Symbol::real("x"), &Expr::int(0), 3).unwrap_err();
/// assert!(error.to_string().starts_with("there is no power series of log(x)"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalculusError {
    /// A registered function does not say what its derivative is.
    #[error("the derivative of {function} by its argument {argument} is not registered")]
    NoDerivative {
        /// The function's name.
        function: String,
        /// The argument, from 1.
        argument: usize,
    },
    /// What should be differentiated by is no unknown.
    #[error("{0} is not an unknown")]
    NotUnknown(String),
    /// There is no power series there, as far as can be seen.
    #[error("there is no power series of {0}")]
    NotAnalytic(String),
    /// More coefficients than a series may have.
    #[error("a series of order {asked} was asked for; the limit is {limit}")]
    Order {
        /// The order asked for.
        asked: usize,
        /// The largest order.
        limit: usize,
    },
    /// Two lists that belong together differ in length.
    #[error("{left} and {right} differ in length: {left_len} and {right_len}")]
    Lengths {
        /// What the first list is.
        left: &'static str,
        /// What the second list is.
        right: &'static str,
        /// Its length.
        left_len: usize,
        /// Its length.
        right_len: usize,
    },
}
