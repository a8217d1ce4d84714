//! Matching modulo associativity and commutativity, at any depth.
//!
//! The operands of a sum or product are indexed by term and by head. One operand of the pattern, the most specific, is
//! tried against those with its head; as soon as the slots of another are bound, that one is looked up by hash. So
//! `sin(?a)^2 + cos(?a)^2` is found in a sum of `n` terms in about `n` steps. What needs more is a backtracking search of at
//! most [`Search::LIMIT_BASE`] steps and [`Search::LIMIT_PER_OPERAND`] per operand.
//!
//! A sum at the root is matched up to a common factor: `3*sin(x)^2 + 3*cos(x)^2 + y` has `sin(?a)^2 + cos(?a)^2` three
//! times in it, beside `y`, which is kept. A product at the root is matched up to a constant.

use super::condition::{Condition, Oracle, Truth};
use super::operands::{Index, Operands, Role, combined, flattened, identity};
use super::pattern::{Bindings, PatternNode, SlotId};
use super::plan::{Matcher, Operand, Plan};
use crate::number::Number;
use crate::term::Args;
use crate::term::walk::TermMap;
use smallvec::SmallVec;
use std::cell::OnceCell;

/// What a rewriter does where a condition is neither known to hold nor known not to.
///
/// ```
/// use braid_symbolic::rewrite::{Context, Matcher, Rule, Unknowns};
/// use braid_symbolic::{Expr, syntax::parse};
/// let matcher = Matcher::new(&Rule::parse("r: exp(log(?a)) => ?a if ?a > 0").unwrap());
/// let e: Expr = parse("exp(log(x))").unwrap();
/// let under = |unknowns| Context::default().unknowns(unknowns).run(&matcher, &e).unwrap().term;
/// assert_eq!((under(Unknowns::Refuse), under(Unknowns::Record)), (e, Expr::var("x")));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Unknowns {
    /// The rule is not applied.
    #[default]
    Refuse,
    /// The rule is applied and the condition recorded beside the result.
    Record,
}

enum Goal<T> {
    /// The part of the pattern at a node matches a term.
    Match(u32, T),
    /// The operands of a plan from a step on match those of a problem that are not used yet.
    Operands(Progress),
    /// Parts of the condition hold.
    Check(u32),
}

impl<T: Clone> Clone for Goal<T> {
    fn clone(&self) -> Goal<T> {
        match self {
            Goal::Match(at, term) => Goal::Match(*at, term.clone()),
            Goal::Operands(progress) => Goal::Operands(progress.clone()),
            Goal::Check(at) => Goal::Check(*at),
        }
    }
}

#[derive(Clone)]
struct Progress {
    plan: u32,
    /// Which operands; `None` for those of the root.
    problem: Option<u32>,
    step: u32,
    used: SmallVec<[u32; 6]>,
    factor: Option<Number>,
}

/// Where another operand may be tried.
struct Choice {
    progress: Progress,
    /// The goals after the operands of this plan.
    next: u32,
    /// The place among the candidates to go on at.
    from: usize,
    goals: usize,
    trail: usize,
    problems: usize,
}

/// A search for matches of one rule in one term.
pub struct Search<'a, T: Operands, O: ?Sized> {
    matcher: &'a Matcher<T>,
    oracle: &'a O,
    unknowns: Unknowns,
    index: Option<&'a Index<T>>,
    problems: Vec<Problem<T>>,
    /// Goals are lists in an arena: each has the number of the next.
    goals: Vec<(Goal<T>, u32)>,
    choices: Vec<Choice>,
    bindings: Bindings<T>,
    /// Slots in the order in which they were bound, and whether as a segment.
    trail: Vec<(SlotId, bool)>,
    taken: SmallVec<[u32; 6]>,
    factor: Number,
    steps: u64,
    limit: u64,
    /// Operands of the widest sum or product below the root so far.
    widest: u64,
    cut: bool,
}

/// The operands of a sum or product below the root.
struct Problem<T> {
    operands: Vec<T>,
    /// Where each stands, once somebody looks for one among many.
    places: OnceCell<TermMap<T, SmallVec<[u32; 1]>>>,
}

/// No more goals.
const DONE: u32 = u32::MAX;

/// A term without canonical products is not always found by hash; this many operands are looked through then.
const SCAN_MAX: usize = 64;

