//! Small dense matrices of terms.

use super::bridge::Generators;
use super::rational::ratio;
use super::{AlgebraError, Qualified, all_of, nonzero};
use crate::poly::Poly;
use crate::symbol::Symbol;
use crate::term::{Scalar, walk};
use std::collections::HashMap;
use std::ops::{Index, IndexMut};

/// A dense matrix of terms, row by row.
///
/// ```
/// use braid_symbolic::{algebra::Matrix, vars};
/// let (a, b, c, d) = vars!("a", "b", "c", "d");
/// let m = Matrix::from_rows(vec![vec![a, b], vec![c, d]]).unwrap();
/// assert_eq!(m.determinant().unwrap(), a * d - b * c);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix<T> {
    rows: usize,
    cols: usize,
    entries: Vec<T>,
}

/// `P·A = L·U`.
///
/// ```
/// use braid_symbolic::{Expr, algebra::Matrix};
/// let m = Matrix::from_fn(2, 2, |r, c| Expr::int([[0, 2], [1, 3]][r][c]));
/// let lu = m.lu().unwrap();
/// assert_eq!((lu.permutation.clone(), lu.is_odd), (vec![1, 0], true)); // the zero is no pivot
/// assert_eq!(lu.determinant(), Expr::int(-2));
/// ```
#[derive(Clone, Debug)]
pub struct Lu<T> {
    /// Below the diagonal `L`, whose diagonal is 1; on and above it `U`.
    pub factors: Matrix<T>,
    /// Row `i` of `L·U` is row `permutation[i]` of the matrix.
    pub permutation: Vec<usize>,
    /// Whether the permutation is odd.
    pub is_odd: bool,
    /// Where the factors are defined: the pivots are not zero.
    pub condition: T,
}

/// How a determinant is computed.
///
/// ```
/// use braid_symbolic::{Expr, algebra::{DeterminantMethod, Matrix}};
/// let m = Matrix::from_fn(3, 3, |r, c| Expr::var(&format!("m{r}{c}")));
/// let by = |method| m.determinant_by(method).unwrap();
/// assert_eq!(by(DeterminantMethod::Minors).condition, Expr::int(1));
/// assert_ne!(by(DeterminantMethod::Lu).condition, Expr::int(1)); // pivots are divided by
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeterminantMethod {
    /// By minors, each computed once: no division, so the determinant is defined where the entries are. Takes `2^n`
    /// products.
    Minors,
    /// By elimination in polynomials with exact divisions (Bareiss 1968): expanded.
    Bareiss,
    /// The product of the pivots: `n^3` operations, but divisions by pivots.
    Lu,
}

/// Up to this many rows determinants are computed by minors where nothing else is asked.
const MINORS_ROWS_MAX: usize = 8;

impl<T> Index<(usize, usize)> for Matrix<T> {
    type Output = T;
    fn index(&self, (row, col): (usize, usize)) -> &T {
        &self.entries[row * self.cols + col]
    }
}
impl<T> IndexMut<(usize, usize)> for Matrix<T> {
    fn index_mut(&mut self, (row, col): (usize, usize)) -> &mut T {
        &mut self.entries[row * self.cols + col]
    }
}

/// Whether a term is zero wherever it is defined, as `y - x*y/x` is: no pivot, though it does not look like zero. A value that
/// is not near zero answers for nearly all terms; of the others, quotients of polynomials are sure.
fn vanishes<T: Scalar>(term: &T) -> bool {
    /// Between a half and three halves, different for each unknown.
    fn somewhere(symbol: Symbol) -> f64 {
        let mixed = symbol.name().bytes().fold(7u32, |h, b| (h ^ b as u32).wrapping_mul(0x9e37_79b1));
        0.5 + f64::from(mixed >> 8) / f64::from(1u32 << 24)
    }
    // What occurs often in a tree is looked at each time it occurs, which takes longer than the elimination.
    T::SHARED
        && (walk::eval(term, |symbol| Some(somewhere(symbol))).abs() < 1e-6)
        && ratio(&mut Generators::new(), term, &mut Vec::new()).is_ok_and(|ratio| ratio.num.is_zero())
}

