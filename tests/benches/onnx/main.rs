//! `./x bench onnx`: the ONNX table. Every time is a median, measured on one thread; with `BRAID_ONNX_PYTHON` ONNX Runtime
//! stands beside it, measured right before on the same inputs, and the results of both are compared. Arguments: parts of
//! names of models to restrict the table to.

mod build;
mod peer;
mod subjects;

use braid::runtime::cases::{self, Case, Tolerance};
use braid::{CompileOptions, Machine, OnnxOptions, Program, Quiet, RunOptions};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use subjects::Subject;

/// How long a case is repeated.
const BUDGET: Duration = Duration::from_millis(300);

fn main() {
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let folder = braid_tests::scratch("bench_onnx");
    let mut subjects = subjects::all(&folder);
    subjects.retain(|s| wanted.is_empty() || wanted.iter().any(|part| s.name.contains(part)));
    if std::env::var_os("BRAID_ONNX_PYTHON").is_none() {
        println!("without ONNX Runtime: BRAID_ONNX_PYTHON names no Python that has it\n");
    }
    println!("{:<42} {:>12} {:>10} {:>7}  to reach", "what", "ONNX Rt. µs", "Braid µs", "ratio");
    let mut costs = Vec::new();
    for subject in &subjects {
        costs.push(match measure(subject, &folder) {
            Ok(cost) => cost,
            Err(problem) => format!("{:<22} {}", subject.name, problem.lines().next().unwrap_or_default()),
        });
    }
    println!(
        "\n{:<22} {:>12} {:>9} {:>10} {:>16} {:>9} {:>12}",
        "model", "artifact MB", "load ms", "compile s", "ONNX Rt. load ms", "peak MB", "ONNX Rt. MB"
    );
    costs.iter().for_each(|cost| println!("{cost}"));
}

/// Prints the rows of a subject; gives the line about what it costs beside time.
fn measure(subject: &Subject, folder: &Path) -> Result<String, String> {
    let results = folder.join("peer.npz");
    let peer = peer::measure(subject, &results);
    let source = OnnxOptions { source: subject.model.clone(), inputs: vec![] };
    // Without a cache: what a first compilation takes.
    let options = CompileOptions { source: source.into(), machine: Machine::default() };
    let start = Instant::now();
    let artifact = braid::compile(&options, &Quiet).map_err(|diagnostic| diagnostic.render())?;
    let compile = start.elapsed().as_secs_f64();
    let program = Program::from_bytes(&artifact).map_err(|error| error.to_string())?;
    let expected = peer.is_some().then_some(results.as_path());
    let cases = cases::read(expected.unwrap_or(&subject.cases)).map_err(|error| error.to_string())?;
    for row in &subject.rows {
        let time = |case: usize| median_ns(&program, &cases[case]);
        let braid = (time(row.case)? - row.less.map_or(Ok(0.0), time)?) / row.per / 1e3;
        let other = peer.as_ref().map(|peer| {
            (peer.cases[row.case] - row.less.map_or(0.0, |less| peer.cases[less])) / row.per / 1e3
        });
        let reached = |goal| if braid <= goal { "reached" } else { "NOT reached" };
        println!(
            "{:<42} {:>12} {:>10} {:>7}  {}",
            row.what,
            other.map_or("-".into(), three_digits),
            three_digits(braid),
            other.map_or("-".into(), |other| format!("{:.1}×", other / braid)),
            row.goal.map_or(String::new(), |goal| format!("≤ {goal} µs, {}", reached(goal)))
        );
    }
    for case in cases.iter().filter(|_| expected.is_some()) {
        let outputs = program.run(&case.borrowed(), RunOptions::default()).map_err(|e| e.to_string())?;
        if outputs.len() != case.outputs.len() {
            return Err(format!("it has {} results, not {}", outputs.len(), case.outputs.len()));
        }
        for (output, expected) in outputs.iter().zip(&case.outputs) {
            let difference = cases::compare(output, expected, Tolerance::default())?;
            if difference.outside > 0 {
                return Err(format!("case {} differs from ONNX Runtime's result", case.number));
            }
        }
    }
    let file = folder.join("program.braid");
    std::fs::write(&file, &artifact).map_err(|error| error.to_string())?;
    let (load, peak) = resident(&file, &subject.cases).unzip();
    let shown = |value: Option<f64>| value.map_or("-".into(), |value| format!("{value:.2}"));
    Ok(format!(
        "{:<22} {:>12.2} {:>9} {:>10.2} {:>16} {:>9} {:>12}",
        subject.name,
        artifact.len() as f64 / 1e6,
        shown(load.map(|ns| ns / 1e6)),
        compile,
        shown(peer.as_ref().map(|peer| peer.load_ns / 1e6)),
        shown(peak.map(|bytes| bytes / 1e6)),
        shown(peer.map(|peer| peer.peak_bytes / 1e6))
    ))
}

/// Nanoseconds to load, and the most bytes that were resident, of a process that has the runtime alone
/// (`runtime/examples/resident.rs`, whose binary `BRAID_RESIDENT` names).
fn resident(artifact: &Path, cases: &Path) -> Option<(f64, f64)> {
    let binary = std::env::var_os("BRAID_RESIDENT")?;
    let output = Command::new(binary).arg(artifact).arg(cases).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let field = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.trim().parse::<f64>().ok());
    field("load_ns").zip(field("peak_bytes"))
}

/// The median time of a case, the first run not counted.
fn median_ns(program: &Program, case: &Case) -> Result<f64, String> {
    let inputs = case.borrowed();
    let mut times = Vec::new();
    let mut end = Instant::now() + BUDGET;
    while times.len() < 6 || Instant::now() < end {
        let start = Instant::now();
        let result = program.run(&inputs, RunOptions::default()).map_err(|error| error.to_string())?;
        times.push(start.elapsed().as_nanos() as f64);
        drop(result);
        if times.len() == 1 {
            end = Instant::now() + BUDGET;
        }
    }
    times.remove(0);
    times.sort_unstable_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

/// A number with three digits that count.
fn three_digits(value: f64) -> String {
    let digits = if value >= 100.0 {
        0
    } else if value >= 10.0 {
        1
    } else if value >= 1.0 {
        2
    } else {
        3
    };
    format!("{value:.digits$}")
}
