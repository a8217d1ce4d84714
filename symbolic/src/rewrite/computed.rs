//! Rules about terms of any kind, from the same text: calls are heads that the caller knows, and a condition is a call whose
//! value is known to be true.

use super::condition::{Clause, Condition, Predicate};
use super::pattern::{Pattern, PatternNode, SLOTS_MAX, SlotId, SlotSpec};
use super::rule::{Direction, Right, Rule, RuleError, RuleErrorKind, split};
use crate::facts::Facts;
use crate::syntax::{ItemKind, SyntaxError, postfix};
use braid_ir::ScalarOp;
use std::hash::Hash;
use std::ops::Range;

/// A part of a rule while it is read.
enum Part<H> {
    Term(Vec<PatternNode<H>>),
    Condition(Vec<Clause<H>>),
}

impl<H: Clone + Eq + Hash> Rule<H> {
    /// Reads a rule in which every name that is called with arguments is a head; `head` says which.
    ///
    /// ```
    /// use braid_symbolic::rewrite::Rule;
    /// let heads = |name: &str, arguments: usize| (name == "turn" && arguments == 1).then_some("turn");
    /// let rule = Rule::parse_heads("twice: turn(turn(?x)) => ?x", &heads).unwrap();
    /// assert_eq!(rule.left().nodes().len(), 3);
    /// let error = Rule::parse_heads("twice: flip(turn(?x)) => ?x", &heads).unwrap_err();
    /// assert_eq!(error.to_string(), "flip is no head of 1 argument");
    /// ```
    ///
    /// # Errors
    /// As [`Rule::parse`].
    pub fn parse_heads(text: &str, head: &dyn Fn(&str, usize) -> Option<H>) -> Result<Rule<H>, RuleError> {
        let parts = split(text)?;
        let mut reader = Reader { text, head, slots: Vec::new(), open: true };
        let left = reader.side(parts.left.clone())?;
        reader.open = false;
        let right = reader.side(parts.right.clone())?;
        let condition = match parts.condition {
            Some(range) => reader.condition(range)?,
            None => Condition::ALWAYS,
        };
        let fail = |span, kind| Err(RuleError { span, kind });
        if matches!(left.node(left.root()), PatternNode::Slot(_) | PatternNode::Segment(_)) {
            return fail(parts.left, RuleErrorKind::BareSlot);
        }
        if parts.direction == Direction::Both {
            if let Some(slot) = (0..reader.slots.len()).find(|at| right.slots() >> at & 1 == 0) {
                return fail(parts.right, RuleErrorKind::OneSided(reader.slots[slot].name.to_string()));
            }
            if matches!(right.node(right.root()), PatternNode::Slot(_) | PatternNode::Segment(_)) {
                return fail(parts.right, RuleErrorKind::BareSlot);
            }
        }
        if left == right {
            return fail(parts.left.start..parts.right.end, RuleErrorKind::Trivial);
        }
        let name = text[parts.name].trim();
        let rule = Rule::from_parts(name, left, Right::Pattern(right), condition, parts.direction, reader.slots);
        Ok(rule.with_text(text.trim()))
    }
}

struct Reader<'a, H> {
    text: &'a str,
    head: &'a dyn Fn(&str, usize) -> Option<H>,
    slots: Vec<SlotSpec>,
    /// Whether new slots may occur.
    open: bool,
}

