//! Derivatives by one unknown, remembered for every subterm, so that higher orders and shared subterms cost little.

use super::CalculusError;
use super::rules::{self, Partials, Templates, product};
use crate::symbol::Symbol;
use crate::term::walk::TermMap;
use crate::term::{Args, Head, Scalar};
use braid_ir::ScalarOp;
use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

/// A product of more factors is differentiated by halves, so that its derivative does not hold each factor as often as
/// there are factors.
pub(super) const FLAT_FACTORS_MAX: usize = 4;

/// The derivative of a subterm, as far as it is made.
#[derive(Clone)]
enum Slope<T> {
    Zero,
    Known(T),
    /// A factor times the derivative of another term. Chains of these become one product when someone asks, so that the
    /// derivative of `sin(sin(sin(…)))` takes time linear in the depth.
    Chain(T, T),
    /// The derivative of another term.
    Same(T),
}

/// Differentiates terms by one unknown and remembers the derivatives of subterms.
///
/// ```
/// use braid_symbolic::{calculus::Differentiator, vars, Symbol};
/// let (x, y) = vars!("x", "y");
/// let mut d = Differentiator::new(Symbol::real("x"));
/// assert_eq!(d.derivative(&(x * x * y)).unwrap(), 2 * x * y);
/// ```
pub struct Differentiator<T: Scalar> {
    by: Symbol,
    slopes: TermMap<T, Slope<T>>,
    templates: HashMap<ScalarOp, Templates<T>, FxBuildHasher>,
}

enum Visit<T> {
    Enter(T),
    Exit(T, Head, Args<T>),
}

impl<T: Scalar> Differentiator<T> {
    /// By this unknown.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Symbol, calculus::Differentiator};
    /// let mut by_x = Differentiator::new(Symbol::real("x"));
    /// assert_eq!(by_x.derivative(&Expr::var("y")).unwrap(), Expr::int(0));
    /// ```
    pub fn new(by: Symbol) -> Differentiator<T> {
        Differentiator { by, slopes: TermMap::default(), templates: HashMap::default() }
    }

    /// The derivative.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Scalar, Symbol, calculus::Differentiator};
    /// let mut by_x = Differentiator::new(Symbol::real("x"));
    /// let inner = Expr::var("x").sin();
    /// assert_eq!(by_x.derivative(&inner).unwrap(), Expr::var("x").cos());
    /// assert_eq!(by_x.derivative(&inner.exp()).unwrap(), inner.exp() * Expr::var("x").cos()); // known, used again
    /// ```
    pub fn derivative(&mut self, term: &T) -> Result<T, CalculusError> {
        let mut stack = vec![Visit::Enter(term.clone())];
        while let Some(visit) = stack.pop() {
            match visit {
                Visit::Enter(term) => {
                    if self.slopes.contains_key(&term) {
                        continue;
                    }
                    match term.head() {
                        Head::Number(_) | Head::Pi => {}
                        Head::Symbol(symbol) => {
                            let slope =
                                if symbol == self.by { Slope::Known(T::number(1)) } else { Slope::Zero };
                            self.slopes.insert(term, slope);
                        }
                        head => {
                            let args = term.args();
                            stack.push(Visit::Exit(term, head, args.clone()));
                            stack.extend(args.into_iter().map(Visit::Enter));
                        }
                    }
                }
                Visit::Exit(term, head, args) => {
                    if !self.slopes.contains_key(&term) {
                        let slope = self.slope(&term, &head, &args)?;
                        self.slopes.insert(term, slope);
                    }
                }
            }
        }
        Ok(self.value(term).unwrap_or_else(|| T::number(0)))
    }

    fn depends(&self, term: &T) -> bool {
        !matches!(self.slopes.get(term), None | Some(Slope::Zero))
    }

    /// The derivative of a term that was visited; `None` is zero.
    fn value(&mut self, term: &T) -> Option<T> {
        let (mut factors, mut at) = (Args::<T>::new(), term.clone());
        loop {
            match self.slopes.get(&at) {
                None | Some(Slope::Zero) => return None,
                Some(Slope::Known(slope)) => {
                    if factors.is_empty() {
                        return Some(slope.clone());
                    }
                    factors.push(slope.clone());
                    break;
                }
                Some(Slope::Chain(factor, next)) => {
                    factors.push(factor.clone());
                    at = next.clone();
                }
                Some(Slope::Same(next)) => at = next.clone(),
            }
        }
        let slope = product(factors);
        self.slopes.insert(term.clone(), Slope::Known(slope.clone()));
        Some(slope)
    }

