//! Terms as polynomials over the exact rationals in generators, which are unknowns and all that is no sum, product or whole
//! power. After `PolyForm` of SymbolicUtils.jl.
//!
//! Sums, products and powers by whole numbers are done in polynomial arithmetic, so equal polynomials are the same term.
//! What would grow beyond [`TERMS_MAX`] terms stays an application and is a generator. A generator that is not defined
//! everywhere and cancels is kept beside the polynomial, since the term is undefined where it is: `log(x) - log(x)` is
//! `0*log(x)`.

use super::intern::{Interner, mix, mix_str};
use super::{Args, Expr, Head, Scalar, Term};
use crate::facts::Facts;
use crate::number::Number;
use crate::ops;
use crate::poly::{Exponents, Poly as Polynomial};
use braid_ir::ScalarOp;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::OnceLock;

/// A product or power of more terms is not multiplied out.
pub const TERMS_MAX: usize = 1 << 12;

/// A polynomial holds an exponent for each generator in each term: at most so many together.
const EXPONENTS_MAX: usize = 1 << 20;

/// Sums of at least this many terms are added to lazily, as those of [`Expr`] are: each holds the exponents of all terms.
const WIDE: usize = 16;

/// A handle to a term held as a polynomial. Terms live as long as the process.
///
/// ```
/// use braid_symbolic::{Poly, Scalar};
/// let (x, y) = (Poly::var("x"), Poly::var("y"));
/// assert_eq!(x.plus(&y).pow(2), x.pow(2).plus(&x.times(&y).times(&Poly::number(2))).plus(&y.pow(2)));
/// ```
#[derive(Clone, Copy)]
pub struct Poly(&'static Held);

enum Held {
    Known(Node),
    /// A sum that nobody has looked at yet, and what it is once somebody has.
    Pending(Poly, Poly, OnceLock<Poly>),
}

struct Node {
    hash: u64,
    facts: Facts,
    inner: Inner,
}

#[derive(PartialEq)]
enum Inner {
    Number(Number),
    /// What is no polynomial: unknowns, functions, and what is too large.
    Generator(Head, Box<[Poly]>),
    Polynomial(Form),
}

/// A polynomial that is neither a number nor a generator, or that has lost a generator.
#[derive(Clone, PartialEq)]
struct Form {
    /// Those that occur, sorted.
    generators: Vec<Poly>,
    poly: Polynomial,
    /// Those that occur no more and are not defined everywhere, sorted.
    lost: Vec<Poly>,
}

static TABLE: Interner<Held> = Interner::new();

impl PartialEq for Poly {
    fn eq(&self, other: &Poly) -> bool {
        std::ptr::eq(self.0, other.0) || std::ptr::eq(self.node(), other.node())
    }
}
impl Eq for Poly {}

impl Hash for Poly {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.node().hash);
    }
}

impl PartialOrd for Poly {
    fn partial_cmp(&self, other: &Poly) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// By hashes, which are the same in every process.
impl Ord for Poly {
    fn cmp(&self, other: &Poly) -> Ordering {
        let (a, b) = (self.node(), other.node());
        a.hash.cmp(&b.hash).then_with(|| (a as *const Node).cmp(&(b as *const Node)))
    }
}

fn hash_number(hash: u64, n: &Number) -> u64 {
    n.as_i64().map_or_else(|| mix_str(hash, &n.to_string()), |value| mix(hash, value as u64))
}

fn hash_of(inner: &Inner) -> u64 {
    let all = |hash: u64, terms: &[Poly]| terms.iter().fold(hash, |h, t| mix(h, t.node().hash));
    match inner {
        Inner::Number(n) => hash_number(1, n),
        Inner::Generator(head, args) => {
            let start = match head {
                Head::Number(n) => hash_number(1, n),
                Head::Symbol(symbol) => mix(mix_str(2, symbol.name()), symbol.facts().bits() as u64),
                Head::Pi => mix(3, 3),
                Head::Op(op) => mix_str(4, ops::spec(*op).map_or("", |row| row.name)),
                Head::Function(function) => mix_str(5, &function.spec().name),
            };
            all(start, args)
        }
        Inner::Polynomial(form) => {
            let start = all(all(6, &form.generators), &form.lost);
            form.poly.terms().fold(start, |h, (exponents, coefficient)| {
                hash_number(exponents.iter().fold(h, |h, &e| mix(h, e as u64)), &coefficient)
            })
        }
    }
}

fn facts_of(inner: &Inner) -> Facts {
    match inner {
        Inner::Number(n) => Facts::of_number(n),
        Inner::Generator(head, args) => {
            let of_args: Args<Facts> = args.iter().map(|a| a.node().facts).collect();
            head.facts(&of_args, args.get(1).and_then(|a| a.as_number()).as_ref())
        }
        Inner::Polynomial(form) => {
            let monomial = |(exponents, coefficient): (Exponents, Number)| {
                let powers = form.generators.iter().zip(&exponents).filter(|(_, e)| **e > 0);
                powers.fold(Facts::of_number(&coefficient), |product, (g, &e)| {
                    let exponent = Number::int(e as i64);
                    product.mul(g.node().facts.pow(Facts::of_number(&exponent), Some(&exponent)))
                })
            };
            let zero = Facts::of_number(&Number::ZERO);
            let sum = form.poly.terms().map(monomial).fold(zero, Facts::add);
            if form.lost.is_empty() { sum } else { Facts::from_bits(sum.bits() & !Facts::TOTAL.bits()) }
        }
    }
}

fn intern(inner: Inner) -> Poly {
    let hash = hash_of(&inner);
    let same = |held: &Held, inner: &Inner| matches!(held, Held::Known(node) if node.hash == hash && node.inner == *inner);
    let hash_of = |held: &Held| match held {
        Held::Known(node) => node.hash,
        Held::Pending(..) => 0,
    };
    let make = |inner: Inner| Held::Known(Node { hash, facts: facts_of(&inner), inner });
    Poly(TABLE.intern(hash, inner, hash_of, same, make))
}

fn number(value: Number) -> Poly {
    intern(Inner::Number(value))
}

impl Poly {
    /// The node, with what was deferred done.
    fn node(self) -> &'static Node {
        match self.0 {
            Held::Known(node) => node,
            Held::Pending(_, _, done) => done.get_or_init(|| made(self)).node(),
        }
    }

