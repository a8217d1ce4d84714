//! Systems of linear equations with terms as coefficients: sparse elimination in quotients of polynomials.

use super::bridge::Generators;
use super::rational::{Ratio, ratio};
use super::{AlgebraError, all_of, nonzero};
use crate::poly::{Poly, PolyError};
use crate::symbol::Symbol;
use crate::term::{Head, Scalar};
use braid_ir::ScalarOp;
use std::collections::BTreeMap;

/// The solutions of a linear system.
///
/// ```
/// use braid_symbolic::{Expr, algebra::solve_linear, syntax::parse, Symbol};
/// let s = solve_linear(&[parse::<Expr>("a*x == 1").unwrap()], &[Symbol::real("x")]).unwrap();
/// assert_eq!((s.values[0].to_string(), s.condition.to_string()), ("1/a".into(), "a != 0".into()));
/// assert!(s.free.is_empty());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct LinearSolution<T> {
    /// The value of each unknown, in terms of those that are free; a free one is itself.
    pub values: Vec<T>,
    /// The unknowns that may have any value.
    pub free: Vec<Symbol>,
    /// Where these are all the solutions: pivots are not zero, what is divided by is not zero, and equations without
    /// unknowns hold. The number 0 where there is no solution.
    pub condition: T,
}

type Row = BTreeMap<usize, Ratio>;

/// Solves equations, each `left == right` or a term that is to be 0, for unknowns in which they are linear.
///
/// Elimination is in exact quotients and sparse: it takes numbers as pivots where it can, in rows and columns with few
/// entries.
///
/// ```
/// use braid_symbolic::{algebra::solve_linear, syntax::parse, Expr, Symbol};
/// let e: Vec<Expr> = ["x + a*y == 1", "x - y == 0"].iter().map(|t| parse(t).unwrap()).collect();
/// let s = solve_linear(&e, &[Symbol::real("x"), Symbol::real("y")]).unwrap();
/// assert_eq!(s.values[0], parse("1/(a + 1)").unwrap());
/// ```
pub fn solve_linear<T: Scalar>(
    equations: &[T],
    unknowns: &[Symbol],
) -> Result<LinearSolution<T>, AlgebraError> {
    let n = unknowns.len();
    let mut generators = Generators::new();
    let mut conditions = Vec::new();
    let mut rows: Vec<Row> = Vec::new();
    for (number, equation) in equations.iter().enumerate() {
        rows.push(row(equation, number, unknowns, &mut generators, &mut conditions)?);
    }
    // Pivots in the order they were taken: row and column.
    let mut order: Vec<(Row, usize)> = Vec::new();
    loop {
        let mut per_column: Vec<usize> = vec![0; n];
        rows.iter().flat_map(|row| row.keys()).filter(|&&c| c < n).for_each(|&c| per_column[c] += 1);
        let candidates = rows.iter().enumerate().flat_map(|(r, row)| {
            let width = row.len();
            row.iter().filter(|(c, _)| **c < n).map(move |(c, entry)| (r, *c, width, entry))
        });
        let rank = |(r, c, width, entry): (usize, usize, usize, &Ratio)| {
            let number = entry.num.as_constant().is_some() && entry.den.is_one();
            let fill = (width - 1) * (per_column[c] - 1);
            (!number, fill, entry.num.len() + entry.den.len(), c, r)
        };
        let Some((_, _, _, column, at)) = candidates.map(rank).min() else { break };
        let pivot_row = rows.swap_remove(at);
        let pivot = pivot_row[&column].clone();
        if pivot.num.as_constant().is_none() {
            conditions.push(nonzero(&generators.term(&pivot.num)));
        }
        let Some(inverse) = pivot.recip()? else { continue };
        let mut scaled = Row::new();
        for (c, entry) in &pivot_row {
            scaled.insert(*c, if *c == column { Ratio::of(Poly::one(0)) } else { entry.times(&inverse)? });
        }
        for row in rows.iter_mut() {
            let Some(factor) = row.remove(&column) else { continue };
            for (c, entry) in scaled.iter().filter(|(c, _)| **c != column) {
                let change = entry.times(&factor)?.negated();
                let sum = match row.get(c) {
                    Some(old) => old.plus(&change)?,
                    None => change,
                };
                if sum.is_zero() {
                    row.remove(c)
                } else {
                    row.insert(*c, sum)
                };
            }
        }
        order.push((scaled, column));
    }
    // What is left has no unknowns: it says when there are solutions.
    for row in rows {
        for entry in row.into_values() {
            let term = generators.term(&entry.num);
            conditions.push(match entry.num.as_constant() {
                Some(_) => T::number(0),
                None => term.binary(ScalarOp::Eq, &T::number(0)),
            });
        }
    }
    let mut values: Vec<Option<Ratio>> = vec![None; n];
    let mut free = Vec::new();
    for (at, &symbol) in unknowns.iter().enumerate() {
        if !order.iter().any(|(_, column)| *column == at) {
            free.push(symbol);
            let place = generators.place(&T::symbol(symbol));
            values[at] = Some(Ratio::of(Poly::variable(generators.len(), place)));
        }
    }
    for (row, column) in order.iter().rev() {
        // The column of numbers is last: `Σ entry·unknown + number = 0`.
        let mut value = Ratio::of(Poly::zero(generators.len()));
        for (c, entry) in row.iter().filter(|(c, _)| *c != column) {
            let part = match values.get(*c) {
                Some(Some(known)) => entry.times(known)?,
                _ => entry.clone(),
            };
            value = value.plus(&part.negated())?;
        }
        values[*column] = Some(value);
    }
    let of = |value: Ratio| {
        let num = generators.term(&value.num);
        if value.den.is_one() { num } else { num.over(&generators.term(&value.den)) }
    };
    let values = values.into_iter().map(|v| v.map_or_else(|| T::number(0), of)).collect();
    Ok(LinearSolution { values, free, condition: all_of(conditions) })
}

