//! Methods of `object` and `type`, and of the descriptors: `property`, functions, methods.

use crate::python::classes;
use crate::python::names::Name;
use crate::python::native::{Args, NativeResult, NativeRow, Ret, Unwind, row};
use crate::python::object::Kind;
use crate::python::value::{ObjId, Value};
use crate::python::vm::Vm;

/// The methods, by class.
pub const CLASSES: &[(ObjId, &[NativeRow])] = &[
    (
        classes::OBJECT,
        &[
            row("__repr__", "self, /", object_repr),
            row("__str__", "self, /", object_str),
            row("__format__", "self, spec, /", object_format),
            row("__eq__", "self, other, /", object_eq),
            row("__ne__", "self, other, /", object_ne),
            row("__hash__", "self, /", object_hash),
            row("__getattribute__", "self, name, /", object_getattribute),
            row("__setattr__", "self, name, value, /", object_setattr),
            row("__delattr__", "self, name, /", object_delattr),
            row("__dir__", "self, /", object_dir),
            row("__reduce_ex__", "self, protocol, /", object_reduce),
        ],
    ),
    (
        classes::TYPE,
        &[
            row("__new__", "cls, name, bases, namespace, /, **kwargs", type_new),
            row("__call__", "cls, /, *args, **kwargs", type_call),
            row("__instancecheck__", "cls, instance, /", type_instancecheck),
            row("__subclasscheck__", "cls, subclass, /", type_subclasscheck),
            row("mro", "cls, /", type_mro),
            row("__subclasses__", "cls, /", type_subclasses),
            row("__init__", "cls, /, *args, **kwargs", type_init),
        ],
    ),
    (
        classes::PROPERTY,
        &[
            row("getter", "self, function, /", property_getter),
            row("setter", "self, function, /", property_setter),
            row("deleter", "self, function, /", property_deleter),
            row("__get__", "self, instance, owner=None, /", property_get),
            row("__set__", "self, instance, value, /", property_set),
        ],
    ),
    (classes::FUNCTION, CALLABLE),
    (classes::BUILTIN_FUNCTION, CALLABLE),
    (classes::METHOD, CALLABLE),
    (classes::METHOD, &[row("__get__", "self, instance, owner=None, /", itself)]),
    (classes::STATICMETHOD, &[row("__get__", "self, instance, owner=None, /", staticmethod_get)]),
    (classes::CLASSMETHOD, &[row("__get__", "self, instance, owner=None, /", classmethod_get)]),
    (classes::SLICE, &[row("indices", "self, length, /", slice_indices)]),
];

const CALLABLE: &[NativeRow] = &[
    row("__get__", "self, instance, owner=None, /", function_get),
    row("__call__", "self, /, *args, **kwargs", call),
];

/// The methods that belong to a class, by class.
pub const CLASS_METHODS: &[(ObjId, &[NativeRow])] = &[(
    classes::OBJECT,
    &[
        row("__init_subclass__", "cls, /, **kwargs", object_init_subclass),
        row("__subclasshook__", "cls, subclass, /", object_subclasshook),
    ],
)];

fn itself(_: &mut Vm, args: &Args) -> NativeResult {
    Ok(Ret::Value(args[0].clone()))
}

fn object_repr(vm: &mut Vm, args: &Args) -> NativeResult {
    let class = vm.type_name(&args[0]);
    match &args[0] {
        Value::Obj(id) if matches!(vm.obj(*id).kind, Kind::Plain) => {
            let id = id.0;
            let class_id = vm.class_of(&args[0]);
            let module = vm.obj(class_id).attr(Name::MODULE).and_then(|name| vm.as_str(name)).cloned();
            let module = module.map_or_else(String::new, |module| format!("{module}."));
            Ok(Ret::Value(Value::str(format!("<{module}{class} object at 0x{id:012x}>"))))
        }
        value => Ok(Ret::Value(vm.repr(value)?)),
    }
}

fn object_str(vm: &mut Vm, args: &Args) -> NativeResult {
    Ok(Ret::Value(vm.repr(&args[0])?))
}

fn object_format(vm: &mut Vm, args: &Args) -> NativeResult {
    let spec = vm.str_arg(&args[1], "format specification")?;
    if spec.is_empty() {
        return Ok(Ret::Value(vm.str_of(&args[0])?));
    }
    let value = vm.scalar(&args[0]).clone();
    if let Some(shown) = super::format::format_builtin(vm, &value, &spec)? {
        return Ok(Ret::Value(shown));
    }
    let name = vm.type_name(&args[0]);
    Err(vm.type_error(format!("unsupported format string passed to {name}.__format__")))
}

fn object_eq(_: &mut Vm, args: &Args) -> NativeResult {
    Ok(Ret::Value(if args[0].is_same(&args[1]) { Value::Bool(true) } else { Value::NotImplemented }))
}

fn object_ne(_: &mut Vm, args: &Args) -> NativeResult {
    Ok(Ret::Value(if args[0].is_same(&args[1]) { Value::Bool(false) } else { Value::NotImplemented }))
}

