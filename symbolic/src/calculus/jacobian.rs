//! Gradients, Jacobians and Hessians: what depends on what first, then only the entries that may differ from zero.
//!
//! The derivatives of a subterm by all unknowns it depends on are computed together and remembered, so a sum is gone
//! through once however many unknowns it has, and rows share what they have in common.

use super::CalculusError;
use super::derivative::FLAT_FACTORS_MAX;
use super::rules::{self, Partials, Templates, product};
use crate::symbol::{Symbol, Unknown};
use crate::term::walk::{self, TermMap};
use crate::term::{Args, Head, Scalar};
use braid_ir::ScalarOp;
use hashbrown::HashMap;
use rayon::prelude::*;
use rustc_hash::FxBuildHasher;
use std::sync::Arc;

/// Which entries of a matrix may differ from zero, row by row.
///
/// ```
/// use braid_symbolic::{Expr, Symbol, calculus::jacobian_sparsity, syntax::parse};
/// let e = |text: &str| parse::<Expr>(text).unwrap();
/// let pattern = jacobian_sparsity(&[e("x*y"), e("y^2"), e("1")], &["x", "y"].map(Symbol::real));
/// assert_eq!((pattern.row_starts.clone(), pattern.columns.clone()), (vec![0, 2, 3, 3], vec![0, 1, 1]));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sparsity {
    /// Number of columns.
    pub cols: usize,
    /// Where each row starts in `columns`, and where the last one ends.
    pub row_starts: Vec<usize>,
    /// The columns of the entries, rising within a row.
    pub columns: Vec<u32>,
}

impl Sparsity {
    /// Number of rows.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Symbol, calculus::jacobian_sparsity};
    /// assert_eq!(jacobian_sparsity(&[Expr::var("x"), Expr::int(1)], &[Symbol::real("x")]).rows(), 2);
    /// ```
    pub fn rows(&self) -> usize {
        self.row_starts.len() - 1
    }

    /// The columns of a row.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Symbol, calculus::jacobian_sparsity};
    /// let pattern = jacobian_sparsity(&[Expr::var("y")], &["x", "y"].map(Symbol::real));
    /// assert_eq!(pattern.row(0), [1]);
    /// ```
    pub fn row(&self, row: usize) -> &[u32] {
        &self.columns[self.row_starts[row]..self.row_starts[row + 1]]
    }

    /// Row and column of each entry, in order.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Symbol, calculus::jacobian_sparsity};
    /// let pattern = jacobian_sparsity(&[Expr::var("y"), Expr::var("x")], &["x", "y"].map(Symbol::real));
    /// assert_eq!(pattern.positions(), [(0, 1), (1, 0)]);
    /// ```
    pub fn positions(&self) -> Vec<(usize, usize)> {
        (0..self.rows()).flat_map(|row| self.row(row).iter().map(move |&col| (row, col as usize))).collect()
    }

    /// Number of entries.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Symbol, calculus::jacobian_sparsity};
    /// assert_eq!(jacobian_sparsity(&[Expr::var("x")], &["x", "y"].map(Symbol::real)).len(), 1);
    /// ```
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// Whether all entries are zero.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Symbol, calculus::jacobian_sparsity};
    /// assert!(jacobian_sparsity(&[Expr::int(1)], &[Symbol::real("x")]).is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }
}

/// A matrix whose entries are held row by row, without those that are zero for any values.
///
/// ```
/// use braid_symbolic::{Expr, Symbol, calculus::jacobian_sparse, syntax::parse};
/// let e = |text: &str| parse::<Expr>(text).unwrap();
/// let j = jacobian_sparse(&[e("x*y"), e("y^2")], &["x", "y"].map(Symbol::real)).unwrap();
/// assert_eq!(j.entries, [e("y"), e("x"), e("2*y")]);
/// assert_eq!(j.pattern.positions(), [(0, 0), (0, 1), (1, 1)]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SparseMatrix<T> {
    /// The places of the entries.
    pub pattern: Sparsity,
    /// The entries, in the order of `pattern.columns`.
    pub entries: Vec<T>,
}

