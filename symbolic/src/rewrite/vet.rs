//! Rules tested by machine: both sides have the same value, and are defined in the same places, under the condition.
//!
//! A rule is tried on values of its slots, special ones and random ones, exactly over rational numbers and rational
//! multiples of pi where that is possible and in outward rounded intervals elsewhere; so a counter-example is a proof, never
//! a rounding error. Then it is applied to terms that it matches, which tests that matching, too. A trial where the
//! intervals are too wide to tell decides nothing; a rule without enough trials that do is refused as untested.

use super::combinators::{Context, Fixpoint, Limits, Rewriter, Rules, StopReason};
use super::condition::{Clause, Condition, FactsOracle, Predicate, Truth};
use super::operands::{Operands, Role};
use super::pattern::{Bindings, Pattern, PatternNode, SlotId};
use super::plan::{Matcher, dropped};
use super::rule::{Class, Direction, Rule};
use super::value::{Value, Verdict, cost};
use crate::number::Number;
use crate::ops;
use crate::symbol::Symbol;
use crate::syntax::{Names, parse_with};
use crate::term::{Head, Scalar, walk};
use crate::{Assumptions, Expr};
use braid_ir::ScalarOp;
use std::fmt;
use std::hash::Hasher;

/// What a rule was found to do wrong.
///
/// ```
/// use braid_symbolic::rewrite::{Objection, Rule, vet};
/// let objection = |text: &str| vet(&Rule::parse(text).unwrap()).unwrap_err();
/// assert!(matches!(objection("r: sqrt(?a^2) => ?a"), Objection::CounterExample(_)));
/// assert!(matches!(objection("r: tan(?a) => sin(?a)/cos(?a)"), Objection::Grows { .. }));
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Objection {
    /// Both sides differ.
    #[error("{0}")]
    CounterExample(CounterExample),
    /// The right side costs more, and the rule is not marked as [`Rule::growing`].
    #[error("the right side of {rule} is larger than the left, and the rule is not marked as growing")]
    Grows {
        /// The rule's name.
        rule: String,
    },
    /// The rule applies to its own results for ever, and is not marked as growing.
    #[error("{rule} applies to its own result again and again, as on {term}")]
    NeverEnds {
        /// The rule's name.
        rule: String,
        /// A term on which it does.
        term: String,
    },
    /// Too few values satisfy the condition or can be compared.
    #[error("{rule} could be tested on {trials} values only: no rule is taken untested")]
    Untested {
        /// The rule's name.
        rule: String,
        /// How many values could be compared.
        trials: usize,
    },
}

/// Values for which both sides of a rule differ.
///
/// ```
/// use braid_symbolic::rewrite::{Objection, Rule, vet};
/// let Err(Objection::CounterExample(found)) = vet(&Rule::parse("r: ?a/?a => 1").unwrap()) else { panic!() };
/// assert_eq!(found.values, [("?a".to_string(), "0".to_string())]);
/// assert_eq!((&*found.left, &*found.right), ("undefined", "1"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct CounterExample {
    /// The rule's name.
    pub rule: String,
    /// The slots, or the unknowns, and what they stand for.
    pub values: Vec<(String, String)>,
    /// What the left side is.
    pub left: String,
    /// What the right side is.
    pub right: String,
}

impl fmt::Display for CounterExample {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let values: Vec<String> =
            self.values.iter().map(|(slot, value)| format!("{slot} = {value}")).collect();
        let CounterExample { rule, left, right, .. } = self;
        write!(f, "{rule}: for {} the left side is {left}, the right side {right}", values.join(", "))
    }
}

/// How much a rule was tested.
///
/// ```
/// use braid_symbolic::rewrite::{Rule, vet};
/// let vetted = vet(&Rule::parse("r: log(exp(?a)) => ?a").unwrap()).unwrap();
/// assert!(vetted.values > 100);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vetted {
    /// Values on which both sides were the same.
    pub values: usize,
    /// Terms on which the rule was applied, and the result had the same values.
    pub terms: usize,
}

