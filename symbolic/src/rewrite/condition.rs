//! Conditions of rules: boolean expressions over slots, answered yes, no or unknown.
//!
//! A condition speaks of values where they are defined: `?a > 0` holds of `x^2 + 1`, and of `exp(log(x))`, which is not
//! defined for every `x` but positive wherever it is.

use super::operands::Operands;
use super::pattern::{Bindings, Pattern};
use crate::facts::Facts;
use crate::number::Number;
use crate::symbol::Symbol;
use crate::term::{Head, Scalar, Term, walk};
use braid_ir::ScalarOp;
use std::hash::Hash;
use std::sync::{Arc, LazyLock, RwLock};

/// The answer to a question about all values that the unknowns may have.
///
/// ```
/// use braid_symbolic::rewrite::{FactsOracle, Predicate, Truth};
/// use braid_symbolic::{Expr, Scalar};
/// let positive = Predicate::named("positive").unwrap();
/// assert_eq!(positive.holds(&Expr::var("x").exp(), &FactsOracle), Truth::Yes);
/// assert_eq!(positive.holds(&Expr::var("x"), &FactsOracle), Truth::Unknown);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Truth {
    /// It always holds.
    Yes,
    /// It never holds.
    No,
    /// It sometimes holds, or nobody can say.
    Unknown,
}

impl Truth {
    /// Yes or no.
    ///
    /// ```
    /// use braid_symbolic::rewrite::Truth;
    /// assert_eq!(Truth::of(1 < 2), Truth::Yes);
    /// ```
    pub fn of(holds: bool) -> Truth {
        if holds { Truth::Yes } else { Truth::No }
    }

    /// Whether both hold.
    ///
    /// ```
    /// use braid_symbolic::rewrite::Truth;
    /// assert_eq!(Truth::Unknown.and(Truth::No), Truth::No);
    /// ```
    pub fn and(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::No, _) | (_, Truth::No) => Truth::No,
            (Truth::Yes, Truth::Yes) => Truth::Yes,
            _ => Truth::Unknown,
        }
    }

    /// Whether one of them holds.
    ///
    /// ```
    /// use braid_symbolic::rewrite::Truth;
    /// assert_eq!(Truth::Unknown.or(Truth::No), Truth::Unknown);
    /// ```
    pub fn or(self, other: Truth) -> Truth {
        self.negated().and(other.negated()).negated()
    }

    /// The opposite.
    ///
    /// ```
    /// use braid_symbolic::rewrite::Truth;
    /// assert_eq!(Truth::Unknown.negated(), Truth::Unknown);
    /// ```
    pub fn negated(self) -> Truth {
        match self {
            Truth::Yes => Truth::No,
            Truth::No => Truth::Yes,
            Truth::Unknown => Truth::Unknown,
        }
    }
}

/// What a predicate sees of a term.
///
/// ```
/// use braid_symbolic::rewrite::{FactsOracle, Oracle};
/// use braid_symbolic::{Expr, Number};
/// let view = FactsOracle.view(&Expr::int(2));
/// assert_eq!((view.number, view.symbol), (Some(Number::TWO), None));
/// ```
#[derive(Clone, Debug)]
pub struct View {
    /// What is known of the value.
    pub facts: Facts,
    /// The constant, if it is one.
    pub number: Option<Number>,
    /// The unknown, if it is one.
    pub symbol: Option<Symbol>,
}

/// Who answers questions about terms.
///
/// ```
/// use braid_symbolic::rewrite::{Context, FactsOracle, Matcher, Oracle, Rule, Truth, View};
/// use braid_symbolic::{Expr, facts::Facts, syntax::parse};
/// use std::sync::Arc;
/// /// Everything is positive here.
/// struct Positive;
/// impl Oracle<Expr> for Positive {
///     fn view(&self, term: &Expr) -> View {
///         View { facts: Facts::POS.with(Facts::TOTAL), ..FactsOracle.view(term) }
///     }
///     fn constant(&self, term: &Expr) -> Truth {
///         FactsOracle.constant(term)
///     }
///     fn free_of(&self, term: &Expr, part: &Expr) -> Truth {
///         FactsOracle.free_of(term, part)
///     }
/// }
/// let matcher = Matcher::new(&Rule::parse("r: exp(log(?a)) => ?a if ?a > 0").unwrap());
/// let outcome = Context::new(Arc::new(Positive)).run(&matcher, &parse("exp(log(x))").unwrap()).unwrap();
/// assert_eq!(outcome.term, Expr::var("x"));
/// ```
pub trait Oracle<T: Term> {
    /// What is known of a term.
    ///
    /// ```
    /// use braid_symbolic::rewrite::{FactsOracle, Oracle};
    /// use braid_symbolic::{Expr, Scalar};
    /// assert!(FactsOracle.view(&Expr::var("x").exp()).facts.is_positive());
    /// ```
    fn view(&self, term: &T) -> View;