impl<H: Clone + Eq + Hash> Reader<'_, H> {
    fn side(&mut self, range: Range<usize>) -> Result<Pattern<H>, RuleError> {
        match self.part(range.clone())? {
            Part::Term(nodes) => Ok(Pattern::new(nodes)),
            Part::Condition(_) => Err(RuleError { span: range, kind: RuleErrorKind::NoArrow }),
        }
    }

    fn condition(&mut self, range: Range<usize>) -> Result<Condition<H>, RuleError> {
        let part = self.part(range)?;
        Ok(Condition { clauses: clauses(part) })
    }

    fn part(&mut self, range: Range<usize>) -> Result<Part<H>, RuleError> {
        let shift = |span: Range<usize>| span.start + range.start..span.end + range.start;
        let items = postfix(&self.text[range.clone()])
            .map_err(|e| RuleError::from(SyntaxError::new(shift(e.span), e.message)))?;
        let mut stack: Vec<Part<H>> = Vec::new();
        for item in items {
            let span = shift(item.span.clone());
            let fail = |kind| Err(RuleError { span: span.clone(), kind });
            let operands = stack.split_off(stack.len() - item.arity);
            stack.push(match item.kind {
                ItemKind::Slot { name, segment, predicate } => {
                    let slot = self.slot(&name, predicate.as_deref(), &span)?;
                    Part::Term(vec![if segment { PatternNode::Segment(slot) } else { PatternNode::Slot(slot) }])
                }
                ItemKind::Call(name) => {
                    let Some(head) = (self.head)(&name, item.arity) else {
                        let s = if item.arity == 1 { "" } else { "s" };
                        let what = format!("{name} is no head of {} argument{s}", item.arity);
                        return fail(RuleErrorKind::Syntax(what));
                    };
                    let mut nodes: Vec<PatternNode<H>> = Vec::new();
                    let mut args = smallvec::SmallVec::new();
                    for operand in operands {
                        let Part::Term(of_operand) = operand else {
                            return fail(RuleErrorKind::NoCondition);
                        };
                        let from = nodes.len() as u32;
                        nodes.extend(of_operand.into_iter().map(|node| match node {
                            PatternNode::Apply(head, args) => {
                                PatternNode::Apply(head, args.iter().map(|a| a + from).collect())
                            }
                            other => other,
                        }));
                        args.push(nodes.len() as u32 - 1);
                    }
                    nodes.push(PatternNode::Apply(head, args));
                    Part::Term(nodes)
                }
                ItemKind::Op(op @ (ScalarOp::And | ScalarOp::Or | ScalarOp::Not)) => {
                    let mut all: Vec<Clause<H>> = operands.into_iter().flat_map(clauses).collect();
                    all.push(match op {
                        ScalarOp::And => Clause::And,
                        ScalarOp::Or => Clause::Or,
                        _ => Clause::Not,
                    });
                    Part::Condition(all)
                }
                ItemKind::Name(name) => return fail(RuleErrorKind::UnknownName(name)),
                ItemKind::Op(_) | ItemKind::Number(_) => return fail(RuleErrorKind::NoCondition),
            });
        }
        match stack.pop() {
            Some(part) if stack.is_empty() => Ok(part),
            _ => Err(RuleError { span: range, kind: RuleErrorKind::NoCondition }),
        }
    }

    fn slot(&mut self, name: &str, predicate: Option<&str>, span: &Range<usize>) -> Result<SlotId, RuleError> {
        let fail = |kind| Err(RuleError { span: span.clone(), kind });
        let predicate = match predicate.map(|word| (word, Predicate::named(word))) {
            None => None,
            Some((_, Some(predicate))) => Some(predicate),
            Some((word, None)) => {
                let names = Predicate::names();
                let names: Vec<&str> = names.iter().map(|n| &**n).collect();
                return fail(RuleErrorKind::UnknownPredicate(word.into(), names.join(", ")));
            }
        };
        if let Some(at) = self.slots.iter().position(|s| *s.name == *name) {
            let spec = &mut self.slots[at];
            if predicate.is_some() && spec.predicate.is_some() && spec.predicate != predicate {
                return fail(RuleErrorKind::TwoPredicates(name.into()));
            }
            spec.predicate = spec.predicate.or(predicate);
            return Ok(at as SlotId);
        }
        if !self.open {
            return fail(RuleErrorKind::Unbound(name.into()));
        }
        if self.slots.len() == SLOTS_MAX {
            return fail(RuleErrorKind::TooManySlots);
        }
        self.slots.push(SlotSpec { name: name.into(), segment: false, predicate, optional: false });
        Ok(self.slots.len() as SlotId - 1)
    }
}

/// A term as a condition: that its value is positive, as a truth value is.
fn clauses<H: Clone + Eq + Hash>(part: Part<H>) -> Vec<Clause<H>> {
    match part {
        Part::Term(nodes) => vec![Clause::Sign(Pattern::new(nodes), Facts::POS.signs())],
        Part::Condition(clauses) => clauses,
    }
}
