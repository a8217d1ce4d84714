//! `./x bench`: the speed table. Every figure is a median, measured on one thread, and stands beside what is to be
//! reached. Arguments: parts of model names to restrict the first table to.

mod compile;
mod eager;
mod gates;
mod kernels;
mod memory;
mod models;

use std::time::{Duration, Instant};

fn main() {
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let models = models::measure(&wanted);
    let mut rows = vec![
        row(
            "dynamic program against its path as a static net, decisions kept",
            models.kept,
            1.05,
            "×",
            AtMost,
        ),
        row("the same, decisions dropped (optimistic bound)", models.dropped, f64::NAN, "×", AtMost),
        row("PyTorch eager against Braid, the least of the models", models.eager_least, 2.0, "×", AtLeast),
        row("PyTorch eager against Braid, geometric mean", models.eager_mean, 5.0, "×", AtLeast),
        row(
            "one gate of the host program, chain of 1,000",
            Some(gates::nanoseconds_per_gate()),
            100.0,
            "ns",
            AtMost,
        ),
    ];
    let compile = compile::measure();
    rows.push(row("compile SkipNet-38, cold", compile.as_ref().map(|c| c.cold), 10.0, "s", AtMost));
    rows.push(row(
        "compile SkipNet-38, from the kernel cache",
        compile.as_ref().map(|c| c.warm),
        1.0,
        "s",
        AtMost,
    ));
    for target in ["cuda:sm_90", "cuda:sm_90a", "vulkan"] {
        let times = kernels::measure(target);
        let what = format!("generate {} kernels of the models for {target}, mean", times.count);
        rows.push(row(&what, Some(times.mean_ms), 40.0, "ms", AtMost));
        let what = format!("the same, the longest (of {})", times.model);
        rows.push(row(&what, Some(times.longest_ms), 40.0, "ms", AtMost));
    }
    let memory = memory::measure();
    rows.push(row(
        &format!("load an artifact of {:.1} MB", memory.artifact_mb),
        memory.load_ms,
        10.0,
        "ms",
        AtMost,
    ));
    rows.push(row("resident memory beyond weights and arena", memory.beyond_mb, 16.0, "MB", AtMost));
    println!();
    for row in rows {
        println!("{row}");
    }
}

use Direction::{AtLeast, AtMost};

enum Direction {
    AtMost,
    AtLeast,
}

fn row(what: &str, value: Option<f64>, floor: f64, unit: &str, direction: Direction) -> String {
    let Some(value) = value else { return format!("{what:<68} not measured") };
    let (sign, met) = match direction {
        AtMost => ("≤", value <= floor),
        AtLeast => ("≥", value >= floor),
    };
    let goal = match (floor.is_nan(), met) {
        (true, _) => String::new(),
        (false, true) => format!("{sign} {floor} {unit}, reached"),
        (false, false) => format!("{sign} {floor} {unit}, NOT reached"),
    };
    format!("{what:<68} {value:>8.2} {unit:<3} {goal}")
}

/// The median time of `run` in nanoseconds over `budget`, at least five runs, the first not counted.
fn median_ns(budget: Duration, mut run: impl FnMut()) -> f64 {
    run();
    let end = Instant::now() + budget;
    let mut times = Vec::new();
    while times.len() < 5 || Instant::now() < end {
        let start = Instant::now();
        run();
        times.push(start.elapsed().as_nanos() as f64);
    }
    median(&mut times).expect("at least five")
}

/// The median, if there is any value.
fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
