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
///
/// ```
/// use braid_symbolic::trace::Real;
/// fn clamp<R: Real>(x: R) -> R {
///     let one = R::from_f64(1.0);
///     x.choose(one, x, one) // x where it is less than 1
/// }
/// assert_eq!(clamp(3.0), 1.0);
/// assert_eq!(clamp(braid_symbolic::Expr::var("x")).to_string(), "select(x < 1, x, 1)");
/// ```
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
    ///
    /// ```
    /// use braid_symbolic::trace::Real;
    /// assert_eq!(braid_symbolic::Expr::from_f64(0.5).to_string(), "1/2");
    /// ```
    fn from_f64(value: f64) -> Self;
    /// The power by a whole number.
    ///
    /// ```
    /// use braid_symbolic::trace::Real;
    /// assert_eq!(Real::powi(2.0, 3), 8.0);
    /// ```
    fn powi(self, exponent: i32) -> Self;
    /// The power by a number of this type.
    ///
    /// ```
    /// use braid_symbolic::trace::Real;
    /// assert_eq!(Real::powf(4.0, 0.5), 2.0);
    /// ```
    fn powf(self, exponent: Self) -> Self;
    /// The square root.
    ///
    /// ```
    /// use braid_symbolic::trace::Real;
    /// assert_eq!(Real::sqrt(9.0), 3.0);
    /// ```
    fn sqrt(self) -> Self;
    /// The exponential.
    ///
    /// ```
    /// use braid_symbolic::trace::Real;
    /// assert_eq!(Real::exp(0.0), 1.0);
    /// ```
    fn exp(self) -> Self;
    /// The natural logarithm.
    ///
    /// ```
    /// use braid_symbolic::trace::Real;
    /// assert_eq!(braid_symbolic::Expr::var("x").ln().to_string(), "log(x)");
    /// ```
    fn ln(self) -> Self;
    /// The sine.
    ///
    /// ```
    /// use braid_symbolic::trace::Real;
    /// assert_eq!(Real::sin(0.0), 0.0);
    /// ```
    fn sin(self) -> Self;
    /// The cosine.
    ///
    /// ```
    /// use braid_symbolic::trace::Real;
    /// assert_eq!(Real::cos(0.0), 1.0);
    /// ```
    fn cos(self) -> Self;
    /// The tangent.
    ///
    /// ```
    /// use braid_symbolic::trace::Real;
    /// assert_eq!(Real::tan(0.0), 0.0);
    /// ```
    fn tan(self) -> Self;
    /// The hyperbolic tangent.
    ///
    /// ```
    /// use braid_symbolic::trace::Real;
    /// assert_eq!(Real::tanh(0.0), 0.0);
    /// ```
    fn tanh(self) -> Self;
    /// The inverse tangent.
    ///
    /// ```
    /// use braid_symbolic::trace::Real;
    /// assert_eq!(Real::atan(0.0), 0.0);
    /// ```
    fn atan(self) -> Self;
    /// The absolute value.
    ///
    /// ```
    /// use braid_symbolic::trace::Real;
    /// assert_eq!(Real::abs(-2.0), 2.0);
    /// ```
    fn abs(self) -> Self;
    /// The smaller.
    ///
    /// ```
    /// use braid_symbolic::trace::Real;
    /// assert_eq!(Real::min(1.0, 2.0), 1.0);
    /// ```
    fn min(self, other: Self) -> Self;
    /// The larger.
    ///
    /// ```
    /// use braid_symbolic::trace::Real;
    /// let x = braid_symbolic::Expr::var("x");
    /// assert_eq!(Real::max(x, Real::from_f64(0.0)).to_string(), "max(x, 0)");
    /// ```
    fn max(self, other: Self) -> Self;
    /// `yes` where this is less than `other`, else `no`.
    ///
    /// ```
    /// use braid_symbolic::trace::Real;
    /// assert_eq!(Real::choose(1.0, 2.0, 10.0, 20.0), 10.0);
    /// ```
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
///
/// ```
/// use braid_symbolic::{Expr, trace::trace};
/// let (inputs, outputs) = trace("u", 3, |u: &[Expr]| vec![u.iter().copied().sum()]);
/// assert_eq!((inputs.len(), outputs[0].to_string()), (3, "u1 + u2 + u3".to_string()));
/// ```
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
