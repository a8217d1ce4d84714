//! Loops: run once for an arbitrary iteration, so that the net has a loop where the source has one.
//!
//! A loop that computes something is first run as it stands, for one iteration. If its body comes back to the head with
//! tensors, numbers or dimensions changed, the state at the head is generalised: what changed becomes a parameter of a
//! header block, an integer that grew by a constant becomes `start + step * iteration`. The body runs again from that
//! state; when it comes back with nothing new, the loop is closed. Where a body needs to know what the generalisation
//! lost (an index into a list of modules), a bounded loop is unrolled instead.

use super::leaf::{Leaf, LeafKey, edge, newly_ragged, sequence_leaves};
use super::schedule::{Ends, Live, Region, Tracer, Turn};
use super::walk::{Generalised, Items, Leaves, walk};
use crate::diagnostic::Diagnostic;
use crate::python::code::Op;
use crate::python::heap::Heap;
use crate::python::native::Unwind;
use crate::python::object::{Iter, Kind, SeqObject};
use crate::python::sym::{SymBool, Symbolic};
use crate::python::torch::object::StorageData;
use crate::python::value::{ObjId, Value};
use crate::python::vm::{State, Vm};
use braid_ir::{BlockId, DType, Facts, Sym, TensorType, Term, Terminator, Type, ValueId};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::HashMap;
use std::sync::Arc;

/// A loop without a known bound that cannot be rolled is given up after this many unrolled iterations.
const UNROLL_MAX: u64 = 512;

/// A loop whose state changes its kind (`None` before the first iteration) is peeled this often.
const PEEL_MAX: u32 = 2;

/// So many loops may come of one because its state changes its kind on the way.
const VERSIONS_MAX: u32 = 4;

/// Why a loop was not rolled.
enum Refusal {
    /// What changed cannot be a parameter.
    Shape,
    /// The same, and lists of other lengths are among it: there may be a kind of state for every length.
    Lengths,
    /// The body needs something that the generalisation lost, or is unsupported.
    Body(Unwind),
}

impl Tracer<'_, '_> {
    /// One turn of the loop at whose head the state stands.
    pub(super) fn enter_loop(&mut self, state: State, region: Region) -> Result<Turn, Unwind> {
        let frame = state.frames.last().expect("a loop is in a frame");
        let mark = *frame.loops.last().expect("arrival has made the mark");
        let site = (Arc::as_ptr(&frame.code) as usize, region.head);
        let steps = match frame.code.ops[region.head as usize] {
            Op::ForIter(_) => frame.stack.last().map_or(Steps::Differ, |iterator| steps(&state, iterator)),
            _ => Steps::Alike(None),
        };
        let bounded = match steps {
            Steps::Differ | Steps::Alike(Some(0 | 1)) => return Ok(pass(state)),
            Steps::Alike(left) => left.is_some(),
            Steps::NotBegun => false,
        };
        if mark.unroll {
            if !bounded && mark.iteration > UNROLL_MAX {
                return Err(self.endless(state, site));
            }
            return Ok(pass(state));
        }
        let open = self.vm.net.block(state.block).ops.len();
        let (emitted, blocks) = (self.vm.emitted, self.vm.net.blocks.len());
        let ends = self.run(vec![Live::new(state.clone(), true)], Some(&region))?;
        let computed = self.vm.emitted != emitted || self.vm.net.blocks.len() != blocks;
        // What a generator goes through its first step tells; that step stands by itself.
        if ends.back.is_empty() || !computed || matches!(steps, Steps::NotBegun) {
            return Ok(Turn { pass: vec![], again: ends.back, out: ends.out });
        }
        // Elements whose number of dimensions is not known cannot be taken out of a list: only where nothing else is left.
        let ragged = !bounded && mark.peeled >= PEEL_MAX;
        let refusal = match self.roll(&state, open, &ends.back, &region, ragged) {
            Ok(ends) => {
                return Ok(Turn {
                    pass: vec![],
                    again: ends.back.into_iter().map(peeled).collect(),
                    out: ends.out,
                });
            }
            Err(refusal) => refusal,
        };
        if let Refusal::Shape | Refusal::Lengths = refusal
            && mark.peeled < PEEL_MAX
        {
            // The first iteration stands by itself; the states that come back may be alike from now on.
            self.reopen(state.block, open);
            let ends = self.run(vec![Live::new(state, true)], Some(&region))?;
            return Ok(Turn {
                pass: vec![],
                again: ends.back.into_iter().map(peeled).collect(),
                out: ends.out,
            });
        }
        if let Refusal::Body(Unwind::Diagnostic(diagnostic)) = refusal {
            self.reasons.insert(site, diagnostic);
        }
        self.reopen(state.block, open);
        let mut state = state;
        if let Some(mark) = state.frames.last_mut().and_then(|frame| frame.loops.last_mut()) {
            mark.unroll = true;
        }
        Ok(pass(state))
    }