    fn form(self) -> Form {
        match &self.node().inner {
            Inner::Number(n) => {
                Form { generators: Vec::new(), poly: Polynomial::constant(0, n), lost: Vec::new() }
            }
            Inner::Generator(..) => {
                Form { generators: vec![self], poly: Polynomial::variable(1, 0), lost: Vec::new() }
            }
            Inner::Polynomial(form) => form.clone(),
        }
    }

    /// Number of terms as a polynomial.
    ///
    /// ```
    /// use braid_symbolic::{Poly, Scalar};
    /// assert_eq!(Poly::var("x").plus(&Poly::var("y")).pow(3).len(), 4);
    /// ```
    pub fn len(self) -> usize {
        match &self.node().inner {
            Inner::Polynomial(form) => form.poly.len(),
            Inner::Number(n) => !n.is_zero() as usize,
            Inner::Generator(..) => 1,
        }
    }

    /// Whether it is zero wherever it is defined.
    ///
    /// ```
    /// use braid_symbolic::{Poly, Scalar};
    /// let x = Poly::var("x");
    /// assert!(x.minus(&x).is_empty());
    /// ```
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The polynomial and its generators.
    ///
    /// ```
    /// use braid_symbolic::{Poly, Scalar};
    /// let (polynomial, generators) = Poly::var("x").plus(&Poly::var("y").sin()).parts();
    /// assert_eq!((polynomial.total_degree(), generators.len()), (1, 2));
    /// ```
    pub fn parts(self) -> (Polynomial, Vec<Poly>) {
        let form = self.form();
        (form.poly, form.generators)
    }
}

impl Form {
    /// The term, with generators that do not occur dropped.
    fn intern(mut self) -> Poly {
        let used = self.poly.variables();
        if used.len() < self.generators.len() {
            let mut to = vec![0; self.generators.len()];
            let mut kept = Vec::with_capacity(used.len());
            for (at, generator) in self.generators.iter().enumerate() {
                if used.contains(&at) {
                    to[at] = kept.len();
                    kept.push(*generator);
                } else if !generator.node().facts.is_total() {
                    self.lost.push(*generator);
                }
            }
            // Renaming cannot fail: no two variables become one, and none is missing.
            if let Some(poly) = self.poly.rename(kept.len(), &to) {
                (self.poly, self.generators) = (poly, kept);
            }
        }
        self.lost.retain(|g| self.generators.binary_search(g).is_err());
        self.lost.sort_unstable();
        self.lost.dedup();
        if self.lost.is_empty() {
            if let Some(value) = self.poly.as_constant() {
                return number(value);
            }
            if let [generator] = self.generators[..]
                && self.poly.len() == 1
                && self.poly.degree(0) == 1
                && self.poly.leading_coefficient().is_one()
            {
                return generator;
            }
        }
        intern(Inner::Polynomial(self))
    }

