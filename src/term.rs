//! The symbolic library: terms, rules, e-graphs, calculus, and formulas as native functions.
//!
//! All of `braid-symbolic` is here, and [`compile`], which turns expressions into machine code.
//!
//! ```
//! use braid::term::calculus::jacobian_sparse;
//! use braid::term::egraph::{Rewriter, Simplify, explain, simplify};
//! use braid::term::{Outputs, Scalar, Target, compile, rule, vars};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (x, y) = vars!("x", "y"); // typed, with assumptions: vars!(x > 0, n: int)
//! let e = (x.sin().pow(2) + x.cos().pow(2)) * y;
//! let r = rule!("pythagoras": sin(?a)^2 + cos(?a)^2 => 1); // checked when compiled, not when run
//! assert_eq!(r.name(), "pythagoras");
//! assert_eq!(simplify(&e), y); // by e-graph
//! assert_eq!(*Simplify::new(&e).with(Rewriter::Classical).run().term(), y); // or by rules in their order
//!
//! let (states, rhs) = ([x, y], vec![y * x - x, x.exp() - y]);
//! let j = jacobian_sparse(&rhs, &states)?; // structure first, then entries
//! let outputs: [&dyn Outputs; 2] = [&rhs, &j];
//! let inputs = [0.0, 1.0, 3.0, 4.0]; // two points, each unknown's values together
//! for target in [Target::interpreter(), Target::jit_fast(), Target::cpu()] {
//!     let f = compile(&outputs, &states, target)?; // what both have in common is computed once
//!     let mut outputs = vec![0.0; 2 * f.outputs()];
//!     f.call_batch(&inputs, &mut outputs, 2);
//!     assert_eq!(outputs[..2], [0.0, 3.0]); // y*x - x at both points
//! }
//! let proof = explain(&e, &y)?;
//! assert!(proof.to_string().contains("pythagoras")); // the rules used, in order
//! # Ok(()) }
//! ```
//!
//! Functions of one's own, assumptions, conditions, limits and rules:
//!
//! ```
//! use braid::term::algebra::{Given, piecewise, solve_polynomial};
//! use braid::term::egraph::{Conditions, Limits, Simplify, Stop};
//! use braid::term::rewrite::{Rule, RuleSet};
//! use braid::term::{Expr, FunctionSpec, Scalar, Symbol, syntax::parse, vars};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (x, v) = vars!(x, v);
//! let drag = FunctionSpec::new("drag", &["v"]); // its value, derivative and cost
//! let drag = drag.value(|a| a[0] * a[0].abs()).derivative(0, v.abs() * 2).cycles(3.0).register();
//! let force = piecewise(&[(parse("v < 0")?, Expr::int(0))], &Expr::call(drag, &[v]));
//! let moving = Given::new().assume(parse("v > 1")?)?; // what is known of unknowns and terms
//! assert_eq!(moving.refine(force), Expr::call(drag, &[v]));
//!
//! let roots = solve_polynomial(&parse::<Expr>("a*x^2 + b*x + c")?, Symbol::real("x"))?;
//! assert_eq!(roots.roots[0].condition, parse("a != 0 and 0 <= b^2 - 4*a*c")?);
//!
//! let limits = Limits { nodes: 1_000, ..Limits::default() };
//! let result = Simplify::new(&(x / x)).with(Conditions::Carry).with(limits).run();
//! assert_eq!((result.term(), result.condition), (&Expr::int(1), parse("x != 0")?));
//! assert_eq!(result.report.stop, Stop::Saturated); // or the limit that ended the search
//!
//! let wrong = RuleSet::new().add(Rule::parse("cancel: ?a/?a => 1")?).unwrap_err(); // add_unchecked forces it
//! assert_eq!(wrong.to_string(), "cancel: for ?a = 0 the left side is undefined, the right side 1");
//! # Ok(()) }
//! ```

pub use crate::rule;
pub use braid_backend::scalar::{Function as NativeFunction, Precision, ScalarError, Tier};
pub use braid_symbolic::*;

use braid_backend::scalar;
use braid_symbolic::lower as lowering;
use braid_symbolic::lower::LowerError;

/// What expressions are compiled for.
///
/// ```
/// use braid::term::{Target, compile, vars};
/// let (x, y) = vars!(x, y);
/// let f = compile(&(x * y + 1), &[x, y], Target::interpreter()).unwrap();
/// let mut out = [0.0];
/// f.call(&[2.0, 3.0], &mut out);
/// assert_eq!(out, [7.0]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Target<'d> {
    tier: Tier,
    precision: Precision,
    threads: usize,
    device: Option<&'d str>,
}

