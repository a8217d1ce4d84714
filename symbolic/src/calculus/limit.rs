//! Limits, by the leading term of a series whose coefficients may contain a logarithm.
//!
//! A limit at infinity is one at zero from above of the reciprocal. Around the point the term is expanded in powers of the
//! distance `h`, with `log h` as a symbol: it outgrows every constant and is outgrown by every power. Exponentials of what
//! grows are settled by the sign of what grows. What none of this settles is [`Limit::Unknown`], never a guess.

use super::series::{Series, expand};
use crate::number::Number;
use crate::symbol::{Assumptions, Symbol};
use crate::term::{Head, Scalar, walk};
use braid_ir::ScalarOp;

/// Where a variable goes.
///
/// ```
/// use braid_symbolic::calculus::{Approach, Limit, limit};
/// use braid_symbolic::{Expr, Symbol, syntax::parse};
/// let e: Expr = parse("1/x").unwrap();
/// let to = |approach| limit(&e, Symbol::real("x"), approach);
/// assert_eq!(to(Approach::Above(Expr::int(0))), Limit::Infinity);
/// assert_eq!(to(Approach::Both(Expr::int(0))), Limit::DoesNotExist);
/// assert_eq!(to(Approach::Infinity), Limit::Finite(Expr::int(0)));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Approach<T> {
    /// To a value from both sides.
    Both(T),
    /// To a value from above.
    Above(T),
    /// To a value from below.
    Below(T),
    /// Beyond all bounds.
    Infinity,
    /// Below all bounds.
    MinusInfinity,
}

/// Where a term goes.
///
/// ```
/// use braid_symbolic::{Expr, Symbol, calculus::{Approach, Limit, limit}, syntax::parse};
/// let to_infinity = |text: &str| limit(&parse::<Expr>(text).unwrap(), Symbol::real("x"), Approach::Infinity);
/// assert_eq!(to_infinity("x/(x + 1)"), Limit::Finite(Expr::int(1)));
/// assert_eq!(to_infinity("-x"), Limit::MinusInfinity);
/// assert_eq!(to_infinity("sin(x)"), Limit::Unknown);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Limit<T> {
    /// To a value.
    Finite(T),
    /// Beyond all bounds.
    Infinity,
    /// Below all bounds.
    MinusInfinity,
    /// To different values from the two sides.
    DoesNotExist,
    /// It could not be settled.
    Unknown,
}

/// Leading terms may cancel this often.
const ORDERS: [usize; 4] = [2, 6, 14, 30];

/// The limit of a term.
///
/// ```
/// use braid_symbolic::calculus::{Approach, Limit, limit};
/// use braid_symbolic::{Expr, Symbol, syntax::parse};
/// let of = |text: &str, to| limit(&parse::<Expr>(text).unwrap(), Symbol::real("x"), to);
/// assert_eq!(of("sin(x)/x", Approach::Both(Expr::from(0))), Limit::Finite(Expr::from(1)));
/// assert_eq!(of("(1 + 1/x)^x", Approach::Infinity), Limit::Finite(parse("exp(1)").unwrap()));
/// assert_eq!(of("x*log(x)", Approach::Above(Expr::from(0))), Limit::Finite(Expr::from(0)));
/// assert_eq!(of("1/x", Approach::Both(Expr::from(0))), Limit::DoesNotExist);
/// ```
pub fn limit<T: Scalar>(term: &T, by: Symbol, approach: Approach<T>) -> Limit<T> {
    let h = Symbol::new("h\u{2192}0", Assumptions::POSITIVE);
    let distance = T::symbol(h);
    let moved = |to: T| walk::substitute(term, &[(by, to)].into_iter().collect());
    let one_sided = |to: T| from_above(&moved(to), h);
    match approach {
        Approach::Above(point) => one_sided(point.plus(&distance)),
        Approach::Below(point) => one_sided(point.minus(&distance)),
        Approach::Infinity => one_sided(distance.pow(Number::MINUS_ONE)),
        Approach::MinusInfinity => one_sided(distance.pow(Number::MINUS_ONE).negated()),
        Approach::Both(point) => {
            match (one_sided(point.plus(&distance)), one_sided(point.minus(&distance))) {
                (Limit::Unknown, _) | (_, Limit::Unknown) => Limit::Unknown,
                (above, below) if above == below => above,
                (Limit::Finite(a), Limit::Finite(b)) if a.minus(&b).as_number().is_none() => Limit::Unknown,
                _ => Limit::DoesNotExist,
            }
        }
    }
}

/// The limit as `h` falls to zero.
fn from_above<T: Scalar>(term: &T, h: Symbol) -> Limit<T> {
    let logarithm = T::symbol(Symbol::real("log h"));
    for order in ORDERS {
        match expand(term, h, &T::number(0), order, Some(&logarithm)) {
            Ok(series) => {
                if let Some(leading) = series.stripped() {
                    return of_leading(&leading, &logarithm);
                }
            }
            Err(_) => return of_exponential(term, h).unwrap_or(Limit::Unknown),
        }
    }
    // Everything that was looked at cancels.
    if walk::symbols(term).contains(&h) { Limit::Unknown } else { Limit::Finite(term.clone()) }
}

