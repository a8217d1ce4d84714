//! Tracing: the same generic function gives numbers and expressions, in every representation.

use braid_symbolic::calculus::{jacobian_sparse, jacobian_sparsity};
use braid_symbolic::models::arm::{JOINTS, LINKS, mass_matrix};
use braid_symbolic::models::reaction_diffusion::ReactionDiffusion;
use braid_symbolic::term::walk;
use braid_symbolic::trace::{Real, symbols, trace, trace_array};
use braid_symbolic::{Dag, Expr, Poly, Symbol, Tree};
use std::collections::HashMap;

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
}

fn values(symbols: &[Symbol]) -> HashMap<Symbol, f64> {
    symbols.iter().enumerate().map(|(i, &s)| (s, ((i * 7919) % 1009) as f64 / 504.5 - 1.0)).collect()
}

#[test]
fn a_pde_traced_agrees_with_itself() {
    let model = ReactionDiffusion { side: 8, ..ReactionDiffusion::default() };
    let u = symbols("u", &[3, 8, 8]);
    let at = values(u.symbols());
    let numbers: Vec<f64> = u.symbols().iter().map(|s| at[s]).collect();
    let expected = model.rhs(&numbers);
    let traced = trace_array(&u, |u: &[Expr]| model.rhs(u));
    assert_eq!(traced.outputs.len(), model.states());
    for (term, value) in traced.outputs.iter().zip(&expected) {
        assert!(close(walk::eval(term, |s| at.get(&s).copied()), *value));
    }
    let single: Vec<f32> = numbers.iter().map(|&v| v as f32).collect();
    assert!(model.rhs(&single).iter().zip(&expected).all(|(a, b)| (*a as f64 - b).abs() < 1e-2));
    assert!(model.rhs::<f64>(&[]).is_empty());
}

/// The Jacobian of the paper's size: against differences of the numbers.
#[test]
fn the_pde_has_a_sparse_jacobian() {
    let model = ReactionDiffusion::default();
    let u = symbols("u", &[3, 32, 32]);
    let traced = trace_array(&u, |u: &[Expr]| model.rhs(u));
    let pattern = jacobian_sparsity(&traced.outputs, &traced.symbols);
    let jacobian = jacobian_sparse(&traced.outputs, &traced.symbols).unwrap();
    assert_eq!(jacobian.pattern, pattern);
    // Five points of the stencil less the borders, two other species; three species for the others.
    assert_eq!(pattern.len(), 1024 * 5 - 4 * 32 + 1024 * 2 + 1024 * 3 * 2);
    let at = values(&traced.symbols);
    let mut numbers: Vec<f64> = traced.symbols.iter().map(|s| at[s]).collect();
    let base = model.rhs(&numbers);
    for column in [0, 700, 1023, 1024, 3071] {
        numbers[column] += 1.0;
        let moved = model.rhs(&numbers);
        numbers[column] -= 1.0;
        // The model is linear in each state.
        for row in 0..model.states() {
            let entry = walk::eval(&jacobian.get(row, column), |s| at.get(&s).copied());
            assert!((entry - (moved[row] - base[row])).abs() < 1e-9);
        }
    }
}

