//! Making objects and looking into them, without running any Python.

use super::Vm;
use crate::python::classes;
use crate::python::dict::Dict;
use crate::python::names::Name;
use crate::python::object::{Class, Iter, Kind, Object};
use crate::python::sym::{Symbolic, Template};
use crate::python::value::{ObjId, Value};
use std::sync::Arc;

impl Vm {
    /// A new object of a class.
    pub fn new_object(&mut self, class: ObjId, kind: Kind) -> Value {
        Value::Obj(self.state.heap.alloc(Object::new(class, kind)))
    }

    /// A new list.
    pub fn new_list(&mut self, items: Vec<Value>) -> Value {
        self.new_object(classes::LIST, Kind::List(items))
    }

    /// A new tuple.
    pub fn new_tuple(&mut self, items: Vec<Value>) -> Value {
        self.new_object(classes::TUPLE, Kind::Tuple(items.into()))
    }

    /// A new dict.
    pub fn new_dict(&mut self, dict: Dict) -> Value {
        self.new_object(classes::DICT, Kind::Dict(dict))
    }

    /// A new set.
    pub fn new_set(&mut self, set: Dict) -> Value {
        self.new_object(classes::SET, Kind::Set(set))
    }

    /// New bytes.
    pub fn new_bytes(&mut self, bytes: &[u8]) -> Value {
        self.new_object(classes::BYTES, Kind::Bytes(bytes.into()))
    }

    /// A new bound method.
    pub fn new_method(&mut self, function: Value, receiver: Value) -> Value {
        let class = match function {
            Value::Native(_) => classes::BUILTIN_FUNCTION,
            _ => classes::METHOD,
        };
        self.new_object(class, Kind::Method { function, receiver })
    }

    /// A new native iterator.
    pub fn new_iter(&mut self, iter: Iter) -> Value {
        self.new_object(classes::ITERATOR, Kind::Iter(iter))
    }

    /// The string, symbolic if the template waits for the run.
    pub fn new_text(&self, template: Template) -> Value {
        match template.as_text() {
            Some(text) => Value::str(text),
            None => Value::Sym(Symbolic::Str(Arc::new(template))),
        }
    }

    /// An object.
    #[inline]
    pub fn obj(&self, id: ObjId) -> &Object {
        self.state.heap.get(id)
    }

    /// An object, to change it.
    #[inline]
    pub fn obj_mut(&mut self, id: ObjId) -> &mut Object {
        self.state.heap.get_mut(id)
    }

    /// What an object holds, if the value is one.
    #[inline]
    pub fn kind(&self, value: &Value) -> Option<&Kind> {
        match value {
            Value::Obj(id) => Some(&self.state.heap.get(*id).kind),
            _ => None,
        }
    }

    /// The class of a value.
    #[inline]
    pub fn class_of(&self, value: &Value) -> ObjId {
        match value {
            Value::Obj(id) => self.state.heap.get(*id).class,
            Value::Unbound | Value::None => classes::NONE_TYPE,
            Value::Ellipsis => classes::ELLIPSIS_TYPE,
            Value::NotImplemented => classes::NOT_IMPLEMENTED_TYPE,
            Value::Bool(_) | Value::Sym(Symbolic::Bool(_)) => classes::BOOL,
            Value::Int(_) | Value::Sym(Symbolic::Int(_)) => classes::INT,
            Value::Float(_) | Value::Sym(Symbolic::Float(_)) => classes::FLOAT,
            Value::Str(_) | Value::Sym(Symbolic::Str(_)) => classes::STR,
            Value::Native(_) => classes::BUILTIN_FUNCTION,
        }
    }

    /// The class object's data.
    ///
    /// # Panics
    /// If the object is not a class; the caller has looked.
    pub fn class(&self, id: ObjId) -> &Class {
        match &self.obj(id).kind {
            Kind::Class(class) => class,
            _ => unreachable!("object {id:?} was taken for a class"),
        }
    }

    /// The class that a value is, if it is one.
    pub fn as_class(&self, value: &Value) -> Option<ObjId> {
        match value {
            Value::Obj(id) if matches!(self.obj(*id).kind, Kind::Class(_)) => Some(*id),
            _ => None,
        }
    }

