//! The term interface, and the data structures behind it.
//!
//! A rewriter sees a term as a head and arguments, and makes terms from heads and arguments; nothing else. So the data
//! structure is a type parameter: a plain [`Tree`], a hash-consed [`Dag`], the default [`Expr`] (hash-consed, with sums and
//! products as coefficient maps), or [`Poly`] (multivariate polynomials over exact rationals). After TermInterface.jl and
//! "High-performance symbolic-numerics via multiple dispatch" (arXiv 2105.03949).

mod canon;
mod dag;
mod expr;
mod intern;
mod operators;
mod poly;
mod tree;
pub mod walk;

pub use dag::Dag;
pub use expr::{Expr, Kind};
pub use poly::Poly;
pub use tree::Tree;

use crate::facts::Facts;
use crate::function::Function;
use crate::number::Number;
use crate::ops;
use crate::poly::Exponents;
use crate::symbol::Symbol;
use braid_ir::ScalarOp;
use smallvec::SmallVec;
use std::fmt::{Debug, Display};
use std::hash::Hash;

/// Arguments of a term.
pub type Args<T> = SmallVec<[T; 4]>;

/// A symbolic term: a head and arguments.
///
/// ```
/// use braid_symbolic::{Expr, Term, syntax::parse};
/// let e: Expr = parse("sin(x)*y").unwrap();
/// let again = Expr::make(&e.head(), &e.args());
/// assert_eq!(e, again);
/// ```
pub trait Term: Clone + Eq + Hash + Debug + Send + Sync + 'static {
    /// What stands at the root of a term; leaves have heads, too.
    type Head: Clone + Eq + Hash + Debug + Send + Sync;

    /// Whether a term that occurs twice is known to be one term without comparing node by node. Walks over such terms
    /// remember what they have seen; over others they visit every occurrence.
    const SHARED: bool = true;

    /// The head.
    fn head(&self) -> Self::Head;

    /// The arguments, none of a leaf.
    fn args(&self) -> Args<Self>;

    /// The term of this head and these arguments. A representation may return another term that is equal to it wherever
    /// the arguments are defined, and defined in the same places.
    fn make(head: &Self::Head, args: &[Self]) -> Self;

    /// Whether operands under this head may be regrouped and reordered.
    fn is_ac(head: &Self::Head) -> bool;
}

/// The head of a term over the real numbers.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Head {
    /// A constant.
    Number(Number),
    /// An unknown.
    Symbol(Symbol),
    /// The ratio of a circle's circumference to its diameter.
    Pi,
    /// An operation of [`ops::TABLE`].
    Op(ScalarOp),
    /// A registered function.
    Function(Function),
}

impl Head {
    /// Facts of an application, from the facts of its arguments; `exponent` is the second argument where it is a constant.
    pub fn facts(&self, args: &[Facts], exponent: Option<&Number>) -> Facts {
        match self {
            Head::Number(n) => Facts::of_number(n),
            Head::Symbol(symbol) => symbol.facts(),
            Head::Pi => Facts::POS.with(Facts::TOTAL),
            Head::Op(ScalarOp::Add) => {
                args.iter().fold(Facts::of_number(&Number::ZERO), |sum, &f| sum.add(f))
            }
            Head::Op(ScalarOp::Mul) => {
                args.iter().fold(Facts::of_number(&Number::ONE), |product, &f| product.mul(f))
            }
            Head::Op(ScalarOp::Pow) => args[0].pow(args[1], exponent),
            Head::Op(op) => ops::facts(*op, args),
            Head::Function(function) => {
                let facts = function.spec().facts;
                let total = facts.is_total() && args.iter().all(|a| a.is_total());
                Facts::from_bits(facts.bits() & !Facts::TOTAL.bits()).with(Facts::TOTAL.when(total))
            }
        }
    }
}

macro_rules! functions {
    ($($method:ident $op:ident $doc:literal;)*) => { $(
        #[doc = $doc]
        fn $method(&self) -> Self {
            Self::apply(ScalarOp::$op, std::slice::from_ref(self))
        }
    )* };
}

/// A term over the real numbers. All constructors are provided: a representation implements [`Term`] and `facts`.
///
/// ```
/// use braid_symbolic::{Dag, Scalar, Tree};
/// fn square<T: Scalar>(x: &T) -> T {
///     x.times(x)
/// }
/// assert_eq!(square(&Tree::var("x")).to_string(), "x*x");
/// assert_eq!(square(&Dag::var("x")).convert::<braid_symbolic::Expr>().to_string(), "x^2");
/// ```
pub trait Scalar: Term<Head = Head> + Display {
    /// What is known of the value.
    fn facts(&self) -> Facts;

    /// A constant.
    fn number(value: impl Into<Number>) -> Self {
        Self::make(&Head::Number(value.into()), &[])
    }

    /// An unknown.
    fn symbol(symbol: Symbol) -> Self {
        Self::make(&Head::Symbol(symbol), &[])
    }

    /// The real unknown of this name.
    fn var(name: &str) -> Self {
        Self::symbol(Symbol::real(name))
    }

    /// The circle constant.
    fn pi() -> Self {
        Self::make(&Head::Pi, &[])
    }

