//! Power series: Taylor and Laurent expansions by arithmetic on coefficients.
//!
//! Every operation has a recurrence for its coefficients (Knuth, "The Art of Computer Programming", volume 2, section 4.7),
//! so an expansion to order `n` takes `O(n²)` coefficient operations per distinct subterm, and no derivative of high order is
//! ever formed. Coefficients may contain the logarithm of the distance to the point, which grows slower than any power.

use super::CalculusError;
use crate::number::Number;
use crate::symbol::Symbol;
use crate::term::walk::{self, TermMap};
use crate::term::{Head, Scalar};
use braid_ir::ScalarOp;

/// A truncated series `Σ coefficients[k]·h^(valuation + k)`, `h` the distance to the point.
///
/// ```
/// use braid_symbolic::{Expr, Symbol, calculus::laurent, syntax::parse};
/// let e: Expr = parse("cos(x)/x").unwrap();
/// let series = laurent(&e, Symbol::real("x"), &Expr::int(0), 3).unwrap();
/// assert_eq!((series.valuation, series.coefficients[0]), (-1, Expr::int(1)));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Series<T> {
    /// The exponent of the first coefficient.
    pub valuation: i64,
    /// The coefficients; what comes after the last is not known.
    pub coefficients: Vec<T>,
}

/// More coefficients than this no series may have.
pub const ORDER_MAX: usize = 1_000;

impl<T: Scalar> Series<T> {
    fn constant(value: T, length: usize) -> Series<T> {
        let mut coefficients = vec![T::number(0); length];
        coefficients[0] = value;
        Series { valuation: 0, coefficients }
    }

    fn len(&self) -> usize {
        self.coefficients.len()
    }

    /// The coefficient of a power of `h`.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Symbol, calculus::laurent, syntax::parse};
    /// let e: Expr = parse("cos(x)/x").unwrap();
    /// let series = laurent(&e, Symbol::real("x"), &Expr::int(0), 3).unwrap();
    /// assert_eq!(series.coefficient(1), Some(&parse("-1/2").unwrap()));
    /// assert_eq!(series.coefficient(-2), None);
    /// ```
    pub fn coefficient(&self, power: i64) -> Option<&T> {
        usize::try_from(power - self.valuation).ok().and_then(|at| self.coefficients.get(at))
    }

    /// Without the leading coefficients that are zero; `None` if all are.
    pub(super) fn stripped(&self) -> Option<Series<T>> {
        let zero = |c: &T| c.as_number().is_some_and(|n| n.is_zero());
        let first = self.coefficients.iter().position(|c| !zero(c))?;
        Some(Series {
            valuation: self.valuation + first as i64,
            coefficients: self.coefficients[first..].to_vec(),
        })
    }

    fn map(&self, f: impl Fn(&T) -> T) -> Series<T> {
        Series { valuation: self.valuation, coefficients: self.coefficients.iter().map(f).collect() }
    }

    fn plus(&self, other: &Series<T>) -> Series<T> {
        let valuation = self.valuation.min(other.valuation);
        let end = (self.valuation + self.len() as i64).min(other.valuation + other.len() as i64);
        let at = |s: &Series<T>, power: i64| s.coefficient(power).cloned();
        let coefficients = (valuation..end.max(valuation + 1))
            .map(|power| match (at(self, power), at(other, power)) {
                (Some(a), Some(b)) => a.plus(&b),
                (Some(a), None) | (None, Some(a)) => a,
                (None, None) => T::number(0),
            })
            .collect();
        Series { valuation, coefficients }
    }

    fn times(&self, other: &Series<T>) -> Series<T> {
        let length = self.len().min(other.len());
        let coefficients = (0..length)
            .map(|n| sum((0..=n).map(|k| mul(&self.coefficients[k], &other.coefficients[n - k]))))
            .collect();
        Series { valuation: self.valuation + other.valuation, coefficients }
    }

    /// `h` times the derivative by `h`, divided by `h`: the series of the derivative.
    fn derivative(&self) -> Series<T> {
        let weighted = self
            .coefficients
            .iter()
            .enumerate()
            .map(|(k, c)| mul(&number::<T>(self.valuation + k as i64), c));
        Series { valuation: self.valuation - 1, coefficients: weighted.collect() }
    }
}

