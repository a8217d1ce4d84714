//! Walks two states side by side and builds one that stands for both.
//!
//! Objects made before the paths parted are the same objects; objects made since are matched as they are met, one to one.
//! What differs must be a leaf that a block parameter can stand for; a [`Leaves`] says how. Anything else that
//! differs (`None` against a tensor, lists of different lengths, another class) keeps the states apart.
//!
//! Tensors may be matched many to one: `prev = x` holds on one path and not on the other. Merged tensors then have a
//! storage of their own each, which is right as long as nothing writes through one and reads through the other.

use super::liveness::Liveness;
use crate::python::dict::Dict;
use crate::python::heap::Heap;
use crate::python::names::Name;
use crate::python::object::{Attrs, ExceptionData, Generator, Iter, Kind, Object, Range, SeqObject};
use crate::python::sym::{Part, SymBool, Symbolic, Template};
use crate::python::torch::object::{StorageData, StorageObject, TensorObject, ViewStep};
use crate::python::value::{ObjId, Value};
use crate::python::vm::State;
use crate::python::vm::frame::{BinaryTry, ClassBody, CompareTry, Frame, Then};
use braid_ir::{Attr, Term, ValueId};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// One side of a list whose sides differ in length.
pub enum Items<'a> {
    /// A list of known length: the state it lives in, its object there, and its elements.
    Known(&'a State, ObjId, &'a [Value]),
    /// A list in the net.
    Grown(SeqObject),
}

impl Items<'_> {
    /// How many there are.
    pub fn len(&self) -> Term {
        match self {
            Items::Known(_, _, items) => Term::from(items.len()),
            Items::Grown(list) => list.len,
        }
    }
}

/// How leaves that differ are made one. `None` keeps the states apart.
pub trait Leaves {
    /// Integers.
    fn int(&mut self, a: Term, b: Term) -> Option<Term>;
    /// Contents of storages.
    fn storage(&mut self, a: &StorageData, b: &StorageData) -> Option<StorageData>;
    /// Floats: known ones or values of the net.
    fn float(&mut self, a: &Value, b: &Value) -> Option<Value>;
    /// Truth values.
    fn truth(&mut self, a: SymBool, b: SymBool) -> Option<SymBool>;
    /// Values of the net inside a text.
    fn shown(&mut self, a: ValueId, b: ValueId) -> Option<ValueId>;
    /// Lists, of which at least one has a run-time length or whose lengths differ.
    fn sequence(&mut self, a: Items, b: Items) -> Option<SeqObject>;
    /// Whether a range iterator, with this many elements left if that is known, may get a symbolic position.
    fn roll_range(&mut self, left: Option<i64>) -> bool;
}

/// The walk.
pub struct Walk<'a, L> {
    a: &'a State,
    b: &'a State,
    /// Objects below this number are common to both.
    shared: u32,
    leaves: &'a mut L,
    liveness: &'a mut Liveness,
    out: State,
    pairs: FxHashMap<(ObjId, ObjId), ObjId>,
    left: FxHashMap<ObjId, ObjId>,
    right: FxHashMap<ObjId, ObjId>,
    work: Vec<(ObjId, ObjId, ObjId)>,
    /// Objects to look into even where they do not differ.
    also: FxHashSet<ObjId>,
    /// The objects whose contents are being merged.
    at: (ObjId, ObjId),
}

/// What a loop's generalised state has been made more general in.
#[derive(Default)]
pub struct Generalised<'a> {
    /// These objects are looked into even where neither path has changed them.
    pub also: Vec<ObjId>,
    /// The objects as the iteration found them, and the number from which on they are the loop's own.
    pub found: Option<(&'a Heap, u32)>,
}

impl Generalised<'_> {
    /// Whether the iteration left one of the loop's own objects alone. That the head has another by now, since some other
    /// path came back, is no difference that this path has made.
    fn is_left_alone(&self, id: ObjId, back: &Heap) -> bool {
        self.found.is_some_and(|(found, from)| {
            id.0 >= from
                && id.0 < found.len()
                && back.find(id).is_some()
                && Arc::ptr_eq(found.shared(id), back.shared(id))
        })
    }
}

