//! Meeting: two states at one place become one, with a block whose parameters stand for what differs.

use super::leaf::{Leaf, LeafKey, edge, newly_ragged, sequence_leaves};
use super::liveness::Liveness;
use super::walk::{Generalised, Items, Leaves, walk};
use crate::python::native::Unwind;
use crate::python::object::SeqObject;
use crate::python::sym::{SymBool, Symbolic};
use crate::python::torch::object::StorageData;
use crate::python::value::Value;
use crate::python::vm::{State, Vm};
use braid_ir::{BlockId, DType, Facts, Loc, Sym, TensorType, Term, Terminator, Type, ValueId};
use rustc_hash::FxHashMap;

/// One state for `a` and `b`, which stand at the same place, or both back if they differ in what no parameter can
/// stand for. With `ragged`, tensors whose known dimensions differ and lists whose known
/// lengths differ are merged too, and are known only at run time from there on.
///
/// # Errors
/// As appending operators.
pub fn join(
    vm: &mut Vm,
    a: State,
    b: State,
    ragged: bool,
    liveness: &mut Liveness,
) -> Result<Joined, Unwind> {
    let mark = vm.net.mark(a.block);
    let block = vm.net.add_block(Loc::default());
    let shared = a.trace.shared_with(&b.trace);
    let mut leaves = JoinLeaves {
        vm,
        block,
        ragged,
        facts: [&a.facts, &b.facts],
        holes: Vec::new(),
        bounds: Vec::new(),
        known: FxHashMap::default(),
        dims: FxHashMap::default(),
    };
    let merged = walk(&a, &b, shared, &Generalised::default(), &mut leaves, liveness);
    let (holes, bounds) = (leaves.holes, leaves.bounds);
    let Some(mut merged) = merged else {
        vm.net.truncate(&mark);
        return Ok(Joined::Apart(Box::new((a, b))));
    };
    merged.block = block;
    merged.facts = a.facts.common(&b.facts);
    for (sym, low, high) in bounds {
        merged.facts.bound(sym, Some(low), high);
    }
    for hole in &holes {
        if let (Some(sym), Some(candidates)) = (hole.sym, candidates(vm, hole)) {
            vm.candidates.insert(sym, candidates);
        }
    }
    merged.decided.retain(|value, truth| b.decided.get(value) == Some(truth));
    merged.available.retain(|key, results| b.available.get(key) == Some(results));
    merged.trace = a.trace.joined(&b.trace, shared);
    for (state, side) in [(a, 0), (b, 1)] {
        vm.state = state;
        let leaves: Vec<&Leaf> = holes.iter().map(|hole| &hole.sides[side]).collect();
        let edge = edge(vm, block, &leaves)?;
        let from = vm.state.block;
        vm.net.block_mut(from).end = Terminator::Jump(edge);
    }
    Ok(Joined::One(Box::new(merged)))
}

/// What came of an attempt to meet.
pub enum Joined {
    /// One state for both.
    One(Box<State>),
    /// They stay apart.
    Apart(Box<(State, State)>),
}

/// A parameter of the meeting block, with what it stands for on each side.
struct Hole {
    param: ValueId,
    sym: Option<Sym>,
    sides: [Leaf; 2],
}

/// The values that an integer can have if both sides know theirs.
fn candidates(vm: &Vm, hole: &Hole) -> Option<Vec<i64>> {
    /// More than this many would make more code than a run-time value is worth.
    const CANDIDATES_MAX: usize = 64;
    let mut all = Vec::new();
    for side in &hole.sides {
        let Leaf::Int(term) = side else { return None };
        match (term.as_int(), term.node()) {
            (Some(value), _) => all.push(value),
            (None, braid_ir::Node::Sym(sym)) => all.extend(vm.candidates.get(&sym)?),
            _ => return None,
        }
    }
    all.sort_unstable();
    all.dedup();
    (all.len() <= CANDIDATES_MAX).then_some(all)
}

struct JoinLeaves<'a> {
    vm: &'a mut Vm,
    block: BlockId,
    ragged: bool,
    facts: [&'a Facts; 2],
    holes: Vec<Hole>,
    /// Lengths of lists, with what they are at least and at most.
    bounds: Vec<(Sym, i64, Option<i64>)>,
    known: FxHashMap<(LeafKey, LeafKey), usize>,
    dims: FxHashMap<(Term, Term), Term>,
}

