//! Python scalars and text of tensors, and questions about run-time integers that must not branch.

use super::apply::{apply, term_arg};
use super::contents::{read, tensor_arg, tensor_type};
use super::known::known_value;
use super::object::StorageData;
use super::promote::converted;
use super::view::{maximum, minimum};
use crate::python::native::{Args, NativeResult, Ret, Unwind};
use crate::python::sym::{Part, SymBool, Symbolic, Template};
use crate::python::value::Value;
use crate::python::vm::{Mode, Vm};
use braid_ir::{Attr, Attrs, DType, Scalar, Tensor, Term, ValueId};

/// An element as a Python number.
pub(super) fn python_scalar(element: Scalar) -> Value {
    match element {
        Scalar::Bool(value) => Value::Bool(value),
        // Only u64 reaches beyond i64; its top half shows as negative, as PyTorch's kernels treat it.
        Scalar::Int(_, value) => Value::Int(value as i64),
        Scalar::Float(_, value) => Value::Float(value),
    }
}

/// The one element of a tensor as contents of rank 0.
fn single(vm: &mut Vm, value: &Value) -> Result<StorageData, Unwind> {
    let tensor = tensor_arg(vm, value)?;
    let ty = tensor_type(vm, &tensor);
    let count = vm.state.facts.normalise(ty.numel());
    if vm.state.facts.equal(count, Term::int(1)) == Some(false) {
        return Err(vm.runtime_error(format!("a Tensor with {count} elements cannot be converted to Scalar")));
    }
    let mut data = read(vm, &tensor)?;
    if ty.rank() != 0 {
        data = apply(vm, "reshape", vec![data], Attrs::from([("shape", Attr::Terms(vec![]))]))?.remove(0);
    }
    // A decision by weights alone, a learned threshold or span, is made now.
    Ok(match data {
        StorageData::Value(value) => known_value(&vm.net, value).map_or(data, StorageData::Const),
        data => data,
    })
}

fn random(vm: &Vm, why: &str) -> Unwind {
    vm.unsupported(
        format!("this needs a number out of a tensor that {why} filled with random numbers"),
        "while modules are built, decisions can only depend on constants",
    )
}

/// `tensor.item()`
pub(super) fn item_of(vm: &mut Vm, value: &Value) -> Result<Value, Unwind> {
    match single(vm, value)? {
        StorageData::Const(tensor) => Ok(python_scalar(tensor.get(0))),
        StorageData::Poison { why, .. } => Err(random(vm, &why)),
        StorageData::Value(value) => run_time_scalar(vm, value),
    }
}

/// A value of rank 0 as a Python scalar known only at run time.
pub fn run_time_scalar(vm: &mut Vm, value: ValueId) -> Result<Value, Unwind> {
    let dtype = vm.net.tensor_ty(value).map_or(DType::I64, |ty| ty.dtype);
    let wide = if dtype == DType::Bool {
        DType::Bool
    } else if dtype.is_float() {
        DType::F64
    } else {
        DType::I64
    };
    let StorageData::Value(value) = converted(vm, StorageData::Value(value), wide)? else {
        unreachable!("a conversion of a value is a value")
    };
    Ok(match wide {
        DType::Bool => Value::Sym(Symbolic::Bool(truth_of(vm, value))),
        DType::F64 => Value::Sym(Symbolic::Float(value)),
        _ => {
            let term = term_of(vm, value);
            vm.new_int(term)
        }
    })
}

/// The term that an `i64[]` or `bool[]` value was made of, if it was.
fn made_of(vm: &Vm, value: ValueId) -> Option<Term> {
    let (_, op) = vm.net.producer(value)?;
    match op.attrs.get("value") {
        Some(Attr::Term(term)) => Some(*term),
        Some(Attr::Scalar(element)) if op.attrs.get("shape") == Some(&Attr::Terms(vec![])) => {
            Some(Term::constant(*element))
        }
        _ => None,
    }
}

/// An `i64[]` value as a term.
pub(super) fn term_of(vm: &mut Vm, value: ValueId) -> Term {
    if let Some(term) = made_of(vm, value) {
        return term;
    }
    match vm.net.sym_of(value) {
        Some(sym) => Term::sym(sym),
        None => Term::sym(vm.net.define_sym("i", value)),
    }
}

fn truth_of(vm: &Vm, value: ValueId) -> SymBool {
    match made_of(vm, value) {
        Some(term) => SymBool::Term(term),
        None => SymBool::Value(value),
    }
}

pub(super) fn item(vm: &mut Vm, args: &Args) -> NativeResult {
    Ok(Ret::Value(item_of(vm, &args[0])?))
}

pub(super) fn truth(vm: &mut Vm, args: &Args) -> NativeResult {
    let tensor = tensor_arg(vm, &args[0])?;
    let count = vm.state.facts.normalise(tensor_type(vm, &tensor).numel());
    if vm.state.facts.equal(count, Term::int(1)) == Some(false) {
        let message = match count.as_int() {
            Some(0) => "Boolean value of Tensor with no values is ambiguous",
            _ => "Boolean value of Tensor with more than one value is ambiguous",
        };
        return Err(vm.runtime_error(message));
    }
    let data = single(vm, &args[0])?;
    let dtype = data.ty(vm).dtype;
    let data = if dtype == DType::Bool {
        data
    } else {
        let zero = StorageData::Const(Tensor::scalar(Scalar::from_int(dtype, 0)).into());
        apply(vm, "not_equal", vec![data, zero], Attrs::default())?.remove(0)
    };
    Ok(Ret::Value(match data {
        StorageData::Const(tensor) => Value::Bool(tensor.get(0).is_truthy()),
        StorageData::Poison { why, .. } => return Err(random(vm, &why)),
        StorageData::Value(value) => match truth_of(vm, value) {
            SymBool::Term(term) => match vm.state.facts.decide(term) {
                Some(known) => Value::Bool(known),
                None => Value::Sym(Symbolic::Bool(SymBool::Term(term))),
            },
            condition => Value::Sym(Symbolic::Bool(condition)),
        },
    }))
}

