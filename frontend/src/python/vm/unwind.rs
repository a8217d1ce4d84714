//! Exceptions: raising, finding the handler, and what becomes of those that nobody handles.

use super::frame::Then;
use super::{Stop, Vm};
use crate::diagnostic::Diagnostic;
use crate::python::classes;
use crate::python::names::Name;
use crate::python::native::Unwind;
use crate::python::object::Kind;
use crate::python::sym::{Part, Template};
use crate::python::value::Value;
use braid_ir::ValueId;

impl Vm {
    /// `raise`
    pub(super) fn raise_statement(&mut self, count: u32) -> Unwind {
        let cause = if count == 2 { Some(self.pop()) } else { None };
        if count == 0 {
            return match self.handled_exception() {
                Some(exception) => Unwind::Exception(exception),
                None => self.runtime_error("No active exception to reraise"),
            };
        }
        let raised = self.pop();
        let exception = match self.exception_from(raised) {
            Ok(exception) => exception,
            Err(unwind) => return unwind,
        };
        self.note_deliberate(&exception);
        if let Some(cause) = cause {
            let cause = match cause {
                Value::None => None,
                cause => match self.exception_from(cause) {
                    Ok(cause) => Some(cause),
                    Err(unwind) => return unwind,
                },
            };
            if let Some(data) = self.exception_mut(&exception) {
                data.cause = cause;
                data.suppress_context = true;
            }
        }
        Unwind::Exception(exception)
    }

    /// Notes whether the person's own code or the library raises an exception.
    pub(super) fn note_deliberate(&mut self, exception: &Value) {
        let frame = self.state.frames.last();
        let own = frame.is_some_and(|frame| !frame.code.source.is_prelude());
        // A module's own `__getattr__` says, too, that the module has no such name.
        let of_module = frame.is_some_and(|frame| frame.code.qualname.as_str() == Name::GETATTR.as_str());
        let lacking = !own
            && (self.is_instance(exception, classes::NOT_IMPLEMENTED_ERROR)
                || of_module && self.is_instance(exception, classes::ATTRIBUTE_ERROR));
        if let Some(data) = self.exception_mut(exception) {
            data.deliberate = own;
            data.lacking = lacking;
        }
    }

    /// Notes on a new exception that it says what the library lacks.
    pub(super) fn lacking(&mut self, unwind: Unwind) -> Unwind {
        if let Unwind::Exception(exception) = &unwind
            && let Some(data) = self.exception_mut(exception)
        {
            data.lacking = true;
        }
        unwind
    }

    /// Whether the exception says that the library lacks something: an error of the compilation on whatever path it lies.
    pub fn is_lacking(&self, exception: &Value) -> bool {
        matches!(self.kind(exception), Some(Kind::Exception(data)) if data.lacking)
    }

    /// Whether the person's own code raised the exception.
    pub fn is_deliberate(&self, exception: &Value) -> bool {
        matches!(self.kind(exception), Some(Kind::Exception(data)) if data.deliberate)
    }

    /// The exception that `raise value` raises: a class is instantiated.
    fn exception_from(&mut self, value: Value) -> Result<Value, Unwind> {
        match self.as_class(&value) {
            Some(class) if self.is_subclass(class, classes::BASE_EXCEPTION) => {
                self.call_sync(value, Vec::new(), Vec::new())
            }
            None if self.is_instance(&value, classes::BASE_EXCEPTION) => Ok(value),
            _ => Err(self.type_error("exceptions must derive from BaseException")),
        }
    }

    fn exception_mut(&mut self, exception: &Value) -> Option<&mut crate::python::object::ExceptionData> {
        match exception {
            Value::Obj(id) => match &mut self.obj_mut(*id).kind {
                Kind::Exception(data) => Some(data),
                _ => None,
            },
            _ => None,
        }
    }

    /// The exception being handled, if any: of the innermost frame that handles one.
    pub fn handled_exception(&self) -> Option<Value> {
        self.frames.iter().rev().find_map(|frame| frame.handled.last()).cloned()
    }

