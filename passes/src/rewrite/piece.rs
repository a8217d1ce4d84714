//! One piece of a block as an e-graph: conversion, saturation, extraction.

use super::cost::price;
use super::groups::{self, Joined, Seen};
use super::rules::{GROUP_RULES, RULES};
use super::term::{Data, Fixed, Head, Leaf, TensorTerm, is_term, type_of};
use crate::editor::Editor;
use braid_ir::eval::eval_op;
use braid_ir::ops::Value;
use braid_ir::{Net, OpId, SymDef, Tensor, Type, ValueId};
use braid_symbolic::egraph::extract::{Candidate, Problem, greedy};
use braid_symbolic::egraph::{ClassId, EGraph, Limits, Node, NodeKind, Step, Stop, saturate};
use braid_symbolic::rewrite::{PatternNode, SlotId};
use braid_symbolic::term::{Args, Term};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// Applications in one piece; longer blocks are rewritten in pieces of this length.
pub const PIECE_OPS_MAX: usize = 192;
/// Rounds of all rules about one application.
const ROUNDS_MAX: usize = 12;
/// Nodes of an e-graph, for each application of its piece.
const NODES_PER_OP: usize = 12;
/// Nodes of an e-graph besides.
const NODES_MIN: usize = 400;
/// Time for one piece.
const TIME_MAX: Duration = Duration::from_millis(500);
/// How often groups are looked for.
const GROUP_ROUNDS_MAX: usize = 3;
/// Groups that are weighed in pairs, too.
const GROUPS_MAX: usize = 24;
/// What a form must save to be taken, in modelled nanoseconds.
const GAIN_MIN: f64 = 1e-6;
/// What an application costs besides that is not the net's own, so that of forms that cost the same the old one stays.
const NOVELTY: f64 = 1e-3;

/// What the choice of a piece is made of.
pub struct Piece {
    graph: EGraph<TensorTerm>,
    class_of: HashMap<ValueId, ClassId>,
    /// The applications that are terms, in order.
    pub terms: Vec<OpId>,
    /// The values that are needed outside, in order.
    pub roots: Vec<ValueId>,
    problem: Problem,
    /// The classes of the problem, their numbers, and the nodes of their candidates.
    classes: Vec<ClassId>,
    index: HashMap<ClassId, u32>,
    nodes: Vec<Vec<Node>>,
    choices: Vec<Option<u32>>,
    /// The application that a candidate is in the net.
    origin: HashMap<(u32, u32), OpId>,
    steps: Vec<Step>,
    joined: Vec<Joined>,
    constants: HashMap<u32, Arc<Tensor>>,
    /// Why saturation ended.
    pub stop: Stop,
    /// Modelled time before.
    pub before: f64,
    /// Modelled time after.
    pub after: f64,
}

/// A chosen node.
pub enum Chosen {
    /// A value from outside.
    Leaf(ValueId),
    /// A constant that was computed, and the weight that it comes from.
    Constant(Arc<Tensor>, Option<ValueId>),
    /// An application: its head, attributes, operands as classes, and the application of the net that it is.
    Apply(Box<Application>),
}

/// An application that was chosen.
pub struct Application {
    /// The row.
    pub spec: &'static braid_ir::ops::OpSpec,
    /// Its attributes.
    pub attrs: braid_ir::Attrs,
    /// Operands, as classes.
    pub operands: Vec<u32>,
    /// The type of the result.
    pub ty: Type,
    /// The application of the net that it is.
    pub origin: Option<OpId>,
}

/// Whether an application of the net is a term: pure index math that is certain to have a value, and that no symbol stands for.
pub fn converts(editor: &Editor, id: OpId) -> bool {
    let op = editor.net().op(id);
    if !is_term(op.spec) || op.results.len() != 1 || editor.sym_of(op.results[0]).is_some() {
        return false;
    }
    let types: Vec<Type> = op.operands.iter().map(|&v| editor.net().ty(editor.find(v)).clone()).collect();
    types.iter().all(|ty| ty.as_tensor().is_some())
        && type_of(op.spec, &types, &op.attrs).map(Type::Tensor).as_ref() == Some(editor.net().ty(op.results[0]))
}

