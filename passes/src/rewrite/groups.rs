//! Rules about several applications at once: all matches that agree in what they share are rewritten together.
//!
//! Tensat's rules with several patterns match pairs, and the pairs of pairs follow in further rounds; here `n` products of
//! one operand are found in one step.

use super::rules::{EACH, GROUP_RULES};
use super::term::{Data, Head, TensorTerm};
use braid_symbolic::egraph::{ClassId, EGraph, Language, Node, NodeIndex, NodeKind, Reason, Shape};
use braid_symbolic::rewrite::{Bindings, Clause, Condition, Pattern, PatternNode, Rule, SlotId};
use std::collections::{BTreeMap, HashSet};

/// Groups have at most this many members.
pub const MEMBERS_MAX: usize = 16;

type Graph = EGraph<TensorTerm>;

/// A group that was rewritten.
#[derive(Clone, Debug)]
pub struct Joined {
    /// Which of [`GROUP_RULES`].
    pub rule: usize,
    /// What each member is, too.
    pub parts: Vec<ClassId>,
    /// The slots of each member.
    pub bindings: Vec<Bindings<ClassId>>,
}

/// Groups that are rewritten only once.
pub type Seen = HashSet<(usize, Vec<ClassId>)>;

/// Rewrites every group that is new. Members are among the given classes, those of the net: what was joined is not joined again.
pub fn join(graph: &mut Graph, of_net: &[ClassId], seen: &mut Seen) -> Vec<Joined> {
    let of_net: HashSet<ClassId> = of_net.iter().map(|&class| graph.find(class)).collect();
    let mut all = Vec::new();
    for (number, rule) in GROUP_RULES.iter().enumerate() {
        let shared: Vec<SlotId> = slots(rule, false);
        let mut groups: BTreeMap<Vec<ClassId>, Vec<(ClassId, Bindings<ClassId>)>> = BTreeMap::new();
        for (class, bindings) in search(graph, rule) {
            if !of_net.contains(&graph.find(class)) || !holds(graph, rule.condition(), &bindings) {
                continue;
            }
            let key = shared.iter().filter_map(|&slot| bindings.get(slot)).map(|&c| graph.find(c)).collect();
            groups.entry(key).or_default().push((class, bindings));
        }
        for mut group in groups.into_values() {
            group.sort_by_key(|(class, _)| *class);
            group.dedup_by_key(|(class, _)| *class);
            group.truncate(MEMBERS_MAX);
            let members: Vec<ClassId> = group.iter().map(|(class, _)| *class).collect();
            if group.len() < 2 || !seen.insert((number, members.clone())) {
                continue;
            }
            let bindings: Vec<Bindings<ClassId>> = group.into_iter().map(|(_, bindings)| bindings).collect();
            if let Some(parts) = apply(graph, rule, &members, &bindings) {
                all.push(Joined { rule: number, parts, bindings });
            }
        }
    }
    if !all.is_empty() {
        graph.rebuild();
    }
    all
}

/// Joins the members of a group by a rule; `None` where it does not apply to all of them.
pub fn apply(
    graph: &mut Graph,
    rule: &Rule<Head>,
    members: &[ClassId],
    bindings: &[Bindings<ClassId>],
) -> Option<Vec<ClassId>> {
    let right = rule.right_pattern()?;
    let mut parts = Vec::with_capacity(members.len());
    for (place, (&member, own)) in members.iter().zip(bindings).enumerate() {
        let Some(Value::Class(part)) = instantiate(graph, right, own, bindings, place) else {
            return None;
        };
        if !TensorTerm::may_join(graph.data(graph.find(member)), graph.data(graph.find(part))) {
            return None;
        }
        parts.push(part);
    }
    for (&member, &part) in members.iter().zip(&parts) {
        graph.union(member, part, Reason::Native(rule_name(rule)));
    }
    Some(parts)
}

fn rule_name(rule: &Rule<Head>) -> &'static str {
    GROUP_RULES.iter().find(|r| r.name() == rule.name()).map_or("group", |r| r.name())
}

/// The slots that have, or have not, their own value in each match.
fn slots(rule: &Rule<Head>, each: bool) -> Vec<SlotId> {
    let is_each = |at: &usize| (rule.slots()[*at].predicate == Some(*EACH)) == each;
    (0..rule.slots().len()).filter(is_each).map(|at| at as SlotId).collect()
}

/// Whether a condition holds of a match.
pub fn holds(graph: &Graph, condition: &Condition<Head>, bindings: &Bindings<ClassId>) -> bool {
    let mut stack: Vec<bool> = Vec::new();
    for clause in condition.clauses() {
        let answer = match clause {
            Clause::Sign(pattern, _) => matches!(known(graph, pattern, bindings), Some(Data::Truth(true))),
            Clause::And | Clause::Or => {
                let (b, a) = (stack.pop().unwrap_or(false), stack.pop().unwrap_or(false));
                if matches!(clause, Clause::And) { a && b } else { a || b }
            }
            Clause::Not => !stack.pop().unwrap_or(true),
            // Nothing is ever recorded here: what is not known does not hold.
            Clause::Known => continue,
            Clause::Always(holds) => *holds,
            Clause::Is(..) | Clause::FreeOf(..) => false,
        };
        stack.push(answer);
    }
    stack.pop().unwrap_or(true)
}

