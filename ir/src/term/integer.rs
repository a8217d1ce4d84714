//! Canonical integer terms: polynomials over atoms, so that equal dimensions are equal handles.
//!
//! A sum is `c0 + c1*m1 + c2*m2 + …` with the monomials sorted; a monomial is a sorted product of atoms. Atoms are
//! symbols, loop indices, loads and whatever does not distribute (`floordiv`, `mod`, `min`, `max`, `select`).
//! In the table a sum is nested binary `Add`s of `Mul`s in that order, so that other code sees only scalar operations.

use super::{Node, ScalarOp, Term, floor_div};
use crate::dtype::{DType, Scalar};
use std::collections::BTreeMap;

/// monomial (sorted atoms, empty for the constant) -> coefficient
type Poly = BTreeMap<Vec<Term>, i64>;

const OVERFLOW: &str = "an integer dimension or index leaves the 64-bit range";

/// A size that is a product of more factors leaves 64 bits if they are 2, and takes memory for each of them.
const FACTORS_MAX: usize = 64;

/// Summands of a size. What a model computes of its sizes has a few; a power of a sum has as many as one likes.
const SUMMANDS_MAX: usize = 1 << 10;

const TOO_LONG: &str = "an integer dimension or index is a sum or product of too many parts";

/// Whether this is an error of values, not of types.
pub(super) fn leaves_range(why: &str) -> bool {
    why == OVERFLOW || why == TOO_LONG
}

pub(super) fn apply(op: ScalarOp, args: &[Term]) -> Result<Term, String> {
    use ScalarOp::*;
    if let Some(values) = args.iter().map(|a| a.as_const()).collect::<Option<Vec<Scalar>>>() {
        return fold(op, &values);
    }
    match op {
        Add => combine(args[0], args[1], 1),
        Sub => combine(args[0], args[1], -1),
        Neg => combine(Term::int(0), args[0], -1),
        Mul => build(&multiply(&poly(args[0]), &poly(args[1]))?),
        FloorDiv | Div | Mod | Rem => divide(op, args[0], args[1]),
        Min | Max => Ok(extremum(op, args[0], args[1])?),
        Eq | Ne | Lt | Le | Gt | Ge => compare(op, args[0], args[1]),
        Select => {
            if args[1] == args[2] {
                return Ok(args[1]);
            }
            Ok(match args[0].as_bool() {
                Some(true) => args[1],
                Some(false) => args[2],
                None => Term::raw(op, args, DType::I64),
            })
        }
        other => {
            let dtype = other.result(&args.iter().map(|a| a.dtype()).collect::<Vec<_>>())?;
            Ok(Term::raw(other, args, dtype))
        }
    }
}

fn fold(op: ScalarOp, values: &[Scalar]) -> Result<Term, String> {
    use ScalarOp::*;
    let ints: Vec<i128> = values.iter().map(|v| v.as_i128()).collect();
    let exact = match op {
        Add => Some(ints[0] + ints[1]),
        Sub => Some(ints[0] - ints[1]),
        Mul => Some(ints[0].checked_mul(ints[1]).ok_or(OVERFLOW)?),
        Neg => Some(-ints[0]),
        _ => None,
    };
    match exact {
        Some(value) => Ok(Term::int(i64::try_from(value).map_err(|_| OVERFLOW)?)),
        None => Ok(Term::constant(op.eval(values))),
    }
}

/// The polynomial of a canonical term.
fn poly(term: Term) -> Poly {
    let mut result = Poly::new();
    let mut rest = vec![term];
    while let Some(term) = rest.pop() {
        match term.node() {
            Node::Apply(ScalarOp::Add, args) => rest.extend(args.iter().copied()),
            Node::Const(value) => add_term(&mut result, vec![], value.as_i128() as i64),
            _ => {
                let (atoms, coefficient) = monomial(term);
                add_term(&mut result, atoms, coefficient);
            }
        }
    }
    result
}

fn add_term(poly: &mut Poly, atoms: Vec<Term>, coefficient: i64) {
    // A canonical term holds each monomial once, so this sum cannot overflow.
    *poly.entry(atoms).or_insert(0) += coefficient;
}

fn monomial(term: Term) -> (Vec<Term>, i64) {
    let (mut atoms, mut coefficient) = (Vec::new(), 1i64);
    let mut rest = vec![term];
    while let Some(term) = rest.pop() {
        match term.node() {
            Node::Apply(ScalarOp::Mul, args) => rest.extend(args.iter().copied()),
            Node::Const(value) => coefficient = value.as_i128() as i64,
            _ => atoms.push(term),
        }
    }
    atoms.sort_unstable();
    (atoms, coefficient)
}

