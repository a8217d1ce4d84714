//! Rules: a name, a pattern, what to make of it, when, and how exact that is; written as text.
//!
//! ```text
//! name: left => right
//! name: left => right if condition
//! name: left == right            (both ways)
//! ```
//!
//! A condition is made of comparisons, predicates such as `integer(?n)`, `free_of(?a, ?b)`, `and`, `or` and `not`. A part
//! in `known(…)` is never recorded beside a result: where it is not known to hold, the rule is not applied.

use super::condition::{Clause, Condition, FactsOracle, Oracle, Predicate, View};
use super::matcher::Unknowns;
use super::pattern::{Bindings, Pattern, PatternNode, SLOTS_MAX, SlotId, SlotSpec, slot_symbol};
use super::plan::Matcher;
use crate::facts::Facts;
use crate::symbol::Symbol;
use crate::syntax::{Item, ItemKind, Names, SyntaxError, build, postfix};
use crate::term::{Head, Scalar, Term};
use crate::{Assumptions, Expr, Function, ops};
use braid_ir::ScalarOp;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::fmt;
use std::hash::Hash;
use std::ops::Range;
use std::sync::Arc;

/// What a rule does to the rounding of floats. Over the real numbers, all but the last kind are equalities.
///
/// ```
/// use braid_symbolic::rewrite::{Class, Rule};
/// assert_eq!(Rule::parse("r: log(exp(?a)) => ?a").unwrap().class(), Class::Reassociating);
/// assert!(Class::Exact < Class::Reassociating && Class::Reassociating < Class::Approximate);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Class {
    /// Floats are the same, too.
    Exact,
    /// Equal over the real numbers; floats may round differently.
    Reassociating,
    /// Not equal, but close.
    Approximate,
}

/// Which side may be replaced by which.
///
/// ```
/// use braid_symbolic::rewrite::{Direction, Rule};
/// let direction = |text: &str| Rule::parse(text).unwrap().direction();
/// assert_eq!(direction("r: log(exp(?a)) => ?a"), Direction::Forward);
/// assert_eq!(direction("r: exp(?a)*exp(?b) == exp(?a + ?b)"), Direction::Both);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Direction {
    /// Left by right.
    Forward,
    /// Either by the other.
    Both,
}

/// What a rule makes of a match.
pub enum Right<H> {
    /// A pattern over the slots of the left side.
    Pattern(Pattern<H>),
    /// What a function makes; `None` where the rule does not apply after all.
    Dynamic(Arc<Maker<H>>),
}

/// A function that makes a pattern over the slots of a rule.
pub type Maker<H> = dyn Fn(&Match<H>) -> Option<Pattern<H>> + Send + Sync;

impl<H: Clone> Clone for Right<H> {
    fn clone(&self) -> Right<H> {
        match self {
            Right::Pattern(pattern) => Right::Pattern(pattern.clone()),
            Right::Dynamic(maker) => Right::Dynamic(maker.clone()),
        }
    }
}

/// What the right side of a dynamic rule sees of a match.
pub struct Match<'a, H> {
    slots: &'a [SlotSpec],
    view: &'a dyn Fn(SlotId) -> Option<View>,
    term: &'a dyn Fn(SlotId) -> Option<Pattern<H>>,
}

impl<'a, H> Match<'a, H> {
    /// A match of slots, of which `view` tells what is known and `term` what they are.
    pub fn new(
        slots: &'a [SlotSpec],
        view: &'a dyn Fn(SlotId) -> Option<View>,
        term: &'a dyn Fn(SlotId) -> Option<Pattern<H>>,
    ) -> Match<'a, H> {
        Match { slots, view, term }
    }

    fn slot(&self, name: &str) -> Option<SlotId> {
        self.slots.iter().position(|s| &*s.name == name).map(|at| at as SlotId)
    }

    /// What is known of a slot's value.
    pub fn view(&self, slot: &str) -> Option<View> {
        (self.view)(self.slot(slot)?)
    }

    /// The term that a slot stands for, as a pattern without slots. It is copied: where a slot of the result will do, or
    /// what is known of it, use those.
    pub fn pattern(&self, slot: &str) -> Option<Pattern<H>> {
        (self.term)(self.slot(slot)?)
    }
}

impl Match<'_, Head> {
    /// The constant that a slot stands for, if it is one.
    pub fn number(&self, slot: &str) -> Option<crate::Number> {
        self.view(slot)?.number
    }

    /// The term that a slot stands for.
    pub fn term(&self, slot: &str) -> Option<Expr> {
        Some(self.pattern(slot)?.to_expr(self.slots))
    }

    /// The slot itself, as an unknown of the result.
    pub fn slot_term(&self, slot: &str) -> Option<Expr> {
        let spec = &self.slots[self.slot(slot)? as usize];
        Some(Expr::symbol(slot_symbol(&spec.name, spec.segment)))
    }
}

