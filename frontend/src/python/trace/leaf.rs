//! Leaves of the object graph: what a path knows only at run time, and how it becomes an argument of a block.

use crate::python::native::Unwind;
use crate::python::sym::SymBool;
use crate::python::torch::object::StorageData;
use crate::python::vm::Vm;
use braid_ir::{DType, Scalar, Tensor, TensorType, Term, ValueId};
use std::sync::Arc;

/// A value that two paths may hold differently and that a block parameter can stand for.
#[derive(Clone, Debug)]
pub enum Leaf {
    /// A tensor value of the net (a run-time float is an `f64[]`, a truth value a `bool[]`).
    Value(ValueId),
    /// A constant tensor.
    Const(Arc<Tensor>),
    /// An integer.
    Int(Term),
    /// A known float.
    Float(f64),
    /// A known truth value, or a condition over run-time integers.
    Bool(Term),
}

/// What makes two leaves the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum LeafKey {
    /// A value.
    Value(ValueId),
    /// A constant tensor, by address.
    Const(usize),
    /// A term, integer or bool.
    Term(Term),
    /// A float, by bits.
    Float(u64),
}

impl Leaf {
    /// The leaf's identity.
    pub fn key(&self) -> LeafKey {
        match self {
            Leaf::Value(value) => LeafKey::Value(*value),
            Leaf::Const(tensor) => LeafKey::Const(Arc::as_ptr(tensor) as usize),
            Leaf::Int(term) | Leaf::Bool(term) => LeafKey::Term(*term),
            Leaf::Float(value) => LeafKey::Float(value.to_bits()),
        }
    }

    /// The leaf of a condition.
    pub fn condition(condition: SymBool) -> Leaf {
        match condition {
            SymBool::Value(value) => Leaf::Value(value),
            SymBool::Term(term) => Leaf::Bool(term),
        }
    }

    /// The leaf of a storage's contents; none if they are not known at all.
    pub fn storage(data: &StorageData) -> Option<Leaf> {
        match data {
            StorageData::Const(tensor) => Some(Leaf::Const(tensor.clone())),
            StorageData::Value(value) => Some(Leaf::Value(*value)),
            StorageData::Poison { .. } => None,
        }
    }

    /// The type of a block parameter that stands for the leaf.
    pub fn ty(&self, vm: &Vm) -> Option<TensorType> {
        match self {
            Leaf::Value(value) => vm.net.tensor_ty(*value).cloned(),
            Leaf::Const(tensor) => Some(TensorType::fixed(tensor.dtype(), tensor.shape())),
            Leaf::Int(_) => Some(TensorType::scalar(DType::I64)),
            Leaf::Float(_) => Some(TensorType::scalar(DType::F64)),
            Leaf::Bool(_) => Some(TensorType::scalar(DType::Bool)),
        }
    }

    /// The leaf as a value in the current state's block.
    ///
    /// # Errors
    /// As appending an operator.
    pub fn materialise(&self, vm: &mut Vm) -> Result<ValueId, Unwind> {
        match self {
            Leaf::Value(value) => Ok(*value),
            Leaf::Const(tensor) if tensor.rank() == 0 => vm.emit_scalar(tensor.get(0)),
            Leaf::Const(tensor) => {
                let name = format!("const.{}", vm.net.weights.len());
                Ok(vm.net.add_weight(&name, tensor.clone()))
            }
            Leaf::Int(term) | Leaf::Bool(term) => vm.emit_term(*term),
            Leaf::Float(value) => vm.emit_scalar(Scalar::from_f64(DType::F64, *value)),
        }
    }
}
