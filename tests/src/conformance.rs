//! The backend tests of ONNX: where they are, how one is run, and how it went.

use crate::fiber::{self, Fiber};
use crate::subject;
use braid::onnx_suite::{Outcome, Test};
use braid::runtime::cases::Tolerance;
use braid::runtime::device::{Device, open};
use braid::{CompileOptions, Machine, Program, Quiet};
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

/// Where programs run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On the CPU.
    Cpu,
    /// On a GPU whose threads are fibers.
    Fiber,
    /// On the machine's Vulkan device.
    Vulkan,
}

/// The chip whose kernels fibers execute, and the order in which they do.
const CHIP: &str = "sm_80";
const SEED: u64 = 11;

impl Place {
    /// The place of this name: `cpu`, `fiber`, `vulkan`.
    pub fn named(name: &str) -> Option<Place> {
        match name {
            "cpu" => Some(Place::Cpu),
            "fiber" => Some(Place::Fiber),
            "vulkan" => Some(Place::Vulkan),
            _ => None,
        }
    }

    /// What is compiled besides the CPU's code.
    fn target(self) -> Option<String> {
        match self {
            Place::Cpu => None,
            Place::Fiber => Some(fiber::target(CHIP)),
            Place::Vulkan => Some("vulkan".to_string()),
        }
    }

    /// The device, if it is one.
    fn device(self) -> Result<Option<Box<dyn Device>>, String> {
        match self {
            Place::Cpu => Ok(None),
            Place::Fiber => Ok(Some(Box::new(Fiber::new(CHIP, SEED)))),
            Place::Vulkan => open("vulkan").map(Some).map_err(|e| e.to_string()),
        }
    }
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
pub fn run(entry: &Entry, place: Place) -> Verdict {
    let model = entry.folder.join("model.onnx");
    let test = match Test::read(&model, &entry.folder) {
        Ok(test) => test,
        Err(diagnostic) => return Verdict::Refused(diagnostic.render()),
    };
    let machine = Machine { devices: place.target().into_iter().collect(), ..subject::machine() };
    let options = CompileOptions { source: test.options.clone().into(), machine };
    let artifact = match braid::compile(&options, &Quiet) {
        Ok(artifact) => artifact,
        Err(diagnostic) if diagnostic.message.contains("internal error") => {
            return Verdict::Crashed(diagnostic.render());
        }
        Err(diagnostic) => return Verdict::Refused(diagnostic.render()),
    };
    let mut program = match Program::from_bytes(&artifact) {
        Ok(program) => program,
        Err(error) => return Verdict::Crashed(error.to_string()),
    };
    let device = place.device().and_then(|device| match device {
        Some(device) => program.use_device(device).map_err(|e| e.to_string()),
        None => Ok(()),
    });
    if let Err(why) = device {
        return Verdict::Failed(why);
    }
    for data in &test.data {
        match data.run(&program, Tolerance { rtol: entry.rtol, atol: entry.atol }) {
            Outcome::Passed => {}
            Outcome::Wrong(why) => return Verdict::Wrong(why),
            Outcome::Failed(why) => return Verdict::Failed(why),
        }
    }
    Verdict::Passed
}