fn of_leading<T: Scalar>(leading: &Series<T>, logarithm: &T) -> Limit<T> {
    let first = &leading.coefficients[0];
    let Some(symbol) = logarithm.as_symbol() else { return Limit::Unknown };
    let grows = walk::symbols(first).contains(&symbol);
    if leading.valuation > 0 {
        // Powers outgrow logarithms, as long as the coefficient is a polynomial of them.
        return if polynomial_in(first, symbol).is_some() {
            Limit::Finite(T::number(0))
        } else {
            Limit::Unknown
        };
    }
    if leading.valuation == 0 && !grows {
        return if first.facts().is_total() { Limit::Finite(first.clone()) } else { Limit::Unknown };
    }
    // The sign of the coefficient of the highest power of the logarithm, which goes to minus infinity.
    let Some((degree, coefficient)) = polynomial_in(first, symbol) else { return Limit::Unknown };
    let facts = coefficient.facts();
    let turned = degree % 2 == 1;
    match (facts.is_positive() && facts.is_total(), facts.is_negative() && facts.is_total()) {
        (true, _) if !turned => Limit::Infinity,
        (true, _) => Limit::MinusInfinity,
        (_, true) if !turned => Limit::MinusInfinity,
        (_, true) => Limit::Infinity,
        _ => Limit::Unknown,
    }
}

/// Degree and leading coefficient of a term that is a polynomial of a symbol.
fn polynomial_in<T: Scalar>(term: &T, symbol: Symbol) -> Option<(u32, T)> {
    if !walk::symbols(term).contains(&symbol) {
        return Some((0, term.clone()));
    }
    let all = crate::algebra::coefficients(term, symbol).ok()?;
    let highest = all.into_iter().max_by_key(|c| c.0)?;
    (!walk::symbols(&highest.1).contains(&symbol)).then_some(highest)
}

/// Of a product with exponentials of what grows beyond bounds: they outgrow all powers.
fn of_exponential<T: Scalar>(term: &T, h: Symbol) -> Option<Limit<T>> {
    let factors =
        if term.head() == Head::Op(ScalarOp::Mul) { term.args().to_vec() } else { vec![term.clone()] };
    let (mut exponents, mut rest) = (Vec::new(), Vec::new());
    for factor in factors {
        let args = factor.args();
        match factor.head() {
            Head::Op(ScalarOp::Exp) => exponents.push(args[0].clone()),
            Head::Op(ScalarOp::Pow) if args[0].head() == Head::Op(ScalarOp::Exp) => {
                exponents.push(args[0].args()[0].times(&args[1]));
            }
            _ => rest.push(factor),
        }
    }
    if exponents.is_empty() {
        return None;
    }
    match from_above(&T::sum(&exponents), h) {
        Limit::MinusInfinity => {
            // What the rest does must be no more than a power; then the exponential wins.
            let logarithm = T::symbol(Symbol::real("log h"));
            let tame = expand(&T::product(&rest), h, &T::number(0), ORDERS[0], Some(&logarithm)).is_ok();
            let fast = outgrows_logarithms(&T::sum(&exponents), h);
            (tame && fast).then(|| Limit::Finite(T::number(0)))
        }
        Limit::Infinity => {
            let sign = from_above(&T::product(&rest), h);
            match sign {
                Limit::Finite(value) if value.facts().is_positive() => Some(Limit::Infinity),
                Limit::Finite(value) if value.facts().is_negative() => Some(Limit::MinusInfinity),
                Limit::Infinity => Some(Limit::Infinity),
                Limit::MinusInfinity => Some(Limit::MinusInfinity),
                Limit::Finite(_) if outgrows_logarithms(&T::sum(&exponents), h) => {
                    // The rest falls to zero like a power at most; its sign decides.
                    let logarithm = T::symbol(Symbol::real("log h"));
                    let rest =
                        expand(&T::product(&rest), h, &T::number(0), ORDERS[1], Some(&logarithm)).ok()?;
                    let facts = rest.stripped()?.coefficients[0].facts();
                    if facts.is_positive() {
                        Some(Limit::Infinity)
                    } else if facts.is_negative() {
                        Some(Limit::MinusInfinity)
                    } else {
                        None
                    }
                }
                _ => None,
            }
        }
        Limit::Finite(value) => match from_above(&T::product(&rest), h) {
            Limit::Finite(other) => Some(Limit::Finite(value.exp().times(&other))),
            other @ (Limit::Infinity | Limit::MinusInfinity) => Some(other),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a term grows like a power of `1/h`, faster than any logarithm.
fn outgrows_logarithms<T: Scalar>(term: &T, h: Symbol) -> bool {
    let logarithm = T::symbol(Symbol::real("log h"));
    expand(term, h, &T::number(0), ORDERS[0], Some(&logarithm))
        .ok()
        .and_then(|series| series.stripped())
        .is_some_and(|leading| leading.valuation < 0)
}
