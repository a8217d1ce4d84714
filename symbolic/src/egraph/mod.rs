//! Rewriting by e-graphs: all equal terms at once, rules that fire only where they are proved to hold, and extraction of
//! the cheapest term.
//!
//! Terms in one class are equal as partial functions: the same value, defined in the same places. A rule joins two classes
//! only where its condition is proved for all values of the unknowns, and where both sides depend on the same slots or those
//! that they do not share are defined everywhere; so `x/x` and `1` never become one class by a rule that forgets about 0.
//! Under [`Conditions::Carry`] an e-graph is restricted, as a whole, to where the input is defined, and the result comes with
//! that condition.

mod domain;
mod engine;
pub mod extract;
pub mod ilp;
mod language;
mod matching;
mod native;
mod normal;
mod pattern;
mod saturate;
mod scalar;
mod simplify;

pub use domain::{all_of, domain, holds};
pub use engine::{ClassId, EGraph, HeadId, Node, NodeIndex, NodeKind, Reason};
pub use language::{ClassShape, Computed, Language, Role, Shape, build, shape_of};
pub use matching::Frame;
pub use native::{EXPAND_POWER_MAX, EXPAND_TERMS_MAX, FACTOR_WAYS_MAX, FACTOR_WAYS_TERMS_MAX};
pub use saturate::{Limits, PreparedRule, Report, RuleSet, Step, Stop, saturate};
pub use scalar::Known;
pub use simplify::{Conditions, Extractor, Proof, Setting, Simplified, Simplify, simplify, simplify_all};

use crate::rewrite::Rule;
use crate::term::Scalar;
use std::sync::{Arc, LazyLock};

static RULES: LazyLock<Vec<Rule<crate::Head>>> = LazyLock::new(|| {
    [
        "pythagoras: sin(?a)^2 + cos(?a)^2 => 1",
        "double-sine: 2*sin(?a)*cos(?a) == sin(2*?a)",
        "hyperbolic pythagoras: cosh(?a)^2 - sinh(?a)^2 => 1",
        "exp-sum: exp(?a)*exp(?b) == exp(?a + ?b)",
        "exp-log: exp(log(?a)) => ?a if ?a > 0",
        "log-exp: log(exp(?a)) => ?a",
        "root of square: (?a^2)^(1/2) => abs(?a)",
        "abs positive: abs(?a) => ?a if ?a >= 0",
        "square of abs: abs(?a)^2 => ?a^2",
    ]
    .iter()
    .filter_map(|text| Rule::parse(text).ok())
    .collect()
});

/// The rules that [`simplify`] uses.
pub fn default_rules<T: Scalar>() -> Arc<RuleSet<T>> {
    Arc::new(RuleSet::new(RULES.iter().cloned()))
}
