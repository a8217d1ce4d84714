//! Which variable is local, shared with nested functions, taken from around, or global.
//!
//! Python decides this for a whole function before running it, so the AST is walked once and every scope gets the list
//! of names it binds and uses; then names are resolved from the inside out.

use crate::python::names::Name;
use indexmap::IndexMap;
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{
    Comprehension, ExceptHandler, Expr, ExprContext, Parameters, Pattern, Stmt, StmtClassDef, StmtFunctionDef,
};
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::{FxBuildHasher, FxHashMap};

/// Where a name's value is kept, seen from one scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A slot of the frame.
    Local,
    /// A slot of the frame that holds a cell, because nested functions use the variable.
    Cell,
    /// A cell taken from an enclosing function.
    Free,
    /// A name of the module (or a builtin).
    Global,
    /// A name of a class body or of a module.
    Named,
}

/// What kind of code a scope is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeKind {
    /// A module or a lone expression.
    Module,
    /// A class body.
    Class,
    /// A function or lambda.
    Function,
    /// A comprehension or generator expression.
    Comprehension,
}

/// A scope after resolution.
#[derive(Debug)]
pub struct Scope {
    /// What kind of code it is.
    pub kind: ScopeKind,
    /// Every name it mentions, in order of first mention.
    pub places: IndexMap<Name, Place, FxBuildHasher>,
    /// Whether it contains `yield`.
    pub generator: bool,
    parent: Option<usize>,
    bound: IndexMap<Name, Binding, FxBuildHasher>,
    used: IndexMap<Name, (), FxBuildHasher>,
    private: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Binding {
    Assigned,
    Global,
    Nonlocal,
}

/// All scopes of a file.
#[derive(Debug, Default)]
pub struct Scopes {
    scopes: Vec<Scope>,
    by_range: FxHashMap<TextRange, usize>,
}

/// A private name (`__x` in a class body) as it is stored.
pub fn mangle(name: &str, class: Option<&str>) -> Name {
    match class {
        Some(class) if name.starts_with("__") && !name.ends_with("__") && !name.contains('.') => {
            Name::new(&format!("_{}{name}", class.trim_start_matches('_')))
        }
        _ => Name::new(name),
    }
}

impl Scopes {
    /// The scopes of a module's statements.
    pub fn of_module(body: &[Stmt]) -> Scopes {
        let mut collector = Collector::new();
        collector.visit_body(body);
        collector.finish()
    }

    /// The scopes of a lone expression.
    pub fn of_expression(expression: &Expr) -> Scopes {
        let mut collector = Collector::new();
        collector.visit_expr(expression);
        collector.finish()
    }

    /// The scope of the module itself.
    pub fn root(&self) -> usize {
        0
    }

    /// The scope that a node opens.
    pub fn at(&self, range: TextRange) -> usize {
        self.by_range[&range]
    }

    /// A scope.
    pub fn get(&self, index: usize) -> &Scope {
        &self.scopes[index]
    }

    fn resolve(&mut self) {
        for index in 0..self.scopes.len() {
            let names: Vec<Name> =
                self.scopes[index].used.keys().chain(self.scopes[index].bound.keys()).copied().collect();
            for name in names {
                self.place(index, name);
            }
        }
    }

    /// Decides a name's place in a scope, and marks it in the scopes around where it is taken from there.
    fn place(&mut self, index: usize, name: Name) -> Place {
        if let Some(&place) = self.scopes[index].places.get(&name) {
            return place;
        }
        let kind = self.scopes[index].kind;
        let function = matches!(kind, ScopeKind::Function | ScopeKind::Comprehension);
        let place = match self.scopes[index].bound.get(&name).copied() {
            Some(Binding::Global) => Place::Global,
            Some(Binding::Assigned) if function => Place::Local,
            Some(Binding::Assigned) => Place::Named,
            Some(Binding::Nonlocal) | None => match self.bound_around(index, name) {
                true => Place::Free,
                false if kind == ScopeKind::Class => Place::Named,
                false => Place::Global,
            },
        };
        // An enclosing function may have marked it meanwhile.
        *self.scopes[index].places.entry(name).or_insert(place)
    }