impl<'a, T: Operands, O: Oracle<T> + ?Sized> Search<'a, T, O> {
    /// A search takes at most this many steps,
    pub const LIMIT_BASE: u64 = 20_000;
    /// and this many more for each operand of the root, and of the widest sum or product below it.
    pub const LIMIT_PER_OPERAND: u64 = 64;

    fn new(matcher: &'a Matcher<T>, oracle: &'a O, unknowns: Unknowns, index: Option<&'a Index<T>>) -> Self {
        let operands = index.map_or(0, |i| i.operands.len() as u64);
        Search {
            matcher,
            oracle,
            unknowns,
            index,
            problems: Vec::new(),
            goals: Vec::new(),
            choices: Vec::new(),
            bindings: Bindings::new(),
            trail: Vec::new(),
            taken: SmallVec::new(),
            factor: Number::ONE,
            steps: 0,
            limit: Self::LIMIT_BASE + Self::LIMIT_PER_OPERAND * operands,
            widest: 0,
            cut: false,
        }
    }

    fn push(&mut self, goal: Goal<T>, next: u32) -> u32 {
        self.goals.push((goal, next));
        self.goals.len() as u32 - 1
    }

    fn run(&mut self, mut goals: u32) -> bool {
        while goals != DONE {
            self.steps += 1;
            if self.steps > self.limit {
                self.cut = true;
                return false;
            }
            let (goal, next) = self.goals[goals as usize].clone();
            let then = match goal {
                Goal::Match(at, term) => self.match_node(at, term, next),
                Goal::Operands(progress) => self.operands(progress, next),
                Goal::Check(at) => self.check(at).then_some(next),
            };
            match then.or_else(|| self.backtrack()) {
                Some(then) => goals = then,
                None => return false,
            }
        }
        true
    }

    /// Looks for the first match of the whole of a term.
    fn match_whole(&mut self, term: &T) -> bool {
        let mut goals = DONE;
        for at in (0..self.matcher.checks.len() as u32).rev() {
            goals = self.push(Goal::Check(at), goals);
        }
        let goals = self.push(Goal::Match(self.matcher.rule.left().root(), term.clone()), goals);
        self.run(goals)
    }

    fn undo(&mut self, trail: usize) {
        while self.trail.len() > trail {
            match self.trail.pop() {
                Some((slot, false)) => self.bindings.unbind(slot),
                Some((slot, true)) => self.bindings.unbind_segment(slot),
                None => break,
            }
        }
    }

    fn backtrack(&mut self) -> Option<u32> {
        while let Some(choice) = self.choices.pop() {
            self.undo(choice.trail);
            self.goals.truncate(choice.goals);
            self.problems.truncate(choice.problems);
            if let Some(goals) = self.candidates(choice.progress, choice.next, choice.from) {
                return Some(goals);
            }
            if self.cut {
                return None;
            }
        }
        None
    }

    fn bind(&mut self, slot: SlotId, term: &T) -> bool {
        if let Some(bound) = self.bindings.get(slot) {
            return bound == term;
        }
        if let Some(predicate) = self.matcher.rule.slots()[slot as usize].predicate
            && predicate.holds(term, self.oracle) != Truth::Yes
        {
            return false;
        }
        self.bindings.bind(slot, term.clone());
        self.trail.push((slot, false));
        true
    }

    fn check(&self, at: u32) -> bool {
        self.matcher.checks[at as usize].iter().all(|&c| {
            let condition = &self.matcher.conjuncts[c as usize];
            match condition.truth(&self.bindings, self.oracle) {
                Truth::Yes => true,
                Truth::No => false,
                Truth::Unknown => {
                    self.unknowns == Unknowns::Record
                        && T::condition_term(condition, &self.bindings).is_some()
                }
            }
        })
    }

    fn match_node(&mut self, at: u32, term: T, next: u32) -> Option<u32> {
        let matcher = self.matcher;
        match matcher.rule.left().node(at) {
            PatternNode::Slot(slot) => self.bind(*slot, &term).then_some(next),
            PatternNode::Segment(_) => None,
            PatternNode::Apply(head, args) => {
                if let Some(plan) = matcher.plan_of[at as usize] {
                    return self.nested(plan, &term, next);
                }
                if term.head() == *head {
                    let operands = term.args();
                    if operands.len() != args.len() {
                        return None;
                    }
                    let matched = args.iter().zip(operands).rev();
                    return Some(matched.fold(next, |next, (&a, t)| self.push(Goal::Match(a, t), next)));
                }
                // `?a^?n` with an exponent that may be missing.
                if T::role(head) == Role::Power
                    && let [base, exponent] = args[..]
                    && let PatternNode::Slot(slot) = matcher.rule.left().node(exponent)
                    && matcher.rule.slots()[*slot as usize].optional
                    && let Some(one) = T::constant(&Number::ONE)
                    && self.bind(*slot, &one)
                {
                    return Some(self.push(Goal::Match(base, term), next));
                }
                None
            }
        }
    }

