//! Meeting: two states at one place become one, with a block whose parameters stand for what differs.

use super::leaf::{Leaf, LeafKey, sequence_leaves};
use super::liveness::Liveness;
use super::walk::{Items, Leaves, walk};
use crate::python::native::Unwind;
use crate::python::object::SeqObject;
use crate::python::sym::{SymBool, Symbolic};
use crate::python::torch::object::StorageData;
use crate::python::value::Value;
use crate::python::vm::{State, Vm};
use braid_ir::{
    Attr, Attrs, BlockId, DType, Edge, Facts, Loc, Sym, TensorType, Term, Terminator, Type, ValueId,
};
use rustc_hash::FxHashMap;
use std::collections::HashMap;

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
        known: FxHashMap::default(),
        dims: FxHashMap::default(),
    };
    let merged = walk(&a, &b, shared, &mut leaves, liveness);
    let holes = leaves.holes;
    let Some(mut merged) = merged else {
        vm.net.truncate(&mark);
        return Ok(Joined::Apart(Box::new((a, b))));
    };
    merged.block = block;
    merged.facts = a.facts.common(&b.facts);
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
        let mut passed = HashMap::new();
        for hole in &holes {
            if let (Some(sym), Leaf::Int(term)) = (hole.sym, &hole.sides[side]) {
                passed.insert(sym, *term);
            }
        }
        let mut args = Vec::with_capacity(holes.len());
        for hole in &holes {
            let value = hole.sides[side].materialise(vm)?;
            let expected = vm.net.ty(hole.param).subst(&passed);
            args.push(shaped(vm, value, &expected)?);
        }
        let from = vm.state.block;
        vm.net.block_mut(from).end = Terminator::Jump(Edge { block, args });
    }
    Ok(Joined::One(Box::new(merged)))
}

/// The value under dimensions that are equal to its own only on the path that leads here: all of it, by a slice.
fn shaped(vm: &mut Vm, value: ValueId, expected: &Type) -> Result<ValueId, Unwind> {
    let (Type::Tensor(have), Type::Tensor(want)) = (vm.net.ty(value), expected) else { return Ok(value) };
    if have.shape == want.shape {
        return Ok(value);
    }
    let attrs = Attrs::from([
        ("start", Attr::Terms(vec![Term::int(0); want.rank()])),
        ("limit", Attr::Terms(want.shape.clone())),
        ("stride", Attr::Ints(vec![1; want.rank()])),
    ]);
    vm.emit1("slice", &[value], attrs)
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
        // One side may know that its term is the other's, because of the branch it took.
        if x == y || self.facts[0].normalise(b) == x {
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
        let (element, ty, x, y) = sequence_leaves(self.vm, a, b)?;
        if x.key() == y.key()
            && let Leaf::Value(value) = x
        {
            return Some(SeqObject { value, element });
        }
        Some(SeqObject { value: self.hole(x, y, ty), element })
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