    /// Whether no unknown occurs in a term.
    ///
    /// ```
    /// use braid_symbolic::rewrite::{FactsOracle, Oracle, Truth};
    /// use braid_symbolic::{Expr, Scalar};
    /// assert_eq!(FactsOracle.constant(&Expr::pi().sin()), Truth::Yes);
    /// ```
    fn constant(&self, term: &T) -> Truth;

    /// Whether the second term occurs nowhere in the first.
    ///
    /// ```
    /// use braid_symbolic::rewrite::{FactsOracle, Oracle, Truth};
    /// use braid_symbolic::{Expr, Scalar};
    /// assert_eq!(FactsOracle.free_of(&Expr::var("y"), &Expr::var("x")), Truth::Yes);
    /// ```
    fn free_of(&self, term: &T, part: &T) -> Truth;
}

/// The oracle that knows what was known when terms were made.
///
/// ```
/// use braid_symbolic::rewrite::{FactsOracle, Oracle, Truth};
/// use braid_symbolic::{Expr, Scalar};
/// let x = Expr::var("x");
/// assert_eq!(FactsOracle.free_of(&x.sin(), &x), Truth::No);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct FactsOracle;

impl<T: Scalar> Oracle<T> for FactsOracle {
    fn view(&self, term: &T) -> View {
        View { facts: term.facts(), number: term.as_number(), symbol: term.as_symbol() }
    }

    fn constant(&self, term: &T) -> Truth {
        let mut found = false;
        walk::postorder(term, |t| found |= matches!(t.head(), Head::Symbol(_)));
        Truth::of(!found)
    }

    fn free_of(&self, term: &T, part: &T) -> Truth {
        let mut found = false;
        walk::postorder(term, |t| found |= t == part);
        Truth::of(!found)
    }
}

/// A named test of one term: `integer`, `positive`, or registered by the user.
///
/// ```
/// use braid_symbolic::rewrite::{FactsOracle, Predicate, Truth};
/// use braid_symbolic::{Expr, Scalar};
/// let integer = Predicate::named("integer").unwrap();
/// assert_eq!(integer.holds(&Expr::var("x").floor(), &FactsOracle), Truth::Yes);
/// assert_eq!(integer.holds(&Expr::number(1).over(&2.into()), &FactsOracle), Truth::No);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Predicate(u16);

type Test = Arc<dyn Fn(&View) -> Truth + Send + Sync>;

struct Row {
    name: Arc<str>,
    test: Test,
}

/// The predicates that every process knows: name, and whether facts and constant decide.
const BUILT_IN: &[(&str, fn(&View) -> Truth)] = &[
    // Asked of the oracle, since it takes a walk.
    ("constant", |_| Truth::Unknown),
    ("number", |v| Truth::of(v.number.is_some())),
    ("symbol", |v| Truth::of(v.symbol.is_some())),
    ("integer", |v| match &v.number {
        Some(n) => Truth::of(n.is_integer()),
        None => yes_if(v.facts.is_integer()),
    }),
    ("even", |v| parity(v, true)),
    ("odd", |v| parity(v, false)),
    ("positive", |v| signs(v, Facts::POS)),
    ("negative", |v| signs(v, Facts::NEG)),
    ("nonnegative", |v| signs(v, Facts::POS.with(Facts::ZERO))),
    ("nonpositive", |v| signs(v, Facts::NEG.with(Facts::ZERO))),
    ("nonzero", |v| signs(v, Facts::POS.with(Facts::NEG))),
    ("zero", |v| signs(v, Facts::ZERO)),
    ("defined", |v| yes_if(v.facts.is_total())),
    ("boolean", |v| match &v.number {
        Some(n) => Truth::of(n.is_zero() || n.is_one()),
        None => yes_if(v.facts.is_bool()),
    }),
    ("any", |_| Truth::Yes),
];