/// A value whose elements are known.
fn constant(net: &Net, value: ValueId) -> Option<Arc<Tensor>> {
    if let Some(weight) = net.weight_of(value) {
        return Some(weight.data.clone());
    }
    let shape = net.tensor_ty(value)?.fixed_shape()?;
    if shape.iter().product::<usize>() > super::cost::CONSTANT_ELEMENTS_MAX {
        return None;
    }
    let fill = net.fill_of(value)?;
    Some(Arc::new(Tensor::from_fn(fill.dtype(), shape, |_| fill)))
}

impl Piece {
    /// Looks for a faster form of applications that are terms. `None` where there is none.
    pub fn search(editor: &Editor, terms: &[OpId], roots: Vec<ValueId>) -> Option<Piece> {
        let mut piece = Piece::convert(editor, terms, roots);
        let limits = Limits {
            iterations: ROUNDS_MAX,
            nodes: NODES_MIN + NODES_PER_OP * terms.len(),
            time: TIME_MAX,
            ..Limits::default()
        };
        let of_net: Vec<ClassId> =
            terms.iter().map(|&id| piece.class_of[&editor.net().op(id).results[0]]).collect();
        let mut seen = Seen::new();
        let mut changed = false;
        for _ in 0..GROUP_ROUNDS_MAX {
            let (report, steps) = saturate(&mut piece.graph, &RULES, &limits);
            piece.stop = report.stop;
            changed |= !steps.is_empty();
            piece.steps.extend(steps);
            if piece.stop == Stop::Contradiction {
                return None;
            }
            let joined = groups::join(&mut piece.graph, &of_net, &mut seen);
            if joined.is_empty() {
                break;
            }
            changed = true;
            piece.joined.extend(joined);
        }
        if !changed {
            return None;
        }
        piece.extract(editor)?;
        (piece.after < piece.before - GAIN_MIN && piece.evaluate(editor)).then_some(piece)
    }

    fn convert(editor: &Editor, terms: &[OpId], roots: Vec<ValueId>) -> Piece {
        let mut piece = Piece {
            graph: EGraph::new(),
            class_of: HashMap::new(),
            terms: terms.to_vec(),
            roots,
            problem: Problem::default(),
            classes: Vec::new(),
            index: HashMap::new(),
            nodes: Vec::new(),
            choices: Vec::new(),
            origin: HashMap::new(),
            steps: Vec::new(),
            joined: Vec::new(),
            constants: HashMap::new(),
            stop: Stop::Saturated,
            before: 0.0,
            after: 0.0,
        };
        for &id in terms {
            let op = editor.net().op(id);
            let mut args: Vec<ClassId> = op.operands.iter().map(|&v| piece.operand(editor, editor.find(v))).collect();
            if !op.spec.attributes.is_empty() {
                args.push(piece.add(&Head::Fixed(Arc::new(Fixed::new(op.attrs.clone()))), []));
            }
            let class = piece.add(&Head::Op(op.spec), args);
            piece.class_of.insert(op.results[0], class);
        }
        piece.graph.rebuild();
        piece
    }

    fn add(&mut self, head: &Head, args: impl IntoIterator<Item = ClassId>) -> ClassId {
        let id = self.graph.intern(head);
        self.graph.add(Node::plain(id, args))
    }

    fn operand(&mut self, editor: &Editor, value: ValueId) -> ClassId {
        if let Some(&class) = self.class_of.get(&value) {
            return class;
        }
        let ty = editor.net().tensor_ty(value).cloned().unwrap_or_else(|| braid_ir::TensorType::new(braid_ir::DType::Bool, vec![]));
        let constant = constant(editor.net(), value).is_some();
        let class = self.add(&Head::Leaf(Arc::new(Leaf { value, ty, constant })), []);
        self.class_of.insert(value, class);
        class
    }

