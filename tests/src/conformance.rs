//! The backend tests of ONNX: where they are, how one is run, and how it went.

use crate::subject;
use braid::onnx_suite::{Outcome, Test};
use braid::runtime::cases::Tolerance;
use braid::{CompileOptions, Program, Quiet};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::process::Command;

/// A test of the suite.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Its folder.
    pub folder: PathBuf,
    /// Group and name, as in `node/test_abs`.
    pub name: String,
    /// The operator that it is about.
    pub operator: String,
    /// The tier that `onnx-tiers.csv` puts it into.
    pub tier: String,
    /// Its relative tolerance.
    pub rtol: f64,
    /// Its absolute tolerance.
    pub atol: f64,
}

/// How a test went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// All data sets gave what was expected.
    Passed,
    /// A data set gave something else.
    Wrong(String),
    /// The model was refused with a diagnostic.
    Refused(String),
    /// The compiled program ended with an error.
    Failed(String),
    /// A panic, a crash or a hang: a mistake of ours.
    Crashed(String),
}

/// The tests, unpacked below Cargo's folder for files of tests; `None` where `../shared` is absent.
///
/// # Panics
/// If the archive cannot be unpacked or its index is malformed.
pub fn entries() -> Option<Vec<Entry>> {
    #[derive(Deserialize)]
    struct Indexed {
        group: String,
        name: String,
        rtol: f64,
        atol: f64,
    }
    let data = crate::repository("../shared/data");
    let archive = data.join("onnx-suite.tar.xz");
    if !archive.exists() {
        return None;
    }
    let unpacked = crate::target().join("onnx-suite");
    let done = unpacked.join("done");
    if !done.exists() {
        std::fs::create_dir_all(&unpacked).expect("the target folder is writable");
        let tar = Command::new("tar").arg("-xJf").arg(&archive).arg("-C").arg(&unpacked).status();
        assert!(tar.is_ok_and(|status| status.success()), "tar cannot unpack {}", archive.display());
        std::fs::write(&done, "").expect("the target folder is writable");
    }
    let suite = unpacked.join("suite");
    let index = std::fs::read(suite.join("index.json")).expect("the suite has an index");
    let index: Vec<Indexed> = serde_json::from_slice(&index).expect("a well-formed index");
    let tiers = std::fs::read_to_string(data.join("onnx-tiers.csv")).expect("the tiers are beside the suite");
    let tier_of = |indexed: &Indexed| {
        tiers.lines().find_map(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            (fields[0] == indexed.group && fields[1] == indexed.name)
                .then(|| (fields[2].to_string(), fields[3].to_string()))
        })
    };
    let entry = |indexed: Indexed| {
        let (operator, tier) = tier_of(&indexed).expect("a tier for each test");
        let name = format!("{}/{}", indexed.group, indexed.name);
        let folder = suite.join(&name);
        Entry { folder, name, operator, tier, rtol: indexed.rtol, atol: indexed.atol }
    };
    Some(index.into_iter().map(entry).collect())
}

/// Imports, compiles and runs a test.
pub fn run(entry: &Entry) -> Verdict {
    let model = entry.folder.join("model.onnx");
    let test = match Test::read(&model, &entry.folder) {
        Ok(test) => test,
        Err(diagnostic) => return Verdict::Refused(diagnostic.render()),
    };
    let options = CompileOptions { source: test.options.clone().into(), machine: subject::machine() };
    let artifact = match braid::compile(&options, &Quiet) {
        Ok(artifact) => artifact,
        Err(diagnostic) if diagnostic.message.contains("internal error") => {
            return Verdict::Crashed(diagnostic.render());
        }
        Err(diagnostic) => return Verdict::Refused(diagnostic.render()),
    };
    let program = match Program::from_bytes(&artifact) {
        Ok(program) => program,
        Err(error) => return Verdict::Crashed(error.to_string()),
    };
    for data in &test.data {
        match data.run(&program, Tolerance { rtol: entry.rtol, atol: entry.atol }) {
            Outcome::Passed => {}
            Outcome::Wrong(why) => return Verdict::Wrong(why),
            Outcome::Failed(why) => return Verdict::Failed(why),
        }
    }
    Verdict::Passed
}
