//! Ways to execute a subject that must all give its expected results.

use crate::subject::Subject;
use braid::runtime::cases::Case;
use braid::runtime::{Program, RunOptions};
use braid::{Diagnostic, Quiet, verdict};

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
        let options = RunOptions { seed: 0, print: Some(&mut printer), forced: &[] };
        let result = program.run(&case.borrowed(), options);
        if let Some(problem) = verdict::judge(result, case, subject.tolerance).problem {
            problems.push(format!("case {number}: {problem}"));
        }
    }
    problems
}

/// Compiles and checks; the text says what went wrong.
///
/// # Errors
/// The diagnostic, or one line per case.
pub fn compile_and_check(subject: &Subject) -> Result<(), String> {
    let program = compile(subject).map_err(|diagnostic| diagnostic.render())?;
    let problems = check(&program, subject, &subject.read_cases(), &mut String::new());
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}
