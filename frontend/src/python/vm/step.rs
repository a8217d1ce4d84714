//! The step loop: one instruction after another until something concerns the outside.

use super::frame::{Frame, Then};
use super::{Mode, Stop, Vm};
use crate::diagnostic::Diagnostic;
use crate::python::builtins::grown;
use crate::python::classes;
use crate::python::code::{Op, Pc, UnaryOp};
use crate::python::dict::Dict;
use crate::python::names::Name;
use crate::python::native::Unwind;
use crate::python::object::{Function, Kind, Object};
use crate::python::sym::{SymBool, Symbolic};
use crate::python::value::{ObjId, Value};
use braid_ir::Term;
use std::sync::Arc;

impl Vm {
    /// Runs the current state until something happens that concerns the outside. `enter` passes the loop head that the
    /// state stands at.
    pub fn advance(&mut self, enter: bool) -> Stop {
        let mut enter = enter;
        loop {
            let Some(frame) = self.state.frames.last_mut() else {
                return Stop::Failed(Diagnostic::new("the evaluator has nothing to run").into());
            };
            let at = frame.pc;
            let op = frame.code.ops[at as usize];
            self.at = at;
            if self.mode == Mode::Tracing {
                // Every loop, those over Python containers too: the tracer orders paths by iteration.
                if let (Op::ForIter(exit) | Op::WhileHead(exit), false, 0) = (op, enter, self.sync_depth) {
                    return Stop::LoopHead { exit };
                }
                enter = false;
                if op.may_decide() {
                    self.save_operands();
                }
            }
            let depth = self.state.frames.len();
            let frame = &mut self.state.frames[depth - 1];
            frame.pc = at + 1;
            self.steps += 1;
            let result = if self.steps > self.limits.steps_max {
                Err(self.too_many_steps())
            } else {
                self.execute(op)
            };
            if let Err(unwind) = result
                && let Some(stop) = self.fail(unwind, depth, at)
            {
                return stop;
            }
            if let Some(stop) = self.stop.take() {
                if matches!(stop, Stop::Join) && (self.mode == Mode::Eager || self.sync_depth > 0) {
                    continue;
                }
                return stop;
            }
        }
    }

    fn save_operands(&mut self) {
        let frame = self.state.frames.last().expect("an instruction is in a frame");
        let base = frame.code.slots.len();
        self.saved.clear();
        self.saved.extend_from_slice(&frame.stack[base..]);
    }

    fn too_many_steps(&mut self) -> Unwind {
        self.unsupported(
            format!(
                "endless loop? the evaluation reached the limit of {} steps (steps_max)",
                self.limits.steps_max
            ),
            "a loop in the constructor or at module level must end by itself",
        )
    }

    /// What follows from an instruction that did not end normally; `None` if the machine goes on.
    fn fail(&mut self, unwind: Unwind, depth: usize, at: Pc) -> Option<Stop> {
        match unwind {
            Unwind::Exception(exception) => self.unwind(exception),
            Unwind::Diagnostic(diagnostic) => {
                let located = self.locate(*diagnostic);
                Some(Stop::Failed(located.into()))
            }
            Unwind::Decide(_) | Unwind::Concretise(..) if self.mode == Mode::Eager || self.sync_depth > 0 => {
                let diagnostic =
                    Diagnostic::new("a branch that depends on a run-time value cannot be taken here")
                        .with_help(
                            "compute the condition into a variable and branch on it in the model's own code",
                        );
                Some(Stop::Failed(self.locate(diagnostic).into()))
            }
            unwind => {
                // The instruction is repeated once the answer is known: everything is as before it.
                self.state.frames.truncate(depth);
                let saved = std::mem::take(&mut self.saved);
                let frame = self.state.frames.last_mut().expect("the frame that asks is still there");
                frame.pc = at;
                let base = frame.code.slots.len();
                frame.stack.truncate(base);
                frame.stack.extend(saved);
                Some(match unwind {
                    Unwind::Decide(condition) => Stop::Decide(condition),
                    Unwind::Concretise(term, why) => Stop::Concretise(term, why),
                    Unwind::Exception(_) | Unwind::Diagnostic(_) => unreachable!("handled above"),
                })
            }
        }
    }

    /// The running frame.
    #[inline]
    pub(in crate::python) fn frame(&mut self) -> &mut Frame {
        self.state.frames.last_mut().expect("an instruction runs in a frame")
    }

