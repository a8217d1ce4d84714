//! Attribute access: Python's lookup order, descriptors, and the attributes that built-in objects have of themselves.

use super::Vm;
use super::call::then_with;
use super::frame::Then;
use crate::diagnostic::Diagnostic;
use crate::python::classes;
use crate::python::dict::Dict;
use crate::python::names::Name;
use crate::python::native::Unwind;
use crate::python::object::{DictPart, Kind, Module};
use crate::python::prelude;
use crate::python::sym::Symbolic;
use crate::python::value::{ObjId, Value};

/// What an attribute lookup found.
pub enum Attribute {
    /// The value.
    Value(Value),
    /// A function and the receiver that it would be bound to.
    Method(Value, Value),
    /// A call that computes the value.
    Compute(Value, Vec<Value>),
    /// Nothing.
    Missing,
}

impl Vm {
    /// Looks an attribute up, without calling `__getattr__`.
    ///
    /// # Errors
    /// Using a placeholder of a module that was not found.
    pub fn find_attr(&mut self, object: &Value, name: Name) -> Result<Attribute, Unwind> {
        let Value::Obj(id) = object else {
            let class = self.class_of(object);
            let found = self.lookup(class, name);
            return Ok(match found {
                Some(found) => self.bind_attr(found, object.clone(), class),
                None => self.special_attr(object, name).map_or(Attribute::Missing, Attribute::Value),
            });
        };
        let id = *id;
        match &self.obj(id).kind {
            Kind::Class(_) => return Ok(self.class_attr(id, name)),
            Kind::Module(module) => {
                let missing = module.missing.is_some();
                if let Some(value) = self.obj(id).attr(name) {
                    return Ok(Attribute::Value(value.clone()));
                }
                if missing {
                    let asked = format!(".{name}");
                    return match self.missing_stand_in(id, &asked) {
                        Some(stand_in) => Ok(Attribute::Value(stand_in)),
                        None => Err(self
                            .missing_module_used(id)
                            .expect("a placeholder tells where it was imported")),
                    };
                }
                if let Some(getattr) = self.obj(id).attr(Name::GETATTR).cloned() {
                    return Ok(Attribute::Compute(getattr, vec![Value::name(name)]));
                }
            }
            Kind::Super { class, receiver } => {
                let (class, receiver) = (*class, receiver.clone());
                return Ok(self.super_attr(class, receiver, name));
            }
            _ => {}
        }
        let class = self.obj(id).class;
        let found = self.lookup(class, name);
        if let Some(found) = &found
            && self.is_data_descriptor(found)
        {
            return Ok(self.bind_attr(found.clone(), object.clone(), class));
        }
        if let Some(value) = self.obj(id).attr(name) {
            return Ok(Attribute::Value(value.clone()));
        }
        if let Some(found) = found {
            return Ok(self.bind_attr(found, object.clone(), class));
        }
        Ok(self.special_attr(object, name).map_or(Attribute::Missing, Attribute::Value))
    }

    fn is_data_descriptor(&mut self, value: &Value) -> bool {
        let Value::Obj(id) = value else { return false };
        match &self.obj(*id).kind {
            Kind::Property(_) => true,
            Kind::Plain => {
                let class = self.obj(*id).class;
                self.lookup(class, Name::SET).is_some()
            }
            _ => false,
        }
    }

    /// What a class's attribute is, seen from an instance.
    fn bind_attr(&mut self, found: Value, receiver: Value, class: ObjId) -> Attribute {
        match &found {
            Value::Native(_) => Attribute::Method(found, receiver),
            Value::Obj(id) => match &self.obj(*id).kind {
                Kind::Function(_) => Attribute::Method(found, receiver),
                Kind::StaticMethod(inner) => Attribute::Value(inner.clone()),
                Kind::ClassMethod(inner) => Attribute::Method(inner.clone(), Value::Obj(class)),
                Kind::Property(parts) => match &parts[0] {
                    Value::None => Attribute::Missing,
                    getter => Attribute::Compute(getter.clone(), vec![receiver]),
                },
                Kind::Plain => {
                    let descriptor = self.obj(*id).class;
                    match self.lookup(descriptor, Name::GET) {
                        Some(get) => Attribute::Compute(get, vec![found, receiver, Value::Obj(class)]),
                        None => Attribute::Value(found),
                    }
                }
                _ => Attribute::Value(found),
            },
            _ => Attribute::Value(found),
        }
    }

