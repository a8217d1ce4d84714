//! Frames, and what happens to the value that a frame returns.

use crate::python::code::{BinaryOp, Code, CompareOp, Pc};
use crate::python::names::Name;
use crate::python::value::{ObjId, Value};
use std::sync::Arc;

/// The activation of a function, class body or module.
#[derive(Clone)]
pub struct Frame {
    /// What it runs.
    pub code: Arc<Code>,
    /// Next instruction.
    pub pc: Pc,
    /// Local slots, then the operand stack.
    pub stack: Vec<Value>,
    /// The module whose names are its globals.
    pub globals: ObjId,
    /// The object whose attributes are the names of a class body.
    pub namespace: Option<ObjId>,
    /// Exceptions being handled, innermost last.
    pub handled: Vec<Value>,
    /// What to do with its result.
    pub then: Then,
    /// The generator whose frame this is.
    pub generator: Option<ObjId>,
    /// Loops that the frame is in, outermost first, with their iteration; kept only while tracing.
    pub loops: Vec<LoopMark>,
}

/// A loop that a frame is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LoopMark {
    /// Its head.
    pub head: Pc,
    /// Where it is left.
    pub exit: Pc,
    /// How often the head was passed.
    pub iteration: u64,
    /// Whether the head was passed since it was last reached.
    pub entered: bool,
    /// Whether the tracer unrolls it, because it could not be run for an arbitrary iteration.
    pub unroll: bool,
    /// Iterations that the tracer took off its front.
    pub peeled: u32,
}

/// What to do with the result of a frame (or with an exception that leaves it).
#[derive(Clone, Debug)]
pub enum Then {
    /// Push it onto the caller's stack.
    Push,
    /// Push it and nothing: a callable that needs no receiver.
    Callable,
    /// Drop it.
    Discard,
    /// Drop it and deliver this instead (the object after `__init__`).
    Instead {
        /// What to deliver.
        value: Value,
        /// To whom.
        then: Box<Then>,
    },
    /// It came from `__new__`: if it is an instance of the class, call `__init__` with these arguments.
    Init {
        /// The class called.
        class: ObjId,
        /// The call's arguments.
        args: Vec<Value>,
        /// The call's keyword arguments.
        kwargs: Vec<(Name, Value)>,
        /// Who waits for the object.
        then: Box<Then>,
    },
    /// Push its truth, or the opposite.
    Truth {
        /// Whether to push the opposite.
        negate: bool,
    },
    /// A binary operator's method: on `NotImplemented` try the next one.
    Binary(Box<BinaryTry>),
    /// A comparison's method: on `NotImplemented` try the next one.
    Compare(Box<CompareTry>),
    /// `__next__` of a `for`: push it; `StopIteration` leaves the loop at the position.
    ForIter(Pc),
    /// `__next__` of a `yield from`.
    YieldFrom,
    /// A property or `__getattribute__` that may fall back to `__getattr__`.
    OrGetattr {
        /// The object.
        object: Value,
        /// The attribute.
        name: Name,
        /// Who waits for the attribute.
        then: Box<Then>,
    },
    /// A class body ended: make the class.
    Class(Box<ClassBody>),
    /// A module's code ended; if it ended by an exception the module is forgotten.
    Module(Name),
    /// The frame was run by `call_sync`: keep the result for it.
    Sync,
}

/// A binary operator whose left method was tried.
#[derive(Clone, Debug)]
pub struct BinaryTry {
    /// The operator.
    pub op: BinaryOp,
    /// Left operand.
    pub left: Value,
    /// Right operand.
    pub right: Value,
    /// Methods still to try, each with its receiver and argument; next last.
    pub rest: Vec<(Value, Value, Value)>,
}

/// A comparison whose method was tried.
#[derive(Clone, Debug)]
pub struct CompareTry {
    /// The comparison.
    pub op: CompareOp,
    /// Left operand.
    pub left: Value,
    /// Right operand.
    pub right: Value,
    /// Methods still to try, each with its receiver and argument; next last.
    pub rest: Vec<(Value, Value, Value)>,
    /// Whether the method's result is to be negated (`!=` by way of `__eq__`).
    pub negate: bool,
}

/// A class whose body is running.
#[derive(Clone, Debug)]
pub struct ClassBody {
    /// Its name.
    pub name: Name,
    /// Its bases.
    pub bases: Vec<Value>,
    /// Its metaclass.
    pub metaclass: Value,
    /// Other keyword arguments of the class statement.
    pub kwargs: Vec<(Name, Value)>,
    /// The object that collects its names.
    pub namespace: ObjId,
}
