//! Models that run on numbers and on terms must agree.

use braid_symbolic::lower::{Options, lower};
use braid_symbolic::models::{arm, reaction_diffusion};
use braid_symbolic::trace::trace;
use braid_symbolic::{Dag, Expr, Scalar};

#[test]
fn reaction_diffusion_traced_is_reaction_diffusion_run() {
    let n = 6;
    let states = reaction_diffusion::states(n);
    let (symbols, outputs) = trace("u", states, |u: &[Expr]| {
        let mut du = u.to_vec();
        reaction_diffusion::rhs(n, u, &mut du);
        du
    });
    let tape = lower(&outputs, &symbols, &Options::default()).unwrap();
    let u: Vec<f64> = (0..states).map(|i| (i as f64 * 0.37).sin() + 1.0).collect();
    let (mut run, mut traced) = (vec![0.0; states], vec![0.0; states]);
    reaction_diffusion::rhs(n, &u, &mut run);
    tape.eval(&u, &mut traced);
    for (a, b) in run.iter().zip(&traced) {
        assert!((a - b).abs() < 1e-10 * (1.0 + a.abs()), "{a} {b}");
    }
    // The Jacobian by hand against differences.
    let (positions, fill) = reaction_diffusion::jacobian_by_hand(n);
    let mut values = vec![0.0; positions.len()];
    fill(&u, &mut values);
    let mut moved = vec![0.0; states];
    for column in 0..states {
        let mut at = u.clone();
        at[column] += 1e-6;
        reaction_diffusion::rhs(n, &at, &mut moved);
        for row in 0..states {
            let difference = (moved[row] - run[row]) / 1e-6;
            let by_hand: f64 =
                positions.iter().zip(&values).filter(|(p, _)| **p == (row, column)).map(|(_, v)| v).sum();
            assert!((difference - by_hand).abs() < 1e-4 * (1.0 + by_hand.abs()), "{row} {column}");
        }
    }
}

/// The mass matrix from the velocities of every link: centres of mass by differences, axes of rotation in the world.
fn by_jacobians(angles: &[f64; 7]) -> Vec<f64> {
    type V = [f64; 3];
    fn turn(axis: usize, angle: f64, v: V) -> V {
        let (s, c) = angle.sin_cos();
        let (i, j) = [(1, 2), (2, 0), (0, 1)][axis];
        let mut out = v;
        out[i] = c * v[i] - s * v[j];
        out[j] = s * v[i] + c * v[j];
        out
    }
    // A vector of link `k`'s frame, with or without the offsets, in the world.
    let world = |q: &[f64; 7], k: usize, v: V, point: bool| {
        let mut v = v;
        for i in (0..=k).rev() {
            let link = &arm::SEVEN_JOINTS[i];
            v = turn(2, q[i], v);
            v = turn(0, link.quarter_turns as f64 * std::f64::consts::FRAC_PI_2, v);
            if point {
                v = std::array::from_fn(|a| v[a] + link.offset[a]);
            }
        }
        v
    };
    let dot = |a: V, b: V| a.iter().zip(&b).map(|(a, b)| a * b).sum::<f64>();
    let mut m = vec![0.0; 49];
    for (k, link) in arm::SEVEN_JOINTS.iter().enumerate() {
        let moves: Vec<V> = (0..=k)
            .map(|i| {
                let (mut up, mut down) = (*angles, *angles);
                up[i] += 1e-5;
                down[i] -= 1e-5;
                let (a, b) = (world(&up, k, link.centre, true), world(&down, k, link.centre, true));
                std::array::from_fn(|x| (a[x] - b[x]) / 2e-5)
            })
            .collect();
        // The axis of joint i, seen along the principal axes of link k.
        let axes: Vec<V> = (0..=k)
            .map(|i| {
                let axis = world(angles, i, [0.0, 0.0, 1.0], false);
                std::array::from_fn(|x| {
                    let mut unit = [0.0; 3];
                    unit[x] = 1.0;
                    dot(axis, world(angles, k, unit, false))
                })
            })
            .collect();
        for i in 0..=k {
            for j in 0..=k {
                let turning: f64 = (0..3).map(|x| link.inertia[x] * axes[i][x] * axes[j][x]).sum();
                m[i * 7 + j] += link.mass * dot(moves[i], moves[j]) + turning;
            }
        }
    }
    m
}

#[test]
fn the_mass_matrix_is_the_kinetic_energy() {
    let angles = [0.3, -0.7, 1.1, 0.4, -1.3, 0.9, 0.2];
    let m = arm::mass_matrix(&arm::SEVEN_JOINTS, &angles);
    for i in 0..7 {
        assert!(m[i * 7 + i] > 0.0);
        for j in 0..7 {
            assert_eq!(m[i * 7 + j], m[j * 7 + i]);
        }
    }
    // Positive definite: Cholesky goes through.
    let mut l = m.clone();
    for i in 0..7 {
        for j in 0..=i {
            let sum: f64 = (0..j).map(|k| l[i * 7 + k] * l[j * 7 + k]).sum();
            let rest = m[i * 7 + j] - sum;
            if i == j {
                assert!(rest > 0.0, "{i}");
                l[i * 7 + i] = rest.sqrt();
            } else {
                l[i * 7 + j] = rest / l[j * 7 + j];
            }
        }
    }
    // The first joint sees the whole arm: turning it does not change the matrix, since gravity is no part of it.
    let mut turned = angles;
    turned[0] += 1.0;
    let again = arm::mass_matrix(&arm::SEVEN_JOINTS, &turned);
    assert!(m.iter().zip(&again).all(|(a, b)| (a - b).abs() < 1e-12));
    let independent = by_jacobians(&angles);
    for (a, b) in m.iter().zip(&independent) {
        assert!((a - b).abs() < 1e-7, "{a} {b}");
    }
    // One link alone: about its joint, by hand.
    let one = &arm::SEVEN_JOINTS[..1];
    let by_hand = one[0].inertia[2] + one[0].mass * (one[0].centre[0].powi(2) + one[0].centre[1].powi(2));
    assert!((arm::mass_matrix(one, &[0.4])[0] - by_hand).abs() < 1e-15);

    fn traced<R: braid_symbolic::trace::Real + Scalar>(angles: &[f64]) -> Vec<f64> {
        let (symbols, outputs) = trace("q", 7, |q: &[R]| arm::mass_matrix(&arm::SEVEN_JOINTS, q));
        let tape = lower(&outputs, &symbols, &Options::default()).unwrap();
        let mut out = vec![0.0; 49];
        tape.eval(angles, &mut out);
        out
    }
    for (name, values) in [("Expr", traced::<Expr>(&angles)), ("Dag", traced::<Dag>(&angles))] {
        for (a, b) in m.iter().zip(&values) {
            assert!((a - b).abs() < 1e-12, "{name}: {a} {b}");
        }
    }
}
