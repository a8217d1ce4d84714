//! The insertion-ordered table behind Python's dicts and sets.
//!
//! Keys are hashed by a [`Key`], a Rust value that two Python values share exactly when Python calls them equal and
//! hashes them alike. Making a key may need the evaluator (a class with its own `__hash__`), so it is done by
//! `Vm::key`; this file only stores.

use super::value::{NativeId, ObjId, Value};
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use std::sync::Arc;

/// What a Python value is hashed and compared by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// `None`
    None,
    /// `...`
    Ellipsis,
    /// `NotImplemented`
    NotImplemented,
    /// Integers, truth values and integral floats: `1 == True == 1.0`.
    Int(i64),
    /// Other floats, by bits.
    Float(u64),
    /// Strings.
    Str(Arc<str>),
    /// Byte strings.
    Bytes(Arc<[u8]>),
    /// Tuples, element by element.
    Tuple(Vec<Key>),
    /// Frozen sets, sorted.
    Frozen(Vec<String>),
    /// Objects compared by identity.
    Object(ObjId),
    /// Native functions.
    Native(NativeId),
    /// An object whose class defines `__hash__`: its hash, and which of the unequal objects with that hash it is.
    Hashed(i64, u32),
}

/// An insertion-ordered table from Python values to Python values.
#[derive(Clone, Debug, Default)]
pub struct Dict {
    /// Entries in insertion order: the key as Python sees it, and the value (`None` in sets).
    pub entries: IndexMap<Key, (Value, Value), FxBuildHasher>,
}

impl Dict {
    /// An empty table.
    pub fn new() -> Dict {
        Dict::default()
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The value at a key.
    pub fn get(&self, key: &Key) -> Option<&Value> {
        self.entries.get(key).map(|(_, value)| value)
    }

    /// The value at a string key.
    pub fn get_str(&self, key: &str) -> Option<&Value> {
        self.get(&Key::Str(Arc::from(key)))
    }

    /// Sets the value at a key; an existing entry keeps its place and its key object.
    pub fn insert(&mut self, key: Key, shown: Value, value: Value) {
        match self.entries.entry(key) {
            indexmap::map::Entry::Occupied(mut entry) => entry.get_mut().1 = value,
            indexmap::map::Entry::Vacant(entry) => {
                entry.insert((shown, value));
            }
        }
    }

    /// Sets the value at a string key.
    pub fn insert_str(&mut self, key: &str, value: Value) {
        let text: Arc<str> = Arc::from(key);
        self.insert(Key::Str(text.clone()), Value::Str(text), value);
    }

    /// Removes an entry, keeping the order of the others, and returns it.
    pub fn remove(&mut self, key: &Key) -> Option<(Value, Value)> {
        self.entries.shift_remove(key)
    }

    /// Whether there is an entry.
    pub fn contains(&self, key: &Key) -> bool {
        self.entries.contains_key(key)
    }

    /// The keys as Python sees them, in order.
    pub fn keys(&self) -> impl Iterator<Item = &Value> {
        self.entries.values().map(|(key, _)| key)
    }

    /// The values, in order.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        self.entries.values().map(|(_, value)| value)
    }

    /// Keys and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Value, &Value)> {
        self.entries.values().map(|(key, value)| (key, value))
    }

    /// Entry number `index`.
    pub fn at(&self, index: usize) -> Option<(&Value, &Value)> {
        self.entries.get_index(index).map(|(_, (key, value))| (key, value))
    }
}
