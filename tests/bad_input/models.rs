//! Models, weights and command lines that cannot be compiled.

use super::{Desk, repository};

/// A module `M` with this `forward`, which begins at line 5 of `model.py`.
fn module(forward: &str) -> String {
    format!("import torch\nimport torch.nn as nn\n\nclass M(nn.Module):\n{forward}\n")
}

const LINEAR: &str = "import torch.nn as nn\n\nclass M(nn.Module):\n    def __init__(self, n=3):\n        super().__init__()\n        self.linear = nn.Linear(n, 2)\n\n    def forward(self, x):\n        return self.linear(x)\n";
const X: [&str; 2] = ["--input", "x=f32[1,3]"];

/// Asserts that a model is refused with these parts, the first being the place.
#[track_caller]
fn refused(name: &str, source: &str, arguments: &[&str], parts: &[&str]) {
    let desk = Desk::new(name);
    desk.write("model.py", source).compile(arguments).refused(parts);
    desk.has_no_output();
}

#[test]
fn syntax_error() {
    refused("syntax_error", "x = 1\ndef f(x:\n    return x\n", &X, &["model.py:2:", "error: "]);
}

#[test]
fn unsupported_syntax() {
    let source = module("    async def forward(self, x):\n        return await x");
    refused("unsupported_syntax", &source, &X, &["model.py:", "async"]);
}

#[test]
fn unknown_function() {
    let source = module("    def forward(self, x):\n        return torch.no_such_function(x)");
    refused(
        "unknown_function",
        &source,
        &X,
        &["model.py:6:16: error: ", "no_such_function", "return torch.no_such", "^"],
    );
}

#[test]
fn the_source_cannot_be_read() {
    let desk = Desk::new("no_source");
    desk.compile(&X).refused(&["model.py"]);
    desk.write("model.py", b"x = '\xff\xfe'\n").compile(&X).refused(&["model.py", "UTF-8"]);
    desk.write("model.onnx", "")
        .run(&["compile", "model.onnx", "--build", "M()", "-o", "o.braid"])
        .refused(&["ONNX"]);
    desk.write("w.pt", "")
        .run(&["compile", "w.pt", "--build", "M()", "-o", "o.braid"])
        .refused(&["--weights"]);
    desk.has_no_output();
}

#[test]
fn the_build_expression_fails() {
    refused("build_name", LINEAR, &["--build", "Model()", X[0], X[1]], &["Model"]);
    refused("build_syntax", LINEAR, &["--build", "M(", X[0], X[1]], &["--build"]);
    refused("build_value", LINEAR, &["--build", "3", X[0], X[1]], &["int"]);
    refused("build_raises", LINEAR, &["--build", "M(n=1, m=2)", X[0], X[1]], &["TypeError", "m"]);
    refused("entry", LINEAR, &["--entry", "predict", X[0], X[1]], &["predict"]);
}

#[test]
fn the_constructor_raises() {
    let source = module("    def __init__(self):\n        raise ValueError('too small')");
    refused("constructor", &source, &X, &["model.py:6:9: error: ", "ValueError", "too small"]);
}

#[test]
fn import_fails() {
    // An import that nothing uses is no mistake: published models import much that only training needs.
    let source = "import torch\nfrom helpers import thing\n\nclass M(thing):\n    pass\n";
    refused("import", source, &X, &["model.py:2:", "helpers", "-I"]);
    let source =
        format!("import h5py\n{}", module("    def forward(self, x):\n        return h5py.File('a')"));
    refused("import_used", &source, &X, &["model.py:7:", "h5py", "model.py:1:"]);
}

#[test]
fn endless_constructors() {
    let recursion = module("    def __init__(self):\n        super().__init__()\n        self.inner = M()");
    refused("recursion", &recursion, &X, &["model.py:", "recursion", "1000"]);
    let endless =
        module("    def __init__(self):\n        super().__init__()\n        while True:\n            pass");
    refused("endless", &endless, &X, &["model.py:7", "limit"]);
}