    /// Whether a class is another or derives from it.
    pub fn is_subclass(&self, class: ObjId, base: ObjId) -> bool {
        class == base || self.class(class).mro.contains(&base)
    }

    /// Whether a value is an instance of a class (by its real class; `__instancecheck__` is not asked).
    pub fn is_instance(&self, value: &Value, class: ObjId) -> bool {
        self.is_subclass(self.class_of(value), class)
    }

    /// The name of a value's class, for messages.
    pub fn type_name(&self, value: &Value) -> &'static str {
        self.class(self.class_of(value)).name.as_str()
    }

    /// The elements of a list (or of an instance of a class derived from it).
    pub fn as_list(&self, value: &Value) -> Option<&Vec<Value>> {
        match self.kind(value) {
            Some(Kind::List(items)) => Some(items),
            _ => None,
        }
    }

    /// The elements of a list, to change them.
    pub fn as_list_mut(&mut self, value: &Value) -> Option<&mut Vec<Value>> {
        match value {
            Value::Obj(id) => match &mut self.obj_mut(*id).kind {
                Kind::List(items) => Some(items),
                _ => None,
            },
            _ => None,
        }
    }

    /// The elements of a tuple.
    pub fn as_tuple(&self, value: &Value) -> Option<&Arc<[Value]>> {
        match self.kind(value) {
            Some(Kind::Tuple(items)) => Some(items),
            _ => None,
        }
    }

    /// The table of a dict.
    pub fn as_dict(&self, value: &Value) -> Option<&Dict> {
        match self.kind(value) {
            Some(Kind::Dict(dict)) => Some(dict),
            _ => None,
        }
    }

    /// The table of a dict, to change it.
    pub fn as_dict_mut(&mut self, value: &Value) -> Option<&mut Dict> {
        match value {
            Value::Obj(id) => match &mut self.obj_mut(*id).kind {
                Kind::Dict(dict) => Some(dict),
                _ => None,
            },
            _ => None,
        }
    }

    /// The table of a set or frozenset.
    pub fn as_set(&self, value: &Value) -> Option<&Dict> {
        match self.kind(value) {
            Some(Kind::Set(set)) => Some(set),
            _ => None,
        }
    }

    /// The table of a set, to change it.
    pub fn as_set_mut(&mut self, value: &Value) -> Option<&mut Dict> {
        match value {
            Value::Obj(id) => match &mut self.obj_mut(*id).kind {
                Kind::Set(set) => Some(set),
                _ => None,
            },
            _ => None,
        }
    }

    /// The scalar behind a value: instances of classes derived from `int`, `float` and `str` count as what they hold.
    #[inline]
    pub fn scalar<'a>(&'a self, value: &'a Value) -> &'a Value {
        match self.kind(value) {
            // A live `__dict__` holds an object there, which it only shows.
            Some(Kind::Scalar(inner)) if !matches!(inner, Value::Obj(_)) => inner,
            _ => value,
        }
    }

    /// The text of a string.
    pub fn as_str<'a>(&'a self, value: &'a Value) -> Option<&'a Arc<str>> {
        match self.scalar(value) {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// An attribute of the object itself, not of its class.
    pub fn own_attr(&self, value: &Value, name: Name) -> Option<Value> {
        match value {
            Value::Obj(id) => self.obj(*id).attr(name).cloned(),
            _ => None,
        }
    }

    /// A name looked up along a class's method resolution order, not bound.
    pub fn lookup(&mut self, class: ObjId, name: Name) -> Option<Value> {
        if self.cache_epoch != self.state.class_epoch {
            self.cache.clear();
            self.cache_epoch = self.state.class_epoch;
        }
        if let Some(found) = self.cache.get(&(class, name)) {
            return found.clone();
        }
        let found = self.class(class).mro.iter().find_map(|&base| self.obj(base).attr(name)).cloned();
        self.cache.insert((class, name), found.clone());
        found
    }

    /// Says that a class changed, so that cached lookups are made again.
    pub fn touch_classes(&mut self) {
        use std::sync::atomic::{AtomicU64, Ordering};
        static EPOCH: AtomicU64 = AtomicU64::new(1);
        // Numbers are never reused, so states that changed classes apart never share one.
        self.state.class_epoch = EPOCH.fetch_add(1, Ordering::Relaxed);
    }
}