impl<'d> Target<'d> {
    /// This machine's CPU by LLVM, vectorised over a batch of points: the fastest code, compiled in tens of milliseconds.
    ///
    /// ```
    /// use braid::term::{Target, compile, vars};
    /// let (x, y) = vars!(x, y);
    /// let f = compile(&(x * y + 1), &[x, y], Target::cpu()).unwrap();
    /// let mut out = [0.0];
    /// f.call(&[2.0, 3.0], &mut out);
    /// assert_eq!(out, [7.0]);
    /// ```
    pub fn cpu() -> Target<'d> {
        Target { tier: Tier::Llvm, precision: Precision::F64, threads: 1, device: None }
    }

    /// A device, a thread for each point of a batch: `cuda`, `cuda:0`, `vulkan`.
    ///
    /// ```
    /// use braid::term::{CompileError, Target, compile, vars};
    /// let (x, y) = vars!(x, y);
    /// match compile(&[x * y + 1, x - y], &[x, y], Target::gpu("vulkan").single()) {
    ///     Ok(f) => {
    ///         let mut outputs = [0.0f32; 4]; // of two points, each output's values together
    ///         f.try_call_batch(&[1.0, 2.0, 3.0, 4.0], &mut outputs, 2)?;
    ///         assert_eq!(outputs, [4.0, 9.0, -2.0, -2.0]);
    ///     }
    ///     Err(CompileError::Device(why)) => eprintln!("{why}"), // no driver, no device
    ///     Err(other) => return Err(other.into()),
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn gpu(device: &'d str) -> Target<'d> {
        Target { device: Some(device), ..Target::cpu() }
    }

    /// This machine's CPU by Cranelift: compiled in milliseconds, for single points of large systems.
    ///
    /// ```
    /// use braid::term::{Target, compile, vars};
    /// let (x, y) = vars!(x, y);
    /// let f = compile(&(x * y + 1), &[x, y], Target::jit_fast()).unwrap();
    /// let mut out = [0.0];
    /// f.call(&[2.0, 3.0], &mut out);
    /// assert_eq!(out, [7.0]);
    /// ```
    pub fn jit_fast() -> Target<'d> {
        Target { tier: Tier::Cranelift, ..Target::cpu() }
    }

    /// No compilation at all.
    ///
    /// ```
    /// use braid::term::{Target, compile, vars};
    /// let (x, y) = vars!(x, y);
    /// let f = compile(&(x * y + 1), &[x, y], Target::interpreter()).unwrap();
    /// let mut out = [0.0];
    /// f.call(&[2.0, 3.0], &mut out);
    /// assert_eq!(out, [7.0]);
    /// ```
    pub fn interpreter() -> Target<'d> {
        Target { tier: Tier::Interpreter, ..Target::cpu() }
    }

    /// In single precision.
    ///
    /// ```
    /// use braid::term::{Target, compile, vars};
    /// let (x, y) = vars!(x, y);
    /// let f = compile(&(x / y), &[x, y], Target::jit_fast().single()).unwrap();
    /// let mut out = [0.0f32];
    /// f.call(&[1.0f32, 3.0], &mut out);
    /// assert_eq!(out, [1.0f32 / 3.0]);
    /// ```
    pub fn single(self) -> Target<'d> {
        Target { precision: Precision::F32, ..self }
    }

    /// With so many threads for a batch.
    ///
    /// ```
    /// use braid::term::{Target, compile, vars};
    /// let (x, y) = vars!(x, y);
    /// let f = compile(&(x + y), &[x, y], Target::jit_fast().threads(2)).unwrap();
    /// let mut out = [0.0; 3];
    /// f.call_batch(&[1.0, 2.0, 3.0, 10.0, 20.0, 30.0], &mut out, 3); // the values of x, then those of y
    /// assert_eq!(out, [11.0, 22.0, 33.0]);
    /// ```
    pub fn threads(self, threads: usize) -> Target<'d> {
        Target { threads, ..self }
    }
}

