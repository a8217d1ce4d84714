//! Iteration: iterators, `for`, unpacking, generators.

use super::Vm;
use super::frame::Then;
use super::items::range_length;
use crate::python::builtins::grown;
use crate::python::classes;
use crate::python::code::{BinaryOp, CompareOp, Pc};
use crate::python::dict::Dict;
use crate::python::names::Name;
use crate::python::native::Unwind;
use crate::python::object::{DictPart, Iter, Kind, SeqObject};
use crate::python::sym::{Part, SymBool, Template};
use crate::python::value::{ObjId, Value};
use braid_ir::Term;

/// What one step of an iterator gave.
pub enum Next {
    /// An element.
    Value(Value),
    /// The end.
    Done,
    /// Only Python code, or the tracer, can tell.
    Unknown,
}

impl Vm {
    /// The native iterator over a built-in container; `None` if it has none.
    pub fn native_iter(&mut self, value: &Value) -> Option<Value> {
        let class = self.class_of(value);
        if class.0 as usize >= classes::ROWS.len()
            && let Some(method) = self.lookup(class, Name::ITER)
            && !matches!(method, Value::Native(_))
        {
            return None;
        }
        self.plain_iter(value).ok().flatten()
    }

    fn plain_iter(&mut self, value: &Value) -> Result<Option<Value>, Unwind> {
        if let Some(text) = self.as_str(value).cloned() {
            let chars: Vec<Value> = text.chars().map(|c| Value::str(c.encode_utf8(&mut [0; 4]))).collect();
            return Ok(Some(self.new_iter(Iter::Items(chars.into(), 0))));
        }
        let Some(id) = value.as_obj() else { return Ok(None) };
        let iter = match &self.obj(id).kind {
            Kind::List(_) => Iter::List(id, 0),
            Kind::Seq(list) => Iter::Seq(*list, Value::Int(0)),
            Kind::Tuple(items) => Iter::Items(items.clone(), 0),
            Kind::Dict(table) => Iter::Dict(id, DictPart::Keys, 0, table.len()),
            Kind::Set(table) => Iter::Dict(id, DictPart::Keys, 0, table.len()),
            Kind::DictView(owner, DictPart::Attributes) => {
                let names: Vec<Value> = self.obj(*owner).attrs().map(|(name, _)| Value::name(name)).collect();
                Iter::Items(names.into(), 0)
            }
            Kind::DictView(dict, part) => {
                let (dict, part) = (*dict, *part);
                Iter::Dict(dict, part, 0, self.as_dict(&Value::Obj(dict)).map_or(0, |dict| dict.len()))
            }
            Kind::Bytes(bytes) => {
                let items: Vec<Value> = bytes.iter().map(|&byte| Value::Int(i64::from(byte))).collect();
                Iter::Items(items.into(), 0)
            }
            Kind::Range(range) => {
                let range = range.clone();
                match (self.scalar(&range.start), self.scalar(&range.stop), self.scalar(&range.step)) {
                    (&Value::Int(start), &Value::Int(stop), &Value::Int(step)) => {
                        Iter::Range { next: start, left: range_length(start, stop, step), step }
                    }
                    _ => Iter::SymRange { next: range.start, stop: range.stop, step: range.step },
                }
            }
            Kind::Iter(_) | Kind::Generator(_) => return Ok(Some(value.clone())),
            _ => return Ok(None),
        };
        Ok(Some(self.new_iter(iter)))
    }

    /// `iter(value)`: delivers an iterator or pushes the frame of `__iter__`.
    pub(super) fn get_iter(&mut self, iterable: Value, then: Then) -> Result<(), Unwind> {
        let class = self.class_of(&iterable);
        if class.0 as usize >= classes::ROWS.len()
            && let Some(method) = self.lookup(class, Name::ITER)
            && !matches!(method, Value::Native(_))
        {
            return self.call_bound(method, iterable, Vec::new(), then);
        }
        if let Some(iter) = self.plain_iter(&iterable)? {
            return self.deliver(then, iter);
        }
        if let Some(method) = self.lookup(class, Name::ITER) {
            return self.call_bound(method, iterable, Vec::new(), then);
        }
        if self.lookup(class, Name::GETITEM).is_some() {
            let function = self.prelude_function("_iterate_items")?;
            return self.call(function, vec![iterable], Vec::new(), then);
        }
        if self.lookup(class, Name::NEXT).is_some() {
            return self.deliver(then, iterable);
        }
        Err(self.not_iterable(&iterable))
    }

