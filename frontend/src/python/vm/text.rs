//! `str`, `repr` and formatting of any value.

use super::Vm;
use super::frame::Then;
use crate::python::builtins::format::{format_builtin, format_percent, repr_float, repr_str};
use crate::python::classes;
use crate::python::names::Name;
use crate::python::native::Unwind;
use crate::python::object::{DictPart, Kind, SeqElement};
use crate::python::sym::{Part, SymBool, Symbolic, Template};
use crate::python::value::Value;

impl Vm {
    /// `str(value)` as a string value.
    ///
    /// # Errors
    /// What a `__str__` raises.
    pub fn str_of(&mut self, value: &Value) -> Result<Value, Unwind> {
        let text = self.display(value)?;
        Ok(self.new_text(text))
    }

    /// `repr(value)` as a string value.
    ///
    /// # Errors
    /// What a `__repr__` raises.
    pub fn repr(&mut self, value: &Value) -> Result<Value, Unwind> {
        let text = self.represent(value)?;
        Ok(self.new_text(text))
    }

    /// `format(value, spec)` as a string value.
    ///
    /// # Errors
    /// `ValueError` for a specification that does not fit; what a `__format__` raises.
    pub fn format(&mut self, value: &Value, spec: &str) -> Result<Value, Unwind> {
        match self.own_text_method(value, Name::FORMAT) {
            Some(method) => self.call_sync(method, vec![value.clone(), Value::str(spec)], Vec::new()),
            None => self.format_plain(value, spec),
        }
    }

    /// The text method of a class of the person's own (or the prelude's).
    fn own_text_method(&mut self, value: &Value, name: Name) -> Option<Value> {
        if !matches!(value, Value::Obj(_)) {
            return None;
        }
        let class = self.class_of(value);
        self.lookup(class, name).filter(|method| !matches!(method, Value::Native(_)))
    }

    fn format_plain(&mut self, value: &Value, spec: &str) -> Result<Value, Unwind> {
        if spec.is_empty() {
            return self.str_of(value);
        }
        let scalar = self.scalar(value).clone();
        if let Some(text) = format_builtin(self, &scalar, spec)? {
            return Ok(text);
        }
        let name = self.type_name(value);
        Err(self.type_error(format!("unsupported format string passed to {name}.__format__")))
    }

    /// `str(value)`
    ///
    /// # Errors
    /// What a `__str__` raises.
    pub fn display(&mut self, value: &Value) -> Result<Template, Unwind> {
        let mut text = Template::default();
        match value {
            Value::Str(value) => {
                text.push_str(value);
                return Ok(text);
            }
            Value::Sym(Symbolic::Str(template)) => return Ok((**template).clone()),
            Value::Obj(_) => {}
            value => return self.represent(value),
        }
        for name in [Name::STR, Name::REPR] {
            if let Some(method) = self.own_text_method(value, name) {
                let shown = self.call_sync(method, vec![value.clone()], Vec::new())?;
                return self.string_result(&shown, name);
            }
        }
        match self.kind(value) {
            Some(Kind::Scalar(Value::Str(inner))) => {
                let inner = inner.clone();
                text.push_str(&inner);
                Ok(text)
            }
            Some(Kind::Exception(data)) => {
                let args = data.args.clone();
                match args.as_slice() {
                    [] => Ok(text),
                    [one] if self.is_instance(value, classes::KEY_ERROR) => self.represent(one),
                    [one] => self.display(one),
                    _ => self.sequence_text(&args, "(", ")"),
                }
            }
            _ => self.represent(value),
        }
    }

    fn string_result(&mut self, shown: &Value, name: Name) -> Result<Template, Unwind> {
        match self.scalar(shown).clone() {
            Value::Sym(Symbolic::Str(template)) => Ok((*template).clone()),
            Value::Str(shown) => {
                let mut text = Template::default();
                text.push_str(&shown);
                Ok(text)
            }
            _ => {
                let class = self.type_name(shown);
                Err(self.type_error(format!("{name} returned non-string (type {class})")))
            }
        }
    }

    /// `repr(value)`
    ///
    /// # Errors
    /// What a `__repr__` raises.
    pub fn represent(&mut self, value: &Value) -> Result<Template, Unwind> {
        let mut text = Template::default();
        match value {
            Value::Unbound => text.push_str("<unbound>"),
            Value::None => text.push_str("None"),
            Value::Ellipsis => text.push_str("Ellipsis"),
            Value::NotImplemented => text.push_str("NotImplemented"),
            Value::Bool(true) => text.push_str("True"),
            Value::Bool(false) => text.push_str("False"),
            Value::Int(int) => text.push_str(&int.to_string()),
            Value::Float(float) => text.push_str(&repr_float(*float)),
            Value::Str(inner) => text.push_str(&repr_str(inner)),
            Value::Native(id) => {
                let name = self.natives.get(*id).name;
                text.push_str(&format!("<built-in function {name}>"));
            }
            Value::Sym(Symbolic::Int(term)) => text.parts.push(Part::Int(*term, String::new())),
            Value::Sym(Symbolic::Float(value) | Symbolic::Bool(SymBool::Value(value))) => {
                text.parts.push(Part::Value(*value, String::new()));
            }
            Value::Sym(Symbolic::Bool(SymBool::Term(term))) => {
                let value = self.emit_term(*term)?;
                text.parts.push(Part::Value(value, String::new()));
            }
            Value::Sym(Symbolic::Str(template)) => {
                text.push_str("'");
                text.append(template);
                text.push_str("'");
            }
            Value::Obj(_) => return self.represent_object(value),
        }
        Ok(text)
    }

