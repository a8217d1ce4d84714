//! The operators of built-in classes as methods: `dict.__getitem__(d, k)`, `super().__setitem__(k, v)`, `x.__add__(y)`.
//!
//! The machine does not call these for its own operators, which look at the values; they are for programs that name
//! them, mostly classes that derive from built-in ones. So they look at what an object holds and never at its class.

use crate::python::classes;
use crate::python::code::{BinaryOp, CompareOp};
use crate::python::native::{Args, NativeResult, NativeRow, Ret, row};
use crate::python::object::Kind;
use crate::python::value::{ObjId, Value};
use crate::python::vm::Vm;

/// The methods, by class.
pub const CLASSES: &[(ObjId, &[NativeRow])] = &[
    (classes::INT, NUMBER),
    (classes::INT, INTEGER),
    (classes::FLOAT, NUMBER),
    (classes::FLOAT, &[row("__trunc__", "self, /", int)]),
    (classes::STR, SEQUENCE),
    (classes::STR, &[row("__mod__", "self, values, /", modulo)]),
    (classes::BYTES, SEQUENCE),
    (classes::LIST, SEQUENCE),
    (classes::LIST, MUTABLE),
    (classes::TUPLE, SEQUENCE),
    (classes::RANGE, CONTAINER),
    (classes::RANGE, ITEMS),
    (
        classes::RANGE,
        &[row("count", "self, value, /", range_count), row("index", "self, value, /", range_index)],
    ),
    (classes::DICT, CONTAINER),
    (classes::DICT, ITEMS),
    (classes::DICT, MUTABLE),
    (classes::DICT, &[row("__or__", "self, other, /", or)]),
    (classes::SET, CONTAINER),
    (classes::SET, ALGEBRA),
    (classes::FROZENSET, CONTAINER),
    (classes::FROZENSET, ALGEBRA),
    (classes::DICT_KEYS, CONTAINER),
    (classes::DICT_KEYS, ALGEBRA),
    (classes::DICT_KEYS, &[row("isdisjoint", "self, other, /", isdisjoint)]),
    (classes::DICT_VALUES, CONTAINER),
    (classes::DICT_ITEMS, CONTAINER),
    (classes::TYPE, &[row("__or__", "self, other, /", or)]),
];

const NUMBER: &[NativeRow] = &[
    row("__add__", "self, other, /", add),
    row("__radd__", "self, other, /", radd),
    row("__sub__", "self, other, /", sub),
    row("__rsub__", "self, other, /", rsub),
    row("__mul__", "self, other, /", mul),
    row("__rmul__", "self, other, /", rmul),
    row("__truediv__", "self, other, /", truediv),
    row("__rtruediv__", "self, other, /", rtruediv),
    row("__floordiv__", "self, other, /", floordiv),
    row("__mod__", "self, other, /", modulo),
    row("__pow__", "self, other, /", pow),
    row("__neg__", "self, /", neg),
    row("__pos__", "self, /", pos),
    row("__abs__", "self, /", super::numeric::abs),
    row("__eq__", "self, other, /", eq),
    row("__ne__", "self, other, /", ne),
    row("__lt__", "self, other, /", lt),
    row("__le__", "self, other, /", le),
    row("__gt__", "self, other, /", gt),
    row("__ge__", "self, other, /", ge),
    row("__bool__", "self, /", bool),
    row("__int__", "self, /", int),
    row("__float__", "self, /", float),
    row("__hash__", "self, /", hash),
];

const INTEGER: &[NativeRow] = &[
    row("__index__", "self, /", pos),
    row("__and__", "self, other, /", and),
    row("__or__", "self, other, /", or),
    row("__xor__", "self, other, /", xor),
    row("__lshift__", "self, other, /", lshift),
    row("__rshift__", "self, other, /", rshift),
];

const CONTAINER: &[NativeRow] = &[
    row("__len__", "self, /", len),
    row("__iter__", "self, /", iter),
    row("__contains__", "self, item, /", contains),
    row("__eq__", "self, other, /", eq),
    row("__ne__", "self, other, /", ne),
];

