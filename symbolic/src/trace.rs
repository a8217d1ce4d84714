//! Tracing: an ordinary function, generic over its number type, runs on terms and yields expressions.
//!
//! Loops, stencils and arrays run as they are; only decisions on values have to be written with [`Real::select`]. The same
//! function runs on floats, so the expressions can be checked against it.
//!
//! ```
//! use braid_symbolic::{Expr, trace::{Real, trace}};
//! fn heat<R: Real>(u: &[R]) -> Vec<R> {
//!     let at = |i: usize| u[i.min(u.len() - 1)].clone();
//!     (0..u.len()).map(|i| at(i.saturating_sub(1)) - at(i) * R::constant(2.0) + at(i + 1)).collect()
//! }
//! let traced = trace(3, |u: &[Expr]| heat(u));
//! assert_eq!(traced.outputs[0].to_string(), "x_1 - x_0");
//! assert_eq!(heat(&[1.0, 4.0, 9.0])[1], 2.0);
//! ```

use crate::symbol::{Assumptions, Symbol};
use crate::term::{Dag, Expr, Poly, Scalar, Tree};
use braid_ir::ScalarOp;
use std::fmt::Debug;
use std::ops::{Add, Div, Mul, Neg, Sub};

macro_rules! unary_methods {
    ($($name:ident $doc:literal)*) => { $(
        #[doc = $doc]
        fn $name(&self) -> Self;
    )* };
}

/// A number type: floats and terms. [`Scalar`] has methods of the same names; import one of the two where the type is
/// not generic.
pub trait Real:
    Clone
    + Debug
    + Add<Self, Output = Self>
    + Sub<Self, Output = Self>
    + Mul<Self, Output = Self>
    + Div<Self, Output = Self>
    + Neg<Output = Self>
    + 'static
{
    /// The result of a comparison: `bool` for floats, a term for terms.
    type Truth: Clone + Debug;

    /// A constant; terms hold its exact value. What is not finite becomes a term that is defined nowhere.
    fn constant(value: f64) -> Self;

    /// The circle constant.
    fn pi() -> Self;

    unary_methods! {
        sin "The sine." cos "The cosine." tan "The tangent." asin "The inverse sine." acos "The inverse cosine."
        atan "The inverse tangent." sinh "The hyperbolic sine." cosh "The hyperbolic cosine."
        tanh "The hyperbolic tangent." exp "The exponential." log "The natural logarithm." sqrt "The square root."
        abs "The absolute value." floor "The largest whole number not above."
    }

    /// The power by a whole number.
    fn powi(&self, exponent: i32) -> Self;

    /// The power.
    fn powf(&self, exponent: &Self) -> Self;

    /// The angle of the point `(x, self)`.
    fn atan2(&self, x: &Self) -> Self;

    /// The smaller one.
    fn min(&self, other: &Self) -> Self;

    /// The larger one.
    fn max(&self, other: &Self) -> Self;

    /// Whether this is less.
    fn less(&self, other: &Self) -> Self::Truth;

    /// Whether this is not more.
    fn less_eq(&self, other: &Self) -> Self::Truth;

    /// One of two values. Both were computed.
    fn select(condition: &Self::Truth, yes: &Self, no: &Self) -> Self;

    /// Both hold.
    fn both(a: &Self::Truth, b: &Self::Truth) -> Self::Truth;

    /// One of two holds.
    fn either(a: &Self::Truth, b: &Self::Truth) -> Self::Truth;

    /// It does not hold.
    fn not(a: &Self::Truth) -> Self::Truth;

    /// Zero.
    fn zero() -> Self {
        Self::constant(0.0)
    }

    /// One.
    fn one() -> Self {
        Self::constant(1.0)
    }

    /// The sum.
    fn sum(terms: impl IntoIterator<Item = Self>) -> Self {
        terms.into_iter().reduce(|a, b| a + b).unwrap_or_else(Self::zero)
    }
}

macro_rules! floats {
    ($($ty:ident)*) => { $(
        impl Real for $ty {
            type Truth = bool;
            fn constant(value: f64) -> $ty {
                value as $ty
            }
            fn pi() -> $ty {
                std::$ty::consts::PI
            }
            floats!(@unary $ty: sin cos tan asin acos atan sinh cosh tanh exp sqrt abs floor);
            fn log(&self) -> $ty {
                <$ty>::ln(*self)
            }
            fn powi(&self, exponent: i32) -> $ty {
                <$ty>::powi(*self, exponent)
            }
            fn powf(&self, exponent: &$ty) -> $ty {
                <$ty>::powf(*self, *exponent)
            }
            fn atan2(&self, x: &$ty) -> $ty {
                <$ty>::atan2(*self, *x)
            }
            fn min(&self, other: &$ty) -> $ty {
                <$ty>::min(*self, *other)
            }
            fn max(&self, other: &$ty) -> $ty {
                <$ty>::max(*self, *other)
            }
            fn less(&self, other: &$ty) -> bool {
                self < other
            }
            fn less_eq(&self, other: &$ty) -> bool {
                self <= other
            }
            fn select(condition: &bool, yes: &$ty, no: &$ty) -> $ty {
                if *condition { *yes } else { *no }
            }
            fn both(a: &bool, b: &bool) -> bool {
                *a && *b
            }
            fn either(a: &bool, b: &bool) -> bool {
                *a || *b
            }
            fn not(a: &bool) -> bool {
                !*a
            }
        }
    )* };
    (@unary $ty:ident: $($name:ident)*) => { $(
        fn $name(&self) -> $ty {
            <$ty>::$name(*self)
        }
    )* };
}

