//! The style as a test: which crate may depend on which, where operators may be named, where compilers of other people
//! may be used, how long a file may be.

use braid_tests::repository;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Crates of ours and the crates of ours that each may depend on.
const MAY_DEPEND_ON: [(&str, &[&str]); 7] = [
    ("ir", &[]),
    ("frontend", &["braid-ir"]),
    ("passes", &["braid-ir", "braid-symbolic"]),
    ("symbolic", &["braid-ir"]),
    ("macros", &["braid-symbolic"]),
    ("backend", &["braid-ir", "braid-runtime", "braid-symbolic"]),
    ("runtime", &[]),
];

/// Other people's engines, and the one place where each may be used; `None` where it may not be used at all.
const ENGINES: [(&str, &str); 5] = [
    ("egg", "symbolic/src/egraph/engine.rs"),
    ("melior", "backend/src/kernel/mlir.rs"),
    ("mlir_sys", "backend/src/kernel/mlir.rs"),
    ("inkwell", "backend/src/kernel/llvm"),
    ("cranelift", "backend/src/host/"),
];

const LINES_MAX: usize = 1200;

/// Places on the machine of whoever wrote a file, and nothing that belongs into a repository. Split, so that this file
/// does not contain them itself.
const MACHINE_PATHS: [&str; 3] = [concat!("/wo", "rk/"), concat!("/tm", "p/"), concat!("/ro", "ot/")];

/// Files under version control below `folder` with this extension.
fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![repository(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name();
            if path.is_dir() {
                if name != "target" && name != ".git" && name != "__pycache__" {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|e| e == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The path as it is called in the repository.
fn called(path: &Path) -> String {
    let root = repository("");
    path.strip_prefix(&root).unwrap_or(path).display().to_string()
}

/// Fails with one line per finding.
fn none(findings: Vec<String>) {
    assert!(findings.is_empty(), "\n{}", findings.join("\n"));
}

/// The part of a source file before its unit tests.
fn product(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}

#[test]
fn dependency_direction() {
    let mut findings = Vec::new();
    for (name, allowed) in MAY_DEPEND_ON {
        let manifest = read(&repository(&format!("{name}/Cargo.toml")));
        let dependencies = manifest.split("[dependencies]").nth(1).unwrap_or("");
        let dependencies = dependencies.split("\n[").next().unwrap_or("");
        for line in dependencies.lines().filter(|line| line.starts_with("braid")) {
            let dependency = line.split(['.', ' ', '=']).next().unwrap_or("");
            if !allowed.contains(&dependency) {
                findings.push(format!("{name} depends on {dependency}"));
            }
        }
    }
    none(findings);
}

#[test]
fn engines_stay_in_their_modules() {
    let mut findings = Vec::new();
    for path in files("", "rs") {
        let name = called(&path);
        if name.starts_with("tests/") {
            continue;
        }
        for line in read(&path).lines() {
            let code = line.trim_start();
            if code.starts_with("//") {
                continue;
            }
            for (engine, place) in ENGINES {
                let used =
                    code.contains(&format!("{engine}::")) || code.contains(&format!("{engine}_codegen::"));
                if used && !name.starts_with(place) {
                    findings.push(format!("{name} uses {engine}, which belongs into {place}: {code}"));
                }
            }
        }
    }
    none(findings);
}

/// An operator is one row. A name in another place is a second enumeration of operators. Importers name what they
/// import into, passes name the operators that they build; both do so in the files listed here.
#[test]
fn operators_are_named_in_the_table_only() {
    /// Folders and files that build operators by name, and the symbolic library, which has none but its own names.
    const BUILDERS: [&str; 7] = [
        "symbolic/",
        "ir/src/ops/",
        "ir/src/net/builder.rs",
        "frontend/",
        "passes/",
        "tests/",
        "runtime/src/library/",
    ];
    let scalar: BTreeSet<String> = braid_ir::ScalarOp::ALL.iter().map(|op| op.name()).collect();
    let names: BTreeSet<&str> = braid_ir::ops::TABLE
        .iter()
        .flat_map(|rows| rows.iter())
        .map(|row| row.name)
        .filter(|name| !scalar.contains(*name))
        .collect();
    assert!(names.len() > 50, "the table has rows");
    let mut findings = Vec::new();
    for path in files("", "rs") {
        let name = called(&path);
        let of_tests = name.contains("/tests/") || name.contains("/examples/") || name.ends_with("/tests.rs");
        if of_tests || BUILDERS.iter().any(|builder| name.starts_with(builder)) {
            continue;
        }
        for (number, line) in product(&read(&path)).lines().enumerate() {
            if line.trim_start().starts_with("//") {
                continue;
            }
            for literal in line.split('"').skip(1).step_by(2).filter(|literal| names.contains(literal)) {
                findings.push(format!("{name}:{} names the operator \"{literal}\"", number + 1));
            }
        }
    }
    none(findings);
}

#[test]
fn files_are_short() {
    let findings = files("", "rs").into_iter().chain(files("frontend/prelude", "py")).filter_map(|path| {
        let lines = read(&path).lines().count();
        (lines > LINES_MAX).then(|| format!("{} has {lines} lines, more than {LINES_MAX}", called(&path)))
    });
    none(findings.collect());
}

#[test]
fn every_file_says_what_it_is() {
    let findings = files("", "rs").into_iter().filter_map(|path| {
        let text = read(&path);
        let said = text.trim_start().starts_with("//!") || called(&path).starts_with("tests/");
        (!said).then(|| format!("{} does not begin with a module comment", called(&path)))
    });
    none(findings.collect());
}

#[test]
fn nothing_unfinished() {
    let mut findings = Vec::new();
    for path in files("", "rs").into_iter().filter(|path| !called(path).starts_with("tests/")) {
        for (number, line) in read(&path).lines().enumerate() {
            for mark in ["todo!(", "unimplemented!(", "dbg!(", "FIXME", "XXX"] {
                if line.contains(mark) {
                    findings.push(format!("{}:{}: {mark}", called(&path), number + 1));
                }
            }
        }
    }
    none(findings);
}

#[test]
fn no_paths_of_one_machine() {
    let mut findings = Vec::new();
    for extension in ["rs", "py", "md", "toml", "h", "c", "json", "braidir", "snap", "sh"] {
        for path in files("", extension) {
            let text = read(&path);
            for mark in MACHINE_PATHS {
                if let Some(line) = text.lines().find(|line| line.contains(mark)) {
                    findings.push(format!("{} names {mark}: {}", called(&path), line.trim()));
                }
            }
        }
    }
    none(findings);
}

/// A snapshot whose test is gone would be kept for ever.
#[test]
fn no_dead_snapshots() {
    let mut findings = Vec::new();
    let mut sources: BTreeMap<PathBuf, String> = BTreeMap::new();
    for path in files("", "snap") {
        let text = read(&path);
        let field = |key: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(key)?.strip_prefix(": "))
                .map(|v| v.trim_matches('"'))
        };
        let Some(source) = field("source") else {
            findings.push(format!("{} names no source", called(&path)));
            continue;
        };
        let source = repository(source);
        let source_text = sources
            .entry(source.clone())
            .or_insert_with(|| std::fs::read_to_string(&source).unwrap_or_default());
        let gone =
            source_text.is_empty() || field("input_file").is_some_and(|input| !repository(input).exists());
        if gone {
            findings.push(format!("{} is of a test that is gone", called(&path)));
        }
    }
    findings.extend(files("", "new").iter().map(|path| format!("{} waits for a decision", called(path))));
    none(findings);
}
