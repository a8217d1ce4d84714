//! Kernels of rows held in registers: a thread has some places of its row, and keeps what it has loaded and computed of them.

use super::loops::Accumulator;
use super::rows::{SUBGROUP, Thread};
use super::*;
use crate::kernel::form::{Held, RESULTS, Step};
use braid_ir::ops::Reduction;

/// The axes of the form's terms: the row, and the place in it.
const ROW: usize = 0;
const PLACE: usize = 1;
/// Elements that a thread loads before it computes anything.
const AHEAD_MAX: usize = 32;

/// Neighbouring places of a thread; it has several such lots.
struct Lot {
    /// The first of them.
    first: Val,
    /// Whether the row has them; `None` if it certainly has.
    within: Option<Val>,
    /// Whether they are there; `None` if they certainly are. The row may be missing, too.
    there: Option<Val>,
    /// What has been computed of them.
    known: HashMap<Term, Val>,
}

/// What differs from place to place, and what cannot be known before something has been reduced: reads by number.
struct Traits {
    along: Vec<bool>,
    later: Vec<bool>,
}

impl Traits {
    fn new(nest: &Nest) -> Traits {
        let mut traits = Traits { along: vec![], later: vec![] };
        for read in &nest.reads {
            // Reads come after those that their addresses need.
            let terms = || read.guard.into_iter().chain([read.address]);
            let (along, later) = (terms().any(|t| traits.along(t)), terms().any(|t| traits.later(t)));
            traits.along.push(along);
            traits.later.push(later);
        }
        traits
    }

    fn along(&self, term: Term) -> bool {
        term.postorder().iter().any(|t| match t.node() {
            Node::Axis(axis) => axis as usize == PLACE,
            Node::Load(k, _) => self.along.get(k as usize) == Some(&true),
            _ => false,
        })
    }

    fn later(&self, term: Term) -> bool {
        let later = |k: usize| k >= RESULTS || self.later.get(k) == Some(&true);
        term.postorder().iter().any(|t| matches!(t.node(), Node::Load(k, _) if later(k as usize)))
    }
}

impl<'a> Emitter<'a> {
    /// What one thread does.
    pub(super) fn held(&mut self, held: &'a Held) {
        self.enter(&held.whole);
        for access in &held.staged {
            self.array(1, held.each(), memory(access.dtype), access.dtype.size());
        }
        // All rows of the workgroup read the same.
        let zero = self.int(0);
        self.row = Some(zero.clone());
        let (group, number) = self.numbers();
        if held.turns == 1 {
            return self.turn(held, &group, number);
        }
        self.stage(held, &number);
        let (one, turns) = (self.int(1), self.int(held.turns.into()));
        let first = self.same("arith.muli", &[&group, &turns]);
        self.for_loop(&zero, &turns, &one, &[], |e, turn, _| {
            let turn = e.same("arith.addi", &[&first, &turn]);
            e.turn(held, &turn, number);
            vec![]
        });
    }

    /// Brings what all rows read to workgroup memory.
    fn stage(&mut self, held: &'a Held, number: &Val) {
        if held.staged.is_empty() {
            return;
        }
        let width = i64::from(held.width);
        let (end, step) = (self.int(held.each() / width), self.int(held.threads.into()));
        self.for_loop(number, &end, &step, &[], |e, lot, _| {
            let width = e.int(width);
            let first = e.same("arith.muli", &[&lot, &width]);
            e.at_places(held, &first, |e| {
                for (array, access) in held.staged.iter().enumerate() {
                    let pointer = e.place_of(access.slot);
                    let value = e.load(access, &pointer, None);
                    let raw = e.storable(&value, access.dtype);
                    e.store_kept(array, &raw, &first, access.dtype, value.lanes);
                }
            });
            vec![]
        });
        self.line("gpu.barrier");
    }

    /// Runs `f` for a thread's places from one on.
    fn at_places<T>(&mut self, held: &Held, first: &Val, f: impl FnOnce(&mut Self) -> T) -> T {
        self.lanes = held.width as usize;
        self.aligned = true;
        self.index[PLACE] = Some(match held.width {
            1 => Index::Uniform(first.clone()),
            _ => Index::Lanes(first.clone()),
        });
        let result = f(self);
        self.index[PLACE] = None;
        self.aligned = false;
        self.lanes = 1;
        result
    }