    /// Takes back what an attempt appended to a block. What hangs off it is unreachable from then on.
    fn reopen(&mut self, block: BlockId, ops: usize) {
        let block = self.vm.net.block_mut(block);
        block.ops.truncate(ops);
        block.end = Terminator::Open;
    }

    fn endless(&mut self, state: State, site: (usize, u32)) -> Unwind {
        // For the place in the source.
        self.vm.state = state;
        let note = self.reasons.remove(&site);
        let mut diagnostic = Diagnostic::new(
            "this data-dependent loop cannot be compiled as a loop: its body needs a value that changes from iteration to iteration to be known at compile time",
        );
        if let Some(reason) = note {
            diagnostic = diagnostic.with_note(reason.message.clone(), reason.span.clone());
        }
        Unwind::from(self.vm.locate(diagnostic))
    }

    /// Closes the loop over generalised states, starting from what the first iteration (already run) brought back.
    /// States that leave the loop are handed back, and so are states that come back to its head as another kind than
    /// they left it (`None` became a number): those enter a loop of their own.
    fn roll(
        &mut self,
        start: &State,
        open: usize,
        back: &[State],
        region: &Region,
        ragged: bool,
    ) -> Result<Ends, Refusal> {
        let header = self.vm.net.add_block(braid_ir::Loc::default());
        let mut general = General::new(header, start, ragged);
        let versions = start.frames.last().and_then(|frame| frame.loops.last()).map_or(0, |mark| mark.peeled);
        let may_part = versions < VERSIONS_MAX;
        let mut alike = 0;
        for state in back {
            match general.try_widen(self, state) {
                Err(Refusal::Shape) if may_part => {}
                result => {
                    result?;
                    alike += 1;
                }
            }
        }
        if alike == 0 {
            return Err(Refusal::Shape);
        }
        self.reopen(start.block, open);
        for _ in 0..self.vm.limits.widenings_max {
            self.reopen(header, 0);
            general.shared = general.state.heap.len();
            general.found = general.state.heap.clone();
            let live = Live::new(general.state.clone(), true);
            self.rolling += 1;
            let ends = self.run(vec![live], Some(region));
            self.rolling -= 1;
            let ends = ends.map_err(Refusal::Body)?;
            let mut changed = false;
            let mut args = Vec::new();
            let (mut alike, mut apart) = (Vec::new(), Vec::new());
            for state in ends.back {
                match general.try_widen(self, &state) {
                    Err(Refusal::Shape) if may_part => apart.push(state),
                    result => {
                        changed |= result?;
                        args.push(general.args.clone());
                        alike.push(state);
                    }
                }
            }
            if changed {
                continue;
            }
            let entry: Vec<Leaf> = general.holes.iter().map(|hole| hole.entry.clone()).collect();
            self.close(start, header, &entry)?;
            for (state, args) in alike.iter().zip(args) {
                let leaves: Vec<Leaf> = general.holes.iter().map(|hole| hole.arg(&args)).collect();
                self.close(state, header, &leaves)?;
            }
            return Ok(Ends { back: apart, out: ends.out });
        }
        Err(Refusal::Shape)
    }

    /// Ends a state at the header.
    fn close(&mut self, state: &State, header: BlockId, leaves: &[Leaf]) -> Result<(), Refusal> {
        self.vm.state = state.clone();
        let leaves: Vec<&Leaf> = leaves.iter().collect();
        let edge = edge(self.vm, header, &leaves).map_err(Refusal::Body)?;
        let from = self.vm.state.block;
        self.vm.net.block_mut(from).end = Terminator::Jump(edge);
        Ok(())
    }
}

/// A state that comes to the head of a loop as another kind than before.
fn peeled(mut state: State) -> State {
    if let Some(mark) = state.frames.last_mut().and_then(|frame| frame.loops.last_mut()) {
        mark.peeled += 1;
    }
    state
}

fn pass(state: State) -> Turn {
    Turn { pass: vec![state], ..Turn::default() }
}

