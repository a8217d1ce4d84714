//! The commands that need no compiler, for `braid` and for `braid-run`.
//!
//! A command returns `Ok` with its exit code (`check` fails without an error of its own), or one message. Results go to
//! stdout.

mod bench;
mod check;
mod explain;
mod inspect;
mod run;
mod table;

use crate::Error;
use std::process::ExitCode;

/// What can be done with a compiled program, but for `check`, which `braid` has also for models.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Run a compiled program on the cases of an .npz file
    Run(RunArguments),
    /// Say what is in a compiled program: inputs, gates, subnets, memory, weights, guards
    Inspect(InspectArguments),
    /// Say where each gate of a compiled program is decided, by the host or on the device, and why
    Explain(ExplainArguments),
    /// Measure a compiled program on the cases of an .npz file
    Bench(BenchArguments),
}

pub use bench::Arguments as BenchArguments;
pub use check::{Arguments as CheckArguments, check, run as run_check};
pub use explain::Arguments as ExplainArguments;
pub use inspect::Arguments as InspectArguments;
pub use run::{Arguments as RunArguments, Execution};

impl Command {
    /// Does it.
    ///
    /// # Errors
    /// What is wrong with what was given.
    pub fn run(self) -> Result<ExitCode, String> {
        match self {
            Command::Run(arguments) => run::run(arguments),
            Command::Inspect(arguments) => inspect::run(arguments),
            Command::Explain(arguments) => explain::run(arguments),
            Command::Bench(arguments) => bench::run(arguments),
        }
    }
}

/// What every command line of ours begins with: a reader that has seen enough (`| head`) ends it quietly, and a panic is
/// told as the mistake of ours that it is.
pub fn begin() {
    // SAFETY: no other thread runs yet, and the default action is no handler of ours.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
    std::panic::set_hook(Box::new(apologise));
}

/// A command line's arguments; on a mistake in them, and where only help or the version is asked for, the exit code.
///
/// # Errors
/// If there is nothing more to do.
pub fn arguments<A: clap::Parser>() -> Result<A, ExitCode> {
    A::try_parse().map_err(|error| {
        // Help and version are not failures; a failure to print them is nobody's.
        let _ = error.print();
        if error.use_stderr() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    })
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

/// A failure of a case of a file.
fn in_case(case: u64) -> impl Fn(Error) -> String {
    move |error| format!("case {case}: {error}")
}