    /// Runs `f` for a lot of the thread's places; what it computes is remembered with them.
    fn in_lot<T>(&mut self, held: &Held, lot: &mut Lot, f: impl FnOnce(&mut Self) -> T) -> T {
        self.known.push(std::mem::take(&mut lot.known));
        let outside = std::mem::replace(&mut self.inside, lot.there.clone());
        let result = self.at_places(held, &lot.first, f);
        self.inside = outside;
        lot.known = self.known.pop().expect("just pushed");
        result
    }

    /// The rows of the workgroup that are computed at a time, by the number of their turn.
    fn turn(&mut self, held: &'a Held, turn: &Val, number: Val) {
        let [lanes, at_once] = [held.lanes, held.threads / held.lanes].map(|n| self.int(n.into()));
        let own = self.same("arith.divui", &[&number, &lanes]);
        let lane = self.same("arith.remui", &[&number, &lanes]);
        let first = self.same("arith.muli", &[turn, &at_once]);
        let row = self.same("arith.addi", &[&first, &own]);
        let count = self.term(held.count());
        let there = self.compare("arith.cmpi slt", &row, &count);
        let certain = held.count().modulo(Term::int(held.rows().into())).as_int() == Some(0);
        self.index[ROW] = Some(Index::Uniform(row.clone()));
        self.inside = (!certain).then(|| there.clone());
        self.known.push(HashMap::new());
        let thread = Thread { number, lane, count: held.threads, row, there };
        let mut lots = self.lots(held, &thread, certain);
        let traits = Traits::new(&held.whole);
        self.load_ahead(held, &mut lots, &traits);
        if held.turns == 1 {
            self.stage(held, &thread.number);
        }
        let mut exchanged = held.turns > 1;
        for step in &held.steps {
            step.terms().for_each(|term| self.of_row(term, &traits));
            match step {
                Step::Reduce { reduction, body, result } => {
                    let total = self.reduce_lots(held, *reduction, *body, &mut lots, &thread, &mut exchanged);
                    self.remember(*result, total);
                }
                Step::Store { slot, dtype, address, value } => {
                    self.out = self.place_of(*slot);
                    if traits.along(*address) {
                        self.store_lots(held, (*value, *address, *dtype), &mut lots);
                        continue;
                    }
                    let value = self.term(*value);
                    let zero = self.int(0);
                    let leads = self.compare("arith.cmpi eq", &thread.lane, &zero);
                    let leads = self.same("arith.andi", &[&leads, &thread.there]);
                    self.if_then(&leads, |e| e.store(&value, *address, *dtype));
                }
            }
        }
        self.known.pop();
        self.inside = None;
        self.index[ROW] = None;
    }

    /// A thread's places.
    fn lots(&mut self, held: &Held, thread: &Thread, certain: bool) -> Vec<Lot> {
        let (width, lanes) = (i64::from(held.width), i64::from(held.lanes));
        let count = held.each() / width;
        let each = self.int(width);
        let own = self.same("arith.muli", &[&thread.lane, &each]);
        let lot = |round: i64| {
            let first = self.more(&own, round * lanes * width);
            let within = ((round + 1) * lanes > count).then(|| {
                let left = self.int(count - round * lanes);
                self.compare("arith.cmpi slt", &thread.lane, &left)
            });
            let there = match &within {
                None => (!certain).then(|| thread.there.clone()),
                Some(within) if certain => Some(within.clone()),
                Some(within) => Some(self.same("arith.andi", &[within, &thread.there])),
            };
            Lot { first, within, there, known: HashMap::new() }
        };
        (0..(count + lanes - 1) / lanes).map(lot).collect()
    }

    /// Loads what is needed along the row, all of it if that is not much, else what the first step needs: so it is on its way at the
    /// same time.
    fn load_ahead(&mut self, held: &Held, lots: &mut [Lot], traits: &Traits) {
        let ahead = |step: &Step| {
            let loads = step.terms().flat_map(Term::postorder);
            let wanted = |t: &Term| {
                matches!(t.node(), Node::Load(k, _) if held.whole.reads.get(k as usize)
                    .is_some_and(|read| !matches!(read.slot, Slot::Kept(_))))
            };
            loads.filter(|t| wanted(t) && traits.along(*t) && !traits.later(*t)).collect::<Vec<Term>>()
        };
        let mut wanted: Vec<Term> = held.steps.iter().flat_map(ahead).collect();
        let mut seen = std::collections::HashSet::new();
        wanted.retain(|load| seen.insert(*load));
        if wanted.len() * lots.len() * held.width as usize > AHEAD_MAX {
            wanted = held.steps.first().map(ahead).unwrap_or_default();
        }
        wanted.iter().for_each(|&load| self.of_row(load, traits));
        for load in wanted {
            for lot in lots.iter_mut() {
                self.in_lot(held, lot, |e| e.term(load));
            }
        }
    }