    pub(super) fn not_iterable(&mut self, value: &Value) -> Unwind {
        if let Value::Obj(id) = value
            && let Some(error) = self.missing_module_used(*id)
        {
            return error;
        }
        self.type_error(format!("'{}' object is not iterable", self.type_name(value)))
    }

    /// One step of a native iterator.
    ///
    /// # Errors
    /// `RuntimeError` if a dict changed meanwhile; what indexing raises.
    pub fn iter_next(&mut self, id: ObjId) -> Result<Next, Unwind> {
        let Kind::Iter(iter) = &self.obj(id).kind else { return Ok(Next::Unknown) };
        let iter = iter.clone();
        let (next, value) = match iter {
            Iter::List(list, at) => {
                match self.as_list(&Value::Obj(list)).and_then(|items| items.get(at)).cloned() {
                    Some(value) => (Iter::List(list, at + 1), value),
                    None => return Ok(self.iter_done(id)),
                }
            }
            Iter::Items(items, at) => match items.get(at).cloned() {
                Some(value) => (Iter::Items(items, at + 1), value),
                None => return Ok(self.iter_done(id)),
            },
            Iter::Backward(list, left) => {
                let value = left.checked_sub(1).and_then(|at| match &self.obj(list).kind {
                    Kind::List(items) => items.get(at).cloned(),
                    Kind::Tuple(items) => items.get(at).cloned(),
                    _ => None,
                });
                match value {
                    Some(value) => (Iter::Backward(list, left - 1), value),
                    None => return Ok(self.iter_done(id)),
                }
            }
            Iter::Range { next, left, step } => {
                if left <= 0 {
                    return Ok(self.iter_done(id));
                }
                (Iter::Range { next: next.wrapping_add(step), left: left - 1, step }, Value::Int(next))
            }
            Iter::SymRange { next, stop, step } => {
                let upward = self.compare_plain(CompareOp::Gt, &step, &Value::Int(0))?;
                let op = if self.truth(&upward)? { CompareOp::Lt } else { CompareOp::Gt };
                let inside = self.compare_plain(op, &next, &stop)?;
                if !self.truth(&inside)? {
                    return Ok(self.iter_done(id));
                }
                let following = self.binary_plain(BinaryOp::Add, &next, &step)?.unwrap_or(Value::None);
                (Iter::SymRange { next: following, stop, step }, next)
            }
            Iter::Rows { tensor, next } => {
                let Some(count) = crate::python::torch::row_count(self, &tensor)? else {
                    return Ok(self.iter_done(id));
                };
                let inside = self.compare_plain(CompareOp::Lt, &next, &count)?;
                if !self.truth(&inside)? {
                    return Ok(self.iter_done(id));
                }
                let at = self.as_term(&next).expect("positions are integers");
                let row = crate::python::torch::row_of(self, &tensor, at)?;
                let following =
                    self.binary_plain(BinaryOp::Add, &next, &Value::Int(1))?.unwrap_or(Value::None);
                (Iter::Rows { tensor, next: following }, row)
            }
            Iter::Dict(dict, part, at, size) => {
                let table = match &self.obj(dict).kind {
                    Kind::Dict(table) | Kind::Set(table) => table,
                    _ => return Ok(self.iter_done(id)),
                };
                if table.len() != size {
                    let what = if matches!(self.obj(dict).kind, Kind::Set(_)) { "Set" } else { "dictionary" };
                    return Err(self.runtime_error(format!("{what} changed size during iteration")));
                }
                let Some((key, value)) = table.at(at) else { return Ok(self.iter_done(id)) };
                let (key, value) = (key.clone(), value.clone());
                let value = match part {
                    DictPart::Keys | DictPart::Attributes => key,
                    DictPart::Values => value,
                    DictPart::Items => self.new_tuple(vec![key, value]),
                };
                (Iter::Dict(dict, part, at + 1, size), value)
            }
            Iter::Zip(parts, strict) => {
                let mut values = Vec::with_capacity(parts.len());
                let mut before = Vec::new();
                parts.iter().for_each(|&part| self.positions(part, &mut before));
                for (at, &part) in parts.iter().enumerate() {
                    let next = self.iter_next(part);
                    if let Err(Unwind::Decide(_) | Unwind::Concretise(..)) = next {
                        // The step is repeated once the answer is known: no part may be ahead of the others then.
                        before
                            .into_iter()
                            .for_each(|(part, iter)| self.obj_mut(part).kind = Kind::Iter(iter));
                        return next;
                    }
                    match next? {
                        Next::Value(value) => values.push(value),
                        Next::Unknown => return Ok(Next::Unknown),
                        Next::Done => {
                            if strict && at > 0 {
                                return Err(self.value_error(format!(
                                    "zip() argument {} is shorter than argument 1",
                                    at + 1
                                )));
                            }
                            if strict {
                                for (at, &other) in parts.iter().enumerate().skip(1) {
                                    if let Next::Value(_) = self.iter_next(other)? {
                                        return Err(self.value_error(format!(
                                            "zip() argument {} is longer than argument 1",
                                            at + 1
                                        )));
                                    }
                                }
                            }
                            return Ok(self.iter_done(id));
                        }
                    }
                }
                if values.is_empty() {
                    return Ok(self.iter_done(id));
                }
                let value = self.new_tuple(values);
                return Ok(Next::Value(value));
            }
            Iter::Enumerate(inner, count) => match self.iter_next(inner)? {
                Next::Value(value) => {
                    let following =
                        self.binary_plain(BinaryOp::Add, &count, &Value::Int(1))?.unwrap_or(Value::None);
                    let pair = self.new_tuple(vec![count, value]);
                    (Iter::Enumerate(inner, following), pair)
                }
                Next::Done => return Ok(self.iter_done(id)),
                Next::Unknown => return Ok(Next::Unknown),
            },
            Iter::Chain(parts, at) => {
                let mut at = at;
                loop {
                    let Some(&part) = parts.get(at) else { return Ok(self.iter_done(id)) };
                    match self.iter_next(part)? {
                        Next::Value(value) => break (Iter::Chain(parts, at), value),
                        Next::Done => at += 1,
                        Next::Unknown => return Ok(Next::Unknown),
                    }
                }
            }
            Iter::Count(next, step) => {
                let following = self.binary_plain(BinaryOp::Add, &next, &step)?;
                (Iter::Count(following.unwrap_or(Value::None), step), next)
            }
            Iter::Repeat(value, left) => match left {
                Some(left) if left <= 0 => return Ok(self.iter_done(id)),
                left => (Iter::Repeat(value.clone(), left.map(|left| left - 1)), value),
            },
            Iter::Seq(list, next) => {
                let length = self.sequence_len(list);
                let length = self.new_int(length);
                let inside = self.compare_plain(CompareOp::Lt, &next, &length)?;
                if !self.truth(&inside)? {
                    return Ok(self.iter_done(id));
                }
                let index = self.as_term(&next).expect("positions are integers");
                let element = self.sequence_get(list, index)?;
                let following =
                    self.binary_plain(BinaryOp::Add, &next, &Value::Int(1))?.unwrap_or(Value::None);
                (Iter::Seq(list, following), element)
            }
            Iter::Sequence(..) => return Ok(Next::Unknown),
            Iter::Done => return Ok(Next::Done),
        };
        self.obj_mut(id).kind = Kind::Iter(next);
        Ok(Next::Value(value))
    }

