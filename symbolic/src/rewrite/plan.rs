//! Rules prepared for matching: in which order the operands of sums and products are looked for.

use super::condition::{Clause, Condition, Oracle};
use super::heads::{Heads, required};
use super::operands::{Operands, Role};
use super::pattern::{Bindings, Pattern, PatternNode, SlotId};
use super::rule::Rule;
use crate::number::Number;
use crate::term::Term;
use smallvec::SmallVec;
use std::borrow::Cow;
use std::hash::Hash;

/// An operand of a sum or product in a pattern.
pub(super) struct Operand<H> {
    /// The operand as a node.
    pub node: u32,
    /// Its constant factor, where a sum is matched up to a factor.
    pub coefficient: Number,
    /// What is left of it, as factors.
    pub parts: SmallVec<[u32; 2]>,
    /// How several parts are matched.
    pub inner: Option<u32>,
    pub slots: u64,
    pub slot: Option<(SlotId, bool)>,
    /// The head that a match must have, where that is certain.
    pub head: Option<H>,
}

/// How the operands of a sum or product are looked for.
pub(super) struct Plan<H> {
    pub head: H,
    pub operands: Vec<Operand<H>>,
    pub segment: Option<SlotId>,
    /// Matched up to a constant factor.
    pub scaled: bool,
    /// Of a product matched up to a constant: that of the pattern.
    pub coefficient: Number,
    /// Operands that must be there.
    pub required: usize,
    /// Whether one more operand may be there than the pattern has.
    pub absorbs: bool,
}

/// A rule prepared for terms of a type.
///
/// ```
/// use braid_symbolic::rewrite::{Context, Matcher, Rewriter, Rule};
/// use braid_symbolic::{Expr, syntax::parse};
/// let matcher = Matcher::new(&Rule::parse("pythagoras: sin(?a)^2 + cos(?a)^2 => 1").unwrap());
/// let e: Expr = parse("y + 2*sin(x)^2 + 2*cos(x)^2").unwrap();
/// assert_eq!(matcher.rewrite(&e, &mut Context::default()), Some(parse("y + 2").unwrap()));
/// ```
pub struct Matcher<T: Operands> {
    pub(super) rule: Rule<T::Head>,
    pub(super) plans: Vec<Plan<T::Head>>,
    pub(super) plan_of: Vec<Option<u32>>,
    /// The parts of the condition that must hold together.
    pub(super) conjuncts: Vec<Condition<T::Head>>,
    /// Of each step of the plan of the root, which of them it can decide; those left over come last.
    pub(super) checks: Vec<SmallVec<[u32; 2]>>,
    pub(super) dropped: u64,
    /// Heads that a match must have.
    pub(super) required: Heads,
}

impl<T: Operands> Matcher<T> {
    /// Prepares a rule.
    ///
    /// ```
    /// use braid_symbolic::{Expr, rewrite::{Matcher, Rule}};
    /// let matcher: Matcher<Expr> = Matcher::new(&Rule::parse("peel: log(exp(?a)) => ?a").unwrap());
    /// assert_eq!(matcher.rule().name(), "peel");
    /// ```
    pub fn new(rule: &Rule<T::Head>) -> Matcher<T> {
        let mut matcher = Matcher {
            rule: rule.clone(),
            plans: Vec::new(),
            plan_of: vec![None; rule.left().nodes().len()],
            conjuncts: conjuncts(rule.condition()),
            checks: Vec::new(),
            dropped: rule.right_pattern().map_or(0, |right| dropped::<T>(rule.left(), right)),
            required: required::<T>(rule),
        };
        let root = rule.left().root();
        for at in 0..=root {
            if let PatternNode::Apply(head, args) = rule.left().node(at)
                && T::is_ac(head)
            {
                let plan = matcher.plan(head, args, at == root);
                matcher.plans.push(plan);
                matcher.plan_of[at as usize] = Some(matcher.plans.len() as u32 - 1);
            }
        }
        let mut left: Vec<u32> = (0..matcher.conjuncts.len() as u32).collect();
        let mut bound = 0;
        if let Some(plan) = matcher.root_plan() {
            let mut checks = Vec::new();
            for operand in &plan.operands {
                bound |= operand.slots;
                let (now, later) =
                    left.iter().partition(|&&c| slots_of(&matcher.conjuncts[c as usize]) & !bound == 0);
                left = later;
                checks.push(SmallVec::from_vec(now));
            }
            matcher.checks = checks;
        }
        matcher.checks.push(SmallVec::from_vec(left));
        matcher
    }

    /// Whether a term has the heads that a match must have.
    #[doc(hidden)]
    pub fn may_match(&self, heads: &Heads) -> bool {
        self.required.iter().zip(heads).all(|(needs, has)| needs & !has == 0)
    }

