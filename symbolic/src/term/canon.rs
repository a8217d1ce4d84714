//! The canonical forms of [`Expr`]: like terms and like factors are collected where that changes no domain.

use super::Scalar;
use super::expr::{Expr, Kind, Pending};
use crate::facts::Facts;
use crate::number::Number;
use crate::ops;
use crate::poly::Exponents;
use braid_ir::ScalarOp;
use smallvec::SmallVec;

fn number(value: Number) -> Expr {
    Expr::known(Kind::Number(value))
}

/// The sum of terms.
pub(super) fn sum(terms: &[Expr]) -> Expr {
    let mut constant = Number::ZERO;
    let mut entries = Vec::with_capacity(terms.len());
    for &term in terms {
        gather(term, &Number::ONE, &mut constant, &mut entries);
    }
    sum_of(constant, entries)
}

/// A sum or product whose making was deferred. The chain of those is walked with a stack: it may be as long as a program
/// ran.
pub(super) fn made(pending: Pending, root: Expr) -> Expr {
    if pending == Pending::Sum {
        return sum(&[root]);
    }
    let (mut factors, mut stack) = (Vec::new(), vec![root]);
    while let Some(term) = stack.pop() {
        match term.pending(Pending::Product) {
            Some((a, b)) => stack.extend([b, a]),
            None => factors.push(term),
        }
    }
    product(&factors)
}

/// Adds `scale * term` to the summands.
fn gather(term: Expr, scale: &Number, constant: &mut Number, entries: &mut Vec<(Expr, Number)>) {
    let mut stack = vec![term];
    while let Some(term) = stack.pop() {
        if let Some((a, b)) = term.pending(Pending::Sum) {
            stack.extend([b, a]);
            continue;
        }
        match term.kind() {
            Kind::Number(n) => *constant += &(scale * n),
            Kind::Sum(c, terms) => {
                *constant += &(scale * c);
                entries.extend(terms.iter().map(|(t, c)| (*t, scale * c)));
            }
            Kind::Product(c, factors) if !c.is_one() => {
                let inner = monic(term, factors);
                if let Kind::Sum(..) = inner.kind() {
                    // A sum in brackets: the numbers are multiplied in.
                    gather(inner, &(scale * c), constant, entries);
                } else {
                    entries.push((inner, scale * c));
                }
            }
            _ => entries.push((term, scale.clone())),
        }
    }
}

/// A product without its coefficient.
fn monic(product: Expr, factors: &[(Expr, Expr)]) -> Expr {
    match factors {
        [(base, exponent)] if exponent.number_ref().is_some_and(|n| n.is_one()) => *base,
        _ => match product.kind() {
            Kind::Product(c, _) if c.is_one() => product,
            _ => Expr::known(Kind::Product(Number::ONE, factors.into())),
        },
    }
}

fn sum_of(constant: Number, mut entries: Vec<(Expr, Number)>) -> Expr {
    if entries.len() > 1 {
        entries.sort_unstable_by_key(|entry| entry.0);
        entries.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                earlier.1 += &later.1;
            }
            same
        });
    }
    entries.retain(|(term, c)| !c.is_zero() || !term.facts().is_total());
    if entries.iter().any(|(_, c)| c.is_zero()) {
        for (term, c) in &mut entries {
            if c.is_zero() {
                *term = where_undefined(*term);
            }
        }
        entries.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.is_zero().cmp(&a.1.is_zero())));
        entries.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                earlier.1 += &later.1;
            }
            same
        });
    }
    match entries.len() {
        0 => number(constant),
        1 if constant.is_zero() => scaled(entries[0].0, &entries[0].1),
        _ => Expr::known(Kind::Sum(constant, entries.into())),
    }
}

/// Of a product, the factors that may be undefined: all that matters of it when it is multiplied by zero.
fn where_undefined(term: Expr) -> Expr {
    match term.kind() {
        Kind::Product(_, factors) => {
            let partial = factors.iter().filter(|(b, e)| !single_power(*b, *e).facts().is_total());
            match *partial.copied().collect::<Vec<_>>() {
                [(base, exponent)] if exponent.number_ref().is_some_and(|n| n.is_one()) => base,
                ref partial => Expr::known(Kind::Product(Number::ONE, partial.into())),
            }
        }
        _ => term,
    }
}

/// `c * term` for a term of a sum, which has no coefficient of its own.
pub(super) fn scaled(term: Expr, c: &Number) -> Expr {
    if c.is_one() {
        return term;
    }
    match term.kind() {
        Kind::Product(one, factors) if one.is_one() => Expr::known(Kind::Product(c.clone(), factors.clone())),
        _ => Expr::known(Kind::Product(c.clone(), [(term, number(Number::ONE))].into())),
    }
}