    /// Whether a function around binds the name; if so it becomes a cell there and free in between.
    fn bound_around(&mut self, index: usize, name: Name) -> bool {
        let mut path: Vec<usize> = Vec::new();
        let mut at = self.scopes[index].parent;
        while let Some(around) = at {
            let scope = &self.scopes[around];
            let class_cell = scope.kind == ScopeKind::Class && name == Name::CLASS;
            let function = matches!(scope.kind, ScopeKind::Function | ScopeKind::Comprehension);
            let binds = match scope.bound.get(&name) {
                Some(Binding::Assigned) => function || class_cell,
                Some(Binding::Global) if function => return false,
                _ => class_cell,
            };
            if binds {
                self.scopes[around].places.insert(name, Place::Cell);
                for between in path {
                    self.scopes[between].places.insert(name, Place::Free);
                }
                return true;
            }
            // A class between hands the cell on, though its own names do not see it.
            path.push(around);
            at = scope.parent;
        }
        false
    }
}

struct Collector {
    scopes: Scopes,
    stack: Vec<usize>,
}

impl Collector {
    fn new() -> Collector {
        let mut collector = Collector { scopes: Scopes::default(), stack: Vec::new() };
        collector.open(ScopeKind::Module, None);
        collector
    }

    fn finish(mut self) -> Scopes {
        self.scopes.resolve();
        self.scopes
    }

    fn open(&mut self, kind: ScopeKind, range: Option<TextRange>) {
        let parent = self.stack.last().copied();
        let private = parent.and_then(|parent| self.scopes.scopes[parent].private.clone());
        let index = self.scopes.scopes.len();
        self.scopes.scopes.push(Scope {
            kind,
            places: IndexMap::default(),
            generator: false,
            parent,
            bound: IndexMap::default(),
            used: IndexMap::default(),
            private,
        });
        if let Some(range) = range {
            self.scopes.by_range.insert(range, index);
        }
        self.stack.push(index);
    }

    fn scope(&mut self) -> &mut Scope {
        let index = *self.stack.last().expect("the module's scope is never closed");
        &mut self.scopes.scopes[index]
    }

    fn bind(&mut self, name: &str) {
        let scope = self.scope();
        let name = mangle(name, scope.private.as_deref());
        scope.bound.entry(name).or_insert(Binding::Assigned);
    }

    fn use_name(&mut self, name: &str) {
        let scope = self.scope();
        let mangled = mangle(name, scope.private.as_deref());
        scope.used.insert(mangled, ());
        if name == "super" {
            // `super()` without arguments needs the class it stands in.
            scope.used.insert(Name::CLASS, ());
        }
    }

    fn parameters(&mut self, parameters: &Parameters) {
        for parameter in parameters {
            self.bind(parameter.name().as_str());
        }
    }

    fn defaults(&mut self, parameters: &Parameters) {
        for parameter in parameters.iter_non_variadic_params() {
            if let Some(default) = &parameter.default {
                self.visit_expr(default);
            }
        }
    }

    fn function(&mut self, def: &StmtFunctionDef) {
        self.bind(def.name.as_str());
        for decorator in &def.decorator_list {
            self.visit_expr(&decorator.expression);
        }
        self.defaults(&def.parameters);
        self.open(ScopeKind::Function, Some(def.range()));
        self.parameters(&def.parameters);
        self.visit_body(&def.body);
        self.stack.pop();
    }

    fn class(&mut self, def: &StmtClassDef) {
        self.bind(def.name.as_str());
        for decorator in &def.decorator_list {
            self.visit_expr(&decorator.expression);
        }
        if let Some(arguments) = &def.arguments {
            self.visit_arguments(arguments);
        }
        self.open(ScopeKind::Class, Some(def.range()));
        self.scope().private = Some(def.name.as_str().to_owned());
        self.visit_body(&def.body);
        self.stack.pop();
    }

    fn comprehension(&mut self, range: TextRange, elements: &[&Expr], generators: &[Comprehension]) {
        if let Some(first) = generators.first() {
            self.visit_expr(&first.iter);
        }
        self.open(ScopeKind::Comprehension, Some(range));
        self.bind(".0");
        for (at, generator) in generators.iter().enumerate() {
            self.visit_expr(&generator.target);
            if at > 0 {
                self.visit_expr(&generator.iter);
            }
            for condition in &generator.ifs {
                self.visit_expr(condition);
            }
        }
        for element in elements {
            self.visit_expr(element);
        }
        self.stack.pop();
    }

