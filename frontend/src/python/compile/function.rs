//! Functions, lambdas, comprehensions and classes: code inside code.

use super::Compiler;
use super::scope::{Place, ScopeKind};
use super::statement::docstring;
use super::unit::Unit;
use crate::python::code::{ClassTemplate, Code, FunctionTemplate, Op};
use crate::python::names::Name;
use crate::python::value::Value;
use ruff_python_ast::{Comprehension, Expr, ExprLambda, Parameters, StmtClassDef, StmtFunctionDef};
use ruff_text_size::{Ranged, TextRange};
use std::sync::Arc;

/// What a comprehension makes.
#[derive(Clone, Copy)]
pub(super) enum Collect<'a> {
    /// `[…]`
    List(&'a Expr),
    /// `{…}`
    Set(&'a Expr),
    /// `{k: v …}`; without a key the value is unpacked.
    Dict(Option<&'a Expr>, &'a Expr),
    /// `(…)`
    Generator(&'a Expr),
}

/// Functions may be nested so deep.
const NESTED_MAX: usize = 200;

impl<'a> Compiler<'a> {
    /// Opens a unit for the scope of a node.
    fn open(&mut self, range: TextRange, name: Name) {
        let scope_index = self.scopes.at(range);
        let qualname = match self.units.len() {
            1 => name,
            _ => {
                let around = self.unit();
                let locals = if around.scope.kind == ScopeKind::Class { "" } else { ".<locals>" };
                Name::new(&format!("{}{locals}.{name}", around.code.qualname))
            }
        };
        let private = self.unit().private.clone();
        let mut unit = Unit::new(self.scopes.get(scope_index), name, qualname, self.source.clone());
        unit.private = private;
        unit.at(range);
        self.units.push(unit);
    }

    /// Reserves slots in their fixed order (parameters, other locals, then free variables) and makes cells.
    fn lay_out(&mut self, parameters: Option<&Parameters>) {
        if let Some(parameters) = parameters {
            let mut names: Vec<Name> = Vec::new();
            for parameter in
                parameters.posonlyargs.iter().chain(&parameters.args).chain(&parameters.kwonlyargs)
            {
                names.push(self.mangled(parameter.parameter.name.as_str()));
            }
            for variadic in [&parameters.vararg, &parameters.kwarg].into_iter().flatten() {
                names.push(self.mangled(variadic.name.as_str()));
            }
            let unit = self.unit();
            for name in names {
                unit.slot(name);
            }
            let code = &mut unit.code;
            code.positional_only = parameters.posonlyargs.len() as u32;
            code.positional = code.positional_only + parameters.args.len() as u32;
            code.keyword_only = parameters.kwonlyargs.len() as u32;
            code.star = parameters.vararg.is_some();
            code.kwargs = parameters.kwarg.is_some();
        }
        let unit = self.unit();
        let cells: Vec<Name> = unit
            .scope
            .places
            .iter()
            .filter(|(_, place)| **place == Place::Cell)
            .map(|(name, _)| *name)
            .collect();
        for name in cells {
            let slot = unit.slot(name);
            unit.code.first_in_cell |= slot == 0 && unit.code.positional > 0;
            unit.emit(Op::MakeCell(slot));
        }
    }

    /// Closes the innermost unit. Free variables get the last slots, in the order of the scope's list.
    fn close(&mut self) -> (Arc<Code>, Vec<Name>) {
        let unit = self.units.pop().expect("an opened unit is closed once");
        let free: Vec<Name> = unit
            .scope
            .places
            .iter()
            .filter(|(_, place)| **place == Place::Free)
            .map(|(name, _)| *name)
            .collect();
        let mut code = unit.finish();
        // Free variables may have been given slots on first use: move them to the end.
        let mut order: Vec<Name> = code.slots.iter().copied().filter(|name| !free.contains(name)).collect();
        order.extend(&free);
        let moved: Vec<u32> = code
            .slots
            .iter()
            .map(|name| order.iter().position(|other| other == name).expect("every slot is kept") as u32)
            .collect();
        for op in &mut code.ops {
            let (Op::LoadFast(slot)
            | Op::StoreFast(slot)
            | Op::DeleteFast(slot)
            | Op::ClearFast(slot)
            | Op::MakeCell(slot)
            | Op::LoadCell(slot)
            | Op::StoreCell(slot)
            | Op::DeleteCell(slot)
            | Op::ClearCell(slot)
            | Op::LoadClassCell(slot, _)) = op
            else {
                continue;
            };
            *slot = moved[*slot as usize];
        }
        for template in &mut code.functions {
            for slot in &mut template.captures {
                *slot = moved[*slot as usize];
            }
        }
        code.slots = order;
        code.free = free.len() as u32;
        (Arc::new(code), free)
    }

    /// Pushes the function whose code was just closed; its defaults are on the stack.
    fn make_function(
        &mut self,
        code: Arc<Code>,
        free: &[Name],
        defaults: u32,
        kw_defaults: Vec<Name>,
        annotations: Vec<(Name, Arc<str>)>,
    ) {
        let unit = self.unit();
        let captures = free.iter().map(|&name| unit.slot(name)).collect();
        unit.code.functions.push(FunctionTemplate { code, defaults, kw_defaults, captures, annotations });
        let index = unit.code.functions.len() as u32 - 1;
        unit.emit(Op::MakeFunction(index));
    }

    /// Pushes the defaults of parameters: how many positional ones, and the names of the keyword-only ones.
    fn defaults(&mut self, parameters: &'a Parameters) -> (u32, Vec<Name>) {
        let mut positional = 0;
        for parameter in parameters.posonlyargs.iter().chain(&parameters.args) {
            if let Some(default) = &parameter.default {
                self.expression(default);
                positional += 1;
            }
        }
        let mut keyword_only = Vec::new();
        for parameter in &parameters.kwonlyargs {
            if let Some(default) = &parameter.default {
                self.expression(default);
                let name = self.mangled(parameter.parameter.name.as_str());
                keyword_only.push(name);
            }
        }
        (positional, keyword_only)
    }

    /// The source text of a node.
    pub(super) fn text(&self, range: TextRange) -> Arc<str> {
        Arc::from(&self.source.text[range.start().to_usize()..range.end().to_usize()])
    }

    pub(super) fn function(&mut self, def: &'a StmtFunctionDef) {
        if def.is_async {
            self.unsupported("async functions are not supported", "write an ordinary function");
        }
        for decorator in &def.decorator_list {
            self.expression(&decorator.expression);
        }
        let (defaults, kw_defaults) = self.defaults(&def.parameters);
        let mut annotations = Vec::new();
        for parameter in &*def.parameters {
            if let Some(annotation) = parameter.annotation() {
                annotations.push((Name::new(parameter.name().as_str()), self.text(annotation.range())));
            }
        }
        if let Some(returns) = &def.returns {
            annotations.push((Name::new("return"), self.text(returns.range())));
        }
        let name = Name::new(def.name.as_str());
        self.open(def.range(), name);
        self.unit().code.doc = docstring(&def.body);
        self.lay_out(Some(&def.parameters));
        self.statements(&def.body);
        self.return_none();
        let (code, free) = self.close();
        self.unit().at(def.name.range());
        self.make_function(code, &free, defaults, kw_defaults, annotations);
        for decorator in def.decorator_list.iter().rev() {
            self.unit().at(decorator.range());
            self.emit(Op::Call(1));
        }
        let name = self.mangled(def.name.as_str());
        self.unit().store(name);
    }

    pub(super) fn lambda(&mut self, lambda: &'a ExprLambda) {
        if self.units.len() > NESTED_MAX {
            self.unsupported(
                &format!("functions nested more than {NESTED_MAX} deep are not supported"),
                "Python itself refuses an expression that is nested too deeply",
            );
            return;
        }
        let (defaults, kw_defaults) = match &lambda.parameters {
            Some(parameters) => self.defaults(parameters),
            None => (0, Vec::new()),
        };
        self.open(lambda.range(), Name::LAMBDA);
        self.lay_out(lambda.parameters.as_deref());
        self.expression(&lambda.body);
        self.emit(Op::Return);
        let (code, free) = self.close();
        self.unit().at(lambda.range());
        self.make_function(code, &free, defaults, kw_defaults, Vec::new());
    }

    pub(super) fn class(&mut self, def: &'a StmtClassDef) {
        for decorator in &def.decorator_list {
            self.expression(&decorator.expression);
        }
        self.open(def.range(), Name::new(def.name.as_str()));
        self.unit().private = Some(def.name.as_str().to_owned());
        self.lay_out(None);
        let qualname = Value::name(self.unit().code.qualname);
        self.unit().constant(qualname);
        let name = self.unit().name(Name::QUALNAME);
        self.emit(Op::StoreName(name));
        if let Some(doc) = docstring(&def.body) {
            self.unit().constant(Value::Str(doc));
            let name = self.unit().name(Name::DOC);
            self.emit(Op::StoreName(name));
        }
        self.statements(&def.body);
        // The cell that `super()` finds the class in is the body's result; the machine fills it.
        match self.unit().place_of(Name::CLASS) {
            Place::Cell => {
                let slot = self.unit().slot(Name::CLASS);
                self.emit(Op::LoadFast(slot));
            }
            _ => self.unit().constant(Value::None),
        }
        self.emit(Op::Return);
        let (code, free) = self.close();
        self.unit().at(def.name.range());
        self.make_function(code, &free, 0, Vec::new(), Vec::new());
        let mut template = ClassTemplate {
            name: Name::new(def.name.as_str()),
            bases: 0,
            starred: Vec::new(),
            keywords: Vec::new(),
        };
        if let Some(arguments) = &def.arguments {
            for base in &arguments.args {
                match base {
                    Expr::Starred(starred) => {
                        self.emit(Op::BuildList(0));
                        self.expression(&starred.value);
                        self.emit(Op::ListExtend);
                        template.starred.push(true);
                    }
                    base => {
                        self.expression(base);
                        template.starred.push(false);
                    }
                }
                template.bases += 1;
            }
            for keyword in &arguments.keywords {
                match &keyword.arg {
                    Some(name) => {
                        self.expression(&keyword.value);
                        template.keywords.push(Name::new(name.as_str()));
                    }
                    None => {
                        self.unit().at(keyword.range());
                        self.unsupported(
                            "** in a class statement is not supported",
                            "write the keyword arguments out",
                        );
                    }
                }
            }
        }
        let unit = self.unit();
        unit.at(def.name.range());
        unit.code.classes.push(template);
        let index = unit.code.classes.len() as u32 - 1;
        unit.emit(Op::BuildClass(index));
        for decorator in def.decorator_list.iter().rev() {
            self.unit().at(decorator.range());
            self.emit(Op::Call(1));
        }
        let name = self.mangled(def.name.as_str());
        self.unit().store(name);
    }

    pub(super) fn comprehension(
        &mut self,
        range: TextRange,
        generators: &'a [Comprehension],
        collect: Collect<'a>,
    ) {
        let (name, start) = match collect {
            Collect::List(_) => (Name::LISTCOMP, Some(Op::BuildList(0))),
            Collect::Set(_) => (Name::SETCOMP, Some(Op::BuildSet(0))),
            Collect::Dict(..) => (Name::DICTCOMP, Some(Op::BuildDict(0))),
            Collect::Generator(_) => (Name::GENEXPR, None),
        };
        self.open(range, name);
        let source = self.unit().slot(Name::new(".0"));
        self.unit().code.positional = 1;
        self.unit().code.positional_only = 1;
        self.unit().code.generator |= start.is_none();
        self.lay_out(None);
        if let Some(op) = start {
            self.emit(op);
        }
        self.generators(generators, 0, source, collect);
        match start {
            Some(_) => self.emit(Op::Return),
            None => self.return_none(),
        }
        let (code, free) = self.close();
        self.unit().at(range);
        self.make_function(code, &free, 0, Vec::new(), Vec::new());
        if let Some(first) = generators.first() {
            self.expression(&first.iter);
            self.unit().at(first.iter.range());
            self.emit(Op::GetIter);
        }
        self.unit().at(range);
        self.emit(Op::Call(1));
    }

    fn generators(
        &mut self,
        generators: &'a [Comprehension],
        depth: usize,
        source: u32,
        collect: Collect<'a>,
    ) {
        let Some(generator) = generators.get(depth) else {
            return self.collect(collect, generators.len() as u32);
        };
        if generator.is_async {
            self.unsupported("async comprehensions are not supported", "write an ordinary comprehension");
        }
        if depth == 0 {
            self.emit(Op::LoadFast(source));
        } else {
            self.expression(&generator.iter);
            self.unit().at(generator.iter.range());
            self.emit(Op::GetIter);
        }
        let exit = self.unit().label();
        let head = self.unit().here();
        self.unit().at(generator.iter.range());
        self.unit().jump(Op::ForIter, exit);
        self.assign(&generator.target);
        let next = self.unit().label();
        for condition in &generator.ifs {
            self.jump_if(condition, false, next);
        }
        self.generators(generators, depth + 1, source, collect);
        self.unit().join(next);
        self.emit(Op::JumpBack(head));
        self.unit().join(exit);
    }

    fn collect(&mut self, collect: Collect<'a>, depth: u32) {
        match collect {
            Collect::List(element) => {
                self.expression(element);
                self.emit(Op::ListAppend(depth));
            }
            Collect::Set(element) => {
                self.expression(element);
                self.emit(Op::SetAdd(depth));
            }
            Collect::Dict(Some(key), value) => {
                self.expression(key);
                self.expression(value);
                self.emit(Op::DictAdd(depth));
            }
            Collect::Dict(None, value) => {
                self.unit().at(value.range());
                self.unsupported(
                    "** in a dict comprehension is not supported",
                    "build the dict with a loop and update()",
                );
            }
            Collect::Generator(element) => {
                self.expression(element);
                self.emit(Op::Yield);
                self.emit(Op::Pop);
            }
        }
    }
}