/// One state for both, or none. The result is `a` with differing leaves replaced.
pub fn walk<L: Leaves>(
    a: &State,
    b: &State,
    shared: u32,
    general: &Generalised,
    leaves: &mut L,
    liveness: &mut Liveness,
) -> Option<State> {
    // Differing objects that not both paths can reach any more need not agree. Finding out costs a walk over everything
    // reachable, so it is done only where there is something to find out.
    let mut differing = a.heap.differing(&b.heap, shared);
    // What is matched by what it holds, and not by what it is, is looked into where it is met.
    differing.retain(|&id| !(splittable(&a.heap.get(id).kind) && general.is_left_alone(id, &b.heap)));
    differing.extend(
        general.also.iter().filter(|&&id| !splittable(&a.heap.get(id).kind) && b.heap.find(id).is_some()),
    );
    differing.sort_unstable();
    differing.dedup();
    // An object that only one path can reach may be stale on the other, since paths that met there did not make it agree;
    // and what stands for both can only reach what both reach.
    let reachable = (!differing.is_empty()).then(|| {
        let mut reachable = reach(a, liveness);
        let other = reach(b, liveness);
        reachable.retain(|id| other.contains(id));
        reachable
    });
    let mut walk = Walk {
        a,
        b,
        shared,
        leaves,
        liveness,
        out: a.clone(),
        pairs: FxHashMap::default(),
        left: FxHashMap::default(),
        right: FxHashMap::default(),
        work: Vec::new(),
        also: general.also.iter().copied().collect(),
        at: (ObjId(0), ObjId(0)),
    };
    for id in differing {
        if reachable.as_ref().is_none_or(|set| set.contains(&id)) {
            walk.pairs.insert((id, id), id);
            walk.work.push((id, id, id));
        }
    }
    for depth in 0..a.frames.len() {
        let frame = walk.frame(&a.frames[depth], &b.frames[depth])?;
        walk.out.frames[depth] = frame;
    }
    while let Some((x, y, to)) = walk.work.pop() {
        let merged = walk.object(x, y)?;
        *walk.out.heap.get_mut(to) = merged;
    }
    Some(walk.out)
}

