//! Calling the built-in classes: `int(x)`, `list(x)`, `property(f)` …
//!
//! Each is the class's `__new__`. An instance of a class of the person's that derives from a built-in one goes the same
//! way and then holds the same kind of value. Lists, dicts and sets are filled by `__new__` unless the class has an
//! `__init__` of its own, which then does it by `super().__init__(…)`.

use super::dict::merge;
use super::number::{parse_float, parse_int, symbolic_int};
use super::set::collected;
use crate::items;
use crate::python::classes;
use crate::python::code::CompareOp;
use crate::python::dict::Dict;
use crate::python::names::Name;
use crate::python::native::{Args, NativeResult, NativeRow, Ret, Unwind, row};
use crate::python::object::{ExceptionData, Kind, Layout, Range};
use crate::python::sym::{SymBool, Symbolic};
use crate::python::value::{ObjId, Value};
use crate::python::vm::Vm;
use braid_ir::{Attr, Attrs, DType, Term};

/// `__new__` and `__init__` of the built-in classes.
pub const CLASSES: &[(ObjId, &[NativeRow])] = &[
    (
        classes::OBJECT,
        &[
            row("__new__", "cls, /, *args, **kwargs", object_new),
            row("__init__", "self, /, *args, **kwargs", object_init),
        ],
    ),
    (classes::INT, &[row("__new__", "cls, x=0, /, base=<unset>", int_new)]),
    (classes::BOOL, &[row("__new__", "cls, x=False, /", bool_new)]),
    (classes::FLOAT, &[row("__new__", "cls, x=0.0, /", float_new)]),
    (classes::STR, &[row("__new__", "cls, object='', /, encoding=<unset>, errors=<unset>", str_new)]),
    (
        classes::BYTES,
        &[row("__new__", "cls, source=<unset>, /, encoding='utf-8', errors='strict'", bytes_new)],
    ),
    (classes::TUPLE, &[row("__new__", "cls, iterable=<unset>, /", tuple_new)]),
    (
        classes::LIST,
        &[
            row("__new__", "cls, iterable=<unset>, /, *rest, **kwargs", list_new),
            row("__init__", "self, iterable=<unset>, /", list_init),
        ],
    ),
    (
        classes::DICT,
        &[
            row("__new__", "cls, source=<unset>, /, *rest, **kwargs", dict_new),
            row("__init__", "self, source=<unset>, /, **kwargs", dict_init),
        ],
    ),
    (
        classes::SET,
        &[
            row("__new__", "cls, iterable=<unset>, /, *rest, **kwargs", set_new),
            row("__init__", "self, iterable=<unset>, /", set_init),
        ],
    ),
    (classes::FROZENSET, &[row("__new__", "cls, iterable=<unset>, /", frozenset_new)]),
    (classes::RANGE, &[row("__new__", "cls, start, stop=<unset>, step=1, /", range_new)]),
    (classes::SLICE, &[row("__new__", "cls, start, stop=<unset>, step=None, /", slice_new)]),
    (classes::PROPERTY, &[row("__new__", "cls, fget=None, fset=None, fdel=None, doc=None", property_new)]),
    (classes::STATICMETHOD, &[row("__new__", "cls, function, /", staticmethod_new)]),
    (classes::CLASSMETHOD, &[row("__new__", "cls, function, /", classmethod_new)]),
    (classes::SUPER, &[row("__new__", "cls, type=<unset>, object=<unset>, /", super_new)]),
    (classes::BASE_EXCEPTION, &[row("__new__", "cls, /, *args, **kwargs", exception_new)]),
];

/// The class that `__new__` is to make an instance of.
fn class_arg(vm: &mut Vm, args: &Args) -> Result<ObjId, Unwind> {
    match vm.as_class(&args[0]) {
        Some(class) => Ok(class),
        None => {
            let name = vm.type_name(&args[0]);
            Err(vm.type_error(format!("X is not a type object ({name})")))
        }
    }
}

