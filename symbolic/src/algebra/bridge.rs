//! Between terms and polynomials: what is no sum, product or whole power becomes a generator.

use super::AlgebraError;
use crate::number::Number;
use crate::poly::{Exponents, Poly, PolyError};
use crate::term::walk::{self, TermMap};
use crate::term::{Args, Head, Scalar};
use braid_ir::ScalarOp;

/// The terms that stand for the variables of polynomials.
///
/// ```
/// use braid_symbolic::{Expr, algebra::Generators, syntax::parse};
/// let e: Expr = parse("(sin(x) + y)^2").unwrap();
/// let mut generators = Generators::new();
/// let poly = generators.poly(&e).unwrap();
/// assert_eq!((generators.len(), poly.len()), (2, 3));
/// assert_eq!(generators.term(&poly), parse("sin(x)^2 + 2*y*sin(x) + y^2").unwrap());
/// ```
#[derive(Clone, Debug)]
pub struct Generators<T: Scalar> {
    terms: Vec<T>,
    places: TermMap<T, usize>,
}

impl<T: Scalar> Default for Generators<T> {
    fn default() -> Generators<T> {
        Generators { terms: Vec::new(), places: TermMap::default() }
    }
}

/// What a term is to polynomials.
pub(super) enum Shape<T> {
    Number(Number),
    Sum,
    Product,
    /// The base to a power of at least 2.
    Power(T, u32),
    /// A generator to a power.
    Generator(T, u32),
    /// `base^-exponent`, where quotients are looked for.
    Inverse(T, u32),
}

/// What a term is; powers by negative whole numbers are `Inverse`.
pub(super) fn shape<T: Scalar>(term: &T, args: &[T]) -> Shape<T> {
    match term.head() {
        Head::Number(n) => Shape::Number(n),
        Head::Op(ScalarOp::Add) => Shape::Sum,
        Head::Op(ScalarOp::Mul) => Shape::Product,
        Head::Op(ScalarOp::Pow) => {
            let Some(exponent) = args[1].as_number() else { return Shape::Generator(term.clone(), 1) };
            let whole =
                exponent.as_i64().and_then(|n| Some((n.signum(), u32::try_from(n.unsigned_abs()).ok()?)));
            match whole {
                Some((1, 1)) => Shape::Power(args[0].clone(), 1),
                Some((1, n)) => Shape::Power(args[0].clone(), n),
                Some((-1, n)) => Shape::Inverse(args[0].clone(), n),
                _ => {
                    // `b^(p/q)` is the generator `b^(±1/q)` to a power: the domain is the same.
                    let count = u32::try_from(num_traits::Signed::abs(&exponent.numerator()));
                    match (count, Number::from_bigints(1.into(), exponent.denominator())) {
                        (Ok(count), Some(root)) if count > 1 && !exponent.is_integer() => {
                            let root = if exponent.is_negative() { -root } else { root };
                            Shape::Generator(args[0].pow(root), count)
                        }
                        _ => Shape::Generator(term.clone(), 1),
                    }
                }
            }
        }
        _ => Shape::Generator(term.clone(), 1),
    }
}

impl<T: Scalar> Generators<T> {
    /// None yet.
    ///
    /// ```
    /// assert!(braid_symbolic::algebra::Generators::<braid_symbolic::Expr>::new().is_empty());
    /// ```
    pub fn new() -> Generators<T> {
        Generators::default()
    }

    /// The generators, in the order of the variables.
    ///
    /// ```
    /// use braid_symbolic::{Expr, algebra::Generators};
    /// let mut generators = Generators::new();
    /// generators.place(&Expr::var("x"));
    /// assert_eq!(generators.terms(), [Expr::var("x")]);
    /// ```
    pub fn terms(&self) -> &[T] {
        &self.terms
    }

    /// Number of generators.
    ///
    /// ```
    /// use braid_symbolic::{Expr, algebra::Generators, syntax::parse};
    /// let mut generators = Generators::new();
    /// generators.poly(&parse::<Expr>("x*y + log(x)").unwrap()).unwrap();
    /// assert_eq!(generators.len(), 3);
    /// ```
    pub fn len(&self) -> usize {
        self.terms.len()
    }

    /// Whether there are none.
    ///
    /// ```
    /// use braid_symbolic::{Expr, algebra::Generators};
    /// let mut generators = Generators::new();
    /// generators.place(&Expr::var("x"));
    /// assert!(!generators.is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// The variable of a generator, a new one where it is new.
    ///
    /// ```
    /// use braid_symbolic::{Expr, algebra::Generators};
    /// let mut generators = Generators::new();
    /// let places = ["x", "y", "x"].map(|name| generators.place(&Expr::var(name)));
    /// assert_eq!(places, [0, 1, 0]);
    /// ```
    pub fn place(&mut self, term: &T) -> usize {
        if let Some(&at) = self.places.get(term) {
            return at;
        }
        self.places.insert(term.clone(), self.terms.len());
        self.terms.push(term.clone());
        self.terms.len() - 1
    }

    /// The variable of a generator.
    ///
    /// ```
    /// use braid_symbolic::{Expr, algebra::Generators};
    /// let mut generators = Generators::new();
    /// generators.place(&Expr::var("x"));
    /// assert_eq!(generators.find(&Expr::var("x")), Some(0));
    /// assert_eq!(generators.find(&Expr::var("y")), None);
    /// ```
    pub fn find(&self, term: &T) -> Option<usize> {
        self.places.get(term).copied()
    }