/// What a loop over an iterator is like.
enum Steps {
    /// Its elements come out of a Python container: each step is of its own kind.
    Differ,
    /// Its steps may be alike; how many are left, if that is known.
    Alike(Option<i64>),
    /// A generator that has not run yet.
    NotBegun,
}

impl Steps {
    /// Those of iterators that are stepped together.
    fn and(self, other: Steps) -> Steps {
        match (self, other) {
            (Steps::Differ, _) | (_, Steps::Differ) => Steps::Differ,
            (Steps::NotBegun, _) | (_, Steps::NotBegun) => Steps::NotBegun,
            (Steps::Alike(a), Steps::Alike(b)) => Steps::Alike(a.into_iter().chain(b).min()),
        }
    }
}

/// What a loop over this iterator is like.
fn steps(state: &State, iterator: &Value) -> Steps {
    let Some(id) = iterator.as_obj() else { return Steps::Differ };
    match &state.heap.get(id).kind {
        Kind::Iter(iter) => match iter {
            Iter::Range { left, .. } => Steps::Alike(Some(*left)),
            Iter::SymRange { .. }
            | Iter::Seq(..)
            | Iter::Rows { .. }
            | Iter::Count(..)
            | Iter::Repeat(_, None) => Steps::Alike(None),
            Iter::Enumerate(inner, _) => steps(state, &Value::Obj(*inner)),
            Iter::Zip(parts, _) => {
                parts.iter().fold(Steps::Alike(None), |all, &part| all.and(steps(state, &Value::Obj(part))))
            }
            _ => Steps::Differ,
        },
        // A generator is as the iterators that it holds.
        Kind::Generator(generator) => match &generator.frame {
            Some(_) if !generator.started => Steps::NotBegun,
            Some(frame) => {
                frame.stack.iter().fold(Steps::Alike(None), |all, value| all.and(held(state, value)))
            }
            None => Steps::Differ,
        },
        // An iterator of the person's own.
        Kind::Plain => Steps::Alike(None),
        _ => Steps::Differ,
    }
}

/// What an iterator in a generator's hands makes of the generator; nothing else makes a difference.
fn held(state: &State, value: &Value) -> Steps {
    let Some(id) = value.as_obj() else { return Steps::Alike(None) };
    match &state.heap.get(id).kind {
        Kind::Iter(Iter::Done) => Steps::Alike(None),
        Kind::Iter(_) | Kind::Generator(_) => steps(state, value),
        Kind::List(items) => items.iter().fold(Steps::Alike(None), |all, item| match item.as_obj() {
            // One level down, as `zip` keeps its iterators: deeper ones belong to somebody else.
            Some(id) if matches!(state.heap.get(id).kind, Kind::Iter(_) | Kind::Generator(_)) => {
                all.and(steps(state, item))
            }
            _ => all,
        }),
        _ => Steps::Alike(None),
    }
}

/// A parameter of a loop's header.
#[derive(Clone)]
struct Hole {
    param: ValueId,
    /// The symbol that stands for it, if it is an integer.
    sym: Option<Sym>,
    /// What it is when the loop is entered.
    entry: Leaf,
}

impl Hole {
    /// What it is on a back edge; itself if nothing there uses it any more.
    fn arg(&self, args: &FxHashMap<ValueId, Leaf>) -> Leaf {
        args.get(&self.param).cloned().unwrap_or(Leaf::Value(self.param))
    }
}

/// The generalised state at a loop's head.
#[derive(Clone)]
struct General {
    header: BlockId,
    /// The state in which the loop is entered.
    start: State,
    state: State,
    facts: Facts,
    holes: Vec<Hole>,
    /// Whether the elements of a list may differ in the number of dimensions.
    ragged: bool,
    /// The number of the iteration.
    iteration: Option<Sym>,
    /// Terms that turned out not to grow by a constant.
    irregular: FxHashSet<Term>,
    /// Arguments of the back edge last looked at.
    args: FxHashMap<ValueId, Leaf>,
    /// Objects that the state had when it was last run: those are common to it and the states that came back.
    shared: u32,
    /// The objects of that state.
    found: Heap,
}

impl General {
    fn new(header: BlockId, start: &State, ragged: bool) -> General {
        let mut state = start.clone();
        state.block = header;
        General {
            header,
            start: start.clone(),
            facts: start.facts.clone(),
            state,
            holes: Vec::new(),
            ragged,
            iteration: None,
            irregular: FxHashSet::default(),
            args: FxHashMap::default(),
            shared: start.heap.len(),
            found: start.heap.clone(),
        }
    }

