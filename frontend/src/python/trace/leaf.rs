//! Leaves of the object graph: what a path knows only at run time, and how it becomes an argument of a block.

use super::walk::Items;
use crate::python::native::Unwind;
use crate::python::object::{Kind, SeqElement};
use crate::python::sym::{SymBool, Symbolic};
use crate::python::torch::object::StorageData;
use crate::python::value::Value;
use crate::python::vm::{State, Vm};
use braid_ir::{Attrs, BlockId, DType, Edge, Scalar, SymDef, Tensor, TensorType, Term, Type, ValueId, ops};
use std::collections::HashMap;
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
    /// A list of known length, to become one of run-time length.
    List(Vec<Value>, Type),
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
    /// A list, by the identity of its elements.
    List(Vec<String>),
}

impl Leaf {
    /// The leaf's identity.
    pub fn key(&self) -> LeafKey {
        match self {
            Leaf::Value(value) => LeafKey::Value(*value),
            Leaf::Const(tensor) => LeafKey::Const(Arc::as_ptr(tensor) as usize),
            Leaf::Int(term) | Leaf::Bool(term) => LeafKey::Term(*term),
            Leaf::Float(value) => LeafKey::Float(value.to_bits()),
            Leaf::List(items, ..) => LeafKey::List(items.iter().map(|item| format!("{item:?}")).collect()),
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
            Leaf::List(..) => None,
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
            Leaf::List(items, ty) => {
                let Type::Seq(dtype, dims) = ty else { unreachable!("a list leaf has a sequence type") };
                let mut list = vm.emit_sequence(*dtype, dims.as_deref())?;
                for item in items {
                    let element = vm.element_value(item)?;
                    list = vm.emit1("seq_push", &[list, element], Attrs::default())?;
                }
                Ok(list)
            }
        }
    }
}

/// The edge from the current state's block to `block`, whose parameters stand for these leaves.
///
/// # Errors
/// As appending operators.
pub fn edge(vm: &mut Vm, block: BlockId, leaves: &[&Leaf]) -> Result<Edge, Unwind> {
    let params = vm.net.block(block).params.clone();
    let mut args = Vec::with_capacity(leaves.len());
    let mut sizes = HashMap::new();
    for (&param, leaf) in params.iter().zip(leaves) {
        args.push(leaf.materialise(vm)?);
        if let (Some(sym), Leaf::Int(term)) = (vm.net.sym_of(param), leaf) {
            sizes.insert(sym, vm.state.facts.normalise(*term));
        }
    }
    // What this path knows may have named a dimension otherwise than the tensor's type does: `200` for `t + 1`. The slice of
    // all of it makes no condition on other paths, as a reshape would.
    for (&param, arg) in params.iter().zip(&mut args) {
        let Type::Tensor(expected) = vm.net.ty(param).subst(&sizes) else { continue };
        if vm
            .net
            .tensor_ty(*arg)
            .is_some_and(|found| found.rank() == expected.rank() && found.shape != expected.shape)
        {
            *arg = vm.emit_whole(*arg, expected.shape)?;
        }
    }
    Ok(Edge { block, args })
}

/// What the elements of a list are to Python and the type of a list in the net that can hold them all; none if they
/// are not alike. Dimensions in which they differ, or that are not known where a loop begins, are left open, and so are all
/// where they differ in rank.
pub fn sequence_type(vm: &Vm, sides: [(&State, &[Value]); 2]) -> Option<(SeqElement, Type)> {
    let mut found: Option<(SeqElement, DType, Option<Vec<Option<Term>>>)> = None;
    for (state, items) in sides {
        for item in items {
            let (element, ty) = element_type(vm, state, item)?;
            match &mut found {
                None => {
                    let lasting = |dim: &Term| {
                        dim.syms()
                            .iter()
                            .all(|sym| matches!(vm.net.syms.get(sym), Some(SymDef::Input { .. })))
                    };
                    found = Some((
                        element,
                        ty.dtype,
                        Some(ty.shape.iter().map(|dim| lasting(dim).then_some(*dim)).collect()),
                    ));
                }
                Some((first, dtype, dims)) => {
                    if *first != element || *dtype != ty.dtype {
                        return None;
                    }
                    *dims = dims.take().filter(|dims| dims.len() == ty.rank());
                    for (dim, new) in dims.iter_mut().flatten().zip(&ty.shape) {
                        *dim = dim.filter(|dim| dim == new);
                    }
                }
            }
        }
    }
    found.map(|(element, dtype, dims)| (element, Type::Seq(dtype, dims)))
}

