//! Proofs: why two terms of an e-graph are equal, as a chain of steps from one to the other.
//!
//! The journal of an e-graph holds the unions that rules and native steps asked for. From it congruence is computed once
//! more, over the terms as they were added and independently of the e-graph, and every join is kept as an edge of a forest.
//! The way between two terms in that forest is the proof.

use super::engine::{ClassId, EGraph, Node, NodeKind, Reason};
use super::language::{Language, build};
use super::matching::Frame;
use super::saturate::{Application, PreparedRules};
use crate::rewrite::{Bindings, Pattern};
use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;
use std::fmt;
use std::sync::Arc;

/// One step of a proof: a rule or a native step, applied to a part of a term.
///
/// ```
/// use braid_symbolic::{Expr, egraph::explain, syntax::parse};
/// let (from, to): (Expr, Expr) = (parse("1 + sin(x)^2 + cos(x)^2").unwrap(), Expr::int(2));
/// let proof = explain(&from, &to).unwrap();
/// assert_eq!((proof.steps[0].whole.0, proof.steps[proof.steps.len() - 1].whole.1), (from, to));
/// ```
#[derive(Clone, Debug)]
pub struct ProofStep<T: Language> {
    /// The name of the rule, or of the native step: `collect`, `flatten`, `factor`, `expand`.
    pub rule: Arc<str>,
    /// Whether the step goes from the right side of the rule to the left.
    pub backward: bool,
    /// The part before and after.
    pub part: (T, T),
    /// The whole term before and after.
    pub whole: (T, T),
    /// What encloses the part, innermost first.
    pub(super) context: Vec<Enclosing<T>>,
    pub(super) instance: Option<Instance<T>>,
}

/// An operation around a part: the node's children, one of which is the part.
#[derive(Clone, Debug)]
pub(super) struct Enclosing<T: Language> {
    pub shape: super::language::Shape<T::Head, T>,
    pub position: usize,
}

/// An application of a rule: what its slots stand for, and what is beside the match in its sum or product.
#[derive(Clone, Debug)]
pub(super) struct Instance<T: Language> {
    pub rule: usize,
    pub bindings: Bindings<T>,
    pub made: Option<Pattern<T::Head>>,
    pub frame: TermFrame<T>,
}

/// A [`Frame`] over terms.
#[derive(Clone, Debug)]
pub(super) enum TermFrame<T: Language> {
    Whole,
    Sum(crate::Number, crate::Number, Vec<(T, crate::Number)>),
    Product(crate::Number, Vec<(T, crate::Number)>),
}

impl<T: Language> TermFrame<T> {
    /// The frame around a term.
    pub fn around(&self, term: T) -> T {
        use super::language::Shape;
        let with = |entries: &Vec<(T, crate::Number)>, n: crate::Number| {
            let mut entries = entries.clone();
            entries.push((term.clone(), n));
            entries
        };
        match self {
            TermFrame::Whole => term,
            TermFrame::Sum(number, scale, entries) => {
                build(Shape::Sum(number.clone(), with(entries, scale.clone())))
            }
            TermFrame::Product(number, entries) => {
                build(Shape::Product(number.clone(), with(entries, crate::Number::ONE)))
            }
        }
    }
}

/// A proof that two terms are equal.
///
/// ```
/// use braid_symbolic::{Expr, egraph::explain, syntax::parse};
/// let (from, to): (Expr, Expr) = (parse("sin(x)^2 + cos(x)^2").unwrap(), Expr::int(1));
/// let proof = explain(&from, &to).unwrap();
/// assert_eq!((proof.from, proof.to), (from, to));
/// assert!(proof.to_string().contains("[pythagoras"));
/// ```
#[derive(Clone, Debug)]
pub struct Explanation<T: Language> {
    /// The first term.
    pub from: T,
    /// The last term.
    pub to: T,
    /// The steps, in order. Steps that only put like terms together, which terms do by themselves, are left out.
    pub steps: Vec<ProofStep<T>>,
    /// Where the steps hold; a truth value, one for everywhere.
    pub assumed: T,
    pub(super) rules: Arc<PreparedRules<T>>,
}

impl<T: Language + fmt::Display> fmt::Display for Explanation<T> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}", self.from)?;
        for step in &self.steps {
            let direction = if step.backward { ", backward" } else { "" };
            write!(
                f,
                "\n= {}    [{}{direction}: {} = {}]",
                step.whole.1, step.rule, step.part.0, step.part.1
            )?;
        }
        Ok(())
    }
}

