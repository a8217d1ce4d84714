//! The default representation: hash-consed terms whose sums and products are coefficient maps.
//!
//! A sum is a constant and a map from terms to rational coefficients; a product is a rational coefficient and a map from
//! bases to exponents. So like terms meet when a term is made, and two sums are equal if their maps are. What is simplified
//! on construction never changes where a term is defined: `x - x` is 0, but `log(x) - log(x)` is `0*log(x)`.
//!
//! Adding to a wide sum, or multiplying a wide product, is deferred until someone looks at the result, so that a loop which
//! accumulates one takes time linear in its terms.

use super::intern::{Interner, mix, mix_str};
use super::{Args, Head, Scalar, Term, canon};
use crate::facts::Facts;
use crate::function::Function;
use crate::number::Number;
use crate::poly::Exponents;
use crate::symbol::Symbol;
use braid_ir::ScalarOp;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::OnceLock;

/// A handle to an expression: `Copy`, compared in constant time. Expressions live as long as the process.
///
/// ```
/// use braid_symbolic::{Expr, Scalar, vars};
/// let (x, y) = vars!(x, y);
/// assert_eq!((x + y + x - y).to_string(), "2*x");
/// // What would change the domain is kept.
/// assert_eq!((x / x).to_string(), "x/x");
/// ```
#[derive(Clone, Copy)]
pub struct Expr(pub(super) &'static Node);

/// A node of the table.
pub(super) struct Node {
    hash: u64,
    facts: Facts,
    kind: Inner,
}

enum Inner {
    Known(Kind),
    /// A sum or product that nobody has looked at yet, and what it is once somebody has.
    Pending(Pending, Expr, Expr, OnceLock<Expr>),
}

/// What is deferred.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pending {
    Sum,
    Product,
}

/// The structure of an expression.
///
/// ```
/// use braid_symbolic::{Expr, Number, term::Kind};
/// let (x, y) = (Expr::var("x"), Expr::var("y"));
/// let Kind::Sum(constant, terms) = (x * 2 + y + 3).kind() else { panic!() };
/// assert_eq!((constant, terms.len()), (&Number::int(3), 2));
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A constant.
    Number(Number),
    /// An unknown.
    Symbol(Symbol),
    /// The circle constant.
    Pi,
    /// `constant + Σ coefficient·term`, of two summands or more. Terms are sorted, distinct, neither numbers nor sums, and
    /// carry no coefficient of their own. A coefficient of zero stays where the term is not defined everywhere.
    Sum(Number, Box<[(Expr, Number)]>),
    /// `coefficient · Π base^exponent`. Bases are sorted; one occurs twice only where adding the exponents would change
    /// where the product is defined.
    Product(Number, Box<[(Expr, Expr)]>),
    /// Any other operation.
    Call(ScalarOp, Box<[Expr]>),
    /// A registered function.
    Function(Function, Box<[Expr]>),
}

static TABLE: Interner<Node> = Interner::new();

/// Sums of at least this many terms are added to lazily, and so are products multiplied.
const WIDE: usize = 16;

impl Expr {
    /// The real unknown of this name.
    ///
    /// ```
    /// assert_eq!(braid_symbolic::Expr::var("x").to_string(), "x");
    /// ```
    pub fn var(name: &str) -> Expr {
        Expr::known(Kind::Symbol(Symbol::real(name)))
    }

    /// A whole number.
    ///
    /// ```
    /// use braid_symbolic::Expr;
    /// assert_eq!(Expr::int(2) + Expr::int(3), Expr::int(5));
    /// ```
    pub fn int(value: i64) -> Expr {
        Expr::known(Kind::Number(Number::int(value)))
    }

