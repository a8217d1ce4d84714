//! The `braid` command. Everything it can do is a function of the library; here are arguments, messages and exit codes.

mod cli;

use std::process::ExitCode;

/// Parsers recurse on the nesting of their input. With this much stack the limit is the source's size, not the thread.
const STACK_BYTES: usize = 256 << 20;

fn main() -> ExitCode {
    braid::runtime::cli::begin();
    let command = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(cli::main);
    match command.map(|thread| thread.join()) {
        Ok(Ok(code)) => code,
        // The hook has told what happened.
        Ok(Err(_)) => ExitCode::from(101),
        Err(error) => {
            eprintln!("error: cannot start a thread: {error}");
            ExitCode::FAILURE
        }
    }
}
