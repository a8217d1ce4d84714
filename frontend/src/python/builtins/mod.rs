//! Natives: the methods of the built-in classes, the functions of `builtins`, and the native modules.
//!
//! One file per class or module. A new native is one row in its file's table; a new file is one line in [`CLASSES`],
//! [`FUNCTIONS`] or [`MODULES`]. How natives are written is documented in [`native`](super::native). What is easier in
//! Python is in `prelude/`, of which `builtins.py` becomes part of the module `builtins`; a prelude module finds natives
//! of its own in a native module `_name` (say, `import _re`).

pub mod bytes;
pub mod constructors;
pub mod dict;
pub mod exceptions;
pub mod format;
pub mod functions;
pub mod grown;
pub mod iteration;
pub mod list;
pub mod math;
pub mod namespace;
pub mod number;
pub mod numeric;
pub mod protocol;
pub mod re;
pub mod set;
pub mod str;
pub mod sys;
pub mod tuple;
pub mod types;

use super::classes;
use super::code::CompareOp;
use super::names::Name;
use super::native::{NativeRow, Natives, Unwind};
use super::object::{Class, Kind, Module, Object, Range};
use super::sym::{SymBool, Symbolic};
use super::value::{ObjId, Value};
use super::vm::Vm;
use super::vm::items::range_length;
use braid_ir::{ScalarOp, Term};
use std::sync::Arc;

/// Methods of built-in classes. A later row of the same class and name replaces an earlier one.
const CLASSES: &[&[(ObjId, &[NativeRow])]] = &[
    types::CLASSES,
    protocol::CLASSES,
    constructors::CLASSES,
    exceptions::CLASSES,
    iteration::CLASSES,
    &[
        (classes::INT, number::INT),
        (classes::FLOAT, number::FLOAT),
        (classes::STR, str::METHODS),
        (classes::BYTES, bytes::METHODS),
        (classes::LIST, list::METHODS),
        (classes::LIST, iteration::LIST),
        (classes::TUPLE, tuple::METHODS),
        (classes::DICT, dict::METHODS),
        (classes::SET, set::SHARED),
        (classes::SET, set::METHODS),
        (classes::FROZENSET, set::SHARED),
        (classes::ATTRIBUTES, namespace::METHODS),
    ],
];

/// Methods that get the class and not an instance.
const CLASS_METHODS: &[&[(ObjId, &[NativeRow])]] =
    &[types::CLASS_METHODS, &[(classes::DICT, dict::CLASS_METHODS), (classes::STR, str::CLASS_METHODS)]];

/// Functions of the module `builtins`.
const FUNCTIONS: &[&[NativeRow]] = &[functions::FUNCTIONS, numeric::FUNCTIONS, iteration::FUNCTIONS];