/// A list of known length as a value of the net; one without elements is of type `empty`.
///
/// # Errors
/// As appending an operator; `unsupported` for elements that are not alike.
pub fn list_value(vm: &mut Vm, items: &[Value], empty: &Type) -> Result<ValueId, Unwind> {
    let ty = match sequence_type(vm, [(&vm.state, items), (&vm.state, &[])]) {
        Some((_, ty)) => ty,
        None if items.is_empty() => empty.clone(),
        None => {
            let what = "a list whose elements differ in element type";
            return Err(
                vm.unsupported(format!("{what} is not supported here"), "return tensors that are alike")
            );
        }
    };
    Leaf::List(items.to_vec(), ty).materialise(vm)
}

/// The type of a list's element as a value of the net.
fn element_type(vm: &Vm, state: &State, item: &Value) -> Option<(SeqElement, TensorType)> {
    Some(match item {
        Value::Int(_) | Value::Sym(Symbolic::Int(_)) => (SeqElement::Int, TensorType::scalar(DType::I64)),
        Value::Float(_) | Value::Sym(Symbolic::Float(_)) => {
            (SeqElement::Float, TensorType::scalar(DType::F64))
        }
        Value::Bool(_) | Value::Sym(Symbolic::Bool(_)) => (SeqElement::Bool, TensorType::scalar(DType::Bool)),
        Value::Obj(id) => {
            let Kind::Tensor(tensor) = &state.heap.get(*id).kind else { return None };
            let Kind::Storage(storage) = &state.heap.get(tensor.storage).kind else { return None };
            let mut ty = match &storage.data {
                StorageData::Value(value) => vm.net.tensor_ty(*value)?.clone(),
                StorageData::Const(data) => TensorType::fixed(data.dtype(), data.shape()),
                StorageData::Poison { .. } => return None,
            };
            for step in tensor.view.iter() {
                let operands = [Type::Tensor(ty)];
                let inferred = ops::find(step.op)?.infer(&ops::Infer::new(&operands, &step.attrs)).ok()?;
                ty = inferred.results.first()?.as_tensor()?.clone();
            }
            (SeqElement::Tensor, ty)
        }
        _ => return None,
    })
}

/// Whether a list whose elements differ in the number of dimensions came of lists of known ones.
pub fn newly_ragged(a: &Items, b: &Items, (_, ty, ..): &(SeqElement, Type, Leaf, Leaf)) -> bool {
    matches!((a, b, ty), (Items::Known(..), Items::Known(..), Type::Seq(_, None)))
}

/// Both sides of a list as leaves of one sequence type; none if no such type holds both.
pub fn sequence_leaves(vm: &Vm, a: &Items, b: &Items) -> Option<(SeqElement, Type, Leaf, Leaf)> {
    let (element, ty) = match (a, b) {
        (Items::Grown(list), _) | (_, Items::Grown(list)) => (list.element, vm.net.ty(list.value).clone()),
        (Items::Known(s, _, x), Items::Known(t, _, y)) => sequence_type(vm, [(s, x), (t, y)])?,
    };
    let leaf = |items: &Items| match items {
        Items::Grown(list) => {
            (vm.net.ty(list.value) == &ty && list.element == element).then_some(Leaf::Value(list.value))
        }
        Items::Known(state, _, items) => {
            let fits = items.iter().all(|item| match (element_type(vm, state, item), &ty) {
                (Some((kind, found)), Type::Seq(dtype, dims)) => {
                    kind == element
                        && found.dtype == *dtype
                        && dims.as_ref().is_none_or(|dims| {
                            let mut pairs = dims.iter().zip(&found.shape);
                            found.rank() == dims.len()
                                && pairs.all(|(dim, new)| dim.is_none_or(|dim| dim == *new))
                        })
                }
                _ => false,
            });
            fits.then(|| Leaf::List(items.to_vec(), ty.clone()))
        }
    };
    let (x, y) = (leaf(a)?, leaf(b)?);
    Some((element, ty, x, y))
}
