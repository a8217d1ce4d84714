//! Interned identifiers: attribute, variable and keyword names.
//!
//! A [`Name`] is four bytes and compares as a number. Names are interned for the life of the process, since a program
//! has few of them; strings that a Python program computes are not interned unless they are used as attribute names.

use rustc_hash::FxHashMap;
use std::fmt;
use std::sync::{OnceLock, RwLock};

/// An interned identifier.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(u32);

struct Interner {
    ids: FxHashMap<&'static str, u32>,
    texts: Vec<&'static str>,
}

fn interner() -> &'static RwLock<Interner> {
    static INTERNER: OnceLock<RwLock<Interner>> = OnceLock::new();
    INTERNER.get_or_init(|| {
        let mut interner = Interner { ids: FxHashMap::default(), texts: Vec::new() };
        for (index, text) in WELL_KNOWN.iter().enumerate() {
            interner.ids.insert(text, index as u32);
            interner.texts.push(text);
        }
        RwLock::new(interner)
    })
}

impl Name {
    /// The name with this text.
    pub fn new(text: &str) -> Name {
        let lock = interner();
        if let Some(&id) = lock.read().unwrap_or_else(|e| e.into_inner()).ids.get(text) {
            return Name(id);
        }
        let mut interner = lock.write().unwrap_or_else(|e| e.into_inner());
        if let Some(&id) = interner.ids.get(text) {
            return Name(id);
        }
        let id = interner.texts.len() as u32;
        let text: &'static str = Box::leak(text.to_owned().into_boxed_str());
        interner.ids.insert(text, id);
        interner.texts.push(text);
        Name(id)
    }

    /// The name with this text if anything was ever called so: a lookup of an unknown name need not intern it.
    pub fn existing(text: &str) -> Option<Name> {
        interner().read().unwrap_or_else(|e| e.into_inner()).ids.get(text).map(|&id| Name(id))
    }

    /// The text.
    pub fn as_str(self) -> &'static str {
        interner().read().unwrap_or_else(|e| e.into_inner()).texts[self.0 as usize]
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.as_str())
    }
}

macro_rules! well_known {
    ($($id:ident = $text:literal),* $(,)?) => {
        const WELL_KNOWN: &[&str] = &[$($text),*];
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        enum Index { $($id),* }
        impl Name {
            $(#[doc = concat!("`", $text, "`")] pub const $id: Name = Name(Index::$id as u32);)*
        }
    };
}

// Names that the evaluator itself looks up, with fixed numbers so that they can be constants.
well_known! {
    EMPTY = "", INIT = "__init__", NEW = "__new__", CALL = "__call__", NAME = "__name__", QUALNAME = "__qualname__",
    MODULE = "__module__", DOC = "__doc__", DICT = "__dict__", CLASS = "__class__", BASES = "__bases__", MRO = "__mro__",
    MRO_METHOD = "mro", ANNOTATIONS = "__annotations__", FILE = "__file__", PATH = "__path__", PACKAGE = "__package__",
    ALL = "__all__", BUILTINS = "__builtins__", SPEC = "__spec__", LOADER = "__loader__",
    GETATTR = "__getattr__", GETATTRIBUTE = "__getattribute__", SETATTR = "__setattr__", DELATTR = "__delattr__",
    GET = "__get__", SET = "__set__", DELETE = "__delete__", SET_NAME = "__set_name__",
    INIT_SUBCLASS = "__init_subclass__", CLASS_GETITEM = "__class_getitem__", PREPARE = "__prepare__",
    INSTANCECHECK = "__instancecheck__", SUBCLASSCHECK = "__subclasscheck__", SLOTS = "__slots__",
    GETITEM = "__getitem__", SETITEM = "__setitem__", DELITEM = "__delitem__", MISSING = "__missing__",
    LEN = "__len__", ITER = "__iter__", NEXT = "__next__", CONTAINS = "__contains__", BOOL = "__bool__",
    REVERSED = "__reversed__", HASH = "__hash__", INDEX = "__index__", INT = "__int__", FLOAT = "__float__",
    REPR = "__repr__", STR = "__str__", FORMAT = "__format__", ENTER = "__enter__", EXIT = "__exit__",
    EQ = "__eq__", NE = "__ne__", LT = "__lt__", LE = "__le__", GT = "__gt__", GE = "__ge__",
    ADD = "__add__", RADD = "__radd__", IADD = "__iadd__", SUB = "__sub__", RSUB = "__rsub__", ISUB = "__isub__",
    MUL = "__mul__", RMUL = "__rmul__", IMUL = "__imul__", MATMUL = "__matmul__", RMATMUL = "__rmatmul__",
    IMATMUL = "__imatmul__", TRUEDIV = "__truediv__", RTRUEDIV = "__rtruediv__", ITRUEDIV = "__itruediv__",
    FLOORDIV = "__floordiv__", RFLOORDIV = "__rfloordiv__", IFLOORDIV = "__ifloordiv__", MOD = "__mod__",
    RMOD = "__rmod__", IMOD = "__imod__", POW = "__pow__", RPOW = "__rpow__", IPOW = "__ipow__",
    LSHIFT = "__lshift__", RLSHIFT = "__rlshift__", ILSHIFT = "__ilshift__", RSHIFT = "__rshift__",
    RRSHIFT = "__rrshift__", IRSHIFT = "__irshift__", AND = "__and__", RAND = "__rand__", IAND = "__iand__",
    OR = "__or__", ROR = "__ror__", IOR = "__ior__", XOR = "__xor__", RXOR = "__rxor__", IXOR = "__ixor__",
    NEG = "__neg__", POS = "__pos__", INVERT = "__invert__", ABS = "__abs__", ROUND = "__round__",
    FLOOR = "__floor__", CEIL = "__ceil__", TRUNC = "__trunc__", DIVMOD = "__divmod__", RDIVMOD = "__rdivmod__",
    DIR = "__dir__", COPY = "__copy__", DEEPCOPY = "__deepcopy__", WRAPPED = "__wrapped__", DEFAULTS = "__defaults__",
    KWDEFAULTS = "__kwdefaults__", CODE = "__code__", CLOSURE = "__closure__", GLOBALS = "__globals__",
    FUNC = "__func__", SELF_ATTR = "__self__", FGET = "fget", FSET = "fset", FDEL = "fdel", SETTER = "setter",
    GETTER = "getter", DELETER = "deleter", SELF = "self", ARGS = "args", VALUE = "value", CAUSE = "__cause__",
    CONTEXT = "__context__", TRACEBACK = "__traceback__", SUPPRESS_CONTEXT = "__suppress_context__",
    WITH_TRACEBACK = "with_traceback", KEY = "key", DEFAULT = "default", METACLASS = "metaclass",
    CLASSCELL = "__classcell__", MATCH_ARGS = "__match_args__", MAIN = "__main__", START = "start", STOP = "stop",
    STEP = "step", WEAKREF = "__weakref__", LAMBDA = "<lambda>", GENEXPR = "<genexpr>",
    LISTCOMP = "<listcomp>", SETCOMP = "<setcomp>", DICTCOMP = "<dictcomp>", MODULE_NAME = "<module>", STAR = "*",
    BUILTINS_MODULE = "builtins", OPEN = "open", SUBCLASSES = "__subclasses__", FIELDS = "_fields", MISSING_MODULE = "<missing module>",
}
