//! ONNX models, compiled and run: a fixed sample of the backend tests that has every operator and all control flow, and
//! published models. Both are in `../shared`; where that is absent the suite says so and passes.

use braid::runtime::cases::Tolerance;
use braid::{CompileOptions, OnnxOptions};
use braid_tests::conformance::{self, Entry, Place, Verdict};
use braid_tests::subject::{Subject, machine};
use braid_tests::suite::{self, Named};
use braid_tests::{repository, treatment};
use std::collections::HashSet;

fn main() -> std::process::ExitCode {
    let trials: Vec<Named> = backend().into_iter().chain(models()).collect();
    if trials.is_empty() {
        println!("the ONNX models are skipped: ../shared is not here");
        return std::process::ExitCode::SUCCESS;
    }
    suite::run("onnx", trials)
}

/// The first test of each operator, and every test of the tiers of control flow and of shapes that follow from data.
fn backend() -> Vec<Named> {
    let mut seen = HashSet::new();
    let mut entries = conformance::entries().unwrap_or_default();
    entries.retain(|entry| {
        let first = seen.insert(entry.operator.clone());
        first || entry.tier.starts_with("A_") || entry.tier.starts_with("B_")
    });
    entries.into_iter().map(|entry| (entry.name.clone(), Box::new(move || judge(&entry)) as _)).collect()
}

/// Outside of the tiers that are supported, a diagnostic will do; a wrong value never.
fn judge(entry: &Entry) -> Result<(), String> {
    let optional = ["F_", "X_"].iter().any(|tier| entry.tier.starts_with(tier));
    match conformance::run(entry, Place::Cpu) {
        Verdict::Passed => Ok(()),
        Verdict::Refused(_) | Verdict::Failed(_) if optional => Ok(()),
        other => Err(format!("{other:?}")),
    }
}

fn models() -> Vec<Named> {
    let folders = std::fs::read_dir(repository("../shared/corpus/onnx")).into_iter().flatten();
    let mut folders: Vec<_> = folders.filter_map(|folder| Some(folder.ok()?.path())).collect();
    folders.sort();
    let subject = |folder: std::path::PathBuf| Subject {
        name: format!("models/{}", folder.file_name().unwrap_or_default().to_string_lossy()),
        options: CompileOptions {
            source: OnnxOptions { source: folder.join("model.onnx"), inputs: vec![] }.into(),
            machine: machine(),
        },
        cases: Some(folder.join("cases.npz")),
        tolerance: Tolerance::default(),
    };
    folders
        .into_iter()
        .map(subject)
        .map(|subject| (subject.name.clone(), Box::new(move || treatment::compile_and_check(&subject)) as _))
        .collect()
}
