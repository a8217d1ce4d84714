//! `braid-run`: what `braid` does with compiled programs, in a small binary without the compiler and LLVM.

use braid_runtime::cli::{self, Command};
use clap::Parser;
use std::process::ExitCode;

/// Runs programs that `braid compile` made; no compiler inside.
#[derive(Parser)]
#[command(name = "braid-run", version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    cli::begin();
    let arguments: Arguments = match cli::arguments() {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    arguments.command.run().unwrap_or_else(|message| {
        eprintln!("error: {message}");
        ExitCode::FAILURE
    })
}