    /// An operation applied to operands. Differences, quotients, roots and reversed comparisons are written by the
    /// operations of [`ops::TABLE`].
    ///
    /// # Panics
    /// If the operation has no row in the table and is none of these.
    fn apply(op: ScalarOp, args: &[Self]) -> Self {
        match op {
            ScalarOp::Neg => args[0].negated(),
            ScalarOp::Sub => args[0].minus(&args[1]),
            ScalarOp::Div => args[0].over(&args[1]),
            ScalarOp::Sqrt => args[0].sqrt(),
            ScalarOp::Rsqrt => args[0].sqrt().pow(Number::MINUS_ONE),
            ScalarOp::Gt => Self::make(&Head::Op(ScalarOp::Lt), &[args[1].clone(), args[0].clone()]),
            ScalarOp::Ge => Self::make(&Head::Op(ScalarOp::Le), &[args[1].clone(), args[0].clone()]),
            _ => {
                assert!(ops::spec(op).is_some(), "{} is no operation of expressions", op.name());
                Self::make(&Head::Op(op), args)
            }
        }
    }

    /// A registered function applied to arguments.
    fn call(function: Function, args: &[Self]) -> Self {
        Self::make(&Head::Function(function), args)
    }

    /// The sum; 0 of nothing.
    fn sum(terms: &[Self]) -> Self {
        match terms {
            [] => Self::number(0),
            [term] => term.clone(),
            _ => Self::apply(ScalarOp::Add, terms),
        }
    }

    /// The product; 1 of nothing.
    fn product(factors: &[Self]) -> Self {
        match factors {
            [] => Self::number(1),
            [factor] => factor.clone(),
            _ => Self::apply(ScalarOp::Mul, factors),
        }
    }

    /// The sum of `coefficient · Π generatorᵢ^exponentᵢ` over these exponents and coefficients.
    fn polynomial(generators: &[Self], terms: impl Iterator<Item = (Exponents, Number)>) -> Self {
        let monomial = |(exponents, coefficient): (Exponents, Number)| {
            let powers = generators.iter().zip(&exponents).filter(|(_, e)| **e > 0);
            let powers = powers.map(|(g, &e)| if e == 1 { g.clone() } else { g.pow(e as i64) });
            let coefficient = (!coefficient.is_one()).then(|| Self::number(coefficient));
            Self::product(&coefficient.into_iter().chain(powers).collect::<Args<Self>>())
        };
        Self::sum(&terms.map(monomial).collect::<Vec<_>>())
    }

    /// The sum of two.
    fn plus(&self, other: &Self) -> Self {
        Self::apply(ScalarOp::Add, &[self.clone(), other.clone()])
    }

    /// The product of two.
    fn times(&self, other: &Self) -> Self {
        Self::apply(ScalarOp::Mul, &[self.clone(), other.clone()])
    }

    /// The difference.
    fn minus(&self, other: &Self) -> Self {
        self.plus(&other.negated())
    }

    /// The term with the other sign.
    fn negated(&self) -> Self {
        Self::number(Number::MINUS_ONE).times(self)
    }

    /// The quotient. A zero divisor makes a term that is defined nowhere.
    fn over(&self, other: &Self) -> Self {
        self.times(&other.power(&Self::number(Number::MINUS_ONE)))
    }

    /// The power.
    fn power(&self, exponent: &Self) -> Self {
        Self::apply(ScalarOp::Pow, &[self.clone(), exponent.clone()])
    }

    /// The power by a constant.
    fn pow(&self, exponent: impl Into<Number>) -> Self {
        self.power(&Self::number(exponent))
    }

    /// The square root.
    fn sqrt(&self) -> Self {
        self.pow(Number::HALF)
    }

    functions! {
        sin Sin "The sine."; cos Cos "The cosine."; tan Tan "The tangent."; asin Asin "The inverse sine.";
        acos Acos "The inverse cosine."; atan Atan "The inverse tangent."; sinh Sinh "The hyperbolic sine.";
        cosh Cosh "The hyperbolic cosine."; tanh Tanh "The hyperbolic tangent."; exp Exp "The exponential.";
        log Log "The natural logarithm."; abs Abs "The absolute value."; sign Sign "-1, 0 or 1."; erf Erf "The error function.";
        floor Floor "The largest whole number not above."; ceil Ceil "The smallest whole number not below.";
        negation Not "The other truth value.";
    }

    /// A binary operation that is not a sum, product or power.
    fn binary(&self, op: ScalarOp, other: &Self) -> Self {
        Self::apply(op, &[self.clone(), other.clone()])
    }

    /// `yes` where this holds, else `no`. Defined where this is and the chosen one is.
    fn select(&self, yes: &Self, no: &Self) -> Self {
        Self::apply(ScalarOp::Select, &[self.clone(), yes.clone(), no.clone()])
    }

    /// The constant, if it is one.
    fn as_number(&self) -> Option<Number> {
        match self.head() {
            Head::Number(n) => Some(n),
            _ => None,
        }
    }

    /// The unknown, if it is one.
    fn as_symbol(&self) -> Option<Symbol> {
        match self.head() {
            Head::Symbol(symbol) => Some(symbol),
            _ => None,
        }
    }

    /// The same term in another representation.
    fn convert<T: Scalar>(&self) -> T {
        walk::fold(self, |term, args: &[T]| T::make(&term.head(), args))
    }
}
