//! Compiled Python: instructions, constants, names, and where in the source each instruction comes from.
//!
//! The order of instructions is topological but for back edges: of two paths through a function the one with the
//! smaller position is behind and can still catch up. The tracer relies on it to meet paths again.

use super::names::Name;
use super::source::Source;
use super::value::Value;
use std::sync::Arc;

/// A position in [`Code::ops`].
pub type Pc = u32;

/// A binary operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    MatMul,
    Div,
    FloorDiv,
    Mod,
    Pow,
    LShift,
    RShift,
    And,
    Or,
    Xor,
}

/// A unary operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum UnaryOp {
    Neg,
    Pos,
    Invert,
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum CompareOp {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

/// An instruction. Operands are on the frame's stack; the comments give it before and after, top last.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Op {
    /// `-> constant`
    Const(u32),
    /// `-> variable`
    LoadFast(u32),
    /// `value ->`
    StoreFast(u32),
    /// Makes a local variable unbound; an error if it is.
    DeleteFast(u32),
    /// Makes a local variable unbound if it is bound (end of `except … as name`).
    ClearFast(u32),
    /// Wraps a local variable into a cell on entry.
    MakeCell(u32),
    /// `-> value in the cell`
    LoadCell(u32),
    /// `value ->`
    StoreCell(u32),
    /// Empties a cell; an error if it is empty.
    DeleteCell(u32),
    /// Empties a cell.
    ClearCell(u32),
    /// `-> value`: a free variable in a class body, whose own names come first.
    LoadClassCell(u32, u32),
    /// `-> value` of a global or builtin name.
    LoadGlobal(u32),
    /// `value ->`
    StoreGlobal(u32),
    /// Removes a global name.
    DeleteGlobal(u32),
    /// `-> value` of a name in a class body: its own names, then globals.
    LoadName(u32),
    /// `value ->`
    StoreName(u32),
    /// Removes a name of a class body.
    DeleteName(u32),
    /// `object -> attribute`
    LoadAttr(u32),
    /// `object -> function receiver` (receiver is unbound if the attribute is not a method)
    LoadMethod(u32),
    /// `value object ->`
    StoreAttr(u32),
    /// `object ->`
    DeleteAttr(u32),
    /// `container index -> element`
    LoadItem,
    /// `value container index ->`
    StoreItem,
    /// `container index ->`
    DeleteItem,
    /// `left right -> result`
    Binary(BinaryOp),
    /// `left right -> result`, in place where the left side can
    InPlace(BinaryOp),
    /// `operand -> result`
    Unary(UnaryOp),
    /// `left right -> result`
    Compare(CompareOp),
    /// `left right -> bool`; true: `is not`
    Is(bool),
    /// `element container -> bool`; true: `not in`
    In(bool),
    /// `value -> bool`
    Not,
    /// `value ->`
    Pop,
    /// `a -> a a`
    Dup,
    /// `a b -> a b a b`
    Dup2,
    /// `a b -> b a`
    Swap,
    /// `a b c -> c a b`
    Rot3,
    /// Goes on at a position.
    Jump(Pc),
    /// Goes back to a loop header.
    JumpBack(Pc),
    /// `value ->`
    JumpIfFalse(Pc),
    /// `value ->`
    JumpIfTrue(Pc),
    /// A place where paths of this function meet; the tracer stops here.
    Join,
    /// Head of a `while` loop; its exit.
    WhileHead(Pc),
    /// `n values -> list`
    BuildList(u32),
    /// `n values -> tuple`
    BuildTuple(u32),
    /// `n values -> set`
    BuildSet(u32),
    /// `n pairs -> dict`
    BuildDict(u32),
    /// `start stop -> slice` or with step (3)
    BuildSlice(u32),
    /// `n strings -> string`
    BuildString(u32),
    /// `… list … value -> … list …`; the list is this deep below the value
    ListAppend(u32),
    /// The same for a set.
    SetAdd(u32),
    /// `… dict … key value -> … dict …`
    DictAdd(u32),
    /// `list iterable -> list`
    ListExtend,
    /// `set iterable -> set`
    SetUpdate,
    /// `dict mapping -> dict`
    DictUpdate,
    /// `dict mapping -> dict`, an error where a key is there already (keyword arguments)
    DictMerge,
    /// `list -> tuple`
    ListToTuple,
    /// `iterable -> iterator`
    GetIter,
    /// `iterator -> iterator element`, or `iterator ->` and goes on at a position
    ForIter(Pc),
    /// `sequence -> n elements`, the first on top
    Unpack(u32),
    /// `sequence -> elements`, with a list of what is between the first and the last ones
    UnpackEx(u16, u16),
    /// `function args -> result`
    Call(u32),
    /// `function receiver args -> result`
    CallMethod(u32),
    /// `function args kwargs -> result`: number of all arguments, a [`Code::keywords`] entry
    CallKw(u16, u16),
    /// `function receiver args kwargs -> result`
    CallMethodKw(u16, u16),
    /// `function list dict -> result`
    CallEx,
    /// `list -> result`: calls the native kept in the first slots with the list as this parameter
    CallCollected(u32),
    /// `defaults… -> function`: a code constant; how it is made is in [`Code::functions`]
    MakeFunction(u32),
    /// `value ->` and leaves the frame
    Return,
    /// `value -> what the generator is sent`, and suspends the frame
    Yield,
    /// `iterator sent -> result`, suspending the frame for every element
    YieldFrom,
    /// `function bases… keywords… -> class`: a [`Code::classes`] entry
    BuildClass(u32),
    /// `exception cause? ->`: number of operands; without any, raises again what is being handled
    Raise(u32),
    /// `exception ->` and goes on unwinding
    Reraise,
    /// `exception -> exception`: it is being handled from here on
    PushHandled,
    /// The innermost exception is no longer being handled.
    PopHandled,
    /// `exception class -> exception bool`
    MatchException,
    /// `manager -> exit result-of-enter`, where exit is bound
    EnterWith,
    /// `exit ->`: calls it with three `None`s; `-> result`
    ExitWith,
    /// `exit exception -> exit exception result`: calls exit with the exception
    ExitWithException,
    /// `from-list? -> module`: an [`Code::imports`] entry
    Import(u32),
    /// `module -> module attribute`
    ImportFrom(u32),
    /// `module ->`: takes its public names
    ImportStar,
    /// `value -> string`: conversion character or 0
    Convert(u8),
    /// `value spec -> string`
    FormatValue,
    /// `message? ->`: raises `AssertionError`; number of operands
    AssertFail(u32),
    /// `subject -> bool`: whether it is a sequence that patterns match
    MatchSequence,
    /// `subject -> bool`: whether it is a mapping
    MatchMapping,
    /// `subject -> bool`: whether it has so many elements, or at least so many
    MatchLength(u32, bool),
    /// `subject class -> attributes-or-None`: number of positional patterns, a [`Code::keywords`] entry
    MatchClass(u16, u16),
    /// Annotation of a name in a module or class body: a constant (name), its source text.
    Annotate(u32, u32),
    /// Something that the language has and Braid does not: a [`Code::messages`] entry.
    Unsupported(u32),
}

