//! Strategies: how rewriters are composed and where in a term they are applied.
//!
//! A [`Rewriter`] answers a new term, or `None` where it changes nothing. None of them recurses on the depth of a term. All
//! of them share a [`Context`] that counts rewrites against a limit: past the limit every rewriter changes nothing, so what
//! comes out is still equal to what went in, and the run says which limit it was.

use super::condition::{FactsOracle, Oracle};
use super::heads::HeadsOfTerms;
use super::matcher::Unknowns;
use super::operands::{Index, Operands};
use super::plan::Matcher;
use super::rule::Rule;
use crate::term::walk::{TermMap, TermSet, tree_size};
use crate::term::{Args, Scalar, Term};
use rayon::prelude::*;
use std::cell::OnceCell;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

/// Why rewriting ended before there was nothing more to do.
///
/// ```
/// use braid_symbolic::rewrite::StopReason;
/// assert_eq!(StopReason::Rewrites(10).to_string(), "more than 10 rewrites");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StopReason {
    /// [`Limits::rewrites`].
    #[error("more than {0} rewrites")]
    Rewrites(u64),
    /// [`Limits::rounds`].
    #[error("more than {0} rounds of a fixed point")]
    Rounds(u64),
    /// A fixed point came back to a term that it had seen.
    #[error("the rules lead round in a circle")]
    Cycle,
    /// A search for a match took more steps than [`Search::LIMIT_BASE`](super::matcher::Search::LIMIT_BASE) allows; the
    /// rule was taken not to match.
    #[error("a search for a match was cut short")]
    Search,
}

/// What came of a run that a limit ended.
///
/// ```
/// use braid_symbolic::rewrite::{Context, Fixpoint, Limits, Matcher, Rule, StopReason};
/// use braid_symbolic::{Expr, syntax::parse};
/// let forever = Fixpoint(Matcher::new(&Rule::parse("grow: sin(?a) => sin(?a + 1)").unwrap()));
/// let limits = Limits { rounds: 5, ..Limits::default() };
/// let stopped = Context::default().limits(limits).run(&forever, &parse::<Expr>("sin(x)").unwrap()).unwrap_err();
/// assert_eq!(stopped.reason, StopReason::Rounds(5));
/// assert_eq!(stopped.best.term.to_string(), "sin(x)"); // the smallest of all that was seen
/// ```
#[derive(Clone, Debug, thiserror::Error)]
#[error("rewriting stopped: {reason}")]
pub struct Stopped<T> {
    /// The limit.
    pub reason: StopReason,
    /// The best that was reached; it is equal to the input.
    pub best: Outcome<T>,
}

/// What came of a run.
///
/// ```
/// use braid_symbolic::rewrite::{Context, Matcher, Rule};
/// use braid_symbolic::{Expr, syntax::parse};
/// let matcher = Matcher::new(&Rule::parse("r: log(exp(?a)) => ?a").unwrap());
/// let outcome = Context::default().run(&matcher, &parse::<Expr>("log(exp(x))").unwrap()).unwrap();
/// assert_eq!((outcome.term, outcome.rewrites, outcome.conditions.len()), (Expr::var("x"), 1, 0));
/// ```
#[derive(Clone, Debug)]
pub struct Outcome<T> {
    /// The term.
    pub term: T,
    /// It is equal to the input where these hold; none unless conditions are recorded.
    pub conditions: Vec<T>,
    /// What was done, in order, where that is traced.
    pub trace: Vec<Step<T>>,
    /// How many rewrites were done.
    pub rewrites: u64,
}

/// One rewrite.
///
/// ```
/// use braid_symbolic::rewrite::{Context, Matcher, Rule};
/// use braid_symbolic::{Expr, syntax::parse};
/// let matcher = Matcher::new(&Rule::parse("r: log(exp(?a)) => ?a").unwrap());
/// let outcome = Context::default().traced().run(&matcher, &parse::<Expr>("log(exp(x))").unwrap()).unwrap();
/// assert_eq!((&*outcome.trace[0].rule, outcome.trace[0].after), ("r", Expr::var("x")));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step<T> {
    /// The rule's name.
    pub rule: Arc<str>,
    /// The subterm that it was applied to.
    pub before: T,
    /// What it made of it.
    pub after: T,
}

