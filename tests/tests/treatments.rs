//! Treatments: whatever is done to a model's net, it still gives what PyTorch gave. Each net is interpreted as it was read,
//! printed and read back, after each pass, and with its symbolic dimensions bound to those of each case. (Compiled, it is
//! checked by `models`, `constructs` and `paths`.)

use braid::PythonOptions;
use braid::runtime::cases::Case;
use braid::verdict::judge;
use braid_ir::text::{Printer, parse_net};
use braid_ir::verify::verify;
use braid_ir::{Net, Term};
use braid_passes::{Events, default_pipeline, find_pass};
use braid_tests::subject::{self, Subject};
use braid_tests::suite::{self, Named};
use braid_tests::treatment;

/// The interpreter is slow: so many cases of each subject.
const CASES: usize = 4;

fn main() -> std::process::ExitCode {
    // A file that may be refused is not certain to have a net.
    let constructs =
        subject::constructs().into_iter().filter(|c| c.error.is_none() && c.may_refuse.is_none());
    let trials: Vec<Named> = subject::models()
        .into_iter()
        .chain(constructs.map(|construct| construct.subject))
        .map(|subject| (subject.name.clone(), Box::new(move || treat(&subject)) as _))
        .collect();
    suite::run("treatments", trials)
}

fn treat(subject: &Subject) -> Result<(), String> {
    let mut cases = subject.read_cases();
    cases.truncate(CASES);
    let mut net = braid::read(&subject.options.source).map_err(|d| d.render())?;
    interpret(&net, subject, &cases, "as it was read")?;
    let whole = Printer { elements_max: usize::MAX, places: true };
    let text = whole.net(&net);
    let read = parse_net(&text).map_err(|e| format!("the printed net does not parse: {e}"))?;
    if whole.net(&read) != text {
        return Err("the net reads back as another".to_string());
    }
    interpret(&read, subject, &cases, "read back")?;
    for name in default_pipeline() {
        let pass = find_pass(name).ok_or_else(|| format!("there is no pass {name}"))?;
        (pass.run)(&mut net, &mut Events::default());
        interpret(&net, subject, &cases, &format!("after {name}"))?;
    }
    let symbolic =
        subject.python().inputs.iter().any(|input| input.dims.iter().any(|d| d.as_int().is_none()));
    if symbolic {
        for case in &cases {
            match (braid::read(&bound(subject, case)?.into()), &case.error) {
                (Ok(net), _) => {
                    interpret(&net, subject, std::slice::from_ref(case), "with bound dimensions")?
                }
                // What these dimensions certainly raise is told when compiling.
                (Err(diagnostic), Some(error)) if diagnostic.message.contains(error) => {}
                (Err(diagnostic), _) => {
                    return Err(format!("with bound dimensions: {}", diagnostic.render()));
                }
            }
        }
    }
    Ok(())
}

fn interpret(net: &Net, subject: &Subject, cases: &[Case], how: &str) -> Result<(), String> {
    verify(net).map_err(|errors| format!("{how}, the net is not valid: {}", errors[0]))?;
    for (number, case) in cases.iter().enumerate() {
        if let Some(problem) = judge(treatment::interpret(net, case), case, subject.tolerance).problem {
            return Err(format!("{how}, case {number}: {problem}"));
        }
    }
    Ok(())
}

/// The subject with the dimensions that this case's inputs have.
fn bound(subject: &Subject, case: &Case) -> Result<PythonOptions, String> {
    let mut source = subject.python().clone();
    for input in &mut source.inputs {
        let (_, tensor) = case
            .inputs
            .iter()
            .find(|(name, _)| *name == input.name)
            .ok_or_else(|| format!("no input {}", input.name))?;
        input.dims = tensor.shape().iter().map(|&extent| Term::from(extent)).collect();
    }
    Ok(source)
}