    /// A walrus binds in the function around the comprehension.
    fn bind_named(&mut self, name: &str) {
        let at =
            self.stack.iter().rposition(|&index| self.scopes.scopes[index].kind != ScopeKind::Comprehension);
        let Some(at) = at else { return };
        let mangled = mangle(name, self.scope().private.as_deref());
        let owner = self.stack[at];
        let kind = self.scopes.scopes[owner].kind;
        self.scopes.scopes[owner].bound.entry(mangled).or_insert(Binding::Assigned);
        for &index in &self.stack[at + 1..] {
            let binding = if kind == ScopeKind::Function { Binding::Nonlocal } else { Binding::Global };
            self.scopes.scopes[index].bound.insert(mangled, binding);
        }
    }
}

impl<'a> Visitor<'a> for Collector {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => self.function(def),
            Stmt::ClassDef(def) => self.class(def),
            Stmt::Global(global) => {
                for name in &global.names {
                    let scope = self.scope();
                    let name = mangle(name.as_str(), scope.private.as_deref());
                    scope.bound.insert(name, Binding::Global);
                }
            }
            Stmt::Nonlocal(nonlocal) => {
                for name in &nonlocal.names {
                    let scope = self.scope();
                    let name = mangle(name.as_str(), scope.private.as_deref());
                    scope.bound.insert(name, Binding::Nonlocal);
                }
            }
            Stmt::Import(import) => {
                for alias in &import.names {
                    let bound = match &alias.asname {
                        Some(name) => name.as_str(),
                        None => alias.name.as_str().split('.').next().unwrap_or_default(),
                    };
                    self.bind(bound);
                }
            }
            Stmt::ImportFrom(import) => {
                for alias in &import.names {
                    if alias.name.as_str() != "*" {
                        self.bind(alias.asname.as_ref().unwrap_or(&alias.name).as_str());
                    }
                }
            }
            Stmt::AnnAssign(assign) => {
                // The annotation is kept as text and never evaluated.
                self.visit_expr(&assign.target);
                if let Some(value) = &assign.value {
                    self.visit_expr(value);
                }
            }
            Stmt::AugAssign(assign) => {
                if let Expr::Name(name) = &*assign.target {
                    self.use_name(name.id.as_str());
                }
                self.visit_expr(&assign.target);
                self.visit_expr(&assign.value);
            }
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_except_handler(&mut self, handler: &'a ExceptHandler) {
        let ExceptHandler::ExceptHandler(inner) = handler;
        if let Some(name) = &inner.name {
            self.bind(name.as_str());
        }
        visitor::walk_except_handler(self, handler);
    }

    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        let name = match pattern {
            Pattern::MatchAs(inner) => inner.name.as_ref(),
            Pattern::MatchStar(inner) => inner.name.as_ref(),
            Pattern::MatchMapping(inner) => inner.rest.as_ref(),
            _ => None,
        };
        if let Some(name) = name {
            self.bind(name.as_str());
        }
        visitor::walk_pattern(self, pattern);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) => match name.ctx {
                ExprContext::Load => self.use_name(name.id.as_str()),
                _ => self.bind(name.id.as_str()),
            },
            Expr::Named(named) => {
                if let Expr::Name(target) = &*named.target {
                    self.bind_named(target.id.as_str());
                }
                self.visit_expr(&named.value);
            }
            Expr::Lambda(lambda) => {
                if let Some(parameters) = &lambda.parameters {
                    self.defaults(parameters);
                }
                self.open(ScopeKind::Function, Some(lambda.range()));
                if let Some(parameters) = &lambda.parameters {
                    self.parameters(parameters);
                }
                self.visit_expr(&lambda.body);
                self.stack.pop();
            }
            Expr::ListComp(comp) => self.comprehension(comp.range(), &[&comp.elt], &comp.generators),
            Expr::SetComp(comp) => self.comprehension(comp.range(), &[&comp.elt], &comp.generators),
            Expr::Generator(comp) => self.comprehension(comp.range(), &[&comp.elt], &comp.generators),
            Expr::DictComp(comp) => {
                let mut elements: Vec<&Expr> = comp.key.as_deref().into_iter().collect();
                elements.push(&comp.value);
                self.comprehension(comp.range(), &elements, &comp.generators);
            }
            Expr::Yield(_) | Expr::YieldFrom(_) => {
                self.scope().generator = true;
                visitor::walk_expr(self, expr);
            }
            _ => visitor::walk_expr(self, expr),
        }
    }
}