    #[inline]
    pub(in crate::python) fn push(&mut self, value: Value) {
        self.frame().stack.push(value);
    }

    #[inline]
    pub(in crate::python) fn pop(&mut self) -> Value {
        self.frame().stack.pop().expect("the compiler keeps the operand stack balanced")
    }

    pub(super) fn pop_many(&mut self, count: usize) -> Vec<Value> {
        let stack = &mut self.frame().stack;
        stack.split_off(stack.len() - count)
    }

    #[inline]
    fn name(&mut self, index: u32) -> Name {
        self.frame().code.names[index as usize]
    }

    fn slot_name(&mut self, slot: u32) -> Name {
        self.frame().code.slots[slot as usize]
    }

    fn cell(&mut self, slot: u32) -> ObjId {
        match self.frame().stack[slot as usize] {
            Value::Obj(id) => id,
            _ => unreachable!("the compiler put a cell into this slot"),
        }
    }

    fn cell_value(&mut self, slot: u32) -> Value {
        let id = self.cell(slot);
        match &self.obj(id).kind {
            Kind::Cell(value) => value.clone(),
            _ => unreachable!("the compiler put a cell into this slot"),
        }
    }

    fn set_cell(&mut self, slot: u32, value: Value) {
        let id = self.cell(slot);
        self.obj_mut(id).kind = Kind::Cell(value);
    }

    fn unbound_local(&mut self, slot: u32) -> Unwind {
        let name = self.slot_name(slot);
        self.raise(
            classes::UNBOUND_LOCAL_ERROR,
            format!("cannot access local variable '{name}' where it is not associated with a value"),
        )
    }

    fn unbound_free(&mut self, slot: u32) -> Unwind {
        let name = self.slot_name(slot);
        self.name_error(format!(
            "cannot access free variable '{name}' where it is not associated with a value in enclosing scope"
        ))
    }

    fn load_global(&mut self, name: Name) -> Result<Value, Unwind> {
        let globals = self.frame().globals;
        if let Some(value) = self.obj(globals).attr(name) {
            return Ok(value.clone());
        }
        if let Some(value) = self.obj(self.builtins).attr(name) {
            return Ok(value.clone());
        }
        if self.mode == Mode::Tracing && !self.prepared_for_exceptions() {
            // On a path that depends on data this would fail when the program runs; but no data can help it.
            let diagnostic = Diagnostic::new(format!("NameError: name '{name}' is not defined"));
            return Err(diagnostic.with_help("define or import the name").into());
        }
        Err(self.name_error(format!("name '{name}' is not defined")))
    }

    /// Whether any running statement has a handler for exceptions.
    pub(in crate::python) fn prepared_for_exceptions(&self) -> bool {
        self.state.frames.iter().any(|frame| {
            let at = frame.pc.saturating_sub(1);
            frame.code.handlers.iter().any(|handler| handler.start <= at && at < handler.end)
        })
    }

    fn namespace(&mut self) -> ObjId {
        let frame = self.frame();
        frame.namespace.unwrap_or(frame.globals)
    }