/// Why a step joins two terms.
#[derive(Clone, Copy, Debug)]
enum Cause {
    Asked(Reason),
    /// By congruence, with the children that were equal then. In a class of the end more are, but by what this helped to
    /// prove.
    Congruent(usize),
}

/// Positions of children with what they are and what they become.
type Pairs = Vec<(usize, u32, u32)>;

/// How the children of one node become those of a congruent one: first all of the one, then, for those on the other side
/// that are equal among themselves, the way back.
#[derive(Clone, Debug, Default)]
struct Pairing {
    there: Pairs,
    back: Pairs,
}

#[derive(Clone, Copy, Debug)]
struct Edge {
    to: u32,
    cause: Cause,
    /// Whether the union went from the child of this edge to `to`.
    forward: bool,
}

/// A proof has this many steps at most.
pub const STEPS_MAX: usize = 100_000;

/// Congruence over the terms of a journal, with a forest of reasons.
pub(super) struct Forest<'a, T: Language> {
    graph: &'a EGraph<T>,
    nodes: &'a [Node],
    parent: Vec<u32>,
    edges: Vec<Option<Edge>>,
    terms: HashMap<ClassId, T, FxBuildHasher>,
    /// Of each congruence, the pairings in both directions, and the node from which the first leads.
    pairings: Vec<(u32, Pairing, Pairing)>,
}

