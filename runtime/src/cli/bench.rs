//! `braid bench`: how long each case takes.

use super::in_case;
use super::run::Execution;
use super::table::{Table, duration};
use crate::Program;
use crate::cases::{self, Case};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Its arguments.
#[derive(clap::Args)]
pub struct Arguments {
    /// The compiled program
    artifact: PathBuf,
    /// Cases: an .npz with members `I.in.NAME`
    #[arg(long, value_name = "FILE")]
    cases: PathBuf,
    /// How long each case is repeated, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 200)]
    time: u64,
    /// Then take the time of each kernel on the device, and how much of it its bytes alone would take
    #[arg(long)]
    kernels: bool,
    #[command(flatten)]
    execution: Execution,
}

pub(super) fn run(arguments: Arguments) -> Result<ExitCode, String> {
    let program = arguments.execution.load(&arguments.artifact)?;
    let cases = cases::read(&arguments.cases).map_err(|error| error.to_string())?;
    let mut table = Table::new(&["case", "runs", "median", "fastest"]);
    for case in &cases {
        let end = Instant::now() + Duration::from_millis(arguments.time);
        let mut times = Vec::new();
        while times.is_empty() || Instant::now() < end {
            let start = Instant::now();
            arguments.execution.run(&program, case).map_err(in_case(case.number))?;
            times.push(start.elapsed().as_nanos() as u64);
        }
        times.sort_unstable();
        let median = times[times.len() / 2];
        table.row([case.number.to_string(), times.len().to_string(), duration(median), duration(times[0])]);
    }
    table.print();
    if arguments.kernels {
        print_kernels(&arguments.execution, &program, &cases)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs whose launches are timed; of each launch the median counts.
const TIMED_RUNS: usize = 9;

/// What the kernels of all cases took, the longest first. A time holds what it costs to start a kernel.
fn print_kernels(execution: &Execution, program: &Program, cases: &[Case]) -> Result<(), String> {
    #[derive(Clone, Copy, Default)]
    struct Sum {
        launches: u64,
        seconds: f64,
        bytes: u64,
    }
    let mut sums: BTreeMap<usize, Sum> = BTreeMap::new();
    let (mut bandwidth, mut graphs) = (None, Vec::new());
    for case in cases {
        let (mut runs, mut graph) = (Vec::new(), Vec::new());
        for _ in 0..TIMED_RUNS {
            let measured = execution.measure(program, case).map_err(in_case(case.number))?;
            bandwidth = measured.bandwidth;
            runs.push(measured.launches);
            graph.extend(measured.graph);
        }
        graph.sort_unstable_by(f64::total_cmp);
        graphs.extend(graph.get(graph.len() / 2));
        let launches = runs.iter().map(Vec::len).min().unwrap_or(0);
        for number in 0..launches {
            let mut times: Vec<f64> = runs.iter().map(|run| run[number].seconds).collect();
            times.sort_unstable_by(f64::total_cmp);
            let launch = runs[0][number];
            let sum = sums.entry(launch.kernel).or_default();
            sum.launches += 1;
            sum.seconds += times[times.len() / 2];
            sum.bytes += launch.bytes;
        }
    }
    let mut sums: Vec<(usize, Sum)> = sums.into_iter().collect();
    sums.sort_by(|(_, a), (_, b)| b.seconds.total_cmp(&a.seconds));
    let name = execution.device.as_deref().unwrap_or_default();
    let kind = name.split(':').next().unwrap_or_default();
    let code = program.manifest().devices.iter().find(|code| code.target.starts_with(kind));
    let nanoseconds = |seconds: f64| duration((seconds * 1e9) as u64);
    let mut table = Table::new(&["kernel", "launches", "all", "each", "bytes of each", "floor of each"]);
    for (kernel, sum) in &sums {
        let each = sum.launches as f64;
        let bytes = sum.bytes as f64 / each;
        table.row([
            code.and_then(|code| code.kernels.get(*kernel))
                .map_or_else(|| kernel.to_string(), |k| k.name.clone()),
            sum.launches.to_string(),
            nanoseconds(sum.seconds),
            nanoseconds(sum.seconds / each),
            format!("{bytes:.0}"),
            bandwidth.map_or_else(|| "?".to_string(), |per_second| nanoseconds(bytes / per_second)),
        ]);
    }
    println!();
    table.print();
    let (launches, seconds) =
        sums.iter().fold((0, 0.0), |(n, time), (_, sum)| (n + sum.launches, time + sum.seconds));
    println!("{launches} launches in {} cases, {}", cases.len(), nanoseconds(seconds));
    if !graphs.is_empty() {
        let seconds: f64 = graphs.iter().sum();
        println!(
            "{} cases as graphs, one after the other on the device, {}",
            graphs.len(),
            nanoseconds(seconds)
        );
    }
    Ok(())
}