impl<T: Scalar> SparseMatrix<T> {
    fn from_rows(cols: usize, rows: Vec<Vec<(u32, T)>>) -> SparseMatrix<T> {
        let mut row_starts = Vec::with_capacity(rows.len() + 1);
        row_starts.push(0);
        let total = rows.iter().map(Vec::len).sum();
        let (mut columns, mut entries) = (Vec::with_capacity(total), Vec::with_capacity(total));
        for row in rows {
            for (column, entry) in row {
                columns.push(column);
                entries.push(entry);
            }
            row_starts.push(columns.len());
        }
        SparseMatrix { pattern: Sparsity { cols, row_starts, columns }, entries }
    }

    /// Number of rows.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Symbol, calculus::jacobian_sparse};
    /// assert_eq!(jacobian_sparse(&[Expr::var("x")], &["x", "y"].map(Symbol::real)).unwrap().rows(), 1);
    /// ```
    pub fn rows(&self) -> usize {
        self.pattern.rows()
    }

    /// Number of columns.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Symbol, calculus::jacobian_sparse};
    /// assert_eq!(jacobian_sparse(&[Expr::var("x")], &["x", "y"].map(Symbol::real)).unwrap().cols(), 2);
    /// ```
    pub fn cols(&self) -> usize {
        self.pattern.cols
    }

    /// The entry at a place, zero where none is held.
    ///
    /// ```
    /// use braid_symbolic::Scalar;
    /// use braid_symbolic::{Expr, Symbol, calculus::jacobian_sparse};
    /// let j = jacobian_sparse(&[Expr::var("x").pow(2)], &["x", "y"].map(Symbol::real)).unwrap();
    /// assert_eq!((j.get(0, 0), j.get(0, 1)), (2 * Expr::var("x"), Expr::int(0)));
    /// ```
    pub fn get(&self, row: usize, col: usize) -> T {
        let found = self.pattern.row(row).binary_search(&(col as u32));
        found.map_or_else(|_| T::number(0), |at| self.entries[self.pattern.row_starts[row] + at].clone())
    }

    /// The matrix with its zeros.
    ///
    /// ```
    /// use braid_symbolic::{Expr, Symbol, calculus::jacobian_sparse};
    /// let j = jacobian_sparse(&[Expr::var("x")], &["x", "y"].map(Symbol::real)).unwrap();
    /// assert_eq!(j.to_dense(), [[Expr::int(1), Expr::int(0)]]);
    /// ```
    pub fn to_dense(&self) -> Vec<Vec<T>> {
        let row = |r: usize| (0..self.cols()).map(|c| self.get(r, c)).collect();
        (0..self.rows()).map(row).collect()
    }
}

type Places = HashMap<Symbol, u32, FxBuildHasher>;

fn places(unknowns: &[Symbol]) -> Places {
    // The first of two equal unknowns gets the entry; a list of unknowns has none twice.
    unknowns.iter().enumerate().rev().map(|(at, &s)| (s, at as u32)).collect()
}

/// Whether the derivative by an argument is zero by convention, and so nothing behind it matters.
fn is_flat(head: &Head, at: usize) -> bool {
    match head {
        Head::Op(ScalarOp::Select) => at == 0,
        Head::Op(op) => {
            crate::ops::spec(*op).and_then(|row| row.derivative.get(at)).is_some_and(|d| *d == "0")
        }
        _ => false,
    }
}

