//! The order of a subnet's nests, and where in scratch memory their results live.

use super::fuse;
use super::graph::{Graph, Source};
use super::nest::{Nest, Slot};
use braid_ir::{DType, Term};
use std::collections::HashMap;

/// Alignment of every buffer in bytes.
pub const ALIGNMENT_BYTES: i64 = 64;

/// A temporary in scratch memory.
#[derive(Clone, Debug)]
pub struct Temp {
    /// Number of elements.
    pub numel: Term,
    /// Their type.
    pub dtype: DType,
    /// Where it starts in scratch memory, in bytes.
    pub offset: Term,
}

/// A subnet's nests in order.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The nests.
    pub nests: Vec<Nest>,
    /// Temporaries, by the number in [`Slot::Temp`].
    pub temps: Vec<Temp>,
    /// Bytes of scratch memory.
    pub scratch: Term,
}

impl Plan {
    /// Fuses a graph and lays its nests out.
    pub fn new(graph: &mut Graph) -> Plan {
        let stored = fuse::fuse(graph);
        let mut slots: HashMap<usize, Slot> = HashMap::new();
        for (r, result) in graph.results.iter().enumerate() {
            if let Source::Node(i) = result {
                slots.entry(*i).or_insert(Slot::Result(r));
            }
        }
        let mut plan = Plan { nests: vec![], temps: vec![], scratch: Term::int(0) };
        for (i, node) in stored.iter().enumerate() {
            let Some(node) = node else { continue };
            let whole = node.place.as_ref().map_or(&node.out, |place| &place.shape);
            let numel = whole.iter().fold(Term::int(1), |n, &d| n * d);
            let target = *slots.entry(i).or_insert_with(|| plan.temp(numel, node.dtype));
            if let Some(place) = &node.place {
                plan.nests.push(Nest::fill(place.fill, target, numel));
            }
            let slot_of = |source| match source {
                Source::Param(p) => Slot::Param(p),
                Source::Node(p) => slots[&p],
            };
            plan.nests.push(Nest::new(graph, node, slot_of, target));
        }
        plan.copy_results(graph, &slots);
        plan.forward_copies(graph);
        plan
    }

    /// A fresh temporary.
    pub fn temp(&mut self, numel: Term, dtype: DType) -> Slot {
        self.temps.push(Temp { numel, dtype, offset: Term::int(0) });
        Slot::Temp(self.temps.len() - 1)
    }

    /// Fills results that are parameters, or other results once more.
    fn copy_results(&mut self, graph: &Graph, slots: &HashMap<usize, Slot>) {
        for (r, result) in graph.results.iter().enumerate() {
            let from = match result {
                Source::Param(p) => Slot::Param(*p),
                Source::Node(i) if slots[i] == Slot::Result(r) => continue,
                Source::Node(i) => slots[i],
            };
            let numel = graph.shape(*result).iter().fold(Term::int(1), |n, &d| n * d);
            self.nests.push(Nest::copy(from, Slot::Result(r), numel, graph.dtype(*result)));
        }
    }

    /// Computes in a result's own memory what would only be copied there.
    fn forward_copies(&mut self, graph: &Graph) {
        while let Some((at, temp, result)) = self.nests.iter().enumerate().find_map(|(at, nest)| {
            let (true, Slot::Result(r), Some(&Slot::Temp(t))) =
                (nest.is_copy(), nest.target, nest.reads.first().map(|r| &r.slot))
            else {
                return None;
            };
            let numel = graph.shape(graph.results[r]).iter().fold(Term::int(1), |n, &d| n * d);
            (self.temps[t].numel == numel && self.temps[t].dtype == nest.dtype).then_some((at, t, r))
        }) {
            self.nests.remove(at);
            for nest in &mut self.nests {
                for slot in nest.reads.iter_mut().map(|r| &mut r.slot).chain([&mut nest.target]) {
                    if *slot == Slot::Temp(temp) {
                        *slot = Slot::Result(result);
                    }
                }
            }
        }
    }

    /// Places the temporaries in scratch memory; those that are never needed at the same time share it.
    pub fn place(&mut self) {
        self.place_by(|nest| nest, |_| true);
    }

