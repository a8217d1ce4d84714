//! Damaged and foreign artifacts, gates' cost, loading time.

use super::maker::{Maker, edge, var};
use super::programs::compiled;
use crate::{Options, compile_program};
use braid_ir::program::{Arg, Program};
use braid_ir::{DType, Tensor as IrTensor, TensorType, Term};
use braid_runtime::{Error, Program as Compiled, RunOptions, Tensor};
use std::process::Command;
use std::time::Instant;

/// A chain of gates around subnets that do next to nothing.
fn chain(gates: usize) -> Program {
    let mut m = Maker::new();
    let flag = TensorType::scalar(DType::Bool);
    let x = m.input("x", &flag);
    let pass = m.subnet(&[&flag], |b, x| vec![b.op1("not", &[x[0]], Default::default()).expect("not")]);
    let mut block = m.block(&[x]);
    let mut last = x;
    for _ in 0..gates {
        let condition = m.load(block, var(last));
        let (yes, no) = (m.block(&[]), m.block(&[]));
        m.branch(block, condition, edge(yes, &[]), edge(no, &[]));
        let a = m.call(yes, pass, &[var(last)])[0];
        let b = m.call(no, pass, &[var(last)])[0];
        let merged = m.buffer(&flag);
        let join = m.block(&[merged]);
        m.jump(yes, join, &[var(a)]);
        m.jump(no, join, &[var(b)]);
        (block, last) = (join, merged);
    }
    m.returns(block, &[var(last)]);
    m.program
}

#[test]
fn a_gate_costs_at_most_100_ns() {
    let gates = 1000;
    let program = compiled(&chain(gates));
    let x = Tensor::new(braid_runtime::DType::Bool, &[], &[1]).expect("fits");
    let mut best = f64::INFINITY;
    for _ in 0..50 {
        let start = Instant::now();
        let outputs = program.run(&[("x", &x)], RunOptions::default()).expect("runs");
        best = best.min(start.elapsed().as_nanos() as f64 / gates as f64);
        assert_eq!(outputs[0].bytes(), [1]);
    }
    println!("one gate with its subnet: {best:.1} ns");
    assert!(best < 100.0, "{best} ns");
}

/// An artifact of some megabytes with a weight.
fn large() -> Vec<u8> {
    let mut m = Maker::new();
    let ty = TensorType::fixed(DType::F32, &[750_000]);
    let x = m.input("x", &ty);
    let w = m.weight(IrTensor::from_fn(DType::F32, vec![750_000], |i| braid_ir::Scalar::f32(i as f32)));
    let plus =
        m.subnet(&[&ty, &ty], |b, x| vec![b.op1("add", &[x[0], x[1]], Default::default()).expect("add")]);
    let entry = m.block(&[x]);
    let y = m.call(entry, plus, &[var(x), Arg::Weight(w)])[0];
    m.returns(entry, &[var(y), Arg::Weight(w)]);
    compile_program(&m.program, &Options::native().expect("this machine")).expect("compiles")
}

#[test]
fn an_artifact_of_3_mb_loads_in_10_ms() {
    let bytes = large();
    assert!(bytes.len() > 3_000_000);
    let path = std::env::temp_dir().join(format!("braid-load-{}.braid", std::process::id()));
    std::fs::write(&path, &bytes).expect("writes");
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let start = Instant::now();
        let program = Compiled::load(&path).expect("loads");
        best = best.min(start.elapsed().as_secs_f64() * 1e3);
        let x = Tensor::f32(&[750_000], &vec![1.0; 750_000]).expect("fits");
        let outputs = program.run(&[("x", &x)], RunOptions::default()).expect("runs");
        assert_eq!(outputs[0].to_f32().expect("f32")[3], 4.0);
        assert_eq!(outputs[1].to_f32().expect("f32")[3], 3.0);
    }
    std::fs::remove_file(&path).expect("removes");
    println!("loading {} bytes: {best:.2} ms", bytes.len());
    assert!(best < 10.0, "{best} ms");
}

