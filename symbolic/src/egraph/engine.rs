//! The e-graph itself. This is the only file that knows which library keeps classes, congruence and analyses up to date.
//!
//! Sums and products are single nodes over any number of children. They are put into their normal order whenever their
//! children change, so two sums that differ in the order of their terms, or in how often they list one, are one node.

use super::language::{ClassShape, Language, Role, Shape, build, shape_of};
use crate::facts::Facts;
use crate::number::Number;
use egg::{Analysis, DidMerge, Id};
use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

/// A class of equal terms. In an e-graph with a journal also one term of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ClassId(Id);

impl ClassId {
    /// As an index.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// A head in the table of an e-graph.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct HeadId(u32);

/// The operation of a node.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum NodeKind {
    /// A head over arguments in their order.
    Plain(HeadId),
    /// A constant, and a coefficient for each child.
    Sum(Number, Box<[Number]>),
    /// A coefficient, and an exponent for each child.
    Product(Number, Box<[Number]>),
}

/// Kinds of nodes that are found by an index.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum NodeIndex {
    /// Nodes of one head.
    Plain(HeadId),
    /// Sums.
    Sum,
    /// Products and powers by constants.
    Product,
}

impl NodeIndex {
    /// The kind of a node.
    pub fn of(node: &Node) -> NodeIndex {
        match node.kind {
            NodeKind::Plain(head) => NodeIndex::Plain(head),
            NodeKind::Sum(..) => NodeIndex::Sum,
            NodeKind::Product(..) => NodeIndex::Product,
        }
    }
}

/// An operation over classes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Node {
    kind: NodeKind,
    children: Box<[Id]>,
}

impl Node {
    /// A head applied to classes.
    pub fn plain(head: HeadId, children: impl IntoIterator<Item = ClassId>) -> Node {
        Node { kind: NodeKind::Plain(head), children: children.into_iter().map(|c| c.0).collect() }
    }

    /// A sum.
    pub fn sum(constant: Number, mut terms: Vec<(ClassId, Number)>) -> Node {
        collect(&mut terms, |_, _| true);
        let (children, numbers): (Vec<Id>, Vec<Number>) = terms.into_iter().map(|(c, n)| (c.0, n)).unzip();
        Node { kind: NodeKind::Sum(constant, numbers.into()), children: children.into() }
    }

    /// A product.
    pub fn product(coefficient: Number, mut factors: Vec<(ClassId, Number)>) -> Node {
        collect(&mut factors, |a, b| adds(Facts::REAL.bits(), a, b));
        let (children, numbers): (Vec<Id>, Vec<Number>) = factors.into_iter().map(|(c, n)| (c.0, n)).unzip();
        Node { kind: NodeKind::Product(coefficient, numbers.into()), children: children.into() }
    }

    /// The operation.
    pub fn kind(&self) -> &NodeKind {
        &self.kind
    }

    /// The children, in order.
    pub fn children(&self) -> impl ExactSizeIterator<Item = ClassId> + '_ {
        self.children.iter().map(|&id| ClassId(id))
    }

    /// A child.
    pub fn child(&self, at: usize) -> ClassId {
        ClassId(self.children[at])
    }

    /// Number of children.
    pub fn len(&self) -> usize {
        self.children.len()
    }

    /// Whether a leaf.
    pub fn is_empty(&self) -> bool {
        self.children.is_empty()
    }

    /// Coefficients or exponents with their children; nothing for plain nodes.
    pub fn entries(&self) -> impl Iterator<Item = (ClassId, &Number)> + '_ {
        let numbers: &[Number] = match &self.kind {
            NodeKind::Plain(_) => &[],
            NodeKind::Sum(_, numbers) | NodeKind::Product(_, numbers) => numbers,
        };
        self.children().zip(numbers)
    }

    /// Coefficients or exponents with their children, to change them.
    pub fn entry_vec(&self) -> Vec<(ClassId, Number)> {
        self.entries().map(|(c, n)| (c, n.clone())).collect()
    }
}

/// Whether `x^a * x^b` is `x^(a+b)` with the same domain, for `x` of these possible signs.
pub(super) fn adds(signs: u8, a: &Number, b: &Number) -> bool {
    let before = Facts::power_domain(a) & Facts::power_domain(b);
    before & signs == Facts::power_domain(&(a + b)) & signs
}

/// Sorts entries and adds up the numbers of equal classes where `may` allows it.
pub(super) fn collect(entries: &mut Vec<(ClassId, Number)>, may: impl Fn(&Number, &Number) -> bool) {
    if !entries.is_sorted() {
        entries.sort_unstable();
    }
    entries.dedup_by(|later, earlier| {
        let same = later.0 == earlier.0 && may(&earlier.1, &later.1);
        if same {
            earlier.1 += &later.1;
        }
        same
    });
}