    fn represent_object(&mut self, value: &Value) -> Result<Template, Unwind> {
        let Value::Obj(id) = value else { unreachable!("the caller has looked") };
        let id = *id;
        if let Some(method) = self.own_text_method(value, Name::REPR) {
            let shown = self.call_sync(method, vec![value.clone()], Vec::new())?;
            return self.string_result(&shown, Name::REPR);
        }
        let class = self.obj(id).class;
        let name = self.class(class).name;
        let mut text = Template::default();
        if self.showing.contains(&id) {
            text.push_str(match self.obj(id).kind {
                Kind::List(_) => "[...]",
                Kind::Dict(_) | Kind::Set(_) => "{...}",
                _ => "(...)",
            });
            return Ok(text);
        }
        self.showing.push(id);
        let result = self.represent_kind(id, name);
        self.showing.pop();
        result
    }

    fn represent_kind(&mut self, id: crate::python::value::ObjId, name: Name) -> Result<Template, Unwind> {
        let plain = |text: String| {
            let mut template = Template::default();
            template.push_str(&text);
            Ok(template)
        };
        match &self.obj(id).kind {
            Kind::Scalar(inner) if !matches!(inner, Value::Obj(_)) => {
                let inner = inner.clone();
                self.represent(&inner)
            }
            Kind::List(items) => {
                let items = items.clone();
                self.sequence_text(&items, "[", "]")
            }
            Kind::Seq(list) => {
                let spec = if list.element == SeqElement::Tensor { "" } else { "numbers" };
                let mut text = Template::default();
                text.parts.push(Part::Value(list.value, spec.to_owned()));
                Ok(text)
            }
            Kind::Tuple(items) => {
                let items = items.to_vec();
                match items.len() {
                    1 => self.sequence_text(&items, "(", ",)"),
                    _ => self.sequence_text(&items, "(", ")"),
                }
            }
            Kind::Set(set) => {
                let items: Vec<Value> = set.keys().cloned().collect();
                let is_set = self.obj(id).class == classes::SET;
                match (items.is_empty(), is_set) {
                    (true, _) => plain(format!("{name}()")),
                    (false, true) => self.sequence_text(&items, "{", "}"),
                    (false, false) => self.sequence_text(&items, &format!("{name}({{"), "})"),
                }
            }
            Kind::Dict(dict) => {
                let entries: Vec<(Value, Value)> =
                    dict.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
                let mut text = Template::default();
                text.push_str("{");
                for (at, (key, value)) in entries.iter().enumerate() {
                    if at > 0 {
                        text.push_str(", ");
                    }
                    text.append(&self.represent(key)?);
                    text.push_str(": ");
                    text.append(&self.represent(value)?);
                }
                text.push_str("}");
                Ok(text)
            }
            Kind::DictView(owner, DictPart::Attributes) => {
                let mut dict = crate::python::dict::Dict::new();
                for (name, value) in self.obj(*owner).attrs() {
                    dict.insert_str(name.as_str(), value.clone());
                }
                let dict = self.new_dict(dict);
                self.represent(&dict)
            }
            Kind::DictView(dict, part) => {
                let (dict, part) = (*dict, *part);
                let entries: Vec<(Value, Value)> = self
                    .as_dict(&Value::Obj(dict))
                    .map(|dict| dict.iter().map(|(key, value)| (key.clone(), value.clone())).collect())
                    .unwrap_or_default();
                let mut items = Vec::with_capacity(entries.len());
                for (key, value) in entries {
                    items.push(match part {
                        DictPart::Keys | DictPart::Attributes => key,
                        DictPart::Values => value,
                        DictPart::Items => self.new_tuple(vec![key, value]),
                    });
                }
                self.sequence_text(&items, &format!("{name}(["), "])")
            }
            Kind::Bytes(bytes) => {
                let mut shown = String::from("b'");
                for &byte in bytes.iter() {
                    match byte {
                        b'\\' => shown.push_str("\\\\"),
                        b'\'' => shown.push_str("\\'"),
                        b'\n' => shown.push_str("\\n"),
                        b'\r' => shown.push_str("\\r"),
                        b'\t' => shown.push_str("\\t"),
                        32..127 => shown.push(char::from(byte)),
                        _ => shown.push_str(&format!("\\x{byte:02x}")),
                    }
                }
                shown.push('\'');
                plain(shown)
            }
            Kind::Range(range) => {
                let range = range.clone();
                let mut parts = vec![range.start, range.stop];
                if !matches!(range.step, Value::Int(1)) {
                    parts.push(range.step);
                }
                self.sequence_text(&parts, "range(", ")")
            }
            Kind::Slice(parts) => {
                let parts = parts.to_vec();
                self.sequence_text(&parts, "slice(", ")")
            }
            Kind::Exception(data) => {
                let args = data.args.clone();
                self.sequence_text(&args, &format!("{name}("), ")")
            }
            Kind::Function(function) => {
                let name = self
                    .obj(id)
                    .attr(Name::QUALNAME)
                    .and_then(|name| self.as_str(name))
                    .map(|name| name.to_string());
                let name = name.unwrap_or_else(|| function.code.qualname.as_str().to_owned());
                plain(format!("<function {name} at 0x{:012x}>", id.0))
            }
            Kind::Class(class) => {
                let module = self
                    .obj(id)
                    .attr(Name::MODULE)
                    .and_then(|name| self.as_str(name))
                    .map(|name| name.to_string());
                let qualname = self
                    .obj(id)
                    .attr(Name::QUALNAME)
                    .and_then(|name| self.as_str(name))
                    .map(|name| name.to_string());
                let qualname = qualname.unwrap_or_else(|| class.name.as_str().to_owned());
                match module.as_deref() {
                    None | Some("builtins") => plain(format!("<class '{qualname}'>")),
                    Some(module) => plain(format!("<class '{module}.{qualname}'>")),
                }
            }
            Kind::Method { function, receiver } => {
                let (function, receiver) = (function.clone(), receiver.clone());
                let shown = match self.kind(&function) {
                    Some(Kind::Function(function)) => function.code.qualname,
                    _ => name,
                };
                let mut text = Template::default();
                text.push_str(&format!("<bound method {shown} of "));
                text.append(&self.represent(&receiver)?);
                text.push_str(">");
                Ok(text)
            }
            Kind::Module(module) => plain(format!("<module '{}'>", module.name)),
            Kind::Generator(generator) => {
                plain(format!("<generator object {} at 0x{:012x}>", generator.name, id.0))
            }
            _ => {
                let class = self.obj(id).class;
                let module = self
                    .obj(class)
                    .attr(Name::MODULE)
                    .and_then(|name| self.as_str(name))
                    .map(|name| name.to_string());
                match module {
                    Some(module) if module != "builtins" => {
                        plain(format!("<{module}.{name} object at 0x{:012x}>", id.0))
                    }
                    _ => plain(format!("<{name} object at 0x{:012x}>", id.0)),
                }
            }
        }
    }