macro_rules! terms {
    ($($ty:ident)*) => { $(
        impl Real for $ty {
            type Truth = $ty;
            fn constant(value: f64) -> $ty {
                <$ty>::from(value)
            }
            fn pi() -> $ty {
                <$ty as Scalar>::pi()
            }
            terms!(@unary $ty: sin cos tan asin acos atan sinh cosh tanh exp log sqrt abs floor);
            fn powi(&self, exponent: i32) -> $ty {
                Scalar::pow(self, exponent)
            }
            fn powf(&self, exponent: &$ty) -> $ty {
                Scalar::power(self, exponent)
            }
            fn atan2(&self, x: &$ty) -> $ty {
                self.binary(ScalarOp::Atan2, x)
            }
            fn min(&self, other: &$ty) -> $ty {
                self.binary(ScalarOp::Min, other)
            }
            fn max(&self, other: &$ty) -> $ty {
                self.binary(ScalarOp::Max, other)
            }
            fn less(&self, other: &$ty) -> $ty {
                self.binary(ScalarOp::Lt, other)
            }
            fn less_eq(&self, other: &$ty) -> $ty {
                self.binary(ScalarOp::Le, other)
            }
            fn select(condition: &$ty, yes: &$ty, no: &$ty) -> $ty {
                Scalar::select(condition, yes, no)
            }
            fn both(a: &$ty, b: &$ty) -> $ty {
                a.binary(ScalarOp::And, b)
            }
            fn either(a: &$ty, b: &$ty) -> $ty {
                a.binary(ScalarOp::Or, b)
            }
            fn not(a: &$ty) -> $ty {
                a.negation()
            }
        }
    )* };
    (@unary $ty:ident: $($name:ident)*) => { $(
        fn $name(&self) -> $ty {
            Scalar::$name(self)
        }
    )* };
}

floats! { f64 f32 }
terms! { Expr Dag Tree Poly }

/// A function as expressions.
#[derive(Clone, Debug)]
pub struct Traced<T> {
    /// The inputs.
    pub symbols: Vec<Symbol>,
    /// The outputs in terms of them.
    pub outputs: Vec<T>,
}

/// Runs a function on unknowns `x_0, x_1, …`.
pub fn trace<T: Scalar>(inputs: usize, f: impl FnOnce(&[T]) -> Vec<T>) -> Traced<T> {
    trace_array(&symbols("x", &[inputs]), f)
}

/// Runs a function on an array of unknowns.
pub fn trace_array<T: Scalar>(inputs: &SymbolArray, f: impl FnOnce(&[T]) -> Vec<T>) -> Traced<T> {
    Traced { symbols: inputs.symbols.clone(), outputs: f(&inputs.terms()) }
}

/// An array of unknowns, the last index running fastest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SymbolArray {
    shape: Vec<usize>,
    symbols: Vec<Symbol>,
}

/// Real unknowns of this shape, `name_i_j…` with indices from 0.
///
/// ```
/// use braid_symbolic::trace::symbols;
/// let u = symbols("u", &[32, 32, 3]);
/// assert_eq!(u.get(&[1, 2, 0]).unwrap().name(), "u_1_2_0");
/// assert_eq!(u.offset(&[1, 2, 0]), Some(102));
/// assert_eq!(u.get(&[32, 0, 0]), None);
/// ```
pub fn symbols(name: &str, shape: &[usize]) -> SymbolArray {
    symbols_with(name, shape, Assumptions::REAL)
}

/// Unknowns of this shape, of each of which this is assumed.
pub fn symbols_with(name: &str, shape: &[usize], assumptions: Assumptions) -> SymbolArray {
    let count = shape.iter().product();
    let mut symbols = Vec::with_capacity(count);
    for at in 0..count {
        let mut indices = String::new();
        let mut rest = at;
        for (axis, _) in shape.iter().enumerate() {
            let below: usize = shape[axis + 1..].iter().product();
            indices.push_str(&format!("_{}", rest / below));
            rest %= below;
        }
        symbols.push(Symbol::new(&format!("{name}{indices}"), assumptions));
    }
    SymbolArray { shape: shape.to_vec(), symbols }
}

impl SymbolArray {
    /// The extent of each axis.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The unknowns, the last index running fastest.
    pub fn symbols(&self) -> &[Symbol] {
        &self.symbols
    }

    /// The unknowns as terms.
    pub fn terms<T: Scalar>(&self) -> Vec<T> {
        self.symbols.iter().map(|&s| T::symbol(s)).collect()
    }

    /// The place of an element among all; `None` outside the array.
    pub fn offset(&self, indices: &[usize]) -> Option<usize> {
        if indices.len() != self.shape.len() {
            return None;
        }
        let inside = indices.iter().zip(&self.shape).all(|(i, n)| i < n);
        inside.then(|| indices.iter().zip(&self.shape).fold(0, |at, (i, n)| at * n + i))
    }

    /// An element; `None` outside the array.
    pub fn get(&self, indices: &[usize]) -> Option<Symbol> {
        self.offset(indices).map(|at| self.symbols[at])
    }
}
