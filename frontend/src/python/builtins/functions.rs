//! Functions of `builtins` on objects: attributes, classes, texts, `print`.

use crate::python::classes;
use crate::python::dict::Dict;
use crate::python::names::Name;
use crate::python::native::{Args, NativeResult, NativeRow, Ret, Unwind, row};
use crate::python::object::Kind;
use crate::python::sym::{Part, Symbolic};
use crate::python::value::{ObjId, Value};
use crate::python::vm::attributes::Attribute;
use crate::python::vm::{Mode, Vm};
use braid_ir::{Attr, Attrs};

/// The functions.
pub const FUNCTIONS: &[NativeRow] = &[
    row("ascii", "object, /", repr),
    row("callable", "object, /", callable),
    row("delattr", "object, name, /", delattr),
    row("dir", "object=<unset>, /", dir),
    row("format", "value, spec='', /", format),
    row("getattr", "object, name, default=<unset>, /", getattr),
    row("globals", "", globals),
    row("hasattr", "object, name, /", hasattr),
    row("hash", "object, /", hash),
    row("id", "object, /", id),
    row("input", "prompt=None, /", input),
    row("isinstance", "object, classinfo, /", isinstance),
    row("issubclass", "cls, classinfo, /", issubclass),
    row("len", "object, /", len),
    row("locals", "", locals),
    row("open", "file, /, *args, **kwargs", open),
    row("eval", "source, /, *args", eval),
    row("exec", "source, /, *args", eval),
    row("compile", "source, /, *args, **kwargs", eval),
    row("print", "*values, sep=None, end=None, file=None, flush=False", print),
    row("repr", "object, /", repr),
    row("setattr", "object, name, value, /", setattr),
    row("vars", "object=<unset>, /", vars),
];

fn callable(vm: &mut Vm, args: &Args) -> NativeResult {
    let answer = match vm.kind(&args[0]) {
        Some(Kind::Function(_) | Kind::Class(_) | Kind::Method { .. }) => true,
        _ if matches!(args[0], Value::Native(_)) => true,
        _ => {
            let class = vm.class_of(&args[0]);
            vm.lookup(class, Name::CALL).is_some()
        }
    };
    Ok(Ret::Value(Value::Bool(answer)))
}

fn attribute_name(vm: &mut Vm, value: &Value) -> Result<Name, Unwind> {
    match vm.as_str(value).cloned() {
        Some(text) => Ok(Name::new(&text)),
        None if matches!(value, Value::Sym(_)) => {
            vm.str_arg(value, "attribute name").map(|text| Name::new(&text))
        }
        None => Err(vm.type_error("attribute name must be string")),
    }
}

/// The `__getattribute__` of a class of the person's own.
fn own_getattribute(vm: &mut Vm, value: &Value) -> Option<Value> {
    let class = vm.class_of(value);
    vm.lookup(class, Name::GETATTRIBUTE).filter(|method| matches!(method, Value::Obj(_)))
}

fn getattr(vm: &mut Vm, args: &Args) -> NativeResult {
    let name = attribute_name(vm, &args[1])?;
    if args.has(2) {
        return match attribute_or_none(vm, &args[0], name)? {
            Some(value) => Ok(Ret::Value(value)),
            None => Ok(Ret::Value(args[2].clone())),
        };
    }
    if let Some(method) = own_getattribute(vm, &args[0]) {
        return Ret::call(method, vec![args[0].clone(), args[1].clone()]);
    }
    match vm.find_attr(&args[0], name)? {
        Attribute::Value(value) => Ok(Ret::Value(value)),
        Attribute::Method(function, receiver) => Ok(Ret::Value(vm.new_method(function, receiver))),
        Attribute::Compute(..) => Ok(Ret::Value(vm.get_attr(&args[0], name)?)),
        Attribute::Missing => match vm.getattr_hook(&args[0]) {
            Some(hook) => Ret::call(hook, vec![args[0].clone(), args[1].clone()]),
            None => Err(vm.no_attribute(&args[0], name)),
        },
    }
}

