//! Expressions to straight-line code: what is common is computed once, sums are factored, powers become products.
//!
//! All outputs are lowered together, so that a subexpression of two of them is computed once. The steps, each on the graph
//! of [`graph`]: import (one node per distinct subterm), factor every sum by the factor that most of its terms share (for
//! polynomials this is Horner's scheme), extract pairs that occur in several products or sums, emit. What floats compute is
//! changed by rounding only: sums and products are regrouped, which is numeric class "reassociating".

mod emit;
mod factor;
mod graph;
mod pairs;

use crate::symbol::Symbol;
use crate::tape::Tape;
use crate::term::Scalar;
use graph::Graph;
use hashbrown::HashMap;

/// How to lower.
///
/// ```
/// use braid_symbolic::{Expr, Symbol, lower::{Options, lower}, syntax::parse};
/// let e: Expr = parse("a*x + a*y").unwrap();
/// let inputs = ["a", "x", "y"].map(Symbol::real);
/// let operations = |options: &Options| lower(&[e], &inputs, options).unwrap().operations();
/// let plain = Options { factor: false, pairs: false, fuse: false };
/// assert!(operations(&Options::default()) < operations(&plain));
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    /// Factor sums by common factors (Horner's scheme where they are polynomials).
    pub factor: bool,
    /// Extract pairs of operands that several products or sums share.
    pub pairs: bool,
    /// Use multiplications fused with additions.
    pub fuse: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options { factor: true, pairs: true, fuse: true }
    }
}

/// Why expressions have no straight-line code.
///
/// ```
/// use braid_symbolic::{Expr, lower::{LowerError, Options, lower}};
/// let error = lower(&[Expr::var("x")], &[], &Options::default()).unwrap_err();
/// assert_eq!(error.to_string(), "x is not among the inputs");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LowerError {
    /// An unknown that is not among the inputs.
    #[error("{0} is not among the inputs")]
    Unknown(Symbol),
    /// A registered function of which nobody has said how to compute it.
    #[error("{0} has no value: register it with FunctionSpec::value to compile expressions that call it")]
    NoValue(String),
    /// More instructions than registers can be numbered.
    #[error("the expressions need more than {0} instructions")]
    TooLarge(usize),
}

/// The straight-line code of the outputs as functions of the inputs.
///
/// ```
/// use braid_symbolic::{Unknown, lower::{Options, lower}, vars};
/// let (x, y) = vars!(x, y);
/// let inputs = [x, y].map(|v| v.unknown().unwrap());
/// let tape = lower(&[x * y + x, x * y], &inputs, &Options::default()).unwrap();
/// let mut out = [0.0; 2];
/// tape.eval(&[3.0, 4.0], &mut out);
/// assert_eq!(out, [15.0, 12.0]);
/// ```
///
/// # Errors
/// If an unknown is no input, a function has no value, or there is too much code.
pub fn lower<T: Scalar>(outputs: &[T], inputs: &[Symbol], options: &Options) -> Result<Tape, LowerError> {
    let numbers: HashMap<Symbol, u32> = inputs.iter().zip(0..).map(|(&symbol, i)| (symbol, i)).collect();
    let mut graph = Graph::default();
    let mut roots = graph.import(outputs, &numbers)?;
    if options.factor {
        roots = factor::factor(&mut graph, &roots);
    }
    if options.pairs {
        roots = pairs::extract(&mut graph, &roots);
    }
    emit::emit(&graph, &roots, inputs.len(), options)
}
