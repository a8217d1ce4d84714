//! What the tests that cross crates share: subjects (a model with its weights, inputs and expected results), the
//! treatments that must all give those results, and paths through a program.

pub mod conformance;
pub mod counted;
pub mod device;
pub mod fiber;
pub mod graphs;
pub mod paths;
pub mod sample;
pub mod straighten;
pub mod subject;
pub mod suite;
pub mod treatment;
pub mod workload;

use std::path::PathBuf;

/// A path inside this crate's folder.
pub fn here(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A path inside the repository.
pub fn repository(path: &str) -> PathBuf {
    here("..").join(path)
}

/// Cargo's folder for files of tests. Cargo tells it only to the tests themselves; they lie below its own folder.
///
/// # Panics
/// If this is not run by Cargo.
pub fn target() -> PathBuf {
    let test = std::env::current_exe().expect("a test has a file");
    let target = test.ancestors().find(|folder| folder.join("CACHEDIR.TAG").exists());
    target.expect("a test lies below Cargo's folder").join("tmp")
}

/// A fresh empty folder for one test's files.
///
/// # Panics
/// If it cannot be made.
pub fn scratch(name: &str) -> PathBuf {
    let folder = target().join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("the target folder is writable");
    folder
}
