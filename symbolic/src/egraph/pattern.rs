//! Patterns as the e-graph matches them: sums and products with their coefficients and exponents taken out.

use super::engine::{ClassId, EGraph, Node};
use super::language::{Computed, Language, Role, Shape};
use super::normal::add_collected;
use crate::facts::Facts;
use crate::number::Number;
use crate::rewrite::{Bindings, Pattern, PatternNode, SlotId, SlotSpec, Subjects, Truth, View};

/// An operation over other forms, by their numbers.
#[derive(Clone, Debug)]
pub(super) enum Form<H> {
    Slot(SlotId),
    Number(Number),
    Plain(H, Vec<u32>),
    /// A power whose exponent is no number.
    Power(H, u32, u32),
    /// Constant, coefficients, and the slot that takes any further terms.
    Sum(Number, Vec<(u32, Number)>, Option<SlotId>),
    /// Coefficient, exponents, and the slot that takes any further factors.
    Product(Number, Vec<(u32, Number)>, Option<SlotId>),
}

/// A pattern.
#[derive(Clone, Debug)]
pub(super) struct Compiled<H> {
    pub forms: Vec<Form<H>>,
    pub root: u32,
    /// Slots without whose value the whole has none.
    pub strict: u64,
}

impl<H: Clone + Eq + std::hash::Hash> Compiled<H> {
    pub fn new<T: Language<Head = H>>(pattern: &Pattern<H>) -> Compiled<H> {
        let number = |at: u32| match pattern.node(at) {
            PatternNode::Apply(head, _) => match T::role(head) {
                Role::Number(n) => Some(n),
                _ => None,
            },
            _ => None,
        };
        let mut forms: Vec<Form<H>> = Vec::with_capacity(pattern.nodes().len());
        let mut extra: Vec<Form<H>> = Vec::new();
        let total = pattern.nodes().len() as u32;
        for (at, node) in pattern.nodes().iter().enumerate() {
            let form = match node {
                PatternNode::Slot(slot) | PatternNode::Segment(slot) => Form::Slot(*slot),
                PatternNode::Apply(head, args) => match T::role(head) {
                    Role::Number(n) => Form::Number(n),
                    Role::Plain => Form::Plain(head.clone(), args.to_vec()),
                    Role::Power => match (number(args[1]), args[0]) {
                        (Some(n), base) => Form::Product(Number::ONE, vec![(base, n)], None),
                        (None, base) => Form::Power(head.clone(), base, args[1]),
                    },
                    Role::Product => product_form::<T>(pattern, args),
                    Role::Sum => {
                        let mut constant = Number::ZERO;
                        let mut terms = Vec::new();
                        let mut segment = None;
                        for &arg in args {
                            if let PatternNode::Segment(slot) = pattern.node(arg) {
                                segment = Some(*slot);
                            } else if let Some(n) = number(arg) {
                                constant += &n;
                            } else if let Some(Form::Product(c, factors, seg)) = forms.get(arg as usize)
                                && !c.is_one()
                            {
                                let term = match (&factors[..], seg) {
                                    ([(base, n)], None) if n.is_one() => *base,
                                    _ => {
                                        extra.push(Form::Product(Number::ONE, factors.clone(), *seg));
                                        total + extra.len() as u32 - 1
                                    }
                                };
                                terms.push((term, c.clone()));
                            } else {
                                terms.push((arg, Number::ONE));
                            }
                        }
                        Form::Sum(constant, terms, segment)
                    }
                },
            };
            debug_assert_eq!(forms.len(), at);
            forms.push(form);
        }
        forms.extend(extra);
        Compiled { forms, root: pattern.root(), strict: strict_slots::<T>(pattern) }
    }

    /// The longest way from the root to a part.
    pub fn depth(&self) -> usize {
        let mut depths: Vec<usize> = vec![0; self.forms.len()];
        let mut deepest = 0;
        let mut stack = vec![self.root];
        while let Some(at) = stack.pop() {
            let below: Vec<u32> = match self.form(at) {
                Form::Slot(_) | Form::Number(_) => Vec::new(),
                Form::Plain(_, args) => args.clone(),
                Form::Power(_, base, exponent) => vec![*base, *exponent],
                Form::Sum(_, list, _) | Form::Product(_, list, _) => list.iter().map(|e| e.0).collect(),
            };
            for part in below {
                depths[part as usize] = depths[part as usize].max(depths[at as usize] + 1);
                deepest = deepest.max(depths[part as usize]);
                stack.push(part);
            }
        }
        deepest
    }

    pub fn form(&self, at: u32) -> &Form<H> {
        &self.forms[at as usize]
    }

    /// The class of the pattern with its slots filled; `None` where a slot has no value.
    pub fn add<T: Language<Head = H>>(
        &self,
        graph: &mut EGraph<T>,
        bindings: &Bindings<ClassId>,
    ) -> Option<ClassId> {
        self.add_at(self.root, graph, bindings)
    }