fn build(poly: &Poly) -> Result<Term, String> {
    let mut sum: Option<Term> = None;
    // The constant (the empty monomial) sorts first; printing reads better with it last.
    let constant = poly.get(&vec![]).copied().unwrap_or(0);
    for (atoms, &coefficient) in poly.iter().filter(|(atoms, c)| !atoms.is_empty() && **c != 0) {
        let mut product = atoms[0];
        for &atom in &atoms[1..] {
            product = Term::raw(ScalarOp::Mul, &[product, atom], DType::I64);
        }
        if coefficient != 1 {
            product = Term::raw(ScalarOp::Mul, &[product, Term::int(coefficient)], DType::I64);
        }
        sum = Some(match sum {
            Some(sum) => Term::raw(ScalarOp::Add, &[sum, product], DType::I64),
            None => product,
        });
    }
    Ok(match sum {
        None => Term::int(constant),
        Some(sum) if constant == 0 => sum,
        Some(sum) => Term::raw(ScalarOp::Add, &[sum, Term::int(constant)], DType::I64),
    })
}

fn combine(a: Term, b: Term, sign: i64) -> Result<Term, String> {
    let mut sum = poly(a);
    for (atoms, coefficient) in poly(b) {
        let entry = sum.entry(atoms).or_insert(0);
        let scaled = coefficient.checked_mul(sign).ok_or(OVERFLOW)?;
        *entry = entry.checked_add(scaled).ok_or(OVERFLOW)?;
    }
    build(&sum)
}

fn multiply(a: &Poly, b: &Poly) -> Result<Poly, String> {
    let mut product = Poly::new();
    for (left, x) in a {
        for (right, y) in b {
            let mut atoms = left.clone();
            atoms.extend(right);
            if atoms.len() > FACTORS_MAX || product.len() > SUMMANDS_MAX {
                return Err(TOO_LONG.into());
            }
            atoms.sort_unstable();
            let entry = product.entry(atoms).or_insert(0);
            let scaled = x.checked_mul(*y).ok_or(OVERFLOW)?;
            *entry = entry.checked_add(scaled).ok_or(OVERFLOW)?;
        }
    }
    Ok(product)
}

/// Division and remainder: what divides exactly leaves the quotient, `(d*q + r) / d` is `q + r/d` for floor division.
fn divide(op: ScalarOp, a: Term, b: Term) -> Result<Term, String> {
    use ScalarOp::*;
    let floors = matches!(op, FloorDiv | Mod);
    // An element of a tensor may be zero.
    if b.postorder().iter().any(|t| matches!(t.node(), Node::Load(..))) {
        return Ok(Term::raw(op, &[a, b], DType::I64));
    }
    if a == b && matches!(op, FloorDiv | Div) {
        return Ok(Term::int(1)); // as everywhere, a size that is divided by is not zero
    }
    if b.as_int() == Some(1) || a == b {
        return Ok(if matches!(op, FloorDiv | Div) { a } else { Term::int(0) });
    }
    let dividend = poly(a);
    let divisor = poly(b);
    if divisor.len() == 1 {
        let (divisor_atoms, &divisor_coefficient) = divisor.iter().next().expect("one monomial");
        let (mut quotient, mut rest) = (Poly::new(), Poly::new());
        for (atoms, &coefficient) in &dividend {
            match without(atoms, divisor_atoms) {
                Some(left) if divisor_coefficient != 0 && coefficient % divisor_coefficient == 0 => {
                    add_term(&mut quotient, left, coefficient / divisor_coefficient);
                }
                Some(left) if floors && atoms.is_empty() && divisor_coefficient > 0 => {
                    // A constant splits into the part that divides and the remainder.
                    let part = floor_div(coefficient as i128, divisor_coefficient as i128) as i64;
                    add_term(&mut quotient, left, part);
                    add_term(&mut rest, vec![], coefficient - part * divisor_coefficient);
                }
                _ => add_term(&mut rest, atoms.clone(), coefficient),
            }
        }
        if rest.values().all(|&c| c == 0) {
            return if matches!(op, FloorDiv | Div) { build(&quotient) } else { Ok(Term::int(0)) };
        }
        if floors && !quotient.is_empty() {
            let rest = build(&rest)?;
            // A constant remainder in [0, d) contributes nothing to the quotient.
            let small = rest
                .as_int()
                .is_some_and(|r| divisor_atoms.is_empty() && (0..divisor_coefficient).contains(&r));
            return match op {
                FloorDiv if small => build(&quotient),
                Mod if small => Ok(rest),
                FloorDiv => combine(build(&quotient)?, Term::raw(op, &[rest, b], DType::I64), 1),
                _ => Ok(Term::raw(op, &[rest, b], DType::I64)),
            };
        }
    } else if dividend.len() == divisor.len() {
        // c*(x + y) / (x + y)
        let ratio = dividend.iter().zip(&divisor).try_fold(None, |ratio, ((left, x), (right, y))| {
            if left != right || *y == 0 || x % y != 0 || ratio.is_some_and(|r| r != x / y) {
                return None;
            }
            Some(Some(x / y))
        });
        if let Some(Some(ratio)) = ratio {
            return Ok(Term::int(if matches!(op, FloorDiv | Div) { ratio } else { 0 }));
        }
    }
    Ok(Term::raw(op, &[a, b], DType::I64))
}