    fn execute(&mut self, op: Op) -> Result<(), Unwind> {
        match op {
            Op::Const(index) => {
                let frame = self.frame();
                let value = frame.code.constants[index as usize].clone();
                frame.stack.push(value);
            }
            Op::LoadFast(slot) => {
                let frame = self.frame();
                let value = frame.stack[slot as usize].clone();
                if matches!(value, Value::Unbound) {
                    return Err(self.unbound_local(slot));
                }
                frame.stack.push(value);
            }
            Op::StoreFast(slot) => {
                let value = self.pop();
                self.frame().stack[slot as usize] = value;
            }
            Op::DeleteFast(slot) => {
                if matches!(self.frame().stack[slot as usize], Value::Unbound) {
                    return Err(self.unbound_local(slot));
                }
                self.frame().stack[slot as usize] = Value::Unbound;
            }
            Op::ClearFast(slot) => self.frame().stack[slot as usize] = Value::Unbound,
            Op::MakeCell(slot) => {
                let value = std::mem::replace(&mut self.frame().stack[slot as usize], Value::Unbound);
                let cell = self.new_object(classes::CELL, Kind::Cell(value));
                self.frame().stack[slot as usize] = cell;
            }
            Op::LoadCell(slot) => match self.cell_value(slot) {
                Value::Unbound => return Err(self.unbound_free(slot)),
                value => self.push(value),
            },
            Op::StoreCell(slot) => {
                let value = self.pop();
                self.set_cell(slot, value);
            }
            Op::DeleteCell(slot) => {
                if matches!(self.cell_value(slot), Value::Unbound) {
                    return Err(self.unbound_free(slot));
                }
                self.set_cell(slot, Value::Unbound);
            }
            Op::ClearCell(slot) => self.set_cell(slot, Value::Unbound),
            Op::LoadClassCell(slot, name) => {
                let name = self.name(name);
                let namespace = self.namespace();
                let value = match self.obj(namespace).attr(name) {
                    Some(value) => value.clone(),
                    None => self.cell_value(slot),
                };
                if matches!(value, Value::Unbound) {
                    return Err(self.unbound_free(slot));
                }
                self.push(value);
            }
            Op::LoadGlobal(name) => {
                let name = self.name(name);
                let value = self.load_global(name)?;
                self.push(value);
            }
            Op::StoreGlobal(name) => {
                let (name, value, globals) = (self.name(name), self.pop(), self.frame().globals);
                self.obj_mut(globals).set_attr(name, value);
            }
            Op::DeleteGlobal(name) => {
                let (name, globals) = (self.name(name), self.frame().globals);
                if self.obj_mut(globals).remove_attr(name).is_none() {
                    return Err(self.name_error(format!("name '{name}' is not defined")));
                }
            }
            Op::LoadName(name) => {
                let name = self.name(name);
                let namespace = self.namespace();
                let value = match self.obj(namespace).attr(name) {
                    Some(value) => value.clone(),
                    None => self.load_global(name)?,
                };
                self.push(value);
            }
            Op::StoreName(name) => {
                let (name, value, namespace) = (self.name(name), self.pop(), self.namespace());
                self.obj_mut(namespace).set_attr(name, value);
            }
            Op::DeleteName(name) => {
                let (name, namespace) = (self.name(name), self.namespace());
                if self.obj_mut(namespace).remove_attr(name).is_none() {
                    return Err(self.name_error(format!("name '{name}' is not defined")));
                }
            }
            Op::LoadAttr(name) => {
                let (name, object) = (self.name(name), self.pop());
                self.load_attr(&object, name, Then::Push)?;
            }
            Op::LoadMethod(name) => {
                let (name, object) = (self.name(name), self.pop());
                self.load_method(object, name)?;
            }
            Op::StoreAttr(name) => {
                let (name, object) = (self.name(name), self.pop());
                let value = self.pop();
                self.store_attr(&object, name, value, Then::Discard)?;
            }
            Op::DeleteAttr(name) => {
                let (name, object) = (self.name(name), self.pop());
                self.delete_attr(&object, name, Then::Discard)?;
            }
            Op::LoadItem => {
                let (index, container) = (self.pop(), self.pop());
                self.load_item(container, index, Then::Push)?;
            }
            Op::StoreItem => {
                let (index, container, value) = (self.pop(), self.pop(), self.pop());
                self.store_item(container, index, value)?;
            }
            Op::DeleteItem => {
                let (index, container) = (self.pop(), self.pop());
                self.delete_item(container, index)?;
            }
            Op::Binary(op) => {
                let (right, left) = (self.pop(), self.pop());
                self.binary(op, left, right, false)?;
            }
            Op::InPlace(op) => {
                let (right, left) = (self.pop(), self.pop());
                self.binary(op, left, right, true)?;
            }
            Op::Unary(op) => {
                let value = self.pop();
                self.unary(op, value)?;
            }
            Op::Compare(op) => {
                let (right, left) = (self.pop(), self.pop());
                self.compare(op, left, right, Then::Push)?;
            }
            Op::Is(negate) => {
                let (right, left) = (self.pop(), self.pop());
                let same = left.is_same(&right);
                self.push(Value::Bool(same != negate));
            }
            Op::In(negate) => {
                let (container, element) = (self.pop(), self.pop());
                self.contains(container, element, negate)?;
            }
            Op::Not => {
                let value = self.pop();
                self.push_truth(value, true)?;
            }
            Op::Pop => {
                self.pop();
            }
            Op::Dup => {
                let value = self.frame().stack.last().cloned().expect("the operand stack is balanced");
                self.push(value);
            }
            Op::Dup2 => {
                let stack = &mut self.frame().stack;
                let at = stack.len() - 2;
                let (a, b) = (stack[at].clone(), stack[at + 1].clone());
                stack.extend([a, b]);
            }
            Op::Swap => {
                let stack = &mut self.frame().stack;
                let at = stack.len() - 2;
                stack.swap(at, at + 1);
            }
            Op::Rot3 => {
                let stack = &mut self.frame().stack;
                let at = stack.len() - 3;
                stack[at..].rotate_right(1);
            }
            Op::Jump(target) | Op::JumpBack(target) => self.frame().pc = target,
            Op::JumpIfFalse(target) => self.jump_if(false, target)?,
            Op::JumpIfTrue(target) => self.jump_if(true, target)?,
            Op::Join => self.stop = Some(Stop::Join),
            Op::WhileHead(_) => {}
            Op::BuildList(count) => {
                let items = self.pop_many(count as usize);
                let list = self.new_list(items);
                self.push(list);
            }
            Op::BuildTuple(count) => {
                let items = self.pop_many(count as usize);
                let tuple = self.new_tuple(items);
                self.push(tuple);
            }
            Op::BuildSet(count) => {
                let items = self.pop_many(count as usize);
                let mut set = Dict::new();
                for item in items {
                    set.insert(self.key(&item)?, item, Value::None);
                }
                let set = self.new_set(set);
                self.push(set);
            }
            Op::BuildDict(count) => {
                let items = self.pop_many(2 * count as usize);
                let mut dict = Dict::new();
                for pair in items.chunks_exact(2) {
                    dict.insert(self.key(&pair[0])?, pair[0].clone(), pair[1].clone());
                }
                let dict = self.new_dict(dict);
                self.push(dict);
            }
            Op::BuildSlice(count) => {
                let step = if count == 3 { self.pop() } else { Value::None };
                let (stop, start) = (self.pop(), self.pop());
                let slice = self.new_object(classes::SLICE, Kind::Slice(Box::new([start, stop, step])));
                self.push(slice);
            }
            Op::BuildString(count) => {
                let parts = self.pop_many(count as usize);
                let text = self.concatenate(&parts)?;
                self.push(text);
            }
            Op::ListAppend(depth) => {
                let value = self.pop();
                let list = self.below(depth);
                match grown::grown(self, &list) {
                    Some(seq) => {
                        grown::push(self, &list, seq, &[value])?;
                    }
                    None => {
                        if let Some(items) = self.as_list_mut(&list) {
                            items.push(value);
                        }
                    }
                }
            }
            Op::SetAdd(depth) => {
                let value = self.pop();
                let key = self.key(&value)?;
                let set = self.below(depth);
                if let Some(set) = self.as_set_mut(&set) {
                    set.insert(key, value, Value::None);
                }
            }
            Op::DictAdd(depth) => {
                let (value, shown) = (self.pop(), self.pop());
                let key = self.key(&shown)?;
                let dict = self.below(depth);
                if let Some(dict) = self.as_dict_mut(&dict) {
                    dict.insert(key, shown, value);
                }
            }
            Op::ListExtend => self.list_extend()?,
            Op::SetUpdate => self.set_update()?,
            Op::DictUpdate => self.dict_update(false)?,
            Op::DictMerge => self.dict_update(true)?,
            Op::ListToTuple => {
                let list = self.pop();
                let tuple = match self.kind(&list) {
                    Some(Kind::Seq(seq)) => {
                        let same = Kind::Seq(*seq);
                        self.new_object(classes::TUPLE, same)
                    }
                    _ => {
                        let items = self.as_list(&list).cloned().unwrap_or_default();
                        self.new_tuple(items)
                    }
                };
                self.push(tuple);
            }
            Op::GetIter => {
                let iterable = self.pop();
                self.get_iter(iterable, Then::Push)?;
            }
            Op::ForIter(exit) => self.for_iter(exit)?,
            Op::Unpack(count) => self.unpack(count as usize, None)?,
            Op::UnpackEx(before, after) => self.unpack(before as usize, Some(after as usize))?,
            Op::Call(count) => self.call_plain(count as usize)?,
            Op::CallMethod(count) => self.call_method(count as usize)?,
            Op::CallKw(count, names) => {
                let args = self.pop_many(count as usize);
                let function = self.pop();
                self.call_kw(function, Value::Unbound, args, names)?;
            }
            Op::CallMethodKw(count, names) => {
                let args = self.pop_many(count as usize);
                let receiver = self.pop();
                let function = self.pop();
                self.call_kw(function, receiver, args, names)?;
            }
            Op::CallEx => self.call_ex()?,
            Op::CallCollected(index) => self.call_collected(index as usize)?,
            Op::MakeFunction(index) => self.make_function(index as usize),
            Op::Return => {
                if self.mode == Mode::Tracing && !self.frame().code.source.is_prelude() {
                    self.state.left_at = self.current_loc();
                }
                let value = self.pop();
                self.return_value(value)?;
            }
            Op::Yield => self.yield_value()?,
            Op::YieldFrom => self.yield_from()?,
            Op::BuildClass(index) => self.build_class(index as usize)?,
            Op::Raise(count) => return Err(self.raise_statement(count)),
            Op::Reraise => {
                let exception = self.pop();
                return Err(Unwind::Exception(exception));
            }
            Op::PushHandled => {
                let frame = self.frame();
                let exception = frame.stack.last().cloned().expect("a handler begins with the exception");
                frame.handled.push(exception);
            }
            Op::PopHandled => {
                self.frame().handled.pop();
            }
            Op::MatchException => self.match_exception()?,
            Op::EnterWith => self.enter_with()?,
            Op::ExitWith => {
                let exit = self.pop();
                self.call(exit, vec![Value::None; 3], Vec::new(), Then::Push)?;
            }
            Op::ExitWithException => {
                let stack = &self.frame().stack;
                let (exit, exception) = (stack[stack.len() - 2].clone(), stack[stack.len() - 1].clone());
                let class = Value::Obj(self.class_of(&exception));
                self.call(exit, vec![class, exception, Value::None], Vec::new(), Then::Push)?;
            }
            Op::Import(index) => self.import(index as usize)?,
            Op::ImportFrom(name) => {
                let name = self.name(name);
                let module = self.frame().stack.last().cloned().expect("the module is on the stack");
                self.import_from(&module, name)?;
            }
            Op::ImportStar => {
                let module = self.pop();
                self.import_star(&module)?;
            }
            Op::Convert(how) => {
                let value = self.pop();
                self.convert(value, how)?;
            }
            Op::FormatValue => {
                let (spec, value) = (self.pop(), self.pop());
                self.format_value(value, spec)?;
            }
            Op::AssertFail(count) => {
                let args = self.pop_many(count as usize);
                let unwind = self.raise_with(classes::ASSERTION_ERROR, args);
                if let Unwind::Exception(exception) = &unwind {
                    self.note_deliberate(exception);
                }
                return Err(unwind);
            }
            Op::MatchSequence => {
                let value = self.pop();
                let matches = matches!(
                    self.kind(&value),
                    Some(Kind::List(_) | Kind::Tuple(_) | Kind::Seq(_) | Kind::Range(_))
                );
                self.push(Value::Bool(matches));
            }
            Op::MatchMapping => {
                let value = self.pop();
                let matches = matches!(self.kind(&value), Some(Kind::Dict(_)));
                self.push(Value::Bool(matches));
            }
            Op::MatchLength(length, at_least) => {
                let value = self.pop();
                if let Some(&Kind::Seq(list)) = self.kind(&value) {
                    let (count, wanted) = (self.sequence_len(list), Term::int(length.into()));
                    let condition =
                        if at_least { count.less(wanted).negated() } else { count.equals(wanted) };
                    let matches = self.decide(SymBool::Term(condition))?;
                    self.push(Value::Bool(matches));
                    return Ok(());
                }
                let count = match self.kind(&value) {
                    Some(Kind::List(items)) => items.len(),
                    Some(Kind::Tuple(items)) => items.len(),
                    _ => self.items(&value)?.map_or(0, |items| items.len()),
                };
                let matches = count == length as usize || at_least && count > length as usize;
                self.push(Value::Bool(matches));
            }
            Op::MatchClass(count, names) => self.match_class(count as usize, names as usize)?,
            Op::Annotate(name, text) => {
                let code = self.frame().code.clone();
                let namespace = self.namespace();
                let known = self.obj(namespace).attr(Name::ANNOTATIONS).cloned();
                let annotations = match known {
                    Some(annotations) => annotations,
                    None => {
                        let dict = self.new_dict(Dict::new());
                        self.obj_mut(namespace).set_attr(Name::ANNOTATIONS, dict.clone());
                        dict
                    }
                };
                let (name, text) =
                    (code.constants[name as usize].clone(), code.constants[text as usize].clone());
                let key = self.key(&name)?;
                if let Some(dict) = self.as_dict_mut(&annotations) {
                    dict.insert(key, name, text);
                }
            }
            Op::Unsupported(index) => {
                let (what, help) = self.frame().code.messages[index as usize].clone();
                return Err(self.unsupported(what, help));
            }
        }
        Ok(())
    }