/// How thoroughly a rule is tested.
///
/// ```
/// use braid_symbolic::rewrite::{Effort, Rule, vet_with};
/// let rule = Rule::parse("r: log(exp(?a)) => ?a").unwrap();
/// let (little, much) = (Effort { values: 100, terms: 5 }, Effort::default());
/// assert!(vet_with(&rule, little).unwrap().values < vet_with(&rule, much).unwrap().values);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Random values, besides all pairs of special ones.
    pub values: usize,
    /// Terms.
    pub terms: usize,
}

impl Default for Effort {
    fn default() -> Effort {
        Effort { values: 1_000, terms: 40 }
    }
}

/// A rule needs this many values on which both sides could be compared.
pub const TRIALS_MIN: usize = 12;

/// All combinations of special values are tried if they are no more than this.
const COMBINATIONS_MAX: usize = 4_096;

/// Values that are drawn for each that satisfies the condition.
const ATTEMPTS_PER_TRIAL: usize = 20;

/// Rounds after which a rule applied to its own result is taken never to end.
const ROUNDS_MAX: u64 = 64;

/// A value that a slot may have, and a term that has it.
#[derive(Clone)]
struct Sample {
    value: Value,
    term: Expr,
}

/// Xorshift: the same values for the same rule, always.
struct Random(u64);

impl Random {
    fn new(seed: &str) -> Random {
        let mut hasher = rustc_hash::FxHasher::default();
        hasher.write(seed.as_bytes());
        Random(hasher.finish() | 1)
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 16) as usize) % bound.max(1)
    }
}

/// Values that rules go wrong at.
const SPECIAL: &str = "0, 1, -1, 2, -2, 3, 1/2, -1/2, -3, 3/2, -1/3, 10, -7/4, 1000, pi, -pi/2, pi/4, 4*pi/3, log(-1), \
    sqrt(2), -sqrt(3), log(2), exp(1), 4, 5, -4, 1/100, -1000000, 1/3, 2*pi, pi/6, 3*pi/2, -exp(2), sin(1), 1/log(3), \
    pi + 1, sqrt(2) - sqrt(3), 6, -5, 9/4, 2^60, -8/27";

fn special() -> Vec<Sample> {
    SPECIAL.split(',').map(|text| sample(own(text, &Names::any()))).collect()
}

fn sample(term: Expr) -> Sample {
    Sample { value: Value::of_term(&term, |_| Value::Unsure), term }
}

/// Terms that slots may stand for, over `x` and `y`, a positive `p` and a whole `n`.
const TERMS: &str = "x; y; x + 1; 2*x; x*y; -x; x^2; x^2 + 1; sqrt(x); log(x); exp(x); 1/x; sin(x); abs(y); x - y; p; 2*p; \
    p^2 + 1; n; 2*n; 0; 1; -1; 2; 1/2; 3; -2; pi; x + y; x^3; p*x; exp(-x^2); cos(2*x); x/(1 + x^2); log(p); n + 1; x < y; \
    x == 0; 1/(x - y); p + x^2; sqrt(p); -p; 3*x - 2*y; tanh(x); select(x < 0, y, 1); max(x, y); 3/2; -1/2; log(x) < 0";

/// The unknowns of [`TERMS`].
fn unknowns() -> Vec<(&'static str, Assumptions)> {
    vec![
        ("x", Assumptions::REAL),
        ("y", Assumptions::REAL),
        ("p", Assumptions::POSITIVE),
        ("n", Assumptions::INTEGER),
        // What stands beside the match in a sum or product.
        ("beside", Assumptions::NONZERO),
    ]
}

fn terms() -> Vec<Expr> {
    let known = unknowns().into_iter().map(|(name, a)| (name.to_string(), a)).collect();
    let names = Names { known, open: false };
    TERMS.split(';').map(|text| own(text, &names)).collect()
}

/// A term of the lists above, which are well formed. None is left out in silence: what is tried is what rules are safe from.
fn own(text: &str, names: &Names) -> Expr {
    parse_with(text, names).unwrap_or_else(|error| unreachable!("{}", error.render("term", text)))
}