    /// The class of a part of the pattern.
    pub fn add_at<T: Language<Head = H>>(
        &self,
        at: u32,
        graph: &mut EGraph<T>,
        bindings: &Bindings<ClassId>,
    ) -> Option<ClassId> {
        let shape = match self.form(at) {
            Form::Slot(slot) => return bindings.get(*slot).copied(),
            Form::Number(n) => return graph.add_number(n),
            Form::Plain(head, args) => {
                let args: Option<Vec<ClassId>> = args.iter().map(|&a| self.add_at(a, graph, bindings)).collect();
                let args = args?;
                let data: Vec<&T::Data> = args.iter().map(|&a| graph.data(graph.find(a))).collect();
                let (head, args) = match T::computed(head, &data) {
                    Computed::Itself => (graph.intern(head), args),
                    Computed::Head(leaf) => (graph.intern(&leaf), Vec::new()),
                    Computed::Nothing => return None,
                };
                return Some(graph.add(Node::plain(head, args)));
            }
            Form::Power(head, base, exponent) => {
                let (base, exponent) =
                    (self.add_at(*base, graph, bindings)?, self.add_at(*exponent, graph, bindings)?);
                let canonical = graph.find(exponent);
                match graph.constant(canonical).cloned() {
                    Some(n) => Node::product(Number::ONE, vec![(base, n)]),
                    None => {
                        let head = graph.intern(head);
                        return Some(graph.add(Node::plain(head, [base, exponent])));
                    }
                }
            }
            Form::Sum(constant, terms, segment) => {
                Node::sum(constant.clone(), self.entries(terms, *segment, graph, bindings)?)
            }
            Form::Product(coefficient, factors, segment) => {
                Node::product(coefficient.clone(), self.entries(factors, *segment, graph, bindings)?)
            }
        };
        Some(add_collected(graph, shape))
    }

    /// The entries of a sum or product with slots filled.
    pub fn entries<T: Language<Head = H>>(
        &self,
        entries: &[(u32, Number)],
        segment: Option<SlotId>,
        graph: &mut EGraph<T>,
        bindings: &Bindings<ClassId>,
    ) -> Option<Vec<(ClassId, Number)>> {
        let mut all = Vec::with_capacity(entries.len());
        for (form, n) in entries {
            all.push((self.add_at(*form, graph, bindings)?, n.clone()));
        }
        if let Some(slot) = segment {
            all.extend(bindings.segment(slot)?.iter().map(|&c| (c, Number::ONE)));
        }
        Some(all)
    }
}

fn product_form<T: Language>(pattern: &Pattern<T::Head>, args: &[u32]) -> Form<T::Head> {
    let mut coefficient = Number::ONE;
    let mut factors = Vec::new();
    let mut segment = None;
    for &arg in args {
        match pattern.node(arg) {
            PatternNode::Segment(slot) => segment = Some(*slot),
            PatternNode::Apply(head, inner) => match T::role(head) {
                Role::Number(n) => coefficient = &coefficient * &n,
                Role::Power => match pattern.node(inner[1]) {
                    PatternNode::Apply(exponent, _) if matches!(T::role(exponent), Role::Number(_)) => {
                        if let Role::Number(n) = T::role(exponent) {
                            factors.push((inner[0], n));
                        }
                    }
                    _ => factors.push((arg, Number::ONE)),
                },
                _ => factors.push((arg, Number::ONE)),
            },
            PatternNode::Slot(_) => factors.push((arg, Number::ONE)),
        }
    }
    Form::Product(coefficient, factors, segment)
}

/// The slots without whose value the pattern has none.
pub(super) fn strict_slots<T: Language>(pattern: &Pattern<T::Head>) -> u64 {
    let mut strict: Vec<u64> = Vec::with_capacity(pattern.nodes().len());
    for node in pattern.nodes() {
        strict.push(match node {
            PatternNode::Slot(slot) | PatternNode::Segment(slot) => 1 << slot,
            PatternNode::Apply(head, args) => match args[..] {
                [by, yes, no] if T::is_choice(head) => {
                    strict[by as usize] | strict[yes as usize] & strict[no as usize]
                }
                _ => args.iter().fold(0, |all, &arg| all | strict[arg as usize]),
            },
        });
    }
    strict[pattern.root() as usize]
}

/// What conditions see of a match in an e-graph.
pub(super) struct ClassSubjects<'a, T: Language> {
    pub graph: &'a EGraph<T>,
    pub bindings: &'a Bindings<ClassId>,
}

/// Classes that a question about occurrence visits at most.
const OCCURRENCE_CLASSES_MAX: usize = 10_000;

