//! `braid opt`: named passes on a program in text form.

use braid::Diagnostic;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(clap::Args)]
pub struct Arguments {
    /// A program in text form (.braidir)
    program: PathBuf,
    /// Passes to run, in order
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    passes: Vec<String>,
    /// Stop after this pass
    #[arg(long, value_name = "NAME")]
    stop_after: Option<String>,
    /// Print the program after this pass; repeatable
    #[arg(long, value_name = "NAME")]
    print_after: Vec<String>,
    /// Verify the program after each pass
    #[arg(long)]
    verify_each: bool,
    /// Evaluate the program on random inputs before and after each pass and compare
    #[arg(long)]
    check_each: bool,
}

pub fn run(_arguments: Arguments) -> Result<ExitCode, Diagnostic> {
    Err(Diagnostic::new("no passes yet"))
}