/// An attribute, or `None` where getting it raises `AttributeError`.
fn attribute_or_none(vm: &mut Vm, object: &Value, name: Name) -> Result<Option<Value>, Unwind> {
    let found = match own_getattribute(vm, object) {
        Some(method) => vm.call_sync(method, vec![object.clone(), Value::name(name)], Vec::new()),
        None => match vm.find_attr(object, name)? {
            Attribute::Missing if vm.getattr_hook(object).is_none() => return Ok(None),
            Attribute::Value(value) => return Ok(Some(value)),
            _ => vm.get_attr(object, name),
        },
    };
    match found {
        Ok(value) => Ok(Some(value)),
        Err(Unwind::Exception(exception)) if vm.is_instance(&exception, classes::ATTRIBUTE_ERROR) => Ok(None),
        Err(other) => Err(other),
    }
}

fn hasattr(vm: &mut Vm, args: &Args) -> NativeResult {
    let name = attribute_name(vm, &args[1])?;
    let found = attribute_or_none(vm, &args[0], name)?.is_some();
    Ok(Ret::Value(Value::Bool(found)))
}

fn setattr(vm: &mut Vm, args: &Args) -> NativeResult {
    let class = vm.class_of(&args[0]);
    let name = attribute_name(vm, &args[1])?;
    if let Some(hook) = vm.own_hook(class, Name::SETATTR) {
        return Ret::call(hook, vec![args[0].clone(), args[1].clone(), args[2].clone()]);
    }
    match vm.set_attr_plain(&args[0], name, args[2].clone())? {
        Some((setter, args)) => Ret::call(setter, args),
        None => Ret::NONE,
    }
}

fn delattr(vm: &mut Vm, args: &Args) -> NativeResult {
    let class = vm.class_of(&args[0]);
    let name = attribute_name(vm, &args[1])?;
    if let Some(hook) = vm.own_hook(class, Name::DELATTR) {
        return Ret::call(hook, vec![args[0].clone(), args[1].clone()]);
    }
    match vm.delete_attr_plain(&args[0], name)? {
        Some((deleter, args)) => Ret::call(deleter, args),
        None => Ret::NONE,
    }
}

/// Names of an object's attributes, its classes' included, sorted.
pub(super) fn attribute_names(vm: &Vm, value: &Value) -> Vec<&'static str> {
    let mut names: Vec<&'static str> = Vec::new();
    let mut take = |id: ObjId| names.extend(vm.obj(id).attrs().map(|(name, _)| name.as_str()));
    if let Value::Obj(id) = value {
        take(*id);
    }
    let of = vm.as_class(value).unwrap_or_else(|| vm.class_of(value));
    if !matches!(vm.kind(value), Some(Kind::Module(_))) {
        vm.class(of).mro.iter().for_each(|&base| take(base));
    }
    names.sort_unstable();
    names.dedup();
    names
}

fn dir(vm: &mut Vm, args: &Args) -> NativeResult {
    if args.has(0) {
        let class = vm.class_of(&args[0]);
        if let Some(method @ Value::Obj(_)) = vm.lookup(class, Name::DIR) {
            return Ret::call(method, vec![args[0].clone()]);
        }
        let names = attribute_names(vm, &args[0]).into_iter().map(Value::str).collect();
        return Ok(Ret::Value(vm.new_list(names)));
    }
    let mut names: Vec<&str> = local_variables(vm).into_iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    let names = names.into_iter().map(Value::str).collect();
    Ok(Ret::Value(vm.new_list(names)))
}

/// The variables of the running frame: a function's locals, a class body's or a module's names.
fn local_variables(vm: &Vm) -> Vec<(Name, Value)> {
    let Some(frame) = vm.frames.last() else { return Vec::new() };
    let of_object =
        frame.namespace.or_else(|| (frame.code.name == Name::MODULE_NAME).then_some(frame.globals));
    if let Some(id) = of_object {
        return vm.obj(id).attrs().map(|(name, value)| (name, value.clone())).collect();
    }
    let slots = frame.code.slots.iter().zip(&frame.stack);
    let value = |value: &Value| match vm.kind(value) {
        Some(Kind::Cell(inner)) => inner.clone(),
        _ => value.clone(),
    };
    slots
        .map(|(name, slot)| (*name, value(slot)))
        .filter(|(name, value)| !matches!(value, Value::Unbound) && !name.as_str().starts_with('.'))
        .collect()
}