fn object_hash(vm: &mut Vm, args: &Args) -> NativeResult {
    if let Value::Obj(id) = args[0]
        && matches!(vm.obj(id).kind, Kind::Plain)
    {
        return Ok(Ret::Value(Value::Int(i64::from(id.0))));
    }
    Ok(Ret::Value(Value::Int(vm.hash(&args[0])?)))
}

fn attribute_name(vm: &mut Vm, value: &Value) -> Result<Name, Unwind> {
    Ok(Name::new(&vm.str_arg(value, "attribute name")?))
}

/// `object.__getattribute__`: the usual lookup, without `__getattr__`.
fn object_getattribute(vm: &mut Vm, args: &Args) -> NativeResult {
    use crate::python::vm::attributes::Attribute;
    let name = attribute_name(vm, &args[1])?;
    match vm.find_attr(&args[0], name)? {
        Attribute::Value(value) => Ok(Ret::Value(value)),
        Attribute::Method(function, receiver) => Ok(Ret::Value(vm.new_method(function, receiver))),
        Attribute::Compute(function, args) => Ret::call(function, args),
        Attribute::Missing => Err(vm.no_attribute(&args[0], name)),
    }
}

fn object_setattr(vm: &mut Vm, args: &Args) -> NativeResult {
    let name = attribute_name(vm, &args[1])?;
    match vm.set_attr_plain(&args[0], name, args[2].clone())? {
        Some((setter, args)) => Ret::call(setter, args),
        None => Ret::NONE,
    }
}

fn object_delattr(vm: &mut Vm, args: &Args) -> NativeResult {
    let name = attribute_name(vm, &args[1])?;
    match vm.delete_attr_plain(&args[0], name)? {
        Some((deleter, args)) => Ret::call(deleter, args),
        None => Ret::NONE,
    }
}

fn object_dir(vm: &mut Vm, args: &Args) -> NativeResult {
    let names = super::functions::attribute_names(vm, &args[0]).into_iter().map(Value::str).collect();
    Ok(Ret::Value(vm.new_list(names)))
}

fn object_reduce(vm: &mut Vm, _: &Args) -> NativeResult {
    Err(vm.unsupported(
        "objects cannot be pickled while a model is compiled",
        "copy objects with the copy module",
    ))
}

fn object_init_subclass(vm: &mut Vm, args: &Args) -> NativeResult {
    match args.kwargs.first() {
        None => Ret::NONE,
        Some((name, _)) => {
            let message = format!("__init_subclass__() got an unexpected keyword argument '{name}'");
            Err(vm.type_error(message))
        }
    }
}

fn object_subclasshook(_: &mut Vm, _: &Args) -> NativeResult {
    Ok(Ret::Value(Value::NotImplemented))
}

fn class_arg(vm: &mut Vm, value: &Value) -> Result<ObjId, Unwind> {
    match vm.as_class(value) {
        Some(class) => Ok(class),
        None => {
            let name = vm.type_name(value);
            Err(vm.type_error(format!("descriptor requires a 'type' object but received a '{name}'")))
        }
    }
}

fn type_new(vm: &mut Vm, args: &Args) -> NativeResult {
    let metaclass = class_arg(vm, &args[0])?;
    let name = Name::new(&vm.str_arg(&args[1], "the name of a class")?);
    let Some(bases) = vm.as_tuple(&args[2]).cloned() else {
        return Err(vm.type_error("type.__new__() argument 2 must be tuple"));
    };
    let Some(mut namespace) = vm.string_pairs(&args[3]) else {
        return Err(vm.type_error("type.__new__() argument 3 must be dict"));
    };
    if !namespace.iter().any(|(name, _)| *name == Name::MODULE)
        && let Some(globals) = vm.frames.last().map(|frame| frame.globals)
        && let Some(module) = vm.obj(globals).attr(Name::NAME)
    {
        namespace.push((Name::MODULE, module.clone()));
    }
    vm.new_class(metaclass, name, &bases, namespace, args.kwargs.clone())
}

fn type_call(vm: &mut Vm, args: &Args) -> NativeResult {
    let class = class_arg(vm, &args[0])?;
    Ok(Ret::Instantiate { class, args: args.star.clone(), kwargs: args.kwargs.clone() })
}

fn type_init(_: &mut Vm, _: &Args) -> NativeResult {
    Ret::NONE
}

fn type_instancecheck(vm: &mut Vm, args: &Args) -> NativeResult {
    let class = class_arg(vm, &args[0])?;
    let answer = vm.is_instance(&args[1], class);
    Ok(Ret::Value(Value::Bool(answer)))
}

fn type_subclasscheck(vm: &mut Vm, args: &Args) -> NativeResult {
    let class = class_arg(vm, &args[0])?;
    let subclass = class_arg(vm, &args[1])?;
    let answer = vm.is_subclass(subclass, class);
    Ok(Ret::Value(Value::Bool(answer)))
}