    /// An attribute of a class.
    fn class_attr(&mut self, class: ObjId, name: Name) -> Attribute {
        let metaclass = self.obj(class).class;
        let from_metaclass = self.lookup(metaclass, name);
        if let Some(found) = &from_metaclass
            && self.is_data_descriptor(found)
        {
            return self.bind_attr(found.clone(), Value::Obj(class), metaclass);
        }
        if let Some(special) = self.special_class_attr(class, name) {
            return Attribute::Value(special);
        }
        if let Some(found) = self.lookup(class, name) {
            return match self.kind(&found) {
                Some(Kind::StaticMethod(inner)) => Attribute::Value(inner.clone()),
                Some(Kind::ClassMethod(inner)) => Attribute::Method(inner.clone(), Value::Obj(class)),
                Some(Kind::Plain) => {
                    let descriptor = self.class_of(&found);
                    match self.lookup(descriptor, Name::GET) {
                        Some(get) => Attribute::Compute(get, vec![found, Value::None, Value::Obj(class)]),
                        None => Attribute::Value(found),
                    }
                }
                _ => Attribute::Value(found),
            };
        }
        match from_metaclass {
            Some(found) => self.bind_attr(found, Value::Obj(class), metaclass),
            None => Attribute::Missing,
        }
    }

    /// An attribute of `super(class, receiver)`.
    fn super_attr(&mut self, class: ObjId, receiver: Value, name: Name) -> Attribute {
        let (start, of_class) = match self.as_class(&receiver) {
            Some(receiver) if self.is_subclass(receiver, class) => (receiver, true),
            _ => (self.class_of(&receiver), false),
        };
        if name == Name::CLASS {
            return Attribute::Value(Value::Obj(classes::SUPER));
        }
        let mro = self.class(start).mro.clone();
        let after = mro.iter().position(|&base| base == class).map_or(0, |at| at + 1);
        let Some(found) = mro[after..].iter().find_map(|&base| self.obj(base).attr(name)).cloned() else {
            return Attribute::Missing;
        };
        if of_class {
            return match self.kind(&found) {
                Some(Kind::ClassMethod(inner)) => Attribute::Method(inner.clone(), receiver),
                Some(Kind::StaticMethod(inner)) => Attribute::Value(inner.clone()),
                _ => Attribute::Value(found),
            };
        }
        self.bind_attr(found, receiver, start)
    }

    /// Pushes an attribute, or the frame that computes it.
    pub(super) fn load_attr(&mut self, object: &Value, name: Name, then: Then) -> Result<(), Unwind> {
        if self.has_getattribute
            && let Value::Obj(id) = object
        {
            let class = self.obj(*id).class;
            if let Some(method @ Value::Obj(_)) = self.lookup(class, Name::GETATTRIBUTE) {
                let then = Then::OrGetattr { object: object.clone(), name, then: Box::new(then) };
                return self.call_bound(method, object.clone(), vec![Value::name(name)], then);
            }
        }
        match self.find_attr(object, name)? {
            Attribute::Value(value) => self.deliver(then, value),
            Attribute::Method(function, receiver) => {
                let method = self.new_method(function, receiver);
                self.deliver(then, method)
            }
            Attribute::Compute(function, args) => {
                let then = match self.getattr_hook(object) {
                    Some(_) => Then::OrGetattr { object: object.clone(), name, then: Box::new(then) },
                    None => then,
                };
                self.call(function, args, Vec::new(), then)
            }
            Attribute::Missing => match self.getattr_hook(object) {
                Some(hook) => self.call_bound(hook, object.clone(), vec![Value::name(name)], then),
                None => Err(self.no_attribute(object, name)),
            },
        }
    }