/// On which unknowns the derivatives of each term may depend: the pattern of the Jacobian. Takes time linear in the
/// distinct subterms and their unknowns, and makes no term.
///
/// ```
/// use braid_symbolic::{calculus::jacobian_sparsity, vars, Scalar, Symbol};
/// let (x, y) = vars!("x", "y");
/// let pattern = jacobian_sparsity(&[x * y, y.sin()], &[Symbol::real("x"), Symbol::real("y")]);
/// assert_eq!((pattern.row(0), pattern.row(1)), (&[0, 1][..], &[1][..]));
/// ```
pub fn jacobian_sparsity<T: Scalar>(terms: &[T], unknowns: &[Symbol]) -> Sparsity {
    let places = places(unknowns);
    let mut done: TermMap<T, Arc<[u32]>> = TermMap::default();
    let none: Arc<[u32]> = Arc::from([]);
    let mut rows = Vec::with_capacity(terms.len());
    for term in terms {
        let of_row = walk::fold_in(term, &mut done, |t, args: &[Arc<[u32]>]| {
            let head = t.head();
            if let Head::Symbol(symbol) = head {
                return places.get(&symbol).map_or_else(|| none.clone(), |&at| Arc::from([at]));
            }
            let mut used = args.iter().enumerate().filter(|(at, a)| !a.is_empty() && !is_flat(&head, *at));
            let Some((_, first)) = used.next() else { return none.clone() };
            let mut all: Vec<u32> = Vec::new();
            for (_, next) in used {
                if !Arc::ptr_eq(first, next) {
                    all.extend(next.iter());
                }
            }
            if all.is_empty() {
                return first.clone();
            }
            all.extend(first.iter());
            all.sort_unstable();
            all.dedup();
            if all.len() == first.len() { first.clone() } else { all.into() }
        });
        rows.push(of_row);
    }
    let mut row_starts = vec![0];
    let mut columns = Vec::new();
    for row in &rows {
        columns.extend(row.iter());
        row_starts.push(columns.len());
    }
    Sparsity { cols: unknowns.len(), row_starts, columns }
}

/// The derivatives of a subterm by the unknowns it depends on, in the order of the unknowns.
type Slopes<T> = Arc<[(u32, T)]>;

struct Gradients<'a, T: Scalar> {
    places: &'a Places,
    done: TermMap<T, Slopes<T>>,
    templates: HashMap<ScalarOp, Templates<T>, FxBuildHasher>,
    none: Slopes<T>,
}

enum Visit<T> {
    Enter(T),
    Exit(T, Head, Args<T>),
}

impl<'a, T: Scalar> Gradients<'a, T> {
    fn new(places: &'a Places) -> Gradients<'a, T> {
        let none: Slopes<T> = Arc::from([]);
        Gradients { places, done: TermMap::default(), templates: HashMap::default(), none }
    }

    fn of(&mut self, root: &T) -> Result<Slopes<T>, CalculusError> {
        let mut stack = vec![Visit::Enter(root.clone())];
        while let Some(visit) = stack.pop() {
            match visit {
                Visit::Enter(term) => match term.head() {
                    Head::Number(_) | Head::Pi | Head::Symbol(_) => {}
                    _ if self.done.contains_key(&term) => {}
                    head => {
                        let args = term.args();
                        // Leaves are answered without a table.
                        let inner =
                            args.iter().filter(|a| !matches!(a.head(), Head::Symbol(_) | Head::Number(_)));
                        let inner: Args<T> = inner.cloned().collect();
                        stack.push(Visit::Exit(term, head, args));
                        stack.extend(inner.into_iter().map(Visit::Enter));
                    }
                },
                Visit::Exit(term, head, args) => {
                    if !self.done.contains_key(&term) {
                        let slopes = self.slopes(&head, &args)?;
                        self.done.insert(term, slopes);
                    }
                }
            }
        }
        Ok(self.get(root))
    }

    fn get(&self, term: &T) -> Slopes<T> {
        if let Some(found) = self.done.get(term) {
            return found.clone();
        }
        match term.head() {
            Head::Symbol(symbol) => match self.places.get(&symbol) {
                Some(&at) => Arc::from([(at, T::number(1))]),
                None => self.none.clone(),
            },
            _ => self.none.clone(),
        }
    }

    fn slopes(&mut self, head: &Head, args: &[T]) -> Result<Slopes<T>, CalculusError> {
        let of_args: Args<Slopes<T>> = args.iter().map(|a| self.get(a)).collect();
        if of_args.iter().all(|s| s.is_empty()) {
            return Ok(self.none.clone());
        }
        let partials: Args<Option<T>> = match head {
            Head::Op(ScalarOp::Add) => {
                return Ok(collected(of_args.iter().flat_map(|s| s.iter().cloned()).collect()));
            }
            Head::Op(ScalarOp::Mul) => return Ok(self.of_product(args, of_args)),
            Head::Op(ScalarOp::Pow) => {
                let [base, exponent] =
                    rules::of_power(&args[0], &args[1], !of_args[0].is_empty(), !of_args[1].is_empty());
                [base, exponent].into_iter().collect()
            }
            Head::Op(ScalarOp::Select) => return Ok(of_select(&args[0], &of_args[1], &of_args[2])),
            _ => match rules::partials(&mut self.templates, head, args, |at| !of_args[at].is_empty())? {
                Partials::By(by) => by,
                Partials::Special => Args::new(),
            },
        };
        let mut parts = Vec::new();
        for (partial, slopes) in partials.iter().zip(&of_args) {
            let Some(partial) = partial else { continue };
            parts.extend(slopes.iter().map(|(at, s)| (*at, product([partial.clone(), s.clone()]))));
        }
        Ok(collected(parts))
    }

    fn of_product(&self, args: &[T], of_args: Args<Slopes<T>>) -> Slopes<T> {
        let fixed: Args<T> =
            args.iter().zip(&of_args).filter(|(_, s)| s.is_empty()).map(|(a, _)| a.clone()).collect();
        let mut moving: Vec<(T, Slopes<T>)> =
            args.iter().cloned().zip(of_args).filter(|(_, s)| !s.is_empty()).collect();
        while moving.len() > FLAT_FACTORS_MAX {
            moving = moving
                .chunks(2)
                .map(|pair| match pair {
                    [(a, da), (b, db)] => {
                        let left = da.iter().map(|(at, s)| (*at, product([s.clone(), b.clone()])));
                        let right = db.iter().map(|(at, s)| (*at, product([a.clone(), s.clone()])));
                        (a.times(b), collected(left.chain(right).collect()))
                    }
                    rest => rest[0].clone(),
                })
                .collect();
        }
        let mut parts = Vec::new();
        for (at, (_, slopes)) in moving.iter().enumerate() {
            for (unknown, slope) in slopes.iter() {
                let others = moving.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, (f, _))| f);
                parts.push((*unknown, product(fixed.iter().chain(others).chain([slope]).cloned())));
            }
        }
        collected(parts)
    }
}

