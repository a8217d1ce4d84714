//! The construct matrix: every file gives the right answer, or the expected error at the right line.

use braid::Diagnostic;
use braid_tests::subject::{self, Construct};
use braid_tests::treatment;
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> std::process::ExitCode {
    let trials = subject::constructs()
        .into_iter()
        .map(|construct| {
            let name = construct.subject.name.clone();
            Trial::test(name, move || run(&construct).map_err(Failed::from))
        })
        .collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn run(construct: &Construct) -> Result<(), String> {
    let Some((text, line)) = &construct.error else { return run_cases(construct) };
    match treatment::compile(&construct.subject) {
        Ok(_) => Err(format!("was compiled; it should be refused with `{text}` at line {line}")),
        Err(diagnostic) => judge_diagnostic(&diagnostic, text, *line),
    }
}

fn judge_diagnostic(diagnostic: &Diagnostic, text: &str, line: u32) -> Result<(), String> {
    let shown = diagnostic.render();
    if !shown.to_lowercase().contains(&text.to_lowercase()) {
        return Err(format!("the diagnostic should say `{text}`:\n{shown}"));
    }
    if diagnostic.span.as_ref().map(|span| span.line) != Some(line) {
        return Err(format!("the diagnostic should point at line {line}:\n{shown}"));
    }
    Ok(())
}

fn run_cases(construct: &Construct) -> Result<(), String> {
    let subject = &construct.subject;
    let program = treatment::compile(subject).map_err(|diagnostic| diagnostic.render())?;
    let mut printed = String::new();
    let mut problems = treatment::check(&program, subject, &subject.read_cases(), &mut printed);
    if let Some(expected) = &construct.printed
        && printed != *expected
    {
        problems.push(format!("printed\n{printed}where this was expected\n{expected}"));
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}