/// A rewrite rule over terms with heads of a type.
///
/// ```
/// use braid_symbolic::rewrite::Rule;
/// let rule = Rule::parse("log-exp: exp(log(?a)) => ?a if ?a > 0").unwrap();
/// assert_eq!(rule.name(), "log-exp");
/// ```
#[derive(Clone)]
pub struct Rule<H> {
    name: Arc<str>,
    left: Pattern<H>,
    right: Right<H>,
    condition: Condition<H>,
    class: Class,
    direction: Direction,
    slots: Arc<[SlotSpec]>,
    grows: bool,
    text: Arc<str>,
}

/// What is wrong with the text of a rule, and where.
///
/// ```
/// use braid_symbolic::rewrite::{Rule, RuleErrorKind};
/// let error = Rule::parse("r: sin(?a) => ?b").unwrap_err();
/// assert_eq!(error.span, 14..16);
/// assert!(!matches!(error.kind, RuleErrorKind::Syntax(_)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct RuleError {
    /// Bytes of the text.
    pub span: Range<usize>,
    /// What is wrong.
    pub kind: RuleErrorKind,
}

/// What is wrong with the text of a rule.
///
/// ```
/// use braid_symbolic::rewrite::{Rule, RuleErrorKind};
/// let error = Rule::parse("r: foo(?a) => ?a").unwrap_err();
/// assert!(matches!(error.kind, RuleErrorKind::Syntax(_)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleErrorKind {
    /// An expression is malformed, or calls what is not known.
    #[error("{0}")]
    Syntax(String),
    /// There is no name before a colon.
    #[error("a rule begins with its name: write name: left => right")]
    NoName,
    /// There is no arrow.
    #[error("a rule has two sides: write left => right, or left == right for both ways")]
    NoArrow,
    /// There are several arrows, or several `==` where one would divide the sides.
    #[error("a rule has two sides, not more; a comparison on a side of == stands in brackets")]
    ManyArrows,
    /// A slot on the right, or in the condition, that the left side does not bind.
    #[error("?{0} is not bound on the left")]
    Unbound(String),
    /// A slot that one side of a rule for both ways lacks.
    #[error("?{0} is on one side only, so the rule cannot be read from right to left")]
    OneSided(String),
    /// A predicate that nobody registered.
    #[error("{0} is no predicate; known are {1}")]
    UnknownPredicate(String, String),
    /// A predicate with the wrong number of arguments.
    #[error("{0} takes {1} argument{s}, not {2}", s = if *.1 == 1 { "" } else { "s" })]
    PredicateArity(String, usize, usize),
    /// A slot with two different predicates.
    #[error("?{0} has two predicates; write the second into the condition")]
    TwoPredicates(String),
    /// A name that is neither slot nor constant.
    #[error("{0} is neither a slot nor a known name; a slot is written ?{0}")]
    UnknownName(String),
    /// The left side is a single slot.
    #[error("this side is a single slot, so the rule would match everything")]
    BareSlot,
    /// A segment that stands in no sum or product, or with another in the same one.
    #[error("??{0} stands for operands of a sum or product, at most one segment in each")]
    Segment(String),
    /// More slots than a rule may have.
    #[error("a rule has at most {SLOTS_MAX} slots")]
    TooManySlots,
    /// Both sides are the same term once they are made.
    #[error("both sides are the same: terms are made so already")]
    Trivial,
    /// The condition is no truth value.
    #[error("a condition is a comparison or predicate, or several joined by and, or, not")]
    NoCondition,
}

impl RuleError {
    fn new(span: Range<usize>, kind: RuleErrorKind) -> RuleError {
        RuleError { span, kind }
    }

    /// The message with the line of the text, the place underlined.
    ///
    /// ```
    /// use braid_symbolic::rewrite::Rule;
    /// let text = "r: foo(?a) => ?a";
    /// assert!(Rule::parse(text).unwrap_err().render("rule", text).starts_with("rule:1:4: "));
    /// ```
    pub fn render(&self, name: &str, text: &str) -> String {
        SyntaxError::new(self.span.clone(), self.kind.to_string()).render(name, text)
    }
}

impl From<SyntaxError> for RuleError {
    fn from(error: SyntaxError) -> RuleError {
        RuleError::new(error.span, RuleErrorKind::Syntax(error.message))
    }
}

impl<H: Clone + Eq + Hash> Rule<H> {
    /// A rule from its parts. Every slot of `right` and of `condition` must occur in `left`.
    #[doc(hidden)]
    pub fn from_parts(
        name: &str,
        left: Pattern<H>,
        right: Right<H>,
        condition: Condition<H>,
        direction: Direction,
        slots: Vec<SlotSpec>,
    ) -> Rule<H> {
        Rule {
            name: name.into(),
            left,
            right,
            condition,
            class: Class::Reassociating,
            direction,
            slots: slots.into(),
            grows: false,
            text: name.into(),
        }
    }