impl<'a, T: Language> Forest<'a, T> {
    pub fn new(graph: &'a EGraph<T>) -> Forest<'a, T> {
        let nodes = graph.original_nodes();
        let count = nodes.len();
        let mut forest = Forest {
            graph,
            nodes,
            parent: (0..count as u32).collect(),
            edges: vec![None; count],
            terms: HashMap::default(),
            pairings: Vec::new(),
        };
        let mut users: Vec<Vec<u32>> = vec![Vec::new(); count];
        for (at, node) in nodes.iter().enumerate() {
            node.children().for_each(|child| users[child.index()].push(at as u32));
        }
        let mut table: HashMap<Node, u32, FxBuildHasher> = HashMap::default();
        let mut queue: std::collections::VecDeque<(u32, u32, Cause)> = std::collections::VecDeque::new();
        for at in 0..count as u32 {
            forest.enter(at, &mut table, &mut queue);
        }
        for union in graph.journal() {
            queue.push_back((union.from.index() as u32, union.to.index() as u32, Cause::Asked(union.reason)));
            while let Some((a, b, cause)) = queue.pop_front() {
                let (root_a, root_b) = (forest.find(a), forest.find(b));
                if root_a == root_b {
                    continue;
                }
                forest.link(a, b, cause);
                // The class with fewer users takes the other's representative.
                let (small, large) = if users[root_a as usize].len() < users[root_b as usize].len() {
                    (root_a, root_b)
                } else {
                    (root_b, root_a)
                };
                forest.parent[small as usize] = large;
                let moved = std::mem::take(&mut users[small as usize]);
                for &user in &moved {
                    forest.enter(user, &mut table, &mut queue);
                }
                users[large as usize].extend(moved);
            }
        }
        forest
    }

    fn find(&mut self, mut at: u32) -> u32 {
        while self.parent[at as usize] != at {
            let up = self.parent[self.parent[at as usize] as usize];
            self.parent[at as usize] = up;
            at = up;
        }
        at
    }

    /// The node over representatives of its children, in normal order.
    fn canonical(&mut self, at: u32) -> Node {
        let node = &self.nodes[at as usize];
        let mut class = |c: ClassId| -> ClassId {
            let root = self.find(c.index() as u32);
            self.graph.original(root as usize)
        };
        match node.kind() {
            NodeKind::Plain(head) => Node::plain(*head, node.children().map(&mut class).collect::<Vec<_>>()),
            NodeKind::Sum(constant, _) => {
                let entries = node.entries().map(|(c, n)| (class(c), n.clone())).collect();
                Node::sum(constant.clone(), entries)
            }
            NodeKind::Product(coefficient, _) => {
                let entries = node.entries().map(|(c, n)| (class(c), n.clone())).collect();
                Node::product(coefficient.clone(), entries)
            }
        }
    }

    fn enter(
        &mut self,
        at: u32,
        table: &mut HashMap<Node, u32, FxBuildHasher>,
        queue: &mut std::collections::VecDeque<(u32, u32, Cause)>,
    ) {
        let node = self.canonical(at);
        match table.get(&node) {
            Some(&other) => {
                if self.find(at) != self.find(other) {
                    let pairings = (at, self.pairing(at, other), self.pairing(other, at));
                    self.pairings.push(pairings);
                    queue.push_back((at, other, Cause::Congruent(self.pairings.len() - 1)));
                }
            }
            None => {
                table.insert(node, at);
            }
        }
    }

    /// Adds an edge; the tree of `a` is turned so that `a` is its root.
    fn link(&mut self, a: u32, b: u32, cause: Cause) {
        let mut at = a;
        let mut edge = Edge { to: b, cause, forward: true };
        loop {
            let old = self.edges[at as usize].replace(edge);
            match old {
                None => break,
                Some(up) => {
                    edge = Edge { to: at, cause: up.cause, forward: !up.forward };
                    at = up.to;
                }
            }
        }
    }

    fn term(&mut self, at: u32) -> T {
        self.graph.representative_in(self.graph.original(at as usize), &mut self.terms)
    }

    /// The edges on the way from one node to another: of each, the node it starts from, and whether it is walked upward.
    fn path(&self, a: u32, b: u32) -> Option<Vec<(u32, u32, Cause, bool)>> {
        let up = |mut at: u32| {
            let mut chain = vec![at];
            while let Some(edge) = self.edges[at as usize] {
                at = edge.to;
                chain.push(at);
            }
            chain
        };
        let (from, to) = (up(a), up(b));
        if from.last() != to.last() {
            return None;
        }
        let shared = from.iter().rev().zip(to.iter().rev()).take_while(|(x, y)| x == y).count();
        let mut path = Vec::new();
        for &at in &from[..from.len() - shared] {
            let edge = self.edges[at as usize]?;
            path.push((at, edge.to, edge.cause, edge.forward));
        }
        for &at in to[..to.len() - shared].iter().rev() {
            let edge = self.edges[at as usize]?;
            path.push((edge.to, at, edge.cause, !edge.forward));
        }
        Some(path)
    }

    /// The proof that two nodes are equal; `None` where they are not, or the proof would be longer than [`STEPS_MAX`].
    pub fn explain(
        &mut self,
        from: ClassId,
        to: ClassId,
        assumed: &T,
        rules: &Arc<PreparedRules<T>>,
        applications: &[Application<T::Head>],
    ) -> Option<Explanation<T>> {
        enum Task<T: Language> {
            Prove(u32, u32),
            Apply(u32, u32, Reason, bool),
            Enter(Enclosing<T>),
            Leave,
        }
        let (a, b) = (from.index() as u32, to.index() as u32);
        let mut explanation = Explanation {
            from: self.term(a),
            to: self.term(b),
            steps: Vec::new(),
            assumed: assumed.clone(),
            rules: rules.clone(),
        };
        let mut context: Vec<Enclosing<T>> = Vec::new();
        let mut tasks: Vec<Task<T>> = vec![Task::Prove(a, b)];
        while let Some(task) = tasks.pop() {
            if explanation.steps.len() > STEPS_MAX {
                return None;
            }
            match task {
                Task::Enter(enclosing) => context.push(enclosing),
                Task::Leave => {
                    context.pop();
                }
                Task::Apply(a, b, reason, forward) => {
                    let part = (self.term(a), self.term(b));
                    if part.0 == part.1 {
                        continue;
                    }
                    let whole = (rebuilt(&context, &part.0), rebuilt(&context, &part.1));
                    let (rule, instance): (Arc<str>, _) = match reason {
                        Reason::Rule(at) => {
                            let application = applications.get(at)?;
                            let name = rules.rules[application.rule].rule.name();
                            (name.into(), Some(self.instance(application)))
                        }
                        native => (native.native_name().unwrap_or("").into(), None),
                    };
                    let context = context.iter().rev().cloned().collect();
                    explanation.steps.push(ProofStep {
                        rule,
                        backward: !forward,
                        part,
                        whole,
                        context,
                        instance,
                    });
                }
                Task::Prove(a, b) => {
                    if a == b {
                        continue;
                    }
                    let path = self.path(a, b)?;
                    for (from, to, cause, forward) in path.into_iter().rev() {
                        match cause {
                            Cause::Asked(reason) => tasks.push(Task::Apply(from, to, reason, forward)),
                            Cause::Congruent(at) => {
                                let mut steps: Vec<Task<T>> = Vec::new();
                                for (enclosing, (x, y)) in self.congruence(from, to, at) {
                                    steps.push(Task::Enter(enclosing));
                                    steps.push(Task::Prove(x, y));
                                    steps.push(Task::Leave);
                                }
                                tasks.extend(steps.into_iter().rev());
                            }
                        }
                    }
                }
            }
        }
        Some(explanation)
    }

    /// How the children of `a` become those of `b`, by what is known to be equal now.
    fn pairing(&mut self, a: u32, b: u32) -> Pairing {
        let nodes = self.nodes;
        let children = |at: u32| nodes[at as usize].children().map(|c| c.index() as u32);
        if matches!(nodes[a as usize].kind(), NodeKind::Plain(_)) {
            let there = children(a).zip(children(b)).enumerate().map(|(i, (x, y))| (i, x, y));
            return Pairing { there: there.filter(|(_, x, y)| x != y).collect(), back: Pairs::new() };
        }
        // In sums and products children of one class are put together, wherever they stand: each becomes the first of its
        // class on the other side.
        let mut first: HashMap<u32, u32, FxBuildHasher> = HashMap::default();
        let mut pairing = Pairing::default();
        for (i, y) in children(b).enumerate() {
            let root = self.find(y);
            let of_class = *first.entry(root).or_insert(y);
            if of_class != y {
                pairing.back.push((i, of_class, y));
            }
        }
        for (i, x) in children(a).enumerate() {
            let root = self.find(x);
            if let Some(&y) = first.get(&root)
                && x != y
            {
                pairing.there.push((i, x, y));
            }
        }
        pairing
    }

    /// The children of congruent nodes that have to be proved equal, one after the other, and what encloses each.
    #[allow(clippy::type_complexity)]
    fn congruence(&mut self, a: u32, b: u32, at: usize) -> Vec<(Enclosing<T>, (u32, u32))> {
        let (start, one, other) = &self.pairings[at];
        let pairing = if *start == a { one.clone() } else { other.clone() };
        let mut steps = Vec::new();
        let mut children: Vec<T> = self.terms_of(a);
        let shape = self.graph.shape(&self.nodes[a as usize]);
        for (position, x, y) in pairing.there {
            steps.push((Enclosing::new(&shape, &children, position), (x, y)));
            children[position] = self.term(y);
        }
        let mut children: Vec<T> = self.terms_of(b);
        for (position, first, _) in &pairing.back {
            children[*position] = self.term(*first);
        }
        let shape = self.graph.shape(&self.nodes[b as usize]);
        for (position, x, y) in pairing.back {
            steps.push((Enclosing::new(&shape, &children, position), (x, y)));
            children[position] = self.term(y);
        }
        steps
    }

    /// The terms of the children of a node.
    fn terms_of(&mut self, at: u32) -> Vec<T> {
        let nodes = self.nodes;
        nodes[at as usize].children().map(|c| self.term(c.index() as u32)).collect()
    }

    fn instance(&mut self, application: &Application<T::Head>) -> Instance<T> {
        let mut term = |class: ClassId| self.term(class.index() as u32);
        let mut bindings = Bindings::new();
        for slot in 0..u64::BITS as u16 {
            if let Some(&class) = application.bindings.get(slot) {
                bindings.bind(slot, term(class));
            }
            if let Some(classes) = application.bindings.segment(slot) {
                bindings.bind_segment(slot, classes.iter().map(|&c| term(c)).collect());
            }
        }
        let mut entries = |list: &Vec<(ClassId, crate::Number)>| -> Vec<(T, crate::Number)> {
            list.iter().map(|(c, n)| (term(*c), n.clone())).collect()
        };
        let frame = match &application.frame {
            Frame::Whole => TermFrame::Whole,
            Frame::Sum(number, scale, list) => TermFrame::Sum(number.clone(), scale.clone(), entries(list)),
            Frame::Product(number, list) => TermFrame::Product(number.clone(), entries(list)),
        };
        Instance { rule: application.rule, bindings, made: application.made.clone(), frame }
    }
}

/// A part within what encloses it, outermost first.
fn rebuilt<T: Language>(context: &[Enclosing<T>], part: &T) -> T {
    context.iter().rev().fold(part.clone(), |inner, enclosing| enclosing.around(inner))
}

impl<T: Language> Enclosing<T> {
    fn new(shape: &super::language::ClassShape<T::Head>, children: &[T], position: usize) -> Enclosing<T> {
        let mut at = 0;
        let shape = shape.clone().map(|_| {
            at += 1;
            children[at - 1].clone()
        });
        Enclosing { shape, position }
    }

    /// The operation with another child in the place of the part.
    pub fn around(&self, part: T) -> T {
        let mut at = 0;
        build(self.shape.clone().map(|child| {
            at += 1;
            if at - 1 == self.position { part.clone() } else { child }
        }))
    }
}