    /// [`General::widen`]; after a refusal everything is as before.
    fn try_widen(&mut self, tracer: &mut Tracer, back: &State) -> Result<bool, Refusal> {
        let before = self.clone();
        let params = tracer.vm.net.block(self.header).params.clone();
        let types: Vec<Type> = params.iter().map(|&param| tracer.vm.net.ty(param).clone()).collect();
        let result = self.widen(tracer, back);
        if result.is_err() {
            *self = before;
            for (param, ty) in params.iter().zip(types) {
                tracer.vm.net.values[param.index()].ty = ty;
            }
            tracer.vm.net.block_mut(self.header).params = params;
        }
        result
    }

    /// Makes the state general enough for one that came back; whether it was not already.
    fn widen(&mut self, tracer: &mut Tracer, back: &State) -> Result<bool, Refusal> {
        let mut changed = false;
        loop {
            self.args.clear();
            if let Some(hole) = self.iteration.and_then(|sym| self.hole_of(sym)) {
                let next = hole.sym.map(|sym| Leaf::Int(Term::sym(sym) + Term::int(1)));
                self.args.extend(next.map(|next| (hole.param, next)));
            }
            let shared = self.shared;
            let state = self.state.clone();
            // What an iteration leaves alone is the next one's, too: its terms must not claim that it grows.
            let (found, own) = (self.found.clone(), self.start.heap.len());
            let mut also = self.start.heap.differing(&state.heap, shared);
            also.extend((own..shared.min(state.heap.len())).map(ObjId));
            let general = Generalised { also, found: Some((&found, own)) };
            let mut leaves = LoopLeaves {
                vm: tracer.vm,
                general: self,
                back_facts: &back.facts,
                made: FxHashMap::default(),
                waiting: Vec::new(),
                changed: false,
                lengths: false,
            };
            let merged = walk(&state, back, shared, &general, &mut leaves, &mut tracer.liveness);
            let merged = merged.ok_or(if leaves.lengths { Refusal::Lengths } else { Refusal::Shape })?;
            let (waiting, grew) = (std::mem::take(&mut leaves.waiting), leaves.changed);
            changed |= grew;
            self.state = merged;
            self.state.facts = self.facts.clone();
            self.state.block = self.header;
            // Terms over the parameters must come out as the parameters' next values say.
            let next = self.next_values();
            let wrong: Vec<Term> = waiting
                .into_iter()
                .filter(|(term, found)| {
                    back.facts.normalise(term.subst_syms(&next)) != back.facts.normalise(*found)
                })
                .map(|(term, _)| term)
                .collect();
            if wrong.is_empty() {
                return Ok(changed);
            }
            let known = self.irregular.len();
            self.irregular.extend(wrong);
            if self.irregular.len() == known {
                return Err(Refusal::Shape);
            }
        }
    }

    /// What each integer parameter is on the back edge last looked at.
    fn next_values(&self) -> HashMap<Sym, Term> {
        let mut next = HashMap::new();
        for hole in &self.holes {
            let Some(sym) = hole.sym else { continue };
            let value = match self.args.get(&hole.param) {
                Some(Leaf::Int(term)) => *term,
                _ => Term::sym(sym),
            };
            next.insert(sym, value);
        }
        next
    }

    fn hole_of(&self, sym: Sym) -> Option<&Hole> {
        self.holes.iter().find(|hole| hole.sym == Some(sym))
    }

    fn is_param(&self, value: ValueId) -> Option<&Hole> {
        self.holes.iter().find(|hole| hole.param == value)
    }
}

struct LoopLeaves<'a, 'v> {
    vm: &'v mut Vm,
    general: &'a mut General,
    back_facts: &'a Facts,
    /// Parameters made for pairs of leaves in this walk.
    made: FxHashMap<(LeafKey, LeafKey), ValueId>,
    /// Terms over parameters, with what they must be on the back edge.
    waiting: Vec<(Term, Term)>,
    changed: bool,
    /// Whether lists of other lengths have kept the states apart.
    lengths: bool,
}

impl LoopLeaves<'_, '_> {
    /// A new parameter that is `entry` when the loop is entered and `next` on the back edge.
    fn hole(&mut self, entry: Leaf, next: Leaf, ty: impl Into<Type>) -> ValueId {
        let key = (entry.key(), next.key());
        if let Some(&param) = self.made.get(&key) {
            return param;
        }
        let param = self.vm.net.add_param(self.general.header, ty.into());
        // A leaf that is itself a parameter is entered with what that one is entered with.
        let entry = self.entry_of(entry);
        self.general.holes.push(Hole { param, sym: None, entry });
        self.general.args.insert(param, next);
        self.made.insert(key, param);
        self.changed = true;
        param
    }