    /// Computes what a term needs that is the same all along the row, so that it is known to every place.
    fn of_row(&mut self, term: Term, traits: &Traits) {
        for t in term.postorder() {
            match t.node() {
                Node::Load(k, _) if traits.along(t) => {
                    if let Some(read) = self.nest.reads.get(k as usize) {
                        read.guard.into_iter().chain([read.address]).for_each(|t| self.of_row(t, traits));
                    }
                }
                Node::Load(..) | Node::Apply(..) if !traits.along(t) => {
                    self.term(t);
                }
                _ => {}
            }
        }
    }

    /// What the threads of a row reduce; all of them have it.
    fn reduce_lots(
        &mut self,
        held: &Held,
        reduction: Reduction,
        body: Term,
        lots: &mut [Lot],
        thread: &Thread,
        exchanged: &mut bool,
    ) -> Val {
        let (element, width) = (body.dtype(), held.width as usize);
        let mut values = self.initial(reduction, element, width);
        let accumulator = Accumulator { reduction, element, values: values.clone() };
        for lot in lots {
            let within = lot.within.clone();
            values = self.in_lot(held, lot, |e| {
                let value = e.term(body);
                let value = e.spread(&value, width);
                let next = e.take_in(&accumulator, &value, values.clone());
                let Some(within) = within else { return next };
                next.iter().zip(&values).map(|(next, before)| e.select(&within, next, before)).collect()
            });
        }
        let mut values = self.one_lane(reduction, values);
        let buffers = self.parameters == Some(Parameters::Buffers);
        if held.lanes > 1 {
            // What has been exchanged before has been read before it is written again.
            let exchanges = buffers || held.lanes > SUBGROUP;
            if exchanges && std::mem::replace(exchanged, true) {
                self.line("gpu.barrier");
            }
            values = self.across(reduction, values, held.lanes, thread);
        }
        if held.lanes > 1 && buffers {
            self.line("gpu.barrier");
            let parts = self.part_arrays(&values, thread.count);
            let first = self.same("arith.subi", &[&thread.number, &thread.lane]);
            values = values.iter().zip(parts).map(|(like, part)| self.take(like, part, &first)).collect();
        }
        match reduction {
            Reduction::ArgMax | Reduction::ArgMin => values[1].clone(),
            _ => self.cast(&values[0], element),
        }
    }

    /// What the lanes of vectors have reduced, as one.
    fn one_lane(&mut self, reduction: Reduction, values: Vec<Val>) -> Vec<Val> {
        let lanes = values[0].lanes;
        if lanes == 1 {
            return values;
        }
        let lane = |e: &mut Self, value: &Val, lane: usize| {
            let (element, ty) = (register(value.dtype), value.ty());
            e.define(value.dtype, 1, &format!("vector.extract {}[{lane}] : {element} from {ty}", value.name))
        };
        let mut parts: Vec<Vec<Val>> =
            (0..lanes).map(|i| values.iter().map(|value| lane(self, value, i)).collect()).collect();
        while parts.len() > 1 {
            let half = parts.split_off(parts.len() / 2);
            parts = parts.into_iter().zip(half).map(|(a, b)| self.merge(reduction, a, b)).collect();
        }
        parts.remove(0)
    }

    /// Stores a value at each place. All are computed first: a store keeps loads behind it waiting.
    fn store_lots(&mut self, held: &Held, (value, address, dtype): (Term, Term, DType), lots: &mut [Lot]) {
        for lot in lots.iter_mut() {
            self.in_lot(held, lot, |e| e.term(value));
        }
        for lot in lots {
            self.in_lot(held, lot, |e| {
                let value = e.term(value);
                match e.inside.clone() {
                    None => e.store(&value, address, dtype),
                    Some(there) => e.if_then(&there, |e| e.store(&value, address, dtype)),
                }
            });
        }
    }
}
