//! Ways to execute a subject that must all give its expected results.

use crate::subject::Subject;
use braid::runtime::cases::Case;
use braid::runtime::{self, Program, RunOptions};
use braid::{Diagnostic, Quiet, verdict};
use braid_ir::eval::{self, EvalError};
use braid_ir::{DType, Net, Tensor};
use std::sync::Arc;

/// Compiles a subject to a loaded program.
///
/// # Errors
/// The diagnostic.
///
/// # Panics
/// If the compiler's own artifact does not load.
pub fn compile(subject: &Subject) -> Result<Program, Diagnostic> {
    let artifact = braid::compile(&subject.options, &Quiet)?;
    Ok(Program::from_bytes(&artifact).expect("a fresh artifact loads"))
}

/// Runs every case on a compiled program; one line per case that went wrong. What the program prints is appended to
/// `printed`.
pub fn check(program: &Program, subject: &Subject, cases: &[Case], printed: &mut String) -> Vec<String> {
    let mut problems = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        let mut printer = |text: &str| printed.push_str(text);
        let options = RunOptions { seed: 0, print: Some(&mut printer), ..RunOptions::default() };
        let result = program.run(&case.borrowed(), options);
        if let Some(problem) = verdict::judge(result, case, subject.tolerance).problem {
            problems.push(format!("case {number}: {problem}"));
        }
    }
    problems
}

/// Compiles and checks.
///
/// # Errors
/// The diagnostic, or one line per case that went wrong.
pub fn compile_and_check(subject: &Subject) -> Result<(), String> {
    let program = compile(subject).map_err(|diagnostic| diagnostic.render())?;
    let problems = check(&program, subject, &subject.read_cases(), &mut String::new());
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

/// What a case gives in the interpreter, as a compiled program would have given it.
///
/// # Errors
/// What the program raises.
pub fn interpret(net: &Net, case: &Case) -> Result<Vec<runtime::Tensor>, runtime::Error> {
    as_run(net, eval::run(net, &inputs(net, case), &eval::Options::default()))
}

/// What the interpreter gave, as a compiled program would have given it.
///
/// # Errors
/// What the program raises.
pub fn as_run(
    net: &Net,
    outcome: Result<eval::Outcome, EvalError>,
) -> Result<Vec<runtime::Tensor>, runtime::Error> {
    match outcome {
        Ok(outcome) => Ok(outcome.outputs.iter().map(|tensor| to_runtime(tensor)).collect()),
        Err(EvalError::Raised { message, loc }) => {
            let file = net.files.get(loc.file as usize).map_or("?", |file| file);
            Err(runtime::Error::Raised { place: format!("{file}:{}:{}", loc.line, loc.col), message })
        }
        Err(error) => Err(runtime::Error::Limit(error.to_string())),
    }
}

/// A case's inputs in the net's order.
///
/// # Panics
/// If one is missing.
pub fn inputs(net: &Net, case: &Case) -> Vec<Arc<Tensor>> {
    net.inputs
        .iter()
        .map(|name| {
            let given = case.inputs.iter().find(|(given, _)| given == name);
            Arc::new(to_ir(&given.unwrap_or_else(|| panic!("the case has no input {name}")).1))
        })
        .collect()
}

/// The same tensor in the interpreter's form.
///
/// # Panics
/// Never: the two crates have the same element types under the same names.
pub fn to_ir(tensor: &runtime::Tensor) -> Tensor {
    let dtype = DType::from_name(&tensor.dtype().to_string()).expect("the element types have the same names");
    Tensor::new(dtype, tensor.shape().to_vec(), tensor.bytes().to_vec())
}

/// The same tensor in the runtime's form.
///
/// # Panics
/// Never: the two crates have the same element types under the same names.
pub fn to_runtime(tensor: &Tensor) -> runtime::Tensor {
    let name = tensor.dtype().name();
    let dtype = runtime::DType::ALL.into_iter().find(|d| d.to_string() == name);
    let dtype = dtype.expect("the element types have the same names");
    runtime::Tensor::new(dtype, tensor.shape(), tensor.bytes()).expect("as many bytes as the shape asks for")
}
