//! A session: Python modules loaded and expressions evaluated, everything known.

use super::builtins;
use super::classes;
use super::code::Code;
use super::compile::{compile_expression, compile_module};
use super::names::Name;
use super::native::Unwind;
use super::prelude;
use super::source::Source;
use super::value::{ObjId, Value};
use super::vm::frame::Then;
use super::vm::{Limits, Mode, State, Stop, Vm};
use crate::diagnostic::Diagnostic;
use braid_ir::Net;
use rustc_hash::FxHashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A Python evaluator with its modules.
pub struct Session {
    /// The machine.
    pub vm: Vm,
}

/// What evaluating gives: a value or the one diagnostic to show.
pub type Evaluated<T> = Result<T, Diagnostic>;

impl Session {
    /// A session that searches modules in these folders, then in Braid's own library.
    ///
    /// # Errors
    /// If the prelude is broken.
    pub fn new(search_paths: Vec<PathBuf>, limits: Limits) -> Evaluated<Session> {
        let mut session = Session { vm: Vm::bare(search_paths, limits) };
        let text = prelude::find("builtins.py").unwrap_or_default();
        let source = Arc::new(Source::new("<prelude>/builtins.py", text));
        let code = compile_module(source)?;
        let globals = session.vm.builtins;
        session.run(|vm| vm.push_module_frame(code, globals, Then::Sync))?;
        Ok(session)
    }

    /// Imports the file of a model; its folder must be among the search paths.
    ///
    /// # Errors
    /// The diagnostic to show.
    pub fn import_file(&mut self, path: &Path) -> Evaluated<Value> {
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let mut module = Value::None;
        self.run(|vm| {
            let id = vm.start_file(Name::new(&name), path)?;
            module = Value::Obj(id);
            if let Some(frame) = vm.state.frames.last_mut() {
                frame.then = Then::Sync;
            }
            Ok(())
        })?;
        Ok(module)
    }

    /// Runs the text of a module that holds some names already.
    ///
    /// # Errors
    /// The diagnostic to show.
    pub fn run_source(&mut self, source: Source, names: Vec<(Name, Value)>) -> Evaluated<Value> {
        let mut module = Value::None;
        self.run(|vm| {
            let id = vm.start_source(Name::MAIN, source)?;
            names.into_iter().for_each(|(name, value)| vm.obj_mut(id).set_attr(name, value));
            module = Value::Obj(id);
            if let Some(frame) = vm.state.frames.last_mut() {
                frame.then = Then::Sync;
            }
            Ok(())
        })?;
        Ok(module)
    }

    /// Evaluates an expression with the names of a module.
    ///
    /// # Errors
    /// The diagnostic to show; places are in the expression's own text.
    pub fn eval_expr_in(&mut self, module: &Value, text: &str) -> Evaluated<Value> {
        self.eval_named(module, text, "<expression>")
    }

    /// The same, shown in diagnostics under this name (`--build`).
    ///
    /// # Errors
    /// The diagnostic to show.
    pub fn eval_named(&mut self, module: &Value, text: &str, shown: &str) -> Evaluated<Value> {
        let code = compile_expression(Arc::new(Source::new(shown, text)))?;
        let globals = module.as_obj().unwrap_or(self.vm.builtins);
        self.run(|vm| vm.push_module_frame(code, globals, Then::Sync))
    }

    /// Calls a method of an object.
    ///
    /// # Errors
    /// The diagnostic to show.
    pub fn call_method(
        &mut self,
        object: &Value,
        name: &str,
        args: Vec<Value>,
        kwargs: Vec<(Name, Value)>,
    ) -> Evaluated<Value> {
        let mut method = Value::None;
        let object = object.clone();
        self.guard(|vm| {
            method = vm.get_attr(&object, Name::new(name))?;
            Ok(())
        })?;
        self.call(method, args, kwargs)
    }

    /// Calls anything.
    ///
    /// # Errors
    /// The diagnostic to show.
    pub fn call(
        &mut self,
        function: Value,
        args: Vec<Value>,
        kwargs: Vec<(Name, Value)>,
    ) -> Evaluated<Value> {
        self.run(|vm| vm.call(function, args, kwargs, Then::Sync))
    }

    /// Does something with the machine and turns what goes wrong into a diagnostic.
    ///
    /// # Errors
    /// The diagnostic to show.
    pub fn guard<T>(&mut self, work: impl FnOnce(&mut Vm) -> Result<T, Unwind>) -> Evaluated<T> {
        work(&mut self.vm).map_err(|unwind| self.vm.diagnostic(unwind))
    }

    /// Starts something and runs it to its end.
    fn run(&mut self, start: impl FnOnce(&mut Vm) -> Result<(), Unwind>) -> Evaluated<Value> {
        let depth = self.vm.state.frames.len();
        let stop = match start(&mut self.vm) {
            Ok(()) => match self.vm.stop.take() {
                Some(stop @ Stop::Done(_)) => stop,
                _ => self.vm.advance(false),
            },
            Err(Unwind::Exception(exception)) => Stop::Raised(exception),
            Err(unwind) => Stop::Failed(unwind),
        };
        let result = match stop {
            Stop::Done(value) => Ok(value),
            Stop::Raised(exception) => {
                let unwind = self.vm.uncaught(&exception);
                Err(self.vm.diagnostic(unwind))
            }
            Stop::Failed(unwind) => Err(self.vm.diagnostic(unwind)),
            Stop::Join | Stop::LoopHead { .. } | Stop::Decide(_) | Stop::Concretise(..) => {
                Err(Diagnostic::new("a run-time value is needed where everything must be known"))
            }
        };
        self.vm.state.frames.truncate(depth);
        result
    }
}

impl Vm {
    /// A machine with the built-in classes and natives, before the prelude.
    fn bare(search_paths: Vec<PathBuf>, limits: Limits) -> Vm {
        let mut vm = Vm {
            state: State::default(),
            natives: Arc::default(),
            net: Net::new("forward"),
            limits,
            mode: Mode::Eager,
            steps: 0,
            emitted: 0,
            builtins: classes::OBJECT,
            tensor_class: classes::TENSOR_BASE,
            weights: Default::default(),
            candidates: FxHashMap::default(),
            printed: String::new(),
            search_paths,
            at: 0,
            stop: None,
            saved: Vec::new(),
            sync_depth: 0,
            comparing: 0,
            has_getattribute: false,
            showing: Vec::new(),
            collect_codes: FxHashMap::default(),
            cache: FxHashMap::default(),
            cache_epoch: 0,
        };
        builtins::install(&mut vm);
        vm
    }

    /// Pushes the frame of a module's code.
    ///
    /// # Errors
    /// At the limit of frames.
    pub(super) fn push_module_frame(
        &mut self,
        code: Arc<Code>,
        globals: ObjId,
        then: Then,
    ) -> Result<(), Unwind> {
        let stack = vec![Value::Unbound; code.slots.len()];
        self.push_frame(code, stack, globals, None, then)
    }

    /// The diagnostic for whatever ended an evaluation.
    pub fn diagnostic(&mut self, unwind: Unwind) -> Diagnostic {
        match unwind {
            Unwind::Diagnostic(diagnostic) => self.locate(*diagnostic),
            Unwind::Exception(exception) => match self.uncaught(&exception) {
                Unwind::Diagnostic(diagnostic) => *diagnostic,
                _ => Diagnostic::new("an exception"),
            },
            Unwind::Decide(_) | Unwind::Concretise(..) => {
                let diagnostic = Diagnostic::new("a run-time value is needed where everything must be known");
                self.locate(diagnostic)
            }
        }
    }
}
