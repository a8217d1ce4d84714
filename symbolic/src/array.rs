//! Arrays of unknowns.

use crate::symbol::{Assumptions, Symbol};
use crate::term::Scalar;

/// An array of unknowns, the last index running fastest.
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
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The unknowns, the last index running fastest.
    pub fn symbols(&self) -> &[Symbol] {
        &self.symbols
    }

    /// The unknowns as terms.
    pub fn terms<T: Scalar>(&self) -> Vec<T> {
        self.symbols.iter().map(|&s| T::symbol(s)).collect()
    }

    /// The place of an element among all; `None` outside the array.
    pub fn offset(&self, indices: &[usize]) -> Option<usize> {
        if indices.len() != self.shape.len() {
            return None;
        }
        let inside = indices.iter().zip(&self.shape).all(|(i, n)| i < n);
        inside.then(|| indices.iter().zip(&self.shape).fold(0, |at, (i, n)| at * n + i))
    }

    /// The indices of an element by its place among all; `None` outside the array.
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
    pub fn get(&self, indices: &[usize]) -> Option<Symbol> {
        self.offset(indices).map(|at| self.symbols[at])
    }
}
