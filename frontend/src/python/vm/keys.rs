//! Keys of dicts and sets, and `hash`.

use super::Vm;
use crate::python::classes;
use crate::python::dict::Key;
use crate::python::names::Name;
use crate::python::native::Unwind;
use crate::python::object::Kind;
use crate::python::sym::{SymBool, Symbolic};
use crate::python::value::Value;
use braid_ir::Term;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

impl Vm {
    /// What a value is hashed and compared by.
    ///
    /// # Errors
    /// `TypeError` for an unhashable value; the request to find out a symbolic one.
    pub fn key(&mut self, value: &Value) -> Result<Key, Unwind> {
        Ok(match value {
            Value::Str(text) => Key::Str(text.clone()),
            Value::Int(int) => Key::Int(*int),
            Value::Bool(truth) => Key::Int(i64::from(*truth)),
            Value::Float(float) if float.fract() == 0.0 && float.abs() < 9e18 => Key::Int(*float as i64),
            Value::Float(float) => Key::Float(float.to_bits()),
            Value::None => Key::None,
            Value::Ellipsis => Key::Ellipsis,
            Value::NotImplemented => Key::NotImplemented,
            Value::Native(id) => Key::Native(*id),
            Value::Sym(Symbolic::Int(_) | Symbolic::Bool(_)) => {
                Key::Int(self.int_arg(value, "a dict key or set element")?)
            }
            Value::Sym(Symbolic::Float(_) | Symbolic::Str(_)) => {
                return Err(self.unsupported(
                    "a dict key or set element is known only at run time",
                    "use a key that is known at compile time",
                ));
            }
            Value::Unbound => unreachable!("an unbound variable is no value"),
            Value::Obj(id) => return self.object_key(*id, value),
        })
    }

    /// The key of a value that is looked up in a dict or set; `None` if it is not there. An integer known only at run
    /// time is compared with the keys that are there.
    ///
    /// # Errors
    /// As [`Vm::key`]; the request to fork.
    pub fn lookup_key(&mut self, container: &Value, value: &Value) -> Result<Option<Key>, Unwind> {
        let term = match self.scalar(value) {
            Value::Sym(Symbolic::Int(term)) => self.state.facts.normalise(*term),
            _ => return self.key(value).map(Some),
        };
        let table = match self.kind(container) {
            Some(Kind::Dict(table) | Kind::Set(table)) if term.as_int().is_none() => table,
            _ => return self.key(value).map(Some),
        };
        let integers: Vec<i64> = table
            .entries
            .keys()
            .filter_map(|key| match key {
                Key::Int(int) => Some(*int),
                _ => None,
            })
            .collect();
        for int in integers {
            if self.decide(SymBool::Term(term.equals(Term::int(int))))? {
                return Ok(Some(Key::Int(int)));
            }
        }
        Ok(None)
    }

    fn object_key(&mut self, id: crate::python::value::ObjId, value: &Value) -> Result<Key, Unwind> {
        let class = self.obj(id).class;
        match self.lookup(class, Name::HASH) {
            Some(Value::None) => return Err(self.unhashable(value)),
            Some(method @ Value::Obj(_)) => return self.hashed_key(value, method),
            _ => {}
        }
        Ok(match &self.obj(id).kind {
            Kind::Scalar(inner) if !matches!(inner, Value::Obj(_)) => {
                let inner = inner.clone();
                self.key(&inner)?
            }
            Kind::Tuple(items) => {
                let items = items.clone();
                Key::Tuple(items.iter().map(|item| self.key(item)).collect::<Result<_, _>>()?)
            }
            Kind::Bytes(bytes) => Key::Bytes(bytes.clone()),
            Kind::Set(set) if class == classes::FROZENSET => {
                let mut keys: Vec<String> = set.entries.keys().map(|key| format!("{key:?}")).collect();
                keys.sort();
                Key::Frozen(keys)
            }
            Kind::List(_) | Kind::Dict(_) | Kind::Set(_) | Kind::Slice(_) => {
                return Err(self.unhashable(value));
            }
            Kind::Method { function, receiver } => {
                let (function, receiver) = (function.clone(), receiver.clone());
                Key::Tuple(vec![self.key(&function)?, self.key(&receiver)?])
            }
            _ => Key::Object(id),
        })
    }

    fn unhashable(&mut self, value: &Value) -> Unwind {
        let name = self.type_name(value);
        self.type_error(format!("unhashable type: '{name}'"))
    }

    /// The key of an object whose class defines `__hash__`: objects of one hash are told apart by `__eq__`.
    fn hashed_key(&mut self, value: &Value, method: Value) -> Result<Key, Unwind> {
        let hash = self.call_sync(method, vec![value.clone()], Vec::new())?;
        let hash = self.int_arg(&hash, "__hash__")?;
        let known = self.state.hashed.get(&hash).cloned().unwrap_or_default();
        for (at, other) in known.iter().enumerate() {
            if self.equal(value, other)? {
                return Ok(Key::Hashed(hash, at as u32));
            }
        }
        Arc::make_mut(&mut self.state.hashed).entry(hash).or_default().push(value.clone());
        Ok(Key::Hashed(hash, known.len() as u32))
    }

    /// `hash(value)`
    ///
    /// # Errors
    /// `TypeError` for an unhashable value.
    pub fn hash(&mut self, value: &Value) -> Result<i64, Unwind> {
        Ok(match self.key(value)? {
            Key::Int(int) => int,
            Key::Hashed(hash, _) => hash,
            key => {
                let mut hasher = rustc_hash::FxHasher::default();
                key.hash(&mut hasher);
                // Python's hashes are signed and never -1; the value itself is nobody's business.
                (hasher.finish() >> 3) as i64
            }
        })
    }
}
