//! Arguments, one module per command that needs the compiler (the others are the runtime's), and what all of them share:
//! exit codes and messages.
//!
//! A command returns `Ok` with its exit code (`check` fails without an error of its own), or one [`Diagnostic`] that is
//! printed to stderr. Results go to stdout.

mod check;
mod compile;
mod expr;
mod opt;
mod progress;

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
    /// Compile a PyTorch model from its Python source, or an ONNX model; neither Python nor a framework is needed
    Compile(compile::Arguments),
    /// Run a compiled program or an ONNX model and compare its results with expected ones; exit 1 on a mismatch
    Check(check::Arguments),
    #[command(flatten)]
    Program(braid::runtime::cli::Command),
    /// Run named passes on a program in text form
    Opt(opt::Arguments),
    /// Simplify, differentiate, expand, compile or explain a formula
    Expr(expr::Arguments),
}

/// Runs the command line and says how it ended: 0, or 1 for any mistake in what was given.
pub fn main() -> ExitCode {
    let arguments: Arguments = match braid::runtime::cli::arguments() {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let result = match arguments.command {
        Command::Compile(arguments) => compile::run(arguments),
        Command::Check(arguments) => check::run(arguments),
        Command::Program(command) => command.run().map_err(Diagnostic::new),
        Command::Opt(arguments) => opt::run(arguments),
        Command::Expr(arguments) => expr::run(arguments),
    };
    result.unwrap_or_else(|diagnostic| {
        eprint!("{}", diagnostic.render());
        ExitCode::FAILURE
    })
}
