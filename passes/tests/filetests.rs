//! Every `tests/filetests/passes/*.braidir`: its header names the command, a snapshot holds what the command prints.
//!
//! `INSTA_UPDATE=always cargo test -p braid-passes --test filetests` accepts what is printed now.

use braid_ir::text::{parse_net, print_net, print_program};
use braid_ir::verify::{verify, verify_program};
use braid_passes::{PipelineOptions, run_pipeline, split};
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/filetests/passes")
}

/// The passes of the header `// RUN: opt --passes=a,b`.
fn passes(text: &str) -> Vec<&str> {
    let header = text.lines().next().and_then(|line| line.strip_prefix("// RUN: opt --passes="));
    header.expect("the first line is `// RUN: opt --passes=…`").trim().split(',').collect()
}

fn output(text: &str) -> String {
    let mut net = parse_net(text).unwrap_or_else(|e| panic!("{e}"));
    let mut names = passes(text);
    let splits = names.last() == Some(&"split");
    if splits {
        names.pop();
    }
    let options = PipelineOptions { verify_each: true, ..PipelineOptions::default() };
    let events = run_pipeline(&mut net, &names, options).unwrap_or_else(|e| panic!("{e}"));
    let mut output = if splits {
        verify(&net).unwrap_or_else(|e| panic!("{e:?}"));
        let program = split(&net);
        verify_program(&program).unwrap_or_else(|e| panic!("{e:?}\n{}", print_program(&program)));
        print_program(&program)
    } else {
        print_net(&net)
    };
    for ((pass, rule), count) in events.counts() {
        output += &format!("// {pass}: {rule} x {count}\n");
    }
    output
}

#[test]
fn every_file_prints_its_snapshot() {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder())
        .expect("the folder of filetests")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "braidir"));
    files.sort();
    assert!(!files.is_empty());
    for path in files {
        let text = std::fs::read_to_string(&path).expect("a readable file");
        let name = path.file_stem().expect("a file name").to_string_lossy().to_string();
        insta::with_settings!({ snapshot_path => folder().join("snapshots"), prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, output(&text));
        });
    }
}
