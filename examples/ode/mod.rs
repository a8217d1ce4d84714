//! A stiff solver for the examples and benchmarks: TR-BDF2 with modified Newton iteration and adaptive steps.
//!
//! The method is that of Hosea and Shampine, "Analysis and implementation of TR-BDF2" (1996): a trapezoidal stage and a
//! second-order backward differentiation stage with one matrix, `I - d·h·J`, and an embedded third-order error estimate.

use faer::prelude::Solve;
use faer::sparse::linalg::solvers::{Lu, SymbolicLu};
use faer::sparse::{SparseColMat, SymbolicSparseColMat};

/// What a solution cost.
#[derive(Clone, Copy, Debug, Default)]
pub struct Costs {
    /// Steps accepted.
    pub steps: usize,
    /// Steps rejected.
    pub rejected: usize,
    /// Evaluations of the right-hand side.
    pub evaluations: usize,
    /// Evaluations of the Jacobian.
    pub jacobians: usize,
    /// Factorisations of the iteration matrix.
    pub factorisations: usize,
}

/// The times and states of the accepted steps, and what they cost.
pub struct Solution {
    /// The times.
    pub times: Vec<f64>,
    /// The states at those times.
    pub states: Vec<Vec<f64>>,
    /// What it took.
    pub costs: Costs,
}

/// The linear algebra of Newton's iteration.
pub trait Newton {
    /// Evaluates the Jacobian at a state.
    fn evaluate(&mut self, u: &[f64]);
    /// Factors `I - scale·J`.
    fn factor(&mut self, scale: f64);
    /// Solves with what was factored.
    fn solve(&self, b: &mut [f64]);
}

/// A sparse Jacobian by columns, its values computed by a function, factored by sparse LU.
pub struct Sparse<F> {
    values_of: F,
    values: Vec<f64>,
    /// For each entry of the matrix: where its value is, or `usize::MAX`; and whether it is on the diagonal.
    places: Vec<(usize, bool)>,
    pattern: SymbolicSparseColMat<usize>,
    symbolic: SymbolicLu<usize>,
    lu: Option<Lu<usize, f64>>,
}

impl<F: FnMut(&[f64], &mut [f64])> Sparse<F> {
    /// Of the rows and columns of the entries, and the function that fills in their values.
    pub fn new(n: usize, entries: &[(usize, usize)], values_of: F) -> Self {
        let mut sorted: Vec<(usize, usize, usize)> =
            entries.iter().enumerate().map(|(at, &(row, col))| (col, row, at)).collect();
        sorted.extend((0..n).map(|i| (i, i, usize::MAX)));
        sorted.sort_unstable();
        sorted.dedup_by(|later, earlier| later.0 == earlier.0 && later.1 == earlier.1);
        let mut starts = vec![0; n + 1];
        for &(col, ..) in &sorted {
            starts[col + 1] += 1;
        }
        for col in 0..n {
            starts[col + 1] += starts[col];
        }
        let rows: Vec<usize> = sorted.iter().map(|e| e.1).collect();
        let pattern = SymbolicSparseColMat::new_checked(n, n, starts, None, rows);
        let symbolic = SymbolicLu::try_new(pattern.as_ref()).expect("a matrix that fits the memory");
        let places = sorted.iter().map(|&(col, row, at)| (at, col == row)).collect();
        Sparse { values_of, values: vec![0.0; entries.len()], places, pattern, symbolic, lu: None }
    }
}

impl<F: FnMut(&[f64], &mut [f64])> Newton for Sparse<F> {
    fn evaluate(&mut self, u: &[f64]) {
        (self.values_of)(u, &mut self.values);
    }

    fn factor(&mut self, scale: f64) {
        let value = |&(at, diagonal): &(usize, bool)| {
            let entry = if at == usize::MAX { 0.0 } else { self.values[at] };
            diagonal as u8 as f64 - scale * entry
        };
        let matrix = SparseColMat::new(self.pattern.clone(), self.places.iter().map(value).collect());
        self.lu = Lu::try_new_with_symbolic(self.symbolic.clone(), matrix.as_ref()).ok();
    }

    fn solve(&self, b: &mut [f64]) {
        if let Some(lu) = &self.lu {
            let n = b.len();
            lu.solve_in_place(faer::MatMut::from_column_major_slice_mut(b, n, 1));
        }
    }
}

/// A dense Jacobian by finite differences, factored by dense LU: what one has without symbolic work.
pub struct Dense<F> {
    rhs: F,
    jacobian: faer::Mat<f64>,
    lu: Option<faer::linalg::solvers::PartialPivLu<f64>>,
}

impl<F: FnMut(&[f64], &mut [f64])> Dense<F> {
    /// Of the right-hand side.
    pub fn new(n: usize, rhs: F) -> Self {
        Dense { rhs, jacobian: faer::Mat::zeros(n, n), lu: None }
    }
}

impl<F: FnMut(&[f64], &mut [f64])> Newton for Dense<F> {
    fn evaluate(&mut self, u: &[f64]) {
        let n = u.len();
        let (mut at, mut base, mut moved) = (u.to_vec(), vec![0.0; n], vec![0.0; n]);
        (self.rhs)(u, &mut base);
        for col in 0..n {
            let step = 1e-8 * u[col].abs().max(1e-5);
            at[col] = u[col] + step;
            (self.rhs)(&at, &mut moved);
            at[col] = u[col];
            for row in 0..n {
                self.jacobian[(row, col)] = (moved[row] - base[row]) / step;
            }
        }
    }

