//! Applying rules until nothing new follows, or a limit is reached.

use super::engine::{ClassId, EGraph, Node, NodeIndex, Reason};
use super::language::Language;
use super::matching::{Found, Frame, Matcher};
use super::native::{distribute, expand, factor};
use super::normal::normalise;
use super::pattern::{ClassSubjects, Compiled, Form, strict_slots};
use crate::rewrite::{Bindings, Match, Pattern, Right, Rule, SlotId, Truth, View};
use hashbrown::{HashMap, HashSet};
use rustc_hash::FxBuildHasher;
use std::hash::BuildHasher;
use std::time::{Duration, Instant};

/// Where saturation ends at the latest.
///
/// ```
/// use braid_symbolic::egraph::{Limits, Simplify, Stop};
/// use braid_symbolic::{Expr, syntax::parse};
/// let e: Expr = parse("sin(a + b)*sin(a - b) + cos(a)^2").unwrap();
/// let limits = Limits { iterations: 0, ..Limits::default() };
/// assert_eq!(Simplify::new(&e).with(limits).run().stop(), Stop::IterationLimit);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Rounds in which each rule is applied wherever it matches.
    pub iterations: usize,
    /// Nodes of the e-graph.
    pub nodes: usize,
    /// Matches of one rule in one round; a rule with more rests for some rounds, and longer each time.
    pub matches_per_rule: usize,
    /// Time.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { iterations: 30, nodes: 10_000, matches_per_rule: 1_000, time: Duration::from_secs(5) }
    }
}

/// Why saturation ended.
///
/// ```
/// use braid_symbolic::{Expr, egraph::{Simplify, Stop}, syntax::parse};
/// let e: Expr = parse("a*x + a*y").unwrap();
/// assert_eq!(Simplify::new(&e).run().stop(), Stop::Saturated);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Stop {
    /// Nothing new follows from the rules.
    #[error("nothing new follows from the rules")]
    Saturated,
    /// The terms that were to be proved equal are.
    #[error("the terms are proved equal")]
    Proved,
    /// [`Limits::iterations`].
    #[error("the limit of rounds is reached")]
    IterationLimit,
    /// [`Limits::nodes`].
    #[error("the limit of nodes is reached")]
    NodeLimit,
    /// [`Limits::time`].
    #[error("the limit of time is reached")]
    TimeLimit,
    /// Something follows that cannot be true: a rule is wrong. Nothing of the e-graph is used.
    #[error("something follows that cannot be true")]
    Contradiction,
}

/// Rounds for which a rule rests after its first excess of matches; doubled each time.
pub const REST_ROUNDS: usize = 4;

/// Rounds of collecting and opening between two rounds of rules.
pub const NORMAL_ROUNDS_MAX: usize = 4;

/// Rounds of factoring and multiplying out between two rounds of rules: one for each level of nested brackets.
pub const NATIVE_ROUNDS_MAX: usize = 16;

/// A rule with its patterns as the e-graph matches them.
pub struct PreparedRule<H> {
    pub(super) rule: Rule<H>,
    left: Compiled<H>,
    right: Option<Compiled<H>>,
    /// Heads without which there is no match.
    heads: Vec<H>,
}

/// Rules, prepared once and used for any number of e-graphs.
///
/// ```
/// use braid_symbolic::{Expr, egraph::{PreparedRules, Simplify}, rewrite::Rule, syntax::parse};
/// use std::sync::Arc;
/// let rule = Rule::parse("angle: sin(?a)*cos(?a) => sin(2*?a)/2").unwrap();
/// let rules: Arc<PreparedRules<Expr>> = Arc::new(PreparedRules::new([rule]));
/// let e: Expr = parse("sin(x)*cos(x)").unwrap();
/// assert_eq!(Simplify::new(&e).with(rules).run().term().to_string(), "sin(2*x)/2");
/// ```
pub struct PreparedRules<T: Language> {
    pub(super) rules: Vec<PreparedRule<T::Head>>,
    /// How far below its root the deepest pattern looks.
    depth: usize,
}

