//! A model with its weights, inputs and expected results, from the forms in which they are committed.

use braid::runtime::cases::{self, Case, Tolerance};
use braid::{CompileOptions, InputSpec, Machine, PythonOptions, Source};
use indexmap::IndexMap;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Something to compile and to check.
#[derive(Clone, Debug)]
pub struct Subject {
    /// For messages.
    pub name: String,
    /// What is compiled.
    pub options: CompileOptions,
    /// Where the expected results are; `None` for a subject that must be refused.
    pub cases: Option<PathBuf>,
    /// How close floats must be.
    pub tolerance: Tolerance,
}

/// An entry of `models/manifest.json`; see `models/make.py`.
#[derive(Deserialize)]
struct ManifestEntry {
    name: String,
    source: String,
    build: String,
    entry: String,
    weights: Option<String>,
    inputs: IndexMap<String, String>,
    #[serde(default)]
    statics: IndexMap<String, String>,
    cases: String,
}

impl Subject {
    /// The Python source that is compiled.
    ///
    /// # Panics
    /// If it is another kind of model.
    pub fn python(&self) -> &PythonOptions {
        match &self.options.source {
            Source::Python(options) => options,
            Source::Onnx(_) => panic!("{} is no Python source", self.name),
        }
    }

    /// The expected results.
    ///
    /// # Panics
    /// If there are none or they cannot be read.
    pub fn read_cases(&self) -> Vec<Case> {
        let path = self.cases.as_ref().expect("a subject with cases");
        cases::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }
}

/// The project's own models.
///
/// # Panics
/// If the manifest is malformed.
pub fn models() -> Vec<Subject> {
    let folder = crate::here("models");
    let manifest = std::fs::read_to_string(folder.join("manifest.json")).expect("the manifest is committed");
    let entries: Vec<ManifestEntry> = serde_json::from_str(&manifest).expect("a well-formed manifest");
    entries
        .into_iter()
        .map(|entry| Subject {
            options: CompileOptions {
                source: PythonOptions {
                    source: folder.join(&entry.source),
                    build: entry.build,
                    entry: Some(entry.entry),
                    weights: entry.weights.iter().map(|file| (None, folder.join(file))).collect(),
                    inputs: inputs(&entry.inputs),
                    statics: entry.statics.into_iter().collect(),
                    ..PythonOptions::default()
                }
                .into(),
                machine: machine(),
            },
            cases: Some(folder.join(entry.cases)),
            tolerance: Tolerance::default(),
            name: entry.name,
        })
        .collect()
}

fn inputs(map: &IndexMap<String, String>) -> Vec<InputSpec> {
    map.iter().map(|(name, ty)| input(&format!("{name}={ty}"))).collect()
}

/// This machine, with a kernel cache that lasts from one test run to the next.
pub fn machine() -> Machine {
    Machine { cache: Some(crate::target().join("kernels")), ..Machine::default() }
}

fn input(text: &str) -> InputSpec {
    InputSpec::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

/// The nine networks of the DyCL study: their sources, which are not ours to commit, in the folder that
/// `BRAID_DYCL_SOURCES` names, weights and cases in `../shared/corpus/dycl`. Empty where either is absent.
///
/// # Panics
/// If a `meta.json` is malformed.
pub fn dycl() -> Vec<Subject> {
    #[derive(Deserialize)]
    struct Meta {
        entry: String,
        inputs: IndexMap<String, String>,
    }
    let corpus = crate::repository("../shared/corpus/dycl");
    let (Some(sources), Ok(folders)) = (std::env::var_os("BRAID_DYCL_SOURCES"), std::fs::read_dir(&corpus))
    else {
        return vec![];
    };
    let mut names: Vec<String> = folders
        .filter_map(|f| f.ok()?.file_name().into_string().ok())
        .filter(|n| n.starts_with("dycl"))
        .collect();
    names.sort();
    let subject = |name: String| {
        let folder = corpus.join(&name);
        let meta = std::fs::read(folder.join("meta.json")).ok()?;
        let meta: Meta = serde_json::from_slice(&meta).expect("a well-formed meta.json");
        let source = Path::new(&sources).join(&name).join("build.py");
        source.exists().then(|| Subject {
            options: CompileOptions {
                source: PythonOptions {
                    source,
                    build: "build()".to_string(),
                    entry: Some(meta.entry),
                    weights: vec![(None, folder.join("weights.safetensors"))],
                    inputs: inputs(&meta.inputs),
                    ..PythonOptions::default()
                }
                .into(),
                machine: machine(),
            },
            cases: Some(folder.join("cases.npz")),
            tolerance: Tolerance::default(),
            name,
        })
    };
    names.into_iter().filter_map(subject).collect()
}

/// A file of the construct matrix and what is expected of it; see `constructs/make.py`.
#[derive(Clone, Debug)]
pub struct Construct {
    /// What is compiled.
    pub subject: Subject,
    /// Instead of results: a part of the diagnostic.
    pub error: Option<String>,
    /// The line that the diagnostic points at, where it is certain.
    pub error_line: Option<u32>,
    /// Refusing the file with a diagnostic that says this is as good as the right results.
    pub may_refuse: Option<String>,
    /// What all cases print, one after the other.
    pub printed: Option<String>,
}

/// The construct matrix.
///
/// # Panics
/// If a header is malformed.
pub fn constructs() -> Vec<Construct> {
    let folder = crate::here("constructs");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("the constructs are committed")
        .filter_map(|f| Some(f.ok()?.path()))
        .filter(|p| p.extension().is_some_and(|e| e == "py") && !p.ends_with("make.py"))
        .collect();
    files.sort();
    files.into_iter().map(|file| construct(&file)).filter(|c| !c.subject.python().build.is_empty()).collect()
}

fn construct(file: &Path) -> Construct {
    let text = std::fs::read_to_string(file).expect("the construct is readable");
    let name = file.file_stem().and_then(|s| s.to_str()).expect("a plain name").to_string();
    let mut source = PythonOptions { source: file.to_path_buf(), ..PythonOptions::default() };
    let (mut error, mut error_line, mut may_refuse) = (None, None, None);
    for (key, value) in text.lines().map_while(|l| l.strip_prefix("# ")?.split_once(": ")) {
        let value = value.trim();
        match key {
            "build" => source.build = value.to_string(),
            "entry" => source.entry = Some(value.to_string()),
            "input" => source.inputs.push(input(value)),
            "static" => {
                let (name, value) = value.split_once('=').expect("NAME=EXPR");
                source.statics.push((name.to_string(), value.to_string()));
            }
            "error" => error = Some(value.to_string()),
            "error-line" => error_line = value.parse().ok(),
            "may-refuse" => may_refuse = Some(value.to_string()),
            _ => {}
        }
    }
    Construct {
        subject: Subject {
            name,
            options: CompileOptions { source: source.into(), machine: machine() },
            cases: error.is_none().then(|| file.with_extension("npz")),
            tolerance: Tolerance::default(),
        },
        error,
        error_line,
        may_refuse,
        printed: std::fs::read_to_string(file.with_extension("printed")).ok(),
    }
}