/// Tests a rule.
///
/// ```
/// use braid_symbolic::rewrite::{Rule, vet};
/// assert!(vet(&Rule::parse("sqrt of a square: (?a^2)^(1/2) => abs(?a)").unwrap()).is_ok());
/// let wrong = vet(&Rule::parse("sqrt of a square: (?a^2)^(1/2) => ?a").unwrap()).unwrap_err();
/// assert_eq!(wrong.to_string(), "sqrt of a square: for ?a = -1 the left side is 1, the right side -1");
/// ```
///
/// # Errors
/// If the rule is wrong, grows without saying so, never ends, or cannot be tested.
pub fn vet(rule: &Rule<Head>) -> Result<Vetted, Objection> {
    vet_with(rule, Effort::default())
}

/// Tests a rule as thoroughly as asked.
///
/// ```
/// use braid_symbolic::rewrite::{Effort, Rule, vet_with};
/// let rule = Rule::parse("r: sin(asin(?a)) => ?a").unwrap();
/// assert!(vet_with(&rule, Effort { values: 200, terms: 5 }).is_err()); // asin is not defined everywhere
/// ```
///
/// # Errors
/// As [`vet`].
pub fn vet_with(rule: &Rule<Head>, effort: Effort) -> Result<Vetted, Objection> {
    let mut random = Random::new(rule.name());
    let values = on_values(rule, effort.values, &mut random)?;
    if !rule.may_grow() && rule.direction() == Direction::Forward && grows(rule) {
        return Err(Objection::Grows { rule: rule.name().into() });
    }
    let terms = on_terms(rule, effort.terms, &mut random)?;
    if values < TRIALS_MIN {
        return Err(Objection::Untested { rule: rule.name().into(), trials: values });
    }
    Ok(Vetted { values, terms })
}

/// Whether the right side costs more. Slots cost nothing: what occurs twice is computed once.
fn grows(rule: &Rule<Head>) -> bool {
    let Some(right) = rule.right_pattern() else { return false };
    cost(right) > cost(rule.left())
}

/// Slots that stand for truth values.
fn truth_slots(pattern: &Pattern<Head>) -> u64 {
    let mut found = 0;
    for node in pattern.nodes() {
        let PatternNode::Apply(Head::Op(op), args) = node else { continue };
        let truths = match op {
            op if ops::takes_bools(*op) => &args[..],
            ScalarOp::Select => &args[..1],
            _ => &[],
        };
        for &a in truths {
            if let PatternNode::Slot(slot) = pattern.node(a) {
                found |= 1u64 << *slot;
            }
        }
    }
    found
}

/// Whether a condition holds of values. Where a slot has none, a condition on it says nothing.
fn holds(condition: &Condition<Head>, slots: &[Vec<Value>]) -> bool {
    let mut unsaid = false;
    let mut stack: Vec<Truth> = Vec::new();
    for clause in condition.clauses() {
        let mut of = |pattern: &Pattern<Head>, test: &dyn Fn(&Value) -> Truth| {
            let value = Value::of_pattern(pattern, slots, &|_| Value::Unsure);
            if value == Value::Undefined {
                unsaid = true;
                return Truth::Unknown;
            }
            test(&value)
        };
        let answer = match clause {
            Clause::Always(holds) => Truth::of(*holds),
            Clause::Sign(value, allowed) => of(value, &|v| {
                let signs = v.signs();
                match (signs & !allowed, signs & allowed) {
                    (0, _) => Truth::Yes,
                    (_, 0) => Truth::No,
                    _ => Truth::Unknown,
                }
            }),
            Clause::Is(Predicate::CONSTANT, _) | Clause::FreeOf(..) => Truth::Yes,
            Clause::Is(predicate, value) if &*predicate.name() == "defined" => {
                match Value::of_pattern(value, slots, &|_| Value::Unsure) {
                    Value::Undefined => Truth::No,
                    Value::Unsure => Truth::Unknown,
                    _ => Truth::Yes,
                }
            }
            Clause::Is(predicate, _) if &*predicate.name() == "symbol" => Truth::Yes,
            Clause::Is(predicate, value) => of(value, &|v| predicate.test(&v.view())),
            Clause::And | Clause::Or => {
                let (b, a) = (stack.pop().unwrap_or(Truth::Yes), stack.pop().unwrap_or(Truth::Yes));
                if *clause == Clause::And { a.and(b) } else { a.or(b) }
            }
            Clause::Not => stack.pop().unwrap_or(Truth::No).negated(),
            Clause::Known => continue,
        };
        stack.push(answer);
    }
    match stack.pop().unwrap_or(Truth::Yes) {
        Truth::Yes => true,
        Truth::No => false,
        Truth::Unknown => unsaid,
    }
}