impl<L: Leaves> Walk<'_, L> {
    fn frame(&mut self, a: &Frame, b: &Frame) -> Option<Frame> {
        let mut stack = Vec::with_capacity(a.stack.len());
        for (slot, (x, y)) in a.stack.iter().zip(&b.stack).enumerate() {
            let local = slot < a.code.slots.len();
            if local && !self.liveness.is_live(&a.code, a.pc, slot) {
                stack.push(Value::Unbound);
            } else {
                stack.push(self.value(x, y)?);
            }
        }
        if a.namespace != b.namespace || a.generator.is_some() != b.generator.is_some() {
            return None;
        }
        let generator = match (a.generator, b.generator) {
            (Some(x), Some(y)) => Some(self.id(x, y)?),
            _ => None,
        };
        Some(Frame {
            code: a.code.clone(),
            pc: a.pc,
            stack,
            globals: a.globals,
            namespace: a.namespace,
            handled: self.values(&a.handled, &b.handled)?,
            then: self.then(&a.then, &b.then)?,
            generator,
            loops: a.loops.clone(),
        })
    }

    fn values(&mut self, a: &[Value], b: &[Value]) -> Option<Vec<Value>> {
        if a.len() != b.len() {
            return None;
        }
        a.iter().zip(b).map(|(x, y)| self.value(x, y)).collect()
    }

    fn named(&mut self, a: &[(Name, Value)], b: &[(Name, Value)]) -> Option<Vec<(Name, Value)>> {
        if a.len() != b.len() {
            return None;
        }
        let mut merged = Vec::with_capacity(a.len());
        for ((m, x), (n, y)) in a.iter().zip(b) {
            if m != n {
                return None;
            }
            merged.push((*m, self.value(x, y)?));
        }
        Some(merged)
    }

    fn value(&mut self, a: &Value, b: &Value) -> Option<Value> {
        Some(match (a, b) {
            (Value::Obj(x), Value::Obj(y)) => Value::Obj(self.id(*x, *y)?),
            (Value::Int(_) | Value::Sym(Symbolic::Int(_)), Value::Int(_) | Value::Sym(Symbolic::Int(_))) => {
                let term = self.leaves.int(int_term(a), int_term(b))?;
                match term.as_int() {
                    Some(value) => Value::Int(value),
                    None => Value::Sym(Symbolic::Int(term)),
                }
            }
            (Value::Bool(x), Value::Bool(y)) if x == y => a.clone(),
            (
                Value::Bool(_) | Value::Sym(Symbolic::Bool(_)),
                Value::Bool(_) | Value::Sym(Symbolic::Bool(_)),
            ) => Value::Sym(Symbolic::Bool(self.leaves.truth(condition(a), condition(b))?)),
            (Value::Float(x), Value::Float(y)) if x.to_bits() == y.to_bits() => a.clone(),
            (
                Value::Float(_) | Value::Sym(Symbolic::Float(_)),
                Value::Float(_) | Value::Sym(Symbolic::Float(_)),
            ) => self.leaves.float(a, b)?,
            (Value::Sym(Symbolic::Str(x)), Value::Sym(Symbolic::Str(y))) => {
                Value::Sym(Symbolic::Str(Arc::new(self.template(x, y)?)))
            }
            (Value::Unbound, Value::Unbound) => Value::Unbound,
            _ if a.is_same(b) => a.clone(),
            _ => return None,
        })
    }

    fn template(&mut self, a: &Template, b: &Template) -> Option<Template> {
        if a.parts.len() != b.parts.len() {
            return None;
        }
        let mut parts = Vec::with_capacity(a.parts.len());
        for (x, y) in a.parts.iter().zip(&b.parts) {
            parts.push(match (x, y) {
                (Part::Int(t, spec), Part::Int(u, other)) if spec == other => {
                    Part::Int(self.leaves.int(*t, *u)?, spec.clone())
                }
                (Part::Value(v, spec), Part::Value(w, other)) if spec == other => {
                    Part::Value(self.leaves.shown(*v, *w)?, spec.clone())
                }
                _ if x == y => x.clone(),
                _ => return None,
            });
        }
        Some(Template { parts })
    }

    /// The object that stands for both; its contents are merged later, from the work list.
    fn id(&mut self, x: ObjId, y: ObjId) -> Option<ObjId> {
        if let Some(&merged) = self.pairs.get(&(x, y)) {
            return Some(merged);
        }
        if x == y && x.0 < self.shared {
            // Common to both. If it differs it is on the work list already.
            if self.also.contains(&x) {
                self.pairs.insert((x, x), x);
                self.work.push((x, x, x));
            }
            return Some(x);
        }
        let kind = &self.a.heap.get(x).kind;
        let matched = self.left.contains_key(&x) || self.right.contains_key(&y);
        let common = x.0 < self.shared || y.0 < self.shared;
        let to = if !matched && !common {
            x
        } else if splittable(kind) {
            // The merged object is a new one, so that the common one keeps its meaning where it is still common.
            self.out.heap.alloc(self.a.heap.get(x).clone())
        } else {
            return None;
        };
        self.pairs.insert((x, y), to);
        self.left.insert(x, y);
        self.right.insert(y, x);
        self.work.push((x, y, to));
        Some(to)
    }

    fn object(&mut self, x: ObjId, y: ObjId) -> Option<Object> {
        let (a, b) = (self.a.heap.shared(x).clone(), self.b.heap.shared(y).clone());
        let class = self.id(a.class, b.class)?;
        self.at = (x, y);
        let kind = self.kind(&a.kind, &b.kind)?;
        let mut merged = Object::new(class, kind);
        let names: Vec<(Name, Value)> = a.attrs().map(|(name, value)| (name, value.clone())).collect();
        if names.len() != b.attrs().count() {
            return None;
        }
        let mut attrs = Attrs::default();
        for (name, value) in names {
            let value = self.value(&value, b.attr(name)?)?;
            attrs.insert(name, value);
        }
        if !attrs.is_empty() {
            *merged.attrs_mut() = attrs;
        }
        Some(merged)
    }

    fn kind(&mut self, a: &Kind, b: &Kind) -> Option<Kind> {
        Some(match (a, b) {
            (Kind::Plain, Kind::Plain) => Kind::Plain,
            (Kind::Scalar(x), Kind::Scalar(y)) => Kind::Scalar(self.value(x, y)?),
            (Kind::List(x), Kind::List(y)) if x.len() == y.len() => Kind::List(self.values(x, y)?),
            (Kind::List(x), Kind::List(y)) => Kind::Seq(
                self.leaves
                    .sequence(Items::Known(self.a, self.at.0, x), Items::Known(self.b, self.at.1, y))?,
            ),
            (Kind::Seq(x), Kind::List(y)) => {
                Kind::Seq(self.leaves.sequence(Items::Grown(*x), Items::Known(self.b, self.at.1, y))?)
            }
            (Kind::List(x), Kind::Seq(y)) => {
                Kind::Seq(self.leaves.sequence(Items::Known(self.a, self.at.0, x), Items::Grown(*y))?)
            }
            (Kind::Seq(x), Kind::Seq(y)) => {
                Kind::Seq(self.leaves.sequence(Items::Grown(*x), Items::Grown(*y))?)
            }
            (Kind::Tuple(x), Kind::Tuple(y)) => Kind::Tuple(self.values(x, y)?.into()),
            (Kind::Dict(x), Kind::Dict(y)) => Kind::Dict(self.dict(x, y)?),
            (Kind::Set(x), Kind::Set(y)) => Kind::Set(self.dict(x, y)?),
            (Kind::Bytes(x), Kind::Bytes(y)) if x == y => a.clone(),
            (Kind::Range(x), Kind::Range(y)) => Kind::Range(Range {
                start: self.value(&x.start, &y.start)?,
                stop: self.value(&x.stop, &y.stop)?,
                step: self.value(&x.step, &y.step)?,
            }),
            (Kind::Slice(x), Kind::Slice(y)) => Kind::Slice(Box::new(self.three(x, y)?)),
            (Kind::Function(x), Kind::Function(y)) => {
                if Arc::ptr_eq(x, y) {
                    return Some(a.clone());
                }
                if !Arc::ptr_eq(&x.code, &y.code)
                    || x.globals != y.globals
                    || x.closure.len() != y.closure.len()
                {
                    return None;
                }
                let mut merged = (**x).clone();
                merged.defaults = self.values(&x.defaults, &y.defaults)?;
                merged.kw_defaults = self.named(&x.kw_defaults, &y.kw_defaults)?;
                merged.closure = self.ids(&x.closure, &y.closure)?;
                Kind::Function(Arc::new(merged))
            }
            (Kind::Cell(x), Kind::Cell(y)) => Kind::Cell(self.value(x, y)?),
            (Kind::Class(x), Kind::Class(y)) if x.name == y.name && x.mro == y.mro => a.clone(),
            (Kind::Method { function, receiver }, Kind::Method { function: g, receiver: r }) => {
                Kind::Method { function: self.value(function, g)?, receiver: self.value(receiver, r)? }
            }
            (Kind::Module(x), Kind::Module(y)) if x.name == y.name => a.clone(),
            (Kind::Iter(x), Kind::Iter(y)) => Kind::Iter(self.iter(x, y)?),
            (Kind::Generator(x), Kind::Generator(y)) => Kind::Generator(Box::new(self.generator(x, y)?)),
            (Kind::Property(x), Kind::Property(y)) => Kind::Property(Box::new(self.three(x, y)?)),
            (Kind::StaticMethod(x), Kind::StaticMethod(y)) => Kind::StaticMethod(self.value(x, y)?),
            (Kind::ClassMethod(x), Kind::ClassMethod(y)) => Kind::ClassMethod(self.value(x, y)?),
            (Kind::Super { class, receiver }, Kind::Super { class: c, receiver: r }) if class == c => {
                Kind::Super { class: *class, receiver: self.value(receiver, r)? }
            }
            (Kind::Exception(x), Kind::Exception(y)) => Kind::Exception(Box::new(ExceptionData {
                args: self.values(&x.args, &y.args)?,
                cause: self.option(&x.cause, &y.cause)?,
                context: self.option(&x.context, &y.context)?,
                suppress_context: x.suppress_context,
                deliberate: x.deliberate,
                lacking: x.lacking,
                trace: x.trace.clone(),
            })),
            (Kind::DictView(x, part), Kind::DictView(y, other)) if part == other => {
                Kind::DictView(self.id(*x, *y)?, *part)
            }
            (Kind::Tensor(x), Kind::Tensor(y)) => Kind::Tensor(TensorObject {
                storage: self.id(x.storage, y.storage)?,
                view: self.view(&x.view, &y.view)?,
            }),
            (Kind::Storage(x), Kind::Storage(y)) => Kind::Storage(StorageObject {
                data: self.leaves.storage(&x.data, &y.data)?,
                version: x.version.max(y.version) + 1,
            }),
            (Kind::Opaque(x), Kind::Opaque(y)) if Arc::ptr_eq(x, y) => a.clone(),
            _ => return None,
        })
    }

    fn three(&mut self, a: &[Value; 3], b: &[Value; 3]) -> Option<[Value; 3]> {
        Some([self.value(&a[0], &b[0])?, self.value(&a[1], &b[1])?, self.value(&a[2], &b[2])?])
    }

    fn option(&mut self, a: &Option<Value>, b: &Option<Value>) -> Option<Option<Value>> {
        Some(match (a, b) {
            (Some(x), Some(y)) => Some(self.value(x, y)?),
            (None, None) => None,
            _ => return None,
        })
    }

    fn ids(&mut self, a: &[ObjId], b: &[ObjId]) -> Option<Vec<ObjId>> {
        if a.len() != b.len() {
            return None;
        }
        a.iter().zip(b).map(|(&x, &y)| self.id(x, y)).collect()
    }

    /// Keys must be the same, in the same order: order is what iteration shows.
    fn dict(&mut self, a: &Dict, b: &Dict) -> Option<Dict> {
        if a.len() != b.len() {
            return None;
        }
        let mut merged = Dict::new();
        for ((k, (shown, x)), (l, (other, y))) in a.entries.iter().zip(&b.entries) {
            if k != l {
                return None;
            }
            let shown = self.value(shown, other)?;
            let value = self.value(x, y)?;
            merged.insert(k.clone(), shown, value);
        }
        Some(merged)
    }

    fn iter(&mut self, a: &Iter, b: &Iter) -> Option<Iter> {
        Some(match (a, b) {
            (Iter::List(x, i), Iter::List(y, j)) if i == j => Iter::List(self.id(*x, *y)?, *i),
            (Iter::Seq(x, i), Iter::Seq(y, j)) if x.element == y.element => {
                let list = self.leaves.sequence(Items::Grown(*x), Items::Grown(*y))?;
                Iter::Seq(list, self.value(i, j)?)
            }
            (Iter::Items(x, i), Iter::Items(y, j)) if i == j => Iter::Items(self.values(x, y)?.into(), *i),
            (Iter::Backward(x, i), Iter::Backward(y, j)) if i == j => Iter::Backward(self.id(*x, *y)?, *i),
            (Iter::Range { next, left, step }, Iter::Range { next: n, left: l, step: s })
                if (next, left, step) == (n, l, s) =>
            {
                a.clone()
            }
            (Iter::Range { .. } | Iter::SymRange { .. }, Iter::Range { .. } | Iter::SymRange { .. }) => {
                let (next, stop, step) = bounds(a)?;
                let (other_next, other_stop, other_step) = bounds(b)?;
                let rolls = symbolic(a) && symbolic(b)
                    || step.is_same(&other_step) && self.leaves.roll_range(left(a));
                if !rolls {
                    return None;
                }
                Iter::SymRange {
                    next: self.value(&next, &other_next)?,
                    stop: self.value(&stop, &other_stop)?,
                    step: self.value(&step, &other_step)?,
                }
            }
            (Iter::Dict(x, part, i, n), Iter::Dict(y, other, j, m)) if (part, i, n) == (other, j, m) => {
                Iter::Dict(self.id(*x, *y)?, *part, *i, *n)
            }
            (Iter::Zip(x, strict), Iter::Zip(y, other)) if strict == other => {
                Iter::Zip(self.ids(x, y)?, *strict)
            }
            (Iter::Enumerate(x, i), Iter::Enumerate(y, j)) => {
                Iter::Enumerate(self.id(*x, *y)?, self.value(i, j)?)
            }
            (Iter::Rows { tensor, next }, Iter::Rows { tensor: other, next: following }) => {
                Iter::Rows { tensor: self.value(tensor, other)?, next: self.value(next, following)? }
            }
            (Iter::Chain(x, i), Iter::Chain(y, j)) if i == j => Iter::Chain(self.ids(x, y)?, *i),
            (Iter::Count(x, s), Iter::Count(y, t)) => Iter::Count(self.value(x, y)?, self.value(s, t)?),
            (Iter::Repeat(x, n), Iter::Repeat(y, m)) if n == m => Iter::Repeat(self.value(x, y)?, *n),
            (Iter::Sequence(x, i), Iter::Sequence(y, j)) if i == j => Iter::Sequence(self.value(x, y)?, *i),
            (Iter::Done, Iter::Done) => Iter::Done,
            _ => return None,
        })
    }

    fn generator(&mut self, a: &Generator, b: &Generator) -> Option<Generator> {
        if a.running != b.running || a.started != b.started {
            return None;
        }
        let frame = match (&a.frame, &b.frame) {
            (Some(x), Some(y)) => {
                let same = Arc::ptr_eq(&x.code, &y.code) && x.pc == y.pc && x.stack.len() == y.stack.len();
                if !same {
                    return None;
                }
                Some(self.frame(x, y)?)
            }
            (None, None) => None,
            _ => return None,
        };
        Some(Generator { frame, ..a.clone() })
    }

    fn view(&mut self, a: &[ViewStep], b: &[ViewStep]) -> Option<Arc<[ViewStep]>> {
        if a.len() != b.len() {
            return None;
        }
        let mut steps = Vec::with_capacity(a.len());
        for (x, y) in a.iter().zip(b) {
            if x.op != y.op {
                return None;
            }
            let mut attrs = x.attrs.clone();
            for (name, value) in x.attrs.iter() {
                let merged = self.attr(value, y.attrs.get(name)?)?;
                attrs.set(name, merged);
            }
            steps.push(ViewStep { op: x.op, attrs });
        }
        Some(steps.into())
    }

    fn attr(&mut self, a: &Attr, b: &Attr) -> Option<Attr> {
        Some(match (a, b) {
            (Attr::Term(x), Attr::Term(y)) => Attr::Term(self.leaves.int(*x, *y)?),
            (Attr::Terms(x), Attr::Terms(y)) if x.len() == y.len() => {
                let merged: Option<Vec<Term>> =
                    x.iter().zip(y).map(|(&s, &t)| self.leaves.int(s, t)).collect();
                Attr::Terms(merged?)
            }
            _ if a == b => a.clone(),
            _ => return None,
        })
    }

    fn then(&mut self, a: &Then, b: &Then) -> Option<Then> {
        Some(match (a, b) {
            (Then::Push, Then::Push)
            | (Then::Discard, Then::Discard)
            | (Then::YieldFrom, Then::YieldFrom) => a.clone(),
            (Then::Callable, Then::Callable) | (Then::Sync, Then::Sync) => a.clone(),
            (Then::Instead { value, then }, Then::Instead { value: v, then: t }) => {
                Then::Instead { value: self.value(value, v)?, then: Box::new(self.then(then, t)?) }
            }
            (Then::Truth { negate }, Then::Truth { negate: other }) if negate == other => a.clone(),
            (Then::ForIter(x), Then::ForIter(y)) if x == y => a.clone(),
            (Then::Module(x), Then::Module(y)) if x == y => a.clone(),
            (
                Then::Init { class, args, kwargs, then },
                Then::Init { class: c, args: d, kwargs: k, then: t },
            ) => Then::Init {
                class: self.id(*class, *c)?,
                args: self.values(args, d)?,
                kwargs: self.named(kwargs, k)?,
                then: Box::new(self.then(then, t)?),
            },
            (Then::Binary(x), Then::Binary(y)) if x.op == y.op => Then::Binary(Box::new(BinaryTry {
                op: x.op,
                left: self.value(&x.left, &y.left)?,
                right: self.value(&x.right, &y.right)?,
                rest: self.tries(&x.rest, &y.rest)?,
            })),
            (Then::Compare(x), Then::Compare(y)) if x.op == y.op && x.negate == y.negate => {
                Then::Compare(Box::new(CompareTry {
                    op: x.op,
                    left: self.value(&x.left, &y.left)?,
                    right: self.value(&x.right, &y.right)?,
                    rest: self.tries(&x.rest, &y.rest)?,
                    negate: x.negate,
                }))
            }
            (Then::OrGetattr { object, name, then }, Then::OrGetattr { object: o, name: n, then: t })
                if name == n =>
            {
                Then::OrGetattr {
                    object: self.value(object, o)?,
                    name: *name,
                    then: Box::new(self.then(then, t)?),
                }
            }
            (Then::Class(x), Then::Class(y)) if x.name == y.name => Then::Class(Box::new(ClassBody {
                name: x.name,
                bases: self.values(&x.bases, &y.bases)?,
                metaclass: self.value(&x.metaclass, &y.metaclass)?,
                kwargs: self.named(&x.kwargs, &y.kwargs)?,
                namespace: self.id(x.namespace, y.namespace)?,
            })),
            _ => return None,
        })
    }

    fn tries(
        &mut self,
        a: &[(Value, Value, Value)],
        b: &[(Value, Value, Value)],
    ) -> Option<Vec<(Value, Value, Value)>> {
        if a.len() != b.len() {
            return None;
        }
        let mut merged = Vec::with_capacity(a.len());
        for (x, y) in a.iter().zip(b) {
            merged.push((self.value(&x.0, &y.0)?, self.value(&x.1, &y.1)?, self.value(&x.2, &y.2)?));
        }
        Some(merged)
    }
}

