//! Indices that must lie in a dimension: refused now where they are known, else by a check of the program.

use super::apply::{apply, term_arg};
use super::contents::{read, tensor_arg, tensor_type};
use super::object::StorageData;
use super::scalar::term_of;
use crate::python::native::{Args, NativeResult, Ret, Unwind};
use crate::python::value::Value;
use crate::python::vm::Vm;
use braid_ir::{Attr, Attrs, Term};

/// What PyTorch says of an index that is too large or too small.
pub(super) fn out_of_bounds(dim: usize) -> String {
    format!("IndexError: index {{0}} is out of bounds for dimension {dim} with size {{1}}")
}

/// Indices of a dimension: negative ones count from the end if `from_end` says so. `{0}` in the message is an index that
/// does not fit, `{1}` the size.
pub(super) fn check_index(vm: &mut Vm, args: &Args) -> NativeResult {
    let size = term_arg(vm, &args[1], "size")?;
    let from_end = vm.truth(&args[2])?;
    let message = vm.str_arg(&args[3], "message")?.to_string();
    check_indices(vm, &args[0], size, from_end, &message)?;
    Ok(Ret::Value(args[0].clone()))
}

/// A size that must not be larger than another. In the message, `{0}` stands for the first, `{1}` for the second.
pub(super) fn check_at_most(vm: &mut Vm, args: &Args) -> NativeResult {
    let (a, b) = (term_arg(vm, &args[0], "a")?, term_arg(vm, &args[1], "b")?);
    let message = vm.str_arg(&args[2], "message")?.to_string();
    check(vm, a.less_equal(b), &message, &[a, b])?;
    Ret::NONE
}

/// As [`check_index`], from Rust.
pub(super) fn check_indices(
    vm: &mut Vm,
    indices: &Value,
    size: Term,
    from_end: bool,
    message: &str,
) -> Result<(), Unwind> {
    let tensor = tensor_arg(vm, indices)?;
    if !tensor_type(vm, &tensor).dtype.is_int() {
        return Err(vm.index_error("tensors used as indices must be long, int, byte or bool tensors"));
    }
    let data = read(vm, &tensor)?;
    let size = vm.state.facts.normalise(size);
    if let (StorageData::Const(indices), Some(size)) = (&data, size.as_int()) {
        let size = i128::from(size);
        let low = if from_end { -size } else { 0 };
        let outside = indices.scalars().map(|v| v.as_i128()).find(|&v| v < low || v >= size);
        return match outside {
            Some(index) => Err(raised(vm, message, &[index.to_string(), size.to_string()])),
            None => Ok(()),
        };
    }
    if matches!(data, StorageData::Poison { .. }) {
        return Ok(());
    }
    let farthest =
        apply(vm, "farthest_index", vec![data], Attrs::from([("from_end", Attr::Bool(from_end))]))?;
    let Some(StorageData::Value(farthest)) = farthest.into_iter().next() else { return Ok(()) };
    let code = term_of(vm, farthest);
    check(vm, code.less(size * Term::int(2)), message, &[braid_ir::ops::index_of_code(code), size])
}

/// A position in a dimension that is only known at run time: 0 is the first one, -1 the last.
pub(super) fn check_position(vm: &mut Vm, at: Term, size: Term, dim: usize) -> Result<(), Unwind> {
    for condition in [(Term::int(0) - size).less_equal(at), at.less(size)] {
        check(vm, condition, &out_of_bounds(dim), &[at, size])?;
    }
    Ok(())
}

/// Raises now or at run time unless the condition holds.
fn check(vm: &mut Vm, condition: Term, message: &str, values: &[Term]) -> Result<(), Unwind> {
    match vm.state.facts.decide(condition) {
        Some(true) => Ok(()),
        Some(false) => {
            let values: Vec<String> = values.iter().map(|value| value.to_string()).collect();
            Err(raised(vm, message, &values))
        }
        None => {
            let attrs = Attrs::from([
                ("condition", Attr::Term(condition)),
                ("message", Attr::Str(message.to_string())),
                ("values", Attr::Terms(values.to_vec())),
            ]);
            vm.emit("check", &[], attrs)?;
            vm.state.facts.assume(condition, true);
            Ok(())
        }
    }
}

/// The exception of a message such as `IndexError: …`.
fn raised(vm: &mut Vm, message: &str, values: &[String]) -> Unwind {
    let fill = |text: String, (k, value): (usize, &String)| text.replace(&format!("{{{k}}}"), value);
    let text = values.iter().enumerate().fold(message.to_string(), fill);
    match text.split_once(": ") {
        Some(("RuntimeError", why)) => vm.runtime_error(why),
        Some(("IndexError", why)) => vm.index_error(why),
        _ => vm.index_error(text),
    }
}
