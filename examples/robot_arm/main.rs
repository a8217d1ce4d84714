//! A robot arm: the mass matrix of seven joints and its derivatives as expressions, as native code, and drawn over a motion.
//!
//! `cargo run --release --example robot_arm -- [PLOT.svg]`

#[path = "../plot/mod.rs"]
#[allow(dead_code)]
mod plot;

use braid::term::calculus::jacobian_sparse;
use braid::term::models::arm;
use braid::term::trace::trace;
use braid::term::{Expr, Target, compile, walk};
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

const JOINTS: usize = arm::SEVEN_JOINTS.len();

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
    let picture = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "robot_arm.svg".to_string()));
    let start = Instant::now();
    let (angles, matrix) = trace("q", JOINTS, |q: &[Expr]| arm::mass_matrix(&arm::SEVEN_JOINTS, q));
    let size = matrix.iter().map(walk::tree_size).sum::<u64>();
    println!("mass matrix traced in {:.1?}: {size} nodes, counted as often as they occur", start.elapsed());
    let start = Instant::now();
    // What Coriolis forces are made of.
    let derivatives = jacobian_sparse(&matrix, &angles)?;
    println!("{} derivatives that are not zero in {:.1?}", derivatives.entries.len(), start.elapsed());
    let start = Instant::now();
    let f = compile(&matrix, &angles, Target::jit_fast())?;
    let d = compile(&(&matrix, &derivatives.entries), &angles, Target::jit_fast())?;
    println!(
        "compiled in {:.1?}: {} operations for the matrix, {} with its derivatives",
        start.elapsed(),
        f.operations(),
        d.operations()
    );
    let steps = 200;
    let mut curves: Vec<plot::Curve> = (1..=3).map(|i| (format!("joint {i}"), Vec::new())).collect();
    let mut out = vec![0.0; JOINTS * JOINTS];
    for step in 0..=steps {
        let t = step as f64 / steps as f64;
        let q: Vec<f64> = (0..JOINTS).map(|i| (2.0 * std::f64::consts::PI * t + i as f64).sin()).collect();
        f.call(&q, &mut out);
        for (i, curve) in curves.iter_mut().enumerate() {
            curve.1.push((t, out[i * JOINTS + i]));
        }
    }
    let axes = ("time, in periods of the motion", "inertia, kg m²");
    plot::curves(&picture, "Inertia seen by the first joints", axes, &curves)?;
    println!("drawn in {}", picture.display());
    Ok(())
}
