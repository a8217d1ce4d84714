//! Calls: binding arguments, pushing frames, and what becomes of results.

use super::frame::{ClassBody, Frame, Then};
use super::{Mode, Stop, Vm};
use crate::python::builtins::grown;
use crate::python::classes;
use crate::python::code::Code;
use crate::python::dict::{Dict, Key};
use crate::python::names::Name;
use crate::python::native::{Args, Ret, Unwind};
use crate::python::object::{Function, Generator, Kind};
use crate::python::value::{NativeId, ObjId, Value};
use std::sync::Arc;

/// Keyword arguments of a call.
pub type Kwargs = Vec<(Name, Value)>;

/// What PyTorch calls a parameter whose name of NumPy its functions take as well.
fn numpy_name(name: &str) -> Option<&'static str> {
    match name {
        "axis" => Some("dim"),
        "keepdims" => Some("keepdim"),
        _ => None,
    }
}

impl Vm {
    /// Calls anything. Either its result is delivered at once, or a frame is pushed whose result will be.
    pub fn call(
        &mut self,
        function: Value,
        args: Vec<Value>,
        kwargs: Kwargs,
        then: Then,
    ) -> Result<(), Unwind> {
        match &function {
            Value::Native(id) => self.call_native(*id, args, kwargs, then),
            Value::Obj(id) => {
                let id = *id;
                match &self.obj(id).kind {
                    Kind::Function(function) => {
                        let function = function.clone();
                        self.call_function(id, &function, args, kwargs, then)
                    }
                    Kind::Method { function, receiver } => {
                        let (function, receiver) = (function.clone(), receiver.clone());
                        self.call_bound(function, receiver, args, then_with(kwargs, then))
                    }
                    Kind::Class(_) => self.call_class(id, args, kwargs, then),
                    Kind::StaticMethod(inner) => {
                        let inner = inner.clone();
                        self.call(inner, args, kwargs, then)
                    }
                    Kind::Module(_) => {
                        if let Some(stand_in) = self.missing_stand_in(id, "()") {
                            return self.deliver(then, stand_in);
                        }
                        if let Some(error) = self.missing_module_used(id) {
                            return Err(error);
                        }
                        Err(self.not_callable(&function))
                    }
                    _ => {
                        let class = self.obj(id).class;
                        match self.lookup(class, Name::CALL) {
                            Some(method) => self.call_bound(method, function, args, then_with(kwargs, then)),
                            None => Err(self.not_callable(&function)),
                        }
                    }
                }
            }
            _ => Err(self.not_callable(&function)),
        }
    }

    fn not_callable(&mut self, function: &Value) -> Unwind {
        let name = self.type_name(function);
        self.type_error(format!("'{name}' object is not callable"))
    }

    /// Calls a method found in a class, with its receiver.
    pub(super) fn call_bound(
        &mut self,
        method: Value,
        receiver: Value,
        mut args: Vec<Value>,
        then: impl Into<Continuation>,
    ) -> Result<(), Unwind> {
        let Continuation { kwargs, then } = then.into();
        let plain = match self.kind(&method) {
            Some(Kind::Function(_)) | None => true,
            Some(Kind::StaticMethod(_)) => return self.call(method, args, kwargs, then),
            Some(Kind::ClassMethod(inner)) => {
                let inner = inner.clone();
                let class = Value::Obj(self.class_of(&receiver));
                args.insert(0, class);
                return self.call(inner, args, kwargs, then);
            }
            Some(_) => false,
        };
        if plain {
            args.insert(0, receiver);
            return self.call(method, args, kwargs, then);
        }
        // Any other object in a class: a descriptor binds itself, anything else is called as it is.
        let class = self.class_of(&method);
        if self.lookup(class, Name::GET).is_some() {
            let owner = Value::Obj(self.class_of(&receiver));
            let get = self.lookup(class, Name::GET).expect("just found");
            let bound = self.call_sync(get, vec![method, receiver, owner], Vec::new())?;
            return self.call(bound, args, kwargs, then);
        }
        self.call(method, args, kwargs, then)
    }

    /// `Call`: a function and its positional arguments are on the stack.
    pub(super) fn call_plain(&mut self, count: usize) -> Result<(), Unwind> {
        let stack = &self.frame().stack;
        let function = stack[stack.len() - 1 - count].clone();
        if let Some(function) = self.simple_function(&function, count) {
            let args = self.pop_many(count);
            self.pop();
            return self.push_simple(&function, args);
        }
        let args = self.pop_many(count);
        self.pop();
        self.call(function, args, Vec::new(), Then::Push)
    }

