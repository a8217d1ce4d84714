//! `braid bench`: how long each case takes.

use super::in_case;
use super::run::Execution;
use super::table::{Table, duration};
use crate::cases;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Its arguments.
#[derive(clap::Args)]
pub struct Arguments {
    /// The compiled program
    artifact: PathBuf,
    /// Cases: an .npz with members `I.in.NAME`
    #[arg(long, value_name = "FILE")]
    cases: PathBuf,
    /// How long each case is repeated, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 200)]
    time: u64,
    #[command(flatten)]
    execution: Execution,
}

pub(super) fn run(arguments: Arguments) -> Result<ExitCode, String> {
    let program = arguments.execution.load(&arguments.artifact)?;
    let cases = cases::read(&arguments.cases).map_err(|error| error.to_string())?;
    let mut table = Table::new(&["case", "runs", "median", "fastest"]);
    for case in &cases {
        let end = Instant::now() + Duration::from_millis(arguments.time);
        let mut times = Vec::new();
        while times.is_empty() || Instant::now() < end {
            let start = Instant::now();
            arguments.execution.run(&program, case).map_err(in_case(case.number))?;
            times.push(start.elapsed().as_nanos() as u64);
        }
        times.sort_unstable();
        let median = times[times.len() / 2];
        table.row([case.number.to_string(), times.len().to_string(), duration(median), duration(times[0])]);
    }
    table.print();
    Ok(ExitCode::SUCCESS)
}
