//! The `braid` command. Everything it can do is a function of the library; here are arguments, messages and exit codes.

mod cli;

use std::process::ExitCode;

/// Parsers recurse on the nesting of their input. With this much stack the limit is the source's size, not the thread.
const STACK_BYTES: usize = 256 << 20;

fn main() -> ExitCode {
    // A reader that has seen enough (`| head`) ends this program quietly, as it does any other.
    // SAFETY: no other thread runs yet, and the default action is no handler of ours.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
    std::panic::set_hook(Box::new(apologise));
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

/// A panic is a broken invariant of ours, never a person's mistake; but `println!` has no other way to say that the results
/// cannot be written.
fn apologise(panic: &std::panic::PanicHookInfo) {
    let message = panic.payload_as_str().unwrap_or("no message");
    if let Some(reason) = message.strip_prefix("failed printing to stdout: ") {
        eprintln!("error: cannot write to the standard output: {reason}");
        std::process::exit(1);
    }
    let place = panic.location().map_or_else(String::new, |at| format!(" at {at}"));
    eprintln!(
        "internal error: {message}{place}\n\
         This is a bug in braid {}, not in your model, and we are sorry. Please report it with the command line and, if \
         you can, the model.",
        env!("CARGO_PKG_VERSION")
    );
}