/// A module written in Rust.
pub struct NativeModule {
    /// Its name in `import`.
    pub name: &'static str,
    /// Its functions.
    pub functions: &'static [NativeRow],
    /// Its other names.
    pub constants: fn(&mut Vm) -> Vec<(&'static str, Value)>,
}

/// Modules written in Rust, besides `builtins`.
const MODULES: &[&NativeModule] = &[&math::MODULE, &re::MODULE, &sys::MODULE, &super::torch::MODULE];

/// Fills an empty heap: the built-in classes in the order of their constants, the module `builtins` (without what
/// `prelude/builtins.py` adds) and the native modules, which count as imported.
pub fn install(vm: &mut Vm) {
    make_classes(vm);
    let mut natives = Natives::default();
    for (class, rows) in CLASSES.iter().flat_map(|tables| tables.iter()) {
        let owner = classes::ROWS[class.0 as usize].name;
        for row in *rows {
            let native = natives.add(owner, row);
            vm.obj_mut(*class).set_attr(Name::new(row.name), native);
        }
    }
    for (class, rows) in CLASS_METHODS.iter().flat_map(|tables| tables.iter()) {
        let owner = classes::ROWS[class.0 as usize].name;
        for row in *rows {
            let native = natives.add(owner, row);
            let method = vm.new_object(classes::CLASSMETHOD, Kind::ClassMethod(native));
            vm.obj_mut(*class).set_attr(Name::new(row.name), method);
        }
    }
    for class in [classes::LIST, classes::DICT, classes::SET] {
        vm.obj_mut(class).set_attr(Name::HASH, Value::None);
    }
    vm.builtins = make_builtins(vm, &mut natives);
    let builtins = vm.builtins;
    vm.modules.insert(Name::BUILTINS_MODULE, builtins);
    for module in MODULES {
        let id = make_module(vm, module.name);
        for row in module.functions {
            let native = natives.add(module.name, row);
            vm.obj_mut(id).set_attr(Name::new(row.name), native);
        }
        for (name, value) in (module.constants)(vm) {
            vm.obj_mut(id).set_attr(Name::new(name), value);
        }
        vm.modules.insert(Name::new(module.name), id);
    }
    vm.natives = Arc::new(natives);
    vm.touch_classes();
}

fn make_classes(vm: &mut Vm) {
    for (index, row) in classes::ROWS.iter().enumerate() {
        let id = ObjId(index as u32);
        let mut mro = vec![id];
        mro.extend(row.base.iter().flat_map(|&base| vm.class(base).mro.clone()));
        let class = Class {
            name: Name::new(row.name),
            bases: row.base.into_iter().collect(),
            mro,
            layout: row.layout,
        };
        vm.new_object(classes::TYPE, Kind::Class(Box::new(class)));
    }
}

fn make_module(vm: &mut Vm, name: &str) -> ObjId {
    let module = Module { name: Name::new(name), missing: None };
    let mut object = Object::new(classes::MODULE, Kind::Module(Box::new(module)));
    object.set_attr(Name::NAME, Value::str(name));
    vm.heap.alloc(object)
}

fn make_builtins(vm: &mut Vm, natives: &mut Natives) -> ObjId {
    let id = make_module(vm, "builtins");
    let visible = (0..classes::ROWS.len() as u32).map(ObjId).filter(|class| !classes::HIDDEN.contains(class));
    let named = visible.map(|class| (classes::ROWS[class.0 as usize].name, class));
    for (name, class) in named.chain(classes::ALIASES.iter().copied()) {
        vm.obj_mut(id).set_attr(Name::new(name), Value::Obj(class));
    }
    for row in FUNCTIONS.iter().flat_map(|rows| rows.iter()) {
        let native = natives.add("builtins", row);
        vm.obj_mut(id).set_attr(Name::new(row.name), native);
    }
    let constants = [
        ("NotImplemented", Value::NotImplemented),
        ("Ellipsis", Value::Ellipsis),
        ("__debug__", Value::Bool(true)),
    ];
    for (name, value) in constants {
        vm.obj_mut(id).set_attr(Name::new(name), value);
    }
    id
}

/// A condition over run-time integers as a truth value: a constant where this path decides it.
fn truth_value(vm: &Vm, condition: Term) -> Value {
    match vm.facts.decide(condition) {
        Some(truth) => Value::Bool(truth),
        None => Value::Sym(Symbolic::Bool(SymBool::Term(condition))),
    }
}

/// An integer argument that may be known only at run time; objects are asked for their `__index__`.
///
/// # Errors
/// `TypeError` for what is no integer.
fn integer(vm: &mut Vm, value: &Value) -> Result<Term, Unwind> {
    if let Some(term) = vm.as_term(value) {
        return Ok(term);
    }
    let class = vm.class_of(value);
    if let Some(method) = vm.lookup(class, Name::INDEX) {
        let result = vm.call_sync(method, vec![value.clone()], Vec::new())?;
        if let Some(term) = vm.as_term(&result) {
            return Ok(term);
        }
    }
    let name = vm.type_name(value);
    Err(vm.type_error(format!("'{name}' object cannot be interpreted as an integer")))
}

/// The number of elements of a built-in container, perhaps known only at run time; `None` if it has none.
///
/// # Errors
/// A diagnostic if an operator of the net refuses; overflow.
fn length(vm: &mut Vm, value: &Value) -> Result<Option<Value>, Unwind> {
    match vm.kind(value) {
        Some(
            Kind::List(_)
            | Kind::Tuple(_)
            | Kind::Dict(_)
            | Kind::Set(_)
            | Kind::Bytes(_)
            | Kind::DictView(..),
        ) => {}
        Some(Kind::Range(range)) => {
            let range = range.clone();
            return range_len(vm, &range).map(Some);
        }
        Some(Kind::Seq(list)) => {
            let list = *list;
            let length = vm.sequence_len(list);
            return Ok(Some(vm.new_int(length)));
        }
        _ if vm.as_str(value).is_some() => {}
        _ => match vm.scalar(value) {
            Value::Sym(Symbolic::Str(_)) => {
                return Err(vm.unsupported(
                    "the length of a text that contains run-time values is not known",
                    "such a text can only be printed or be an exception's message",
                ));
            }
            _ => return Ok(None),
        },
    }
    Ok(Some(Value::Int(vm.plain_length(value) as i64)))
}

/// The number of elements of a range. Which way it runs is decided if only the program knows.
fn range_len(vm: &mut Vm, range: &Range) -> Result<Value, Unwind> {
    if let (&Value::Int(start), &Value::Int(stop), &Value::Int(step)) =
        (&range.start, &range.stop, &range.step)
    {
        return Ok(Value::Int(range_length(start, stop, step)));
    }
    let [start, stop, step] = [&range.start, &range.stop, &range.step].map(|bound| vm.as_term(bound));
    let (Some(start), Some(stop), Some(step)) = (start, stop, step) else {
        return Err(vm.type_error("the bounds of a range are integers"));
    };
    let upward = vm.compare_plain(CompareOp::Gt, &range.step, &Value::Int(0))?;
    let upward = vm.truth(&upward)?;
    let apply = |op, a: Term, b: Term| Term::try_apply(op, &[a, b]);
    let (from, to) = if upward { (start, stop) } else { (stop, start) };
    let stride = if upward { Ok(step) } else { apply(ScalarOp::Sub, Term::int(0), step) };
    let count = stride.and_then(|stride| {
        let distance = apply(ScalarOp::Sub, to, from)?;
        let padded = apply(ScalarOp::Sub, apply(ScalarOp::Add, distance, stride)?, Term::int(1))?;
        apply(ScalarOp::Max, apply(ScalarOp::FloorDiv, padded, stride)?, Term::int(0))
    });
    match count {
        Ok(count) => Ok(vm.new_int(count)),
        Err(_) => Err(vm.overflow()),
    }
}