fn is_zero<T: Scalar>(term: &T) -> bool {
    term.as_number().is_some_and(|n| n.is_zero())
}

impl<T: Scalar> Matrix<T> {
    /// From rows of equal length.
    ///
    /// ```
    /// use braid_symbolic::{Expr, algebra::Matrix};
    /// let rows = vec![vec![Expr::int(1), Expr::var("a")], vec![Expr::var("b"), Expr::int(2)]];
    /// assert_eq!(Matrix::from_rows(rows).unwrap()[(0, 1)], Expr::var("a"));
    /// assert!(Matrix::from_rows(vec![vec![Expr::int(1)], vec![]]).is_err());
    /// ```
    pub fn from_rows(rows: Vec<Vec<T>>) -> Result<Matrix<T>, AlgebraError> {
        let cols = rows.first().map_or(0, Vec::len);
        if let Some((at, row)) = rows.iter().enumerate().find(|(_, row)| row.len() != cols) {
            return Err(AlgebraError::Shape {
                what: "rows of a matrix",
                left_rows: 1,
                left_cols: cols,
                right_rows: at + 1,
                right_cols: row.len(),
            });
        }
        Ok(Matrix { rows: rows.len(), cols, entries: rows.into_iter().flatten().collect() })
    }

    /// From a function of row and column.
    ///
    /// ```
    /// use braid_symbolic::{Expr, algebra::Matrix};
    /// let m = Matrix::from_fn(2, 3, |row, col| Expr::int((10 * row + col) as i64));
    /// assert_eq!(m[(1, 2)], Expr::int(12));
    /// ```
    pub fn from_fn(rows: usize, cols: usize, mut entry: impl FnMut(usize, usize) -> T) -> Matrix<T> {
        let entries = (0..rows * cols).map(|at| entry(at / cols, at % cols)).collect();
        Matrix { rows, cols, entries }
    }

    /// Ones on the diagonal.
    ///
    /// ```
    /// use braid_symbolic::{Expr, algebra::Matrix};
    /// assert_eq!(Matrix::<Expr>::identity(2).determinant().unwrap(), Expr::int(1));
    /// ```
    pub fn identity(n: usize) -> Matrix<T> {
        Matrix::from_fn(n, n, |r, c| T::number((r == c) as i64))
    }

    /// Number of rows.
    ///
    /// ```
    /// use braid_symbolic::{Expr, algebra::Matrix};
    /// assert_eq!(Matrix::from_fn(2, 3, |_, _| Expr::int(0)).rows(), 2);
    /// ```
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    ///
    /// ```
    /// use braid_symbolic::{Expr, algebra::Matrix};
    /// assert_eq!(Matrix::from_fn(2, 3, |_, _| Expr::int(0)).cols(), 3);
    /// ```
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// The entries, row by row.
    ///
    /// ```
    /// use braid_symbolic::{Expr, algebra::Matrix};
    /// let m = Matrix::<Expr>::identity(2);
    /// assert_eq!(m.entries(), [1, 0, 0, 1].map(Expr::int));
    /// ```
    pub fn entries(&self) -> &[T] {
        &self.entries
    }

    /// Each entry replaced.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Scalar, algebra::Matrix};
    /// let m = Matrix::<Expr>::identity(2).map(|entry| entry.exp());
    /// assert_eq!(m[(0, 1)], Expr::int(1));
    /// ```
    pub fn map(&self, f: impl FnMut(&T) -> T) -> Matrix<T> {
        Matrix { rows: self.rows, cols: self.cols, entries: self.entries.iter().map(f).collect() }
    }

    /// Rows as columns.
    ///
    /// ```
    /// use braid_symbolic::{Expr, algebra::Matrix};
    /// let m = Matrix::from_fn(1, 2, |_, col| Expr::int(col as i64));
    /// assert_eq!(m.transpose()[(1, 0)], Expr::int(1));
    /// ```
    pub fn transpose(&self) -> Matrix<T> {
        Matrix::from_fn(self.cols, self.rows, |r, c| self[(c, r)].clone())
    }

