//! Rewriting by rules: patterns, conditions, matching modulo associativity and commutativity, strategies.
//!
//! A [`Rule`] is a line of text: `log-exp: exp(log(?a)) => ?a if ?a > 0`. It holds for partial functions over the real
//! numbers: under its condition both sides have the same value and are defined in the same places, which [`vet()`] tests by
//! machine. Where a condition is not known to hold the rule is not applied, or, if asked, the condition is recorded beside
//! the result. What a rule drops and what need not be defined is kept as `0*log(x)`.
//!
//! A [`Matcher`] applies a rule at the root of a term, [`Rules`] the first of several; [`Prewalk`], [`Postwalk`],
//! [`Fixpoint`] and the other strategies say where and how often. A [`Context`] carries limits, an [`Oracle`] for
//! conditions and a trace; every limit that ends a run is named in [`Stopped`], with the best that was reached.
//!
//! ```
//! use braid_symbolic::rewrite::{Context, Fixpoint, Postwalk, Rule, RuleSet, explain};
//! use braid_symbolic::{Expr, syntax::parse};
//! let mut rules = RuleSet::new();
//! rules.add(Rule::parse("pythagoras: sin(?a)^2 + cos(?a)^2 => 1").unwrap()).unwrap();
//! rules.add(Rule::parse("log-exp: log(exp(?a)) => ?a").unwrap()).unwrap();
//! let term: Expr = parse("log(exp(y)) + 2*sin(x)^2 + 2*cos(x)^2").unwrap();
//! let strategy = Fixpoint(Postwalk(rules.prepare::<Expr>()));
//! let outcome = Context::default().traced().run(&strategy, &term).unwrap();
//! assert_eq!(outcome.term.to_string(), "y + 2");
//! assert!(explain(&outcome.trace).contains("log-exp: log(exp(y)) => y"));
//! ```

pub(crate) mod combinators;
mod computed;
pub(crate) mod condition;
mod heads;
pub(crate) mod matcher;
pub(crate) mod operands;
pub(crate) mod pattern;
pub(crate) mod plan;
pub(crate) mod rule;
pub mod rules;
mod value;
pub(crate) mod vet;

pub use combinators::{
    ByFunction, Chain, Context, Empty, Fixpoint, FixpointNoCycle, If, IfElse, Limits, Outcome, PassThrough,
    Postwalk, Prewalk, RestartedChain, Rewriter, Rules, Step, StopReason, Stopped, explain,
};
pub use condition::{FactsOracle, Oracle, Predicate, Truth, View};
pub use matcher::Unknowns;
pub use plan::Matcher;
pub use rule::{Class, Direction, Rule, RuleError, RuleErrorKind};
pub use rules::{simplify_classical, simplify_classical_in};
pub use vet::{CounterExample, Effort, Objection, RuleSet, Vetted, vet, vet_with};

// How patterns are held and matched: for the compiler's own rewriting of tensors and for tests, and no part of the
// library's interface.
#[doc(hidden)]
pub use condition::{Clause, Condition, Subjects};
#[doc(hidden)]
pub use matcher::{Applied, Search};
#[doc(hidden)]
pub use operands::{Index, Operands, Role};
#[doc(hidden)]
pub use pattern::{Bindings, Pattern, PatternNode, SlotId, SlotSpec};
#[doc(hidden)]
pub use plan::dropped;
#[doc(hidden)]
pub use rule::{Match, Right};
#[doc(hidden)]
pub use value::Value;