/// Objects that may be matched many to one: immutable ones, and tensors (see the module's documentation).
fn splittable(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Tensor(_)
            | Kind::Storage(_)
            | Kind::Tuple(_)
            | Kind::Scalar(_)
            | Kind::Bytes(_)
            | Kind::Range(_)
            | Kind::Slice(_)
            | Kind::Function(_)
            | Kind::Method { .. }
            | Kind::DictView(..)
            | Kind::Exception(_)
            | Kind::Super { .. }
    )
}

fn int_term(value: &Value) -> Term {
    match value {
        Value::Int(value) => Term::int(*value),
        Value::Sym(Symbolic::Int(term)) => *term,
        other => unreachable!("{other:?} is no integer"),
    }
}

fn condition(value: &Value) -> SymBool {
    match value {
        Value::Bool(value) => SymBool::Term(Term::constant(braid_ir::Scalar::Bool(*value))),
        Value::Sym(Symbolic::Bool(condition)) => *condition,
        other => unreachable!("{other:?} is no truth value"),
    }
}

fn symbolic(iter: &Iter) -> bool {
    matches!(iter, Iter::SymRange { .. })
}

/// Elements left, if that is known.
fn left(iter: &Iter) -> Option<i64> {
    match iter {
        Iter::Range { left, .. } => Some(*left),
        _ => None,
    }
}