fn number<T: Scalar>(value: i64) -> T {
    T::number(value)
}

/// The product; zero if either is, since coefficients are values at a point where all is defined.
fn mul<T: Scalar>(a: &T, b: &T) -> T {
    let is = |t: &T, value: i64| t.as_number().is_some_and(|n| n == Number::int(value));
    if is(a, 0) || is(b, 0) {
        return number(0);
    }
    if is(a, 1) {
        return b.clone();
    }
    if is(b, 1) { a.clone() } else { a.times(b) }
}

/// The sum without the zeros.
fn sum<T: Scalar>(terms: impl Iterator<Item = T>) -> T {
    let terms: Vec<T> = terms.filter(|t| !t.as_number().is_some_and(|n| n.is_zero())).collect();
    T::sum(&terms)
}

/// The Taylor coefficients of a term around a point: that of `(by - point)^k` at place `k`, to `order` inclusive.
///
/// ```
/// use braid_symbolic::{Expr, Symbol, calculus::taylor, syntax::parse};
/// let e: Expr = parse("exp(x)*cos(x)").unwrap();
/// let series = taylor(&e, Symbol::real("x"), &Expr::from(0), 4).unwrap();
/// assert_eq!(format!("{series:?}"), "[1, 1, 0, -1/3, -1/6]");
/// ```
///
/// # Errors
/// Where the term is not analytic at the point as far as can be seen, or the order is beyond [`ORDER_MAX`].
pub fn taylor<T: Scalar>(term: &T, by: Symbol, point: &T, order: usize) -> Result<Vec<T>, CalculusError> {
    let series = laurent(term, by, point, order)?;
    if (series.valuation..0)
        .any(|p| series.coefficient(p).is_some_and(|c| c.as_number() != Some(Number::ZERO)))
    {
        return Err(CalculusError::NotAnalytic(format!("{term} at {by} = {point}")));
    }
    let coefficient = |k: usize| series.coefficient(k as i64).cloned();
    Ok((0..=order).map(|k| coefficient(k).unwrap_or_else(|| number(0))).collect())
}

/// The polynomial of the Taylor coefficients.
///
/// ```
/// use braid_symbolic::{Expr, Symbol, calculus::taylor_polynomial, syntax::parse};
/// let e: Expr = parse("sin(x)").unwrap();
/// let p = taylor_polynomial(&e, Symbol::real("x"), &Expr::from(0), 5).unwrap();
/// assert_eq!(p, parse::<Expr>("x - x^3/6 + x^5/120").unwrap());
/// ```
///
/// # Errors
/// As [`taylor`].
pub fn taylor_polynomial<T: Scalar>(
    term: &T,
    by: Symbol,
    point: &T,
    order: usize,
) -> Result<T, CalculusError> {
    let h = T::symbol(by).minus(point);
    let coefficients = taylor(term, by, point, order)?;
    Ok(sum(coefficients.iter().enumerate().map(|(k, c)| mul(c, &h.pow(k as i64)))))
}

/// The Laurent series of a term around a point, to the power `order` where nothing cancels.
///
/// ```
/// use braid_symbolic::{Expr, Symbol, calculus::laurent, syntax::parse};
/// let e: Expr = parse("exp(x)/x").unwrap();
/// let series = laurent(&e, Symbol::real("x"), &Expr::int(0), 2).unwrap();
/// assert_eq!((series.valuation, series.coefficient(-1)), (-1, Some(&Expr::int(1))));
/// ```
///
/// # Errors
/// Where there is none as far as can be seen, or the order is beyond [`ORDER_MAX`].
pub fn laurent<T: Scalar>(term: &T, by: Symbol, point: &T, order: usize) -> Result<Series<T>, CalculusError> {
    expand(term, by, point, order, None)
}

