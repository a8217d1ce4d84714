//! Arguments, one module per command, and what all of them share: exit codes and messages.
//!
//! A command returns `Ok` with its exit code (`check` fails without an error of its own), or one [`Diagnostic`] that is
//! printed to stderr. Results go to stdout.

mod bench;
mod check;
mod compile;
mod inspect;
mod opt;
mod progress;
mod run;
mod table;

use braid::Diagnostic;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Compiles neural networks whose path depends on their input into native programs.
#[derive(Parser)]
#[command(name = "braid", version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Compile a PyTorch model from its Python source; neither Python nor torch is needed
    Compile(compile::Arguments),
    /// Run a compiled program on the cases of an .npz file
    Run(run::Arguments),
    /// Run a compiled program and compare its results with expected ones; exit 1 on a mismatch
    Check(check::Arguments),
    /// Run named passes on a program in text form
    Opt(opt::Arguments),
    /// Say what is in a compiled program: inputs, gates, subnets, memory, weights, guards
    Inspect(inspect::Arguments),
    /// Measure a compiled program on the cases of an .npz file
    Bench(bench::Arguments),
}

/// Runs the command line and says how it ended: 0, or 1 for any mistake in what was given.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are not failures; a failure to print them is nobody's.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
        }
    };
    let result = match arguments.command {
        Command::Compile(arguments) => compile::run(arguments),
        Command::Run(arguments) => run::run(arguments),
        Command::Check(arguments) => check::run(arguments),
        Command::Opt(arguments) => opt::run(arguments),
        Command::Inspect(arguments) => inspect::run(arguments),
        Command::Bench(arguments) => bench::run(arguments),
    };
    result.unwrap_or_else(|diagnostic| {
        eprint!("{}", diagnostic.render());
        ExitCode::FAILURE
    })
}

/// A failure of the runtime as a diagnostic; its messages already name the place.
fn at_run_time(error: braid::runtime::Error) -> Diagnostic {
    Diagnostic::new(error.to_string())
}

/// The same, for a case of a file.
fn in_case(case: u64) -> impl Fn(braid::runtime::Error) -> Diagnostic {
    move |error| Diagnostic::new(format!("case {case}: {error}"))
}
