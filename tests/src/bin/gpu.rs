//! `./x test-gpu` and `./x bench-gpu`: puts into a folder all that a machine with a GPU needs to check and measure device code,
//! so that that machine needs no compiler: programs, cases, `braid-run`, and `measure.py`, which runs them.

use braid::runtime::{RunOptions, cases};
use braid::{CompileOptions, InputSpec, Machine, Program, PythonOptions, Quiet};
use braid_ir::eval;
use braid_passes::random::{Shape, random_inputs, random_net};
use braid_tests::{here, subject, treatment};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Random nets that go along.
const NETS: u64 = 100;

/// Operations and layers, by their functions in `micro.py`: a name, the function, and its arguments' types.
const MICRO: &[(&str, &str, &[&str])] = &[
    ("gelu_add", "gelu_add", &["x=f32[4096,1024]", "y=f32[4096,1024]"]),
    ("row_sum", "row_sum", &["x=f32[4096,1024]"]),
    ("column_sum", "column_sum", &["x=f32[4096,1024]"]),
    ("softmax", "softmax", &["x=f32[4096,1000]"]),
    ("layer_norm", "layer_norm", &["x=f32[4096,768]", "weight=f32[768]", "bias=f32[768]"]),
    ("product_f32", "product", &["a=f32[1024,1024]", "b=f32[1024,1024]"]),
    ("product_f16", "product", &["a=f16[2048,2048]", "b=f16[2048,2048]"]),
    ("product_bf16", "product", &["a=bf16[2048,2048]", "b=bf16[2048,2048]"]),
    ("row_f32", "product", &["a=f32[1,4096]", "b=f32[4096,4096]"]),
    ("linear_f16", "product_transposed", &["a=f16[1,4096]", "b=f16[4096,4096]"]),
    ("convolution", "convolution", &["x=f32[8,64,56,56]", "weight=f32[64,64,3,3]", "bias=f32[64]"]),
    ("product_f16_4k", "product", &["a=f16[4096,4096]", "b=f16[4096,4096]"]),
    ("attention", "attention", &["q=f32[4,8,128,64]", "k=f32[4,8,128,64]", "v=f32[4,8,128,64]"]),
    ("attention_f16", "attention", &["q=f16[4,8,1024,64]", "k=f16[4,8,1024,64]", "v=f16[4,8,1024,64]"]),
    ("causal_f16", "attention_causal", &["q=f16[4,8,1024,64]", "k=f16[4,8,1024,64]", "v=f16[4,8,1024,64]"]),
    ("log_softmax", "log_softmax", &["x=f32[4096,1000]"]),
    ("rms_norm", "rms_norm", &["x=f16[4096,1024]", "weight=f16[1024]"]),
    ("running_sum", "running_sum", &["x=f32[4096,1000]"]),
    ("sorted", "sorted_rows", &["x=f32[1024,4096]"]),
    ("topk", "greatest_values", &["x=f32[1024,4096]"]),
    ("nonzero", "positive", &["x=f32[1024,4096]"]),
    ("layer_f32", "layer", &LAYER_F32),
    ("layer_f16", "layer", &LAYER_F16),
];
const LAYER_F32: [&str; 11] = [
    "x=f32[4,128,512]",
    "query=f32[512,512]",
    "key=f32[512,512]",
    "value=f32[512,512]",
    "out=f32[512,512]",
    "up=f32[512,2048]",
    "up_bias=f32[2048]",
    "down=f32[2048,512]",
    "down_bias=f32[512]",
    "weight=f32[512]",
    "bias=f32[512]",
];
const LAYER_F16: [&str; 11] = [
    "x=f16[4,128,512]",
    "query=f16[512,512]",
    "key=f16[512,512]",
    "value=f16[512,512]",
    "out=f16[512,512]",
    "up=f16[512,2048]",
    "up_bias=f16[2048]",
    "down=f16[2048,512]",
    "down_bias=f16[512]",
    "weight=f16[512]",
    "bias=f16[512]",
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [runner, target, folder, only @ ..] = arguments.as_slice() else {
        eprintln!("usage: gpu BRAID_RUN TARGET FOLDER [NAME ...]");
        return ExitCode::FAILURE;
    };
    match prepare(Path::new(runner), target, Path::new(folder), only) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Fills the folder; of the programs only those whose names hold one of `only`, if there is any.
fn prepare(runner: &Path, target: &str, folder: &Path, only: &[String]) -> Result<(), String> {
    let say = |path: &Path| {
        let path = path.display().to_string();
        move |error: std::io::Error| format!("{path}: {error}")
    };
    let wanted = |name: &str| only.is_empty() || only.iter().any(|part| name.contains(part.as_str()));
    std::fs::create_dir_all(folder).map_err(say(folder))?;
    let copy = |from: PathBuf| {
        let to = folder.join(from.file_name().ok_or("a file without a name")?);
        std::fs::copy(&from, &to).map(|_| ()).map_err(say(&from))
    };
    copy(runner.to_path_buf())?;
    for name in ["micro.py", "measure.py"] {
        copy(here(&format!("benches/gpu/{name}")))?;
    }
    let machine = Machine {
        devices: vec![target.to_string()],
        cpu: Some("x86-64-v3".to_string()),
        ..subject::machine()
    };
    let store = |name: &str, program: &[u8]| {
        let path = folder.join(format!("{name}.braid"));
        std::fs::write(&path, program).map_err(say(&path))
    };

    let mut models = Vec::new();
    for subject in subject::models().into_iter().filter(|subject| wanted(&subject.name)) {
        let options = CompileOptions { machine: machine.clone(), ..subject.options.clone() };
        store(&subject.name, &braid::compile(&options, &Quiet).map_err(|d| d.render())?)?;
        let python = subject.python();
        let cases = subject.cases.as_ref().ok_or("a model without cases")?;
        std::fs::copy(cases, folder.join(format!("{}.npz", subject.name))).map_err(say(cases))?;
        models.push(json!({
            "name": subject.name,
            "source": python.source.strip_prefix(here("models")).unwrap_or(&python.source),
            "build": python.build,
            "entry": python.entry,
            "inputs": python.inputs.iter().map(|input| &input.name).collect::<Vec<_>>(),
            "statics": python.statics,
        }));
    }
    let mut micro = Vec::new();
    for (name, function, inputs) in MICRO.iter().filter(|(name, ..)| wanted(name)) {
        let inputs_of = inputs.iter().map(|text| InputSpec::parse(text)).collect::<Result<Vec<_>, _>>();
        let source = PythonOptions {
            source: here("benches/gpu/micro.py"),
            build: function.to_string(),
            inputs: inputs_of.map_err(|error| error.to_string())?,
            ..PythonOptions::default()
        };
        let options = CompileOptions { source: source.into(), machine: machine.clone() };
        store(name, &braid::compile(&options, &Quiet).map_err(|d| d.render())?)?;
        micro.push(json!({ "name": name, "function": function, "inputs": inputs }));
    }
    let mut nets = Vec::new();
    for seed in (0..NETS).filter(|seed| wanted(&format!("random_{seed}"))) {
        if let Some((program, case)) = random(seed, &machine)? {
            let name = format!("random_{seed}");
            store(&name, &program)?;
            // The first run is the host's, the second makes a graph, the third starts it again.
            let thrice = [0, 1, 2].map(|number| cases::Case { number, ..case.clone() });
            cases::write(&folder.join(format!("{name}.npz")), &thrice).map_err(|error| error.to_string())?;
            nets.push(name);
        }
    }
    let list = json!({ "target": target, "models": models, "micro": micro, "nets": nets });
    let path = folder.join("list.json");
    std::fs::write(&path, list.to_string()).map_err(say(&path))
}

/// A random net and what the interpreter makes of it; nothing where it does not end.
fn random(seed: u64, machine: &Machine) -> Result<Option<(Vec<u8>, cases::Case)>, String> {
    let shape = Shape { statements: 4 + (seed % 5) as usize * 3, depth: 1 + (seed % 3) as usize };
    let net = braid::optimise(random_net(seed, shape)).map_err(|d| d.render())?;
    let program = braid::build(&net, machine, &Quiet).map_err(|d| d.render())?;
    let inputs = random_inputs(&net, seed);
    let options = eval::Options { seed: 0, max_steps: 20_000, ..eval::Options::default() };
    let outcome = eval::run(&net, &inputs, &options);
    if matches!(outcome, Err(eval::EvalError::StepLimit { .. })) {
        return Ok(None);
    }
    let tensors = inputs.iter().map(|tensor| treatment::to_runtime(tensor));
    let mut case =
        cases::Case { inputs: net.inputs.iter().cloned().zip(tensors).collect(), ..cases::Case::default() };
    match treatment::as_run(&net, outcome) {
        Ok(outputs) => case.outputs = outputs,
        // What the program says is what the CPU's says; the interpreter has other words for it.
        Err(_) => {
            let loaded = Program::from_bytes(&program).map_err(|error| error.to_string())?;
            match loaded.run(&case.borrowed(), RunOptions::default()) {
                Err(braid::runtime::Error::Raised { message, .. }) => case.error = Some(message),
                _ => return Ok(None),
            }
        }
    }
    Ok(Some((program, case)))
}