impl egg::Language for Node {
    type Discriminant = NodeIndex;

    fn discriminant(&self) -> NodeIndex {
        NodeIndex::of(self)
    }

    fn matches(&self, other: &Node) -> bool {
        self.kind == other.kind && self.children.len() == other.children.len()
    }

    fn children(&self) -> &[Id] {
        &self.children
    }

    fn children_mut(&mut self) -> &mut [Id] {
        &mut self.children
    }

    /// Sums and products are put into normal order again: this is what makes congruence see through order.
    fn update_children<F: FnMut(Id) -> Id>(&mut self, mut f: F) {
        let mut changed = false;
        for child in self.children.iter_mut() {
            let new = f(*child);
            changed |= new != *child;
            *child = new;
        }
        if !changed {
            return;
        }
        match &self.kind {
            NodeKind::Plain(_) => {}
            NodeKind::Sum(constant, _) => *self = Node::sum(constant.clone(), self.entry_vec()),
            NodeKind::Product(coefficient, _) => *self = Node::product(coefficient.clone(), self.entry_vec()),
        }
    }
}

/// What a class knows besides its terms.
#[derive(Clone, Debug)]
struct ClassData<D> {
    known: D,
    /// The class is this multiple, neither 0 nor 1, of another class, which is no multiple of a third.
    scale: Option<(Number, ClassId)>,
    /// Whether some term of it has no unknown.
    ground: bool,
}

struct Knowledge<T: Language> {
    heads: Vec<T::Head>,
    contradiction: bool,
}

impl<T: Language> Analysis<Node> for Knowledge<T> {
    type Data = ClassData<T::Data>;

    fn make(egraph: &mut egg::EGraph<Node, Self>, node: &Node, _: Id) -> Self::Data {
        let known = |id: Id| &egraph[id].data.known;
        let entries = |numbers: &[Number]| {
            node.children.iter().zip(numbers).map(|(&c, n)| (known(c), n.clone())).collect::<Vec<_>>()
        };
        let shape = match &node.kind {
            NodeKind::Plain(head) => Shape::Plain(
                &egraph.analysis.heads[head.0 as usize],
                node.children.iter().map(|&c| known(c)).collect(),
            ),
            NodeKind::Sum(constant, numbers) => Shape::Sum(constant.clone(), entries(numbers)),
            NodeKind::Product(coefficient, numbers) => Shape::Product(coefficient.clone(), entries(numbers)),
        };
        let leaf = match &node.kind {
            NodeKind::Plain(head) => T::symbol(&egraph.analysis.heads[head.0 as usize]).is_none(),
            _ => true,
        };
        let ground = leaf && node.children.iter().all(|&c| egraph[c].data.ground);
        ClassData { known: T::data(&shape), scale: None, ground }
    }

    fn merge(&mut self, data: &mut Self::Data, other: Self::Data) -> DidMerge {
        let mut changed = T::merge(&mut data.known, other.known);
        if data.scale.is_none() && other.scale.is_some() {
            data.scale = other.scale;
            changed.0 = true;
        }
        if other.ground && !data.ground {
            data.ground = true;
            changed.0 = true;
        }
        self.contradiction |= T::is_contradictory(&data.known);
        DidMerge(changed.0, changed.1)
    }
}

/// Why two classes were made one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Reason {
    /// A rule, by the number of its application in the journal.
    Rule(usize),
    /// Like terms and numbers were put together.
    Collect,
    /// A sum in a sum or a product in a product was opened.
    Flatten,
    /// A common factor was taken out.
    Factor,
    /// A product of sums was multiplied out.
    Expand,
    /// A step of this name that the language has of its own.
    Native(&'static str),
}

impl Reason {
    /// The name of a native step; that of a rule comes from the list of rules.
    pub fn native_name(self) -> Option<&'static str> {
        match self {
            Reason::Rule(_) => None,
            Reason::Collect => Some("collect"),
            Reason::Flatten => Some("flatten"),
            Reason::Factor => Some("factor"),
            Reason::Expand => Some("expand"),
            Reason::Native(name) => Some(name),
        }
    }
}

/// A union that was asked for, as opposed to those that follow by congruence.
#[derive(Clone, Copy, Debug)]
pub(super) struct Union {
    pub from: ClassId,
    pub to: ClassId,
    pub reason: Reason,
}

/// An e-graph over terms of one kind.
pub struct EGraph<T: Language> {
    inner: egg::EGraph<Node, Knowledge<T>>,
    head_ids: HashMap<T::Head, HeadId, FxBuildHasher>,
    journal: Option<Vec<Union>>,
}

impl<T: Language> Default for EGraph<T> {
    fn default() -> Self {
        EGraph::new()
    }
}