    /// The data of a node's children.
    fn data_of(&self, node: &Node) -> Vec<&Data> {
        node.children().map(|c| self.graph.data(self.graph.find(c))).collect()
    }

    fn head(&self, node: &Node) -> Option<&Head> {
        match node.kind() {
            NodeKind::Plain(id) => Some(self.graph.head(*id)),
            _ => None,
        }
    }

    /// The node with its children as they are now.
    fn canonical(&self, node: &Node) -> Option<Node> {
        match node.kind() {
            NodeKind::Plain(id) => Some(Node::plain(*id, node.children().map(|c| self.graph.find(c)))),
            _ => None,
        }
    }

    /// Chooses a node for each class.
    fn extract(&mut self, editor: &Editor) -> Option<()> {
        self.classes = self.graph.classes();
        let classes = self.classes.clone();
        self.index = classes.iter().enumerate().map(|(at, &class)| (class, at as u32)).collect();
        for &class in &classes {
            let data = self.graph.data(class);
            let (mut candidates, mut nodes) = (Vec::new(), Vec::new());
            for node in self.graph.nodes(class) {
                let Some(node) = self.canonical(node).filter(|n| *data != Data::Wrong && !nodes.contains(n)) else {
                    continue;
                };
                let cost = match self.head(&node) {
                    Some(Head::Op(spec)) => price(spec, &self.data_of(&node), data),
                    Some(Head::Fixed(_) | Head::Leaf(_)) => 0.0,
                    _ => continue,
                };
                let mut children: Vec<u32> = node.children().map(|c| self.index[&c]).collect();
                children.sort_unstable();
                children.dedup();
                candidates.push(Candidate { cost, children: children.into() });
                nodes.push(node);
            }
            self.problem.classes.push(candidates);
            self.nodes.push(nodes);
        }
        self.problem.roots = self.roots.iter().map(|v| self.number(self.class_of[v])).collect();
        self.problem.roots.sort_unstable();
        self.problem.roots.dedup();
        let original = self.originals(editor);
        for (class, candidates) in self.problem.classes.iter_mut().enumerate() {
            for (at, candidate) in candidates.iter_mut().enumerate() {
                let is_own = self.origin.contains_key(&(class as u32, at as u32));
                candidate.cost += if is_own || candidate.children.is_empty() { 0.0 } else { NOVELTY };
            }
        }
        let found = greedy(&self.problem)?;
        self.choices = found.choices;
        // The form that is there is a choice like any other, where it has no cycle.
        self.before = self.problem.cost(&original).unwrap_or_else(|| self.cost_of_terms(editor));
        self.after = found.cost;
        if self.after >= self.before - GAIN_MIN && self.problem.cost(&original).is_some() {
            self.choices = original;
            self.after = self.before;
        }
        self.exchange_groups();
        Some(())
    }

    fn number(&self, class: ClassId) -> u32 {
        self.index[&self.graph.find(class)]
    }

    /// The choices that are the net as it is.
    fn originals(&mut self, editor: &Editor) -> Vec<Option<u32>> {
        let mut choices: Vec<Option<u32>> =
            self.problem.classes.iter().map(|list| (!list.is_empty()).then_some(0)).collect();
        let mut decided = vec![false; choices.len()];
        for &id in &self.terms.clone() {
            let op = editor.net().op(id);
            let class = self.number(self.class_of[&op.results[0]]);
            let mut args: Vec<ClassId> =
                op.operands.iter().map(|&v| self.graph.find(self.class_of[&editor.find(v)])).collect();
            if !op.spec.attributes.is_empty() {
                let fixed = self.add(&Head::Fixed(Arc::new(Fixed::new(op.attrs.clone()))), []);
                args.push(self.graph.find(fixed));
            }
            let head = self.graph.intern(&Head::Op(op.spec));
            let node = Node::plain(head, args);
            if let Some(at) = self.nodes[class as usize].iter().position(|n| *n == node) {
                self.origin.entry((class, at as u32)).or_insert(id);
                if !std::mem::replace(&mut decided[class as usize], true) {
                    choices[class as usize] = Some(at as u32);
                }
            }
        }
        choices
    }

