//! Rewriting by e-graphs: all equal terms at once, rules that fire only where they are proved to hold, and extraction of
//! the cheapest term.
//!
//! Terms in one class are equal as partial functions: the same value, defined in the same places. A rule joins two classes
//! only where its condition is proved for all values of the unknowns, and where both sides depend on the same slots or those
//! that they do not share are defined everywhere; so `x/x` and `1` never become one class by a rule that forgets about 0.
//! Under [`Conditions::Carry`] an e-graph is restricted, as a whole, to where the input is defined, and the result comes with
//! that condition.

mod accuracy;
mod check;
mod domain;
mod engine;
#[doc(hidden)]
pub mod extract;
#[doc(hidden)]
pub mod ilp;
mod language;
mod matching;
mod native;
mod normal;
mod pattern;
mod proof;
mod saturate;
mod scalar;
mod simplify;

pub use accuracy::{Accuracy, MAGNITUDE_MAX, MAGNITUDE_MIN, POINTS_MIN};
pub use check::Flaw;
pub use domain::{all_of, domain, holds};
pub use native::{EXPAND_POWER_MAX, EXPAND_TERMS_MAX, FACTOR_WAYS_MAX, FACTOR_WAYS_TERMS_MAX};
pub use proof::{Explanation, ProofStep, STEPS_MAX};
pub use saturate::{Limits, NATIVE_ROUNDS_MAX, NORMAL_ROUNDS_MAX, PreparedRules, REST_ROUNDS, Report, Stop};
pub use simplify::{
    Conditions, ExplainError, Extractor, Proof, Rewriter, Setting, Simplified, Simplify, explain, simplify,
    simplify_all,
};

// The graph itself, and other languages in it than terms over the real numbers: for the compiler's own rewriting of
// tensors, and no part of the library's interface.
#[doc(hidden)]
pub use engine::{ClassId, EGraph, HeadId, Node, NodeIndex, NodeKind, Reason};
#[doc(hidden)]
pub use language::{ClassShape, Computed, Language, Role, Shape, build, shape_of};
#[doc(hidden)]
pub use matching::Frame;
#[doc(hidden)]
pub use saturate::{Step, saturate};
#[doc(hidden)]
pub use scalar::Known;

use crate::rewrite::RuleSet;
use crate::rewrite::rules::{accuracy as accuracy_rules, simplification};
use crate::term::Scalar;
use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, RwLock};

/// The rules that [`simplify`] uses: those of the library, prepared once for each type of terms.
///
/// ```
/// use braid_symbolic::{Expr, egraph::default_rules};
/// assert!(default_rules::<Expr>().rules().any(|rule| rule.name() == "pythagoras"));
/// ```
pub fn default_rules<T: Scalar>() -> Arc<PreparedRules<T>> {
    prepared(false, &[simplification()])
}

/// The rules that are used where [`Accuracy`] is sought: those of [`default_rules`], and those that make terms larger but
/// more accurate.
///
/// ```
/// use braid_symbolic::{Expr, egraph::accurate_rules};
/// assert!(accurate_rules::<Expr>().rules().any(|rule| rule.name() == "exponential less one"));
/// ```
pub fn accurate_rules<T: Scalar>() -> Arc<PreparedRules<T>> {
    prepared(true, &[simplification(), accuracy_rules()])
}

fn prepared<T: Scalar>(accurate: bool, sets: &[&RuleSet]) -> Arc<PreparedRules<T>> {
    type Table = RwLock<HashMap<(TypeId, bool), Arc<dyn Any + Send + Sync>>>;
    static PREPARED: LazyLock<Table> = LazyLock::new(Table::default);
    let key = (TypeId::of::<T>(), accurate);
    let found = PREPARED.read().unwrap_or_else(|e| e.into_inner()).get(&key).cloned();
    if let Some(rules) = found.and_then(|any| any.downcast().ok()) {
        return rules;
    }
    let all = sets.iter().flat_map(|set| set.rules().iter().cloned());
    let rules: Arc<PreparedRules<T>> = Arc::new(PreparedRules::new(all));
    PREPARED.write().unwrap_or_else(|e| e.into_inner()).insert(key, rules.clone());
    rules
}
