//! The rules of the library, a row each; every one is tested by [`vet`](super::vet()).
//!
//! All hold for partial functions over the real numbers. Where a row seems to lack a condition, look at where both sides
//! are defined: `log(?a^?n)` for an odd `?n` and `?n*log(?a)` are both undefined for `?a` of zero or below.

use super::combinators::{Context, Fixpoint, Outcome, Postwalk, Rules, StopReason, Stopped};
use super::operands::Operands;
use super::rule::{Class, Match, Rule};
use super::vet::RuleSet;
use crate::Expr;
use crate::number::Number;
use crate::term::{Head, Scalar};
use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, RwLock};

/// A rule as text, and what else is to be said of it.
///
/// ```
/// use braid_symbolic::rewrite::{Class, rules::Row};
/// let row = Row { text: "r: log(exp(?a)) => ?a", class: Class::Exact, grows: false };
/// assert!(row.text.starts_with("r:") && row.class == Class::Exact);
/// ```
pub struct Row {
    /// `name: left => right if condition`.
    pub text: &'static str,
    /// What it does to floats.
    pub class: Class,
    /// Whether the right side may be larger.
    pub grows: bool,
}

macro_rules! rows {
    ($(#[$doc:meta])* $name:ident; $($kind:ident $text:literal,)*) => {
        $(#[$doc])*
        pub const $name: &[Row] = &[$(rows!(@row $kind $text)),*];
    };
    (@row exact $text:literal) => { Row { text: $text, class: Class::Exact, grows: false } };
    (@row exact_grows $text:literal) => { Row { text: $text, class: Class::Exact, grows: true } };
    (@row rounds $text:literal) => { Row { text: $text, class: Class::Reassociating, grows: false } };
    (@row grows $text:literal) => { Row { text: $text, class: Class::Reassociating, grows: true } };
}

rows! {
    /// Trigonometric functions.
    TRIGONOMETRY;
    rounds "pythagoras: sin(?a)^2 + cos(?a)^2 => 1",
    rounds "pythagoras with cofactors: ?c*sin(?a)^2 + ?c*cos(?a)^2 => ?c",
    rounds "pythagoras with coefficients: ?m::coefficient*sin(?a)^2 + ?n::coefficient*cos(?a)^2 => ?n + (?m - ?n)*sin(?a)^2",
    rounds "one less sine squared: 1 - sin(?a)^2 => cos(?a)^2",
    rounds "one less cosine squared: 1 - cos(?a)^2 => sin(?a)^2",
    rounds "cofactor less sine squared: ?c - ?c*sin(?a)^2 => ?c*cos(?a)^2",
    rounds "cofactor less cosine squared: ?c - ?c*cos(?a)^2 => ?c*sin(?a)^2",
    grows "secant squared: 1 + tan(?a)^2 => cos(?a)^-2",
    rounds "cosecant squared: 1 + cos(?a)^2/sin(?a)^2 => sin(?a)^-2",
    rounds "cosecant squared, of a tangent: 1 + tan(?a)^-2 => sin(?a)^-2 if cos(?a) != 0",
    rounds "secant squared less tangent squared: cos(?a)^-2 - tan(?a)^2 => 1 + 0*tan(?a)",
    rounds "tangent of a quotient: sin(?a)/cos(?a) => tan(?a)",
    rounds "tangent of a quotient of powers: sin(?a)^?n::number*cos(?a)^?m::number => tan(?a)^?n \
        if ?m + ?n == 0 and integer(?n) and ?n > 0",
    rounds "tangent times cosine: tan(?a)*cos(?a) => sin(?a) if cos(?a) != 0",
    rounds "sine over tangent: sin(?a)/tan(?a) => cos(?a) if cos(?a) != 0 and sin(?a) != 0",
    rounds "double sine: 2*sin(?a)*cos(?a) => sin(2*?a)",
    rounds "double cosine: cos(?a)^2 - sin(?a)^2 => cos(2*?a)",
    rounds "double cosine, of a cosine: 2*cos(?a)^2 - 1 => cos(2*?a)",
    rounds "double cosine, of a sine: 1 - 2*sin(?a)^2 => cos(2*?a)",
    rounds "sine of a sum: sin(?a)*cos(?b) + cos(?a)*sin(?b) => sin(?a + ?b)",
    rounds "sine of a difference: sin(?a)*cos(?b) - cos(?a)*sin(?b) => sin(?a - ?b)",
    rounds "cosine of a sum: cos(?a)*cos(?b) - sin(?a)*sin(?b) => cos(?a + ?b)",
    rounds "cosine of a difference: cos(?a)*cos(?b) + sin(?a)*sin(?b) => cos(?a - ?b)",
    rounds "sine, shifted by full turns: sin(?a + ?n::coefficient*pi) => sin(?a) if even(?n)",
    rounds "sine, shifted by half turns: sin(?a + ?n::coefficient*pi) => -sin(?a) if odd(?n)",
    rounds "sine, shifted by a quarter turn: sin(?a + ?n::coefficient*pi) => cos(?a) if even(?n - 1/2)",
    rounds "sine, shifted by three quarters: sin(?a + ?n::coefficient*pi) => -cos(?a) if odd(?n - 1/2)",
    rounds "cosine, shifted by full turns: cos(?a + ?n::coefficient*pi) => cos(?a) if even(?n)",
    rounds "cosine, shifted by half turns: cos(?a + ?n::coefficient*pi) => -cos(?a) if odd(?n)",
    rounds "cosine, shifted by a quarter turn: cos(?a + ?n::coefficient*pi) => -sin(?a) if even(?n - 1/2)",
    rounds "cosine, shifted by three quarters: cos(?a + ?n::coefficient*pi) => sin(?a) if odd(?n - 1/2)",
    rounds "tangent, shifted by half turns: tan(?a + ?n::coefficient*pi) => tan(?a) if integer(?n)",
    rounds "sine of arcsine: sin(asin(?a)) => ?a if ?a >= -1 and ?a <= 1",
    rounds "cosine of arccosine: cos(acos(?a)) => ?a if ?a >= -1 and ?a <= 1",
    rounds "tangent of arctangent: tan(atan(?a)) => ?a",
    rounds "cosine of arcsine: cos(asin(?a)) => sqrt(1 - ?a^2)",
    rounds "sine of arccosine: sin(acos(?a)) => sqrt(1 - ?a^2)",
    rounds "tangent of arcsine: tan(asin(?a)) => ?a/sqrt(1 - ?a^2)",
    rounds "cosine of arctangent: cos(atan(?a)) => 1/sqrt(1 + ?a^2)",
    rounds "sine of arctangent: sin(atan(?a)) => ?a/sqrt(1 + ?a^2)",
    rounds "arcsine and arccosine: asin(?a) + acos(?a) => pi/2 + 0*asin(?a)",
}

rows! {
    /// Exponentials and logarithms.
    EXPONENTIAL;
    rounds "product of exponentials: exp(?a)*exp(?b) => exp(?a + ?b)",
    rounds "power of an exponential: exp(?a)^?n => exp(?n*?a)",
    rounds "exponential of a logarithm: exp(log(?a)) => ?a if ?a > 0",
    grows "exponential of a multiple of a logarithm: exp(?n*log(?a)) => ?a^?n if ?a > 0",
    rounds "logarithm of an exponential: log(exp(?a)) => ?a",
    rounds "logarithm of a multiple of an exponential: log(?b*exp(?a)) => ?a + log(?b)",
    rounds "logarithm of a power: log(?a^?n) => ?n*log(?a) if ?a > 0",
    rounds "logarithm of a power that is not even: log(?a^?n::number) => ?n*log(?a) if not even(?n)",
    rounds "logarithm of an even power: log(?a^?n::even) => ?n*log(abs(?a)) if ?n != 0",
    rounds "sum of logarithms: log(?a) + log(?b) => log(?a*?b) if ?a > 0 and ?b > 0",
    rounds "difference of logarithms: log(?a) - log(?b) => log(?a/?b) if ?a > 0 and ?b > 0",
    rounds "binary logarithm of a power of two: log2(2^?a) => ?a",
    rounds "decimal logarithm of a power of ten: log10(10^?a) => ?a",
    rounds "two to a binary logarithm: 2^log2(?a) => ?a if ?a > 0",
    rounds "ten to a decimal logarithm: 10^log10(?a) => ?a if ?a > 0",
    rounds "log1p of expm1: log1p(expm1(?a)) => ?a",
    rounds "expm1 of log1p: expm1(log1p(?a)) => ?a if ?a > -1",
    rounds "expm1 and one: expm1(?a) + 1 => exp(?a)",
}

rows! {
    /// Powers, absolute values and signs.
    POWERS;
    rounds "root of a square: (?a^?n::even)^?m => abs(?a)^(?n*?m) if ?n > 0",
    rounds "power of a power: (?a^?b)^?c => ?a^(?b*?c) if ?a > 0",
    rounds "square of a root: sqrt(?a)^2 => ?a if ?a >= 0",
    rounds "cancelled power: ?a*?a^?n::number => ?a^(?n + 1) if ?a != 0",
    rounds "cancelled powers: ?a^?m::number*?a^?n::number => ?a^(?m + ?n) if ?a != 0 and integer(?m) and integer(?n)",
    exact "power to zero: ?a^0 => 1",
    exact "power of one: 1^?a => 1",
    rounds "even power of an absolute value: abs(?a)^?n::even => ?a^?n",
    rounds "product of absolute values: abs(?a)*abs(?b) => abs(?a*?b)",
    grows "absolute value of a multiple: abs(?c::number*?a) => abs(?c)*abs(?a)",
    rounds "absolute value of a power: abs(?a^?n::odd) => abs(?a)^?n",
    exact "sign times absolute value: sign(?a)*abs(?a) => ?a",
    exact "sign times itself: ?a*sign(?a) => abs(?a)",
    rounds "over its absolute value: ?a/abs(?a) => sign(?a) if ?a != 0",
    exact "sign of a sign: sign(sign(?a)) => sign(?a)",
    exact "odd power of a sign: sign(?a)^?n::odd => sign(?a) if ?n > 0",
    exact "sign of a positive: sign(?a) => 1 if known(?a > 0)",
    exact "sign of a negative: sign(?a) => -1 if known(?a < 0)",
    exact "absolute value of a positive: abs(?a) => ?a if known(?a >= 0)",
    exact "absolute value of a negative: abs(?a) => -?a if known(?a <= 0)",
    rounds "floor of a shifted value: floor(?a + ?n::integer) => floor(?a) + ?n",
    rounds "ceiling of a shifted value: ceil(?a + ?n::integer) => ceil(?a) + ?n",
    exact "remainder of a remainder: mod(mod(?a, ?b), ?b) => mod(?a, ?b)",
}

rows! {
    /// Minimum, maximum, choices, comparisons and truth values.
    LOGIC;
    rounds "maximum and minimum, added: max(?a, ?b) + min(?a, ?b) => ?a + ?b",
    rounds "maximum and minimum, multiplied: max(?a, ?b)*min(?a, ?b) => ?a*?b",
    exact "maximum, first: max(?a, ?b) => ?a if known(?a >= ?b)",
    exact "maximum, second: max(?a, ?b) => ?b if known(?b >= ?a)",
    exact "minimum, first: min(?a, ?b) => ?a if known(?a <= ?b)",
    exact "minimum, second: min(?a, ?b) => ?b if known(?b <= ?a)",
    exact "minimum of a maximum, first: min(?a, max(?a, ?b)) => ?a",
    exact "minimum of a maximum, second: min(?a, max(?b, ?a)) => ?a",
    exact "minimum of a maximum, third: min(max(?a, ?b), ?a) => ?a",
    exact "minimum of a maximum, fourth: min(max(?b, ?a), ?a) => ?a",
    exact "maximum of a minimum, first: max(?a, min(?a, ?b)) => ?a",
    exact "maximum of a minimum, second: max(?a, min(?b, ?a)) => ?a",
    exact "maximum of a minimum, third: max(min(?a, ?b), ?a) => ?a",
    exact "maximum of a minimum, fourth: max(min(?b, ?a), ?a) => ?a",
    exact "maximum of the same, first: max(?a, max(?a, ?b)) => max(?a, ?b)",
    exact "maximum of the same, second: max(max(?a, ?b), ?b) => max(?a, ?b)",
    exact "minimum of the same, first: min(?a, min(?a, ?b)) => min(?a, ?b)",
    exact "minimum of the same, second: min(min(?a, ?b), ?b) => min(?a, ?b)",
    exact "maximum of opposites: max(?a, -?a) => abs(?a)",
    exact "maximum of opposites, second: max(-?a, ?a) => abs(?a)",
    exact "choice of the same: select(?c, ?a, ?a) => ?a",
    exact "choice by a negation: select(not ?c, ?a, ?b) => select(?c, ?b, ?a)",
    exact "choice within a choice, first: select(?c, select(?c, ?a, ?b), ?d) => select(?c, ?a, ?d)",
    exact "choice within a choice, second: select(?c, ?a, select(?c, ?b, ?d)) => select(?c, ?a, ?d)",
    exact "choice of truth values: select(?c, 1, 0) => ?c if boolean(?c)",
    exact_grows "choice of the less: select(?a < ?b, ?a, ?b) => min(?a, ?b)",
    exact_grows "choice of the less or equal: select(?a <= ?b, ?a, ?b) => min(?a, ?b)",
    exact_grows "choice of the greater: select(?a < ?b, ?b, ?a) => max(?a, ?b)",
    exact_grows "choice of the greater or equal: select(?a <= ?b, ?b, ?a) => max(?a, ?b)",
    exact "choice by a sign, first: select(?a < 0, -?a, ?a) => abs(?a)",
    exact "choice by a sign, second: select(?a <= 0, -?a, ?a) => abs(?a)",
    exact "choice by a sign, third: select(?a > 0, ?a, -?a) => abs(?a)",
    exact "choice by a sign, fourth: select(?a >= 0, ?a, -?a) => abs(?a)",
    exact "less, always: ?a < ?b => true if known(?a < ?b)",
    exact "less, never: ?a < ?b => false if known(?a >= ?b)",
    exact "less or equal, always: ?a <= ?b => true if known(?a <= ?b)",
    exact "less or equal, never: ?a <= ?b => false if known(?a > ?b)",
    exact "equal, never: ?a == ?b => false if known(?a != ?b)",
    exact "unequal, always: ?a != ?b => true if known(?a != ?b)",
    exact "not less: not ?a < ?b => ?b <= ?a",
    exact "not less or equal: not ?a <= ?b => ?b < ?a",
    exact "not equal: not ?a == ?b => ?a != ?b",
    exact "not unequal: not ?a != ?b => ?a == ?b",
    exact "not not: not not ?a => ?a if boolean(?a)",
    exact "less or equal: ?a < ?b or ?a == ?b => ?a <= ?b",
    exact "less or equal, mirrored: ?a < ?b or ?b == ?a => ?a <= ?b",
    exact "less or greater: ?a < ?b or ?b < ?a => ?a != ?b",
    exact "less and greater: ?a < ?b and ?b < ?a => false",
    exact "both ways less or equal: ?a <= ?b and ?b <= ?a => ?a == ?b",
    exact "one way or the other: ?a <= ?b or ?b <= ?a => true",
    exact "contradiction: ?a and not ?a => false",
    exact "excluded middle: ?a or not ?a => true",
    exact "absorbed or: ?a and (?a or ?b) => ?a if boolean(?a)",
    exact "absorbed and: ?a or (?a and ?b) => ?a if boolean(?a)",
    rounds "compared exponentials: exp(?a) < exp(?b) => ?a < ?b",
    rounds "compared exponentials, or equal: exp(?a) <= exp(?b) => ?a <= ?b",
}

rows! {
    /// Hyperbolic functions.
    HYPERBOLIC;
    rounds "hyperbolic pythagoras: cosh(?a)^2 - sinh(?a)^2 => 1",
    rounds "hyperbolic pythagoras with cofactors: ?c*cosh(?a)^2 - ?c*sinh(?a)^2 => ?c",
    rounds "one and hyperbolic sine squared: 1 + sinh(?a)^2 => cosh(?a)^2",
    grows "hyperbolic cosine squared less one: cosh(?a)^2 - 1 => sinh(?a)^2",
    rounds "hyperbolic tangent of a quotient: sinh(?a)/cosh(?a) => tanh(?a)",
    rounds "hyperbolic tangent times cosine: tanh(?a)*cosh(?a) => sinh(?a)",
    rounds "double hyperbolic sine: 2*sinh(?a)*cosh(?a) => sinh(2*?a)",
    rounds "double hyperbolic cosine: cosh(?a)^2 + sinh(?a)^2 => cosh(2*?a)",
    rounds "sum of opposite exponentials: exp(?a) + exp(-?a) => 2*cosh(?a)",
    rounds "difference of opposite exponentials: exp(?a) - exp(-?a) => 2*sinh(?a)",
    rounds "sum of hyperbolic functions: cosh(?a) + sinh(?a) => exp(?a)",
    rounds "difference of hyperbolic functions: cosh(?a) - sinh(?a) => exp(-?a)",
    rounds "inverse of hyperbolic sine: asinh(sinh(?a)) => ?a",
    rounds "hyperbolic sine of its inverse: sinh(asinh(?a)) => ?a",
    rounds "inverse of hyperbolic cosine: acosh(cosh(?a)) => abs(?a)",
    rounds "hyperbolic cosine of its inverse: cosh(acosh(?a)) => ?a if ?a >= 1",
    rounds "inverse of hyperbolic tangent: atanh(tanh(?a)) => ?a",
    rounds "hyperbolic tangent of its inverse: tanh(atanh(?a)) => ?a if ?a > -1 and ?a < 1",
    rounds "hyperbolic cosine of inverse sine: cosh(asinh(?a)) => sqrt(1 + ?a^2)",
}

rows! {
    /// Products of sums, and functions of sums, written out. Not part of simplifying.
    EXPANSION;
    grows "distribute: ?a*(?b + ??r) => ?a*?b + ?a*??r",
    grows "square of a sum: (?a + ??r)^2 => ?a^2 + 2*?a*??r + (0 + ??r)^2",
    grows "exponential of a sum: exp(?a + ??r) => exp(?a)*exp(??r)",
    grows "logarithm of a product: log(?a*?b) => log(?a) + log(?b) if ?a > 0 and ?b > 0",
    grows "sine of a sum, written out: sin(?a + ??r) => sin(?a)*cos(??r) + cos(?a)*sin(??r)",
    grows "cosine of a sum, written out: cos(?a + ??r) => cos(?a)*cos(??r) - sin(?a)*sin(??r)",
    grows "double sine, written out: sin(2*?a) => 2*sin(?a)*cos(?a)",
    grows "double cosine, written out: cos(2*?a) => cos(?a)^2 - sin(?a)^2",
    grows "tangent, written out: tan(?a) => sin(?a)/cos(?a)",
    grows "hyperbolic tangent, written out: tanh(?a) => sinh(?a)/cosh(?a)",
    grows "power of a sum: ?a^(?b + ??r) => ?a^?b*?a^??r if ?a > 0",
}

rows! {
    /// Common factors taken out. Not part of simplifying, since what is best taken out is for a cost to say.
    FACTORING;
    rounds "common factor: ?a*?b + ?a*?c => ?a*(?b + ?c)",
    rounds "difference of squares: ?a^2 - ?b^2 => (?a - ?b)*(?a + ?b)",
    rounds "square of a binomial: ?a^2 + 2*?a*?b + ?b^2 => (?a + ?b)^2",
    rounds "square of a difference: ?a^2 - 2*?a*?b + ?b^2 => (?a - ?b)^2",
}

rows! {
    /// Other ways to the same value, which round less somewhere. Not part of simplifying.
    ACCURACY;
    grows "exponential less one: exp(?a) - 1 => expm1(?a)",
    grows "logarithm of one more: log(1 + ?a) => log1p(?a)",
    grows "logarithm of a quotient about one: log((1 + ?a)/(1 - ?a)) => 2*atanh(?a)",
    grows "exponentials, subtracted: exp(?a) - exp(?b) => exp(?b)*expm1(?a - ?b)",
    grows "logarithms, subtracted: log(?a) - log(?b) => log1p((?a - ?b)/?b) if ?a > 0 and ?b > 0",
    grows "power near one: (1 + ?a)^?n => exp(?n*log1p(?a)) if ?a > -1",
    grows "roots, subtracted: sqrt(?a) - sqrt(?b) => (?a - ?b)/(sqrt(?a) + sqrt(?b)) if ?a >= 0 and ?b >= 0 and ?a + ?b > 0",
    grows "root less a value: sqrt(?a) - ?b => (?a - ?b^2)/(sqrt(?a) + ?b) if ?a >= 0 and sqrt(?a) + ?b != 0",
    grows "cosine, from one: 1 - cos(?a) => 2*sin(?a/2)^2",
    grows "sines, subtracted: sin(?a) - sin(?b) => 2*cos((?a + ?b)/2)*sin((?a - ?b)/2)",
    grows "cosines, subtracted: cos(?a) - cos(?b) => -2*sin((?a + ?b)/2)*sin((?a - ?b)/2)",
    grows "hyperbolic cosine less one: cosh(?a) - 1 => 2*sinh(?a/2)^2",
    grows "squares, subtracted: ?a^2 - ?b^2 => (?a - ?b)*(?a + ?b)",
    grows "reciprocals, subtracted: 1/?a - 1/?b => (?b - ?a)/(?a*?b)",
    grows "tangents of hyperbolas: (exp(?a) - 1)/(exp(?a) + 1) => tanh(?a/2)",
}

/// Rules whose right side is computed.
fn dynamic() -> Vec<Rule<Head>> {
    let of = |text: &str, f: fn(&Match<Head>) -> Option<Expr>| match Rule::dynamic(text, f) {
        Ok(rule) => rule,
        Err(error) => unreachable!("a rule of the library is malformed: {}", error.render("rule", text)),
    };
    vec![
        of("sine of a part of a turn: sin(?n::coefficient*pi)", |m| sine(&m.number("n")?)),
        of("cosine of a part of a turn: cos(?n::coefficient*pi)", |m| {
            sine(&(&m.number("n")? + &Number::HALF))
        }),
        of("tangent of a part of a turn: tan(?n::coefficient*pi)", |m| {
            let n = m.number("n")?;
            let cosine = sine(&(&n + &Number::HALF))?;
            (cosine != Expr::int(0)).then_some(sine(&n)? / cosine)
        }),
    ]
}

/// The sine of `turns` times pi, for multiples of a twelfth that roots of 2 and 3 give.
fn sine(turns: &Number) -> Option<Expr> {
    let twelfths = (turns * &Number::int(12)).as_i64()?.rem_euclid(24);
    let root = |n: i64| Expr::int(n).sqrt() / 2;
    let value = match if twelfths < 12 { twelfths } else { twelfths - 12 } {
        0 => Expr::int(0),
        2 | 10 => Expr::number(Number::HALF),
        3 | 9 => root(2),
        4 | 8 => root(3),
        6 => Expr::int(1),
        _ => return None,
    };
    Some(if twelfths < 12 { value } else { -value })
}

/// The rules of rows. The rows of the library are known to be well formed.
fn read(rows: &'static [Row]) -> impl Iterator<Item = Rule<Head>> {
    rows.iter().map(|row| match Rule::parse(row.text) {
        Ok(rule) if row.grows => rule.with_class(row.class).growing(),
        Ok(rule) => rule.with_class(row.class),
        Err(error) => unreachable!("a rule of the library is malformed: {}", error.render("rule", row.text)),
    })
}

/// The rules that simplify.
///
/// ```
/// use braid_symbolic::rewrite::rules;
/// assert!(rules::simplification().rules().iter().any(|rule| rule.name() == "pythagoras"));
/// ```
pub fn simplification() -> &'static RuleSet {
    static RULES: LazyLock<RuleSet> = LazyLock::new(|| {
        let tables = [POWERS, TRIGONOMETRY, EXPONENTIAL, HYPERBOLIC, LOGIC];
        tables.into_iter().flat_map(read).chain(dynamic()).collect()
    });
    &RULES
}

/// The rules that write products and functions of sums out.
///
/// ```
/// use braid_symbolic::rewrite::{Context, Postwalk, rules};
/// use braid_symbolic::{Expr, syntax::parse};
/// let expand = Postwalk(rules::expansion().prepare::<Expr>());
/// let outcome = Context::default().run(&expand, &parse("sin(x + y)").unwrap()).unwrap();
/// assert_eq!(outcome.term, parse("sin(x)*cos(y) + cos(x)*sin(y)").unwrap());
/// ```
pub fn expansion() -> &'static RuleSet {
    static RULES: LazyLock<RuleSet> = LazyLock::new(|| read(EXPANSION).collect());
    &RULES
}