    /// What the applications of the piece cost as they are.
    fn cost_of_terms(&self, editor: &Editor) -> f64 {
        let one = |&id: &OpId| {
            let op = editor.net().op(id);
            let class = self.number(self.class_of[&op.results[0]]);
            let at = self.origin.iter().find(|(_, origin)| **origin == id).map(|((_, at), _)| *at);
            at.map_or(0.0, |at| self.problem.classes[class as usize][at as usize].cost)
        };
        self.terms.iter().map(one).sum()
    }

    /// Single exchanges never find that several products are worth joining: each alone pays for all. So groups are tried as
    /// wholes, alone and in pairs.
    fn exchange_groups(&mut self) {
        let moves: Vec<Vec<(u32, u32)>> = self.joined.iter().take(GROUPS_MAX).map(|group| self.moves(group)).collect();
        let alone = (0..moves.len()).map(|i| vec![i]);
        let pairs = (0..moves.len()).flat_map(|j| (0..j).map(move |i| vec![i, j]));
        for trial in alone.chain(pairs) {
            let mut choices = self.choices.clone();
            for &(class, at) in trial.iter().flat_map(|&i| &moves[i]) {
                choices[class as usize] = Some(at);
            }
            if let Some(cost) = self.problem.cost(&choices)
                && cost < self.after - GAIN_MIN
            {
                self.choices = choices;
                self.after = cost;
            }
        }
    }

    /// The choices that join a group.
    fn moves(&self, group: &Joined) -> Vec<(u32, u32)> {
        let right = GROUP_RULES[group.rule].right_pattern();
        let Some(PatternNode::Apply(head, _)) = right.map(|r| r.node(r.root())) else { return Vec::new() };
        let mut moves = Vec::new();
        for &part in &group.parts {
            let class = self.number(part);
            // Of the slices of a class, the one from the widest whole is the joint one.
            let of_head = |at: &usize| self.head(&self.nodes[class as usize][*at]) == Some(head);
            let width = |at: &usize| self.width(&self.nodes[class as usize][*at]);
            let best = (0..self.nodes[class as usize].len()).filter(of_head).max_by_key(width);
            moves.extend(best.map(|at| (class, at as u32)));
        }
        moves
    }

    /// The elements of a node's first operand.
    fn width(&self, node: &Node) -> usize {
        let ty = node.children().next().and_then(|c| self.graph.data(self.graph.find(c)).ty());
        ty.and_then(|ty| ty.fixed_shape()).map_or(0, |shape| shape.iter().product())
    }

    /// The class of a root.
    pub fn root(&self, value: ValueId) -> u32 {
        self.number(self.class_of[&value])
    }

    fn chosen_node(&self, class: u32) -> Option<(&Node, u32)> {
        let at = self.choices[class as usize]?;
        Some((self.nodes[class as usize].get(at as usize)?, at))
    }

    /// The classes that are needed, those of operands first; `None` where the choices have a hole.
    fn needed(&self) -> Option<Vec<u32>> {
        self.problem.order(&self.choices)
    }

