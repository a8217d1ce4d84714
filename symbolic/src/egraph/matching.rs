//! Matching of patterns in an e-graph, modulo associativity and commutativity.
//!
//! A pattern of terms of a sum matches any part of a sum, by a common coefficient: `sin(?a)^2 + cos(?a)^2` is found in
//! `3*sin(x)^2 + y + 2*cos(x)^2`, twice, with `sin(x)^2 + y` left over. What is left over is kept in a [`Frame`]. Once the
//! first term has bound the slots, the second is looked up, so a pattern of two terms costs about as much as the sum is wide.

use super::engine::{ClassId, EGraph, Node, NodeIndex, NodeKind};
use super::language::Language;
use super::normal::{add_collected, add_scaled};
use super::pattern::{Compiled, Form, slot_holds};
use crate::number::Number;
use crate::rewrite::{Bindings, Predicate, SlotId, SlotSpec};
use hashbrown::HashSet;
use rustc_hash::FxBuildHasher;

/// What surrounds a match within its sum or product.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame {
    /// Nothing: the whole class was matched.
    Whole,
    /// `number + scale·match + Σ entries`.
    Sum(Number, Number, Vec<(ClassId, Number)>),
    /// `number · match · Π entries`.
    Product(Number, Vec<(ClassId, Number)>),
}

/// A match of a pattern.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub class: ClassId,
    pub bindings: Bindings<ClassId>,
    pub frame: Frame,
}

/// Sums and products with more entries than this are not split between two slots.
const SPLIT_ENTRIES_MAX: usize = 10;

impl Frame {
    /// The class of the frame around a class.
    pub(super) fn around<T: Language>(&self, graph: &mut EGraph<T>, class: ClassId) -> ClassId {
        match self {
            Frame::Whole => class,
            Frame::Sum(number, scale, entries) => {
                if number.is_zero() && entries.is_empty() {
                    return add_scaled(graph, scale.clone(), class);
                }
                let mut entries = entries.clone();
                entries.push((class, scale.clone()));
                add_collected(graph, Node::sum(number.clone(), entries))
            }
            Frame::Product(number, entries) => {
                let mut entries = entries.clone();
                entries.push((class, Number::ONE));
                add_collected(graph, Node::product(number.clone(), entries))
            }
        }
    }
}

/// Entries chosen for the elements of a pattern: which, and how much of it.
type Used = smallvec::SmallVec<[(usize, Number); 4]>;

/// An element that also looks at the exponent or the coefficient of an entry.
enum Special {
    /// A power: itself, its base, its exponent.
    Power(u32, u32, u32),
    /// A slot for the coefficient, what it is multiplied with, and the other factors.
    Coefficient(SlotId, Number, Vec<(u32, Number)>),
}

/// Whether a slot takes nothing but numbers.
fn is_numeric(spec: &SlotSpec) -> bool {
    static NUMBER: std::sync::LazyLock<Option<Predicate>> =
        std::sync::LazyLock::new(|| Predicate::named("number"));
    spec.predicate.is_some() && spec.predicate == *NUMBER
}

/// A search for one pattern.
pub(super) struct Matcher<'a, T: Language> {
    pub graph: &'a mut EGraph<T>,
    pub pattern: &'a Compiled<T::Head>,
    pub slots: &'a [SlotSpec],
    /// The classes to look at; `None` for all.
    pub within: Option<&'a HashSet<ClassId, FxBuildHasher>>,
    /// The search ends when there are this many matches.
    pub limit: usize,
    pub found: Vec<Found>,
}

/// Where a ground part of a pattern is.
enum Place {
    At(ClassId),
    Nowhere,
    /// Some slot is not bound, or the normal form cannot be told without adding it.
    Unknown,
}

/// An element of a sum or product under search.
struct Search<'n> {
    is_sum: bool,
    /// The number of the pattern and that of the node.
    numbers: (&'n Number, &'n Number),
    elements: &'n [(u32, Number)],
    segment: Option<SlotId>,
    entries: &'n [(ClassId, Number)],
    /// Whether something may be left over.
    open: bool,
}