    /// Where a native iterator, and those that it draws from, stand.
    fn positions(&self, id: ObjId, found: &mut Vec<(ObjId, Iter)>) {
        let Kind::Iter(iter) = &self.obj(id).kind else { return };
        match iter {
            Iter::Zip(parts, _) | Iter::Chain(parts, _) => {
                parts.iter().for_each(|&part| self.positions(part, found))
            }
            Iter::Enumerate(inner, _) => self.positions(*inner, found),
            _ => {}
        }
        found.push((id, iter.clone()));
    }

    fn iter_done(&mut self, id: ObjId) -> Next {
        self.obj_mut(id).kind = Kind::Iter(Iter::Done);
        Next::Done
    }

    /// `ForIter`
    pub(super) fn for_iter(&mut self, exit: Pc) -> Result<(), Unwind> {
        let iterator = self.frame().stack.last().cloned().expect("the iterator is on the stack");
        if let Value::Obj(id) = iterator {
            match &self.obj(id).kind {
                Kind::Iter(_) => match self.iter_next(id)? {
                    Next::Value(value) => {
                        self.push(value);
                        return Ok(());
                    }
                    Next::Done => {
                        self.pop();
                        self.frame().pc = exit;
                        return Ok(());
                    }
                    Next::Unknown => {}
                },
                Kind::Generator(_) => return self.resume(id, Value::None, Then::ForIter(exit)),
                _ => {}
            }
        }
        let class = self.class_of(&iterator);
        let Some(method) = self.lookup(class, Name::NEXT) else { return Err(self.not_iterable(&iterator)) };
        match self.call_bound(method, iterator, Vec::new(), Then::ForIter(exit)) {
            Err(Unwind::Exception(exception)) if self.is_instance(&exception, classes::STOP_ITERATION) => {
                self.exhausted(Then::ForIter(exit), Value::None)
            }
            result => result,
        }
    }

