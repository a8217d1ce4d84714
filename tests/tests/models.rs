//! The project's own models (`models/`), compiled and compared with what PyTorch gave, every case.

use braid_tests::suite::{self, Named};
use braid_tests::{subject, treatment};

fn main() -> std::process::ExitCode {
    let trials: Vec<Named> = subject::models()
        .into_iter()
        .map(|subject| (subject.name.clone(), Box::new(move || treatment::compile_and_check(&subject)) as _))
        .collect();
    suite::run("models", trials)
}
