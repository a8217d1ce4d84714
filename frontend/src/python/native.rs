//! Native functions: what of Python is written in Rust, and how it meets the evaluator.
//!
//! # Writing natives
//! A file of natives exports tables of [`NativeRow`]s, each a Python name, a signature in Python's own notation and a
//! Rust function:
//!
//! ```ignore
//! pub const METHODS: &[NativeRow] = &[
//!     row("append", "self, item, /", append),
//!     row("split", "self, sep=None, maxsplit=-1", split),
//!     row("join", "self, iterable, /", join),
//!     row("max", "*values, key=None, default=<unset>", max),
//! ];
//!
//! fn join(vm: &mut Vm, args: &Args) -> NativeResult {
//!     let separator = vm.str_arg(&args[0], "separator")?;
//!     let items = items!(vm, args, 1);      // runs a generator or a user iterator if it has to
//!     …
//!     Ok(Ret::Value(Value::str(text)))
//! }
//! ```
//!
//! The evaluator binds arguments to the signature before the call, with CPython's messages for mistakes: `args[i]` is
//! parameter `i` in the order of the signature (the default where none was given, [`Value::Unbound`] for `<unset>`),
//! then `args.star` holds what `*name` took and `args.kwargs` what `**name` took. `args` stays valid during the call.
//! Signature notation: `a, b=1, /, c=None, *rest, d=True, **named`; defaults are `None`, `True`, `False`, integers,
//! floats, `'text'` or `<unset>`.
//!
//! # Rules for natives
//! - A native never runs Python code in the middle of its work. If it must call something, it does so last: it returns
//!   [`Ret::Call`], and the call's result becomes its own result. If it needs the elements of an iterable, it uses
//!   `items!`, which may end the native with [`Ret::Collect`]; the evaluator then runs the iterator and calls the native
//!   again with a list in that argument's place. Anything more belongs into `prelude/builtins.py`.
//!   `vm.call_sync` exists for the few places where neither fits (`__eq__` and `__hash__` inside a dict lookup,
//!   `__repr__` inside a container); a data-dependent branch inside it is a diagnostic.
//! - A native may be started again from its beginning: when it asks for the concrete value of something symbolic
//!   (`vm.int_arg`, `vm.truth`, …) the answer may be [`Unwind::Decide`], upon which the evaluator forks and repeats the
//!   native with the answer known. So ask first, change objects afterwards.
//! - A Python exception is `Err(vm.type_error("…"))` and so on; something that Python allows and Braid does not is
//!   `Err(vm.unsupported("what", "what to do instead"))`, a diagnostic at the user's line that no `except` catches.

use super::names::Name;
use super::sym::SymBool;
use super::value::{NativeId, ObjId, Value};
use super::vm::Vm;
use crate::diagnostic::Diagnostic;
use braid_ir::Term;
use rustc_hash::FxHashMap;
use std::ops::Index;

/// A native function.
pub type NativeFn = fn(&mut Vm, &Args) -> NativeResult;

/// What a native function gives back.
pub type NativeResult = Result<Ret, Unwind>;

/// The normal end of a native function.
#[derive(Debug)]
pub enum Ret {
    /// Its result.
    Value(Value),
    /// A call to make; its result is the native's.
    Call {
        /// What to call.
        function: Value,
        /// Positional arguments.
        args: Vec<Value>,
        /// Keyword arguments.
        kwargs: Vec<(Name, Value)>,
    },
    /// Go on with a generator.
    Resume {
        /// The generator.
        generator: ObjId,
        /// What its `yield` gives.
        sent: Value,
    },
    /// Raise an exception where a generator is suspended.
    Throw {
        /// The generator.
        generator: ObjId,
        /// The exception object.
        exception: Value,
    },
    /// Make an instance of a class as `type.__call__` does, without asking the metaclass's own `__call__`.
    Instantiate {
        /// The class.
        class: ObjId,
        /// Positional arguments.
        args: Vec<Value>,
        /// Keyword arguments.
        kwargs: Vec<(Name, Value)>,
    },
    /// Collect the elements of parameter number `.0` into a list and call the native again with it in that place.
    Collect(usize),
}

impl Ret {
    /// `None`
    pub const NONE: NativeResult = Ok(Ret::Value(Value::None));

    /// A tail call with positional arguments only.
    pub fn call(function: Value, args: Vec<Value>) -> NativeResult {
        Ok(Ret::Call { function, args, kwargs: Vec::new() })
    }
}

impl<T: Into<Value>> From<T> for Ret {
    fn from(value: T) -> Self {
        Ret::Value(value.into())
    }
}

/// Why evaluation leaves the straight path.
#[derive(Debug)]
pub enum Unwind {
    /// A Python exception (the exception object).
    Exception(Value),
    /// A mistake or something unsupported that ends the compilation.
    Diagnostic(Box<Diagnostic>),
    /// The truth of something symbolic is needed: fork, and repeat the instruction on both sides.
    Decide(SymBool),
    /// The concrete value of a symbolic integer is needed: fork over its candidates, or a diagnostic.
    Concretise(Term, String),
}

