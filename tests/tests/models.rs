//! The project's own models (`models/`), compiled and compared with what PyTorch gave, every case.

use braid_tests::{subject, treatment};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> std::process::ExitCode {
    let trials = subject::models()
        .into_iter()
        .map(|subject| {
            Trial::test(subject.name.clone(), move || treatment::compile_and_check(&subject).map_err(Failed::from))
        })
        .collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