const ITEMS: &[NativeRow] = &[row("__getitem__", "self, index, /", getitem)];

const MUTABLE: &[NativeRow] = &[
    row("__setitem__", "self, index, value, /", setitem),
    row("__delitem__", "self, index, /", delitem),
    row("__ior__", "self, other, /", or),
];

const SEQUENCE: &[NativeRow] = &[
    row("__len__", "self, /", len),
    row("__iter__", "self, /", iter),
    row("__contains__", "self, item, /", contains),
    row("__getitem__", "self, index, /", getitem),
    row("__add__", "self, other, /", add),
    row("__mul__", "self, other, /", mul),
    row("__rmul__", "self, other, /", rmul),
    row("__eq__", "self, other, /", eq),
    row("__ne__", "self, other, /", ne),
    row("__lt__", "self, other, /", lt),
    row("__le__", "self, other, /", le),
    row("__gt__", "self, other, /", gt),
    row("__ge__", "self, other, /", ge),
    row("__hash__", "self, /", hash),
];

const ALGEBRA: &[NativeRow] = &[
    row("__and__", "self, other, /", and),
    row("__or__", "self, other, /", or),
    row("__xor__", "self, other, /", xor),
    row("__sub__", "self, other, /", sub),
    row("__le__", "self, other, /", le),
    row("__lt__", "self, other, /", lt),
    row("__ge__", "self, other, /", ge),
    row("__gt__", "self, other, /", gt),
];

/// `NotImplemented` where the built-in values have no such operator.
fn binary(vm: &mut Vm, op: BinaryOp, left: &Value, right: &Value) -> NativeResult {
    Ok(Ret::Value(vm.binary_plain(op, left, right)?.unwrap_or(Value::NotImplemented)))
}

macro_rules! binaries {
    ($($name:ident $op:ident;)*) => {
        $(fn $name(vm: &mut Vm, args: &Args) -> NativeResult {
            binary(vm, BinaryOp::$op, &args[0], &args[1])
        })*
    };
}

binaries! {
    add Add;
    sub Sub;
    mul Mul;
    truediv Div;
    floordiv FloorDiv;
    modulo Mod;
    pow Pow;
    and And;
    or Or;
    xor Xor;
    lshift LShift;
    rshift RShift;
}

macro_rules! reflected {
    ($($name:ident $op:ident;)*) => {
        $(fn $name(vm: &mut Vm, args: &Args) -> NativeResult {
            binary(vm, BinaryOp::$op, &args[1], &args[0])
        })*
    };
}

reflected! {
    radd Add;
    rsub Sub;
    rmul Mul;
    rtruediv Div;
}

macro_rules! comparisons {
    ($($name:ident $op:ident;)*) => {
        $(fn $name(vm: &mut Vm, args: &Args) -> NativeResult {
            Ok(Ret::Value(vm.compare_plain(CompareOp::$op, &args[0], &args[1])?))
        })*
    };
}

comparisons! {
    lt Lt;
    le Le;
    gt Gt;
    ge Ge;
}

/// Whether two values hold the same, whatever their classes say.
fn equality(vm: &mut Vm, args: &Args, op: CompareOp) -> NativeResult {
    let comparable = match (vm.kind(&args[0]), vm.kind(&args[1])) {
        (Some(a), Some(b)) => std::mem::discriminant(a) == std::mem::discriminant(b),
        (Some(Kind::Scalar(_)), None) | (None, _) => true,
        (Some(_), None) => false,
    };
    if !comparable {
        return Ok(Ret::Value(Value::NotImplemented));
    }
    let equal = vm.equal_plain(&args[0], &args[1])?;
    Ok(Ret::Value(Value::Bool(equal == (op == CompareOp::Eq))))
}

fn eq(vm: &mut Vm, args: &Args) -> NativeResult {
    equality(vm, args, CompareOp::Eq)
}

fn ne(vm: &mut Vm, args: &Args) -> NativeResult {
    equality(vm, args, CompareOp::Ne)
}