    fn fits(&self, what: &'static str, other: &Matrix<T>, fits: bool) -> Result<(), AlgebraError> {
        let error = AlgebraError::Shape {
            what,
            left_rows: self.rows,
            left_cols: self.cols,
            right_rows: other.rows,
            right_cols: other.cols,
        };
        if fits { Ok(()) } else { Err(error) }
    }

    /// The sum.
    ///
    /// ```
    /// use braid_symbolic::{Expr, algebra::Matrix};
    /// let one = Matrix::<Expr>::identity(2);
    /// assert_eq!(one.add(&one).unwrap()[(1, 1)], Expr::int(2));
    /// assert!(one.add(&Matrix::identity(3)).is_err());
    /// ```
    pub fn add(&self, other: &Matrix<T>) -> Result<Matrix<T>, AlgebraError> {
        self.fits("sum", other, self.rows == other.rows && self.cols == other.cols)?;
        Ok(Matrix::from_fn(self.rows, self.cols, |r, c| self[(r, c)].plus(&other[(r, c)])))
    }

    /// The product.
    ///
    /// ```
    /// use braid_symbolic::{Expr, algebra::Matrix};
    /// let m = Matrix::from_fn(2, 2, |r, c| Expr::var(&format!("m{r}{c}")));
    /// assert_eq!(m.mul(&Matrix::identity(2)).unwrap(), m);
    /// ```
    pub fn mul(&self, other: &Matrix<T>) -> Result<Matrix<T>, AlgebraError> {
        self.fits("product", other, self.cols == other.rows)?;
        Ok(Matrix::from_fn(self.rows, other.cols, |r, c| {
            let pairs = (0..self.cols).map(|k| (&self[(r, k)], &other[(k, c)]));
            let terms = pairs.filter(|(a, b)| !is_zero(*a) && !is_zero(*b)).map(|(a, b)| a.times(b));
            T::sum(&terms.collect::<Vec<_>>())
        }))
    }

    /// The factors of the matrix with its rows permuted. A pivot is a number where there is one, else what is known not to
    /// be zero, else what is not the number 0.
    ///
    /// ```
    /// use braid_symbolic::{Expr, algebra::Matrix, syntax::parse};
    /// let m = Matrix::from_fn(2, 2, |r, c| Expr::var([["a", "b"], ["c", "d"]][r][c]));
    /// let lu = m.lu().unwrap();
    /// assert_eq!(lu.factors[(1, 0)], parse("c/a").unwrap());
    /// assert_eq!(lu.condition, parse("a != 0 and d - b*c/a != 0").unwrap());
    /// ```
    pub fn lu(&self) -> Result<Lu<T>, AlgebraError> {
        self.fits("LU", self, self.rows == self.cols)?;
        let n = self.rows;
        let mut f = self.clone();
        let mut permutation: Vec<usize> = (0..n).collect();
        let (mut is_odd, mut conditions) = (false, Vec::new());
        for k in 0..n {
            let rank = |term: &T| match term.as_number() {
                Some(n) if n.is_zero() => None,
                Some(_) => Some(0),
                None if term.facts().is_nonzero() => Some(1),
                None if vanishes(term) => None,
                None => Some(2),
            };
            let pivot = (k..n).filter_map(|r| Some((rank(&f[(r, k)])?, r))).min();
            let Some((_, pivot)) = pivot else { return Err(AlgebraError::Singular) };
            if pivot != k {
                permutation.swap(pivot, k);
                is_odd = !is_odd;
                for c in 0..n {
                    f.entries.swap(pivot * n + c, k * n + c);
                }
            }
            conditions.push(nonzero(&f[(k, k)]));
            for r in k + 1..n {
                if is_zero(&f[(r, k)]) {
                    continue;
                }
                let factor = f[(r, k)].over(&f[(k, k)]);
                for c in k + 1..n {
                    if !is_zero(&f[(k, c)]) {
                        f[(r, c)] = f[(r, c)].minus(&factor.times(&f[(k, c)]));
                    }
                }
                f[(r, k)] = factor;
            }
        }
        Ok(Lu { factors: f, permutation, is_odd, condition: all_of(conditions) })
    }

