//! Isolation of an unknown: operations are undone from the outside in.

use super::{AlgebraError, Qualified, all_of, nonzero};
use crate::number::Number;
use crate::symbol::Symbol;
use crate::term::walk::{self, TermMap};
use crate::term::{Args, Head, Scalar};
use braid_ir::ScalarOp;

/// Solves `left == right` for an unknown that occurs once in `left` and not in `right`, by undoing operations that have
/// inverses. Each solution holds where its condition does; together they are all.
///
/// ```
/// use braid_symbolic::{algebra::isolate, syntax::parse, Expr, Symbol};
/// let (left, right): (Expr, Expr) = (parse("2*exp(x) + 1").unwrap(), parse("y").unwrap());
/// let s = isolate(&left, &right, Symbol::real("x")).unwrap();
/// assert_eq!(s[0].term, parse("log((y - 1)/2)").unwrap());
/// ```
pub fn isolate<T: Scalar>(left: &T, right: &T, unknown: Symbol) -> Result<Vec<Qualified<T>>, AlgebraError> {
    let mut counts: TermMap<T, u32> = TermMap::default();
    let mut count = |term: &T| {
        walk::fold_in(term, &mut counts, |t, args: &[u32]| {
            let own = (t.as_symbol() == Some(unknown)) as u32;
            args.iter().fold(own, |sum, n| sum.saturating_add(*n))
        })
    };
    let cannot = |why: &str| AlgebraError::CannotIsolate { unknown, why: why.to_string() };
    if count(right) != 0 {
        return Err(cannot("it occurs on the right"));
    }
    match count(left) {
        0 => return Err(cannot("it does not occur on the left")),
        1 => {}
        _ => return Err(cannot("it occurs more than once")),
    }
    let mut left = left.clone();
    let mut branches = vec![(right.clone(), Vec::<T>::new())];
    while left.as_symbol() != Some(unknown) {
        let args = left.args();
        let at = args.iter().position(|a| count(a) == 1).unwrap_or(0);
        let others: Args<T> =
            args.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, a)| a.clone()).collect();
        let mut next = Vec::new();
        for (value, conditions) in branches {
            for (value, more) in undo(&left.head(), &args, at, &others, &value).map_err(|why| cannot(&why))? {
                next.push((value, conditions.iter().cloned().chain(more).collect()));
            }
        }
        branches = next;
        left = args[at].clone();
    }
    let qualified = |(term, conditions): (T, Vec<T>)| Qualified { term, condition: all_of(conditions) };
    Ok(branches.into_iter().map(qualified).collect())
}

type Branches<T> = Vec<(T, Vec<T>)>;

/// The values that the operand at a place may have where the operation has this value, with conditions.
fn undo<T: Scalar>(
    head: &Head,
    args: &[T],
    at: usize,
    others: &[T],
    value: &T,
) -> Result<Branches<T>, String> {
    use ScalarOp::*;
    let number = |n: i64| T::number(n);
    let one = |term: T, conditions: Vec<T>| Ok(vec![(term, conditions)]);
    let at_least = |a: &T, b: &T| b.binary(Le, a);
    let above = |a: &T, b: &T| b.binary(Lt, a);
    // With magnitude limits: -low <= value <= high.
    let between = |low: T, high: T| vec![at_least(value, &low), at_least(&high, value)];
    let half_pi = || T::pi().times(&T::number(Number::HALF));
    match head {
        Head::Op(Add) => one(value.minus(&T::sum(others)), Vec::new()),
        Head::Op(Mul) => {
            let factor = T::product(others);
            one(value.over(&factor), vec![nonzero(&factor)])
        }
        Head::Op(Pow) if at == 1 => {
            let base = &args[0];
            let conditions =
                vec![above(value, &number(0)), above(base, &number(0)), nonzero(&base.minus(&number(1)))];
            one(value.log().over(&base.log()), conditions)
        }
        Head::Op(Pow) => {
            let Some(n) = args[1].as_number() else {
                return Err("it is the base of a power with an unknown exponent".into());
            };
            let Some(inverse) = n.recip() else { return Err("it is raised to the power 0".into()) };
            let mut conditions = Vec::new();
            if n.is_negative() {
                conditions.push(nonzero(value));
            }
            if n.is_one() {
                return one(value.clone(), conditions);
            }
            if n.is_integer() && !n.is_even() {
                // The real odd root has the sign of the value.
                let root = if inverse.is_integer() {
                    value.pow(inverse)
                } else {
                    value.sign().times(&value.abs().pow(inverse))
                };
                return one(root, conditions);
            }
            conditions.push(at_least(value, &number(0)));
            let root = value.pow(inverse);
            if n.is_integer() {
                return Ok(vec![(root.clone(), conditions.clone()), (root.negated(), conditions)]);
            }
            one(root, conditions)
        }
        Head::Op(Abs) => {
            let conditions = vec![at_least(value, &number(0))];
            Ok(vec![(value.clone(), conditions.clone()), (value.negated(), conditions)])
        }
        Head::Op(Cosh) => {
            let conditions = vec![at_least(value, &number(1))];
            let inverse = T::apply(Acosh, std::slice::from_ref(value));
            Ok(vec![(inverse.clone(), conditions.clone()), (inverse.negated(), conditions)])
        }
        Head::Op(Exp) => one(value.log(), vec![above(value, &number(0))]),
        Head::Op(Expm1) => one(T::apply(Log1p, std::slice::from_ref(value)), vec![above(value, &number(-1))]),
        Head::Op(Log) => one(value.exp(), Vec::new()),
        Head::Op(Log1p) => one(T::apply(Expm1, std::slice::from_ref(value)), Vec::new()),
        Head::Op(Log2) => one(number(2).power(value), Vec::new()),
        Head::Op(Log10) => one(number(10).power(value), Vec::new()),
        Head::Op(Sinh) => one(T::apply(Asinh, std::slice::from_ref(value)), Vec::new()),
        Head::Op(Asinh) => one(value.sinh(), Vec::new()),
        Head::Op(Tanh) => one(
            T::apply(Atanh, std::slice::from_ref(value)),
            vec![above(value, &number(-1)), above(&number(1), value)],
        ),
        Head::Op(Atanh) => one(value.tanh(), Vec::new()),
        Head::Op(Acosh) => one(value.cosh(), vec![at_least(value, &number(0))]),
        Head::Op(Asin) => one(value.sin(), between(half_pi().negated(), half_pi())),
        Head::Op(Acos) => one(value.cos(), between(number(0), T::pi())),
        Head::Op(Atan) => {
            one(value.tan(), vec![above(value, &half_pi().negated()), above(&half_pi(), value)])
        }
        Head::Op(op) => Err(format!("{} has no inverse", op.name())),
        Head::Function(function) => Err(format!("{} has no known inverse", function.spec().name)),
        _ => Err("it is a constant".into()),
    }
}
