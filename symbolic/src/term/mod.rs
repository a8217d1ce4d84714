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
    ///
    /// ```
    /// use braid_symbolic::{Expr, Head, Scalar, Term};
    /// use braid_ir::ScalarOp;
    /// assert_eq!((Expr::var("x") + 1).head(), Head::Op(ScalarOp::Add));
    /// ```
    fn head(&self) -> Self::Head;

    /// The arguments, none of a leaf.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Scalar, Term};
    /// assert_eq!(Expr::var("x").exp().args()[..], [Expr::var("x")]);
    /// assert!(Expr::var("x").args().is_empty());
    /// ```
    fn args(&self) -> Args<Self>;

    /// The term of this head and these arguments. A representation may return another term that is equal to it wherever
    /// the arguments are defined, and defined in the same places.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Head, Term};
    /// use braid_ir::ScalarOp;
    /// let x = Expr::var("x");
    /// assert_eq!(Expr::make(&Head::Op(ScalarOp::Add), &[x, x]).to_string(), "2*x"); // equal, and simpler
    /// ```
    fn make(head: &Self::Head, args: &[Self]) -> Self;

    /// Whether operands under this head may be regrouped and reordered.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Head, Term};
    /// use braid_ir::ScalarOp;
    /// assert!(Expr::is_ac(&Head::Op(ScalarOp::Mul)) && !Expr::is_ac(&Head::Op(ScalarOp::Pow)));
    /// ```
    fn is_ac(head: &Self::Head) -> bool;
}