    /// The structure.
    ///
    /// ```
    /// use braid_symbolic::{Expr, term::Kind};
    /// assert!(matches!(Expr::var("x").kind(), Kind::Symbol(_)));
    /// ```
    pub fn kind(self) -> &'static Kind {
        match &self.node().kind {
            Inner::Known(kind) => kind,
            Inner::Pending(..) => unreachable!("a node that was looked at"),
        }
    }

    /// The constant, if it is one.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Number};
    /// assert_eq!((Expr::int(2).number_ref(), Expr::var("x").number_ref()), (Some(&Number::TWO), None));
    /// ```
    pub fn number_ref(self) -> Option<&'static Number> {
        match self.kind() {
            Kind::Number(n) => Some(n),
            _ => None,
        }
    }

    /// A hash that is the same in every process.
    ///
    /// ```
    /// use braid_symbolic::Expr;
    /// let (x, y) = (Expr::var("x"), Expr::var("y"));
    /// assert_eq!((x + y).stable_hash(), (y + x).stable_hash());
    /// ```
    pub fn stable_hash(self) -> u64 {
        self.node().hash
    }

    /// The node, with what was deferred done.
    fn node(self) -> &'static Node {
        match &self.0.kind {
            Inner::Known(_) => self.0,
            Inner::Pending(what, _, _, done) => done.get_or_init(|| canon::made(*what, self)).0,
        }
    }

    /// The two sides of what is deferred; `None` where nothing of this kind is.
    pub(super) fn pending(self, what: Pending) -> Option<(Expr, Expr)> {
        match &self.0.kind {
            Inner::Pending(kind, a, b, done) if *kind == what && done.get().is_none() => Some((*a, *b)),
            _ => None,
        }
    }

    /// `a + b` or `a * b`, deferred where that saves copying what is wide.
    fn pair(what: Pending, a: Expr, b: Expr) -> Expr {
        let wide = |e: Expr| match &e.0.kind {
            Inner::Pending(kind, ..) => *kind == what,
            Inner::Known(Kind::Sum(_, terms)) => what == Pending::Sum && terms.len() >= WIDE,
            Inner::Known(Kind::Product(_, factors)) => what == Pending::Product && factors.len() >= WIDE,
            _ => false,
        };
        if wide(a) || wide(b) {
            // A sum within a product, or a product within a sum, is made now: what is deferred in turns would be made in turns,
            // as deep as it is.
            for side in [a, b] {
                if !matches!(&side.0.kind, Inner::Pending(kind, ..) if *kind == what) {
                    side.node();
                }
            }
            let kind = Inner::Pending(what, a, b, OnceLock::new());
            return Expr(Box::leak(Box::new(Node { hash: 0, facts: Facts::REAL, kind })));
        }
        match what {
            Pending::Sum => canon::sum(&[a, b]),
            Pending::Product => canon::product(&[a, b]),
        }
    }

    /// The term that is defined nowhere, `1/0`.
    ///
    /// ```
    /// use braid_symbolic::Expr;
    /// assert_eq!(Expr::int(1) / Expr::int(0), Expr::undefined());
    /// assert_eq!(Expr::undefined() + Expr::var("x"), Expr::undefined());
    /// ```
    pub fn undefined() -> Expr {
        static UNDEFINED: OnceLock<Expr> = OnceLock::new();
        *UNDEFINED.get_or_init(|| {
            let number = |value| Expr::known(Kind::Number(value));
            let kind = Kind::Product(Number::ONE, [(number(Number::ZERO), number(Number::MINUS_ONE))].into());
            let node = Node { hash: hash_of(&kind), facts: facts_of(&kind), kind: Inner::Known(kind) };
            Expr(Box::leak(Box::new(node)))
        })
    }

    /// The expression of a structure that is canonical already.
    pub(super) fn known(kind: Kind) -> Expr {
        let hash = hash_of(&kind);
        let same = |node: &Node, kind: &Kind| {
            node.hash == hash && matches!(&node.kind, Inner::Known(k) if k == kind)
        };
        let make = |kind: Kind| Node { hash, facts: facts_of(&kind), kind: Inner::Known(kind) };
        let node = TABLE.intern(hash, kind, |node| node.hash, same, make);
        // What is defined nowhere is one term, however it was written.
        if node.facts.signs() == 0 { Expr::undefined() } else { Expr(node) }
    }
}

fn hash_of(kind: &Kind) -> u64 {
    let number = |h: u64, n: &Number| match n.as_i64() {
        Some(value) => mix(h, value as u64),
        None => mix_str(h, &n.to_string()),
    };
    match kind {
        Kind::Number(n) => number(1, n),
        Kind::Symbol(symbol) => mix(mix_str(2, symbol.name()), symbol.facts().bits() as u64),
        Kind::Pi => mix(3, 3),
        Kind::Sum(constant, terms) => {
            terms.iter().fold(number(4, constant), |h, (t, c)| number(mix(h, t.node().hash), c))
        }
        Kind::Product(coefficient, factors) => {
            factors.iter().fold(number(5, coefficient), |h, (b, e)| mix(mix(h, b.node().hash), e.node().hash))
        }
        Kind::Call(op, args) => args
            .iter()
            .fold(mix_str(6, crate::ops::spec(*op).map_or("", |row| row.name)), |h, a| mix(h, a.node().hash)),
        Kind::Function(function, args) => {
            args.iter().fold(mix_str(7, &function.spec().name), |h, a| mix(h, a.node().hash))
        }
    }
}

