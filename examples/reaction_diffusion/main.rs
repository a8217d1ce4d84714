//! A partial differential equation from an ordinary Rust function: traced to expressions, differentiated, compiled, solved,
//! drawn.
//!
//! `cargo run --release --example reaction_diffusion -- [CELLS] [PLOT.svg]`

#[path = "../ode/mod.rs"]
#[allow(dead_code)]
mod ode;
#[path = "../plot/mod.rs"]
#[allow(dead_code)]
mod plot;

use braid::term::calculus::jacobian_sparse;
use braid::term::models::reaction_diffusion;
use braid::term::trace::trace;
use braid::term::{Expr, Target, compile};
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let n: usize = arguments.next().map_or(Ok(32), |n| n.parse())?;
    if !(2..=256).contains(&n) {
        return Err(format!("{n} cells a side: expected 2 to 256").into());
    }
    let picture = PathBuf::from(arguments.next().unwrap_or_else(|| "reaction_diffusion.svg".to_string()));
    let states = reaction_diffusion::states(n);
    let start = Instant::now();
    let (symbols, rhs) = trace("u", states, |u: &[Expr]| {
        let mut du = u.to_vec();
        reaction_diffusion::rhs(n, u, &mut du);
        du
    });
    println!("{states} equations traced in {:.1?}", start.elapsed());
    let start = Instant::now();
    let jacobian = jacobian_sparse(&rhs, &symbols)?;
    println!(
        "Jacobian with {} entries of {} in {:.1?}",
        jacobian.entries.len(),
        states * states,
        start.elapsed()
    );
    let start = Instant::now();
    let f = compile(&rhs, &symbols, Target::jit_fast())?;
    let j = compile(&jacobian.entries, &symbols, Target::jit_fast())?;
    println!("compiled to {} and {} operations in {:.1?}", f.operations(), j.operations(), start.elapsed());
    let start = Instant::now();
    let mut newton =
        ode::Sparse::new(states, &jacobian.pattern.positions(), |u: &[f64], out: &mut [f64]| j.call(u, out));
    let settings = ode::Settings { relative: 1e-3, absolute: 1e-6, keep: false };
    let initial = reaction_diffusion::start(n);
    let solution = ode::solve(|u, out| f.call(u, out), &mut newton, &initial, 10.0, settings);
    println!("solved to t = 10 in {:.1?}: {:?}", start.elapsed(), solution.costs);
    let last = solution.states.last().ok_or("no state")?;
    let axes = ("cell along x", "cell along y", "concentration");
    plot::field(&picture, "Species A at t = 10", axes, n, &transposed(&last[..n * n], n))?;
    println!("drawn in {}", picture.display());
    Ok(())
}

/// States lie column by column, pictures are drawn row by row.
fn transposed(values: &[f64], n: usize) -> Vec<f64> {
    (0..n * n).map(|at| values[at / n + n * (at % n)]).collect()
}