    /// The `__getattr__` of an object's class.
    pub fn getattr_hook(&mut self, object: &Value) -> Option<Value> {
        let object = match self.kind(object) {
            Some(Kind::Super { .. }) => return None,
            _ => object,
        };
        let class = self.class_of(object);
        self.lookup(class, Name::GETATTR)
    }

    /// `LoadMethod`: pushes the function and its receiver, or a callable and nothing.
    pub(super) fn load_method(&mut self, object: Value, name: Name) -> Result<(), Unwind> {
        if !self.has_getattribute
            && let Attribute::Method(function, receiver) = self.find_attr(&object, name)?
        {
            self.push(function);
            self.push(receiver);
            return Ok(());
        }
        self.load_attr(&object, name, Then::Callable)
    }

    /// An attribute, run to its end if it must be computed.
    ///
    /// # Errors
    /// `AttributeError`, or what computing it raises.
    pub fn get_attr(&mut self, object: &Value, name: Name) -> Result<Value, Unwind> {
        match self.find_attr(object, name)? {
            Attribute::Value(value) => Ok(value),
            Attribute::Method(function, receiver) => Ok(self.new_method(function, receiver)),
            Attribute::Compute(function, args) => self.call_sync(function, args, Vec::new()),
            Attribute::Missing => match self.getattr_hook(object) {
                Some(hook) => self.call_sync(hook, vec![object.clone(), Value::name(name)], Vec::new()),
                None => Err(self.no_attribute(object, name)),
            },
        }
    }

    /// `AttributeError` for an attribute that is not there.
    pub fn no_attribute(&mut self, object: &Value, name: Name) -> Unwind {
        let message = match self.kind(object) {
            Some(Kind::Class(class)) => format!("type object '{}' has no attribute '{name}'", class.name),
            Some(Kind::Module(module)) => format!("module '{}' has no attribute '{name}'", module.name),
            Some(Kind::Super { .. }) => format!("'super' object has no attribute '{name}'"),
            _ => format!("'{}' object has no attribute '{name}'", self.type_name(object)),
        };
        let ours = match self.kind(object) {
            Some(Kind::Module(module)) => prelude::has_module(module.name.as_str()),
            Some(Kind::Tensor(_)) => true,
            _ => false,
        };
        let error = self.attribute_error(message);
        if ours { self.lacking(error) } else { error }
    }

    /// What stands for something of a module that was not found, in the statements of a module itself: plots are set up
    /// and functions decorated there that the network may never need. Using it later, or deciding by it, is an error.
    pub(super) fn missing_stand_in(&mut self, id: ObjId, asked: &str) -> Option<Value> {
        let Kind::Module(module) = &self.obj(id).kind else { return None };
        let imported = module.missing.clone()?;
        let name = Name::new(&format!("{}{asked}", module.name));
        let comprehension = ["<listcomp>", "<setcomp>", "<dictcomp>"];
        let mut frames = self.frames.iter().rev().map(|frame| frame.code.qualname.as_str());
        if frames.find(|name| !comprehension.contains(name)) != Some("<module>") {
            return None;
        }
        let module = Module { name, missing: Some(imported) };
        Some(self.new_object(classes::MODULE, Kind::Module(Box::new(module))))
    }