fn facts_of(kind: &Kind) -> Facts {
    let of_call = |args: &[Expr]| args.iter().map(|a| a.node().facts).collect::<Args<Facts>>();
    match kind {
        Kind::Number(n) => Facts::of_number(n),
        Kind::Symbol(symbol) => symbol.facts(),
        Kind::Pi => Facts::POS.with(Facts::TOTAL),
        Kind::Sum(constant, terms) => terms
            .iter()
            .fold(Facts::of_number(constant), |sum, (t, c)| sum.add(Facts::of_number(c).mul(t.node().facts))),
        Kind::Product(coefficient, factors) => {
            factors.iter().fold(Facts::of_number(coefficient), |product, (b, e)| {
                product.mul(b.node().facts.pow(e.node().facts, e.number_ref()))
            })
        }
        Kind::Call(op, args) => crate::ops::facts(*op, &of_call(args)),
        Kind::Function(function, args) => Head::Function(*function).facts(&of_call(args), None),
    }
}

impl PartialEq for Expr {
    fn eq(&self, other: &Expr) -> bool {
        std::ptr::eq(self.0, other.0) || std::ptr::eq(self.node(), other.node())
    }
}
impl Eq for Expr {}

impl Hash for Expr {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.node().hash);
    }
}

impl PartialOrd for Expr {
    fn partial_cmp(&self, other: &Expr) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A total order that is fast and the same in every process, but means nothing to a reader.
impl Ord for Expr {
    fn cmp(&self, other: &Expr) -> Ordering {
        let (a, b) = (self.node(), other.node());
        a.hash.cmp(&b.hash).then_with(|| (a as *const Node).cmp(&(b as *const Node)))
    }
}

impl Term for Expr {
    type Head = Head;

    fn head(&self) -> Head {
        match self.kind() {
            Kind::Number(n) => Head::Number(n.clone()),
            Kind::Symbol(symbol) => Head::Symbol(*symbol),
            Kind::Pi => Head::Pi,
            Kind::Sum(..) => Head::Op(ScalarOp::Add),
            Kind::Product(c, factors) if factors.len() == 1 && c.is_one() => Head::Op(ScalarOp::Pow),
            Kind::Product(..) => Head::Op(ScalarOp::Mul),
            Kind::Call(op, _) => Head::Op(*op),
            Kind::Function(function, _) => Head::Function(*function),
        }
    }

    fn args(&self) -> Args<Expr> {
        match self.kind() {
            Kind::Number(_) | Kind::Symbol(_) | Kind::Pi => Args::new(),
            Kind::Sum(constant, terms) => {
                let constant = (!constant.is_zero()).then(|| Expr::known(Kind::Number(constant.clone())));
                constant.into_iter().chain(terms.iter().map(|(t, c)| canon::scaled(*t, c))).collect()
            }
            Kind::Product(c, factors) if factors.len() == 1 && c.is_one() => {
                [factors[0].0, factors[0].1].into_iter().collect()
            }
            Kind::Product(c, factors) => {
                let coefficient = (!c.is_one()).then(|| Expr::known(Kind::Number(c.clone())));
                coefficient
                    .into_iter()
                    .chain(factors.iter().map(|(b, e)| canon::single_power(*b, *e)))
                    .collect()
            }
            Kind::Call(_, args) | Kind::Function(_, args) => args.iter().copied().collect(),
        }
    }

    fn make(head: &Head, args: &[Expr]) -> Expr {
        match head {
            Head::Number(n) => Expr::known(Kind::Number(n.clone())),
            Head::Symbol(symbol) => Expr::known(Kind::Symbol(*symbol)),
            Head::Pi => Expr::known(Kind::Pi),
            Head::Op(ScalarOp::Add) => match args {
                [a, b] => Expr::pair(Pending::Sum, *a, *b),
                _ => canon::sum(args),
            },
            Head::Op(ScalarOp::Mul) => match args {
                [a, b] => Expr::pair(Pending::Product, *a, *b),
                _ => canon::product(args),
            },
            Head::Op(ScalarOp::Pow) => canon::power(args[0], args[1]),
            Head::Op(op) => canon::call(*op, args),
            Head::Function(function) => Expr::known(Kind::Function(*function, args.into())),
        }
    }

    fn is_ac(head: &Head) -> bool {
        matches!(head, Head::Op(ScalarOp::Add | ScalarOp::Mul))
    }
}

impl Scalar for Expr {
    fn facts(&self) -> Facts {
        self.node().facts
    }

    fn as_number(&self) -> Option<Number> {
        self.number_ref().cloned()
    }

    fn polynomial(generators: &[Expr], terms: impl Iterator<Item = (Exponents, Number)>) -> Expr {
        canon::polynomial(generators, terms)
    }
}

impl crate::symbol::Unknown for Expr {
    fn unknown(self) -> Option<Symbol> {
        match self.kind() {
            Kind::Symbol(symbol) => Some(*symbol),
            _ => None,
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        crate::syntax::print(self, f)
    }
}
impl fmt::Debug for Expr {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