/// The values that each slot may have by itself.
fn pools(rule: &Rule<Head>) -> Vec<Vec<Sample>> {
    let mut truths = truth_slots(rule.left());
    if let Some(right) = rule.right_pattern() {
        truths |= truth_slots(right);
    }
    let all = special();
    let of_slot = |(at, spec): (usize, &super::pattern::SlotSpec)| {
        let fits = |s: &&Sample| {
            let truth = s.value == Value::Undefined || s.value.view().facts.is_bool();
            let is = spec.predicate.is_none_or(|p| {
                let answer = p.test(&s.value.view());
                // What is said of values says nothing of what has none.
                let unsaid =
                    s.value == Value::Undefined && answer == Truth::Unknown && &*p.name() != "defined";
                p == Predicate::CONSTANT || &*p.name() == "symbol" || answer == Truth::Yes || unsaid
            });
            is && (truth || truths >> at & 1 == 0)
        };
        all.iter().filter(fits).cloned().collect()
    };
    rule.slots().iter().enumerate().map(of_slot).collect()
}

/// A random rational number, or one of the pool.
fn pick(pool: &[Sample], random: &mut Random) -> Sample {
    if random.below(3) > 0 {
        return pool[random.below(pool.len())].clone();
    }
    let numerator = random.below(41) as i64 - 20;
    let denominator = [1, 1, 2, 3, 4, 7, 10][random.below(7)];
    sample(Expr::number(Number::ratio(numerator, denominator).unwrap_or(Number::ONE)))
}

/// Tries both sides on values.
fn on_values(rule: &Rule<Head>, trials: usize, random: &mut Random) -> Result<usize, Objection> {
    let pools = pools(rule);
    if pools.iter().any(Vec::is_empty) {
        return Ok(0);
    }
    let mut agreed = 0;
    let combinations = pools.iter().try_fold(1usize, |n, pool| n.checked_mul(pool.len()));
    let all = combinations.filter(|&n| n <= COMBINATIONS_MAX).unwrap_or(0);
    // Random values seldom satisfy a condition such as `?m + ?n == 0`.
    let mut tried = 0;
    for trial in 0..all + trials * ATTEMPTS_PER_TRIAL {
        if tried == trials {
            break;
        }
        let mut rest = trial;
        let mut chosen: Vec<Vec<Sample>> = Vec::with_capacity(pools.len());
        for (pool, spec) in pools.iter().zip(rule.slots()) {
            let mut one = || {
                if trial >= all {
                    return pick(pool, random);
                }
                let at = rest % pool.len();
                rest /= pool.len();
                pool[at].clone()
            };
            let first = one();
            let count = if spec.segment && trial >= all { random.below(4) } else { 1 };
            let more: Vec<Sample> = (1..count).map(|_| pick(pool, random)).collect();
            chosen.push(if count == 0 { Vec::new() } else { [vec![first], more].concat() });
        }
        // A random number may not satisfy the predicate.
        let fits = |(samples, (spec, pool)): (&Vec<Sample>, (&super::pattern::SlotSpec, &Vec<Sample>))| {
            let in_pool = |s: &Sample| pool.iter().any(|p| p.term == s.term);
            let is =
                |p: Predicate, s: &Sample| p == Predicate::CONSTANT || p.test(&s.value.view()) == Truth::Yes;
            samples.iter().all(|s| in_pool(s) || spec.predicate.is_none_or(|p| is(p, s)))
        };
        let truths = truth_slots(rule.left());
        let mistyped = chosen.iter().enumerate().any(|(at, samples)| {
            truths >> at & 1 == 1
                && samples.iter().any(|s| s.value != Value::Undefined && !s.value.view().facts.is_bool())
        });
        if mistyped || !chosen.iter().zip(rule.slots().iter().zip(&pools)).all(fits) {
            continue;
        }
        let slots: Vec<Vec<Value>> =
            chosen.iter().map(|samples| samples.iter().map(|s| s.value.clone()).collect()).collect();
        if !holds(rule.condition(), &slots) {
            continue;
        }
        tried += (trial >= all) as usize;
        match compare(rule, &chosen, &slots) {
            Ok(Verdict::Agree) => agreed += 1,
            Ok(_) => {}
            Err(example) => return Err(Objection::CounterExample(*example)),
        }
    }
    Ok(agreed)
}