/// How much a run may do.
///
/// ```
/// use braid_symbolic::rewrite::Limits;
/// assert!(Limits::default().rewrites > Limits::default().rounds);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Rewrites in all.
    pub rewrites: u64,
    /// Rounds of each fixed point.
    pub rounds: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { rewrites: 10_000_000, rounds: 1_000 }
    }
}

/// What rewriters of one run share.
///
/// ```
/// use braid_symbolic::rewrite::{Context, Empty};
/// use braid_symbolic::Expr;
/// let outcome = Context::default().run(&Empty, &Expr::var("x")).unwrap();
/// assert_eq!((outcome.term, outcome.rewrites), (Expr::var("x"), 0));
/// ```
pub struct Context<T: Term> {
    oracle: Arc<dyn Oracle<T> + Send + Sync>,
    unknowns: Unknowns,
    limits: Limits,
    traced: bool,
    rewrites: u64,
    conditions: Vec<T>,
    trace: Vec<Step<T>>,
    stopped: Option<StopReason>,
    heads: Arc<HeadsOfTerms<T>>,
}

impl<T: Scalar> Default for Context<T> {
    fn default() -> Context<T> {
        Context::new(Arc::new(FactsOracle))
    }
}

impl<T: Term> Context<T> {
    /// A context whose conditions this oracle answers.
    ///
    /// ```
    /// use braid_symbolic::rewrite::{Context, Empty, FactsOracle};
    /// use braid_symbolic::Expr;
    /// use std::sync::Arc;
    /// let context = Context::new(Arc::new(FactsOracle));
    /// assert_eq!(context.run(&Empty, &Expr::var("x")).unwrap().term, Expr::var("x"));
    /// ```
    pub fn new(oracle: Arc<dyn Oracle<T> + Send + Sync>) -> Context<T> {
        Context {
            oracle,
            unknowns: Unknowns::Refuse,
            limits: Limits::default(),
            traced: false,
            rewrites: 0,
            conditions: Vec::new(),
            trace: Vec::new(),
            stopped: None,
            heads: Arc::new(HeadsOfTerms::new()),
        }
    }

    /// Sets the limits.
    ///
    /// ```
    /// use braid_symbolic::rewrite::{Context, Limits, Matcher, Prewalk, Rule};
    /// use braid_symbolic::{Expr, syntax::parse};
    /// let peel = Prewalk(Matcher::new(&Rule::parse("peel: log(exp(?a)) => ?a").unwrap()));
    /// let none = Limits { rewrites: 0, ..Limits::default() };
    /// assert!(Context::default().limits(none).run(&peel, &parse::<Expr>("log(exp(x))").unwrap()).is_err());
    /// ```
    pub fn limits(mut self, limits: Limits) -> Context<T> {
        self.limits = limits;
        self
    }

    /// Says what is done where a condition is neither known to hold nor known not to.
    ///
    /// ```
    /// use braid_symbolic::rewrite::{Context, Matcher, Rule, Unknowns};
    /// use braid_symbolic::{Expr, syntax::parse};
    /// let matcher = Matcher::new(&Rule::parse("r: exp(log(?a)) => ?a if ?a > 0").unwrap());
    /// let context = Context::default().unknowns(Unknowns::Record);
    /// let outcome = context.run(&matcher, &parse::<Expr>("exp(log(x))").unwrap()).unwrap();
    /// assert_eq!((outcome.term.to_string(), outcome.conditions[0].to_string()), ("x".into(), "0 < x".into()));
    /// ```
    pub fn unknowns(mut self, unknowns: Unknowns) -> Context<T> {
        self.unknowns = unknowns;
        self
    }

    /// Records every rewrite.
    ///
    /// ```
    /// use braid_symbolic::rewrite::{Context, Matcher, Rule};
    /// use braid_symbolic::{Expr, syntax::parse};
    /// let matcher = Matcher::new(&Rule::parse("r: log(exp(?a)) => ?a").unwrap());
    /// let outcome = Context::default().traced().run(&matcher, &parse::<Expr>("log(exp(x))").unwrap()).unwrap();
    /// assert_eq!(outcome.trace.len(), 1);
    /// ```
    pub fn traced(mut self) -> Context<T> {
        self.traced = true;
        self
    }

