//! `braid-run`: what `braid` does with compiled programs, in a small binary without the compiler and LLVM.

use braid_runtime::cli::{self, CheckArguments, Command};
use clap::Parser;
use std::process::ExitCode;

/// Runs programs that `braid compile` made; no compiler inside.
#[derive(Parser)]
#[command(name = "braid-run", version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Mine,
}

#[derive(clap::Subcommand)]
enum Mine {
    #[command(flatten)]
    Program(Command),
    /// Run a compiled program and compare its results with expected ones; exit 1 on a mismatch
    Check(CheckArguments),
}

fn main() -> ExitCode {
    cli::begin();
    let arguments: Arguments = match cli::arguments() {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let result = match arguments.command {
        Mine::Program(command) => command.run(),
        Mine::Check(arguments) => cli::run_check(arguments),
    };
    result.unwrap_or_else(|message| {
        eprintln!("error: {message}");
        ExitCode::FAILURE
    })
}
