//! Artifacts and cases that cannot be run.

use super::Desk;
use braid::Tensor;
use braid::runtime::DType;
use braid::runtime::cases::{self, Case};

const MODEL: &str = "\
def f(x):
    assert x.shape[0] % 2 == 0, 'rows must be even'
    y = x.view(x.shape[0] // 2, 8)
    if y.sum() < 0:
        raise ValueError('negative')
    return y.sum(1)
";

/// A desk with `out.braid` compiled from [`MODEL`].
fn desk(name: &str) -> Desk {
    let desk = Desk::new(name);
    desk.write("model.py", MODEL).compiled(&["--build", "f", "--input", "x=f32[n,4]"]);
    desk
}

/// Writes `cases.npz` with one case.
fn write_case(desk: &Desk, name: &str, input: Tensor, outputs: Vec<Tensor>) {
    let case = Case { number: 0, inputs: vec![(name.to_string(), input)], outputs, error: None };
    cases::write(&desk.folder.join("cases.npz"), &[case]).expect("the target folder is writable");
}

fn ones(shape: &[usize]) -> Tensor {
    Tensor::f32(shape, &vec![1.0; shape.iter().product()]).expect("as many values as the shape asks for")
}

const RUN: [&str; 6] = ["run", "out.braid", "--inputs", "cases.npz", "--outputs", "results.npz"];
const CHECK: [&str; 4] = ["check", "out.braid", "--cases", "cases.npz"];

#[test]
fn inputs_of_the_wrong_kind_at_run_time() {
    let desk = desk("run_inputs");
    let flags = Tensor::new(DType::Bool, &[2, 4], &[1; 8]).expect("eight bytes");
    for (name, input, part) in [
        ("x", ones(&[2, 5]), "dimension 1 is 5"),
        ("x", ones(&[8]), "1 dimensions"),
        ("x", ones(&[0, 4]), "at least 1"),
        ("x", flags, "bool"),
        ("y", ones(&[2, 4]), "there is no input y"),
    ] {
        write_case(&desk, name, input, vec![]);
        desk.run(&RUN).refused(&["case 0", part]);
        assert!(!desk.folder.join("results.npz").exists());
    }
}

#[test]
fn a_guard_fails() {
    let desk = desk("guard");
    write_case(&desk, "x", ones(&[3, 4]), vec![]);
    desk.run(&RUN).refused(&["model.py:2:", "even"]);
}

#[test]
fn the_program_raises() {
    let desk = desk("raises");
    let negative = Tensor::f32(&[2, 4], &[-1.0; 8]).expect("eight values");
    write_case(&desk, "x", negative, vec![]);
    desk.run(&RUN).refused(&["model.py:5:", "ValueError: negative"]);
}

/// An exception is a result: the other cases have theirs, and the file is whole.
#[test]
fn one_case_of_several_raises() {
    let desk = desk("one_raises");
    let input = |rows: &[f32]| vec![("x".to_string(), Tensor::f32(&[2, 4], rows).expect("eight values"))];
    let sums = |sum: f32| vec![Tensor::f32(&[1], &[sum]).expect("one value")];
    let case = |number, inputs, outputs, error: Option<&str>| Case {
        number,
        inputs,
        outputs,
        error: error.map(str::to_string),
    };
    let raised = Some("ValueError: negative");
    let given = [
        case(0, input(&[1.0; 8]), sums(8.0), None),
        case(1, input(&[-1.0; 8]), vec![], raised),
        case(2, input(&[2.0; 8]), sums(16.0), None),
    ];
    cases::write(&desk.folder.join("cases.npz"), &given).expect("the target folder is writable");
    let run = ["run", "out.braid", "--inputs", "cases.npz", "--outputs", "results.npz"];
    desk.run(&run).refused(&["case 1: model.py:5:9: ValueError: negative"]);
    let results = cases::read(&desk.folder.join("results.npz")).expect("a whole file");
    let expected = [
        case(0, vec![], sums(8.0), None),
        case(1, vec![], vec![], raised),
        case(2, vec![], sums(16.0), None),
    ];
    assert_eq!(results, expected);
    assert_eq!(desk.run(&CHECK).code, Some(0));

    // Inputs that the program does not take are mistakes of what was given: nothing is written.
    std::fs::remove_file(desk.folder.join("results.npz")).expect("it was written");
    let wrong = case(1, vec![("x".to_string(), ones(&[2, 3]))], vec![], None);
    cases::write(&desk.folder.join("cases.npz"), &[given[0].clone(), wrong])
        .expect("the target folder is writable");
    desk.run(&run).refused(&["case 1: input x"]);
    assert!(!desk.folder.join("results.npz").exists());
}

#[test]
fn check_fails_on_a_mismatch() {
    let desk = desk("mismatch");
    write_case(&desk, "x", ones(&[4, 4]), vec![Tensor::f32(&[2], &[8.0, 8.0]).expect("two values")]);
    assert_eq!(desk.run(&CHECK).code, Some(0));
    for wrong in [
        vec![Tensor::f32(&[2], &[8.0, 8.1]).expect("two values")],
        vec![Tensor::f32(&[1, 2], &[8.0, 8.0]).expect("two values")],
        vec![Tensor::i64(&[2], &[8, 8]).expect("two values")],
        vec![],
    ] {
        write_case(&desk, "x", ones(&[4, 4]), wrong);
        let ended = desk.run(&CHECK);
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        assert!(
            ended.stdout.contains("MISMATCH") && ended.stdout.contains("0 of 1 cases agree"),
            "{}",
            ended.stdout
        );
    }
}

#[test]
fn damaged_artifacts() {
    let desk = desk("damaged");
    write_case(&desk, "x", ones(&[4, 4]), vec![]);
    let sound = std::fs::read(desk.folder.join("out.braid")).expect("the artifact is there");
    for length in [0, 1, 100, sound.len() / 2, sound.len() - 1] {
        desk.write("out.braid", &sound[..length]).run(&RUN).refused(&["out.braid"]);
    }
    for at in (0..sound.len()).step_by(sound.len() / 16) {
        let mut altered = sound.clone();
        altered[at] ^= 0x40;
        desk.write("out.braid", &altered).run(&RUN).refused(&["out.braid"]);
    }
    desk.write("out.braid", "not an artifact").run(&RUN).refused(&["out.braid"]);
    desk.run(&["inspect", "out.braid"]).refused(&["out.braid"]);
    desk.run(&["inspect", "absent.braid"]).refused(&["absent.braid"]);
}

#[test]
fn malformed_cases() {
    let desk = desk("cases");
    desk.run(&RUN).refused(&["cases.npz"]);
    desk.write("cases.npz", "not a zip file").run(&RUN).refused(&["cases.npz"]);
    desk.run(&CHECK).refused(&["cases.npz"]);
}

/// An artifact for a processor with instructions that no machine has that runs these tests.
#[test]
fn an_artifact_for_another_cpu() {
    let desk = Desk::new("other_cpu");
    desk.write("model.py", MODEL);
    // Intel's have half-precision arithmetic, AMD's SSE4a, and no processor both.
    let other = if std::arch::is_x86_feature_detected!("avx512fp16") { "znver4" } else { "sapphirerapids" };
    desk.compiled(&["--build", "f", "--input", "x=f32[n,4]", "--cpu", other]);
    write_case(&desk, "x", ones(&[4, 4]), vec![]);
    desk.run(&RUN).refused(&["out.braid", other, "lacks", "--cpu"]);
}
