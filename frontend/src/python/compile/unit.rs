//! One piece of code under construction: instructions, labels, constants, slots, and the blocks it is inside of.

use super::scope::{Place, Scope, ScopeKind};
use crate::python::code::{Code, Handler, Op, Pc};
use crate::python::names::Name;
use crate::python::source::Source;
use crate::python::value::Value;
use ruff_python_ast::Stmt;
use ruff_text_size::TextRange;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// A place in the code that jumps may name before it is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label(usize);

/// A statement that control leaves in an orderly way, whichever exit it takes.
#[derive(Clone)]
pub enum Block<'a> {
    /// A loop.
    Loop {
        /// Where `continue` goes.
        head: Pc,
        /// Where `break` goes.
        end: Label,
        /// Whether an iterator is on the stack.
        iterator: bool,
    },
    /// A `try` body (or its `else`) with a `finally`.
    Finally(&'a [Stmt], Guard),
    /// A `try` body with `except` clauses.
    Try(Guard),
    /// A `with` body; the exit method is on the stack.
    With(Guard),
    /// An `except` clause, and the name it binds.
    Except(Option<Name>),
    /// A `finally` body that runs because of an exception, which is on the stack.
    FinallyException,
}

impl Block<'_> {
    /// How many values it keeps on the stack.
    fn height(&self) -> u32 {
        match self {
            Block::Loop { iterator, .. } => u32::from(*iterator),
            Block::With(_) | Block::FinallyException => 1,
            Block::Finally(..) | Block::Try(_) | Block::Except(_) => 0,
        }
    }

    /// The guarded stretch, if exceptions in it go to a handler of this statement.
    pub fn guard_mut(&mut self) -> Option<&mut Guard> {
        match self {
            Block::Finally(_, guard) | Block::Try(guard) | Block::With(guard) => Some(guard),
            _ => None,
        }
    }
}

/// The stretches of code that an exception handler covers, with gaps where leaving code was put in between.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    closed: Vec<(Pc, Pc)>,
    open: Option<Pc>,
}

impl Guard {
    /// Coverage begins here.
    pub fn open(&mut self, at: Pc) {
        self.open = Some(at);
    }

    /// Coverage ends here.
    pub fn close(&mut self, at: Pc) {
        if let Some(start) = self.open.take()
            && start < at
        {
            self.closed.push((start, at));
        }
    }
}

/// One piece of code under construction.
pub struct Unit<'a> {
    /// Its scope.
    pub scope: &'a Scope,
    /// The code so far.
    pub code: Code,
    /// Blocks it is inside of, outermost first.
    pub blocks: Vec<Block<'a>>,
    /// The class whose private names it may mention.
    pub private: Option<String>,
    /// Source range of the instructions being emitted.
    pub range: (u32, u32),
    labels: Vec<Option<Pc>>,
    jumps: Vec<(Pc, Label)>,
    slots: FxHashMap<Name, u32>,
    names: FxHashMap<Name, u32>,
    strings: FxHashMap<Arc<str>, u32>,
    ints: FxHashMap<i64, u32>,
    hidden: u32,
}

