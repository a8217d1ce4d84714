//! The construct matrix: every file gives the right answer, or the expected error at the right line.

use braid::Diagnostic;
use braid_tests::subject::{self, Construct};
use braid_tests::suite::{self, Named};
use braid_tests::treatment;

fn main() -> std::process::ExitCode {
    let trials: Vec<Named> = subject::constructs()
        .into_iter()
        .map(|construct| {
            let name = construct.subject.name.clone();
            (name, Box::new(move || run(&construct)) as _)
        })
        .collect();
    suite::run("constructs", trials)
}

fn run(construct: &Construct) -> Result<(), String> {
    let Some(text) = &construct.error else { return run_cases(construct) };
    match treatment::compile(&construct.subject) {
        Ok(_) => Err(format!("was compiled; it should be refused with `{text}`")),
        Err(diagnostic) => judge_diagnostic(&diagnostic, text, construct.error_line),
    }
}

fn judge_diagnostic(diagnostic: &Diagnostic, text: &str, line: Option<u32>) -> Result<(), String> {
    let shown = diagnostic.render();
    if !shown.to_lowercase().contains(&text.to_lowercase()) {
        return Err(format!("the diagnostic should say `{text}`:\n{shown}"));
    }
    if line.is_some() && diagnostic.span.as_ref().map(|span| span.line) != line {
        return Err(format!("the diagnostic should point at line {line:?}:\n{shown}"));
    }
    Ok(())
}

fn run_cases(construct: &Construct) -> Result<(), String> {
    let subject = &construct.subject;
    let program = match (treatment::compile(subject), &construct.may_refuse) {
        (Ok(program), _) => program,
        (Err(diagnostic), Some(text)) => return judge_diagnostic(&diagnostic, text, None),
        (Err(diagnostic), None) => return Err(diagnostic.render()),
    };
    let mut printed = String::new();
    let mut problems = treatment::check(&program, subject, &subject.read_cases(), &mut printed);
    if let Some(expected) = &construct.printed
        && printed != *expected
    {
        problems.push(format!("printed\n{printed}where this was expected\n{expected}"));
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}