fn locals(vm: &mut Vm, _: &Args) -> NativeResult {
    let mut dict = Dict::new();
    for (name, value) in local_variables(vm) {
        dict.insert_str(name.as_str(), value);
    }
    Ok(Ret::Value(vm.new_dict(dict)))
}

fn globals(vm: &mut Vm, _: &Args) -> NativeResult {
    match vm.frames.last().map(|frame| frame.globals) {
        Some(module) => Ok(Ret::Value(vm.live_dict(module))),
        None => Ok(Ret::Value(vm.new_dict(Dict::new()))),
    }
}

fn vars(vm: &mut Vm, args: &Args) -> NativeResult {
    if !args.has(0) {
        return locals(vm, args);
    }
    match attribute_or_none(vm, &args[0], Name::DICT)? {
        Some(dict) => Ok(Ret::Value(dict)),
        None => Err(vm.type_error("vars() argument must have __dict__ attribute")),
    }
}

fn hash(vm: &mut Vm, args: &Args) -> NativeResult {
    let class = vm.class_of(&args[0]);
    if let Some(method @ Value::Obj(_)) = vm.lookup(class, Name::HASH) {
        return Ret::call(method, vec![args[0].clone()]);
    }
    Ok(Ret::Value(Value::Int(vm.hash(&args[0])?)))
}

fn id(vm: &mut Vm, args: &Args) -> NativeResult {
    use std::hash::BuildHasher;
    // Objects by their number; values without identity by what they are, apart from the objects.
    let number = match &args[0] {
        Value::Obj(id) => i64::from(id.0) * 16,
        value => {
            let key = match value {
                Value::Sym(_) => Value::str(format!("{value:?}")),
                value => vm.repr(value)?,
            };
            let text = vm.str_arg(&key, "id() argument")?;
            ((rustc_hash::FxBuildHasher.hash_one((vm.class_of(value).0, text)) >> 6) as i64) * 16 + 8
        }
    };
    Ok(Ret::Value(Value::Int(number)))
}

fn input(vm: &mut Vm, _: &Args) -> NativeResult {
    Err(vm.unsupported(
        "input() cannot be answered while a model is compiled",
        "give the value as an argument or a --static",
    ))
}

fn open(vm: &mut Vm, args: &Args) -> NativeResult {
    let shown = vm.repr(&args[0])?;
    let shown = vm.str_arg(&shown, "file name")?;
    Err(vm.unsupported(
        format!("the file {shown} cannot be opened while a model is compiled"),
        "give weights by --weights, and other data as arguments",
    ))
}

fn eval(vm: &mut Vm, _: &Args) -> NativeResult {
    Err(vm.unsupported("source text that the program makes cannot be run", "write the code out"))
}

