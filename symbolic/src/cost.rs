//! What evaluating costs: CPU cycles per operation, of terms with what is shared counted once.
//!
//! The cycles are those that code which is vectorised over a batch of points takes for eight values, one vector of the machine
//! that `./x bench symbolic costs` measured them on. An addition takes one.

use crate::number::Number;
use crate::ops;
use crate::term::{Head, Scalar, walk};
use braid_ir::ScalarOp;

/// Cycles of a division, and of a reciprocal.
pub const DIVISION_CYCLES: f64 = 7.2;

/// Cycles of a square root.
pub const ROOT_CYCLES: f64 = 14.2;

/// What an operation costs beside its cycles: of two terms that take the same time the one with fewer operands is chosen.
pub const OPERAND_CYCLES: f64 = 1.0 / 1024.0;

/// Cycles of an application of a head other than sum, product and power by a constant.
///
/// ```
/// use braid_symbolic::{Head, cost};
/// use braid_ir::ScalarOp;
/// assert!(cost::head(&Head::Op(ScalarOp::Exp)) > cost::head(&Head::Op(ScalarOp::Add)));
/// ```
pub fn head(head: &Head) -> f64 {
    match head {
        Head::Number(_) | Head::Symbol(_) | Head::Pi => 0.0,
        Head::Op(op) => ops::spec(*op).map_or(0.0, |row| row.cycles),
        Head::Function(function) => function.spec().cycles,
    }
}

/// Cycles of a sum of so many terms.
///
/// ```
/// assert_eq!(braid_symbolic::cost::sum(3), 2.0);
/// ```
pub fn sum(terms: usize) -> f64 {
    terms.saturating_sub(1) as f64 * head(&Head::Op(ScalarOp::Add))
}

/// Cycles of a product of so many factors.
///
/// ```
/// assert_eq!(braid_symbolic::cost::product(1), 0.0);
/// ```
pub fn product(factors: usize) -> f64 {
    factors.saturating_sub(1) as f64 * head(&Head::Op(ScalarOp::Mul))
}

/// Cycles of a power by a constant: multiplications, and a division or a root where it takes one.
///
/// ```
/// use braid_symbolic::{Number, cost};
/// assert_eq!(cost::power(&Number::int(8)), cost::product(4));
/// assert_eq!(cost::power(&Number::HALF), cost::ROOT_CYCLES);
/// ```
pub fn power(exponent: &Number) -> f64 {
    /// Exponents up to this are computed by multiplications.
    const MULTIPLIED_MAX: u64 = 64;
    let inverse = if exponent.is_negative() { DIVISION_CYCLES } else { 0.0 };
    // A half is a square root, one more whole half a multiplication by it.
    let doubled = exponent * &Number::TWO;
    let (whole, root) = match (exponent.as_i64(), doubled.as_i64()) {
        (Some(n), _) => (n.unsigned_abs(), 0.0),
        (None, Some(n)) => {
            let whole = n.unsigned_abs() / 2;
            (whole, ROOT_CYCLES + product(2) * (whole > 0) as u8 as f64)
        }
        _ => return head(&Head::Op(ScalarOp::Pow)),
    };
    if whole > MULTIPLIED_MAX {
        return head(&Head::Op(ScalarOp::Pow));
    }
    let squarings = whole.max(1).ilog2();
    let multiplications = whole.count_ones().saturating_sub(1);
    inverse + root + product((squarings + multiplications) as usize + 1)
}

/// Cycles of several terms together, what they share counted once.
///
/// ```
/// use braid_symbolic::{Expr, cost, syntax::parse};
/// let (a, b): (Expr, Expr) = (parse("a*x + a*y").unwrap(), parse("a*(x + y)").unwrap());
/// assert!(cost::of(&[a]) > cost::of(&[b]));
/// ```
pub fn of<T: Scalar>(terms: &[T]) -> f64 {
    use crate::egraph::{Shape, build, shape_of};
    let mut seen: walk::TermSet<T> = Default::default();
    let mut powers: hashbrown::HashSet<(T, Number, bool)> = Default::default();
    let mut stack: Vec<T> = terms.to_vec();
    let mut cycles = 0.0;
    while let Some(term) = stack.pop() {
        if !seen.insert(term.clone()) {
            continue;
        }
        match shape_of(&term) {
            Shape::Plain(head_of_term, args) => {
                cycles += head(&head_of_term) + args.len() as f64 * OPERAND_CYCLES;
                stack.extend(args);
            }
            Shape::Sum(constant, terms) => {
                let count = terms.len() + !constant.is_zero() as usize;
                cycles += sum(count) + count as f64 * OPERAND_CYCLES;
                for (term, n) in terms {
                    if !n.abs().is_one() && powers.insert((term.clone(), n, false)) {
                        cycles += product(2);
                    }
                    stack.push(term);
                }
            }
            Shape::Product(coefficient, factors) => {
                if !coefficient.is_one() && !factors.is_empty() {
                    let monic = build(Shape::Product(Number::ONE, factors));
                    if !coefficient.is_minus_one() && powers.insert((monic.clone(), coefficient, false)) {
                        cycles += product(2);
                    }
                    stack.push(monic);
                    continue;
                }
                cycles += product(factors.len()) + factors.len() as f64 * OPERAND_CYCLES;
                for (base, n) in factors {
                    if !n.is_one() && powers.insert((base.clone(), n.clone(), true)) {
                        cycles += power(&n);
                    }
                    stack.push(base);
                }
            }
        }
    }
    cycles
}