impl<T: Language> EGraph<T> {
    /// An empty e-graph.
    pub fn new() -> EGraph<T> {
        EGraph {
            inner: egg::EGraph::new(Knowledge { heads: Vec::new(), contradiction: false }),
            head_ids: HashMap::default(),
            journal: None,
        }
    }

    /// An empty e-graph that can explain why two terms are equal. It takes more time and memory.
    pub fn with_journal() -> EGraph<T> {
        let empty = EGraph::new();
        EGraph {
            // What is wanted of this is only that every added term keeps an identity of its own.
            inner: empty.inner.with_explanations_enabled().without_explanation_length_optimization(),
            journal: Some(Vec::new()),
            ..empty
        }
    }

    /// Whether a journal is kept.
    pub fn has_journal(&self) -> bool {
        self.journal.is_some()
    }

    pub(super) fn journal(&self) -> &[Union] {
        self.journal.as_deref().unwrap_or(&[])
    }

    /// The nodes as they were added; the index of a node is that of its class id.
    pub(super) fn original_nodes(&self) -> &[Node] {
        self.inner.nodes()
    }

    pub(super) fn original(&self, at: usize) -> ClassId {
        ClassId(Id::from(at))
    }

    /// The place of a head in the table, which it is put into.
    pub fn intern(&mut self, head: &T::Head) -> HeadId {
        if let Some(&id) = self.head_ids.get(head) {
            return id;
        }
        let heads = &mut self.inner.analysis.heads;
        // Every head needs a node, and nodes are limited to far fewer.
        let id = HeadId(heads.len() as u32);
        heads.push(head.clone());
        self.head_ids.insert(head.clone(), id);
        id
    }

    /// The place of a head in the table, if any node has it.
    pub fn head_id(&self, head: &T::Head) -> Option<HeadId> {
        self.head_ids.get(head).copied()
    }

    /// A head of the table.
    pub fn head(&self, id: HeadId) -> &T::Head {
        &self.inner.analysis.heads[id.0 as usize]
    }

    /// Adds a node. Without a journal the class is the one that holds it; with one it also stands for this very node.
    pub fn add(&mut self, node: Node) -> ClassId {
        ClassId(self.inner.add_uncanonical(node))
    }

    /// Adds an operation over classes.
    pub fn add_shape(&mut self, shape: ClassShape<T::Head>) -> ClassId {
        let node = match shape {
            Shape::Plain(head, args) => {
                let head = self.intern(&head);
                Node::plain(head, args)
            }
            Shape::Sum(constant, terms) => Node::sum(constant, terms),
            Shape::Product(coefficient, factors) => Node::product(coefficient, factors),
        };
        self.add(node)
    }

    /// The class of a constant; `None` where the language has no numbers.
    pub fn add_number(&mut self, value: &Number) -> Option<ClassId> {
        let head = T::head_of(Role::Number(value.clone()))?;
        Some(self.add_shape(Shape::Plain(head, Default::default())))
    }

    /// Adds a term and its subterms.
    pub fn add_term(&mut self, term: &T) -> ClassId {
        self.add_term_in(term, &mut HashMap::default())
    }

    /// Like [`EGraph::add_term`], with what was added kept from call to call.
    pub fn add_term_in(&mut self, term: &T, done: &mut HashMap<T, ClassId, FxBuildHasher>) -> ClassId {
        let mut frames: Vec<(T, Shape<T::Head, T>)> = vec![(term.clone(), shape_of(term))];
        let mut last = None;
        while let Some((term, shape)) = frames.last() {
            if let Some(&class) = done.get(term) {
                last = Some(class);
                frames.pop();
                continue;
            }
            let missing: Vec<T> = shape.children().filter(|c| !done.contains_key(*c)).cloned().collect();
            if missing.is_empty() {
                let class = self.add_shape(shape.clone().map(|c| done[&c]));
                done.insert(term.clone(), class);
                continue;
            }
            frames.extend(missing.into_iter().map(|t| {
                let shape = shape_of(&t);
                (t, shape)
            }));
        }
        match last {
            Some(class) => class,
            None => unreachable!("the frame of the root was popped with a class"),
        }
    }

    /// The class that a class has become part of.
    pub fn find(&self, class: ClassId) -> ClassId {
        ClassId(self.inner.find(class.0))
    }

    /// Makes two classes one; whether they were two.
    pub fn union(&mut self, from: ClassId, to: ClassId, reason: Reason) -> bool {
        let Some(journal) = &mut self.journal else {
            return self.inner.union(from.0, to.0);
        };
        let fresh = self.inner.union_trusted(from.0, to.0, "");
        if fresh {
            journal.push(Union { from, to, reason });
        }
        fresh
    }

    /// Restores congruence and analyses after additions and unions. The other methods expect that.
    pub fn rebuild(&mut self) {
        self.inner.rebuild();
    }

