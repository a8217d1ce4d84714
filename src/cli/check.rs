//! `braid check`: results of a compiled program, or of an ONNX model that is compiled for it, against expected ones.

use super::compile::{is_onnx, kernel_cache};
use super::progress::Terminal;
use braid::onnx_suite::{Outcome, TOLERANCE, Test};
use braid::runtime::cases::Tolerance;
use braid::runtime::cli::{self, Execution};
use braid::{CompileOptions, Diagnostic, InputSpec, Machine, OnnxOptions, Program};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(clap::Args)]
pub struct Arguments {
    /// The compiled program, or an .onnx model
    program: PathBuf,
    /// Cases: an .npz with members `I.in.NAME` and `I.out.K`, or `I.error` (type and text of the exception) where the
    /// program must raise
    #[arg(long, value_name = "FILE", required_unless_present = "suite")]
    cases: Option<PathBuf>,
    /// Folder of an ONNX backend test, with test_data_set_N/input_K.pb and output_K.pb, for an .onnx model
    #[arg(long, value_name = "DIR", conflicts_with = "cases")]
    suite: Option<PathBuf>,
    /// Type of an input of an .onnx model, where its own declaration is to be replaced
    #[arg(long, value_name = "NAME=DTYPE[DIMS]", value_parser = InputSpec::parse)]
    input: Vec<InputSpec>,
    /// How far a float may be from the expected one, relative to it [default: 1e-3]
    #[arg(long)]
    rtol: Option<f64>,
    /// How far a float may be from the expected one, absolutely [default: 1e-4; 1e-7 with --suite]
    #[arg(long)]
    atol: Option<f64>,
    #[command(flatten)]
    execution: Execution,
}

pub fn run(arguments: Arguments) -> Result<ExitCode, Diagnostic> {
    let default = if arguments.suite.is_some() { TOLERANCE } else { Tolerance::default() };
    let tolerance = Tolerance {
        rtol: arguments.rtol.unwrap_or(default.rtol),
        atol: arguments.atol.unwrap_or(default.atol),
    };
    if !is_onnx(&arguments.program) {
        if arguments.suite.is_some() || !arguments.input.is_empty() {
            return Err(Diagnostic::new("--suite and --input are for .onnx models".to_string()));
        }
        let program =
            Program::load(&arguments.program).map_err(|error| Diagnostic::new(error.to_string()))?;
        return cases(&program, &arguments, tolerance);
    }
    let model = arguments.program.clone();
    match &arguments.suite {
        Some(folder) => {
            let mut test = Test::read(&model, folder)?;
            test.options.inputs.retain(|own| arguments.input.iter().all(|given| given.name != own.name));
            test.options.inputs.extend(arguments.input.iter().cloned());
            suite(&test, &compile(test.options.clone())?, tolerance)
        }
        None => {
            let program = compile(OnnxOptions { source: model, inputs: arguments.input.clone() })?;
            cases(&program, &arguments, tolerance)
        }
    }
}

fn compile(options: OnnxOptions) -> Result<Program, Diagnostic> {
    let machine = Machine { cache: kernel_cache(), ..Machine::default() };
    let terminal = Terminal::new();
    let artifact = braid::compile(&CompileOptions { source: options.into(), machine }, &terminal)?;
    terminal.clear();
    Program::from_bytes(&artifact).map_err(|error| Diagnostic::new(error.to_string()))
}

fn cases(program: &Program, arguments: &Arguments, tolerance: Tolerance) -> Result<ExitCode, Diagnostic> {
    let file = arguments.cases.as_deref().unwrap_or(Path::new(""));
    cli::check(program, file, tolerance, &arguments.execution).map_err(Diagnostic::new)
}

fn suite(test: &Test, program: &Program, tolerance: Tolerance) -> Result<ExitCode, Diagnostic> {
    let mut failed = 0;
    for (number, data) in test.data.iter().enumerate() {
        let outcome = match data.run(program, tolerance) {
            Outcome::Passed => "ok".to_string(),
            Outcome::Wrong(why) => format!("MISMATCH: {why}"),
            Outcome::Failed(why) => format!("FAILED: {why}"),
        };
        failed += usize::from(outcome != "ok");
        println!("test_data_set_{number}: {outcome}");
    }
    println!("{} of {} data sets agree", test.data.len() - failed, test.data.len());
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