/// A scalar as an instance of a class: itself, or held by an object of a derived class.
fn scalar(vm: &mut Vm, class: ObjId, value: Value) -> NativeResult {
    if (class.0 as usize) < classes::ROWS.len() {
        return Ok(Ret::Value(value));
    }
    Ok(Ret::Value(vm.new_object(class, Kind::Scalar(value))))
}

/// A tail call of a method that the value's class has; `None` if it has none.
fn by_method(vm: &mut Vm, value: &Value, names: &[&str]) -> Option<NativeResult> {
    let class = vm.class_of(value);
    let method = names.iter().find_map(|name| vm.lookup(class, Name::new(name)))?;
    Some(Ret::call(method, vec![value.clone()]))
}

/// Whether instances of the class are filled by an `__init__` in Python.
fn has_own_init(vm: &mut Vm, class: ObjId) -> bool {
    matches!(vm.lookup(class, Name::INIT), Some(Value::Obj(_)))
}

fn object_new(vm: &mut Vm, args: &Args) -> NativeResult {
    let class = class_arg(vm, args)?;
    let kind = match vm.class(class).layout {
        Layout::Plain => Kind::Plain,
        Layout::Exception => {
            Kind::Exception(Box::new(ExceptionData { args: args.star.clone(), ..Default::default() }))
        }
        Layout::List => Kind::List(Vec::new()),
        Layout::Dict => Kind::Dict(Dict::new()),
        Layout::Set => Kind::Set(Dict::new()),
        Layout::Tuple => Kind::Tuple(Vec::new().into()),
        Layout::Int => Kind::Scalar(Value::Int(0)),
        Layout::Float => Kind::Scalar(Value::Float(0.0)),
        Layout::Str => Kind::Scalar(Value::str("")),
        Layout::Tensor | Layout::Class | Layout::Closed => {
            let name = vm.class(class).name;
            return Err(vm.type_error(format!("object.__new__({name}) is not safe, use {name}.__new__()")));
        }
    };
    Ok(Ret::Value(vm.new_object(class, kind)))
}

fn object_init(vm: &mut Vm, args: &Args) -> NativeResult {
    if !args.star.is_empty() || !args.kwargs.is_empty() {
        let class = vm.class_of(&args[0]);
        if has_own_init(vm, class) {
            return Err(
                vm.type_error("object.__init__() takes exactly one argument (the instance to initialize)")
            );
        }
    }
    Ret::NONE
}

/// The integer nearest to zero of a float.
pub(super) fn truncated(vm: &mut Vm, x: f64) -> Result<Value, Unwind> {
    if x.is_nan() {
        return Err(vm.value_error("cannot convert float NaN to integer"));
    }
    if x.is_infinite() {
        return Err(vm.raise(classes::OVERFLOW_ERROR, "cannot convert float infinity to integer"));
    }
    if x.abs() >= 9.2e18 {
        return Err(vm.overflow());
    }
    Ok(Value::Int(x as i64))
}

fn int_new(vm: &mut Vm, args: &Args) -> NativeResult {
    let class = class_arg(vm, args)?;
    if args.has(2) {
        let text = vm.str_arg(&args[1], "int() with a base")?;
        let base = vm.int_arg(&args[2], "base")?;
        let value = parse_int(vm, &text, base)?;
        return scalar(vm, class, value);
    }
    let value = match vm.scalar(&args[1]).clone() {
        value @ (Value::Int(_) | Value::Sym(Symbolic::Int(_))) => value,
        Value::Bool(b) => Value::Int(i64::from(b)),
        Value::Float(x) => truncated(vm, x)?,
        Value::Str(text) => parse_int(vm, &text, 10)?,
        Value::Sym(Symbolic::Bool(SymBool::Term(term))) => {
            vm.new_int(term.select(Term::int(1), Term::int(0)))
        }
        Value::Sym(Symbolic::Float(value) | Symbolic::Bool(SymBool::Value(value))) => {
            // The conversion of the net truncates toward zero, as Python's does.
            let integer = vm.emit1("convert", &[value], Attrs::from([("to", Attr::DType(DType::I64))]))?;
            symbolic_int(vm, integer)
        }
        _ => {
            if let Some(call) = by_method(vm, &args[1], &["__int__", "__index__", "__trunc__"]) {
                return call;
            }
            let name = vm.type_name(&args[1]);
            return Err(vm.type_error(format!(
                "int() argument must be a string, a bytes-like object or a real number, not '{name}'"
            )));
        }
    };
    scalar(vm, class, value)
}

