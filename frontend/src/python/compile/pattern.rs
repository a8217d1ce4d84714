//! Patterns of `match`. Subjects and their parts are kept in slots of the compiler's own, so a failed pattern leaves
//! nothing on the stack.

use super::Compiler;
use super::unit::Label;
use crate::python::code::{CompareOp, Op};
use crate::python::names::Name;
use crate::python::value::Value;
use ruff_python_ast::{Pattern, Singleton, StmtMatch};
use ruff_text_size::Ranged;

impl<'a> Compiler<'a> {
    pub(super) fn match_statement(&mut self, statement: &'a StmtMatch) {
        let subject = self.unit().hidden_slot();
        self.expression(&statement.subject);
        self.emit(Op::StoreFast(subject));
        let end = self.unit().label();
        for case in &statement.cases {
            let next = self.unit().label();
            self.pattern(&case.pattern, subject, next);
            if let Some(guard) = &case.guard {
                self.jump_if(guard, false, next);
            }
            self.statements(&case.body);
            self.unit().jump(Op::Jump, end);
            self.unit().place(next);
        }
        self.unit().join(end);
    }

    /// Goes on at `fail` unless the value in a slot matches; binds the pattern's names.
    fn pattern(&mut self, pattern: &'a Pattern, subject: u32, fail: Label) {
        self.unit().at(pattern.range());
        match pattern {
            Pattern::MatchValue(value) => {
                self.emit(Op::LoadFast(subject));
                self.expression(&value.value);
                self.emit(Op::Compare(CompareOp::Eq));
                self.unit().jump(Op::JumpIfFalse, fail);
            }
            Pattern::MatchSingleton(singleton) => {
                self.emit(Op::LoadFast(subject));
                self.unit().constant(match singleton.value {
                    Singleton::None => Value::None,
                    Singleton::True => Value::Bool(true),
                    Singleton::False => Value::Bool(false),
                });
                self.emit(Op::Is(false));
                self.unit().jump(Op::JumpIfFalse, fail);
            }
            Pattern::MatchAs(inner) => {
                if let Some(pattern) = &inner.pattern {
                    self.pattern(pattern, subject, fail);
                }
                if let Some(name) = &inner.name {
                    self.bind(subject, name.as_str());
                }
            }
            Pattern::MatchOr(or) => {
                let matched = self.unit().label();
                for alternative in &or.patterns {
                    let next = self.unit().label();
                    self.pattern(alternative, subject, next);
                    self.unit().jump(Op::Jump, matched);
                    self.unit().place(next);
                }
                self.unit().jump(Op::Jump, fail);
                self.unit().place(matched);
            }
            Pattern::MatchSequence(sequence) => self.sequence_pattern(&sequence.patterns, subject, fail),
            Pattern::MatchMapping(mapping) => {
                self.emit(Op::LoadFast(subject));
                self.emit(Op::MatchMapping);
                self.unit().jump(Op::JumpIfFalse, fail);
                for (key, pattern) in mapping.keys.iter().zip(&mapping.patterns) {
                    self.expression(key);
                    self.emit(Op::LoadFast(subject));
                    self.emit(Op::In(false));
                    self.unit().jump(Op::JumpIfFalse, fail);
                    self.emit(Op::LoadFast(subject));
                    self.expression(key);
                    self.emit(Op::LoadItem);
                    self.part(pattern, fail);
                }
                if let Some(rest) = &mapping.rest {
                    self.emit(Op::BuildDict(0));
                    self.emit(Op::LoadFast(subject));
                    self.emit(Op::DictUpdate);
                    for key in &mapping.keys {
                        self.emit(Op::Dup);
                        self.expression(key);
                        self.emit(Op::DeleteItem);
                    }
                    let name = self.mangled(rest.as_str());
                    self.unit().store(name);
                }
            }
            Pattern::MatchClass(class) => {
                self.emit(Op::LoadFast(subject));
                self.expression(&class.cls);
                let keywords: Vec<Name> =
                    class.arguments.keywords.iter().map(|keyword| Name::new(keyword.attr.as_str())).collect();
                let positional = class.arguments.patterns.len() as u16;
                let unit = self.unit();
                unit.at(pattern.range());
                unit.code.keywords.push(keywords.into());
                let names = unit.code.keywords.len() as u16 - 1;
                let attributes = unit.hidden_slot();
                unit.emit(Op::MatchClass(positional, names));
                unit.emit(Op::StoreFast(attributes));
                unit.emit(Op::LoadFast(attributes));
                unit.constant(Value::None);
                unit.emit(Op::Is(false));
                unit.jump(Op::JumpIfTrue, fail);
                let parts = class
                    .arguments
                    .patterns
                    .iter()
                    .chain(class.arguments.keywords.iter().map(|k| &k.pattern));
                for (at, part) in parts.enumerate() {
                    self.emit(Op::LoadFast(attributes));
                    self.unit().constant(Value::Int(at as i64));
                    self.emit(Op::LoadItem);
                    self.part(part, fail);
                }
            }
            Pattern::MatchStar(star) => {
                // Reached only through a sequence pattern, which has put the list of the rest into the slot.
                if let Some(name) = &star.name {
                    self.bind(subject, name.as_str());
                }
            }
        }
    }

    fn sequence_pattern(&mut self, patterns: &'a [Pattern], subject: u32, fail: Label) {
        let star = patterns.iter().position(|pattern| matches!(pattern, Pattern::MatchStar(_)));
        self.emit(Op::LoadFast(subject));
        self.emit(Op::MatchSequence);
        self.unit().jump(Op::JumpIfFalse, fail);
        self.emit(Op::LoadFast(subject));
        let least = patterns.len() - usize::from(star.is_some());
        self.emit(Op::MatchLength(least as u32, star.is_some()));
        self.unit().jump(Op::JumpIfFalse, fail);
        for (at, pattern) in patterns.iter().enumerate() {
            let from_end = patterns.len() - at;
            self.emit(Op::LoadFast(subject));
            match star {
                Some(star) if at == star => {
                    let stop = if from_end == 1 { Value::None } else { Value::Int(1 - from_end as i64) };
                    self.unit().constant(Value::Int(at as i64));
                    self.unit().constant(stop);
                    self.emit(Op::BuildSlice(2));
                    self.emit(Op::LoadItem);
                    let slice = self.unit().hidden_slot();
                    self.emit(Op::StoreFast(slice));
                    self.emit(Op::BuildList(0));
                    self.emit(Op::LoadFast(slice));
                    self.emit(Op::ListExtend);
                }
                Some(star) if at > star => {
                    self.unit().constant(Value::Int(-(from_end as i64)));
                    self.emit(Op::LoadItem);
                }
                _ => {
                    self.unit().constant(Value::Int(at as i64));
                    self.emit(Op::LoadItem);
                }
            }
            self.part(pattern, fail);
        }
    }

    /// Matches the value on the stack.
    fn part(&mut self, pattern: &'a Pattern, fail: Label) {
        let slot = self.unit().hidden_slot();
        self.emit(Op::StoreFast(slot));
        self.pattern(pattern, slot, fail);
    }

    fn bind(&mut self, slot: u32, name: &str) {
        self.emit(Op::LoadFast(slot));
        let name = self.mangled(name);
        self.unit().store(name);
    }
}