/// How a function object is made.
#[derive(Clone, Debug)]
pub struct FunctionTemplate {
    /// What it runs.
    pub code: Arc<Code>,
    /// Number of positional defaults on the stack.
    pub defaults: u32,
    /// Names of the keyword-only parameters whose defaults are on the stack after those.
    pub kw_defaults: Vec<Name>,
    /// Slots of the enclosing frame whose cells it takes.
    pub captures: Vec<u32>,
    /// Parameter (or `return`) and annotation's source text.
    pub annotations: Vec<(Name, Arc<str>)>,
}

/// How a class object is made.
#[derive(Clone, Debug)]
pub struct ClassTemplate {
    /// Its name.
    pub name: Name,
    /// Number of values on the stack for bases; a starred base is a list.
    pub bases: u32,
    /// Which bases are starred.
    pub starred: Vec<bool>,
    /// Names of the keyword arguments on the stack after them.
    pub keywords: Vec<Name>,
}

/// An import statement.
#[derive(Clone, Debug)]
pub struct ImportTemplate {
    /// Dotted name, empty for `from . import x`.
    pub module: Name,
    /// Number of leading dots.
    pub level: u32,
    /// Names of `from … import`, which may be submodules; none for `import a.b`.
    pub names: Vec<Name>,
    /// For `import a.b`: whether to give `a.b` itself (`as`) and not `a`.
    pub leaf: bool,
}