    /// The classes.
    pub fn classes(&self) -> Vec<ClassId> {
        let mut classes: Vec<ClassId> = self.inner.classes().map(|class| ClassId(class.id)).collect();
        classes.sort_unstable();
        classes
    }

    /// The classes with nodes of a kind.
    pub fn classes_with(&self, index: NodeIndex) -> Vec<ClassId> {
        let mut classes: Vec<ClassId> =
            self.inner.classes_for_op(&index).map(|ids| ids.map(ClassId).collect()).unwrap_or_default();
        classes.sort_unstable();
        classes
    }

    /// The nodes of a class.
    pub fn nodes(&self, class: ClassId) -> &[Node] {
        &self.inner[class.0].nodes
    }

    /// Forgets nodes of a class that others of it make superfluous.
    pub(super) fn forget(&mut self, class: ClassId, superfluous: &[Node]) {
        let class = &mut self.inner[class.0];
        if class.nodes.len() > superfluous.len() {
            class.nodes.retain(|node| !superfluous.contains(node));
        }
    }

    /// What is known of a class.
    pub fn data(&self, class: ClassId) -> &T::Data {
        &self.inner[class.0].data.known
    }

    /// Adds to what is known of a class.
    pub fn learn(&mut self, class: ClassId, known: T::Data) {
        let mut data = self.inner[class.0].data.clone();
        T::merge(&mut data.known, known);
        self.inner.analysis.contradiction |= T::is_contradictory(&data.known);
        self.inner.set_analysis_data(class.0, data);
    }

    /// The rational number that a class is.
    pub fn constant(&self, class: ClassId) -> Option<&Number> {
        T::constant(self.data(class))
    }

    /// The signs that the values of a class may have.
    pub fn signs(&self, class: ClassId) -> u8 {
        T::signs(self.data(class))
    }

    /// Whether a class is defined everywhere.
    pub fn is_total(&self, class: ClassId) -> bool {
        T::is_total(self.data(class))
    }

    /// The multiple of another class that a class is known to be.
    pub fn scale(&self, class: ClassId) -> Option<(&Number, ClassId)> {
        let (factor, of) = self.inner[class.0].data.scale.as_ref()?;
        Some((factor, self.find(*of)))
    }

    pub(super) fn set_scale(&mut self, class: ClassId, factor: Number, of: ClassId) {
        let data = &mut self.inner[class.0].data;
        if data.scale.is_none() {
            data.scale = Some((factor, of));
        }
    }

    /// Whether some term of a class has no unknown.
    pub fn is_ground(&self, class: ClassId) -> bool {
        self.inner[class.0].data.ground
    }

    /// The class that holds a node.
    pub fn lookup(&self, node: Node) -> Option<ClassId> {
        self.inner.lookup(node).map(|id| self.find(ClassId(id)))
    }

    /// The unknown that a class is.
    pub fn symbol(&self, class: ClassId) -> Option<crate::Symbol> {
        self.nodes(class).iter().find_map(|node| match node.kind {
            NodeKind::Plain(head) => T::symbol(self.head(head)),
            _ => None,
        })
    }

    /// A term of a class: with a journal, the very one that the id was given for.
    pub fn representative(&self, class: ClassId) -> T {
        self.representative_in(class, &mut HashMap::default())
    }

    /// Like [`EGraph::representative`], with terms kept from call to call.
    pub fn representative_in(&self, class: ClassId, done: &mut HashMap<ClassId, T, FxBuildHasher>) -> T {
        // Nodes are added after their children, so this ends.
        let mut stack = vec![class];
        while let Some(&id) = stack.last() {
            if done.contains_key(&id) {
                stack.pop();
                continue;
            }
            let node = &self.inner.nodes()[id.index()];
            let before = stack.len();
            stack.extend(node.children().filter(|c| !done.contains_key(c)));
            if stack.len() == before {
                let term = build(self.shape(node).map(|c: ClassId| done[&c].clone()));
                done.insert(id, term);
                stack.pop();
            }
        }
        done[&class].clone()
    }

    /// The operation of a node.
    pub fn shape(&self, node: &Node) -> ClassShape<T::Head> {
        match &node.kind {
            NodeKind::Plain(head) => Shape::Plain(self.head(*head).clone(), node.children().collect()),
            NodeKind::Sum(constant, _) => Shape::Sum(constant.clone(), node.entry_vec()),
            NodeKind::Product(coefficient, _) => Shape::Product(coefficient.clone(), node.entry_vec()),
        }
    }

    /// Whether what is known of some class cannot be true.
    pub fn is_contradictory(&self) -> bool {
        self.inner.analysis.contradiction
    }

    /// Number of nodes.
    pub fn node_count(&self) -> usize {
        self.inner.total_number_of_nodes()
    }

    /// Number of classes.
    pub fn class_count(&self) -> usize {
        self.inner.number_of_classes()
    }
}