fn bool_new(vm: &mut Vm, args: &Args) -> NativeResult {
    let value = match vm.scalar(&args[1]).clone() {
        value @ (Value::Bool(_) | Value::Sym(Symbolic::Bool(_))) => value,
        Value::Sym(Symbolic::Int(term)) => super::truth_value(vm, term.not_equals(Term::int(0))),
        Value::Sym(Symbolic::Float(value)) => Value::Sym(Symbolic::Bool(vm.float_is_nonzero(value)?)),
        _ => match vm.plain_truth(&args[1])? {
            Some(truth) => Value::Bool(truth),
            None => {
                // Python's own `not not x` asks the object.
                let function = vm.prelude_function("_truth")?;
                return Ret::call(function, vec![args[1].clone()]);
            }
        },
    };
    Ok(Ret::Value(value))
}

fn float_new(vm: &mut Vm, args: &Args) -> NativeResult {
    let class = class_arg(vm, args)?;
    let value = match vm.scalar(&args[1]).clone() {
        value @ (Value::Float(_) | Value::Sym(Symbolic::Float(_))) => value,
        Value::Int(v) => Value::Float(v as f64),
        Value::Bool(b) => Value::Float(f64::from(u8::from(b))),
        Value::Str(text) => match parse_float(&text) {
            Some(x) => Value::Float(x),
            None => {
                let shown = super::format::repr_str(&text);
                return Err(vm.value_error(format!("could not convert string to float: {shown}")));
            }
        },
        symbolic @ Value::Sym(Symbolic::Int(_) | Symbolic::Bool(_)) => match vm.emit_float(&symbolic)? {
            Some(value) => Value::Sym(Symbolic::Float(value)),
            None => symbolic,
        },
        _ => {
            if let Some(call) = by_method(vm, &args[1], &["__float__", "__index__"]) {
                return call;
            }
            let name = vm.type_name(&args[1]);
            return Err(
                vm.type_error(format!("float() argument must be a string or a real number, not '{name}'"))
            );
        }
    };
    scalar(vm, class, value)
}

fn str_new(vm: &mut Vm, args: &Args) -> NativeResult {
    let class = class_arg(vm, args)?;
    let text = match &args[1] {
        value @ (Value::Str(_) | Value::Sym(Symbolic::Str(_))) => value.clone(),
        value => match vm.kind(value) {
            Some(Kind::Bytes(bytes)) if args.has(2) || args.has(3) => {
                let bytes = bytes.clone();
                super::bytes::decoded(vm, &bytes)?
            }
            _ => vm.str_of(value)?,
        },
    };
    scalar(vm, class, text)
}

fn bytes_new(vm: &mut Vm, args: &Args) -> NativeResult {
    if !args.has(1) {
        return Ok(Ret::Value(vm.new_bytes(&[])));
    }
    if let Some(text) = vm.as_str(&args[1]).cloned() {
        return Ok(Ret::Value(vm.new_bytes(text.as_bytes())));
    }
    if let Value::Int(n) = args[1] {
        const BYTES_MAX: i64 = 1 << 24;
        if !(0..=BYTES_MAX).contains(&n) {
            return Err(vm.value_error("negative count or too many bytes"));
        }
        return Ok(Ret::Value(vm.new_bytes(&vec![0; n as usize])));
    }
    if let Some(Kind::Bytes(_)) = vm.kind(&args[1]) {
        return Ok(Ret::Value(args[1].clone()));
    }
    let items = items!(vm, args, 1);
    let mut bytes = Vec::with_capacity(items.len());
    for item in items {
        match u8::try_from(vm.int_arg(&item, "byte")?) {
            Ok(byte) => bytes.push(byte),
            Err(_) => return Err(vm.value_error("bytes must be in range(0, 256)")),
        }
    }
    Ok(Ret::Value(vm.new_bytes(&bytes)))
}

