//! Runs a list of named trials, each with a deadline, and sets apart by name what is known not to work yet.

use libtest_mimic::{Arguments, Failed, Trial};
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;

/// A trial that takes longer hangs: the slowest takes a few seconds on an idle machine.
const DEADLINE: Duration = Duration::from_secs(180);

/// A named trial.
pub type Named = (String, Box<dyn FnOnce() -> Result<(), String> + Send>);

/// Runs the trials. Those that `known_failures.txt` lists are reported as ignored: `--include-ignored` runs them too.
pub fn run(suite: &str, trials: Vec<Named>) -> ExitCode {
    let known = known_failures(suite);
    let trials = trials
        .into_iter()
        .map(|(name, work)| {
            let ignored = known.contains(&name);
            Trial::test(name, move || in_time(work).map_err(Failed::from)).with_ignored_flag(ignored)
        })
        .collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Does the work on a thread of its own and waits for it until the deadline.
fn in_time(work: Box<dyn FnOnce() -> Result<(), String> + Send>) -> Result<(), String> {
    let (send, receive) = mpsc::channel();
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(move || {
        let _ = send.send(work());
    });
    let thread = thread.map_err(|e| e.to_string())?;
    match receive.recv_timeout(DEADLINE) {
        Ok(result) => result,
        Err(mpsc::RecvTimeoutError::Timeout) => Err(format!("still running after {} s", DEADLINE.as_secs())),
        Err(mpsc::RecvTimeoutError::Disconnected) => match thread.join() {
            Ok(()) => Err("the trial ended without a result".to_string()),
            Err(panic) => std::panic::resume_unwind(panic),
        },
    }
}

/// Names of this suite in the list: lines `suite/name: reason`.
fn known_failures(suite: &str) -> Vec<String> {
    let text = std::fs::read_to_string(crate::here("known_failures.txt")).unwrap_or_default();
    let listed =
        text.lines().filter_map(|line| line.split_once(": ")?.0.strip_prefix(suite)?.strip_prefix('/'));
    listed.map(str::to_string).collect()
}
