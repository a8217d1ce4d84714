//! Tracing: an ordinary numeric function, generic over its number type, run on terms yields expressions.
//!
//! Loops, arrays and stencils of the host language need no translation: they run, and what is left is straight-line code.
//! What depends on values must be written with [`Real::choose`], since a term has no value yet.
//!
//! ```
//! use braid_symbolic::{Expr, trace::{Real, trace}};
//! fn logistic<R: Real>(u: &[R]) -> Vec<R> {
//!     u.iter().map(|&x| x * (R::from_f64(1.0) - x)).collect()
//! }
//! assert_eq!(logistic(&[0.5]), [0.25]);
//! let (inputs, outputs) = trace("u", 2, logistic::<Expr>);
//! assert_eq!(outputs[1].to_string(), "u2*(-u2 + 1)");
//! assert_eq!(inputs[1].name(), "u2");
//! ```

use crate::symbol::Symbol;
use crate::term::{Dag, Expr, Scalar};
use braid_ir::ScalarOp;
use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign};

/// A real number type: floats, and terms that are cheap to copy.
pub trait Real:
    Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + 'static
{
    /// A constant. Of terms: its exact value.
    fn from_f64(value: f64) -> Self;
    /// The power by a whole number.
    fn powi(self, exponent: i32) -> Self;
    /// The power by a number of this type.
    fn powf(self, exponent: Self) -> Self;
    /// The square root.
    fn sqrt(self) -> Self;
    /// The exponential.
    fn exp(self) -> Self;
    /// The natural logarithm.
    fn ln(self) -> Self;
    /// The sine.
    fn sin(self) -> Self;
    /// The cosine.
    fn cos(self) -> Self;
    /// The tangent.
    fn tan(self) -> Self;
    /// The hyperbolic tangent.
    fn tanh(self) -> Self;
    /// The inverse tangent.
    fn atan(self) -> Self;
    /// The absolute value.
    fn abs(self) -> Self;
    /// The smaller.
    fn min(self, other: Self) -> Self;
    /// The larger.
    fn max(self, other: Self) -> Self;
    /// `yes` where this is less than `other`, else `no`.
    fn choose(self, other: Self, yes: Self, no: Self) -> Self;
}

macro_rules! real_float {
    ($($float:ty)*) => { $(
        impl Real for $float {
            fn from_f64(value: f64) -> Self {
                value as $float
            }
            fn powi(self, exponent: i32) -> Self {
                self.powi(exponent)
            }
            fn powf(self, exponent: Self) -> Self {
                self.powf(exponent)
            }
            fn choose(self, other: Self, yes: Self, no: Self) -> Self {
                if self < other { yes } else { no }
            }
            fn min(self, other: Self) -> Self {
                self.min(other)
            }
            fn max(self, other: Self) -> Self {
                self.max(other)
            }
            real_float!(@same $float: sqrt exp ln sin cos tan tanh atan abs);
        }
    )* };
    (@same $float:ty: $($method:ident)*) => { $(
        fn $method(self) -> Self {
            <$float>::$method(self)
        }
    )* };
}

real_float! { f64 f32 }

macro_rules! real_term {
    ($($term:ty)*) => { $(
        impl AddAssign for $term {
            fn add_assign(&mut self, other: Self) {
                *self = *self + other;
            }
        }
        impl SubAssign for $term {
            fn sub_assign(&mut self, other: Self) {
                *self = *self - other;
            }
        }
        impl MulAssign for $term {
            fn mul_assign(&mut self, other: Self) {
                *self = *self * other;
            }
        }
        impl Real for $term {
            fn from_f64(value: f64) -> Self {
                value.into()
            }
            fn powi(self, exponent: i32) -> Self {
                self.pow(exponent)
            }
            fn powf(self, exponent: Self) -> Self {
                self.power(&exponent)
            }
            fn ln(self) -> Self {
                self.log()
            }
            fn min(self, other: Self) -> Self {
                self.binary(ScalarOp::Min, &other)
            }
            fn max(self, other: Self) -> Self {
                self.binary(ScalarOp::Max, &other)
            }
            fn choose(self, other: Self, yes: Self, no: Self) -> Self {
                Scalar::select(&self.binary(ScalarOp::Lt, &other), &yes, &no)
            }
            real_term!(@same $term: sqrt exp sin cos tan tanh atan abs);
        }
    )* };
    (@same $term:ty: $($method:ident)*) => { $(
        fn $method(self) -> Self {
            <$term as Scalar>::$method(&self)
        }
    )* };
}

real_term! { Expr Dag }

/// Runs a function on unknowns `name1`, `name2`, … and returns these and what it computed of them.
pub fn trace<R: Real + Scalar, F: FnOnce(&[R]) -> Vec<R>>(
    name: &str,
    inputs: usize,
    function: F,
) -> (Vec<Symbol>, Vec<R>) {
    let symbols: Vec<Symbol> = (1..=inputs).map(|i| Symbol::real(&format!("{name}{i}"))).collect();
    let unknowns: Vec<R> = symbols.iter().map(|&symbol| R::symbol(symbol)).collect();
    let outputs = function(&unknowns);
    (symbols, outputs)
}