fn tuple_new(vm: &mut Vm, args: &Args) -> NativeResult {
    let class = class_arg(vm, args)?;
    if !args.has(1) {
        return Ok(Ret::Value(vm.new_object(class, Kind::Tuple(Vec::new().into()))));
    }
    if class == classes::TUPLE && vm.class_of(&args[1]) == classes::TUPLE {
        return Ok(Ret::Value(args[1].clone()));
    }
    if let Some(Kind::Seq(list)) = vm.kind(&args[1]) {
        let same = Kind::Seq(*list);
        return Ok(Ret::Value(vm.new_object(class, same)));
    }
    let items = items!(vm, args, 1);
    Ok(Ret::Value(vm.new_object(class, Kind::Tuple(items.into()))))
}

fn list_new(vm: &mut Vm, args: &Args) -> NativeResult {
    let class = class_arg(vm, args)?;
    if !args.has(1) || has_own_init(vm, class) {
        return Ok(Ret::Value(vm.new_object(class, Kind::List(Vec::new()))));
    }
    if let Some(Kind::Seq(list)) = vm.kind(&args[1]) {
        let copy = Kind::Seq(*list);
        return Ok(Ret::Value(vm.new_object(class, copy)));
    }
    let items = items!(vm, args, 1);
    Ok(Ret::Value(vm.new_object(class, Kind::List(items))))
}

fn list_init(vm: &mut Vm, args: &Args) -> NativeResult {
    let items = if args.has(1) { items!(vm, args, 1) } else { Vec::new() };
    match vm.as_list_mut(&args[0]) {
        Some(list) => *list = items,
        None => return Err(vm.type_error("list.__init__ needs a list")),
    }
    Ret::NONE
}

fn dict_new(vm: &mut Vm, args: &Args) -> NativeResult {
    let class = class_arg(vm, args)?;
    if has_own_init(vm, class) {
        return Ok(Ret::Value(vm.new_object(class, Kind::Dict(Dict::new()))));
    }
    let mut dict = Dict::new();
    if let Some(early) = merge(vm, &mut dict, args, 1)? {
        return Ok(early);
    }
    Ok(Ret::Value(vm.new_object(class, Kind::Dict(dict))))
}

fn dict_init(vm: &mut Vm, args: &Args) -> NativeResult {
    super::dict::update(vm, args)
}

fn set_new(vm: &mut Vm, args: &Args) -> NativeResult {
    let class = class_arg(vm, args)?;
    if !args.has(1) || has_own_init(vm, class) {
        return Ok(Ret::Value(vm.new_object(class, Kind::Set(Dict::new()))));
    }
    let items = items!(vm, args, 1);
    let set = collected(vm, items)?;
    Ok(Ret::Value(vm.new_object(class, Kind::Set(set))))
}

fn set_init(vm: &mut Vm, args: &Args) -> NativeResult {
    let items = if args.has(1) { items!(vm, args, 1) } else { Vec::new() };
    let set = collected(vm, items)?;
    match vm.as_set_mut(&args[0]) {
        Some(old) => *old = set,
        None => return Err(vm.type_error("set.__init__ needs a set")),
    }
    Ret::NONE
}

fn frozenset_new(vm: &mut Vm, args: &Args) -> NativeResult {
    let class = class_arg(vm, args)?;
    let items = if args.has(1) { items!(vm, args, 1) } else { Vec::new() };
    let set = collected(vm, items)?;
    Ok(Ret::Value(vm.new_object(class, Kind::Set(set))))
}

fn range_new(vm: &mut Vm, args: &Args) -> NativeResult {
    let first = super::integer(vm, &args[1])?;
    let (start, stop) = match args.has(2) {
        true => (first, super::integer(vm, &args[2])?),
        false => (Term::int(0), first),
    };
    let step = super::integer(vm, &args[3])?;
    let step = vm.new_int(step);
    let still = vm.compare_plain(CompareOp::Eq, &step, &Value::Int(0))?;
    if vm.truth(&still)? {
        return Err(vm.value_error("range() arg 3 must not be zero"));
    }
    let range = Range { start: vm.new_int(start), stop: vm.new_int(stop), step };
    Ok(Ret::Value(vm.new_object(classes::RANGE, Kind::Range(range))))
}