    /// A sum or product inside a term: every operand must be matched.
    fn nested(&mut self, plan: u32, term: &T, next: u32) -> Option<u32> {
        let shape = &self.matcher.plans[plan as usize];
        let operands = flattened(&shape.head, term);
        if operands.len() < shape.required || operands.len() > shape.operands.len() && !shape.absorbs {
            return None;
        }
        // A wide sum below is searched as one at the root is, however often the search comes there.
        let wider = (operands.len() as u64).saturating_sub(self.widest);
        self.widest += wider;
        self.limit += Self::LIMIT_PER_OPERAND * wider;
        self.problems.push(Problem { operands, places: OnceCell::new() });
        let problem = Some(self.problems.len() as u32 - 1);
        let progress = Progress { plan, problem, step: 0, used: SmallVec::new(), factor: None };
        Some(self.push(Goal::Operands(progress), next))
    }

    /// One step of matching operands.
    fn operands(&mut self, mut progress: Progress, next: u32) -> Option<u32> {
        let matcher = self.matcher;
        let plan = &matcher.plans[progress.plan as usize];
        let Some(operand) = plan.operands.get(progress.step as usize) else {
            return self.finish(progress, next);
        };
        let free = |bindings: &Bindings<T>| {
            (0..matcher.rule.slots().len() as SlotId)
                .any(|s| operand.slots >> s & 1 == 1 && bindings.get(s).is_none())
        };
        if let Some((slot, optional)) = operand.slot {
            if let Some(bound) = self.bindings.get(slot).cloned() {
                // What is bound to several operands is looked up one by one.
                if optional && identity::<T>(&plan.head).is_some_and(|i| i == bound) {
                    progress.step += 1;
                    return Some(self.push(Goal::Operands(progress), next));
                }
                for part in flattened(&plan.head, &bound) {
                    let at = self.look_up(&progress, plan, &part, &Number::ONE)?;
                    progress.used.push(at);
                }
                return self.stepped(progress, next);
            }
            let last = progress.step as usize + 1 == plan.operands.len();
            if last
                && plan.segment.is_none()
                && let Some(problem) = progress.problem
            {
                let operands = &self.problems[problem as usize].operands;
                let rest: Vec<T> = (0..operands.len())
                    .filter(|&i| !progress.used.contains(&(i as u32)))
                    .map(|i| operands[i].clone())
                    .collect();
                if rest.is_empty() && !optional {
                    return None;
                }
                let rest = combined(&plan.head, &rest)?;
                return self.bind(slot, &rest).then_some(next);
            }
            return self.candidates(progress, next, 0);
        }
        if !free(&self.bindings) {
            let term = match operand.parts[..] {
                [] => None,
                [part] => Some(matcher.rule.left().instantiate_at(part, &self.bindings)?),
                _ => {
                    let PatternNode::Apply(product, _) = matcher.rule.left().node(operand.node) else {
                        return None;
                    };
                    let parts = operand.parts.iter();
                    let parts: Option<Args<T>> =
                        parts.map(|&p| matcher.rule.left().instantiate_at(p, &self.bindings)).collect();
                    Some(T::make(product, &parts?))
                }
            };
            let found = match &term {
                None => self.constant(&mut progress, &operand.coefficient),
                Some(term) => self.found(&mut progress, plan, term, &operand.coefficient),
            };
            if let Some(at) = found {
                progress.used.push(at);
                return self.stepped(progress, next);
            }
            let few = match progress.problem {
                Some(problem) => self.problems[problem as usize].operands.len() <= SCAN_MAX,
                None => self.index.is_some_and(|i| i.operands.len() <= SCAN_MAX),
            };
            if !few || term.is_none() {
                return None;
            }
        }
        self.candidates(progress, next, 0)
    }

    /// After an operand of the root, those parts of the condition that it decides.
    fn stepped(&mut self, mut progress: Progress, next: u32) -> Option<u32> {
        let step = progress.step;
        let root = progress.problem.is_none();
        progress.step += 1;
        let next = self.push(Goal::Operands(progress), next);
        Some(if root && !self.matcher.checks[step as usize].is_empty() {
            self.push(Goal::Check(step), next)
        } else {
            next
        })
    }

