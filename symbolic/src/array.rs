//! Arrays of unknowns.

use crate::symbol::{Assumptions, Symbol};
use crate::term::Scalar;

/// An array of unknowns, the last index running fastest.
///
/// ```
/// use braid_symbolic::array::symbols;
/// let u = symbols("u", &[2, 3]);
/// assert_eq!((u.symbols().len(), u.get(&[1, 0]).unwrap().name()), (6, "u_1_0"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SymbolArray {
    shape: Vec<usize>,
    symbols: Vec<Symbol>,
}

/// Real unknowns of this shape, `name_i_j…` with indices from 0.
///
/// ```
/// use braid_symbolic::{Expr, array::symbols};
/// let u = symbols("u", &[32, 32, 3]);
/// assert_eq!(u.get(&[1, 2, 0]).unwrap().name(), "u_1_2_0");
/// assert_eq!((u.offset(&[1, 2, 0]), u.index(102)), (Some(102), Some(vec![1, 2, 0])));
/// assert_eq!(u.get(&[32, 0, 0]), None);
/// let terms: Vec<Expr> = u.terms();
/// assert_eq!(terms[102].to_string(), "u_1_2_0");
/// ```
pub fn symbols(name: &str, shape: &[usize]) -> SymbolArray {
    symbols_with(name, shape, Assumptions::REAL)
}

/// Unknowns of this shape, of each of which this is assumed.
///
/// ```
/// use braid_symbolic::{Assumptions, array::symbols_with};
/// let k = symbols_with("k", &[4], Assumptions::POSITIVE);
/// assert!(k.symbols().iter().all(|k| k.facts().is_positive()));
/// ```
pub fn symbols_with(name: &str, shape: &[usize], assumptions: Assumptions) -> SymbolArray {
    let mut array = SymbolArray { shape: shape.to_vec(), symbols: Vec::new() };
    for at in 0..shape.iter().product() {
        let indices = array.index_of(at).into_iter().map(|i| format!("_{i}")).collect::<String>();
        array.symbols.push(Symbol::new(&format!("{name}{indices}"), assumptions));
    }
    array
}

impl SymbolArray {
    /// The extent of each axis.
    ///
    /// ```
    /// assert_eq!(braid_symbolic::array::symbols("u", &[2, 3]).shape(), [2, 3]);
    /// ```
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The unknowns, the last index running fastest.
    ///
    /// ```
    /// let u = braid_symbolic::array::symbols("u", &[2, 2]);
    /// assert_eq!(u.symbols()[1].name(), "u_0_1");
    /// ```
    pub fn symbols(&self) -> &[Symbol] {
        &self.symbols
    }

    /// The unknowns as terms.
    ///
    /// ```
    /// use braid_symbolic::{Expr, array::symbols};
    /// let sum: Expr = symbols("u", &[3]).terms::<Expr>().into_iter().sum();
    /// assert_eq!(sum.to_string(), "u_0 + u_1 + u_2");
    /// ```
    pub fn terms<T: Scalar>(&self) -> Vec<T> {
        self.symbols.iter().map(|&s| T::symbol(s)).collect()
    }

    /// The place of an element among all; `None` outside the array.
    ///
    /// ```
    /// let u = braid_symbolic::array::symbols("u", &[2, 3]);
    /// assert_eq!((u.offset(&[1, 0]), u.offset(&[0, 3])), (Some(3), None));
    /// ```
    pub fn offset(&self, indices: &[usize]) -> Option<usize> {
        if indices.len() != self.shape.len() {
            return None;
        }
        let inside = indices.iter().zip(&self.shape).all(|(i, n)| i < n);
        inside.then(|| indices.iter().zip(&self.shape).fold(0, |at, (i, n)| at * n + i))
    }

    /// The indices of an element by its place among all; `None` outside the array.
    ///
    /// ```
    /// let u = braid_symbolic::array::symbols("u", &[2, 3]);
    /// assert_eq!((u.index(4), u.index(6)), (Some(vec![1, 1]), None));
    /// ```
    pub fn index(&self, offset: usize) -> Option<Vec<usize>> {
        (offset < self.symbols.len()).then(|| self.index_of(offset))
    }

    fn index_of(&self, mut offset: usize) -> Vec<usize> {
        let mut indices = vec![0; self.shape.len()];
        for (index, extent) in indices.iter_mut().zip(&self.shape).rev() {
            *index = offset % extent;
            offset /= extent;
        }
        indices
    }

    /// An element; `None` outside the array.
    ///
    /// ```
    /// let u = braid_symbolic::array::symbols("u", &[2]);
    /// assert!(u.get(&[1]).is_some() && u.get(&[2]).is_none());
    /// ```
    pub fn get(&self, indices: &[usize]) -> Option<Symbol> {
        self.offset(indices).map(|at| self.symbols[at])
    }
}