    /// Computes the constants that are new; whether all could be.
    fn evaluate(&mut self, editor: &Editor) -> bool {
        let Some(needed) = self.needed() else { return false };
        let mut values: HashMap<u32, Arc<Tensor>> = HashMap::new();
        // Only what some new constant needs is computed.
        let mut wanted: Vec<u32> = Vec::new();
        for &class in &needed {
            let Some((node, at)) = self.chosen_node(class) else { return false };
            let is_new = matches!(self.head(node), Some(Head::Op(_))) && !self.origin.contains_key(&(class, at));
            if is_new && self.problem.classes[class as usize][at as usize].cost <= NOVELTY {
                wanted.push(class);
            }
        }
        let mut stack = wanted.clone();
        let mut needs: std::collections::HashSet<u32> = stack.iter().copied().collect();
        while let Some(class) = stack.pop() {
            let Some((node, _)) = self.chosen_node(class) else { return false };
            let fresh = node.children().map(|c| self.number(c)).filter(|&c| needs.insert(c)).collect::<Vec<_>>();
            stack.extend(fresh);
        }
        for &class in needed.iter().filter(|class| needs.contains(class)) {
            let Some((node, _)) = self.chosen_node(class) else { return false };
            let value = match self.head(node) {
                Some(Head::Leaf(leaf)) => constant(editor.net(), leaf.value),
                Some(Head::Fixed(_)) => continue,
                Some(Head::Op(spec)) => {
                    let data = self.data_of(node);
                    let Some((attrs, count)) = super::term::attrs_among(spec, &data) else { return false };
                    let operands: Option<Vec<Value>> = node
                        .children()
                        .take(count)
                        .map(|c| values.get(&self.number(c)).cloned().map(Value::Tensor))
                        .collect();
                    let Some(operands) = operands else { return false };
                    match eval_op(spec, &operands, attrs).map(|r| r.into_iter().next()) {
                        Ok(Some(Value::Tensor(tensor))) => Some(tensor),
                        _ => None,
                    }
                }
                _ => None,
            };
            let Some(value) = value else { return false };
            values.insert(class, value);
        }
        self.constants = wanted.into_iter().filter_map(|class| Some((class, values.remove(&class)?))).collect();
        true
    }

    /// What was chosen for a class.
    pub fn chosen(&self, class: u32) -> Option<Chosen> {
        let (node, at) = self.chosen_node(class)?;
        if let Some(tensor) = self.constants.get(&class) {
            return Some(Chosen::Constant(tensor.clone(), self.weight_below(class)));
        }
        let data = self.data_of(node);
        match self.head(node)? {
            Head::Leaf(leaf) => Some(Chosen::Leaf(leaf.value)),
            Head::Op(spec) => {
                let (attrs, count) = super::term::attrs_among(spec, &data)?;
                let operands = node.children().take(count).map(|c| self.number(c)).collect();
                let class_data = self.graph.data(self.classes[class as usize]);
                Some(Chosen::Apply(Box::new(Application {
                    spec,
                    attrs,
                    operands,
                    ty: class_data.ty()?.clone().into(),
                    origin: self.origin.get(&(class, at)).copied(),
                })))
            }
            _ => None,
        }
    }

    /// A value from outside that a class is computed from.
    fn weight_below(&self, class: u32) -> Option<ValueId> {
        let mut stack = vec![class];
        while let Some(class) = stack.pop() {
            let (node, _) = self.chosen_node(class)?;
            if let Some(Head::Leaf(leaf)) = self.head(node) {
                return Some(leaf.value);
            }
            // The first operand first: it is what the others scale and shift.
            let children: Vec<u32> = node.children().map(|c| self.number(c)).collect();
            stack.extend(children.into_iter().rev());
        }
        None
    }

    /// Whether everything that a root needs is there where the root is; `place` says from where on a value is.
    pub fn is_available(&self, net: &Net, root: ValueId, at: usize, place: &HashMap<ValueId, usize>) -> bool {
        let (mut stack, mut seen) = (vec![self.root(root)], std::collections::HashSet::new());
        let there = |value: ValueId| place.get(&value).is_none_or(|&from| from < at);
        while let Some(class) = stack.pop() {
            if !seen.insert(class) {
                continue;
            }
            let Some((node, _)) = self.chosen_node(class) else { return false };
            let fits = match self.head(node) {
                Some(Head::Leaf(leaf)) => there(leaf.value),
                Some(Head::Fixed(fixed)) => {
                    fixed.attrs.iter().flat_map(|(_, attr)| attr.syms()).all(|sym| match net.syms.get(&sym) {
                        Some(SymDef::Value(value)) => there(*value),
                        _ => true,
                    })
                }
                _ => true,
            };
            if !fits {
                return false;
            }
            stack.extend(node.children().map(|c| self.number(c)));
        }
        true
    }