    /// The value this deep below the top.
    fn below(&mut self, depth: u32) -> Value {
        let stack = &self.frame().stack;
        stack[stack.len() - 1 - depth as usize].clone()
    }

    fn jump_if(&mut self, when: bool, target: Pc) -> Result<(), Unwind> {
        let value = self.pop();
        match self.plain_truth(&value)? {
            Some(truth) => {
                if truth == when {
                    self.frame().pc = target;
                }
                Ok(())
            }
            None => {
                // The method's result takes the value's place and the instruction is run again.
                self.frame().pc -= 1;
                self.call_truth(value, Then::Push)
            }
        }
    }

    /// Calls the method that tells a value's truth.
    pub(super) fn call_truth(&mut self, value: Value, then: Then) -> Result<(), Unwind> {
        let class = self.class_of(&value);
        for name in [Name::BOOL, Name::LEN] {
            if let Some(method) = self.lookup(class, name) {
                return self.call_bound(method, value, Vec::new(), then);
            }
        }
        self.deliver(then, Value::Bool(true))
    }

    /// Pushes a value's truth, or the opposite.
    pub(super) fn push_truth(&mut self, value: Value, negate: bool) -> Result<(), Unwind> {
        if let Value::Sym(Symbolic::Bool(condition)) = self.scalar(&value) {
            let condition = *condition;
            let condition = if negate { self.negated(condition)? } else { condition };
            self.push(Value::Sym(Symbolic::Bool(condition)));
            return Ok(());
        }
        match self.plain_truth(&value)? {
            Some(truth) => {
                self.push(Value::Bool(truth != negate));
                Ok(())
            }
            None => self.call_truth(value, Then::Truth { negate }),
        }
    }

