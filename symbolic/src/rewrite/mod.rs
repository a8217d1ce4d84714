//! Rewriting by rules: patterns, conditions, matching modulo associativity and commutativity, strategies.

pub mod combinators;
pub mod condition;
mod heads;
pub mod matcher;
pub mod pattern;
pub mod rule;

pub use combinators::{
    ByFunction, Chain, Context, Empty, Fixpoint, FixpointNoCycle, If, IfElse, Limits, Outcome, PassThrough, Postwalk,
    Prewalk, RestartedChain, Rewriter, Rules, Step, StopReason, Stopped, explain,
};
pub use condition::{Clause, Condition, FactsOracle, Oracle, Predicate, Subjects, Truth, View};
pub use matcher::{Applied, Index, Matcher, Operands, Role, Unknowns, dropped};
pub use pattern::{Bindings, Pattern, PatternNode, SlotId, SlotSpec};
pub use rule::{Class, Direction, Match, Right, Rule, RuleError, RuleErrorKind};