    fn entry_of(&self, leaf: Leaf) -> Leaf {
        match leaf {
            Leaf::Value(value) => {
                self.general.is_param(value).map_or(Leaf::Value(value), |hole| hole.entry.clone())
            }
            Leaf::Int(term) => Leaf::Int(self.entry_term(term)),
            Leaf::Bool(term) => Leaf::Bool(self.entry_term(term)),
            other => other,
        }
    }

    fn entry_term(&self, term: Term) -> Term {
        let entries: HashMap<Sym, Term> = self
            .general
            .holes
            .iter()
            .filter_map(|hole| match (&hole.entry, hole.sym) {
                (Leaf::Int(term), Some(sym)) => Some((sym, *term)),
                _ => None,
            })
            .collect();
        term.subst_syms(&entries)
    }

    fn int_hole(&mut self, entry: Term, next: Leaf) -> Term {
        let param = self.hole(Leaf::Int(entry), next, TensorType::scalar(DType::I64));
        if let Some(sym) = self.vm.net.sym_of(param) {
            return Term::sym(sym);
        }
        let sym = self.vm.net.define_sym("i", param);
        if let Some(hole) = self.general.holes.iter_mut().find(|hole| hole.param == param) {
            hole.sym = Some(sym);
        }
        Term::sym(sym)
    }

    fn iteration(&mut self) -> Term {
        if let Some(sym) = self.general.iteration {
            return Term::sym(sym);
        }
        let param = self.vm.net.add_param(self.general.header, TensorType::scalar(DType::I64).into());
        let sym = self.vm.net.define_sym("t", param);
        self.general.holes.push(Hole { param, sym: Some(sym), entry: Leaf::Int(Term::int(0)) });
        self.general.args.insert(param, Leaf::Int(Term::sym(sym) + Term::int(1)));
        self.general.facts.bound(sym, Some(0), None);
        self.general.iteration = Some(sym);
        self.changed = true;
        Term::sym(sym)
    }

    /// The length of a list that is `a` long at the head and `b` long on the back edge. One that does not grow in every
    /// iteration says nothing against counters that do and happen to be the same number.
    fn length(&mut self, a: Term, b: Term) -> Option<Term> {
        match self.general.iteration {
            Some(iteration) if a.syms() == [iteration] => {
                let next = HashMap::from([(iteration, Term::sym(iteration) + Term::int(1))]);
                match self.back_facts.normalise(a.subst_syms(&next)) == self.back_facts.normalise(b) {
                    true => Some(a),
                    false => Some(self.int_hole(a, Leaf::Int(b))),
                }
            }
            _ => self.int(a, b),
        }
    }

    fn mentions_holes(&self, term: Term) -> bool {
        term.syms().into_iter().any(|sym| self.general.hole_of(sym).is_some())
    }

    /// The parameter that stands for a tensor that changes.
    fn tensor(&mut self, a: Leaf, b: Leaf) -> Option<ValueId> {
        let (x, y) = (a.ty(self.vm)?, b.ty(self.vm)?);
        if x.dtype != y.dtype || x.rank() != y.rank() {
            return None;
        }
        let shape: Option<Vec<Term>> = x.shape.iter().zip(&y.shape).map(|(&s, &t)| self.int(s, t)).collect();
        let ty = TensorType::new(x.dtype, shape?);
        if let Leaf::Value(param) = a
            && self.general.is_param(param).is_some()
        {
            let taken = self.general.args.get(&param).map(Leaf::key);
            if taken.is_none() || taken == Some(b.key()) {
                if self.vm.net.tensor_ty(param) != Some(&ty) {
                    self.vm.net.values[param.index()].ty = ty.into();
                    self.changed = true;
                }
                self.general.args.insert(param, b);
                return Some(param);
            }
        }
        Some(self.hole(a, b, ty))
    }
}