    pub(super) fn negated(&mut self, condition: SymBool) -> Result<SymBool, Unwind> {
        match condition {
            SymBool::Term(term) => Ok(SymBool::Term(term.negated())),
            SymBool::Value(value) => Ok(SymBool::Value(self.emit1("not", &[value], Default::default())?)),
        }
    }

    fn make_function(&mut self, index: usize) {
        let code = self.frame().code.clone();
        let template = &code.functions[index];
        let kw_values = self.pop_many(template.kw_defaults.len());
        let defaults = self.pop_many(template.defaults as usize);
        let closure = template.captures.iter().map(|&slot| self.cell(slot)).collect();
        let globals = self.frame().globals;
        let function = Function {
            code: template.code.clone(),
            globals,
            defaults,
            kw_defaults: template.kw_defaults.iter().copied().zip(kw_values).collect(),
            closure,
        };
        let mut object = Object::new(classes::FUNCTION, Kind::Function(Arc::new(function)));
        if !template.annotations.is_empty() {
            let mut dict = Dict::new();
            for (name, text) in &template.annotations {
                dict.insert_str(name.as_str(), Value::Str(text.clone()));
            }
            let annotations = self.new_dict(dict);
            object.set_attr(Name::ANNOTATIONS, annotations);
        }
        let id = self.state.heap.alloc(object);
        self.push(Value::Obj(id));
    }
}

impl Op {
    /// Whether the instruction may have to ask for the value of something symbolic, upon which it is repeated.
    fn may_decide(self) -> bool {
        !matches!(
            self,
            Op::Const(_)
                | Op::LoadFast(_)
                | Op::StoreFast(_)
                | Op::LoadCell(_)
                | Op::StoreCell(_)
                | Op::LoadGlobal(_)
                | Op::StoreGlobal(_)
                | Op::LoadName(_)
                | Op::StoreName(_)
                | Op::Pop
                | Op::Dup
                | Op::Dup2
                | Op::Swap
                | Op::Rot3
                | Op::Jump(_)
                | Op::JumpBack(_)
                | Op::Join
                | Op::BuildTuple(_)
                | Op::BuildList(_)
                | Op::MakeFunction(_)
        )
    }
}

/// A unary operator's method.
pub(super) fn unary_name(op: UnaryOp) -> Name {
    match op {
        UnaryOp::Neg => Name::NEG,
        UnaryOp::Pos => Name::POS,
        UnaryOp::Invert => Name::INVERT,
    }
}