    /// An iterator that someone waits for has ended with this value.
    pub(super) fn exhausted(&mut self, then: Then, value: Value) -> Result<(), Unwind> {
        match then {
            Then::ForIter(exit) => {
                self.pop();
                self.frame().pc = exit;
                Ok(())
            }
            Then::YieldFrom => {
                self.pop();
                self.push(value);
                Ok(())
            }
            _ => Err(self.stop_iteration(value)),
        }
    }

    /// Goes on with a generator; `sent` is what its `yield` gives.
    pub(super) fn resume(&mut self, id: ObjId, sent: Value, then: Then) -> Result<(), Unwind> {
        if self.state.frames.len() >= self.limits.frames_max {
            return Err(self.raise(classes::RECURSION_ERROR, "maximum recursion depth exceeded"));
        }
        let Kind::Generator(generator) = &mut self.obj_mut(id).kind else {
            unreachable!("the caller has looked")
        };
        if generator.running {
            return Err(self.value_error("generator already executing"));
        }
        let Some(mut frame) = generator.frame.take() else { return self.exhausted(then, Value::None) };
        generator.running = true;
        if generator.started {
            frame.stack.push(sent);
        }
        generator.started = true;
        frame.then = then;
        frame.generator = Some(id);
        self.state.frames.push(frame);
        Ok(())
    }

    /// Raises an exception where a generator is suspended.
    pub(super) fn throw_into(&mut self, id: ObjId, exception: Value, then: Then) -> Result<(), Unwind> {
        let Kind::Generator(generator) = &mut self.obj_mut(id).kind else {
            unreachable!("the caller has looked")
        };
        if generator.running {
            return Err(self.value_error("generator already executing"));
        }
        let started = generator.started;
        let Some(mut frame) = generator.frame.take().filter(|_| started) else {
            return Err(Unwind::Exception(exception));
        };
        generator.running = true;
        frame.then = then;
        frame.generator = Some(id);
        let waits_for = match frame.code.ops.get(frame.pc as usize) {
            Some(crate::python::code::Op::YieldFrom) => frame.stack.last().and_then(Value::as_obj),
            _ => None,
        };
        self.state.frames.push(frame);
        match waits_for {
            Some(delegate) if matches!(self.obj(delegate).kind, Kind::Generator(_)) => {
                self.throw_into(delegate, exception, Then::YieldFrom)
            }
            _ => Err(Unwind::Exception(exception)),
        }
    }