    /// All in the same generators; `None` where that takes too much.
    fn common(args: &[Poly]) -> Option<(Vec<Form>, Vec<Poly>, Vec<Poly>)> {
        let mut forms: Vec<Form> = args.iter().map(|a| a.form()).collect();
        let mut lost: Vec<Poly> = forms.iter().flat_map(|f| f.lost.iter().copied()).collect();
        lost.sort_unstable();
        lost.dedup();
        if forms.windows(2).all(|pair| pair[0].generators == pair[1].generators) {
            let generators = forms.first().map_or(Vec::new(), |f| f.generators.clone());
            return Some((forms, generators, lost));
        }
        let mut generators: Vec<Poly> = forms.iter().flat_map(|f| f.generators.iter().copied()).collect();
        generators.sort_unstable();
        generators.dedup();
        let terms: usize = forms.iter().map(|f| f.poly.len()).sum();
        if terms.saturating_mul(generators.len()) > EXPONENTS_MAX {
            return None;
        }
        for form in &mut forms {
            let to: Option<Vec<usize>> =
                form.generators.iter().map(|g| generators.binary_search(g).ok()).collect();
            form.poly = form.poly.rename(generators.len(), &to?)?;
        }
        Some((forms, generators, lost))
    }

    /// A term of the polynomial as a term by itself.
    fn monomial(&self, exponents: &Exponents, coefficient: Number) -> Option<Poly> {
        let poly = Polynomial::from_terms(self.generators.len(), [(exponents.clone(), coefficient)]).ok()?;
        let used = poly.variables();
        let mut to = vec![0; self.generators.len()];
        used.iter().enumerate().for_each(|(at, &var)| to[var] = at);
        let poly = poly.rename(used.len(), &to)?;
        let generators = used.iter().map(|&var| self.generators[var]).collect();
        Some(Form { generators, poly, lost: Vec::new() }.intern())
    }

    /// The only term: exponents and coefficient.
    fn only_term(&self) -> Option<(Exponents, Number)> {
        let mut terms = self.poly.terms();
        terms.next().filter(|_| terms.next().is_none() && self.lost.is_empty())
    }
}

fn generator(head: &Head, args: &[Poly]) -> Poly {
    intern(Inner::Generator(head.clone(), args.into()))
}

/// `base^exponent` of a generator, where the exponent is at least 1, as head and arguments.
fn power_args(base: Poly, exponent: u32) -> (Head, Args<Poly>) {
    let pow = Head::Op(ScalarOp::Pow);
    let exponent = Number::int(exponent as i64);
    // A power of a reciprocal is shown as one power.
    if let Inner::Generator(Head::Op(ScalarOp::Pow), args) = &base.node().inner
        && args[1].as_number().is_some_and(|n| n.is_minus_one())
    {
        return (pow, [args[0], number(-exponent)].into_iter().collect());
    }
    (pow, [base, number(exponent)].into_iter().collect())
}

fn power_of(base: Poly, exponent: u32) -> Poly {
    if exponent == 1 {
        return base;
    }
    let Ok(poly) = Polynomial::variable(1, 0).pow(exponent) else {
        return generator(&Head::Op(ScalarOp::Pow), &[base, number(Number::int(exponent as i64))]);
    };
    Form { generators: vec![base], poly, lost: Vec::new() }.intern()
}

fn sum(args: &[Poly]) -> Option<Poly> {
    let (forms, generators, lost) = Form::common(args)?;
    let poly = Polynomial::sum(generators.len(), forms.into_iter().map(|f| f.poly));
    Some(Form { generators, poly, lost }.intern())
}

/// A sum whose making was deferred. The chain of those is walked with a stack: it may be as long as a program ran.
fn made(root: Poly) -> Poly {
    let (mut terms, mut stack) = (Vec::new(), vec![root]);
    while let Some(term) = stack.pop() {
        match term.0 {
            Held::Pending(a, b, done) if done.get().is_none() => stack.extend([*b, *a]),
            _ => terms.push(term),
        }
    }
    sum(&terms).unwrap_or_else(|| generator(&Head::Op(ScalarOp::Add), &terms))
}

/// `a + b`, deferred where that saves copying a wide sum.
fn sum_of_pair(a: Poly, b: Poly) -> Option<Poly> {
    let wide = |term: Poly| match term.0 {
        Held::Pending(..) => true,
        Held::Known(Node { inner: Inner::Polynomial(form), .. }) => form.poly.len() >= WIDE,
        Held::Known(_) => false,
    };
    if wide(a) || wide(b) {
        return Some(Poly(Box::leak(Box::new(Held::Pending(a, b, OnceLock::new())))));
    }
    sum(&[a, b])
}

fn product(args: &[Poly]) -> Option<Poly> {
    let size = args.iter().fold(1usize, |size, a| size.saturating_mul(a.len().max(1)));
    if size > TERMS_MAX {
        return None;
    }
    let (forms, generators, lost) = Form::common(args)?;
    let mut product = Polynomial::one(generators.len());
    for form in forms {
        product = product.mul(&form.poly).ok()?;
    }
    Some(Form { generators, poly: product, lost }.intern())
}