impl<T: Language> std::fmt::Debug for PreparedRules<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.debug_list().entries(self.rules().map(Rule::name)).finish()
    }
}

impl<T: Language> PreparedRules<T> {
    /// Prepares rules. Those for both ways are read in both.
    ///
    /// ```
    /// use braid_symbolic::{Expr, egraph::PreparedRules, rewrite::Rule};
    /// let rule = Rule::parse("powers: exp(?a)*exp(?b) == exp(?a + ?b)").unwrap();
    /// assert_eq!(PreparedRules::<Expr>::new([rule]).rules().count(), 2); // for both ways
    /// ```
    pub fn new(rules: impl IntoIterator<Item = Rule<T::Head>>) -> PreparedRules<T> {
        let mut all = Vec::new();
        for rule in rules {
            all.extend(rule.reversed().map(prepared::<T>));
            all.push(prepared::<T>(rule));
        }
        let depth = all.iter().map(|prepared| prepared.left.depth()).max().unwrap_or(0);
        PreparedRules { rules: all, depth }
    }

    /// The rules, in the order in which they are tried.
    ///
    /// ```
    /// use braid_symbolic::{Expr, egraph::default_rules};
    /// assert!(default_rules::<Expr>().rules().count() > 50);
    /// ```
    pub fn rules(&self) -> impl Iterator<Item = &Rule<T::Head>> {
        self.rules.iter().map(|prepared| &prepared.rule)
    }
}

fn prepared<T: Language>(rule: Rule<T::Head>) -> PreparedRule<T::Head> {
    let left = Compiled::new::<T>(rule.left());
    let right = rule.right_pattern().map(Compiled::new::<T>);
    let heads = left.forms.iter().filter_map(|form| match form {
        Form::Plain(head, _) => Some(head.clone()),
        _ => None,
    });
    PreparedRule { heads: heads.collect(), rule, left, right }
}

/// One application of a rule, for proofs.
#[derive(Clone, Debug)]
pub(super) struct Application<H> {
    pub rule: usize,
    pub bindings: Bindings<ClassId>,
    pub frame: Frame,
    /// The right side, where a function made it.
    pub made: Option<Pattern<H>>,
}

/// What saturation did.
///
/// ```
/// use braid_symbolic::{Expr, egraph::{Simplify, Stop}, syntax::parse};
/// let e: Expr = parse("sin(x)^2 + cos(x)^2").unwrap();
/// let report = Simplify::new(&e).run().report;
/// assert!(report.stop == Stop::Saturated && report.applied.iter().sum::<usize>() > 0);
/// ```
#[derive(Clone, Debug)]
pub struct Report {
    /// Why it ended.
    pub stop: Stop,
    /// Rounds.
    pub iterations: usize,
    /// Of each rule of the set, how many applications taught something.
    pub applied: Vec<usize>,
}

/// One application of a rule.
#[derive(Clone, Debug)]
pub struct Step {
    /// The number of the rule in its set.
    pub rule: usize,
    /// What its slots stood for.
    pub bindings: Bindings<ClassId>,
    /// The class that was matched.
    pub left: ClassId,
    /// What it is, too.
    pub right: ClassId,
}

/// Applies rules to an e-graph of any language, and tells of every application.
///
/// ```
/// use braid_symbolic::egraph::{EGraph, Limits, Stop, default_rules, saturate};
/// use braid_symbolic::{Expr, syntax::parse};
/// let mut graph: EGraph<Expr> = EGraph::new();
/// let e = graph.add_term(&parse("sin(x)^2 + cos(x)^2").unwrap());
/// let (report, steps) = saturate(&mut graph, &default_rules(), &Limits::default());
/// assert_eq!(report.stop, Stop::Saturated);
/// assert!(!steps.is_empty() && graph.constant(graph.find(e)).is_some_and(|n| n.is_one()));
/// ```
pub fn saturate<T: Language>(
    graph: &mut EGraph<T>,
    rules: &PreparedRules<T>,
    limits: &Limits,
) -> (Report, Vec<Step>) {
    let mut saturation = Saturation::new(graph, rules, limits);
    saturation.steps = Some(Vec::new());
    let report = saturation.run();
    (report, saturation.steps.unwrap_or_default())
}

