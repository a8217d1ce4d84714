//! What natives use of the machine: raising exceptions, taking arguments apart, deciding symbolic values.

use super::Vm;
use crate::diagnostic::Diagnostic;
use crate::python::classes;
use crate::python::native::Unwind;
use crate::python::object::{ExceptionData, Kind};
use crate::python::sym::{SymBool, Symbolic};
use crate::python::value::{ObjId, Value};
use braid_ir::Term;
use std::sync::Arc;

macro_rules! raisers {
    ($($method:ident $class:ident $name:literal;)*) => {
        $(#[doc = concat!("A Python `", $name, "`.")]
        pub fn $method(&mut self, message: impl AsRef<str>) -> Unwind {
            self.raise(classes::$class, message)
        })*
    };
}

impl Vm {
    raisers! {
        type_error TYPE_ERROR "TypeError";
        value_error VALUE_ERROR "ValueError";
        index_error INDEX_ERROR "IndexError";
        attribute_error ATTRIBUTE_ERROR "AttributeError";
        name_error NAME_ERROR "NameError";
        runtime_error RUNTIME_ERROR "RuntimeError";
        zero_division ZERO_DIVISION_ERROR "ZeroDivisionError";
        import_error IMPORT_ERROR "ImportError";
    }

    /// A Python exception of a class with one message.
    pub fn raise(&mut self, class: ObjId, message: impl AsRef<str>) -> Unwind {
        self.raise_with(class, vec![Value::str(message)])
    }

    /// A Python exception of a class with these arguments.
    pub fn raise_with(&mut self, class: ObjId, args: Vec<Value>) -> Unwind {
        let data = ExceptionData { args, ..ExceptionData::default() };
        Unwind::Exception(self.new_object(class, Kind::Exception(Box::new(data))))
    }

    /// A Python `KeyError` of a key.
    pub fn key_error(&mut self, key: Value) -> Unwind {
        self.raise_with(classes::KEY_ERROR, vec![key])
    }

    /// A Python `StopIteration` with a generator's result.
    pub fn stop_iteration(&mut self, value: Value) -> Unwind {
        let args = if value.is_none() { vec![] } else { vec![value] };
        self.raise_with(classes::STOP_ITERATION, args)
    }

    /// Something that Python allows and Braid does not: a diagnostic at the person's line, not an exception.
    pub fn unsupported(&self, what: impl Into<String>, help: impl Into<String>) -> Unwind {
        Diagnostic::new(what).with_help(help).into()
    }

    /// Integer arithmetic left 64 bits.
    pub fn overflow(&self) -> Unwind {
        self.unsupported(
            "this integer does not fit into 64 bits",
            "Braid's integers have 64 bits; keep the value below 2**63",
        )
    }

    /// A symbolic integer as a value: a constant where the term, with what is known on this path, is one.
    pub fn new_int(&self, term: Term) -> Value {
        match self.known_int(term) {
            Some(value) => Value::Int(value),
            None => Value::Sym(Symbolic::Int(term)),
        }
    }

    /// The value of an integer term if this path knows it.
    pub fn known_int(&self, term: Term) -> Option<i64> {
        term.as_int().or_else(|| self.state.facts.normalise(term).as_int())
    }

    /// The integer behind a value, as a term, if it is an integer or a truth value.
    pub fn as_term(&self, value: &Value) -> Option<Term> {
        match self.scalar(value) {
            Value::Int(value) => Some(Term::int(*value)),
            Value::Bool(value) => Some(Term::int(i64::from(*value))),
            Value::Sym(Symbolic::Int(term)) => Some(*term),
            _ => None,
        }
    }

    /// A concrete integer argument. `what` names it in messages (`"index"`).
    ///
    /// # Errors
    /// `TypeError`, or the request to find out a symbolic one.
    pub fn int_arg(&mut self, value: &Value, what: &str) -> Result<i64, Unwind> {
        match self.scalar(value) {
            Value::Int(value) => Ok(*value),
            Value::Bool(value) => Ok(i64::from(*value)),
            Value::Sym(Symbolic::Int(term)) => {
                let term = *term;
                self.known_int(term).ok_or_else(|| Unwind::Concretise(term, what.to_owned()))
            }
            Value::Sym(Symbolic::Bool(condition)) => {
                let condition = *condition;
                self.decide(condition).map(i64::from)
            }
            _ => Err(self.type_error(format!(
                "{what}: '{}' object cannot be interpreted as an integer",
                self.type_name(value)
            ))),
        }
    }