/// The sum of `coefficient · Π generatorᵢ^exponentᵢ` of distinct exponents. Where generators are neither sums, products nor
/// numbers, each monomial is canonical as it stands, and none is looked at twice.
pub(super) fn polynomial(generators: &[Expr], terms: impl Iterator<Item = (Exponents, Number)>) -> Expr {
    let atoms = generators
        .iter()
        .all(|g| matches!(g.kind(), Kind::Symbol(_) | Kind::Pi | Kind::Call(..) | Kind::Function(..)));
    let mut order: Vec<usize> = (0..generators.len()).collect();
    order.sort_unstable_by(|&a, &b| generators[a].cmp(&generators[b]));
    let mut powers: Vec<Expr> = vec![number(Number::ZERO), number(Number::ONE)];
    let mut constant = Number::ZERO;
    let mut entries = Vec::with_capacity(terms.size_hint().0);
    let mut factors: SmallVec<[(Expr, Expr); 8]> = SmallVec::new();
    for (exponents, coefficient) in terms {
        factors.clear();
        for &at in &order {
            let exponent = exponents.get(at).copied().unwrap_or(0);
            if exponent == 0 {
                continue;
            }
            let power = match powers.get(exponent as usize) {
                Some(&power) => power,
                None if exponent < CACHED_EXPONENTS => {
                    let known = powers.len() as i64;
                    powers.extend((known..=exponent as i64).map(|n| number(Number::int(n))));
                    powers[exponent as usize]
                }
                None => number(Number::int(exponent as i64)),
            };
            factors.push((generators[at], power));
        }
        match factors[..] {
            [] => constant += &coefficient,
            [(base, power)] if atoms && power == powers[1] => entries.push((base, coefficient)),
            _ if atoms => {
                entries.push((Expr::known(Kind::Product(Number::ONE, factors[..].into())), coefficient));
            }
            _ => {
                let monomial = product_of(Number::ONE, factors.to_vec());
                gather(monomial, &coefficient, &mut constant, &mut entries);
            }
        }
    }
    sum_of(constant, entries)
}

/// Exponents below this are made once per polynomial.
const CACHED_EXPONENTS: u32 = 1 << 10;

/// One factor of a product as a term.
pub(super) fn single_power(base: Expr, exponent: Expr) -> Expr {
    if exponent.number_ref().is_some_and(|n| n.is_one()) {
        return base;
    }
    Expr::known(Kind::Product(Number::ONE, [(base, exponent)].into()))
}

/// The product of factors.
pub(super) fn product(factors: &[Expr]) -> Expr {
    let one = number(Number::ONE);
    // A number times something that is no number and no product is by far the most common product.
    if let [a, b] = factors
        && let (Kind::Number(c), other) | (other, Kind::Number(c)) = (a.kind(), b.kind())
        && !matches!(other, Kind::Number(_) | Kind::Product(..))
        && !c.is_zero()
    {
        return scaled(if a.number_ref().is_some() { *b } else { *a }, c);
    }
    product_of(Number::ONE, factors.iter().map(|&f| (f, one)).collect())
}

/// `base` to `exponent`.
pub(super) fn power(base: Expr, exponent: Expr) -> Expr {
    product_of(Number::ONE, vec![(base, exponent)])
}

fn product_of(mut coefficient: Number, mut work: Vec<(Expr, Expr)>) -> Expr {
    let mut entries: Vec<(Expr, Expr)> = Vec::with_capacity(work.len());
    loop {
        while let Some((base, exponent)) = work.pop() {
            split_factor(base, exponent, &mut coefficient, &mut work, &mut entries);
        }
        entries.sort_unstable();
        let mut kept: Vec<(Expr, Expr)> = Vec::with_capacity(entries.len());
        for (base, exponent) in entries.drain(..) {
            // Only the last few can be of the same base, since entries are sorted.
            let same = kept.iter().rev().take_while(|(b, _)| *b == base);
            let like = same.map(|(_, e)| *e).position(|e| adds(base, e, exponent));
            match like {
                Some(back) => {
                    let (_, other) = kept.remove(kept.len() - 1 - back);
                    work.push((base, sum(&[other, exponent])));
                }
                None => kept.push((base, exponent)),
            }
        }
        entries = kept;
        if work.is_empty() {
            break;
        }
    }
    if coefficient.is_zero() {
        entries.retain(|&(b, e)| !single_power(b, e).facts().is_total());
    }
    match entries[..] {
        [] => number(coefficient),
        [(base, exponent)] if coefficient.is_one() && exponent.number_ref().is_some_and(|n| n.is_one()) => {
            base
        }
        _ => Expr::known(Kind::Product(coefficient, entries.into())),
    }
}

