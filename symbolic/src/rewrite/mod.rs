//! Rewriting by rules: patterns, conditions, matching modulo associativity and commutativity, strategies.

pub mod condition;
pub mod pattern;
pub mod rule;

pub use condition::{Clause, Condition, FactsOracle, Oracle, Predicate, Subjects, Truth, View};
pub use pattern::{Bindings, Pattern, PatternNode, SlotId, SlotSpec};
pub use rule::{Class, Direction, Match, Right, Rule, RuleError, RuleErrorKind};
