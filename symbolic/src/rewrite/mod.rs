//! Rewriting by rules: patterns, conditions, matching modulo associativity and commutativity, strategies.
//!
//! A [`Rule`] is a line of text: `log-exp: exp(log(?a)) => ?a if ?a > 0`. It holds for partial functions over the real
//! numbers: under its condition both sides have the same value and are defined in the same places, which [`vet()`] tests by
//! machine. Where a condition is not known to hold the rule is not applied, or, if asked, the condition is recorded beside
//! the result. What a rule drops and what need not be defined is kept as `0*log(x)`.
//!
//! A [`Matcher`] applies a rule at the root of a term, [`Rules`] the first of several; [`Prewalk`], [`Postwalk`],
//! [`Fixpoint`] and the others of [`combinators`] say where and how often. A [`Context`] carries limits, an [`Oracle`] for
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

pub mod combinators;
pub mod condition;
mod computed;
mod heads;
pub mod matcher;
pub mod operands;
pub mod pattern;
pub mod plan;
pub mod rule;
pub mod rules;
mod value;
pub mod vet;

pub use combinators::{
    ByFunction, Chain, Context, Empty, Fixpoint, FixpointNoCycle, If, IfElse, Limits, Outcome, PassThrough,
    Postwalk, Prewalk, RestartedChain, Rewriter, Rules, Step, StopReason, Stopped, explain,
};
pub use condition::{Clause, Condition, FactsOracle, Oracle, Predicate, Subjects, Truth, View};
pub use matcher::{Applied, Search, Unknowns};
pub use operands::{Index, Operands, Role};
pub use pattern::{Bindings, Pattern, PatternNode, SlotId, SlotSpec};
pub use plan::{Matcher, dropped};
pub use rule::{Class, Direction, Match, Right, Rule, RuleError, RuleErrorKind};
pub use rules::{simplify_classical, simplify_classical_in};
pub use value::Value;
pub use vet::{CounterExample, Effort, Objection, RuleSet, Vetted, vet, vet_with};
