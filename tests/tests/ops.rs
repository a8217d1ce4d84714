//! The operator table against outside truth: small functions and layers of torch with the values that PyTorch gave
//! (`ops/make.py`), read by the front end, compiled and run.

use braid::runtime::cases::{self, Case, Tolerance};
use braid::{CompileOptions, InputSpec, PythonOptions, Tensor};
use braid_tests::subject::{Subject, machine};
use braid_tests::suite::{self, Named};
use braid_tests::treatment;
use serde::Deserialize;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// What stands before the code of every entry.
const PREAMBLE: &str =
    "import math\nimport torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n\n\n";

#[derive(Deserialize)]
struct Entry {
    name: String,
    code: String,
    build: String,
    inputs: Vec<Input>,
    state: Vec<String>,
    outputs: usize,
}

#[derive(Deserialize)]
struct Input {
    name: String,
    #[serde(rename = "type")]
    ty: String,
}

fn main() -> std::process::ExitCode {
    let text =
        std::fs::read_to_string(braid_tests::here("ops/torch_ops.json")).expect("the entries are committed");
    let entries: Vec<Entry> = serde_json::from_str(&text).expect("well-formed entries");
    let arrays = cases::arrays(&braid_tests::here("ops/torch_ops.npz")).expect("the values are committed");
    let arrays: Arc<HashMap<String, Tensor>> = Arc::new(arrays.into_iter().collect());
    let folder = braid_tests::scratch("ops");
    let trials: Vec<Named> = entries
        .into_iter()
        .map(|entry| {
            let (arrays, folder) = (arrays.clone(), folder.clone());
            (entry.name.clone(), Box::new(move || run(&entry, &arrays, &folder)) as _)
        })
        .collect();
    suite::run("ops", trials)
}

fn run(entry: &Entry, arrays: &HashMap<String, Tensor>, folder: &Path) -> Result<(), String> {
    let name = &entry.name;
    let array =
        |key: String| arrays.get(&key).cloned().unwrap_or_else(|| panic!("torch_ops.npz has no {key}"));
    let source = folder.join(format!("{name}.py"));
    std::fs::write(&source, format!("{PREAMBLE}{}\n", entry.code)).map_err(|e| e.to_string())?;
    let mut weights = vec![];
    if !entry.state.is_empty() {
        let state: Vec<(String, Tensor)> =
            entry.state.iter().map(|key| (key.clone(), array(format!("{name}.state.{key}")))).collect();
        let file = folder.join(format!("{name}.safetensors"));
        std::fs::write(&file, safetensors(&state)).map_err(|e| e.to_string())?;
        weights.push((None, file));
    }
    let inputs: Vec<InputSpec> = entry
        .inputs
        .iter()
        .map(|input| InputSpec::parse(&format!("{}={}", input.name, input.ty)))
        .collect::<Result<_, _>>()?;
    let case = Case {
        number: 0,
        inputs: entry
            .inputs
            .iter()
            .map(|i| (i.name.clone(), array(format!("{name}.in.{}", i.name))))
            .collect(),
        outputs: (0..entry.outputs).map(|k| array(format!("{name}.out.{k}"))).collect(),
        error: None,
    };
    let subject = Subject {
        name: name.clone(),
        options: CompileOptions {
            source: PythonOptions {
                source,
                build: entry.build.clone(),
                weights,
                inputs,
                ..PythonOptions::default()
            }
            .into(),
            machine: machine(),
        },
        cases: None,
        tolerance: Tolerance::default(),
    };
    let program = treatment::compile(&subject).map_err(|diagnostic| diagnostic.render())?;
    let problems = treatment::check(&program, &subject, &[case], &mut String::new());
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

fn safetensors(state: &[(String, Tensor)]) -> Vec<u8> {
    use braid::runtime::DType;
    let views = state.iter().map(|(name, tensor)| {
        let dtype = match tensor.dtype() {
            DType::F32 => safetensors::Dtype::F32,
            DType::I64 => safetensors::Dtype::I64,
            other => panic!("no state is {other}"),
        };
        let view = safetensors::tensor::TensorView::new(dtype, tensor.shape().to_vec(), tensor.bytes());
        (name, view.expect("as many bytes as the shape asks for"))
    });
    safetensors::serialize(views, None).expect("plain tensors serialise")
}
