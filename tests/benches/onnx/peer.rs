//! ONNX Runtime, where `BRAID_ONNX_PYTHON` names a Python that has it.

use crate::subjects::Subject;
use serde::Deserialize;
use std::path::Path;
use std::process::Command;

/// What was measured of a model.
#[derive(Deserialize)]
pub struct Figures {
    /// Median nanoseconds by case.
    pub cases: Vec<f64>,
    /// Nanoseconds to make a session, which is to load and to compile.
    pub load_ns: f64,
    /// The most memory that was resident, less what was before the session.
    pub peak_bytes: f64,
}

/// Runs a model on its cases, one thread, and writes its results to a file of cases; `None` without a Python.
pub fn measure(subject: &Subject, results: &Path) -> Option<Figures> {
    let python = std::env::var_os("BRAID_ONNX_PYTHON")?;
    let output = Command::new(python)
        .arg(braid_tests::here("benches/onnx/peer.py"))
        .args([&subject.model, &subject.cases])
        .arg(results)
        .output()
        .expect("the Python of BRAID_ONNX_PYTHON starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "peer.py failed on {}: {errors}", subject.name);
    Some(serde_json::from_slice(&output.stdout).expect("the script answers in JSON"))
}
