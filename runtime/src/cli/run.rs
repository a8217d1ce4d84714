//! `braid run`: inputs in, outputs and traces out.

use super::in_case;
use super::table::{Table, duration};
use crate::cases::{self, Case};
use crate::device;
use crate::program::Measurement;
use crate::{Error, Printer, Program, Report, RunOptions, Tensor};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Its arguments.
#[derive(clap::Args)]
pub struct Arguments {
    /// The compiled program
    artifact: PathBuf,
    /// Cases: an .npz with members `I.in.NAME`
    #[arg(long, value_name = "FILE")]
    inputs: PathBuf,
    /// Where the results go: an .npz with members `I.out.K`, or `I.error` (the bytes of the exception's text) for a case
    /// in which the program raises; it is written even so, with exit code 1
    #[arg(long, value_name = "FILE")]
    outputs: Option<PathBuf>,
    /// Where the gates taken and the time of each subnet go, as JSON
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    #[command(flatten)]
    execution: Execution,
}

/// What every command that runs programs takes.
#[derive(clap::Args)]
pub struct Execution {
    /// Seed of the random generator; each case starts from it anew
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Print what the source prints of values that are only known at run time
    #[arg(long)]
    pub print: bool,
    /// Device to run on: cuda:0, vulkan:0 or vulkan (the best one) [default: the CPU]
    #[arg(long, value_name = "NAME")]
    pub device: Option<String>,
    /// Stop a run with an error when its loops, all together, have made so many steps
    #[arg(long, value_name = "N")]
    pub max_steps: Option<u64>,
}

/// A case's trace in the user's terms, as the JSON file has it.
#[derive(serde::Serialize)]
struct TracedCase {
    case: u64,
    #[serde(flatten)]
    report: Report,
}

pub(super) fn run(arguments: Arguments) -> Result<ExitCode, String> {
    let program = arguments.execution.load(&arguments.artifact)?;
    let mut cases = cases::read(&arguments.inputs).map_err(|error| error.to_string())?;
    let mut traces = Vec::new();
    let mut raised = 0;
    for case in &mut cases {
        let number = case.number;
        let result = if arguments.trace.is_some() {
            let (result, report) = arguments.execution.traced(&program, case);
            traces.push(TracedCase { case: number, report });
            result
        } else {
            arguments.execution.run(&program, case)
        };
        (case.outputs, case.error) = match result {
            Ok(outputs) => (outputs, None),
            // An exception is a result of the program's: the other cases have theirs. Whatever else is wrong is wrong
            // with what was given.
            Err(Error::Raised { place, message }) => {
                let error = Error::Raised { place, message: message.clone() };
                eprintln!("error: {}", in_case(number)(error));
                raised += 1;
                (vec![], Some(message))
            }
            Err(error) => return Err(in_case(number)(error)),
        };
        case.inputs.clear();
    }
    if let Some(path) = &arguments.trace {
        let text = serde_json::to_vec_pretty(&traces).expect("a report is plain data");
        crate::artifact::write_file(path, &text)
            .map_err(|e| format!("cannot write {}: {e}", path.display()))?;
    }
    match &arguments.outputs {
        Some(path) => cases::write(path, &cases).map_err(|error| error.to_string())?,
        None => print_outputs(&cases, &traces),
    }
    Ok(if raised == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Without a file for the results, their types are shown.
fn print_outputs(cases: &[Case], traces: &[TracedCase]) {
    let mut table = Table::new(&["case", "outputs", "time"]).text(1);
    for (position, case) in cases.iter().enumerate() {
        let values =
            || case.outputs.iter().map(|o| format!("{}{:?}", o.dtype(), o.shape())).collect::<Vec<_>>();
        let shown = case.error.as_ref().map_or_else(|| values().join(" "), |error| format!("raises {error}"));
        let time = traces.get(position).map_or_else(String::new, |traced| duration(traced.report.total_ns));
        table.row([case.number.to_string(), shown, time]);
    }
    table.print();
}

impl Execution {
    /// Loads a program, onto the device if one is named.
    pub fn load(&self, artifact: &Path) -> Result<Program, String> {
        let load = || {
            let mut program = Program::load(artifact)?;
            if let Some(name) = &self.device {
                program.use_device(device::open(name)?)?;
            }
            Ok(program)
        };
        load().map_err(|error: Error| error.to_string())
    }

    /// Runs one case.
    pub fn run(&self, program: &Program, case: &Case) -> Result<Vec<Tensor>, Error> {
        program.run(&case.borrowed(), self.options(&mut |text| print!("{text}")))
    }

    /// Runs one case and says what each launch on the device took.
    pub(super) fn measure(&self, program: &Program, case: &Case) -> Result<Measurement, Error> {
        program.measure(&case.borrowed(), self.options(&mut |text| print!("{text}")))
    }

    /// Runs one case and says what happened.
    fn traced(&self, program: &Program, case: &Case) -> (Result<Vec<Tensor>, Error>, Report) {
        let mut printer = |text: &str| print!("{text}");
        let (outputs, trace) = program.run_traced(&case.borrowed(), self.options(&mut printer));
        (outputs, trace.report(program.manifest()))
    }

    fn options<'a>(&self, printer: Printer<'a>) -> RunOptions<'a> {
        let print = self.print.then_some(printer);
        RunOptions { seed: self.seed, print, forced: &[], max_steps: self.max_steps }
    }
}