/// What is known of the value of a pattern.
fn known(graph: &Graph, pattern: &Pattern<Head>, bindings: &Bindings<ClassId>) -> Option<Data> {
    let mut values: Vec<Data> = Vec::with_capacity(pattern.nodes().len());
    for node in pattern.nodes() {
        values.push(match node {
            PatternNode::Slot(slot) => graph.data(graph.find(*bindings.get(*slot)?)).clone(),
            PatternNode::Segment(_) => return None,
            PatternNode::Apply(head, args) => {
                TensorTerm::data(&Shape::Plain(head, args.iter().map(|&a| &values[a as usize]).collect()))
            }
        });
    }
    values.pop()
}

/// The matches of a rule's left side.
fn search(graph: &Graph, rule: &Rule<Head>) -> Vec<(ClassId, Bindings<ClassId>)> {
    let pattern = rule.left();
    let PatternNode::Apply(head, _) = pattern.node(pattern.root()) else { return Vec::new() };
    let Some(id) = graph.head_id(head) else { return Vec::new() };
    let mut found = Vec::new();
    for class in graph.classes_with(NodeIndex::Plain(id)) {
        found.extend(matches(graph, pattern, pattern.root(), class, Bindings::new()).into_iter().map(|b| (class, b)));
    }
    found
}

/// The ways in which a part of a pattern matches a class; as deep as the rule.
fn matches(
    graph: &Graph,
    pattern: &Pattern<Head>,
    at: u32,
    class: ClassId,
    mut bindings: Bindings<ClassId>,
) -> Vec<Bindings<ClassId>> {
    let class = graph.find(class);
    match pattern.node(at) {
        PatternNode::Segment(_) => Vec::new(),
        PatternNode::Slot(slot) => match bindings.get(*slot) {
            Some(&bound) if graph.find(bound) != class => Vec::new(),
            Some(_) => vec![bindings],
            None => {
                bindings.bind(*slot, class);
                vec![bindings]
            }
        },
        PatternNode::Apply(head, args) => {
            let Some(id) = graph.head_id(head) else { return Vec::new() };
            let mut all = Vec::new();
            for node in graph.nodes(class) {
                if *node.kind() != NodeKind::Plain(id) || node.len() != args.len() {
                    continue;
                }
                let mut ways = vec![bindings.clone()];
                for (place, &arg) in args.iter().enumerate() {
                    let child = node.child(place);
                    ways = ways.into_iter().flat_map(|b| matches(graph, pattern, arg, child, b)).collect();
                }
                all.extend(ways);
            }
            all
        }
    }
}

/// What a part of a right side is.
#[derive(Clone, Debug)]
enum Value {
    Class(ClassId),
    All(Vec<ClassId>),
}

/// The class of a pattern with its slots filled.
pub fn class_of(graph: &mut Graph, pattern: &Pattern<Head>, bindings: &Bindings<ClassId>) -> Option<ClassId> {
    match instantiate(graph, pattern, bindings, &[], 0)? {
        Value::Class(class) => Some(class),
        Value::All(_) => None,
    }
}

fn instantiate(
    graph: &mut Graph,
    pattern: &Pattern<Head>,
    own: &Bindings<ClassId>,
    all: &[Bindings<ClassId>],
    place: usize,
) -> Option<Value> {
    let mut values: Vec<Value> = Vec::with_capacity(pattern.nodes().len());
    for node in pattern.nodes() {
        values.push(match node {
            PatternNode::Slot(slot) => Value::Class(*own.get(*slot)?),
            PatternNode::Segment(slot) => {
                Value::All(all.iter().map(|b| b.get(*slot).copied()).collect::<Option<_>>()?)
            }
            PatternNode::Apply(head, args) => {
                let mut classes: Vec<ClassId> = Vec::new();
                let mut of_group = false;
                for &arg in args {
                    match &values[arg as usize] {
                        Value::Class(class) => classes.push(*class),
                        Value::All(list) => {
                            of_group = true;
                            classes.extend(list);
                        }
                    }
                }
                let head = match head {
                    Head::Compute(function) => {
                        let position = Data::Place(place);
                        let mut data: Vec<&Data> = classes.iter().map(|&c| graph.data(graph.find(c))).collect();
                        if of_group {
                            data.push(&position);
                        }
                        match (function.run)(&data)? {
                            Data::Fixed(fixed) => {
                                classes.clear();
                                Head::Fixed(fixed)
                            }
                            _ => return None,
                        }
                    }
                    other => other.clone(),
                };
                let id = graph.intern(&head);
                let class = graph.add(Node::plain(id, classes));
                if *graph.data(graph.find(class)) == Data::Wrong {
                    return None;
                }
                Value::Class(class)
            }
        });
    }
    values.pop()
}
