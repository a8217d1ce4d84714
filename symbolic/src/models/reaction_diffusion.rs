//! A reaction-diffusion equation of three species on a square, discretised by second differences.
//!
//! The system is that of the automatic parallelisation tutorial of Symbolics.jl, on which its authors report 157 times
//! (arXiv 2105.03949): A is fed in where the column is in the last fifth and diffuses; A and B form C, which falls apart
//! again; all three decay.

use crate::trace::Real;

/// Rate of diffusion.
pub const DIFFUSION: f64 = 100.0;

/// Number of states of a grid of `n` by `n` cells.
///
/// ```
/// assert_eq!(braid_symbolic::models::reaction_diffusion::states(32), 3_072);
/// ```
pub const fn states(n: usize) -> usize {
    3 * n * n
}

/// Place of a species in a cell: species by species, column by column.
///
/// ```
/// use braid_symbolic::models::reaction_diffusion::{place, states};
/// assert!(place(4, 3, 3, 2) < states(4));
/// ```
pub const fn place(n: usize, row: usize, column: usize, species: usize) -> usize {
    row + n * (column + n * species)
}

/// The initial state: nothing.
///
/// ```
/// use braid_symbolic::models::reaction_diffusion::{start, states};
/// assert_eq!(start(4).len(), states(4));
/// ```
pub fn start(n: usize) -> Vec<f64> {
    vec![0.0; states(n)]
}

/// Second difference along one axis with no flux through the border: weights of the lower and upper neighbour.
fn neighbours(at: usize, n: usize) -> [(usize, f64); 2] {
    let below = if at == 0 { 1 } else { at - 1 };
    let above = if at == n - 1 { n - 2 } else { at + 1 };
    [(below, 1.0), (above, 1.0)]
}

/// The time derivative of the state on a grid of `n` by `n` cells, `n` at least 2.
///
/// ```
/// use braid_symbolic::models::reaction_diffusion::{rhs, start, states};
/// use braid_symbolic::{Expr, trace::trace};
/// let mut du = vec![0.0; states(3)];
/// rhs(3, &start(3), &mut du); // of numbers
/// let (_, terms) = trace("u", states(3), |u: &[Expr]| {
///     let mut du = u.to_vec();
///     rhs(3, u, &mut du); // the same function, of terms
///     du
/// });
/// assert_eq!(terms.len(), du.len());
/// ```
pub fn rhs<R: Real>(n: usize, u: &[R], du: &mut [R]) {
    let at = |row, column, species| u[place(n, row, column, species)];
    let constant = R::from_f64;
    for column in 0..n {
        for row in 0..n {
            let [a, b, c] = [0, 1, 2].map(|species| at(row, column, species));
            let mut sum = constant(-4.0) * a;
            for (other, weight) in neighbours(row, n) {
                sum += constant(weight) * at(other, column, 0);
            }
            for (other, weight) in neighbours(column, n) {
                sum += constant(weight) * at(row, other, 0);
            }
            let fed = if (column + 1) as f64 >= 4.0 * n as f64 / 5.0 { 1.0 } else { 0.0 };
            let forward = a * b;
            let net = forward - c;
            du[place(n, row, column, 0)] = constant(DIFFUSION) * sum + constant(fed) - a - net;
            du[place(n, row, column, 1)] = constant(1.0) - b - net;
            du[place(n, row, column, 2)] = constant(1.0) - c + net;
        }
    }
}

/// The entries of the Jacobian, written by hand: positions, and a function that fills in values in the same order.
///
/// ```
/// use braid_symbolic::models::reaction_diffusion::{jacobian_by_hand, start};
/// let (positions, fill) = jacobian_by_hand(3);
/// let mut values = vec![0.0; positions.len()];
/// fill(&start(3), &mut values);
/// assert!(values.iter().all(|v| v.is_finite()));
/// ```
pub fn jacobian_by_hand(n: usize) -> (Vec<(usize, usize)>, impl Fn(&[f64], &mut [f64])) {
    let mut positions = Vec::new();
    for column in 0..n {
        for row in 0..n {
            let [a, b, c] = [0, 1, 2].map(|species| place(n, row, column, species));
            positions.extend([(a, a), (a, b), (a, c), (b, a), (b, b), (b, c), (c, a), (c, b), (c, c)]);
            positions.extend(neighbours(row, n).map(|(other, _)| (a, place(n, other, column, 0))));
            positions.extend(neighbours(column, n).map(|(other, _)| (a, place(n, row, other, 0))));
        }
    }
    // At the border both neighbours are one cell: its entry is there once, with both weights.
    let mut unique: Vec<(usize, usize)> = Vec::new();
    let mut target = Vec::with_capacity(positions.len());
    let mut seen = std::collections::HashMap::new();
    for position in positions {
        target.push(*seen.entry(position).or_insert_with(|| {
            unique.push(position);
            unique.len() - 1
        }));
    }
    let fill = move |u: &[f64], values: &mut [f64]| {
        values.fill(0.0);
        let mut targets = target.iter();
        let mut add = |value: f64| {
            if let Some(&target) = targets.next() {
                values[target] += value;
            }
        };
        for column in 0..n {
            for row in 0..n {
                let [a, b] = [0, 1].map(|species| u[place(n, row, column, species)]);
                add(-4.0 * DIFFUSION - 1.0 - b);
                add(-a);
                add(1.0);
                add(-b);
                add(-1.0 - a);
                add(1.0);
                add(b);
                add(a);
                add(-2.0);
                (0..4).for_each(|_| add(DIFFUSION));
            }
        }
    };
    (unique, fill)
}
