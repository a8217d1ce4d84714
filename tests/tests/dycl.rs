//! The nine networks of the DyCL study, every case. Their sources are not ours: see [`subject::dycl`] for where they are
//! looked for; without them the tests are listed as ignored.

use braid_tests::{subject, treatment};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> std::process::ExitCode {
    let subjects = subject::dycl();
    let mut trials: Vec<Trial> = subjects
        .into_iter()
        .map(|subject| {
            Trial::test(subject.name.clone(), move || treatment::compile_and_check(&subject).map_err(Failed::from))
        })
        .collect();
    if trials.is_empty() {
        println!("the DyCL networks are skipped: BRAID_DYCL_SOURCES names no folder with their sources");
        trials.push(Trial::test("the nine DyCL networks", || Ok(())).with_ignored_flag(true));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
