//! Models: Braid against its own taken path compiled as a static net, and against PyTorch eager.

use crate::{eager, median};
use braid::runtime::cases::Case;
use braid::{Program, Quiet, RunOptions};
use braid_ir::Net;
use braid_tests::straighten::{Decisions, straighten};
use braid_tests::subject::{self, Subject};
use std::time::{Duration, Instant};

/// Cases per model; each needs two static nets compiled.
const CASES: usize = 3;
const BUDGET: Duration = Duration::from_millis(150);

/// The figures over all models.
pub struct Figures {
    /// Median of dynamic time over static time, decisions kept.
    pub kept: Option<f64>,
    /// The same, decisions dropped.
    pub dropped: Option<f64>,
    /// Least of eager time over Braid time.
    pub eager_least: Option<f64>,
    /// Geometric mean of eager time over Braid time.
    pub eager_mean: Option<f64>,
}

/// One model's times in nanoseconds, per case.
struct Times {
    dynamic: Vec<f64>,
    kept: Vec<f64>,
    dropped: Vec<f64>,
}

/// Measures all models whose names contain one of `wanted`, or all.
pub fn measure(wanted: &[String]) -> Figures {
    let mut subjects = subject::models();
    subjects.extend(subject::dycl());
    subjects.retain(|s| wanted.is_empty() || wanted.iter().any(|part| s.name.contains(part)));
    let eager = eager::measure(&subjects, CASES);
    println!(
        "{:<22} {:>12} {:>12} {:>9} {:>14} {:>17}",
        "model", "eager µs", "braid µs", "speed-up", "static, kept", "static, dropped"
    );
    let (mut kept, mut dropped, mut speed_ups) = (vec![], vec![], vec![]);
    for subject in &subjects {
        let times = match measure_model(subject) {
            Ok(times) => times,
            Err(problem) => {
                println!("{:<22} {}", subject.name, problem.lines().next().unwrap_or_default());
                continue;
            }
        };
        let ratio =
            |other: &[f64]| mean(times.dynamic.iter().zip(other).map(|(dynamic, other)| dynamic / other));
        let (with, without) = (ratio(&times.kept), ratio(&times.dropped));
        let braid = mean(times.dynamic.iter().copied());
        let eager = eager.get(&subject.name).map(|cases| mean(cases.iter().copied()));
        let speed_up = eager.map(|eager| eager / braid);
        let shown = |value: Option<f64>| value.map_or_else(|| "-".to_string(), |value| format!("{value:.1}"));
        println!(
            "{:<22} {:>12} {:>12.1} {:>9} {:>14.3} {:>17.3}",
            subject.name,
            shown(eager.map(|ns| ns / 1e3)),
            braid / 1e3,
            shown(speed_up),
            with,
            without
        );
        kept.push(with);
        dropped.push(without);
        speed_ups.extend(speed_up);
    }
    let geometric = (!speed_ups.is_empty())
        .then(|| (speed_ups.iter().map(|s| s.ln()).sum::<f64>() / speed_ups.len() as f64).exp());
    Figures {
        kept: median(&mut kept),
        dropped: median(&mut dropped),
        eager_least: speed_ups.iter().copied().reduce(f64::min),
        eager_mean: geometric,
    }
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

fn measure_model(subject: &Subject) -> Result<Times, String> {
    let net = braid::read(&subject.options.source).map_err(|d| d.render())?;
    let net = braid::optimise(net).map_err(|d| d.render())?;
    let dynamic = load(&net)?;
    let mut times = Times { dynamic: vec![], kept: vec![], dropped: vec![] };
    for case in subject.read_cases().iter().take(CASES) {
        let (outputs, trace) = dynamic.run_traced(&case.borrowed(), RunOptions::default());
        outputs.map_err(|e| e.to_string())?;
        let path = |decisions| -> Result<Program, String> {
            let net = straighten(&net, &trace.path(), decisions).map_err(|e| e.to_string())?;
            load(&braid::optimise(net).map_err(|d| d.render())?)
        };
        let (kept, dropped) = (path(Decisions::Kept)?, path(Decisions::Dropped)?);
        let [a, b, c] = interleaved([&dynamic, &kept, &dropped], case);
        times.dynamic.push(a);
        times.kept.push(b);
        times.dropped.push(c);
    }
    Ok(times)
}

fn load(net: &Net) -> Result<Program, String> {
    let artifact = braid::build(net, &subject::machine(), &Quiet).map_err(|d| d.render())?;
    Program::from_bytes(&artifact).map_err(|e| e.to_string())
}

/// Median times of programs on one case, taken in turns so that a change of the machine's speed meets all alike.
fn interleaved(programs: [&Program; 3], case: &Case) -> [f64; 3] {
    let inputs = case.borrowed();
    let mut times = [vec![], vec![], vec![]];
    let end = Instant::now() + 3 * BUDGET;
    while times[0].len() < 10 || Instant::now() < end {
        for (program, times) in programs.iter().zip(&mut times) {
            let start = Instant::now();
            let result = program.run(&inputs, RunOptions::default());
            times.push(start.elapsed().as_nanos() as f64);
            drop(result);
        }
    }
    times.map(|mut times| median(&mut times[2..]).expect("at least ten"))
}