    /// The diagnostic for using a module that was not found when it was imported.
    pub(super) fn missing_module_used(&self, id: ObjId) -> Option<Unwind> {
        let Kind::Module(module) = &self.obj(id).kind else { return None };
        let imported = module.missing.clone()?;
        let name = module.name.as_str().split(['.', '(', '[']).next().unwrap_or_default();
        if prelude::has_module(name) {
            return Some(
                Diagnostic::new(format!("'{}' is used, but Braid's library does not have it", module.name))
                    .with_help("write it out with what the library has")
                    .with_note("used here", self.current_span())
                    .at(imported)
                    .into(),
            );
        }
        // What must be changed is the import, or where it looks; the use only says that it matters.
        Some(
            Diagnostic::new(format!("there is no module '{name}', and it is used"))
                .with_help(format!(
                    "put {name}.py or a folder {name} beside the model, or name its folder with -I"
                ))
                .with_note("used here", self.current_span())
                .at(imported)
                .into(),
        )
    }

    /// A method of a class by which it does something other than `object` does.
    pub fn own_hook(&mut self, class: ObjId, name: Name) -> Option<Value> {
        self.lookup(class, name).filter(|hook| match hook {
            Value::Native(id) => self.natives.get(*id).owner != "object",
            _ => true,
        })
    }

    /// Sets an attribute as the object's class wants it.
    pub(super) fn store_attr(
        &mut self,
        object: &Value,
        name: Name,
        value: Value,
        then: Then,
    ) -> Result<(), Unwind> {
        let class = self.class_of(object);
        match self.own_hook(class, Name::SETATTR) {
            Some(hook) => self.call_bound(hook, object.clone(), vec![Value::name(name), value], then),
            None => match self.set_attr_plain(object, name, value)? {
                Some((setter, args)) => self.call(setter, args, Vec::new(), then),
                None => self.deliver(then, Value::None),
            },
        }
    }

    /// `object.__setattr__`: sets an attribute, or gives the call of the descriptor that sets it.
    ///
    /// # Errors
    /// If the attribute cannot be set.
    pub fn set_attr_plain(
        &mut self,
        object: &Value,
        name: Name,
        value: Value,
    ) -> Result<Option<(Value, Vec<Value>)>, Unwind> {
        let Value::Obj(id) = object else { return Err(self.no_attribute(object, name)) };
        let id = *id;
        let class = self.obj(id).class;
        if let Some(found) = self.lookup(class, name) {
            if let Some(Kind::Property(parts)) = self.kind(&found) {
                let setter = parts[1].clone();
                if setter.is_none() {
                    let class = self.class(class).name;
                    return Err(
                        self.attribute_error(format!("property '{name}' of '{class}' object has no setter"))
                    );
                }
                return Ok(Some((setter, vec![object.clone(), value])));
            }
            if matches!(self.kind(&found), Some(Kind::Plain)) {
                let descriptor = self.class_of(&found);
                if let Some(set) = self.lookup(descriptor, Name::SET) {
                    return Ok(Some((set, vec![found, object.clone(), value])));
                }
            }
        }
        match &mut self.obj_mut(id).kind {
            Kind::Class(data) => {
                match (name, &value) {
                    (Name::NAME, Value::Str(text)) => data.name = Name::new(text),
                    _ => self.obj_mut(id).set_attr(name, value),
                }
                self.touch_classes();
            }
            Kind::Exception(data) if name == Name::ARGS => {
                let items = match value.as_obj().map(|id| &self.obj(id).kind) {
                    Some(Kind::Tuple(items)) => items.to_vec(),
                    Some(Kind::List(items)) => items.clone(),
                    _ => vec![value],
                };
                if let Kind::Exception(data) = &mut self.obj_mut(id).kind {
                    data.args = items;
                }
            }
            Kind::Exception(data) if name == Name::CAUSE => data.cause = Some(value),
            Kind::Exception(data) if name == Name::CONTEXT => data.context = Some(value),
            Kind::Exception(_) if name == Name::TRACEBACK => {}
            Kind::Plain if class == classes::OBJECT => return Err(self.no_attribute(object, name)),
            Kind::Plain
            | Kind::Scalar(_)
            | Kind::Exception(_)
            | Kind::Module(_)
            | Kind::Function(_)
            | Kind::Tensor(_)
            | Kind::StaticMethod(_)
            | Kind::ClassMethod(_)
            | Kind::Property(_) => {
                if name == Name::CLASS {
                    return self.set_class(id, &value).map(|()| None);
                }
                if name == Name::DICT {
                    return self.replace_dict(id, &value).map(|()| None);
                }
                self.obj_mut(id).set_attr(name, value);
            }
            _ if class.0 as usize >= classes::ROWS.len() => self.obj_mut(id).set_attr(name, value),
            _ => return Err(self.no_attribute(object, name)),
        }
        Ok(None)
    }