    fn factor(&mut self, scale: f64) {
        let n = self.jacobian.nrows();
        let matrix = faer::Mat::from_fn(n, n, |row, col| {
            (row == col) as u8 as f64 - scale * self.jacobian[(row, col)]
        });
        self.lu = Some(matrix.partial_piv_lu());
    }

    fn solve(&self, b: &mut [f64]) {
        if let Some(lu) = &self.lu {
            let n = b.len();
            lu.solve_in_place(faer::MatMut::from_column_major_slice_mut(b, n, 1));
        }
    }
}

/// Tolerances and limits.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Relative tolerance.
    pub relative: f64,
    /// Absolute tolerance.
    pub absolute: f64,
    /// Keep every accepted state, not the last alone.
    pub keep: bool,
}

/// Solves `du/dt = rhs(u)` from 0 to `end`.
pub fn solve(
    mut rhs: impl FnMut(&[f64], &mut [f64]),
    newton: &mut dyn Newton,
    start: &[f64],
    end: f64,
    settings: Settings,
) -> Solution {
    let n = start.len();
    let gamma = 2.0 - 2f64.sqrt();
    let (d, w) = (gamma / 2.0, 2f64.sqrt() / 4.0);
    let error_weights = [w - (1.0 - w) / 3.0, w - (3.0 * w + 1.0) / 3.0, d - d / 3.0];
    let mut costs = Costs::default();
    let mut solution = Solution { times: vec![0.0], states: vec![start.to_vec()], costs };
    let (mut t, mut u) = (0.0, start.to_vec());
    let mut f = [vec![0.0; n], vec![0.0; n], vec![0.0; n]];
    rhs(&u, &mut f[0]);
    costs.evaluations += 1;
    let norm = |v: &[f64], u: &[f64]| {
        let sum: f64 = v
            .iter()
            .zip(u)
            .map(|(v, u)| (v / (settings.absolute + settings.relative * u.abs())).powi(2))
            .sum();
        (sum / n as f64).sqrt()
    };
    let mut h = (1e-3 / norm(&f[0], &u).max(1e-6)).min(end);
    newton.evaluate(&u);
    costs.jacobians += 1;
    let (mut fresh, mut factored) = (true, f64::NAN);
    let mut stage = vec![0.0; n];
    let mut residual = vec![0.0; n];
    while t < end {
        h = h.min(end - t);
        if factored != h {
            newton.factor(d * h);
            costs.factorisations += 1;
            factored = h;
        }
        let mut converged = true;
        // Stage 2 is at t + gamma·h, stage 3 at t + h; both solve u = known + d·h·f(u).
        for s in 1..3 {
            let known: Vec<f64> = (0..n)
                .map(|i| if s == 1 { u[i] + h * d * f[0][i] } else { u[i] + h * w * (f[0][i] + f[1][i]) })
                .collect();
            if s == 1 {
                stage.copy_from_slice(&u);
                (0..n).for_each(|i| stage[i] += gamma * h * f[0][i]);
            }
            let mut last = f64::INFINITY;
            converged = false;
            for _ in 0..8 {
                rhs(&stage, &mut f[s]);
                costs.evaluations += 1;
                for i in 0..n {
                    residual[i] = known[i] + d * h * f[s][i] - stage[i];
                }
                newton.solve(&mut residual);
                for i in 0..n {
                    stage[i] += residual[i];
                }
                let size = norm(&residual, &u);
                if !size.is_finite() || size > 2.0 * last {
                    break;
                }
                if size < 1e-2 {
                    converged = true;
                    break;
                }
                last = size;
            }
            if !converged {
                break;
            }
            rhs(&stage, &mut f[s]);
            costs.evaluations += 1;
        }
        if !converged {
            costs.rejected += 1;
            if !fresh {
                newton.evaluate(&u);
                costs.jacobians += 1;
                fresh = true;
                factored = f64::NAN;
            } else {
                h /= 4.0;
            }
            if h < 1e-14 * end {
                break;
            }
            continue;
        }
        for i in 0..n {
            residual[i] = h * (0..3).map(|s| error_weights[s] * f[s][i]).sum::<f64>();
        }
        newton.solve(&mut residual);
        let error = norm(&residual, &stage);
        let factor = (0.9 * error.max(1e-10).powf(-1.0 / 3.0)).clamp(0.2, 5.0);
        if error > 1.0 {
            costs.rejected += 1;
            h *= factor.min(0.9);
            continue;
        }
        t += h;
        u.copy_from_slice(&stage);
        let [first, _, last] = &mut f;
        first.copy_from_slice(last);
        costs.steps += 1;
        fresh = false;
        if settings.keep {
            solution.times.push(t);
            solution.states.push(u.clone());
        }
        // A step of nearly the same size keeps its factors.
        if !(0.9..1.3).contains(&factor) {
            h *= factor;
            newton.evaluate(&u);
            costs.jacobians += 1;
            fresh = true;
            factored = f64::NAN;
        }
    }
    if !settings.keep {
        solution.times = vec![t];
        solution.states = vec![u];
    }
    solution.costs = costs;
    solution
}