/// Whether `base^a * base^b` is `base^(a+b)`, everywhere and defined in the same places.
fn adds(base: Expr, a: Expr, b: Expr) -> bool {
    let signs = base.facts().signs();
    match (a.number_ref(), b.number_ref()) {
        (Some(a), Some(b)) => {
            let sum = a + b;
            let before = Facts::power_domain(a) & Facts::power_domain(b);
            before & signs == Facts::power_domain(&sum) & signs
        }
        _ => base.facts().is_positive(),
    }
}

/// Whether `(base^inner)^outer` is `base^(inner*outer)`, everywhere and defined in the same places.
fn multiplies(base: Expr, inner: &Number, outer: &Number) -> bool {
    let signs = base.facts().signs();
    if !outer.is_integer() && signs & Facts::NEG.bits() & Facts::power_domain(inner) != 0 {
        return false;
    }
    let mut before = Facts::power_domain(inner);
    if outer.is_negative() {
        before &= !Facts::ZERO.bits();
    }
    before & signs == Facts::power_domain(&(inner * outer)) & signs
}

/// Takes one factor apart: numbers go to the coefficient, products to the work list, the rest to the entries.
fn split_factor(
    base: Expr,
    exponent: Expr,
    coefficient: &mut Number,
    work: &mut Vec<(Expr, Expr)>,
    entries: &mut Vec<(Expr, Expr)>,
) {
    let Some(n) = exponent.number_ref() else {
        match base.kind() {
            Kind::Number(b) if b.is_one() && exponent.facts().is_total() => {}
            Kind::Product(c, factors)
                if c.is_one() && factors.len() == 1 && factors[0].0.facts().is_positive() =>
            {
                work.push((factors[0].0, product(&[factors[0].1, exponent])));
            }
            _ => entries.push((base, exponent)),
        }
        return;
    };
    if n.is_zero() && base.facts().is_total() {
        return;
    }
    match base.kind() {
        Kind::Number(b) => match number_power(b, n) {
            Some(value) => *coefficient = &*coefficient * &value,
            None => entries.push((base, exponent)),
        },
        Kind::Product(c, factors) if n.is_one() => {
            *coefficient = &*coefficient * c;
            work.extend(factors.iter().copied());
        }
        Kind::Product(c, factors) if !c.is_zero() && !n.is_zero() => {
            let spreads = n.is_integer()
                || !c.is_negative()
                    && factors.iter().all(|&(b, e)| single_power(b, e).facts().is_nonnegative());
            if !spreads {
                // A positive number comes out of a root by itself.
                if !c.is_one() && !c.is_minus_one() {
                    let sign = if c.is_negative() { Number::MINUS_ONE } else { Number::ONE };
                    let rest = Expr::known(Kind::Product(sign.clone(), factors.clone()));
                    let rest = if sign.is_one() { monic(rest, factors) } else { rest };
                    work.push((number(c.abs()), exponent));
                    entries.push((rest, exponent));
                } else {
                    entries.push((base, exponent));
                }
                return;
            }
            if !c.is_one() {
                work.push((number(c.clone()), exponent));
            }
            for &(b, e) in factors {
                match e.number_ref() {
                    Some(e) if multiplies(b, e, n) => work.push((b, number(e * n))),
                    // One over a power, not a negative power of one, so that 1/a^n and a^-n are the same term.
                    Some(e) if n.is_negative() && !n.is_minus_one() && multiplies(b, e, &n.abs()) => {
                        entries.push((single_power(b, number(e * &n.abs())), number(Number::MINUS_ONE)));
                    }
                    None if b.facts().is_positive() => work.push((b, product(&[e, exponent]))),
                    _ if e.number_ref().is_some_and(|e| e.is_one()) => entries.push((b, exponent)),
                    _ => entries.push((single_power(b, e), exponent)),
                }
            }
        }
        _ => entries.push((base, exponent)),
    }
}

/// A power of constants where it is rational.
fn number_power(base: &Number, exponent: &Number) -> Option<Number> {
    if let Some(n) = exponent.as_i64() {
        return base.checked_pow(n);
    }
    if base.is_one() {
        return Some(Number::ONE);
    }
    let degree = u32::try_from(exponent.denominator()).ok()?;
    let root = base.exact_root(degree)?;
    root.checked_pow(i64::try_from(exponent.numerator()).ok()?)
}

/// An operation other than sum, product and power, folded where the operands are constants.
pub(super) fn call(op: ScalarOp, args: &[Expr]) -> Expr {
    if let Some(value) = folded(op, args) {
        return value;
    }
    Expr::known(Kind::Call(op, args.into()))
}

/// Operations `f` with `f(-x) = -f(x)`.
const ODD: [ScalarOp; 10] = [
    ScalarOp::Sin,
    ScalarOp::Tan,
    ScalarOp::Asin,
    ScalarOp::Atan,
    ScalarOp::Sinh,
    ScalarOp::Tanh,
    ScalarOp::Asinh,
    ScalarOp::Atanh,
    ScalarOp::Erf,
    ScalarOp::Sign,
];