fn neg(vm: &mut Vm, args: &Args) -> NativeResult {
    binary(vm, BinaryOp::Sub, &Value::Int(0), &args[0])
}

fn pos(vm: &mut Vm, args: &Args) -> NativeResult {
    let value = vm.scalar(&args[0]).clone();
    Ok(Ret::Value(value))
}

fn bool(vm: &mut Vm, args: &Args) -> NativeResult {
    let value = vm.scalar(&args[0]).clone();
    Ret::call(Value::Obj(classes::BOOL), vec![value])
}

fn int(vm: &mut Vm, args: &Args) -> NativeResult {
    let value = vm.scalar(&args[0]).clone();
    Ret::call(Value::Obj(classes::INT), vec![value])
}

fn float(vm: &mut Vm, args: &Args) -> NativeResult {
    let value = vm.scalar(&args[0]).clone();
    Ret::call(Value::Obj(classes::FLOAT), vec![value])
}

fn hash(vm: &mut Vm, args: &Args) -> NativeResult {
    let value = vm.scalar(&args[0]).clone();
    Ok(Ret::Value(Value::Int(vm.hash(&value)?)))
}

fn len(vm: &mut Vm, args: &Args) -> NativeResult {
    match super::length(vm, &args[0])? {
        Some(length) => Ok(Ret::Value(length)),
        None => {
            let name = vm.type_name(&args[0]);
            Err(vm.type_error(format!("object of type '{name}' has no len()")))
        }
    }
}

fn iter(vm: &mut Vm, args: &Args) -> NativeResult {
    match vm.native_iter(&args[0]) {
        Some(iterator) => Ok(Ret::Value(iterator)),
        None => {
            let name = vm.type_name(&args[0]);
            Err(vm.type_error(format!("'{name}' object is not iterable")))
        }
    }
}

fn contains(vm: &mut Vm, args: &Args) -> NativeResult {
    match vm.contains_plain(&args[0], &args[1])? {
        Some(found) => Ok(Ret::Value(Value::Bool(found))),
        None => {
            let name = vm.type_name(&args[0]);
            Err(vm.type_error(format!("argument of type '{name}' is not iterable")))
        }
    }
}

fn getitem(vm: &mut Vm, args: &Args) -> NativeResult {
    match vm.get_item_plain(&args[0], &args[1])? {
        Some(value) => Ok(Ret::Value(value)),
        None => {
            let class = vm.class_of(&args[0]);
            match vm.lookup(class, crate::python::names::Name::MISSING) {
                Some(method) => Ret::call(method, vec![args[0].clone(), args[1].clone()]),
                None => Err(vm.key_error(args[1].clone())),
            }
        }
    }
}

fn setitem(vm: &mut Vm, args: &Args) -> NativeResult {
    vm.set_item_plain(&args[0], &args[1], args[2].clone())?;
    Ret::NONE
}

fn delitem(vm: &mut Vm, args: &Args) -> NativeResult {
    vm.delete_item_plain(&args[0], &args[1])?;
    Ret::NONE
}

fn isdisjoint(vm: &mut Vm, args: &Args) -> NativeResult {
    let common = vm.binary_plain(BinaryOp::And, &args[0], &args[1])?;
    let empty = common.as_ref().and_then(|set| vm.as_set(set)).is_none_or(|set| set.is_empty());
    Ok(Ret::Value(Value::Bool(empty)))
}

fn range_count(vm: &mut Vm, args: &Args) -> NativeResult {
    let found = vm.contains_plain(&args[0], &args[1])?.unwrap_or(false);
    Ok(Ret::Value(Value::Int(i64::from(found))))
}

fn range_index(vm: &mut Vm, args: &Args) -> NativeResult {
    if let (Some(true), Some(Kind::Range(range))) =
        (vm.contains_plain(&args[0], &args[1])?, vm.kind(&args[0]))
    {
        let range = range.clone();
        let (start, _, step) = vm.range_bounds(&range)?;
        let value = vm.int_arg(&args[1], "value")?;
        return Ok(Ret::Value(Value::Int((value - start) / step)));
    }
    Err(vm.value_error("value is not in range"))
}