    /// The name.
    ///
    /// ```
    /// use braid_symbolic::rewrite::Rule;
    /// assert_eq!(Rule::parse("peel: log(exp(?a)) => ?a").unwrap().name(), "peel");
    /// ```
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the rule matches.
    #[doc(hidden)]
    pub fn left(&self) -> &Pattern<H> {
        &self.left
    }

    /// What it makes.
    #[doc(hidden)]
    pub fn right(&self) -> &Right<H> {
        &self.right
    }

    /// The right side, where it is a pattern.
    #[doc(hidden)]
    pub fn right_pattern(&self) -> Option<&Pattern<H>> {
        match &self.right {
            Right::Pattern(pattern) => Some(pattern),
            Right::Dynamic(_) => None,
        }
    }

    /// When it may be applied.
    #[doc(hidden)]
    pub fn condition(&self) -> &Condition<H> {
        &self.condition
    }

    /// What it does to floats.
    ///
    /// ```
    /// use braid_symbolic::rewrite::{Class, Rule};
    /// assert_eq!(Rule::parse("r: log(exp(?a)) => ?a").unwrap().class(), Class::Reassociating);
    /// ```
    pub fn class(&self) -> Class {
        self.class
    }

    /// Whether it may be read from right to left, too.
    ///
    /// ```
    /// use braid_symbolic::rewrite::{Direction, Rule};
    /// assert_eq!(Rule::parse("r: log(exp(?a)) => ?a").unwrap().direction(), Direction::Forward);
    /// ```
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// The slots, in order of their numbers.
    #[doc(hidden)]
    pub fn slots(&self) -> &[SlotSpec] {
        &self.slots
    }

    /// The number of the slot of this name.
    #[doc(hidden)]
    pub fn slot(&self, name: &str) -> Option<SlotId> {
        self.slots.iter().position(|s| &*s.name == name).map(|at| at as SlotId)
    }

    /// Whether the right side may be larger than the left.
    ///
    /// ```
    /// use braid_symbolic::rewrite::Rule;
    /// let rule = Rule::parse("r: tan(?a) => sin(?a)/cos(?a)").unwrap();
    /// assert!(!rule.may_grow() && rule.growing().may_grow());
    /// ```
    pub fn may_grow(&self) -> bool {
        self.grows
    }

    /// The text, or the name of a rule that has none.
    ///
    /// ```
    /// use braid_symbolic::rewrite::Rule;
    /// let text = "r: log(exp(?a)) => ?a";
    /// assert_eq!(Rule::parse(text).unwrap().text(), text);
    /// ```
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Says what it does to floats.
    ///
    /// ```
    /// use braid_symbolic::rewrite::{Class, Rule};
    /// let rule = Rule::parse("r: (1 + ?a)^2 => 1 + 2*?a + ?a^2").unwrap().with_class(Class::Reassociating);
    /// assert_eq!(rule.class(), Class::Reassociating);
    /// ```
    pub fn with_class(mut self, class: Class) -> Rule<H> {
        self.class = class;
        self
    }

    /// Says what it was read from.
    pub(super) fn with_text(mut self, text: &str) -> Rule<H> {
        self.text = text.into();
        self
    }

    /// Says that the right side may be larger than the left.
    ///
    /// ```
    /// use braid_symbolic::rewrite::{Rule, vet};
    /// let rule = Rule::parse("r: tan(?a) => sin(?a)/cos(?a)").unwrap();
    /// assert!(vet(&rule).is_err()); // larger on the right, and not marked
    /// assert!(vet(&rule.growing()).is_ok());
    /// ```
    pub fn growing(mut self) -> Rule<H> {
        self.grows = true;
        self
    }

    /// The rule read from right to left, of a rule for both ways.
    ///
    /// ```
    /// use braid_symbolic::rewrite::Rule;
    /// assert!(Rule::parse("r: exp(?a)*exp(?b) == exp(?a + ?b)").unwrap().reversed().is_some());
    /// assert!(Rule::parse("r: log(exp(?a)) => ?a").unwrap().reversed().is_none());
    /// ```
    pub fn reversed(&self) -> Option<Rule<H>> {
        let Right::Pattern(right) = &self.right else {
            return None;
        };
        (self.direction == Direction::Both).then(|| Rule {
            name: format!("{}, reversed", self.name).into(),
            left: right.clone(),
            right: Right::Pattern(self.left.clone()),
            ..self.clone()
        })
    }