    /// The determinant, by minors up to 8 rows and in polynomials beyond.
    ///
    /// ```
    /// use braid_symbolic::{Expr, algebra::Matrix, syntax::parse};
    /// let m = Matrix::from_fn(2, 2, |r, c| Expr::var([["a", "b"], ["c", "d"]][r][c]));
    /// assert_eq!(m.determinant().unwrap(), parse("a*d - b*c").unwrap());
    /// ```
    pub fn determinant(&self) -> Result<T, AlgebraError> {
        let method =
            if self.rows <= MINORS_ROWS_MAX { DeterminantMethod::Minors } else { DeterminantMethod::Bareiss };
        Ok(self.determinant_by(method)?.term)
    }

    /// The determinant, and where it is defined beyond the entries.
    ///
    /// ```
    /// use braid_symbolic::{Expr, algebra::{DeterminantMethod, Matrix}};
    /// let m = Matrix::from_fn(4, 4, |r, c| Expr::int(if r == c { 2 } else { 1 }));
    /// assert_eq!(m.determinant_by(DeterminantMethod::Bareiss).unwrap().term, Expr::int(5));
    /// ```
    pub fn determinant_by(&self, method: DeterminantMethod) -> Result<Qualified<T>, AlgebraError> {
        self.fits("determinant", self, self.rows == self.cols)?;
        let certain = |term: T| Qualified { term, condition: T::number(1) };
        match method {
            DeterminantMethod::Minors => Ok(certain(self.minors())),
            DeterminantMethod::Bareiss => Ok(certain(self.bareiss()?)),
            DeterminantMethod::Lu => match self.lu() {
                Ok(lu) => Ok(Qualified { term: lu.determinant(), condition: lu.condition }),
                Err(AlgebraError::Singular) => Ok(certain(T::number(0))),
                Err(error) => Err(error),
            },
        }
    }

    /// Expansion by the last rows: the minor of the last rows and a set of columns is computed once.
    fn minors(&self) -> T {
        let n = self.rows;
        let mut below: HashMap<u64, T> = HashMap::from([(0, T::number(1))]);
        for row in (0..n).rev() {
            let mut terms: HashMap<u64, Vec<T>> = HashMap::new();
            for (&columns, minor) in &below {
                for c in (0..n).filter(|&c| columns & (1 << c) == 0) {
                    let entry = &self[(row, c)];
                    if is_zero(entry) || is_zero(minor) {
                        continue;
                    }
                    let swaps = (columns & ((1 << c) - 1)).count_ones();
                    let product = if minor.as_number().is_some_and(|m| m.is_one()) {
                        entry.clone()
                    } else {
                        entry.times(minor)
                    };
                    let term = if swaps % 2 == 1 { product.negated() } else { product };
                    terms.entry(columns | 1 << c).or_default().push(term);
                }
            }
            below = terms.into_iter().map(|(columns, terms)| (columns, T::sum(&terms))).collect();
        }
        below.into_values().next().unwrap_or_else(|| T::number(0))
    }

    fn bareiss(&self) -> Result<T, AlgebraError> {
        let n = self.rows;
        let mut generators = Generators::new();
        let mut m: Vec<Vec<Poly>> = Vec::with_capacity(n);
        for r in 0..n {
            m.push((0..n).map(|c| generators.poly(&self[(r, c)])).collect::<Result<_, _>>()?);
        }
        let mut previous = Poly::one(generators.len());
        let mut negate = false;
        for k in 0..n {
            // The shortest pivot keeps the products short.
            let pivot = (k..n).filter(|&r| !m[r][k].is_zero()).min_by_key(|&r| m[r][k].len());
            let Some(pivot) = pivot else {
                return Ok(generators.term_in_domain(&Poly::zero(generators.len())));
            };
            if pivot != k {
                m.swap(pivot, k);
                negate = !negate;
            }
            let (above, below) = m.split_at_mut(k + 1);
            let top = &above[k];
            for row in below {
                for c in k + 1..n {
                    let product = &row[c].mul(&top[k])? - &row[k].mul(&top[c])?;
                    // The division leaves no remainder: entries are minors of the matrix.
                    row[c] = product.div_exact(&previous)?.unwrap_or(product);
                }
            }
            previous = m[k][k].clone();
        }
        let determinant = if negate { -&previous } else { previous };
        Ok(generators.term_in_domain(&determinant))
    }