impl<T: Language> Matcher<'_, T> {
    /// Finds matches in all classes; whether the limit ended it.
    pub fn run(&mut self) -> bool {
        let root = self.pattern.root;
        let classes = match self.pattern.form(root) {
            Form::Slot(_) | Form::Number(_) => Vec::new(),
            Form::Plain(head, _) => match self.graph.head_id(head) {
                Some(id) => self.graph.classes_with(NodeIndex::Plain(id)),
                None => Vec::new(),
            },
            Form::Power(head, ..) => {
                let mut classes = self.graph.classes_with(NodeIndex::Product);
                if let Some(id) = self.graph.head_id(head) {
                    classes.extend(self.graph.classes_with(NodeIndex::Plain(id)));
                }
                classes.sort_unstable();
                classes.dedup();
                classes
            }
            Form::Sum(..) => self.graph.classes_with(NodeIndex::Sum),
            Form::Product(..) => self.graph.classes_with(NodeIndex::Product),
        };
        for class in classes {
            if self.within.is_some_and(|within| !within.contains(&class)) {
                continue;
            }
            self.root(class);
            if self.found.len() >= self.limit {
                self.found.truncate(self.limit);
                return true;
            }
        }
        false
    }

    fn root(&mut self, class: ClassId) {
        let pattern = self.pattern;
        let (is_sum, number, elements, segment) = match pattern.form(pattern.root) {
            Form::Sum(number, elements, segment) => (true, number, elements, *segment),
            Form::Product(number, elements, segment) => (false, number, elements, *segment),
            _ => {
                for bindings in self.matches(pattern.root, class, Bindings::new()) {
                    self.found.push(Found { class, bindings, frame: Frame::Whole });
                }
                return;
            }
        };
        for node in self.plausible(is_sum, number, elements, segment, class, true) {
            let of_node = match node.kind() {
                NodeKind::Sum(n, _) | NodeKind::Product(n, _) => n,
                NodeKind::Plain(_) => continue,
            };
            let entries = node.entry_vec();
            let search = Search {
                is_sum,
                numbers: (number, of_node),
                elements,
                segment,
                entries: &entries,
                open: true,
            };
            for (bindings, frame) in self.operands(&search, Bindings::new()) {
                self.found.push(Found { class, bindings, frame });
            }
            if self.found.len() >= self.limit {
                return;
            }
        }
    }

    /// The ways in which a part of the pattern matches a class.
    fn matches(&mut self, at: u32, class: ClassId, bindings: Bindings<ClassId>) -> Vec<Bindings<ClassId>> {
        let class = self.graph.find(class);
        let pattern = self.pattern;
        match pattern.form(at) {
            Form::Slot(slot) => self.bind(*slot, class, bindings).into_iter().collect(),
            Form::Number(n) => {
                if self.graph.constant(class) == Some(n) {
                    vec![bindings]
                } else {
                    Vec::new()
                }
            }
            Form::Plain(head, args) => {
                let Some(id) = self.graph.head_id(head) else {
                    return Vec::new();
                };
                let fits = |node: &&Node| *node.kind() == NodeKind::Plain(id) && node.len() == args.len();
                let nodes: Vec<Node> = self.graph.nodes(class).iter().filter(fits).cloned().collect();
                let mut all = Vec::new();
                for node in nodes {
                    all.extend(self.arguments(args, &node, bindings.clone()));
                }
                all
            }
            Form::Power(head, base, exponent) => {
                let id = self.graph.head_id(head);
                let mut all = Vec::new();
                for node in self.graph.nodes(class).to_vec() {
                    match node.kind() {
                        NodeKind::Plain(plain) if Some(*plain) == id => {
                            all.extend(self.arguments(&[*base, *exponent], &node, bindings.clone()));
                        }
                        NodeKind::Product(one, numbers) if one.is_one() && numbers.len() == 1 => {
                            let Some(number) = self.graph.add_number(&numbers[0]) else {
                                continue;
                            };
                            for with_base in self.matches(*base, node.child(0), bindings.clone()) {
                                all.extend(self.matches(*exponent, number, with_base));
                            }
                        }
                        _ => {}
                    }
                }
                all
            }
            Form::Sum(number, elements, segment) => {
                self.nested(true, number, elements, *segment, class, bindings)
            }
            Form::Product(number, elements, segment) => {
                self.nested(false, number, elements, *segment, class, bindings)
            }
        }
    }

    fn nested(
        &mut self,
        is_sum: bool,
        number: &Number,
        elements: &[(u32, Number)],
        segment: Option<SlotId>,
        class: ClassId,
        bindings: Bindings<ClassId>,
    ) -> Vec<Bindings<ClassId>> {
        let mut all = Vec::new();
        for node in self.plausible(is_sum, number, elements, segment, class, false) {
            let of_node = match node.kind() {
                NodeKind::Sum(n, _) | NodeKind::Product(n, _) => n,
                NodeKind::Plain(_) => continue,
            };
            let entries = node.entry_vec();
            let search = Search {
                is_sum,
                numbers: (number, of_node),
                elements,
                segment,
                entries: &entries,
                open: false,
            };
            all.extend(self.operands(&search, bindings.clone()).into_iter().map(|(b, _)| b));
        }
        // A factor by itself is a product where the other slots may be missing.
        let optional = |slot: SlotId| self.slots.get(slot as usize).is_some_and(|s| s.optional);
        let spare =
            elements.iter().any(|(at, _)| matches!(self.pattern.form(*at), Form::Slot(s) if optional(*s)));
        if all.is_empty() && !is_sum && (spare || segment.is_some()) {
            let entries = [(class, Number::ONE)];
            let numbers = (number, &Number::ONE);
            let search = Search { is_sum, numbers, elements, segment, entries: &entries, open: false };
            all.extend(self.operands(&search, bindings).into_iter().map(|(b, _)| b));
        }
        all
    }

    /// The sums or products of a class that may match, by what is cheap to see.
    fn plausible(
        &self,
        is_sum: bool,
        number: &Number,
        elements: &[(u32, Number)],
        segment: Option<SlotId>,
        class: ClassId,
        open: bool,
    ) -> Vec<Node> {
        let slot = |(at, n): &(u32, Number)| matches!(self.pattern.form(*at), Form::Slot(_)) && n.is_one();
        let slots = elements.iter().filter(|e| slot(e)).count();
        let least = elements.len() - slots;
        let exact = !open && slots == 0 && segment.is_none();
        let may = |node: &Node| {
            let of_node = match node.kind() {
                NodeKind::Sum(n, _) if is_sum => n,
                NodeKind::Product(n, _) if !is_sum => n,
                _ => return false,
            };
            let numbers =
                if is_sum { number.is_zero() || !of_node.is_zero() } else { !exact || number == of_node };
            let count = if exact { node.len() == least } else { node.len() >= least };
            // Bases are matched by their exponents, but for those whose exponent is part of the pattern.
            let exponents = is_sum
                || elements.iter().all(|(at, n)| {
                    slot(&(*at, n.clone()))
                        || matches!(self.pattern.form(*at), Form::Power(..))
                        || node.entries().any(|(_, m)| m == n || open && m.signum() == n.signum())
                });
            numbers && count && exponents
        };
        self.graph.nodes(class).iter().filter(|node| may(node)).cloned().collect()
    }

    fn arguments(
        &mut self,
        forms: &[u32],
        node: &Node,
        bindings: Bindings<ClassId>,
    ) -> Vec<Bindings<ClassId>> {
        let mut ways = vec![bindings];
        for (at, &form) in forms.iter().enumerate() {
            let child = node.child(at);
            ways = ways.into_iter().flat_map(|b| self.matches(form, child, b)).collect();
        }
        ways
    }

    fn bind(
        &self,
        slot: SlotId,
        class: ClassId,
        mut bindings: Bindings<ClassId>,
    ) -> Option<Bindings<ClassId>> {
        match bindings.get(slot) {
            Some(&bound) => (self.graph.find(bound) == self.graph.find(class)).then_some(bindings),
            None => {
                let spec = self.slots.get(slot as usize)?;
                if !slot_holds(self.graph, spec, class) {
                    return None;
                }
                bindings.bind(slot, class);
                Some(bindings)
            }
        }
    }

    /// The class of a part of the pattern whose slots are bound, without adding anything.
    fn place(&self, at: u32, bindings: &Bindings<ClassId>) -> Place {
        let graph = &*self.graph;
        let node = match self.pattern.form(at) {
            Form::Slot(slot) => {
                return bindings.get(*slot).map_or(Place::Unknown, |&c| Place::At(graph.find(c)));
            }
            Form::Number(_) | Form::Power(..) => return Place::Unknown,
            Form::Plain(head, args) => {
                let mut classes = Vec::with_capacity(args.len());
                for &arg in args {
                    match self.place(arg, bindings) {
                        Place::At(class) => classes.push(class),
                        other => return other,
                    }
                }
                match graph.head_id(head) {
                    Some(id) => Node::plain(id, classes),
                    None => return Place::Nowhere,
                }
            }
            Form::Sum(number, elements, None) | Form::Product(number, elements, None) => {
                let mut entries = Vec::with_capacity(elements.len());
                for (element, n) in elements {
                    match self.place(*element, bindings) {
                        Place::At(class)
                            if graph.constant(class).is_none() && graph.scale(class).is_none() =>
                        {
                            entries.push((class, n.clone()));
                        }
                        Place::At(_) => return Place::Unknown,
                        other => return other,
                    }
                }
                if matches!(self.pattern.form(at), Form::Sum(..)) {
                    Node::sum(number.clone(), entries)
                } else {
                    Node::product(number.clone(), entries)
                }
            }
            Form::Sum(..) | Form::Product(..) => return Place::Unknown,
        };
        graph.lookup(node).map_or(Place::Nowhere, Place::At)
    }

    /// The ways in which the elements of a pattern match entries of a sum or product, and what is left.
    fn operands(&mut self, search: &Search, bindings: Bindings<ClassId>) -> Vec<(Bindings<ClassId>, Frame)> {
        let pattern = self.pattern;
        // Slots that take what is left come last.
        let takes_rest = |(at, n): &(u32, Number), b: &Bindings<ClassId>| matches!(pattern.form(*at), Form::Slot(slot) if n.is_one() && b.get(*slot).is_none());
        let mut elements: Vec<&(u32, Number)> = search.elements.iter().collect();
        elements.sort_by_key(|e| match pattern.form(e.0) {
            Form::Slot(_) => 2,
            Form::Sum(_, list, _) | Form::Product(_, list, _) => {
                list.iter().all(|(at, _)| matches!(pattern.form(*at), Form::Slot(_))) as u8
            }
            _ => 0,
        });
        let mut ways: Vec<(Bindings<ClassId>, Used, Option<Number>)> = vec![(bindings, Used::new(), None)];
        let mut rest_slots: Vec<SlotId> = Vec::new();
        for element in elements {
            let (at, number) = element;
            let Some((first, ..)) = ways.first() else {
                return Vec::new();
            };
            if let Form::Slot(slot) = pattern.form(*at)
                && takes_rest(element, first)
            {
                rest_slots.push(*slot);
                continue;
            }
            let mut next = Vec::new();
            let special = self.special(search.is_sum, *at);
            for (bindings, used, scale) in ways {
                if let Some(special) = &special {
                    for entry in 0..search.entries.len() {
                        let taken = used.iter().any(|(i, _)| *i == entry);
                        if taken || scale.as_ref().is_some_and(|s| !s.is_one()) {
                            continue;
                        }
                        let (class, n) = &search.entries[entry];
                        for bindings in self.matches_special(special, *class, n, &bindings) {
                            let mut used = used.clone();
                            used.push((entry, n.clone()));
                            next.push((bindings, used, Some(Number::ONE)));
                        }
                    }
                    continue;
                }
                let range = match self.place(*at, &bindings) {
                    Place::At(class) => {
                        let start = search.entries.partition_point(|e| e.0 < class);
                        let same = search.entries[start..].iter().take_while(|e| e.0 == class).count();
                        start..start + same
                    }
                    Place::Nowhere => continue,
                    Place::Unknown => 0..search.entries.len(),
                };
                for entry in range {
                    if used.iter().any(|(i, _)| *i == entry) {
                        continue;
                    }
                    let (class, n) = &search.entries[entry];
                    let Some((amount, scale)) = self.fits(search, n, number, scale.as_ref()) else {
                        continue;
                    };
                    for bindings in self.matches(*at, *class, bindings.clone()) {
                        let mut used = used.clone();
                        used.push((entry, amount.clone()));
                        next.push((bindings, used, scale.clone()));
                    }
                    if next.len() > self.limit {
                        break;
                    }
                }
            }
            ways = next;
        }
        let mut all = Vec::new();
        for (bindings, used, scale) in ways {
            self.rest(search, &rest_slots, bindings, &used, scale, &mut all);
        }
        all
    }

    /// What an element matches of an entry besides its class, if it does.
    fn special(&self, is_sum: bool, at: u32) -> Option<Special> {
        match self.pattern.form(at) {
            Form::Power(_, base, exponent) if !is_sum => Some(Special::Power(at, *base, *exponent)),
            Form::Product(coefficient, factors, None) if is_sum => {
                let numeric = |(at, n): &(u32, Number)| match self.pattern.form(*at) {
                    Form::Slot(slot) if n.is_one() => {
                        is_numeric(&self.slots[*slot as usize]).then_some(*slot)
                    }
                    _ => None,
                };
                let at = factors.iter().position(|f| numeric(f).is_some())?;
                let slot = numeric(&factors[at])?;
                let mut rest = factors.clone();
                rest.remove(at);
                Some(Special::Coefficient(slot, coefficient.clone(), rest))
            }
            _ => None,
        }
    }

    /// The ways in which such an element matches an entry.
    fn matches_special(
        &mut self,
        special: &Special,
        class: ClassId,
        n: &Number,
        bindings: &Bindings<ClassId>,
    ) -> Vec<Bindings<ClassId>> {
        match special {
            Special::Power(at, base, exponent) => {
                if n.is_one() {
                    return self.matches(*at, class, bindings.clone());
                }
                let ways = self.matches(*base, class, bindings.clone());
                if ways.is_empty() {
                    return ways;
                }
                let Some(number) = self.graph.add_number(n) else {
                    return Vec::new();
                };
                ways.into_iter().flat_map(|b| self.matches(*exponent, number, b)).collect()
            }
            Special::Coefficient(slot, coefficient, rest) => {
                let ways = match &rest[..] {
                    [(form, n)] if n.is_one() => self.matches(*form, class, bindings.clone()),
                    _ => self.nested(false, &Number::ONE, rest, None, class, bindings.clone()),
                };
                if ways.is_empty() {
                    return ways;
                }
                let Some(number) = n.checked_div(coefficient).and_then(|n| self.graph.add_number(&n)) else {
                    return Vec::new();
                };
                ways.into_iter().filter_map(|bindings| self.bind(*slot, number, bindings)).collect()
            }
        }
    }

    /// How much of an entry an element takes, and the common coefficient then.
    fn fits(
        &self,
        search: &Search,
        of_entry: &Number,
        of_element: &Number,
        scale: Option<&Number>,
    ) -> Option<(Number, Option<Number>)> {
        if !search.is_sum {
            let whole = of_entry.is_integer() && of_element.is_integer();
            let more = search.open
                && whole
                && of_entry.signum() == of_element.signum()
                && of_entry.abs() > of_element.abs();
            return (of_entry == of_element || more).then(|| (of_element.clone(), None));
        }
        let ratio = of_entry.checked_div(of_element)?;
        if ratio.is_zero() {
            return None;
        }
        if !search.open {
            return ratio.is_one().then(|| (of_element.clone(), Some(Number::ONE)));
        }
        let common = match scale {
            None => ratio,
            Some(scale) if scale.signum() != ratio.signum() => return None,
            Some(scale) if scale.abs() <= ratio.abs() => scale.clone(),
            Some(_) => ratio,
        };
        Some((of_element.clone(), Some(common)))
    }

    /// Gives what is left over to slots that take it, or to the frame.
    fn rest(
        &mut self,
        search: &Search,
        rest_slots: &[SlotId],
        bindings: Bindings<ClassId>,
        used: &[(usize, Number)],
        scale: Option<Number>,
        all: &mut Vec<(Bindings<ClassId>, Frame)>,
    ) {
        let scale = scale.unwrap_or(Number::ONE);
        let mut left: Vec<(ClassId, Number)> = Vec::with_capacity(search.entries.len());
        for (at, (class, n)) in search.entries.iter().enumerate() {
            let taken = used.iter().find(|(i, _)| *i == at).map(|(_, amount)| amount);
            let rest = match (taken, search.is_sum) {
                (None, _) => n.clone(),
                (Some(amount), true) => n - &(&scale * amount),
                (Some(amount), false) => n - amount,
            };
            if taken.is_none() || !rest.is_zero() {
                left.push((*class, rest));
            }
        }
        let (of_pattern, of_node) = search.numbers;
        let identity = if search.is_sum { Number::ZERO } else { Number::ONE };
        let mut number = if search.is_sum {
            let part = &scale * of_pattern;
            // A constant of the pattern is part of the constant of the sum, not of nothing.
            let within = part.is_zero()
                || part.signum() == of_node.signum()
                    && (part.abs() < of_node.abs() && search.open || part == *of_node);
            if !within {
                return;
            }
            of_node - &part
        } else {
            match of_node.checked_div(of_pattern) {
                // Inside other operations, `2*?a` is not found in everything as twice a half.
                Some(number) if search.open || of_pattern.is_one() || number.is_integer() => number,
                _ => return,
            }
        };
        let mut bindings = bindings;
        let mut takers: Vec<SlotId> = Vec::new();
        for &slot in rest_slots {
            if bindings.get(slot).is_some() {
                // Normal forms list no slot twice.
                return;
            }
            let spec = &self.slots[slot as usize];
            if is_numeric(spec) && !search.is_sum {
                if number.is_one() && !spec.optional {
                    return;
                }
                let Some(class) = self.graph.add_number(&number) else {
                    return;
                };
                match self.bind(slot, class, bindings) {
                    Some(bound) => bindings = bound,
                    None => return,
                }
                number = Number::ONE;
                continue;
            }
            takers.push(slot);
        }
        if search.is_sum && !scale.is_one() && (!takers.is_empty() || search.segment.is_some()) {
            // Inside the match everything is divided by the common coefficient.
            let Some(inverse) = scale.recip() else {
                return;
            };
            left.iter_mut().for_each(|e| e.1 = &e.1 * &inverse);
            number = &number * &inverse;
        }
        let whole = |scale: Number| {
            if search.is_sum {
                Frame::Sum(Number::ZERO, scale, Vec::new())
            } else {
                Frame::Product(Number::ONE, Vec::new())
            }
        };
        if let Some(segment) = search.segment {
            let mut ways = vec![(bindings, left)];
            for slot in takers {
                ways = self.each_entry(search.is_sum, slot, ways);
            }
            for (mut bindings, left) in ways {
                let mut classes: Vec<ClassId> =
                    left.iter().map(|(class, n)| self.entry_class(search.is_sum, *class, n)).collect();
                if number != identity {
                    classes.extend(self.graph.add_number(&number));
                }
                bindings.bind_segment(segment, classes);
                all.push((bindings, whole(scale.clone())));
            }
            return;
        }
        match takers[..] {
            [] => {
                if !search.open && (!left.is_empty() || number != identity) {
                    return;
                }
                let frame = if search.is_sum {
                    Frame::Sum(number, scale, left)
                } else {
                    Frame::Product(number, left)
                };
                all.push((bindings, frame));
            }
            _ => {
                let (last, singles) = match takers.split_last() {
                    Some(split) => split,
                    None => return,
                };
                if !singles.is_empty() && left.len() > SPLIT_ENTRIES_MAX {
                    return;
                }
                if !singles.is_empty() && number != identity {
                    // The number is one of the entries.
                    if let Some(class) = self.graph.add_number(&number) {
                        left.push((class, Number::ONE));
                        number = identity.clone();
                    }
                }
                let mut ways = vec![(bindings, left)];
                for &slot in singles {
                    ways = self.each_entry(search.is_sum, slot, ways);
                }
                for (bindings, left) in ways {
                    let nothing = left.is_empty() && number == identity;
                    if nothing && !self.slots[*last as usize].optional {
                        continue;
                    }
                    let node = if search.is_sum {
                        Node::sum(number.clone(), left)
                    } else {
                        Node::product(number.clone(), left)
                    };
                    let class = add_collected(self.graph, node);
                    if let Some(bindings) = self.bind(*last, class, bindings) {
                        all.push((bindings, whole(scale.clone())));
                    }
                }
            }
        }
    }

    /// Binds a slot to each entry in turn.
    #[allow(clippy::type_complexity)]
    fn each_entry(
        &mut self,
        is_sum: bool,
        slot: SlotId,
        ways: Vec<(Bindings<ClassId>, Vec<(ClassId, Number)>)>,
    ) -> Vec<(Bindings<ClassId>, Vec<(ClassId, Number)>)> {
        let mut next = Vec::new();
        for (bindings, left) in ways {
            for at in 0..left.len() {
                let class = self.entry_class(is_sum, left[at].0, &left[at].1);
                if let Some(bindings) = self.bind(slot, class, bindings.clone()) {
                    let mut left = left.clone();
                    left.remove(at);
                    next.push((bindings, left));
                }
            }
        }
        next
    }

    /// An entry as a class of its own.
    fn entry_class(&mut self, is_sum: bool, class: ClassId, n: &Number) -> ClassId {
        if is_sum {
            add_scaled(self.graph, n.clone(), class)
        } else if n.is_one() {
            class
        } else {
            self.graph.add(Node::product(Number::ONE, vec![(class, n.clone())]))
        }
    }
}