#[test]
fn a_damaged_artifact_is_refused_and_never_run() {
    let mut m = Maker::new();
    let ty = TensorType::fixed(DType::F32, &[4]);
    let x = m.input("x", &ty);
    let plus = m.subnet(&[&ty], |b, x| vec![b.op1("add", &[x[0], x[0]], Default::default()).expect("add")]);
    let entry = m.block(&[x]);
    let y = m.call(entry, plus, &[var(x)])[0];
    m.returns(entry, &[var(y)]);
    let bytes = compile_program(&m.program, &Options::native().expect("this machine")).expect("compiles");
    assert!(Compiled::from_bytes(&bytes).is_ok());
    for at in (0..bytes.len()).step_by(97) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1 << (at % 8);
        let result = Compiled::from_bytes(&damaged).map(|_| ());
        assert!(matches!(result, Err(Error::Artifact { .. })), "byte {at}: {result:?}");
    }
    for length in (0..bytes.len()).step_by(89) {
        let result = Compiled::from_bytes(&bytes[..length]).map(|_| ());
        assert!(matches!(result, Err(Error::Artifact { .. })), "length {length}: {result:?}");
    }
}

/// The same program gives the same bytes.
#[test]
fn compilation_is_reproducible() {
    let program = chain(20);
    let compile = || compile_program(&program, &Options::native().expect("this machine")).expect("compiles");
    assert!(compile() == compile());
}

#[test]
fn an_artifact_for_another_cpu_is_refused() {
    let mut m = Maker::new();
    let entry = m.block(&[]);
    m.compute(entry, Term::int(1));
    m.returns(entry, &[]);
    let kernels = crate::kernel::Kernels::default();
    let target = braid_runtime::manifest::Target {
        cpu: "z80".to_string(),
        features: vec!["sse3".to_string(), "quantum".to_string()],
    };
    let bytes = crate::artifact::assemble(&m.program, &kernels, target, &[]).expect("assembles");
    let error = Compiled::from_bytes(&bytes).map(|_| ()).expect_err("is refused").to_string();
    assert!(error.contains("z80") && error.contains("quantum") && error.contains("--cpu"), "{error}");
}

/// The C example is compiled against the header and the library, which need nothing of LLVM, and runs an artifact.
#[test]
fn the_c_example_runs_an_artifact() {
    let mut m = Maker::new();
    let ty = TensorType::fixed(DType::F32, &[2, 3]);
    let x = m.input("x", &ty);
    let plus = m.subnet(&[&ty], |b, x| vec![b.op1("add", &[x[0], x[0]], Default::default()).expect("add")]);
    let entry = m.block(&[x]);
    let y = m.call(entry, plus, &[var(x)])[0];
    m.returns(entry, &[var(y)]);
    let bytes = compile_program(&m.program, &Options::native().expect("this machine")).expect("compiles");

    let folder = std::env::temp_dir().join(format!("braid-c-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let artifact = folder.join("twice.braid");
    std::fs::write(&artifact, bytes).expect("writes");
    // Cargo leaves the runtime's library beside the test program.
    let own = std::env::current_exe().expect("a test program");
    let libraries = own.parent().expect("it lies in a folder");
    let runtime = concat!(env!("CARGO_MANIFEST_DIR"), "/../runtime");
    let program = folder.join("main");
    let run = |command: &mut Command| {
        let output = command.output().expect("the command is there");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.success(), text(&output.stdout), text(&output.stderr))
    };
    let (compiled, _, errors) = run(Command::new("cc")
        .args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-o"])
        .arg(&program)
        .args([&format!("{runtime}/examples/c/main.c"), &format!("-I{runtime}/include")])
        .arg(libraries.join("libbraid_runtime.so"))
        .arg(format!("-Wl,-rpath,{}", libraries.display())));
    assert!(compiled, "{errors}");
    let (ran, printed, errors) = run(Command::new(&program).arg(&artifact).args(["x", "2", "3"]));
    assert!(ran, "{errors}");
    assert_eq!(printed, "input x=f32[2,3]\nresult 0 [2, 3] 0 2 4 6 8 10\n");
    let (ran, _, errors) = run(Command::new(&program).arg(&artifact).args(["y", "2", "3"]));
    assert!(!ran && errors.contains("there is no input y"), "{errors}");
    let (ran, _, errors) = run(Command::new(&program).arg(&artifact).arg("x").args(["1"; 17]));
    assert!(!ran && errors.contains("at most 16"), "{errors}");
    let (ran, _, errors) = run(Command::new(&program).arg(folder.join("none.braid")).arg("x"));
    assert!(!ran && errors.contains("none.braid"), "{errors}");
    let (_, needed, _) = run(Command::new("ldd").arg(libraries.join("libbraid_runtime.so")));
    assert!(needed.contains("libc.so") && !needed.contains("LLVM") && !needed.contains("stdc++"), "{needed}");
    std::fs::remove_dir_all(folder).expect("removes");
}