    /// `Yield`
    pub(super) fn yield_value(&mut self) -> Result<(), Unwind> {
        let value = self.pop();
        self.suspend(value)
    }

    /// Suspends the running generator and gives a value to whoever waits for it.
    pub(super) fn suspend(&mut self, value: Value) -> Result<(), Unwind> {
        let mut frame = self.state.frames.pop().expect("a yield is in a frame");
        let id = frame.generator.expect("only a generator yields");
        let then = std::mem::replace(&mut frame.then, Then::Push);
        if let Kind::Generator(generator) = &mut self.obj_mut(id).kind {
            generator.frame = Some(frame);
            generator.running = false;
        }
        self.stop = Some(super::Stop::Join);
        self.deliver(then, value)
    }

    /// `YieldFrom`: takes the next element of the delegate.
    pub(super) fn yield_from(&mut self) -> Result<(), Unwind> {
        let sent = self.pop();
        let iterator = self.frame().stack.last().cloned().expect("the delegate is on the stack");
        if let Value::Obj(id) = iterator {
            match &self.obj(id).kind {
                Kind::Generator(_) => return self.resume(id, sent, Then::YieldFrom),
                Kind::Iter(_) => match self.iter_next(id)? {
                    Next::Value(value) => return self.deliver(Then::YieldFrom, value),
                    Next::Done => return self.exhausted(Then::YieldFrom, Value::None),
                    Next::Unknown => {}
                },
                _ => {}
            }
        }
        let class = self.class_of(&iterator);
        let Some(method) = self.lookup(class, Name::NEXT) else { return Err(self.not_iterable(&iterator)) };
        self.call_bound(method, iterator, Vec::new(), Then::YieldFrom)
    }

    /// The elements of an iterable that needs no Python code to run through; `None` otherwise.
    ///
    /// # Errors
    /// `TypeError` if it is no iterable.
    pub fn items(&mut self, value: &Value) -> Result<Option<Vec<Value>>, Unwind> {
        let class = self.class_of(value);
        if class.0 as usize >= classes::ROWS.len()
            && let Some(method) = self.lookup(class, Name::ITER)
            && !matches!(method, Value::Native(_))
        {
            return Ok(None);
        }
        // While tracing, a native may be repeated after it took the elements: an iterator is run into a list first.
        let one_shot = self.mode == super::Mode::Tracing && matches!(self.kind(value), Some(Kind::Iter(_)));
        if !one_shot && let Some(items) = self.items_if_plain(value)? {
            return Ok(Some(items));
        }
        let runs = matches!(self.kind(value), Some(Kind::Generator(_) | Kind::Iter(_)))
            || [Name::ITER, Name::GETITEM, Name::NEXT]
                .into_iter()
                .any(|name| self.lookup(class, name).is_some());
        if runs { Ok(None) } else { Err(self.not_iterable(value)) }
    }