/// The rules that take common factors out.
///
/// ```
/// use braid_symbolic::rewrite::{Context, Postwalk, rules};
/// use braid_symbolic::{Expr, syntax::parse};
/// let factor = Postwalk(rules::factoring().prepare::<Expr>());
/// let outcome = Context::default().run(&factor, &parse("a*x + a*y").unwrap()).unwrap();
/// assert_eq!(outcome.term, parse("a*(x + y)").unwrap());
/// ```
pub fn factoring() -> &'static RuleSet {
    static RULES: LazyLock<RuleSet> = LazyLock::new(|| read(FACTORING).collect());
    &RULES
}

/// The rules that make terms larger, but their values in floats more accurate.
///
/// ```
/// use braid_symbolic::rewrite::rules;
/// assert!(rules::accuracy().rules().iter().any(|rule| rule.name() == "exponential less one"));
/// ```
pub fn accuracy() -> &'static RuleSet {
    static RULES: LazyLock<RuleSet> = LazyLock::new(|| read(ACCURACY).collect());
    &RULES
}

/// The rules that simplify, prepared once for each type of terms.
fn prepared<T: Scalar + Operands>() -> Arc<Rules<T>> {
    type Table = RwLock<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>;
    static PREPARED: LazyLock<Table> = LazyLock::new(Table::default);
    let found = PREPARED.read().unwrap_or_else(|e| e.into_inner()).get(&TypeId::of::<T>()).cloned();
    if let Some(rules) = found.and_then(|any| any.downcast().ok()) {
        return rules;
    }
    let rules: Arc<Rules<T>> = Arc::new(simplification().prepare());
    PREPARED.write().unwrap_or_else(|e| e.into_inner()).insert(TypeId::of::<T>(), rules.clone());
    rules
}