/// The head of a term over the real numbers.
///
/// ```
/// use braid_symbolic::{Expr, Head, Scalar, Term};
/// use braid_ir::ScalarOp;
/// assert_eq!(Expr::var("x").sin().head(), Head::Op(ScalarOp::Sin));
/// ```
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
    ///
    /// ```
    /// use braid_symbolic::{Head, facts::Facts};
    /// use braid_ir::ScalarOp;
    /// let real = Facts::REAL.with(Facts::TOTAL);
    /// assert!(Head::Op(ScalarOp::Exp).facts(&[real], None).is_positive());
    /// ```
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
    ($($method:ident $op:ident $example:literal $doc:literal;)*) => { $(
        #[doc = $doc]
        ///
        /// ```
        /// use braid_symbolic::{Expr, Scalar, syntax::parse};
        #[doc = concat!("let e: Expr = parse(\"", $example, "\").unwrap();")]
        #[doc = concat!("assert_eq!(Expr::var(\"x\").", stringify!($method), "(), e);")]
        /// ```
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
    ///
    /// ```
    /// use braid_symbolic::{Expr, Scalar};
    /// assert!(Expr::var("x").exp().facts().is_positive());
    /// ```
    fn facts(&self) -> Facts;

    /// A constant.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Scalar};
    /// assert_eq!(Expr::number(3).to_string(), "3");
    /// ```
    fn number(value: impl Into<Number>) -> Self {
        Self::make(&Head::Number(value.into()), &[])
    }

    /// An unknown.
    ///
    /// ```
    /// use braid_symbolic::{Assumptions, Expr, Scalar, Symbol};
    /// let t = Expr::symbol(Symbol::new("t", Assumptions::POSITIVE));
    /// assert_eq!(t.abs(), t);
    /// ```
    fn symbol(symbol: Symbol) -> Self {
        Self::make(&Head::Symbol(symbol), &[])
    }

    /// The real unknown of this name.
    ///
    /// ```
    /// use braid_symbolic::{Scalar, Tree};
    /// assert_eq!(Tree::var("x").to_string(), "x");
    /// ```
    fn var(name: &str) -> Self {
        Self::symbol(Symbol::real(name))
    }

    /// The circle constant.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Scalar};
    /// assert_eq!((Expr::pi() * 2).to_string(), "2*pi");
    /// ```
    fn pi() -> Self {
        Self::make(&Head::Pi, &[])
    }

    /// An operation applied to operands. Differences, quotients, roots and reversed comparisons are written by the
    /// operations of [`ops::TABLE`].
    ///
    /// ```
    /// use braid_symbolic::{Expr, Scalar};
    /// use braid_ir::ScalarOp;
    /// let (x, y) = (Expr::var("x"), Expr::var("y"));
    /// assert_eq!(Expr::apply(ScalarOp::Sub, &[x, y]), x - y);
    /// ```
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
    ///
    /// ```
    /// use braid_symbolic::{Expr, FunctionSpec, Scalar};
    /// let f = FunctionSpec::new("called", &["a", "b"]).register();
    /// assert_eq!(Expr::call(f, &[Expr::var("x"), 2.into()]).to_string(), "called(x, 2)");
    /// ```
    fn call(function: Function, args: &[Self]) -> Self {
        Self::make(&Head::Function(function), args)
    }

    /// The sum; 0 of nothing.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Scalar};
    /// let (x, y) = (Expr::var("x"), Expr::var("y"));
    /// assert_eq!(Expr::sum(&[x, y, x]), 2 * x + y);
    /// assert_eq!(Expr::sum(&[]), Expr::int(0));
    /// ```
    fn sum(terms: &[Self]) -> Self {
        match terms {
            [] => Self::number(0),
            [term] => term.clone(),
            _ => Self::apply(ScalarOp::Add, terms),
        }
    }

    /// The product; 1 of nothing.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Scalar};
    /// let x = Expr::var("x");
    /// assert_eq!(Expr::product(&[x, x]), x.pow(2));
    /// ```
    fn product(factors: &[Self]) -> Self {
        match factors {
            [] => Self::number(1),
            [factor] => factor.clone(),
            _ => Self::apply(ScalarOp::Mul, factors),
        }
    }

    /// The sum of `coefficient · Π generatorᵢ^exponentᵢ` over these exponents and coefficients.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Number, Scalar, poly::Exponents};
    /// let terms = [([2, 0], 3), ([0, 1], 1)].map(|(e, c)| (Exponents::from_slice(&e), Number::int(c)));
    /// let p = Expr::polynomial(&[Expr::var("x"), Expr::var("y")], terms.into_iter());
    /// assert_eq!(p.to_string(), "3*x^2 + y");
    /// ```
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
    ///
    /// ```
    /// use braid_symbolic::{Expr, Scalar};
    /// assert_eq!(Expr::var("x").plus(&Expr::int(1)).to_string(), "x + 1");
    /// ```
    fn plus(&self, other: &Self) -> Self {
        Self::apply(ScalarOp::Add, &[self.clone(), other.clone()])
    }

    /// The product of two.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Scalar};
    /// assert_eq!(Expr::var("x").times(&Expr::var("y")).to_string(), "x*y");
    /// ```
    fn times(&self, other: &Self) -> Self {
        Self::apply(ScalarOp::Mul, &[self.clone(), other.clone()])
    }

    /// The difference.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Scalar};
    /// assert_eq!(Expr::var("x").minus(&Expr::var("y")).to_string(), "x - y");
    /// ```
    fn minus(&self, other: &Self) -> Self {
        self.plus(&other.negated())
    }

    /// The term with the other sign.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Scalar};
    /// assert_eq!(Expr::var("x").negated().to_string(), "-x");
    /// ```
    fn negated(&self) -> Self {
        Self::number(Number::MINUS_ONE).times(self)
    }

    /// The quotient. A zero divisor makes a term that is defined nowhere.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Scalar};
    /// assert_eq!(Expr::var("x").over(&Expr::var("y")).to_string(), "x/y");
    /// ```
    fn over(&self, other: &Self) -> Self {
        self.times(&other.power(&Self::number(Number::MINUS_ONE)))
    }

    /// The power.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Scalar};
    /// assert_eq!(Expr::var("x").power(&Expr::var("y")).to_string(), "x^y");
    /// ```
    fn power(&self, exponent: &Self) -> Self {
        Self::apply(ScalarOp::Pow, &[self.clone(), exponent.clone()])
    }

    /// The power by a constant.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Scalar};
    /// assert_eq!(Expr::var("x").pow(3).to_string(), "x^3");
    /// ```
    fn pow(&self, exponent: impl Into<Number>) -> Self {
        self.power(&Self::number(exponent))
    }

    /// The square root.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Scalar};
    /// assert_eq!(Expr::var("x").sqrt().to_string(), "sqrt(x)");
    /// ```
    fn sqrt(&self) -> Self {
        self.pow(Number::HALF)
    }

    functions! {
        sin Sin "sin(x)" "The sine.";
        cos Cos "cos(x)" "The cosine.";
        tan Tan "tan(x)" "The tangent.";
        asin Asin "asin(x)" "The inverse sine.";
        acos Acos "acos(x)" "The inverse cosine.";
        atan Atan "atan(x)" "The inverse tangent.";
        sinh Sinh "sinh(x)" "The hyperbolic sine.";
        cosh Cosh "cosh(x)" "The hyperbolic cosine.";
        tanh Tanh "tanh(x)" "The hyperbolic tangent.";
        exp Exp "exp(x)" "The exponential.";
        log Log "log(x)" "The natural logarithm.";
        abs Abs "abs(x)" "The absolute value.";
        sign Sign "sign(x)" "-1, 0 or 1.";
        erf Erf "erf(x)" "The error function.";
        floor Floor "floor(x)" "The largest whole number not above.";
        ceil Ceil "ceil(x)" "The smallest whole number not below.";
        negation Not "not x" "The other truth value.";
    }

    /// A binary operation that is not a sum, product or power.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Scalar};
    /// use braid_ir::ScalarOp;
    /// assert_eq!(Expr::var("x").binary(ScalarOp::Max, &Expr::int(0)).to_string(), "max(x, 0)");
    /// ```
    fn binary(&self, op: ScalarOp, other: &Self) -> Self {
        Self::apply(op, &[self.clone(), other.clone()])
    }

    /// `yes` where this holds, else `no`. Defined where this is and the chosen one is.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Scalar};
    /// use braid_symbolic::syntax::parse;
    /// let (x, negative) = (Expr::var("x"), parse::<Expr>("x < 0").unwrap());
    /// assert_eq!(negative.select(&-x, &x).to_string(), "select(x < 0, -x, x)");
    /// ```
    fn select(&self, yes: &Self, no: &Self) -> Self {
        Self::apply(ScalarOp::Select, &[self.clone(), yes.clone(), no.clone()])
    }

    /// The constant, if it is one.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Scalar};
    /// assert_eq!(Expr::int(2).as_number().map(|n| n.to_f64()), Some(2.0));
    /// assert_eq!(Expr::var("x").as_number(), None);
    /// ```
    fn as_number(&self) -> Option<Number> {
        match self.head() {
            Head::Number(n) => Some(n),
            _ => None,
        }
    }

    /// The unknown, if it is one.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Scalar};
    /// assert_eq!(Expr::var("x").as_symbol().unwrap().name(), "x");
    /// ```
    fn as_symbol(&self) -> Option<Symbol> {
        match self.head() {
            Head::Symbol(symbol) => Some(symbol),
            _ => None,
        }
    }

    /// The same term in another representation.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Scalar, Tree, syntax::parse};
    /// let tree: Tree = parse("x + x").unwrap();
    /// assert_eq!(tree.convert::<Expr>().to_string(), "2*x");
    /// ```
    fn convert<T: Scalar>(&self) -> T {
        walk::fold(self, |term, args: &[T]| T::make(&term.head(), args))
    }
}