    /// The pattern that the rule makes of a match: its right side, or what its function makes.
    #[doc(hidden)]
    pub fn right_of<T: Term<Head = H>>(
        &self,
        bindings: &Bindings<T>,
        oracle: &(impl Oracle<T> + ?Sized),
    ) -> Option<Cow<'_, Pattern<H>>> {
        match &self.right {
            Right::Pattern(pattern) => Some(Cow::Borrowed(pattern)),
            Right::Dynamic(maker) => {
                let view = |slot: SlotId| bindings.get(slot).map(|t| oracle.view(t));
                let term = |slot: SlotId| bindings.get(slot).map(|t| Pattern::from_term(t, |_| None));
                maker(&Match::new(&self.slots, &view, &term)).map(Cow::Owned)
            }
        }
    }
}

impl Rule<Head> {
    /// Reads a rule. The only names that it may use are slots, functions, `pi`, `true` and `false`.
    ///
    /// ```
    /// use braid_symbolic::rewrite::Rule;
    /// let rule = Rule::parse("log-exp: exp(log(?a)) => ?a if ?a > 0").unwrap();
    /// assert_eq!(rule.name(), "log-exp");
    /// let error = Rule::parse("twice: sin(?a) => 2*?b").unwrap_err();
    /// assert_eq!(error.to_string(), "?b is not bound on the left");
    /// assert_eq!(error.span, 20..22);
    /// ```
    ///
    /// # Errors
    /// As [`RuleErrorKind`] says, with the place in the text.
    pub fn parse(text: &str) -> Result<Rule<Head>, RuleError> {
        Rule::parse_with(text, &Names::default())
    }

    /// Reads a rule that may use the given names for themselves.
    ///
    /// ```
    /// use braid_symbolic::{Assumptions, rewrite::Rule, syntax::Names};
    /// let names = Names { known: [("k".to_string(), Assumptions::POSITIVE)].into(), open: false };
    /// assert!(Rule::parse_with("r: k*exp(?a) => exp(?a + log(k))", &names).is_ok());
    /// assert!(Rule::parse_with("r: m*exp(?a) => m", &names).is_err()); // m is unknown
    /// ```
    ///
    /// # Errors
    /// As [`Rule::parse`].
    pub fn parse_with(text: &str, names: &Names) -> Result<Rule<Head>, RuleError> {
        let parts = split(text)?;
        let mut reader = Reader { text, names, slots: Vec::new(), open: true };
        let (left, left_items) = reader.side(parts.left.clone())?;
        reader.open = parts.direction == Direction::Both;
        let bound = reader.slots.len();
        let (right, right_items) = reader.side(parts.right.clone())?;
        if reader.slots.len() > bound {
            return Err(reader.one_sided(&right_items, bound));
        }
        reader.open = false;
        let condition = match parts.condition {
            Some(range) => reader.condition(range)?,
            None => Condition::ALWAYS,
        };
        let (left, right) = (reader.pattern(left), reader.pattern(right));
        reader.mark_optional(&left);
        if matches!(left.node(left.root()), PatternNode::Slot(_) | PatternNode::Segment(_)) {
            return Err(RuleError::new(parts.left, RuleErrorKind::BareSlot));
        }
        let whole_right = matches!(right.node(right.root()), PatternNode::Slot(_) | PatternNode::Segment(_));
        if whole_right && parts.direction == Direction::Both {
            return Err(RuleError::new(parts.right, RuleErrorKind::BareSlot));
        }
        let around = reader.segments(&left, &left_items)?;
        let right = splicing(&right, &around);
        if parts.direction == Direction::Both {
            reader.segments(&right, &right_items)?;
        }
        if left == right {
            return Err(RuleError::new(parts.left.start..parts.right.end, RuleErrorKind::Trivial));
        }
        // Making the left side may have dropped a slot, as of `0*?a`.
        for (side, items) in [(&right, &right_items), (&left, &left_items)] {
            let lost = if parts.direction == Direction::Both {
                left.slots() ^ right.slots()
            } else {
                right.slots() & !left.slots()
            };
            let lost = lost & side.slots();
            if lost != 0 {
                let name = reader.slots[lost.trailing_zeros() as usize].name.to_string();
                let span = slot_span(items, &name).unwrap_or(parts.right.clone());
                let kind = match parts.direction {
                    Direction::Both => RuleErrorKind::OneSided(name),
                    Direction::Forward => RuleErrorKind::Unbound(name),
                };
                return Err(RuleError::new(span, kind));
            }
        }
        let name = text[parts.name].trim();
        let right = Right::Pattern(right);
        let mut rule = Rule::from_parts(name, left, right, condition, parts.direction, reader.slots);
        rule.text = text.trim().into();
        Ok(rule)
    }