/// `atoms` with one occurrence of each of `remove` taken out, if all occur.
fn without(atoms: &[Term], remove: &[Term]) -> Option<Vec<Term>> {
    let mut left = atoms.to_vec();
    for atom in remove {
        let at = left.iter().position(|a| a == atom)?;
        left.remove(at);
    }
    Some(left)
}

fn extremum(op: ScalarOp, a: Term, b: Term) -> Result<Term, String> {
    if let Some(difference) = sign_of_difference(a, b) {
        let a_is_larger = difference >= 0;
        return Ok(if a_is_larger == (op == ScalarOp::Max) { a } else { b });
    }
    let (a, b) = if a <= b { (a, b) } else { (b, a) };
    Ok(Term::raw(op, &[a, b], DType::I64))
}

/// The sign of `a - b`, if it is known whatever the symbols are. A difference that leaves the 64-bit range decides nothing.
fn sign_of_difference(a: Term, b: Term) -> Option<i64> {
    match (a.as_int(), b.as_int()) {
        (Some(a), Some(b)) => Some(a.cmp(&b) as i64),
        _ => Some(combine(a, b, -1).ok()?.as_int()?.signum()),
    }
}

/// Comparisons become `difference op 0` where that decides them, and keep their sides otherwise.
fn compare(op: ScalarOp, a: Term, b: Term) -> Result<Term, String> {
    if let Some(difference) = sign_of_difference(a, b) {
        return Ok(Term::constant(op.eval(&[Scalar::i64(difference), Scalar::i64(0)])));
    }
    // `gt` and `ge` are spelled the other way round, so that a condition has one form.
    Ok(match op {
        ScalarOp::Gt => Term::raw(ScalarOp::Lt, &[b, a], DType::Bool),
        ScalarOp::Ge => Term::raw(ScalarOp::Le, &[b, a], DType::Bool),
        // One order for both spellings; a constant comes last, as in a sum.
        ScalarOp::Eq | ScalarOp::Ne if (b.as_int().is_some(), b) < (a.as_int().is_some(), a) => {
            Term::raw(op, &[b, a], DType::Bool)
        }
        _ => Term::raw(op, &[a, b], DType::Bool),
    })
}

/// Simplifies logical operations with a constant side.
pub(super) fn simplify_bool(op: ScalarOp, args: &[Term]) -> Option<Term> {
    let constant = |i: usize| args.get(i).and_then(|a: &Term| a.as_bool());
    match op {
        ScalarOp::And | ScalarOp::Or => {
            let neutral = op == ScalarOp::And;
            for (i, other) in [(0, 1), (1, 0)] {
                match constant(i) {
                    Some(value) if value == neutral => return Some(args[other]),
                    Some(_) => return Some(args[i]),
                    None => {}
                }
            }
            (args[0] == args[1]).then_some(args[0])
        }
        ScalarOp::Not => match args[0].node() {
            Node::Apply(ScalarOp::Not, inner) => Some(inner[0]),
            Node::Apply(ScalarOp::Lt, inner) if inner[0].dtype() == DType::I64 => {
                Some(inner[1].less_equal(inner[0]))
            }
            Node::Apply(ScalarOp::Le, inner) if inner[0].dtype() == DType::I64 => {
                Some(inner[1].less(inner[0]))
            }
            Node::Apply(ScalarOp::Eq, inner) if inner[0].dtype() == DType::I64 => {
                Some(inner[0].not_equals(inner[1]))
            }
            Node::Apply(ScalarOp::Ne, inner) if inner[0].dtype() == DType::I64 => {
                Some(inner[0].equals(inner[1]))
            }
            _ => None,
        },
        ScalarOp::Select => constant(0).map(|c| if c { args[1] } else { args[2] }),
        _ => None,
    }
}