/// Whether a value's class satisfies `classinfo`: a class, or a tuple of them, nested.
fn satisfies(
    vm: &mut Vm,
    class: ObjId,
    object: Option<&Value>,
    info: &Value,
    function: &str,
) -> Result<bool, Unwind> {
    if let Some(options) = vm.as_tuple(info).cloned() {
        for option in options.iter() {
            if satisfies(vm, class, object, option, function)? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    let hook_name = if object.is_some() { Name::INSTANCECHECK } else { Name::SUBCLASSCHECK };
    let metaclass = vm.class_of(info);
    if let Some(hook @ Value::Obj(_)) = vm.lookup(metaclass, hook_name) {
        let asked = object.cloned().unwrap_or(Value::Obj(class));
        let answer = vm.call_sync(hook, vec![info.clone(), asked], Vec::new())?;
        return vm.truth(&answer);
    }
    match (vm.as_class(info), info) {
        (Some(base), _) => Ok(vm.is_subclass(class, base)),
        (None, Value::None) => Ok(class == classes::NONE_TYPE),
        _ => {
            let wanted = if object.is_some() { "isinstance() arg 2" } else { "issubclass() arg 2" };
            Err(vm.type_error(format!("{wanted} must be a type, a tuple of types, or a union ({function})")))
        }
    }
}

fn isinstance(vm: &mut Vm, args: &Args) -> NativeResult {
    let class = vm.class_of(&args[0]);
    let answer = satisfies(vm, class, Some(&args[0]), &args[1], "isinstance")?;
    Ok(Ret::Value(Value::Bool(answer)))
}

fn issubclass(vm: &mut Vm, args: &Args) -> NativeResult {
    let Some(class) = vm.as_class(&args[0]) else {
        return Err(vm.type_error("issubclass() arg 1 must be a class"));
    };
    let answer = satisfies(vm, class, None, &args[1], "issubclass")?;
    Ok(Ret::Value(Value::Bool(answer)))
}

fn len(vm: &mut Vm, args: &Args) -> NativeResult {
    let class = vm.class_of(&args[0]);
    if class.0 as usize >= classes::ROWS.len()
        && let Some(method @ Value::Obj(_)) = vm.lookup(class, Name::LEN)
    {
        let function = vm.prelude_function("_checked_len")?;
        return Ret::call(function, vec![method, args[0].clone()]);
    }
    if let Some(length) = super::length(vm, &args[0])? {
        return Ok(Ret::Value(length));
    }
    if let Some(method) = vm.lookup(class, Name::LEN) {
        return Ret::call(method, vec![args[0].clone()]);
    }
    let name = vm.type_name(&args[0]);
    Err(vm.type_error(format!("object of type '{name}' has no len()")))
}

fn repr(vm: &mut Vm, args: &Args) -> NativeResult {
    Ok(Ret::Value(vm.repr(&args[0])?))
}

fn format(vm: &mut Vm, args: &Args) -> NativeResult {
    let spec = vm.str_arg(&args[1], "format specification")?;
    Ok(Ret::Value(vm.format(&args[0], &spec)?))
}

/// Writes text: what is known at once is kept for the person, and a program that is being traced prints when it runs.
fn print(vm: &mut Vm, args: &Args) -> NativeResult {
    let option = |vm: &mut Vm, value: &Value, default: &str| -> Result<String, Unwind> {
        match value {
            Value::None => Ok(default.to_owned()),
            value => Ok(vm.str_arg(value, "print's sep or end")?.to_string()),
        }
    };
    let separator = option(vm, &args[0], " ")?;
    let end = option(vm, &args[1], "\n")?;
    let mut text = super::format::Text::default();
    for (i, value) in args.star.iter().enumerate() {
        if i > 0 {
            text.push_str(&separator);
        }
        let shown = vm.str_of(value)?;
        text.push_value(vm, &shown)?;
    }
    // `file` makes no difference: only the standard streams can be had, and they are one here.
    write(vm, text.into_value(), &end)
}

fn write(vm: &mut Vm, text: Value, end: &str) -> NativeResult {
    if vm.mode == Mode::Eager {
        let text = vm.str_arg(&text, "printed text")?;
        vm.printed.push_str(&text);
        vm.printed.push_str(end);
        return Ret::NONE;
    }
    let mut line = super::format::Text::default();
    line.push_value(vm, &text)?;
    line.push_str(end);
    let (template, operands) = runtime_text(vm, &line.into_value())?;
    vm.emit("print", &operands, Attrs::from([("template", Attr::Str(template))]))?;
    Ret::NONE
}

/// A text as an operator or an error message wants it: a template with numbered holes, and their operands.
///
/// # Errors
/// `unsupported` for a hole with a format specification that the runtime does not know.
pub fn runtime_text(vm: &mut Vm, text: &Value) -> Result<(String, Vec<braid_ir::ValueId>), Unwind> {
    let literal = |text: &str| text.replace('{', "{{").replace('}', "}}");
    let Value::Sym(Symbolic::Str(template)) = text else {
        let text = vm.str_arg(text, "text")?;
        return Ok((literal(&text), Vec::new()));
    };
    let (mut out, mut operands) = (String::new(), Vec::new());
    for part in &template.parts {
        let (value, spec) = match part {
            Part::Text(text) => {
                out.push_str(&literal(text));
                continue;
            }
            Part::Int(term, spec) => (vm.emit_term(*term)?, spec),
            Part::Value(value, spec) => (*value, spec),
        };
        if spec.is_empty() {
            out.push_str(&format!("{{{}}}", operands.len()));
        } else {
            out.push_str(&format!("{{{}:{spec}}}", operands.len()));
        }
        operands.push(value);
    }
    Ok((out, operands))
}