/// Kinetic energy by differences of where the links are.
fn energy(q: &[f64], speed: &[f64]) -> f64 {
    type M = [[f64; 3]; 3];
    let mul = |a: &M, b: &M| [0, 1, 2].map(|i| [0, 1, 2].map(|j| (0..3).map(|k| a[i][k] * b[k][j]).sum::<f64>()));
    let turn = |a: &M, v: &[f64; 3]| [0, 1, 2].map(|i| (0..3).map(|k| a[i][k] * v[k]).sum::<f64>());
    let places = |time: f64| {
        let (mut r, mut p): (M, [f64; 3]) = ([[1., 0., 0.], [0., 1., 0.], [0., 0., 1.]], [0.; 3]);
        let mut all = Vec::new();
        for (i, link) in LINKS.iter().enumerate().take(q.len()) {
            let step = turn(&r, &link.offset);
            p = [p[0] + step[0], p[1] + step[1], p[2] + step[2]];
            let (s, c) = (q[i] + time * speed[i]).sin_cos();
            r = mul(&mul(&r, &link.axes), &[[c, -s, 0.], [s, c, 0.], [0., 0., 1.]]);
            let center = turn(&r, &link.center);
            all.push((r, [p[0] + center[0], p[1] + center[1], p[2] + center[2]]));
        }
        all
    };
    let h = 1e-5;
    let (before, now, after) = (places(-h), places(0.0), places(h));
    let mut energy = 0.0;
    for i in 0..q.len() {
        let v = [0, 1, 2].map(|k| (after[i].1[k] - before[i].1[k]) / (2.0 * h));
        // RᵀR' is the angular speed in the link's frame.
        let slope = [0, 1, 2].map(|a| [0, 1, 2].map(|b| (after[i].0[a][b] - before[i].0[a][b]) / (2.0 * h)));
        let back = [0, 1, 2].map(|a| [0, 1, 2].map(|b| now[i].0[b][a]));
        let w = mul(&back, &slope);
        let w = [w[2][1], w[0][2], w[1][0]];
        energy += 0.5 * LINKS[i].mass * v.iter().map(|v| v * v).sum::<f64>();
        energy += 0.5 * (0..3).map(|k| LINKS[i].inertia[k] * w[k] * w[k]).sum::<f64>();
    }
    energy
}

#[test]
fn the_mass_matrix_gives_the_kinetic_energy() {
    let q: Vec<f64> = (0..JOINTS).map(|i| 0.3 + 0.4 * i as f64).collect();
    let speed: Vec<f64> = (0..JOINTS).map(|i| 1.0 - 0.35 * i as f64).collect();
    let m = mass_matrix(&q);
    let quadratic: f64 = (0..JOINTS)
        .flat_map(|i| (0..JOINTS).map(move |j| (i, j)))
        .map(|(i, j)| 0.5 * speed[i] * m[i][j] * speed[j])
        .sum();
    let expected = energy(&q, &speed);
    assert!((quadratic - expected).abs() < 1e-7 * expected, "{quadratic} {expected}");
}

fn arm_in<T: Real + braid_symbolic::Scalar>(joints: usize) {
    let traced = trace(joints, |q: &[T]| mass_matrix(q).into_iter().flatten().collect());
    let at = values(&traced.symbols);
    let q: Vec<f64> = traced.symbols.iter().map(|s| at[s]).collect();
    let expected: Vec<f64> = mass_matrix(&q).into_iter().flatten().collect();
    for (term, value) in traced.outputs.iter().zip(&expected) {
        assert!(close(walk::eval(term, |s| at.get(&s).copied()), *value));
    }
}

#[test]
fn the_arm_traced_agrees_with_itself() {
    arm_in::<Expr>(JOINTS);
    arm_in::<Dag>(JOINTS);
    arm_in::<Tree>(JOINTS);
    arm_in::<Poly>(4);
}

#[test]
fn decisions_become_selections() {
    fn f<R: Real>(x: &[R]) -> Vec<R> {
        let inside = R::both(&R::zero().less(&x[0]), &x[0].less_eq(&R::one()));
        let value = R::select(&inside, &x[0].sqrt(), &x[0].abs().max(&R::pi()));
        vec![value, x[0].powi(3) + x[1].powf(&R::constant(2.0)) - x[0].min(&x[1]).floor(), x[0].atan2(&x[1])]
    }
    let traced = trace(2, f::<Expr>);
    for point in [[0.5, 2.0], [-3.0, 1.0], [2.0, -0.5]] {
        let expected = f(&point);
        for (term, value) in traced.outputs.iter().zip(expected) {
            let found = walk::eval(term, |s| traced.symbols.iter().position(|t| *t == s).map(|i| point[i]));
            assert!(close(found, value), "{term}");
        }
    }
}