    /// Runs a rewriter on a term.
    ///
    /// ```
    /// use braid_symbolic::rewrite::{Context, Postwalk, rules};
    /// use braid_symbolic::{Expr, syntax::parse};
    /// let strategy = Postwalk(rules::simplification().prepare::<Expr>());
    /// let outcome = Context::default().run(&strategy, &parse("exp(sin(x)^2 + cos(x)^2 - 1)").unwrap()).unwrap();
    /// assert_eq!(outcome.term, Expr::int(1));
    /// ```
    ///
    /// # Errors
    /// If a limit ended the run; the best that was reached is in the error.
    pub fn run(mut self, rewriter: &(impl Rewriter<T> + ?Sized), term: &T) -> Result<Outcome<T>, Stopped<T>> {
        let new = rewriter.rewrite(term, &mut self);
        let outcome = Outcome {
            term: new.unwrap_or_else(|| term.clone()),
            conditions: self.conditions,
            trace: self.trace,
            rewrites: self.rewrites,
        };
        match self.stopped {
            None => Ok(outcome),
            Some(reason) => Err(Stopped { reason, best: outcome }),
        }
    }

    /// Whether nothing more may be done.
    fn ended(&self) -> bool {
        self.stopped.is_some_and(|reason| matches!(reason, StopReason::Rewrites(_)))
    }

    fn stop(&mut self, reason: StopReason) {
        // What ends a run outweighs what only ended a part of it.
        if !self.ended() {
            self.stopped = Some(reason);
        }
    }

    /// Counts a rewrite.
    fn record(&mut self, rule: impl FnOnce() -> Arc<str>, before: &T, after: &T, count: usize) {
        self.rewrites += count as u64;
        if self.rewrites >= self.limits.rewrites {
            self.stop(StopReason::Rewrites(self.limits.rewrites));
        }
        if self.traced {
            self.trace.push(Step { rule: rule(), before: before.clone(), after: after.clone() });
        }
    }

    /// A context for a part of the work, done beside other parts.
    fn child(&self) -> Context<T> {
        let left = self.limits.rewrites.saturating_sub(self.rewrites);
        Context {
            oracle: self.oracle.clone(),
            heads: self.heads.clone(),
            limits: Limits { rewrites: left, ..self.limits },
            conditions: Vec::new(),
            trace: Vec::new(),
            rewrites: 0,
            ..*self
        }
    }

    fn join(&mut self, child: Context<T>) {
        self.rewrites += child.rewrites;
        self.conditions.extend(child.conditions);
        self.trace.extend(child.trace);
        if self.rewrites >= self.limits.rewrites {
            self.stop(StopReason::Rewrites(self.limits.rewrites));
        } else if let Some(reason) = child.stopped {
            self.stop(reason);
        }
    }
}

/// Changes terms.
///
/// ```
/// use braid_symbolic::rewrite::{Context, Rewriter};
/// use braid_symbolic::{Expr, Scalar};
/// struct Double;
/// impl Rewriter<Expr> for Double {
///     fn rewrite(&self, term: &Expr, _: &mut Context<Expr>) -> Option<Expr> {
///         term.as_symbol().map(|_| 2 * *term)
///     }
/// }
/// assert_eq!(Context::default().run(&Double, &Expr::var("x")).unwrap().term.to_string(), "2*x");
/// ```
pub trait Rewriter<T: Term>: Sync {
    /// The new term; `None` where nothing changes.
    ///
    /// ```
    /// use braid_symbolic::rewrite::{Context, Empty, PassThrough, Rewriter};
    /// use braid_symbolic::Expr;
    /// let (x, mut context) = (Expr::var("x"), Context::default());
    /// assert_eq!(Empty.rewrite(&x, &mut context), None);
    /// assert_eq!(PassThrough(Empty).rewrite(&x, &mut context), Some(x));
    /// ```
    fn rewrite(&self, term: &T, context: &mut Context<T>) -> Option<T>;
}

impl<T: Term, R: Rewriter<T> + ?Sized> Rewriter<T> for &R {
    fn rewrite(&self, term: &T, context: &mut Context<T>) -> Option<T> {
        (**self).rewrite(term, context)
    }
}
impl<T: Term, R: Rewriter<T> + ?Sized + Send> Rewriter<T> for Box<R> {
    fn rewrite(&self, term: &T, context: &mut Context<T>) -> Option<T> {
        (**self).rewrite(term, context)
    }
}

