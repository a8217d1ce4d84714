//! The nine networks of the DyCL study, every case. Their sources are not ours: see [`subject::dycl`] for where they are
//! looked for; without them the suite says so and passes.

use braid_tests::suite::{self, Named};
use braid_tests::{subject, treatment};

fn main() -> std::process::ExitCode {
    let subjects = subject::dycl();
    let trials: Vec<Named> = subjects
        .into_iter()
        .map(|subject| (subject.name.clone(), Box::new(move || treatment::compile_and_check(&subject)) as _))
        .collect();
    if trials.is_empty() {
        println!("the DyCL networks are skipped: BRAID_DYCL_SOURCES names no folder with their sources");
        return std::process::ExitCode::SUCCESS;
    }
    suite::run("dycl", trials)
}