fn type_mro(vm: &mut Vm, args: &Args) -> NativeResult {
    let class = class_arg(vm, &args[0])?;
    let mro = vm.class(class).mro.iter().map(|&base| Value::Obj(base)).collect();
    Ok(Ret::Value(vm.new_list(mro)))
}

fn type_subclasses(vm: &mut Vm, args: &Args) -> NativeResult {
    let class = class_arg(vm, &args[0])?;
    let derives = |id: &ObjId| matches!(&vm.obj(*id).kind, Kind::Class(data) if data.bases.contains(&class));
    let found = (0..vm.heap.len()).map(ObjId).filter(derives).map(Value::Obj).collect();
    Ok(Ret::Value(vm.new_list(found)))
}

/// The property with another accessor.
fn property_with(vm: &mut Vm, args: &Args, at: usize) -> NativeResult {
    let Some(Kind::Property(parts)) = vm.kind(&args[0]) else {
        return Err(vm.type_error("descriptor requires a 'property' object"));
    };
    let mut parts = parts.clone();
    parts[at] = args[1].clone();
    let class = vm.class_of(&args[0]);
    let doc = vm.own_attr(&args[0], Name::DOC);
    let property = vm.new_object(class, Kind::Property(parts));
    if let (Value::Obj(id), Some(doc)) = (&property, doc) {
        vm.obj_mut(*id).set_attr(Name::DOC, doc);
    }
    Ok(Ret::Value(property))
}

fn property_getter(vm: &mut Vm, args: &Args) -> NativeResult {
    property_with(vm, args, 0)
}

fn property_setter(vm: &mut Vm, args: &Args) -> NativeResult {
    property_with(vm, args, 1)
}

fn property_deleter(vm: &mut Vm, args: &Args) -> NativeResult {
    property_with(vm, args, 2)
}

fn property_get(vm: &mut Vm, args: &Args) -> NativeResult {
    match vm.kind(&args[0]) {
        Some(Kind::Property(parts)) if !args[1].is_none() => {
            let getter = parts[0].clone();
            Ret::call(getter, vec![args[1].clone()])
        }
        _ => Ok(Ret::Value(args[0].clone())),
    }
}

fn property_set(vm: &mut Vm, args: &Args) -> NativeResult {
    match vm.kind(&args[0]) {
        Some(Kind::Property(parts)) if !parts[1].is_none() => {
            let setter = parts[1].clone();
            Ret::call(setter, vec![args[1].clone(), args[2].clone()])
        }
        _ => Err(vm.attribute_error("property has no setter")),
    }
}

fn bound(vm: &mut Vm, function: Value, receiver: Value) -> NativeResult {
    Ok(Ret::Value(vm.new_method(function, receiver)))
}

fn call(_: &mut Vm, args: &Args) -> NativeResult {
    Ok(Ret::Call { function: args[0].clone(), args: args.star.clone(), kwargs: args.kwargs.clone() })
}

fn function_get(vm: &mut Vm, args: &Args) -> NativeResult {
    match args[1].is_none() {
        true => Ok(Ret::Value(args[0].clone())),
        false => bound(vm, args[0].clone(), args[1].clone()),
    }
}

fn staticmethod_get(vm: &mut Vm, args: &Args) -> NativeResult {
    match vm.kind(&args[0]) {
        Some(Kind::StaticMethod(inner)) => Ok(Ret::Value(inner.clone())),
        _ => Err(vm.type_error("descriptor requires a 'staticmethod' object")),
    }
}

fn classmethod_get(vm: &mut Vm, args: &Args) -> NativeResult {
    let Some(Kind::ClassMethod(inner)) = vm.kind(&args[0]) else {
        return Err(vm.type_error("descriptor requires a 'classmethod' object"));
    };
    let inner = inner.clone();
    let class = match args[2].is_none() {
        true => Value::Obj(vm.class_of(&args[1])),
        false => args[2].clone(),
    };
    bound(vm, inner, class)
}

fn slice_indices(vm: &mut Vm, args: &Args) -> NativeResult {
    let length = vm.int_arg(&args[1], "length")?;
    let Some(Kind::Slice(parts)) = vm.kind(&args[0]) else {
        return Err(vm.type_error("descriptor requires a 'slice' object"));
    };
    let parts = parts.clone();
    let step = if parts[2].is_none() { 1 } else { vm.int_arg(&parts[2], "slice step")? };
    if step == 0 {
        return Err(vm.value_error("slice step cannot be zero"));
    }
    let (low, high) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let mut bound = |value: &Value, default: i64| -> Result<i64, Unwind> {
        if value.is_none() {
            return Ok(default);
        }
        let at = vm.int_arg(value, "slice index")?;
        Ok(if at < 0 { (at + length).max(low) } else { at.min(high) })
    };
    let (first, last) = if step > 0 { (low, high) } else { (high, low) };
    let (start, stop) = (bound(&parts[0], first)?, bound(&parts[1], last)?);
    Ok(Ret::Value(vm.new_tuple(vec![Value::Int(start), Value::Int(stop), Value::Int(step)])))
}
