//! The Python evaluator on small programs: what each prints, or the diagnostic it ends with.
//!
//! A program `NAME.py` with `NAME.out` must print that text, which CPython 3.11 wrote; one with `NAME.err` must end with
//! the diagnostic `LINE: MESSAGE` in it. `generate.py` makes the outputs. Programs in folders are modules that others
//! import.

use braid_frontend::python::session::Session;
use braid_frontend::python::vm::Limits;
use std::path::{Path, PathBuf};

fn programs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python");
    let entries = std::fs::read_dir(&folder).expect("the folder of programs is part of the repository");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.with_extension("out").exists() || path.with_extension("err").exists())
        .filter(|path| path.extension().is_some_and(|extension| extension == "py"))
        .collect();
    paths.sort();
    paths
}

/// What is wrong with a program's run, if anything.
fn check(path: &Path) -> Result<(), String> {
    let folder = path.parent().expect("a file is in a folder").to_path_buf();
    // A program that does not end is to be told so soon.
    let limits = Limits { steps_max: 2_000_000, ..Limits::default() };
    let mut session = Session::new(vec![folder], limits).map_err(|error| error.render())?;
    let result = session.import_file(path);
    let read = |extension| std::fs::read_to_string(path.with_extension(extension)).ok();
    if let Some(expected) = read("err") {
        return match result {
            Ok(_) => Err(format!("ended well, but was to end with {expected}")),
            Err(error) => {
                let line = error.span.as_ref().map_or(0, |span| span.line);
                let shown = format!("{line}: {}", error.message);
                if shown.trim() == expected.trim() { Ok(()) } else { Err(format!("expected {expected}got      {shown}\n{}", error.render())) }
            }
        };
    }
    let expected = read("out").unwrap_or_default();
    if let Err(error) = result {
        return Err(format!("{}after printing\n{}", error.render(), session.vm.printed));
    }
    match session.vm.printed.lines().zip(expected.lines()).enumerate().find(|(_, (ours, theirs))| ours != theirs) {
        Some((at, (ours, theirs))) => Err(format!("line {} of the output\n  expected {theirs}\n  got      {ours}\n", at + 1)),
        None if session.vm.printed != expected => Err(format!(
            "{} lines printed, {} expected\n",
            session.vm.printed.lines().count(),
            expected.lines().count()
        )),
        None => Ok(()),
    }
}

#[test]
fn programs_do_as_in_cpython() {
    let only = std::env::var("BRAID_PYTHON_TEST").unwrap_or_default();
    let programs: Vec<PathBuf> =
        programs().into_iter().filter(|path| path.to_string_lossy().contains(&only)).collect();
    assert!(!programs.is_empty(), "no programs found");
    let failures: Vec<String> = programs
        .iter()
        .filter_map(|path| {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            check(path).err().map(|why| format!("== {name}: {why}"))
        })
        .collect();
    assert!(failures.is_empty(), "{} of {} programs failed\n{}", failures.len(), programs.len(), failures.join("\n"));
}