fn yes_if(known: bool) -> Truth {
    if known { Truth::Yes } else { Truth::Unknown }
}

fn signs(view: &View, allowed: Facts) -> Truth {
    let possible = view.facts.signs();
    // What has no sign has no value anywhere; of that, nothing is worth saying.
    if possible == 0 {
        Truth::Unknown
    } else if possible & !allowed.signs() == 0 {
        Truth::Yes
    } else if possible & allowed.signs() == 0 {
        Truth::No
    } else {
        Truth::Unknown
    }
}

fn parity(view: &View, even: bool) -> Truth {
    match &view.number {
        Some(n) => Truth::of(n.is_integer() && n.is_even() == even),
        None => Truth::Unknown,
    }
}

static TABLE: LazyLock<RwLock<Vec<Row>>> = LazyLock::new(|| {
    let row = |&(name, test): &(&str, fn(&View) -> Truth)| Row { name: name.into(), test: Arc::new(test) };
    RwLock::new(BUILT_IN.iter().map(row).collect())
});

impl Predicate {
    /// Whether no unknown occurs.
    pub const CONSTANT: Predicate = Predicate(0);

    /// Registers a predicate for the life of the process. A later one of the same name hides this one.
    ///
    /// ```
    /// use braid_symbolic::rewrite::{Predicate, Rule, Truth};
    /// Predicate::register("small", |v| match &v.number {
    ///     Some(n) => Truth::of(n.abs().to_f64() < 10.0),
    ///     None => Truth::No,
    /// });
    /// assert!(Rule::parse("s: sin(?n::small) => cos(?n - pi/2)").is_ok());
    /// ```
    pub fn register(name: &str, test: impl Fn(&View) -> Truth + Send + Sync + 'static) -> Predicate {
        let mut table = TABLE.write().unwrap_or_else(|e| e.into_inner());
        table.push(Row { name: name.into(), test: Arc::new(test) });
        Predicate(u16::try_from(table.len() - 1).expect("fewer than 2^16 predicates"))
    }

    /// The predicate registered last under this name.
    ///
    /// ```
    /// use braid_symbolic::rewrite::Predicate;
    /// assert!(Predicate::named("integer").is_some() && Predicate::named("wholesome").is_none());
    /// ```
    pub fn named(name: &str) -> Option<Predicate> {
        let table = TABLE.read().unwrap_or_else(|e| e.into_inner());
        table.iter().rposition(|row| *row.name == *name).map(|at| Predicate(at as u16))
    }