/// One rule, at the root.
impl<T: Operands> Rewriter<T> for Matcher<T> {
    fn rewrite(&self, term: &T, context: &mut Context<T>) -> Option<T> {
        self.rewrite_with(term, &OnceCell::new(), context)
    }
}

impl<T: Operands> Matcher<T> {
    fn rewrite_with(&self, term: &T, index: &OnceCell<Index<T>>, context: &mut Context<T>) -> Option<T> {
        if context.ended() {
            return None;
        }
        let applied = self.apply(term, index, &*context.oracle, context.unknowns);
        if applied.cut {
            context.stop(StopReason::Search);
        }
        let new = applied.term.filter(|new| new != term)?;
        context.conditions.extend(applied.conditions);
        context.record(|| self.rule().name().into(), term, &new, applied.count);
        Some(new)
    }
}

/// Rules of which the first that matches is applied, at the root. They are found by the head of the term, and share the
/// index of its operands.
///
/// ```
/// use braid_symbolic::rewrite::{Context, Rule, Rules};
/// use braid_symbolic::{Expr, syntax::parse};
/// let rules = ["a: exp(log(?a)) => ?a if ?a > 0", "b: log(exp(?a)) => ?a"].map(|text| Rule::parse(text).unwrap());
/// let e: Expr = parse("log(exp(x))").unwrap();
/// assert_eq!(Context::default().run(&Rules::new(&rules), &e).unwrap().term.to_string(), "x");
/// ```
pub struct Rules<T: Operands> {
    matchers: Vec<Matcher<T>>,
    by_head: HashMap<T::Head, Vec<u32>>,
    /// Those that match terms with any head.
    any: Vec<u32>,
}

impl<T: Operands> Rules<T> {
    /// Prepares rules; those for both ways are read from left to right.
    ///
    /// ```
    /// use braid_symbolic::{Expr, rewrite::{Rule, Rules}};
    /// let rules = [Rule::parse("r: log(exp(?a)) => ?a").unwrap()];
    /// assert_eq!(Rules::<Expr>::new(&rules).rules().count(), 1);
    /// ```
    pub fn new<'a>(rules: impl IntoIterator<Item = &'a Rule<T::Head>>) -> Rules<T>
    where
        T::Head: 'a,
    {
        let matchers: Vec<Matcher<T>> = rules.into_iter().map(Matcher::new).collect();
        let mut by_head: HashMap<T::Head, Vec<u32>> = HashMap::new();
        let mut any = Vec::new();
        for (at, matcher) in matchers.iter().enumerate() {
            match matcher.root_head() {
                Some(head) => by_head.entry(head).or_default().push(at as u32),
                None => any.push(at as u32),
            }
        }
        Rules { matchers, by_head, any }
    }

    /// The rules.
    ///
    /// ```
    /// use braid_symbolic::{Expr, rewrite::{Rule, Rules}};
    /// let rules = [Rule::parse("peel: log(exp(?a)) => ?a").unwrap()];
    /// assert_eq!(Rules::<Expr>::new(&rules).rules().next().unwrap().name(), "peel");
    /// ```
    pub fn rules(&self) -> impl Iterator<Item = &Rule<T::Head>> {
        self.matchers.iter().map(Matcher::rule)
    }
}

impl<T: Operands> Rewriter<T> for Rules<T> {
    fn rewrite(&self, term: &T, context: &mut Context<T>) -> Option<T> {
        let index = OnceCell::new();
        let heads = context.heads.of(term);
        let of_head = self.by_head.get(&term.head()).map_or(&[][..], |rules| rules);
        // Both lists are in the order in which the rules were given.
        let (mut i, mut j) = (0, 0);
        loop {
            let at = match (of_head.get(i), self.any.get(j)) {
                (Some(&a), Some(&b)) if a < b => (i += 1, a).1,
                (_, Some(&b)) => (j += 1, b).1,
                (Some(&a), None) => (i += 1, a).1,
                (None, None) => return None,
            };
            let matcher = &self.matchers[at as usize];
            if matcher.may_match(&heads)
                && let Some(new) = matcher.rewrite_with(term, &index, context)
            {
                return Some(new);
            }
        }
    }
}