    /// The same without an error for what is no iterable.
    pub(super) fn items_if_plain(&mut self, value: &Value) -> Result<Option<Vec<Value>>, Unwind> {
        match self.kind(value) {
            Some(Kind::List(items)) => return Ok(Some(items.clone())),
            Some(Kind::Tuple(items)) => return Ok(Some(items.to_vec())),
            Some(Kind::Set(set)) => return Ok(Some(set.keys().cloned().collect())),
            Some(Kind::Dict(dict)) => return Ok(Some(dict.keys().cloned().collect())),
            Some(Kind::Iter(Iter::Count(..) | Iter::Repeat(_, None))) => {
                return Err(
                    self.unsupported("this iterator never ends", "stop it with a loop and break, or islice")
                );
            }
            Some(Kind::Range(range)) => {
                let range = range.clone();
                let (start, stop, step) = self.range_bounds(&range)?;
                self.reserve(range_length(start, stop, step) as usize)?;
                return Ok(Some(
                    (0..range_length(start, stop, step)).map(|at| Value::Int(start + at * step)).collect(),
                ));
            }
            _ => {}
        }
        if self.settle(value)? {
            return self.items_if_plain(value);
        }
        let Some(Value::Obj(id)) = self.plain_iter(value)? else { return Ok(None) };
        if matches!(
            self.kind(value),
            Some(Kind::Seq(_) | Kind::Iter(Iter::Seq(..) | Iter::SymRange { .. } | Iter::Rows { .. }))
        ) {
            return Err(self.unsupported(
                "the elements of a list whose length is known only at run time are needed one by one",
                "use a loop over the list, torch.stack or torch.cat",
            ));
        }
        if !matches!(self.obj(id).kind, Kind::Iter(_)) {
            return Ok(None);
        }
        let mut items = Vec::new();
        loop {
            match self.iter_next(id)? {
                Next::Value(value) => {
                    items.push(value);
                    self.reserve(items.len())?;
                }
                Next::Done => return Ok(Some(items)),
                Next::Unknown => return Ok(None),
            }
        }
    }

    /// `Unpack` and `UnpackEx`: elements onto the stack, the first on top.
    pub(super) fn unpack(&mut self, before: usize, after: Option<usize>) -> Result<(), Unwind> {
        let value = self.pop();
        if let Some(list) = grown::grown(self, &value) {
            self.check_unpacked(list, before, after)?;
            if let Some(after) = after
                && !self.settle(&value)?
            {
                return self.unpack_grown(list, before, after);
            }
        }
        let Some(mut items) = self.items(&value)? else {
            // Run the iterable into a list, which takes its place, and repeat.
            self.frame().pc -= 1;
            let collect = self.prelude_function("_collect")?;
            return self.call(collect, vec![value], Vec::new(), Then::Push);
        };
        match after {
            None if items.len() == before => {}
            None if items.len() > before => {
                return Err(self.value_error(format!("too many values to unpack (expected {before})")));
            }
            None => {
                return Err(self.value_error(format!(
                    "not enough values to unpack (expected {before}, got {})",
                    items.len()
                )));
            }
            Some(after) => {
                if items.len() < before + after {
                    return Err(self.value_error(format!(
                        "not enough values to unpack (expected at least {}, got {})",
                        before + after,
                        items.len()
                    )));
                }
                let tail = items.split_off(items.len() - after);
                let middle = items.split_off(before);
                let middle = self.new_list(middle);
                items.push(middle);
                items.extend(tail);
            }
        }
        items.reverse();
        self.frame().stack.extend(items);
        Ok(())
    }

    /// Whether a list in the net has as many elements as are unpacked; asks which if only the program knows.
    fn check_unpacked(&mut self, list: SeqObject, before: usize, after: Option<usize>) -> Result<(), Unwind> {
        let length = self.sequence_len(list);
        let wanted = Term::from(before + after.unwrap_or(0));
        if after.is_none() && self.decide(SymBool::Term(length.equals(wanted)))? {
            return Ok(());
        }
        let least = if after.is_some() { "at least " } else { "" };
        if !self.decide(SymBool::Term(length.less(wanted)))? {
            return match after {
                Some(_) => Ok(()),
                None => Err(self.value_error(format!("too many values to unpack (expected {before})"))),
            };
        }
        let mut text = Template::default();
        text.push_str(&format!(
            "not enough values to unpack (expected {least}{}, got ",
            before + after.unwrap_or(0)
        ));
        match length.as_int() {
            Some(length) => text.push_str(&length.to_string()),
            None => text.parts.push(Part::Int(length, String::new())),
        }
        text.push_str(")");
        let text = self.new_text(text);
        Err(self.raise_with(classes::VALUE_ERROR, vec![text]))
    }