    /// The rule that made what was chosen for a class, if one did.
    pub fn rule_of(&self, class: u32) -> Option<&'static str> {
        let head = self.chosen_node(class).and_then(|(node, _)| self.head(node));
        let here = |c: ClassId| self.number(c) == class;
        let rule = |step: &Step| RULES.rules().nth(step.rule);
        let makes = |step: &&Step| {
            let right = rule(step).and_then(|r| r.right_pattern());
            here(step.right)
                && match (right.map(|r| r.node(r.root())), head) {
                    (Some(PatternNode::Apply(made, _)), Some(head)) => made == head,
                    _ => false,
                }
        };
        // Of a group, the parts and the whole that they are parts of.
        let of_group = || {
            self.joined.iter().find_map(|group| {
                let name = GROUP_RULES[group.rule].name();
                let mut moves = self.moves(group).into_iter();
                moves
                    .any(|(part, at)| {
                        let node = &self.nodes[part as usize][at as usize];
                        let whole = node.children().next().map(|c| self.number(c));
                        whole == Some(class) || part == class && self.choices[class as usize] == Some(at)
                    })
                    .then_some(name)
            })
        };
        let any = || self.steps.iter().find(|step| here(step.right)).and_then(rule).map(|r| r.name());
        let by_rule = self.steps.iter().find(makes).and_then(rule).map(|r| r.name());
        by_rule.or_else(of_group).or_else(any)
    }

    /// Why the piece is what it became.
    pub fn proof(&self, editor: &Editor) -> super::proof::Proof {
        let mut terms = Default::default();
        let mut slots = |bindings: &braid_symbolic::rewrite::Bindings<ClassId>, count: usize| -> Vec<TensorTerm> {
            (0..count)
                .filter_map(|slot| bindings.get(slot as SlotId))
                .map(|&class| self.graph.representative_in(class, &mut terms))
                .collect()
        };
        let mut steps = Vec::new();
        for step in &self.steps {
            let count = RULES.rules().nth(step.rule).map_or(0, |r| r.slots().len());
            steps.push(super::proof::Step::Single(step.rule, slots(&step.bindings, count)));
        }
        for group in &self.joined {
            let count = GROUP_RULES[group.rule].slots().len();
            let members = group.bindings.iter().map(|b| slots(b, count)).collect();
            steps.push(super::proof::Step::Group(group.rule, members));
        }
        super::proof::Proof { before: self.terms_before(editor), after: self.terms_after(), steps }
    }

    /// The roots as they were.
    fn terms_before(&self, editor: &Editor) -> Vec<TensorTerm> {
        let mut of: HashMap<ValueId, TensorTerm> = HashMap::new();
        for &id in &self.terms {
            let op = editor.net().op(id);
            let mut args: Args<TensorTerm> = op
                .operands
                .iter()
                .map(|&v| {
                    let value = editor.find(v);
                    of.get(&value).cloned().unwrap_or_else(|| self.graph.representative(self.class_of[&value]))
                })
                .collect();
            if !op.spec.attributes.is_empty() {
                args.push(TensorTerm::make(&Head::Fixed(Arc::new(Fixed::new(op.attrs.clone()))), &[]));
            }
            of.insert(op.results[0], TensorTerm::make(&Head::Op(op.spec), &args));
        }
        self.roots.iter().map(|root| of[root].clone()).collect()
    }

    /// The roots as they were chosen.
    fn terms_after(&self) -> Vec<TensorTerm> {
        let mut of: HashMap<u32, TensorTerm> = HashMap::new();
        for class in self.needed().unwrap_or_default() {
            if let Some((node, _)) = self.chosen_node(class)
                && let Some(head) = self.head(node)
            {
                let args: Args<TensorTerm> = node.children().map(|c| of[&self.number(c)].clone()).collect();
                of.insert(class, TensorTerm::make(head, &args));
            }
        }
        self.roots.iter().map(|&root| of[&self.root(root)].clone()).collect()
    }
}