    /// A derivative made of the derivatives of arguments.
    fn slope(&mut self, term: &T, head: &Head, args: &[T]) -> Result<Slope<T>, CalculusError> {
        let depends: Args<bool> = args.iter().map(|a| self.depends(a)).collect();
        if !depends.contains(&true) {
            return Ok(Slope::Zero);
        }
        let partials: Args<Option<T>> = match head {
            Head::Op(ScalarOp::Add) => {
                // Only one summand moves: no product is made of a chain, so that one of sums is as cheap as one of calls.
                if let (Some(at), Some(last)) =
                    (depends.iter().position(|d| *d), depends.iter().rposition(|d| *d))
                    && at == last
                {
                    return Ok(Slope::Same(args[at].clone()));
                }
                let slopes: Vec<T> = args.iter().filter_map(|a| self.value(a)).collect();
                return Ok(Slope::Known(T::sum(&slopes)));
            }
            Head::Op(ScalarOp::Mul) => return Ok(self.of_product(args, &depends)),
            Head::Op(ScalarOp::Pow) => {
                let [base, exponent] = rules::of_power(&args[0], &args[1], depends[0], depends[1]);
                [base, exponent].into_iter().collect()
            }
            Head::Op(ScalarOp::Select) => {
                let branch = |slope: Option<T>| slope.unwrap_or_else(|| T::number(0));
                let (yes, no) = (self.value(&args[1]), self.value(&args[2]));
                if yes.is_none() && no.is_none() {
                    return Ok(Slope::Zero);
                }
                return Ok(Slope::Known(args[0].select(&branch(yes), &branch(no))));
            }
            _ => match rules::partials(&mut self.templates, head, args, |at| depends[at])? {
                Partials::By(by) => by,
                Partials::Special => Args::new(),
            },
        };
        debug_assert!(partials.len() == args.len(), "a rule for each operand of {term:?}");
        let mut terms: Args<(T, &T)> =
            partials.into_iter().zip(args).filter_map(|(p, a)| Some((p?, a))).collect();
        if terms.len() <= 1 {
            return Ok(match terms.pop() {
                None => Slope::Zero,
                Some((partial, arg)) => Slope::Chain(partial, arg.clone()),
            });
        }
        let mut sum = Args::<T>::new();
        for (partial, arg) in terms {
            if let Some(slope) = self.value(arg) {
                sum.push(product([partial, slope]));
            }
        }
        Ok(Slope::Known(T::sum(&sum)))
    }

    fn of_product(&mut self, args: &[T], depends: &[bool]) -> Slope<T> {
        let fixed = args.iter().zip(depends).filter(|(_, d)| !**d).map(|(a, _)| a);
        let mut moving: Vec<(T, Option<T>)> = Vec::new();
        if depends.iter().filter(|d| **d).count() == 1 {
            let at = depends.iter().position(|d| *d).unwrap_or(0);
            return Slope::Chain(product(fixed.cloned()), args[at].clone());
        }
        for arg in args.iter().zip(depends).filter(|(_, d)| **d).map(|(a, _)| a) {
            moving.push((arg.clone(), self.value(arg)));
        }
        // Neighbours are multiplied until few are left: (ab)' = a'b + ab'.
        while moving.len() > FLAT_FACTORS_MAX {
            moving = moving
                .chunks(2)
                .map(|pair| match pair {
                    [(a, da), (b, db)] => {
                        let left = da.as_ref().map(|da| product([da.clone(), b.clone()]));
                        let right = db.as_ref().map(|db| product([a.clone(), db.clone()]));
                        let sum: Args<T> = left.into_iter().chain(right).collect();
                        (a.times(b), (!sum.is_empty()).then(|| T::sum(&sum)))
                    }
                    rest => rest[0].clone(),
                })
                .collect();
        }
        let mut sum = Args::<T>::new();
        for (at, (_, slope)) in moving.iter().enumerate() {
            let Some(slope) = slope else { continue };
            let others = moving.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, (f, _))| f);
            sum.push(product(fixed.clone().chain(others).chain([slope]).cloned()));
        }
        Slope::Known(T::sum(&sum))
    }
}

/// The derivative by an unknown.
///
/// ```
/// use braid_symbolic::{calculus::derivative, syntax::parse, Expr, Symbol};
/// let e: Expr = parse("sin(x^2)").unwrap();
/// assert_eq!(derivative(&e, Symbol::real("x")).unwrap(), parse("2*x*cos(x^2)").unwrap());
/// ```
pub fn derivative<T: Scalar>(term: &T, by: Symbol) -> Result<T, CalculusError> {
    Differentiator::new(by).derivative(term)
}

/// The derivative of this order.
///
/// ```
/// use braid_symbolic::{Expr, Symbol, calculus::derivative_n, syntax::parse};
/// let e: Expr = parse("x^5").unwrap();
/// assert_eq!(derivative_n(&e, Symbol::real("x"), 3).unwrap().to_string(), "60*x^2");
/// ```
pub fn derivative_n<T: Scalar>(term: &T, by: Symbol, order: usize) -> Result<T, CalculusError> {
    let mut differentiator = Differentiator::new(by);
    let mut result = term.clone();
    for _ in 0..order {
        if rules::is_zero(&result) {
            break;
        }
        result = differentiator.derivative(&result)?;
    }
    Ok(result)
}

/// The derivative along a direction: `Σ directionᵢ · ∂term/∂unknownᵢ`.
///
/// ```
/// use braid_symbolic::{Expr, Symbol, calculus::directional, syntax::parse};
/// let e: Expr = parse("x*y").unwrap();
/// let d = directional(&e, &[Symbol::real("x"), Symbol::real("y")], &[Expr::int(2), Expr::int(3)]);
/// assert_eq!(d.unwrap(), parse("2*y + 3*x").unwrap());
/// ```
pub fn directional<T: Scalar>(term: &T, unknowns: &[Symbol], direction: &[T]) -> Result<T, CalculusError> {
    if unknowns.len() != direction.len() {
        return Err(CalculusError::Lengths {
            left: "unknowns",
            right: "directions",
            left_len: unknowns.len(),
            right_len: direction.len(),
        });
    }
    let gradient = super::gradient(term, unknowns)?;
    let kept = gradient.into_iter().zip(direction).filter(|(slope, _)| !rules::is_zero(slope));
    Ok(T::sum(&kept.map(|(slope, along)| product([along.clone(), slope])).collect::<Vec<_>>()))
}