    /// `CallMethod`: a function, its receiver (or nothing) and its positional arguments are on the stack.
    pub(super) fn call_method(&mut self, count: usize) -> Result<(), Unwind> {
        let stack = &self.frame().stack;
        let at = stack.len() - 2 - count;
        let has_receiver = !matches!(stack[at + 1], Value::Unbound);
        let function = stack[at].clone();
        let args = self.pop_many(count + usize::from(has_receiver));
        if !has_receiver {
            self.pop();
        }
        self.pop();
        if let Some(function) = self.simple_function(&function, args.len()) {
            return self.push_simple(&function, args);
        }
        self.call(function, args, Vec::new(), Then::Push)
    }

    /// The Python function behind a value if these positional arguments are all it takes.
    fn simple_function(&self, function: &Value, count: usize) -> Option<Arc<Function>> {
        match self.kind(function)? {
            Kind::Function(function) => {
                let code = &function.code;
                let simple =
                    code.positional as usize == count && code.keyword_only == 0 && !code.star && !code.kwargs;
                (simple && !code.generator).then(|| function.clone())
            }
            _ => None,
        }
    }

    fn push_simple(&mut self, function: &Function, args: Vec<Value>) -> Result<(), Unwind> {
        let mut stack = args;
        let code = &function.code;
        stack.reserve(code.slots.len() - stack.len() + 8);
        stack.resize(code.slots.len() - code.free as usize, Value::Unbound);
        stack.extend(function.closure.iter().map(|&cell| Value::Obj(cell)));
        self.push_frame(code.clone(), stack, function.globals, None, Then::Push)
    }

    pub(super) fn call_kw(
        &mut self,
        function: Value,
        receiver: Value,
        mut args: Vec<Value>,
        names: u16,
    ) -> Result<(), Unwind> {
        let names = self.frame().code.keywords[names as usize].clone();
        let values = args.split_off(args.len() - names.len());
        let kwargs = names.iter().copied().zip(values).collect();
        if !matches!(receiver, Value::Unbound) {
            args.insert(0, receiver);
        }
        self.call(function, args, kwargs, Then::Push)
    }

    pub(super) fn call_ex(&mut self) -> Result<(), Unwind> {
        let (kwargs, args, function) = (self.pop(), self.pop(), self.pop());
        let args = match self.settle(&args)? || grown::grown(self, &args).is_none() {
            true => self.as_list(&args).cloned().unwrap_or_default(),
            false => {
                return Err(self.unsupported(
                    "how many arguments this call has is known only at run time",
                    "give the list itself to the function, or unpack as many elements as there are",
                ));
            }
        };
        let pairs: Vec<(Value, Value)> = self
            .as_dict(&kwargs)
            .map(|dict| dict.iter().map(|(key, value)| (key.clone(), value.clone())).collect())
            .unwrap_or_default();
        let mut kwargs = Vec::with_capacity(pairs.len());
        for (key, value) in pairs {
            let Value::Str(name) = key else { return Err(self.type_error("keywords must be strings")) };
            kwargs.push((Name::new(&name), value));
        }
        self.call(function, args, kwargs, Then::Push)
    }

    /// Pushes a frame.
    pub(in crate::python) fn push_frame(
        &mut self,
        code: Arc<Code>,
        stack: Vec<Value>,
        globals: ObjId,
        namespace: Option<ObjId>,
        then: Then,
    ) -> Result<(), Unwind> {
        if self.mode == Mode::Tracing
            && self.state.frames.len() >= self.limits.traced_frames_max
            && !self.state.trace.is_straight()
        {
            return Err(self.unsupported(
                format!(
                    "recursion that depends on data: {} calls are open (traced_frames_max)",
                    self.state.frames.len()
                ),
                "each depth would become code of its own; write the recursion as a while loop",
            ));
        }
        if self.state.frames.len() >= self.limits.frames_max {
            return Err(self.raise(
                classes::RECURSION_ERROR,
                format!(
                    "maximum recursion depth exceeded: the limit is {} calls (frames_max)",
                    self.limits.frames_max
                ),
            ));
        }
        self.state.frames.push(Frame {
            code,
            pc: 0,
            stack,
            globals,
            namespace,
            handled: Vec::new(),
            then,
            generator: None,
            loops: Vec::new(),
        });
        Ok(())
    }