    fn set_class(&mut self, id: ObjId, value: &Value) -> Result<(), Unwind> {
        match self.as_class(value) {
            Some(class) => {
                self.obj_mut(id).class = class;
                Ok(())
            }
            None => Err(self.type_error("__class__ must be set to a class")),
        }
    }

    fn replace_dict(&mut self, id: ObjId, value: &Value) -> Result<(), Unwind> {
        let Some(pairs) = self.string_pairs(value) else {
            return Err(self.type_error("__dict__ must be set to a dictionary"));
        };
        let attrs = self.obj_mut(id).attrs_mut();
        attrs.clear();
        attrs.extend(pairs);
        Ok(())
    }

    /// The entries of a dict with string keys.
    pub fn string_pairs(&self, value: &Value) -> Option<Vec<(Name, Value)>> {
        if let Some(id) = self.attributes_of(value) {
            return Some(self.obj(id).attrs().map(|(name, value)| (name, value.clone())).collect());
        }
        self.as_dict(value)?
            .iter()
            .map(|(key, value)| Some((Name::new(self.as_str(key)?), value.clone())))
            .collect()
    }

    /// The object whose attributes a live `__dict__` shows.
    pub fn attributes_of(&self, value: &Value) -> Option<ObjId> {
        match self.kind(value) {
            Some(Kind::DictView(id, DictPart::Attributes)) => Some(*id),
            _ => None,
        }
    }

    pub(super) fn delete_attr(&mut self, object: &Value, name: Name, then: Then) -> Result<(), Unwind> {
        let class = self.class_of(object);
        if let Some(hook) = self.own_hook(class, Name::DELATTR) {
            return self.call_bound(hook, object.clone(), vec![Value::name(name)], then);
        }
        match self.delete_attr_plain(object, name)? {
            Some((deleter, args)) => self.call(deleter, args, Vec::new(), then),
            None => self.deliver(then, Value::None),
        }
    }

    /// `object.__delattr__`: removes an attribute, or gives the call of the descriptor that removes it.
    ///
    /// # Errors
    /// If it is not there.
    pub fn delete_attr_plain(
        &mut self,
        object: &Value,
        name: Name,
    ) -> Result<Option<(Value, Vec<Value>)>, Unwind> {
        let Value::Obj(id) = object else { return Err(self.no_attribute(object, name)) };
        let class = self.obj(*id).class;
        if let Some(found) = self.lookup(class, name) {
            if let Some(Kind::Property(parts)) = self.kind(&found)
                && !parts[2].is_none()
            {
                return Ok(Some((parts[2].clone(), vec![object.clone()])));
            }
            if matches!(self.kind(&found), Some(Kind::Plain)) {
                let descriptor = self.class_of(&found);
                if let Some(delete) = self.lookup(descriptor, Name::DELETE) {
                    return Ok(Some((delete, vec![found, object.clone()])));
                }
            }
        }
        let is_class = matches!(self.obj(*id).kind, Kind::Class(_));
        if self.obj_mut(*id).remove_attr(name).is_none() {
            return Err(self.no_attribute(object, name));
        }
        if is_class {
            self.touch_classes();
        }
        Ok(None)
    }