fn of_select<T: Scalar>(condition: &T, yes: &[(u32, T)], no: &[(u32, T)]) -> Slopes<T> {
    let (mut yes, mut no) = (yes.iter().peekable(), no.iter().peekable());
    let mut slopes = Vec::new();
    while let Some(at) = [yes.peek(), no.peek()].into_iter().flatten().map(|(at, _)| *at).min() {
        let of_branch = |branch: &mut std::iter::Peekable<std::slice::Iter<(u32, T)>>| {
            branch.next_if(|(a, _)| *a == at).map_or_else(|| T::number(0), |(_, s)| s.clone())
        };
        let (yes, no) = (of_branch(&mut yes), of_branch(&mut no));
        slopes.push((at, condition.select(&yes, &no)));
    }
    slopes.into()
}

/// Sums by unknown.
fn collected<T: Scalar>(mut parts: Vec<(u32, T)>) -> Slopes<T> {
    if parts.windows(2).all(|pair| pair[0].0 < pair[1].0) {
        return parts.into();
    }
    // Stable, so that representations that keep the order of operands get the order of the term.
    parts.sort_by_key(|(at, _)| *at);
    let groups = parts.chunk_by(|a, b| a.0 == b.0);
    groups
        .map(|group| match group {
            [one] => one.clone(),
            _ => (group[0].0, T::sum(&group.iter().map(|(_, s)| s.clone()).collect::<Vec<_>>())),
        })
        .collect()
}

/// Rows that are differentiated by one thread with one memory.
const ROWS_PER_TASK_MIN: usize = 16;

