//! A reaction network from a BioNetGen file: right-hand side and sparse Jacobian as expressions, both as native code, a stiff
//! solution, and a plot.
//!
//! `cargo run --release --example reaction_network -- [FILE.net] [END] [PLOT.svg]`

#[path = "../ode/mod.rs"]
#[allow(dead_code)]
mod ode;
#[path = "../plot/mod.rs"]
#[allow(dead_code)]
mod plot;

use braid::term::calculus::jacobian_sparse;
use braid::term::models::network::Network;
use braid::term::{Target, compile};
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

/// How many species are drawn: those that change most.
const CURVES: usize = 6;

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
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/reaction_network/repressilator.net");
    let file = PathBuf::from(arguments.next().unwrap_or_else(|| own.to_string()));
    let end: f64 = arguments.next().map_or(Ok(200.0), |end| end.parse())?;
    let picture = PathBuf::from(arguments.next().unwrap_or_else(|| "reaction_network.svg".to_string()));
    let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let start = Instant::now();
    let net = Network::parse(&text).map_err(|error| format!("{}: {error}", file.display()))?;
    let n = net.states.len();
    println!("{n} species, {} reactions, read in {:.1?}", net.reactions, start.elapsed());
    let start = Instant::now();
    let jacobian = jacobian_sparse(&net.rhs, &net.states)?;
    println!("Jacobian with {} entries of {} in {:.1?}", jacobian.entries.len(), n * n, start.elapsed());
    let start = Instant::now();
    let inputs = net.inputs();
    let rhs = compile(&net.rhs, &inputs, Target::jit_fast())?;
    let jac = compile(&jacobian.entries, &inputs, Target::jit_fast())?;
    let operations = (rhs.operations(), jac.operations());
    println!("compiled to {} and {} operations in {:.1?}", operations.0, operations.1, start.elapsed());
    let at = |u: &[f64]| -> Vec<f64> { u.iter().chain(&net.values).copied().collect() };
    let mut newton = ode::Sparse::new(n, &jacobian.pattern.positions(), |u: &[f64], out: &mut [f64]| {
        jac.call(&at(u), out)
    });
    let settings = ode::Settings { relative: 1e-6, absolute: 1e-9, keep: true };
    let start = Instant::now();
    let solution = ode::solve(|u, out| rhs.call(&at(u), out), &mut newton, &net.initial, end, settings);
    println!("solved to t = {end} in {:.1?}: {:?}", start.elapsed(), solution.costs);
    let spread = |i: usize| {
        let values = solution.states.iter().map(|u| u[i]);
        values.clone().fold(f64::NEG_INFINITY, f64::max) - values.fold(f64::INFINITY, f64::min)
    };
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| spread(b).total_cmp(&spread(a)));
    let curves: Vec<plot::Curve> = order
        .into_iter()
        .take(CURVES)
        .map(|i| {
            let points = solution.times.iter().zip(&solution.states).map(|(&t, u)| (t, u[i])).collect();
            (net.species[i].chars().take(20).collect(), points)
        })
        .collect();
    let title = file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    plot::curves(&picture, &title, ("time", "amount"), &curves)?;
    println!("drawn in {}", picture.display());
    Ok(())
}