    /// Makes generators of all that a term needs, so that polynomials are made in as many variables from the start.
    /// New unknowns come first and by name, so that leading coefficients, which factors have above zero, are where a reader
    /// looks for them.
    pub(super) fn gather(&mut self, term: &T) {
        let mut seen = walk::TermSet::default();
        let mut stack = vec![term.clone()];
        let mut found: Vec<T> = Vec::new();
        while let Some(term) = stack.pop() {
            if !seen.insert(term.clone()) {
                continue;
            }
            let args = term.args();
            match shape(&term, &args) {
                Shape::Number(_) => {}
                Shape::Sum | Shape::Product => stack.extend(args.into_iter().rev()),
                Shape::Power(base, _) => stack.push(base),
                Shape::Inverse(base, _) => found.push(base.pow(-1)),
                Shape::Generator(generator, _) => found.push(generator),
            }
        }
        found.sort_by_cached_key(|g| g.as_symbol().map_or((true, ""), |s| (false, s.name())));
        for generator in &found {
            self.place(generator);
        }
    }

    /// A term as a polynomial; reciprocals are generators.
    ///
    /// ```
    /// use braid_symbolic::{Expr, algebra::Generators, syntax::parse};
    /// let poly = Generators::new().poly(&parse::<Expr>("(x + 1)^3").unwrap()).unwrap();
    /// assert_eq!((poly.len(), poly.degree(0)), (4, 3));
    /// ```
    pub fn poly(&mut self, term: &T) -> Result<Poly, AlgebraError> {
        self.gather(term);
        let nvars = self.len();
        let mut done: TermMap<T, Poly> = TermMap::default();
        let mut stack: Vec<(T, Option<Args<T>>)> = vec![(term.clone(), None)];
        let place = |places: &TermMap<T, usize>, generator: &T, exponent: u32| -> Result<Poly, PolyError> {
            let at = places.get(generator).copied().unwrap_or(0);
            power_of(nvars, at, exponent)
        };
        while let Some((term, visited)) = stack.pop() {
            if done.contains_key(&term) {
                continue;
            }
            let args = visited.clone().unwrap_or_else(|| term.args());
            let shape = shape(&term, &args);
            let inner: Args<T> = match (&shape, &visited) {
                (_, Some(_)) => Args::new(),
                (Shape::Sum | Shape::Product, None) => args.clone(),
                (Shape::Power(base, _), None) => [base.clone()].into_iter().collect(),
                _ => Args::new(),
            };
            if visited.is_none() && !inner.is_empty() {
                stack.push((term, Some(args)));
                stack.extend(inner.into_iter().map(|a| (a, None)));
                continue;
            }
            let poly = match shape {
                Shape::Number(n) => Poly::constant(nvars, &n),
                Shape::Sum => Poly::sum(nvars, args.iter().map(|a| done[a].clone())),
                Shape::Product => product(nvars, args.iter().map(|a| &done[a]))?,
                Shape::Power(base, exponent) => done[&base].pow(exponent)?,
                Shape::Generator(generator, exponent) => place(&self.places, &generator, exponent)?,
                Shape::Inverse(base, exponent) => place(&self.places, &base.pow(-1), exponent)?,
            };
            done.insert(term, poly);
        }
        Ok(done.remove(term).unwrap_or_else(|| Poly::zero(nvars)))
    }

    /// A polynomial as a term, expanded.
    ///
    /// ```
    /// use braid_symbolic::{Expr, algebra::Generators, syntax::parse};
    /// let mut generators = Generators::new();
    /// let poly = generators.poly(&parse::<Expr>("(x + 1)*(x - 1)").unwrap()).unwrap();
    /// assert_eq!(generators.term(&poly).to_string(), "x^2 - 1");
    /// ```
    pub fn term(&self, poly: &Poly) -> T {
        T::polynomial(&self.terms, poly.terms())
    }

    /// A polynomial as a term that is undefined where one of the generators is, whether it occurs or not.
    pub(super) fn term_in_domain(&self, poly: &Poly) -> T {
        let term = self.term(poly);
        let used = poly.variables();
        let lost =
            self.terms.iter().enumerate().filter(|(at, g)| !g.facts().is_total() && !used.contains(at));
        let mut parts: Vec<T> = vec![term];
        parts.extend(lost.map(|(_, g)| T::number(0).times(g)));
        T::sum(&parts)
    }
}

/// A power of a variable.
pub(super) fn power_of(nvars: usize, var: usize, exponent: u32) -> Result<Poly, PolyError> {
    if exponent == 1 {
        return Ok(Poly::variable(nvars, var));
    }
    let mut exponents = Exponents::from_elem(0, nvars.max(var + 1));
    exponents[var] = exponent;
    Poly::from_terms(nvars, [(exponents, Number::ONE)])
}

/// The product, short factors first, so that long ones are multiplied rarely.
pub(super) fn product<'a>(nvars: usize, factors: impl Iterator<Item = &'a Poly>) -> Result<Poly, PolyError> {
    let mut factors: Vec<&Poly> = factors.collect();
    factors.sort_by_key(|f| f.len());
    let mut product: Option<Poly> = None;
    for factor in factors {
        product = Some(match product {
            None => factor.clone(),
            Some(p) => p.mul(factor)?,
        });
    }
    Ok(product.unwrap_or_else(|| Poly::one(nvars)))
}