/// Operations `f` with `f(-x) = f(x)`.
const EVEN: [ScalarOp; 3] = [ScalarOp::Cos, ScalarOp::Cosh, ScalarOp::Abs];

fn folded(op: ScalarOp, args: &[Expr]) -> Option<Expr> {
    let first = *args.first()?;
    if let Kind::Product(c, _) = first.kind()
        && c.is_negative()
        && args.len() == 1
    {
        let positive = product(&[number(Number::MINUS_ONE), first]);
        if ODD.contains(&op) {
            return Some(product(&[number(Number::MINUS_ONE), call(op, &[positive])]));
        }
        if EVEN.contains(&op) {
            return Some(call(op, &[positive]));
        }
    }
    let truth = |b: bool| number(Number::int(b as i64));
    let total = args.iter().all(|a| a.facts().is_total());
    let constant = |at: usize| args.get(at).and_then(|a| a.number_ref());
    match op {
        ScalarOp::Select => {
            if let Some(condition) = constant(0) {
                return Some(args[if condition.is_zero() { 2 } else { 1 }]);
            }
            return (args[1] == args[2] && first.facts().is_total()).then_some(args[1]);
        }
        ScalarOp::And | ScalarOp::Or => {
            // What decides, and what does not matter.
            let decisive = (op == ScalarOp::Or) as i64;
            for (this, other) in [(args[0], args[1]), (args[1], args[0])] {
                if let Some(value) = this.number_ref() {
                    let decides = value.is_zero() == (decisive == 0);
                    if !decides {
                        return Some(other);
                    }
                    if other.facts().is_total() {
                        return Some(truth(decisive == 1));
                    }
                }
            }
            return (args[0] == args[1]).then_some(args[0]);
        }
        ScalarOp::Abs if first.facts().is_nonnegative() => return Some(first),
        ScalarOp::Abs if first.facts().signs() & 4 == 0 => {
            return Some(product(&[number(Number::MINUS_ONE), first]));
        }
        ScalarOp::Sign if first.facts().is_positive() && total => return Some(truth(true)),
        ScalarOp::Sign if first.facts().is_negative() && total => return Some(number(Number::MINUS_ONE)),
        ScalarOp::Floor | ScalarOp::Ceil if first.facts().is_integer() => return Some(first),
        ScalarOp::Min | ScalarOp::Max if args[0] == args[1] => return Some(first),
        ScalarOp::Eq | ScalarOp::Le if args[0] == args[1] && total => return Some(truth(true)),
        ScalarOp::Ne | ScalarOp::Lt if args[0] == args[1] && total => return Some(truth(false)),
        _ => {}
    }
    let a = constant(0)?;
    if args.len() == 1 {
        if let Some(value) = at_zero_or_one(op, a) {
            return Some(number(value));
        }
        return Some(number(match op {
            ScalarOp::Abs => a.abs(),
            ScalarOp::Sign => Number::int(a.signum() as i64),
            ScalarOp::Floor => a.floor(),
            ScalarOp::Ceil => -(-a).floor(),
            ScalarOp::Not => Number::int(a.is_zero() as i64),
            _ => {
                // Odd and even functions of a negative constant.
                if a.is_negative() && ODD.contains(&op) {
                    let inner = call(op, &[number(-a)]);
                    return Some(product(&[number(Number::MINUS_ONE), inner]));
                }
                if a.is_negative() && EVEN.contains(&op) {
                    return Some(call(op, &[number(-a)]));
                }
                return None;
            }
        }));
    }
    let b = constant(1)?;
    Some(match op {
        ScalarOp::Min => number(a.min(b).clone()),
        ScalarOp::Max => number(a.max(b).clone()),
        ScalarOp::Eq => truth(a == b),
        ScalarOp::Ne => truth(a != b),
        ScalarOp::Lt => truth(a < b),
        ScalarOp::Le => truth(a <= b),
        ScalarOp::Mod => number(a - &(b * &a.checked_div(b)?.floor())),
        _ => return None,
    })
}

/// Values at 0 and 1 that are rational.
fn at_zero_or_one(op: ScalarOp, a: &Number) -> Option<Number> {
    use ScalarOp::*;
    debug_assert!(ops::spec(op).is_some(), "{op:?} has a row");
    if a.is_zero() {
        return match op {
            Sin | Tan | Asin | Atan | Sinh | Tanh | Asinh | Atanh | Erf | Expm1 | Log1p => Some(Number::ZERO),
            Cos | Cosh | Exp => Some(Number::ONE),
            _ => None,
        };
    }
    match op {
        Log | Log2 | Log10 | Acos | Acosh if a.is_one() => Some(Number::ZERO),
        _ => None,
    }
}