/// How often a rule had too many matches, and until when it rests.
#[derive(Clone, Default)]
struct Rest {
    times: u32,
    until: usize,
}

/// Applies rules to an e-graph.
pub(super) struct Saturation<'a, T: Language> {
    pub graph: &'a mut EGraph<T>,
    pub rules: &'a PreparedRules<T>,
    pub limits: &'a Limits,
    pub applications: Vec<Application<T::Head>>,
    /// Pairs of classes that are to become one. Where there are some, the search ends as soon as all have.
    pub goals: Vec<(ClassId, ClassId)>,
    versions: HashMap<ClassId, u64, FxBuildHasher>,
    /// Every application, where somebody wants to know.
    steps: Option<Vec<Step>>,
    /// When the time is over; `None` where it is beyond what clocks tell.
    until: Option<Instant>,
    seen_nodes: HashSet<Node, FxBuildHasher>,
    seen_matches: HashSet<(usize, ClassId, Vec<ClassId>, Vec<ClassId>), FxBuildHasher>,
}

impl<'a, T: Language> Saturation<'a, T> {
    pub fn new(
        graph: &'a mut EGraph<T>,
        rules: &'a PreparedRules<T>,
        limits: &'a Limits,
    ) -> Saturation<'a, T> {
        Saturation {
            graph,
            rules,
            limits,
            applications: Vec::new(),
            goals: Vec::new(),
            versions: HashMap::default(),
            steps: None,
            until: None,
            seen_nodes: HashSet::default(),
            seen_matches: HashSet::default(),
        }
    }

    pub fn run(&mut self) -> Report {
        let start = Instant::now();
        self.until = start.checked_add(self.limits.time);
        let mut rests = vec![Rest::default(); self.rules.rules.len()];
        let mut applied = vec![0; self.rules.rules.len()];
        self.graph.rebuild();
        self.normalise();
        let mut iteration = 0;
        let mut complete = true;
        let stop = loop {
            if iteration == self.limits.iterations {
                break Stop::IterationLimit;
            }
            let mut changed = self.native_steps();
            if self.is_proved() {
                break Stop::Proved;
            }
            let mut resting = false;
            // Where nothing changed, no rule finds what it has not found. What is known of values may still have changed,
            // so before the end all is looked at.
            let dirty = if complete { None } else { Some(self.changed_classes()) };
            let mut matches: Vec<(usize, Vec<Found>)> = Vec::new();
            for (at, prepared) in self.rules.rules.iter().enumerate() {
                let rest = &mut rests[at];
                if iteration < rest.until {
                    resting = true;
                    continue;
                }
                let limit = self.limits.matches_per_rule << rest.times.min(16);
                if prepared.heads.iter().any(|head| self.graph.head_id(head).is_none()) {
                    continue;
                }
                let mut matcher = Matcher {
                    within: dirty.as_ref(),
                    graph: self.graph,
                    pattern: &prepared.left,
                    slots: prepared.rule.slots(),
                    limit,
                    found: Vec::new(),
                };
                if matcher.run() {
                    rest.until = iteration + (REST_ROUNDS << rest.times.min(8));
                    rest.times += 1;
                    resting = true;
                    // The first matches are used: a rule that always has too many would else never be.
                }
                matches.push((at, matcher.found));
                if start.elapsed() > self.limits.time {
                    break;
                }
            }
            'apply: for (rule, found) in matches {
                for (count, found) in found.into_iter().enumerate() {
                    if self.apply(rule, found) {
                        applied[rule] += 1;
                        changed = true;
                    }
                    if self.graph.node_count() > self.limits.nodes
                        || count % 64 == 63 && start.elapsed() > self.limits.time
                    {
                        break 'apply;
                    }
                }
            }
            self.graph.rebuild();
            changed |= self.normalise();
            iteration += 1;
            if self.graph.is_contradictory() {
                break Stop::Contradiction;
            }
            if self.is_proved() {
                break Stop::Proved;
            }
            if start.elapsed() > self.limits.time {
                break Stop::TimeLimit;
            }
            if self.graph.node_count() > self.limits.nodes {
                break Stop::NodeLimit;
            }
            if !changed && !complete {
                complete = true;
                continue;
            }
            complete = false;
            if !changed {
                if !resting {
                    break Stop::Saturated;
                }
                // Nothing else to do: whoever rests may work again.
                rests.iter_mut().for_each(|rest| rest.until = 0);
            }
        };
        Report { stop, iterations: iteration, applied }
    }

    /// Whether there are goals and all are reached.
    fn is_proved(&self) -> bool {
        let reached = |(a, b): &(ClassId, ClassId)| self.graph.find(*a) == self.graph.find(*b);
        !self.goals.is_empty() && !self.graph.is_contradictory() && self.goals.iter().all(reached)
    }

    /// The classes whose nodes changed since this was called last, and those that patterns may reach them from.
    fn changed_classes(&mut self) -> HashSet<ClassId, FxBuildHasher> {
        let mut users: HashMap<ClassId, Vec<ClassId>, FxBuildHasher> = HashMap::default();
        let mut changed: HashSet<ClassId, FxBuildHasher> = HashSet::default();
        let mut layer: Vec<ClassId> = Vec::new();
        let mut now: HashMap<ClassId, u64, FxBuildHasher> = HashMap::default();
        for class in self.graph.classes() {
            // Nodes are sorted, so equal sets have equal hashes.
            let hash = FxBuildHasher.hash_one(self.graph.nodes(class));
            for child in self.graph.nodes(class).iter().flat_map(|node| node.children()) {
                users.entry(self.graph.find(child)).or_default().push(class);
            }
            if self.versions.get(&class) != Some(&hash) && changed.insert(class) {
                layer.push(class);
            }
            now.insert(class, hash);
        }
        self.versions = now;
        for _ in 0..self.rules.depth {
            let mut next = Vec::new();
            for user in layer.iter().filter_map(|class| users.get(class)).flatten() {
                if changed.insert(*user) {
                    next.push(*user);
                }
            }
            layer = next;
        }
        changed
    }

    pub fn normalise(&mut self) -> bool {
        let mut changed = false;
        for _ in 0..NORMAL_ROUNDS_MAX {
            if !normalise(self.graph, self.until) {
                break;
            }
            changed = true;
        }
        changed
    }

    /// Factors sums and multiplies products out that are new, and what comes of that, too.
    fn native_steps(&mut self) -> bool {
        let mut changed = false;
        for _ in 0..NATIVE_ROUNDS_MAX {
            if self.is_proved() {
                break;
            }
            let mut fresh = false;
            for (index, step) in [
                (NodeIndex::Sum, factor as fn(&mut EGraph<T>, ClassId, &Node) -> bool),
                (NodeIndex::Product, expand),
            ] {
                for class in self.graph.classes_with(index) {
                    let class = self.graph.find(class);
                    let unseen =
                        |node: &&Node| NodeIndex::of(node) == index && !self.seen_nodes.contains(*node);
                    let nodes: Vec<Node> = self.graph.nodes(class).iter().filter(unseen).cloned().collect();
                    for node in nodes {
                        let late = self.until.is_some_and(|until| Instant::now() > until);
                        if late || self.graph.node_count() > self.limits.nodes {
                            return changed;
                        }
                        fresh |= step(self.graph, class, &node);
                        if index == NodeIndex::Sum {
                            fresh |= distribute(self.graph, class, &node);
                        }
                        self.seen_nodes.insert(node);
                    }
                }
                self.graph.rebuild();
            }
            if !fresh {
                break;
            }
            changed = true;
            self.graph.rebuild();
            normalise(self.graph, self.until);
        }
        changed
    }

    /// Applies a rule to a match, if it may be; whether that taught something.
    fn apply(&mut self, rule: usize, found: Found) -> bool {
        let rules = self.rules;
        let prepared = &rules.rules[rule];
        let slots = prepared.rule.slots();
        let bound = |graph: &EGraph<T>| -> Vec<ClassId> {
            let one = |at: usize| found.bindings.get(at as SlotId).map(|&c| graph.find(c));
            (0..slots.len()).filter_map(one).collect()
        };
        let around: Vec<ClassId> = match &found.frame {
            Frame::Whole => Vec::new(),
            Frame::Sum(_, _, entries) | Frame::Product(_, entries) => entries.iter().map(|e| e.0).collect(),
        };
        let key = (rule, self.graph.find(found.class), bound(self.graph), around);
        if slots.iter().all(|s| !s.segment) && self.seen_matches.contains(&key) {
            return false;
        }
        let subjects = ClassSubjects { graph: self.graph, bindings: &found.bindings };
        if !prepared.rule.condition().is_always() && prepared.rule.condition().decide(&subjects) != Truth::Yes
        {
            return false;
        }
        let made = match prepared.rule.right() {
            Right::Pattern(_) => None,
            Right::Dynamic(maker) => {
                let view = |slot: SlotId| -> Option<View> {
                    let class = self.graph.find(*found.bindings.get(slot)?);
                    let data = self.graph.data(class);
                    let number = T::constant(data).cloned();
                    Some(View { facts: T::facts(data), number, symbol: self.graph.symbol(class) })
                };
                let term = |slot: SlotId| -> Option<Pattern<T::Head>> {
                    let term = self.graph.representative(*found.bindings.get(slot)?);
                    Some(Pattern::from_term(&term, |_| None))
                };
                match maker(&Match::new(slots, &view, &term)) {
                    Some(pattern) => Some(pattern),
                    None => return false,
                }
            }
        };
        let strict = match (&made, &prepared.right) {
            (Some(pattern), _) => strict_slots::<T>(pattern),
            (None, Some(right)) => right.strict,
            (None, None) => return false,
        };
        if !self.keeps_domain(prepared.left.strict ^ strict, &found.bindings) {
            return false;
        }
        let dynamic = made.as_ref().map(Compiled::new::<T>);
        let Some(right) = dynamic.as_ref().or(prepared.right.as_ref()) else {
            return false;
        };
        let Some(result) = right.add(self.graph, &found.bindings) else {
            return false;
        };
        self.seen_matches.insert(key);
        let to = found.frame.around(self.graph, result);
        let data = |class: ClassId| self.graph.data(self.graph.find(class));
        if !T::may_join(data(found.class), data(to)) {
            return false;
        }
        if let Some(steps) = &mut self.steps {
            steps.push(Step { rule, bindings: found.bindings.clone(), left: found.class, right: to });
        }
        if !self.graph.has_journal() {
            return self.graph.union(found.class, to, Reason::Rule(0));
        }
        let Some(left) = prepared.left.add(self.graph, &found.bindings) else {
            return false;
        };
        let from = found.frame.around(self.graph, left);
        let reason = Reason::Rule(self.applications.len());
        self.applications.push(Application { rule, bindings: found.bindings, frame: found.frame, made });
        self.graph.union(from, to, reason)
    }

    /// Slots on which only one side depends must have a value whatever the unknowns are. Else the two sides would be defined
    /// in different places, and making them one class would poison all that follows.
    fn keeps_domain(&self, one_sided: u64, bindings: &Bindings<ClassId>) -> bool {
        (0..u64::BITS as SlotId).filter(|slot| one_sided >> slot & 1 == 1).all(|slot| {
            let total = |class: ClassId| self.graph.is_total(self.graph.find(class));
            match bindings.segment(slot) {
                Some(classes) => classes.iter().all(|&c| total(c)),
                None => bindings.get(slot).is_some_and(|&c| total(c)),
            }
        })
    }
}

/// The terms of a set of classes, kept while they are made.
pub(super) type Terms<T> = HashMap<ClassId, T, FxBuildHasher>;
