//! Importing: native modules are there from the start; then the person's folders, then the prelude.
//!
//! A package is run before its submodules, each as a frame of its own: the `Import` instruction is repeated until all
//! that it names is there. A third-party module that is nowhere gives a placeholder whose use is the error, unless the
//! source is prepared for an `ImportError`.

use super::classes;
use super::code::ImportTemplate;
use super::compile::compile_module;
use super::names::Name;
use super::native::Unwind;
use super::object::{Kind, Module};
use super::prelude;
use super::source::Source;
use super::value::{ObjId, Value};
use super::vm::Vm;
use super::vm::frame::Then;
use crate::diagnostic::Diagnostic;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A module's source, found.
struct Found {
    source: Source,
    /// The folder of submodules, if it is a package.
    folder: Option<String>,
}

impl Vm {
    /// `Import`
    pub(super) fn import(&mut self, index: usize) -> Result<(), Unwind> {
        let at = self.state.frames.len() - 1;
        let frame = &self.state.frames[at];
        let (code, globals) = (frame.code.clone(), frame.globals);
        match self.import_statement(&code.imports[index], globals)? {
            Some(module) => self.state.frames[at].stack.push(module),
            // A module's code runs first; then the instruction is repeated.
            None => self.state.frames[at].pc -= 1,
        }
        Ok(())
    }

    /// `ImportFrom`
    pub(super) fn import_from(&mut self, module: &Value, name: Name) -> Result<(), Unwind> {
        let Value::Obj(id) = module else { unreachable!("modules are objects") };
        if let Some(value) = self.obj(*id).attr(name).cloned() {
            self.push(value);
            return Ok(());
        }
        let Kind::Module(data) = &self.obj(*id).kind else {
            let value = self.get_attr(module, name)?;
            self.push(value);
            return Ok(());
        };
        let module_name = data.name;
        if let Some(span) = data.missing.clone() {
            // What is taken from a module that was not found is a placeholder as well.
            let missing = Module { name: module_name, missing: Some(span) };
            let missing = self.new_object(classes::MODULE, Kind::Module(Box::new(missing)));
            self.push(missing);
            return Ok(());
        }
        if let Some(submodule) = self.imported(Name::new(&format!("{module_name}.{name}"))) {
            self.push(submodule);
            return Ok(());
        }
        if let Some(getattr) = self.obj(*id).attr(Name::GETATTR).cloned() {
            return self.call(getattr, vec![Value::name(name)], Vec::new(), Then::Push);
        }
        // Sources of networks name much of the library that only training needs: what is lacking is told when it is used.
        if prelude::has_module(module_name.as_str()) && !self.prepared_for_exceptions() {
            let name = Name::new(&format!("{module_name}.{name}"));
            let missing = Module { name, missing: self.current_span() };
            let missing = self.new_object(classes::MODULE, Kind::Module(Box::new(missing)));
            self.push(missing);
            return Ok(());
        }
        Err(self.import_error(format!("cannot import name '{name}' from '{module_name}'")))
    }

    /// `ImportStar`
    pub(super) fn import_star(&mut self, module: &Value) -> Result<(), Unwind> {
        let Value::Obj(id) = module else { unreachable!("modules are objects") };
        let all = self.obj(*id).attr(Name::ALL).cloned();
        let names: Vec<Name> = match all {
            Some(all) => {
                let items = self.items(&all)?.unwrap_or_default();
                items.iter().filter_map(|name| self.as_str(name)).map(|name| Name::new(name)).collect()
            }
            None => self
                .obj(*id)
                .attrs()
                .map(|(name, _)| name)
                .filter(|name| !name.as_str().starts_with('_'))
                .collect(),
        };
        let target = self.frame().globals;
        for name in names {
            let Some(value) = self.obj(*id).attr(name).cloned() else { continue };
            self.obj_mut(target).set_attr(name, value);
        }
        Ok(())
    }

    fn import_statement(
        &mut self,
        template: &ImportTemplate,
        globals: ObjId,
    ) -> Result<Option<Value>, Unwind> {
        let module = self.absolute_name(template, globals)?;
        let parts: Vec<&str> = module.as_str().split('.').collect();
        for end in 1..=parts.len() {
            let name = Name::new(&parts[..end].join("."));
            match self.imported(name) {
                Some(_) => {}
                None if !self.load(name, template.level > 0)? => return Ok(None),
                None => {}
            }
        }
        let leaf = self.imported(module).expect("just imported");
        for &name in &template.names {
            let Value::Obj(id) = leaf else { break };
            if self.obj(id).attr(name).is_some() || self.obj(id).attr(Name::PATH).is_none() {
                continue;
            }
            let submodule = Name::new(&format!("{module}.{name}"));
            if self.imported(submodule).is_none()
                && self.find(submodule).is_some()
                && !self.load(submodule, true)?
            {
                return Ok(None);
            }
        }
        if template.leaf || template.level > 0 {
            return Ok(Some(leaf));
        }
        Ok(self.imported(Name::new(parts[0])))
    }