    fn call_function(
        &mut self,
        id: ObjId,
        function: &Function,
        args: Vec<Value>,
        kwargs: Kwargs,
        then: Then,
    ) -> Result<(), Unwind> {
        let stack = self.bind(id, function, args, kwargs)?;
        let code = function.code.clone();
        if code.generator {
            let frame = Frame {
                code: code.clone(),
                pc: 0,
                stack,
                globals: function.globals,
                namespace: None,
                handled: Vec::new(),
                then: Then::Push,
                generator: None,
                loops: Vec::new(),
            };
            let generator = Generator { frame: Some(frame), running: false, started: false, name: code.name };
            let generator = self.new_object(classes::GENERATOR, Kind::Generator(Box::new(generator)));
            return self.deliver(then, generator);
        }
        self.push_frame(code, stack, function.globals, None, then)
    }

    /// The first slots of a Python function's frame.
    fn bind(
        &mut self,
        id: ObjId,
        function: &Function,
        args: Vec<Value>,
        kwargs: Kwargs,
    ) -> Result<Vec<Value>, Unwind> {
        let code = &function.code;
        let positional = code.positional as usize;
        let named = positional + code.keyword_only as usize;
        let given = args.len();
        let mut stack = Vec::with_capacity(code.slots.len() + 8);
        let mut args = args.into_iter();
        stack.extend(args.by_ref().take(positional));
        stack.resize(named, Value::Unbound);
        let rest: Vec<Value> = args.collect();
        if !rest.is_empty() && !code.star {
            return Err(self.too_many_arguments(id, function, given));
        }
        let mut extra = Dict::new();
        for (name, value) in kwargs {
            let named_so = |wanted: &str| {
                (code.positional_only as usize..named).find(|&slot| code.slots[slot].as_str() == wanted)
            };
            let alias = numpy_name(name.as_str()).filter(|_| code.source.is_prelude());
            let slot = alias.and_then(named_so).or_else(|| named_so(name.as_str()));
            match slot {
                Some(slot) if matches!(stack[slot], Value::Unbound) => stack[slot] = value,
                Some(_) => {
                    let message = format!(
                        "{}() got multiple values for argument '{name}'",
                        self.function_name(id, function)
                    );
                    return Err(self.type_error(message));
                }
                None if code.kwargs => extra.insert_str(name.as_str(), value),
                None if code.slots[..code.positional_only as usize].contains(&name) => {
                    let function = self.function_name(id, function);
                    return Err(self.type_error(format!(
                        "{function}() got some positional-only arguments passed as keyword arguments: '{name}'"
                    )));
                }
                None => {
                    let message = format!(
                        "{}() got an unexpected keyword argument '{name}'",
                        self.function_name(id, function)
                    );
                    let ours = code.source.is_prelude();
                    let error = self.type_error(message);
                    return Err(if ours { self.lacking(error) } else { error });
                }
            }
        }
        let first_default = positional - function.defaults.len().min(positional);
        let mut missing = Vec::new();
        for (slot, place) in stack.iter_mut().enumerate().take(named) {
            if !matches!(place, Value::Unbound) {
                continue;
            }
            let default = if slot < positional {
                slot.checked_sub(first_default).and_then(|at| function.defaults.get(at))
            } else {
                function
                    .kw_defaults
                    .iter()
                    .find(|(name, _)| *name == code.slots[slot])
                    .map(|(_, value)| value)
            };
            match default {
                Some(default) => *place = default.clone(),
                None => missing.push(slot),
            }
        }
        if !missing.is_empty() {
            return Err(self.missing_arguments(id, function, &missing));
        }
        if code.star {
            let star = self.new_tuple(rest);
            stack.push(star);
        }
        if code.kwargs {
            let extra = self.new_dict(extra);
            stack.push(extra);
        }
        stack.resize(code.slots.len() - code.free as usize, Value::Unbound);
        stack.extend(function.closure.iter().map(|&cell| Value::Obj(cell)));
        Ok(stack)
    }