    /// What the slots stand for where the rule matches the whole of a term; `None` where it does not. The rule is prepared
    /// for this one term: for many, prepare a [`Matcher`].
    ///
    /// ```
    /// use braid_symbolic::{Expr, rewrite::Rule, syntax::parse};
    /// let rule = Rule::parse("r: exp(?a + log(?b)) => ?b*exp(?a) if ?b > 0").unwrap();
    /// let found = rule.matches(&parse::<Expr>("exp(x + log(y^2 + 1) + z)").unwrap()).unwrap();
    /// assert_eq!(found.get(rule.slot("b").unwrap()).unwrap().to_string(), "y^2 + 1");
    /// ```
    pub fn matches<T: Scalar>(&self, term: &T) -> Option<Bindings<T>> {
        Matcher::new(self).matches(term, &FactsOracle)
    }

    /// Applies the rule once, at the root of a term: of a sum or product, to as many groups of operands as match.
    ///
    /// ```
    /// use braid_symbolic::{Expr, rewrite::Rule, syntax::parse};
    /// let rule = Rule::parse("pythagoras: sin(?a)^2 + cos(?a)^2 => 1").unwrap();
    /// let term: Expr = parse("sin(x)^2 + y + cos(x)^2").unwrap();
    /// assert_eq!(rule.apply(&term).unwrap().to_string(), "y + 1");
    /// ```
    pub fn apply<T: Scalar>(&self, term: &T) -> Option<T> {
        Matcher::new(self).apply(term, &OnceCell::new(), &FactsOracle, Unknowns::Refuse).term
    }

    /// A rule whose right side a function makes: from what is known of the slots, an expression over the slots.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Number, Scalar};
    /// use braid_symbolic::rewrite::Rule;
    /// // sin(n*pi) is 0 for a whole n.
    /// let rule = Rule::dynamic("sine of a multiple: sin(?n::number*pi)", |m| {
    ///     m.number("n")?.is_integer().then(|| Expr::int(0))
    /// });
    /// assert!(rule.is_ok());
    /// ```
    ///
    /// # Errors
    /// As [`Rule::parse`], of `name: left` or `name: left if condition`.
    pub fn dynamic(
        text: &str,
        right: impl Fn(&Match<Head>) -> Option<Expr> + Send + Sync + 'static,
    ) -> Result<Rule<Head>, RuleError> {
        let (name, rest) = split_name(text)?;
        let (left, condition) = split_condition(text, rest);
        let names = Names::default();
        let mut reader = Reader { text, names: &names, slots: Vec::new(), open: true };
        let (term, items) = reader.side(left.clone())?;
        reader.open = false;
        let condition = match condition {
            Some(range) => reader.condition(range)?,
            None => Condition::ALWAYS,
        };
        let pattern = reader.pattern(term);
        reader.mark_optional(&pattern);
        if matches!(pattern.node(pattern.root()), PatternNode::Slot(_) | PatternNode::Segment(_)) {
            return Err(RuleError::new(left, RuleErrorKind::BareSlot));
        }
        let around = reader.segments(&pattern, &items)?;
        let slots: Arc<[SlotSpec]> = reader.slots.clone().into();
        let maker = move |m: &Match<Head>| {
            let by_symbol = symbols_of(&slots);
            right(m).map(|term| splicing(&to_pattern(&term, &by_symbol), &around))
        };
        let right = Right::Dynamic(Arc::new(maker));
        let name = text[name].trim();
        let mut rule = Rule::from_parts(name, pattern, right, condition, Direction::Forward, reader.slots);
        rule.text = text.trim().into();
        Ok(rule)
    }
}

impl<H> fmt::Debug for Rule<H> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.text)
    }
}
impl<H> fmt::Display for Rule<H> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn symbols_of(slots: &[SlotSpec]) -> Vec<(Symbol, bool)> {
    slots.iter().map(|s| (slot_symbol(&s.name, s.segment), s.segment)).collect()
}

fn to_pattern(term: &Expr, slots: &[(Symbol, bool)]) -> Pattern<Head> {
    Pattern::from_term(term, |t| {
        let symbol = t.as_symbol()?;
        let at = slots.iter().position(|(s, _)| *s == symbol)?;
        Some((at as SlotId, slots[at].1))
    })
}

/// Puts the operation that a segment stood in around it, where it stands elsewhere: its value is their sum or product.
fn splicing(pattern: &Pattern<Head>, around: &[Option<Head>]) -> Pattern<Head> {
    if around.iter().all(Option::is_none) {
        return pattern.clone();
    }
    let mut nodes: Vec<PatternNode<Head>> = Vec::new();
    // Of each node, where it is now, and for a segment where the operation around it is.
    let mut places: Vec<(u32, Option<Head>)> = Vec::new();
    for node in pattern.nodes() {
        let mut wrap = None;
        let new = match node {
            PatternNode::Apply(head, args) => {
                let place = |&a: &u32| match &places[a as usize] {
                    (at, Some(own)) if own == head => at - 1,
                    (at, _) => *at,
                };
                PatternNode::Apply(head.clone(), args.iter().map(place).collect())
            }
            PatternNode::Segment(slot) => {
                wrap = around[*slot as usize].clone();
                node.clone()
            }
            PatternNode::Slot(_) => node.clone(),
        };
        nodes.push(new);
        if let Some(head) = &wrap {
            let segment = nodes.len() as u32 - 1;
            nodes.push(PatternNode::Apply(head.clone(), [segment].into_iter().collect()));
        }
        places.push((nodes.len() as u32 - 1, wrap));
    }
    Pattern::new(nodes)
}