/// A rewriter that is a function; what it does is counted and traced under a name.
///
/// ```
/// use braid_symbolic::rewrite::{ByFunction, Context, Postwalk};
/// use braid_symbolic::{Expr, Scalar, syntax::parse};
/// let halve = ByFunction::new("halve", |t: &Expr| t.as_number().map(|n| Expr::number(n) / 2));
/// let outcome = Context::default().run(&Postwalk(halve), &parse("exp(x)^4").unwrap()).unwrap();
/// assert_eq!(outcome.term.to_string(), "exp(x)^2");
/// ```
pub struct ByFunction<F> {
    name: Arc<str>,
    function: F,
}

impl<F> ByFunction<F> {
    /// A rewriter of this name.
    ///
    /// ```
    /// use braid_symbolic::{Expr, rewrite::{ByFunction, Context}};
    /// let one = ByFunction::new("one", |_: &Expr| Some(Expr::int(1)));
    /// assert_eq!(Context::default().run(&one, &Expr::var("x")).unwrap().term, Expr::int(1));
    /// ```
    pub fn new(name: &str, function: F) -> ByFunction<F> {
        ByFunction { name: name.into(), function }
    }
}

impl<T: Term, F: Fn(&T) -> Option<T> + Sync> Rewriter<T> for ByFunction<F> {
    fn rewrite(&self, term: &T, context: &mut Context<T>) -> Option<T> {
        if context.ended() {
            return None;
        }
        let new = (self.function)(term).filter(|new| new != term)?;
        context.record(|| self.name.clone(), term, &new, 1);
        Some(new)
    }
}

/// Changes nothing.
///
/// ```
/// use braid_symbolic::{Expr, Scalar, rewrite::{Context, Empty}};
/// let x = Expr::var("x");
/// assert_eq!(Context::default().run(&Empty, &x).unwrap().term, x);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Empty;

impl<T: Term> Rewriter<T> for Empty {
    fn rewrite(&self, _: &T, _: &mut Context<T>) -> Option<T> {
        None
    }
}

/// Answers the term itself where the rewriter changes nothing.
///
/// ```
/// use braid_symbolic::rewrite::{Context, Matcher, PassThrough, Rule};
/// use braid_symbolic::{Expr, syntax::parse};
/// let rule = |text| Matcher::<Expr>::new(&Rule::parse(text).unwrap());
/// let e: Expr = parse("sin(x)").unwrap();
/// let strategy = PassThrough(rule("peel: exp(?a) => ?a"));
/// assert_eq!(Context::default().run(&strategy, &e).unwrap().term.to_string(), "sin(x)");
/// ```
pub struct PassThrough<R>(pub R);

impl<T: Term, R: Rewriter<T>> Rewriter<T> for PassThrough<R> {
    fn rewrite(&self, term: &T, context: &mut Context<T>) -> Option<T> {
        Some(self.0.rewrite(term, context).unwrap_or_else(|| term.clone()))
    }
}

/// One after the other, each on what the one before made.
///
/// ```
/// use braid_symbolic::rewrite::{Chain, Context, Matcher, Rule};
/// use braid_symbolic::{Expr, syntax::parse};
/// let rule = |text| Matcher::<Expr>::new(&Rule::parse(text).unwrap());
/// let e: Expr = parse("sin(x)").unwrap();
/// let strategy = Chain(vec![Box::new(rule("ab: sin(?a) => cos(?a)")), Box::new(rule("bc: cos(?a) => tan(?a)"))]);
/// assert_eq!(Context::default().run(&strategy, &e).unwrap().term.to_string(), "tan(x)");
/// ```
pub struct Chain<T: Term>(pub Vec<Box<dyn Rewriter<T> + Send>>);

impl<T: Term> Rewriter<T> for Chain<T> {
    fn rewrite(&self, term: &T, context: &mut Context<T>) -> Option<T> {
        self.0.iter().fold(None, |new, rewriter| {
            let again = rewriter.rewrite(new.as_ref().unwrap_or(term), context);
            again.or(new)
        })
    }
}

