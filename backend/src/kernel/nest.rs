//! Loop nests over buffers: what schedules and the emitter see.
//!
//! Reads and the store are addresses, in elements, as terms over the loop indices. [`Nest::normalised`] brings a nest
//! into the form in which structure shows: no axis of extent 1, no quotient or remainder of an axis that splitting the axis
//! resolves, and neighbouring axes that every address crosses in one stride merged into one.

use super::graph::{Graph, NestNode, REDUCED, Source, loads};
use super::index::{Facts, address, affine, mentions};
use braid_ir::ops::Reduction;
use braid_ir::term::Node;
use braid_ir::{DType, Scalar, ScalarOp, Term};

/// A place in memory that a nest reads or writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Slot {
    /// A parameter of the subnet.
    Param(usize),
    /// A result of the subnet.
    Result(usize),
    /// A temporary in scratch memory.
    Temp(usize),
    /// On a device: an array in workgroup memory.
    Kept(usize),
}

/// A read of a loop nest.
#[derive(Clone, Debug, PartialEq)]
pub struct Access {
    /// Whose memory.
    pub slot: Slot,
    /// Type of the element.
    pub dtype: DType,
    /// Its address, counted in elements.
    pub address: Term,
    /// Where false, nothing is read.
    pub guard: Option<Term>,
    /// The element where the guard is false.
    pub otherwise: Scalar,
}

/// A loop nest over buffers.
#[derive(Clone, Debug)]
pub struct Nest {
    /// Extents of the output axes.
    pub out: Vec<Term>,
    /// Extents of the reduction axes; they are numbered after the output axes.
    pub reduce: Vec<Term>,
    /// The reads.
    pub reads: Vec<Access>,
    /// The value at one point.
    pub body: Term,
    /// How points along the reduction axes combine.
    pub reduction: Option<Reduction>,
    /// What is stored, where it is not the body or the reduced value itself.
    pub finish: Option<Term>,
    /// Where the result goes.
    pub target: Slot,
    /// The address it goes to.
    pub store: Term,
    /// The type stored.
    pub dtype: DType,
}

impl Nest {
    /// The nest of a node whose operands and result lie in these slots.
    pub fn new(graph: &Graph, node: &NestNode, slot_of: impl Fn(Source) -> Slot, target: Slot) -> Nest {
        let axes: Vec<Term> = (0..node.rank()).map(Term::axis).collect();
        let store = match &node.place {
            Some(place) => {
                let index: Vec<Term> =
                    axes.iter().zip(&place.offset).map(|(&axis, &offset)| axis + offset).collect();
                address(&index, &place.shape)
            }
            None => address(&axes, &node.out),
        };
        let reads = node
            .reads
            .iter()
            .map(|read| Access {
                slot: slot_of(read.source),
                dtype: read.dtype,
                address: address(&read.index, graph.shape(read.source)),
                guard: read.guard,
                otherwise: read.otherwise,
            })
            .collect();
        Nest {
            store,
            out: node.out.clone(),
            reduce: node.reduce.clone(),
            reads,
            body: node.body,
            reduction: node.reduction,
            finish: node.finish,
            target,
            dtype: node.dtype,
        }
        .normalised(&graph.facts)
    }

    /// A nest that fills `numel` elements with one value.
    pub fn fill(value: Scalar, to: Slot, numel: Term) -> Nest {
        let body = Term::constant(value);
        Nest { reads: vec![], body, ..Nest::copy(to, to, numel, value.dtype()) }
    }

    /// A nest that copies `numel` elements.
    pub fn copy(from: Slot, to: Slot, numel: Term, dtype: DType) -> Nest {
        let address = Term::axis(0);
        Nest {
            out: vec![numel],
            reduce: vec![],
            reads: vec![Access {
                slot: from,
                dtype,
                address,
                guard: None,
                otherwise: Scalar::from_int(dtype, 0),
            }],
            body: Term::load(0, dtype),
            reduction: None,
            finish: None,
            target: to,
            store: address,
            dtype,
        }
    }