    /// Finds the handler of an exception; `None` if there is one, else the reason to stop.
    pub(super) fn unwind(&mut self, exception: Value) -> Option<Stop> {
        let mut exception = exception;
        if let Some(context) = self.handled_exception()
            && !context.is_same(&exception)
            && let Some(data) = self.exception_mut(&exception)
            && data.context.is_none()
        {
            data.context = Some(context);
        }
        loop {
            let Some(frame) = self.state.frames.last() else { return Some(Stop::Raised(exception)) };
            let (span, name) = (frame.span(), frame.code.qualname);
            let at = frame.pc.saturating_sub(1);
            let handler =
                frame.code.handlers.iter().find(|handler| handler.start <= at && at < handler.end).copied();
            if let Some(data) = self.exception_mut(&exception) {
                data.trace.push((span, name));
            }
            if let Some(handler) = handler {
                let frame = self.frame();
                let height = frame.code.slots.len() + handler.depth as usize;
                frame.stack.truncate(height);
                frame.handled.truncate(handler.handled as usize);
                frame.stack.push(exception);
                frame.pc = handler.target;
                self.stop = Some(Stop::Join);
                return None;
            }
            let frame = self.state.frames.pop().expect("just looked at");
            if let Some(id) = frame.generator {
                if let Kind::Generator(generator) = &mut self.obj_mut(id).kind {
                    generator.running = false;
                }
                if self.is_instance(&exception, classes::STOP_ITERATION) {
                    // PEP 479: this would end the loop around the generator silently.
                    let Unwind::Exception(error) = self.runtime_error("generator raised StopIteration")
                    else {
                        unreachable!("an exception was just made")
                    };
                    if let Some(data) = self.exception_mut(&error) {
                        data.cause = Some(exception.clone());
                    }
                    exception = error;
                }
            }
            let result = match frame.then {
                Then::Sync => return Some(Stop::Raised(exception)),
                then @ (Then::ForIter(_) | Then::YieldFrom)
                    if self.is_instance(&exception, classes::STOP_ITERATION) =>
                {
                    let value = self.exception_args(&exception).first().cloned().unwrap_or(Value::None);
                    self.exhausted(then, value)
                }
                Then::OrGetattr { object, name, then }
                    if self.is_instance(&exception, classes::ATTRIBUTE_ERROR) =>
                {
                    match self.getattr_hook(&object) {
                        Some(_) => self.fall_back(object, name, *then),
                        None => continue,
                    }
                }
                Then::Module(name) => {
                    self.forget_module(name);
                    continue;
                }
                _ => continue,
            };
            match result {
                Ok(()) => return None,
                Err(Unwind::Exception(next)) => exception = next,
                Err(Unwind::Diagnostic(diagnostic)) => {
                    return Some(Stop::Failed(self.locate(*diagnostic).into()));
                }
                Err(unwind) => return Some(Stop::Failed(unwind)),
            }
        }
    }

    /// An exception's arguments.
    pub fn exception_args(&self, exception: &Value) -> Vec<Value> {
        match self.kind(exception) {
            Some(Kind::Exception(data)) => data.args.clone(),
            _ => Vec::new(),
        }
    }

    /// `MatchException`: whether the exception is one that `except` names.
    pub(super) fn match_exception(&mut self) -> Result<(), Unwind> {
        let class = self.pop();
        let exception = self.frame().stack.last().cloned().expect("the exception is on the stack");
        let matches = self.exception_matches(&exception, &class)?;
        self.push(Value::Bool(matches));
        Ok(())
    }

