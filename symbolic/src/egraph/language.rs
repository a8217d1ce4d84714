//! What an e-graph has to know of a kind of terms: which heads are sums and products, and what is known of values.

use super::engine::ClassId;
use crate::facts::Facts;
use crate::number::Number;
use crate::symbol::Symbol;
use crate::term::{Args, Term};
use std::fmt::Debug;

/// The shape of one operation over children: terms, classes, or what is known of classes.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape<H, C> {
    /// A head applied to arguments in their order.
    Plain(H, Args<C>),
    /// `constant + Σ coefficient·term`.
    Sum(Number, Vec<(C, Number)>),
    /// `coefficient · Π base^exponent`.
    Product(Number, Vec<(C, Number)>),
}

impl<H, C> Shape<H, C> {
    /// The children, in order.
    pub fn children(&self) -> impl Iterator<Item = &C> {
        let (plain, entries) = match self {
            Shape::Plain(_, args) => (args.as_slice(), [].as_slice()),
            Shape::Sum(_, entries) | Shape::Product(_, entries) => ([].as_slice(), entries.as_slice()),
        };
        plain.iter().chain(entries.iter().map(|(child, _)| child))
    }

    /// The same operation over other children.
    pub fn map<D>(self, mut f: impl FnMut(C) -> D) -> Shape<H, D> {
        let mut entries =
            |list: Vec<(C, Number)>| list.into_iter().map(|(c, n)| (f(c), n)).collect::<Vec<_>>();
        match self {
            Shape::Sum(constant, list) => Shape::Sum(constant, entries(list)),
            Shape::Product(coefficient, list) => Shape::Product(coefficient, entries(list)),
            Shape::Plain(head, args) => Shape::Plain(head, args.into_iter().map(f).collect()),
        }
    }
}

/// The shape of an operation over classes.
pub type ClassShape<H> = Shape<H, ClassId>;

/// What a head is to the engine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Role {
    /// A constant.
    Number(Number),
    /// A sum of any number of terms.
    Sum,
    /// A product of any number of factors.
    Product,
    /// A power of a base by an exponent.
    Power,
    /// Nothing of this.
    Plain,
}

/// What a head of a right side stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Computed<H> {
    /// Itself.
    Itself,
    /// A leaf.
    Head(H),
    /// Nothing: the rule does not apply.
    Nothing,
}

/// A kind of terms that e-graphs can hold.
///
/// All scalar terms implement it. Terms of another kind implement it with plain heads only, or with sums and products of
/// their own; engine, rules, factoring and extraction are the same.
pub trait Language: Term {
    /// What is known of the terms of a class. All of them are equal, so what is known of one is known of each.
    type Data: Clone + Debug + Send + Sync;

    /// What a head is.
    fn role(head: &Self::Head) -> Role;

    /// The head of a role other than [`Role::Plain`], where the language has it.
    fn head_of(role: Role) -> Option<Self::Head>;

    /// What follows for the value of an operation from what is known of its children.
    fn data(shape: &Shape<&Self::Head, &Self::Data>) -> Self::Data;

    /// Adds what `other` knows to `data`; answers whether `data` changed and whether it knows more than `other` did.
    fn merge(data: &mut Self::Data, other: Self::Data) -> (bool, bool);

    /// The rational number that the value is.
    fn constant(_: &Self::Data) -> Option<&Number> {
        None
    }

    /// Whether the value is defined for all values of the unknowns.
    fn is_total(data: &Self::Data) -> bool;

    /// What is known as facts about a real value; languages of other values know none.
    fn facts(_: &Self::Data) -> Facts {
        Facts::REAL
    }

    /// The unknown that a head is.
    fn symbol(_: &Self::Head) -> Option<Symbol> {
        None
    }

    /// Whether a head chooses between its second and third argument by its first. Every other operation is undefined
    /// wherever one of its arguments is.
    fn is_choice(_: &Self::Head) -> bool {
        false
    }

    /// The signs that the value may have where it is defined, as the sign bits of [`Facts`].
    fn signs(data: &Self::Data) -> u8 {
        Self::facts(data).signs()
    }

    /// What a head of a right side stands for, which may follow from what is known of its arguments: the composition of two
    /// permutations is a permutation.
    fn computed(_head: &Self::Head, _args: &[&Self::Data]) -> Computed<Self::Head> {
        Computed::Itself
    }

    /// Whether a rule may make these two one. A language with types says no where they differ.
    fn may_join(_: &Self::Data, _: &Self::Data) -> bool {
        true
    }