#[test]
fn weights_missing() {
    refused("weights_none", LINEAR, &X, &["linear.weight", "--weights"]);
}

#[test]
fn weights_that_do_not_fit_are_all_listed() {
    let plain = repository("frontend/src/weights/data/plain.safetensors");
    // `plain` has linear.weight [2,3] f32, linear.bias [2], and much that is unexpected.
    let arguments = ["--build", "M(4)", "--weights", &plain, "--input", "x=f32[1,4]"];
    refused(
        "weights_shape",
        LINEAR,
        &arguments,
        &["linear.weight", "[2, 3]", "[2, 4]", "half", "brain", "count"],
    );
    let wrapped = repository("frontend/src/weights/data/wrapped.pt");
    let arguments = ["--weights", &wrapped, X[0], X[1]];
    refused("weights_names", LINEAR, &arguments, &["linear.weight", "linear.bias", "weight", "bias"]);
}

#[test]
fn weights_file_refused() {
    for (file, part) in [("evil.pt", "posix.system"), ("make.py", "neither")] {
        let path = repository(&format!("frontend/src/weights/data/{file}"));
        refused("weights_file", LINEAR, &["--weights", &path, X[0], X[1]], &[file, part]);
    }
    refused("weights_absent", LINEAR, &["--weights", "absent.pt", X[0], X[1]], &["absent.pt"]);
    refused("weights_prefix", LINEAR, &["--weights", "nowhere=absent.pt", X[0], X[1]], &["nowhere"]);
}

#[test]
fn input_of_the_wrong_shape_at_compile_time() {
    let source = module("    def forward(self, x):\n        return x @ torch.ones(4, 2)");
    refused("input_shape", &source, &X, &["model.py:6:16: error: ", "3", "4"]);
    let source =
        module("    def forward(self, x):\n        return nn.functional.embedding(x, torch.ones(4, 2))");
    refused("input_dtype", &source, &X, &["model.py:6:", "torch.float32", "Long"]);
}

#[test]
fn arguments_that_do_not_match_the_entry() {
    let source = module("    def forward(self, x, y):\n        return x + y");
    refused("input_missing", &source, &X, &["y", "--input"]);
    refused("input_unknown", &source, &["--input", "z=f32[1]"], &["z"]);
    refused("input_twice", &source, &["--input", "x=f32[1]", "--input", "x=f32[1]"], &["x", "twice"]);
}

#[test]
fn malformed_command_lines() {
    let desk = Desk::new("command_line");
    desk.write("model.py", LINEAR);
    desk.compile(&["--input", "x=float[1]"]).refused(&["float", "f32"]);
    desk.compile(&["--input", "x"]).refused(&["NAME=DTYPE[DIMS]"]);
    desk.compile(&["--static", "x"]).refused(&["NAME=EXPR"]);
    desk.compile(&[
        "--cpu",
        "abacus",
        "--weights",
        &repository("frontend/src/weights/data/plain.safetensors"),
        X[0],
        X[1],
    ])
    .refused(&[]);
    desk.run(&["compile"]).refused(&["SOURCE", "--output"]);
    desk.run(&["compile", "model.py", "-o", "out.braid"]).refused(&["model.py: --build is missing"]);
    desk.run(&["fly"]).refused(&["fly"]);
    desk.has_no_output();
}

#[test]
fn the_output_cannot_be_written() {
    let desk = Desk::new("unwritable");
    desk.write("model.py", "def f(x):\n    return x + 1\n");
    let ended = desk.run(&["compile", "model.py", "--build", "f", X[0], X[1], "-o", "absent/out.braid"]);
    ended.refused(&["absent/out.braid"]);
}