/// Why expressions cannot be compiled.
///
/// ```
/// use braid::term::{Target, compile, vars};
/// let (x, y) = vars!(x, y);
/// let error = compile(&(x + y), &[x], Target::interpreter()).unwrap_err();
/// assert_eq!(error.to_string(), "y is not among the inputs");
/// ```
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// They have no straight-line code.
    #[error(transparent)]
    Lower(#[from] LowerError),
    /// No machine code can be made of it.
    #[error(transparent)]
    Code(#[from] ScalarError),
    /// The device cannot be opened.
    #[error(transparent)]
    Device(#[from] crate::runtime::Error),
    /// An input that is not an unknown.
    #[error("the input {0} is not an unknown")]
    Input(String),
}

/// What may be compiled: one expression or many.
///
/// ```
/// use braid::term::{Outputs, vars};
/// let (x, y) = vars!(x, y);
/// assert_eq!((&[x, y], &(x + y)).expressions(), [x, y, x + y]);
/// ```
pub trait Outputs {
    /// The expressions, in the order of the function's outputs.
    ///
    /// ```
    /// use braid::term::{Outputs, vars};
    /// let x = vars!(x);
    /// assert_eq!(vec![x, x * 2].expressions(), [x, x * 2]);
    /// ```
    fn expressions(&self) -> Vec<Expr>;
}

impl Outputs for Expr {
    fn expressions(&self) -> Vec<Expr> {
        vec![*self]
    }
}
impl<O: Outputs> Outputs for [O] {
    fn expressions(&self) -> Vec<Expr> {
        self.iter().flat_map(Outputs::expressions).collect()
    }
}
impl<O: Outputs, const N: usize> Outputs for [O; N] {
    fn expressions(&self) -> Vec<Expr> {
        self.as_slice().expressions()
    }
}
impl<O: Outputs> Outputs for Vec<O> {
    fn expressions(&self) -> Vec<Expr> {
        self.as_slice().expressions()
    }
}
impl<O: Outputs + ?Sized> Outputs for &O {
    fn expressions(&self) -> Vec<Expr> {
        (**self).expressions()
    }
}
/// The entries, row by row.
impl Outputs for calculus::SparseMatrix<Expr> {
    fn expressions(&self) -> Vec<Expr> {
        self.entries.clone()
    }
}
/// Several things one after another, such as a right-hand side and its Jacobian.
impl<A: Outputs + ?Sized, B: Outputs + ?Sized> Outputs for (&A, &B) {
    fn expressions(&self) -> Vec<Expr> {
        self.0.expressions().into_iter().chain(self.1.expressions()).collect()
    }
}

/// Compiles expressions to one function of the given unknowns. What several of them have in common is computed once.
///
/// ```
/// use braid::term::{Target, compile, vars};
/// let (x, y) = vars!(x, y);
/// let f = compile(&[x + y, x * y], &[x, y], Target::jit_fast()).unwrap();
/// let mut out = [0.0; 2];
/// f.call(&[2.0, 3.0], &mut out);
/// assert_eq!(out, [5.0, 6.0]);
/// ```
///
/// # Errors
/// If an expression has an unknown that is not an input, calls a function without a value, or is too large for the tier; if a
/// device cannot be opened, or lacks a function.
pub fn compile<O: Outputs + ?Sized, I: Unknown>(
    outputs: &O,
    inputs: &[I],
    target: Target,
) -> Result<NativeFunction, CompileError> {
    let Target { tier, precision, threads, device } = target;
    if let Some(name) = device {
        let device = crate::runtime::device::open(name)?;
        return Ok(scalar::Function::on_device(&tape(outputs, inputs)?, precision, device)?);
    }
    let options = scalar::Options { tier, precision, threads, chunk: None };
    Ok(scalar::Function::compile(&tape(outputs, inputs)?, &options)?)
}

/// C99 source of a function of this name, `void name(const double *inputs, double *outputs)`, with what it calls.
///
/// ```
/// use braid::term::{c_source, vars};
/// let (x, y) = vars!(x, y);
/// assert!(c_source(&(x * y + 1), &[x, y], "f").unwrap().contains("void f("));
/// ```
///
/// # Errors
/// As [`compile`], and if the name is not one of C.
pub fn c_source<O: Outputs + ?Sized, I: Unknown>(
    outputs: &O,
    inputs: &[I],
    name: &str,
) -> Result<String, CompileError> {
    Ok(scalar::c_source(&tape(outputs, inputs)?, name, &scalar::Options::default())?)
}

fn tape<O: Outputs + ?Sized, I: Unknown>(outputs: &O, inputs: &[I]) -> Result<tape::Tape, CompileError> {
    let symbols = inputs
        .iter()
        .map(|input| input.unknown().ok_or_else(|| CompileError::Input(input.to_string())))
        .collect::<Result<Vec<Symbol>, _>>()?;
    Ok(lowering::lower(&outputs.expressions(), &symbols, &lowering::Options::default())?)
}