    /// A concrete float argument; integers count.
    ///
    /// # Errors
    /// `TypeError`, or a diagnostic for a float known only at run time.
    pub fn float_arg(&mut self, value: &Value, what: &str) -> Result<f64, Unwind> {
        match self.scalar(value) {
            Value::Float(value) => Ok(*value),
            Value::Sym(Symbolic::Float(_)) => Err(self.unsupported(
                format!("{what} must be known at compile time, and it is computed from a tensor"),
                "use a tensor operation, which takes run-time values",
            )),
            Value::Int(_) | Value::Bool(_) | Value::Sym(_) => Ok(self.int_arg(value, what)? as f64),
            _ => Err(self.type_error(format!("{what}: must be real number, not {}", self.type_name(value)))),
        }
    }

    /// A concrete string argument.
    ///
    /// # Errors
    /// `TypeError`, or a diagnostic for a string with run-time values in it.
    pub fn str_arg(&mut self, value: &Value, what: &str) -> Result<Arc<str>, Unwind> {
        match self.scalar(value) {
            Value::Str(text) => Ok(text.clone()),
            Value::Sym(Symbolic::Str(_)) => Err(self.unsupported(
                format!("{what} must be known at compile time, and it contains run-time values"),
                "a string made from tensor values can only be printed or be an exception's message",
            )),
            _ => Err(self.type_error(format!("{what}: expected str, got {}", self.type_name(value)))),
        }
    }

    /// The truth of something symbolic on this path.
    ///
    /// # Errors
    /// The request to fork where this path does not know it.
    pub fn decide(&mut self, condition: SymBool) -> Result<bool, Unwind> {
        let known = match condition {
            SymBool::Term(term) => self.state.facts.decide(term),
            SymBool::Value(value) => self.state.decided.get(&value).copied(),
        };
        known.ok_or(Unwind::Decide(condition))
    }

    /// The truth of a value that needs no Python code to tell; `None` where a method must be called.
    ///
    /// # Errors
    /// The request to fork.
    pub fn plain_truth(&mut self, value: &Value) -> Result<Option<bool>, Unwind> {
        Ok(Some(match self.scalar(value) {
            Value::Unbound | Value::None => false,
            Value::Ellipsis | Value::NotImplemented | Value::Native(_) => true,
            Value::Bool(value) => *value,
            Value::Int(value) => *value != 0,
            Value::Float(value) => *value != 0.0,
            Value::Str(text) => !text.is_empty(),
            Value::Sym(Symbolic::Bool(condition)) => {
                let condition = *condition;
                self.decide(condition)?
            }
            Value::Sym(Symbolic::Int(term)) => {
                let condition = term.not_equals(Term::int(0));
                self.decide(SymBool::Term(condition))?
            }
            Value::Sym(Symbolic::Float(value)) => {
                let value = *value;
                let condition = self.float_is_nonzero(value)?;
                self.decide(condition)?
            }
            Value::Sym(Symbolic::Str(_)) => true,
            Value::Obj(id) => {
                if let Kind::Seq(list) = &self.obj(*id).kind {
                    let list = *list;
                    // Lengths are not negative, and so a bound says as much as an equation.
                    let filled = Term::int(0).less(self.sequence_len(list));
                    return self.decide(SymBool::Term(filled)).map(Some);
                }
                if let Some(error) = self.missing_module_used(*id) {
                    return Err(error);
                }
                let object = self.obj(*id);
                let class = object.class;
                let size = match &object.kind {
                    Kind::List(items) => Some(items.len()),
                    Kind::Tuple(items) => Some(items.len()),
                    Kind::Dict(table) | Kind::Set(table) => Some(table.len()),
                    Kind::Bytes(bytes) => Some(bytes.len()),
                    Kind::DictView(owner, crate::python::object::DictPart::Attributes) => {
                        Some(self.obj(*owner).attrs().count())
                    }
                    Kind::DictView(dict, _) => self.as_dict(&Value::Obj(*dict)).map(|dict| dict.len()),
                    _ => None,
                };
                if class.0 as usize >= classes::ROWS.len() || size.is_none() {
                    use crate::python::names::Name;
                    for name in [Name::BOOL, Name::LEN] {
                        match self.lookup(class, name) {
                            Some(Value::Native(_)) | None => {}
                            Some(_) => return Ok(None),
                        }
                    }
                }
                match size {
                    Some(size) => size != 0,
                    None => match self.kind(value) {
                        Some(Kind::Range(_)) => return Ok(None),
                        _ => true,
                    },
                }
            }
        }))
    }
}