/// Like [`laurent`]; `logarithm` stands for the logarithm of the distance, where that is above zero.
pub(super) fn expand<T: Scalar>(
    term: &T,
    by: Symbol,
    point: &T,
    order: usize,
    logarithm: Option<&T>,
) -> Result<Series<T>, CalculusError> {
    if order > ORDER_MAX {
        return Err(CalculusError::Order { asked: order, limit: ORDER_MAX });
    }
    let expander = Expander { by, point, length: order + 1, logarithm };
    let mut done: TermMap<T, Option<Series<T>>> = TermMap::default();
    let mut failed = None;
    let result = walk::fold_in(term, &mut done, |term, args: &[Option<Series<T>>]| {
        let args: Option<Vec<&Series<T>>> = args.iter().map(Option::as_ref).collect();
        match expander.one(term, &args?) {
            Ok(series) => Some(series),
            Err(error) => {
                failed.get_or_insert(error);
                None
            }
        }
    });
    match (result, failed) {
        (Some(series), None) => Ok(series),
        (_, Some(error)) => Err(error),
        (None, None) => Err(CalculusError::NotAnalytic(term.to_string())),
    }
}

struct Expander<'a, T> {
    by: Symbol,
    point: &'a T,
    length: usize,
    logarithm: Option<&'a T>,
}