    /// All names, sorted.
    ///
    /// ```
    /// use braid_symbolic::rewrite::Predicate;
    /// assert!(Predicate::names().iter().any(|name| &**name == "even"));
    /// ```
    pub fn names() -> Vec<Arc<str>> {
        let table = TABLE.read().unwrap_or_else(|e| e.into_inner());
        let mut names: Vec<Arc<str>> = table.iter().map(|row| row.name.clone()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The name.
    ///
    /// ```
    /// use braid_symbolic::rewrite::Predicate;
    /// assert_eq!(&*Predicate::named("even").unwrap().name(), "even");
    /// ```
    pub fn name(self) -> Arc<str> {
        TABLE.read().unwrap_or_else(|e| e.into_inner())[self.0 as usize].name.clone()
    }

    /// Whether it holds of what is seen. [`Predicate::CONSTANT`] is for the oracle to answer.
    ///
    /// ```
    /// use braid_symbolic::rewrite::{FactsOracle, Oracle, Predicate, Truth};
    /// let view = FactsOracle.view(&braid_symbolic::Expr::int(3));
    /// assert_eq!(Predicate::named("even").unwrap().test(&view), Truth::No);
    /// ```
    pub fn test(self, view: &View) -> Truth {
        let built_in = BUILT_IN.get(self.0 as usize);
        if let Some((_, test)) = built_in {
            return test(view);
        }
        let test = TABLE.read().unwrap_or_else(|e| e.into_inner())[self.0 as usize].test.clone();
        test(view)
    }

    /// Whether it holds of a term.
    ///
    /// ```
    /// use braid_symbolic::rewrite::{FactsOracle, Predicate, Truth};
    /// let even = Predicate::named("even").unwrap();
    /// assert_eq!(even.holds(&braid_symbolic::Expr::int(4), &FactsOracle), Truth::Yes);
    /// ```
    pub fn holds<T: Term>(self, term: &T, oracle: &(impl Oracle<T> + ?Sized)) -> Truth {
        if self == Predicate::CONSTANT { oracle.constant(term) } else { self.test(&oracle.view(term)) }
    }
}

/// An element of a condition in postfix form.
#[derive(Clone, Debug, PartialEq)]
pub enum Clause<H> {
    /// The same for every match.
    Always(bool),
    /// Wherever the value is defined, its sign is one of these (the bits of [`Facts::signs`]).
    Sign(Pattern<H>, u8),
    /// A predicate of a term.
    Is(Predicate, Pattern<H>),
    /// The second term occurs nowhere in the first.
    FreeOf(Pattern<H>, Pattern<H>),
    /// The two conditions before both hold.
    And,
    /// One of the two conditions before holds.
    Or,
    /// The condition before does not hold.
    Not,
    /// The condition before is known to hold: it is not one to record where it is unknown. Without this,
    /// `abs(?a) => ?a if ?a >= 0` would choose one of two cases and record which.
    Known,
}

/// When a rule may be applied; in postfix form, empty for always.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition<H> {
    pub(super) clauses: Vec<Clause<H>>,
}

/// What the patterns of a condition stand for: terms in a rewriter, classes in an e-graph.
pub trait Subjects<H> {
    /// What is known of the value.
    fn view(&self, pattern: &Pattern<H>) -> View;

    /// Whether no unknown occurs in it.
    fn constant(&self, pattern: &Pattern<H>) -> Truth;

    /// Whether the second occurs nowhere in the first.
    fn free_of(&self, pattern: &Pattern<H>, part: &Pattern<H>) -> Truth;
}

/// Subjects that are terms.
struct Matched<'a, T: Operands, O: ?Sized> {
    bindings: &'a Bindings<T>,
    oracle: &'a O,
}

impl<T: Operands, O: Oracle<T> + ?Sized> Subjects<T::Head> for Matched<'_, T, O> {
    fn view(&self, pattern: &Pattern<T::Head>) -> View {
        match pattern.instantiate(self.bindings) {
            Some(term) => self.oracle.view(&term),
            None => View { facts: Facts::REAL, number: None, symbol: None },
        }
    }

    fn constant(&self, pattern: &Pattern<T::Head>) -> Truth {
        pattern.instantiate(self.bindings).map_or(Truth::Unknown, |t| self.oracle.constant(&t))
    }

    fn free_of(&self, pattern: &Pattern<T::Head>, part: &Pattern<T::Head>) -> Truth {
        match (pattern.instantiate(self.bindings), part.instantiate(self.bindings)) {
            (Some(term), Some(part)) => self.oracle.free_of(&term, &part),
            _ => Truth::Unknown,
        }
    }
}

impl<H: Clone + Eq + Hash> Condition<H> {
    /// The condition that always holds.
    pub const ALWAYS: Condition<H> = Condition { clauses: Vec::new() };

    /// Whether nothing is asked.
    pub fn is_always(&self) -> bool {
        self.clauses.is_empty()
    }

    /// The clauses in postfix order.
    pub fn clauses(&self) -> &[Clause<H>] {
        &self.clauses
    }

