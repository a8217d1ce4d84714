//! Heap objects: everything in Python that has identity.
//!
//! Every object has a class, attributes, and a [`Kind`] that says what it holds besides. An instance of a user class
//! that derives from `list` is a `Kind::List` whose class is the user's, so natives look at the kind and dispatch looks
//! at the class. What the objects *do* is in `vm/` and `builtins/`.

use super::code::Code;
use super::dict::Dict;
use super::names::Name;
use super::torch::object::{StorageObject, TensorObject};
use super::value::{ObjId, Value};
use super::vm::frame::Frame;
use crate::diagnostic::Span;
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use std::any::Any;
use std::sync::Arc;

/// Attributes by name, in order of definition.
pub type Attrs = IndexMap<Name, Value, FxBuildHasher>;

/// A heap object.
#[derive(Clone)]
pub struct Object {
    /// The class; for a class, its metaclass.
    pub class: ObjId,
    /// `__dict__`: instance attributes, a class's or a module's names. Boxed because most objects have none.
    attrs: Option<Box<Attrs>>,
    /// What it holds.
    pub kind: Kind,
}

impl Object {
    /// An object without attributes.
    pub fn new(class: ObjId, kind: Kind) -> Object {
        Object { class, attrs: None, kind }
    }

    /// An attribute of the object itself (not of its class).
    #[inline]
    pub fn attr(&self, name: Name) -> Option<&Value> {
        self.attrs.as_ref()?.get(&name)
    }

    /// Sets an attribute of the object itself.
    pub fn set_attr(&mut self, name: Name, value: Value) {
        self.attrs.get_or_insert_default().insert(name, value);
    }

    /// Removes an attribute of the object itself.
    pub fn remove_attr(&mut self, name: Name) -> Option<Value> {
        self.attrs.as_mut()?.shift_remove(&name)
    }

    /// All attributes in order of definition.
    pub fn attrs(&self) -> impl Iterator<Item = (Name, &Value)> {
        self.attrs.iter().flat_map(|attrs| attrs.iter().map(|(name, value)| (*name, value)))
    }

    /// All attributes, to change them.
    pub fn attrs_mut(&mut self) -> &mut Attrs {
        self.attrs.get_or_insert_default()
    }
}

/// What an object holds besides its attributes.
#[derive(Clone)]
pub enum Kind {
    /// Nothing: a plain instance.
    Plain,
    /// An instance of a class that derives from `int`, `float` or `str`: the scalar.
    Scalar(Value),
    /// `list`
    List(Vec<Value>),
    /// A list that a rolled loop has grown: its length and elements are known only at run time.
    Seq(SeqObject),
    /// `tuple`
    Tuple(Arc<[Value]>),
    /// `dict`
    Dict(Dict),
    /// `set` and `frozenset`; the class says which.
    Set(Dict),
    /// `bytes`
    Bytes(Arc<[u8]>),
    /// `range`; the bounds may be symbolic.
    Range(Range),
    /// `slice`
    Slice(Box<[Value; 3]>),
    /// A Python function.
    Function(Arc<Function>),
    /// A variable shared between a function and those nested in it.
    Cell(Value),
    /// A class. Its names are the object's attributes.
    Class(Box<Class>),
    /// A function with its first argument.
    Method {
        /// The function.
        function: Value,
        /// The first argument.
        receiver: Value,
    },
    /// A module. Its names are the object's attributes.
    Module(Box<Module>),
    /// A native iterator.
    Iter(Iter),
    /// A generator.
    Generator(Box<Generator>),
    /// `property`: getter, setter, deleter.
    Property(Box<[Value; 3]>),
    /// `staticmethod`
    StaticMethod(Value),
    /// `classmethod`
    ClassMethod(Value),
    /// `super(class, receiver)`
    Super {
        /// Lookup starts after this class.
        class: ObjId,
        /// The instance or class that methods are bound to.
        receiver: Value,
    },
    /// An instance of an exception class.
    Exception(Box<ExceptionData>),
    /// A view of a dict: `keys()`, `values()`, `items()`; or of an object's attributes: `__dict__`.
    DictView(ObjId, DictPart),
    /// A tensor.
    Tensor(TensorObject),
    /// What tensors that alias share.
    Storage(StorageObject),
    /// Something immutable that only natives look into, such as a compiled regular expression.
    Opaque(Arc<dyn Any + Send + Sync>),
}

/// A list in the net.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeqObject {
    /// A value of type [`Type::Seq`](braid_ir::Type::Seq).
    pub value: braid_ir::ValueId,
    /// How many elements it has.
    pub len: braid_ir::Term,
    /// What Python sees as its elements.
    pub element: SeqElement,
}

/// What the elements of a list in the net are to Python.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeqElement {
    /// Tensors.
    Tensor,
    /// Integers, held as `i64[]`.
    Int,
    /// Floats, held as `f64[]`.
    Float,
    /// Truth values, held as `bool[]`.
    Bool,
}