fn power(base: Poly, exponent: &Number) -> Option<Poly> {
    let n = exponent.as_i64()?;
    if let Inner::Number(b) = &base.node().inner {
        return b.checked_pow(n).map(number);
    }
    if n < 0 {
        let count = u32::try_from(n.unsigned_abs()).ok()?;
        let inverse = |g: Poly| generator(&Head::Op(ScalarOp::Pow), &[g, number(Number::MINUS_ONE)]);
        let form = base.form();
        // A product is not zero where no factor is.
        let Some((exponents, coefficient)) = form.only_term() else {
            return Some(power_of(inverse(base), count));
        };
        let mut factors: Args<Poly> = Args::new();
        factors.push(number(coefficient.checked_pow(n)?));
        for (g, e) in form.generators.iter().zip(&exponents) {
            factors.push(power_of(inverse(*g), e.checked_mul(count)?));
        }
        return product(&factors);
    }
    let n = u32::try_from(n).ok()?;
    let mut form = base.form();
    // At most as many terms as there are multisets of n terms.
    let mut size = 1u128;
    for i in 1..form.poly.len() as u128 {
        size = size * (n as u128 + i) / i;
        if size > TERMS_MAX as u128 {
            return None;
        }
    }
    form.poly = form.poly.pow(n).ok()?;
    Some(form.intern())
}

impl Term for Poly {
    type Head = Head;

    fn head(&self) -> Head {
        match &self.node().inner {
            Inner::Number(n) => Head::Number(n.clone()),
            Inner::Generator(head, _) => head.clone(),
            Inner::Polynomial(form) => match form.only_term() {
                None if form.poly.is_zero() && form.lost.len() == 1 => Head::Op(ScalarOp::Mul),
                None => Head::Op(ScalarOp::Add),
                Some((exponents, coefficient)) => {
                    let one = exponents.iter().filter(|e| **e > 0).count() == 1 && coefficient.is_one();
                    Head::Op(if one { ScalarOp::Pow } else { ScalarOp::Mul })
                }
            },
        }
    }

    fn args(&self) -> Args<Poly> {
        let form = match &self.node().inner {
            Inner::Number(_) => return Args::new(),
            Inner::Generator(_, args) => return args.iter().copied().collect(),
            Inner::Polynomial(form) => form,
        };
        if let Some((exponents, coefficient)) = form.only_term() {
            let powers = form.generators.iter().zip(&exponents).filter(|(_, e)| **e > 0);
            if let (1, true) = (form.generators.len(), coefficient.is_one()) {
                return power_args(form.generators[0], exponents[0]).1;
            }
            let coefficient = (!coefficient.is_one()).then(|| number(coefficient));
            return coefficient.into_iter().chain(powers.map(|(g, &e)| power_of(*g, e))).collect();
        }
        if let ([lost], true) = (&form.lost[..], form.poly.is_zero()) {
            return [number(Number::ZERO), *lost].into_iter().collect();
        }
        let zero = |lost: &Poly| {
            let form = Form { generators: Vec::new(), poly: Polynomial::zero(0), lost: vec![*lost] };
            intern(Inner::Polynomial(form))
        };
        let terms = form.poly.terms().filter_map(|(exponents, c)| form.monomial(&exponents, c));
        terms.chain(form.lost.iter().map(zero)).collect()
    }

    fn make(head: &Head, args: &[Poly]) -> Poly {
        let made = match head {
            Head::Number(n) => return number(n.clone()),
            Head::Op(ScalarOp::Add) => match args {
                [a, b] => sum_of_pair(*a, *b),
                _ => sum(args),
            },
            Head::Op(ScalarOp::Mul) => product(args),
            Head::Op(ScalarOp::Pow) => args[1].as_number().and_then(|n| power(args[0], &n)),
            Head::Op(op)
                if !args.is_empty() && args.iter().all(|a| matches!(a.node().inner, Inner::Number(_))) =>
            {
                // Of numbers: as the default representation does.
                let numbers: Args<Expr> = args.iter().map(|a| a.convert()).collect();
                Expr::make(&Head::Op(*op), &numbers).as_number().map(number)
            }
            _ => None,
        };
        made.unwrap_or_else(|| generator(head, args))
    }

    fn is_ac(head: &Head) -> bool {
        matches!(head, Head::Op(ScalarOp::Add | ScalarOp::Mul))
    }
}

impl Scalar for Poly {
    fn facts(&self) -> Facts {
        self.node().facts
    }

    fn as_number(&self) -> Option<Number> {
        match &self.node().inner {
            Inner::Number(n) => Some(n.clone()),
            _ => None,
        }
    }
}

impl fmt::Display for Poly {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        crate::syntax::print(self, f)
    }
}
impl fmt::Debug for Poly {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