/// Where control goes when an exception passes.
#[derive(Clone, Copy, Debug)]
pub struct Handler {
    /// First instruction covered.
    pub start: Pc,
    /// One past the last.
    pub end: Pc,
    /// Where to go on, with the exception on the stack.
    pub target: Pc,
    /// Height of the operand stack to restore first.
    pub depth: u32,
    /// Number of exceptions being handled to restore first.
    pub handled: u32,
}

/// A compiled function, class body, module or expression.
#[derive(Debug)]
pub struct Code {
    /// Its name.
    pub name: Name,
    /// Its dotted name within the module.
    pub qualname: Name,
    /// Its source file.
    pub source: Arc<Source>,
    /// Instructions.
    pub ops: Vec<Op>,
    /// For each instruction the byte range of its source.
    pub ranges: Vec<(u32, u32)>,
    /// Constants.
    pub constants: Vec<Value>,
    /// Names.
    pub names: Vec<Name>,
    /// Names of local slots: parameters, other locals, then captured variables.
    pub slots: Vec<Name>,
    /// Number of positional parameters.
    pub positional: u32,
    /// How many of them can only be given by position.
    pub positional_only: u32,
    /// Number of keyword-only parameters, whose slots come next.
    pub keyword_only: u32,
    /// Whether a `*name` slot comes next.
    pub star: bool,
    /// Whether a `**name` slot comes next.
    pub kwargs: bool,
    /// Slots at the end that hold cells captured from around.
    pub free: u32,
    /// Whether it is a generator.
    pub generator: bool,
    /// Whether the first parameter is captured and thus in a cell (for `super()`).
    pub first_in_cell: bool,
    /// Exception handlers, innermost first.
    pub handlers: Vec<Handler>,
    /// Jumps on a condition that an `assert` needs: their positions, and the truth that goes on.
    pub asserts: Vec<(Pc, bool)>,
    /// Keyword names of calls.
    pub keywords: Vec<Arc<[Name]>>,
    /// Functions made here.
    pub functions: Vec<FunctionTemplate>,
    /// Classes made here.
    pub classes: Vec<ClassTemplate>,
    /// Imports made here.
    pub imports: Vec<ImportTemplate>,
    /// Messages of unsupported syntax, with help.
    pub messages: Vec<(String, String)>,
    /// The docstring.
    pub doc: Option<Arc<str>>,
}

impl Code {
    /// The code that runs an iterable into a list and calls a native with it as parameter number `index`. Slots: the
    /// native, its parameters, its `*` and `**` arguments, the collecting function, the iterable.
    pub fn collecting(index: usize) -> Code {
        let ops =
            vec![Op::LoadFast(4), Op::LoadFast(5), Op::Call(1), Op::CallCollected(index as u32), Op::Return];
        Code {
            name: Name::new("<collect>"),
            qualname: Name::new("<collect>"),
            source: Arc::new(Source::new("<prelude>/collect", "")),
            ranges: vec![(0, 0); ops.len()],
            ops,
            constants: Vec::new(),
            names: Vec::new(),
            slots: ["native", "params", "star", "kwargs", "collect", "iterable"].map(Name::new).to_vec(),
            positional: 6,
            positional_only: 6,
            keyword_only: 0,
            star: false,
            kwargs: false,
            free: 0,
            generator: false,
            first_in_cell: false,
            handlers: Vec::new(),
            asserts: Vec::new(),
            keywords: Vec::new(),
            functions: Vec::new(),
            classes: Vec::new(),
            imports: Vec::new(),
            messages: Vec::new(),
            doc: None,
        }
    }
}
