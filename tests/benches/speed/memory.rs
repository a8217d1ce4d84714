//! Loading and resident memory, measured in a process that links the runtime alone (`runtime/examples/resident.rs`, whose
//! binary `BRAID_RESIDENT` names).

use braid::Quiet;
use braid_tests::subject;
use std::process::Command;

/// What was measured.
pub struct Figures {
    /// Size of the artifact.
    pub artifact_mb: f64,
    /// Median time to load it.
    pub load_ms: Option<f64>,
    /// Resident memory beyond weights and arena.
    pub beyond_mb: Option<f64>,
}

/// Measures SkipNet-38.
pub fn measure() -> Figures {
    let mut figures = Figures { artifact_mb: 0.0, load_ms: None, beyond_mb: None };
    let Some(binary) = std::env::var_os("BRAID_RESIDENT") else { return figures };
    let subject =
        subject::models().into_iter().find(|s| s.name == "skipnet").expect("a model of the manifest");
    let Ok(artifact) = braid::compile(&subject.options, &Quiet) else { return figures };
    let file = braid_tests::scratch("bench_memory").join("skipnet.braid");
    std::fs::write(&file, &artifact).expect("the target folder is writable");
    figures.artifact_mb = artifact.len() as f64 / 1e6;
    let cases = subject.cases.as_ref().expect("a model has cases");
    let output =
        Command::new(binary).arg(&file).arg(cases).output().expect("the binary of BRAID_RESIDENT starts");
    let text = String::from_utf8_lossy(&output.stdout);
    let field = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.trim().parse::<f64>().ok());
    figures.load_ms = field("load_ns").map(|ns| ns / 1e6);
    figures.beyond_mb = field("resident_bytes")
        .zip(field("weights_bytes"))
        .zip(field("arena_bytes"))
        .map(|((resident, weights), arena)| (resident - weights - arena) / 1e6);
    figures
}