/// One after the other; after each change, from the first again.
///
/// ```
/// use braid_symbolic::rewrite::{Context, Matcher, RestartedChain, Rule};
/// use braid_symbolic::{Expr, syntax::parse};
/// let rule = |text| Matcher::<Expr>::new(&Rule::parse(text).unwrap());
/// let e: Expr = parse("sin(x)").unwrap();
/// let strategy = RestartedChain(vec![Box::new(rule("bc: cos(?a) => tan(?a)")), Box::new(rule("ab: sin(?a) => cos(?a)"))]);
/// assert_eq!(Context::default().run(&strategy, &e).unwrap().term.to_string(), "tan(x)");
/// ```
pub struct RestartedChain<T: Term>(pub Vec<Box<dyn Rewriter<T> + Send>>);

impl<T: Term> Rewriter<T> for RestartedChain<T> {
    fn rewrite(&self, term: &T, context: &mut Context<T>) -> Option<T> {
        fixpoint(term, context, None, |t, c| self.0.iter().find_map(|rewriter| rewriter.rewrite(t, c)))
    }
}

/// Again and again, until nothing changes.
///
/// ```
/// use braid_symbolic::rewrite::{Context, Fixpoint, Matcher, Rule};
/// use braid_symbolic::{Expr, syntax::parse};
/// let rule = |text| Matcher::<Expr>::new(&Rule::parse(text).unwrap());
/// let e: Expr = parse("exp(exp(exp(x)))").unwrap();
/// let strategy = Fixpoint(rule("peel: exp(?a) => ?a"));
/// assert_eq!(Context::default().run(&strategy, &e).unwrap().term.to_string(), "x");
/// ```
pub struct Fixpoint<R>(pub R);

impl<T: Term, R: Rewriter<T>> Rewriter<T> for Fixpoint<R> {
    fn rewrite(&self, term: &T, context: &mut Context<T>) -> Option<T> {
        fixpoint(term, context, None, |t, c| self.0.rewrite(t, c))
    }
}

/// Again and again, until nothing changes or a term comes back.
///
/// ```
/// use braid_symbolic::rewrite::{Chain, Context, FixpointNoCycle, Matcher, Rule};
/// use braid_symbolic::{Expr, syntax::parse};
/// let rule = |text| Matcher::<Expr>::new(&Rule::parse(text).unwrap());
/// let e: Expr = parse("sin(x)").unwrap();
/// // Ends, although the rules lead from either to the other.
/// let both = Chain(vec![Box::new(rule("ab: sin(?a) => cos(?a)")), Box::new(rule("ba: cos(?a) => sin(?a)"))]);
/// assert_eq!(Context::default().run(&FixpointNoCycle(both), &e).unwrap().term, e);
/// ```
pub struct FixpointNoCycle<R>(pub R);

impl<T: Term, R: Rewriter<T>> Rewriter<T> for FixpointNoCycle<R> {
    fn rewrite(&self, term: &T, context: &mut Context<T>) -> Option<T> {
        let mut seen = TermSet::default();
        seen.insert(term.clone());
        fixpoint(term, context, Some(seen), |t, c| self.0.rewrite(t, c))
    }
}

/// Fixed points that run longer than this remember the smallest term that they saw.
const ROUNDS_BEFORE_BEST: u64 = 64;

fn fixpoint<T: Term>(
    term: &T,
    context: &mut Context<T>,
    mut seen: Option<TermSet<T>>,
    mut step: impl FnMut(&T, &mut Context<T>) -> Option<T>,
) -> Option<T> {
    let mut current: Option<T> = None;
    let mut best: Option<(u64, T)> = None;
    for round in 0.. {
        if round >= context.limits.rounds {
            context.stop(StopReason::Rounds(context.limits.rounds));
            break;
        }
        let Some(new) = step(current.as_ref().unwrap_or(term), context) else {
            if !context.ended() {
                return current;
            }
            break;
        };
        if current.as_ref().unwrap_or(term) == &new {
            return current;
        }
        if seen.as_mut().is_some_and(|seen| !seen.insert(new.clone())) {
            context.stop(StopReason::Cycle);
            break;
        }
        if round >= ROUNDS_BEFORE_BEST {
            let size = tree_size(&new);
            if best.as_ref().is_none_or(|(least, _)| size < *least) {
                best = Some((size, new.clone()));
            }
        }
        current = Some(new);
    }
    // Ended by a limit: the smallest of the input, the end and what was seen between.
    let end = current?;
    let candidates = [(tree_size(term), term.clone()), (tree_size(&end), end)];
    candidates.into_iter().chain(best).min_by_key(|(size, _)| *size).map(|(_, t)| t).filter(|t| t != term)
}