    /// The rule.
    ///
    /// ```
    /// use braid_symbolic::{Expr, rewrite::{Matcher, Rule}};
    /// let matcher: Matcher<Expr> = Matcher::new(&Rule::parse("peel: log(exp(?a)) => ?a").unwrap());
    /// assert_eq!(matcher.rule().text(), "peel: log(exp(?a)) => ?a");
    /// ```
    pub fn rule(&self) -> &Rule<T::Head> {
        &self.rule
    }

    pub(super) fn root_plan(&self) -> Option<&Plan<T::Head>> {
        let root = self.rule.left().root();
        self.plan_of[root as usize].map(|at| &self.plans[at as usize])
    }

    /// The head that a term must have for the rule to match at its root; `None` for any.
    #[doc(hidden)]
    pub fn root_head(&self) -> Option<T::Head> {
        self.head_of(self.rule.left().root())
    }

    /// The head that a match of a node must have.
    fn head_of(&self, at: u32) -> Option<T::Head> {
        let left = self.rule.left();
        let optional = |&a: &u32| match left.node(a) {
            PatternNode::Slot(slot) => self.rule.slots()[*slot as usize].optional,
            PatternNode::Segment(_) => true,
            PatternNode::Apply(..) => false,
        };
        match left.node(at) {
            PatternNode::Apply(head, args) => {
                // Of a power, only the exponent may be missing.
                let collapses = T::is_ac(head) && args.iter().any(optional)
                    || T::role(head) == Role::Power && args.last().is_some_and(optional);
                (!collapses).then(|| head.clone())
            }
            _ => None,
        }
    }

    fn plan(&mut self, head: &T::Head, args: &[u32], at_root: bool) -> Plan<T::Head> {
        let left = self.rule.left().clone();
        let is_slot = |a: u32| matches!(left.node(a), PatternNode::Slot(_) | PatternNode::Segment(_));
        let is_product =
            |a: u32| matches!(left.node(a), PatternNode::Apply(h, _) if T::role(h) == Role::Product);
        let factors = |a: u32| match left.node(a) {
            PatternNode::Apply(h, factors) if T::role(h) == Role::Product => factors.clone(),
            _ => SmallVec::from_slice(&[a]),
        };
        let number = |a: u32| match left.node(a) {
            PatternNode::Apply(h, _) => T::number_of(h),
            _ => None,
        };
        let role = T::role(head);
        let bare = args.iter().any(|&a| factors(a).iter().any(|&f| is_slot(f)));
        let scaled = at_root && !bare && matches!(role, Role::Sum | Role::Product);
        let mut coefficient = Number::ONE;
        let mut operands = Vec::new();
        let mut segment = None;
        for &node in args {
            if let PatternNode::Segment(slot) = left.node(node) {
                segment = Some(*slot);
                continue;
            }
            let slot = match left.node(node) {
                PatternNode::Slot(slot) => Some((*slot, self.rule.slots()[*slot as usize].optional)),
                _ => None,
            };
            let (mut own, mut parts) = (Number::ONE, SmallVec::from_slice(&[node]));
            if scaled
                && role == Role::Product
                && let Some(n) = number(node)
            {
                coefficient = &coefficient * &n;
                continue;
            }
            if scaled && role == Role::Sum {
                parts = SmallVec::new();
                for factor in factors(node) {
                    match number(factor) {
                        Some(n) => own = &own * &n,
                        None => parts.push(factor),
                    }
                }
            }
            let inner = (parts.len() > 1).then(|| {
                let PatternNode::Apply(product, _) = left.node(node) else {
                    unreachable!("several factors are those of a product");
                };
                let plan = self.plan(product, &parts, false);
                self.plans.push(plan);
                self.plans.len() as u32 - 1
            });
            let head = match parts[..] {
                [part] => self.head_of(part),
                [_, _, ..] if is_product(node) => self.head_of(node),
                _ => None,
            };
            operands.push(Operand {
                node,
                coefficient: own,
                parts,
                inner,
                slots: left.slots_below(node),
                slot,
                head,
            });
        }
        // First what is without slots or will be looked up, then what has most structure, slots alone at the end.
        let mut order = Vec::with_capacity(operands.len());
        let mut bound = 0u64;
        while !operands.is_empty() {
            let rank = |o: &Operand<T::Head>| {
                let weight = o.parts.iter().map(|&p| structure(&left, p)).sum::<usize>();
                (
                    o.slot.is_none(),
                    o.slots & !bound == 0,
                    o.head.is_some(),
                    weight,
                    !o.slot.is_some_and(|s| s.1),
                )
            };
            let best = (0..operands.len()).max_by_key(|&i| rank(&operands[i])).unwrap_or(0);
            let operand = operands.remove(best);
            bound |= operand.slots;
            order.push(operand);
        }
        let required = order.iter().filter(|o| !o.slot.is_some_and(|s| s.1)).count();
        let absorbs = segment.is_some() || order.iter().any(|o| o.slot.is_some());
        Plan { head: head.clone(), operands: order, segment, scaled, coefficient, required, absorbs }
    }