impl From<Diagnostic> for Unwind {
    fn from(diagnostic: Diagnostic) -> Self {
        Unwind::Diagnostic(Box::new(diagnostic))
    }
}

/// Bound arguments of a native call.
#[derive(Clone, Debug, Default)]
pub struct Args {
    /// One value per parameter of the signature.
    pub params: Vec<Value>,
    /// What `*name` took.
    pub star: Vec<Value>,
    /// What `**name` took.
    pub kwargs: Vec<(Name, Value)>,
}

impl Args {
    /// Whether parameter `i` was given (or has a default other than `<unset>`).
    pub fn has(&self, i: usize) -> bool {
        !matches!(self.params[i], Value::Unbound)
    }
}

impl Index<usize> for Args {
    type Output = Value;
    fn index(&self, i: usize) -> &Value {
        &self.params[i]
    }
}

/// A native function as a table row.
pub struct NativeRow {
    /// Its Python name.
    pub name: &'static str,
    /// Its signature, see the module's documentation.
    pub signature: &'static str,
    /// What it does.
    pub function: NativeFn,
}

/// A row; see the module's documentation for the signature's notation.
pub const fn row(name: &'static str, signature: &'static str, function: NativeFn) -> NativeRow {
    NativeRow { name, signature, function }
}

/// The elements of the iterable in parameter `$i`, or an early return that makes the evaluator collect them.
#[macro_export]
macro_rules! items {
    ($vm:expr, $args:expr, $i:expr) => {
        match $vm.items(&$args[$i])? {
            Some(items) => items,
            None => return Ok($crate::python::native::Ret::Collect($i)),
        }
    };
}

/// A parsed signature.
#[derive(Clone, Debug, Default)]
pub struct Signature {
    /// Parameters in order, with defaults.
    pub params: Vec<(Name, Option<Value>)>,
    /// How many can only be given by position.
    pub positional_only: usize,
    /// How many can be given by position.
    pub positional: usize,
    /// Whether there is a `*name`.
    pub star: bool,
    /// Whether there is a `**name`.
    pub kwargs: bool,
}

impl Signature {
    /// Parses the notation of the module's documentation.
    ///
    /// # Panics
    /// If a row of ours is written wrongly.
    pub fn parse(text: &str) -> Signature {
        let mut signature = Signature::default();
        let mut keyword_only = false;
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            if part == "/" {
                signature.positional_only = signature.params.len();
            } else if part.starts_with("**") {
                signature.kwargs = true;
            } else if let Some(name) = part.strip_prefix('*') {
                signature.star = !name.is_empty();
                keyword_only = true;
            } else {
                let (name, default) = match part.split_once('=') {
                    Some((name, default)) => (name, Some(parse_default(default))),
                    None => (part, None),
                };
                signature.params.push((Name::new(name), default));
                if !keyword_only {
                    signature.positional = signature.params.len();
                }
            }
        }
        signature
    }
}

fn parse_default(text: &str) -> Value {
    match text {
        "None" => Value::None,
        "True" => Value::Bool(true),
        "False" => Value::Bool(false),
        "<unset>" => Value::Unbound,
        _ => {
            if let Some(inner) = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
                return Value::str(inner);
            }
            if let Ok(int) = text.parse::<i64>() {
                return Value::Int(int);
            }
            Value::Float(
                text.parse().expect("a native's default is None, a truth value, a number or a quoted string"),
            )
        }
    }
}

/// A native function ready to be called.
pub struct Native {
    /// Its name.
    pub name: Name,
    /// The class whose method it is, or the module's name, for messages and `repr`.
    pub owner: &'static str,
    /// Its signature.
    pub signature: Signature,
    /// What it does.
    pub function: NativeFn,
}

/// All native functions. Built once per session and never changed, so states share it.
#[derive(Default)]
pub struct Natives {
    rows: Vec<Native>,
    by_name: FxHashMap<(&'static str, Name), NativeId>,
}

impl Natives {
    /// Adds a row and returns its value.
    pub fn add(&mut self, owner: &'static str, row: &NativeRow) -> Value {
        let id = NativeId(self.rows.len() as u32);
        let name = Name::new(row.name);
        self.rows.push(Native {
            name,
            owner,
            signature: Signature::parse(row.signature),
            function: row.function,
        });
        self.by_name.insert((owner, name), id);
        Value::Native(id)
    }

    /// The native of this number.
    pub fn get(&self, id: NativeId) -> &Native {
        &self.rows[id.0 as usize]
    }

    /// The native of this owner and name.
    pub fn find(&self, owner: &'static str, name: Name) -> Option<NativeId> {
        self.by_name.get(&(owner, name)).copied()
    }
}