    /// Number of output axes.
    pub fn rank(&self) -> usize {
        self.out.len()
    }

    /// Number of axes.
    pub fn axes(&self) -> usize {
        self.out.len() + self.reduce.len()
    }

    /// The extent of an axis.
    pub fn extent(&self, axis: usize) -> Term {
        if axis < self.out.len() { self.out[axis] } else { self.reduce[axis - self.out.len()] }
    }

    /// Every term of the nest.
    pub fn terms(&self) -> impl Iterator<Item = Term> + '_ {
        let reads = self.reads.iter().flat_map(|r| r.guard.into_iter().chain([r.address]));
        let ends = [self.body, self.store].into_iter().chain(self.finish);
        self.out.iter().chain(&self.reduce).copied().chain(reads).chain(ends)
    }

    /// Whether the nest copies one buffer to another, element by element and in place.
    pub fn is_copy(&self) -> bool {
        self.reduction.is_none()
            && self.finish.is_none()
            && matches!(self.body.node(), Node::Load(0, _))
            && self.reads[0].guard.is_none()
            && self.reads[0].address == self.store
    }

    fn map_terms(&mut self, mut f: impl FnMut(Term) -> Term) {
        for read in &mut self.reads {
            read.address = f(read.address);
            read.guard = read.guard.map(&mut f).filter(|g| g.as_bool() != Some(true));
        }
        self.body = f(self.body);
        self.finish = self.finish.map(&mut f);
        self.store = f(self.store);
    }

    /// The nest in the form in which structure shows.
    fn normalised(mut self, facts: &Facts) -> Nest {
        self.drop_unit_axes();
        self.simplify(facts);
        while self.split_axis() {
            self.simplify(facts);
        }
        self.drop_unit_axes();
        while self.merge_axes() {}
        self
    }

    fn simplify(&mut self, facts: &Facts) {
        let facts = facts.with_axes(self.out.iter().chain(&self.reduce).copied());
        self.map_terms(|t| facts.simplify(t));
    }

    /// Renames axes: `map[old]` is the new term of each old axis.
    fn rename(&mut self, map: &[Term]) {
        self.map_terms(|t| {
            t.substitute(&mut |node| match node {
                Node::Axis(axis) => Some(map[*axis as usize]),
                _ => None,
            })
        });
    }

    fn drop_unit_axes(&mut self) {
        let is_unit = |extent: &Term| extent.as_int() == Some(1);
        let mut next = 0;
        let map: Vec<Term> = (self.out.iter().chain(&self.reduce))
            .map(|extent| {
                if is_unit(extent) {
                    return Term::int(0);
                }
                next += 1;
                Term::axis(next - 1)
            })
            .collect();
        // Something must be left to reduce over, or the reduction would be lost.
        let keeps_reduction = self.reduce.is_empty() || !self.reduce.iter().all(is_unit);
        if !keeps_reduction {
            self.out.retain(|e| !is_unit(e));
            let kept = self.out.len();
            let map: Vec<Term> = map
                .iter()
                .enumerate()
                .map(|(i, &t)| if i + self.reduce.len() == map.len() { Term::axis(kept) } else { t })
                .collect();
            self.rename(&map);
            self.reduce = vec![Term::int(1)];
            return;
        }
        self.rename(&map);
        self.out.retain(|e| !is_unit(e));
        self.reduce.retain(|e| !is_unit(e));
    }

    /// Splits one axis whose quotient and remainder by a divisor of its extent occur.
    fn split_axis(&mut self) -> bool {
        let index_reduction = matches!(self.reduction, Some(Reduction::ArgMax | Reduction::ArgMin));
        let mut found = None;
        for term in self.reads.iter().flat_map(|r| r.guard.into_iter().chain([r.address])) {
            for t in term.postorder() {
                if let Node::Apply(ScalarOp::FloorDiv | ScalarOp::Mod, args) = t.node()
                    && let (Node::Axis(axis), Some(d)) = (args[0].node(), args[1].as_int())
                    && !(index_reduction && axis as usize >= self.rank())
                    && let Some(extent) = self.extent(axis as usize).as_int()
                    && d > 1
                    && d < extent
                    && extent % d == 0
                {
                    found = Some((axis as usize, d, extent / d));
                }
            }
        }
        let Some((axis, inner, outer)) = found else { return false };
        self.split(axis, Term::int(outer), Term::int(inner));
        true
    }

    /// Makes two axes of one whose extent is `outer * inner`.
    pub fn split(&mut self, axis: usize, outer: Term, inner: Term) {
        let map: Vec<Term> = (0..self.axes())
            .map(|a| match a.cmp(&axis) {
                std::cmp::Ordering::Less => Term::axis(a),
                std::cmp::Ordering::Equal => Term::axis(a) * inner + Term::axis(a + 1),
                std::cmp::Ordering::Greater => Term::axis(a + 1),
            })
            .collect();
        self.rename(&map);
        let rank = self.out.len();
        let (list, at) = if axis < rank { (&mut self.out, axis) } else { (&mut self.reduce, axis - rank) };
        list[at] = outer;
        list.insert(at + 1, inner);
    }

    /// Merges one pair of neighbouring axes, if every address crosses them in one stride.
    fn merge_axes(&mut self) -> bool {
        let rank = self.rank();
        let index_reduction = matches!(self.reduction, Some(Reduction::ArgMax | Reduction::ArgMin));
        for axis in 0..self.axes().saturating_sub(1) {
            if axis + 1 == rank || axis >= rank && index_reduction {
                continue;
            }
            if self.merges(axis) {
                let inner = self.extent(axis + 1);
                let merged = self.extent(axis) * inner;
                // The inner index takes the place of both: addresses are linear in it with the inner stride.
                let map: Vec<Term> = (0..self.axes())
                    .map(|a| match a {
                        a if a < axis => Term::axis(a),
                        a if a == axis => Term::int(0),
                        a => Term::axis(a - 1),
                    })
                    .collect();
                self.rename(&map);
                let (list, at) =
                    if axis < rank { (&mut self.out, axis) } else { (&mut self.reduce, axis - rank) };
                list[at] = merged;
                list.remove(at + 1);
                return true;
            }
        }
        false
    }

    fn merges(&self, axis: usize) -> bool {
        let inner = self.extent(axis + 1);
        let plain =
            [self.body].into_iter().chain(self.finish).chain(self.reads.iter().filter_map(|r| r.guard));
        if plain.into_iter().any(|t| mentions(t, axis) || mentions(t, axis + 1)) {
            return false;
        }
        self.reads.iter().map(|r| r.address).chain([self.store]).all(|address| {
            if !mentions(address, axis) && !mentions(address, axis + 1) {
                return true;
            }
            affine(address, self.axes()).is_some_and(|(c, _)| c[axis] == c[axis + 1] * inner)
        })
    }

    /// Whether so many neighbours along an axis, from a multiple of as many on, are neighbours in memory, from a multiple of as
    /// many on.
    pub fn runs(&self, address: Term, axis: usize, width: i64) -> bool {
        let multiple = |term: Term| width == 1 || term.modulo(Term::int(width)).as_int() == Some(0);
        affine(address, self.axes()).filter(|_| !loads(address)).is_some_and(|(coefficients, base)| {
            coefficients[axis].as_int() == Some(1)
                && multiple(self.extent(axis))
                && multiple(base)
                && coefficients.iter().enumerate().all(|(other, &c)| other == axis || multiple(c))
        })
    }

    /// Whether an address is the same all along an axis.
    pub fn stays(&self, address: Term, axis: usize) -> bool {
        !loads(address) && !mentions(address, axis)
    }

    /// The term of the value that is stored, as a term over [`REDUCED`] for a reduction.
    pub fn stored(&self) -> Term {
        match (self.reduction, self.finish) {
            (Some(_), Some(finish)) => finish,
            (Some(Reduction::ArgMax | Reduction::ArgMin), None) => Term::load(REDUCED, DType::I64),
            (Some(_), None) => Term::load(REDUCED, self.body.dtype()),
            (None, _) => self.body,
        }
    }
}