    /// What every class has of itself.
    fn special_class_attr(&mut self, class: ObjId, name: Name) -> Option<Value> {
        let data = self.class(class);
        Some(match name {
            Name::NAME => Value::name(data.name),
            Name::QUALNAME => match self.obj(class).attr(Name::QUALNAME) {
                Some(name) => name.clone(),
                None => Value::name(data.name),
            },
            Name::MODULE => match self.obj(class).attr(Name::MODULE) {
                Some(name) => name.clone(),
                None => Value::str("builtins"),
            },
            Name::CLASS => Value::Obj(self.obj(class).class),
            Name::BASES => {
                let bases = data.bases.iter().map(|&base| Value::Obj(base)).collect();
                self.new_tuple(bases)
            }
            Name::MRO => {
                let mro = data.mro.iter().map(|&base| Value::Obj(base)).collect();
                self.new_tuple(mro)
            }
            Name::DICT => self.live_dict(class),
            Name::DOC => self.obj(class).attr(Name::DOC).cloned().unwrap_or(Value::None),
            Name::ANNOTATIONS => match self.obj(class).attr(Name::ANNOTATIONS) {
                Some(annotations) => annotations.clone(),
                None => self.new_dict(Dict::new()),
            },
            _ => return None,
        })
    }

    /// A dict that shows an object's attributes as they are, and changes them.
    pub fn live_dict(&mut self, id: ObjId) -> Value {
        self.new_object(classes::ATTRIBUTES, Kind::DictView(id, DictPart::Attributes))
    }

