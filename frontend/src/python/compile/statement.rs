//! Statements, and the orderly ways out of them.

use super::Compiler;
use super::expression::binary_op;
use super::unit::{Block, Guard, Label};
use crate::python::code::{ImportTemplate, Op};
use crate::python::names::Name;
use crate::python::value::Value;
use ruff_python_ast::{
    BoolOp, ExceptHandler, Expr, Stmt, StmtAnnAssign, StmtAugAssign, StmtFor, StmtIf, StmtImportFrom,
    StmtTry, StmtWhile, StmtWith, UnaryOp, WithItem,
};
use ruff_text_size::Ranged;
use std::sync::Arc;

/// The docstring that a body begins with.
pub(super) fn docstring(body: &[Stmt]) -> Option<Arc<str>> {
    match body.first() {
        Some(Stmt::Expr(statement)) => match &*statement.value {
            Expr::StringLiteral(literal) => Some(Arc::from(literal.value.to_str())),
            _ => None,
        },
        _ => None,
    }
}

impl<'a> Compiler<'a> {
    pub(super) fn statements(&mut self, body: &'a [Stmt]) {
        for statement in body {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &'a Stmt) {
        self.unit().at(statement.range());
        match statement {
            Stmt::Expr(inner) => {
                // A docstring or another lone literal computes nothing.
                if !inner.value.is_literal_expr() {
                    self.expression(&inner.value);
                    self.emit(Op::Pop);
                }
            }
            Stmt::Assign(assign) => {
                self.expression(&assign.value);
                for (at, target) in assign.targets.iter().enumerate() {
                    if at + 1 < assign.targets.len() {
                        self.emit(Op::Dup);
                    }
                    self.assign(target);
                }
            }
            Stmt::AugAssign(assign) => self.aug_assign(assign),
            Stmt::AnnAssign(assign) => self.ann_assign(assign),
            Stmt::Return(inner) => {
                match &inner.value {
                    Some(value) => self.expression(value),
                    None => self.unit().constant(Value::None),
                }
                self.unit().at(statement.range());
                self.return_statement();
            }
            Stmt::If(inner) => self.if_statement(inner),
            Stmt::For(inner) => self.for_statement(inner),
            Stmt::While(inner) => self.while_statement(inner),
            Stmt::Break(_) => self.leave_loop(true),
            Stmt::Continue(_) => self.leave_loop(false),
            Stmt::Pass(_) | Stmt::Global(_) | Stmt::Nonlocal(_) => {}
            Stmt::FunctionDef(def) => self.function(def),
            Stmt::ClassDef(def) => self.class(def),
            Stmt::With(inner) => self.with_statement(inner),
            Stmt::Try(inner) => self.try_statement(inner),
            Stmt::Raise(inner) => {
                let mut count = 0;
                for part in [&inner.exc, &inner.cause].into_iter().flatten() {
                    self.expression(part);
                    count += 1;
                }
                self.emit(Op::Raise(count));
            }
            Stmt::Assert(inner) => {
                let (ok, failed) = (self.unit().label(), self.unit().label());
                self.assertion(&inner.test, ok, failed);
                self.unit().join(failed);
                let mut count = 0;
                if let Some(message) = &inner.msg {
                    self.expression(message);
                    count = 1;
                }
                self.unit().at(inner.test.range());
                self.emit(Op::AssertFail(count));
                self.unit().join(ok);
            }
            Stmt::Delete(inner) => {
                for target in &inner.targets {
                    self.delete(target);
                }
            }
            Stmt::Import(inner) => {
                for alias in &inner.names {
                    self.unit().at(alias.range());
                    let module = Name::new(alias.name.as_str());
                    let leaf = alias.asname.is_some();
                    self.import(ImportTemplate { module, level: 0, names: Vec::new(), leaf });
                    let bound = match &alias.asname {
                        Some(name) => name.as_str(),
                        None => alias.name.as_str().split('.').next().unwrap_or_default(),
                    };
                    let bound = self.mangled(bound);
                    self.unit().store(bound);
                }
            }
            Stmt::ImportFrom(inner) => self.import_from(inner),
            Stmt::Match(inner) => self.match_statement(inner),
            Stmt::TypeAlias(alias) => {
                if let Expr::Name(name) = &*alias.name {
                    self.unit().constant(Value::None);
                    let name = self.mangled(name.id.as_str());
                    self.unit().store(name);
                }
            }
            Stmt::IpyEscapeCommand(_) => {
                self.unsupported("notebook commands are not Python", "remove the line")
            }
        }
    }

    /// Pops the value on the stack into a target.
    pub(super) fn assign(&mut self, target: &'a Expr) {
        let outer = self.unit().range;
        match target {
            Expr::Name(name) => {
                let name = self.mangled(name.id.as_str());
                self.unit().store(name);
            }
            Expr::Attribute(attribute) => {
                self.expression(&attribute.value);
                self.unit().at(target.range());
                let name = self.mangled(attribute.attr.as_str());
                let name = self.unit().name(name);
                self.emit(Op::StoreAttr(name));
            }
            Expr::Subscript(subscript) => {
                self.expression(&subscript.value);
                self.expression(&subscript.slice);
                self.unit().at(target.range());
                self.emit(Op::StoreItem);
            }
            Expr::Tuple(tuple) => self.unpack(&tuple.elts),
            Expr::List(list) => self.unpack(&list.elts),
            Expr::Starred(starred) => self.assign(&starred.value),
            _ => {
                self.unsupported("this cannot be assigned to", "assign to a name, an attribute or an element")
            }
        }
        self.unit().range = outer;
    }

    fn unpack(&mut self, targets: &'a [Expr]) {
        match targets.iter().position(Expr::is_starred_expr) {
            Some(star) => self.emit(Op::UnpackEx(star as u16, (targets.len() - star - 1) as u16)),
            None => self.emit(Op::Unpack(targets.len() as u32)),
        }
        for target in targets {
            self.assign(target);
        }
    }

    fn delete(&mut self, target: &'a Expr) {
        self.unit().at(target.range());
        match target {
            Expr::Name(name) => {
                let name = self.mangled(name.id.as_str());
                self.unit().delete(name, true);
            }
            Expr::Attribute(attribute) => {
                self.expression(&attribute.value);
                let name = self.mangled(attribute.attr.as_str());
                let name = self.unit().name(name);
                self.emit(Op::DeleteAttr(name));
            }
            Expr::Subscript(subscript) => {
                self.expression(&subscript.value);
                self.expression(&subscript.slice);
                self.emit(Op::DeleteItem);
            }
            Expr::Tuple(tuple) => tuple.elts.iter().for_each(|element| self.delete(element)),
            Expr::List(list) => list.elts.iter().for_each(|element| self.delete(element)),
            _ => self.unsupported("this cannot be deleted", "delete a name, an attribute or an element"),
        }
    }

    fn aug_assign(&mut self, assign: &'a StmtAugAssign) {
        let op = Op::InPlace(binary_op(assign.op));
        match &*assign.target {
            Expr::Name(name) => {
                let name = self.mangled(name.id.as_str());
                self.unit().at(assign.target.range());
                self.unit().load(name);
                self.expression(&assign.value);
                self.unit().at(assign.range());
                self.emit(op);
                self.unit().store(name);
            }
            Expr::Attribute(attribute) => {
                self.expression(&attribute.value);
                self.emit(Op::Dup);
                self.unit().at(assign.target.range());
                let name = self.mangled(attribute.attr.as_str());
                let name = self.unit().name(name);
                self.emit(Op::LoadAttr(name));
                self.expression(&assign.value);
                self.unit().at(assign.range());
                self.emit(op);
                self.emit(Op::Swap);
                self.emit(Op::StoreAttr(name));
            }
            Expr::Subscript(subscript) => {
                self.expression(&subscript.value);
                self.expression(&subscript.slice);
                self.emit(Op::Dup2);
                self.unit().at(assign.target.range());
                self.emit(Op::LoadItem);
                self.expression(&assign.value);
                self.unit().at(assign.range());
                self.emit(op);
                self.emit(Op::Rot3);
                self.emit(Op::StoreItem);
            }
            _ => {
                self.unsupported("this cannot be assigned to", "assign to a name, an attribute or an element")
            }
        }
    }

    fn ann_assign(&mut self, assign: &'a StmtAnnAssign) {
        if let Some(value) = &assign.value {
            self.expression(value);
            self.assign(&assign.target);
        }
        let class_or_module = self.unit().scope.kind != super::scope::ScopeKind::Function;
        if let (Expr::Name(name), true, true) = (&*assign.target, assign.simple, class_or_module) {
            let text = Value::Str(self.text(assign.annotation.range()));
            let name = Value::name(self.mangled(name.id.as_str()));
            let (name, text) = (self.unit().constant_index(name), self.unit().constant_index(text));
            self.emit(Op::Annotate(name, text));
        }
    }

    /// The test of an `assert`: goes to `ok` if it holds, and on or to `failed` if not. Conditions that must hold each by
    /// itself are noted: one on input dimensions alone is a guard of the program.
    fn assertion(&mut self, test: &'a Expr, ok: Label, failed: Label) {
        let needed = match test {
            Expr::BoolOp(all) if all.op == BoolOp::And => all.values.as_slice(),
            test => std::slice::from_ref(test),
        };
        let Some((last, first)) = needed.split_last() else { return };
        for condition in first {
            self.jump_if(condition, false, failed);
            self.note_needed(condition);
        }
        self.jump_if(last, true, ok);
        self.note_needed(last);
    }

    /// Notes the jump just emitted as one that an assertion needs, unless more than one jump decides the condition.
    fn note_needed(&mut self, condition: &Expr) {
        let (mut condition, mut truth) = (condition, true);
        while let Expr::UnaryOp(unary) = condition
            && unary.op == UnaryOp::Not
        {
            (condition, truth) = (&*unary.operand, !truth);
        }
        if !matches!(condition, Expr::BoolOp(_)) {
            let at = self.unit().here() - 1;
            self.unit().code.asserts.push((at, truth));
        }
    }

    fn if_statement(&mut self, statement: &'a StmtIf) {
        let end = self.unit().label();
        let mut next = self.unit().label();
        self.jump_if(&statement.test, false, next);
        self.statements(&statement.body);
        for clause in &statement.elif_else_clauses {
            self.unit().at(clause.range());
            self.unit().jump(Op::Jump, end);
            self.unit().place(next);
            next = self.unit().label();
            if let Some(test) = &clause.test {
                self.jump_if(test, false, next);
            }
            self.statements(&clause.body);
        }
        self.unit().place(next);
        self.unit().join(end);
    }

    fn for_statement(&mut self, statement: &'a StmtFor) {
        if statement.is_async {
            self.unsupported("async for is not supported", "write an ordinary loop");
        }
        self.expression(&statement.iter);
        self.unit().at(statement.iter.range());
        self.emit(Op::GetIter);
        let (exit, end) = (self.unit().label(), self.unit().label());
        let head = self.unit().here();
        self.unit().jump(Op::ForIter, exit);
        self.unit().blocks.push(Block::Loop { head, end, iterator: true });
        self.assign(&statement.target);
        self.statements(&statement.body);
        self.unit().at(statement.iter.range());
        self.emit(Op::JumpBack(head));
        self.unit().blocks.pop();
        self.unit().place(exit);
        self.statements(&statement.orelse);
        self.unit().join(end);
    }

    fn while_statement(&mut self, statement: &'a StmtWhile) {
        let (exit, end) = (self.unit().label(), self.unit().label());
        let head = self.unit().here();
        self.unit().at(statement.test.range());
        self.unit().jump(Op::WhileHead, exit);
        self.unit().blocks.push(Block::Loop { head, end, iterator: false });
        self.jump_if(&statement.test, false, exit);
        self.statements(&statement.body);
        self.unit().at(statement.test.range());
        self.emit(Op::JumpBack(head));
        self.unit().blocks.pop();
        self.unit().place(exit);
        self.statements(&statement.orelse);
        self.unit().join(end);
    }

    /// Leaves the innermost loop, or goes on with its next iteration.
    fn leave_loop(&mut self, leaves: bool) {
        let blocks = self.unit().blocks.clone();
        let Some(at) = blocks.iter().rposition(|block| matches!(block, Block::Loop { .. })) else {
            return self.unsupported("break or continue outside of a loop", "put it inside a loop");
        };
        let Block::Loop { head, end, iterator } = blocks[at] else { return };
        let left = self.unwind_to(at + 1);
        if leaves {
            if iterator {
                self.emit(Op::Pop);
            }
            self.unit().jump(Op::Jump, end);
        } else {
            self.emit(Op::JumpBack(head));
        }
        self.rewind(blocks, left);
    }

    fn return_statement(&mut self) {
        let blocks = self.unit().blocks.clone();
        let plain =
            blocks.iter().all(|block| matches!(block, Block::Loop { .. } | Block::Try(_) | Block::Except(_)));
        if plain {
            return self.emit(Op::Return);
        }
        // Leaving runs code of the person's, so the value waits in a slot.
        let slot = self.unit().hidden_slot();
        self.emit(Op::StoreFast(slot));
        let left = self.unwind_to(0);
        self.emit(Op::LoadFast(slot));
        self.emit(Op::Return);
        self.rewind(blocks, left);
    }

    /// Emits what leaving the blocks from the innermost down to number `keep` takes. Returns their guards, each with
    /// the block's number, for [`Compiler::rewind`].
    fn unwind_to(&mut self, keep: usize) -> Vec<(usize, Guard)> {
        let mut left = Vec::new();
        while self.unit().blocks.len() > keep {
            let here = self.unit().here();
            let Some(mut block) = self.unit().blocks.pop() else { break };
            if let Some(guard) = block.guard_mut() {
                // The code that leaves is not covered by the statement that it leaves.
                guard.close(here);
                left.push((self.units.last().map_or(0, |unit| unit.blocks.len()), guard.clone()));
            }
            match block {
                Block::Loop { iterator: true, .. } => self.emit(Op::Pop),
                Block::Loop { .. } | Block::Try(_) => {}
                Block::Finally(body, _) => self.statements(body),
                Block::With(_) => {
                    self.emit(Op::ExitWith);
                    self.emit(Op::Pop);
                }
                Block::Except(name) => {
                    self.emit(Op::PopHandled);
                    if let Some(name) = name {
                        self.unit().delete(name, false);
                    }
                }
                Block::FinallyException => {
                    self.emit(Op::Pop);
                    self.emit(Op::PopHandled);
                }
            }
        }
        left
    }

    /// Enters again the blocks that `unwind_to` left: the code after it is inside of them.
    fn rewind(&mut self, mut blocks: Vec<Block<'a>>, left: Vec<(usize, Guard)>) {
        let here = self.unit().here();
        for (at, mut guard) in left {
            guard.open(here);
            if let Some(slot) = blocks[at].guard_mut() {
                *slot = guard;
            }
        }
        self.unit().blocks = blocks;
    }

    fn with_statement(&mut self, statement: &'a StmtWith) {
        if statement.is_async {
            self.unsupported("async with is not supported", "write an ordinary with");
        }
        self.with_items(&statement.items, &statement.body);
    }

    fn with_items(&mut self, items: &'a [WithItem], body: &'a [Stmt]) {
        let Some((item, rest)) = items.split_first() else { return self.statements(body) };
        self.expression(&item.context_expr);
        self.unit().at(item.context_expr.range());
        self.emit(Op::EnterWith);
        let range = self.unit().range;
        // The exit method is on the stack from here on; the assignment of the target is inside the block.
        let target = self.unit().hidden_slot();
        self.emit(Op::StoreFast(target));
        self.unit().open_guarded(Block::With(Guard::default()));
        if let Some(variable) = &item.optional_vars {
            self.emit(Op::LoadFast(target));
            self.assign(variable);
        }
        self.with_items(rest, body);
        let guard = self.unit().close_guarded();
        self.unit().range = range;
        self.emit(Op::ExitWith);
        self.emit(Op::Pop);
        let (suppressed, end) = (self.unit().label(), self.unit().label());
        self.unit().jump(Op::Jump, end);
        let height = self.unit().height() + 1;
        self.unit().handle(&guard, height);
        self.emit(Op::PushHandled);
        self.emit(Op::ExitWithException);
        self.unit().jump(Op::JumpIfTrue, suppressed);
        self.emit(Op::Reraise);
        self.unit().place(suppressed);
        self.emit(Op::Pop);
        self.emit(Op::Pop);
        self.emit(Op::PopHandled);
        self.unit().join(end);
    }

    fn try_statement(&mut self, statement: &'a StmtTry) {
        if statement.is_star {
            self.unsupported("except* is not supported", "use except");
        }
        if statement.finalbody.is_empty() {
            return self.try_except(statement);
        }
        self.unit().open_guarded(Block::Finally(&statement.finalbody, Guard::default()));
        self.try_except(statement);
        let guard = self.unit().close_guarded();
        self.statements(&statement.finalbody);
        let end = self.unit().label();
        self.unit().jump(Op::Jump, end);
        let height = self.unit().height();
        self.unit().handle(&guard, height);
        self.emit(Op::PushHandled);
        self.unit().blocks.push(Block::FinallyException);
        self.statements(&statement.finalbody);
        self.unit().blocks.pop();
        self.emit(Op::Reraise);
        self.unit().join(end);
    }

    fn try_except(&mut self, statement: &'a StmtTry) {
        if statement.handlers.is_empty() {
            return self.statements(&statement.body);
        }
        self.unit().open_guarded(Block::Try(Guard::default()));
        self.statements(&statement.body);
        let guard = self.unit().close_guarded();
        self.statements(&statement.orelse);
        let end = self.unit().label();
        self.unit().jump(Op::Jump, end);
        let height = self.unit().height();
        self.unit().handle(&guard, height);
        self.emit(Op::PushHandled);
        for handler in &statement.handlers {
            let ExceptHandler::ExceptHandler(handler) = handler;
            let next = self.unit().label();
            if let Some(class) = &handler.type_ {
                self.expression(class);
                self.unit().at(class.range());
                self.emit(Op::MatchException);
                self.unit().jump(Op::JumpIfFalse, next);
            }
            let name = handler.name.as_ref().map(|name| self.mangled(name.as_str()));
            match name {
                Some(name) => self.unit().store(name),
                None => self.emit(Op::Pop),
            }
            self.unit().blocks.push(Block::Except(name));
            self.statements(&handler.body);
            self.unit().blocks.pop();
            self.emit(Op::PopHandled);
            if let Some(name) = name {
                self.unit().delete(name, false);
            }
            self.unit().jump(Op::Jump, end);
            self.unit().place(next);
        }
        self.emit(Op::Reraise);
        self.unit().join(end);
    }

    fn import(&mut self, template: ImportTemplate) {
        let unit = self.unit();
        unit.code.imports.push(template);
        let index = unit.code.imports.len() as u32 - 1;
        unit.emit(Op::Import(index));
    }

    fn import_from(&mut self, statement: &'a StmtImportFrom) {
        let module = statement.module.as_ref().map_or(Name::EMPTY, |module| Name::new(module.as_str()));
        let names: Vec<Name> = statement
            .names
            .iter()
            .map(|alias| Name::new(alias.name.as_str()))
            .filter(|name| *name != Name::STAR)
            .collect();
        let star = names.is_empty();
        self.import(ImportTemplate { module, level: statement.level, names, leaf: true });
        if star {
            return self.emit(Op::ImportStar);
        }
        for alias in &statement.names {
            self.unit().at(alias.range());
            let name = self.unit().name(Name::new(alias.name.as_str()));
            self.emit(Op::ImportFrom(name));
            let bound = self.mangled(alias.asname.as_ref().unwrap_or(&alias.name).as_str());
            self.unit().store(bound);
        }
        self.emit(Op::Pop);
    }
}
