//! Loads a program and runs it on cases, with the runtime alone, and prints what that cost in bytes and nanoseconds:
//! `resident PROGRAM.braid CASES.npz`. The bench reads it.

use braid_runtime::{Program, RunOptions, cases};
use std::error::Error;
use std::time::Instant;

/// Loads to take the median of.
const LOADS: usize = 21;
/// Runs of every case.
const RUNS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, artifact, cases] = arguments.as_slice() else {
        return Err("usage: resident PROGRAM.braid CASES.npz".into());
    };
    let mut loads = Vec::new();
    for _ in 0..LOADS {
        let start = Instant::now();
        drop(Program::load(artifact.as_ref())?);
        loads.push(start.elapsed().as_nanos());
    }
    loads.sort_unstable();
    let program = Program::load(artifact.as_ref())?;
    {
        let cases = cases::read(cases.as_ref())?;
        for case in cases.iter().take(3).cycle().take(3 * RUNS) {
            program.run(&case.borrowed(), RunOptions::default())?;
        }
    }
    let weights: u64 = program.manifest().weights.iter().map(|weight| weight.bytes).sum();
    println!("load_ns {}", loads[LOADS / 2]);
    println!("resident_bytes {}", memory_bytes("VmRSS:")?);
    println!("peak_bytes {}", memory_bytes("VmHWM:")?);
    println!("weights_bytes {weights}");
    println!("arena_bytes {}", program.idle_bytes());
    Ok(())
}

/// What the kernel says is resident: now (`VmRSS:`), or at most so far (`VmHWM:`).
fn memory_bytes(field: &str) -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with(field)).ok_or("the field is missing")?;
    let kilobytes = line.split_whitespace().nth(1).ok_or("no number")?;
    Ok(kilobytes.parse::<u64>()? * 1024)
}