    fn function_name(&self, id: ObjId, function: &Function) -> String {
        match self.obj(id).attr(Name::QUALNAME).and_then(|name| self.as_str(name)) {
            Some(name) => name.to_string(),
            None => function.code.qualname.as_str().to_owned(),
        }
    }

    fn too_many_arguments(&mut self, id: ObjId, function: &Function, given: usize) -> Unwind {
        let name = self.function_name(id, function);
        let most = function.code.positional as usize;
        let least = most - function.defaults.len().min(most);
        let plural = |n: usize| if n == 1 { "" } else { "s" };
        let takes = match least == most {
            true => format!("{most} positional argument{}", plural(most)),
            false => format!("from {least} to {most} positional arguments"),
        };
        let were = if given == 1 { "was" } else { "were" };
        self.type_error(format!("{name}() takes {takes} but {given} {were} given"))
    }

    fn missing_arguments(&mut self, id: ObjId, function: &Function, missing: &[usize]) -> Unwind {
        let name = self.function_name(id, function);
        let positional = function.code.positional as usize;
        let kind = if missing[0] < positional { "positional" } else { "keyword-only" };
        let names: Vec<String> = missing
            .iter()
            .filter(|&&slot| (slot < positional) == (missing[0] < positional))
            .map(|&slot| format!("'{}'", function.code.slots[slot]))
            .collect();
        let list = match names.as_slice() {
            [one] => one.clone(),
            [first, second] => format!("{first} and {second}"),
            [first @ .., last] => format!("{}, and {last}", first.join(", ")),
            [] => String::new(),
        };
        let plural = if names.len() == 1 { "" } else { "s" };
        self.type_error(format!("{name}() missing {} required {kind} argument{plural}: {list}", names.len()))
    }

    /// Calls a native function; runs what it asks for.
    fn call_native(
        &mut self,
        id: NativeId,
        args: Vec<Value>,
        kwargs: Kwargs,
        then: Then,
    ) -> Result<(), Unwind> {
        let args = self.bind_native(id, args, kwargs)?;
        self.run_native(id, args, then)
    }

    fn run_native(&mut self, id: NativeId, args: Args, then: Then) -> Result<(), Unwind> {
        let function = self.natives.get(id).function;
        match function(self, &args)? {
            Ret::Value(value) => self.deliver(then, value),
            Ret::Call { function, args, kwargs } => self.call(function, args, kwargs, then),
            Ret::Resume { generator, sent } => self.resume(generator, sent, then),
            Ret::Throw { generator, exception } => self.throw_into(generator, exception, then),
            Ret::Instantiate { class, args, kwargs } => self.instantiate(class, args, kwargs, then),
            Ret::Collect(index) => self.collect_for(id, args, index, then),
        }
    }

    /// Runs an iterable into a list in a frame of its own, which then calls the native again. The arguments are kept in
    /// the frame's slots, so that they fork and merge with it.
    fn collect_for(&mut self, id: NativeId, args: Args, index: usize, then: Then) -> Result<(), Unwind> {
        let iterable = args.params[index].clone();
        let collect = self.prelude_function("_collect")?;
        let params = self.new_tuple(args.params);
        let star = self.new_tuple(args.star);
        let mut named = Vec::with_capacity(2 * args.kwargs.len());
        for (name, value) in args.kwargs {
            named.extend([Value::name(name), value]);
        }
        let named = self.new_tuple(named);
        let stack = vec![Value::Native(id), params, star, named, collect, iterable];
        let code =
            self.collect_codes.entry(index).or_insert_with(|| Arc::new(Code::collecting(index))).clone();
        let globals = self.builtins;
        self.push_frame(code, stack, globals, None, then)
    }

    pub(super) fn call_collected(&mut self, index: usize) -> Result<(), Unwind> {
        let list = self.pop();
        let slots: Vec<Value> = self.frame().stack[..4].to_vec();
        let Value::Native(id) = slots[0] else { unreachable!("the first slot holds the native") };
        let tuple =
            |vm: &Vm, at: usize| vm.as_tuple(&slots[at]).map(|items| items.to_vec()).unwrap_or_default();
        let (mut params, star, named) = (tuple(self, 1), tuple(self, 2), tuple(self, 3));
        params[index] = list;
        let kwargs = named
            .chunks_exact(2)
            .filter_map(|pair| self.as_str(&pair[0]).map(|name| (Name::new(name), pair[1].clone())))
            .collect();
        self.run_native(id, Args { params, star, kwargs }, Then::Push)
    }