    /// What built-in objects have of themselves.
    fn special_attr(&mut self, object: &Value, name: Name) -> Option<Value> {
        if name == Name::CLASS {
            return Some(Value::Obj(self.class_of(object)));
        }
        match object {
            Value::Native(id) => {
                let native = self.natives.get(*id);
                return match name {
                    Name::NAME | Name::QUALNAME => Some(Value::name(native.name)),
                    Name::MODULE => Some(Value::str(native.owner)),
                    Name::DOC => Some(Value::None),
                    _ => None,
                };
            }
            Value::Int(_) | Value::Bool(_) | Value::Sym(Symbolic::Int(_)) => {
                return match name.as_str() {
                    "real" | "numerator" => Some(object.clone()),
                    "imag" => Some(Value::Int(0)),
                    "denominator" => Some(Value::Int(1)),
                    _ => None,
                };
            }
            Value::Float(_) => {
                return match name.as_str() {
                    "real" => Some(object.clone()),
                    "imag" => Some(Value::Float(0.0)),
                    _ => None,
                };
            }
            _ => {}
        }
        let Value::Obj(id) = object else { return None };
        let id = *id;
        if name == Name::DOC {
            let doc = match &self.obj(id).kind {
                Kind::Function(function) => function.code.doc.clone(),
                _ => None,
            };
            return Some(doc.map_or(Value::None, Value::Str));
        }
        let found = match &self.obj(id).kind {
            Kind::Function(function) => {
                let function = function.clone();
                match name {
                    Name::NAME => Value::name(function.code.name),
                    Name::QUALNAME => Value::name(function.code.qualname),
                    Name::MODULE => {
                        self.obj(function.globals).attr(Name::NAME).cloned().unwrap_or(Value::None)
                    }
                    Name::DEFAULTS if function.defaults.is_empty() => Value::None,
                    Name::DEFAULTS => self.new_tuple(function.defaults.clone()),
                    Name::KWDEFAULTS => {
                        let mut dict = Dict::new();
                        for (name, value) in &function.kw_defaults {
                            dict.insert_str(name.as_str(), value.clone());
                        }
                        self.new_dict(dict)
                    }
                    Name::ANNOTATIONS => self.new_dict(Dict::new()),
                    Name::CODE => object.clone(),
                    Name::GLOBALS => self.live_dict(function.globals),
                    Name::DICT => self.live_dict(id),
                    _ => return self.code_attr(&function, name),
                }
            }
            Kind::Method { function, receiver } => {
                let (function, receiver) = (function.clone(), receiver.clone());
                match name {
                    Name::FUNC => function,
                    Name::SELF_ATTR => receiver,
                    _ => match self.find_attr(&function, name) {
                        Ok(Attribute::Value(value)) => value,
                        _ => return None,
                    },
                }
            }
            Kind::Module(module) => match name {
                Name::NAME => Value::name(module.name),
                Name::DICT => self.live_dict(id),
                _ => return None,
            },
            Kind::Property(parts) => match name {
                Name::FGET => parts[0].clone(),
                Name::FSET => parts[1].clone(),
                Name::FDEL => parts[2].clone(),
                _ => return None,
            },
            Kind::StaticMethod(inner) | Kind::ClassMethod(inner) => match name {
                Name::FUNC | Name::WRAPPED => inner.clone(),
                Name::NAME | Name::QUALNAME => {
                    let inner = inner.clone();
                    return match self.find_attr(&inner, name) {
                        Ok(Attribute::Value(value)) => Some(value),
                        _ => None,
                    };
                }
                _ => return None,
            },
            Kind::Slice(parts) => match name {
                Name::START => parts[0].clone(),
                Name::STOP => parts[1].clone(),
                Name::STEP => parts[2].clone(),
                _ => return None,
            },
            Kind::Range(range) => match name {
                Name::START => range.start.clone(),
                Name::STOP => range.stop.clone(),
                Name::STEP => range.step.clone(),
                _ => return None,
            },
            Kind::Generator(generator) => match name {
                Name::NAME | Name::QUALNAME => Value::name(generator.name),
                _ => return None,
            },
            Kind::Exception(data) => match name {
                Name::ARGS => {
                    let args = data.args.clone();
                    self.new_tuple(args)
                }
                Name::CAUSE => data.cause.clone().unwrap_or(Value::None),
                Name::CONTEXT => data.context.clone().unwrap_or(Value::None),
                Name::SUPPRESS_CONTEXT => Value::Bool(data.suppress_context),
                Name::TRACEBACK => Value::None,
                Name::VALUE => data.args.first().cloned().unwrap_or(Value::None),
                Name::DICT => self.live_dict(id),
                _ if name.as_str() == "code" || name.as_str() == "name" => {
                    data.args.first().cloned().unwrap_or(Value::None)
                }
                _ => return None,
            },
            Kind::Cell(value) if name.as_str() == "cell_contents" => value.clone(),
            _ if name == Name::DICT && self.obj(id).class.0 as usize >= classes::ROWS.len() => {
                self.live_dict(id)
            }
            _ => return None,
        };
        Some(found)
    }

    /// What `__code__` tells: enough for the usual look at a function's arguments.
    fn code_attr(&mut self, function: &crate::python::object::Function, name: Name) -> Option<Value> {
        let code = &function.code;
        Some(match name.as_str() {
            "co_argcount" => Value::Int(i64::from(code.positional)),
            "co_kwonlyargcount" => Value::Int(i64::from(code.keyword_only)),
            "co_name" => Value::name(code.name),
            "co_filename" => Value::str(&code.source.path),
            "co_flags" => Value::Int(i64::from(code.star) * 4 + i64::from(code.kwargs) * 8),
            "co_varnames" => {
                let names = code.slots.iter().map(|name| Value::name(*name)).collect();
                self.new_tuple(names)
            }
            _ => return None,
        })
    }

    /// Calls `__getattr__` after a property raised `AttributeError`.
    pub(super) fn fall_back(&mut self, object: Value, name: Name, then: Then) -> Result<(), Unwind> {
        match self.getattr_hook(&object) {
            Some(hook) => self.call_bound(hook, object, vec![Value::name(name)], then_with(Vec::new(), then)),
            None => Err(self.no_attribute(&object, name)),
        }
    }
}
