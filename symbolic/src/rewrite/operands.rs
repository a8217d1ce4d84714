//! What matching wants to know of terms, and the operands of a sum or product, indexed.

use super::condition::Condition;
use super::pattern::Bindings;
use crate::number::Number;
use crate::ops;
use crate::term::walk::TermMap;
use crate::term::{Head, Scalar, Term};
use braid_ir::ScalarOp;
use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;
use smallvec::SmallVec;
use std::cell::{Cell, OnceCell};

/// What a head does, as far as matching cares.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// A sum, whose operands have coefficients.
    Sum,
    /// A product.
    Product,
    /// A power, whose exponent may be missing.
    Power,
    /// A truth value.
    Truth,
    /// Anything else.
    Other,
}

/// What matching wants to know of terms beyond their heads and arguments. Every [`Scalar`] has it; terms without numbers
/// may leave all as it is provided.
pub trait Operands: Term {
    /// What a head does.
    fn role(_head: &Self::Head) -> Role {
        Role::Other
    }

    /// Whether a head is a choice: of three operands, it looks at the first and at one of the others.
    fn is_choice(_head: &Self::Head) -> bool {
        false
    }

    /// The constant that a head is.
    fn number_of(_head: &Self::Head) -> Option<Number> {
        None
    }

    /// A constant.
    fn constant(_value: &Number) -> Option<Self> {
        None
    }

    /// The term times a constant.
    fn scaled(&self, _by: &Number) -> Self {
        self.clone()
    }

    /// The term, defined only where the other term is, too. `None` if that cannot be said.
    fn carrying(&self, _other: &Self, _role: Role) -> Option<Self> {
        None
    }

    /// A condition as a term, for a result that carries it.
    fn condition_term(_condition: &Condition<Self::Head>, _bindings: &Bindings<Self>) -> Option<Self> {
        None
    }
}

impl<T: Scalar> Operands for T {
    fn role(head: &Head) -> Role {
        match head {
            Head::Op(ScalarOp::Add) => Role::Sum,
            Head::Op(ScalarOp::Mul) => Role::Product,
            Head::Op(ScalarOp::Pow) => Role::Power,
            Head::Op(op) if ops::spec(*op).is_some_and(|row| row.range.is_bool()) => Role::Truth,
            _ => Role::Other,
        }
    }

    fn is_choice(head: &Head) -> bool {
        *head == Head::Op(ScalarOp::Select)
    }

    fn number_of(head: &Head) -> Option<Number> {
        match head {
            Head::Number(n) => Some(n.clone()),
            _ => None,
        }
    }

    fn constant(value: &Number) -> Option<T> {
        Some(T::number(value.clone()))
    }

    fn scaled(&self, by: &Number) -> T {
        match self.as_number() {
            _ if by.is_one() => self.clone(),
            Some(n) => T::number(&n * by),
            None => T::number(by.clone()).times(self),
        }
    }

    fn carrying(&self, other: &T, role: Role) -> Option<T> {
        Some(if other.facts().is_total() {
            self.clone()
        } else if role == Role::Truth {
            self.binary(ScalarOp::And, &other.binary(ScalarOp::Eq, other))
        } else {
            self.plus(&T::number(0).times(other))
        })
    }

    fn condition_term(condition: &Condition<Head>, bindings: &Bindings<T>) -> Option<T> {
        condition.to_term(bindings)
    }
}

/// The operands of a sum or product, found by term and by head; shared by all rules that are tried on it.
pub struct Index<T: Operands> {
    pub(super) head: T::Head,
    pub(super) operands: Vec<T>,
    pub(super) alive: Vec<Cell<bool>>,
    /// As they are, and with constants split off.
    views: [OnceCell<Lookup<T>>; 2],
}

pub(super) struct Lookup<T: Operands> {
    /// Constant factor and the rest, which a constant lacks.
    pub entries: Vec<(Number, Option<T>)>,
    pub by_term: TermMap<T, SmallVec<[u32; 1]>>,
    pub by_head: HashMap<T::Head, Bucket, FxBuildHasher>,
    pub constants: Vec<u32>,
    /// The constant of a product.
    pub coefficient: Number,
}

#[derive(Default)]
pub(super) struct Bucket {
    pub places: Vec<u32>,
    /// Those before are used up.
    pub start: Cell<usize>,
}

/// The operands under nested heads of the same kind, in order.
pub fn flattened<T: Term>(head: &T::Head, term: &T) -> Vec<T> {
    let mut found = Vec::new();
    let mut stack = vec![term.clone()];
    while let Some(term) = stack.pop() {
        if term.head() == *head {
            let args = term.args();
            stack.extend(args.into_iter().rev());
        } else {
            found.push(term);
        }
    }
    found
}

/// The term of operands under a head: of one, that one. `None` of none where the head has no identity.
pub(super) fn combined<T: Operands>(head: &T::Head, operands: &[T]) -> Option<T> {
    match operands {
        [] => identity::<T>(head),
        [one] => Some(one.clone()),
        _ => Some(T::make(head, operands)),
    }
}

pub(super) fn identity<T: Operands>(head: &T::Head) -> Option<T> {
    match T::role(head) {
        Role::Sum => T::constant(&Number::ZERO),
        Role::Product | Role::Power => T::constant(&Number::ONE),
        _ => None,
    }
}

impl<T: Operands> Index<T> {
    /// The operands of a term.
    pub fn new(term: &T) -> Index<T> {
        let head = term.head();
        let operands = flattened(&head, term);
        let alive = operands.iter().map(|_| Cell::new(true)).collect();
        Index { head, operands, alive, views: [OnceCell::new(), OnceCell::new()] }
    }

    pub(super) fn view(&self, scaled: bool) -> &Lookup<T> {
        self.views[scaled as usize].get_or_init(|| {
            let role = if scaled { T::role(&self.head) } else { Role::Other };
            let mut view = Lookup {
                entries: Vec::with_capacity(self.operands.len()),
                by_term: TermMap::default(),
                by_head: HashMap::default(),
                constants: Vec::new(),
                coefficient: Number::ONE,
            };
            for (at, operand) in self.operands.iter().enumerate() {
                let head = operand.head();
                let number = T::number_of(&head);
                let (coefficient, rest) = match (role, number) {
                    (Role::Product, Some(n)) => {
                        view.coefficient = &view.coefficient * &n;
                        (Number::ONE, None)
                    }
                    (Role::Sum, Some(n)) => {
                        view.constants.push(at as u32);
                        (n, None)
                    }
                    (Role::Sum, None) if T::role(&head) == Role::Product => {
                        let (mut c, mut rest) = (Number::ONE, Vec::new());
                        for factor in flattened(&head, operand) {
                            match T::number_of(&factor.head()) {
                                Some(n) => c = &c * &n,
                                None => rest.push(factor),
                            }
                        }
                        if c.is_one() { (c, Some(operand.clone())) } else { (c, combined(&head, &rest)) }
                    }
                    _ => (Number::ONE, Some(operand.clone())),
                };
                if let Some(rest) = &rest {
                    view.by_head.entry(rest.head()).or_default().places.push(at as u32);
                    view.by_term.entry(rest.clone()).or_default().push(at as u32);
                }
                view.entries.push((coefficient, rest));
            }
            view
        })
    }
}