impl<T: Language> ClassSubjects<'_, T> {
    fn class(&self, slot: SlotId) -> Option<ClassId> {
        self.bindings.get(slot).map(|&class| self.graph.find(class))
    }

    /// What is known of the value of a pattern.
    fn data(&self, pattern: &Pattern<T::Head>) -> Option<T::Data> {
        let mut values: Vec<Option<T::Data>> = Vec::with_capacity(pattern.nodes().len());
        for node in pattern.nodes() {
            let value = match node {
                PatternNode::Slot(slot) => Some(self.graph.data(self.class(*slot)?).clone()),
                PatternNode::Segment(_) => None,
                PatternNode::Apply(head, args) => {
                    let mut all: Vec<&T::Data> = Vec::with_capacity(args.len());
                    for &arg in args {
                        match pattern.node(arg) {
                            PatternNode::Segment(slot) => {
                                let classes = self.bindings.segment(*slot)?;
                                all.extend(classes.iter().map(|&c| self.graph.data(self.graph.find(c))));
                            }
                            _ => all.push(values[arg as usize].as_ref()?),
                        }
                    }
                    let entries = all.iter().map(|d| (*d, Number::ONE)).collect();
                    let shape = match T::role(head) {
                        Role::Sum => Shape::Sum(Number::ZERO, entries),
                        Role::Product => Shape::Product(Number::ONE, entries),
                        Role::Power if T::constant(all[1]).is_some() => {
                            let n = T::constant(all[1]).cloned().unwrap_or(Number::ONE);
                            Shape::Product(Number::ONE, vec![(all[0], n)])
                        }
                        _ => Shape::Plain(head, all.into_iter().collect()),
                    };
                    Some(T::data(&shape))
                }
            };
            values.push(value);
        }
        values.pop().flatten()
    }
}

impl<T: Language> Subjects<T::Head> for ClassSubjects<'_, T> {
    fn view(&self, pattern: &Pattern<T::Head>) -> View {
        let symbol = match pattern.node(pattern.root()) {
            PatternNode::Slot(slot) => self.class(*slot).and_then(|class| self.graph.symbol(class)),
            PatternNode::Apply(head, _) => T::symbol(head),
            PatternNode::Segment(_) => None,
        };
        match self.data(pattern) {
            Some(data) => View { facts: T::facts(&data), number: T::constant(&data).cloned(), symbol },
            None => View { facts: Facts::REAL, number: None, symbol },
        }
    }

    fn constant(&self, pattern: &Pattern<T::Head>) -> Truth {
        let ground = pattern.nodes().iter().all(|node| match node {
            PatternNode::Slot(slot) => self.class(*slot).is_some_and(|c| self.graph.is_ground(c)),
            PatternNode::Segment(slot) => self
                .bindings
                .segment(*slot)
                .is_some_and(|list| list.iter().all(|&c| self.graph.is_ground(self.graph.find(c)))),
            PatternNode::Apply(head, _) => T::symbol(head).is_none(),
        });
        if ground { Truth::Yes } else { Truth::Unknown }
    }

    fn free_of(&self, pattern: &Pattern<T::Head>, part: &Pattern<T::Head>) -> Truth {
        let PatternNode::Slot(part) = part.node(part.root()) else {
            return Truth::Unknown;
        };
        let Some(goal) = self.class(*part) else {
            return Truth::Unknown;
        };
        let mut stack: Vec<ClassId> = Vec::new();
        for node in pattern.nodes() {
            match node {
                PatternNode::Slot(slot) => stack.extend(self.class(*slot)),
                PatternNode::Segment(slot) => {
                    stack.extend(
                        self.bindings.segment(*slot).unwrap_or(&[]).iter().map(|&c| self.graph.find(c)),
                    );
                }
                PatternNode::Apply(..) => {}
            }
        }
        let mut seen = hashbrown::HashSet::new();
        while let Some(class) = stack.pop() {
            if class == goal || seen.len() > OCCURRENCE_CLASSES_MAX {
                return Truth::Unknown;
            }
            if seen.insert(class) {
                stack.extend(
                    self.graph.nodes(class).iter().flat_map(|n| n.children()).map(|c| self.graph.find(c)),
                );
            }
        }
        Truth::Yes
    }
}

/// Whether the predicate of a slot holds of a class.
pub(super) fn slot_holds<T: Language>(graph: &EGraph<T>, spec: &SlotSpec, class: ClassId) -> bool {
    let Some(predicate) = spec.predicate else {
        return true;
    };
    let class = graph.find(class);
    if predicate == crate::rewrite::Predicate::CONSTANT {
        return graph.is_ground(class);
    }
    let data = graph.data(class);
    let view =
        View { facts: T::facts(data), number: T::constant(data).cloned(), symbol: graph.symbol(class) };
    predicate.test(&view) == Truth::Yes
}