    /// [`Plan::place`], where nests of one number run together, and of those that are used at all.
    pub fn place_by(&mut self, number: impl Fn(usize) -> usize, used: impl Fn(Slot) -> bool) {
        let mut live: Vec<Option<(usize, usize)>> = vec![None; self.temps.len()];
        for (at, nest) in self.nests.iter().enumerate() {
            let at = number(at);
            for slot in nest.reads.iter().map(|r| r.slot).chain([nest.target]) {
                if let (Slot::Temp(t), true) = (slot, used(slot)) {
                    let range = live[t].get_or_insert((at, at));
                    *range = (range.0.min(at), range.1.max(at));
                }
            }
        }
        let mut order: Vec<usize> = (0..self.temps.len()).filter(|&t| live[t].is_some()).collect();
        order.sort_by_key(|&t| std::cmp::Reverse(bytes(&self.temps[t]).as_int().unwrap_or(0)));
        // Numbers first, largest first, each at the lowest place free over its life; symbolic sizes go behind.
        let mut placed: Vec<(i64, i64, (usize, usize))> = Vec::new();
        let mut symbolic = Vec::new();
        let mut end = 0;
        for t in order {
            let (Some(range), size) = (live[t], bytes(&self.temps[t])) else { continue };
            let Some(size) = size.as_int() else {
                symbolic.push(t);
                continue;
            };
            let mut busy: Vec<(i64, i64)> = placed
                .iter()
                .filter(|(_, _, other)| other.0 <= range.1 && range.0 <= other.1)
                .map(|&(from, to, _)| (from, to))
                .collect();
            busy.sort_unstable();
            let mut at = 0;
            for (from, to) in busy {
                if at + size <= from {
                    break;
                }
                at = at.max(to);
            }
            placed.push((at, at + size, range));
            end = end.max(at + size);
            self.temps[t].offset = Term::int(at);
        }
        self.scratch = Term::int(end);
        symbolic.sort_by_key(|&t| live[t]);
        self.place_open(symbolic.iter().filter_map(|&t| Some((t, live[t]?))));
    }

    /// Places temporaries of symbolic sizes, given in the order of their first use with their lives, behind the others: each
    /// where another one of its size has been that is needed no more, else where one of some other size has been.
    fn place_open(&mut self, temps: impl Iterator<Item = (usize, (usize, usize))>) {
        let mut rooms: Vec<Room> = Vec::new();
        for (t, life) in temps {
            let size = bytes(&self.temps[t]);
            let free = |room: &Room| room.busy_until < life.0;
            let off = |room: &Room| (fuse::size(&room.sizes[..1]) / fuse::size(&[size])).ln().abs();
            let same = rooms.iter().position(|room| free(room) && room.sizes.contains(&size));
            let other = || {
                let may_grow = |room: &Room| free(room) && room.sizes.len() < ROOM_SIZES_MAX;
                let candidates = (0..rooms.len()).filter(|&at| may_grow(&rooms[at]));
                candidates.min_by(|&a, &b| off(&rooms[a]).total_cmp(&off(&rooms[b])))
            };
            let at = same.or_else(other).unwrap_or(rooms.len());
            if at == rooms.len() {
                rooms.push(Room { sizes: vec![], busy_until: 0, temps: vec![] });
            }
            let room = &mut rooms[at];
            room.busy_until = life.1;
            room.temps.push(t);
            if !room.sizes.contains(&size) {
                room.sizes.push(size);
            }
        }
        for room in rooms {
            for t in room.temps {
                self.temps[t].offset = self.scratch;
            }
            let size = room.sizes.into_iter().reduce(|a, b| a.max(b)).unwrap_or(Term::int(0));
            self.scratch = self.scratch + size;
        }
    }
}

/// A piece of memory holds temporaries of at most this many different sizes: the largest of them is found at each call.
const ROOM_SIZES_MAX: usize = 4;

/// A piece of memory that temporaries have one after the other.
struct Room {
    /// Their sizes in bytes, each once.
    sizes: Vec<Term>,
    /// Number of the last nest that needs the present one.
    busy_until: usize,
    /// All of them.
    temps: Vec<usize>,
}

/// Size of a temporary in bytes, rounded up to the alignment.
fn bytes(temp: &Temp) -> Term {
    let bytes = temp.numel * Term::from(temp.dtype.size());
    (bytes + Term::int(ALIGNMENT_BYTES - 1)).floor_div(Term::int(ALIGNMENT_BYTES))
        * Term::int(ALIGNMENT_BYTES)
}