/// `range(start, stop, step)`.
#[derive(Clone, Debug)]
pub struct Range {
    /// First element.
    pub start: Value,
    /// Where it ends, exclusive.
    pub stop: Value,
    /// Step, never zero.
    pub step: Value,
}

/// A Python function.
#[derive(Clone)]
pub struct Function {
    /// What it runs.
    pub code: Arc<Code>,
    /// The module object whose names are its globals.
    pub globals: ObjId,
    /// Values of the trailing positional parameters that have one.
    pub defaults: Vec<Value>,
    /// Values of the keyword-only parameters that have one.
    pub kw_defaults: Vec<(Name, Value)>,
    /// Cells of the variables it takes from around it.
    pub closure: Vec<ObjId>,
}

/// A class.
#[derive(Clone)]
pub struct Class {
    /// Its name.
    pub name: Name,
    /// Direct bases.
    pub bases: Vec<ObjId>,
    /// The method resolution order, itself first.
    pub mro: Vec<ObjId>,
    /// What its instances hold.
    pub layout: Layout,
}

/// What instances of a class hold, inherited from the built-in class at its root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Attributes only.
    Plain,
    /// An integer.
    Int,
    /// A float.
    Float,
    /// A string.
    Str,
    /// A list.
    List,
    /// A tuple.
    Tuple,
    /// A dict.
    Dict,
    /// A set.
    Set,
    /// Exception arguments.
    Exception,
    /// A tensor.
    Tensor,
    /// A class: the class is a metaclass.
    Class,
    /// Something of which user classes cannot derive.
    Closed,
}

/// A module.
#[derive(Clone)]
pub struct Module {
    /// Its dotted name.
    pub name: Name,
    /// Where a placeholder for a module that was not found was imported: using it is an error that points there.
    pub missing: Option<Span>,
}

/// Which part of a dict a view or an iterator shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DictPart {
    /// `keys()`
    Keys,
    /// `values()`
    Values,
    /// `items()`
    Items,
    /// Not of a dict: the attributes of the object, as `__dict__` shows them.
    Attributes,
}

/// A native iterator: an explicit position, so that it forks with the heap.
#[derive(Clone, Debug)]
pub enum Iter {
    /// Over a list that may grow meanwhile; the index of the next element.
    List(ObjId, usize),
    /// Over a list in the net; the index of the next element.
    Seq(SeqObject, Value),
    /// Over fixed elements; the index of the next.
    Items(Arc<[Value]>, usize),
    /// Over a list or tuple from its end; the number of elements left.
    Backward(ObjId, usize),
    /// Over a concrete range.
    Range {
        /// Next element.
        next: i64,
        /// Elements left.
        left: i64,
        /// Step.
        step: i64,
    },
    /// Over a range with a symbolic bound; only the tracer can step it.
    SymRange {
        /// Next element.
        next: Value,
        /// End, exclusive.
        stop: Value,
        /// Step, never zero.
        step: Value,
    },
    /// Over the rows of a tensor whose number is known only at run time; the index of the next one.
    Rows {
        /// The tensor.
        tensor: Value,
        /// Index of the next row.
        next: Value,
    },
    /// Over a dict or set; the index of the next entry and the size at the start.
    Dict(ObjId, DictPart, usize, usize),
    /// `zip` of native iterators.
    Zip(Vec<ObjId>, bool),
    /// `enumerate` of a native iterator; the number of the next element.
    Enumerate(ObjId, Value),
    /// One after another.
    Chain(Vec<ObjId>, usize),
    /// `itertools.count`
    Count(Value, Value),
    /// `itertools.repeat` and times left, if bounded.
    Repeat(Value, Option<i64>),
    /// The old sequence protocol: `__getitem__` from 0 until `IndexError`.
    Sequence(Value, i64),
    /// Exhausted.
    Done,
}

/// A generator: a suspended frame.
#[derive(Clone)]
pub struct Generator {
    /// The frame; `None` while it runs and after it ended.
    pub frame: Option<Frame>,
    /// Whether it is on the frame stack.
    pub running: bool,
    /// Whether `next` was ever called.
    pub started: bool,
    /// The function's name.
    pub name: Name,
}

/// What exception objects hold.
#[derive(Clone, Default)]
pub struct ExceptionData {
    /// `args`
    pub args: Vec<Value>,
    /// `__cause__`
    pub cause: Option<Value>,
    /// `__context__`
    pub context: Option<Value>,
    /// Whether `raise … from None` hid the context.
    pub suppress_context: bool,
    /// Whether the person's own code raised it, by `raise` or `assert`; other exceptions come from the library.
    pub deliberate: bool,
    /// Whether it says that the library lacks something, which no run of the network could mend.
    pub lacking: bool,
    /// The frames it passed through, innermost first: where, and in which function.
    pub trace: Vec<(Span, Name)>,
}