    /// What the rule makes of a match, defined where what was matched is. `None` where it makes nothing.
    pub(super) fn make(&self, bindings: &Bindings<T>, oracle: &(impl Oracle<T> + ?Sized)) -> Option<T> {
        let right = self.rule.right_of(bindings, oracle)?;
        let mut result = right.instantiate(bindings)?;
        let dropped = match right {
            Cow::Borrowed(_) => self.dropped,
            Cow::Owned(right) => dropped::<T>(self.rule.left(), &right),
        };
        let role = match self.rule.left().node(self.rule.left().root()) {
            PatternNode::Apply(head, _) => T::role(head),
            _ => Role::Other,
        };
        for slot in (0..self.rule.slots().len() as SlotId).filter(|s| dropped >> s & 1 == 1) {
            if let Some(term) = bindings.get(slot) {
                result = result.carrying(term, role)?;
            }
            for term in bindings.segment(slot).unwrap_or(&[]) {
                result = result.carrying(term, role)?;
            }
        }
        Some(result)
    }
}

/// How much structure a part of a pattern has.
fn structure<H: Clone + Eq + Hash>(pattern: &Pattern<H>, root: u32) -> usize {
    let mut count = 0;
    let mut stack = vec![root];
    while let Some(at) = stack.pop() {
        if let PatternNode::Apply(_, args) = pattern.node(at) {
            count += 1;
            stack.extend(args);
        }
    }
    count
}

/// The slots without a value of which a part of a pattern has none, at each node, as bits.
fn strict<T: Term>(pattern: &Pattern<T::Head>, lazy: impl Fn(&T::Head) -> bool) -> u64 {
    let mut found: Vec<u64> = Vec::with_capacity(pattern.nodes().len());
    for node in pattern.nodes() {
        found.push(match node {
            PatternNode::Slot(slot) | PatternNode::Segment(slot) => 1 << *slot,
            PatternNode::Apply(head, args) => match args[..] {
                [condition, yes, no] if lazy(head) => {
                    found[condition as usize] | found[yes as usize] & found[no as usize]
                }
                _ => args.iter().fold(0, |all, &a| all | found[a as usize]),
            },
        });
    }
    found[pattern.root() as usize]
}

/// Slots whose values must be defined for the left side to be, but not for the right: `?a` of `sin(?a)^2 + cos(?a)^2 => 1`.
/// Whoever applies a rule must see to it that the result is not defined in more places.
pub fn dropped<T: Operands>(left: &Pattern<T::Head>, right: &Pattern<T::Head>) -> u64 {
    // The only operation that does not look at all its operands has three, and is a choice.
    let lazy = |head: &T::Head| T::is_choice(head);
    strict::<T>(left, lazy) & !strict::<T>(right, lazy)
}

/// The parts of a condition that must hold together.
fn conjuncts<H: Clone + Eq + Hash>(condition: &Condition<H>) -> Vec<Condition<H>> {
    let mut found: Vec<Vec<Vec<Clause<H>>>> = Vec::new();
    for clause in condition.clauses() {
        match clause {
            Clause::And => {
                if let (Some(b), Some(mut a)) = (found.pop(), found.pop()) {
                    a.extend(b);
                    found.push(a);
                }
            }
            Clause::Or | Clause::Not | Clause::Known => {
                let whole = |parts: Vec<Vec<Clause<H>>>| {
                    let ands = parts.len().saturating_sub(1);
                    parts.into_iter().flatten().chain((0..ands).map(|_| Clause::And)).collect::<Vec<_>>()
                };
                let last = found.pop().map(whole).unwrap_or_default();
                let mut clauses = if *clause == Clause::Or {
                    found.pop().map(whole).unwrap_or_default()
                } else {
                    Vec::new()
                };
                clauses.extend(last);
                clauses.push(clause.clone());
                found.push(vec![clauses]);
            }
            _ => found.push(vec![vec![clause.clone()]]),
        }
    }
    found.pop().unwrap_or_default().into_iter().map(|clauses| Condition { clauses }).collect()
}

fn slots_of<H: Clone + Eq + Hash>(condition: &Condition<H>) -> u64 {
    condition.clauses().iter().fold(0, |all, clause| match clause {
        Clause::Sign(value, _) | Clause::Is(_, value) => all | value.slots(),
        Clause::FreeOf(value, part) => all | value.slots() | part.slots(),
        _ => all,
    })
}