/// Where the parts of a rule are in its text.
pub(super) struct Parts {
    pub name: Range<usize>,
    pub left: Range<usize>,
    pub right: Range<usize>,
    pub condition: Option<Range<usize>>,
    pub direction: Direction,
}

/// The name, and where the rest begins.
fn split_name(text: &str) -> Result<(Range<usize>, usize), RuleError> {
    let colon = text.bytes().enumerate().position(|(i, b)| {
        b == b':' && text.as_bytes().get(i + 1) != Some(&b':') && (i == 0 || text.as_bytes()[i - 1] != b':')
    });
    match colon {
        Some(at) if !text[..at].trim().is_empty() => Ok((0..at, at + 1)),
        _ => Err(RuleError::new(0..text.len().min(1), RuleErrorKind::NoName)),
    }
}

/// The range without white space at its ends.
fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let part = &text[range.clone()];
    let start = range.start + (part.len() - part.trim_start().len());
    start..(start + part.trim().len())
}

/// Places outside brackets where `found` says that something begins.
fn outside(text: &str, from: usize, mut found: impl FnMut(&str, usize) -> bool) -> Vec<usize> {
    let mut depth = 0usize;
    let mut places = Vec::new();
    for (at, c) in text[from..].char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 && found(text, from + at) => places.push(from + at),
            _ => {}
        }
    }
    places
}

/// What stands before and after the word `if` that begins a condition.
fn split_condition(text: &str, from: usize) -> (Range<usize>, Option<Range<usize>>) {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80;
    let places = outside(text, from, |text, at| {
        let rest = &text.as_bytes()[at..];
        // As a function, `if` follows an operator or an arrow.
        let before = text[from..at].trim_end().bytes().last();
        rest.starts_with(b"if")
            && rest.get(2).is_none_or(|&b| !word(b))
            && at > from
            && !word(text.as_bytes()[at - 1])
            && before.is_some_and(|b| word(b) || b == b')')
    });
    match places.first() {
        Some(&at) => (trimmed(text, from..at), Some(trimmed(text, at + 2..text.len()))),
        None => (trimmed(text, from..text.len()), None),
    }
}

pub(super) fn split(text: &str) -> Result<Parts, RuleError> {
    let (name, from) = split_name(text)?;
    let (sides, condition) = split_condition(text, from);
    let body = &text[..sides.end];
    let arrows = outside(body, sides.start, |t, at| t.as_bytes()[at..].starts_with(b"=>"));
    let equals = outside(body, sides.start, |t, at| t.as_bytes()[at..].starts_with(b"=="));
    let (at, direction) = match (&arrows[..], &equals[..]) {
        ([at], _) => (*at, Direction::Forward),
        ([], [at]) => (*at, Direction::Both),
        ([], []) => return Err(RuleError::new(sides, RuleErrorKind::NoArrow)),
        ([_, at, ..], _) | ([], [_, at, ..]) => {
            return Err(RuleError::new(*at..at + 2, RuleErrorKind::ManyArrows));
        }
    };
    let (left, right) = (trimmed(text, sides.start..at), trimmed(text, at + 2..sides.end));
    Ok(Parts { name, left, right, condition, direction })
}

/// The place of a slot.
fn slot_span(items: &[Item], slot: &str) -> Option<Range<usize>> {
    let is = |item: &&Item| matches!(&item.kind, ItemKind::Name(n) if n.trim_start_matches('?') == slot && n.starts_with('?'));
    items.iter().find(is).map(|item| item.span.clone())
}

struct Reader<'a> {
    text: &'a str,
    names: &'a Names,
    slots: Vec<SlotSpec>,
    /// Whether new slots may occur.
    open: bool,
}

