//! Three species that react and of which the first diffuses over a square, discretised: the workload of "High-performance
//! symbolic-numerics via multiple dispatch" (arXiv 2105.03949), with its constants.
//!
//! `A + B ⇄ C` with rates `r1`, `r2`; each species is supplied at a rate `alpha` (the first only in the last fifth of the
//! columns) and decays at a rate `beta`. The borders reflect.

use crate::trace::Real;

/// The constants of the model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReactionDiffusion {
    /// Points along each side; at least 2.
    pub side: usize,
    /// Diffusion of the first species, over the square of the distance of points.
    pub diffusion: f64,
    /// Supply of each species.
    pub alpha: [f64; 3],
    /// Decay of each species.
    pub beta: [f64; 3],
    /// Rates of binding and unbinding.
    pub rates: [f64; 2],
}

impl Default for ReactionDiffusion {
    fn default() -> ReactionDiffusion {
        ReactionDiffusion { side: 32, diffusion: 100.0, alpha: [1.0; 3], beta: [1.0; 3], rates: [1.0; 2] }
    }
}

impl ReactionDiffusion {
    /// Number of states.
    pub fn states(&self) -> usize {
        3 * self.side * self.side
    }

    /// The place of a species (0 to 2) at a row and a column among the states.
    pub fn place(&self, row: usize, col: usize, species: usize) -> usize {
        (species * self.side + row) * self.side + col
    }

    /// The change of each state per unit of time. Of fewer states than [`ReactionDiffusion::states`] there is none.
    pub fn rhs<R: Real>(&self, u: &[R]) -> Vec<R> {
        if u.len() < self.states() {
            return Vec::new();
        }
        let n = self.side;
        let at = |row: usize, col: usize, species: usize| u[self.place(row, col, species)].clone();
        // The neighbour beyond a border is the one on the other side.
        let before = |i: usize| if i == 0 { 1.min(n - 1) } else { i - 1 };
        let after = |i: usize| if i + 1 == n { n.saturating_sub(2) } else { i + 1 };
        let two = || R::constant(2.0);
        let mut du = vec![R::zero(); self.states()];
        for row in 0..n {
            for col in 0..n {
                let [a, b, c] = [0, 1, 2].map(|species| at(row, col, species));
                let vertical = at(before(row), col, 0) - two() * a.clone() + at(after(row), col, 0);
                let horizontal = at(row, before(col), 0) - two() * a.clone() + at(row, after(col), 0);
                let spread = R::constant(self.diffusion) * (vertical + horizontal);
                let bound = R::constant(self.rates[0]) * a.clone() * b.clone();
                let freed = R::constant(self.rates[1]) * c.clone();
                let supplied = if 5 * (col + 1) >= 4 * n { self.alpha[0] } else { 0.0 };
                let balance = |supply: f64, species: usize, value: R| {
                    R::constant(supply) - R::constant(self.beta[species]) * value
                };
                du[self.place(row, col, 0)] =
                    spread + balance(supplied, 0, a) - bound.clone() + freed.clone();
                du[self.place(row, col, 1)] = balance(self.alpha[1], 1, b) - bound.clone() + freed.clone();
                du[self.place(row, col, 2)] = balance(self.alpha[2], 2, c) + bound - freed;
            }
        }
        du
    }
}