    fn bind_native(&mut self, id: NativeId, args: Vec<Value>, kwargs: Kwargs) -> Result<Args, Unwind> {
        let natives = self.natives.clone();
        let native = natives.get(id);
        let signature = &native.signature;
        let given = args.len();
        let count = signature.params.len();
        if kwargs.is_empty() && given == count && signature.positional == count {
            return Ok(Args { params: args, star: Vec::new(), kwargs: Vec::new() });
        }
        let mut args = args.into_iter();
        let mut params: Vec<Value> = args.by_ref().take(signature.positional).collect();
        let mut filled: Vec<bool> = vec![true; params.len()];
        filled.resize(count, false);
        params.resize(count, Value::Unbound);
        let star: Vec<Value> = args.collect();
        if !star.is_empty() && !signature.star {
            let most = signature.positional;
            let (method, given) =
                (usize::from(signature.params.first().is_some_and(|(n, _)| *n == Name::SELF)), given);
            return Err(self.type_error(format!(
                "{}() takes at most {} argument{} ({} given)",
                native.name,
                most - method,
                if most - method == 1 { "" } else { "s" },
                given - method
            )));
        }
        let mut extra = Vec::new();
        for (name, value) in kwargs {
            match (signature.positional_only..count).find(|&at| signature.params[at].0 == name) {
                Some(at) if !filled[at] => {
                    params[at] = value;
                    filled[at] = true;
                }
                Some(_) => {
                    return Err(self
                        .type_error(format!("{}() got multiple values for argument '{name}'", native.name)));
                }
                None if signature.kwargs => extra.push((name, value)),
                None => {
                    return Err(self.type_error(format!(
                        "{}() got an unexpected keyword argument '{name}'",
                        native.name
                    )));
                }
            }
        }
        for (at, (name, default)) in signature.params.iter().enumerate() {
            if filled[at] {
                continue;
            }
            match default {
                Some(default) => params[at] = default.clone(),
                None => {
                    return Err(self.type_error(format!(
                        "{}() missing required argument '{name}' (pos {})",
                        native.name,
                        at + 1
                    )));
                }
            }
        }
        Ok(Args { params, star, kwargs: extra })
    }

    /// Calls a class: makes an instance.
    fn call_class(
        &mut self,
        class: ObjId,
        args: Vec<Value>,
        kwargs: Kwargs,
        then: Then,
    ) -> Result<(), Unwind> {
        let metaclass = self.obj(class).class;
        if metaclass != classes::TYPE
            && let Some(method) = self.lookup(metaclass, Name::CALL)
            && !matches!(method, Value::Native(_))
        {
            return self.call_bound(method, Value::Obj(class), args, then_with(kwargs, then));
        }
        self.instantiate(class, args, kwargs, then)
    }

    /// `type.__call__`: `__new__`, then `__init__`.
    pub(super) fn instantiate(
        &mut self,
        class: ObjId,
        args: Vec<Value>,
        kwargs: Kwargs,
        then: Then,
    ) -> Result<(), Unwind> {
        if class == classes::TYPE && args.len() == 1 && kwargs.is_empty() {
            let class = Value::Obj(self.class_of(&args[0]));
            return self.deliver(then, class);
        }
        let new = self.lookup(class, Name::NEW);
        let mut new_args = Vec::with_capacity(args.len() + 1);
        new_args.push(Value::Obj(class));
        match new {
            Some(Value::Native(id)) if self.natives.get(id).owner == "object" => {
                let init = self.lookup(class, Name::INIT);
                if matches!(init, Some(Value::Native(_)) | None) && !(args.is_empty() && kwargs.is_empty()) {
                    let name = self.class(class).name;
                    return Err(self.type_error(format!("{name}() takes no arguments")));
                }
                let object = self.new_object(class, Kind::Plain);
                self.initialise(object, class, args, kwargs, then)
            }
            Some(new) => {
                new_args.extend(args.iter().cloned());
                let new = match self.kind(&new) {
                    Some(Kind::StaticMethod(inner)) => inner.clone(),
                    _ => new,
                };
                if class.0 as usize >= classes::ROWS.len() || self.is_subclass(class, classes::TYPE) {
                    let init = Then::Init { class, args, kwargs: kwargs.clone(), then: Box::new(then) };
                    return self.call(new, new_args, kwargs, init);
                }
                // Built-in classes have nothing left to initialise.
                self.call(new, new_args, kwargs, then)
            }
            None => {
                let name = self.class(class).name;
                Err(self.type_error(format!("cannot create '{name}' instances")))
            }
        }
    }