/// Next element, end and step of a range iterator.
fn bounds(iter: &Iter) -> Option<(Value, Value, Value)> {
    match iter {
        Iter::Range { next, left, step } => {
            let stop = left.checked_mul(*step)?.checked_add(*next)?;
            Some((Value::Int(*next), Value::Int(stop), Value::Int(*step)))
        }
        Iter::SymRange { next, stop, step } => Some((next.clone(), stop.clone(), step.clone())),
        _ => None,
    }
}

/// Every object that the frames of a state reach, dead local variables aside.
fn reach(state: &State, liveness: &mut Liveness) -> FxHashSet<ObjId> {
    let mut seen = FxHashSet::default();
    let mut work = Vec::new();
    for frame in &state.frames {
        frame_values(frame, liveness, &mut |value| work.extend(value.as_obj()));
        work.push(frame.globals);
        work.extend(frame.namespace);
        work.extend(frame.generator);
    }
    while let Some(id) = work.pop() {
        if !seen.insert(id) {
            continue;
        }
        let object = state.heap.get(id);
        work.push(object.class);
        work.extend(object.attrs().filter_map(|(_, value)| value.as_obj()));
        let mut visit = |value: &Value| work.extend(value.as_obj());
        match &object.kind {
            Kind::List(items) => items.iter().for_each(visit),
            Kind::Tuple(items) => items.iter().for_each(visit),
            Kind::Dict(dict) | Kind::Set(dict) => {
                dict.iter().for_each(|(k, v)| [k, v].into_iter().for_each(&mut visit))
            }
            Kind::Scalar(value)
            | Kind::Cell(value)
            | Kind::StaticMethod(value)
            | Kind::ClassMethod(value) => visit(value),
            Kind::Range(range) => [&range.start, &range.stop, &range.step].into_iter().for_each(visit),
            Kind::Slice(parts) | Kind::Property(parts) => parts.iter().for_each(visit),
            Kind::Function(function) => {
                function.defaults.iter().for_each(&mut visit);
                function.kw_defaults.iter().for_each(|(_, value)| visit(value));
                work.extend(&function.closure);
                work.push(function.globals);
            }
            Kind::Class(class) => {
                work.extend(&class.mro);
            }
            Kind::Method { function, receiver } => [function, receiver].into_iter().for_each(visit),
            Kind::Super { class, receiver } => {
                visit(receiver);
                work.push(*class);
            }
            Kind::Iter(iter) => match iter {
                Iter::List(id, _) | Iter::Backward(id, _) | Iter::Dict(id, ..) => work.push(*id),
                Iter::Enumerate(id, count) => {
                    visit(count);
                    work.push(*id);
                }
                Iter::Rows { tensor, .. } => visit(tensor),
                Iter::Items(items, _) => items.iter().for_each(visit),
                Iter::SymRange { next, stop, step } => [next, stop, step].into_iter().for_each(visit),
                Iter::Zip(ids, _) | Iter::Chain(ids, _) => work.extend(ids),
                Iter::Count(a, b) => [a, b].into_iter().for_each(visit),
                Iter::Repeat(value, _) | Iter::Sequence(value, _) | Iter::Seq(_, value) => visit(value),
                Iter::Range { .. } | Iter::Done => {}
            },
            Kind::Generator(generator) => {
                if let Some(frame) = &generator.frame {
                    frame_values(frame, liveness, &mut visit);
                }
            }
            Kind::Exception(data) => {
                data.args.iter().chain(&data.cause).chain(&data.context).for_each(visit);
            }
            Kind::DictView(id, _) => work.push(*id),
            Kind::Tensor(tensor) => work.push(tensor.storage),
            Kind::Plain
            | Kind::Seq(_)
            | Kind::Bytes(_)
            | Kind::Module(_)
            | Kind::Storage(_)
            | Kind::Opaque(_) => {}
        }
    }
    seen
}