/// Simplifies a term by the rules of [`simplification`], everywhere and until none applies.
///
/// ```
/// use braid_symbolic::{Expr, rewrite::simplify_classical, syntax::parse};
/// let e: Expr = parse("3*sin(x)^2 + y + 3*cos(x)^2 + log(exp(z))").unwrap();
/// assert_eq!(simplify_classical(&e).to_string(), "y + z + 3");
/// ```
pub fn simplify_classical<T: Scalar>(term: &T) -> T {
    match simplify_classical_in(term, Context::default()) {
        Ok(outcome) => outcome.term,
        Err(stopped) => stopped.best.term,
    }
}

/// Simplifies a term in a context: with other limits, recorded conditions, an oracle that knows more, or a trace.
///
/// ```
/// use braid_symbolic::rewrite::{Context, simplify_classical_in};
/// use braid_symbolic::{Expr, syntax::parse};
/// let outcome = simplify_classical_in(&parse::<Expr>("sin(x)^2 + cos(x)^2").unwrap(), Context::default().traced());
/// assert!(outcome.unwrap().trace.iter().any(|step| &*step.rule == "pythagoras"));
/// ```
///
/// # Errors
/// If a limit ended it; the best that was reached is in the error. A search that was cut short is no error here.
pub fn simplify_classical_in<T: Scalar>(term: &T, context: Context<T>) -> Result<Outcome<T>, Stopped<T>> {
    let rules = prepared::<T>();
    match context.run(&Fixpoint(Postwalk(Fixpoint(&*rules))), term) {
        Err(Stopped { reason: StopReason::Search, best }) => Ok(best),
        other => other,
    }
}