    /// Whether it holds of the subjects.
    pub fn decide(&self, subjects: &impl Subjects<H>) -> Truth {
        let mut stack: Vec<Truth> = Vec::new();
        for clause in &self.clauses {
            let answer = match clause {
                Clause::Always(holds) => Truth::of(*holds),
                Clause::Sign(value, allowed) => signs(&subjects.view(value), Facts::from_bits(*allowed)),
                Clause::Is(Predicate::CONSTANT, value) => subjects.constant(value),
                Clause::Is(predicate, value) => predicate.test(&subjects.view(value)),
                Clause::FreeOf(value, part) => subjects.free_of(value, part),
                Clause::And | Clause::Or => {
                    let (b, a) = (stack.pop(), stack.pop());
                    let (a, b) = (a.unwrap_or(Truth::Yes), b.unwrap_or(Truth::Yes));
                    if *clause == Clause::And { a.and(b) } else { a.or(b) }
                }
                Clause::Not => stack.pop().unwrap_or(Truth::No).negated(),
                Clause::Known => Truth::of(stack.pop() == Some(Truth::Yes)),
            };
            stack.push(answer);
        }
        stack.pop().unwrap_or(Truth::Yes)
    }

    /// Whether it holds of a match.
    pub fn truth<T: Operands<Head = H>>(
        &self,
        bindings: &Bindings<T>,
        oracle: &(impl Oracle<T> + ?Sized),
    ) -> Truth {
        if self.is_always() {
            return Truth::Yes;
        }
        self.decide(&Matched { bindings, oracle })
    }
}

impl Condition<Head> {
    /// The condition of a match as a truth value, for a result that carries it. `None` where it asks for what no value
    /// tells, such as whether a term is a constant.
    pub fn to_term<T: Scalar>(&self, bindings: &Bindings<T>) -> Option<T> {
        let zero = T::number(0);
        let mut stack: Vec<T> = Vec::new();
        for clause in &self.clauses {
            let term = match clause {
                Clause::Always(holds) => T::number(*holds as i64),
                Clause::Sign(value, allowed) => sign_term(&value.instantiate(bindings)?, *allowed),
                Clause::Is(predicate, value) => {
                    let value = value.instantiate(bindings)?;
                    let whole = || value.binary(ScalarOp::Eq, &value.floor());
                    let modulo = |rest: i64| {
                        let odd = value.binary(ScalarOp::Mod, &T::number(2));
                        odd.binary(ScalarOp::Eq, &T::number(rest))
                    };
                    match &*predicate.name() {
                        "integer" => whole(),
                        "even" => modulo(0),
                        "odd" => modulo(1),
                        "positive" => sign_term(&value, 4),
                        "negative" => sign_term(&value, 1),
                        "nonnegative" => sign_term(&value, 6),
                        "nonpositive" => sign_term(&value, 3),
                        "nonzero" => sign_term(&value, 5),
                        "zero" => sign_term(&value, 2),
                        "defined" => value.binary(ScalarOp::Eq, &value),
                        "boolean" => {
                            let one = value.binary(ScalarOp::Eq, &T::number(1));
                            value.binary(ScalarOp::Eq, &zero).binary(ScalarOp::Or, &one)
                        }
                        "any" => T::number(1),
                        _ => return None,
                    }
                }
                Clause::FreeOf(..) => return None,
                Clause::And | Clause::Or => {
                    let (b, a) = (stack.pop()?, stack.pop()?);
                    a.binary(if *clause == Clause::And { ScalarOp::And } else { ScalarOp::Or }, &b)
                }
                Clause::Not => stack.pop()?.negation(),
                Clause::Known => continue,
            };
            stack.push(term);
        }
        Some(stack.pop().unwrap_or_else(|| T::number(1)))
    }
}

/// The truth value of a term having one of these signs.
fn sign_term<T: Scalar>(value: &T, signs: u8) -> T {
    let zero = T::number(0);
    let (op, swapped) = match signs & 7 {
        0 => return T::number(0),
        1 => (ScalarOp::Lt, false),
        2 => (ScalarOp::Eq, false),
        3 => (ScalarOp::Le, false),
        4 => (ScalarOp::Lt, true),
        5 => (ScalarOp::Ne, false),
        6 => (ScalarOp::Le, true),
        _ => (ScalarOp::Eq, false),
    };
    match (signs & 7, swapped) {
        (7, _) => value.binary(op, value),
        (_, true) => zero.binary(op, value),
        (_, false) => value.binary(op, &zero),
    }
}