    fn sequence_text(&mut self, items: &[Value], open: &str, close: &str) -> Result<Template, Unwind> {
        let mut text = Template::default();
        text.push_str(open);
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                text.push_str(", ");
            }
            text.append(&self.represent(item)?);
        }
        text.push_str(close);
        Ok(text)
    }

    /// Strings put together; symbolic ones make the result symbolic.
    ///
    /// # Errors
    /// `TypeError` of what is no string.
    pub fn concatenate(&mut self, parts: &[Value]) -> Result<Value, Unwind> {
        let mut text = Template::default();
        for part in parts {
            match self.scalar(part) {
                Value::Str(part) => text.push_str(part),
                Value::Sym(Symbolic::Str(template)) => text.append(template),
                _ => {
                    let name = self.type_name(part);
                    return Err(self.type_error(format!("can only concatenate str (not \"{name}\") to str")));
                }
            }
        }
        Ok(self.new_text(text))
    }

    /// `Convert`: `!r`, `!s`, `!a`
    pub(super) fn convert(&mut self, value: Value, how: u8) -> Result<(), Unwind> {
        let names: &[Name] = if how == b's' { &[Name::STR, Name::REPR] } else { &[Name::REPR] };
        for &name in names {
            if let Some(method) = self.own_text_method(&value, name) {
                return self.call_bound(method, value, Vec::new(), Then::Push);
            }
        }
        let text = if how == b's' { self.str_of(&value)? } else { self.repr(&value)? };
        self.push(text);
        Ok(())
    }

    /// `FormatValue`
    pub(super) fn format_value(&mut self, value: Value, spec: Value) -> Result<(), Unwind> {
        if let Some(method) = self.own_text_method(&value, Name::FORMAT) {
            return self.call_bound(method, value, vec![spec], Then::Push);
        }
        let spec = self.str_arg(&spec, "a format specification")?;
        if spec.is_empty() {
            return self.convert(value, b's');
        }
        let text = self.format_plain(&value, &spec)?;
        self.push(text);
        Ok(())
    }

    /// `template % values`
    pub(super) fn percent_format(&mut self, template: &Value, values: &Value) -> Result<Value, Unwind> {
        let template = self.str_arg(template, "a % template")?;
        format_percent(self, &template, values)
    }
}