    /// The constant of a sum at the root.
    fn constant(&mut self, progress: &mut Progress, coefficient: &Number) -> Option<u32> {
        let index = self.index?;
        let view = index.view(true);
        let at = view
            .constants
            .iter()
            .copied()
            .find(|&at| index.alive[at as usize].get() && !progress.used.contains(&at))?;
        self.same_factor(progress, &view.entries[at as usize].0, coefficient).then_some(at)
    }

    /// Whether an operand with this coefficient is there as often as the others.
    fn same_factor(&self, progress: &mut Progress, has: &Number, wants: &Number) -> bool {
        match &progress.factor {
            Some(factor) => *has == factor * wants,
            None => {
                let factor = has.checked_div(wants).filter(|f| !f.is_zero());
                progress.factor = factor;
                progress.factor.is_some()
            }
        }
    }

    /// An unused operand that is this term, as often as the others.
    fn found(
        &mut self,
        progress: &mut Progress,
        plan: &Plan<T::Head>,
        term: &T,
        coefficient: &Number,
    ) -> Option<u32> {
        let at = self.look_up(progress, plan, term, coefficient)?;
        if progress.problem.is_none() && plan.scaled && T::role(&plan.head) == Role::Sum {
            let has = self.index?.view(true).entries[at as usize].0.clone();
            return self.same_factor(progress, &has, coefficient).then_some(at);
        }
        Some(at)
    }

    fn look_up(
        &mut self,
        progress: &Progress,
        plan: &Plan<T::Head>,
        term: &T,
        wants: &Number,
    ) -> Option<u32> {
        self.steps += 1;
        let unused = |at: u32| !progress.used.contains(&at);
        let Some(problem) = progress.problem else {
            let index = self.index?;
            let view = index.view(plan.scaled);
            return view.by_term.get(term)?.iter().copied().find(|&at| {
                let fits = match &progress.factor {
                    Some(factor) => view.entries[at as usize].0 == factor * wants,
                    None => true,
                };
                index.alive[at as usize].get() && unused(at) && fits
            });
        };
        let problem = &self.problems[problem as usize];
        if problem.operands.len() <= SCAN_MAX {
            let mut places = 0..problem.operands.len() as u32;
            return places.find(|&at| problem.operands[at as usize] == *term && unused(at));
        }
        let places = problem.places.get_or_init(|| {
            let mut places: TermMap<T, SmallVec<[u32; 1]>> = TermMap::default();
            for (at, operand) in (0..).zip(&problem.operands) {
                places.entry(operand.clone()).or_default().push(at);
            }
            places
        });
        places.get(term)?.iter().copied().find(|&at| unused(at))
    }

    /// The next operand that the current one of the plan may match, from a place on.
    fn candidates(&mut self, progress: Progress, next: u32, mut from: usize) -> Option<u32> {
        let matcher = self.matcher;
        let plan = &matcher.plans[progress.plan as usize];
        let operand = &plan.operands[progress.step as usize];
        let (goals, trail, problems) = (self.goals.len(), self.trail.len(), self.problems.len());
        loop {
            self.steps += 1;
            if self.steps > self.limit {
                self.cut = true;
                return None;
            }
            // The place of the candidate, its constant factor and the rest.
            let (at, coefficient, term) = match progress.problem {
                Some(problem) => match self.problems[problem as usize].operands.get(from) {
                    Some(term) => (from as u32, Number::ONE, Some(term.clone())),
                    None => break,
                },
                None => {
                    let index = self.index?;
                    let view = index.view(plan.scaled);
                    let at = match &operand.head {
                        None => (from < index.operands.len()).then_some(from as u32),
                        Some(head) => view.by_head.get(head).and_then(|bucket| {
                            let dead = |at: u32| !index.alive[at as usize].get();
                            while bucket.places.get(bucket.start.get()).is_some_and(|&at| dead(at)) {
                                bucket.start.set(bucket.start.get() + 1);
                            }
                            from = from.max(bucket.start.get());
                            bucket.places.get(from).copied()
                        }),
                    };
                    let Some(at) = at else { break };
                    if !index.alive[at as usize].get() {
                        from += 1;
                        continue;
                    }
                    let (coefficient, term) = &view.entries[at as usize];
                    (at, coefficient.clone(), term.clone())
                }
            };
            from += 1;
            let (Some(term), false) = (term, progress.used.contains(&at)) else {
                continue;
            };
            let mut chosen = progress.clone();
            if plan.scaled
                && T::role(&plan.head) == Role::Sum
                && !self.same_factor(&mut chosen, &coefficient, &operand.coefficient)
            {
                continue;
            }
            if operand.head.as_ref().is_some_and(|h| progress.problem.is_some() && term.head() != *h) {
                continue;
            }
            chosen.used.push(at);
            let after = self.stepped(chosen, next)?;
            let goal = match operand.inner {
                Some(inner) => self.nested(inner, &term, after),
                None => operand.parts.first().map(|&part| self.push(Goal::Match(part, term), after)),
            };
            let Some(goal) = goal else {
                self.goals.truncate(goals);
                continue;
            };
            self.choices.push(Choice { progress, next, from, goals, trail, problems });
            return Some(goal);
        }
        // A slot that may be missing.
        if let Some((slot, true)) = operand.slot
            && let Some(identity) = identity::<T>(&plan.head)
            && self.bind(slot, &identity)
        {
            return self.stepped(progress, next);
        }
        None
    }