/// Where a condition holds of the term, one rewriter, else the other.
///
/// ```
/// use braid_symbolic::rewrite::{Context, Empty, IfElse, Matcher, Rule};
/// use braid_symbolic::{Expr, syntax::parse};
/// let rule = |text| Matcher::<Expr>::new(&Rule::parse(text).unwrap());
/// let e: Expr = parse("exp(x)").unwrap();
/// let strategy = IfElse(|t: &Expr| t.to_string().len() > 99, Empty, rule("peel: exp(?a) => ?a"));
/// assert_eq!(Context::default().run(&strategy, &e).unwrap().term.to_string(), "x");
/// ```
pub struct IfElse<C, A, B>(pub C, pub A, pub B);

impl<T: Term, C: Fn(&T) -> bool + Sync, A: Rewriter<T>, B: Rewriter<T>> Rewriter<T> for IfElse<C, A, B> {
    fn rewrite(&self, term: &T, context: &mut Context<T>) -> Option<T> {
        if (self.0)(term) { self.1.rewrite(term, context) } else { self.2.rewrite(term, context) }
    }
}

/// A rewriter where a condition holds of the term.
///
/// ```
/// use braid_symbolic::rewrite::{Context, If, Matcher, Rule};
/// use braid_symbolic::{Expr, syntax::parse};
/// let rule = |text| Matcher::<Expr>::new(&Rule::parse(text).unwrap());
/// let e: Expr = parse("exp(x)").unwrap();
/// let strategy = If(|t: &Expr| t.to_string().len() < 99, rule("peel: exp(?a) => ?a"));
/// assert_eq!(Context::default().run(&strategy, &e).unwrap().term.to_string(), "x");
/// ```
pub struct If<C, R>(pub C, pub R);

impl<T: Term, C: Fn(&T) -> bool + Sync, R: Rewriter<T>> Rewriter<T> for If<C, R> {
    fn rewrite(&self, term: &T, context: &mut Context<T>) -> Option<T> {
        (self.0)(term).then(|| self.1.rewrite(term, context)).flatten()
    }
}

/// Every subterm, users before their arguments: what a subterm becomes is gone into.
///
/// ```
/// use braid_symbolic::rewrite::{Context, Matcher, Prewalk, Rule};
/// use braid_symbolic::{Expr, syntax::parse};
/// let rule = |text| Matcher::<Expr>::new(&Rule::parse(text).unwrap());
/// let e: Expr = parse("sin(exp(x))").unwrap();
/// let strategy = Prewalk(rule("peel: exp(?a) => ?a"));
/// assert_eq!(Context::default().run(&strategy, &e).unwrap().term.to_string(), "sin(x)");
/// ```
pub struct Prewalk<R>(pub R);

impl<T: Term, R: Rewriter<T>> Rewriter<T> for Prewalk<R> {
    fn rewrite(&self, term: &T, context: &mut Context<T>) -> Option<T> {
        let mut done: TermMap<T, T> = TermMap::default();
        // A term, and what the rewriter made of it once its arguments are waited for.
        let mut stack: Vec<(T, Option<T>)> = vec![(term.clone(), None)];
        let mut open: TermSet<T> = TermSet::default();
        while let Some((term, made)) = stack.pop() {
            if done.contains_key(&term) {
                continue;
            }
            match made {
                None => {
                    if !open.insert(term.clone()) {
                        continue;
                    }
                    let made = self.0.rewrite(&term, context).unwrap_or_else(|| term.clone());
                    let args = made.args();
                    stack.push((term, Some(made)));
                    stack.extend(args.into_iter().map(|a| (a, None)));
                }
                Some(made) => {
                    let args = made.args();
                    // An argument that is being worked on, since it occurs in what it became, stays as it is.
                    let new: Args<T> = args.iter().map(|a| done.get(a).unwrap_or(a).clone()).collect();
                    let result = if new == args { made } else { T::make(&made.head(), &new) };
                    done.insert(term, result);
                }
            }
        }
        done.remove(term).filter(|new| new != term)
    }
}