fn slice_new(vm: &mut Vm, args: &Args) -> NativeResult {
    let parts = match args.has(2) {
        true => [args[1].clone(), args[2].clone(), args[3].clone()],
        false => [Value::None, args[1].clone(), Value::None],
    };
    Ok(Ret::Value(vm.new_object(classes::SLICE, Kind::Slice(Box::new(parts)))))
}

fn property_new(vm: &mut Vm, args: &Args) -> NativeResult {
    let class = class_arg(vm, args)?;
    let parts = [args[1].clone(), args[2].clone(), args[3].clone()];
    let doc = match args[4].is_none() {
        true => match vm.kind(&args[1]) {
            Some(Kind::Function(getter)) => getter.code.doc.clone().map_or(Value::None, Value::Str),
            _ => Value::None,
        },
        false => args[4].clone(),
    };
    let property = vm.new_object(class, Kind::Property(Box::new(parts)));
    if let (Value::Obj(id), false) = (&property, doc.is_none()) {
        vm.obj_mut(*id).set_attr(Name::DOC, doc);
    }
    Ok(Ret::Value(property))
}

fn staticmethod_new(vm: &mut Vm, args: &Args) -> NativeResult {
    let class = class_arg(vm, args)?;
    Ok(Ret::Value(vm.new_object(class, Kind::StaticMethod(args[1].clone()))))
}

fn classmethod_new(vm: &mut Vm, args: &Args) -> NativeResult {
    let class = class_arg(vm, args)?;
    Ok(Ret::Value(vm.new_object(class, Kind::ClassMethod(args[1].clone()))))
}

/// The class and the first argument that `super()` without arguments means: those of the running method.
fn implicit_super(vm: &Vm) -> Option<(ObjId, Value)> {
    let frame = vm.frames.last()?;
    let code = &frame.code;
    let class_slot = code.slots.iter().position(|&name| name == Name::CLASS)?;
    let in_cell = |value: &Value| match vm.kind(value) {
        Some(Kind::Cell(inner)) => Some(inner.clone()),
        _ => None,
    };
    let class = vm.as_class(&in_cell(&frame.stack[class_slot])?)?;
    if code.positional == 0 {
        return None;
    }
    let first = match code.first_in_cell {
        true => in_cell(&frame.stack[0])?,
        false => frame.stack[0].clone(),
    };
    Some((class, first))
}

fn super_new(vm: &mut Vm, args: &Args) -> NativeResult {
    let (class, receiver) = match (args.has(1), args.has(2)) {
        (false, _) => match implicit_super(vm) {
            Some(found) => found,
            None => return Err(vm.runtime_error("super(): no arguments")),
        },
        (true, false) => {
            return Err(vm.unsupported(
                "super() with one argument is not supported",
                "give the object too: super(Class, self)",
            ));
        }
        (true, true) => match vm.as_class(&args[1]) {
            Some(class) => (class, args[2].clone()),
            None => {
                let name = vm.type_name(&args[1]);
                return Err(vm.type_error(format!("super() argument 1 must be a type, not {name}")));
            }
        },
    };
    let fits = match vm.as_class(&receiver) {
        Some(of) => vm.is_subclass(of, class) || vm.is_instance(&receiver, class),
        None => vm.is_instance(&receiver, class),
    };
    if !fits {
        return Err(vm.type_error("super(type, obj): obj must be an instance or subtype of type"));
    }
    Ok(Ret::Value(vm.new_object(classes::SUPER, Kind::Super { class, receiver })))
}

fn exception_new(vm: &mut Vm, args: &Args) -> NativeResult {
    let class = class_arg(vm, args)?;
    let data = ExceptionData { args: args.star.clone(), ..ExceptionData::default() };
    Ok(Ret::Value(vm.new_object(class, Kind::Exception(Box::new(data)))))
}
