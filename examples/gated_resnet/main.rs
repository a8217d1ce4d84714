//! The demo: compiles `gated_resnet.py` and runs it on images that take different paths, showing per image which blocks
//! ran, how long each took, and where the network stopped. `./x demo` starts it.

use braid::runtime::cases::{self, Case, Tolerance};
use braid::runtime::{CallReport, GateReport, Report};
use braid::{CompileOptions, Diagnostic, InputSpec, Program, PythonOptions, Quiet, RunOptions, verdict};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

const BUILD: &str = "GatedResNet([16, 32, 64], 3)";
const INPUT: &str = "image=f32[1,3,32,32]";
const STAGES: usize = 3;
const BLOCKS: usize = 3;
/// Runs of each image; the one of median time is shown.
const RUNS: usize = 21;

fn main() -> ExitCode {
    let Err(error) = demo() else { return ExitCode::SUCCESS };
    match error.downcast::<Diagnostic>() {
        Ok(diagnostic) => eprint!("{}", diagnostic.render()),
        Err(error) => eprintln!("error: {error}"),
    }
    ExitCode::FAILURE
}

fn demo() -> Result<(), Box<dyn Error>> {
    // The command that is shown holds in the repository's own folder, from wherever the demo is started.
    std::env::set_current_dir(env!("CARGO_MANIFEST_DIR"))?;
    let folder = PathBuf::from("examples/gated_resnet");
    let source = folder.join("gated_resnet.py");
    let program = compile(&folder, &source)?;
    let cases = cases::read(&folder.join("cases.npz"))?;
    let lines = Lines::find(&std::fs::read_to_string(&source)?)?;

    println!(
        "One row per image. A column is a block, stage.block: the time it took, · where its gate skipped it, and nothing"
    );
    println!("where the network was sure of its answer before and stopped at an earlier exit.\n");
    println!("{}", header());
    let mut wrong = 0;
    for (number, case) in cases.iter().enumerate() {
        let run = |_| {
            let (outputs, trace) = program.run_traced(&case.borrowed(), RunOptions::default());
            (outputs, trace.report(program.manifest()))
        };
        let mut runs: Vec<_> = (0..RUNS).map(run).collect();
        runs.sort_by_key(|(_, report)| report.total_ns);
        let (outputs, report) = runs.swap_remove(RUNS / 2);
        let problem = verdict::judge(outputs, case, Tolerance::default()).problem;
        wrong += usize::from(problem.is_some());
        println!("{}", row(number, case, &lines, &report, problem.as_deref()));
    }
    println!("\n{} of {} images give what PyTorch gave", cases.len() - wrong, cases.len());
    if wrong == 0 { Ok(()) } else { Err("some results differ".into()) }
}

/// Compiles the model and says how long it took.
fn compile(folder: &Path, source: &Path) -> Result<Program, Box<dyn Error>> {
    let weights = folder.join("weights.safetensors");
    println!("braid compile {} --build \"{BUILD}\" \\", source.display());
    println!("      --weights {} --input {INPUT} -o gated_resnet.braid\n", weights.display());
    let options = CompileOptions {
        source: PythonOptions {
            source: source.to_path_buf(),
            build: BUILD.to_string(),
            weights: vec![(None, weights)],
            inputs: vec![InputSpec::parse(INPUT)?],
            ..PythonOptions::default()
        }
        .into(),
        ..CompileOptions::default()
    };
    let start = Instant::now();
    let artifact = braid::compile(&options, &Quiet)?;
    let seconds = start.elapsed().as_secs_f64();
    let program = Program::from_bytes(&artifact)?;
    let manifest = program.manifest();
    println!(
        "compiled in {seconds:.1} s: {} gates, {} subnets called from {} places, an artifact of {} KiB\n",
        manifest.gates.len(),
        manifest.subnets.len(),
        manifest.calls.len(),
        artifact.len() / 1024
    );
    Ok(program)
}

/// The lines of the source that decide.
struct Lines {
    block: u32,
    exit: u32,
}

impl Lines {
    fn find(source: &str) -> Result<Lines, String> {
        let line = |part: &str| {
            let at = source.lines().position(|line| line.contains(part));
            at.map(|at| at as u32 + 1).ok_or_else(|| format!("the source has no line with `{part}`"))
        };
        Ok(Lines { block: line("if gate(x)")?, exit: line("> self.sure:")? })
    }
}

/// What one run did: nanoseconds per block that ran, and the stage that answered.
struct Taken {
    blocks: Vec<Option<u64>>,
    exit: usize,
}

impl Taken {
    fn read(lines: &Lines, report: &Report) -> Taken {
        let mut path = Taken { blocks: vec![], exit: 0 };
        for (index, gate) in report.gates.iter().enumerate() {
            let line = gate.at.rsplit(':').nth(1).and_then(|line| line.parse::<u32>().ok());
            if line == Some(lines.block) {
                let calls = calls_after(gate, report.gates.get(index + 1), &report.calls);
                path.blocks.push(gate.taken.then(|| calls.iter().map(|call| call.ns).sum()));
            } else if line == Some(lines.exit) && !gate.taken {
                path.exit += 1;
            }
        }
        path.exit = path.exit.min(STAGES - 1);
        path
    }
}

/// The calls between a gate and the next one. A subnet reaches up to the next decision, so the time of a block includes
/// that of the gate behind it.
fn calls_after<'a>(
    gate: &GateReport,
    next: Option<&GateReport>,
    calls: &'a [CallReport],
) -> &'a [CallReport] {
    &calls[gate.after_calls..next.map_or(calls.len(), |next| next.after_calls)]
}

fn header() -> String {
    let mut header = "image ".to_string();
    for stage in 1..=STAGES {
        for block in 1..=BLOCKS {
            header.push_str(&format!(" {:>7}", format!("{stage}.{block}")));
        }
        header.push_str(" │");
    }
    header.push_str("  blocks  exit       total  class");
    header
}

fn row(number: usize, case: &Case, lines: &Lines, report: &Report, problem: Option<&str>) -> String {
    let path = Taken::read(lines, report);
    let mut row = format!("{number:>5} ");
    for at in 0..STAGES * BLOCKS {
        let cell = match path.blocks.get(at) {
            Some(Some(ns)) => format!("{:.1} µs", *ns as f64 / 1e3),
            Some(None) => "·".to_string(),
            None => String::new(),
        };
        row.push_str(&format!(" {cell:>7}"));
        if (at + 1) % BLOCKS == 0 {
            row.push_str(" │");
        }
    }
    let ran = path.blocks.iter().flatten().count();
    let total = format!("{:.1} µs", report.total_ns as f64 / 1e3);
    let class = case.outputs.first().map_or(0, best);
    row.push_str(&format!("  {ran:>6}  {:>4}  {total:>10}  {class:>5}", path.exit + 1));
    if let Some(problem) = problem {
        row.push_str(&format!("  WRONG: {problem}"));
    }
    row
}

/// The class with the largest logit.
fn best(logits: &braid::Tensor) -> usize {
    (0..logits.len()).max_by(|&a, &b| logits.get_f64(a).total_cmp(&logits.get_f64(b))).unwrap_or(0)
}