/// Every distinct subterm once, arguments before their users. Many subterms that do not hold each other are worked on in
/// parallel.
///
/// ```
/// use braid_symbolic::rewrite::{Context, Matcher, Postwalk, Rule};
/// use braid_symbolic::{Expr, syntax::parse};
/// let rule = |text| Matcher::<Expr>::new(&Rule::parse(text).unwrap());
/// let e: Expr = parse("exp(sin(exp(x)))").unwrap();
/// let strategy = Postwalk(rule("peel: exp(?a) => ?a"));
/// assert_eq!(Context::default().run(&strategy, &e).unwrap().term.to_string(), "sin(x)");
/// ```
pub struct Postwalk<R>(pub R);

/// At least this many subterms of the same height are worked on in parallel.
pub const PARALLEL_MIN: usize = 256;

impl<T: Term, R: Rewriter<T>> Rewriter<T> for Postwalk<R> {
    fn rewrite(&self, term: &T, context: &mut Context<T>) -> Option<T> {
        let mut levels: Vec<Vec<T>> = Vec::new();
        let mut inner: TermSet<T> = TermSet::default();
        crate::term::walk::fold(term, |t, args: &[usize]| {
            let head = t.head();
            if T::is_ac(&head) {
                inner.extend(t.args().into_iter().filter(|a| a.head() == head));
            }
            let height = args.iter().max().map_or(0, |h| h + 1);
            if levels.len() <= height {
                levels.resize_with(height + 1, Vec::new);
            }
            levels[height].push(t.clone());
            height
        });
        keep_inner(term, &mut inner);
        let mut done: TermMap<T, T> = TermMap::default();
        for level in levels {
            let one = |term: &T, done: &TermMap<T, T>, context: &mut Context<T>| {
                let args = term.args();
                let changed = args.iter().any(|a| done.contains_key(a));
                let made = changed.then(|| {
                    let new: Args<T> = args.iter().map(|a| done.get(a).unwrap_or(a).clone()).collect();
                    T::make(&term.head(), &new)
                });
                let current = made.as_ref().unwrap_or(term);
                let new = if inner.contains(term) { None } else { self.0.rewrite(current, context) };
                new.or(made).filter(|new| new != term)
            };
            if level.len() < PARALLEL_MIN {
                for term in level {
                    if let Some(new) = one(&term, &done, context) {
                        done.insert(term, new);
                    }
                }
                continue;
            }
            let parts: Vec<(Vec<(T, T)>, Context<T>)> = level
                .par_chunks(PARALLEL_MIN / 4)
                .map(|part| {
                    let mut child = context.child();
                    let new = part.iter().filter_map(|t| Some((t.clone(), one(t, &done, &mut child)?)));
                    (new.collect(), child)
                })
                .collect();
            for (new, child) in parts {
                done.extend(new);
                context.join(child);
            }
        }
        done.remove(term)
    }
}

/// Of sums that occur within sums, and products within products, keeps those that occur nowhere else. They are matched with
/// those around them; were they matched by themselves too, a long chain of binary sums would take quadratic time.
fn keep_inner<T: Term>(term: &T, inner: &mut TermSet<T>) {
    if inner.is_empty() {
        return;
    }
    inner.remove(term);
    crate::term::walk::postorder(term, |t| {
        let head = t.head();
        for arg in t.args() {
            if !T::is_ac(&head) || arg.head() != head {
                inner.remove(&arg);
            }
        }
    });
}

/// Says what a run did, one line a rewrite.
///
/// ```
/// use braid_symbolic::rewrite::{Context, Matcher, Rule, explain};
/// use braid_symbolic::{Expr, syntax::parse};
/// let matcher = Matcher::new(&Rule::parse("peel: log(exp(?a)) => ?a").unwrap());
/// let outcome = Context::default().traced().run(&matcher, &parse::<Expr>("log(exp(x))").unwrap()).unwrap();
/// assert_eq!(explain(&outcome.trace), "peel: log(exp(x)) => x");
/// ```
pub fn explain<T: Term + std::fmt::Display + Hash>(trace: &[Step<T>]) -> String {
    let line = |step: &Step<T>| format!("{}: {} => {}", step.rule, step.before, step.after);
    trace.iter().map(line).collect::<Vec<_>>().join("\n")
}