    /// Calls `__init__` on a new object and delivers the object.
    fn initialise(
        &mut self,
        object: Value,
        class: ObjId,
        args: Vec<Value>,
        kwargs: Kwargs,
        then: Then,
    ) -> Result<(), Unwind> {
        match self.lookup(class, Name::INIT) {
            Some(init) if !matches!(init, Value::Native(_)) => {
                let then = Then::Instead { value: object.clone(), then: Box::new(then) };
                self.call_bound(init, object, args, then_with(kwargs, then))
            }
            _ => self.deliver(then, object),
        }
    }

    /// Gives a result to whoever waits for it; the running frame is the one that waits.
    pub(super) fn deliver(&mut self, then: Then, value: Value) -> Result<(), Unwind> {
        match then {
            Then::Push => {
                self.push(value);
                Ok(())
            }
            Then::Callable => {
                self.push(value);
                self.push(Value::Unbound);
                Ok(())
            }
            Then::Discard | Then::Module(_) => Ok(()),
            Then::Instead { value, then } => self.deliver(*then, value),
            Then::Init { class, args, kwargs, then } => {
                if self.is_instance(&value, class) {
                    let actual = self.class_of(&value);
                    return self.initialise(value, actual, args, kwargs, *then);
                }
                self.deliver(*then, value)
            }
            Then::Truth { negate } => self.push_truth(value, negate),
            Then::Binary(attempt) => self.binary_result(*attempt, value),
            Then::Compare(attempt) => self.compare_result(*attempt, value),
            Then::ForIter(_) => {
                self.push(value);
                Ok(())
            }
            Then::YieldFrom => {
                // The delegate yielded: so does this generator, at the same instruction.
                self.frame().pc -= 1;
                self.suspend(value)
            }
            Then::OrGetattr { then, .. } => self.deliver(*then, value),
            Then::Class(body) => self.finish_class(*body, value),
            Then::Sync => {
                self.stop = Some(Stop::Done(value));
                Ok(())
            }
        }
    }

    /// Ends the running frame.
    pub(super) fn return_value(&mut self, value: Value) -> Result<(), Unwind> {
        let frame = self.state.frames.pop().expect("a return is in a frame");
        if let Some(id) = frame.generator {
            if let Kind::Generator(generator) = &mut self.obj_mut(id).kind {
                generator.running = false;
            }
            return self.exhausted(frame.then, value);
        }
        self.stop = Some(Stop::Join);
        self.deliver(frame.then, value)
    }

    /// Calls something and runs it to its end before going on. Only for the places that the documentation of
    /// [`native`](crate::python::native) names.
    ///
    /// # Errors
    /// The exception it raises, or a diagnostic if a branch in it depends on a run-time value.
    pub fn call_sync(&mut self, function: Value, args: Vec<Value>, kwargs: Kwargs) -> Result<Value, Unwind> {
        self.run_sync(|vm| vm.call(function, args, kwargs, Then::Sync))
    }

    /// Starts something whose result is left for [`Then::Sync`] and runs it to its end before going on.
    ///
    /// # Errors
    /// As [`Vm::call_sync`].
    pub(in crate::python) fn run_sync(
        &mut self,
        start: impl FnOnce(&mut Vm) -> Result<(), Unwind>,
    ) -> Result<Value, Unwind> {
        /// Nested calls of this kind: Rust's own stack bounds them.
        const SYNC_DEPTH_MAX: usize = 100;
        if self.sync_depth >= SYNC_DEPTH_MAX {
            return Err(self.raise(
                classes::RECURSION_ERROR,
                "maximum recursion depth exceeded in a comparison or conversion",
            ));
        }
        let at = self.at;
        let saved = std::mem::take(&mut self.saved);
        let depth = self.state.frames.len();
        self.sync_depth += 1;
        let result = match start(self) {
            Err(unwind) => Err(unwind),
            Ok(()) => {
                let stop = match self.stop.take() {
                    Some(stop @ Stop::Done(_)) => stop,
                    _ => self.advance(false),
                };
                match stop {
                    Stop::Done(value) => Ok(value),
                    Stop::Raised(exception) => Err(Unwind::Exception(exception)),
                    Stop::Failed(unwind) => Err(unwind),
                    Stop::Join | Stop::LoopHead { .. } | Stop::Decide(_) | Stop::Concretise(..) => {
                        unreachable!("a synchronous call does not stop for the tracer")
                    }
                }
            }
        };
        self.sync_depth -= 1;
        self.state.frames.truncate(depth);
        self.saved = saved;
        self.at = at;
        result
    }

