//! What evaluating costs: CPU cycles per operation, of terms with what is shared counted once; and how cycles are measured.

use crate::number::Number;
use crate::ops;
use crate::term::{Head, Scalar, walk};
use braid_ir::ScalarOp;

/// Cycles of a division, and of a reciprocal.
pub const DIVISION_CYCLES: f64 = 4.0;

/// Cycles of a square root.
pub const ROOT_CYCLES: f64 = 6.0;

/// What an operation costs beside its cycles: of two terms that take the same time the one with fewer operands is chosen.
pub const OPERAND_CYCLES: f64 = 1.0 / 1024.0;

/// Cycles of an application of a head other than sum, product and power by a constant.
pub fn head(head: &Head) -> f64 {
    match head {
        Head::Number(_) | Head::Symbol(_) | Head::Pi => 0.0,
        Head::Op(op) => ops::spec(*op).map_or(0.0, |row| row.cycles),
        Head::Function(function) => function.spec().cycles,
    }
}

/// Cycles of a sum of so many terms.
pub fn sum(terms: usize) -> f64 {
    terms.saturating_sub(1) as f64 * head(&Head::Op(ScalarOp::Add))
}

/// Cycles of a product of so many factors.
pub fn product(factors: usize) -> f64 {
    factors.saturating_sub(1) as f64 * head(&Head::Op(ScalarOp::Mul))
}

/// Cycles of a power by a constant: multiplications, and a division or a root where it takes one.
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

/// Cycles of an operation on this machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// The name of the operation; `div` and `sqrt` are those that powers are computed with.
    pub name: &'static str,
    /// Cycles per value where values do not wait for each other, at least [`CYCLES_MIN`].
    pub cycles: f64,
}

/// What no operation is said to cost less than.
pub const CYCLES_MIN: f64 = 1.0;

/// Values that each operation is measured on.
const VALUES: usize = 512;

/// Repetitions, of which the fastest counts.
const REPETITIONS: usize = 400;

type Measurable = fn(f64, f64) -> f64;

/// The operations that are measured, and what computes them.
const MEASURED: &[(&str, Measurable)] = &[
    ("add", |a, b| a + b),
    ("mul", |a, b| a * b),
    ("div", |a, b| a / b),
    ("sqrt", |a, _| a.sqrt()),
    ("pow", f64::powf),
    ("abs", |a, _| a.abs()),
    ("sign", |a, _| if a == 0.0 { 0.0 } else { a.signum() }),
    ("floor", |a, _| a.floor()),
    ("ceil", |a, _| a.ceil()),
    ("mod", |a, b| a - b * (a / b).floor()),
    ("min", f64::min),
    ("max", f64::max),
    ("exp", |a, _| a.exp()),
    ("expm1", |a, _| a.exp_m1()),
    ("log", |a, _| a.ln()),
    ("log1p", |a, _| a.ln_1p()),
    ("log2", |a, _| a.log2()),
    ("log10", |a, _| a.log10()),
    ("sin", |a, _| a.sin()),
    ("cos", |a, _| a.cos()),
    ("tan", |a, _| a.tan()),
    ("asin", |a, _| a.asin()),
    ("acos", |a, _| a.acos()),
    ("atan", |a, _| a.atan()),
    ("atan2", f64::atan2),
    ("sinh", |a, _| a.sinh()),
    ("cosh", |a, _| a.cosh()),
    ("tanh", |a, _| a.tanh()),
    ("asinh", |a, _| a.asinh()),
    ("acosh", |a, _| (a + 1.0).acosh()),
    ("atanh", |a, _| a.atanh()),
    ("erf", |a, _| crate::tape::unary(ScalarOp::Erf, a)),
    ("eq", |a, b| (a == b) as u8 as f64),
    ("lt", |a, b| (a < b) as u8 as f64),
    ("and", |a, b| (a != 0.0 && b != 0.0) as u8 as f64),
    ("select", |a, b| if a < b { a } else { b }),
];

/// Measures the operations of [`ops::TABLE`] on this machine. Takes part of a second, and means something only in a release
/// build on a quiet machine. It measures the system's mathematical library; generated code may have functions of its own.
pub fn measure() -> Vec<Measured> {
    let cycle = nanoseconds_per_cycle();
    let nothing = nanoseconds_per_call(|a, _| a);
    MEASURED
        .iter()
        .map(|&(name, call)| {
            // A call through a pointer costs the same for all of them; what is left is the operation.
            let cycles = (nanoseconds_per_call(call) - nothing) / cycle;
            Measured { name, cycles: cycles.max(CYCLES_MIN) }
        })
        .collect()
}

fn nanoseconds_per_call(call: Measurable) -> f64 {
    let values: Vec<f64> =
        (0..VALUES).map(|i| 0.1 + 0.8 * ((i * 193) % VALUES) as f64 / VALUES as f64).collect();
    let call = std::hint::black_box(call);
    let mut results = vec![0.0; VALUES];
    let mut best = f64::INFINITY;
    for _ in 0..REPETITIONS {
        let start = std::time::Instant::now();
        for (i, result) in results.iter_mut().enumerate() {
            *result = call(values[i], values[VALUES - 1 - i]);
        }
        std::hint::black_box(&mut results);
        best = best.min(start.elapsed().as_nanos() as f64 / VALUES as f64);
    }
    best
}

/// By a chain of operations on whole numbers, each of which waits for the one before: one cycle for the first of a link, three
/// for the second. Multiplications alone would be regrouped by the compiler.
fn nanoseconds_per_cycle() -> f64 {
    const CHAIN: u64 = 10_000;
    const LATENCY: u64 = 4;
    let mut best = f64::INFINITY;
    for _ in 0..REPETITIONS {
        let start = std::time::Instant::now();
        let mut value = std::hint::black_box(3u64);
        let factor = std::hint::black_box(0x9e37_79b9_7f4a_7c15u64);
        for link in 0..CHAIN {
            value = (value ^ link).wrapping_mul(factor);
        }
        std::hint::black_box(value);
        best = best.min(start.elapsed().as_nanos() as f64 / (CHAIN * LATENCY) as f64);
    }
    best.max(f64::MIN_POSITIVE)
}
