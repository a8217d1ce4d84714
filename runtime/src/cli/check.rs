//! `braid check`: results against expected ones.

use super::run::Execution;
use super::table::Table;
use crate::Program;
use crate::cases::{self, Tolerance};
use crate::verdict::{self, Verdict};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Its arguments.
#[derive(clap::Args)]
pub struct Arguments {
    /// The compiled program
    artifact: PathBuf,
    /// Cases: an .npz with members `I.in.NAME` and `I.out.K`, or `I.error` (type and text of the exception) where the
    /// program must raise
    #[arg(long, value_name = "FILE")]
    cases: PathBuf,
    /// How far a float may be from the expected one, relative to it
    #[arg(long, default_value_t = 1e-3)]
    rtol: f64,
    /// How far a float may be from the expected one, absolutely
    #[arg(long, default_value_t = 1e-4)]
    atol: f64,
    #[command(flatten)]
    execution: Execution,
}

/// Checks a compiled program.
///
/// # Errors
/// If the program or the cases cannot be read.
pub fn run(arguments: Arguments) -> Result<ExitCode, String> {
    let tolerance = Tolerance { rtol: arguments.rtol, atol: arguments.atol };
    let program = arguments.execution.load(&arguments.artifact)?;
    check(&program, &arguments.cases, tolerance, &arguments.execution)
}

/// Runs a program on the cases of a file and prints a table of how they went.
///
/// # Errors
/// If the cases cannot be read.
pub fn check(
    program: &Program,
    cases: &Path,
    tolerance: Tolerance,
    execution: &Execution,
) -> Result<ExitCode, String> {
    let cases = cases::read(cases).map_err(|error| error.to_string())?;
    let mut table = Table::new(&["case", "outputs", "largest difference", "verdict"]).text(3);
    let mut failed = 0;
    for case in &cases {
        let Verdict { outputs, largest, problem } =
            verdict::judge(execution.run(program, case), case, tolerance);
        failed += usize::from(problem.is_some());
        let verdict = problem.map_or_else(|| "ok".to_string(), |problem| format!("MISMATCH: {problem}"));
        table.row([case.number.to_string(), outputs.to_string(), format!("{largest:.2e}"), verdict]);
    }
    table.print();
    println!("{} of {} cases agree", cases.len() - failed, cases.len());
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