/// Both sides on values of the slots.
fn compare(
    rule: &Rule<Head>,
    chosen: &[Vec<Sample>],
    slots: &[Vec<Value>],
) -> Result<Verdict, Box<CounterExample>> {
    let mut bindings: Bindings<Expr> = Bindings::new();
    for (at, (samples, spec)) in chosen.iter().zip(rule.slots()).enumerate() {
        match &samples[..] {
            [one] if !spec.segment => bindings.bind(at as SlotId, one.term),
            all => bindings.bind_segment(at as SlotId, all.iter().map(|s| s.term).collect()),
        }
    }
    let Some(made) = rule.right_of(&bindings, &FactsOracle) else {
        return Ok(Verdict::Unclear);
    };
    let none = |_: Symbol| Value::Unsure;
    let left = Value::of_pattern(rule.left(), slots, &none);
    let right = Value::of_pattern(&made, slots, &none);
    // Whoever applies a rule keeps the result undefined where a slot that it drops is.
    let mut directions = vec![(left.clone(), right.clone(), dropped::<Expr>(rule.left(), &made))];
    if rule.direction() == Direction::Both {
        directions.push((right.clone(), left.clone(), dropped::<Expr>(&made, rule.left())));
    }
    let mut verdict = Verdict::Agree;
    for (before, after, dropped) in directions {
        let lost = (0..slots.len()).any(|s| dropped >> s & 1 == 1 && slots[s].contains(&Value::Undefined));
        let after = if lost { Value::Undefined } else { after };
        let defined = |v: &Value| matches!(v, Value::Exact(..) | Value::Near(_));
        match before.agrees(&after) {
            // What is only close may have another value, but not where the other has none.
            Verdict::Differ if rule.class() == Class::Approximate && defined(&before) && defined(&after) => {}
            Verdict::Differ => {
                let one = |samples: &Vec<Sample>| {
                    let of_sample = |s: &Sample| match s.value {
                        Value::Undefined => "undefined".to_string(),
                        _ => s.term.to_string(),
                    };
                    samples.iter().map(of_sample).collect::<Vec<_>>().join(", ")
                };
                let marks = |segment: bool| if segment { "??" } else { "?" };
                return Err(Box::new(CounterExample {
                    rule: rule.name().into(),
                    values: rule
                        .slots()
                        .iter()
                        .zip(chosen)
                        .map(|(s, v)| (format!("{}{}", marks(s.segment), s.name), one(v)))
                        .collect(),
                    left: left.to_string(),
                    right: right.to_string(),
                }));
            }
            Verdict::Unclear => verdict = Verdict::Unclear,
            Verdict::Agree => {}
        }
    }
    Ok(verdict)
}

