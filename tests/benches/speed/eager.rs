//! PyTorch eager, where `BRAID_TORCH_PYTHON` names a Python that has torch.

use braid_tests::subject::Subject;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::io::Write;
use std::process::{Command, Stdio};

#[derive(Serialize)]
struct Task<'a> {
    name: &'a str,
    source: &'a std::path::Path,
    build: &'a str,
    entry: Option<&'a str>,
    weights: Vec<&'a std::path::Path>,
    statics: &'a [(String, String)],
    inputs: Vec<&'a str>,
    cases: &'a std::path::Path,
    measured: Vec<usize>,
    fresh: bool,
}

#[derive(Deserialize)]
struct Answer {
    name: String,
    cases: Vec<f64>,
}

/// Median nanoseconds of the first cases of each subject; empty without a Python.
pub fn measure(subjects: &[Subject], cases: usize) -> HashMap<String, Vec<f64>> {
    let Some(python) = std::env::var_os("BRAID_TORCH_PYTHON") else {
        println!("without PyTorch: BRAID_TORCH_PYTHON names no Python that has it\n");
        return HashMap::new();
    };
    let tasks: Vec<Task> = subjects.iter().map(|subject| task(subject, cases)).collect();
    let mut child = Command::new(python)
        .arg(braid_tests::here("benches/speed/eager.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the Python of BRAID_TORCH_PYTHON starts");
    let text = serde_json::to_vec(&tasks).expect("plain data");
    child.stdin.take().expect("piped").write_all(&text).expect("the script reads its tasks");
    let output = child.wait_with_output().expect("the script ends");
    assert!(output.status.success(), "eager.py failed");
    let answers: Vec<Answer> = serde_json::from_slice(&output.stdout).expect("the script answers in JSON");
    answers.into_iter().map(|answer| (answer.name, answer.cases)).collect()
}

fn task(subject: &Subject, cases: usize) -> Task<'_> {
    let source = subject.python();
    Task {
        name: &subject.name,
        source: &source.source,
        build: &source.build,
        entry: source.entry.as_deref(),
        weights: source.weights.iter().map(|(_, file)| file.as_path()).collect(),
        statics: &source.statics,
        inputs: source.inputs.iter().map(|input| input.name.as_str()).collect(),
        cases: subject.cases.as_ref().expect("a model has cases"),
        measured: (0..cases.min(subject.read_cases().len())).collect(),
        fresh: true,
    }
}