    /// All operands of the pattern are matched.
    fn finish(&mut self, progress: Progress, next: u32) -> Option<u32> {
        let matcher = self.matcher;
        let plan = &matcher.plans[progress.plan as usize];
        let used = |at: &usize| !progress.used.contains(&(*at as u32));
        let Some(problem) = progress.problem else {
            let index = self.index?;
            self.taken = progress.used.clone();
            self.factor = progress.factor.clone().unwrap_or(Number::ONE);
            if let Some(segment) = plan.segment {
                let rest: Vec<usize> =
                    (0..index.operands.len()).filter(|&at| index.alive[at].get()).filter(used).collect();
                self.taken.extend(rest.iter().map(|&at| at as u32));
                let rest = rest.into_iter().map(|at| index.operands[at].clone()).collect();
                self.bindings.bind_segment(segment, rest);
                self.trail.push((segment, true));
            }
            return Some(next);
        };
        let operands = &self.problems[problem as usize].operands;
        let rest: Vec<T> = (0..operands.len()).filter(used).map(|at| operands[at].clone()).collect();
        match plan.segment {
            Some(segment) => {
                self.bindings.bind_segment(segment, rest);
                self.trail.push((segment, true));
            }
            None if !rest.is_empty() => return None,
            None => {}
        }
        Some(next)
    }
}

/// What became of trying a rule on a term.
#[derive(Clone, Debug)]
pub struct Applied<T> {
    /// The new term; `None` where the rule did not apply.
    pub term: Option<T>,
    /// Conditions under which it is equal to the old one, where those are recorded.
    pub conditions: Vec<T>,
    /// How often the rule was applied: to every group of operands of a wide sum, for instance.
    pub count: usize,
    /// Steps of the search.
    pub steps: u64,
    /// Whether the search was ended by its limit.
    pub cut: bool,
}

impl<T: Operands> Matcher<T> {
    /// What the slots stand for where the rule matches the whole of a term, if it does.
    #[doc(hidden)]
    pub fn matches(&self, term: &T, oracle: &(impl Oracle<T> + ?Sized)) -> Option<Bindings<T>> {
        let mut search = Search::new(self, oracle, Unknowns::Refuse, None);
        let found = search.match_whole(term);
        found.then_some(search.bindings)
    }

    /// Applies the rule at the root of a term: of a sum or product, to as many disjoint groups of operands as match.
    #[doc(hidden)]
    pub fn apply(
        &self,
        term: &T,
        index: &OnceCell<Index<T>>,
        oracle: &(impl Oracle<T> + ?Sized),
        unknowns: Unknowns,
    ) -> Applied<T> {
        let mut done = Applied { term: None, conditions: Vec::new(), count: 0, steps: 0, cut: false };
        let head = term.head();
        match self.root_plan() {
            Some(plan) if plan.head == head => {
                let index = index.get_or_init(|| Index::new(term));
                self.apply_to_operands(plan, index, oracle, unknowns, &mut done);
            }
            _ => {
                if self.root_head().is_some_and(|h| h != head) {
                    return done;
                }
                let mut search = Search::new(self, oracle, unknowns, None);
                let mut matched = search.match_whole(term);
                while matched {
                    if let Some(new) = self.make(&search.bindings, oracle).filter(|new| new != term) {
                        done.conditions = self.recorded(&search.bindings, oracle, unknowns);
                        (done.term, done.count) = (Some(new), 1);
                        break;
                    }
                    matched = match search.backtrack() {
                        Some(goals) => search.run(goals),
                        None => false,
                    };
                }
                (done.steps, done.cut) = (search.steps, search.cut);
            }
        }
        done
    }