impl<'a> Unit<'a> {
    /// An empty piece of code with this name.
    pub fn new(scope: &'a Scope, name: Name, qualname: Name, source: Arc<Source>) -> Unit<'a> {
        let code = Code {
            name,
            qualname,
            source,
            ops: Vec::new(),
            ranges: Vec::new(),
            constants: Vec::new(),
            names: Vec::new(),
            slots: Vec::new(),
            positional: 0,
            positional_only: 0,
            keyword_only: 0,
            star: false,
            kwargs: false,
            free: 0,
            generator: scope.generator,
            first_in_cell: false,
            handlers: Vec::new(),
            asserts: Vec::new(),
            keywords: Vec::new(),
            functions: Vec::new(),
            classes: Vec::new(),
            imports: Vec::new(),
            messages: Vec::new(),
            doc: None,
        };
        Unit {
            scope,
            code,
            blocks: Vec::new(),
            private: None,
            range: (0, 0),
            labels: Vec::new(),
            jumps: Vec::new(),
            slots: FxHashMap::default(),
            names: FxHashMap::default(),
            strings: FxHashMap::default(),
            ints: FxHashMap::default(),
            hidden: 0,
        }
    }

    /// Appends an instruction.
    pub fn emit(&mut self, op: Op) {
        self.code.ops.push(op);
        self.code.ranges.push(self.range);
    }

    /// The position of the next instruction.
    pub fn here(&self) -> Pc {
        self.code.ops.len() as Pc
    }

    /// A label to be placed later.
    pub fn label(&mut self) -> Label {
        self.labels.push(None);
        Label(self.labels.len() - 1)
    }

    /// Places a label here.
    pub fn place(&mut self, label: Label) {
        self.labels[label.0] = Some(self.here());
    }

    /// Places a label here, where paths meet.
    pub fn join(&mut self, label: Label) {
        self.place(label);
        self.emit(Op::Join);
    }

    /// Appends a jump to a label; the operand of `op` is filled in at the end.
    pub fn jump(&mut self, op: fn(Pc) -> Op, label: Label) {
        self.jumps.push((self.here(), label));
        self.emit(op(0));
    }

    /// Makes source ranges of the following instructions this node's.
    pub fn at(&mut self, range: TextRange) {
        self.range = (range.start().to_u32(), range.end().to_u32());
    }

    /// The number of a name.
    pub fn name(&mut self, name: Name) -> u32 {
        let names = &mut self.code.names;
        *self.names.entry(name).or_insert_with(|| {
            names.push(name);
            names.len() as u32 - 1
        })
    }

    /// Pushes a constant.
    pub fn constant(&mut self, value: Value) {
        let index = self.constant_index(value);
        self.emit(Op::Const(index));
    }

    /// The number of a constant.
    pub fn constant_index(&mut self, value: Value) -> u32 {
        let next = self.code.constants.len() as u32;
        let known = match &value {
            Value::Str(text) => *self.strings.entry(text.clone()).or_insert(next),
            Value::Int(int) => *self.ints.entry(*int).or_insert(next),
            _ => next,
        };
        if known == next {
            self.code.constants.push(value);
        }
        known
    }

    /// The slot of a variable.
    pub fn slot(&mut self, name: Name) -> u32 {
        let slots = &mut self.code.slots;
        *self.slots.entry(name).or_insert_with(|| {
            slots.push(name);
            slots.len() as u32 - 1
        })
    }

    /// A slot for a value of the compiler's own.
    pub fn hidden_slot(&mut self) -> u32 {
        self.hidden += 1;
        self.slot(Name::new(&format!(".{}", self.hidden)))
    }

    /// Where a name's value is kept.
    pub fn place_of(&self, name: Name) -> Place {
        match self.scope.places.get(&name) {
            Some(Place::Named) if self.scope.kind == ScopeKind::Module => Place::Global,
            Some(place) => *place,
            None => Place::Global,
        }
    }

    /// Pushes a variable.
    pub fn load(&mut self, name: Name) {
        let place = self.place_of(name);
        let op = match place {
            Place::Local => Op::LoadFast(self.slot(name)),
            Place::Free if self.scope.kind == ScopeKind::Class && name != Name::CLASS => {
                Op::LoadClassCell(self.slot(name), self.name(name))
            }
            Place::Cell | Place::Free => Op::LoadCell(self.slot(name)),
            Place::Global => Op::LoadGlobal(self.name(name)),
            Place::Named => Op::LoadName(self.name(name)),
        };
        self.emit(op);
    }

    /// Pops into a variable.
    pub fn store(&mut self, name: Name) {
        let op = match self.place_of(name) {
            Place::Local => Op::StoreFast(self.slot(name)),
            Place::Free | Place::Named if self.scope.kind == ScopeKind::Class => {
                Op::StoreName(self.name(name))
            }
            Place::Cell | Place::Free => Op::StoreCell(self.slot(name)),
            Place::Global | Place::Named => Op::StoreGlobal(self.name(name)),
        };
        self.emit(op);
    }

    /// Removes a variable; `checked` says whether it must be there.
    pub fn delete(&mut self, name: Name, checked: bool) {
        let op = match self.place_of(name) {
            Place::Local if checked => Op::DeleteFast(self.slot(name)),
            Place::Local => Op::ClearFast(self.slot(name)),
            Place::Free | Place::Named if self.scope.kind == ScopeKind::Class => {
                Op::DeleteName(self.name(name))
            }
            Place::Cell | Place::Free if checked => Op::DeleteCell(self.slot(name)),
            Place::Cell | Place::Free => Op::ClearCell(self.slot(name)),
            Place::Global | Place::Named => Op::DeleteGlobal(self.name(name)),
        };
        self.emit(op);
    }

    /// Height of the operand stack that the blocks around keep.
    pub fn height(&self) -> u32 {
        self.blocks.iter().map(Block::height).sum()
    }

    /// Number of exceptions being handled here.
    pub fn handled(&self) -> u32 {
        self.blocks.iter().filter(|block| matches!(block, Block::Except(_) | Block::FinallyException)).count()
            as u32
    }

    /// Opens a block whose exceptions are handled.
    pub fn open_guarded(&mut self, mut block: Block<'a>) {
        let here = self.here();
        if let Some(guard) = block.guard_mut() {
            guard.open(here);
        }
        self.blocks.push(block);
    }

    /// Closes the innermost block and returns what it covered.
    pub fn close_guarded(&mut self) -> Guard {
        let here = self.here();
        let mut block = self.blocks.pop().expect("every guarded block is closed once");
        let guard = block.guard_mut().expect("the block is guarded");
        guard.close(here);
        guard.clone()
    }

    /// Makes exceptions of the covered stretches go on at the next instruction. `height` values stay on the stack.
    pub fn handle(&mut self, guard: &Guard, height: u32) {
        let (target, handled) = (self.here(), self.handled());
        for &(start, end) in &guard.closed {
            self.code.handlers.push(Handler { start, end, target, depth: height, handled });
        }
    }

    /// The finished code.
    pub fn finish(mut self) -> Code {
        for (at, label) in &self.jumps {
            let target = self.labels[label.0].expect("every label that is jumped to is placed");
            let op = &mut self.code.ops[*at as usize];
            *op = match *op {
                Op::Jump(_) => Op::Jump(target),
                Op::JumpIfFalse(_) => Op::JumpIfFalse(target),
                Op::JumpIfTrue(_) => Op::JumpIfTrue(target),
                Op::ForIter(_) => Op::ForIter(target),
                Op::WhileHead(_) => Op::WhileHead(target),
                other => other,
            };
        }
        self.code
    }
}
