//! PyTorch's type promotion: tensors with dimensions, tensors without, and Python numbers, in that order of weight.

use super::apply::{apply, dtype_arg, list_arg, wrapped};
use super::contents::{as_tensor, new_object, read, tensor_arg, tensor_type};
use super::create::number;
use super::object::StorageData;
use crate::python::native::{Args, NativeResult, Ret, Unwind};
use crate::python::sym::Symbolic;
use crate::python::value::Value;
use crate::python::vm::Vm;
use braid_ir::{Attr, Attrs, DType};

/// Truth values, integers, floats: a number of a higher category decides the result's category.
fn category(dtype: DType) -> u8 {
    if dtype == DType::Bool {
        0
    } else if dtype.is_int() {
        1
    } else {
        2
    }
}

/// The type that holds both (`torch.promote_types`).
pub(super) fn promoted(a: DType, b: DType) -> DType {
    use DType::*;
    if a == b {
        return a;
    }
    let (low, high) = if category(a) <= category(b) { (a, b) } else { (b, a) };
    if category(low) < category(high) {
        return high;
    }
    if high.is_float() {
        return match (a, b) {
            (F16, BF16) | (BF16, F16) => F32,
            _ if a.size() >= b.size() => a,
            _ => b,
        };
    }
    match (a.is_unsigned(), b.is_unsigned()) {
        (true, true) | (false, false) => {
            if a.size() >= b.size() {
                a
            } else {
                b
            }
        }
        (unsigned, _) => {
            let (unsigned, signed) = if unsigned { (a, b) } else { (b, a) };
            if signed.size() > unsigned.size() {
                return signed;
            }
            match unsigned.size() {
                1 => I16,
                2 => I32,
                _ => I64,
            }
        }
    }
}

/// The element type of a Python number; `None` if the value is no number.
pub(super) fn number_dtype(vm: &Vm, value: &Value) -> Option<DType> {
    Some(match vm.scalar(value) {
        Value::Bool(_) | Value::Sym(Symbolic::Bool(_)) => DType::Bool,
        Value::Int(_) | Value::Sym(Symbolic::Int(_)) => DType::I64,
        Value::Float(_) | Value::Sym(Symbolic::Float(_)) => DType::F32,
        _ => return None,
    })
}

/// The common type of tensors and numbers (`torch.result_type`); `None` if one is neither.
fn common(vm: &Vm, operands: &[Value]) -> Option<DType> {
    let mut ranked: [Option<DType>; 3] = [None; 3];
    for operand in operands {
        let (rank, dtype) = match as_tensor(vm, operand) {
            Some(tensor) => {
                let ty = tensor_type(vm, &tensor);
                (usize::from(ty.rank() == 0), ty.dtype)
            }
            None => (2, number_dtype(vm, operand)?),
        };
        ranked[rank] = Some(ranked[rank].map_or(dtype, |before| promoted(before, dtype)));
    }
    // A lower rank only counts if its category is higher.
    ranked
        .into_iter()
        .flatten()
        .reduce(|high, low| if category(low) > category(high) { promoted(high, low) } else { high })
}

/// An operand as contents of the given type.
fn operand(vm: &mut Vm, value: &Value, dtype: DType) -> Result<StorageData, Unwind> {
    match as_tensor(vm, value) {
        Some(tensor) => {
            let data = read(vm, &tensor)?;
            converted(vm, data, dtype)
        }
        None => number(vm, value, dtype),
    }
}

/// Contents converted to a type.
pub(super) fn converted(vm: &mut Vm, data: StorageData, dtype: DType) -> Result<StorageData, Unwind> {
    if data.ty(vm).dtype == dtype {
        return Ok(data);
    }
    let mut results = apply(vm, "convert", vec![data], Attrs::from([("to", Attr::DType(dtype))]))?;
    Ok(results.pop().expect("a conversion has one result"))
}

/// `elementwise(name, operands, rule)`: the row applied to its operands after promotion to the type that the rule says.
/// `NotImplemented` if an operand is neither a tensor nor a number, as Python's operators want it.
pub(super) fn elementwise(vm: &mut Vm, args: &Args) -> NativeResult {
    let name = vm.str_arg(&args[0], "name")?;
    let operands = list_arg(vm, &args[1], "operands")?;
    let rule = vm.str_arg(&args[2], "rule")?;
    let Some(dtype) = common(vm, &operands) else { return Ok(Ret::Value(Value::NotImplemented)) };
    let dtype = match &*rule {
        "bool" => DType::Bool,
        "float" if !dtype.is_float() => DType::F32,
        _ => dtype,
    };
    if &*name == "sub" && dtype == DType::Bool {
        return Err(vm.runtime_error("Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` operator instead."));
    }
    let mut contents = Vec::with_capacity(operands.len());
    for value in &operands {
        contents.push(operand(vm, value, dtype)?);
    }
    let results = apply(vm, &name, contents, Attrs::default())?;
    Ok(Ret::Value(wrapped(vm, results)))
}

pub(super) fn select(vm: &mut Vm, args: &Args) -> NativeResult {
    let condition = tensor_arg(vm, &args[0])?;
    let sides = [args[1].clone(), args[2].clone()];
    let Some(dtype) = common(vm, &sides) else {
        return Err(vm.type_error("where(): expected tensors or numbers to choose from"));
    };
    let condition = read(vm, &condition)?;
    let condition = converted(vm, condition, DType::Bool)?;
    let yes = operand(vm, &sides[0], dtype)?;
    let no = operand(vm, &sides[1], dtype)?;
    let results = apply(vm, "select", vec![condition, yes, no], Attrs::default())?;
    Ok(Ret::Value(wrapped(vm, results)))
}

pub(super) fn convert(vm: &mut Vm, args: &Args) -> NativeResult {
    let tensor = tensor_arg(vm, &args[0])?;
    let dtype = dtype_arg(vm, &args[1])?;
    if tensor_type(vm, &tensor).dtype == dtype {
        return Ok(Ret::Value(args[0].clone()));
    }
    let data = read(vm, &tensor)?;
    let data = converted(vm, data, dtype)?;
    Ok(Ret::Value(new_object(vm, data)))
}

pub(super) fn result_type(vm: &mut Vm, args: &Args) -> NativeResult {
    let operands = list_arg(vm, &args[0], "operands")?;
    match common(vm, &operands) {
        Some(dtype) => Ok(Ret::Value(Value::str(dtype.name()))),
        None => Err(vm.type_error("expected tensors and numbers")),
    }
}

/// An in-place operator's result must not be of a higher category than its target.
pub(super) fn check_cast(vm: &mut Vm, args: &Args) -> NativeResult {
    let (source, target) = (tensor_arg(vm, &args[0])?, tensor_arg(vm, &args[1])?);
    let (from, to) = (tensor_type(vm, &source).dtype, tensor_type(vm, &target).dtype);
    if category(from) > category(to) {
        return Err(
            vm.runtime_error(format!("result type {from} can't be cast to the desired output type {to}"))
        );
    }
    Ret::NONE
}