/// Applies the rule to terms that it matches, and compares values before and after at points.
fn on_terms(rule: &Rule<Head>, trials: usize, random: &mut Random) -> Result<usize, Objection> {
    let pool = terms();
    let truths = truth_slots(rule.left());
    let matcher: Matcher<Expr> = Matcher::new(rule);
    let root = match rule.left().node(rule.left().root()) {
        PatternNode::Apply(head, _) => Expr::role(head),
        _ => Role::Other,
    };
    let beside = Expr::symbol(Symbol::new("beside", Assumptions::NONZERO));
    let mut applied = 0;
    // Most terms do not satisfy a condition.
    for _ in 0..trials * ATTEMPTS_PER_TRIAL {
        if applied == trials {
            break;
        }
        let mut bindings: Bindings<Expr> = Bindings::new();
        for (at, spec) in rule.slots().iter().enumerate() {
            let mut one = || {
                let fits = |t: &&Expr| {
                    (truths >> at & 1 == 0 || t.facts().is_bool())
                        && spec.predicate.is_none_or(|p| p.holds(*t, &FactsOracle) == Truth::Yes)
                };
                let start = random.below(pool.len());
                pool[start..].iter().chain(&pool[..start]).find(fits).copied()
            };
            let Some(term) = one() else { return Ok(applied) };
            match spec.segment {
                false => bindings.bind(at as SlotId, term),
                true => {
                    bindings.bind_segment(at as SlotId, [Some(term), one()].into_iter().flatten().collect())
                }
            }
        }
        let Some(instance) = rule.left().instantiate(&bindings) else { continue };
        // In part, and as often as the operands are there.
        let around = match root {
            Role::Sum => vec![Expr::int(3).times(&instance).plus(&beside), instance.plus(&beside)],
            Role::Product => vec![beside.times(&instance)],
            _ => vec![instance],
        };
        let apply = |term: Expr| Some((term, matcher.rewrite(&term, &mut Context::default())?));
        let Some((term, new)) = around.into_iter().find_map(apply) else { continue };
        applied += 1;
        debug_assert!(
            Rules::new([rule]).rewrite(&term, &mut Context::default()).is_some(),
            "{rule} is not found by the heads of {term}"
        );
        same_at_points(rule, &term, &new, random)?;
        if rule.may_grow() || rule.direction() == Direction::Both {
            continue;
        }
        let context: Context<Expr> =
            Context::default().limits(Limits { rounds: ROUNDS_MAX, ..Limits::default() });
        if let Err(stopped) = context.run(&Fixpoint(&matcher), &term)
            && stopped.reason != StopReason::Search
        {
            return Err(Objection::NeverEnds { rule: rule.name().into(), term: term.to_string() });
        }
    }
    Ok(applied)
}

/// Points at which terms are compared.
const POINTS: usize = 24;

fn same_at_points(
    rule: &Rule<Head>,
    before: &Expr,
    after: &Expr,
    random: &mut Random,
) -> Result<(), Objection> {
    let values = special();
    for _ in 0..POINTS {
        let mut point: Vec<(Symbol, Sample)> = Vec::new();
        for (name, assumptions) in unknowns() {
            let facts = assumptions.facts();
            let allowed = |s: &Sample| {
                let seen = s.value.view().facts;
                s.value != Value::Undefined
                    && seen.signs() & !facts.signs() == 0
                    && (seen.is_integer() || !facts.is_integer())
            };
            let at = random.below(values.len());
            let found = values[at..].iter().chain(&values[..at]).find(|s| allowed(s));
            if let Some(sample) = found {
                point.push((Symbol::new(name, assumptions), sample.clone()));
            }
        }
        let of = |symbol: Symbol| {
            point.iter().find(|(s, _)| *s == symbol).map_or(Value::Unsure, |(_, s)| s.value.clone())
        };
        let (left, right) = (Value::of_term(before, of), Value::of_term(after, of));
        let approximate =
            rule.class() == Class::Approximate && left != Value::Undefined && right != Value::Undefined;
        if left.agrees(&right) == Verdict::Differ && !approximate {
            let used = walk::symbols(before);
            let values = point.iter().filter(|(s, _)| used.contains(s));
            return Err(Objection::CounterExample(CounterExample {
                rule: rule.name().into(),
                values: values.map(|(s, v)| (s.to_string(), v.term.to_string())).collect(),
                left: format!("{before}, which is {left}"),
                right: format!("{after}, which is {right}"),
            }));
        }
    }
    Ok(())
}

