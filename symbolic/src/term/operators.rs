//! Rust's operators on terms, and the macro that declares unknowns.

use super::{Dag, Expr, Poly, Scalar, Tree};
use crate::number::Number;

macro_rules! operators {
    ($($ty:ty)*) => { $(
        impl std::ops::Neg for $ty {
            type Output = $ty;
            fn neg(self) -> $ty {
                self.negated()
            }
        }
        impl std::ops::Neg for &$ty {
            type Output = $ty;
            fn neg(self) -> $ty {
                self.negated()
            }
        }
        operators!(@binary $ty; Add add plus, Sub sub minus, Mul mul times, Div div over);
        impl From<Number> for $ty {
            fn from(value: Number) -> $ty {
                <$ty>::number(value)
            }
        }
        impl From<i64> for $ty {
            fn from(value: i64) -> $ty {
                <$ty>::number(value)
            }
        }
        impl From<i32> for $ty {
            fn from(value: i32) -> $ty {
                <$ty>::number(value)
            }
        }
        /// The exact value of the float. What is not finite becomes a term that is defined nowhere.
        impl From<f64> for $ty {
            fn from(value: f64) -> $ty {
                match Number::from_f64(value) {
                    Some(n) => <$ty>::number(n),
                    None => <$ty>::number(0).pow(-1),
                }
            }
        }
        impl std::iter::Sum for $ty {
            fn sum<I: Iterator<Item = $ty>>(terms: I) -> $ty {
                Scalar::sum(&terms.collect::<Vec<_>>())
            }
        }
        impl std::iter::Product for $ty {
            fn product<I: Iterator<Item = $ty>>(factors: I) -> $ty {
                Scalar::product(&factors.collect::<Vec<_>>())
            }
        }
    )* };
    (@binary $ty:ty; $($op:ident $method:ident $by:ident),*) => { $(
        impl<T: Into<$ty>> std::ops::$op<T> for $ty {
            type Output = $ty;
            fn $method(self, other: T) -> $ty {
                self.$by(&other.into())
            }
        }
        impl<T: Into<$ty>> std::ops::$op<T> for &$ty {
            type Output = $ty;
            fn $method(self, other: T) -> $ty {
                self.$by(&other.into())
            }
        }
        impl std::ops::$op<$ty> for i64 {
            type Output = $ty;
            fn $method(self, other: $ty) -> $ty {
                <$ty>::from(self).$by(&other)
            }
        }
        impl std::ops::$op<$ty> for i32 {
            type Output = $ty;
            fn $method(self, other: $ty) -> $ty {
                <$ty>::from(self).$by(&other)
            }
        }
        impl std::ops::$op<$ty> for f64 {
            type Output = $ty;
            fn $method(self, other: $ty) -> $ty {
                <$ty>::from(self).$by(&other)
            }
        }
    )* };
}

operators! { Expr Dag Tree Poly }

impl From<&Tree> for Tree {
    fn from(term: &Tree) -> Tree {
        term.clone()
    }
}
impl From<&Expr> for Expr {
    fn from(term: &Expr) -> Expr {
        *term
    }
}
impl From<&Poly> for Poly {
    fn from(term: &Poly) -> Poly {
        *term
    }
}
impl From<&Dag> for Dag {
    fn from(term: &Dag) -> Dag {
        *term
    }
}

/// Declares unknowns as [`Expr`]s, by name and with what is assumed of them.
///
/// ```
/// use braid_symbolic::vars;
/// let (x, n, t) = vars!("x", n: int, t > 0);
/// assert_eq!((x + x).to_string(), "2*x");
/// let _ = (n, t);
/// ```
#[macro_export]
macro_rules! vars {
    (@kind int) => { $crate::Assumptions::INTEGER };
    (@kind bool) => { $crate::Assumptions::BOOL };
    (@kind real) => { $crate::Assumptions::REAL };
    (@name $name:literal) => { $name };
    (@name $name:ident) => { stringify!($name) };
    (@zero 0 $assumption:ident) => { $crate::Assumptions::$assumption };
    ($($name:tt $(: $kind:ident)? $(> $gt:tt)? $(>= $ge:tt)? $(< $lt:tt)? $(<= $le:tt)? $(!= $ne:tt)?),+ $(,)?) => {
        ($(<$crate::Expr as $crate::Scalar>::symbol($crate::Symbol::new(
            $crate::vars!(@name $name),
            $crate::Assumptions::REAL
                $(.and($crate::vars!(@kind $kind)))?
                $(.and($crate::vars!(@zero $gt POSITIVE)))?
                $(.and($crate::vars!(@zero $ge NONNEGATIVE)))?
                $(.and($crate::vars!(@zero $lt NEGATIVE)))?
                $(.and($crate::vars!(@zero $le NONPOSITIVE)))?
                $(.and($crate::vars!(@zero $ne NONZERO)))?
        ))),+)
    };
}