/// The coefficients of an equation; that of column `unknowns.len()` is the part without unknowns.
fn row<T: Scalar>(
    equation: &T,
    number: usize,
    unknowns: &[Symbol],
    shared: &mut Generators<T>,
    conditions: &mut Vec<T>,
) -> Result<Row, AlgebraError> {
    let equation = match equation.head() {
        Head::Op(ScalarOp::Eq) => equation.args()[0].minus(&equation.args()[1]),
        _ => equation.clone(),
    };
    let mut local = Generators::new();
    let mut divisors = Vec::new();
    let whole = ratio(&mut local, &equation, &mut divisors)?;
    let not_linear = AlgebraError::NotLinear { equation: number + 1 };
    let mut columns: Vec<Option<usize>> = Vec::with_capacity(local.len());
    for generator in local.terms() {
        let column = generator.as_symbol().and_then(|s| unknowns.iter().position(|&u| u == s));
        let hidden = || crate::term::walk::symbols(generator).iter().any(|s| unknowns.contains(s));
        if column.is_none() && hidden() {
            return Err(not_linear);
        }
        columns.push(column);
    }
    if whole.den.variables().iter().any(|&v| columns[v].is_some()) {
        return Err(not_linear);
    }
    for divisor in &divisors {
        if divisor.as_constant().is_none() {
            conditions.push(nonzero(&local.term(divisor)));
        }
    }
    let mut parts: BTreeMap<usize, Vec<_>> = BTreeMap::new();
    for (mut exponents, coefficient) in whole.num.terms() {
        let mut column = unknowns.len();
        for (var, exponent) in exponents.iter_mut().enumerate().filter(|(_, e)| **e > 0) {
            let Some(of_unknown) = columns[var] else { continue };
            if *exponent > 1 || column != unknowns.len() {
                return Err(not_linear);
            }
            column = of_unknown;
            *exponent = 0;
        }
        parts.entry(column).or_default().push((exponents, coefficient));
    }
    // The generators that are no unknowns, as variables of all equations.
    let to: Vec<usize> = local
        .terms()
        .iter()
        .zip(&columns)
        .map(|(g, column)| if column.is_none() { shared.place(g) } else { 0 })
        .collect();
    let mut row = Row::new();
    for (column, terms) in parts {
        let poly = Poly::from_terms(local.len(), terms)?;
        let nvars = shared.len().max(1);
        let poly = poly.rename(nvars, &to).ok_or(PolyError::ExponentTooLarge)?;
        if !poly.is_zero() {
            row.insert(column, Ratio::of(poly));
        }
    }
    Ok(row)
}