/// Rules that have been tested, in order.
///
/// ```
/// use braid_symbolic::rewrite::{Context, Rule, RuleSet};
/// use braid_symbolic::{Expr, syntax::parse};
/// let mut rules = RuleSet::new();
/// rules.add(Rule::parse("peel: log(exp(?a)) => ?a").unwrap()).unwrap(); // tried on thousands of points
/// let outcome = Context::default().run(&rules.prepare::<Expr>(), &parse("log(exp(x))").unwrap()).unwrap();
/// assert_eq!(outcome.term, Expr::var("x"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct RuleSet {
    rules: Vec<Rule<Head>>,
}

impl RuleSet {
    /// No rules.
    ///
    /// ```
    /// assert!(braid_symbolic::rewrite::RuleSet::new().rules().is_empty());
    /// ```
    pub fn new() -> RuleSet {
        RuleSet::default()
    }

    /// Adds a rule once it is tested.
    ///
    /// ```
    /// use braid_symbolic::rewrite::{Objection, Rule, RuleSet};
    /// let mut rules = RuleSet::new();
    /// let wrong = rules.add(Rule::parse("cancel: ?a/?a => 1").unwrap()).unwrap_err();
    /// assert_eq!(wrong.to_string(), "cancel: for ?a = 0 the left side is undefined, the right side 1");
    /// rules.add(Rule::parse("cancel: ?a/?a => 1 if ?a != 0").unwrap()).unwrap();
    /// ```
    ///
    /// # Errors
    /// As [`vet`]; the rule is not added then.
    pub fn add(&mut self, rule: Rule<Head>) -> Result<Vetted, Objection> {
        let vetted = vet(&rule)?;
        self.rules.push(rule);
        Ok(vetted)
    }

    /// Adds a rule as it is: who does this answers for it.
    ///
    /// ```
    /// use braid_symbolic::rewrite::{Rule, RuleSet};
    /// let mut rules = RuleSet::new();
    /// let wrong_at_zero = Rule::parse("cancel: ?a/?a => 1").unwrap();
    /// assert!(rules.add(wrong_at_zero.clone()).is_err());
    /// rules.add_unchecked(wrong_at_zero); // forced
    /// assert_eq!(rules.rules().len(), 1);
    /// ```
    pub fn add_unchecked(&mut self, rule: Rule<Head>) {
        self.rules.push(rule);
    }

    /// The rules.
    ///
    /// ```
    /// use braid_symbolic::rewrite::rules;
    /// assert!(rules::expansion().rules().iter().all(|rule| rule.may_grow()));
    /// ```
    pub fn rules(&self) -> &[Rule<Head>] {
        &self.rules
    }

    /// The rules that do no more to floats than this.
    ///
    /// ```
    /// use braid_symbolic::rewrite::{Class, rules};
    /// let exact = rules::simplification().up_to(Class::Exact);
    /// assert!(exact.rules().iter().all(|rule| rule.class() == Class::Exact));
    /// ```
    pub fn up_to(&self, class: Class) -> RuleSet {
        RuleSet { rules: self.rules.iter().filter(|r| r.class() <= class).cloned().collect() }
    }

    /// The rules prepared for terms of a type.
    ///
    /// ```
    /// use braid_symbolic::{Expr, rewrite::rules};
    /// let rules = rules::factoring();
    /// assert_eq!(rules.prepare::<Expr>().rules().count(), rules.rules().len());
    /// ```
    pub fn prepare<T: Scalar>(&self) -> Rules<T> {
        Rules::new(&self.rules)
    }
}

impl FromIterator<Rule<Head>> for RuleSet {
    /// Takes rules as they are.
    fn from_iter<I: IntoIterator<Item = Rule<Head>>>(rules: I) -> RuleSet {
        RuleSet { rules: rules.into_iter().collect() }
    }
}
