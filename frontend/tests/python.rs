//! The Python evaluator on small programs: what each prints, or the diagnostic it ends with.
//!
//! A program `NAME.py` with `NAME.out` must print that text, which CPython 3.11 wrote; one with `NAME.err` must end with
//! the diagnostic `LINE: MESSAGE` in it. `generate.py` makes the outputs. Programs in folders are modules that others
//! import.

use braid_frontend::python::session::Session;
use braid_frontend::python::vm::Limits;
use braid_frontend::{InputSpec, PythonOptions, python};
use braid_ir::{DType, Scalar, Tensor, eval};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The programs of a folder whose names contain `BRAID_PYTHON_TEST`, if that is set.
fn programs(folder: &str) -> Vec<PathBuf> {
    let only = std::env::var("BRAID_PYTHON_TEST").unwrap_or_default();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = std::fs::read_dir(&folder).expect("the folder of programs is part of the repository");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.with_extension("out").exists() || path.with_extension("err").exists())
        .filter(|path| path.extension().is_some_and(|extension| extension == "py"))
        .filter(|path| path.to_string_lossy().contains(&only))
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
                if shown.trim() == expected.trim() {
                    Ok(())
                } else {
                    Err(format!("expected {expected}got      {shown}\n{}", error.render()))
                }
            }
        };
    }
    let expected = read("out").unwrap_or_default();
    if let Err(error) = result {
        return Err(format!("{}after printing\n{}", error.render(), session.vm.printed));
    }
    compare(&session.vm.printed, &expected)
}

/// The first line in which a text differs from what is expected.
fn compare(printed: &str, expected: &str) -> Result<(), String> {
    match printed.lines().zip(expected.lines()).enumerate().find(|(_, (ours, theirs))| ours != theirs) {
        Some((at, (ours, theirs))) => {
            Err(format!("line {} of the output\n  expected {theirs}\n  got      {ours}\n", at + 1))
        }
        None if printed != expected => {
            Err(format!("{} lines printed, {} expected\n", printed.lines().count(), expected.lines().count()))
        }
        None => Ok(()),
    }
}

/// Runs a check on every program of a folder and says which fail.
fn check_all(folder: &str, check: fn(&Path) -> Result<(), String>) {
    let programs = programs(folder);
    let failures: Vec<String> = programs
        .iter()
        .filter_map(|path| {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            check(path).err().map(|why| format!("== {name}: {why}"))
        })
        .collect();
    assert!(
        failures.is_empty(),
        "{} of {} programs failed\n{}",
        failures.len(),
        programs.len(),
        failures.join("\n")
    );
}

#[test]
fn programs_do_as_in_cpython() {
    check_all("tests/python", check);
}

/// Compiles `f(n, i, v, b)` for numbers known only at run time and runs it for the sets of `generate.py`.
fn check_scalars(path: &Path) -> Result<(), String> {
    let input = |text: &str| InputSpec::parse(text).expect("inputs are written right");
    let options = PythonOptions {
        source: path.to_path_buf(),
        build: "lambda x, i, v, b: (f(x.shape[0], i.item(), v.item(), b.item()), x)[1]".to_owned(),
        inputs: ["x=f32[n]", "i=i64[]", "v=f64[]", "b=bool[]"].map(input).to_vec(),
        ..PythonOptions::default()
    };
    let net = python::compile(&options).map_err(|error| error.render())?;
    let mut printed = String::new();
    for (n, i, v, b) in [(4, 3, 2.5, true), (1, -2, -0.75, false)] {
        let inputs = [
            Tensor::f32(&[n], &vec![0.0; n]),
            Tensor::scalar(Scalar::i64(i)),
            Tensor::scalar(Scalar::from_f64(DType::F64, v)),
            Tensor::scalar(Scalar::Bool(b)),
        ];
        let outcome = eval::run(&net, &inputs.map(Arc::new), &eval::Options::default())
            .map_err(|error| error.to_string())?;
        outcome.printed.iter().for_each(|piece| printed.push_str(piece));
        printed.push_str("--\n");
    }
    compare(&printed, &std::fs::read_to_string(path.with_extension("out")).unwrap_or_default())
}

#[test]
fn run_time_scalars_do_as_in_cpython() {
    check_all("tests/python/scalars", check_scalars);
}