    /// The solution `X` of `self·X = right`, and where it holds: where the pivots are not zero.
    ///
    /// ```
    /// use braid_symbolic::{Expr, algebra::Matrix, syntax::parse};
    /// let m = Matrix::from_rows(vec![vec![Expr::var("a")]]).unwrap();
    /// let (x, condition) = m.solve(&Matrix::from_rows(vec![vec![Expr::var("b")]]).unwrap()).unwrap();
    /// assert_eq!((x[(0, 0)], condition), (parse("b/a").unwrap(), parse("a != 0").unwrap()));
    /// ```
    pub fn solve(&self, right: &Matrix<T>) -> Result<(Matrix<T>, T), AlgebraError> {
        self.fits("solve", right, self.rows == right.rows)?;
        let lu = self.lu()?;
        Ok((lu.solve(right), lu.condition))
    }

    /// The inverse, and where it holds: where the pivots are not zero.
    ///
    /// ```
    /// use braid_symbolic::{Expr, algebra::Matrix, syntax::parse};
    /// let m = Matrix::from_rows(vec![vec![Expr::int(2), Expr::int(0)], vec![Expr::int(0), Expr::var("a")]]).unwrap();
    /// let (inverse, condition) = m.inverse().unwrap();
    /// assert_eq!((inverse[(1, 1)], condition), (parse("1/a").unwrap(), parse("a != 0").unwrap()));
    /// ```
    pub fn inverse(&self) -> Result<(Matrix<T>, T), AlgebraError> {
        self.solve(&Matrix::identity(self.rows))
    }
}

impl<T: Scalar> Lu<T> {
    /// The product of the pivots, with the sign of the permutation.
    ///
    /// ```
    /// use braid_symbolic::{Expr, algebra::Matrix};
    /// let m = Matrix::from_fn(2, 2, |r, c| Expr::int([[1, 2], [3, 4]][r][c]));
    /// assert_eq!(m.lu().unwrap().determinant(), Expr::int(-2));
    /// ```
    pub fn determinant(&self) -> T {
        let pivots: Vec<T> = (0..self.factors.rows).map(|k| self.factors[(k, k)].clone()).collect();
        let product = T::product(&pivots);
        if self.is_odd { product.negated() } else { product }
    }

    /// Forward, then backward substitution.
    fn solve(&self, right: &Matrix<T>) -> Matrix<T> {
        let n = self.factors.rows;
        let mut x = Matrix::from_fn(n, right.cols, |r, c| right[(self.permutation[r], c)].clone());
        let subtract = |x: &Matrix<T>, r: usize, c: usize, from: std::ops::Range<usize>| {
            let used = from.filter(|&k| !is_zero(&self.factors[(r, k)]) && !is_zero(&x[(k, c)]));
            let mut terms: Vec<T> = used.map(|k| self.factors[(r, k)].times(&x[(k, c)]).negated()).collect();
            if terms.is_empty() {
                return x[(r, c)].clone();
            }
            terms.insert(0, x[(r, c)].clone());
            T::sum(&terms)
        };
        for c in 0..right.cols {
            for r in 0..n {
                x[(r, c)] = subtract(&x, r, c, 0..r);
            }
            for r in (0..n).rev() {
                let value = subtract(&x, r, c, r + 1..n);
                x[(r, c)] = if is_zero(&value) { value } else { value.over(&self.factors[(r, r)]) };
            }
        }
        x
    }
}
