//! Python values as the evaluator holds them.
//!
//! A [`Value`] is small and cheap to clone. Immutable scalars are held in it directly; everything with identity lives in
//! the [`Heap`](super::heap::Heap) and is named by an [`ObjId`]. A scalar known only when the compiled program runs is a
//! [`Symbolic`]. Values say nothing about Python's operators: those are in `vm/`.

use super::names::Name;
use super::sym::Symbolic;
use std::fmt;
use std::sync::Arc;

/// Names an object of the heap. Small numbers are the built-in classes, see [`classes`](super::classes).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjId(pub u32);

impl fmt::Debug for ObjId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// Names a native function in the table that [`native`](super::native) builds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NativeId(pub u32);

/// A Python value.
#[derive(Clone, Debug)]
pub enum Value {
    /// A local variable that has no value (yet); never seen by Python code.
    Unbound,
    /// `None`
    None,
    /// `...`
    Ellipsis,
    /// `NotImplemented`
    NotImplemented,
    /// `True` and `False`
    Bool(bool),
    /// An integer. Arithmetic that leaves 64 bits is a diagnostic, never a wrap.
    Int(i64),
    /// A float.
    Float(f64),
    /// A string.
    Str(Arc<str>),
    /// An object of the heap.
    Obj(ObjId),
    /// A native function, not bound to anything.
    Native(NativeId),
    /// A scalar known only at run time.
    Sym(Symbolic),
}

impl Value {
    /// A string value.
    pub fn str(text: impl AsRef<str>) -> Value {
        Value::Str(Arc::from(text.as_ref()))
    }

    /// The text of a name as a Python string.
    pub fn name(name: Name) -> Value {
        Value::Str(Arc::from(name.as_str()))
    }

    /// The object's id if it lives in the heap.
    pub fn as_obj(&self) -> Option<ObjId> {
        match self {
            Value::Obj(id) => Some(*id),
            _ => None,
        }
    }

    /// Whether this is Python's `None`.
    pub fn is_none(&self) -> bool {
        matches!(self, Value::None)
    }

    /// Python's `is`. Small immutable values are the same when they are equal, which CPython also shows for those that
    /// programs compare so (`True`, small integers, interned strings).
    pub fn is_same(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Unbound, Value::Unbound)
            | (Value::None, Value::None)
            | (Value::Ellipsis, Value::Ellipsis)
            | (Value::NotImplemented, Value::NotImplemented) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits(),
            (Value::Str(a), Value::Str(b)) => a == b,
            (Value::Obj(a), Value::Obj(b)) => a == b,
            (Value::Native(a), Value::Native(b)) => a == b,
            (Value::Sym(a), Value::Sym(b)) => a == b,
            _ => false,
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::Int(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Value::Float(value)
    }
}

impl From<ObjId> for Value {
    fn from(id: ObjId) -> Self {
        Value::Obj(id)
    }
}