    fn exception_matches(&mut self, exception: &Value, class: &Value) -> Result<bool, Unwind> {
        if let Some(items) = self.as_tuple(class).cloned() {
            for item in items.iter() {
                if self.exception_matches(exception, item)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        match self.as_class(class) {
            Some(id) if self.is_subclass(id, classes::BASE_EXCEPTION) => Ok(self.is_instance(exception, id)),
            _ => {
                Err(self.type_error("catching classes that do not inherit from BaseException is not allowed"))
            }
        }
    }

    /// `EnterWith`
    pub(super) fn enter_with(&mut self) -> Result<(), Unwind> {
        use crate::python::names::Name;
        let manager = self.pop();
        let class = self.class_of(&manager);
        let (enter, exit) = (self.lookup(class, Name::ENTER), self.lookup(class, Name::EXIT));
        let (Some(enter), Some(exit)) = (enter, exit) else {
            if let Value::Obj(id) = manager
                && let Some(error) = self.missing_module_used(id)
            {
                return Err(error);
            }
            let name = self.type_name(&manager);
            return Err(
                self.type_error(format!("'{name}' object does not support the context manager protocol"))
            );
        };
        let exit = self.new_method(exit, manager.clone());
        self.push(exit);
        self.call_bound(enter, manager, Vec::new(), Then::Push)
    }

    /// The diagnostic for an exception that nobody handled.
    pub fn uncaught(&mut self, exception: &Value) -> Unwind {
        let message = self.exception_text(exception);
        let mut diagnostic = Diagnostic::new(message);
        let trace = match self.kind(exception) {
            Some(Kind::Exception(data)) => data.trace.clone(),
            _ => Vec::new(),
        };
        // The place to show is where the person's own code was left last; the calls that led there are notes.
        let own = trace.iter().position(|(span, _)| !span.file.starts_with("<prelude>"));
        if let Some(at) = own.or(if trace.is_empty() { None } else { Some(0) }) {
            diagnostic.span = Some(trace[at].0.clone());
            if trace[at].1.as_str() != "<module>" {
                diagnostic.notes.push((format!("raised in {}", trace[at].1), None));
            }
            for (span, name) in trace[at + 1..].iter().rev() {
                if !span.file.starts_with("<prelude>") {
                    diagnostic.notes.push((format!("called in {name}"), Some(span.clone())));
                }
            }
        }
        let (cause, context) = match self.kind(exception) {
            Some(Kind::Exception(data)) => {
                (data.cause.clone(), if data.suppress_context { None } else { data.context.clone() })
            }
            _ => (None, None),
        };
        for (origin, how) in [(cause, "caused by"), (context, "while handling")] {
            let Some(origin) = origin else { continue };
            if let Ok(line) = self.exception_line(&origin) {
                let span = match self.kind(&origin) {
                    Some(Kind::Exception(data)) => data.trace.first().map(|(span, _)| span.clone()),
                    _ => None,
                };
                diagnostic.notes.push((format!("{how} {}", plain(&line)), span));
            }
        }
        diagnostic.into()
    }

    /// An exception's type and message as text; what is known only at run time is named as such.
    pub fn exception_text(&mut self, exception: &Value) -> String {
        self.exception_line(exception).map_or_else(|_| String::from("exception"), |line| plain(&line))
    }

    /// `ValueError: message`
    fn exception_line(&mut self, exception: &Value) -> Result<Template, Unwind> {
        let mut line = Template::default();
        line.push_str(self.type_name(exception));
        let message = self.display(exception)?;
        if message.as_text().as_deref() != Some("") {
            line.push_str(": ");
            line.append(&message);
        }
        Ok(line)
    }

    /// The message of a path of the program that ends in an exception, with holes `{0}` for run-time values.
    ///
    /// # Errors
    /// What making the message raises.
    pub fn failure(&mut self, exception: &Value) -> Result<(String, Vec<ValueId>), Unwind> {
        let line = self.exception_line(exception)?;
        let line = self.new_text(line);
        crate::python::builtins::functions::runtime_text(self, &line)
    }
}

/// A template as text for a diagnostic; run-time values are named as such.
fn plain(template: &Template) -> String {
    template
        .parts
        .iter()
        .map(|part| match part {
            Part::Text(text) => text.clone(),
            Part::Int(term, _) => format!("<{term}>"),
            Part::Value(..) => "<run-time value>".to_owned(),
        })
        .collect()
}