    /// The dotted name that an import statement means, counted from the importing module's package.
    fn absolute_name(&mut self, template: &ImportTemplate, globals: ObjId) -> Result<Name, Unwind> {
        if template.level == 0 {
            return Ok(template.module);
        }
        let own = self
            .obj(globals)
            .attr(Name::NAME)
            .and_then(|name| self.as_str(name))
            .cloned()
            .unwrap_or_default();
        let mut parts: Vec<&str> = own.split('.').collect();
        let package = self.obj(globals).attr(Name::PATH).is_some();
        let up = template.level as usize - usize::from(package);
        if up >= parts.len() + usize::from(package) || parts.len() < up || (parts.len() == up && !package) {
            return Err(Diagnostic::new("this relative import leaves the package")
                .with_help(
                    "the model's file is a top-level module: import its neighbours without the leading dot",
                )
                .into());
        }
        parts.truncate(parts.len() - up);
        if template.module != Name::EMPTY {
            parts.push(template.module.as_str());
        }
        Ok(Name::new(&parts.join(".")))
    }

    /// Imports a module by its dotted name and runs its code before going on (`importlib.import_module`).
    ///
    /// # Errors
    /// `ModuleNotFoundError`; what the module's code raises.
    pub fn import_now(&mut self, name: Name) -> Result<Value, Unwind> {
        let text = name.as_str();
        let ends = text.match_indices('.').map(|(at, _)| at).chain([text.len()]);
        for prefix in ends.map(|end| Name::new(&text[..end])) {
            if self.imported(prefix).is_some() {
                continue;
            }
            let Some(found) = self.find(prefix) else {
                return Err(
                    self.raise(classes::MODULE_NOT_FOUND_ERROR, format!("No module named '{prefix}'"))
                );
            };
            let result = self.run_sync(|vm| {
                vm.run_module(prefix, found.source, found.folder)?;
                vm.frame().then = Then::Sync;
                Ok(())
            });
            if let Err(unwind) = result {
                self.forget_module(prefix);
                return Err(unwind);
            }
        }
        Ok(self.imported(name).unwrap_or(Value::None))
    }

    /// A module that was imported already.
    pub fn imported(&self, name: Name) -> Option<Value> {
        self.modules.get(&name).map(|&id| Value::Obj(id))
    }

    /// Enters a module among the imported ones and into its package.
    fn register_module(&mut self, name: Name, module: ObjId) {
        self.state.modules.insert(name, module);
        if let Some((package, leaf)) = name.as_str().rsplit_once('.')
            && let Some(Value::Obj(package)) = self.imported(Name::new(package))
        {
            self.obj_mut(package).set_attr(Name::new(leaf), Value::Obj(module));
        }
    }

    /// Takes a module out again whose code ended by an exception.
    pub(super) fn forget_module(&mut self, name: Name) {
        self.state.modules.remove(&name);
    }

    /// Makes a module; true if it is there at once, false if the frame of its code was pushed.
    fn load(&mut self, name: Name, relative: bool) -> Result<bool, Unwind> {
        let found = self.find(name);
        let Some(found) = found else { return self.not_found(name, relative) };
        self.run_module(name, found.source, found.folder)?;
        Ok(false)
    }

    /// Pushes the frame that runs a module's code.
    ///
    /// # Errors
    /// A syntax error in the module.
    fn run_module(&mut self, name: Name, source: Source, folder: Option<String>) -> Result<ObjId, Unwind> {
        let source = Arc::new(source);
        let code = compile_module(source.clone())?;
        let id = self.new_module(name, &source.path, code.doc.clone());
        let package = match folder {
            Some(folder) => {
                let path = self.new_list(vec![Value::str(folder)]);
                self.obj_mut(id).set_attr(Name::PATH, path);
                name.as_str().to_owned()
            }
            None => name.as_str().rsplit_once('.').map(|(package, _)| package.to_owned()).unwrap_or_default(),
        };
        self.obj_mut(id).set_attr(Name::PACKAGE, Value::str(package));
        self.register_module(name, id);
        self.push_module_frame(code, id, Then::Module(name))?;
        Ok(id)
    }

    fn new_module(&mut self, name: Name, path: &str, doc: Option<Arc<str>>) -> ObjId {
        let module = self.new_object(classes::MODULE, Kind::Module(Box::new(Module { name, missing: None })));
        let id = module.as_obj().expect("just made");
        let object = self.obj_mut(id);
        object.set_attr(Name::NAME, Value::name(name));
        object.set_attr(Name::FILE, Value::str(path));
        object.set_attr(Name::DOC, doc.map_or(Value::None, Value::Str));
        id
    }