impl Reader<'_> {
    /// The postfix form of a part of the text, in which slots are names such as `?x`.
    fn items(&mut self, range: Range<usize>) -> Result<Vec<Item>, RuleError> {
        let shift = |span: Range<usize>| span.start + range.start..span.end + range.start;
        let mut items = postfix(&self.text[range.clone()])
            .map_err(|e| RuleError::from(SyntaxError::new(shift(e.span), e.message)))?;
        for item in &mut items {
            item.span = shift(item.span.clone());
            match &item.kind {
                ItemKind::Slot { name, segment, predicate } => {
                    self.slot(name, *segment, predicate.as_deref(), &item.span)?;
                    item.kind = ItemKind::Name(format!("{}{name}", if *segment { "??" } else { "?" }));
                }
                ItemKind::Name(name)
                    if !matches!(&name[..], "pi" | "true" | "false") && self.names.symbol(name).is_none() =>
                {
                    return Err(RuleError::new(item.span.clone(), RuleErrorKind::UnknownName(name.clone())));
                }
                _ => {}
            }
        }
        Ok(items)
    }

    /// Declares a slot, or checks it against what is declared.
    fn slot(
        &mut self,
        name: &str,
        segment: bool,
        predicate: Option<&str>,
        span: &Range<usize>,
    ) -> Result<(), RuleError> {
        let fail = |kind| Err(RuleError::new(span.clone(), kind));
        let optional = matches!(predicate, Some("optional" | "coefficient"));
        let predicate = match predicate {
            None | Some("optional") => None,
            Some("coefficient") => Predicate::named("number"),
            Some(word) => match Predicate::named(word) {
                Some(predicate) => Some(predicate),
                None => {
                    let names = Predicate::names();
                    let names: Vec<&str> = names.iter().map(|n| &**n).collect();
                    return fail(RuleErrorKind::UnknownPredicate(word.into(), names.join(", ")));
                }
            },
        };
        let open = self.open;
        if let Some(spec) = self.slots.iter_mut().find(|s| *s.name == *name) {
            if spec.segment != segment {
                return fail(RuleErrorKind::Segment(name.into()));
            }
            if predicate.is_some() && spec.predicate.is_some() && spec.predicate != predicate {
                return fail(RuleErrorKind::TwoPredicates(name.into()));
            }
            spec.predicate = spec.predicate.or(predicate);
            spec.optional |= optional;
            return Ok(());
        }
        if !open {
            return fail(RuleErrorKind::Unbound(name.into()));
        }
        if self.slots.len() == SLOTS_MAX {
            return fail(RuleErrorKind::TooManySlots);
        }
        self.slots.push(SlotSpec { name: name.into(), segment, predicate, optional });
        Ok(())
    }

    fn one_sided(&self, items: &[Item], bound: usize) -> RuleError {
        let name = self.slots[bound].name.to_string();
        let span = slot_span(items, &name).unwrap_or(0..self.text.len());
        RuleError::new(span, RuleErrorKind::OneSided(name))
    }

    /// The names of the text, and the slots so far.
    fn known(&self) -> Names {
        let mut names = self.names.clone();
        for slot in &self.slots {
            let name = slot_symbol(&slot.name, slot.segment).name().to_string();
            names.known.insert(name, Assumptions::PARTIAL);
        }
        names
    }

    /// A side as an expression in which slots are unknowns.
    fn side(&mut self, range: Range<usize>) -> Result<(Expr, Vec<Item>), RuleError> {
        let items = self.items(range)?;
        Ok((build(&items, &self.known())?, items))
    }

    fn pattern(&self, term: Expr) -> Pattern<Head> {
        to_pattern(&term, &symbols_of(&self.slots))
    }

    /// A slot that only occurs beside other things in products may be missing: `?c*sin(?a)` matches `sin(x)` with `?c` one.
    fn mark_optional(&mut self, left: &Pattern<Head>) {
        let mut elsewhere = vec![false; self.slots.len()];
        let mut beside = vec![false; self.slots.len()];
        for node in left.nodes() {
            let PatternNode::Apply(head, args) = node else { continue };
            let bare = args.iter().filter_map(|&a| match left.node(a) {
                PatternNode::Slot(slot) => Some(*slot as usize),
                _ => None,
            });
            let bare: Vec<usize> = bare.collect();
            match bare[..] {
                [slot] if *head == Head::Op(ScalarOp::Mul) && args.len() > 1 => beside[slot] = true,
                _ => bare.into_iter().for_each(|slot| elsewhere[slot] = true),
            }
        }
        for (slot, spec) in self.slots.iter_mut().enumerate() {
            spec.optional |= beside[slot] && !elsewhere[slot];
        }
    }

    /// Which operation each segment stands in, on the left: at most one segment in each sum or product.
    fn segments(&self, left: &Pattern<Head>, items: &[Item]) -> Result<Vec<Option<Head>>, RuleError> {
        let mut around: Vec<Option<Head>> = vec![None; self.slots.len()];
        let error = |slot: SlotId| {
            let name = self.slots[slot as usize].name.to_string();
            let span = slot_span(items, &name).unwrap_or(0..self.text.len());
            Err(RuleError::new(span, RuleErrorKind::Segment(name)))
        };
        if let PatternNode::Segment(slot) = left.node(left.root()) {
            return error(*slot);
        }
        for node in left.nodes() {
            let PatternNode::Apply(head, args) = node else { continue };
            let segments = args.iter().filter_map(|&a| match left.node(a) {
                PatternNode::Segment(slot) => Some(*slot),
                _ => None,
            });
            for (count, slot) in segments.enumerate() {
                let place = &mut around[slot as usize];
                if !matches!(head, Head::Op(ScalarOp::Add | ScalarOp::Mul)) || count > 0 || place.is_some() {
                    return error(slot);
                }
                *place = Some(head.clone());
            }
        }
        Ok(around)
    }

    /// A condition. Comparisons are put as signs of differences.
    fn condition(&mut self, range: Range<usize>) -> Result<Condition<Head>, RuleError> {
        let items = self.items(range.clone())?;
        let names = self.known();
        let no_condition = |span: &Range<usize>| RuleError::new(span.clone(), RuleErrorKind::NoCondition);
        let mut clauses = Vec::new();
        // Where the operands of each element begin in the postfix form.
        let mut starts: Vec<usize> = Vec::new();
        for (at, item) in items.iter().enumerate() {
            let mut start = at;
            for _ in 0..item.arity {
                start = starts[start - 1];
            }
            starts.push(start);
        }
        // Every element of the condition's own structure, from the root down, in reverse of the postfix form.
        let mut stack = vec![items.len() - 1];
        while let Some(at) = stack.pop() {
            let item = &items[at];
            let operands = || {
                let mut ends: Vec<usize> = Vec::new();
                let mut end = at;
                for _ in 0..item.arity {
                    ends.push(end - 1);
                    end = starts[end - 1];
                }
                ends.reverse();
                ends
            };
            let term = |end: usize| -> Result<Pattern<Head>, RuleError> {
                Ok(self.pattern(build(&items[starts[end]..=end], &names)?))
            };
            match &item.kind {
                ItemKind::Op(op @ (ScalarOp::And | ScalarOp::Or | ScalarOp::Not)) => {
                    clauses.push(match op {
                        ScalarOp::And => Clause::And,
                        ScalarOp::Or => Clause::Or,
                        _ => Clause::Not,
                    });
                    stack.extend(operands());
                }
                ItemKind::Op(op) => {
                    let signs = match op {
                        ScalarOp::Lt => Facts::NEG,
                        ScalarOp::Le => Facts::NEG.with(Facts::ZERO),
                        ScalarOp::Gt => Facts::POS,
                        ScalarOp::Ge => Facts::POS.with(Facts::ZERO),
                        ScalarOp::Eq => Facts::ZERO,
                        ScalarOp::Ne => Facts::POS.with(Facts::NEG),
                        _ => return Err(no_condition(&item.span)),
                    };
                    let ends = operands();
                    let side = |end: usize| build::<Expr>(&items[starts[end]..=end], &names);
                    let difference = side(ends[0])?.minus(&side(ends[1])?);
                    clauses.push(Clause::Sign(self.pattern(difference), signs.signs()));
                }
                ItemKind::Name(name) if name == "true" || name == "false" => {
                    clauses.push(Clause::Always(name == "true"));
                }
                ItemKind::Call(name) if name == "known" => {
                    let [condition] = operands()[..] else {
                        let kind = RuleErrorKind::PredicateArity(name.clone(), 1, item.arity);
                        return Err(RuleError::new(item.span.clone(), kind));
                    };
                    clauses.push(Clause::Known);
                    stack.push(condition);
                }
                ItemKind::Call(name) if name == "free_of" => {
                    let [value, part] = operands()[..] else {
                        let kind = RuleErrorKind::PredicateArity(name.clone(), 2, item.arity);
                        return Err(RuleError::new(item.span.clone(), kind));
                    };
                    clauses.push(Clause::FreeOf(term(value)?, term(part)?));
                }
                ItemKind::Call(name) => {
                    let Some(predicate) = Predicate::named(name) else {
                        if ops::by_name(name).is_some() || Function::named(name).is_some() {
                            return Err(no_condition(&item.span));
                        }
                        let known = Predicate::names();
                        let known: Vec<&str> =
                            known.iter().map(|n| &**n).chain(["free_of", "known"]).collect();
                        let kind = RuleErrorKind::UnknownPredicate(name.clone(), known.join(", "));
                        return Err(RuleError::new(item.span.clone(), kind));
                    };
                    let [value] = operands()[..] else {
                        let kind = RuleErrorKind::PredicateArity(name.clone(), 1, item.arity);
                        return Err(RuleError::new(item.span.clone(), kind));
                    };
                    clauses.push(Clause::Is(predicate, term(value)?));
                }
                _ => return Err(no_condition(&item.span)),
            }
        }
        clauses.reverse();
        Ok(Condition { clauses })
    }
}