impl<T: Scalar> Expander<'_, T> {
    fn fail(&self, term: &T) -> CalculusError {
        CalculusError::NotAnalytic(format!("{term} at {} = {}", self.by, self.point))
    }

    fn one(&self, term: &T, args: &[&Series<T>]) -> Result<Series<T>, CalculusError> {
        let constant = |value: T| Ok(Series::constant(value, self.length));
        match term.head() {
            Head::Symbol(symbol) if symbol == self.by => {
                let mut series = Series::constant(self.point.clone(), self.length);
                if let Some(slope) = series.coefficients.get_mut(1) {
                    *slope = number(1);
                }
                Ok(series)
            }
            Head::Number(_) | Head::Symbol(_) | Head::Pi => constant(term.clone()),
            Head::Op(ScalarOp::Add) => {
                Ok(args[1..].iter().fold(args[0].clone(), |sum, series| sum.plus(series)))
            }
            Head::Op(ScalarOp::Mul) => {
                Ok(args[1..].iter().fold(args[0].clone(), |product, series| product.times(series)))
            }
            Head::Op(ScalarOp::Pow) => match term.args()[1].as_number() {
                Some(exponent) => self.power(term, args[0], &exponent),
                None => {
                    let logarithm = self.log(term, args[0])?;
                    self.exp(term, &logarithm.times(args[1]))
                }
            },
            // What does not move is a constant, whatever it is.
            _ if args.iter().all(|a| is_constant(a)) => constant(term.clone()),
            Head::Op(op) if args.len() == 1 => self.function(term, op, args[0]),
            _ => Err(self.fail(term)),
        }
    }

    fn power(&self, term: &T, base: &Series<T>, exponent: &Number) -> Result<Series<T>, CalculusError> {
        if exponent.is_zero() {
            return Ok(Series::constant(number(1), self.length));
        }
        let base = base.stripped().ok_or_else(|| self.fail(term))?;
        let valuation = &Number::int(base.valuation) * exponent;
        let valuation = valuation.as_i64().ok_or_else(|| self.fail(term))?;
        let first = &base.coefficients[0];
        // Of a root of an even power, the sign of the distance would matter.
        if !exponent.is_integer() && base.valuation != 0 && self.logarithm.is_none() {
            return Err(self.fail(term));
        }
        let inverse = first.pow(Number::MINUS_ONE);
        let mut result: Vec<T> = vec![first.pow(exponent.clone())];
        for n in 1..base.len() {
            let parts = (1..=n).map(|k| {
                let weight = &(exponent * &Number::int(k as i64)) - &Number::int((n - k) as i64);
                mul(&mul(&T::number(weight), &base.coefficients[k]), &result[n - k])
            });
            let scale = Number::ratio(1, n as i64).unwrap_or(Number::ONE);
            let next = mul(&mul(&sum(parts), &inverse), &T::number(scale));
            result.push(next);
        }
        Ok(Series { valuation, coefficients: result })
    }

    fn exp(&self, term: &T, inner: &Series<T>) -> Result<Series<T>, CalculusError> {
        let (first, inner) = self.regular(term, inner)?;
        // exp(v·log h + c) is h^v·exp(c).
        let mut shift = 0;
        let mut first = first;
        if let Some(logarithm) = self.logarithm
            && walk::symbols(&first).iter().any(|s| Some(*s) == logarithm.as_symbol())
        {
            let symbol = logarithm.as_symbol().ok_or_else(|| self.fail(term))?;
            let slope = super::derivative(&first, symbol)?;
            shift = slope.as_number().and_then(|n| n.as_i64()).ok_or_else(|| self.fail(term))?;
            let none = [(symbol, number(0))].into_iter().collect();
            first = walk::substitute(&first, &none);
        }
        let mut result: Vec<T> = vec![first.exp()];
        for n in 1..inner.len() {
            let parts = (1..=n).map(|k| mul(&mul(&number::<T>(k as i64), &inner[k]), &result[n - k]));
            let scale = Number::ratio(1, n as i64).unwrap_or(Number::ONE);
            let next = mul(&sum(parts), &T::number(scale));
            result.push(next);
        }
        Ok(Series { valuation: shift, coefficients: result })
    }

    fn log(&self, term: &T, inner: &Series<T>) -> Result<Series<T>, CalculusError> {
        let inner = inner.stripped().ok_or_else(|| self.fail(term))?;
        let mut first = inner.coefficients[0].log();
        if inner.valuation != 0 {
            let logarithm = self.logarithm.ok_or_else(|| self.fail(term))?;
            first = first.plus(&number::<T>(inner.valuation).times(logarithm));
        }
        let inverse = inner.coefficients[0].pow(Number::MINUS_ONE);
        let mut result: Vec<T> = vec![first];
        for n in 1..inner.len() {
            let parts =
                (1..n).map(|k| mul(&mul(&number::<T>(k as i64), &result[k]), &inner.coefficients[n - k]));
            let scale = Number::ratio(-1, n as i64).unwrap_or(Number::ONE);
            let rest = mul(&sum(parts), &T::number(scale));
            let next = mul(&sum([inner.coefficients[n].clone(), rest].into_iter()), &inverse);
            result.push(next);
        }
        Ok(Series { valuation: 0, coefficients: result })
    }

    /// The constant and all coefficients of a series without negative powers.
    fn regular(&self, term: &T, inner: &Series<T>) -> Result<(T, Vec<T>), CalculusError> {
        let zero = |p: i64| inner.coefficient(p).is_none_or(|c| c.as_number() == Some(Number::ZERO));
        if !(inner.valuation..0).all(zero) {
            return Err(self.fail(term));
        }
        let end = inner.valuation + inner.len() as i64;
        if end <= 0 {
            return Err(self.fail(term));
        }
        let all: Vec<T> =
            (0..end).map(|p| inner.coefficient(p).cloned().unwrap_or_else(|| number(0))).collect();
        Ok((all[0].clone(), all))
    }

    /// Two functions that are each other's derivatives, up to the sign of the second: sine and cosine, also hyperbolic.
    fn pair(&self, term: &T, inner: &Series<T>, hyperbolic: bool) -> Result<[Series<T>; 2], CalculusError> {
        let (first, inner) = self.regular(term, inner)?;
        let start = if hyperbolic { [first.sinh(), first.cosh()] } else { [first.sin(), first.cos()] };
        let [mut s, mut c] = start.map(|value| vec![value]);
        for n in 1..inner.len() {
            let part = |of: &[T], sign: i64| {
                let parts = (1..=n).map(|k| mul(&mul(&number::<T>(k as i64), &inner[k]), &of[n - k]));
                mul(&sum(parts), &T::number(Number::ratio(sign, n as i64).unwrap_or(Number::ONE)))
            };
            let next = [part(&c, 1), part(&s, if hyperbolic { 1 } else { -1 })];
            let [a, b] = next;
            s.push(a);
            c.push(b);
        }
        Ok([s, c].map(|coefficients| Series { valuation: 0, coefficients }))
    }

    /// The function whose derivative by the inner series is `slope`, and whose value at the inner constant is known.
    fn integrated(
        &self,
        term: &T,
        op: ScalarOp,
        inner: &Series<T>,
        slope: Series<T>,
    ) -> Result<Series<T>, CalculusError> {
        let (first, _) = self.regular(term, inner)?;
        let derivative = slope.times(&inner.derivative());
        let (_, all) = self.regular(term, &derivative)?;
        let mut coefficients = vec![T::apply(op, &[first])];
        coefficients.extend(
            all.iter()
                .enumerate()
                .map(|(k, c)| mul(c, &T::number(Number::ratio(1, k as i64 + 1).unwrap_or(Number::ONE)))),
        );
        coefficients.truncate(self.length);
        Ok(Series { valuation: 0, coefficients })
    }

    fn function(&self, term: &T, op: ScalarOp, inner: &Series<T>) -> Result<Series<T>, CalculusError> {
        let one = || Series::constant(number::<T>(1), inner.len());
        let square = || inner.times(inner);
        let negated = |s: Series<T>| s.map(|c| mul(&T::number(Number::MINUS_ONE), c));
        let power =
            |s: &Series<T>, n: i64, d: i64| self.power(term, s, &Number::ratio(n, d).unwrap_or(Number::ONE));
        match op {
            ScalarOp::Exp => self.exp(term, inner),
            ScalarOp::Expm1 => Ok(self.exp(term, inner)?.plus(&negated(one()))),
            ScalarOp::Log => self.log(term, inner),
            ScalarOp::Log1p => self.log(term, &inner.plus(&one())),
            ScalarOp::Log2 | ScalarOp::Log10 => {
                let base: T = number(if op == ScalarOp::Log2 { 2 } else { 10 });
                let scale = base.log().pow(Number::MINUS_ONE);
                Ok(self.log(term, inner)?.map(|c| mul(c, &scale)))
            }
            ScalarOp::Sin | ScalarOp::Cos | ScalarOp::Tan => {
                let [s, c] = self.pair(term, inner, false)?;
                match op {
                    ScalarOp::Sin => Ok(s),
                    ScalarOp::Cos => Ok(c),
                    _ => Ok(s.times(&power(&c, -1, 1)?)),
                }
            }
            ScalarOp::Sinh | ScalarOp::Cosh | ScalarOp::Tanh => {
                let [s, c] = self.pair(term, inner, true)?;
                match op {
                    ScalarOp::Sinh => Ok(s),
                    ScalarOp::Cosh => Ok(c),
                    _ => Ok(s.times(&power(&c, -1, 1)?)),
                }
            }
            ScalarOp::Atan => self.integrated(term, op, inner, power(&one().plus(&square()), -1, 1)?),
            ScalarOp::Atanh => {
                self.integrated(term, op, inner, power(&one().plus(&negated(square())), -1, 1)?)
            }
            ScalarOp::Asin => {
                self.integrated(term, op, inner, power(&one().plus(&negated(square())), -1, 2)?)
            }
            ScalarOp::Acos => {
                let slope = negated(power(&one().plus(&negated(square())), -1, 2)?);
                self.integrated(term, op, inner, slope)
            }
            ScalarOp::Asinh => self.integrated(term, op, inner, power(&one().plus(&square()), -1, 2)?),
            ScalarOp::Acosh => {
                self.integrated(term, op, inner, power(&square().plus(&negated(one())), -1, 2)?)
            }
            ScalarOp::Erf => {
                let bell = self.exp(term, &negated(square()))?;
                let scale = T::pi().pow(Number::ratio(-1, 2).unwrap_or(Number::ONE)).times(&number(2));
                self.integrated(term, op, inner, bell.map(|c| mul(c, &scale)))
            }
            ScalarOp::Abs => match self.regular(term, inner)?.0.facts() {
                facts if facts.is_positive() => Ok(inner.clone()),
                facts if facts.is_negative() => Ok(negated(inner.clone())),
                _ => Err(self.fail(term)),
            },
            _ => Err(self.fail(term)),
        }
    }
}

fn is_constant<T: Scalar>(series: &Series<T>) -> bool {
    let zero = |c: &T| c.as_number().is_some_and(|n| n.is_zero());
    series.valuation == 0 && series.coefficients[1..].iter().all(zero)
}
