//! The built-in classes, made in one fixed order so that their object numbers are constants.
//!
//! Each row gives the constant, the Python name, the base and what instances hold. Methods are attached by
//! [`builtins`](super::builtins).

use super::object::Layout;
use super::value::ObjId;

/// A built-in class as it is made when a session starts.
pub struct ClassRow {
    /// Its Python name.
    pub name: &'static str,
    /// Its base; only `object` has none.
    pub base: Option<ObjId>,
    /// What instances hold.
    pub layout: Layout,
}

macro_rules! classes {
    ($($id:ident $name:literal $base:expr, $layout:ident;)*) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        enum Index { $($id),* }
        $(#[doc = concat!("The class `", $name, "`.")] pub const $id: ObjId = ObjId(Index::$id as u32);)*
        /// Every built-in class, in order of object number.
        pub const ROWS: &[ClassRow] = &[$(ClassRow { name: $name, base: $base, layout: Layout::$layout }),*];
    };
}

classes! {
    OBJECT "object" None, Plain;
    TYPE "type" Some(OBJECT), Class;
    NONE_TYPE "NoneType" Some(OBJECT), Closed;
    ELLIPSIS_TYPE "ellipsis" Some(OBJECT), Closed;
    NOT_IMPLEMENTED_TYPE "NotImplementedType" Some(OBJECT), Closed;
    INT "int" Some(OBJECT), Int;
    BOOL "bool" Some(INT), Closed;
    FLOAT "float" Some(OBJECT), Float;
    STR "str" Some(OBJECT), Str;
    BYTES "bytes" Some(OBJECT), Closed;
    LIST "list" Some(OBJECT), List;
    TUPLE "tuple" Some(OBJECT), Tuple;
    DICT "dict" Some(OBJECT), Dict;
    SET "set" Some(OBJECT), Set;
    FROZENSET "frozenset" Some(OBJECT), Set;
    RANGE "range" Some(OBJECT), Closed;
    SLICE "slice" Some(OBJECT), Closed;
    FUNCTION "function" Some(OBJECT), Closed;
    BUILTIN_FUNCTION "builtin_function_or_method" Some(OBJECT), Closed;
    METHOD "method" Some(OBJECT), Closed;
    CELL "cell" Some(OBJECT), Closed;
    MODULE "module" Some(OBJECT), Closed;
    ITERATOR "iterator" Some(OBJECT), Closed;
    GENERATOR "generator" Some(OBJECT), Closed;
    PROPERTY "property" Some(OBJECT), Closed;
    STATICMETHOD "staticmethod" Some(OBJECT), Closed;
    CLASSMETHOD "classmethod" Some(OBJECT), Closed;
    SUPER "super" Some(OBJECT), Closed;
    DICT_KEYS "dict_keys" Some(OBJECT), Closed;
    DICT_VALUES "dict_values" Some(OBJECT), Closed;
    DICT_ITEMS "dict_items" Some(OBJECT), Closed;
    ATTRIBUTES "mappingproxy" Some(DICT), Closed;
    OPAQUE "opaque" Some(OBJECT), Closed;
    STORAGE "storage" Some(OBJECT), Closed;
    TENSOR_BASE "TensorBase" Some(OBJECT), Tensor;
    BASE_EXCEPTION "BaseException" Some(OBJECT), Exception;
    EXCEPTION "Exception" Some(BASE_EXCEPTION), Exception;
    GENERATOR_EXIT "GeneratorExit" Some(BASE_EXCEPTION), Exception;
    KEYBOARD_INTERRUPT "KeyboardInterrupt" Some(BASE_EXCEPTION), Exception;
    SYSTEM_EXIT "SystemExit" Some(BASE_EXCEPTION), Exception;
    ARITHMETIC_ERROR "ArithmeticError" Some(EXCEPTION), Exception;
    ZERO_DIVISION_ERROR "ZeroDivisionError" Some(ARITHMETIC_ERROR), Exception;
    OVERFLOW_ERROR "OverflowError" Some(ARITHMETIC_ERROR), Exception;
    FLOATING_POINT_ERROR "FloatingPointError" Some(ARITHMETIC_ERROR), Exception;
    ASSERTION_ERROR "AssertionError" Some(EXCEPTION), Exception;
    ATTRIBUTE_ERROR "AttributeError" Some(EXCEPTION), Exception;
    EOF_ERROR "EOFError" Some(EXCEPTION), Exception;
    IMPORT_ERROR "ImportError" Some(EXCEPTION), Exception;
    MODULE_NOT_FOUND_ERROR "ModuleNotFoundError" Some(IMPORT_ERROR), Exception;
    LOOKUP_ERROR "LookupError" Some(EXCEPTION), Exception;
    INDEX_ERROR "IndexError" Some(LOOKUP_ERROR), Exception;
    KEY_ERROR "KeyError" Some(LOOKUP_ERROR), Exception;
    MEMORY_ERROR "MemoryError" Some(EXCEPTION), Exception;
    NAME_ERROR "NameError" Some(EXCEPTION), Exception;
    UNBOUND_LOCAL_ERROR "UnboundLocalError" Some(NAME_ERROR), Exception;
    OS_ERROR "OSError" Some(EXCEPTION), Exception;
    FILE_NOT_FOUND_ERROR "FileNotFoundError" Some(OS_ERROR), Exception;
    PERMISSION_ERROR "PermissionError" Some(OS_ERROR), Exception;
    RUNTIME_ERROR "RuntimeError" Some(EXCEPTION), Exception;
    NOT_IMPLEMENTED_ERROR "NotImplementedError" Some(RUNTIME_ERROR), Exception;
    RECURSION_ERROR "RecursionError" Some(RUNTIME_ERROR), Exception;
    STOP_ITERATION "StopIteration" Some(EXCEPTION), Exception;
    STOP_ASYNC_ITERATION "StopAsyncIteration" Some(EXCEPTION), Exception;
    SYNTAX_ERROR "SyntaxError" Some(EXCEPTION), Exception;
    TYPE_ERROR "TypeError" Some(EXCEPTION), Exception;
    VALUE_ERROR "ValueError" Some(EXCEPTION), Exception;
    UNICODE_ERROR "UnicodeError" Some(VALUE_ERROR), Exception;
    WARNING "Warning" Some(EXCEPTION), Exception;
    USER_WARNING "UserWarning" Some(WARNING), Exception;
    DEPRECATION_WARNING "DeprecationWarning" Some(WARNING), Exception;
    FUTURE_WARNING "FutureWarning" Some(WARNING), Exception;
    RUNTIME_WARNING "RuntimeWarning" Some(WARNING), Exception;
    IMPORT_WARNING "ImportWarning" Some(WARNING), Exception;
}

/// Names besides the class's own under which Python's builtins know a class.
pub const ALIASES: &[(&str, ObjId)] = &[("IOError", OS_ERROR), ("EnvironmentError", OS_ERROR)];

/// Classes that are not names of the `builtins` module.
pub const HIDDEN: &[ObjId] = &[
    NONE_TYPE,
    ELLIPSIS_TYPE,
    NOT_IMPLEMENTED_TYPE,
    FUNCTION,
    BUILTIN_FUNCTION,
    METHOD,
    CELL,
    MODULE,
    ITERATOR,
    GENERATOR,
    DICT_KEYS,
    DICT_VALUES,
    DICT_ITEMS,
    ATTRIBUTES,
    OPAQUE,
    STORAGE,
    TENSOR_BASE,
];