    /// The parts of the condition that nobody knows to hold.
    fn recorded(
        &self,
        bindings: &Bindings<T>,
        oracle: &(impl Oracle<T> + ?Sized),
        unknowns: Unknowns,
    ) -> Vec<T> {
        if unknowns == Unknowns::Refuse {
            return Vec::new();
        }
        let open = |c: &&Condition<T::Head>| c.truth(bindings, oracle) == Truth::Unknown;
        self.conjuncts.iter().filter(open).filter_map(|c| T::condition_term(c, bindings)).collect()
    }

    fn apply_to_operands(
        &self,
        plan: &Plan<T::Head>,
        index: &Index<T>,
        oracle: &(impl Oracle<T> + ?Sized),
        unknowns: Unknowns,
        done: &mut Applied<T>,
    ) {
        if index.operands.len() < plan.required {
            return;
        }
        let product = T::role(&plan.head) == Role::Product;
        let view = index.view(plan.scaled);
        let missing = |o: &Operand<T::Head>| o.head.as_ref().is_some_and(|h| !view.by_head.contains_key(h));
        if plan.operands.iter().any(missing) {
            return;
        }
        let mut factor = Number::ONE;
        if plan.scaled && product && !plan.coefficient.is_one() {
            // A bare product is not worth a fraction.
            match view.coefficient.checked_div(&plan.coefficient) {
                Some(quotient) if !view.coefficient.is_one() => factor = quotient,
                _ => return,
            }
        }
        let mut search = Search::new(self, oracle, unknowns, Some(index));
        let mut made: Vec<T> = Vec::new();
        let plan_at = self.plan_of[self.rule.left().root() as usize].unwrap_or(0);
        // Candidates of the first operand are tried in order; where the last match was found, the next is looked for.
        let mut from = 0;
        let last_check = self.checks.len() as u32 - 1;
        loop {
            search.goals.clear();
            search.choices.clear();
            search.problems.clear();
            search.undo(0);
            let end = search.push(Goal::Check(last_check), DONE);
            let progress =
                Progress { plan: plan_at, problem: None, step: 0, used: SmallVec::new(), factor: None };
            // Only the first operand that is searched for, and not looked up, goes on where it was.
            let anchored = plan.operands.first().is_some_and(|o| o.slots != 0 && o.slot.is_none());
            let goals = if anchored {
                search.candidates(progress, end, from)
            } else {
                Some(search.push(Goal::Operands(progress), end))
            };
            let mut matched = match goals {
                Some(goals) => search.run(goals),
                None => false,
            };
            let result = loop {
                if !matched {
                    break None;
                }
                if let Some(new) = self.make(&search.bindings, oracle) {
                    let new = new.scaled(&search.factor);
                    let old: Vec<&T> = search.taken.iter().map(|&at| &index.operands[at as usize]).collect();
                    if old.len() != 1 || *old[0] != new {
                        break Some(new);
                    }
                }
                matched = match search.backtrack() {
                    Some(goals) => search.run(goals),
                    None => false,
                };
            };
            let Some(new) = result else { break };
            if anchored && let Some(choice) = search.choices.first() {
                from = choice.from;
            }
            done.conditions.extend(self.recorded(&search.bindings, oracle, unknowns));
            for &at in &search.taken {
                index.alive[at as usize].set(false);
            }
            made.push(new);
            done.count += 1;
            // The constant of a product is used up by the first match.
            if plan.scaled && product && !plan.coefficient.is_one() {
                break;
            }
        }
        (done.steps, done.cut) = (search.steps, search.cut);
        if made.is_empty() {
            return;
        }
        let constant = (!factor.is_one()).then(|| T::constant(&factor)).flatten();
        let drop_number = plan.scaled && product && !plan.coefficient.is_one();
        let rest = index.operands.iter().zip(&index.alive).filter(|(operand, alive)| {
            alive.get() && !(drop_number && T::number_of(&operand.head()).is_some())
        });
        let operands: Vec<T> = constant.into_iter().chain(rest.map(|(o, _)| o.clone())).chain(made).collect();
        done.term = combined(&plan.head, &operands);
        index.alive.iter().for_each(|alive| alive.set(true));
    }
}
