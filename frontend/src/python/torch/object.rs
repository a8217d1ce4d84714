//! Tensors and storages as heap objects.
//!
//! Tensors that alias share a storage. A view is the chain of movement operators that reads it from the storage's base
//! value; a write computes a new base value and leaves it in the storage, so every view sees it.

use crate::python::value::ObjId;
use braid_ir::{Attrs, DType, Tensor, Term, ValueId};
use std::sync::Arc;

/// A tensor: a storage seen through a chain of views.
#[derive(Clone, Debug)]
pub struct TensorObject {
    /// The [`StorageObject`].
    pub storage: ObjId,
    /// Steps from the storage's base value to this tensor, first step first.
    pub view: Arc<[ViewStep]>,
}

/// One step of a view: an operator of the table with one operand that only moves elements.
#[derive(Clone, Debug, PartialEq)]
pub struct ViewStep {
    /// The operator's name.
    pub op: &'static str,
    /// Its attributes.
    pub attrs: Attrs,
}

/// What tensors that alias share: the current contents of the base.
#[derive(Clone, Debug)]
pub struct StorageObject {
    /// The contents.
    pub data: StorageData,
    /// Counts writes.
    pub version: u64,
}

/// The contents of a storage.
#[derive(Clone, Debug)]
pub enum StorageData {
    /// Known when the program is compiled.
    Const(Arc<Tensor>),
    /// A value of the net.
    Value(ValueId),
    /// Type known, contents not (random initialisation that a checkpoint is expected to overwrite).
    Poison {
        /// Element type.
        dtype: DType,
        /// Shape.
        shape: Vec<Term>,
        /// What would have filled it.
        why: String,
    },
}