    /// Takes the first and the last elements off a list in the net that has so many; between them goes what is left.
    fn unpack_grown(&mut self, list: SeqObject, before: usize, after: usize) -> Result<(), Unwind> {
        let rest = self.new_object(classes::LIST, Kind::Seq(list));
        let mut taken = Vec::with_capacity(before + after);
        for at in std::iter::repeat_n(0, before).chain(std::iter::repeat_n(-1, after)) {
            if let Some(list) = grown::grown(self, &rest) {
                taken.push(grown::take(self, &rest, list, Term::int(at))?);
            }
        }
        let first = taken.drain(..before).rev().collect::<Vec<_>>();
        self.frame().stack.extend(taken);
        self.push(rest);
        self.frame().stack.extend(first);
        Ok(())
    }

    /// `ListExtend`
    pub(super) fn list_extend(&mut self) -> Result<(), Unwind> {
        let iterable = self.pop();
        if !self.settle(&iterable)? && grown::grown(self, &iterable).is_some() {
            let (list, joined) = (self.pop(), self.prelude_function("_joined")?);
            return self.call(joined, vec![list, iterable], Vec::new(), Then::Push);
        }
        let Some(items) = self.items(&iterable)? else {
            self.frame().pc -= 1;
            let collect = self.prelude_function("_collect")?;
            return self.call(collect, vec![iterable], Vec::new(), Then::Push);
        };
        let list = self.frame().stack.last().cloned().expect("the list is on the stack");
        if let Some(seq) = grown::grown(self, &list) {
            grown::push(self, &list, seq, &items)?;
        } else if let Some(list) = self.as_list_mut(&list) {
            list.extend(items);
        }
        Ok(())
    }

    /// `SetUpdate`
    pub(super) fn set_update(&mut self) -> Result<(), Unwind> {
        let iterable = self.pop();
        let Some(items) = self.items(&iterable)? else {
            self.frame().pc -= 1;
            let collect = self.prelude_function("_collect")?;
            return self.call(collect, vec![iterable], Vec::new(), Then::Push);
        };
        let set = self.frame().stack.last().cloned().expect("the set is on the stack");
        for item in items {
            let key = self.key(&item)?;
            if let Some(set) = self.as_set_mut(&set) {
                set.insert(key, item, Value::None);
            }
        }
        Ok(())
    }

    /// `DictUpdate` and `DictMerge`
    pub(super) fn dict_update(&mut self, merge: bool) -> Result<(), Unwind> {
        let mapping = self.pop();
        let entries = match self.attributes_of(&mapping) {
            Some(id) => {
                let mut table = Dict::new();
                let attrs: Vec<(Name, Value)> =
                    self.obj(id).attrs().map(|(name, value)| (name, value.clone())).collect();
                for (name, value) in attrs {
                    table.insert_str(name.as_str(), value);
                }
                Some(table)
            }
            None => self.as_dict(&mapping).cloned(),
        };
        let Some(entries) = entries else {
            let class = self.class_of(&mapping);
            if self.lookup(class, Name::new("keys")).is_none() {
                let name = self.type_name(&mapping);
                return Err(self.type_error(format!("'{name}' object is not a mapping")));
            }
            self.frame().pc -= 1;
            let collect = self.prelude_function("_collect_mapping")?;
            return self.call(collect, vec![mapping], Vec::new(), Then::Push);
        };
        let dict = self.frame().stack.last().cloned().expect("the dict is on the stack");
        for (key, (shown, value)) in entries.entries {
            if merge && self.as_dict(&dict).is_some_and(|dict| dict.contains(&key)) {
                let name = self.as_str(&shown).map(|name| name.to_string()).unwrap_or_default();
                return Err(self.type_error(format!("got multiple values for keyword argument '{name}'")));
            }
            if let Some(dict) = self.as_dict_mut(&dict) {
                dict.insert(key, shown, value);
            }
        }
        Ok(())
    }
}