impl Leaves for LoopLeaves<'_, '_> {
    fn int(&mut self, a: Term, b: Term) -> Option<Term> {
        if let braid_ir::Node::Sym(sym) = a.node()
            && self.general.iteration != Some(sym)
            && let Some(param) = self.general.hole_of(sym).map(|hole| hole.param)
        {
            let taken = self.general.args.get(&param).map(Leaf::key);
            if taken.is_none() || taken == Some(LeafKey::Term(b)) {
                self.general.args.insert(param, Leaf::Int(b));
                return Some(a);
            }
            return Some(self.int_hole(a, Leaf::Int(b)));
        }
        if self.general.irregular.contains(&a) {
            return Some(self.int_hole(a, Leaf::Int(b)));
        }
        if self.mentions_holes(a) {
            self.waiting.push((a, b));
            return Some(a);
        }
        if a == b || self.back_facts.normalise(a) == self.back_facts.normalise(b) {
            return Some(a);
        }
        let step = Term::try_apply(braid_ir::ScalarOp::Sub, &[b, a]).ok()?;
        match step.as_int() {
            Some(step) => {
                self.changed = true;
                Some(a + self.iteration() * Term::int(step))
            }
            None => Some(self.int_hole(a, Leaf::Int(b))),
        }
    }

    fn storage(&mut self, a: &StorageData, b: &StorageData) -> Option<StorageData> {
        match (a, b) {
            (StorageData::Value(x), StorageData::Value(y))
                if x == y && self.general.is_param(*x).is_none() =>
            {
                Some(a.clone())
            }
            (StorageData::Const(x), StorageData::Const(y)) if x == y => Some(a.clone()),
            (StorageData::Poison { why, .. }, StorageData::Poison { why: other, .. }) if why == other => {
                Some(a.clone())
            }
            _ => Some(StorageData::Value(self.tensor(Leaf::storage(a)?, Leaf::storage(b)?)?)),
        }
    }

    fn float(&mut self, a: &Value, b: &Value) -> Option<Value> {
        if a.is_same(b) && matches!(a, Value::Float(_)) {
            return Some(a.clone());
        }
        let (x, y) = (super::join::float_leaf(a)?, super::join::float_leaf(b)?);
        Some(Value::Sym(Symbolic::Float(self.scalar(x, y)?)))
    }

    fn truth(&mut self, a: SymBool, b: SymBool) -> Option<SymBool> {
        if let (SymBool::Term(x), SymBool::Term(y)) = (a, b)
            && x == y
            && !self.mentions_holes(x)
        {
            return Some(a);
        }
        Some(SymBool::Value(self.scalar(Leaf::condition(a), Leaf::condition(b))?))
    }

    fn shown(&mut self, a: ValueId, b: ValueId) -> Option<ValueId> {
        self.scalar(Leaf::Value(a), Leaf::Value(b))
    }

    fn sequence(&mut self, a: Items, b: Items) -> Option<SeqObject> {
        let leaves = sequence_leaves(self.vm, &a, &b)
            .filter(|leaves| self.general.ragged || !newly_ragged(&a, &b, leaves));
        self.lengths |= leaves.is_none();
        let (element, ty, mut x, y) = leaves?;
        // The elements may be parameters by now; the loop is entered with what they were before it.
        if let (Leaf::List(items, _), Items::Known(_, id, _)) = (&mut x, &a)
            && let Some(Kind::List(before)) = self.general.start.heap.find(*id).map(|object| &object.kind)
        {
            items.clone_from(before);
        }
        let len = self.length(a.len(), b.len())?;
        if let braid_ir::Node::Sym(sym) = len.node() {
            self.general.facts.bound(sym, Some(0), None);
        }
        if let (Leaf::Value(v), Leaf::Value(w)) = (&x, &y)
            && v == w
            && self.general.is_param(*v).is_none()
        {
            return Some(SeqObject { value: *v, len, element });
        }
        if let Leaf::Value(param) = x
            && self.general.is_param(param).is_some()
        {
            let taken = self.general.args.get(&param).map(Leaf::key);
            if taken.is_none() || taken == Some(y.key()) {
                self.general.args.insert(param, y);
                return Some(SeqObject { value: param, len, element });
            }
        }
        Some(SeqObject { value: self.hole(x, y, ty), len, element })
    }

    fn roll_range(&mut self, left: Option<i64>) -> bool {
        if let Some(left) = left {
            // Every element that the iterator gave was one iteration.
            let iteration = self.iteration();
            if let braid_ir::Node::Sym(sym) = iteration.node() {
                self.general.facts.bound(sym, None, Some(left));
            }
        }
        true
    }
}

impl LoopLeaves<'_, '_> {
    /// A value of the net that stays what it is, or the parameter for it.
    fn scalar(&mut self, a: Leaf, b: Leaf) -> Option<ValueId> {
        match (&a, &b) {
            (Leaf::Value(x), Leaf::Value(y)) if x == y && self.general.is_param(*x).is_none() => Some(*x),
            _ => self.tensor(a, b),
        }
    }
}
