//! A stiff solution of the reaction-diffusion equation on 32 by 32 cells, to t = 10, in four arms with one solver.

use super::{Row, ode};
use braid::term::calculus::jacobian_sparse;
use braid::term::models::reaction_diffusion as model;
use braid::term::trace::trace;
use braid::term::{Expr, Target, compile};
use std::time::Instant;

const CELLS: usize = 32;
const END: f64 = 10.0;
/// The tolerances that the paper's solver has by default.
const SETTINGS: ode::Settings = ode::Settings { relative: 1e-3, absolute: 1e-6, keep: false };

fn timed(run: impl Fn() -> ode::Solution, runs: usize) -> (f64, ode::Solution) {
    let mut least = (f64::INFINITY, None);
    for _ in 0..runs {
        let start = Instant::now();
        let solution = run();
        let time = start.elapsed().as_secs_f64();
        if time < least.0 {
            least = (time, Some(solution));
        }
    }
    (least.0, least.1.expect("one run or more"))
}

pub fn measure() -> Vec<Row> {
    let states = model::states(CELLS);
    let start = model::start(CELLS);
    let by_hand = |u: &[f64], du: &mut [f64]| model::rhs(CELLS, u, du);
    // As one writes it at first: dense, a Jacobian by differences, new arrays at every step.
    let (dense, reference) = timed(
        || {
            let allocating = |u: &[f64], du: &mut [f64]| {
                let mut new = vec![0.0; u.len()];
                model::rhs(CELLS, u, &mut new);
                du.copy_from_slice(&new);
            };
            let mut newton = ode::Dense::new(states, allocating);
            ode::solve(allocating, &mut newton, &start, END, SETTINGS)
        },
        1,
    );
    let (sparse, _) = timed(
        || {
            let (positions, fill) = model::jacobian_by_hand(CELLS);
            let mut newton = ode::Sparse::new(states, &positions, fill);
            ode::solve(by_hand, &mut newton, &start, END, SETTINGS)
        },
        5,
    );
    let begin = Instant::now();
    let (symbols, rhs) = trace("u", states, |u: &[Expr]| {
        let mut du = u.to_vec();
        model::rhs(CELLS, u, &mut du);
        du
    });
    let jacobian = jacobian_sparse(&rhs, &symbols).expect("sums of products have derivatives");
    let target = Target::jit_fast().threads(std::thread::available_parallelism().map_or(1, |n| n.get()));
    let f = compile(&rhs, &symbols, target).expect("small enough for Cranelift");
    let j = compile(&jacobian.entries, &symbols, target).expect("small enough for Cranelift");
    let made = begin.elapsed().as_secs_f64();
    let positions = jacobian.pattern.positions();
    let (serial, solution) = timed(
        || {
            let mut newton =
                ode::Sparse::new(states, &positions, |u: &[f64], out: &mut [f64]| j.call(u, out));
            ode::solve(|u, du| f.call(u, du), &mut newton, &start, END, SETTINGS)
        },
        5,
    );
    let (parallel, _) = timed(
        || {
            let fill = |u: &[f64], out: &mut [f64]| j.call_parallel(u, out);
            let mut newton = ode::Sparse::new(states, &positions, fill);
            ode::solve(|u, du| f.call_parallel(u, du), &mut newton, &start, END, SETTINGS)
        },
        5,
    );
    let (a, b) = (&reference.states[0], &solution.states[0]);
    let difference = a.iter().zip(b).map(|(a, b)| (a - b).abs() / (1e-3 + a.abs())).fold(0.0, f64::max);
    assert!(difference < 0.05, "the arms disagree by {difference}");
    vec![
        Row::new("PDE, 3,072 states: dense", dense, "s"),
        Row::new("PDE: sparse, right-hand side and Jacobian by hand", 1e3 * sparse, "ms"),
        Row::new("PDE: traced, differentiated, compiled; serial", 1e3 * serial, "ms").at_most(1.2e3 * sparse),
        Row::new("PDE: the same, parallel", 1e3 * parallel, "ms").at_most(1.2e3 * sparse),
        Row::new("PDE: dense against ours, serial", dense / serial, "×").at_least(157.0),
        Row::new("PDE: tracing, differentiating, compiling", 1e3 * made, "ms"),
    ]
}
