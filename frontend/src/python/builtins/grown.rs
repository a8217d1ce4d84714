//! Methods of lists that a rolled loop grows: their length is known only when the program runs, and so they live in the
//! net.

use crate::python::native::{Args, NativeResult, Ret, Unwind};
use crate::python::object::{Kind, SeqElement, SeqObject};
use crate::python::value::Value;
use crate::python::vm::Vm;
use braid_ir::{Attrs, Term, ValueId};

/// The list in the net behind a value, if it is one.
pub fn grown(vm: &Vm, value: &Value) -> Option<SeqObject> {
    match vm.kind(value) {
        Some(Kind::Seq(list)) => Some(*list),
        _ => None,
    }
}

/// Replaces the contents of the list object.
fn store(vm: &mut Vm, target: &Value, list: SeqObject, value: ValueId, len: Term) {
    if let Value::Obj(id) = target {
        vm.obj_mut(*id).kind = Kind::Seq(SeqObject { value, len, ..list });
    }
}

/// A value as an element of the list.
fn element(vm: &mut Vm, list: SeqObject, item: &Value) -> Result<ValueId, Unwind> {
    if list.element == SeqElement::Float
        && let Some(number) = vm.emit_float(item)?
    {
        return Ok(number);
    }
    vm.element_value(item)
}

/// An index as an `i64[]` value; the operators count negative ones from the end.
fn position(vm: &mut Vm, index: &Value) -> Result<ValueId, Unwind> {
    let term = super::integer(vm, index)?;
    vm.emit_term(term)
}

/// `list.append` of several items.
///
/// # Errors
/// `unsupported` for an element that is neither a tensor nor a number.
pub fn push(vm: &mut Vm, target: &Value, list: SeqObject, items: &[Value]) -> NativeResult {
    let mut value = list.value;
    for item in items {
        let element = element(vm, list, item)?;
        value = vm.emit1("seq_push", &[value, element], Attrs::default())?;
    }
    store(vm, target, list, value, list.len + Term::from(items.len()));
    Ret::NONE
}

/// `list.insert`
///
/// # Errors
/// As [`push`].
pub fn insert(vm: &mut Vm, target: &Value, list: SeqObject, index: &Value, item: &Value) -> NativeResult {
    let (at, element) = (position(vm, index)?, element(vm, list, item)?);
    let value = vm.emit1("seq_insert", &[list.value, at, element], Attrs::default())?;
    store(vm, target, list, value, list.len + Term::int(1));
    Ret::NONE
}

/// `list.pop`
///
/// # Errors
/// `TypeError` for an index that is no integer.
pub fn pop(vm: &mut Vm, target: &Value, list: SeqObject, index: &Value) -> NativeResult {
    let at = super::integer(vm, index)?;
    Ok(Ret::Value(take(vm, target, list, at)?))
}

/// Takes the element at an index out of the list.
///
/// # Errors
/// As appending operators; as [`Vm::check_ranked`].
pub fn take(vm: &mut Vm, target: &Value, list: SeqObject, at: Term) -> Result<Value, Unwind> {
    vm.check_ranked(list)?;
    let at = vm.emit_term(at)?;
    let results = vm.emit("seq_pop", &[list.value, at], Attrs::default())?;
    // One that is empty has failed.
    vm.state.facts.assume(Term::int(0).less(list.len), true);
    store(vm, target, list, results[0], list.len + Term::int(-1));
    Ok(vm.sequence_element(list.element, results[1]))
}

/// `list[index] = item`
///
/// # Errors
/// As [`push`].
pub fn set(vm: &mut Vm, target: &Value, list: SeqObject, index: &Value, item: &Value) -> Result<(), Unwind> {
    if let Some(Kind::Slice(_)) = vm.kind(index) {
        return Err(refused(vm, "assigning to a slice of"));
    }
    let (at, element) = (position(vm, index)?, element(vm, list, item)?);
    let value = vm.emit1("seq_set", &[list.value, at, element], Attrs::default())?;
    store(vm, target, list, value, list.len);
    Ok(())
}

/// `list[index]`
///
/// # Errors
/// `TypeError` for an index that is no integer; `unsupported` for a slice.
pub fn get(vm: &mut Vm, list: SeqObject, index: &Value) -> Result<Value, Unwind> {
    if let Some(Kind::Slice(_)) = vm.kind(index) {
        return Err(refused(vm, "slicing"));
    }
    let at = super::integer(vm, index)?;
    vm.sequence_get(list, at)
}

/// `del list[index]`
///
/// # Errors
/// `TypeError` for an index that is no integer; `unsupported` for a slice.
pub fn delete(vm: &mut Vm, target: &Value, list: SeqObject, index: &Value) -> Result<(), Unwind> {
    if let Some(Kind::Slice(_)) = vm.kind(index) {
        return Err(refused(vm, "deleting a slice of"));
    }
    pop(vm, target, list, index).map(|_| ())
}

/// What is not one operator of the net: a loop of the prelude does it, which becomes a loop of the program.
///
/// # Errors
/// None of its own.
pub fn call(vm: &mut Vm, function: &str, args: Vec<Value>) -> NativeResult {
    let function = vm.prelude_function(function)?;
    Ret::call(function, args)
}

/// `_braid.refill(target, source)`: a list holds what another list holds.
///
/// # Errors
/// `TypeError` for anything but lists.
pub fn refill(vm: &mut Vm, args: &Args) -> NativeResult {
    let kind = match (vm.kind(&args[0]), vm.kind(&args[1])) {
        (Some(Kind::List(_) | Kind::Seq(_)), Some(kind @ (Kind::List(_) | Kind::Seq(_)))) => kind.clone(),
        _ => return Err(vm.type_error("expected two lists")),
    };
    if let Value::Obj(id) = args[0] {
        vm.obj_mut(id).kind = kind;
    }
    Ret::NONE
}

/// What such a list cannot do.
pub fn refused(vm: &Vm, what: &str) -> Unwind {
    vm.unsupported(
        format!("{what} a list that a data-dependent loop grew is not supported"),
        "such a list can be appended to, indexed, run through, and stacked or concatenated",
    )
}