    /// Whether what is known cannot all be true: a rule or an assumption is wrong.
    fn is_contradictory(_: &Self::Data) -> bool {
        false
    }
}

/// The operation at the root of a term.
///
/// ```
/// use braid_symbolic::{Expr, Number, egraph::{Shape, build, shape_of}, syntax::parse};
/// let e: Expr = parse("3 + 2*x").unwrap();
/// let shape = shape_of(&e);
/// assert_eq!(shape, Shape::Sum(Number::int(3), vec![(parse("x").unwrap(), Number::TWO)]));
/// assert_eq!(build(shape), e);
/// ```
pub fn shape_of<T: Language>(term: &T) -> Shape<T::Head, T> {
    let head = term.head();
    match T::role(&head) {
        Role::Sum => {
            let mut constant = Number::ZERO;
            let mut terms = Vec::new();
            for arg in term.args() {
                match T::role(&arg.head()) {
                    Role::Number(n) => constant += &n,
                    Role::Product => {
                        let (coefficient, rest) = without_coefficient(&arg);
                        terms.push((rest, coefficient));
                    }
                    _ => terms.push((arg, Number::ONE)),
                }
            }
            Shape::Sum(constant, terms)
        }
        Role::Product => {
            let mut coefficient = Number::ONE;
            let mut factors = Vec::new();
            for arg in term.args() {
                match T::role(&arg.head()) {
                    Role::Number(n) => coefficient = &coefficient * &n,
                    Role::Power => factors.push(as_power(&arg)),
                    _ => factors.push((arg, Number::ONE)),
                }
            }
            Shape::Product(coefficient, factors)
        }
        Role::Power => match as_power(term) {
            (base, n) if base != *term => Shape::Product(Number::ONE, vec![(base, n)]),
            _ => Shape::Plain(head, term.args()),
        },
        Role::Number(_) | Role::Plain => Shape::Plain(head, term.args()),
    }
}

/// Base and exponent of a power by a constant; anything else is the first power of itself.
fn as_power<T: Language>(term: &T) -> (T, Number) {
    if let [base, exponent] = &term.args()[..]
        && let Role::Number(n) = T::role(&exponent.head())
    {
        return (base.clone(), n);
    }
    (term.clone(), Number::ONE)
}

/// The numbers of a product, and the rest of it.
fn without_coefficient<T: Language>(product: &T) -> (Number, T) {
    let mut coefficient = Number::ONE;
    let mut rest: Args<T> = Args::new();
    for arg in product.args() {
        match T::role(&arg.head()) {
            Role::Number(n) => coefficient = &coefficient * &n,
            _ => rest.push(arg),
        }
    }
    match (&rest[..], rest.len() == product.args().len()) {
        (_, true) => (Number::ONE, product.clone()),
        ([], _) => (Number::ONE, product.clone()),
        ([one], _) => (coefficient, one.clone()),
        _ => (coefficient, T::make(&product.head(), &rest)),
    }
}

/// The term of an operation. A language whose terms have sums, products or powers has the heads for them.
pub fn build<T: Language>(shape: Shape<T::Head, T>) -> T {
    let make = |role: Role, args: &[T]| match T::head_of(role.clone()) {
        Some(head) => T::make(&head, args),
        None => unreachable!("a node of role {role:?} in a language without it"),
    };
    let number = |n: Number| make(Role::Number(n), &[]);
    match shape {
        Shape::Plain(head, args) => T::make(&head, &args),
        Shape::Sum(constant, terms) => {
            let mut args: Vec<T> = Vec::with_capacity(terms.len() + 1);
            if !constant.is_zero() || terms.is_empty() {
                args.push(number(constant));
            }
            args.extend(
                terms
                    .into_iter()
                    .map(|(term, n)| if n.is_one() { term } else { make(Role::Product, &[number(n), term]) }),
            );
            if args.len() == 1 { args.swap_remove(0) } else { make(Role::Sum, &args) }
        }
        Shape::Product(coefficient, factors) => {
            let mut args: Vec<T> = Vec::with_capacity(factors.len() + 1);
            if !coefficient.is_one() || factors.is_empty() {
                args.push(number(coefficient));
            }
            args.extend(
                factors
                    .into_iter()
                    .map(|(base, n)| if n.is_one() { base } else { make(Role::Power, &[base, number(n)]) }),
            );
            if args.len() == 1 { args.swap_remove(0) } else { make(Role::Product, &args) }
        }
    }
}