    /// A function of `prelude/builtins.py`.
    ///
    /// # Errors
    /// If the prelude is broken.
    pub fn prelude_function(&mut self, name: &str) -> Result<Value, Unwind> {
        match self.obj(self.builtins).attr(Name::new(name)) {
            Some(value) => Ok(value.clone()),
            None => {
                Err(self
                    .unsupported(format!("the prelude has no function {name}"), "this is a defect of Braid"))
            }
        }
    }

    /// `class` statement: bases and keywords are on the stack, above the body's function.
    pub(super) fn build_class(&mut self, index: usize) -> Result<(), Unwind> {
        let code = self.frame().code.clone();
        let template = &code.classes[index];
        let values = self.pop_many(template.keywords.len());
        let mut kwargs: Kwargs = template.keywords.iter().copied().zip(values).collect();
        let given = self.pop_many(template.bases as usize);
        let body = self.pop();
        let mut bases = Vec::new();
        for (base, starred) in given.into_iter().zip(&template.starred) {
            match starred {
                true => bases.extend(self.as_list(&base).cloned().unwrap_or_default()),
                false => bases.push(base),
            }
        }
        for base in &bases {
            if let Value::Obj(id) = base
                && let Some(stand_in) = self.missing_stand_in(*id, &format!(".{}", template.name))
            {
                self.push(stand_in);
                return Ok(());
            }
        }
        let bases = self.resolve_bases(bases)?;
        let metaclass = match kwargs.iter().position(|(name, _)| *name == Name::METACLASS) {
            Some(at) => kwargs.remove(at).1,
            None => Value::Obj(self.metaclass_of(&bases)),
        };
        let Some(Kind::Function(function)) = self.kind(&body) else {
            unreachable!("a class body is a function")
        };
        let function = function.clone();
        let namespace = self.new_object(classes::OBJECT, Kind::Plain);
        let namespace = namespace.as_obj().expect("just made");
        let module = self.obj(function.globals).attr(Name::NAME).cloned().unwrap_or(Value::None);
        self.obj_mut(namespace).set_attr(Name::MODULE, module);
        let body = ClassBody { name: template.name, bases, metaclass, kwargs, namespace };
        let code = function.code.clone();
        let mut stack = vec![Value::Unbound; code.slots.len() - code.free as usize];
        stack.extend(function.closure.iter().map(|&cell| Value::Obj(cell)));
        self.push_frame(code, stack, function.globals, Some(namespace), Then::Class(Box::new(body)))
    }

    /// The body of a class ended: its metaclass makes the class.
    fn finish_class(&mut self, body: ClassBody, cell: Value) -> Result<(), Unwind> {
        let names: Vec<(Name, Value)> =
            self.obj(body.namespace).attrs().map(|(name, value)| (name, value.clone())).collect();
        let mut dict = Dict::new();
        for (name, value) in names {
            dict.insert(Key::Str(Arc::from(name.as_str())), Value::name(name), value);
        }
        if !cell.is_none() {
            dict.insert_str(Name::CLASSCELL.as_str(), cell);
        }
        let namespace = self.new_dict(dict);
        let bases = self.new_tuple(body.bases);
        self.call(body.metaclass, vec![Value::name(body.name), bases, namespace], body.kwargs, Then::Push)
    }
}

/// Keyword arguments and what to do with the result: what `call_bound` takes after the positional arguments.
pub struct Continuation {
    kwargs: Kwargs,
    then: Then,
}

impl From<Then> for Continuation {
    fn from(then: Then) -> Self {
        Continuation { kwargs: Vec::new(), then }
    }
}

/// Keyword arguments and what to do with the result.
pub(super) fn then_with(kwargs: Kwargs, then: Then) -> Continuation {
    Continuation { kwargs, then }
}