/// The Jacobian, only the entries that may differ from zero. Rows are differentiated in parallel.
///
/// ```
/// use braid_symbolic::{calculus::jacobian_sparse, vars, Scalar};
/// let (x, y) = vars!("x", "y");
/// let j = jacobian_sparse(&[x * y, y.sin()], &[x, y]).unwrap();
/// assert_eq!((j.pattern.len(), j.get(0, 0), j.get(1, 1)), (3, y, y.cos()));
/// assert_eq!(jacobian_sparse(&[x * y], &[x + 1]).unwrap_err().to_string(), "x + 1 is not an unknown");
/// ```
///
/// # Errors
/// If what should be an unknown is not, or a registered function has no derivative.
pub fn jacobian_sparse<T: Scalar, I: Unknown>(
    terms: &[T],
    unknowns: &[I],
) -> Result<SparseMatrix<T>, CalculusError> {
    let symbols: Result<Vec<Symbol>, CalculusError> = unknowns
        .iter()
        .map(|u| u.unknown().ok_or_else(|| CalculusError::NotUnknown(u.to_string())))
        .collect();
    let places = places(&symbols?);
    let tasks = 4 * rayon::current_num_threads();
    let rows_per_task = terms.len().div_ceil(tasks).max(ROWS_PER_TASK_MIN);
    let parts: Result<Vec<Vec<Vec<(u32, T)>>>, CalculusError> = terms
        .par_chunks(rows_per_task)
        .map(|rows| {
            let mut gradients = Gradients::new(&places);
            rows.iter().map(|row| Ok(gradients.of(row)?.to_vec())).collect()
        })
        .collect();
    Ok(SparseMatrix::from_rows(unknowns.len(), parts?.into_iter().flatten().collect()))
}

/// The Jacobian with its zeros.
///
/// ```
/// use braid_symbolic::{Symbol, calculus::jacobian, vars};
/// let (x, y) = vars!(x, y);
/// let rows = jacobian(&[x * y, x + y], &[Symbol::real("x"), Symbol::real("y")]).unwrap();
/// assert_eq!(rows, [[y, x], [1.into(), 1.into()]]);
/// ```
pub fn jacobian<T: Scalar>(terms: &[T], unknowns: &[Symbol]) -> Result<Vec<Vec<T>>, CalculusError> {
    Ok(jacobian_sparse(terms, unknowns)?.to_dense())
}

/// The derivatives by each unknown.
///
/// ```
/// use braid_symbolic::{Symbol, calculus::gradient, vars};
/// let (x, y) = vars!(x, y);
/// assert_eq!(gradient(&(x * y), &[Symbol::real("x"), Symbol::real("y")]), Ok(vec![y, x]));
/// ```
pub fn gradient<T: Scalar>(term: &T, unknowns: &[Symbol]) -> Result<Vec<T>, CalculusError> {
    let places = places(unknowns);
    let mut gradient = vec![T::number(0); unknowns.len()];
    for (at, slope) in Gradients::new(&places).of(term)?.iter() {
        gradient[*at as usize] = slope.clone();
    }
    Ok(gradient)
}

/// The second derivatives, only those that may differ from zero. The matrix is symmetric: entries mirrored at the diagonal
/// are the same term.
///
/// ```
/// use braid_symbolic::{Symbol, calculus::hessian_sparse, vars};
/// let (x, y) = vars!(x, y);
/// let h = hessian_sparse(&(x * y), &[Symbol::real("x"), Symbol::real("y")]).unwrap();
/// assert_eq!(h.pattern.positions(), [(0, 1), (1, 0)]);
/// ```
pub fn hessian_sparse<T: Scalar>(term: &T, unknowns: &[Symbol]) -> Result<SparseMatrix<T>, CalculusError> {
    let places = places(unknowns);
    let first = Gradients::new(&places).of(term)?;
    let mut rows: Vec<Vec<(u32, T)>> = vec![Vec::new(); unknowns.len()];
    let mut gradients = Gradients::new(&places);
    for (at, slope) in first.iter() {
        for (column, second) in gradients.of(slope)?.iter().filter(|(column, _)| column >= at) {
            rows[*at as usize].push((*column, second.clone()));
            if column != at {
                rows[*column as usize].push((*at, second.clone()));
            }
        }
    }
    rows.iter_mut().for_each(|row| row.sort_by_key(|(column, _)| *column));
    Ok(SparseMatrix::from_rows(unknowns.len(), rows))
}

/// The second derivatives with their zeros.
///
/// ```
/// use braid_symbolic::{Symbol, calculus::hessian, vars};
/// let (x, y) = vars!(x, y);
/// let h = hessian(&(x * x * y), &[Symbol::real("x"), Symbol::real("y")]).unwrap();
/// assert_eq!(h, [[y * 2, x * 2], [x * 2, 0.into()]]);
/// ```
pub fn hessian<T: Scalar>(term: &T, unknowns: &[Symbol]) -> Result<Vec<Vec<T>>, CalculusError> {
    Ok(hessian_sparse(term, unknowns)?.to_dense())
}