/// Lists of run-time numbers longer than this are refused.
const LIST_MAX: usize = 4096;

/// `tensor.tolist()`
pub(super) fn tolist(vm: &mut Vm, args: &Args) -> NativeResult {
    let tensor = tensor_arg(vm, &args[0])?;
    let ty = tensor_type(vm, &tensor);
    let Some(shape) = ty.fixed_shape() else {
        let function = vm.prelude_function("_row_list")?;
        return Ret::call(function, vec![args[0].clone()]);
    };
    let count: usize = shape.iter().product();
    let elements = match read(vm, &tensor)? {
        StorageData::Const(tensor) => tensor.scalars().map(python_scalar).collect(),
        StorageData::Poison { why, .. } => return Err(random(vm, &why)),
        StorageData::Value(_) if count > LIST_MAX => {
            return Err(
                vm.unsupported(format!("tolist() of {count} run-time numbers"), "use tensor operations")
            );
        }
        data => {
            let flat = Attrs::from([("shape", Attr::Terms(vec![count.into()]))]);
            let flat = apply(vm, "reshape", vec![data], flat)?.remove(0);
            let mut elements = Vec::with_capacity(count);
            for i in 0..count {
                let bounds = Attrs::from([
                    ("start", Attr::Terms(vec![i.into()])),
                    ("limit", Attr::Terms(vec![(i + 1).into()])),
                ]);
                let one = apply(vm, "slice", vec![flat.clone()], bounds)?.remove(0);
                let one =
                    apply(vm, "reshape", vec![one], Attrs::from([("shape", Attr::Terms(vec![]))]))?.remove(0);
                if let StorageData::Value(value) = one {
                    elements.push(run_time_scalar(vm, value)?);
                }
            }
            elements
        }
    };
    Ok(Ret::Value(nested(vm, &shape, elements)))
}

/// Elements in row-major order as nested lists.
fn nested(vm: &mut Vm, shape: &[usize], mut elements: Vec<Value>) -> Value {
    if shape.is_empty() {
        return elements.pop().unwrap_or(Value::None);
    }
    for (dim, &extent) in shape.iter().enumerate().skip(1).rev() {
        let rows: usize = shape[..dim].iter().product();
        let mut rest = elements.into_iter();
        elements = (0..rows).map(|_| vm.new_list(rest.by_ref().take(extent).collect())).collect();
    }
    vm.new_list(elements)
}

/// `str(tensor)`
pub(super) fn text(vm: &mut Vm, args: &Args) -> NativeResult {
    let tensor = tensor_arg(vm, &args[0])?;
    let mut template = Template::default();
    match read(vm, &tensor)? {
        StorageData::Const(tensor) => template.push_str(&braid_ir::eval::tensor_repr(&tensor)),
        StorageData::Poison { .. } => template.push_str("tensor(...)"),
        StorageData::Value(value) => template.parts.push(Part::Value(value, "tensor".to_owned())),
    }
    Ok(Ret::Value(vm.new_text(template)))
}

/// `known(number)`: an integer that the path then knows; one that has several values makes as many paths.
pub(super) fn known(vm: &mut Vm, args: &Args) -> NativeResult {
    Ok(Ret::Value(Value::Int(vm.int_arg(&args[0], "the number")?)))
}

pub(super) fn is_known(vm: &mut Vm, args: &Args) -> NativeResult {
    Ok(Ret::Value(Value::Bool(!matches!(vm.scalar(&args[0]), Value::Sym(_)))))
}

pub(super) fn known_equal(vm: &mut Vm, args: &Args) -> NativeResult {
    let (a, b) = (term_arg(vm, &args[0], "size")?, term_arg(vm, &args[1], "size")?);
    Ok(Ret::Value(Value::Bool(a == b || vm.state.facts.equal(a, b) == Some(true))))
}

pub(super) fn known_unequal(vm: &mut Vm, args: &Args) -> NativeResult {
    let (a, b) = (term_arg(vm, &args[0], "size")?, term_arg(vm, &args[1], "size")?);
    Ok(Ret::Value(Value::Bool(vm.state.facts.equal(a, b) == Some(false))))
}

pub(super) fn smaller(vm: &mut Vm, args: &Args) -> NativeResult {
    let (a, b) = (term_arg(vm, &args[0], "size")?, term_arg(vm, &args[1], "size")?);
    let least = minimum(vm, a, b);
    Ok(Ret::Value(vm.new_int(least)))
}

pub(super) fn larger(vm: &mut Vm, args: &Args) -> NativeResult {
    let (a, b) = (term_arg(vm, &args[0], "size")?, term_arg(vm, &args[1], "size")?);
    let greatest = maximum(vm, a, b);
    Ok(Ret::Value(vm.new_int(greatest)))
}

pub(super) fn tracing(vm: &mut Vm, _: &Args) -> NativeResult {
    Ok(Ret::Value(Value::Bool(vm.mode == Mode::Tracing)))
}