impl JoinLeaves<'_> {
    /// The parameter that stands for a pair of leaves.
    fn hole(&mut self, a: Leaf, b: Leaf, ty: impl Into<Type>) -> ValueId {
        let key = (a.key(), b.key());
        if let Some(&index) = self.known.get(&key) {
            return self.holes[index].param;
        }
        let param = self.vm.net.add_param(self.block, ty.into());
        self.known.insert(key, self.holes.len());
        self.holes.push(Hole { param, sym: None, sides: [a, b] });
        param
    }

    fn tensor(&mut self, a: Leaf, b: Leaf) -> Option<ValueId> {
        let (x, y) = (a.ty(self.vm)?, b.ty(self.vm)?);
        let ty = self.ty(&x, &y)?;
        Some(self.hole(a, b, ty))
    }

    /// The type of a parameter for both types.
    fn ty(&mut self, a: &TensorType, b: &TensorType) -> Option<TensorType> {
        if a.dtype != b.dtype || a.rank() != b.rank() {
            return None;
        }
        let mut shape = Vec::with_capacity(a.rank());
        for (&x, &y) in a.shape.iter().zip(&b.shape) {
            if x != y && x.as_int().is_some() && y.as_int().is_some() && !self.ragged {
                return None;
            }
            shape.push(self.int(x, y)?);
        }
        Some(TensorType::new(a.dtype, shape))
    }
}

impl Leaves for JoinLeaves<'_> {
    fn int(&mut self, a: Term, b: Term) -> Option<Term> {
        if a == b {
            return Some(a);
        }
        let (x, y) = (self.facts[0].normalise(a), self.facts[1].normalise(b));
        // What both know is said in symbols that both have; a side's own term may be over symbols of its path.
        if x == y {
            return Some(x);
        }
        // One side may know that its term is the other's, because of the branch it took.
        if self.facts[0].normalise(b) == x {
            return Some(b);
        }
        if self.facts[1].normalise(a) == y {
            return Some(a);
        }
        if let Some(&term) = self.dims.get(&(a, b)) {
            return Some(term);
        }
        let param = self.hole(Leaf::Int(a), Leaf::Int(b), TensorType::scalar(DType::I64));
        let sym = self.vm.net.define_sym("i", param);
        if let Some(hole) = self.holes.iter_mut().find(|hole| hole.param == param) {
            hole.sym = Some(sym);
        }
        let term = Term::sym(sym);
        self.dims.insert((a, b), term);
        Some(term)
    }

    fn storage(&mut self, a: &StorageData, b: &StorageData) -> Option<StorageData> {
        match (a, b) {
            (StorageData::Value(x), StorageData::Value(y)) if x == y => Some(a.clone()),
            (StorageData::Const(x), StorageData::Const(y)) if x == y => Some(a.clone()),
            (StorageData::Poison { why, .. }, StorageData::Poison { why: other, .. }) if why == other => {
                Some(a.clone())
            }
            _ => Some(StorageData::Value(self.tensor(Leaf::storage(a)?, Leaf::storage(b)?)?)),
        }
    }

    fn float(&mut self, a: &Value, b: &Value) -> Option<Value> {
        if a.is_same(b) {
            return Some(a.clone());
        }
        let param = self.hole(float_leaf(a)?, float_leaf(b)?, TensorType::scalar(DType::F64));
        Some(Value::Sym(Symbolic::Float(param)))
    }

    fn truth(&mut self, a: SymBool, b: SymBool) -> Option<SymBool> {
        if a == b {
            return Some(a);
        }
        let param = self.hole(Leaf::condition(a), Leaf::condition(b), TensorType::scalar(DType::Bool));
        Some(SymBool::Value(param))
    }

    fn shown(&mut self, a: ValueId, b: ValueId) -> Option<ValueId> {
        if a == b { Some(a) } else { self.tensor(Leaf::Value(a), Leaf::Value(b)) }
    }

    fn sequence(&mut self, a: Items, b: Items) -> Option<SeqObject> {
        // Two lists of known lengths stay what they are, on paths of their own, until these become a crowd.
        if let (Items::Known(..), Items::Known(..)) = (&a, &b)
            && !self.ragged
        {
            return None;
        }
        let leaves = sequence_leaves(self.vm, &a, &b).filter(|leaves| !newly_ragged(&a, &b, leaves));
        let (element, ty, x, y) = leaves?;
        let ranges = [self.facts[0].range(a.len()), self.facts[1].range(b.len())];
        let len = self.int(a.len(), b.len())?;
        if let braid_ir::Node::Sym(sym) = len.node() {
            let [(low, high), (other_low, other_high)] = ranges;
            let high = high.zip(other_high).and_then(|(x, y)| i64::try_from(x.max(y)).ok());
            let low = low.zip(other_low).and_then(|(x, y)| i64::try_from(x.min(y)).ok());
            self.bounds.push((sym, low.unwrap_or(0).max(0), high));
        }
        if x.key() == y.key()
            && let Leaf::Value(value) = x
        {
            return Some(SeqObject { value, len, element });
        }
        Some(SeqObject { value: self.hole(x, y, ty), len, element })
    }

    fn roll_range(&mut self, _left: Option<i64>) -> bool {
        false
    }
}

/// The leaf of a float value.
pub fn float_leaf(value: &Value) -> Option<Leaf> {
    match value {
        Value::Float(value) => Some(Leaf::Float(*value)),
        Value::Sym(Symbolic::Float(value)) => Some(Leaf::Value(*value)),
        _ => None,
    }
}