    /// Starts the module of a file that the person named; the frame of its code is pushed.
    ///
    /// # Errors
    /// If the file cannot be read or parsed.
    pub(super) fn start_file(&mut self, name: Name, path: &Path) -> Result<ObjId, Unwind> {
        let text = std::fs::read(path).map_err(|error| {
            Diagnostic::new(format!("cannot read {}: {error}", path.display()))
                .with_help("give the path of the model's .py file")
        })?;
        let text = String::from_utf8(text).map_err(|_| {
            Diagnostic::new(format!("{} is not UTF-8 text", path.display()))
                .with_help("save the file as UTF-8")
        })?;
        self.run_module(name, Source::new(path.display().to_string(), text), None)
    }

    /// Starts the module of a text; the frame of its code is pushed.
    ///
    /// # Errors
    /// If the text cannot be parsed.
    pub(super) fn start_source(&mut self, name: Name, source: Source) -> Result<ObjId, Unwind> {
        self.run_module(name, source, None)
    }

    fn find(&self, name: Name) -> Option<Found> {
        self.find_in_folders(name).or_else(|| find_in_prelude(name)).or_else(|| self.find_namespace(name))
    }

    fn find_in_folders(&self, name: Name) -> Option<Found> {
        self.places(name).iter().find_map(|path| find_in_folder(path))
    }

    /// A folder without `__init__.py`, which is a package all the same, but the last to be taken.
    fn find_namespace(&self, name: Name) -> Option<Found> {
        let folder = self.places(name).into_iter().find(|path| path.is_dir())?.display().to_string();
        Some(Found { source: Source::new(folder.clone(), ""), folder: Some(folder) })
    }

    /// Where a module of the person's own would be, without the extension.
    fn places(&self, name: Name) -> Vec<PathBuf> {
        // A submodule is searched where its package is.
        if let Some((package, leaf)) = name.as_str().rsplit_once('.')
            && let Some(Value::Obj(package)) = self.imported(Name::new(package))
        {
            let folders = self
                .obj(package)
                .attr(Name::PATH)
                .and_then(|path| self.as_list(path))
                .cloned()
                .unwrap_or_default();
            let folders = folders.iter().filter_map(|folder| self.as_str(folder));
            return folders
                .filter(|folder| !folder.starts_with("<prelude>"))
                .map(|folder| Path::new(&**folder).join(leaf))
                .collect();
        }
        let relative: PathBuf = name.as_str().split('.').collect();
        self.search_paths.iter().map(|folder| folder.join(&relative)).collect()
    }

    fn not_found(&mut self, name: Name, relative: bool) -> Result<bool, Unwind> {
        let message = format!("No module named '{name}'");
        if self.prepared_for_exceptions() {
            return Err(self.raise(classes::MODULE_NOT_FOUND_ERROR, message));
        }
        // A part of a package of the person's, or a neighbour, is expected to be there.
        let known_package = name.as_str().rsplit_once('.').is_some_and(|(package, _)| {
            !prelude::has_module(package)
                && self.imported(Name::new(package)).is_some_and(|module| match self.kind(&module) {
                    Some(Kind::Module(module)) => module.missing.is_none(),
                    _ => false,
                })
        });
        if relative || known_package {
            let folders: Vec<String> =
                self.search_paths.iter().map(|folder| folder.display().to_string()).collect();
            return Err(Diagnostic::new(format!(
                "{message}: searched {} and Braid's own library",
                folders.join(", ")
            ))
            .with_help("name the folder that contains it with -I")
            .into());
        }
        let span = self.current_span();
        let module = Module { name, missing: span };
        let module = self.new_object(classes::MODULE, Kind::Module(Box::new(module)));
        self.register_module(name, module.as_obj().expect("just made"));
        Ok(true)
    }
}

fn find_in_folder(path: &Path) -> Option<Found> {
    // Module names have no dot in them, so nothing is cut off here.
    let file = path.with_extension("py");
    let init = path.join("__init__.py");
    let (file, folder) = if init.is_file() {
        (init, Some(path.display().to_string()))
    } else if file.is_file() {
        (file, None)
    } else {
        return None;
    };
    let text = String::from_utf8(std::fs::read(&file).ok()?).ok()?;
    Some(Found { source: Source::new(file.display().to_string(), text), folder })
}

fn find_in_prelude(name: Name) -> Option<Found> {
    let path = name.as_str().replace('.', "/");
    let (file, folder) = [(format!("{path}/__init__.py"), true), (format!("{path}.py"), false)]
        .into_iter()
        .find(|(file, _)| prelude::find(file).is_some())
        .or_else(|| prelude::has_folder(&path).then(|| (String::new(), true)))?;
    let text = prelude::find(&file).unwrap_or("");
    let folder = folder.then(|| format!("<prelude>/{path}"));
    Some(Found { source: Source::new(format!("<prelude>/{file}"), text), folder })
}