/// Every live value of a frame.
fn frame_values(frame: &Frame, liveness: &mut Liveness, visit: &mut dyn FnMut(&Value)) {
    for (slot, value) in frame.stack.iter().enumerate() {
        if slot >= frame.code.slots.len() || liveness.is_live(&frame.code, frame.pc, slot) {
            visit(value);
        }
    }
    frame.handled.iter().for_each(&mut *visit);
    then_values(&frame.then, visit);
}

fn then_values(then: &Then, visit: &mut dyn FnMut(&Value)) {
    match then {
        Then::Instead { value, then } => {
            visit(value);
            then_values(then, visit);
        }
        Then::Init { args, kwargs, then, .. } => {
            then_values(then, visit);
            args.iter().for_each(&mut *visit);
            kwargs.iter().for_each(|(_, value)| visit(value));
        }
        Then::Binary(data) => {
            [&data.left, &data.right].into_iter().for_each(&mut *visit);
            data.rest.iter().for_each(|(f, x, y)| [f, x, y].into_iter().for_each(&mut *visit));
        }
        Then::Compare(data) => {
            [&data.left, &data.right].into_iter().for_each(&mut *visit);
            data.rest.iter().for_each(|(f, x, y)| [f, x, y].into_iter().for_each(&mut *visit));
        }
        Then::OrGetattr { object, then, .. } => {
            visit(object);
            then_values(then, visit);
        }
        Then::Class(body) => {
            body.bases.iter().for_each(&mut *visit);
            visit(&body.metaclass);
            visit(&Value::Obj(body.namespace));
        }
        Then::Push
        | Then::Discard
        | Then::Truth { .. }
        | Then::ForIter(_)
        | Then::YieldFrom
        | Then::Callable
        | Then::Module(_)
        | Then::Sync => {}
    }
}