#[test]
fn endless_entries() {
    let endless = module(
        "    def forward(self, x):\n        i = 0\n        while True:\n            i += 1\n        return x",
    );
    refused("endless_entry", &endless, &X, &["model.py:7:", "endless loop", "turns_max"]);
    let recursion = module("    def forward(self, x):\n        return self.forward(x)");
    refused("endless_recursion", &recursion, &X, &["model.py:6:", "recursion", "more times"]);
}

#[test]
fn results_that_are_none() {
    refused(
        "result_text",
        &module("    def forward(self, x):\n        return 'x'"),
        &X,
        &["model.py:6:", "'str'"],
    );
    let endless = "    def forward(self, x):\n        all = [x]\n        all.append(all)\n        return all";
    refused("result_cyclic", &module(endless), &X, &["model.py:8:", "holds itself"]);
}

#[test]
fn too_large_for_the_compiler() {
    let source = format!("import torch\nw = torch.zeros(10**5, 10**5)\n{}", module("    pass"));
    refused("large_tensor", &source, &X, &["model.py:2:5", "too large"]);
    let everything = [
        ("arange", "torch.arange(10**12)"),
        ("eye", "torch.eye(10**6)"),
        ("repeat", "torch.zeros(1000).repeat(10**6, 10)"),
        ("broadcast", "torch.zeros(1, 1).expand(10**6, 10**9) + 1"),
        ("list", "list(range(10**12))"),
        ("text", "'a'.ljust(10**13)"),
    ];
    for (name, value) in everything {
        let source = format!("import torch\nw = {value}\n{}", module("    pass"));
        refused(&format!("large_{name}"), &source, &X, &["model.py:2:5"]);
    }
    let cyclic = format!("a = []\na.append(a)\nb = []\nb.append(b)\nc = a == b\n{}", module("    pass"));
    refused("cyclic_lists", &cyclic, &X, &["model.py:5:5", "RecursionError"]);
}

/// What `opt` prints it reads, a split program too.
#[test]
fn split_programs_are_printed_back() {
    let desk = Desk::new("split_text");
    let net = repository("tests/filetests/passes/hoist.braidir");
    let split = desk.run(&["opt", &net, "--explain"]).stdout;
    let again = desk.write("split.braidir", &split).run(&["opt", "split.braidir"]);
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    let start = split.find("program @").expect("a split program");
    assert_eq!(again.stdout, split[start..]);
    desk.run(&["opt", "split.braidir", "--passes=simplify"]).refused(&["split.braidir is split"]);
    desk.write("split.braidir", split.replacen("call @", "cal @", 1))
        .run(&["opt", "split.braidir"])
        .refused(&["split.braidir:", "`cal`"]);
}

/// What cannot be written to the standard output is no mistake of Braid's.
#[test]
fn the_standard_output_is_full() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_braid"))
        .args(["opt", &repository("tests/filetests/passes/hoist.braidir")])
        .stdout(full)
        .output()
        .expect("the binary starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.starts_with("error: cannot write to the standard output"), "{stderr}");
}

#[test]
fn folders_and_names_on_the_command_line() {
    refused("no_folder", LINEAR, &["-I", "nowhere", X[0], X[1]], &["-I nowhere"]);
    let source = module("    def forward(self, x, k=1, *, m=2):\n        return x + k");
    refused("static_twice", &source, &["--static", "k=1", "--static", "k=2", X[0], X[1]], &["k", "twice"]);
    refused("static_and_input", &source, &["--static", "x=1", X[0], X[1]], &["x", "--input", "--static"]);
    refused("static_unknown", &source, &["--static", "z=1", X[0], X[1]], &["z", "x, k, m"]);
}

#[test]
fn a_checkpoint_from_before_the_zip_files() {
    let desk = Desk::new("legacy");
    desk.write("model.py", LINEAR);
    let file = repository("frontend/src/weights/data/legacy.pt");
    desk.compiled(&["--weights", &format!("linear={file}"), X[0], X[1]]);
}
